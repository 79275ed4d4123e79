"""What a row of the outbox has to tell, and what its words are written from."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from states.dates.college import College
from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.events import Role
from states.model.fact_types import Line
from states.model.stage import Deadline, Occurrence, OccurrenceName, Rule, Step
from states.process import RULES
from workflow.engine.deadlines import occurrences
from workflow.engine.standing import Standing, standings


class MailReason(Struct, frozen=True, kw_only=True):
    """One row of the outbox as far as its words depend on it.

    `beside` holds the causes that it tells as well: missing facts are asked for together.
    `asked_before` are the offices that earlier mails about its deadline asked; None where nobody
    looked. `for_both` tells that who reads it stands for who is told besides as well.
    `meant_for` names the office in whose place it is read.
    """

    rule: str
    cause: str
    role: Role
    caught_up: bool
    late_by: int
    escalates: bool
    reminder: int
    beside: tuple[str, ...] = ()
    asked_before: frozenset[str] | None = None
    for_both: bool = False
    meant_for: str | None = None

    @property
    def occurrence(self) -> OccurrenceName:
        """Return the step that it tells of; ValueError where it tells of an action."""
        return OccurrenceName.parse(self.cause)


class MailContext(Struct, frozen=True, kw_only=True, dict=True):
    """What the words are written from: the agreement as it is now, and the day of sending."""

    agreement: Agreement
    policy: Policy
    today: date
    college: College
    office_names: Mapping[str, str]
    opened: Mapping[str, str]
    above: Mapping[str, str] = {}
    """The office to which each escalates, by their keys."""
    successor: Line | None = None
    """The agreement in which it ended to be continued."""
    successor_waits: bool = False
    """Whether that is not in force yet."""
    successor_is_gone: bool = False
    """Whether it was withdrawn or rejected."""
    version: int = 0
    """The number of the agreement's last event."""

    def meeting(self, rule: Rule, due: date | None) -> date | None:
        """Return the last meeting of the college at which it is decided in time, if one is left."""
        found = self.college.meeting_for(rule, due, self.policy, self.today) if due else None
        return found.on if found else None

    def standing(self, cause: str) -> Standing | None:
        """Return how the deadline stands of an occurrence, if the agreement still has it."""
        name = OccurrenceName.of(cause)
        return self._by_name.get(name.deadline) if name else None

    def deadline(self, cause: str) -> Deadline | None:
        """Return the deadline that an occurrence belongs to, if the agreement still has it."""
        found = self.standing(cause)
        return found.deadline if found else None

    def in_its_place(self, cause: str) -> list[Occurrence]:
        """Return the steps of the date that took the place of a cause's own, up to its step.

        One that other settings have left out was no earlier than any.
        """
        name = OccurrenceName.of(cause)
        if name is None or name.rule is Rule.RENEWAL or name.deadline in self._by_name:
            return []
        until_then = (_up_to(name.step, deadline) for deadline in self.open_of(name.subject))
        return list(occurrences(until_then, self.policy))

    def open_of(self, subject: str) -> list[Deadline]:
        """Return what is open of a subject, such as `evaluation:final`, or a move of any date."""
        found = (item.deadline for item in self.standings if item.deadline.subject == subject)
        return [item for item in found if not item.closed or RULES[item.rule].at_midnight]

    @cached_property
    def standings(self) -> Sequence[Standing]:
        """Return how every deadline stands that the facts give."""
        return standings(self.agreement, self.policy, self.today)

    @cached_property
    def _by_name(self) -> Mapping[str, Standing]:
        return {item.deadline.name: item for item in reversed(self.standings)}


def _up_to(step: Step, deadline: Deadline) -> Deadline:
    places = {each.name: place for place, each in enumerate(deadline.steps, start=1)}
    return replace(deadline, steps=deadline.steps[: places.get(step.name)])

"""The plan: the reminders that come next as long as an agreement's facts stay as they are.

A reminder changes no fact. What it takes to fire one is derived when a fact, the stage or the
policy changed last, and kept with the key of everything it was derived from. A plan is a memo, not
a second truth: a row that does not fit it exactly is decided from the facts.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import islice, pairwise

from msgspec import Struct, json
from msgspec.structs import replace

from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.events import ENGINE, FIRE, Addressee, Alert, Event, Plan
from states.model.stage import Ending, Occurrence, OccurrenceName, Stage
from states.process import RULES
from workflow import __version__
from workflow.engine.alerts import addressees_of
from workflow.engine.policies import encode

MOST = 12
AHEAD = timedelta(days=300)  # what lies beyond the horizon asks for nothing before then
PUNCTUAL_SECONDS = 60


class PlannedStep(Struct, frozen=True, array_like=True):
    """A reminder that comes at an instant; without a name, when more than a reminder comes.

    The instant stays the text that each release of this version writes, for each may verify it.
    """

    name: str | None
    at: str
    escalates: bool = False
    told: tuple[Addressee, ...] = ()


_STEPS = json.Decoder(tuple[PlannedStep, ...])


class PlannedFor(Struct, frozen=True):
    """What a plan is derived from, beside the policy and the release: after event `seq`."""

    ref: str
    stage: Stage
    seq: int
    facts: str


class DueRow(PlannedFor, frozen=True, kw_only=True):
    """An agreement of which something is due, as its rows say."""

    id: int
    ending: Ending | None
    head: str
    next_alert_at: datetime


class Firing(Struct, frozen=True, kw_only=True):
    """A reminder that fires from a plan, with what it tells and when to look again."""

    row: DueRow
    event: Event
    alert: Alert
    next_alert_at: datetime


# Making ------------------------------------------------------------------------------------------


def planned(
    coming: Sequence[Occurrence],
    agreement: Agreement,
    source: PlannedFor,
    policy: Policy,
    now: datetime,
) -> Plan | None:
    """Return the plan of the open steps that come, in order of alert; None when there is none."""
    steps = [_planned(item, agreement, policy) for item in _reminders(coming, now)]
    if not steps:
        return None
    steps.append(PlannedStep(None, coming[len(steps)].alert_at.isoformat()))
    text = json.encode(steps).decode()
    return Plan(seq=source.seq, key=_key(source, text, policy), steps=text)


def _reminders(coming: Sequence[Occurrence], now: datetime) -> Iterator[Occurrence]:
    """Yield the reminders before the first step that moves the agreement, waits, or is not alone.

    The step after each is known: none of a date beyond the horizon comes between.
    """
    for this, following in islice(pairwise(coming), MOST):
        is_next = this.alert_at < following.alert_at <= now + AHEAD
        if not (is_next and _is_reminder(this)):
            return
        yield this


def _is_reminder(item: Occurrence) -> bool:
    step, deadline = item.step, item.deadline
    moves = step.moves_to or step.renews or RULES[deadline.rule].at_midnight
    return not (moves or deadline.waits_until)


def _planned(item: Occurrence, agreement: Agreement, policy: Policy) -> PlannedStep:
    escalates = policy.escalates(item.deadline, item.step)
    told = addressees_of(agreement, item.deadline, escalates=escalates)
    return PlannedStep(item.name, item.alert_at.isoformat(), escalates, told)


def _key(source: PlannedFor, steps: str, policy: Policy) -> str:
    """Return the key of a plan: all that it was derived from, and what it says."""
    parts = (source.ref, source.stage, str(source.seq), source.facts, steps, _rules_of(policy))
    return sha256("\n".join(parts).encode()).hexdigest()


@lru_cache(maxsize=16)
def _rules_of(policy: Policy) -> str:
    return f"{__version__} {encode(policy)} {sorted(policy.since)}"


# Firing ------------------------------------------------------------------------------------------


def from_plan(row: DueRow, plan: Plan, policy: Policy, now: datetime) -> Firing | None:
    """Return what fires by the plan; None when the facts are needed.

    The row tells how many of its steps have fired, one an event, and when the next is due: both
    have to agree with it, and nothing else may be due.
    """
    if not _fits(plan, row, policy):
        return None
    steps, place = _STEPS.decode(plan.steps), row.seq - plan.seq
    if not 0 <= place < len(steps) - 1:
        return None
    step, following = steps[place : place + 2]
    due_at, next_alert_at = map(datetime.fromisoformat, (step.at, following.at))
    if step.name is None or due_at != row.next_alert_at or next_alert_at <= now:
        return None
    event = _event(row, step.name, due_at, len(step.told), now)
    alert = Alert(
        rule=OccurrenceName.parse(step.name).rule,
        cause=step.name,
        leaves_at=now,
        addressees=step.told,
        late_by=event.late_by,
        escalates=step.escalates,
    )
    return Firing(row=row, event=event, alert=alert, next_alert_at=next_alert_at)


def is_as_demanded(plan: Plan, row: PlannedFor, policy: Policy, demanded: Plan | None) -> bool:
    """Tell whether what a plan still foresees is what the facts demand, as far as both go."""
    place = row.seq - plan.seq
    if place < 0 or not _fits(plan, row, policy):
        return True  # nothing fires from it
    left = _STEPS.decode(plan.steps)[place:]
    anew = _STEPS.decode(demanded.steps) if demanded else ()
    both = list(zip(left, anew, strict=False))
    return len(left) <= 1 or (bool(both) and all(_is_same(*pair) for pair in both))


def _fits(plan: Plan, row: PlannedFor, policy: Policy) -> bool:
    """Tell whether a plan was made of what a row holds, and says what it said then."""
    return plan.key == _key(replace(row, seq=plan.seq), plan.steps, policy)


def _is_same(mine: PlannedStep, its: PlannedStep) -> bool:
    """Tell whether two plans say the same of a moment; where one ends it tells only when."""
    return mine == its or (None in {mine.name, its.name} and mine.at == its.at)


def _event(row: DueRow, name: str, due_at: datetime, mails: int, now: datetime) -> Event:
    return Event(
        seq=row.seq + 1,
        at=now,
        actor=ENGINE,
        action=FIRE,
        stage_before=row.stage,
        stage=row.stage,
        ending=row.ending,
        occurrence=name,
        nominal_on=OccurrenceName.parse(name).day,
        late_by=late_by(due_at, now),
        mails=mails,
    )


def late_by(due_at: datetime, now: datetime) -> int:
    """Return by how many whole seconds an alert is late; a minute is no delay."""
    seconds = int((now - due_at).total_seconds())
    return seconds if seconds > PUNCTUAL_SECONDS else 0

"""Who is told what of the steps that fired; one alert each, chosen by the state that results."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.events import Addressee, Alert, Event, Role
from states.model.fact_types import Key
from states.model.stage import Deadline, Occurrence, OccurrenceName
from states.process import RULES


class Fired(Struct, frozen=True):
    """A step that fired, with its event."""

    occurrence: Occurrence
    event: Event
    by_operator: bool


def alerts_of(
    fired: list[Fired],
    still_open: Collection[str],
    closed: Collection[str],
    agreement: Agreement,
    policy: Policy,
) -> Iterator[Alert]:
    """Yield an alert for each step that fired and still makes sense; of a deadline the newest.

    So it does if an action closed it (`closed` are the names of steps): that may be undone.
    """
    newest = {_mailed_as(item): item for item in fired}
    for item in newest.values():
        deadline = item.occurrence.deadline
        is_open = deadline.name in still_open or RULES[deadline.rule].at_midnight
        if is_open or item.occurrence.name in closed:
            yield _alert(item, agreement, policy, is_open=is_open)


def _mailed_as(item: Fired) -> str:
    """Return what is told once: a deadline on its date, and of moves in a row the last."""
    deadline = item.occurrence.deadline
    return deadline.subject if RULES[deadline.rule].at_midnight else deadline.name


def _alert(item: Fired, agreement: Agreement, policy: Policy, *, is_open: bool) -> Alert:
    occurrence, event = item.occurrence, item.event
    escalates = policy.escalates(occurrence.deadline, occurrence.step)
    leaves_at = _leaves_at(item, policy)
    return Alert(
        rule=occurrence.deadline.rule,
        cause=occurrence.name,
        leaves_at=leaves_at,
        addressees=addressees_of(agreement, occurrence.deadline, escalates=escalates),
        caught_up=event.caught_up,
        late_by=_late_by(item, leaves_at, policy),
        escalates=escalates,
        is_open=is_open,
    )


def _leaves_at(item: Fired, policy: Policy) -> datetime:
    """What moves at midnight is told at the alert time of a working day that follows, or late.

    So is what this makes known after its moment: it stands in one mail; not where its date comes
    before that.
    """
    at, moves = item.event.at, item.occurrence.step.at_midnight
    if item.by_operator or not (moves or item.event.caught_up):
        return at
    earliest, day = _earliest(item.event, policy), item.occurrence.deadline.nominal_on
    comes_first = day is not None and policy.day_of(at) <= day < policy.day_of(earliest)
    return at if comes_first and not moves else max(at, earliest)


def _late_by(item: Fired, leaves_at: datetime, policy: Policy) -> int:
    """Return how many seconds late the mail is, from the moment at which it could first leave."""
    event = item.event
    if not (event.late_by and item.occurrence.step.at_midnight):
        return event.late_by
    return int((leaves_at - _earliest(event, policy)).total_seconds())


def _earliest(event: Event, policy: Policy) -> datetime:
    """Return the first alert time at which the mail could have left, had nobody been late.

    A daemon fires a second after midnight.
    """
    due_at = event.at - timedelta(seconds=event.late_by)
    return policy.next_alert_time(due_at.replace(second=0, microsecond=0))


def alert_of_action(event: Event, agreement: Agreement) -> Alert:
    """Return the alert that tells of an operator's action; it leaves at once."""
    return Alert(
        rule=event.action,
        cause=event.cause,
        leaves_at=event.at,
        addressees=addressees_of(agreement, None, escalates=False),
    )


def addressees_of(
    agreement: Agreement, deadline: Deadline | OccurrenceName | None, *, escalates: bool
) -> tuple[Addressee, ...]:
    """Return to whom an alert goes, each in a message of its own.

    Where the rule names an office for it (of a payment the contribution's), that is asked; where
    it is another than the agreement's own, that one gets the escalating step. Elsewhere an
    escalation goes to the office above.
    """
    return tuple(_each(agreement, deadline, escalates=escalates))


def mails_of(alerts: Iterable[Alert]) -> int:
    """Return in how many mails these alerts leave: what one reader is told at a moment is one.

    One of what is closed already leaves only if that is undone.
    """
    by_office = Role.OFFICE, Role.FINANCE, Role.ACTING
    readers = {
        (alert.leaves_at, to.office, None if to.role in by_office else to.role)
        for alert in alerts
        for to in alert.addressees
        if alert.is_open
    }
    return len(readers)


def office_asked(agreement: Agreement, deadline: Deadline | OccurrenceName) -> Key:
    """Return the office that is asked about a deadline, whose date it is."""
    return RULES[deadline.rule].office(agreement, deadline.about) or agreement.office


def _each(
    agreement: Agreement, deadline: Deadline | OccurrenceName | None, *, escalates: bool
) -> Iterable[Addressee]:
    rule = RULES[deadline.rule] if deadline else None
    named = rule and deadline and rule.office(agreement, deadline.about)
    is_another = named not in {None, agreement.office}
    if rule and named:
        yield Addressee(rule.role, named)
    if not named or (is_another and escalates):
        yield Addressee(Role.OFFICE, agreement.office)
    if agreement.case_owner:
        yield Addressee(Role.CASE_OWNER, agreement.office)
    if escalates and not is_another:
        yield Addressee(Role.ESCALATION, agreement.office)

"""The dates that a mail hands over for a calendar: evaluation, decision, notice and payment."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from notifications.calendar import CalendarEvent
from notifications.language import Language
from notifications.view import one_line
from states.phrase import say
from states.stage import Closed, Deadline, Rule
from workflow.agenda import sequence, unique_name
from workflow.deadlines import HAVE_A_DATE_TO_KEEP
from workflow.subjects import subject
from workflow.told import Setting, Told

BEGINS = frozenset({Rule.ACTIVATION.value, Rule.RENEWAL.value})
MOST_DATES = 50
CANCELLED = say("Cancelled: {what}")


def dates_to_keep(
    told: Sequence[Told], setting: Setting, register: str, words: Language, at: datetime
) -> tuple[CalendarEvent, ...]:
    """Return the dates of what is told; at a beginning what comes, at an end what lapses."""
    chosen = {deadline.subject: deadline for deadline in _chosen(told, setting)}
    nearest = sorted(chosen.values(), key=lambda d: (d.nominal_on or at.date(), d.subject))
    return tuple(_event(d, setting, register, words, at) for d in nearest[:MOST_DATES])


def _chosen(told: Iterable[Told], setting: Setting) -> Iterator[Deadline]:
    known = [d for d in setting.deadlines if d.rule in HAVE_A_DATE_TO_KEEP and d.nominal_on]
    for one in told:
        deadline = setting.deadline(one.cause)
        if one.rule in BEGINS:
            yield from (d for d in known if d.closed is None and _is_ahead(d, setting))
        elif one.rule == Rule.EXPIRY:
            yield from (d for d in known if d.closed is Closed.ENDED)
        elif deadline in known:
            yield deadline


def _is_ahead(deadline: Deadline, setting: Setting) -> bool:
    return deadline.nominal_on is not None and deadline.nominal_on >= setting.today


def _event(
    deadline: Deadline, setting: Setting, register: str, words: Language, at: datetime
) -> CalendarEvent:
    """Return one date; of a non-public agreement it names the number only."""
    agreement, lapsed = setting.agreement, deadline.closed is Closed.ENDED
    assert deadline.nominal_on
    what = subject(deadline)
    title = words.say(say(CANCELLED.text, what=what) if lapsed else what)
    name = f"{one_line(agreement.called)} ({agreement.ref})" if agreement.public else agreement.ref
    about = [one_line(agreement.title)] if agreement.public else []
    how = words.say(say("How this date came about: looptijd why {ref}", ref=agreement.ref))
    return CalendarEvent(
        uid=unique_name(register, agreement.ref, deadline.subject),
        sequence=sequence(setting.version, stands=not lapsed),
        changed_at=at,
        day=deadline.nominal_on,
        summary=f"{title[:1].upper()}{title[1:]}: {name}",
        description="\n".join([*about, how]),
        cancelled=lapsed,
        private=not agreement.public,
    )

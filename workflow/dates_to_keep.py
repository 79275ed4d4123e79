"""The dates that a mail hands over for a calendar: evaluation, decision, notice and payment."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from notifications.calendar import CalendarEvent
from notifications.language import Language
from notifications.view import one_line
from states.anywhere import obligation
from states.phrase import Phrase, say
from states.stage import Closed, Deadline, Rule
from workflow.engine.calendar_dates import Shown, sequence, unique_name
from workflow.engine.deadline_words import subject
from workflow.engine.deadlines import HAVE_A_DATE_TO_KEEP
from workflow.told import Setting, Told

BEGINS = frozenset({Rule.ACTIVATION.value, Rule.RENEWAL.value})
MOST_DATES = 50
CANCELLED = say("Cancelled: {what}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A date as a calendar has it: what it is about, its day, and whether it is taken back."""

    subject: str
    what: Phrase
    day: date
    lapsed: bool = False


def dates_to_keep(  # noqa: PLR0913 - what is told and taken back, and how it is written
    told: Sequence[Told],
    setting: Setting,
    register: str,
    words: Language,
    at: datetime,
    *,
    withdrawn: Sequence[Shown] = (),
) -> tuple[CalendarEvent, ...]:
    """Return the dates of what is told, and those that are taken back (`withdrawn`).

    At a beginning they are all that come, at an end what lapses.
    """
    chosen = {s.subject: Kept(s.subject, s.what, s.day, lapsed=True) for s in withdrawn}
    chosen |= {kept.subject: kept for kept in _chosen(told, setting)}
    nearest = sorted(chosen.values(), key=lambda kept: (kept.day, kept.subject))
    return tuple(_event(kept, setting, register, words, at) for kept in nearest[:MOST_DATES])


def _chosen(told: Iterable[Told], setting: Setting) -> Iterator[Kept]:
    known = {d.obligation: d for d in setting.deadlines if d.rule in HAVE_A_DATE_TO_KEEP}
    for one in told:
        if one.rule in BEGINS:
            found = [d for d in known.values() if d.closed is None and _is_ahead(d, setting)]
        elif one.rule == Rule.EXPIRY:
            found = [d for d in known.values() if d.closed is Closed.ENDED]
        else:
            found = [known[name] for name in (obligation(one.cause),) if name in known]
        yield from (_kept(deadline) for deadline in found if deadline.nominal_on)


def _kept(deadline: Deadline) -> Kept:
    assert deadline.nominal_on
    lapsed = deadline.closed is Closed.ENDED
    return Kept(deadline.subject, subject(deadline), deadline.nominal_on, lapsed)


def _is_ahead(deadline: Deadline, setting: Setting) -> bool:
    return deadline.nominal_on is not None and deadline.nominal_on >= setting.today


def _event(
    kept: Kept, setting: Setting, register: str, words: Language, at: datetime
) -> CalendarEvent:
    """Return one date; of a non-public agreement it names the number only."""
    agreement = setting.agreement
    title = words.say(say(CANCELLED.text, what=kept.what) if kept.lapsed else kept.what)
    name = f"{one_line(agreement.called)} ({agreement.ref})" if agreement.public else agreement.ref
    about = [one_line(agreement.title)] if agreement.public else []
    how = words.say(say("How this date came about: looptijd why {ref}", ref=agreement.ref))
    return CalendarEvent(
        uid=unique_name(register, agreement.ref, kept.subject),
        sequence=sequence(setting.version, stands=not kept.lapsed),
        changed_at=at,
        day=kept.day,
        summary=f"{title[:1].upper()}{title[1:]}: {name}",
        description="\n".join([*about, how]),
        cancelled=kept.lapsed,
        private=not agreement.public,
    )

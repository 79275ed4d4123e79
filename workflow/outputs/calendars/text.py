"""The words of a calendar: what each date is about, in one language."""

from collections.abc import Iterator

from notifications.calendar import calendar
from notifications.language import Language
from notifications.letter import CalendarEvent
from notifications.template_values import one_line
from states.model.phrase import say
from workflow.engine.calendar_dates import CalendarDate, DateState, Shown, unique_name
from workflow.outputs.calendars.feeds import Feed

STANDS = {DateState.DONE: say("Done: {what}"), DateState.CANCELLED: say("Cancelled: {what}")}


def calendar_text(feed: Feed, language: Language, organizer: str) -> str:
    """Return the calendar of one office."""
    events = (calendar_event(entry, feed.register, language) for entry in feed.entries)
    name = language.say(say("Terms of {office}", office=one_line(feed.name)))
    return calendar(name, events, organizer=organizer, is_feed=True)


def calendar_event(entry: CalendarDate, register: str, language: Language) -> CalendarEvent:
    """Return one date as an event; of a non-public agreement it names the number only."""
    shown = entry.shown
    return CalendarEvent(
        uid=unique_name(register, shown.ref, shown.subject),
        sequence=entry.sequence,
        changed_at=entry.changed_at,
        day=shown.day,
        summary=f"{_what(shown, language)}: {_name(shown)}",
        description="\n".join(_description(shown, language)),
        cancelled=shown.state is DateState.CANCELLED,
        private=not shown.public,
    )


def _what(shown: Shown, language: Language) -> str:
    stands = STANDS.get(shown.state)
    what = language.say(say(stands.text, what=shown.what) if stands else shown.asked)
    return what[:1].upper() + what[1:]


def _name(shown: Shown) -> str:
    return f"{one_line(shown.called)} ({shown.ref})" if shown.public else shown.ref


def _description(shown: Shown, language: Language) -> Iterator[str]:
    if shown.public:
        yield one_line(shown.title)
        if shown.amount:
            priced = language.say(say("{what}: {amount}", what=shown.what, amount=shown.amount))
            yield priced[:1].upper() + priced[1:]
        if shown.clause:
            yield f"“{one_line(shown.clause)}”"

"""Each office's calendar: read from the ledger, so that nothing changes in it by itself."""

from collections.abc import Iterator

from msgspec import Struct

from notifications.calendar import calendar
from notifications.language import Language
from notifications.template_values import one_line
from states.model.phrase import say
from workflow.agreements.queries import no_such_office
from workflow.app.app import App, policy_of
from workflow.engine.calendar_dates import CalendarDate, agenda, calendar_event
from workflow.engine.ledger import decode, stream_of
from workflow.engine.offices import Offices
from workflow.engine.standing import shown_through
from workflow.store import agreements, ledger, offices, register
from workflow.store.database import Transaction


class Feed(Struct, frozen=True, kw_only=True):
    """The calendar of one office; `register` is whose unique names its dates have."""

    office: str
    name: str
    register: str
    entries: list[CalendarDate]


def feeds(app: App, office: str | None = None) -> tuple[list[Feed], list[str]]:
    """Return the calendar of each office, or of one, and the agreements that could not be read."""
    with app.reading() as connection:
        known = offices.reachable(connection)
        if office is not None and office not in known:
            raise no_such_office(office, known)
        uid = register.read(connection).uid
        failed: list[str] = []
        entries = [*_entries(connection, app, failed)]
    return [*_feeds(known, office, uid, entries)], failed


def _entries(connection: Transaction, app: App, failed: list[str]) -> Iterator[CalendarDate]:
    policy, today = policy_of(connection), app.today()
    horizon = shown_through(today)
    for batch in agreements.batches(connection):
        streams = ledger.read_all(connection, [stream_of(item.ref) for item in batch])
        for item in batch:
            try:
                rows = streams[stream_of(item.ref)]
                yield from agenda((decode(row.payload) for row in rows), policy, horizon)
            except Exception:  # noqa: BLE001 - the others are exported all the same
                failed.append(item.ref)


def _feeds(
    known: Offices, only: str | None, uid: str, entries: list[CalendarDate]
) -> Iterator[Feed]:
    for key, item in sorted(known.items()):
        if only in {None, key}:
            own = [entry for entry in entries if entry.shown.office == key]
            own.sort(key=lambda entry: (entry.shown.day, entry.shown.ref, entry.shown.subject))
            yield Feed(office=key, name=item.name, register=uid, entries=own)


def calendar_text(feed: Feed, language: Language, organizer: str) -> str:
    """Return the calendar of one office."""
    events = (calendar_event(entry, feed.register, language) for entry in feed.entries)
    name = language.say(say("Terms of {office}", office=one_line(feed.name)))
    return calendar(name, events, organizer=organizer, is_feed=True)

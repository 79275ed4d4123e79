"""Each office's calendar: read from the ledger; by itself it only goes on further, at New Year."""

from collections.abc import Iterator

from notifications.calendar import calendar
from notifications.language import Language
from notifications.template_values import one_line
from states.model.phrase import say
from workflow.agreements.queries import the_office
from workflow.app.app import App, policy_and_today
from workflow.engine.calendar_dates import CalendarDate, agenda, calendar_event
from workflow.engine.ledger import decode, stream_of
from workflow.engine.standing import shown_through
from workflow.mail.senders import sender_of
from workflow.store import agreements, ledger, offices, register
from workflow.store.database import Transaction


def calendars(
    app: App, language: Language, office: str | None = None
) -> tuple[dict[str, str], list[str]]:
    """Return each office's calendar by its key, or of one; and the agreements that are in none.

    Those cannot be read.
    """
    with app.reading() as connection:
        known = offices.reachable(connection)
        keys = sorted(known) if office is None else [the_office(known, office).key]
        uid = register.read(connection).uid
        failed: list[str] = []
        entries = sorted(_entries(connection, app, failed), key=_place)
    organizer, texts = sender_of(app).email, dict[str, str]()
    for key in keys:
        own = (entry for entry in entries if entry.shown.office == key)
        name = language.say(say("Terms of {office}", office=one_line(known[key].name)))
        dates = (calendar_event(entry, uid, language) for entry in own)
        texts[key] = calendar(name, dates, organizer=organizer, is_feed=True)
    return texts, failed


def _entries(connection: Transaction, app: App, failed: list[str]) -> Iterator[CalendarDate]:
    policy, today = policy_and_today(connection, app)
    horizon = shown_through(today)
    for batch in agreements.batches(connection):
        streams = ledger.read_all(connection, [stream_of(item.ref) for item in batch])
        for item in batch:
            try:
                rows = streams[stream_of(item.ref)]
                yield from agenda((decode(row.payload) for row in rows), policy, horizon)
            except Exception:  # noqa: BLE001 - the others are exported all the same
                failed.append(item.ref)


def _place(entry: CalendarDate) -> tuple[object, ...]:
    return entry.shown.day, entry.shown.ref, entry.shown.subject

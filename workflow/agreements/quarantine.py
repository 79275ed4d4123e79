"""The quarantine: agreements that fail again and again, or that cannot be read at all."""

from msgspec import Struct

from states.model.phrase import Phrase, say
from workflow.app.app import App
from workflow.store import agreements
from workflow.store.agreements import QUARANTINED_AFTER, Stored, StoredRow, Unreadable, the_row
from workflow.system.refusals import Refused


class Quarantined(Struct, frozen=True, kw_only=True):
    """An agreement that is set apart: the daemon tries it once an hour, and the others go on."""

    ref: str
    failures: int
    readable: bool
    error: Phrase | str


def quarantined(app: App) -> list[Quarantined]:
    """Return what is in quarantine, in order of reference."""
    with app.reading() as connection:
        return [_quarantined(item) for item in agreements.each(connection) if _is_quarantined(item)]


def _is_quarantined(item: StoredRow) -> bool:
    """Tell whether an agreement is set apart; one that cannot be read always is."""
    return isinstance(item, Unreadable) or item.failures >= QUARANTINED_AFTER


def _quarantined(item: StoredRow) -> Quarantined:
    readable = isinstance(item, Stored)
    error = (item.last_error or "") if isinstance(item, Stored) else item.error
    return Quarantined(ref=item.ref, failures=item.failures, readable=readable, error=error)


def release(app: App, ref: str) -> None:
    """Let an agreement be tried at the next tick, as if for the first time."""
    with app.writing() as connection:
        item = the_row(connection, ref, lock=True)
        if not _is_quarantined(item):
            raise Refused(say("{ref} is not in quarantine; nothing changes.", ref=ref))
        agreements.look_anew(connection, app.clock.now(), only=item.id)

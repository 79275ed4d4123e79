"""What operators ask about offices: who is reached through them today, and who held them when."""

from collections import Counter
from datetime import date

from msgspec import Struct

from states.model.stage import Stage
from workflow.agreements.queries import HistoryLine, events_of, the_office
from workflow.app.app import App, policy_and_today
from workflow.engine.ledger import office_stream
from workflow.engine.offices import Office, Offices, resolve
from workflow.store import agreements, ledger, offices
from workflow.store.database import Transaction


class OfficeLine(Struct, frozen=True, kw_only=True):
    """An office as it stands today; `resolves_through` names the office whose holder is asked.

    `erased` tells that the office's own holder of today was erased, and so is not there; `follows`
    who takes it over next, and from which day.
    """

    office: Office
    holder: str | None
    email: str | None
    resolves_through: str | None
    agreements: int
    erased: bool
    follows: tuple[date, str | None] | None


def office_lines(app: App) -> list[OfficeLine]:
    """Return every office with who is reached through it today."""
    with app.reading() as connection:
        _, today = policy_and_today(connection, app)
        return [*lines_of(connection, today).values()]


def lines_of(connection: Transaction, today: date) -> dict[str, OfficeLine]:
    """Return the line of every office, by its key."""
    known, there = offices.every(connection), offices.reachable(connection)
    held = (stored.dossier.agreement for stored in agreements.every(connection))
    counts = Counter[str](item.office for item in held if item.stage is not Stage.ENDED)
    return {
        key: _line(connection, office, there, today, counts[key]) for key, office in known.items()
    }


def _line(
    connection: Transaction, office: Office, there: Offices, today: date, count: int
) -> OfficeLine:
    found = resolve(there, office.key, today)
    coming = [item for item in office.holder.values() if item.starts > today]
    following = min(coming, key=lambda item: item.starts, default=None)
    tokens = [*((found[1].name, found[1].email) if found else ())]
    tokens += [following.name] if following else []
    values = ledger.opened(connection, tokens)
    own, reached = office.holder_on(today), there[office.key].holder_on(today)
    return OfficeLine(
        office=office,
        holder=values.get(found[1].name) if found else None,
        email=values.get(found[1].email) if found else None,
        resolves_through=found[0].key if found else None,
        agreements=count,
        erased=own is not None and reached is None,
        follows=(following.starts, values.get(following.name)) if following else None,
    )


# history -----------------------------------------------------------------------------------------


class HolderLine(Struct, frozen=True, kw_only=True):
    """Who holds or held an office, and when; None was erased."""

    name: str | None
    email: str | None
    starts: date
    until: date | None


def office_history(app: App, key: str) -> tuple[list[HolderLine], list[HistoryLine]]:
    """Return who held an office when, the earliest first, and everything that happened to it."""
    with app.reading() as connection:
        office = the_office(offices.every(connection), key)
        tokens = [token for holder in office.in_turn for token in (holder.name, holder.email)]
        values = ledger.opened(connection, tokens)
        happened = events_of(connection, office_stream(office.key))
    held = [
        HolderLine(
            name=values.get(holder.name),
            email=values.get(holder.email),
            starts=holder.starts,
            until=holder.until,
        )
        for holder in office.in_turn
    ]
    return held, happened

"""What operators ask about time: one agreement from its first day on, or all of an office."""

from datetime import date

from workflow.app.app import House, policy_of
from workflow.engine.offices import Office
from workflow.service.reading import no_such_office
from workflow.store import agreements, offices
from workflow.store.agreements import the_agreement
from workflow.store.database import Transaction
from workflow.timeline import Timeline, timeline

YEARS_AHEAD = 5


def horizon(today: date) -> date:
    """Return the last day that is drawn: the end of the fifth year after this one."""
    return date(today.year + YEARS_AHEAD, 12, 31)


def timeline_of(house: House, ref: str) -> Timeline:
    """Return one agreement in time."""
    with house.reading() as connection:
        agreement, today = the_agreement(connection, ref).dossier.agreement, house.today()
        return timeline(agreement, policy_of(connection), today, horizon(today))


def timelines_of_office(house: House, key: str) -> tuple[Office, list[Timeline]]:
    """Return an office with the agreements that it keeps, in order of reference."""
    with house.reading() as connection:
        office = _office(connection, key)
        policy, today = policy_of(connection), house.today()
        kept = (item.dossier.agreement for item in agreements.of_office(connection, key))
        return office, [
            timeline(agreement, policy, today, horizon(today))
            for agreement in kept
            if agreement.office == key
        ]


def _office(connection: Transaction, key: str) -> Office:
    known = offices.every(connection)
    if key not in known:
        raise no_such_office(key, known)
    return known[key]

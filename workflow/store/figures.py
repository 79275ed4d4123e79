"""What monitors measure: counts and oldest instants, none of which grows with one agreement."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from workflow.store.tables import AGREEMENT, MESSAGE


def agreements_by_stage(connection: Connection) -> dict[str, int]:
    """Return how many agreements stand in each stage that has any."""
    query = select(AGREEMENT.c.stage, func.count()).group_by(AGREEMENT.c.stage)
    return dict(connection.execute(query).all())


def overdue(connection: Connection, before: datetime) -> int:
    """Return of how many agreements the next alert should have fired before an instant."""
    passed = AGREEMENT.c.next_alert_at < before
    return connection.execute(select(func.count()).where(passed)).scalar_one()


def failures(connection: Connection) -> tuple[int, int]:
    """Return how many agreements fail, and how often they have failed in a row, together."""
    query = select(func.count(), func.coalesce(func.sum(AGREEMENT.c.failures), 0))
    agreements, times = connection.execute(query.where(AGREEMENT.c.failures > 0)).one()
    return agreements, int(times)


def oldest_waiting_mail(connection: Connection, now: datetime) -> datetime | None:
    """Return when the oldest mail was made that could have left by now and is not done.

    One that was put off after an attempt waits as well; one whose time has not come does not.
    """
    put_off = MESSAGE.c.reply.is_not(None) | MESSAGE.c.last_error.is_not(None)
    waits = (MESSAGE.c.next_attempt_at <= now) | (MESSAGE.c.next_attempt_at.is_not(None) & put_off)
    return connection.execute(select(func.min(MESSAGE.c.created_at)).where(waits)).scalar()

"""Refusing a database whose schema this version does not know; asked before every transaction."""

from sqlalchemy import Connection

from states.model.phrase import Phrase, say
from workflow.store.database import Unavailable

KNOWN = ("0001", "0002", "0003")
HEAD = KNOWN[-1]


def check(connection: Connection) -> None:
    """Raise Unavailable unless the schema is the one that this version works with."""
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if revision == HEAD:
        return
    refuse_unknown(str(revision))
    raise Unavailable(
        say("The database has the older schema {revision}. Run: looptijd init", revision=revision)
    )


def refuse_unknown(revision: str | None) -> None:
    """Raise Unavailable for a schema that only another version can have made."""
    if revision is not None and revision not in KNOWN:
        raise Unavailable(_too_new(revision))


def _too_new(revision: str) -> Phrase:
    return say(
        "The database has schema {revision}, which this version does not know."
        " Install the version of looptijd that made it, or a newer one.",
        revision=revision,
    )

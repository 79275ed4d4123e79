"""Creating the database's schema and bringing an older one up to date, with Alembic.

It stands apart from `workflow.store.schema`: two use cases need it, and importing Alembic is slow.
"""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, Index, text

from states.model.phrase import say
from workflow.store.database import Database, Unavailable, refuse_encoding, saying_unavailable
from workflow.store.schema import HEAD, refuse_unknown
from workflow.store.tables import AGREEMENT, MESSAGE, Row

METADATA = Row.metadata
"""What the migrations make, indexes too.

Those are declared here, apart from the tables: a partial one imports the dialects of both
databases, 25 ms a command.
"""


def _of_what_is_known(column: Column[object]) -> Index:
    """Index a column that is NULL in most rows: those are left out."""
    known = text(f"{column.name} IS NOT NULL")
    name = f"ix_{column.table.name}_{column.name}"
    return Index(name, column, sqlite_where=known, postgresql_where=known)


_of_what_is_known(AGREEMENT.c.next_alert_at)
_of_what_is_known(MESSAGE.c.next_attempt_at)
_of_what_is_known(MESSAGE.c.handed_at)
Index("ix_message_agreement_id", MESSAGE.c.agreement_id)
Index("uq_message_message_id", MESSAGE.c.message_id, unique=True)


def migrate(database: Database) -> None:
    """Bring the schema up to date; can be repeated. Raises Unavailable for a newer schema.

    Foreign keys are off while SQLite rewrites tables, and are checked before the commit.
    """
    with saying_unavailable(), database.engine.connect() as opened:
        if database.is_sqlite:
            opened.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        connection = opened.execution_options(immediate=True)
        with connection.begin():
            refuse_encoding(connection)
            revision = MigrationContext.configure(connection).get_current_revision()
            refuse_unknown(revision)
            if revision != HEAD:
                command.upgrade(_config(connection), "head")
            check = "PRAGMA foreign_key_check"
            if database.is_sqlite and connection.exec_driver_sql(check).first():
                raise Unavailable(say("The migration would have broken a reference; undone."))
        if database.is_sqlite:
            opened.connection.driver_connection.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "workflow.store:migrations")
    config.attributes["connection"] = connection
    return config

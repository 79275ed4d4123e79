"""Creating the database's schema and bringing an older one up to date, with Alembic.

It stands apart from `workflow.store.schema`: few use cases need it, and importing Alembic is slow.
"""

from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from states.model.phrase import say
from workflow.store.database import Database, Unavailable, refuse_unfit, saying_unavailable
from workflow.store.schema import refuse_unknown
from workflow.store.tables import SCHEMAS


def migrate(database: Database) -> None:
    """Bring the schema up to date; can be repeated. Raises Unavailable for a newer schema.

    Foreign keys are off while SQLite rewrites tables, and are checked before the commit. What was
    broken before, an agreement of which the row is gone, is mended from its ledger afterwards.
    """
    with saying_unavailable(database.file), database.engine.connect() as opened:
        driver: Any = opened.connection.driver_connection
        if database.is_sqlite:
            driver.execute("PRAGMA foreign_keys = OFF")
        connection = opened.execution_options(immediate=True)
        with database.beginning(connection):
            refuse_unfit(connection)
            revision = MigrationContext.configure(connection).get_current_revision()
            refuse_unknown(revision)
            if revision != SCHEMAS[-1]:
                broken = _broken_references(connection)
                command.upgrade(_config(connection), "head")
                if _broken_references(connection) > broken:
                    raise Unavailable(say("The migration would have broken a reference; undone."))
        if database.is_sqlite:
            driver.execute("PRAGMA foreign_keys = ON")


def _broken_references(connection: Connection) -> int:
    """Return how many rows refer to one that is gone; PostgreSQL lets none go."""
    is_sqlite = connection.dialect.name == "sqlite"
    check = "PRAGMA foreign_key_check"
    return len(connection.exec_driver_sql(check).all()) if is_sqlite else 0


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "workflow.store:migrations")
    config.attributes["connection"] = connection
    return config

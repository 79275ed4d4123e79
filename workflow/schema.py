"""Creating and migrating the database, and refusing one that this version does not know."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from states.phrase import Phrase, say
from workflow.database import Database, Unavailable, told_as_unavailable

HEAD = "0001"


def migrate(database: Database) -> None:
    """Bring the schema up to date; can be repeated. Raises Unavailable for a newer schema.

    Foreign keys are off while SQLite rewrites tables, and are checked before the commit.
    """
    with told_as_unavailable(), database.engine.connect() as opened:
        if database.is_sqlite:
            opened.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        connection = opened.execution_options(immediate=True)
        with connection.begin():
            _refuse_unknown(_revision(connection))
            command.upgrade(_config(connection), "head")
            if connection.exec_driver_sql(_foreign_key_check(database)).first():
                raise Unavailable(say("The migration would have broken a reference; undone."))
        if database.is_sqlite:
            opened.connection.driver_connection.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]


def check(connection: Connection) -> None:
    """Raise Unavailable unless the schema is the one that this version works with."""
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if revision == HEAD:
        return
    _refuse_unknown(str(revision))
    raise Unavailable(
        say("The database has the older schema {revision}. Run: looptijd init", revision=revision)
    )


def _foreign_key_check(database: Database) -> str:
    return "PRAGMA foreign_key_check" if database.is_sqlite else "SELECT 1 WHERE false"


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "workflow:migrations")
    config.attributes["connection"] = connection
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_unknown(revision: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision is not None and revision not in known:
        raise Unavailable(_too_new(revision))


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", "workflow:migrations")
    return ScriptDirectory.from_config(config)


def _too_new(revision: str) -> Phrase:
    return say(
        "The database has schema {revision}, which this version does not know."
        " Install the version of looptijd that made it, or a newer one.",
        revision=revision,
    )

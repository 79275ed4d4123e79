"""Refusing a database of another schema, and finding the triggers that are not ours."""

from sqlalchemy import Connection

from states.model.phrase import say
from workflow.store.database import Unavailable
from workflow.store.tables import SCHEMAS

APPEND_ONLY = {"event": "the ledger is append-only", "seal": "the seals are append-only"}
NEVER_CHANGED = (  # O: it is on; then the body of its function
    "O CREATE TRIGGER {table}_is_never_changed BEFORE DELETE OR UPDATE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION the_ledger_is_append_only()"
    " BEGIN RAISE EXCEPTION 'the ledger is append-only'; END "
)
NEVER_DONE = (
    "CREATE TRIGGER {table}_is_never_{done} BEFORE {doing} ON {table}"
    " BEGIN SELECT RAISE(ABORT, '{why}'); END"
)
TRIGGERS = {
    "sqlite": {
        (
            f"{table}_is_never_{done}",
            NEVER_DONE.format(table=table, done=done, doing=doing, why=why),
        )
        for table, why in APPEND_ONLY.items()
        for done, doing in (("updated", "UPDATE"), ("deleted", "DELETE"))
    },
    "postgresql": {
        (f"{table}_is_never_changed", NEVER_CHANGED.format(table=table)) for table in APPEND_ONLY
    },
}
FOUND = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        "SELECT tgname::text, tgenabled::text || ' ' || pg_get_triggerdef(t.oid, true) || prosrc"
        " FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid JOIN pg_proc p ON p.oid = tgfoid"
        " WHERE NOT tgisinternal AND c.relnamespace = current_schema()::regnamespace"
        " UNION ALL SELECT rulename::text, definition FROM pg_rules"
        " WHERE schemaname = current_schema()"
    ),
}


def strange_triggers(connection: Connection) -> list[str]:
    """Return the triggers and rules that this version did not make, or not so, or that are gone."""
    kind = connection.dialect.name
    found = {*map(tuple, connection.exec_driver_sql(FOUND[kind]))}
    return sorted({name for name, _ in found ^ TRIGGERS[kind]})


def check(connection: Connection) -> None:
    """Raise Unavailable unless the schema is the one that this version works with."""
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if revision == SCHEMAS[-1]:
        return
    refuse_unknown(str(revision))
    raise Unavailable(
        say("The database has the older schema {revision}. Run: looptijd init", revision=revision)
    )


def refuse_unknown(revision: str | None) -> None:
    """Raise Unavailable for a schema that only another version can have made."""
    if revision is not None and revision not in SCHEMAS:
        raise Unavailable(
            say(
                "The database has schema {revision}, which this version does not know."
                " Install the version of looptijd that made it, or a newer one.",
                revision=revision,
            )
        )

"""Every column of every table, changed by hand: named, refused, or listed here with its reason."""

from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Date, DateTime, Integer

from states.model.phrase import Refusal
from tests.town import Town, unguarded, visiting
from workflow.maintenance.daily import Daily
from workflow.maintenance.doctor import doctor
from workflow.maintenance.verify import verify
from workflow.store import register
from workflow.store.columns import Day, Instant, Number, PackedMail, Whole
from workflow.store.rows import Row

COLUMNS: dict[str, Column[Any]] = {
    f"{table.name}.{column.name}": column
    for table in Row.metadata.sorted_tables
    for column in table.columns
}
ASKED_AGAIN = "it is written anew when the mail is composed"
NOT_USED = "a plan whose key does not fit is not used: firing is decided from the facts"
SHOWN = "it is for people to read, and decides nothing"
UNSEEN = {
    "agreement.last_error": SHOWN,
    "event.number": "no seal holds today's tail yet; a higher number keeps the order",
    "facts.plan": NOT_USED,
    "heartbeat.daemon": SHOWN,
    "message.accepted_at": "the outside judge names it; the relay's own log says the same",
    "message.address": ASKED_AGAIN,
    "message.attempts": "it ends in refused or expired, which is shown",
    "message.caught_up": "it chooses words",
    "message.content": ASKED_AGAIN,
    "message.created_at": "the outside judge holds it against the event that it tells of",
    "message.doubts": "it ends in unknown, which is shown",
    "message.escalates": "it chooses words",
    "message.handed_at": "the state folder knows it, and takes a register for restored by it",
    "message.id": "its order among mails only; other rows name it when they are merged",
    "message.in_doubt": "it ends in unknown, which is shown",
    "message.late_by": "it chooses words, and whether it is merged",
    "message.lease": "it holds until next_attempt_at, which is named",
    "message.pointless": "it is asked of cancelled mail, when what it asks is open again",
    "message.refusals": "only the outside judge asks for it, to explain a mail to the next office",
    "message.rule": "it chooses words; the cause, which is named, says the same",
    "message.subject": ASKED_AGAIN,
    "register.adoptions": "it orders copies; each adoption is an event as well",
    "register.id": "there is one row, whatever its number",
}


@pytest.mark.timeout(600)
def test_a_column_that_somebody_changes_is_named_or_stands_here_with_its_reason(
    town: Town,
) -> None:
    town.in_force(until="2018-08-15 10:00")
    Daily().finish(town.later(days=1).app)
    town.at("2018-08-17 08:00").tick()  # the last mail waits
    with unguarded(town).app.writing() as connection:
        register.beat(connection, "host:1", town.clock.now(), None)
    known = complaints(town)

    unseen = {name for name, column in COLUMNS.items() if is_unseen(town, column, known)}

    assert unseen == UNSEEN.keys()
    assert complaints(town) == known


def is_unseen(town: Town, column: Column[Any], known: set[str]) -> bool:
    """Change a column of the last row, and tell whether nothing complains; then put it back."""
    table, name = column.table.name, column.name
    key = [*column.table.primary_key][-1].name
    here = f" WHERE {key} = (SELECT max({key}) FROM {table})"  # noqa: S608 - names of the schema
    old = town.scalar(f"SELECT {name} FROM {table}{here}")  # noqa: S608
    try:
        assert town.change(f"UPDATE {table} SET {name} = {other(column)}{here}") == 1  # noqa: S608
    except Refusal:
        return False  # the database itself does not take it
    found = complaints(town)
    town.change(f"UPDATE {table} SET {name} = :old{here}", old=old)  # noqa: S608
    return found <= known


def other(column: Column[Any]) -> str:
    """Return SQL for another value of a column than it has."""
    for kind, value in OTHERS.items():
        if isinstance(column.type, kind):
            return value.format(name=column.name)
    return f"coalesce({column.name}, '') || 'x'"


ANOTHER_NUMBER = "coalesce({name}, 0) + 1000"
OTHERS = {
    Boolean: "NOT {name}",
    **dict.fromkeys((Integer, Number, Whole), ANOTHER_NUMBER),
    **dict.fromkeys((DateTime, Instant), "'2019-02-01 07:00:00+00:00'"),
    **dict.fromkeys((Date, Day), "'2019-02-01'"),
    PackedMail: "NULL",
}


def complaints(town: Town) -> set[str]:
    """Return what doctor and verify say, in a process of their own."""
    with visiting(town.another()) as other_town:
        try:
            checks = {f"{c.name}: {c.detail}" for c in doctor(other_town.app) if not c.ok}
            return checks | {
                f"{ref}: {problem}" for ref, problem in verify(other_town.app).problems
            }
        except Refusal as refusal:
            return {str(refusal)}

"""What is asked at every tick is answered from a partial index, however much is stored."""

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Connection

from tests.town import OFFICES, Town, asked_of, running
from workflow.store import agreements, register, seals
from workflow.store.due import due_by_plan
from workflow.store.outbox import late, leases, queries

ROWS = 5000
NUMBERS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "  # = ROWS
)


def crowded(town: Town) -> Town:
    """Fill the register with rows of which nothing is due and one agreement of which something is.

    The rows are copies: what counts here is how many there are.
    """
    town.at("2018-06-01 10:00").register(OFFICES, running("A-1"), history=True)
    town.at("2018-06-29 08:00").tick()
    many = "FROM {table}, n WHERE {table}.id = (SELECT min(id) FROM {table})"
    statements = [
        (
            "INSERT INTO agreement (ref, stage, seq, head, next_alert_at, failures)"
            f" {NUMBERS} SELECT 'X-' || i, stage, seq, head, NULL, 0 "
            + many.format(table="agreement")
        ),
        (
            "INSERT INTO facts (agreement_id, facts) SELECT a.id, f.facts FROM agreement a, facts f"
            " WHERE a.ref LIKE 'X-%' AND f.agreement_id = (SELECT min(id) FROM agreement)"
        ),
        "INSERT INTO message (agreement_id, message_id, rule, cause, role, office, generation,"
        " caught_up, late_by, escalates, status, created_at, attempts, in_doubt, doubts)"
        f" {NUMBERS} SELECT agreement_id, 'x-' || i, rule, cause, role, office, generation,"
        " caught_up, late_by, escalates, 'accepted', created_at, 1, in_doubt, doubts "
        + many.format(table="message"),
    ]
    with town.app.database.engine.begin() as connection:
        for statement in statements:
            assert (
                connection.exec_driver_sql(
                    statement if town.app.database.is_sqlite else statement.replace("%", "%%")
                ).rowcount
                == ROWS
            )
        connection.exec_driver_sql("ANALYZE")
    return town


def plan_of(town: Town, ask: Callable[[Connection], object], number: int = 0) -> str:
    """Return the database's plan for the first query, or a later, that the store asks."""
    database = town.app.database
    with database.write() as connection:
        with asked_of(database) as asked:
            ask(connection)
        statement, values = asked[number]
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        rows = connection.exec_driver_sql(f"{explain} {statement}", values)
        return "\n".join(str(row[-1]) for row in rows)


def assert_indexed(plan: str, index: str, table: str) -> None:
    """Hold that a plan reads this index and does not read the whole table."""
    assert index in plan, plan
    assert f"SCAN {table}" not in plan, plan
    assert f"Seq Scan on {table}" not in plan, plan


def test_looking_for_due_agreements_uses_the_partial_index(town: Town) -> None:
    now = crowded(town).clock.now()
    plan = plan_of(town, lambda connection: agreements.anything_due(connection, now))
    assert_indexed(plan, "ix_agreement_next_alert_at", "agreement")


def test_locking_the_due_agreements_uses_the_partial_index(town: Town) -> None:
    now = crowded(town).clock.now()
    plan = plan_of(town, lambda connection: agreements.due(connection, now, 500))
    assert_indexed(plan, "ix_agreement_next_alert_at", "agreement")


@pytest.mark.on_sqlite  # PostgreSQL reads small tables as a whole
def test_the_plans_of_what_is_due_are_looked_up_by_key_on_sqlite(town: Town) -> None:
    now = crowded(town).at("2018-09-28 08:00").clock.now()
    due = partial(due_by_plan, now=now, most=500, fires=lambda *_: None)
    assert "SCAN" not in plan_of(town, due)
    assert "USING INTEGER PRIMARY KEY" in plan_of(town, due, number=1)


def test_looking_for_waiting_mail_uses_the_partial_index(town: Town) -> None:
    now = crowded(town).clock.now()
    plan = plan_of(town, lambda connection: leases.anything_waiting(connection, now))
    assert_indexed(plan, "ix_message_next_attempt_at", "message")


def test_leasing_the_next_mail_uses_the_partial_index(town: Town) -> None:
    now = crowded(town).clock.now()
    plan = plan_of(town, lambda connection: leases.lease(connection, now, "token"))
    assert_indexed(plan, "ix_message_next_attempt_at", "message")


def test_looking_for_late_mail_uses_the_partial_index(town: Town) -> None:
    now = crowded(town).clock.now()
    plan = plan_of(town, lambda connection: late.every(connection, now))
    assert_indexed(plan, "ix_message_next_attempt_at", "message")


def test_leasing_all_but_late_mail_uses_the_partial_index(town: Town) -> None:
    now = crowded(town).clock.now()
    plan = plan_of(town, lambda connection: leases.lease(connection, now, "t", spares_late=True))
    assert_indexed(plan, "ix_message_next_attempt_at", "message")


def test_counting_stuck_mail_uses_the_partial_index(town: Town) -> None:
    now = crowded(town).clock.now()
    plan = plan_of(town, lambda connection: queries.stuck(connection, now))
    assert_indexed(plan, "ix_message_next_attempt_at", "message")


def test_a_tick_asks_as_many_questions_for_200_agreements_as_for_one(town: Town) -> None:
    town.at("2018-06-01 10:00").register(OFFICES, running("A-1"), history=True)
    town.register("".join(running(f"B-{n}", start="2018-02-01") for n in range(200)), history=True)
    town.tick()
    one = questions(town.at("2018-06-29 08:00"))
    many = questions(town.at("2018-07-31 08:00"))
    assert one == many


def questions(town: Town) -> list[str]:
    """Return the statements of one tick, without their values."""
    with asked_of(town.app.database) as asked:
        assert town.tick().fired
    return [" ".join(statement.split()[:3]) for statement, _ in asked]


def eventful(town: Town) -> Town:
    """Fill the ledger and the outbox: mail was handed over for most of what was queued."""
    crowded(town)
    columns = "INSERT INTO event (stream, seq, at, payload, hash)"
    copies = " SELECT 'x', i, at, payload, hash FROM event, n WHERE seq = 2"
    town.change(columns + NUMBERS + copies)
    town.change("UPDATE message SET handed_at = created_at WHERE id <= 3000")
    town.change("ANALYZE")
    return town


def test_how_far_the_register_has_come_is_read_from_the_ends_of_two_indexes(town: Town) -> None:
    plan = plan_of(eventful(town), register.read_with_mark)
    assert_indexed(plan, "ix_message_handed_at", "message")
    assert "SCAN event" not in plan, plan
    assert "Seq Scan on event" not in plan, plan


def test_the_events_of_a_day_are_read_by_their_numbers(town: Town) -> None:
    plan = plan_of(eventful(town), lambda c: list(seals.in_order(c, 5000, 5003)))
    assert "SCAN event" not in plan, plan
    assert "Seq Scan on event" not in plan, plan


def test_whether_an_event_follows_is_looked_up_by_the_key_of_the_ledger(town: Town) -> None:
    places = {"numbers": [1, 2]}
    plan = plan_of(eventful(town), lambda c: c.execute(agreements.ASTRAY, places).scalar())
    assert "uq_event_stream_seq" in plan or "sqlite_autoindex_event" in plan, plan
    assert "SCAN event" not in plan, plan
    assert "Seq Scan on event" not in plan, plan

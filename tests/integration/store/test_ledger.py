"""The ledger: chained, append-only on both databases, and `verify` sees what was done to it."""

import hashlib
from collections.abc import Callable
from datetime import date

import pytest

from states.dates.policy import Alerts
from tests.announced import three
from tests.audits import exported
from tests.town import CASE, OFFICES, REF, Town, running, unguarded
from workflow.agreements.queries import history
from workflow.agreements.tick import Ticked
from workflow.engine.ledger import UnreadableEvent
from workflow.maintenance.daily import Daily
from workflow.maintenance.doctor import doctor
from workflow.maintenance.setup import adopt_policy
from workflow.maintenance.verify import verify
from workflow.store import register
from workflow.store.database import Unavailable

STREAM = "agreement:SO-2017-0042"


def test_each_event_carries_the_hash_of_the_one_before_it(town: Town) -> None:
    town.in_force()
    for stream in (STREAM, "office:financien"):
        previous = "0" * 64
        rows = town.query(
            "SELECT seq, payload, hash FROM event WHERE stream = :s ORDER BY seq", s=stream
        )
        for number, row in enumerate(rows, start=1):
            text = f"{previous}\n{stream}\n{row.payload}"
            assert row.seq == number
            assert row.hash == hashlib.sha256(text.encode()).hexdigest()
            previous = row.hash


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET payload = '{}'",
        "UPDATE event SET at = at",
        "DELETE FROM event",
        "DELETE FROM event WHERE seq = 1",
    ],
)
def test_the_database_refuses_to_change_or_delete_an_event(town: Town, statement: str) -> None:
    town.in_force()
    before = town.query("SELECT * FROM event ORDER BY stream, seq")
    with pytest.raises(Unavailable, match="the ledger is append-only"):
        town.change(statement)
    assert town.query("SELECT * FROM event ORDER BY stream, seq") == before


@pytest.mark.on_postgresql  # SQLite has no TRUNCATE
def test_postgresql_refuses_to_empty_the_ledger(town: Town) -> None:
    with pytest.raises(Unavailable, match="the ledger is append-only"):
        town.change("TRUNCATE event")


def test_a_register_that_nobody_tampered_with_is_in_order(town: Town) -> None:
    town.in_force(until="2020-10-13 09:00")
    found = verify(town.app)
    assert found.problems == []
    assert (found.agreements, found.events) == (1, 38)


# What verify sees --------------------------------------------------------------------------------


def test_a_changed_payload_is_seen(town: Town) -> None:
    unguarded(town.in_force())
    changed = town.change(
        "UPDATE event SET payload = replace(payload, '2017-10-12', '2017-10-13')"
        " WHERE stream = :s AND seq = 5",
        s=STREAM,
    )
    assert changed == 1
    assert (REF, "the chain is broken: event 5 does not follow from the one before it") in (
        town.problems()
    )


def test_a_payload_that_cannot_be_read_is_seen(town: Town) -> None:
    unguarded(town.in_force())
    town.change("UPDATE event SET payload = 'x' WHERE stream = :s AND seq = 5", s=STREAM)
    assert (REF, "an event cannot be read") in town.problems()


@pytest.mark.parametrize(
    "payload",
    [
        "{}",
        '{"seq":5,"at":"2017-10-12T08:00:00+00:00","actor":"looptijd","action":["sign"]}',
        '{"seq":5,"at":"2017-10-12T08:00:00+00:00","actor":7,"action":"sign"}',
        '{"seq":5,"at":"2017-10-12T08:00:00","actor":"looptijd","action":"sign"}',
    ],
)
def test_a_history_of_which_an_event_cannot_be_read_is_refused_in_words(
    town: Town, payload: str
) -> None:
    unguarded(town.in_force())
    town.change("UPDATE event SET payload = :p WHERE stream = :s AND seq = 5", p=payload, s=STREAM)
    with pytest.raises(UnreadableEvent, match="An event in the ledger cannot be read"):
        history(town.app, REF)


def test_a_deleted_event_is_seen(town: Town) -> None:
    unguarded(town.in_force())
    town.change("DELETE FROM event WHERE stream = :s AND seq = 3", s=STREAM)
    assert (REF, "the chain is broken: event 3 is missing") in town.problems()


def test_the_ledger_of_the_register_itself_is_missed_in_a_backup_that_is_not_adopted_yet(
    town: Town,
) -> None:
    """A backup of an older release has none, and is not accused of that."""
    unguarded(town.in_force()).change("UPDATE register SET restored = 'backup.db'")
    town.change("DELETE FROM event WHERE stream = 'register'")
    assert ("register", "its ledger is missing") in town.problems()


def test_a_deleted_last_event_is_seen(town: Town) -> None:
    unguarded(town.in_force())
    last = town.scalar("SELECT max(seq) FROM event WHERE stream = :s", s=STREAM)
    town.change("DELETE FROM event WHERE stream = :s AND seq = :n", s=STREAM, n=last)
    assert (REF, "the ledger does not end where the register says") in town.problems()


def test_two_events_that_changed_places_are_seen(town: Town) -> None:
    unguarded(town.in_force())
    for old, new in ((5, 99), (6, 5), (99, 6)):
        town.change(
            "UPDATE event SET seq = :new WHERE stream = :s AND seq = :old",
            s=STREAM,
            old=old,
            new=new,
        )
    assert (REF, "the chain is broken: event 5 does not follow from the one before it") in (
        town.problems()
    )


# PostgreSQL takes no such value there.
@pytest.mark.on_sqlite
@pytest.mark.parametrize(
    "statement, problem",
    [
        (
            "UPDATE event SET at = 'x' WHERE stream = :s AND seq = 5",
            "an event's moment is not the one that was written",
        ),
        (
            "UPDATE event SET seq = 'x' WHERE stream = :s AND seq = 5",
            "the chain is broken: event 5 is missing",
        ),
        (
            "UPDATE event SET stream = x'ff00' WHERE stream = :s AND seq = 5",
            "the chain is broken: event 5 is missing",
        ),
        (
            "UPDATE event SET payload = x'ff00' WHERE stream = :s AND seq = 5",
            "an event cannot be read",
        ),
    ],
)
def test_a_value_of_another_kind_is_named_and_stops_nobodys_mail(
    town: Town, statement: str, problem: str
) -> None:
    unguarded(town.in_force())
    mailed = len(town.relay.accepted)
    town.change(statement, s=STREAM)
    town.until("2018-10-20 09:00")
    Daily().finish(town.app)
    assert (REF, problem) in town.problems()
    assert len(town.relay.accepted) > mailed


@pytest.mark.parametrize(
    "table, key, column, named",
    [
        ("message", "id", "created_at", None),
        ("message", "id", "next_attempt_at", "mail:"),
        ("seal", "id", "day", "seal:0002-01-01"),
        ("seal", "id", "at", "seal:2018-06-05"),
        ("heartbeat", "daemon", "at", None),
        ("event", "number", "at", "A-1"),
        ("agreement", "id", "next_alert_at", None),  # the daily look puts it right
    ],
)
def test_a_moment_that_nobody_can_read_stops_nobody_elses_mail(
    town: Town, table: str, key: str, column: str, named: str | None
) -> None:
    unguarded(town.in_force(until="2018-06-05 10:00"))
    Daily().finish(town.register(running("A-1"), history=True).at("2018-06-06 10:00").app)
    town.at("2018-06-29 08:00").tick()
    town.change("INSERT INTO heartbeat (daemon, at) VALUES ('x:1', '2018-06-29 06:00:00+00:00')")
    mailed, damage = len(town.relay.accepted), "x" if town.app.database.is_sqlite else "infinity"

    last = f"{key} = (SELECT max({key}) FROM {table})"  # noqa: S608 - named above
    assert town.change(f"UPDATE {table} SET {column} = '{damage}' WHERE {last}")  # noqa: S608

    after_months(town)
    Daily().finish(town.app)
    assert doctor(town.app)
    assert len(town.relay.accepted) > mailed
    assert named is None or any(ref.startswith(named) for ref, _ in town.problems())


# PostgreSQL keeps no bytes as a text.
@pytest.mark.on_sqlite
@pytest.mark.parametrize("table, column", [("message", "message_id"), ("facts", "plan")])
def test_bytes_that_are_no_text_stop_nobody_elses_mail(town: Town, table: str, column: str) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1"), running("A-2"), history=True)
    town.one_pass()
    town.at("2018-09-10 08:00").confirm()
    town.tick()
    last = f"rowid = (SELECT max(rowid) FROM {table})"  # noqa: S608 - named above
    assert town.change(f"UPDATE {table} SET {column} = x'fffe' WHERE {last}")  # noqa: S608

    mailed = len(town.relay.accepted)
    town.deliver()
    Daily().finish(town.app)
    assert len(town.relay.accepted) > mailed


THIRD = "(SELECT id FROM agreement WHERE ref LIKE 'A-3%')"
OF_THE_THIRD = {
    "agreement": "ref = 'A-3'",
    "event": "stream = 'agreement:A-3'",
    "private": "token = (SELECT max(token) FROM private WHERE stream = 'agreement:A-3')",
    "office": "key = 'financien'",
    "heartbeat": "daemon = 'x:1'",
    "seal": "id = 1",
    "occurrence": f"agreement_id = {THIRD} AND name LIKE 'activation%'",
    **dict.fromkeys(("facts", "message"), f"agreement_id = {THIRD}"),
}


# PostgreSQL looks after its texts.
@pytest.mark.on_sqlite
@pytest.mark.parametrize("lost", ["coalesce({name}, '') || x'f5'", "x'f5'"])
@pytest.mark.parametrize(
    "column",
    [
        *("agreement.ref", "agreement.stage", "agreement.head", "facts.facts", "facts.plan"),
        *("occurrence.name", "occurrence.status", "event.stream", "event.payload", "event.hash"),
        *("private.token", "private.stream", "private.value", "office.facts", "message.cause"),
        *("message.address", "message.message_id", "message.status", "seal.hash"),
        *("heartbeat.daemon", "heartbeat.last_error"),
    ],
)
def test_a_text_that_is_none_any_more_stops_nobody_elses_mail(
    town: Town, column: str, lost: str
) -> None:
    Daily().finish(three(town).at("2018-06-28 08:00").app)
    table, name = column.split(".")
    with unguarded(town).app.writing() as connection:
        register.beat(connection, "x:1", town.clock.now(), "weg")
    town.at("2018-06-29 08:00")
    if table == "message":
        town.tick()
    changed = f"UPDATE {table} SET {name} = {lost.format(name=name)}"  # noqa: S608
    assert town.change(f"{changed} WHERE {OF_THE_THIRD[table]}")

    town.one_pass()
    assert {"A-1", "A-2"} <= {mail.subject.rpartition("(")[2][:3] for mail in town.relay.accepted}
    Daily().finish(town.app)
    assert doctor(town.app)
    assert verify(town.app).events


# SQLite refuses a text there.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_clock_that_was_seen_at_infinity_is_held_until_it_is_confirmed(town: Town) -> None:
    town.in_force(until="2018-06-05 10:00").register(running("A-1"), history=True)
    town.change("UPDATE register SET high_water = 'infinity'")
    mailed = len(town.relay.accepted)
    town.at("2018-06-29 08:00").one_pass()
    assert [mail.subject for mail in town.relay.accepted[mailed:] if "(A-1)" in mail.subject] == []
    town.confirm()
    town.one_pass()
    assert any("(A-1)" in mail.subject for mail in town.relay.accepted[mailed:])


def after_months(town: Town) -> None:
    """Let a daemon look and send on 20 September 2018, after its clock was confirmed."""
    town.at("2018-09-20 09:00").tick()
    town.confirm()
    town.one_pass()


# PostgreSQL takes no such value there.
@pytest.mark.on_sqlite
@pytest.mark.parametrize("facts", ["facts", "'{'"])
def test_a_count_of_failures_that_is_no_number_stops_nobody_elses_mail(
    town: Town, facts: str
) -> None:
    town.in_force(until="2018-06-05 10:00").register(running("A-1"), history=True)
    mailed = len(town.relay.accepted)
    town.change("UPDATE agreement SET failures = 'x' WHERE ref = :ref", ref=REF)
    town.change(f"UPDATE facts SET facts = {facts} WHERE agreement_id = 1")  # noqa: S608
    after_months(town)
    subjects = [mail.subject for mail in town.relay.accepted[mailed:]]
    assert any("(A-1)" in subject for subject in subjects)
    assert any(f"({REF})" in subject for subject in subjects) == (facts == "facts")


@pytest.mark.parametrize("count", [-100, 2**31 - 1])
@pytest.mark.parametrize("facts", ["facts", "'{'"])
def test_a_count_of_failures_that_nobody_counted_stops_nobody_elses_mail(
    town: Town, facts: str, count: int
) -> None:
    three(town).change("UPDATE agreement SET failures = :count WHERE ref = 'A-2'", count=count)
    town.change(f"UPDATE facts SET facts = {facts} WHERE agreement_id = 2")  # noqa: S608
    failed = count < 0 or facts != "facts"
    assert town.at("2018-06-29 08:00").tick() == Ticked(fired=3 - failed, failed=failed)
    assert town.scalar("SELECT failures FROM agreement WHERE ref = 'A-2'") == failed


def test_an_office_that_cannot_be_read_is_read_from_its_ledger_and_told(town: Town) -> None:
    town.register(OFFICES).change("UPDATE office SET facts = '{}' WHERE key = 'financien'")
    assert town.problems() == [("office:financien", "its facts are not those of the ledger")]


def test_an_office_that_its_ledger_does_not_know_either_is_told_in_words(town: Town) -> None:
    unguarded(town.register(OFFICES))
    town.change("UPDATE office SET facts = '{}' WHERE key = 'financien'")
    town.change("UPDATE event SET payload = 'x' WHERE stream = 'office:financien'")
    with pytest.raises(Unavailable) as refused:
        doctor(town.app)
    assert str(refused.value) == (
        "The office “financien” cannot be read (its facts do not fit: key: this key is missing."
        " It is required. (problems: 2)). Somebody changed the database: put a backup back."
    )


def test_a_deleted_stream_is_seen(town: Town) -> None:
    unguarded(town.in_force())
    town.change("DELETE FROM event WHERE stream = :s", s=STREAM)
    assert (REF, "its ledger is missing") in town.problems()


@pytest.mark.parametrize(
    "statement,problem",
    [
        (
            "UPDATE facts SET facts = replace(facts, 'P3Y', 'P9Y')",
            "its facts are not those of the ledger",
        ),
        ("UPDATE agreement SET stage = 'signing'", "its stage is not that of the ledger"),
        ("UPDATE agreement SET ending = 'lapsed'", "its stage is not that of the ledger"),
        ("UPDATE agreement SET head = 'x'", "the ledger does not end where the register says"),
        ("UPDATE agreement SET seq = 3", "the ledger does not end where the register says"),
        (
            "DELETE FROM occurrence WHERE name LIKE 'activation:%'",
            "what was recorded of its deadlines is not what the ledger says",
        ),
        (
            "UPDATE occurrence SET status = 'superseded' WHERE name LIKE 'activation:%'",
            "what was recorded of its deadlines is not what the ledger says",
        ),
        (
            (
                "INSERT INTO occurrence SELECT id, 'payment:2:2018-10-12:-P8W', 'fired',"
                " '2018-08-17 06:00:00' FROM agreement"
            ),
            "what was recorded of its deadlines is not what the ledger says",
        ),
        (
            "UPDATE agreement SET next_alert_at = NULL",
            "its next look is not planned when its facts demand it",
        ),
        (
            "UPDATE agreement SET next_alert_at = '2019-01-01 07:00:00+00:00'",
            "its next look is not planned when its facts demand it",
        ),
    ],
)
def test_a_row_that_differs_from_the_ledger_is_seen(
    town: Town, statement: str, problem: str
) -> None:
    town.in_force()
    assert town.problems() == []
    town.change(statement)
    assert (REF, problem) in town.problems()


def test_a_deleted_agreement_is_seen(town: Town) -> None:
    town.in_force()
    for table, column in (
        ("facts", "agreement_id"),
        ("occurrence", "agreement_id"),
        ("message", "agreement_id"),
        ("agreement", "id"),
    ):
        town.change(f"DELETE FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608 - named above
    assert town.problems() == [(REF, "the ledger knows it, the register does not")]


@pytest.mark.parametrize(
    "statement,problem",
    [
        (
            "UPDATE office SET facts = replace(facts, 'Concernfinancien', 'Iets anders')",
            "its facts are not those of the ledger",
        ),
        (
            "DELETE FROM office WHERE key = 'financien'",
            "the ledger knows it, the register does not",
        ),
        (
            "UPDATE office SET head = 'x' WHERE key = 'financien'",
            "the ledger does not end where the register says",
        ),
        (
            "UPDATE office SET seq = 2 WHERE key = 'financien'",
            "the ledger does not end where the register says",
        ),
        (
            "UPDATE private SET value = 'x@m.example' WHERE value = 'geld@maastricht.example'",
            "a private value is not the one that was sealed",
        ),
        (
            "UPDATE private SET salt = 'x' WHERE value = 'team geld'",
            "a private value is not the one that was sealed",
        ),
    ],
)
def test_a_changed_office_is_seen(town: Town, statement: str, problem: str) -> None:
    town.register(OFFICES)
    assert town.change(statement)
    assert town.problems() == [("office:financien", problem)]


def test_an_office_whose_last_event_was_cut_off_is_seen(town: Town) -> None:
    unguarded(town.register(OFFICES))
    town.register(OFFICES.replace("geld@", "financien@"))
    town.change("DELETE FROM event WHERE stream = 'office:financien' AND seq = 2")
    assert ("office:financien", "the ledger does not end where the register says") in (
        town.problems()
    )


def test_an_office_without_a_ledger_is_seen(town: Town) -> None:
    unguarded(town.register(OFFICES))
    town.change("DELETE FROM event WHERE stream = 'office:financien'")
    assert [one for one in town.problems() if one[0] != "database"] == [
        ("office:financien", "its ledger is missing"),
        ("office:financien", "a private value stands here, and no event of it does"),
    ]


def test_a_changed_private_value_of_an_agreement_is_told_by_its_reference(town: Town) -> None:
    town.in_force()
    town.change("UPDATE private SET value = 'B. Bol' WHERE value = 'A. Janssen'")
    assert town.problems() == [(REF, "a private value is not the one that was sealed")]


@pytest.mark.parametrize("value", ["A. Janssen", "a.janssen@maastricht.example", "griffier Smeets"])
def test_a_private_value_that_is_gone_without_an_erasure_is_seen(town: Town, value: str) -> None:
    town.register(OFFICES, CASE).do("submit")
    town.change("DELETE FROM private WHERE value = :v AND stream = :s", v=value, s=STREAM)
    assert town.problems() == [(REF, "a private value is gone, and no erasure says so")]


def test_a_moment_that_was_changed_is_seen(town: Town) -> None:
    unguarded(town.in_force())
    town.change(
        "UPDATE event SET at = '2016-01-01 00:00:00+00:00' WHERE stream = :s AND seq = 2", s=STREAM
    )
    assert (REF, "an event's moment is not the one that was written") in town.problems()


def test_who_adopted_a_policy_cannot_vanish_unseen(town: Town) -> None:
    adopt_policy(town.configured(alerts=Alerts(payment_before=())).app, by="beheer")
    town.change("DELETE FROM private WHERE stream = 'register'")
    shown = "a private value is gone, and no erasure says so"
    assert town.problems() == [("register", shown)]


def test_an_address_that_is_gone_from_an_office_is_seen(town: Town) -> None:
    town.register(OFFICES)
    town.change("DELETE FROM private WHERE value = 'geld@maastricht.example'")
    shown = "a private value is gone, and no erasure says so"
    assert town.problems() == [("office:financien", shown)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policy SET payload = replace(payload, 'P3M', 'P9M')",
        "UPDATE policy SET adopted_at = '2016-01-01 00:00:00+00:00'",
        "DELETE FROM policy",
        "UPDATE register SET installation = 'x'",
        "UPDATE register SET uid = '9a57fa26-fdf6-4b2c-9b6e-2f8ec9a3ae0f'",
    ],
)
def test_a_policy_or_an_installation_that_nobody_adopted_is_seen(
    town: Town, statement: str
) -> None:
    assert town.change(statement) == 1
    shown = "its policies or its installation are not those that were adopted"
    assert town.problems() == [("register", shown)]


def test_a_step_that_was_missed_is_named(town: Town) -> None:
    town.in_force()
    town.change("UPDATE agreement SET next_alert_at = '2030-01-01 07:00:00+00:00'")
    town.until("2017-10-20 09:00")
    found = town.problems()
    assert (REF, "instalment 1, P1D after, of 2017-10-12, should have fired") in found
    assert (REF, "instalment 1, P1W after, of 2017-10-12, should have fired") in found


def test_a_step_is_not_missed_within_ten_minutes(town: Town) -> None:
    town.in_force().at("2017-10-13 08:09")
    assert town.problems() == []
    town.at("2017-10-13 08:11")
    assert town.problems() == [(REF, "instalment 1, P1D after, of 2017-10-12, should have fired")]
    town.tick()
    assert town.problems() == []


def test_one_damaged_agreement_does_not_hide_another(town: Town) -> None:
    town.at("2018-02-01 10:00").register(OFFICES, running("A-1"), running("B-1"), history=True)
    damage: list[Callable[[], int]] = [
        lambda: town.change("UPDATE agreement SET head = 'x' WHERE ref = 'A-1'"),
        lambda: town.change("UPDATE agreement SET ending = 'lapsed' WHERE ref = 'B-1'"),
    ]
    assert [do() for do in damage] == [1, 1]
    assert {ref for ref, _ in town.problems()} == {"A-1", "B-1"}


def test_an_agreement_of_an_unknown_stage_is_a_problem_like_any_other(town: Town) -> None:
    town.at("2018-02-01 10:00").register(OFFICES, running("A-1"), running("B-1"), history=True)
    town.change("UPDATE agreement SET stage = 'limbo' WHERE ref = 'A-1'")
    assert {ref for ref, _ in town.problems()} == {"A-1"}


# What no chain shows -----------------------------------------------------------------------------

WAITS = "UPDATE message SET status = 'queued', accepted_at = NULL, next_attempt_at = created_at"
BY_HAND = [
    (
        "UPDATE private SET stream = 'agreement:R-1' WHERE stream = 'agreement:SO-2017-0042'",
        "R-1",
        "a private value stands here, and no event of it does",
    ),
    (
        "UPDATE message SET next_attempt_at = '2031-01-01 07:00:00+00:00' WHERE id = 1",
        "mail:1",
        "it would not be tried when it should be",
    ),
    *(
        (
            f"UPDATE message SET status = '{status}', next_attempt_at = NULL WHERE id = 1",  # noqa: S608 - named below
            "mail:1",
            "it would not be tried when it should be",
        )
        for status in ("queued", "accepted", "cancelled", "limbo")
    ),
    *(
        (
            f"UPDATE message SET {change} WHERE id = 1",  # noqa: S608 - named below
            "mail:1",
            "it is not for whom, or about what, it was queued",
        )
        for change in ("office = 'financien'", "role = 'finance'", "generation = 2")
    ),
    (
        "UPDATE private SET value = 'x@m.example' WHERE value = 'geld@maastricht.example'",
        "office:financien",
        "a private value is not the one that was sealed",
    ),
    (
        "UPDATE office SET facts = replace(facts, 'Concernfinancien', 'Iets anders')",
        "office:financien",
        "its facts are not those of the ledger",
    ),
    (
        "UPDATE policy SET payload = replace(payload, 'P3M', 'P9M')",
        "register",
        "its policies or its installation are not those that were adopted",
    ),
]


@pytest.mark.parametrize("damage, name, problem", BY_HAND)
def test_what_somebody_changed_by_hand_is_named_by_verify_and_doctor(
    town: Town, damage: str, name: str, problem: str
) -> None:
    town.register(OFFICES, CASE).decided()
    town.change(WAITS)
    assert (town.problems(), by_hand(town)) == ([], [])
    assert town.change(damage)
    assert set(town.problems()) == {(name, problem)}
    whose = {"office:financien": "office “financien”"}.get(name, name)
    assert set(by_hand(town)) == {f"Somebody changed the database: {whose}: {problem}."}


def test_a_mail_about_an_office_that_would_never_leave_is_named_too(town: Town) -> None:
    unpaid = '[agreement.contribution]\namount = "5.00"\n'
    town.at("2018-06-01 10:00").register(OFFICES, running("A-1") + unpaid, history=True)
    town.hand_over("sociaal-domein", "maes@maastricht.example", since=date(2019, 1, 1))
    assert (town.problems(), by_hand(town)) == ([], [])
    town.change(
        "UPDATE message SET next_attempt_at = '2031-01-01 07:00:00+00:00' WHERE rule = 'summary'"
    )
    ((name, problem),) = town.problems()
    assert (name, problem) == ("mail:1", "it would not be tried when it should be")
    assert by_hand(town) == [f"Somebody changed the database: {name}: {problem}."]


def by_hand(town: Town) -> list[str]:
    """Return what doctor says that somebody changed."""
    told = [str(check.detail) for check in doctor(town.app) if not check.ok]
    return [detail for detail in told if detail.startswith("Somebody changed")]


SUPPRESS = "EXECUTE FUNCTION suppress_redundant_updates_trigger()"
SWALLOWS = {
    "sqlite": ("CREATE TRIGGER swallow AFTER INSERT ON message BEGIN DELETE FROM message; END",),
    "postgresql": (
        f"CREATE TRIGGER swallow BEFORE UPDATE ON message FOR EACH ROW {SUPPRESS}",
        "CREATE RULE swallow_too AS ON INSERT TO message DO INSTEAD NOTHING",
        "ALTER TABLE event DISABLE TRIGGER event_is_never_changed",
        "DROP TRIGGER seal_is_never_changed ON seal",
    ),
}


def test_a_trigger_that_is_not_ours_is_switched_off_or_is_gone_is_named(town: Town) -> None:
    for statement in SWALLOWS[town.app.database.engine.dialect.name]:
        before = len(town.problems())
        town.change(statement)
        assert len(town.problems()) > before
        assert by_hand(town)[-1].startswith("Somebody changed the database: database: a trigger")


UNGUARDS = {
    "sqlite": {
        "DROP TRIGGER event_is_never_updated": "event_is_never_updated",
        "DROP TRIGGER event_is_never_deleted": "event_is_never_deleted",
        "DROP TRIGGER seal_is_never_updated": "seal_is_never_updated",
        "DROP TRIGGER seal_is_never_deleted": "seal_is_never_deleted",
    },
    "postgresql": {
        "DROP TRIGGER event_is_never_changed ON event": "event_is_never_changed",
        "DROP TRIGGER seal_is_never_changed ON seal": "seal_is_never_changed",
        "ALTER TABLE event ENABLE REPLICA TRIGGER event_is_never_changed": "event_is_never_changed",
        (
            "CREATE OR REPLACE FUNCTION the_ledger_is_append_only() RETURNS trigger"
            " LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
        ): "event_is_never_changed",
        (
            "DROP TRIGGER seal_is_never_changed ON seal;"
            " CREATE TRIGGER seal_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE"
            " ON seal FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION the_ledger_is_append_only()"
        ): "seal_is_never_changed",
    },
}


@pytest.mark.parametrize("number", range(5))
def test_what_no_longer_guards_the_ledger_is_named(town: Town, number: int) -> None:
    ways = list(UNGUARDS[town.app.database.engine.dialect.name].items())
    if number >= len(ways):
        pytest.skip("SQLite has four triggers, and each is whole or gone")
    statement, name = ways[number]
    assert town.problems() == []
    town.change(statement)
    shown = f"a trigger is gone, changed or not looptijd's own: {name}"
    assert ("database", shown) in town.problems()
    assert f"Somebody changed the database: database: {shown}." in by_hand(town)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE policy SET payload = '{'",
        "UPDATE policy SET payload = '[]'",
        "UPDATE policy SET payload = replace(payload, 'Europe/Amsterdam', 'Europe/Mars')",
        "UPDATE policy SET payload = replace(payload, 'P', 'Q')",
    ],
)
def test_a_policy_that_cannot_be_read_is_named_and_is_no_agreements_fault(
    town: Town, damage: str
) -> None:
    town.in_force().at("2017-10-20 10:00")
    town.change("UPDATE agreement SET next_alert_at = '2017-10-20 07:00:00+00:00'")
    town.change(damage)
    for asks in (town.tick, town.problems, lambda: doctor(town.app), lambda: exported(town)):
        with pytest.raises(Unavailable, match="A policy that was adopted cannot be read"):
            asks()
    assert town.scalar("SELECT sum(failures) FROM agreement") == 0

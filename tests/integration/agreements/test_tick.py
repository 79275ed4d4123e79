"""Ticks: what is due fires once, one agreement's fault stays with it, a wrong clock holds all."""

import gc
import logging
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest

from states.dates.policy import Policy
from states.model.events import Change, Dossier
from states.model.phrase import say
from tests import store
from tests.agreements import at
from tests.announced import endless, three
from tests.town import CASE, OFFICES, REF, Town, asked_of, running, the_usual_town, visiting
from workflow.agreements import tick
from workflow.agreements.tick import Ticked
from workflow.app.app import App
from workflow.engine import plan
from workflow.people.erase import erase
from workflow.system.settings import Mail

pytestmark = pytest.mark.on_sqlite

EVALUATE = "evaluation:final:2018-09-30:-P3M"  # alerts on Friday 29 June 2018 at 08:00


# Once --------------------------------------------------------------------------------------------


def test_a_step_fires_once_whatever_the_number_of_ticks(town: Town) -> None:
    three(town).at("2018-06-29 08:00")
    ticks = [town.tick() for _ in range(5)]
    assert [ticked.fired for ticked in ticks] == [3, 0, 0, 0, 0]
    assert town.fired("A-1") == [EVALUATE]
    assert len(town.mails()) == 3


def test_nothing_fires_a_second_before_its_time(town: Town) -> None:
    three(town).at("2018-06-29 07:59:59")
    assert town.tick() == Ticked(0, 0, 0)
    town.at("2018-06-29 08:00:00")
    assert town.tick().fired == 3


def test_after_an_outage_one_step_of_each_deadline_fires_and_says_how_late(town: Town) -> None:
    town.in_force(until="2020-07-01 09:00").at("2020-08-04 12:00")
    ticked = town.tick()
    assert ticked == Ticked(fired=2, superseded=0, failed=0)
    rows = town.query("SELECT payload FROM event WHERE payload LIKE '%\"late_by\"%' ORDER BY seq")
    assert '"late_by":2174400' in rows[0][0]  # 25 days and 4 hours after 10 July 08:00
    assert town.stage() == "evaluation"
    town.deliver()
    assert [mail.subject for mail in town.relay.accepted][-2:] == [
        "Verbindend Leiden: evalueer alsnog, moest 11 juli (3e keer) (SO-2017-0042)"
    ] * 2


def test_a_tick_leaves_agreements_alone_of_which_nothing_is_due(town: Town) -> None:
    three(town).at("2018-06-28 08:00")
    before = town.query("SELECT * FROM agreement ORDER BY id")
    town.tick()
    assert town.query("SELECT * FROM agreement ORDER BY id") == before


def test_river_791_a_process_that_knows_nothing_yet_fires_what_is_due(town: Town) -> None:
    three(town).at("2018-06-29 08:00")
    with visiting(town.another()) as begun_anew:
        assert begun_anew.tick() == Ticked(fired=3, superseded=0, failed=0)


def test_temporal_a_history_however_long_is_not_read_to_fire(town: Town) -> None:
    three(town).at("2018-06-29 08:00")
    with asked_of(town.app.database) as asked:
        assert town.tick().fired == 3

    assert any("INSERT INTO event " in statement for statement, _ in asked)
    read = [
        statement for statement, _ in asked if "event.payload" in statement.partition("FROM")[0]
    ]
    assert not read  # whether the last is what the register says is asked in the database


def test_dbos_what_another_release_planned_is_decided_anew_and_fires(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    three(town).at("2018-06-29 08:00")
    monkeypatch.setattr(plan, "__version__", "99.0.0")
    plan._rules_of.cache_clear()
    try:
        assert town.tick() == Ticked(fired=3, superseded=0, failed=0)
    finally:
        plan._rules_of.cache_clear()


# By plan -----------------------------------------------------------------------------------------


def undecided(*_: object) -> None:
    raise AssertionError("decided from the facts")


def test_a_reminder_that_was_planned_fires_and_is_mailed_once_without_being_decided_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    three(town).at("2018-06-29 08:00")
    with monkeypatch.context() as patch:
        patch.setattr(tick, "fire_due", undecided)
        assert town.tick() == Ticked(fired=3, superseded=0, failed=0)
        assert town.tick() == Ticked(fired=0, superseded=0, failed=0)

    assert [town.fired(f"A-{number}") for number in (1, 2, 3)] == [[EVALUATE]] * 3
    queued = town.query("SELECT agreement_id, role FROM message WHERE cause = :c", c=EVALUATE)
    assert sorted(map(tuple, queued)) == [(1, "office"), (2, "office"), (3, "office")]
    assert town.problems() == []


def test_an_old_plan_that_somebody_puts_back_counts_for_nothing(town: Town) -> None:
    three(town)
    old = town.scalar("SELECT plan FROM facts WHERE agreement_id = 2")
    town.do_with("A-2", "amend", reason="verlengd", **{"term.length": "P2Y"})
    town.change("UPDATE facts SET plan = :old WHERE agreement_id = 2", old=old)
    town.change("UPDATE agreement SET next_alert_at = '2018-06-29 06:00:00+00:00' WHERE id = 2")

    assert town.at("2018-06-29 08:00").tick().fired == 2

    assert [town.fired(f"A-{number}") for number in (1, 2, 3)] == [[EVALUATE], [], [EVALUATE]]


# One agreement's fault ---------------------------------------------------------------------------


def damaged(town: Town) -> Town:
    """Let nothing be derived from A-2's facts, though they can be read."""
    return endless(three(town), "A-2")


def test_an_agreement_whose_decision_raises_leaves_the_batch_and_the_others_go_on(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    damaged(town).at("2018-06-29 08:00")
    with caplog.at_level(logging.ERROR, "looptijd"):
        assert town.tick() == Ticked(fired=2, superseded=0, failed=1)
    assert (town.fired("A-1"), town.fired("A-2"), town.fired("A-3")) == ([EVALUATE], [], [EVALUATE])
    assert [record.getMessage() for record in caplog.records] == ["firing_failed"]


def test_a_failure_is_counted_and_tried_again_after_1_2_and_4_minutes(town: Town) -> None:
    damaged(town).at("2018-06-29 08:00")
    attempts = []
    for minute in range(8):
        town.at(f"2018-06-29 08:0{minute}")
        attempts.append(town.tick().failed)
    assert attempts == [1, 1, 0, 1, 0, 0, 0, 1]
    (row,) = town.query("SELECT failures, last_error FROM agreement WHERE ref = 'A-2'")
    assert row.failures == 4
    assert row.last_error.startswith("ValueError('year ")


@pytest.mark.on_both
def test_a_database_that_goes_while_a_batch_is_done_one_by_one_is_no_agreements_fault(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    three(town).at("2018-06-29 08:00")
    real = tick._fire

    def goes(app: App, now: datetime, ticked: Ticked, *, only: int | None = None) -> int:
        if only is None:
            raise OverflowError("a batch that cannot be written as a whole")
        if only == 2:
            raise store.Unavailable(say("The database is away for a moment."))
        return real(app, now, ticked, only=only)

    with monkeypatch.context() as patch:
        patch.setattr(tick, "_fire", goes)
        with pytest.raises(store.Unavailable):
            town.tick()
    assert town.scalar("SELECT max(failures) FROM agreement") == 0
    assert town.tick() == Ticked(fired=2, superseded=0, failed=0)


def test_an_agreement_that_keeps_failing_is_tried_once_an_hour(town: Town) -> None:
    damaged(town).at("2018-06-29 08:00")
    failed = 0
    for _ in range(12 * 12):
        failed += town.tick().failed
        town.later(minutes=5)
    assert 11 <= failed <= 18


def test_an_agreement_that_was_repaired_fires_and_its_failures_are_forgotten(town: Town) -> None:
    damaged(town).at("2018-06-29 08:00").tick()
    town.change(
        "UPDATE facts SET facts = (SELECT replace(f.facts, 'A-1', 'A-2') FROM facts f"
        " JOIN agreement a ON a.id = f.agreement_id WHERE a.ref = 'A-1')"
        " WHERE agreement_id = (SELECT id FROM agreement WHERE ref = 'A-2')"
    )
    town.at("2018-06-29 08:05")
    assert town.tick() == Ticked(fired=1, superseded=0, failed=0)
    assert town.fired("A-2") == [EVALUATE]
    assert town.scalar("SELECT max(failures) FROM agreement") == 0
    assert town.problems() == []


@pytest.mark.parametrize(
    "column,value",
    [("stage", "limbo"), ("facts", "{}"), ("facts", "x")],
    ids=["unknown stage", "no facts", "no JSON"],
)
def test_an_agreement_that_cannot_even_be_read_does_not_stop_the_others(
    town: Town, column: str, value: str
) -> None:
    three(town).at("2018-06-29 08:00")
    row = "(SELECT id FROM agreement WHERE ref = 'A-2')"
    statements = {
        "stage": "UPDATE agreement SET stage = :value WHERE ref = 'A-2'",
        "facts": f"UPDATE facts SET facts = :value WHERE agreement_id = {row}",  # noqa: S608
    }
    town.change(statements[column], value=value)
    assert town.tick() == Ticked(fired=2, superseded=0, failed=1)
    assert (town.fired("A-1"), town.fired("A-3")) == ([EVALUATE], [EVALUATE])


def test_a_repeated_failure_is_told_to_the_operator_once(database_url: str, tmp_path: Path) -> None:
    mail = Mail(operator="beheer@maastricht.example", sender="l@maastricht.example")
    with visiting(the_usual_town(database_url, tmp_path, mail=mail)) as town:
        damaged(town).at("2018-06-29 08:00")
        for _ in range(120):
            town.one_pass()
            town.later(minutes=1)
        shown = [m for m in town.relay.accepted if m.to == "beheer@maastricht.example"]
        assert len(shown) == 1
        assert "A-2" in shown[0].words


# The clock ---------------------------------------------------------------------------------------


def test_a_clock_that_goes_back_an_hour_holds_everything_until_confirmed(town: Town) -> None:
    three(town).at("2018-06-29 07:30").tick()
    town.at("2018-06-29 06:30")
    assert town.tick().fired == 0
    assert town.scalar("SELECT clock_held FROM register") == "2018-06-29 07:30 → 2018-06-29 06:30"

    town.at("2018-06-29 08:30")
    assert town.tick().fired == 0
    assert town.fired("A-1") == []

    town.confirm()
    assert town.tick().fired == 3


def test_a_clock_that_goes_back_less_than_five_minutes_is_trusted(town: Town) -> None:
    three(town).at("2018-06-29 08:04").tick()
    town.at("2018-06-29 08:00")
    town.tick()
    assert town.scalar("SELECT clock_held FROM register") is None


def test_a_clock_that_goes_forward_36_days_holds_everything_until_confirmed(town: Town) -> None:
    three(town).tick()
    town.at("2018-07-07 10:00:01")  # 36 days later
    town.one_pass()
    assert town.fired("A-1") == []
    assert town.mails() == []

    town.confirm()
    assert town.tick().fired == 3


def test_a_clock_that_goes_forward_35_days_is_trusted(town: Town) -> None:
    three(town).tick()
    town.at("2018-07-06 10:00")
    assert town.tick().fired == 3


def test_mail_that_waits_does_not_leave_while_the_clock_is_held(town: Town) -> None:
    three(town).at("2018-06-29 08:00").tick()
    town.at("2018-06-29 06:00").tick()
    town.at("2018-06-29 09:00")
    assert town.deliver() == {"accepted": 0, "retry": 0, "unknown": 0, "refused": 0}
    town.confirm()
    assert town.deliver()["accepted"] == 3


@pytest.mark.on_both
def test_a_held_clock_is_told_to_the_operator_and_to_nobody_else(
    database_url: str, tmp_path: Path
) -> None:
    mail = Mail(operator="beheer@maastricht.example", sender="l@maastricht.example")
    with visiting(the_usual_town(database_url, tmp_path, mail=mail)) as town:
        three(town).at("2018-06-29 08:00").tick()
        town.at("2018-08-20 08:00")
        for _ in range(10):
            town.one_pass()
            town.later(minutes=1)
        assert [mail.to for mail in town.relay.accepted] == ["beheer@maastricht.example"]
        assert "2018-08-20" in town.relay.accepted[0].words


@pytest.mark.on_both
def test_the_high_water_mark_rises_with_ticks_and_writes_and_never_falls(town: Town) -> None:
    three(town).at("2018-06-10 10:00").tick()
    assert town.high_water() == "2018-06-10 10:00"
    town.at("2018-06-10 11:00")
    town.do_with("A-1", "note", text="gebeld")
    assert town.high_water() == "2018-06-10 11:00"
    town.at("2018-06-10 10:57")
    town.do_with("A-1", "note", text="nog eens")
    town.tick()
    assert town.high_water() == "2018-06-10 11:00"


def test_a_change_that_does_nothing_and_wants_to_be_looked_at_at_once_fails(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a tick would look at it for ever."""

    def does_nothing(dossier: Dossier, _policy: Policy, now: datetime) -> Change:
        return Change(dossier=dossier, events=(), alerts=(), next_alert_at=now)

    three(town).at("2018-07-20 10:00")
    with town.app.writing() as connection:
        due = store.due(connection, town.clock.now(), 10)
    failed: list[tick.Failure] = []
    monkeypatch.setattr(tick, "fire_due", does_nothing)
    assert tick.decided(due, Policy(), town.clock.now(), failed) == []
    assert [error for _, error in failed] == [
        "RuntimeError('due at 2018-07-20 08:00:00+00:00, but nothing fires')"
    ] * 3


def test_after_a_tick_garbage_is_looked_for_again(town: Town) -> None:
    assert gc.isenabled()
    assert three(town).at("2018-07-20 10:00").tick().fired == 3
    assert gc.isenabled()


def test_between_two_batches_an_operator_on_sqlite_gets_in(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tick, "PAUSE_SECONDS", 0.05)
    begun = perf_counter()
    tick.rest(town.app)
    assert perf_counter() - begun >= 0.05


def test_whatever_an_operator_enters_raises_the_high_water_mark(town: Town) -> None:
    three(town).at("2018-06-10 10:00").tick()
    town.at("2018-06-10 11:00").hand_over("financien", "team@maastricht.example")
    assert town.high_water() == "2018-06-10 11:00"
    erase(town.at("2018-06-10 12:00").app, "wethouder Gerats", by="griffier", reason="verzoek")
    assert town.high_water() == "2018-06-10 12:00"
    town.at("2018-06-10 13:00").register(running("A-9"), history=True)
    assert town.high_water() == "2018-06-10 13:00"


def test_the_mark_starts_with_the_first_tick(town: Town) -> None:
    three(town).at("2018-07-20 10:00")  # registered on 1 June, and no daemon ran until today
    assert town.tick().fired == 3
    assert town.scalar("SELECT clock_held FROM register") is None


def test_a_register_without_agreements_ticks_without_a_word(town: Town) -> None:
    assert town.tick() == Ticked(0, 0, 0)
    assert town.clock.now() - at("2017-06-01 10:00") == timedelta()


def test_the_first_alert_of_a_case_leaves_no_trace_before_the_dates_are_known(
    town: Town,
) -> None:
    town.register(OFFICES, CASE).until("2017-09-01 10:00")
    assert town.fired() == []
    assert town.scalar("SELECT next_alert_at FROM agreement WHERE ref = :ref", ref=REF) is None

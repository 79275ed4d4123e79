"""Several daemons on one database: each step fires once, each mail is told once."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, time
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, func, literal, select

from states.dates.policy import Alerts, Policy
from states.model.events import Change
from states.model.period import Period
from states.model.phrase import say
from tests import store
from tests.agreements import at
from tests.announced import REFUSED
from tests.stopped import evaluated
from tests.store import Stored, Transaction
from tests.town import OFFICES, Town, running, visiting
from tests.watching import until
from workflow.app import incidents
from workflow.app.persistence import write
from workflow.app.signs_of_life import sign_off
from workflow.engine.engine import perform
from workflow.engine.requests import action_of, request_of
from workflow.intake.register import import_files
from workflow.intake.result import Imported
from workflow.mail import catch_up, drafts, queue
from workflow.maintenance.setup import adopt_policy, init
from workflow.outputs.events import publish
from workflow.system.refusals import Refused
from workflow.system.settings import Calendar, EventsSettings, Mail

DAEMONS = 4
ALERT = "2018-06-29 08:00"


@contextmanager
def daemons(town: Town) -> Iterator[list[Town]]:
    """Give as many daemons as race, each with connections of its own."""
    others = [town.another() for _ in range(DAEMONS)]
    try:
        yield others
    finally:
        for other in others:
            other.close()


def race(work: Sequence[Callable[[], object]]) -> list[object]:
    """Let everybody begin at the same time; return what they return, or raise what they raise."""
    barrier, results = threading.Barrier(len(work)), [None] * len(work)

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = work[number]()  # type: ignore[call-overload]
        except BaseException as error:  # noqa: BLE001 - raised again by the test's own thread
            results[number] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return list(results)


def many(town: Town, count: int, *, more: str = "") -> Town:
    """Register running agreements of which all have a step due on 29 June 2018."""
    contents = "".join(running(f"R-{number:03}", more=more) for number in range(count))
    return town.at("2018-06-01 10:00").register(OFFICES, contents, history=True)


def test_airflow_64710_racing_daemons_fire_each_of_200_agreements_once(town: Town) -> None:
    many(town, 200).tick()
    for moment in (ALERT, "2018-07-02 08:00", "2018-07-30 08:00", "2018-08-30 08:00"):
        town.at(moment)
        with daemons(town) as racing:
            ticks = race([daemon.tick for daemon in racing])
        expected = 200 if moment in {ALERT, "2018-08-30 08:00"} else 0
        assert sum(ticked.fired for ticked in ticks) == expected  # type: ignore[attr-defined]

    fired = Counter(
        (row.stream, row.payload.split('"occurrence":"')[1].split('"')[0])
        for row in town.query("SELECT stream, payload FROM event WHERE payload LIKE '%occurrence%'")
    )
    assert len(fired) == 400
    assert set(fired.values()) == {1}
    assert len(town.mails()) == 400
    assert town.problems() == []


def test_racing_daemons_hand_each_mail_over_once(town: Town) -> None:
    many(town, 100).at(ALERT).tick()
    with daemons(town) as racing:
        race([daemon.deliver for daemon in racing])
        handed = Counter(mail.message_id for d in racing for mail in d.relay.attempts)
    assert len(handed) == 100
    assert set(handed.values()) == {1}
    assert Counter(town.mails("status")) == {"accepted": 100}


def test_racing_daemons_never_part_what_belongs_in_one_mail(town: Town) -> None:
    owner = 'case_owner = { name = "w", email = "bastiaens@maastricht.example" }'
    many(town, 60, more=owner).at(ALERT).tick()
    with daemons(town) as racing:
        race([daemon.deliver for daemon in racing])
        handed = [mail for daemon in racing for mail in daemon.relay.attempts]
    assert len(handed) == 60
    assert Counter(town.mails("role, status")) == {
        ("office", "accepted"): 60,
        ("case_owner", "cancelled"): 60,
    }


def test_ticks_and_deliveries_interleave_without_a_loss(town: Town) -> None:
    many(town, 100).tick()
    town.at(ALERT)
    with daemons(town) as racing:
        first, second, third, fourth = racing
        race([first.one_pass, second.deliver, third.one_pass, fourth.deliver])
        handed = Counter(mail.message_id for d in racing for mail in d.relay.attempts)
        town.deliver()
    handed.update(mail.message_id for mail in town.relay.attempts)
    assert len(handed) == 100
    assert set(handed.values()) == {1}


def test_an_operator_who_races_the_daemon_loses_nothing(town: Town) -> None:
    many(town, 1).tick()
    town.at(ALERT)
    with daemons(town) as racing:

        def note(daemon: Town) -> Callable[[], object]:
            return lambda: [daemon.do_with("R-000", "note", text="gebeld") for _ in range(10)]

        race([racing[0].tick, note(racing[1]), note(racing[2]), racing[3].tick])
    rows = town.query("SELECT payload FROM event WHERE stream = 'agreement:R-000' ORDER BY seq")
    actions = Counter(row.payload.split('"action":"')[1].split('"')[0] for row in rows)
    assert actions == {"register": 1, "fire": 1, "note": 20}
    assert town.problems() == []


def test_of_two_operators_who_sign_for_one_party_one_is_refused(town: Town) -> None:
    unsigned = running("R-1").replace("signed_on = 2017-12-01", "")
    signing = unsigned.replace('stage = "active"', 'stage = "signing"')
    town.at("2018-06-01 10:00").register(OFFICES, signing, history=True)

    def sign(daemon: Town) -> str:
        try:
            daemon.do_with("R-1", "sign", party="maastricht")
        except Refused as refused:
            return str(refused.exit_code)
        return "signed"

    with daemons(town) as racing:
        pair = racing[:2]
        results = race([lambda d=daemon: sign(d) for daemon in pair])  # type: ignore[misc]
    assert sorted(map(str, results)) == ["3", "signed"]
    assert town.problems() == []


# What another daemon holds -----------------------------------------------------------------------


@pytest.fixture
def postgresql(town: Town) -> Town:
    """Give the town on PostgreSQL only: SQLite lets one daemon write at a time."""
    if town.app.database.is_sqlite:
        pytest.skip("SQLite locks the whole database")
    return town


def test_a_tick_skips_the_agreement_that_another_daemon_holds(postgresql: Town) -> None:
    many(postgresql, 3).tick()
    postgresql.at(ALERT)
    with visiting(postgresql.another()) as other:
        with postgresql.app.writing() as connection:
            store.held(connection, "R-001")
            assert other.tick().fired == 2
        assert other.tick().fired == 1
    assert postgresql.problems() == []


def test_a_daemon_leases_the_mail_of_an_agreement_that_no_other_daemon_holds(
    postgresql: Town,
) -> None:
    owner = 'case_owner = { name = "A", email = "a@maastricht.example" }'
    many(postgresql, 2, more=owner).at(ALERT).tick()
    now = postgresql.clock.now()
    with visiting(postgresql.another()) as other:
        with postgresql.app.writing() as first, other.app.writing() as second:
            one = store.lease(first, now, "one")
            two = store.lease(second, now, "two")
        assert [row.id for row in one] == [1, 2]
        assert [row.id for row in two] == [3, 4]


@pytest.mark.parametrize("fires", [True, False])
def test_who_queues_mail_about_an_agreement_waits_for_nobody_who_fires_or_acts(
    postgresql: Town, *, fires: bool
) -> None:
    """They may wait for that mail: each would wait for the other."""
    town = many(postgresql, 1).at(ALERT)
    town.one_pass()
    now = town.at("2018-12-31 10:00").clock.now()
    with visiting(town.another()) as other, town.app.writing() as connection:
        assert store.due(connection, now, 1) if fires else store.held(connection, "R-000")
        assert queue.resend(other.app, "1").id == 2


def test_who_waited_for_an_agreement_reads_what_was_written_meanwhile(postgresql: Town) -> None:
    town = many(postgresql, 1)
    with visiting(town.another()) as other:
        with town.app.writing() as connection:
            held = store.held(connection, "R-000")
            renaming = partial(other.do_with, "R-000", "amend", reason="kort", title="Nieuw")
            waiting = threading.Thread(target=renaming)
            waiting.start()
            until(lambda: town.scalar(WAITING))
            write(connection, [(held, _longer(held, town.clock.now()))], town.clock.now())
        waiting.join()

    facts = json.loads(town.scalar("SELECT facts FROM facts"))
    assert (facts["title"], facts["term.length"]) == ("Nieuw", "P2Y")
    assert town.problems() == []


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


def _longer(stored: Stored, now: datetime) -> Change:
    dossier = stored.dossier
    amend = action_of(dossier, "amend", now.date())
    request = request_of(dossier, amend, {"term.length": "P2Y"}, now.date())
    return perform(dossier, amend, request, Policy(), now, actor="griffier", reason="lang")


def _by_plan(connection: Transaction, moment: Any) -> list[Any]:
    return store.due_by_plan(connection, moment, 9, lambda *_: None)[1]


def _whole(connection: Transaction, moment: Any) -> list[Any]:
    return store.due(connection, moment, 9)


@pytest.mark.parametrize("read", [_by_plan, _whole])
def test_a_tick_reads_what_was_written_between_its_look_and_its_lock(
    postgresql: Town,
    monkeypatch: pytest.MonkeyPatch,
    read: Callable[[Transaction, Any], list[Any]],
) -> None:
    town = many(postgresql, 1)
    moment: Any = at("2019-01-01 10:00")
    asleep = select(literal(value=True)).select_from(func.pg_sleep(0.5)).scalar_subquery()
    monkeypatch.setattr(store.agreements, "DUE", store.agreements.DUE.where(asleep))
    found: list[Any] = []

    def look() -> None:
        with town.app.writing() as connection:
            found.extend(read(connection, moment))

    with visiting(town.another()) as other:
        looking = threading.Thread(target=look)
        looking.start()
        until(lambda: town.scalar(SLEEPING))
        other.do_with("R-000", "amend", reason="kort", title="Nieuw")
        looking.join()

    assert [(item.seq, item.dossier.agreement.title) for item in found] == [(2, "Nieuw")]


SLEEPING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"


def test_what_is_done_while_a_policy_is_adopted_follows_the_new_one(postgresql: Town) -> None:
    town = many(postgresql, 2)
    late = town.configured(alerts=Alerts(evaluation_before=(Period(0, 110),)))
    with visiting(town.another()) as other:
        with town.app.writing() as connection:
            store.held(connection, "R-000")
            noting = partial(other.do_with, "R-000", "note", text="Gebeld.")
            adopting = partial(adopt_policy, late.app)
            threads = [threading.Thread(target=work) for work in (noting, adopting)]
            for number, thread in enumerate(threads, 1):
                thread.start()
                until(lambda: town.scalar(WAITING) == number)  # noqa: B023
        for thread in threads:
            thread.join()

    assert town.problems() == []
    assert town.query("SELECT ref FROM agreement WHERE next_alert_at > '2018-06-13'") == []


def _notes(town: Town) -> object:
    return town.do_with("R-000", "note", text="Gebeld.")


def _adopts(town: Town) -> object:
    return adopt_policy(town.configured(calendar=Calendar(alert_time=time(9))).app)


def _hands_over(town: Town) -> object:
    return town.hand_over("financien", "dols@maastricht.example")


def _imports(town: Town) -> object:
    return town.register(running("R-001"), history=True)


@pytest.mark.parametrize("work", [_notes, _adopts, _hands_over, _imports])
def test_what_waited_for_others_is_recorded_when_it_had_its_turn(
    town: Town, work: Callable[[Town], object]
) -> None:
    many(town, 1)
    with visiting(town.another()) as other:
        with town.app.writing() as connection:
            store.register.work_alone(connection)
            waiting = threading.Thread(target=work, args=(other,))
            waiting.start()
            waiting.join(0.3)
            town.later(minutes=1)
        waiting.join()
    with town.app.reading() as connection:
        assert max(store.ledger.last_events(connection).values()) == town.clock.now()


def test_of_imports_of_one_file_at_once_one_brings_it_in(town: Town) -> None:
    many(town, 0)
    path = town.file("".join(running(f"R-{number:03}") for number in range(20)))
    with daemons(town) as others:
        bring = [
            partial(import_files, one.app, [path], by="griffier", history=True) for one in others
        ]
        found = [done for done in race(bring) if isinstance(done, Imported)]
    assert not [done.problems for done in found if done.problems]
    assert sorted(len(done.created) for done in found) == [0, 0, 0, 20]
    assert town.problems() == []


def test_an_import_says_that_it_undoes_a_handover_of_while_it_read(postgresql: Town) -> None:
    town, engine = many(postgresql, 0), postgresql.app.database.engine
    handed: list[object] = []

    def hand_over(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        if "FROM office" in statement and not handed:
            with visiting(town.another()) as other:
                handed.append(other.hand_over("financien", "dols@maastricht.example"))

    event.listen(engine, "after_cursor_execute", hand_over)
    result = town.importing(OFFICES.replace("Concernfinancien", "Financien"))
    event.remove(engine, "after_cursor_execute", hand_over)
    assert handed
    ((_, told),) = result.warnings
    assert str(told) == (
        "By this file wethouder Claessen, who holds the office “financien” from 2018-06-01 on,"
        " does not hold it any more."
    )
    assert town.problems() == []


def test_of_two_agreements_that_get_one_successor_at_once_one_is_refused(town: Town) -> None:
    many(town, 2).until("2018-10-01 10:00")
    for ref in ("R-000", "R-001"):
        town.do_with(ref, "conclude", conclusion="Goed.", on="2018-10-01")

    def follow(other: Town, ref: str) -> int:
        try:
            other.do_with(ref, "decide", outcome="continue", successor="NIEUW")
        except Refused as refused:
            return refused.exit_code
        return 0

    with daemons(town) as (one, two, *_):
        assert {*race([partial(follow, one, "R-000"), partial(follow, two, "R-001")])} == {0, 3}
    assert town.problems() == []


def test_a_mail_that_all_send_again_at_once_leaves_again_for_each(town: Town) -> None:
    many(town, 1).at(ALERT).tick()
    town.deliver()
    with daemons(town) as others:
        race([partial(queue.resend, one.app, "1") for one in others])
    assert sorted(town.mails("generation", where="cause LIKE 'evaluation%'")) == [1, 2, 3, 4, 5]
    assert town.problems() == []


def test_two_daemons_that_are_stopped_at_once_both_sign_off(postgresql: Town) -> None:
    town = many(postgresql, 1)
    with visiting(town.another()) as other:
        with town.app.writing() as connection:
            store.sign_off(connection, "one:1", town.clock.now())
            other.at("2018-03-01 10:00")
            stopping = threading.Thread(target=partial(sign_off, other.app, "two:1"))
            stopping.start()
            until(lambda: town.scalar(WAITING))
        stopping.join()

    with town.app.reading() as connection:
        assert store.stopped_at(connection) == at("2018-03-01 10:00")


# What waits for each other -----------------------------------------------------------------------


@contextmanager
def beside(town: Town, work: Callable[[Town], object]) -> Iterator[Future[object]]:
    """Let another daemon or operator do something; it has to end, and well."""
    with visiting(town.another()) as other, ThreadPoolExecutor(1) as pool:
        working = pool.submit(work, other)
        yield working
        working.result()


def test_who_cancels_a_mail_that_is_leased_meanwhile_is_told_how_it_stands(
    postgresql: Town,
) -> None:
    town = many(postgresql, 1).at(ALERT)
    town.tick()
    with visiting(town.another()) as other, ThreadPoolExecutor(1) as pool:
        with town.app.writing() as connection:
            store.lease(connection, town.clock.now(), "one")
            cancelling = pool.submit(queue.cancel, other.app, "1", "gebeld")
            until(lambda: town.scalar(WAITING))
        with pytest.raises(Refused, match="Mail 1 is sending; that is possible only while it is"):
            cancelling.result()


def test_what_is_cancelled_just_when_it_is_leased_stays_so_and_the_next_one_is_leased(
    postgresql: Town,
) -> None:
    town = many(postgresql, 3).at(ALERT)
    town.tick()
    asked: list[str] = []

    def claims(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("UPDATE message SET status") and not asked:
            asked.append(statement)
            queue.cancel(other.app, "2", "gebeld")

    with visiting(town.another()) as other:
        event.listen(town.app.database.engine, "before_cursor_execute", claims)
        with town.app.writing() as connection:
            rows = store.lease(connection, town.clock.now(), "one", most=16)
    assert [row.id for row in rows] == [1]
    assert town.mails("status, lease") == [
        ("sending", "one"),
        ("cancelled", None),
        ("queued", None),
    ]


def test_an_incident_whose_words_are_erased_just_now_is_not_sent_once_more(
    postgresql: Town,
) -> None:
    mail = Mail(sender="looptijd@maastricht.example", operator="beheer@maastricht.example")
    town = postgresql.configured(mail=mail)
    with town.app.writing() as connection:
        incidents.report(connection, town.app, "relay", say("Weg."), town.clock.now())
    town.deliver()
    with visiting(town.another()) as other, ThreadPoolExecutor() as threads:
        with town.app.writing() as connection:
            connection.exec_driver_sql("UPDATE message SET content = NULL")  # as `erase` does
            resent = threads.submit(queue.resend, other.app, "1")
            until(lambda: town.scalar(WAITING))
        with pytest.raises(Refused, match="The words of mail 1 were erased"):
            resent.result()
    assert town.mails("status") == ["accepted"]


def test_what_two_daemons_report_at_once_is_one_incident(postgresql: Town) -> None:
    mail = Mail(sender="looptijd@maastricht.example", operator="beheer@maastricht.example")
    town = postgresql.configured(mail=mail).at("2018-06-01 10:00")

    def report(town: Town, connection: Transaction) -> None:
        incidents.report(connection, town.app, "relay", say("Weg."), town.clock.now())

    def reports(other: Town) -> None:
        with other.app.writing() as connection:
            report(other, connection)

    with town.app.writing() as connection:
        report(town, connection)
        with beside(town, reports):
            until(lambda: town.scalar(WAITING))
            connection.commit()
    assert town.mails("cause") == ["incident:relay:2018-06-01"]


def test_an_event_that_is_not_committed_yet_is_waited_for_by_those_with_a_higher_number(
    postgresql: Town,
) -> None:
    events = EventsSettings(file="events.jsonl", source="urn:looptijd:test")
    town = many(postgresql, 2).configured(events=events)
    publish(town.app)
    with visiting(town.another()) as other, other.app.writing() as connection:
        held = store.held(connection, "R-001")
        write(connection, [(held, _longer(held, town.clock.now()))], town.clock.now())
        town.do_with("R-000", "note", text="gebeld")
        assert publish(town.app) == 0
    assert publish(town.app) == 2
    lines = (town.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["subject"] for line in lines[-2:]] == ["R-001", "R-000"]


def test_daemons_that_find_nobody_in_the_same_offices_do_not_wait_for_each_other(
    postgresql: Town,
) -> None:
    mail = Mail(sender="looptijd@maastricht.example", operator="beheer@maastricht.example")
    town, engine = postgresql.configured(mail=mail), postgresql.app.database.engine
    vacant = (f'[[office]]\nkey = "{key}"\nname = "Bureau"\n' for key in ("east", "west"))
    asked = zip(range(4), ("east", "west", "west", "east"), strict=True)
    found = (running(f"R-{number}").replace("sociaal-domein", key) for number, key in asked)
    town.at("2018-06-01 10:00").register(*vacant, *found, history=True).at(ALERT).tick()

    def look(town: Town) -> None:
        with town.app.writing() as connection:
            rows = store.lease(connection, town.clock.now(), town.app.database.place, most=2)
        with town.app.writing() as connection:
            drafts.prepare(connection, town.app, rows, town.clock.now())

    def look_beside(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO message") and not looking:
            looking.append(threads.submit(look, other))
            until(lambda: town.scalar(WAITING) or looking[0].done())

    looking: list[Future[None]] = []
    with visiting(town.another()) as other, ThreadPoolExecutor() as threads:
        event.listen(engine, "after_cursor_execute", look_beside)
        look(town)
        event.remove(engine, "after_cursor_execute", look_beside)
        looking[0].result()
    assert town.mails("cause", where="rule = 'incident'") == [
        "incident:nobody:east:2018-06-29",
        "incident:nobody:west:2018-06-29",
    ]


def test_an_action_goes_on_while_the_clock_is_confirmed(postgresql: Town) -> None:
    town = many(postgresql, 1)
    town.tick()
    town.change("UPDATE agreement SET failures = 1")
    with town.app.writing() as connection:
        store.held(connection, "R-000")
        with beside(town, Town.confirm):
            until(lambda: town.scalar(WAITING))
            town.later(minutes=1)
            store.register.raise_high_water(connection, town.clock.now())
            connection.commit()
    assert town.scalar("SELECT next_alert_at FROM agreement") == at("2018-06-01 10:00")


def test_a_policy_is_adopted_while_the_clock_is_confirmed(postgresql: Town) -> None:
    town = many(postgresql, 1)
    town.tick()
    town.change("UPDATE agreement SET failures = 1")
    with town.app.writing() as connection:
        store.register.work_alone(connection)
        store.register.lock(connection)
        with beside(town, Town.confirm):
            until(lambda: town.scalar(WAITING))
            store.held(connection, "R-000")
            connection.commit()


def test_a_mail_is_cancelled_while_somebody_works_alone(postgresql: Town) -> None:
    """Who adopts a policy or erases asks for the register's row when nobody else writes."""
    town = many(postgresql, 1).at(ALERT)
    town.tick()
    with town.app.writing() as connection:
        store.register.work_alone(connection)
        with beside(town, lambda other: queue.cancel(other.app, "1", "gebeld")):
            until(lambda: town.scalar(WAITING))
            store.register.lock(connection)
            connection.commit()
    assert town.mails("status", where="id = 1") == ["cancelled"]


@contextmanager
def writing_beside(town: Town) -> Iterator[None]:
    """Let another operator write just when it was asked how far the register has come."""
    engine, written = town.app.database.engine, list[str]()

    def write_beside(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        if "max(event.number)" in statement and not written:
            written.append(statement)
            with visiting(town.another()) as other:
                other.do_with("R-000", "note", text="gebeld")

    event.listen(engine, "after_cursor_execute", write_beside)
    yield
    event.remove(engine, "after_cursor_execute", write_beside)
    assert written


def test_a_register_in_which_somebody_writes_during_init_was_not_put_back(
    postgresql: Town,
) -> None:
    town = many(postgresql, 1)
    with writing_beside(town):
        assert init(town.app) is False
    assert town.scalar("SELECT restored FROM register") is None


def test_a_register_in_which_two_write_at_the_same_time_was_not_put_back(
    postgresql: Town,
) -> None:
    town = many(postgresql, 2)
    with writing_beside(town):
        town.do_with("R-001", "note", text="gemaild")
    assert town.scalar("SELECT restored FROM register") is None


@pytest.mark.parametrize("when", ["refused", "judged"])
def test_mail_goes_on_while_somebody_is_erased(
    postgresql: Town, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = many(postgresql, 2).at(ALERT)
    town.tick()
    leased, alone = threading.Event(), threading.Event()

    def waits(*_parts: object) -> bool:
        leased.set()
        return alone.wait()

    def delivers(other: Town) -> None:
        if when == "refused":
            other.relay.before_settling = waits
            other.relay.answers(REFUSED)
        other.deliver()

    if when == "judged":  # one mail about both, of which one is left
        town.later(days=2)
        evaluated(town, "R-000")
        judged = catch_up._judged
        monkeypatch.setattr(catch_up, "_judged", lambda *asked: (judged(*asked), waits())[0])
    with beside(town, delivers):
        leased.wait()
        with town.app.writing() as connection:
            store.register.work_alone(connection)
            alone.set()
            until(lambda: town.scalar(WAITING))
            connection.exec_driver_sql("SET LOCAL deadlock_timeout = 1")  # who erases meets it
            number = connection.execute(select(func.max(store.MESSAGE.c.id))).scalar_one()
            for one in range(1, number + 1):
                store.resend.change_waiting(connection, one, ["sending"], reply="weg")
    assert town.mails("status", where="next_attempt_at IS NOT NULL") == []

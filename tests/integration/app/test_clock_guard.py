"""Clocks that are wrong: what jumps holds everything, and after it each alert fires once."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from notifications.transport import Outcome, Verdict
from tests.agreements import at
from tests.announced import DEFERRED
from tests.town import OFFICES, Town, running, the_usual_town, visiting
from workflow.agreements.tick import Ticked
from workflow.app.clock_guard import confirm_clock
from workflow.app.signs_of_life import leave_sign_of_life, sign_off
from workflow.maintenance.doctor import doctor
from workflow.maintenance.figures import measure
from workflow.maintenance.setup import init
from workflow.people.erase import erase
from workflow.system.clock import MovableClock, SystemClock
from workflow.system.refusals import Refused
from workflow.system.settings import Mail

# What is kept of the clock is written by statements that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite

EVALUATE = "evaluation:final:2018-09-30:-P3M"  # alerts on Friday 29 June 2018 at 08:00
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TO_2200 = at("2200-01-01 12:00") - at("2018-06-29 07:30")


class Machine(SystemClock):
    """A machine's two clocks: the one on the wall can be set, the other counts since boot."""

    def __init__(self, moment: datetime) -> None:
        """Stand at an instant, just booted."""
        self.moment, self.uptime = moment, timedelta()
        super().__init__()

    def now(self) -> datetime:
        """Return what the clock on the wall says."""
        return self.moment

    def _since_boot(self) -> timedelta:  # type: ignore[override]
        return self.uptime

    def pass_(self, time: timedelta) -> None:
        """Let time pass, awake or asleep: CLOCK_BOOTTIME counts both."""
        self.moment += time
        self.uptime += time

    def set(self, by: timedelta) -> None:
        """Set the clock on the wall ahead or back."""
        self.moment += by


class Watched(Town):
    """A town whose daemon looks at a machine's clock."""

    machine: Machine

    @classmethod
    def of(cls, town: Town) -> "Watched":
        """Register two agreements, and let a daemon look half an hour before an alert."""
        town.register(OFFICES, running("A-1"), running("A-2", start="2018-02-01"), history=True)
        machine = Machine(at("2018-06-29 07:30"))
        watched = cls(replace(town.app, clock=machine), town.clock, town.folder)
        watched.machine = machine
        watched.relay.clock = MovableClock(machine.now())
        assert watched.tick() == Ticked(0, 0, 0)
        leave_sign_of_life(watched.app, "daemon:1")
        return watched

    def held(self) -> str | None:
        """Return the jump for which everything is held."""
        held: str | None = self.scalar("SELECT clock_held FROM register")
        return held

    def goes_on(self, time: timedelta, every: timedelta = timedelta(minutes=1)) -> int:
        """Let time pass with a daemon that looks and sends; return how many alerts fired."""
        fired = 0
        for _ in range(int(time / every)):
            self.machine.pass_(every)
            fired += self.tick().fired
            self.deliver()
        return fired


@pytest.fixture
def watched(town: Town) -> Watched:
    """Give a register under a daemon's eyes, half an hour before A-1's alert."""
    return Watched.of(town.at("2018-06-01 10:00"))


# Steps -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "step,jump",
    [
        (-1 * HOUR, "2018-06-29 07:30 → 2018-06-29 06:30"),
        (13 * HOUR, "2018-06-29 07:30 → 2018-06-29 20:30"),
        (-13 * HOUR, "2018-06-29 07:30 → 2018-06-28 18:30"),
        (36 * DAY, "2018-06-29 07:30 → 2018-08-04 07:30"),
        (TO_2200, "2018-06-29 07:30 → 2200-01-01 12:00"),
    ],
)
def test_a_step_and_its_way_back_hold_everything_and_then_each_alert_fires_once_in_time(
    watched: Watched, step: timedelta, jump: str
) -> None:
    before = watched.counts()
    watched.machine.set(step)
    assert watched.tick() == Ticked(0, 0, 0)
    assert watched.held() == jump
    assert watched.goes_on(timedelta(minutes=5)) == 0
    watched.machine.set(-step)
    assert watched.goes_on(timedelta(minutes=40)) == 0  # it is 08:15
    assert watched.counts() == before
    assert watched.relay.attempts == []

    watched.confirm()
    assert watched.goes_on(timedelta(minutes=1)) == 1
    assert watched.goes_on(2 * HOUR, every=HOUR / 12) == 0
    assert (watched.fired("A-1"), watched.fired("A-2")) == ([EVALUATE], [])
    assert watched.held() is None
    assert len(watched.relay.accepted) == 1
    watched.goes_on(35 * DAY, every=DAY)
    assert len(watched.fired("A-2")) == 1
    assert watched.problems() == []


@pytest.mark.parametrize(
    "step, jump",
    [
        (timedelta(minutes=-5), None),
        (timedelta(minutes=-5, seconds=-1), "2018-06-29 07:30 → 2018-06-29 07:24"),
        (35 * DAY, None),
        (35 * DAY + timedelta(seconds=1), "2018-06-29 07:30 → 2018-08-03 07:30"),
    ],
)
def test_five_minutes_back_and_the_longest_jump_ahead_are_trusted_and_a_second_more_is_not(
    watched: Watched, step: timedelta, jump: str | None
) -> None:
    watched.machine.forget()  # how far it was moved by hand is another question
    watched.machine.set(step)
    watched.tick()
    assert watched.held() == jump


def test_mail_that_is_looked_at_before_a_tick_judged_the_clock_does_not_leave_by_it(
    watched: Watched,
) -> None:
    watched.hand_over("sociaal-domein", "nieuw@maastricht.example", since=date(2018, 7, 5))
    watched.machine.set(36 * DAY)
    watched.deliver()
    assert watched.relay.attempts == []
    assert watched.tick() == Ticked(0, 0, 0)
    assert watched.held() == "2018-06-29 07:30 → 2018-08-04 07:30"

    watched.machine.set(-36 * DAY)
    watched.confirm()  # where the clock is right; that of another daemon is not yet
    watched.machine.set(36 * DAY)
    watched.deliver()
    assert watched.relay.attempts == []


def test_while_the_clock_is_held_no_mail_about_an_office_leaves_either(watched: Watched) -> None:
    watched.hand_over("sociaal-domein", "nieuw@maastricht.example")
    watched.machine.set(36 * DAY)
    watched.tick()
    assert watched.held() == "2018-06-29 07:30 → 2018-08-04 07:30"
    watched.deliver()
    assert watched.relay.attempts == []


def test_an_hour_ahead_is_trusted_and_an_hour_back_holds_what_fired_early_once(
    watched: Watched,
) -> None:
    watched.machine.set(HOUR)
    assert watched.goes_on(timedelta(minutes=1)) == 1
    watched.machine.set(-HOUR)
    assert watched.goes_on(timedelta(minutes=1)) == 0
    assert watched.held() == "2018-06-29 08:31 → 2018-06-29 07:32"
    watched.confirm()
    assert watched.goes_on(3 * HOUR, every=HOUR / 12) == 0
    assert watched.fired("A-1") == [EVALUATE]
    assert len(watched.relay.accepted) == 1


def test_a_move_of_13_hours_that_was_confirmed_is_not_held_against_the_clock_again(
    watched: Watched,
) -> None:
    watched.machine.set(13 * HOUR)
    watched.goes_on(timedelta(minutes=3))
    assert watched.held()
    watched.confirm()
    assert watched.goes_on(timedelta(minutes=3)) == 1
    assert watched.held() is None


def test_two_moves_of_7_hours_are_one_of_14(watched: Watched) -> None:
    for expected in (None, "2018-06-29 14:30 → 2018-06-29 21:30"):
        watched.machine.set(7 * HOUR)
        watched.tick()
        assert watched.held() == expected


def test_a_clock_that_is_put_right_and_confirmed_at_once_is_held_for_a_further_move_only(
    watched: Watched,
) -> None:
    watched.machine.set(13 * HOUR)
    watched.goes_on(timedelta(minutes=3))
    watched.machine.set(-13 * HOUR)
    watched.confirm()
    assert watched.goes_on(HOUR) == 1
    assert watched.held() is None
    watched.machine.set(13 * HOUR)
    watched.tick()
    assert watched.held() == "2018-06-29 08:33 → 2018-06-29 21:33"


def test_a_jump_that_the_doctor_tells_before_a_tick_has_seen_it_is_confirmed_and_kept(
    watched: Watched,
) -> None:
    watched.machine.set(-1 * HOUR)
    assert [check.ok for check in watched.checks("clock")] == [False]
    assert confirm_clock(watched.app, by="jan") == "2018-06-29 07:30 → 2018-06-29 06:30"
    assert [check.ok for check in watched.checks("clock")] == [True]
    kept = watched.query("SELECT payload FROM event WHERE payload LIKE '%07:30 → %'")
    assert len(kept) == 1


def test_a_machine_that_slept_for_8_hours_fires_what_it_missed_once_and_holds_nothing(
    watched: Watched,
) -> None:
    watched.machine.pass_(8 * HOUR)
    assert watched.tick().fired == 1
    assert watched.goes_on(HOUR, every=HOUR / 12) == 0
    assert (watched.held(), watched.fired("A-1")) == (None, [EVALUATE])


def test_a_machine_that_slept_for_36_days_is_asked_about(watched: Watched) -> None:
    watched.machine.pass_(36 * DAY)
    assert watched.tick().fired == 0
    assert watched.held()
    watched.confirm()
    assert watched.tick().fired == 2


def test_two_daemons_90_seconds_apart_fire_each_alert_once_and_hold_nothing(
    watched: Watched,
) -> None:
    fast = Machine(watched.machine.now() + timedelta(seconds=90))
    with visiting(watched.another()) as other:
        ahead = Town(replace(other.app, clock=fast), other.clock, other.folder)
        fired: dict[str, datetime] = {}
        for _ in range(60 * 3):
            for town, clock in ((ahead, fast), (watched, watched.machine)):
                clock.pass_(timedelta(seconds=20))
                if town.tick().fired:
                    fired[f"{clock.now():%H:%M:%S}"] = watched.machine.now()
        assert fired == {"06:00:10": at("2018-06-29 07:58:20")}  # 08:00 by the clock that is ahead
        assert watched.held() is None
        assert watched.fired("A-1") == [EVALUATE]


@pytest.mark.parametrize(
    "sunday,midnight", [("2026-03-29", "23:00"), ("2026-10-25", "22:00")], ids=["spring", "autumn"]
)
def test_in_the_night_of_summer_time_and_winter_time_a_move_fires_once_at_its_minute(
    town: Town, sunday: str, midnight: str
) -> None:
    signing = running("A-1", start=sunday).replace('stage = "active"', 'stage = "signing"')
    town.at(f"{sunday} 00:00").later(minutes=-30).register(OFFICES, signing, history=True)
    fired: list[str] = []
    for minutes in (*[1] * 60, *[5] * 48):  # each minute around midnight
        fired += [f"{town.clock.now():%H:%M}"] * town.tick().fired
        town.later(minutes=minutes)
    assert fired == [midnight]
    assert (town.stage("A-1"), town.scalar("SELECT clock_held FROM register")) == ("active", None)


ENDLESS = """
[agreement.contribution]
amount = "10.00"
every = "P1Y"
payee = "Gemeente Beesel"
budget_line = "Contributies"
budgeted_through = 2099
"""


def test_a_confirmed_year_2200_fires_everything_once_without_a_loop(town: Town) -> None:
    final = """[[agreement.evaluation]]\nkey = "final"\nbefore_end = "P3M"\n"""
    endless = running("A-3").replace('length = "P1Y"', "open_ended = true").replace(final, "")
    town.at("2018-01-02 10:00").register(OFFICES, running("A-1"), endless + ENDLESS, history=True)
    town.tick()
    town.at("2200-01-01 12:00").tick()
    town.confirm()
    ticked = town.tick()
    assert ticked.failed == 0
    assert [town.tick() for _ in range(3)] == [Ticked(0, 0, 0)] * 3
    assert (town.stage("A-1"), town.stage("A-3")) == ("ended (lapsed)", "active")
    assert len(town.fired("A-3")) == ticked.fired - len(town.fired("A-1")) > 180

    town.at("2018-01-03 10:00")
    assert town.tick() == Ticked(0, 0, 0)
    town.confirm()
    assert town.tick() == Ticked(0, 0, 0)


def test_rules_that_a_newer_release_brings_fire_nothing_by_a_clock_that_jumped(
    watched: Watched,
) -> None:
    """An upgrade runs `init` before any daemon has looked at the clock."""
    watched.change("UPDATE register SET rules_version = 1")
    watched.machine.set(240 * DAY)
    assert not init(watched.app)
    assert watched.fired("A-1") == []
    assert watched.tick() == Ticked(0, 0, 0)
    assert watched.held() == "2018-06-29 07:30 → 2019-02-24 06:30"
    watched.machine.set(-240 * DAY)
    watched.confirm()
    assert watched.goes_on(HOUR) == 1
    assert watched.problems() == []


def test_mail_that_waits_does_not_leave_by_a_clock_that_no_tick_has_judged_yet(
    watched: Watched,
) -> None:
    watched.relay.answers(DEFERRED)
    watched.goes_on(timedelta(minutes=30))
    watched.machine.set(36 * DAY)
    watched.deliver()  # before the tick that holds everything
    assert len(watched.relay.attempts) == 1
    watched.machine.set(-36 * DAY)
    watched.goes_on(HOUR / 2)
    assert len(watched.relay.accepted) == 1


# Operators under a wrong clock -------------------------------------------------------------------


def test_an_action_under_a_clock_that_jumped_is_refused_and_leaves_the_mark(
    watched: Watched,
) -> None:
    watched.machine.set(36 * DAY)  # and the daemon has not looked since
    refused = watched.refusal("A-1", "note", text="gebeld")
    assert isinstance(refused, Refused)
    assert str(refused).startswith(
        "The clock jumped (2018-06-29 07:30 → 2018-08-04 07:30); nothing is entered."
    )
    assert watched.high_water() == "2018-06-29 07:30"
    watched.machine.set(-36 * DAY)
    assert watched.goes_on(timedelta(minutes=31)) == 1
    assert watched.held() is None


def test_an_erasure_under_a_clock_that_jumped_is_refused_and_leaves_the_mark(
    watched: Watched,
) -> None:
    watched.machine.set(36 * DAY)  # and the daemon has not looked since
    with pytest.raises(Refused, match="looptijd clock confirm"):
        erase(watched.app, "wethouder Gerats", by="griffier", reason="verzoek")
    assert watched.high_water() == "2018-06-29 07:30"
    assert watched.tick() == Ticked(0, 0, 0)
    assert watched.held() == "2018-06-29 07:30 → 2018-08-04 07:30"


def test_an_import_and_a_handover_under_a_clock_that_is_held_are_refused(
    watched: Watched,
) -> None:
    watched.machine.set(-1 * HOUR)
    watched.tick()
    before = watched.counts()
    with pytest.raises(Refused, match="looptijd clock confirm"):
        watched.importing(running("A-9"))
    with pytest.raises(Refused, match="looptijd clock confirm"):
        watched.hand_over("financien", "team@maastricht.example")
    assert watched.counts() == before
    watched.confirm()
    watched.register(running("A-9"), history=True)


def test_where_no_daemon_watches_months_may_lie_between_two_commands(town: Town) -> None:
    town.at("2018-06-01 10:00").register(OFFICES, running("A-1"), history=True).tick()
    leave_sign_of_life(town.app)  # of `looptijd tick`
    sign_off(town.app, "server:1")
    town.at("2018-09-20 10:00").do_with("A-1", "note", text="gebeld")
    assert town.high_water() == "2018-09-20 10:00"


# What a wrong clock put off ----------------------------------------------------------------------


def test_what_failed_under_a_clock_20_days_ahead_is_tried_at_once_when_that_is_confirmed(
    watched: Watched,
) -> None:
    watched.change("UPDATE agreement SET stage = 'limbo' WHERE ref = 'A-1'")
    watched.machine.set(20 * DAY)
    watched.machine.forget()  # the daemon was started afterwards, and 20 days off are trusted
    assert watched.tick().failed == 1
    watched.machine.set(-20 * DAY)
    watched.tick()
    watched.change("UPDATE agreement SET stage = 'active' WHERE ref = 'A-1'")
    watched.confirm()
    assert watched.goes_on(timedelta(minutes=31)) == 1
    assert watched.fired("A-1") == [EVALUATE]


def test_what_was_queued_under_a_clock_15_days_ahead_leaves_when_that_is_confirmed(
    watched: Watched,
) -> None:
    watched.register(running("A-3", start="2017-07-10"), history=True)
    watched.machine.set(15 * DAY)  # a Saturday: the end of A-3 waits for Monday
    watched.machine.forget()
    assert watched.tick().fired == 2
    watched.machine.set(-15 * DAY)
    watched.tick()
    watched.confirm()
    watched.goes_on(timedelta(minutes=45))
    assert watched.problems() == []
    told = watched.relay.accepted[-1].words
    assert "A-1" in told
    assert "A-3" in told


def test_the_mail_of_a_handover_waits_for_its_day_whatever_clock_it_was_queued_under(
    watched: Watched,
) -> None:
    watched.machine.set(15 * DAY)  # it is 14 July
    watched.machine.forget()
    watched.hand_over("sociaal-domein", "nieuw@maastricht.example", since=date(2018, 7, 31))
    watched.hand_over("financien", "geld2@maastricht.example")
    watched.machine.set(-15 * DAY)
    watched.tick()
    watched.confirm()
    assert watched.looks() == ["Tue 2018-07-31 08:00", "Fri 2018-06-29 08:10"]


def test_a_relay_that_was_away_under_a_clock_15_days_ahead_is_tried_when_that_is_confirmed(
    watched: Watched,
) -> None:
    watched.machine.set(15 * DAY)
    watched.machine.forget()
    watched.relay.answers(Outcome(Verdict.RELAY_AWAY, "Connection refused"))
    watched.one_pass()
    watched.machine.set(-15 * DAY)
    watched.tick()
    watched.confirm()
    watched.goes_on(timedelta(minutes=45))
    assert len(watched.relay.accepted) == 1


def test_what_may_be_tried_when_the_clock_is_confirmed_is_not_put_off(watched: Watched) -> None:
    watched.relay.answers(DEFERRED)
    assert watched.goes_on(timedelta(minutes=30)) == 1
    assert watched.relay.accepted == []
    watched.machine.set(13 * HOUR)
    watched.tick()
    watched.machine.set(-13 * HOUR)
    watched.machine.pass_(timedelta(minutes=20))
    watched.confirm()
    watched.deliver()
    assert len(watched.relay.accepted) == 1


def test_a_sign_of_life_from_the_future_is_none(watched: Watched) -> None:
    watched.machine.set(36 * DAY)
    leave_sign_of_life(watched.app, "daemon:1")
    watched.machine.set(-36 * DAY)
    (daemon,) = watched.checks("daemon")
    assert not daemon.ok or daemon.warns


def test_of_a_daemon_that_was_stopped_before_the_clock_went_back_nobody_says_that_none_ran(
    watched: Watched,
) -> None:
    sign_off(watched.app, "daemon:1")
    watched.machine.set(-1 * HOUR)
    (stopped,) = watched.checks("daemon")
    assert (stopped.ok, str(stopped.detail)) == (
        False,
        "The daemon was stopped on 2018-06-29 07:30:00+02:00: start it again.",
    )


@pytest.mark.parametrize("ago", [timedelta(), 2 * HOUR])
def test_of_a_daemon_that_was_restarted_before_the_clock_went_back_nobody_says_that_it_stopped(
    watched: Watched, ago: timedelta
) -> None:
    watched.machine.set(-ago)
    sign_off(watched.app, "daemon:1")
    watched.machine.set(ago)
    leave_sign_of_life(watched.app, "daemon:2")
    watched.machine.set(-1 * HOUR)
    (early,) = watched.checks("daemon")
    assert (early.ok, str(early.detail)) == (
        False,
        "The last sign of life was on 2018-06-29 07:30:00+02:00.",
    )
    leave_sign_of_life(watched.app, "daemon:2")
    (watches,) = watched.checks("daemon")
    assert (watches.ok, str(watches.detail)) == (
        True,
        "The last sign of life was on 2018-06-29 06:30:00+02:00.",
    )


def test_what_a_clock_that_was_ahead_left_hides_no_daemon_that_fell_away_since(
    watched: Watched,
) -> None:
    watched.machine.set(900 * DAY)
    watched.tick()
    for sign in ("server:2", "@backup"):
        leave_sign_of_life(watched.app, sign)
    sign_off(watched.app, "daemon:1")
    watched.machine.set(-900 * DAY)
    watched.confirm()
    for _ in range(16):
        watched.goes_on(timedelta(minutes=1))
        leave_sign_of_life(watched.app, "daemon:3")
    signs = watched.checks("daemon")
    assert [str(check.detail) for check in signs] == [
        "The last sign of life was on 2018-06-29 07:46:00+02:00.",
        (
            "The daemon on server was last seen on 2018-06-29 07:30:00+02:00 and was not stopped on"
            " purpose; another one, or looptijd tick, watches."
        ),
    ]
    assert max(look.at for look in measure(watched.app).looks.values()) == watched.machine.now()

    watched.machine.pass_(3 * DAY)
    signs = [check for check in doctor(watched.app) if check.name in {"daemon", "backup"}]
    assert [(check.name, check.ok, check.warns) for check in signs] == [
        ("daemon", False, False),
        ("backup", True, True),
    ]


def test_a_held_clock_is_told_to_the_operator_once(database_url: str, tmp_path: Path) -> None:
    mail = Mail(operator="beheer@maastricht.example", sender="l@maastricht.example")
    with visiting(the_usual_town(database_url, tmp_path, "2018-06-01 10:00", mail=mail)) as town:
        watched = Watched.of(town)
        watched.machine.set(-1 * HOUR)
        watched.goes_on(30 * HOUR, every=timedelta(minutes=10))
        assert [mail.to for mail in watched.relay.accepted] == ["beheer@maastricht.example"]
        assert watched.fired("A-1") == []

        for hours in (1, 2):  # jumps on one day, each of which has to be confirmed
            watched.confirm()
            watched.machine.set(-hours * HOUR)
            watched.goes_on(HOUR)
        told = [mail.words.partition("(")[2][:35] for mail in watched.relay.accepted]
        assert told == [
            "2018-06-29 07:30 → 2018-06-29 06:40",
            "2018-06-30 12:30 → 2018-06-30 11:31",
            "2018-06-30 12:30 → 2018-06-30 10:31",
        ]

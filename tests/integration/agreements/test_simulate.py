"""Simulating: the same code on a copy; what it foretells is what happens, nothing is changed."""

from datetime import date
from pathlib import Path

import pytest

from states.model.phrase import Refusal
from tests.agreements import lines, local
from tests.town import CASE, OFFICES, REF, Town, running, walked_once
from workflow.agreements.simulate import Foreseen, simulate
from workflow.system.refusals import NotFound
from workflow.system.settings import Calendar

pytestmark = pytest.mark.on_sqlite

END = date(2020, 10, 13)
# A simulation goes on in SQLite, whatever its register stands in: what it reads there on both
# databases is asked by the other tests.

# What fires when nobody pays, evaluates or decides.
TIMELINE = """
Fri 2017-10-13 08:00  payment:1:2017-10-12:+P1D
Thu 2017-10-19 08:00  payment:1:2017-10-12:+P1W
Thu 2017-10-26 08:00  payment:1:2017-10-12:+P2W
Fri 2018-08-17 08:00  payment:2:2018-10-12:-P8W
Fri 2018-09-14 08:00  payment:2:2018-10-12:-P4W
Fri 2018-10-12 08:00  payment:2:2018-10-12:P0D
Mon 2018-10-15 08:00  payment:2:2018-10-12:+P1D
Fri 2018-10-19 08:00  payment:2:2018-10-12:+P1W
Fri 2018-10-26 08:00  payment:2:2018-10-12:+P2W
Fri 2019-08-16 08:00  payment:3:2019-10-12:-P8W
Fri 2019-09-13 08:00  payment:3:2019-10-12:-P4W
Fri 2019-10-11 08:00  payment:3:2019-10-12:P0D
Mon 2019-10-14 08:00  payment:3:2019-10-12:+P1D
Mon 2019-10-21 08:00  payment:3:2019-10-12:+P1W
Mon 2019-10-28 08:00  payment:3:2019-10-12:+P2W
Thu 2020-04-09 08:00  evaluation:final:2020-07-11:-P3M
Thu 2020-06-11 08:00  evaluation:final:2020-07-11:-P1M
Fri 2020-07-10 08:00  evaluation:final:2020-07-11:P0D
Mon 2020-07-27 08:00  evaluation:final:2020-07-11:+P2W
Mon 2020-08-10 08:00  evaluation:final:2020-07-11:+P4W
Mon 2020-08-24 08:00  evaluation:final:2020-07-11:+P6W
Fri 2020-08-28 08:00  continuation:term:2020-10-11:-P6W
Fri 2020-09-25 08:00  continuation:term:2020-10-11:-P2W
Thu 2020-10-08 08:00  continuation:term:2020-10-11:-P3D
Mon 2020-10-12 00:00  expiry:term:2020-10-12:P0D
"""
AT_THE_SIGNATURE = ["activation:term:2017-10-12:P0D", "payment:1:2017-10-12:P0D"]


def shown(rows: list[Foreseen]) -> list[str]:
    """Return when what fires."""
    return [f"{local(row.at)} {row.event.occurrence}" for row in rows]


def subjects(rows: list[Foreseen]) -> list[tuple[str, str]]:
    """Return to whom which mails go."""
    return sorted((mail.to, mail.subject) for row in rows for mail in row.mails)


# What will happen --------------------------------------------------------------------------------


def test_what_is_foretold_of_the_case_is_what_happens_to_it(town: Town) -> None:
    town.in_force()
    foreseen = [row for row in simulate(town.app, [REF], until=END) if row.at > town.clock.now()]
    town.until("2020-10-14 00:00")

    assert shown(foreseen) == lines(TIMELINE)
    happened = town.query("SELECT at FROM event WHERE payload LIKE '%occurrence%' ORDER BY seq")
    assert len(happened) == len(foreseen) + 2
    assert subjects(foreseen) == sorted(town.relay.shown())
    names = sorted(str(row.event.occurrence) for row in foreseen)
    assert sorted([*names, *AT_THE_SIGNATURE]) == town.fired()


@pytest.mark.on_both
def test_a_simulation_changes_nothing_and_sends_nothing(town: Town) -> None:
    town.in_force()
    before = [town.counts(), town.query("SELECT * FROM agreement, register")]
    simulate(town.app, [], until=END)
    simulate(town.app, [REF], until=END, since=date(2017, 6, 1))
    assert [town.counts(), town.query("SELECT * FROM agreement, register")] == before
    assert town.relay.attempts == []


def test_the_last_day_is_included(town: Town) -> None:
    town.in_force()
    rows = simulate(town.app, [REF], until=date(2017, 10, 19))
    assert shown(rows)[-1] == "Thu 2017-10-19 08:00 payment:1:2017-10-12:+P1W"
    rows = simulate(town.app, [REF], until=date(2017, 10, 18))
    assert shown(rows)[-1] == "Fri 2017-10-13 08:00 payment:1:2017-10-12:+P1D"


def test_the_last_day_ends_by_the_zone_that_was_adopted_not_by_the_configured_one(
    town: Town,
) -> None:
    town = town.in_force().configured(calendar=Calendar(timezone="Pacific/Honolulu"))
    rows = simulate(town.app, [REF], until=date(2017, 10, 18))
    assert shown(rows)[-1] == "Fri 2017-10-13 08:00 payment:1:2017-10-12:+P1D"


@pytest.mark.on_both
def test_only_the_agreements_that_were_asked_for_are_simulated(town: Town) -> None:
    town.in_force().at("2018-02-01 10:00")
    town.register(running("A-1"), running("A-2"), history=True)
    rows = simulate(town.app, ["A-2"], until=date(2018, 12, 31))
    assert {row.ref for row in rows} == {"A-2"}
    rows = simulate(town.app, [], until=date(2018, 12, 31))
    assert {row.ref for row in rows} == {REF, "A-1", "A-2"}


def test_a_mail_whose_moment_somebody_damaged_holds_no_simulation_up(town: Town) -> None:
    town.in_force(until="2017-10-26 08:00")
    town.change("UPDATE message SET next_attempt_at = 'x'")
    rows = simulate(town.app, [REF], until=date(2018, 8, 31))
    assert shown(rows)[-1] == "Fri 2018-08-17 08:00 payment:2:2018-10-12:-P8W"


def test_an_unknown_reference_is_not_found(town: Town) -> None:
    with pytest.raises(NotFound):
        simulate(town.app, ["A-9"], until=END)


def test_the_mails_can_be_kept_as_files(town: Town, tmp_path: Path) -> None:
    town.in_force()
    rows = simulate(town.app, [REF], until=date(2017, 10, 13), mail_directory=tmp_path / "foreseen")
    assert shown(rows)[-1] == "Fri 2017-10-13 08:00 payment:1:2017-10-12:+P1D"
    assert len(list((tmp_path / "foreseen").glob("*.eml"))) == 2


def test_a_folder_for_mails_that_cannot_be_written_ends_it(town: Town, tmp_path: Path) -> None:
    town.in_force()
    (tmp_path / "file").touch()
    with pytest.raises(Refusal) as refused:
        simulate(town.app, [REF], until=END, mail_directory=tmp_path / "file")
    assert str(refused.value) == f"{tmp_path}/file cannot be written: File exists."


def test_a_held_clock_does_not_hold_a_simulation(town: Town) -> None:
    town.in_force().at("2017-12-24 10:00").tick()
    assert town.scalar("SELECT clock_held FROM register")
    rows = simulate(town.app, [REF], until=END)
    assert shown(rows)[-1] == "Mon 2020-10-12 00:00 expiry:term:2020-10-12:P0D"


# From a day in the past --------------------------------------------------------------------------


def ended(town: Town) -> Town:
    """Let the source case go to its end, each alert in time."""
    return town.in_force(until="2020-10-20 09:00")


@walked_once
def late(town: Town) -> Town:
    """Register the source case years after it began, each fact with its own date."""
    town.at("2021-02-01 10:00").register(OFFICES, CASE)
    town.do("submit")
    town.do("agree", on="2017-07-05")
    town.do("decide", outcome="as_proposed", on="2017-09-26")
    town.do("sign", party="maastricht", on="2017-10-12")
    town.do("sign", party="limburg", on="2017-10-12")
    return town


def test_facts_that_were_registered_later_give_the_cases_own_timeline(town: Town) -> None:
    rows = simulate(late(town).app, [REF], until=END, since=date(2017, 6, 1))
    assert shown(rows)[2:] == lines(TIMELINE)
    assert [row.event.occurrence for row in rows[:2]] == AT_THE_SIGNATURE
    assert {local(row.at)[4:14] for row in rows[:2]} == {"2017-10-12"}


def test_facts_that_were_registered_in_time_give_the_same_timeline_afterwards(
    town: Town,
) -> None:
    ended(town)
    rows = simulate(town.app, [REF], until=END, since=date(2017, 6, 1))
    assert shown(rows) == [
        f"Thu 2017-10-12 10:00 {AT_THE_SIGNATURE[0]}",
        f"Thu 2017-10-12 10:00 {AT_THE_SIGNATURE[1]}",
        *lines(TIMELINE),
    ]


def test_what_is_named_twice_is_simulated_once(town: Town) -> None:
    rows = simulate(late(town).app, [REF, REF], until=END, since=date(2017, 6, 1))
    assert shown(rows)[2:] == lines(TIMELINE)


def test_a_simulation_can_be_split_at_a_day(town: Town) -> None:
    ended(town)
    whole = simulate(town.app, [REF], until=END, since=date(2017, 6, 1))
    first = simulate(town.app, [REF], until=date(2018, 12, 31), since=date(2017, 6, 1))
    second = simulate(town.app, [REF], until=END, since=date(2019, 1, 1))
    assert [*shown(first), *shown(second)] == shown(whole)
    assert sorted([*subjects(first), *subjects(second)]) == subjects(whole)


def test_what_was_paid_is_not_asked_for_after_its_date(town: Town) -> None:
    late(town).do("pay", instalment="1", on="2017-10-16", reference="F-1")
    rows = simulate(town.app, [REF], until=date(2017, 12, 31), since=date(2017, 6, 1))
    assert shown(rows)[2:] == ["Fri 2017-10-13 08:00 payment:1:2017-10-12:+P1D"]

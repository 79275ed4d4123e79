"""The seal of a day: made once, over everything so far, and broken by whatever is changed later."""

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.town import CASE, OFFICES, REF, Town, unguarded, visiting, walked_once
from workflow.app.app import Restored
from workflow.engine.day_seals import SealedHash
from workflow.engine.ledger import LedgerEntry
from workflow.maintenance import seal_days
from workflow.maintenance.seal_days import seal_closed_day
from workflow.maintenance.verify import verify, verify_fingerprint, verify_seals

pytestmark = pytest.mark.on_sqlite


@pytest.fixture
@walked_once
def sealed(town: Town) -> Town:
    """Give a register of two agreements with three sealed days: 1, 2 and 5 June 2017."""
    town.register(OFFICES, CASE.replace(REF, "R-1"), CASE.replace(REF, "R-2"))
    for day in ("02", "03", "06"):
        town.at(f"2017-06-{day} 00:01")
        assert seal_closed_day(town.app)
        town.do_with("R-1", "note", text=f"op {day} juni")
        town.do_with("R-2", "note", text=f"op {day} juni")
    return town


def seals(town: Town) -> list[tuple[str, int, int]]:
    """Return the day, the last event and the number of events of each seal."""
    rows = town.query("SELECT day, through, events FROM seal ORDER BY id")
    return [(str(row.day), row.through, row.events) for row in rows]


# Making ------------------------------------------------------------------------------------------


def test_a_register_that_was_made_today_has_no_seal(town: Town) -> None:
    town.at("2017-06-01 23:59")
    assert seal_closed_day(town.app) is None
    assert seals(town) == []


def test_each_closed_day_is_sealed_once_over_what_came_since(sealed: Town) -> None:
    assert seals(sealed) == [("2017-06-01", 7, 7), ("2017-06-02", 9, 2), ("2017-06-05", 11, 2)]
    sealed.at("2017-06-06 23:59")
    assert seal_closed_day(sealed.app) is None


def test_a_day_without_events_is_sealed_as_well(town: Town) -> None:
    for day in (2, 3):
        town.at(f"2017-06-0{day} 09:00")
        seal_closed_day(town.app)
    assert seals(town) == [("2017-06-01", 1, 1), ("2017-06-02", 1, 0)]


def test_a_day_ends_at_midnight_in_the_policys_zone(town: Town) -> None:
    town.at("2017-06-02 00:00")  # 22:00 on 1 June in UTC
    assert seal_closed_day(town.app)
    assert seals(town) == [("2017-06-01", 1, 1)]


def test_a_seal_follows_from_the_one_before_it_and_from_every_event(sealed: Town) -> None:
    previous, after = "0" * 64, 0
    for seal in sealed.query("SELECT * FROM seal ORDER BY id"):
        digest = hashlib.sha256()
        for row in sealed.query(
            "SELECT * FROM event WHERE number > :a AND number <= :t ORDER BY number",
            a=after,
            t=seal.through,
        ):
            line = f"{row.number}\n{row.stream}\n{row.seq}\n{row.hash}\n{row.payload}\n"
            digest.update(line.encode())
        parts = f"{previous}\n{between(seal)}\n{digest.hexdigest()}"
        previous, after = hashlib.sha256(parts.encode()).hexdigest(), seal.through
        assert seal.hash == previous


def between(seal: Any) -> str:
    """Return what a seal's hash is made of, between the one before it and the digest."""
    moment = f"{seal.at}"[:19].replace(" ", "T")
    return f"{seal.day}\n{moment}+00:00\n{seal.through}\n{seal.events}"


@pytest.mark.on_both
def test_of_two_daemons_one_seals_the_day(town: Town) -> None:
    town.at("2017-06-02 09:00")
    with visiting(town.another()) as other:
        made = [seal_closed_day(town.app), seal_closed_day(other.app)]
    assert [seal is not None for seal in made] == [True, False]


def test_who_comes_second_leaves_the_seal_as_it_is(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.at("2017-06-02 09:00")
    with visiting(town.another()) as other:

        class Meanwhile(SealedHash):
            def add(self, events: Iterable[tuple[int, LedgerEntry]]) -> SealedHash:
                monkeypatch.undo()
                assert seal_closed_day(other.app)
                return super().add(events)

        monkeypatch.setattr(seal_days, "SealedHash", Meanwhile)
        assert seal_closed_day(town.app) is None
    assert seals(town) == [("2017-06-01", 1, 1)]


def test_a_clock_that_was_a_year_ahead_does_not_end_the_sealing(town: Town) -> None:
    for moment in ("2018-06-02 09:00", "2017-06-02 09:00", "2017-06-03 09:00"):
        town.at(moment)
        town.app.database.checked = False
        assert seal_closed_day(town.app)
    assert [day for day, _, _ in seals(town)] == ["2018-06-01", "2017-06-01", "2017-06-02"]


def test_a_daemon_for_which_it_is_not_midnight_yet_seals_no_day_before_the_last(
    town: Town,
) -> None:
    assert seal_closed_day(town.at("2017-06-02 00:01").app)
    assert seal_closed_day(town.at("2017-06-01 23:59").app) is None
    assert [day for day, _, _ in seals(town)] == ["2017-06-01"]


@pytest.mark.on_postgresql  # SQLite has one writer at a time
def test_while_somebody_writes_the_day_is_not_sealed_yet(sealed: Town) -> None:
    sealed.at("2017-06-07 00:01")
    with visiting(sealed.another()) as other, other.app.database.write() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock_shared(7104311)")
        assert seal_closed_day(sealed.app) is None
    assert seal_closed_day(sealed.app)


@pytest.mark.on_both
@pytest.mark.parametrize("statement", ["UPDATE seal SET hash = 'x'", "DELETE FROM seal"])
def test_the_database_refuses_to_change_or_delete_a_seal(sealed: Town, statement: str) -> None:
    with pytest.raises(Exception, match="append-only"):
        sealed.change(statement)


# Breaking ----------------------------------------------------------------------------------------


@pytest.mark.on_both
def test_seals_that_nobody_broke_are_in_order(sealed: Town) -> None:
    found = verify_seals(sealed.app)
    assert (found.problems, found.events, found.fingerprint.day) == ([], 11, date(2017, 6, 5))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET payload = replace(payload, 'note', 'nota') WHERE number = 9",
        "UPDATE event SET hash = 'x' WHERE number = 9",
        "UPDATE event SET seq = 99 WHERE number = 9",
        "UPDATE event SET stream = 'agreement:R-9' WHERE number = 9",
        "DELETE FROM event WHERE number = 9",
        "DELETE FROM event WHERE stream = 'agreement:R-2'",
        "UPDATE seal SET hash = 'x' WHERE id = 2",
        "UPDATE seal SET day = '2017-06-04' WHERE id = 2",
        "UPDATE seal SET at = '2017-06-04 00:00:00+00' WHERE id = 2",
        "UPDATE seal SET through = 8 WHERE id = 2",
        "UPDATE seal SET events = 3 WHERE id = 2",
        "DELETE FROM seal WHERE id = 2",
    ],
)
def test_whatever_is_changed_of_a_sealed_day_breaks_its_seal(sealed: Town, statement: str) -> None:
    unguarded(sealed).change(statement)
    expected = {"seal:2017-06-02", "seal:2017-06-04", "seal:2017-06-05"}
    for found in (verify_seals(sealed.app), verify(sealed.app)):
        assert expected & {ref for ref, _ in found.problems}, found.problems


def test_an_event_that_was_put_in_breaks_the_seal(sealed: Town) -> None:
    unguarded(sealed).change("UPDATE event SET number = number + 100 WHERE number > 8")
    sealed.change(
        "INSERT INTO event (number, stream, seq, at, payload, hash)"
        " SELECT 9, 'agreement:R-9', 1, at, payload, hash FROM event WHERE number = 8"
    )
    assert "seal:2017-06-02" in {ref for ref, _ in sealed.problems()}


def test_two_events_that_changed_places_break_the_seal(sealed: Town) -> None:
    unguarded(sealed)
    for old, new in ((8, 99), (9, 8), (99, 9)):
        sealed.change("UPDATE event SET number = :new WHERE number = :old", new=new, old=old)
    assert verify_seals(sealed.app).problems[0][0] == "seal:2017-06-02"


# Fingerprints ------------------------------------------------------------------------------------


def fingerprint(town: Town, day: str) -> str:
    """Return the fingerprint of a day, as a wethouder's office would have kept it."""
    return str(town.scalar("SELECT hash FROM seal WHERE day = :d", d=day))


def test_a_register_has_the_fingerprint_of_each_day(sealed: Town) -> None:
    for day in (1, 2, 5):
        kept = fingerprint(sealed, f"2017-06-0{day}")
        assert verify_fingerprint(sealed.app, kept, date(2017, 6, day)).problems == []


@pytest.mark.on_both
def test_of_a_day_that_was_not_closed_the_last_one_before_it_counts(sealed: Town) -> None:
    kept = fingerprint(sealed, "2017-06-02")
    assert verify_fingerprint(sealed.app, kept, date(2017, 6, 4)).problems == []


def test_before_the_first_seal_there_is_none(sealed: Town) -> None:
    found = verify_fingerprint(sealed.app, "0" * 64, date(2017, 5, 31))
    assert [ref for ref, _ in found.problems] == ["seal:2017-05-31"]


def test_a_day_whose_seal_is_gone_says_so(sealed: Town) -> None:
    kept = fingerprint(sealed, "2017-06-05")
    unguarded(sealed).change("DELETE FROM seal WHERE id = 3")
    ((ref, shown),) = verify_fingerprint(sealed.app, kept, date(2017, 6, 5)).problems
    assert (ref, str(shown)) == (
        "seal:2017-06-05",
        "this day is not sealed, or not any more; the last seal before it is of 2017-06-02",
    )


def test_a_fingerprint_of_another_day_is_no_change(sealed: Town) -> None:
    kept = fingerprint(sealed, "2017-06-02")
    ((ref, shown),) = verify_fingerprint(sealed.app, kept, date(2017, 6, 5)).problems
    assert (ref, str(shown)) == (
        "seal:2017-06-05",
        "this is the register's fingerprint of 2017-06-02; --at names another day",
    )


def test_a_day_that_was_sealed_while_the_clock_was_ahead_has_its_fingerprint(town: Town) -> None:
    for moment in ("2018-06-02 09:00", "2017-06-02 09:00"):
        town.at(moment)
        town.app.database.checked = False
        assert seal_closed_day(town.app)
    kept = fingerprint(town, "2018-06-01")
    assert verify_fingerprint(town.app, kept, date(2018, 6, 1)).problems == []


def test_a_fingerprint_is_made_of_the_events_and_not_of_what_the_seals_say(sealed: Town) -> None:
    kept = fingerprint(sealed, "2017-06-02")
    unguarded(sealed).change("UPDATE event SET payload = payload || ' ' WHERE number = 2")
    found = verify_fingerprint(sealed.app, kept, date(2017, 6, 2))
    assert [ref for ref, _ in found.problems] == ["seal:2017-06-02"]


def test_a_register_that_was_rewritten_with_its_seals_has_another_fingerprint(
    sealed: Town, tmp_path: Path
) -> None:
    kept = fingerprint(sealed, "2017-06-02")
    rewrite(sealed)
    assert verify_seals(sealed.app).problems == []
    found = verify_fingerprint(sealed.app, kept, date(2017, 6, 2))
    assert [ref for ref, _ in found.problems] == ["seal:2017-06-02"]


def rewrite(town: Town) -> None:
    """Forge a title of long ago, then every hash and every seal after it, as an expert could."""
    unguarded(town)
    town.change(
        "UPDATE event SET payload = replace(payload, 'Verbindend', 'Ontbindend')"
        " WHERE stream = 'agreement:R-2' AND seq = 1"
    )
    previous = "0" * 64
    for row in town.query("SELECT * FROM event WHERE stream = 'agreement:R-2' ORDER BY seq"):
        text = f"{previous}\nagreement:R-2\n{row.payload}"
        previous = hashlib.sha256(text.encode()).hexdigest()
        town.change("UPDATE event SET hash = :h WHERE number = :n", h=previous, n=row.number)
    before, after = "0" * 64, 0
    for seal in town.query("SELECT * FROM seal ORDER BY id"):
        digest = hashlib.sha256()
        for row in town.query(
            "SELECT * FROM event WHERE number > :a AND number <= :t ORDER BY number",
            a=after,
            t=seal.through,
        ):
            line = f"{row.number}\n{row.stream}\n{row.seq}\n{row.hash}\n{row.payload}\n"
            digest.update(line.encode())
        parts = f"{before}\n{between(seal)}\n{digest.hexdigest()}"
        before, after = hashlib.sha256(parts.encode()).hexdigest(), seal.through
        town.change("UPDATE seal SET hash = :h WHERE id = :i", h=before, i=seal.id)


def test_a_tail_of_today_that_was_cut_off_shows_in_the_state_folder(sealed: Town) -> None:
    unguarded(sealed)
    last = sealed.scalar("SELECT max(number) FROM event")
    sealed.change("DELETE FROM event WHERE number = :n", n=last)
    with pytest.raises(Restored, match="its last event is number 12, that of the state folder 13"):
        sealed.tick()

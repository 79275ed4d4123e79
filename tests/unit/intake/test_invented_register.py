"""The invented register: every file can be read, lived through, written down and read back."""

from datetime import date

import pytest

from states.model.agreement import Agreement
from states.model.fact_types import StartRule
from states.model.facts import build, flatten
from states.model.stage import Ruling
from tests.register import FOLDER, Entry, agreement_in

NAMES = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.glob("*/*"))
NEW = [name for name in NAMES if name.startswith("new/")]
RUNNING = [name for name in NAMES if name.startswith("running/")]


def lived(name: str) -> Entry:
    """Return an agreement at the end of 2031: a draft was put in force, then nobody did a thing."""
    walk = Entry(name)
    if name.startswith("new/"):
        walk.do("skip_overleg", "2025-01-07 10:00", reason="besproken in het portefeuilleoverleg")
        walk.do("decide", "2025-01-14 10:00", outcome=Ruling.AS_PROPOSED)
        for key in walk.agreement.party:
            walk.do("sign", "2025-01-28 10:00", party=key) if walk.is_in("signing") else None
        if walk.agreement.term.start is StartRule.UNKNOWN:
            walk.do("set_start", "2025-01-28 11:00", on=date(2025, 2, 3))
    return walk.until("2031-12-31 23:59")


def test_the_register_holds_eighteen_agreements_each_with_its_own_reference() -> None:
    assert (len(NEW), len(RUNNING)) == (8, 10)
    assert len({agreement_in(name).ref for name in NAMES}) == 18


@pytest.mark.parametrize("name", NAMES)
def test_after_years_the_facts_read_back_as_they_were_written(name: str) -> None:
    walk = lived(name)

    assert build(Agreement, flatten(walk.agreement)) == walk.agreement


@pytest.mark.parametrize("name", NAMES)
def test_in_all_those_years_each_occurrence_was_dealt_with_once(name: str) -> None:
    walk = lived(name)

    fired = [event.occurrence for event in walk.events if event.occurrence]
    assert len(fired) == len(set(fired))
    reopened = {name for event in walk.events for name in event.reopened}
    assert set(fired) & set(walk.superseded()) <= reopened


@pytest.mark.parametrize("name", RUNNING)
def test_what_runs_already_is_registered_without_a_word(name: str) -> None:
    walk = Entry(name)

    assert walk.fired() == walk.shown() == []


@pytest.mark.parametrize("name", NAMES)
def test_each_file_begins_with_what_it_covers(name: str) -> None:
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")

    assert text.startswith("# Covers: ")
    assert f"`{name}.toml`" in (FOLDER / "README.md").read_text(encoding="utf-8")

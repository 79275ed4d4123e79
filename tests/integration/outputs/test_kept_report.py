"""The report that the daemon keeps: each night, soon after events, and never of a copy."""

from functools import partial
from pathlib import Path

import pytest

from tests.reports import words
from tests.town import CASE, OFFICES, REF, Town
from tests.watching import until, watching
from workflow.outputs.report.site import Upkeep
from workflow.system.settings import Municipality, ReportSettings

# When it is written is asked of the same queries on both databases.
pytestmark = pytest.mark.on_sqlite


@pytest.fixture
def kept(town: Town) -> Town:
    return town.configured(report=ReportSettings(directory="site")).register(OFFICES, CASE)


def index(town: Town) -> Path:
    return town.folder / "site" / "index.html"


def test_it_is_written_once_and_then_at_most_every_ten_minutes_after_events(kept: Town) -> None:
    upkeep = Upkeep()
    kept.at("2017-10-02 10:00")
    assert upkeep.step(kept.app)
    assert not upkeep.step(kept.later(minutes=30).app)
    kept.do("submit")
    assert upkeep.step(kept.app)
    kept.do("agree")
    assert not upkeep.step(kept.later(minutes=9).app)
    assert "bestuurlijk overleg" in words(index(kept))
    assert upkeep.step(kept.later(minutes=1).app)
    assert "bestuurlijk overleg" not in words(index(kept))


def test_it_is_written_when_the_day_is_another(kept: Town) -> None:
    upkeep = Upkeep()
    assert upkeep.step(kept.at("2017-10-02 23:55").app)
    assert not upkeep.step(kept.at("2017-10-02 23:59").app)
    assert upkeep.step(kept.at("2017-10-03 00:05").app)


def test_a_clock_that_was_set_back_keeps_it_waiting_for_nothing(kept: Town) -> None:
    upkeep = Upkeep()
    assert upkeep.step(kept.at("2017-10-02 10:00").app)
    kept.at("2017-10-02 09:00").do("submit")
    assert upkeep.step(kept.app)


def test_it_is_public_and_dutch_where_the_configuration_says_so(kept: Town) -> None:
    kept.register(
        CASE.replace("SO-2017-0042", "A-1").replace("office", "public = false\noffice", 1)
    )
    shared = kept.configured(report=ReportSettings(directory="site", public=True))
    assert Upkeep().step(shared.app)
    assert "Alle overeenkomsten" in words(index(kept))
    assert REF in index(kept).read_text(encoding="utf-8")
    assert "A-1" not in index(kept).read_text(encoding="utf-8")


def test_a_copy_of_the_register_leaves_the_originals_report_as_it_is(kept: Town) -> None:
    copy = kept.configured(municipality=Municipality(installation="another"))
    assert not Upkeep().step(copy.app)
    assert not index(kept).exists()


def told(town: Town) -> list[tuple[bool, str]]:
    return [(one.ok, str(one.detail)) for one in town.checks("report")]


def test_what_it_fails_of_is_told_by_doctor_and_tried_again_after_ten_minutes(kept: Town) -> None:
    upkeep, site = Upkeep(), kept.at("2017-10-02 10:00").folder / "site"
    site.mkdir()
    (site / "mine.txt").write_text("keep me", encoding="utf-8")
    with pytest.raises(Exception, match="holds something else than a report"):
        upkeep.step(kept.app)
    with pytest.raises(Exception, match="holds something else than a report"):
        upkeep.step(kept.later(minutes=9).app)
    ((ok, detail),) = told(kept)
    assert not ok
    assert detail.startswith("It failed on 2017-10-02 10:00:00")
    assert "staat iets anders dan een rapport" in detail
    (site / "mine.txt").unlink()
    assert upkeep.step(kept.later(minutes=1).app)
    assert [ok for ok, _ in told(kept)] == [True]
    assert told(kept.configured(report=ReportSettings())) == []


def test_the_daemon_writes_it_beside_its_looks(kept: Town) -> None:
    with watching(kept):
        until(index(kept).exists)
        kept.later(minutes=10).do("submit")
        until(partial(words_hold, kept, "bestuurlijk overleg"))


def words_hold(town: Town, text: str) -> bool:
    return text in words(index(town))

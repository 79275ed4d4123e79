"""A municipality's theme dresses report and mails; one that is broken is told, and mails leave."""

from pathlib import Path

import pytest

from notifications.theme import BadTheme
from tests.reports import report
from tests.town import CASE, OFFICES, REF, Town
from workflow.outputs.dossier.packed import pack
from workflow.system.settings import ReportSettings

# What pages and mails look like is no business of the database.
pytestmark = pytest.mark.on_sqlite


@pytest.fixture
def themed(town: Town) -> Town:
    return town.configured(report=ReportSettings(theme="veldrijk.css")).register(OFFICES, CASE)


def theme(town: Town, link: str) -> None:
    text = f".veldrijk-theme {{ --utrecht-link-color: {link}; }}"
    (town.folder / "veldrijk.css").write_text(text, encoding="utf-8")


def told(town: Town) -> list[tuple[bool, str]]:
    return [(one.ok, str(one.detail)) for one in town.checks("theme")]


def style(folder: Path) -> str:
    return (folder / "style.css").read_text(encoding="utf-8")


def test_it_dresses_the_report_and_the_mails(themed: Town) -> None:
    theme(themed, "#115533")
    themed.decided()
    assert "--utrecht-link-color: #115533;" in style(report(themed))
    assert b"a { color: #115533; }" in themed.relay.accepted[-1].content
    assert told(themed) == [(True, "Report and mails are dressed in your own theme.")]


def test_one_that_is_broken_is_told_and_mails_leave_in_the_built_in_look(themed: Town) -> None:
    theme(themed, "url(https://elsewhere.example)")
    themed.decided()
    assert b"a { color: #0b5563; }" in themed.relay.accepted[-1].content
    ((ok, detail),) = told(themed)
    assert not ok
    assert "veldrijk.css: --utrecht-link-color: “url(https://elsewhere.example)” is not" in detail
    with pytest.raises(BadTheme):
        report(themed)


def test_a_dossier_is_dressed_too_and_is_kept_where_a_theme_is_broken(themed: Town) -> None:
    themed.decided()
    theme(themed, "#115533")
    assert "--utrecht-link-color: #115533;" in pack(themed.app, REF).style
    theme(themed, "url(https://elsewhere.example)")
    assert "--utrecht-link-color: #0b5563;" in pack(themed.app, REF).style


def test_without_one_doctor_says_nothing_of_it(town: Town) -> None:
    assert told(town) == []

"""What the environment says lies over what the file says, key by key."""

from datetime import date
from pathlib import Path

import pytest

from notifications.language import language
from states.model.period import Period
from workflow.system.configuration import BadSettings, configure

FILE = """
[mail]
host = "file.example"
port = 26
connections = 2
[calendar]
closed_days = [2026-05-05]
"""


def test_a_variable_lies_over_the_files_key_whatever_its_kind_and_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "looptijd.toml"
    file.write_text(FILE, encoding="utf-8")
    for name, text in {
        "LOOPTIJD_LANGUAGE": "en",
        "looptijd_mail__host": "variable.example",
        "LOOPTIJD_MAIL__PORT": "587",
        "LOOPTIJD_REPORT__PUBLIC": "true",
        "LOOPTIJD_CALENDAR__CLOSED_DAYS": '["2026-02-16", "2026-02-17"]',
        "LOOPTIJD_DAEMON__MAX_CLOCK_JUMP": "P2D",
    }.items():
        monkeypatch.setenv(name, text)

    settings = configure(str(file)).settings

    assert settings.language == "en"
    assert (settings.mail.host, settings.mail.port) == ("variable.example", 587)
    assert settings.mail.connections == 2  # of the file
    assert settings.report.public is True
    assert settings.calendar.closed_days == (date(2026, 2, 16), date(2026, 2, 17))
    assert settings.daemon.max_clock_jump == Period(0, 2)


@pytest.mark.parametrize("key", ["mail.port", "mail.connections", "daemon.tick_seconds"])
def test_a_number_is_not_true(tmp_path: Path, key: str) -> None:
    section, _, name = key.partition(".")
    file = tmp_path / "looptijd.toml"
    file.write_text(f"[{section}]\n{name} = true\n", encoding="utf-8")

    with pytest.raises(BadSettings) as refused:
        configure(str(file))

    (problem,) = map(str, refused.value.sentences)
    assert f"{key}: “True” is not accepted. Write a whole number" in problem


def test_what_stands_in_the_place_of_a_section_is_refused_also_where_a_variable_says_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "looptijd.toml"
    file.write_text("mail = 3\n", encoding="utf-8")
    monkeypatch.setenv("LOOPTIJD_MAIL__HOST", "variable.example")

    with pytest.raises(BadSettings) as refused:
        configure(str(file))

    assert [language("en").say(problem) for problem in refused.value.sentences] == [
        f"{file}: mail: “3” is not accepted. Write a section with its keys below it: [mail]."
    ]

"""The configuration that `init --setup` writes: every setting, its default, and what was chosen."""

import re
import tomllib
from datetime import date, time
from pathlib import Path

import pytest

from states.model.phrase import Refusal
from workflow.system.configuration import configure
from workflow.system.files import write_whole
from workflow.system.settings import Setting, Settings, settings_of
from workflow.system.settings_file import written
from workflow.system.settings_path import glance


def test_a_file_in_which_nothing_is_chosen_changes_nothing_and_is_all_comments() -> None:
    settings = tomllib.loads(written({}))
    assert settings == {
        "municipality": {},
        "database": {},
        "mail": {},
        "calendar": {},
        "college": {},
        "alerts": {},
        "report": {},
        "archive": {},
        "daemon": {},
        "events": {},
    }


def test_every_comment_that_is_a_setting_holds_its_default(tmp_path: Path) -> None:
    file = tmp_path / "looptijd.toml"
    file.write_text(re.sub(r"(?m)^#(\w+ = )", r"\1", written({})), encoding="utf-8")
    assert configure(str(file)).settings == Settings()


def test_what_was_chosen_stands_uncommented_in_its_section_under_what_it_is() -> None:
    text = written(
        {("", "language"): "en", ("mail", "port"): 587, ("municipality", "name"): 'A "b"'}
    )
    assert tomllib.loads(text)["language"] == "en"
    assert tomllib.loads(text)["municipality"] == {"name": 'A "b"'}
    assert "# the relay's port (1 to 65535)\nport = 587\n" in text
    assert "\n#connections = 4\n" in text
    assert "\n#public = false\n" in text
    assert "for a time; empty: still open (B, V)\n#appraisal" in text


def setting_of(section: str, key: str) -> Setting:
    return next(setting for setting in settings_of(section) if setting.key == key)


@pytest.mark.parametrize(
    "section, key, text, problem",
    [
        ("mail", "port", "x", "“x” is not accepted. Write a whole number from 1 to 65535."),
        ("mail", "operator", "a", "“a” is not accepted. Write one address, such as"),
        ("municipality", "name", "a\x1bb", "is not accepted."),
    ],
)
def test_an_answer_is_judged_as_the_setting_is(
    section: str, key: str, text: str, problem: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        setting_of(section, key).judged(text)
    assert problem in str(refusal.value)
    assert setting_of("mail", "port").judged("587") == 587


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"first", mode=0o640, anew=True)
    with pytest.raises(Refusal, match="cannot be written: File exists"):
        write_whole(path, b"second", mode=0o640, anew=True)
    assert path.read_text("utf-8") == "first"
    write_whole(path, b"third", mode=0o644)
    assert (path.read_text("utf-8"), oct(path.stat().st_mode)[-3:]) == ("third", "644")
    assert list(tmp_path.iterdir()) == [path]


A_TIME = "Write a time, such as 08:00."


def test_a_recess_is_read_through_its_last_day_which_may_be_its_first(tmp_path: Path) -> None:
    file = tmp_path / "looptijd.toml"
    days = '[["2026-07-11", "2026-08-23"], ["2026-12-24", "2026-12-24"]]'
    file.write_text(f"[calendar]\nrecess = {days}\n", encoding="utf-8")
    assert configure(str(file)).policy.recess == (
        (date(2026, 7, 11), date(2026, 8, 23)),
        (date(2026, 12, 24), date(2026, 12, 24)),
    )


@pytest.mark.parametrize(
    "text, where, accepted",
    [
        (
            '[calendar]\nrecess = [["2026-08-23", "2026-07-11"]]',
            "calendar.recess.0",
            'Write [[from, through], …], such as [["2026-07-11", "2026-08-23"]].',
        ),
        (
            '[calendar]\nrecess = [["2026-07-11"]]',
            "calendar.recess.0",
            'Write [[from, through], …], such as [["2026-07-11", "2026-08-23"]].',
        ),
        (
            "[calendar]\nalert_time = 8",
            "calendar.alert_time",
            A_TIME,
        ),  # not 8 seconds past midnight
        ('[calendar]\nalert_time = "08:00:30"', "calendar.alert_time", A_TIME),
        ('[calendar]\nalert_time = "08:00+01:00"', "calendar.alert_time", A_TIME),
        ('[report]\npublic = "ja"', "report.public", "Write true or false."),
        (
            '[daemon]\nmax_clock_jump = "P0D"',
            "daemon.max_clock_jump",
            "Write an ISO 8601 period of at least a day and at most 100 years, such as P5W.",
        ),  # each look would be a jump
        (
            "[alerts]\ncontinuation_before = []",
            "alerts.continuation_before",
            'Write a list of at least one ISO 8601 period, such as ["P6W", "P2W"].',
        ),
        ('mail = "smtp"', "mail", "Write a section with its keys below it: [mail]."),
    ],
)
def test_a_setting_that_cannot_be_says_what_is_accepted(
    tmp_path: Path, text: str, where: str, accepted: str
) -> None:
    file = tmp_path / "looptijd.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        configure(str(file))
    [sentence] = map(str, refused.value.sentences)
    assert f" {where}: " in sentence
    assert sentence.endswith(accepted)


def test_the_time_of_alerts_is_a_minute_of_the_day(tmp_path: Path) -> None:
    file = tmp_path / "looptijd.toml"
    for text in ('"07:30"', '"07:30:00"', "07:30:00"):
        file.write_text(f"[calendar]\nalert_time = {text}\n", encoding="utf-8")
        assert configure(str(file)).policy.alert_time == time(7, 30)


def test_a_file_with_a_byte_order_mark_is_read_as_without(tmp_path: Path) -> None:
    file = tmp_path / "looptijd.toml"
    file.write_bytes(b'\xef\xbb\xbflanguage = "en"\r\n[municipality]\r\nname = "Beesel"\r\n')
    assert configure(str(file)).settings.municipality.name == "Beesel"
    assert glance(str(file))["language"] == "en"


@pytest.mark.parametrize(
    "content, told",
    [
        (b"[mail]\nport = 25 26\n", "line 2: this is not valid TOML: Expected newline or end of"),
        (b"[mail]\nsender = '''a\n", "line 2: this is not valid TOML: Expected \"'''\"."),
        (
            b"[mail]\nport = 25\n[mail]\ntls = 'none'\n",
            ", line 3: this is not valid TOML: the table [mail] stands there already.",
        ),
        (
            b"[a.'b']\n[a.b]\n",
            ", line 2: this is not valid TOML: the table [a.b] stands there already.",
        ),
        (b"[mail]\nsender = '\xff'\n", ": the file is not text in UTF-8."),
    ],
)
def test_a_file_that_cannot_be_read_is_told_by_its_line(
    tmp_path: Path, content: bytes, told: str
) -> None:
    file = tmp_path / "looptijd.toml"
    file.write_bytes(content)

    with pytest.raises(Refusal) as refused:
        configure(str(file))

    assert str(refused.value).startswith(str(file))
    assert told in str(refused.value)
    assert "column" not in str(refused.value)

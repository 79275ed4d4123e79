"""What the environment says lies over what the file says, key by key."""

import sys
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import make_url

from notifications.language import language
from scheduler import app_of
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
    assert f"{key}: “true” is not accepted. Write a whole number" in problem


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


@pytest.mark.parametrize("content", ["", "# language = 'nl'\n"])
def test_a_daemon_is_not_configured_by_a_file_that_says_nothing(
    tmp_path: Path, content: str
) -> None:
    """It is a file that was cut off, not one that asks for a relay in a folder."""
    file = tmp_path / "looptijd.toml"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(BadSettings) as refused:
        app_of(str(file))

    assert str(refused.value) == (
        f"{file}: Nothing is configured. Name a file with --config, or set LOOPTIJD_… keys."
    )


def _refused(file: str | None) -> list[str]:
    with pytest.raises(BadSettings) as refused:
        configure(file, here=False)
    return [str(sentence) for sentence in refused.value.sentences]


def test_a_variable_that_holds_no_list_is_not_blamed_for_the_one_that_the_file_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "looptijd.toml"
    file.write_text('[alerts]\npayment_after = ["P1M2D"]\n', encoding="utf-8")
    monkeypatch.setenv("LOOPTIJD_ALERTS__PAYMENT_AFTER", "P1W")

    (problem,) = _refused(str(file))

    assert problem == (
        "LOOPTIJD_ALERTS__PAYMENT_AFTER: alerts.payment_after: “P1W” is not a list in JSON,"
        ' such as ["P3M", "P1M"].'
    )


def test_a_source_that_is_none_is_named_once_where_a_file_of_events_asks_for_one(
    tmp_path: Path,
) -> None:
    file = tmp_path / "looptijd.toml"

    for source in ("", 'source = ""', 'source = "no uri"', "source = 5"):
        file.write_text(f'[events]\nfile = "events.jsonl"\n{source}\n', encoding="utf-8")
        (problem,) = _refused(str(file))
        assert "events.source: “" in problem


@pytest.mark.parametrize(
    "written",
    [
        'database = "postgresql+psycopg://looptijd:geheim@db/looptijd"',
        '[database]\nurl = ["postgresql+psycopg://looptijd:geheim@db/looptijd"]',
        '[mail]\npassword_file = ["geheim"]',
    ],
)
def test_a_password_is_not_told_where_it_was_written_by_mistake(
    tmp_path: Path, written: str
) -> None:
    file = tmp_path / "looptijd.toml"
    file.write_text(written, encoding="utf-8")

    (problem,) = _refused(str(file))

    assert "“…” is not accepted" in problem


@pytest.mark.parametrize(
    "written",
    [
        '[database]\nurl = "sqlite:///~nobody-here/looptijd.db"',
        '[daemon]\nstate_directory = "~nobody-here"',
        '[mail]\npassword_file = "~nobody-here"',
    ],
)
def test_a_path_in_a_home_that_is_not_known_is_a_mistake_and_not_told(
    tmp_path: Path, written: str
) -> None:
    file = tmp_path / "looptijd.toml"
    file.write_text(written, encoding="utf-8")
    configuration = configure(str(file))

    with pytest.raises(BadSettings) as refused:
        _ = configuration.register, configuration.state_directory, configuration.mail_password

    assert str(refused.value) == (
        "A path begins with ~, and no such home is known. Write whole paths (of"
        " daemon.state_directory too), or set HOME."
    )


@pytest.mark.parametrize("folder", ["50%20x", "a?b", "a#b"])
@pytest.mark.parametrize("written", ["my%20file.db", "my file.db?timeout=5"])
def test_the_register_stands_beside_its_configuration_whatever_the_folder_is_called(
    tmp_path: Path, folder: str, written: str
) -> None:
    file = tmp_path / folder / "looptijd.toml"
    file.parent.mkdir()
    file.write_text(f'database.url = "sqlite:///{written}"\n', encoding="utf-8")
    configuration = configure(str(file))

    assert make_url(configuration.database_url).database == str(file.parent / "my file.db")
    assert configuration.register == file.parent / "my file.db"
    assert configuration.is_own(file.parent / "my file.db")
    configuration.register.symlink_to(tmp_path / "real.db")
    assert configuration.is_own(tmp_path / "real.db-wal")


def test_of_several_folders_that_systemd_names_the_first_is_taken_and_ours_is_one_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "looptijd.toml"
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/looptijd:/var/lib/other")
    file.write_text('language = "en"\n', encoding="utf-8")
    assert configure(str(file)).state_directory == Path("/var/lib/looptijd")

    file.write_text('[daemon]\nstate_directory = "state:new"\n', encoding="utf-8")
    assert configure(str(file)).state_directory == tmp_path / "state:new"


def test_a_list_of_lists_without_end_is_refused_however_deep_it_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for key in ("CALENDAR__CLOSED_DAYS", "CALENDAR__RECESS", "ALERTS__PAYMENT_AFTER"):
        name = f"LOOPTIJD_{key}"
        for depth in range(sys.getrecursionlimit() - 100, sys.getrecursionlimit() + 1):
            monkeypatch.setenv(name, "[" * depth + "]" * depth)
            (problem,) = _refused(None)
            assert problem.startswith(name)
        monkeypatch.delenv(name)


def test_a_variable_whose_name_is_more_than_a_line_is_unknown_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LOOPTIJD_CONFIG\n", "LOOPTIJD_MAIL__PORT\nX"):
        monkeypatch.setenv(name, "26")
        (problem,) = _refused(None)
        assert "is not a setting" in problem
        monkeypatch.delenv(name)


def test_all_that_is_wrong_in_file_and_environment_is_told_at_once_with_what_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "looptijd.toml"
    file.write_text("[daemon]\ntick_seconds = 90\n", encoding="utf-8")
    monkeypatch.setenv("LOOPTIJD_REPORT__FOLDER", "x")
    monkeypatch.setenv("LOOPTIJD_FOLDER", "x")
    monkeypatch.setenv("LOOPTIJD_CALENDAR__CLOSED_DAYS", "x")

    form = "LOOPTIJD_SECTION__KEY, such as LOOPTIJD_MAIL__HOST"
    report = "LOOPTIJD_REPORT__DIRECTORY, LOOPTIJD_REPORT__PUBLIC, LOOPTIJD_REPORT__THEME"
    closed_days = "LOOPTIJD_CALENDAR__CLOSED_DAYS: calendar.closed_days"
    assert sorted(_refused(str(file))) == [
        f"{file}: daemon.tick_seconds: “90” is not accepted. Write a whole number from 1 to 60.",
        f'{closed_days}: “x” is not a list in JSON, such as ["2026-02-16"].',
        f"The environment variable LOOPTIJD_FOLDER is not a setting. Accepted: {form}.",
        f"The environment variable LOOPTIJD_REPORT__FOLDER is not a setting. Accepted: {report}.",
    ]


@pytest.mark.parametrize(
    "written, told",
    [
        ('installation = "test"', "installation: this key does not belong here. Its place: [mun"),
        ('[daemon]\nlanguage = "nl"', "daemon.language: this key does not belong here. Its place:"),
        ('[daemon]\nlanguage = "nl"', "Its place: above the first section."),
        ('directory = "mail"', "Its place: [mail], [report]."),
        ('[mail]\nrelay = "x"', "mail.relay: this key is not known. Accepted here: transport,"),
    ],
)
def test_a_key_under_the_wrong_section_says_where_its_place_is(
    tmp_path: Path, written: str, told: str
) -> None:
    file = tmp_path / "looptijd.toml"
    file.write_text(written, encoding="utf-8")

    (problem,) = _refused(str(file))

    assert told in problem


@pytest.mark.parametrize(
    "host",
    ["", " ", "mail relay", "relay.example:587", "10.0.0.1:25", "smtp://relay.example", "[::1]"],
)
def test_a_relay_has_a_name_and_its_port_stands_apart(tmp_path: Path, host: str) -> None:
    file = tmp_path / "looptijd.toml"
    file.write_text(f'[mail]\nhost = "{host}"\n', encoding="utf-8")

    (problem,) = _refused(str(file))

    assert problem.startswith(f"{file}: mail.host: ")
    assert problem.endswith(
        "Write the name or address of the relay without its port, such as localhost."
    )


@pytest.mark.parametrize(
    "host", ["relay_1.example", "10.0.0.1", "::1", "2001:db8::25", "fe80::1%a"]
)
def test_a_relay_may_have_an_address(tmp_path: Path, host: str) -> None:
    file = tmp_path / "looptijd.toml"
    file.write_text(f'[mail]\nhost = "{host}"\n', encoding="utf-8")
    assert configure(str(file)).settings.mail.host == host


def test_who_stands_in_a_folder_that_is_gone_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    with pytest.raises(BadSettings, match="The folder where you stand is gone"):
        configure(None)

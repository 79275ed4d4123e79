"""Which settings count, and what is said of those that are wrong."""

from pathlib import Path

import pytest

from tests.acceptance.commands import Operator

NOT_READY = 5  # the exit code that tells that the settings were read


def a_file(path: Path, database: str) -> str:
    """Write a configuration file that names a database; return the file's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'language = "en"\n[database]\nurl = "sqlite:///{database}"\n', encoding="utf-8"
    )
    path.chmod(0o644)
    return str(path)


def registers(folder: Path) -> set[str]:
    """Return every database in a folder, however deep."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*.db")}


def test_the_file_that_is_named_goes_before_the_variable_and_that_before_the_folder(
    tmp_path: Path,
) -> None:
    a_file(tmp_path / "looptijd.toml", "here.db")
    variable = a_file(tmp_path / "variable" / "v.toml", "variable.db")
    option = a_file(tmp_path / "option" / "o.toml", "data.db")
    plain = Operator(folder=tmp_path)
    chosen = Operator(folder=tmp_path, environment={"LOOPTIJD_CONFIG": variable})
    plain.does("init")
    assert registers(tmp_path) == {"here.db"}
    chosen.does("init")
    assert registers(tmp_path) == {"here.db", "variable/variable.db"}
    chosen.does("--config", option, "init")
    assert registers(tmp_path) == {"here.db", "variable/variable.db", "option/data.db"}
    nothing = chosen.runs("--config", "", "init")  # the empty variable of a script
    assert (nothing.code, nothing.problems) == (
        2,
        ["looptijd: . kan niet worden gelezen: Het is een map."],
    )


def test_a_variable_wins_from_the_file_and_test_variables_are_no_settings(
    tmp_path: Path,
) -> None:
    a_file(tmp_path / "conf" / "looptijd.toml", "file.db")
    operator = Operator(
        folder=tmp_path,
        environment={
            "LOOPTIJD_CONFIG": "conf/looptijd.toml",
            "LOOPTIJD_DATABASE__URL": "sqlite:///variable.db",
            "LOOPTIJD_LANGUAGE": "nl",
            "LOOPTIJD_CALENDAR__CLOSED_DAYS": '["2026-02-16"]',
            "LOOPTIJD_TEST_POSTGRES": "something",
        },
    )
    said = operator.does("init")
    assert registers(tmp_path) == {"conf/variable.db"}
    assert "register" in said
    assert "ready" not in said


def test_every_mistake_of_the_file_is_named_with_its_place_and_what_is_accepted(
    operator: Operator,
) -> None:
    operator.configures(
        """
        language = "de"
        [mail]
        hots = "localhost"
        port = 99999
        tls = "ssl"
        operator = "beheer"
        [alarms]
        [calendar]
        timezone = "Mars"
        closed_days = ["2020-02-31"]
        [alerts]
        evaluation_before = ["3 maanden"]
        [daemon]
        tick_seconds = 0
        """
    )
    ran = operator.runs("list")
    assert (ran.code, ran.out) == (2, "")
    said = {line.split(": ")[2]: line for line in ran.problems}
    assert set(said) == {
        "language",
        "mail.hots",
        "mail.port",
        "mail.tls",
        "mail.operator",
        "alarms",
        "calendar.timezone",
        "calendar.closed_days.0",
        "alerts.evaluation_before.0",
        "daemon.tick_seconds",
    }
    assert all("looptijd.toml" in line for line in ran.problems)
    assert "directory, host, port" in said["mail.hots"]
    assert "65535" in said["mail.port"]
    assert "'starttls'" in said["mail.tls"]
    assert "municipality" in said["alarms"]
    assert "Europe/Amsterdam" in said["calendar.timezone"]
    assert "P3M" in said["alerts.evaluation_before.0"]


@pytest.mark.parametrize(
    "name,value,words",
    [
        ("LOOPTIJD_MAIL__HOTS", "localhost", "LOOPTIJD_MAIL__HOST, LOOPTIJD_MAIL__PORT"),
        ("LOOPTIJD_MAIL__PORT", "abc", "mail.port"),
        ("LOOPTIJD_CALENDAR__CLOSED_DAYS", "2026-02-16", "calendar.closed_days"),
        ("LOOPTIJD_MAIL", "smtp", "LOOPTIJD_MAIL"),
    ],
)
def test_a_mistake_in_a_variable_is_named_with_the_variable(
    tmp_path: Path, name: str, value: str, words: str
) -> None:
    operator = Operator(folder=tmp_path, environment={name: value})
    ran = operator.runs("list")
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.problems) == 1
    assert name in ran.err
    assert words in ran.err


@pytest.mark.parametrize("mode", [0o664, 0o646], ids=["group", "others"])
def test_a_file_here_that_others_may_write_is_refused_and_one_that_is_named_is_read(
    operator: Operator, mode: int
) -> None:
    operator.configures('language = "en"\n')
    (operator.folder / "looptijd.toml").chmod(mode)
    refused = operator.runs("list")
    assert (refused.code, refused.out) == (2, "")
    assert "chmod go-w" in refused.err
    assert "--config" in refused.err
    assert operator.runs("--config", "looptijd.toml", "list").code == NOT_READY


def test_a_file_that_is_away_or_is_no_toml_is_one_sentence(operator: Operator) -> None:
    away = operator.runs("--config", "elders.toml", "list")
    assert (away.code, len(away.problems)) == (2, 1)
    assert "elders.toml" in away.err
    (operator.folder / "kapot.toml").write_text("x = = 1", encoding="utf-8")
    broken = operator.runs("--config", "kapot.toml", "list")
    assert (broken.code, len(broken.problems)) == (2, 1)
    assert "kapot.toml" in broken.err
    assert ", regel 1: dit is geen geldige TOML" in broken.err


def test_a_password_file_stands_beside_the_configuration_and_must_be_readable(
    tmp_path: Path,
) -> None:
    text = (
        'language = "en"\n[mail]\ntransport = "smtp"\nhost = "127.0.0.1"\nport = 1\ntls = "none"\n'
        'username = "looptijd"\npassword_file = "secret"\n'
    )
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "looptijd.toml").write_text(text, encoding="utf-8")
    operator = Operator(folder=tmp_path, environment={"LOOPTIJD_CONFIG": "etc/looptijd.toml"})
    operator.does("init")
    away = operator.runs("mail", "test", "beheer@maastricht.example")
    assert (away.code, len(away.problems)) == (2, 1)
    assert "password_file" in away.err
    (tmp_path / "etc" / "secret").write_text("geheim\n", encoding="utf-8")
    read = operator.runs("mail", "test", "beheer@maastricht.example")
    assert (read.code, len(read.problems)) == (1, 1)
    assert "geheim" not in read.err

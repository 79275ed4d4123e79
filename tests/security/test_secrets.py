"""A password is never shown, logged, stored or quoted, also when something fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from notifications.smtp import SmtpTransport
from states.model.phrase import Refusal
from tests.security.clerk import BASE, Clerk
from tests.security.test_screen import READING
from tests.store import Database, Unavailable
from tests.town import CASE, OFFICES
from workflow.app.app import App
from workflow.mail.delivery import transport_of
from workflow.system.clock import SystemClock
from workflow.system.configuration import configure

CANARY = "Kanarie-9f3c"
ROOT = Path(__file__).parents[2]
SMTP = f"""{BASE}
transport = "smtp"
host = "127.0.0.1"
port = 1
tls = "implicit"
username = "looptijd"
password_file = "password"
"""
OTHER = [("init",), ("tick",), ("policy", "diff"), ("mail", "test", "a@b.nl"), ("diagram",)]


@pytest.fixture(scope="module")
def secretive(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """Give an operator whose relay wants a password and is away."""
    clerk = Clerk(tmp_path_factory.mktemp("secretive")).configures()
    clerk.does("init")
    clerk.file("password", f"{CANARY}\n")
    clerk.configures(SMTP)
    clerk.does("import", clerk.file("case.toml", OFFICES + CASE))
    return clerk


@pytest.mark.parametrize("arguments", [*READING, *OTHER], ids=" ".join)
def test_no_command_tells_the_relay_s_password(
    secretive: Clerk, arguments: tuple[str, ...]
) -> None:
    assert CANARY not in secretive.runs(*arguments).output
    assert CANARY.encode() not in (secretive.folder / "looptijd.db").read_bytes()


URLS = {
    "nobody listens": f"postgresql+psycopg://u:{CANARY}@127.0.0.1:1/d",
    "no port": f"postgresql+psycopg://u:{CANARY}@127.0.0.1:x/d",
    "a slash in the password": f"postgresql+psycopg://u:1/{CANARY}@127.0.0.1/d",
    "the password for a port": f"postgresql+psycopg://127.0.0.1:{CANARY}/d",
    "an unknown driver": f"mysql://u:{CANARY}@127.0.0.1/d",
    "no URL": f"u:{CANARY}@127.0.0.1",
    "a far server": f"postgresql+psycopg://u:{CANARY}@192.0.2.1/d",
    "a wrong option": f"postgresql+psycopg://u:{CANARY}@127.0.0.1:1/d?nonsense={CANARY}",
}


@pytest.mark.parametrize("arguments", [("init",), ("list",), ("doctor", "--json"), ("tick",)])
@pytest.mark.parametrize("name", URLS)
def test_no_command_tells_the_database_s_password(
    tmp_path: Path, name: str, arguments: tuple[str, ...]
) -> None:
    clerk = Clerk(tmp_path).configures(f'{BASE}[database]\nurl = "{URLS[name]}"\n')
    result = clerk.runs(*arguments)

    assert result.exit_code == 5
    assert CANARY not in result.output
    assert "Something went wrong" not in result.output


@pytest.mark.parametrize("name", ["nobody listens", "a slash in the password"])
def test_the_daemon_tells_no_password(tmp_path: Path, name: str) -> None:
    Clerk(tmp_path).configures(f'{SMTP}[database]\nurl = "{URLS[name]}"\n')
    (tmp_path / "password").write_text(CANARY)
    ran = subprocess.run(
        [sys.executable, "-m", "scheduler", "--config", tmp_path / "looptijd.toml"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )

    assert (ran.returncode, CANARY in ran.stdout + ran.stderr) == (5, False)
    assert "Traceback" not in ran.stderr


def test_no_value_shows_a_password_when_it_is_printed(tmp_path: Path) -> None:
    url = URLS["nobody listens"]
    clerk = Clerk(tmp_path).configures(f'{SMTP}[database]\nurl = "{url}"\n')
    clerk.file("password", CANARY)
    configuration = configure(str(tmp_path / "looptijd.toml"))
    database = Database(configuration.database_url)
    app = App(configuration, database, SystemClock())
    transport = transport_of(app)

    assert isinstance(transport, SmtpTransport)
    assert transport.password == CANARY
    for value in (configuration, configuration.settings, app, database.engine, transport):
        assert CANARY not in repr(value) + str(value)


@pytest.mark.parametrize("content", [b"\xff" + CANARY.encode(), None])
def test_a_password_file_that_cannot_be_read_is_told_without_its_words(
    tmp_path: Path, content: bytes | None
) -> None:
    """Somebody may have written the password itself where its file's name belongs."""
    Clerk(tmp_path).configures(SMTP.replace('"password"', f'"{CANARY}"'))
    if content:
        (tmp_path / CANARY).write_bytes(content)
    with pytest.raises(Refusal) as refused:
        _ = configure(str(tmp_path / "looptijd.toml")).mail_password

    assert "mail.password_file: the file" in str(refused.value)
    assert CANARY not in str(refused.value)


def test_a_password_file_without_an_end_fills_no_memory(tmp_path: Path) -> None:
    Clerk(tmp_path).configures(SMTP.replace('"password"', '"endless"'))
    with (tmp_path / "endless").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Refusal) as refused:
        _ = configure(str(tmp_path / "looptijd.toml")).mail_password

    assert str(refused.value) == "mail.password_file is larger than 1 MB."


def test_a_credential_is_not_told_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "looptijd.database.url").write_bytes(b"\xff" + CANARY.encode())
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    Clerk(tmp_path).configures()
    with pytest.raises(Refusal) as refused:
        _ = configure(str(tmp_path / "looptijd.toml")).database_url

    assert CANARY not in repr(refused.value)


def test_a_credential_wins_over_the_file_and_one_that_is_not_there_is_not_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "looptijd.database.url").write_text("sqlite:////srv/other.db\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    Clerk(tmp_path).configures('[database]\nurl = "sqlite:///looptijd.db"\n')
    configuration = configure(str(tmp_path / "looptijd.toml"))
    assert configuration.database_url == "sqlite:////srv/other.db"
    assert configuration.mail_password == ""


def test_a_credential_that_may_not_be_read_is_told_and_never_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "looptijd.mail.password").mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    Clerk(tmp_path).configures()
    with pytest.raises(Refusal, match=r"looptijd\.mail\.password: the file cannot be read"):
        _ = configure(str(tmp_path / "looptijd.toml")).mail_password


@pytest.mark.parametrize("text", [f'url = ["{CANARY}"]', f'url = {{ a = "{CANARY}" }}'])
def test_a_url_of_another_kind_is_not_quoted(tmp_path: Path, text: str) -> None:
    Clerk(tmp_path).configures(f"[database]\n{text}\n")
    with pytest.raises(Refusal) as refused:
        configure(str(tmp_path / "looptijd.toml"))

    assert "database.url: “…” is not accepted." in str(refused.value)


def test_what_the_driver_raises_is_told_without_a_parameter(
    town: object, database_url: str
) -> None:
    database = Database(database_url)
    with pytest.raises(Unavailable) as refused, database.read() as connection:
        connection.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": CANARY})
    database.close()

    assert CANARY not in str(refused.value)
    assert CANARY not in str(refused.value.__cause__)

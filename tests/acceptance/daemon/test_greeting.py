"""The daemon greets the relay and logs in before any mail waits, and monitors are told."""

import re
import sqlite3
from contextlib import closing

from tests.acceptance.commands import Operator, a_daemon, until
from tests.smtp_sink import Sink, sink

SETTINGS = """
language = "en"
[municipality]
installation = "test"
[mail]
transport = "smtp"
host = "127.0.0.1"
port = {port}
tls = "none"
username = "{name}"
password_file = "{file}"
operator = "beheer@maastricht.example"
[daemon]
tick_seconds = 1
"""
WARNING = (
    "mail.username is set, mail.password_file is empty, and no daemon has logged in yet: it needs"
    " the credential looptijd.mail.password."
)


def logging_in(
    operator: Operator, relay: Sink, *, file: str = "password", name: str = "looptijd"
) -> Operator:
    """Give an empty register that mails through a relay, with the password in a file."""
    operator.configures(SETTINGS.format(port=relay.port, name=name, file=file)).does("init")
    return operator


def greeting(operator: Operator) -> list[tuple[bool, str]]:
    """Return what the doctor says of the relay, but for whether mail waits for it."""
    checks = operator.reads_whatever_the_code("doctor")["checks"]
    return [(c["ok"], c["detail"]) for c in checks if c["name"] == "relay"][1:]


def test_a_refused_login_is_an_error_in_the_log_and_critical_though_no_mail_waits(
    operator: Operator,
) -> None:
    (operator.folder / "password").write_text("verkeerd\n", encoding="utf-8")
    with sink(users={"looptijd": "geheim"}) as relay:
        logging_in(operator, relay)
        with a_daemon(operator, "--config", "looptijd.toml") as daemon:
            until(lambda: "relay_failed" in daemon.events())
            until(lambda: greeting(operator) != [])
            monitor = operator.runs("doctor", "--nagios")
            figures = operator.does("metrics")
            assert daemon.stops() < 5
        assert relay.count("AUTH") >= 1
    failed = next(line for line in daemon.lines() if line["event"] == "relay_failed")
    assert failed["level"] == "error"
    assert failed["reason"].startswith("535 ")
    assert monitor.code == 2
    assert re.match(
        rf"LOOPTIJD CRITICAL - .*relay: The relay 127\.0\.0\.1:{relay.port} cannot be used by the"
        r" daemon on \S+: the relay does not take the user name or the password: .* \(535 ",
        monitor.out,
    )
    assert re.search(r'^looptijd_work_failed\{work="relay \S+"\} 1\.0$', figures, re.MULTILINE)


def test_a_login_that_is_taken_is_told_with_its_moment(operator: Operator) -> None:
    (operator.folder / "password").write_text("geheim\n", encoding="utf-8")
    with sink(users={"looptijd": "geheim"}) as relay:
        logging_in(operator, relay)
        with a_daemon(operator, "--config", "looptijd.toml") as daemon:
            until(lambda: greeting(operator) != [])
            assert relay.logins == ["looptijd"]
            assert relay.mails == []
            ok, sentence = greeting(operator)[0]
            assert ok
            assert sentence.startswith(
                f"The relay 127.0.0.1:{relay.port} took the daemon's greeting on"
            )
            daemon.stops()
    with closing(sqlite3.connect(operator.folder / "looptijd.db")) as database:
        database.execute(
            "UPDATE heartbeat SET at = datetime(at, '-25 hours') WHERE daemon LIKE '@%'"
        )
        database.commit()
    assert greeting(operator) == []


def test_without_a_password_no_login_is_tried_and_that_is_told(operator: Operator) -> None:
    with sink(users={"looptijd": "geheim"}) as relay:
        logging_in(operator, relay, file="")
        assert greeting(operator) == [(True, WARNING)]
        with a_daemon(operator, "--config", "looptijd.toml") as daemon:
            until(lambda: "relay_failed" in daemon.events())
            until(lambda: not greeting(operator)[0][0])
            daemon.stops()
        assert relay.count("AUTH") == 0
    reason = "there is a user name for the relay, and no password"
    failed = next(line for line in daemon.lines() if line["event"] == "relay_failed")
    assert failed["reason"] == reason
    assert greeting(operator)[0][1].endswith(f": {reason}.")


def test_a_password_that_is_not_where_the_configuration_says_is_told_before_any_daemon_runs(
    operator: Operator,
) -> None:
    missing = "mail.password_file: the file cannot be read: No such file or directory."
    with sink() as relay:
        logging_in(operator, relay)
    assert greeting(operator) == [(False, missing)]
    password = operator.folder / "password"
    password.write_bytes(b"\xff")
    assert greeting(operator) == [(False, "mail.password_file: the file is not text in UTF-8.")]
    password.write_text("geheim\n", encoding="utf-8")
    assert greeting(operator) == []


def test_a_copy_of_another_installation_greets_nobody(operator: Operator) -> None:
    with sink() as relay:
        logging_in(operator, relay, name="", file="")
        copy = Operator(
            folder=operator.folder, environment={"LOOPTIJD_MUNICIPALITY__INSTALLATION": "copy"}
        )
        with a_daemon(copy, "--config", "looptijd.toml") as daemon:
            until(lambda: "sign of life" in str(copy.reads_whatever_the_code("doctor")))
            daemon.stops()
        assert relay.connections == 0

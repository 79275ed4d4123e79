"""Nobody acts under another's name unseen: the login stands first, what was claimed behind it."""

import json
import os
import pwd
import socket
from collections.abc import Mapping

import pytest

from tests.security.clerk import Clerk
from tests.town import CASE, OFFICES, REF

LOGIN = f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"


def actor_of(clerk: Clerk, *by: str, **environment: str) -> str:
    """Note something, and return who did so by the history."""
    there = Clerk(clerk.folder, environment)
    there.does("do", REF, "note", "text=x", *by)
    actor: str = json.loads(clerk.does("history", REF, "--json"))[-1]["actor"]
    return actor


@pytest.fixture
def registered(clerk: Clerk) -> Clerk:
    clerk.does("import", clerk.file("case.toml", OFFICES + CASE))
    return clerk


@pytest.mark.parametrize(
    "by,environment,actor",
    [
        ((), {}, LOGIN),
        ((), {"LOGNAME": "burgemeester", "USER": "burgemeester"}, LOGIN),
        (("--by", "griffier Smeets"), {}, f"{LOGIN} (--by griffier Smeets)"),
        ((), {"SUDO_USER": "bob"}, f"{LOGIN} (sudo: bob)"),
        (("--by", "Smeets"), {"SUDO_USER": "bob"}, f"{LOGIN} (sudo: bob, --by Smeets)"),
        ((), {"SUDO_USER": "bob\n\x1b[31mx"}, f"{LOGIN} (sudo: bob �[31mx)"),
        (("--by", "looptijd"), {}, f"{LOGIN} (--by looptijd)"),
        (("--by", "x) burgemeester@stadhuis"), {}, f"{LOGIN} (--by x) burgemeester@stadhuis)"),
    ],
)
def test_the_history_names_the_login_first(
    registered: Clerk, by: tuple[str, ...], environment: Mapping[str, str], actor: str
) -> None:
    before = dict.fromkeys(("SUDO_USER",), "")

    assert actor_of(registered, *by, **{**before, **environment}) == actor


@pytest.mark.parametrize("claim", ["A\nB", "\x1b[31m", "x" * 101, " ", "A\u202eB"])
def test_a_claim_is_one_short_line(registered: Clerk, claim: str) -> None:
    result = registered.runs("do", REF, "note", "text=x", "--by", claim)

    assert (result.exit_code, "--by: write a name of one line" in result.output) == (2, True)


def test_every_command_that_writes_history_keeps_the_login_beside_the_claim(
    registered: Clerk,
) -> None:
    by = ("--by", "griffier Smeets")
    handover = ("office", "handover", "financien", "--to", "B", "--email", "b@maastricht.example")
    registered.does(*handover, *by)
    registered.does("erase", "A. Janssen", "--reason", "uit dienst", *by)
    other = registered.file("other.toml", CASE.replace(REF, "SO-2"))
    registered.does("import", other, *by)

    actors = [
        json.loads(registered.does(*command, "--json"))[-1]["actor"]
        for command in (("office", "history", "financien"), ("history", REF), ("history", "SO-2"))
    ]
    assert actors == [f"{LOGIN} (--by griffier Smeets)"] * 3


def test_who_did_something_is_sealed_in_the_ledger(registered: Clerk) -> None:
    registered.does("do", REF, "note", "text=x", "--by", "griffier Smeets")
    content = (registered.folder / "looptijd.db").read_bytes()
    registered.does("erase", "griffier Smeets", "--reason", "verzoek")

    assert b"griffier Smeets" in content
    assert b"griffier Smeets" not in (registered.folder / "looptijd.db").read_bytes()
    assert "problems: 0." in registered.does("verify")


def test_erasing_a_login_erases_it_as_actor(registered: Clerk) -> None:
    registered.does("do", REF, "note", "text=x", "--by", "Bob Dols")
    registered.does("erase", "Bob Dols", "--reason", "verzoek")
    rows = json.loads(registered.does("history", REF, "--json"))

    assert [row["actor"] for row in rows if row["action"] == "note"] == ["(erased)"]

"""Troubleshooting quotes what the program prints, and all that `doctor` and `verify` may find."""

import ast
import gettext
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.pofile import read_po

from notifications.language import CATALOGUES
from states.model.phrase import Refusal
from workflow.maintenance import compare, doctor, seal_days, verify

DOCS = Path(__file__).parents[3] / "docs"
ENGLISH = (DOCS / "troubleshooting.md").read_text("utf-8")
DUTCH = (DOCS / "nl" / "troubleshooting.md").read_text("utf-8")
QUOTED = re.compile(r"\*\*(.+?)\*\*")
PLACE = re.compile(r"\{[^}]*\}")
translated = gettext.translation("looptijd", CATALOGUES, languages=["nl"]).gettext
# What doctor says when all is well.
IN_ORDER = {
    "This role may do what it needs in the database.",
    "The clock has not jumped.",
    "This is the installation “…”.",
    "The register was not put back from a backup.",
    "The fingerprint of … is ….",
    "Every alert that was due has fired.",
    "No agreement fails.",
    "No mail was refused, expired or left in doubt.",
    "No mail is stuck.",
    "No mail waits for the relay.",
    "The relay … took the daemon's greeting on ….",
    "It was last done on ….",
    "Somebody can be reached for every office of a running agreement.",
    "The policy in force is the configured one.",
    "The configuration is complete.",
    "The file of events is up to date.",
    "Every mail can be written with your own templates.",
    "Report and mails are dressed in your own theme.",
}


def shown(phrase: str) -> str:
    """Return a phrase as the page quotes it, with … for what differs."""
    return PLACE.sub("…", phrase)


def phrases() -> dict[str, str]:
    """Return everything that the program may print, in English and in Dutch."""
    with (CATALOGUES / "nl" / "LC_MESSAGES" / "looptijd.po").open("rb") as file:
        return {shown(m.id): shown(str(m.string)) for m in read_po(file) if isinstance(m.id, str)}


def test_each_message_is_one_that_the_program_prints_and_the_dutch_page_has_its_translation() -> (
    None
):
    printed, messages = phrases(), QUOTED.findall(ENGLISH)

    assert len(messages) > 100
    unknown = [
        (english, dutch)
        for english, dutch in zip(messages, QUOTED.findall(DUTCH), strict=True)
        if not any(english in one and dutch in other for one, other in printed.items())
    ]
    assert unknown == []


def said_in(module: ModuleType) -> set[str]:
    """Return the phrases of a module, as the page quotes them."""
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    return {
        shown(call.args[0].value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "say"
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }


def untold(said: set[str]) -> set[str]:
    """Return the phrases that no row quotes, from the beginning."""
    messages = QUOTED.findall(ENGLISH)
    return {one for one in said if not any(one.startswith(m) for m in messages)}


def test_every_sentence_in_which_doctor_finds_something_has_a_row() -> None:
    found = said_in(doctor) - IN_ORDER

    assert len(found) > 30
    why = "a row in docs/troubleshooting.md and docs/nl, or all is well: IN_ORDER"
    assert untold(found) == set(), why


def test_everything_that_verify_may_find_has_a_row() -> None:
    found = said_in(verify) | said_in(compare) | said_in(seal_days)

    assert len(found) > 20
    assert untold(found) == set(), "a row in docs/troubleshooting.md and docs/nl"


def test_the_checks_of_doctor_are_called_as_doctor_calls_them() -> None:
    english, dutch = (
        re.findall(r"^\| ([a-z_, ]+) \| \*\*", page, re.MULTILINE) for page in (ENGLISH, DUTCH)
    )

    assert {"daemon", "clock", "offices"} < set(english)
    assert [", ".join(map(translated, names.split(", "))) for names in english] == dutch


def test_every_exit_code_has_a_row() -> None:
    codes = {kind.exit_code for kind in kinds(Refusal)} | {0, 1}

    assert {int(code) for code in re.findall(r"^\| (\d) \|", ENGLISH, re.MULTILINE)} == codes


def kinds(base: type[Refusal]) -> list[type[Refusal]]:
    """Return a kind of refusal and all that are made of it."""
    return [base, *(kind for child in base.__subclasses__() for kind in kinds(child))]


@pytest.mark.parametrize("page", [ENGLISH, DUTCH], ids=["en", "nl"])
def test_every_row_says_what_it_means_and_what_to_do(page: str) -> None:
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if QUOTED.search(line)]
    assert [row for row in rows if not row[-1].strip("| ")] == []

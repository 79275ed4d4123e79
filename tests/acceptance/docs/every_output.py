"""Goes through every output of the copy of the product in the folder that is named.

Prints one JSON document: what an added rule still lacks, and what each output said of it.
"""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from jinja2 import TemplateNotFound

from docs import generate
from states.process import PROCESS, RULES
from workflow.cli import cli

COPY = Path(sys.argv[1])
LANGUAGES = ("en", "nl")
A_CHECK_FAILED = 1
TODAY = date.today()
# The added rule asks six weeks after the start: of A-1 it is late, of B-1 it is to come.
STARTS = {"A-1": TODAY - timedelta(days=49), "B-1": TODAY - timedelta(days=21)}
SETTINGS = """
language = "en"
[municipality]
name = "Gemeente Maastricht"
[mail]
sender = "Looptijd <looptijd@maastricht.example>"
"""
OFFICE = """
[[office]]
key = "sociaal-domein"
name = "Portefeuille Sociaal Domein"
[[office.holder]]
name = "wethouder"
email = "wethouder@maastricht.example"
from = 2014-05-20
"""
AGREEMENT = """
[[agreement]]
ref = "{ref}"
title = "Toy"
office = "sociaal-domein"
[agreement.term]
length = "P3Y"
start = {start}
[[agreement.evaluation]]
key = "final"
before_end = "P3M"
[[agreement.party]]
key = "maastricht"
name = "Gemeente Maastricht"
own = true
"""


def entered(ref: str, start: date) -> Iterator[list[str]]:
    """Yield the commands that bring an agreement into force from its start on."""
    yield ["do", ref, "skip_overleg", "--reason", "agreed by letter"]
    yield ["do", ref, "decide", "outcome=as_proposed", f"on={start}"]
    yield ["do", ref, "sign", "party=maastricht", f"on={start}"]


TELLING = {
    "deadlines": ["deadlines", "A-1"],
    "why": ["why", "A-1", "archiving"],
    "timeline": ["timeline", "A-1"],
    "list": ["list"],
    "attention": ["list", "--attention"],
    "mails": ["mail", "list"],
    "a mail": ["mail", "show", "1"],
    "preview": ["mail", "preview", "archiving", "A-1"],
    "sample": ["mail", "preview", "archiving"],
    "simulate": ["simulate", "--until", str(date.today() + timedelta(days=60))],
    "calendar": ["export", "--ics"],
}
SILENT = (
    ["show", "A-1"],
    ["mail", "preview", "summary"],
    ["do", "A-1"],
    ["do", "A-1", "inspect"],
    ["history", "A-1"],
    ["export", "--csv"],
    ["export", "--json"],
    ["export", "--payments", "--excel"],
    ["export", "--sqlite", "register.sqlite"],
    ["report", "--output", "report"],
    ["policy", "diff"],
    ["metrics"],
    ["doctor"],
    ["verify"],
    ["diagram"],
)


def printed_by(language: str, words: list[str]) -> str:
    """Return what a command prints; what it raises is for whoever asked."""
    printed = io.BytesIO()
    out = io.TextIOWrapper(printed, encoding="utf-8", write_through=True)
    try:
        with contextlib.redirect_stdout(out):
            cli.main(["--lang", language, *words], prog_name="looptijd", standalone_mode=False)
    except SystemExit as ended:
        if ended.code not in {0, A_CHECK_FAILED}:
            raise RuntimeError(words) from ended
    return printed.getvalue().decode()


def outputs() -> Iterator[tuple[str, str, list[str]]]:
    """Yield every output that tells of rules or actions, in each language, by its name."""
    for language in LANGUAGES:
        yield from ((f"{name} ({language})", language, words) for name, words in TELLING.items())
        yield from ((f"{words}", language, words) for words in SILENT)
        shutil.rmtree(f"dossier-{language}", ignore_errors=True)
        yield "dossier", language, ["export", "A-1", "--output", f"dossier-{language}"]


def register() -> None:
    """Make a register of two agreements in force, the first time that somebody looks."""
    Path("looptijd.toml").write_text(SETTINGS, encoding="utf-8")
    Path("looptijd.toml").chmod(0o600)
    agreements = (AGREEMENT.format(ref=ref, start=start) for ref, start in STARTS.items())
    Path("register.toml").write_text(OFFICE + "".join(agreements), encoding="utf-8")
    printed_by("en", ["init"])
    printed_by("en", ["import", "register.toml"])
    for ref, start in STARTS.items():
        for words in entered(ref, start):
            printed_by("en", words)


def templates() -> Iterator[str]:
    """Yield the template of each mail, whether it is there or not."""
    mailed = [action.name for d in PROCESS.values() for action in d.actions if action.mailed]
    for code in LANGUAGES:
        for name in (*(rule.value for rule in RULES), *mailed):
            yield f"notifications/templates/{code}/{name}.j2"


def judged() -> list[str]:
    """Return what the auditor's judge finds in what it was not told of."""
    printed_by("en", ["export", "--audit", "audit"])
    judge = [sys.executable, "-I", "audit/check.py", "audit", "--en"]
    *found, _ = subprocess.run(
        judge, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    return [f"workflow/outputs/audit/check.py: {line}" for line in found]


def main() -> None:
    """Let what is due fire, and go through every output."""
    os.chdir(COPY)
    printed: dict[str, str] = {}
    missing = [name for name in templates() if not Path(name).exists()]
    if not Path("looptijd.db").exists():
        register()
    if not missing:
        printed_by("en", ["tick"])
    for name, language, words in outputs():
        try:
            text = printed_by(language, words)
        except TemplateNotFound:
            continue  # it is named as missing
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody would have to mend it
            missing.append(f"{name}: {error!r}")
        else:
            printed |= {name: text} if words in TELLING.values() else {}
    if not missing:
        missing += judged()
    printed["the manual"] = generate.procedure()
    pages = Path("report").rglob("*.html")
    printed["the report"] = "".join(page.read_text(encoding="utf-8") for page in pages)
    json.dump({"missing": missing, "printed": printed}, sys.stdout)


main()

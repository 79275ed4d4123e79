"""`looptijd new`: an agreement is asked for, or read from a proposal, written and registered."""

import shlex
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path

import click
from msgspec import Struct

from states.dates.term_dates import ENDS
from states.model.agreement import Renewal, SourceStatus
from states.model.fact_words import WHOSE
from states.model.phrase import Phrase, Refusal, listed, say
from states.model.stage import Rule
from states.rules.amendment import is_history
from workflow.cli.command import Command, actor, operator_command, path_option
from workflow.cli.commands.import_ import print_imported, print_problems
from workflow.cli.commands.new_questions import ask, asked_of, called, file_of, in_words
from workflow.cli.dialogue import asking, confirmed, may_ask
from workflow.engine.deadline_words import listed_on
from workflow.engine.event_words import value_in_words
from workflow.engine.standing import Standing
from workflow.intake.files.toml import as_import_file
from workflow.intake.keys import keys, pattern_of
from workflow.intake.proposals.law import Proposed
from workflow.intake.proposals.read import Reading, drafted, read_proposal
from workflow.intake.proposals.text import place_of, text_of
from workflow.intake.register import foreseen, import_files
from workflow.system.files import refuse_what_is_there, write_whole
from workflow.system.printable import one_line
from workflow.system.settings import Municipality

REFUSED_SOME = 1
PERSONAL = "case_owner."  # a quote of it would stand in the ledger in the open
NEEDED = {
    "ref": ("ref",),
    "title": ("title",),
    "office": ("office",),
    "term": ENDS,
    "party": ("party.",),
}
OUR_OWN = ".own"
NEEDED_WHERE_TACIT = {path: (path,) for path in ("term.renewal_length", "term.notice")}


class Read(Struct, frozen=True, kw_only=True):
    """What a proposal was read as, with its name and its text as it stands in the file."""

    name: str = ""
    text: str = ""
    reading: Reading = Reading(proposed=[])


@click.command("new", epilog="--from nota.pdf")
@path_option(
    "--from",
    "proposal",
    metavar="PROPOSAL",
    help="Read this proposal (text or PDF), and offer what it says.",
)
@path_option(
    "--draft",
    metavar="FILE",
    help="What somebody read of it: an import file with a quote for each value.",
)
@path_option(
    "--output",
    metavar="FILE",
    help="Where to write the import file; default: REF.toml, or the screen.",
)
@click.option("--by", metavar="NAME", help="Who does this; default: the login name.")
@operator_command
def new_command(
    command: Command,
    *,
    proposal: Path | None,
    draft: Path | None,
    output: Path | None,
    by: str | None,
) -> None:
    """Ask for an agreement, write its import file, show its dates, and register it.

    With --from it offers what a proposal says, each value with its quote; what it does not say is
    asked. Where there is no terminal it only writes the file.
    """
    if draft and not proposal:
        raise Refusal(say("--draft goes with --from: its quotes are looked up in the proposal."))
    if not proposal and not may_ask(command):
        raise Refusal(say("There is no terminal to ask at. Name a proposal: --from FILE."))
    if output:
        refuse_what_is_there(output)
    read = _read(command, proposal, draft)
    if may_ask(command):
        _converse(command, read, output, actor(by))
    else:
        _write_what_was_read(command, read, output)
    if read.reading.refused:
        raise SystemExit(REFUSED_SOME)


def _read(command: Command, proposal: Path | None, draft: Path | None) -> Read:
    if proposal is None:
        return Read()
    text = text_of(proposal)
    ours = command.app.settings.municipality.name
    told = "" if ours == Municipality().name else ours
    reading = read_proposal(text, told, drafted(draft) if draft else ())
    return Read(name=proposal.name, text=text, reading=reading)


# Where nobody answers ----------------------------------------------------------------------------


def _write_what_was_read(command: Command, read: Read, output: Path | None) -> None:
    facts = _facts(read.reading)
    written = _file(command, facts, read)
    if output:
        write_whole(output, written.encode(), anew=True)
    if command.as_json:
        command.print_json(_document(read, output))
        return
    _print_refused(command, read)
    command.tell_aside(*_contested(read.reading))
    if output:
        command.tell_aside(say("{file} is written.", file=str(output)))
    else:
        click.echo(written, nl=False)


def _facts(reading: Reading) -> dict[str, str]:
    """Return what was read; the municipality that it is for is the one party that is inferred."""
    own = (
        item.path
        for item in reading.proposed
        if item.path.startswith("party.") and item.status is SourceStatus.INFERRED
    )
    return reading.facts() | {path.replace(".name", ".own"): "true" for path in own}


def _document(read: Read, output: Path | None) -> dict[str, object]:
    reading = read.reading
    return {
        "facts": [_row(read, item) for item in reading.proposed],
        "contested": [
            {"field": path, "readings": [_row(read, item) for item in items]}
            for path, items in reading.contested.items()
        ],
        "refused": [
            {"field": r.item.path, "value": r.item.value, "quote": r.item.quote or None}
            | {"why": r.why}
            for r in reading.refused
        ],
        "open": _open(_facts(reading)),
        "file": output,
    }


def _row(read: Read, item: Proposed) -> dict[str, object]:
    kind, number = place_of(read.text, item.quote)
    row = {"field": item.path, "value": item.value, "quote": item.quote, "status": item.status}
    return {**row, kind: number}


def _open(facts: Mapping[str, str]) -> list[str]:
    """Return what an import needs and nobody has said."""
    is_tacit = facts.get("term.renewal") == Renewal.TACIT
    needed = NEEDED | NEEDED_WHERE_TACIT if is_tacit else NEEDED
    missing = [
        name for name, begin in needed.items() if not any(path.startswith(begin) for path in facts)
    ]
    is_told = "party" in missing or any(path.endswith(OUR_OWN) for path in facts)
    return missing if is_told else [*missing, f"party.PARTY{OUR_OWN}"]


# At a terminal -----------------------------------------------------------------------------------


def _converse(command: Command, read: Read, output: Path | None, by: str) -> None:
    """Offer, ask, write, show what follows, and register."""
    _print_read(command, read)
    _print_refused(command, read)
    with asking(command.language):
        facts = ask(command, read.reading.facts(), output)
    target = output or file_of(facts["ref"])
    write_whole(target, _file(command, facts, read).encode(), anew=True)
    command.tell(say("{file} is written.", file=str(target)))
    history = _has_happened(facts)
    line = shlex.join(["looptijd", "import", *(["--history"] if history else []), str(target)])
    judged = import_files(command.app, [target], by=by, dry_run=True, history=history)
    if judged.problems:
        print_problems(command, judged)
        raise Refusal(say("Mend the file, and register it with: {line}", line=line))
    _print_dates(command, foreseen(command.app, target, history=history))
    later = say("Later: {line}", line=line)
    with asking(command.language, later):
        is_wanted = confirmed(command.language, say("Register it?"), default=True)
    if not is_wanted:
        command.tell(later)
        return
    print_imported(command, import_files(command.app, [target], by=by, history=history))


def _has_happened(facts: Mapping[str, str]) -> bool:
    return any(is_history(pattern_of(path) or "") for path in facts)


def _print_read(command: Command, read: Read) -> None:
    reading = read.reading
    if reading.proposed:
        command.heading(say("What {file} says", file=read.name))
    told = dict(in_words(reading.facts()))
    for item, following in zip_longest(reading.proposed, reading.proposed[1:]):
        command.bullets([told[item.path]], mark="·")
        if not following or following.quote != item.quote:
            command.bullets([_cited(read, item)], mark="   ")
    asked = {*asked_of(reading.facts()), "term"}
    command.bullets(_contested(reading, asked=asked), mark="?")


def _contested(reading: Reading, asked: Container[str] = ()) -> Iterator[Phrase]:
    """Yield what the text says in several ways: that it is asked, or has to be written."""
    for path, items in reading.contested.items():
        facts = reading.facts() | {items[0].path: items[0].value}
        field = WHOSE.get(path) or called(path, facts)
        values = listed(value_in_words(item.path, item.value) for item in items)
        several = say("{field}: the text says {values}; it is asked.", field=field, values=values)
        if path not in asked:
            several = say(
                "{field}: the text says {values}; none of it is taken over. Write in the file which"
                " it is.",
                field=field,
                values=values,
            )
        yield several


def _cited(read: Read, item: Proposed) -> Phrase:
    """Return the words from which it was read, unless they are what was told, with their place."""
    kind, number = place_of(read.text, item.quote)
    where, status = say("line {number}", number=number), say(item.status)
    if kind == "page":
        where = say("page {number}", number=number)
    if item.quote == item.value:
        return say("{place}, {status}", place=where, status=status)
    return say("“{quote}” ({place}, {status})", quote=item.quote, place=where, status=status)


def _print_refused(command: Command, read: Read) -> None:
    for refused in read.reading.refused:
        command.tell_aside(
            say(
                "{field}: “{value}” is not taken over: {why}",
                field=refused.item.path,
                value=refused.item.value,
                why=refused.why,
            )
        )


def _print_dates(command: Command, dates: Iterable[Standing]) -> None:
    """Print the dates that are known in order, then what has none, together by the reason."""
    command.heading(say("The dates that follow"))
    without: dict[str, list[str]] = {}
    for item in dates:
        if day := listed_on(item.deadline):
            is_asked = item.deadline.rule is Rule.MISSING_FACT
            what = say("asked for: {what}", what=item.words) if is_asked else item.words
            command.bullets([say("{day}: {what}", day=day, what=what)], mark="·")
        else:
            without.setdefault(command.say(item.told), []).append(command.say(item.words))
    several = (f"{', '.join(names)}: {why}" for why, names in without.items())
    command.screen.bullets(several, mark="?")


# The file ----------------------------------------------------------------------------------------


def _file(command: Command, facts: Mapping[str, str], read: Read) -> str:
    """Return the import file in the order of the manual; what was read has its quote."""
    order = {key: number for number, key in enumerate(keys())}
    placed = sorted(facts, key=lambda path: order.get(pattern_of(path) or "", 0))
    kept = (item for item in read.reading.proposed if not item.path.startswith(PERSONAL))
    sources = [item for item in kept if facts.get(item.path) == item.value]
    quoted = {
        f"source.{number}.{name}": text
        for number, item in enumerate(sources, start=1)
        for name, text in (("field", item.path), ("quote", item.quote), ("status", item.status))
    }
    remarks = [command.say(remark) for remark in _remarks(facts, read)]
    return as_import_file({path: facts[path] for path in placed} | quoted, remarks)


def _remarks(facts: Mapping[str, str], read: Read) -> Iterable[Phrase]:
    if read.name:
        yield say("Read from {file}; each value has its quote below.", file=one_line(read.name))
    history = "--history " if _has_happened(facts) else ""
    file = say("FILE")
    yield say("Register it with: looptijd import {history}{file}", history=history, file=file)
    if missing := _open(facts):
        yield say("Still to be written: {names}.", names=", ".join(missing))

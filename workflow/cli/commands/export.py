"""`looptijd export`: calendars, the register for other systems, and whole dossiers."""

import sys
from email.utils import parseaddr
from pathlib import Path

import click

from states.model.phrase import Refusal, say
from workflow.agreements.queries import lines, size
from workflow.agreements.search import Filter
from workflow.cli.command import Command, operator_command
from workflow.cli.completion import completed, office_option, references
from workflow.cli.progress import progress
from workflow.outputs.audit.folder import write_audit
from workflow.outputs.calendars.feeds import Feed, feeds
from workflow.outputs.calendars.text import calendar_text
from workflow.outputs.dossier.collect import pack
from workflow.outputs.dossier.folder import written
from workflow.outputs.register_csv import as_csv, record
from workflow.system.files import new_folder, ready_folder, write_whole
from workflow.system.printable import to_json
from workflow.system.streams import print_error

ON_SCREEN = Path("-")


@click.command("export")
@click.argument("ref", required=False, shell_complete=completed(references))
@click.option("--ics", is_flag=True, help="A calendar for each office.")
@click.option("--csv", "as_table", is_flag=True, help="The register as CSV.")
@click.option(
    "--audit",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="All that was recorded and mailed, with a judge: python3 DIR/check.py DIR.",
)
@office_option(help="Only this office's agreements.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Where to write; a dossier needs a new folder.",
)
@operator_command
def export_command(  # noqa: PLR0913 - one argument an option
    command: Command,
    *,
    ref: str | None,
    ics: bool,
    as_table: bool,
    audit: Path | None,
    office: str | None,
    output: Path | None,
) -> None:
    """Export the dossier of REF to the new folder PATH; or the register, to PATH or the screen.

    The register goes out as one calendar an office (--ics; without --office PATH is a folder),
    or with a row an agreement (--csv, --json). --audit writes the new folder DIR, for an auditor.
    """
    output = None if output == ON_SCREEN else output
    _refuse_mixtures(command, ref, office, kinds=[ics, as_table, audit is not None])
    if audit is not None:
        _export_audit(command, audit, given=(office, output))
    elif ref is not None:
        _export_dossier(command, ref, output)
    elif ics:
        _export_calendars(command, office, output)
    else:
        _write(command, _register(command, office, as_table=as_table), output)


def _refuse_mixtures(
    command: Command, ref: str | None, office: str | None, kinds: list[bool]
) -> None:
    """One thing is exported at a time; --json with REF only says how to answer."""
    as_json = command.as_json and ref is None and not kinds[-1]
    if sum([*kinds, as_json, ref is not None]) != 1:
        raise Refusal(say("Choose one: REF --output FOLDER, --ics, --csv, --audit DIR or --json."))
    if ref is not None and office is not None:
        raise Refusal(say("--office does not go with REF."))


# The register ------------------------------------------------------------------------------------


def _register(command: Command, office: str | None, *, as_table: bool) -> str:
    found = lines(command.app, Filter(office=office))
    records = [record(line, command.views) for line in found]
    return as_csv(records) if as_table else f"{to_json(records, indent=2)}\n"


def _write(command: Command, text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.flush()
        return
    write_whole(output, text.encode())
    print_error(command.say(say("{file} is written.", file=str(output))))


# Calendars ---------------------------------------------------------------------------------------


def _export_calendars(command: Command, office: str | None, output: Path | None) -> None:
    found, failed = feeds(command.app, office)
    if output is None or office is not None:
        _write(command, "".join(_calendar(command, feed) for feed in found), output)
    else:
        ready_folder(output)
        for feed in found:
            _write(command, _calendar(command, feed), output / f"{feed.office}.ics")
    if failed:
        sentence = say("Not in it, for they cannot be read: {refs}.", refs=", ".join(failed))
        raise PartlyExported(sentence)


class PartlyExported(Refusal):
    """What could be exported was; the rest is named."""

    exit_code = 1


def _calendar(command: Command, feed: Feed) -> str:
    organizer = parseaddr(command.app.settings.mail.sender)[1]
    return calendar_text(feed, command.language, organizer)


# A dossier ---------------------------------------------------------------------------------------


def _export_dossier(command: Command, ref: str, output: Path | None) -> None:
    if output is None:
        raise Refusal(say("Name a new folder for the dossier: --output FOLDER."))
    packed = pack(command.app, ref)
    files = written(packed, command.views, command.app.settings.municipality.name)
    with new_folder(output) as draft:
        for name, content in files.items():
            (draft / name).parent.mkdir(exist_ok=True)
            write_whole(draft / name, content)
    sentence = say("The dossier of {ref} is in {folder}.", ref=ref, folder=str(output))
    command.answer({"folder": str(output), "files": sorted(files)}, sentence)


# The audit ---------------------------------------------------------------------------------------


def _export_audit(command: Command, folder: Path, given: tuple[object, ...]) -> None:
    if given != (None, None):
        raise Refusal(say("--audit takes the whole register and names its own folder."))
    label = say("Writing agreements")
    with (
        new_folder(folder) as draft,
        progress(command, label, size(command.app)) as advanced,
    ):
        count = write_audit(command.app, draft, advanced)
    sentence = say(
        "{count} agreements are in {folder}. Judge them, on any computer with Python 3.11:"
        " python3 {check} {folder}",
        count=count,
        folder=str(folder),
        check=str(folder / "check.py"),
    )
    command.answer({"folder": str(folder), "agreements": count}, sentence)

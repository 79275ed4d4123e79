"""`looptijd export`: calendars, tables for other systems, and whole dossiers."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from notifications.language import language
from states.model.phrase import Phrase, Refusal, say
from workflow.agreements.queries import Listed, UnreadableRow, lines, size
from workflow.agreements.search import Filter
from workflow.cli.command import Command, name_unreadable, operator_command, path_option
from workflow.cli.completion import completed, office_option, references
from workflow.cli.screen import ON_SCREEN
from workflow.outputs.audit.folder import write_audit
from workflow.outputs.calendars import calendars
from workflow.outputs.dossier.folder import written
from workflow.outputs.dossier.packed import pack
from workflow.outputs.publication import publications
from workflow.outputs.tables.database import database
from workflow.outputs.tables.sheets import PAYMENTS, REGISTER, SheetViews, Table
from workflow.system.files import new_folder, put, ready_folder
from workflow.system.printable import to_json


@click.command("export", epilog="leiden --output dossier-leiden")
@click.argument("ref", required=False, shell_complete=completed(references))
@click.option("--ics", is_flag=True, help="A calendar for each office.")
@click.option("--csv", "as_table", is_flag=True, help="The register as CSV.")
@click.option("--payments", "with_payments", is_flag=True, help="A row an instalment, as CSV.")
@click.option("--excel", is_flag=True, help="The CSV as Excel in Dutch opens it.")
@path_option("--sqlite", metavar="FILE", help="The register as an SQLite file, without persons.")
@path_option(
    "--audit",
    metavar="DIR",
    help="All that was recorded and mailed, with a judge: python3 DIR/check.py DIR.",
)
@path_option("--gpp", metavar="DIR", help="What is public, as concepts for the GPP-publicatiebank.")
@office_option(help="Only this office's agreements.")
@path_option(
    "--output",
    metavar="PATH",
    help="Where to write, over what is there; a dossier needs a new folder.",
)
@operator_command
def export_command(  # noqa: PLR0913 - one argument an option
    command: Command,
    *,
    ref: str | None,
    ics: bool,
    as_table: bool,
    with_payments: bool,
    excel: bool,
    office: str | None,
    output: Path | None,
    **whole: Path | None,
) -> None:
    """Export the dossier of REF to the new folder PATH; or the register, to PATH or the screen.

    The register goes out as one calendar an office (--ics; without --office PATH is a folder),
    with a row an agreement (--csv, --json), or with a row an instalment (--payments).
    --audit writes the new folder DIR, for an auditor.
    """
    output = None if output == ON_SCREEN else output
    chosen, target = next((item for item in whole.items() if item[1]), ("", None))
    _refuse_mixtures(command, [ref, *whole.values(), with_payments], [ics, as_table])
    if target and (office is not None or output is not None):
        raise Refusal(
            say("{option} takes the whole register and names where it goes.", option=f"--{chosen}")
        )
    if ref is not None and office is not None:
        raise Refusal(say("--office does not go with REF."))
    if excel and (command.as_json or not (as_table or with_payments)):
        raise Refusal(say("--excel goes with --csv or --payments."))
    if ref is not None:
        _export_dossier(command, ref, output)
    elif ics:
        _export_calendars(command, office, output)
    elif target:
        WHOLE[chosen](command, target)
    else:
        table = PAYMENTS if with_payments else REGISTER
        _export_table(command, office, output, table, excel=excel)


def _refuse_mixtures(command: Command, told: list[object], others: list[bool]) -> None:
    """One thing is exported at a time; of what is told in JSON, --json only says how."""
    chosen = sum(map(bool, [*told, *others])) + (command.as_json and not any(told))
    if chosen != 1:
        raise Refusal(
            say(
                "Choose one: REF --output FOLDER, --ics, --csv, --payments, --sqlite FILE,"
                " --audit DIR, --gpp DIR or --json."
            )
        )


# Tables ------------------------------------------------------------------------------------------


def _export_table(
    command: Command, office: str | None, output: Path | None, table: Table, *, excel: bool
) -> None:
    failed: list[str] = []
    views = SheetViews(language("nl"), command.app.local) if excel else command.views
    found = lines(command.app, Filter(office=office))
    found = _readable(found, failed) if table is PAYMENTS else found
    records = (record for line in found for record in table.records(line, views))
    if command.as_json:
        text = f"{to_json([*records], indent=2)}\n"
    else:
        text = table.in_excel(records, views.language) if excel else table.as_csv(records)
    _write(command, text, output)
    name_unreadable(command, failed, printed=output is None)


def _readable(found: Iterator[Listed], failed: list[str]) -> Iterator[Listed]:
    for line in found:
        if isinstance(line, UnreadableRow):
            failed.append(line.ref)
        else:
            yield line


def _write(command: Command, text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text.encode(), nl=False)
        return
    command.write(output, text.encode())
    command.tell_aside(say("{file} is written.", file=str(output)))


def _export_database(command: Command, file: Path) -> None:
    failed: list[str] = []
    command.write(file, database(command.app, command.views, failed))
    command.answer({"file": str(file)}, say("{file} is written.", file=str(file)))
    name_unreadable(command, failed)


# Calendars ---------------------------------------------------------------------------------------


def _export_calendars(command: Command, office: str | None, output: Path | None) -> None:
    found, failed = calendars(command.app, command.language, office)
    if output is None or office is not None:
        _write(command, "".join(found.values()), output)
    else:
        ready_folder(output)
        for key, text in found.items():
            _write(command, text, output / f"{key}.ics")
    name_unreadable(command, failed)


# Folders -----------------------------------------------------------------------------------------


def _export_dossier(command: Command, ref: str, output: Path | None) -> None:
    if output is None:
        raise Refusal(say("Name a new folder for the dossier: --output FOLDER."))
    files = written(pack(command.app, ref), command.views, command.app.settings)
    sentence = say("The dossier of {ref} is in {folder}.", ref=ref, folder=str(output))
    _fill(command, output, files, sentence)


def _export_audit(command: Command, folder: Path) -> None:
    label = say("Writing agreements")
    with new_folder(folder) as draft, command.progress(label, size(command.app)) as advanced:
        count = write_audit(command.app, draft, advanced)
    sentence = say(
        "Agreements in {folder}: {count}. Judge them, on any computer with Python 3.11 or newer:"
        " python3 {check} {folder}",
        count=count,
        folder=str(folder),
        check=str(folder / "check.py"),
    )
    command.answer({"folder": str(folder), "agreements": count}, sentence)


def _export_publications(command: Command, folder: Path) -> None:
    failed: list[str] = []
    files = publications(command.app, failed)
    count = sum(name.endswith(".publicatie.json") for name in files)
    sentence = say("Concept publications in {folder}: {count}.", folder=str(folder), count=count)
    _fill(command, folder, files, sentence)
    name_unreadable(command, failed)


def _fill(command: Command, folder: Path, files: Mapping[str, bytes], sentence: Phrase) -> None:
    with new_folder(folder) as draft:
        for name, content in files.items():
            (draft / name).parent.mkdir(exist_ok=True)
            put(draft / name, content)
    command.answer({"folder": str(folder), "files": sorted(files)}, sentence)


WHOLE = {"sqlite": _export_database, "audit": _export_audit, "gpp": _export_publications}

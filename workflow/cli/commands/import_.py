"""`looptijd import`: files are registered, or after a dry run what that would do is told."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click
from msgspec.structs import replace

from states.model.phrase import Phrase, say
from workflow.cli.command import A_PATH, Command, actor, operator_command
from workflow.cli.help_language import Names
from workflow.engine.ledger import stream_in_words
from workflow.intake.files.csv_columns import TABLES, template
from workflow.intake.files.records import FileProblem
from workflow.intake.register import import_files
from workflow.intake.result import MISSING, OVERDUE, Forecast, Imported
from workflow.intake.values import OF_THE_PAST
from workflow.system.printable import one_line
from workflow.system.streams import print_error

MOST_OF_A_KIND = 5


def _print_template(context: click.Context, _option: click.Parameter, name: str | None) -> None:
    if name and not context.resilient_parsing:
        click.echo(template(name), nl=False)
        context.exit()


@click.command("import", epilog="agreements.toml --dry-run")
@click.argument("files", nargs=-1, required=True, type=A_PATH)
@click.option(
    "--template",
    type=Names(TABLES),
    is_eager=True,
    expose_value=False,
    callback=_print_template,
    help="Print a spreadsheet to fill in, with an example; needs no files.",
)
@click.option("--dry-run", is_flag=True, help="Report, and write nothing.")
@click.option("--history", is_flag=True, help="Agreements that run already; mail nothing.")
@click.option("--by", metavar="NAME", help="Who does this; default: the login name.")
@operator_command
def import_command(
    command: Command, *, files: tuple[Path, ...], dry_run: bool, history: bool, by: str | None
) -> None:
    """Register what stands in FILES (TOML, JSON Lines, CSV or Excel): all or nothing.

    A file that is called - is standard input; how it begins tells which of these it is.
    """
    size = sum(path.stat().st_size for path in files if os.path.isfile(path))  # noqa: PTH113 - never raises
    with command.progress(say("Importing"), 2 * size) as advanced:
        result = import_files(
            command.app,
            [*files],
            by=actor(by),
            dry_run=dry_run,
            history=history,
            advanced=advanced,
        )
    if command.as_json:
        command.print_json(command.views.imported(result) | _error(command, result))
    else:
        print_imported(command, result)
    if result.problems:
        raise SystemExit(2)


# What it tells -----------------------------------------------------------------------------------


def print_imported(command: Command, result: Imported) -> None:
    """Print what an import did, or would do; problems and warnings go to standard error.

    A dry run is asked for its report, so there the warnings are part of it.
    """
    print_problems(command, result)
    if result.forecast:
        _print_forecast(command, result, result.forecast)
    else:
        for line in _grouped(command, result.warnings):
            print_error(one_line(f"{command.say(say('Warning'))}: {line}"))
    if result.problems:
        command.tell(_nothing_written(result))
        return
    counted = say(
        "Agreements: {created} registered, {unchanged} unchanged. Offices: {offices} entered.",
        created=len(result.created),
        unchanged=len(result.unchanged),
        offices=len(result.offices),
    )
    command.tell(counted)
    if result.summaries:
        names = ", ".join(result.summaries)
        told = say("One mail each tells these offices what is open today: {names}.", names=names)
        command.tell(told)
    if result.forecast:
        command.tell(say("This was a dry run: nothing was written."))


def print_problems(command: Command, result: Imported) -> None:
    """Print what is wrong with the files, a line for each problem."""
    for line in _problems(command, result):
        print_error(line)


def _error(command: Command, result: Imported) -> dict[str, object]:
    """Return what every refusal says in JSON, where this is one."""
    if not result.problems:
        return {}
    error = command.say(_nothing_written(result))
    return {"error": error, "objections": _problems(command, result)}


def _nothing_written(result: Imported) -> Phrase:
    return say("Nothing was written; problems: {count}.", count=len(result.problems))


def _problems(command: Command, result: Imported) -> list[str]:
    return [one_line(_problem(command, item)) for item in problems_told(result.problems)]


def problems_told(problems: Sequence[FileProblem]) -> Iterator[FileProblem]:
    """Yield the problems; of the facts in a file that want --history the first, for all of them."""
    wanting = Counter(item.file for item in problems if item.problem == OF_THE_PAST)
    for problem in problems:
        if problem.problem != OF_THE_PAST or wanting[problem.file] == 1:
            yield problem
        elif count := wanting.pop(problem.file, 0):
            sentence = say(
                "this fact, and {more} more, belong to an agreement that runs already.",
                more=count - 1,
            )
            yield replace(problem, problem=sentence)


def _problem(command: Command, problem: FileProblem) -> str:
    parts = (problem.file, problem.sheet or None, problem.line)
    place = ":".join(str(part) for part in parts if part is not None)
    column = say("column {column}", column=problem.column)
    named = command.say(column) if problem.column else problem.key
    key = f" {named}:" if named else ""
    return f"{place}:{key} {command.say(problem.problem)} {command.say(problem.remedy)}"


def _grouped(command: Command, warnings: Iterable[tuple[str, Phrase]]) -> Iterator[str]:
    """Yield the warnings, those of one kind together, and of a kind the first few only."""
    kinds: dict[str, list[tuple[str, Phrase]]] = {}
    for ref, sentence in warnings:
        kinds.setdefault(sentence.text, []).append((ref, sentence))
    for alike in kinds.values():
        for ref, sentence in alike[:MOST_OF_A_KIND]:
            yield f"{command.say(stream_in_words(ref))}: {command.say(sentence)}"
        if (more := len(alike) - MOST_OF_A_KIND) > 0:
            more_of_it = say("{count} more of this kind; --json lists them all.", count=more)
            yield command.say(more_of_it)


# Dry runs ----------------------------------------------------------------------------------------


def _print_forecast(command: Command, result: Imported, forecast: Forecast) -> None:
    """Print the report of a dry run; what counts nothing is left out."""
    sections = (
        (say("Where they would stand today"), _stages(command, forecast)),
        (say("Overdue today"), _overdue(command, forecast)),
        (say("Agreements that lack a fact"), _missing(command, forecast)),
    )
    for heading, rows in sections:
        if rows:
            command.heading(heading)
            command.screen.pairs((name, f"{count:>7}") for name, count in rows)
    if result.warnings:
        command.screen.heading(f"{command.say(say('Warnings'))} ({len(result.warnings)})")
        command.screen.bullets(_grouped(command, result.warnings), mark="!")
    command.screen.line()


Counts = list[tuple[str, int]]


def _stages(command: Command, forecast: Forecast) -> Counts:
    rows = [(command.views.stage(*standing), count) for standing, count in forecast.in_order()]
    later = say("of these in a later stage than their file names")
    return [*rows, (command.say(later), forecast.later)] if forecast.later else rows


def _overdue(command: Command, forecast: Forecast) -> Counts:
    rows = [(command.say(OVERDUE[rule]), count) for rule, count in forecast.overdue.items()]
    together = say("agreements with something overdue")
    return [*rows, (command.say(together), forecast.overdue_agreements)] if rows else []


def _missing(command: Command, forecast: Forecast) -> Counts:
    return [
        (command.say(lack.sentence), forecast.missing[name])
        for name, lack in MISSING.items()
        if forecast.missing[name]
    ]

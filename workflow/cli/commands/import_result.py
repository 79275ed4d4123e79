"""What an import tells people: problems and warnings, and after a dry run what it would do."""

from collections.abc import Iterable, Iterator

import click

from states.model.phrase import Phrase, say
from workflow.cli.command import Desk, screen
from workflow.intake.files.records import FileProblem
from workflow.intake.forecast import MISSING, OVERDUE, Forecast
from workflow.intake.result import Imported
from workflow.system.printable import one_line

MOST_OF_A_KIND = 5


def print_imported(desk: Desk, result: Imported) -> None:
    """Print what an import did, or would do; problems and warnings go to standard error.

    A dry run is asked for its report, so there the warnings are part of it.
    """
    for problem in result.problems:
        click.echo(one_line(_problem(desk, problem)), err=True)
    if result.forecast:
        _print_forecast(desk, result, result.forecast)
    else:
        for line in _grouped(desk, result.warnings):
            click.echo(one_line(f"{desk.say(say('Warning'))}: {line}"), err=True)
    if result.problems:
        desk.tell(say("Nothing was written; problems: {count}.", count=len(result.problems)))
        return
    counted = say(
        "Agreements: {created} registered, {unchanged} unchanged. Offices: {offices} entered.",
        created=len(result.created),
        unchanged=len(result.unchanged),
        offices=len(result.offices),
    )
    desk.tell(counted)
    if result.summaries:
        names = ", ".join(result.summaries)
        desk.tell(
            say("One mail each tells these offices what is open today: {names}.", names=names)
        )
    if result.forecast:
        desk.tell(say("This was a dry run: nothing was written."))


def _problem(desk: Desk, problem: FileProblem) -> str:
    place = ":".join(str(part) for part in (problem.file, problem.line) if part is not None)
    key = f" {problem.key}:" if problem.key else ""
    return f"{place}:{key} {desk.say(problem.problem)} {desk.say(problem.remedy)}"


def _grouped(desk: Desk, warnings: Iterable[tuple[str, Phrase]]) -> Iterator[str]:
    """Yield the warnings, those of one kind together, and of a kind the first few only."""
    kinds: dict[str, list[tuple[str, Phrase]]] = {}
    for ref, sentence in warnings:
        kinds.setdefault(sentence.text, []).append((ref, sentence))
    for alike in kinds.values():
        for ref, sentence in alike[:MOST_OF_A_KIND]:
            yield f"{ref}: {desk.say(sentence)}"
        if (more := len(alike) - MOST_OF_A_KIND) > 0:
            told = say("{count} more of this kind; --json lists them all.", count=more)
            yield desk.say(told)


# Dry runs ----------------------------------------------------------------------------------------


def _print_forecast(desk: Desk, result: Imported, forecast: Forecast) -> None:
    """Print the report of a dry run; what counts nothing is left out."""
    page = screen()
    sections = (
        (say("Where they would stand today"), _stages(desk, forecast)),
        (say("Overdue today"), _overdue(desk, forecast)),
        (say("Agreements that lack a fact"), _missing(desk, forecast)),
    )
    for heading, rows in sections:
        if rows:
            page.heading(desk.say(heading))
            page.pairs((name, f"{count:>7}") for name, count in rows)
    if result.warnings:
        page.heading(f"{desk.say(say('Warnings'))} ({len(result.warnings)})")
        page.bullets(_grouped(desk, result.warnings), mark="!")
    page.line()


Rows = list[tuple[str, int]]


def _stages(desk: Desk, forecast: Forecast) -> Rows:
    rows = [(desk.views.stage(*standing), count) for standing, count in forecast.in_order()]
    later = say("of these in a later stage than their file names")
    return [*rows, (desk.say(later), forecast.later)] if forecast.later else rows


def _overdue(desk: Desk, forecast: Forecast) -> Rows:
    rows = [(desk.say(OVERDUE[rule]), count) for rule, count in forecast.overdue.items()]
    together = say("agreements with something overdue")
    return [*rows, (desk.say(together), forecast.overdue_agreements)] if rows else []


def _missing(desk: Desk, forecast: Forecast) -> Rows:
    return [
        (desk.say(lack.told), forecast.missing[name])
        for name, lack in MISSING.items()
        if forecast.missing[name]
    ]

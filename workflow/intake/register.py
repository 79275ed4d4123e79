"""Bringing files into the register: all or nothing, every problem at once, in one transaction."""

import gzip
import pickle
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import SpooledTemporaryFile

from states.model.phrase import say
from workflow.app.app import App, policy_of
from workflow.app.clock_guard import refuse_wrong_clock
from workflow.engine.deadline_words import listed_on
from workflow.engine.engine import register
from workflow.engine.standing import Standing, standings
from workflow.intake.agreements import Agreements, Entering
from workflow.intake.files.lines import STANDARD_INPUT, Advanced, take_in
from workflow.intake.files.read import read
from workflow.intake.files.records import FileProblem, Found, of_file
from workflow.intake.offices import OfficesOfFiles
from workflow.intake.references import References
from workflow.intake.result import Forecast, Imported
from workflow.intake.values import agreement_of
from workflow.mail.overviews import queue_summaries
from workflow.store.register import enter_alone, raise_high_water
from workflow.system.files import temporary_not_written

AT_ONCE = 500
FACTS_AT_ONCE = 50_000
MOST_PROBLEMS = 10_000
IN_MEMORY = 10_000_000  # bytes of what was read, packed
NOTHING_IN_IT = say("There is no agreement and no office in it.")
TOO_MANY = say("there are more than {most} problems; the reading stopped.", most=MOST_PROBLEMS)

Sized = tuple[Found, int]


def import_files(  # noqa: PLR0913 - what comes in, by whom, and how
    app: App,
    paths: list[Path],
    *,
    by: str,
    dry_run: bool = False,
    history: bool = False,
    advanced: Advanced = bool,
) -> Imported:
    """Register what the files hold; with problems, or as a dry run, nothing is written.

    Files are read once, before the register is locked, and of the agreements a few hundred are held
    at a time. `advanced` is told the bytes as they are read, and again as what they hold is taken.
    """
    result = Imported(forecast=Forecast() if dry_run else None)
    opened = app.reading if dry_run else app.writing
    with opened() as connection:  # what takes nothing says so before minutes of reading
        connection.rollback()
    if STANDARD_INPUT in paths:
        take_in()
    empty = dict.fromkeys(map(str, paths))
    with (
        _set_aside(_read(paths, advanced, empty, result)) as read_already,
        opened() as connection,
    ):
        policy = policy_of(connection)
        if not dry_run:
            enter_alone(connection)
        now = app.clock.now()
        entering = Entering(policy=policy, now=now, by=by, history=history, kept=not dry_run)
        if not dry_run:
            refuse_wrong_clock(connection, app, entering.now)
        offices = OfficesOfFiles(connection, result, policy.day_of(now))
        references = References(connection, offices.named)
        agreements = Agreements(connection, entering, result, references)
        for found in _by_the_hundred(read_already, advanced, offices, result):
            agreements.take(found)
        if len(result.problems) > MOST_PROBLEMS:
            result.problems.append(of_file("", None, TOO_MANY, say("Mend these first.")))
        result.warnings.extend((file, NOTHING_IN_IT) for file in empty)
        if not dry_run:
            offices.hold()
        offices.judge()  # what only the whole can tell
        result.problems.extend(references.problems())
        result.warnings.extend(references.warnings())
        result.problems.sort(key=partial(_place, [str(path) for path in paths]))
        if result.problems:
            connection.rollback()
            result.created.clear()
            result.offices.clear()
        elif not dry_run:
            offices.save(app, by)
            if history:
                summaries = queue_summaries(connection, entering.now, agreements.asked)
                result.summaries.extend(summaries)
            raise_high_water(connection, entering.now)
    return result


def _read(
    paths: list[Path], advanced: Advanced, empty: dict[str, None], result: Imported
) -> Iterator[Sized]:
    """Yield what the files hold, with its bytes; problems go where they belong.

    Of the files that are taken to be `empty` those are left that are. A file that holds nothing but
    mistakes is not read to its end: nobody would read them either.
    """
    sizes: list[int] = []

    def told(size: int) -> None:
        sizes.append(size)
        advanced(size)

    for item in read(paths, told):
        empty.pop(item.file, None)
        if isinstance(item, Found):
            yield item, sum(sizes)
            sizes.clear()
        else:
            result.problems.append(item)
        if len(result.problems) > MOST_PROBLEMS:
            return


@contextmanager
def _set_aside(found: Iterable[Sized]) -> Iterator[Iterator[Sized]]:
    """Give what is read when the last of it was; what is much waits in a file without a name."""
    with SpooledTemporaryFile(IN_MEMORY) as file:
        try:
            with gzip.open(file, "wb", compresslevel=1) as packed:
                for item in found:
                    pickle.dump(item, packed)
                pickle.dump(None, packed)
            file.seek(0)
        except OSError as error:
            raise temporary_not_written(error) from error
        with gzip.open(file) as packed:
            yield iter(partial(pickle.load, packed), None)


def _by_the_hundred(
    items: Iterable[Sized], advanced: Advanced, offices: OfficesOfFiles, result: Imported
) -> Iterator[list[Found]]:
    """Yield the agreements, some hundreds at a time, until there are too many problems."""
    some: list[Found] = []
    facts = 0
    for item, size in items:
        advanced(size)
        if len(result.problems) > MOST_PROBLEMS:
            return
        if item.is_office:
            offices.take(item)
        else:
            some.append(item)
            facts += len(item.facts)
        if len(some) == AT_ONCE or facts > FACTS_AT_ONCE:
            yield some
            some, facts = [], 0
    yield some


def _place(files: list[str], problem: FileProblem) -> tuple[int, int]:
    """Return where a problem stands: in which file, on which line."""
    known = files.index(problem.file) if problem.file in files else len(files)
    return known, problem.line or 0


def foreseen(app: App, path: Path, *, history: bool) -> list[Standing]:
    """Return how each date of an agreement in a file would stand if registered now, in order."""
    (found,) = (item for item in read([path]) if isinstance(item, Found))
    with app.reading() as connection:
        policy = policy_of(connection)
    now = app.clock.now()
    change = register(agreement_of(found, history=history), policy, now, actor="", history=history)
    dates = standings(change.dossier.agreement, policy, policy.day_of(now))
    return sorted(dates, key=lambda item: listed_on(item.deadline) or date.max)

"""Backing up while the daemon runs, and restoring: the register as one SQLite file, and back."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from stat import S_ISDIR

from msgspec import Struct

from notifications.folder import name_anew, sync
from states.model.phrase import Refusal, say
from workflow.app.app import App, refuse_newer_rules
from workflow.engine.policies import RULES_VERSION
from workflow.store import register, row_copies
from workflow.store.database import Database, Malformed, Rejected, Transaction, Unavailable
from workflow.store.migrate import migrate
from workflow.system.configuration import sqlite_url
from workflow.system.files import draft_folder, not_used, scratch_folder
from workflow.system.os_errors import reason_of
from workflow.system.refusals import Refused

BY_MOMENT = re.compile(r"looptijd-\d{4}-\d\d-\d\d-\d{6}\.backup")


class Copied(Struct, frozen=True, kw_only=True):
    """What a backup or a restore copied: how many rows, and through which event.

    `is_older` tells whether it follows the rules of an older release: `init` comes first.
    """

    rows: int
    through: int
    is_older: bool = False


def back_up(app: App, file: Path, advanced: Callable[[int], object] = bool) -> Copied:
    """Write the whole register, as it is at one moment, to a new SQLite file (0600).

    The copy is marked: whoever puts it back has to adopt it before anything fires or leaves.
    """
    if os.path.lexists(file):
        raise Refusal(say("{file} exists already; name a new file.", file=str(file)))
    moment = app.minute(app.clock.now())
    with _draft_beside(file) as draft, closing(Database(sqlite_url(draft))) as copy:
        migrate(copy)
        with _whole(), app.reading() as source, copy.write() as target:
            rows = row_copies.copy_all(source, target, advanced)
            mark = register.mark(target)
            register.change(target, restored=moment)
        copy.empty_log()
    return Copied(rows=rows, through=mark.events)


@contextmanager
def _whole() -> Iterator[None]:
    """Refuse a register from which rows are gone that others belong to; SQLite lets who tries."""
    try:
        yield
    except Rejected as error:
        raise Unavailable(
            say(
                "Rows are gone from the register that others belong to; looptijd verify names them."
                " The daemon puts them back within a day: make the backup after that."
            )
        ) from error


def name_in(folder: Path, at: datetime) -> Path:
    """Return the name in a folder of a backup that is made at a local moment."""
    try:
        is_folder = S_ISDIR(folder.stat().st_mode)
    except FileNotFoundError:
        is_folder = False
    except OSError as error:
        raise not_used(folder, error) from error
    if not is_folder:
        raise Refusal(say("{file} is no folder: --keep needs one.", file=str(folder)))
    return folder / f"looptijd-{at:%Y-%m-%d-%H%M%S}.backup"


def remove_others(made: Path, keep: int) -> None:
    """Leave what was made, and of those named by their moment the newest; others are not ours.

    The clock may have been ahead once: a backup of that night is newer by name only.
    """
    try:
        others = {path for path in made.parent.iterdir() if BY_MOMENT.fullmatch(path.name)}
        for path in sorted(others - {made}, reverse=True)[keep - 1 :]:
            path.unlink(missing_ok=True)  # another one may have removed it meanwhile
    except OSError as error:
        raise Refusal(
            say(
                "{made} holds the whole register, but not every older one is removed: {file}:"
                " {reason}.",
                made=str(made),
                file=str(error.filename),
                reason=reason_of(error),
            )
        ) from error


def rows_to_copy(app: App) -> int:
    """Return how many rows a backup will hold."""
    with app.reading() as source:
        return row_copies.count_all(source)


def restore(app: App, file: Path) -> Copied:
    """Bring the register in a backup's file into a database that has none; it has to be adopted.

    A backup of an older release is brought up to date on the way; the file itself stays as it is.
    """
    if os.path.exists(file) and not os.path.isfile(file):  # noqa: PTH110, PTH113 - never raise
        raise _no_backup(file)  # a pipe, or a device that has no end
    with _own_copy(file) as draft, closing(Database(sqlite_url(draft))) as backup:
        with _told_of(file):
            with backup.read() as source:
                if not register.exists(source):
                    raise _no_backup(file)
            migrate(backup)
            with backup.read() as source:
                refuse_newer_rules(register.read(source))
        app.database.make_folder()
        with app.database.read() as target:  # one of an older release is not brought up to date
            _refuse_register(target)
        migrate(app.database)
        with backup.read() as source, app.database.write() as target:
            _refuse_register(target)
            with _told_of(file):
                rows = row_copies.copy_all(source, target)
            mark = register.mark(target)
            row = register.read(target)
            register.change(target, restored=row.restored or file.name)
    return Copied(rows=rows, through=mark.events, is_older=row.rules_version < RULES_VERSION)


def _refuse_register(target: Transaction) -> None:
    if register.exists(target):
        raise Refused(say("This database has a register already; restore into an empty one."))


def _no_backup(file: Path) -> Refusal:
    return Refusal(say("{file} holds no register of looptijd, or is damaged.", file=str(file)))


@contextmanager
def _told_of(file: Path) -> Iterator[None]:
    """Tell of a backup's file what is said of a database, which would be taken for ours."""
    try:
        yield
    except Malformed as error:
        raise _no_backup(file) from error
    except Unavailable as error:
        named = (say("{what}: {reason}", what=str(file), reason=it) for it in error.sentences)
        raise Refusal(*named) from error


# Files -------------------------------------------------------------------------------------------


@contextmanager
def _draft_beside(file: Path) -> Iterator[Path]:
    """Give the name of a draft that takes the file's name only when it is whole and on disk."""
    try:
        with draft_folder(file.absolute().parent) as folder:
            draft = folder / "register.db"
            draft.touch(mode=0o600)
            yield draft
            sync(draft)
            name_anew(draft, file)
            try:
                sync(file.absolute().parent)
            except OSError:
                file.unlink()  # or it could not be written again under its name
                raise
    except OSError as error:
        raise not_used(file, error) from error


@contextmanager
def _own_copy(file: Path) -> Iterator[Path]:
    """Give a copy of a file in a folder of our own: opening an SQLite file may write to it."""
    with scratch_folder() as folder:
        draft = folder / "register.db"
        try:
            shutil.copyfile(file, draft)
        except OSError as error:  # with a second name it was open: it is the copy that has no room
            raise not_used(draft if error.filename2 else file, error) from error
        yield draft

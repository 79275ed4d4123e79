"""Files and folders that outsiders read: there whole, or not at all."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from states.model.phrase import Refusal, say
from workflow.system.files import refuse_what_is_no_file


class NotWritten(Refusal):
    """What was asked for could not be written; nothing is left of it."""


def write_whole(file: Path, content: bytes) -> None:
    """Write a file, or replace one, in one step; its mode is what the caller's umask gives."""
    refuse_what_is_no_file(file)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
        draft.replace(file)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise not_written(file, error) from error


def ready_folder(folder: Path) -> None:
    """Make a folder unless it is there."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise not_written(folder, error) from error


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give a draft (0700) that becomes the new folder when all that goes into it was written."""
    if os.path.lexists(folder):
        raise NotWritten(say("{file} exists already; name a new folder.", file=str(folder)))
    draft = None
    try:
        draft = Path(tempfile.mkdtemp(prefix=".looptijd-", dir=folder.absolute().parent))
        yield draft
        draft.rename(folder)
    except OSError as error:
        raise not_written(folder, error) from error
    finally:
        if draft:
            shutil.rmtree(draft, ignore_errors=True)


def not_written(path: Path, error: OSError) -> NotWritten:
    """Return the refusal that names what could not be written, and why."""
    reason = error.strerror or type(error).__name__
    return NotWritten(say("{file} cannot be written: {reason}.", file=str(path), reason=reason))

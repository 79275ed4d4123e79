"""Files and folders that outsiders read: there whole, or not at all."""

import fcntl
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from notifications.folder import close_folder, name_anew
from states.model.phrase import Refusal, say
from workflow.system.os_errors import reason_of

DRAFT = ".looptijd-"
NO_TEMPORARY_FILES = say("No folder takes temporary files. Name one in TMPDIR that can be written.")


def write_whole(path: Path, content: bytes, *, mode: int | None = None, anew: bool = False) -> None:
    """Write a file as `put` does; what cannot be written is refused in a sentence."""
    refuse_what_is_no_file(path)
    try:
        put(path, content, mode=mode, anew=anew)
    except OSError as error:
        raise not_written(path, error) from error


def put(  # noqa: PLR0913 - each says how one of our files differs from the others
    path: Path,
    content: bytes,
    *,
    mode: int | None = None,
    anew: bool = False,
    synced: bool = True,
    prepare: Callable[[int], object] = bool,
) -> None:
    """Write a file under another name beside it, then give it its own; OSError when it can't.

    Without `mode` it has what the caller's umask gives. With `anew` a file that is there already is
    never replaced. Without `synced` a power cut may lose it. `prepare` is given the descriptor
    before the file has its name.
    """
    draft = path.parent / f"{DRAFT}{secrets.token_hex(4)}"
    try:
        opened = os.open(
            draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666 if mode is None else mode
        )
        with os.fdopen(opened, "wb") as file:
            if mode is not None:
                os.fchmod(opened, mode)  # whatever the umask
            prepare(opened)
            file.write(content)
            file.flush()
            if synced:
                os.fsync(opened)
        if anew:
            name_anew(draft, path)
        else:
            draft.replace(path)
    finally:
        with suppress(OSError):
            draft.unlink()


def refuse_what_is_no_file(path: Path) -> None:
    """Refuse a device, a pipe or a link: a file put in its place would end it, /dev/null too."""
    try:
        kind = stat.S_IFMT(path.lstat().st_mode)
    except OSError:
        return  # there is nothing, or nothing can be written; that is told when it is tried
    if kind not in {stat.S_IFREG, stat.S_IFDIR}:
        raise Refusal(say("{file} is a link or no file: name a file.", file=str(path)))


def refuse_what_is_there(path: Path) -> None:
    """Refuse a file that is there already, before anything is asked."""
    if os.path.lexists(path):
        raise Refusal(say("{file} is there already and stays as it is.", file=str(path)))


def nearest(path: Path) -> Path:
    """Return a path, or the nearest folder above it that is there for who asks."""
    return next(one for one in (path, *path.absolute().parents) if os.path.lexists(one))


def ready_folder(folder: Path) -> None:
    """Make a folder unless it is there."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise not_written(folder, error) from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Wait until no other process holds this folder, and hold it; OSError when it can't."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder of our own for temporary files."""
    with ExitStack() as held:
        try:
            folder = held.enter_context(draft_folder(None, "looptijd-"))
        except OSError as error:
            raise Refusal(NO_TEMPORARY_FILES) from error
        yield folder


@contextmanager
def draft_folder(beside: Path | None, prefix: str = DRAFT) -> Iterator[Path]:
    """Give a folder of our own (0700) that is gone when the work ends.

    Where it cannot be removed the work is done all the same; tempfile's own tries without end where
    a disk lets nothing be removed.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=beside))
    try:
        yield folder
    finally:
        with suppress(OSError):  # what a share says of a folder that is open, it does not ignore
            shutil.rmtree(folder, ignore_errors=True)


def temporary_not_written(error: OSError) -> Refusal:
    """Return the refusal that names the folder of temporary files, or that there is none."""
    with suppress(OSError):
        return not_written(Path(tempfile.gettempdir()), error)
    return Refusal(NO_TEMPORARY_FILES)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give a draft (0700) that becomes the new folder when all that goes into it was written."""
    if os.path.lexists(folder):
        raise Refusal(say("{file} exists already; name a new folder.", file=str(folder)))
    try:
        with draft_folder(folder.absolute().parent) as draft:
            yield draft
            close_folder(draft)
            draft.rename(folder)
    except OSError as error:
        raise not_written(folder, error) from error


def not_used(path: Path, error: OSError) -> Refusal:
    """Return the refusal that names what could not be read or written, and why."""
    return Refusal(say("{file} cannot be used: {reason}.", file=str(path), reason=reason_of(error)))


def not_written(path: Path, error: OSError) -> Refusal:
    """Return the refusal that names what could not be written, and why."""
    sentence = say("{file} cannot be written: {reason}.", file=str(path), reason=reason_of(error))
    return Refusal(sentence)

"""Folders that hold personal data: only their owner may enter what is made here."""

import os
from contextlib import suppress
from errno import EEXIST, EINVAL, ENOSYS, EOPNOTSUPP, EPERM
from pathlib import Path

OWNER_ONLY = 0o700
NO_SECOND_NAME = frozenset({EPERM, EOPNOTSUPP, ENOSYS})


def close_folder(folder: Path) -> None:
    """Let nobody but the owner read what a folder holds, whatever the umask."""
    for path in folder.rglob("*"):
        path.chmod(OWNER_ONLY if path.is_dir() else OWNER_ONLY & 0o666)


def make_folder(folder: Path) -> None:
    """Make a folder with what is missing above it, each for its owner only; OSError if it can't.

    `mkdir(parents=True)` would leave those above open to others.
    """
    if folder.is_dir():
        return
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        missing.mkdir(mode=OWNER_ONLY, exist_ok=True)
        give_to_owner(missing, missing.absolute().parent)
    folder.mkdir(mode=OWNER_ONLY, exist_ok=True)


def name_anew(draft: Path, path: Path) -> None:
    """Give a file a name that is free; FileExistsError where it is not, other OSErrors too.

    A second name never replaces a file. A disk that knows none, such as a stick or a network share,
    is looked at first: then two who write the same name at once are not kept apart.
    """
    try:
        path.hardlink_to(draft)
    except OSError as error:
        if error.errno not in NO_SECOND_NAME:
            raise
        if os.path.lexists(path):
            raise FileExistsError(EEXIST, os.strerror(EEXIST), str(path)) from error
        draft.rename(path)


def sync(path: Path) -> None:
    """Make a file, or the entries of a folder, survive a power cut.

    Some disks, such as a share of a virtual machine, know of no such thing for a folder.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != EINVAL or not path.is_dir():
            raise
    finally:
        os.close(descriptor)


def give_to_owner(made: int | Path, folder: Path) -> None:
    """Give what root makes in a folder to its owner: who works as root must not lock them out.

    A descriptor that a link in the folder led elsewhere stays as it is: else the owner of the
    folder could have any file of root's.
    """
    found = folder.stat()
    if os.geteuid() == 0 and _is_in(made, folder):
        with suppress(PermissionError):
            follows = isinstance(made, int)  # a link that came in its place is given itself
            os.chown(made, found.st_uid, found.st_gid, follow_symlinks=follows)


def give_all_to_owner(draft: Path, folder: Path) -> None:
    """Give what root wrote in a draft of its own to the owner of the folder that it is for.

    No link is followed that came in the place of the draft: it may stand in that folder.
    """
    found = folder.stat()
    for _, folders, files, here in os.fwalk(draft) if os.geteuid() == 0 else ():
        for name in (*folders, *files):
            with suppress(PermissionError):
                os.chown(name, found.st_uid, found.st_gid, dir_fd=here, follow_symlinks=False)


def _is_in(made: int | Path, folder: Path) -> bool:
    place = made if isinstance(made, Path) else f"/proc/self/fd/{made}"
    return Path(place).resolve().parent == folder.resolve()

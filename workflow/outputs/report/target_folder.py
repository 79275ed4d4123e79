"""A report's folder is written whole or not at all, and holds nothing of another's."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from notifications.folder import close_folder, give_all_to_owner
from states.model.phrase import Refusal, say
from workflow.system.files import DRAFT, draft_folder, locked, not_used

MARK = "looptijd-report.json"
FILES = ("index.html", "timeline.html", "money.html", "compliance.html", "style.css")


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a draft of a report; what is in it takes its place in the folder when all went well.

    A new folder is its owner's only. One that is there keeps its mode, group and mount: the draft
    is made in it, and the pages may be read by who may read the folder. Raises Refusal when
    something else than an earlier report stands there, or where it can't be written.
    """
    target = folder.absolute()
    try:
        with ExitStack() as held:
            is_there = _is_held(target, held)
            beside = target if is_there else target.parent
            scratch = held.enter_context(draft_folder(beside))
            draft = scratch / "new"
            draft.mkdir(mode=0o700)
            yield draft
            close_folder(draft)
            give_all_to_owner(scratch, beside)
            if is_there or not _is_named(draft, target):
                if not is_there:
                    _is_held(target, held)
                _share(draft, target, target.stat())
                _exchange(draft, target, scratch)
    except OSError as error:
        refused = Path(str(error.filename2 or error.filename or folder))  # where it was to go
        above = (refused, *refused.parents)
        place = next((one.parent for one in above if one.name.startswith(DRAFT)), refused)
        raise not_used(place, error) from error


def _is_held(target: Path, held: ExitStack) -> bool:
    """Tell whether there is a folder, and wait until nobody else writes a report into it."""
    is_there = target.is_dir()
    if is_there:
        held.enter_context(locked(target))
    _refuse_what_is_no_report(target)
    return is_there


def _is_named(draft: Path, target: Path) -> bool:
    """Give the draft the name of the new folder, unless somebody else made one meanwhile.

    Only this long is the folder held that it comes in: each write of the register waits for its
    state folder, which that may be.
    """
    with locked(target.parent):
        if target.exists():
            return False
        draft.rename(target)
    return True


def mark(draft: Path, agreements: int) -> None:
    """Leave the mark by which a later report knows this folder as one that it may replace."""
    made = {"made_by": "looptijd report", "agreements": agreements}
    (draft / MARK).write_text(json.dumps(made) + "\n", encoding="utf-8")


def _refuse_what_is_no_report(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir() or not _is_report(target):
        raise Refusal(
            say(
                "{folder} holds something else than a report; name a new folder, or an earlier"
                " report to replace.",
                folder=str(target),
            )
        )


def _is_report(target: Path) -> bool:
    """Tell whether a report was written here, or nothing; what somebody added is no part of it.

    A draft that a kill left behind is nothing.
    """
    names = {item.name for item in target.iterdir() if not item.name.startswith(DRAFT)}
    return not names or (
        (target / MARK).is_file() and names <= {MARK, *FILES, "agreements", "offices"}
    )


def _share(draft: Path, target: Path, folder: os.stat_result) -> None:
    """Let who may read the folder read the draft, and a group that may write there replace it."""
    for path in draft.rglob("*"):
        bits = folder.st_mode & (0o075 if path.is_dir() else 0o044)
        path.chmod(path.stat().st_mode | bits)
        if path.stat().st_gid != folder.st_gid:
            _give_to_group(path, target, folder.st_gid)


def _give_to_group(path: Path, target: Path, group: int) -> None:
    """Give a page to the folder's group; who is not in it may only inherit it, by the s-bit."""
    try:
        os.chown(path, -1, group)
    except PermissionError as error:
        sentence = say(
            "{folder} is for a group that its writer is not in. Type: sudo chmod g+s {folder}",
            folder=str(target),
        )
        raise Refusal(sentence) from error


def _exchange(draft: Path, target: Path, scratch: Path) -> None:
    """Put each page in its place, the index last; where one cannot be, all are as they were.

    The mark is there as long as a page is: what a kill leaves here, a later report may replace.
    """
    old = scratch / "old"
    old.mkdir()
    there = {item.name for item in target.iterdir()}
    found = there.union(item.name for item in draft.iterdir())
    names = sorted(found - {MARK, scratch.name}, key=lambda name: (name == FILES[0], name))
    done: list[str] = []
    try:
        for name in names if (target / MARK).exists() else [MARK, *names]:
            done.append(name)
            _move(target / name, old / name)
            _move(draft / name, target / name)
        _move(draft / MARK, target / MARK)
    except BaseException:
        for name in done:
            if name not in there or os.path.lexists(old / name):
                _move(target / name, draft / name)
                _move(old / name, target / name)
        raise


def _move(path: Path, to: Path) -> None:
    with suppress(FileNotFoundError):
        path.rename(to)

"""A report's folder is written whole or not at all, and never takes the place of another's."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from notifications.folder import close_folder
from states.model.phrase import Refusal, say

MARK = "looptijd-report.json"


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a draft beside a folder; it takes the folder's name and place when all went well.

    Raises Refusal when something else than an earlier report stands there, or it can't be written.
    """
    target = folder.resolve()
    try:
        _refuse_what_is_no_report(target)
        with tempfile.TemporaryDirectory(prefix=".looptijd-", dir=target.parent) as scratch:
            draft = Path(scratch) / "new"
            draft.mkdir(mode=0o700)
            yield draft
            close_folder(draft)
            _put_in_place(draft, target, Path(scratch) / "old")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Refusal(
            say("{file} cannot be used: {reason}.", file=str(folder), reason=reason)
        ) from error


def mark(draft: Path, agreements: int) -> None:
    """Leave the mark by which a later report knows this folder as one that it may replace."""
    made = {"made_by": "looptijd report", "agreements": agreements}
    (draft / MARK).write_text(json.dumps(made) + "\n", encoding="utf-8")


def _refuse_what_is_no_report(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir() or (any(target.iterdir()) and not _is_report(target)):
        raise Refusal(
            say(
                "{folder} holds something else than a report; name a new folder, or an earlier"
                " report to replace.",
                folder=str(target),
            )
        )


def _is_report(target: Path) -> bool:
    """Tell whether a report was written here; what somebody added to it is no part of it."""
    known = {MARK, "index.html", "timeline.html", "money.html", "style.css", "agreements"}
    return (target / MARK).is_file() and {item.name for item in target.iterdir()} <= known


def _put_in_place(draft: Path, target: Path, old: Path) -> None:
    """Exchange the folders; whoever reads meanwhile finds the earlier one, the new one or none."""
    if target.exists():
        target.rename(old)
    try:
        draft.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)

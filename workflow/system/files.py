"""Files that are written whole or not at all."""

import os
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

from states.model.phrase import Refusal, say


def write_whole(path: Path, text: str, *, mode: int, anew: bool = False) -> None:
    """Write a file under another name beside it, then give it its own.

    With `anew` a file that is there already is never overwritten. What cannot be written is
    refused in a sentence, and nothing half-written stays.
    """
    refuse_what_is_no_file(path)
    try:
        with TemporaryDirectory(prefix=".looptijd-", dir=path.absolute().parent) as folder:
            draft = Path(folder) / path.name
            _write(draft, text, mode)
            if anew:
                path.hardlink_to(draft)  # a second name: fails where there is a file
            else:
                draft.replace(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        sentence = say("{file} cannot be written: {reason}.", file=str(path), reason=reason)
        raise Refusal(sentence) from error


def refuse_what_is_no_file(path: Path) -> None:
    """Refuse a device, a pipe or a link: a file put in its place would end it, /dev/null too."""
    try:
        kind = stat.S_IFMT(path.lstat().st_mode)
    except OSError:
        return  # there is nothing, or nothing can be written; that is told when it is tried
    if kind not in {stat.S_IFREG, stat.S_IFDIR}:
        raise Refusal(say("{file} is a link or no file: name a file.", file=str(path)))


def _write(path: Path, text: str, mode: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())

"""The folder of a report: whatever breaks off, it is as it was or a later report comes in it."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workflow.outputs.report.target_folder import mark, whole_folder

# What stood there, and how often a name is given, or tried, until the new report is in its place.
STOOD = [("nothing", 1), ("an empty folder", 17), ("a report", 15)]
PAGES = ("compliance.html", "index.html", "money.html", "style.css", "timeline.html")


def write(folder: Path, content: str) -> Path:
    """Write a report of which each page says the same."""
    with whole_folder(folder) as draft:
        for inner in ("agreements", "offices"):
            (draft / inner).mkdir()
        for page in PAGES:
            (draft / page).write_text(content, encoding="utf-8")
        mark(draft, 1)
    return folder


def shown(folder: Path) -> dict[str, str]:
    """Return the pages and what they say; nothing of a folder that is not there."""
    there = (folder / page for page in PAGES if (folder / page).exists())
    return {path.name: path.read_text(encoding="utf-8") for path in there}


def standing(place: Path, stood: str) -> Path:
    """Return a folder in which something stands."""
    place.mkdir()
    folder = place / "report"
    if stood == "an empty folder":
        folder.mkdir()
    return write(folder, "earlier") if stood == "a report" else folder


def breaking_off(at: int, *, dies: bool) -> Callable[[Path, Path], Path]:
    """Return what breaks off at a name that is given; who dies puts nothing back."""
    left: Iterator[int] = itertools.count(at, -1)

    def renamed(path: Path, to: Path) -> Path:
        turn = next(left)
        if turn == 1 or (dies and turn < 1):
            raise KeyboardInterrupt
        os.rename(path, to)  # noqa: PTH104 - the real one
        return to

    return renamed


@pytest.mark.parametrize("stood, times", STOOD)
def test_who_breaks_off_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stood: str, times: int
) -> None:
    folder = standing(tmp_path / "place", stood)
    before = sorted(folder.rglob("*")), shown(folder)
    for number in range(1, times + 1):
        monkeypatch.setattr(Path, "rename", breaking_off(number, dies=False))
        with pytest.raises(KeyboardInterrupt):
            write(folder, "new")
        assert (sorted(folder.rglob("*")), shown(folder)) == before
    monkeypatch.setattr(Path, "rename", breaking_off(times + 1, dies=False))
    assert shown(write(folder, "new")) == dict.fromkeys(PAGES, "new")


@pytest.mark.parametrize("stood, times", STOOD)
def test_after_a_kill_a_later_report_comes_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stood: str, times: int
) -> None:
    for number in range(1, times + 1):
        folder = standing(tmp_path / f"{number}", stood)
        monkeypatch.setattr(Path, "rename", breaking_off(number, dies=True))
        with pytest.raises(KeyboardInterrupt):
            write(folder, "new")
        monkeypatch.undo()
        assert shown(write(folder, "later")) == dict.fromkeys(PAGES, "later")


def test_the_index_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = standing(tmp_path / "place", "a report")
    came: list[str] = []

    def renamed(path: Path, to: Path) -> Path:
        os.rename(path, to)  # noqa: PTH104 - the real one
        came.extend([to.name] if to.parent == folder and to.suffix == ".html" else [])
        return to

    monkeypatch.setattr(Path, "rename", renamed)
    write(folder, "new")
    assert came == ["compliance.html", "money.html", "timeline.html", "index.html"]

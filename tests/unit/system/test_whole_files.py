"""Cells, and files that are there whole or not at all."""

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

from notifications.folder import name_anew
from states.model.phrase import Refusal
from workflow.outputs.tables.sheets import cell, in_one
from workflow.system.files import new_folder, ready_folder, scratch_folder, write_whole


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "＝"])
def test_what_a_spreadsheet_would_calculate_is_marked_as_text(sign: str) -> None:
    assert cell(f"{sign}1+1") == f"'{sign}1+1"
    assert cell("1+1") == "1+1"


def test_nor_after_a_semicolon_at_which_a_dutch_spreadsheet_divides() -> None:
    assert cell("Weg; =cmd") == "Weg; '=cmd"
    assert cell('Weg;"=cmd"') == 'Weg;"\'=cmd"'
    assert cell("Gemeente Beek; @SUM(1)") == "Gemeente Beek; '@SUM(1)"
    assert cell("Weg, -5 km; en water") == "Weg, -5 km; en water"


def test_nor_after_a_comma_at_which_another_divides() -> None:
    assert cell("Weg,=1+1,water") == "Weg,'=1+1,water"
    assert cell('Weg, "@SUM(1)') == "Weg, \"'@SUM(1)"
    assert cell("€ 1.000,- per jaar, € 5,-") == "€ 1.000,- per jaar, € 5,-"


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/null")])
def test_a_pipe_a_device_or_a_link_is_never_replaced_by_a_file(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "there")
    before = (tmp_path / "there").lstat()
    with pytest.raises(Refusal, match="is a link or no file"):
        write_whole(tmp_path / "there", b"x")
    assert (tmp_path / "there").lstat().st_ino == before.st_ino
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(Refusal, match="cannot be written"):
        write_whole(tmp_path / "there", b"x")  # a folder has this name
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_a_file_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, synced = tmp_path / "file", list[tuple[int, bool]]()

    def sync(descriptor: int) -> None:
        synced.append((os.fstat(descriptor).st_size, file.exists()))

    monkeypatch.setattr(os, "fsync", sync)
    write_whole(file, b"whole")
    assert (synced, file.read_bytes()) == ([(5, False)], b"whole")


def half_written(folder: Path) -> None:
    with new_folder(folder) as draft:
        (draft / "half").write_text("x", encoding="utf-8")
        raise RuntimeError


def test_a_folder_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        half_written(tmp_path / "dossier")
    assert list(tmp_path.iterdir()) == []
    with new_folder(tmp_path / "dossier") as draft:
        (draft / "whole").write_text("x", encoding="utf-8")
    assert [path.name for path in (tmp_path / "dossier").iterdir()] == ["whole"]
    with pytest.raises(Refusal, match="exists already"), new_folder(tmp_path / "dossier"):
        pass


def test_sentences_in_one_cell_follow_one_another_and_names_have_semicolons() -> None:
    sentences = ["Termijn 4 is te laat.", "Termijn 5 ook."]
    assert in_one("attention", sentences) == "Termijn 4 is te laat. Termijn 5 ook."
    names = ["Maas N.V.", "Gemeente Beek", "Groen B.V."]
    assert in_one("parties", names) == "Maas N.V.; Gemeente Beek; Groen B.V."


def test_where_no_folder_takes_temporary_files_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "away"))
    with pytest.raises(Refusal) as refused, scratch_folder():
        pass
    assert str(refused.value) == (
        "No folder takes temporary files. Name one in TMPDIR that can be written."
    )


def test_work_is_done_where_its_scratch_folder_cannot_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told as a fault after a register had been restored."""

    in_use = Mock(side_effect=OSError(errno.EBUSY, "Device or resource busy"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(os, "rmdir", in_use)
    with scratch_folder() as folder:
        (folder / "register.db").touch()
    assert [*folder.iterdir()] == []


class WithoutSecondNames(type(Path())):  # type: ignore[misc]
    """A path on a disk that has no hard links, such as exFAT."""

    def hardlink_to(self, target: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted", str(self))


def test_where_there_are_no_second_names_a_file_gets_its_name_and_replaces_none(
    tmp_path: Path,
) -> None:
    path, draft = WithoutSecondNames(tmp_path / "backup"), tmp_path / "draft"
    draft.write_text("new")
    name_anew(draft, path)
    assert path.read_text() == "new"

    draft.write_text("newer")
    with pytest.raises(FileExistsError):
        name_anew(draft, path)
    assert path.read_text() == "new"


@pytest.mark.parametrize("made", [ready_folder, lambda folder: new_folder(folder).__enter__()])
def test_a_folder_that_cannot_be_made_is_named(
    tmp_path: Path, made: Callable[[Path], object]
) -> None:
    folder = tmp_path / "nowhere" / "calendars"
    with pytest.raises(Refusal) as refused:
        made(folder)
    assert str(refused.value) == f"{folder} cannot be written: No such file or directory."

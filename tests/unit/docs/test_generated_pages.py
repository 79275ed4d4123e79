"""The reference pages and the catalogue are what the code says now."""

import shutil
from pathlib import Path

import pytest

from docs import generate

COPIED = (*generate.SOURCES, "docs")
GENERATED = [
    "docs/reference/commands.md",
    "docs/reference/configuration.md",
    "docs/reference/procedure.md",
    "docs/reference/procedure.svg",
    "docs/reference/rooms.svg",
    "notifications/locale/nl/LC_MESSAGES/looptijd.mo",
    "notifications/locale/nl/LC_MESSAGES/looptijd.po",
    "workflow/store/tables.py",
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of everything that is read and written."""
    for name in COPIED:
        source = generate.ROOT / name
        copier = shutil.copytree if source.is_dir() else shutil.copy
        copier(source, tmp_path / name)
    return tmp_path


def test_these_files_are_generated() -> None:
    assert sorted(map(str, generate.generated(generate.ROOT))) == GENERATED


def test_the_tree_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_each_changed_file_is_named_and_not_written(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = {name: (copy / name).read_bytes() + b"\n# changed by hand\n" for name in GENERATED}
    for name, content in changed.items():
        (copy / name).write_bytes(content)

    assert generate.main(["--check"], copy) == 1
    said = capsys.readouterr().err.splitlines()
    assert sorted(said) == [f"{name} is stale: run make docs" for name in GENERATED]
    assert {name: (copy / name).read_bytes() for name in GENERATED} == changed


def test_a_missing_file_is_stale(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "docs/reference/commands.md").unlink()

    assert generate.main(["--check"], copy) == 1
    assert capsys.readouterr().err == "docs/reference/commands.md is stale: run make docs\n"


def test_a_new_phrase_makes_the_catalogue_stale(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (copy / "scheduler.py").open("a") as file:
        file.write('\nsay("A sentence that nobody knew.")\n')

    assert generate.main(["--check"], copy) == 1
    assert "looptijd.po is stale" in capsys.readouterr().err


def test_a_new_import_between_rooms_makes_their_picture_stale(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (copy / "workflow/outputs/publication.py").open("a") as file:
        file.write("\nimport workflow.maintenance.nagios\n")

    assert generate.main(["--check"], copy) == 1
    assert capsys.readouterr().err == "docs/reference/rooms.svg is stale: run make docs\n"


def test_generating_makes_everything_up_to_date(copy: Path) -> None:
    (copy / "docs/reference/procedure.md").write_text("old")

    assert generate.main([], copy) == 0
    assert generate.main(["--check"], copy) == 0


def test_translations_survive_generating(copy: Path) -> None:
    assert generate.main([], copy) == 0

    assert generate.read_catalogue(copy / generate.DUTCH)["draft"].string == "concept"


def test_width_and_language_of_the_caller_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    before = generate.generated(generate.ROOT)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("LANG", "nl_NL.UTF-8")
    monkeypatch.setenv("LOOPTIJD_LANGUAGE", "nl")

    assert generate.generated(generate.ROOT) == before


def test_every_command_and_every_setting_has_its_place() -> None:
    assert "## looptijd mail resend\n" in generate.commands()
    assert "`LOOPTIJD_MAIL__HOST`" in generate.configuration()
    assert "| `+P4W`, `+P8W` ↑ |" in generate.procedure()

"""Files and folders that hold personal data are their owner's only, whatever the umask."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from notifications.folder import make_folder
from states.model.fact_types import parse_date
from tests.town import CASE, OFFICES, a_town, running, visiting
from workflow.agreements.simulate import simulate
from workflow.outputs.report.target_folder import whole_folder
from workflow.system.files import new_folder
from workflow.system.state_folder import NEVER, Mark, StateFolder


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct, autouse=True)
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def test_the_sqlite_file_its_log_and_its_folders_are_the_owner_s(tmp_path: Path) -> None:
    home = tmp_path / "a" / "b"
    with visiting(a_town(f"sqlite:///{home / 'looptijd.db'}", tmp_path)) as town:
        town.register(OFFICES, CASE)
        files = sorted(home.iterdir())

        assert [path.name for path in files] == [
            "looptijd.db",
            "looptijd.db-shm",
            "looptijd.db-wal",
        ]
        assert {mode(path) for path in files} == {"0o600"}
        assert [mode(path) for path in (home, home.parent)] == ["0o700", "0o700"]


def test_each_mail_in_a_folder_is_the_owner_s(tmp_path: Path) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        town.register(OFFICES, running("A-1", start="2017-01-01"), history=True)
        folder = tmp_path / "a" / "mail"
        simulate(town.app, (), until=parse_date("2018-06-01"), mail_directory=folder)

        assert len(list(folder.iterdir())) > 1
        assert {mode(path) for path in folder.iterdir()} == {"0o600"}
        assert [mode(path) for path in (folder, folder.parent)] == ["0o700", "0o700"]


def test_of_what_the_state_folder_keeps_only_how_far_the_register_came_is_for_who_may_enter(
    tmp_path: Path,
) -> None:
    state = StateFolder(tmp_path / "state", "test")
    state.raise_to(Mark(register="r", events=1, handed_at=NEVER, adoptions=0))
    state.note_erased("r", ["sealed:0"])
    files = sorted(state.path.iterdir())
    assert [path.name for path in files] == ["looptijd-r-test.json", "looptijd-r.erased"]
    assert [mode(path) for path in (state.path, *files)] == ["0o700", "0o644", "0o600"]

    for path in files:
        path.chmod(0o666)
    state.raise_to(Mark(register="r", events=2, handed_at=NEVER, adoptions=0))
    state.note_erased("r", ["sealed:1"])
    assert [mode(path) for path in files] == ["0o644", "0o600"]


@pytest.mark.parametrize("whole", [whole_folder, new_folder], ids=["report", "dossier"])
def test_the_pages_of_a_report_and_a_dossier_are_the_owner_s(
    tmp_path: Path, whole: Callable[[Path], AbstractContextManager[Path]]
) -> None:
    folder = tmp_path / "new"
    with whole(folder) as draft:
        (draft / "agreements").mkdir()
        for name in ("index.html", "agreements/A-1.html"):
            (draft / name).write_text("Verbindend Leiden", encoding="utf-8")

    assert [mode(path) for path in (folder, folder / "agreements")] == ["0o700", "0o700"]
    assert {mode(path) for path in folder.rglob("*.html")} == {"0o600"}


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there").chmod(0o755)
    make_folder(tmp_path / "there" / "new")

    assert (mode(tmp_path / "there"), mode(tmp_path / "there" / "new")) == ("0o755", "0o700")

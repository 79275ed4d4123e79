"""The line to type is told for lack of rights only."""

import grp
import os
import pwd
import subprocess
from pathlib import Path

import pytest

from states.model.phrase import Refusal, say
from workflow.system.rights import owner, unusable, with_line_to_type

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file another's")
OTHER = pwd.getpwnam("games")


class Away(Refusal):
    exit_code = 5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a state folder that is another's, as a register on PostgreSQL has it."""
    os.chown(tmp_path, OTHER.pw_uid, OTHER.pw_gid)
    return tmp_path


def test_what_is_not_there_or_away_is_not_told_to_be_a_matter_of_rights(folder: Path) -> None:
    for refusal in (Refusal(say("No.")), Away(say("No."))):
        assert str(with_line_to_type(refusal, folder)) == "No."
        assert str(with_line_to_type(refusal, folder / "looptijd.db")) == "No."


def test_what_the_system_refused_is(folder: Path) -> None:
    refusal = Refusal(say("No."))
    refusal.__cause__ = PermissionError(13, "Permission denied", str(folder))
    told = str(with_line_to_type(refusal, folder))
    assert told.startswith("No. Type: sudo -u games looptijd")


def test_whose_files_are_roots_is_told_by_the_user_who_is_named_as_their_group(
    tmp_path: Path,
) -> None:
    os.chown(tmp_path, 0, grp.getgrnam("games").gr_gid)
    assert owner(tmp_path / "looptijd.db") == "games"
    os.chown(tmp_path, 0, 54321)  # of whom nobody knows
    assert owner(tmp_path / "looptijd.db") == "root"


def test_a_user_without_a_login_is_told_by_a_number_as_the_system_takes_it(tmp_path: Path) -> None:
    """Of `sudo -u '#54321'` sudo says “unknown user”, by its `runas_allow_unknown_id`."""
    os.chown(tmp_path, 54321, 54321)
    refusal = Refusal(say("No."))
    refusal.__cause__ = PermissionError(13, "Permission denied", str(tmp_path))
    told = str(with_line_to_type(refusal, tmp_path))
    setpriv = "setpriv --reuid=54321 --regid=54321 --clear-groups"
    assert told.startswith(f"No. Type: sudo {setpriv} looptijd")
    ran = subprocess.run([*setpriv.split(), "id", "-u"], capture_output=True, check=True, text=True)
    assert ran.stdout == "54321\n"


def test_what_the_system_refused_is_told_with_its_file() -> None:
    refusal = unusable(PermissionError(13, "Permission denied", "/srv/looptijd.toml"))
    assert str(refusal) == "/srv/looptijd.toml cannot be used: Permission denied."


@pytest.mark.parametrize("target", ["away/looptijd.db", "looptijd.db"])
def test_a_link_to_a_disk_that_is_away_or_to_itself_leaves_the_sentence_as_it_is(
    folder: Path, target: str
) -> None:
    link = folder / "looptijd.db"
    link.symlink_to(folder / target)
    assert str(with_line_to_type(Away(say("No.")), link)) == "No."

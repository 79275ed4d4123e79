"""Who lacks rights is told the line to type: the same command, as the user of the register."""

import grp
import os
import pwd
import shlex
import sys
from contextlib import suppress
from pathlib import Path

from states.model.phrase import Phrase, Refusal, say
from workflow.system.files import nearest, not_used

UNAVAILABLE = 5


def unusable(error: OSError) -> Refusal:
    """Return what the system refused as a sentence that names the file."""
    refusal = not_used(Path(str(error.filename)), error)
    refusal.__cause__ = error
    return refusal


def with_line_to_type(refusal: Refusal, register: Path) -> Refusal:
    """Add to a refusal for lack of rights what to type, judged by who owns a file of the register.

    The sentence stays one; any other refusal stays as it is.
    """
    if line := _line_to_type(refusal, register):
        *others, last = refusal.sentences
        refusal.sentences = (*others, say("{problem} {line}", problem=last, line=line))
    return refusal


def _line_to_type(refusal: Refusal, register: Path) -> Phrase | None:
    denied = _denial(refusal)
    if not denied and not _is_closed(refusal, register):
        return None
    user, here = owner(register), user_name(os.geteuid())
    if user not in {here, "root"}:
        command = shlex.join(["looptijd", *sys.argv[1:]])
        return say("Type: {line}", line=f"{_as(user)} {command}")
    if user == here and denied and _is_elsewhere(denied, register):
        return say("You work as {user}: name a place that {user} may use.", user=here)
    return None


def _denial(error: BaseException | None) -> PermissionError | None:
    """Return what the system refused, where that is the cause."""
    if error is None or isinstance(error, PermissionError):
        return error
    return _denial(error.__cause__)


def _is_closed(refusal: Refusal, register: Path) -> bool:
    """Tell whether SQLite lacked rights to open or write its file, which it says in other words."""
    is_file = os.path.isfile(register)  # noqa: PTH113 - never raises
    return refusal.exit_code == UNAVAILABLE and is_file and not os.access(register, os.W_OK)


def _is_elsewhere(error: PermissionError, register: Path) -> bool:
    return not Path(str(error.filename)).absolute().is_relative_to(register.parent)


def owner(register: Path) -> str:
    """Return whose a file or its folder is; of root's, the user who is named as its group.

    The nearest folder tells that may be looked at; of a link that leads nowhere, the link itself.
    """
    there = nearest(register)
    leads = os.path.exists(there)  # noqa: PTH110 - never raises
    found = there.stat(follow_symlinks=leads)
    with suppress(KeyError):
        if not found.st_uid and found.st_gid:
            return pwd.getpwnam(grp.getgrgid(found.st_gid).gr_name).pw_name
    return user_name(found.st_uid)


def _as(user: str) -> str:
    """Return how a line is typed that another user is to run.

    One without a login has a number, which sudo itself refuses unless it is told not to.
    """
    if user.isdecimal():
        return f"sudo setpriv --reuid={user} --regid={user} --clear-groups"
    return f"sudo -u {user}"


def hand_over(file: str) -> Phrase:
    """Return what to type so that who asks reads a file, and the user of the register takes it."""
    me = _as(user_name(os.geteuid()))
    line = f"{me} looptijd import - < {shlex.quote(file)}"
    return say("Hand it over as yourself: {line}", line=line)


def user_name(number: int) -> str:
    """Return the login of a user, or the number of one who has none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)

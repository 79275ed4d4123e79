"""The disk is full at each statement of what operators do, one after the other: nothing is done.

SQLite answers a full disk by undoing the transaction as a whole. Who caught that and went on would
keep each further statement by itself, and end as if all had gone well.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import time
from itertools import count

import click
import pytest
from click.testing import CliRunner

from states.model.phrase import say
from tests.contents import file_of
from tests.store import Unavailable, failing_at, full_disk
from tests.town import OFFICES, REF, Town, running
from workflow.agreements.act import Asked, act
from workflow.app.clock_guard import confirm_clock
from workflow.app.signs_of_life import leave_sign_of_life
from workflow.cli.command import Command, operator_command
from workflow.intake.register import import_files
from workflow.mail import queue
from workflow.maintenance.adopt import Choice, adopt
from workflow.maintenance.setup import adopt_policy
from workflow.people.erase import erase
from workflow.system.settings import Calendar, Municipality

pytestmark = pytest.mark.on_sqlite


def kept(town: Town) -> tuple[list[str], dict[str, bytes]]:
    """Return every row, and every file beside them but whom to erase again after a restore.

    Of whom the folder is told before anybody is erased: he would be forgotten otherwise.
    """
    with closing(sqlite3.connect(file_of(town.app.settings.database.url))) as file:
        rows = [*file.iterdump()]
    beside = (path for path in town.folder.iterdir() if path.suffix in {".json", ".toml"})
    return rows, {path.name: path.read_bytes() for path in beside}


def refused_at_each(town: Town, does: Callable[[], object], *, told_by_the_daemon: str = "") -> int:
    """Let something find the disk full at each of its statements; return how often it was refused.

    Then it is done as ever; at what is asked after that the daemon tells of the disk.
    """
    before = kept(town)
    for number in count():
        with failing_at(town.app.database, number) as asked, refused() as refusals:
            does()
        if not refusals:
            break
        assert kept(town) == before, asked[number]
    assert "".join(asked[number:][:1]) == told_by_the_daemon
    assert kept(town) != before
    town.tick()
    assert town.problems() == []
    return number


@contextmanager
def refused() -> Iterator[list[str]]:
    """Give the sentence of a refusal."""
    told: list[str] = []
    try:
        yield told
    except Unavailable as refusal:
        (sentence,) = map(str, refusal.sentences)
        assert "The database cannot be used" in sentence
        told.append(sentence)


def by_eleven(town: Town) -> Town:
    return town.configured(calendar=Calendar(alert_time=time(11)))


def of_acceptance(town: Town) -> Town:
    return town.configured(municipality=Municipality(name="Maastricht", installation="acceptance"))


def test_what_is_imported_is_so_as_a_whole(town: Town) -> None:
    files = [*map(town.at("2018-06-01 10:00").file, (OFFICES, running("A-1"), running("A-2")))]
    assert refused_at_each(town, lambda: import_files(town.app, files, by="x", history=True)) > 15


DONE: dict[str, dict[str, str]] = {
    "pay": {"instalment": "1"},
    "amend": {"reason": "verlengd", "term__length": "P4Y"},
    "note": {"text": "gebeld"},
    "suspend": {"reason": "Corona", "on": "2017-11-13", "moves_end": "yes"},
    "terminate": {"reason": "Klaar.", "ends_on": "2018-10-31"},
    "undo": {"reason": "Vergissing."},
}


@pytest.mark.parametrize("action", DONE)
def test_what_is_done_with_an_agreement_is_so_as_a_whole(town: Town, action: str) -> None:
    town.in_force().at("2017-12-01 10:00")
    assert refused_at_each(town, lambda: town.do(action, **DONE[action])) > 15


def test_several_instalments_are_paid_together_or_none_is(town: Town) -> None:
    town.in_force().at("2017-12-01 10:00")
    each = [
        Asked(ref=REF, action="pay", pairs={"instalment": number}, by="x", reason=None)
        for number in ("1", "2")
    ]
    assert refused_at_each(town, lambda: act(town.app, *each)) > 30


def test_an_office_is_handed_over_as_a_whole(town: Town) -> None:
    town.in_force()
    email = "claessen@maastricht.example"
    assert refused_at_each(town, lambda: town.hand_over("financien", email)) > 15


def test_a_mail_is_sent_again_as_a_whole(town: Town) -> None:
    town.in_force()
    assert refused_at_each(town, lambda: queue.resend(town.app, "1", by="beheer")) > 15


def test_a_policy_is_adopted_as_a_whole(town: Town) -> None:
    town.in_force()
    town = by_eleven(town)
    assert refused_at_each(town, lambda: adopt_policy(town.app, by="beheer")) > 15


def test_a_register_is_adopted_as_a_whole(town: Town) -> None:
    town.in_force()
    town = of_acceptance(town).at("2018-10-12 10:00")

    def adopts() -> None:
        adopt(town.app, Choice.SEND, by="beheer")

    assert refused_at_each(town, adopts, told_by_the_daemon="BEGIN") > 15


def test_a_clock_is_confirmed_as_a_whole(town: Town) -> None:
    town.in_force().at("2019-10-12 10:00").tick()
    assert refused_at_each(town, lambda: confirm_clock(town.app, by="beheer")) > 15


def test_a_person_is_erased_as_a_whole_and_nothing_is_asked_after_it(town: Town) -> None:
    """Who was told that the database is away would hear afterwards that nobody is kept."""
    town.in_force()
    assert refused_at_each(town, lambda: erase(town.app, "A. Janssen", by="b", reason="r")) > 15


def test_who_hears_no_answer_to_what_is_recorded_is_told_that_it_is(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def recorded(command: Command) -> None:
        leave_sign_of_life(command.app, "host:1", None)
        raise Unavailable(say("The database is away.")) from full_disk()

    monkeypatch.setenv("LOOPTIJD_DATABASE__URL", town.in_force().app.settings.database.url)
    command = click.command()(operator_command(recorded))
    ran = CliRunner().invoke(command, [], obj={"config": None, "lang": "en"})
    assert (ran.exit_code, ran.output.splitlines()) == (
        5,
        [
            "looptijd: The database is away.",
            "looptijd: What was recorded before that stays recorded.",
        ],
    )

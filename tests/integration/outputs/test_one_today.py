"""Every output looks at the day of the policy in force, whatever the configuration proposes."""

from collections.abc import Mapping
from datetime import date
from inspect import unwrap

import click
import pytest

from notifications.language import language
from tests.chaos.tenses import out_of_time
from tests.town import CASE, OFFICES, Town
from workflow.cli.command import Command
from workflow.cli.commands.deadlines import deadlines_command
from workflow.cli.commands.list import list_command
from workflow.cli.commands.office import office_list
from workflow.cli.commands.show import show_command
from workflow.cli.commands.timeline import timeline_command
from workflow.cli.commands.today import today_command
from workflow.mail.preview import preview
from workflow.maintenance.doctor import doctor
from workflow.outputs.calendars import calendars
from workflow.outputs.json.views import Views
from workflow.people.handover import hand_over
from workflow.system.settings import Calendar

REF = "SO-2017-0042"
FOURTEEN_HOURS_AHEAD = Calendar(timezone="Pacific/Kiritimati")
FILTERS = ("stage", "office", "party", "search")
ASKED: Mapping[click.Command, dict[str, object]] = {
    today_command: {"office": None, "within": None, "everything": False},
    list_command: dict.fromkeys(["attention", "ends_before", *FILTERS]) | {"order": "urgency"},
    show_command: {"ref": REF},
    deadlines_command: {"ref": REF, "until": None, "within": "P8W"},
    timeline_command: {"ref": REF, "office": None},
    office_list: {},
}


def printed(town: Town, command: click.Command, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a command prints."""
    words = language("nl")
    assert command.callback
    run = unwrap(command.callback)
    run(Command(town.app, words, Views(words, town.app.local), as_json=False), **ASKED[command])
    return capsys.readouterr().out


@pytest.mark.on_sqlite
def test_a_zone_that_is_not_adopted_makes_no_other_day(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    town.register(OFFICES, CASE).decided().signed().at("2018-10-12 15:00")  # the payment's date
    hand_over(
        town.app,
        "sociaal-domein",
        name="wethouder Van Dinsdag",
        email="dinsdag@maastricht.example",
        since=date(2018, 10, 13),
        by="beheer",
        reason=None,
    )
    elsewhere = town.configured(calendar=FOURTEEN_HOURS_AHEAD)  # where it is the 13th
    for command in ASKED:
        assert printed(elsewhere, command, capsys) == printed(town, command, capsys), command.name
    assert calendars(elsewhere.app, language("nl")) == calendars(town.app, language("nl"))
    assert [check.detail for check in doctor(elsewhere.app) if check.name == "offices"] == [
        check.detail for check in doctor(town.app) if check.name == "offices"
    ]
    for letter in (preview(it.app, "payment", REF).text for it in (elsewhere, town)):
        assert "wethouder Van Dinsdag" not in letter

    town.relay.forget()
    elsewhere.one_pass()
    mails = elsewhere.relay.accepted
    assert {mail.header("Date") for mail in mails} == {"Fri, 12 Oct 2018 15:00:00 +0200"}
    assert [words for mail in mails for words in out_of_time(mail.content)] == []

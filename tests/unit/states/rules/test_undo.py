"""Taking back a recording: refused where something else was built on it."""

from datetime import UTC, date, datetime

import pytest

from states.model.agreement import Agreement
from states.model.events import Event, FactChange
from states.model.stage import Stage
from states.rules.action import Request
from states.rules.undo import UNDO, undoable
from tests.agreements import Changes, Walk, agreement

SUSPENDED: Changes = {"suspension.1.on": "2017-11-01", "suspension.1.moves_end": "false"}
RESUMED: Changes = {"suspension.1.resumed_on": "2018-01-09"}


def event(seq: int, action: str, *changes: FactChange) -> Event:
    return Event(
        seq=seq,
        at=datetime(2018, 1, 10, 9, tzinfo=UTC),
        actor="griffier",
        action=action,
        stage_before=Stage.DRAFT,
        stage=Stage.DRAFT,
        changes=changes,
    )


def refusals(held: Agreement, undoes: Event, *later: Event) -> list[str]:
    request = Request(today=date(2018, 1, 11), undoes=undoes, later=later)
    return [str(phrase) for phrase in UNDO.refusals(held, request)]


def set_to(field: str, new: str) -> FactChange:
    return FactChange(field, None, new)


def test_what_nothing_was_built_on_is_taken_back() -> None:
    titled = event(4, "amend", set_to("purpose", "Samen"))

    assert refusals(agreement({"purpose": "Samen"}), titled, event(5, "pay")) == []


def test_what_a_later_fact_cannot_be_read_without_is_not_taken_back() -> None:
    suspended = event(4, "suspend", *(set_to(k, v) for k, v in SUSPENDED.items() if v))
    held = agreement({**SUSPENDED, **RESUMED})

    assert refusals(held, suspended, event(5, "resume")) == [
        "Event 4 cannot be taken back: event 5 builds on it."
    ]
    assert refusals(held, suspended, event(5, "note")) == []


@pytest.mark.parametrize(
    "field, new, refused",
    [
        (
            "successor",
            "A-2",
            ["Its successor A-2 was registered with it: withdraw that, and decide anew."],
        ),
        ("purpose", "Samen", []),
    ],
)
def test_what_a_successor_was_registered_with_is_not_taken_back(
    field: str, new: str, refused: list[str]
) -> None:
    assert refusals(agreement({field: new}), event(4, "decide", set_to(field, new))) == refused


def test_a_successor_that_was_taken_away_stands_in_nobodys_way() -> None:
    assert refusals(agreement(), event(4, "amend", FactChange("successor", "A-2", None))) == []


def last(walk: Walk) -> Event:
    """Return what is taken back where no event is named."""
    own = [e for e in walk.events if e.actor == "griffier" and e.action != "undo"]
    return next(undoable(walk.agreement, own))


def test_the_last_recording_is_the_last_also_when_time_moved_the_stage_on() -> None:
    walk = Walk().decided().signed().until("2020-07-13 00:00").do("conclude", "2020-07-14 10:00")
    concluded = last(walk)
    walk.until("2020-10-20 00:00")

    assert walk.is_in("ended")
    assert (concluded.action, last(walk)) == ("conclude", concluded)
    assert walk.take_back(concluded, "2020-10-20 10:00").is_in("ended")
    assert last(walk).action == "sign"


def test_a_step_that_was_taken_back_is_not_the_last() -> None:
    walk = Walk().do("submit", "2017-06-02 10:00").do("revise", "2017-06-03 10:00")
    walk.take_back(walk.events[-1], "2017-06-04 10:00")

    assert last(walk).action == "submit"

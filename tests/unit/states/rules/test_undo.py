"""Taking back a recording: refused where something else was built on it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from states.dates.instalments import payments
from states.model.agreement import Agreement
from states.model.events import Event, FactChange
from states.model.stage import Stage
from states.rules.action import Request
from states.rules.undo import UNDO, undoable
from tests.agreements import Changes, Walk, agreement, amended, in_force

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


# What is settled by a number ---------------------------------------------------------------------

QUARTERLY: Changes = {
    "obligation.figures.what": "kwartaalcijfers",
    "obligation.figures.on": "2018-01-02",
    "obligation.figures.every": "P3M",
}


def recorded(walk: Walk) -> Event:
    return next(e for e in reversed(walk.events) if e.actor == "griffier")


def amending(walk: Walk, when: str, **facts: str) -> Event:
    return recorded(amended(walk, when, **facts))


def test_a_period_is_not_taken_back_once_something_was_paid_by_it() -> None:
    """The second quarter would be the second year, and that would seem paid."""
    walk = in_force()
    quarterly = amending(walk, "2017-11-01 10:00", contribution__every="P3M")
    assert refusals(walk.agreement, quarterly, event(9, "note")) == []

    first = recorded(walk.do("pay", "2017-11-02 10:00", instalment="1"))
    assert refusals(walk.agreement, quarterly, first) == []
    second = recorded(walk.do("pay", "2018-01-12 10:00", instalment="2"))
    built_on = f"Event {quarterly.seq} cannot be taken back: event {second.seq} builds on it."
    assert refusals(walk.agreement, quarterly, second) == [built_on]


def test_a_period_is_not_taken_back_once_something_was_fulfilled_by_it() -> None:
    walk = in_force({**QUARTERLY, "obligation.figures.every": "P1Y"})
    quarterly = amending(walk, "2017-11-01 10:00", obligation__figures__every="P3M")

    second = recorded(walk.do("fulfil", "2018-04-03 10:00", obligation="figures", number=2))
    built_on = f"Event {quarterly.seq} cannot be taken back: event {second.seq} builds on it."
    assert refusals(walk.agreement, quarterly, second) == [built_on]
    other = event(99, "amend", set_to("purpose", "Samen"))
    assert refusals(walk.agreement, quarterly, other) == []


def test_what_was_paid_keeps_its_amount_when_what_was_agreed_is_taken_back() -> None:
    walk = in_force()
    more = amending(walk, "2017-11-01 10:00", contribution__amount="1500.00")
    walk.do("pay", "2018-10-12 10:00", instalment="2")
    walk.take_back(more, "2018-10-15 10:00")

    told = {item.number: item.money.amount for item in payments(walk.agreement, date(2020, 1, 1))}
    assert told == {1: Decimal("1000.00"), 2: Decimal("1500.00"), 3: Decimal("1000.00")}


@pytest.mark.parametrize("parts", [{}, {"correction": True}])
def test_what_was_paid_before_is_as_it_was_when_another_amount_is_taken_back(
    parts: dict[str, bool],
) -> None:
    walk = in_force().do("pay", "2017-10-20 10:00", instalment="1")
    before = walk.agreement
    other = {"instalment.1.amount": "900.00"}
    walk.do("amend", "2017-11-01 10:00", reason="x", facts=other, **parts)
    less = recorded(walk)
    walk.do("amend", "2017-11-02 10:00", reason="x", facts={"instalment.1.paid_on": "2017-10-19"})

    first, *_ = payments(walk.take_back(less, "2017-11-03 10:00").agreement, date(2020, 1, 1))
    assert first.money.amount == Decimal("1000.00")
    assert walk.agreement.instalment[1] == replace(before.instalment[1], paid_on=date(2017, 10, 19))


def test_a_payment_is_taken_back_with_the_amount_that_was_written_down_since() -> None:
    walk = in_force()
    paid = recorded(walk.do("pay", "2017-10-20 10:00", instalment="1"))
    amended(walk, "2017-11-01 10:00", instalment__1__amount="900.00")
    assert walk.agreement.instalment[1].paid_amount == Decimal("1000.00")

    walk.take_back(paid, "2017-11-02 10:00")
    assert walk.agreement.instalment[1].paid_amount is None

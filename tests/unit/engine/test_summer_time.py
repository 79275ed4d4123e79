"""Both Sundays on which the clock changes, of each year from 2026 to 2040, minute by minute."""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest

from states.dates.policy import Policy, instant
from tests.agreements import Changes, Walk
from workflow.engine.engine import fire_due

IN_THE_CHANGED_HOUR = Policy(alert_time=time(2, 30))
# Nobody works on these: the alert left before the weekend.
EASTER_MONDAYS = {date(2027, 3, 29), date(2032, 3, 29), date(2035, 3, 26)}
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
RUNNING: Changes = {
    "stage": "active",
    "term.length": "P1Y",
    "evaluation.final.before_end": None,
    "evaluation.final.clause": None,
    "decision.1.on": "2020-01-07",
    "decision.1.outcome": "as_proposed",
    **{
        f"party.{key}.signed_on": "2020-02-03"
        for key in ("maastricht", "limburg", "waterschap", "beesel", "cooperatie")
    },
    **{
        f"contribution.{key}": None
        for key in ("amount", "every", "payee", "budget_line", "budgeted_through", "office")
    },
    **{f"decision_point.{number}.text": None for number in (1, 2)},
}


def last_sunday(year: int, month: int) -> date:
    """Return the day on which the clock changes: 25 March to 31 March, 25 to 31 October."""
    return max(
        day
        for week in calendar.Calendar().monthdatescalendar(year, month)
        for day in week
        if day.month == month and day.weekday() == calendar.SUNDAY
    )


SUNDAYS = [last_sunday(year, month) for year in range(2026, 2041) for month in (3, 10)]


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    """Return an instant in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def minutes(sunday: date) -> Iterator[datetime]:
    """Yield every minute from Saturday noon to Monday noon, in UTC."""
    moment = utc(sunday - DAY, 12)
    while moment < utc(sunday + DAY, 12):
        yield moment
        moment += MINUTE


def fired(sunday: date, changes: Changes) -> list[tuple[str, datetime]]:
    """Return what fires in a weekend and at which minute, with a daemon that looks each minute.

    In the night it decides at every minute, whether or not anything should be due.
    """
    walk = Walk(
        {**RUNNING, **changes},
        when=f"{sunday - 3 * DAY} 12:00",
        policy=IN_THE_CHANGED_HOUR,
        history=True,
    ).forget()
    found: list[tuple[str, datetime]] = []
    for moment in minutes(sunday):
        alert = walk.next_alert_at
        if (alert and alert <= moment) or utc(sunday, 0) <= moment < utc(sunday, 3):
            change = fire_due(walk.dossier, walk.policy, moment)
            walk.dossier, walk.next_alert_at = change.dossier, change.next_alert_at
            found += [(str(event.occurrence), moment) for event in change.events]
            assert walk.next_alert_at is None or walk.next_alert_at > moment
    return found


def test_the_clock_changes_on_thirty_sundays() -> None:
    assert len(SUNDAYS) == 30
    assert SUNDAYS[:2] == [date(2026, 3, 29), date(2026, 10, 25)]
    assert SUNDAYS[-2:] == [date(2040, 3, 25), date(2040, 10, 28)]


@pytest.mark.parametrize("sunday", SUNDAYS, ids=str)
def test_an_agreement_begins_once_at_midnight(sunday: date) -> None:
    signed: Changes = {"stage": "signing", "term.start": f"{sunday}"}
    hour = 23 if sunday.month == 3 else 22  # winter time still, or summer time still
    assert fired(sunday, signed) == [
        (f"activation:term:{sunday}:P0D", utc(sunday - DAY, hour)),
    ]


@pytest.mark.parametrize("sunday", SUNDAYS, ids=str)
def test_an_agreement_whose_last_day_it_is_ends_once_at_its_midnight(sunday: date) -> None:
    monday = sunday + DAY
    begun = monday.replace(year=monday.year - 1)
    hour = 22 if sunday.month == 3 else 23
    assert fired(sunday, {"term.start": f"{begun}"}) == [
        (f"expiry:term:{monday}:P0D", utc(sunday, hour)),
    ]


@pytest.mark.parametrize("sunday", SUNDAYS, ids=str)
def test_an_alert_at_half_past_two_fires_once_on_the_monday_after(sunday: date) -> None:
    monday = sunday + DAY
    begun = monday - timedelta(weeks=26)
    half_past = utc(monday, 0, 30) if sunday.month == 3 else utc(monday, 1, 30)
    evaluated: Changes = {"term.start": f"{begun}", "evaluation.halfway.after_start": "P26W"}
    expected = [(f"evaluation:halfway:{monday}:P0D", half_past)]
    assert fired(sunday, evaluated) == ([] if monday in EASTER_MONDAYS else expected)


@pytest.mark.parametrize(
    "sunday,expected",
    [
        (date(2026, 3, 29), utc(date(2026, 3, 29), 1, 30)),  # skipped: half past three
        (date(2026, 10, 25), utc(date(2026, 10, 25), 0, 30)),  # repeated: the first time
    ],
)
def test_a_time_that_is_skipped_or_repeated_is_one_instant(
    sunday: date, expected: datetime
) -> None:
    assert instant(sunday, time(2, 30), "Europe/Amsterdam") == expected


def test_the_clock_changes_on_these_sundays_as_long_as_the_law_says_so() -> None:
    """Where other zone data fail this, `RULES_VERSION` counts one more: `init` then plans anew."""
    for year in range(2026, 2100):
        march, october = last_sunday(year, 3), last_sunday(year, 10)
        noons = [instant(day, time(12), "Europe/Amsterdam") for day in (march - DAY, october)]
        assert noons == [utc(march - DAY, 11), utc(october, 11)]
        noons = [instant(day, time(12), "Europe/Amsterdam") for day in (march, october - DAY)]
        assert noons == [utc(march, 10), utc(october - DAY, 10)]

"""What is done and taken back at once leaves the future as it was, in whatever life."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, time, timedelta

from hypothesis import example
from hypothesis import given as for_all
from hypothesis import strategies as st

from states.dates.working_days import WorkingDays
from states.model.events import FOUND_OUT, Alert, Event
from states.model.phrase import Refusal
from states.model.stage import OccurrenceName
from tests.chance import AGREEMENTS, BEGINNINGS, HAPPENED, SETTINGS, a_day, begun, effort
from tests.clerk import Clerk
from tests.operators import DRAWN, Drawn, amendment, any_fact, chosen, keys_of

AHEAD = timedelta(days=300)
HOURS = (time(8), time(0), time(2, 30), time(23, 59))
A_MOMENT = st.tuples(st.integers(0, 60), st.lists(DRAWN, min_size=4, max_size=4), DRAWN)


MISTAKEN = [Drawn(250, 3, 4, 6)] * 4  # an earlier first day: it is in force, and a notice is told
A_MISTAKE = [(0, MISTAKEN, Drawn(55, 0, 0, 0)), (5, MISTAKEN, Drawn(64, 0, 0, 6))]


@effort(15)
@example(
    name="obligations, tacit, from the last of August",
    beginning="signed",
    happened="nothing",
    moments=[*A_MISTAKE, (44, MISTAKEN, Drawn(77, 0, 9, 4))],
)
@for_all(
    name=st.sampled_from(list(AGREEMENTS)),
    beginning=BEGINNINGS,
    happened=st.sampled_from(list(HAPPENED)),
    moments=st.lists(A_MOMENT, min_size=3, max_size=8),
)
def test_what_is_done_and_taken_back_at_once_leaves_the_future_as_it_was(
    name: str, beginning: str, happened: str, moments: list[tuple[int, list[Drawn], Drawn]]
) -> None:
    clerk = begun(name, beginning, happened, 1)
    for days, tried, stays in moments:
        clerk.until(clerk.now + timedelta(days=days))
        if days % 2:
            clerk.until(clerk.next_alert_at or clerk.now)  # something was told just now
        clerk.now += timedelta(minutes=1)
        awaited = told_from_now_on(clerk)
        for drawn in tried:
            mistaken = clerk.copy()
            if is_done_and_taken_back(mistaken, drawn) and says_the_same(mistaken, clerk):
                expected = without(mistaken.alerts, awaited)
                said = told_of_another_date(mistaken, clerk)
                assert told_from_now_on(mistaken) == {
                    cause: moment for cause, moment in expected.items() if not said(cause)
                }
        something_happens(clerk, stays)


def is_done_and_taken_back(clerk: Clerk, drawn: Drawn) -> bool:
    recorded = an_operator_acts(clerk, drawn)
    if not recorded:
        return False
    clerk.now += timedelta(minutes=drawn.also % 3)
    return not isinstance(clerk.take_back(recorded), Refusal)


def an_operator_acts(clerk: Clerk, drawn: Drawn) -> Event | None:
    """Return what was recorded that can be taken back."""
    if drawn.day % 4 == 0:
        done = clerk.act("amend", amendment(clerk, drawn))
    elif drawn.day % 4 == 1:
        done = clerk.act("amend", any_fact(clerk, drawn))
    else:
        name = chosen(clerk, drawn.which)
        done = clerk.act(name, keys_of(name, clerk, drawn))
    events = () if isinstance(done, Refusal) else done.events
    return next((event for event in events if event.actor == "griffier" and event.changes), None)


def something_happens(clerk: Clerk, drawn: Drawn) -> None:
    """Let something happen that stays: a deed, an acknowledgement, other settings."""
    match drawn.offset % 4:
        case 0:
            closed = frozenset(a_day(clerk, n, drawn.day) for n in range(drawn.also))
            clerk.adopt(
                SETTINGS[drawn.which % len(SETTINGS)],
                alert_time=HOURS[drawn.day % len(HOURS)],
                working_days=WorkingDays(closed_days=closed),
            )
        case 1:
            until = clerk.today + timedelta(weeks=1 + drawn.day)
            acknowledged = keys_of("acknowledge", clerk, drawn)
            clerk.act("acknowledge", {**acknowledged, "until": until.isoformat()})
        case 2:
            recorded = an_operator_acts(clerk, drawn)
            if recorded and drawn.also % 2:
                clerk.until(clerk.now + timedelta(days=drawn.also))
                clerk.take_back(recorded)
        case _:
            an_operator_acts(clerk, drawn)


def says_the_same(one: Clerk, other: Clerk) -> bool:
    return dict(stated(one)) == dict(stated(other))


def stated(clerk: Clerk) -> Iterator[tuple[str, str]]:
    """Yield the facts that somebody stated, and the stage."""
    yield "stage", clerk.agreement.stage
    for path, value in clerk.facts.items():
        if not path.startswith(FOUND_OUT):
            yield path, value


def told_from_now_on(clerk: Clerk) -> dict[str, datetime]:
    """Return when steps will be told of, where nothing else is recorded."""
    future = clerk.copy()
    future.until(clerk.now + AHEAD)
    told = {alert.cause: alert.leaves_at for alert in future.alerts}
    return without(clerk.alerts, told)


def told_of_another_date(mistaken: Clerk, clerk: Clerk) -> Callable[[str], bool]:
    """Tell of a step whose day is over if it was told by mistake, of another date: not again."""
    causes = {alert.cause for alert in mistaken.alerts} - {alert.cause for alert in clerk.alerts}
    names = filter(None, map(OccurrenceName.of, causes))
    told = {(name.subject, name.step) for name in names}

    def is_said(cause: str) -> bool:
        name = OccurrenceName.parse(cause)
        at = mistaken.policy.alert_of(name.day, name.step)
        return (name.subject, name.step) in told and at <= mistaken.now

    return is_said


def without(alerts: Iterable[Alert], told: Mapping[str, datetime]) -> dict[str, datetime]:
    """Return what is told of steps, without what was told by then."""
    known = {alert.cause for alert in alerts}
    return {
        cause: moment
        for cause, moment in told.items()
        if cause not in known and not cause.startswith("event:")
    }

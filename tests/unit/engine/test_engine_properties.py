"""However irregularly the clock ticks, what comes of an agreement is the same in the end."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import zip_longest

from hypothesis import given as for_all
from hypothesis import strategies as st

from states.dates.policy import Alerts, Policy
from states.process import PROCESS
from tests import oracle_dates
from tests.agreements import Walk, at
from tests.audits import findings
from tests.chance import AGREEMENTS, BEGINNINGS, HAPPENED, SETTINGS, begun, effort
from tests.clerk import Clerk
from tests.operators import DRAWN, SELDOM, Drawn, keys_of
from tests.truths import an_amendment_says_nothing_again
from workflow.engine.deadlines import derive, occurrences
from workflow.engine.engine import fire_due

POLICY = Policy()
DAY = 24 * 60
LONG = st.sampled_from([DAY, 90 * DAY, 300 * DAY])  # else hardly any term would come to its end
GAPS = st.lists(st.integers(1, 200 * DAY) | LONG, min_size=3, max_size=12)
WAITS = st.integers(0, 90) | st.sampled_from([30, 200, 400])
REQUESTS = st.lists(st.tuples(WAITS, st.integers(0, 90), DRAWN), min_size=2, max_size=8)


@st.composite
def desks(draw: st.DrawFn) -> Clerk:
    """Return an agreement of which things were asked, at a moment when all that is due was done."""
    name, happened = draw(st.sampled_from(list(AGREEMENTS))), draw(st.sampled_from(list(HAPPENED)))
    clerk = begun(name, draw(BEGINNINGS), happened, draw(st.integers(0, 4)))
    for days, choice, drawn in draw(REQUESTS):
        clerk.tick(clerk.now + timedelta(days=days))
        _asked(clerk, choice, drawn)
    clerk.tick(clerk.now)
    return clerk


def _asked(clerk: Clerk, choice: int, drawn: Drawn) -> None:
    """Ask for what is done often in this stage, for anything that can be done, or to amend."""
    names = [action.name for action in PROCESS[clerk.agreement.stage].actions]
    lively = [name for name in names if name not in SELDOM]
    options = (lively or names, names, ["amend"])[choice % 3]
    name = options[choice // 3 % len(options)]
    clerk.act(name, keys_of(name, clerk, drawn))


@effort(40)
@for_all(desks(), GAPS)
def test_a_future_that_is_split_anywhere_is_the_same_future(clerk: Clerk, gaps: list[int]) -> None:
    split, end = clerk.copy(), clerk.now + timedelta(minutes=sum(gaps))
    clerk.until(end)
    for minutes in gaps:
        split.until(split.now + timedelta(minutes=minutes))
        split.tick(split.now)

    assert (split.events, split.alerts) == (clerk.events, clerk.alerts)
    assert split.dossier == clerk.dossier


@effort(40)
@for_all(desks(), GAPS)
def test_a_daemon_that_is_late_records_what_a_punctual_one_does(
    clerk: Clerk, gaps: list[int]
) -> None:
    late, end = clerk.copy(), clerk.now + timedelta(minutes=sum(gaps))
    clerk.until(end)
    for minutes in gaps:
        late.tick(late.now + timedelta(minutes=minutes))

    assert late.facts == clerk.facts
    assert (late.agreement.stage, late.agreement.ending) == (
        clerk.agreement.stage,
        clerk.agreement.ending,
    )
    assert late.dossier.recorded.keys() >= clerk.dossier.recorded.keys()
    assert not set(_watched(late)) & (late.dossier.recorded.keys() - clerk.dossier.recorded.keys())


def _watched(clerk: Clerk) -> Iterator[str]:
    """Yield every step there is; of what a renewal took away a late daemon records more."""
    derived = derive(clerk.agreement, clerk.policy, clerk.today)
    yield from (item.name for item in occurrences(derived, clerk.policy))


@effort(40)
@for_all(desks(), GAPS)
def test_a_daemon_that_is_never_late_says_so(clerk: Clerk, gaps: list[int]) -> None:
    known = len(clerk.events)
    clerk.until(clerk.now + timedelta(minutes=sum(gaps)))

    assert not [event for event in clerk.events[known:] if event.late_by]


@effort(40)
@for_all(desks(), GAPS, st.lists(st.sampled_from(SETTINGS), max_size=2))
def test_an_outside_judge_finds_nothing_wrong(
    clerk: Clerk, gaps: list[int], settings: list[Alerts]
) -> None:
    """What it derives shares nothing with the engine (workflow/outputs/audit/check.py)."""
    for minutes, alerts in zip_longest(gaps, settings):
        if alerts:
            clerk.now += timedelta(seconds=1)  # of what happened at this moment the old one told
            clerk.adopt(alerts)
        clerk.until(clerk.now + timedelta(minutes=(minutes or 0) // 2))
        clerk.tick(clerk.now + timedelta(minutes=(minutes or 0) // 2))

    assert findings(clerk) == []


@effort(20)
@for_all(desks(), st.integers(0, 900), st.sampled_from([-2, -1, 1, 2]))
def test_a_start_that_is_corrected_by_days_says_nothing_again(
    clerk: Clerk, days: int, offset: int
) -> None:
    clerk.until(clerk.now + timedelta(days=days))
    if start := oracle_dates.start(clerk.facts):
        corrected = start + timedelta(days=offset)
        clerk.act("amend", {"term.start": corrected.isoformat()})
    an_amendment_says_nothing_again(clerk)


@effort(20)
@for_all(st.lists(st.integers(1, 200 * DAY), min_size=1, max_size=30))
def test_each_step_is_recorded_once_however_irregularly_the_clock_ticks(gaps: list[int]) -> None:
    walk, now = Walk().decided().signed(), at("2017-10-12 10:00")
    for minutes in gaps:
        now += timedelta(minutes=minutes)
        walk._keep(fire_due(walk.dossier, POLICY, now))
    walk.tick("2021-01-01 12:00")

    fired = [event.occurrence for event in walk.events if event.occurrence]
    recorded = Counter([*walk.superseded(), *fired])
    assert set(recorded.values()) == {1}
    assert len(recorded) == 31
    assert walk.ending == "lapsed"


def test_a_clock_that_ticks_often_fires_no_lead_after_its_date_and_no_follow_up_before() -> None:
    walk = Walk().decided().signed().forget()
    now = at("2017-10-12 10:00")
    while now < at("2020-10-13 00:00"):
        now += timedelta(minutes=961)
        walk._keep(fire_due(walk.dossier, POLICY, now))

    for event in walk.events:
        assert event.occurrence is not None
        assert event.nominal_on is not None
        step, day = event.occurrence.rpartition(":")[2], POLICY.day_of(event.at)
        assert day > event.nominal_on if step.startswith("+") else day <= event.nominal_on
    assert len(walk.events) == 25
    assert not walk.superseded()


@effort(20)
@for_all(st.lists(st.integers(1, 200 * DAY), min_size=1, max_size=30))
def test_an_outage_never_mails_an_older_step_after_a_newer_one(gaps: list[int]) -> None:
    walk, now = Walk().decided().signed().forget(), at("2017-10-12 10:00")
    for minutes in gaps:
        now += timedelta(minutes=minutes)
        walk._keep(fire_due(walk.dossier, POLICY, now))

    order = ["-P3M", "-P1M", "P0D", "+P2W", "+P4W", "+P6W"]
    mailed = [
        order.index(alert.cause.rpartition(":")[2])
        for alert in walk.alerts
        if alert.rule == "evaluation"
    ]
    assert mailed == sorted(mailed)

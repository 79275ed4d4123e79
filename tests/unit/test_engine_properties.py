"""No sequence of wishes and clock steps leaves the declared procedure or fires a step twice."""

from collections import Counter
from contextlib import suppress
from datetime import date, datetime, timedelta

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from states.action import Action, Wish
from states.change import Change
from states.facts import BadFacts
from states.period import Period
from states.policy import Policy
from states.process import PROCESS, exits
from states.stage import Continuation, Ruling, Stage
from tests.agreements import Changes, Walk, at
from workflow.engine import as_of, fire_due, perform

POLICY = Policy()
AGREEMENTS: list[Changes] = [
    {},
    {"term.start": "2018-01-01"},
    {"term.start": "own_signature", "evaluation.halfway.after_start": "P18M"},
    {"term.start": "unknown", "contribution.every": "P3M"},
    {"evaluation.final.before_end": None, "evaluation.final.clause": None, "term.length": "P6M"},
    {"term.length": None, "term.last_day": "2018-12-31"},
    {
        "term.length": None,
        "term.open_ended": "true",
        "evaluation.final.before_end": None,
        "evaluation.final.after_start": "P2Y",
    },
]
DATES = st.dates(date(2015, 1, 1), date(2023, 12, 31))
DAYS = DATES.map(date.isoformat)
DATED_FIELDS = st.sampled_from(["term.start", "term.last_day", "evaluation.final.on", "title"])
AMENDMENTS = DATED_FIELDS.flatmap(lambda field: st.tuples(st.just(field), DAYS)) | st.sampled_from(
    [
        ("term.length", "P4Y"),
        ("term.length", "P1Y"),
        ("party.beesel.signed_on", "unknown"),
        ("party.nieuw.name", "Gemeente Nieuw"),
        ("instalment.1.paid_on", "unknown"),
        ("instalment.2.due_on", "2018-05-05"),
        ("contribution.every", "P6M"),
        ("evaluation.final.held_on", "2018-06-01"),
        ("termination.ends_on", "2019-01-31"),
    ]
)


@st.composite
def wishes(draw: st.DrawFn) -> dict[str, object]:
    """Return keys for any action: each takes those that it knows."""
    return {
        "choice": draw(st.integers(0, 20)),
        "ago": draw(st.sampled_from([0, 0, 0, 1, 40, 400])),
        "ruling": draw(st.sampled_from([*Ruling, Ruling.AS_PROPOSED, Ruling.AS_PROPOSED])),
        "continuation": draw(st.sampled_from(list(Continuation))),
        "which": draw(st.integers(0, 6)),
        "ahead": draw(st.integers(0, 42)),
        "facts": dict([draw(AMENDMENTS)]),
    }


STEPS = st.tuples(st.integers(0, 24 * 60 * 120), st.none() | wishes() | wishes())


def chosen(walk: Walk, now: datetime, drawn: dict[str, object]) -> tuple[Action, Wish]:
    agreement, today = as_of(walk.dossier, POLICY, now), POLICY.day_of(now)
    actions = PROCESS[agreement.stage].actions
    action = actions[drawn["choice"] % len(actions)]  # type: ignore[operator]
    values: dict[str, object] = {
        "on": today - timedelta(days=drawn["ago"]),  # type: ignore[arg-type]
        "outcome": drawn["ruling"]
        if agreement.stage is Stage.COLLEGE_DECISION
        else drawn["continuation"],
        "until": today + timedelta(days=drawn["ahead"]),  # type: ignore[arg-type]
        "ends_on": today + timedelta(days=drawn["ahead"]),  # type: ignore[arg-type]
        "length": Period(6),
        "contribution": True,
        "text": "x",
        "basis": "mandaat",
        "occurrence": next(iter(walk.dossier.recorded), None),
    }
    for argument in action.arguments:
        if argument.choices:
            options = [*argument.choices(agreement, today), None]
            values[argument.name] = options[drawn["which"] % len(options)]  # type: ignore[operator]
    known = {argument.name: values.get(argument.name) for argument in action.arguments}
    facts = drawn["facts"] if action.takes_facts(agreement, known) else {}
    recorded = walk.dossier.recorded
    return action, Wish(today=today, values=known, facts=facts, recorded=recorded)  # type: ignore[arg-type]


def attempt(walk: Walk, now: datetime, drawn: dict[str, object]) -> Change:
    """Return what comes of a wish; where it is refused, of the passing of time alone."""
    action, wish = chosen(walk, now, drawn)
    agreement = as_of(walk.dossier, POLICY, now)
    lacking = [
        key
        for key in action.arguments
        if wish.get(key.name) is None and key.needed(agreement, wish.values)
    ]
    if not lacking and not action.refusals(agreement, wish):
        with suppress(BadFacts):
            return perform(walk.dossier, action, wish, POLICY, now, actor="griffier", reason="x")
    return fire_due(walk.dossier, POLICY, now)


def begun(base: Changes, start: str) -> Walk:
    walk = Walk(base)
    if start != "draft":
        walk.decided()
    return walk.signed() if start == "signed" else walk


def driven(walk: Walk, steps: list[tuple[int, dict[str, object] | None]]) -> Walk:
    now = walk.events[-1].at
    for minutes, drawn in steps:
        now += timedelta(minutes=minutes)
        walk._keep(attempt(walk, now, drawn) if drawn else fire_due(walk.dossier, POLICY, now))
        _holds(walk, now)
    return walk


def _holds(walk: Walk, now: datetime) -> None:
    """State what is true after every transaction."""
    again: Change = fire_due(walk.dossier, POLICY, now)
    assert again.events == (), "the stage is what the facts demand, and nothing due is unrecorded"
    assert again.alerts == ()
    assert walk.next_alert_at is None or walk.next_alert_at > now
    for event in walk.events:
        if event.stage_before and event.stage and event.stage is not event.stage_before:
            assert event.stage in reachable(event.stage_before)
    assert (walk.ending is None) == (walk.stage is not Stage.ENDED)


def reachable(stage: Stage) -> set[Stage]:
    """Return the stages that an action and the moves that follow it can lead to."""
    found, todo = set[Stage](), [stage]
    while todo:
        new = [to for to in exits(PROCESS[todo.pop()]) if to not in found]
        found.update(new)
        todo.extend(new)
    return found


@settings(max_examples=100, deadline=None)
@for_all(
    st.sampled_from(AGREEMENTS),
    st.sampled_from(["draft", "decided", "signed", "signed"]),
    st.lists(STEPS, max_size=25),
)
def test_no_sequence_of_wishes_and_clock_steps_leaves_the_declared_procedure(
    base: Changes, start: str, steps: list[tuple[int, dict[str, object] | None]]
) -> None:
    walk = driven(begun(base, start), steps)

    fired = Counter(event.occurrence for event in walk.events if event.occurrence)
    assert all(times == 1 for times in fired.values())
    told = Counter(alert.cause for alert in walk.alerts)
    assert all(times == 1 for times in told.values())
    assert [event.seq for event in walk.events] == list(range(1, len(walk.events) + 1))


GAPS = st.lists(st.integers(1, 60 * 24 * 200), min_size=1, max_size=30)


@settings(max_examples=30, deadline=None)
@for_all(GAPS)
def test_each_step_fires_at_most_once_however_irregularly_the_clock_ticks(gaps: list[int]) -> None:
    walk = Walk().decided().signed()
    now = at("2017-10-12 10:00")
    for minutes in gaps:
        now += timedelta(minutes=minutes)
        walk._keep(fire_due(walk.dossier, POLICY, now))
    walk.tick("2021-01-01 12:00")

    recorded = [
        *walk.superseded(),
        *(event.occurrence for event in walk.events if event.occurrence),
    ]
    assert len(recorded) == len(set(recorded)) == 31
    assert walk.ending == "lapsed"


def test_a_clock_that_ticks_often_fires_no_lead_after_its_date_and_no_follow_up_before() -> None:
    walk = Walk().decided().signed().forget()
    now = at("2017-10-12 10:00")
    while now < at("2020-10-13 00:00"):
        now += timedelta(minutes=241)
        walk._keep(fire_due(walk.dossier, POLICY, now))

    for event in walk.events:
        assert event.occurrence is not None
        assert event.nominal_on is not None
        step, day = event.occurrence.rpartition(":")[2], POLICY.day_of(event.at)
        assert day > event.nominal_on if step.startswith("+") else day <= event.nominal_on
    assert len(walk.events) == 25
    assert not walk.superseded()


@settings(max_examples=30, deadline=None)
@for_all(GAPS)
def test_an_outage_never_mails_an_older_step_after_a_newer_one(gaps: list[int]) -> None:
    walk = Walk().decided().signed().forget()
    now = at("2017-10-12 10:00")
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

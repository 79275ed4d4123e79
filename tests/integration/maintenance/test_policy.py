"""The policy in force: nothing is computed anew before it is adopted, and nobody is flooded."""

from datetime import date, time

import pytest

from notifications.language import language
from states.dates.policy import Alerts
from states.model.period import parse_period
from tests.agreements import local
from tests.audits import exported, judged
from tests.store import Unavailable, at_savepoints, grow_no_more
from tests.town import OFFICES, Town, running, walked_once
from workflow.agreements.queries import details, to_come
from workflow.cli.commands.policy import moved_in_words
from workflow.maintenance.daily import Daily
from workflow.maintenance.setup import ChangedSetting, adopt_policy, init, policy_difference
from workflow.outputs.json.views import Views
from workflow.system.settings import Calendar

pytestmark = pytest.mark.on_sqlite

# Alerts of A-1, whose evaluation falls on Sunday 30 September 2018 and whose term ends on
# 31 December 2018, under the default policy.
PLANNED = [
    "Fri 2018-06-29 08:00 evaluation:final:2018-09-30:-P3M",
    "Thu 2018-08-30 08:00 evaluation:final:2018-09-30:-P1M",
    "Fri 2018-09-28 08:00 evaluation:final:2018-09-30:P0D",
    "Mon 2018-10-15 08:00 evaluation:final:2018-09-30:+P2W",
    "Mon 2018-10-29 08:00 evaluation:final:2018-09-30:+P4W",
    "Mon 2018-11-12 08:00 evaluation:final:2018-09-30:+P6W",
    "Mon 2018-11-19 08:00 continuation:term:2018-12-31:-P6W",
    "Mon 2018-12-17 08:00 continuation:term:2018-12-31:-P2W",
    "Fri 2018-12-28 08:00 continuation:term:2018-12-31:-P3D",
    "Tue 2019-01-01 00:00 expiry:term:2019-01-01:P0D",
]


@pytest.fixture
@walked_once
def running_town(town: Town) -> Town:
    """Give a register with one agreement that runs through 31 December 2018."""
    town.at("2018-06-01 10:00").register(OFFICES, running("A-1"), history=True)
    town.tick()
    return town


def planned(town: Town) -> list[str]:
    """Return what is planned: local time and occurrence."""
    lines = list(to_come(town.app))
    return [f"{local(x.occurrence.alert_at)} {x.occurrence.name}" for x in lines if x.occurrence]


def with_alerts(town: Town, **lists: list[str]) -> Town:
    """Return the town whose configuration proposes other alerts."""
    chosen = {name: tuple(map(parse_period, texts)) for name, texts in lists.items()}
    return town.configured(alerts=Alerts(**chosen))


def shown(town: Town) -> dict[str, list[str]]:
    """Return what adopting would do, without what stays empty."""
    difference = policy_difference(town.app)
    parts = {name: getattr(difference, name) for name in ("new", "moved", "gone", "suppressed")}
    return {name: part for name, part in parts.items() if part}


# Until it is adopted -----------------------------------------------------------------------------


def test_a_configured_policy_changes_nothing_until_it_is_adopted(running_town: Town) -> None:
    proposing = with_alerts(running_town, evaluation_before=["P4M"])
    proposing = proposing.configured(calendar=Calendar(alert_time=time(6)))
    assert planned(proposing) == PLANNED
    proposing.at("2018-06-29 07:59").tick()
    assert proposing.fired("A-1") == []
    proposing.at("2018-06-29 08:00").tick()
    assert proposing.fired("A-1") == ["evaluation:final:2018-09-30:-P3M"]


def test_initialising_again_under_another_configuration_adopts_nothing(
    running_town: Town,
) -> None:
    proposing = with_alerts(running_town, evaluation_before=["P4M"])
    assert init(proposing.app) is False
    assert proposing.counts()["policy"] == 1
    assert planned(proposing) == PLANNED


def test_the_doctor_says_that_the_configuration_differs_and_stays_well(
    running_town: Town,
) -> None:
    proposing = with_alerts(running_town, evaluation_before=["P4M"])
    (check,) = proposing.checks("policy")
    assert check.ok
    assert str(check.detail) == (
        "The configuration differs from the policy in force: looptijd policy diff."
    )


def test_the_difference_can_be_asked_for_without_writing(running_town: Town) -> None:
    before = running_town.counts()
    assert shown(with_alerts(running_town, evaluation_before=["P1M"]))
    assert running_town.counts() == before
    assert shown(running_town) == {}


def test_the_difference_names_the_settings_that_differ(running_town: Town) -> None:
    proposing = with_alerts(running_town, evaluation_before=["P1M"])
    proposing = proposing.configured(
        calendar=Calendar(recess=((date(2018, 7, 14), date(2018, 8, 26)),))
    )

    assert policy_difference(proposing.app).settings == [
        ChangedSetting(key="calendar.recess", old=[], new=[["2018-07-14", "2018-08-26"]]),
        ChangedSetting(key="alerts.evaluation_before", old=["P3M", "P1M"], new=["P1M"]),
    ]
    assert policy_difference(running_town.app).settings == []


# What adopting does ------------------------------------------------------------------------------


def test_the_difference_names_what_is_new_and_what_is_gone(running_town: Town) -> None:
    proposing = with_alerts(running_town, evaluation_before=["P2M", "P1M"])
    assert shown(proposing) == {
        "new": ["A-1 evaluation:final:2018-09-30:-P2M"],
        "gone": ["A-1 evaluation:final:2018-09-30:-P3M"],
    }
    adopt_policy(proposing.app)
    assert planned(proposing)[0] == "Mon 2018-07-30 08:00 evaluation:final:2018-09-30:-P2M"
    assert proposing.problems() == []


def test_the_difference_names_what_is_suppressed_because_it_lies_in_the_past(
    running_town: Town,
) -> None:
    proposing = with_alerts(running_town, evaluation_before=["P6M", "P3M", "P1M"])
    assert shown(proposing) == {"suppressed": ["A-1 evaluation:final:2018-09-30:-P6M"]}


def test_what_is_suppressed_is_recorded_as_superseded_and_mails_nothing(
    running_town: Town,
) -> None:
    proposing = with_alerts(running_town, evaluation_before=["P6M", "P3M", "P1M"])
    adopt_policy(proposing.app)
    proposing.one_pass()
    assert proposing.mails() == []
    status = proposing.query("SELECT status FROM occurrence WHERE name LIKE '%-P6M'")
    assert [row.status for row in status] == ["superseded"]
    assert proposing.problems() == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE agreement SET head = 'x' WHERE ref = 'A-1'",
        "UPDATE facts SET facts = '{' WHERE agreement_id = 1",
    ],
)
def test_what_is_damaged_holds_up_no_policy_and_once_mended_mails_nothing_for_the_past(
    running_town: Town, damage: str
) -> None:
    running_town.register(running("A-2"), history=True)
    proposing = with_alerts(running_town, evaluation_before=["P6M", "P3M", "P1M"])
    proposing.change(damage)
    adopt_policy(proposing.app)
    Daily().finish(proposing.app)
    proposing.one_pass()
    assert proposing.mails() == []
    status = proposing.query("SELECT status FROM occurrence WHERE name LIKE '%-P6M'")
    assert [row.status for row in status] == ["superseded", "superseded"]
    assert proposing.problems() == []


def test_a_longer_series_of_follow_ups_mails_nothing_for_the_past(running_town: Town) -> None:
    running_town.until("2018-11-16 09:00").relay.forget()
    proposing = with_alerts(
        running_town, evaluation_after=["P2W", "P3W", "P4W", "P5W", "P6W", "P8W"]
    )
    assert shown(proposing) == {
        "new": ["A-1 evaluation:final:2018-09-30:+P8W"],
        "suppressed": [
            "A-1 evaluation:final:2018-09-30:+P3W",
            "A-1 evaluation:final:2018-09-30:+P5W",
        ],
    }
    adopt_policy(proposing.app)
    proposing.one_pass()
    assert proposing.relay.accepted == []
    proposing.until("2018-11-26 09:00")
    assert [mail.at for mail in proposing.relay.accepted] == [
        "Mon 2018-11-19 08:00",  # continuation
        "Mon 2018-11-26 08:00",  # the new follow-up, after eight weeks
        "Mon 2018-11-26 08:00",  # which escalates
    ]
    assert proposing.problems() == []


def test_another_alert_time_plans_every_alert_anew(running_town: Town) -> None:
    proposing = running_town.configured(calendar=Calendar(alert_time=time(7, 30)))
    assert shown(proposing)["moved"] == [f"A-1 {line.split()[3]}" for line in PLANNED[:-1]]
    adopt_policy(proposing.app)
    assert planned(proposing)[0] == "Fri 2018-06-29 07:30 evaluation:final:2018-09-30:-P3M"
    proposing.at("2018-06-29 07:30").tick()
    assert proposing.fired("A-1") == ["evaluation:final:2018-09-30:-P3M"]
    assert proposing.problems() == []


def test_a_closed_day_moves_an_alert_and_no_date(running_town: Town) -> None:
    closing = Calendar(closed_days=(date(2018, 6, 29),))
    proposing = running_town.configured(calendar=closing)
    assert shown(proposing) == {"moved": ["A-1 evaluation:final:2018-09-30:-P3M"]}
    adopt_policy(proposing.app)
    assert planned(proposing)[0] == "Thu 2018-06-28 08:00 evaluation:final:2018-09-30:-P3M"


@pytest.mark.on_both
def test_what_waits_over_closed_days_leaves_when_they_are_closed_no_more(
    running_town: Town,
) -> None:
    """Else it would wait for what was a working day, and verify call that somebody's change."""
    closed = tuple(date(2019, 1, day) for day in range(2, 8))
    proposing = running_town.configured(calendar=Calendar(closed_days=closed))
    adopt_policy(proposing.app)
    running_town.hand_over("sociaal-domein", "maes@maastricht.example", since=date(2019, 3, 1))
    proposing.until("2019-01-01 00:05")
    assert [look for look in running_town.looks() if look] == [
        "Fri 2019-03-01 08:00",
        "Tue 2019-01-08 08:00",
    ]

    adopt_policy(running_town.app)
    assert [look for look in running_town.looks() if look] == [
        "Fri 2019-03-01 08:00",
        "Wed 2019-01-02 08:00",
    ]
    assert running_town.problems() == []
    running_town.until("2019-01-02 08:00")
    assert judged(exported(running_town)) == (0, [])


def test_what_moves_is_told_from_when_to_when(running_town: Town) -> None:
    closing = Calendar(closed_days=(date(2018, 6, 29),))
    difference = policy_difference(running_town.configured(calendar=closing).app)
    (told,) = moved_in_words(difference.moved, difference.moments)
    assert str(told) == (
        "evaluation, P3M before: of 1 (A-1);"
        " the first: 2018-06-29 06:00:00+00:00 → 2018-06-28 06:00:00+00:00"
    )


def test_a_step_that_only_moved_into_the_past_fires(running_town: Town) -> None:
    running_town.at("2018-06-29 07:50").tick()
    proposing = running_town.configured(calendar=Calendar(alert_time=time(7, 30)))
    adopt_policy(proposing.app)
    proposing.one_pass()
    assert [mail.at for mail in proposing.relay.accepted] == ["Fri 2018-06-29 07:50"]
    assert proposing.fired("A-1") == ["evaluation:final:2018-09-30:-P3M"]


def test_what_fired_never_fires_again_under_another_policy(running_town: Town) -> None:
    running_town.until("2018-06-29 09:00")
    proposing = running_town.configured(calendar=Calendar(alert_time=time(10)))
    adopt_policy(proposing.app)
    proposing.relay.forget()
    proposing.until("2018-07-15 09:00")
    assert proposing.relay.accepted == []


def test_a_policy_that_a_full_disk_does_not_take_leaves_no_agreement_as_it_would_have_it(
    town: Town,
) -> None:
    """SQLite undid what was done by then, and kept what came after that, and nobody was told."""
    runs = [running(f"A-{number}") for number in range(1, 31)]
    town.at("2018-06-01 10:00").register(OFFICES, *runs, history=True)
    before = town.counts()
    proposing = with_alerts(town, evaluation_before=["P9M", "P8M", "P7M", "P6M", "P5M"])
    with (
        at_savepoints(town.app.database, grow_no_more),
        pytest.raises(Unavailable, match=r"looptijd\.db: database or disk is full\. Make room"),
    ):
        adopt_policy(proposing.app)
    assert town.counts() == before
    assert town.problems() == []


def test_adopting_the_same_policy_again_changes_nothing(running_town: Town) -> None:
    before = running_town.counts()
    adopt_policy(running_town.app)
    assert running_town.counts() == before


def test_a_daemon_with_the_old_file_computes_with_the_adopted_policy(
    running_town: Town,
) -> None:
    adopt_policy(with_alerts(running_town, evaluation_before=["P2M"]).app)
    assert planned(running_town)[0] == "Mon 2018-07-30 08:00 evaluation:final:2018-09-30:-P2M"
    running_town.until("2018-07-30 09:00")
    assert running_town.fired("A-1") == ["evaluation:final:2018-09-30:-P2M"]


def test_a_lead_that_is_no_longer_chosen_leaves_the_renewal_as_it_is_told(town: Town) -> None:
    term = 'length = "P1Y"\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"'
    renewing = running("A-1").replace('length = "P1Y"', term)
    town.at("2018-06-01 10:00").register(OFFICES, renewing, history=True)
    town.until("2018-07-15 09:00")
    assert "notice:term:2018-09-29:-P3M" in town.fired("A-1")

    adopt_policy(with_alerts(town, evaluation_before=["P1M"]).app)

    found = details(town.app, "A-1")
    views = Views(language("nl"), town.app.local)
    told = views.renewal(found.agreement, found.line.standings, found.today)
    assert told == "met 1 jaar; opzeggen kan uiterlijk op 29 september 2018"
    fired = next(line for line in found.steps if line.deadline.rule == "notice")
    assert (fired.status, fired.state) == ("fired", "ahead")
    assert str(fired.explanation[0]) == "The start was fixed: 2018-01-01."

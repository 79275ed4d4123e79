"""Adopted policies: what an older release adopted stays as it was, and gains nothing unasked."""

from datetime import UTC, datetime

from states.dates.policy import Alerts, Policy
from states.model.period import Period
from workflow.engine.policies import decode, encode, in_force

# A policy as release 0.1.0 adopted it: its rules knew no obligations.
OF_VERSION_2 = (
    '{"rules": 2, "timezone": "Europe/Amsterdam", "alert_time": "08:00", "closed_days": [],'
    ' "recess": [], "alerts": {"evaluation_before": ["P3M", "P1M"], "evaluation_after": ["P2W"],'
    ' "continuation_before": ["P6W"], "payment_before": ["P4W", "P0D"], "payment_after": ["P1D"],'
    ' "unsigned_after": ["P4W"]}}'
)
ADOPTED, UPGRADED = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 11, 28, tzinfo=UTC)


def test_a_policy_that_knew_no_obligations_has_the_builtin_steps_for_them() -> None:
    alerts = decode(OF_VERSION_2).alerts

    assert alerts.obligation_before == (Period(0, 28),)
    assert alerts.obligation_after == (Period(0, 14), Period(0, 42))
    assert alerts.payment_before == (Period(0, 28), Period())


def test_the_steps_that_rules_3_brought_exist_from_the_upgrade_on_the_others_as_before() -> None:
    upgraded = encode(decode(OF_VERSION_2))

    assert in_force(((ADOPTED, OF_VERSION_2),)).since == frozenset()
    assert in_force(((ADOPTED, OF_VERSION_2), (UPGRADED, upgraded))).since == {
        ("obligation:P0D", UPGRADED),
        ("obligation:-P4W", UPGRADED),
        ("obligation:+P2W", UPGRADED),
        ("obligation:+P6W", UPGRADED),
        ("notice:N:P0D", UPGRADED),
        ("notice:N:-P3M", UPGRADED),
        ("notice:N:-P1M", UPGRADED),
    }


def test_what_was_adopted_is_read_once_however_often_it_is_asked() -> None:
    first, again = (in_force(((ADOPTED, "".join(OF_VERSION_2)),)) for _ in range(2))
    assert first is again


def test_what_a_municipality_chooses_for_obligations_is_kept() -> None:
    chosen = Alerts(obligation_before=(Period(3),), obligation_after=())
    policy = decode(OF_VERSION_2)

    again = decode(encode(type(policy)(alerts=chosen)))

    assert again.alerts == chosen


def test_a_follow_up_on_the_day_itself_is_new_and_the_date_is_not() -> None:
    """Of a date on Saturday the date is told on Friday, and this follow-up on Monday."""
    with_it = Policy(alerts=Alerts(evaluation_after=(Period(), *Alerts().evaluation_after)))
    later = ADOPTED.replace(year=ADOPTED.year + 1)
    policy = in_force(((ADOPTED, encode(Policy())), (later, encode(with_it))))

    assert policy.since == {("evaluation:+P0D", later)}

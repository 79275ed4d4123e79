"""The policy in force: adopted policies as text, and since when each step has existed."""

import json
from collections.abc import Iterator
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from msgspec.structs import fields, replace

from states.dates.policy import Alerts, Policy
from states.dates.working_days import WorkingDays
from states.model.period import parse_period
from states.model.stage import Occurrence, Rule
from states.process import RULES

RULES_VERSION = 3  # 2 brought notice, renewal and missing_fact; 3 obligation, and notice by number
BY_NUMBER = "notice:N"  # notice of a term to come (`notice:1`)
BROUGHT = (
    *((str(rule.rule), rule, rule.release) for rule in RULES.values()),
    (BY_NUMBER, RULES[Rule.NOTICE], 3),
)


def encode(policy: Policy) -> str:
    """Return a policy as text."""
    alerts = {
        item.name: [str(period) for period in getattr(policy.alerts, item.name)]
        for item in fields(Alerts)
    }
    return json.dumps(
        {
            "rules": RULES_VERSION,
            "timezone": policy.timezone,
            "alert_time": policy.alert_time.isoformat("minutes"),
            "closed_days": sorted(day.isoformat() for day in policy.working_days.closed_days),
            "recess": [[first.isoformat(), last.isoformat()] for first, last in policy.recess],
            "alerts": alerts,
        }
    )


def settings(policy: Policy) -> dict[str, Any]:
    """Return what was chosen, by the key that has it in the configuration."""
    calendar: dict[str, Any] = json.loads(encode(policy))
    del calendar["rules"]
    alerts = calendar.pop("alerts")
    chosen = {f"calendar.{name}": value for name, value in calendar.items()}
    return chosen | {f"alerts.{name}": value for name, value in alerts.items()}


def decode(payload: str) -> Policy:
    """Return the policy that a text describes."""
    parts: dict[str, Any] = json.loads(payload)
    return Policy(
        timezone=parts["timezone"],
        alert_time=time.fromisoformat(parts["alert_time"]),
        working_days=WorkingDays(
            closed_days=frozenset(map(date.fromisoformat, parts["closed_days"]))
        ),
        recess=tuple(
            (date.fromisoformat(first), date.fromisoformat(last)) for first, last in parts["recess"]
        ),
        alerts=Alerts(
            **{name: tuple(map(parse_period, texts)) for name, texts in parts["alerts"].items()}
        ),
    )


@lru_cache(maxsize=4)
def in_force(adopted: tuple[tuple[datetime, str], ...]) -> Policy:
    """Return the newest policy, with the instant since which each later step has existed.

    A step that was left out and comes back counts from its return: nobody was waiting for it. Sixty
    policies, as many as decades bring, took each transaction four milliseconds.
    """
    since: dict[str, datetime] = {}
    previous: set[str] | None = None
    policy = Policy()
    for at, payload in adopted:
        policy = decode(payload)
        names = set(step_names(policy, json.loads(payload).get("rules", 1)))
        new = names - previous if previous is not None else set()
        since = {name: moment for name, moment in since.items() if name in names}
        since |= dict.fromkeys(new, at)
        previous = names
    return replace(policy, since=frozenset(since.items()))


def step_names(policy: Policy, rules: int = RULES_VERSION) -> Iterator[str]:
    """Yield `rule:step` for every step that a municipality may choose or that a release brought."""
    for kind, rule, release in BROUGHT:
        if release <= rules:
            yield from (f"{kind}:{name}" for name in rule.step_names(policy.alerts))


def step_name(occurrence: Occurrence) -> str:
    """Return by which of these names a step has come."""
    rule, about = occurrence.deadline.rule, occurrence.deadline.about
    is_by_number = rule is Rule.NOTICE and about.isdigit()
    return f"{BY_NUMBER if is_by_number else rule}:{occurrence.step.name}"


def is_same(policy: Policy, other: Policy) -> bool:
    """Tell whether two policies say the same."""
    return encode(policy) == encode(other)

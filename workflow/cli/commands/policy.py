"""`looptijd policy`: the configured policy beside the one in force."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

import click
from msgspec.structs import asdict

from states.model.period import Period, parse_period
from states.model.phrase import Phrase, listed, say
from states.model.stage import OccurrenceName, Rule, Step
from states.process import RULES
from workflow.cli.command import Command, actor, operator_command
from workflow.engine.deadline_words import step_in_words
from workflow.maintenance import setup

FEW = 3
CALENDAR = {
    "timezone": say("the time zone"),
    "alert_time": say("the time at which alerts leave"),
    "closed_days": say("closed days"),
    "recess": say("recess"),
}


Moments = Mapping[str, tuple[datetime, datetime]]


@click.group("policy")
def policy_command() -> None:
    """Compare the configured policy with the one in force, or adopt it."""


@policy_command.command("diff")
@operator_command
def policy_diff(command: Command) -> None:
    """Show what adopting the configured policy would change; change nothing."""
    _print_difference(command, setup.policy_difference(command.app))


@policy_command.command("adopt")
@operator_command
def policy_adopt(command: Command) -> None:
    """Put the configured policy in force; nothing is mailed for the past."""
    _print_difference(command, setup.adopt_policy(command.app, by=actor(None)))
    if not command.as_json:
        command.tell(say("The policy is in force."))


def _print_difference(command: Command, difference: setup.Difference) -> None:
    if command.as_json:
        settings = list(map(asdict, difference.settings))
        command.print_json(asdict(difference) | {"settings": settings})
        return
    if difference.settings:
        command.heading(say("Settings that differ"))
        command.bullets(settings_in_words(difference.settings), mark="–")
    local = command.app.local
    moments = {name: (local(old), local(new)) for name, (old, new) in difference.moments.items()}
    parts = [
        (say("New"), difference.new),
        (say("Moved"), difference.moved),
        (say("Gone"), difference.gone),
        (say("Suppressed, for they lie in the past"), difference.suppressed),
    ]
    for heading, names in parts:
        if names:
            command.screen.heading(f"{command.say(heading)} ({len(names)})")
            command.bullets(moved_in_words(names, moments), mark="–")
    if not any(names for _, names in parts):
        command.tell(say("No alert changes."))


def settings_in_words(changed: list[setup.ChangedSetting]) -> Iterator[Phrase]:
    """Yield which settings differ, from what to what; of closed days and recess what differs."""
    for setting in changed:
        table, _, name = setting.key.partition(".")
        old, new = setting.old, setting.new
        if table == "alerts":
            rule, _, side = name.rpartition("_")
            old, new = _steps_in_words(old, side), _steps_in_words(new, side)
            yield say("{field}: {old} → {new}", field=RULES[Rule(rule)].short, old=old, new=new)
        elif isinstance(new, list):
            if added := [_day_in_words(day) for day in new if day not in old]:
                yield say("{what}, added: {days}", what=CALENDAR[name], days=listed(added))
            if removed := [_day_in_words(day) for day in old if day not in new]:
                yield say("{what}, removed: {days}", what=CALENDAR[name], days=listed(removed))
        else:
            yield say("{field}: {old} → {new}", field=CALENDAR[name], old=old, new=new)


def _steps_in_words(periods: list[str], side: str) -> Phrase:
    """Return when alerts leave: 8 weeks before, on the day."""
    sign = -1 if side == "before" else 1
    signed = ((sign if period != str(Period()) else 0, parse_period(period)) for period in periods)
    return listed(step_in_words(Step(sign=sign, period=period)) for sign, period in signed)


def _day_in_words(day: str | list[str]) -> Phrase | date:
    """Return a closed day, or a recess as its first and last day."""
    if isinstance(day, str):
        return date.fromisoformat(day)
    first, last = map(date.fromisoformat, day)
    return say("{first} through {last}", first=first, last=last)


def moved_in_words(names: list[str], moments: Moments) -> Iterator[Phrase]:
    """Yield each kind of step once, for how many agreements it changes; the first that moves."""
    kinds: dict[tuple[Rule, Step], list[str]] = {}
    for name in names:
        parts = OccurrenceName.parse(name.partition(" ")[2])
        kinds.setdefault((parts.rule, parts.step), []).append(name)
    for (rule, step), found in kinds.items():
        refs = sorted({name.partition(" ")[0] for name in found})
        changed = say(
            "{what}, {when}: of {count} ({refs})",
            what=RULES[rule].short,
            when=step_in_words(step),
            count=len(refs),
            refs=", ".join(refs[:FEW]) + (", …" if len(refs) > FEW else ""),
        )
        old, new = min((moments[name] for name in found if name in moments), default=(None, None))
        if old:
            changed = say("{what}; the first: {old} → {new}", what=changed, old=old, new=new)
        yield changed

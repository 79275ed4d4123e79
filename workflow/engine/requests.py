"""From `key=value` on a command line to a request, with every mistake named at once."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from states.model.agreement import Agreement
from states.model.events import Dossier
from states.model.fact_types import A_TEXT, fact_type_for, parse_text
from states.model.phrase import Phrase, say
from states.model.stage import Ruling
from states.process import PROCESS
from states.rules.action import Action, Argument, Request
from workflow.engine.engine import possible_actions
from workflow.system.refusals import BadRequest, Refused
from workflow.system.suggest import suggest

ACTIONS = tuple(dict.fromkeys(a.name for d in PROCESS.values() for a in d.actions))


def action_of(agreement: Agreement, name: str) -> Action:
    """Return the action; BadWish when no action has that name, Refused in another stage."""
    if name not in ACTIONS:
        raise BadRequest(_no_such_action(name))
    declaration = PROCESS[agreement.stage]
    action = declaration.action(name)
    if action is None:
        raise Refused(
            say(
                "“{action}” is not possible in the stage {stage}. Possible now: {actions}.",
                action=name,
                stage=declaration.label,
                actions=", ".join(a.name for a in possible_actions(agreement)),
            )
        )
    return action


def _no_such_action(name: str) -> Phrase:
    return say("There is no action “{name}”. {remedy}", name=name, remedy=suggest(name, ACTIONS))


def request_of(dossier: Dossier, action: Action, pairs: Mapping[str, str], today: date) -> Request:
    """Return the request that these keys describe; judged in a fixed order.

    Objections of the stage come first (Refused), then wrong keys (BadWish), then objections against
    the values (Refused).
    """
    agreement = dossier.agreement
    empty = Request(today=today, recorded=dossier.recorded)
    _refuse(agreement, action.refusals(agreement, empty), today)
    request = _parsed(agreement, action, pairs, empty)
    _refuse(agreement, action.refusals(agreement, request), today)
    return request


def _refuse(agreement: Agreement, objections: tuple[Phrase, ...], today: date) -> None:
    if objections:
        empty = Request(today=today)
        free = [a.name for a in possible_actions(agreement) if not a.refusals(agreement, empty)]
        raise Refused(*objections, say("Possible now: {actions}.", actions=", ".join(free)))


# Keys to values ----------------------------------------------------------------------------------


def _parsed(
    agreement: Agreement, action: Action, pairs: Mapping[str, str], empty: Request
) -> Request:
    arguments = {argument.name: argument for argument in action.arguments}
    values: dict[str, Any] = {}
    points: dict[int, Ruling] = {}
    facts: dict[str, str] = {}
    mistakes: list[Phrase] = []
    for key, text in pairs.items():
        if key in arguments:
            values[key] = _value(agreement, arguments[key], text, empty.today, mistakes)
        elif action.takes_points and key.startswith("point."):
            points |= _point(agreement, key, text, mistakes)
        else:
            facts[key] = text
    mistakes.extend(_missing(agreement, action, values))
    if facts and not action.takes_facts(agreement, values):
        mistakes.extend(_unknown(key, action) for key in facts)
    if action.name == "amend" and not facts:
        mistakes.append(say("Say what to amend, as field=value, such as term.length=P4Y."))
    if mistakes:
        raise BadRequest(*mistakes)
    return Request(
        today=empty.today, values=values, points=points, facts=facts, recorded=empty.recorded
    )


def _value(
    agreement: Agreement, argument: Argument, text: str, today: date, mistakes: list[Phrase]
) -> Any:
    fact_type = fact_type_for(argument.kind)
    assert fact_type
    try:
        value = fact_type.parse(text)
    except (ValueError, ArithmeticError):
        mistakes.append(
            say(
                "{key}: “{value}” is not accepted. {accepted}",
                key=argument.name,
                value=text[:60],
                accepted=fact_type.accepted,
            )
        )
        return None
    mistakes.extend(_not_a_choice(agreement, argument, text, today))
    if isinstance(value, date) and value > today and not argument.may_be_future:
        mistakes.append(
            say(
                "{key}: {day} lies in the future; give the date on which it happened.",
                key=argument.name,
                day=value,
            )
        )
    return value


def _not_a_choice(
    agreement: Agreement, argument: Argument, text: str, today: date
) -> Iterator[Phrase]:
    choices = list(argument.choices(agreement, today)) if argument.choices else None
    if choices is None or text in choices:
        return
    yield say(
        "{key}: there is no “{value}” here. {remedy}",
        key=argument.name,
        value=text[:60],
        remedy=suggest(text, choices),
    )


def still_needed(agreement: Agreement, action: Action, values: Mapping[str, Any]) -> list[Argument]:
    """Return the keys that the action needs beside those that have a value, in their order."""
    return [
        argument
        for argument in action.arguments
        if argument.name not in values and argument.needed(agreement, values)
    ]


def readable(action: Action, pairs: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of the keys that can be read."""
    values: dict[str, Any] = {}
    for argument in action.arguments:
        fact_type = fact_type_for(argument.kind)
        assert fact_type
        with suppress(KeyError, ValueError, ArithmeticError):
            values[argument.name] = fact_type.parse(pairs[argument.name])
    return values


def mistakes_in(
    agreement: Agreement, argument: Argument, text: str, today: date
) -> tuple[Phrase, ...]:
    """Return what is wrong with the value of one key; nothing when it can stand."""
    mistakes: list[Phrase] = []
    _value(agreement, argument, text, today, mistakes)
    return tuple(mistakes)


def accepted_by(agreement: Agreement, argument: Argument) -> Phrase:
    """Return what may be written for a key: its choices, or the kind of text."""
    fact_type = fact_type_for(argument.kind)
    assert fact_type
    return _accepted(agreement, argument, fact_type.accepted)


def _point(agreement: Agreement, key: str, text: str, mistakes: list[Phrase]) -> dict[int, Ruling]:
    number = key.removeprefix("point.")
    if not number.isdigit() or int(number) not in agreement.decision_point:
        known = [f"point.{n}" for n in agreement.decision_point]
        mistakes.append(say("There is no {key}. {remedy}", key=key, remedy=suggest(key, known)))
        return {}
    argument = Argument(name=key, kind=Ruling)
    return {int(number): _value(agreement, argument, text, date.max, mistakes)}


def _missing(agreement: Agreement, action: Action, values: Mapping[str, Any]) -> Iterator[Phrase]:
    for argument in still_needed(agreement, action, values):
        yield say(
            "{key} is missing. {accepted}",
            key=f"{argument.name}=…",
            accepted=accepted_by(agreement, argument),
        )


def _accepted(agreement: Agreement, argument: Argument, otherwise: Phrase) -> Phrase:
    choices = list(argument.choices(agreement, date(2000, 1, 1))) if argument.choices else []
    return say("Accepted here: {names}.", names=", ".join(choices)) if choices else otherwise


def _unknown(key: str, action: Action) -> Phrase:
    names = [argument.name for argument in action.arguments]
    names += ["point.N"] if action.takes_points else []
    return say(
        "“{action}” has no key “{key}”. {remedy}",
        action=action.name,
        key=key,
        remedy=suggest(key, names),
    )


def reason_of(text: str | None) -> str | None:
    """Return a reason, or None where there is none; BadWish when it is no printable text."""
    try:
        return parse_text(text or "") or None
    except ValueError as error:
        raise BadRequest(
            say(
                "{key}: “{value}” is not accepted. {accepted}",
                key="--reason",
                value=(text or "")[:60],
                accepted=A_TEXT,
            )
        ) from error


def reason_is_missing(action: Action) -> BadRequest:
    """Return the refusal of an action that needs its reason."""
    return BadRequest(say("“{action}” needs a reason: --reason TEXT.", action=action.name))

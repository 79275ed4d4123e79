"""From `key=value` on a command line to a request, with every mistake named at once."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from notifications.typed import Said, typed, typed_fact, word
from states.model.agreement import EUROS, Agreement
from states.model.events import Dossier
from states.model.fact_types import A_TEXT, FactPath, Key, TwoReadings, fact_type_for, parse_text
from states.model.fact_words import called, fact_words, field_name
from states.model.facts import BadFacts
from states.model.period import Period
from states.model.phrase import FieldName, Phrase, listed, say
from states.model.stage import OccurrenceName, Rule, Ruling
from states.process import ACTIONS, PROCESS, RULES
from states.rules.action import ON, OUTCOME, Action, Argument, Request
from states.rules.amendment import amended, fact_type_of, has_happened, may_be_amended, with_facts
from states.rules.obligations import NUMBER
from states.rules.shared_actions import AMEND, INSTALMENT, OCCURRENCE
from workflow.engine.deadline_words import occurrence_in_words
from workflow.engine.field_names import not_amendable, path_of
from workflow.system.refusals import BadRequest, Refused, given_twice, not_accepted
from workflow.system.suggest import suggest, suggest_called, suggest_said

EXAMPLE, ITS_VALUE = field_name("term.length"), Period(months=48)
WHAT_TO_AMEND = say(
    'Say what to amend, as field=value, such as "{field}={value}".', field=EXAMPLE, value=ITS_VALUE
)
MOST_ALERTS = 5
A_ROW = re.compile(r"(\d{1,4}) *[-–] *(\d{1,4})")


def action_of(dossier: Dossier, text: str, today: date) -> Action:
    """Return the action of a name or word; BadRequest when there is none, Refused elsewhere."""
    name = word(text, ACTIONS, lambda known: (ACTIONS[known].label,))
    if name is None:
        remedy = suggest_said(text, _free(dossier, today))
        raise BadRequest(say("There is no action “{name}”. {remedy}", name=text, remedy=remedy))
    declaration = PROCESS[dossier.agreement.stage]
    action = declaration.action(name)
    if action is None:
        raise Refused(
            say(
                "“{action}” is not possible in the stage {stage}. Possible now: {actions}.",
                action=say(name),
                stage=declaration.label,
                actions=listed(map(say, _free(dossier, today))),
            )
        )
    return action


def request_of(
    dossier: Dossier,
    action: Action,
    pairs: Mapping[str, str],
    today: date,
    *,
    so_far: bool = False,
) -> Request:
    """Return the request that these keys describe; judged in a fixed order.

    Objections of the stage come first (Refused), then wrong keys (BadRequest), then objections
    against the values (Refused). With `so_far` more is to be answered: nothing is missing yet.
    """
    agreement, pairs = dossier.agreement, named(action, pairs)
    empty = without_keys(dossier, today)
    _refuse(dossier, action.refusals(agreement, empty), today)
    request = _parsed(agreement, action, pairs, empty, so_far=so_far)
    objections = action.refusals(agreement, request)
    if so_far and objections:
        raise Refused(*objections)
    _refuse(dossier, objections, today)
    return request


def without_keys(dossier: Dossier, today: date) -> Request:
    """Return the request by which an action is judged before anything is said of it."""
    return Request(today=today, recorded=dossier.recorded, undoable=dossier.undoable)


def _refuse(dossier: Dossier, objections: tuple[Phrase, ...], today: date) -> None:
    if objections:
        free = listed(map(say, _free(dossier, today)))
        raise Refused(*objections, say("Possible now: {actions}.", actions=free))


def _free(dossier: Dossier, today: date) -> list[str]:
    """Return the actions of the stage to which nothing objects."""
    agreement, empty = dossier.agreement, without_keys(dossier, today)
    possible = PROCESS[agreement.stage].actions
    return [action.name for action in possible if not action.refusals(agreement, empty)]


# Keys to values ----------------------------------------------------------------------------------

POINT = "point"
OF_POINT = f"{POINT}."


def named(action: Action, pairs: Mapping[str, str]) -> dict[str, str]:
    """Return the pairs by the names of their keys, however those are called; none twice."""
    found: dict[str, str] = {}
    for key, text in pairs.items():
        name = _key(action, key)
        if name in found:
            raise BadRequest(given_twice(say(name)))
        found[name] = text
    return found


def _key(action: Action, key: str) -> str:
    first, dot, rest = key.partition(".")
    if action.takes_points and dot and word(first, [POINT]):
        return f"{OF_POINT}{rest}"
    return word(key, [argument.name for argument in action.arguments]) or key


def one_by_one(pairs: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield the pairs for each instalment or turn that is named, none twice: instalment=1,4-6."""
    key = next((key for key in pairs if word(key, [INSTALMENT.name, NUMBER.name])), "")
    numbers = [*_numbers(pairs.get(key, ""))] or [""]
    for number, times in Counter(numbers).items():
        if times > 1:
            raise BadRequest(given_twice(number))
        yield {**pairs, key: number} if key else {**pairs}


def _numbers(text: str) -> Iterator[str]:
    for part in filter(None, map(str.strip, text.split(","))):
        row = A_ROW.fullmatch(part)
        first, last = map(int, row.groups()) if row else (0, 0)
        yield from map(str, range(first, last + 1)) if first < last else [part]


def _parsed(
    agreement: Agreement,
    action: Action,
    pairs: Mapping[str, str],
    empty: Request,
    *,
    so_far: bool,
) -> Request:
    arguments = {argument.name: argument for argument in action.arguments}
    values: dict[str, Any] = {}
    points: dict[int, Ruling] = {}
    fields: dict[str, str] = {}
    mistakes: list[Phrase] = []
    for key, text in pairs.items():
        if key in arguments:
            values[key] = _value(agreement, arguments[key], text, empty.today, mistakes)
        elif action.takes_points and key.startswith(OF_POINT):
            points |= _point(agreement, key, text, mistakes)
        else:
            fields[key] = text
    mistakes.extend(_out_of_place(action, values))
    if not so_far:
        mistakes.extend(_missing(agreement, action, values, empty))
        if action.is_dated:
            values.setdefault(ON.name, empty.today)
    if fields and not action.takes_facts(agreement, values):
        mistakes.extend(_unknown(key, action) for key in fields)
        fields = {}
    facts = _facts(agreement, fields, empty.today, mistakes)
    if action is AMEND and not fields and not so_far:
        mistakes.append(WHAT_TO_AMEND)
    if mistakes or so_far:
        judged = amended if len(facts) == len(fields) else with_facts  # what one lacks may be there
        mistakes.extend(_ill_fitting(agreement, facts, judged))
    if mistakes:
        raise BadRequest(*mistakes)
    return Request(
        today=empty.today, values=values, points=points, facts=facts, recorded=empty.recorded
    )


def _facts(
    agreement: Agreement, pairs: Mapping[str, str], today: date, mistakes: list[Phrase]
) -> dict[str, str]:
    """Return facts by their paths, however those are called; none of two readings, none twice."""
    facts: dict[str, str] = {}
    for key, text in pairs.items():
        try:
            path = path_of(agreement, key)
        except TwoReadings as error:
            mistakes.extend(error.sentences)
            continue
        if not may_be_amended(path):
            mistakes.append(not_amendable(path, key))
            continue
        if path in facts:
            mistakes.append(given_twice(field_name(path)))
        facts[path] = typed_fact(text, fact_type_of(path), today, _paid_in(agreement))
        day = _day(facts[path]) if has_happened(path) else None
        if day and day > today:
            mistakes.append(_lies_in_the_future(field_name(path), day))
    return facts


def _paid_in(agreement: Agreement) -> str:
    """Return the currency of an agreement's amounts."""
    return agreement.contribution.currency if agreement.contribution else EUROS


def _day(text: str) -> date | None:
    """Return the day that a text is, or None; what is no day is judged with its fact."""
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None


def _lies_in_the_future(key: Phrase | FieldName, day: date) -> Phrase:
    return say(
        "{key}: {day} lies in the future; give the date on which it happened.", key=key, day=day
    )


def _value(
    agreement: Agreement, argument: Argument, text: str, today: date, mistakes: list[Phrase]
) -> Any:
    fact_type = fact_type_for(argument.kind)
    assert fact_type
    try:
        choices = [*argument.choices(agreement, today)] if argument.choices else []
        chosen = word(text, choices, _called(agreement, argument))
        value = _something(
            fact_type.parse(chosen or typed(text, fact_type, today, _paid_in(agreement)))
        )
    except (ValueError, ArithmeticError) as error:
        accepted = getattr(error, "remedy", accepted_by(agreement, argument, today))
        mistakes.append(not_accepted(say(argument.name), text[:60], accepted))
        return None
    if argument.choices and str(value) not in choices:
        mistakes.append(_no_such(argument, text, _offered(agreement, argument, today) or choices))
    if isinstance(value, date) and value > today and not argument.may_be_future:
        mistakes.append(_lies_in_the_future(say(argument.name), value))
    return value


def _something(value: Any) -> Any:
    """Return a value that says something; ValueError for an empty text, which a key never takes."""
    if value == "":
        raise ValueError(value)
    return value


def _no_such(argument: Argument, text: str, choices: list[str]) -> Phrase:
    """Return that a key names what the agreement has not, and what it has."""
    if not choices:
        return say("{key}: this agreement has none.", key=say(argument.name))
    is_field = argument.kind is FactPath
    return say(
        "{key}: there is no “{value}” here. {remedy}",
        key=say(argument.name),
        value=text[:60],
        remedy=suggest_called(text, map(field_name, choices))
        if is_field
        else suggest(text, choices),
    )


def _offered(agreement: Agreement, argument: Argument, today: date) -> list[str]:
    """Return which choices of a key may be written now: those that are open, else all."""
    choose = argument.offered or argument.choices
    found = [*choose(agreement, today)] if choose else []
    return found or ([*argument.choices(agreement, today)] if argument.choices else [])


def _called(agreement: Agreement, argument: Argument) -> Callable[[str], Iterable[Said]]:
    """Return what the choices of a key are called."""
    if argument.name == "party":
        return lambda key: (agreement.party[Key(key)].name,)
    if argument.name == "evaluation":
        return lambda key: (called(agreement.evaluation[Key(key)]),)
    if argument.name == "obligation":
        return lambda key: (agreement.obligation[Key(key)].what,)
    if argument.kind is FactPath:
        return lambda path: (field_name(path), fact_words(path, agreement))
    if argument.name == INSTALMENT.name:
        return lambda about: (RULES[Rule.PAYMENT].subject(about),)
    return lambda _other: ()


def still_needed(agreement: Agreement, action: Action, values: Mapping[str, Any]) -> list[Argument]:
    """Return the keys that the action needs beside those that have a value, in their order."""
    return [
        argument
        for argument in action.arguments
        if argument.name not in values and argument.is_needed(agreement, values)
    ]


def mistakes_in_fact(agreement: Agreement, key: str, text: str, today: date) -> Sequence[Phrase]:
    """Return what is wrong with one fact to amend, whatever else is amended with it."""
    mistakes: list[Phrase] = []
    facts = _facts(agreement, {key: text}, today, mistakes)
    return [*mistakes, *_ill_fitting(agreement, facts, amended)]


def _ill_fitting(
    agreement: Agreement,
    facts: Mapping[str, str],
    judged: Callable[[Agreement, Mapping[str, str]], object],
) -> Sequence[Phrase]:
    """Return what is wrong with these facts themselves, not with what they need beside them."""
    try:
        judged(agreement, facts)
    except BadFacts as error:
        return BadFacts([one for one in error.problems if one.path in facts]).sentences
    return ()


def accepted_by(agreement: Agreement, argument: Argument, today: date) -> Phrase:
    """Return what may be written for a key: its choices that are open, or the kind of text."""
    fact_type = fact_type_for(argument.kind)
    assert fact_type
    choices = _offered(agreement, argument, today)
    names = map(field_name, choices) if argument.kind is FactPath else choices
    listing = say("Accepted here: {names}.", names=listed(names))
    return listing if choices else fact_type.accepted


def _point(agreement: Agreement, key: str, text: str, mistakes: list[Phrase]) -> dict[int, Ruling]:
    argument = Argument(name=key, kind=Ruling)
    number, known = key.removeprefix(OF_POINT), [*map(str, agreement.decision_point)]
    if number not in known:
        mistakes.append(_no_such(Argument(name=POINT, kind=int), number, known))
        return {}
    return {int(number): _value(agreement, argument, text, date.max, mistakes)}


def _missing(
    agreement: Agreement, action: Action, values: Mapping[str, Any], empty: Request
) -> Iterator[Phrase]:
    for argument in still_needed(agreement, action, values):
        accepted = alerts_told(agreement, empty.recorded) if argument is OCCURRENCE else None
        if argument.still_open:
            accepted = argument.still_open(agreement, values, empty.today)
        key = say("{key}=…", key=say(argument.name))
        if number := values.get(INSTALMENT.name):  # one of several may need what the rest do not
            whose = RULES[Rule.PAYMENT].subject(number)
            key = say("{what} of {whose}", what=key, whose=whose)
        yield say(
            "{key} is missing. {accepted}",
            key=key,
            accepted=accepted or accepted_by(agreement, argument, empty.today),
        )


def _out_of_place(action: Action, values: Mapping[str, Any]) -> Iterator[Phrase]:
    """Yield of each key that belongs to another outcome to which it does."""
    for argument in action.arguments if values.get(OUTCOME) else ():
        if argument.name in values and not argument.fits(values):
            yield say(
                "“{key}” goes with {outcome}={value} only.",
                key=say(argument.name),
                outcome=say(OUTCOME),
                value=FieldName(str(argument.goes_with), (say(str(argument.goes_with)),)),
            )


def alerts_told(agreement: Agreement, recorded: Iterable[str]) -> Phrase:
    """Return which alerts there are to choose from, in words: the last of each of a few dates."""
    names = last_alerts(recorded)
    told = [say("“{name}”", name=occurrence_in_words(n, agreement)) for n in names[:MOST_ALERTS]]
    more = ["…"] if len(names) > MOST_ALERTS else []
    return say("Accepted here, the latest first: {names}.", names=listed([*told, *more]))


def last_alerts(recorded: Iterable[str]) -> list[str]:
    """Return the last alert of each date, the latest first as they are recorded."""
    last: dict[str, str] = {}
    for name in recorded:
        last.setdefault(OccurrenceName.parse(name).deadline, name)
    return [*last.values()]


def _unknown(key: str, action: Action) -> Phrase:
    names = [argument.name for argument in action.arguments]
    names += [POINT] if action.takes_points else []
    return say(
        "“{action}” has no key “{key}”. {remedy}",
        action=say(action.name),
        key=key,
        remedy=suggest_said(key, names),
    )


def reason_of(text: str | None) -> str | None:
    """Return a reason, or None where there is none; BadRequest when it is no printable text."""
    try:
        return parse_text(text or "") or None
    except ValueError as error:
        raise BadRequest(not_accepted("--reason", (text or "")[:60], A_TEXT)) from error

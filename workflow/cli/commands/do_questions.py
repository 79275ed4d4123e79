"""What `do` asks at a terminal: the action, the keys it needs and the reason, before it writes."""

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click
from msgspec.structs import replace

from states.dates.instalments import open_payments
from states.dates.term_dates import day_of
from states.model.phrase import Phrase, Refusal, say
from states.rules.action import ON, Action, Argument
from states.rules.obligations import OBLIGED
from states.rules.shared_actions import A_YEAR, AMEND, INSTALMENT
from workflow.agreements.act import Asked, CurrentState, alerted, current, foresee
from workflow.agreements.search import reference, titles
from workflow.cli.command import Command, parse_pairs
from workflow.cli.dialogue import NOTHING_WRITTEN, answer, asking, confirmed
from workflow.engine import requests
from workflow.engine.deadline_words import occurrence_in_words
from workflow.system.printable import one_line

QUESTIONS = {
    "amount": say("Which amount"),
    "basis": say("Under which mandate"),
    "contribution": say("Are the instalments paid in the longer term as well"),
    "ends_on": say("What is the new last day"),
    "evaluation": say("Which evaluation"),
    "instalment": say("Which instalment"),
    "number": say("Which number"),
    "obligation": say("Which obligation"),
    "length": say("By how long is it extended"),
    "moves_end": say("Does this move the end"),
    "occurrence": say("Which alert have you seen"),
    "on": say("On which day did it happen"),
    "outcome": say("What was decided"),
    "party": say("Which party"),
    "text": say("What is to be noted"),
    "until": say("Until which day"),
}
MOST_AGREEMENTS = 15
MOST_ALERTS = 9


def ask_which(command: Command) -> str | None:
    """Return the reference of an agreement that is registered; None when none is named."""
    app, known = command.app, titles(command.app)
    lines = [f"{ref}  {names[0]}" for ref, names in known.items()]
    command.screen.bullets(lines[:MOST_AGREEMENTS], mark=" ")
    if len(lines) > MOST_AGREEMENTS:
        more = len(lines) - MOST_AGREEMENTS
        command.tell(say("and {count} more: Tab completes, a part of a title will do", count=more))

    def read(text: str) -> str | None:
        return current(app, reference(app, text)).dossier.agreement.ref if text else None

    words = [*known, *(names[0] for names in known.values())]
    with asking(command.language), completing(words):
        return answer(command, say("Which agreement (Enter: none)"), read)


@contextmanager
def completing(words: list[str]) -> Iterator[None]:
    """Let Tab complete one of these words, whatever its case, while something is asked."""
    readline = import_module("readline")

    def offer(typed: str, number: int) -> str | None:
        found = [word for word in words if word.casefold().startswith(typed.casefold())]
        return found[number] if number < len(found) else None

    readline.set_completer_delims("")
    readline.set_completer(offer)
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        readline.set_completer(None)


def ask(command: Command, known: Asked, *, sure: bool) -> Asked:
    """Return the request with what was missing in it; who is `sure` is not asked for the day.

    What is refused whatever is answered is left as it is, for whoever judges the whole. Who names
    no action, or no fact to amend, asks for none.
    """
    there = current(command.app, known.ref)
    action = _action(command, there, known.action)
    if action is None:
        return known
    known = replace(known, action=action.name, pairs=requests.named(action, known.pairs))
    try:
        _values(there, action, known.pairs)
    except Refusal:
        return known
    pairs = _pairs(command, there, action, known.pairs, sure=sure)
    if action is AMEND and not pairs:
        pairs = _facts(command, there, known)
        if not pairs:
            command.tell(NOTHING_WRITTEN)
            return replace(known, action="")
    reason = known.reason
    if action.needs_reason and not reason:
        reason = answer(command, say("Why"), _some_reason)
    done = replace(known, pairs=pairs, reason=reason)
    if done != known:
        line = _in_one_line(command, action, done)
        told = command.say(say("The same in one line: {command}", command=line))
        command.screen.line(one_line(told))  # which a terminal breaks, so that it is copied whole
    return done


def _some_reason(text: str) -> str:
    if not text:
        raise Refusal(say("A reason is needed."))
    return text


def _action(command: Command, there: CurrentState, name: str) -> Action | None:
    if name:
        return requests.action_of(there.dossier, name, there.today)

    def read(text: str) -> Action | None:
        return requests.action_of(there.dossier, text, there.today) if text else None

    return answer(command, say("Which action (Enter: none)"), read)


# Keys --------------------------------------------------------------------------------------------


def _pairs(
    command: Command, there: CurrentState, action: Action, given: Mapping[str, str], *, sure: bool
) -> dict[str, str]:
    """Ask for each key that is needed or asked, in the order in which the action declares them."""
    pairs = dict(given)
    while open_now := [*_open_now(there, action, pairs, sure=sure)]:
        argument = _meant(command, there, action, open_now[0])
        pairs[argument.name] = _value(command, there, action, argument, pairs)
    return pairs


def _open_now(
    there: CurrentState, action: Action, pairs: Mapping[str, str], *, sure: bool
) -> Iterator[Argument]:
    """Yield what is still to be asked; whatever is answered may make something else needed."""
    needed = requests.still_needed(there.dossier.agreement, action, _values(there, action, pairs))
    for argument in action.arguments:
        is_asked = argument.asked and not (sure and argument is ON)
        if argument in needed or (is_asked and argument.name not in pairs):
            yield argument


def _values(there: CurrentState, action: Action, pairs: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the values so far, judged as the whole will be; the first of several instalments."""
    every = [
        requests.request_of(there.dossier, action, one, there.today, so_far=True)
        for one in requests.one_by_one(pairs)
    ]
    return every[0].values


def _meant(command: Command, there: CurrentState, action: Action, argument: Argument) -> Argument:
    """Return what is asked for; of an action that settles money or an obligation, which of both."""
    agreement = there.dossier.agreement
    others = [item for item in action.arguments if item.name == OBLIGED.name]
    if argument.name != INSTALMENT.name or not others or not agreement.obligation:
        return argument
    about = confirmed(command.language, say("Is it about an instalment?"), default=True)
    return argument if about else others[0]


def _value(
    command: Command,
    there: CurrentState,
    action: Action,
    argument: Argument,
    pairs: Mapping[str, str],
) -> str:
    agreement = there.dossier.agreement
    if argument.name == "occurrence":
        return _alert(command, there)
    is_instalment = argument.name == INSTALMENT.name
    offered = [*_open_instalments(there)] if is_instalment else []
    if len(offered) > 1:
        offered.append(say("several at once: with commas between, or a row such as 4-6"))
    if argument.still_open:
        values = _values(there, action, pairs)
        offered.append(argument.still_open(agreement, values, there.today))
    command.bullets(offered or [requests.accepted_by(agreement, argument, there.today)], mark=" ")
    question = QUESTIONS.get(argument.name, say("{key}", key=argument.name))

    def read(text: str) -> str:
        _values(there, action, {**pairs, argument.name: text})
        return text

    if argument is ON:
        return answer(command, question, read, there.today.isoformat(), say("today"))
    return answer(command, question, read)


def _open_instalments(there: CurrentState) -> Iterator[Phrase]:
    """Yield the instalments that are open in the coming year, with their amount and date."""
    for item in open_payments(there.dossier.agreement, there.today + A_YEAR):
        day = day_of(item.due)
        yield say("{number}: {amount}, {day}", number=item.number, amount=item.money.words, day=day)


def _alert(command: Command, there: CurrentState) -> str:
    """Ask which was seen: the last alert of each date in words, by its number or name."""
    newest = requests.last_alerts(there.dossier.recorded)[:MOST_ALERTS]
    for number, name in enumerate(newest, 1):
        command.bullets([occurrence_in_words(name, there.dossier.agreement)], mark=f"{number}.")
    numbers = {str(number): name for number, name in enumerate(newest, 1)}

    def read(text: str) -> str:
        return alerted(there.dossier, numbers.get(text, text))

    return answer(command, QUESTIONS["occurrence"], read)


def _facts(command: Command, there: CurrentState, known: Asked) -> dict[str, str]:
    """Ask for facts until Enter, and until they go together; why is asked afterwards."""
    command.tell(
        say(
            "Write field=value, such as {field}={value}; Enter ends.",
            field=requests.EXAMPLE,
            value=requests.ITS_VALUE,
        )
    )
    pairs: dict[str, str] = {}

    def read(text: str) -> str:
        if not text and pairs:
            foresee(command.app, replace(known, pairs=pairs, reason=known.reason or "…"))
        for key, value in parse_pairs((text,) if text else ()).items():
            fact = key.strip(), value.strip()
            if mistakes := requests.mistakes_in_fact(there.dossier.agreement, *fact, there.today):
                raise Refusal(*mistakes)
            pairs.update([fact])
        return text

    while answer(command, say("Which fact"), read):
        pass
    return pairs


def _in_one_line(command: Command, action: Action, done: Asked) -> str:
    """Return the command that asks the same without a question, in the operator's language."""
    names = {*(argument.name for argument in action.arguments), requests.POINT}

    def said(key: str) -> str:
        first, dot, rest = key.partition(".")
        return f"{command.say(say(first))}{dot}{rest}" if first in names else key

    pairs = [f"{said(key)}={value}" for key, value in done.pairs.items()]
    claim = click.get_current_context().params["by"]
    options = {"--by": claim, "--reason": done.reason}
    told = [word for option, text in options.items() if text for word in (option, text)]
    words = ["looptijd", "do", done.ref, command.say(say(done.action)), *pairs, *told]
    return shlex.join(words)

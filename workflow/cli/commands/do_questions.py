"""What `do` asks at a terminal: the action, the keys it needs and the reason, before it writes."""

import shlex
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import click

from states.model.phrase import Phrase, Refusal, say
from states.rules.action import ON, Action, Argument, Wish
from workflow.agreements.act import Standing, standing
from workflow.agreements.queries import references
from workflow.cli.command import Desk
from workflow.engine.requests import accepted_by, action_of, mistakes_in, readable, still_needed
from workflow.system.refusals import NotFound
from workflow.system.suggest import nearest

QUESTIONS = {
    "amount": say("Which amount"),
    "basis": say("Under which mandate"),
    "contribution": say("Are the instalments paid in the longer term as well"),
    "ends_on": say("What is the new last day"),
    "evaluation": say("Which evaluation"),
    "instalment": say("Which instalment"),
    "length": say("By how long is it extended"),
    "moves_end": say("Does this move the end"),
    "occurrence": say("Which alert have you seen"),
    "on": say("On which day did it happen"),
    "outcome": say("What was decided"),
    "party": say("Which party"),
    "text": say("What is to be noted"),
    "until": say("Until which day"),
}
NOTHING_WRITTEN = say("Nothing was written.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be done, in full."""

    action: str | None
    pairs: dict[str, str]
    reason: str | None


def may_ask(desk: Desk) -> bool:
    """Tell whether somebody sits there to answer: never in a pipe, nor for a program."""
    return not desk.as_json and sys.stdin.isatty() and sys.stdout.isatty()


def ask(desk: Desk, ref: str, known: Asked) -> Asked:
    """Return the wish with what was missing in it; who stops halfway has written nothing."""
    try:
        return _asked(desk, ref, known)
    except click.Abort:
        click.echo()
        desk.tell(NOTHING_WRITTEN)
        raise


def ask_which(desk: Desk) -> str | None:
    """Return the reference of an agreement that is registered; None when none is named."""
    desk.tell(nearest("", references(desk.house)))
    while given := _prompt(desk.say(say("Which agreement (Enter: none)"))):
        try:
            return standing(desk.house, given).dossier.agreement.ref
        except NotFound as refusal:
            _tell(desk, refusal.sentences)
    return None


def _asked(desk: Desk, ref: str, known: Asked) -> Asked:
    there = standing(desk.house, ref)
    action = _action(desk, there, known.action)
    if action is None or _is_refused(there, action, known.pairs):
        return replace(known, action=action.name if action else None)
    pairs = _pairs(desk, there, action, known.pairs)
    reason = known.reason
    if action.needs_reason and not reason:
        reason = _answer(desk, say("Why"), _none_or(say("A reason is needed."))) or None
    done = replace(known, action=action.name, pairs=pairs, reason=reason)
    if done != known:
        desk.tell(say("The same in one line: {command}", command=_in_one_line(ref, done)))
    return done


def _is_refused(there: Standing, action: Action, pairs: Mapping[str, str]) -> bool:
    """Tell whether it is refused whatever is answered; then nothing is asked."""
    agreement = there.dossier.agreement
    wish = Wish(today=there.today, recorded=there.dossier.recorded)
    stray = set(pairs) - {argument.name for argument in action.arguments}
    fits = action.takes_points or action.takes_facts(agreement, readable(action, pairs))
    return bool(action.refusals(agreement, wish)) or (bool(stray) and not fits)


def _action(desk: Desk, there: Standing, name: str | None) -> Action | None:
    agreement = there.dossier.agreement
    if name is not None:
        return action_of(agreement, name)
    while given := _prompt(desk.say(say("Which action (Enter: none)"))):
        try:
            return action_of(agreement, given)
        except Refusal as refusal:
            _tell(desk, refusal.sentences)
    return None


# Keys --------------------------------------------------------------------------------------------


def _pairs(desk: Desk, there: Standing, action: Action, given: dict[str, str]) -> dict[str, str]:
    """Ask for each key that is needed; when one was, also for the day, which may be today."""
    agreement, pairs = there.dossier.agreement, dict(given)
    while missing := still_needed(agreement, action, readable(action, pairs)):
        pairs[missing[0].name] = _value(desk, there, missing[0])
    if pairs != given and action.is_dated and ON.name not in pairs:
        pairs[ON.name] = _value(desk, there, _own(action, ON.name), default=there.today)
    if action.name == "amend" and not pairs:
        pairs = _facts(desk)
    return pairs


def _own(action: Action, name: str) -> Argument:
    return next(argument for argument in action.arguments if argument.name == name)


def _value(desk: Desk, there: Standing, argument: Argument, default: date | None = None) -> str:
    agreement = there.dossier.agreement
    alerted = sorted(there.dossier.recorded) if argument.name == "occurrence" else None

    def wrong(text: str) -> Iterable[Phrase]:
        if alerted is not None and text not in alerted:
            return (nearest(text, alerted),)
        return mistakes_in(agreement, argument, text, there.today)

    desk.tell(nearest("", alerted) if alerted else accepted_by(agreement, argument))
    question = QUESTIONS.get(argument.name, say("{key}", key=argument.name))
    return _answer(desk, question, wrong, default)


def _facts(desk: Desk) -> dict[str, str]:
    desk.tell(say("Write field=value, such as term.length=P4Y; Enter ends."))
    pairs: dict[str, str] = {}
    while text := _prompt(desk.say(say("Which fact"))):
        key, sign, value = text.partition("=")
        if sign and key:
            pairs[key.strip()] = value.strip()
        else:
            _tell(desk, [say("“{pair}” is not key=value.", pair=text)])
    return pairs


# At the terminal ---------------------------------------------------------------------------------


def _answer(
    desk: Desk,
    question: Phrase,
    wrong: Callable[[str], Iterable[Phrase]],
    default: date | None = None,
) -> str:
    """Ask until the answer can stand; Ctrl-C ends it all."""
    words = desk.say(question)
    shown = f"{words} ({desk.say(say('Enter: today'))})" if default else words
    while True:
        text = _prompt(shown) or (default.isoformat() if default else "")
        mistakes = [*wrong(text)]
        if not mistakes:
            return text
        _tell(desk, mistakes)


def _none_or(sentence: Phrase) -> Callable[[str], Iterable[Phrase]]:
    return lambda text: [] if text else [sentence]


def _prompt(words: str) -> str:
    text: str = click.prompt(words, default="", show_default=False, prompt_suffix=": ")
    return text.strip()


def _tell(desk: Desk, sentences: Iterable[Phrase]) -> None:
    for sentence in sentences:
        desk.tell(sentence)


def _in_one_line(ref: str, done: Asked) -> str:
    words = [ref, str(done.action), *(f"{key}={value}" for key, value in done.pairs.items())]
    reason = ["--reason", done.reason] if done.reason else []
    return shlex.join(["looptijd", "do", *words, *reason])

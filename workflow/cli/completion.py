"""What a shell completes: references, actions, keys and values, from tiny queries of their own.

It imports no command and no SQLAlchemy, and says nothing when anything is amiss: whoever presses
Tab wants an answer at once or none.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from enum import StrEnum
from functools import partial
from importlib import import_module
from typing import Any

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class

from workflow.store import completion
from workflow.system.settings_path import configuration_file, glance

Offered = Iterable[CompletionItem | str]
Completer = Callable[[str, click.Context, str], Offered]
SIGN = "="


def completed(source: Completer) -> Callable[..., list[CompletionItem]]:
    """Return a source of words as click asks for it: what begins as typed; no faults."""

    def offer(context: click.Context, _item: click.Parameter, typed: str) -> list[CompletionItem]:
        try:
            words = [*source(_url(context), context, typed)]
        except Exception:  # noqa: BLE001 - a shell would show it amid what is being typed
            return []
        found = [
            word if isinstance(word, CompletionItem) else CompletionItem(word) for word in words
        ]
        return [item for item in found if str(item.value).startswith(typed)]

    return offer


def _url(context: click.Context) -> str:
    """Return the database's URL, an SQLite file made absolute as the settings do."""
    chosen = context.find_root().params.get("config")
    url = os.environ.get("LOOPTIJD_DATABASE__URL") or glance(chosen).get("database", {}).get("url")
    address, file = str(url or "sqlite:///looptijd.db"), configuration_file(chosen)
    if not address.startswith(completion.SQLITE):
        return address
    folder = os.path.dirname(file or "")  # noqa: PTH120 - completion starts without pathlib
    path = os.path.expanduser(address.removeprefix(completion.SQLITE))  # noqa: PTH111
    return completion.SQLITE + os.path.abspath(os.path.join(folder, path))  # noqa: PTH100, PTH118


# Sources -----------------------------------------------------------------------------------------


def references(url: str, _context: click.Context, typed: str) -> Offered:
    """Return references, each with its stage."""
    return [CompletionItem(ref, help=stage) for ref, stage in completion.references(url, typed)]


def offices(url: str, _context: click.Context, _typed: str) -> Offered:
    """Return the keys of offices."""
    return [key for (key,) in completion.offices(url)]


def actions(url: str, context: click.Context, _typed: str) -> Offered:
    """Return the actions of the stage in which the agreement stands."""
    _, possible = _agreement_and_actions(url, context)
    return [action.name for action in possible]


def pairs(url: str, context: click.Context, typed: str) -> Offered:
    """Return the keys of an action; after the sign what may stand there.

    Bash gives `party=vel` as three words, and takes the last one only; other shells give one.
    """
    agreement, possible = _agreement_and_actions(url, context)
    action = next(item for item in possible if item.name == context.params["action"])
    given = [*(context.params.get("pairs") or ())]
    key, sign, _ = typed.partition(SIGN)
    if given[-1:] == [SIGN]:
        return _values(url, context, agreement, action, given[-2])
    if not sign and given and given[-1] in {item.name for item in action.arguments}:
        return _values(url, context, agreement, action, given[-1])
    if sign:
        return [f"{key}={word}" for word in _values(url, context, agreement, action, key)]
    taken = {word.partition(SIGN)[0] for word in given}
    return [f"{item.name}=" for item in action.arguments if item.name not in taken]


def _agreement_and_actions(url: str, context: click.Context) -> tuple[Any, Any]:
    process, model = import_module("states.process"), import_module("states.model.agreement")
    ((stage, ending, text),) = completion.dossier(url, context.params["ref"])
    facts = json.loads(text) | {"stage": stage} | ({"ending": ending} if ending else {})
    agreement = import_module("states.model.facts").build(model.Agreement, facts)
    return agreement, process.PROCESS[agreement.stage].actions


def _values(
    url: str, context: click.Context, agreement: Any, action: Any, key: str
) -> Iterator[str]:
    argument = next(item for item in action.arguments if item.name == key)
    if key == "occurrence":
        yield from (name for (name,) in completion.alerted(url, context.params["ref"]))
    elif argument.choices:
        yield from argument.choices(agreement, date.today())  # noqa: DTZ011 - a suggestion
    elif isinstance(argument.kind, type) and issubclass(argument.kind, StrEnum):
        yield from argument.kind
    elif argument.kind is bool:
        yield from ("yes", "no")
    elif argument.kind is date:
        yield date.today().isoformat()  # noqa: DTZ011 - a suggestion


office_option = partial(click.option, "--office", metavar="KEY", shell_complete=completed(offices))


# Commands that are not imported while their arguments are completed ------------------------------

ARGUMENTS: dict[str, dict[str, Completer]] = {
    "show": {"ref": references},
    "history": {"ref": references},
    "deadlines": {"ref": references},
    "check": {"ref": references},
    "why": {"ref": references, "rule": lambda *_: import_module("states.model.stage").Rule},
    "simulate": {"refs": references},
    "do": {"ref": references, "action": actions, "pairs": pairs},
}


def stand_in(name: str) -> click.Command | None:
    """Return what stands for a command while its arguments are completed; options need itself."""
    words = os.environ.get("COMP_WORDS", "").split()[-2:]
    if name not in ARGUMENTS or any(word.startswith("-") for word in words):
        return None
    parts: list[click.Parameter] = [
        click.Argument(
            [part],
            nargs=-1 if part in {"refs", "pairs"} else 1,
            required=False,
            shell_complete=completed(source),
        )
        for part, source in ARGUMENTS[name].items()
    ]
    return click.Command(name, params=parts, context_settings={"ignore_unknown_options": True})


class Bash(BashComplete):
    """Click's words for Bash, with no space after `key=`: its value follows at once."""

    source_template = BashComplete.source_template.replace(
        "    return 0", "    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n    return 0"
    )


add_completion_class(Bash)

"""The procedure as a state diagram, in Mermaid, made from the stages' own declarations."""

from collections.abc import Iterator

from notifications.language import Language
from states.model.phrase import say
from states.model.stage import Stage
from states.process import PROCESS
from states.rules.action import Declaration

BY_FACTS = say("by facts and time")
Arrow = tuple[Stage, Stage, str]


def mermaid(language: Language) -> str:
    """Return the diagram; arrows carry the action, or say that facts and time bring the move."""
    lines = ["stateDiagram-v2", *_labels(language), f"    [*] --> {Stage.DRAFT}"]
    lines += [f"    {at} --> {to} : {label}" for at, to, label in arrows(language)]
    return "\n".join([*lines, f"    {Stage.ENDED} --> [*]"])


def arrows(language: Language) -> Iterator[Arrow]:
    """Yield every move of the procedure: from where, to where, and what brings it about."""
    return (arrow for declaration in PROCESS.values() for arrow in _arrows(declaration, language))


def _labels(language: Language) -> Iterator[str]:
    for stage, declaration in PROCESS.items():
        yield f"    {stage} : {language.say(declaration.label)}"


def _arrows(declaration: Declaration, language: Language) -> Iterator[Arrow]:
    for action in declaration.actions:
        for to in action.leads_to:
            yield declaration.stage, to, action.name
    for transition in declaration.transitions:
        cause = transition.brought_by or language.say(BY_FACTS)
        yield declaration.stage, transition.to, cause

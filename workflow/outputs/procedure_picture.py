"""The procedure as a diagram in Mermaid and as an SVG, made from the stages' own declarations.

The SVG has the stages under each other, skips on the right, returns on the left:

1. Moves between the same two stages become one arrow, with every name on it.
2. A move to the next stage goes straight down; one to itself stands inside its box.
3. All other moves to one stage share a lane beside the boxes, so that few lines run side by side.
4. Each lane lies as near to the boxes as those that it overlaps allow, the shortest nearest.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from notifications.language import Language
from states.model.phrase import say
from states.model.stage import Stage
from states.process import PROCESS
from workflow.outputs.template_folder import templates_in

TEMPLATES = Path(__file__).parent / "templates"
ORDER = list(PROCESS)
BOX_WIDTH, BOX_HEIGHT, GAP, TOP = 250, 60, 46, 44
ROOM_FOR_WORDS, LANE = 178, 18
RIGHT, LEFT = 1, -1


def mermaid(language: Language) -> str:
    """Return the diagram; arrows carry the action, or say that facts and time bring the move."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {at} : {language.say(item.label)}" for at, item in PROCESS.items()]
    lines.append(f"    [*] --> {Stage.DRAFT}")
    lines += [f"    {at} --> {to} : {label}" for at, to, label in _arrows(language)]
    return "\n".join([*lines, f"    {Stage.ENDED} --> [*]"])


def _arrows(language: Language) -> Iterator[tuple[Stage, Stage, str]]:
    """Yield every move of the procedure: from where, to where, and what brings it about."""
    for declaration in PROCESS.values():
        for action in declaration.actions:
            for to in action.leads_to:
                yield declaration.stage, to, action.name
        for transition in declaration.transitions:
            cause = transition.brought_by or language.say(say("by facts and time"))
            yield declaration.stage, transition.to, cause


def svg(language: Language) -> str:
    """Return the drawing; it follows the reader's choice of light or dark."""
    moves = _moves(language)
    lanes = {side: _lanes(moves, side) for side in (LEFT, RIGHT)}
    numbers = {side: max((lane.number for lane in lanes[side]), default=-1) + 1 for side in lanes}
    reach = {side: ROOM_FOR_WORDS + LANE * numbers[side] for side in lanes}
    left = reach[LEFT] + BOX_WIDTH / 2
    template = templates_in(TEMPLATES).get_template("procedure.svg.j2")
    return template.render(
        language=language.code,
        title=language.say(say("The procedure: eight stages, and every move between them")),
        left=-left,
        width=left + reach[RIGHT] + BOX_WIDTH / 2,
        height=_y(len(ORDER)) - GAP + TOP,
        box=(BOX_WIDTH, BOX_HEIGHT),
        boxes=[*_boxes(moves, language)],
        downs=[*_downs(moves)],
        lanes=[_lane(lane) for side in lanes.values() for lane in side],
    )


Moves = dict[tuple[int, int], list[str]]


def _moves(language: Language) -> Moves:
    found: Moves = {}
    for at, to, label in _arrows(language):
        labels = found.setdefault((ORDER.index(at), ORDER.index(to)), [])
        if label not in labels:
            labels.append(label)
    return found


def _y(row: int) -> int:
    """Return the upper edge of a box."""
    return TOP + row * (BOX_HEIGHT + GAP)


def _boxes(moves: Moves, language: Language) -> Iterator[dict[str, Any]]:
    for row, declaration in enumerate(PROCESS.values()):
        label = language.say(declaration.label)
        yield {"y": _y(row), "label": label, "again": ", ".join(moves.get((row, row), []))}


def _downs(moves: Moves) -> Iterator[dict[str, Any]]:
    for (at, to), labels in moves.items():
        if to == at + 1:
            yield {"from": _y(at) + BOX_HEIGHT, "to": _y(to), "label": ", ".join(labels)}


# Lanes -------------------------------------------------------------------------------------------


class Lane(Struct, frozen=True):
    """Every move to one stage from one side of the boxes."""

    side: int
    to: int
    sources: dict[int, str]
    number: int = 0

    @property
    def rows(self) -> range:
        """Return the rows along which it runs."""
        ends = [self.to, *self.sources]
        return range(min(ends), max(ends) + 1)


def _lanes(moves: Moves, side: int) -> list[Lane]:
    """Return the lanes of one side, each with the number of its place, counted from the boxes."""
    found: dict[int, dict[int, str]] = {}
    for (at, to), labels in moves.items():
        if (to > at + 1 and side == RIGHT) or (to < at and side == LEFT):
            found.setdefault(to, {})[at] = ", ".join(labels)
    placed: list[Lane] = []
    lanes = (Lane(side, to, sources) for to, sources in found.items())
    for lane in sorted(lanes, key=lambda lane: len(lane.rows)):
        taken = {other.number for other in placed if set(other.rows) & set(lane.rows)}
        number = next(n for n in range(len(found)) if n not in taken)
        placed.append(replace(lane, number=number))
    return placed


def _lane(lane: Lane) -> dict[str, Any]:
    """Return a lane as lines: out of each source, along the boxes, and into its stage."""
    edge = lane.side * BOX_WIDTH / 2
    x = edge + lane.side * (ROOM_FOR_WORDS + lane.number * LANE - LANE / 2)
    port = 16 + 20 * lane.number  # how far under a box's upper edge its moves leave
    out = {_y(at) + port: label for at, label in lane.sources.items()}
    into = _y(lane.to) + BOX_HEIGHT / 2 + (BOX_HEIGHT / 2 - 8)
    ends = [into, *out]
    return {
        "x": x,
        "edge": edge,
        "words": edge + lane.side * 6,
        "anchor": "start" if lane.side == RIGHT else "end",
        "into": into,
        "top": min(ends),
        "bottom": max(ends),
        "out": out,
    }

"""The rooms as an SVG: one under the other, and an arrow for each room that imports another.

The order is the one that `make contracts` holds, so every arrow points down. A room that is
imported has a line beside the boxes, with a dot in the row of each room that imports it.
How often it does is not shown: so the picture changes when the order of the rooms is at stake only.
"""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from docs.sources import read
from workflow.outputs.template_folder import templates_in

HERE = Path(__file__).resolve().parent
ENGINE, CLOCK = "workflow", "scheduler"
PACKAGES = (ENGINE, "notifications", "states")
BOX_WIDTH, BOX_HEIGHT, GAP, LANE, EDGE = 150, 30, 12, 34, 12


def svg(root: Path) -> str:
    """Return the drawing of the code under `root`; it follows the reader's choice of dark."""
    rooms = [CLOCK, *_rooms_of_the_engine(), *PACKAGES[1:]]
    lanes = [*_lanes(rooms, _imports(root))]
    return (
        templates_in(HERE / "templates")
        .get_template("rooms.svg.j2")
        .render(
            boxes={room: (_y(rooms, room), room in {CLOCK, *PACKAGES}) for room in rooms},
            box=(EDGE, BOX_WIDTH, BOX_HEIGHT),
            lanes=lanes,
            rows={y: lane["x"] for lane in lanes for y in lane["from"]},
            width=_x(len(lanes)) + LANE // 2,
            height=_y(rooms, rooms[-1]) + BOX_HEIGHT + EDGE,
        )
    )


def _rooms_of_the_engine() -> Iterator[str]:
    """Yield the rooms from top to bottom, as import-linter holds them."""
    configured = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = configured["tool"]["importlinter"]["contracts"]
    for layer in next(item["layers"] for item in contracts if item["id"] == "rooms"):
        yield from layer.split(" | ")


# Imports -----------------------------------------------------------------------------------------


def _imports(root: Path) -> set[tuple[str, str]]:
    """Return each room with each other that it imports."""
    files = [root / f"{CLOCK}.py", *(f for name in PACKAGES for f in (root / name).rglob("*.py"))]
    return {
        (_room(file.relative_to(root).with_suffix("").parts), _room(name.split(".")))
        for file in files
        for name in read(file.read_text(encoding="utf-8")).imports
    }


def _room(module: Sequence[str]) -> str:
    """Return the room of a module; the engine has several, another package is one."""
    return module[1] if module[0] == ENGINE and len(module) > 1 else module[0]


# The drawing -------------------------------------------------------------------------------------


def _lanes(rooms: list[str], imports: set[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Yield the line of each room that is imported; the lowest room's lies farthest from the boxes.

    So an arrow into a room crosses no line but those of rooms below it.
    """
    place = 0
    for room in rooms:
        users = [other for other in rooms if other != room and (other, room) in imports]
        if users:
            place += 1
            rows = [_middle(rooms, user) for user in users]
            yield {"x": _x(place), "into": _middle(rooms, room), "from": rows}


def _x(place: int) -> int:
    return EDGE + BOX_WIDTH + LANE * place


def _y(rooms: list[str], room: str) -> int:
    """Return the upper edge of a box."""
    return EDGE + rooms.index(room) * (BOX_HEIGHT + GAP)


def _middle(rooms: list[str], room: str) -> int:
    return _y(rooms, room) + BOX_HEIGHT // 2

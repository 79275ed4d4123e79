"""Pictures of looptijd as people see it: `.venv/bin/python docs/screenshots.py [NAME…]`.

The invented register of examples/register, as it is on 2 March 2026 at 10:00, is imported into a
scratch folder; nothing depends on the day on which the script runs. It needs Chromium. A picture is
a line in PICTURES; it lands in docs/screenshots/NAME.png.
"""

import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from html import escape
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Browser, ViewportSize

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from notifications.language import language  # noqa: E402 - the checkout, not what is installed
from tests.browser import browser  # noqa: E402
from tests.house import Town, a_town  # noqa: E402
from tests.reports import report  # noqa: E402
from workflow.cli.running import Desk  # noqa: E402
from workflow.cli.timeline import print_office, print_one  # noqa: E402
from workflow.service.registering.files import import_files  # noqa: E402
from workflow.service.timelines import timeline_of, timelines_of_office  # noqa: E402
from workflow.settings import Municipality  # noqa: E402
from workflow.views import Views  # noqa: E402

PLACE = ROOT / "docs/screenshots"
VELDRIJK = Municipality(name="Gemeente Veldrijk", installation="production")
REGISTER = ROOT / "examples/register"
TERMINAL = """<!DOCTYPE html><meta charset="utf-8"><style>
body { margin: 0; background: #16191d; }
pre { margin: 0; padding: 20px 24px; color: #eceff2; font: 15px/1.35 monospace; }
</style><pre><b>$ %s</b>\n%s</pre>"""


@dataclass(frozen=True)
class Picture:
    """What is shown, how wide, and in which colours."""

    page: Callable[[Town], Path]
    width: int = 1280
    scheme: Literal["light", "dark"] = "light"


def of_report(name: str) -> Callable[[Town], Path]:
    """Show a page of the report."""
    return lambda town: report(town, lang="nl") / name


def of_terminal(command: str, printing: Callable[[Desk], None]) -> Callable[[Town], Path]:
    """Show what a command prints."""

    def page(town: Town) -> Path:
        dutch = language("nl")
        desk = Desk(town.house, dutch, Views(dutch, town.house.local), as_json=False)
        with redirect_stdout(StringIO()) as printed:
            printing(desk)
        found = TERMINAL % (escape(command), escape(printed.getvalue().rstrip()))
        return town.file(found, "terminal.html")

    return page


def _timeline(desk: Desk) -> None:
    print_one(desk, timeline_of(desk.house, "VR-2022-004"))


def _office(desk: Desk) -> None:
    office, found = timelines_of_office(desk.house, "cultuur-en-sport")
    print_office(desk, office.name, found)


PICTURES = {
    "report-register": Picture(of_report("index.html")),
    "report-timeline": Picture(of_report("timeline.html")),
    "report-timeline-dark": Picture(of_report("timeline.html"), scheme="dark"),
    "report-timeline-narrow": Picture(of_report("timeline.html"), width=320),
    "report-money": Picture(of_report("money.html")),
    "report-dossier": Picture(of_report("agreements/VR-2022-004.html")),
    "terminal-timeline": Picture(of_terminal("looptijd timeline VR-2022-004", _timeline), 780),
    "terminal-timeline-office": Picture(
        of_terminal("looptijd timeline --office cultuur-en-sport", _office), 780
    ),
}


def main(names: Sequence[str]) -> int:
    """Make the pictures of these names, or all."""
    PLACE.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, browser() as opened:
        town = registered(Path(folder))
        for name in names or PICTURES:
            shoot(opened, PICTURES[name], town, PLACE / f"{name}.png")
        town.close()
    return 0


def registered(folder: Path) -> Town:
    """Return a town that keeps the invented register."""
    town = a_town(
        f"sqlite:///{folder}/looptijd.db", folder, "2026-03-02 10:00", municipality=VELDRIJK
    )
    for paths, history in (
        ([REGISTER / "offices.toml", *sorted(REGISTER.glob("new/*.toml"))], False),
        (sorted(REGISTER.glob("running/*.toml")), True),
    ):
        assert not import_files(town.house, paths, by="griffie", history=history).problems
    town.one_pass()
    return town


def shoot(opened: Browser, picture: Picture, town: Town, file: Path) -> None:
    """Make one picture of the whole page."""
    size = ViewportSize(width=picture.width, height=1)
    page = opened.new_page(color_scheme=picture.scheme, viewport=size)
    page.goto(picture.page(town).as_uri())
    page.screenshot(path=file, full_page=True)
    page.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Pictures of looptijd as people see it: `.venv/bin/python docs/screenshots.py [NAME…]`.

The invented register of examples/register, as it is on 2 March 2026 at 10:00, is imported into a
scratch folder; the mail is the source case's, of 10 July 2020. Nothing depends on the day on which
the script runs. It needs Chromium. A picture is a line in PICTURES; it lands in
docs/screenshots/NAME.png.
"""

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from html import escape
from inspect import unwrap
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from click import Context
from PIL import Image
from playwright.sync_api import Browser, ViewportSize
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from notifications.language import language  # noqa: E402 - the checkout, not what is installed
from tests.browser import browser  # noqa: E402
from tests.reports import report  # noqa: E402
from tests.town import Town, a_town  # noqa: E402
from workflow.cli import cli  # noqa: E402
from workflow.cli.command import Command  # noqa: E402
from workflow.intake.register import import_files  # noqa: E402
from workflow.outputs.json.views import Views  # noqa: E402
from workflow.system.settings import Municipality  # noqa: E402

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


def of_terminal(line: str) -> Callable[[Town], Path]:
    """Show what a command prints in a terminal of 80 columns."""

    def page(town: Town) -> Path:
        shown = TERMINAL % (escape(line), _in_colour(_printed(town, line)))
        return town.file(shown, "terminal.html")

    return page


def _printed(town: Town, line: str) -> str:
    """Run a command at the town's moment; return what it printed."""
    _, name, *arguments = shlex.split(line)
    found = cli.get_command(Context(cli), name)
    assert found
    assert found.callback
    keys = found.make_context(name, arguments).params
    dutch = language("nl")
    command = Command(town.app, dutch, Views(dutch, town.app.local), as_json=keys.pop("as_json"))
    with redirect_stdout(StringIO()) as printed:
        unwrap(found.callback)(command, **keys)
    return printed.getvalue().rstrip()


def _in_colour(printed: str) -> str:
    console = Console(record=True, file=StringIO(), width=200)
    console.print(Text.from_ansi(printed), soft_wrap=True)
    return console.export_html(inline_styles=True, code_format="{code}")


def of_mail(subject: str) -> Callable[[Town], Path]:
    """Show the HTML of the source case's mail with these words in its subject."""

    def page(town: Town) -> Path:
        case = a_town(f"sqlite:///{town.folder}/case.db", town.folder).in_force()
        case.until("2020-07-10 08:30")
        mail = next(mail for mail in case.relay.accepted if subject in mail.subject)
        body = message_from_bytes(mail.content, policy=default).get_body(("html",))
        case.close()
        assert body
        return town.file(body.get_content(), "mail.html")

    return page


PICTURES = {
    "report-register": Picture(of_report("index.html")),
    "report-timeline": Picture(of_report("timeline.html")),
    "report-timeline-dark": Picture(of_report("timeline.html"), scheme="dark"),
    "report-timeline-narrow": Picture(of_report("timeline.html"), width=320),
    "report-money": Picture(of_report("money.html")),
    "report-dossier": Picture(of_report("agreements/VR-2022-004.html")),
    "terminal-list": Picture(of_terminal("looptijd list"), 780),
    "terminal-show": Picture(of_terminal("looptijd show VR-2022-004"), 780),
    "terminal-why": Picture(of_terminal("looptijd why VR-2022-004 evaluation"), 780),
    "terminal-timeline": Picture(of_terminal("looptijd timeline VR-2022-004"), 780),
    "terminal-timeline-office": Picture(
        of_terminal("looptijd timeline --office cultuur-en-sport"), 780
    ),
    "mail": Picture(of_mail("start evaluatie"), 720),
}


def main(names: Sequence[str]) -> int:
    """Make the pictures of these names, or all."""
    PLACE.mkdir(exist_ok=True)
    os.environ |= {"FORCE_COLOR": "1", "COLUMNS": "80", "TERM": "xterm-256color"}
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
        assert not import_files(town.app, paths, by="griffie", history=history).problems
    town.one_pass()
    return town


def shoot(opened: Browser, picture: Picture, town: Town, file: Path) -> None:
    """Make one picture of the whole page; in 256 colours it takes a third of the room."""
    size = ViewportSize(width=picture.width, height=1)
    page = opened.new_page(color_scheme=picture.scheme, viewport=size)
    page.goto(picture.page(town).as_uri())
    page.screenshot(path=file, full_page=True)
    page.close()
    with Image.open(file) as taken:
        taken.quantize(256).save(file, optimize=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

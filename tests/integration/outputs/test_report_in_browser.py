"""Every page of a report in a browser: axe finds nothing (WCAG 2.1 AA), in light and dark, and a
narrow screen needs no sideways scrolling."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser import CHROMIUM, browser
from tests.reports import busy, report
from tests.town import REF, a_town, visiting

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
Scheme = Literal["light", "dark"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
PAGES = ("index.html", "timeline.html", "money.html", f"agreements/{REF}.html")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("town")
    with visiting(a_town(f"sqlite:///{place}/looptijd.db", place)) as town:
        yield report(busy(town))


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(chromium: Browser, folder: Path, scheme: Scheme, width: int) -> None:
    page = chromium.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    found, wide = {}, []
    for name in PAGES:
        page.goto((folder / name).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        result = Axe().run(page, options={"runOnly": RULES}).response
        found[name] = [(one["id"], one["nodes"][0]["html"]) for one in result["violations"]]
        wide += [name] if page.evaluate("document.documentElement.scrollWidth") > width else []
    page.close()
    assert found == {name: [] for name in PAGES}
    assert wide == []

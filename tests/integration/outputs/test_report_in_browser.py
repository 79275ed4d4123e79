"""Every page of a report, and a dossier's, in a browser: axe finds nothing (WCAG 2.1 AA), in light
and dark, and a narrow screen needs no sideways scrolling."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from notifications.language import language
from tests.browser import CHROMIUM, browser
from tests.register import FOLDER
from tests.reports import busy, report
from tests.town import CASE, OFFICES, REF, Town, a_town, visiting
from workflow.outputs.dossier.folder import written
from workflow.outputs.dossier.packed import pack
from workflow.outputs.json.views import Views
from workflow.system.settings import Settings

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
WIDTHS = (320, 768, 1280)
NARROW_AND_WIDE = (320, 1280)  # between them nothing has another colour or order
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
ASKED = {"runOnly": RULES, "resultTypes": ["violations"]}  # what passes is not told node by node
LINES = """cell => {
  const words = document.createRange();
  words.selectNodeContents(cell);
  return words.getClientRects().length;
}"""
ON_SCREENS_AND_PAPER: tuple[tuple[Literal["screen", "print"], int], ...] = (
    *(("screen", 1280), ("screen", 1000), ("screen", 768), ("screen", 400)),
    ("print", 703),
)
PAGES = (
    *(
        "index.html",
        "timeline.html",
        "money.html",
        "compliance.html",
        "offices/sociaal-domein.html",
    ),
    f"agreements/{REF}.html",
    "dossier.html",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("town")
    with visiting(a_town(f"sqlite:///{place}/looptijd.db", place)) as town:
        yield pages_of(busy(town))


def pages_of(town: Town) -> Path:
    """Write the report and, beside it, the page of a dossier."""
    folder, views = report(town), Views(language("en"), town.app.local)
    page = written(pack(town.app, REF), views, Settings())["dossier.html"]
    (folder / "dossier.html").write_bytes(page)
    return folder


@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_read_it(chromium: Browser, folder: Path, name: str) -> None:
    page = chromium.new_page()
    page.goto((folder / name).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found, wide = {}, []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        wide += [width] if page.evaluate("document.documentElement.scrollWidth") > width else []
    for seen in product(SCHEMES, NARROW_AND_WIDE):
        scheme, width = seen
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        result = Axe().run(page, options=ASKED).response
        found[seen] = [(one["id"], one["nodes"][0]["html"]) for one in result["violations"]]
    page.close()
    assert found == {seen: [] for seen in product(SCHEMES, NARROW_AND_WIDE)}
    assert wide == []


def test_a_name_without_a_space_needs_no_sideways_scrolling(
    chromium: Browser, tmp_path: Path
) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path}/looptijd.db", tmp_path)) as town:
        busy(town).do("amend", short_title="Zeerlang" * 20, reason="Zo heet het.")
        town.do("amend", title="Zeerlang" * 20, reason="Zo heet het.")
        folder = pages_of(town)
    page, wide = chromium.new_page(), []
    for name, width in product(PAGES, WIDTHS):
        page.goto((folder / name).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append((name, width))
    page.close()
    assert wide == []


def test_amounts_of_every_kind_need_no_sideways_scrolling(
    chromium: Browser, tmp_path: Path
) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path}/looptijd.db", tmp_path)) as town:
        files = [FOLDER / "offices.toml", *sorted(FOLDER.glob("running/*.toml"))]
        town.at("2026-03-02 10:00").register(*(file.read_text() for file in files), history=True)
        page, money = chromium.new_page(), report(town) / "money.html"
    page.goto(money.as_uri())
    wide = []
    for width in range(320, 1600, 20):
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(width)
    page.close()
    assert wide == []


def test_an_amount_of_millions_stands_on_one_line_on_a_screen_and_on_paper(
    chromium: Browser, tmp_path: Path
) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path}/looptijd.db", tmp_path)) as town:
        dear = CASE.replace('"1000.00"', '"12345678.90"')
        town.register(OFFICES, dear).decided().signed()
        file = report(town) / "index.html"
    for media, width in ON_SCREENS_AND_PAPER:
        page = chromium.new_page(viewport={"width": width, "height": 1000})
        page.emulate_media(media=media)
        page.goto(file.as_uri())
        (amount,) = page.locator(".work td.number").all()
        assert amount.inner_text() == "€\xa012,345,678.90"
        assert amount.evaluate(LINES) == 1, (media, width)
        page.close()


def test_the_name_of_a_stage_is_not_broken_on_a_screen_or_on_paper(
    chromium: Browser, tmp_path: Path
) -> None:
    """“ondertekenin” and a “g” below it."""
    with visiting(a_town(f"sqlite:///{tmp_path}/looptijd.db", tmp_path)) as town:
        town.register(OFFICES, CASE).decided().signed()
        file = report(town, lang="nl") / "agreements" / f"{REF}.html"
    for media, width in ON_SCREENS_AND_PAPER:
        page = chromium.new_page(viewport={"width": width, "height": 1000})
        page.emulate_media(media=media)
        page.goto(file.as_uri())
        for name in ("collegebesluit", "ondertekening"):
            (stage,) = page.locator(".stages li", has_text=name).all()
            assert stage.evaluate(LINES) == 1, (media, width)
        page.close()


# Without a script --------------------------------------------------------------------------------


def shown(page: Page, rows: str) -> list[str]:
    """Return the names of the agreements in rows that can be seen."""
    links = page.locator(f"{rows} tbody th a")
    return [link.inner_text() for link in links.all() if link.is_visible()]


def test_a_choice_shows_only_what_is_of_an_office_or_in_a_stage(
    chromium: Browser, folder: Path
) -> None:
    page = chromium.new_page(java_script_enabled=False)
    page.goto((folder / "index.html").as_uri())
    assert shown(page, ".work") == ["Agreement A-1", "Verbindend Leiden"]
    page.get_by_role("combobox", name="Office").select_option("financien")
    assert shown(page, ".work") == ["Verbindend Leiden"]
    assert shown(page, ".register") == []
    assert not page.get_by_role("heading", name="To decide").is_visible()
    page.get_by_role("combobox", name="Office").select_option("")
    page.get_by_role("combobox", name="Stage").select_option("draft")
    assert shown(page, ".register") == ["Verbindend Leiden"]
    page.close()


def test_what_is_drawn_stands_under_its_year_on_paper_too(chromium: Browser, folder: Path) -> None:
    page = chromium.new_page(viewport={"width": 703, "height": 1000})  # A4 within its margins
    page.emulate_media(media="print")
    for name in ("timeline.html", "offices/sociaal-domein.html", f"agreements/{REF}.html"):
        page.goto((folder / name).as_uri())
        boxes = [one.bounding_box() for one in page.locator("svg.scale, svg.line").all()]
        assert len({(box["x"], box["width"]) for box in boxes if box}) == 1, name
        assert page.evaluate("document.documentElement.scrollWidth") <= 703
    page.close()

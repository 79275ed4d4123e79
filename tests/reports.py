"""Reports as tests write and read them."""

from html.parser import HTMLParser
from pathlib import Path

from notifications.language import language
from tests.town import CASE, Town, running
from workflow.outputs.json.views import Views
from workflow.outputs.report.site import write_report


def report(town: Town, name: str = "report", lang: str = "en", *, public: bool = False) -> Path:
    """Write a report into the town's folder and return where it stands."""
    folder = town.folder / name
    words = language(lang)
    write_report(town.app, Views(words, town.app.local), folder, public=public)
    return folder


def busy(town: Town) -> Town:
    """Let the source case run with an instalment that is late, beside one whose term is over."""
    town.in_force().at("2017-10-16 10:00").do("pay", instalment="1", on="2017-10-13")
    town.until("2018-11-01 10:00")
    town.register(running("A-1", length="P9M", more="public = false"), history=True)
    return town.register(CASE.replace("SO-2017-0042", "B-1"))


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found += [" ".join(data.split())] if data.strip() else []


def words(page: Path) -> list[str]:
    """Return the pieces of text of a page, in order."""
    reader = _Words()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader.found

"""The report: the register read once, a page for each agreement, and the pages over all of them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

from markupsafe import Markup

from notifications.theme import theme
from states.model.phrase import Phrase, say
from states.model.stage import Rule
from workflow.agreements.queries import UnreadableRow
from workflow.agreements.timeline import horizon
from workflow.agreements.worklist import WorkItem, worklist
from workflow.app.app import App
from workflow.intake.files.lines import Advanced
from workflow.outputs.json.views import Views
from workflow.outputs.report.chart import Axis, lane
from workflow.outputs.report.dossier import dossier_page
from workflow.outputs.report.money import Money
from workflow.outputs.report.pages import TEMPLATES, Pages
from workflow.outputs.report.read import Chapter, ReportData, reading_all
from workflow.outputs.report.target_folder import mark, whole_folder

IN_MEMORY = 1 << 20  # what is more waits on disk
AT_ONCE = 1 << 16
Progress = Callable[[int], AbstractContextManager[Advanced]]


def unseen(_count: int) -> AbstractContextManager[Advanced]:
    """Tell nobody how far it is."""
    return nullcontext(bool)


def write_report(
    app: App, views: Views, folder: Path, progress: Progress = unseen, *, public: bool = False
) -> int:
    """Write the register as a site into a folder; return how many agreements it holds.

    With `public` it is what the public may know: no agreement that is not public, no person.
    `progress` is told how many there are, and gives whom to tell how many were written since.
    """
    with whole_folder(folder) as draft, reading_all(app, public=public) as data, Spool() as spool:
        site = _Site(app, views, data, draft, spool)
        with progress(data.count) as advanced:
            for chapter in data.chapters:
                site.add(chapter)
                advanced(1)
        site.finish()
        mark(draft, data.count)
        return data.count


class _Site:
    """The pages of one report while they are written."""

    def __init__(
        self, app: App, views: Views, data: ReportData, draft: Path, spool: "Spool"
    ) -> None:
        self.views, self.data, self.draft, self.spool = views, data, draft, spool
        self.axis = Axis(data.today.year, horizon(data.today).year)
        self.money = Money(horizon(data.today))
        self.work: list[WorkItem] = []
        built = (TEMPLATES / "style.css").read_text(encoding="utf-8")
        self.style = theme(app.configuration.theme).css + built
        self.pages = Pages(
            views.language,
            draft,
            municipality=app.settings.municipality.name,
            installation=app.settings.municipality.installation,
            made_at=app.local(app.clock.now()).isoformat(),
            public=data.public,
            offices={key: office.name for key, office in data.offices.items()},
        )
        (draft / "agreements").mkdir()

    def add(self, chapter: Chapter | UnreadableRow) -> None:
        """Write what is about this agreement alone, and keep its place on the pages over all."""
        if isinstance(chapter, UnreadableRow):
            self._list(self.views.line(chapter), None)
            return
        agreement = chapter.line.agreement
        row = self.views.line(chapter.line)
        self._list(row, self.views.stage(agreement.stage, agreement.ending))
        self.money.add(agreement, chapter.standings)
        self.work += worklist([chapter.line], self.data.policy, self.data.today)
        self._draw(chapter, row)
        page = dossier_page(chapter, self.views, self.data)
        self.pages.write(f"agreements/{agreement.ref}.html", "dossier.html.j2", **page)

    def _list(self, row: dict[str, Any], stage: str | None) -> None:
        words = {"row": row, "stage": stage or row["stage"], "readable": stage is not None}
        if row["attention"]:
            self.spool.add("attention", self.pages.fragment("attention.html.j2", **words))
        self.spool.add("register", self.pages.fragment("row.html.j2", **words))

    def _draw(self, chapter: Chapter, row: dict[str, Any]) -> None:
        drawing = lane(chapter.timeline, self.axis, self.data.today)
        if drawing["bar"] or drawing["marks"]:
            called = chapter.line.agreement.called
            part = self.pages.fragment("lane.html.j2", row=row, called=called, drawing=drawing)
            self.spool.add(f"office {row['office']}", part)

    def finish(self) -> None:
        """Write the pages over all agreements, and what they look like."""
        drawn = [name for name in self.spool.names() if name.startswith("office ")]
        groups = [(name.removeprefix("office "), self.spool.parts(name)) for name in drawn]
        self.pages.write(
            "index.html",
            "index.html.j2",
            work=[*work_groups(self.work)],
            attention=self.spool.parts("attention"),
            register=self.spool.parts("register"),
            counts=self.spool.counts,
        )
        axis = {"years": [*self.axis.years()], "today": self.axis.at(self.data.today)}
        self.pages.write("timeline.html", "timeline.html.j2", groups=groups, axis=axis)
        self.pages.write("money.html", "money.html.j2", tables=[*self.money.tables()])
        (self.draft / "style.css").write_text(self.style, encoding="utf-8")


# What has to be done -----------------------------------------------------------------------------

DECIDE = (Rule.HELD_OVER, Rule.EVALUATION, Rule.CONTINUATION, Rule.NOTICE, Rule.EXPIRY)


def work_groups(work: Iterable[WorkItem]) -> Iterator[tuple[Phrase, list[WorkItem]]]:
    """Yield what there is to decide, to pay and to do, and what happens by itself, by date."""
    groups: dict[str, list[WorkItem]] = {}
    for item in sorted(work, key=lambda item: (item.on, item.agreement.ref)):
        rule = item.standing.deadline.rule
        asked = "decide" if rule in DECIDE else "pay" if rule is Rule.PAYMENT else "do"
        groups.setdefault("itself" if item.is_by_itself else asked, []).append(item)
    yield from ((heading, groups[name]) for name, heading in WORK.items() if name in groups)


WORK = {
    "decide": say("To decide"),
    "pay": say("To pay"),
    "do": say("To do"),
    "itself": say("Happens by itself"),
}


# Parts of pages that wait for their page ---------------------------------------------------------


class Spool(ExitStack):
    """Rendered parts by the name of what they belong to, each read back in the order of adding."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._files: dict[str, SpooledTemporaryFile[str]] = {}
        self.counts: dict[str, int] = {}

    def add(self, name: str, part: str) -> None:
        """Keep a part that was rendered, and so escaped."""
        if name not in self._files:
            self._files[name] = self.enter_context(
                SpooledTemporaryFile(IN_MEMORY, mode="w+", encoding="utf-8")  # noqa: SIM115 - of the stack
            )
        self._files[name].write(part)
        self.counts[name] = self.counts.get(name, 0) + 1

    def names(self) -> Iterable[str]:
        """Return the names in order."""
        return sorted(self._files)

    def parts(self, name: str) -> Iterator[Markup]:
        """Yield what was added under a name."""
        file = self._files.get(name)
        if file is None:
            return
        file.seek(0)
        while text := file.read(AT_ONCE):
            yield Markup(text)  # noqa: S704 - it was escaped when it was rendered

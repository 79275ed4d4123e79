"""The report: the register read once, a page for each agreement, and the pages over all of them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import date, datetime, timedelta
from operator import itemgetter
from os import SEEK_END
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from notifications.theme import theme
from states.dates.college import Meeting
from states.model.money import Money, totals
from states.model.phrase import say
from states.model.stage import BEFORE_ACTIVE, Rule, Stage
from states.process import PROCESS
from workflow.agreements import queries
from workflow.agreements.timeline import horizon
from workflow.agreements.worklist import WorkItem, meeting_for, worklist
from workflow.app.app import App, policy_and_today, why_held
from workflow.app.signs_of_life import leaving_sign
from workflow.engine.ledger import UnreadableEvent
from workflow.engine.standing import DeadlineState, standings
from workflow.intake.files.lines import Advanced
from workflow.outputs.json.views import Views
from workflow.outputs.publication import published, published_refs
from workflow.outputs.report.agreement_page import Chapter, agreement_page, chapter_of
from workflow.outputs.report.chart import Axis, lane
from workflow.outputs.report.compliance import Duty, duties
from workflow.outputs.report.money import PARTS, FiscalYears
from workflow.outputs.report.pages import Pages, style
from workflow.outputs.report.target_folder import mark, whole_folder
from workflow.store import agreements, register
from workflow.store.agreements import StoredRow
from workflow.store.database import Transaction
from workflow.system.state_folder import Mark

IN_MEMORY = 1 << 20  # what is more waits on disk
Progress = Callable[[int], AbstractContextManager[Advanced]]


def unseen(_count: int) -> AbstractContextManager[Advanced]:
    """Tell nobody how far it is."""
    return nullcontext(bool)


def write_report(
    app: App, views: Views, folder: Path, progress: Progress = unseen, *, public: bool
) -> tuple[int, list[str]]:
    """Write the register as a site into a folder; return how many agreements it holds.

    With `public` it is what the public may know: no agreement that is not public, no person. It
    then lacks what cannot be read, whose references are returned as well.
    `progress` is told how many there are, and gives whom to tell how many were written since.
    """
    with whole_folder(folder) as draft, app.reading() as connection, Spool(draft) as spool:
        reader, failed = queries.ListReader(connection, app), list[str]()
        count, entries = _chapters(connection, reader, failed, public=public)
        site = _Site(app, views, reader, draft, spool, public=public)
        with progress(count) as advanced:
            for entry in entries:
                site.add(entry)
                advanced(1)
        count = site.finish()
        mark(draft, count)
        return count, failed


class _Site:
    """The pages of one report while they are written."""

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        app: App,
        views: Views,
        reader: queries.ListReader,
        draft: Path,
        spool: "Spool",
        *,
        public: bool,
    ) -> None:
        self.app, self.views, self.draft, self.spool, self.public = app, views, draft, spool, public
        self.policy, self.today = reader.policy, reader.today
        self.axis = Axis(self.today.year, horizon(self.today).year)
        self.money = FiscalYears(horizon(self.today))
        self.work: list[WorkItem] = []
        self.duties: list[Duty] = []
        self.owners: dict[str, str | None] = {}
        self.stages: set[Stage] = set()
        self.style = style(theme(app.configuration.theme))
        self.names = {key: office.name for key, office in reader.offices.items()}
        self.pages = Pages(
            views.language,
            municipality=app.settings.municipality,
            made_at=app.local(app.clock.now()),
            public=public,
            offices=self.names,
            owners=self.owners,
            meeting=self._meeting,
            standing=views.standing,
        )
        for folder in ("agreements", "offices"):
            (draft / folder).mkdir()

    def _write(self, path: str, template: str, **values: Any) -> None:
        self.pages.write(self.draft / path, template, **values)

    def add(self, entry: Chapter | queries.UnreadableRow) -> None:
        """Write what is about this agreement alone, and keep its place on the pages over all."""
        if isinstance(entry, queries.UnreadableRow):
            self._list(entry, "attention", readable=False, is_public=True)
            return
        line, agreement = entry.details.line, entry.details.agreement
        policy, today = self.policy, self.today
        found = standings(agreement, policy, today, horizon(today))
        self.stages.add(agreement.stage)
        told = {"called": agreement.called, "is_public": agreement.public}
        stage = self.views.stage(agreement.stage, agreement.ending)
        self._list(line, _group(line), readable=True, stage=stage, **told)
        for item in self.money.add(agreement, found):
            part = self.pages.fragment("instalment.html.j2", entry=item, agreement=agreement)
            name = ("money", item.payment.currency, item.payment.fiscal_year)
            self.spool.add(name, part, (item.on or date.max, agreement.ref))
        if not self.public:
            self.duties += duties(agreement, entry.history, found, policy, today)
            self.work += worklist([line], policy, today)
        self._draw(entry, **told)
        page = agreement_page(entry, self.views)
        self.owners[agreement.ref] = (page["whole"]["case_owner"] or {}).get("name")
        self._write(f"agreements/{agreement.ref}.html", "agreement.html.j2", **page)

    def _meeting(self, item: WorkItem) -> Meeting | None:
        return meeting_for(self.app.configuration.college, item, self.policy, self.today)

    def _list(self, line: queries.Listed, group: str, **told: Any) -> None:
        row = self.views.line(line)
        for place, base in (("", ""), (row["office"], "../")):
            if place is not None:
                words = {"row": row, "stage": row["stage"], "base": base, **told}
                part = self.pages.fragment("row.html.j2", **words)
                self.spool.add((group, place), part, (*queries.by_urgency(line), row["ref"]))

    def _draw(self, entry: Chapter, **told: Any) -> None:
        drawing = lane(entry.timeline, self.axis, self.today)
        if not drawing["bar"] and not drawing["marks"]:
            return
        office, row = entry.details.agreement.office, self.views.line(entry.details.line)
        for place, base in (("lanes", ""), ("lanes of", "../")):
            words = {"row": row, "drawing": drawing, "base": base, **told}
            self.spool.add((place, office), self.pages.fragment("lane.html.j2", **words))

    def finish(self) -> int:
        """Write the pages over all agreements and of each office, and what they look like.

        Returns how many agreements they show.
        """
        axis = {"years": [*self.axis.years()], "today": self.axis.at(self.today)}
        kept, register = self._offices(), [*self._register("")]
        count: int = sum(group["count"] for group in register)
        self._write(
            "index.html",
            "index.html.j2",
            work=[*_work_groups(self.work)],
            count=count,
            register=register,
            kept=kept,
            stages=[(s.value, self.views.stage(s, None)) for s in PROCESS if s in self.stages],
        )
        for key, name in kept:
            register = [*self._register(key)]
            self._write(
                f"offices/{key}.html",
                "office.html.j2",
                name=name,
                style=self.style,
                work=[*_work_groups(item for item in self.work if item.standing.office == key)],
                count=sum(group["count"] for group in register),
                register=register,
                drawn=self.spool.counts.get(("lanes of", key)),
                lanes=self.spool.parts(("lanes of", key)),
                axis=axis,
            )
        groups = ((key, ("lanes", key)) for key, _ in kept)
        drawn = [(key, self.spool.parts(name)) for key, name in groups if name in self.spool.counts]
        self._write("timeline.html", "timeline.html.j2", groups=drawn, axis=axis)
        self._write(
            "money.html",
            "money.html.j2",
            tables=[*self.money.tables()],
            words=PARTS,
            instalments=lambda currency, year: self.spool.parts(("money", currency, year)),
        )
        if not self.public:
            self._write("compliance.html", "compliance.html.j2", duties=self.duties)
        (self.draft / "style.css").write_text(self.style, encoding="utf-8")
        return count

    def _offices(self) -> list[tuple[str, str]]:
        """Return the offices that keep an agreement or have something to do, by their names."""
        keys = {key for group, key, *_ in self.spool.counts if group in REGISTER}
        keys |= {item.standing.office for item in self.work}
        return sorted(((key, self.names.get(key, key)) for key in keys if key), key=itemgetter(1))

    def _register(self, office: str) -> Iterator[dict[str, Any]]:
        for name, heading in REGISTER.items():
            place = (name, office)
            if count := self.spool.counts.get(place):
                parts, is_open = self.spool.parts(place), name != "ended"
                shown = {"name": name, "heading": heading, "count": count}
                yield {**shown, "parts": parts, "open": is_open}


# What it tells, agreement by agreement -----------------------------------------------------------

Entries = Iterator[Chapter | queries.UnreadableRow]


def _chapters(
    connection: Transaction, reader: queries.ListReader, failed: list[str], *, public: bool
) -> tuple[int, Entries]:
    """Return how many agreements there are, and each as it is read; or what the public may know.

    The public is not shown what cannot be read; that is named in `failed`.
    """
    if not public:
        every = agreements.each(connection)
        return agreements.count(connection), _entries(connection, reader, every)
    refs = published_refs(connection, failed)
    entries = _entries(connection, reader, published(connection, refs))
    return len(refs), _for_all(entries, failed)


def _for_all(entries: Entries, failed: list[str]) -> Entries:
    """Yield the entries without history, mail and what concerns who keeps the register."""
    for entry in entries:
        if isinstance(entry, Chapter):
            line = replace(entry.details.line, attention=[])
            details = replace(entry.details, line=line, warnings=[])
            yield replace(entry, details=details, history=[], mails=[])
        else:
            failed.append(entry.ref)


def _entries(
    connection: Transaction, reader: queries.ListReader, every: Iterable[StoredRow]
) -> Entries:
    for line in map(reader.line, every):
        if isinstance(line, queries.UnreadableRow):
            yield line
            continue
        try:
            details = queries.whole_of(connection, line, reader)
            yield chapter_of(connection, details, reader.policy)
        except UnreadableEvent as error:
            agreement = line.agreement
            yield queries.damaged(agreement.ref, agreement.stage, error.sentences[0])


# The register, by what it asks -------------------------------------------------------------------

REGISTER = {
    "attention": say("Asks for attention"),
    "running": say("In force"),
    "preparing": say("In preparation"),
    "ended": say("Ended"),
}


def _group(line: queries.ListRow) -> str:
    if line.attention:
        return "attention"
    if line.agreement.stage is Stage.ENDED:
        return "ended"
    return "preparing" if line.agreement.stage in BEFORE_ACTIVE else "running"


# What has to be done -----------------------------------------------------------------------------

DECIDE = (Rule.HELD_OVER, Rule.EVALUATION, Rule.CONTINUATION, Rule.NOTICE)


def _totals(items: Iterable[WorkItem]) -> list[Money]:
    """Return what our own municipality has to pay, by currency."""
    return totals(filter(None, (item.standing.ours(item.agreement) for item in items)))


def _work_groups(work: Iterable[WorkItem]) -> Iterator[dict[str, Any]]:
    """Yield what there is to decide, to pay and to do, and what happens by itself, by date."""
    groups: dict[str, list[WorkItem]] = {}
    for item in sorted(work, key=lambda item: (item.on, item.agreement.ref)):
        rule = item.standing.deadline.rule
        is_ours = item.standing.ours(item.agreement) is not None
        asked = "decide" if rule in DECIDE else "pay" if is_ours else "do"
        groups.setdefault("itself" if item.is_by_itself else asked, []).append(item)
    for name, heading in WORK.items():
        if items := groups.get(name):
            late = [item for item in items if item.state is DeadlineState.LATE]
            yield {"name": name, "heading": heading, "work": items, "late": late} | {
                "totals": _totals(items),
                "late_totals": _totals(late),
            }


WORK = {
    "decide": say("To decide"),
    "pay": say("To pay"),
    "do": say("To do"),
    "itself": say("Happens by itself"),
}


# Parts of pages that wait for their page ---------------------------------------------------------


PartName = tuple[Any, ...]
"""What a part belongs to: a list and an office, or money with its currency and year."""


class Spool(ExitStack):
    """Rendered parts by the name of what they belong to, each read back in order of its key.

    What is more than memory should hold waits on the disk of the report, so that a disk that is
    full is told as what it is.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._file = self.enter_context(SpooledTemporaryFile(IN_MEMORY, dir=str(folder)))  # noqa: SIM115 - of the stack
        self._places: dict[PartName, list[tuple[Any, int, int]]] = {}

    @property
    def counts(self) -> dict[PartName, int]:
        """Return how many parts each name has."""
        return {name: len(places) for name, places in self._places.items()}

    def add(self, name: PartName, part: str, key: tuple[Any, ...] = ()) -> None:
        """Keep a part that was rendered, and so escaped; without a key in the order of adding."""
        content = part.encode()
        place = self._file.seek(0, SEEK_END)
        self._file.write(content)
        self._places.setdefault(name, []).append((key, place, len(content)))

    def parts(self, name: PartName) -> Iterator[Markup]:
        """Yield what was added under a name."""
        for _, place, length in sorted(self._places.get(name, [])):
            self._file.seek(place)
            yield Markup(self._file.read(length).decode())  # noqa: S704 - escaped when rendered


# The report that the daemon keeps: anew each night, and soon after something happened ------------

AGAIN_AFTER = timedelta(minutes=10)


class Upkeep(Struct):
    """What the report of the configured folder shows, and when it was last written, or tried."""

    shows: tuple[date, Mark] | None = None
    tried_at: datetime | None = None
    failed: Exception | None = None

    def step(self, app: App) -> bool:
        """Write the report where it would show something else; tell whether it was written.

        Events wait until ten minutes after the last time, and so does what failed: until then it
        is raised again, and nothing is tried. A copy of the register, or one whose clock jumped,
        never takes the place of what was true.
        """
        now = app.clock.now()
        with app.reading() as connection:
            if why_held(connection, app):
                return False
            _, today = policy_and_today(connection, app)
            found = today, register.mark(connection)
        waits = self.tried_at and self.tried_at <= now < self.tried_at + AGAIN_AFTER
        if waits and self.failed:
            raise self.failed.with_traceback(None)
        if waits or found == self.shows:
            return False
        self.tried_at, self.failed, report = now, None, app.settings.report
        views, folder = Views(app.language, app.local), app.configuration.path(report.directory)
        try:
            with leaving_sign(app, "report"):  # what `doctor` calls it
                write_report(app, views, folder, public=report.public)
        except Exception as error:
            self.failed = error
            raise
        self.shows = found
        return True

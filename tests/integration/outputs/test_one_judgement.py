"""Every output gives each deadline the same state, date, amount and office, read back from itself.

What the JSON of `deadlines` says is held beside what each other output shows of the same register:
the example register and agreements that chance draws, looked at on days of several years.
"""

import csv
import io
import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from inspect import unwrap
from itertools import takewhile
from pathlib import Path
from random import Random
from typing import Any

import click
import icalendar
import pytest

from notifications.language import language
from tests.dutch import MONTHS
from tests.reports import report, words
from tests.town import Town, a_town, visiting
from workflow.agreements.queries import Listed, ListRow, details, lines
from workflow.agreements.timeline import timeline_of
from workflow.agreements.worklist import worklist
from workflow.app.app import policy_of
from workflow.cli.command import Command
from workflow.cli.commands.show import show_command
from workflow.cli.commands.why import why_command
from workflow.intake.register import import_files
from workflow.mail.overviews import week_of
from workflow.mail.preview import preview
from workflow.maintenance.doctor import doctor
from workflow.maintenance.figures import measure
from workflow.maintenance.nagios import judged
from workflow.maintenance.prometheus import exposition
from workflow.outputs.calendars import calendars
from workflow.outputs.dossier.folder import written
from workflow.outputs.dossier.packed import pack
from workflow.outputs.json.views import Views
from workflow.outputs.tables.sheets import REGISTER, payment_records
from workflow.system.settings import Settings

EXAMPLES = Path(__file__).parents[3] / "examples" / "register"
DAYS = ["2025-09-22 10:00", "2026-11-30 10:00", "2029-02-05 10:00", 1, 2, 3]
STATES = {
    "onbekend": "unknown",
    "nog niet in werking": "not_asked",
    "komt nog": "ahead",
    "gevraagd": "asked",
    "te laat": "late",
    "gedaan": "done",
    "verstreken": "passed",
    "hoeft niet meer": "waived",
    "vervallen": "dropped",
    "betaald": "done",
}
OPEN = {"ahead", "asked", "late", "passed"}
SETTLED = {
    "paid": "✓ {} betaald",
    "waived": "– {} hoeft niet meer",
    "superseded": "– {} vervallen",
}
OFFICES = {
    office["key"]: office["name"]
    for office in tomllib.loads((EXAMPLES / "offices.toml").read_text(encoding="utf-8"))["office"]
}


@dataclass(slots=True)
class Told:
    """What the JSON says of one agreement: of each deadline (rule, about, day) state and office."""

    document: dict[str, Any]
    states: dict[tuple[str, str, str | None], str] = field(default_factory=dict)
    offices: dict[tuple[str, str, str | None], str] = field(default_factory=dict)

    def asks(self, state: str) -> bool:
        """Tell whether what stands so is asked of somebody; what ended undone is not."""
        return state in OPEN and not (state == "passed" and self.document["stage"] == "ended")

    def is_ours(self, item: dict[str, Any]) -> bool:
        """Tell whether our own municipality pays an instalment, and does not get it back."""
        own = next(party["key"] for party in self.document["parties"] if party["own"])
        return item["payer"] in {None, own} and not item["refund"]

    def other_payer(self, item: dict[str, Any]) -> str | None:
        """Return the name of the party that pays an instalment, if it is not our own."""
        others = (party for party in self.document["parties"] if not party["own"])
        return next((party["name"] for party in others if party["key"] == item["payer"]), None)

    @staticmethod
    def recorded(item: dict[str, Any]) -> str | None:
        """Return what was paid, or is known to be owed."""
        amount: str | None = item["paid_amount"] or item["amount"]
        return amount

    def comes_to(self, item: dict[str, Any]) -> Decimal | None:
        """Return what an instalment comes to: as recorded, or else without indexation."""
        base = (self.document["contribution"] or {}).get("amount")
        amount = self.recorded(item) or base
        return Decimal(amount) if amount else None

    def is_certain(self, item: dict[str, Any]) -> bool:
        """Tell whether what it comes to is recorded, and no source leaves it in doubt."""
        assumed = {s["field"] for s in self.document["sources"] if s["status"] != "stated"}
        fields = {"contribution.amount", f"instalment.{item['number']}.amount"}
        return self.recorded(item) is not None and (
            item["status"] == "paid" or not fields & assumed
        )

    def priced(self, item: dict[str, Any]) -> str:
        """Return what every output has to say of it."""
        amount = self.comes_to(item)
        if amount is None:
            return "onbekend"
        words = f"€ {language('nl').number(amount)}"
        if self.recorded(item) is None:
            return f"zonder indexering {words}"
        return words if self.is_certain(item) else f"{words}, niet zeker"

    def price(self, rule: str, about: str) -> list[str]:
        """Return what has to be said of an instalment; nothing of all else, or where unknown."""
        every = {str(i["number"]): i for i in self.document["instalments"] if rule == "payment"}
        said = self.priced(every[about]) if about in every else "onbekend"
        return [] if said == "onbekend" else [plain(said)]

    def open(self) -> Iterator[tuple[tuple[str, str, str], str]]:
        """Yield each deadline that is asked, or will be, of somebody, with its state."""
        for (rule, about, on), state in self.states.items():
            if on and state in OPEN - {"passed"} and rule not in BY_ITSELF:
                yield (rule, about, on), state

    def of(self, rule: str) -> dict[tuple[str, str | None], str]:
        return {(about, on): s for (name, about, on), s in self.states.items() if name == rule}


@pytest.fixture(scope="module", params=DAYS)
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """Give the example register as it would be brought in on a day, or one drawn by chance."""
    place, seed = tmp_path_factory.mktemp("town"), request.param
    when = seed if isinstance(seed, str) else "2024-05-13 10:00"
    with visiting(a_town(f"sqlite:///{place / 'looptijd.db'}", place, when)) as made:
        offices = (EXAMPLES / "offices.toml").read_text(encoding="utf-8")
        if isinstance(seed, str):
            for kind, past in (("running", True), ("new", False)):
                found = sorted((EXAMPLES / kind).glob("*.toml"))
                texts = [file.read_text(encoding="utf-8") for file in found]
                made.register(offices, *texts, history=past)
        else:
            drawn = [_drawn(Random(seed * 100 + n), n) for n in range(8)]  # noqa: S311 - no secret
            text = "\n".join(map(json.dumps, drawn))
            paths = [made.file(offices), made.file(text, "register.jsonl")]
            assert import_files(made.app, paths, by="griffier", history=True).problems == []
        made.one_pass()
        yield made


def _drawn(chance: Random, number: int) -> dict[str, Any]:
    """Return an agreement that runs or ran around 2024, with money and an evaluation."""
    start = date(chance.randint(2019, 2024), chance.randint(1, 12), chance.randint(1, 28))
    term: dict[str, Any] = {"start": start.isoformat(), "length": chance.choice(["P1Y", "P3Y"])}
    kind = chance.choice(["decision", "tacit", "open"])
    if kind == "tacit":
        term |= {"renewal": "tacit", "renewal_length": "P1Y", "notice": "P3M"}
    if kind == "open":
        term = {"start": start.isoformat(), "open_ended": True}
    every = chance.choice(["P1Y", "P6M", "P3M"])
    ended: dict[str, Any] = {}
    if number == 5 and start.year < 2023:
        on = (start + timedelta(days=200)).isoformat()
        ended["termination"] = {"on": on, "ends_on": (start + timedelta(days=400)).isoformat()}
    paid = range(1, chance.randint(1, 6)) if chance.random() > 1 / 3 else ()
    instalments = [{"number": n, "paid_on": start.isoformat(), "reference": "F"} for n in paid]
    if number == 1 and instalments:
        instalments[-1] = {"number": len(paid), "waived_on": start.isoformat()}
    before = {"after_start": "P9M"} if kind == "open" else {"before_end": "P3M"}
    money = {"amount": "1200.00", "every": every, "payee": "Limburg", "budget_line": "B"}
    if number % 2:
        money["indexation"] = "CPI, alle huishoudens"
    if number % 4 == 2:
        money |= {"payer": "zij", "payee": "Gemeente Veldrijk"}
    return {
        "ref": f"VR-2024-{number:03}",
        "title": f"Overeenkomst {number}",
        "office": chance.choice(["cultuur-en-sport", "ruimte-en-milieu"]),
        "term": term,
        "party": [
            {"key": "wij", "name": "Gemeente Veldrijk", "own": True, "signed_on": "2018-12-01"},
            {"key": "zij", "name": "Provincie Limburg", "signed_on": "2018-12-01"},
        ],
        "decision": [{"on": "2018-11-01", "outcome": "as_proposed"}],
        "evaluation": [{"key": "final", **before}],
        "contribution": {**money, "budgeted_through": 2040, "office": "financien"},
        "instalment": instalments,
        **ended,
    }


@pytest.fixture(scope="module")
def told(town: Town) -> dict[str, Told]:
    """Give what the JSON says of each agreement."""
    views, found = Views(language("nl"), town.app.local), {}
    with town.app.reading() as connection:
        policy = policy_of(connection)
    for ref in _references(town):
        document = views.plain(views.details(details(town.app, ref), policy))
        found[ref] = Told(document)
        for row in document["deadlines"]:
            deadline = row["rule"], row["about"], row["nominal_on"]
            found[ref].states[deadline] = row["state"]
            found[ref].offices[deadline] = row["office"]
    return found


@pytest.fixture(scope="module")
def pages(town: Town) -> Path:
    """Give the report's folder: it is written once for all who read in it."""
    return report(town, lang="nl")


def _references(town: Town) -> list[str]:
    return [row["ref"] for row in map(Views(language("nl"), town.app.local).line, _lines(town))]


def _lines(town: Town) -> Iterator[Listed]:
    return lines(town.app, attention_only=False)


def state_in(text: str) -> str:
    """Return the state that a text begins with."""
    found = (state for words, state in STATES.items() if text.startswith(words))
    return next(found, text)


def iso(text: str) -> str | None:
    """Return a Dutch date as the JSON has it; None for one that is not known."""
    found = re.search(r"(\d+) (\w+) (\d{4})", text)
    if not found or found[2] not in MONTHS:
        return None
    return date(int(found[3]), MONTHS.index(found[2]) + 1, int(found[1])).isoformat()


def test_instalments_and_evaluations_of_show_stand_as_the_deadlines_do(
    told: dict[str, Told],
) -> None:
    for ref, agreement in told.items():
        by_number = {about: s for (about, _), s in agreement.of("payment").items()}
        for item in agreement.document["instalments"]:
            if (number := str(item["number"])) in by_number:
                assert item["state"] == by_number[number], (ref, number)
        evaluations = agreement.of("evaluation")
        for item in agreement.document["evaluations"]:
            if (item["key"], item["due_on"]) in evaluations:
                assert item["state"] == evaluations[item["key"], item["due_on"]], ref


def test_the_list_calls_late_what_is_late(town: Town, told: dict[str, Told]) -> None:
    views, late = Views(language("nl"), town.app.local), Counter[tuple[str, str | None]]()
    for row in map(views.plain, map(views.line, _lines(town))):
        for sentence in row["attention"]:
            is_late = re.search("te laat, moest uiterlijk|Liep zonder besluit af", sentence)
            late[row["ref"], iso(sentence)] += bool(is_late)
    assert +late == Counter(
        (ref, on)
        for ref, agreement in told.items()
        for (_, _, on), state in agreement.states.items()
        if state == "late"
    )


def test_the_timeline_marks_each_date_as_it_stands(town: Town, told: dict[str, Told]) -> None:
    for ref, agreement in told.items():
        marks = timeline_of(town.app, ref).marks
        for kind, rule in (
            ("payment", "payment"),
            ("notice", "notice"),
            ("evaluation", "evaluation"),
            ("obligation", "obligation"),
        ):
            known = {o: s for (_, o), s in agreement.of(rule).items() if o and s != "done"}
            shown = {m.on.isoformat(): m.state.value for m in marks if m.kind.value == kind}
            both = known.keys() & shown.keys()
            assert {on: shown[on] for on in both} == {on: known[on] for on in both}, (ref, rule)


def test_report_and_dossier_show_each_instalment_with_its_date_amount_and_state(
    town: Town, told: dict[str, Told], pages: Path
) -> None:
    views = Views(language("nl"), town.app.local)
    for ref, agreement in told.items():
        rows: list[tuple[str, str, str | None, str, str]] = [
            (str(i["number"]), agreement.priced(i), i["due_on"], i["status"], i["state"])
            for i in agreement.document["instalments"]
        ]
        dossier = written(pack(town.app, ref), views, Settings())["dossier.html"]
        (pages / "dossier.html").write_bytes(dossier)
        for file in (pages / "agreements" / f"{ref}.html", pages / "dossier.html"):
            found = words(file)
            cells = found[found.index("status") + 1 :] if rows else []
            wide = 7 if "betaler" in found else 6
            on_page = [cells[n * wide : n * wide + wide] for n in range(len(rows))]
            for (number, amount, due, status, state), shown in zip(rows, on_page, strict=True):
                assert shown[0] == number
                assert plain(shown[1].split(" (")[0]) == amount
                assert iso(shown[2]) == due
                if status == "waived":
                    assert state == status, (ref, number)
                else:
                    assert state_in(shown[-1]) == state, (ref, number)


def test_the_first_page_lists_what_is_asked_with_its_date_amount_and_office(
    town: Town, told: dict[str, Told], pages: Path
) -> None:
    ninety = (town.today + timedelta(days=90)).isoformat()
    cells = [plain(cell) for cell in words(pages / "index.html")]
    cells = cells[cells.index("uiterlijk") :]
    cells = [*takewhile(lambda cell: cell not in {"Gebeurt vanzelf", "Alle overeenkomsten"}, cells)]
    starts = [at for at, cell in enumerate(cells) if DAY.fullmatch(cell)]
    rows = [cells[at:end] for at, end in zip(starts, [*starts[1:], len(cells)], strict=True)]
    assert len(rows) == sum(d[2] <= ninety for a in told.values() for d, _ in a.open())
    for agreement in told.values():
        called = agreement.document["short_title"] or agreement.document["title"]
        for (rule, about, on), state in agreement.open():
            office = OFFICES[agreement.offices[rule, about, on]]
            said = {called, office, *agreement.price(rule, about)}
            found = [
                row
                for row in rows
                if iso(row[0]) == on
                and (" te laat" in row[1]) == (state == "late")
                and said <= {*row, *(OFFICES.values() if rule in BY_OFFICE else ())}
            ]
            assert bool(found) == (on <= ninety), (called, rule, on)


BY_OFFICE = {"evaluation", "continuation", "notice", "held_over"}  # below the name of their office


def printing(
    called: click.Command, town: Town, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Return what runs a command in Dutch and gives what it printed."""
    words_of_it = language("nl")
    command = Command(town.app, words_of_it, Views(words_of_it, town.app.local), as_json=False)
    assert called.callback
    run = unwrap(called.callback)

    def printed(**asked: object) -> str:
        run(command, **asked)
        return capsys.readouterr().out

    return printed


def test_show_marks_what_is_late_and_gives_each_open_date(
    town: Town, told: dict[str, Told], capsys: pytest.CaptureFixture[str]
) -> None:
    show = printing(show_command, town, capsys)
    for ref, agreement in told.items():
        shown = plain_lines(show(ref=ref))
        open_ones = [i for i in agreement.document["instalments"] if i["status"] == "expected"]
        for item in sorted(open_ones, key=lambda item: item["due_on"] or "unknown")[:5]:
            late = item["state"] == "late"
            row = f"{'! ' * late}{item['number']} {item['due_on'] or 'onbekend'}{' te laat' * late}"
            assert f"{row} {plain(agreement.priced(item))}" in shown, (ref, row)
            payer = agreement.other_payer(item)
            (line,) = (line for line in shown.split("\n") if line.startswith(row))
            assert (f"{payer} → " in line) if payer else ("→" not in line), (ref, line)
        settled = Counter(
            (item["status"], agreement.other_payer(item))
            for item in agreement.document["instalments"]
            if not item["refund"] and item["status"] in SETTLED
        )
        has_no_end = agreement.document["term"]["open_ended"]
        for (status, payer), count in settled.items():
            if has_no_end and status == "superseded":
                assert not re.search(r"– \d+ vervallen", shown), ref
                continue
            note = f" (betaler: {payer})" if payer else ""
            assert f"{SETTLED[status].format(count)}{note}:" in shown, (ref, status)
        assert agreement.document["outcome"] != "terminated" or "\nbeëindigd op " in shown, ref
        for item in agreement.document["evaluations"]:
            late, key, due = item["state"] == "late", item["key"], item["due_on"] or "onbekend"
            name = "eindevaluatie" if item["final"] else "tussentijdse evaluatie"
            row = f"{'! ' * late}{name} ({key}) {due}{' te laat' * late}"
            assert f"\n{row}" in shown, (ref, row)
            is_asked = item["state"] in {"ahead", "asked", "not_asked", "unknown"}
            assert is_asked or f"\n{row} nog niet gehouden" not in shown, (ref, row)


def test_why_gives_each_date_that_is_open_with_its_state(
    town: Town, told: dict[str, Told], capsys: pytest.CaptureFixture[str]
) -> None:
    why = printing(why_command, town, capsys)
    for ref, agreement in told.items():
        explained = why(ref=ref, rule=None, everything=False)
        heads = re.findall(r"^\S.*: (.+?)(?: \(([^()]+)\))?$", explained, re.MULTILINE)
        end = agreement.document["term"]["last_day"]
        assert Counter((iso(on), state_in(state or on)) for on, state in heads) == Counter(
            (end if rule == "expiry" and on else on, state)
            for (rule, _, on), state in agreement.states.items()
            if state in {"unknown", "not_asked", "ahead", "asked", "late"}
        ), ref


def plain_lines(text: str) -> str:
    """Return a text with plain spaces only, line by line."""
    return "\n".join(map(plain, text.splitlines()))


def test_the_money_page_sums_what_the_instalments_say(
    town: Town, told: dict[str, Told], pages: Path
) -> None:
    sums: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)
    columns = {"done": 1, "late": 2, "ahead": 3, "asked": 3, "not_asked": 4}
    for agreement in told.values():
        end = agreement.document["term"]["last_day"]
        if "passed" in agreement.of("notice").values():  # it renews, each by a year
            end = f"{int(end[:4]) + 1}{end[4:]}"
        for item in agreement.document["instalments"]:
            ours = agreement.is_ours(item)
            later = item["due_on"] and end and item["due_on"] > end and item["state"] != "done"
            amount = agreement.comes_to(item)
            if ours and amount and item["fiscal_year"] and item["state"] in columns and not later:
                sums[item["fiscal_year"], columns[item["state"]]] += amount
    cells = [cell for cell in words(pages / "money.html") if cell != "!"]
    cells = cells[: cells.index("Per termijn")]
    shown: dict[tuple[int, int], Decimal] = {}
    for at in [i for i, cell in enumerate(cells) if re.fullmatch(r"20\d\d", cell)]:
        for column in range(1, 5):
            text = cells[at + column]
            if text != "–":
                number = text.removeprefix("€\N{NO-BREAK SPACE}").removeprefix("€ ")
                value = Decimal(number.replace(".", "").replace(",", "."))
                shown[int(cells[at]), column] = value
    known = {key: value for key, value in shown.items() if key[0] <= town.today.year}
    assert known == {k: v for k, v in sums.items() if k[0] <= town.today.year}


def test_the_csv_names_the_first_evaluation_and_payment_that_are_not_settled(
    town: Town, told: dict[str, Told]
) -> None:
    views = Views(language("nl"), town.app.local)
    found = [line for line in _lines(town) if isinstance(line, ListRow)]
    text = REGISTER.as_csv(row for line in found for row in REGISTER.records(line, views))
    for row in csv.DictReader(io.StringIO(text, newline="")):
        agreement = told[row["ref"]]
        for rule, column in (("payment", "payment_on"), ("evaluation", "evaluation_on")):
            waits = [
                on
                for (_, on), state in agreement.of(rule).items()
                if on and (agreement.asks(state) or state == "not_asked")
            ]
            assert row[column] == min(waits, default=""), (row["ref"], rule)
        due = [i for i in agreement.document["instalments"] if i["due_on"] == row["payment_on"]]
        amounts = {agreement.recorded(item) or "" for item in due} or {""}
        assert row["payment_amount"] in amounts, row["ref"]


def test_a_calendar_holds_for_its_office_what_is_open_and_cancels_what_is_not(
    town: Town, told: dict[str, Told]
) -> None:
    found, failed = calendars(town.app, language("nl"))
    assert failed == []
    for office, text in found.items():
        read = icalendar.Calendar.from_ical(text)
        confirmed: defaultdict[tuple[str, str], str] = defaultdict(str)
        for e in read.events:
            if e["STATUS"] == "CONFIRMED":
                ref = re.findall(r"VR-\d{4}-\d{3}", str(e["SUMMARY"]))[-1]
                confirmed[ref, e.start.isoformat()] += plain(f"{e['SUMMARY']} {e['DESCRIPTION']} ")
        for ref, agreement in told.items():
            for (rule, about, on), state in agreement.states.items():
                if on and rule in DATED and agreement.offices[rule, about, on] == office:
                    if agreement.asks(state):
                        assert (ref, on) in confirmed, (ref, rule, state)
                        for amount in agreement.price(rule, about):
                            assert amount in confirmed[ref, on], (ref, about)
                    elif state in {"dropped", "passed"} and not _also(agreement, on, rule):
                        assert (ref, on) not in confirmed, (ref, rule, state)


DATED = {"payment", "evaluation", "continuation", "notice"}


def _also(agreement: Told, on: str, rule: str) -> bool:
    """Tell whether another deadline stands on the same day."""
    return any(
        day == on and (name != rule or state != "dropped")
        for (name, _, day), state in agreement.states.items()
        if name in DATED
    )


OF_MONEY = re.compile(r"termijn \d+ \(([^)]+)\)")


def test_an_overview_tells_the_office_what_is_late_as_late(
    town: Town, told: dict[str, Told]
) -> None:
    mails = [mail for mail in town.relay.accepted if mail.subject.startswith("Overzicht")]
    said = Counter(
        (mail.subject.rpartition(" voor ")[2], iso(item), *re.findall(OF_MONEY, item)[:1])
        for mail in mails
        for item in re.findall(r"moest uiterlijk (.+?)(?: - |$)", mail.words)
    )
    asked, own = Counter[tuple[str | None, ...]](), Counter[tuple[str | None, ...]]()
    for agreement in told.values():
        for deadline, state in agreement.states.items():
            if state == "late":
                what = deadline[2], *agreement.price(*deadline[:2])
                office, its_own = agreement.offices[deadline], agreement.document["office"]
                asked[OFFICES[office], *what] += 1
                own[OFFICES[its_own], *what] += its_own != office  # once that has escalated
    more = sum(int(n) for m in mails for n in re.findall(r"nog (\d+) andere? onderwerp", m.words))
    assert mails
    assert not said - asked - own
    assert (asked - said).total() <= more  # a long list ends after the most urgent


def test_the_worklist_has_each_open_date_with_its_state(town: Town, told: dict[str, Told]) -> None:
    with town.app.reading() as connection:
        policy = policy_of(connection)
    today = town.today
    listed = {
        (item.agreement.ref, item.standing.deadline.rule.value, item.on.isoformat()): (
            item.state,
            item.standing.office,
        )
        for item in worklist(_lines(town), policy, today)
        if item.action and item.standing.is_open
    }
    ninety = (today + timedelta(days=90)).isoformat()
    assert listed == {
        (ref, deadline[0], deadline[2]): (state, agreement.offices[deadline])
        for ref, agreement in told.items()
        for deadline, state in agreement.open()
        if deadline[2] <= ninety
    }


BY_ITSELF = {"activation", "expiry", "renewal"}


def test_the_worklist_and_the_payment_list_give_each_instalment_the_same_amount(
    town: Town, told: dict[str, Told]
) -> None:
    with town.app.reading() as connection:
        policy = policy_of(connection)
    views, found = Views(language("nl"), town.app.local), [*_lines(town)]
    work = worklist(found, policy, town.today)
    priced = [item for item in work if item.standing.payment]
    rows = [views.plain(views.work(item, None)) for item in priced]
    listed = [
        row for line in found if isinstance(line, ListRow) for row in payment_records(line, views)
    ]
    items = {
        (ref, str(item["number"])): (agreement, item)
        for ref, agreement in told.items()
        for item in agreement.document["instalments"]
    }
    for row in rows:
        agreement, item = items[row["ref"], row["about"]]
        amount, is_certain = agreement.comes_to(item), agreement.is_certain(item)
        assert row["amount"] == (None if amount is None else f"{amount:.2f}"), row
        assert row["amount_certain"] == is_certain, row
        assert row["what"].startswith("betaal ") == agreement.is_ours(item), row
    in_show = {(row["ref"], str(row["number"])): row for row in listed}
    for key, (agreement, item) in items.items():
        row, said = in_show[key], agreement.priced(item)
        note = None if agreement.is_certain(item) or said == "onbekend" else said
        assert (row["amount"], row["amount_note"]) == (agreement.recorded(item), note), row
        assert (row["state"], row["due_on"]) == (item["state"], item["due_on"]), row
        asked = "payment", key[1], item["due_on"]
        assert row["office"] == agreement.offices.get(asked, row["office"]), row


def test_the_timeline_gives_each_instalment_its_amount(town: Town, told: dict[str, Told]) -> None:
    views = Views(language("nl"), town.app.local)
    for ref, agreement in told.items():
        line = views.plain(views.timeline(timeline_of(town.app, ref)))
        marks = {mark["text"] for mark in line["marks"]}
        for item in agreement.document["instalments"]:
            said = agreement.priced(item)
            if item["due_on"] and said != "onbekend":
                payer = agreement.other_payer(item)
                note = f", betaler: {payer}" if payer else ""
                note = " terug" if item["refund"] else note
                assert f"termijn {item['number']}: {said}{note}" in marks, ref


def test_the_weekly_mail_and_the_report_come_to_the_same_amount(
    town: Town, told: dict[str, Told], pages: Path
) -> None:
    today, now = town.today, town.app.clock.now()
    late_sum, total, is_certain = Decimal(), Decimal(), True
    ends = (today + timedelta(days=90)).isoformat()
    for agreement in told.values():
        states = {about: state for (about, _), state in agreement.of("payment").items()}
        for item in agreement.document["instalments"]:
            ours = agreement.is_ours(item)
            asked = states.get(str(item["number"])) in {"ahead", "asked", "late"}
            amount = agreement.comes_to(item)
            if ours and asked and amount and item["due_on"] and item["due_on"] <= ends:
                total += amount
                late_sum += amount if item["state"] == "late" else Decimal()
                is_certain &= agreement.is_certain(item)
    with town.app.reading() as connection:
        week = week_of(connection, policy_of(connection), "financien", today, now)
    mailed = [item.money for item in (*week.late, *week.coming) if item.money]
    assert sum(money.amount or Decimal() for money in mailed) == total
    tile = words(pages / "offices" / "financien.html")
    in_all, of_it = (f"€ {language('nl').number(amount)}" for amount in (total, late_sum))
    assert in_all in tile
    assert any(cell.endswith(f", {of_it}") for cell in tile) or not late_sum
    assert ("niet alle bedragen zijn zeker" in tile) != is_certain


def test_the_digest_tells_each_office_what_is_open_with_its_state(
    town: Town, told: dict[str, Told]
) -> None:
    today, now = town.today, town.app.clock.now()
    ends = (today + timedelta(days=90)).isoformat()
    for office in ("financien", "cultuur-en-sport", "ruimte-en-milieu"):
        with town.app.reading() as connection:
            week = week_of(connection, policy_of(connection), office, today, now)
        assert not [item for item in week.late if item.passed]  # nobody can do it any more
        said = Counter((item.ref, str(item.nominal_on)) for item in week.late if item.overdue)
        rows = [
            (ref, row)
            for ref, agreement in told.items()
            for row in unique(agreement.document["deadlines"])
            if office in {agreement.document["office"], row["office"]}
        ]
        assert said == Counter(
            (ref, row["nominal_on"]) for ref, row in rows if row["state"] == "late"
        )
        for item in (*week.late, *week.coming):
            said_of_it = plain(language("nl").say(item.what))
            for about in re.findall(r"termijn (\d+) \(", said_of_it) * (item.money is not None):
                (amount,) = told[item.ref].price("payment", about)
                assert amount in said_of_it, item
        coming = Counter((item.ref, str(item.nominal_on)) for item in week.coming)
        assert coming == Counter(
            (ref, row["nominal_on"])
            for ref, row in rows
            if row["state"] in {"ahead", "asked"}
            and row["nominal_on"]
            and today.isoformat() <= row["nominal_on"] <= ends
        )


def unique(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row of each deadline that is a date of the agreement now."""
    found = {(r["rule"], r["about"], r["nominal_on"]): r for r in rows if r["state"] != "dropped"}
    return [*found.values()]


def test_figures_and_doctor_tell_what_is_late_apart_from_alerts(
    town: Town, told: dict[str, Told]
) -> None:
    states = [state for agreement in told.values() for state in agreement.states.values()]
    late, measures, checks = states.count("late"), measure(town.app), doctor(town.app)
    assert measures.late == late
    assert f"looptijd_late_deadlines {float(late)}\n" in exposition(measures)
    assert f" late={late};" in judged(checks, measures, language("nl"))
    said = {check.name: language("nl").say(check.detail) for check in checks}
    assert said["overdue"] == "Elke signalering die er al moest zijn, is er."
    assert "reconciled" not in said  # nothing was compared yet


@pytest.mark.parametrize("rule", ["payment", "evaluation", "continuation", "notice", "obligation"])
def test_a_mail_names_a_date_that_is_open_with_its_amount_and_goes_to_its_office(
    town: Town, told: dict[str, Told], rule: str
) -> None:
    for ref, agreement in told.items():
        waits = [deadline for deadline, _ in agreement.open() if deadline[0] == rule]
        if not waits:
            continue
        shown = plain(preview(town.app, rule, ref).text)
        if not any(map(agreement.is_ours, agreement.document["instalments"])):
            assert not re.search("[Bb]etaal (alsnog|termijn)", shown), ref
        days = {iso(found) for found in DAY.findall(shown)}
        assert any(
            deadline[2] in days
            and all(amount in shown for amount in agreement.price(*deadline[:2]))
            and re.search(f" aan ({'|'.join(reached(agreement.offices[deadline]))})\\.", shown)
            for deadline in waits
        ), ref


def reached(office: str) -> set[str]:
    """Return the names of an office and of who answers for it on a day on which it is vacant."""
    return {OFFICES[office], *(["Bestuurssecretariaat"] if office == "cultuur-en-sport" else [])}


def plain(text: str) -> str:
    """Return a text with plain spaces only."""
    return " ".join(text.split())


DAY = re.compile(r"\d+ [a-z]+ \d{4}")

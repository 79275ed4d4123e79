"""Everything that is kept of one agreement, and its page: in tables, for who reads it later."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.events import Event, Status
from states.model.fact_words import FINAL, INTERIM
from states.model.phrase import Named, Phrase, listed, say
from states.model.stage import Ruling
from workflow.agreements import queries
from workflow.app.app import App, policy_of, why_held
from workflow.engine.deadline_words import listed_on, occurrence_in_words, subject
from workflow.engine.event_words import as_called_then, event_in_words, remarks
from workflow.engine.ledger import LedgerEntry, stream_of
from workflow.engine.private_values import TOKEN, Private
from workflow.engine.standing import STATE_WORDS
from workflow.outputs.json.values import Parts
from workflow.outputs.json.views import Views
from workflow.store import ledger
from workflow.store.outbox import queries as outbox_queries
from workflow.store.outbox.messages import OutboxRow

Rows = list[list[str]]
Section = dict[str, Any]


class Packed(Struct, frozen=True, kw_only=True):
    """One agreement with its ledger, its private values, and its mails with their content."""

    details: queries.AgreementDetails
    history: list[queries.HistoryLine]
    ledger: list[LedgerEntry]
    privates: Sequence[Private]
    mails: Sequence[OutboxRow]
    held: str | None
    policy: Policy
    at: datetime


def pack(app: App, ref: str) -> Packed:
    """Return an agreement whole, as it was after one event; NotFound when there is none."""
    found = queries.details(app, ref)
    seq = found.dossier.seq
    lines = [line for line in queries.history(app, ref) if line.event.seq <= seq]
    with app.reading() as connection:
        rows = [row for row in ledger.read(connection, stream_of(ref)) if row.seq <= seq]
        tokens = {token for row in rows for token in TOKEN.findall(row.payload)}
        return Packed(
            details=found,
            history=lines,
            ledger=rows,
            privates=[*ledger.privates_of(connection, sorted(tokens))],
            mails=outbox_queries.every(connection, status=None, ref=ref),
            held=why_held(connection, app),
            policy=policy_of(connection),
            at=app.local(app.clock.now()),
        )


# The page ----------------------------------------------------------------------------------------


def page(packed: Packed, document: Parts, views: Views, files: Collection[str]) -> dict[str, Any]:
    """Return what the template shows; `files` are the mails that lie beside the page."""
    return {
        "language": views.language.code,
        "ref": document["ref"],
        "title": document["title"],
        "made": views.language.say(say("Exported on {at} by looptijd.", at=packed.at)),
        "sections": [
            section
            for section in Page(packed, document, views).sections(files)
            if section["facts"] or section["rows"]
        ],
    }


class Page:
    """Writes one dossier's sections; what is empty is not shown."""

    def __init__(self, packed: Packed, document: Parts, views: Views) -> None:
        self.packed, self.document, self.views = packed, document, views

    def sections(self, files: Collection[str]) -> Iterator[Section]:
        """Yield the sections in the order in which they are read."""
        yield self._section(say("Agreement"), facts=self._facts())
        for heading, name in ((say("Attention"), "attention"), (say("Suspect facts"), "warnings")):
            yield self._section(
                heading, rows=[[self.views.language.say(said)] for said in self.document[name]]
            )
        yield self._section(say("Parties"), PARTIES, self._parties())
        yield self._section(say("Decisions"), DECISIONS, self._decisions())
        yield self._section(say("Evaluations"), EVALUATIONS, self._evaluations())
        yield self._section(say("Instalments"), INSTALMENTS, self._instalments())
        yield self._section(say("Obligations"), OBLIGATIONS, self._obligations())
        yield self._section(say("Documents"), DOCUMENTS, self._documents())
        yield self._section(say("What is watched"), STEPS, self._steps())
        yield self._section(say("History"), HISTORY, self._history())
        yield self._section(say("Messages"), MAILS, self._mails(files), files=files)

    def _section(
        self,
        heading: Phrase,
        heads: Sequence[Phrase] = (),
        rows: Rows | None = None,
        *,
        facts: Rows | None = None,
        files: Collection[str] = (),
    ) -> Section:
        return {
            "heading": self.say(heading),
            "heads": [*map(self.say, heads)],
            "rows": rows or [],
            "facts": facts or [],
            "files": files,
        }

    # What is written ---------------------------------------------------------------------------

    def say(self, phrase: Phrase) -> str:
        """Return a phrase, its first letter a capital."""
        text = self.views.language.say(phrase)
        return text[:1].upper() + text[1:]

    def day(self, day: date | None) -> str:
        """Return a date in words; nothing for none."""
        return self.views.language.day(day) if day else ""

    def _since(self, words: str, day: date | None) -> str:
        return f"{words} {self.day(day)}".rstrip()

    def office(self, key: str) -> str:
        """Return an office by its name."""
        known = self.packed.details.offices.get(key)
        return known.name if known else key

    # The sections ------------------------------------------------------------------------------

    def _facts(self) -> Rows:
        shown, term = self.document, self.document["term"]
        found, because = self.packed.details, term["unknown_because"]
        agreement = found.agreement
        unknown = because and say("not known: {why}", why=because)
        endless = agreement.is_endless and say("no end")
        started = self.day(term["starts_on"])
        facts = (
            (say("stage"), self.views.stage(agreement.stage, agreement.ending)),
            (say("purpose"), shown["purpose"]),
            (say("starts on"), started or unknown),
            (say("extended"), self.views.extended(agreement)),
            (say("last day"), self.day(term["last_day"]) or endless or (started and unknown)),
            (say("tacit renewal"), self.views.renewal(agreement.term, found.standings)),
            *self.views.moved_end(agreement),
            (say("office"), self.office(shown["office"])),
            (say("case owner"), (shown["case_owner"] or {}).get("name")),
            (say("predecessor"), shown["predecessor"]),
            (say("successor"), shown["successor"]),
        )
        return [
            [self.say(name), self.views.language.write(value)] for name, value in facts if value
        ]

    def _parties(self) -> Rows:
        return [
            [item["name"], self.day(item["signed_on"]), item["signatory"] or ""]
            for item in self.document["parties"]
        ]

    def _decisions(self) -> Rows:
        rows: Rows = []
        for item in self.document["decisions"]:
            rows.append([self.day(item["on"]), self._outcome(item), item["reference"] or ""])
            rows += [["", self._point(*point), ""] for point in item.get("points", {}).items()]
        return rows

    def _point(self, number: int, outcome: Ruling) -> str:
        point = self.packed.details.agreement.decision_point.get(number)
        name = say("decision point {number}", number=number)
        text = f" ({point.text.rstrip('.')})" if point else ""
        return f"{self.say(name)}{text}: {self.views.language.named(Named(outcome))}"

    def _outcome(self, decision: Parts) -> str:
        name = self.views.language.named(Named(decision["outcome"]))
        return decision.get("label") or name[:1].upper() + name[1:]

    def _evaluations(self) -> Rows:
        return [
            [
                self.say(FINAL if item["final"] else INTERIM),
                self.day(item["due_on"]),
                self.day(item["held_on"]),
                " ".join(filter(None, (item["report"], item["conclusion"]))),
            ]
            for item in self.document["evaluations"]
        ]

    def _instalments(self) -> Rows:
        agreement = self.packed.details.agreement
        return [
            [
                str(item["number"]),
                self._amount(item),
                self.day(item["due_on"]),
                agreement.other_party(item["payer"]) or "",
                item["payee"] or "",
                self._since(self.views.standing(item["status"], item["state"]), item["paid_on"]),
                item["reference"] or "",
            ]
            for item in self.document["instalments"]
        ]

    def _amount(self, instalment: Parts) -> str:
        amount = self.views.language.write(instalment["amount_label"] or "")
        if not instalment["refund"]:
            return amount
        return f"{amount} ({self.views.language.say(say('refund'))})"

    def _obligations(self) -> Rows:
        names = {party["key"]: party["name"] for party in self.document["parties"]}
        return [
            [
                str(item["number"] or ""),
                item["what"],
                names[item["by"]],
                self.day(item["due_on"]),
                self._since(
                    self.views.language.say(STATE_WORDS[item["state"]]), item["fulfilled_on"]
                ),
                item["reference"] or "",
            ]
            for item in self.document["obligations"]
        ]

    def _documents(self) -> Rows:
        return [
            [item.title, self.views.dated(item.dated), item.url or ""]
            for item in self.packed.details.agreement.document.values()
        ]

    def _steps(self) -> Rows:
        """Return what fired and what is to come; what was superseded stands in the history."""
        today = self.packed.at.date()
        return [
            [
                self.day(listed_on(line.deadline)),
                self.say(subject(line.deadline)),
                self._moment(line.occurrence.alert_at) if line.occurrence else "",
                self.views.language.say(queries.status_in_words(line, self.packed.policy, today)),
            ]
            for line in self.packed.details.steps
            if line.status is not Status.SUPERSEDED
        ]

    def _moment(self, moment: datetime) -> str:
        return f"{self.views.local(moment):%Y-%m-%d %H:%M}"

    def _history(self) -> Rows:
        events = [line.event for line in self.packed.history]
        then = as_called_then(events, self.packed.details.agreement)
        return [*map(self._event, self.packed.history, then)]

    def _event(self, line: queries.HistoryLine, agreement: Agreement) -> list[str]:
        event = self.views.event(line)
        told = map(self.views.language.say, self._told(line.event, event["reason"], agreement))
        return [
            str(event["seq"]),
            self._moment(event["at"]),
            self.say(event_in_words(line.event, agreement)),
            event["actor"],
            "\n".join((*self.views.changes(line.event, agreement), *told)),
        ]

    def _told(self, event: Event, reason: str | None, agreement: Agreement) -> Iterator[Phrase]:
        """Yield why, to which stage an event led, what it took back, and which alerts it ended."""
        if reason:
            yield say("reason: {reason}", reason=reason)
        if event.moved:
            yield say("to: {stage}", stage=self.views.stage(event.stage, event.ending))
        yield from remarks(event)
        if gone := [*event.superseded, *event.waived]:
            names = listed(occurrence_in_words(name, agreement) for name in gone)
            yield say("superseded: {names}", names=names)

    def _mails(self, files: Collection[str]) -> Rows:
        agreement = self.packed.details.agreement
        shown = (self.views.mail(row, held=self.packed.held) for row in self.packed.mails)
        return [
            [
                self._moment(mail["accepted_at"] or mail["created_at"]),
                self.views.language.write(mail["to"] or self.office(mail["office"])),
                self.views.mail_called(mail, agreement),
                self.views.language.say(say(mail["status"])),
                name if (name := f"mails/{mail['id']}.eml") in files else "",
            ]
            for mail in shown
        ]


PARTIES = (say("name"), say("signed on"), say("signatory"))
DECISIONS = (say("date"), say("outcome"), say("reference"))
EVALUATIONS = (say("name"), say("date"), say("held on"), say("conclusion"))
INSTALMENTS = (
    *(say("number"), say("amount"), say("due")),
    *(say("other payer"), say("payee"), say("status"), say("reference")),
)
OBLIGATIONS = (
    *(say("number"), say("what"), say("party")),
    *(say("by when"), say("status"), say("reference")),
)
DOCUMENTS = (say("title"), say("date"), say("web address"))
STEPS = (say("date"), say("about"), say("alert"), say("status"))
HISTORY = (say("number"), say("when"), say("what"), say("by whom"), say("changes"))
MAILS = (say("when"), say("to"), say("subject"), say("status"), say("file"))

"""Everything that is kept of one agreement, and its page: in tables, for who reads it later."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from states.dates.instalments import Payment, payments
from states.dates.obligations import turns
from states.dates.policy import Policy
from states.dates.term_dates import day_of, end_of, start_of
from states.model.agreement import Agreement
from states.model.events import Event, Status
from states.model.fact_words import FINAL, INTERIM
from states.model.phrase import Named, Phrase, listed, say
from states.model.stage import Rule, Ruling
from workflow.agreements import queries
from workflow.app.app import App, policy_of, why_held
from workflow.engine.deadline_words import listed_on, occurrence_in_words, subject
from workflow.engine.event_words import as_called_then, event_in_words, remarks
from workflow.engine.ledger import LedgerEntry, stream_of
from workflow.engine.private_values import TOKEN, Private
from workflow.engine.standing import STATE_WORDS, shown_through
from workflow.outputs.json.values import Parts, parts_of
from workflow.outputs.json.views import Views, decisions, evaluations
from workflow.store import ledger
from workflow.store.outbox import queries as outbox_queries
from workflow.store.outbox.messages import OutboxRow

Rows = list[list[object]]
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


def page(packed: Packed, views: Views, files: Collection[str]) -> dict[str, Any]:
    """Return what the template shows; `files` are the mails that lie beside the page."""
    return {
        "language": views.language.code,
        **parts_of(packed.details.agreement, "ref", "title"),
        "made": views.language.say(say("Exported on {at} by looptijd.", at=packed.at)),
        "sections": [
            section
            for section in Page(packed, views).sections(files)
            if section["facts"] or section["rows"]
        ],
    }


class Page:
    """Writes one dossier's sections; what is empty is not shown."""

    def __init__(self, packed: Packed, views: Views) -> None:
        self.packed, self.details, self.views = packed, packed.details, views
        self.agreement = packed.details.agreement

    def sections(self, files: Collection[str]) -> Iterator[Section]:
        """Yield the sections in the order in which they are read."""
        yield self._section(say("Agreement"), facts=self._facts())
        yield self._section(say("Attention"), rows=[[said] for said in self.details.attention])
        yield self._section(say("Suspect facts"), rows=[[said] for said in self.details.warnings])
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
            "rows": [[*map(self._cell, row)] for row in rows or ()],
            "facts": [[*map(self._cell, row)] for row in facts or ()],
            "files": files,
        }

    # What is written ---------------------------------------------------------------------------

    def say(self, phrase: Phrase) -> str:
        """Return a phrase, its first letter a capital."""
        text = self.views.language.say(phrase)
        return text[:1].upper() + text[1:]

    def _cell(self, value: object) -> str:
        """Return a value in words; nothing for what is not known."""
        return "" if value is None else self.views.language.write(value)

    def _since(self, words: str, day: date | None) -> str:
        return f"{words} {self._cell(day)}".rstrip()

    def office(self, key: str) -> str:
        """Return an office by its name."""
        known = self.details.offices.get(key)
        return known.name if known else key

    # The sections ------------------------------------------------------------------------------

    def _facts(self) -> Rows:
        agreement, because = self.agreement, self.details.unknown_because
        starts_on, owner = day_of(start_of(agreement)), agreement.case_owner
        unknown = because and say("not known: {why}", why=because)
        endless = say("no end") if agreement.is_endless else None
        facts = (
            (say("stage"), self.views.stage(agreement.stage, agreement.ending)),
            (say("purpose"), agreement.purpose),
            (say("starts on"), starts_on or unknown),
            (say("extended"), self.views.extended(agreement)),
            (say("last day"), day_of(end_of(agreement)) or endless or (starts_on and unknown)),
            (say("tacit renewal"), self.views.renewal(agreement.term, self.details.standings)),
            *self.views.moved_end(agreement),
            (say("office"), self.office(agreement.office)),
            (say("case owner"), owner and self.details.opened(owner.name)),
            (say("predecessor"), agreement.predecessor),
            (say("successor"), agreement.successor),
        )
        return [[self.say(name), value] for name, value in facts if value]

    def _parties(self) -> Rows:
        every = self.agreement.party.values()
        return [[party.name, party.signed_on, party.signatory] for party in every]

    def _decisions(self) -> Rows:
        rows: Rows = []
        for item in decisions(self.agreement):
            rows.append([item["on"], self._outcome(item), item["reference"]])
            rows += [[None, self._point(*point), None] for point in item.get("points", {}).items()]
        return rows

    def _point(self, number: int, outcome: Ruling) -> str:
        point = self.agreement.decision_point.get(number)
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
                item["due_on"],
                item["held_on"],
                " ".join(filter(None, (item["report"], item["conclusion"]))),
            ]
            for item in evaluations(self.agreement, self.details.states)
        ]

    def _instalments(self) -> Rows:
        states = self.details.states
        return [
            [
                item.number,
                self._amount(item),
                day_of(item.due),
                self.agreement.other_party(item.payer),
                item.payee,
                self._since(
                    self.views.standing(item.status, states[f"{Rule.PAYMENT}:{item.number}"]),
                    item.facts.paid_on,
                ),
                item.facts.reference,
            ]
            for item in payments(self.agreement, shown_through(self.details.today))
        ]

    def _amount(self, item: Payment) -> str:
        amount = self._cell(item.money.words)
        return f"{amount} ({self._cell(say('refund'))})" if item.is_refund else amount

    def _obligations(self) -> Rows:
        own, states = self.agreement.own_party.name, self.details.states
        return [
            [
                item.number if item.owed.every else None,
                item.owed.what,
                self.agreement.other_party(item.owed.by) or own,
                day_of(item.due),
                self._since(
                    self._cell(STATE_WORDS[states[f"{Rule.OBLIGATION}:{item.about}"]]),
                    item.facts.on,
                ),
                item.facts.reference,
            ]
            for item in turns(self.agreement, shown_through(self.details.today))
        ]

    def _documents(self) -> Rows:
        return [
            [item.title, self.views.dated(item.dated), item.url]
            for item in self.agreement.document.values()
        ]

    def _steps(self) -> Rows:
        """Return what fired and what is to come; what was superseded stands in the history."""
        today = self.packed.at.date()
        return [
            [
                listed_on(line.deadline),
                self.say(subject(line.deadline)),
                self._moment(line.occurrence.alert_at) if line.occurrence else None,
                queries.status_in_words(line, self.packed.policy, today),
            ]
            for line in self.details.steps
            if line.status is not Status.SUPERSEDED
        ]

    def _moment(self, moment: datetime) -> str:
        return f"{self.views.local(moment):%Y-%m-%d %H:%M}"

    def _history(self) -> Rows:
        events = [line.event for line in self.packed.history]
        then = as_called_then(events, self.agreement)
        return [*map(self._event, self.packed.history, then)]

    def _event(self, line: queries.HistoryLine, agreement: Agreement) -> list[object]:
        event = self.views.event(line)
        told = map(self.views.language.say, self._told(line.event, event["reason"], agreement))
        return [
            event["seq"],
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
        shown = (self.views.mail(row, held=self.packed.held) for row in self.packed.mails)
        return [
            [
                self._moment(mail["accepted_at"] or mail["created_at"]),
                mail["to"] or self.office(mail["office"]),
                self.views.mail_called(mail, self.agreement),
                say(mail["status"]),
                name if (name := f"mails/{mail['id']}.eml") in files else None,
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

"""The register as CSV (RFC 4180), and as Excel in Dutch opens that by a double click."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from msgspec import Struct

from notifications.language import Language
from states.dates.instalments import Payment
from states.model.agreement import Agreement
from states.model.period import Period
from states.model.phrase import Phrase, say
from states.model.stage import Rule
from workflow.agreements.queries import Listed, ListRow, UnreadableRow
from workflow.engine.standing import DeadlineState, Standing, instalments_through, notice_of
from workflow.outputs.json.values import Parts, parts_of
from workflow.outputs.json.views import Views

BOM = "\ufeff"  # without it Excel does not read UTF-8
# Where a cell begins: also after a semicolon, at which a spreadsheet that speaks Dutch divides, and
# after a comma, at which another does; but “Weg, -5 km” is none.
FORMULA = re.compile(r"(^|;[\s\"]*|,[\s\"]*(?![-－]))(?=[=+\-@\t\r\n＝＋－＠])")
BETWEEN = "; "
SENTENCES = frozenset({"attention", "reason"})


class SheetViews(Views, frozen=True):
    """Writes values as a spreadsheet of this language takes them: 5-1-2026, 1.000,00, in words."""

    def plain(self, value: Any) -> Any:
        """Return a value as a cell's text."""
        if isinstance(value, bool):
            return self.language.say(say("yes") if value else say("no"))
        if isinstance(value, date):
            return f"{value.day}-{value.month}-{value.year}"
        if isinstance(value, Enum):
            return self.language.say(say(str(value.value)))
        if isinstance(value, Decimal | Period):
            return self.language.write(value)
        return super().plain(value)

    def state_of(self, item: Payment, state: DeadlineState) -> str:
        """Return how an instalment stands in words, as the report does."""
        return self.standing(item.status, state)


class Table(Struct, frozen=True, kw_only=True):
    """What records an agreement gives, and what Excel calls each column; None: it is not shown."""

    records: Callable[[Any, Views], Iterable[Parts]]
    columns: Mapping[str, Phrase | None]

    def as_csv(self, records: Iterable[Parts]) -> str:
        """Return records as CSV: a header, commas, CRLF; lists in one cell."""
        return _written({name: name for name in self.columns}, records, ",")

    def in_excel(self, records: Iterable[Parts], language: Language) -> str:
        """Return records of SheetViews as Excel opens CSV: heads in words, semicolons, a BOM."""
        shown = {name: language.say(head) for name, head in self.columns.items() if head}
        return BOM + _written(shown, records, ";")


def _written(heads: Mapping[str, str], records: Iterable[Parts], delimiter: str) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(heads.values())
    writer.writerows([cell(in_one(name, item[name])) for name in heads] for item in records)
    return text.getvalue()


def in_one(name: str, value: object) -> object:
    """Return what a column holds as one value: names with semicolons, sentences as they are read.

    One that ends in a line to type has no full stop: a semicolon follows it as well.
    """
    if not isinstance(value, list):
        return value
    text = ""
    for one in value:
        ends = name in SENTENCES and text.endswith(".")
        text = f"{text}{' ' if ends else BETWEEN}{one}" if text else one
    return text


def cell(value: object) -> str:
    """Return a value as a cell; what a spreadsheet would calculate is marked as text (OWASP)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return FORMULA.sub(r"\1'", str(value))


# The register: one record an agreement -----------------------------------------------------------

AGREEMENT_COLUMNS = {
    "ref": say("reference"),
    "title": say("title"),
    "short_title": say("short title"),
    "stage": None,
    "stage_label": say("stage"),
    "outcome": None,
    "office": say("office"),
    "public": say("public"),
    "parties": say("parties"),
    "decided_on": say("decided on"),
    "length": say("term"),
    "starts_on": say("starts on"),
    "last_day": say("last day"),
    "renewal": say("at the end"),
    "notice_on": say("notice by"),
    "evaluation_on": say("evaluation on"),
    "obligation_on": say("obligation on"),
    "obligation": say("obligation"),
    "amount": say("amount"),
    "currency": say("currency"),
    "every": say("every"),
    "payment_on": say("next payment on"),
    "payment_amount": say("next payment"),
    "next_on": say("next alert on"),
    "next_rule": say("alert about"),
    "attention": say("attention"),
    "predecessor": say("predecessor"),
    "successor": say("successor"),
}


def record(line: Listed, views: Views) -> Parts:
    """Return an agreement with what matters of it; nobody's contact data.

    The evaluation, the obligation and the payment are the first that are still open, the day for
    notice is the next.
    """
    more = {} if isinstance(line, UnreadableRow) else _known(line, views)
    every = dict.fromkeys(AGREEMENT_COLUMNS) | {"stage_label": ""} | views.line(line) | more
    shown: Parts = views.plain(every)
    return shown


def _known(line: ListRow, views: Views) -> Parts:
    agreement = line.agreement
    money, term = agreement.contribution, agreement.term
    payment, evaluation = _first(line, Rule.PAYMENT), _first(line, Rule.EVALUATION)
    owed, notice = _first(line, Rule.OBLIGATION), notice_of(line.standings)
    return {
        "short_title": agreement.called,
        "stage_label": views.stage(agreement.stage, agreement.ending),
        "parties": [party.name for party in agreement.party.values()],
        "public": agreement.may_be_published,
        **parts_of(agreement, "decided_on", "predecessor", "successor"),
        "length": term.length,
        "renewal": None if term.open_ended else term.renewal,
        "notice_on": notice and notice.on,
        "evaluation_on": evaluation and evaluation.on,
        "obligation_on": owed and owed.on,
        "obligation": owed and owed.words,
        **(parts_of(money, "amount", "currency", "every") if money else {}),
        "payment_on": payment and payment.on,
        "payment_amount": payment and payment.money and payment.money.fact,
    }


def _first(line: ListRow, rule: Rule) -> Standing | None:
    """Return the first of a rule that is not settled and has a date."""
    found = (i for i in line.standings if i.deadline.rule is rule and i.on and not i.is_settled)
    return min(found, key=lambda item: item.on or date.max, default=None)


REGISTER = Table(records=lambda line, views: [record(line, views)], columns=AGREEMENT_COLUMNS)


# The payment list: one record an instalment, as it stands ----------------------------------------

PAYMENT_COLUMNS = {
    "ref": say("reference"),
    "title": say("agreement"),
    "stage_label": say("stage"),
    "office": say("office"),
    "number": say("instalment"),
    "kind": say("kind"),
    "refund": say("comes back"),
    "payer": say("payer"),
    "payee": say("payee"),
    "amount": say("amount"),
    "currency": say("currency"),
    "amount_certain": say("certain"),
    "due_on": say("due on"),
    "fiscal_year": say("fiscal year"),
    "budget_line": say("budget line"),
    "state": say("state"),
    "paid_on": say("paid on"),
    "reference": say("payment reference"),
    "public": say("public"),
    "stage": None,
    "amount_note": say("about the amount"),
}


def payment_records(line: ListRow, views: Views) -> Iterator[Parts]:
    """Yield a record for each instalment of an agreement; nobody's contact data.

    Of one without an end they go on to the end of next year.
    """
    for standing, item in instalments_through(line.agreement, line.standings, line.shown_through):
        yield views.plain(_instalment(line.agreement, standing, item, views))


def _instalment(agreement: Agreement, standing: Standing, payment: Payment, views: Views) -> Parts:
    contribution, money = agreement.contribution, payment.money
    ours = None if payment.is_refund else agreement.own_name
    return {
        "ref": agreement.ref,
        "title": agreement.called,
        "stage": agreement.stage,
        "stage_label": views.stage(agreement.stage, agreement.ending),
        "office": standing.office,
        "kind": contribution and contribution.kind,
        "refund": payment.is_refund,
        "payer": agreement.other_party(payment.payer) or ours,
        **parts_of(payment, "number", "payee", "currency", "fiscal_year"),
        "amount": money.fact,
        "amount_certain": money.is_certain,
        "amount_note": None if money.is_certain else money.words,
        "due_on": standing.on,
        "budget_line": contribution and contribution.budget_line,
        "state": views.state_of(payment, standing.state),
        **parts_of(payment.facts, "paid_on", "reference"),
        "public": agreement.may_be_published,
    }


PAYMENTS = Table(records=payment_records, columns=PAYMENT_COLUMNS)

"""The payment list: one record an instalment, as it stands."""

from collections.abc import Iterator

from states.dates.instalments import Payment, is_certain, payer_of
from states.model.agreement import Agreement
from states.model.phrase import say
from workflow.agreements.queries import ListRow
from workflow.engine.standing import Standing
from workflow.outputs.json.agreement import DossierViews
from workflow.outputs.json.values import Json, parts_of
from workflow.outputs.tables.spreadsheet import Table

HEADS = {
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
}


def payment_records(line: ListRow, views: DossierViews) -> Iterator[Json]:
    """Yield a record for each instalment of an agreement; nobody's contact data.

    Of one without an end they go on to the end of next year.
    """
    for standing in line.standings:
        if standing.payment:
            yield views.document(_facts(line.agreement, standing, standing.payment, views))


def _facts(agreement: Agreement, standing: Standing, payment: Payment, views: DossierViews) -> Json:
    money, payer = agreement.contribution, payer_of(agreement, payment.number)
    return {
        "ref": agreement.ref,
        "title": agreement.called,
        "stage": agreement.stage,
        "stage_label": views.stage(agreement.stage, agreement.ending),
        "office": standing.office,
        "kind": money and money.kind,
        "refund": payment.is_refund,
        "payer": (payer or agreement.own_party).name,
        **parts_of(payment, "number", "payee", "currency", "fiscal_year"),
        "amount": standing.amount,
        "amount_certain": is_certain(agreement, payment),
        "due_on": standing.on,
        "budget_line": money and money.budget_line,
        "state": standing.state,
        **parts_of(payment.facts, "paid_on", "reference"),
        "public": agreement.public,
    }


PAYMENTS = Table(records=payment_records, columns=(*HEADS, "stage"), heads=HEADS)

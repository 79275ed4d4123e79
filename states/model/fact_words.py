"""What facts are called, as a civil servant calls them: one table for every output."""

from collections.abc import Iterator
from decimal import Decimal

from states.model.agreement import Agreement, Evaluation
from states.model.fact_fields import fields_of
from states.model.fact_types import DOTTED, Key
from states.model.phrase import FieldName, Phrase, listed, say

FINAL, INTERIM = say("the final evaluation"), say("an interim evaluation")
SIGNS = {"EUR": "€"}

PARTS = {
    "ref": say("the reference"),
    "stage": say("the stage"),
    "title": say("the title"),
    "short_title": say("the short title"),
    "purpose": say("the purpose"),
    "public": say("whether it is public"),
    "office": say("the office"),
    "name": say("the name"),
    "email": say("the e-mail address"),
    "party": say("party"),
    "evaluation": say("evaluation"),
    "obligation": say("obligation"),
    "length": say("the length"),
    "last_day": say("the last day"),
    "ends_before": say("the first day after the end"),
    "open_ended": say("the open end"),
    "start": say("the first day"),
    "renewal": say("the way of renewal"),
    "renewal_length": say("the length of a renewal"),
    "notice": say("the notice period"),
    "minimum": say("the minimum term"),
    "own": say("the role as our own party"),
    "decided_on": say("the day of decision"),
    "decision": say("the decision"),
    "signed_on": say("the day of signing"),
    "signatory": say("the signatory"),
    "capacity": say("the signatory's capacity"),
    "power_of_attorney": say("the power of attorney"),
    "joined_on": say("the day of joining"),
    "left_on": say("the day of leaving"),
    "merged_into": say("the party that goes on"),
    "before_end": say("the time before the end"),
    "after_start": say("the time after the start"),
    "on": say("the date"),
    "final": say("the final character"),
    "clause": say("the clause"),
    "started_for": say("the early start"),
    "decision_started_for": say("the early start of the decision"),
    "what": say("the description"),
    "by": say("the responsible party"),
    "obligation.every": say("the recurrence"),
    "fulfilment": say("the fulfilment"),
    "fulfilment.on": say("the day of fulfilment"),
    "held.on": say("the day of holding"),
    "held_on": say("the day of holding"),
    "report": say("the report"),
    "conclusion": say("the conclusion"),
    "taken_for": say("the term"),
    "kind": say("the kind"),
    "amount": say("the amount"),
    "currency": say("the currency"),
    "every": say("the payment period"),
    "payee": say("the payee"),
    "payer": say("the payer"),
    "budget_line": say("the budget line"),
    "budgeted_through": say("the last budgeted year"),
    "indexation": say("the indexation"),
    "total": say("the total"),
    "due_on": say("the due date"),
    "fiscal_year": say("the fiscal year"),
    "refund": say("the refund"),
    "paid_on": say("the day of payment"),
    "paid_amount": say("the amount that was paid"),
    "reference": say("the reference"),
    "waived_on": say("the waiver"),
    "reason": say("the reason"),
    "actor": say("the author"),
    "text": say("the text"),
    "dated": say("the date"),
    "url": say("the web address"),
    "category": say("the category"),
    "published_on": say("the day of publication"),
    "withheld_because": say("the reason not to publish"),
    "field": say("the fact"),
    "quote": say("the quote"),
    "status": say("the certainty"),
    "agreed_on": say("the date"),
    "attended": say("those present"),
    "outcome": say("the outcome"),
    "label": say("the municipality's own word"),
    "basis": say("the mandate's basis"),
    "until": say("the new date"),
    "successor": say("the successor"),
    "predecessor": say("the predecessor"),
    "point": say("the outcome of a decision point"),
    "contribution": say("the contribution"),
    "resumed_on": say("the end"),
    "moves_end": say("the shift of the end"),
    "ends_on": say("the new last day"),
}
WHOSE = {
    "term": say("the term"),
    "case_owner": say("the case owner"),
    "overleg": say("the bestuurlijk overleg"),
    "termination": say("the termination"),
    "continuation": say("the decision on the continuation"),
    "suspension": say("the suspension"),
    "extension": say("the extension"),
    "instalment": say("instalment {about}"),
    "decision": say("decision {about} of the college"),
    "decision_point": say("decision point {about}"),
    "document": say("document {about}"),
    "woo": say("the publication under the Woo"),
    "source": say("source {about}"),
}
KINDS = {
    "contribution": say("the contribution"),
    "subsidy": say("the subsidy"),
    "membership_fee": say("the membership fee"),
    "fee": say("the fee"),
}


def in_money(amount: Decimal | None, currency: str) -> Phrase:
    """Return an amount with the sign of its currency before it; one that is not known has none."""
    if amount is None:
        return say("unknown")
    return say("{currency} {amount}", currency=SIGNS.get(currency, currency), amount=amount)


def called(item: Evaluation) -> Phrase:
    """Return what an evaluation is called, everywhere."""
    return FINAL if item.is_final else INTERIM


def fact_words(path: str, agreement: Agreement) -> Phrase:
    """Return what a fact is called; one that nobody reads has its path."""
    group, *names = path.split(".")
    if group == "answered":
        return say("the answer about {fact}", fact=fact_words(DOTTED.parse(names[0]), agreement))
    if group == "event":  # where a private value stands no more
        what = fact_words(".".join(names[1:]), agreement)
        return say("{what} of event {number}", what=what, number=names[0])
    name = _part(names) if names else group
    part = PARTS.get(f"{group}.{name}") or PARTS.get(name)
    if part is None:
        return say("{path}", path=path)
    if name == "contribution":  # whether an extension has it
        part = _money_words(agreement)
    if name == "point":
        part = say("the outcome of decision point {number}", number=names[-1])
    if not names or name == "minimum":  # of a term by its name
        return part
    return say("{what} of {whose}", what=part, whose=whose(group, names[0], agreement))


def field_name(path: str) -> FieldName:
    """Return a path with the words of its parts: bijdrage.bedrag; keys and numbers stay."""
    return FieldName(path, tuple(_words_of_parts(path)))


def field_names(group: str, *names: str) -> Phrase:
    """Return facts of one group after one another, each as somebody types it."""
    return listed(field_name(f"{group}.{name}") for name in names)


def _words_of_parts(path: str) -> Iterator[Phrase | str]:
    top, is_key = path.partition(".")[0], False
    group: type | None = Agreement
    for name in path.split("."):
        if is_key:
            yield say("KEY") if name.isupper() else name
            is_key = False
            continue
        yield words_of_part(top, name)
        found = fields_of(group).get(name) if group else None
        group, is_key = (found.value, bool(found.key)) if found else (None, False)


def words_of_part(top: str, name: str) -> Phrase | str:
    """Return what one part of a path is called, in the group with which the path begins."""
    if part := PARTS.get(f"{top}.{name}") or PARTS.get(name):
        return part
    return say(WHOSE[name].text, about="") if name in WHOSE else name


def _part(names: list[str]) -> str:
    """Return the part of a path that has no key or number in it."""
    match names:
        case [_, "held" | "fulfilment" as of, *_, "on"]:
            return f"{of}.on"
    return "point" if "point" in names else names[-1]


def _money_words(agreement: Agreement) -> Phrase:
    money = agreement.contribution
    return KINDS[money.kind if money else "contribution"]


def whose(group: str, about: str, agreement: Agreement) -> Phrase | str:
    """Return what one of a group is called, by its key or number: a party by its name."""
    if group == "party":
        party = agreement.party.get(Key(about))
        return party.name if party else about
    if group == "evaluation":
        item = agreement.evaluation.get(Key(about))
        return called(item) if item else say("an evaluation")
    if group == "obligation":
        owed = agreement.obligation.get(Key(about))
        return say("“{name}”", name=owed.what) if owed else about
    if group == "contribution":
        return _money_words(agreement)
    return say(WHOSE[group].text, about=about) if group in WHOSE else group

"""The law of quotes: a value is proposed only if its quote stands in the text and reads as it.

It judges what the patterns found and what anybody else has read, a language model too.
"""

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from states.model.agreement import ContributionKind, Renewal, SourceStatus
from states.model.fact_types import StartRule
from states.model.phrase import Phrase, say
from states.model.stage import Ruling
from states.rules.amendment import fact_type_of
from workflow.intake.keys import pattern_of
from workflow.intake.proposals import readings
from workflow.intake.proposals.text import Proposal, one_space

QuoteReader = Callable[[str, Proposal], readings.Readings]
CAUTION = [*SourceStatus]  # the surest first


class Proposed(Struct, frozen=True, kw_only=True):
    """A value for a fact, the words that say so, and how sure it is."""

    path: str
    value: str
    quote: str
    status: SourceStatus = SourceStatus.STATED


class RefusedValue(Struct, frozen=True, kw_only=True):
    """A value that was not accepted, and why."""

    item: Proposed
    why: Phrase


class QuoteRule(Struct, frozen=True):
    """How a kind of fact is read: what its quote has to be about, and what may be in it.

    Without `several` the quote may read as one value only. Without a reader it is words that have
    to stand in the quote themselves.
    """

    about: str = ""
    reader: QuoteReader | None = None
    several: bool = False
    plain: Callable[[str], str] = lambda text: one_space(text).casefold()

    def reads(self, value: str, quote: str, proposal: Proposal) -> SourceStatus | None:
        """Return how sure it is that a quote says this value; None when it does not."""
        if self.about and not readings.words(self.about).search(quote):
            return None
        if self.reader is None:
            held = self.plain(value)
            return readings.STATED if held and held in self.plain(quote) else None
        found = self.reader(quote, proposal)
        return found.get(value) if self.several or len(found) == 1 else None


def one_of(table: Mapping[str, str]) -> QuoteReader:
    """Return a reader of words that stand for a name; the first of several that overlap holds."""

    def read(text: str, _proposal: Proposal) -> readings.Readings:
        found: dict[str, SourceStatus] = {}
        for pattern, name in table.items():
            text, many = readings.words(rf"\b(?:{pattern})").subn(" ", text)
            found |= {name: readings.STATED} if many else {}
        return found

    return read


RULINGS = {
    r"niet conform|afgewezen": Ruling.REJECTED,
    r"(?:conform|akkoord)[^.\n]{0,20} met (?:een )?(?:tekstuele|redactionele) \w+": (
        Ruling.TEXT_CHANGES
    ),
    r"gewijzigd (?:vastgesteld|conform|besloten)|conform gewijzigd": Ruling.AMENDED,
    r"(?:onder|in) mandaat": Ruling.MANDATE,
    r"aangehouden": Ruling.HELD_OVER,
    r"voorstel aanpassen|terug naar (?:de )?steller": Ruling.RETURNED,
    r"ingetrokken|teruggenomen": Ruling.WITHDRAWN,
    r"(?:conform|akkoord)(?: (?:met )?(?:het )?(?:voorstel|advies))?|aangenomen|vastgesteld": (
        Ruling.AS_PROPOSED
    ),
}
KINDS = {
    r"subsidie": ContributionKind.SUBSIDY,
    r"contributie|lidmaatschap": ContributionKind.MEMBERSHIP_FEE,
    r"(?:\w*bijdrage\b|bij te dragen|bijdragen)": ContributionKind.CONTRIBUTION,
    r"\w*vergoeding|tarief": ContributionKind.FEE,
}
RENEWALS = {
    r"stilzwijgend": Renewal.TACIT,
    r"(?:besloten|besloten worden|beslissen|beslist|besluit\w*)\b": Renewal.DECISION,
}
STARTS = {
    r"(?:(?:door|van) (?:alle|beide|de laatste) part\w+|laatste (?:partij|ondertekening"
    r"|handtekening)"
    r"|(?:alle|beide) partijen)": StartRule.LAST_SIGNATURE
}
ENDLESS = {r"onbepaalde (?:tijd|duur)": "true"}

LATER = r"\b(?:dag|dagen|week|weken|maand|maanden) (?:na|nadat|volgende? op)\b|\bvan de maand\b"


def _start_or_day(text: str, proposal: Proposal) -> readings.Readings:
    """Return the days of a start, or the rule from which it follows: no later day than it says."""
    if found := readings.days(text, proposal):
        return found
    return {} if readings.words(LATER).search(text) else one_of(STARTS)(text, proposal)


AGREEMENT = r"\w*(?:overeenkomst|convenant|protocol|verklaring)"
BEFORE_END = r"\b(?:einde|afloop|aflopen|verstrijken|einddatum|beëindiging)"

KEEPS_THE_FILE = r"\b(?:dossierhouder|behandelaar|behandelend ambtenaar)\b"

FACTS: Mapping[str, QuoteRule] = {
    "title": QuoteRule(AGREEMENT, plain=readings.title_words),
    "short_title": QuoteRule(AGREEMENT),
    "purpose": QuoteRule(),
    "case_owner.name": QuoteRule(KEEPS_THE_FILE),
    "case_owner.email": QuoteRule(KEEPS_THE_FILE),
    "party.PARTY.name": QuoteRule(reader=readings.parties, several=True),
    "term.length": QuoteRule(
        r"looptijd|duur|periode|termijn|jarige|aangegaan|gesloten|geldt|gelden|geldig",
        readings.periods,
    ),
    "term.start": QuoteRule(
        r"ingang|ingaa|gaat in|start|werking|kracht|loopt|geldt|vanaf|begin|periode van",
        _start_or_day,
    ),
    "term.last_day": QuoteRule(r"tot en met|t/m|eind|loopt af|aflopen", readings.days),
    "term.ends_before": QuoteRule(r"\btot\b(?! en met)", readings.days),
    "term.open_ended": QuoteRule(reader=one_of(ENDLESS)),
    "term.renewal": QuoteRule(r"verleng|voortzet|vervolg", one_of(RENEWALS)),
    "term.renewal_length": QuoteRule(r"verleng", readings.periods),
    "term.notice": QuoteRule(r"opzeg|opgezegd", readings.periods),
    "term.minimum": QuoteRule(r"opzeg|opgezegd|beëindig", readings.periods),
    "evaluation.EVALUATION.before_end": QuoteRule(
        rf"[eë]valu(?=[^.]*{BEFORE_END})|{BEFORE_END}(?=[^.]*[eë]valu)", readings.periods
    ),
    "evaluation.EVALUATION.after_start": QuoteRule(r"[eë]valu", readings.periods),
    "evaluation.EVALUATION.on": QuoteRule(r"[eë]valu", readings.days),
    "evaluation.EVALUATION.clause": QuoteRule(r"[eë]valu"),
    "contribution.kind": QuoteRule(reader=one_of(KINDS)),
    "contribution.amount": QuoteRule(
        r"bijdrage|bij te dragen|bijdragen|subsidie|contributie|lidmaatschap|vergoeding"
        r"|bedrag|beschikbaar",
        readings.amounts,
    ),
    "contribution.every": QuoteRule(reader=readings.turns),
    "contribution.budget_line": QuoteRule(r"budget|post|product|begroting|dekking"),
    "contribution.payee": QuoteRule(r"\baan\b"),
    "contribution.total": QuoteRule(r"totaal|totale", readings.amounts),
    "decision_point.DECISION_POINT.text": QuoteRule(),
    "decision.DECISION.on": QuoteRule(r"beslo|besluit|beslis|vastgesteld", readings.days),
    "decision.DECISION.outcome": QuoteRule(reader=one_of(RULINGS)),
    "decision.DECISION.label": QuoteRule(),
    "overleg.agreed_on": QuoteRule(r"overleg", readings.days),
    "overleg.attended": QuoteRule(r"wethouder|burgemeester"),
    "document.DOCUMENT.title": QuoteRule(),
    "document.DOCUMENT.dated": QuoteRule(reader=readings.days),
}
"""How each fact that a proposal may tell is read; another has to be entered by hand."""


def value_of(path: str, text: str, proposal: Proposal) -> str | None:
    """Return the one value that a text reads as for a fact; None when it reads as several."""
    reader = FACTS[pattern_of(path) or ""].reader
    if reader is None:
        return one_space(text)
    values = [*reader(text, proposal)]
    return values[0] if len(values) == 1 else None


def _may_stand(item: Proposed) -> bool:
    """Tell whether a fact may have this value at all: a line is not endless."""
    kind = fact_type_of(item.path)
    try:
        return bool(kind and kind.parse(item.value) is not None)
    except (ValueError, ArithmeticError):
        return False


OF_A_PERSON = "case_owner."  # what is kept of a person can be erased; a clause or a quote cannot


def judged(item: Proposed, proposal: Proposal) -> Proposed | RefusedValue:
    """Return a value as sure as its quote makes it, or why it is refused."""
    rule = FACTS.get(pattern_of(item.path) or "")
    if rule is None:
        return RefusedValue(
            item=item, why=say("no proposal is read for this fact; enter it yourself.")
        )
    if not item.quote.strip():
        return RefusedValue(item=item, why=say("it has no quote."))
    if not proposal.says(item.quote):
        return RefusedValue(item=item, why=say("the quote does not stand in the text."))
    if "@" in item.quote and not item.path.startswith(OF_A_PERSON):
        return RefusedValue(item=item, why=say("the quote holds somebody's e-mail address."))
    status = rule.reads(item.value, item.quote, proposal)
    if status is None or not _may_stand(item):
        return RefusedValue(item=item, why=say("the quote does not read as this value."))
    surest = max(status, item.status, key=CAUTION.index)
    return replace(item, quote=one_space(item.quote), status=surest)

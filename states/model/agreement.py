"""The agreement: a frozen value made of the facts that are known, and of nothing else."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Struct

from states.model import fact_types as fact
from states.model.period import Period
from states.model.stage import Continuation, Ending, Ruling, Stage

EUROS = fact.Line("EUR")
HAPPENED = "it has happened to an agreement that runs already"


class Renewal(StrEnum):
    """What happens at the end of the term when nobody says anything."""

    DECISION = "decision"
    TACIT = "tacit"


class ContributionKind(StrEnum):
    """The kinds of contribution."""

    CONTRIBUTION = "contribution"
    SUBSIDY = "subsidy"
    MEMBERSHIP_FEE = "membership_fee"
    FEE = "fee"


class WooCategory(StrEnum):
    """What the Woo, article 3.3, has published of its own accord (paragraph 2, under f)."""

    CONVENANTEN = "convenanten"


class SourceStatus(StrEnum):
    """How sure a fact is."""

    STATED = "stated"
    INFERRED = "inferred"
    ASSUMED = "assumed"
    DISPUTED = "disputed"


class CaseOwner(Struct, frozen=True, kw_only=True):
    """The civil servant who keeps the dossier; personal, so tokens from the first event on."""

    name: fact.PrivateText
    email: fact.PrivateText


class Term(Struct, frozen=True, kw_only=True):
    """How long the agreement runs; length, last_day (t/m), ends_before or open_ended.

    What is open-ended may have a `minimum`, before which nobody may end it.
    """

    length: Period | None = None
    last_day: date | None = None
    ends_before: date | None = None
    open_ended: bool = False
    start: fact.Start = fact.StartRule.LAST_SIGNATURE
    renewal: Renewal = Renewal.DECISION
    renewal_length: Period | None = None
    notice: Period | None = None
    minimum: Period | None = None


class Held(Struct, frozen=True, kw_only=True):
    """An evaluation that took place; `taken_for` names the term, or the moment, it was held for."""

    on: date
    report: fact.Line | None = None
    conclusion: fact.Text | None = None
    taken_for: fact.Line | None = None


class Evaluation(Struct, frozen=True, kw_only=True):
    """An evaluation that the parties agreed on; one of before_end, after_start, on."""

    before_end: Period | None = None
    after_start: Period | None = None
    on: date | None = None
    final: bool | None = None
    clause: fact.Text | None = None
    started_for: date | None = None
    held: Annotated[Mapping[date, Held], HAPPENED] = {}

    @property
    def is_final(self) -> bool:
        """Return whether the continuation is decided on this one; so by default before the end."""
        return self.before_end is not None if self.final is None else self.final


class Party(Struct, frozen=True, kw_only=True):
    """A party; each decides and signs on its own date, may join later, leave, or be merged."""

    name: fact.Line
    own: bool = False
    decided_on: Annotated[date | None, HAPPENED] = None
    decision: Annotated[fact.Line | None, HAPPENED] = None
    signed_on: Annotated[date | None, HAPPENED] = None
    signatory: Annotated[fact.Line | None, HAPPENED] = None
    capacity: Annotated[fact.Line | None, HAPPENED] = None
    power_of_attorney: Annotated[fact.Line | None, HAPPENED] = None
    joined_on: date | None = None
    left_on: date | None = None
    merged_into: fact.Key | None = None

    def takes_part_on(self, day: date) -> bool:
        """Tell whether this is a party on a day: it has joined and has not left (t/m)."""
        joined = self.joined_on is None or self.joined_on <= day
        return joined and (self.left_on is None or day <= self.left_on)


class Contribution(Struct, frozen=True, kw_only=True):
    """What is paid: an amount, once or every period (R9).

    `payer` is the key of a party, the own one by default; `budgeted_through` the last fiscal year
    with a budget for it; `indexation` names the figure that changes the amount each year.
    """

    kind: ContributionKind = ContributionKind.CONTRIBUTION
    amount: Decimal | None = None
    currency: fact.Line = EUROS
    every: Period | None = None
    payee: fact.Line | None = None
    payer: fact.Key | None = None
    office: fact.Key | None = None
    budget_line: fact.Line | None = None
    budgeted_through: int | None = None
    indexation: fact.Line | None = None
    total: Decimal | None = None


class Instalment(Struct, frozen=True, kw_only=True):
    """The facts of one instalment that do not follow from the contribution."""

    amount: Decimal | None = None
    due_on: date | None = None
    fiscal_year: int | None = None
    payee: fact.Line | None = None
    payer: fact.Key | None = None
    refund: bool | None = None
    paid_on: Annotated[date | None, HAPPENED] = None
    paid_amount: Annotated[Decimal | None, HAPPENED] = None
    reference: Annotated[fact.Line | None, HAPPENED] = None
    waived_on: Annotated[date | None, HAPPENED] = None


class Fulfilment(Struct, frozen=True, kw_only=True):
    """What became of an obligation, or of one turn of it: fulfilled on a day, or waived."""

    on: date | None = None
    reference: fact.Line | None = None
    waived_on: date | None = None


class Obligation(Struct, frozen=True, kw_only=True):
    """Anything else that a party has to do, once or every period.

    Its date, or the first, is one of on, after_start and before_end; without them it is not known.
    `by` is the key of a party, the own one by default; `office` acts on it with us, by default the
    agreement's own. What became of it stands by its number: 1 of what is owed once.
    """

    what: fact.Line
    by: fact.Key | None = None
    on: date | None = None
    after_start: Period | None = None
    before_end: Period | None = None
    every: Period | None = None
    office: fact.Key | None = None
    clause: fact.Text | None = None
    fulfilment: Annotated[Mapping[int, Fulfilment], HAPPENED] = {}


class DecisionPoint(Struct, frozen=True, kw_only=True):
    """One thing that the college is asked to decide."""

    text: fact.Text


class Document(Struct, frozen=True, kw_only=True):
    """A cited document; `dated` is a date, a month, a year or unknown, as it was written."""

    title: fact.Line
    dated: fact.Approximate | None = None
    url: fact.Url | None = None


class Woo(Struct, frozen=True, kw_only=True):
    """Publication under the Woo: as what, since when and where, or why it is withheld."""

    category: WooCategory | None = None
    published_on: date | None = None
    url: fact.Url | None = None
    withheld_because: fact.Text | None = None


class Source(Struct, frozen=True, kw_only=True):
    """Where a fact comes from."""

    field: fact.Line
    quote: fact.Text | None = None
    status: SourceStatus = SourceStatus.STATED

    @property
    def in_doubt(self) -> bool:
        """Tell whether the fact is inferred, assumed or disputed."""
        return self.status is not SourceStatus.STATED


class Overleg(Struct, frozen=True, kw_only=True):
    """The bestuurlijk overleg that agreed to the text."""

    agreed_on: date
    attended: fact.Line | None = None


class Decision(Struct, frozen=True, kw_only=True):
    """A decision of the college on the proposal, as a whole and per decision point."""

    on: date
    outcome: Ruling
    label: fact.Line | None = None
    reference: fact.Line | None = None
    basis: fact.Line | None = None
    until: date | None = None
    point: Mapping[int, Ruling] = {}


class ContinuationDecision(Struct, frozen=True, kw_only=True):
    """What was decided about the time after one term, which `taken_for` names."""

    on: date
    outcome: Continuation
    reference: fact.Line | None = None
    successor: fact.Line | None = None
    taken_for: fact.Line | None = None


class Extension(Struct, frozen=True, kw_only=True):
    """A longer term, counted from the original start with the sum of the lengths (R1)."""

    length: Period
    contribution: bool = True


class Suspension(Struct, frozen=True, kw_only=True):
    """A time in which the agreement rests; it may move the end by its days."""

    on: date
    resumed_on: date | None = None
    moves_end: bool = False


class Termination(Struct, frozen=True, kw_only=True):
    """An early end."""

    on: date
    ends_on: date


class Agreement(Struct, frozen=True, kw_only=True, dict=True):
    """Every fact of one agreement; `stage` and `ending` are what the facts and time demand."""

    ref: fact.Line
    title: fact.Line
    office: fact.Key
    term: Term
    party: Mapping[fact.Key, Party]
    short_title: fact.Line | None = None
    purpose: fact.Text | None = None
    public: bool = True
    case_owner: CaseOwner | None = None
    evaluation: Mapping[fact.Key, Evaluation] = {}
    contribution: Contribution | None = None
    instalment: Mapping[int, Instalment] = {}
    obligation: Mapping[fact.Key, Obligation] = {}
    decision_point: Mapping[int, DecisionPoint] = {}
    document: Mapping[int, Document] = {}
    woo: Woo | None = None
    source: Mapping[int, Source] = {}
    overleg: Annotated[Overleg | None, HAPPENED] = None
    decision: Annotated[Mapping[int, Decision], HAPPENED] = {}
    continuation: Annotated[Mapping[date, ContinuationDecision], HAPPENED] = {}
    decision_started_for: date | None = None
    extension: Annotated[Mapping[int, Extension], HAPPENED] = {}
    suspension: Annotated[Mapping[int, Suspension], HAPPENED] = {}
    termination: Annotated[Termination | None, HAPPENED] = None
    predecessor: fact.Line | None = None
    successor: Annotated[fact.Line | None, HAPPENED] = None
    known_on: Mapping[fact.DeadlineName, date] = {}
    replaces: Mapping[fact.DeadlineName, date] = {}
    acknowledged: Mapping[fact.DeadlineName, date] = {}
    answered: Mapping[fact.FactPath, date] = {}
    stage: Annotated[Stage, HAPPENED] = Stage.DRAFT
    ending: Ending | None = None

    @property
    def called(self) -> fact.Line:
        """Return the short title, or the title where there is none."""
        return self.short_title or self.title

    @property
    def may_be_published(self) -> bool:
        """Tell whether the public may know of it: it is public, and nothing is withheld."""
        return self.public and not (self.woo and self.woo.withheld_because)

    @property
    def own_name(self) -> fact.Line | None:
        """Return the name of the municipality that keeps this register; None if no party is it."""
        return next((party.name for party in self.party.values() if party.own), None)

    def other_party(self, key: fact.Key | None) -> fact.Line | None:
        """Return the name of a party, if it is another than our own municipality."""
        party = self.party.get(key) if key else None
        return None if party is None or party.own else party.name

    @property
    def decided_on(self) -> date | None:
        """Return the day of the college's last decision, or None."""
        return max((item.on for item in self.decision.values()), default=None)

    def quoted(self, path: str) -> fact.Text | None:
        """Return the words from which a fact comes, where a source has them."""
        sources = (item.quote for item in self.source.values() if item.field == path)
        return next(filter(None, sources), None)

    @property
    def unsigned(self) -> tuple[Party, ...]:
        """Return the first parties whose signature is missing; who left or joined later is none."""
        return tuple(party for party in self.founders if party.signed_on is None)

    @property
    def is_endless(self) -> bool:
        """Tell whether it is open-ended, and nobody has ended it."""
        return bool(self.term.open_ended and not self.termination)

    @property
    def was_renewed(self) -> bool:
        """Tell whether the term that runs began by a tacit renewal, and its dates with it."""
        return self.term.renewal is Renewal.TACIT and bool(self.extension)

    @property
    def final_evaluations(self) -> tuple[Evaluation, ...]:
        """Return the evaluations on which the continuation is decided."""
        return tuple(item for item in self.evaluation.values() if item.is_final)

    @property
    def founders(self) -> tuple[Party, ...]:
        """Return the parties on whose signatures the start waits."""
        return tuple(
            party
            for party in self.party.values()
            if party.joined_on is None and (party.left_on is None or party.signed_on is not None)
        )

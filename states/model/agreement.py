"""The agreement: a frozen value made of the facts that are known, and of nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from states.model import fact_types as fact
from states.model.period import Period
from states.model.stage import Continuation, Ending, Ruling, Stage

EUROS = fact.Line("EUR")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOwner:
    """The civil servant who keeps the dossier; personal, so tokens from the first event on."""

    name: fact.PrivateText
    email: fact.PrivateText


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An evaluation that took place; `taken_for` names the term, or the moment, it was held for."""

    on: date
    report: fact.Line | None = None
    conclusion: fact.Text | None = None
    taken_for: fact.Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """An evaluation that the parties agreed on; one of before_end, after_start, on."""

    before_end: Period | None = None
    after_start: Period | None = None
    on: date | None = None
    final: bool | None = None
    clause: fact.Text | None = None
    started_for: date | None = None
    held: Mapping[date, Held] = field(default_factory=dict)

    @property
    def is_final(self) -> bool:
        """Return whether the continuation is decided on this one; so by default before the end."""
        return self.before_end is not None if self.final is None else self.final


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A party; each decides and signs on its own date, may join later, leave, or be merged."""

    name: fact.Line
    own: bool = False
    decided_on: date | None = None
    decision: fact.Line | None = None
    signed_on: date | None = None
    signatory: fact.Line | None = None
    capacity: fact.Line | None = None
    power_of_attorney: fact.Line | None = None
    joined_on: date | None = None
    left_on: date | None = None
    merged_into: fact.Key | None = None

    def takes_part_on(self, day: date) -> bool:
        """Tell whether this is a party on a day: it has joined and has not left (t/m)."""
        joined = self.joined_on is None or self.joined_on <= day
        return joined and (self.left_on is None or day <= self.left_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """The facts of one instalment that do not follow from the contribution."""

    amount: Decimal | None = None
    due_on: date | None = None
    fiscal_year: int | None = None
    payee: fact.Line | None = None
    payer: fact.Key | None = None
    refund: bool | None = None
    paid_on: date | None = None
    paid_amount: Decimal | None = None
    reference: fact.Line | None = None
    waived_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilment:
    """What became of an obligation, or of one turn of it: fulfilled on a day, or waived."""

    on: date | None = None
    reference: fact.Line | None = None
    waived_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
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
    fulfilment: Mapping[int, Fulfilment] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPoint:
    """One thing that the college is asked to decide."""

    text: fact.Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A cited document; `dated` is a date, a month, a year or unknown, as it was written."""

    title: fact.Line
    dated: fact.Approximate | None = None
    url: fact.Url | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Woo:
    """Publication under the Woo: as what, since when and where, or why it is withheld."""

    category: WooCategory | None = None
    published_on: date | None = None
    url: fact.Url | None = None
    withheld_because: fact.Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact comes from."""

    field: fact.Line
    quote: fact.Text | None = None
    status: SourceStatus = SourceStatus.STATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Overleg:
    """The bestuurlijk overleg that agreed to the text."""

    agreed_on: date
    attended: fact.Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision of the college on the proposal, as a whole and per decision point."""

    on: date
    outcome: Ruling
    label: fact.Line | None = None
    reference: fact.Line | None = None
    basis: fact.Line | None = None
    until: date | None = None
    point: Mapping[int, Ruling] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuationDecision:
    """What was decided about the time after one term, which `taken_for` names."""

    on: date
    outcome: Continuation
    reference: fact.Line | None = None
    successor: fact.Line | None = None
    taken_for: fact.Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A longer term, counted from the original start with the sum of the lengths (R1)."""

    length: Period
    contribution: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """A time in which the agreement rests; it may move the end by its days."""

    on: date
    resumed_on: date | None = None
    moves_end: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Termination:
    """An early end."""

    on: date
    ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
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
    evaluation: Mapping[fact.Key, Evaluation] = field(default_factory=dict)
    contribution: Contribution | None = None
    instalment: Mapping[int, Instalment] = field(default_factory=dict)
    obligation: Mapping[fact.Key, Obligation] = field(default_factory=dict)
    decision_point: Mapping[int, DecisionPoint] = field(default_factory=dict)
    document: Mapping[int, Document] = field(default_factory=dict)
    woo: Woo | None = None
    source: Mapping[int, Source] = field(default_factory=dict)
    overleg: Overleg | None = None
    decision: Mapping[int, Decision] = field(default_factory=dict)
    continuation: Mapping[date, ContinuationDecision] = field(default_factory=dict)
    decision_started_for: date | None = None
    extension: Mapping[int, Extension] = field(default_factory=dict)
    suspension: Mapping[int, Suspension] = field(default_factory=dict)
    termination: Termination | None = None
    predecessor: fact.Line | None = None
    successor: fact.Line | None = None
    known_on: Mapping[fact.DeadlineName, date] = field(default_factory=dict)
    replaces: Mapping[fact.DeadlineName, date] = field(default_factory=dict)
    acknowledged: Mapping[fact.DeadlineName, date] = field(default_factory=dict)
    answered: Mapping[fact.FactPath, date] = field(default_factory=dict)
    stage: Stage = Stage.DRAFT
    ending: Ending | None = None

    memory: dict[Callable[..., Any], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What followed from these facts when it was asked (states.model.memo); no fact itself."""

    @property
    def called(self) -> fact.Line:
        """Return the short title, or the title where there is none."""
        return self.short_title or self.title

    @property
    def may_be_published(self) -> bool:
        """Tell whether the public may know of it: it is public, and nothing is withheld."""
        return self.public and not (self.woo and self.woo.withheld_because)

    @property
    def own_party(self) -> Party:
        """Return the municipality that keeps this register."""
        return next(party for party in self.party.values() if party.own)

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

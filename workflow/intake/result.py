"""What an import did, or would do: then also what the register would look like, counted."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date

from msgspec import Struct, field

from states.dates.instalments import open_payments
from states.dates.policy import Policy
from states.dates.term_dates import start_of
from states.model.agreement import Agreement
from states.model.arithmetic import Dated
from states.model.fact_types import StartRule
from states.model.phrase import Phrase, say
from states.model.stage import BEFORE_SIGNING, Ending, Rule, Stage, Unknown
from states.process import RULES
from workflow.engine.standing import late, standings
from workflow.intake.files.records import FileProblem

OVERDUE = {rule: declared.overdue for rule, declared in RULES.items() if declared.overdue}
Reached = tuple[Stage, Ending | None]
LACKS_NOTHING = BEFORE_SIGNING | {Stage.ENDED}  # nothing is asked of it yet, or any more


class Forecast(Struct, kw_only=True):
    """Counts: agreements by stage, what is overdue by rule, agreements by the fact they lack.

    `later` counts the agreements that stand in a later stage than their file names.
    """

    stages: Counter[Reached] = field(default_factory=Counter)
    later: int = 0
    overdue: Counter[Rule] = field(default_factory=Counter)
    overdue_agreements: int = 0
    missing: Counter[str] = field(default_factory=Counter)

    def add(self, agreement: Agreement, named: Stage | None, policy: Policy, today: date) -> None:
        """Count an agreement as it would stand today, beside the stage that its file names."""
        self.stages[agreement.stage, agreement.ending] += 1
        self.later += named not in {None, agreement.stage}
        found = standings(agreement, policy, today)
        overdue = Counter(item.deadline.rule for item in late(found))
        self.overdue.update(overdue)
        self.overdue_agreements += bool(overdue)
        if agreement.stage not in LACKS_NOTHING:
            self.missing.update(
                name for name, lacks in MISSING.items() if lacks.by(agreement, today)
            )

    def in_order(self) -> list[tuple[Reached, int]]:
        """Return how many stand where, in the order of the procedure."""
        return sorted(self.stages.items(), key=_place)

    def counts(self) -> Mapping[str, object]:
        """Return everything as plain names and numbers, the stages in order."""
        return {
            "stages": [
                {"stage": stage, "outcome": ending, "agreements": count}
                for (stage, ending), count in self.in_order()
            ],
            "later_than_named": self.later,
            "overdue": {"agreements": self.overdue_agreements}
            | {rule.value: self.overdue[rule] for rule in OVERDUE},
            "missing": {name: self.missing[name] for name in MISSING},
        }


def _place(item: tuple[Reached, int]) -> tuple[int, str]:
    (stage, ending), _ = item
    return list(Stage).index(stage), ending or ""


# Facts that an alert will need -------------------------------------------------------------------


def _lacks_due_date(agreement: Agreement, today: date) -> bool:
    started = isinstance(start_of(agreement), Dated)
    return started and any(
        isinstance(item.due, Unknown) for item in open_payments(agreement, today)
    )


class Lack(Struct, frozen=True):
    """A fact that can be missing: how it is told, and who lacks it."""

    sentence: Phrase
    by: Callable[[Agreement, date], bool]


MISSING: Mapping[str, Lack] = {
    "decision": Lack(say("a decision of the college"), lambda item, _: not item.decision),
    "signature": Lack(say("a signature"), lambda item, _: bool(item.unsigned)),
    "start": Lack(say("the start"), lambda item, _: item.term.start is StartRule.UNKNOWN),
    "due_date": Lack(say("the due date of an instalment"), _lacks_due_date),
    "payee": Lack(
        say("the payee of an instalment"),
        lambda item, today: any(payment.payee is None for payment in open_payments(item, today)),
    ),
}


# The whole ---------------------------------------------------------------------------------------


class Imported(Struct, kw_only=True):
    """The outcome of one call; with problems nothing was written.

    `forecast` is there after a dry run only.
    """

    created: list[str] = []
    unchanged: list[str] = []
    offices: list[str] = []
    summaries: list[str] = []
    warnings: list[tuple[str, Phrase]] = []
    problems: list[FileProblem] = []
    forecast: Forecast | None

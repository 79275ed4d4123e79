"""The invented register in examples/register/, as tests read it and walk it."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from states.dates.instalments import payments
from states.dates.term_dates import due_of, end_of, start_of
from states.model.agreement import Agreement
from states.model.arithmetic import Dated
from states.model.facts import flatten
from states.model.stage import Ruling, Unknown
from tests.agreements import VERBINDEND_LEIDEN, Walk
from workflow.engine.deadlines import derive
from workflow.intake.files.read import read
from workflow.intake.files.records import Found
from workflow.intake.values import agreement_of

FOLDER = Path(__file__).parents[1] / "examples" / "register"
IMPORTED = "2025-01-06 10:00"
DAY_OF_IMPORT = date(2025, 1, 6)
FAR_AHEAD = date(2040, 12, 31)


def agreement_in(name: str) -> Agreement:
    """Return the agreement of a file such as `new/ggd`; those in `running/` are history."""
    (found,) = read([FOLDER / f"{name}.toml"])
    assert isinstance(found, Found), found
    return agreement_of(found, history=name.startswith("running/"))


class Entry(Walk):
    """One agreement of the register; a daemon that is never late looks up to each action."""

    def __init__(self, name: str, when: str = IMPORTED) -> None:
        """Register the agreement of a file, and nothing of the source case."""
        facts: dict[str, str | None] = dict.fromkeys(VERBINDEND_LEIDEN)
        super().__init__(
            facts | flatten(agreement_in(name)), when=when, history=name.startswith("running/")
        )

    def do(self, name: str, when: str, *, reason: str | None = None, **parts: object) -> "Entry":
        """Let time pass, then perform an action."""
        self.until(when)
        super().do(name, when, reason=reason, **parts)
        return self

    def until(self, when: str) -> "Entry":
        """Let a daemon that is never late look up to a moment."""
        super().until(when)
        return self

    def forget(self) -> "Entry":
        """Forget the events and alerts up to now."""
        super().forget()
        return self

    def amend(self, when: str, facts: Mapping[str, str]) -> "Entry":
        """Enter or correct facts."""
        return self.do("amend", when, reason="ingevoerd uit het dossier", facts=facts)

    def agreed(self, submitted: str, agreed: str) -> "Entry":
        """Walk through the bestuurlijk overleg, at 10:00 of each day."""
        return self.do("submit", f"{submitted} 10:00").do("agree", f"{agreed} 10:00")

    def adopted(self, submitted: str, agreed: str, decided: str) -> "Entry":
        """Walk through the overleg and the college, which decides as proposed at 15:00."""
        self.agreed(submitted, agreed)
        return self.do("decide", f"{decided} 15:00", outcome=Ruling.AS_PROPOSED)

    def signing(self, **days: str) -> "Entry":
        """Let each party sign on its day at 10:00; `de_horst` stands for de-horst."""
        for party, day in days.items():
            self.do("sign", f"{day} 10:00", party=party.replace("_", "-"))
        return self

    # What is derived -----------------------------------------------------------------------------

    @property
    def term(self) -> tuple[str, str]:
        """Return the first and the last day."""
        return shown(start_of(self.agreement)), shown(end_of(self.agreement))

    @property
    def evaluations(self) -> dict[str, str]:
        """Return the date of each evaluation by its key."""
        items = self.agreement.evaluation.items()
        return {str(key): shown(due_of(self.agreement, item)) for key, item in items}

    def instalments(self, until: date = FAR_AHEAD) -> list[str]:
        """Return each instalment: number, date, amount and where it stands."""
        return [
            f"{item.number} {shown(item.due)} {item.amount or 'unknown'} {item.status.value}"
            for item in payments(self.agreement, until)
        ]

    def nominal(self, rule: str) -> list[str]:
        """Return the dates of the open deadlines of a rule."""
        derived = derive(self.agreement, self.policy, DAY_OF_IMPORT)
        return [shown(item.nominal) for item in derived if item.rule == rule and not item.closed]

    # What happened -------------------------------------------------------------------------------

    def fired_of(self, *rules: str) -> list[str]:
        """Return what fired of these rules, in order: the local time and the occurrence."""
        return [line for line in self.fired() if line.split()[3].startswith(rules)]


def paid(walk: Entry, **days: str) -> Entry:
    """Pay instalments, `n7` for number 7, at 14:00 of a day."""
    for number, day in days.items():
        walk.do("pay", f"{day} 14:00", instalment=number.removeprefix("n"))
    return walk


def shown(anchor: Dated | Unknown) -> str:
    """Return a date with its weekday, such as `Thu 2017-10-12`, or `unknown`."""
    return "unknown" if isinstance(anchor, Unknown) else f"{anchor.day:%a %Y-%m-%d}"

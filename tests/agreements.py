"""The agreements that tests speak of, and a hand that walks one through the procedure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from states.dates.policy import Policy
from states.dates.term_dates import day_of, end_of
from states.model.agreement import Agreement
from states.model.events import Alert, Change, Dossier, Event
from states.model.facts import build
from states.model.stage import Ending, Ruling, Stage
from states.process import PROCESS
from states.rules.action import Action, Request
from workflow.engine.engine import as_of, fire_due, perform, register

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

# The source case; the instalments' dates are assumed, as its import file says.
VERBINDEND_LEIDEN = {
    "ref": "SO-2017-0042",
    "title": "Samenwerkingsovereenkomst Verbindend Leiden",
    "short_title": "Verbindend Leiden",
    "office": "sociaal-domein",
    "case_owner.name": "A. Janssen",
    "case_owner.email": "a.janssen@maastricht.example",
    "term.length": "P3Y",
    "evaluation.final.before_end": "P3M",
    "evaluation.final.clause": "Drie maanden voor het einde wordt geëvalueerd.",
    "party.maastricht.name": "Gemeente Maastricht",
    "party.maastricht.own": "true",
    "party.limburg.name": "Provincie Limburg",
    "party.waterschap.name": "Waterschap Limburg",
    "party.beesel.name": "Gemeente Beesel",
    "party.cooperatie.name": "Coöperatie Verbindend Leiden",
    "contribution.amount": "1000.00",
    "contribution.every": "P1Y",
    "contribution.payee": "Coöperatie Verbindend Leiden",
    "contribution.budget_line": "Lidmaatschappen en contributies (B&O)",
    "contribution.budgeted_through": "2099",
    "contribution.office": "financien",
    "decision_point.1.text": "De overeenkomst te ondertekenen.",
    "decision_point.2.text": "Jaarlijks € 1.000,00 bij te dragen.",
}

# One that runs and renews tacitly, without money.
RENEWING = {
    "ref": "A-1",
    "title": "Samenwerking",
    "office": "sociaal-domein",
    "stage": "active",
    "term.length": "P3Y",
    "term.start": "2017-10-12",
    "term.renewal": "tacit",
    "term.renewal_length": "P1Y",
    "term.notice": "P3M",
    "evaluation.final.before_end": "P3M",
    "party.maastricht.name": "Gemeente Maastricht",
    "party.maastricht.own": "true",
    "party.maastricht.signed_on": "2017-10-12",
}

Changes = Mapping[str, str | None]
NO_MONEY: Changes = dict.fromkeys(path for path in VERBINDEND_LEIDEN if "contribution" in path)
NO_EVALUATION: Changes = {"evaluation.final.before_end": None, "evaluation.final.clause": None}
TACIT = {"term.renewal": "tacit", "term.renewal_length": "P1Y", "term.notice": "P3M"}
YEAR_BY_YEAR: Changes = {"term.length": "P1Y", **TACIT}
ENDLESS: Changes = {
    "term.length": None,
    "term.open_ended": "true",
    "evaluation.final.before_end": None,
}


def facts(changes: Changes | None = None) -> dict[str, str]:
    """Return the source case's facts with changes; None leaves a fact out."""
    changed = {**VERBINDEND_LEIDEN, **(changes or {})}
    return {path: text for path, text in changed.items() if text is not None}


def agreement(changes: Changes | None = None) -> Agreement:
    """Return the source case as it is registered, with changes."""
    return build(Agreement, facts(changes))


def at(text: str) -> datetime:
    """Return the instant in UTC of a local time such as `2017-10-12 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).astimezone(UTC)


def local(moment: datetime) -> str:
    """Return an instant as the clock in Amsterdam shows it: `Thu 2017-10-12 10:00`."""
    return moment.astimezone(AMSTERDAM).strftime("%a %Y-%m-%d %H:%M")


class Walk:
    """One agreement on its way: what is asked of it, the clock, and everything that came of it."""

    def __init__(
        self,
        changes: Changes | None = None,
        *,
        when: str = "2017-06-01 10:00",
        policy: Policy | None = None,
        history: bool = False,
    ) -> None:
        """Register the source case, with changes to its facts."""
        self.policy = policy or Policy()
        self.events: list[Event] = []
        self.ledger: list[Event] = []
        self.alerts: list[Alert] = []
        self.dossier = Dossier(agreement=agreement(changes))
        self.next_alert_at: datetime | None = None
        self.change = register(
            self.dossier.agreement, self.policy, at(when), actor="griffier", history=history
        )
        self._keep(self.change)

    @property
    def agreement(self) -> Agreement:
        """Return the agreement as it stands."""
        return self.dossier.agreement

    @property
    def stage(self) -> Stage:
        """Return the stage in which the agreement stands."""
        return self.agreement.stage

    def is_in(self, stage: str) -> bool:
        """Tell whether the agreement stands in a stage, by its name outside."""
        return self.stage.value == stage

    @property
    def ending(self) -> Ending | None:
        """Return how the agreement ended, or None."""
        return self.agreement.ending

    def do(self, name: str, when: str, *, reason: str | None = None, **parts: object) -> "Walk":
        """Perform an action that nothing objects to; `on` and other keys go by name."""
        request, action = self._request(name, when, parts)
        objections = action.refusals(self.as_of(when), request)
        assert not objections, [str(phrase) for phrase in objections]
        return self._perform(action, request, when, reason)

    def take_back(self, event: Event, when: str) -> "Walk":
        """Undo an event to which nothing objects."""
        since = [e for e in self.ledger if e.seq > event.seq]
        later = [e for e in self.events if e.seq > event.seq and e.actor == event.actor]
        today = self.policy.day_of(at(when))
        request = Request(today=today, undoes=event, later=later, since=since)
        action = PROCESS[self.stage].action("undo")
        assert action
        return self._perform(action, request, when, "verkeerd")

    def _perform(self, action: Action, request: Request, when: str, reason: str | None) -> "Walk":
        moment, actor = at(when), "griffier"
        return self._keep(
            perform(self.dossier, action, request, self.policy, moment, actor=actor, reason=reason)
        )

    def objections(self, name: str, when: str, **parts: object) -> list[str]:
        """Return what the procedure has against an action, in English."""
        request, action = self._request(name, when, parts)
        return [str(phrase) for phrase in action.refusals(self.as_of(when), request)]

    def as_of(self, when: str) -> Agreement:
        """Return the agreement as it stands at a moment."""
        return as_of(self.dossier, self.policy, at(when))

    def tick(self, when: str) -> "Walk":
        """Let the daemon look once."""
        return self._keep(fire_due(self.dossier, self.policy, at(when)))

    def until(self, when: str) -> "Walk":
        """Let a daemon that is never late look, from alert to alert, up to a moment."""
        while (alert := self.next_alert_at) and alert <= at(when):
            self._keep(fire_due(self.dossier, self.policy, alert))
            assert self.next_alert_at is None or self.next_alert_at > alert, "it stands still"
        return self

    def adopt(self, policy: Policy) -> "Walk":
        """Go on with another policy."""
        self.policy = policy
        return self

    def decided(self, when: str = "2017-09-26 10:00") -> "Walk":
        """Walk the agreement through the overleg and the college's decision."""
        self.do("submit", "2017-06-15 10:00").do("agree", "2017-07-05 16:00")
        return self.do("decide", when, outcome=Ruling.AS_PROPOSED)

    def signed(self, when: str = "2017-10-12 10:00", *, on: date | None = None) -> "Walk":
        """Let every party that has not signed yet sign."""
        for key, party in self.agreement.party.items():
            if party.signed_on is None:
                self.do("sign", when, party=key, on=on or self.policy.day_of(at(when)))
        return self

    def fired(self) -> list[str]:
        """Return what fired, in order: the local time and the occurrence."""
        return [f"{local(e.at)} {e.occurrence}" for e in self.events if e.occurrence]

    def shown(self) -> list[str]:
        """Return what was told, in order: the local time and the cause."""
        return [f"{local(alert.leaves_at)} {alert.cause}" for alert in self.alerts if alert.is_open]

    def superseded(self) -> list[str]:
        """Return what was recorded superseded, in order."""
        return [name for event in self.events for name in event.superseded]

    def forget(self) -> "Walk":
        """Forget the events and alerts up to now, so that a test speaks of what follows."""
        self.events, self.alerts = [], []
        return self

    def _request(self, name: str, when: str, parts: Mapping[str, Any]) -> tuple[Request, Action]:
        stage = self.as_of(when).stage
        action = PROCESS[stage].action(name)
        assert action, f"{name} is not declared in {stage}"
        values = {key: value for key, value in parts.items() if key not in {"points", "facts"}}
        request = Request(
            today=self.policy.day_of(at(when)),
            values=values,
            facts=parts.get("facts", {}),
            points=parts.get("points", {}),
            recorded=self.dossier.recorded,
        )
        return request, action

    def _keep(self, change: Change) -> "Walk":
        self.change, self.dossier = change, change.dossier
        self.next_alert_at = change.next_alert_at
        self.events.extend(change.events)
        self.ledger.extend(change.events)
        self.alerts.extend(change.alerts)
        return self


def in_force(changes: Changes | None = None) -> Walk:
    """Return the source case, in force from 12 October 2017 through 11 October 2020."""
    return Walk(changes).decided().signed()


def amended(walk: Walk, when: str, **facts: str) -> Walk:
    """Amend facts; `term__length` stands for `term.length`."""
    return walk.do("amend", when, facts={key.replace("__", "."): v for key, v in facts.items()})


def last_day(walk: Walk) -> date | None:
    """Return the last day of the term, or None while it is not known."""
    return day_of(end_of(walk.agreement))


def lines(table: str) -> list[str]:
    """Return the lines of a table that stands in a test as text."""
    return [" ".join(line.split()) for line in table.splitlines() if line.strip()]

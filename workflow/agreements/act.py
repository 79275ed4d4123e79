"""Operators' actions: one transaction that reads under the lock, decides, and writes everything."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.events import Dossier, Event
from states.model.facts import BadFacts
from states.model.phrase import Phrase, say
from states.rules.action import Action, Request
from states.rules.amendment import UNKNOWN
from workflow.app.app import App, policy_of
from workflow.app.clock_guard import refuse_wrong_clock
from workflow.app.saving import create, write
from workflow.engine.contacts import contact_problems
from workflow.engine.engine import as_of, perform, possible_actions, register
from workflow.engine.ledger import stream_of
from workflow.engine.private_values import Envelope
from workflow.engine.requests import action_of, reason_is_missing, reason_of, request_of
from workflow.store import agreements, ledger
from workflow.store.agreements import the_agreement
from workflow.store.database import Transaction
from workflow.store.register import raise_high_water
from workflow.system.refusals import NotFound, Refused
from workflow.system.suggest import suggest


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """An action and what objects to it now."""

    action: Action
    objections: tuple[Phrase, ...]


def possible(app: App, ref: str) -> list[Possible]:
    """Return every action of the stage in which the agreement stands now, with its objections."""
    with app.reading() as connection:
        stored = the_agreement(connection, ref)
        return possible_for(stored.dossier, policy_of(connection), app.clock.now())


def possible_for(dossier: Dossier, policy: Policy, now: datetime) -> list[Possible]:
    """Return the actions as they would be judged at an instant."""
    agreement = as_of(dossier, policy, now)
    request = Request(today=policy.day_of(now), recorded=dossier.recorded)
    return [
        Possible(action=action, objections=action.refusals(agreement, request))
        for action in possible_actions(agreement)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentState:
    """An agreement as it stands now, for who is asked what to do with it."""

    dossier: Dossier
    today: date


def current(app: App, ref: str) -> CurrentState:
    """Return how an agreement stands now; nothing is locked while somebody thinks."""
    with app.reading() as connection:
        stored, policy = the_agreement(connection, ref), policy_of(connection)
        now = app.clock.now()
        agreement = as_of(stored.dossier, policy, now)
        return CurrentState(
            dossier=replace(stored.dossier, agreement=agreement), today=policy.day_of(now)
        )


def act(  # noqa: PLR0913 - who, what, why
    app: App, ref: str, name: str, pairs: Mapping[str, str], *, by: str, reason: str | None
) -> tuple[Event, ...]:
    """Do what an operator asks and return the new events; refusals write nothing at all."""
    reason = reason_of(reason)
    with app.writing() as connection:
        now, policy = app.clock.now(), policy_of(connection)
        refuse_wrong_clock(connection, app, now)
        stored = the_agreement(connection, ref, lock=True)
        current = replace(stored.dossier, agreement=as_of(stored.dossier, policy, now))
        action = action_of(current.agreement, name)
        if current.recorded and any(a.name == "occurrence" for a in action.arguments):
            _refuse_unknown_occurrence(current, pairs.get("occurrence"))
        request = request_of(current, action, pairs, policy.day_of(now))
        if action.needs_reason and not reason:
            raise reason_is_missing(action)
        _refuse_contacts(request.facts)
        envelope = Envelope()
        change = perform(
            stored.dossier,
            action,
            replace(request, facts=envelope.keep_facts(request.facts)),
            policy,
            now,
            actor=envelope.keep(by),
            reason=_reason(envelope, reason, request),
        )
        write(connection, stored, change, now)
        ledger.keep_private(connection, stream_of(ref), envelope.privates)
        if change.successor:
            _register_successor(connection, change.successor, policy, now, by)
        raise_high_water(connection, now)
        return change.events


def _reason(envelope: Envelope, reason: str | None, request: Request) -> str | None:
    text: Any = request.get("text") or reason
    return envelope.keep(text) if text else None


def _refuse_contacts(facts: Mapping[str, str]) -> None:
    """Refuse a case owner whom mail cannot reach; behind a token nothing judges it."""
    given = {path: text for path, text in facts.items() if text not in {"", UNKNOWN}}
    name, email = given.get("case_owner.name"), given.get("case_owner.email")
    if problems := [*contact_problems("case_owner", name, email)]:
        raise BadFacts(problems)


def _refuse_unknown_occurrence(dossier: Dossier, name: str | None) -> None:
    if name is not None and name not in dossier.recorded:
        remedy = suggest(name, sorted(dossier.recorded))
        raise NotFound(
            say("Nothing was alerted under “{name}”. {remedy}", name=name, remedy=remedy)
        )


def _register_successor(
    connection: Transaction, successor: Agreement, policy: Policy, now: datetime, by: str
) -> None:
    if agreements.find(connection, successor.ref):
        raise Refused(
            say(
                "There is an agreement {ref} already; name the successor with successor=REF.",
                ref=successor.ref,
            )
        )
    envelope = Envelope()
    change = register(successor, policy, now, actor=envelope.keep(by))
    create(connection, change, now)
    ledger.keep_private(connection, stream_of(successor.ref), envelope.privates)

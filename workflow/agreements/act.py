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
from states.rules.action import Action, Wish
from states.rules.amendment import UNKNOWN
from workflow.app.app import House, policy_of
from workflow.app.clock_guard import refuse_wrong_clock
from workflow.app.saving import create, write
from workflow.engine.contacts import contact_problems
from workflow.engine.engine import as_of, perform, possible_actions, register
from workflow.engine.ledger import stream_of
from workflow.engine.private_values import Envelope
from workflow.engine.requests import action_of, reason_is_missing, reason_of, wish_of
from workflow.store import agreements, ledger
from workflow.store.agreements import the_agreement
from workflow.store.database import Transaction
from workflow.store.register import raise_high_water
from workflow.system.refusals import NotFound, Refused
from workflow.system.suggest import nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """An action and what objects to it now."""

    action: Action
    objections: tuple[Phrase, ...]


def possible(house: House, ref: str) -> list[Possible]:
    """Return every action of the stage in which the agreement stands now, with its objections."""
    with house.reading() as connection:
        stored = the_agreement(connection, ref)
        return possible_for(stored.dossier, policy_of(connection), house.clock.now())


def possible_for(dossier: Dossier, policy: Policy, now: datetime) -> list[Possible]:
    """Return the actions as they would be judged at an instant."""
    agreement = as_of(dossier, policy, now)
    wish = Wish(today=policy.day_of(now), recorded=dossier.recorded)
    return [
        Possible(action=action, objections=action.refusals(agreement, wish))
        for action in possible_actions(agreement)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An agreement as it stands now, for who is asked what to do with it."""

    dossier: Dossier
    today: date


def standing(house: House, ref: str) -> Standing:
    """Return how an agreement stands now; nothing is locked while somebody thinks."""
    with house.reading() as connection:
        stored, policy = the_agreement(connection, ref), policy_of(connection)
        now = house.clock.now()
        agreement = as_of(stored.dossier, policy, now)
        return Standing(
            dossier=replace(stored.dossier, agreement=agreement), today=policy.day_of(now)
        )


def act(  # noqa: PLR0913 - who, what, why
    house: House, ref: str, name: str, pairs: Mapping[str, str], *, by: str, reason: str | None
) -> tuple[Event, ...]:
    """Do what an operator asks and return the new events; refusals write nothing at all."""
    reason = reason_of(reason)
    with house.writing() as connection:
        now, policy = house.clock.now(), policy_of(connection)
        refuse_wrong_clock(connection, house, now)
        stored = the_agreement(connection, ref, lock=True)
        current = replace(stored.dossier, agreement=as_of(stored.dossier, policy, now))
        action = action_of(current.agreement, name)
        if current.recorded and any(a.name == "occurrence" for a in action.arguments):
            _refuse_unknown_occurrence(current, pairs.get("occurrence"))
        wish = wish_of(current, action, pairs, policy.day_of(now))
        if action.needs_reason and not reason:
            raise reason_is_missing(action)
        _refuse_contacts(wish.facts)
        envelope = Envelope()
        change = perform(
            stored.dossier,
            action,
            replace(wish, facts=envelope.seal_facts(wish.facts)),
            policy,
            now,
            actor=envelope.seal(by),
            reason=_reason(envelope, reason, wish),
        )
        write(connection, stored, change, now)
        ledger.keep_private(connection, stream_of(ref), envelope.privates)
        if change.successor:
            _register_successor(connection, change.successor, policy, now, by)
        raise_high_water(connection, now)
        return change.events


def _reason(envelope: Envelope, reason: str | None, wish: Wish) -> str | None:
    text: Any = wish.get("text") or reason
    return envelope.seal(text) if text else None


def _refuse_contacts(facts: Mapping[str, str]) -> None:
    """Refuse a case owner whom mail cannot reach; sealed, the name and address are not judged."""
    given = {path: text for path, text in facts.items() if text not in {"", UNKNOWN}}
    name, email = given.get("case_owner.name"), given.get("case_owner.email")
    if told := [*contact_problems("case_owner", name, email)]:
        raise BadFacts(told)


def _refuse_unknown_occurrence(dossier: Dossier, name: str | None) -> None:
    if name is not None and name not in dossier.recorded:
        raise NotFound(
            say(
                "Nothing was alerted under “{name}”. {remedy}",
                name=name,
                remedy=nearest(name, sorted(dossier.recorded)),
            )
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
    change = register(successor, policy, now, actor=envelope.seal(by))
    create(connection, change, now)
    ledger.keep_private(connection, stream_of(successor.ref), envelope.privates)

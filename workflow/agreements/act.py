"""Operators' actions: one transaction that reads under the lock, decides, and writes everything."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import cache, partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from notifications.retry_policy import MessageStatus
from notifications.typed import word
from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.events import Addressee, Alert, Change, Dossier, Event, Role
from states.model.fact_fields import pattern_at
from states.model.facts import BadFacts, Problem
from states.model.phrase import Phrase, say
from states.model.stage import Continuation
from states.process import ACTIONS, PROCESS
from states.rules.action import Action, Request
from states.rules.amendment import UNKNOWN
from states.rules.shared_actions import AMEND
from states.rules.undo import TAKEN_BACK, undoable
from workflow.app.app import App, policy_of
from workflow.app.clock_guard import refuse_wrong_clock
from workflow.app.persistence import create, write
from workflow.engine import requests
from workflow.engine.alerts import mails_of
from workflow.engine.contacts import contact_problems
from workflow.engine.deadline_words import occurrence_in_words
from workflow.engine.deadlines import went_off
from workflow.engine.engine import as_of, perform, register
from workflow.engine.event_words import is_of_the_engine
from workflow.engine.ledger import DAMAGE, stream_of
from workflow.engine.offices import OFFICE_FACTS
from workflow.engine.private_values import Envelope
from workflow.store import agreements, ledger, offices
from workflow.store.agreements import Stored, the_agreement
from workflow.store.database import Transaction
from workflow.store.outbox import leases, queries, resend
from workflow.store.outbox.messages import OutboxRow
from workflow.store.register import enter_alone, raise_high_water
from workflow.system.refusals import BadRequest, NotFound, Refused
from workflow.system.suggest import suggest


class Possible(Struct, frozen=True, kw_only=True):
    """An action and what objects to it now."""

    action: Action
    objections: tuple[Phrase, ...]


def possible(app: App, ref: str) -> list[Possible]:
    """Return every action of the stage in which the agreement stands now, with its objections."""
    with app.reading() as connection:
        stored = the_agreement(connection, ref)
        return possible_for(connection, stored, policy_of(connection), app.clock.now())


def possible_for(
    connection: Transaction, stored: Stored, policy: Policy, now: datetime
) -> list[Possible]:
    """Return the actions as they would be judged at an instant."""
    dossier = _as_it_stands(connection, stored, policy, now)
    agreement, request = dossier.agreement, requests.without_keys(dossier, policy.day_of(now))
    return [
        Possible(action=action, objections=action.refusals(agreement, request))
        for action in PROCESS[agreement.stage].actions
    ]


def _as_it_stands(
    connection: Transaction, stored: Stored, policy: Policy, now: datetime
) -> Dossier:
    """Return the agreement after the moves that time has brought, with what went off by then."""
    there = replace(stored.dossier, agreement=as_of(stored.dossier, policy, now))
    asked = cache(partial(_may_be_undone, connection, there.agreement))  # by who refuses or lists
    return replace(there, recorded=went_off(there, policy, now), undoable=asked)


class CurrentState(Struct, frozen=True, kw_only=True):
    """An agreement as it stands now, for who is asked what to do with it.

    Of what was recorded of its steps its dossier holds what went off, the latest first.
    """

    dossier: Dossier
    today: date


def current(app: App, ref: str) -> CurrentState:
    """Return how an agreement stands now; nothing is locked while somebody thinks."""
    with app.reading() as connection:
        stored, policy = the_agreement(connection, ref), policy_of(connection)
        now = app.clock.now()
        dossier = _as_it_stands(connection, stored, policy, now)
        dossier.undoable()  # as long as the ledger can be asked
        return CurrentState(dossier=dossier, today=policy.day_of(now))


class Done(Struct, frozen=True, kw_only=True):
    """What an action makes of an agreement: its events, how it stood before and stands after.

    `undoes` is the event that is taken back, `mailed` what was mailed since; `mails` is how many
    leave of it.
    """

    events: tuple[Event, ...]
    before: Agreement
    after: Agreement
    policy: Policy
    today: date
    undoes: Event | None
    mailed: Sequence[OutboxRow]
    mails: int


class Asked(Struct, frozen=True, kw_only=True):
    """What an operator asks for: an action with its keys, by whom and why."""

    ref: str
    action: str
    pairs: Mapping[str, str]
    by: str
    reason: str | None


def foresee(app: App, asked: Asked) -> Done:
    """Return what an action would do; refused as it would be, and nothing is written."""
    with app.reading() as connection:
        policy, stored = policy_of(connection), the_agreement(connection, asked.ref)
        _, done, _ = _decided(connection, stored, policy, app.clock.now(), asked)
        return done


def act(app: App, *every: Asked) -> list[Done]:
    """Do what an operator asks, all of it together; refusals write nothing at all."""
    with app.writing() as connection:
        policy = policy_of(connection)  # before the row: who adopts one asks in that order as well
        return [_act(connection, app, policy, asked) for asked in every]


def _act(connection: Transaction, app: App, policy: Policy, asked: Asked) -> Done:
    stored = the_agreement(connection, asked.ref, lock=True)
    now = app.clock.now()  # after the wait: nothing that was recorded meanwhile is later
    refuse_wrong_clock(connection, app, now)
    change, done, envelope = _decided(connection, stored, policy, now, asked)
    write(connection, [(stored, change)], now)
    leases.recall(connection, stored.id, now)
    ledger.keep_private(connection, stream_of(asked.ref), envelope.privates)
    if change.successor:
        _register_successor(connection, change.successor, policy, now, asked.by)
    if done.undoes:
        reason = app.language.say(TAKEN_BACK)
        resend.take_back(connection, stored.id, done.undoes.cause, reason)
    raise_high_water(connection, now)
    return done


def _decided(
    connection: Transaction, stored: Stored, policy: Policy, now: datetime, asked: Asked
) -> tuple[Change, Done, Envelope]:
    """Return the change, what is told of it, and the private values that its events hold."""
    envelope, reason = Envelope(), requests.reason_of(asked.reason)
    current = _as_it_stands(connection, stored, policy, now)
    action = requests.action_of(current, asked.action, policy.day_of(now))
    pairs = requests.named(action, asked.pairs)
    if current.recorded and "occurrence" in pairs:
        pairs["occurrence"] = alerted(current, pairs["occurrence"])
    needed = say("“{action}” needs a reason: --reason TEXT.", action=say(action.name))
    lacks = [needed] if action.needs_reason and not reason else []
    try:
        request = requests.request_of(current, action, pairs, policy.day_of(now))
    except BadRequest as refusal:
        raise BadRequest(*refusal.sentences, *lacks) from refusal
    if lacks:
        raise BadRequest(*lacks)
    if action.takes_back:
        request = _taking_back(connection, current, action, request)
    _refuse_contacts(request.facts)
    _refuse_unknown_offices(connection, request.facts)
    _refuse_gone_successor(connection, current.agreement, request)
    change = perform(
        stored.dossier,
        action,
        replace(request, facts=envelope.keep_facts(request.facts)),
        policy,
        now,
        actor=envelope.keep(asked.by),
        reason=_reason(envelope, reason, request),
    )
    # What only the engine keeps of an amendment is nothing that people entered.
    entered = (c for e in change.events if e.action == AMEND.name for c in e.changes)
    if action is AMEND and all(is_of_the_engine(each.field) for each in entered):
        raise Refused(say("Nothing would change: these facts are registered already."))
    done = Done(
        events=change.events,
        before=current.agreement,
        after=change.dossier.agreement,
        policy=policy,
        today=request.today,
        undoes=request.undoes,
        mailed=_mailed_since(connection, asked.ref, request.undoes),
        mails=mails_of([*change.alerts, *_told_after_all(connection, stored, change, now)]),
    )
    return change, done, envelope


def _told_after_all(
    connection: Transaction, stored: Stored, change: Change, now: datetime
) -> list[Alert]:
    """Return what leaves because a change opens again what had made it pointless."""
    return [
        Alert(
            rule=row.rule,
            cause=row.cause,
            leaves_at=now,
            addressees=(Addressee(Role(row.role), row.office),),
        )
        for row in resend.to_bring_back(connection, stored, change)
    ]


# Taking back -------------------------------------------------------------------------------------


def _taking_back(
    connection: Transaction, dossier: Dossier, action: Action, request: Request
) -> Request:
    """Return the request with the event that is meant, the last by default; or refuse."""
    ledgered = [*ledger.events(connection, stream_of(dossier.agreement.ref))]
    every = [*filter(_is_own, ledgered)]
    recorded = [event for event in every if event.changed_something]
    number = request.get("event")
    if number is None:
        found = next(undoable(dossier.agreement, recorded))  # where there is none it was refused
        if later := [e for e in every if e.seq > found.seq and not e.changed_something]:
            raise Refused(_only_told(later[-1], found))
    else:
        found = _named(dossier.agreement, recorded, number)
    later = [event for event in recorded if event.seq > found.seq]
    since = [event for event in ledgered if event.seq > found.seq]
    request = replace(request, undoes=found, later=later, since=since)
    if objections := action.refusals(dossier.agreement, request):
        raise Refused(*objections)
    return request


def _may_be_undone(connection: Transaction, agreement: Agreement) -> bool:
    """Tell whether anything can be taken back; of a ledger that cannot be read nobody knows."""
    with suppress(*DAMAGE):
        every = filter(_is_own, ledger.events(connection, stream_of(agreement.ref)))
        recorded = (event for event in every if event.changed_something)
        return any(True for _ in undoable(agreement, recorded))
    return True


def _named(agreement: Agreement, recorded: list[Event], number: int) -> Event:
    """Return the event of this number; Refused where none is there that changed something."""
    for event in recorded:
        if event.seq == number:
            return event
    remedy = say("See: looptijd history {ref}", ref=agreement.ref)
    raise Refused(
        say(
            "Event {seq} is not there, or cannot be taken back. {remedy}", seq=number, remedy=remedy
        )
    )


def _is_own(event: Event) -> bool:
    """Tell whether an operator recorded this, and not that another recording was taken back."""
    return event.action in ACTIONS and not ACTIONS[event.action].takes_back


def _only_told(last: Event, found: Event) -> Phrase:
    """Say that the last recording is none that can be taken back, and how one before it is."""
    return say(
        "The last recording, event {last}, changed nothing that could be taken back ({what})."
        " The one before it: {key}={seq}.",
        last=last.seq,
        what=ACTIONS[last.action].done,
        key=say("event"),
        seq=found.seq,
    )


def _mailed_since(connection: Transaction, ref: str, event: Event | None) -> Sequence[OutboxRow]:
    if event is None:
        return ()
    rows = queries.every(connection, status=MessageStatus.ACCEPTED, ref=ref)
    return [row for row in rows if row.accepted_at and row.accepted_at >= event.at]


def _reason(envelope: Envelope, reason: str | None, request: Request) -> str | None:
    """Keep why something was done: of a note its text, and what stands beside that."""
    text: Any = request.get("text")
    said = dict.fromkeys(filter(None, (text, reason)))
    return envelope.keep(" – ".join(said)) if said else None


def _refuse_contacts(facts: Mapping[str, str]) -> None:
    """Refuse a case owner whom mail cannot reach; behind a token nothing judges it."""
    given = {path: text for path, text in facts.items() if text not in {"", UNKNOWN}}
    if problems := [*contact_problems("case_owner", given)]:
        raise BadFacts(problems)


def _refuse_unknown_offices(connection: Transaction, facts: Mapping[str, str]) -> None:
    """Refuse an office that is not there: its mail would wait for somebody who never comes."""
    named = {p: key for p, key in facts.items() if pattern_at(Agreement, p) in OFFICE_FACTS}
    known = offices.every(connection) if named else {}
    if problems := [
        Problem(
            path=path,
            problem=say("there is no office “{key}”.", key=key),
            remedy=suggest(key, known),
        )
        for path, key in named.items()
        if key not in {"", UNKNOWN, *known}
    ]:
        raise BadFacts(problems)


def _refuse_gone_successor(connection: Transaction, agreement: Agreement, request: Request) -> None:
    """Refuse to go on in what was withdrawn or rejected: nothing would come of that decision."""
    if request.get("outcome") is not Continuation.CONTINUE:
        return
    named = request.get("successor") or agreement.successor
    if named and agreements.never_began(connection, [named]):
        raise Refused(
            say(
                "{ref} was withdrawn or rejected; name another successor with {key}=REF.",
                ref=named,
                key=say("successor"),
            )
        )


def alerted(dossier: Dossier, text: str) -> str:
    """Return the occurrence that is meant, by its name or in words; NotFound when there is none."""

    def called(name: str) -> tuple[Phrase, ...]:
        return occurrence_in_words(name), occurrence_in_words(name, dossier.agreement)

    found = word(text, dossier.recorded, called)
    if found is None:
        remedy = requests.alerts_told(dossier.agreement, dossier.recorded)
        raise NotFound(
            say("Nothing was alerted under “{name}”. {remedy}", name=text, remedy=remedy)
        )
    return found


def _register_successor(
    connection: Transaction, successor: Agreement, policy: Policy, now: datetime, by: str
) -> None:
    enter_alone(connection)
    if agreements.find(connection, successor.ref):
        raise Refused(
            say(
                "There is an agreement {ref} already; name the successor with {key}=REF.",
                ref=successor.ref,
                key=say("successor"),
            )
        )
    owner = successor.case_owner
    if owner and not ledger.opened(connection, [owner.email]):
        successor = replace(successor, case_owner=None)  # who was erased is not taken over
    envelope = Envelope()
    change = register(successor, policy, now, actor=envelope.keep(by))
    create(connection, [change], now)
    ledger.keep_private(connection, stream_of(successor.ref), envelope.privates)

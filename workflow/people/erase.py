"""Erasing: a person's contact data leaves the register; the dossiers and their chains stay."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from notifications.retry_policy import MessageStatus
from states.model.events import Change, Event, FactChange
from states.model.phrase import Phrase, Refusal, listed, say
from workflow.app.app import App, policy_and_today
from workflow.app.clock_guard import refuse_wrong_clock
from workflow.app.persistence import write
from workflow.engine.ledger import AGREEMENT, OFFICE, UnreadableEvent, owner_of
from workflow.engine.private_values import ERASE, ERASED, Envelope
from workflow.engine.requests import reason_of
from workflow.people.persons import Naming
from workflow.people.trace import Fate, MailTrace, Traces, resembling, still_named, trace
from workflow.store import agreements, erasure, ledger, offices, register
from workflow.store.agreements import Stored
from workflow.store.bulk import in_parts
from workflow.store.database import Transaction, attempt
from workflow.store.outbox.resend import change_waiting
from workflow.system.refusals import NotFound, Refused

log = logging.getLogger("looptijd")
MOST_NEAR = 5
NOT_REWRITTEN = say(
    "The file of the database could not be written anew, for it is in use or its disk is full, so"
    " it may still hold what was erased. Run looptijd erase again when it is quiet and there is"
    " room."
)


class Erased(Struct, frozen=True, kw_only=True):
    """What was erased: how many values, in how many streams of the ledger, and how many mails.

    `waiting` counts the mails that still name the person, because they are under way or in doubt;
    `stays_in` names the agreements and offices whose own facts still name the person: who attended,
    decided and signed, and texts; `like_it` the names that stay and may be the person's, written
    in another way.
    `rewritten` tells whether the database's file was written anew, so that nothing stays in it;
    `kept_outside` whether the state folder knows, so that a restored backup is erased as well.
    """

    streams: int
    values: int
    mails: int
    waiting: int
    stays_in: tuple[str, ...] = ()
    like_it: tuple[str, ...] = ()
    rewritten: bool = True
    kept_outside: bool = True


class Touched(Struct, frozen=True, kw_only=True):
    """What an erasure touches: agreements, offices, and how many mails that name the person.

    `left` are the offices that have no holder of their own today once this person is erased;
    `register` tells whether the history of the register itself names them.
    """

    refs: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    mails: int = 0
    register: bool = False


def touched_by(app: App, person: str) -> Touched:
    """Return what it would touch to erase a person; nothing is written."""
    with app.reading() as connection:
        traces = trace(connection, person.strip())
        if traces is None:
            return Touched()
        _, today = policy_and_today(connection, app)
        known = offices.every(connection)
    pairs = [owner_of(stream) for stream, changes in traces.changes.items() if changes]
    keys = tuple(name for kind, name in pairs if kind == OFFICE)
    held = {key: known[key].holder_on(today) for key in keys if key in known}
    return Touched(
        refs=tuple(name for kind, name in pairs if kind == AGREEMENT),
        offices=keys,
        left=tuple(key for key, own in held.items() if own and own.name in traces.tokens),
        mails=sum(item.fate is not None for item in traces.mails),
        register=any(kind == register.STREAM for kind, _ in pairs),
    )


def erase(app: App, person: str, *, by: str, reason: str) -> Erased:
    """Erase everything that is kept of a person, by name or address, but for the dossier itself.

    Raises:
        NotFound: nothing is kept under that name or address; nobody else is named.
        Refusal: the reason, or who says so, names the person; the clock jumped.
    """
    why = reason_of(reason)
    if not person.strip() or why is None:
        raise Refusal(say("Give a name or an e-mail address, and a reason."))
    with app.writing() as connection:
        register.work_alone(connection)
        refuse_wrong_clock(connection, app, app.clock.now())
        done = None
        if traces := trace(connection, person.strip()):
            # Before the commit: after it nobody finds any more whom the folder would have to know,
            # and a database that goes away would leave it untold that somebody is erased.
            done = replace(
                _erase(connection, app, traces, by, why),
                stays_in=still_named(connection, traces.naming),
                like_it=_like_it(connection, person),
                kept_outside=_kept_outside(app, register.read(connection).uid, traces),
            )
    rewritten = erasure.compact(app.database)
    if done is None:
        raise NotFound(*_why_nothing(app, person), *(() if rewritten else (NOT_REWRITTEN,)))
    return replace(done, rewritten=rewritten)


def where_it_stays(stays_in: Iterable[str]) -> Phrase:
    """Return that the dossiers of these agreements, or these offices, go on naming the person."""
    return say(
        "The name or address still stands in: {names}. A dossier keeps who attended, decided and"
        " signed, and texts as they were entered.",
        names=listed(stays_in),
    )


def _why_nothing(app: App, person: str) -> Iterator[Phrase]:
    """Yield why, and which names are like it: who gave a part of a name can give the whole."""
    with app.reading() as connection:
        stays_in = still_named(connection, Naming([person]))
        near = _like_it(connection, person)
    if stays_in:
        yield say("Nothing under this name or address can be erased.")
        yield where_it_stays(stays_in)
    else:
        yield say("Nothing is kept under this name or address.")
    if near:
        yield names_like_it(near)


def names_like_it(names: Iterable[str]) -> Phrase:
    """Return which names, or addresses that hold what was typed, are like it."""
    return say("Names that are like it: {names}.", names=", ".join(names))


def _like_it(connection: Transaction, person: str) -> tuple[str, ...]:
    return tuple(sorted(resembling(connection, person.strip()))[:MOST_NEAR])


def _kept_outside(app: App, uid: str, traces: Traces) -> bool:
    try:
        app.state.note_erased(uid, sorted(traces.naming_tokens))
    except OSError:
        return False
    return True


def erase_again(
    connection: Transaction, app: App, tokens: Sequence[str], *, by: str, reason: str
) -> tuple[int, int]:
    """Erase in a restored register who was erased after it was backed up.

    A name or an address takes what names it along; of who was but an actor or a part of one, what
    else named them is found by its own token. Return how many texts that took, and how many stay
    because something that holds them cannot be read: it keeps nothing else from being adopted.
    """
    erased, found = 0, ledger.opened(connection, tokens)
    stay: set[str] = set()
    for token in sorted(found, key=lambda token: (len(found[token]), token)):
        try:
            with attempt(connection):
                if ledger.kept(connection, [token]) and (traces := trace(connection, found[token])):
                    _erase(connection, app, traces, by, reason)
                    erased += 1
        except (Refused, UnreadableEvent):
            stay.add(found[token])
    return erased, len(stay)


def _erase(connection: Transaction, app: App, traces: Traces, by: str, reason: str) -> Erased:
    now = app.clock.now()
    _refuse_naming(traces, by, reason)
    erasure.erase(connection, traces.tokens)
    texts = [(stream, changes) for stream, changes in traces.changes.items() if changes]
    for some in in_parts(texts):
        _record(connection, some, now, by, reason)
    mark = app.language.say(ERASED)
    waiting = sum(not _is_wiped(connection, item, traces.naming, mark) for item in traces.mails)
    register.raise_high_water(connection, now)
    done = Erased(
        streams=len(texts),
        values=len(traces.tokens),
        mails=sum(item.fate is not None for item in traces.mails) - waiting,
        waiting=waiting,
    )
    log.info(ERASE, extra={"values": done.values, "mails": done.mails, "waiting": waiting})
    return done


def _refuse_naming(traces: Traces, by: str, reason: str) -> None:
    named = [
        say("{key} names who is erased: write it without the name and the address.", key=key)
        for key, text in (("--by", by), ("--reason", reason))
        if traces.naming.is_in(text)
    ]
    if named:
        raise Refusal(*named)


# The ledger --------------------------------------------------------------------------------------


def _record(
    connection: Transaction,
    texts: Sequence[tuple[str, tuple[FactChange, ...]]],
    now: datetime,
    by: str,
    reason: str,
) -> None:
    """Append to each stream one event that names what was erased there, and changes nothing."""
    pairs: list[tuple[Stored, Change]] = []
    for stream, changes in texts:
        envelope = Envelope()
        who = {"actor": envelope.keep(by), "reason": envelope.keep(reason)}
        parts: dict[str, Any] = {"action": ERASE, "at": now, "changes": changes, **who}
        kind, name = owner_of(stream)
        if kind == register.STREAM:
            register.note(connection, **parts)
        elif kind == OFFICE:
            offices.note(connection, name, **parts)
        else:
            pairs.append(_noted(connection, name, parts))
        ledger.keep_private(connection, stream, envelope.privates)
    write(connection, pairs, now)


def _noted(connection: Transaction, ref: str, parts: dict[str, Any]) -> tuple[Stored, Change]:
    """Return an agreement with an event that changes nothing and that fires nothing.

    One that failed fails no more by this, so it is tried again at once.
    """
    stored = agreements.find(connection, ref, lock=True)
    if not isinstance(stored, Stored):
        raise Refused(
            say("{ref} cannot be read, so nothing was erased. See: looptijd doctor", ref=ref)
        )
    agreement, seq = stored.dossier.agreement, stored.dossier.seq + 1
    stage, ending = agreement.stage, agreement.ending
    event = Event(seq=seq, stage_before=stage, stage=stage, ending=ending, **parts)
    change = Change(
        dossier=replace(stored.dossier, seq=seq),
        events=(event,),
        alerts=(),
        next_alert_at=parts["at"] if stored.failures else stored.next_alert_at,
    )
    return stored, change


# Mail --------------------------------------------------------------------------------------------

WIPED = {"content": None, "address": None, "in_doubt": False, "doubts": 0}
QUEUED = {"status": MessageStatus.QUEUED.value, "subject": None}
CHANGES: Mapping[Fate | None, Mapping[str, Any]] = {
    Fate.WIPED: WIPED,
    Fate.COMPOSED_ANEW: {**WIPED, **QUEUED},
}


def _is_wiped(connection: Transaction, item: MailTrace, naming: Naming, mark: str) -> bool:
    """Erase what one mail says, and what the relay answered; False while it has to stay."""
    texts = {name: naming.without(text, mark) for name, text in item.texts.items()}
    # What the relay answered goes also while it is being sent: the next answer follows.
    written = bool(texts) and change_waiting(connection, item.id, [item.status], **texts)
    if values := CHANGES.get(item.fate):
        written = change_waiting(connection, item.id, [item.status], **values)
    return item.fate is None or (written and item.fate is not Fate.KEPT)

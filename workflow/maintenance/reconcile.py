"""Reconciling: once a day each agreement and office is held against its ledger, and mended.

What a tick fails of is held against it at once.

The ledger is what happened; state, records and the next look are folds of it. Where they differ and
the ledger's chain is whole, they are written anew from it, with an event that says what differed.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from states.model.events import ENGINE, Event
from states.model.phrase import Phrase, listed, say
from workflow.app.app import App, policy_of
from workflow.app.incidents import report
from workflow.engine.deadlines import asked_again
from workflow.engine.engine import as_demanded
from workflow.engine.event_words import RECONCILE
from workflow.engine.ledger import OFFICE, office_stream, owner_of, stream_in_words
from workflow.maintenance.compare import as_the_ledger_says, compare, read_stream
from workflow.maintenance.verify import beyond_agreements, office_differs, reached
from workflow.store import agreements, ledger, offices, register
from workflow.store.database import Transaction, attempt, is_away

log = logging.getLogger("looptijd")
ONCE_IN = timedelta(hours=20)
NAMED_AT_MOST = 5


class Reconciler(Struct):
    """One pass over the register, some hundreds of agreements at a time, between ticks."""

    after: str = ""
    """The last that was looked at in a pass that is under way."""
    left: list[str] = []
    """What differs and was not mended in this pass."""
    mended: set[str] = set()
    """What was mended and is not told yet."""

    def step(self, app: App) -> None:
        """Look at the next agreements, if a pass is due, and mend what can be.

        Looking takes no lock. What differs is judged again under the lock before it is mended. The
        same ones are looked at again where the database went before all of them were.
        """
        found = self._look(app)
        suspects, last = found or ((), None)
        left = self._mend_each(app, suspects)
        if self.mended or left:
            _tell(app, sorted(self.mended), left)
            self.mended.clear()
        if found is None:
            self.after, self.left = "", []
            return
        self.left += left
        if last is None:
            self._end(app)
            self.left = []
        self.after = last or ""

    def look_at_failing(self, app: App) -> None:
        """Mend what just failed, if damage is why: its alerts wait for it.

        What failed a few times is looked at again: who noted the first may have gone before it
        looked. It is told by itself: somebody may damage one, and another later that day.
        """
        now = app.clock.now()
        with app.reading() as connection:
            policy, latest = policy_of(connection), reached(connection, app)
            suspects = [
                str(item.ref)
                for batch in agreements.failed_lately(connection)
                for item, found in compare(connection, batch, policy, latest)
                if found.differs
            ]
        self._mend_each(app, suspects)
        if names := sorted(self.mended):
            with app.writing() as connection:
                report(connection, app, f"mended:{names[0]}", _mended(names), now)
            self.mended.clear()

    def whole_pass(self, app: App) -> None:
        """Do a whole pass, if one is due."""
        self.step(app)
        while self.after:
            self.step(app)

    def _look(self, app: App) -> tuple[list[str], str | None] | None:
        """Return which of the next agreements differ, and the last of them, if one is left.

        None when no pass is due.
        """
        now = app.clock.now()
        with app.reading() as connection:
            last = register.read(connection).reconciled_at
            if last is not None and timedelta() <= now - last < ONCE_IN:
                return None
            batch, latest = agreements.some_after(connection, self.after), reached(connection, app)
            compared = list(compare(connection, batch, policy_of(connection), latest))
            gone = [] if batch else agreements.gone(connection)
        damaged = (item.ref for item, found in compared if found.is_damaged)
        suspects = [*map(str, damaged), *gone]  # what is no text is named as well
        return suspects, batch[-1].ref if batch else None

    def _mend_each(self, app: App, suspects: Sequence[str]) -> list[str]:
        """Mend what can be, which is told also where the database goes first; return the others.

        It may go when all is written, and not say so: nothing would differ any more. Or it took
        all back; so what is not told yet is mended if it still differs.
        """
        left = list[str]()
        for ref in dict.fromkeys([*suspects, *self.mended]):
            with app.writing() as connection:
                latest = reached(connection, app)
                is_mended = _mend(connection, app, ref, latest) or ref in self.mended
                (self.mended.add if is_mended else left.append)(ref)
        return left

    def _end(self, app: App) -> None:
        """Record that every agreement was looked at, and for `doctor` which were not mended."""
        now = app.clock.now()
        _mend_offices(app, now)
        with app.reading() as connection:
            found = beyond_agreements(connection, reached(connection, app), {})
            names = sorted({name for name, _ in found})
            # Where something is left to mend they may be all that is left of one.
            ownerless = () if self.left else agreements.ownerless(connection)
        with app.writing() as connection:
            if ownerless:
                agreements.remove_ownerless(connection, ownerless)
            register.change(connection, reconciled_at=now)
            if self.left or RECONCILE in register.work_done(connection):
                said = ", ".join(self.left) or None
                register.beat(connection, f"{register.WORK}{RECONCILE}", now, said)
            if names:
                report(connection, app, "damaged:beyond", not_mended(names), now)
        self.after, self.left = "", []


# Mending -----------------------------------------------------------------------------------------


def _mend(connection: Transaction, app: App, ref: str, latest: datetime) -> bool:
    """Mend one agreement if it can be; what goes wrong with it holds up no other, and is told."""
    try:
        with attempt(connection) as mending:
            is_mended = _written_anew(connection, app, ref, latest)
            if not is_mended:
                mending.rollback()
    except Exception as error:
        if is_away(error):
            raise
        log.exception("mending_failed", extra={"ref": ref})
        return False
    return is_mended


def mend_all(connection: Transaction, app: App) -> list[str]:
    """Mend what can be of all agreements and offices, in one transaction; return what was.

    Who adopts asks for it: the reconciler waits for that, and what fires must not come from rows
    that the ledger contradicts.
    """
    policy, now = policy_of(connection), app.clock.now()
    differing = [
        item.ref
        for batch in agreements.batches(connection)
        for item, found in compare(connection, batch, policy, now)
        if found.differs
    ]
    refs = [*differing, *agreements.gone(connection)]
    mended = [ref for ref in refs if _mend(connection, app, ref, now)]
    return [*mended, *_write_offices_anew(connection, app, now)]


def _written_anew(connection: Transaction, app: App, ref: str, latest: datetime) -> bool:
    """Write an agreement anew from its ledger, with an event; False when it is not to be mended.

    It is judged at the latest moment that there was: a clock that went back a little holds nothing.
    """
    policy = policy_of(connection)
    item, now = agreements.locked(connection, ref), app.clock.now()
    ((_, found),) = compare(connection, [item], policy, latest)
    dossier = as_the_ledger_says(found)
    if dossier is None or not found.differs:
        return False
    stored = agreements.write_anew(connection, item, dossier, found.head)
    again = asked_again(dossier.agreement, dossier.recorded, policy, policy.day_of(now))
    recorded = {name: it for name, it in dossier.recorded.items() if name not in again}
    stage = dossier.agreement.stage
    event = Event(
        seq=dossier.seq + 1,
        at=now,
        actor=ENGINE,
        action=RECONCILE,
        stage_before=stage,
        stage=stage,
        ending=dossier.agreement.ending,
        reason="; ".join(map(app.language.say, found.differs)),
        reopened=again,
    )
    mended = replace(dossier, seq=event.seq, recorded=recorded)
    # Of what is due already the facts decide: a plan does not know what goes unsaid.
    change = replace(as_demanded(mended, policy, now), events=(event,), plan=None)
    agreements.save(connection, [(stored, change)])
    return True


def _mend_offices(app: App, now: datetime) -> None:
    """Write each office anew of which the row is not what its ledger says, and tell it."""
    with app.reading() as connection:
        if not [*_differing(connection)]:
            return
    with app.writing() as connection:
        if names := _write_offices_anew(connection, app, now):
            report(connection, app, "mended:offices", _mended(names), now)


def _write_offices_anew(connection: Transaction, app: App, now: datetime) -> list[str]:
    differing = dict(_differing(connection))
    for key, what in differing.items():
        reason = "; ".join(map(app.language.say, what))
        offices.note(connection, key, at=now, actor=ENGINE, action=RECONCILE, reason=reason)
    return [*map(office_stream, differing)]


def _differing(connection: Transaction) -> Iterator[tuple[str, list[Phrase]]]:
    """Yield each office whose row differs from its ledger or is gone, where the ledger is whole."""
    rows = offices.kept(connection)
    for stream in ledger.streams(connection):
        kind, key = owner_of(stream)
        if kind == OFFICE:
            found = read_stream(connection, stream)
            what = [] if found.broken else [*office_differs(found, rows.get(key))]
            if what:
                yield key, what


# Telling -----------------------------------------------------------------------------------------


def _tell(app: App, mended: Sequence[str], left: Sequence[str]) -> None:
    """Report what was found, as one incident: mended by itself, or waiting for somebody."""
    with app.writing() as connection:
        if mended:
            tell_mended(connection, app, mended)
        if left:
            report(connection, app, "damaged", not_mended(left), app.clock.now())


def tell_mended(connection: Transaction, app: App, names: Sequence[str]) -> None:
    """Report which agreements and offices were written anew."""
    report(connection, app, "mended", _mended(names), app.clock.now())


def _mended(names: Sequence[str]) -> Phrase:
    return say(
        "Mended from the ledger, for the register differed from it ({count}): {refs}."
        " Find out who changed the database: looptijd history REF, or looptijd office history"
        " KEY",
        count=len(names),
        refs=listed(map(stream_in_words, names[:NAMED_AT_MOST])),
    )


def not_mended(names: Sequence[str]) -> Phrase:
    """Say of which names the register differs from the ledger without a remedy."""
    return say(
        "The register differs from the ledger and cannot be mended from it ({count}): {refs}."
        " See: looptijd verify",
        count=len(names),
        refs=listed(map(stream_in_words, names[:NAMED_AT_MOST])),
    )

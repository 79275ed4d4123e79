"""Delivering: rows of the outbox are leased, composed, handed over and settled, many at once."""

import logging
import uuid
from collections import deque
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby, islice
from typing import Any

from msgspec.structs import replace

from notifications.directory import DirectoryTransport
from notifications.retry_policy import Circuit, MessageStatus
from notifications.smtp import SmtpTransport
from notifications.transport import Lease, Outcome, Parcel, Transport, Verdict, Work
from states.model.phrase import say
from workflow.app.app import OF_A_COPY, App, why_held
from workflow.app.clock_guard import jump_of
from workflow.app.incidents import report
from workflow.mail.catch_up import CATCH_UP, LateByRecipient, lease_late, prepare_catch_up
from workflow.mail.compose import report_template, worded
from workflow.mail.drafts import Draft, by_agreement, prepare, words_of
from workflow.mail.outcomes import Attempt, settle
from workflow.mail.overviews import prepare_overview
from workflow.store import register
from workflow.store.database import Unavailable, is_away
from workflow.store.outbox import leases
from workflow.store.outbox.messages import OutboxRow
from workflow.system.refusals import what_failed

log = logging.getLogger("looptijd")
AHEAD = 16  # mails that are leased and composed together, besides one for each connection
DRAFT_HOLDS = timedelta(minutes=10)  # behind a slow relay reader and truth are asked anew
COUNTED = ("accepted", "retry", "unknown", "refused")


def transport_of(app: App) -> Transport:
    """Return the transport that the configuration names."""
    mail = app.settings.mail
    if mail.transport == "directory":
        return DirectoryTransport(app.configuration.path(mail.directory))
    return SmtpTransport(
        host=mail.host,
        port=mail.port,
        tls=mail.tls,
        username=mail.username,
        password=app.configuration.mail_password,
        connections=mail.connections,
    )


class Outbox:
    """One daemon's mail: what it holds under lease, and what it knows of its relay."""

    def __init__(self, app: App, *, gathers: bool = True) -> None:
        """Begin with a closed circuit and nothing under lease; `gathers` what is late into one."""
        self.app = app
        self.gathers = gathers
        self.circuit = Circuit()
        self.ready: deque[Draft] = deque()
        self.unsent: dict[Lease, Parcel] = {}
        """What a transport was given whose body may not leave yet."""
        self.gathered = LateByRecipient()
        self.words: dict[Lease, dict[str, Any]] = {}
        """What was composed and not written yet, by lease."""
        self.ended: list[Attempt] = []
        self.keeps = False
        """Whether the database did not take how some mails ended."""
        self.unsure: list[str] = []
        """Leases of which the database went before it said that they stand; nothing was sent."""
        self.counts = dict.fromkeys(COUNTED, 0)

    def deliver(self, transport: Transport, stopping: Callable[[], bool]) -> dict[str, int]:
        """Hand over what waits until nothing does; returns how the attempts ended."""
        self.counts = dict.fromkeys(COUNTED, 0)
        self.gathered.clear()
        self._put_in_order()
        with self.app.reading() as connection:
            waits = leases.anything_waiting(connection, self.app.clock.now())
            has_work = waits and why_held(connection, self.app) not in OF_A_COPY
        if has_work:
            try:
                transport.run(self.work, stopping)
            finally:
                self._put_in_order()
        return self.counts

    # What a transport asks -----------------------------------------------------------------------

    def lease(self) -> Parcel | None:
        """Return the next mail, or None when none waits or the relay is given time."""
        now = self.app.clock.now()
        if self.keeps:
            self.commit(())
        while self.circuit.admits(now) and (self.ready or self._lease_more(now)):
            draft = self._first_admitted(now)
            if draft and (parcel := self._composed(draft, now)):
                self.unsent[parcel.held] = parcel
                return parcel
        return None

    def hear(self, parcel: Parcel, outcome: Outcome) -> None:
        """Take what became of a mail; it is committed with the next commit that succeeds."""
        now, before = self.app.clock.now(), self.circuit
        self.circuit = before.heard(outcome, address=parcel.recipient, now=now)
        opened = self.circuit.opened_since(before)
        attempt = Attempt(
            parcel=parcel, outcome=outcome, at=now, circuit=self.circuit, opened=opened
        )
        self.ended.append(attempt)
        self.unsent.pop(attempt.held, None)

    def commit(self, bodies: Sequence[Parcel]) -> Collection[Lease]:
        """Commit that these bodies go out now, with what ended; return which may go.

        What cannot be committed is not sent, so those mails are ready to go as before; and how
        mails ended is kept until the database is there again.
        """
        try:
            return self._commit(bodies, list(self.ended))
        except Exception as error:
            if is_away(error):
                self._say_unsettled(error)
                self.ready.extendleft(Draft(parcel) for parcel in reversed(bodies))
                if bodies:
                    raise
                return ()
            self._settle_one_by_one()
            return {held for body in bodies for held in self._doubted_alone(body)}

    def prepare(self) -> bool:
        """Lease or compose for the connections that will be free next; False: all is ready."""
        now, wanted = self.app.clock.now(), self.app.settings.mail.connections
        for place, draft in enumerate(islice(self.ready, wanted)):
            if draft.mail:
                del self.ready[place]
                if parcel := self._composed(draft, now):
                    self.ready.insert(place, Draft(parcel))
                return True
        return len(self.ready) < wanted and self.circuit.admits(now) and self._lease_more(now)

    @property
    def work(self) -> Work:
        """Return these calls, as a transport takes them."""
        return Work(lease=self.lease, hear=self.hear, commit=self.commit, prepare=self.prepare)

    # Committing ----------------------------------------------------------------------------------

    def _commit(self, bodies: Sequence[Parcel], attempts: Sequence[Attempt]) -> Collection[Lease]:
        granted: Collection[Lease] = ()
        begun = [parcel.held for parcel in bodies]
        held = {*begun, *(attempt.held for attempt in attempts)} & self.words.keys()
        with self.app.writing() as connection:
            if any(attempt.outcome.verdict is Verdict.REFUSED for attempt in attempts):
                register.work_beside_others(connection)  # the next reader is asked for, as below
            leases.write_all(connection, [self.words[one] for one in sorted(held)])
            settled = settle(connection, self.app, attempts) if attempts else ()
            if begun:
                granted = leases.mark_body_sent(connection, begun, self.app.clock.now())
        self.ended = [attempt for attempt in self.ended if attempt not in attempts]
        self.keeps = self.keeps and bool(self.ended)
        for one in held:
            del self.words[one]
        for one in begun:
            self.unsent.pop(one, None)
        for attempt, status in settled:
            self._count(status, attempt)
        return granted

    def _doubted_alone(self, body: Parcel) -> Collection[Lease]:
        try:
            return self._commit([body], [])
        except Exception as error:  # noqa: BLE001 - whatever one mail raises stays with it
            self.words.pop(body.held, None)
            with suppress(Unavailable):  # then it is given back, and those before it leave
                if not is_away(error):
                    self._postpone([body.held], self.app.clock.now(), error)
            return ()

    def _settle_one_by_one(self) -> None:
        """Commit how each mail ended, so that only what the database does not take is kept."""
        for attempt in list(self.ended):
            try:
                self._commit((), [attempt])
            except Exception as error:  # noqa: BLE001 - told; whatever one mail raises stays with it
                self._say_unsettled(error)

    def _say_unsettled(self, error: Exception) -> None:
        self.keeps = bool(self.ended)
        for attempt in self.ended:
            extra = {"mail": attempt.parcel.id, "reason": what_failed(error)}
            log.error("settling_failed", extra=extra)

    # Leasing -------------------------------------------------------------------------------------

    def _lease_more(self, now: datetime) -> bool:
        token = uuid.uuid4().hex
        try:
            rows = self._leased(token, now)
            self.ready.extend(self._drafted(rows, now) if rows else ())
        except Unavailable:
            self.unsure.append(token)
            self.gathered.clear()  # whom it was taken for is not told yet
            raise
        return bool(rows)

    def _leased(self, token: str, now: datetime) -> Sequence[OutboxRow]:
        with self.app.writing() as connection:
            held = why_held(connection, self.app)
            row = register.read(connection)
            if held in OF_A_COPY or (not held and jump_of(row, now, self.app)):
                return ()  # by a clock that jumped nothing leaves; the next tick holds it
            register.work_beside_others(connection)  # who is being erased is not taken for a reader
            leases.reclaim(connection, now)
            if held:
                return leases.lease_of_operator(connection, now, token)
            most = AHEAD + self.app.settings.mail.connections
            rows = leases.lease(connection, now, token, most=most, spares_late=self.gathers)
            if not rows and self.gathers:
                rows = lease_late(connection, self.app, now, token, self.gathered)
            return rows

    def _drafted(self, rows: Sequence[OutboxRow], now: datetime) -> list[Draft]:
        """Draft in a transaction of its own; what fails holds up its own rows only."""
        try:
            if rows[0].is_overview and not rows[0].doubts:
                prepares = prepare_catch_up if rows[0].rule == CATCH_UP else prepare_overview
                return prepares(self.app, rows[0], now)
            with self.app.writing() as connection:
                return prepare(connection, self.app, rows, now)
        except Exception as error:
            if is_away(error):
                raise
            if len(several := by_agreement(rows)) > 1:
                return [draft for group in several for draft in self._drafted(group, now)]
            self._postpone([row.held for row in rows], now, error)
            return []

    def _composed(self, draft: Draft, now: datetime) -> Parcel | None:
        """Compose a mail whose turn has come; the next commit about it writes its words."""
        parcel, mail = draft.parcel, draft.mail
        if mail is None:
            return parcel
        self.unsent[parcel.held] = parcel  # it goes back where the database is away by now
        composed = None
        try:
            composed, wrong = worded(self.app, mail)
        except Exception as error:  # noqa: BLE001 - told; the other mails go on
            self._postpone([parcel.held], now, error)
        else:
            if wrong:
                with self.app.writing() as connection:
                    report_template(connection, self.app, wrong, now)
            self.words[parcel.held] = words_of(parcel, composed)
        del self.unsent[parcel.held]
        return replace(parcel, content=composed.content) if composed else None

    def _postpone(self, held: Sequence[Lease], now: datetime, error: Exception) -> None:
        number, what = held[0][0], what_failed(error)
        log.error("composing_failed", extra={"mail": number}, exc_info=error)
        with self.app.writing() as connection:
            leases.postpone(connection, held, now, what)
            sentence = say("Mail {number} cannot be composed: {e}", number=number, e=what)
            report(connection, self.app, "composing", sentence, now)

    def _first_admitted(self, now: datetime) -> Draft | None:
        """Take the next that is ready; what is given time, or waited long, goes back."""
        while self.ready:
            draft = self.ready[0]
            later = self._has_to_wait_until(draft.parcel, now)
            if later:
                self._put_back([draft.parcel], later)
            self.ready.popleft()
            if later is None:
                return draft
        return None

    def _has_to_wait_until(self, parcel: Parcel, now: datetime) -> datetime | None:
        """Return when a mail is leased anew because it cannot go as it was drafted; or None."""
        if not self.circuit.admits(now, parcel.recipient):
            return self.circuit.probe_at or now
        is_fresh = parcel.drafted_at is None or now - parcel.drafted_at <= DRAFT_HOLDS
        return None if is_fresh else _since(parcel, now)

    # Putting in order ----------------------------------------------------------------------------

    def _put_in_order(self) -> None:
        """Commit what has ended, and return what was leased and not sent."""
        if self.ended:
            self.commit(())
        while self.unsure:
            with self.app.writing() as connection:
                leases.release_lease(connection, self.unsure[0], self.app.clock.now())
            self.unsure.pop(0)
        since = partial(_since, now=self.app.clock.now())
        ready = [*self.unsent.values(), *(draft.parcel for draft in self.ready)]
        for moment, parcels in groupby(sorted(ready, key=since), key=since):
            self._put_back(list(parcels), moment)
        self.ready.clear()
        self.unsent.clear()

    def _put_back(self, parcels: Sequence[Parcel], next_attempt_at: datetime) -> None:
        held = [parcel.held for parcel in parcels]
        with self.app.writing() as connection:
            leases.release(connection, held, next_attempt_at)
        for one in held:
            self.words.pop(one, None)

    def _count(self, status: MessageStatus, attempt: Attempt) -> None:
        name = "retry" if status == MessageStatus.QUEUED else status.value
        self.counts[name if name in self.counts else "refused"] += 1
        sentence = {"mail": attempt.parcel.id, "reply": attempt.outcome.reply}
        log.info("mail_%s", status.value, extra=sentence)


def _since(parcel: Parcel, now: datetime) -> datetime:
    """Return when it waited before it was leased: `doctor` sees how long, and the order stays."""
    return min(parcel.waits_since or now, now)

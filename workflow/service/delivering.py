"""Delivering: rows of the outbox are leased, composed, handed over and settled, one by one."""

import logging
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from notifications.directory import DirectoryTransport
from notifications.outbox import Circuit, MessageStatus
from notifications.smtp import SmtpTransport
from notifications.transport import Outcome, Parcel, Transport, Work
from states.phrase import say
from workflow.database import Unavailable
from workflow.service.catching_up import CATCH_UP, lease_late, prepare_catch_up
from workflow.service.house import House, is_held
from workflow.service.incidents import report
from workflow.service.overviews import prepare_overview
from workflow.service.posting import prepare
from workflow.service.settling import Attempt, commit
from workflow.store import messages

log = logging.getLogger("looptijd")
SILENT = frozenset({"installation", "restored"})  # not even the operator is told by mail
COUNTED = ("accepted", "retry", "unknown", "refused")


def transport_of(house: House) -> Transport:
    """Return the transport that the configuration names."""
    mail = house.settings.mail
    if mail.transport == "directory":
        return DirectoryTransport(house.configuration.path(mail.directory))
    return SmtpTransport(
        host=mail.host,
        port=mail.port,
        tls=mail.tls,
        username=mail.username,
        password=house.configuration.mail_password,
        connections=mail.connections,
    )


class Post:
    """One daemon's mail: what it holds under lease, and what it knows of its relay."""

    def __init__(self, house: House, *, gathers: bool = True) -> None:
        """Begin with a closed circuit and nothing under lease; `gathers` what is late into one."""
        self.house = house
        self.gathers = gathers
        self.circuit = Circuit()
        self.ready: deque[Parcel] = deque()
        self.ended: deque[Attempt] = deque()
        self.unsure: list[str] = []
        """Leases of which the database went before it said that they stand; nothing was sent."""
        self.counts = dict.fromkeys(COUNTED, 0)

    def deliver(self, transport: Transport, stopping: Callable[[], bool]) -> dict[str, int]:
        """Hand over what waits until nothing does; returns how the attempts ended."""
        self.counts = dict.fromkeys(COUNTED, 0)
        self._put_in_order()
        if self._has_work():
            try:
                work = Work(lease=self.lease, doubt=self.doubt, settle=self.settle)
                transport.run(work, stopping)
            finally:
                self._put_in_order()
        return self.counts

    def _has_work(self) -> bool:
        with self.house.reading() as connection:
            waits = messages.anything_waiting(connection, self.house.clock.now())
            return waits and is_held(connection, self.house) not in SILENT

    # The three calls of a transport --------------------------------------------------------------

    def lease(self) -> Parcel | None:
        """Return the next mail, or None when none waits or the relay is given time."""
        now = self.house.clock.now()
        self._settle_ended()
        while self.circuit.admits(now) and (self.ready or self._lease_next(now)):
            if parcel := self._first_admitted(now):
                return parcel
        return None

    def doubt(self, parcel: Parcel) -> bool:
        """Commit that the body goes out now; False when the lease was lost.

        What cannot be committed is not sent, so the mail is ready to go as before.
        """
        try:
            with self.house.writing() as connection:
                now = self.house.clock.now()
                return messages.doubt(connection, parcel.id, parcel.token, now)
        except Unavailable:
            self.ready.append(parcel)
            raise

    def settle(self, parcel: Parcel, outcome: Outcome) -> None:
        """Commit what became of a mail, or keep it until the database is there again."""
        now, before = self.house.clock.now(), self.circuit
        self.circuit = before.heard(outcome, address=parcel.recipient, now=now)
        opened = self.circuit.opened_since(before)
        attempt = Attempt(
            parcel=parcel, outcome=outcome, at=now, circuit=self.circuit, opened=opened
        )
        self.ended.append(attempt)
        self._settle_ended()

    # Leasing -------------------------------------------------------------------------------------

    def _lease_next(self, now: datetime) -> bool:
        token = uuid.uuid4().hex
        try:
            rows = self._leased(token, now)
            self.ready.extend(self._composed(rows, token, now) if rows else ())
        except Unavailable:
            self.unsure.append(token)
            raise
        return bool(rows)

    def _leased(self, token: str, now: datetime) -> Sequence[Any]:
        with self.house.writing() as connection:
            held = is_held(connection, self.house)
            if held in SILENT:
                return ()
            messages.release(connection, now)
            rows = messages.lease(
                connection, now, token, only_operator=held is not None, spares_late=self.gathers
            )
            if not rows and self.gathers and not held:
                rows = lease_late(connection, self.house, now, token)
            return rows

    def _composed(self, rows: Any, token: str, now: datetime) -> list[Parcel]:
        """Compose in a transaction of its own; words that fail hold up these rows only."""
        try:
            if messages.is_overview(rows[0]) and not rows[0].doubts:
                prepares = prepare_catch_up if rows[0].rule == CATCH_UP else prepare_overview
                return prepares(self.house, rows[0], token, now)
            with self.house.writing() as connection:
                return prepare(connection, self.house, rows, token, now)
        except Unavailable:
            raise
        except Exception as error:
            log.exception("composing_failed", extra={"mail": rows[0].id})
            with self.house.writing() as connection:
                messages.put_off(connection, token, now, repr(error))
                told = say(
                    "Mail {number} cannot be composed: {e}", number=rows[0].id, e=repr(error)
                )
                report(connection, self.house, "composing", told, now)
            return []

    def _first_admitted(self, now: datetime) -> Parcel | None:
        """Take the next that is ready; mail to an address that is given time goes back."""
        while self.ready:
            parcel = self.ready[0]
            admitted = self.circuit.admits(now, parcel.recipient)
            if not admitted:
                self._put_back(parcel, self.circuit.probe_at or now)
            self.ready.popleft()
            if admitted:
                return parcel
        return None

    # Putting in order ----------------------------------------------------------------------------

    def _put_in_order(self) -> None:
        """Commit what has ended, and return what was leased and not sent."""
        self._settle_ended()
        while self.unsure:
            with self.house.writing() as connection:
                messages.give_back_lease(connection, self.unsure[0], self.house.clock.now())
            self.unsure.pop(0)
        while self.ready:
            self._put_back(self.ready[0], self.house.clock.now())
            self.ready.popleft()

    def _put_back(self, parcel: Parcel, look_at: datetime) -> None:
        with self.house.writing() as connection:
            messages.give_back(connection, parcel.id, parcel.token, look_at)

    def _settle_ended(self) -> None:
        """Commit how attempts ended; what the database does not take now is kept and said."""
        while self.ended:
            attempt = self.ended.popleft()
            try:
                status = commit(self.house, attempt)
            except Unavailable as error:
                self.ended.append(attempt)
                told = {"mail": attempt.parcel.id, "reason": str(error)}
                log.error("settling_failed", extra=told)  # noqa: TRY400 - a sentence
                return
            if status:
                self._count(status, attempt)

    def _count(self, status: MessageStatus, attempt: Attempt) -> None:
        name = "retry" if status == MessageStatus.QUEUED else status.value
        self.counts[name if name in self.counts else "refused"] += 1
        told = {"mail": attempt.parcel.id, "reply": attempt.outcome.reply}
        log.info("mail_%s", status.value, extra=told)

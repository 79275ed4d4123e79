"""Delivering: rows of the outbox are leased, composed, handed over and settled, one by one."""

import logging
import random
import uuid
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

from notifications.directory import DirectoryTransport
from notifications.outbox import Circuit, MessageStatus, Settlement, after, waiting
from notifications.smtp import SmtpTransport
from notifications.transport import Outcome, Parcel, Transport, Verdict, Work
from states.change import Role
from states.phrase import say
from workflow.database import Transaction
from workflow.offices import chain, resolve
from workflow.service.house import House, is_held
from workflow.service.incidents import report
from workflow.service.overviews import prepare_overview
from workflow.service.posting import prepare
from workflow.store import messages, offices

log = logging.getLogger("looptijd")
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

    def __init__(self, house: House) -> None:
        """Begin with a closed circuit and nothing under lease."""
        self.house = house
        self.circuit = Circuit()
        self.ready: deque[Parcel] = deque()
        self.counts = dict.fromkeys(COUNTED, 0)

    def deliver(self, transport: Transport, stopping: Callable[[], bool]) -> dict[str, int]:
        """Hand over what waits until nothing does; returns how the attempts ended."""
        self.counts = dict.fromkeys(COUNTED, 0)
        if self._has_work():
            try:
                work = Work(lease=self.lease, doubt=self.doubt, settle=self.settle)
                transport.run(work, stopping)
            finally:
                self._give_back()
        return self.counts

    def _has_work(self) -> bool:
        with self.house.reading() as connection:
            waits = messages.anything_waiting(connection, self.house.clock.now())
            return waits and is_held(connection, self.house) != "installation"

    # The three calls of a transport --------------------------------------------------------------

    def lease(self) -> Parcel | None:
        """Return the next mail, or None when none waits or the relay is given time."""
        now = self.house.clock.now()
        while not self.ready and self.circuit.admits(now):
            if not self._lease_next(now):
                return None
        return self.ready.popleft() if self.ready and self.circuit.admits(now) else None

    def doubt(self, parcel: Parcel) -> bool:
        """Commit that the body goes out now; False when the lease was lost."""
        with self.house.writing() as connection:
            now = self.house.clock.now()
            return messages.doubt(connection, parcel.id, parcel.token, now)

    def settle(self, parcel: Parcel, outcome: Outcome) -> None:
        """Commit what became of a mail."""
        now, before = self.house.clock.now(), self.circuit
        self.circuit = before.heard(outcome, now=now)
        if self.circuit.opened_since(before):
            log.error("relay_at_fault", extra={"reply": outcome.reply})
        with self.house.writing() as connection:
            row = messages.leased(connection, parcel.id, parcel.token)
            if row is None:
                return  # the lease ended; whoever holds the row now decides about it
            settlement = self._settlement(row, outcome, now)
            self._write(connection, row, outcome, settlement, now)
            if settlement.to_next_in_chain:
                self._to_next_in_chain(connection, row, now)
        self._count(settlement, parcel, outcome)

    # Leasing -------------------------------------------------------------------------------------

    def _lease_next(self, now: datetime) -> bool:
        token = uuid.uuid4().hex
        with self.house.writing() as connection:
            held = is_held(connection, self.house)
            if held == "installation":
                return False
            messages.release(connection, now)
            rows = messages.lease(connection, now, token, only_operator=held is not None)
        if rows:
            self.ready.extend(self._composed(rows, token, now))
        return bool(rows)

    def _composed(self, rows: Any, token: str, now: datetime) -> list[Parcel]:
        """Compose in a transaction of its own; words that fail hold up these rows only."""
        try:
            if messages.is_overview(rows[0]) and not rows[0].doubts:
                return prepare_overview(self.house, rows[0], token, now)
            with self.house.writing() as connection:
                return prepare(connection, self.house, rows, token, now)
        except Exception as error:
            log.exception("composing_failed", extra={"mail": rows[0].id})
            with self.house.writing() as connection:
                messages.put_off(connection, token, now, repr(error))
                told = say(
                    "Mail {number} cannot be composed: {e}", number=rows[0].id, e=repr(error)
                )
                report(connection, self.house, "composing", told, now)
            return []

    def _give_back(self) -> None:
        """Return what was leased and not sent, when stopping or when the relay is away."""
        if not self.ready:
            return
        with self.house.writing() as connection:
            for parcel in self.ready:
                messages.give_back(connection, parcel.id, parcel.token, self.house.clock.now())
        self.ready.clear()

    # Settling ------------------------------------------------------------------------------------

    def _settlement(self, row: Any, outcome: Outcome, now: datetime) -> Settlement:
        if self.circuit.holds(outcome):
            return waiting(self.circuit, attempts=row.attempts)
        jitter = random.uniform(-1, 1)  # noqa: S311 - spreads load, guards nothing
        return after(outcome, attempts=row.attempts, doubts=row.doubts, now=now, jitter=jitter)

    def _write(
        self,
        connection: Transaction,
        row: Any,
        outcome: Outcome,
        settlement: Settlement,
        now: datetime,
    ) -> None:
        accepted, doubted = outcome.verdict is Verdict.ACCEPTED, outcome.verdict is Verdict.IN_DOUBT
        answered = row.in_doubt and not doubted  # the body went out, and the relay has answered
        messages.write(
            connection,
            row.id,
            row.lease,
            status=settlement.status.value,
            look_at=settlement.look_at,
            attempts=settlement.attempts,
            lease=None,
            in_doubt=False,
            doubts=row.doubts - answered,
            reply=outcome.reply,
            last_error=None if accepted else outcome.reply,
            accepted_at=now if accepted else None,
        )

    def _to_next_in_chain(self, connection: Transaction, row: Any, now: datetime) -> None:
        """Give the next office in the chain a row of its own, once; the refused row stays."""
        known = offices.reachable(connection)
        today = self.house.local(now).date()
        refused = resolve(known, row.office, today)
        if row.role == Role.CASE_OWNER or refused is None:
            return
        above = list(chain(known, refused[0].key))[1:]
        following = next((office for office in above if office.holder_on(today)), None)
        if following:
            messages.readdress(connection, row, following.key, now)

    def _count(self, settlement: Settlement, parcel: Parcel, outcome: Outcome) -> None:
        name = "retry" if settlement.status == MessageStatus.QUEUED else settlement.status.value
        self.counts[name if name in self.counts else "refused"] += 1
        told = {"mail": parcel.id, "reply": outcome.reply}
        log.info("mail_%s", settlement.status.value, extra=told)

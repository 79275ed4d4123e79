"""Workers that commit together: a commit costs about as much for sixteen mails as for one."""

import asyncio
from contextlib import suppress

from notifications.transport import Lease, Outcome, Parcel, Verdict, Work

PATIENCE = 0.02
"""Seconds that a commit waits for those who will ask for one soon."""

PAUSE = 0.001
"""Seconds in which the bodies leave that a commit has let go."""


class GroupCommit:
    """The workers' side of `Work`.

    A body waits until every worker that has leased a mail has asked whether its own may go, and no
    longer than a moment. An outcome waits for nobody: who is killed before it is committed makes a
    copy. What comes while one commit runs goes into the next.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self.is_empty = False
        """Whether a worker has found that no parcel waits: the others need not ask."""
        self._announcing: set[Lease] = set()
        self._asked: list[tuple[Parcel, asyncio.Future[bool]]] = []
        self._committing: asyncio.TimerHandle | None = None
        self._has_heard = False
        self._preparing = False

    def lease(self) -> Parcel | None:
        """Return the next parcel, or None when there is none now."""
        parcel = None if self.is_empty else self._work.lease()
        self.is_empty = parcel is None
        if parcel:
            self._announcing.add(parcel.held)
        if self._committing:  # it begins to wait now: leasing may have taken longer than that
            self._commit_later()
        return parcel

    async def mark_body_sent(self, parcel: Parcel) -> bool:
        """Return, when that is committed, whether the body may go; False: its lease was lost."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asked.append((parcel, answer))
        self._announcing.discard(parcel.held)
        if not self._announcing:
            self._commit()
        elif self._committing is None:
            self._commit_later()
        return await answer

    async def settle(self, parcel: Parcel, outcome: Outcome) -> None:
        """Commit an outcome before anything else is done, with those that have come by now."""
        self._work.hear(parcel, outcome)
        self._announcing.discard(parcel.held)
        self._has_heard = True
        await asyncio.sleep(0)  # others whose relay has answered speak first
        if self._has_heard:
            self._commit()
        if outcome.verdict is Verdict.REFUSED:  # the next in the chain gets its mail now
            self.is_empty = False

    def _commit_later(self) -> None:
        if self._committing:
            self._committing.cancel()
        self._committing = asyncio.get_running_loop().call_later(PATIENCE, self._commit)

    def _commit(self) -> None:
        if self._committing:
            self._committing.cancel()
        self._committing = None
        self._has_heard = False
        asked = [one for one in self._asked if not one[1].cancelled()]
        self._asked = []
        try:
            granted = self._work.commit([parcel for parcel, _ in asked])
        except Exception as error:  # noqa: BLE001 - each worker that asked ends with it
            for _, answer in asked:
                answer.set_exception(error)
        else:
            for parcel, answer in asked:
                answer.set_result(parcel.held in granted)
            if asked:
                self._prepare_later(PAUSE)

    def _prepare_later(self, seconds: float) -> None:
        if not self._preparing:
            self._preparing = True
            asyncio.get_running_loop().call_later(seconds, self._prepare)

    def _prepare(self) -> None:
        """Do a little, then let the workers have a turn."""
        self._preparing = False
        with suppress(Exception):  # whoever leases next meets it again
            if self._work.prepare():
                self._prepare_later(0)

"""Workers that commit together: what is asked for while one commit runs goes into the next."""

import asyncio
from collections.abc import Collection

from notifications.transport import Outcome, Parcel, Work


class Together:
    """The workers' side of `Work`: a commit costs as much for sixteen mails as for one."""

    def __init__(self, work: Work) -> None:
        """Begin with nothing to commit."""
        self._work = work
        self._asked: list[tuple[Parcel, asyncio.Future[bool]]] = []
        self._committing: asyncio.Task[None] | None = None

    def lease(self) -> Parcel | None:
        """Return the next parcel, or None when there is none now."""
        return self._work.lease()

    async def doubt(self, parcel: Parcel) -> bool:
        """Return, when that is committed, whether the body may go; False: its lease was lost."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asked.append((parcel, answer))
        self._wake()
        return await answer

    def settle(self, parcel: Parcel, outcome: Outcome) -> None:
        """Let an outcome count at once; it is committed soon."""
        self._work.hear(parcel, outcome)
        self._wake()

    async def ended(self) -> None:
        """Wait until all is committed."""
        while self._committing:
            await self._committing

    def _wake(self) -> None:
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit())

    async def _commit(self) -> None:
        self._committing = None
        asked, self._asked = self._asked, []
        try:
            granted: Collection[int] = self._work.commit([parcel for parcel, _ in asked])
        except Exception as error:  # noqa: BLE001 - each worker that asked ends with it
            for _, answer in asked:
                answer.set_exception(error)
        else:
            for parcel, answer in asked:
                answer.set_result(parcel.id in granted)

"""A place on PostgreSQL in which histories are lived: those whose numbers begin at 30,001."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

from sqlalchemy import Engine, text

from tests.chaos.every_point import quiet
from tests.chaos.histories import Copied, Place, a_place
from tests.chaos.outages import administrating
from tests.databases import a_server
from workflow.agreements import tick as ticking

ON_POSTGRESQL = 30_001
KEPT, EMPTY = "kept", "empty"


class PostgresqlPlace(Place):
    """A database of a server; what it held is kept in another one of the same server."""

    def __init__(self, folder: Path, admin: Engine) -> None:
        self.admin, self.name = admin, f"looptijd_history_{uuid4().hex[:12]}"
        self._make(self.name, "template0")
        super().__init__(folder)
        self._make(self._called(EMPTY), self.name)

    @property
    def url(self) -> str:
        return self.admin.url.set(database=self.name).render_as_string(hide_password=False)

    def begin_anew(self) -> None:
        super().begin_anew()
        self.put({EMPTY: EMPTY})

    def copied(self) -> Copied:
        self._drop(self._called(KEPT))
        self._make(self._called(KEPT), self.name)
        return {KEPT: KEPT}

    def put(self, copied: Copied) -> None:
        self._drop(self.name)
        self._make(self.name, *map(self._called, copied) or ["template0"])

    def is_free(self) -> bool:
        return True

    def remove(self) -> None:
        """Leave nothing on the server."""
        self.close()
        for name in (self.name, *map(self._called, (KEPT, EMPTY))):
            self._drop(name)

    def _called(self, which: str) -> str:
        return f"{self.name}_{which}"

    def _make(self, name: str, like: str = "template0") -> None:
        self._do(f"CREATE DATABASE {name} TEMPLATE {like}")

    def _drop(self, name: str) -> None:
        self._do(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _do(self, statement: str) -> None:
        with self.admin.connect() as connection:
            connection.execute(text(statement))


@contextmanager
def a_postgresql_place(folder: Path, admin: Engine) -> Iterator[Place]:
    """Give a place on a server in which nothing waits for the machine."""
    with quiet(), patch.object(ticking, "PAUSE_SECONDS", 0):
        place = PostgresqlPlace(folder, admin)
        try:
            yield place
        finally:
            place.remove()


@contextmanager
def a_place_for(number: int, folder: Path) -> Iterator[Place]:
    """Give the place in which a history of this number is lived."""
    with ExitStack() as opened:
        if number < ON_POSTGRESQL:
            yield opened.enter_context(a_place(folder))
        else:
            admin = opened.enter_context(administrating(opened.enter_context(a_server())))
            yield opened.enter_context(a_postgresql_place(folder, admin))

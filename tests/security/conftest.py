"""A town on each database, and an operator's clerk in the same process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.clerk import Clerk
from tests.town import Town, a_town, visiting


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give a register that was made on 1 June 2017 at 10:00 and holds nothing."""
    with visiting(a_town(database_url, tmp_path)) as made:
        yield made


@pytest.fixture
def small_town(tmp_path: Path) -> Iterator[Town]:
    """Give the same on SQLite alone, for what no database has a part in."""
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as made:
        yield made


@pytest.fixture
def clerk(tmp_path: Path) -> Clerk:
    """Give an operator with an empty register on SQLite."""
    made = Clerk(tmp_path).configures()
    made.does("init")
    return made

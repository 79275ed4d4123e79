"""A town on each database for every test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.town import Town, a_town, visiting


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give a register that was made on 1 June 2017 at 10:00 and holds nothing."""
    with visiting(a_town(database_url, tmp_path)) as made:
        yield made

"""An operator's clerk in the same process."""

from pathlib import Path

import pytest

from tests.security.clerk import Clerk


@pytest.fixture
def clerk(tmp_path: Path) -> Clerk:
    """Give an operator with an empty register on SQLite."""
    made = Clerk(tmp_path).configures()
    made.does("init")
    return made

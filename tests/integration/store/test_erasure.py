"""What an erasure asks of an SQLite file itself."""

import pytest

from tests.town import Town, visiting
from workflow.store.erasure import compact


@pytest.mark.on_sqlite
def test_a_file_that_somebody_else_writes_is_not_written_anew(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOPTIJD_TEST_BUSY_SECONDS", "0.1")
    with visiting(town.another()) as other:
        with town.app.writing():
            assert not compact(other.app.database)
        assert compact(other.app.database)

"""Rows that are asked for by many keys come in parts, and none is left behind."""

import pytest
from sqlalchemy import select

from tests.town import OFFICES, Town, running
from workflow.store import agreements, bulk, imports
from workflow.store.outbox import late
from workflow.store.tables import AGREEMENT

REFS = [f"A-{number}" for number in range(1, 6)]


def test_what_is_asked_for_in_parts_comes_whole(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, *map(running, REFS), history=True)
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    with town.app.reading() as connection:
        asked = select(AGREEMENT.c.id, AGREEMENT.c.ref)
        rows = [*bulk.rows_with(connection, asked, AGREEMENT.c.ref, [*REFS, "A-0"])]
        recorded = agreements.recorded_of(connection, [row.id for row in rows])
    assert [row.ref for row in rows] == REFS
    assert all(recorded.values()), "what is not known to have fired would fire again"
    assert len(recorded) == 5


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_more_than_postgresql_takes_in_one_statement_is_asked_for_in_parts(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1"), history=True)
    numbers = range(1_000_000, 1_000_000 + 65_536)
    refs = [f"A-{number}" for number in (1, *numbers)]
    with town.app.writing() as connection:
        assert late.lock(connection, numbers, town.clock.now()) == []
        late.merge_all(connection, numbers, 1, "told in mail 1")
        assert [*imports.first_events(connection, refs)] == ["A-1"]

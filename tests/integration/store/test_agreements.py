"""An agreement is written only as it was found."""

import pytest

from tests.town import OFFICES, Town, running
from workflow.app.app import policy_of
from workflow.engine.engine import as_demanded
from workflow.store import agreements


def test_what_was_decided_of_an_agreement_that_has_moved_on_is_not_written(town: Town) -> None:
    town.at("2018-02-01 10:00").register(OFFICES, running("R-1"), history=True)
    with town.app.reading() as connection:
        found = agreements.the_agreement(connection, "R-1")
        decided = as_demanded(found.dossier, policy_of(connection), town.app.clock.now())
    assert decided.events == ()
    town.do_with("R-1", "amend", reason="?", title="Een andere titel")

    before = town.counts(), town.query("SELECT seq, head FROM agreement")
    with pytest.raises(agreements.Conflict), town.app.writing() as connection:
        agreements.save(connection, [(found, decided)])
    assert (town.counts(), town.query("SELECT seq, head FROM agreement")) == before
    assert town.problems() == []

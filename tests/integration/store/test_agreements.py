"""An agreement is written only as it was found."""

import pytest

from tests.announced import three
from tests.town import OFFICES, Town, running, unguarded
from workflow.agreements.tick import Ticked
from workflow.app.app import policy_of
from workflow.engine.engine import as_demanded
from workflow.maintenance.daily import Daily
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


@pytest.mark.parametrize(
    "damage", ["head = 'x'", "seq = seq + 3", "seq = -5", "stage = 'signing'", "ending = 'expired'"]
)
def test_an_event_that_would_not_follow_from_its_ledger_is_not_written_before_it_is_mended(
    town: Town, damage: str
) -> None:
    three(town).at("2018-06-29 08:00")
    town.change(f"UPDATE agreement SET {damage} WHERE ref = 'A-2'")  # noqa: S608
    refused = town.refusal("A-2", "note", text="gebeld")
    assert str(refused) == (
        "A-2 is not where its ledger ends, so nothing is written. The daemon mends it within a day;"
        " see: looptijd verify"
    )
    assert refused.exit_code == 1
    assert town.tick() == Ticked(fired=2, superseded=0, failed=1)
    (failed,) = town.query("SELECT last_error FROM agreement WHERE failures > 0")
    assert failed.last_error == str(refused)

    Daily().finish(town.app)
    assert town.problems() == []
    assert town.tick() == Ticked(fired=1, superseded=0, failed=0)
    assert town.problems() == []


def test_a_stage_that_somebody_changed_does_not_get_into_the_ledger(town: Town) -> None:
    """From a note on the ledger itself would have it in draft, where it is never evaluated."""
    three(town).at("2018-06-29 07:00")
    town.change("UPDATE agreement SET stage = 'draft' WHERE ref = 'A-2'")
    assert str(town.refusal("A-2", "note", text="gebeld")) == (
        "A-2 is not where its ledger ends, so nothing is written. The daemon mends it within a day;"
        " see: looptijd verify"
    )

    Daily().finish(town.app)
    assert town.problems() == []
    assert town.at("2018-06-29 08:00").tick() == Ticked(fired=3, superseded=0, failed=0)


@pytest.mark.parametrize("ending", ["NULL", "'continued'"])
def test_nor_does_how_it_ended_as_somebody_changed_it(town: Town, ending: str) -> None:
    three(town).until("2019-01-01 08:00")
    town.change(f"UPDATE agreement SET ending = {ending} WHERE ref = 'A-2'")  # noqa: S608 - above
    assert "A-2 is not where its ledger ends" in str(town.refusal("A-2", "note", text="gebeld"))
    Daily().finish(town.app)
    assert town.problems() == []
    town.do_with("A-2", "note", text="gebeld")
    assert town.query("SELECT DISTINCT stage, ending FROM agreement") == [("ended", "lapsed")]


def test_what_no_longer_follows_in_the_ledger_itself_holds_up_no_alert_for_ever(town: Town) -> None:
    """Nothing can mend that: the alert would wait for what never comes."""
    unguarded(three(town)).at("2018-06-29 08:00")
    town.change("UPDATE event SET hash = 'x' WHERE stream = 'agreement:A-2' AND seq = 1")
    assert town.tick() == Ticked(fired=3, superseded=0, failed=0)
    town.do_with("A-2", "note", text="gebeld")

    Daily().finish(town.app)
    assert {ref for ref, _ in town.problems()} == {"A-2", "database"}

"""What an overview calls open: what is asked or late, and no day that has passed unused."""

from datetime import UTC, datetime

from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.events import Dossier
from states.model.facts import build
from tests.agreements import RENEWING
from workflow.mail.overviews import open_item, open_of

FACTS = {**RENEWING, "decision.1.on": "2017-09-26", "decision.1.outcome": "as_proposed"}


def open_on(moment: datetime) -> dict[str, bool]:
    """Return what is open at a moment, and whether it is called late."""
    agreement = build(Agreement, FACTS)
    found = open_of(Dossier(agreement=agreement, recorded={}), Policy(), moment)
    return {item.deadline.subject: open_item(agreement, item).overdue for item in found}


def test_a_notice_date_is_open_until_it_passes_and_is_never_late() -> None:
    assert open_on(datetime(2020, 7, 8, 10, tzinfo=UTC)) == {
        "notice:term": False,
        "evaluation:final": False,
    }
    assert open_on(datetime(2020, 7, 13, 10, tzinfo=UTC)) == {"evaluation:final": True}

"""One mail, two workers, every order of eight events: no promise is broken."""

from pathlib import Path

from notifications.retry_policy import MessageStatus
from tests.chaos.interleavings import breadth_first
from tests.town import a_town, visiting


def test_in_every_order_of_events_the_promises_of_a_mail_hold(tmp_path: Path) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        search = breadth_first(town, depth=8)

    assert search.depth == 8
    assert len(search.came_from) == 5_379  # fewer: a row kept what an event before had written
    assert set(search.statuses) == {*MessageStatus}

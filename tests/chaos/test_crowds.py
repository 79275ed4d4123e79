"""Several daemons, each a process of its own, on one register."""

from pathlib import Path

import pytest

from tests.chaos.crowds import a_crowd, judge

pytestmark = pytest.mark.timeout(300)  # many processes on a busy machine


def test_daemons_that_watch_together_fire_and_mail_everything_once_and_none_complains(
    database_url: str, tmp_path: Path
) -> None:
    many, due = (2, 40) if database_url.startswith("sqlite") else (4, 80)
    with a_crowd(database_url, tmp_path, many, due) as crowd:
        crowd.due_now()
        crowd.all_mailed()
        assert crowd.errors() == []
        crowd.stop()
        judge(crowd, due)
        assert crowd.errors() == []

"""What operators ask of a register, as the commands do it, at a moment that a benchmark chooses."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from notifications.language import language
from tests.town import an_app
from workflow.agreements.queries import by_alert, lines, to_come
from workflow.app.app import App, policy_and_today
from workflow.maintenance.verify import verify, verify_seals
from workflow.outputs.json.views import Views
from workflow.system.printable import to_json
from workflow.system.sort_on_disk import in_order

Question = Callable[[str, Path, datetime], int]
A_MONTH = timedelta(days=30)


def next_month(url: str, folder: Path, moment: datetime) -> int:
    """Return how many alerts `deadlines --within P30D` names."""
    with _opened(url, folder, moment) as app:
        with app.reading() as connection:
            policy, today = policy_and_today(connection, app)
        views, until = _views(app), today + A_MONTH
        every = to_come(app, until=until)
        shown = ((by_alert(line), to_json(views.deadline(line, policy))) for line in every)
        return sum(1 for _ in in_order(shown))


def attention(url: str, folder: Path, moment: datetime) -> int:
    """Return how many agreements `list --attention` names."""
    with _opened(url, folder, moment) as app:
        views, every = _views(app), lines(app, attention_only=True)
        return sum(bool(to_json(views.line(line))) for line in every)


def seals(url: str, folder: Path, moment: datetime) -> int:
    """Return how many problems `verify --quick` finds."""
    with _opened(url, folder, moment) as app:
        return len(verify_seals(app).problems)


def ledger(url: str, folder: Path, moment: datetime) -> int:
    """Return how many problems `verify` finds."""
    with _opened(url, folder, moment) as app:
        return len(verify(app).problems)


@contextmanager
def _opened(url: str, folder: Path, moment: datetime) -> Iterator[App]:
    app, clock = an_app(url, folder)
    clock.moment = moment
    yield app
    app.database.close()


def _views(app: App) -> Views:
    return Views(language("nl"), app.local)

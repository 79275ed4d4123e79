"""A register in a temporary folder with as many agreements as asked, all due at the same instants.

Whoever moves the clock to the next alert has the next round: no register is filled again for it.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.fact_types import Line
from tests.agreements import Changes, Walk
from tests.town import OFFICES, Town, a_town, visiting
from workflow.app.app import App
from workflow.app.persistence import create
from workflow.engine import engine
from workflow.engine.ledger import stream_of
from workflow.engine.private_values import Envelope
from workflow.intake.private import without_contacts
from workflow.store import agreements, ledger

BATCH = 500
FILLED = "2017-11-01 10:00"
SOURCE: Changes = {}
FORTY: Changes = {"term.length": "P10Y", "contribution.every": "P3M"}
"""Forty quarterly instalments of ten years."""


def in_force(changes: Changes) -> Agreement:
    """Return the source case with changes, decided and signed on 12 October 2017."""
    walk = Walk(changes)
    walk.do("submit", "2017-06-15 10:00")
    walk.do("agree", "2017-07-05 16:00", attended="wethouder Gerats")
    walk.do("decide", "2017-09-26 15:00", outcome="as_proposed", label="Conform")
    for party in walk.agreement.party:
        walk.do("sign", "2017-10-12 10:00", party=party, signatory="de burgemeester")
    return walk.agreement


@contextmanager
def a_register(url: str | None, subject: Agreement, count: int) -> Iterator[Town]:
    """Yield a register with an agreement so many times; on SQLite where no URL is given."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with visiting(a_town(url or f"sqlite:///{folder}/register.db", folder, FILLED)) as town:
            town.register(OFFICES)
            fill(town.app, subject, count)
            yield town


def fill(app: App, subject: Agreement, count: int, *, of: str = "B") -> None:
    """Register an agreement so many times; what lies in its past is history."""
    now, policy = app.clock.now(), Policy()
    for start in range(0, count, BATCH):
        changes, privates = [], []
        for number in range(start, min(start + BATCH, count)):
            copy, envelope = replace(subject, ref=Line(f"{of}-{number:07}")), Envelope()
            sealed = without_contacts(copy, envelope)
            changes.append(engine.register(sealed, policy, now, actor="griffier", history=True))
            privates.append((stream_of(copy.ref), envelope.privates))
        with app.writing() as connection:
            create(connection, changes, now)
            ledger.keep_all_private(connection, privates)


def to_next_alert(town: Town) -> datetime:
    """Move the clock to when something is due next, and return that instant."""
    with town.app.reading() as connection:
        moment = agreements.next_look(connection)
    if moment is None:
        raise RuntimeError("Nothing is due any more: the benchmark asks for more than it filled")
    town.clock.moment = moment
    town.confirm()
    return moment


def configured(town: Town) -> dict[str, str]:
    """Return the environment in which a command finds a register."""
    settings = town.app.settings
    return {
        "LOOPTIJD_DATABASE__URL": settings.database.url,
        "LOOPTIJD_MUNICIPALITY__INSTALLATION": settings.municipality.installation,
        "LOOPTIJD_DAEMON__STATE_DIRECTORY": settings.daemon.state_directory,
        "LOOPTIJD_MAIL__DIRECTORY": str(town.folder / "mail"),
    }

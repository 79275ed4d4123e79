"""Everything that is kept of one agreement, read as it was at one moment."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from workflow.agreements import queries
from workflow.app.app import App, policy_of, why_held
from workflow.engine.ledger import LedgerEntry, stream_of
from workflow.engine.private_values import TOKEN, Private
from workflow.mail.compose import dress
from workflow.outputs.report.agreement_page import Chapter, chapter_of
from workflow.outputs.report.pages import style
from workflow.store import ledger
from workflow.store.database import Transaction
from workflow.store.outbox import queries as outbox_queries
from workflow.store.outbox.messages import OutboxRow


class Packed(Struct, frozen=True, kw_only=True):
    """One agreement with its ledger and its private values, and what its page looks like."""

    chapter: Chapter
    ledger: Sequence[LedgerEntry]
    privates: Sequence[Private]
    at: datetime
    style: Markup

    @property
    def details(self) -> queries.AgreementDetails:
        """Return everything of `show`."""
        return self.chapter.details


def pack(app: App, ref: str) -> Packed:
    """Return an agreement whole; NotFound when there is none."""
    with app.reading() as connection:
        found = queries.details_of(connection, app, ref)
        chapter = chapter_of(connection, found, policy_of(connection))
        rows = ledger.read(connection, stream_of(found.agreement.ref))
        tokens = {token for row in rows for token in TOKEN.findall(row.payload)}
        return Packed(
            chapter=replace(
                chapter,
                held=why_held(connection, app),
                mails=[*chapter.mails, *_overviews(connection, chapter.mails)],
            ),
            ledger=rows,
            privates=[*ledger.privates_of(connection, sorted(tokens))],
            at=app.local(app.clock.now()),
            style=style(dress(app)),
        )


def _overviews(connection: Transaction, mails: Sequence[OutboxRow]) -> Iterator[OutboxRow]:
    """Yield the mails about several agreements that told what these had to tell."""
    numbers = {row.merged_into for row in mails if row.merged_into} - {row.id for row in mails}
    for number in sorted(numbers):
        if row := outbox_queries.find(connection, number):
            yield row

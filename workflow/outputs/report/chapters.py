"""What a report tells: the register read once, agreement by agreement."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from workflow.agreements import queries
from workflow.engine.ledger import UnreadableEvent
from workflow.outputs.publication import published, published_refs
from workflow.outputs.report.agreement_page import Chapter, chapter_of
from workflow.store import agreements
from workflow.store.agreements import Stored, Unreadable
from workflow.store.database import Transaction

Entries = Iterator[Chapter | queries.UnreadableRow]


def chapters(
    connection: Transaction, reader: queries.ListReader, failed: list[str], *, public: bool
) -> tuple[int, Entries]:
    """Return how many agreements there are, and each as it is read; or what the public may know.

    The public is not shown what cannot be read; that is named in `failed`.
    """
    if not public:
        every = agreements.each(connection)
        return agreements.count(connection), _entries(connection, reader, every)
    refs = published_refs(connection, failed)
    entries = _entries(connection, reader, published(connection, refs))
    return len(refs), _for_all(entries, failed)


def _for_all(entries: Entries, failed: list[str]) -> Entries:
    """Yield the entries without history, mail and what concerns who keeps the register."""
    for entry in entries:
        if isinstance(entry, Chapter):
            line = replace(entry.details.line, attention=[])
            details = replace(entry.details, line=line, warnings=[])
            yield replace(entry, details=details, history=[], mails=[])
        else:
            failed.append(entry.ref)


def _entries(
    connection: Transaction, reader: queries.ListReader, every: Iterable[Stored | Unreadable]
) -> Entries:
    for line in map(reader.line, every):
        if isinstance(line, queries.UnreadableRow):
            yield line
            continue
        try:
            details = queries.whole_of(connection, line, reader)
            yield chapter_of(connection, details, reader.policy)
        except UnreadableEvent as error:
            agreement = line.agreement
            yield queries.damaged(agreement.ref, agreement.stage, error.sentences[0])

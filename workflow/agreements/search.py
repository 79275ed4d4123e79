"""Finding agreements by what an operator types: a reference in any case, a part, a filter."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from msgspec import Struct

from notifications.typed import bare
from states.dates.term_dates import day_of, end_of
from states.model.agreement import Agreement
from states.model.phrase import Phrase, say
from workflow.app.app import App
from workflow.store import agreements
from workflow.system.refusals import NotFound

MOST_CANDIDATES = 10
Titles = Mapping[str, tuple[str, ...]]


def reference(app: App, text: str) -> str:
    """Return the reference of the one agreement that a text means; NotFound names several.

    It is the reference in any case, or a part of a reference or title that only one has, which does
    not break off in a number: SO-4 does not mean SO-42. What means nothing is returned as it is,
    for who looks it up to refuse.
    """
    with app.reading() as connection:
        if agreements.is_registered(connection, text):
            return text
        titles = agreements.titles(connection)
    same = [ref for ref in titles if ref.casefold() == text.casefold()]
    found = same if len(same) == 1 else [ref for ref in titles if _means(text, ref, *titles[ref])]
    if len(found) == 1:
        return found[0]
    candidates = found or [ref for ref in titles if says(text, ref, *titles[ref])]
    if len(candidates) > 1:
        raise NotFound(*_candidates(text, candidates, titles))
    return text


def titles(app: App) -> Titles:
    """Return the titles of each agreement by its reference, the short one first."""
    with app.reading() as connection:
        return agreements.titles(connection)


def says(text: str, *names: str) -> bool:
    """Tell whether a text is a part of one of these names, whatever its case and accents."""
    return bool(bare(text)) and any(bare(text) in bare(name) for name in names)


def _means(text: str, *names: str) -> bool:
    """Tell whether a text is a part of one of these names, and not the beginning of a number."""
    part = re.compile(re.escape(bare(text)) + r"(?!(?<=\d)\d)")
    return bool(bare(text)) and any(part.search(bare(name)) for name in names)


def _candidates(text: str, found: list[str], titles: Titles) -> Iterator[Phrase]:
    yield say("“{part}” is a part of several agreements; write more of one of them.", part=text)
    for ref in found[:MOST_CANDIDATES]:
        yield Phrase("{ref}  {title}", {"ref": ref, "title": titles[ref][0]})
    if len(found) > MOST_CANDIDATES:
        yield say("and {count} more", count=len(found) - MOST_CANDIDATES)


class Filter(Struct, frozen=True, kw_only=True):
    """Which agreements are asked for; what is None is not asked. It ends before a day (tot)."""

    stage: str | None = None
    office: str | None = None
    party: str | None = None
    search: str | None = None
    ends_before: date | None = None

    def takes(self, agreement: Agreement) -> bool:
        """Tell whether an agreement is one of those."""
        try:
            return all(self._judged(agreement))
        except Exception:  # noqa: BLE001 - whose dates cannot be derived stands in every list
            return True

    def _judged(self, agreement: Agreement) -> Iterator[bool]:
        yield self.stage in {None, agreement.stage, agreement.ending}
        yield self.office in {None, agreement.office}
        if self.ends_before is not None:
            last_day = day_of(end_of(agreement))
            yield last_day is not None and last_day < self.ends_before
        if self.party is not None:
            names = [name for key, party in agreement.party.items() for name in (key, party.name)]
            yield says(self.party, *names)
        if self.search is not None:
            texts = (agreement.ref, agreement.title, agreement.called, agreement.purpose or "")
            yield says(self.search, *texts)


EVERYTHING = Filter()

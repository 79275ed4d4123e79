"""Values as JSON: instants in the configured zone, amounts and ids as text."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from notifications.language import Language
from states.dates.instalments import PaymentStatus
from states.model.agreement import Agreement
from states.model.events import Event
from states.model.phrase import Phrase, Refusal
from states.model.stage import Ending, Stage
from states.rules.checks import date_as_written
from workflow.engine.event_words import changes_in_words, stage_in_words
from workflow.engine.private_values import ERASED
from workflow.engine.standing import STATE_WORDS, DeadlineState

Parts = dict[str, Any]
"""Values by their names in the contract's JSON, as they are until `plain` writes them."""


class Plain(Struct, frozen=True):
    """Writes values as JSON, their sentences in one language and their instants in one zone."""

    language: Language
    local: Callable[[datetime], datetime]

    def plain(self, value: Any) -> Any:  # noqa: PLR0911 - one return for each kind
        """Return a value as JSON knows it."""
        if isinstance(value, datetime):
            return self.local(value).isoformat()
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Phrase):
            return self.language.say(value)
        if isinstance(value, Enum):
            return value.value
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, Mapping):
            return {str(key): self.plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.plain(item) for item in value]
        return f"{value:.2f}" if isinstance(value, Decimal) else str(value)

    def error(self, refusal: Refusal) -> Parts:
        """Return a refusal: its first sentence, and every sentence as an objection."""
        sentences = [self.language.say(sentence) for sentence in refusal.sentences]
        return {"error": sentences[0] if sentences else str(refusal), "objections": sentences}

    def opened(self, text: str | None) -> str | None:
        """Return a private value, or in this language that it was erased."""
        return self.language.say(ERASED) if text == ERASED.text else text

    def opened_changes(self, event: Event) -> Event:
        """Return an event whose facts have private values as they are read."""
        opened = (replace(c, old=self.opened(c.old), new=self.opened(c.new)) for c in event.changes)
        return replace(event, changes=tuple(opened))

    def changes(self, event: Event, agreement: Agreement) -> Iterator[str]:
        """Yield the facts that an event changed, in words, but for those of the engine alone."""
        return map(self.language.say, changes_in_words(self.opened_changes(event), agreement))

    def dated(self, text: str | None) -> str:
        """Return the date of a document in words; a month or a year as it was written."""
        return self.language.write(date_as_written(text) or "")

    def stage(self, stage: Stage | None, ending: Ending | None) -> str:
        """Return a stage in words, an ended one with how it ended."""
        return self.language.say(stage_in_words(stage, ending)) if stage else ""

    def standing(self, status: PaymentStatus, state: DeadlineState) -> str:
        """Return how an instalment stands: what became of it, or else how it stands now."""
        expected = status is PaymentStatus.EXPECTED
        return self.language.say(STATE_WORDS[state] if expected else status.words)


def parts_of(item: object, *names: str) -> Parts:
    """Return the parts of an item that bear the same names in the contract's JSON."""
    return {name: getattr(item, name) for name in names}

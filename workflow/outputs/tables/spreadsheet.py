"""Tables as CSV (RFC 4180), and as Excel in Dutch opens them by a double click."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from notifications.language import Language
from states.model.period import Period
from states.model.phrase import Phrase, say
from workflow.engine.standing import STATE_WORDS, DeadlineState
from workflow.outputs.json.agreement import DossierViews
from workflow.outputs.json.values import Json
from workflow.outputs.json.views import Views

BOM = "\ufeff"  # without it Excel does not read UTF-8
# Where a cell begins: also after a semicolon, at which a spreadsheet that speaks Dutch divides.
FORMULA = re.compile(r"(^|;[\s\"]*)(?=[=+\-@\t\r\n＝＋－＠])")
BETWEEN = "; "


class SheetViews(Views):
    """Writes values as a spreadsheet of this language takes them: 5-1-2026, 1.000,00, in words."""

    def plain(self, value: Any) -> Any:
        """Return a value as a cell's text."""
        if isinstance(value, bool):
            return self.language.say(say("yes") if value else say("no"))
        if isinstance(value, date):
            return f"{value.day}-{value.month}-{value.year}"
        if isinstance(value, DeadlineState):
            return self.language.say(STATE_WORDS[value])
        if isinstance(value, Enum):
            return self.language.say(say(str(value.value)))
        if isinstance(value, Decimal | Period):
            return self.language.write(value)
        return super().plain(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What records an agreement gives, and what Excel calls each column; None: it is not shown."""

    records: Callable[[Any, DossierViews], Iterable[Json]]
    columns: Mapping[str, Phrase | None]

    def as_csv(self, records: Iterable[Json]) -> str:
        """Return records as CSV: a header, commas, CRLF; lists in one cell."""
        return _written({name: name for name in self.columns}, records, ",")

    def in_excel(self, records: Iterable[Json], language: Language) -> str:
        """Return records of SheetViews as Excel opens CSV: heads in words, semicolons, a BOM."""
        shown = {name: language.say(head) for name, head in self.columns.items() if head}
        return BOM + _written(shown, records, ";")


def _written(heads: Mapping[str, str], records: Iterable[Json], delimiter: str) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(heads.values())
    writer.writerows([cell(item[name]) for name in heads] for item in records)
    return text.getvalue()


def cell(value: object) -> str:
    """Return a value as a cell; what a spreadsheet would calculate is marked as text (OWASP)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = BETWEEN.join(map(str, value)) if isinstance(value, list) else str(value)
    return FORMULA.sub(r"\1'", text)

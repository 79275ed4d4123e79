"""Where days stand in a drawing, in per cents of its width: a drawing is as wide as its page."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from msgspec import Struct

from workflow.agreements.timeline import Timeline
from workflow.outputs.json.values import parts_of

ONE = 100.0
LEAST_WIDTH = 0.4


class Axis(Struct, frozen=True):
    """A stretch of whole years that is drawn."""

    first_year: int
    last_year: int

    def at(self, day: date) -> float:
        """Return where a day begins, in per cents; what lies outside stands at an edge."""
        first, after = date(self.first_year, 1, 1), date(self.last_year + 1, 1, 1)
        share = (day - first) / (after - first)
        return round(min(max(share, 0), 1) * ONE, 2)

    def holds(self, day: date) -> bool:
        """Tell whether a day is drawn."""
        return self.first_year <= day.year <= self.last_year

    def years(self) -> Iterator[tuple[int, float]]:
        """Yield each year with where it begins; many years are named now and then."""
        step = 1 + (self.last_year - self.first_year) // 12
        for year in range(self.first_year, self.last_year + 1, step):
            yield year, self.at(date(year, 1, 1))


def axis_of(line: Timeline, today: date) -> Axis:
    """Return an axis that holds everything of one agreement, and today."""
    days = [mark.on for mark in line.marks]
    days += [day for day in (line.starts_on, line.last_day, today) if day]
    return Axis(min(days).year, max(days).year)


def lane(line: Timeline, axis: Axis, today: date) -> dict[str, Any]:
    """Return one agreement as it is drawn on an axis: its bar, its marks, and today."""
    return {
        "bar": _bar(line, axis),
        "marks": [
            {"x": axis.at(mark.on), **parts_of(mark, "kind", "state", "on", "text", "told")}
            for mark in line.marks
            if axis.holds(mark.on)
        ],
        "years": [x for _, x in axis.years()],
        "today": axis.at(today) if axis.holds(today) else None,
    }


def _bar(line: Timeline, axis: Axis) -> dict[str, Any] | None:
    """Return the term on the axis; one that goes on, or whose end is unknown, has an open end."""
    if line.starts_on is None:
        return None
    open_end = line.last_day is None or line.goes_on
    last = date(axis.last_year, 12, 31) if open_end or not line.last_day else line.last_day
    if last.year < axis.first_year or line.starts_on.year > axis.last_year:
        return None
    x, end = axis.at(line.starts_on), axis.at(last)
    style = "planned" if not line.in_force else "open" if open_end else "whole"
    return {"x": x, "width": max(round(end - x, 2), LEAST_WIDTH), "style": style}

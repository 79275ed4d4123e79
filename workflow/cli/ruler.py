"""Time drawn with characters: whole years on a line of so many columns."""

from datetime import date

from workflow.timeline import Kind, Mark, State, Timeline

URGENCY = (State.DROPPED, State.DONE, State.COMING, State.LATE)
RANK = (Kind.PAYMENT, Kind.TERM, Kind.DECISION, Kind.NOTICE, Kind.EVALUATION)
SIGNS = {
    Kind.DECISION: "■",
    Kind.EVALUATION: "◆",
    Kind.PAYMENT: "€",
    Kind.NOTICE: "▲",
    Kind.TERM: "┃",
}
STATES = {State.DONE: "✓", State.LATE: "!", State.COMING: "○", State.DROPPED: "–"}
TERM, OPEN, TODAY = "━", "╌", "│"


class Ruler:
    """Whole years on a line of so many columns."""

    def __init__(self, first_year: int, last_year: int, width: int) -> None:
        """Stretch the years over the columns."""
        self.first, self.after = date(first_year, 1, 1), date(last_year + 1, 1, 1)
        self.width = width

    @classmethod
    def around(cls, line: Timeline, today: date, width: int) -> "Ruler":
        """Return a ruler that holds every day of one agreement, and today."""
        days = [mark.on for mark in line.marks] + [today]
        return cls(min(days).year, max(days).year, width)

    def column(self, day: date) -> int:
        """Return the column of a day; what lies outside stands at an edge."""
        place = (day - self.first) * self.width // (self.after - self.first)
        return min(max(place, 0), self.width - 1)

    def years(self) -> str:
        """Return the years, each above the column in which it begins, as many as there is room."""
        cells = [" "] * self.width
        free = 0
        for year in range(self.first.year, self.after.year):
            column = self.column(date(year, 1, 1))
            if free <= column <= self.width - 4:
                cells[column : column + 4] = str(year)
                free = column + 5
        return "".join(cells).rstrip()

    def drawn(self, line: Timeline, today: date) -> str:
        """Return the term as a line with its marks, the most urgent last and so on top."""
        cells = [" "] * self.width
        self._draw_term(cells, line)
        if self.first <= today < self.after:
            cells[self.column(today)] = TODAY
        inside = (mark for mark in line.marks if self.first <= mark.on < self.after)
        for mark in sorted(inside, key=_on_top):
            by_state = mark.state in {State.LATE, State.DROPPED}
            sign = STATES[mark.state] if by_state else SIGNS[mark.kind]
            cells[self.column(mark.on)] = sign
        return "".join(cells).rstrip()

    def _draw_term(self, cells: list[str], line: Timeline) -> None:
        start, end = line.starts_on, None if line.goes_on else line.last_day
        if start is None or start >= self.after or (end and end < self.first):
            return
        sure = end is not None and line.in_force
        last = self.column(end) if end else self.width - 1
        for column in range(self.column(start), last + 1):
            cells[column] = TERM if sure else OPEN


def _on_top(mark: Mark) -> tuple[int, int]:
    return URGENCY.index(mark.state), RANK.index(mark.kind)

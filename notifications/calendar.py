"""Calendar text (RFC 5545): one all-day event for one date, and a calendar of such events."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LONGEST_LINE = 75  # octets, without the line's end (section 3.1)
END = "\r\n"
PRODUCT = "-//looptijd//looptijd//NL"
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # what a TEXT may not hold (3.3.11)
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """One day in a calendar.

    `uid` stays the same for ever. `sequence` grows, and `changed_at` moves, with each change of
    what is shown; so the same event gives the same text. `private` asks others not to look.
    """

    uid: str
    sequence: int
    changed_at: datetime
    day: date
    summary: str
    description: str
    cancelled: bool = False
    private: bool = False


def calendar(
    name: str, events: Iterable[CalendarEvent], *, method: str = "PUBLISH", organizer: str
) -> str:
    """Return a whole calendar; `organizer` is the address that it comes from (RFC 5546, 3.2).

    PUBLISH is for a feed or a file. A mail that takes an event back says CANCEL.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        f"NAME:{escaped(name)}",
        f"X-WR-CALNAME:{escaped(name)}",  # what most programs read instead of NAME (RFC 7986)
    ]
    text = "".join(vevent(event, organizer=organizer) for event in events)
    return f"{_folded(lines)}{text}{_folded(['END:VCALENDAR'])}"


def vevent(event: CalendarEvent, *, organizer: str) -> str:
    """Return the text of one event, for a calendar."""
    return _folded(_lines(event, organizer))


def _lines(event: CalendarEvent, organizer: str) -> Iterator[str]:
    changed = event.changed_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(event.uid)}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"DTSTAMP:{changed}"
    yield f"LAST-MODIFIED:{changed}"
    yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{event.day + A_DAY:%Y%m%d}"  # the day after: it is not included
    yield f"SUMMARY:{escaped(event.summary)}"
    yield f"DESCRIPTION:{escaped(event.description)}"
    yield f"ORGANIZER:mailto:{organizer}"
    yield f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"  # nobody is busy all day because of a date to keep
    if event.private:
        yield "CLASS:PRIVATE"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    """Return text as a TEXT value: what has a meaning of its own is escaped (3.3.11)."""
    seen = UNSEEN.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"[\\;,]", r"\\\g<0>", seen).replace("\n", r"\n")


def _folded(lines: Iterable[str]) -> str:
    """Return lines of at most 75 octets; nearly all are as they come (3.1)."""
    return "".join(
        f"{part}{END}"
        for line in lines
        for part in ([line] if len(line.encode()) <= LONGEST_LINE else _parts(line))
    )


def _parts(line: str) -> Iterator[str]:
    """Yield a line in parts of at most 75 octets; a sign is never cut, what follows is indented."""
    part, length = "", 0
    for sign in line:
        width = len(sign.encode())
        if length + width > LONGEST_LINE:
            yield part
            part, length = " ", 1
        part, length = part + sign, length + width
    yield part

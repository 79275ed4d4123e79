"""Calendars (RFC 5545): each date to keep is an event of one whole day."""

import re
from collections.abc import Iterable
from datetime import UTC

import icalendar

from notifications.language import unbroken
from notifications.letter import CalendarEvent
from states.model.arithmetic import DAY

PRODUCT = "-//looptijd//looptijd//NL"
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def calendar(
    name: str,
    events: Iterable[CalendarEvent],
    *,
    method: str = "PUBLISH",
    organizer: str,
    is_feed: bool = False,
) -> str:
    """Return a whole calendar; `organizer` is the address that it comes from (RFC 5546, 3.2).

    PUBLISH is for a feed or a file. A mail that takes an event back says CANCEL. Who reads a feed
    looks again each day (RFC 7986, 5.7). One without any event holds a time zone, for it has to
    hold something (RFC 5545, 3.6), and publishes nothing.
    """
    parts: list[icalendar.Component] = [_vevent(event, organizer) for event in events]
    made = icalendar.Calendar()
    made.add("version", "2.0")
    made.add("prodid", PRODUCT)
    made.add("calscale", "GREGORIAN")
    if parts:
        made.add("method", method)
    made.add("name", _text(name))
    made.add("x-wr-calname", _text(name))  # what most programs read instead of NAME (RFC 7986)
    if is_feed:
        made.add("refresh-interval", DAY, parameters={"value": "DURATION"})
    for part in parts or [icalendar.Timezone.from_tzid("UTC")]:
        made.add_component(part)
    text: str = made.to_ical(sorted=False).decode()
    return text


def _vevent(event: CalendarEvent, organizer: str) -> icalendar.Event:
    changed = event.changed_at.astimezone(UTC)
    made = icalendar.Event()
    made.add("uid", event.uid)
    made.add("sequence", event.sequence)
    made.add("dtstamp", changed)
    made.add("last-modified", changed)
    made.add("dtstart", event.day)
    made.add("dtend", event.day + DAY)  # it is not included
    made.add("summary", _text(event.summary))
    made.add("description", _text(event.description))
    made.add("organizer", icalendar.vCalAddress(f"mailto:{organizer}"))
    made.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    made.add("transp", "TRANSPARENT")  # nobody is busy all day because of a date to keep
    if event.private:
        made.add("class", "PRIVATE")
    return made


def _text(text: str) -> icalendar.vText:
    """Return text that is escaped, also in NAME, and holds no control characters (3.3.11)."""
    return icalendar.vText(UNSEEN.sub(" ", unbroken(text)))

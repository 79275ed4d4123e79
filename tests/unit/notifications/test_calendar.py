from datetime import UTC, date, datetime

import icalendar
import pytest
from msgspec.structs import replace

from notifications.calendar import calendar
from notifications.letter import CalendarEvent

EVENT = CalendarEvent(
    uid="6f0c@looptijd",
    sequence=2,
    changed_at=datetime(2020, 3, 1, 9, 30, tzinfo=UTC),
    day=date(2020, 7, 11),
    summary="Evaluatie: Verbindend Leiden (SO-2017-0042)",
    description="Een regel\nen nog een",
)
ORGANIZER = "looptijd@maastricht.example"


def lines(event: CalendarEvent) -> list[str]:
    text = calendar("Sport", [event], organizer=ORGANIZER)
    return text[text.index("BEGIN:VEVENT") :].split("\r\n")


def test_an_event_is_a_whole_day_that_keeps_nobody_busy() -> None:
    assert lines(EVENT) == [
        "BEGIN:VEVENT",
        "UID:6f0c@looptijd",
        "SEQUENCE:2",
        "DTSTAMP:20200301T093000Z",
        "LAST-MODIFIED:20200301T093000Z",
        "DTSTART;VALUE=DATE:20200711",
        "DTEND;VALUE=DATE:20200712",
        "SUMMARY:Evaluatie: Verbindend Leiden (SO-2017-0042)",
        r"DESCRIPTION:Een regel\nen nog een",
        "ORGANIZER:mailto:looptijd@maastricht.example",
        "STATUS:CONFIRMED",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_what_lapsed_says_so_and_what_is_not_public_asks_not_to_be_shown() -> None:
    shown = lines(replace(EVENT, cancelled=True, private=True))
    assert "STATUS:CANCELLED" in shown
    assert "CLASS:PRIVATE" in shown


@pytest.mark.parametrize(
    "text, written",
    [
        ("a,b;c", r"a\,b\;c"),
        ("C:\\x", r"C:\\x"),
        ("a\r\nb\rc\nd", r"a\nb\nc\nd"),
        ("bel\x07 en nul\x00", "bel  en nul "),
    ],
)
def test_signs_with_a_meaning_of_their_own_are_escaped(text: str, written: str) -> None:
    assert f"SUMMARY:{written}" in lines(replace(EVENT, summary=text))


def test_a_calendar_without_dates_holds_a_time_zone_as_it_may_not_be_empty() -> None:
    text = calendar("Sport", [], organizer=ORGANIZER, is_feed=True)
    read = icalendar.Calendar.from_ical(text)
    assert [part.name for part in read.subcomponents] == ["VTIMEZONE"]
    assert "METHOD" not in read


def test_a_line_has_at_most_75_octets_and_no_sign_is_cut() -> None:
    shown = lines(replace(EVENT, summary="Coöperatie € " * 20))
    assert max(len(line.encode()) for line in shown) <= 75
    assert all(line.startswith(" ") for line in shown[8:10])


def test_another_reader_finds_what_was_written() -> None:
    awkward = "Één, twee; drie\\vier\n\n" + "€\xa01.000,00 " * 30
    text = calendar(
        "Sport, cultuur; meer",
        [replace(EVENT, summary=awkward[:15], description=awkward)],
        organizer=ORGANIZER,
    )
    read = icalendar.Calendar.from_ical(text)
    (event,) = read.events
    assert "NAME:Sport\\, cultuur\\; meer\r\n" in text
    assert read["METHOD"] == "PUBLISH"
    assert event["SUMMARY"] == "Één, twee; drie"
    assert event["DESCRIPTION"] == awkward
    assert (event.start, event.end) == (date(2020, 7, 11), date(2020, 7, 12))
    assert event.errors == []

"""A mail with dates: the standard library reads the words as before, and a calendar beside them."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from msgspec.structs import replace

from notifications.compose import compose
from notifications.letter import CalendarEvent, Letter
from tests.unit.notifications.mails import EVENT, LAPSED, LETTERS

START = LETTERS["evaluation, start"]
ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//looptijd//looptijd//NL
CALSCALE:GREGORIAN
METHOD:PUBLISH
NAME:Looptijd
X-WR-CALNAME:Looptijd
BEGIN:VEVENT
UID:6f0c@looptijd
SEQUENCE:7
DTSTAMP:20200710T060000Z
LAST-MODIFIED:20200710T060000Z
DTSTART;VALUE=DATE:20200711
DTEND;VALUE=DATE:20200712
SUMMARY:Evaluatie: Coöperatie\\; eindigt\\, of niet
DESCRIPTION:Een regel\\nen nog een
ORGANIZER:mailto:looptijd@example.org
STATUS:CONFIRMED
TRANSP:TRANSPARENT
END:VEVENT
END:VCALENDAR
"""


CHANGED = replace(EVENT, changed=True)


def sent(*dates: CalendarEvent) -> EmailMessage:
    return message_from_bytes(compose(with_dates(*dates)).content, EmailMessage, policy=SMTP)


def with_dates(*dates: CalendarEvent) -> Letter:
    return replace(START, dates=dates)


def test_the_words_stay_alternatives_and_the_dates_are_attached() -> None:
    mail = sent(EVENT)
    words, dates = mail.iter_parts()

    assert mail.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in words.iter_parts()] == ["text/plain", "text/html"]
    assert dates.get_content_type() == "text/calendar"
    assert dates["Content-Type"].params == {"charset": "utf-8", "method": "PUBLISH"}
    assert (dates.get_content_disposition(), dates.get_filename()) == ("attachment", "looptijd.ics")
    assert dates.get_content() == ICS.replace("\n", "\r\n")
    assert not any(part.defects for part in mail.walk())


@pytest.mark.parametrize(
    "dates, shown",
    {
        (): None,
        (EVENT,): "De datum staat ook in de bijlage looptijd.ics, voor uw agenda.",
        (EVENT, EVENT): "De datums staan ook in de bijlage looptijd.ics, voor uw agenda.",
        (EVENT, LAPSED): "De datum staat ook in de bijlage looptijd.ics, voor uw agenda."
        " De bijlage haalt 1 datum die vervalt uit uw agenda.",
        (EVENT, CHANGED, CHANGED): "De datum staat ook in de bijlage looptijd.ics, voor uw agenda."
        " De bijlage zet 2 nieuwe of gewijzigde datums in uw agenda.",
        (CHANGED, LAPSED): "De bijlage looptijd.ics zet 1 nieuwe of gewijzigde datum in uw agenda."
        " De bijlage haalt 1 datum die vervalt uit uw agenda.",
        (LAPSED, LAPSED): "De bijlage looptijd.ics haalt de datums die vervallen uit uw agenda.",
    }.items(),
)
def test_text_and_page_name_the_attachment_where_there_is_one(
    dates: tuple[CalendarEvent, ...], shown: str | None
) -> None:
    mail = compose(with_dates(*dates))

    assert (" ".join(mail.text.split()).count("looptijd.ics"), shown is None) in {
        (1, False),
        (0, True),
    }
    if shown:
        assert shown in " ".join(mail.text.split())
        assert f"<p>{shown}</p>" in mail.html


def test_dates_that_all_lapse_are_taken_back() -> None:
    _, dates = sent(LAPSED).iter_parts()

    assert dates["Content-Type"].params["method"] == "CANCEL"
    assert "\r\nMETHOD:CANCEL\r\n" in dates.get_content()
    assert "\r\nSTATUS:CANCELLED\r\n" in dates.get_content()


def test_a_mail_with_dates_passes_every_relay() -> None:
    content = compose(with_dates(EVENT, replace(EVENT, summary="é" * 500))).content

    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 78

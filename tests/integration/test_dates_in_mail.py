"""The dates that a mail hands over: one identity for ever, a number that grows, and taken back."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from tests.house import CASE, OFFICES, Delivered, Town
from workflow.service.calendars import feeds

EVALUATION = "Evaluatie “final”: Verbindend Leiden (SO-2017-0042)"


def dates(mail: Delivered) -> str:
    """Return the text of the calendar in a mail, its lines unfolded."""
    message = message_from_bytes(mail.content, EmailMessage, policy=default)
    (part,) = message.iter_attachments()
    text: str = part.get_content()
    return text.replace("\r\n ", "").replace("\r\n", "\n")


def values(text: str, name: str) -> list[str]:
    return re.findall(rf"^{name}(?:;[^:]*)?:(.*)$", text, re.MULTILINE)


def test_the_mail_about_the_start_hands_over_every_date_to_come(town: Town) -> None:
    town.register(OFFICES, CASE).decided()
    town.relay.forget()
    town.signed()
    text = dates(next(mail for mail in town.relay.accepted if "In werking" in mail.subject))
    assert values(text, "DTSTART") == ["20171012", "20181012", "20191012", "20200711", "20201011"]
    assert values(text, "SUMMARY")[3] == EVALUATION
    assert set(values(text, "STATUS")) == {"CONFIRMED"}


def test_a_date_keeps_its_identity_and_its_number_grows_with_an_amendment(town: Town) -> None:
    town.in_force().until("2020-04-09 08:00")
    first = dates(town.relay.accepted[-1])
    town.do("amend", reason="erratum", evaluation__final__before_end="P2M")
    town.until("2020-05-11 08:00")
    second = dates(town.relay.accepted[-1])
    assert (values(first, "DTSTART"), values(second, "DTSTART")) == (["20200711"], ["20200811"])
    assert values(first, "UID") == values(second, "UID")
    assert int(values(first, "SEQUENCE")[0]) < int(values(second, "SEQUENCE")[0])


def feed(town: Town) -> int:
    """Return the number that the evaluation has in the calendar of its office now."""
    (found,) = feeds(town.house, "sociaal-domein")[0]
    (number,) = (e.sequence for e in found.entries if e.shown.subject == "evaluation:final")
    return number


def mailed(town: Town) -> int:
    """Return the number that the evaluation has in the last mail."""
    return int(values(dates(town.relay.accepted[-1]), "SEQUENCE")[0])


def test_of_a_mail_and_a_calendar_the_one_made_later_is_never_older(town: Town) -> None:
    """It came to stand with event 6; event 24 mails, 25 amends, 26 mails (twice that, and one)."""
    town.in_force().until("2020-04-09 08:00")
    first, exported = mailed(town), feed(town)
    town.do("amend", reason="erratum", evaluation__final__before_end="P2M")
    amended = feed(town)
    town.until("2020-05-11 08:00")
    assert (exported, first, amended, mailed(town)) == (13, 49, 51, 53)


def test_what_lapses_is_taken_back(town: Town) -> None:
    town.in_force().until("2020-10-12 08:00")
    text = dates(town.relay.accepted[-1])
    assert values(text, "METHOD") == ["CANCEL"]
    assert set(values(text, "STATUS")) == {"CANCELLED"}
    assert f"Vervallen: evaluatie “final”: {EVALUATION.partition(': ')[2]}" in values(
        text, "SUMMARY"
    )

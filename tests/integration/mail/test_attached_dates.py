"""The dates that a mail hands over: one identity for ever, a number that grows, and taken back."""

import re
import sqlite3
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import icalendar
import pytest
from sqlalchemy.exc import DatabaseError, OperationalError

from notifications.language import language
from states.model.events import undo
from tests import store
from tests.announced import REFUSED
from tests.town import CASE, OFFICES, Delivered, Town, unguarded, walked_once
from workflow.engine.ledger import decode, fold
from workflow.mail import attached_dates
from workflow.outputs.calendars import calendars
from workflow.people.erase import erase

# What is told is read through queries that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite

EVALUATION = "Houd de eindevaluatie: Verbindend Leiden (SO-2017-0042)"


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
    text = dates(next(mail for mail in town.relay.accepted if "geldt sinds" in mail.subject))
    assert values(text, "DTSTART") == ["20171012", "20181012", "20191012", "20200711", "20201011"]
    assert values(text, "SUMMARY")[3] == EVALUATION
    assert set(values(text, "STATUS")) == {"CONFIRMED"}


def test_a_date_keeps_its_identity_and_its_number_grows_with_an_amendment(town: Town) -> None:
    town.in_force(until="2020-04-09 08:00")
    first = dates(town.relay.accepted[-1])
    town.do("amend", reason="erratum", evaluation__final__before_end="P2M")
    town.until("2020-05-11 08:00")
    second = dates(town.relay.accepted[-1])
    assert (values(first, "DTSTART"), values(second, "DTSTART")) == (["20200711"], ["20200811"])
    assert values(first, "UID") == values(second, "UID")
    assert int(values(first, "SEQUENCE")[0]) < int(values(second, "SEQUENCE")[0])


def feed(town: Town) -> int:
    """Return the number that the evaluation has in the calendar of its office now."""
    found, _ = calendars(town.app, language("nl"), "sociaal-domein")
    read = icalendar.Calendar.from_ical(found["sociaal-domein"])
    (number,) = (e["SEQUENCE"] for e in read.events if str(e["SUMMARY"]) == EVALUATION)
    return int(str(number))


def mailed(town: Town) -> int:
    """Return the number that the evaluation has in the last mail."""
    return int(values(dates(town.relay.accepted[-1]), "SEQUENCE")[0])


def test_of_a_mail_and_a_calendar_the_one_made_later_is_never_older(town: Town) -> None:
    """It came to stand with event 6; event 24 mails, 25 amends, 26 mails (twice that, and one)."""
    town.in_force(until="2020-04-09 08:00")
    first, exported = mailed(town), feed(town)
    town.do("amend", reason="erratum", evaluation__final__before_end="P2M")
    amended = feed(town)
    town.until("2020-05-11 08:00")
    assert (exported, first, amended, mailed(town)) == (13, 49, 51, 53)


def test_what_lapses_is_taken_back(town: Town) -> None:
    town.in_force(until="2020-10-12 08:00")
    text = dates(town.relay.accepted[-1])
    assert values(text, "METHOD") == ["CANCEL"]
    assert set(values(text, "STATUS")) == {"CANCELLED"}
    lapsed = f"Vervallen: de eindevaluatie: {EVALUATION.partition(': ')[2]}"
    assert values(text, "SUMMARY") == [lapsed]  # the decision is asked for in this very mail


def test_undoing_the_last_events_gives_the_facts_as_they_were(town: Town) -> None:
    town.in_force(until="2018-07-02 10:00")
    town.do("amend", reason="korter", term__length="P2Y", evaluation__final__before_end="P2M")
    town.do("pay", instalment="2", on="2018-07-02")
    rows = town.query(
        "SELECT payload FROM event WHERE stream = 'agreement:SO-2017-0042' ORDER BY seq"
    )
    events = [decode(row.payload) for row in rows]
    for number in range(1, len(events)):
        assert undo(events[number:], fold(events).facts) == fold(events[:number]).facts


# What an amendment removes -----------------------------------------------------------------------


def has_dates(mail: Delivered) -> bool:
    """Tell whether a mail has a calendar with it."""
    return any(message_from_bytes(mail.content, EmailMessage, policy=default).iter_attachments())


def last_to(town: Town, address: str) -> str:
    """Return the text of the calendar in the last mail to an address; nothing where it has none."""
    mail = [mail for mail in town.relay.accepted if mail.to == address][-1]
    return dates(mail) if has_dates(mail) else ""


def standing(text: str) -> list[tuple[str, str, str]]:
    """Return what each date is about, its day and its status, in order."""
    about = [summary.partition(": Verbindend")[0] for summary in values(text, "SUMMARY")]
    return list(zip(about, values(text, "DTSTART"), values(text, "STATUS"), strict=True))


OFFICE, OWNER, FINANCE = (f"{name}@maastricht.example" for name in ("gerats", "a.janssen", "geld"))
PAY = ("Betaal €\xa01.000\\,00", "20181012", "CONFIRMED")
MIDTERM = '[[agreement.evaluation]]\nkey = "midterm"\non = 2019-06-01\n[[agreement.party]]'
GONE = ("Vervallen: een tussentijdse evaluatie", "20190601", "CANCELLED")


@walked_once
def with_midterm(town: Town) -> Town:
    """Give the source case with an evaluation on 1 June 2019 besides; the start hands it over."""
    town.register(OFFICES, CASE.replace("[[agreement.party]]", MIDTERM, 1)).decided().signed()
    return town.until("2018-07-02 10:00")


def test_a_date_that_an_amendment_removes_is_taken_back_by_the_next_mail(town: Town) -> None:
    """Event 12 removes it, event 13 mails: twice 13, and one for what stands."""
    with_midterm(town).do("amend", reason="vervalt", evaluation__midterm__on="")
    handed = [dates(mail) for mail in town.relay.accepted if mail.to == OWNER and has_dates(mail)]
    uids = {
        dict(zip(values(t, "DTSTART"), values(t, "UID"), strict=True)).get("20190601")
        for t in handed
    }
    town.until("2018-08-17 08:00")  # eight weeks before instalment 2
    text = last_to(town, OWNER)
    assert standing(text) == [PAY, GONE]
    assert values(text, "METHOD") == ["PUBLISH"]
    assert values(text, "SEQUENCE") == ["27", "26"]
    assert values(text, "UID")[1] in uids
    town.until("2018-09-14 08:00")
    assert standing(last_to(town, OWNER)) == [PAY]


def test_a_date_is_taken_back_also_where_somebody_was_erased_since(town: Town) -> None:
    with_midterm(town).do("amend", reason="vervalt", evaluation__midterm__on="")
    erase(town.app, "griffier Smeets", by="bob", reason="uit dienst")
    town.until("2018-08-17 08:00")
    assert standing(last_to(town, OWNER)) == [PAY, GONE]


def test_a_date_that_gets_another_name_is_taken_back_under_the_old_one(town: Town) -> None:
    moved = {"evaluation__midterm__on": "", "evaluation__halfway__on": "2019-06-01"}
    with_midterm(town).do("amend", reason="naam", **moved)
    town.until("2018-08-17 08:00")
    assert GONE in standing(last_to(town, OWNER))


MOVED = ("Houd een tussentijdse evaluatie", "20190701", "CONFIRMED")


def test_a_date_that_only_moves_is_handed_over_anew_by_the_next_mail(town: Town) -> None:
    with_midterm(town).do("amend", reason="later", evaluation__midterm__on="2019-07-01")
    town.until("2018-08-17 08:00")
    assert standing(last_to(town, OWNER)) == [PAY, MOVED]
    assert standing(last_to(town, FINANCE)) == [PAY]
    (words,) = [mail.words for mail in town.relay.accepted[-2:] if mail.to == OWNER]
    assert "De bijlage zet 1 nieuwe of gewijzigde datum in uw agenda." in words
    town.until("2018-09-14 08:00")
    assert standing(last_to(town, OWNER)) == [PAY]


def test_a_date_that_was_taken_back_by_mistake_is_handed_over_again(town: Town) -> None:
    with_midterm(town).do("amend", reason="vervalt", evaluation__midterm__on="")
    town.until("2018-08-17 10:00").do("undo", reason="vergissing")
    town.until("2018-09-14 08:00")
    handed = ("Houd een tussentijdse evaluatie", "20190601", "CONFIRMED")
    assert standing(last_to(town, OWNER)) == [PAY, handed]


def test_who_was_never_handed_a_date_is_not_told_that_it_lapsed(town: Town) -> None:
    with_midterm(town).do("amend", reason="vervalt", evaluation__midterm__on="")
    town.until("2018-08-17 08:00")
    assert standing(last_to(town, FINANCE)) == [PAY]


def test_a_date_that_came_and_went_between_two_mails_is_not_told(town: Town) -> None:
    town.in_force(until="2018-07-02 10:00")
    town.do("amend", reason="erbij", evaluation__midterm__on="2019-06-01")
    town.later(days=1).do("amend", reason="toch niet", evaluation__midterm__on="")
    town.until("2018-08-17 08:00")
    assert standing(last_to(town, OWNER)) == [PAY]


def test_an_instalment_that_is_waived_is_taken_back_from_who_pays(town: Town) -> None:
    town.in_force(until="2018-08-20 10:00")  # eight weeks before instalment 2 have been told
    town.do("waive", instalment="2", reason="kwijtgescholden")
    town.until("2019-08-16 08:00")
    assert standing(last_to(town, FINANCE)) == [
        ("Vervallen: termijn 2", "20181012", "CANCELLED"),
        (PAY[0], "20191012", "CONFIRMED"),
    ]


def test_what_lapsed_long_ago_crowds_out_no_date_to_come(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attached_dates, "MOST_DATES", 1)
    town.in_force(until="2018-07-02 10:00").do("waive", instalment="1", reason="kwijtgescholden")
    town.until("2018-08-17 08:00")
    assert standing(last_to(town, OWNER)) == [PAY]


def test_a_mail_that_was_not_accepted_has_taken_nothing_back(town: Town) -> None:
    with_midterm(town).do("amend", reason="vervalt", evaluation__midterm__on="")
    town.relay.by_address[OWNER] = REFUSED
    town.until("2018-08-17 08:00").relay.by_address.clear()
    town.until("2018-09-14 08:00")
    assert GONE in standing(last_to(town, OWNER))


def test_the_mail_that_tells_of_an_early_end_takes_back_what_comes_after_it(town: Town) -> None:
    town.in_force(until="2018-03-01 10:00")
    town.do("terminate", ends_on="2018-10-31", reason="Het doel is bereikt.")
    town.deliver()
    assert standing(last_to(town, OFFICE)) == [
        ("Houd de eindevaluatie", "20180731", "CONFIRMED"),
        ("Vervallen: termijn 3", "20191012", "CANCELLED"),
        ("Vervallen: het besluit over de voortzetting", "20201011", "CANCELLED"),
    ]


def test_a_case_owner_keeps_no_date_that_lapsed_after_the_agreement_got_another_office(
    town: Town,
) -> None:
    town.in_force(until="2018-03-01 10:00")
    town.do("amend", office="financien", reason="wie het doet")
    town.do("terminate", ends_on="2018-10-31", reason="Het doel is bereikt.")
    town.deliver()
    assert standing(last_to(town, OWNER)) == [
        ("Houd de eindevaluatie", "20180731", "CONFIRMED"),
        ("Vervallen: termijn 3", "20191012", "CANCELLED"),
        ("Vervallen: het besluit over de voortzetting", "20201011", "CANCELLED"),
    ]


def test_an_early_end_on_another_day_than_was_mailed_says_that_this_day_holds(town: Town) -> None:
    told = "Wij mailden u hierover al eerder. De datum in deze mail geldt."
    town.in_force(until="2018-03-01 10:00")
    for day, is_told in (("2018-10-31", False), ("2018-06-30", True)):
        town.do("terminate", ends_on=day, reason="Het doel is bereikt.")
        town.deliver()
        mail = [mail for mail in town.relay.accepted if mail.to == OFFICE][-1]
        assert (told in mail.words) is is_told
        town.do("undo", reason="Een andere dag.")


def test_a_damaged_event_costs_no_mail(town: Town) -> None:
    with_midterm(town).do("amend", reason="vervalt", evaluation__midterm__on="")
    town.relay.forget()
    unguarded(town).change(
        "UPDATE event SET payload = '{' WHERE payload LIKE '%midterm.on%' AND seq > 1"
    )
    town.until("2018-08-17 08:00")
    assert standing(last_to(town, OWNER)) == [PAY]


@walked_once
def amended_while_it_waited(town: Town) -> Town:
    """Let it be in force on a holiday, and its evaluation on another day before that is told."""
    starts = CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = 2018-01-01')
    town.register(OFFICES, starts).decided()
    town.signed()
    town.until("2018-01-01 10:00")
    town.do("amend", reason="erratum", evaluation__final__before_end="P2M")
    return town.until("2018-01-02 09:00")


def test_a_date_that_was_amended_while_its_mail_waited_is_handed_over_once(town: Town) -> None:
    amended_while_it_waited(town).until("2018-01-15 09:00")
    *_, started, next_one = [mail for mail in town.relay.accepted if "gerats" in mail.to]

    assert "20201031" in values(dates(started), "DTSTART")
    assert values(dates(next_one), "DTSTART") == ["20180101"]
    assert "gewijzigde" not in next_one.words


def test_a_disk_that_fails_while_dates_are_compared_costs_no_date(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was to be taken back was left out of the mail, as of an event that is damaged."""

    def fails(*_: object) -> bytes:
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("disk I/O error"))

    amended_while_it_waited(town).do("undo", reason="vergissing")
    with monkeypatch.context() as patch:
        patch.setattr(store.queries, "content_of", fails)
        with pytest.raises(store.Unavailable, match="disk I/O error"):
            town.until("2018-01-15 09:00")
    town.one_pass()

    *_, next_one = [mail for mail in town.relay.accepted if "gerats" in mail.to]
    assert values(dates(next_one), "DTSTART") == ["20180101", "20200930"]


def test_a_page_that_is_damaged_where_dates_are_compared_holds_up_no_mail(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> bytes:
        malformed = sqlite3.DatabaseError("database disk image is malformed")
        malformed.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise DatabaseError("SELECT", {}, malformed)

    amended_while_it_waited(town).do("undo", reason="vergissing")
    monkeypatch.setattr(store.queries, "content_of", fails)
    town.until("2018-01-15 09:00")

    *_, next_one = [mail for mail in town.relay.accepted if "gerats" in mail.to]
    assert values(dates(next_one), "DTSTART") == ["20180101"]


def test_where_that_mail_was_erased_its_dates_are_handed_over_again(town: Town) -> None:
    amended_while_it_waited(town)
    erase(town.app, "A. Janssen", by="bob", reason="uit dienst")
    town.until("2018-01-15 09:00")

    *_, next_one = [mail for mail in town.relay.accepted if "gerats" in mail.to]
    assert values(dates(next_one), "DTSTART") == ["20180101", "20201031"]


def test_it_is_put_right_once_that_is_undone(town: Town) -> None:
    amended_while_it_waited(town).do("undo", reason="vergissing")
    town.until("2018-01-15 09:00")

    *_, next_one = [mail for mail in town.relay.accepted if "gerats" in mail.to]
    assert values(dates(next_one), "DTSTART") == ["20180101", "20200930"]
    assert "1 nieuwe of gewijzigde datum" in next_one.words

"""In-Reply-To: it names a mail that reached the same reader, or nothing."""

import pytest

from tests.announced import BASTIAENS, IN_DOUBT, SECRETARIAAT
from tests.town import CASE, OFFICES, Delivered, Town, running

pytestmark = pytest.mark.on_sqlite


def follows(mail: Delivered) -> str | None:
    """Return which mail a mail answers; References says the same."""
    named = mail.header("In-Reply-To")
    assert mail.header("References") == named
    return None if named == "None" else named


def to(town: Town, address: str) -> list[Delivered]:
    return [mail for mail in town.relay.accepted if mail.to == address]


# What is told is read through queries that the next ones ask of both databases.
def test_each_mail_follows_the_last_that_reached_its_own_reader(town: Town) -> None:
    town.register(OFFICES, CASE).decided().signed()
    town.until("2020-10-12 08:00")

    readers = {mail.to for mail in town.relay.accepted}
    assert len(readers) > 3
    for reader in readers:
        first, *later = received = to(town, reader)
        assert follows(first) is None, reader
        assert [follows(mail) for mail in later] == [mail.message_id for mail in received[:-1]]


def test_who_stands_in_for_an_absent_holder_and_who_comes_after_begin_anew(town: Town) -> None:
    absent = OFFICES.replace("until = 2018-05-31", "until = 2018-02-28")
    town.at("2018-01-10 10:00").register(absent, running("A-1", start="2017-09-01"), history=True)
    town.relay.forget()
    town.until("2018-06-14 08:00")

    told = [(mail.to.partition("@")[0], follows(mail)) for mail in town.relay.accepted]
    stood_in = to(town, SECRETARIAAT)[0].message_id
    assert told == [
        ("gerats", None),
        ("secretariaat", None),
        ("secretariaat", stood_in),
        ("bastiaens", None),
    ]


def test_a_mail_of_which_nobody_knows_whether_it_arrived_is_followed_by_none(town: Town) -> None:
    town.in_force(until="2020-04-09 07:00")
    reached = to(town, BASTIAENS)[-1]
    town.relay.forget()
    town.relay.by_address[BASTIAENS] = IN_DOUBT
    town.until("2020-04-10 08:00")
    town.relay.by_address.clear()
    town.until("2020-06-11 08:00")
    first, again, later = (mail for mail in town.relay.attempts if mail.to.startswith("bastiaens"))

    assert first.content == again.content
    assert town.mails("status", where="message_id = :name", name=first.message_id) == ["unknown"]
    assert follows(first) == follows(later) == reached.message_id


def test_a_reader_whom_nothing_reached_for_certain_begins_anew(town: Town) -> None:
    town.at("2018-01-10 10:00").register(OFFICES, running("A-1", start="2017-09-01"), history=True)
    town.relay.by_address["gerats@maastricht.example"] = IN_DOUBT
    town.until("2018-03-01 08:00")
    town.relay.by_address.clear()
    town.until("2018-04-30 08:00")

    assert [status for status in town.mails("status") if status == "unknown"] == ["unknown"]
    (mail,) = to(town, "gerats@maastricht.example")
    assert follows(mail) is None

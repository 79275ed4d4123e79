"""The weekly digest: one mail to each office, once a week, whatever the daemons do."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.announced import DEFERRED, REFUSED, endless
from tests.store import Rejected, queries
from tests.town import CASE, OFFICES, REF, Town, running, the_usual_town, visiting, walked_once
from workflow.app.app import Restored
from workflow.mail import queue
from workflow.mail.overviews import queue_digests
from workflow.maintenance.daily import Daily
from workflow.maintenance.verify import verify_fingerprint
from workflow.system.settings import Mail, Municipality

pytestmark = pytest.mark.on_sqlite

MAIL = Mail(sender="Looptijd <looptijd@maastricht.example>", digest="monday")


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give a register that sends digests on Mondays, with nothing in it."""
    with visiting(the_usual_town(database_url, tmp_path, mail=MAIL)) as made:
        yield made


@pytest.fixture
@walked_once
def in_force(town: Town) -> Town:
    """Give the source case, in force since Thursday 12 October 2017; that week's have left."""
    passed(town.in_force(), "2017-10-12 11:00")
    town.relay.forget()
    return town


def passed(town: Town, *moments: str, daily: Daily | None = None) -> list[tuple[str, str]]:
    """Let one daemon look at these moments; return to whom digests went, and when."""
    daily = daily or Daily()
    for moment in moments:
        town.at(moment).tick()
        daily.step(town.app)
        town.deliver()
    return [(m.at, m.to) for m in town.relay.accepted if m.subject.startswith("Weekoverzicht")]


def digests(town: Town) -> list[tuple[str, str]]:
    """Return for which office and week each digest is, and where it stands."""
    return town.mails("cause, status", where="rule = 'digest' AND cause NOT LIKE '%W41'")


# Once a week -------------------------------------------------------------------------------------


def test_it_leaves_on_its_day_at_the_alert_time_and_not_before(in_force: Town) -> None:
    early = passed(in_force, "2017-10-14 08:00", "2017-10-15 23:59", "2017-10-16 07:59")
    assert early == []
    assert passed(in_force, "2017-10-16 08:00", "2017-10-16 08:01") == [
        ("Mon 2017-10-16 08:00", "geld@maastricht.example"),
        ("Mon 2017-10-16 08:00", "gerats@maastricht.example"),
    ]


def test_each_week_has_one_whoever_asks_again(in_force: Town) -> None:
    passed(in_force, "2017-10-16 08:00", "2017-10-17 09:00", "2017-10-22 23:00", "2017-10-23 08:00")
    with visiting(in_force.another()) as second:
        passed(second, "2017-10-23 08:01", "2017-10-24 09:00")
    assert [cause for cause, _ in digests(in_force)] == [
        "digest:financien:2017-W42",
        "digest:sociaal-domein:2017-W42",
        "digest:financien:2017-W43",
        "digest:sociaal-domein:2017-W43",
    ]


@pytest.mark.on_both
def test_of_daemons_that_come_at_once_one_queues_it(in_force: Town) -> None:
    in_force.at("2017-10-16 08:00")
    with ExitStack() as open_towns, ThreadPoolExecutor(4) as crowd:
        towns = [open_towns.enter_context(visiting(in_force.another())) for _ in range(4)]
        days = list(crowd.map(lambda town: queue_digests(town.app), towns))
    assert days == [date(2017, 10, 16)] * 4
    assert len(digests(in_force)) == 2


def test_after_three_weeks_of_silence_there_is_one_the_newest(in_force: Town) -> None:
    passed(in_force, "2017-10-16 08:00")
    in_force.relay.forget()
    assert passed(in_force, "2017-11-08 10:00", "2017-11-08 10:01") == [
        ("Wed 2017-11-08 10:00", "geld@maastricht.example"),
        ("Wed 2017-11-08 10:00", "gerats@maastricht.example"),
    ]
    assert [c for c, _ in digests(in_force)[2:]] == [
        "digest:financien:2017-W45",
        "digest:sociaal-domein:2017-W45",
    ]


def test_a_week_belongs_to_the_year_in_which_most_of_it_lies(town: Town) -> None:
    """Else the last Monday of 2018 would be that of the first week of 2018, which was told."""
    town.at("2018-12-20 10:00").register(OFFICES, running("A-1", start="2018-05-01"), history=True)
    passed(town, "2018-12-31 08:00")
    assert digests(town) == [("digest:sociaal-domein:2019-W01", "accepted")]


def test_all_offices_are_queued_together_or_none_is(in_force: Town) -> None:
    in_force.at("2017-10-16 08:00")
    in_force.change("CREATE UNIQUE INDEX one_digest ON message (rule) WHERE cause LIKE '%-W42'")
    with pytest.raises(Rejected):
        Daily().step(in_force.app)
    assert digests(in_force) == []
    in_force.change("DROP INDEX one_digest")
    Daily().step(in_force.app)
    assert len(digests(in_force)) == 2


def test_without_the_setting_there_is_none(in_force: Town) -> None:
    without = in_force.configured(mail=replace(MAIL, digest="off"))
    assert passed(without, "2017-10-16 08:00") == []
    assert digests(in_force) == []


def test_one_that_waited_is_not_sent_when_none_is_wanted_any_more(in_force: Town) -> None:
    in_force.relay.answers(DEFERRED, DEFERRED)
    passed(in_force, "2017-10-16 08:00")
    without = in_force.configured(mail=replace(MAIL, digest="off"))
    assert passed(without, "2017-10-16 08:10") == []
    assert {status for _, status in digests(in_force)} == {"cancelled"}


@pytest.mark.on_both
def test_one_that_expired_needs_no_look_once_that_of_a_later_week_was_accepted(
    in_force: Town,
) -> None:
    passed(in_force, "2017-10-16 08:00")
    in_force.change(
        "UPDATE message SET status = 'expired', accepted_at = NULL"
        " WHERE rule = 'digest' AND cause LIKE '%W42'"
    )
    assert looks(in_force) == ["Mail needs a look: expired 2."]
    in_force.relay.by_address["geld@maastricht.example"] = DEFERRED
    passed(in_force, "2017-10-23 08:00")
    assert looks(in_force) == ["Mail needs a look: expired 1."]
    rows, _ = queue.listed(in_force.app, status=None, ref=None, attention=True)
    assert [row.cause for row in rows] == ["digest:financien:2017-W42"]
    in_force.relay.by_address.clear()
    passed(in_force, "2017-10-23 10:00")
    assert looks(in_force) == ["No mail was refused, expired or left in doubt."]


@pytest.mark.on_postgresql
def test_a_refused_mail_whose_cause_is_shorter_than_a_week_keeps_none_from_being_counted(
    in_force: Town,
) -> None:
    """Where there are many mails PostgreSQL asks of each what is meant for digests."""
    refused = in_force.change("UPDATE message SET status = 'refused' WHERE cause = 'event:4'")
    with in_force.app.reading() as connection:
        connection.exec_driver_sql("SET LOCAL enable_nestloop = off")  # as it joins many
        assert (refused, queries.lost(connection)) == (2, {"refused": 2})


def looks(town: Town) -> list[str]:
    """Return what the doctor says of mail that was not told."""
    return [str(check.detail) for check in town.checks("mail")]


def test_of_two_that_wait_the_newer_is_sent(in_force: Town) -> None:
    in_force.relay.by_address["gerats@maastricht.example"] = DEFERRED
    passed(in_force, "2017-10-16 08:00", "2017-10-23 08:00")
    in_force.relay.by_address.clear()
    assert [to for _, to in passed(in_force, "2017-10-23 20:00")].count(
        "gerats@maastricht.example"
    ) == 1
    assert digests(in_force)[1:4:2] == [
        ("digest:sociaal-domein:2017-W42", "cancelled"),
        ("digest:sociaal-domein:2017-W43", "accepted"),
    ]


def test_one_that_waited_does_not_leave_after_the_newer(in_force: Town) -> None:
    """The relay has it wait for five minutes, and a database that goes gives it a later turn."""
    in_force.relay.by_address["gerats@maastricht.example"] = DEFERRED
    passed(in_force, "2017-10-16 08:00", "2017-10-23 07:58")
    in_force.relay.by_address.clear()
    assert [to for _, to in passed(in_force, "2017-10-23 08:00", "2017-10-23 08:03")].count(
        "gerats@maastricht.example"
    ) == 1
    assert digests(in_force)[1:4:2] == [
        ("digest:sociaal-domein:2017-W42", "cancelled"),
        ("digest:sociaal-domein:2017-W43", "accepted"),
    ]


@pytest.mark.on_both
def test_an_older_one_that_is_sent_once_more_tells_nothing_of_the_newer(in_force: Town) -> None:
    """What was done in the newer week it does not tell."""
    passed(in_force, "2017-10-16 08:00")
    in_force.relay.by_address["gerats@maastricht.example"] = DEFERRED
    passed(in_force, "2017-10-23 08:00")
    in_force.relay.by_address.clear()
    (older,) = in_force.mails("id", where="cause = 'digest:sociaal-domein:2017-W42'")
    queue.resend(in_force.app, str(older))
    passed(in_force, "2017-10-23 08:10")
    assert digests(in_force)[1:] == [
        ("digest:sociaal-domein:2017-W42", "accepted"),
        ("digest:financien:2017-W43", "accepted"),
        ("digest:sociaal-domein:2017-W43", "accepted"),
        ("digest:sociaal-domein:2017-W42", "accepted"),
    ]


def test_a_refused_one_goes_to_the_next_in_the_chain_beside_its_own(in_force: Town) -> None:
    town, secretariat = in_force.until("2018-01-04 10:00"), "secretariaat@maastricht.example"
    town.register(running("A-1").replace("sociaal-domein", "secretariaat"), history=True)
    town.relay.by_address |= {"gerats@maastricht.example": REFUSED, secretariat: DEFERRED}
    passed(town, "2018-01-08 08:00")
    town.relay.by_address.pop(secretariat)
    passed(town, "2018-01-08 08:01", "2018-01-08 08:05")
    assert digests(town) == [
        ("digest:financien:2018-W02", "accepted"),
        ("digest:secretariaat:2018-W02", "accepted"),
        ("digest:sociaal-domein:2018-W02", "refused"),
        ("digest:sociaal-domein:2018-W02", "accepted"),
    ]
    assert [mail.to for mail in town.relay.accepted].count(secretariat) == 2


# When nothing leaves -----------------------------------------------------------------------------


@pytest.mark.on_both
def test_what_was_registered_since_waits_for_the_next(town: Town) -> None:
    town.at("2018-01-04 10:00").register(OFFICES, running("A-1"), history=True)
    assert passed(town, "2018-01-04 10:01", "2018-01-07 12:00") == []
    assert digests(town) == []
    assert len(passed(town, "2018-01-08 08:00")) == 1


def test_what_was_registered_in_the_second_in_which_it_fell_due_is_told(town: Town) -> None:
    evaluated_soon = running("A-1", start="2017-05-01")
    town.at("2018-01-08 08:00").register(OFFICES, evaluated_soon, history=True)
    assert len(passed(town, "2018-01-08 08:00")) == 1


def test_what_was_registered_a_second_later_waits_for_the_next(town: Town) -> None:
    evaluated_soon = running("A-1", start="2017-05-01")
    town.at("2018-01-08 08:00").later(seconds=1).register(OFFICES, evaluated_soon, history=True)
    assert passed(town, "2018-01-08 08:01") == []
    assert len(passed(town, "2018-01-15 08:00")) == 1


def test_a_held_clock_queues_none(in_force: Town) -> None:
    in_force.change("UPDATE register SET clock_held = 'set back'")
    assert passed(in_force, "2017-10-16 08:00") == []
    assert digests(in_force) == []
    in_force.confirm()
    assert len(passed(in_force, "2017-10-16 08:05")) == 2


def test_a_copy_that_was_put_back_queues_none(in_force: Town) -> None:
    in_force.change("UPDATE register SET restored = '1 < 2'")
    in_force.at("2017-10-16 08:00")
    with pytest.raises(Restored):
        in_force.tick()
    Daily().step(in_force.app)
    assert digests(in_force) == []


def test_another_installation_queues_none(in_force: Town) -> None:
    copy = in_force.configured(municipality=Municipality(installation="a copy"))
    assert passed(copy, "2017-10-16 08:00") == []
    assert digests(in_force) == []


def test_an_office_with_nothing_to_tell_gets_none(in_force: Town) -> None:
    in_force.do("pay", instalment="1", on="2017-10-12")
    in_force.until("2018-01-04 10:00")
    assert passed(in_force, "2018-01-08 08:00") == []
    assert in_force.mails("status, last_error", where="cause LIKE '%2018-W02'") == [
        ("cancelled", "er is niets te melden"),
        ("cancelled", "er is niets te melden"),
    ]


# What it says ------------------------------------------------------------------------------------


def words(town: Town, to: str) -> str:
    """Return the words of the newest digest to an address, up to how to answer."""
    mail = [m for m in town.relay.accepted if m.to == to and m.subject.startswith("Week")][-1]
    return mail.words.partition("Zo antwoordt u")[0].partition("Klopt er iets")[0]


def test_it_tells_what_is_late_what_comes_and_what_was_done(in_force: Town) -> None:
    in_force.at("2017-10-13 15:00").do("note", text="Een geheim")
    in_force.do("pay", instalment="2", on="2017-10-13")
    passed(in_force, "2017-10-16 08:00")
    shown = words(in_force, "gerats@maastricht.example")
    assert (
        "4 dagen te laat, moest uiterlijk donderdag 12 oktober 2017: betaal termijn 1"
        " (€ 1.000,00), door Concernfinancien, Verbindend Leiden"
    ) in shown
    assert "Te betalen is € 1.000,00, en dat had al betaald moeten zijn." in shown
    assert "Gedaan van maandag 9 oktober 2017 tot en met zondag 15 oktober 2017" in shown
    assert (
        "- Verbindend Leiden (SO-2017-0042): getekend door Gemeente Maastricht; getekend door"
        " Provincie Limburg; de overeenkomst is ingegaan; een notitie is toegevoegd; termijn 2 is"
        " betaald"
    ) in shown
    assert "geheim" not in shown


def test_one_of_which_nothing_can_be_derived_keeps_no_other_out_of_it(in_force: Town) -> None:
    in_force.register(running("A-1", start="2016-12-01"), history=True)
    Daily().begin(in_force.at("2017-10-16 08:00").app)
    endless(in_force, REF).deliver()
    shown = words(in_force, "gerats@maastricht.example")
    assert "Agreement A-1" in shown
    assert "betaal termijn 1" not in shown


def test_what_was_done_at_midnight_is_told_in_the_week_that_begins_then_and_in_no_other(
    in_force: Town,
) -> None:
    in_force.at("2017-10-16 00:00").do("note", text="x")
    passed(in_force, "2017-10-16 08:00")
    first = words(in_force, "gerats@maastricht.example")
    passed(in_force, "2017-10-23 08:00")
    second = words(in_force, "gerats@maastricht.example")
    assert ["een notitie is toegevoegd" in shown for shown in (first, second)] == [False, True]


def test_what_was_taken_back_in_the_same_week_was_not_done(in_force: Town) -> None:
    in_force.at("2017-10-13 15:00").do("pay", instalment="1", on="2017-10-13")
    in_force.at("2017-10-13 16:00").do("undo", reason="een andere overeenkomst")
    passed(in_force, "2017-10-16 08:00")
    for reader in ("geld@maastricht.example", "gerats@maastricht.example"):
        shown = words(in_force, reader)
        assert "betaal termijn 1 (€ 1.000,00)" in shown
        assert "termijn 1 is betaald" not in shown
        assert "teruggedraaid" not in shown


def test_what_was_taken_back_of_an_earlier_week_is_told(in_force: Town) -> None:
    in_force.at("2017-10-13 15:00").do("pay", instalment="1", on="2017-10-13")
    passed(in_force, "2017-10-16 08:00")
    in_force.at("2017-10-17 16:00").do("undo", reason="een andere overeenkomst")
    passed(in_force, "2017-10-23 08:00")
    assert "teruggedraaid" in words(in_force, "gerats@maastricht.example")


def test_the_office_that_pays_is_told_of_payments_only(in_force: Town) -> None:
    in_force.at("2017-10-13 15:00").do("note", text="x")
    in_force.do("waive", instalment="2", reason="kwijtgescholden")
    passed(in_force, "2017-10-16 08:00")
    shown = words(in_force, "geld@maastricht.example")
    assert "betaal termijn 1 (€ 1.000,00), Verbindend Leiden" in shown
    assert "(SO-2017-0042): termijn 2 hoeft niet meer" in shown
    assert "getekend" not in shown
    assert "notitie" not in shown


@pytest.mark.parametrize(
    "day, shown",
    [("2020-04-11", False), ("2020-04-12", True), ("2020-07-11", True), ("2020-07-12", False)],
)
def test_what_comes_today_and_within_ninety_days_is_told(
    in_force: Town, day: str, *, shown: bool
) -> None:
    """That of a Monday on which nobody looked leaves later, and tells what comes from then on."""
    for number in "123":
        in_force.do("pay", instalment=number, on="2017-10-12")
    in_force.until("2020-04-01 10:00").relay.forget()  # ninety days before 11 July is 12 April
    in_force.until(f"{day} 07:00")
    passed(in_force, f"{day} 08:00")
    mails = [m for m in in_force.relay.accepted if m.subject.startswith("Week")]
    line = "- Zaterdag 11 juli 2020: houd de eindevaluatie, Verbindend Leiden (SO-2017-0042)"
    assert any(line in mail.words for mail in mails) is shown
    assert any("Te laat" in mail.words for mail in mails) is (day == "2020-07-12")


def test_a_late_payment_stays_until_it_is_paid_after_the_last_mail_about_it(in_force: Town) -> None:
    in_force.until("2017-12-04 07:00")
    passed(in_force, "2017-12-04 08:00")
    late = "53 dagen te laat, moest uiterlijk donderdag 12 oktober 2017: betaal termijn 1"
    assert late in words(in_force, "gerats@maastricht.example")
    in_force.do("pay", instalment="1", on="2017-12-04")
    passed(in_force, "2017-12-11 08:00")
    assert "Te laat" not in words(in_force, "gerats@maastricht.example")


def test_its_fingerprint_is_that_of_the_day_before_and_can_be_checked(in_force: Town) -> None:
    passed(in_force, "2017-10-14 00:10", "2017-10-15 00:10", "2017-10-16 00:10", "2017-10-16 08:00")
    shown = words(in_force, "gerats@maastricht.example")
    found = re.search(r"looptijd verify --at (\S+) --fingerprint ([0-9a-f]{64})", shown)
    assert found
    assert found[1] == "2017-10-15"
    day = in_force.query("SELECT day FROM seal ORDER BY id DESC LIMIT 1")[0].day
    assert str(day) == "2017-10-15"
    assert not verify_fingerprint(in_force.app, found[2], date(2017, 10, 15)).problems
    assert verify_fingerprint(in_force.app, "0" * 64, date(2017, 10, 15)).problems


def test_what_is_not_public_is_named_in_the_text_and_never_in_the_subject(town: Town) -> None:
    hidden = CASE.replace(
        'office = "sociaal-domein"', 'office = "sociaal-domein"\npublic = false', 1
    )
    town.register(OFFICES, hidden).decided().signed()
    passed(town, "2017-10-16 08:00")
    (mail,) = [m for m in town.relay.accepted if m.to.startswith("gerats") and "Week" in m.subject]
    assert mail.subject == (
        "Weekoverzicht: 1 te laat, geen datum in 90 dagen, voor Portefeuille Sociaal Domein"
    )
    assert "Verbindend Leiden (SO-2017-0042, niet openbaar)" in mail.words

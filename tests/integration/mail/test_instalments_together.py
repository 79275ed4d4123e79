"""Several instalments of one agreement in one mail are one table, one question and one total."""

import re

import pytest

from notifications.transport import Outcome, Verdict
from tests.announced import IN_DOUBT
from tests.town import CASE, OFFICES, Delivered, Town

# What is told is read through queries that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite

QUARTERLY = CASE.replace('every = "P1Y"', 'every = "P3M"')


def signed_late(town: Town, case: str = QUARTERLY) -> Delivered:
    """Record on 20 June 2019 a signature of October 2017; return the mail to the finance office."""
    town.register(OFFICES, case).decided().at("2019-06-20 10:00").confirm()
    town.do("sign", party="maastricht", on="2017-10-12", signatory="wethouder Gerats")
    town.do("sign", party="limburg", on="2017-10-12")
    town.relay.forget()
    town.one_pass()
    (mail,) = (mail for mail in town.relay.accepted if mail.to == "geld@maastricht.example")
    return mail


def test_eight_instalments_are_one_table_with_one_total(town: Town) -> None:
    mail = signed_late(town)

    assert mail.subject == (
        "Verbindend…: betaal € 7.000,00, moest 12 okt 2017 (7 termijnen) (SO-2017-0042)"
    )
    assert "Termijn Bedrag Uiterlijk Jaar Stand 1 € 1.000,00 12 okt 2017 2017 te laat" in mail.words
    assert "7 € 1.000,00 12 apr 2019 2019 te laat 8 € 1.000,00 12 juli 2019" in mail.words
    assert "2019 factuur? Samen € 8.000,00 8 termijnen" in mail.words
    assert mail.words.count("Als er niets gebeurt") == 1
    assert mail.words.count("herinneringen") == 1
    assert re.findall(r"betalen termijn=\S+", mail.words) == ["betalen termijn=1,2,3,4,5,6,7"]
    assert len(mail.words.split()) < 300  # 1,649 where each instalment had sentences of its own


def test_the_line_records_what_is_due_beside_what_is_late(town: Town) -> None:
    """It left out the one that is due today, which subject, question and sum have."""
    parts = '[[agreement.instalment]]\nnumber = {n}\namount = "250.00"\ndue_on = 2018-01-{day}\n'
    case = CASE.replace('every = "P1Y"\n', "").replace('amount = "1000.00"\n', "")
    case += parts.format(n=1, day="05") + parts.format(n=2, day=12)
    town.register(OFFICES, case).decided().signed().until("2018-01-12 09:00")
    *_, mail = (mail for mail in town.relay.accepted if mail.to == "geld@maastricht.example")

    assert mail.subject == (
        "Verbindend Leiden: betaal € 500,00, moest 5 jan (2 termijnen) (5e keer) (SO-2017-0042)"
    )
    assert re.findall(r"betalen termijn=\S+", mail.words) == ["betalen termijn=1,2"]


def test_an_instalment_of_which_the_amount_is_asked_has_a_line_of_its_own(town: Town) -> None:
    """The line for all together was refused: one amount cannot be that of each."""
    case = CASE.replace('every = "P1Y"\n', "").replace('amount = "1000.00"\n', "")
    for number, rest in ((1, 'amount = "250.00"\n'), (2, ""), (3, 'amount = "300.00"\n')):
        case += f"[[agreement.instalment]]\nnumber = {number}\n{rest}due_on = 2018-01-05\n"
    town.register(OFFICES, case).decided().signed().until("2018-01-05 09:00")
    *_, mail = (mail for mail in town.relay.accepted if mail.to == "geld@maastricht.example")

    assert mail.words.endswith(
        "Voor de beheerder: looptijd do SO-2017-0042 betalen termijn=1,3"
        " looptijd do SO-2017-0042 betalen termijn=2 bedrag=…"
    )


def test_an_instalment_whose_reminders_waited_together_is_asked_for_once(town: Town) -> None:
    """The sum was thrice the amount, as its date, a day and a week later waited for the relay."""
    town.in_force(until="2018-10-11 10:00").relay.forget()
    for moment in ("2018-10-12 08:00", "2018-10-15 08:00", "2018-10-19 08:00"):
        town.at(moment).tick()
    town.at("2018-10-20 08:00").deliver()
    town.until("2018-10-26 09:00")

    assert [
        (mail.subject, mail.words.count("€ 3.000,00"))
        for mail in town.relay.accepted
        if mail.to == "geld@maastricht.example"
    ] == [
        ("Verbindend Leiden: betaal termijn 2, moest 12 okt (3e keer) (SO-2017-0042)", 0),
        ("Verbindend Leiden: betaal termijn 2, moest 12 okt (4e keer) (SO-2017-0042)", 0),
    ]


def test_a_reminder_goes_along_with_the_one_that_the_relay_did_not_take(town: Town) -> None:
    town.in_force(until="2018-10-11 10:00").relay.forget()
    town.relay.answers(*[Outcome(Verdict.DEFERRED, "451 4.3.0 Later")] * 2)
    town.at("2018-10-12 08:00").one_pass()
    town.at("2018-10-15 08:00").one_pass()

    assert town.relay.shown() == [
        (who, "Verbindend Leiden: betaal termijn 2, moest 12 okt (3e keer) (SO-2017-0042)")
        for who in ("geld@maastricht.example", "a.janssen@maastricht.example")
    ]
    assert town.mails(
        "cause, attempts", where="status = 'accepted' AND cause LIKE 'payment:2:%:+P1D'"
    ) == [
        ("payment:2:2018-10-12:+P1D", 1),
        ("payment:2:2018-10-12:+P1D", 1),
    ]


def test_what_went_along_comes_to_the_next_in_the_chain_with_the_mail_that_is_refused(
    town: Town,
) -> None:
    town.in_force(until="2018-10-11 10:00").relay.forget()
    town.relay.by_address["geld@maastricht.example"] = Outcome(Verdict.DEFERRED, "451 4.3.0 Later")
    town.at("2018-10-12 08:00").one_pass()
    town.relay.by_address["geld@maastricht.example"] = Outcome(Verdict.REFUSED, "550 5.1.1 Unknown")
    town.at("2018-10-15 08:00").one_pass()

    assert [to for to, _ in town.relay.shown()] == [
        "a.janssen@maastricht.example",
        "a.janssen@maastricht.example",
        "secretariaat@maastricht.example",
    ]
    assert town.problems() == []


def test_a_mail_in_doubt_goes_alone_and_so_does_the_reminder_that_came_meanwhile(
    town: Town,
) -> None:
    town.in_force(until="2018-10-11 10:00").relay.forget()
    town.relay.by_address["geld@maastricht.example"] = IN_DOUBT
    town.at("2018-10-12 08:00").one_pass()
    town.relay.by_address.clear()
    town.at("2018-10-15 08:00").one_pass()

    assert [subject for to, subject in town.relay.shown() if to == "geld@maastricht.example"] == [
        "Verbindend…: betaal termijn 2 vandaag, 12 okt (3e keer) (SO-2017-0042)",
        "Verbindend Leiden: betaal termijn 2, moest 12 okt (4e keer) (SO-2017-0042)",
    ]
    assert town.problems() == []


def test_it_does_so_though_that_one_is_to_be_tried_later(town: Town) -> None:
    town.in_force(until="2018-10-11 10:00").relay.forget()
    for who in ("geld@maastricht.example", "a.janssen@maastricht.example"):
        town.relay.by_address[who] = Outcome(Verdict.DEFERRED, "451 4.3.0 Later")
    town.until("2018-10-15 07:59").relay.by_address.clear()
    town.until("2018-10-15 18:00")

    assert town.relay.shown() == [
        (who, "Verbindend Leiden: betaal termijn 2, moest 12 okt (3e keer) (SO-2017-0042)")
        for who in ("geld@maastricht.example", "a.janssen@maastricht.example")
    ]


def test_a_reminder_counts_the_mails_that_were_not_refused(town: Town) -> None:
    town.in_force(until="2018-10-11 10:00").relay.forget()
    town.relay.by_address["geld@maastricht.example"] = Outcome(
        Verdict.REFUSED, "550 5.1.1 No such user"
    )
    town.until("2018-10-15 09:00")

    assert [
        subject for to, subject in town.relay.shown() if to == "secretariaat@maastricht.example"
    ] == [
        "Verbindend…: betaal termijn 2 vandaag, 12 okt (3e keer) (SO-2017-0042)",
        "Verbindend Leiden: betaal termijn 2, moest 12 okt (4e keer) (SO-2017-0042)",
    ]


def test_what_comes_back_is_a_table_of_its_own_and_never_netted(town: Town) -> None:
    back = '[[agreement.instalment]]\nnumber = {n}\nrefund = true\namount = "300.00"\n'
    mail = signed_late(town, QUARTERLY + back.format(n=2) + back.format(n=4))

    assert "betaal € 5.000,00" in mail.subject
    assert "of 2 termijnen (samen € 600,00) van Verbindend Leiden zijn terugbetaald" in mail.words
    assert "Samen € 600,00 2 termijnen" in mail.words


def test_what_another_party_pays_is_asked_about(town: Town) -> None:
    amount = 'amount = "1000.00"\n'
    mail = signed_late(town, QUARTERLY.replace(amount, f'{amount}payer = "limburg"\n'))
    assert not re.search("[Bb]etaal ", f"{mail.subject} {mail.words}")


@pytest.mark.parametrize("payer, times", [("", 1), ('payer = "limburg"\n', 0)])
def test_that_it_is_in_force_is_told_with_our_next_payment(
    town: Town, payer: str, times: int
) -> None:
    amount = 'amount = "1000.00"\n'
    town.register(OFFICES, CASE.replace(amount, amount + payer)).decided().signed()
    town.until("2017-10-13 09:00")
    (mail, *_) = (mail for mail in town.relay.accepted if "geldt sinds" in mail.subject)
    assert mail.words.count("De volgende betaling (€ 1.000,00)") == times


def test_our_next_payment_is_the_first_by_date_whatever_its_number(town: Town) -> None:
    part = '[[agreement.instalment]]\nnumber = {n}\namount = "{n}00.00"\ndue_on = {day}\n'
    case = CASE.replace('every = "P1Y"\n', "").replace('amount = "1000.00"\n', "")
    case += part.format(n=1, day="2020-03-01") + part.format(n=2, day="2018-03-01")
    town.register(OFFICES, case).decided().signed().until("2017-10-13 09:00")
    (mail, *_) = (mail for mail in town.relay.accepted if "geldt sinds" in mail.subject)

    assert "De volgende betaling (€ 200,00) moet uiterlijk op donderdag 1 maart 2018" in mail.words


def test_of_what_is_not_public_no_amount_stands_in_the_subject(town: Town) -> None:
    hidden = QUARTERLY.replace('office = "sociaal', 'public = false\noffice = "sociaal', 1)

    assert (
        signed_late(town, hidden).subject == "SO-2017-0042: betaal 7 termijnen, moest 12 okt 2017"
    )

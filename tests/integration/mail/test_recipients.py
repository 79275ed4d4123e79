"""Who is told: asked on the day of sending, through the fallbacks, one mail for one address."""

import re
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from states.model.phrase import say
from tests.announced import DEFERRED, GELD, IN_DOUBT, REFUSED, SECRETARIAAT, announced
from tests.town import CASE, OFFICES, Town, running, the_usual_town, visiting, walked_once
from workflow.app.incidents import report
from workflow.mail.senders import envelope_sender
from workflow.system.settings import Mail

# Who reads a mail is found by queries that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite

COMMA = "Looptijd, gemeente Maastricht <looptijd@maastricht.example>"
OWNER = 'case_owner = { name = "A. Janssen", email = "a.janssen@maastricht.example" }'
PLACE = re.compile(r"Deze mail is voor (.*), maar daar is nu niemand te bereiken\.")
ANNOUNCED = "Agreement A-1: plan evaluatie vóór 30 sep 2018 (A-1)"


def test_a_mail_is_from_the_configured_address_whatever_stands_in_its_name(town: Town) -> None:
    configured = announced(town).configured(mail=Mail(sender=COMMA))
    configured.deliver()

    (mail,) = configured.relay.accepted
    assert envelope_sender(configured.app) == "looptijd@maastricht.example"
    (box,) = message_from_bytes(mail.content, policy=default)["From"].addresses
    assert (box.display_name, box.addr_spec) == (
        "Looptijd, gemeente Maastricht",
        "looptijd@maastricht.example",
    )


# The holder --------------------------------------------------------------------------------------


@walked_once
def decided_late_at_night(town: Town) -> Town:
    """Let the college decide half an hour before another holds the office."""
    town.register(OFFICES, CASE).at("2018-05-31 23:30")
    town.do("skip_overleg", reason="spoed")
    town.do("decide", outcome="as_proposed")
    return town


def test_mail_goes_to_who_holds_the_office_when_it_is_sent(town: Town) -> None:
    decided_late_at_night(town).deliver()
    assert "gerats@maastricht.example" in [mail.to for mail in town.relay.accepted]


def test_mail_that_leaves_after_a_handover_goes_to_the_new_holder(town: Town) -> None:
    decided_late_at_night(town).at("2018-06-01 00:30").deliver()
    assert [mail.to for mail in town.relay.accepted] == [
        "bastiaens@maastricht.example",
        "a.janssen@maastricht.example",
    ]


def test_who_holds_the_office_through_a_last_day_holds_it_all_that_day(town: Town) -> None:
    decided_late_at_night(town).at("2018-05-31 23:59").deliver()
    assert town.relay.accepted[0].to == "gerats@maastricht.example"


def test_when_nobody_holds_the_office_the_next_in_the_chain_gets_its_mail(town: Town) -> None:
    ended = OFFICES.replace("from = 2018-06-01", "from = 2019-06-01")
    announced(town, offices=ended).deliver()
    assert town.relay.shown() == [("secretariaat@maastricht.example", ANNOUNCED)]


def test_who_reads_a_mail_in_anothers_place_is_told_why(town: Town) -> None:
    ended = OFFICES.replace("from = 2018-06-01", "from = 2018-07-01")
    announced(town, offices=ended).deliver()
    town.relay.by_address["bastiaens@maastricht.example"] = REFUSED
    town.until("2018-08-30 09:00").relay.by_address.clear()
    town.until("2018-11-12 09:00")

    why = (
        "Deze mail is voor Portefeuille Sociaal Domein, maar daar is nu niemand te bereiken."
        " Daarom krijgt u hem als vervanger."
    )
    told = [
        (mail.at[:14], mail.to.partition("@")[0], why in mail.words) for mail in town.relay.accepted
    ]
    assert told == [
        ("Fri 2018-06-29", "secretariaat", True),  # nobody held the office
        ("Thu 2018-08-30", "secretariaat", True),  # its address was refused
        ("Fri 2018-09-28", "bastiaens", False),
        ("Mon 2018-10-15", "bastiaens", False),
        ("Mon 2018-10-29", "bastiaens", False),
        ("Mon 2018-11-12", "bastiaens", False),
        ("Mon 2018-11-12", "secretariaat", False),
    ]
    assert "Eerdere mails hierover waren voor Portefeuille Sociaal Domein." in (
        town.relay.accepted[-1].words
    )


def test_so_is_who_reads_it_in_the_place_of_another_office_than_the_agreements(town: Town) -> None:
    """What was refused there said nothing, as an escalation that was refused above."""
    plan = 'key = "plan"\nwhat = "het plan"\nbefore_end = "P3M"\noffice = "financien"'
    contents = f"{running('A-1')}\n[[agreement.obligation]]\n{plan}\n"
    town.at("2018-06-05 10:00").register(OFFICES, contents, history=True)
    town.relay.by_address[GELD] = REFUSED
    town.until("2018-09-01 10:00").relay.by_address[SECRETARIAAT] = REFUSED
    town.until("2018-11-12 09:00")

    told = [
        (mail.at[:14], mail.to.partition("@")[0], *PLACE.findall(mail.words))
        for mail in town.relay.accepted
        if mail.to != "bastiaens@maastricht.example"
    ]
    assert told == [
        ("Fri 2018-08-31", "secretariaat", "Concernfinancien"),
        ("Fri 2018-09-28", "secretaris", "Concernfinancien"),
        ("Mon 2018-10-15", "secretaris", "Concernfinancien"),
        ("Mon 2018-11-12", "secretaris", "Bestuurssecretariaat"),  # the evaluation, escalated
        ("Mon 2018-11-12", "secretaris", "Concernfinancien"),
    ]


def test_so_is_who_reads_one_thing_in_anothers_place_beside_what_is_its_own(town: Town) -> None:
    vacant = OFFICES.replace(f'"{GELD}"\nfrom = 2014-01-01', f'"{GELD}"\nfrom = 2019-01-01')
    plan = f'{PLAN.replace("2018-07-02", "2018-10-01")}office = "financien"\n'
    town.at("2018-06-05 10:00").register(vacant, running("A-1") + plan, history=True)
    town.until("2018-11-12 09:00")

    mail = {mail.to: mail for mail in town.relay.accepted}[SECRETARIAAT]
    assert mail.words.startswith("2 onderwerpen over Agreement A-1")
    its_own, of_another = mail.words.split("Kom een afspraak na", 1)
    assert "Dit onderwerp is voor" not in its_own
    assert (
        "Dit onderwerp is voor Concernfinancien, maar daar is nu niemand te bereiken. Daarom krijgt"
        " u het als vervanger."
    ) in of_another
    assert "Deze mail is voor" not in mail.words


def test_who_stands_in_is_not_told_that_the_office_above_is_told_which_is_its_own(
    town: Town,
) -> None:
    ended = OFFICES.replace("from = 2018-06-01", "from = 2019-06-01")
    announced(town, offices=ended).until("2018-11-12 08:00")
    mail = town.relay.accepted[-1]
    assert mail.to == "secretariaat@maastricht.example"
    assert "Dit is de laatste mail" in mail.words
    assert "Er is nog niets vastgelegd." in mail.words
    assert "krijgt nu ook" not in mail.words


def test_the_chain_is_followed_as_far_as_it_goes(town: Town) -> None:
    ended = OFFICES.replace("from = 2018-06-01", "from = 2019-06-01").replace(
        'email = "secretariaat@maastricht.example"\nfrom = 2014-01-01',
        'email = "secretariaat@maastricht.example"\nfrom = 2014-01-01\nuntil = 2018-01-01',
    )
    announced(town, offices=ended).deliver()
    assert town.relay.shown() == [("secretaris@maastricht.example", ANNOUNCED)]


NOBODY = """
[[office]]
key = "sociaal-domein"
name = "Portefeuille Sociaal Domein"
"""


def test_mail_for_which_there_is_nobody_waits_says_why_and_leaves_once_somebody_is_there(
    town: Town,
) -> None:
    announced(town, offices=NOBODY).deliver()
    assert town.relay.attempts == []
    assert town.mails("status, attempts, last_error") == [
        ("queued", 0, "niemand bekleedt deze functie vandaag")
    ]

    town.register(OFFICES)
    town.at("2018-06-29 08:59").deliver()
    assert town.relay.attempts == []
    town.at("2018-06-29 09:00").deliver()
    assert town.relay.shown() == [("bastiaens@maastricht.example", ANNOUNCED)]
    assert town.mails("status, last_error") == [("accepted", None)]


# Several readers ---------------------------------------------------------------------------------


def test_what_was_to_be_told_in_another_mail_waits_too_when_nobody_is_there(town: Town) -> None:
    gerats = "gerats@maastricht.example"
    alone = OFFICES.replace('fallback = "secretariaat"\n', "")
    alone = alone.replace("2018-05-31", "2017-10-13").replace("2018-06-01", "2017-10-16")
    town.register(alone, CASE.replace("a.janssen@maastricht.example", gerats)).decided()
    town.at("2017-10-12 10:00").relay.by_address[gerats] = DEFERRED
    town.do("sign", party="maastricht")
    town.do("sign", party="limburg")
    town.one_pass()
    town.at("2017-10-13 08:00").one_pass()  # what the owner gets of the payment carries it now
    town.at("2017-10-14 12:00").relay.by_address.clear()
    town.one_pass()
    started = {"where": "cause = 'activation:term:2017-10-12:P0D' AND role = 'office'"}
    assert town.mails("status, last_error", **started) == [
        ("queued", "niemand bekleedt deze functie vandaag")
    ]
    town.at("2017-10-16 12:00").one_pass()
    assert town.mails("status, address", **started) == [
        ("accepted", "bastiaens@maastricht.example")
    ]


def test_the_case_owner_gets_a_message_of_its_own(town: Town) -> None:
    announced(town, running("A-1", more=OWNER)).deliver()
    office, owner = town.relay.accepted
    assert (office.to, owner.to) == (
        "bastiaens@maastricht.example",
        "a.janssen@maastricht.example",
    )
    assert office.message_id != owner.message_id
    assert office.header("Message-ID") == office.message_id
    assert office.header("To") == "wethouder Bastiaens <bastiaens@maastricht.example>"
    assert office.header("Cc") == owner.header("Cc") == "None"
    assert office.header("Reply-To") == '"A. Janssen" <a.janssen@maastricht.example>'
    assert owner.header("Reply-To") == "None"


def test_the_case_owner_is_told_who_is_asked_and_whom_the_answer_reaches(town: Town) -> None:
    town.in_force(until="2017-10-13 09:00")
    finance, owner = town.relay.accepted
    asked = "Deze mail is ook voor Concernfinancien; het antwoord komt bij u. Geef aan de beheerder"
    assert asked in owner.words
    assert "Dossierhouder: A. Janssen" not in owner.words
    assert "is ook voor" not in finance.words
    town.relay.forget()
    town.do("terminate", ends_on="2018-12-31", reason="de partijen stoppen ermee")
    town.deliver()
    assert [(mail.to, "is ook voor" in mail.words) for mail in town.relay.accepted] == [
        ("gerats@maastricht.example", False),
        ("a.janssen@maastricht.example", False),
    ]


CONTACT = "Contractbeheer <contracten@maastricht.example>, 043 350 40 40"


def test_who_is_the_case_owner_answers_the_contact(database_url: str, tmp_path: Path) -> None:
    with visiting(the_usual_town(database_url, tmp_path, mail=Mail(contact=CONTACT))) as town:
        announced(town, running("A-1", more=OWNER)).deliver()
        office, owner = town.relay.accepted
        assert office.header("Reply-To") == '"A. Janssen" <a.janssen@maastricht.example>'
        assert owner.header("Reply-To") == "Contractbeheer <contracten@maastricht.example>"
        for mail in (office, owner):
            said = "Vragen? Contractbeheer, 043 350 40 40, contracten@maastricht.example."
            assert said in mail.words
            assert "looptijd do A-1 evaluatie-beginnen evaluatie=final" in mail.words


def test_a_holder_who_is_the_case_owner_answers_the_contact(
    database_url: str, tmp_path: Path
) -> None:
    same = 'case_owner = { name = "Bastiaens", email = "Bastiaens@maastricht.example" }'
    with visiting(the_usual_town(database_url, tmp_path, mail=Mail(contact=CONTACT))) as town:
        announced(town, running("A-1", more=same)).deliver()
        replies = {mail.header("Reply-To") for mail in town.relay.accepted}
        assert replies == {"Contractbeheer <contracten@maastricht.example>"}


def test_nobody_is_asked_to_answer_himself(database_url: str, tmp_path: Path) -> None:
    myself = Mail(contact="Bastiaens <bastiaens@maastricht.example>")
    with visiting(the_usual_town(database_url, tmp_path, mail=myself)) as town:
        announced(town).deliver()
        assert [mail.header("Reply-To") for mail in town.relay.accepted] == ["None"]


def test_the_last_follow_up_before_the_end_reaches_the_office_above_as_well(town: Town) -> None:
    announced(town, running("A-1", more=OWNER)).deliver()
    town.until("2018-11-09 09:00")
    town.relay.forget()
    town.until("2018-11-12 09:00")
    assert [(mail.at, mail.to) for mail in town.relay.accepted] == [
        ("Mon 2018-11-12 08:00", "bastiaens@maastricht.example"),
        ("Mon 2018-11-12 08:00", "a.janssen@maastricht.example"),
        ("Mon 2018-11-12 08:00", "secretariaat@maastricht.example"),
    ]


def test_an_escalation_where_there_is_no_office_above_is_cancelled_with_the_reason(
    town: Town,
) -> None:
    alone = OFFICES.replace('fallback = "secretariaat"', "")
    announced(town, offices=alone).until("2018-11-12 09:00")
    ((status, error),) = town.mails("status, last_error", where="role = 'escalation'")
    assert (status, error) == ("cancelled", "er is geen functie erboven")


def test_payments_go_to_finance_and_the_case_owner_and_only_the_last_to_the_office(
    town: Town,
) -> None:
    town.in_force(until="2017-10-26 09:00")
    assert [(mail.at, mail.to) for mail in town.relay.accepted] == [
        ("Fri 2017-10-13 08:00", "geld@maastricht.example"),
        ("Fri 2017-10-13 08:00", "a.janssen@maastricht.example"),
        ("Thu 2017-10-19 08:00", "geld@maastricht.example"),
        ("Thu 2017-10-19 08:00", "a.janssen@maastricht.example"),
        ("Thu 2017-10-26 08:00", "geld@maastricht.example"),
        ("Thu 2017-10-26 08:00", "gerats@maastricht.example"),
        ("Thu 2017-10-26 08:00", "a.janssen@maastricht.example"),
    ]


def test_without_a_finance_office_the_agreements_own_office_gets_every_payment_step(
    town: Town,
) -> None:
    town.register(OFFICES, CASE.replace('office = "financien"', "")).decided().signed()
    town.relay.forget()
    town.until("2017-10-13 09:00")
    assert [mail.to for mail in town.relay.accepted] == [
        "gerats@maastricht.example",
        "a.janssen@maastricht.example",
    ]


def test_the_agreements_own_office_may_be_named_as_the_one_that_pays(town: Town) -> None:
    named = CASE.replace('office = "financien"', 'office = "sociaal-domein"')
    town.register(OFFICES, named).decided().signed()
    town.until("2017-10-25 09:00").relay.forget()
    town.until("2017-10-26 09:00")
    assert [mail.to for mail in town.relay.accepted] == [
        "gerats@maastricht.example",
        "a.janssen@maastricht.example",
        "secretariaat@maastricht.example",
    ]
    assert "Daarom krijgt nu ook Bestuurssecretariaat deze mail." in town.relay.accepted[0].words


def test_a_mail_that_was_refused_is_no_reminder(town: Town) -> None:
    town.relay.by_address["bastiaens@maastricht.example"] = REFUSED
    announced(town).deliver()
    town.until("2018-09-28 09:00")
    assert town.relay.shown() == [
        ("secretariaat@maastricht.example", f"Agreement A-1: {told} (A-1)")
        for told in (
            "plan evaluatie vóór 30 sep 2018",
            "plan evaluatie vóór 30 sep (2e keer)",
            "start evaluatie vóór 30 sep (3e keer)",
        )
    ]


# One mail ----------------------------------------------------------------------------------------


def test_two_readers_with_one_address_get_one_mail(town: Town) -> None:
    same = 'case_owner = { name = "Bastiaens", email = "Bastiaens@Maastricht.example" }'
    announced(town, running("A-1", more=same)).deliver()
    assert town.relay.shown() == [("bastiaens@maastricht.example", ANNOUNCED)]
    assert town.mails("role, status, merged_into, last_error") == [
        ("office", "accepted", None, None),
        ("case_owner", "cancelled", 1, "staat in mail 1"),
    ]


def test_what_one_moment_has_to_tell_one_address_is_one_mail(town: Town) -> None:
    town.register(OFFICES, CASE).decided()
    town.relay.forget()
    town.signed()
    assert [mail.to for mail in town.relay.accepted] == [
        "gerats@maastricht.example",
        "a.janssen@maastricht.example",
        "geld@maastricht.example",
    ]
    owner = town.relay.accepted[1]
    assert "12 oktober 2017" in owner.words
    assert "€ 1.000,00" in owner.words
    shown = town.mails("role, rule, status", where="cause NOT LIKE 'event:%'")
    assert shown == [
        ("office", "activation", "accepted"),
        ("case_owner", "activation", "cancelled"),
        ("finance", "payment", "accepted"),
        ("case_owner", "payment", "accepted"),
    ]


def test_two_agreements_are_told_in_two_mails(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1"), running("A-2"), history=True)
    town.at("2018-06-29 08:00").one_pass()
    assert [mail.to for mail in town.relay.accepted] == ["bastiaens@maastricht.example"] * 2


# Test installations ------------------------------------------------------------------------------


def test_a_test_installation_redirects_every_mail(database_url: str, tmp_path: Path) -> None:
    mail = Mail(redirect_all_to="test@maastricht.example")
    with visiting(the_usual_town(database_url, tmp_path, mail=mail)) as town:
        town.in_force(until="2020-10-13 09:00")
        assert {mail.to for mail in town.relay.attempts} == {"test@maastricht.example"}
        assert {mail.header("To").partition("<")[2] for mail in town.relay.attempts} == {
            "test@maastricht.example>"
        }


def test_it_redirects_what_was_addressed_before_it_did_and_what_the_operator_is_told(
    database_url: str, tmp_path: Path
) -> None:
    mail = Mail(redirect_all_to="test@maastricht.example", operator="beheer@maastricht.example")
    with visiting(the_usual_town(database_url, tmp_path, mail=mail)) as town:
        announced(town).relay.answers(IN_DOUBT)
        town.deliver()
        town.change("UPDATE message SET address = 'bastiaens@maastricht.example'")
        with town.app.writing() as connection:
            report(connection, town.app, "relay", say("Mail waits."), town.clock.now())
        town.later(minutes=15).deliver()
        assert [mail.to for mail in town.relay.accepted] == ["test@maastricht.example"] * 2


PLAN = """
[[agreement.obligation]]
key = "plan"
what = "het plan"
on = 2018-07-02
"""


def test_who_was_asked_before_is_not_told_that_the_earlier_mails_were_for_another(
    town: Town,
) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1") + PLAN, history=True)
    town.until("2018-07-30 10:00")
    town.do_with("A-1", "amend", obligation__plan__office="financien", reason="Afspraak")
    town.until("2018-08-13 09:00")

    words = {mail.to: mail.words for mail in town.relay.accepted}
    own, new = words["bastiaens@maastricht.example"], words[GELD]
    assert "Er is nog niets vastgelegd. Daarom krijgt u deze mail nu ook." in own
    assert "waren voor Concernfinancien" not in own
    assert "Daarom krijgt nu ook Portefeuille Sociaal Domein deze mail." in new


def test_the_first_mail_about_what_was_imported_late_tells_of_no_earlier_ones(town: Town) -> None:
    town.at("2018-11-05 10:00").register(OFFICES, running("A-1"), history=True)
    town.until("2018-11-12 09:00")

    above = {mail.to: mail.words for mail in town.relay.accepted}[SECRETARIAAT]
    assert "Er is nog niets vastgelegd. Daarom krijgt u deze mail nu ook." in above
    assert "Eerdere mails" not in above


def test_the_office_above_is_told_of_no_earlier_mails_where_none_of_them_left(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1"), history=True)
    town.relay.by_address["bastiaens@maastricht.example"] = DEFERRED
    town.until("2018-11-10 10:00")
    assert town.relay.accepted == []
    town.relay.by_address.clear()
    town.until("2018-11-12 09:00")

    above = {mail.to: mail.words for mail in town.relay.accepted}[SECRETARIAAT]
    assert "Er is nog niets vastgelegd. Daarom krijgt u deze mail nu ook." in above
    assert "Eerdere mails" not in above


def test_who_reads_for_both_offices_is_not_told_that_another_gets_the_mail_too(
    town: Town,
) -> None:
    offices = OFFICES.replace(GELD, "bastiaens@maastricht.example")
    contents = f'{running("A-1")}{PLAN}office = "financien"\n'
    town.at("2018-06-05 10:00").register(offices, contents, history=True)
    town.until("2018-08-13 09:00")

    *_, mail = town.relay.accepted
    assert (mail.at[4:14], mail.to) == ("2018-08-13", "bastiaens@maastricht.example")
    assert (
        "Er is nog niets vastgelegd. U krijgt deze mail ook voor Portefeuille Sociaal Domein."
    ) in mail.words


def test_who_reads_what_came_up_beside_what_it_is_asked_itself_is_told_so_of_each(
    town: Town,
) -> None:
    plan = f'{PLAN.replace("2018-07-02", "2018-10-01")}office = "financien"\n'
    offices = OFFICES.replace(GELD, SECRETARIAAT)
    town.at("2018-06-05 10:00").register(offices, running("A-1") + plan, history=True)
    town.until("2018-11-12 09:00")

    mail = {mail.to: mail for mail in town.relay.accepted}[SECRETARIAAT]
    assert mail.subject == "Agreement A-1: evalueer alsnog, moest 30 sep (A-1)"
    earlier = "Eerdere mails hierover waren voor Portefeuille Sociaal Domein. Er is nog niets"
    assert mail.words.count(earlier) == 1
    assert "Daarom krijgt nu ook Portefeuille Sociaal Domein deze mail." in mail.words

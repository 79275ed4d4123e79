"""Overviews of several agreements: what is open for one office, the most urgent first."""

import re
from datetime import date, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion

from notifications.compose import compose
from notifications.language import LANGUAGES
from notifications.letter import Mailbox
from notifications.message import Unsendable
from states.model.phrase import say
from tests.unit.notifications.composed import composed
from tests.unit.notifications.overviews import (
    CALLED,
    CONTINUE,
    EVALUATE,
    FIVE,
    LATE_WITHOUT_DATE,
    OVERVIEWS,
    PAY,
    PAY_SOME_DAY,
    SIGN,
    digest,
    item,
    overview,
)
from tests.unit.notifications.variants import WHOLE_OVERVIEWS

HANDOVER = OVERVIEWS["handover"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WHOLE_OVERVIEWS)
def test_the_overview_reads_as_agreed(
    name: str, language: str, snapshot: SnapshotAssertion
) -> None:
    mail = composed(name, language)

    assert f"Subject: {mail.subject}\n\n{mail.text}" == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", OVERVIEWS)
def test_a_text_line_has_at_most_72_columns(name: str, language: str) -> None:
    mail = composed(name, language)

    assert max(map(len, mail.text.splitlines())) <= 72
    assert "\n\n\n" not in mail.text
    assert not any(line.endswith(" ") for line in mail.text.splitlines())
    assert not {"None", "False", "True"} & set(re.findall(r"\w+", mail.subject + mail.text))


@pytest.mark.parametrize(
    "name, counted",
    {
        "handover": "Overdracht: 5 open onderwerpen",
        "handover, since some days": "Overdracht: 1 open onderwerp",
        "handover, nothing open": "Overdracht: geen open onderwerpen",
        "summary": "Overzicht: 6 openstaande onderwerpen, 3 te laat,",
        "summary, one late": "Overzicht: 1 openstaand onderwerp, 1 te laat,",
        "summary, none late": "Overzicht: 2 openstaande onderwerpen",
        "summary, nothing open": "Overzicht: geen openstaande onderwerpen",
    }.items(),
)
def test_the_subject_counts_what_is_open(name: str, counted: str) -> None:
    subject = composed(name).subject

    assert subject == f"{counted} voor Portefeuille Sociaal Domein"


@pytest.mark.parametrize(
    "name, subject",
    {
        "catch-up": "Actie: 5 onderwerpen die wij te laat melden (Portefeuille Sociaal Domein)",
        "catch-up, nothing asked": "Ter informatie: 1 onderwerp dat wij te laat melden"
        " (Portefeuille Sociaal Domein)",
        "catch-up, to a case owner": "Actie: 2 onderwerpen die wij te laat melden",
    }.items(),
)
def test_the_subject_of_a_catch_up_says_that_we_are_late(name: str, subject: str) -> None:
    assert composed(name).subject == subject


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", OVERVIEWS)
def test_the_subject_names_no_agreement(name: str, language: str) -> None:
    subject = composed(name, language).subject

    assert not any(word in subject for word in CALLED.values())


def test_what_is_late_comes_first_by_date_and_then_what_comes() -> None:
    text = compose(overview("summary", *FIVE, LATE_WITHOUT_DATE)).text
    marked = [line for line in text.splitlines() if line.startswith(("- ", *CALLED.values()))]

    assert marked == [
        "Inkoop jeugdhulp (SO-2019-0007, niet openbaar)",
        "- Te laat, moest uiterlijk maandag 1 juni 2020: termijn 3",
        "Verbindend Leiden (SO-2017-0042)",
        "- Te laat, moest uiterlijk zaterdag 11 juli 2020: de eindevaluatie",
        "- Zondag 11 oktober 2020: het besluit over de voortzetting",
        "Regiofonds (SO-2020-0001)",
        "- Te laat: termijn 2",
        "- Open sinds dinsdag 26 mei 2020: de handtekeningen",
        "- Nog geen datum: termijn 1",
    ]


def test_a_digest_shows_what_is_late_however_much_was_open_before_it() -> None:
    asked = [
        replace(SIGN, nominal_on=date(2020, 1, 1) + timedelta(days=number)) for number in range(50)
    ]
    text = compose(digest(*asked, EVALUATE)).text
    marked = [line for line in text.splitlines() if line.startswith("- ")]

    assert marked[:2] == [
        "- 51 dagen te laat, moest uiterlijk zaterdag 11 juli 2020: de",
        "- Open sinds woensdag 1 januari 2020, 243 dagen: de handtekeningen,",
    ]


def test_a_catch_up_lists_what_asks_most_first_whatever_its_date() -> None:
    text = composed("catch-up").text
    marked = [line for line in text.splitlines() if line.startswith(("- ", *CALLED.values()))]

    assert marked == [
        "Inkoop jeugdhulp (SO-2019-0007, niet openbaar)",
        "- Te laat, moest uiterlijk dinsdag 30 juni 2020: besluit alsnog: de",
        "- Te laat, moest uiterlijk maandag 1 juni 2020: termijn 3 (ook gevraagd",
        "Verbindend Leiden (SO-2017-0042)",
        "- Te laat, moest uiterlijk zaterdag 11 juli 2020: de eindevaluatie (ook",
        "Regiofonds (SO-2020-0001)",
        "- Nog geen datum: termijn 1",
        "- Woensdag 1 juli 2020: de overeenkomst is ingegaan",
    ]


def test_the_same_items_in_another_order_give_the_same_mail() -> None:
    other = replace(HANDOVER, items=tuple(reversed(HANDOVER.items)))

    assert compose(other) == compose(HANDOVER)


def test_the_text_has_at_most_200_items_and_counts_the_others() -> None:
    coming = [
        item("SO-2017-0042", say("the signatures"), date(2021, 1, 1) + timedelta(days=day))
        for day in range(205)
    ]
    mail = compose(overview("summary", *coming, PAY))

    assert mail.subject.startswith("Overzicht: 206 openstaande onderwerpen, 1 te laat, voor")
    assert mail.text.count("\n- ") == 200
    assert mail.html.count("<li>") == 200
    assert "maandag 1 juni 2020" in mail.text
    assert "18 juli 2021" in mail.text
    assert "19 juli 2021" not in mail.text
    assert "Hieronder staan de 200 dringendste onderwerpen. Er zijn nog 6 andere" in mail.text


def test_a_mail_about_several_agreements_is_automatic_and_in_no_thread() -> None:
    mail = message_from_bytes(compose(HANDOVER).content, EmailMessage, policy=SMTP)

    assert {name: str(value) for name, value in mail.items()} == {
        "From": "Looptijd <looptijd@example.org>",
        "To": "wethouder De Vries <secretariaat.devries@maastricht.example>",
        "Subject": "Overdracht: 5 open onderwerpen voor Portefeuille Sociaal Domein",
        "Date": "Mon, 31 Aug 2020 08:00:00 +0200",
        "Message-ID": "<7c1f6f2b-5d0a-5d0a-9d3f-0a4c1f6f2b11@looptijd.example.org>",
        "Content-Language": "nl",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "MIME-Version": "1.0",
        "Content-Type": mail["Content-Type"],
    }
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_an_overview_to_what_is_no_address_is_refused() -> None:
    with pytest.raises(Unsendable):
        compose(replace(HANDOVER, to=Mailbox(name="Raad", email="raad")))


def test_without_late_items_nothing_is_said_of_late_ones() -> None:
    text = compose(overview("handover", CONTINUE, PAY_SOME_DAY)).text

    assert "Begin met wat te laat is" not in text
    assert "Bewaar deze mail" not in text
    assert "Er is nog niets te laat." in text


def test_where_all_is_late_nobody_is_told_where_to_begin() -> None:
    text = compose(overview("handover", EVALUATE, PAY)).text

    assert "Begin met wat te laat is" not in text
    assert "Beide zijn te laat." in text

"""The subject: action, date, name and reference; or less, where the agreement is not public."""

from dataclasses import replace
from datetime import date

import pytest

from notifications.compose import compose
from notifications.language import LANGUAGES
from notifications.letter import Topic
from tests.unit.notifications.letters import (
    ABOUT,
    ACTIVATION,
    EVALUATE,
    NOTICE,
    PARTIES,
    RENEWAL,
    expiry,
    letter,
    missing,
    payment,
)
from tests.unit.notifications.mails import LETTERS
from tests.unit.notifications.questions import START_IS_UNKNOWN


def test_a_request_says_what_before_when() -> None:
    mail = compose(letter(EVALUATE))

    assert mail.subject == (
        "Actie vóór 11 juli 2020: start evaluatie Verbindend Leiden (SO-2017-0042)"
    )


def test_a_repeat_counts_the_mails() -> None:
    mail = compose(letter(replace(EVALUATE, reminder=2)))

    assert mail.subject == (
        "Herinnering 2: Actie vóór 11 juli 2020: start evaluatie Verbindend Leiden (SO-2017-0042)"
    )


def test_on_the_day_itself_nothing_is_asked_before_that_day() -> None:
    mail = compose(letter(payment("due"), on=date(2018, 10, 12)))

    assert mail.subject == (
        "Actie uiterlijk 12 oktober 2018: betaal termijn 2 Verbindend Leiden (SO-2017-0042)"
    )


def test_after_the_date_the_subject_says_since_when() -> None:
    mail = compose(letter(replace(EVALUATE, overdue=True, reminder=4), on=date(2020, 7, 27)))

    assert mail.subject == (
        "Te laat sinds 11 juli 2020: voltooi evaluatie Verbindend Leiden (SO-2017-0042)"
    )


def test_a_date_that_passed_before_the_mail_was_written_is_late_too() -> None:
    mail = compose(letter(replace(payment("due"), late_by_days=3), on=date(2018, 10, 15)))

    assert mail.subject.startswith("Te laat sinds 12 oktober 2018: betaal")


def test_a_mail_that_only_informs_asks_no_action() -> None:
    mail = compose(letter(ACTIVATION, on=date(2017, 10, 12)))

    assert (
        mail.subject == "In werking getreden op 12 oktober 2017: Verbindend Leiden (SO-2017-0042)"
    )


def test_a_lapse_is_told_by_its_last_day() -> None:
    mail = compose(letter(expiry("lapsed"), on=date(2020, 10, 12)))

    assert mail.subject == (
        "Geëindigd zonder besluit op 11 oktober 2020: Verbindend Leiden (SO-2017-0042)"
    )


def test_a_question_for_facts_says_by_when_they_are_needed() -> None:
    mail = compose(letter(missing(START_IS_UNKNOWN), on=date(2017, 6, 22)))

    assert mail.subject == (
        "Actie vóór 17 augustus 2017: vul gegevens aan Verbindend Leiden (SO-2017-0042)"
    )


@pytest.mark.parametrize(
    "day, needed_on, asked",
    [
        (date(2017, 8, 17), date(2017, 8, 17), "Actie uiterlijk 17 augustus 2017: vul"),
        (date(2017, 8, 18), date(2017, 8, 17), "Actie gevraagd: vul"),
        (date(2017, 8, 18), None, "Actie gevraagd: vul"),
    ],
)
def test_a_question_for_facts_is_never_called_late(
    day: date, needed_on: date | None, asked: str
) -> None:
    question = replace(missing(START_IS_UNKNOWN, needed_on=needed_on), overdue=True)

    assert compose(letter(question, on=day)).subject.startswith(asked)


def test_what_is_disputed_only_is_to_be_confirmed() -> None:
    mail = compose(letter(missing((START_IS_UNKNOWN[0], "term", "disputed")), on=date(2017, 6, 22)))

    assert mail.subject.startswith("Actie vóór 17 augustus 2017: bevestig gegevens Verbindend")


def test_the_last_day_to_give_notice_asks_for_a_decision() -> None:
    mail = compose(letter(NOTICE, on=date(2020, 6, 10)))

    assert mail.subject == (
        "Actie vóór 10 juli 2020: besluit over opzeggen Verbindend Leiden (SO-2017-0042)"
    )


def test_a_renewal_is_told_by_its_first_day() -> None:
    mail = compose(letter(RENEWAL, on=date(2020, 10, 12)))

    assert mail.subject == (
        "Stilzwijgend verlengd vanaf 12 oktober 2020: Verbindend Leiden (SO-2017-0042)"
    )


def test_what_another_party_pays_is_checked_and_not_paid() -> None:
    mail = compose(letter(payment("due", payer="Provincie Limburg"), on=date(2018, 10, 12)))

    assert mail.subject == (
        "Actie uiterlijk 12 oktober 2018: controleer betaling termijn 2 "
        "Verbindend Leiden (SO-2017-0042)"
    )


def test_money_that_comes_back_is_checked_and_not_paid() -> None:
    refund = payment("due", payer="Provincie Limburg", refund=True)

    assert compose(letter(refund, on=date(2018, 10, 12))).subject == (
        "Actie uiterlijk 12 oktober 2018: controleer terugbetaling termijn 2 "
        "Verbindend Leiden (SO-2017-0042)"
    )


@pytest.mark.parametrize(
    "ended, shown",
    [
        (expiry("lapsed", evaluation_missed=True), "Geëindigd zonder besluit en zonder evaluatie"),
        (
            expiry("expired", evaluation_missed=True),
            "Geëindigd zonder evaluatie op 11 oktober 2020",
        ),
        (
            expiry("continued", successor_waits=True),
            "Geëindigd op 11 oktober 2020, vervolg geldt nog niet: Verbindend Leiden",
        ),
    ],
)
def test_an_end_that_needs_attention_is_loud_in_the_subject(ended: Topic, shown: str) -> None:
    assert compose(letter(ended, on=date(2020, 10, 12))).subject.startswith(shown)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LETTERS)
def test_of_a_non_public_agreement_the_subject_gives_the_number_only(
    name: str, language: str
) -> None:
    about = replace(LETTERS[name].about, public=False)
    subject = compose(replace(LETTERS[name], about=about, language=language)).subject

    assert ABOUT.ref in subject
    assert not any(word in subject for word in (ABOUT.title, ABOUT.called, *PARTIES))


def test_a_very_long_name_is_cut() -> None:
    about = replace(ABOUT, called="Samenwerking " * 20)
    subject = compose(letter(EVALUATE, about=about)).subject

    assert subject.endswith("Samenwerking S… (SO-2017-0042)")
    assert len(subject) < 140


@pytest.mark.parametrize("name", LETTERS)
def test_the_first_topic_gives_the_subject(name: str) -> None:
    mail = LETTERS[name]
    alone = replace(mail, topics=mail.topics[:1])

    assert compose(mail).subject == compose(alone).subject

"""The subject: name, action, date, reference; of what is not public the reference for a name."""

import re
from datetime import date

import pytest
from msgspec.structs import replace

from notifications.compose import compose
from notifications.language import LANGUAGES
from notifications.letter import Topic
from tests.unit.notifications.composed import composed
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

    assert mail.subject == "Verbindend Leiden: start evaluatie vóór 11 juli (SO-2017-0042)"


def test_a_repeat_counts_the_mails() -> None:
    mail = compose(letter(replace(EVALUATE, reminder=2)))

    assert mail.subject == (
        "Verbindend Leiden: start evaluatie vóór 11 juli (2e keer) (SO-2017-0042)"
    )


def test_on_the_day_itself_nothing_is_asked_before_that_day() -> None:
    mail = compose(letter(payment("due"), on=date(2018, 10, 12)))

    assert mail.subject == "Verbindend…: betaal termijn 2 vandaag, 12 okt (SO-2017-0042)"


def test_after_the_date_the_subject_says_when_it_was_due() -> None:
    mail = compose(letter(replace(EVALUATE, overdue=True, reminder=4), on=date(2020, 7, 27)))

    assert mail.subject == (
        "Verbindend Leiden: evalueer alsnog, moest 11 juli (4e keer) (SO-2017-0042)"
    )


def test_a_date_that_passed_before_the_mail_was_written_is_late_too() -> None:
    mail = compose(letter(replace(payment("due"), late_by_days=3), on=date(2018, 10, 15)))

    assert mail.subject == ("Verbindend Leiden: betaal termijn 2, moest 12 okt (SO-2017-0042)")


def test_a_mail_that_only_informs_asks_no_action() -> None:
    mail = compose(letter(ACTIVATION, on=date(2017, 10, 12)))

    assert mail.subject == "Verbindend Leiden: geldt sinds 12 okt (SO-2017-0042)"


def test_a_lapse_is_told_by_its_last_day() -> None:
    mail = compose(letter(expiry("lapsed"), on=date(2020, 10, 12)))

    assert mail.subject == "Verbindend…: alsnog besluiten, liep af 11 okt (SO-2017-0042)"


def test_a_question_for_facts_says_by_when_they_are_needed() -> None:
    mail = compose(letter(missing(START_IS_UNKNOWN), on=date(2017, 6, 22)))

    assert mail.subject == "Verbindend Leiden: vul gegevens aan vóór 17 aug (SO-2017-0042)"


@pytest.mark.parametrize(
    "day, needed_on, asked",
    [
        (date(2017, 8, 17), date(2017, 8, 17), "Verbindend…: vul gegevens aan, vandaag 17 aug (SO"),
        (date(2017, 8, 18), date(2017, 8, 17), "Verbindend Leiden: vul gegevens aan (SO"),
        (date(2017, 8, 18), None, "Verbindend Leiden: vul gegevens aan (SO"),
    ],
)
def test_a_question_for_facts_is_never_called_late(
    day: date, needed_on: date | None, asked: str
) -> None:
    question = replace(missing(START_IS_UNKNOWN, needed_on=needed_on), overdue=True)

    assert compose(letter(question, on=day)).subject.startswith(asked)


def test_what_is_disputed_only_is_to_be_confirmed() -> None:
    mail = compose(letter(missing((START_IS_UNKNOWN[0], "term", "disputed")), on=date(2017, 6, 22)))

    assert mail.subject == "Verbindend Leiden: bevestig gegevens vóór 17 aug (SO-2017-0042)"


def test_the_last_day_to_give_notice_asks_for_a_decision() -> None:
    mail = compose(letter(NOTICE, on=date(2020, 6, 10)))

    assert mail.subject == "Verbindend Leiden: opzeggen? Uiterlijk 10 juli (SO-2017-0042)"


def test_a_renewal_is_told_by_its_first_day() -> None:
    mail = compose(letter(RENEWAL, on=date(2020, 10, 12)))

    assert mail.subject == "Verbindend Leiden: verlengd vanaf 12 okt (SO-2017-0042)"


def test_what_another_party_pays_is_checked_and_not_paid() -> None:
    mail = compose(letter(payment("due", payer="Provincie Limburg"), on=date(2018, 10, 12)))

    assert mail.subject == "Verbindend…: termijn 2 betaald? Vandaag, 12 okt (SO-2017-0042)"


def test_money_that_comes_back_is_checked_and_not_paid() -> None:
    refund = payment("due", payer="Provincie Limburg", refund=True)

    assert compose(letter(refund, on=date(2018, 10, 12))).subject == (
        "Verbindend Leiden: terugbetaling? Vandaag, 12 okt (SO-2017-0042)"
    )


@pytest.mark.parametrize(
    "ended, shown",
    [
        (
            expiry("lapsed", evaluation_missed=True),
            "Verbindend…: evalueer en besluit, liep af 11 okt",
        ),
        (
            expiry("expired", evaluation_missed=True),
            "Verbindend Leiden: liep af 11 okt zonder evaluatie",
        ),
        (
            expiry("continued", successor_waits=True),
            "Verbindend Leiden: start vervolg, liep af 11 okt",
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

    assert compose(letter(EVALUATE, about=about)).subject == (
        "Samenwerking…: start evaluatie vóór 11 juli (SO-2017-0042)"
    )


def test_a_name_that_is_too_long_loses_its_kind_first() -> None:
    about = replace(ABOUT, called="Samenwerkingsovereenkomst Verbindend Leiden")

    assert compose(letter(EVALUATE, about=about)).subject.startswith(
        "Verbindend Leiden: start evaluatie vóór 11 juli"
    )


@pytest.mark.parametrize(
    "called, begins",
    [
        ("Samenwerkingsovereenkomst over de aanpak van ondermijning", "aanpak van…: start"),
        ("Convenant inzake jeugdzorg in Zuid-Limburg", "jeugdzorg in…: start"),
        ("Convenant Over de Maas, de Jeker en de Geul", "Over de Maas, de…: start"),
    ],
)
def test_a_name_without_its_kind_begins_with_what_it_is_about(called: str, begins: str) -> None:
    """The first was called “over de…”."""
    mail = compose(letter(EVALUATE, about=replace(ABOUT, called=called)))

    assert mail.subject.startswith(f"{begins} evaluatie vóór 11 juli")


def test_a_date_that_is_not_near_has_its_year() -> None:
    mail = compose(letter(NOTICE, on=date(2020, 4, 10)))

    assert mail.subject == "Verbindend…: opzeggen? Uiterlijk 10 juli 2020 (SO-2017-0042)"


# What a subject asks or tells, by template; English after Dutch.
ACTIONS = {
    "unsigned": (("laat tekenen",), ("get it signed",)),
    "held_over": (("naar college",), ("to the college", "to college")),
    "activation": (("geldt sinds", "gold vanaf"), ("in force since", "in force from")),
    "payment": (
        ("betaal", "budget", "factuur", "terugbetaling?"),
        ("pay", "budget", "invoice", "paid?", "refund?"),
    ),
    "instalments": (
        ("betaal", "budget", "factuur", "terug?"),
        ("pay", "budget", "invoice", "paid?", "back?"),
    ),
    "obligation": (
        ("afspraak navragen", "afspraak nakomen"),
        ("check obligation", "meet obligation"),
    ),
    "evaluation": (
        (
            "plan evaluatie",
            "start evaluatie",
            "evalueer alsnog",
            "evalueer tussentijds",
            "voltooi evaluatie",
        ),
        ("plan evaluation", "start evaluation", "complete evaluation", "interim evaluation"),
    ),
    "continuation": (("doorgaan?", "evalueer en besluit"), ("continue?", "evaluate and decide")),
    "notice": (("opzeggen?",), ("give notice?",)),
    "renewal": (("verlengd vanaf",), ("renewed from",)),
    "expiry": (
        (
            "alsnog besluiten",
            "evalueer en besluit",
            "start vervolg",
            "besluit opnieuw",
            "liep af",
            "stopte eerder",
        ),
        ("decide after all", "evaluate and decide", "start successor", "decide anew", "ended"),
    ),
    "decide": (("besluit",), ("decided",)),
    "terminate": (("eindigt eerder", "eindigde eerder"), ("ends early", "ended early")),
    "missing_fact": (("vul gegevens aan", "bevestig gegevens"), ("complete", "confirm")),
}
A_DATE = re.compile(
    r"\b\d{1,2} (jan|feb|mrt|mar|apr|mei|may|jun[ie]|jul[iy]|aug|sep|o[kc]t|nov|dec)\b"
)
NO_DATE = {
    "unsigned, everything unknown",
    "terminate, everything unknown",
    "missing_fact, everything unknown",
    "missing facts, caught up and the last mail",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LETTERS)
def test_name_action_and_date_stand_in_the_first_fifty_signs(name: str, language: str) -> None:
    mail = LETTERS[name]
    subject = composed(name, language).subject
    seen, actions = subject[:50], ACTIONS[mail.topics[0].template][LANGUAGES.index(language)]

    name_or_number = r"Verbindend( Leiden|…): " if mail.about.public else "SO-2017-0042: "
    assert re.match(name_or_number, seen)
    assert any(action in seen for action in actions)
    assert bool(A_DATE.search(seen.lower())) is (name not in NO_DATE)
    assert subject.endswith(" (SO-2017-0042)") is mail.about.public


def test_other_words_in_the_subject_make_no_other_mail() -> None:
    message_id = b"Message-ID: <5b0e7a3e-6f1e-5d0a-9d3f-0a4c1f6f2b11@looptijd.example.org>"
    renamed = replace(ABOUT, called="Nieuwe naam")

    assert message_id in compose(letter(EVALUATE)).content
    assert message_id in compose(letter(EVALUATE, about=renamed, language="en")).content


@pytest.mark.parametrize("name", LETTERS)
def test_the_first_topic_gives_the_subject(name: str) -> None:
    mail = LETTERS[name]
    alone = replace(mail, topics=mail.topics[:1])

    assert composed(name).subject == compose(alone).subject

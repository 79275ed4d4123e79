"""Each mail as its reader gets it: subject and text of every template, phase and language.

What is agreed: one mail of each template, whole, and what every other says beside it (variants.md).
"""

import re
from collections import Counter
from datetime import date
from statistics import median

import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion

from notifications.compose import compose
from notifications.language import LANGUAGES
from tests.dutch import MONTHS
from tests.unit.notifications.composed import composed
from tests.unit.notifications.letters import SIGN, UNSIGNED, letter
from tests.unit.notifications.mails import LETTERS
from tests.unit.notifications.overviews import OVERVIEWS
from tests.unit.notifications.unknown_details import DETAILS
from tests.unit.notifications.variants import (
    WHOLE_LETTERS,
    WHOLE_OVERVIEWS,
    Variant,
    paragraphs,
    variants,
)


def flat(text: str) -> str:
    """Return a text without its line ends."""
    return " ".join(text.split())


REPLACED = {
    "nl": "Deze datum komt in plaats van donderdag 11 juni 2020.",
    "en": "This date takes the place of Thursday 11 June 2020.",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WHOLE_LETTERS)
def test_the_mail_reads_as_agreed(name: str, language: str, snapshot: SnapshotAssertion) -> None:
    mail = composed(name, language)

    assert f"Subject: {mail.subject}\n\n{mail.text}" == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("variant", list(variants()), ids=lambda variant: variant.name)
def test_a_variant_says_beside_its_neighbour_what_is_agreed(
    variant: Variant, language: str
) -> None:
    mail = paragraphs(variant.name, language)
    neighbour = paragraphs(variant.neighbour, language)

    assert [said for said in mail if said not in neighbour] == variant.says[language]
    assert sum(said not in mail for said in neighbour) == variant.without


def test_every_template_has_one_mail_that_is_agreed_as_a_whole() -> None:
    letters = sorted(LETTERS[name].topics[0].template for name in WHOLE_LETTERS)

    assert letters == sorted(DETAILS), "a letter of it in mails.py, its name in WHOLE_LETTERS"
    assert {OVERVIEWS[name].kind for name in WHOLE_OVERVIEWS} == {
        overview.kind for overview in OVERVIEWS.values()
    }


def test_every_other_mail_is_a_variant_of_one_that_was_agreed_before_it() -> None:
    agreed = [*WHOLE_LETTERS, *WHOLE_OVERVIEWS]
    for variant in variants():
        assert variant.neighbour in agreed
        agreed.append(variant.name)

    assert sorted(agreed) == sorted({**LETTERS, **OVERVIEWS}), "say in variants.md what it says"


def test_half_of_the_mails_have_at_most_180_words() -> None:
    texts = [composed(name).text for name in LETTERS]
    words = [sum(any(map(str.isalnum, word)) for word in text.split()) for text in texts]

    assert median(words) <= 180


def test_a_name_that_ends_with_a_dot_ends_its_sentence() -> None:
    unsigned = replace(SIGN, details={"missing": ("Coöperatie Verbindend Leiden U.A.",)})

    assert "getekend: Coöperatie Verbindend Leiden U.A. Waarom" in flat(
        compose(letter(unsigned, about=UNSIGNED)).text
    )


@pytest.mark.parametrize(
    "name, answered",
    [
        ("payment, commitment", "Mail M. Janssen (dossierhouder) of er budget is: ja of nee."),
        (
            "missing fact, one",
            "Mail M. Janssen (dossierhouder) wat het gegeven is en waar u het hebt gevonden.",
        ),
    ],
)
def test_what_a_mail_tells_besides_is_no_part_of_the_answer(name: str, answered: str) -> None:
    """“Antwoord ja of nee”, and below it “Mail wat er is gedaan en wanneer”."""
    mail = LETTERS[name]
    told = replace(mail, topics=(*mail.topics, *LETTERS["decide, to sign"].topics))

    assert answered in flat(compose(told).text)


@pytest.mark.parametrize("name", ["activation", "renewal", "terminate", "expiry, expired"])
@pytest.mark.parametrize(
    "called",
    [
        "Overeenkomst openbaar vervoer",
        "Convenant over jeugdzorg",
        "Convenant “Veilige school”",
        "Raamovereenkomst (2020)",
        "Bestuursovereenkomst",
    ],
)
def test_what_says_its_kind_is_not_called_an_agreement_besides(name: str, called: str) -> None:
    """“De overeenkomst Overeenkomst openbaar vervoer is geëindigd.”"""
    mail = LETTERS[name]
    named = replace(mail, about=replace(mail.about, called=called))

    assert f"---- {called} " in flat(compose(named).text)
    assert f"---- {called} " in flat(compose(replace(named, language="en")).text)


def test_what_is_called_het_is_not_said_to_run_as_zij() -> None:
    """“Convenant over jeugdzorg geldt sinds 12 oktober. Zij loopt tot en met …”"""
    mail = LETTERS["activation"]
    named = replace(mail, about=replace(mail.about, called="Convenant over jeugdzorg"))
    assert "De overeenkomst loopt tot en met " in flat(compose(named).text)
    assert "Zij loopt" not in flat(compose(named).text)


@pytest.mark.parametrize(
    "said",
    [
        "Zorg dat zij",
        "laat haar",
        "e laat sinds",
        "wij laat",
        "zonder besluit op",
        "U.A..",
        "See to it",
        "see to it",
        "Het is te laat",
        "It is late",
        "olgende aanspreekpunt",
        "next point of contact",
        "Code voor de beheerder",
        "in het weekoverzicht",  # by default nobody gets one
        "in the weekly overview",
        "laatste herinnering vóór het einde van de looptijd",  # mails about the decision follow
        "last reminder before the end of the term",
    ],
)
def test_no_mail_says_what_readers_stumbled_over(said: str) -> None:
    mails = [
        *(composed(name, key) for name in LETTERS for key in LANGUAGES),
        *(composed(name, key) for name in OVERVIEWS for key in LANGUAGES),
    ]

    assert not [mail.subject for mail in mails if said in f"{mail.subject} {flat(mail.text)}"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LETTERS)
def test_what_is_not_known_is_said_in_words(name: str, language: str) -> None:
    mail = composed(name, language)

    assert not {"None", "False", "True"} & set(re.findall(r"\w+", mail.subject + mail.text))


@pytest.mark.parametrize("language, shown", REPLACED.items())
@pytest.mark.parametrize("name", LETTERS)
def test_every_mail_tells_plainly_that_a_date_takes_the_place_of_an_earlier_one(
    name: str, language: str, shown: str
) -> None:
    usual = LETTERS[name]
    topics = tuple(replace(topic, replaces=date(2020, 6, 11)) for topic in usual.topics)
    moved = compose(replace(usual, topics=topics, language=language))

    assert " ".join(moved.text.split()).count(shown) == len(topics)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LETTERS)
def test_a_text_line_has_at_most_72_columns(name: str, language: str) -> None:
    mail = composed(name, language)

    assert max(map(len, mail.text.splitlines())) <= 72
    assert "\n\n\n" not in mail.text
    assert not any(line.endswith(" ") for line in mail.text.splitlines())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LETTERS)
def test_the_date_of_the_decision_stands_only_where_it_is_the_ground(
    name: str, language: str
) -> None:
    topics = LETTERS[name].topics
    is_ground = {"unsigned", "held_over", "decide"}
    asks_for_budget = any(topic.details.get("phase") == "commitment" for topic in topics)

    if not asks_for_budget and not is_ground & {topic.template for topic in topics}:
        assert "26 september 2017" not in composed(name, language).text


# Both languages -----------------------------------------------------------------------------------

ENGLISH = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
BRIEF = {"nl": {"mrt": 3}, "en": {}}
"""What a month is called that is not how its name begins."""
OF_A_MONTH = {
    code: {name[:length]: number for number, name in enumerate(names, 1) for length in (3, 99)}
    | BRIEF[code]
    for code, names in (("nl", MONTHS), ("en", ENGLISH))
}
WEEKDAYS = {
    "nl": ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
    "en": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
}
AMOUNT_OR_COUNT = re.compile(r"\d{1,3}(?:[.,]\d{3})*[.,]\d\d\b|\d+")
SEPARATORS = {"nl": str.maketrans(",.", ".,"), "en": {}}


def numbers(text: str, code: str) -> Counter[str]:
    """Return each day, amount and count that a text says, as no language writes them."""
    weekdays, months = "|".join(WEEKDAYS[code]), "|".join(OF_A_MONTH[code])
    day = re.compile(rf"(?:({weekdays}) )?(\d+) ({months})\b(?: (\d{{4}}))?", re.IGNORECASE)
    found = Counter[str]()
    for said in day.finditer(text):
        weekday, number, month, year = said.groups()
        shown = f"{OF_A_MONTH[code][month.lower()]}-{number}"
        found[f"{year}-{shown}" if year else shown] += 1
        if weekday:
            which = date(int(year), OF_A_MONTH[code][month.lower()], int(number)).weekday()
            assert WEEKDAYS[code][which] == weekday.lower(), said[0]
    for other in AMOUNT_OR_COUNT.findall(day.sub("", text)):
        found[other.translate(SEPARATORS[code]).replace(",", "")] += 1
    return found


@pytest.mark.parametrize("name", [*LETTERS, *OVERVIEWS])
def test_a_mail_says_the_same_days_amounts_and_counts_in_both_languages(name: str) -> None:
    dutch, english = paragraphs(name, "nl"), paragraphs(name, "en")

    assert [numbers(said, "en") for said in english] == [numbers(said, "nl") for said in dutch]

"""Names that are probably one party, found among many without comparing all with all."""

import time

import pytest

from workflow.intake.references import in_one_spelling
from workflow.intake.references import resembling as pairs


def resembling(new: list[str], registered: list[str] | None = None) -> list[tuple[str, str, str]]:
    """Return the pairs, of names that stand in the agreements 1, 2 and so on."""
    named: dict[str, str] = {}
    for number, name in enumerate(new, start=1):
        named.setdefault(name, str(number))
    return list(pairs(named, registered or []))


@pytest.mark.parametrize(
    "name, other",
    [
        ("Gemeente Beesel", "gemeente beesel"),
        ("Gemeente Beesel", "Gem. Beesel"),
        ("Coöperatie Verbindend Leiden", "Cooperatie Verbindend-Leiden"),
        ("Provincie Limburg", "Prov. Limburg"),
        ("Gemeente  Maastricht", "Gemeente Maastricht."),
        ("Gemeente Maastricht", "Gemeente Maastrict"),
        ("Waterschap Limburg", "Waaterschap Limburg"),
        ("Waterschap Limburg", "Waterschap Limburgh"),
        ("Stichting Basisschool 12", "Stichting Basischool 12"),
    ],
)
def test_two_spellings_of_one_name_are_told_once(name: str, other: str) -> None:
    found = resembling([name, "Universiteit Twente", other, name, other])
    assert [{one, two} for _, one, two in found] == [{name, other}]
    assert found[0][0] in {"1", "3"}


@pytest.mark.parametrize(
    "name, other",
    [
        ("Gemeente Utrecht", "Provincie Utrecht"),
        ("Gemeente Weert", "Gemeente Weesp"),
        ("Provincie Noord-Holland", "Provincie Zuid-Holland"),
        ("Basisschool 1", "Basisschool 2"),
        ("Stichting Regio 2019-2023", "Stichting Regio 2019-2024"),
    ],
)
def test_two_names_are_not_told(name: str, other: str) -> None:
    assert resembling([name, other]) == []


def test_a_new_name_is_held_against_those_of_the_register() -> None:
    registered = ["Gemeente Beesel", "Provincie Limburg"]
    assert resembling(["Gem. Beesel", "Provincie Limburg"], registered) == [
        ("1", "Gem. Beesel", "Gemeente Beesel")
    ]


def test_names_that_were_registered_before_are_not_told_again() -> None:
    registered = ["Gemeente Beesel", "Gem. Beesel", "Gemeente Besel"]
    assert resembling(["Gem. Beesel", "Gemeente Beesel", "Gemeente Besel"], registered) == []


def test_of_three_spellings_each_other_one_is_told_with_the_first() -> None:
    found = resembling(["Gemeente Beesel", "GEMEENTE BEESEL", "Gem. Beesel"])
    assert found == [
        ("2", "GEMEENTE BEESEL", "Gemeente Beesel"),
        ("3", "Gem. Beesel", "Gemeente Beesel"),
    ]


def test_a_plain_name_has_no_case_accents_or_punctuation() -> None:
    assert in_one_spelling("  Coöperatie «De Één», gem. Súdwest-Fryslân ") == (
        "cooperatie de een gemeente sudwest fryslan"
    )


def test_two_thousand_names_that_resemble_each_other_are_not_all_compared() -> None:
    letters = "bcdfghjklmnpqrstvwxz"
    names = [f"Stichting {a}e{b}o{c}" for a in letters for b in letters for c in letters[:5]]
    began = time.process_time()
    resembling(names)
    assert time.process_time() - began < 20  # all two million pairs would take minutes

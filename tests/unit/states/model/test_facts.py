"""Facts as text: read with every problem at once, written back as they were."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from states.model.agreement import Agreement
from states.model.fact_types import LONGEST_TEXT, parse_reference
from states.model.facts import BadFacts, build, difference, flatten
from states.model.stage import Stage
from tests.agreements import VERBINDEND_LEIDEN, Changes, agreement, facts


def problems(changes: Changes | None = None) -> BadFacts:
    with pytest.raises(BadFacts) as refused:
        agreement(changes)
    return refused.value


def wrong_paths(changes: Changes) -> list[str]:
    return sorted(problem.path for problem in problems(changes).problems)


def test_the_source_case_reads_as_its_facts() -> None:
    known = agreement()

    assert known.ref == "SO-2017-0042"
    assert known.own_name == "Gemeente Maastricht"
    assert len(known.unsigned) == 5
    assert known.contribution is not None
    assert known.contribution.amount == Decimal("1000.00")
    assert known.contribution.payer is None
    assert known.evaluation["final"].is_final  # type: ignore[index]
    assert known.public
    assert known.stage is Stage.DRAFT


def test_every_fact_that_was_read_is_written_back_as_it_was() -> None:
    written = flatten(agreement())

    assert {path: written[path] for path in VERBINDEND_LEIDEN} == VERBINDEND_LEIDEN


def test_what_is_not_known_is_not_written() -> None:
    written = flatten(agreement())

    assert "party.limburg.signed_on" not in written
    assert "contribution.payer" not in written
    assert "ending" not in written


@pytest.mark.parametrize("text", ["../A-1", "A 1", "-1", "A/1", "A-é", "A" * 65])
def test_a_reference_is_short_and_neither_a_path_nor_an_option(text: str) -> None:
    assert parse_reference("A" * 64) == "A" * 64
    with pytest.raises(ValueError, match="^" + re.escape(text[:60])):
        parse_reference(text)


def test_all_problems_are_told_at_once() -> None:
    found = wrong_paths(
        {
            "ref": None,
            "title": None,
            "term.length": "3 jaar",
            "contribution.amount": "duizend",
            "party.limburg.signed_on": "2017-02-30",
        }
    )

    assert found == [
        "contribution.amount",
        "party.limburg.signed_on",
        "ref",
        "term.length",
        "title",
    ]


REFUSED = [
    (
        {"contribution.amount": "duizend"},
        (
            "contribution.amount: “duizend” is not accepted. "
            "Write an amount, such as 1000.00 or 1.000,00."
        ),
    ),
    (
        {"contribution.amount": "-1"},
        (
            "contribution.amount: “-1” is not accepted. "
            "Write an amount, such as 1000.00 or 1.000,00."
        ),
    ),
    (
        {"term.length": "3 jaar"},
        (
            "term.length: “3 jaar” is not accepted. "
            "Write a period of at most 100 years, such as 3 years, 6 weeks, P3Y or P18M."
            " Years and months do not go together with weeks and days."
        ),
    ),
    (
        {"term.last_day": "2017-02-30"},
        (
            "term.last_day: “2017-02-30” is not accepted. "
            "Write a date that exists, such as 2017-10-12 or 12-10-2017."
        ),
    ),
    (
        {"term.lenght": "P3Y"},
        "term.lenght: this key is not known. Did you mean “length”?",
    ),
    (
        {"party.limburg.zipcode": "6200"},
        (
            "party.limburg.zipcode: this key is not known. "
            "Accepted here: name, own, decided_on, decision, signed_on, signatory, capacity,"
            " power_of_attorney, joined_on, left_on, merged_into."
        ),
    ),
    ({"office": None}, "office: this key is missing. It is required."),
    ({"public": "ja"}, "public: “ja” is not accepted. Write yes or no."),
    (
        {"term.renewal": "silent"},
        "term.renewal: “silent” is not accepted. Accepted here: decision, tacit.",
    ),
    (
        {"term.start": "someday"},
        (
            "term.start: “someday” is not accepted. "
            "Write a date that exists, such as 2018-01-01, or: last_signature, own_signature,"
            " unknown."
        ),
    ),
    (
        {"purpose.x": "y"},
        "purpose: “{'x': 'y'}” is not accepted. Write printable text of at most 20 kB.",
    ),
    (
        {"contribution": "1000"},
        "contribution: a group of keys is expected here. See the manual's page on import files.",
    ),
    (
        {"instalment": "1000"},
        "instalment: a group of keys is expected here. See the manual's page on import files.",
    ),
]


@pytest.mark.parametrize("changes, sentence", REFUSED)
def test_a_fact_that_does_not_fit_is_refused_with_its_remedy(
    changes: dict[str, str | None], sentence: str
) -> None:
    cleared: dict[str, str | None] = {}
    if "contribution" in changes:
        cleared = dict.fromkeys(path for path in VERBINDEND_LEIDEN if "contribution." in path)

    assert str(problems({**cleared, **changes})) == sentence


def test_a_key_that_is_both_a_fact_and_a_group_is_a_problem_and_no_crash() -> None:
    with pytest.raises(BadFacts):
        build(Agreement, {"term": "P3Y", **VERBINDEND_LEIDEN})


@pytest.mark.parametrize(
    "amount",
    ["1.000,00", "1000,00", "1000.001", "+1", "1e3", "NaN", "", " ", "10000000000", "€ 1", "١٢"],
)
def test_an_amount_is_written_in_digits_with_at_most_two_decimals(amount: str) -> None:
    assert wrong_paths({"contribution.amount": amount}) == ["contribution.amount"]


def test_a_number_is_written_in_one_way_so_that_none_is_a_key_twice() -> None:
    paid = {"instalment.1.paid_on": "2017-11-01", "instalment.01.payee": "Stichting"}

    assert wrong_paths(paid) == ["instalment.01"]


def test_an_amount_is_kept_to_the_cent() -> None:
    assert flatten(agreement({"contribution.amount": "9999999999.9"}))["contribution.amount"] == (
        "9999999999.90"
    )


@pytest.mark.parametrize(
    "hidden",
    [
        "\x00",
        "\x1b",
        "\n",
        "\t",
        "\x7f",
        "\u202e",
        "\u2066",
        "\u200b",
        "\u2028",
        "\ud800",
        "\ufeff",
    ],
)
def test_a_hidden_character_in_a_title_is_refused(hidden: str) -> None:
    assert wrong_paths({"title": f"Verbindend{hidden}Leiden"}) == ["title"]


@pytest.mark.parametrize("hidden", ["\n", "\x1b", "\u202e", "\u2028"])
def test_a_refusal_never_repeats_a_hidden_character(hidden: str) -> None:
    assert hidden not in str(problems({"title": f"Verbindend{hidden}Leiden"}))


def test_a_title_is_trimmed_and_normalised() -> None:
    assert agreement({"title": "  Coo\u0308peratie "}).title == "Coöperatie"


def test_a_text_may_have_lines_but_no_hidden_characters() -> None:
    assert agreement({"purpose": "Eén\r\ntwee\tdrie"}).purpose == "Eén\ntwee\tdrie"
    assert wrong_paths({"purpose": "a\u202eb"}) == ["purpose"]


def test_a_text_of_more_than_twenty_kilobytes_is_refused() -> None:
    assert agreement({"purpose": "x" * LONGEST_TEXT}).purpose
    assert wrong_paths({"purpose": "é" * LONGEST_TEXT}) == ["purpose"]


@pytest.mark.parametrize("day", ["1899-12-31", "2300-01-01", "20171012", "2017-W41-4", "2017-1-2"])
def test_a_date_stands_in_full_and_within_four_centuries(day: str) -> None:
    assert wrong_paths({"term.start": day}) == ["term.start"]


def test_a_difference_names_what_came_what_went_and_what_changed() -> None:
    old, new = {"a": "1", "b": "2", "c": "3"}, {"b": "2", "c": "4", "d": "5"}

    assert list(difference(old, new)) == [("a", "1", None), ("c", "3", "4"), ("d", None, "5")]


# Round trip --------------------------------------------------------------------------------------

TITLES = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=60)
DATES = st.dates(date(1900, 1, 1), date(2299, 12, 31)).map(date.isoformat)
AMOUNTS = st.decimals("0", "9999999999.99", places=2).map(str)
PERIODS = st.integers(1, 1200).map("P{}M".format) | st.integers(1, 5000).map("P{}D".format)
KEYS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)


@st.composite
def known_facts(draw: st.DrawFn) -> dict[str, str]:
    known = facts({"title": draw(TITLES), "term.length": draw(PERIODS)})
    for key in draw(st.sets(KEYS, max_size=3)):
        known[f"party.{key}.name"] = draw(TITLES)
        known[f"party.{key}.signed_on"] = draw(DATES)
        known[f"evaluation.{key}.on"] = draw(DATES)
        known[f"evaluation.{key}.held.{draw(DATES)}.on"] = draw(DATES)
    for number in draw(st.sets(st.integers(1, 99), max_size=3)):
        known[f"instalment.{number}.amount"] = draw(AMOUNTS)
        known[f"decision.{number}.on"] = draw(DATES)
        known[f"decision.{number}.outcome"] = draw(st.sampled_from(["as_proposed", "held_over"]))
        known[f"known_on.payment:{number}:{draw(DATES)}"] = draw(DATES)
    return known


@for_all(known_facts())
def test_any_agreement_reads_back_from_what_was_written(known: dict[str, str]) -> None:
    value = build(Agreement, known)
    written = flatten(value)

    assert build(Agreement, written) == value
    assert flatten(build(Agreement, written)) == written

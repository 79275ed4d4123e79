"""What people type is read as it is printed, in both languages; two readings are refused."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.language import LANGUAGES, language
from notifications.retry_policy import MessageStatus
from notifications.typed import typed, typed_fact, word
from states.model.agreement import ContributionKind, Renewal
from states.model.fact_types import Start, TwoReadings, fact_type_for
from states.model.period import Period
from states.model.phrase import say
from states.model.stage import Continuation, Ending, Rule, Ruling, Stage
from states.process import ACTIONS

SATURDAY = date(2026, 11, 28)
CODES = st.sampled_from(LANGUAGES)
ENUMS = (
    Stage,
    Ending,
    Ruling,
    Continuation,
    Rule,
    Renewal,
    ContributionKind,
    MessageStatus,
)


def read(text: str, kind: Any) -> Any:
    fact_type = fact_type_for(kind)
    assert fact_type
    return fact_type.parse(typed(text, fact_type, SATURDAY))


# As it is printed --------------------------------------------------------------------------------


@given(CODES, st.dates(date(1900, 1, 1), date(2299, 12, 31)))
def test_a_date_is_read_as_it_is_printed(code: str, day: date) -> None:
    words = language(code)
    for text in (words.day(day), words.short_day(day), day.isoformat()):
        assert read(text, date) == day
        assert read(text.upper(), Start) == day


@given(CODES, st.decimals(0, 9_999_999_999, places=2))
def test_an_amount_is_read_as_it_is_printed(code: str, amount: Decimal) -> None:
    number = language(code).number(amount)
    for text in (f"€ {number}", number, f"{amount:.2f}"):
        assert read(text, Decimal) == amount


@given(
    CODES,
    st.one_of(
        st.builds(Period, months=st.integers(1, 1200)),
        st.builds(Period, days=st.integers(1, 36525)),
    ),
)
def test_a_period_is_read_as_it_is_printed(code: str, period: Period) -> None:
    for text in (language(code).period(period), str(period), str(period).lower()):
        assert read(text, Period) == period


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
def test_a_word_is_read_as_it_is_printed_and_means_one_thing(code: str, kind: Any) -> None:
    for member in kind:
        said = language(code).say(say(member.value))
        assert word(said, kind) == member
        assert word(said.upper().replace(" ", "-"), kind) == member


@pytest.mark.parametrize("code", LANGUAGES)
def test_an_action_and_its_keys_are_read_as_they_are_printed(code: str) -> None:
    for name, action in ACTIONS.items():
        keys = [argument.name for argument in action.arguments]
        assert word(language(code).say(say(name)), ACTIONS) == name
        assert [word(language(code).say(say(key)), keys) for key in keys] == keys


# As it is said -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, kind, value",
    [
        ("5-1-2026", date, date(2026, 1, 5)),
        ("05-01-2026", date, date(2026, 1, 5)),
        ("5 jan 2026", date, date(2026, 1, 5)),
        ("30 mrt 2026", date, date(2026, 3, 30)),
        ("ZATERDAG 17 oktober 2026", date, date(2026, 10, 17)),
        ("vandaag", date, date(2026, 11, 28)),
        ("Gisteren", date, date(2026, 11, 27)),
        ("tomorrow", date, date(2026, 11, 29)),
        ("1.000,00", Decimal, Decimal("1000.00")),
        ("€ 612.000,-", Decimal, Decimal("612000.00")),
        ("1,000.5", Decimal, Decimal("1000.50")),
        ("1.000.000", Decimal, Decimal("1000000.00")),
        ("12,5 euro", Decimal, Decimal("12.50")),
        ("p6w", Period, Period(days=42)),
        ("6w", Period, Period(days=42)),
        ("6 weken", Period, Period(days=42)),
        ("3 jaar", Period, Period(months=36)),
        ("1 maand", Period, Period(months=1)),
        ("ja", bool, True),
        ("Onwaar", bool, False),
        ("conform", Ruling, Ruling.AS_PROPOSED),
        ("actief", Stage, Stage.ACTIVE),
        ("collegebesluit", Stage, Stage.COLLEGE_DECISION),
        ("BESTUURLIJK-OVERLEG", Stage, Stage.BESTUURLIJK_OVERLEG),
        ("beeindigd", Ending, Ending.TERMINATED),
        ("laatste handtekening", Start, "last_signature"),
    ],
)
def test_what_people_say_is_read(text: str, kind: Any, value: object) -> None:
    assert read(text, kind) == value


@pytest.mark.parametrize(
    "text, kind",
    [
        ("31 februari 2026", date),
        ("vrijdag 17 oktober 2026", date),  # a Saturday
        ("5-1-26", date),
        ("5 m 2026", date),
        ("1.00.000", Decimal),
        ("0.500", Decimal),
        ("1.000.00", Decimal),
        ("10 eeuwen", Period),
        ("101 jaar", Period),
        ("", Stage),
        ("-", Stage),
    ],
)
def test_what_means_nothing_is_refused(text: str, kind: Any) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read(text, kind)


@pytest.mark.parametrize("text", ["1.000", "1,000", "€ 1.000"])
def test_an_amount_with_two_readings_is_refused_with_both(text: str) -> None:
    with pytest.raises(TwoReadings) as refused:
        read(text, Decimal)
    assert str(refused.value.remedy) == "It may mean: 1000.00, 1.00. Write which."


def test_an_amount_with_three_decimals_is_not_offered_as_a_reading() -> None:
    """It was, and who wrote it was asked the same again."""
    with pytest.raises(ValueError, match=r"1\.234") as refused:
        read("1.234", Decimal)
    assert not isinstance(refused.value, TwoReadings)


@pytest.mark.parametrize("text", ["5-13-2026", "31 februari 2026", "1-1-1700", "di 31 feb 2026"])
def test_a_day_that_does_not_exist_is_told_as_it_was_typed(text: str) -> None:
    assert typed_fact(text, fact_type_for(date)) == text


def test_a_word_with_two_readings_is_refused_with_both() -> None:
    def called(_name: str) -> Iterable[str]:
        return ["Beek"]

    with pytest.raises(TwoReadings, match=r"“beek” is not clear\. It may mean: maas, rijn\."):
        word("beek", ["maas", "rijn"], called)


def test_the_name_of_one_is_not_read_as_the_key_of_another() -> None:
    names = {"limburg": "Provincie Limburg", "l": "Limburg"}

    def called(key: str) -> Iterable[str]:
        return [names[key]]

    with pytest.raises(TwoReadings, match=r"It may mean: limburg, l\."):
        word("Limburg", names, called)
    assert word("limburg", names, called) == "limburg"
    assert word("provincie limburg", names, called) == "limburg"


@pytest.mark.parametrize(
    "text", ["1-2", "1_2", "1 2", "1.2", "instalment 1-2", "termijn 1 2", "-1", "²", "1.", "01"]
)
def test_a_number_is_read_as_it_stands_and_two_never_as_one(text: str) -> None:
    numbers = ["1", "2", "12"]
    assert word(text, numbers, lambda number: [say("instalment {number}", number=number)]) is None


def test_a_day_that_moves_is_no_fact_of_a_file() -> None:
    assert typed("vandaag", fact_type_for(date)) == "vandaag"
    assert typed_fact("Onbekend", fact_type_for(date)) == "unknown"

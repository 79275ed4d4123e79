"""A refusal names actions, keys and words as its reader types them."""

from collections.abc import Mapping
from datetime import date

import pytest
from msgspec.structs import replace

from notifications.language import language
from states.model.phrase import Refusal
from states.rules.action import Argument
from states.rules.shared_actions import AMEND, NOTE
from states.stages.college_decision import DECIDE
from tests.agreements import Changes
from tests.clerk import Clerk
from workflow.engine.event_words import what_was_done
from workflow.engine.requests import named, one_by_one, request_of
from workflow.system.refusals import BadRequest

OPENED, IN_FORCE = "2017-09-01 09:00", "2018-09-01 09:00"
DECIDED = {"decision.1.on": "2017-08-29", "decision.1.outcome": "as_proposed"}


def refused(action: str, pairs: Mapping[str, str], changes: Changes | None = None) -> str:
    """Return what a Dutch reader is told of a draft to which this was done."""
    answer = Clerk(changes or {}, OPENED).act(action, pairs)
    assert isinstance(answer, Refusal)
    return " ".join(map(language("nl").say, answer.sentences))


# Amendments --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pairs, told",
    [
        (
            {"openbaar": "misschien"},
            "openbaarheid: “misschien” is niet toegestaan. Schrijf ja of nee.",
        ),
        (
            {"looptijd.eerste-dag": "de laatste dag"},
            (
                "looptijd.eerste-dag: “de laatste dag” is niet toegestaan. Schrijf een bestaande"
                " datum, zoals 1-1-2018, of: laatste-handtekening, eigen-handtekening, onbekend."
            ),
        ),
        (
            {"evaluatie.final.datum": "12-12-2019"},
            (
                "evaluatie.final: een evaluatie heeft precies één datum. Geef één van:"
                " evaluatie.final.tijd-vóór-het-einde, evaluatie.final.tijd-na-het-begin,"
                " evaluatie.final.datum. Wat niet geldt, haalt u weg met"
                " evaluatie.final.tijd-vóór-het-einde=onbekend."
            ),
        ),
        (
            {"looptijd.manier-van-verlengen": "stilzwijgend"},
            (
                "looptijd.manier-van-verlengen: een stilzwijgende verlenging heeft een lengte"
                " en een opzegtermijn nodig. Geef beide: looptijd.lengte-van-een-verlenging,"
                " looptijd.opzegtermijn."
            ),
        ),
        ({}, 'Schrijf wat er wijzigt als veld=waarde, zoals "looptijd.lengte=4 jaar".'),
        (
            {"partij.beesel.dag-van-ondertekening": "2-9-2017"},
            (
                "partij.beesel.dag-van-ondertekening: zaterdag 2 september 2017 ligt in de"
                " toekomst. Geef de datum waarop het is gebeurd."
            ),
        ),
        (
            {"termijn.1.dag-van-betaling": "1-9-2018"},
            (
                "termijn.1.dag-van-betaling: zaterdag 1 september 2018 ligt in de toekomst."
                " Geef de datum waarop het is gebeurd."
            ),
        ),
        (
            {"correctie": "misschien", "openbaar": "soms", "looptijd.laatste-dag": "31-4-2020"},
            (
                "correctie: “misschien” is niet toegestaan. Schrijf ja of nee."
                " looptijd.laatste-dag: “31-4-2020” is niet toegestaan."
                " Schrijf een bestaande datum, zoals 12-10-2017 of 2017-10-12."
                " openbaarheid: “soms” is niet toegestaan. Schrijf ja of nee."
            ),
        ),
        (
            {"partij.beesel.dag-van-ondertekening": "2-9-2017", "bijdrage.bedrag": "veel"},
            (
                "partij.beesel.dag-van-ondertekening: zaterdag 2 september 2017 ligt in de"
                " toekomst. Geef de datum waarop het is gebeurd. bijdrage.bedrag: “veel” is niet"
                " toegestaan. Schrijf een bedrag, zoals 1.000,00 of 1000.00."
            ),
        ),
    ],
)
def test_an_amendment_is_refused_in_words_that_can_be_typed(
    pairs: Mapping[str, str], told: str
) -> None:
    assert refused("wijzigen", pairs) == told


@pytest.mark.parametrize(
    "pairs, unknown",
    [
        ({"instalment.1.paid_amount": "5.00", "instalment.1.payd_on": "2017-08-01"}, "payd_on"),
        ({"contribution.payer": "beek", "party.beek.nam": "Beek"}, "party.beek.nam"),
        ({"term.minimum": "P2Y", "term.open_endd": "yes"}, "term.open_endd"),
    ],
)
def test_nothing_is_said_to_be_missing_that_stands_there_misspelt(
    pairs: Mapping[str, str], unknown: str
) -> None:
    clerk = Clerk({}, OPENED)

    with pytest.raises(BadRequest) as caught:
        request_of(clerk.dossier, AMEND, pairs, date(2017, 9, 1))
    (sentence,) = caught.value.sentences
    assert f"{unknown}: this is no fact that looptijd knows." in str(sentence)


def test_a_value_that_no_fact_can_have_is_refused_before_anything_else_is_asked() -> None:
    clerk = Clerk({}, OPENED)
    known = {"contribution.amount": "much"}

    with pytest.raises(BadRequest, match=r"contribution\.amount: “much” is not accepted\."):
        request_of(clerk.dossier, AMEND, known, date(2017, 9, 1), so_far=True)


@pytest.mark.parametrize("start", ["laatste-handtekening", "eigen-handtekening", "onbekend"])
def test_the_words_for_a_start_that_a_refusal_names_are_taken(start: str) -> None:
    assert not isinstance(
        Clerk({"term.start": "2018-01-01"}, OPENED).act("wijzigen", {"looptijd.eerste-dag": start}),
        Refusal,
    )


def test_a_date_is_taken_away_in_the_words_of_the_refusal() -> None:
    clerk = Clerk({}, OPENED)
    gone = {
        "evaluatie.final.datum": "12-12-2019",
        "evaluatie.final.tijd-vóór-het-einde": "onbekend",
    }

    assert not isinstance(clerk.act("wijzigen", gone), Refusal)
    assert clerk.facts["evaluation.final.on"] == "2019-12-12"
    assert "evaluation.final.before_end" not in clerk.facts


# Keys --------------------------------------------------------------------------------------------


def test_a_note_names_the_fields_that_something_objects_to_as_they_are_typed() -> None:
    told = refused("notitie", {"veld": "foo", "tekst": "x"}, {"contribution.payee": None})

    assert told == "veld: “foo” is er hier niet. Dit kan: looptijd.eerste-dag, bijdrage.ontvanger."


def test_a_key_of_which_the_agreement_has_none_says_so() -> None:
    told = refused("kwijtschelden", {"afspraak": "x"}, {"stage": "signing", **DECIDED})

    assert told == "afspraak: deze overeenkomst heeft er geen."


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_a_note_that_says_nothing_is_refused(text: str) -> None:
    told = refused("notitie", {"tekst": text})

    assert told == f"tekst: “{text}” is niet toegestaan. Schrijf gewone tekst van hooguit 20 kB."


BUDGET = {
    "obligation.begroting.what": "begroting voor het volgende jaar",
    "obligation.begroting.on": "2019-10-01",
    "obligation.begroting.every": "P1Y",
}


OPEN_TURNS = (
    "Open staan: 1 (dinsdag 1 oktober 2019), 2 (donderdag 1 oktober 2020),"
    " 3 (vrijdag 1 oktober 2021), …."
)


def owing(**more: str) -> Clerk:
    """Return the source case in force since 12 October 2017, with a budget due every October."""
    signed = {
        f"party.{key}.signed_on": "2017-10-12"
        for key in ("maastricht", "limburg", "waterschap", "beesel", "cooperatie")
    }
    return Clerk(
        {**BUDGET, **DECIDED, **signed, "term.length": "P6Y", "stage": "active", **more},
        IN_FORCE,
        history=True,
    )


@pytest.mark.parametrize(
    "pairs, told",
    [
        (
            {"afspraak": "begroting voor het volgende jaar"},
            f"nummer=… ontbreekt. {OPEN_TURNS}",
        ),
        (
            {"afspraak": "begroting", "nummer": "9"},
            f"nummer: nummer 9 is er hier niet. {OPEN_TURNS}",
        ),
        (
            {"afspraak": "begroting", "nummer": "99999"},
            (
                "nummer: “99999” is niet toegestaan. Schrijf een geheel getal van hooguit vier"
                " cijfers, zoals 1."
            ),
        ),
    ],
)
def test_an_obligation_is_read_by_its_words_and_its_open_turns_are_named(
    pairs: Mapping[str, str], told: str
) -> None:
    answer = owing().act("nakomen", pairs)

    assert isinstance(answer, Refusal)
    assert " ".join(map(language("nl").say, answer.sentences)) == told


@pytest.mark.parametrize("pairs", [{"nummer": "2"}, {"afspraak": "begroting"}])
def test_what_belongs_to_an_obligation_is_refused_beside_an_instalment(
    pairs: Mapping[str, str],
) -> None:
    answer = owing().act("kwijtschelden", {"termijn": "2", **pairs})

    assert isinstance(answer, Refusal)
    assert language("nl").say(answer.sentences[0]) == (
        "Noem een termijn of een afspraak, één tegelijk."
    )


def test_a_number_alone_asks_for_the_obligation_of_which_it_is() -> None:
    answer = owing().act("kwijtschelden", {"nummer": "2"})

    assert isinstance(answer, Refusal)
    assert language("nl").say(answer.sentences[0]) == ("afspraak=… ontbreekt. Dit kan: begroting.")


def test_an_amount_that_is_missing_names_its_instalment() -> None:
    answer = owing(**{"contribution.indexation": "CPI"}).act("betalen", {"termijn": "2"})

    assert isinstance(answer, Refusal)
    assert list(map(language("nl").say, answer.sentences)) == [
        "bedrag=… van termijn 2 ontbreekt. Schrijf een bedrag, zoals 1.000,00 of 1000.00."
    ]


@pytest.mark.parametrize(
    "action, amount, told",
    [
        ("betalen", {"bedrag": "1030"}, "Termijn 2 is al betaald. Corrigeren kan met “wijzigen”."),
        (
            "kwijtschelden",
            {},
            "Termijn 2 is al kwijtgescholden. Corrigeren kan met “terugdraaien”.",
        ),
    ],
)
def test_what_is_settled_asks_for_no_amount_that_was_never_entered(
    action: str, amount: Mapping[str, str], told: str
) -> None:
    clerk = owing(**{"contribution.indexation": "CPI"})
    assert not isinstance(clerk.act(action, {"termijn": "2", **amount}), Refusal)

    answer = clerk.act("betalen", {"termijn": "2"})

    assert isinstance(answer, Refusal)
    assert language("nl").say(answer.sentences[0]) == told


def test_an_instalment_is_found_by_what_it_is_called() -> None:
    clerk = owing()
    assert not isinstance(clerk.act("betalen", {"termijn": "Termijn 2"}), Refusal)

    (told,) = what_was_done(clerk.events[-1:], clerk.agreement)
    assert str(told) == "instalment 2 was paid"


def test_a_turn_that_was_fulfilled_is_told_with_its_number_and_year() -> None:
    clerk = owing()
    pairs = {"afspraak": "Begroting voor het volgende jaar", "nummer": "2"}
    assert not isinstance(clerk.act("nakomen", pairs), Refusal)

    (told,) = what_was_done(clerk.events[-1:], clerk.agreement)
    assert str(told) == "begroting voor het volgende jaar (nr. 2, 2020) was fulfilled"


# Decisions ---------------------------------------------------------------------------------------


def at_the_college() -> Clerk:
    """Return the source case as it waits for the college."""
    clerk = Clerk({}, OPENED)
    clerk.act("submit", {})
    clerk.act("agree", {})
    return clerk


def test_a_key_of_another_outcome_is_refused_and_each_tells_its_own() -> None:
    pairs = {"uitkomst": "conform", "tot": "1-10-2017", "basis": "mandaatregeling 2016"}
    answer = at_the_college().act("besluiten", pairs)

    assert isinstance(answer, Refusal)
    assert [language("nl").say(sentence) for sentence in answer.sentences] == [
        "“tot” hoort alleen bij uitkomst=aangehouden.",
        "“basis” hoort alleen bij uitkomst=vastgesteld-onder-mandaat.",
    ]


def test_a_key_of_the_outcome_itself_is_taken() -> None:
    pairs = {"outcome": "mandate", "basis": "mandaatregeling 2016"}

    assert not isinstance(at_the_college().act("decide", pairs), Refusal)


@pytest.mark.parametrize("number", ["3", "²", "01", "1-2", "x"])
def test_a_point_that_is_not_there_is_told_with_those_there_are(number: str) -> None:
    answer = at_the_college().act("besluiten", {"uitkomst": "conform", f"punt.{number}": "conform"})

    assert isinstance(answer, Refusal)
    told = language("nl").say(answer.sentences[0])
    assert told.startswith(f"punt: “{number}” is er hier niet. ")
    assert told.endswith("Dit kan: 1, 2.")


@pytest.mark.parametrize(
    "pairs, numbers",
    [
        ({"instalment": "4,7-9"}, ["4", "7", "8", "9"]),
        ({"termijn": "10 - 12, 2"}, ["10", "11", "12", "2"]),
        ({"obligation": "report", "nummer": "1–3"}, ["1", "2", "3"]),
        ({"instalment": "3-1"}, ["3-1"]),
        ({"instalment": "1-2-3"}, ["1-2-3"]),
        ({"instalment": ""}, [""]),
    ],
)
def test_several_instalments_or_turns_are_named_one_by_one_or_in_a_row(
    pairs: Mapping[str, str], numbers: list[str]
) -> None:
    *others, key = pairs
    assert [*one_by_one(pairs)] == [
        {**{other: pairs[other] for other in others}, key: number} for number in numbers
    ]


def test_who_names_no_number_asks_once() -> None:
    assert [*one_by_one({"party": "beesel"})] == [{"party": "beesel"}]


def test_what_is_chosen_is_a_value_of_the_kind_of_its_key() -> None:
    number = Argument(name="number", kind=int, choices=lambda _agreement, _today: ["1", "2"])
    action = replace(NOTE, arguments=(number,))

    request = request_of(Clerk({}, OPENED).dossier, action, {"number": "2"}, date(2017, 9, 1))

    assert request.get("number") == 2


def test_only_a_decision_has_points_and_only_what_is_called_so_is_one() -> None:
    keys = {"point.1": "x", "on.2": "y"}
    assert named(DECIDE, keys) == {"point.1": "x", "on.2": "y"}
    assert named(NOTE, {"punt.1": "x"}) == {"punt.1": "x"}
    assert named(DECIDE, {"punt.1": "x"}) == {"point.1": "x"}

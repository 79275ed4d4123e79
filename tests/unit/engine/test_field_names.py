"""A fact is meant by what is printed for it, in both languages; two readings are refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.language import LANGUAGES, language
from states.model.agreement import Agreement
from states.model.fact_types import Key, TwoReadings, fact_type_for
from states.model.fact_words import fact_words, field_name
from states.model.facts import BadFacts, build
from states.rules.amendment import amendable, amended, fact_type_of
from tests.agreements import VERBINDEND_LEIDEN, agreement
from workflow.engine.event_words import is_of_the_engine, value_in_words
from workflow.engine.field_names import not_amendable, path_of
from workflow.engine.offices import OFFICE_FACTS
from workflow.mail.sample import sample

CODES = st.sampled_from(LANGUAGES)
SAMPLE = sample("obligation")
A_KEY = fact_type_for(Key)
KEYS = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
NUMBERS = st.integers(1, 99).map(str)
NUMBERED = {
    *("INSTALMENT", "DECISION_POINT", "DOCUMENT", "SOURCE", "DECISION", "POINT"),
    *("EXTENSION", "SUSPENSION", "FULFILMENT"),
}


@st.composite
def written(draw: st.DrawFn) -> str:
    """Return the path of a fact that may be amended, of any key."""
    parts = draw(st.sampled_from(amendable())).split(".")
    return ".".join(
        draw(NUMBERS if part in NUMBERED else KEYS) if part.isupper() else part for part in parts
    )


@settings(max_examples=50)
@given(CODES, written())
def test_a_field_is_read_as_it_is_printed(code: str, path: str) -> None:
    printed = language(code).write(field_name(path))

    assert path_of(agreement(), printed) == path
    assert path_of(agreement(), printed.upper().replace("-", " ")).casefold() == path
    assert path_of(agreement(), path) == path


@settings(max_examples=50)
@given(CODES, st.sampled_from([*VERBINDEND_LEIDEN, "instalment.5.amount", "decision.1.on"]))
def test_a_fact_is_read_as_a_sentence_calls_it(code: str, path: str) -> None:
    called = language(code).say(fact_words(path, agreement()))

    assert path == "ref" or path_of(agreement(), called) == path


def test_the_outcome_of_a_decision_point_names_the_point() -> None:
    called = fact_words("decision.1.point.2", agreement())

    assert str(called) == "the outcome of decision point 2 of decision 1 of the college"


@pytest.mark.parametrize(
    "text, path",
    [
        ("bijdrage.bedrag", "contribution.amount"),
        ("Looptijd.Laatste dag", "term.last_day"),
        ("looptijd.duur", "term.length"),
        ("looptijd.begin", "term.start"),
        ("looptijd.ingangsdatum", "term.start"),
        ("looptijd.einddatum", "term.last_day"),
        ("termijn.5.uiterste betaaldatum", "instalment.5.due_on"),
        ("het bedrag van termijn 5", "instalment.5.amount"),
        ("partij.Gemeente Beesel.dag-van-ondertekening", "party.beesel.signed_on"),
        ("de dag van ondertekening van Gemeente Beesel", "party.beesel.signed_on"),
        ("evaluatie.eindevaluatie.rapport", "evaluation.final.report"),
        ("het rapport van de eindevaluatie", "evaluation.final.report"),
        ("dossierhouder.naam", "case_owner.name"),
        ("functie", "office"),
        ("TITEL", "title"),
        ("term.length", "term.length"),
    ],
)
def test_what_people_call_a_fact_is_read(text: str, path: str) -> None:
    assert path_of(agreement(), text) == path


@pytest.mark.parametrize(
    "text, path",
    [
        ("bijdrage.bedarg", "contribution.bedarg"),
        ("looptijd", "looptijd"),
        ("iets.anders", "iets.anders"),
        ("", ""),
        (".", "."),
        ("partij..naam", "party..naam"),
    ],
)
def test_what_means_no_fact_stays_as_it_was_typed(text: str, path: str) -> None:
    assert path_of(agreement(), text) == path


def test_the_end_is_refused_with_both_of_its_readings() -> None:
    with pytest.raises(TwoReadings) as refused:
        path_of(agreement(), "looptijd.einde")

    assert str(refused.value) == (
        "“looptijd.einde” is not clear. It may mean: term.last_day, term.ends_before. Write which."
    )
    assert language("nl").say(refused.value.sentences[0]) == (
        "“looptijd.einde” is niet duidelijk. Het kan betekenen:"
        " looptijd.laatste-dag, looptijd.eerste-dag-na-het-einde. Schrijf welke u bedoelt."
    )


def test_a_sentence_about_either_of_two_evaluations_is_refused_with_both() -> None:
    two = {
        "evaluation.jaar-1.after_start": "P1Y",
        "evaluation.jaar-2.after_start": "P2Y",
    }
    of_two: Agreement = build(Agreement, {**VERBINDEND_LEIDEN, **two})

    with pytest.raises(TwoReadings, match=r"evaluation\.jaar-1\.report, evaluation\.jaar-2\.repo"):
        path_of(of_two, "het rapport van een tussentijdse evaluatie")


def test_what_the_engine_keeps_for_itself_is_told_to_nobody() -> None:
    kept = ("evaluation.half.held.2024-11-19.taken_for", "known_on.payment/1", "replaces.x")
    assert all(map(is_of_the_engine, kept))
    assert not any(map(is_of_the_engine, VERBINDEND_LEIDEN))
    assert not is_of_the_engine("acknowledged.evaluation:final:2020-07-11")


def test_a_fact_that_cannot_be_amended_is_known_by_its_word_as_well() -> None:
    assert [path_of(agreement(), text) for text in ("kenmerk", "fase")] == ["ref", "stage"]


# What a fact that is new has to have besides its type --------------------------------------------


def of_the_sample(pattern: str) -> str:
    """Return the path of a fact of the sample of obligations, for keys that it has."""
    keys = {"PARTY": "limburg", "OBLIGATION": "jaarverslag", "INSTALMENT": "1"}
    return ".".join(keys.get(part, part) for part in pattern.split("."))


@pytest.mark.parametrize("pattern", amendable())
def test_people_read_words_for_every_fact_that_they_may_enter(pattern: str) -> None:
    words = [str(word) for word in field_name(pattern).words if isinstance(word, str)]
    whose = fact_words(pattern, SAMPLE).values.get("whose")

    assert words in ([], ["held"])
    assert whose != pattern.partition(".")[0]


@pytest.mark.parametrize("pattern", [p for p in amendable() if fact_type_of(p) == A_KEY])
def test_a_fact_that_is_a_key_names_an_office_or_a_party_that_is_there(pattern: str) -> None:
    path = of_the_sample(pattern)
    if pattern not in OFFICE_FACTS:
        assert value_in_words(path, "limburg", SAMPLE) == "Provincie Limburg"
        with pytest.raises(BadFacts, match="there is no party “nobody”"):
            amended(SAMPLE, {path: "nobody"})


# What is none ------------------------------------------------------------------------------------

GROUPS = (
    "title, office, term.…, party.…, short_title, purpose, public, evaluation.…, contribution.…,"
    " instalment.…, obligation.…, decision_point.…, document.…, woo.…, source.…, overleg.…,"
    " decision.…, extension.…, suspension.…, termination.…, case_owner.…"
)
OF_A_TERM = (
    "term.length, term.last_day, term.ends_before, term.open_ended, term.start, term.renewal,"
    " term.renewal_length, term.notice, term.minimum"
)
OWNED, NONE = "this field cannot be amended.", "this is no fact that looptijd knows."
MANUAL = "See the manual's page on import files."


@pytest.mark.parametrize(
    "text, told",
    [
        ("stage", f"{OWNED} Accepted here: {GROUPS}. {MANUAL}"),
        ("known_on.x", f"{OWNED} Accepted here: {GROUPS}. {MANUAL}"),
        ("evaluation.final.started_for", f"{OWNED} Accepted here: evaluation.EVALUATION."),
        ("titel2", f"{NONE} Did you mean “title”? Accepted here: {GROUPS}."),
        ("term.lenght", f"{NONE} Did you mean “term.length”? Accepted here: {OF_A_TERM}."),
        ("looptijd.lenkte", f"{NONE} Did you mean “term.length”? Accepted here: {OF_A_TERM}."),
        ("bijdrage.bedrg", f"{NONE} Did you mean “contribution.amount”?"),
        ("einddatum", f"{NONE} Did you mean “term.last_day”?"),
        ("overleg.xyz", f"{NONE} Accepted here: overleg.agreed_on, overleg.attended. {MANUAL}"),
        (
            "party.beek.signd_on",
            f"{NONE} Did you mean “party.beek.signed_on”? Accepted",
        ),
        ("instalment.9.until", f"{NONE} Accepted here: instalment.INSTALMENT.amount,"),
        ("office.name", f"{NONE} Accepted here: {GROUPS}. {MANUAL}"),
        ("party.singed_on", f"{NONE} Did you mean “party.PARTY.signed_on”?"),
        (
            "obligation.plan.fulfilment.1.onn",
            f"{NONE} Did you mean “obligation.plan.fulfilment.1.on”?",
        ),
        ("dossierhouder.naaam", f"{NONE} Did you mean “case_owner.name”?"),
        ("evaluaion.final.on", f"{NONE} Did you mean “evaluation.final.on”? Accepted here: title,"),
        ("termjin.3.bedrag", f"{NONE} Did you mean “instalment.3.amount”?"),
        (
            "obligaton.annex.fulfilment.2.on",
            f"{NONE} Did you mean “obligation.annex.fulfilment.2.on”?",
        ),
        ("looptijden.lengte", f"{NONE} Did you mean “term.length”?"),
        ("iets.lengte", f"{NONE} Did you mean “term.length”?"),
    ],
)
def test_what_cannot_be_amended_is_told_with_what_was_meant(text: str, told: str) -> None:
    said = str(not_amendable(path_of(agreement(), text), text))
    assert said.startswith(f"{text}: {told}")

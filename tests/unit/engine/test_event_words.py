"""What an event changed, as a civil servant reads it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from notifications.language import language
from states.model.agreement import Agreement
from states.model.events import FIRE, Event, FactChange
from states.model.fact_types import Key
from states.model.facts import build
from states.model.phrase import listed, say
from states.model.stage import Stage
from tests.agreements import NO_MONEY, TACIT, VERBINDEND_LEIDEN, in_force
from workflow.engine.event_words import (
    as_called_then,
    change_in_words,
    remarks,
    what_was_done,
)

OWED = {"obligation.verslag.what": "het verslag", "obligation.verslag.after_start": "P1Y"}
AGREEMENT = build(Agreement, VERBINDEND_LEIDEN | OWED)


@pytest.mark.parametrize(
    "path, old, new, sentence",
    [
        ("instalment.2.payer", None, "limburg", "de betaler van termijn 2: Provincie Limburg"),
        ("instalment.2.payer", None, "gone", "de betaler van termijn 2: gone"),
        ("term.length", "P3Y", "P4Y", "de lengte van de looptijd: 3 jaar → 4 jaar"),
        ("contribution.total", None, "3000.00", "het totaal van de bijdrage: € 3.000,00"),
        ("obligation.verslag.every", None, "P1Y", "de herhaling van “het verslag”: 1 jaar"),
        (
            "obligation.verslag.by",
            None,
            "limburg",
            "de verantwoordelijke partij van “het verslag”: Provincie Limburg",
        ),
        ("term.open_ended", None, "false", "de onbepaalde duur van de looptijd: nee"),
        ("instalment.2.refund", None, "true", "de terugbetaling van termijn 2: ja"),
        (
            "party.limburg.own",
            "true",
            "false",
            "de rol als eigen partij van Provincie Limburg: ja → nee",
        ),
        (
            "document.1.dated",
            "2017-06",
            "2017-11-17",
            "de datum van document 1: 2017-06 → vrijdag 17 november 2017",
        ),
        (  # which somebody wrote into the ledger
            "document.1.dated",
            "2017-02-31",
            "2017-11-17",
            "de datum van document 1: 2017-02-31 → vrijdag 17 november 2017",
        ),
        ("term.minimum", None, "P2Y", "de minimale looptijd: 2 jaar"),
        ("purpose", "Leren", None, "het doel: Leren → weggehaald"),
        (
            "answered.contribution/payee",
            "2017-09-01",
            None,
            "het antwoord over de ontvanger van de bijdrage: vrijdag 1 september 2017 → weggehaald",
        ),
        (
            "acknowledged.evaluation:final:2020-07-11",
            None,
            "2020-08-01",
            (
                "de dag tot wanneer herinneringen over de eindevaluatie wachten:"
                " zaterdag 1 augustus 2020"
            ),
        ),
        (
            "source.1.field",
            None,
            "term.notice",
            "het gegeven van bron 1: de opzegtermijn van de looptijd",
        ),
        ("case_owner.name", "token", "Jan", "de naam van de dossierhouder: token → Jan"),
    ],
)
def test_a_fact_that_changed_is_told_in_words(
    path: str, old: str | None, new: str | None, sentence: str
) -> None:
    assert language("nl").say(change_in_words(FactChange(path, old, new), AGREEMENT)) == sentence


@pytest.mark.parametrize(
    "kind, words",
    [
        ("contribution", "de bijdrage"),
        ("subsidy", "de subsidie"),
        ("membership_fee", "het lidmaatschapsgeld"),
        ("fee", "de vergoeding"),
    ],
)
def test_an_extension_pays_what_the_agreement_pays(kind: str, words: str) -> None:
    agreement = build(Agreement, VERBINDEND_LEIDEN | {"contribution.kind": kind})
    change = FactChange("extension.1.contribution", None, "true")
    told = language("nl").say(change_in_words(change, agreement))
    assert told == f"{words} van de verlenging: ja"


def event(*changes: FactChange, action: str = "amend") -> Event:
    """Return an event that changed these facts."""
    at = datetime(2020, 1, 1, tzinfo=UTC)
    return Event(seq=1, at=at, actor="x", action=action, changes=changes)


def test_an_evaluation_that_was_held_is_called_as_what_it_is() -> None:
    held = FactChange("evaluation.final.held.2020-07-11.on", None, "2020-07-10")
    (told,) = what_was_done([event(held, action="conclude")], AGREEMENT)
    assert language("nl").say(told) == "de eindevaluatie is gehouden"


@pytest.mark.parametrize(
    "occurrence, stage, words",
    [
        ("evaluation:final:2020-07-11:P0D", "evaluation", "de evaluatie is gevraagd"),
        (
            "continuation:term:2020-10-11:-P6W",
            "continuation_decision",
            "het besluit over de voortzetting is gevraagd",
        ),
    ],
)
def test_what_time_asks_for_nobody_began(occurrence: str, stage: str, words: str) -> None:
    called = replace(event(action=FIRE), occurrence=occurrence, stage=Stage(stage))
    (told,) = what_was_done([called], AGREEMENT)
    assert language("nl").say(told) == words


@pytest.mark.parametrize(
    "parts, told",
    [
        ({"undoes": 7}, "draait gebeurtenis 7 terug"),
        (
            {"caught_up": True, "nominal_on": date(2027, 1, 1)},
            "ingehaald: pas bekend geworden na de dag waarop dit had moeten uitgaan",
        ),
        ({"late_by": 1_818_000}, "3 weken te laat"),
        ({"late_by": 86_400}, "1 dag te laat"),
        ({"late_by": 4000}, "1:06 uur te laat"),
    ],
)
def test_beside_an_event_stands_what_it_takes_back_and_why_it_is_late(
    parts: dict[str, Any], told: str
) -> None:
    assert [*map(language("nl").say, remarks(replace(event(), **parts)))] == [told]
    assert [*remarks(event())] == []


def test_the_past_is_told_with_the_names_of_that_time() -> None:
    named = event(FactChange("party.beesel.name", None, "Gemeente Beesel"))
    renamed = event(
        FactChange("party.beesel.name", "Gemeente Beesel", "Gemeente Beesel-Reuver"),
        FactChange("party.gone.name", "Weg", "Anders"),
    )
    signed = event(FactChange("party.beesel.signed_on", None, "2017-10-12"))
    facts = VERBINDEND_LEIDEN | {"party.beesel.name": "Gemeente Beesel-Reuver"}

    then = as_called_then([named, renamed, signed], build(Agreement, facts))

    assert [agreement.party[Key("beesel")].name for agreement in then] == [
        "Gemeente Beesel",
        "Gemeente Beesel",
        "Gemeente Beesel-Reuver",
    ]


@pytest.mark.parametrize(
    "by, told",
    [
        (("beesel", None), ["beesel", "beesel", None]),
        ((None, "beesel"), [None, None, "beesel"]),
        (("beesel", "limburg"), ["beesel", "beesel", "limburg"]),
    ],
)
def test_the_past_is_told_with_who_owed_it_then(
    by: tuple[str | None, str | None], told: list[str | None]
) -> None:
    before, after = by
    added = event(
        FactChange("obligation.verslag.what", None, "het verslag"),
        *([FactChange("obligation.verslag.by", None, before)] if before else []),
    )
    amended = event(FactChange("obligation.verslag.by", before, after))
    facts = VERBINDEND_LEIDEN | OWED | ({"obligation.verslag.by": after} if after else {})

    then = as_called_then([added, amended, event()], build(Agreement, facts))

    assert [agreement.obligation[Key("verslag")].by for agreement in then] == told


@pytest.mark.parametrize("code, none", [("nl", "geen"), ("en", "none")])
def test_of_nothing_a_list_says_that_there_is_none(code: str, none: str) -> None:
    sentence = say("Accepted: {names}.", names=listed([]))

    assert language(code).say(sentence).endswith(f": {none}.")


def test_a_name_is_told_in_words_in_english_too() -> None:
    change = FactChange(field="decision.1.outcome", old=None, new="text_changes")

    told = change_in_words(change, AGREEMENT)
    assert language("en").say(told) == "the outcome of decision 1 of the college: text changes"
    assert language("nl").say(told) == (
        "de uitkomst van besluit 1 van het college: conform met tekstuele aanpassing"
    )


def test_a_turn_of_the_term_before_is_told_with_its_number_and_year_too() -> None:
    meeting = {
        "obligation.overleg.what": "overleg",
        "obligation.overleg.before_end": "P5M",
        "obligation.overleg.every": "P2M",
    }
    walk = in_force({**TACIT, **NO_MONEY, **meeting}).until("2020-10-20 10:00")
    for number in (2, 101):
        on = date(2020, 10, 19)
        walk.do("fulfil", "2020-10-20 10:00", obligation="overleg", number=number, on=on)

    assert [str(told) for told in what_was_done(walk.events[-2:], walk.agreement)] == [
        "overleg (nr. 2, 2020) was fulfilled",
        "overleg (nr. 101, 2021) was fulfilled",
    ]


@pytest.mark.parametrize(
    "action, field, said",
    [
        ("sign", "party.limburg.signed_on", "signed by Provincie Limburg"),
        ("pay", "instalment.2.paid_on", "instalment 2 was paid"),
        ("waive", "instalment.2.waived_on", "instalment 2 is not needed any more"),
        (
            "waive",
            "obligation.verslag.fulfilment.1.waived_on",
            "het verslag is not needed any more",
        ),
        ("waive", "document.2.waived_on", "document 2 is not needed any more"),
        # What an amendment took away since has no words any more.
        ("fulfil", "obligation.polis.fulfilment.1.on", "polis was fulfilled"),
        ("waive", "obligation.polis.fulfilment.2.waived_on", "polis is not needed any more"),
        ("conclude", "evaluation.halfway.held.2019-01-01.on", "an evaluation was held"),
        ("sign", "party.stein.signed_on", "signed by stein"),
    ],
)
def test_what_something_was_done_to_is_called_as_its_group_is_a_new_one_too(
    action: str, field: str, said: str
) -> None:
    changes = (FactChange(field=field, old=None, new="2018-10-12"),)
    event = Event(
        seq=2, at=datetime(2018, 10, 12, tzinfo=UTC), action=action, actor="a", changes=changes
    )

    assert [str(told) for told in what_was_done([event], AGREEMENT)] == [said]

"""Reading proposals: what is proposed stands in the text and reads so; little of it is missed."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.model.phrase import Refusal
from workflow.intake.proposals.law import Proposed
from workflow.intake.proposals.patterns import members
from workflow.intake.proposals.read import Reading, read_proposal
from workflow.intake.proposals.read import drafted as draft_in
from workflow.intake.proposals.readings import amounts, number_of, parties, periods
from workflow.intake.proposals.text import Proposal, place_of, text_of

FOLDER = Path(__file__).parent / "proposals"
SOURCE_CASE = "00-source-case.txt"
PRECISION, RECALL = 0.98, 0.90
OURS = {
    "00": "Gemeente Maastricht",
    "01": "Gemeente Gulpen-Wittem",
    "02": "Gemeente Venlo",
    "03": "Gemeente Roermond",
    "04": "Gemeente Sittard-Geleen",
    "05": "Gemeente Roermond",
    "06": "Gemeente Heerlen",
    "07": "Gemeente Weert",
    "08": "Gemeente Horst aan de Maas",
    "10": "Gemeente Leudal",
    "11": "Gemeente Kerkrade",
    "12": "Gemeente Beekdaelen",
    "13": "Gemeente Venray",
    "14": "Gemeente Utrecht",
    "15": "Gemeente Echt-Susteren",
    "16": "Gemeente Brunssum",
    "17": "Gemeente Maastricht",
    "18": "Gemeente Maastricht",
    "19": "Gemeente Waalre",
    "20": "Gemeente Goes",
    "21": "Gemeente Hoorn",
    "22": "Gemeente Gemert-Bakel",
    "23": "Gemeente Hilversum",
    "24": "Gemeente Uden",
    "25": "Gemeente Maashorst",
    "26": "Gemeente Wassenaar",
}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A proposal that somebody invented, what it says by his own reading, and ours."""

    truth: list[tuple[str, str]]
    reading: Reading

    def is_true(self, item: Proposed) -> bool:
        """A clause is true where its evaluation is; it is the sentence that the other came from."""
        if item.path.endswith(".clause"):
            evaluation = item.path.removesuffix("clause")
            return any(path.startswith(evaluation) for path, _ in self.truth)
        return any(_same(item, path, value) for path, value in self.truth)

    def missed(self) -> list[str]:
        return [
            f"{path} = {value}"
            for path, value in self.truth
            if not any(_same(item, path, value) for item in self.reading.proposed)
        ]


def _same(item: Proposed, path: str, value: str) -> bool:
    """Compare with a value, of which a long one is told by how it begins and ends."""
    begin, _, end = value.partition(" … ")
    is_there = item.value == value or (
        bool(end) and item.value.startswith(begin) and item.value.endswith(end)
    )
    named = "party" if item.path.startswith("party.") else item.path
    return named == path and is_there


def judged(name: str) -> Judged:
    text, _, told = (FOLDER / name).read_text(encoding="utf-8").partition("=====\n")
    truth = [(path, value) for path, _, value in (x.partition(" = ") for x in told.splitlines())]
    return Judged(truth=truth, reading=read_proposal(text, OURS.get(name[:2], "")))


def every_proposal() -> Iterator[str]:
    return (path.name for path in sorted(FOLDER.glob("*.txt")))


# The source case, and twenty-six of other municipalities -----------------------------------------


def test_the_source_case_gives_its_known_facts_and_leaves_open_what_it_does_not_say() -> None:
    facts = judged(SOURCE_CASE).reading.facts()

    points = [facts.pop(f"decision_point.{number}.text") for number in (1, 2)]
    assert points[0].endswith("Verbindend Leiden te bevorderen te ondertekenen")
    assert points[1].endswith("€1000,00 per jaar aan het werkbudget")
    assert "3 maanden vóór het bereiken" in facts.pop("evaluation.final.clause")
    assert facts == {
        "title": "Samenwerkingsovereenkomst Verbindend Leiden",
        "short_title": "Verbindend Leiden",
        "party.maastricht.name": "Gemeente Maastricht",
        "party.limburg.name": "Provincie Limburg",
        "party.waterschap-limburg.name": "Waterschap Limburg",
        "party.beesel.name": "Gemeente Beesel",
        "party.verbindend-leiden.name": "Coöperatie Verbindend Leiden",
        "term.length": "P3Y",
        "term.renewal": "decision",
        "evaluation.final.before_end": "P3M",
        "contribution.amount": "1000.00",
        "contribution.every": "P1Y",
        "contribution.kind": "contribution",
        "contribution.budget_line": "lidmaatschappen en contributies",
        "overleg.agreed_on": "2017-07-05",
        "overleg.attended": "wethouder Gerats",
        "decision.1.on": "2017-09-26",
        "decision.1.outcome": "as_proposed",
        "decision.1.label": "Conform",
        "document.1.title": "Berenschot: samen verder bouwen",
        "document.1.dated": "2017-11-17",
    }


def test_what_the_source_case_implies_is_inferred_and_the_rest_is_stated() -> None:
    proposed = judged(SOURCE_CASE).reading.proposed
    inferred = {item.path for item in proposed if item.status == "inferred"}
    assert inferred == {
        "party.maastricht.name",
        "overleg.agreed_on",
        "contribution.budget_line",
    }


def test_little_is_missed_and_what_is_proposed_is_true(capsys: pytest.CaptureFixture[str]) -> None:
    found = {name: judged(name) for name in every_proposal() if name != SOURCE_CASE}
    assert len(found) == 26
    stated = [(x, one) for one in found.values() for x in one.reading.proposed]
    wrong = [item for item, one in stated if not one.is_true(item)]
    told = sum(len(one.truth) for one in found.values())
    missed = [f"{name}: {line}" for name, one in found.items() for line in one.missed()]
    precision, recall = 1 - len(wrong) / len(stated), 1 - len(missed) / told

    with capsys.disabled():
        print(f"\n{len(stated)} proposed: precision {precision:.3f}; of {told} recall {recall:.3f}")  # noqa: T201 - the measure is meant to be read
    assert precision >= PRECISION, wrong
    assert recall >= RECALL, missed


# The law of quotes -------------------------------------------------------------------------------

TEXT = (
    "De overeenkomst heeft een looptijd van drie jaar. Zij wordt 3 maanden voor het einde van de\n"
    "looptijd geëvalueerd. De gemeente Beek draagt jaarlijks een bijdrage van € 1.000,00 bij.\n"
    "De opzegtermijn is zes maanden. Het bestuurlijk overleg was op 5 juli jl.\n"
    "Besluit college d.d. 26 september 2017: conform\n"
)


def drafted(path: str, value: str, quote: str) -> Reading:
    return read_proposal(TEXT, draft=[Proposed(path=path, value=value, quote=quote)])


@pytest.mark.parametrize(
    "path,value,quote",
    [
        ("term.length", "P3Y", "een looptijd van drie jaar"),
        ("term.length", "P3Y", "looptijd\n van   drie jaar"),
        ("term.notice", "P6M", "De opzegtermijn is zes maanden"),
        ("contribution.amount", "1000.00", "een bijdrage van € 1.000,00"),
        ("contribution.every", "P1Y", "jaarlijks een bijdrage van € 1.000,00"),
        ("party.beek.name", "Gemeente Beek", "De gemeente Beek draagt"),
        ("decision.1.on", "2017-09-26", "Besluit college d.d. 26 september 2017"),
        ("overleg.agreed_on", "2017-07-05", "bestuurlijk overleg was op 5 juli jl."),
    ],
)
def test_a_drafted_value_stands_when_its_quote_does(path: str, value: str, quote: str) -> None:
    reading = drafted(path, value, quote)
    assert reading.refused == []
    assert reading.facts().get(path, value) == value


NOT_THERE, NO_QUOTE = "the quote does not stand in the text.", "it has no quote."
OTHERWISE = "the quote does not read as this value."
BY_HAND = "no proposal is read for this fact; enter it yourself."


@pytest.mark.parametrize(
    "path,value,quote,why",
    [
        ("term.length", "P3Y", "een looptijd van drie jaren", NOT_THERE),
        ("term.length", "P3Y", "Een looptijd van drie jaar", NOT_THERE),
        ("term.length", "P3Y", "", NO_QUOTE),
        ("term.length", "P4Y", "een looptijd van drie jaar", OTHERWISE),
        ("term.length", "P6M", "zes maanden", OTHERWISE),
        ("term.notice", "P3M", "3 maanden voor het einde", OTHERWISE),
        ("term.length", "P3Y", "een looptijd van drie jaar. Zij wordt 3 maanden", OTHERWISE),
        ("contribution.amount", "1.00", "bijdrage van € 1.000,00", OTHERWISE),
        ("party.x.name", "Gemeente Stein", "De gemeente Beek", OTHERWISE),
        ("overleg.agreed_on", "2018-07-05", "overleg was op 5 juli jl.", OTHERWISE),
        ("office", "sociaal-domein", "De gemeente Beek", BY_HAND),
    ],
)
def test_a_drafted_value_is_refused_whose_quote_does_not_bear_it_out(
    path: str, value: str, quote: str, why: str
) -> None:
    reading = drafted(path, value, quote)
    assert [(one.item.path, str(one.why)) for one in reading.refused] == [(path, why)]
    assert reading.facts().get(path) != value or value == "P3Y"


def test_a_title_longer_than_a_line_is_refused() -> None:
    title = "Overeenkomst " + "a" * 300
    (refused,) = read_proposal(
        title, draft=[Proposed(path="title", value=title, quote=title)]
    ).refused
    assert str(refused.why) == "the quote does not read as this value."


@pytest.mark.parametrize(
    "content, told",
    [
        ("nonsense", "this is not valid TOML"),
        ('[[agreement]]\nref = "A"\n[[agreement]]\nref = "B"\n', "holds one agreement, this 2."),
        ("", "a draft holds one agreement, this 0."),
    ],
)
def test_a_draft_of_which_nothing_can_be_read_is_named(
    tmp_path: Path, content: str, told: str
) -> None:
    file = tmp_path / "draft.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        draft_in(file)
    assert str(refused.value).startswith(f"{file}: ")
    assert told in str(refused.value)


def test_what_the_text_and_a_draft_say_differently_is_left_to_be_asked() -> None:
    text = f"{TEXT}\nVolgens bijlage 2 is de duur van de overeenkomst vier jaar.\n"
    quote = "de duur van de overeenkomst vier jaar"
    reading = read_proposal(text, draft=[Proposed(path="term.length", value="P4Y", quote=quote)])
    assert "term.length" not in reading.facts()
    assert {item.value for item in reading.contested["term.length"]} == {"P3Y", "P4Y"}


@pytest.mark.parametrize(
    "text",
    [
        "Onderwerp: Convenant Veilig Uitgaan\nHet Convenant Veilig Uitgaan loopt een jaar.",
        "| Titel | Convenant Veilig Uitgaan |\n| Partijen | |",
        "In te stemmen met het convenant Veilig Uitgaan\n\n3. Financiën\nGeen.",
        "ONDERWERP\nHet convenant Veilig Uitgaan\n\nVOORSTEL\nIn te stemmen.",
        "7. Convenant Veilig Uitgaan\nBesloten is het convenant aan te gaan.",
    ],
)
def test_a_title_does_not_take_in_the_heading_that_follows(text: str) -> None:
    assert read_proposal(text).facts()["title"] == "Convenant Veilig Uitgaan"


@pytest.mark.parametrize(
    "heading,title",
    [
        ("Anterieure overeenkomst De Bleek", "Anterieure overeenkomst De Bleek"),
        ("Convenant Wijken voor de jeugd, de Oude Vaart-\nkant en Zuid", None),
        ("Convenant Wijken voor de jeugd, de Oude Vaart\nen omgeving", None),
    ],
)
def test_a_title_is_whole_or_none(heading: str, title: str | None) -> None:
    assert read_proposal(f"Onderwerp: {heading}\nDatum: vandaag\n").facts().get("title") == title


def test_a_line_of_one_word_within_a_decision_point_is_no_heading() -> None:
    asked = "1. De overeenkomst te sluiten over de ontwikkeling van Verbindend\nLeiden\nin Beek;"
    facts = read_proposal(f"Beslispunten\n{asked}\n2. Geld te geven.").facts()
    assert facts["decision_point.1.text"].endswith("Verbindend Leiden in Beek")
    assert facts["decision_point.2.text"] == "Geld te geven"


@pytest.mark.parametrize("indent", ["", " ", "    "])
def test_decision_points_that_stand_further_to_the_right_are_read_as_well(indent: str) -> None:
    asked = f"1. Het convenant te sluiten;\n\n{indent}2. Geld te geven."
    facts = read_proposal(f"Beslispunten\n{indent}{asked}\nToelichting\nDit is nodig.").facts()
    assert facts["decision_point.1.text"] == "Het convenant te sluiten"
    assert facts["decision_point.2.text"] == "Geld te geven"


def test_a_number_with_a_dot_is_part_of_a_title() -> None:
    text = "Onderwerp\nDe uitvoeringsovereenkomst Energiestrategie 2.0 met de provincie."
    assert read_proposal(text).facts()["short_title"] == "Energiestrategie 2.0"


TURNED = (
    "stilzwijgend met twee jaar verlengd, tenzij een partij uiterlijk zes maanden voor het einde"
)
USUAL = "stilzwijgend verlengd met twee jaar, met een opzegtermijn van zes maanden"


@pytest.mark.parametrize("said", [f"{TURNED} opzegt", f"telkens {TURNED} haar opzegt", USUAL])
def test_a_renewal_is_read_whichever_way_its_sentence_turns(said: str) -> None:
    text = f"De overeenkomst loopt tot en met 31 december 2030. Zij wordt {said}."
    facts = read_proposal(text).facts()
    assert facts["term.renewal_length"] == "P2Y"
    assert facts["term.notice"] == "P6M"


def test_notice_that_cannot_be_given_is_none() -> None:
    text = "Het is niet mogelijk dat een partij uiterlijk zes maanden voor het einde niet opzegt."
    assert "term.notice" not in read_proposal(text).facts()


def test_letters_that_a_pdf_joins_are_read_apart(tmp_path: Path) -> None:
    file = tmp_path / "nota.txt"
    file.write_text("Voor het a\N{LATIN SMALL LIGATURE FL}open", encoding="utf-8")
    assert text_of(file) == "Voor het aflopen"


def test_a_word_that_may_be_broken_is_read_and_found_whole(tmp_path: Path) -> None:
    file = tmp_path / "nota.txt"
    file.write_text("Eerst\nDe loop\N{SOFT HYPHEN}tijd is drie jaar.", encoding="utf-8")
    text = text_of(file)
    (item,) = read_proposal(text).proposed
    assert (item.value, place_of(text, item.quote)) == ("P3Y", ("line", 2))


@pytest.mark.parametrize("heading", ["BESLUITENLIJST B&W", "Beek\n\n Openbare besluitenlijst"])
def test_a_list_of_decisions_is_not_read_for_one_of_them(tmp_path: Path, heading: str) -> None:
    file = tmp_path / "lijst.txt"
    file.write_text(f"{heading}\n1. Convenant Bos\nVoor drie jaar.", encoding="utf-8")
    with pytest.raises(Refusal, match="is a list of decisions on several subjects"):
        text_of(file)


def test_a_proposal_that_is_put_on_a_list_of_decisions_is_read(tmp_path: Path) -> None:
    file = tmp_path / "nota.txt"
    text = "Collegenota\nPubliceren: op de besluitenlijst\nConvenant Bos"
    file.write_text(text, encoding="utf-8")
    assert text_of(file) == text


# Texts made at random ----------------------------------------------------------------------------

COUNTS = {"een": 1, "twee": 2, "drie": 3, "vier": 4, "zes": 6, "12": 12, "achttien": 18}
BODIES = ("gemeente Beek", "provincie Limburg", "stichting Ons Dorp", "waterschap Limburg")
count, body = st.sampled_from([*COUNTS]), st.sampled_from(BODIES)
euros = st.integers(1, 99_999).map(lambda n: f"{n:,}".replace(",", "."))
sentence = st.one_of(
    st.builds("De overeenkomst heeft een looptijd van {} jaar. ".format, count),
    st.builds("De vorige overeenkomst had een looptijd van {} jaar. ".format, count),
    st.builds("De opzegtermijn bedraagt {} maanden. ".format, count),
    st.builds("{} maanden voor afloop wordt de overeenkomst geëvalueerd. ".format, count),
    st.builds("Beslispunten\n1. Een bijdrage van € {},00 per jaar te verlenen.\n".format, euros),
    st.builds("De {} draagt € {},00 bij. ".format, body, euros),
    st.builds("Het convenant wordt gesloten tussen de {} en de {}. ".format, body, body),
    st.builds("Besluit college d.d. {} maart 2021: conform\n".format, st.integers(1, 31)),
    st.text("abc €.,;\n19%-éw", max_size=30),
)


@given(st.lists(sentence, max_size=12).map(" ".join))
def test_every_value_of_any_text_has_a_quote_that_stands_in_it_and_says_it(text: str) -> None:
    flat = " ".join(text.split())
    for item in read_proposal(text).proposed:
        assert item.quote in flat
        assert _says(item), item


def _says(item: Proposed) -> bool:
    """Read a quote by the words that stand for its value, not as the product does."""
    quote = item.quote.casefold()
    if item.path in {"term.length", "term.notice", "evaluation.final.before_end"}:
        unit = "jaar" if item.path == "term.length" else "maanden"
        months = 12 if unit == "jaar" else 1
        said = [word for word, count in COUNTS.items() if f"{word} {unit}" in quote]
        canonical = {n: f"P{n // 12}Y" if n % 12 == 0 else f"P{n}M" for n in range(1, 217)}
        return item.value in {canonical[COUNTS[word] * months] for word in said}
    if item.path == "contribution.amount":
        return item.value.removesuffix(".00") in quote.replace(".", "")
    if item.path == "decision.1.on":
        return f"{int(item.value[-2:])} maart 2021" in quote
    if item.path.startswith("party."):
        return item.value.casefold() in quote
    return True


@pytest.mark.parametrize(
    "text",
    [
        "De vorige overeenkomst had een looptijd van drie jaar.",
        "De huidige overeenkomst heeft een looptijd van drie jaar.",
        "Een alternatief is een looptijd van één jaar.",
        "De overeenkomst heeft een looptijd van drie tot vijf jaar.",
        "De overeenkomst wordt niet stilzwijgend verlengd.",
        "Beslispunten\n1. Een bijdrage van maximaal € 5.000,00 per jaar te verlenen.",
        "Beslispunten\n1. In te stemmen.\nDe bijdrage van de provincie bedraagt € 20.000,00.",
        "In 2016 is een jaarlijkse bijdrage van € 1.000,00 verstrekt.",
        "De overeenkomst wordt elk jaar, zes tot drie maanden voor afloop, geëvalueerd.",
        "De overeenkomst wordt halverwege de looptijd geëvalueerd.",
        "Wij hebben overlegd met de gemeente Beek en de provincie Limburg.",
        "Vergelijk de overeenkomst tussen de gemeente Beek en de gemeente Stein.",
        "Besluit college d.d. 3 september 2024: aangehouden",
        "De overeenkomst treedt in werking op de dag na ondertekening door de laatste partij.",
        "Zij start op de eerste dag van de maand na ondertekening door beide partijen.",
        "Voor de eerste fase gold een looptijd van vier jaar.",
        "De partner betaalt ons een vergoeding van € 40.000,- per jaar.",
        "De aannemer heeft een contract met een looptijd van vier jaar.",
        "De aannemer heeft een opzegtermijn van één maand.",
        "Uit de evaluatie, drie maanden voor het einde gehouden, blijkt dat het goed ging.",
        "Zes weken voor het einde van elk jaar wordt de overeenkomst geëvalueerd.",
        "Drie maanden voor het einde van 2027 wordt de overeenkomst geëvalueerd.",
        "Drie maanden voor het einde van december wordt de overeenkomst geëvalueerd.",
        "De evaluatie vindt plaats twee maanden voor afloop van de collegeperiode.",
        "De evaluatie is er twee maanden voor het einde van het derde contractjaar.",
        "Het COA betaalt de gemeente een vergoeding van € 40.000,- per jaar.",
        "Beslispunten\n1. Een bijdrage van € 5.000,00 te verlenen, in vijf jaarlijkse termijnen.",
        "Besluit college d.d. 3 september 2024: conform, met dien verstande dat punt 2 vervalt.",
        "Besluit college d.d. 3 september 2024: Conform voorstel, maar zonder punt 2.",
        "Besluit college d.d. 3 september 2024: conform onder mandaat",
        "Besluit college d.d. 3 september 2024: conform behalve punt 2",
        "Besluit college d.d. 3 september 2024: conform het gewijzigde voorstel",
        "Gevraagd besluit college d.d. 3 september 2024: conform",
        "Concept besluit college d.d. 3 september 2024: conform",
        "Gelet op het besluit van het college van 3 september 2019: vastgesteld.",
        "De bankgarantie heeft een looptijd van vijf jaar.",
        "Een optie is een looptijd van tien jaar.",
        "De maximale looptijd van de overeenkomst is zes jaar.",
        "De provincie wilde een looptijd van zes jaar.",
        "De looptijd van de overeenkomst is drie jaar langer dan die van 2019.",
        "De overeenkomst duurt ten hoogste twee jaar.",
        "De overeenkomst is in 2019 aangegaan voor vijf jaar.",
        "Op 1 maart 2021 sloten wij een overeenkomst voor de duur van vier jaar.",
        "De aanbesteding voor de overeenkomst duurt negen maanden.",
        "De voorbereiding van de samenwerking loopt van 1 mei 2024 tot en met 31 augustus 2024.",
        "De aanmelding voor de samenwerking loopt tot 1 september 2024.",
        "De overeenkomst ligt tot en met 31 mei 2025 bij de raad.",
        "Met ingang van 1 januari 2026 treedt de gemeente Stein toe tot de overeenkomst.",
        "Het convenant geldt met terugwerkende kracht tot 1 januari 2024.",
        "Bij een fusie van gemeenten geldt een opzegtermijn van zes maanden.",
        "Na opzegging krijgt de andere partij ten minste drie maanden om te reageren.",
        "Stilzwijgende verlenging met één jaar is uitgesloten.",
        "De overeenkomst wordt eenmaal stilzwijgend met één jaar verlengd.",
        "De overeenkomst wordt één (1) keer stilzwijgend verlengd met één jaar.",
        "De overeenkomst wordt maximaal 2x stilzwijgend verlengd met één jaar.",
        "Drie maanden voor het einde van de pilot wordt deze geëvalueerd.",
        "Na twee jaar evalueert de raad het afvalbeleid.",
        "Drie maanden na de start van 2027 wordt de overeenkomst geëvalueerd.",
        "De evaluatie is jaarlijks, voor het eerst één jaar na ondertekening.",
        "Het rapport van de evaluatie is er zes weken na de start van het onderzoek.",
        "Evaluatie: in 2025\nOpzegging: schriftelijk, zes maanden voor het einde van de looptijd",
        "De jaarlijkse bijdrage wordt verhoogd van € 20.000,- naar € 22.500,-.",
        "De jaarlijkse bijdrage bedraagt € 5.000,00 tot € 8.000,00.",
        "De jaarlijkse bijdrage van alle partijen is € 120.000,00.",
        "Een jaarlijkse bijdrage van € 75.000,00\nwas niet haalbaar. Datum: 3 mei",
        "De jaarlijkse bijdrage van €\n5.000,00 was niet haalbaar.",
        "De gemeentelijke bijdrage is de helft van € 5.000,00.",
        "De gemeentelijke bijdrage bedraagt € 250,00 twee keer per jaar.",
        "De gemeentelijke bijdrage bedraagt € 250,00, tweemaal per jaar te betalen.",
        "De gemeentelijke bijdrage bedraagt € 250,00 2x per jaar.",
        "De gemeentelijke bijdrage bedraagt € 12.000,00 per jaar, in kwartaaltermijnen.",
        "De gemeentelijke bijdrage is € 5.000,00 per woning per jaar.",
        "De gemeente staat garant voor een bedrag van € 50.000,00.",
        "Wij ontvingen uw aanvraag om een eenmalige subsidie van € 36.000,-.",
        "Beslispunten\n1. Een subsidie te verlenen van € 40.000 in 2021 en € 30.000 in 2022.",
        "De overeenkomst tussen de gemeenten Beek en Stein wordt daarom vervangen.",
        "De gemeente Beek heeft een soortgelijke overeenkomst met de gemeente Stein.",
    ],
)
def test_what_is_denied_or_told_of_another_time_or_payer_is_not_proposed(text: str) -> None:
    found = read_proposal(text).facts()
    assert {path for path in found if not path.startswith("decision_point.")} == set()


@pytest.mark.parametrize(
    "end",
    ["haar looptijd", "genoemde termijn", "de overeenkomstperiode"],
)
def test_the_end_of_the_term_is_called_in_many_ways(end: str) -> None:
    text = f"Drie maanden voor het einde van {end} wordt de samenwerking geëvalueerd."
    assert read_proposal(text).facts()["evaluation.final.before_end"] == "P3M"


@pytest.mark.parametrize("often", ["eenmaal", "één keer", "1x"])
def test_what_is_paid_once_a_year_is_an_amount_a_year(often: str) -> None:
    found = read_proposal(f"De gemeentelijke bijdrage bedraagt € 250,00 {often} per jaar.").facts()
    assert (found["contribution.amount"], found["contribution.every"]) == ("250.00", "P1Y")


@pytest.mark.parametrize(
    "text",
    [
        "De gemeente Beek draagt jaarlijks een bedrag van € 1.000,00 bij.",
        "De jaarlijkse bijdrage van Beek bedraagt € 1.000,00.",
        "De bijdrage van de gemeente Beek is € 1.000,00 per jaar.",
    ],
)
def test_what_another_municipality_pays_is_not_what_ours_pays(text: str) -> None:
    paid = "contribution.amount"
    assert read_proposal(text, "Gemeente Beek").facts()[paid] == "1000.00"
    assert paid not in read_proposal(text, "Gemeente Stein").facts()


@pytest.mark.parametrize(
    "text,told",
    [
        ("Het convenant geldt voor drie jaar.", {"term.length": "P3Y"}),
        (
            "Looptijd: 1 april 2022 tot en met 31 maart 2026",
            {"term.start": "2022-04-01", "term.last_day": "2026-03-31"},
        ),
        (
            "De overeenkomst loopt van 1 april 2022 tot 1 april 2026.",
            {"term.start": "2022-04-01", "term.ends_before": "2026-04-01"},
        ),
        (
            "Het convenant is aangegaan voor de periode van 1 mei 2022 tot en met 30 april 2024.",
            {"term.start": "2022-05-01", "term.last_day": "2024-04-30"},
        ),
        ("Het convenant eindigt op\n31 december 2029.", {"term.last_day": "2029-12-31"}),
        ("De looptijd van de overeenkomst is\n3 jaar.", {"term.length": "P3Y"}),
        ("De opzegtermijn bedraagt twee kalenderjaren.", {"term.notice": "P2Y"}),
        (
            (
                "Zij wordt stilzwijgend verlengd met één jaar, tenzij een partij haar uiterlijk"
                " drie maanden voor het einde van de lopende termijn opzegt."
            ),
            {"term.renewal": "tacit", "term.renewal_length": "P1Y", "term.notice": "P3M"},
        ),
        (
            "Verlenging vindt stilzwijgend plaats voor een periode van telkens twee jaar.",
            {"term.renewal": "tacit", "term.renewal_length": "P2Y"},
        ),
        (
            "Aan het einde van de looptijd besluiten partijen over voortzetting.",
            {"term.renewal": "decision"},
        ),
        (
            "De bijdrage van de gemeente is € 1.000,00 (excl. 21% btw) per jaar.",
            {
                "contribution.amount": "1000.00",
                "contribution.every": "P1Y",
                "contribution.kind": "contribution",
            },
        ),
    ],
)
def test_what_is_said_plainly_is_proposed(text: str, told: dict[str, str]) -> None:
    assert read_proposal(text).facts() == told


ENDS_AT_ONCE = "De overeenkomst gaat in op 1 juli 2024. Zij heeft een looptijd van vier jaar. "


@pytest.mark.parametrize(
    "end,path,value",
    [
        ("Het convenant loopt tot en met 30 juni 2028.", "term.last_day", "2028-06-30"),
        ("Het convenant loopt tot 1 juli 2028.", "term.ends_before", "2028-07-01"),
    ],
)
def test_an_end_that_is_told_twice_is_told_once_by_its_day(end: str, path: str, value: str) -> None:
    reading = read_proposal(ENDS_AT_ONCE + end)
    assert reading.facts() == {"term.start": "2024-07-01", path: value}
    assert reading.contested == {}


def test_an_end_that_is_told_as_two_days_is_left_open() -> None:
    reading = read_proposal(ENDS_AT_ONCE + "Het convenant loopt tot en met 1 juli 2028.")
    assert reading.facts() == {"term.start": "2024-07-01"}
    assert [item.value for item in reading.contested["term"]] == ["P4Y", "2028-07-01"]


PAID = "Beslispunten\n1. Een bijdrage van € 1.000,00 te verlenen"


@pytest.mark.parametrize(
    "text",
    [
        f"In 2019 is jaarlijks een bijdrage van € 1.000,00 verstrekt.\n{PAID}.",
        f"{PAID} en de stichting te vragen jaarlijks verslag te doen.",
        PAID.replace("Een", "Een eenmalige") + ", en haar ieder kwartaal te spreken.",
    ],
)
def test_how_often_is_paid_is_not_how_often_something_else_happens(text: str) -> None:
    facts = read_proposal(text).facts()
    assert facts["contribution.amount"] == "1000.00"
    assert "contribution.every" not in facts


def test_an_amount_that_is_another_in_the_decision_points_is_left_open() -> None:
    text = f"{PAID}.\nFinanciën\nDe jaarlijkse bijdrage is € 1.500,00."
    reading = read_proposal(text)
    assert "contribution.amount" not in reading.facts()
    amounts_told = {item.value for item in reading.contested["contribution.amount"]}
    assert amounts_told == {"1000.00", "1500.00"}


@pytest.mark.parametrize(
    "heading", ["Onderwerp: Convenant Bos en Hei", "Evaluatie", "Artikel 9 Eindevaluatie"]
)
def test_a_clause_begins_after_the_heading_above_it(heading: str) -> None:
    clause = "Het convenant wordt drie maanden voor het einde van de looptijd geëvalueerd."
    assert read_proposal(f"{heading}\n{clause}").facts()["evaluation.final.clause"] == clause


def test_only_the_configured_municipality_is_our_own() -> None:
    text = "De overeenkomst wordt gesloten met de gemeente Stein, namens de gemeente Beek."
    assert "party.beek.name" in read_proposal(text).facts()
    assert {*read_proposal(text, "Gemeente Venlo").facts()} == {"party.stein.name"}


# Words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word,number",
    [
        ("drie", 3),
        ("één", 1),
        ("eenentwintig", 21),
        ("zesendertig", 36),
        ("honderdvijftig", 150),
        ("vijfentwintighonderd", 2500),
        ("twaalfduizend", 12000),
        ("duizend", 1000),
        ("tweehonderdvijftigduizend", 250000),
        ("12.500", 12500),
        ("enkele", None),
        ("duizendpoot", None),
    ],
)
def test_numbers_are_read_in_words(word: str, number: int | None) -> None:
    assert number_of(word) == number


@pytest.mark.parametrize(
    "text,lengths",
    [
        ("drie (3) jaar", {"P3Y"}),
        ("anderhalf jaar", {"P18M"}),
        ("twee en een half jaar", {"P30M"}),
        ("een half jaar", {"P6M"}),
        ("een driejarige overeenkomst", {"P3Y"}),
        ("één jaar en drie maanden", {"P15M"}),
        ("drie jaar of zes maanden", {"P3Y", "P6M"}),
        ("de afgelopen jaren", set[str]()),
    ],
)
def test_lengths_of_time_are_read_in_words(text: str, lengths: set[str]) -> None:
    assert set(periods(text, Proposal(text))) == lengths


@pytest.mark.parametrize(
    "text,found",
    [
        ("€1000,00", {"1000.00": "stated"}),
        ("€ 12.500,-", {"12500.00": "stated"}),
        ("€ 12.500", {"12500.00": "inferred"}),
        ("duizend euro", {"1000.00": "stated"}),
        ("2.500,50 euro", {"2500.50": "stated"}),
        ("€ 1,2 miljoen", {}),
        ("€ 3 mln", {}),
        ("5 juli 2017", {}),
        ("bedragen x € 1.000", {}),
        ("€ 1.000,- tot € 2.000,-", {"2000.00": "stated"}),
        ("€ 1.000 250 uur", {"1000.00": "inferred"}),
        ("twaalf-\nduizend euro", {}),
    ],
)
def test_amounts_are_read_as_dutch_writes_them(text: str, found: dict[str, str]) -> None:
    assert amounts(text, Proposal(text)) == found


def test_parties_are_called_as_they_are_written() -> None:
    text = "gemeente Bergen (L.), gemeente 's-Hertogenbosch en wetterskip Fryslân"
    assert set(parties(text, Proposal(text))) == {
        "Gemeente Bergen (L.)",
        "Gemeente 's-Hertogenbosch",
        "Wetterskip Fryslân",
    }


def test_parties_that_share_a_word_are_each_a_party_and_a_doubtful_name_is_none() -> None:
    text = "de gemeenten Beek en Stein, het waterschap Aa en Maas en de stichting Zorg en Welzijn"
    assert set(parties(text, Proposal(text))) == {
        "Gemeente Beek",
        "Gemeente Stein",
        "Waterschap Aa en Maas",
    }


@pytest.mark.parametrize(
    "text",
    [
        "looptijd van " * 20_000,
        "De gemeente A en " * 20_000,
        "1. a\n" * 50_000,
        "Beslispunten\n" * 30_000,
        "A " * 150_000,
        "besluit college d.d. " * 15_000,
        "(" * 150_000,
        "De overeenkomst loopt tot en met 31 december 2029 " * 3_000,
    ],
)
def test_a_hostile_text_takes_seconds_at_most(text: str) -> None:
    begin = time.process_time()
    read_proposal(text, "Gemeente A")
    assert time.process_time() - begin < 5


WITH_A_PERSON = """Collegenota. Onderwerp: Samenwerkingsovereenkomst Digitale Duurzaamheid
Partijen: Gemeente Maastricht en Gemeente Heerlen.
De overeenkomst geldt voor de duur van vier jaar. Dossierhouder: Jan Jansen (jan@maastricht.nl),
die drie maanden voor het einde de overeenkomst evalueert.
"""


def test_no_clause_and_no_quote_holds_an_address_that_could_not_be_erased() -> None:
    reading = read_proposal(WITH_A_PERSON, "Gemeente Maastricht")
    facts = reading.facts()
    assert facts["case_owner.email"] == "jan@maastricht.nl"
    assert facts["evaluation.final.before_end"] == "P3M"
    assert "evaluation.final.clause" not in facts
    others = [item for item in reading.proposed if not item.path.startswith("case_owner.")]
    assert not [item.path for item in others if "Jansen" in item.quote + item.value]


def test_a_title_ends_where_a_heading_begins() -> None:
    assert read_proposal(WITH_A_PERSON).facts()["title"] == (
        "Samenwerkingsovereenkomst Digitale Duurzaamheid"
    )


def test_a_party_whose_name_may_be_longer_than_it_seems_is_none() -> None:
    text = "Wij gaan een convenant aan met de gemeente Beek, de gemeente Stein en Partners Zuid."
    assert [item.value for item in members(Proposal(text))] == ["Gemeente Beek"]

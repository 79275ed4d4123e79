"""What the public may see: concepts for the GPP-publicatiebank, and the public report."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from states.model.agreement import Agreement
from states.model.facts import build
from tests.agreements import facts
from tests.reports import report, words
from tests.town import CASE, OFFICES, Town, running
from workflow.outputs.publication import _without_persons, publications

# What is published is read through queries that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite

PUBLISHED = """
[agreement.woo]
category = "convenanten"
[[agreement.document]]
title = "Rapport Studiekring"
dated = "2017-09-01"
url = "https://www.maastricht.example/rapport.pdf"
[[agreement.document]]
title = "Startnotitie"
dated = "2016"
"""
DATE, UUID = r"\d{4}-\d\d-\d\d", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
MARKS = [{"kenmerk": r".{1,40}", "bron": r".{1,40}"}]
# The fields that the API 2.1 of GPP-publicatiebank writes, as far as a concept has them here.
PUBLICATION: dict[str, Any] = {
    "publicatiestatus": "concept",
    "officieleTitel": r".{1,255}",
    "verkorteTitel": r".{1,255}",
    "omschrijving": r"(?s).+",
    "informatieCategorieen": [UUID],
    "kenmerken": MARKS,
    "datumBeginGeldigheid": DATE,
    "datumEindeGeldigheid": DATE,
}
DOCUMENT: dict[str, Any] = {
    "officieleTitel": r".{1,255}",
    "omschrijving": r"(?s).+",
    "kenmerken": MARKS,
    "creatiedatum": DATE,
    "datumOndertekend": DATE + r"T00:00:00\+0[12]:00",
}


def fits(value: Any, schema: Any) -> bool:
    if isinstance(schema, str):
        return isinstance(value, str) and re.fullmatch(schema, value) is not None
    if isinstance(schema, list):
        return isinstance(value, list) and all(fits(item, schema[0]) for item in value)
    known = value.keys() <= schema.keys()
    return known and all(fits(item, schema[name]) for name, item in value.items())


def exported(town: Town) -> dict[str, Any]:
    return {name: json.loads(content) for name, content in publications(town.app, []).items()}


def test_the_documents_that_an_agreement_cites_stand_on_both_reports(town: Town) -> None:
    town.register(OFFICES, CASE + PUBLISHED).decided().signed()
    for name, public in (("report", False), ("public", True)):
        page = report(town, name, public=public) / "agreements/SO-2017-0042.html"
        link = '<a href="https://www.maastricht.example/rapport.pdf">Rapport Studiekring</a>'
        assert f"<li>{link}, Friday 1 September 2017</li>" in page.read_text(encoding="utf-8")
        assert "Startnotitie, 2016" in words(page)


# Concepts ----------------------------------------------------------------------------------------


def test_a_signed_public_agreement_is_a_concept_with_its_documents(town: Town) -> None:
    town.register(OFFICES, CASE + PUBLISHED).decided().signed()
    assert exported(town) == {
        "SO-2017-0042.publicatie.json": {
            "publicatiestatus": "concept",
            "officieleTitel": "Samenwerkingsovereenkomst Verbindend Leiden",
            "verkorteTitel": "Verbindend Leiden",
            "informatieCategorieen": ["7ee891df-ca3e-4b19-b9e5-494bc3c485ea"],
            "kenmerken": [{"kenmerk": "SO-2017-0042", "bron": "looptijd"}],
            "datumBeginGeldigheid": "2017-10-12",
            "datumEindeGeldigheid": "2020-10-11",
        },
        "SO-2017-0042.document-0.json": {
            "officieleTitel": "Samenwerkingsovereenkomst Verbindend Leiden",
            "kenmerken": [{"kenmerk": "SO-2017-0042", "bron": "looptijd"}],
            "creatiedatum": "2017-10-12",
            "datumOndertekend": "2017-10-12T00:00:00+02:00",
        },
        "SO-2017-0042.document-1.json": {
            "officieleTitel": "Rapport Studiekring",
            "omschrijving": "https://www.maastricht.example/rapport.pdf",
            "creatiedatum": "2017-09-01",
        },
        "SO-2017-0042.document-2.json": {"officieleTitel": "Startnotitie"},
    }


def test_every_body_fits_what_the_api_takes(town: Town) -> None:
    long = "L" * 300
    town.register(OFFICES, CASE + PUBLISHED).decided().signed()
    town.do("amend", title=long, purpose="Twee\nregels", reason="een lange titel")
    for name, body in exported(town).items():
        schema: Mapping[str, Any] = PUBLICATION if "publicatie" in name else DOCUMENT
        assert fits(body, schema), name
        assert body["officieleTitel"]


def test_a_reference_longer_than_the_bank_knows_is_left_out(town: Town) -> None:
    public = "[agreement.woo]\ncategory = 'convenanten'\n"
    forty, longer = "A" * 40, "B" * 41
    town.at("2018-06-01 10:00")
    town.register(OFFICES, running(forty) + public, running(longer) + public, history=True)
    found = exported(town)
    assert found[f"{forty}.publicatie.json"]["kenmerken"] == [
        {"kenmerk": forty, "bron": "looptijd"}
    ]
    assert "kenmerken" not in found[f"{longer}.publicatie.json"]


def test_it_was_signed_when_the_last_of_the_first_parties_did_whoever_joined_since(
    town: Town,
) -> None:
    joined = """
[[agreement.party]]
key = "beesel"
name = "Gemeente Beesel"
signed_on = 2018-05-02
joined_on = 2018-05-02
"""
    town.at("2018-06-01 10:00").register(OFFICES, running("A-1") + joined, history=True)
    assert exported(town)["A-1.document-0.json"]["datumOndertekend"] == "2017-12-01T00:00:00+01:00"


def test_in_the_place_of_an_address_a_concept_has_a_dutch_word(town: Town) -> None:
    town.in_force().do("amend", purpose="Vraag j@m.example of bel.", reason="x")
    assert exported(town)["SO-2017-0042.publicatie.json"]["omschrijving"] == "Vraag (adres) of bel."


@pytest.mark.parametrize(
    "fact, value",
    [
        ("public", "false"),
        ("woo.withheld_because", "Woo, artikel 5.1, lid 2, onder b"),
        ("woo.published_on", "2017-10-12"),
    ],
)
def test_what_is_not_public_withheld_or_published_is_no_concept(
    town: Town, fact: str, value: str
) -> None:
    town.in_force()
    assert "SO-2017-0042.publicatie.json" in exported(town)
    town.do("amend", reason="Woo", **{fact.replace(".", "__"): value})
    assert exported(town) == {}


def test_a_draft_is_no_concept(town: Town) -> None:
    """Also where no signature is missing, for each of its parties joins later."""
    alone = running("A-1").replace('stage = "active"', "")
    alone = alone.partition("signed_on")[0] + "joined_on = 2018-01-01"
    town.register(OFFICES, CASE, alone)
    assert (exported(town), town.stage("A-1")) == ({}, "draft")


@pytest.mark.parametrize(
    "fact, value, said",
    [
        ("woo.category", "besluiten", "convenanten"),
        ("woo.url", "javascript:alert(1)", "https://example.org/a"),
        ("woo.url", "https://naam:geheim@example.org/", "https://example.org/a"),
        ("woo.published_on", "2017-02-30", "2017-10-12"),
        ("document.1.url", "rapport.pdf", "https://example.org/a"),
    ],
)
def test_a_bad_fact_is_refused_in_a_sentence_that_says_what_is_accepted(
    town: Town, fact: str, value: str, said: str
) -> None:
    group, *_, name = fact.split(".")
    head = f"[agreement.{group}]" if group == "woo" else '[[agreement.document]]\ntitle = "x"'
    content = f'{CASE}\n{head}\n{name} = "{value}"\n'
    (problem,) = town.importing(OFFICES, content).problems
    assert (said in str(problem.remedy), town.counts()["agreement"]) == (True, 0)


# The public report -------------------------------------------------------------------------------

CANARIES = (
    *("Janssen", "a.janssen@", "Gerats", "Bastiaens", "Smeets", "Burgemeester Kanarie"),
    *("wethouder Overleg", "Reden Kanarie", "kanarie@maastricht.example", "Citaat Kanarie"),
    *("GEHEIM-1", "Geheime titel", "WITHELD-1", "Achtergehouden titel", "artikel 5.1"),
)
SOURCE = """
[[agreement.source]]
field = "term.length"
quote = "Citaat Kanarie"
"""
WITHHELD = """
[agreement.woo]
withheld_because = "Woo, artikel 5.1"
"""


def test_a_successor_that_is_not_public_is_named_nowhere() -> None:
    followed = facts(
        {
            "successor": "GEHEIM-1",
            "continuation.2020-10-11.outcome": "continue",
            "continuation.2020-10-11.on": "2020-10-01",
            "continuation.2020-10-11.successor": "GEHEIM-1",
        }
    )
    agreement = build(Agreement, followed)
    for known, named in ((("GEHEIM-1",), "GEHEIM-1"), ((), None)):
        shown = _without_persons(agreement, known)
        assert shown.successor == named
        assert [then.successor for then in shown.continuation.values()] == [named]


def a_register_with_secrets(town: Town) -> Town:
    town.signed_by_people(OFFICES, CASE + SOURCE).at("2018-02-01 10:00")
    secret = running("GEHEIM-1", length="P9Y", more='public = false\nsuccessor = "SO-2017-0042"')
    withheld = running("WITHELD-1", length="P9Y") + WITHHELD
    town.register(
        secret.replace("Agreement GEHEIM-1", "Geheime titel"),
        withheld.replace("Agreement WITHELD-1", "Achtergehouden titel"),
        history=True,
    )
    town.one_pass()
    return town


def test_no_byte_of_the_public_report_names_a_person_or_what_is_not_public(town: Town) -> None:
    folder = report(a_register_with_secrets(town), public=True)
    for path in folder.rglob("*"):
        said = path.read_bytes() if path.is_file() else b""
        assert [n for n in CANARIES if n.encode() in said or n in path.name] == [], path


def test_the_canaries_sing_in_the_report_of_the_house(town: Town) -> None:
    folder = report(a_register_with_secrets(town))
    everything = b"".join(path.read_bytes() for path in folder.rglob("*.html"))
    silent = [name for name in CANARIES if name.encode() not in everything]
    assert silent == ["a.janssen@", "Gerats", "Bastiaens", "kanarie@maastricht.example"]


def test_the_public_report_tells_of_what_is_public(town: Town) -> None:
    folder = report(a_register_with_secrets(town), public=True)
    assert sorted(path.name for path in (folder / "agreements").iterdir()) == ["SO-2017-0042.html"]
    index = words(folder / "index.html")
    assert "Asks for attention" not in index
    page = words(folder / "agreements" / "SO-2017-0042.html")
    assert ("History" in page, "Messages" in page, "Provincie Limburg" in page) == (
        False,
        False,
        True,
    )

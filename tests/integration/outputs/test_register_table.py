"""The register for other systems: one row an agreement, and nothing that a spreadsheet runs."""

import csv
import io
from datetime import date

import pytest

from notifications.language import language
from tests.town import CASE, OFFICES, REF, Town
from workflow.agreements.queries import details, lines
from workflow.agreements.search import Filter
from workflow.outputs.json.values import Parts
from workflow.outputs.json.views import Views
from workflow.outputs.tables.sheets import PAYMENTS, REGISTER, SheetViews, in_one, record

# What is exported is read through queries that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite


def records(town: Town) -> list[Parts]:
    views = Views(language("nl"), town.app.local)
    found = list(lines(town.app, Filter()))
    return [record(line, views) for line in found]


def shown_notice_on(town: Town) -> object:
    views = Views(language("nl"), town.app.local)
    shown = views.details(details(town.app, REF), town.app.configuration.policy)
    return shown["term"]["notice_on"]


def rows(town: Town) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(REGISTER.as_csv(records(town)), newline=""))]


@pytest.mark.parametrize("fact, value", [("public", "false"), ("woo__withheld_because", "Woo 5.1")])
def test_what_may_not_be_published_is_not_public_in_any_table(
    town: Town, fact: str, value: str
) -> None:
    town.in_force().do("amend", reason="Woo", **{fact: value})
    found = [*lines(town.app, Filter())]
    views = Views(language("nl"), town.app.local)
    told = [
        row["public"] for table in (REGISTER, PAYMENTS) for row in table.records(found[0], views)
    ]
    assert told == [False, False, False, False]


def test_a_record_says_what_matters_of_an_agreement(town: Town) -> None:
    town.in_force().do("pay", instalment="1", on="2017-10-12", reference="F-1")
    assert records(town) == [
        {
            "ref": "SO-2017-0042",
            "title": "Samenwerkingsovereenkomst Verbindend Leiden",
            "short_title": "Verbindend Leiden",
            "stage": "active",
            "stage_label": "in werking",
            "outcome": None,
            "office": "sociaal-domein",
            "public": True,
            "parties": ["Gemeente Maastricht", "Provincie Limburg"],
            "decided_on": "2017-09-26",
            "length": "P3Y",
            "starts_on": "2017-10-12",
            "last_day": "2020-10-11",
            "renewal": "decision",
            "notice_on": None,
            "evaluation_on": "2020-07-11",
            "obligation_on": None,
            "obligation": None,
            "amount": "1000.00",
            "currency": "EUR",
            "every": "P1Y",
            "payment_on": "2018-10-12",
            "payment_amount": "1000.00",
            "next_on": "2018-08-17",
            "next_rule": "payment",
            "attention": [],
            "predecessor": None,
            "successor": None,
        }
    ]


def test_of_an_agreement_without_an_end_nothing_is_said_about_its_end(town: Town) -> None:
    endless = CASE.replace('length = "P3Y"', "open_ended = true").replace(
        "before_end", "after_start"
    )
    town.register(OFFICES, endless)
    (row,) = records(town)
    assert (row["length"], row["last_day"], row["renewal"]) == (None, None, None)


def test_no_notice_is_given_of_what_does_not_go_on_by_itself(town: Town) -> None:
    tacit = 'length = "P3Y"\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"'
    town.register(OFFICES, CASE.replace('length = "P3Y"', tacit)).decided().signed()
    assert records(town)[0]["notice_on"] == "2020-07-10"
    town.do("terminate", ends_on="2018-03-31", reason="te duur")
    assert (records(town)[0]["notice_on"], shown_notice_on(town)) == (None, None)


def test_no_notice_is_given_of_a_proposal_that_was_withdrawn(town: Town) -> None:
    tacit = 'length = "P3Y"\nstart = 2018-01-01\nrenewal = "tacit"\nrenewal_length = "P1Y"\n'
    town.register(OFFICES, CASE.replace('length = "P3Y"', f'{tacit}notice = "P3M"'))
    town.do("withdraw")
    assert (records(town)[0]["notice_on"], shown_notice_on(town)) == (None, None)


def test_the_day_for_notice_is_the_next_also_where_that_is_of_a_term_to_come(town: Town) -> None:
    tacit = 'length = "P3Y"\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P1Y"'
    town.register(OFFICES, CASE.replace('length = "P3Y"', tacit)).decided().signed()
    assert records(town)[0]["notice_on"] == "2019-10-10"
    town.at("2019-10-11 10:00")
    assert records(town)[0]["notice_on"] == "2020-10-10"
    assert shown_notice_on(town) == date(2020, 10, 10)


def test_the_csv_has_a_header_commas_and_crlf_and_lists_in_one_cell(town: Town) -> None:
    town.in_force()
    text = REGISTER.as_csv(records(town))
    assert text.startswith("ref,title,short_title,stage,stage_label,outcome,office,public,parties,")
    assert text.count("\r\n") == text.count("\n") == 2
    (row,) = rows(town)
    assert row["parties"] == "Gemeente Maastricht; Provincie Limburg"
    assert (row["public"], row["notice_on"], row["amount"]) == ("true", "", "1000.00")


def test_a_sentence_that_ends_in_a_line_to_type_is_closed_by_a_semicolon(town: Town) -> None:
    town.in_force().until("2017-11-13 10:00").do("suspend", on="2017-11-13", moves_end="no")
    town.change("UPDATE message SET status = 'refused' WHERE id = 1")
    assert rows(town)[0]["attention"] == (
        "termijn 1: te laat, moest uiterlijk donderdag 12 oktober 2017."
        " Geweigerde mails: 1. Zie: looptijd mail list --attention; De overeenkomst is"
        " opgeschort sinds maandag 13 november 2017."
    )


def test_what_somebody_wrote_stands_in_a_sentence_as_it_was_written() -> None:
    """Behind a full stop of their own a semicolon was taken away."""
    told = ["plan enz.; zie 3: te laat.", "Zie: looptijd doctor", "Er is meer."]
    assert in_one("attention", told) == (
        "plan enz.; zie 3: te laat. Zie: looptijd doctor; Er is meer."
    )
    assert in_one("parties", ["Maas N.V.", "Leiden"]) == "Maas N.V.; Leiden"
    assert in_one("parties", []) == ""


def test_names_that_end_in_a_full_stop_have_semicolons_between_them(town: Town) -> None:
    town.register(OFFICES, CASE.replace("Gemeente Maastricht", "Maas N.V."))
    town.do("amend", reason="Naam", **{"party.limburg.name": "Limburg B.V."})
    assert rows(town)[0]["parties"] == "Maas N.V.; Limburg B.V."


def test_a_title_that_is_a_formula_and_has_commas_stays_one_cell(town: Town) -> None:
    formula = '=HYPERLINK(\\"http://evil.example\\",\\"x\\")'
    title = 'title = "Samenwerkingsovereenkomst Verbindend Leiden"'
    town.register(OFFICES, CASE.replace(title, f'title = "{formula}"'))
    (row,) = rows(town)
    assert row["title"] == '\'=HYPERLINK("http://evil.example","x")'


def test_an_agreement_that_cannot_be_read_has_a_row_as_well(town: Town) -> None:
    town.register(OFFICES, CASE)
    town.change("UPDATE agreement SET stage = 'limbo'")
    (row,) = rows(town)
    assert (row["ref"], row["stage"], row["last_day"]) == ("SO-2017-0042", "limbo", "")
    assert "limbo" in row["attention"]


@pytest.mark.parametrize("name", ["Janssen", "a.janssen@maastricht.example"])
def test_nobodys_contact_data_is_in_it(town: Town, name: str) -> None:
    assert name not in REGISTER.as_csv(records(town.in_force()))


# Excel in Dutch ----------------------------------------------------------------------------------


def in_excel(town: Town) -> str:
    views = SheetViews(language("nl"), town.app.local)
    found = lines(town.app, Filter())
    return REGISTER.in_excel((record(line, views) for line in found), views.language)


def test_excel_in_dutch_gets_semicolons_a_mark_dutch_heads_dates_and_amounts(town: Town) -> None:
    text = in_excel(town.in_force())
    assert text.startswith("\ufeffkenmerk;titel;korte titel;fase;functie;openbaar;partijen;")
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";")
    assert (row["besloten op"], row["laatste dag"], row["volgende betaling"]) == (
        "26-9-2017",
        "11-10-2020",
        "1.000,00",
    )
    assert (row["openbaar"], row["looptijd"], row["aan het eind"], row["signalering over"]) == (
        "ja",
        "3 jaar",
        "besluit",
        "betaling",
    )


def test_a_formula_is_text_in_excel_as_well(town: Town) -> None:
    title = 'title = "Samenwerkingsovereenkomst Verbindend Leiden"'
    town.register(OFFICES, CASE.replace(title, 'title = "a;=1+1"'))
    assert '"a;\'=1+1"' in in_excel(town)

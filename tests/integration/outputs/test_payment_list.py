"""The payment list: a row an instalment, with what a finance officer sorts and adds up."""

import csv
import io

import pytest

from notifications.language import language
from tests.town import CASE, OFFICES, REF, Town
from workflow.agreements.queries import ListRow, details, lines
from workflow.agreements.search import Filter
from workflow.agreements.timeline import timeline_of
from workflow.outputs.json.values import Parts
from workflow.outputs.json.views import Views
from workflow.outputs.tables.sheets import PAYMENTS, SheetViews, payment_records

# What is exported is read through queries that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite

ASSUMED = """
[[agreement.source]]
field = "contribution.amount"
status = "assumed"
"""


def records(town: Town, views: Views) -> list[Parts]:
    found = [line for line in lines(town.app, Filter()) if isinstance(line, ListRow)]
    return [row for line in found for row in payment_records(line, views)]


def told(town: Town, *names: str) -> list[tuple[object, ...]]:
    rows = records(town, Views(language("nl"), town.app.local))
    return [tuple(row[name] for name in names) for row in rows]


def test_an_instalment_has_everything_that_finance_asks(town: Town) -> None:
    town.in_force().do("pay", instalment="1", on="2017-10-12", reference="F-1")
    assert records(town, Views(language("nl"), town.app.local))[0] == {
        "ref": "SO-2017-0042",
        "title": "Verbindend Leiden",
        "stage": "active",
        "stage_label": "in werking",
        "office": "financien",
        "number": 1,
        "kind": "contribution",
        "refund": False,
        "payer": "Gemeente Maastricht",
        "payee": "Coöperatie Verbindend Leiden",
        "amount": "1000.00",
        "currency": "EUR",
        "amount_certain": True,
        "amount_note": None,
        "due_on": "2017-10-12",
        "fiscal_year": 2017,
        "budget_line": "Lidmaatschappen en contributies",
        "state": "done",
        "paid_on": "2017-10-12",
        "reference": "F-1",
        "public": True,
    }


def test_each_instalment_stands_as_every_other_output_tells_it(town: Town) -> None:
    town.in_force().do("pay", instalment="1", on="2017-10-12")
    town.at("2018-10-13 10:00")
    assert told(town, "number", "due_on", "state") == [
        (1, "2017-10-12", "done"),
        (2, "2018-10-12", "late"),
        (3, "2019-10-12", "ahead"),
    ]


def test_the_amount_paid_is_told_and_not_the_one_that_was_due(town: Town) -> None:
    town.in_force().do("pay", instalment="1", on="2017-10-12", amount="900.00")
    assert told(town, "amount")[0] == ("900.00",)


def test_a_payment_of_nothing_is_not_told_as_the_amount_that_was_due(town: Town) -> None:
    town.in_force().do("pay", instalment="1", on="2017-10-12", amount="0.00")
    assert told(town, "amount", "amount_note")[0] == ("0.00", None)


def test_what_comes_back_comes_to_us_from_nobody_but_who_was_named(town: Town) -> None:
    town.in_force().do("amend", **{"instalment.2.refund": "true"}, reason="Afspraak")
    assert told(town, "payer", "payee")[1] == (None, "Gemeente Maastricht")
    town.do("amend", **{"instalment.2.payer": "limburg"}, reason="Afspraak")
    assert told(town, "payer", "payee")[1] == ("Provincie Limburg", "Gemeente Maastricht")


def test_an_amount_that_was_assumed_is_not_certain_until_it_was_paid(town: Town) -> None:
    town.register(OFFICES, CASE + ASSUMED).decided().signed()
    town.do("pay", instalment="1", on="2017-10-12")
    assert told(town, "amount_certain") == [(True,), (False,), (False,)]
    note = "€ 1.000,00, niet zeker"
    assert told(town, "amount_note") == [(None,), (note,), (note,)]


def test_of_a_figure_that_nobody_entered_only_the_note_gives_the_amount(town: Town) -> None:
    indexed = CASE.replace('every = "P1Y"', 'every = "P1Y"\nindexation = "CPI"')
    town.register(OFFICES, indexed).decided().signed()
    assert told(town, "amount", "amount_certain", "amount_note") == [
        ("1000.00", True, None),
        (None, False, "zonder indexering € 1.000,00"),
        (None, False, "zonder indexering € 1.000,00"),
    ]


def test_without_an_end_it_goes_on_to_the_end_of_next_year(town: Town) -> None:
    endless = CASE.replace('length = "P3Y"', "open_ended = true").replace(
        'before_end = "P3M"', 'after_start = "P1Y"'
    )
    town.register(OFFICES, endless).decided().signed()
    assert told(town, "number", "due_on") == [(1, "2017-10-12"), (2, "2018-10-12")]
    town.do("pay", instalment="1", on="2017-10-12")
    town.at("2018-01-02 10:00")
    assert told(town, "due_on") == [("2017-10-12",), ("2018-10-12",), ("2019-10-12",)]


def test_what_had_no_end_until_it_was_terminated_goes_on_no_further_year_after_year(
    town: Town,
) -> None:
    yearly = """
[[agreement.obligation]]
key = "jaarverslag"
what = "jaarverslag"
after_start = "P1Y"
every = "P1Y"
"""
    endless = CASE.replace('length = "P3Y"', "open_ended = true").replace(
        'before_end = "P3M"', 'after_start = "P1Y"'
    )
    town.register(OFFICES, endless + yearly).decided().signed()
    town.at("2018-03-01 10:00").do("terminate", ends_on="2018-11-30", reason="Het doel is bereikt.")
    listed = [
        ("2017-10-12", "late"),
        ("2018-10-12", "late"),
        ("2019-10-12", "dropped"),
        ("2020-10-12", "dropped"),
    ]
    town.until("2018-12-03 10:00")
    assert told(town, "due_on", "state") == listed[:3]
    town.at("2030-01-02 10:00")
    assert told(town, "due_on", "state") == listed
    views = Views(language("en"), town.app.local)
    facts = views.plain(views.details(details(town.app, REF), town.app.configuration.policy))
    assert [(each["due_on"], each["state"]) for each in facts["instalments"]] == listed
    turns = [each["due_on"] for each in facts["obligations"]]
    assert turns == ["2018-10-12", "2019-10-12", "2020-10-12"]
    marks = views.plain(views.timeline(timeline_of(town.app, REF)))["marks"]
    assert [mark["on"] for mark in marks][-1] == "2020-10-12"


def test_what_never_began_and_had_no_end_goes_on_no_further_year_after_year(town: Town) -> None:
    endless = CASE.replace('length = "P3Y"', "open_ended = true\nstart = 2018-01-01").replace(
        'before_end = "P3M"', 'after_start = "P1Y"'
    )
    town.register(OFFICES, endless).do("withdraw")
    listed = [("2018-01-01", "dropped"), ("2019-01-01", "dropped"), ("2020-01-01", "dropped")]
    assert told(town, "due_on", "state") == listed[:1]
    town.at("2030-01-02 10:00")
    assert told(town, "due_on", "state") == listed
    views = Views(language("en"), town.app.local)
    marks = views.plain(views.timeline(timeline_of(town.app, REF)))["marks"]
    assert [mark["on"] for mark in marks][-1] == "2020-01-01"


def test_a_draft_has_its_instalments_with_their_dates_open(town: Town) -> None:
    town.register(OFFICES, CASE)
    assert told(town, "number", "due_on", "state") == [
        (number, None, "not_asked") for number in (1, 2, 3)
    ]


def test_excel_calls_a_payment_paid_as_the_report_does(town: Town) -> None:
    views = SheetViews(language("nl"), town.app.local)
    town.in_force().do("pay", instalment="1", on="2017-10-12")
    text = PAYMENTS.in_excel(records(town, views), views.language)
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";")
    assert [row["stand"] for row in rows] == ["betaald", "komt nog", "komt nog"]


def test_excel_in_dutch_opens_it(town: Town) -> None:
    views = SheetViews(language("nl"), town.app.local)
    town.in_force()
    text = PAYMENTS.in_excel(records(town, views), views.language)
    assert text.startswith("\ufeffkenmerk;overeenkomst;fase;functie;termijn;soort;komt terug;")
    first, *_ = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";")
    assert (first["bedrag"], first["betalen vóór of op"], first["zeker"], first["soort"]) == (
        "1.000,00",
        "12-10-2017",
        "ja",
        "bijdrage",
    )

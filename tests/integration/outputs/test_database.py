"""The register as an SQLite file: opened with the standard library, and nobody is in it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from notifications.language import language
from tests.town import CASE, OFFICES, Town
from workflow.outputs.json.views import Views
from workflow.outputs.tables.database import database

# What is exported is read through queries that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite


def exported(town: Town) -> bytes:
    failed: list[str] = []
    content = database(town.app, Views(language("nl"), town.app.local), failed)
    assert not failed
    return content


@contextmanager
def opened(content: bytes) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(content)
        yield connection


def test_every_table_can_be_asked_what_a_reader_asks(town: Town) -> None:
    town.in_force().do("pay", instalment="1", on="2017-10-12", reference="F-1")
    with opened(exported(town)) as file:

        def ask(query: str) -> list[tuple[object, ...]]:
            return file.execute(query).fetchall()

        assert ask("SELECT municipality, day FROM about") == [("Gemeente Maastricht", "2017-10-12")]
        assert ask("SELECT ref, stage_label, last_day, amount, attention FROM agreement") == [
            ("SO-2017-0042", "in werking", "2020-10-11", 1000, "")
        ]
        assert ask("SELECT name, own, signed_on FROM party ORDER BY key") == [
            ("Provincie Limburg", 0, "2017-10-12"),
            ("Gemeente Maastricht", 1, "2017-10-12"),
        ]
        assert ask("SELECT what, due_on, state, office FROM date WHERE rule = 'evaluation'") == [
            ("de eindevaluatie", "2020-07-11", "ahead", "sociaal-domein")
        ]
        assert ask("SELECT state, sum(amount) FROM instalment GROUP BY state") == [
            ("ahead", 2000),
            ("done", 1000),
        ]
        assert ask("SELECT about, decided_on, outcome, label FROM decision") == [
            ("proposal", "2017-09-26", "as_proposed", "Conform")
        ]
        assert ask("SELECT action, happened_on FROM event WHERE action = 'sign'") == [
            ("sign", "2017-10-12"),
            ("sign", "2017-10-12"),
        ]
        assert ask("SELECT * FROM obligation") == []
        assert ask("PRAGMA foreign_key_check") == []


def test_what_asks_for_attention_is_divided_where_no_sentence_ends(town: Town) -> None:
    town.in_force().until("2017-11-13 10:00").do("suspend", on="2017-11-13", moves_end="no")
    town.change("UPDATE message SET status = 'refused' WHERE id = 1")
    with opened(exported(town)) as file:
        ((attention,),) = file.execute("SELECT attention FROM agreement")
    assert attention == (
        "termijn 1: te laat, moest uiterlijk donderdag 12 oktober 2017."
        " Geweigerde mails: 1. Zie: looptijd mail list --attention; De overeenkomst is"
        " opgeschort sinds maandag 13 november 2017."
    )


def test_what_comes_back_from_somebody_who_was_not_named_has_no_payer(town: Town) -> None:
    town.in_force().do("amend", **{"instalment.2.refund": "true"}, reason="Afspraak")
    with opened(exported(town)) as file:
        rows = file.execute("SELECT payer, payee FROM instalment WHERE refund").fetchall()
    assert rows == [(None, "Gemeente Maastricht")]


def test_how_a_day_was_reckoned_stands_beside_it(town: Town) -> None:
    with opened(exported(town.in_force())) as file:
        ((reason, clause),) = file.execute(
            "SELECT reason, clause FROM date WHERE rule = 'evaluation'"
        )
    assert "3 maanden" in reason
    assert clause == "Drie maanden voor het einde wordt geëvalueerd."


def test_a_day_that_is_not_known_says_why(town: Town) -> None:
    town.register(OFFICES, CASE)
    with opened(exported(town)) as file:
        rows = file.execute("SELECT due_on, state FROM date WHERE rule = 'evaluation'").fetchall()
    assert rows == [(None, "not_asked")]


CANARIES = (
    *("Janssen", "a.janssen@", "Gerats", "Bastiaens", "Smeets", "bastiaens@"),
    *("Burgemeester Kanarie", "wethouder Overleg", "Reden Kanarie", "kanarie@maastricht.example"),
)


def test_no_byte_of_it_names_a_person_or_says_a_reason(town: Town) -> None:
    town.signed_by_people(OFFICES, CASE)
    content = exported(town)
    assert [name for name in CANARIES if name.encode() in content] == []


def test_an_agreement_that_cannot_be_read_is_named_to_who_exports(town: Town) -> None:
    town.register(OFFICES, CASE)
    town.change("UPDATE agreement SET stage = 'limbo'")
    failed: list[str] = []
    content = database(town.app, Views(language("nl"), town.app.local), failed)
    assert failed == ["SO-2017-0042"]
    with opened(content) as file:
        assert file.execute("SELECT count(*) FROM agreement").fetchone() == (0,)

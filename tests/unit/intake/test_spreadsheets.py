"""Spreadsheets: Dutch names for columns, and cells as Dutch spreadsheets write them."""

import re
from pathlib import Path

import pytest

from notifications.language import language
from states.model.agreement import Agreement
from states.model.facts import BadFacts, build
from tests.files import found_in, shown
from workflow.intake.files.csv_columns import AGREEMENTS, OFFICES, headings_of, template
from workflow.intake.files.records import FileProblem, Found
from workflow.intake.values import agreement_of, office_of

DOCS = Path(__file__).parents[3] / "docs"


def rows(folder: Path, content: str) -> tuple[list[Found], list[FileProblem]]:
    """Return what a spreadsheet holds, and what is wrong with it."""
    return found_in(folder, content, "register.csv")


def facts(folder: Path, content: str) -> dict[str, str]:
    """Return the facts of a spreadsheet's only agreement, of which nothing is wrong."""
    (found,), problems = rows(folder, content)
    assert problems == []
    return dict(found.facts)


def wrong(folder: Path, content: str) -> FileProblem:
    """Return the one problem of a spreadsheet's only agreement, which is read well."""
    (found,), _ = rows(folder, content)
    with pytest.raises(BadFacts) as caught:
        agreement_of(found, history=False)
    (problem,) = map(found.problem, caught.value.problems)
    return problem


# Columns -----------------------------------------------------------------------------------------


def test_a_column_is_named_by_its_key_or_in_dutch_whatever_its_case_and_spaces(
    tmp_path: Path,
) -> None:
    header = "ref; TITEL ;Partij  12;party.x.own;beeindigd op;BEËINDIGD PER;term.length"
    assert facts(tmp_path, f"{header}\nA-1;T;Gemeente;ja;1-2-2020;03-04-2020;P3Y\n") == {
        "ref": "A-1",
        "title": "T",
        "party.12.name": "Gemeente",
        "party.x.own": "true",
        "termination.on": "2020-02-01",
        "termination.ends_on": "2020-04-03",
        "term.length": "P3Y",
    }


def test_every_dutch_name_stands_for_a_key_and_for_no_other(tmp_path: Path) -> None:
    for columns in (AGREEMENTS, OFFICES):
        names = [column.name.replace("N", "3") for column in columns]
        found = headings_of(names)
        assert found.problems == []
        assert [h.key for h in found.known] == [c.key.replace(".N.", ".3.") for c in columns]
        assert found.of_offices is (columns is OFFICES)


@pytest.mark.parametrize("page", ["import-files.md", "nl/import-files.md"])
def test_the_manual_names_every_column(page: str) -> None:
    manual = (DOCS / page).read_text(encoding="utf-8")
    for column in (*AGREEMENTS, *OFFICES):
        assert f"| {column.name} | `{column.key}` |" in manual


def test_unknown_and_repeated_columns_are_problems_of_the_first_row(tmp_path: Path) -> None:
    header = "kenmerk;titl;kleur;short_title;korte titel;"
    (found,), problems = rows(tmp_path, f"{header}\nA-1;Titel;rood;Kort;Korter;\n")
    assert shown(problems) == [
        (1, "titl", "this column is not known."),
        (1, "kleur", "this column is not known."),
        (1, "korte titel", "more than one column holds short_title."),
    ]
    assert str(problems[0].remedy) == "Did you mean “title”?"
    assert str(problems[1].remedy) == "See: looptijd import --template csv"
    assert found.facts == {"ref": "A-1", "title": "Titel", "short_title": "Kort"}


def test_a_misspelt_column_makes_no_double_of_the_one_that_it_resembles(tmp_path: Path) -> None:
    (found,), problems = rows(tmp_path, "kenmrk;titel;kenmerk\nA-1;Titel;A-2\n")
    assert shown(problems) == [(1, "kenmrk", "this column is not known.")]
    assert found.facts == {"ref": "A-2", "title": "Titel"}


@pytest.mark.parametrize(
    "name, near",
    [
        ("partij N", "partij 1"),
        ("partij 2 sleutle", "partij 2 sleutel"),
        ("reference", "decision.1.reference"),
    ],
)
def test_a_suggested_column_has_a_number_and_is_read_only_with_the_same(
    tmp_path: Path, name: str, near: str
) -> None:
    """Whoever wrote “partij N” was asked whether it was “partij N”."""
    (found,), (problem,) = rows(tmp_path, f"kenmerk;partij 2;{name}\nA-1;Beesel;x\n")
    assert str(problem.remedy) == f"Did you mean “{near}”?"
    its_key = "x" if near.endswith("sleutel") else "2"
    assert found.facts == {"ref": "A-1", f"party.{its_key}.name": "Beesel"}


@pytest.mark.parametrize(
    "name, remedy",
    [
        ("Titl", "Did you mean “title”?"),
        ("KENMREK", "Did you mean “kenmerk”?"),
        ("TERM.LENTH", "Did you mean “term.length”?"),
        ("woo.publishd_on", "Did you mean “woo.published_on”?"),
        ("sorce.2.quote", "Did you mean “source.2.quote”?"),
        ("party.beek.ajoined_on", "Did you mean “party.beek.joined_on”?"),
        ("evaluaion.half.held_on", "Did you mean “evaluation.half.held_on”?"),
        ("obligation.polis.by.x", "See: looptijd import --template csv"),
        ("case_owner.phone", "See: looptijd import --template csv"),
    ],
)
def test_the_column_that_was_meant_may_be_any_and_is_of_the_same_entry(
    tmp_path: Path, name: str, remedy: str
) -> None:
    """“party.beek.ajoined_on” was taken for “signed_on”, and read so: who joined had signed."""
    _, (problem,) = rows(tmp_path, f"ref;titel;{name}\nA-1;T;\n")
    assert (problem.column, str(problem.remedy)) == (f"C ({name})", remedy)


# Separators and rows -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "kenmerk;titel;doel\nA-1;T;a,b\n",
        'kenmerk,titel,doel\nA-1,T,"a,b"\n',
        "sep=;\r\nkenmerk;titel;doel\r\nA-1;T;a,b\r\n",
        "kenmerk\ttitel\tdoel\nA-1\tT\ta,b\n",
        "\n;;\nkenmerk;titel;doel\n;;\n\nA-1;T;a,b;;;\n;;;;;\n",
    ],
)
def test_a_comma_a_semicolon_or_a_tab_separates_and_rows_without_cells_are_no_rows(
    tmp_path: Path, content: str
) -> None:
    assert facts(tmp_path, content) == {"ref": "A-1", "title": "T", "purpose": "a,b"}


def test_a_row_with_too_many_cells_is_a_problem_and_one_with_too_few_is_none(
    tmp_path: Path,
) -> None:
    (found,), problems = rows(tmp_path, "kenmerk;titel;doel\nA-1;T;D;E\nA-2\n")
    assert shown(problems) == [(2, "", "this row has more cells than there are columns.")]
    assert (found.facts, found.lines) == ({"ref": "A-2"}, {"": 3})


def test_a_cell_under_a_column_without_a_name_is_not_left_out_without_a_word(
    tmp_path: Path,
) -> None:
    found, problems = rows(tmp_path, "kenmerk;titel; ;\nA-1;T;1.000,00\nA-2;T;;\n")
    assert [item.name for item in found] == ["A-2"]
    assert shown(problems) == [(2, "", "this cell stands under a column without a name.")]
    assert problems[0].column == "C"


@pytest.mark.parametrize(
    "shows", ["#N/B", "#N/A", "#VERW!", "#REF!", "#WAARDE!", "#DEEL/0!", "#NAAM?", "########"]
)
def test_an_error_of_a_formula_is_no_title(tmp_path: Path, shows: str) -> None:
    found, problems = rows(tmp_path, f"kenmerk;titel\nA-1;{shows}\nA-2;#1 van 2\n")
    assert [item.name for item in found] == ["A-2"]
    assert shown(problems) == [(2, "", f"the spreadsheet has no value here: “{shows}”.")]
    assert problems[0].column == "B (titel)"


def test_a_cell_of_several_lines_leaves_the_lines_of_other_rows_right(tmp_path: Path) -> None:
    found, _ = rows(tmp_path, 'kenmerk;doel\nA-1;"een\ntwee\ndrie"\nA-2;x\n')
    assert [(item.name, item.lines[""]) for item in found] == [("A-1", 2), ("A-2", 5)]
    assert found[0].facts["purpose"] == "een\ntwee\ndrie"


def test_quotes_that_do_not_match_are_a_problem_and_the_next_row_is_read(tmp_path: Path) -> None:
    found, problems = rows(tmp_path, 'kenmerk;titel\n"A"-1;T\nA-2;T\nA-3;"T\n')
    assert [item.name for item in found] == ["A-2"]
    assert shown(problems) == [
        (2, "", "this row cannot be read."),
        (4, "", "this row cannot be read."),
    ]


@pytest.mark.parametrize("row", ['"A"-1', "A\r1", "A" * 131_073])
def test_what_is_wrong_with_a_row_is_told_in_words_of_our_own(tmp_path: Path, row: str) -> None:
    """Python's csv speaks English, and of opening files."""
    _, (problem,) = rows(tmp_path, f"kenmerk\n{row}\n")
    nl = language("nl")
    assert f"{nl.say(problem.problem)} {nl.say(problem.remedy)}" == (
        "deze rij is niet leesbaar. Kijk naar de aanhalingstekens en regeleinden erin; in een cel"
        " past hooguit 20 kB."
    )


def test_an_empty_cell_and_one_that_says_unknown_are_absent_facts(tmp_path: Path) -> None:
    header = "kenmerk;titel;bijdrage;ontvanger;budgetpost;ingangsdatum"
    assert facts(tmp_path, f"{header}\nA-1; ;10,00;unknown;Onbekend;onbekend\n") == {
        "ref": "A-1",
        "contribution.amount": "10.00",
        "term.start": "unknown",
    }


def test_what_is_told_of_only_as_unknown_or_by_its_key_is_not_left_out_in_silence(
    tmp_path: Path,
) -> None:
    header = "kenmerk;partij 1;partij 2;partij 2 sleutel;bijdrage;voortzetting 1 einddatum"
    ((found,), problems) = rows(tmp_path, f"{header}\nA-1;M;onbekend;b;onbekend;1-2-2030\n")
    assert found.facts == {"ref": "A-1", "party.1.name": "M"}
    assert [(p.line, p.column, str(p.problem)) for p in problems] == [
        (2, "F (voortzetting 1 einddatum)", "nothing is told of it."),
        (2, "D (partij 2 sleutel)", "all that is told of it is unknown: party.b.name."),
        (2, "E (bijdrage)", "all that is told of it is unknown: contribution.amount."),
    ]


# Cells -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "column, cell, fact",
    [
        ("ingangsdatum", "12-10-2017", "2017-10-12"),
        ("ingangsdatum", "2017-10-12", "2017-10-12"),
        ("ingangsdatum", "last_signature", "last_signature"),
        ("einddatum", "1-2-2020", "2020-02-01"),
        ("einddatum", "1/2/2020", "1/2/2020"),
        ("stuk 1 datum", "17-11-2017", "2017-11-17"),
        ("stuk 1 datum", "2017-06", "2017-06"),
        ("evaluatie gehouden op", "1-2-2020", "2020-02-01"),
        ("continuation.2020-12-31.on", "1-2-2020", "2020-02-01"),
        ("titel", "12-10-2017", "12-10-2017"),
        ("bijdrage", "1.000,00", "1000.00"),
        ("bijdrage", "€ 1.234.567,8", "1234567.8"),
        ("bijdrage", "1000,50", "1000.50"),
        ("bijdrage", "1000.00", "1000.00"),
        ("bijdrage", "1.000", "1.000"),  # a thousand or one? not for us to guess
        ("bijdrage", "1,000.00", "1000.00"),
        ("budgetpost", "1.000,00", "1.000,00"),
        ("openbaar", "Ja", "true"),
        ("openbaar", "ONWAAR", "false"),
        ("openbaar", "TRUE", "true"),
        ("titel", "ja", "ja"),
        ("looptijd", "3 jaar", "P3Y"),
        ("opzegtermijn", "6 weken", "P6W"),
        ("ingangsdatum", "laatste handtekening", "last_signature"),
        ("ingangsdatum", "5 januari 2026", "2026-01-05"),
        ("verlenging", "Stilzwijgend", "tacit"),
        ("soort bijdrage", "lidmaatschap", "membership_fee"),
        ("fase", "in werking", "active"),
        ("afloop", "ingetrokken", "withdrawn"),
        ("besluit 1", "conform", "as_proposed"),
    ],
)
def test_a_cell_is_read_by_the_kind_of_its_column(
    tmp_path: Path, column: str, cell: str, fact: str
) -> None:
    (text,) = [
        text
        for path, text in facts(tmp_path, f'kenmerk;{column}\nA-1;"{cell}"\n').items()
        if path != "ref"
    ]
    assert text == fact


def test_a_wrong_cell_is_told_the_words_that_the_reader_may_write_in_it(tmp_path: Path) -> None:
    header = "kenmerk;titel;functie;partij 1;partij 1 eigen;looptijd;verlenging"
    problem = wrong(tmp_path, f"{header}\nA-1;Titel;griffie;Gemeente;ja;3 jaar;automatisch\n")
    assert language("nl").say(problem.remedy) == "Dit kan: besluit, stilzwijgend."
    assert language("en").say(problem.remedy) == "Accepted here: decision, tacit."


# Entries -----------------------------------------------------------------------------------------


def test_a_row_gives_the_keys_of_its_parties_and_the_days_of_its_decisions(tmp_path: Path) -> None:
    header = "kenmerk;partij 1;partij 1 sleutel;partij 2;voortzetting 1;voortzetting 1 einddatum"
    assert facts(tmp_path, f"{header}\nA-1;Maastricht;maastricht;Beesel;stop;31-12-2020\n") == {
        "ref": "A-1",
        "party.maastricht.name": "Maastricht",
        "party.2.name": "Beesel",
        "continuation.2020-12-31.outcome": "stop",
    }


def test_two_parties_of_one_key_are_a_problem(tmp_path: Path) -> None:
    header = "kenmerk;partij 1;partij 1 sleutel;partij 2;partij 2 sleutel"
    _, problems = rows(tmp_path, f"{header}\nA-1;M;m;B;m\n")
    assert shown(problems) == [(2, "party.2.key", "entry 2 has no “key” of its own.")]
    assert problems[0].column == "E (partij 2 sleutel)"


def test_a_continuation_without_the_day_that_tells_it_apart_is_told_which_column(
    tmp_path: Path,
) -> None:
    _, problems = rows(tmp_path, "kenmerk;voortzetting 1;voortzetting 1 einddatum\nA-1;stop;\n")
    assert [(p.column, str(p.problem)) for p in problems] == [
        ("C (voortzetting 1 einddatum)", "entry 1 has no “last_day” of its own.")
    ]


# Offices -----------------------------------------------------------------------------------------


def test_rows_of_one_agreement_hold_as_many_obligations(tmp_path: Path) -> None:
    header = "kenmerk;titel;afspraak 1 sleutel;afspraak 1;afspraak 1 op;afspraak 1 na ingang"
    content = (
        f"{header}\nA-1;T;jaarverslag;jaarverslag;01-04-2027;\n"
        "A-1;;;polis;;P3M\nA-1;T;plan;plan;bijna;\nB-1;T;;;;\n"
    )
    (first, second), problems = rows(tmp_path, content)

    assert problems == []
    assert first.facts == {
        "ref": "A-1",
        "title": "T",
        "obligation.jaarverslag.what": "jaarverslag",
        "obligation.jaarverslag.on": "2027-04-01",
        "obligation.1-3.what": "polis",
        "obligation.1-3.after_start": "P3M",
        "obligation.plan.what": "plan",
        "obligation.plan.on": "bijna",
    }
    assert (first.line_of("obligation.plan.on"), first.line_of("obligation.jaarverslag.on")) == (
        4,
        2,
    )
    assert second.facts == {"ref": "B-1", "title": "T"}


def test_a_key_that_is_none_is_told_with_its_column(tmp_path: Path) -> None:
    header = "kenmerk;titel;functie;looptijd;partij 1;partij 1 eigen;partij 1 sleutel"
    problem = wrong(tmp_path, f"{header}\nA-1;Titel;griffie;3 jaar;Gemeente;ja;Maastricht\n")
    assert problem.column == "G (partij 1 sleutel)"


def test_a_cell_that_should_not_be_empty_is_told_with_its_column(tmp_path: Path) -> None:
    """Of what the row calls by a key of its own the column was not told, nor of a second entry."""
    header = (
        "kenmerk;titel;functie;looptijd;partij 1;partij 1 eigen;partij 2;partij 2 sleutel"
        ";partij 2 tekende op;afspraak 1 sleutel;afspraak 1;afspraak 1 per;stuk 2 datum"
        ";party.beek.joined_on"
    )
    first = "A-1;Titel;griffie;3 jaar;Gemeente;ja;;beesel;1-2-2017;polis;polis;;2017;1-2-2018"
    content = f"{header}\n{first}\nA-1;;;;;;;;;verslag;;1 jaar;;\n"
    (found,), problems = rows(tmp_path, content)
    assert problems == []
    with pytest.raises(BadFacts) as caught:
        agreement_of(found, history=True)
    told = map(found.problem, caught.value.problems)
    assert [(p.line, p.column) for p in told if str(p.problem) == "this key is missing."] == [
        (2, "G (partij 2)"),
        (2, "party.beek.name"),
        (3, "K (afspraak 1)"),
        (2, "stuk 2"),
    ]


def test_a_holder_without_a_name_is_told_which_column_that_has(tmp_path: Path) -> None:
    header = "sleutel;naam;houder;e-mail;vanaf"
    (found,), _ = rows(
        tmp_path, f"{header}\no;O;A;a@m.example;1-1-2014\no;;;b@m.example;1-1-2015\n"
    )
    (problem,) = map(found.problem, office_of(found).problems)
    assert (problem.line, problem.column) == (3, "C (houder)")
    (found,), _ = rows(tmp_path, "sleutel;naam;houder;e-mail\no;O;A;a@m.example\n")
    (problem,) = map(found.problem, office_of(found).problems)
    assert (problem.line, problem.column) == (2, "vanaf")


def test_a_row_that_stands_twice_owes_nothing_twice(tmp_path: Path) -> None:
    """Without a key of its own the same obligation came in under two."""
    found, problems = rows(tmp_path, "kenmerk;titel;afspraak 1\nA-1;T;polis\nA-1;;polis\n")
    assert problems == []
    assert [(item.name, item.line_of("ref"), len(item.facts)) for item in found] == [
        ("A-1", 2, 3),
        ("A-1", 3, 2),
    ]


def test_an_obligation_of_a_later_row_that_has_the_key_of_another_is_told_its_line(
    tmp_path: Path,
) -> None:
    content = "kenmerk;afspraak 1 sleutel;afspraak 1\nA-1;a;polis\nA-1;b;plan\nA-1;a;verslag\n"
    _, problems = rows(tmp_path, content)
    assert [(p.line, p.column) for p in problems] == [(4, "B (afspraak 1 sleutel)")]


def test_a_second_row_that_says_something_else_is_not_the_same_agreement(tmp_path: Path) -> None:
    content = "kenmerk;titel;afspraak 1\nA-1;T;polis\nA-1;Anders;verslag\n"
    found, _ = rows(tmp_path, content)

    assert [item.facts["title"] for item in found] == ["T", "Anders"]


def test_rows_of_one_key_are_the_holders_of_one_office(tmp_path: Path) -> None:
    found, problems = rows(
        tmp_path,
        "key,name,fallback,holder.name,holder.email,holder.from,holder.until\n"
        "sd,Sociaal Domein,bs,Gerats,g@m.example,2014-05-20,31-05-2018\n"
        "bs,Secretariaat,,team,t@m.example,2014-01-01,\n"
        "sd,,,Bastiaens,b@m.example,01-06-2018,\n"
        "cv,Cultuur,,,,,\n",
    )
    assert problems == []
    assert [item.is_office for item in found] == [True, True, True]
    assert found[0].facts == {
        "key": "sd",
        "name": "Sociaal Domein",
        "fallback": "bs",
        "holder.1.name": "Gerats",
        "holder.1.email": "g@m.example",
        "holder.1.from": "2014-05-20",
        "holder.1.until": "31-05-2018",
        "holder.2.name": "Bastiaens",
        "holder.2.email": "b@m.example",
        "holder.2.from": "01-06-2018",
    }
    assert (found[0].lines["holder.1.email"], found[0].lines["holder.2.email"]) == (2, 4)
    assert (found[1].name, found[2].facts) == ("bs", {"key": "cv", "name": "Cultuur"})


def test_rows_of_one_office_that_contradict_each_other_are_a_problem(tmp_path: Path) -> None:
    _, problems = rows(tmp_path, "sleutel;naam\nsd;Sociaal\nsd;Sociaal\nsd;Zorg\n")
    assert shown(problems) == [(4, "name", "an earlier row of this office says “Sociaal”.")]


# Templates ---------------------------------------------------------------------------------------


def test_the_example_of_the_template_is_an_agreement_as_it_is(tmp_path: Path) -> None:
    agreement = build(Agreement, facts(tmp_path, template("csv")))
    assert agreement.ref == "SO-2026-0001"
    assert [(key, party.own) for key, party in agreement.party.items()] == [
        ("maastricht", True),
        ("beesel", False),
    ]
    assert not re.search(r"P\d|decision|contribution", template("csv"))
    assert agreement.contribution
    assert str(agreement.contribution.amount) == "1000.00"


def test_an_office_has_unknown_facts_as_an_agreement_has(tmp_path: Path) -> None:
    row = "o;Onderwijs;onbekend;C. Claes;c@m.example;1-1-2020;onbekend"
    header = "sleutel;naam;vervanger;houder;e-mail;vanaf;tot en met"
    (office,), problems = rows(tmp_path, f"{header}\n{row}\n")
    assert (office.name, problems) == ("o", [])
    assert office.facts == {
        "key": "o",
        "name": "Onderwijs",
        "holder.1.name": "C. Claes",
        "holder.1.email": "c@m.example",
        "holder.1.from": "1-1-2020",
    }


def test_the_template_of_offices_has_the_office_of_the_other_template(tmp_path: Path) -> None:
    (office,), _ = rows(tmp_path, template("csv-offices"))
    assert (office.is_office, office.name) == (True, "sociaal-domein")
    assert facts(tmp_path, template("csv"))["office"] == "sociaal-domein"

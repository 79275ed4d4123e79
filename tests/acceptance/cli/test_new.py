"""A new agreement in two minutes: read from a proposal or asked for, written, and registered."""

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest

from tests.acceptance.cli.test_terminal import a_terminal
from tests.acceptance.commands import CASE, REF, Operator

PROPOSAL = Path(__file__).parents[2] / "unit" / "intake" / "proposals" / "00-source-case.txt"
LACKING = 'ref = "SO-1"\noffice = "sociaal-domein"\n'
KEEPER = """Voorstel
Dossierhouder: P. van den Berg-Smit, tel. 14 043, p.berg@maastricht.example
Datum: 3 april 2024
De overeenkomst heeft een looptijd van drie jaar.
"""
DRAFT = {
    "term": {"length": "P4Y", "notice": "P3M"},
    "contribution": {"amount": "1000.00"},
    "source": [
        {"field": "term.length", "quote": "looptijd van drie jaar"},
        {"field": "term.notice", "quote": "een opzegtermijn van drie maanden"},
        {"field": "contribution.amount", "quote": "bijdrage te leveren van €1000,00"},
    ],
}
NOTICE = """Voorstel
De overeenkomst heeft een looptijd van drie jaar. Partijen kunnen haar opzeggen met een opzegtermijn
van drie maanden.
"""
TWO_WAYS = """Voorstel
De overeenkomst heeft een looptijd van vier jaar. Zij heeft een looptijd van drie jaar.
Het bestuurlijk overleg heeft op 3 april 2024 ingestemd.
Het bestuurlijk overleg heeft op 5 april 2024 ingestemd.
"""
OPEN_ENDED = """Voorstel
Partijen: gemeente Maastricht, provincie Limburg.
De overeenkomst wordt aangegaan voor onbepaalde tijd.
"""
UNTIL = "Voorstel\nDe overeenkomst loopt tot 1 januari 2030.\n"
QUESTIONS = {
    "The reference": "N-2",
    "The title": "Convenant",
    "A short title": "",
    "What it is for": "",
    "Our own party": "",
    "Another party": "",
    "Which office": "sociaal-domein",
    "Who keeps the file": "",
    "How long it runs": "31-12-2031",
    "When it starts": "1-1-2028",
    "How it goes on after its end": "",
    "How long before the end": "",
    "The clause on the evaluation": "",
    "What we pay": "",
    "What else a party": "",
}


@pytest.fixture
def proposal(case_registered: Operator) -> Path:
    path = case_registered.folder / "nota.txt"
    path.write_text(PROPOSAL.read_text(encoding="utf-8").partition("=====\n")[0], encoding="utf-8")
    return path


def a_pdf(pages: list[str]) -> bytes:
    """Return a PDF with a page for each text, a line for each of its lines."""
    parts = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for text in pages:
        shown = "".join(f"({line}) Tj T* " for line in text.replace("(", "").split("\n"))
        stream = f"BT /F1 11 Tf 14 TL 40 800 Td {shown}ET"
        kids.append(f"{len(parts) + 1} 0 R")
        parts += [
            (
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]"
                f" /Contents {len(parts) + 2} 0 R"
                " /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica"
                " /Encoding /WinAnsiEncoding >> >> >> >>"
            ),
            f"<< /Length {len(stream.encode('cp1252'))} >>\nstream\n{stream}\nendstream",
        ]
    parts[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>"
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{part}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    head = f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}"
    tail = f"trailer\n<< /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + (head + tail).encode()


# Where nobody answers ----------------------------------------------------------------------------


def test_a_proposal_becomes_a_file_that_can_be_registered(
    case_registered: Operator, proposal: Path
) -> None:
    file = case_registered.folder / "nieuw.toml"
    ran = case_registered.runs("new", "--from", proposal, "--output", file)
    assert (ran.code, ran.out) == (0, "")
    assert ran.problems == [f"{file} is written."]

    text = file.read_text(encoding="utf-8")
    assert "# Still to be written: ref, office.\n" in text
    file.write_text(text.replace("[[agreement]]\n", f"[[agreement]]\n{LACKING}"), encoding="utf-8")
    case_registered.does("import", "--history", file)
    shown = case_registered.reads("show", "SO-1")
    assert (shown["stage"], shown["term"]["length"]) == ("signing", "P3Y")
    assert [party["name"] for party in shown["parties"] if party["own"]] == ["Gemeente Maastricht"]
    assert [row["amount"] for row in shown["instalments"]] == ["1000.00"] * 3


def test_what_a_tacit_renewal_needs_is_still_to_be_written_too(case_registered: Operator) -> None:
    file = case_registered.folder / "nota.txt"
    file.write_text("De overeenkomst wordt stilzwijgend verlengd.", encoding="utf-8")
    assert case_registered.reads("new", "--from", file)["open"] == [
        *("ref", "title", "office", "term", "party"),
        *("term.renewal_length", "term.notice"),
    ]


def test_our_own_party_is_still_to_be_written_where_no_party_is_ours(
    case_registered: Operator,
) -> None:
    nota = case_registered.folder / "nota.txt"
    nota.write_text("Partijen: gemeente Beek, provincie Limburg", encoding="utf-8")
    missing = ["ref", "title", "office", "term", "party.PARTY.own"]
    assert case_registered.reads("new", "--from", nota)["open"] == missing
    written = case_registered.does("new", "--from", nota)
    assert f"# Still to be written: {', '.join(missing)}.\n" in written


def test_where_no_municipality_is_configured_ours_is_the_one_whose_college_decides(
    case_registered: Operator,
) -> None:
    nota = case_registered.folder / "nota.txt"
    decides = "Het college van burgemeester en wethouders van de gemeente Beek besluit."
    nota.write_text(decides, encoding="utf-8")
    unset = {**case_registered.environment, "LOOPTIJD_MUNICIPALITY__NAME": "Gemeente"}
    nobodys = Operator(folder=case_registered.folder, environment=unset)
    (row,) = nobodys.reads("new", "--from", nota)["facts"]
    assert (row["field"], row["value"]) == ("party.beek.name", "Gemeente Beek")
    assert case_registered.reads("new", "--from", nota)["facts"] == []


def test_who_keeps_the_file_is_read_where_it_says_so_and_quoted_in_no_file(
    case_registered: Operator,
) -> None:
    nota = case_registered.folder / "nota.txt"
    nota.write_text(KEEPER, encoding="utf-8")
    rows = case_registered.reads("new", "--from", nota)["facts"]
    assert [(row["field"], row["value"]) for row in rows if "case_owner" in row["field"]] == [
        ("case_owner.name", "P. van den Berg-Smit"),
        ("case_owner.email", "p.berg@maastricht.example"),
    ]
    written = case_registered.does("new", "--from", nota)
    assert written.count("van den Berg") == 1
    nota.write_text(KEEPER.replace("Dossierhouder", "Steller"), encoding="utf-8")
    assert "Berg" not in case_registered.does("new", "--from", nota)


def test_each_value_has_its_quote_and_its_line(case_registered: Operator, proposal: Path) -> None:
    read = case_registered.reads("new", "--from", proposal)
    by_field = {row["field"]: row for row in read["facts"]}
    assert by_field["evaluation.final.before_end"] == {
        "field": "evaluation.final.before_end",
        "value": "P3M",
        "quote": "3 maanden vóór het bereiken van het einde van de looptijd geëvalueerd",
        "status": "stated",
        "line": 47,
    }
    assert by_field["overleg.agreed_on"]["status"] == "inferred"
    assert (read["open"], read["contested"], read["refused"]) == (["ref", "office"], [], [])


def test_a_draft_is_taken_over_as_far_as_its_quotes_bear_it_out(
    case_registered: Operator, proposal: Path
) -> None:
    draft = case_registered.folder / "draft.jsonl"
    draft.write_text(json.dumps(DRAFT), encoding="utf-8")
    file = case_registered.folder / "nieuw.toml"
    ran = case_registered.runs("new", "--from", proposal, "--draft", draft, "--output", file)

    assert ran.code == 1
    assert ran.problems == [
        "term.length: “P4Y” is not taken over: the quote does not read as this value.",
        "term.notice: “P3M” is not taken over: the quote does not stand in the text.",
        f"{file} is written.",
    ]
    (written,) = tomllib.loads(file.read_text(encoding="utf-8"))["agreement"]
    assert written["term"] == {"length": "P3Y", "renewal": "decision"}
    assert written["contribution"]["amount"] == "1000.00"


def test_a_pdf_is_read_page_by_page(case_registered: Operator) -> None:
    file = case_registered.folder / "nota.pdf"
    file.write_bytes(a_pdf(["Voorstel", "De overeenkomst heeft een looptijd\nvan vier jaar."]))
    (row,) = case_registered.reads("new", "--from", file)["facts"]
    assert (row["field"], row["value"], row["page"]) == ("term.length", "P4Y", 2)


def test_without_the_extra_a_pdf_is_refused_with_its_own_sentence(
    case_registered: Operator,
) -> None:
    blocked = case_registered.folder / "blocked"
    blocked.mkdir()
    (blocked / "pypdf.py").write_text("raise ImportError", encoding="utf-8")
    file = case_registered.folder / "nota.pdf"
    file.write_bytes(a_pdf(["Voorstel"]))
    bare = Operator(
        folder=case_registered.folder,
        environment={**case_registered.environment, "PYTHONPATH": str(blocked)},
        real=True,
    )
    ran = bare.runs("new", "--from", file)
    assert ran.code == 2
    assert ran.problems == [
        (
            f"looptijd: {file} is a PDF; reading that needs the extra looptijd[pdf]. Install it, or"
            " save the proposal as text."
        )
    ]


@pytest.mark.parametrize(
    "content,sentence",
    [
        (b"\xff\xfe\x00", "{file} is neither text in UTF-8 nor a PDF."),
        (b"PK\x03\x04\x00", "{file} is neither text in UTF-8 nor a PDF."),
        (b" \n ", "{file} holds no text; a scan has to be read (OCR) first."),
        (b"%PDF-1.4 broken", "{file} is no PDF that can be read."),
        (
            b"Besluitenlijst\n1. Convenant Bos",
            (
                "{file} is a list of decisions on several subjects; save what it says of one"
                " agreement, without its heading, as text."
            ),
        ),
        (b"a" * 1_000_001, "{file} holds more than a million signs; name the proposal alone."),
    ],
)
def test_what_is_no_proposal_is_refused_in_one_sentence(
    case_registered: Operator, content: bytes, sentence: str
) -> None:
    file = case_registered.folder / "nota.bin"
    file.write_bytes(content)
    ran = case_registered.runs("new", "--from", file)
    assert (ran.code, ran.problems) == (2, [f"looptijd: {sentence.format(file=file)}"])


def test_what_a_text_says_in_two_ways_is_told_where_nobody_is_asked(
    case_registered: Operator,
) -> None:
    """It was left out without a word."""
    nota = case_registered.folder / "nota.txt"
    nota.write_text(TWO_WAYS, encoding="utf-8")
    ran = case_registered.runs("new", "--from", nota)
    assert (ran.code, ran.problems) == (
        0,
        [
            (
                "the length of the term: the text says 4 years, 3 years; none of it is taken over."
                " Write in the file which it is."
            ),
            (
                "the date of the bestuurlijk overleg: the text says Wednesday 3 April 2024,"
                " Friday 5 April 2024; none of it is taken over. Write in the file which it is."
            ),
        ],
    )


def test_nothing_is_written_over_and_nothing_asked_where_nobody_is(
    case_registered: Operator, proposal: Path
) -> None:
    kept = CASE.read_bytes()
    for arguments, sentence in (
        (
            ["--from", str(proposal), "--output", str(CASE)],
            f"{CASE} is there already and stays as it is.",
        ),
        ([], "There is no terminal to ask at. Name a proposal: --from FILE."),
        (
            ["--draft", str(proposal)],
            "--draft goes with --from: its quotes are looked up in the proposal.",
        ),
    ):
        ran = case_registered.runs("new", *arguments)
        assert (ran.code, ran.problems) == (2, [f"looptijd: {sentence}"])
    assert CASE.read_bytes() == kept


# At a terminal -----------------------------------------------------------------------------------


def test_the_source_case_is_registered_with_hardly_more_than_enter(
    case_registered: Operator, proposal: Path
) -> None:
    with a_terminal(case_registered, "new", "--from", str(proposal)) as terminal:
        terminal.asks("The reference (Enter: SO-")
        terminal.types("NIEUW-1\r")
        for question in (
            "The title (Enter: Samenwerkingsovereenkomst Verbindend Lei…)",
            "A short title, for mails",
            "What it is for",
            "Are these the parties?",
            "Another party",
        ):
            terminal.asks(question)
            terminal.types("\r")
        terminal.asks("Which office gets the mail")
        terminal.types("\r")
        terminal.asks("Name an office. Accepted: ")
        terminal.types("nobody\r")
        terminal.asks("There is no office “nobody”. Accepted: ")
        terminal.types("Portefeuille Sociaal Domein\r")
        terminal.asks("Who keeps the file: a name (Enter: leave it open)")
        terminal.types("\r")
        terminal.asks("How long it runs")
        terminal.types("ooit\r")
        terminal.shows(
            "Write a period of at most 100 years, such as 3 years, 6 weeks, P3Y or P18M."
        )
        terminal.shows("Write a date that exists, such as 2017-10-12 or 12-10-2017.")
        terminal.types("\r")
        for question in (
            "When it starts",
            "How it goes on after its end",
            "How long before the end it is evaluated (Enter: 3 months; - leaves it open)",
            "The clause on the evaluation",
            "What we pay (Enter: 1,000.00",
            "As what",
            "How often",
            "From which budget",
            "Which other office gets the mail about payments (Enter: leave it open)",
            "What else a party has to do",
            "Take this over as well?",
            "Register it?",
        ):
            terminal.asks(question)
            terminal.types("\r")
        assert terminal.ends() == 0

    shown = case_registered.reads("show", "NIEUW-1")
    assert (shown["stage"], shown["term"]["length"]) == ("signing", "P3Y")
    assert [row["key"] for row in shown["evaluations"]] == ["final"]
    assert (case_registered.folder / "NIEUW-1.toml").is_file()


def test_an_agreement_is_asked_for_without_a_proposal_and_may_wait(
    case_registered: Operator,
) -> None:
    answers = {
        "The reference": REF,
        "SO-2017-0042 is registered already.": "../N-1",
        "Write letters, digits, dots": "N-1",
        "The title": "Convenant",
        "A short title": "",
        "What it is for": "",
        "Our own party (Enter: Gemeente Maastricht)": "",
        "Another party": "x" * 301,
        "Write one line": "Stichting Ons Dorp",
        "Another party (Enter: no more)": "",
        "Which office": "sociaal-domein",
        "Who keeps the file": "A. de Wit",
        "The e-mail address of the case owner": "a.dewit",
        "Write one e-mail address": "a.dewit@maastricht.example",
        "How long it runs": "onbepaalde tijd",
        "When it starts": "1-1-2031",
        "The notice period": "6 weken",
        "What we pay": "€ 2.500,00",
        "As what": "subsidie",
        "How often": "",
        "From which budget": "",
        "Which other office gets the mail about payments": "FINANCIEN",
        "What else a party": "jaarverslag",
        "By which party": "A. de Wit",
        "Accepted: Gemeente Maastricht, Stichting Ons": "stichting ons dorp",
        "When first": "1 jaar",
        "How often: a period": "1 jaar",
        "What else a party has": "",
        "Register it?": "n",
    }
    with a_terminal(case_registered, "new") as terminal:
        terminal.answers(answers)
        terminal.shows("Later: looptijd import N-1.toml")
        assert terminal.ends() == 0

    file = case_registered.folder / "N-1.toml"
    (written,) = tomllib.loads(file.read_text(encoding="utf-8"))["agreement"]
    assert written["term"] == {
        "open_ended": True,
        "start": tomllib.loads("d = 2031-01-01")["d"],
    } | {"notice": "P6W"}
    money = {"kind": "subsidy", "amount": "2500.00", "office": "financien"}
    assert written["contribution"] == money
    assert written["case_owner"] == {"name": "A. de Wit", "email": "a.dewit@maastricht.example"}
    (owed,) = written["obligation"]
    assert (owed["by"], owed["after_start"], owed["every"]) == ("ons-dorp", "P1Y", "P1Y")
    assert case_registered.does("import", "--dry-run", file)


def test_yes_takes_what_is_offered_and_no_is_nobodys_name(case_registered: Operator) -> None:
    answers = {
        "The reference": "ja",
        "The title": "nee",
        "Write one line": "Convenant",
        "A short title": "geen",
        "What it is for": "n.v.t.",
        "Our own party (Enter: Gemeente Maastricht)": "ja",
        "Another party": "nee",
        "Which office": "sociaal-domein",
        "Who keeps the file": "-",
        "How long it runs": "31-12-2031",
        "When it starts": "1-1-2028",
        "How it goes on after its end": "j",
        "How long before the end": "ja",
        "The clause on the evaluation": "",
        "What we pay": "niets",
        "What else a party": "Nee",
        "Register it?": "n",
    }
    with a_terminal(case_registered, "new") as terminal:
        terminal.answers(answers)
        assert terminal.ends() == 0

    (file,) = case_registered.folder.glob("SO-20??-0001.toml")
    (written,) = tomllib.loads(file.read_text(encoding="utf-8"))["agreement"]
    assert written["title"] == "Convenant"
    assert [party["name"] for party in written["party"]] == ["Gemeente Maastricht"]
    left_open = {"short_title", "purpose", "case_owner", "contribution", "obligation"}
    assert not left_open & written.keys()


def test_who_stops_halfway_has_written_nothing(case_registered: Operator) -> None:
    with a_terminal(case_registered, "new") as terminal:
        terminal.asks("The reference")
        terminal.types("\x03")
        terminal.shows("Nothing was written.")
        assert terminal.ends() == 130
    assert not [*case_registered.folder.glob("SO*.toml")]


def test_who_stops_at_the_last_question_is_told_that_the_file_stands(
    case_registered: Operator,
) -> None:
    """A title may be one dash; only what may be left open is left open by it."""
    with a_terminal(case_registered, "new", "--output", "N-2.toml") as terminal:
        terminal.answers(QUESTIONS | {"The title": "-"})
        terminal.asks("Register it?")
        terminal.types("\x03")
        terminal.shows("Later: looptijd import N-2.toml")
        assert "Nothing was written" not in terminal.shown
        assert terminal.ends() == 130

    file = case_registered.folder / "N-2.toml"
    (written,) = tomllib.loads(file.read_text(encoding="utf-8"))["agreement"]
    assert written["title"] == "-"


def test_a_file_that_is_there_is_told_at_the_first_question(case_registered: Operator) -> None:
    year = date.today().year
    for ref in ("N-3", f"SO-{year}-0001"):
        (case_registered.folder / f"{ref}.toml").touch()
    with a_terminal(case_registered, "new") as terminal:
        terminal.asks(f"The reference (Enter: SO-{year}-0002)")
        terminal.types("N-3\r")
        terminal.shows("N-3.toml is there already and stays as it is.")
        terminal.asks("The reference")
        terminal.types("\x03")
        assert terminal.ends() == 130


def test_where_no_office_is_registered_nothing_is_asked(operator: Operator) -> None:
    operator.configures('language = "en"\n').does("init")
    with a_terminal(operator, "new") as terminal:
        terminal.shows("No office is registered yet")
        assert terminal.ends() == 2


def test_two_offices_of_one_name_are_told_apart_by_their_keys(case_registered: Operator) -> None:
    twin = '[[office]]\nkey = "twin"\nname = "Portefeuille Sociaal Domein"\n'
    holder = '[[office.holder]]\nname = "x"\nemail = "x@maastricht.example"\nfrom = 2014-05-20\n'
    (case_registered.folder / "twin.toml").write_text(twin + holder, encoding="utf-8")
    case_registered.does("import", "twin.toml")
    with a_terminal(case_registered, "new") as terminal:
        terminal.answers(dict([*QUESTIONS.items()][:6]))
        terminal.asks("Which office")
        terminal.types("Portefeuille Sociaal Domein\r")
        terminal.shows("It may mean: ")
        terminal.asks("Which office")
        terminal.types("twin\r")
        terminal.asks("Who keeps the file")
        terminal.types("\x03")
        assert terminal.ends() == 130


def test_the_day_before_which_it_ends_is_offered_as_such(case_registered: Operator) -> None:
    nota = case_registered.folder / "nota.txt"
    nota.write_text(UNTIL, encoding="utf-8")
    with a_terminal(case_registered, "new", "--from", str(nota)) as terminal:
        terminal.answers(QUESTIONS | {"How long it runs": ""})
        terminal.shows("Monday 31 December 2029: the end of the term")
        terminal.asks("Register it?")
        terminal.types("n\r")
        assert terminal.ends() == 0

    file = case_registered.folder / "N-2.toml"
    (written,) = tomllib.loads(file.read_text(encoding="utf-8"))["agreement"]
    assert "last_day" not in written["term"]
    assert str(written["term"]["ends_before"]) == "2030-01-01"


def test_a_notice_period_in_a_fixed_term_is_offered_with_the_rest(
    case_registered: Operator,
) -> None:
    nota = case_registered.folder / "nota.txt"
    nota.write_text(NOTICE, encoding="utf-8")
    answers = QUESTIONS | {"How long it runs": "", "Take this over": "", "Register it?": "n"}
    with a_terminal(case_registered, "new", "--from", str(nota)) as terminal:
        terminal.answers(answers)
        assert terminal.ends() == 0

    file = case_registered.folder / "N-2.toml"
    (written,) = tomllib.loads(file.read_text(encoding="utf-8"))["agreement"]
    assert (written["term"]["length"], written["term"]["notice"]) == ("P3Y", "P3M")


def test_what_a_text_says_in_two_ways_is_told_with_whether_it_is_asked(
    case_registered: Operator,
) -> None:
    """Of the day of a consultation, too, it said that it was asked."""
    nota = case_registered.folder / "nota.txt"
    nota.write_text(TWO_WAYS, encoding="utf-8")
    with a_terminal(case_registered, "new", "--from", str(nota), columns=200) as terminal:
        terminal.shows("? the length of the term: the text says 4 years, 3 years; it is asked.")
        terminal.shows(
            "? the date of the bestuurlijk overleg: the text says Wednesday 3 April 2024,"
        )
        terminal.shows("; none of it is taken over. Write in the file which it is.")
        terminal.asks("The reference")


@pytest.mark.parametrize(
    "term",
    [
        "De overeenkomst wordt aangegaan voor onbepaalde tijd.",
        "De overeenkomst wordt stilzwijgend verlengd met een jaar.",
    ],
)
def test_a_notice_period_in_two_ways_is_asked_of_a_term_that_goes_on(
    case_registered: Operator, term: str
) -> None:
    """It said to write it in the file, and asked for it after that."""
    nota = case_registered.folder / "nota.txt"
    notice = "De opzegtermijn bedraagt drie maanden. De opzegtermijn is zes maanden."
    nota.write_text(f"Voorstel\n{term}\n{notice}\n", encoding="utf-8")
    with a_terminal(case_registered, "new", "--from", str(nota), columns=200) as terminal:
        terminal.shows(
            "? the notice period of the term: the text says 3 months, 6 months; it is asked.\n"
        )


def test_of_a_pdf_the_page_of_each_quote_is_told(case_registered: Operator) -> None:
    file = case_registered.folder / "nota.pdf"
    file.write_bytes(a_pdf(["Voorstel", "De overeenkomst heeft een looptijd van vier jaar."]))
    with a_terminal(case_registered, "new", "--from", str(file)) as terminal:
        terminal.shows("· the length of the term: 4 years\n")
        terminal.shows("“looptijd van vier jaar” (page 2, stated)\n")


def test_a_file_in_which_something_is_wrong_is_told_how_to_be_mended_and_registered(
    case_registered: Operator,
) -> None:
    """It said that nothing was written, below the line that it was."""
    with a_terminal(case_registered, "new", columns=200) as terminal:
        terminal.answers(QUESTIONS | {"How long it runs": "1-6-2027"})
        terminal.shows(
            "\nN-2.toml is written.\n"
            "N-2.toml:8: term: the last day Tuesday 1 June 2027 lies before the start Saturday 1"
            " January 2028. Correct the start or the end.\n"
            "looptijd: Mend the file, and register it with: looptijd import N-2.toml\n"
        )
        assert terminal.ends() == 2
    assert case_registered.runs("show", "N-2").code == 4


def test_each_part_of_what_was_read_may_be_answered_otherwise_or_left_open(
    case_registered: Operator,
) -> None:
    nota = case_registered.folder / "nota.txt"
    nota.write_text(OPEN_ENDED, encoding="utf-8")
    answers = {
        "The reference": "N-2",
        "The title": "Convenant",
        "A short title": "",
        "What it is for": "",
        "Are these the parties? [Y/n]": "n",
        "Our own party (Enter: Gemeente Maastricht)": "",
        "Another party": "Gemeente Beek",
        "Another party (Enter: no more)": "",
        "Which office": "sociaal-domein",
        "Who keeps the file": "",
        "or open-ended (Enter: open-ended)": "",
        "When it starts": "1-1-2028",
        "The notice period": "",
        "What we pay": "1.000",
        "“1.000” is not clear. It may mean: 1000.00, 1.00. Write which.": "1000,00",
        "As what": "",
        "How often": "",
        "From which budget": "",
        "Which other office": "",
        "What else a party": "verslag",
        "By which party": "",
        "When first: a date, or a period after the start (Enter: leave it open)": "",
        "How often: a period": "",
        "What else a party has": "",
        "Register it?": "n",
    }
    with a_terminal(case_registered, "new", "--from", str(nota), columns=200) as terminal:
        terminal.answers(answers)
        assert terminal.ends() == 0

    (written,) = tomllib.loads((case_registered.folder / "N-2.toml").read_text())["agreement"]
    assert written["term"] == {"open_ended": True, "start": date(2028, 1, 1)}
    assert [party["name"] for party in written["party"]] == ["Gemeente Maastricht", "Gemeente Beek"]
    assert written["contribution"] == {"kind": "contribution", "amount": "1000.00"}
    assert written["obligation"] == [{"key": "verslag", "what": "verslag"}]

"""What the program prints it also takes: words of both languages, and a part of a title."""

import json
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.acceptance.commands import LOGIN, REF, Operator
from workflow.cli.commands.mail import CAUSES
from workflow.mail.catch_up import CATCH_UP
from workflow.mail.overviews import SUMMARY

SHEET = (
    "kenmerk;titel;functie;looptijd;ingangsdatum;verlenging;bijdrage;bijdrage per;"
    "partij 1;partij 1 sleutel;partij 1 eigen\n"
    "{ref};Convenant;sociaal-domein;3 jaar;5 januari 2031;besluit;{amount};1 jaar;"
    "Gemeente Maastricht;maastricht;ja\n"
)


def test_what_is_recorded_may_be_typed_as_people_say_it(case_decided: Operator) -> None:
    case_decided.does(
        *("do", "so-2017-0042", "tekenen", "partij=Gemeente Maastricht", "op=2-10-2017"),
        "ondertekenaar=burgemeester",
    )

    last = case_decided.reads("history", REF)[-1]
    assert (last["action"], last["on"]) == ("sign", "2017-10-02")
    assert {change["field"]: change["new"] for change in last["changes"]} == {
        "party.maastricht.signed_on": "2017-10-02",
        "party.maastricht.signatory": "burgemeester",
    }


def test_an_amount_and_a_period_may_be_typed_in_dutch(case_signed: Operator) -> None:
    case_signed.does("do", REF, "betalen", "termijn=1", "op=12-10-2017", "bedrag=€ 1.000,50")
    case_signed.does(
        *("do", "LANG-1", "wijzigen", "term.length=61 jaar", "--reason", "een verschrijving")
    )

    paid = case_signed.reads("show", REF)["instalments"][0]
    assert (paid["paid_on"], paid["paid_amount"]) == ("2017-10-12", "1000.50")
    assert case_signed.reads("show", "LANG-1")["term"]["length"] == "P61Y"


def test_a_fact_may_be_named_as_it_is_printed(case_signed: Operator) -> None:
    case_signed.does(
        *("do", REF, "wijzigen", "bijdrage.bedrag=€ 1.200,00", "termijn.3.boekjaar=2021"),
        *("partij.Gemeente Beesel.ondertekenaar=de burgemeester", "--reason", "afgesproken"),
    )

    written = case_signed.reads("history", REF)[-1]["changes"]
    changed = {change["field"]: change["new"] for change in written}
    assert changed["contribution.amount"] == "1200.00"
    assert changed["instalment.3.fiscal_year"] == "2021"
    assert changed["party.beesel.signatory"] == "de burgemeester"
    assert "the amount of the contribution: € 1,000.00 → € 1,200.00" in case_signed.does(
        "history", REF
    )


def test_a_fact_with_two_readings_or_named_twice_is_refused(case_signed: Operator) -> None:
    before = case_signed.reads("history", REF)
    amend = ("--lang", "nl", "do", REF, "amend", "--reason", "x")

    assert case_signed.runs(*amend, "looptijd.einde=1-1-2022").problems == [
        (
            "looptijd: “looptijd.einde” is niet duidelijk. Het kan betekenen: looptijd.laatste-dag,"
            " looptijd.eerste-dag-na-het-einde. Schrijf welke u bedoelt."
        )
    ]
    assert case_signed.runs(*amend, "looptijd.lengte=4 jaar", "term.length=P5Y").problems == [
        "looptijd: “looptijd.lengte” is meer dan één keer opgegeven."
    ]
    assert case_signed.runs(*amend, "bijdrage.bedrag=veel").problems == [
        (
            "looptijd: bijdrage.bedrag: “veel” is niet toegestaan."
            " Schrijf een bedrag, zoals 1.000,00 of 1000.00."
        )
    ]
    assert case_signed.reads("history", REF) == before


def test_an_amount_with_two_readings_is_refused_and_nothing_written(case_signed: Operator) -> None:
    before = case_signed.reads("history", REF)
    ran = case_signed.runs("do", REF, "pay", "instalment=1", "amount=1.000")

    sentence = "looptijd: amount: “1.000” is not accepted. It may mean: 1000.00, 1.00. Write which."
    assert (ran.code, ran.problems) == (2, [sentence])
    assert case_signed.reads("history", REF) == before


def test_a_key_given_under_two_names_is_refused(case_signed: Operator) -> None:
    ran = case_signed.runs("do", REF, "pay", "instalment=1", "op=2017-10-12", "on=2017-10-13")
    assert (ran.code, ran.problems) == (2, ["looptijd: “on” is given more than once."])


def test_a_file_is_read_as_people_write_it(case_registered: Operator) -> None:
    sheet = case_registered.folder / "nieuw.csv"
    sheet.write_text(SHEET.format(ref="N-1", amount="€ 1.000,00"), encoding="utf-8")
    case_registered.does("import", sheet)
    shown = case_registered.reads("show", "N-1")
    assert shown["term"]["last_day"] == "2034-01-04"
    assert shown["contribution"]["amount"] == "1000.00"

    sheet.write_text(SHEET.format(ref="N-2", amount="1.000"), encoding="utf-8")
    ran = case_registered.runs("import", sheet)
    sentence = "“1.000” is not accepted. It may mean: 1000.00, 1.00. Write which."
    assert (ran.code, ran.problems) == (2, [f"{sheet}:2: column G (bijdrage): {sentence}"])


@pytest.mark.parametrize(
    "words, expected",
    [
        (("list", "--stage", "in-werking"), ["LANG-1"]),
        (("list", "--stage", "Actief"), ["LANG-1"]),
        (("list", "--stage", "zonder besluit"), [REF]),
        (("list", "--stage", "expired"), []),
        (("list", "--stage", "ended (lapsed without a decision)"), [REF]),
        (("list", "--stage", "geëindigd (vervallen zonder besluit)"), [REF]),
        (("list", "--stage", "geëindigd (verlopen)"), []),
        (("list", "--office", "Portefeuille Grondzaken"), ["LANG-1"]),
        (("list", "--party", "beesel"), [REF]),
        (("list", "--search", "ERFPACHT"), ["LANG-1"]),
        (("list", "--search", "so 2017 00"), [REF]),
        (("list", "--search", "20-17"), []),
        (("list", "--ends-before", "12 oktober 2020"), [REF]),
        (("list", "--ends-before", "11-10-2020"), []),
        (("list", "--sort", "laatste-dag"), [REF, "LANG-1"]),
        (("list",), ["LANG-1", REF]),
    ],
    ids=str,
)
def test_a_list_may_be_asked_for_in_words(
    signed: Operator, words: tuple[str, ...], expected: list[str]
) -> None:
    assert [row["ref"] for row in signed.reads(*words)] == expected


@pytest.mark.parametrize(
    "words, told",
    [
        (("list", "--search", "tram"), "There is nothing to list."),
        (("deadlines", "--until", "2017-01-01"), "There is nothing to list."),
        (
            ("today", "--office", "bestuurssecretariaat", "--within", "2w"),
            "There is nothing to do through Tuesday 15 December 2026.",
        ),
    ],
    ids=str,
)
def test_where_there_is_nothing_that_is_told(
    signed: Operator, words: tuple[str, ...], told: str
) -> None:
    assert signed.at("2026-12-01T10:00:00+01:00").does(*words) == f"{told}\n"


@pytest.mark.parametrize("option", ["--search", "--party"])
def test_a_list_is_not_asked_for_nothing(signed: Operator, option: str) -> None:
    ran = signed.runs("list", option, " ")

    told = "“ ” is not accepted. Write one line of printable text, at most 300 characters."
    assert (ran.code, ran.problems) == (2, [f"looptijd: {option}: {told}"])


def test_history_tells_what_operators_know_and_not_what_the_engine_keeps(
    case_signed: Operator,
) -> None:
    case_signed.does("do", REF, "decide", "outcome=stop", "on=12-10-2020", "reference=C-12")

    written = case_signed.reads("history", REF)[-1]["changes"]
    assert [c["new"] for c in written if c["field"].endswith(".taken_for")] == ["1 P3Y"]
    told = case_signed.does("history", REF)
    assert "the reference of the decision on the continuation: C-12" in told
    assert "1 P3Y" not in told


def test_what_is_taken_back_is_told_with_who_recorded_it_and_when(case_signed: Operator) -> None:
    case_signed.at("2018-01-09T14:05:00+01:00").does(
        *("do", REF, "pay", "instalment=1", "on=2018-01-08", "--by", "team financiën")
    )

    later = case_signed.at("2018-01-12T09:00:00+01:00")
    told = later.does("do", REF, "undo", "--reason", "verkeerd", "--by", "griffier")
    assert (
        told.splitlines()[1] == f"  · recorded by {LOGIN} (--by team financiën), 2018-01-09 14:05"
    )


def test_a_period_may_be_written_in_words(signed: Operator) -> None:
    within = signed.reads("deadlines", "--within", "P60Y")
    assert within
    assert signed.reads("deadlines", "--within", "60 jaar") == within
    assert signed.reads("deadlines", "--within", "60y") == within


def test_why_tells_once_where_the_first_day_comes_from(signed: Operator) -> None:
    fixed = "    The start was fixed: Thursday 12 October 2017."
    ends = (
        "    Thursday 12 October 2017 plus 60 years, less one day, is Monday 11 October 2077:"
        " the last day (R1)."
    )
    of_all = [date.splitlines() for date in signed.does("why", "LANG-1").strip().split("\n\n")]
    _, evaluation, _, continuation, end = of_all
    assert (evaluation[1:3], continuation[1:-1]) == ([fixed, ends], [ends])
    assert end[0] == "the end of the term: Monday 11 October 2077 (to come)"  # as in every list
    assert end[1:-1] == [
        "    The term is over on Tuesday 12 October 2077, the day after its last day."
    ]

    alone = signed.does("why", "LANG-1", "continuation").splitlines()
    assert [fixed in alone, ends in alone] == [True, True]


def test_why_names_no_option_for_a_rule_that_has_no_date(signed: Operator) -> None:
    for more in ((), ("--all",)):
        assert signed.does("why", "LANG-1", "renewal", *more) == "There is nothing to list.\n"


MEMBERSHIP = {
    "ref": "OPEN-1",
    "title": "Lidmaatschap",
    "office": "grondzaken",
    "term": {"open_ended": True, "start": "2017-01-15", "minimum": "P60Y", "notice": "P3M"},
    "party": [{"key": "m", "name": "Gemeente", "own": True, "signed_on": "2017-01-10"}],
    "decision": [{"on": "2017-01-10", "outcome": "as_proposed"}],
}


def test_why_tells_of_what_has_no_end_on_which_day_it_can_end_first(case_signed: Operator) -> None:
    (case_signed.folder / "open.jsonl").write_text(json.dumps(MEMBERSHIP), encoding="utf-8")
    case_signed.does("import", "--history", "open.jsonl")
    assert case_signed.does("why", "OPEN-1").strip().split("\n\n")[-1].splitlines() == [
        "the first day on which it can end: Thursday 14 January 2077",
        "  1. The start was fixed: Sunday 15 January 2017.",
        (
            "  2. Sunday 15 January 2017 plus 60 years, less one day, is Thursday 14 January 2077:"
            " the last day (R1)."
        ),
        "  3. 3 months before Thursday 14 January 2077 is Wednesday 14 October 2076 (R2).",
        "  4. One day earlier is Tuesday 13 October 2076; of the two readings the earlier is kept.",
    ]


def test_what_another_policy_changes_is_told_in_words(signed: Operator) -> None:
    nine = {"LOOPTIJD_ALERTS__PAYMENT_BEFORE": '["P9W", "P4W", "P0D"]'}
    told = replace(signed, environment=nine).does("policy", "diff").strip().split("\n\n")
    assert told[:3] == [
        (
            "Settings that differ\n  – payment: 8 weeks before, 4 weeks before, on the day →"
            " 9 weeks before, 4 weeks before, on the day"
        ),
        "New (2)\n  – payment, 9 weeks before: of 1 (LANG-1)",
        "Gone (2)\n  – payment, 8 weeks before: of 1 (LANG-1)",
    ]


@pytest.mark.parametrize(
    "words, subjects",
    [
        ("eindevaluatie", {("evaluation", "final")}),
        ("einde", {("expiry", "term")}),
        ("payment", {("payment", "1"), ("payment", "2")}),
        ("termijn-2", {("payment", "2")}),
    ],
)
def test_why_may_be_asked_in_words(
    signed: Operator, words: str, subjects: set[tuple[str, str]]
) -> None:
    found = signed.reads("why", "LANG-1", words)
    assert {(row["rule"], row["about"]) for row in found} == subjects


@pytest.mark.parametrize("text", ["lang-1", "LANG", "erfpacht", "2077"])
def test_a_part_that_one_agreement_has_is_enough(signed: Operator, text: str) -> None:
    assert signed.reads("show", text)["ref"] == "LANG-1"


def test_a_number_that_breaks_off_is_no_part_of_another(case_decided: Operator) -> None:
    for part in ("SO-2017-004", "2017-00", "SO-201"):
        assert case_decided.runs("show", part).problems == [
            f"looptijd: There is no agreement “{part}”. Did you mean SO-2017-0042?"
        ]
    for part in ("42", "0042", "2017-0042", "so-2017", "leid", "SO"):
        assert case_decided.reads("show", part)["ref"] == REF


def test_what_is_done_to_a_part_of_a_title_says_to_which_agreement(case_decided: Operator) -> None:
    ran = case_decided.runs("do", "leiden", "note", "text=gebeld")
    assert (ran.code, ran.problems) == (0, [f"{REF}  Verbindend Leiden"])
    assert case_decided.runs("do", REF.lower(), "note", "text=gebeld").problems == []


def test_a_part_that_several_have_names_the_candidates(case_registered: Operator) -> None:
    sheet = Path(case_registered.folder / "nieuw.csv")
    sheet.write_text(SHEET.format(ref="LANG-2", amount="1,00"), encoding="utf-8")
    case_registered.does("import", sheet)

    assert case_registered.reads("show", "lang-1")["ref"] == "LANG-1"
    ran = case_registered.runs("show", "lang")
    assert (ran.code, ran.problems) == (
        4,
        [
            "looptijd: “lang” is a part of several agreements; write more of one of them.",
            "looptijd: LANG-1  Erfpacht tot 2077",
            "looptijd: LANG-2  Convenant",
        ],
    )
    assert case_registered.runs("show", "lange").problems == [
        "looptijd: There is no agreement “lange”. See: looptijd list"
    ]


def test_what_is_watched_stands_in_the_order_of_its_next_alerts(signed: Operator) -> None:
    printed = signed.does("show", "LANG-1").partition("What is watched")[2]
    alerts = re.findall(r"(\d{4}-\d\d-\d\d) \(", printed)

    assert len(alerts) > 3
    assert alerts == sorted(alerts)


def test_the_worklist_is_told_to_people_and_to_programs(case_signed: Operator) -> None:
    rows = case_signed.reads("today", "--within", "90 dagen")
    lapsed = next(row for row in rows if row["rule"] == "continuation")
    assert list(lapsed) == [
        *("ref", "title", "rule", "about", "what", "state", "on", "days"),
        *("amount", "currency", "amount_certain", "office", "next_on", "by_itself", "command"),
        *("college_on", "papers_by"),
    ]
    assert (lapsed["ref"], lapsed["state"], lapsed["on"]) == (REF, "late", "2020-10-11")
    assert lapsed["command"] == f"looptijd do {REF} decide outcome=…"

    paper = case_signed.does("today")
    assert f"looptijd do {REF} decide outcome=…" in paper
    assert "2020-10-11" in paper
    assert case_signed.does("--lang", "nl", "today").splitlines()[0].startswith("Te laat (")
    assert case_signed.reads("today", "--office", "Portefeuille Grondzaken") == []


def test_a_fact_that_is_asked_for_is_named_as_a_dutch_reader_types_it(
    case_signed: Operator,
) -> None:
    lacking = running(1) | {
        "ref": "L-1",
        "term": {"length": "P50Y", "start": "2025-02-15"},
        "contribution": {"amount": "10.00", "every": "P1Y"},
    }
    (case_signed.folder / "lacking.jsonl").write_text(json.dumps(lacking), encoding="utf-8")
    case_signed.does("import", "--history", "lacking.jsonl")

    paper = case_signed.does("--lang", "nl", "today", "--all")
    assert "looptijd do L-1 wijzigen bijdrage.ontvanger=…" in paper
    assert "contribution." not in paper
    possible = case_signed.does("--lang", "nl", "do", "L-1")
    assert "looptijd.lengte=… correctie=…" in possible


def test_the_worklist_of_three_hundred_agreements_fits_a_screen(case_signed: Operator) -> None:
    many = case_signed.folder / "many.jsonl"
    many.write_text("\n".join(map(json.dumps, map(running, range(300)))), encoding="utf-8")
    case_signed.does("import", "--history", many)

    lines = case_signed.does("today").splitlines()
    assert len(lines) <= 24
    assert lines[0].startswith("Too late (")
    assert lines[-1].startswith("and ")
    shown = sum(line.startswith("  20") for line in lines)
    assert lines[-1] == f"and {len(case_signed.reads('today')) - shown} more: looptijd today --all"
    chosen = ("today", "--office", "grondzaken", "--within", "6 maanden")
    last = case_signed.does(*chosen).splitlines()[-1]
    assert last.endswith(" more: looptijd today --office grondzaken --within '6 maanden' --all")
    assert len(case_signed.does("today", "--all").splitlines()) > 600


def running(number: int) -> dict[str, object]:
    """Return an agreement that runs already and pays each year."""
    return {
        "ref": f"M-{number:03}",
        "title": f"Overeenkomst {number}",
        "office": "grondzaken",
        "stage": "active",
        "term": {"length": "P3Y", "start": f"202{4 + number % 3}-{1 + number % 11:02}-15"},
        "party": [{"key": "m", "name": "Gemeente", "own": True, "signed_on": "2023-12-01"}],
        "decision": [{"on": "2023-11-01", "outcome": "as_proposed"}],
        "contribution": {"amount": "10.00", "every": "P1Y", "payee": "Beesel"},
    }


def test_what_the_term_before_left_open_is_shown_until_it_is_recorded(
    case_signed: Operator,
) -> None:
    """A year from 2020 was renewed tacitly by fifty; its report was due a month before its end."""
    term = {"length": "P1Y", "start": "2020-01-01", "renewal": "tacit", "notice": "P3M"}
    report = {"key": "verslag", "what": "eindverslag", "before_end": "P1M"}
    owing = running(1) | {"ref": "O-2", "obligation": [report]}
    owing["term"] = term | {"renewal_length": "P50Y"}
    (case_signed.folder / "owing.jsonl").write_text(json.dumps(owing), encoding="utf-8")
    case_signed.does("import", "--history", "owing.jsonl")

    assert "\n× 2020-11-30 passed  Gemeente  eindverslag\n" in case_signed.does("show", "O-2")
    case_signed.does("do", "O-2", "fulfil", "obligation=verslag", "number=1", "on=2021-01-15")
    shown = case_signed.does("show", "O-2")
    assert "passed" not in shown
    assert "  ✓ 1 done\n" in shown
    assert "  2070-11-30  Gemeente  eindverslag\n" in shown


def test_what_the_term_before_left_open_hides_nothing_that_is_owed_next(
    case_signed: Operator,
) -> None:
    term = {"length": "P1Y", "start": "2020-01-01", "renewal": "tacit", "notice": "P3M"}
    meeting = {"key": "overleg", "what": "overleg", "before_end": "P5M", "every": "P1M"}
    owing = running(1) | {"ref": "O-2", "obligation": [meeting]}
    owing["term"] = term | {"renewal_length": "P50Y"}
    (case_signed.folder / "owing.jsonl").write_text(json.dumps(owing), encoding="utf-8")
    case_signed.does("import", "--history", "owing.jsonl")

    shown = case_signed.does("show", "O-2")
    assert shown.count(" passed  Gemeente  overleg (nr. ") == 5  # of six, from 31 July 2020 on
    assert "\n  2070-07-31         Gemeente  overleg (nr. 101)\n" in shown


def test_what_is_owed_is_printed_by_its_words_and_never_by_its_key(case_signed: Operator) -> None:
    owing = running(1) | {
        "ref": "O-1",
        "obligation": [
            {"key": "overleg", "what": "contactoverleg", "on": "2026-01-05", "every": "P1M"},
            {"key": "polis", "what": "polis", "on": "2026-01-05", "by": "m"},
        ],
    }
    (case_signed.folder / "owing.jsonl").write_text(json.dumps(owing), encoding="utf-8")
    case_signed.does("import", "--history", "owing.jsonl")
    case_signed.does("do", "O-1", "amend", "obligation.polis.on=2026-01-06", "--reason", "x")
    case_signed.does("tick")

    for command in ("history", "deadlines", "show", "mail list"):
        printed = case_signed.does("--lang", "nl", *command.split(), "O-1")
        assert "overleg.1" not in printed
        assert "obligation" not in printed, command
    assert "overgeslagen: polis, 2 weken erna" in case_signed.does("--lang", "nl", "history", "O-1")
    superseded = case_signed.reads("history", "O-1")[-1]["superseded"]
    assert "obligation:polis:2026-01-06:+P2W" in superseded


def test_a_mail_to_an_office_is_listed_by_what_it_is_about(case_registered: Operator) -> None:
    taken = ("--to", "A. Claessen", "--email", "claessen@maastricht.example")
    case_registered.does("office", "handover", "sociaal-domein", *taken)
    listed = case_registered.does("mail", "list")
    assert "a handover" in listed
    assert "handover:" not in listed
    assert {"handover", "digest", SUMMARY, CATCH_UP} <= CAUSES.keys()


def test_what_is_unknown_is_said_once_and_what_is_open_since_the_decision_is_not_to_come(
    decided_that_day: Operator,
) -> None:
    later = decided_that_day.at("2017-10-02T09:00:00+02:00")
    assert later.does("why", REF, "payment").splitlines()[1] == "termijn 1: onbekend"
    assert later.does("do", REF).splitlines()[1:3] == [
        "Wat nu wordt gevraagd voor SO-2017-0042",
        "  › zorg voor de ontbrekende handtekeningen (sinds dinsdag 26 september 2017)",
    ]

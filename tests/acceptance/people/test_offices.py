"""The commands that hand an office over and that erase a person, as an operator meets them."""

import sqlite3
from contextlib import closing

from msgspec.structs import replace

from tests.acceptance.commands import REF, Operator
from tests.acceptance.documents import EVENT, OFFICE, faults, nothing

OFFICE_FILE = """
[[office]]
key = "onderwijs"
name = "{name}"
[[office.holder]]
name = "wethouder Dols"
email = "dols@maastricht.example"
from = 2026-01-01
"""
TO = ("--to", "wethouder Claessen", "--email", "claessen@maastricht.example")


def test_an_office_is_handed_over_and_one_mail_tells_the_new_holder(
    case_registered: Operator,
) -> None:
    row = case_registered.reads("office", "handover", "sociaal-domein", *TO)
    assert faults(row, OFFICE) == {}
    assert (row["key"], row["holder"]) == ("sociaal-domein", "wethouder Claessen")
    case_registered.does("tick")
    (mail,) = case_registered.reads("mail", "list")
    assert (mail["ref"], mail["rule"], mail["status"]) == (None, "handover", "accepted")
    assert mail["to"] == "claessen@maastricht.example"
    shown = case_registered.does("mail", "show", mail["id"])
    assert ("claessen@maastricht.example" in shown, "\N{REPLACEMENT CHARACTER}" in shown) == (
        True,
        False,
    )
    events = case_registered.reads("office", "history", "sociaal-domein")
    shape = {**EVENT, "to": nothing}
    assert [faults(event, shape) for event in events] == [{}, {}]
    assert [event["action"] for event in events] == ["office", "handover"]
    printed = case_registered.does("office", "history", "sociaal-domein")
    assert "opvolger van wethouder Gerats" in printed
    assert case_registered.reads("verify")["ok"]


def test_an_office_is_handed_over_by_its_name_and_the_answer_tells_what_follows(
    case_registered: Operator,
) -> None:
    given = ("office", "handover", "portefeuille grondzaken", *TO)
    first, *others = case_registered.does(*given).splitlines()
    assert first.startswith("wethouder Claessen holds the office “grondzaken” from ")
    assert others[0].startswith("Before: wethouder, through ")
    assert others[1:] == [
        "One mail to claessen@maastricht.example tells what is open, as soon as the daemon looks."
    ]
    on_a_sunday = ("office", "handover", "sociaal-domein", *TO, "--from", "2090-01-01")
    told = case_registered.does(*on_a_sunday)
    assert "“sociaal-domein” from Sunday 1 January 2090." in told
    assert "tells what is open, on Monday 2 January 2090." in told
    assert case_registered.reads("office", "history", "grondzaken")[-1]["action"] == "handover"


def test_a_name_and_an_address_are_told_as_they_are_kept(case_registered: Operator) -> None:
    spaced = ("--to", " wethouder Claessen ", "--email", " claessen@maastricht.example ")
    first, *_, last = case_registered.does("office", "handover", "grondzaken", *spaced).splitlines()
    assert first.startswith("wethouder Claessen holds the office “grondzaken” from ")
    assert last.startswith("One mail to claessen@maastricht.example tells")


def test_the_history_of_an_office_tells_no_name_that_stayed_as_a_change(
    case_registered: Operator,
) -> None:
    before = OFFICE_FILE.format(name="Onderwijs")
    for text in (before, before.replace("Onderwijs", "Onderwijs en jeugd")):
        (case_registered.folder / "office.toml").write_text(text)
        case_registered.does("import", "office.toml")
    *_, last = case_registered.does("office", "history", "onderwijs").split(
        "the office was imported"
    )
    assert [line.strip() for line in last.splitlines()[1:]] == [
        "· name: Onderwijs → Onderwijs en jeugd"
    ]


def test_the_history_of_an_office_and_of_the_register_is_told_in_words(
    case_registered: Operator,
) -> None:
    case_registered.does("office", "handover", "grondzaken", *TO, "--from", "2090-01-02")
    told = case_registered.does("--lang", "nl", "office", "history", "grondzaken")
    assert "de functie is overgedragen" in told
    assert "houder 2 (vanaf): maandag 2 januari 2090" in told
    assert "naam: Portefeuille Grondzaken" in told
    assert "holder" not in told
    own = case_registered.does("--lang", "nl", "history")
    assert "het register is gemaakt" in own
    assert "; met --json ziet u het geheel" in own
    assert "uid" not in own
    assert "alert_time" not in own


def test_a_handover_that_cannot_be_is_refused_in_a_sentence(case_registered: Operator) -> None:
    for code, words, arguments in (
        (4, "There is no office “sociaal”. Did you mean “sociaal-domein”?", ("sociaal", *TO)),
        (2, "--to: “” is not accepted.", ("sociaal-domein", "--to", "", "--email", "a@b.example")),
        (
            2,
            "--from: “ooit” is not accepted.",
            ("sociaal-domein", *TO, "--from", "ooit"),
        ),
        (3, "has a holder from ", ("sociaal-domein", *TO, "--from", "2018-06-01")),
    ):
        ran = case_registered.runs("office", "handover", *arguments)
        assert (ran.code, ran.out) == (code, ""), ran
        assert words in ran.problems[0]
    refused = case_registered.runs("office", "handover", "sociaal", *TO, "--json")
    assert (refused.code, sorted(refused.json())) == (4, ["error", "objections"])


def test_a_person_is_erased_and_every_command_says_so(case_signed: Operator) -> None:
    case_signed.does("tick")
    name, address = "dossierhouder Verbindend Leiden", "dossierhouder@maastricht.example"
    case_signed.does("do", REF, "note", f"text=gebeld met {name}", "--by", "griffier")
    again = case_signed.runs("erase", address, "--reason", f"{address} is weg")
    assert (again.code, len(again.problems)) == (2, 1)

    done = case_signed.reads("erase", address, "--reason", "uit dienst", "--by", "griffier")
    assert (done["streams"], done["values"], done["waiting"], done["rewritten"]) == (1, 3, 0, True)
    assert done["mails"] > 0
    for file in case_signed.folder.glob("looptijd.db*"):
        content = file.read_bytes()
        assert name.encode() not in content, file
        assert address.encode() not in content, file
    assert case_signed.reads("show", REF)["case_owner"] == {"name": "(erased)", "email": "(erased)"}
    assert "(erased)" in case_signed.does("show", REF)
    told = " ".join(case_signed.does("history", REF).split())
    assert "erased: the name of the case owner, the e-mail address of the case owner" in told
    assert "(gewist)" in case_signed.does("--lang", "nl", "history", REF)
    assert "(erased)" in [mail["to"] for mail in case_signed.reads("mail", "list")]
    assert case_signed.reads("verify")["ok"]
    case_signed.reads("simulate", "--until", "2077-10-12")
    assert "(erased))" in case_signed.does("do", REF, "undo", "event=10", "--reason", "te vroeg")

    unknown = case_signed.runs("erase", address, "--reason", "uit dienst")
    assert (unknown.code, unknown.out) == (4, "")
    assert unknown.problems == ["looptijd: Nothing is kept under this name or address."]


def test_what_an_erasure_could_not_do_is_told_with_what_to_do(case_signed: Operator) -> None:
    case_signed.does("tick")
    address, database = "wethouder@maastricht.example", case_signed.folder / "looptijd.db"
    (state,) = case_signed.folder.glob("looptijd-*-acceptance.json")
    state.with_name(state.name.replace("-acceptance.json", ".erased")).symlink_to("elsewhere")
    in_doubt = "UPDATE message SET status = 'unknown', doubts = 1, in_doubt = 1 WHERE address = ?"
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        assert reader.execute(in_doubt, [address]).rowcount == 1
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM event").fetchone()
        hurried = replace(case_signed, environment={"LOOPTIJD_TEST_BUSY_SECONDS": "0.1"})
        told = hurried.does("erase", address, "--reason", "uit dienst").splitlines()
    assert told[0] == "Erased. Values: 2; histories they stood in: 1; mails: 1."
    assert told[2:] == [
        (
            "Mails under way or in doubt, which stay as they are for now: 1. Run this command again"
            " later; looptijd mail cancel ends one that stays unknown."
        ),
        (
            "The state folder could not be written: when a backup is put back, erase this person"
            " again."
        ),
        (
            "The file of the database could not be written anew, for it is in use or its disk is"
            " full, so it may still hold what was erased. Run looptijd erase again when it is quiet"
            " and there is room."
        ),
    ]


def test_what_is_erased_of_an_office_and_of_the_register_is_told_by_its_name(
    case_signed: Operator,
) -> None:
    """Of the register it was the actor, of an agreement the author."""
    person = "wethouder@maastricht.example"
    later = {"SUDO_USER": person, "LOOPTIJD_CALENDAR__ALERT_TIME": "09:00"}
    replace(case_signed, environment=later).does("policy", "adopt")
    case_signed.does("erase", person, "--reason", "uit dienst")
    told = case_signed.does("office", "history", "grondzaken")
    assert "· erased: holder 1 (name), holder 1 (address)\n" in told
    assert "· erased: the author of event 2\n" in case_signed.does("history")
    assert "· gewist: de auteur van gebeurtenis 2\n" in case_signed.does("--lang", "nl", "history")


def test_an_office_without_a_holder_is_listed_with_who_is_reached_and_through_which(
    case_registered: Operator,
) -> None:
    office = NOBODY + 'fallback = "financien"\n'
    (case_registered.folder / "nobody.toml").write_text(office, encoding="utf-8")
    case_registered.does("import", "nobody.toml")
    listed = [line.split("  ") for line in case_registered.does("office", "list").splitlines()]
    assert [row[-1].strip() for row in listed if row[0] == "grondzaken"] == [
        "team financiën (financien)"
    ]


NOBODY = """
[[office]]
key = "grondzaken"
name = "Portefeuille Grondzaken"
"""


def test_a_tick_or_a_simulation_prints_no_log_of_mail_that_waits(case_signed: Operator) -> None:
    (case_signed.folder / "nobody.toml").write_text(NOBODY, encoding="utf-8")
    case_signed.does("import", "nobody.toml")
    ran = case_signed.runs("simulate", "LANG-1", "--until", "2077-10-12")
    assert (ran.code, ran.err) == (0, "")
    assert "instalment 1, 8 weeks before" in ran.out
    assert "✉" not in ran.out

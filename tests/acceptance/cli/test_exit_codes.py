"""Each situation in docs/reference/interface.md has its exit code, and one line per problem."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.acceptance.commands import CASE, REF, Operator

NOWHERE = "postgresql+psycopg://looptijd@127.0.0.1:1/looptijd"
HANDED_OVER = ("--to", "Nieuw", "--email", "nieuw@maastricht.example")


def expect(operator: Operator, code: int, *cases: tuple[tuple[str, ...], str]) -> None:
    """Run each command: it must end with the code and say these words on one line."""
    for arguments, words in cases:
        ran = operator.runs(*arguments)
        assert ran.code == code, (arguments, ran)
        assert ran.out == "", arguments
        assert words in ran.problems[0], (arguments, ran.err)


def test_wrong_usage_and_wrong_input_are_exit_2(registered: Operator) -> None:
    decided = Operator(folder=registered.folder.with_name("decided"))
    expect(
        decided,
        2,
        (("do", REF, "teken"), "There is no action “teken”."),
        (("do", REF, "sign"), "party=… is missing."),
        (("do", REF, "sign", "party=beesel", "on=2099-01-01"), "lies in the future"),
        (("do", REF, "sign", "party=beesel", "on=2017-02-29"), "“2017-02-29” is not accepted."),
        (("do", REF, "pay", "instalment=9"), "there is no “9” here."),
        (("do", REF, "pay", "instalment="), "instalment: “” is not accepted."),
        (("do", REF, "pay", "instalment=1,2,1"), "“1” is given more than once."),
        (("do", REF, "pay", "instalment=2,1-3"), "“2” is given more than once."),
        (("do", REF, "pay", "instalment=3-1"), "there is no “3-1” here."),
        (("do", REF, "pay", "instalment=1-4"), "there is no “4” here."),
        (("report", "--output", "looptijd.toml/report"), "cannot be used: Not a directory."),
        (("do", REF, "amend", "title2=x", "--reason", "typefout"), "title2"),
        (("do", REF, "amend", "title=x"), "--reason"),
        (("do", REF, ""), "Name the action before its keys"),
        (("do", REF, "sign", "beesel"), "“beesel” is not key=value."),
        (
            ("simulate", REF, "--from", "2021-01-01", "--until", "2020-01-01"),
            "The last day, Wednesday 1 January 2020, is before the first, Friday 1 January 2021.",
        ),
        (("simulate", "--until", ""), "--until: “” is not accepted."),
        (("deadlines", "--until", "", "--within", "2w"), "Give --until or --within, not both."),
        (("office", "handover", "financien", *HANDED_OVER, "--from", ""), "--from: “” is not"),
        (("export", "--csv", "--output", ""), "'--output': Name a file or a folder. See:"),
        (("backup", ""), "'FILE': Name a file or a folder. See:"),
        (("simulate", "--until", "2099-01-01", "--mail-dir", ""), "'--mail-dir': Name a file"),
    )
    wrong = decided.runs("do", REF, "sign", "party=utrecht", "on=morgen", "kleur=rood")
    assert wrong.code == 2
    assert len(wrong.problems) == 3
    assert "there is no “utrecht” here. Accepted: maastricht, limburg" in wrong.err
    assert "“sign” has no key “kleur”. Accepted: party, on, signatory, capacity," in wrong.err


def test_a_usage_error_is_one_line_like_any_other(registered: Operator) -> None:
    ran = registered.runs("--lang", "nl", "lijst")
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.problems) == 1
    assert "list" in ran.err


def test_what_the_procedure_refuses_is_exit_3(case_decided: Operator) -> None:
    case_decided.does("do", REF, "sign", "party=maastricht", "on=2017-10-02")
    expect(
        case_decided,
        3,
        (("do", REF, "sign", "party=maastricht", "on=2017-10-03"), "already"),
        (("do", REF, "submit"), "not possible in the stage signing"),
        (("do", "LANG-1", "sign", "party=beesel"), "not possible in the stage draft"),
        (("do", "LANG-1", "acknowledge", "occurrence=x"), "Nothing has been alerted"),
    )


def test_the_stage_is_judged_before_keys_that_are_missing(registered: Operator) -> None:
    missing = registered.runs("do", REF, "decide")
    assert missing.code == 3
    assert len(missing.problems) == 1
    assert "submit" in missing.err
    refused = registered.runs("do", REF, "decide", "--json")
    assert refused.code == 3


def test_a_refusal_says_every_objection_and_what_is_possible_now(
    case_registered: Operator,
) -> None:
    case_registered.does("do", REF, "submit")
    case_registered.does("do", REF, "agree", "on=2017-07-05")
    ran = case_registered.runs(
        *("do", REF, "decide", "outcome=as_proposed", "on=2017-07-01", "point.2=rejected")
    )
    assert ran.code == 3
    assert "before the bestuurlijk overleg" in ran.err
    assert "Point 2" in ran.err
    assert "Possible now: decide, withdraw, amend, undo, note." in ran.err
    assert len(ran.problems) == 3
    assert len(case_registered.reads("history", REF)) == 3


def test_what_does_not_exist_is_exit_4(registered: Operator) -> None:
    expect(
        registered,
        4,
        (("show", "SO-2017-0043"), "Did you mean SO-2017-0042?"),
        (("list", "--office", "sport"), "There is no office “sport”."),
        (("mail", "show", "99"), "There is no mail 99."),
        (("mail", "list", "SO-1"), "There is no agreement “SO-1”."),
        (("simulate", "SO-1", "--until", "2099-01-01"), "There is no agreement “SO-1”."),
        (("history", ""), "There is no agreement “”."),
        (("today", "--office", ""), "There is no office “”."),
    )
    signed = Operator(folder=registered.folder.with_name("signed"))
    never = ("occurrence=payment:9:2017-10-12:P0D", "until=2017-10-12")
    expect(signed, 4, (("do", REF, "acknowledge", *never), "payment:9:2017-10-12:P0D"))


def test_a_check_that_finds_problems_is_exit_1(case_registered: Operator) -> None:
    path = case_registered.folder / "looptijd.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE agreement SET stage = 'active'")
    proof = case_registered.runs("verify", "--json")
    assert proof.code == 1
    assert proof.json()["ok"] is False
    assert {problem["ref"] for problem in proof.json()["problems"]} >= {REF}


def test_an_event_that_nobody_can_read_is_one_sentence_whoever_reads_it(
    case_signed: Operator,
) -> None:
    with closing(sqlite3.connect(case_signed.folder / "looptijd.db")) as database, database:
        database.execute("DROP TRIGGER event_is_never_updated")
        database.execute(
            "UPDATE event SET payload = '{}' WHERE stream = ? AND seq = 2", [f"agreement:{REF}"]
        )
    said = (
        "looptijd: An event in the ledger cannot be read. Somebody changed the database; what else"
        " differs: looptijd verify"
    )
    reading = (
        ("history", REF),
        ("simulate", REF, "--from", "2017-01-01", "--until", "2019-01-01"),
        ("export", REF, "--output", "dossier"),
        ("export", "--sqlite", "copy.db"),
    )
    for words in reading:
        ran = case_signed.runs(*words)
        assert (ran.code, ran.problems) == (1, [said]), words
    assert (REF, "an event cannot be read") in {
        (problem["ref"], problem["problem"])
        for problem in case_signed.reads_whatever_the_code("verify", "--json")["problems"]
    }


def test_a_database_of_two_schemas_is_told_by_init_in_a_sentence(case_registered: Operator) -> None:
    with closing(sqlite3.connect(case_registered.folder / "looptijd.db")) as database, database:
        database.execute("INSERT INTO alembic_version VALUES ('0001')")
    ran = case_registered.runs("init")
    assert ran.code == 1
    assert "Something went wrong inside looptijd: CommandError(" in ran.problems[0]


def test_a_test_mail_that_nobody_takes_is_exit_1_and_mail_that_waits_is_exit_0(
    case_decided: Operator,
) -> None:
    settings = (case_decided.folder / "looptijd.toml").read_text(encoding="utf-8")
    case_decided.configures(
        f'{settings}\n[mail]\ntransport = "smtp"\nhost = "127.0.0.1"\nport = 1\ntls = "none"\n'
    )
    refused = case_decided.runs("mail", "test", "beheer@maastricht.example")
    assert (refused.code, refused.out, len(refused.problems)) == (1, "", 1)
    assert case_decided.reads("tick")["mails"]["accepted"] == 0
    waiting = {row["status"] for row in case_decided.reads("mail", "list")}
    assert waiting <= {"queued", "retry", "cancelled"}


def test_a_database_that_is_busy_beyond_the_time_out_or_cannot_be_used_is_exit_5(
    made: Path, case_registered: Operator, tmp_path: Path
) -> None:
    database = case_registered.folder / "looptijd.db"
    with (
        closing(sqlite3.connect(database, isolation_level=None)) as lock,
        ExitStack() as stack,
    ):
        lock.execute("BEGIN IMMEDIATE")
        environment = {**case_registered.environment, "LOOPTIJD_TEST_BUSY_SECONDS": "0.5"}
        hurried = replace(case_registered, environment=environment)
        busy = stack.enter_context(hurried.starts("do", REF, "submit"))
        for operator, words in unusable(made / "registered" / "looptijd.db", tmp_path):
            expect(operator, 5, (("list",), words))
        out, err = busy.communicate(timeout=30)
        lock.execute("ROLLBACK")
    assert (busy.returncode, out, len(err.splitlines())) == (5, "", 1)
    assert len(case_registered.reads("history", REF)) == 1


def unusable(register: Path, folder: Path) -> Iterator[tuple[Operator, str]]:
    """Yield an operator for each kind of database that cannot be used, with what must be said."""
    empty = folder / "empty"
    empty.mkdir()
    yield Operator(folder=empty), "looptijd init"
    yield Operator(folder=empty, environment={"LOOPTIJD_DATABASE__URL": NOWHERE}), "127.0.0.1"
    newer = folder / "newer"
    newer.mkdir()
    (newer / "looptijd.db").write_bytes(register.read_bytes())
    with closing(sqlite3.connect(newer / "looptijd.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    yield Operator(folder=newer), "9999"
    (empty / "looptijd.db").write_text("dit is geen database", encoding="utf-8")
    yield Operator(folder=empty), "geen database"


def test_looking_where_no_register_is_makes_none(operator: Operator) -> None:
    assert operator.runs("list").code == 5
    assert [path.name for path in operator.folder.iterdir()] == []


def test_a_log_that_was_made_while_the_file_could_only_be_read_is_written_too(
    case_registered: Operator,
) -> None:
    """SQLite makes its log as its file is; whoever puts the file right knows of no log."""
    for log in ("looptijd.db-shm", "looptijd.db-wal"):
        (case_registered.folder / log).touch()
        (case_registered.folder / log).chmod(0o444)
    assert case_registered.without_privilege("do", REF, "submit").code == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes another's file")
def test_another_s_log_that_may_only_be_read_is_named(case_registered: Operator) -> None:
    log = case_registered.folder / "looptijd.db-shm"  # made while the file could only be read
    log.touch(0o444)
    log.chmod(0o444)
    os.chown(log, 65534, 65534)
    named = case_registered.without_privilege("do", REF, "submit")
    assert (named.code, named.out, len(named.problems)) == (5, "", 1)
    assert f"{log} cannot be opened: Permission denied" in named.err


def test_a_link_in_the_place_of_a_log_opens_nothing(case_registered: Operator) -> None:
    secret = case_registered.folder / "secret"
    secret.touch(0o600)
    secret.chmod(0)
    (case_registered.folder / "looptijd.db-shm").symlink_to(secret)
    assert case_registered.without_privilege("do", REF, "submit").code == 5
    assert secret.stat().st_mode & 0o777 == 0


def test_the_log_of_a_file_that_a_link_leads_to_follows_that_file(
    case_registered: Operator,
) -> None:
    link, disk = case_registered.folder / "looptijd.db", case_registered.folder / "disk"
    disk.mkdir()
    link.rename(disk / "real.db")
    link.symlink_to(disk / "real.db")
    (disk / "real.db-shm").touch(0o000)  # as root made it while the file was closed to all
    assert case_registered.without_privilege("do", REF, "submit").code == 0


def test_what_cannot_be_written_is_exit_5_and_leaves_nothing_half_written(
    case_registered: Operator,
) -> None:
    database = case_registered.folder / "looptijd.db"
    other = case_registered.folder / "other.toml"
    other.write_text(CASE.read_text(encoding="utf-8").replace(REF, "SO-2"), encoding="utf-8")
    full = case_registered.on_a_full_disk(8192, "import", other)
    assert (full.code, full.out, len(full.problems)) == (5, "", 1)
    database.chmod(0o444)
    closed = case_registered.without_privilege("do", REF, "submit")
    assert (closed.code, closed.out, len(closed.problems)) == (5, "", 1)
    assert f"{database} cannot be opened: Permission denied" in closed.err
    database.chmod(0o644)
    case_registered.does("list")  # takes its log away, which could only be read
    case_registered.folder.chmod(0o555)
    shut = case_registered.without_privilege("do", REF, "submit")
    case_registered.folder.chmod(0o755)
    assert (shut.code, shut.out, len(shut.problems)) == (5, "", 1)
    assert f"no file can be made in {case_registered.folder}: Permission denied" in shut.err
    proof = case_registered.reads("verify")
    assert (proof["ok"], proof["agreements"]) == (True, 2)
    assert len(case_registered.reads("history", REF)) == 1


def test_a_file_with_mistakes_is_exit_2_and_each_problem_has_its_line_and_its_remedy(
    case_registered: Operator,
) -> None:
    wrong = case_registered.folder / "wrong.toml"
    text = CASE.read_text(encoding="utf-8").replace(REF, "SO-2")
    for old, new in (
        ('amount = "1000.00"', 'amount = "duizend"'),
        ('length = "P3Y"', 'length = "drie"'),
        ("own = true", "owner = true"),
    ):
        text = text.replace(old, new, 1)
    wrong.write_text(text, encoding="utf-8")
    broken = case_registered.folder / "broken.toml"
    broken.write_text("dit is geen TOML", encoding="utf-8")
    ran = case_registered.runs("import", wrong, broken, "--json")
    assert ran.code == 2
    problems = {problem["key"]: problem for problem in ran.json()["problems"]}
    lines = text.splitlines()
    for key, words in (
        ("contribution.amount", 'amount = "duizend"'),
        ("term.length", 'length = "drie"'),
        ("party.maastricht.owner", "owner = true"),
    ):
        assert lines[problems[key]["line"] - 1] == words
        assert problems[key]["remedy"] != ""
    assert {Path(problem["file"]).name for problem in problems.values()} == {
        "wrong.toml",
        "broken.toml",
    }
    plain = case_registered.runs("import", wrong, broken)
    assert plain.code == 2
    assert len(plain.problems) >= len(problems)
    assert [row["ref"] for row in case_registered.reads("list")] == ["LANG-1", REF]


def test_a_cited_document_has_a_date_that_exists(case_registered: Operator) -> None:
    wrong = case_registered.folder / "wrong.toml"
    text = CASE.read_text(encoding="utf-8").replace(REF, "SO-2")
    wrong.write_text(text.replace('dated = "2017-06"', 'dated = "2017-02-30"'), encoding="utf-8")
    ran = case_registered.runs("import", wrong, "--json")
    assert ran.code == 2
    assert [problem["key"] for problem in ran.json()["problems"]] == ["document.2.dated"]


def test_a_ref_that_is_known_or_stands_twice_is_a_problem(case_registered: Operator) -> None:
    twice = case_registered.folder / "twice.toml"
    once = CASE.read_text(encoding="utf-8").replace(REF, "SO-2")
    begin = once.index("[[agreement]]")
    wrong = once[begin:].replace('"1000.00"', '"duizend"')
    twice.write_text(once + wrong, encoding="utf-8")
    ran = case_registered.runs("import", twice, "--json")
    assert ran.code == 2
    keys = [problem["key"] for problem in ran.json()["problems"]]
    assert sorted(keys) == ["contribution.amount", "ref"]
    changed = case_registered.folder / "changed.toml"
    changed.write_text(CASE.read_text(encoding="utf-8").replace('"P3Y"', '"P4Y"'), encoding="utf-8")
    again = case_registered.runs("import", changed)
    assert again.code == 2
    assert "amend" in again.err

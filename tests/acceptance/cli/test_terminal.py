"""Somebody at a real terminal: asked for what is missing, helped by Tab, never asked in a pipe."""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from tests.acceptance.commands import LOGIN, PATIENCE, REF, ROOT, Operator, sleeps, until
from tests.acceptance.processes import SCRIPTS, started, surroundings

CTRL_C = "\x03"
HELD_BEFORE = """
[[office]]
key = "kunst"
name = "Portefeuille Kunst"
[[office.holder]]
name = "de wethouder"
email = "{person}"
from = 2014-05-20
until = 2018-05-31
[[office.holder]]
name = "Anna"
email = "anna@maastricht.example"
from = 2018-06-01
"""
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(kw_only=True)
class Terminal:
    """A terminal of 80 columns in which a command runs."""

    process: "subprocess.Popen[bytes]"
    end: int
    before: str = ""
    shown: str = ""

    def shows(self, words: str) -> None:
        """Wait until these words stand on the screen; what follows them is looked at next."""
        limit = time.monotonic() + PATIENCE
        while words not in self.shown:
            assert time.monotonic() < limit, self.shown
            self._read()
        self.before, _, self.shown = self.shown.partition(words)

    def asks(self, words: str) -> None:
        """Wait until these words stand on the screen and the command waits for an answer.

        What interrupts it between the two would be noticed at the next key only.
        """
        self.shows(words)
        until(lambda: sleeps(self.process.pid))

    def types(self, words: str) -> None:
        os.write(self.end, words.encode())

    def answers(self, answers: Mapping[str, str]) -> None:
        """Answer each question as it comes."""
        for question, answer in answers.items():
            self.asks(question)
            self.types(f"{answer}\r")

    def ends(self) -> int:
        """Wait until the command ends; return its exit code."""
        limit = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < limit, self.shown
            self._read()
        self._read()
        return self.process.returncode

    def _read(self) -> None:
        if select.select([self.end], [], [], 0.1)[0]:
            try:
                text = os.read(self.end, 65536).decode(errors="replace")
            except OSError:  # the command has ended, and with it the terminal
                return
            self.shown += COLOUR.sub("", text).replace("\r\n", "\n")


@contextmanager
def a_terminal(operator: Operator, *words: str, columns: int = 80) -> Iterator[Terminal]:
    """Run a command in a terminal of its own, as a fork or as the real script."""
    chosen = {**surroundings(operator.folder, operator.environment), "COLUMNS": str(columns)}
    start = partial(started, "looptijd", *words, real=operator.real)
    with _on_a_terminal(start, cwd=operator.folder, env=chosen | {"TERM": "xterm"}) as terminal:
        yield terminal


@contextmanager
def a_shell(operator: Operator, *words: str) -> Iterator[Terminal]:
    """Run a shell in a terminal of its own, in which `looptijd` is a command."""
    chosen = surroundings(operator.folder, operator.environment)
    path = os.pathsep.join((str(SCRIPTS), chosen["PATH"]))
    chosen |= {"TERM": "dumb", "PS1": "> ", "PATH": path, "INPUTRC": os.devnull}
    start = partial(subprocess.Popen, words)
    with _on_a_terminal(start, cwd=operator.folder, env=chosen) as terminal:
        yield terminal


@contextmanager
def _on_a_terminal(start: Callable[..., Any], **options: Any) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    with start(
        **options,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: _take(theirs),
    ) as process:
        os.close(theirs)
        try:
            yield Terminal(process=process, end=ours)
        finally:
            process.kill()
            os.close(ours)


def _take(terminal: int) -> None:
    """Make it the terminal of this session, so that Ctrl-C in it interrupts.

    Whoever runs the tests in the background ignores Ctrl-C, and so would everything they start.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


# Asking ------------------------------------------------------------------------------------------


def test_at_a_terminal_do_asks_until_each_answer_can_stand(case_registered: Operator) -> None:
    with a_terminal(case_registered, "do", REF) as terminal:
        terminal.shows("Which action (Enter: none):")
        terminal.types("nite\n")
        terminal.shows("Did you mean “note”?")
        terminal.shows("Which action (Enter: none):")
        terminal.types("note\n")
        terminal.shows("What is to be noted:")
        terminal.types("Called the province.\n")
        terminal.shows(f"looptijd do {REF} note 'text=Called the province.'")
        terminal.shows("To be recorded: a note was added.")
        terminal.shows("Record this? [Y/n]:")
        terminal.types("\n")
        terminal.shows("It is recorded.")
        assert terminal.ends() == 0

    assert [row["action"] for row in case_registered.reads("history", REF)][-1] == "note"


def test_the_same_in_one_line_is_one_line_on_a_narrow_screen_too(case_registered: Operator) -> None:
    with a_terminal(case_registered, "do", REF, "note", "--by", "An O", columns=40) as terminal:
        terminal.shows("What is to be noted:")
        terminal.types("Called the province about it.\n")
        told = f"looptijd do {REF} note 'text=Called the province about it.' --by 'An O'\n"
        terminal.shows(told)
        terminal.shows("Record this? [Y/n]:")
        terminal.types("n\n")
        assert terminal.ends() == 0


def test_at_a_terminal_do_asks_also_for_the_agreement(case_registered: Operator) -> None:
    with a_terminal(case_registered, "do") as terminal:
        terminal.shows("LANG-1  Erfpacht tot 2077")
        terminal.shows(f"{REF}  Verbindend Leiden")
        terminal.shows("Which agreement (Enter: none):")
        terminal.types("SO-2017-0024\n")
        terminal.shows(f"Did you mean {REF}?")
        terminal.shows("Which agreement (Enter: none):")
        terminal.types(f"{REF}\n")
        terminal.shows("Which action (Enter: none):")
        terminal.types("submit\n")
        terminal.shows("stage: draft → bestuurlijk overleg")
        terminal.shows("Record this? [Y/n]:")
        terminal.types("ja\n")
        terminal.shows("Possible now: agree, revise, withdraw.")
        assert terminal.ends() == 0

    with a_terminal(case_registered, "do") as terminal:
        terminal.shows("Which agreement (Enter: none):")
        terminal.types("\n")
        assert terminal.ends() == 0

    assert [row["action"] for row in case_registered.reads("history", REF)] == [
        "register",
        "submit",
    ]


def test_of_many_agreements_a_few_are_shown_and_tab_completes_each_by_its_title(
    case_registered: Operator,
) -> None:
    ours = {"key": "m", "name": "Gemeente Maastricht", "own": True}
    alike: dict[str, object] = {"title": "Convenant", "office": "grondzaken"}
    alike |= {"term": {"length": "P3Y"}, "party": [ours]}
    many = "".join(f"{json.dumps(alike | {'ref': f'A-{n:02}'})}\n" for n in range(1, 18))
    (case_registered.folder / "many.jsonl").write_text(many, encoding="utf-8")
    case_registered.does("import", "many.jsonl")
    with a_terminal(case_registered, "do") as terminal:
        terminal.shows("A-15  Convenant\nand 4 more: Tab completes, a part of a title will do\n")
        terminal.asks("Which agreement (Enter: none):")
        terminal.types("erf\t\n")
        terminal.shows("Erfpacht tot 2077\n")
        terminal.shows("What can be done with LANG-1 now")
        terminal.asks("Which action (Enter: none):")
        terminal.types("\n")
        assert terminal.ends() == 0


def test_of_many_changes_the_first_are_shown_and_the_rest_are_counted(
    case_registered: Operator,
) -> None:
    facts = ("title=A", "short_title=B", "purpose=C", "public=no", "term.length=P50Y")
    paid = (f"instalment.{n}.{name}" for n in "12" for name in ("amount=1", "payee=D"))
    with a_terminal(case_registered, "do", "LANG-1", "amend", *facts, *paid) as terminal:
        terminal.types("a reason\n")
        terminal.shows("To be recorded: facts were changed.\n  · the title: Erfpacht tot 2077 → A")
        terminal.shows("\n    and 3 more\nRecord this? [Y/n]:")


def test_who_gives_no_fact_to_amend_has_written_nothing(case_registered: Operator) -> None:
    """It was refused, with the option for a reason, to who was told that Enter ends."""
    with a_terminal(case_registered, "do", "LANG-1", "amend") as terminal:
        terminal.shows("Enter ends.\n")
        terminal.asks("Which fact:")
        terminal.types("\n")
        terminal.shows(" \nNothing was written.\n")
        assert (terminal.ends(), terminal.shown) == (0, "")


def test_the_alert_that_was_seen_is_chosen_by_its_number(case_signed: Operator) -> None:
    """Each date stood there with every step, so that nine lines told of the last three dates."""
    with a_terminal(case_signed, "do", REF, "acknowledge") as terminal:
        terminal.shows(
            "  1. the end of the term, on the day\n"
            "  2. the final evaluation, on the day\n"
            "  3. instalment 3, on the day\n"
            "  4. instalment 2, on the day\n"
        )
        terminal.asks("Which alert have you seen:")
        terminal.types("9\n")
        terminal.shows(
            "Nothing was alerted under “9”. Accepted here, the latest first: “the end of"
        )
        terminal.asks("Which alert have you seen:")
        terminal.types("1\n")
        terminal.shows(f"looptijd do {REF} acknowledge occurrence=expiry:term:2020-10-12:P0D\n")
        terminal.shows("To be recorded: an alert was seen.")
        terminal.asks("Record this? [Y/n]:")
        terminal.types("\n")
        assert terminal.ends() == 0
    assert case_signed.reads("history", REF)[-1]["action"] == "acknowledge"


def test_several_instalments_are_paid_by_one_answer(case_signed: Operator) -> None:
    before = len(case_signed.reads("history", REF))
    with a_terminal(case_signed, "do", REF, "pay") as terminal:
        terminal.shows("several at once: with commas between")
        terminal.shows("Which instalment:")
        terminal.types("1,9\n")
        terminal.shows("Which instalment:")
        terminal.types("1, 2\n")
        terminal.shows("On which day did it happen (Enter: today):")
        terminal.types("\n")
        terminal.shows("Record this? [Y/n]:")
        terminal.types("\n")
        assert terminal.ends() == 0

    assert [row["status"] for row in case_signed.reads("show", REF)["instalments"]] == [
        "paid",
        "paid",
        "expected",
    ]
    assert len(case_signed.reads("history", REF)) == before + 2


def owes(operator: Operator, key: str) -> None:
    """Let a party of LANG-1 owe something, once."""
    facts = (f"obligation.{key}.what=The {key}", f"obligation.{key}.on=2027-01-04")
    operator.does("do", "LANG-1", "amend", *facts, "--reason", "forgotten")


def test_what_is_open_is_offered_and_a_wrong_answer_is_told_what_is(case_signed: Operator) -> None:
    owes(case_signed, "plan")
    owes(case_signed, "report")
    case_signed.does("do", "LANG-1", "fulfil", "obligation=plan")
    case_signed.does("do", REF, "pay", "instalment=1")
    with a_terminal(case_signed, "do", "LANG-1", "fulfil") as terminal:
        terminal.shows("Accepted here: report.")
        terminal.shows("Which obligation:")
        terminal.types("pla\n")
        terminal.shows("there is no “pla” here. Accepted: report.")
    with a_terminal(case_signed, "do", REF, "pay") as terminal:
        terminal.shows("Which instalment:")
        terminal.types("9\n")
        terminal.shows("there is no “9” here. Accepted: 2, 3.")
        terminal.types("\n")
        terminal.shows("“” is not accepted. Accepted here: 2, 3.")
    with a_terminal(case_signed, "do", "LANG-1", "waive", "--reason", "done") as terminal:
        terminal.shows("Is it about an instalment? [Y/n]:")
        terminal.types("n\n")
        terminal.shows("Accepted here: report.")
        terminal.shows("Which obligation:")
        terminal.types("report\n")
        terminal.shows("To be recorded:")
        terminal.types("\n")
        assert terminal.ends() == 0
    (change,) = case_signed.reads("history", "LANG-1")[-1]["changes"]
    assert change["field"] == "obligation.report.fulfilment.1.waived_on"


def test_the_open_times_of_what_recurs_are_offered(case_signed: Operator) -> None:
    owes(case_signed, "report")
    every = ("obligation.report.every=P1Y", "--reason", "forgotten")
    case_signed.does("do", "LANG-1", "amend", *every)
    with a_terminal(case_signed, "do", "LANG-1", "fulfil", "obligation=report") as terminal:
        terminal.shows("Open are: 1 (Monday 4 January 2027)")
        terminal.shows("Which number:")


def test_a_wrong_value_of_a_fact_is_told_when_it_is_typed(case_signed: Operator) -> None:
    with a_terminal(case_signed, "do", "LANG-1", "amend", "--reason", "typo") as terminal:
        terminal.shows("Which fact:")
        terminal.types("term.length=plenty\n")
        terminal.shows("term.length: “plenty” is not accepted.")
        terminal.shows("Which fact:")
        terminal.types("term.length=50 years\n")
        terminal.shows("Which fact:")
        terminal.types("\n")
        terminal.shows("Record this? [Y/n]:")
        terminal.types("\n")
        assert terminal.ends() == 0
    assert case_signed.reads("show", "LANG-1")["term"]["length"] == "P50Y"


def test_a_fact_that_cannot_be_amended_is_told_when_it_is_typed(case_signed: Operator) -> None:
    with a_terminal(case_signed, "do", "LANG-1", "amend", "--reason", "moved") as terminal:
        for wrong, told in (
            ("term.lenght=5 years", "term.lenght: this is no fact that looptijd knows."),
            ("title=", "title: this fact cannot be taken away."),
            ("office=nobody\n", "office: there is no office “nobody”."),
        ):
            terminal.shows("Which fact:")
            terminal.types(f"{wrong}\n")
            terminal.shows(told)
        terminal.shows("Which fact:")
        terminal.types("office=bestuurssecretariaat\n\n")
        terminal.shows("Record this? [Y/n]:")
        terminal.types("\n")
        assert terminal.ends() == 0
    assert case_signed.reads("show", "LANG-1")["office"] == "bestuurssecretariaat"


def test_each_answer_is_judged_when_it_is_given_and_the_line_is_in_the_operators_language(
    case_registered: Operator,
) -> None:
    case_registered.does("do", REF, "submit")
    dutch = replace(case_registered, environment={"LOOPTIJD_LANGUAGE": "nl"})
    with a_terminal(dutch, "do", REF, "instemmen") as terminal:
        terminal.shows("Op welke dag was dat (met Enter: vandaag):")
        terminal.types("5-7-2017\n")
        terminal.shows(f"looptijd do {REF} instemmen op=5-7-2017\n")
        terminal.types("\n")
        assert terminal.ends() == 0
    with a_terminal(dutch, "do", REF, "besluiten") as terminal:
        terminal.shows("Wat is besloten:")
        terminal.types("aangehouden\n")
        terminal.shows("Op welke dag was dat (met Enter: vandaag):")
        terminal.types("4-7-2017\n")
        terminal.shows("Dat is vóór het")
        terminal.shows("Op welke dag was dat (met Enter: vandaag):")
        terminal.types("6-7-2017\n")
        terminal.shows("Tot welke dag:")
        terminal.types("6-7-2017\n")
        terminal.shows("ligt niet na de datum van het besluit")
        terminal.shows("Tot welke dag:")
        terminal.types("13-7-2017\n")
        terminal.shows("besluiten uitkomst=aangehouden")
        terminal.shows("op=6-7-2017 tot=13-7-2017\n")
        terminal.types("\n")
        assert terminal.ends() == 0
    assert case_registered.reads("show", REF)["decisions"][-1]["until"] == "2017-07-13"


def test_elsewhere_the_agreement_has_to_be_named(case_registered: Operator) -> None:
    shown = "Missing argument 'REF'. See: looptijd do --help"
    ran = case_registered.runs("do")
    assert (ran.code, ran.err) == (2, f"looptijd: {shown}\n")

    with a_terminal(case_registered, "do", "--json") as terminal:
        terminal.shows(f'"error": "{shown}"')
        assert terminal.ends() == 2

    ran = case_registered.runs("do", "")
    shown = "looptijd: There is no agreement “”. See: looptijd list\n"
    assert (ran.code, ran.out, ran.err) == (4, "", shown)


def test_a_reason_that_is_needed_is_asked_for(case_registered: Operator) -> None:
    with a_terminal(case_registered, "do", REF, "skip_overleg") as terminal:
        terminal.shows("Why:")
        terminal.types("\n")
        terminal.shows("A reason is needed.")
        terminal.types("Spoed\n")
        terminal.shows("Record this? [Y/n]:")
        terminal.types("\n")
        assert terminal.ends() == 0

    assert case_registered.reads("history", REF)[-1]["reason"] == "Spoed"


def test_what_was_shown_is_taken_back_though_another_records_meanwhile(
    case_registered: Operator,
) -> None:
    amended = ("do", REF, "amend", "--reason", "Zo.")
    assert case_registered.runs(*amended, "title=Mine").code == 0
    with a_terminal(case_registered, "do", REF, "undo", "--reason", "Fout") as terminal:
        terminal.shows(f"recorded by {LOGIN}, ")
        terminal.shows("Record this? [Y/n]:")
        assert case_registered.runs(*amended, "short_title=Theirs").code == 0
        terminal.types("\n")
        assert terminal.ends() == 0

    shown = case_registered.reads("show", REF)
    assert (shown["title"] == "Mine", shown["short_title"]) == (False, "Theirs")


def test_who_records_a_termination_is_asked_its_last_day(case_signed: Operator) -> None:
    with a_terminal(case_signed, "do", "LANG-1", "terminate", "--reason", "Opgeheven") as terminal:
        terminal.asks("What is the new last day:")
        terminal.types("\n")
        terminal.shows("is not accepted")
        terminal.types("2070-06-30\n")
        terminal.asks("On which day did it happen")
        terminal.types("\n")
        terminal.asks("Record this? [Y/n]:")
        terminal.types("\n")
        assert terminal.ends() == 0

    assert case_signed.reads("show", "LANG-1")["term"]["last_day"] == "2070-06-30"


def test_who_stops_at_the_first_question_is_told_that_nothing_was_written(
    case_registered: Operator,
) -> None:
    for words, asked in (
        (("do",), "Which agreement (Enter: none):"),
        (
            ("--lang", "en", "--config", "new.toml", "init", "--setup"),
            "Taal / language (nl, en) [en]:",
        ),
    ):
        with a_terminal(case_registered, *words) as terminal:
            terminal.asks(asked)
            terminal.types("\x04")
            terminal.shows("Nothing was written.")
            assert terminal.ends() == 130


@pytest.mark.parametrize("real", [True, False])
def test_ctrl_c_leaves_nothing_written(case_registered: Operator, *, real: bool) -> None:
    with a_terminal(replace(case_registered, real=real), "do", REF, "note") as terminal:
        terminal.asks("What is to be noted:")
        terminal.types("Half a" + CTRL_C)
        terminal.shows("Nothing was written.")
        assert terminal.ends() == 130

    assert [row["action"] for row in case_registered.reads("history", REF)] == ["register"]


def test_who_is_asked_meanwhile_leaves_a_backup_that_is_put_back_as_it_is(
    case_registered: Operator,
) -> None:
    case_registered.does("backup", "kept")
    with a_terminal(case_registered, "do", REF) as terminal:
        terminal.asks("Which action")
        case_registered.does("do", REF, "note", "text=lost")
        case_registered.puts_back("kept")
        terminal.types("\x03")
        assert terminal.ends() == 130
    assert [event["seq"] for event in case_registered.reads("history", REF)] == [1]


def test_who_reads_page_by_page_leaves_a_backup_that_is_put_back_as_it_is(
    case_registered: Operator,
) -> None:
    case_registered.does("backup", "kept")
    reader = replace(case_registered, environment={"PAGER": "cat; read answer < /dev/tty"})
    with a_terminal(reader, "history", REF) as terminal:
        terminal.shows("register")
        case_registered.does("do", REF, "note", "text=lost")
        case_registered.puts_back("kept")
        terminal.types("\r")
        assert terminal.ends() == 0
    assert [event["seq"] for event in case_registered.reads("history", REF)] == [1]


def test_who_says_no_has_written_nothing_and_who_says_yes_at_once_is_not_asked(
    case_registered: Operator,
) -> None:
    with a_terminal(case_registered, "do", REF, "submit") as terminal:
        terminal.shows("Record this? [Y/n]:")
        terminal.types("n\n")
        terminal.shows("Nothing was written.")
        assert terminal.ends() == 0
    assert [row["action"] for row in case_registered.reads("history", REF)] == ["register"]

    with a_terminal(case_registered, "do", REF, "submit", "--yes") as terminal:
        terminal.shows("Recorded: put before the bestuurlijk overleg")
        terminal.shows("stage: draft → bestuurlijk overleg")
        assert terminal.ends() == 0


def test_at_a_terminal_erase_names_what_it_touches_and_asks_first(case_signed: Operator) -> None:
    who = ("erase", "wethouder@maastricht.example", "--reason", "asked")
    with a_terminal(case_signed, *who) as terminal:
        terminal.shows("What is kept of this person is erased for good, in:")
        terminal.shows("– office “grondzaken”, which is left without a holder of its own")
        terminal.shows("Erase this? [y/N]:")
        terminal.types("\n")
        terminal.shows("Nothing was written.")
        assert terminal.ends() == 0
    assert case_signed.reads("office", "history", "grondzaken")[-1]["action"] == "office"

    with a_terminal(case_signed, *who) as terminal:
        terminal.shows("Erase this? [y/N]:")
        terminal.types("y\n")
        terminal.shows("Erased. Values: 2;")
        assert terminal.ends() == 0
    assert case_signed.reads("office", "history", "grondzaken")[-1]["action"] == "erase"

    with a_terminal(case_signed, *who) as terminal:
        terminal.shows("looptijd: Nothing is kept under this name or address.\n")
        assert terminal.ends() == 4

    owner = ("erase", "dossierhouder@maastricht.example", "--reason", "asked", "--yes")
    with a_terminal(case_signed, *owner) as terminal:
        terminal.shows(f"– {REF}")
        terminal.shows("Erased. Values: 2;")
        assert terminal.ends() == 0


def test_everything_in_which_a_person_is_erased_is_named(case_signed: Operator) -> None:
    person = "wethouder@maastricht.example"
    (case_signed.folder / "office.toml").write_text(HELD_BEFORE.format(person=person))
    case_signed.does("import", "office.toml")
    later = {"SUDO_USER": person, "LOOPTIJD_CALENDAR__ALERT_TIME": "09:00"}
    replace(case_signed, environment=later).does("policy", "adopt")
    case_signed.does("do", "LANG-1", "note", f"text=mailed {person}")
    case_signed.does("tick")
    with a_terminal(case_signed, "erase", person, "--reason", "asked") as terminal:
        terminal.asks("Erase this? [y/N]:")
        shown = [line.strip() for line in terminal.before.splitlines()]
    assert shown == [
        "What is kept of this person is erased for good, in:",
        "– LANG-1",
        "– office “grondzaken”, which is left without a holder of its own",
        "– office “kunst”",
        "– the history of the register itself",
        "– mails to this person, or that name them: 2",
    ]


def test_the_name_alone_shows_the_worklist_where_there_is_a_register(
    case_signed: Operator, operator: Operator
) -> None:
    with a_terminal(case_signed) as terminal:
        terminal.shows("Too late (")
        assert terminal.ends() == 0
    with a_terminal(operator) as terminal:
        terminal.shows("Every day:" if operator.environment else "Elke dag:")
        assert terminal.ends() == 2
    assert case_signed.runs().code == 2


def test_the_name_alone_shows_help_where_what_was_at_work_cannot_be_read(
    operator: Operator,
) -> None:
    """It said that what is printed could not be written."""
    (operator.folder / "looptijd.db").touch()
    (operator.folder / f"looptijd-{UUID(int=0)}-production.json").mkdir()
    with a_terminal(operator) as terminal:
        terminal.shows("Every day:" if operator.environment else "Elke dag:")
        assert terminal.ends() == 2


def test_in_a_pipe_and_for_a_program_nothing_is_asked(case_registered: Operator) -> None:
    shown = "looptijd: text=… is missing. Write printable text of at most 20 kB."
    ran = case_registered.runs("do", REF, "note")
    assert (ran.code, ran.err) == (2, f"{shown}\n")

    with a_terminal(case_registered, "do", REF, "note", "--json") as terminal:
        terminal.shows('"error": "text=… is missing.')
        assert terminal.ends() == 2


def test_a_wrong_key_is_told_and_not_asked_around(case_registered: Operator) -> None:
    with a_terminal(case_registered, "do", REF, "note", "txet=x") as terminal:
        terminal.shows("“note” has no key “txet”. Did you mean “text”?")
        assert terminal.ends() == 2


# Eighty columns ----------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("list",), ("list", "--attention"), ("show", REF), ("why", REF)])
def test_eighty_columns_suffice(case_signed: Operator, words: tuple[str, ...]) -> None:
    with a_terminal(case_signed.at("2020-09-01T10:00:00+02:00"), *words) as terminal:
        assert terminal.ends() == 0
        lines = terminal.shown.split("\n")

    assert max(map(len, lines)) <= 80
    assert words[0] != "show" or len(lines) <= 46


def test_what_is_owed_is_told_whole_beside_a_long_name(operator: Operator) -> None:
    """Three turns of a budget were three times "begroting voor …"."""
    register = ROOT / "examples" / "register"
    later = operator.configures('language = "en"\n').at("2026-12-02T10:00:00+01:00")
    later.does("init")
    later.does("import", "--history", register / "offices.toml")
    later.does("import", "--history", register / "running" / "streekarchief.toml")
    with a_terminal(later, "show", "VR-2019-003") as terminal:
        assert terminal.ends() == 0
        lines = terminal.shown.split("\n")

    begin = lines.index("Obligations")
    assert [" ".join(line.split()) for line in lines[begin + 3 : begin + 8]] == [
        "by when party what",
        "! 2025-10-01 late Coöperatie Streekarch… begroting voor het volgende jaar (nr.",
        "3)",
        "! 2026-10-01 late Coöperatie Streekarch… begroting voor het volgende jaar (nr.",
        "4)",
    ]


def test_what_objects_to_signing_is_folded_under_its_words(case_registered: Operator) -> None:
    with a_terminal(case_registered, "--lang", "nl", "check", REF) as terminal:
        assert terminal.ends() == 1
        lines = [line.rstrip() for line in terminal.shown.split("\n")]

    begins = lines.index(
        "! Er is geen tekst vastgelegd waarin staat wanneer de overeenkomst begint."
    )
    assert lines[begins + 1] == "  looptijd.eerste-dag"


def test_the_number_and_the_status_of_a_mail_fit_eighty_columns(case_signed: Operator) -> None:
    later = case_signed.at("2020-08-20T10:00:00+02:00")
    later.runs("tick")
    with a_terminal(later, "mail", "list") as terminal:
        assert terminal.ends() == 0
        lines = terminal.shown.rstrip().split("\n")

    assert len(lines) > 3
    assert all(line.split()[0] in {"number", *map(str, range(1, 100))} for line in lines)
    assert [
        line for line in lines if not line.rstrip().endswith(("status", "queued", "accepted"))
    ] == []
    assert max(map(len, lines)) <= 80


# Tab ---------------------------------------------------------------------------------------------


def completions(operator: Operator, words: str, number: int) -> list[str]:
    """Return what Bash would offer for the word of this number; the real script imports little."""
    asked = {"_LOOPTIJD_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(number)}
    chosen = replace(operator, environment={**operator.environment, **asked}, real=True)
    ran = chosen.runs()
    assert ran.err == ""
    return [line.partition(",")[2] for line in ran.out.splitlines() if line]


@pytest.mark.parametrize(
    "words,number,offered",
    [
        ("looptijd sh", 1, ["show"]),
        ("looptijd show SO", 2, [REF]),
        ("looptijd history ", 2, ["LANG-1", REF]),
        ("looptijd check SO", 2, [REF]),
        (f"looptijd do {REF} p", 3, ["pay"]),
        (f"looptijd do {REF} pay ins", 4, ["instalment="]),
        (f"looptijd do {REF} pay instalment = ", 6, ["1", "2", "3"]),
        (f"looptijd do {REF} pay instalment=2", 4, ["instalment=2"]),
        (f"looptijd do {REF} decide outcome = s", 6, ["stop"]),
        (f"looptijd why {REF} ev", 3, ["evaluation"]),
        ("looptijd list --att", 2, ["--attention"]),
        ("looptijd list --office fin", 3, ["financien"]),
        ("looptijd mail list SO", 3, [REF]),
        ("looptijd mail preview ha", 3, ["handover"]),
        ("looptijd mail preview ev", 3, ["evaluation"]),
        ("looptijd show XX", 2, []),
        ("looptijd do XX ", 3, []),
        ("looptijd shwo s", 2, ["show", "simulate"]),  # and no error amid what is typed
    ],
)
def test_a_shell_completes(
    case_signed: Operator, words: str, number: int, offered: list[str]
) -> None:
    assert completions(case_signed, words, number) == offered


def test_a_day_is_offered_as_the_day_of_today(case_signed: Operator) -> None:
    then = case_signed.at("2020-07-10T10:00:00+02:00")
    assert completions(then, f"looptijd do {REF} pay on=", 4) == ["on=2020-07-10"]


def test_a_shell_is_told_nothing_when_there_is_no_register(operator: Operator) -> None:
    assert completions(operator, "looptijd show SO", 2) == []
    assert not (operator.folder / "looptijd.db").exists()


def test_bash_takes_what_it_is_given(case_registered: Operator) -> None:
    if not (bash := shutil.which("bash")):
        pytest.skip("there is no bash here")
    asked = {**case_registered.environment, "_LOOPTIJD_COMPLETE": "bash_source"}
    script = replace(case_registered, environment=asked, real=True).does()

    done = subprocess.run([bash, "-n"], input=script, text=True, check=False)
    assert done.returncode == 0
    assert "compopt -o nospace" in script


def test_tab_in_a_living_bash_writes_a_whole_line(case_decided: Operator) -> None:
    if not (bash := shutil.which("bash")):
        pytest.skip("there is no bash here")
    with a_shell(case_decided, bash, "--norc", "--noprofile", "-i") as shell:
        shell.shows("> ")
        shell.types('eval "$(looptijd completion bash)"; echo ready\n')
        shell.shows("\nready\n")
        shell.types("looptijd do SO\tsig\tpa\tmaa\ton=2017-10-02\n")
        shell.shows("Record this? [Y/n]:")
        shell.types("\n")
        shell.shows("It is recorded.")
        shell.types("looptijd why XX\t; echo end\n")  # nothing to offer, and nothing said
        shell.shows("\nend\n")

    last = case_decided.reads("history", REF)[-1]
    signed = {change["field"]: change["new"] for change in last["changes"]}
    assert signed == {"party.maastricht.signed_on": "2017-10-02"}

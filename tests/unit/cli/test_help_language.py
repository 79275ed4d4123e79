"""Commands speak Dutch and English: their help, click's words and the language that is chosen."""

import os
import shlex
from collections.abc import Iterator, Mapping
from errno import ENOSPC
from importlib import import_module
from pathlib import Path

import click
import pytest

from docs import generate
from docs.generate import IN_WORDS, each_command, example_of, texts_of
from notifications.language import language
from scheduler import main, watching
from states.model.phrase import Phrase, say
from states.process import ACTIONS
from tests.acceptance.commands import Operator
from workflow.cli import COMMANDS, MODULES, cli, help_language, usage_errors
from workflow.system.settings_path import LOCAL

DUTCH = {"LOOPTIJD_LANGUAGE": "nl"}


@pytest.fixture
def in_dutch(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let click speak Dutch, as in the command."""
    monkeypatch.setenv("LANGUAGE", "")
    help_language.speak("nl")
    yield
    help_language.speak("en")


def untranslated(command: click.Command) -> list[str]:
    """Return the texts of a command's help that are the same once it is spoken."""
    before, after = texts_of(command), texts_of(help_language.spoken(command))
    alike = {"REF", "[REF]", "[REF]...", "HEX", "SHELL"}
    return [text for text, shown in zip(before, after, strict=True) if text == shown not in alike]


@pytest.mark.usefixtures("in_dutch")
def test_every_text_in_the_help_of_every_command_is_dutch() -> None:
    help_language.speak("en")
    every = dict(generate.each_command(cli)) | {"looptijd-daemon": watching}
    help_language.speak("nl")

    assert len(every) > 30
    assert {path: left for path, item in every.items() if (left := untranslated(item))} == {}


@pytest.mark.usefixtures("in_dutch")
def test_no_lines_of_help_are_joined_so_that_two_words_are_one() -> None:
    """Of office handover it told “één mail mealles wat openstaat”."""
    every = dict(generate.each_command(cli)).values()
    texts = [text for item in every for text in texts_of(help_language.spoken(item))]
    in_lines = [text.splitlines() for text in texts if "\n" in text]
    assert len(in_lines) > 10
    assert [line for lines in in_lines for line in lines if len(line) > 120] == []


def actions_in_help(shown: str, heading: str) -> dict[str, list[str]]:
    """Return the actions below a heading by the stage beside them, whose lines are joined again."""
    rows = shown.partition(f"{heading}:\n")[2].partition("\n\n")[0].splitlines()
    found: dict[str, list[str]] = {}
    for row in rows:
        label, _, names = row.strip().rpartition("  ") if row[2] != " " else ("", "", row)
        stage = label.strip() or [*found][-1]
        found.setdefault(stage, []).extend(filter(None, names.strip().split(", ")))
    return {stage: [name.strip(",") for name in names] for stage, names in found.items()}


@pytest.mark.usefixtures("in_dutch")
def test_help_of_do_names_the_actions_of_each_stage() -> None:
    command = dict(generate.each_command(cli))["do"]
    shown = actions_in_help(command.get_help(click.Context(command)), "Acties per fase")

    assert shown["ondertekening"][:2] == ["tekenen", "ingangsdatum"]
    assert shown["in elke fase"] == ["wijzigen", "gezien", "terugdraaien", "notitie"]
    named = {name for names in shown.values() for name in names}
    assert named == {language("nl").say(say(name)) for name in ACTIONS}


@pytest.mark.usefixtures("in_dutch")
def test_help_that_nobody_translated_is_noticed() -> None:
    @click.command("new", help="Do something that is new.")
    @click.option("--how", metavar="WAY", help="In which way.")
    def new() -> None:
        """Stand for a command that somebody adds."""

    assert untranslated(new) == ["Do something that is new.", "In which way.", "WAY"]


@pytest.mark.usefixtures("in_dutch")
def test_every_option_that_takes_a_word_says_which_in_dutch() -> None:
    english = {"TEXT", "PATH", "INTEGER", "FLOAT", "UUID"}
    for path, command in generate.each_command(cli):
        context = click.Context(command)
        shown = {item.make_metavar(context) for item in command.params}
        assert shown.isdisjoint(english), path


@pytest.mark.parametrize(
    "code, does, told",
    [
        (
            "nl",
            "Bewaak de datums van",
            "De optie '--foo' bestaat niet. Zie: looptijd-daemon --help",
        ),
        ("en", "Watch the dates of", "No such option '--foo'. See: looptijd-daemon --help"),
    ],
)
@pytest.mark.usefixtures("in_dutch")
def test_the_daemon_tells_what_it_does_and_wrong_usage_in_the_language_that_is_asked(
    code: str,
    does: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LOOPTIJD_LANGUAGE", code)
    monkeypatch.setattr("sys.argv", ["looptijd-daemon", "--help"])
    assert main() == 0
    assert does in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["looptijd-daemon", "--foo"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert capsys.readouterr().err == f"looptijd-daemon: {told}\n"


@pytest.mark.parametrize(
    "code, told",
    [
        ("nl", "Dit ene argument is te veel: x. Zie: looptijd-daemon --help"),
        ("en", "Got unexpected extra argument (x). See: looptijd-daemon --help"),
    ],
)
@pytest.mark.usefixtures("in_dutch")
def test_what_is_wrong_is_a_sentence_of_its_own(
    code: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOOPTIJD_LANGUAGE", code)
    monkeypatch.setattr("sys.argv", ["looptijd-daemon", "x"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert capsys.readouterr().err == f"looptijd-daemon: {told}\n"


@pytest.mark.usefixtures("in_dutch")
def test_why_nothing_can_be_printed_is_told_in_dutch_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="1"):
        usage_errors.unwritten(OSError(ENOSPC, os.strerror(ENOSPC)))
    told = "looptijd: De uitvoer kan niet worden weggeschreven: De schijf is vol.\n"
    assert capsys.readouterr().err == told


def test_help_of_the_daemon_for_which_the_disk_is_full_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["looptijd-daemon", "--help"])
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr("sys.stdout", full)
        with pytest.raises(SystemExit, match="1"):
            main()
    told = "looptijd-daemon: De uitvoer kan niet worden weggeschreven: De schijf is vol.\n"
    assert capsys.readouterr().err == told


# Which language ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words,environment,file,expected",
    [
        ([], {}, "", "nl"),
        ([], {"LANG": "C.UTF-8"}, "", "nl"),
        ([], {"LANG": "de_DE.UTF-8"}, "", "nl"),
        ([], {"LANG": "en_GB.UTF-8"}, "", "en"),
        ([], {"LANG": "en_GB.UTF-8", "LC_ALL": "nl_NL.UTF-8"}, "", "nl"),
        ([], {"LANG": "en_GB.UTF-8"}, 'language = "nl"', "nl"),
        ([], {"LANG": "nl_NL.UTF-8", "LOOPTIJD_LANGUAGE": "en"}, 'language = "nl"', "en"),
        (["--lang", "nl", "list"], {"LOOPTIJD_LANGUAGE": "en"}, 'language = "en"', "nl"),
        (["--lang=en", "--help"], {}, 'language = "nl"', "en"),
        (["--lang"], {}, "", "nl"),
        ([], {}, "language = [", "nl"),
        ([], {}, 'language = "fr"', "nl"),
    ],
)
def test_the_option_comes_first_then_the_configuration_then_the_surroundings(  # noqa: PLR0917
    words: list[str],
    environment: Mapping[str, str],
    file: str,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / LOCAL).write_text(file)
    (tmp_path / LOCAL).chmod(0o600)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LOOPTIJD_CONFIG", raising=False)

    assert help_language.language_of(words, environment) == expected


def test_a_configuration_that_others_may_write_chooses_no_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / LOCAL).write_text('language = "en"')
    (tmp_path / LOCAL).chmod(0o666)
    monkeypatch.chdir(tmp_path)

    assert help_language.language_of([], {}) == "nl"


def test_what_has_to_be_given_is_marked_in_dutch(tmp_path: Path) -> None:
    shown = Operator(folder=tmp_path, environment=DUTCH).does("simulate", "--help")

    assert "Tot en met deze dag.  [verplicht]" in shown


# Who mistypes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed,shown",
    [
        ("sho", "De opdracht “sho” bestaat niet. Bedoelt u “show”? Zie: looptijd --help"),
        ("--jsn", "De optie '--jsn' bestaat niet. Zie: looptijd --help"),
        ("show", "Er ontbreekt een argument: 'REF'. Zie: looptijd show --help"),
        ("show X --jso", "De optie '--jso' bestaat niet. Bedoelt u '--json'? Zie: looptijd show"),
        ("mail shwo 1", "De opdracht 'shwo' bestaat niet. Bedoelt u 'show'? Zie: looptijd mail"),
        ("list --lang nl", "--lang komt vóór de opdracht. Zie: looptijd list --help"),
        ("do X --reason", "Bij optie '--reason' hoort een waarde."),
        (
            "--lang fr list",
            "Ongeldige waarde voor '--lang': “fr” is niet toegestaan. Dit kan: nl, en.",
        ),
        (
            "completion",
            "Er ontbreekt een argument: 'SHELL'. Dit kan: bash, zsh, fish. Zie: looptijd",
        ),
        ("backup x --keep drie", "--keep: “drie” is niet toegestaan. Schrijf een geheel getal"),
        (
            "backup x --keep 0",
            "--keep: “0” is niet toegestaan. Schrijf een geheel getal",
        ),
        ("--config nowhere.toml list", "nowhere.toml kan niet worden gelezen: Dit bestand of"),
    ],
)
def test_what_is_mistyped_is_told_in_dutch_with_the_nearest_name(
    tmp_path: Path, typed: str, shown: str
) -> None:
    ran = Operator(folder=tmp_path, environment=DUTCH).runs(*typed.split())

    assert ran.code == 2
    assert ran.err.startswith(f"looptijd: {shown}"), ran.err


@pytest.mark.parametrize("name", COMMANDS)
def test_the_module_of_a_command_says_first_which_command_it_is(name: str) -> None:
    module = import_module(f"workflow.cli.commands.{MODULES.get(name, name)}")

    assert str(module.__doc__).startswith(f"`looptijd {name}`: ")


LEAVES = [
    (path, command)
    for path, command in each_command(cli)
    if path and not isinstance(command, click.Group)
]


@pytest.mark.parametrize("path, command", LEAVES, ids=[path for path, _ in LEAVES])
def test_every_command_has_an_example_that_it_takes(path: str, command: click.Command) -> None:
    typed = example_of(path, command)
    command.make_context(path, shlex.split(typed))
    assert command.epilog == f"Example: looptijd {path} {typed}".rstrip()


@pytest.mark.parametrize("path", IN_WORDS)
def test_an_example_with_words_is_in_dutch_and_is_taken_as_well(path: str) -> None:
    english = example_of(path, dict(LEAVES)[path])
    dutch = language("nl").say(Phrase(english))

    assert dutch != english
    dict(LEAVES)[path].make_context(path, shlex.split(dutch))


@pytest.mark.parametrize("text, choice", [("weglaten", "drop"), ("vasthouden", "hold")])
def test_what_becomes_of_mail_is_chosen_in_words(text: str, choice: str) -> None:
    context = dict(LEAVES)["adopt"].make_context("adopt", ["--mail", text])
    assert context.params["choice"] == choice


@pytest.mark.parametrize(
    "path, names",
    [
        ("list", "[kenmerk|urgentie|laatste-dag]"),
        ("list", "|ondertekening|in-werking|evaluatie|"),
        ("mail list", "|geannuleerd|tegengehouden]"),
        ("adopt", "[versturen|vasthouden|weglaten]"),
    ],
)
def test_help_shows_the_choices_in_the_words_that_a_refusal_names(
    tmp_path: Path, path: str, names: str
) -> None:
    assert names in Operator(folder=tmp_path, environment=DUTCH).does(*path.split(), "--help")

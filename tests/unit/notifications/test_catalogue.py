"""The Dutch catalogue says everything that the code says, with the same places."""

import ast
import re
import string
from collections.abc import Mapping
from pathlib import Path

import pytest

from docs import generate
from notifications.language import language
from states.model.agreement import SourceStatus
from states.model.fact_types import Start, StartRule, fact_type_for
from states.model.fact_words import field_name
from states.model.phrase import Phrase, say
from states.model.stage import Continuation, Ruling
from states.process import ACTIONS
from states.rules.amendment import amendable

CATALOGUE = generate.read_catalogue(generate.ROOT / generate.DUTCH)
ENTRIES = {
    text: dutch
    for item in CATALOGUE
    if item.id
    for text, dutch in zip(
        generate.each_form(item.id), generate.each_form(item.string), strict=True
    )
}
ENUMS = (Continuation, Ruling, SourceStatus, StartRule)
PLACE = re.compile(r"\{[^}]*\}")
TYPED = re.compile(r"(?<![\w.-])\w+(?![\w-])")
ALIKE = [
    "HEX",
    "Message-ID",
    "REF",
    "SHELL",
    "[REF]",
    "[REF]...",
    "bestuurlijk overleg",
    "college",
    "convenanten",
    "d",
    "document {about}",
    "mail",
    "status",
]


def phrases(root: Path) -> set[str]:
    return {form for text in generate.phrases(root) for form in generate.each_form(text)}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def words(text: str) -> str:
    between = "".join(before for before, _, _, _ in string.Formatter().parse(text))
    return "".join(filter(str.isalpha, between))


def in_dutch(phrase: Phrase) -> str:
    return language("nl").say(phrase)


def missing(root: Path) -> set[str]:
    return {text for text in phrases(root) if not ENTRIES.get(text)}


def misnamed(source: str) -> list[str]:
    """Return the phrases that are given values, but not each by the name of its place."""
    found = []
    for call in ast.walk(ast.parse(source)):
        match call:
            case ast.Call(func=ast.Name("say"), args=[ast.Constant(str(text))], keywords=[*given]):
                names = {item.arg for item in given}
                found += [text] if names and None not in names and names != places(text) else []
    return found


def test_every_phrase_of_the_code_has_a_translation() -> None:
    assert missing(generate.ROOT) == set(), "make docs, then write their msgstr in looptijd.po"


def test_a_phrase_without_translation_is_noticed(tmp_path: Path) -> None:
    for name in ("states", "workflow", "notifications"):
        (tmp_path / name).mkdir()
    (tmp_path / "scheduler.py").write_text('say("Nobody translated" " {what}.", what=1)')

    assert missing(tmp_path) == {"Nobody translated {what}."}


def test_no_translation_is_uncertain_or_left_over() -> None:
    assert not [item.id for item in CATALOGUE if item.id and item.fuzzy]
    assert set(ENTRIES) == phrases(generate.ROOT)


def test_every_translation_has_the_places_of_its_source() -> None:
    assert [
        text for text, dutch in ENTRIES.items() if dutch and places(text) != places(dutch)
    ] == []


def test_no_translation_is_still_english() -> None:
    assert [text for text, dutch in ENTRIES.items() if text == dutch and words(text)] == ALIKE


def test_the_compiled_catalogue_is_the_written_one() -> None:
    texts = generate.phrases(generate.ROOT)
    compiled = (generate.ROOT / generate.DUTCH).with_suffix(".mo").read_bytes()

    assert compiled == generate.mo(generate.updated(CATALOGUE, texts))


# What is found in the code -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "source,found",
    [
        ('say("one")', ["one"]),
        ('say("one " "sentence.", day=day)', ["one sentence."]),
        ('desk.say(say("inner"))', ["inner"]),
        ("f\"{desk.say(say('in a string'))}\"", ["in a string"]),
        ('say("one" if few else "many")', ["one", "many"]),
        ("say(ruling.value)", []),
        ('tell("nothing")', []),
    ],
)
def test_phrases_are_found_wherever_say_is_called(source: str, found: list[str]) -> None:
    assert sorted(generate.phrases_in(source)) == sorted(found)


# How it reads ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "phrase,expected",
    [
        (say("draft"), "concept"),
        (say("lapsed"), "vervallen zonder besluit"),
        (say("fiscal year"), "boekjaar"),
        (say("case owner"), "dossierhouder"),
        (
            say("Nothing was written; problems: {count}.", count=2),
            "Aantal problemen: 2. Er is niets opgeslagen.",
        ),
    ],
)
def test_the_dutch_uses_the_words_of_the_field(phrase: Phrase, expected: str) -> None:
    assert in_dutch(phrase) == expected


def test_a_phrase_in_a_phrase_is_dutch_as_well() -> None:
    phrase = say(
        "Point {number} is {ruling}, which contradicts {whole} for the whole.",
        number=1,
        ruling=say(Ruling.REJECTED.value),
        whole=say(Ruling.AS_PROPOSED.value),
    )

    expected = "Beslispunt 1 is “afgewezen”. Dat past niet bij “conform” voor het geheel."
    assert in_dutch(phrase) == expected


def test_a_phrase_is_given_a_value_for_each_of_its_places() -> None:
    folders = [generate.ROOT / name for name in ("states", "workflow", "notifications")]
    files = [file for folder in folders for file in folder.rglob("*.py")]

    assert [text for file in files for text in misnamed(file.read_text(encoding="utf-8"))] == []


def test_a_value_under_another_name_is_noticed() -> None:
    assert misnamed('say("{who} signed.", what=1)') == ["{who} signed."]


# No English name where a Dutch one is typed ------------------------------------------------------

OF_A_FILE = {
    "--setup asks questions, and there is no terminal.": "keys of the configuration",
    "The database URL cannot be used.": "a key of the configuration",
    "report.theme": "a key of the configuration",
    "[[": "a table of a TOML file",
    'Give stage = "ended"': "a key of a TOML file",
    "`until`": "a key of a file with offices",
    "Write text, a number, a date, true or false.": "values of JSON and TOML",
    "Write true or false.": "a value of the configuration",
    "looptijd office handover": "a command",
    "looptijd office history": "a command",
}

"""Parts of sentences that speak of what is English in every language, and why."""
DUTCH_AS_WELL = {"overleg", "status", "stop"}


def english_names() -> set[str]:
    """Return what an operator may type in English or Dutch, in English, where the two differ."""
    kinds = [fact_type_for(kind) for kind in (bool, Start, *ENUMS)]
    arguments = {argument.name for action in ACTIONS.values() for argument in action.arguments}
    values = {name for kind in kinds if kind for name in kind.names}
    parts = {part for path in amendable() for part in path.split(".") if part.islower()}
    names = {*ACTIONS, *arguments, *values, "unknown", "yes", "no"}
    said = {name for name in names if in_dutch(say(name)) != name}
    said |= {name for name in parts if in_dutch(say("{p}", p=field_name(name))) != name}
    return said - DUTCH_AS_WELL


def english_in_dutch(entries: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the sentences whose Dutch names something as only English does."""
    names = english_names()
    found = {
        text: [word for word in TYPED.findall(PLACE.sub("", dutch)) if word in names]
        for text, dutch in entries.items()
        if not any(part in text for part in OF_A_FILE) and text not in names
    }
    return {text: words for text, words in found.items() if words}


def test_no_dutch_sentence_names_an_action_key_or_word_in_english() -> None:
    assert english_in_dutch(ENTRIES) == {}


@pytest.mark.parametrize(
    "dutch,named",
    [
        ("met amend corrigeert u dat", ["amend"]),
        ("Geef één van before_end, after_start en on.", ["before_end", "after_start", "on"]),
        ("notitie field=VELD", ["field"]),
        ("Schrijf true of {false}.", ["true"]),
        ("Het bestuurlijk overleg is geweest.", []),
    ],
)
def test_an_english_name_in_a_dutch_sentence_is_noticed(dutch: str, named: list[str]) -> None:
    assert english_in_dutch({"x": dutch}).get("x", []) == named

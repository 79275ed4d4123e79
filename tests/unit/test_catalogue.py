"""The Dutch catalogue says everything that the code says, with the same places."""

import string
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from docs import generate
from notifications.language import language
from states.phrase import Phrase, say
from states.stage import Ruling

CATALOGUE = generate.read_catalogue(generate.ROOT / generate.DUTCH)
ENTRIES = [message for message in CATALOGUE if message.id]
ALIKE = {"bestuurlijk overleg", "status", "stop"}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def words(text: str) -> str:
    return "".join(before for before, _, _, _ in string.Formatter().parse(text))


def dutch(phrase: Phrase) -> str:
    return language("nl").say(phrase)


def missing(root: Path) -> set[str]:
    translated = {message.id for message in ENTRIES if message.string}
    return generate.phrases(root) - translated


def test_every_phrase_of_the_code_has_a_translation():
    assert missing(generate.ROOT) == set()


def test_a_phrase_without_translation_is_noticed(tmp_path):
    for name in ("states", "workflow", "notifications"):
        (tmp_path / name).mkdir()
    (tmp_path / "scheduler.py").write_text('say("Nobody translated" " {what}.", what=1)')

    assert missing(tmp_path) == {"Nobody translated {what}."}


def test_no_translation_is_uncertain_or_left_over():
    assert not [message.id for message in ENTRIES if message.fuzzy]
    assert {message.id for message in ENTRIES} == generate.phrases(generate.ROOT)


@pytest.mark.parametrize("message", ENTRIES, ids=lambda message: message.id[:40])
def test_a_translation_has_the_places_of_its_source(message: Message):
    assert places(str(message.string)) == places(str(message.id))


@pytest.mark.parametrize("message", ENTRIES, ids=lambda message: message.id[:40])
def test_a_translation_is_not_english(message: Message):
    has_words = any(character.isalpha() for character in words(str(message.id)))

    assert message.string != message.id or message.id in ALIKE or not has_words


def test_the_compiled_catalogue_is_the_written_one():
    compiled = (generate.ROOT / generate.DUTCH).with_suffix(".mo").read_bytes()

    assert compiled == generate.mo(generate.updated(CATALOGUE, (str(m.id) for m in ENTRIES)))


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
def test_phrases_are_found_wherever_say_is_called(source, found):
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
            say("{count} problems; nothing was written.", count=2),
            "Aantal problemen: 2. Er is niets opgeslagen.",
        ),
    ],
)
def test_the_dutch_uses_the_words_of_the_field(phrase, expected):
    assert dutch(phrase) == expected


def test_a_phrase_in_a_phrase_is_dutch_as_well():
    phrase = say(
        "Point {number} is {ruling}, which contradicts {whole} for the whole.",
        number=1,
        ruling=say(Ruling.REJECTED.value),
        whole=say(Ruling.AS_PROPOSED.value),
    )

    assert (
        dutch(phrase) == "Beslispunt 1 is “afgewezen”. Dat past niet bij “conform” voor het geheel."
    )

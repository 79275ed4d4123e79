"""Sentences for people that are not yet in any language."""

from collections.abc import Iterable, Mapping

from msgspec import Struct


class Phrase(Struct, frozen=True):
    """An English sentence with named places, and what stands in them.

    The text is the key of the translation; dates, amounts, periods and other phrases stay values
    until `notifications.language` writes them out in the reader's language.
    """

    text: str
    values: Mapping[str, object] = {}

    def __str__(self) -> str:
        """Return the English sentence, for logs and tests."""
        return self.text.format(**self.values)


def say(text: str, **values: object) -> Phrase:
    """Return the phrase `text`; the catalogues are extracted from calls of this function."""
    return Phrase(text, values)


def listed(items: Iterable[object]) -> Phrase:
    """Return values after one another, each written out in the reader's language; or “none”."""
    places = {f"item{number}": item for number, item in enumerate(items)}
    if not places:
        return say("none")
    return Phrase(", ".join(f"{{{name}}}" for name in places), places)


class FieldName(Struct, frozen=True):
    """What somebody types, with the word for each of its parts; a language writes one name of them.

    It is the path of a fact, or a word that a fact may be. Who types it may write either.
    """

    path: str
    words: tuple[Phrase | str, ...]

    def __str__(self) -> str:
        """Return the path, as import files write it."""
        return self.path


class Named(Struct, frozen=True):
    """One of a few values, such as an outcome, by its name; a language tells it in words."""

    name: str

    def __str__(self) -> str:
        """Return the name, as it is stored and may be typed."""
        return self.name


class Refusal(Exception):
    """The base of every error that an operator may read: one or more sentences, one exit code."""

    exit_code = 2

    def __init__(self, *sentences: Phrase) -> None:
        """Keep the sentences; each says what is wrong and what is possible."""
        super().__init__(*sentences)
        self.sentences = sentences

    def __str__(self) -> str:
        """Return the sentences in English, one a line."""
        return "\n".join(map(str, self.sentences))

"""Persons in the ledger: which private values are somebody's contact data, and what names them."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import Struct

from states.model.events import Event, FactChange, apply
from workflow.engine.private_values import CONTACT_FACT, is_token

# An actor of the command line: a login on its host, who it was before sudo, who it claims to be.
ACTOR = re.compile(r"(\S+@\S+) \((?:sudo: ([^,]*))?(?:, )?(?:--by (.*))?\)")
OTHER = {"name": "email", "email": "name"}


# What names somebody -----------------------------------------------------------------------------


def compared(text: str) -> str:
    """Return a name or an address as it is compared: trimmed, in small letters."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def names_in(value: str) -> set[str]:
    """Return a value as it is compared; of an actor also the login and the names beside it."""
    actor = ACTOR.fullmatch(value)
    return {compared(text) for text in (value, *(actor.groups() if actor else ())) if text}


class Naming:
    """What names one person: whole names and addresses, wherever they stand in a text."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Take the names and addresses, in any case and with any white space."""
        patterns = sorted({_pattern(text) for text in texts}, key=len, reverse=True)
        self._any = re.compile("|".join(patterns), re.IGNORECASE)

    def is_in(self, text: str | None) -> bool:
        """Tell whether a text names the person."""
        return bool(text and self._any.search(unicodedata.normalize("NFC", text)))

    def without(self, text: str, mark: str) -> str:
        """Return a text with a mark wherever it names the person."""
        return self._any.sub(lambda _found: mark, unicodedata.normalize("NFC", text))


def _pattern(text: str) -> str:
    """Return what matches a name or an address that is no part of a longer one."""
    words = r"\s+".join(map(re.escape, unicodedata.normalize("NFC", text).split()))
    if "@" in text:
        return rf"(?<![\w.+-]){words}(?![\w-]|\.\w)"
    return rf"(?<![\w.])(?<!\w-){words}(?!-?\w)"


# Whose contact data ------------------------------------------------------------------------------


class PrivateValues(Struct, frozen=True, kw_only=True):
    """The private values of one stream: where each was entered, and what it was.

    `contacts` are those that were contact data at any time, each with the values that stood beside
    it; `in_force` gives the field of each that is contact data now.
    """

    places: Mapping[str, str]
    contacts: Mapping[str, Collection[str]]
    in_force: Mapping[str, str]

    def paired(self, own: Collection[str]) -> Iterator[str]:
        """Yield what stood beside somebody's own values, but for what is another's by now."""
        for token, others in self.contacts.items():
            if token in own:
                yield from (other for other in others if self._is_free(other, own))

    def _is_free(self, token: str, own: Collection[str]) -> bool:
        """Tell whether a value is in force beside nothing, or beside one of somebody's own."""
        field = self.in_force.get(token)
        tokens = {place: other for other, place in self.in_force.items()}
        beside = tokens.get(_other_of(field)) if field else None
        return beside is None or beside in own

    def erased(self, tokens: Collection[str]) -> tuple[FactChange, ...]:
        """Return what an event says of erased values, without any effect on what is in force."""
        return tuple(
            FactChange(self.in_force[token], token, token)
            if token in self.in_force
            else FactChange(place, token, None)
            for token, place in self.places.items()
            if token in tokens
        )


def private_values_of(events: Iterable[Event]) -> PrivateValues:
    """Return the private values that a stream of events holds."""
    places: dict[str, str] = {}
    contacts: dict[str, set[str]] = {}
    facts: dict[str, str] = {}
    for event in events:
        for name, text in (("actor", event.actor), ("reason", event.reason)):
            if text and is_token(text):
                places.setdefault(text, f"event.{event.seq}.{name}")
        for change in event.changes:
            if CONTACT_FACT.fullmatch(change.field):
                apply([change], facts)
                if change.new and is_token(change.new):
                    places.setdefault(change.new, f"event.{event.seq}.{change.field}")
                    contacts.setdefault(change.new, set())
        for field, token in facts.items():
            if token in contacts and facts.get(_other_of(field)) in contacts:
                contacts[token].add(facts[_other_of(field)])
    return PrivateValues(
        places=places,
        contacts=contacts,
        in_force={token: field for field, token in facts.items()},
    )


def _other_of(field: str) -> str:
    """Return the field that stands beside a name or an address of somebody."""
    group, _, part = field.rpartition(".")
    return f"{group}.{OTHER[part]}"

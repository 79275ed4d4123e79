"""Personal and free-text values enter the ledger as tokens, salted hashes, and can be erased."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from states.model.agreement import Agreement
from states.model.fact_types import PrivateText
from states.model.phrase import say
from states.rules.amendment import UNKNOWN

PREFIX = "sealed:"
TOKEN = re.compile(rf"{PREFIX}\w+")
ERASED = say("(erased)")
ERASE = "erase"
PRIVATE_FACTS = frozenset({"case_owner.name", "case_owner.email"})
# Contact data, of an office too: a name and an address beside each other, found when one is erased.
CONTACT_FACT = re.compile(r"(case_owner|holder\.\d+)\.(name|email)")
CONTACT_FIELDS = ("case_owner.", "holder.")


class Private(Struct, frozen=True):
    """A value with its salt, kept apart from the ledger under the token that the ledger holds."""

    token: str
    salt: str
    value: str


def token_for(salt: str, value: str) -> str:
    """Return the token of a value: the salted SHA-256, cut to 128 bits."""
    return PREFIX + hashlib.sha256(f"{salt}{value}".encode()).hexdigest()[:32]


class Envelope:
    """The private values of one transaction."""

    def __init__(self) -> None:
        self.privates: list[Private] = []

    def keep(self, value: str) -> str:
        """Keep a value and return its token, of a fresh salt: equal values get different ones."""
        salt = secrets.token_hex(16)
        token = token_for(salt, value)
        self.privates.append(Private(token, salt, value))
        return token

    def contact(self, name: str, email: str) -> dict[str, Any]:
        """Return the tokens of a person's name and address, as parts of a value that holds them."""
        return {"name": PrivateText(self.keep(name)), "email": PrivateText(self.keep(email))}

    def keep_facts(self, facts: Mapping[str, str]) -> dict[str, str]:
        """Return the facts with tokens for the personal ones."""
        return {
            path: self.keep(text) if path in PRIVATE_FACTS and text not in {"", UNKNOWN} else text
            for path, text in facts.items()
        }


def is_token(text: str | None) -> bool:
    """Tell whether a text is a token."""
    return text is not None and text.startswith(PREFIX)


def tokens_in(agreement: Agreement) -> list[str]:
    """Return the tokens of an agreement's private facts (PRIVATE_FACTS)."""
    owner = agreement.case_owner
    return [text for text in (owner.name, owner.email) if is_token(text)] if owner else []

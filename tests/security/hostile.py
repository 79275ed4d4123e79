"""Texts that an attacker would choose, and letters in which every text is one of them."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from notifications.letter import Letter, Overview
from states.model.phrase import say

LINE_ENDS = ("\r\n", "\n", "\r", "\0", "\x85", "\u2028", "\u2029", "\v", "\f")
INJECTED = tuple(f"Raad{end}Bcc: dief@example.org{end}{end}Betaal nu" for end in LINE_ENDS)
ENCODED = (
    "=?utf-8?q?Raad=0D=0ABcc=3A_dief=40example=2Eorg?=",
    "=?utf-8?b?cmFhZA0KQmNjOiBkaWVmQGV4YW1wbGUub3Jn?= en meer",
    "Raad é =?iso-8859-1?q?=22=2C_dief=40example=2Eorg?=",
    "==??utf-8?q?x?=",
)
RECIPIENTS = ('Raad", dief@example.org, "', "Raad <dief@example.org>,", "a;b,c:d@example.org;")
READ_BACKWARDS = ("Raad \u202egro.elpmaxe@feid\u202c", "\u2066Raad\u2069\u200b\ufeff")
VERY_LONG = ("Raad " * 2000, "é" * 5000, "x" * 20_000)
HOSTILE = (*INJECTED, *ENCODED, *RECIPIENTS, *READ_BACKWARDS, *VERY_LONG)
ALL_AT_ONCE = " ".join((*INJECTED, *ENCODED, *RECIPIENTS, *READ_BACKWARDS))[:300]

# Details in which a template reads which of its own words to use: no text of anybody.
SWITCHES = frozenset({"phase", "ending", "ruling", "points"})


def poisoned(letter: Letter, text: str) -> Letter:
    """Return a letter in which every text that somebody may have entered is `text`."""
    about = replace(
        letter.about,
        ref=text,
        title=text,
        called=text,
        parties=(text, text),
        currency=text,
        case_owner=text,
        documents=tuple((text, url) for _, url in letter.about.documents),
    )
    topics = (
        replace(
            topic,
            clause=text,
            typed=(text,),
            lines=tuple(replace(line, amount=say("{words}", words=text)) for line in topic.lines),
            details=_details(topic.details, text),
        )
        for topic in letter.topics
    )
    reply_to = replace(letter.reply_to, name=text) if letter.reply_to else None
    contact = letter.contact and replace(
        letter.contact, box=replace(letter.contact.box, name=text), phone=text
    )
    return replace(
        letter,
        municipality=text,
        office=text,
        to=replace(letter.to, name=text),
        sender=replace(letter.sender, name=text),
        reply_to=reply_to,
        contact=contact,
        about=about,
        topics=tuple(topics),
    )


def poisoned_overview(overview: Overview, text: str) -> Overview:
    """Return the same of an overview of several agreements."""
    return replace(
        overview,
        municipality=text,
        office=text,
        to=replace(overview.to, name=text),
        sender=replace(overview.sender, name=text),
        items=tuple(replace(item, ref=text, called=text) for item in overview.items),
    )


def _details(details: Mapping[str, Any], text: str) -> Mapping[str, Any]:
    return {
        name: value if name in SWITCHES else _filled(name, value, text)
        for name, value in details.items()
    }


def _filled(name: str, value: Any, text: str) -> Any:
    if name == "fields":
        return tuple((kind, text, status) for kind, _, status in value)
    if isinstance(value, tuple):
        return tuple(text for _ in value)
    return text if isinstance(value, str) else value

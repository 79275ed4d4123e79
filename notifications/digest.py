"""The weekly digest of one office: what is late, what comes, what was done, and a fingerprint."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from jinja2 import Environment

from notifications.language import Language
from notifications.letter import Digest, Done, Item
from notifications.overview import framed, item_view, named, overview_view, totals
from notifications.sentences import Section, Sentences, section
from notifications.template_values import dated, one_line
from states.model.arithmetic import MONTH, WEEK

MOST_LINES = 50


def digest_view(digest: Digest, language: Language) -> dict[str, Any]:
    """Return the digest as strings, numbers, booleans and lists; each list in order of date."""
    today, seal = digest.written_at.date(), digest.fingerprint
    return {
        **overview_view(digest, language),
        "lists": {
            "late": [_item(item, today, language) for item in digest.items],
            **_by_urgency(digest.coming, today, language),
            "done": [_done(done, language) for done in digest.done],
        },
        "coming": len(digest.coming),
        **totals([*digest.items, *digest.coming], language),
        "done": len(digest.done),
        "fingerprint": seal.hash if seal else None,
        "sealed_iso": seal.day.isoformat() if seal else None,
        **dict(dated("sealed", seal.day if seal else None, today, language)),
        **dict(dated("done_since", digest.done_since, today, language)),
        **dict(dated("done_through", digest.done_through, today, language)),
    }


def _by_urgency(
    items: Sequence[Item], today: date, language: Language
) -> dict[str, list[dict[str, Any]]]:
    """Return what comes within a week, a month and later, and what happens by itself."""
    found: dict[str, list[dict[str, Any]]] = {
        "week": [],
        "month": [],
        "coming": [],
        "by_itself": [],
    }
    for item in items:
        ahead = (item.nominal_on or date.max) - today
        soon = "week" if ahead < WEEK else "month" if ahead < MONTH else "coming"
        found["by_itself" if item.by_itself else soon].append(_item(item, today, language))
    return found


def _item(item: Item, today: date, language: Language) -> dict[str, Any]:
    days = (today - item.nominal_on).days if item.nominal_on else 0
    return {**item_view(item, today, language), **named(item), "days": days}


def _done(done: Done, language: Language) -> dict[str, Any]:
    return {**named(done), "what": [one_line(language.say(what)) for what in done.what]}


def digest_page(digest: dict[str, Any], templates: Environment) -> dict[str, Any]:
    """Return what a digest says: what is asked, its lists, and the fingerprint."""
    words = Sentences(templates, digest["kind"])
    before = [
        section(words.line("ask_heading", digest), words.paragraphs("ask", digest)),
        *(_listed(name, digest, words) for name, lines in digest["lists"].items() if lines),
    ]
    return framed(digest, templates, before, _fingerprint(digest, words))


def _listed(name: str, digest: dict[str, Any], words: Sentences) -> Section:
    """Return one list under its heading, cut where it gets too long to read."""
    lines: Sequence[dict[str, Any]] = digest["lists"][name]
    told = name if words.has(f"{name}_label") else "coming"
    facts = [
        {"label": words.line(f"{told}_label", line), "value": words.line(f"{told}_value", line)}
        for line in lines[:MOST_LINES]
    ]
    cut = words.paragraphs("more", len(lines[MOST_LINES:])) if lines[MOST_LINES:] else []
    return section(words.line(f"{name}_heading", digest), cut, facts=facts)


def _fingerprint(digest: dict[str, Any], words: Sentences) -> list[Section]:
    if digest["fingerprint"] is None:
        return []
    text = words.paragraphs("fingerprint", digest)
    return [section(words.line("fingerprint_heading"), text)]

"""The sentences of a letter in the order in which they are read, without any layout."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from jinja2 import Environment

from notifications.language import ONE_DOT
from notifications.template_values import one_line

Section = dict[str, Any]


class Incomplete(Exception):
    """A template lacks a macro that its mail asks for."""

    def __init__(self, file: str, macro: str) -> None:
        super().__init__(f"no macro {macro}")
        self.file = file


class Sentences:
    """The macros of one template, called from Python: a layout would take their text for HTML."""

    def __init__(self, templates: Environment, name: str) -> None:
        """Load the template `name.j2` of the environment's language."""
        template = templates.get_template(f"{name}.j2")
        self._file, self._macros = str(template.filename), template.module

    def has(self, macro: str) -> bool:
        """Tell whether the template has a macro that it need not have."""
        return hasattr(self._macros, macro)

    def _say(self, macro: str, values: tuple[object, ...]) -> str:
        if not self.has(macro):
            raise Incomplete(self._file, macro)
        return str(getattr(self._macros, macro)(*values))

    def line(self, macro: str, *values: object) -> str:
        """Return what a macro says, on one line."""
        return one_line(self._say(macro, values))

    def paragraphs(self, macro: str, *values: object) -> list[str]:
        """Return what a macro says; an empty line begins a new paragraph."""
        said = ONE_DOT.sub(".", self._say(macro, values))
        return [line for part in re.split(r"\n\s*\n", said) if (line := one_line(part))]

    def facts(self, macro: str, *values: object) -> list[dict[str, str]]:
        """Return the facts that a macro lists, one a line: a label, a colon and a value."""
        lines = map(one_line, self._say(macro, values).split("\n"))
        parts = (line.partition(": ") for line in lines if line)
        return [{"label": label, "value": value} for label, _, value in parts]

    def table(self, macro: str, *values: object) -> list[list[str]]:
        """Return the rows of a table, its heads first: one a line, cells parted by tabs.

        No value holds a tab: `one_line` makes it a space.
        """
        lines = self._say(macro, values).split("\n")
        return [[one_line(cell) for cell in line.split("\t")] for line in lines if line.strip()]


def page(letter: dict[str, Any], templates: Environment) -> dict[str, Any]:
    """Return subject, heading, sections and footer; the layouts show these and add no words."""
    common, first = Sentences(templates, "letter"), letter["topics"][0]
    rules = [Sentences(templates, topic["template"]) for topic in letter["topics"]]
    alone = len(rules) == 1
    return {
        "language": letter["language"],
        "subject": rules[0].line("subject", letter, first),
        "heading": rules[0].line("heading", letter, first)
        if alone
        else common.line("several", letter),
        "sections": list(_sections(letter, common, rules, alone=alone)),
        "footer": common.paragraphs("footer", letter),
    }


def _sections(
    letter: dict[str, Any], common: Sentences, rules: list[Sentences], *, alone: bool
) -> Iterable[Section]:
    """Ask and why, the facts, what happens if nobody acts; with more topics the facts come once."""
    facts, topics = common.facts("facts", letter), letter["topics"]
    if alone:
        ask, why, otherwise = _topic(letter, topics[0], common, rules[0], level=2)
        facts += rules[0].facts("facts", topics[0])
        yield from (ask, why, _facts(letter, common, facts), otherwise)
    else:
        for topic, rule in zip(topics, rules, strict=True):
            ask, why, otherwise = _topic(letter, topic, common, rule, level=3)
            why["facts"] = rule.facts("facts", topic)
            yield from (section(rule.line("heading", letter, topic)), ask, why, otherwise)
        yield _facts(letter, common, facts)
    answer = section(common.line("answer_heading", letter), _answer(letter, common, rules))
    yield answer | {"link": _link(letter, common)}


def _facts(letter: dict[str, Any], common: Sentences, facts: list[dict[str, str]]) -> Section:
    text = common.paragraphs("attachment", letter)
    pages = [
        common.facts("document", title)[0] | {"href": url} for title, url in letter["documents"]
    ]
    return section(common.line("facts_heading"), text, facts=[*facts, *pages])


def _topic(
    letter: dict[str, Any], topic: dict[str, Any], common: Sentences, rule: Sentences, level: int
) -> tuple[Section, Section, Section]:
    why = common.paragraphs("notices", letter, topic) + rule.paragraphs("why", letter, topic)
    ask = rule.paragraphs("ask", letter, topic)
    asked = rule.facts("asked", topic) if rule.has("asked") else []
    table = rule.table("table", topic) if topic["lines"] else []
    return (
        section(common.line("ask_heading", topic), ask, level, asked) | {"table": table},
        section(common.line("why_heading"), why, level),
        section(
            common.line("otherwise_heading", topic),
            rule.paragraphs("otherwise", letter, topic),
            level,
        ),
    )


def _answer(letter: dict[str, Any], common: Sentences, rules: list[Sentences]) -> list[str]:
    """Say how to answer, then once for each kind of topic what stops the reminders."""
    stops = [
        line
        for topic, rule in zip(letter["topics"], rules, strict=True)
        if topic["asks"] and (line := rule.line("stops", topic))
    ]
    return [*common.paragraphs("answer", letter), *dict.fromkeys(stops)]


def _link(letter: dict[str, Any], common: Sentences) -> dict[str, str] | None:
    """Return a link that opens an answer which is begun, to who reads the answers."""
    if not (letter["asks"] and letter["reply_address"]):
        return None
    address, subject = letter["reply_address"], common.line("answer_subject", letter)
    body = "\r\n".join(common.paragraphs("answer_body", letter))
    href = f"mailto:{quote(address, '@')}?subject={quote(subject, '')}&body={quote(body, '')}"
    return {"label": common.line("answer_link"), "address": address, "href": href}


def section(
    heading: str,
    paragraphs: list[str] | None = None,
    level: int = 2,
    facts: list[dict[str, str]] | None = None,
) -> Section:
    """Return a heading with what stands under it: paragraphs, then a list of facts."""
    return {
        "heading": heading,
        "level": level,
        "paragraphs": paragraphs or [],
        "facts": facts or [],
        "table": [],
        "link": None,
    }

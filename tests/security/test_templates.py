"""Templates get plain values, cannot reach what is behind them, and write no HTML of others."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from email import message_from_bytes
from html.parser import HTMLParser
from typing import Any

import pytest
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment
from msgspec.structs import replace

from notifications.compose import TEMPLATES, compose, environment
from notifications.language import LANGUAGES, language
from notifications.overview import overview_view
from notifications.template_values import view
from tests.security.hostile import poisoned, poisoned_overview
from tests.unit.notifications.mails import LETTERS
from tests.unit.notifications.overviews import OVERVIEWS

MARKUP = "<script>alert(1)</script><img src=x onerror=y>\"'{{ 7*7 }}{% set x = 1 %}"
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "ul", "li"),
    *("strong", "footer", "a", "table", "tr", "th", "td"),
}
ESCAPES = (
    "{{ ''.__class__.__mro__ }}",
    "{{ x.__init__.__globals__ }}",
    "{{ x.append.__self__.__class__ }}",
    "{{ ''.format.__globals__ }}",
    "{{ '{0.__class__}'.format(x) }}",
    "{{ self.__init__.__globals__ }}",
    "{{ range(10**9)|list }}",
)


def fact_types(value: Any) -> Iterator[Any]:
    """Yield everything that a template could reach."""
    if isinstance(value, dict):
        for name, part in value.items():
            assert type(name) is str
            yield from fact_types(part)
    elif isinstance(value, list):
        for part in value:
            yield from fact_types(part)
    else:
        yield value


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_s_template_gets_plain_values_and_no_object(name: str) -> None:
    kinds = {type(fact_type) for fact_type in fact_types(view(LETTERS[name], language("nl")))}

    assert kinds <= {str, int, bool, type(None)}
    assert not kinds & {date, Decimal}


@pytest.mark.parametrize("name", OVERVIEWS)
def test_an_overview_s_template_gets_plain_values_and_no_object(name: str) -> None:
    kinds = {
        type(fact_type) for fact_type in fact_types(overview_view(OVERVIEWS[name], language("nl")))
    }

    assert kinds <= {str, int, bool, type(None)}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_template_is_rendered_in_the_sandbox(code: str) -> None:
    assert isinstance(environment(code), SandboxedEnvironment)


@pytest.mark.parametrize("attempt", ESCAPES)
def test_a_template_cannot_reach_behind_its_values(attempt: str) -> None:
    template = environment("nl").from_string(attempt)

    with pytest.raises((SecurityError, OverflowError)):
        template.render(x=["waarde"])


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html.j2")), ids=lambda path: path.name)
def test_every_template_of_html_escapes(path: Any) -> None:
    escapes = environment("nl").autoescape

    assert callable(escapes)
    assert escapes(str(path.relative_to(TEMPLATES)))
    assert "|safe" not in path.read_text(encoding="utf-8")


class Tags(HTMLParser):
    """Collects the elements and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("name", [*LETTERS, *OVERVIEWS])
def test_markup_in_any_text_stays_text(name: str, code: str) -> None:
    if name in LETTERS:
        mail = compose(poisoned(replace(LETTERS[name], language=code), MARKUP))
    else:
        mail = compose(poisoned_overview(replace(OVERVIEWS[name], language=code), MARKUP))
    page = Tags(mail.html)

    assert page.found <= TAGS
    assert page.attributes <= {"lang", "charset", "name", "content", "href", "scope"}
    assert all(
        re.fullmatch(r"mailto:[\w.@-]+\?[\w.%&=-]+|https://maastricht\.example/[\w.?=&/-]+", link)
        for link in page.links
    )
    assert "{{ 7*7 }}" in mail.text


# What is not public ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LETTERS)
def test_no_header_tells_anything_of_an_agreement_that_is_not_public(name: str) -> None:
    usual = LETTERS[name]
    secret = replace(poisoned(usual, "GEHEIM"), municipality="Gemeente", office="B")
    about = replace(secret.about, public=False, ref="SO-1")
    mail = compose(
        replace(secret, about=about, to=usual.to, sender=usual.sender, reply_to=usual.reply_to)
    )

    assert "GEHEIM" not in str(message_from_bytes(mail.content).items())
    assert "GEHEIM" not in mail.subject
    assert "SO-1" in mail.subject


@pytest.mark.parametrize("name", OVERVIEWS)
def test_no_header_of_an_overview_names_an_agreement(name: str) -> None:
    usual = OVERVIEWS[name]
    secret = poisoned_overview(usual, "GEHEIM")
    known = replace(secret, office="B", municipality="M", to=usual.to, sender=usual.sender)
    mail = compose(known)

    assert "GEHEIM" not in str(message_from_bytes(mail.content).items())

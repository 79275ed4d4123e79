"""The HTML: well-formed, readable without pictures or links, and the same sentences as the text."""

import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import unquote

import pytest
from msgspec.structs import replace

from notifications.compose import compose
from notifications.language import LANGUAGES
from states.model.phrase import say
from tests.unit.notifications.composed import composed
from tests.unit.notifications.letters import ABOUT, EVALUATE, letter, missing, payment
from tests.unit.notifications.mails import LETTERS
from tests.unit.notifications.overviews import FIVE, OVERVIEWS

VOID = {"meta", "br", "hr"}
HEADINGS = ("h1", "h2", "h3")
ACTING = {"img", "script", "iframe", "form", "button", "input", "link", "object", "video"}
HOSTILE = "<script>alert(1)</script>{{7*7}}{% raw %}\r\nBcc: x@example.org\r\n&amp;“"


class Page(HTMLParser):
    """Reads a page strictly: every tag is closed, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: dict[str, list[str]] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag in {*HEADINGS, "p", "li", "th", "td", "title"}:
            self.words.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in reversed(self.open):
            if tag in self.words:
                self.words[tag][-1] += data
                return

    @property
    def sentences(self) -> list[str]:
        shown = (*HEADINGS, "p", "li", "th", "td")
        return [line for tag in shown for line in self.words.get(tag, [])]


@pytest.fixture(
    params=[(name, language) for name in (*LETTERS, *OVERVIEWS) for language in LANGUAGES],
    ids="-".join,
)
def both(request: pytest.FixtureRequest) -> tuple[str, Page]:
    name, language = request.param
    return composed(name, language).text, page_of(name, language)


@cache
def page_of(name: str, language: str = "nl") -> Page:
    """Return the HTML of a mail; it is read once, for all who look at it."""
    return Page(composed(name, language).html)


def flat(text: str) -> str:
    """Return the words of a text without bullets, rules and line ends."""
    return " ".join(re.sub(r"^(- |[-=~]+$)", "", text, flags=re.MULTILINE).split())


def test_text_and_html_say_the_same(both: tuple[str, Page]) -> None:
    text, page = both
    words = " ".join(page.sentences).split()

    text = re.sub(r",\s+https://\S+", "", text)  # in the HTML that is what the title links to
    assert sorted(flat(text).split()) == sorted(words)
    assert all(" ".join(sentence.split()) in flat(text) for sentence in page.sentences)


def test_the_page_is_well_formed_and_does_nothing(both: tuple[str, Page]) -> None:
    _, page = both

    assert page.open == []
    assert not ACTING & {tag for tag, _ in page.tags}
    assert not {"src", "onclick", "style"} & {name for _, at in page.tags for name in at}
    hrefs = [at["href"] or "" for tag, at in page.tags if tag == "a"]
    links = [href for href in hrefs if not href.startswith("https://maastricht.example/")]
    assert len(links) <= 1
    assert all(re.fullmatch(r"mailto:[\w.@-]+\?subject=[\w.%-]+&body=[\w.%-]+", a) for a in links)


def test_an_answer_is_begun_for_who_reads_it() -> None:
    html = compose(letter(EVALUATE)).html

    assert (
        '<a href="mailto:m.janssen@maastricht.example?subject=SO-2017-0042%3A%20antwoord%20op%20uw'
        "%20mail&amp;body=Wat%20is%20er%20gedaan%3A%0D%0AOp%20welke%20dag%3A"
        '">m.janssen@maastricht.example</a>'
    ) in html


@pytest.mark.parametrize(
    "name, begins",
    [
        (
            "payment, commitment",
            ["Is er budget (ja of nee):", "Als het nee is, wie regelt het budget:"],
        ),
        ("missing fact, one", ["Wat u weet:", "Waar u het hebt gevonden:"]),
        (
            "several topics, facts among them",
            ["Wat is er gedaan:", "Op welke dag:", "Wat u weet van wat ontbreekt:"],
        ),
    ],
)
def test_an_answer_begins_with_what_its_mail_asks(name: str, begins: list[str]) -> None:
    (body,) = re.findall(r"&amp;body=([\w.%-]+)", composed(name).html)

    assert unquote(body).split("\r\n") == begins


def test_a_document_is_a_link_by_its_title() -> None:
    html = composed("evaluation, start, with documents and an amount that is indexed").html

    assert (
        '<li><strong>Stuk:</strong> <a href="https://maastricht.example/so-42.pdf?a=1&amp;b=2">'
        "Overeenkomst &amp; bijlagen</a></li>"
    ) in html


def test_instalments_are_a_table_with_heads() -> None:
    html = composed("instalments").html

    assert '<tr><th scope="col">Termijn</th><th scope="col">Bedrag</th>' in html
    assert "<tr><td>3</td><td>€\N{NO-BREAK SPACE}250,00</td><td>12 juli 2018</td>" in html
    assert "<td>Samen</td><td>zonder indexering €\N{NO-BREAK SPACE}1.000,00</td>" in html


def test_no_amount_is_broken_over_two_lines() -> None:
    mail = compose(letter(payment("due")))

    assert "€\N{NO-BREAK SPACE}1.000,00" in mail.html
    assert "€\N{NO-BREAK SPACE}1.000,00" in mail.text
    assert "€ " not in mail.html + mail.text


def test_the_page_has_one_title_and_real_headings(both: tuple[str, Page]) -> None:
    _, page = both
    levels = [int(tag[1]) for tag, _ in page.tags if tag in HEADINGS]

    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", LETTERS)
def test_the_facts_are_a_list(name: str) -> None:
    assert page_of(name).words["li"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_names_its_language(language: str) -> None:
    page = Page(compose(letter(EVALUATE, language=language)).html)

    assert page.tags[0] == ("html", {"lang": language})


@pytest.mark.parametrize("name", LETTERS)
def test_a_hostile_text_stays_text(name: str) -> None:
    usual = LETTERS[name]
    about = replace(ABOUT, title=HOSTILE, called=HOSTILE, parties=(HOSTILE,), case_owner=HOSTILE)
    topics = tuple(replace(topic, clause=HOSTILE) for topic in usual.topics)
    mail = compose(replace(usual, about=about, topics=topics, office=HOSTILE, municipality=HOSTILE))

    shown = "<script>alert(1)</script>{{7*7}}{% raw %} Bcc: x@example.org &amp;“"
    assert "<script" not in mail.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}{% raw %} Bcc" in mail.html
    assert any(shown in line for line in Page(mail.html).words["li"])
    assert shown in flat(mail.text)
    assert "\r" not in mail.text + mail.html


def test_a_hostile_text_in_a_detail_or_an_overview_stays_text() -> None:
    fact = missing(
        (say("{path}", path=HOSTILE), "party", "unknown"), (say("the first day"), "term", "unknown")
    )
    item = replace(
        FIVE[0], ref=HOSTILE, called=HOSTILE, what=say("instalment {about}", about=HOSTILE)
    )
    mails = (
        compose(letter(fact)),
        compose(replace(OVERVIEWS["handover"], items=(item,), office=HOSTILE)),
    )

    for mail in mails:
        assert "<script" not in mail.html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}{% raw %} Bcc" in mail.html
        assert "\r" not in mail.text + mail.html


def test_signs_that_turn_the_reading_direction_are_left_out() -> None:
    about = replace(ABOUT, title="Samen\u202ewerking\u2066", called="Samen\u202ewerking")
    mail = compose(letter(EVALUATE, about=about))

    assert "Samen werking" in mail.subject
    assert not {"\u202e", "\u2066"} & set(mail.subject + mail.text + mail.html)


def test_a_long_clause_is_quoted_in_part() -> None:
    mail = compose(letter(replace(EVALUATE, clause="Evalueren is leren. " * 1000)))

    assert len(mail.text) < 4000
    assert "…”" in mail.text

"""The Dutch pages say what the English ones say: headings, commands, code, links and rows."""

import gettext
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from notifications.language import CATALOGUES, language
from states.model.fact_words import field_name

DOCS = Path(__file__).parents[3] / "docs"
PAIRS = sorted(path.name for path in (DOCS / "nl").glob("*.md"))
DUTCH = gettext.translation("looptijd", CATALOGUES, languages=["nl"]).gettext
# What the program has no phrase for by itself, or another one, as for a mail that is held.
PLACEHOLDERS = {
    "ACTION": "ACTIE",
    "COMMAND": "OPDRACHT",
    "FIELD": "VELD",
    "VALUE": "WAARDE",
    "held": "tegengehouden",
    "value": "waarde",
}
LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
CODE = re.compile(r"`([^`]+)`")
QUOTED = re.compile(r"\"[^\"=]*\"")
PATH = re.compile(r"\b[a-z_]+(?:\.[\w-]+)+(?==)")
COMMENT = re.compile(r"(^|\s+)# .*$")
WORD = re.compile(r"[^\s=.…\"]+")


@dataclass
class Section:
    """What stands under a heading."""

    depth: int
    commands: list[str] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)


def sections(page: str) -> list[Section]:
    """Return a page in parts, each with the commands and keys of its blocks, and its prose."""
    found, kind = [Section(depth=0)], None
    for line in page.splitlines():
        if line.startswith("```"):
            kind = line[3:] if kind is None else None
            found[-1].commands.append(line)
        elif kind is not None:
            found[-1].commands.extend(typed(line, kind))
        elif line.startswith("#"):
            found.append(Section(depth=line.index(" ")))
        else:
            found[-1].prose.append(line)
    return found


def typed(line: str, kind: str) -> Iterator[str]:
    """Yield what a line of a block asks to type; of what is printed and of values nothing."""
    if kind == "console" and not line.startswith("$ "):
        return
    yield in_dutch(line.partition("=")[0] if kind == "toml" else COMMENT.sub("", line))


def in_dutch(code: str) -> str:
    """Return code with every word of the program in Dutch; texts between quotes are free."""
    plain = QUOTED.sub('"…"', " ".join(code.split()))
    plain = PATH.sub(lambda found: language("nl").write(field_name(found[0])), plain)
    return WORD.sub(lambda found: PLACEHOLDERS.get(found[0]) or DUTCH(found[0]), plain)


def same_in_both(section: Section, page: Path) -> dict[str, object]:
    """Return what may not differ between the languages, in one form."""
    prose = " ".join(section.prose)
    return {
        "depth": section.depth,
        "commands": section.commands,
        "code": Counter(map(in_dutch, CODE.findall(prose))),
        "links": Counter(target(a or b, page) for a, b in LINK.findall(prose)),
        "rows": sum(line.startswith("|") for line in section.prose),
        "items": sum(bool(re.match(r"(-|\d+\.) ", line)) for line in section.prose),
    }


def target(link: str, page: Path) -> tuple[str, object]:
    """Return where a link leads: the English page, and of a translated one the heading's number."""
    if "://" in link:
        return link, ""
    name, _, anchor = link.partition("#")
    path = (page.parent / name).resolve() if name else page
    english = path.parent.parent / path.name if path.parent == DOCS / "nl" else path
    if anchor and english.name in PAIRS:
        return str(english), anchors(path.read_text("utf-8")).index(anchor)
    return str(english), anchor


def anchors(text: str) -> list[str]:
    """Return the headings of a page as a link names them."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"(?ms)^```.*?^```$", "", text), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]


def differences(name: str, dutch: str) -> list[object]:
    """Return what a Dutch page says otherwise than the English page of that name."""
    english = sections((DOCS / name).read_text("utf-8"))
    theirs = sections(dutch)
    if [part.depth for part in english] != [part.depth for part in theirs]:
        return ["headings"]
    return [
        (number, kind, said, other[kind])
        for number, (one, two) in enumerate(zip(english, theirs, strict=True))
        for other in [same_in_both(two, DOCS / "nl" / name)]
        for kind, said in same_in_both(one, DOCS / name).items()
        if said != other[kind]
    ]


@pytest.mark.parametrize("name", PAIRS)
def test_a_dutch_page_has_the_headings_commands_and_links_of_the_english_one(name: str) -> None:
    assert differences(name, (DOCS / "nl" / name).read_text("utf-8")) == []


@pytest.mark.parametrize("name", PAIRS)
def test_a_heading_a_command_or_a_row_that_is_missing_is_found(name: str) -> None:
    lines = (DOCS / "nl" / name).read_text("utf-8").splitlines(keepends=True)
    telling = re.compile(r"#+ |\$ |looptijd |\| [`*]|- ")
    unseen = [
        line
        for number, line in enumerate(lines)
        if telling.match(line)
        and not differences(name, "".join(lines[:number] + lines[number + 1 :]))
    ]
    assert unseen == []


@pytest.mark.parametrize("name", PAIRS)
def test_a_dutch_page_leads_to_dutch_pages(name: str) -> None:
    text = (DOCS / "nl" / name).read_text("utf-8")
    linked = re.findall(r"\]\(\.\./([\w-]+\.md)", text)
    assert [page for page in linked if page in PAIRS and page != name] == []


def test_who_works_with_it_has_every_page_in_dutch() -> None:
    assert PAIRS == [
        "import-files.md",
        "mail.md",
        "operating.md",
        "troubleshooting.md",
        "tutorial.md",
    ]

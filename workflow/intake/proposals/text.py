"""The text of a proposal, from a text file or a PDF, and where in it a quote stands."""

import logging
import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from functools import cached_property
from importlib import import_module
from io import BytesIO
from pathlib import Path
from unicodedata import normalize

from msgspec import Struct

from states.model.phrase import Refusal, say
from workflow.system.os_errors import reason_of

LARGEST_FILE = 20_000_000
LONGEST = 1_000_000
LONGEST_SENTENCE = 3_000
NEXT_PAGE = "\f"
BLANKS = re.compile(r"[^\S\n]+")
EMPTY_LINES = re.compile(r"\n(?: ?\n)+")
LIST, FIRST_LINES = re.compile(r"[^\n:.]{0,40}besluitenlijst\b", re.IGNORECASE), 3
LIGATURES = {sign: normalize("NFKC", chr(sign)) for sign in range(0xFB00, 0xFB07)}  # of a PDF
UNSEEN = dict.fromkeys(map(ord, "\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\ufeff"))
OPENS = (
    r"(?:De|Het|Een|Deze|Dit|Die|Dat|Zij|Wij|Er|In|Op|Na|Bij|Voor|Met|Om|Als|Partijen|Uiterlijk"
    r"|[A-Z][a-zé]+\s(?:jaar|maanden?|weken|dagen))\s"
)
"""Words that begin a sentence: a line of a heading ends where the next one begins with them."""
MONTHS = "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"
NUMBERED = (
    r"\d{1,2}(?:[.)\-] ?[^\W\d]|\.\d{1,2}\.? [A-Z]"
    rf"| (?!jaar|maand|week|weken|dag|euro|{MONTHS})\w)"
)  # an item of a list, not a day or an amount whose line began with it
END_OF_SENTENCE = re.compile(
    r"(?<!\b\w)(?<!\bca)(?<!\bjl)(?<!\bart)(?<!\bnr)(?<!\btel)(?<!\bafd)(?<!\b[ei][xn]cl)[.;?!](?=\s|$)"
    rf"|\n(?={NUMBERED}|(?:[a-h]|[-•–*])[.)\- ] ?\w|\|?(?:[^\n|:.]|\.(?! )){{2,40}}[|:]|{OPENS})"
)


def one_space(text: str) -> str:
    """Return a text with white space as single spaces, as quotes are compared."""
    return " ".join(text.split())


class Proposal(Struct, frozen=True, dict=True):
    """What a proposal says, the municipality that it is for, and the day it was decided on.

    `written` has no empty lines and no two spaces in a row; `decided_on` is what “jl.” is read
    against.
    """

    written: str
    municipality: str = ""
    decided_on: date | None = None

    @cached_property
    def flat(self) -> str:
        """Return the text on one line."""
        return one_space(self.written)

    def says(self, quote: str) -> bool:
        """Tell whether a quote stands in the text letter for letter, white space apart."""
        return bool(quote.strip()) and one_space(quote) in self.flat

    def within_sentences(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Yield what a pattern finds within one sentence, or one row of a table."""
        place = 0
        while match := pattern.search(self.written, place):
            is_whole = self._number_at(match.start()) == self._number_at(match.end() - 1)
            place = match.end() if is_whole else match.start() + 1
            if is_whole:
                yield match

    def _number_at(self, place: int) -> int:
        return bisect_right(self._ends, place)

    @cached_property
    def _ends(self) -> list[int]:
        return [end.end() for end in END_OF_SENTENCE.finditer(self.written)]

    def sentence_at(self, place: int) -> str:
        """Return the sentence, or the row of a table, in which a place stands.

        What is longer than any sentence is read no further, so that no text takes minutes.
        """
        number = self._number_at(place)
        begin = self._ends[number - 1] if number else 0
        end = self._ends[number] if number < len(self._ends) else len(self.written)
        return self.written[
            max(begin, place - LONGEST_SENTENCE) : min(end, place + LONGEST_SENTENCE)
        ]


def written_as(text: str) -> str:
    """Return a text without empty lines and runs of spaces."""
    plain = BLANKS.sub(" ", text.replace("\r", "\n").replace("\f", "\n"))
    return EMPTY_LINES.sub("\n", plain).strip()


def place_of(text: str, quote: str) -> tuple[str, int | None]:
    """Return whether a quote's place is a `line` or a `page` (of a PDF), and its number."""
    found = re.search(r"\s+".join(map(re.escape, quote.split())), text)
    begin = text[: found.start()] if found else ""
    kind, mark = ("page", NEXT_PAGE) if NEXT_PAGE in text else ("line", "\n")
    return kind, begin.count(mark) + 1 if found else None


def text_of(path: Path) -> str:
    """Return what a proposal says; a Refusal tells what cannot be read, and what can."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        wrong = say("{file} cannot be read ({reason}).", file=str(path), reason=reason_of(error))
        raise Refusal(wrong) from error
    if len(content) > LARGEST_FILE:
        raise Refusal(say("{file} is larger than 20 MB.", file=str(path)))
    text = _of_pdf(path, content) if content.startswith(b"%PDF-") else _of_text(path, content)
    text = text.translate(LIGATURES | UNSEEN)
    if not text.strip():
        sentence = say("{file} holds no text; a scan has to be read (OCR) first.", file=str(path))
        raise Refusal(sentence)
    if any(map(LIST.match, [*filter(str.strip, text.split("\n", 20))][:FIRST_LINES])):
        sentence = say(
            "{file} is a list of decisions on several subjects; save what it says of one agreement,"
            " without its heading, as text.",
            file=str(path),
        )
        raise Refusal(sentence)
    if len(text) > LONGEST:
        sentence = say(
            "{file} holds more than a million signs; name the proposal alone.", file=str(path)
        )
        raise Refusal(sentence)
    return text


def _of_text(path: Path, content: bytes) -> str:
    with suppress(UnicodeDecodeError):
        text = content.decode("utf-8")
        if "\0" not in text:
            return text
    raise Refusal(say("{file} is neither text in UTF-8 nor a PDF.", file=str(path)))


def _of_pdf(path: Path, content: bytes) -> str:
    try:
        pypdf = import_module("pypdf")
    except ImportError as error:
        raise Refusal(
            say(
                "{file} is a PDF; reading that needs the extra looptijd[pdf]. Install it, or save"
                " the proposal as text.",
                file=str(path),
            )
        ) from error
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it mends it would tell of
    try:
        with pypdf.PdfReader(BytesIO(content)) as reader:
            return NEXT_PAGE.join(page.extract_text() for page in reader.pages)
    except Exception as error:
        raise Refusal(say("{file} is no PDF that can be read.", file=str(path))) from error

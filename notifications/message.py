"""The MIME message: headers that nobody can inject into, and the same bytes for the same letter."""

import hashlib
import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterator
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from notifications.calendar import calendar
from notifications.letter import Letter, Mailbox, Overview
from notifications.template_values import one_line
from states.model.phrase import Refusal, say

END = "\r\n"
LONGEST_HEADER = 400
LONGEST_LINE = 76
LONGEST_PLAIN = 40
PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


class Unsendable(Refusal):
    """An address or message identifier that may not stand in a header."""


def message(letter: Letter | Overview, subject: str, text: str, html: str) -> bytes:
    """Return the message as it goes to the relay, with CRLF line ends and 7-bit content.

    It is written out here: the library's EmailMessage takes five times as long, most of it to parse
    what it then folds, and its folding had to be replaced for subjects, names and identifiers.
    """
    words = _several("alternative", letter, _part("plain", text), _part("html", html))
    whole = _several("mixed", letter, words, _dates(letter)) if letter.dates else words
    return _lines(*_headers(letter, subject), "MIME-Version: 1.0", *whole)


def plain(  # noqa: PLR0913 - as many parts as a mail has
    *, sender: str, to: str, subject: str, text: str, message_id: str, written_at: datetime
) -> bytes:
    """Return a mail of text only, for operators; `sender` may be NAME <ADDRESS>."""
    name, email = parseaddr(sender)
    return _lines(
        _box("From", Mailbox(name=name, email=email)),
        _box("To", Mailbox(name="", email=to)),
        _subject(subject),
        f"Date: {format_datetime(written_at)}",
        _identified("Message-ID", message_id),
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        *_part("plain", text),
    )


def _several(kind: str, letter: Letter | Overview, *parts: list[str]) -> list[str]:
    """Return parts as one; each such whole has a boundary of its own."""
    boundary = _boundary(f"{kind} {letter.message_id}")
    head = [f"Content-Type: multipart/{kind};", f' boundary="{boundary}"']
    inside = [line for part in parts for line in ("", f"--{boundary}", *part)]
    return [*head, *inside, "", f"--{boundary}--"]


def _dates(letter: Letter | Overview) -> list[str]:
    """Return the dates as an attachment; the method stands in both places (RFC 6047, 2.4)."""
    method = "CANCEL" if all(event.cancelled for event in letter.dates) else "PUBLISH"
    organizer = letter.sender.email
    text = calendar(letter.sender.name, letter.dates, method=method, organizer=organizer)
    return [
        f'Content-Type: text/calendar; charset="utf-8"; method={method}',
        'Content-Disposition: attachment; filename="looptijd.ics"',
        "Content-Transfer-Encoding: base64",  # quoted-printable would let line ends be changed
        "",
        *encodebytes(text.encode()).decode("ascii").splitlines(),
    ]


def _lines(*lines: str) -> bytes:
    return "".join(f"{line}{END}" for line in lines).encode("ascii")


def _part(subtype: str, text: str) -> list[str]:
    """Return a text as a part, quoted-printable: every line is short and ASCII (RFC 2045, 6.7)."""
    return [
        f'Content-Type: text/{subtype}; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "",
        b2a_qp(text.removesuffix("\n").encode(), istext=True).decode("ascii").replace("\n", END),
    ]


# Headers -----------------------------------------------------------------------------------------


def _headers(letter: Letter | Overview, subject: str) -> Iterator[str]:
    yield _box("From", letter.sender)
    yield _box("To", letter.to)
    if letter.reply_to:
        yield _box("Reply-To", letter.reply_to)
    yield _subject(subject)
    yield f"Date: {format_datetime(letter.written_at)}"
    yield _identified("Message-ID", letter.message_id)
    if letter.thread != letter.message_id:  # ties the mails about one agreement (RFC 5322, 3.6.4)
        yield _identified("In-Reply-To", letter.thread)
        yield _identified("References", letter.thread)
    yield "Auto-Submitted: auto-generated"  # RFC 3834
    yield "X-Auto-Response-Suppress: All"  # Exchange
    yield f"Content-Language: {letter.language}"


def _subject(text: str) -> str:
    """Return a subject that begins on the header's own line, folded at spaces (RFC 5322, 2.2.3)."""
    words = _words(text)
    if words.isascii():
        return f"Subject: {Header(words, 'us-ascii', header_name='Subject').encode(linesep=END)}"
    return f"Subject: {_encoded(words)}"


def _box(header: str, mailbox: Mailbox) -> str:
    """Return one name and address; only a short name of plain words and signs stands unencoded."""
    address = _address(mailbox.email)
    name = _phrase(_words(mailbox.name), header)
    if not name:
        return f"{header}: {address}"
    last = len(name.rpartition("\n")[2]) + len(header) + len(address) + 1
    gap = " " if last < LONGEST_LINE else f"{END} "
    return f"{header}: {name}{gap}<{address}>"


def _phrase(name: str, header: str) -> str:
    """Return a name as words, between quotes, or encoded (RFC 5322, 3.2.5; RFC 2047, 5)."""
    if name.isascii() and len(name) <= LONGEST_PLAIN:
        escaped = re.sub(r'(["\\])', r"\\\1", name)
        return name if PLAIN.fullmatch(name) else f'"{escaped}"'
    return Header(name, "utf-8", header_name=header).encode(linesep=END)


def _encoded(text: str) -> str:
    """Return a subject as encoded words of whole characters, each on a line (RFC 2047, 2).

    The library's Header took a tenth of all the time that a mail took.
    """
    words, word = list[str](), ""
    room = LONGEST_LINE - len("Subject: =?utf-8?q??=")
    for sign in map(_quoted, text):
        if len(word) + len(sign) > room:
            words.append(word)
            word, room = "", LONGEST_LINE - len(" =?utf-8?q??=")
        word += sign
    return f"{END} ".join(f"=?utf-8?q?{word}?=" for word in [*words, word])


@lru_cache(maxsize=1000)
def _quoted(sign: str) -> str:
    """Return a character as it may stand in every encoded word (RFC 2047, 5)."""
    if sign == " ":
        return "_"
    plain = sign.isascii() and (sign.isalnum() or sign in "!*+-/")
    return sign if plain else "".join(f"={byte:02X}" for byte in sign.encode())


def _identified(header: str, identifier: str) -> str:
    """Return a message identifier, in one piece however long it is: folded it would be another."""
    try:
        return f"{header}: {_plain(identifier)}"
    except ValueError as error:
        raise Unsendable(say("“{name}” is not a message identifier.", name=identifier)) from error


@lru_cache(maxsize=1000)
def _address(email: str) -> str:
    """Return an address with its domain in ASCII; it is refused unless it is one."""
    local, at, domain = email.rpartition("@")
    try:
        spec = _plain(f"{local}{at}{domain.encode('idna').decode()}")
        return Address(addr_spec=spec).addr_spec
    except (ValueError, IndexError, MessageError) as error:
        raise Unsendable(say("“{address}” is not a mail address.", address=email)) from error


def _words(text: str) -> str:
    """Return text that a reader's program shows as it is: on one line, undecoded, not endless.

    An encoded word (RFC 2047) that somebody typed would be decoded, and could hide anything.
    """
    return one_line(text, LONGEST_HEADER).replace("=?", "= ?")


def _plain(text: str) -> str:
    """Return text that is ASCII without spaces, control characters and line ends, or refuse it."""
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError(text)
    return text


def _boundary(message_id: str) -> str:
    """Return a boundary that quoted-printable text can't contain: it never holds `=_`."""
    return f"=_{hashlib.sha256(message_id.encode()).hexdigest()[:32]}"

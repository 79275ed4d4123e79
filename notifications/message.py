"""The MIME message: headers that nobody can inject into, and the same bytes for the same letter."""

import hashlib
import re
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, MessageIDHeader, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr

from notifications.letter import Letter, Mailbox, Overview
from notifications.view import one_line
from states.phrase import Refusal, say

LONGEST_HEADER = 400
LONGEST_LINE = 76
LONGEST_PLAIN = 40
PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
HEADERS = HeaderRegistry()
for _name in ("in-reply-to", "references"):
    # As free text a long identifier becomes an encoded word; typeshed misses that any class goes.
    HEADERS.map_to_type(_name, MessageIDHeader)  # type: ignore[arg-type]


class Subject(UnstructuredHeader):
    """A subject that begins on the header's own line: the library moves long ones to the next."""

    def fold(self, *, policy: Policy) -> str:
        """Return the header, folded at spaces (RFC 5322, 2.2.3)."""
        text = str(self)
        charset = "us-ascii" if text.isascii() else "utf-8"
        header = Header(text, charset, header_name="Subject")
        return f"Subject: {header.encode(linesep=policy.linesep)}{policy.linesep}"


class Box(UnstructuredHeader):
    """One name and address. Folding a long quoted name, the library loses the quotes around it.

    A reader's program then takes what stands behind a comma in the name for another address.
    """

    def fold(self, *, policy: Policy) -> str:
        """Return the header; only a short name of plain words and signs stands unencoded."""
        header: str = self.name  # type: ignore[attr-defined]  # the registry mixes it in
        name, _, address = str(self).rpartition("<")
        words = _phrase(name.strip(), header, policy)
        if not words:
            return f"{header}: {address.rstrip('>')}{policy.linesep}"
        last = len(words.rpartition("\n")[2]) + len(header) + len(address)
        gap = " " if last < LONGEST_LINE else f"{policy.linesep} "
        return f"{header}: {words}{gap}<{address}{policy.linesep}"


def _phrase(name: str, header: str, policy: Policy) -> str:
    """Return a name as words, between quotes, or encoded (RFC 5322, 3.2.5; RFC 2047, 5)."""
    if name.isascii() and len(name) <= LONGEST_PLAIN:
        escaped = re.sub(r'(["\\])', r"\\\1", name)
        return name if PLAIN.fullmatch(name) else f'"{escaped}"'
    return Header(name, "utf-8", header_name=header).encode(linesep=policy.linesep)


HEADERS.map_to_type("subject", Subject)  # type: ignore[arg-type]
for _name in ("from", "to", "reply-to"):
    HEADERS.map_to_type(_name, Box)  # type: ignore[arg-type]
POLICY = SMTP.clone(header_factory=HEADERS)


class Unsendable(Refusal):
    """An address or message identifier that may not stand in a header."""


def message(letter: Letter | Overview, subject: str, text: str, html: str) -> bytes:
    """Return the message as it goes to the relay, with CRLF line ends and 7-bit content."""
    mail = EmailMessage(policy=POLICY)
    for name, value in _headers(letter, subject).items():
        mail[name] = value
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    mail.set_boundary(_boundary(letter.message_id))
    mail["Content-Language"] = letter.language  # last: set_content drops what begins with Content-
    return mail.as_bytes()


def plain(  # noqa: PLR0913 - as many parts as a mail has
    *, sender: str, to: str, subject: str, text: str, message_id: str, written_at: datetime
) -> bytes:
    """Return a mail of text only, for operators; `sender` may be NAME <ADDRESS>."""
    name, email = parseaddr(sender)
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _address(Mailbox(name=name, email=email))
    mail["To"] = _address(Mailbox(name="", email=to))
    mail["Subject"] = _words(subject)
    mail["Date"] = format_datetime(written_at)
    mail["Message-ID"] = _identifier(message_id)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text, cte="quoted-printable")
    return mail.as_bytes()


def _headers(letter: Letter | Overview, subject: str) -> dict[str, str]:
    return {
        "From": _address(letter.sender),
        "To": _address(letter.to),
        **({"Reply-To": _address(letter.reply_to)} if letter.reply_to else {}),
        "Subject": _words(subject),
        "Date": format_datetime(letter.written_at),
        "Message-ID": _identifier(letter.message_id),
        **_thread(letter),
        "Auto-Submitted": "auto-generated",  # RFC 3834
        "X-Auto-Response-Suppress": "All",  # Exchange
    }


def _thread(letter: Letter | Overview) -> dict[str, str]:
    """Return what ties the mails about one agreement together (RFC 5322, 3.6.4)."""
    if letter.thread == letter.message_id:
        return {}
    thread = _identifier(letter.thread)
    return {"In-Reply-To": thread, "References": thread}


def _address(mailbox: Mailbox) -> str:
    """Return NAME <ADDRESS> for a `Box`; the address is refused unless it is one."""
    local, at, domain = mailbox.email.rpartition("@")
    try:
        spec = _plain(f"{local}{at}{domain.encode('idna').decode()}")
        return f"{_words(mailbox.name)} <{Address(addr_spec=spec).addr_spec}>"
    except (ValueError, IndexError, MessageError) as error:
        raise Unsendable(
            say("“{address}” is not a mail address.", address=mailbox.email)
        ) from error


def _words(text: str) -> str:
    """Return text that a reader's program shows as it is: on one line, undecoded, not endless.

    An encoded word (RFC 2047) that somebody typed would be decoded, and could hide anything.
    """
    return one_line(text, LONGEST_HEADER).replace("=?", "= ?")


def _identifier(text: str) -> str:
    try:
        return _plain(text)
    except ValueError as error:
        raise Unsendable(say("“{name}” is not a message identifier.", name=text)) from error


def _plain(text: str) -> str:
    """Return text that is ASCII without spaces, control characters and line ends, or refuse it."""
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError(text)
    return text


def _boundary(message_id: str) -> str:
    """Return a boundary that quoted-printable text can't contain: it never holds `=_`."""
    return f"=_{hashlib.sha256(message_id.encode()).hexdigest()[:32]}"

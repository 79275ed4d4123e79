"""The MIME message: headers that nobody can inject into, and the same bytes for the same letter."""

import hashlib
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address, AddressHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr
from functools import lru_cache
from typing import Any

from notifications.letter import Letter, Mailbox, Overview, method_of
from notifications.template_values import one_line
from states.model.phrase import Refusal, say

LONGEST_HEADER = 400
IDENTIFIERS = ("Message-ID", "In-Reply-To", "References")


class Unsendable(Refusal):
    """An address or message identifier that may not stand in a header."""


def message(letter: Letter | Overview, subject: str, text: str, html: str, dates: str) -> bytes:
    """Return the message as it goes to the relay, with CRLF line ends and 7-bit content.

    `dates` is a calendar's text; it is attached where the letter has dates.
    """
    mail = _begun(letter.sender, letter.to, subject, letter.message_id, letter.written_at)
    if letter.reply_to:
        mail["Reply-To"] = _box(letter.reply_to)
    if letter.follows:  # ties the mails about one agreement (RFC 5322, 3.6.4)
        mail["In-Reply-To"] = mail["References"] = _identifier(letter.follows)
    mail["X-Auto-Response-Suppress"] = "All"  # Exchange
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    if letter.dates:
        mail.add_attachment(
            dates,
            subtype="calendar",
            filename="looptijd.ics",
            params={"method": method_of(letter.dates)},  # in both places (RFC 6047, 2.4)
            cte="base64",  # quoted-printable would let line ends be changed
        )
    mail["Content-Language"] = letter.language  # set_content would remove it
    for part in mail.walk():
        if part.is_multipart():
            part.set_boundary(_boundary(part.get_content_subtype(), letter.message_id))
    return mail.as_bytes()


def plain(  # noqa: PLR0913 - as many parts as a mail has
    *, sender: str, to: str, subject: str, text: str, message_id: str, written_at: datetime
) -> bytes:
    """Return a mail of text only, for operators; `sender` may be NAME <ADDRESS>."""
    name, email = parseaddr(sender)
    box = Mailbox(name=name, email=email)
    mail = _begun(box, Mailbox(name="", email=to), subject, message_id, written_at)
    mail.set_content(text, cte="quoted-printable")
    return mail.as_bytes()


def _begun(
    sender: Mailbox, to: Mailbox, subject: str, message_id: str, written_at: datetime
) -> EmailMessage:
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _box(sender)
    mail["To"] = _box(to)
    mail["Subject"] = _words(subject)
    mail["Date"] = written_at
    mail["Message-ID"] = _identifier(message_id)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834
    return mail


class MailPolicy(EmailPolicy):
    """The library's policy; what it folds wrongly is mended here, and nowhere else.

    An identifier that is folded is another. A long name loses its quotes, so that its commas make
    addresses. Between encoded words spaces get lost, or come in.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return a header in lines."""
        if name in IDENTIFIERS:
            return self._line(name, value)
        if name == "Subject":
            return self._line(name, self._folded(name, str(value)))
        if isinstance(value, AddressHeader):
            (box,) = value.addresses
            parts = [str(box)] if str(box).isascii() else [box.display_name, f"<{box.addr_spec}>"]
            return self._line(name, self._folded(name, *parts))
        return super().fold_binary(name, value)

    def _folded(self, name: str, *parts: str) -> str:
        """Return parts folded at spaces; what is not ASCII as encoded words (RFC 2047)."""
        header = Header(header_name=name)
        for part in parts:
            header.append(part, "us-ascii" if part.isascii() else "utf-8")
        return header.encode(linesep=self.linesep)

    def _line(self, name: str, text: str) -> bytes:
        return f"{name}: {text}{self.linesep}".encode("ascii")


class Headers(HeaderRegistry):
    """The library's registry; what comes again in each mail it makes once: classes, and `Content-`.

    Those tell a part's kind, encoding and name, and nobody's address.
    """

    def __init__(self) -> None:
        """Begin without any class."""
        super().__init__()
        self._made: dict[str, Any] = {}
        self._parsed = lru_cache(maxsize=64)(super().__call__)

    def __getitem__(self, name: str) -> Any:
        """Return the class of a header."""
        if name not in self._made:
            self._made[name] = super().__getitem__(name)
        return self._made[name]

    def __call__(self, name: str, value: Any) -> Any:
        """Return a header, which is never changed."""
        parse = self._parsed if name.startswith("Content-") else super().__call__
        return parse(name, value)


POLICY = MailPolicy(
    header_factory=Headers(),
    linesep="\r\n",
    cte_type="7bit",
    max_line_length=76,  # of quoted-printable (RFC 2045, 6.7); the library takes two more
)


def _box(mailbox: Mailbox) -> Address:
    """Return a name and address that are one, whatever signs the name has."""
    return Address(display_name=_words(mailbox.name), addr_spec=_address(mailbox.email))


def _identifier(identifier: str) -> str:
    try:
        return _plain(identifier)
    except ValueError as error:
        raise Unsendable(say("“{name}” is not a message identifier.", name=identifier)) from error


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


def _boundary(kind: str, message_id: str) -> str:
    """Return a boundary that quoted-printable text can't contain: it never holds `=_`."""
    return f"=_{hashlib.sha256(f'{kind} {message_id}'.encode()).hexdigest()[:32]}"

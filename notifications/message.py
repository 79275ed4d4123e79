"""The MIME message: headers that nobody can inject into, and the same bytes for the same letter."""

import hashlib
from datetime import datetime
from email.contentmanager import raw_data_manager
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import Compat32
from email.utils import format_datetime
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

    `dates` is a calendar's text; it is attached where there is one.
    """
    mail = _begun(letter.sender, letter.to, subject, letter.message_id, letter.written_at)
    if letter.reply_to:
        mail["Reply-To"] = _box(letter.reply_to)
    if letter.follows:  # ties the mails about one agreement (RFC 5322, 3.6.4)
        mail["In-Reply-To"] = mail["References"] = _identifier(letter.follows)
    mail["X-Auto-Response-Suppress"] = "All"  # Exchange
    mail.set_content(text, cte="quoted-printable")
    mail.make_alternative(boundary=_boundary("alternative", letter.message_id))
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    if dates:
        mail.make_mixed(boundary=_boundary("mixed", letter.message_id))
        mail.add_attachment(
            dates,
            subtype="calendar",
            filename="looptijd.ics",
            params={"method": method_of(letter.dates)},  # in both places (RFC 6047, 2.4)
            cte="base64",  # quoted-printable would let line ends be changed
        )
    mail["Content-Language"] = letter.language  # set_content would remove it
    return mail.as_bytes()


def text_mail(  # noqa: PLR0913 - as many parts as a mail has
    *, sender: str, to: str, subject: str, text: str, message_id: str, written_at: datetime
) -> bytes:
    """Return a mail of text only, for operators; `sender` may be NAME <ADDRESS>."""
    mail = _begun(Mailbox.of(sender), Mailbox(name="", email=to), subject, message_id, written_at)
    mail.set_content(text, cte="quoted-printable")
    return mail.as_bytes()


def _begun(
    sender: Mailbox, to: Mailbox, subject: str, message_id: str, written_at: datetime
) -> EmailMessage:
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _box(sender)
    mail["To"] = _box(to)
    mail["Subject"] = _words(subject)
    mail["Date"] = format_datetime(written_at)
    mail["Message-ID"] = _identifier(message_id)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834
    return mail


class MailPolicy(Compat32):
    """The library's policy that keeps a header as it is given, here a text or an `Address`.

    Its newer one parses each header that was just written: that took a third of making a mail. What
    it folds wrongly is mended here, and nowhere else: an identifier that is folded is another;
    a long name loses its quotes, so that its commas make addresses.
    """

    content_manager = raw_data_manager

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return a header in lines, folded at spaces; what is not ASCII as encoded words."""
        text = str(value)
        line = f"{name}: {text}"
        fits = line.isascii() and len(line) <= (self.max_line_length or 0)
        if name not in IDENTIFIERS and not fits:
            header = Header(header_name=name)  # RFC 2047
            for part in _parts(value):
                header.append(part, "us-ascii" if part.isascii() else "utf-8")
            text = header.encode(linesep=self.linesep)
        return f"{name}: {text}{self.linesep}".encode("ascii")


def _parts(value: Any) -> list[str]:
    """Return what is encoded by itself: of a mailbox its name, and never its address."""
    if isinstance(value, Address) and not str(value).isascii():
        return [value.display_name, f"<{value.addr_spec}>"]
    return [str(value)]


POLICY = MailPolicy(
    linesep="\r\n",
    cte_type="7bit",
    max_line_length=76,  # of quoted-printable (RFC 2045, 6.7); the library takes two more
)


def _box(mailbox: Mailbox) -> Address:
    """Return a name and address that are one, whatever signs the name has.

    The domain stands there in ASCII; what is no address is refused.
    """
    local, at, domain = mailbox.email.rpartition("@")
    refusal = Unsendable(say("“{address}” is not a mail address.", address=mailbox.email))
    try:
        spec = _plain(f"{local}{at}{domain.encode('idna').decode()}")
        box = Address(display_name=_words(mailbox.name), addr_spec=spec)
    except (ValueError, IndexError, MessageError) as error:
        raise refusal from error
    if not box.username:  # quotes without a sign between them
        raise refusal
    return box


def _identifier(identifier: str) -> str:
    try:
        return _plain(identifier)
    except ValueError as error:
        raise Unsendable(say("“{name}” is not a message identifier.", name=identifier)) from error


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

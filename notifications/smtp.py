"""Hands mail to a relay over SMTP (RFC 5321), phase by phase: what counts as accepted, is.

The library has one time-out and one error for all of DATA. Here the 354, the body and the reply
after the final dot are told apart, because they decide whether a second copy can exist.
"""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from ipaddress import ip_address
from os import strerror
from socket import gaierror
from typing import Any, Final, Literal

import aiosmtplib
from aiosmtplib.protocol import PERIOD_REGEX, SMTPProtocol, normalize_message_line_endings
from msgspec import Struct

from notifications.group_commit import GroupCommit
from notifications.transport import Outcome, Parcel, Verdict, Work
from states.model.phrase import Refusal, say

LONGEST_REPLY: Final = 500
NEXT_ADDRESS_AFTER: Final = 0.25
"""Seconds until a relay's next address is tried as well, for one may swallow all (RFC 8305)."""
NO_PASSWORD: Final = say("there is a user name for the relay, and no password").text
# What RCPT can carry: no comma, which the library would cut at, and nothing that ends the path.
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
# RFC 3463 and RFC 2034; some relays write a # before it.
_ENHANCED: Final = re.compile(r"#?\d\.\d{1,3}\.\d{1,3}\b")
# 5.1.7 and 5.1.8 speak of the sender, and Postfix says so at RCPT: no recipient is to blame.
_RECIPIENT_FAULT: Final = re.compile(r"#?5\.(?:1\.(?![78]\b)\d{1,3}|2\.1)\b")
_BARE_RECIPIENT_FAULTS: Final = (550, 551, 553)
# What asyncio says where no address of a relay gives a connection, once for each.
_REFUSALS: Final = re.compile(r"\[Errno (\d+)\] Connect call failed")


class UnencryptedMailError(Refusal):
    """Mail would leave this machine unencrypted."""


class Timeouts(Struct, frozen=True, kw_only=True):
    """How long each phase may take, in seconds (RFC 5321 section 4.5.3.2)."""

    connect: float = 30
    command: float = 60
    """For each of greeting, EHLO, STARTTLS, AUTH, MAIL, RCPT, RSET and QUIT."""
    data: float = 120
    """From DATA to its 354."""
    body: float = 180
    reply: float = 600
    """From the final dot to the relay's answer."""

    @property
    def longest(self) -> float:
        """The longest that one mail can take: a lease lasts longer.

        The commands, at worst: the RSET and MAIL that show a connection to be gone, the greeting,
        STARTTLS and its handshake, EHLO and HELO before and after, three ways of AUTH of two
        commands each, MAIL, RCPT and the RSET after it.
        """
        return 2 * self.connect + 18 * self.command + self.data + self.body + self.reply


class SmtpTransport(Struct, frozen=True, kw_only=True):
    """Hands mail to one relay, over as many connections at once as there are workers.

    A worker leases a mail when its connection is free, and connects when it has a mail and no
    connection; if that fails the mail is settled as RELAY_AWAY, and only `lease` decides whether
    another is tried (the circuit). Certificates are always verified.

    Raises:
        UnencryptedMailError: `tls` is "none" and `host` is not this machine.
    """

    host: str
    port: int
    tls: Literal["none", "starttls", "implicit"]
    username: str = ""
    password: str = ""
    connections: int = 1
    context: ssl.SSLContext | None = None
    """Whom to trust; None: the system's authorities, read anew for each connection."""
    timeouts: Timeouts = Timeouts()
    look_again: float = 5
    """Seconds until a connection that is free looks for mail, while another is still busy."""
    grace: float = 12
    """Seconds that a mail under way is given when told to stop; then its lease speaks for it."""

    def __repr__(self) -> str:
        """Return which relay it is; its password stands in no text."""
        return f"SmtpTransport({self.host}:{self.port})"

    def __post_init__(self) -> None:
        if self.tls == "none" and not _is_loopback(self.host):
            raise UnencryptedMailError(
                say(
                    "Mail to {host} would travel unencrypted: set mail.tls to starttls or implicit;"
                    " none is for this machine only.",
                    host=self.host,
                )
            )

    def run(self, work: Work, stopping: Callable[[], bool]) -> None:
        """Lease, send and settle until `lease` returns None or `stopping` returns True.

        What `work` raises ends the worker that called it; the others finish, then it is raised.
        """
        asyncio.run(self._run(work, stopping))

    def greet(self) -> str:
        """Connect, say EHLO, start TLS and log in as for a mail; return what went wrong, or ""."""
        return asyncio.run(_Session(self).greet())

    async def _run(self, work: Work, stopping: Callable[[], bool]) -> None:
        """Let workers work; while one waits for the relay, new ones look for what came meanwhile.

        So a mail that hangs holds up its own connection and no other.
        """
        errors: list[BaseException] = []
        together = GroupCommit(work)
        busy = self._workers(self.connections, together, stopping)
        while busy:
            stops = stopping()
            ended, busy = await asyncio.wait(busy, timeout=self.grace if stops else self.look_again)
            errors += [error for worker in ended if (error := worker.exception())]
            if busy and stops:
                break
            if busy and not stopping():
                together.is_empty = False
                busy |= self._workers(self.connections - len(busy), together, stopping)
        for worker in busy:
            worker.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        if errors:
            raise errors[0]

    def _workers(
        self, count: int, work: GroupCommit, stopping: Callable[[], bool]
    ) -> set[asyncio.Task[None]]:
        return {asyncio.create_task(self._serve(work, stopping)) for _ in range(count)}

    async def _serve(self, work: GroupCommit, stopping: Callable[[], bool]) -> None:
        session = _Session(self)
        try:
            while not stopping() and (parcel := work.lease()) is not None:
                outcome = await session.deliver(parcel, work.mark_body_sent)
                if outcome is not None:
                    await work.settle(parcel, outcome)
            await session.quit()
        finally:
            session.drop()


class _Session:
    """One worker's connection: opened when a mail needs it, kept while it lasts."""

    def __init__(self, relay: SmtpTransport) -> None:
        self._timeouts = relay.timeouts
        self._client = _Client(relay)
        self._has_accepted = False

    async def deliver(
        self, parcel: Parcel, mark_body_sent: Callable[[Parcel], Awaitable[bool]]
    ) -> Outcome | None:
        """Return what became of the parcel; None: its lease was lost and nothing was sent."""
        if not _ADDRESS.fullmatch(parcel.recipient):
            return Outcome(Verdict.REFUSED, _line(f"Not an address: {parcel.recipient}"))
        failure = await self._announce(parcel)
        if failure is not None:
            return failure
        if not await mark_body_sent(parcel):
            self.drop()  # the relay waits for a body that must not come
            return None
        return await self._hand_over(parcel.content)

    async def greet(self) -> str:
        """Connect and take leave; return what went wrong, or nothing."""
        try:
            await self._client.connect(timeout=self._timeouts.connect)
            await self.quit()
        except aiosmtplib.SMTPResponseException as error:
            return _line(f"{error.code} {error.message}")
        except (OSError, aiosmtplib.SMTPException, ValueError) as error:
            return _line(_said(error)) or type(error).__name__
        finally:
            self.drop()
        return ""

    async def quit(self) -> None:
        """Take leave; what has been accepted stays accepted, whatever goes wrong here."""
        if self._client.is_connected:
            with suppress(OSError, aiosmtplib.SMTPException):
                await self._client.quit()

    def drop(self) -> None:
        """End the connection at once."""
        self._client.close()

    async def _announce(self, parcel: Parcel) -> Outcome | None:
        """Bring the relay to its 354; an outcome means that it did not come to that."""
        try:
            await self._mail(parcel.sender)
            await self._client.rcpt(parcel.recipient)
            await self._client.ask_for_body(self._timeouts.data)
        except aiosmtplib.SMTPResponseException as error:
            await self._reset()
            return Outcome(self._judge(error), _line(f"{error.code} {error.message}"))
        except ssl.SSLError as error:
            return Outcome(Verdict.RELAY_FAULT, _line(str(error)))
        except OSError as error:
            return Outcome(self._absence(), _line(_said(error)))
        except (aiosmtplib.SMTPException, ValueError) as error:
            # No STARTTLS or AUTH on offer; a bad sender.
            return Outcome(Verdict.RELAY_FAULT, _line(str(error)))
        return None

    async def _mail(self, sender: str) -> None:
        """Begin a mail, on a new connection where there is none or the relay has ended the old.

        A relay may end a connection after some number of mails, with a 421 or without a word: that
        is no answer to this mail.
        """
        if self._client.is_connected:
            try:
                await self._client.mail(sender)
            except (ConnectionError, aiosmtplib.SMTPResponseException):
                if self._client.is_connected:
                    raise
            else:
                return
        self._has_accepted = False
        await self._client.connect(timeout=self._timeouts.connect)
        await self._client.mail(sender)

    async def _hand_over(self, content: bytes) -> Outcome:
        """Send the body. Only from the final dot on can the relay have it (section 4.1.1.4)."""
        try:
            protocol = self._client.standing()
            await protocol.send_body(content, self._timeouts.body)
        except OSError as error:
            self.drop()
            return Outcome(Verdict.RELAY_FAULT, _line(f"Lost during the body: {error}"))
        try:
            # At once: the library discards a reply that comes before it is asked for.
            reply = await protocol.read_response(self._timeouts.reply)
        except (OSError, aiosmtplib.SMTPException) as error:
            self.drop()
            return Outcome(Verdict.IN_DOUBT, _line(f"No answer after the final dot: {error}"))
        return Outcome(self._final(reply), _line(f"{reply.code} {reply.message}"))

    def _judge(self, error: aiosmtplib.SMTPResponseException) -> Verdict:
        """Return the verdict on a reply before the body."""
        match error.code // 100:
            case 4:
                return Verdict.DEFERRED
            case 5 if self._blames_recipient(error):
                return Verdict.REFUSED
            case 5:
                return Verdict.RELAY_FAULT
        return self._absence()

    def _absence(self) -> Verdict:
        """Return the verdict on silence, an end, or words that are not SMTP.

        What is no relay, or none that greets, is away for every mail. What a relay that greeted us
        does not survive may be this mail.
        """
        return Verdict.RELAY_FAULT if self._client.has_greeted else Verdict.RELAY_AWAY

    def _blames_recipient(self, error: aiosmtplib.SMTPResponseException) -> bool:
        """Without an enhanced code only a relay that accepts our mail is believed."""
        if not isinstance(error, aiosmtplib.SMTPRecipientRefused):
            return False
        if _ENHANCED.match(error.message):
            return _RECIPIENT_FAULT.match(error.message) is not None
        return self._has_accepted and error.code in _BARE_RECIPIENT_FAULTS

    def _final(self, reply: aiosmtplib.SMTPResponse) -> Verdict:
        """Return the verdict on the reply after the final dot; what it cannot mean is doubt."""
        if reply.code == aiosmtplib.SMTPStatus.completed:
            self._has_accepted = True
            return Verdict.ACCEPTED
        verdicts = {4: Verdict.DEFERRED, 5: Verdict.RELAY_FAULT}
        return verdicts.get(reply.code // 100, Verdict.IN_DOUBT)

    async def _reset(self) -> None:
        """Clear the relay's envelope after a refusal, so that the next mail finds none."""
        if self._client.is_connected:
            try:
                await self._client.rset()
            except (OSError, aiosmtplib.SMTPException):
                self.drop()


class _Protocol(SMTPProtocol):
    """The library's protocol, with the body and the reply to it as two steps."""

    def _read_response_from_buffer(self) -> aiosmtplib.SMTPResponse | None:
        """Return a reply; the library goes by its last line, whatever the others say."""
        before = bytes(self._buffer)
        reply = super()._read_response_from_buffer()
        if reply is None:
            return None
        lines = before[: len(before) - len(self._buffer)].splitlines()
        if len({line[:3] for line in lines}) == 1:
            return reply
        said = b" ".join(lines).decode("utf-8", "replace")
        return aiosmtplib.SMTPResponse(
            aiosmtplib.SMTPStatus.invalid_response, f"Contradictory: {said}"
        )

    async def send_body(self, content: bytes, within: float) -> None:
        """Write the body and, when it has left, the final dot; on an error no dot was written."""
        del self._buffer[:]  # a line too many after the 354 is no reply to the body
        self.write(PERIOD_REGEX.sub(b"..", normalize_message_line_endings(content)))
        await asyncio.wait_for(self._drain_helper(), within)
        self.write(b".\r\n")


class _Client(aiosmtplib.SMTP):
    """The library's client on our protocol, with a time-out of its own for each phase."""

    protocol: _Protocol | None

    def __init__(self, relay: SmtpTransport) -> None:
        super().__init__(
            hostname=relay.host,
            port=relay.port,
            timeout=relay.timeouts.command,
            use_tls=relay.tls == "implicit",
            start_tls=relay.tls == "starttls",
            validate_certs=True,
            tls_context=relay.context,
            username=relay.username or None,
            password=relay.password if relay.username else None,
        )
        self._relay = relay
        self.has_greeted = False

    async def ask_for_body(self, within: float) -> None:
        reply = await self.execute_command(b"DATA", timeout=within)
        if reply.code != aiosmtplib.SMTPStatus.start_input:
            raise aiosmtplib.SMTPDataError(reply.code, reply.message)

    async def login(self, *login: Any, **more: Any) -> aiosmtplib.SMTPResponse:
        """Log in; an empty password is never tried, for a relay may lock out who does."""
        if not all(login):
            raise aiosmtplib.SMTPException(NO_PASSWORD)
        return await super().login(*login, **more)

    def standing(self) -> _Protocol:
        if self.protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        return self.protocol

    def close(self) -> None:
        """End at once: the library would still try to send what waits to be sent."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()
        super().close()

    async def _create_connection(
        self,
        timeout: float | None,  # noqa: ASYNC109 - the library's signature
    ) -> aiosmtplib.SMTPResponse:
        """Connect and read the greeting, as the library does, but on our protocol."""
        loop, relay, self.has_greeted = asyncio.get_running_loop(), self._relay, False
        connecting = loop.create_connection(
            lambda: _Protocol(loop, self._on_connection_lost),
            relay.host,
            relay.port,
            ssl=await self._get_tls_context() if relay.tls == "implicit" else None,
            happy_eyeballs_delay=NEXT_ADDRESS_AFTER,
        )
        try:
            self.transport, self.protocol = await asyncio.wait_for(connecting, timeout)
        except TimeoutError as error:
            raise aiosmtplib.SMTPConnectTimeoutError(f"No connection within {timeout} s") from error
        greeting = await self.standing().read_response(relay.timeouts.command)
        if greeting.code != aiosmtplib.SMTPStatus.ready:
            raise aiosmtplib.SMTPConnectResponseError(greeting.code, greeting.message)
        self.has_greeted = True
        return greeting


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _said(error: Exception) -> str:
    """Return why there is no connection, in the system's words and without its numbers."""
    match error:
        case gaierror(strerror=str(words)):
            return words
        case OSError(errno=int(number)) if not isinstance(error, ssl.SSLError):
            return strerror(number)
    several = _REFUSALS.findall(str(error))
    return strerror(int(several[-1])) if several else str(error)


def _line(text: str) -> str:
    """Return a relay's words as one printable line."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:LONGEST_REPLY]

"""A relay on loopback that keeps every mail, and misbehaves where a test says so.

    with sink({"RCPT": "550 5.1.1 Unknown"}) as relay:
        ...  # mail to 127.0.0.1, relay.port
        assert relay.mails == []

The phases of the script: CONNECT (before the greeting), any command (EHLO, STARTTLS, AUTH, MAIL,
RCPT, RSET, DATA, QUIT) before it is obeyed, 354 before the body is read, BODY after the final dot,
and KEPT when the mail was kept and only the answer is missing.

`Mailroom` is the other end of a transport: what it leases from, asks and settles with.
"""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, AnyStr, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from notifications.transport import Outcome, Parcel, Work


class Trick(Enum):
    """What a relay may do instead of answering."""

    SILENCE = auto()
    DROP = auto()
    DRIP = auto()
    """A reply that goes on and on, a line at a time."""


Step = str | Trick | Callable[[], Awaitable[str]] | None
"""A reply, a trick, a coroutine function that gives a reply, or None: as usual."""
Script = Mapping[str, Step | list[Step]]
"""Each phase's step, for every time; or a list: one step each time, then as usual."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """An accepted mail, as it stood on the wire."""

    mail_from: str
    rcpt_tos: list[str]
    content: bytes


@dataclass
class Sink:
    """What the relay has seen so far; the commands with the number of their connection."""

    port: int = 0
    connections: int = 0
    connected: int = 0
    mails: list[Mail] = field(default_factory=list)
    commands: list[tuple[int, str]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    def count(self, command: str) -> int:
        """Return how often a command came."""
        return sum(name == command for _, name in self.commands)


class Mailroom:
    """Leases its parcels in order, grants every doubt but the `lost`, keeps every outcome."""

    def __init__(self, *parcels: Parcel, lost: frozenset[int] = frozenset()) -> None:
        self.waiting = list(parcels)
        self.lost = lost
        self.doubts: list[int] = []
        self.outcomes: dict[int, Outcome] = {}

    @property
    def work(self) -> Work:
        return Work(lease=self.lease, hear=self.hear, commit=self.commit)

    def lease(self) -> Parcel | None:
        return self.waiting.pop(0) if self.waiting else None

    def commit(self, bodies: Sequence[Parcel]) -> set[tuple[int, str]]:
        return {parcel.held for parcel in bodies if self.mark_body_sent(parcel)}

    def mark_body_sent(self, parcel: Parcel) -> bool:
        self.doubts.append(parcel.id)
        return parcel.id not in self.lost

    def hear(self, parcel: Parcel, outcome: Outcome) -> None:
        self.outcomes[parcel.id] = outcome


@dataclass(kw_only=True)
class _Setting:
    sink: Sink
    script: Script
    tls: Literal["none", "starttls", "implicit"]
    context: ssl.SSLContext | None
    users: Mapping[str, str]
    open: set["_Relay"] = field(default_factory=set)

    def step(self, phase: str) -> Step:
        step = self.script.get(phase)
        if isinstance(step, list):
            return step.pop(0) if step else None
        return step


@contextmanager
def sink(
    script: Script | None = None,
    *,
    tls: Literal["none", "starttls", "implicit"] = "none",
    context: ssl.SSLContext | None = None,
    users: Mapping[str, str] | None = None,
) -> Iterator[Sink]:
    """Run a relay on a free port of 127.0.0.1, in a thread of its own.

    Args:
        script: where it misbehaves.
        tls: what it offers; with "implicit" it speaks nothing else.
        context: its certificate, where it offers TLS.
        users: names and passwords for AUTH.
    """
    seen = Sink()
    setting = _Setting(sink=seen, script=script or {}, tls=tls, context=context, users=users or {})
    ready, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(_serve(setting, ready, stop)), daemon=True
    )
    thread.start()
    ready.wait(10)
    try:
        yield seen
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


@asynccontextmanager
async def sink_beside(script: Script) -> AsyncIterator[Sink]:
    """Run a relay in the loop of who mails to it: nothing in either is left to chance."""
    async with _serving(
        _Setting(sink=Sink(), script=script, tls="none", context=None, users={})
    ) as s:
        yield s


async def _serve(setting: _Setting, ready: threading.Event, stop: asyncio.Event) -> None:
    async with _serving(setting):
        ready.set()
        await stop.wait()


@asynccontextmanager
async def _serving(setting: _Setting) -> AsyncIterator[Sink]:
    implicit = setting.context if setting.tls == "implicit" else None
    loop = asyncio.get_running_loop()
    before = asyncio.all_tasks()
    server = await loop.create_server(lambda: _Relay(setting), "127.0.0.1", 0, ssl=implicit)
    setting.sink.port = server.sockets[0].getsockname()[1]
    try:
        yield setting.sink
    finally:
        server.close()
        for relay in list(setting.open):
            relay.abort()
        others = asyncio.all_tasks() - before
        await asyncio.wait(others, timeout=5) if others else await asyncio.sleep(0)


class _Relay(SMTP):
    """One connection; it reads the script before each phase."""

    def __init__(self, setting: _Setting) -> None:
        super().__init__(
            self,
            hostname="relay.test",
            tls_context=setting.context if setting.tls == "starttls" else None,
            auth_require_tls=False,
            authenticator=self._authenticate_user,
            loop=asyncio.get_running_loop(),
        )
        self._setting = setting
        self._number = 0
        self._smtp_methods = {
            name: self._scripted(name, method) for name, method in self._smtp_methods.items()
        }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not self._number:  # else: the same connection, under TLS from now on
            self._setting.sink.connections += 1
            self._number = self._setting.sink.connections
        self._setting.open.add(self)
        self._count_open()
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._setting.open.discard(self)
        super().connection_lost(error)
        self._count_open()

    def _count_open(self) -> None:
        self._setting.sink.connected = len(self._setting.open)

    def abort(self) -> None:
        for transport in (self.transport, self._original_transport):
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        reply = await self._play("BODY") or "250 2.0.0 Kept"
        if reply.startswith("250"):
            self._setting.sink.mails.append(
                Mail(
                    mail_from=str(envelope.mail_from),
                    rcpt_tos=list(envelope.rcpt_tos),
                    content=envelope.original_content or b"",
                )
            )
            await self._play("KEPT")
        return reply

    async def _handle_client(self) -> None:
        if reply := await self._play("CONNECT"):
            await self.push(reply)
            self._writer.close()
        else:
            await super()._handle_client()

    async def push(self, status: AnyStr) -> None:
        await super().push(status)
        if isinstance(status, str) and status.startswith("354"):
            await self._play("354")

    def _scripted(
        self, name: str, method: Callable[[Any], Awaitable[None]]
    ) -> Callable[[Any], Awaitable[None]]:
        async def run(argument: str | None) -> None:
            self._setting.sink.commands.append((self._number, name))
            if reply := await self._play(name):
                await self.push(reply)
            else:
                await method(argument)

        return run

    async def _play(self, phase: str) -> str | None:
        """Return the script's reply, or None; a trick lasts until the connection ends."""
        match self._setting.step(phase):
            case None | str() as reply:
                return reply
            case Trick() as trick:
                if trick is Trick.DROP:
                    self.abort()
                while trick is Trick.DRIP:
                    await self.push("250-Wait")
                    await asyncio.sleep(0.02)
                await asyncio.get_running_loop().create_future()
                return None
            case ask:
                return await ask()

    def _authenticate_user(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _way: str, login: LoginPassword
    ) -> AuthResult:
        name, password = login.login.decode(), login.password.decode()
        success = self._setting.users.get(name) == password
        if success:
            self._setting.sink.logins.append(name)
        return AuthResult(success=success, handled=False)

"""A relay that takes every mail and keeps none, in a process of its own: a few µs a command.

`python -m benchmarks.sink SECONDS` prints its port and answers each mail so many seconds after its
final dot, however many connections wait; it ends with its standard input. VRFY gives how many mails
it took.
"""

import asyncio
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

END = b"\r\n.\r\n"
REPLIES = {
    b"EHLO": b"250-sink\r\n250 8BITMIME\r\n",
    b"DATA": b"354 Go on\r\n",
    b"QUIT": b"221 Bye\r\n",
}
TAKEN = b"250 2.0.0 Taken\r\n"


@dataclass(frozen=True, slots=True)
class Sink:
    """A sink that runs."""

    port: int

    def taken(self) -> int:
        """Return how many mails it took so far."""
        with smtplib.SMTP("127.0.0.1", self.port, local_hostname="localhost") as relay:
            return int(relay.docmd("VRFY", "mails")[1])


@contextmanager
def a_sink(delay: float) -> Iterator[Sink]:
    """Run a sink that answers each mail `delay` seconds after its final dot."""
    command = [sys.executable, "-m", "benchmarks.sink", str(delay)]
    with subprocess.Popen(  # noqa: S603 - our own words
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        yield Sink(int(process.stdout.readline()))
        process.stdin.close()


class _Connection(asyncio.Protocol):
    taken = 0

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.received = b""
        self.in_body = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.in_body:
            self._obey()
        elif self.received.endswith(END):
            self.received, self.in_body = b"", False
            asyncio.get_running_loop().call_later(self.delay, self._take)

    def _obey(self) -> None:
        """Obey a command; no client sends a second one before the answer."""
        if self.received.endswith(b"\r\n"):
            name, self.received = self.received[:4].upper(), b""
            self.in_body = name == b"DATA"
            count = b"250 %d\r\n" % _Connection.taken
            self.transport.write(REPLIES.get(name, count))

    def _take(self) -> None:
        _Connection.taken += 1
        self.transport.write(TAKEN)


async def _serve(delay: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(delay), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))

"""A network between a program and its PostgreSQL or relay that is slow, or falls silent untold."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import make_url


@dataclass(slots=True)
class Way:
    """One connection; once silent nothing comes through any more, and neither side is told."""

    program: socket.socket
    server: socket.socket
    to_server: threading.Event = field(default_factory=threading.Event)
    to_program: threading.Event = field(default_factory=threading.Event)
    delay: float = 0

    def open(self) -> None:
        """Carry what comes on either side to the other."""
        there = (self.program, self.server, self.to_server)
        back = (self.server, self.program, self.to_program)
        for ends in (there, back):
            threading.Thread(target=_carry, args=(*ends, self.delay), daemon=True).start()

    def fall_silent(self, *, answers_only: bool = False) -> None:
        """Carry nothing any more, or no answers."""
        self.to_program.set()
        if not answers_only:
            self.to_server.set()

    def lose_server(self) -> None:
        """Let the server hear that its program is gone, and the program hear nothing: half-open."""
        self.fall_silent()
        with suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)


@dataclass(slots=True)
class Network:
    """Listens on loopback for a server, which listens on a socket in a folder or on a port."""

    server: str | int
    listening: socket.socket
    delay: float = 0
    """Seconds that each piece takes on its way."""
    ways: list[Way] = field(default_factory=list)

    def fall_silent(self, *, answers_only: bool = False) -> None:
        """Let every connection that is open now fall silent."""
        for way in self.ways:
            way.fall_silent(answers_only=answers_only)

    def lose_what_is_said(self) -> None:
        """Carry to the server nothing any more; what it answers comes through."""
        for way in self.ways:
            way.to_server.set()

    def lose_server(self) -> None:
        """Let every connection that is open now be half-open."""
        for way in self.ways:
            way.lose_server()

    def serve(self) -> None:
        """Open a way to the server for each that connects."""
        with suppress(OSError):
            while True:
                program, _ = self.listening.accept()
                self.ways.append(Way(program, self._reached(), delay=self.delay))
                self.ways[-1].open()

    def _reached(self) -> socket.socket:
        if isinstance(self.server, int):
            return socket.create_connection(("127.0.0.1", self.server))
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.server)
        return server

    def close(self) -> None:
        """End everything."""
        self.listening.shutdown(socket.SHUT_RDWR)
        for way in self.ways:
            for end in (way.program, way.server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        self.listening.close()


def _carry(
    source: socket.socket, target: socket.socket, silent: threading.Event, delay: float
) -> None:
    """Pass on what comes, until the silence."""
    with suppress(OSError):
        while (said := source.recv(65536)) and not silent.wait(delay):
            target.sendall(said)
        if not silent.is_set():
            target.shutdown(socket.SHUT_WR)


@contextmanager
def a_network(url: str, delay: float = 0) -> Iterator[tuple[Network, str]]:
    """Give a network to the server of a URL, and the URL through it."""
    address = make_url(url)
    folder = str(address.query["host"])
    port = address.port or address.query.get("port") or 5432
    with a_way_to(str(Path(folder) / f".s.PGSQL.{port}"), delay) as (network, here):
        through = address.difference_update_query(["host"]).set(host="127.0.0.1", port=here)
        yield network, through.render_as_string(hide_password=False)


@contextmanager
def a_way_to(server: str | int, delay: float = 0) -> Iterator[tuple[Network, int]]:
    """Give a network to a server, and the port where it begins."""
    listening = socket.create_server(("127.0.0.1", 0))
    network = Network(server, listening, delay)
    threading.Thread(target=network.serve, daemon=True).start()
    try:
        yield network, listening.getsockname()[1]
    finally:
        network.close()

"""Mail: from rows in the outbox to words, MIME, SMTP and settled rows, beside plain senders."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from benchmarks import mailers
from benchmarks.measuring import Contender, Size, Table, Target, in_turn, stopwatch
from benchmarks.sink import Sink, a_sink
from benchmarks.world import SOURCE, a_register, in_force, to_next_alert
from tests.town import Town
from workflow.app.app import App
from workflow.mail.delivery import Outbox, transport_of

FEW, MANY = 4, 16
SMTPLIB = "smtplib, a connection and a commit a mail"
WAITS_AGAIN = """
    UPDATE message SET status = 'queued', next_attempt_at = created_at, content = NULL,
        address = NULL, attempts = 0, accepted_at = NULL, reply = NULL
    WHERE status = 'accepted'
"""
# By how long the relay takes: at least so much of the limit, and so many times smtplib.
WANTED: dict[float, dict[int, tuple[float, float]]] = {
    0.0: {FEW: (0.7, 1), MANY: (0.7, 1)},
    0.02: {FEW: (0.9, 3.5), MANY: (0.6, 8)},
}


def measure(size: Size) -> Iterator[Table]:
    with a_register(None, in_force(SOURCE), size.of(150, 8)) as town:
        to_next_alert(town)
        town.tick()
        town.deliver()
        mails = [_words(mail.content) for mail in town.relay.accepted]
        for delay, wanted in WANTED.items():
            with _a_race(town, mails, delay) as race:
                yield Table(
                    title=f"{len(mails)} mails, the relay taking {delay * 1000:.0f} ms for each",
                    unit="a mail",
                    times=in_turn(race.contenders(), size.rounds),
                    targets=tuple(_targets(wanted)),
                )


def _targets(wanted: dict[int, tuple[float, float]]) -> Iterator[Target]:
    for connections, (of_limit, of_smtplib) in wanted.items():
        ours, limit = _ours(connections), _limit(connections)
        yield Target(beside=limit, at_least=of_limit, contender=ours)
        yield Target(beside=SMTPLIB, at_least=of_smtplib, contender=ours)


def _ours(connections: int) -> str:
    return f"looptijd, {connections} connections"


def _limit(connections: int) -> str:
    return f"limit, {connections} connections"


@dataclass(frozen=True, kw_only=True)
class Race:
    """The same mails for everybody, and the relay that takes them."""

    town: Town
    mails: list[mailers.Words]
    table: mailers.Table
    sink: Sink

    def contenders(self) -> dict[str, Contender]:
        """Return everybody by name."""
        every: dict[str, Callable[[], float]] = {SMTPLIB: self._smtplib}
        for connections in (FEW, MANY):
            every[_limit(connections)] = partial(self._limit, connections)
            every[_ours(connections)] = partial(self._ours, connections)
        return {name: partial(self._counted, work) for name, work in every.items()}

    def _counted(self, work: Callable[[], float]) -> float:
        before = self.sink.taken()
        took = work()
        assert self.sink.taken() - before == len(self.mails)
        return took / len(self.mails)

    def _ours(self, connections: int) -> float:
        self.town.change(WAITS_AGAIN)
        app = _sending(self.town.app, self.sink, connections)
        relay = transport_of(app)
        with stopwatch() as watch:
            counts = Outbox(app).deliver(relay, lambda: False)
        assert counts["accepted"] == len(self.mails)
        return watch.seconds

    def _limit(self, connections: int) -> float:
        with stopwatch() as watch:
            mailers.send_unsettled(self.mails, self.sink.port, connections)
        return watch.seconds

    def _smtplib(self) -> float:
        self.table.put_back()
        with stopwatch() as watch:
            self.table.send(self.sink.port)
        assert self.table.sent() == len(self.mails)
        return watch.seconds


@contextmanager
def _a_race(town: Town, mails: list[mailers.Words], delay: float) -> Iterator[Race]:
    with a_sink(delay) as sink, tempfile.TemporaryDirectory() as folder:
        table = mailers.Table(Path(folder, "mail.db"), mails)
        yield Race(town=town, mails=mails, table=table, sink=sink)
        table.close()


def _sending(app: App, sink: Sink, connections: int) -> App:
    """Return an app whose mail goes to a sink."""
    relay = {"transport": "smtp", "host": "127.0.0.1", "port": sink.port, "tls": "none"}
    mail = replace(app.settings.mail, **relay, connections=connections)
    settings = replace(app.settings, mail=mail)
    configuration = replace(app.configuration, settings=settings)
    return replace(app, configuration=configuration)


def _words(content: bytes) -> mailers.Words:
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    to = mail["To"].addresses[0].addr_spec
    return mailers.Words(to, str(mail["Subject"]), text.get_content(), html.get_content())

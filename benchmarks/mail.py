"""Mail: from rows in the outbox to words, MIME, SMTP and settled rows, beside plain senders."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from benchmarks.mailers import Table as Peer
from benchmarks.mailers import Words, send_unsettled
from benchmarks.measuring import Contender, Size, Table, Target, in_turn, stopwatch
from benchmarks.sink import Sink, a_sink
from benchmarks.world import SOURCE, a_register, in_force, to_next_alert
from tests.house import Town
from workflow.service.delivering import Post, transport_of
from workflow.service.house import House

FEW, MANY = 4, 16
SMTPLIB = "smtplib, a connection and a commit a mail"
WAITS_AGAIN = """
    UPDATE message SET status = 'queued', look_at = created_at, content = NULL, address = NULL,
        attempts = 0, accepted_at = NULL, reply = NULL
    WHERE status = 'accepted'
"""
WANTED = {  # of the limit with few and with many connections, and times smtplib
    0.0: (0.7, 0.7, 1, 1),
    0.02: (0.9, 0.6, 3.5, 8),
}


def measure(size: Size) -> Iterator[Table]:
    agreements = size.of(150, 4)
    with a_register(None, in_force(SOURCE), agreements) as town:
        to_next_alert(town)
        town.tick()
        mails = _written(town)
        for delay in WANTED:
            with a_sink(delay) as sink, tempfile.TemporaryDirectory() as folder:
                yield _table(town, mails, Peer(Path(folder, "mail.db"), mails), sink, delay, size)


def _table(
    town: Town, mails: list[Words], peer: Peer, sink: Sink, delay: float, size: Size
) -> Table:
    def counted(work: Contender) -> Contender:
        def contender() -> float:
            before = sink.taken()
            took = work()
            assert sink.taken() - before == len(mails)
            return took / len(mails)

        return contender

    def ours(connections: int) -> float:
        town.change(WAITS_AGAIN)
        house = _sending(town.house, sink, connections)
        relay = transport_of(house)
        with stopwatch() as watch:
            counts = Post(house).deliver(relay, lambda: False)
        assert counts["accepted"] == len(mails)
        return watch.seconds

    def limit(connections: int) -> float:
        with stopwatch() as watch:
            send_unsettled(mails, sink.port, connections)
        return watch.seconds

    def smtplib() -> float:
        peer.put_back()
        with stopwatch() as watch:
            peer.send(sink.port)
        assert peer.sent() == len(mails)
        return watch.seconds

    contenders: dict[str, Contender] = {SMTPLIB: smtplib}
    for connections in (FEW, MANY):
        contenders[_limit(connections)] = lambda connections=connections: limit(connections)
        contenders[_ours(connections)] = lambda connections=connections: ours(connections)
    few, many, few_ahead, many_ahead = WANTED[delay]
    return Table(
        title=f"{len(mails)} mails, the relay answering at once"
        if not delay
        else f"{len(mails)} mails, the relay taking {delay * 1000:.0f} ms for each",
        unit="a mail",
        times=in_turn({name: counted(work) for name, work in contenders.items()}, size.rounds),
        targets=(
            Target(beside=_limit(FEW), at_least=few, contender=_ours(FEW)),
            Target(beside=_limit(MANY), at_least=many, contender=_ours(MANY)),
            Target(beside=SMTPLIB, at_least=few_ahead, contender=_ours(FEW)),
            Target(beside=SMTPLIB, at_least=many_ahead, contender=_ours(MANY)),
        ),
    )


def _sending(house: House, sink: Sink, connections: int) -> House:
    """Return a house whose mail goes to a sink."""
    relay = {"transport": "smtp", "host": "127.0.0.1", "port": sink.port, "tls": "none"}
    mail = house.settings.mail.model_copy(update=relay | {"connections": connections})
    settings = house.settings.model_copy(update={"mail": mail})
    configuration = house.configuration.model_copy(update={"settings": settings})
    return replace(house, configuration=configuration)


def _ours(connections: int) -> str:
    return f"looptijd, {connections} connections"


def _limit(connections: int) -> str:
    return f"limit, {connections} connections"


def _written(town: Town) -> list[Words]:
    """Let every mail be sent once, and return what they said."""
    town.deliver()
    return [_words(mail.content) for mail in town.relay.accepted]


def _words(content: bytes) -> Words:
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    to = mail["To"].addresses[0].addr_spec
    return Words(to, str(mail["Subject"]), text.get_content(), html.get_content())

"""A relay that misbehaves for days, or for one mail only: nothing expires, nobody else waits."""

import asyncio
import threading

import pytest

from notifications.smtp import SmtpTransport
from tests.announced import announced, at_offices
from tests.smtp_sink import Script, Sink, sink
from tests.town import Town

# What a relay answers is written by statements that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite

SIX_DAYS = range(6 * 8)
NO_PORT = 1


def to(port: int, connections: int = 1) -> SmtpTransport:
    return SmtpTransport(
        host="127.0.0.1", port=port, tls="none", connections=connections, look_again=0.05
    )


def never() -> bool:
    return False


def for_six_days(town: Town, port: int) -> None:
    """Let a daemon try every three hours."""
    for _ in SIX_DAYS:
        town.post.deliver(to(port), never)
        town.later(hours=3)


def test_a_relay_that_is_away_for_six_days_expires_nothing(town: Town) -> None:
    announced(town, *at_offices("sociaal-domein", "secretariaat", "financien"))
    for_six_days(town, NO_PORT)
    assert town.mails("status, attempts") == [("queued", 0)] * 3
    with sink() as relay:
        town.post.deliver(to(relay.port), never)
    assert town.mails("status, attempts") == [("accepted", 1)] * 3
    assert len(relay.mails) == 3


@pytest.mark.parametrize(
    "reply,offices,attempts",
    [
        ("550 5.7.1 Denied", ["sociaal-domein", "secretariaat", "financien"], [1, 1, 0]),
        ("550 5.7.1 Denied", ["sociaal-domein"], [2]),
        ("550 No such user", ["sociaal-domein"] * 4, [1, 1, 0, 0]),
    ],
)
def test_a_relay_that_refuses_everyone_for_six_days_refuses_nobody(
    town: Town, reply: str, offices: list[str], attempts: list[int]
) -> None:
    announced(town, *at_offices(*offices))
    script: Script = {"RCPT": reply}
    with sink(script) as relay:
        for_six_days(town, relay.port)
        assert town.mails("status, attempts") == [("queued", spent) for spent in attempts]
        script.clear()  # type: ignore[attr-defined]
        town.post.deliver(to(relay.port), never)
    assert town.mails("status") == ["accepted"] * len(offices)
    assert len(relay.mails) == len(offices)


def test_a_mail_that_hangs_delays_neither_the_others_nor_what_comes_meanwhile(town: Town) -> None:
    announced(town, *at_offices("sociaal-domein", "secretariaat"))
    handed_over = "gast@maastricht.example"

    async def until_the_new_mail_came() -> str:
        while not any(handed_over in mail.rcpt_tos for mail in relay.mails):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return "250 Kept at last"

    def others() -> list[str]:
        return [mail.rcpt_tos[0] for mail in relay.mails]

    with sink({"BODY": [until_the_new_mail_came]}) as relay:
        daemon = threading.Thread(
            target=town.post.deliver, args=(to(relay.port, connections=2), never)
        )
        daemon.start()
        wait_for_one(relay)
        (meanwhile,) = others()
        town.hand_over("financien", handed_over)
        daemon.join(20)
    both = {"secretariaat@maastricht.example", "bastiaens@maastricht.example"}
    (hanging,) = both - {meanwhile}  # either may be the first at the relay
    assert others() == [meanwhile, handed_over, hanging]
    assert town.mails("status") == ["accepted"] * 3


def wait_for_one(relay: Sink) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if relay.mails:
            return
        pause.wait(0.01)

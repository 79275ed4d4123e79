"""A relay behind a network that falls silent, is half-open, or slow: nothing is lost or doubled.

Three mails wait. The network fails in one phase of the first, and carries what connects afterwards.
Only where the relay has kept that mail, and its answer was lost, does a second copy come.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from notifications.smtp import SmtpTransport, Timeouts
from tests.announced import FIVE, announced
from tests.chaos.every_point import findings
from tests.chaos.remains import handed
from tests.silent_network import Network, a_way_to
from tests.smtp_sink import sink
from tests.town import Town, walked_once

pytestmark = pytest.mark.timeout(60)
# A busy machine takes its time to answer a body: that is no silence.
BRIEF = Timeouts(connect=0.5, command=0.5, data=0.5, body=2, reply=2)
FAILS: dict[str, Callable[[Network], None]] = {
    "silent": Network.fall_silent,
    "without answers": lambda network: network.fall_silent(answers_only=True),
    "half-open": Network.lose_server,
}
KEPT = {"KEPT": [*FAILS], "354": ["without answers"]}
"""Where the body comes, and only what the relay answers is lost."""


@pytest.fixture
def town(small_town: Town) -> Town:
    """Give an empty register; where it stands makes no difference here."""
    return small_town


@walked_once
def waiting(town: Town) -> Town:
    """Let three evaluations be announced."""
    return announced(town, *FIVE[:3])


def deliver(town: Town, port: int, timeouts: Timeouts = BRIEF) -> None:
    """Send what waits, over one connection."""
    smtp = SmtpTransport(host="127.0.0.1", port=port, tls="none", timeouts=timeouts)
    town.post.deliver(smtp, lambda: False)


@pytest.mark.parametrize("way", FAILS)
@pytest.mark.parametrize("phase", ["CONNECT", "RCPT", "354", "KEPT"])
def test_a_network_that_fails_in_a_phase_loses_nothing_and_doubles_only_what_was_in_doubt(
    phase: str, way: str, town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "looptijd")
    waiting(town)
    met: list[str] = []
    networks: list[Network] = []

    def step() -> Callable[[], Awaitable[str]]:
        async def once() -> str:
            if not met:
                met.append(phase)
                if phase in KEPT and way in KEPT[phase]:
                    await asyncio.sleep(0.1)  # the answer before it has come through
                FAILS[way](networks[0])
            return ""

        return once

    async def before_the_body() -> str:
        if not met and phase == "354" and way not in KEPT[phase]:
            networks[0].lose_what_is_said()  # or the body could come through just in time
        return ""

    with (
        sink({"DATA": before_the_body, phase: step()}) as relay,
        a_way_to(relay.port) as (network, port),
    ):
        networks.append(network)
        for _ in range(4):
            deliver(town, port)
            town.later(minutes=16)
    copies = Counter(name for name, *_ in map(handed, relay.mails))
    assert met
    assert town.mails("status") == ["accepted"] * 3
    assert sorted(copies.values()) == ([1, 1, 2] if way in KEPT.get(phase, ()) else [1, 1, 1])
    assert len({handed(mail) for mail in relay.mails}) == 3, "a copy is the same to the letter"
    assert [*findings(town)] == []


def test_a_slow_network_delays_and_does_no_more(town: Town) -> None:
    waiting(town)
    with sink() as relay, a_way_to(relay.port, delay=0.1) as (_, port):
        deliver(town, port, Timeouts(connect=5, command=5, data=5, body=5, reply=5))
    assert town.mails("status, attempts") == [("accepted", 1)] * 3
    assert len(relay.mails) == 3
    assert [*findings(town)] == []

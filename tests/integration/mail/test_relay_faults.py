"""Every way in which a relay misbehaves, from the rows of the outbox over SMTP to the relay.

Three evaluations are announced to three offices. The relay misbehaves at the first delivery and is
well again a quarter of an hour later. In the end every mail was accepted or is visibly refused, and
the relay has one copy of each, but for those that it took in the gap after the final dot.
"""

import asyncio
import ssl
import threading
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

import pytest
import trustme

from notifications.retry_policy import Circuit
from notifications.smtp import SmtpTransport, Timeouts
from tests.announced import BASTIAENS, GELD, SECRETARIAAT, SECRETARIS, announced, at_offices
from tests.smtp_sink import Script, Sink, Trick, sink
from tests.town import Town, walked_once

# What a relay answers is written by statements that other tests ask of both databases.
pytestmark = [pytest.mark.on_sqlite, pytest.mark.timeout(60)]
PATIENCE = {
    "CONNECT": "command",
    "RCPT": "command",
    "DATA": "data",
    "BODY": "reply",
    "KEPT": "reply",
}
"""The time-out of each phase in which a relay falls silent; it is a second then."""
EACH = {BASTIAENS: 1, SECRETARIAAT: 1, GELD: 1}
# Status and attempts.
WAITS, POSTPONED, IN_DOUBT = ("queued", 0), ("retry", 1), ("unknown", 1)
DONE, DONE_AGAIN, REFUSED = ("accepted", 1), ("accepted", 2), ("refused", 1)
THE_FIRST_LATER = [DONE_AGAIN, DONE, DONE]
AT_FAULT = [POSTPONED, POSTPONED, WAITS]
AT_FAULT_LATER = [DONE_AGAIN, DONE_AGAIN, DONE]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What the relay does at the first delivery, and what comes of it."""

    script: Script = field(default_factory=dict)
    at_first: dict[str, Any] = field(default_factory=dict)
    """How we reach it then, where that differs."""
    rows: list[tuple[str, int]]
    """The rows after the first delivery."""
    stops: str = ""
    """Whose mail waits for the relay after it: nobody's, or everybody's."""
    end: list[tuple[str, int]]
    """The rows in the end."""
    copies: dict[str, int] = field(default_factory=lambda: EACH)
    """How many mails the relay has kept in the end."""


EVERYBODY = "everybody"
FAULTS = {
    # Nobody there
    "no connection": Fault(at_first={"port": 1}, rows=[WAITS] * 3, stops=EVERYBODY, end=[DONE] * 3),
    "silence on connect": Fault(
        script={"CONNECT": Trick.SILENCE}, rows=[WAITS] * 3, stops=EVERYBODY, end=[DONE] * 3
    ),
    "drop on connect": Fault(
        script={"CONNECT": Trick.DROP}, rows=[WAITS] * 3, stops=EVERYBODY, end=[DONE] * 3
    ),
    "another service's words on connect": Fault(
        script={"CONNECT": "SSH-2.0-OpenSSH_9.2"}, rows=[WAITS] * 3, stops=EVERYBODY, end=[DONE] * 3
    ),
    "421 on connect": Fault(
        script={"CONNECT": "421 4.3.2 Too busy"}, rows=[POSTPONED] * 3, end=[DONE_AGAIN] * 3
    ),
    "554 on connect": Fault(
        script={"CONNECT": "554 5.3.2 Not you"}, rows=AT_FAULT, stops=EVERYBODY, end=AT_FAULT_LATER
    ),
    # Who we are
    "STARTTLS put off": Fault(
        script={"STARTTLS": "454 4.7.0 Not now"}, rows=[POSTPONED] * 3, end=[DONE_AGAIN] * 3
    ),
    "STARTTLS refused": Fault(
        script={"STARTTLS": "502 5.5.1 No"}, rows=AT_FAULT, stops=EVERYBODY, end=AT_FAULT_LATER
    ),
    "STARTTLS not offered": Fault(
        script={"EHLO": "250 relay.test"}, rows=AT_FAULT, stops=EVERYBODY, end=AT_FAULT_LATER
    ),
    "a bad certificate": Fault(
        at_first={"context": ssl.create_default_context()},
        rows=AT_FAULT,
        stops=EVERYBODY,
        end=AT_FAULT_LATER,
    ),
    "535 at AUTH": Fault(
        script={"AUTH": "535 5.7.8 Wrong"}, rows=AT_FAULT, stops=EVERYBODY, end=AT_FAULT_LATER
    ),
    # One of several
    "450 at RCPT for one": Fault(
        script={"RCPT": ["450 4.2.1 Busy"]}, rows=[POSTPONED, DONE, DONE], end=THE_FIRST_LATER
    ),
    "550 5.1.1 at RCPT for one": Fault(
        script={"RCPT": ["550 5.1.1 Unknown"]},
        rows=[REFUSED, DONE, DONE, DONE],
        end=[REFUSED, DONE, DONE, DONE],
        copies={SECRETARIAAT: 2, GELD: 1},
    ),
    "a bare 550 at RCPT for one, after an accept": Fault(
        script={"RCPT": [None, "550 No such user"]},
        rows=[DONE, REFUSED, DONE, DONE],
        end=[DONE, REFUSED, DONE, DONE],
        copies={BASTIAENS: 1, SECRETARIS: 1, GELD: 1},
    ),
    "a bare 550 at RCPT for one, before any accept": Fault(
        script={"RCPT": ["550 No such user"]}, rows=[POSTPONED, DONE, DONE], end=THE_FIRST_LATER
    ),
    "grey-listing": Fault(
        script={"RCPT": ["450 4.2.0 Grey"] * 3}, rows=[POSTPONED] * 3, end=[DONE_AGAIN] * 3
    ),
    "550 5.7.1 to everyone": Fault(
        script={"RCPT": "550 5.7.1 Denied"}, rows=AT_FAULT, stops=EVERYBODY, end=AT_FAULT_LATER
    ),
    "452 at DATA": Fault(
        script={"DATA": ["452 4.3.1 Full"]}, rows=[POSTPONED, DONE, DONE], end=THE_FIRST_LATER
    ),
    "552 at DATA": Fault(
        script={"DATA": ["552 5.3.4 Too big"]}, rows=[POSTPONED, DONE, DONE], end=THE_FIRST_LATER
    ),
    "554 at DATA": Fault(
        script={"DATA": ["554 5.6.0 No"]}, rows=[POSTPONED, DONE, DONE], end=THE_FIRST_LATER
    ),
    # What it does not survive
    "silence before the 354": Fault(
        script={"DATA": [Trick.SILENCE]}, rows=[POSTPONED, DONE, DONE], end=THE_FIRST_LATER
    ),
    "silence before the 354 of the first two": Fault(
        script={"DATA": [Trick.SILENCE] * 2},
        rows=[POSTPONED, POSTPONED, DONE],
        end=[DONE_AGAIN, DONE_AGAIN, DONE],
    ),
    "drop before the 354": Fault(
        script={"DATA": [Trick.DROP]}, rows=[POSTPONED, DONE, DONE], end=THE_FIRST_LATER
    ),
    "a line a minute at RCPT": Fault(
        script={"RCPT": [Trick.DRIP]}, rows=[POSTPONED, DONE, DONE], end=THE_FIRST_LATER
    ),
    "garbage at MAIL": Fault(
        script={"MAIL": "\x00\x1b[2J"}, rows=AT_FAULT, stops=EVERYBODY, end=AT_FAULT_LATER
    ),
    # After the final dot
    "452 after the dot": Fault(
        script={"BODY": ["452 4.3.1 Full"]}, rows=[POSTPONED, DONE, DONE], end=THE_FIRST_LATER
    ),
    "552 after the dot": Fault(
        script={"BODY": ["552 5.3.4 Too big"]}, rows=[POSTPONED, DONE, DONE], end=THE_FIRST_LATER
    ),
    "554 after the dot": Fault(
        script={"BODY": ["554 5.7.1 Spam"]}, rows=[POSTPONED, DONE, DONE], end=THE_FIRST_LATER
    ),
    "silence after the dot": Fault(
        script={"BODY": [Trick.SILENCE]}, rows=[IN_DOUBT, DONE, DONE], end=THE_FIRST_LATER
    ),
    "silence after the dot for everyone": Fault(
        script={"BODY": Trick.SILENCE}, rows=[IN_DOUBT] * 3, stops=EVERYBODY, end=[DONE_AGAIN] * 3
    ),
    "drop after the dot": Fault(
        script={"BODY": [Trick.DROP]}, rows=[IN_DOUBT, DONE, DONE], end=THE_FIRST_LATER
    ),
    "kept, then drop after the dot": Fault(
        script={"KEPT": [Trick.DROP]},
        rows=[IN_DOUBT, DONE, DONE],
        end=THE_FIRST_LATER,
        copies=EACH | {BASTIAENS: 2},
    ),
    "kept, then silence after the dot": Fault(
        script={"KEPT": [Trick.SILENCE]},
        rows=[IN_DOUBT, DONE, DONE],
        end=THE_FIRST_LATER,
        copies=EACH | {BASTIAENS: 2},
    ),
    "a line a minute after the dot": Fault(
        script={"BODY": [Trick.DRIP]}, rows=[IN_DOUBT, DONE, DONE], end=THE_FIRST_LATER
    ),
    "garbage after the dot": Fault(
        script={"BODY": ["\x00\x07"]}, rows=[IN_DOUBT, DONE, DONE], end=THE_FIRST_LATER
    ),
    "250, then drop at QUIT": Fault(script={"QUIT": Trick.DROP}, rows=[DONE] * 3, end=[DONE] * 3),
}


@walked_once
def waiting(town: Town) -> Town:
    """Let three evaluations be announced, to three offices."""
    return announced(town, *at_offices("sociaal-domein", "secretariaat", "financien"))


def whom_it_stops(circuit: Circuit, town: Town) -> str:
    """Return whose mail waits for the relay: everybody's, these addresses', or nobody's."""
    now = town.clock.now()
    stopped = ", ".join(address for address in EACH if not circuit.admits(now, address))
    return stopped if circuit.admits(now) else EVERYBODY


def kept(relay: Sink) -> tuple[dict[str, int], set[str]]:
    """Return how many mails the relay kept for each address, and their Message-IDs."""
    ids = {str(message_from_bytes(mail.content)["Message-ID"]) for mail in relay.mails}
    return dict(Counter(mail.rcpt_tos[0] for mail in relay.mails)), ids


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_the_relay_does_every_mail_arrives_once_or_is_visibly_refused(
    name: str, town: Town, authority: trustme.CA
) -> None:
    fault, script = FAULTS[name], deepcopy({**FAULTS[name].script})
    theirs, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    authority.configure_trust(ours)
    waiting(town)
    with sink(script, tls="starttls", context=theirs, users={"looptijd": "geheim"}) as relay:
        usual: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": relay.port,
            "tls": "starttls",
            "context": ours,
            "username": "looptijd",
            "password": "geheim",
            "timeouts": Timeouts(**{PATIENCE[phase]: 1 for phase in PATIENCE if phase in script}),
        }
        town.post.deliver(SmtpTransport(**usual | fault.at_first), lambda: False)
        assert town.mails("status, attempts") == fault.rows
        assert whom_it_stops(town.post.circuit, town) == fault.stops

        script.clear()
        town.later(minutes=15)
        town.post.deliver(SmtpTransport(**usual), lambda: False)
    assert town.mails("status, attempts") == fault.end
    assert town.mails("next_attempt_at", where="next_attempt_at IS NOT NULL") == []
    assert not town.post.circuit.is_open
    copies, ids = kept(relay)
    assert copies == fault.copies
    assert ids == set(town.mails("message_id", where="status = 'accepted'"))


@pytest.mark.parametrize("phase", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "BODY"])
def test_at_a_stop_only_a_mail_whose_body_may_have_left_waits_for_its_lease(
    phase: str, town: Town
) -> None:
    waiting(town)
    silent = threading.Event()

    async def silence() -> str:
        silent.set()
        await asyncio.get_running_loop().create_future()
        return ""

    with sink({phase: silence}) as relay:
        transport = SmtpTransport(
            host="127.0.0.1", port=relay.port, tls="none", look_again=0.05, grace=0.1
        )
        town.post.deliver(transport, silent.is_set)
    first = ("queued", 0, "Fri 2018-06-29 08:00")
    if phase == "BODY":
        first = ("sending", 1, "Fri 2018-06-29 08:40")
    shown = [(*row, at) for row, at in zip(town.mails("status, doubts"), town.looks(), strict=True)]
    assert shown == [first, *[("queued", 0, "Fri 2018-06-29 08:00")] * 2]
    assert town.mails("attempts, lease IS NULL") == [(0, phase != "BODY"), (0, True), (0, True)]

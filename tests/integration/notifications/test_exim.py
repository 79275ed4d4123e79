"""The whole chain against a real relay, Debian's exim, under STARTTLS and AUTH."""

import ssl
import threading
import time
from collections import Counter

import pytest
import trustme

from notifications.smtp import SmtpTransport
from tests.announced import FIVE, announced, at_offices
from tests.exim import EXIM, Exim, exim
from tests.town import Town, running

# What a relay answers is written by statements that other tests ask of both databases.
pytestmark = [
    pytest.mark.on_sqlite,
    pytest.mark.skipif(
        EXIM is None, reason="exim4 is not installed: apt-get install exim4-daemon-light"
    ),
]
USERS = ("looptijd", "bastiaens", "secretariaat", "secretaris")


def never() -> bool:
    return False


def to(relay: Exim, authority: trustme.CA, **changes: str) -> SmtpTransport:
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    usual = {"host": "127.0.0.1", "tls": "starttls", "username": "looptijd", "password": "geheim"}
    return SmtpTransport(**usual | changes, port=relay.port, context=trusting)  # type: ignore[arg-type]


def copies(relay: Exim) -> Counter[str]:
    """Return how often each Message-ID was delivered, once the queue has been run."""
    relay.run_queue()
    return Counter(message_id for _, message_id in relay.mails())


def test_exim_takes_our_mail_and_delivers_it(town: Town, authority: trustme.CA) -> None:
    announced(town, *FIVE[:3])
    with exim(authority, users=USERS) as relay:
        assert town.post.deliver(to(relay, authority), never)["accepted"] == 3
        assert copies(relay) == Counter(town.mails("message_id"))
    assert town.mails("status, attempts") == [("accepted", 1)] * 3


def test_exim_does_not_know_the_reader_and_the_next_in_the_chain_is_mailed(
    town: Town, authority: trustme.CA
) -> None:
    announced(town, *at_offices("sociaal-domein", "secretariaat"))
    with exim(authority, users=("looptijd", "bastiaens", "secretaris")) as relay:
        town.post.deliver(to(relay, authority), never)
        relay.run_queue()
        assert [address for address, _ in relay.mails()] == [
            "bastiaens@maastricht.example",
            "secretaris@maastricht.example",
        ]
    assert town.mails("office, status") == [
        ("sociaal-domein", "accepted"),
        ("secretariaat", "refused"),
        ("gemeentesecretaris", "accepted"),
    ]


def test_exim_refuses_our_password_and_nobody_is_refused(town: Town, authority: trustme.CA) -> None:
    announced(town)
    with exim(authority, users=USERS) as relay:
        town.post.deliver(to(relay, authority, password="verkeerd"), never)
        assert town.mails("status") == ["retry"]
        assert town.mails("reply")[0].startswith("535 ")
        town.later(minutes=1)
        town.post.deliver(to(relay, authority), never)
    assert town.mails("status") == ["accepted"]


def test_an_exim_that_only_queues_and_is_killed_twice_neither_loses_nor_doubles(
    town: Town, authority: trustme.CA
) -> None:
    announced(town, "".join(running(f"A-{number}") for number in range(40)))
    in_doubt: set[str] = set()
    with exim(authority, users=USERS, queue_only=True) as relay:
        for queued in (5, 15):
            daemon = threading.Thread(target=town.post.deliver, args=(to(relay, authority), never))
            daemon.start()
            while relay.queued() < queued:
                time.sleep(0.002)
            relay.kill()
            daemon.join(20)
            in_doubt |= set(town.mails("message_id", where="doubts > 0"))
            assert "refused" not in town.mails("status")
            relay.start()
            town.later(minutes=20)
        town.post.deliver(to(relay, authority), never)
        assert town.mails("status") == ["accepted"] * 40
        delivered = copies(relay)
    assert set(delivered) == set(town.mails("message_id"))
    assert {message_id for message_id, times in delivered.items() if times > 1} <= in_doubt
    assert max(delivered.values()) <= 2

"""The SMTP transport against a relay on loopback that answers, lies, hangs and disappears."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Literal

import pytest
import trustme
from msgspec.structs import replace

from notifications.smtp import SmtpTransport, Timeouts, UnencryptedMailError
from notifications.transport import Outcome, Parcel, Verdict
from tests.smtp_sink import Mailroom, Script, Sink, Trick, sink, sink_beside

pytestmark = pytest.mark.timeout(20)  # a phase that waits by another's time-out fails
Tls = Literal["starttls", "implicit"]
SILENT = 0.2
"""Seconds given to a phase in which the relay keeps silent; the others have all their time."""
TIME_TO_GREET = 2.0
"""Seconds given to a command, and so to the greeting before it: a busy machine needs them."""
CONTENT = b"Subject: Looptijd\r\n\r\nBeste mevrouw,\r\n.\r\n..einde\r\n"
BIGGER_THAN_ANY_BUFFER = b"0123456789" * 5 + b"\r\n"
BIGGER_THAN_ANY_BUFFER *= 500_000


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def at_two_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let relay.test be at 127.0.0.2, and at 127.0.0.1."""
    addresses = ("127.0.0.2", "127.0.0.1")

    def found(_host: str, port: int, *_: object, **__: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)


@contextmanager
def swallowing(host: str, port: int) -> Iterator[None]:
    """Listen with a queue that is full, so that who connects hears nothing."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind((host, port))
        listening.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            with suppress(BlockingIOError):
                waiting.connect((host, port))
        yield


def certificate(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def parcel(number: int = 1, **changes: str | bytes) -> Parcel:
    mail = {
        "token": "token",
        "sender": "looptijd@maastricht.example",
        "recipient": "secretariaat@maastricht.example",
        "message_id": f"<{number}@maastricht.example>",
        "content": CONTENT,
    }
    return Parcel(id=number, **mail | changes)  # type: ignore[arg-type]


def never() -> bool:
    return False


def to(relay: Sink, **changes: object) -> SmtpTransport:
    settings = {"host": "127.0.0.1", "port": relay.port, "tls": "none"}
    return SmtpTransport(**settings | changes)  # type: ignore[arg-type]


def hand_over(script: Script, *parcels: Parcel, **times: float) -> tuple[Sink, Mailroom]:
    """Send the parcels (one if none is given) one after the other."""
    mailroom = Mailroom(*(parcels or (parcel(),)))
    with sink(script) as relay:
        to(relay, timeouts=Timeouts(**times)).run(mailroom.work, never)
    return relay, mailroom


def verdict(script: Script, **times: float) -> Verdict:
    """Return what becomes of one mail."""
    return hand_over(script, **times)[1].outcomes[1].verdict


# What goes well


def test_a_mail_arrives_as_it_was_written() -> None:
    relay, mailroom = hand_over({})
    assert mailroom.outcomes == {1: Outcome(Verdict.ACCEPTED, "250 2.0.0 Kept")}
    assert mailroom.doubts == [1]
    (mail,) = relay.mails
    assert mail.mail_from == "looptijd@maastricht.example"
    assert mail.rcpt_tos == ["secretariaat@maastricht.example"]
    assert mail.content == CONTENT


def test_one_connection_carries_several_mails_and_ends_politely() -> None:
    relay, mailroom = hand_over({}, parcel(1), parcel(2), parcel(3))
    assert [outcome.verdict for outcome in mailroom.outcomes.values()] == [Verdict.ACCEPTED] * 3
    assert relay.connections == 1
    assert relay.commands[-1] == (1, "QUIT")


def test_two_connections_send_at_the_same_time() -> None:
    both = asyncio.Barrier(2)

    async def only_together() -> str:
        await both.wait()
        return "250 Kept"

    mailroom = Mailroom(*map(parcel, range(4)))
    with sink({"BODY": only_together}) as relay:
        to(relay, connections=2, timeouts=Timeouts(reply=5)).run(mailroom.work, never)
    assert len(relay.mails) == 4
    assert relay.connections == 2


def test_a_mail_that_hangs_holds_up_its_own_connection_and_no_other() -> None:
    mailroom = Mailroom(parcel(1), parcel(2))

    async def settled(number: int) -> None:
        while len(mailroom.outcomes) < number:  # noqa: ASYNC110 - set in another thread
            await asyncio.sleep(0.01)

    async def until_another_came_and_went() -> str:
        await settled(1)
        await asyncio.sleep(0.1)  # the other connection finds nothing more
        mailroom.waiting.append(parcel(3))
        await settled(2)
        return "250 Kept at last"

    with sink({"BODY": [until_another_came_and_went]}) as relay:
        to(relay, connections=2, look_again=0.05).run(mailroom.work, never)
    other, meanwhile, hanging = mailroom.outcomes
    assert (meanwhile, {other, hanging}) == (3, {1, 2})  # either may be the first at the relay
    assert len(relay.mails) == 3


def test_while_a_mail_hangs_there_are_no_more_connections_than_the_relay_is_to_have() -> None:
    mailroom, there = Mailroom(parcel(1), parcel(2)), list[int]()

    async def until_two_more_were_sent() -> str:
        while not mailroom.outcomes:  # noqa: ASYNC110 - set in another thread
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)  # the other connection finds nothing more
        mailroom.waiting += [parcel(3), parcel(4)]
        while len(mailroom.outcomes) < 3:  # noqa: ASYNC110 - set in another thread
            await asyncio.sleep(0.01)
        return "250 Kept at last"

    async def counted() -> str:
        there.append(relay.count("DATA") - len(relay.mails))
        await asyncio.sleep(0.2)  # long enough for one too many to come
        return "250 Kept"

    with sink({"BODY": [until_two_more_were_sent, None, counted, counted]}) as relay:
        to(relay, connections=2, look_again=0.05).run(mailroom.work, never)
    assert len(relay.mails) == 4
    assert there == [2, 2]  # the one that hangs, and one


def test_a_database_that_is_back_is_asked_again_while_a_mail_still_hangs() -> None:
    class AwayOnce(Mailroom):
        was_away = False

        def lease(self) -> Parcel | None:
            if len(self.waiting) == 1 and not self.was_away:
                self.was_away = True
                raise OSError("The database is away")
            return super().lease()

    mailroom = AwayOnce(parcel(1), parcel(2))

    async def until_the_other_was_sent() -> str:
        while not mailroom.outcomes:  # noqa: ASYNC110 - set in another thread
            await asyncio.sleep(0.01)
        return "250 Kept at last"

    hanging = sink({"BODY": [until_the_other_was_sent]})
    with hanging as relay, pytest.raises(OSError, match="The database is away"):
        to(relay, connections=2, look_again=0.05).run(mailroom.work, never)
    assert len(relay.mails) == 2


def test_without_mail_nobody_connects() -> None:
    with sink() as relay:
        to(relay, connections=2).run(Mailroom().work, never)
    assert relay.connections == 0


def test_who_stops_leases_nothing_more() -> None:
    mailroom = Mailroom(parcel(1), parcel(2))
    with sink() as relay:
        to(relay).run(mailroom.work, lambda: bool(mailroom.outcomes))
    assert [*mailroom.outcomes] == [1]
    assert [waiting.id for waiting in mailroom.waiting] == [2]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_mail_travels_under_tls(
    tls: Tls, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    mailroom = Mailroom(parcel(1), parcel(2))
    with sink(tls=tls, context=certificate(authority)) as relay:
        to(relay, tls=tls, context=trusting).run(mailroom.work, never)
    assert len(relay.mails) == 2
    assert relay.connections == 1


def test_a_relay_that_asks_who_we_are_is_told(
    authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    mailroom = Mailroom(parcel())
    users = {"looptijd": "geheim"}
    with sink(tls="starttls", context=certificate(authority), users=users) as relay:
        to(relay, tls="starttls", context=trusting, username="looptijd", password="geheim").run(
            mailroom.work, never
        )
    assert relay.logins == ["looptijd"]
    assert len(relay.mails) == 1


def test_a_relay_may_end_a_connection_between_two_mails() -> None:
    for goodbye in ("421 4.7.0 Too many mails on this connection", Trick.DROP):
        relay, mailroom = hand_over({"MAIL": [None, goodbye]}, parcel(1), parcel(2))
        assert mailroom.outcomes[2].verdict is Verdict.ACCEPTED
        assert relay.connections == 2


def test_who_greeted_once_and_greets_no_more_is_away() -> None:
    gone: Script = {"MAIL": [None, Trick.DROP], "CONNECT": [None, Trick.DROP]}
    _, mailroom = hand_over(gone, parcel(1), parcel(2))
    assert mailroom.outcomes[2].verdict is Verdict.RELAY_AWAY


def test_an_answer_to_a_second_mail_is_an_answer_and_no_reason_to_connect_again() -> None:
    relay, mailroom = hand_over({"MAIL": [None, "452 4.3.1 Disk full"]}, parcel(1), parcel(2))
    assert mailroom.outcomes[2].verdict is Verdict.DEFERRED
    assert relay.connections == 1


def test_what_was_accepted_stays_accepted_when_the_relay_is_gone_at_quit() -> None:
    relay, mailroom = hand_over({"QUIT": Trick.DROP})
    assert mailroom.outcomes[1].verdict is Verdict.ACCEPTED
    assert relay.count("QUIT") == 1


# What the relay refuses


@pytest.mark.parametrize("phase", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "BODY"])
def test_a_4xx_anywhere_is_a_reason_to_try_later(phase: str) -> None:
    assert verdict({phase: "451 4.3.2 Later", "HELO": "451 4.3.2 Later"}) is Verdict.DEFERRED


@pytest.mark.parametrize(
    "reply",
    ["550 5.1.1 Unknown", "550 5.1.10 Null MX", "550 #5.1.0 Rejected", "550 5.2.1 Disabled"],
)
def test_an_unknown_address_refuses_the_recipient(reply: str) -> None:
    relay, mailroom = hand_over({"RCPT": reply})
    assert mailroom.outcomes == {1: Outcome(Verdict.REFUSED, reply)}
    assert mailroom.doubts == []
    assert relay.count("RSET") == 1


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.7.1 Relaying denied",
        "554 #5.7.1 Policy",
        "550 5.1.8 Sender's domain not found",
        "553 5.1.7 Sender's address malformed",
        "552 5.2.2 Mailbox full",
        "550 4.1.1 Confused",
        "550 No such user",
        "554 Denied",
    ],
)
def test_other_5xx_at_rcpt_are_no_fault_of_the_recipient(reply: str) -> None:
    assert verdict({"RCPT": reply}) is Verdict.RELAY_FAULT


@pytest.mark.parametrize(
    "reply,expected",
    [
        ("550 No such user", Verdict.REFUSED),
        ("551 User not local", Verdict.REFUSED),
        ("553 Mailbox name not allowed", Verdict.REFUSED),
        ("554 Denied", Verdict.RELAY_FAULT),
        ("550 5.7.1 Relaying denied", Verdict.RELAY_FAULT),
    ],
)
def test_a_bare_550_is_believed_of_a_relay_that_has_accepted_a_mail(
    reply: str, expected: Verdict
) -> None:
    _, mailroom = hand_over({"RCPT": [None, reply]}, parcel(1), parcel(2))
    assert mailroom.outcomes[1].verdict is Verdict.ACCEPTED
    assert mailroom.outcomes[2].verdict is expected


def test_an_accept_on_an_earlier_connection_proves_nothing() -> None:
    script: Script = {"MAIL": [None, Trick.DROP], "RCPT": [None, "550 No such user"]}
    _, mailroom = hand_over(script, parcel(1), parcel(2))
    assert mailroom.outcomes[2].verdict is Verdict.RELAY_FAULT


@pytest.mark.parametrize("phase", ["CONNECT", "EHLO", "MAIL", "DATA", "BODY"])
def test_a_5xx_elsewhere_is_the_relays_fault_even_with_an_address_code(phase: str) -> None:
    script = {phase: "554 5.1.1 Transaction failed", "HELO": "554 5.1.1 Transaction failed"}
    assert verdict(script) is Verdict.RELAY_FAULT


def test_after_a_refused_recipient_the_next_mail_goes_over_the_same_connection() -> None:
    script: Script = {"RCPT": ["550 5.1.1 Unknown"]}
    relay, mailroom = hand_over(script, parcel(1), parcel(2, recipient="b@maastricht.example"))
    assert mailroom.outcomes[2].verdict is Verdict.ACCEPTED
    assert relay.connections == 1
    assert [mail.rcpt_tos for mail in relay.mails] == [["b@maastricht.example"]]


def test_a_relay_that_refuses_rset_gets_the_next_mail_over_a_new_connection() -> None:
    script: Script = {"RCPT": ["550 5.1.1 Unknown"], "RSET": "500 What?"}
    relay, mailroom = hand_over(script, parcel(1), parcel(2))
    assert mailroom.outcomes[2].verdict is Verdict.ACCEPTED
    assert relay.connections == 2


@pytest.mark.parametrize(
    "recipient",
    [
        "a@maastricht.example,b@maastricht.example",
        "a@maastricht.example> NOTIFY=NEVER",
        "a@maastricht.example\r\nRCPT TO:<b@maastricht.example>",
        "wethouder@café.example",
        "",
    ],
)
def test_what_is_no_address_never_reaches_the_relay(recipient: str) -> None:
    relay, mailroom = hand_over({}, parcel(recipient=recipient))
    assert mailroom.outcomes[1].verdict is Verdict.REFUSED
    assert relay.connections == 0


def test_a_sender_that_smtp_cannot_carry_is_no_fault_of_the_recipient() -> None:
    _, mailroom = hand_over({}, parcel(sender="looptijd@café.example"))
    assert mailroom.outcomes[1].verdict is Verdict.RELAY_FAULT


def test_a_reply_is_kept_as_one_printable_line_of_at_most_500_characters() -> None:
    _, mailroom = hand_over({"RCPT": "450-4.2.0 \x1b[31mred\x07\r\n450 4.2.0 " + "x" * 1000})
    reply = mailroom.outcomes[1].reply
    assert reply.startswith("450 4.2.0 [31mred 4.2.0 xxx")
    assert len(reply) == 500


# What goes wrong before the final dot: certainly not accepted


def test_a_refused_connection_is_a_relay_that_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    mailroom = Mailroom(parcel())
    SmtpTransport(host="127.0.0.1", port=port, tls="none").run(mailroom.work, never)
    assert mailroom.outcomes == {1: Outcome(Verdict.RELAY_AWAY, "Connection refused")}


def test_a_relay_whose_name_is_not_known_is_away_and_it_is_said_without_numbers() -> None:
    mailroom = Mailroom(parcel())
    SmtpTransport(host="relay.invalid", port=25, tls="starttls").run(mailroom.work, never)
    assert mailroom.outcomes[1].verdict is Verdict.RELAY_AWAY
    assert not mailroom.outcomes[1].reply.startswith("[Errno")


def test_a_relay_of_which_every_address_refuses_says_so_once(at_two_addresses: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    relay = SmtpTransport(host="relay.test", port=port, tls="starttls")
    assert relay.greet() == "Connection refused"


def test_a_network_that_leads_nowhere_is_said_in_the_systems_words() -> None:
    relay = SmtpTransport(host="255.255.255.255", port=25, tls="starttls")
    assert relay.greet() == "Network is unreachable"


def test_where_one_address_of_a_relay_swallows_everything_the_next_is_tried(
    at_two_addresses: None,
) -> None:
    mailroom = Mailroom(parcel())
    with sink() as relay, swallowing("127.0.0.2", relay.port):
        transport = to(relay, tls="starttls", timeouts=Timeouts(connect=5))
        replace(transport, host="relay.test").run(mailroom.work, never)
        assert relay.connections == 1
    assert "STARTTLS" in mailroom.outcomes[1].reply


@pytest.mark.parametrize("trick", [Trick.SILENCE, Trick.DROP])
def test_who_never_greets_is_away(trick: Trick) -> None:
    assert verdict({"CONNECT": trick}, command=SILENT) is Verdict.RELAY_AWAY


@pytest.mark.parametrize(
    "phase,timed", [("EHLO", "command"), ("MAIL", "command"), ("RCPT", "command"), ("DATA", "data")]
)
@pytest.mark.parametrize("trick", [Trick.SILENCE, Trick.DROP, Trick.DRIP])
def test_who_greets_and_falls_silent_or_goes_before_the_body_is_at_fault(
    phase: str, timed: str, trick: Trick
) -> None:
    _, mailroom = hand_over({phase: trick}, **{timed: TIME_TO_GREET})
    assert mailroom.outcomes[1].verdict is Verdict.RELAY_FAULT
    assert mailroom.doubts == []


def test_a_tls_handshake_that_never_comes_is_a_relay_that_is_away() -> None:
    mailroom = Mailroom(parcel())
    with socket.create_server(("127.0.0.1", 0)) as mute:
        SmtpTransport(
            host="127.0.0.1",
            port=mute.getsockname()[1],
            tls="implicit",
            timeouts=Timeouts(connect=SILENT),
        ).run(mailroom.work, never)
    assert mailroom.outcomes == {1: Outcome(Verdict.RELAY_AWAY, "No connection within 0.2 s")}


@pytest.mark.parametrize(
    "phase,expected",
    [
        ("CONNECT", Verdict.RELAY_AWAY),
        ("MAIL", Verdict.RELAY_FAULT),
        ("DATA", Verdict.RELAY_FAULT),
    ],
)
def test_who_does_not_speak_smtp_has_not_accepted(phase: str, expected: Verdict) -> None:
    assert verdict({phase: "HTTP/1.1 400 Bad Request"}) is expected


@pytest.mark.parametrize("trick", [Trick.SILENCE, Trick.DROP])
def test_a_body_that_could_not_be_written_whole_was_not_accepted(trick: Trick) -> None:
    relay, mailroom = hand_over({"354": trick}, parcel(content=BIGGER_THAN_ANY_BUFFER), body=SILENT)
    assert mailroom.outcomes[1].verdict is Verdict.RELAY_FAULT
    assert mailroom.outcomes[1].reply.startswith("Lost during the body")
    assert relay.mails == []


def test_a_connection_that_ends_while_its_body_waits_for_anothers_sent_nothing() -> None:
    """The other worker comes to its 354 when the relay has ended this one."""
    mailroom = Mailroom(parcel(1), parcel(2))

    async def go() -> None:
        async def when_the_first_is_gone() -> str:
            while relay.connected > 1 or not relay.count("DATA"):  # noqa: ASYNC110 - a relay's turns
                await asyncio.sleep(0.001)
            return ""

        script: Script = {"354": [Trick.DROP], "MAIL": [None, when_the_first_is_gone]}
        async with sink_beside(script) as relay:
            await to(relay, connections=2)._run(mailroom.work, never)

    asyncio.run(go())
    first, second = sorted(mailroom.outcomes.values(), key=lambda outcome: outcome.verdict)
    assert first == Outcome(Verdict.ACCEPTED, "250 2.0.0 Kept")
    assert second == Outcome(Verdict.RELAY_FAULT, "Lost during the body: Connection lost")


def test_without_a_lease_nothing_is_sent_and_nothing_is_settled() -> None:
    mailroom = Mailroom(parcel(1), parcel(2), lost=frozenset({1}))
    with sink() as relay:
        to(relay).run(mailroom.work, never)
    assert mailroom.doubts == [1, 2]
    assert [*mailroom.outcomes] == [2]
    assert len(relay.mails) == 1
    assert relay.connections == 2


def test_when_the_doubt_cannot_be_committed_nothing_is_sent_and_the_error_is_told() -> None:
    class Unwritable(Mailroom):
        def mark_body_sent(self, parcel: Parcel) -> bool:
            raise OSError("The database is away")

    mailroom = Unwritable(parcel())
    with sink() as relay, pytest.raises(OSError, match="The database is away"):
        to(relay).run(mailroom.work, never)
    assert mailroom.outcomes == {}
    assert relay.mails == []


# What goes wrong after the final dot: the relay may have it


@pytest.mark.parametrize("trick", [Trick.SILENCE, Trick.DROP])
def test_who_falls_silent_or_goes_after_the_final_dot_leaves_doubt(trick: Trick) -> None:
    _, mailroom = hand_over({"BODY": trick}, reply=SILENT)
    assert mailroom.doubts == [1]
    assert mailroom.outcomes[1].verdict is Verdict.IN_DOUBT


@pytest.mark.parametrize(
    "phase,doubts",
    [
        *((phase, []) for phase in ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA")),
        *(("354", [1]), ("BODY", [1]), ("KEPT", [1]), ("QUIT", [1])),
    ],
)
def test_who_is_told_to_stop_ends_in_every_phase_and_what_was_in_doubt_stays_in_doubt(
    phase: str, doubts: list[int]
) -> None:
    silent = threading.Event()

    async def silence() -> str:
        silent.set()
        await asyncio.get_running_loop().create_future()
        return ""

    mailroom = Mailroom(parcel(content=BIGGER_THAN_ANY_BUFFER if phase == "354" else CONTENT))
    with sink({phase: silence}) as relay:
        to(relay, look_again=0.05, grace=0.1).run(mailroom.work, silent.is_set)
    assert mailroom.doubts == doubts
    assert [*mailroom.outcomes] == ([1] if phase == "QUIT" else [])


def test_what_is_answered_within_the_grace_of_a_stop_is_accepted_and_in_no_doubt() -> None:
    asked = threading.Event()

    async def after_many_looks() -> str:
        asked.set()
        await asyncio.sleep(0.5)
        return "250 Kept"

    mailroom = Mailroom(parcel())
    with sink({"BODY": after_many_looks}) as relay:
        to(relay, look_again=0.05, grace=10).run(mailroom.work, asked.is_set)
    assert mailroom.outcomes == {1: Outcome(Verdict.ACCEPTED, "250 Kept")}


def test_a_handshake_that_never_comes_ends_when_told_to_stop() -> None:
    mailroom, asked = Mailroom(parcel()), iter([False] * 3)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        SmtpTransport(host="127.0.0.1", port=port, tls="implicit", look_again=0.05, grace=0.1).run(
            mailroom.work, lambda: next(asked, True)
        )
    assert mailroom.outcomes == {}


@pytest.mark.parametrize(
    "reply",
    ["554-No\r\n250 Ok", "250-Ok\r\n554 No", "250-Ok\r\n451-Later\r\n250 Ok", "450-A\r\n550 B"],
)
def test_lines_of_a_reply_that_contradict_each_other_leave_doubt(reply: str) -> None:
    assert verdict({"BODY": reply}) is Verdict.IN_DOUBT
    assert verdict({"RCPT": reply}) is Verdict.RELAY_FAULT


@pytest.mark.parametrize("reply", ["Thank you", "354 Go on", "200 Fine", "999 What?"])
def test_a_reply_after_the_final_dot_that_means_nothing_leaves_doubt(reply: str) -> None:
    assert verdict({"BODY": reply}) is Verdict.IN_DOUBT


def test_only_354_lets_a_body_go() -> None:
    _, mailroom = hand_over({"DATA": "350 Not yet"}, parcel())
    assert mailroom.outcomes == {1: Outcome(Verdict.RELAY_FAULT, "350 Not yet")}


def test_a_line_too_many_before_the_body_is_not_taken_for_the_reply_to_it() -> None:
    async def two_lines() -> str:
        return "354 Go on\r\n250 Kept"

    # The sink then takes the body for commands, none of which it knows.
    assert verdict({"DATA": two_lines}) is Verdict.RELAY_FAULT


def test_each_phase_has_its_own_time() -> None:
    times = Timeouts()
    assert (times.connect, times.command, times.data) == (30, 60, 120)
    assert (times.body, times.reply) == (180, 600)
    assert times.longest == 2040


# Secrecy


def test_mail_to_another_machine_is_never_unencrypted() -> None:
    with pytest.raises(UnencryptedMailError, match="would travel unencrypted"):
        SmtpTransport(host="relay.example", port=25, tls="none")


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "127.0.0.1", "127.9.9.9", "::1"])
def test_mail_to_this_machine_may_be_unencrypted(host: str) -> None:
    assert SmtpTransport(host=host, port=25, tls="none").host == host


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("fault", ["unknown authority", "another name"])
def test_a_certificate_that_proves_nothing_is_refused(
    tls: Tls, fault: str, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    theirs = {
        "unknown authority": certificate(trustme.CA()),
        "another name": certificate(authority, "relay.example"),
    }
    mailroom = Mailroom(parcel())
    with sink(tls=tls, context=theirs[fault]) as relay:
        to(relay, tls=tls, context=trusting).run(mailroom.work, never)
    assert mailroom.outcomes[1].verdict is Verdict.RELAY_FAULT
    assert "certificate verify failed" in mailroom.outcomes[1].reply
    assert relay.count("MAIL") == 0


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_the_systems_authorities_are_asked_when_no_other_context_is_given(
    tls: Tls, authority: trustme.CA
) -> None:
    mailroom = Mailroom(parcel())
    with sink(tls=tls, context=certificate(authority)) as relay:
        to(relay, tls=tls).run(mailroom.work, never)
    assert mailroom.outcomes[1].verdict is Verdict.RELAY_FAULT
    assert "certificate verify failed" in mailroom.outcomes[1].reply


def test_a_relay_that_no_longer_offers_starttls_gets_neither_password_nor_mail() -> None:
    mailroom = Mailroom(parcel())
    with sink(users={"looptijd": "geheim"}) as relay:
        to(relay, tls="starttls", username="looptijd", password="geheim").run(mailroom.work, never)
    assert mailroom.outcomes[1].verdict is Verdict.RELAY_FAULT
    assert [command for _, command in relay.commands] == ["EHLO"]


@pytest.mark.parametrize("users", [{"looptijd": "other"}, {}])
def test_a_wrong_password_is_the_relays_fault_and_no_mails(users: dict[str, str]) -> None:
    mailroom = Mailroom(parcel())
    with sink(users=users) as relay:
        to(relay, username="looptijd", password="geheim").run(mailroom.work, never)
    assert mailroom.outcomes[1].verdict is Verdict.RELAY_FAULT
    assert mailroom.outcomes[1].reply.startswith("535 ")
    assert relay.count("MAIL") == 0


@pytest.mark.parametrize(
    "users, password, said, tried",
    [
        ({"looptijd": "geheim"}, "geheim", "", True),
        ({"looptijd": "other"}, "geheim", "535 5.7.8 ", True),
        ({"looptijd": ""}, "", "there is a user name for the relay, and no password", False),
    ],
)
def test_a_greeting_logs_in_as_a_mail_would_and_never_with_an_empty_password(
    users: dict[str, str], password: str, said: str, *, tried: bool
) -> None:
    with sink(users=users) as relay:
        heard = to(relay, username="looptijd", password=password).greet()
    assert heard.startswith(said)
    assert bool(heard) == bool(said)
    assert (relay.count("AUTH") > 0) is tried
    assert relay.count("MAIL") == 0


def test_a_greeting_says_in_the_systems_words_that_nobody_answers() -> None:
    with sink() as relay:
        pass
    assert to(relay).greet() == "Connection refused"


def test_a_transport_does_not_show_its_password() -> None:
    assert "geheim" not in repr(
        SmtpTransport(host="localhost", port=25, tls="none", username="a", password="geheim")
    )

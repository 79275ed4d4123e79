"""What a relay or OpenSSL says of known faults is told in words, in both languages."""

import pytest

from notifications.language import language
from workflow.mail.relay_words import FAULTS, fault_in_words

VERIFY = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"
EXPIRED = f"{VERIFY}: certificate has expired (_ssl.c:1006)"


@pytest.mark.parametrize(
    "reply, told",
    [
        (EXPIRED, "the relay's certificate has expired"),
        (
            f"{VERIFY}: Hostname mismatch, certificate is not valid for 'relay'. (_ssl.c:1006)",
            "the relay's certificate bears another name",
        ),
        (
            f"{VERIFY}: IP address mismatch, certificate is not valid for '::1'. (_ssl.c:1006)",
            "the relay's certificate bears another name",
        ),
        (
            f"{VERIFY}: unable to get local issuer certificate (_ssl.c:1006)",
            "this machine does not know who signed the relay's certificate",
        ),
        (
            "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)",
            "the relay does not begin with TLS on this port",
        ),
        (
            "SMTP STARTTLS extension not supported by server.",
            "the relay offers no encryption on this port",
        ),
        (
            "535 5.7.8 Error: authentication failed",
            "the relay does not take the user name or the password",
        ),
        (
            "550 5.7.30 Basic authentication is not supported for Client Submission.",
            "Exchange Online lets no program log in with a password",
        ),
        (
            "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
            "Exchange Online lets no program log in with a password",
        ),
        (
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled",
            "Exchange Online lets no program log in with a password",
        ),
        (
            "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
            "the relay does not let this login send as mail.sender",
        ),
        (
            "554 5.2.252 SendAsDenied; looptijd@a.example not allowed to send as b@a.example",
            "the relay does not let this login send as mail.sender",
        ),
        (
            "The SMTP AUTH extension is not supported by this server.",
            "nobody can log in to the relay on this port",
        ),
        (
            "554 5.7.1 <a@b.example>: Relay access denied",
            "the relay passes on no mail from this machine or of this sender",
        ),
        (
            "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
            "Exchange Online knows no mailbox of that address",
        ),
        (
            "550 5.4.1 [a@b.example]: Recipient address rejected: Access denied",
            "Exchange Online knows no mailbox of that address",
        ),
        (
            "450 4.2.0 <a@b.example>: Recipient address rejected: Greylisted",
            "the relay puts off whom it does not know yet",
        ),
        ("Lost during the body: Connection lost", "the connection broke off within the mail"),
        (
            "No answer after the final dot: Connection lost",
            "the relay had the whole mail and did not answer, so that nobody knows",
        ),
        ("No connection within 30 s", "nothing answers there"),
        ("encoding with 'idna' codec failed (label too long)", "nothing answers there"),
        ("Timed out waiting for server response", "the relay says nothing"),
        ("Unexpected EOF received", "the relay ended the connection"),
        (
            "-1 Malformed SMTP response line: HTTP/1.1 400 Bad Request",
            "what answers on this port is no relay",
        ),
        (
            "[Errno 13] Permission denied: '/srv/mail/.0ji8hofr.tmp'",
            "the folder of mail.directory cannot be written: look at its rights",
        ),
        ("[Errno 17] File exists: '/srv/mail'", "the folder of mail.directory cannot be written"),
        ("[Errno 28] No space left on device", "the folder of mail.directory cannot be written"),
    ],
)
def test_a_known_fault_is_told_in_words_with_the_relays_own_behind_it(
    reply: str, told: str
) -> None:
    said = language("en").write(fault_in_words(reply))
    assert said.startswith(told)
    assert said.endswith(f" ({reply})")


def test_an_expired_certificate_is_told_in_dutch_too() -> None:
    assert language("nl").write(fault_in_words(EXPIRED)) == (
        "het certificaat van de mailserver is verlopen: wie die beheert, moet het vernieuwen"
        f" ({EXPIRED})"
    )


def test_other_words_stay_the_relays_own() -> None:
    for reply in ("550 5.1.1 No such user", "450 4.2.1 Busy", "250 2.0.0 Ok: queued as 4F2"):
        assert language("nl").write(fault_in_words(reply)) == reply
    assert (
        language("nl").write(fault_in_words("Connection refused")) == "de verbinding is geweigerd"
    )


def test_an_address_that_a_gateway_does_not_know_is_not_said_to_be_a_relay_that_is_closed() -> None:
    postfix = "550 5.1.1 <a@b.example>: Recipient address rejected: User unknown in relay recipient"
    for reply in (f"{postfix} table", "550 #5.1.1 Unknown to this relay"):
        assert fault_in_words(reply) == reply


def test_each_fault_says_what_to_do_or_what_it_comes_to() -> None:
    assert all(": " in fault.text for _, fault in FAULTS)


def test_no_fault_promises_what_happens_next() -> None:
    assert not [fault.text for _, fault in FAULTS if "tried" in fault.text]

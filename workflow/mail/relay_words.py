"""What goes wrong with a relay in our words, and what to do; its own words stand behind them.

What happens to the mail next is not said here: the same words stand under a test mail, and under
one that is not tried any more.
"""

import re

from states.model.phrase import Phrase, say
from workflow.system.os_errors import in_words

FAULTS = (
    (
        "certificate has expired",
        say("the relay's certificate has expired: whoever runs the relay has to renew it"),
    ),
    (
        "certificate is not yet valid",
        say("the relay's certificate is not valid yet: compare the clocks of both machines"),
    ),
    (
        "hostname mismatch|ip address mismatch",
        say(
            "the relay's certificate bears another name: write the one that stands on it as"
            " mail.host"
        ),
    ),
    (
        "self[- ]signed certificate|unable to get (local )?issuer certificate",
        say(
            "this machine does not know who signed the relay's certificate: let the machine trust"
            " that authority"
        ),
    ),
    (
        "wrong version number|record layer failure",
        say(
            "the relay does not begin with TLS on this port: mail.tls is “implicit” for port 465,"
            " “starttls” for 25 and 587"
        ),
    ),
    (
        "starttls extension not supported",
        say("the relay offers no encryption on this port: look at mail.port and mail.tls"),
    ),
    (
        "unsupported protocol|alert protocol version|no shared cipher|handshake failure",
        say("the relay knows no encryption that this machine still takes: TLS 1.2 or newer"),
    ),
    (
        "basic authentication is |smtpclientauthentication is disabled",  # 535 and 550 5.7.30
        say(
            "Exchange Online lets no program log in with a password: whoever runs it has to let"
            " this machine in by its address, without mail.username"
        ),
    ),
    (
        "sendasdenied|send as this sender",
        say(
            "the relay does not let this login send as mail.sender: write there an address that"
            " mail.username may send as"
        ),
    ),
    (
        "^535 ",
        say(
            "the relay does not take the user name or the password: look at mail.username, and at"
            " mail.password_file or the credential looptijd.mail.password"
        ),
    ),
    (
        "auth extension is not supported|no suitable authentication method",
        say(
            "nobody can log in to the relay on this port: leave mail.username empty, or take its"
            " port for who logs in, mostly 587"
        ),
    ),
    (
        "^530 ",
        say("the relay wants a login or encryption first: look at mail.username and mail.tls"),
    ),
    (
        r"^55\d (?!#?5\.1\.1\b).*\brelay",  # of an address Postfix has a “relay recipient table”
        say(
            "the relay passes on no mail from this machine or of this sender: whoever runs it has"
            " to allow that"
        ),
    ),
    (
        # As Microsoft has it of an unknown one; some of its servers name that first.
        r"^550 5\.4\.1 (\[.*\]: )?recipient address rejected",
        say(
            "Exchange Online knows no mailbox of that address: whoever runs it has to make one, or"
            " the office or the case owner needs another address"
        ),
    ),
    (
        "^4.* gr[ae]y",
        say("the relay puts off whom it does not know yet: mostly it takes a later attempt"),
    ),
    (
        "^lost during the body",
        say("the connection broke off within the mail: the relay does not have it"),
    ),
    (
        "^no answer after the final dot",
        say(
            "the relay had the whole mail and did not answer, so that nobody knows whether it took"
            " it: its own log does"
        ),
    ),
    (
        "^no connection within|'idna' codec",  # a name with two dots in a row
        say("nothing answers there: look at mail.host, mail.port and the firewall"),
    ),
    (
        "^timed out",
        say(
            "the relay says nothing: it is too busy, or begins with TLS, as on port 465; there"
            " mail.tls is “implicit”"
        ),
    ),
    (
        "^unexpected eof",
        say(
            "the relay ended the connection without a word: its own log says why; on port 465"
            " mail.tls is “implicit”"
        ),
    ),
    (
        "malformed smtp response",
        say("what answers on this port is no relay: look at mail.host and mail.port"),
    ),
    (
        r"^\[errno ([125]|13|17|20|27|28|30|36|40|122)\]",  # a folder may be the relay
        say(
            "the folder of mail.directory cannot be written: look at its rights, and at the room on"
            " its disk"
        ),
    ),
)


def fault_in_words(text: str) -> Phrase | str:
    """Return what is wrong, and what to do, with a relay of which this is said."""
    for sign, fault in FAULTS:
        if re.search(sign, text, re.IGNORECASE):
            return say("{fault} ({reason})", fault=fault, reason=text)
    return in_words(text)

"""The MIME message: headers parsed back by the standard library, and bytes that stay the same."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.headerregistry import AddressHeader, DateHeader
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from msgspec.structs import replace

from notifications.compose import compose
from notifications.letter import Letter, Mailbox
from notifications.message import Unsendable, text_mail
from states.model.events import Role
from tests.unit.notifications.composed import composed
from tests.unit.notifications.letters import ABOUT, EVALUATE, letter
from tests.unit.notifications.mails import LETTERS

LINE_ENDS = ("\r\n", "\n", "\r", "\0", "\x85", "\u2028", "\u2029", "\v", "\f")
START = LETTERS["evaluation, start"]


def sent(mail: Letter) -> EmailMessage:
    return message_from_bytes(compose(mail).content, EmailMessage, policy=SMTP)


def test_the_headers_are_those_of_an_automatic_mail_that_follows_another() -> None:
    mail = sent(START)

    assert {name: str(value) for name, value in mail.items()} == {
        "From": "Looptijd <looptijd@example.org>",
        "To": "wethouder Gerats <secretariaat.gerats@maastricht.example>",
        "Reply-To": '"M. Janssen" <m.janssen@maastricht.example>',
        "Subject": "Verbindend Leiden: start evaluatie vóór 11 juli (SO-2017-0042)",
        "Date": "Fri, 10 Jul 2020 08:00:00 +0200",
        "Message-ID": "<5b0e7a3e-6f1e-5d0a-9d3f-0a4c1f6f2b11@looptijd.example.org>",
        "In-Reply-To": "<0c9a@looptijd.example.org>",
        "References": "<0c9a@looptijd.example.org>",
        "Content-Language": "nl",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "MIME-Version": "1.0",
        "Content-Type": mail["Content-Type"],
    }


def test_the_date_is_the_moment_at_which_the_letter_was_written() -> None:
    date = sent(START)["Date"]

    assert isinstance(date, DateHeader)
    assert date.datetime == START.written_at


def test_text_and_html_are_alternatives_in_utf_8() -> None:
    composed = compose(START)
    mail = sent(START)
    text, html = mail.iter_parts()

    assert mail.get_content_type() == "multipart/alternative"
    assert (text.get_content_type(), text.get_content_charset()) == ("text/plain", "utf-8")
    assert (html.get_content_type(), html.get_content_charset()) == ("text/html", "utf-8")
    assert text.get_content().replace("\r\n", "\n") == composed.text
    assert html.get_content().replace("\r\n", "\n") == composed.html


def test_the_content_passes_every_relay() -> None:
    content = compose(START).content

    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 78


@pytest.mark.parametrize("name", LETTERS)
def test_the_same_letter_gives_the_same_bytes(name: str) -> None:
    assert compose(LETTERS[name]) == composed(name)


def test_two_mails_have_two_boundaries() -> None:
    other = replace(START, message_id="<other@looptijd.example.org>")

    assert sent(START).get_boundary() != sent(other).get_boundary()


def test_without_a_case_owner_there_is_no_reply_to() -> None:
    assert "Reply-To" not in sent(replace(START, reply_to=None))


def test_the_first_mail_that_reaches_a_reader_refers_to_none() -> None:
    mail = sent(replace(START, follows=None))

    assert "References" not in mail
    assert "In-Reply-To" not in mail


def test_a_comma_in_a_name_does_not_make_two_addresses() -> None:
    to = Mailbox(name="Gerats, M. (wethouder) “Sociaal”", email="gerats@maastricht.example")
    header = sent(replace(START, to=to))["To"]

    assert isinstance(header, AddressHeader)
    (address,) = header.addresses
    assert (address.display_name, address.addr_spec) == (to.name, to.email)


def test_a_domain_with_accents_is_written_in_ascii() -> None:
    to = Mailbox(name="Raad", email="raad@gemeenté.example")

    assert str(sent(replace(START, to=to))["To"]) == "Raad <raad@xn--gemeent-hya.example>"


@pytest.mark.parametrize("line_end", LINE_ENDS)
def test_no_header_can_be_injected_through_a_name_or_title(line_end: str) -> None:
    hostile = f"Raad{line_end}Bcc: dief@example.org{line_end}{line_end}Betaal nu"
    box = Mailbox(name=hostile, email="raad@maastricht.example")
    about = replace(ABOUT, called=hostile, title=hostile, ref=hostile)
    mail = sent(replace(START, about=about, to=box, sender=box, reply_to=box))

    assert mail.keys() == sent(START).keys()
    assert "Bcc: dief@example.org Betaal nu" in mail["Subject"]
    assert len(list(mail.iter_parts())) == 2


@pytest.mark.parametrize("line_end", [*LINE_ENDS, " ", "\t", ",b@example.org,"])
def test_an_address_with_other_than_plain_characters_is_refused(line_end: str) -> None:
    for email in (f"a{line_end}Bcc: b@example.org", f"a@example.org{line_end}", f"a{line_end}@b.c"):
        with pytest.raises(Unsendable):
            compose(replace(START, to=Mailbox(name="Raad", email=email)))


@pytest.mark.parametrize(
    "email", ["raad", "@example.org", '""@example.org', "raad@", "é@example.org", "a@b@c.d", ""]
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(Unsendable):
        compose(replace(START, reply_to=Mailbox(name="Raad", email=email)))


@pytest.mark.parametrize("line_end", [*LINE_ENDS, " ", "ë"])
def test_an_identifier_with_other_than_plain_characters_is_refused(line_end: str) -> None:
    hostile = f"<a@example.org>{line_end}Bcc: b@example.org"

    with pytest.raises(Unsendable):
        compose(replace(START, message_id=hostile))
    with pytest.raises(Unsendable):
        compose(replace(START, follows=hostile))


def test_long_identifiers_stay_in_one_piece() -> None:
    long = f"<5b0e7a3e-6f1e-5d0a-9d3f-0a4c1f6f2b11@{'looptijd.' * 10}example.org>"
    content = compose(replace(START, message_id=long, follows=f"<2{long[1:]}")).content

    assert content.count(f"{long}\r\n".encode()) == 1
    assert content.count(f"<2{long[1:]}\r\n".encode()) == 2


# What the library folds wrongly -------------------------------------------------------------------


def test_a_long_name_keeps_its_quotes_so_that_its_commas_make_no_addresses() -> None:
    to = Mailbox(name="Gerats, van der Lange Achternaam, " * 5 + "M.", email="gerats@c.example")
    header = sent(replace(START, to=to))["To"]

    assert isinstance(header, AddressHeader)
    (address,) = header.addresses
    assert (address.display_name, address.addr_spec) == (to.name, to.email)


@pytest.mark.parametrize("name", ["Gérats, " * 20 + "M.", "é" * 150, "Één en €, twee " * 9 + "x"])
def test_a_name_of_several_encoded_words_is_shown_as_it_is(name: str) -> None:
    to = Mailbox(name=name, email="gerats@c.example")
    header = message_from_bytes(compose(replace(START, to=to)).content)["To"]

    assert str(make_header(decode_header(header))) == f"{name} <gerats@c.example>"


@pytest.mark.parametrize(
    "subject",
    [
        "Vérbindend juli nóg van tekst Vérbindend Leidén én de én Vérbindend én Actie Actie",
        "é" * 200,
        "Actie: Samenwerkingsovereenkomst, " * 8 + "meer",
    ],
)
def test_a_subject_of_several_encoded_words_keeps_its_spaces(subject: str) -> None:
    content = text_mail(
        sender="looptijd@example.org",
        to="beheer@example.org",
        subject=subject,
        text="",
        message_id="<1@example.org>",
        written_at=START.written_at,
    )

    assert str(message_from_bytes(content, EmailMessage, policy=SMTP)["Subject"]) == subject


@pytest.mark.parametrize("words", ["x" * 400, "é" * 400, "<p>" + "=" * 400, "é\n" * 9 + "\t"])
def test_a_line_of_quoted_printable_has_at_most_76_signs(words: str) -> None:
    about = replace(ABOUT, title=words, called="Kort")
    content = compose(replace(START, about=about)).content

    assert max(map(len, content.partition(b"\r\n\r\n")[2].split(b"\r\n"))) == 76


@pytest.mark.parametrize("role", Role)
def test_the_subject_is_the_same_for_every_reader(role: Role) -> None:
    assert compose(letter(EVALUATE, role=role)).subject == compose(START).subject


@pytest.mark.parametrize(
    "written, name, email",
    [
        ("looptijd@maastricht.example", "", "looptijd@maastricht.example"),
        ("<looptijd@maastricht.example>", "", "looptijd@maastricht.example"),
        ("Looptijd <l@m.example>", "Looptijd", "l@m.example"),
        (
            "Looptijd, gemeente Maastricht <l@m.example>",
            "Looptijd, gemeente Maastricht",
            "l@m.example",
        ),
        ('"Looptijd, \\"team\\" Zuid" <l@m.example>', 'Looptijd, "team" Zuid', "l@m.example"),
        ("Team: Looptijd; proef <l@m.example>", "Team: Looptijd; proef", "l@m.example"),
        ("looptijd@elders.example <l@m.example>", "looptijd@elders.example", "l@m.example"),
        ("[Looptijd] (proef) <l@m.example>", "[Looptijd] (proef)", "l@m.example"),
        ('"Looptijd" en "Zuid" <l@m.example>', '"Looptijd" en "Zuid"', "l@m.example"),
        ("Looptijd <l@m.example>\n", "Looptijd", "l@m.example"),  # of a text of several lines
    ],
)
def test_the_address_of_a_sender_is_the_one_between_brackets_whatever_the_name_is(
    written: str, name: str, email: str
) -> None:
    content = text_mail(
        sender=written,
        to="beheer@example.org",
        subject="Proef",
        text="",
        message_id="<1@example.org>",
        written_at=START.written_at,
    )

    (box,) = message_from_bytes(content, EmailMessage, policy=SMTP)["From"].addresses
    assert (box.display_name, box.addr_spec) == (name, email)

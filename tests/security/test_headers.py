"""Whatever stands in a register, a mail has the headers and the reader that it should have."""

from email import message_from_bytes
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.policy import default

import pytest

from notifications.compose import compose
from notifications.message import text_mail
from tests.security.hostile import ALL_AT_ONCE, HOSTILE, poisoned, poisoned_overview
from tests.town import CASE, OFFICES, Town
from tests.unit.notifications.letters import letter
from tests.unit.notifications.mails import LETTERS
from tests.unit.notifications.overviews import OVERVIEWS

HEADERS = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
]
MOMENT = letter().written_at
UNSEEN = {"\u202e", "\u2066", "\u200b", "\ufeff", "\r", "\n", "\0", "\x85", "\u2028"}


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, EmailMessage, policy=default)


def boxes(mail: EmailMessage, name: str) -> list[str]:
    header = mail[name]
    assert isinstance(header, AddressHeader)
    return [address.addr_spec for address in header.addresses]


CASES = [(name, ALL_AT_ONCE) for name in LETTERS] + [
    (name, text) for name in ("evaluation, start", "several topics") for text in HOSTILE
]


@pytest.mark.parametrize("name,text", CASES, ids=range(len(CASES)))
def test_every_letter_has_exactly_its_own_headers_and_one_reader(name: str, text: str) -> None:
    usual = LETTERS[name]
    mail = read(compose(poisoned(usual, text)).content)

    expected = [one for one in HEADERS if one != "Reply-To" or usual.reply_to]
    assert sorted(mail.keys()) == sorted(expected)
    assert boxes(mail, "To") == [usual.to.email]
    assert boxes(mail, "From") == [usual.sender.email]
    assert not usual.reply_to or boxes(mail, "Reply-To") == [usual.reply_to.email]
    assert not UNSEEN & set("".join(map(str, mail.values())))
    parts = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert parts == ["text/plain", "text/html", *(["text/calendar"] if usual.dates else [])]


@pytest.mark.parametrize("text", [ALL_AT_ONCE, *HOSTILE], ids=range(len(HOSTILE) + 1))
@pytest.mark.parametrize("name", ["handover", "summary", "digest"])
def test_every_overview_has_exactly_its_own_headers_and_one_reader(name: str, text: str) -> None:
    mail = read(compose(poisoned_overview(OVERVIEWS[name], text)).content)

    assert set(mail.keys()) == set(HEADERS) - {"Reply-To", "In-Reply-To", "References"}
    assert boxes(mail, "To") == ["secretariaat.devries@maastricht.example"]
    assert boxes(mail, "From") == ["looptijd@example.org"]
    assert not UNSEEN & set("".join(map(str, mail.values())))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_an_incident_has_exactly_its_own_headers_and_one_reader(text: str) -> None:
    content = text_mail(
        sender="Looptijd <looptijd@maastricht.example>",
        to="beheer@maastricht.example",
        subject=text,
        text=text.replace("\0", ""),
        message_id="<1@maastricht.example>",
        written_at=MOMENT,
    )

    mail = read(content)
    assert set(mail.keys()) == {*HEADERS[:2], *HEADERS[3:6], HEADERS[8], *HEADERS[10:12]} | {
        "Content-Transfer-Encoding"
    }
    assert boxes(mail, "To") == ["beheer@maastricht.example"]


def test_an_encoded_word_is_shown_as_it_was_typed_and_never_decoded() -> None:
    word = "=?utf-8?q?Betaal_nu?="
    mail = read(compose(poisoned(LETTERS["evaluation, start"], word)).content)

    assert "Betaal nu" not in str(mail["Subject"]) + str(mail["To"])
    assert "= ?utf-8?q?Betaal_nu?=" in str(mail["Subject"])


@pytest.mark.parametrize(
    "field", ["title", "short_title", "party.limburg.name", "contribution.payee", "term.length"]
)
@pytest.mark.parametrize("text", ["A\r\nBcc: b@c.nl", "A\x1b[31m", "A\u202eB", "A\u2028B", "\0"])
def test_what_hides_in_a_line_is_refused_at_the_entrance(
    small_town: Town, field: str, text: str
) -> None:
    small_town.register(OFFICES, CASE)
    refusal = small_town.refusal(
        "SO-2017-0042", "amend", reason="x", **{field.replace(".", "__"): text}
    )

    assert (refusal.exit_code, str(refusal).count("is not accepted.")) == (2, 1)


@pytest.mark.parametrize(
    "field,text",
    [
        ("email", "a@b.nl\r\nBcc: c@d.nl"),
        ("email", "a@b.nl,c@d.nl"),
        ("email", "sealed:00000000000000000000000000000000"),
        ("name", "A\nB"),
        ("name", "sealed:00000000000000000000000000000000"),
    ],
)
def test_an_amended_case_owner_is_judged_like_an_imported_one(
    small_town: Town, field: str, text: str
) -> None:
    small_town.register(OFFICES, CASE)
    refusal = small_town.refusal(
        "SO-2017-0042", "amend", reason="x", **{f"case_owner__{field}": text}
    )

    assert f"case_owner.{field}: “" in str(refusal)


def test_a_hostile_title_that_was_let_in_reaches_one_reader(town: Town) -> None:
    word = "=?utf-8?q?a=0D=0ABcc=3A_dief=40example=2Eorg?= hoi"
    town.register(OFFICES, CASE.replace('"Verbindend Leiden"', f'"{word}"')).decided()

    mail = read(town.relay.accepted[0].content)
    assert {delivered.to for delivered in town.relay.accepted} <= {
        "gerats@maastricht.example",
        "a.janssen@maastricht.example",
    }
    assert str(mail["Subject"]).startswith("= ?utf-8?q?a=0D=0ABcc=3A_dief=40ex…: besluit")
    assert "Bcc" not in mail

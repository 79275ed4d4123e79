"""What was sent is kept small, and read as it was sent."""

import zlib

import pytest
from sqlalchemy import select

from tests.town import OFFICES, Town, running, walked_once
from workflow.maintenance.backup import back_up
from workflow.store.columns import LINES, PackedMail
from workflow.store.tables import MESSAGE

# "Subject: Betaal termijn 7", an empty line, "Wat wij u vragen", as they were kept first.
KEPT = "78bb9c2380b303b610b25293819910ed2008735e2e6cad1d00790b0ef7"


@walked_once
def announced(town: Town) -> Town:
    """Let the evaluations of two agreements be announced on 29 June 2018, and be sent."""
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1"), running("A-2"), history=True)
    town.at("2018-06-29 08:00").tick()
    town.deliver()
    return town


def shown(town: Town) -> list[bytes]:
    """Return the mails as the product reads them."""
    with town.app.reading() as connection:
        return list(connection.execute(select(MESSAGE.c.content).order_by(MESSAGE.c.id)).scalars())


def test_a_mail_takes_a_quarter_of_what_was_sent_and_is_read_to_the_byte(town: Town) -> None:
    announced(town)
    sent = [mail.content for mail in town.relay.accepted]
    kept = town.mails("content")
    assert shown(town) == sent
    assert len(sent) == 2
    assert all(4 * len(bytes(small)) < len(mail) for small, mail in zip(kept, sent, strict=True))


def test_the_lines_beside_which_mails_are_kept_never_change() -> None:
    assert (len(LINES), zlib.adler32(LINES)) == (20244, 2619572403)
    mail = PackedMail().process_result_value(bytes.fromhex(KEPT), None)
    assert mail == b"Subject: Betaal termijn 7\r\n\r\nWat wij u vragen\r\n"


def test_a_mail_of_which_half_is_lost_hides_no_other(town: Town) -> None:
    announced(town)
    half = bytes(town.mails("content", where="id = 2")[0])[:300]
    town.change("UPDATE message SET content = :half WHERE id = 2", half=half)
    assert shown(town) == [town.relay.accepted[0].content, half]


@pytest.mark.on_sqlite
@pytest.mark.parametrize("value, read", [("x", b"x"), ("", b""), (-1, b"-1")])
def test_what_is_no_mail_at_all_hides_no_other_and_stops_no_backup(
    town: Town, value: object, read: bytes
) -> None:
    announced(town).change("UPDATE message SET content = :v WHERE id = 2", v=value)
    assert shown(town) == [town.relay.accepted[0].content, read]
    assert back_up(town.app, town.folder / "register.backup").rows > 0

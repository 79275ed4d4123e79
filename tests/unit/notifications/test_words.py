"""Each mail as its reader gets it: subject and text of every template, phase and language."""

from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from notifications.compose import compose
from notifications.details import DETAILS
from notifications.language import LANGUAGES
from tests.unit.notifications.mails import LETTERS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LETTERS)
def test_the_mail_reads_as_agreed(name: str, language: str, snapshot: SnapshotAssertion) -> None:
    mail = compose(replace(LETTERS[name], language=language))

    assert f"Subject: {mail.subject}\n\n{mail.text}" == snapshot


def test_every_template_is_among_the_agreed_mails() -> None:
    used = {topic.template for letter in LETTERS.values() for topic in letter.topics}

    assert used == DETAILS.keys()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LETTERS)
def test_a_text_line_has_at_most_72_columns(name: str, language: str) -> None:
    mail = compose(replace(LETTERS[name], language=language))

    assert max(map(len, mail.text.splitlines())) <= 72
    assert "\n\n\n" not in mail.text
    assert not any(line.endswith(" ") for line in mail.text.splitlines())

"""A judge of the sentences of a mail: none speaks of a day that has passed as of one to come."""

import re
from collections.abc import Iterator
from datetime import date
from email import message_from_bytes
from email.policy import default

from tests.dutch import MONTHS

DAY = rf"(?:\w+dag )?(\d+) ({'|'.join(MONTHS)}) (\d{{4}})"
TO_COME = (
    "loopt tot en met",
    "loopt nu tot en met",
    "loopt de overeenkomst door, tot en met",
    "eindigt na",
    "[Dd]e laatste dag is",
    "of is",
    "om te betalen is",
    "moet uiterlijk op",
    "moet op",
    "moet uiterlijk",
    "staat op",
    "Antwoord ja of nee, uiterlijk",
    "Opzeggen kan tot en met:",
    "Neem uiterlijk",
    "Neem daarna uiterlijk",
    "op uiterlijk",
)
PASSED = (
    "was",
    "moest uiterlijk op",
    "moest uiterlijk",
    "moest al op",
    "had uiterlijk op",
    "liep tot en met",
    "kon tot en met",
)
IN_TIME = [
    *((re.compile(rf"\b{words} {DAY}"), True) for words in TO_COME),
    *((re.compile(rf"\b{words} {DAY}"), False) for words in PASSED),
]


def out_of_time(content: bytes) -> list[str]:
    """Return what a Dutch mail says of a day as it is not on the day of its Date header."""
    mail = message_from_bytes(content, policy=default)
    body = mail.get_body(("plain",))
    assert body
    return [*_untrue(" ".join(body.get_content().split()), mail["Date"].datetime.date())]


def _untrue(text: str, today: date) -> Iterator[str]:
    for pattern, is_to_come in IN_TIME:
        for said in pattern.finditer(text):
            day = date(int(said[3]), 1 + MONTHS.index(said[2]), int(said[1]))
            if (day >= today) is not is_to_come:
                yield f"{said[0]} (on {today})"

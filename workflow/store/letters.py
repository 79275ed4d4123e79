"""Mails as they were sent, kept small: beside the lines that most of them have.

Those lines are in letters.txt, which may never change: what was kept beside it needs it for ever.
A zlib stream names its dictionary by a checksum, so another one can stand beside it one day.
"""

import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.types import TypeDecorator

LINES = b"\r\n".join(Path(__file__).with_name("letters.txt").read_bytes().splitlines())


class Letter(TypeDecorator[bytes]):
    """The bytes of a mail; those of earlier releases stand in the database as they were sent."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Any) -> bytes | None:  # noqa: ARG002
        """Return what is kept of a mail."""
        if value is None:
            return None
        packer = zlib.compressobj(zdict=LINES)
        return packer.compress(value) + packer.flush()

    def process_result_value(self, value: bytes | None, dialect: Any) -> bytes | None:  # noqa: ARG002
        """Return a mail as it was sent; what somebody damaged hides no other row."""
        unpacker = zlib.decompressobj(zdict=LINES)
        with suppress(zlib.error, TypeError):  # SQLite may hold a text
            mail = unpacker.decompress(value or b"")
            return mail if unpacker.eof else value
        return value

"""What a column holds: a mail kept small, a moment, and values that somebody may have damaged."""

import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Date, DateTime, Dialect, Integer, LargeBinary, String, Text
from sqlalchemy.types import TypeDecorator

# What most mails have, in a file that may never change: what was kept beside it needs it for ever.
# A zlib stream names its dictionary by a checksum, so another one can stand beside it one day.
LINES = b"\r\n".join(Path(__file__).with_name("letters.txt").read_bytes().splitlines())
NO_INSTANT = datetime(2, 1, 1, tzinfo=UTC)  # a year after the first: who reckons back finds a day
NO_LATER = datetime.max.replace(tzinfo=UTC)  # on SQLite a text that is no instant sorts after it


class PackedMail(TypeDecorator[bytes]):
    """The bytes of a mail, kept small; those of earlier releases stand there as they were sent."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, _dialect: Any) -> bytes | None:
        """Return what is kept of a mail."""
        if value is None:
            return None
        packer = zlib.compressobj(zdict=LINES)
        return packer.compress(value) + packer.flush()

    def process_result_value(
        self, value: bytes | str | float | None, _dialect: Any
    ) -> bytes | None:
        """Return a mail as it was sent; what somebody damaged hides no other row."""
        if isinstance(value, str | int | float):  # SQLite may hold these
            value = str(value).encode()
        unpacker = zlib.decompressobj(zdict=LINES)
        with suppress(zlib.error):
            mail = unpacker.decompress(value or b"")
            return mail if unpacker.eof else value
        return value


def _forgiving(readable: Callable[[Any], Any] | None, instead: Any) -> Callable[[Any], Any]:
    """Return what reads a value; of what somebody damaged, which no reader takes, `instead`."""

    def read(value: Any) -> Any:
        try:
            return readable(value) if readable else value
        except (ValueError, TypeError):
            return instead

    return read


class Moment(TypeDecorator[datetime]):
    """A moment, kept in UTC: SQLite drops a zone, PostgreSQL gives that of the session."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Any) -> datetime | None:
        """Return a moment in UTC; one without a zone is our own mistake, never a user's."""
        if value is None:
            return None
        assert value.utcoffset() is not None, f"{value} has no zone"
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Any) -> datetime | None:
        """Return a moment in UTC."""
        if value is None or value.utcoffset() is None:
            return value and value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


class Instant(Moment):
    """An instant; what somebody damaged is no instant and hides no other row."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """Return what reads an instant: SQLite keeps any text as one."""
        return _forgiving(super().result_processor(dialect, coltype), NO_INSTANT)


class Day(TypeDecorator[date]):
    """A day; what somebody damaged is the day of no instant."""

    impl = Date
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """Return what reads a day: SQLite keeps any text as one."""
        return _forgiving(super().result_processor(dialect, coltype), NO_INSTANT.date())


class Number(TypeDecorator[int]):
    """A number, such as that of an event in its stream; what is none is nought."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: Any, _dialect: Any) -> int:
        """Return a number: SQLite keeps any text as one."""
        return value if isinstance(value, int) else 0


class Name(TypeDecorator[str]):
    """A name, such as that of a stream; what is no text names nothing, and hides no other row."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, _dialect: Any) -> str | None:
        """Return a text, or that there is none: SQLite keeps any bytes as one."""
        return value if value is None or isinstance(value, str) else ""


class Written(Name):
    """A text that is read, such as one that was hashed; what is none is not it."""

    impl = Text
    cache_ok = True


class Whole(TypeDecorator[int]):
    """A number that everything depends on: SQLite keeps any text as one."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: Any, _dialect: Any) -> int | None:
        """Return a number; anything else is refused, as what is no instant is."""
        return None if value is None else int(value)

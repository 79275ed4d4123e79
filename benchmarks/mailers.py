"""Those beside whom mail is measured: smtplib as people write it, and what aiosmtplib can do."""

import asyncio
import smtplib
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import aiosmtplib

SENDER = "looptijd@maastricht.example"


@dataclass(frozen=True, slots=True)
class Words:
    """A mail that was written already: whom it goes to and what it says."""

    to: str
    subject: str
    text: str
    html: str


def _message(words: Words) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = SENDER, words.to, words.subject
    mail.set_content(words.text)
    mail.add_alternative(words.html, subtype="html")
    return mail


# smtplib -----------------------------------------------------------------------------------------


class Table:
    """Mails in a table, with a column that says whether they were sent: durable, as ours is."""

    def __init__(self, file: Path, mails: Iterable[Words]) -> None:
        """Make the table and fill it."""
        self.connection = sqlite3.connect(file)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute(
            "CREATE TABLE mail (id INTEGER PRIMARY KEY, recipient, subject, text, html, sent)"
        )
        rows = [(mail.to, mail.subject, mail.text, mail.html) for mail in mails]
        self.connection.executemany("INSERT INTO mail VALUES (NULL, ?, ?, ?, ?, 0)", rows)
        self.connection.commit()

    def put_back(self) -> None:
        """Let every mail wait again."""
        self.connection.execute("UPDATE mail SET sent = 0")
        self.connection.commit()

    def send(self, port: int) -> None:
        """Send what waits, one by one: a connection and a commit each."""
        waits = "SELECT id, recipient, subject, text, html FROM mail WHERE NOT sent"
        for number, *words in self.connection.execute(waits).fetchall():
            with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as relay:
                relay.send_message(_message(Words(*words)))
            self.connection.execute("UPDATE mail SET sent = 1 WHERE id = ?", (number,))
            self.connection.commit()

    def sent(self) -> int:
        """Return how many mails were sent."""
        (count,) = self.connection.execute("SELECT count(*) FROM mail WHERE sent").fetchone()
        return int(count)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


# aiosmtplib --------------------------------------------------------------------------------------


def send_unsettled(mails: Sequence[Words], port: int, connections: int) -> None:
    """Build and send all mails over connections that stay open; nothing is kept of what came."""
    asyncio.run(_send_all(mails, port, connections))


async def _send_all(mails: Sequence[Words], port: int, connections: int) -> None:
    waiting = iter(mails)
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_send(waiting, port))


async def _send(waiting: Iterable[Words], port: int) -> None:
    """Prepared bytes, which are faster than the library's own `send_message`."""
    relay = aiosmtplib.SMTP(
        hostname="127.0.0.1", port=port, start_tls=False, local_hostname="localhost"
    )
    async with relay:
        for words in waiting:
            await relay.sendmail(SENDER, [words.to], _message(words).as_bytes())

"""The keys that a shell completes: asked of the driver itself, for SQLAlchemy takes too long."""

import sqlite3
from contextlib import closing
from importlib import import_module
from typing import Any
from urllib.parse import quote

SQLITE = "sqlite:///"
PATIENCE = 1.0  # seconds: who presses Tab does not wait
LAST = "\U0010ffff"

KeyRows = list[tuple[Any, ...]]


def references(url: str, begin: str) -> KeyRows:
    """Return the references that begin so, each with its stage."""
    return _ask(
        url,
        "SELECT ref, stage FROM agreement WHERE ref >= ? AND ref < ? ORDER BY ref LIMIT 200",
        begin,
        begin + LAST,
    )


def offices(url: str) -> KeyRows:
    """Return the keys of the offices."""
    return _ask(url, "SELECT key FROM office ORDER BY key")


def dossier(url: str, ref: str) -> KeyRows:
    """Return stage, ending and facts of one agreement, as they are kept."""
    return _ask(
        url,
        "SELECT a.stage, a.ending, f.facts FROM agreement a"
        " JOIN facts f ON f.agreement_id = a.id WHERE a.ref = ?",
        ref,
    )


def alerted(url: str, ref: str) -> KeyRows:
    """Return the names of the steps of one agreement that have fired, the latest first."""
    return _ask(
        url,
        "SELECT o.name FROM occurrence o JOIN agreement a ON a.id = o.agreement_id"
        " WHERE a.ref = ? AND o.status = 'fired' ORDER BY o.at DESC LIMIT 200",
        ref,
    )


def _ask(url: str, query: str, *values: str) -> KeyRows:
    if url.startswith(SQLITE):
        file = quote(url.removeprefix(SQLITE))
        opened = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=PATIENCE)
        with closing(opened) as connection:
            return connection.execute(query, values).fetchall()
    address = url.replace("+psycopg", "", 1)
    psycopg = import_module("psycopg")
    with psycopg.connect(address, connect_timeout=2) as connection:
        found: KeyRows = connection.execute(query.replace("?", "%s"), values).fetchall()
        return found

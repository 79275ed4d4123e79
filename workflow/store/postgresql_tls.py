"""Whether a connection to PostgreSQL stays on this machine; beyond it, it must be encrypted."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any

from states.model.phrase import Phrase, say

VERIFIED = "verify-full"
# What may name a server behind the URL's back: only what the URL itself says of TLS holds then.
ELSEWHERE = ("service", "conninfo", "dsn")
PORT = re.compile(r"(?<=[^:]):\d*$")


def refused(
    host: str | None, query: Mapping[str, Any], environ: Mapping[str, str]
) -> Phrase | None:
    """Return why a server may not be connected to, or None.

    `host` and `query` are the URL's, `environ` has libpq's variables for what the URL leaves out. A
    lesser sslmode encrypts at best, for whoever answers; verify-full knows who it is.
    """
    named = [name for name in ELSEWHERE if name in query]
    named += ["PGSERVICE"] if environ.get("PGSERVICE") else []
    mode = query.get("sslmode") or ("" if named else environ.get("PGSSLMODE", ""))
    far = [*named, *(one for one in _hosts(host, query, environ) if not _is_here(one))]
    if not far or mode == VERIFIED:
        return None
    return say(
        "The database is beyond this machine ({host}), so its URL must end with"
        " ?sslmode=verify-full (and, for an authority of your own, &sslrootcert=FILE).",
        host=far[0],
    )


def _hosts(host: str | None, query: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[str]:
    """Yield every host and address that is named; libpq takes the address where there are both."""
    yield from _listed(query.get("host") or host or environ.get("PGHOST"))
    yield from _listed(host)
    yield from _listed(query.get("hostaddr") or environ.get("PGHOSTADDR"))


def _listed(names: Any) -> Iterator[str]:
    for part in [names] if isinstance(names, str) else names or ():
        yield from filter(None, map(str.strip, part.split(",")))


def _is_here(host: str) -> bool:
    """Tell whether a host is a socket's folder or this machine's loopback."""
    if host.startswith(("/", "@")):
        return True
    name = host if host.count(":") > 1 else PORT.sub("", host)
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name.lower() == "localhost"

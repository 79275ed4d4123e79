"""The register's figures in the text format of Prometheus, for the textfile collector."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workflow import __version__
from workflow.maintenance.figures import Measures

Value = float | datetime | None
Samples = Iterable[tuple[Mapping[str, str], Value]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A figure: what it is called and means, and its samples, each with its labels."""

    name: str
    meaning: str
    samples: Callable[[Measures], Samples]
    kind: Literal["gauge", "counter"] = "gauge"


def exposition(measures: Measures) -> str:
    """Return every figure with its help and type; an instant that does not exist has no sample.

    Instants are seconds since 1970 (UTC), as Prometheus has them.
    """
    return "".join(f"{line}\n" for family in FAMILIES for line in _lines(family, measures))


def _lines(family: Family, measures: Measures) -> Iterator[str]:
    name = f"looptijd_{family.name}"
    yield f"# HELP {name} {family.meaning}"
    yield f"# TYPE {name} {family.kind}"
    for labels, value in family.samples(measures):
        if value is not None:
            yield f"{name}{_written(labels)} {_number(value)}"


def _one(name: str, meaning: str, value: Callable[[Measures], Value]) -> Family:
    """Return a figure of one sample without labels."""
    return Family(name=name, meaning=meaning, samples=lambda measures: [({}, value(measures))])


def _each(label: str, values: Mapping[str, int]) -> Samples:
    return [({label: name}, count) for name, count in values.items()]


FAMILIES = (
    Family(
        name="info",
        meaning="The release and the installation; always 1.",
        samples=lambda m: [({"version": __version__, "installation": m.installation}, 1)],
    ),
    _one("measured_timestamp_seconds", "When these figures were taken.", lambda m: m.at),
    Family(
        name="agreements",
        meaning="Agreements by stage.",
        samples=lambda m: _each("stage", m.agreements),
    ),
    _one("next_alert_timestamp_seconds", "When something fires next.", lambda m: m.next_alert),
    _one(
        "overdue_agreements",
        "Agreements with an alert that is over ten minutes late.",
        lambda m: m.overdue,
    ),
    _one("failing_agreements", "Agreements whose last firing failed.", lambda m: m.failing),
    _one("firing_failures", "How often in a row they failed, together.", lambda m: m.failures),
    Family(name="mail", meaning="Mails by status.", samples=lambda m: _each("status", m.mail)),
    _one(
        "oldest_waiting_mail_timestamp_seconds",
        "When the mail was made that waits longest of those that could have left.",
        lambda m: m.oldest_mail,
    ),
    Family(
        name="daemon_last_look_timestamp_seconds",
        meaning="The last sign of life of the daemon on each machine; one a minute.",
        samples=lambda m: [({"daemon": name}, look.at) for name, look in m.looks.items()],
    ),
    Family(
        name="daemon_failed",
        meaning="1 when the daemon's last look failed.",
        samples=lambda m: [({"daemon": name}, look.failed) for name, look in m.looks.items()],
    ),
    _one("clock_held", "1 while the clock is held: nothing fires.", lambda m: m.clock_held),
    _one("restored", "1 while a backup that was put back is not adopted.", lambda m: m.restored),
    Family(
        name="ledger_events_total",
        meaning="Events in the ledger.",
        samples=lambda m: [({}, m.events)],
        kind="counter",
    ),
    _one("last_seal_timestamp_seconds", "When the last day was sealed.", lambda m: m.sealed),
)


def _written(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float | datetime) -> str:
    return str(int(value.timestamp() if isinstance(value, datetime) else value))

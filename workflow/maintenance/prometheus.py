"""The register's figures in the text format of Prometheus, for the textfile collector."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from workflow import __version__
from workflow.maintenance.figures import Measures

Value = float | datetime


def exposition(measures: Measures) -> str:
    """Return every figure with its help and type; an instant that does not exist has no sample.

    Instants are seconds since 1970 (UTC), as Prometheus has them.
    """
    return generate_latest(Figures(measures)).decode()


class Figures(Collector):
    """Gives the figures of one moment to Prometheus' library."""

    def __init__(self, measures: Measures) -> None:
        self.measures = measures

    def collect(self) -> Iterator[Metric]:
        """Yield each figure: what it is called and means, and its samples."""
        m = self.measures
        yield _family(
            "info",
            "The release and the installation; always 1.",
            {(__version__, m.installation): 1},
            labels=("version", "installation"),
        )
        yield _one("measured_timestamp_seconds", "When these figures were taken.", m.at)
        yield _by("agreements", "Agreements by stage.", "stage", m.agreements)
        yield _one("next_alert_timestamp_seconds", "When something fires next.", m.next_alert)
        yield _one(
            "overdue_agreements",
            "Agreements with an alert that is over ten minutes late.",
            m.overdue,
        )
        yield _one("late_deadlines", "Deadlines that people have not met.", m.late)
        yield _one("failing_agreements", "Agreements whose last firing failed.", m.failing)
        yield _one("firing_failures", "How often in a row they failed, together.", m.failures)
        yield _by(
            "mail", "Mails by status; lost ones until they are sent once more.", "status", m.mail
        )
        yield _one(
            "oldest_waiting_mail_timestamp_seconds",
            "When the mail was made that waits longest of those that could have left.",
            m.oldest_mail,
        )
        yield _by(
            "daemon_last_look_timestamp_seconds",
            "The last sign of life of the daemon on each machine; one a minute.",
            "daemon",
            {name: look.at for name, look in m.looks.items()},
        )
        yield _by(
            "daemon_failed",
            "1 when the daemon's last look failed.",
            "daemon",
            {name: look.last_error is not None for name, look in m.looks.items()},
        )
        yield _by(
            "work_timestamp_seconds",
            "When a backup, a verification and the like were last tried, and the relay greeted.",
            "work",
            {name: beat.at for name, beat in m.work.items()},
        )
        yield _by(
            "work_failed",
            "1 when that failed.",
            "work",
            {name: beat.last_error is not None for name, beat in m.work.items()},
        )
        yield _one("clock_held", "1 while the clock is held: nothing fires.", m.clock_held)
        yield _one("restored", "1 while a backup that was put back is not adopted.", m.restored)
        yield CounterMetricFamily("looptijd_ledger_events", "Events in the ledger.", m.events)
        yield _one("last_seal_timestamp_seconds", "When the last day was sealed.", m.sealed)


def _one(name: str, meaning: str, value: Value | None) -> Metric:
    return _family(name, meaning, {} if value is None else {(): value})


def _by(name: str, meaning: str, label: str, values: Mapping[str, Value]) -> Metric:
    return _family(name, meaning, {(key,): value for key, value in values.items()}, labels=(label,))


def _family(
    name: str, meaning: str, samples: Mapping[tuple[str, ...], Value], labels: Sequence[str] = ()
) -> Metric:
    """Return a figure with its samples by the values of their labels."""
    family = GaugeMetricFamily(f"looptijd_{name}", meaning, labels=labels)
    for key, value in samples.items():
        family.add_metric(key, int(value.timestamp() if isinstance(value, datetime) else value))
    return family

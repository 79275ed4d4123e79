"""Daemons that wait: what one costs while nothing is due, and how soon it fires what is."""

import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from benchmarks import jobs
from benchmarks.measuring import Size, Table
from benchmarks.processes import DAEMON, peer
from benchmarks.words import duration, factor
from benchmarks.words import size as bytes_of
from benchmarks.world import SOURCE, a_register, configured, fill, in_force, to_next_alert
from scheduler import Daemon
from tests.agreements import agreement
from tests.town import OFFICES, a_town, visiting
from workflow.store import register

WAIT, A_CORE = 20, 0.002
RSS = 1.3
TICK = os.sysconf("SC_CLK_TCK")


def costs(size: Size) -> Table:
    """Measure CPU and memory of the idle daemon, beside a process that only imports."""
    seconds = size.of(25, 1)
    imported = _cost(peer("imports_only"), {}, seconds)[1]
    facts = {"memory of a process that only imports the same libraries": bytes_of(imported)}
    for count, tick in ((1000, WAIT), (100_000, WAIT), (1000, 1))[: size.of(3, 1)]:
        with _drafts(size.of(count, 10)) as environment:
            ticking = {**environment, "LOOPTIJD_DAEMON__TICK_SECONDS": str(tick)}
            core, memory = _cost(DAEMON, ticking, seconds)
        name = f"{count:,} agreements, a tick every {tick} s"
        facts[name] = (
            f"{factor(core * 100)} % of a core ({duration(core * 3600)} of CPU an hour);"
            f" {bytes_of(memory)}, **{factor(memory / imported)}** times as much memory"
        )
    facts["wanted"] = f"< {A_CORE:.1%} of a core, < 1 % with a tick every second; ≤ {RSS} times"
    return Table(title="The daemon while nothing is due", facts=facts)


@contextmanager
def _drafts(count: int) -> Iterator[Mapping[str, str]]:
    """Yield how to find a register of agreements of which nothing falls due, reconciled today."""
    with tempfile.TemporaryDirectory() as name:
        folder, now = Path(name), datetime.now().astimezone()
        town = a_town(f"sqlite:///{folder}/register.db", folder, f"{now:%Y-%m-%d %H:%M}")
        with visiting(town):
            town.register(OFFICES)
            fill(town.app, agreement({}), count)
            with town.app.writing() as connection:
                register.change(connection, reconciled_at=now)
            yield configured(town)


def _cost(
    command: Sequence[str], environment: Mapping[str, str], seconds: int
) -> tuple[float, float]:
    """Return the share of a core that a process takes when it has settled, and its memory."""
    process = subprocess.Popen(  # noqa: S603 - our own commands
        command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(max(seconds / 5, 1.5))
        before = _cpu(process.pid)
        time.sleep(seconds)
        return (_cpu(process.pid) - before) / seconds, _memory(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _memory(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


# Latency -----------------------------------------------------------------------------------------


def latencies(size: Size) -> Table:
    """Measure how long after its instant something is fired and committed by a waiting daemon."""
    pause, samples = (1.0, 20) if not size.quick else (0.1, 2)
    ours, theirs = _ours(pause, samples), _theirs(samples)
    return Table(
        title="From due to committed, by a daemon that waits (p95)",
        facts={
            f"looptijd, a tick every {duration(pause)}": duration(_p95(ours)),
            "APScheduler, its own store, to the entry of the function": duration(_p95(theirs)),
            "wanted": "no later than the tick",
        },
    )


def _p95(figures: list[float]) -> float:
    return quantiles(figures, n=20, method="inclusive")[-1]


def _ours(pause: float, samples: int) -> list[float]:
    """Let an instant come at which something is due, and wait until its event is there."""
    found: list[float] = []
    with a_register(None, in_force(SOURCE), 1) as town:
        daemon = Daemon(town.app, pause=pause)
        daemon.scheduler.start()
        daemon.arm("tick")
        for _ in range(samples):
            time.sleep(random.uniform(1, 2) * pause)  # noqa: S311 - no secret
            events = town.scalar("SELECT count(*) FROM event WHERE stream LIKE 'agreement:%'")
            to_next_alert(town)
            began = time.monotonic()
            while events == town.scalar(
                "SELECT count(*) FROM event WHERE stream LIKE 'agreement:%'"
            ):
                time.sleep(0.002)
            found.append(time.monotonic() - began)
        daemon.stop()
    return found


def _theirs(samples: int) -> list[float]:
    found: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        scheduler = BackgroundScheduler(timezone=UTC)
        scheduler.add_jobstore(store := SQLAlchemyJobStore(url=f"sqlite:///{folder}/jobs.db"))
        scheduler.start()
        for number in range(samples):
            at = datetime.now(UTC) + timedelta(seconds=0.1 + number * 0.05)
            scheduler.add_job(_entered, "date", run_date=at, args=[at.timestamp()])
        time.sleep(0.5 + samples * 0.06)
        jobs.stop(scheduler, store)
    found.extend(ENTERED)
    assert len(found) == samples
    ENTERED.clear()
    return found


ENTERED: list[float] = []


def _entered(due: float) -> None:
    ENTERED.append(time.time() - due)

"""APScheduler with a persistent store: a job for each deadline that writes what a firing writes."""

import threading
from collections.abc import Callable
from datetime import UTC

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_REMOVED, JobEvent
from apscheduler.executors.base import BaseExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from benchmarks.measuring import stopwatch

Write = Callable[[int], None]
_PATIENCE = 600
_writers: list[Write] = []  # a job is stored by its function's name: this is what it finds there


def fire(number: int) -> None:
    """Be a job: write what the firing of an agreement writes, and commit."""
    _writers[-1](number)


def run(store: SQLAlchemyJobStore, executor: BaseExecutor, count: int, write: Write) -> float:
    """Let jobs 1 to `count` fall due; return the seconds a job until all are done and gone."""
    _writers.append(write)
    scheduler = BackgroundScheduler(
        jobstores={"default": store}, executors={"default": executor}, timezone=UTC
    )
    scheduler.start(paused=True)
    for number in range(
        1, count + 1
    ):  # without a grace time a job that waits for a second is dropped
        scheduler.add_job(fire, args=[number], misfire_grace_time=None)
    ended = _Ended(2 * count)
    scheduler.add_listener(ended, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_REMOVED)
    with stopwatch() as watch:
        scheduler.resume()
        ended.wait()
    stop(scheduler, store)
    return watch.seconds / count


def stop(scheduler: BackgroundScheduler, store: SQLAlchemyJobStore) -> None:
    """End a scheduler, and what its thread opened that asked once more after the end."""
    scheduler.shutdown()
    store.engine.dispose()


class _Ended:
    """Counts the jobs that were done and those that left the store."""

    def __init__(self, awaited: int) -> None:
        self._left, self._lock, self._all = awaited, threading.Lock(), threading.Event()
        self._errors: list[str] = []

    def __call__(self, event: JobEvent) -> None:
        with self._lock:
            self._left -= 1
            if event.code == EVENT_JOB_ERROR:
                self._errors.append(repr(event.exception))
            if not self._left:
                self._all.set()

    def wait(self) -> None:
        assert self._all.wait(_PATIENCE), f"{self._left} are left"
        assert not self._errors, self._errors[0]

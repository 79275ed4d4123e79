"""What a municipality may choose: when alerts leave, how long before and after, closing days."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from functools import lru_cache
from operator import itemgetter
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from states.dates.working_days import WorkingDays
from states.model.arithmetic import minus, plus
from states.model.period import Period
from states.model.phrase import say
from states.model.stage import Deadline, Occurrence, Step

MIDNIGHT = time()


@lru_cache(maxsize=65536)
def instant(day: date, at: time, zone: str) -> datetime:
    """Return the instant in UTC of a local time on a civil day."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


@lru_cache(maxsize=1024)
def _day_in(zone: str, moment: datetime) -> date:
    """Return the civil day of an instant in a zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def day_of_step(nominal: date, counted_from: date, step: Step) -> date:
    """Return the day that a step counts to, working day or not; follow-ups count from another."""
    return plus(counted_from, step.period) if step.sign > 0 else minus(nominal, step.period)


def _natural_day(nominal: date, counted_from: date, step: Step, working_days: WorkingDays) -> date:
    """Return the day by R3: no lead too late, no follow-up before it is true."""
    if step.at_midnight:
        return nominal
    day = day_of_step(nominal, counted_from, step)
    return working_days.on_or_after(day) if step.sign > 0 else working_days.on_or_before(day)


TimedStep = tuple[datetime, Step]


@lru_cache(maxsize=16384)
def _moments(
    nominal: date, counted_from: date, steps: tuple[Step, ...], own: tuple[WorkingDays, time, str]
) -> tuple[TimedStep, ...]:
    """Return when the steps of a date alert, in that order: P1M and P30D change places by month.

    Many agreements share a date and its steps.
    """
    days, alert_time, zone = own
    moments = (
        instant(
            _natural_day(nominal, counted_from, step, days),
            MIDNIGHT if step.at_midnight else alert_time,
            zone,
        )
        for step in steps
    )
    return tuple(sorted(zip(moments, steps, strict=True), key=itemgetter(0)))


Periods = Annotated[
    tuple[Period, ...], say('Write a list of ISO 8601 periods, such as ["P3M", "P1M"].')
]


def weeks(*numbers: int) -> tuple[Period, ...]:
    """Return periods of so many weeks."""
    return tuple(Period(0, 7 * number) for number in numbers)


class Alerts(Struct, frozen=True, kw_only=True):
    """How long before and after; ISO 8601 durations; takes effect when adopted."""

    evaluation_before: Annotated[Periods, "before the evaluation's date"] = (Period(3), Period(1))
    evaluation_after: Annotated[Periods, "while it is not held"] = weeks(2, 4, 6)
    continuation_before: Annotated[
        tuple[Period, ...],
        Meta(min_length=1),
        "before the last day, while nothing is decided",
        say('Write a list of at least one ISO 8601 period, such as ["P6W", "P2W"].'),
    ] = (*weeks(6, 2), Period(0, 3))
    payment_before: Annotated[Periods, "before the due date"] = weeks(8, 4, 0)
    payment_after: Annotated[Periods, "while it is not paid"] = (Period(0, 1), *weeks(1, 2))
    unsigned_after: Annotated[Periods, "after the decision, while a signature is missing"] = weeks(
        4, 8
    )
    obligation_before: Annotated[Periods, "before an obligation is due"] = weeks(4)
    obligation_after: Annotated[Periods, "while it is not fulfilled"] = weeks(2, 6)


class Policy(Struct, frozen=True, kw_only=True, cache_hash=True):
    """The policy in force: a frozen value that every process computes with.

    `since` gives, of `rule:step`, the instant at which a step was first adopted; steps of the first
    policy have none.
    """

    timezone: str = "Europe/Amsterdam"
    alert_time: time = time(8)
    working_days: WorkingDays = WorkingDays()
    recess: tuple[tuple[date, date], ...] = ()
    alerts: Alerts = Alerts()
    since: frozenset[tuple[str, datetime]] = frozenset()

    def day_of(self, moment: datetime) -> date:
        """Return the civil day of an instant in the municipality's zone."""
        return _day_in(self.timezone, moment)

    def local(self, moment: datetime) -> datetime:
        """Return an instant in the municipality's zone, to the second."""
        return moment.astimezone(ZoneInfo(self.timezone)).replace(microsecond=0)

    def next_alert_time(self, moment: datetime) -> datetime:
        """Return the earliest alert time of a working day at or after an instant."""
        on = self.working_days.on_or_after(self.day_of(moment))
        at = instant(on, self.alert_time, self.timezone)
        if at >= moment:
            return at
        following = self.working_days.on_or_after(date.fromordinal(on.toordinal() + 1))
        return instant(following, self.alert_time, self.timezone)

    def occurrences(self, deadline: Deadline) -> Iterator[Occurrence]:
        """Yield each step of a deadline with the instant it alerts at (R3); none without a date.

        They come in order of alert, unless an acknowledgement holds some of them back.
        """
        for at, step in self._moments(deadline) if deadline.nominal_on else ():
            yield Occurrence(deadline=deadline, step=step, alert_at=at)

    def first_alert(self, deadline: Deadline) -> datetime | None:
        """Return the instant of the first step of a deadline, also where it was acknowledged since.

        None of one without steps.
        """
        return min((at for at, _ in self._natural_moments(deadline)), default=None)

    def occurrence(self, deadline: Deadline, step: Step) -> Occurrence:
        """Return one step with the instant at which it alerts (R3)."""
        return Occurrence(deadline=deadline, step=step, alert_at=self._alert_at(deadline, step))

    def alert_of(self, nominal: date, step: Step) -> datetime:
        """Return the instant at which a step of a date alerts, as far as nobody put it off (R3)."""
        return _moments(nominal, nominal, (step,), self._calendar)[0][0]

    def _moments(self, deadline: Deadline) -> Iterable[TimedStep]:
        if deadline.waits_until:
            return [(self._alert_at(deadline, step), step) for step in deadline.steps]
        return self._natural_moments(deadline)

    def _natural_moments(self, deadline: Deadline) -> Iterable[TimedStep]:
        nominal = deadline.nominal_on
        assert nominal
        counted_from = deadline.known_on or nominal
        return _moments(nominal, counted_from, deadline.steps, self._calendar)

    @property
    def _calendar(self) -> tuple[WorkingDays, time, str]:
        return self.working_days, self.alert_time, self.timezone

    def _alert_at(self, deadline: Deadline, step: Step) -> datetime:
        at = MIDNIGHT if step.at_midnight else self.alert_time
        return instant(self.alert_day(deadline, step), at, self.timezone)

    def alert_day(self, deadline: Deadline, step: Step) -> date:
        """Return the day on which a step alerts; an acknowledged deadline waits."""
        day = self.natural_day(deadline, step)
        waits_until = deadline.waits_until
        if not waits_until or step.moves_to or day >= waits_until:
            return day
        if self.escalates(deadline, step):
            return day
        return self.working_days.on_or_after(waits_until)

    def natural_day(self, deadline: Deadline, step: Step) -> date:
        """Return the day on which a step alerts by R3, whoever acknowledged it."""
        nominal = deadline.nominal_on
        assert nominal
        return _natural_day(nominal, deadline.known_on or nominal, step, self.working_days)

    def is_last(self, deadline: Deadline, step: Step, today: date) -> bool:
        """Tell whether nothing alerts of a deadline after a step, from a day on, in the term."""
        own = self.natural_day(deadline, step)
        days = (self.natural_day(deadline, each) for each in deadline.steps)
        end = deadline.escalate_until
        return not any(own < day >= today and (end is None or day <= end) for day in days)

    def escalates(self, deadline: Deadline, step: Step) -> bool:
        """Tell whether a step reaches the office above: the last, or the last before the end."""
        end = deadline.escalate_until
        if end is None:
            return step.escalates
        in_time = [s for s in deadline.steps if s.sign > 0 and self.natural_day(deadline, s) <= end]
        return bool(in_time) and step == in_time[-1]

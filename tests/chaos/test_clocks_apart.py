"""Two daemons whose clocks are 90 seconds apart: a time with a renewal, deeds, mails and leases."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from notifications.smtp import Timeouts
from notifications.transport import Parcel
from tests.agreements import at
from tests.chaos.every_point import findings
from tests.chaos.world import reason_of_row, steps_of
from tests.chaos.year import BEGIN, DEEDS, TEN, deeds_of, tacit
from tests.store import next_moments
from tests.town import A_MONTH, OFFICES, Relay, Town, a_town, visiting
from workflow.system.clock import MovableClock

APART = timedelta(seconds=90)
LONGEST = timedelta(seconds=Timeouts().longest)
LOOKS = 3
END = "2018-08-15 10:00"
RENEWS = tacit("VERLENGT", "2016-08-01")  # renews on 31 July 2018

pytestmark = pytest.mark.timeout(300)  # the machine may be busy


@contextmanager
def a_register(url: str, folder: Path) -> Iterator[Town]:
    """Give the ten agreements, and one that renews itself."""
    with visiting(a_town(url, folder, BEGIN)) as town:
        yield town.register(OFFICES, *TEN, RENEWS, history=True)


def come_of(town: Town) -> tuple[object, dict[object, str]]:
    """Return what was recorded, and who was told what."""
    shown = reason_of_row(town)
    return steps_of(town), {shown[mail.message_id]: mail.to for mail in town.relay.accepted}


def test_two_daemons_90_seconds_apart_record_and_mail_as_one_does(
    database_url: str, another_url: str, tmp_path: Path
) -> None:
    folders = tmp_path / "one", tmp_path / "two"
    for folder in folders:
        folder.mkdir()
    with a_register(another_url, folders[0]) as alone:
        for deed in (deed for deed in DEEDS if deed.moment <= at(END)):
            alone.until(deed.when)
            deed.do(alone.app)
        truth = come_of(alone.until(END))
    with a_register(database_url, folders[1]) as slow, visiting(slow.another()) as other:
        fast = Town(
            replace(other.app, clock=MovableClock(slow.clock.now())), slow.clock, slow.folder
        )
        fast.clock = fast.app.clock  # type: ignore[assignment]
        fast.relay = Relay(fast.clock, accepted=slow.relay.accepted)
        mailed = _live_together(slow, fast)
        assert come_of(slow) == truth
        assert Counter(mail.message_id for mail in slow.relay.accepted).most_common(1)[0][1] == 1
        assert [*findings(slow)] == []
        assert min(mailed.values()) > 2, "each of them mailed"


def _live_together(slow: Town, fast: Town) -> Counter[str]:
    """Let both look at each moment, in an order drawn by chance; the other one during each mail."""
    chance = random.Random(90)  # noqa: S311 - a test's chance is repeatable
    mailed: Counter[str] = Counter()
    moment = slow.clock.moment
    while moment <= at(END):
        slow.clock.moment, fast.clock.moment = moment, moment + APART
        first, second = chance.sample((slow, fast), 2)

        def meanwhile(_parcel: Parcel, first: Town = first, second: Town = second) -> None:
            """Let it take as long as a mail can; the other daemon looks while it is under way."""
            mailed["slow" if first is slow else "fast"] += 1
            for _ in range(LOOKS):
                for town in (first, second):
                    town.clock.moment += LONGEST / LOOKS
                second.one_pass()

        first.relay.before_settling, second.relay.before_settling = meanwhile, None
        for deed in deeds_of(moment):
            deed.do(chance.choice((slow, fast)).app)
        first.one_pass()
        second.one_pass()
        moment = _next(slow, chance.choice((timedelta(), APART / 2, APART)))
    return mailed


def _next(slow: Town, early: timedelta) -> datetime:
    """Return when one of them, or both, have something to do."""
    now = slow.clock.moment
    with slow.app.reading() as connection:
        due = [moment - early for moment in next_moments(connection)]
    ahead = [*due, *(deed.moment for deed in DEEDS), now + A_MONTH]
    return min(moment for moment in ahead if moment > now)

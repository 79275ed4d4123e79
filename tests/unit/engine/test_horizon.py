"""A look by time fires what was planned (decision 44): nothing that comes due is left out.

A clerk decides every tick both ways and compares; here are the days on which an earlier way, which
read only what is near (decision 20), differed from the facts.
"""

from datetime import date, timedelta

from states.dates.policy import Alerts
from states.dates.working_days import WorkingDays
from tests.agreements import Changes, at, local
from tests.chance import PARTIES, alerts
from tests.clerk import Clerk

BY_THE_QUARTER: Changes = {"contribution.every": "P3M"}


def in_force(changes: Changes, steps: Alerts | None = None) -> Clerk:
    """Return an agreement that all parties signed on 12 October 2017 at 10:00."""
    clerk = Clerk(changes, "2017-10-12 10:00")
    clerk.adopt(steps or Alerts())
    clerk.act("skip_overleg", {})
    clerk.act("decide", {"outcome": "as_proposed"})
    for key in PARTIES:
        clerk.act("sign", {"party": key})
    return clerk


def fired(clerk: Clerk, about: str) -> list[str]:
    """Return when which step of a deadline fired."""
    steps = [event for event in clerk.events if (event.occurrence or "").startswith(about)]
    return [f"{local(event.at)} {(event.occurrence or '').rpartition(':')[2]}" for event in steps]


def test_leads_of_which_the_shorter_comes_first_before_march_fire_on_their_own_days() -> None:
    steps = alerts(payment_before="P1M P30D P0D", payment_after="P1W")
    clerk = in_force({**BY_THE_QUARTER, "term.start": "2017-12-01"}, steps)

    clerk.until(at("2018-03-01 10:00"))

    assert fired(clerk, "payment:2:2018-03-01") == [
        "Tue 2018-01-30 08:00 -P30D",
        "Thu 2018-02-01 08:00 -P1M",
        "Thu 2018-03-01 08:00 P0D",
    ]


def test_follow_ups_wait_for_the_end_of_however_long_a_closure() -> None:
    clerk = in_force(BY_THE_QUARTER)
    closure = WorkingDays(closed_days=days(date(2018, 1, 5), 160))  # through Wed 13 June 2018
    clerk.adopt(Alerts(), working_days=closure)

    clerk.until(at("2018-06-10 10:00"))
    clerk.act("note", {"text": "Wij zijn verhuisd."})
    clerk.until(at("2018-06-15 10:00"))

    assert fired(clerk, "payment:2:2018-01-12") == [
        "Fri 2017-11-17 08:00 -P8W",
        "Fri 2017-12-15 08:00 -P4W",
        "Thu 2018-01-04 08:00 P0D",
        "Thu 2018-06-14 08:00 +P2W",
    ]


def days(first: date, count: int) -> frozenset[date]:
    """Return so many days from the first."""
    return frozenset(first + timedelta(number) for number in range(count))

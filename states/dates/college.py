"""The meeting of the college that leaves time: a weekday, less holidays, closed days and recess."""

from datetime import date, timedelta

from msgspec import Struct

from states.dates.policy import Policy
from states.model.arithmetic import WEEK, minus
from states.model.period import Period
from states.model.stage import Rule

TIME_FOR_A_LETTER = timedelta(weeks=2)
DECIDED_BY_THE_COLLEGE = (Rule.HELD_OVER, Rule.CONTINUATION, Rule.NOTICE)


class Meeting(Struct, frozen=True, kw_only=True):
    """A meeting of the college, and the day on which its papers are to be in, if one is set."""

    on: date
    papers_by: date | None


class College(Struct, frozen=True, kw_only=True):
    """On which weekday the college meets (Monday is 0), and how long before its papers are in."""

    meets: int | None = None
    papers: Period | None = None

    def meeting_for(self, rule: Rule, due: date, policy: Policy, today: date) -> Meeting | None:
        """Return the last meeting, from today on, at which it can be decided in time.

        A decision is in time on its date; notice leaves two weeks for the letter. None where the
        college does not decide on it, where no meeting is left, or no weekday is known.
        """
        if self.meets is None or rule not in DECIDED_BY_THE_COLLEGE:
            return None
        day = due - TIME_FOR_A_LETTER if rule is Rule.NOTICE else due
        day -= timedelta(days=(day.weekday() - self.meets) % 7)
        while day >= today and not _meets(day, policy):
            day -= WEEK
        if day < today:
            return None
        papers_by = minus(day, self.papers) if self.papers else None
        return Meeting(on=day, papers_by=papers_by)


def _meets(day: date, policy: Policy) -> bool:
    in_recess = any(first <= day <= last for first, last in policy.recess)
    return not in_recess and policy.working_days.why_not(day) is None

"""Dates of an earlier term: what was done for them stays so, and what was not there is dropped."""

import time
from datetime import date, timedelta

from states.model.arithmetic import Dated
from states.model.stage import Deadline, Rule
from tests.agreements import NO_MONEY, TACIT, Walk, agreement, in_force
from workflow.engine.past_dates import owed_in_earlier_terms, state_of_past

TODAY = date(2020, 10, 20)
MONTHLY = {
    "obligation.plan.what": "plan",
    "obligation.plan.before_end": "P3M",
    "obligation.plan.every": "P1M",
}


def renewed() -> Walk:
    """Return it renewed on 12 October 2020; of its first term the third plan was made."""
    walk = in_force({**NO_MONEY, **TACIT, **MONTHLY}).until("2020-10-20 10:00")
    on = date(2020, 10, 19)
    return walk.do("fulfil", "2020-10-20 10:00", obligation="plan", number=3, on=on)


def test_a_turn_of_an_earlier_term_is_found_by_its_own_day_and_no_other() -> None:
    agreement = renewed().agreement
    owed = owed_in_earlier_terms(agreement, TODAY)
    about = next(turn.about for turn, _ in owed if turn.number == 3)

    def state(day: date) -> str:
        past = Deadline(rule=Rule.OBLIGATION, about=about, nominal=Dated(day, ""), steps=())
        return state_of_past(agreement, past, TODAY).value

    assert state(date(2020, 9, 11)) == "done"
    assert state(date(2020, 9, 10)) == "dropped"


def of_notice(walk: Walk, day: date) -> str:
    past = Deadline(rule=Rule.NOTICE, about="term", nominal=Dated(day, ""), steps=())
    return state_of_past(walk.agreement, past, TODAY).value


def test_a_last_day_for_notice_that_nobody_used_has_passed_also_in_the_next_term() -> None:
    # Until 11 October 2020: three months before it, and a day earlier.
    walk = renewed()
    assert of_notice(walk, date(2020, 7, 10)) == "passed"
    assert of_notice(walk, date(2020, 7, 11)) == "dropped"  # no term had this one in the end
    ended = walk.do("terminate", "2020-10-20 11:00", ends_on=date(2021, 10, 11))
    assert of_notice(ended, date(2020, 7, 10)) == "passed"


def test_notice_that_was_given_before_its_last_day_dropped_it() -> None:
    # Eighteen months before 11 October 2020, and a day; it is given for a year later.
    walk = in_force({**NO_MONEY, **TACIT, "term.notice": "P18M"}).until("2019-02-01 10:00")
    walk = walk.do("terminate", "2019-02-01 10:00", ends_on=date(2021, 10, 11))
    assert walk.agreement.extension
    assert of_notice(walk, date(2019, 4, 10)) == "dropped"


def test_of_twenty_years_of_renewals_each_month_every_date_of_notice_is_told_soon() -> None:
    months = {f"extension.{number}.length": "P1M" for number in range(1, 241)}
    started = {"term.start": "2010-01-01", "term.length": "P1M", "term.notice": "P2W"}
    monthly = agreement({**NO_MONEY, **TACIT, **started, **months})
    began, found = time.process_time(), list[str]()
    for number in range(360):
        day = date(2010, 1, 1) + timedelta(days=number)
        past = Deadline(rule=Rule.NOTICE, about="term", nominal=Dated(day, ""), steps=())
        found.append(state_of_past(monthly, past, TODAY).value)

    assert found.count("passed") == 12  # in the middle of each month, from 16 January on
    assert (
        time.process_time() - began < 4
    )  # with all terms anew for each date it takes three times that

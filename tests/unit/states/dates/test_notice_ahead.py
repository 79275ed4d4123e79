"""Notice that has to be given before the renewal of which it ends the term: it is asked in time."""

from datetime import date

import pytest

from notifications.language import language
from states.dates.tacit_renewal import end_by_notice
from states.dates.term_dates import day_of
from states.model.period import Period
from states.model.stage import Continuation, Rule
from tests.agreements import NO_EVALUATION, NO_MONEY, Changes, Walk, last_day, lines
from workflow.engine.deadline_words import occurrence_in_words
from workflow.engine.deadlines import derive
from workflow.engine.standing import standings
from workflow.outputs.json.views import Views


def renewing(notice: str, length: str = "P1Y") -> Walk:
    """Return an agreement of two years from 2018 on that renews by itself; mail left till then."""
    facts: Changes = {
        **NO_MONEY,
        **NO_EVALUATION,
        "term.start": "2018-01-01",
        "term.length": "P2Y",
        "term.renewal": "tacit",
        "term.renewal_length": length,
        "term.notice": notice,
    }
    return Walk(facts).decided().signed().until("2018-01-03 00:00").forget()


def test_notice_of_a_year_is_asked_a_year_before_each_end_also_before_the_renewal() -> None:
    walk = renewing("P1Y").until("2021-02-01 00:00")

    assert walk.shown() == lines("""
        Fri 2018-09-28 08:00 notice:term:2018-12-30:-P3M
        Fri 2018-11-30 08:00 notice:term:2018-12-30:-P1M
        Fri 2018-12-28 08:00 notice:term:2018-12-30:P0D
        Mon 2019-09-30 08:00 notice:1:2019-12-30:-P3M
        Fri 2019-11-29 08:00 notice:1:2019-12-30:-P1M
        Mon 2019-12-30 08:00 notice:1:2019-12-30:P0D
        Thu 2020-01-02 08:00 renewal:term:2020-01-01:P0D
        Wed 2020-09-30 08:00 notice:2:2020-12-30:-P3M
        Mon 2020-11-30 08:00 notice:2:2020-12-30:-P1M
        Wed 2020-12-30 08:00 notice:2:2020-12-30:P0D
        Mon 2021-01-04 08:00 renewal:term:2021-01-01:P0D
    """)


def test_who_asks_is_told_of_which_end_and_what_follows_then() -> None:
    walk = renewing("P1Y").until("2019-10-01 00:00")
    found = standings(walk.agreement, walk.policy, date(2019, 10, 1))

    assert [
        (str(s.words), str(s.request), str(s.by_itself))
        for s in found
        if s.deadline.rule is Rule.NOTICE
    ] == [
        (
            "giving notice",
            "decide: give notice, or let it renew",
            "it goes on through 2020-12-31",
        ),
        (
            "giving notice, with 2020-12-31 as the last day",
            "decide: let it end on 2020-12-31, or let it renew",
            "it goes on through 2021-12-31",
        ),
    ]


@pytest.mark.parametrize(
    "notice, length, days",
    [
        ("P364D", "P1Y", ["term:2018-12-31"]),  # for the next it is 1 January 2020, a day too late
        ("P1Y", "P1Y", ["term:2018-12-30", "1:2019-12-30"]),
        ("P6M", "P3M", ["term:2019-06-29", "1:2019-09-29", "2:2019-12-29"]),
        ("P2M", "P1M", ["term:2019-10-30", "1:2019-11-29", "2:2019-12-28"]),
        ("P2M", "P3M", ["term:2019-10-30"]),
    ],
)
def test_only_what_has_to_be_said_before_this_term_is_over_is_asked_of_later_ones(
    notice: str, length: str, days: list[str]
) -> None:
    walk = renewing(notice, length)
    found = derive(walk.agreement, walk.policy, date(2018, 1, 3))

    assert [d.name for d in found if d.rule is Rule.NOTICE] == [f"notice:{day}" for day in days]


def test_a_term_keeps_its_name_once_it_runs_and_is_told_no_second_time() -> None:
    walk = renewing("P6M", "P3M").until("2020-07-01 00:00")

    said = [line.split()[-1] for line in walk.fired() if "notice" in line]
    assert len(said) == len(set(said))
    assert [name for name in said if name.endswith(":P0D")] == [
        "notice:term:2019-06-29:P0D",
        "notice:1:2019-09-29:P0D",
        "notice:2:2019-12-29:P0D",
        "notice:3:2020-03-29:P0D",
        "notice:4:2020-06-29:P0D",
    ]


def test_who_gives_notice_of_a_later_end_has_it_renewed_until_then_and_no_longer() -> None:
    walk = renewing("P1Y").until("2019-11-01 00:00").forget()
    walk.do("terminate", "2019-11-05 10:00", ends_on=date(2020, 12, 31))

    assert last_day(walk) == date(2020, 12, 31)
    assert [change.field for change in walk.events[-1].changes] == [
        "extension.1.length",
        "extension.1.contribution",
        "termination.on",
        "termination.ends_on",
    ]
    walk.forget().until("2021-02-01 00:00")
    assert walk.ending == "terminated"
    assert walk.shown() == ["Mon 2021-01-04 08:00 expiry:term:2021-01-01:P0D"]


@pytest.mark.parametrize(
    "on, last",
    [
        ("2018-12-30", "2019-12-31"),
        ("2018-12-31", "2020-12-31"),  # too late for the first: it is renewed once
        ("2019-12-30", "2020-12-31"),
        ("2019-12-31", "2021-12-31"),
    ],
)
def test_notice_leads_to_the_first_end_for_which_it_was_given_in_time(on: str, last: str) -> None:
    walk = renewing("P1Y")

    assert day_of(end_by_notice(walk.agreement, date.fromisoformat(on))) == date.fromisoformat(last)


def test_a_later_end_of_which_notice_is_asked_already_can_be_recorded() -> None:
    walk = renewing("P1Y").until("2018-06-01 00:00")

    assert not walk.objections("terminate", "2018-06-01 10:00", ends_on=date(2020, 12, 31))
    assert walk.objections("terminate", "2018-06-01 10:00", ends_on=date(2021, 1, 1)) == [
        "The new last day lies after the end of the term, 2020-12-31."
    ]


def test_a_last_day_to_which_notice_does_not_lead_yet_is_refused() -> None:
    walk = renewing("P3M").until("2019-09-01 00:00")
    last = date(2020, 12, 31)

    assert walk.objections("terminate", "2019-09-29 10:00", ends_on=last) == [
        "The new last day lies after the end of the term, 2019-12-31."
    ]
    assert not walk.objections("terminate", "2019-09-30 10:00", ends_on=last)


def test_a_later_end_that_was_a_mistake_leaves_no_renewal_and_notice_is_asked_in_time() -> None:
    walk = renewing("P3M").until("2019-01-10 00:00").forget()
    walk.do("terminate", "2019-01-10 10:00", ends_on=date(2019, 12, 31))
    for moved in ("2021-12-31", "2020-06-30", "2019-12-31"):
        walk.do("amend", "2019-01-10 11:00", facts={"termination.ends_on": moved})
    assert list(walk.agreement.extension) == []
    walk.do("amend", "2019-01-10 11:30", facts={"termination.ends_on": "2020-12-31"})
    assert list(walk.agreement.extension) == [1]
    gone = {"termination.on": "unknown", "termination.ends_on": "unknown"}
    walk.do("amend", "2019-01-10 12:00", facts=gone)

    assert last_day(walk) == date(2019, 12, 31)
    walk.forget().until("2019-12-31 00:00")
    assert "Fri 2019-09-27 08:00 notice:term:2019-09-29:P0D" in walk.shown()


def test_a_renewal_that_has_come_stays_when_a_termination_is_taken_away() -> None:
    walk = renewing("P3M").until("2020-02-01 00:00")
    walk.do("terminate", "2020-02-03 10:00", ends_on=date(2020, 12, 31))
    gone = {"termination.on": "unknown", "termination.ends_on": "unknown"}
    walk.do("amend", "2020-02-04 10:00", facts=gone)

    assert list(walk.agreement.extension) == [1]


def test_what_was_asked_of_a_term_that_is_over_names_the_end_of_that_term() -> None:
    walk = renewing("P1Y").until("2023-02-01 00:00")

    told = occurrence_in_words("notice:1:2019-12-30:P0D", walk.agreement)
    assert str(told) == "giving notice, with 2020-12-31 as the last day, on the day"


def test_what_was_asked_of_a_term_that_ends_early_names_the_end_that_it_had() -> None:
    walk = renewing("P1Y").until("2019-11-01 00:00")
    walk.do("terminate", "2019-11-05 10:00", ends_on=date(2020, 6, 30))

    told = occurrence_in_words("notice:1:2019-12-30:-P3M", walk.agreement)
    assert str(told) == "giving notice, with 2020-12-31 as the last day, P3M before"


def test_what_was_asked_of_an_end_that_moved_since_names_no_end() -> None:
    walk = renewing("P1Y").until("2019-10-05 00:00").do("start_decision", "2019-10-05 10:00")
    walk.do("decide", "2019-10-05 11:00", outcome=Continuation.EXTEND, length=Period(24))

    told = occurrence_in_words("notice:1:2019-12-30:-P3M", walk.agreement)
    assert str(told) == "giving notice, P3M before"


def test_what_was_asked_is_told_also_of_what_renews_tacitly_no_more() -> None:
    walk = renewing("P1Y").until("2019-10-05 00:00")
    no_more = {"term.renewal": "decision", "term.renewal_length": "unknown"}
    walk.do("amend", "2019-10-05 10:00", facts={**no_more, "term.notice": "unknown"})

    told = occurrence_in_words("notice:1:2019-12-30:-P3M", walk.agreement)
    assert str(told) == "giving notice, P3M before"


def test_notice_that_nobody_could_give_before_the_start_is_not_asked() -> None:
    yearly: Changes = {
        **NO_MONEY,
        **NO_EVALUATION,
        "term.start": "2018-01-01",
        "term.length": "P1Y",
        "term.renewal": "tacit",
        "term.renewal_length": "P1Y",
        "term.notice": "P1Y",
    }
    walk = Walk(yearly).decided().signed().forget()

    signed = standings(walk.agreement, walk.policy, date(2017, 12, 31))
    assert [(s.deadline.name, s.state.value) for s in signed if s.deadline.rule is Rule.NOTICE] == [
        ("notice:term:2017-12-30", "not_asked"),
        ("notice:1:2018-12-30", "not_asked"),
    ]
    views = Views(language("en"), lambda moment: moment)
    assert views.renewal(walk.agreement, signed, date(2017, 12, 31)) == (
        "by 1 year; give notice by 30 December 2018, with 31 December 2019 as the last day"
    )
    short = Walk({**yearly, "term.length": "P1M", "term.notice": "P3M"}).decided().signed()
    signed = standings(short.agreement, short.policy, date(2017, 12, 31))
    assert views.renewal(short.agreement, signed, date(2017, 12, 31)) == (
        "by 1 year; notice could be given through 30 October 2017"
    )
    assert walk.until("2018-11-01 00:00").shown() == lines("""
        Tue 2018-01-02 08:00 activation:term:2018-01-01:P0D
        Fri 2018-09-28 08:00 notice:1:2018-12-30:-P3M
    """)
    found = standings(walk.agreement, walk.policy, date(2018, 11, 1))
    assert [
        (s.deadline.name, s.state.value, str(s.by_itself))
        for s in found
        if s.deadline.rule is Rule.NOTICE
    ] == [
        ("notice:term:2017-12-30", "passed", "it goes on through 2019-12-31"),
        ("notice:1:2018-12-30", "asked", "it goes on through 2020-12-31"),
    ]

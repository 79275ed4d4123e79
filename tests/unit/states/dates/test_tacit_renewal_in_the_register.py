"""The invented register: tacit renewal, year after year."""

from datetime import date

import pytest

from states.model.events import Role
from states.model.stage import Continuation, Ending
from tests.agreements import lines
from tests.register import Entry

# Tacit renewal, year after year (afvalinzameling) ------------------------------------------------

# Nobody gives notice: half a year before each end, less a day, it is the last day to do so.
YEAR_AFTER_YEAR = """
Fri 2025-03-28 08:00 notice:term:2025-06-29:-P3M
Wed 2025-05-28 08:00 notice:term:2025-06-29:-P1M
Fri 2025-06-27 08:00 notice:term:2025-06-29:P0D
Thu 2026-01-01 00:00 renewal:term:2026-01-01:P0D
Fri 2026-03-27 08:00 notice:term:2026-06-29:-P3M
Fri 2026-05-29 08:00 notice:term:2026-06-29:-P1M
Mon 2026-06-29 08:00 notice:term:2026-06-29:P0D
Fri 2027-01-01 00:00 renewal:term:2027-01-01:P0D
Thu 2027-03-25 08:00 notice:term:2027-06-29:-P3M
Fri 2027-05-28 08:00 notice:term:2027-06-29:-P1M
Tue 2027-06-29 08:00 notice:term:2027-06-29:P0D
Sat 2028-01-01 00:00 renewal:term:2028-01-01:P0D
"""


def afval(when: str = "2025-01-06 10:00") -> Entry:
    """Return it as it was registered, renewed once."""
    return Entry("running/afvalinzameling", when)


def without_payments(walk: Entry) -> list[str]:
    """Return what fired of the term itself."""
    return walk.fired_of("notice", "renewal", "evaluation", "continuation", "expiry")


def test_what_was_renewed_before_counts_from_the_original_start() -> None:
    walk = afval()

    assert walk.is_in("active")
    assert walk.term == ("Fri 2021-01-01", "Wed 2025-12-31")
    assert walk.nominal("notice") == ["Sun 2025-06-29"]
    assert walk.nominal("renewal") == ["Thu 2026-01-01"]
    assert walk.nominal("continuation") == walk.nominal("expiry") == []


def test_while_nobody_gives_notice_the_agreement_renews_year_after_year() -> None:
    walk = afval().until("2028-01-01 00:00")

    assert without_payments(walk) == lines(YEAR_AFTER_YEAR)
    assert walk.is_in("active")
    assert walk.term == ("Fri 2021-01-01", "Sun 2028-12-31")


def test_a_renewal_is_an_event_that_adds_an_extension_and_keeps_paying() -> None:
    walk = afval().until("2025-12-31 23:59").forget().until("2026-01-01 00:00")

    (event,) = [item for item in walk.events if item.occurrence]
    assert event.occurrence == "renewal:term:2026-01-01:P0D"
    assert {(change.field, change.old, change.new) for change in event.changes} == {
        ("extension.2.length", None, "P1Y"),
        ("extension.2.contribution", None, "true"),
    }
    assert walk.term[1] == "Thu 2026-12-31"


def test_a_renewal_in_the_new_year_is_told_on_its_first_working_day() -> None:
    walk = afval().until("2028-01-02 00:00")

    assert [line for line in walk.shown() if "renewal" in line] == lines(
        """
        Mon 2026-01-05 08:00 renewal:term:2026-01-01:P0D
        Mon 2027-01-04 08:00 renewal:term:2027-01-01:P0D
        Mon 2028-01-03 08:00 renewal:term:2028-01-01:P0D
        """
    )


def test_the_last_day_on_which_notice_can_be_given_escalates_and_its_leads_do_not() -> None:
    walk = afval().until("2025-07-01 00:00")

    notices = [alert for alert in walk.alerts if alert.rule == "notice"]
    assert [alert.escalates for alert in notices] == [False, False, True]
    assert Role.ESCALATION in {addressee.role for addressee in notices[-1].addressees}


def test_the_fee_of_the_coming_year_is_announced_before_the_renewal() -> None:
    walk = afval().until("2026-01-01 00:00")

    assert walk.fired_of("payment") == lines(
        """
        Thu 2025-11-06 08:00 payment:6:2026-01-01:-P8W
        Thu 2025-12-04 08:00 payment:6:2026-01-01:-P4W
        Wed 2025-12-31 08:00 payment:6:2026-01-01:P0D
        """
    )


def test_notice_in_time_ends_it_at_its_last_day_and_it_does_not_renew() -> None:
    walk = afval().do(
        "terminate", "2025-06-16 10:00", reason="opgezegd", ends_on=date(2025, 12, 31)
    )
    walk.until("2026-06-30 00:00")

    assert walk.ending is Ending.TERMINATED
    assert without_payments(walk) == lines(
        """
        Fri 2025-03-28 08:00 notice:term:2025-06-29:-P3M
        Wed 2025-05-28 08:00 notice:term:2025-06-29:-P1M
        Thu 2026-01-01 00:00 expiry:term:2026-01-01:P0D
        """
    )
    assert walk.fired_of("payment") == []


@pytest.mark.parametrize(
    "when, last_day",
    [
        ("2025-12-31 10:00", "Wed 2025-12-31"),
        ("2026-01-01 10:00", "Thu 2026-12-31"),
        ("2027-06-15 10:00", "Fri 2027-12-31"),
    ],
)
def test_what_is_registered_late_was_renewed_meanwhile(when: str, last_day: str) -> None:
    walk = afval(when)

    assert walk.is_in("active")
    assert walk.term == ("Fri 2021-01-01", last_day)
    assert walk.fired() == walk.shown() == []


# Tacit renewal with an evaluation before each end (omgevingsdienst) ------------------------------


def omgevingsdienst() -> Entry:
    """Return it with its evaluation held on 13 February 2025."""
    walk = Entry("running/omgevingsdienst")
    return walk.do("conclude", "2025-02-13 10:00", report="Evaluatie 2022-2024")


def test_two_years_are_added_when_nobody_decided_after_the_evaluation() -> None:
    walk = omgevingsdienst()
    assert walk.is_in("continuation_decision")

    walk.until("2026-04-01 00:00")

    assert walk.is_in("active")
    assert walk.term == ("Fri 2022-04-01", "Fri 2028-03-31")
    assert without_payments(walk) == lines(
        """
        Fri 2025-01-31 08:00 evaluation:final:2025-01-31:P0D
        Fri 2025-02-28 08:00 notice:term:2025-03-30:-P1M
        Fri 2025-03-28 08:00 notice:term:2025-03-30:P0D
        Wed 2026-04-01 00:00 renewal:term:2026-04-01:P0D
        """
    )


def test_after_a_renewal_everything_is_derived_again_from_the_new_end() -> None:
    walk = omgevingsdienst().until("2026-04-01 00:00").forget()
    assert walk.evaluations == {"final": "Sun 2027-01-31"}

    walk.until("2027-03-30 08:00")

    assert walk.is_in("evaluation")
    assert list(walk.agreement.evaluation["final"].held) == [date(2025, 1, 31)]  # type: ignore[index]
    assert without_payments(walk) == lines(
        """
        Fri 2026-10-30 08:00 evaluation:final:2027-01-31:-P3M
        Wed 2026-12-30 08:00 notice:term:2027-03-30:-P3M
        Thu 2026-12-31 08:00 evaluation:final:2027-01-31:-P1M
        Fri 2027-01-29 08:00 evaluation:final:2027-01-31:P0D
        Mon 2027-02-15 08:00 evaluation:final:2027-01-31:+P2W
        Fri 2027-02-26 08:00 notice:term:2027-03-30:-P1M
        Mon 2027-03-01 08:00 evaluation:final:2027-01-31:+P4W
        Mon 2027-03-15 08:00 evaluation:final:2027-01-31:+P6W
        Tue 2027-03-30 08:00 notice:term:2027-03-30:P0D
        """
    )


def test_the_decision_to_stop_takes_the_place_of_the_renewal() -> None:
    walk = omgevingsdienst().do("decide", "2025-03-18 10:00", outcome=Continuation.STOP).forget()
    walk.until("2026-04-02 00:00")

    assert walk.ending is Ending.EXPIRED
    assert without_payments(walk) == ["Wed 2026-04-01 00:00 expiry:term:2026-04-01:P0D"]

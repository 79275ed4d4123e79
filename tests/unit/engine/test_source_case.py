"""The source case's whole timeline, with 12 October 2017 as the last signature."""

from datetime import date

import pytest
from msgspec.structs import replace

from states.dates.instalments import payments
from states.dates.policy import Policy
from states.dates.term_dates import due_of, end_of
from states.model.events import Dossier, Role
from states.model.stage import Ending, Stage, Unknown
from states.rules.action import Request
from states.rules.shared_actions import NOTE
from tests.agreements import Walk, agreement, at, lines, local
from workflow.engine.deadlines import derive
from workflow.engine.engine import perform

# When, what fired, whom it told (o: office, c: case owner, f: finance, e: escalation).
AT_SIGNING = """
Thu 2017-10-12 10:00  activation:term:2017-10-12:P0D    oc
Thu 2017-10-12 10:00  payment:1:2017-10-12:P0D          fc
"""
TIMELINE = """
Fri 2017-10-13 08:00  payment:1:2017-10-12:+P1D         fc
Thu 2017-10-19 08:00  payment:1:2017-10-12:+P1W         fc
Thu 2017-10-26 08:00  payment:1:2017-10-12:+P2W         foc
Fri 2018-08-17 08:00  payment:2:2018-10-12:-P8W         fc
Fri 2018-09-14 08:00  payment:2:2018-10-12:-P4W         fc
Fri 2018-10-12 08:00  payment:2:2018-10-12:P0D          fc
Mon 2018-10-15 08:00  payment:2:2018-10-12:+P1D         fc
Fri 2018-10-19 08:00  payment:2:2018-10-12:+P1W         fc
Fri 2018-10-26 08:00  payment:2:2018-10-12:+P2W         foc
Fri 2019-08-16 08:00  payment:3:2019-10-12:-P8W         fc
Fri 2019-09-13 08:00  payment:3:2019-10-12:-P4W         fc
Fri 2019-10-11 08:00  payment:3:2019-10-12:P0D          fc
Mon 2019-10-14 08:00  payment:3:2019-10-12:+P1D         fc
Mon 2019-10-21 08:00  payment:3:2019-10-12:+P1W         fc
Mon 2019-10-28 08:00  payment:3:2019-10-12:+P2W         foc
Thu 2020-04-09 08:00  evaluation:final:2020-07-11:-P3M  oc
Thu 2020-06-11 08:00  evaluation:final:2020-07-11:-P1M  oc
Fri 2020-07-10 08:00  evaluation:final:2020-07-11:P0D   oc
Mon 2020-07-27 08:00  evaluation:final:2020-07-11:+P2W  oc
Mon 2020-08-10 08:00  evaluation:final:2020-07-11:+P4W  oc
Mon 2020-08-24 08:00  evaluation:final:2020-07-11:+P6W  oce
Fri 2020-08-28 08:00  continuation:term:2020-10-11:-P6W oc
Fri 2020-09-25 08:00  continuation:term:2020-10-11:-P2W oc
Thu 2020-10-08 08:00  continuation:term:2020-10-11:-P3D oce
Mon 2020-10-12 08:00  expiry:term:2020-10-12:P0D        oc
"""
SIGNED = "2017-10-12 10:00"
LETTER = {Role.OFFICE: "o", Role.CASE_OWNER: "c", Role.FINANCE: "f", Role.ESCALATION: "e"}


def signing() -> Walk:
    walk = Walk().decided()
    for party in ("maastricht", "limburg", "waterschap", "beesel"):
        walk.do("sign", SIGNED, party=party)
    return walk.forget()


def in_force() -> Walk:
    return signing().do("sign", SIGNED, party="cooperatie")


def mails(walk: Walk) -> list[str]:
    return [
        f"{local(alert.leaves_at)} {alert.cause} "
        + "".join(LETTER[addressee.role] for addressee in alert.addressees)
        for alert in walk.alerts
    ]


def test_the_last_signature_activates_and_catches_up_with_the_first_instalment() -> None:
    walk = in_force()

    assert mails(walk) == lines(AT_SIGNING)
    assert [event.action for event in walk.events] == ["sign", "fire", "fire"]
    # The activation is in time all day; the instalment was due at 08:00.
    assert [event.caught_up for event in walk.events[1:]] == [False, True]
    assert walk.events[2].superseded == ("payment:1:2017-10-12:-P4W", "payment:1:2017-10-12:-P8W")
    assert walk.events[0].superseded == (
        "unsigned:signatures:2017-09-26:+P4W",
        "unsigned:signatures:2017-09-26:+P8W",
    )


def test_every_mail_of_the_term_leaves_to_the_day_and_minute() -> None:
    walk = in_force().forget().until("2030-01-01 00:00")

    assert mails(walk) == lines(TIMELINE)


def test_every_step_fires_to_the_minute_in_time_and_the_end_comes_at_midnight() -> None:
    walk = in_force().forget().until("2030-01-01 00:00")

    *reminders, expiry = [line.rsplit(" ", 1)[0] for line in lines(TIMELINE)]
    assert walk.fired() == [*reminders, expiry.replace("08:00", "00:00")]
    assert {event.late_by for event in walk.events} == {0}
    assert not any(event.caught_up for event in walk.events)
    assert walk.superseded() == []


def test_the_agreement_moves_at_signing_at_the_evaluation_and_at_the_end() -> None:
    walk = in_force().until("2030-01-01 00:00")

    moves = [
        f"{local(event.at)} {event.stage_before} {event.stage}"
        for event in walk.events
        if event.stage is not event.stage_before
    ]
    assert moves == [
        "Thu 2017-10-12 10:00 signing active",
        "Fri 2020-07-10 08:00 active evaluation",
        "Mon 2020-10-12 00:00 evaluation ended",
    ]
    assert walk.ending is Ending.LAPSED
    assert walk.next_alert_at is None


def test_each_alert_knows_the_civil_date_it_speaks_of() -> None:
    walk = in_force().forget().until("2020-07-10 08:00")

    assert str(walk.events[-1].nominal_on) == "2020-07-11"


# Unknown dates -----------------------------------------------------------------------------------

UNSIGNED = (
    "the agreement has not been signed by: Gemeente Maastricht, Provincie Limburg,"
    " Waterschap Limburg, Gemeente Beesel, Coöperatie Verbindend Leiden"
)


def test_before_signing_every_date_is_unknown_and_says_who_must_sign() -> None:
    unsigned = agreement()
    end = end_of(unsigned)
    due = due_of(unsigned, unsigned.evaluation["final"])  # type: ignore[index]
    dues = [item.due for item in payments(unsigned, at("2017-06-01 10:00").date())]

    assert len(dues) == 3
    for unknown in (end, due, *dues):
        assert isinstance(unknown, Unknown)
        assert str(unknown.because) == UNSIGNED


@pytest.mark.parametrize("rule", ["activation", "payment", "evaluation", "continuation", "expiry"])
def test_before_signing_every_deadline_is_unknown_and_says_why(rule: str) -> None:
    today = at("2017-06-01 10:00").date()
    deadlines = [item for item in derive(agreement(), Policy(), today) if item.rule.value == rule]

    assert deadlines
    for deadline in deadlines:
        assert isinstance(deadline.nominal, Unknown)
        assert str(deadline.nominal.because) == UNSIGNED


def test_while_dates_are_unknown_the_clock_changes_nothing() -> None:
    walk = Walk().forget()

    assert walk.tick("2029-12-31 12:00").events == []
    assert walk.stage is Stage.DRAFT


def test_an_action_that_moves_where_it_does_not_declare_is_a_fault_and_writes_nothing() -> None:
    ends = replace(NOTE, effect=lambda it, _request: replace(it, stage=Stage.ENDED))
    request, now = Request(today=date(2017, 6, 1)), at("2017-06-01 10:00")
    with pytest.raises(AssertionError, match="note may not lead to ended"):
        perform(Dossier(agreement=agreement()), ends, request, Policy(), now, actor="griffier")

"""While the agreement runs: evaluating it, deciding on its continuation, ending it early."""

from datetime import date

from states.dates.instalments import payments
from states.dates.term_dates import day_of, due_of
from states.model.period import Period
from states.model.stage import Continuation, Ending, Stage
from states.process import PROCESS
from tests.agreements import NO_EVALUATION, TACIT, Walk, agreement, amended, in_force, last_day

INTERIM = {"evaluation.halfway.after_start": "P18M"}
CALLED = "2020-07-10 08:00"
CONCLUDED = "2020-08-20 10:00"


def evaluated() -> Walk:
    return in_force().until(CALLED).do("conclude", CONCLUDED, report="Eindevaluatie").forget()


def due(walk: Walk) -> date | None:
    [item] = walk.agreement.evaluation.values()
    return day_of(due_of(walk.agreement, item))


# Evaluations -------------------------------------------------------------------------------------


def test_a_final_evaluation_that_is_concluded_leads_to_the_decision() -> None:
    walk = evaluated()

    held = walk.agreement.evaluation["final"].held[date(2020, 7, 11)]  # type: ignore[index]
    assert walk.is_in("continuation_decision")
    assert (held.on, held.report) == (date(2020, 8, 20), "Eindevaluatie")


def test_the_follow_ups_of_an_evaluation_stop_when_it_is_held() -> None:
    walk = in_force().until(CALLED).forget().do("conclude", "2020-07-20 10:00")

    assert walk.superseded() == [
        "evaluation:final:2020-07-11:+P2W",
        "evaluation:final:2020-07-11:+P4W",
        "evaluation:final:2020-07-11:+P6W",
    ]


def test_an_evaluation_may_be_started_before_its_date() -> None:
    walk = in_force().do("start_evaluation", "2020-02-03 10:00")

    assert walk.is_in("evaluation")
    assert walk.until("2020-06-30 00:00").stage is Stage.EVALUATION


def test_an_evaluation_that_an_operator_began_stays_begun_when_its_date_moves() -> None:
    walk = in_force().do("start_evaluation", "2020-02-03 10:00")
    amended(walk, "2020-02-04 10:00", evaluation__final__before_end="P2M")

    assert walk.is_in("evaluation")
    amended(walk, "2020-02-05 10:00", party__limburg__signed_on="2017-10-14")
    assert walk.is_in("evaluation")
    walk.do("suspend", "2020-02-06 10:00", on=date(2020, 2, 6), moves_end=True)
    walk.do("resume", "2020-02-16 10:00", on=date(2020, 2, 16))
    assert walk.is_in("evaluation")
    assert due(walk) == date(2020, 8, 23)


def test_an_evaluation_that_its_date_had_called_is_called_by_its_new_date() -> None:
    walk = in_force().until(CALLED)
    amended(walk, "2020-07-13 10:00", evaluation__final__before_end="P1M")

    assert walk.is_in("active")


def test_an_evaluation_that_was_begun_and_never_held_is_not_begun_in_the_next_term() -> None:
    walk = in_force(TACIT).do("start_evaluation", "2020-02-03 10:00").until("2020-10-13 00:00")

    assert due(walk) == date(2021, 7, 11)
    assert walk.is_in("active")


def test_an_interim_evaluation_leads_back_to_active() -> None:
    walk = in_force(INTERIM).until("2019-04-12 08:00")
    assert walk.is_in("evaluation")

    walk.do("conclude", "2019-05-01 10:00", evaluation="halfway")

    assert walk.is_in("active")


def test_an_open_interim_evaluation_does_not_hold_the_final_one_back() -> None:
    walk = in_force(INTERIM).until("2020-07-01 00:00").forget()
    assert walk.is_in("evaluation")

    walk.until(CALLED).do("conclude", "2020-07-20 10:00", evaluation="halfway")

    assert walk.shown() == ["Fri 2020-07-10 08:00 evaluation:final:2020-07-11:P0D"]
    assert walk.is_in("evaluation")


def test_which_evaluation_is_required_only_when_several_are_open() -> None:
    conclude = PROCESS[Stage.EVALUATION].action("conclude")
    assert conclude
    which = conclude.arguments[0]

    assert not which.needed(in_force().agreement, {})
    assert which.needed(in_force(INTERIM).agreement, {})


def test_without_a_known_date_no_evaluation_can_be_started() -> None:
    walk = in_force({"term.length": None, "term.start": "last_signature"})

    assert walk.objections("start_evaluation", "2018-01-01 10:00") == [
        "No evaluation with a known date is open."
    ]


def test_an_evaluation_that_was_held_or_has_no_date_is_refused_as_what_it_is() -> None:
    disputed = {"field": "evaluation.halfway.after_start", "quote": "x", "status": "disputed"}
    unsure = {f"source.1.{name}": value for name, value in disputed.items()}
    walk = in_force(INTERIM).until("2019-04-12 08:00")
    walk.do("conclude", "2019-05-01 10:00", evaluation="halfway")

    assert walk.objections("start_evaluation", "2019-05-02 10:00", evaluation="halfway") == [
        "This evaluation was held already; amend corrects it."
    ]
    walk = in_force(INTERIM | unsure)
    assert walk.objections("start_evaluation", "2019-05-02 10:00", evaluation="halfway") == [
        "The date of this evaluation is not known."
    ]


# The decision on the continuation ----------------------------------------------------------------


def test_with_a_final_evaluation_the_decision_waits_for_it() -> None:
    assert in_force().objections("start_decision", "2018-01-01 10:00") == [
        "The decision follows the final evaluation: first start_evaluation, then conclude."
    ]


def test_without_a_final_evaluation_the_decision_may_be_started() -> None:
    walk = in_force(NO_EVALUATION).do("start_decision", "2020-02-03 10:00")

    assert walk.is_in("continuation_decision")


def test_of_a_terminated_agreement_no_decision_is_begun_that_cannot_be_taken() -> None:
    walk = in_force(NO_EVALUATION)
    walk.do("terminate", "2020-02-03 10:00", reason="x", ends_on=date(2020, 6, 30))

    assert walk.objections("start_decision", "2020-02-03 11:00") == [
        "The agreement was terminated; its continuation cannot be decided."
    ]


def test_a_decision_that_was_taken_early_stays_taken_when_the_end_moves_in_its_term() -> None:
    walk = in_force(NO_EVALUATION).do("start_decision", "2020-02-03 10:00")
    walk.do("decide", "2020-02-03 11:00", outcome=Continuation.STOP)
    walk.do("suspend", "2020-02-06 10:00", on=date(2020, 2, 6), moves_end=True)
    walk.do("resume", "2020-02-16 10:00", on=date(2020, 2, 16))

    assert walk.is_in("continuation_decision")
    assert last_day(walk) == date(2020, 10, 21)


def test_another_length_was_not_decided_on_so_the_decision_is_begun_no_more() -> None:
    walk = in_force(NO_EVALUATION).do("start_decision", "2020-02-03 10:00")
    amended(walk, "2020-02-04 10:00", term__length="P5Y")

    assert walk.is_in("active")


def test_without_a_final_evaluation_the_first_lead_opens_the_decision() -> None:
    walk = in_force(NO_EVALUATION).until("2020-08-27 23:59")
    assert walk.is_in("active")

    walk.forget().until("2020-08-28 08:00")

    assert walk.is_in("continuation_decision")
    assert walk.fired() == ["Fri 2020-08-28 08:00 continuation:term:2020-10-11:-P6W"]


def test_a_continuation_makes_a_prefilled_successor_linked_both_ways() -> None:
    walk = evaluated().do("decide", "2020-09-01 10:00", outcome=Continuation.CONTINUE)

    successor = walk.change.successor
    assert successor is not None
    assert (walk.agreement.successor, successor.ref) == ("SO-2017-0042-2", "SO-2017-0042-2")
    assert successor.predecessor == "SO-2017-0042"
    assert successor.stage is Stage.DRAFT
    assert len(successor.unsigned) == 5
    assert successor.evaluation["final"].held == {}  # type: ignore[index]


def test_the_successor_of_a_long_reference_bears_all_of_it_that_there_is_room_for() -> None:
    for length, kept in ((62, 62), (64, 62)):
        walk = Walk({"ref": "R" * length}).decided().signed().until("2020-08-01 00:00")
        walk.do("conclude", "2020-08-25 10:00")
        walk.do("decide", "2020-09-01 10:00", outcome=Continuation.CONTINUE)
        assert walk.agreement.successor == "R" * kept + "-2"


def test_the_successor_of_a_term_with_a_first_day_begins_the_day_after_its_last() -> None:
    walk = Walk({"term.start": "2017-10-12"}).decided().signed().until("2020-08-01 00:00")
    walk.do("conclude", "2020-08-25 10:00")
    walk.do("decide", "2020-09-01 10:00", outcome=Continuation.CONTINUE)
    assert walk.change.successor is not None
    assert str(walk.change.successor.term.start) == "2020-10-12"


def test_a_continued_agreement_runs_to_its_end() -> None:
    walk = evaluated().do("decide", "2020-09-01 10:00", outcome=Continuation.CONTINUE)
    assert walk.is_in("continuation_decision")

    walk.until("2020-10-12 00:00")

    assert (walk.stage, walk.ending) == (Stage.ENDED, Ending.CONTINUED)


def test_a_stopped_agreement_expires_and_asks_for_no_decision_any_more() -> None:
    walk = evaluated().do("decide", "2020-08-27 10:00", outcome=Continuation.STOP)
    walk.until("2020-10-12 00:00")

    assert walk.ending is Ending.EXPIRED
    assert walk.fired() == ["Mon 2020-10-12 00:00 expiry:term:2020-10-12:P0D"]


def extended(*, contribution: bool) -> Walk:
    return evaluated().do(
        "decide",
        "2020-09-01 10:00",
        outcome=Continuation.EXTEND,
        length=Period(12),
        contribution=contribution,
    )


def test_an_extension_goes_on_with_a_new_last_day_and_a_new_evaluation() -> None:
    walk = extended(contribution=True)

    assert walk.is_in("active")
    assert last_day(walk) == date(2021, 10, 11)
    assert walk.forget().until("2021-07-09 08:00").stage is Stage.EVALUATION
    assert walk.fired()[-1] == "Fri 2021-07-09 08:00 evaluation:final:2021-07-11:P0D"


def test_an_extension_pays_on_only_when_that_was_decided() -> None:
    today = date(2020, 9, 1)

    assert len(list(payments(extended(contribution=True).agreement, today))) == 4
    assert len(list(payments(extended(contribution=False).agreement, today))) == 3


def test_an_extension_needs_its_length_and_whether_it_pays_on() -> None:
    decide = PROCESS[Stage.CONTINUATION_DECISION].action("decide")
    assert decide
    asked = {"outcome": Continuation.EXTEND}

    assert [key.name for key in decide.arguments if key.needed(agreement(), asked)] == [
        "outcome",
        "length",
        "contribution",
    ]


def test_a_lapsed_agreement_is_corrected_by_a_decision_afterwards() -> None:
    lapsed = in_force().until("2020-12-01 00:00")
    assert lapsed.ending == Ending.LAPSED

    assert lapsed.do("decide", "2020-12-01 10:00", outcome=Continuation.STOP).ending == (
        Ending.EXPIRED
    )


def test_a_lapsed_agreement_that_is_extended_runs_again() -> None:
    walk = in_force().until("2020-12-01 00:00")
    longer = Period(12)

    walk.do(
        "decide",
        "2020-12-01 10:00",
        outcome=Continuation.EXTEND,
        length=longer,
        contribution=True,
    )

    assert (walk.stage, walk.ending) == (Stage.ACTIVE, None)


# Termination -------------------------------------------------------------------------------------


def terminated() -> Walk:
    walk = in_force().until("2019-03-01 09:00").forget()
    return walk.do("terminate", "2019-03-01 10:00", reason="opgezegd", ends_on=date(2019, 6, 30))


def test_a_terminated_agreement_runs_to_its_new_last_day() -> None:
    walk = terminated()
    assert walk.is_in("active")
    assert "event:" in walk.alerts[0].cause

    walk.until("2019-07-01 00:00")

    assert (walk.stage, walk.ending) == (Stage.ENDED, Ending.TERMINATED)


def test_instalments_after_an_early_end_are_superseded() -> None:
    walk = terminated()

    assert [item.status.value for item in payments(walk.agreement, date(2019, 3, 1))] == [
        "expected",
        "expected",
        "superseded",
    ]
    assert "payment:3:2019-10-12:-P8W" in walk.superseded()


def test_an_early_end_lies_between_the_start_and_the_last_day() -> None:
    walk = in_force()

    assert walk.objections("terminate", "2019-03-01 10:00", ends_on=date(2017, 10, 11)) == [
        "The new last day lies before the start, 2017-10-12."
    ]
    assert walk.objections("terminate", "2019-03-01 10:00", ends_on=date(2020, 10, 12)) == [
        "The new last day lies after the end of the term, 2020-10-11."
    ]
    for day in (date(2017, 10, 12), date(2020, 10, 11)):
        assert walk.objections("terminate", "2019-03-01 10:00", ends_on=day) == []


def test_what_was_terminated_is_not_terminated_again() -> None:
    assert terminated().objections("terminate", "2019-03-02 10:00") == [
        "The agreement was terminated already and ends on 2019-06-30; amend corrects it."
    ]


def test_after_a_termination_one_sentence_refuses_a_decision_on_the_continuation() -> None:
    walk = terminated().until("2019-07-01 00:00")

    assert walk.objections("decide", "2019-07-02 10:00", outcome="stop") == [
        "The agreement was terminated; its continuation cannot be decided."
    ]


def test_a_termination_that_is_taken_back_after_the_term_leaves_a_lapse() -> None:
    walk = terminated().until("2020-12-01 00:00")
    taken_back = {"termination.on": "unknown", "termination.ends_on": "unknown"}

    walk.do("amend", "2020-12-01 10:00", reason="vergissing", facts=taken_back)

    assert (walk.stage, walk.ending) == (Stage.ENDED, Ending.LAPSED)

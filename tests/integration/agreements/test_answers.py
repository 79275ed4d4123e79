"""What an action answers: what was recorded, what it changes, and what was and will be asked."""

from collections.abc import Mapping

import pytest

from tests.town import CASE, OFFICES, REF, Town, running
from workflow.agreements.act import Asked, Done, act
from workflow.agreements.answers import changed, follows, recorded

# What an action changes is asked of both databases by other tests.
pytestmark = pytest.mark.on_sqlite

MONEY = """
[agreement.contribution]
amount = "1000.00"
every = "P1Y"
payee = "Gemeente Beesel"
budget_line = "Samenwerking"
budgeted_through = 2099
"""


def answered(town: Town, name: str, pairs: Mapping[str, str] | None = None, ref: str = REF) -> Done:
    """Do something, with a reason, and return what is told of it."""
    asked = Asked(ref=ref, action=name, pairs=pairs or {}, by="griffier Smeets", reason="x")
    (done,) = act(town.app, asked)
    return done


def lines(done: Done) -> list[str]:
    """Return what changed, as it is told."""
    return [str(phrase) for phrase in changed(done)]


def test_as_many_mails_leave_as_the_answer_says(town: Town) -> None:
    town.register(OFFICES, CASE).at("2026-12-01 10:00")
    answered(town, "submit")
    answered(town, "agree", {"on": "2017-07-05"})
    done = answered(town, "decide", {"outcome": "as_proposed", "on": "2017-09-26"})

    assert sum(event.mails for event in done.events) == 5  # rows of the outbox, merged when sent
    assert done.mails == 3
    assert town.deliver()["accepted"] == 3


def test_who_has_seen_an_alert_is_told_of_what_and_until_when_its_reminders_wait(
    town: Town,
) -> None:
    town.in_force(until="2020-07-14 09:00")
    seen = {"occurrence": "evaluation:final:2020-07-11:P0D", "until": "2020-08-10"}
    assert lines(answered(town, "acknowledge", seen)) == [
        "the wait for follow-ups of the final evaluation: 2020-08-10"
    ]
    town.until("2020-10-13 09:00")
    seen = {"occurrence": "expiry:term:2020-10-12:P0D"}
    assert [line for line in lines(answered(town, "acknowledge", seen)) if "wait" in line] == []


# What is asked -----------------------------------------------------------------------------------


def test_what_was_asked_before_today_is_not_called_next(town: Town) -> None:
    town.register(OFFICES, CASE).decided().at("2017-09-27 10:00")
    done = answered(town, "set_start", {"on": "2017-11-01"})

    open_since, coming = map(str, follows(done))
    assert open_since == (
        "Open: the day of signing of Gemeente Maastricht (2017-09-06, asked),"
        " the day of signing of Provincie Limburg (2017-09-06, asked),"
        " the signatures (since 2017-09-26)."
    )
    assert coming == (
        "Next: instalment 1 on 2017-11-01, instalment 2 on 2018-11-01, instalment 3 on 2019-11-01."
    )


def test_of_what_is_open_the_oldest_are_named_and_the_others_counted(town: Town) -> None:
    town.register(OFFICES, CASE).decided().at("2018-12-03 10:00")
    done = answered(town, "set_start", {"on": "2017-11-01"})

    open_since, _ = map(str, follows(done))
    assert open_since == (
        "Open: the day of signing of Gemeente Maastricht (2017-09-06, asked),"
        " the day of signing of Provincie Limburg (2017-09-06, asked),"
        " the signatures (2017-09-26, asked), and 2 more."  # instalments 1 and 2
    )


def test_signatures_are_open_from_the_decision_and_not_due_on_its_day(town: Town) -> None:
    town.register(OFFICES, CASE).at("2017-09-26 10:00")
    answered(town, "skip_overleg")
    done = answered(town, "decide", {"outcome": "as_proposed"})

    assert [str(phrase) for phrase in follows(done)] == ["Open: the signatures (since 2017-09-26)."]


@pytest.mark.parametrize("suspended", ["2017-06-01", "2017-06-03"])
def test_the_day_on_which_a_fact_is_asked_is_not_told_as_the_day_of_that_fact(
    town: Town, suspended: str
) -> None:
    case = running("RUST-1", start="2017-01-01", length="P3Y")
    town.at("2017-06-06 10:00").register(OFFICES, case, history=True)
    done = answered(town, "suspend", {"moves_end": "yes", "on": suspended}, "RUST-1")

    assert [str(phrase) for phrase in follows(done)] == [
        "Next: the end of the suspension (asked on 2017-09-01)."  # the Friday before 3 September
    ]


def test_what_can_be_done_next_is_what_nothing_objects_to(town: Town) -> None:
    town.register(OFFICES, CASE)
    done = answered(town, "submit")

    assert [str(phrase) for phrase in follows(done)] == ["Possible now: agree, revise, withdraw."]


# What changes ------------------------------------------------------------------------------------


def test_an_amendment_of_what_was_unknown_is_told(town: Town) -> None:
    town.register(OFFICES, CASE)
    facts = {"purpose": "Samen", "contribution.amount": "2000.00", "contribution.payer": "limburg"}
    done = answered(town, "amend", facts)

    assert lines(done) == [
        "the amount of the contribution: € 1000.00 → € 2000.00",
        "the purpose: – → Samen",
        "the payer of the contribution: – → Provincie Limburg",
    ]


def test_a_party_that_comes_in_by_a_mistyped_key_is_told(town: Town) -> None:
    town.register(OFFICES, CASE)
    done = answered(town, "amend", {"party.limbrug.name": "Provincie Limburg"})

    assert lines(done) == ["new party: Provincie Limburg"]


def test_amounts_that_are_only_written_down_are_no_news(town: Town) -> None:
    town.in_force()
    answered(town, "pay", {"instalment": "1"})
    done = answered(town, "amend", {"contribution.amount": "2000.00"})

    assert lines(done) == [
        "the amount of the contribution: € 1000.00 → € 2000.00",
        "the new amount holds from instalment 2 on (2018-10-12)",
    ]


def test_an_instalment_s_own_amount_takes_the_place_of_what_it_came_to(town: Town) -> None:
    town.in_force()
    done = answered(town, "amend", {"instalment.2.amount": "1200.00"})
    assert lines(done) == ["the amount of instalment 2: € 1000.00 → € 1200.00"]


def test_what_was_agreed_for_an_instalment_is_told_and_not_what_was_paid_of_it(town: Town) -> None:
    """The payment of € 10,300 seemed corrected to € 1030, and stood as it was."""
    town.in_force()
    answered(town, "pay", {"instalment": "1", "amount": "10300.00"})
    assert lines(answered(town, "amend", {"instalment.1.amount": "1030.00"})) == [
        "the amount of instalment 1: € 1000.00 → € 1030.00",
        "Instalment 1 was € 1030.00, but € 10300.00 was paid.",
    ]


def test_what_becomes_odd_by_what_is_recorded_is_told_with_it(town: Town) -> None:
    """Who entered that a party went read only later, in `show`, that it still had to be paid."""
    town.in_force()
    gone = {"contribution.payee": "Provincie Limburg", "party.limburg.left_on": "2017-10-12"}
    told = lines(answered(town, "amend", gone))
    assert told[-2:] == [
        (
            "Provincie Limburg is a party through 2017-10-12, but still stands with what comes"
            " after that: instalment 2, instalment 3. See who takes its place."
        ),
        (
            "After 2017-10-12 nobody but Gemeente Maastricht is a party, while the agreement goes"
            " on: see whether it has to end."
        ),
    ]
    assert {*told[-2:]}.isdisjoint(lines(answered(town, "amend", {"title": "Een andere titel"})))
    assert lines(answered(town, "waive", {"instalment": "2"})) == []


def test_the_figure_of_a_year_tells_for_which_instalments_it_holds(town: Town) -> None:
    indexed = CASE.replace('every = "P1Y"', 'every = "P6M"\nindexation = "CPI"')
    town.register(OFFICES, indexed).decided().signed()
    assert lines(answered(town, "amend", {"instalment.3.amount": "1035.00"})) == [
        "the amount of instalment 3: – → € 1035.00",
        "this holds for instalment 4 as well",
    ]
    assert lines(answered(town, "amend", {"contribution.indexation": "unknown"})) == [
        "the indexation of the contribution: CPI → taken away",
    ]


def test_another_amount_tells_from_which_instalment_on_it_holds(town: Town) -> None:
    town.in_force().at("2018-01-15 10:00")
    known = "the amount of the contribution: "
    assert lines(
        answered(town, "amend", {"contribution.amount": "1200.00", "from": "2019-01-01"})
    ) == [
        known + "€ 1000.00 → € 1200.00",
        "the new amount holds from instalment 3 on (2019-10-12)",
    ]
    town.at("2019-11-01 10:00")
    assert lines(answered(town, "amend", {"contribution.amount": "1500.00"})) == [
        known + "€ 1200.00 → € 1500.00",
        "no instalment that is known now has another amount",
    ]


def test_an_evaluation_that_began_early_is_not_told_to_begin_later(town: Town) -> None:
    town.in_force().at("2020-05-01 10:00").do("start_evaluation", on="2020-04-20")
    told = lines(answered(town, "amend", {"evaluation.final.before_end": "P2M"}))
    assert not [line for line in told if "early start" in line]
    assert "the final evaluation: 2020-07-11 → 2020-08-11" in told


def test_a_termination_tells_the_last_day_and_not_the_day_of_the_deed_as_such(town: Town) -> None:
    town.register(OFFICES, running("EEUWIG", length="P9Y", start="2017-01-01"), history=True)
    endless = {"term.length": "unknown", "term.open_ended": "true"}
    evaluation = {"evaluation.final.before_end": "unknown", "evaluation.final.on": "2018-05-01"}
    answered(town, "amend", {**endless, **evaluation}, "EEUWIG")
    done = answered(town, "terminate", {"on": "2017-05-31", "ends_on": "2017-12-31"}, "EEUWIG")

    assert str(recorded(done)) == "the termination was recorded, on 2017-05-31"
    assert lines(done) == ["last day: open-ended → 2017-12-31"]
    assert lines(answered(town, "undo", ref="EEUWIG")) == [
        "the date of the termination: 2017-05-31 → taken away",
        "the new last day of the termination: 2017-12-31 → taken away",
        "last day: 2017-12-31 → open-ended",
    ]


def test_a_term_that_is_cut_short_tells_its_last_day(town: Town) -> None:
    town.in_force()
    told = "last day: 2020-10-11 → 2018-05-31"
    assert lines(answered(town, "terminate", {"ends_on": "2018-05-31"}))[0] == told
    assert "last day: 2018-05-31 → 2020-10-11" in lines(answered(town, "undo"))


def test_an_early_end_decides_nothing_about_the_continuation(town: Town) -> None:
    told = lines(answered(town.in_force(), "terminate", {"ends_on": "2018-06-30"}))
    assert "the decision on the continuation: 2020-10-11 → dropped" in told


def test_a_successor_that_was_registered_is_told(town: Town) -> None:
    town.in_force(until="2020-07-10 09:00")
    town.at("2020-07-20 10:00").do("conclude", report="Evaluatie 2020", conclusion="Geslaagd")
    done = answered(town, "decide", {"outcome": "continue"})

    assert lines(done)[0] == f"successor: {REF}-2 (draft)"
    answered(town, "withdraw", {}, f"{REF}-2")
    longer = {"outcome": "extend", "length": "P1Y", "contribution": "no"}
    was = "was registered as its successor: see whether it still has to be withdrawn"
    assert f"{REF}-2 {was}" in lines(answered(town, "decide", longer))


def test_what_is_late_again_when_it_is_taken_back_is_told_so(town: Town) -> None:
    town.in_force()
    town.at("2018-11-01 10:00").do("pay", instalment="2")

    assert lines(answered(town, "undo")) == [
        "the day of payment of instalment 2: 2018-11-01 → taken away",
        "instalment 2: paid → 2018-10-12 (late)",
    ]


def test_turns_of_which_no_date_is_known_any_more_are_not_told_as_dropped(town: Town) -> None:
    owed = '[[agreement.obligation]]\nkey = "r"\nwhat = "report"\non = 2018-04-01\nevery = "P1Y"\n'
    fixed = CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = 2017-10-01')
    owing = fixed.replace("[agreement.contribution]", f"{owed}[agreement.contribution]")
    town.register(OFFICES, owing).decided().signed()

    taken_back = [line for line in lines(answered(town, "undo")) if line.startswith("report")]
    assert taken_back == ["report (nr. 1, 2018): 2018-04-01 → not known"]


# Money and taking back ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "amount,told",
    [
        ("100.00", "instalment 1, € 100.00 (agreed: € 1000.00), paid, on 2017-10-12"),
        ("1000.00", "instalment 1, € 1000.00, paid, on 2017-10-12"),
        ("1000", "instalment 1, € 1000.00, paid, on 2017-10-12"),
    ],
)
def test_another_amount_than_was_agreed_is_told(town: Town, amount: str, told: str) -> None:
    town.in_force()
    done = answered(town, "pay", {"instalment": "1", "amount": amount})
    assert str(recorded(done)) == told


def test_of_money_of_which_no_amount_is_known_none_is_told(town: Town) -> None:
    parts = """
        [[agreement.instalment]]
        number = 1
        due_on = 2018-02-01
        amount = "1000.00"
        [[agreement.instalment]]
        number = 2
        due_on = 2018-10-12
        """
    once = CASE.replace('amount = "1000.00"\nevery = "P1Y"\n', "")
    town.register(OFFICES, once + parts).decided().signed()
    done = answered(town, "waive", {"instalment": "2"})
    assert str(recorded(done)) == "instalment 2, not needed any more"


def test_of_the_last_signature_is_recorded_whose_it_is(town: Town) -> None:
    town.register(OFFICES, CASE).decided()
    town.at("2017-10-12 10:00").do("sign", party="maastricht")
    done = answered(town, "sign", {"party": "limburg"})
    assert str(recorded(done)) == "signed by Provincie Limburg, on 2017-10-12"


def test_what_is_taken_back_is_not_told_as_if_it_were_done(town: Town) -> None:
    town.register(OFFICES, CASE)
    town.do("withdraw")
    assert str(recorded(answered(town, "undo"))) == (
        "event 2 (the proposal was withdrawn, on 2017-06-01) was taken back"
    )


def test_what_comes_back_when_something_is_taken_back_is_told(town: Town) -> None:
    by_itself = 'length = "P1Y"\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"'
    renewed = running("VERLENGT", start="2017-01-01").replace('length = "P1Y"', by_itself)
    town.register(OFFICES, renewed + MONEY, history=True)
    answered(town, "start_evaluation", {"evaluation": "final"}, "VERLENGT")
    answered(town, "conclude", {"evaluation": "final"}, "VERLENGT")
    assert lines(answered(town, "decide", {"outcome": "stop"}, "VERLENGT")) == [
        "instalment 2: 2018-01-01 → dropped",
        "giving notice: 2017-09-29 → dropped",
    ]

    assert lines(answered(town, "undo", ref="VERLENGT"))[2:] == [
        "instalment 2: dropped → 2018-01-01",
        "giving notice: dropped → 2017-09-29",
    ]


def test_who_ends_what_has_no_end_before_its_notice_is_over_is_told_when_it_could_end(
    town: Town,
) -> None:
    case = running("O-1").replace('length = "P1Y"', 'open_ended = true\nnotice = "P3M"')
    case = case.replace("before_end", "after_start")
    town.at("2018-03-01 10:00").register(OFFICES, case, history=True)
    early = (
        "by its notice it ends on 2018-06-01 at the earliest: the other parties have to agree to"
        " this"
    )
    for last, told in (("2018-06-01", []), ("2018-05-31", [early])):
        done = answered(town, "terminate", {"ends_on": last}, "O-1")
        assert lines(done)[:-1] == told
        answered(town, "undo", ref="O-1")


@pytest.mark.parametrize("action", ["decide", "terminate"])
def test_who_stops_after_the_day_for_notice_is_told_that_it_goes_on_by_itself(
    town: Town, action: str
) -> None:
    by_itself = 'length = "P1Y"\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"'
    case = running("T-1").replace('length = "P1Y"', by_itself)
    case = case.replace('[[agreement.evaluation]]\nkey = "final"\nbefore_end = "P3M"\n', "")
    pairs = {"decide": {"outcome": "stop"}, "terminate": {"ends_on": "2018-12-31"}}
    late = (
        "notice could be given through 2018-09-29, and without it the agreement goes on by itself"
        " through 2019-12-31: the other parties have to agree to this"
    )
    town.at("2018-06-01 10:00").register(OFFICES, case, history=True)
    for day, told in (("2018-09-29", []), ("2018-09-30", [late])):
        town.at(f"{day} 10:00")
        town.confirm()
        if action == "decide":
            answered(town, "start_decision", ref="T-1")
        found = lines(answered(town, action, pairs[action], "T-1"))
        assert [line for line in found if "notice could" in line] == told
        answered(town, "undo", ref="T-1")
        if action == "decide":
            answered(town, "undo", ref="T-1")


def test_who_stops_after_two_days_for_notice_is_told_of_both_renewals(town: Town) -> None:
    by_itself = 'length = "P1Y"\nrenewal = "tacit"\nrenewal_length = "P1M"\nnotice = "P3M"'
    case = running("T-1").replace('length = "P1Y"', by_itself)
    town.at("2018-11-01 10:00").register(OFFICES, case, history=True)

    assert lines(answered(town, "terminate", {"ends_on": "2018-12-31"}, "T-1"))[0] == (
        "notice could be given through 2018-09-29, and without it the agreement goes on by itself"
        " through 2019-02-28: the other parties have to agree to this"
    )

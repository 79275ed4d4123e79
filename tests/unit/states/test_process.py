"""The procedure as declared: which stage allows what, and the way to the college's decision."""

import pytest
from msgspec.structs import replace

from states.dates.policy import Policy
from states.model.stage import Ending, Rule, Stage
from states.process import PROCESS, RULES, BrokenProcess, check, exits, settle
from states.rules.action import Action, Argument, Transition
from tests.agreements import Walk, agreement, at
from tests.chance import alerts

# Every action: where it stands, its name, the keys that it takes.
ACTIONS = """
draft                  submit
draft                  skip_overleg
draft                  withdraw          on
bestuurlijk_overleg    agree             on attended
bestuurlijk_overleg    revise
bestuurlijk_overleg    withdraw          on
college_decision       decide            outcome on label reference until basis
college_decision       withdraw          on
signing                sign              party on signatory capacity power_of_attorney
signing                set_start         on
signing                withdraw          on
active                 start_evaluation  evaluation on
active                 start_decision    on
active                 suspend           on moves_end
active                 resume            on moves_end
active                 terminate         ends_on on
evaluation             conclude          evaluation on report conclusion
evaluation             suspend           on moves_end
evaluation             resume            on moves_end
evaluation             terminate         ends_on on
continuation_decision  decide            outcome on reference successor length contribution
continuation_decision  conclude          evaluation on report conclusion
continuation_decision  suspend           on moves_end
continuation_decision  resume            on moves_end
continuation_decision  terminate         ends_on on
ended                  decide            outcome on reference successor length contribution
"""
OWED = {
    "pay": "instalment on reference amount",
    "fulfil": "obligation number on reference",
    "waive": "instalment obligation number",
}
ANYWHERE = {
    "amend": "correction from",
    "acknowledge": "occurrence until",
    "undo": "event",
    "note": "text field",
}
SIGNING_AND_LATER = ("signing", "active", "evaluation", "continuation_decision", "ended")


def declared(stage: str) -> dict[str, str]:
    own = [line.split() for line in ACTIONS.strip().splitlines()]
    named = {name: " ".join(keys) for where, name, *keys in own if where == stage}
    return named | (OWED if stage in SIGNING_AND_LATER else {}) | ANYWHERE


def keys_of(action: Action) -> str:
    return " ".join(argument.name for argument in action.arguments)


@pytest.mark.parametrize("stage", list(Stage))
def test_a_stage_declares_these_actions_and_keys(stage: Stage) -> None:
    actions = {action.name: keys_of(action) for action in PROCESS[stage].actions}

    assert actions == declared(stage.value)


def every(wanted: str) -> list[tuple[Stage, Action, Argument | None]]:
    return [
        (stage, action, argument)
        for stage, declaration in PROCESS.items()
        for action in declaration.actions
        for argument in (action.arguments if wanted == "keys" else (None,))
    ]


def test_only_these_actions_need_a_reason() -> None:
    needing = {action.name for _, action, _ in every("actions") if action.needs_reason}

    assert needing == {"skip_overleg", "waive", "amend", "terminate", "undo"}


def test_only_the_colleges_decision_and_a_termination_mail_by_themselves() -> None:
    mailing = {(stage.value, a.name) for stage, a, _ in every("actions") if a.mailed}

    assert mailing == {
        ("college_decision", "decide"),
        ("active", "terminate"),
        ("evaluation", "terminate"),
        ("continuation_decision", "terminate"),
    }


def test_only_these_dates_may_lie_in_the_future() -> None:
    future = {f"{a.name} {key.name}" for _, a, key in every("keys") if key and key.may_be_future}

    assert future == {
        "decide until",
        "set_start on",
        "terminate ends_on",
        "acknowledge until",
        "amend from",
    }


# The declaration's own check ---------------------------------------------------------------------


def test_the_process_as_it_is_declared_holds() -> None:
    check(PROCESS)


def test_of_several_deadlines_in_one_mail_the_most_urgent_stands_first() -> None:
    ranks: dict[int, list[str]] = {}
    for declared_rule in RULES.values():
        ranks.setdefault(declared_rule.urgency, []).append(declared_rule.rule.value)

    assert [sorted(ranks[rank]) for rank in sorted(ranks)] == [
        ["expiry"],
        ["continuation"],
        ["notice"],
        ["evaluation"],
        ["payment"],
        ["obligation", "unsigned"],
        ["held_over"],
        ["missing_fact"],
        ["activation", "renewal"],
    ]


def test_a_setting_names_each_step_by_its_side_and_period() -> None:
    policy = alerts(payment_before="P8W P0D", payment_after="P1D")

    assert [*RULES[Rule.PAYMENT].step_names(policy)] == ["-P8W", "P0D", "+P1D"]


def test_a_process_without_one_of_its_stages_is_refused() -> None:
    broken = dict(PROCESS)
    del broken[Stage.EVALUATION]

    with pytest.raises(BrokenProcess, match="a stage has no declaration, or the order differs"):
        check(broken)


def test_a_process_whose_stages_stand_in_another_order_is_refused() -> None:
    with pytest.raises(BrokenProcess, match="a stage has no declaration, or the order differs"):
        check(dict(reversed(PROCESS.items())))


def test_a_process_with_a_stage_that_nothing_leads_to_is_refused() -> None:
    overleg = PROCESS[Stage.BESTUURLIJK_OVERLEG]
    draft = PROCESS[Stage.DRAFT]
    kept = tuple(action for action in draft.actions if action.name != "submit")

    with pytest.raises(BrokenProcess, match="a stage cannot be reached"):
        check({**PROCESS, Stage.DRAFT: replace(draft, actions=kept)})
    assert Stage.DRAFT in exits(overleg)


def test_a_stage_that_declares_an_action_twice_is_refused() -> None:
    draft = PROCESS[Stage.DRAFT]
    twice = replace(draft, actions=(*draft.actions, draft.actions[0]))

    with pytest.raises(BrokenProcess, match="an action is declared twice in draft"):
        check({**PROCESS, Stage.DRAFT: twice})


def test_a_rule_that_no_stage_watches_is_refused() -> None:
    signing = replace(PROCESS[Stage.SIGNING], watches=())

    with pytest.raises(BrokenProcess, match="a rule is watched nowhere"):
        check({**PROCESS, Stage.SIGNING: signing})


def test_moves_that_run_in_a_circle_end_in_an_error_and_not_never(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for stage, to in ((Stage.DRAFT, Stage.SIGNING), (Stage.SIGNING, Stage.DRAFT)):
        always = Transition(to=to, when=lambda *_: True)
        monkeypatch.setitem(PROCESS, stage, replace(PROCESS[stage], transitions=(always,)))
    with pytest.raises(BrokenProcess):
        settle(agreement(), Policy(), at("2018-05-01 10:00"))


# Draft and overleg -------------------------------------------------------------------------------


def test_a_registered_agreement_is_a_draft_of_which_nobody_is_told() -> None:
    registered = Walk()

    assert registered.is_in("draft")
    assert registered.shown() == []
    assert registered.next_alert_at is None


def test_a_submitted_draft_is_discussed_and_may_go_back() -> None:
    submitted = Walk().do("submit", "2017-06-15 10:00")
    assert submitted.is_in("bestuurlijk_overleg")

    submitted.do("revise", "2017-06-20 10:00")
    assert submitted.is_in("draft")


def test_what_the_overleg_agreed_to_goes_to_the_college() -> None:
    agreed = Walk().do("submit", "2017-06-15 10:00")
    agreed.do("agree", "2017-07-05 16:00", attended="wethouder Gerats")

    assert agreed.is_in("college_decision")
    assert agreed.agreement.overleg is not None
    assert str(agreed.agreement.overleg.agreed_on) == "2017-07-05"
    assert agreed.agreement.overleg.attended == "wethouder Gerats"
    assert agreed.shown() == []


def test_a_draft_may_skip_the_overleg() -> None:
    skipped = Walk().do("skip_overleg", "2017-06-15 10:00", reason="spoed")

    assert skipped.is_in("college_decision")
    assert skipped.events[-1].reason == "spoed"


BEFORE_FORCE = ("draft", "bestuurlijk_overleg", "college_decision", "signing")


@pytest.mark.parametrize("stage", BEFORE_FORCE)
def test_an_agreement_may_be_withdrawn_until_it_is_in_force(stage: str) -> None:
    walk = Walk()
    if stage in {"bestuurlijk_overleg", "college_decision"}:
        walk.do("submit", "2017-06-15 10:00")
    if stage == "college_decision":
        walk.do("agree", "2017-07-05 16:00")
    if stage == "signing":
        walk.decided()
    assert walk.stage.value == stage

    walk.do("withdraw", "2017-10-01 10:00")

    assert (walk.stage, walk.ending) == (Stage.ENDED, Ending.WITHDRAWN)
    assert walk.next_alert_at is None
    assert walk.until("2030-01-01 00:00").stage is Stage.ENDED

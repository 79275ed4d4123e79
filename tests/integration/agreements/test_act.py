"""The source case walked by operators: what each step leaves behind, and what refusals do not."""

import json
from datetime import date

import pytest

from states.dates.term_dates import day_of, end_of, start_of
from states.model.phrase import Refusal
from states.model.stage import Stage
from tests.town import CASE, OFFICES, REF, Town, asked_of, running, walked_once
from workflow.agreements.act import possible
from workflow.agreements.queries import details, history
from workflow.system.refusals import BadRequest, NotFound, Refused

pytestmark = pytest.mark.on_sqlite

SUCCESSOR = "SO-2017-0042-2"


def facts_of(town: Town, ref: str) -> dict[str, str]:
    """Return the stored facts of an agreement."""
    found: dict[str, str] = json.loads(
        town.scalar(
            "SELECT f.facts FROM facts f JOIN agreement a ON a.id = f.agreement_id"
            " WHERE a.ref = :ref",
            ref=ref,
        )
    )
    return found


@walked_once
def evaluated(town: Town) -> Town:
    """Walk the source case to the decision on its continuation."""
    town.in_force(until="2020-07-10 09:00")
    town.at("2020-07-20 10:00").do("conclude", report="Evaluatie 2020", conclusion="Geslaagd")
    return town


# The ordinary path -------------------------------------------------------------------------------


def test_the_case_goes_through_every_stage_in_order(town: Town) -> None:
    evaluated(town)
    town.at("2020-09-22 15:00").do("decide", outcome="stop", reference="B&W 2020-38")
    town.until("2020-10-12 09:00")

    assert [(line.event.action, line.event.stage) for line in history(town.app, REF)][:7] == [
        ("register", Stage.DRAFT),
        ("submit", Stage.BESTUURLIJK_OVERLEG),
        ("agree", Stage.COLLEGE_DECISION),
        ("decide", Stage.SIGNING),
        ("sign", Stage.SIGNING),
        ("sign", Stage.SIGNING),
        ("fire", Stage.ACTIVE),
    ]
    moves = [
        (line.event.at.date(), line.event.stage)
        for line in history(town.app, REF)
        if line.event.stage is not line.event.stage_before
    ]
    assert moves[-3:] == [
        (date(2020, 7, 10), Stage.EVALUATION),
        (date(2020, 7, 20), Stage.CONTINUATION_DECISION),
        (date(2020, 10, 11), Stage.ENDED),  # midnight of the 12th in Amsterdam
    ]
    assert town.stage() == "ended (expired)"
    assert town.problems() == []


def test_signatures_bring_every_date_and_an_unsigned_case_has_none(town: Town) -> None:
    town.register(OFFICES, CASE).decided()
    before = details(town.app, REF)
    town.signed()
    after = details(town.app, REF)

    assert str(before.unknown_because).startswith("the agreement has not been signed by")
    assert {line.deadline.nominal_on for line in before.steps} == {None, date(2017, 9, 26)}
    days = day_of(start_of(after.agreement)), day_of(end_of(after.agreement))
    assert days == (date(2017, 10, 12), date(2020, 10, 11))


def test_the_decision_and_the_start_are_mailed_at_once_and_other_actions_are_not(
    town: Town,
) -> None:
    town.register(OFFICES, CASE)
    town.at("2017-06-15 10:00").do("submit")
    town.at("2017-07-05 16:00").do("agree")
    town.one_pass()
    assert town.relay.accepted == []

    town.at("2017-09-26 15:00").do("decide", outcome="as_proposed")
    town.one_pass()
    assert [(m.at, m.to) for m in town.relay.accepted] == [
        ("Tue 2017-09-26 15:00", "gerats@maastricht.example"),
        ("Tue 2017-09-26 15:00", "a.janssen@maastricht.example"),
    ]
    town.relay.forget()
    town.signed()
    assert [(m.at, m.to) for m in town.relay.accepted] == [
        ("Thu 2017-10-12 10:00", "gerats@maastricht.example"),
        ("Thu 2017-10-12 10:00", "a.janssen@maastricht.example"),
        ("Thu 2017-10-12 10:00", "geld@maastricht.example"),
    ]


# Continuation ------------------------------------------------------------------------------------


def test_continue_makes_a_successor_in_draft_that_is_linked_both_ways(town: Town) -> None:
    evaluated(town)
    town.at("2020-09-22 15:00").do("decide", outcome="continue", reference="B&W 2020-38")

    assert town.stage(SUCCESSOR) == "draft"
    assert facts_of(town, REF)["successor"] == SUCCESSOR
    assert facts_of(town, SUCCESSOR)["predecessor"] == REF
    assert town.stage() == "continuation_decision"


def test_the_successor_is_prefilled_and_unsigned(town: Town) -> None:
    evaluated(town)
    town.at("2020-09-22 15:00").do("decide", outcome="continue")
    old, new = facts_of(town, REF), facts_of(town, SUCCESSOR)

    for path in ("title", "office", "term.length", "party.limburg.name", "contribution.amount"):
        assert new[path] == old[path]
    assert new["evaluation.final.before_end"] == "P3M"
    assert not [path for path in new if "signed_on" in path or "signatory" in path]
    assert not [path for path in new if path.startswith(("decision.", "instalment.", "overleg."))]
    assert not [path for path in new if ".held." in path]


def test_the_successor_of_what_is_withheld_is_withheld_and_not_published_yet(town: Town) -> None:
    evaluated(town)
    entered = {
        "woo.category": "convenanten",
        "woo.published_on": "2018-01-01",
        "woo.url": "https://example.org/a",
        "woo.withheld_because": "Woo, artikel 5.1",
    }
    town.at("2020-09-22 15:00").do("amend", reason="Woo", **entered)
    town.do("decide", outcome="continue")
    assert {k: v for k, v in facts_of(town, SUCCESSOR).items() if k.startswith("woo.")} == {
        "woo.category": "convenanten",
        "woo.withheld_because": "Woo, artikel 5.1",
    }


def test_the_successors_case_owner_is_reached_by_mail(town: Town) -> None:
    evaluated(town)
    town.at("2020-09-22 15:00").do("decide", outcome="continue")
    town.relay.forget()
    town.do_with(SUCCESSOR, "skip_overleg", reason="ongewijzigd")
    town.do_with(SUCCESSOR, "decide", outcome="as_proposed")
    town.deliver()
    assert [mail.to for mail in town.relay.accepted] == [
        "bastiaens@maastricht.example",
        "a.janssen@maastricht.example",
    ]


@pytest.mark.on_both
def test_a_continued_agreement_stays_until_its_term_ends(town: Town) -> None:
    evaluated(town)
    town.at("2020-09-22 15:00").do("decide", outcome="continue", successor="SO-2020-0007")
    town.relay.forget()
    town.until("2020-10-11 23:00")
    assert town.stage() == "continuation_decision"
    town.until("2020-10-12 09:00")
    assert town.stage() == "ended (continued)"
    assert town.stage("SO-2020-0007") == "draft"
    assert [mail.at for mail in town.relay.accepted] == ["Mon 2020-10-12 08:00"] * 2
    assert town.problems() == []


def test_stop_leaves_nothing_but_the_end(town: Town) -> None:
    evaluated(town)
    town.at("2020-09-22 15:00").do("decide", outcome="stop")
    town.relay.forget()
    town.until("2020-12-31 09:00")
    assert town.stage() == "ended (expired)"
    assert [mail.at for mail in town.relay.accepted] == ["Mon 2020-10-12 08:00"] * 2
    assert town.counts()["agreement"] == 1


def test_a_history_however_long_is_not_read_to_record_something(town: Town) -> None:
    evaluated(town)
    with asked_of(town.app.database) as asked:
        town.do("note", text="gebeld")
    assert any("INSERT INTO event " in statement for statement, _ in asked)
    read = [
        statement for statement, _ in asked if "event.payload" in statement.partition("FROM")[0]
    ]
    assert not read  # whether the last is what the register says is asked in the database


def test_a_successor_has_no_longer_reference_than_an_import_takes(town: Town) -> None:
    longest = "A" * 64
    town.at("2018-06-01 10:00").register(OFFICES, running(longest), history=True)
    town.until("2018-10-01 10:00")
    town.do_with(longest, "conclude", conclusion="Goed.", on="2018-10-01")
    town.do_with(longest, "decide", outcome="continue")
    assert town.stage(f"{'A' * 62}-2") == "draft"


def test_a_successor_that_exists_already_is_refused(town: Town) -> None:
    evaluated(town)
    other = CASE.replace(REF, SUCCESSOR)
    town.register(other)
    refused = town.refusal(REF, "decide", outcome="continue")
    assert refused.exit_code == 3
    assert str(refused) == (
        "There is an agreement SO-2017-0042-2 already; name the successor with successor=REF."
    )


# Refusals ----------------------------------------------------------------------------------------


def test_an_action_of_another_stage_is_refused_and_what_is_possible_is_named(town: Town) -> None:
    town.register(OFFICES, CASE)
    refused = town.refusal(REF, "sign", party="limburg")
    assert isinstance(refused, Refused)
    assert refused.exit_code == 3
    assert str(refused) == (
        "“sign” is not possible in the stage draft."
        " Possible now: submit, skip_overleg, withdraw, amend, note."
    )


def test_every_refusal_names_the_actions_to_which_nothing_objects(town: Town) -> None:
    town.in_force(until="2018-08-18 09:00")
    free = [item.action.name for item in possible(town.app, REF) if not item.objections]
    assert "acknowledge" in free
    assert "resume" not in free

    of_another_stage = town.refusal(REF, "conclude")
    objected_to = town.refusal(REF, "resume")
    for refused in (of_another_stage, objected_to):
        assert f"Possible now: {', '.join(free)}." in str(refused)


def test_a_mistyped_action_is_answered_with_what_can_be_done_now(town: Town) -> None:
    town.register(OFFICES, CASE)
    assert str(town.refusal(REF, "zzz")) == (
        "There is no action “zzz”. Accepted: submit, skip_overleg, withdraw, amend, note."
    )
    assert str(town.refusal(REF, "submt")) == (
        "There is no action “submt”. Did you mean “submit”?"
        " Accepted: submit, skip_overleg, withdraw, amend, note."
    )
    assert "mean" not in str(town.refusal(REF, "paye"))


def test_an_action_that_is_not_possible_now_is_not_what_was_meant(town: Town) -> None:
    """“opzeggen” (give notice) and “verlengen” (extend) resemble “voorleggen” (submit)."""
    town.in_force()
    for word in ("opzeggen", "verlengen"):
        assert "mean" not in str(town.refusal(REF, word))


def test_a_word_of_another_meaning_is_no_mistyped_action(town: Town) -> None:
    """“verlengen” (extend) resembles “voorleggen” (submit), which is possible in a draft."""
    town.register(OFFICES, CASE)
    assert str(town.refusal(REF, "verlengen")) == (
        "There is no action “verlengen”. Accepted: submit, skip_overleg, withdraw, amend, note."
    )


def test_what_is_paid_in_francs_has_no_amount_in_euros(town: Town) -> None:
    town.register(OFFICES, CASE.replace('"1000.00"', '"1000.00"\ncurrency = "CHF"'))
    town.decided().signed()
    remedy = "“€ 900,00” is not accepted. Write an amount, such as 1000.00 or 1.000,00."
    euros = town.refusal(REF, "pay", instalment="1", amount="€ 900,00")
    assert str(euros) == f"amount: {remedy}"
    agreed = town.refusal(REF, "amend", reason="x", contribution__amount="€ 900,00")
    assert str(agreed) == f"contribution.amount: {remedy}"
    town.do("pay", instalment="1", amount="900,00")


def test_the_stage_is_judged_before_missing_keys(town: Town) -> None:
    town.register(OFFICES, CASE)
    assert town.refusal(REF, "sign").exit_code == 3
    assert town.refusal(REF, "conclude").exit_code == 3


@pytest.mark.parametrize(
    "name,keys",
    [
        ("sign", {}),
        ("sign", {"party": "roermond"}),
        ("sign", {"party": "limburg", "on": "2017-10-13"}),
        ("sign", {"party": "limburg", "on": "31-2-2017"}),
        ("sign", {"party": "limburg", "colour": "red"}),
        ("amend", {}),
        ("amend", {"term__lenght": "P4Y"}),
        ("pay", {"instalment": "9"}),
        ("waive", {"instalment": "1"}),  # without a reason
        ("note", {}),
        ("dance", {}),
    ],
)
def test_wrong_keys_and_values_are_wrong_usage(town: Town, name: str, keys: dict[str, str]) -> None:
    town.register(OFFICES, CASE).decided().at("2017-10-12 10:00")
    refused = town.refusal(REF, name, **keys)
    assert isinstance(refused, Refusal)
    assert refused.exit_code == 2


def test_a_reason_beside_the_text_of_a_note_is_kept_with_it(town: Town) -> None:
    town.register(OFFICES, CASE).do("note", text="called", reason="asked")
    assert history(town.app, REF)[-1].event.reason == "called – asked"


def test_every_wrong_key_of_one_call_is_told_at_once(town: Town) -> None:
    town.register(OFFICES, CASE).decided().at("2017-10-12 10:00")
    refused = town.refusal(REF, "sign", party="roermond", on="2018-01-01", colour="red")
    assert isinstance(refused, BadRequest)
    assert [str(sentence) for sentence in refused.sentences] == [
        "party: there is no “roermond” here. Accepted: maastricht, limburg.",
        "on: 2018-01-01 lies in the future; give the date on which it happened.",
        "“sign” has no key “colour”. Accepted: party, on, signatory, capacity, power_of_attorney.",
    ]
    refused = town.refusal(REF, "waive", instalment="9")
    assert [str(sentence) for sentence in refused.sentences] == [
        "instalment: there is no “9” here. Accepted: 1, 2, 3.",
        "“waive” needs a reason: --reason TEXT.",
    ]


def test_signing_twice_is_refused(town: Town) -> None:
    town.register(OFFICES, CASE).decided().at("2017-10-12 10:00")
    town.do("sign", party="limburg")
    refused = town.refusal(REF, "sign", party="limburg")
    assert (type(refused), refused.exit_code) == (Refused, 3)
    assert str(refused.sentences[0]) == "Provincie Limburg signed on 2017-10-12 already."


def test_a_decision_dated_before_the_overleg_is_refused(town: Town) -> None:
    town.register(OFFICES, CASE)
    town.at("2017-06-15 10:00").do("submit")
    town.at("2017-07-05 16:00").do("agree")
    refused = town.refusal(REF, "decide", outcome="as_proposed", on="2017-07-04")
    assert refused.exit_code == 3
    assert str(refused.sentences[0]) == (
        "The decision is dated 2017-07-04, before the bestuurlijk overleg of 2017-07-05."
    )


def test_a_whole_that_contradicts_its_points_is_refused_and_the_point_is_named(
    town: Town,
) -> None:
    town.register(OFFICES, CASE)
    town.at("2017-06-15 10:00").do("skip_overleg", reason="spoed")
    refused = town.refusal(REF, "decide", outcome="as_proposed", point__1="rejected")
    assert refused.exit_code == 3
    assert "Point 1 is rejected" in str(refused)


def test_impossible_facts_are_refused_and_nothing_is_half_written(town: Town) -> None:
    town.in_force()
    refused = town.refusal(REF, "amend", reason="fout", party__maastricht__own="false")
    assert refused.exit_code == 2
    assert "0 parties are marked party.PARTY.own=yes." in str(refused)


@pytest.mark.on_both
def test_an_unknown_agreement_is_not_found_and_the_nearest_is_named(town: Town) -> None:
    town.register(OFFICES, CASE)
    refused = town.refusal("SO-2017-0043", "submit")
    assert (type(refused), refused.exit_code) == (NotFound, 4)
    assert str(refused) == "There is no agreement “SO-2017-0043”. Did you mean SO-2017-0042?"


def test_an_occurrence_that_never_fired_cannot_be_acknowledged(town: Town) -> None:
    town.in_force()
    name = "payment:3:2019-10-12:-P8W"
    refused = town.refusal(REF, "acknowledge", occurrence=name, until="2017-10-20")
    assert (type(refused), refused.exit_code) == (NotFound, 4)


def test_what_was_cancelled_before_its_day_cannot_be_acknowledged(town: Town) -> None:
    town.in_force(until="2018-08-18 09:00")
    town.do("pay", instalment="3", on="2018-08-17")
    refused = town.refusal(
        REF, "acknowledge", occurrence="payment:3:2019-10-12:P0D", until="2018-08-20"
    )
    assert (type(refused), refused.exit_code) == (NotFound, 4)
    assert str(refused) == (
        "Nothing was alerted under “payment:3:2019-10-12:P0D”."
        " Accepted here, the latest first: “instalment 2, P8W before”,"
        " “instalment 1, P2W after”, “the entry into force, on the day”."
    )


def test_where_everything_was_cancelled_nothing_can_be_acknowledged(town: Town) -> None:
    town.register(OFFICES, CASE)
    town.do("withdraw")
    town.do("amend", reason="x", term__start="2017-06-02")
    assert town.scalar("SELECT count(*) FROM occurrence WHERE status = 'superseded'")
    refused = town.refusal(REF, "acknowledge", occurrence="x")
    assert str(refused.sentences[0]) == "Nothing has been alerted that could be acknowledged."


def test_which_alerts_there_are_is_told_in_words_where_none_is_named(town: Town) -> None:
    town.in_force(until="2019-08-18 09:00")
    refused = town.refusal(REF, "acknowledge", until="2019-08-20")
    assert (type(refused), refused.exit_code) == (BadRequest, 2)
    assert str(refused) == (
        "occurrence=… is missing. Accepted here, the latest first: “instalment 3, P8W before”,"
        " “instalment 2, P2W after”, “instalment 1, P2W after”,"
        " “the entry into force, on the day”."
    )


def test_a_lapse_that_came_with_its_history_can_be_acknowledged(town: Town) -> None:
    town.at("2021-01-05 10:00").register(
        OFFICES, running("OUD-1", start="2018-01-01", length="P1Y"), history=True
    )
    assert town.stage("OUD-1") == "ended (lapsed)"
    assert town.fired() == []
    town.do_with("OUD-1", "acknowledge", occurrence="expiry:term:2019-01-01:P0D")
    assert history(town.app, "OUD-1")[-1].event.action == "acknowledge"


def test_what_can_be_done_is_listed_with_every_objection(town: Town) -> None:
    town.in_force()
    found = {
        item.action.name: [str(o) for o in item.objections] for item in possible(town.app, REF)
    }
    assert found["pay"] == []
    assert found["start_evaluation"] == []
    assert "sign" not in found


# Other actions -----------------------------------------------------------------------------------


def test_paying_supersedes_what_would_have_reminded_of_it(town: Town) -> None:
    town.in_force()
    (event,) = town.do("pay", instalment="1", on="2017-10-12", reference="F-1")
    assert event.superseded == (
        "payment:1:2017-10-12:+P1D",
        "payment:1:2017-10-12:+P1W",
        "payment:1:2017-10-12:+P2W",
    )
    town.until("2017-11-30 09:00")
    assert town.relay.accepted == []
    assert town.problems() == []


def test_waiving_records_the_steps_as_waived_with_the_reason_sealed(town: Town) -> None:
    town.in_force()
    (event,) = town.do("waive", reason="kwijtgescholden", instalment="2")
    assert set(event.waived) == {
        f"payment:2:2018-10-12:{step}" for step in ("-P8W", "-P4W", "P0D", "+P1D", "+P1W", "+P2W")
    }
    assert event.reason
    assert event.reason.startswith("sealed:")
    assert history(town.app, REF)[-1].event.reason == "kwijtgescholden"


def test_an_amended_term_moves_every_date_and_the_past_keeps_what_fired(town: Town) -> None:
    town.in_force(until="2020-04-10 09:00")
    town.at("2020-04-14 10:00").do("amend", reason="getekend addendum", term__length="P4Y")
    town.until("2021-07-09 09:00")
    assert [name for name in town.fired() if name.startswith("evaluation:")] == [
        "evaluation:final:2020-07-11:-P3M",
        "evaluation:final:2021-07-11:-P1M",
        "evaluation:final:2021-07-11:-P3M",
        "evaluation:final:2021-07-11:P0D",
    ]
    assert town.stage() == "evaluation"
    assert town.problems() == []


def test_an_evaluation_that_moves_ahead_takes_the_agreement_back(town: Town) -> None:
    town.in_force(until="2020-07-10 09:00")
    assert town.stage() == "evaluation"
    town.at("2020-07-15 10:00").do("amend", reason="addendum", term__length="P4Y")
    assert town.stage() == "active"
    town.at("2020-07-16 10:00").do("amend", reason="toch niet", term__length="P3Y")
    assert town.stage() == "evaluation"
    assert town.fired().count("evaluation:final:2020-07-11:P0D") == 1
    assert town.problems() == []


def test_an_office_that_is_not_there_gets_no_mail_to_wait_for(town: Town) -> None:
    town.register(OFFICES, CASE)
    refusal = town.refusal(REF, "amend", office="jan", contribution__office="geld", reason="x")
    accepted = "Accepted: financien, gemeentesecretaris, secretariaat, sociaal-domein."
    assert [str(sentence) for sentence in refusal.sentences] == [
        f"office: there is no office “jan”. {accepted}",
        f"contribution.office: there is no office “geld”. {accepted}",
    ]
    town.do("amend", office="financien", reason="x")

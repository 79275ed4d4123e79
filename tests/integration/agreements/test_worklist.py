"""The worklist: by urgency and then by date, each with the line that records it."""

from typing import Any

import pytest

from notifications.language import language
from states.model.stage import Rule
from states.process import PROCESS, RULES
from tests.town import CASE, OFFICES, Town, running
from workflow.agreements.queries import lines
from workflow.agreements.worklist import WorkItem, worklist
from workflow.app.app import policy_of
from workflow.cli.commands.today import page

# What is judged is read through queries that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite

ALL = "looptijd today --all"
BY_ITSELF = {Rule.ACTIVATION, Rule.RENEWAL}


def work(town: Town) -> list[WorkItem]:
    with town.app.reading() as connection:
        policy = policy_of(connection)
    return worklist(lines(town.app), policy, town.today)


def told(town: Town) -> list[tuple[Any, ...]]:
    return [
        (str(item.urgency), str(item.on), item.days, str(item.what), item.action)
        for item in work(town)
    ]


def test_what_is_asked_stands_by_urgency_with_the_line_that_records_it(town: Town) -> None:
    town.in_force()
    town.do("pay", instalment="1", on="2017-10-12")
    assert told(town.at("2017-10-13 10:00")) == []
    assert told(town.at("2018-10-01 10:00")) == [
        ("month", "2018-10-12", 11, "pay instalment 2", "pay instalment=2")
    ]
    assert told(town.at("2018-10-12 10:00")) == [
        ("week", "2018-10-12", 0, "pay instalment 2", "pay instalment=2")
    ]
    assert told(town.at("2018-10-13 10:00")) == [
        ("late", "2018-10-12", -1, "pay instalment 2", "pay instalment=2")
    ]


def test_the_next_alert_is_one_that_is_still_to_leave(town: Town) -> None:
    town.in_force(until="2018-10-12 07:00")

    def following() -> list[str]:
        return [f"{item.what}: {item.next_on}" for item in work(town)]

    first = "pay instalment 1: None"
    assert following() == [first, "pay instalment 2: 2018-10-12"]
    town.until("2018-10-12 10:00")
    assert following() == [first, "pay instalment 2: 2018-10-15"]
    town.until("2018-11-13 10:00")
    assert following() == [first, "pay instalment 2: None"]
    town.do("amend", reason="Fout", **{"instalment.2.due_on": "2019-02-01"})
    assert following() == [first, "pay instalment 2: 2018-12-07"]
    town.do("amend", reason="Toch niet", **{"instalment.2.due_on": "2018-10-12"})
    assert following() == [first, "pay instalment 2: None"]


def test_an_instalment_without_its_figure_is_recorded_by_a_line_that_asks_for_it(
    town: Town,
) -> None:
    indexed = CASE.replace('every = "P1Y"', 'every = "P1Y"\nindexation = "CPI"')
    town.register(OFFICES, indexed).decided().signed().at("2018-10-12 10:00")
    assert [item.action for item in work(town)] == [
        "pay instalment=1",
        "amend instalment.2.amount=… --reason …",
        "pay instalment=2 amount=…",
    ]


def test_before_the_end_both_what_is_asked_and_what_happens_by_itself_stand(town: Town) -> None:
    town.in_force()
    for number in ("1", "2", "3"):
        town.do("pay", instalment=number, on="2017-10-12")
    town.until("2020-07-14 09:00")
    assert told(town) == [
        ("late", "2020-07-11", -3, "hold the final evaluation", "conclude evaluation=final"),
        ("later", "2020-10-11", 89, "decide on the continuation", "conclude"),
        ("by_itself", "2020-10-12", 90, "it ends without a decision", None),
    ]


def test_what_happens_by_itself_stands_there_up_to_its_day_also_where_no_daemon_looks(
    town: Town,
) -> None:
    town.in_force(until="2020-10-11 09:00")
    ends = ("by_itself", "2020-10-12", 0, "it ends without a decision", None)
    assert ends in told(town.at("2020-10-12 10:00"))
    assert [row for row in told(town.at("2020-10-13 10:00")) if row[0] == "by_itself"] == []


def test_how_late_and_how_soon_it_is_is_said_in_days(town: Town) -> None:
    town.in_force()
    town.do("pay", instalment="1", on="2017-10-12")

    def said(when: str) -> list[str]:
        return [str(item.days_in_words) for item in work(town.at(when))]

    assert said("2018-10-10 10:00") == ["in 2 days"]
    assert said("2018-10-11 10:00") == ["tomorrow"]
    assert said("2018-10-12 10:00") == ["today"]
    assert said("2018-10-13 10:00") == ["one day late"]
    assert said("2018-10-14 10:00") == ["2 days late"]


def test_on_a_narrow_screen_nothing_is_lost_of_what_no_line_below_tells(town: Town) -> None:
    town.in_force()
    town.until("2020-07-14 09:00")
    shown = [line for line, _ in page(language("en"), work(town), width=70, height=40, again=ALL)]
    assert shown[-6:] == [
        "After that (1)",
        "  2020-10-11  in 89 d         Verbindend Leiden: deci…  sociaal-domein",
        "                              looptijd do SO-2017-0042 conclude",
        "Happens by itself (1)",
        "  2020-10-12  in 90 d         Verbindend Leiden: it     sociaal-domein",
        "                              ends without a decision",
    ]


def test_an_amount_that_does_not_fit_beside_what_is_asked_stands_below_it(town: Town) -> None:
    town.in_force(until="2018-10-01 10:00")
    shown = [line for line, _ in page(language("en"), work(town), width=71, height=40, again=ALL)]
    assert shown[-3:] == [
        "  2018-10-12  in 11 d         Verbindend Leiden: pay instalment 2",
        "                              € 1,000.00  financien",
        "                              looptijd do SO-2017-0042 pay instalment=2",
    ]


def test_a_long_line_to_type_begins_further_left_and_what_still_breaks_is_counted(
    town: Town,
) -> None:
    unbudgeted = CASE.replace("budgeted_through = 2099\n", "")
    town.register(OFFICES, unbudgeted).decided().signed()
    found = work(town.at("2018-10-01 10:00"))
    typed = "looptijd do SO-2017-0042 amend contribution.budgeted_through=… --reason …"

    wide = [line for line, _ in page(language("en"), found, width=80, height=40, again=ALL)]
    assert f"    {typed}" in wide
    narrow = [line for line, _ in page(language("en"), found, width=40, height=12, again=ALL)]
    assert sum(-(-len(line) // 40) for line in narrow) <= 12


def test_a_lapse_stays_on_top_until_it_was_seen(town: Town) -> None:
    town.in_force(until="2020-10-13 09:00")
    first = told(town)[0]
    assert first[0] == "late"
    lapse = ("late", "2020-10-11", -2, "decide, or acknowledge the lapse", "decide outcome=…")
    assert lapse in told(town)
    town.do("acknowledge", occurrence="expiry:term:2020-10-12:P0D")
    assert lapse not in told(town)


@pytest.mark.parametrize("rule", [rule for rule in Rule if rule not in BY_ITSELF])
def test_every_rule_that_asks_has_an_action_that_some_stage_allows(rule: Rule) -> None:
    actions = {action.name for declared in PROCESS.values() for action in declared.actions}
    assert {known.partition(" ")[0] for known in RULES[rule].recorded_by} <= actions


ENDLESS = CASE.replace('length = "P3Y"', 'open_ended = true\nminimum = "P2Y"').replace(
    'before_end = "P3M"', "on = 2030-01-01"
)
NOTICE = 'minimum = "P2Y"\nnotice = "P3M"'


def ends(town: Town, when: str) -> list[tuple[str, int, str]]:
    found = work(town.at(when))
    return [(str(i.on), i.days, str(i.what)) for i in found if i.standing.deadline.rule == "notice"]


def test_the_first_day_on_which_something_can_end_stands_there_by_when_notice_is_given(
    town: Town,
) -> None:
    town.register(OFFICES, ENDLESS.replace('minimum = "P2Y"', NOTICE)).decided().signed()

    said = "it can end on 2019-10-11 at the earliest; give notice by 2019-07-10"
    assert ends(town, "2019-04-10 10:00") == []
    assert ends(town, "2019-04-11 10:00") == [("2019-07-10", 90, said)]
    assert ends(town, "2019-07-10 10:00") == [("2019-07-10", 0, said)]
    assert ends(town, "2019-07-11 10:00") == []


def test_without_notice_the_end_of_the_minimum_term_itself_stands_there(town: Town) -> None:
    town.register(OFFICES, ENDLESS).decided().signed()

    said = "it can end on 2019-10-11 at the earliest"
    assert ends(town, "2019-10-11 10:00") == [("2019-10-11", 0, said)]
    assert ends(town, "2019-10-12 10:00") == []
    town.at("2019-10-01 10:00").do("terminate", ends_on="2019-10-20", reason="Opgezegd.")
    assert ends(town, "2019-10-01 10:00") == []


def test_of_what_is_not_signed_no_notice_is_given(town: Town) -> None:
    """Of a draft nothing happens by itself."""
    fixed = ENDLESS.replace('minimum = "P2Y"', f"{NOTICE}\nstart = 2017-10-12")
    town.register(OFFICES, fixed)
    assert ends(town, "2019-06-01 10:00") == []
    town.at("2017-07-12 10:00").decided()
    assert ends(town, "2019-06-01 10:00") == []
    for party in ("maastricht", "limburg"):
        town.do("sign", party=party, on="2017-10-12")
    assert [day for day, _, _ in ends(town, "2019-06-01 10:00")] == ["2019-07-10"]


def test_a_signature_whose_day_is_asked_for_is_recorded_by_signing(town: Town) -> None:
    town.at("2017-09-01 10:00").register(OFFICES, CASE)
    for action, facts in (("submit", {}), ("agree", {}), ("decide", {"outcome": "as_proposed"})):
        town.do(action, **facts)
    town.do("set_start", on="2018-01-01")
    recorded = [(action, what) for *_, what, action in told(town)]

    assert ("sign party=limburg on=…", "enter the day of signing of Provincie Limburg") in recorded


def test_of_a_dispute_about_what_is_no_fact_the_line_names_its_source(town: Town) -> None:
    named = '\n[[agreement.source]]\nfield = "evaluation.final.due_on"\nstatus = "disputed"\n'
    town.at("2018-01-02 10:00").register(OFFICES, running("A-1") + named, history=True)

    (line,) = [action for *_, about, action in told(town) if about.startswith("confirm")]
    assert line == "amend source.1.field=… --reason …"
    town.do_with("A-1", "amend", reason="x", **{"source.1.field": "evaluation.final.on"})


def test_a_signature_whose_day_is_disputed_is_confirmed_by_an_amendment(town: Town) -> None:
    town.register(OFFICES, CASE).decided().at("2017-10-12 10:00").do("sign", party="limburg")
    source = {"source.1.field": "party.limburg.signed_on", "source.1.status": "disputed"}
    town.do("amend", **source, reason="Limburg noemt een andere dag")
    recorded = {what: action for *_, what, action in told(town)}

    line = recorded["confirm the day of signing of Provincie Limburg"]
    assert line == "amend party.limburg.signed_on=… --reason …"
    town.do("amend", **{"party.limburg.signed_on": "2017-10-12"}, reason="Klopt")
    assert "confirm the day of signing of Provincie Limburg" not in {
        what for *_, what, _ in told(town)
    }


def test_a_fact_that_is_disputed_is_asked_to_be_confirmed_and_not_entered(town: Town) -> None:
    town.in_force().at("2018-06-01 10:00")
    source = {"source.1.field": "term.length", "source.1.status": "disputed"}
    town.do("amend", **source, reason="Limburg leest iets anders")
    town.do("amend", **{"contribution.payee": "unknown"}, reason="Nog niet bekend")
    recorded = [(action, what) for *_, what, action in told(town)]

    assert ("amend term.length=… --reason …", "confirm the length of the term") in recorded
    payee = "enter the payee of the contribution"
    assert ("amend contribution.payee=… --reason …", payee) in recorded


PLAN = '[[agreement.obligation]]\nkey = "plan"\nwhat = "plan"\nbefore_end = "P1M"\n[agreement.term]'


def test_where_the_term_before_left_its_own_open_the_line_has_the_number(town: Town) -> None:
    yearly = 'length = "P1Y"\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"'
    contents = running("A-1").replace('length = "P1Y"', yearly).replace("[agreement.term]", PLAN)
    town.at("2018-12-03 10:00").register(OFFICES, contents, history=True)

    def recorded() -> list[str | None]:
        return [item.action for item in work(town) if item.standing.deadline.about == "plan"]

    assert recorded() == ["fulfil obligation=plan"]
    town.at("2019-01-02 09:00").one_pass()
    assert recorded() == []  # what is due on 30 November lies too far ahead
    town.at("2019-11-20 10:00")
    assert recorded() == ["fulfil obligation=plan number=2"]
    town.do_with("A-1", "waive", obligation="plan", number="1", reason="Niet nodig.")
    assert recorded() == ["fulfil obligation=plan"]

"""What operators ask of many agreements: only those are read that can be in the answer."""

from datetime import date
from pathlib import Path

import pytest

from states.model.stage import Rule
from tests.agreements import ENDLESS, Changes, Walk, local
from tests.announced import endless, three
from tests.town import CASE, OFFICES, REF, Town, running
from workflow.agreements import queries
from workflow.agreements.explanations import explain_earliest_end
from workflow.agreements.queries import deadlines, lines, never_left, status_in_words, to_come
from workflow.agreements.receipts import receipt
from workflow.agreements.search import Filter, reference
from workflow.maintenance.setup import adopt_policy
from workflow.system.refusals import NotFound
from workflow.system.settings import Calendar

pytestmark = pytest.mark.on_sqlite


def test_what_is_to_come_until_a_day_is_what_may_fire_by_then(town: Town) -> None:
    town.at("2018-02-01 10:00").register(
        OFFICES, running("A-1"), running("A-2", length="P10Y"), history=True
    )
    until = date(2018, 11, 30)
    every = list(to_come(town.app))
    expected = [
        line for line in every if line.occurrence and line.occurrence.alert_at.date() <= until
    ]

    found = list(to_come(town.app, until=until))

    assert found == expected
    assert {line.agreement.ref for line in found} == {"A-1"}
    assert {line.agreement.ref for line in every} == {"A-1", "A-2"}


def test_what_is_to_come_of_a_draft_is_in_both_lists(town: Town) -> None:
    fixed = CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = 2018-01-01')
    town.at("2017-06-01 10:00").register(OFFICES, fixed)
    until = date(2018, 1, 31)
    every = [line.occurrence for line in to_come(town.app) if line.occurrence]

    found = [line.occurrence for line in to_come(town.app, until=until) if line.occurrence]

    assert "payment:1:2018-01-01:P0D" in {occurrence.name for occurrence in found}
    assert found == [it for it in every if it.alert_at.date() <= until]


@pytest.mark.on_both
def test_an_agreement_whose_next_look_lies_later_is_not_read(town: Town) -> None:
    town.at("2018-02-01 10:00").register(OFFICES, running("A-1"), history=True)
    town.change("UPDATE agreement SET next_alert_at = '2030-01-01 00:00:00.000000'")

    assert list(to_come(town.app, until=date(2018, 12, 31))) == []
    assert list(to_come(town.app)) != []


def test_an_alert_of_a_draft_whose_day_went_by_is_not_to_come(town: Town) -> None:
    register = Path("examples/register")
    texts = (register / "offices.toml", register / "new" / "gegevensdeling.toml")
    town.at("2026-11-28 10:00").register(*(text.read_text(encoding="utf-8") for text in texts))

    lines = deadlines(town.app, "VR-2025-006")
    policy, today = town.app.configuration.policy, town.today
    gone = [line for line in lines if never_left(line, policy, today)]
    coming = {line.occurrence.name for line in to_come(town.app) if line.occurrence}
    assert gone
    assert not {line.occurrence.name for line in gone if line.occurrence} & coming
    assert {status_in_words(line, policy, today).text for line in gone} == {"did not leave: {why}"}


def test_an_alert_of_a_draft_that_is_to_come_says_what_has_to_come_before_it(town: Town) -> None:
    register = Path("examples/register")
    texts = (register / "offices.toml", register / "new" / "gegevensdeling.toml")
    town.at("2025-01-15 10:00").register(*(text.read_text(encoding="utf-8") for text in texts))

    lines = deadlines(town.app, "VR-2025-006")
    policy, today = town.app.configuration.policy, town.today
    coming = [line for line in lines if line.occurrence and queries.is_to_come(line, policy, today)]
    assert {str(status_in_words(line, policy, today)) for line in coming} == {
        "planned, but not in force yet"
    }


def test_an_alert_of_what_is_signed_and_has_still_to_begin_is_not_called_unsigned(
    town: Town,
) -> None:
    signed = running("A-1", start="2018-03-01").replace('stage = "active"\n', "")
    town.at("2018-01-15 10:00").register(OFFICES, signed, history=True)
    assert town.stage("A-1") == "signing"

    policy, today = town.app.configuration.policy, town.today
    first = next(line for line in deadlines(town.app, "A-1") if line.deadline.about == "final")
    assert str(status_in_words(first, policy, today)) == ("planned, but not in force yet")


def test_an_alert_that_went_off_keeps_its_moment_when_what_follows_has_to_wait(town: Town) -> None:
    town.in_force(until="2018-08-18 09:00")
    town.do("acknowledge", occurrence="payment:2:2018-10-12:-P8W", until="2018-09-28")

    lines = deadlines(town.app, REF)
    alerts = [line.occurrence for line in lines if line.deadline.about == "2" and line.occurrence]
    assert [f"{alert.step.name} {local(alert.alert_at)}" for alert in alerts][:3] == [
        "-P8W Fri 2018-08-17 08:00",
        "-P4W Fri 2018-09-28 08:00",  # Friday 14 September, by itself
        "P0D Fri 2018-10-12 08:00",
    ]
    told = [
        str(phrase) for line in lines if line.deadline.about == "2" for phrase in line.explanation
    ]
    assert sum("follow-ups wait until" in sentence for sentence in told) == 1


def test_a_date_that_was_alerted_is_not_known_anew_when_a_rest_ends_and_terms_follow(
    town: Town,
) -> None:
    tacit = 'renewal = "tacit"\nrenewal_length = "P3M"\nnotice = "P1M"'
    owed = (
        '[[agreement.obligation]]\nkey = "overleg"\nwhat = "overleg"\n'
        'after_start = "P3M"\nevery = "P1Y"\n'
    )
    term = f'length = "P1Y"\nstart = 2018-01-01\n{tacit}'
    town.register(OFFICES, CASE.replace('length = "P3Y"', term) + owed).decided().signed()
    town.until("2018-06-01 10:00").do("suspend", on="2018-06-01", moves_end="yes")
    town.until("2019-04-24 10:00").do("resume", on="2019-04-20", moves_end="no")

    lines = [line for line in deadlines(town.app, REF) if line.deadline.about == "overleg.2"]
    alerts = [(line.occurrence, line.status) for line in lines if line.occurrence]
    assert [f"{it.step.name} {local(it.alert_at)} {status}" for it, status in alerts] == [
        "-P4W Mon 2019-03-04 08:00 fired",
        "P0D Mon 2019-04-01 08:00 fired",
        "+P2W Mon 2019-04-15 08:00 fired",
        "+P6W Mon 2019-05-13 08:00 planned",
    ]


def test_a_receipt_tells_the_facts_that_determine_that_very_date(town: Town) -> None:
    owed = """
        [[agreement.obligation]]
        key = "plan"
        what = "plan"
        after_start = "P3M"
        every = "P1Y"
        [[agreement.source]]
        field = "term.length"
        quote = "drie jaar"
        """
    town.register(OFFICES, CASE + owed).decided()
    lines = {line.deadline.subject: line for line in deadlines(town.app, REF)}
    policy = town.app.configuration.policy

    def facts(subject: str) -> list[str]:
        line = lines[subject]
        found = receipt(line.deadline, line.occurrence, line.agreement, policy, {})["facts"]
        return [fact["field"] for fact in found]

    assert facts("unsigned:signatures") == ["decision.1.on"]
    assert facts("activation:term") == ["term.start"]
    assert {"obligation.plan.after_start", "obligation.plan.every"} < {*facts("obligation:plan.1")}
    quoting = [
        subject
        for subject, line in lines.items()
        if any("drie" in str(p) for p in line.explanation)
    ]
    assert quoting == ["continuation:term", "evaluation:final", "expiry:term", "obligation:plan.1"]


def test_a_receipt_of_what_is_missing_tells_from_which_facts_its_day_was_counted(
    town: Town,
) -> None:
    ours = CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = "own_signature"')
    doubt = '[[agreement.source]]\nfield = "term.length"\nstatus = "disputed"\nquote = "drie jaar"'
    town.register(OFFICES, ours + doubt).decided().do("sign", party="maastricht")
    found = [line for line in deadlines(town.app, REF) if line.deadline.rule is Rule.MISSING_FACT]
    policy = town.app.configuration.policy
    told = {
        line.deadline.about: {
            fact["field"]
            for fact in receipt(line.deadline, None, line.agreement, policy, {})["facts"]
        }
        for line in found
    }
    assert told == {
        "term.length": {"term.start", "party.maastricht.signed_on"},
        "party.limburg.signed_on": {"term.start", "party.maastricht.signed_on"},
    }


def test_a_receipt_counts_only_the_follow_ups_of_a_date_from_the_day_it_became_known(
    town: Town,
) -> None:
    town.at("2018-12-03 10:00").register(OFFICES, running("A-1"), history=True)
    half = {"evaluation.half.on": "2018-11-01", "evaluation.half.final": "false"}
    town.do_with("A-1", "amend", reason="vergeten", **half)
    policy = town.app.configuration.policy
    found = [
        receipt(line.deadline, line.occurrence, line.agreement, policy, {})["alert"]
        for line in deadlines(town.app, "A-1")
        if line.deadline.subject == "evaluation:half"
    ]
    assert [(alert["step"], str(alert["from"]), str(alert["day"])) for alert in found] == [
        ("-P3M", "2018-11-01", "2018-08-01"),
        ("-P1M", "2018-11-01", "2018-10-01"),
        ("P0D", "2018-11-01", "2018-11-01"),
        ("+P2W", "2018-12-03", "2018-12-17"),
        ("+P4W", "2018-12-03", "2018-12-31"),
        ("+P6W", "2018-12-03", "2019-01-14"),
    ]


def test_a_receipt_names_each_day_that_moved_an_alert_and_how_long_it_was_put_off(
    town: Town,
) -> None:
    town.in_force(until="2020-07-14 09:00")
    seen = {"occurrence": "evaluation:final:2020-07-11:P0D", "until": "2020-08-10"}
    town.do("acknowledge", **seen)
    policy = town.app.configuration.policy
    found = [
        receipt(line.deadline, line.occurrence, line.agreement, policy, {})["alert"]
        for line in deadlines(town.app, REF)
        if line.deadline.subject == "evaluation:final"
    ]
    told = [
        (it["step"], [str(day["day"]) for day in it["moved"]], str(it["day"]), it["waits_until"])
        for it in found
    ]
    assert told == [
        ("-P3M", ["2020-04-11", "2020-04-10"], "2020-04-09", None),  # Saturday, Good Friday
        ("-P1M", [], "2020-06-11", None),
        ("P0D", ["2020-07-11"], "2020-07-10", None),
        ("+P2W", ["2020-07-25", "2020-07-26"], "2020-08-10", date(2020, 8, 10)),
        ("+P4W", ["2020-08-08", "2020-08-09"], "2020-08-10", None),
        ("+P6W", ["2020-08-22", "2020-08-23"], "2020-08-24", None),
    ]


def test_a_receipt_has_another_reading_of_the_day_of_notice_alone(town: Town) -> None:
    renews = '2018-01-01\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"'
    doubt = '[[agreement.source]]\nfield = "term.length"\nstatus = "disputed"\nquote = "een jaar"'
    town.at("2018-06-05 10:00").register(
        OFFICES, running("A-1", start=renews), running("A-2") + doubt, history=True
    )
    policy = town.app.configuration.policy
    found = {
        (
            line.deadline.subject,
            line.deadline.nominal_on,
            receipt(line.deadline, None, line.agreement, policy, {})["other_reading"],
        )
        for ref in ("A-1", "A-2")
        for line in deadlines(town.app, ref)
    }
    assert ("missing_fact:term.length", date(2018, 1, 1), None) in found
    assert [item for item in found if item[2] is not None] == [
        ("notice:term", date(2018, 9, 29), date(2018, 9, 30))  # three months before 31 December
    ]


def test_until_a_day_is_with_what_leaves_on_that_day(town: Town) -> None:
    town.in_force()

    def last(until: date) -> str:
        line = deadlines(town.app, REF, until=until)[-1]
        return line.occurrence.name if line.occurrence else ""

    assert last(date(2020, 7, 9)) == "evaluation:final:2020-07-11:-P1M"
    assert last(date(2020, 7, 10)) == "evaluation:final:2020-07-11:P0D"


@pytest.mark.parametrize("day, times", [("2022-12-30", 1), ("2025-03-03", 0), ("2029-01-02", 1)])
def test_an_alert_outside_the_years_whose_equated_days_are_known_says_so(
    town: Town, day: str, times: int
) -> None:
    half = f'[[agreement.evaluation]]\nkey = "half"\non = {day}\n[[agreement.party]]'
    contents = running("A-1", length="P20Y").replace("[[agreement.party]]", half, 1)
    town.at("2018-03-01 10:00").register(OFFICES, contents, history=True)
    known = "Days equated with a holiday by royal decree are known from 2023-01-01 to 2028-12-31"
    (line,) = [
        line
        for line in deadlines(town.app, "A-1")
        if line.occurrence and line.occurrence.name == f"evaluation:half:{day}:P0D"
    ]
    assert [*map(str, line.of_alert)].count(f"{known} only.") == times


def test_what_rests_stands_in_the_list_with_the_day_since_when(town: Town) -> None:
    town.at("2018-03-01 10:00").register(OFFICES, running("A-1"), history=True)
    town.do_with("A-1", "suspend", on="2018-02-12", moves_end="yes", reason="in overleg")
    told = [(str(c.kind), str(c)) for line in lines(town.app) for c in line.attention]
    assert told == [("incomplete", "The agreement has been suspended since 2018-02-12.")]
    town.do_with("A-1", "resume", on="2018-02-26")
    assert [line.attention for line in lines(town.app)] == [[]]


QUOTED = {
    "term.start": "gaat in op 1 juni",
    "term.last_day": "loopt tot en met 31 mei",
    "term.notice": "opzegtermijn van een maand",
    "term.length": "drie jaar",
    "party.maastricht.signed_on": "getekend in mei",
    "contribution.every": "elk jaar",
}
FIXED = """
    [[agreement]]
    ref = "F-1"
    title = "Vaste dagen"
    office = "sociaal-domein"
    stage = "active"
    evaluation = [
        {{ key = "final", before_end = "P3M" }},
        {{ key = "agreed", on = 2026-05-01 }},
        {{ key = "half", after_start = "P18M" }},
    ]
    contribution = {{ amount = "1.00", every = "P1Y", payee = "P", budgeted_through = 2099 }}
    decision = [{{ on = 2024-04-09, outcome = "as_proposed" }}]
    party = [{{ key = "maastricht", name = "Maastricht", own = true, signed_on = 2024-05-01 }}]
    [agreement.term]
    start = 2024-06-01
    renewal = "tacit"
    renewal_length = "P1Y"
    notice = "P1M"
    {term}
    """


@pytest.mark.parametrize(
    "term, of_the_end",
    [("last_day = 2027-05-31", {"loopt tot"}), ('length = "P3Y"', {"drie jaar", "gaat in"})],
)
def test_a_source_stands_under_the_dates_that_were_counted_from_it(
    town: Town, term: str, of_the_end: set[str]
) -> None:
    sources = "".join(
        f'[[agreement.source]]\nfield = "{field}"\nquote = "{quote}"\n'
        for field, quote in QUOTED.items()
    )
    town.at("2026-01-05 10:00").register(OFFICES, FIXED.format(term=term) + sources, history=True)
    quoting = {
        line.deadline.subject: {
            " ".join(quote.split()[:2])
            for quote in QUOTED.values()
            if any(quote in str(phrase) for phrase in line.explanation)
        }
        for line in deadlines(town.app, "F-1")
    }
    assert quoting["evaluation:agreed"] == set()
    assert quoting["evaluation:half"] == {"gaat in"}
    assert quoting["payment:3"] == {"gaat in", "elk jaar"}
    assert quoting["evaluation:final"] == quoting["renewal:term"] == of_the_end
    assert quoting["notice:term"] == of_the_end | {"opzegtermijn van"}


def test_what_nobody_asks_for_before_the_decision_is_not_said_to_be_missing(town: Town) -> None:
    town.at("2017-06-01 10:00")
    town.register(OFFICES, CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = 2017-08-01'))
    assert attention_of(town, "submit") == []
    assert attention_of(town, "agree") == []
    assert attention_of(town, "decide", outcome="as_proposed") == [
        "the day of signing of Gemeente Maastricht is missing.",
        "the day of signing of Provincie Limburg is missing.",
    ]


def test_what_was_asked_before_a_weekend_is_missing_from_then_on_also_while_it_waits(
    town: Town,
) -> None:
    town.register(OFFICES, CASE).decided().do("set_start", on="2018-01-28")
    lacks = "the day of signing of Provincie Limburg is missing."
    assert lacks not in [str(it) for (line,) in [lines(town.app)] for it in line.attention]
    town.until("2017-12-01 10:00")  # a Friday; eight weeks before its start is a Sunday
    assert lacks in [str(it) for (line,) in [lines(town.app)] for it in line.attention]
    name = "missing_fact:party.limburg.signed_on:2017-12-03:P0D"
    town.do("acknowledge", occurrence=name, until="2017-12-20")
    assert lacks in [str(it) for (line,) in [lines(town.app)] for it in line.attention]


def test_a_term_that_ran_out_without_its_final_evaluation_is_told_also_after_one_that_had_its(
    town: Town,
) -> None:
    """The mail about the end told it, and `show` of that date, but not the list."""
    never = "The term ended and the final evaluation was never held."
    town.in_force(until="2020-07-13 09:00").do("conclude", on="2020-07-13")
    town.do("decide", outcome="extend", length="P1Y", contribution="no")
    town.until("2021-10-14 09:00")
    assert never in [str(it) for (line,) in [lines(town.app)] for it in line.attention]


def test_what_was_done_for_an_earlier_term_is_done_in_every_list(town: Town) -> None:
    """The rows of its alerts said that its date was dropped."""
    owed = '[[agreement.obligation]]\nkey = "plan"\nwhat = "plan"\nbefore_end = "P6M"\n'
    town.register(OFFICES, CASE + owed).decided().signed().until("2020-07-13 09:00")
    town.do("fulfil", obligation="plan", on="2020-04-10")
    town.do("conclude", on="2020-07-13")
    town.until("2020-08-31 09:00").do("decide", outcome="extend", length="P1Y", contribution="no")

    stand = {
        (it.deadline.subject, str(it.deadline.nominal_on)): str(it.state)
        for it in deadlines(town.app, REF)
    }
    assert stand["evaluation:final", "2020-07-11"] == "done"
    assert stand["continuation:term", "2020-10-11"] == "done"
    assert stand["obligation:plan", "2020-04-11"] == "done"
    assert stand["evaluation:final", "2021-07-11"] == "ahead"

    town.until("2021-07-13 09:00").do("amend", reason="Later", **{"extension.1.length": "P2Y"})
    stand = {
        (it.deadline.subject, str(it.deadline.nominal_on)): str(it.state)
        for it in deadlines(town.app, REF)
    }
    assert stand["evaluation:final", "2021-07-11"] == "dropped"


def test_what_was_paid_stays_done_while_its_date_is_disputed(town: Town) -> None:
    """Its reminders were called dropped, while the calendar kept it as done."""
    town.in_force(until="2018-11-01 10:00").do("pay", instalment="1")
    town.do("waive", instalment="2", reason="so")
    disputed = {"source__1__field": "contribution.every", "source__1__status": "disputed"}
    town.do("amend", reason="so", **disputed)

    found = {(it.deadline.subject, it.deadline.nominal_on, str(it.state)) for it in alerted(town)}
    assert {it for it in found if it[0].startswith("payment:")} == {
        ("payment:1", date(2017, 10, 12), "done"),
        ("payment:2", date(2018, 10, 12), "waived"),
    }


def alerted(town: Town) -> list[queries.DeadlineLine]:
    return [line for line in deadlines(town.app, REF) if line.recorded]


def test_what_is_disputed_is_not_said_to_be_missing(town: Town) -> None:
    doubt = (
        '[[agreement.source]]\nfield = "term.length"\nstatus = "disputed"\nquote = "drie jaar"\n'
    )
    town.register(OFFICES, CASE + doubt).decided().signed()
    (line,) = lines(town.app)
    assert "the length of the term is disputed and has to be confirmed." in [
        str(concern) for concern in line.attention
    ]


def test_money_without_a_date_stays_open_when_the_agreement_ends(town: Town) -> None:
    """It was struck out in silence, and could not be recorded as paid."""
    case = CASE.replace('every = "P1Y"\n', "").replace('length = "P3Y"', 'length = "P1Y"')
    case = case.replace('amount = "1000.00"\n', "")
    parts = '[[agreement.instalment]]\nnumber = 1\namount = "5000.00"\n'
    town.register(OFFICES, case + parts).decided().signed().at("2018-10-12 09:00").confirm()
    town.tick()
    told = "instalment 1 is open and has no date; the agreement ended."
    (line,) = lines(town.app)
    assert told in [str(concern) for concern in line.attention]
    town.do("pay", instalment="1", on="2018-10-12")
    (line,) = lines(town.app)
    assert told not in [str(concern) for concern in line.attention]


def test_mails_that_were_lost_are_counted_by_the_status_that_lists_them(town: Town) -> None:
    town.in_force(until="2020-07-13 09:00")
    town.change("UPDATE message SET status = 'expired' WHERE id = 1")
    assert lost(town) == ["Mails expired: 1; see: looptijd mail list --attention"]
    town.change("UPDATE message SET status = 'unknown' WHERE id = 6")

    town.change("UPDATE message SET status = 'refused' WHERE id IN (2, 3)")
    town.change("UPDATE message SET status = 'cancelled', merged_into = 2 WHERE id IN (4, 5)")
    town.change("UPDATE message SET agreement_id = NULL WHERE id = 2")
    assert lost(town) == [
        "Mails refused: 2; see: looptijd mail list --attention",  # 3, and 2 with 4 and 5
        "Mails expired: 1; see: looptijd mail list --attention",
        "Mails in doubt: 1; see: looptijd mail list --attention",
    ]


def lost(town: Town) -> list[str]:
    (line,) = lines(town.app)
    return [str(concern) for concern in line.attention if str(concern).startswith("Mails ")]


def test_a_final_evaluation_of_an_earlier_term_is_none_of_the_term_that_ended(town: Town) -> None:
    town.in_force(until="2020-07-13 09:00").do("conclude", on="2020-07-13")
    town.do("decide", outcome="extend", length="P1Y", contribution="no")
    town.until("2021-10-12 09:00")

    [line] = lines(town.app)
    never_held = "The term ended and the final evaluation was never held."
    assert [str(it) for it in line.attention if "evaluation" in str(it)] == [never_held]


def test_what_is_over_and_never_was_in_force_asks_for_attention(town: Town) -> None:
    fixed = CASE.replace('length = "P3Y"', "start = 2018-01-01\nlast_day = 2018-06-30")
    town.register(OFFICES, fixed).decided()
    over = (
        "Its last day, 2018-06-30, has passed and it never was in force: record what was signed,"
        " or withdraw it."
    )
    for moment, told in (("2018-06-30 10:00", False), ("2018-07-01 10:00", True)):
        found = queries.line_of(town.at(moment).app, REF).attention
        assert (over in map(str, found)) is told


def test_what_renews_by_itself_is_not_called_over_before_all_have_signed(town: Town) -> None:
    by_itself = 'renewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"'
    fixed = CASE.replace('length = "P3Y"', f'length = "P6M"\nstart = 2018-01-01\n{by_itself}')
    town.register(OFFICES, fixed).decided()
    found = queries.line_of(town.at("2018-08-01 10:00").app, REF).attention
    assert [str(sentence) for sentence in found if "passed" in str(sentence)] == []


def attention_of(town: Town, action: str, **values: str) -> list[str]:
    """Return what `list --attention` says of the only agreement after an action."""
    town.at("2017-07-12 10:00").do(action, **values)
    return [str(concern) for line in lines(town.app) for concern in line.attention]


def test_what_is_not_known_stands_in_the_order_of_its_numbers(small_town: Town) -> None:
    small_town.register(OFFICES, CASE.replace('length = "P3Y"', 'length = "P11Y"'))

    unknown = [line.deadline for line in deadlines(small_town.app, REF) if not line.occurrence]
    payments = [deadline.about for deadline in unknown if deadline.rule is Rule.PAYMENT]
    assert payments == ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]


# What asks for attention, what is suspect, and why -----------------------------------------------


def test_a_start_that_is_not_known_asks_for_attention_once_that_is_no_draft(town: Town) -> None:
    ahead = running("A-1", start='"unknown"').replace('"active"', '"signing"')
    town.register(OFFICES, ahead, history=True)
    assert "The start is not known." in map(str, queries.line_of(town.app, "A-1").attention)
    unknown = CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = "unknown"')
    town.register(unknown)
    assert "The start is not known." not in map(str, queries.line_of(town.app, REF).attention)


RECESS = "the final evaluation falls on 2018-09-30, in the recess from {} to {}."


@pytest.mark.parametrize(
    "first, last, is_in",
    [
        (date(2018, 9, 30), date(2018, 10, 7), True),
        (date(2018, 9, 1), date(2018, 9, 30), True),
        (date(2018, 9, 1), date(2018, 9, 29), False),
        (date(2018, 10, 1), date(2018, 10, 7), False),
    ],
)
def test_an_evaluation_that_falls_in_a_recess_is_warned_of(
    town: Town, first: date, last: date, *, is_in: bool
) -> None:
    town.at("2018-02-01 10:00").register(OFFICES, running("A-1"), history=True)
    town = town.configured(calendar=Calendar(recess=((first, last),)))
    adopt_policy(town.app)
    warned = [str(phrase) for phrase in queries.details(town.app, "A-1").warnings]
    assert warned == [RECESS.format(first, last)] * is_in


@pytest.mark.parametrize(
    "more, today, why",
    [
        (
            {"term.notice": "P6M"},
            date(2019, 4, 10),
            """
            The last party signed on 2017-10-12; the agreement starts with the last signature.
            2017-10-12 plus P2Y, less one day, is 2019-10-11: the last day (R1).
            P6M before 2019-10-11 is 2019-04-11 (R2).
            One day earlier is 2019-04-10; of the two readings the earlier is kept.
            """,
        ),
        (
            {"term.notice": "P6M"},
            date(2019, 8, 31),
            """
            Notice that is given today, 2019-08-31.
            P6M after 2019-08-31 is 2020-02-29 (R2).
            """,
        ),
        (
            {"source.1.field": "term.minimum", "source.1.quote": "Niet in de eerste 24 maanden."},
            date(2018, 5, 1),
            """
            The last party signed on 2017-10-12; the agreement starts with the last signature.
            2017-10-12 plus P2Y, less one day, is 2019-10-11: the last day (R1).
            the minimum term is stated: “Niet in de eerste 24 maanden.”
            """,
        ),
    ],
)
def test_why_it_cannot_end_before_a_day_is_told(more: Changes, today: date, why: str) -> None:
    lasting = {**ENDLESS, "term.minimum": "P2Y", "evaluation.final.on": "2019-01-01"}
    walk = Walk({**lasting, **more}).decided().signed()
    assert [str(reason) for reason in explain_earliest_end(walk.agreement, today)] == text_of(why)


def test_why_nobody_knows_yet_when_it_can_end_is_told() -> None:
    lasting = {**ENDLESS, "term.minimum": "P2Y", "evaluation.final.on": "2019-01-01"}
    signing = Walk(lasting).decided().agreement
    (reason,) = explain_earliest_end(signing, date(2018, 5, 1))
    unsigned = "Unknown, because the agreement has not been signed by: Gemeente Maastricht, "
    assert str(reason).startswith(unsigned)


@pytest.mark.on_both
def test_who_lists_what_ends_sees_of_what_nothing_can_be_derived(town: Town) -> None:
    endless(three(town), "A-2")
    (damaged,) = lines(town.app, Filter(ends_before=date(2018, 12, 31)))
    assert isinstance(damaged, queries.UnreadableRow)
    assert damaged.ref == "A-2"
    assert len([*lines(town.app, Filter(ends_before=date(2019, 1, 1)))]) == 3


@pytest.mark.on_both
def test_of_what_many_are_called_ten_are_named_and_the_others_counted(town: Town) -> None:
    many = (running(f"B-{number}") for number in range(10, 22))
    town.at("2018-06-01 10:00").register(OFFICES, *many, history=True)
    with pytest.raises(NotFound) as refused:
        reference(town.app, "agreement")
    first, *named, last = map(str, refused.value.sentences)
    assert first.startswith("“agreement” is a part of several agreements")
    assert named == [f"B-{number}  Agreement B-{number}" for number in range(10, 20)]
    assert last == "and 2 more"


def test_what_breaks_off_in_a_number_means_nothing_and_names_what_it_could_be(town: Town) -> None:
    several = (running("B-2017"), running("B-2018"), running("B-3"))
    town.at("2018-06-01 10:00").register(OFFICES, *several, history=True)
    with pytest.raises(NotFound) as refused:
        reference(town.app, "b-20")
    assert [*map(str, refused.value.sentences)] == [
        "“b-20” is a part of several agreements; write more of one of them.",
        "B-2017  Agreement B-2017",
        "B-2018  Agreement B-2018",
    ]
    assert [reference(town.app, text) for text in ("b-3", "agreement b-3")] == ["B-3", "B-3"]


def test_of_several_with_the_whole_number_none_is_named_in_which_it_goes_on(town: Town) -> None:
    """Of eleven the one that was meant stood under “and 1 more”."""
    several = [running(f"A-{number}") for number in (7, *range(70, 77), 78, 79)]
    town.at("2018-06-01 10:00").register(OFFICES, *several, running("X-7"), history=True)
    with pytest.raises(NotFound) as refused:
        reference(town.app, "7")
    assert [*map(str, refused.value.sentences)][1:] == ["A-7  Agreement A-7", "X-7  Agreement X-7"]


def text_of(lines: str) -> list[str]:
    return [line.strip() for line in lines.strip().splitlines()]

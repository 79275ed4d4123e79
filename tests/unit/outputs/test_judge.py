"""The outside judge on stories that chance found: what is in order, and what it has to name."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import date, datetime, time

import pytest
from msgspec.structs import replace

from states.dates.policy import Alerts
from states.dates.working_days import holidays
from states.model.agreement import Termination
from states.model.events import Event, Record, Status
from states.process import PROCESS, RULES, WATCHED_IN
from tests.agreements import at
from tests.audits import differences, findings, why_of
from tests.chance import AGREEMENTS, PARTIES, RAN, alerts
from tests.clerk import STREAM, Clerk
from workflow.engine.ledger import GENESIS, decode, entries
from workflow.engine.policies import RULES_VERSION
from workflow.outputs.audit import check
from workflow.outputs.audit.folder import CHECK

DISPUTED = {"source.1.field": "obligation.plan.on", "source.1.status": "disputed"}
UNSURE = {"source.1.field": "contribution.every", "source.1.status": "disputed"}
TAKEN_BACK = {"termination.on": "unknown", "termination.ends_on": "unknown"}


TELL_THE_JUDGE = "workflow/outputs/audit/check.py shares nothing: write there what is new, too"


def ran(name: str, **changes: str | None) -> Clerk:
    return Clerk({**AGREEMENTS[name], **RAN, **changes}, "2017-11-05 10:00", history=True)


def test_what_a_late_renewal_brings_is_taken_under_the_policy_that_goes() -> None:
    clerk = ran("tacit, monthly")
    clerk.until(at("2018-06-29 10:00"))

    # Nobody looked on 12 July, when it renewed itself until 11 August.
    clerk.now = at("2018-07-19 03:10")
    clerk.adopt(alerts(evaluation_before="P100D P2M"))

    assert "notice:term:2018-07-27:-P1M" in [event.occurrence for event in clerk.latest]
    assert findings(clerk) == []


def test_on_the_final_evaluation_of_what_has_no_end_nothing_is_decided() -> None:
    clerk = ran("open-ended", **{"evaluation.biennial.final": "true"})
    clerk.until(at("2019-11-18 10:00"))
    clerk.act("conclude", {"on": "2019-11-18", "report": "R", "conclusion": "Goed."})

    assert clerk.dossier.agreement.stage == "active"
    assert findings(clerk) == []


def test_on_the_evaluation_of_what_lost_its_end_after_an_extension_nothing_is_decided() -> None:
    clerk = ran("the source case", **{"extension.1.length": "P1Y"})
    lasting = {"term.length": "", "term.open_ended": "true", "evaluation.final.before_end": ""}
    clerk.act("amend", {**lasting, "evaluation.final.on": "2018-03-01"})
    clerk.act("amend", {"evaluation.final.final": "true"})
    clerk.until(at("2018-03-01 10:00"))
    clerk.act("conclude", {"on": "2018-03-01", "report": "R", "conclusion": "Goed."})

    assert clerk.dossier.agreement.stage == "active"
    assert findings(clerk) == []


def test_what_the_end_closed_and_nobody_asks_again_is_missed() -> None:
    clerk = ran("three evaluations")
    clerk.act("terminate", {"on": "2017-11-05", "ends_on": "2018-04-06"})
    clerk.until(at("2018-04-20 10:00"))
    clerk.act("amend", TAKEN_BACK)
    assert findings(clerk) == []

    names = clerk.events[-1].reopened
    clerk.events[-1] = replace(clerk.events[-1], reopened=())
    closed = dict.fromkeys(names, Record(Status.SUPERSEDED, closed_at(clerk.events, names[0])))
    clerk.dossier = replace(clerk.dossier, recorded={**clerk.dossier.recorded, **closed})
    clerk.rows = [*entries(STREAM, GENESIS, clerk.events)]

    first = "'name': 'evaluation:first:2018-10-12:-P3M', 'due': '2018-07-12T08:00:00+02:00'"
    assert any(line.startswith("missed step") and first in line for line in findings(clerk))


def test_a_disputed_date_of_what_a_party_owes_is_asked_for() -> None:
    owed = {"obligation.plan.what": "het plan", "obligation.plan.on": "2018-09-03"}
    clerk = ran("tacit, monthly", **owed, **DISPUTED)
    clerk.until(at("2018-01-10 10:00"))
    asked = [event.occurrence for event in clerk.events if event.occurrence]
    assert any(name.startswith("missing_fact:obligation.plan.on:") for name in asked)
    assert findings(clerk) == []


@pytest.mark.parametrize("action", ["fulfil", "waive"])
@pytest.mark.parametrize("dated", [{}, {"obligation.plan.on": "2018-09-03", **DISPUTED}])
def test_no_date_is_missed_of_what_was_settled_before_the_start_was_known(
    action: str, dated: Mapping[str, str]
) -> None:
    owed = {"obligation.plan.what": "het plan", **dated}
    clerk = Clerk({**AGREEMENTS["no money at all"], **owed}, "2017-11-06 10:00")
    clerk.act("skip_overleg", {})
    clerk.act("decide", {"outcome": "as_proposed"})
    clerk.act(action, {"obligation": "plan"})
    for party in PARTIES:
        clerk.act("sign", {"party": party})
    clerk.until(at("2018-03-10 10:00"))
    assert findings(clerk) == []


def closed_at(events: list[Event], name: str) -> datetime:
    return next(event.at for event in events if name in event.superseded)


def test_what_another_hour_brings_after_the_registration_and_before_its_adoption_is_filed() -> None:
    begins = {**RAN, "evaluation.final.before_end": None, "evaluation.final.on": "2018-02-06"}
    clerk = Clerk(begins, "2017-11-06 10:00", history=True)
    lead = "evaluation:final:2018-02-06:-P3M"
    assert lead in clerk.events[0].superseded
    clerk.now = at("2017-11-08 10:00")
    clerk.adopt(Alerts(), alert_time=time(17))
    assert (clerk.latest[0].reopened, clerk.latest[0].superseded) == ((lead,), (lead,))
    assert findings(clerk) == []


@pytest.mark.parametrize("option, said", [((), "MAP"), (("--en",), "FOLDER")])
def test_the_judge_asks_for_a_folder_in_the_reader_s_language(
    option: tuple[str, ...], said: str
) -> None:
    ran = subprocess.run([sys.executable, CHECK, *option], capture_output=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert ran.stderr.decode().startswith(f"python3 check.py {said} [--en]")


def test_a_quarter_that_would_begin_after_the_end_is_asked_for_by_nobody() -> None:
    """From 31 October the quarter that is due on 30 April begins on 1 May."""
    quarters = {"term.start": "2017-10-31", "contribution.every": "P3M"}
    clerk = ran("the source case", **quarters)
    clerk.until(at("2018-01-10 10:00"))
    clerk.act("terminate", {"on": "2018-01-10", "ends_on": "2018-04-30"})
    clerk.until(at("2018-06-01 10:00"))

    names = [event.occurrence for event in clerk.events if event.occurrence]
    asked = {name.split(":")[1] for name in names if name.startswith("payment")}
    assert asked == {"1", "2"}
    assert findings(clerk) == []


def test_0_1_0_asked_for_such_a_quarter_and_is_not_accused_of_it() -> None:
    """Ended on 1 May its steps fire; 0.1.0 let the same ledger say 30 April."""
    begins = {"term.start": "2017-10-31", "contribution.every": "P3M"}
    evaluated = {"evaluation.final.before_end": None, "evaluation.final.on": "2018-02-06"}
    clerk = ran("the source case", **begins, **evaluated)
    clerk.until(at("2018-01-10 10:00"))
    clerk.act("terminate", {"on": "2018-01-10", "ends_on": "2018-05-01"})
    clerk.until(at("2018-04-30 10:00"))
    assert clerk.events[-1].occurrence == "payment:3:2018-04-30:P0D"

    old, last_day = "2018-05-01", "2018-04-30"
    clerk.events = [decode(row.payload.replace(old, last_day)) for row in clerk.rows]
    clerk.rows = [*entries(STREAM, GENESIS, clerk.events)]
    ended = Termination(on=date(2018, 1, 10), ends_on=date(2018, 4, 30))
    recorded = {name.replace(old, last_day): it for name, it in clerk.dossier.recorded.items()}
    agreement = replace(clerk.agreement, termination=ended)
    clerk.dossier = replace(clerk.dossier, agreement=agreement, recorded=recorded)
    assert [line for line in findings(clerk) if "payment:3:2018-04-30:-P8W" in line]

    ours = f'"rules": {RULES_VERSION}'
    clerk.adopted = [(when, said.replace(ours, '"rules": 2')) for when, said in clerk.adopted]
    assert findings(clerk) == []


def test_of_a_disputed_period_none_is_missed_beyond_the_day_on_which_it_stops() -> None:
    clerk = ran("the source case", **UNSURE, **{"instalment.2.due_on": "2018-05-01"})
    clerk.act("terminate", {"on": "2017-11-05", "ends_on": "2018-06-30"})
    clerk.until(at("2018-08-01 10:00"))

    # By the year there is one, on 12 October 2017; the second would have been a year later.
    assert not asked_of(clerk, "payment")
    assert findings(clerk) == []

    ours = f'"rules": {RULES_VERSION}'
    clerk.adopted = [(when, said.replace(ours, '"rules": 2')) for when, said in clerk.adopted]
    assert [line for line in findings(clerk) if "payment:2:2018-05-01:-P8W" in line]  # by 0.1.0


def test_of_a_disputed_period_those_of_renewed_years_are_asked_until_it_stops() -> None:
    clerk = ran("tacit, yearly, with all", **UNSURE)
    clerk.until(at("2018-11-05 10:00"))
    clerk.act("terminate", {"on": "2018-11-05", "ends_on": "2019-10-01"})
    clerk.act("amend", {"instalment.2.due_on": "2019-05-01"})
    clerk.until(at("2019-06-01 10:00"))

    assert asked_of(clerk, "payment") == {"2"}
    assert findings(clerk) == []


def asked_of(clerk: Clerk, rule: str) -> set[str]:
    names = [event.occurrence.split(":") for event in clerk.events if event.occurrence]
    return {name[1] for name in names if name[0] == rule}


# What the judge has to be told besides -----------------------------------------------------------


def test_the_judge_knows_where_each_rule_is_watched_and_which_release_brought_it() -> None:
    watched = {rule.value: {*stages} for rule, stages in WATCHED_IN.items()}
    brought = {rule.value: declared.release for rule, declared in RULES.items()}

    assert {rule: {*stages} for rule, stages in check.WATCHED.items()} == watched, TELL_THE_JUDGE
    assert {rule: check.RELEASES.get(rule, 1) for rule in brought} == brought, TELL_THE_JUDGE


def test_the_judge_knows_each_action_with_the_stages_in_which_it_is_done() -> None:
    declared = {(action.name, stage) for stage, d in PROCESS.items() for action in d.actions}
    anywhere = {action for action, stage in check.LEADS if stage == "*"}
    in_a_stage = {(name, stage.value) for name, stage in declared if name not in anywhere}

    known = {(action, stage) for action, stage in check.LEADS if stage not in {"*", ""}}
    assert known == in_a_stage, TELL_THE_JUDGE


def test_what_recurs_from_a_day_of_its_own_is_asked_for_on_the_last_day_as_well() -> None:
    """The year ends on 30 September 2018, and the figures are due each last day of a quarter."""
    year = {"term.start": "2017-10-01", "term.length": "P1Y"}
    figures = {"what": "kwartaalcijfers", "on": "2017-12-31", "every": "P3M"}
    clerk = ran(
        "no money at all", **year, **{f"obligation.o.{key}": fact for key, fact in figures.items()}
    )
    clerk.until(at("2018-10-20 10:00"))

    asked = [event.occurrence for event in clerk.events if event.occurrence]
    assert "obligation:o.4:2018-09-30:P0D" in asked
    assert findings(clerk) == []


def test_what_was_evaluated_on_a_day_of_its_own_is_judged_for_the_term_it_was_held_in() -> None:
    on_a_day = {"before_end": None, "clause": None, "on": "2018-04-03", "final": "true"}
    year = {"term.length": "P1Y", **{f"evaluation.final.{k}": fact for k, fact in on_a_day.items()}}
    clerk = ran("no money at all", **year)
    clerk.until(at("2018-04-03 09:00"))
    clerk.act("conclude", {"evaluation": "final"})
    clerk.act("suspend", {"moves_end": "yes"})
    clerk.until(at("2018-04-20 09:00"))
    clerk.act("resume", {})
    clerk.act("decide", {"outcome": "extend", "length": "P1Y"})
    assert clerk.agreement.stage.value == "active"

    clerk.until(at("2019-12-01 09:00"))
    assert clerk.agreement.stage.value == "ended"
    assert findings(clerk) == []


def test_a_step_of_another_setting_at_the_very_moment_of_one_that_was_said_is_past() -> None:
    """One day and two days after Friday 12 October 2018 are both told on Monday at eight."""
    clerk = ran("the source case")
    clerk.until(at("2018-10-15 08:00"))
    assert "payment:2:2018-10-12:+P1D" in [event.occurrence for event in clerk.latest]

    clerk.adopt(alerts(payment_after="P2D P3W"))
    assert ("payment:2:2018-10-12:+P2D",) in [event.superseded for event in clerk.latest]
    assert findings(clerk) == []


def test_the_judge_knows_the_holidays_of_every_year_that_a_fact_may_name() -> None:
    """Easter was on 21 April 2019, and is on 28 March 2100; terms of a hundred years end after."""
    assert {date(2019, 4, 19), date(2019, 4, 22), date(2019, 5, 30)} < check.holidays(2019)
    assert {date(2100, 3, 26), date(2100, 3, 29), date(2100, 5, 6)} < check.holidays(2100)
    different = [y for y in range(1900, 2300) if check.holidays(y) != {*holidays(y)}]
    assert different == []


# Receipts ----------------------------------------------------------------------------------------


SEVEN_MONTHS_TWICE = {"extension.1.length": "P7M", "extension.2.length": "P7M"}


@pytest.mark.parametrize(
    "name, changes, span",
    [
        ("obligations of every kind", {}, "P35M2W"),
        ("tacit, monthly, with two months' notice", {}, "P7M"),
        ("tacit, to a named day", {"extension.1.length": "P1Y"}, "P1Y"),
        ("an end (tot)", {**SEVEN_MONTHS_TWICE, "extension.3.length": "P1Y"}, "P26M"),
        ("the source case", SEVEN_MONTHS_TWICE, "P50M"),
    ],
)
def test_the_receipts_of_what_recurs_or_was_extended_are_computed_anew(
    name: str, changes: Mapping[str, str], span: str
) -> None:
    rows = why_of(ran(name, **changes))
    assert differences(rows) == []
    assert span in {part["period"] for row in rows for part in row["receipt"]["arithmetic"]}


def test_a_receipt_tells_of_each_alert_whether_an_acknowledgement_put_it_off() -> None:
    """The date itself asked before, and the last follow-up escalates: neither waits."""
    clerk = ran("no money at all")
    clerk.until(at("2020-07-13 10:00"))
    seen = {"occurrence": "evaluation:final:2020-07-11:P0D", "until": "2020-08-15"}
    clerk.act("acknowledge", seen)
    rows = [row for row in why_of(clerk) if row["rule"] == "evaluation"]

    assert differences(rows) == []
    told = {row["step"]: row["receipt"]["alert"] for row in rows}
    assert {step: (alert["waits_until"], alert["day"]) for step, alert in told.items()} == {
        "-P3M": (None, "2020-04-09"),
        "-P1M": (None, "2020-06-11"),
        "P0D": (None, "2020-07-10"),
        "+P2W": ("2020-08-15", "2020-08-17"),
        "+P4W": ("2020-08-15", "2020-08-17"),
        "+P6W": (None, "2020-08-24"),
    }

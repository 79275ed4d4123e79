"""What the ordinary path does not have, in a database and in the mails: renewal, facts, dates."""

import pytest

from tests.store import Unavailable
from tests.town import CASE, OFFICES, Town, running, visiting
from workflow.maintenance.setup import init

# What is done to each is written by statements that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite

TACIT = 'renewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"'


def tacit(ref: str) -> str:
    return running(ref, start="2018-01-01").replace('length = "P1Y"', f'length = "P1Y"\n{TACIT}')


def test_a_renewal_is_one_event_of_the_ledger_and_one_mail(town: Town) -> None:
    town.at("2018-12-03 10:00").register(OFFICES, tacit("A-1"), history=True)
    town.until("2019-01-03 00:00")

    assert [name for name in town.fired("A-1") if name.startswith("renewal")] == [
        "renewal:term:2019-01-01:P0D"
    ]
    (subject,) = [subject for _, subject in town.relay.shown() if "verlengd" in subject.lower()]
    assert "verlengd vanaf 1 jan (" in subject
    assert town.stage("A-1") == "active"
    assert town.problems() == []


def test_missing_facts_of_one_moment_are_one_mail_that_lists_them(town: Town) -> None:
    case = CASE.replace('payee = "Coöperatie Verbindend Leiden"\n', "")
    case = case.replace("budgeted_through = 2099\n", "")
    town.register(OFFICES, case).decided().signed().relay.forget()
    town.until("2017-11-10 00:00")

    to_office = [mail for mail in town.relay.accepted if "vul gegevens aan" in mail.subject]
    assert len(to_office) == 2  # the office and the case owner, each once
    assert "De ontvanger van de bijdrage" in to_office[0].words
    assert "Het budget voor 2017" in to_office[0].words


def test_the_last_question_for_a_fact_says_that_it_is_the_last(town: Town) -> None:
    case = CASE.replace('payee = "Coöperatie Verbindend Leiden"\n', "")
    town.register(OFFICES, case).decided().signed().relay.forget()
    town.until("2017-12-08 00:00")

    asked = [m for m in town.relay.accepted if "vul gegevens aan" in m.subject]
    to_office = [mail for mail in asked if mail.to == "gerats@maastricht.example"]
    assert ["Dit is de laatste mail" in mail.words for mail in to_office] == [False, True]
    assert ["nog een herinnering" in mail.words for mail in to_office] == [True, False]


def test_a_mail_about_a_date_that_moved_names_the_date_that_it_replaces(town: Town) -> None:
    town.in_force(until="2020-04-20 00:00")
    town.do("amend", reason="verlengd in overleg", term__length="P4Y")
    town.relay.forget()
    town.until("2021-04-10 00:00")

    plans = [m for m in town.relay.accepted if "plan evaluatie" in m.subject]
    assert plans
    assert all("zaterdag 11 juli 2020" in mail.words for mail in plans)


def test_a_register_of_an_older_release_is_refused_until_init_has_adopted_the_rules(
    town: Town,
) -> None:
    case = CASE.replace('payee = "Coöperatie Verbindend Leiden"\n', "")
    town.register(OFFICES, case).decided().signed()
    town.change("UPDATE register SET rules_version = 1")
    town.change("UPDATE policy SET payload = replace(payload, '\"rules\": 3', '\"rules\": 1')")
    town.change("DELETE FROM occurrence WHERE name LIKE 'missing_fact%'")
    town.change("DELETE FROM message WHERE rule = 'missing_fact'")
    with visiting(town.another()) as visitor:
        with pytest.raises(Unavailable, match="looptijd init"):
            visitor.do("note", text="x")
        init(visitor.app)
        visitor.tick()

    assert town.mails(where="rule = 'missing_fact'") == []
    statuses = town.query(
        "SELECT DISTINCT status FROM occurrence WHERE name LIKE 'missing_fact:contribution.payee%'"
    )
    assert [tuple(row) for row in statuses] == [("superseded",)]


# What falls due in the year before the import and was never settled is open today.
OPEN = running("A-1", start="2017-01-15").replace(
    "[[agreement.party]]",
    """[agreement.contribution]
amount = "250.00"
payee = "Stichting Samen"
budget_line = "Bijdragen"
budgeted_through = 2099
office = "financien"
[[agreement.party]]""",
)


def test_an_import_of_what_runs_mails_one_overview_to_each_office_with_something_open(
    town: Town,
) -> None:
    town.at("2018-01-08 10:00")
    result = town.importing(OFFICES, OPEN, history=True)
    town.one_pass()

    assert result.summaries == ["financien", "sociaal-domein"]
    assert sorted(to for to, _ in town.relay.shown()) == [
        "geld@maastricht.example",
        "gerats@maastricht.example",
    ]
    (money,) = [mail for mail in town.relay.accepted if mail.to == "geld@maastricht.example"]
    assert "zondag 15 januari 2017" in money.words


def test_an_import_of_what_begins_today_mails_no_overview(town: Town) -> None:
    assert town.importing(OFFICES, CASE).summaries == []

"""An agreement in time: each day that matters, what became of it, and how a terminal draws it."""

from datetime import date

import pytest

from notifications.language import language
from states.model.phrase import Refusal
from tests.town import CASE, OFFICES, REF, Town, running
from workflow.agreements.timeline import timeline_of, timelines_of_office
from workflow.cli.command import Command
from workflow.cli.commands.timeline import Ruler, print_office, print_one
from workflow.outputs.json.views import Views

pytestmark = pytest.mark.on_sqlite


def command(town: Town) -> Command:
    english = language("en")
    return Command(town.app, english, Views(english, town.app.local), False)  # noqa: FBT003


def shown(town: Town, ref: str = REF) -> list[tuple[str, str, str]]:
    views = command(town).views
    marks = views.plain(views.timeline(timeline_of(town.app, ref)))["marks"]
    return [(mark["on"], mark["state"], mark["text"]) for mark in marks]


def test_past_and_future_of_the_source_case_stand_in_order(town: Town) -> None:
    town.in_force().at("2017-10-16 10:00").do("pay", instalment="1", on="2017-10-13")
    town.at("2018-11-01 10:00")
    assert shown(town) == [
        ("2017-07-05", "done", "agreed in the bestuurlijk overleg"),
        ("2017-09-26", "done", "decision of the college: Conform"),
        ("2017-10-12", "done", "signed by Gemeente Maastricht"),
        ("2017-10-12", "done", "signed by Provincie Limburg"),
        ("2017-10-12", "done", "first day"),
        ("2017-10-12", "done", "instalment 1: € 1,000.00"),
        ("2018-10-12", "late", "instalment 2: € 1,000.00"),
        ("2019-10-12", "ahead", "instalment 3: € 1,000.00"),
        ("2020-07-11", "ahead", "the final evaluation"),
        ("2020-10-11", "ahead", "last day"),
        ("2020-10-11", "ahead", "the decision on the continuation"),
    ]


def test_days_of_a_draft_are_not_asked_for_yet(town: Town) -> None:
    fixed = CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = 2017-01-01')
    town.register(OFFICES, fixed).at("2017-06-15 10:00")
    assert [state for on, state, text in shown(town) if text.startswith("instalment")] == [
        "not_asked",
        "not_asked",
        "not_asked",
    ]
    town.at("2020-06-15 10:00")
    assert ("2019-12-31", "not_asked", "last day") in shown(town)


def test_an_agreement_that_never_began_has_no_term(town: Town) -> None:
    fixed = CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = 2017-01-01')
    town.register(OFFICES, fixed).do("withdraw", on="2017-06-01")
    assert timeline_of(town.app, REF).starts_on is None
    assert "last day" not in [text for _, _, text in shown(town)]


def test_nor_has_one_that_was_withdrawn_when_all_had_signed(town: Town) -> None:
    """Its first day was told as one to come, and later as done."""
    fixed = CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = 2018-01-01')
    town.register(OFFICES, fixed).decided().signed()
    town.do("withdraw", on="2017-10-12")
    for when in ("2017-10-13 10:00", "2018-02-01 10:00"):
        line = timeline_of(town.at(when).app, REF)
        assert (line.starts_on, line.last_day) == (None, None)
        assert not {"first day", "last day"} & {text for _, _, text in shown(town)}


def test_a_renewal_that_a_decision_voided_never_was_a_day_also_once_it_has_ended(
    town: Town,
) -> None:
    by_itself = 'length = "P1Y"\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"'
    case = running("T-1").replace('length = "P1Y"', by_itself)
    town.at("2018-06-01 10:00").register(OFFICES, case, history=True)
    assert ("2018-09-29", "ahead", "giving notice") in shown(town, "T-1")
    town.do_with("T-1", "start_evaluation")
    town.do_with("T-1", "conclude")
    town.do_with("T-1", "decide", outcome="stop")
    for moment in ("2018-06-02 10:00", "2019-01-02 10:00"):
        days = [(on, text) for on, _, text in shown(town.until(moment), "T-1")]
        assert days[-3:] == [
            ("2018-06-01", "continuation decided: stop"),
            ("2018-06-01", "the final evaluation was held"),
            ("2018-12-31", "last day"),
        ]


def test_what_a_term_left_open_that_was_renewed_stands_there_as_show_has_it(town: Town) -> None:
    yearly = 'length = "P1Y"\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"'
    plan = '[[agreement.obligation]]\nkey = "plan"\nwhat = "plan"\nbefore_end = "P1M"\n'
    contents = running("A-1").replace('length = "P1Y"', yearly) + plan
    town.at("2018-10-01 10:00").register(OFFICES, contents, history=True)
    town.until("2019-01-02 09:00")
    assert ("2018-11-30", "passed", "plan") in shown(town, "A-1")
    town.do_with("A-1", "waive", obligation="plan", number="1", reason="Niet nodig.")
    assert ("2018-11-30", "waived", "plan") in shown(town, "A-1")
    town.do_with("A-1", "undo", reason="Toch wel.")
    town.do_with("A-1", "fulfil", obligation="plan", number="1", on="2018-12-20")
    plans = [mark for mark in shown(town, "A-1") if "plan" in mark[2]]
    assert [(on, state) for on, state, _ in plans] == [
        ("2018-12-20", "done"),
        ("2019-11-30", "ahead"),
    ]


def test_a_terminal_shows_it_in_eighty_columns(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    town.in_force().at("2018-11-01 10:00")
    print_one(command(town), timeline_of(town.app, REF))
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "SO-2017-0042  Samenwerkingsovereenkomst Verbindend Leiden",
        "",
        "  2017               2018               2019                2020",
        "           ■    ■!━━━━━━━━━━━━━━━━━━!│━━━━━━━━━━━━━━━━━━€━━━━━━━━━━━━━◆━━━━■",
    ]
    assert "  2018-10-12  ! €  instalment 2: € 1,000.00 (late)" in lines
    assert "  ── today: Thursday 1 November 2018 ──" in lines
    assert max(map(len, lines)) <= 80


def test_an_office_sees_its_agreements_side_by_side(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    town.at("2018-04-01 10:00").register(OFFICES, running("A-1", length="P2Y"), history=True)
    office, found = timelines_of_office(town.app, "sociaal-domein")
    print_office(command(town), office.name, found)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Portefeuille Sociaal Domein"
    assert lines[2] == "                           2018    2019    2020     2021     2022    2023"
    assert lines[3] == "  A-1 Agreement A-1        ┃━│━━━━━━━━━━━◆━■"
    assert max(map(len, lines)) <= 80


@pytest.mark.on_both
def test_an_agreement_belongs_to_the_office_that_keeps_it(town: Town) -> None:
    town.register(OFFICES, CASE)  # finance pays for it
    assert timelines_of_office(town.app, "financien")[1] == []
    with pytest.raises(
        Refusal, match="Accepted: financien, gemeentesecretaris, secretariaat, sociaal-domein"
    ):
        timelines_of_office(town.app, "financieen")


def test_a_year_has_room_or_is_left_out() -> None:
    assert Ruler(2017, 2020, 24).years() == "2017 2018  2019  2020"
    assert Ruler(1990, 2029, 20).years() == "1990 2001 2010 2021"
    assert Ruler(2017, 2020, 20).column(date(2020, 12, 31)) == 19

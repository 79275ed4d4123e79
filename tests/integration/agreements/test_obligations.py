"""Obligations from a file to the mails, the calendar, the record and the ledger."""

from datetime import date

import pytest

from notifications.language import language
from states.dates.policy import Policy
from states.model.stage import MarkKind
from tests.town import CASE, OFFICES, Town, walked_once
from workflow.agreements.act import Asked, foresee
from workflow.agreements.answers import changed
from workflow.agreements.queries import details, lines, look_before_signing
from workflow.agreements.timeline import timeline
from workflow.engine.standing import standings
from workflow.outputs.calendars import calendars
from workflow.outputs.json.views import Views
from workflow.outputs.tables.sheets import record

# What is done with a turn is written by statements that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite

REF = "SO-2017-0042"
OWED = """
[[agreement.obligation]]
key = "jaarverslag"
what = "jaarverslag over de samenwerking"
by = "limburg"
on = 2018-04-01
every = "P1Y"
clause = "De provincie brengt elk jaar verslag uit."
[[agreement.obligation]]
key = "bijlage"
what = "bijlage over gegevensbescherming"
after_start = "P3M"
office = "financien"
"""


@pytest.fixture
@walked_once
def owing(town: Town) -> Town:
    """Give the source case with obligations, in force from 12 October 2017."""
    return town.register(OFFICES, CASE + OWED).decided().signed()


def subjects(town: Town) -> list[str]:
    return [mail.subject for mail in town.relay.accepted if "afspraak=" in mail.words]


def test_our_own_is_asked_of_the_office_that_acts_and_another_partys_of_ours(owing: Town) -> None:
    owing.until("2018-03-03 10:00")

    told = [
        (mail.to, mail.subject) for mail in owing.relay.accepted if "afspraak=bijlage" in mail.words
    ]
    assert [to for to, _ in told[:2]] == [
        "geld@maastricht.example",
        "a.janssen@maastricht.example",
    ]
    assert told[0][1] == (
        "Verbindend Leiden: afspraak nakomen vóór 12 jan, bijlage over gegevensbescherming"
        " (SO-2017-0042)"
    )
    assert subjects(owing)[-1] == (
        "Verbindend Leiden: afspraak navragen vóór 1 apr, jaarverslag over de samenwerking"
        " (nr. 1, 2018) (SO-2017-0042)"
    )


def test_what_was_fulfilled_is_recorded_and_mails_no_more(owing: Town) -> None:
    owing.until("2017-12-20 10:00")
    owing.do("fulfil", obligation="bijlage", on="2017-12-19", reference="D-2017-88")
    owing.relay.forget()
    owing.until("2018-02-28 10:00")

    assert [mail for mail in owing.relay.accepted if "afspraak=bijlage" in mail.words] == []
    assert owing.problems() == []


def states(town: Town) -> dict[str, str]:
    found = standings(details(town.app, REF).agreement, Policy(), town.today)
    return {s.deadline.about: s.state.value for s in found if s.deadline.rule == "obligation"}


def test_one_that_is_late_stays_late_until_it_is_done_or_waived(owing: Town) -> None:
    assert states(owing.until("2018-01-12 10:00"))["bijlage"] == "asked"
    assert states(owing.until("2018-01-13 10:00"))["bijlage"] == "late"
    assert states(owing.until("2018-06-01 10:00")) == {
        "jaarverslag.1": "late",
        "jaarverslag.2": "ahead",
        "jaarverslag.3": "ahead",
        "bijlage": "late",
    }

    owing.do("waive", reason="Er zijn geen gegevens.", obligation="bijlage")
    owing.do("fulfil", obligation="jaarverslag", number="1", on="2018-05-30")

    assert (states(owing)["bijlage"], states(owing)["jaarverslag.1"]) == ("waived", "done")


def test_a_calendar_has_its_words_and_masks_those_of_what_is_not_public(owing: Town) -> None:
    def text() -> str:
        return calendars(owing.app, language("nl"))[0]["sociaal-domein"]

    asked = "Vraag Provincie Limburg om jaarverslag over de samenwerking: Verbindend Leiden"
    assert asked in text().replace("\r\n ", "")
    owing.do("amend", public="false", reason="Niet openbaar.")
    owing.do("waive", obligation="bijlage", reason="Er zijn geen gegevens.")
    assert "aarverslag" not in text()
    assert "gegevensbescherming" not in text()
    assert "Een afspraak: SO-2017-0042" in text()


def test_the_export_names_what_is_owed_next(owing: Town) -> None:
    views = Views(language("nl"), owing.app.local)
    (line,) = lines(owing.app, attention_only=False)
    row = record(line, views)

    assert (row["obligation_on"], row["obligation"]) == (
        "2018-01-12",
        "bijlage over gegevensbescherming",
    )


def test_what_is_only_too_far_to_list_while_it_rests_is_not_told_to_be_dropped(owing: Town) -> None:
    pairs = {"on": "2018-01-10", "moves_end": "yes"}
    owing.at("2018-01-10 10:00")
    asked = Asked(ref=REF, action="suspend", pairs=pairs, by="griffier Smeets", reason=None)
    done = foresee(owing.app, asked)

    reason = "not known"
    assert [str(phrase) for phrase in changed(done)] == [
        f"the final evaluation: 2020-07-11 → {reason}",
        f"the decision on the continuation: 2020-10-11 → {reason}",
    ]


def test_an_office_that_nobody_knows_is_a_problem_of_the_file(town: Town) -> None:
    unknown = CASE + OWED.replace('office = "financien"', 'office = "inkoop"')
    problems = town.importing(OFFICES, unknown).problems

    assert [(problem.key, str(problem.problem)) for problem in problems] == [
        ("obligation.bijlage.office", "there is no office “inkoop”.")
    ]


def test_a_look_before_signing_shows_the_reason_of_who_answered(town: Town) -> None:
    town.register(OFFICES, CASE)
    town.do("note", text="Artikel 8 van het concept.", field="term.start")

    found = look_before_signing(town.app, REF)
    assert [(item.gap.field, item.answer) for item in found] == [
        ("term.start", "Artikel 8 van het concept.")
    ]


BY_THE_END = """
[[agreement.obligation]]
key = "verslag"
what = "eindverslag"
by = "limburg"
before_end = "P1M"
[[agreement.obligation]]
key = "plan"
what = "plan"
before_end = "P2M"
"""


def test_what_was_owed_by_the_end_of_the_term_before_stays_in_what_is_shown(town: Town) -> None:
    """The term ends on 11 October 2020 and renews by a year."""
    tacit = 'length = "P3Y"\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"'
    renewing = CASE.replace('length = "P3Y"', tacit)
    town.register(OFFICES, renewing + BY_THE_END).decided().signed().until("2020-10-20 10:00")
    told = Views(language("nl"), town.app.local).details(details(town.app, REF), Policy())
    first = ("key", "number", "due_on", "state")
    assert [" ".join(str(row[name]) for name in first) for row in told["obligations"]] == [
        "verslag 1 2020-09-11 passed",
        "plan 1 2020-08-11 passed",
        "verslag 2 2021-09-11 ahead",
        "plan 2 2021-08-11 ahead",
    ]

    town.do("fulfil", obligation="verslag", number="1", on="2020-10-19", reference="D-1")
    town.do("waive", obligation="plan", number="1", reason="niet nodig")

    found = details(town.app, REF)
    shown = Views(language("nl"), town.app.local).details(found, Policy())["obligations"]
    names = ("key", "due_on", "state", "fulfilled_on", "reference")
    assert [tuple(str(row[name]) for name in names) for row in shown] == [
        ("verslag", "2020-09-11", "done", "2020-10-19", "D-1"),
        ("plan", "2020-08-11", "waived", "None", "None"),
        ("verslag", "2021-09-11", "ahead", "None", "None"),
        ("plan", "2021-08-11", "ahead", "None", "None"),
    ]
    line = timeline(found.agreement, Policy(), date(2020, 10, 20), date(2020, 12, 31))
    marks = [(mark.on, str(mark.text)) for mark in line.marks if mark.kind is MarkKind.OBLIGATION]
    assert marks == [
        (date(2020, 8, 11), "plan"),
        (date(2020, 10, 19), "eindverslag was fulfilled"),
    ]


def test_what_a_longer_term_moved_ahead_is_not_shown_as_passed(town: Town) -> None:
    """The first term is made to end on 11 October 2022, after it was renewed."""
    tacit = 'length = "P3Y"\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"'
    renewing = CASE.replace('length = "P3Y"', tacit)
    town.register(OFFICES, renewing + BY_THE_END).decided().signed().until("2020-10-20 10:00")
    town.do("amend", reason="addendum", term__length="P5Y")
    shown = Views(language("nl"), town.app.local).details(details(town.app, REF), Policy())
    assert [(row["key"], str(row["due_on"]), row["state"]) for row in shown["obligations"]] == [
        ("verslag", "2023-09-11", "ahead"),
        ("plan", "2023-08-11", "ahead"),
    ]

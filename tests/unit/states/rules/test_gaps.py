"""The look before signing: what it objects to, what settles it, and the source case."""

from datetime import date

import pytest

from states.model.fact_types import FactPath
from states.rules.gaps import fields_with_gaps, gaps, open_gaps
from tests.agreements import ENDLESS, NO_EVALUATION, NO_MONEY, TACIT, Changes, Walk, agreement

TODAY = date(2017, 6, 1)
START = {"source.1.field": "term.start", "source.1.status": "stated"}
OPEN_ENDED = {**ENDLESS, "evaluation.final.on": "2019-01-01"}
INTERIM = {"evaluation.final.before_end": None, "evaluation.final.after_start": "P1Y"}
DATED = {
    "document.1.title": "Evaluatie van de sturingsfilosofie",
    "document.1.dated": "2017-11-17",
}


def fields(changes: Changes, today: date = TODAY) -> list[str]:
    return [gap.field for gap in gaps(agreement({**START, **changes}), today)]


# The tests' own agreement lacks nothing but where its start is written, and that is given here.


def test_an_agreement_that_lacks_nothing_has_no_gap() -> None:
    assert fields({}) == []


OBJECTED: dict[str, Changes] = {
    "term.start: not known": {"term.start": "unknown"},
    "term.start: written nowhere": {"source.1.field": None, "source.1.status": None},
    "term.start: assumed": {"source.1.status": "assumed"},
    "term.start: before any signature": {"term.start": "2017-01-01"},
    "term.renewal: not evaluated at its end": INTERIM,
    "term.renewal: assumed": {
        **INTERIM,
        "source.2.field": "term.renewal",
        "source.2.status": "assumed",
    },
    "term.notice: open-ended without": OPEN_ENDED,
    "term.length: two readings": {"term.start": "2024-02-29"},
    "term.ends_before: tot": {"term.length": None, "term.ends_before": "2020-10-12"},
    "term.last_day: quoted with tot": {
        "term.length": None,
        "term.last_day": "2020-10-11",
        "source.2.field": "term.last_day",
        "source.2.quote": "De overeenkomst loopt tot 12 oktober 2020.",
    },
    "term.notice: no time to decide": {**TACIT, "term.notice": "P2M"},
    "evaluation: none": NO_EVALUATION,
    "evaluation.final.clause: nobody's": {"evaluation.final.clause": None},
    "contribution.payee: unknown": {"contribution.payee": None},
    "contribution.budgeted_through: unknown": {"contribution.budgeted_through": None},
    "contribution.budget_line: unknown": {"contribution.budget_line": None},
    "obligation.polis.on: no date": {"obligation.polis.what": "polis"},
    "obligation.overleg.on: no first date": {
        "obligation.overleg.what": "overleg",
        "obligation.overleg.every": "P6M",
    },
    "document.1.dated: later than today": DATED,
}


@pytest.mark.parametrize("named, changes", OBJECTED.items())
def test_what_will_hurt_is_named_by_its_field(named: str, changes: Changes) -> None:
    found = fields(changes)

    assert named.partition(":")[0] in found
    assert len(found) <= 2  # without any evaluation that is said as well


SETTLED: dict[str, Changes] = {
    "a start ahead": {"term.start": "2017-07-01"},
    "a start after the first signature": {
        "term.start": "2017-02-01",
        "party.limburg.signed_on": "2017-01-10",
    },
    "a tacit renewal": {**INTERIM, **TACIT, "term.notice": "P1M"},
    "words about what follows its end": {
        **INTERIM,
        "source.2.field": "term.renewal",
        "source.2.status": "stated",
    },
    "a notice period": {**OPEN_ENDED, "term.notice": "P6M"},
    "tot en met in the quote": {
        "term.length": None,
        "term.last_day": "2020-10-11",
        "source.2.field": "term.last_day",
        "source.2.quote": "De overeenkomst loopt tot en met 11 oktober 2020.",
    },
    "tot before something else than a day": {
        "term.length": None,
        "term.last_day": "2020-10-11",
        "source.2.field": "term.last_day",
        "source.2.quote": "Partijen komen tot afspraken, die gelden tot en\nmet 11 oktober 2020.",
    },
    "two months between evaluation and notice": {**TACIT, "term.notice": "P1M"},
    "another party pays": {"contribution.payer": "limburg", "contribution.payee": None},
    "money that comes back": {
        "instalment.1.amount": "1000.00",
        "instalment.1.refund": "true",
        **NO_MONEY,
    },
    "an obligation with a date": {
        "obligation.polis.what": "polis",
        "obligation.polis.on": "2018-01-01",
    },
    "no money": NO_MONEY,
    "a leap day that exists": {"term.start": "2024-02-29", "term.length": "P4Y"},
}


@pytest.mark.parametrize("changes", SETTLED.values(), ids=SETTLED)
def test_what_is_settled_is_not_objected_to(changes: Changes) -> None:
    assert fields(changes) == []


BY_WHOM: dict[str, tuple[Changes, str]] = {
    "term.renewal": (INTERIM, "Aanwijzingen voor convenanten"),
    "term.notice": (OPEN_ENDED, "Wet gemeenschappelijke regelingen, art. 9 (1-7-2024)"),
    "evaluation": (
        NO_EVALUATION,
        "Aanwijzingen voor convenanten; Wet gemeenschappelijke regelingen (1-7-2024)",
    ),
    "evaluation.final.clause": (
        {"evaluation.final.clause": None},
        "Aanwijzingen voor convenanten; Wet gemeenschappelijke regelingen (1-7-2024)",
    ),
}


@pytest.mark.parametrize("field", BY_WHOM)
def test_a_guideline_that_asks_for_it_is_named(field: str) -> None:
    changes, named = BY_WHOM[field]

    found = {gap.field: gap.source for gap in gaps(agreement({**START, **changes}), TODAY)}
    assert found[field] == named


def test_the_law_asks_for_time_to_decide_before_notice_is_given() -> None:
    (found,) = gaps(agreement({**START, **TACIT, "term.notice": "P2M"}), TODAY)

    assert found.source == "Wet gemeenschappelijke regelingen, art. 9 (1-7-2024)"


def test_a_document_dated_after_the_decision_is_named_whenever_one_looks() -> None:
    decided = {"decision.1.on": "2017-09-26", "decision.1.outcome": "as_proposed"}

    assert fields({**DATED, **decided}, date(2026, 1, 1)) == ["document.1.dated"]


def test_a_note_about_a_field_answers_it_for_good() -> None:
    walk = Walk({**START, "contribution.payee": None})
    walk.do("note", "2017-06-02 10:00", text="volgt in de uitwerking", field="contribution.payee")

    assert open_gaps(walk.agreement, TODAY) == []
    assert [*fields_with_gaps(walk.agreement, TODAY)] == ["contribution.payee"]
    assert walk.agreement.answered == {FactPath("contribution.payee"): date(2017, 6, 2)}


def test_once_the_text_is_fixed_nothing_is_asked_any_more() -> None:
    walk = Walk({"contribution.payee": None})
    assert [gap.field for gap in open_gaps(walk.agreement, TODAY)] == [
        "term.start",
        "contribution.payee",
    ]

    assert open_gaps(walk.decided().agreement, TODAY) == []

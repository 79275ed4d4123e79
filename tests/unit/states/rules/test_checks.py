"""Facts that are impossible together are problems; facts that are suspect are warnings."""

import pytest

from notifications.language import language
from states.rules.checks import problems, warnings
from tests.agreements import ENDLESS, NO_MONEY, TACIT, Changes, agreement


def wrong(changes: Changes | None = None) -> list[str]:
    return [f"{item.path}: {item.problem}" for item in problems(agreement(changes))]


def suspect(changes: Changes | None = None) -> list[str]:
    return [str(phrase) for phrase in warnings(agreement(changes))]


DECIDED = {"decision.1.on": "2017-09-26", "decision.1.outcome": "as_proposed"}


def test_the_source_case_has_no_problem_and_nothing_suspect() -> None:
    assert wrong() == []
    assert suspect() == []


IMPOSSIBLE: list[tuple[Changes, str]] = [
    ({"party.maastricht.own": "false"}, "party: 0 parties are marked party.PARTY.own=yes."),
    (
        {"party.maastricht.own": "false", "term.start": "own_signature"},
        "party: 0 parties are marked party.PARTY.own=yes.",
    ),
    ({"party.limburg.own": "true"}, "party: 2 parties are marked party.PARTY.own=yes."),
    ({"term.last_day": "2020-10-11"}, "term: the end is given more than once."),
    ({"term.length": "P0D"}, "term.length: a term of no length is no term."),
    (
        {
            "term.start": "2018-01-01",
            "continuation.2020-12-31.on": "2020-06-01",
            "continuation.2020-12-31.outcome": "extend",
        },
        "continuation.2020-12-31: it was extended after this day, and it is not said by how much.",
    ),
    (
        {"term.renewal": "tacit"},
        "term.renewal: a tacit renewal needs its length and its notice period.",
    ),
    (
        {"evaluation.final.on": "2020-07-11"},
        "evaluation.final: an evaluation has exactly one date.",
    ),
    (
        {"term.length": None, "term.open_ended": "true"},
        "evaluation.final.before_end: an open-ended agreement has no end to count back from.",
    ),
    (
        {"party.beesel.merged_into": "limburg"},
        "party.beesel.left_on: this party was merged, and nothing says since when.",
    ),
    (
        {"party.beesel.joined_on": "2018-05-01", "party.beesel.left_on": "2018-04-30"},
        "party.beesel.left_on: this party left before it joined.",
    ),
    (
        {**TACIT, "term.renewal_length": "P27D"},
        "term.renewal_length: a renewal lasts a month or more.",
    ),
    (
        {"obligation.plan.what": "het plan", "obligation.plan.every": "P2W"},
        "obligation.plan.every: what recurs does so by a month or more.",
    ),
    (
        {"obligation.plan.what": "het plan", "obligation.plan.every": "P0D"},
        "obligation.plan.every: what recurs does so by a month or more.",
    ),
    ({"instalment.2.fiscal_year": "26"}, "instalment.2.fiscal_year: 26 is no fiscal year."),
    (
        {"contribution.budgeted_through": "26"},
        "contribution.budgeted_through: 26 is no fiscal year.",
    ),
    (
        {"instalment.2.paid_amount": "5.00"},
        "instalment.2.paid_amount: an amount was paid, and nothing says on which day.",
    ),
    ({"contribution.amount": None}, "contribution.amount: a contribution needs an amount."),
    (
        {"contribution.every": "P2W"},
        "contribution.every: instalments follow each other by a month or more.",
    ),
    (
        {"term.length": None, "term.last_day": "2017-01-01", "term.start": "2018-01-01"},
        "term: the last day 2017-01-01 lies before the start 2018-01-01.",
    ),
    (
        {"term.length": "P100Y", "term.start": "2250-01-01", "contribution.every": "P1Y"},
        "term: the last day 2349-12-31 lies too far ahead.",
    ),
    (
        {"term.length": "P100Y", "term.start": "2018-01-01", "contribution.every": "P1M"},
        "contribution.every: these terms give more than 600 dates.",
    ),
    (
        {"term.length": "P100Y", "contribution.every": "P1M"},
        "contribution.every: these terms give more than 600 dates.",
    ),
    (
        {"document.1.title": "Rapport", "document.1.url": "https://example.org/a\u200b"},
        "document.1.url: this web address holds a character that nobody sees.",
    ),
    (
        {"woo.url": "https://example.org/\x1b[2J"},
        "woo.url: this web address holds a character that nobody sees.",
    ),
]


@pytest.mark.parametrize("changes, problem", IMPOSSIBLE)
def test_facts_that_cannot_go_together_are_a_problem(
    changes: dict[str, str | None], problem: str
) -> None:
    assert wrong(changes) == [problem]


@pytest.mark.parametrize(
    "changes",
    [
        {"term.length": "P100Y", "term.start": "2200-01-01"},
        {"party.beesel.joined_on": "2018-05-01", "party.beesel.left_on": "2018-05-01"},
    ],
    ids=["an end on the last day of all", "a party that left on the day it joined"],
)
def test_what_lies_just_within_the_limit_is_possible(changes: Changes) -> None:
    assert wrong({**NO_MONEY, **changes}) == []


def test_what_was_extended_before_lacks_the_length_of_the_next_extension() -> None:
    extended = {
        "term.start": "2018-01-01",
        "extension.1.length": "P1Y",
        "continuation.2021-12-31.on": "2021-06-01",
        "continuation.2021-12-31.outcome": "extend",
    }

    assert [str(item.remedy) for item in problems(agreement(extended))] == [
        "Give extension.2.length."
    ]


UNUSUAL: list[Changes] = [
    {"instalment.2.refund": "true"},
    {"instalment.2.payer": "limburg"},
    {"instalment.2.waived_on": "2020-01-01"},
    {"source.1.field": "contribution.every", "source.1.status": "disputed"},
    {"suspension.1.on": "2019-01-01"},
    {"obligation.report.what": "het verslag", "obligation.report.every": "P1Y"},
]


@pytest.mark.parametrize("unusual", UNUSUAL)
def test_what_is_impossible_is_named_beside_whatever_is_unusual(unusual: Changes) -> None:
    assert wrong(unusual) == []
    assert [wrong({**changes, **unusual}) for changes, _ in IMPOSSIBLE] == [
        [problem] for _, problem in IMPOSSIBLE
    ]


SUSPECT = [
    (
        {"document.1.title": "Advies", "document.1.dated": "2017-11-17", **DECIDED},
        (
            "The document “Advies” is dated 2017-11-17, after the decision of 2017-09-26 that"
            " cites it. It is kept as written, and no date depends on it."
        ),
    ),
    (
        {**DECIDED, "decision.1.on": "2017-09-30"},
        "The college decided on 2017-09-30, a day of the weekend.",
    ),
    (
        {**DECIDED, "decision.1.on": "2017-10-01"},
        "The college decided on 2017-10-01, a day of the weekend.",
    ),
    (
        {
            "term.start": "2018-01-01",
            "termination.on": "2020-06-01",
            "termination.ends_on": "2021-06-30",
        },
        (
            "The termination names 2021-06-30 as the last day, after the end of the term,"
            " 2020-12-31: what recurs, such as a yearly contribution, is not counted for the days"
            " between. See whether the term is right (term.length, term.last_day)."
        ),
    ),
    (
        {"contribution.total": "3500.00"},
        "The total of € 3500.00 differs from the instalments together, € 3000.00.",
    ),
    (
        {
            "contribution.every": None,
            "instalment.1.amount": "1000.00",
            "instalment.2.amount": "900.00",
            "contribution.amount": "2000.00",
        },
        "The contribution of € 2000.00 differs from the instalments together, € 1900.00.",
    ),
    (
        {"term.start": "2017-10-12", "contribution.total": "3500.00"},
        "The total of € 3500.00 differs from the instalments together, € 3000.00.",
    ),
    (
        {"instalment.1.paid_on": "2017-10-12", "instalment.1.paid_amount": "950.00"},
        "Instalment 1 was € 1000.00, but € 950.00 was paid.",
    ),
    (
        {
            "evaluation.final.before_end": None,
            "evaluation.final.after_start": "P1Y",
            "term.length": None,
            "term.open_ended": "true",
            "instalment.1.paid_on": "2017-10-12",
            "instalment.1.paid_amount": "950.00",
        },
        "Instalment 1 was € 1000.00, but € 950.00 was paid.",
    ),
    (
        {
            "term.start": "2017-10-12",
            "termination.on": "2018-01-10",
            "termination.ends_on": "2018-03-31",
            "instalment.2.paid_on": "2018-01-05",
        },
        (
            "Instalment 2 (€ 1000.00) was paid, but falls due on 2018-10-12, after the last"
            " day: see whether the money has to come back."
        ),
    ),
    (
        {"contribution.currency": "eur"},
        "The currency is “eur” and no code of three capitals, such as EUR: it is counted apart.",
    ),
    (
        {"contribution.every": "P18M", "term.length": "P1Y"},
        "The instalments' period is longer than the term: one instalment remains.",
    ),
    (
        {"source.1.field": "contribution.every", "source.1.status": "assumed"},
        "the payment period of the contribution is assumed.",
    ),
]


@pytest.mark.parametrize("changes, warning", SUSPECT)
def test_a_suspect_fact_is_a_warning(changes: dict[str, str | None], warning: str) -> None:
    assert suspect(changes) == [warning]
    assert wrong(changes) == []


def test_what_was_assumed_of_an_instalment_that_was_paid_is_not_suspect() -> None:
    amount: Changes = {"instalment.2.amount": "1000.00", "source.1.field": "instalment.2.amount"}
    assumed, disputed = ({**amount, "source.1.status": one} for one in ("assumed", "disputed"))
    paid = {"instalment.2.paid_on": "2018-10-12"}

    assert suspect(assumed) == ["the amount of instalment 2 is assumed."]
    assert suspect({**assumed, **paid}) == []
    assert suspect({**disputed, **paid}) == ["the amount of instalment 2 is disputed."]


def test_the_figure_of_a_year_stays_suspect_until_each_instalment_of_that_year_was_paid() -> None:
    halves: Changes = {
        "contribution.every": "P6M",
        "contribution.indexation": "CPI",
        "instalment.3.amount": "1035.00",
        "instalment.3.paid_on": "2018-10-12",
        "source.1.field": "instalment.3.amount",
        "source.1.status": "assumed",
    }
    assert suspect(halves) == ["the amount of instalment 3 is assumed."]
    assert suspect({**halves, "instalment.4.paid_on": "2019-04-12"}) == []


def test_a_document_is_held_against_the_last_decision_whatever_was_written_first() -> None:
    first = {"decision.2.on": "2017-11-21", "decision.2.outcome": "as_proposed", **DECIDED}
    assert suspect({"document.1.title": "Advies", "document.1.dated": "2017-11-17", **first}) == []


@pytest.mark.parametrize(
    "dated, told", [("2017-11-17", "Friday 17 November 2017"), ("2018", "2018")]
)
def test_the_date_of_a_document_is_told_as_other_dates(dated: str, told: str) -> None:
    changes = {"document.1.title": "Advies", "document.1.dated": dated, **DECIDED}
    (warning,) = warnings(agreement(changes))

    assert f"is dated {told}, after the decision of" in language("en").say(warning)


@pytest.mark.parametrize("dated", ["2017-09-26", "2017-09", "2017", "unknown"])
def test_a_document_that_may_be_older_than_the_decision_is_not_suspect(dated: str) -> None:
    assert suspect({"document.1.title": "Advies", "document.1.dated": dated, **DECIDED}) == []


def test_an_evaluation_after_the_last_day_is_suspect_for_nobody_will_be_asked() -> None:
    fixed = {"term.start": "2017-10-12"}
    after = {"evaluation.half.after_start": "P3Y", **fixed}
    told = (
        "an interim evaluation is due on 2020-10-12, after the last day 2020-10-11; after the end"
        " nobody is asked for it."
    )
    held = {
        "evaluation.half.held.2020-10-12.on": "2020-10-01",
        "evaluation.half.held.2020-10-12.taken_for": "P3Y",
    }

    assert suspect(after) == [told]
    assert suspect({**after, **held}) == []
    assert suspect({**after, **TACIT}) == []  # it goes on by itself
    assert suspect({"evaluation.half.on": "2020-10-11", **fixed}) == []


def test_a_period_of_the_instalments_that_is_the_term_is_not_suspect() -> None:
    assert suspect({"contribution.every": "P1Y", "term.length": "P1Y"}) == []


def test_an_amount_that_was_paid_before_its_figure_was_entered_is_not_another() -> None:
    indexed = {"contribution.indexation": "CPI", "term.start": "2017-10-12"}
    paid = {"instalment.2.paid_on": "2018-10-12", "instalment.2.paid_amount": "1020.00"}

    assert suspect({**indexed, **paid}) == []


LEFT: Changes = {
    "term.start": "2017-10-12",
    "contribution.payer": "beesel",  # three years yearly: the third falls due on 12 October 2019
    "party.beesel.left_on": "2018-12-31",
    "obligation.report.what": "jaarverslag",
    "obligation.report.by": "beesel",
    "obligation.report.on": "2019-01-01",
    "obligation.policy.what": "polis",
    "obligation.policy.by": "beesel",
    "obligation.policy.on": "2018-12-31",  # its last day: it is still a party
}


def test_what_is_asked_of_a_party_after_it_left_is_suspect() -> None:
    assert suspect(LEFT) == [
        (
            "Gemeente Beesel is a party through 2018-12-31, but still stands with what comes after"
            " that: instalment 3, jaarverslag. See who takes its place."
        )
    ]
    assert suspect({**LEFT, "party.beesel.left_on": None}) == []
    paid = {"instalment.3.paid_on": "2018-12-31", "obligation.report.by": "limburg"}
    assert suspect({**LEFT, **paid}) == []


def test_what_is_paid_to_a_party_after_it_left_is_suspect() -> None:
    """A foundation went bankrupt, and its subsidy was still asked for, with no word of it."""
    paid_to = {"contribution.payer": None, "contribution.payee": "Gemeente Beesel"}
    others = {"obligation.report.by": "limburg", **paid_to}
    assert suspect({**LEFT, **others}) == [
        (
            "Gemeente Beesel is a party through 2018-12-31, but still stands with what comes after"
            " that: instalment 3. See who takes its place."
        )
    ]
    assert suspect({**LEFT, **others, "contribution.payee": "Waterschap Limburg"}) == []


def test_without_an_end_the_first_few_are_named_of_what_is_asked_of_who_left() -> None:
    endless = {**ENDLESS, "evaluation.final.on": "2020-07-11", "obligation.report.by": "limburg"}

    assert suspect({**LEFT, **endless}) == [
        (
            "Gemeente Beesel is a party through 2018-12-31, but still stands with what comes after"
            " that: instalment 3, instalment 4, instalment 5, …. See who takes its place."
        )
    ]


OTHERS = ("limburg", "waterschap", "beesel", "cooperatie")
ALONE: Changes = {
    "term.start": "2017-10-12",  # three years: through 11 October 2020
    **{f"party.{key}.left_on": "2018-12-31" for key in OTHERS},
    "party.limburg.left_on": "2019-06-30",
    "contribution.payee": None,  # else it would be one that left
}


def test_an_agreement_that_goes_on_with_nobody_else_is_suspect() -> None:
    alone = (
        "After 2019-06-30 nobody but Gemeente Maastricht is a party, while the agreement goes on:"
        " see whether it has to end."
    )
    assert suspect(ALONE) == [alone]
    endless = {"evaluation.final.on": "2020-07-11"}
    assert suspect({**ALONE, **ENDLESS, **endless}) == [alone]


def test_so_is_one_that_renews_by_itself_when_all_others_left_on_its_last_day() -> None:
    last_day = {f"party.{key}.left_on": "2020-10-11" for key in OTHERS}
    (told,) = suspect({**ALONE, **last_day, **TACIT})
    assert told.startswith("After 2020-10-11 nobody but Gemeente Maastricht is a party, while the")


def test_what_has_ended_does_not_go_on_with_nobody_else() -> None:
    assert suspect({**ALONE, "stage": "ended", "ending": "lapsed"}) == []


def test_nobody_is_alone_while_another_stays_or_the_agreement_ends_with_the_last() -> None:
    assert suspect({**ALONE, "party.beesel.left_on": None}) == []
    assert suspect({**ALONE, "party.limburg.left_on": "2020-10-11"}) == []
    assert suspect({f"party.{key}.name": None for key in OTHERS}) == []


def test_a_total_that_matches_is_not_suspect() -> None:
    assert suspect({"contribution.total": "3000.00"}) == []


def test_a_total_cannot_be_judged_while_the_number_of_instalments_is_unknown() -> None:
    until = {"term.length": None, "term.last_day": "2020-10-11"}

    assert suspect({**until, "contribution.total": "3000.00"}) == []


def test_a_suspect_fact_stays_as_it_was_written() -> None:
    written = agreement({"document.1.title": "Advies", "document.1.dated": "2017-11-17", **DECIDED})

    assert written.document[1].dated == "2017-11-17"


@pytest.mark.parametrize(
    "changes",
    [
        ENDLESS,
        {"contribution.indexation": "CPI"},
        TACIT,
    ],
    ids=["without an end", "indexed", "renewing"],
)
def test_a_total_is_not_held_against_instalments_that_cannot_be_added_up(changes: Changes) -> None:
    on = {"evaluation.final.on": "2020-07-11"} if "term.open_ended" in changes else {}
    total = {"term.start": "2017-10-12", "contribution.total": "3500.00"}

    assert suspect({**changes, **on, **total}) == []


@pytest.mark.parametrize(
    "total,told",
    [
        ("3000.00", []),  # of the three years that were agreed at first
        ("4000.00", []),
        ("3500.00", ["The total of € 3500.00 differs from the instalments together, € 4000.00."]),
    ],
)
def test_a_total_of_the_first_term_holds_after_an_extension_with_contribution(
    total: str, told: list[str]
) -> None:
    longer = {"extension.1.length": "P1Y", "extension.1.contribution": "true"}
    paid = {"instalment.4.paid_on": "2020-10-12"}
    facts = {"term.start": "2017-10-12", "contribution.total": total}

    assert suspect({**longer, **paid, **facts}) == told


def test_a_total_of_one_sum_is_judged_though_the_term_renews() -> None:
    once = {"contribution.every": None, "contribution.total": "3500.00"}

    assert suspect({**TACIT, **once, "term.start": "2017-10-12"}) == [
        "The total of € 3500.00 differs from the instalments together, € 1000.00."
    ]

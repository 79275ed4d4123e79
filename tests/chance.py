"""What chance draws for property tests: agreements, operators' requests, settings, and how often.

`LOOPTIJD_TEST_LONG=1` makes the run long and random; without it the same examples come each time.
"""

import os
from collections.abc import Mapping
from datetime import date, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from msgspec.structs import fields

from states.dates.policy import Alerts
from states.dates.term_dates import due_of, end_of, start_of
from states.model.arithmetic import Dated
from states.model.period import parse_period
from tests.agreements import NO_EVALUATION, NO_MONEY, Changes
from tests.clerk import Clerk, Seen

LONG = int(os.environ.get("LOOPTIJD_TEST_LONG", "0"))


def effort(examples: int, steps: int = 50) -> settings:
    """Return how often a property is tried: so many times, or a hundred times that."""
    return settings(
        max_examples=examples * (LONG * 100 or 1),
        stateful_step_count=steps,
        derandomize=not LONG,
        database=None,
        deadline=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )


# Agreements --------------------------------------------------------------------------------------

WRITTEN: Changes = {
    "contribution.amount": None,
    "contribution.every": None,
    "instalment.1.amount": "400.00",
    "instalment.1.due_on": "2018-03-01",
    "instalment.2.amount": "400.00",
    "instalment.2.fiscal_year": "2019",
    "instalment.3.amount": "200.00",
    "instalment.3.refund": "true",
}

OWED: Changes = {
    "obligation.annex.what": "bijlage",
    "obligation.annex.after_start": "P3M",
    "obligation.report.what": "jaarverslag",
    "obligation.report.by": "limburg",
    "obligation.report.on": "2017-06-01",
    "obligation.report.every": "P6M",
    "obligation.meeting.what": "overleg",
    "obligation.meeting.after_start": "P2W",
    "obligation.meeting.every": "P1M",
    "obligation.policy.what": "polis",
    "obligation.policy.office": "financien",
    "obligation.plan.what": "plan",
    "obligation.plan.before_end": "P6M",
    "obligation.plan_monthly.what": "voortgang",
    "obligation.plan_monthly.before_end": "P4M",
    "obligation.plan_monthly.every": "P1M",
}


def tacit(term: str, renewal: str, notice: str) -> Changes:
    """Return a term that is renewed tacitly."""
    return {
        "term.length": term,
        "term.renewal": "tacit",
        "term.renewal_length": renewal,
        "term.notice": notice,
    }


AGREEMENTS: Mapping[str, Changes] = {
    "the source case": {},
    "nothing known of the money": {
        "contribution.payee": None,
        "contribution.budgeted_through": None,
    },
    "a retroactive start": {"term.start": "2016-10-01"},
    "a start ahead": {"term.start": "2018-01-01", "contribution.budgeted_through": "2018"},
    "our own signature": {"term.start": "own_signature", "evaluation.halfway.after_start": "P18M"},
    "an unknown start, by the quarter": {"term.start": "unknown", "contribution.every": "P3M"},
    "a short term": {**NO_EVALUATION, "term.length": "P6M"},
    "a named last day": {"term.length": None, "term.last_day": "2019-12-31"},
    "an end (tot)": {"term.length": None, "term.ends_before": "2019-02-01", **NO_EVALUATION},
    "open-ended": {
        **NO_EVALUATION,
        "term.length": None,
        "term.open_ended": "true",
        "evaluation.biennial.after_start": "P2Y",
    },
    "tacit, monthly": {**tacit("P6M", "P1M", "P2W"), **NO_EVALUATION, **NO_MONEY},
    "tacit, yearly, with all": tacit("P1Y", "P1Y", "P3M"),
    "tacit, every P18M, by the quarter": {
        **tacit("P18M", "P18M", "P6M"),
        **NO_EVALUATION,
        "contribution.every": "P3M",
    },
    "tacit, monthly, with two months' notice": {**tacit("P6M", "P1M", "P2M"), **NO_EVALUATION},
    "tacit, yearly, with a year's notice": tacit("P1Y", "P1Y", "P1Y"),
    "tacit, to a named day": {
        **tacit("P1Y", "P1Y", "P1M"),
        "term.length": None,
        "term.last_day": "2018-12-31",
        **NO_MONEY,
    },
    "a disputed length": {
        "source.1.field": "term.length",
        "source.1.status": "disputed",
    },
    "a disputed evaluation": {
        "source.1.field": "evaluation.final.before_end",
        "source.1.status": "disputed",
    },
    "indexed": {
        "contribution.every": "P6M",
        "contribution.indexation": "CPI",
        "contribution.budgeted_through": "2018",
    },
    "written instalments": WRITTEN,
    "a party that joins": {
        "party.stein.name": "Gemeente Stein",
        "party.stein.joined_on": "2019-01-01",
        "contribution.payer": "limburg",
    },
    "no money at all": NO_MONEY,
    "obligations of every kind": OWED,
    "obligations, open-ended": {
        **NO_EVALUATION,
        **{path: text for path, text in OWED.items() if not path.startswith("obligation.plan")},
        "term.length": None,
        "term.open_ended": "true",
        "evaluation.biennial.after_start": "P2Y",
    },
    "obligations, tacit, from the last of August": {
        **tacit("P1Y", "P6M", "P1M"),
        **NO_EVALUATION,
        **NO_MONEY,
        **OWED,
        "term.start": "2017-08-31",
    },
    "three evaluations": {
        "evaluation.first.after_start": "P1Y",
        "evaluation.fixed.on": "2019-06-30",
        "evaluation.late.before_end": "P1M",
    },
}

PARTIES = ("maastricht", "limburg", "waterschap", "beesel", "cooperatie")
RAN: Changes = {
    "stage": "active",
    "decision.1.on": "2017-09-26",
    "decision.1.outcome": "as_proposed",
    **{f"party.{key}.signed_on": "2017-10-12" for key in PARTIES},
}
HAPPENED: Mapping[str, Changes] = {
    "nothing": {},
    "a suspension": {
        "suspension.1.on": "2018-02-01",
        "suspension.1.resumed_on": "2018-05-01",
        "suspension.1.moves_end": "true",
    },
    "a suspension that goes on": {
        "suspension.1.on": "2018-02-01",
        "suspension.1.moves_end": "true",
    },
    "an extension": {"extension.1.length": "P1Y", "extension.1.contribution": "false"},
    "payments": {"instalment.1.paid_on": "2017-11-01"},
}
BEGINNINGS = st.sampled_from(["draft", "decided", "signed", "signed", "signed", "history"])


def begun(name: str, beginning: str, happened: str, years: int) -> Clerk:
    """Return an agreement as it is registered, decided, signed, or brought in when it ran."""
    changes = AGREEMENTS[name]
    if beginning == "history":
        when = f"{2017 + years}-11-0{years + 1} 10:00"
        return Clerk({**changes, **RAN, **HAPPENED[happened]}, when, history=True)
    clerk = Clerk(changes, "2017-06-01 10:00")
    if beginning != "draft":
        clerk.act("skip_overleg", {})
        clerk.act("decide", {"outcome": "as_proposed"})
    if beginning == "signed":
        for key in PARTIES:
            clerk.act("sign", {"party": key})
    return clerk


# Days and values ---------------------------------------------------------------------------------

OFFSETS = (0, 0, -1, 1, -30, 30, -92, 92, -400, 400, 14, -7)


def a_day(seen: Seen, which: int, offset: int) -> date:
    """Return a day on, shortly before or after one that matters to the agreement."""
    agreement = seen.agreement
    dues = (due_of(agreement, item) for item in agreement.evaluation.values())
    anchors = [start_of(agreement), end_of(agreement), *dues]
    days = [seen.today, *(item.day for item in anchors if isinstance(item, Dated)), seen.today]
    return days[which % len(days)] + timedelta(days=OFFSETS[offset % len(OFFSETS)])


PERIODS = ("P3Y", "P4Y", "P1Y", "P6M", "P18M", "P1M", "P2W", "P45D", "P5Y")
VALUES: Mapping[str, tuple[str, ...]] = {
    "length": PERIODS,
    "renewal_length": ("P1Y", "P1M", "P18M", "P40D"),
    "notice": ("P3M", "P1M", "P1Y", "P2W"),
    "renewal": ("tacit", "decision"),
    "open_ended": ("true", "false"),
    "before_end": PERIODS,
    "after_start": PERIODS,
    "final": ("true", "false"),
    "merged_into": PARTIES,
    "payer": PARTIES,
    "amount": ("1000.00", "250.50"),
    "paid_amount": ("999.00",),
    "every": ("P1Y", "P3M", "P1M", "P18M", "P6M"),
    "payee": ("Stichting",),
    "budget_line": ("Bijdragen",),
    "budgeted_through": ("2018", "2019", "2099"),
    "indexation": ("CPI",),
    "fiscal_year": ("2018", "2019", "2020"),
    "refund": ("true", "false"),
    "contribution": ("true", "false"),
    "moves_end": ("true", "false"),
    "status": ("disputed", "stated", "assumed"),
    "name": ("Gemeente Nieuw",),
    "title": ("Een andere titel",),
    "office": ("sociaal-domein", "openbare-ruimte"),
}
DATES = frozenset(
    [
        "last_day",
        "ends_before",
        "start",
        "on",
        "signed_on",
        "decided_on",
        "joined_on",
        "left_on",
        "due_on",
        "paid_on",
        "held_on",
        "agreed_on",
        "resumed_on",
        "ends_on",
        "until",
    ]
)
START_RULES = ("last_signature", "own_signature", "unknown")
DISPUTABLE = (
    "term.length",
    "term.start",
    "term.last_day",
    "term.notice",
    "termination.ends_on",
    "evaluation.final.before_end",
    "contribution.every",
    "party.limburg.signed_on",
    "instalment.2.due_on",
    "suspension.1.on",
    "suspension.1.resumed_on",
    "extension.1.length",
    "title",
)
FIELDS = (
    *[
        "title",
        "office",
        "term.length",
        "term.length",
        "term.last_day",
        "term.ends_before",
        "term.open_ended",
        "term.start",
        "term.start",
        "term.renewal",
        "term.renewal_length",
        "term.notice",
        "contribution.amount",
        "contribution.every",
        "contribution.payee",
        "contribution.payer",
        "contribution.budget_line",
        "contribution.budgeted_through",
        "contribution.indexation",
        "termination.on",
        "termination.ends_on",
        "termination.ends_on",
        "overleg.agreed_on",
        "decision.1.on",
        "decision.1.until",
    ],
    *(
        f"party.{key}.{f}"
        for key in ("limburg", "stein", "nieuw")
        for f in ("signed_on", "joined_on", "left_on", "merged_into", "name")
    ),
    *(
        f"evaluation.{key}.{f}"
        for key in ("final", "halfway", "extra")
        for f in ("before_end", "after_start", "on", "final", "held_on")
    ),
    *(
        f"instalment.{n}.{f}"
        for n in (1, 2, 4)
        for f in ("amount", "due_on", "fiscal_year", "payee", "payer", "refund", "paid_on")
    ),
    *(
        f"obligation.{key}.{f}"
        for key in ("report", "policy", "plan")
        for f in ("on", "every", "after_start", "before_end", "fulfilment.1.on")
    ),
    *(f"suspension.{n}.{f}" for n in (1, 2) for f in ("on", "resumed_on", "moves_end")),
    *(f"extension.{n}.{f}" for n in (1, 2) for f in ("length", "contribution")),
    *(f"source.{n}.{f}" for n in (1, 2) for f in ("field", "status")),
)


# Settings ----------------------------------------------------------------------------------------


LISTS = tuple(field.name for field in fields(Alerts))


def alerts(**lists: str) -> Alerts:
    """Return leads and follow-ups, each list as ISO periods with a space between them."""
    return Alerts(**{name: tuple(map(parse_period, text.split())) for name, text in lists.items()})


SETTINGS: tuple[Alerts, ...] = (
    Alerts(),
    alerts(evaluation_before="P6M P100D P1M"),
    alerts(evaluation_before="P100D P2M"),
    alerts(evaluation_after="P1W P2W P3W P8W"),
    alerts(continuation_before="P1Y P6M P2W"),
    alerts(continuation_before="P3D"),
    alerts(payment_before="P26W P4W", payment_after="P2D P3W"),
    alerts(payment_before="", payment_after="P1D"),
    alerts(unsigned_after="P1W P2W P26W"),
    alerts(
        evaluation_before="P1Y P50W P5M",
        evaluation_after="P3D P10W",
        continuation_before="P50W P1M",
        payment_before="P50W P2W P0D",
        payment_after="P1W P10W",
        unsigned_after="P3W",
    ),
    alerts(**dict.fromkeys(LISTS, "")),
)

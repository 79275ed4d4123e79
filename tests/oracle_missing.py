"""Which facts are asked for and by when, worked out by hand from docs/dates.md.

The third part of the oracle for property tests: each field that an alert will need and that is
unknown or disputed, with the day by which it is asked for.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from tests import oracle_dates as dates
from tests.oracle_dates import Facts, length
from tests.oracle_steps import Asked, Settings, decided, working_day

EIGHT_WEEKS = timedelta(weeks=8)
FOLLOW_UPS = ("P4W", "P8W")
DRIVING = [
    "evaluation.",
    "obligation.",
    "contribution.every",
    "term.start",
    "term.length",
    "term.last_day",
    "term.ends_before",
    "term.open_ended",
    "term.notice",
    "termination.ends_on",
    "extension.",
    "suspension.",
]
Needed = Iterator[tuple[str, date]]


def asked(facts: Facts, settings: Settings, horizon: date) -> Iterator[Asked]:
    """Yield the deadline of every fact that is asked for; in an open stage they are watched."""
    every = (
        *_start(facts),
        *_signatures(facts),
        *_end(facts, settings),
        *_disputes(facts),
        *_due_dates(facts),
        *_obligations(facts),
        *_payments(facts, settings, horizon),
    )
    first: dict[str, date] = {}
    for field, day in every:
        first[field] = min(day, first.get(field, day))
    for field, day in first.items():
        follow_ups = FOLLOW_UPS
        yield Asked(
            rule="missing_fact", about=field, nominal=day, leads=("P0D",), follow_ups=follow_ups
        )


def _obligations(facts: Facts) -> Needed:
    for key in dates.keys(facts, "obligation"):
        known = [
            f"obligation.{key}.{name}" in facts for name in ("on", "after_start", "before_end")
        ]
        field = f"obligation.{key}.on"
        if not any(known) and not _settled(facts, field) and (start := dates.start(facts)):
            yield field, start - EIGHT_WEEKS


def _settled(facts: Facts, field: str) -> bool:
    """Money that was paid or waived, and what is owed once and was fulfilled or waived."""
    path = ".".join(field.split(".")[:2])
    if (
        field.startswith("obligation.")
        and not {f"{path}.every", f"{path}.before_end"} & facts.keys()
    ):
        return bool({f"{path}.fulfilment.1.on", f"{path}.fulfilment.1.waived_on"} & facts.keys())
    money = field.startswith("instalment.")
    return money and bool({f"{path}.paid_on", f"{path}.waived_on"} & facts.keys())


def _start(facts: Facts) -> Needed:
    on = decided(facts)
    if on and facts["term.start"] == "unknown":
        yield "term.start", on


def _signatures(facts: Facts) -> Needed:
    for key in dates.keys(facts, "party"):
        path = f"party.{key}"
        if f"{path}.signed_on" in facts or f"{path}.left_on" in facts:
            continue
        if needed := dates.day(facts, f"{path}.joined_on") or dates.start(facts):
            yield f"{path}.signed_on", needed - EIGHT_WEEKS


def _end(facts: Facts, settings: Settings) -> Needed:
    start = dates.start(facts)
    if start is None or dates.end(facts) or facts["term.open_ended"] == "true":
        return
    for number in dates.keys(facts, "suspension"):
        path = f"suspension.{number}"
        if f"{path}.resumed_on" not in facts and facts[f"{path}.moves_end"] == "true":
            on = date.fromisoformat(facts[f"{path}.on"])
            leads = settings["evaluation_before"] or ("P8W",)
            yield f"{path}.resumed_on", max(dates.after(on, length(lead)) for lead in leads)
            return
    if not any(path in facts for path in ("term.length", "term.last_day", "term.ends_before")):
        yield "term.length", start


def _disputes(facts: Facts) -> Needed:
    since = dates.start(facts) or decided(facts)
    for number in dates.keys(facts, "source"):
        field = facts[f"source.{number}.field"]
        drives = field.startswith(tuple(DRIVING)) or field.endswith((".signed_on", ".due_on"))
        unsure = dates.is_disputed(facts, field)
        if since and drives and unsure and not _settled(facts, field):
            yield field, since


# Money -------------------------------------------------------------------------------------------


def _is_open(facts: Facts, number: int, due: date | None) -> bool:
    path, end = f"instalment.{number}", dates.end(facts)
    if f"{path}.paid_on" in facts or f"{path}.waived_on" in facts:
        return False
    if "termination.ends_on" in facts and end:
        return due is None or dates.begins(facts, number, due) <= end
    return True


def _has_money(facts: Facts) -> bool:
    return any(path.startswith(("contribution.", "instalment.")) for path in facts)


def _due_dates(facts: Facts) -> Needed:
    if "contribution.every" in facts or not _has_money(facts):
        return
    start = dates.start(facts)
    for number, due in dates.instalments(facts, date.max).items():
        path = f"instalment.{number}"
        if due or f"{path}.due_on" in facts or not _is_open(facts, number, due):
            continue
        if year := facts.get(f"{path}.fiscal_year"):
            yield f"{path}.due_on", date(int(year), 1, 1) - 2 * EIGHT_WEEKS
        elif start:
            yield f"{path}.due_on", start - EIGHT_WEEKS


def _payments(facts: Facts, settings: Settings, horizon: date) -> Needed:
    found: set[str] = set()
    leads, follow_ups = settings["payment_before"], settings["payment_after"]
    if not leads and not follow_ups:
        return
    dues = dates.instalments(facts, horizon).items()
    for due, number in sorted((due, number) for number, due in dues if due):
        if not _is_open(facts, number, due):
            continue
        if leads:
            first = working_day(dates.before(due, length(leads[0])), forward=False)
        else:
            first = working_day(dates.after(due, length(follow_ups[0])), forward=True)
        for field in _lacking(facts, number, due):
            if field not in found:
                found.add(field)
                yield field, first - EIGHT_WEEKS


def _lacking(facts: Facts, number: int, due: date) -> Iterator[str]:
    path = f"instalment.{number}"
    money = any(name.startswith("contribution.") for name in facts)
    if (amount := _amount_field(facts, number)) not in facts:
        yield amount
    payer = facts.get(f"{path}.payer") or facts.get("contribution.payer")
    ours = payer is None or payer == dates.own(facts)
    if not ours or facts.get(f"{path}.refund") == "true":
        return
    if f"{path}.payee" not in facts and "contribution.payee" not in facts:
        yield "contribution.payee" if money else f"{path}.payee"
    if money and "contribution.budget_line" not in facts:
        yield "contribution.budget_line"
    year = int(facts.get(f"{path}.fiscal_year") or due.year)
    if money and year > int(facts.get("contribution.budgeted_through", "0")):
        yield "contribution.budgeted_through"


def _amount_field(facts: Facts, number: int) -> str:
    """Return the field that gives an instalment's amount: with an indexation, that of its year."""
    own = f"instalment.{number}.amount"
    every = facts.get("contribution.every")
    if own in facts or "contribution.amount" not in facts:
        return own
    if "contribution.indexation" not in facts or not every:
        return "contribution.amount"
    months = length(every)[0]
    year = (number - 1) * months // 12
    first = next(n for n in range(1, number + 1) if (n - 1) * months // 12 == year)
    return f"instalment.{first}.amount" if year else "contribution.amount"

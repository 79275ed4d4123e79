"""An overview of what is open for one office, over all its agreements: values, then sentences."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from jinja2 import Environment

from notifications.language import Language
from notifications.letter import Done, Item, Money, Overview
from notifications.sentences import Section, Sentences, section
from notifications.template_values import LONGEST_NAME_IN_SUBJECT, contact_line, dated, one_line

MOST_ITEMS = 200


def overview_view(overview: Overview, language: Language) -> dict[str, Any]:
    """Return the overview as strings, numbers, booleans and lists, the most urgent item first."""
    today = overview.written_at.date()
    items = sorted(overview.items, key=_urgency)
    shown, more = items[:MOST_ITEMS], len(items[MOST_ITEMS:]) + overview.more
    late, asked = sum(item.overdue for item in items), sum(item.asks for item in items)
    return {
        "language": overview.language,
        "municipality": one_line(overview.municipality),
        "kind": overview.kind,
        "role": overview.role.value,
        "office": one_line(overview.office),
        "in_subject": one_line(overview.office, LONGEST_NAME_IN_SUBJECT),
        "typed": [],
        "contact": contact_line(overview.contact),
        "count": len(shown) + more,
        "asked": asked + overview.more,
        "is_late": overview.is_late,
        "is_known_late": overview.is_known_late,
        "is_renewed": overview.is_renewed,
        "agreements_in_all": len({item.ref for item in items}),
        "late": late,
        "late_at_least": late == len(items) and overview.more > 0,
        "more": more,
        "agreements": _agreements(shown, today, language),
        **totals(items, language),
        "from_on_is_past": overview.from_on is not None and overview.from_on < today,
        "from_on_is_ahead": overview.from_on is not None and today < overview.from_on,
        **dict(dated("from_on", overview.from_on, today, language)),
        **dict(dated("today", today, today, language)),
    }


def totals(items: Sequence[Item], language: Language) -> dict[str, Any]:
    """Return what has to be paid in all, and of that what is late, with what is not certain."""
    money = [item.money for item in items if item.money]
    late = [item.money for item in items if item.money and item.overdue]
    return {
        "total": _total(money, language),
        "total_late": _total(late, language),
        "total_is_at_least": any(one.amount is None for one in money),
        "total_is_certain": all(one.is_certain for one in money if one.amount is not None),
    }


def _total(money: Sequence[Money], language: Language) -> str | None:
    """Return a sum for each currency, or None where no amount is known."""
    sums: dict[str, Decimal] = {}
    for one in money:
        if one.amount is not None:
            sums[one.currency] = sums.get(one.currency, Decimal()) + one.amount
    written = (language.amount(amount, currency) for currency, amount in sums.items())
    return " + ".join(written) or None


def _urgency(item: Item) -> tuple[int, bool, date, str]:
    """Of one rank what is late comes first, the longest overdue on top; then by date and number."""
    return item.rank, not item.overdue, item.nominal_on or date.max, item.ref


def _agreements(items: list[Item], today: date, language: Language) -> list[dict[str, Any]]:
    """Return each agreement once, at the place of its most urgent item."""
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        agreement = found.setdefault(item.ref, {**named(item), "open": []})
        agreement["open"].append(item_view(item, today, language))
    return list(found.values())


def named(about: Item | Done) -> dict[str, Any]:
    """Return by what an agreement is known."""
    return {"ref": one_line(about.ref), "called": one_line(about.called), "public": about.public}


def item_view(item: Item, today: date, language: Language) -> dict[str, Any]:
    """Return one thing that is open as strings and booleans."""
    return {
        "what": one_line(language.say(item.what)),
        "overdue": item.overdue,
        "passed": item.passed,
        "asks": item.asks,
        "above": one_line(item.above or ""),
        "earlier_to": one_line(item.earlier_to or ""),
        "is_past": item.nominal_on is not None and item.nominal_on < today,
        **dict(dated("date", item.nominal_on, today, language)),
    }


def overview_page(overview: dict[str, Any], templates: Environment) -> dict[str, Any]:
    """Return what an overview says of the agreements, and why."""
    common, kind = Sentences(templates, "overview"), Sentences(templates, overview["kind"])
    why = Sentences(templates, "letter").line("why_heading")
    before = [
        section(common.line("ask_heading", overview), kind.paragraphs("ask", overview)),
        *_listed(overview, common, kind),
        section(why, kind.paragraphs("why", overview)),
    ]
    return framed(overview, templates, before)


def framed(
    overview: dict[str, Any],
    templates: Environment,
    before: list[Section],
    after: Sequence[Section] = (),
) -> dict[str, Any]:
    """Return subject, heading, sections and footer; the layouts show these and add no words.

    What comes next stands between `before` and `after`, and how to answer comes last.
    """
    common, kind = Sentences(templates, "overview"), Sentences(templates, overview["kind"])
    return {
        "language": overview["language"],
        "subject": kind.line("subject", overview),
        "heading": kind.line("heading", overview),
        "sections": [
            *before,
            section(common.line("next_heading"), kind.paragraphs("next", overview)),
            *after,
            section(common.line("answer_heading", overview), common.paragraphs("answer", overview)),
        ],
        "footer": Sentences(templates, "letter").paragraphs("footer", overview),
    }


def _listed(overview: dict[str, Any], common: Sentences, kind: Sentences) -> list[Section]:
    """Return the items, with a heading for each agreement."""
    if not overview["agreements"]:
        return []
    heading = (kind if kind.has("list_heading") else common).line("list_heading")
    top = section(heading, common.paragraphs("more", overview))
    return [top, *(_agreement(agreement, common) for agreement in overview["agreements"])]


def _agreement(agreement: dict[str, Any], common: Sentences) -> Section:
    items = [
        {"label": common.line("when", item), "value": common.line("what", item)}
        for item in agreement["open"]
    ]
    return section(common.line("agreement", agreement), level=3, facts=items)

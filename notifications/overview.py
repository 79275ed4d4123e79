"""An overview of what is open for one office, over all its agreements: values, then sentences.

The weekly digest is one too: what is late, what comes, what was done, and a fingerprint.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from jinja2 import Environment

from notifications.language import Language
from notifications.letter import Digest, DoneItem, Item, Overview
from notifications.sentences import Section, Sentences, section
from notifications.template_values import LONGEST_NAME_IN_SUBJECT, dated, framed, one_line
from states.model.arithmetic import DAY, MONTH, WEEK
from states.model.money import Money, totals

MOST_ITEMS = 200
MOST_LINES = 50


def overview_view(overview: Overview, language: Language) -> dict[str, Any]:
    """Return the overview as strings, numbers, booleans and lists, the most urgent item first."""
    today = overview.written_at.date()
    items = sorted(overview.items, key=_urgency)
    shown = items[:MOST_ITEMS]
    return {
        **framed(overview),
        "kind": overview.kind,
        "stands_in": overview.stands_in,
        "in_subject": one_line(overview.office, LONGEST_NAME_IN_SUBJECT),
        "typed": [],
        "count": len(items),
        "asked": sum(item.asks for item in items),
        "came_up": all(item.asked_too for item in items),  # from offices that are asked too
        "is_late": overview.is_late,
        "is_known_late": overview.is_known_late,
        "is_renewed": overview.is_renewed,
        "agreements_in_all": len({item.ref for item in items}),
        "late": sum(item.overdue for item in items),
        "passed": sum(item.passed for item in items),
        "more": len(items) - len(shown),
        "agreements": _agreements(shown, today, language),
        **_totals(items, language),
        **dated("from_on", overview.from_on, today, language),
        **dated("today", today, today, language),
        **(_of_digest(overview, language) if isinstance(overview, Digest) else {}),
    }


def _totals(items: Sequence[Item], language: Language) -> dict[str, Any]:
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
    return " + ".join(language.say(one.figure) for one in totals(money)) or None


def _urgency(item: Item) -> tuple[int, bool, date, str]:
    """Of one rank what is late comes first, the longest overdue on top; then by date and number."""
    return item.rank, not item.overdue, item.nominal_on or date.max, item.ref


def _agreements(items: list[Item], today: date, language: Language) -> list[dict[str, Any]]:
    """Return each agreement once, at the place of its most urgent item."""
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        agreement = found.setdefault(item.ref, {**_named(item), "open": []})
        agreement["open"].append(_item_view(item, today, language))
    return list(found.values())


def _named(about: Item | DoneItem) -> dict[str, Any]:
    """Return by what an agreement is known."""
    return {"ref": one_line(about.ref), "called": one_line(about.called), "public": about.public}


def _item_view(item: Item, today: date, language: Language) -> dict[str, Any]:
    """Return one thing that is open as strings and booleans."""
    return {
        "what": one_line(language.say(item.what)),
        "overdue": item.overdue,
        "passed": item.passed,
        "asks": item.asks,
        "above": one_line(item.above or ""),
        "asked_too": one_line(item.asked_too or ""),
        **dated("date", item.nominal_on, today, language),
    }


def overview_page(overview: dict[str, Any], templates: Environment) -> dict[str, Any]:
    """Return subject, heading, sections and footer; the layouts show these and add no words.

    How to answer comes last. A digest has lists instead of agreements, gives no reason, and has the
    fingerprint after what comes next.
    """
    common, kind = Sentences(templates, "overview"), Sentences(templates, overview["kind"])
    letter = Sentences(templates, "letter")
    if "lists" in overview:
        asks, told, after = kind, [*_lists(overview, kind)], [*_fingerprint(overview, kind)]
    else:
        why = section(letter.line("why_heading"), kind.paragraphs("why", overview))
        asks, told, after = common, [*_listed(overview, common, kind), why], []
    return {
        "language": overview["language"],
        "subject": kind.line("subject", overview),
        "heading": kind.line("heading", overview),
        "sections": [
            section(asks.line("ask_heading", overview), kind.paragraphs("ask", overview)),
            *told,
            section(common.line("next_heading"), kind.paragraphs("next", overview)),
            *after,
            section(common.line("answer_heading", overview), common.paragraphs("answer", overview)),
        ],
        "footer": letter.paragraphs("footer", overview),
    }


def _listed(overview: dict[str, Any], common: Sentences, kind: Sentences) -> Iterator[Section]:
    """Yield the items, with a heading for each agreement."""
    if overview["agreements"]:
        heading = (kind if kind.has("list_heading") else common).line("list_heading")
        yield section(heading, common.paragraphs("more", overview))
    for agreement in overview["agreements"]:
        yield _agreement(agreement, common)


def _agreement(agreement: dict[str, Any], common: Sentences) -> Section:
    items = [
        {"label": common.line("when", item), "value": common.line("what", item)}
        for item in agreement["open"]
    ]
    return section(common.line("agreement", agreement), level=3, facts=items)


# The digest --------------------------------------------------------------------------------------


def _of_digest(digest: Digest, language: Language) -> dict[str, Any]:
    """Return what a digest has beside what is open, its lists each in order of date.

    What is late comes before what is only open, as of both no more than MOST_LINES are shown.
    """
    today, week, seal = digest.written_at.date(), digest.week, digest.week.fingerprint
    return {
        "lists": {
            "late": [_line(item, today, language) for item in sorted(digest.items, key=_urgency)],
            **_by_urgency(week.coming, today, language),
            "done": [
                {**_named(done), "what": [one_line(language.say(what)) for what in done.what]}
                for done in week.done
            ],
        },
        "coming": len(week.coming),
        **_totals([*digest.items, *week.coming], language),
        "done": len(week.done),
        "fingerprint": seal.hash if seal else None,
        "sealed_iso": seal.day.isoformat() if seal else None,
        **dated("sealed", seal.day if seal else None, today, language),
        **dated("done_since", week.day - WEEK, today, language),
        **dated("done_through", week.day - DAY, today, language),
    }


def _by_urgency(
    items: Sequence[Item], today: date, language: Language
) -> dict[str, list[dict[str, Any]]]:
    """Return what comes within a week, a month and later, and what happens by itself."""
    names = ("week", "month", "coming", "by_itself")
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for item in items:
        ahead = (item.nominal_on or date.max) - today
        soon = "week" if ahead < WEEK else "month" if ahead < MONTH else "coming"
        found["by_itself" if item.by_itself else soon].append(_line(item, today, language))
    return found


def _line(item: Item, today: date, language: Language) -> dict[str, Any]:
    days = (today - item.nominal_on).days if item.nominal_on else 0
    return {**_item_view(item, today, language), **_named(item), "days": days}


def _lists(digest: dict[str, Any], words: Sentences) -> Iterator[Section]:
    """Yield each list that is not empty under its heading, cut where it gets too long to read."""
    for name, lines in digest["lists"].items():
        if lines:
            told = name if words.has(f"{name}_label") else "coming"
            label, value = f"{told}_label", f"{told}_value"
            facts = [
                {"label": words.line(label, line), "value": words.line(value, line)}
                for line in lines[:MOST_LINES]
            ]
            cut = words.paragraphs("more", len(lines[MOST_LINES:])) if lines[MOST_LINES:] else []
            yield section(words.line(f"{name}_heading", digest), cut, facts=facts)


def _fingerprint(digest: dict[str, Any], words: Sentences) -> Iterator[Section]:
    if digest["fingerprint"]:
        text = words.paragraphs("fingerprint", digest)
        yield section(words.line("fingerprint_heading"), text)

"""The dates that facts demand, worked out by hand from docs/dates.md, R1, R2, R4 and R9.

An oracle for property tests: it reads the facts as text, knows none of the product's code and
uses the standard library alone. A date that is not known is None.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

Facts = Mapping[str, str]
Length = tuple[int, int]  # months and days
DAY = timedelta(days=1)
ENDS = ("term.length", "term.last_day", "term.ends_before", "term.open_ended")


# Arithmetic --------------------------------------------------------------------------------------


def length(text: str | None) -> Length:
    """Return the months and days of an ISO 8601 period."""
    number = {unit: int(count) for count, unit in re.findall(r"(\d+)([YMWD])", text or "")}
    years, weeks = number.get("Y", 0), number.get("W", 0)
    return years * 12 + number.get("M", 0), weeks * 7 + number.get("D", 0)


def added(*lengths: Length) -> Length:
    return sum(months for months, _ in lengths), sum(days for _, days in lengths)


def shifted(day: date, months: int, *, overflow: bool = False) -> date:
    """Return the same day number months on; R2 clamps it, R1 goes to the 1st that follows."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    if day.day <= monthrange(year, month)[1]:
        return date(year, month, day.day)
    if overflow:
        return date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, monthrange(year, month)[1])


def after(day: date, period: Length) -> date:
    return shifted(day, period[0]) + timedelta(days=period[1])


def before(day: date, period: Length) -> date:
    return shifted(day, -period[0]) - timedelta(days=period[1])


def reach(day: date, period: Length) -> date:
    """Return the first day that a term of this length from `day` no longer holds (R1)."""
    return shifted(day, period[0], overflow=True) + timedelta(days=period[1])


# Reading facts -----------------------------------------------------------------------------------


def day(facts: Facts, path: str) -> date | None:
    text = facts.get(path)
    return date.fromisoformat(text) if text else None


def keys(facts: Facts, group: str) -> list[str]:
    """Return the keys of a group in their order: `party` gives maastricht, limburg."""
    found = (path.split(".")[1] for path in facts if path.startswith(f"{group}."))
    return list(dict.fromkeys(found))


def is_disputed(facts: Facts, *paths: str) -> bool:
    return any(
        facts.get(f"source.{number}.status") == "disputed"
        and facts.get(f"source.{number}.field") in paths
        for number in keys(facts, "source")
    )


def founders(facts: Facts) -> list[str]:
    """Return the parties on whose signatures the start waits."""
    return [
        key
        for key in keys(facts, "party")
        if f"party.{key}.joined_on" not in facts
        and (f"party.{key}.left_on" not in facts or f"party.{key}.signed_on" in facts)
    ]


def own(facts: Facts) -> str:
    return next(key for key in keys(facts, "party") if facts.get(f"party.{key}.own") == "true")


# The term ----------------------------------------------------------------------------------------


def start(facts: Facts) -> date | None:
    rule = facts["term.start"]
    if is_disputed(facts, "term.start") or rule == "unknown":
        return None
    if rule[0].isdigit():
        return date.fromisoformat(rule)
    awaited = [own(facts)] if rule == "own_signature" else founders(facts)
    paths = [f"party.{key}.signed_on" for key in awaited]
    if is_disputed(facts, *paths) or any(path not in facts for path in paths):
        return None
    return max(date.fromisoformat(facts[path]) for path in paths)


def term_end(facts: Facts, extensions: list[Length]) -> date | None:
    """Return the last day with these extensions, before suspensions and terminations move it."""
    total = added(*extensions)
    lengths = (f"extension.{number}.length" for number in keys(facts, "extension"))
    if is_disputed(facts, *ENDS, *lengths):
        return None
    if "term.length" in facts:
        begin = start(facts)
        return begin and reach(begin, added(length(facts["term.length"]), total)) - DAY
    named = day(facts, "term.last_day")
    if until := day(facts, "term.ends_before"):
        named = until - DAY
    if named is None:
        return None
    return reach(named + DAY, total) - DAY if extensions else named


def extensions(facts: Facts) -> list[str]:
    return keys(facts, "extension")


def natural_end(facts: Facts, rests: int | None = None) -> date | None:
    """Return the last day if nobody had terminated the agreement, after so many suspensions."""
    lengths = [length(facts[f"extension.{n}.length"]) for n in extensions(facts)]
    end, suspensions = term_end(facts, lengths), keys(facts, "suspension")[:rests]
    moved_by = (path for path in facts if path.startswith("suspension."))
    if suspensions and is_disputed(facts, *moved_by):
        return None
    for number in suspensions:
        if facts[f"suspension.{number}.moves_end"] != "true" or end is None:
            continue
        resumed = day(facts, f"suspension.{number}.resumed_on")
        begun = day(facts, f"suspension.{number}.on")
        assert begun
        end = end + (resumed - begun) if resumed else None
    return end


def end_before(facts: Facts) -> date | None:
    """Return the last day of the term before this one, moved by what rested in it alone."""
    numbers = extensions(facts)
    if not numbers:
        return None
    shorter = {p: text for p, text in facts.items() if p != f"extension.{numbers[-1]}.length"}
    rested = keys(facts, "suspension")
    ends = [natural_end(shorter, count) for count in range(len(rested) + 1)]
    for last, number in zip(ends, rested, strict=False):
        if last and str(last) < facts[f"suspension.{number}.on"]:
            return last
    return ends[-1]


def end(facts: Facts) -> date | None:
    if "termination.ends_on" not in facts:
        return natural_end(facts)
    return None if is_disputed(facts, "termination.ends_on") else day(facts, "termination.ends_on")


def renews(facts: Facts) -> bool:
    """Tell whether the term goes on by itself after its last day."""
    if facts["term.renewal"] != "tacit" or "termination.ends_on" in facts:
        return False
    return decided(facts) is None


# What belongs to the term ------------------------------------------------------------------------


def is_of_this_term(facts: Facts, taken_for: str) -> bool:
    """Tell whether a term, by its number and what was agreed of its end, is the one that runs."""
    number, *named, total = taken_for.split()
    last = day(facts, "term.last_day")
    if until := day(facts, "term.ends_before"):
        last = until - DAY
    lengths = [length(facts.get("term.length"))]
    lengths += [length(facts[f"extension.{n}.length"]) for n in extensions(facts)]
    return (int(number), named, length(total)) == (
        len(extensions(facts)) + 1,
        [str(last)] if last else [],
        added(*lengths),
    )


def decided(facts: Facts) -> str | None:
    """Return the path of the decision on the continuation that was taken for this term."""
    for day_then in keys(facts, "continuation"):
        path = f"continuation.{day_then}"
        taken_for = facts.get(f"{path}.taken_for")
        if taken_for and is_of_this_term(facts, taken_for):
            return path
        ends = [end(facts), *_ends_that_moved(facts)]
        if not taken_for and date.fromisoformat(day_then) in ends:
            return path
    return None


def _held_for(facts: Facts, key: str) -> date | None:
    """Return the date for which an evaluation was held that is held for this term."""
    path = f"evaluation.{key}"
    held = [name.split(".")[3] for name in facts if name.startswith(f"{path}.held.")]
    for then in reversed(list(dict.fromkeys(held))):
        agreed, _, term = facts.get(f"{path}.held.{then}.taken_for", "").partition(" before ")
        if term and f"{path}.before_end" in facts:
            same = length(agreed) == length(facts[f"{path}.before_end"])
            found = same and is_of_this_term(facts, term)
        elif f"{path}.after_start" in facts:
            found = agreed[:1] == "P" and length(agreed) == length(facts[f"{path}.after_start"])
        else:
            found = bool(agreed) and agreed == facts.get(f"{path}.on")
        if found:
            return date.fromisoformat(then)
    return None


# What hangs on it --------------------------------------------------------------------------------


def evaluation(facts: Facts, key: str) -> date | None:
    path = f"evaluation.{key}"
    if is_disputed(facts, f"{path}.before_end", f"{path}.after_start", f"{path}.on"):
        return None
    if held := _held_for(facts, key):
        return held
    if agreed := day(facts, f"{path}.on"):
        return agreed
    if f"{path}.after_start" in facts:
        begin = start(facts)
        return begin and after(begin, length(facts[f"{path}.after_start"]))
    back = length(facts[f"{path}.before_end"])
    for earlier in _ends_that_moved(facts):
        then = f"{path}.held.{before(earlier, back)}"
        if f"{then}.on" in facts and f"{then}.taken_for" not in facts:
            return before(earlier, back)
    last = end(facts)
    return last and before(last, back)


def _ends_that_moved(facts: Facts) -> list[date]:
    """Return the ends of this term that a termination or a suspension has made another."""
    ends = [natural_end(facts)] if "termination.ends_on" in facts else []
    ends += [natural_end(facts, rests) for rests in range(len(keys(facts, "suspension")))]
    return [end for end in ends if end]


def instalments(facts: Facts, through: date) -> dict[int, date | None]:
    """Return the due date of each instalment by number (R9); without an end those up to a day."""
    every, amount = facts.get("contribution.every"), facts.get("contribution.amount")
    numbers = [int(n) for n in keys(facts, "instalment")]
    dues: dict[int, date | None] = {}
    if every and amount:
        dues = _periodic(facts, length(every)[0], through)
    elif amount and (
        set(numbers) <= {1} or not any(f"instalment.{n}.amount" in facts for n in numbers)
    ):
        dues = {1: start(facts)}
    else:
        dues = dict.fromkeys(sorted(numbers))
    for number in dues:
        if written := day(facts, f"instalment.{number}.due_on"):
            unsure = is_disputed(facts, f"instalment.{number}.due_on")
            dues[number] = None if unsure else written
    return dues


def begins(facts: Facts, number: int, due: date) -> date:
    """Return the first day of what an instalment pays for: by R1's sum, unless its day is named."""
    every, first = facts.get("contribution.every"), start(facts)
    if f"instalment.{number}.due_on" in facts or every is None or first is None:
        return due
    return reach(first, (length(every)[0] * (number - 1), 0))


def _periodic(facts: Facts, months: int, through: date) -> dict[int, date | None]:
    begin, last = start(facts), paid_through(facts) or through
    if begin is None or is_disputed(facts, "contribution.every"):
        return dict.fromkeys(range(1, _foreseen(facts, months) + 1))
    dues: dict[int, date | None] = {}
    number, unpaid = 0, _unpaid(facts)
    while (falls := reach(begin, (months * number, 0))) <= last:
        number += 1
        if not any(first <= falls <= through for first, through in unpaid):
            dues[number] = shifted(begin, months * (number - 1))
    return dues


def obligations(facts: Facts, through: date) -> Iterator[tuple[str, int, date]]:
    """Yield each turn of what is owed: its key, its number, and the date it has."""
    for key in keys(facts, "obligation"):
        path = f"obligation.{key}"
        names = [f"{path}.{name}" for name in ("on", "after_start", "before_end", "every")]
        wait, back, every = (facts.get(name) for name in names[1:])
        anchor = day(facts, f"{path}.on") or (start(facts) if wait else None)
        if back:
            anchor = before(last, length(back)) if (last := end(facts)) else None
        if anchor is None or is_disputed(facts, *names):
            continue
        earlier = len(extensions(facts)) if back else 0
        if every is None:
            yield key, 1 + earlier, after(anchor, length(wait)) if wait else anchor
        elif begins := _in_force(facts):
            last = (end(facts) if back else coming_end(facts)) or through
            for number in range(1, 700):
                period = added(length(wait), *[length(every)] * (number - 1))
                if (reach(anchor, period) if wait else after(anchor, period)) > last:
                    break
                if after(anchor, period) >= begins:
                    yield key, number + 100 * earlier, after(anchor, period)


def _in_force(facts: Facts) -> date | None:
    signed = all(f"party.{key}.signed_on" in facts for key in founders(facts))
    return start(facts) if signed else None


def coming_end(facts: Facts) -> date | None:
    """Return the last day of the term that is to come by itself, or else of this one."""
    if not renews(facts):
        return natural_end(facts)
    number = max(map(int, extensions(facts)), default=0) + 1
    return natural_end({**facts, f"extension.{number}.length": facts["term.renewal_length"]})


def _unpaid(facts: Facts) -> list[tuple[date, date]]:
    """Return the first and last day of each extension that has no instalments of its own."""
    numbers, found = extensions(facts), []
    lengths = [length(facts[f"extension.{n}.length"]) for n in numbers]
    for place, number in enumerate(numbers):
        before_it, last = term_end(facts, lengths[:place]), term_end(facts, lengths[: place + 1])
        if facts[f"extension.{number}.contribution"] == "false" and before_it and last:
            found.append((before_it + DAY, last))
    return found


def _foreseen(facts: Facts, months: int) -> int:
    """Return how many instalments there are until it stops, or in a known length."""
    begin, stops, number = start(facts), end(facts) if "termination.ends_on" in facts else None, 1
    if begin and stops:
        last = stops
    elif "term.length" in facts:
        begin = date(2001, 1, 1)
        last = reach(begin, length(facts["term.length"])) - DAY
    else:
        return 1
    while reach(begin, (months * number, 0)) <= last:
        number += 1
    return number


def paid_through(facts: Facts) -> date | None:
    """Return the last day that a periodic contribution covers, the coming term included."""
    terms = [
        (length(facts[f"extension.{n}.length"]), facts[f"extension.{n}.contribution"])
        for n in extensions(facts)
    ]
    if renews(facts) and "term.renewal_length" in facts:
        terms.append((length(facts["term.renewal_length"]), "true"))
    paid = [place for place, (_, contribution) in enumerate(terms, 1) if contribution == "true"]
    return term_end(facts, [each for each, _ in terms[: max(paid, default=0)]])

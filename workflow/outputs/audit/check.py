"""Judge an audit export of looptijd without looptijd: python3 check.py FOLDER [--en].

What `looptijd why REF --json` says is judged by its receipts: python3 check.py --receipts FILE [--en].

One file, Python 3.11 and its standard library. From facts, policies and a calendar of its own it derives what should
have been said and when (docs/dates.md, R1 to R9; docs/reference/procedure.md), and holds that against what was recorded
and mailed, one to one. Exit code 0: nothing is wrong; 1: something is; 2: the folder cannot be read.
"""

import hashlib
import json
import re
import signal
import sys
import uuid
import zoneinfo
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache, partial
from itertools import count, groupby, pairwise
from multiprocessing import Pool
from pathlib import Path
from typing import Any, NamedTuple

SENTENCES = """
altered chain|gewijzigd: gebeurtenis {n} volgt niet op de vorige|event {n} does not follow from the one before
altered old|gewijzigd: gebeurtenis {n}: {name} was {was}, niet {old}|event {n}: {name} was {was}, not {old}
altered state|gewijzigd: {name} is {old}, volgens logboek en tijd {was}|{name} is {old}, by ledger and time {was}
altered wait|gewijzigd: gebeurtenis {n} stelt {name} te lang uit: {old}|event {n} puts {name} off too long: {old}
altered event|gewijzigd: gebeurtenis {n}: {name} klopt niet ({old})|event {n}: {name} cannot be right ({old})
altered mail|gewijzigd: mail {n} over {name}: {old} klopt niet|mail {n} about {name}: {old} cannot be right
altered calendar|gewijzigd: de feestdagen van {old} wijken af|the holidays of {old} differ
altered count|gewijzigd: {name}: {old} vastgelegd, {was} in de map|{name}: {old} on record, {was} in the folder
altered read|gewijzigd: vanaf hier is niets te beoordelen: {old}|from here on nothing can be judged: {old}
missed step|gemist: {name} moest op {due} en staat nergens|{name} was due at {due} and is nowhere
missed filed|gemist: {name} van {due} is overgeslagen zonder reden|{name} of {due} was superseded without a reason
missed told|gemist: over {name} is niet gemaild ({old})|of {name} there is no mail ({old})
doubled step|dubbel: {name} is ook vastgelegd op {was}|{name} is recorded at {was} as well
doubled told|dubbel: over {name} is vaker gemaild|{name} was mailed more than once
doubled line|dubbel: {name} staat vaker in de map|{name} stands in the folder more than once
early step|te vroeg: {name} moest pas op {due}|{name} was not due before {due}
late step|te laat: {name} moest op {due}; logboek: {old} s te laat|{name} was due at {due}; on record: {old} s late
unexplained step|onverklaard: niets vroeg om {name}|nothing asked for {name}
unexplained back|onverklaard: gebeurtenis {n} is van vóór de vorige: de klok ging terug, of iemand wijzigde haar|event \
{n} is of before the last one: the clock went back, or somebody changed it
finding|{ref}: {at}: {said}|{kind}: {ref}: {at}: {said}
nothing|niets|nothing
summary|overeenkomsten: {agreements}, gebeurtenissen: {events}, signaleringen: {steps}, daarvan te laat en zo \
vastgelegd: {late}, mails: {mails}; bevindingen: {n}.|{agreements} agreements, {events} events, {steps} alerts, {late} \
of them late and on record as late, {mails} mails; findings: {n}.
unreadable|{path}: kan niet worden gelezen ({problem})|{path}: cannot be read ({problem})
usage|python3 check.py MAP [--en], --receipts BESTAND|python3 check.py FOLDER [--en], --receipts FILE
"""
DAY, WEEK, GRACE, IN_TIME = timedelta(days=1), timedelta(weeks=1), 600, 60
RUNNING, MIDNIGHT = ("active", "evaluation", "continuation_decision"), ("activation", "expiry", "renewal")
WATCHED: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("evaluation", "continuation", "expiry", "notice", "renewal"), RUNNING
)
WATCHED |= {"unsigned": ("signing",), "activation": ("signing",), "held_over": ("college_decision",)}
WATCHED |= dict.fromkeys(("payment", "obligation"), ("signing", *RUNNING, "ended"))
WATCHED |= {"missing_fact": ("signing", *RUNNING)}
BEFORE, NEVER = ("draft", "bestuurlijk_overleg", "college_decision"), ("withdrawn", "rejected")
# Each action with the stages in which it is done, and whereto it leads where facts and time do not say that.
PROCEDURE = """
register||draft bestuurlijk_overleg college_decision signing active evaluation continuation_decision ended \
withdrawn rejected
submit|draft|bestuurlijk_overleg
skip_overleg|draft|college_decision
agree|bestuurlijk_overleg|college_decision
revise|bestuurlijk_overleg|draft
withdraw|draft bestuurlijk_overleg college_decision signing|ended withdrawn
decide|college_decision|draft signing ended rejected withdrawn
decide|continuation_decision ended|
sign set_start|signing|
start_evaluation start_decision|active|
conclude|evaluation continuation_decision|
suspend resume terminate|active evaluation continuation_decision|
pay waive fulfil|signing active evaluation continuation_decision ended|
amend acknowledge undo note erase fire settle supersede reopen reconcile|*|
"""
ENGINE, STAY = ("fire", "settle", "supersede", "reopen", "reconcile"), ("erase", "reconcile")
RELEASES = {"notice": 2, "renewal": 2, "missing_fact": 2, "obligation": 3}  # the rules that brought them
FIRST = 2  # the rules of 0.1.0: events say not how many mails they brought, and no end, no escalation
EQUATED = """2023-04-28 2023-05-19 2024-05-10 2024-12-27 2025-05-30 2026-01-02 2026-05-15 2027-05-07 2028-04-28
2028-05-26"""
ENDS = ("term.length", "term.last_day", "term.ends_before", "term.open_ended")
DRIVING = re.compile(  # the facts that a date is counted from
    r"(evaluation|extension|suspension|obligation)\..*|contribution\.every.*|term\.(start|minimum|notice|length|last_day|ends_before|open_ended)"
    r"|termination\.ends_on|.*\.(signed_on|due_on)"
)
STATUSES = ("queued", "sending", "accepted", "retry", "unknown", "refused", "expired", "cancelled", "held")
LEADS = {
    (action, stage): leads.split()
    for actions, stages, leads in (line.split("|") for line in PROCEDURE.strip().splitlines())
    for action in actions.split()
    for stage in stages.split(" ")
}
zoneinfo.reset_tzpath([*zoneinfo.TZPATH, Path(__file__).resolve().parent])  # where the computer has no zones: ours
Length = tuple[int, int]  # months and days
Row = dict[str, Any]
Placed = tuple[str, str | bytes]  # where it stands, and what


# Arithmetic (R1, R2, R6)


@lru_cache(None)
def length(text: str) -> Length:
    parts = defaultdict(int, {unit: int(count) for count, unit in re.findall(r"(\d+)([YMWD])", text)})
    return parts["Y"] * 12 + parts["M"], parts["W"] * 7 + parts["D"]


@lru_cache(1 << 16)
def later(day: date, months: int, days: int = 0, *, overflow: bool = False) -> date:
    """Return a day so much later; one that does not exist is clamped, or the 1st that follows (R1)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    days += overflow and day.day > last
    return date(year, month + 1, min(day.day, last)) + days * DAY


def earlier(day: date, text: str) -> date:
    return later(day, -length(text)[0], -length(text)[1])


@lru_cache(None)
def holidays(year: int) -> set[date]:
    century = year // 100  # Easter by Gauss, with his two exceptions
    shift = (15 - (13 + 8 * century) // 25 + century - century // 4) % 30
    moon = (19 * (year % 19) + shift) % 30
    week = (2 * (year % 4) + 4 * (year % 7) + 6 * moon + 4 + century - century // 4) % 7
    is_late = week == 6 and (moon == 29 or (moon == 28 and 11 * (shift + 1) % 30 < 19))
    easter = date(year, 3, 22) + (moon + week - 7 * is_late) * DAY
    king, fixed = date(year, 4, 27), ((1, 1), (5, 5), (12, 25), (12, 26))
    found = {king - DAY * (king.isoweekday() == 7)} | {date(year, *each) for each in fixed}
    found |= {easter + days * DAY for days in (-2, 1, 39, 50)}
    return found | {date.fromisoformat(text) for text in EQUATED.split() if text[:4] == str(year)}


@lru_cache(1 << 16)
def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


class Policy:
    """Leads, follow-ups, closed days, and the hour and zone of alerts, from an instant on."""

    def __init__(self, row: Row, before: "Policy | None" = None) -> None:
        self.at, said = seconds(row["adopted_at"]), row["policy"]
        self.zone, self.hour = zoneinfo.ZoneInfo(said["timezone"]), time.fromisoformat(said["alert_time"])
        self.closed, self.lists = {*map(date.fromisoformat, said["closed_days"])}, defaultdict(list, said["alerts"])
        self.on, self.instant = lru_cache(1 << 16)(self._on), lru_cache(1 << 16)(self._instant)
        rules = [rule for rule in WATCHED if RELEASES.get(rule, 1) <= said["rules"]]
        self.is_first = said["rules"] <= FIRST
        self.since = {f"{rule}:{step}": self.at for rule in rules for step in self.steps(rule)}
        if not self.is_first:
            self.since |= {f"notice:N:{step}": self.at for step in self.steps("notice")}
        known = before.since if before else dict.fromkeys(self.since, 0.0)  # when each step came in
        self.since |= {name: at for name, at in known.items() if name in self.since}

    def _on(self, day: date, direction: int) -> date:
        while day.isoweekday() > 5 or day in holidays(day.year) or day in self.closed:
            day += direction * DAY
        return day

    def _instant(self, day: date, *, midnight: bool = False) -> float:
        return datetime.combine(day, time() if midnight else self.hour, self.zone).timestamp()

    def day(self, at: float) -> date:
        return datetime.fromtimestamp(at, self.zone).date()

    def alert_day(self, nominal: date, step: str, counted: date | None = None) -> date:
        """Return the working day on which a step alerts (R3)."""
        if step[0] == "+":
            return self.on(later(counted or nominal, *length(step)), 1)
        return self.on(earlier(nominal, step), -1)

    def steps(self, rule: str) -> list[str]:
        before = self.lists["evaluation_before" if rule == "notice" else f"{rule}_before"]
        own = [] if rule in {"unsigned", "continuation", "payment"} else ["P0D"]
        after = ["P4W", "P8W"] if rule == "missing_fact" else self.lists[f"{rule}_after"]
        return ["-" * (length(s) > (0, 0)) + s for s in [*before, *own]] + [f"+{step}" for step in after]


class Facts(dict[str, str]):
    """The facts of an agreement by path, and the dates that follow from them (R1, R4, R9); None: unknown."""

    def __init__(self, facts: Row) -> None:
        super().__init__(facts)
        groups: dict[str, dict[str, None]] = defaultdict(dict)
        for group, key in (path.split(".")[:2] for path in self if "." in path):
            groups[group][key] = None
        ordered = {g: sorted(ks, key=int) if all(map(str.isdigit, ks)) else [*ks] for g, ks in groups.items()}
        self.groups = defaultdict(list[str], {g: [f"{g}.{key}" for key in keys] for g, keys in ordered.items()})
        disputes = (s for s in self.groups["source"] if self.get(f"{s}.status") == "disputed")
        self.disputed = {self[f"{source}.field"] for source in disputes}
        self.more = [length(self[f"{path}.length"]) for path in self.groups["extension"]]
        days = [self.day(f"{path}.on") for path in self.groups["decision"]]
        self.decided_on = max(filter(None, days), default=None)
        begun = [p for p in self.groups["party"] if f"{p}.joined_on" not in self]
        founders = [p for p in begun if f"{p}.left_on" not in self or f"{p}.signed_on" in self]
        self.unsigned = any(f"{party}.signed_on" not in self for party in founders)
        self.own = next(p for p in self.groups["party"] if self.get(f"{p}.own") == "true")
        self.start = self._start(founders)
        until = self.day("term.ends_before")
        self.named_end = until - DAY if until else self.day("term.last_day")
        self.stops, rests = "termination.ends_on" in self, range(len(self.groups["suspension"]))
        other = [self.natural_end(n) for n in rests] + [self.natural_end()] * self.stops
        self.other_ends = [end for end in other if end]
        self.end = self.day("termination.ends_on") if self.stops else self.natural_end()
        self.end = None if self.stops and self.unsure("termination.ends_on") else self.end
        self.decision = next(filter(None, map(self._decided, self.groups["continuation"])), None)
        self.renews = self.get("term.renewal") == "tacit" and not self.stops and self.decision is None
        self.evaluations = {path: self._evaluation(path) for path in self.groups["evaluation"]}
        self.held = {path: f"{path}.held.{day}.on" in self for path, day in self.evaluations.items()}
        usual = {path: "true" if f"{path}.before_end" in self else "" for path in self.evaluations}
        self.finals = [path for path in usual if self.get(f"{path}.final", usual[path]) == "true"]

    def finals_of(self, policy: Policy) -> list[str]:
        """Return the final evaluations of this term; one held for a day agreed on is of one term alone.

        To 0.1.0 it was of every term that came after it, and of what is open-ended too.
        """
        rests, begun = 0, [self.day(f"{path}.on") for path in self.groups["suspension"]]
        is_endless = self["term.open_ended"] == "true"
        if policy.is_first or is_endless or not self.more:
            return [] if is_endless and not policy.is_first else self.finals
        while rests < len(begun) and not self.ends_before(begun[rests], rests):
            rests += 1
        ends, again = self.natural_end(rests, self.more[:-1]), [p for p in self.finals if f"{p}.before_end" in self]
        held = {p: (self.evaluations[p], self.day(f"{p}.held.{self.evaluations[p]}.on")) for p in self.finals}
        over = [p for p, days in held.items() if ends and all(day and day <= ends for day in days)]
        return [path for path in self.finals if path in again or path not in over]

    def ends_before(self, day: date | None, rests: int) -> bool:
        end = self.natural_end(rests, self.more[:-1])
        return bool(end and day and end < day)

    def day(self, path: str) -> date | None:
        return date.fromisoformat(self[path]) if path in self else None

    def unsure(self, *paths: str) -> bool:
        return not self.disputed.isdisjoint(paths)

    def _start(self, founders: list[str]) -> date | None:
        rule = self["term.start"]
        paths = [f"{party}.signed_on" for party in ([self.own] if rule == "own_signature" else founders)]
        if rule == "unknown" or self.unsure("term.start"):
            return None
        if rule[0].isdigit():
            return date.fromisoformat(rule)
        known = paths and not self.unsure(*paths) and all(path in self for path in paths)
        return date.fromisoformat(max(self[path] for path in paths)) if known else None

    def term_end(self, more: list[Length]) -> date | None:
        """Return the last day with these extensions, moved by nothing else."""
        begin = self.start if "term.length" in self else self.named_end and self.named_end + DAY
        if begin is None or self.unsure(*ENDS, *(f"{path}.length" for path in self.groups["extension"])):
            return None
        lengths = [length(self.get("term.length", "")), *more]
        return later(begin, *map(sum, zip(*lengths, strict=True)), overflow=True) - DAY

    def natural_end(self, rests: int | None = None, more: list[Length] | None = None) -> date | None:
        """Return the last day if nobody had terminated it, after so many suspensions, with these extensions."""
        end, rested = self.term_end(self.more if more is None else more), self.groups["suspension"][:rests]
        if rested and any(path.startswith("suspension.") for path in self.disputed):
            return None
        for path in rested:
            begun, resumed = self.day(f"{path}.on"), self.day(f"{path}.resumed_on")
            if self[f"{path}.moves_end"] == "true" and end and begun:
                end = end + (resumed - begun) if resumed else None
        return end

    def is_this_term(self, taken_for: str) -> bool:
        number, *named, agreed = taken_for.split()
        lengths = [length(self.get("term.length", "")), *self.more]
        same = int(number) == len(lengths) and length(agreed) == (*map(sum, zip(*lengths, strict=True)),)
        return same and named == [str(self.named_end)] * bool(self.named_end)

    def _decided(self, path: str) -> str | None:
        term, then = self.get(f"{path}.taken_for"), date.fromisoformat(path[-10:])
        same = self.is_this_term(term) if term else then in [self.end, *self.other_ends]
        return self[f"{path}.outcome"] if same else None

    def _evaluation(self, path: str) -> date | None:
        back, after, on = (self.get(f"{path}.{key}") for key in ("before_end", "after_start", "on"))
        if self.unsure(f"{path}.before_end", f"{path}.after_start", f"{path}.on"):
            return None
        held = dict.fromkeys(p.split(".")[3] for p in self if p.startswith(f"{path}.held."))
        for then in reversed(held):
            agreed, _, term = self.get(f"{path}.held.{then}.taken_for", "").partition(" before ")
            same = bool(agreed) and (length(agreed) == length(after) if after else agreed == on)
            same |= bool(term) and length(agreed) == length(back or "") and self.is_this_term(term)
            if same:
                return date.fromisoformat(then)
        if back is None:
            begin = date.fromisoformat(on) if on else self.start
            return begin and later(begin, *length(after or ""))
        for day in (earlier(end, back) for end in self.other_ends):
            if f"{path}.held.{day}.on" in self and f"{path}.held.{day}.taken_for" not in self:
                return day
        return self.end and earlier(self.end, back)

    def notices(self, *, by_number: bool) -> Iterator[tuple[str, date]]:
        """Yield by term the last day for notice: of the one that runs, and of each for which it lies before its end.

        Such a later term has the number of its renewal for a name, also once it runs; 0.1.0 asked nothing of it.
        """
        more, longer = self.more, length(self["term.renewal_length"])
        number = int(self.groups["extension"][-1].split(".")[1]) if more else 0
        before_it = self.natural_end(more=more[:-1]) if more else None
        for coming in count():
            last = self.natural_end(more=[*more, *[longer] * coming])
            day = last and earlier(last, self["term.notice"]) - DAY
            if not (day and self.end) or (coming and (day > self.end or not by_number)):
                return
            is_later = by_number and (coming or (before_it and day <= before_it))
            yield str(number + coming) if is_later else "term", day

    def instalments(self, through: date, *, until_it_stops: bool) -> dict[int, date | None]:
        """Return the due dates by number; without an end, those through a day.

        Where the period is disputed 0.1.0 counted those of the whole length, whenever the agreement stops.
        """
        numbers = [int(path.split(".")[1]) for path in self.groups["instalment"]]
        plain = not any(f"{path}.amount" in self for path in self.groups["instalment"])
        dues: dict[int, date | None] = dict.fromkeys(numbers)
        if "contribution.amount" in self and "contribution.every" in self:
            dues = self._periodic(length(self["contribution.every"])[0], through, until_it_stops=until_it_stops)
        elif "contribution.amount" in self and (plain or {*numbers} <= {1}):
            dues = {1: self.start}
        written = {n: f"instalment.{n}.due_on" for n in dues if f"instalment.{n}.due_on" in self}
        return dues | {n: None if self.unsure(path) else self.day(path) for n, path in written.items()}

    def _periodic(self, months: int, through: date, *, until_it_stops: bool) -> dict[int, date | None]:
        begin, sample = self.start, date(2001, 1, 1)
        if begin is None or self.unsure("contribution.every"):  # as many as its length has, whenever it begins
            end = later(sample, *length(self.get("term.length", "")))
            if begin and self.stops and self.end and until_it_stops:
                sample, end = begin, self.end + DAY
            number = next(n for n in count(1) if later(sample, months * n, overflow=True) >= end)
            return dict.fromkeys(range(1, number + 1))
        pays = [self[f"{path}.contribution"] == "true" for path in self.groups["extension"]]
        coming = [length(self["term.renewal_length"])] if self.renews else []
        ends = [self.term_end([*self.more, *coming][:n]) for n in range(len(pays) + len(coming) + 1)]
        pays, number, dues = [True, *pays, *map(bool, coming)], 0, dict[int, date | None]()
        unpaid = [span for span, paid in zip(pairwise(ends), pays[1:], strict=True) if not paid]
        last = ends[max(n for n, paid in enumerate(pays) if paid)]
        written = max((int(path.split(".")[1]) for path in self.groups["instalment"]), default=0) * (last is None)
        while (falls := later(begin, months * number, overflow=True)) <= (last or through) or number < written:
            number += 1
            if not any(first and end and first < falls <= end for first, end in unpaid):
                dues[number] = later(begin, months * (number - 1))
        return dues

    def begins(self, number: int, due: date) -> date:
        """Return the first day of what an instalment pays for: by R1's sum, unless its day is named."""
        if f"instalment.{number}.due_on" in self or "contribution.every" not in self or not self.start:
            return due
        return later(self.start, length(self["contribution.every"])[0] * (number - 1), overflow=True)

    def turns(self, path: str, horizon: date) -> Iterator[tuple[int, date]]:
        """Yield the number and date of each turn of an obligation; by the end it is owed in each term anew."""
        every, back, after = (self.get(f"{path}.{key}") for key in ("every", "before_end", "after_start"))
        anchor = self.start if after else self.end if back else self.day(f"{path}.on")
        if anchor is None or self.unsure(*(f"{path}.{key}" for key in ("on", "after_start", "before_end", "every"))):
            return
        first, taken = earlier(anchor, back) if back else anchor, len(self.more) * bool(back)
        offset, step = length(after or ""), length(every or "")
        coming = [length(self["term.renewal_length"])] if self.renews and "term.renewal_length" in self else []
        through = self.end if back else self.natural_end(more=[*self.more, *coming])
        if every and self.unsigned:  # what recurs is owed while the agreement is in force
            return
        for n in range(1000 if every else 1):
            months, days = offset[0] + n * step[0], offset[1] + n * step[1]
            if every and later(first, months, days, overflow=bool(after)) > min(through or horizon, horizon):
                return
            due = later(first, months, days)
            if not every or (self.start and due >= self.start):
                yield n + 1 + taken * (100 if every else 1), due


# What is asked, and when (R3, R7)


class Step(NamedTuple):
    """A step of an open deadline, with the instant at which it alerts."""

    at: float
    place: int
    name: str
    deadline: str
    rule: str
    waits: bool
    is_loud: bool


def asked(facts: Facts, policy: Policy, ending: str | None, horizon: date) -> Iterator[tuple[str, str, date]]:
    """Yield the rule, subject and date of every deadline that is open, whatever the stage that watches it."""
    end, start, on = facts.end, facts.start, facts.decided_on
    if on and facts.unsigned:
        yield "unsigned", "signatures", on
    if start and not facts.unsigned:
        yield "activation", "term", start
    for path in facts.groups["decision"][-1:]:
        until = facts.day(f"{path}.until")
        if until and facts[f"{path}.outcome"] == "held_over":
            yield "held_over", "college", until
    for path, day in facts.evaluations.items():
        if day and not facts.held[path]:
            yield "evaluation", path.split(".")[1], day
    if end:
        yield "renewal" if facts.renews else "expiry", "term", end + DAY
        asks_notice = facts.renews and not facts.unsure("term.notice")
        for term, day in facts.notices(by_number=not policy.is_first) if asks_notice else ():
            if policy.is_first or not (start and day < start):  # nobody could give it
                yield "notice", term, day
        if not (facts.renews or facts.stops or facts.decision):
            yield "continuation", "term", end
    lacks = [*missing(facts, policy)]
    for number, due in facts.instalments(horizon, until_it_stops=not policy.is_first).items():
        path = f"instalment.{number}"
        begins = facts.begins(number, due) if due and not policy.is_first else due
        late = end and (ending or facts.stops) and (begins > end if begins else ending)
        if late or ending in {"withdrawn", "rejected"} or f"{path}.paid_on" in facts or f"{path}.waived_on" in facts:
            continue
        if due:
            yield "payment", str(number), due
        lacks += lacking(facts, policy, number, due)
    for path in facts.groups["obligation"]:
        for number, due in facts.turns(path, horizon):
            late, settled = (ending or facts.stops) and end and due > end, f"{path}.fulfilment.{number}"
            gone = late or ending in {"withdrawn", "rejected"}
            if not gone and f"{settled}.on" not in facts and f"{settled}.waived_on" not in facts:
                recurs = f".{number}" if f"{path}.every" in facts else ""
                yield "obligation", path.split(".")[1] + recurs, due
    for field, day in dict(sorted(lacks, reverse=True)).items():  # of each fact the first day stands last
        yield "missing_fact", field, day


def missing(facts: Facts, policy: Policy) -> Iterator[tuple[str, date]]:
    """Yield each fact of the term that is not known, with the day on which it is asked for."""
    start, on = facts.start, facts.decided_on
    if since := start or on:
        driving = filter(DRIVING.fullmatch, facts.disputed)
        yield from ((fact, since) for fact in driving if policy.is_first or not settled(facts, fact))
    if on and facts["term.start"] == "unknown":
        yield "term.start", on
    for path in facts.groups["obligation"]:
        known = any(f"{path}.{key}" in facts for key in ("on", "after_start", "before_end"))
        if start and not known and not settled(facts, f"{path}.on"):
            yield f"{path}.on", start - 8 * WEEK
    for path in facts.groups["party"]:
        needed = facts.day(f"{path}.joined_on") or start
        if needed and f"{path}.signed_on" not in facts and f"{path}.left_on" not in facts:
            yield f"{path}.signed_on", needed - 8 * WEEK
    if start and not facts.end and facts["term.open_ended"] != "true":
        rests = [p for p in facts.groups["suspension"] if f"{p}.resumed_on" not in facts]
        moving = [(p, facts.day(f"{p}.on") or start) for p in rests if facts[f"{p}.moves_end"] == "true"]
        leads = policy.lists["evaluation_before"] or ["P8W"]
        for path, begun in moving[:1]:
            yield f"{path}.resumed_on", max(later(begun, *length(lead)) for lead in leads)
        if not moving and "term.length" not in facts and not facts.named_end:
            yield "term.length", start


def settled(facts: Facts, fact: str) -> bool:
    """Tell whether a fact is of money that was paid or waived, or of what is owed once and was fulfilled or waived."""
    group, key = fact.split(".")[:2]
    path = f"{group}.{key}"
    once = f"{path}.every" not in facts and f"{path}.before_end" not in facts
    done = {"instalment": f"{path}.paid_on", "obligation": f"{path}.fulfilment.1.on"}.get(group)
    return once and done is not None and (done in facts or f"{done.rpartition('.')[0]}.waived_on" in facts)


def lacking(facts: Facts, policy: Policy, number: int, due: date | None) -> Iterator[tuple[str, date]]:
    """Yield each fact that the first reminder of an instalment needs and that is not known, likewise."""
    path, every, steps = f"instalment.{number}", facts.get("contribution.every"), policy.steps("payment")
    year, money = facts.get(f"{path}.fiscal_year"), "contribution" in facts.groups
    if due is None:
        day = date(int(year), 1, 1) - 8 * WEEK if year else facts.start
        if day and not every and f"{path}.due_on" not in facts:
            yield f"{path}.due_on", day - 8 * WEEK
    if due is None or not steps:
        return
    names, months = [f"{path}.amount"], length(every or "P1Y")[0]
    if names[0] not in facts and "contribution.amount" in facts:
        contract_year = (number - 1) * months // 12
        indexed = "contribution.indexation" in facts and every and contract_year
        names = [f"instalment.{1 - -12 * contract_year // months}.amount" if indexed else "contribution.amount"]
    payer = facts.get(f"{path}.payer") or facts.get("contribution.payer")
    if (not payer or f"party.{payer}" == facts.own) and facts.get(f"{path}.refund") != "true":
        if f"{path}.payee" not in facts:
            names.append("contribution.payee" if money else f"{path}.payee")
        names += ["contribution.budget_line"] * money
        if money and int(year or due.year) > int(facts.get("contribution.budgeted_through", "0")):
            yield "contribution.budgeted_through", policy.alert_day(due, steps[0]) - 8 * WEEK
    for name in names:
        if name not in facts:
            yield name, policy.alert_day(due, steps[0]) - 8 * WEEK


def steps_of(rule: str, about: str, nominal: date, facts: Facts, policy: Policy) -> Iterator[Step]:
    """Yield the steps of a deadline; an acknowledged one waits, but for what moves or escalates."""
    name, steps, midnight = f"{rule}:{about}:{nominal}", policy.steps(rule), rule in MIDNIGHT
    counted, waits = (facts.day(f"{group}.{name.replace('.', '/')}") for group in ("known_on", "acknowledged"))
    days = {step: nominal if midnight else policy.alert_day(nominal, step, counted) for step in steps}
    loud = steps[-1:] if rule in {"unsigned", "payment", "obligation", "continuation", "notice"} else []
    if rule == "evaluation":
        late = [s for s in steps if s[0] == "+" and not (facts.end and days[s] > facts.end)]
        loud = late[-1:] if facts.end or not policy.is_first else []
    first = (
        steps[:1] if rule == "continuation" and not facts.finals_of(policy) else ["P0D"] if rule == "evaluation" else []
    )
    for place, step in enumerate(steps):
        held = bool(waits and days[step] < waits and not midnight and step not in [*first, *loud])
        at = policy.instant(policy.on(waits, 1) if held and waits else days[step], midnight=midnight)
        yield Step(at, place, f"{name}:{step}", name, rule, held, step in loud)


def stage_of(facts: Facts, policy: Policy, now: float) -> tuple[str, str | None]:
    """Return where facts and time put an agreement on which the college has decided."""
    today, end, leads = policy.day(now), facts.end, policy.steps("continuation")
    if facts.unsigned or facts.start is None or facts.start > today:
        return "signing", None
    if end and end < today:
        said = {"continue": "continued", "stop": "expired"}.get(facts.decision or "", "lapsed")
        return "ended", "terminated" if facts.stops else said
    asks = bool(end) and facts.get("decision_started_for") == str(end)
    if end and leads and not (asks or facts.renews or facts.stops):
        asks = policy.instant(policy.alert_day(end, leads[0])) <= now
    finals = facts.finals_of(policy)
    if all(facts.held[path] for path in finals) if finals else asks:
        return "continuation_decision", None
    for path, day in facts.evaluations.items():
        begun = facts.get(f"{path}.started_for") == str(day)
        if day and not facts.held[path] and (begun or policy.instant(policy.alert_day(day, "P0D")) <= now):
            return "evaluation", None
    return "active", None


def wrong_with(mail: Row, ref: str, register: Row, known: Row) -> Iterator[str]:
    """Yield each part of a mail that does not follow from the others."""
    name = "|".join([ref, mail["cause"], mail["role"], mail["office"], str(mail["generation"])])
    # Once a backup was put back, an event's number alone tells too little: the adoption's goes with it.
    by_event = mail["cause"].startswith("event:")
    again = range(1, register["adoptions"] + 1) if by_event else ()
    names, uid = (name, *(f"{name}|{number}" for number in again)), uuid.UUID(register["uid"])
    said, accepted, merged, tries = mail["status"], mail["accepted_at"], mail["merged_into"], mail["attempts"]
    taken = ("2", f"{mail['message_id'][1:-1]}.eml")  # by a relay, or as a file in a folder
    wrong = {
        "message_id": mail["message_id"] not in [f"<{uuid.uuid5(uid, each)}@{uid}.looptijd>" for each in names],
        "rule": mail["rule"] not in ({"decide", "terminate"} if by_event else {mail["cause"].split(":")[0]}),
        "status": said not in STATUSES or (said == "cancelled" and not merged and not mail["last_error"]),
        "attempts": tries < mail["refusals"] + (said == "accepted")
        or (said in {"accepted", "refused", "retry"} and not tries),
        "accepted_at": (said == "accepted") != bool(accepted),
        "reply": said == "accepted" and not (mail["reply"] or "").startswith(taken),
        "merged_into": merged is not None and (merged not in known or said != "cancelled"),
    }
    yield from (part for part, is_wrong in wrong.items() if is_wrong)


def unlike(asked: dict[str, Row], readers: dict[str, str | None]) -> int:
    """Return how many of those who were asked, by role, are not these readers."""
    others = (office not in (None, asked[role]["office"]) for role, office in readers.items() if role in asked)
    return len(readers.keys() ^ asked.keys()) + sum(others)


def different(mails: list[Row]) -> int:
    """Return how many mails there are; one that stands there twice hides none that is gone."""
    return len({mail["message_id"] for mail in mails})


def chained(stream: str, rows: list[Row]) -> Iterator[tuple[int, Row, bool]]:
    """Yield each event of a stream with its number, and whether it follows from the one before."""
    previous = "0" * 64
    for n, row in enumerate(rows, 1):
        text, event = f"{previous}\n{stream}\n{row['payload']}", read((f"{stream}, {n}", row["payload"]))
        previous, stands = row["hash"], event["seq"] == n and seconds(event["at"]) == seconds(row["at"])
        yield n, event, stands and hashlib.sha256(text.encode()).hexdigest() == previous


class Judge:
    """Holds one agreement's ledger, state and mails against what the rules demand."""

    def __init__(self, register: Row, entry: Row) -> None:
        self.register, self.entry, self.found = register, entry, list[tuple[str, Row]]()
        self.figures = Counter(agreements=1, events=len(entry["events"]), mails=different(entry["mails"]))
        self.facts, self.stage, self.ending = dict.__new__(Facts), "", None
        self.recorded, self.plans = dict[str, tuple[str, str]](), dict[object, dict[str, Step]]()
        self.told: dict[str, tuple[Row, float, list[dict[str, str | None]]]] = {}
        self.settled, self.at, self.adopts, self.policy = 0.0, 0.0, False, register["policies"][0]
        self.latest = 0.0
        self.old: Policy | None = None
        self.back: set[str] = set()
        self.stood: dict[int, list[str]] = {}
        self.closed_by: dict[str, int] = {}  # in which event each step was recorded

    def say(self, sentence: str, **parts: object) -> None:
        self.found.append((sentence, {"at": self.local(self.at), **parts}))

    def local(self, at: float) -> str:
        return datetime.fromtimestamp(at, self.policy.zone).isoformat(timespec="seconds")

    def judge(self) -> None:
        """Follow the ledger from its first event to the export, then look at what stands there."""
        for at, events in groupby(self.chain(), key=lambda event: event["at"]):
            self.move_to(seconds(at))
            self.transaction([*events])
        self.move_to(seconds(self.register["exported_at"]))
        self.missed(self.at - GRACE, again=True)
        now: Row = {"stage": self.stage, "outcome": self.ending, **self.facts}
        said: Row = {name: self.entry[name] for name in ("stage", "outcome")} | self.entry["facts"]
        said["ref"] = min(self.entry["ref"], said.get("ref"), key=lambda ref: ref == now.get("ref"))  # what differs
        recorded = {name: each for name, each in self.recorded.items() if each[1]}
        for there, each in ((now, recorded), (said, self.entry["occurrences"])):
            there |= {name: f"{status} {self.local(seconds(at))}" for name, (status, at) in each.items()}
        for name in sorted(name for name in now.keys() | said.keys() if now.get(name) != said.get(name)):
            self.say("altered state", name=name, old=said.get(name), was=now.get(name))
        self.mails()

    def move_to(self, at: float) -> None:
        known = [p for p in self.register["policies"] if p.at <= at] or self.register["policies"][:1]
        self.at, self.also, self.adopts = at, dict[str, Step](), known[-1].at == at
        self.policy, self.old = known[-1], known[-2] if self.adopts and known[1:] else None
        self.plan_before()

    def plan_before(self) -> None:
        """Who adopts a policy first takes what the old one planned, and what a renewal under it brings."""
        if self.old and self.facts:
            self.policy, adopted = self.old, self.policy
            self.also |= self.plan()
            self.policy = adopted

    def chain(self) -> Iterator[Row]:
        for n, event, follows in chained(f"agreement:{self.entry['ref']}", self.entry["events"]):
            if not follows:
                self.say("altered chain", n=n, at=self.local(seconds(event["at"])))
            yield event

    def plan(self) -> dict[str, Step]:
        """Return every step of what is open by its name, in the order of alerts."""
        year = self.policy.day(self.at).year
        key = (id(self.facts), self.ending, id(self.policy), year)
        if key not in self.plans:
            items = asked(self.facts, self.policy, self.ending, date(year + 3, 1, 1)) if self.facts else ()
            self.plans = {
                key: {s.name: s for s in sorted(s for i in items for s in steps_of(*i, self.facts, self.policy))}
            }
        return self.plans[key]

    def is_open(self, name: str) -> bool:
        return name in self.plan() and self.stage in WATCHED[self.plan()[name].rule]

    def transaction(self, events: list[Row]) -> None:
        """Judge what was recorded at one instant."""
        begin, stage, filed = self.plan(), self.stage, list[Step]()
        fired, told = list[tuple[Step, Row]](), dict[str, Step | None]()
        again = {name for event in events for name in event.get("reopened", [])}
        self.back = again if self.adopts else set()
        for event in events:
            before = self.plan()
            self.apply(event)
            self.plan_before()
            cause = event.get("occurrence", f"event:{event['seq']}")
            if self.policy.is_first:
                made = [m for m in self.entry["mails"] if m["cause"] == cause and m["generation"] == 1]
                event["mails"] = len({m["role"] for m in made if seconds(m["created_at"]) == self.at})
            old, new = self.also.get(cause) if self.adopts else None, before.get(cause) or self.plan().get(cause)
            is_due = old is not None and old.at <= self.at  # else another hour or day may bring it forward
            step = old if is_due else min(filter(None, (old, new)), default=None)
            gone = filter(self.is_open, event.get("superseded", []) + event.get("waived", []))
            filed += (self.plan()[name] for name in gone)
            if step and {event.get("from"), event.get("to")} & {*WATCHED[step.rule]}:
                is_new = cause in again or cause not in begin or begin[cause].at > self.at
                is_new |= stage not in WATCHED[step.rule]
                self.fire(event, step, is_new=is_new)
                fired.append((step, event))
            elif "occurrence" in event or (event.get("mails") and event["action"] not in {"decide", "terminate"}):
                self.say("unexplained step", name=cause)
            if event.get("mails"):
                self.told[cause], told[cause] = (event, step.at if step else 0, [self.readers(step)]), step
        for cause, step in told.items():  # what fires as somebody acts is told to whom that names
            self.told[cause][2].append(self.readers(step))
        if {event["action"] for event in events} <= {*STAY}:
            return
        self.missed(self.at, again={event["actor"] for event in events} != {"looptijd"})
        self.superseded(filed, {step.deadline for step, _ in fired})
        self.newest_told(fired)
        stands, mine = (self.stage, self.ending), stage_of(self.facts, self.policy, self.at)
        ran = self.stage not in BEFORE and self.ending not in NEVER
        if ran and stands != mine:
            self.say(
                "altered state", name="stage", old=f"{stands[0]} {stands[1] or ''}", was=f"{mine[0]} {mine[1] or ''}"
            )
        self.settled = self.at

    def apply(self, event: Row) -> None:
        """Enter what an event changes and records."""
        facts, today, n = dict(self.facts), self.policy.day(self.at), event["seq"]
        self.well_formed(event)
        for name, old, new in event.get("changes", []):
            is_fact = event["action"] != "erase" or not name.startswith("event.")  # but who acted, or why
            if is_fact and facts.get(name) != old:
                self.say("altered old", n=n, name=name, old=old, was=facts.get(name))
            limit = {"acknowledged": today + 6 * WEEK, "known_on": today}.get(name.split(".")[0])
            if limit and (new or "") > str(limit):
                self.say("altered wait", n=n, name=name, old=new)
            facts |= {name: new}
        if event.get("changes"):
            self.facts = Facts({name: text for name, text in facts.items() if text is not None})
        self.stage, self.ending = event["to"], event.get("ending")
        for name in event.get("reopened", []):
            (status, then), step = self.recorded.pop(name, ("", "")), self.plan().get(name)
            ahead = not then or not step or step.at > seconds(then)
            if status == "fired" or (not ahead and self.closed_by[name] < event.get("undoes", 0)):
                self.say("doubled step", name=name, was=f"event {self.closed_by[name]}")
        names = {**event, "fired": [event["occurrence"]] if "occurrence" in event else []}
        for status in ("fired", "superseded", "waived"):
            for name in names.get(status, []):
                if name in self.recorded:
                    self.say("doubled step", name=name, was=self.recorded[name][1])
                self.recorded[name], self.closed_by[name] = (status, event["at"]), n

    def well_formed(self, event: Row) -> None:
        """What an event says of itself follows from the procedure and from the events before it."""
        action, name, ending = event["action"], event.get("occurrence"), event.get("ending")
        leads = LEADS.get((action, self.stage), LEADS.get((action, "*")))
        self.stood[event["seq"]] = was = [self.stage, *filter(None, [self.ending])]
        now = [event.get("to"), *filter(None, [ending])]
        if action == "undo":  # those of 0.1.0 do not tell of which event
            leads = self.stood.get(event["undoes"], []) if "undoes" in event else [*now]
        moves = now != was and (action in STAY or not {*was, *now}.isdisjoint(BEFORE + NEVER))
        in_time = "signing" in (leads or ()) and {*now}.isdisjoint(BEFORE + NEVER)  # time may lead further at once
        dates = {None, *self.facts.values(), *(new for _, _, new in event.get("changes", []))}
        wrong = {
            "v": event.get("v") != 1,
            "action": leads is None,
            "actor": (event["actor"] == "looptijd") != (action in ENGINE),
            "from": event.get("from", "") != self.stage,
            "to": moves and not (in_time or {*now} <= {*(leads or ())}),
            "ending": (now[0] == "ended") != bool(ending),
            "on": event.get("on") not in dates and action not in {"withdraw", "start_evaluation", "start_decision"},
            "nominal_on": event.get("nominal_on") != (name.split(":")[2] if name else None),
            "late_by": not name and bool(event.keys() & {"late_by", "caught_up"}),
            "undoes": "undoes" in event and action != "undo",
            "reopened": not self.recorded.keys() >= {*event.get("reopened", [])},
        }
        if seconds(event["at"]) < self.latest - GRACE:
            self.say("unexplained back", n=event["seq"])
        self.latest = seconds(event["at"])
        for part in (part for part, is_wrong in wrong.items() if is_wrong):
            self.say("altered event", n=event["seq"], name=part, old=event.get(part, "-"))

    def fire(self, event: Row, step: Step, *, is_new: bool) -> None:
        """Judge when a step was said, and what it says of how late it was."""
        said, late = event.get("late_by", 0), self.at - step.at
        could = [late, self.at - max(step.at, self.policy.at)]
        wrong = not self.adopts and late > GRACE and not (said or event.get("caught_up") or step.rule in MIDNIGHT)
        if not (is_new or self.adopts) and step.at > self.settled:
            wrong = min(abs(said - each * (each > IN_TIME)) for each in could) > 1
        if wrong or late < -1:
            self.say("early step" if late < -1 else "late step", name=step.name, due=self.local(step.at), old=said)
        self.figures["late"] += bool(said)
        if event.get("caught_up") and not (is_new or self.adopts):
            self.say("altered event", n=event["seq"], name="caught_up", old=True)

    def missed(self, at: float, *, again: bool) -> None:
        """A step that was due is on record; one that was closed ahead of its time is asked `again` by facts."""
        for name, step in self.plan().items():
            status, then = self.recorded.get(name, ("", ""))
            closed = again and then and status != "fired" and seconds(then) < step.at > self.at and not step.waits
            asks = not self.is_past(step) if closed else not status and step.at <= at
            if asks and self.is_open(name):
                self.say("missed step", name=name, due=self.local(step.at))
                self.recorded[name] = (status or "missed"), then

    def is_past(self, step: Step) -> bool:
        """Tell whether a later step of the same date was said."""
        steps = {**self.plan(), **self.also}.values()
        later = (s.name for s in steps if s.deadline == step.deadline and s.place > step.place)
        return any(self.recorded.get(name, ("",))[0] == "fired" for name in later)

    def is_said_by_then(self, step: Step) -> bool:
        """Tell whether a step of the same date, of whatever settings, was said on this one's day or later."""
        counted = self.facts.day(f"known_on.{step.deadline.replace('.', '/')}")
        day = partial(self.policy.alert_day, date.fromisoformat(step.deadline[-10:]), counted=counted)
        steps = (name.rpartition(":")[::2] for name, (status, _) in self.recorded.items() if status == "fired")
        own = day(step.name.rpartition(":")[2])
        return any(deadline == step.deadline and day(code) >= own for deadline, code in steps)

    def superseded(self, filed: list[Step], fired: set[str]) -> None:
        """What is open gives way to a newer step, to what was due for a date before, or to silence (R7)."""
        for step in (step for step in filed if self.is_open(step.name)):
            code, subject = step.name.rpartition(":")[2], step.deadline.rpartition(":")[0]
            again = (n for n in self.recorded if n.startswith(f"{subject}:") and n.endswith(f":{code}"))
            past = step.at <= self.at and (
                self.is_past(step)
                or self.is_said_by_then(step)
                or self.is_silent(step)
                or any(name != step.name for name in again)
            )
            if not past and not (step.waits and step.deadline in fired):
                self.say("missed filed", name=step.name, due=self.local(step.at))

    def is_silent(self, step: Step) -> bool:
        """Tell whether a setting, a rule or history brought, or brought back, what was due before: nobody is mailed."""
        planned = not self.also or any(s.deadline == step.deadline for s in self.also.values())
        code = step.name.rpartition(":")[2]
        kind = f"{step.rule}:N" if step.rule == "notice" and step.name.split(":")[1].isdigit() else step.rule
        is_new = step.at < self.policy.since.get(f"{kind}:{code}", 0)
        return is_new or not self.settled or not planned or step.name in self.back

    def newest_told(self, fired: list[tuple[Step, Row]]) -> None:
        """Of each deadline the newest step is mailed, once; of moves in a row the last."""
        by_key, due = defaultdict(list), {s.name for s in self.also.values() if s.at <= self.at}  # by another policy
        for step, event in sorted(fired, key=lambda pair: pair[0]):
            told = ("move", False) if step.rule in MIDNIGHT else (step.deadline, step.name in due)
            by_key[told].append((step, event.get("mails", 0)))
        for (key, _), mailed in by_key.items():
            times, (step, last) = sum(bool(mails) for _, mails in mailed), mailed[-1]
            if times > 1 and key != "move":
                self.say("doubled told", name=key)
            if not times if key == "move" else self.is_open(step.name) and not last and not self.is_silent(step):
                self.say("missed told", name=step.name, old="-")

    def readers(self, step: Step | None) -> dict[str, str | None]:
        """Return in which roles somebody is told, with the office where a fact names it."""
        rule, about = (step.rule, step.deadline.split(":")[1]) if step else ("", "")
        offices = {"payment": "contribution.office", "obligation": f"obligation.{about.split('.')[0]}.office"}
        acts, office = self.facts.get(offices.get(rule, "")), self.facts["office"]
        role = {"payment": "finance", "obligation": "acting"}.get(rule, "office") if acts else "office"
        told: dict[str, str | None] = {role: acts or office}
        if step and step.is_loud:
            told |= {"office": office} if acts and acts != office else {"escalation": None}
        return told | ({"case_owner": None} if "case_owner.email" in self.facts else {})

    def mails(self) -> None:
        """Every mail has its cause, and every cause a mail to each of its readers."""
        by_cause = defaultdict(list)
        known = self.register["others"] | {mail["id"]: mail["refusals"] for mail in self.entry["mails"]}
        for mail in self.entry["mails"]:
            by_cause[mail["cause"]].append(mail)
            for part in wrong_with(mail, self.entry["ref"], self.register, known):
                self.say("altered mail", n=mail["id"], name=mail["cause"], old=part)
            if mail["cause"] not in self.told:
                self.say("unexplained step", name=f"mail {mail['id']} ({mail['cause']})")
        for cause, (event, due, readers) in self.told.items():
            mails = by_cause[cause]
            first = [m for m in mails if m["generation"] == 1 and seconds(m["created_at"]) == seconds(event["at"])]
            refused = {m["role"] for m in mails if m["refusals"] or known.get(m["merged_into"])}
            times = Counter(mail["role"] for mail in first)
            asked = {mail["role"]: mail for mail in reversed(first)}  # whoever refused was asked first
            roles = dict(min(readers, key=partial(unlike, asked)))
            if "office" not in roles and roles.keys() - times.keys() == {"escalation"} and times["office"]:
                roles["office"] = roles.pop("escalation")  # release 0.1 told the own office that acts once more
            for role in sorted({*times, *roles}):
                if times[role] != (role in roles) and (role not in refused or not times[role]):
                    self.say("doubled told" if times[role] else "missed told", name=cause, old=role)
            if event["mails"] != len(roles):
                self.say("altered old", n=event["seq"], name="mails", old=event["mails"], was=len(roles))
            for role in asked.keys() & roles.keys():
                if roles[role] not in (None, asked[role]["office"]):
                    self.say("altered mail", n=asked[role]["id"], name=cause, old="office")
            for mail in mails:
                name = f"mail {mail['id']} ({cause})"
                if mail["generation"] == 1 and mail not in first and mail["role"] not in refused:
                    self.say("unexplained step", name=name)
                if mail["accepted_at"] and seconds(mail["accepted_at"]) < due:
                    self.say("early step", name=name, due=self.local(due))


# The folder


def lines_of(*path: str) -> Iterator[Placed]:
    with open("/".join(path), "rb") as file:
        yield from ((f"{path[-1]}:{n}", line) for n, line in enumerate(file, 1))


def whole(*path: str) -> Any:
    return read((path[-1], Path(*path).read_bytes()))


def read(line: Placed) -> Any:
    """Read JSON; whoever cannot is told where it stands."""
    try:
        return json.loads(line[1])
    except ValueError as error:
        raise ValueError(f"{line[0]}: {getattr(error, 'msg', error)}") from error


REGISTER: Row = {}


def begin(folder: str) -> None:
    """Read what holds for the whole register; its name and its policies stand in a ledger of its own."""
    REGISTER.update(whole(folder, "register.json"), policies=[], breaks=[])
    for n, event, follows in chained("register", REGISTER["ledger"]):
        REGISTER.update({name: new for name, _, new in event.get("changes", [])})
        REGISTER["breaks"] += [] if follows else [n]
    names = (name for name in REGISTER if name.startswith("policy."))
    for name in sorted(names, key=lambda name: int(name[7:])):
        at, said = REGISTER[name].split(" ", 1)
        row = {"adopted_at": at, "policy": json.loads(said)}
        REGISTER["policies"].append(Policy(row, *REGISTER["policies"][-1:]))
    REGISTER["unbound"] = [*map(read, lines_of(folder, "mails.jsonl"))]
    refusals = Counter[str]()  # of a mail and of those in which it was sent once more
    for mail in REGISTER["unbound"]:
        refusals[mail["cause"]] += mail["refusals"]
    REGISTER["others"] = {mail["id"]: refusals[mail["cause"]] for mail in REGISTER["unbound"]}


def judged(line: Placed, register: Row = REGISTER) -> tuple[str, list[tuple[str, Row]], Counter[str]]:
    """Judge one agreement; what cannot be read is a finding."""
    entry = read(line)
    judge = Judge(register, entry)
    try:
        judge.judge()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one stays with it
        judge.at = seconds(register["exported_at"])  # where it stood may be what nobody can read
        judge.say("altered read", old=entry.get("unreadable") or repr(error))
    judge.figures["steps"] = len(judge.recorded)
    return entry["ref"], judge.found, judge.figures


def receipts(path: str, figures: Counter[str]) -> Iterator[tuple[str, str, Row]]:
    """Compute anew what `looptijd why REF --json` says of each date, from its receipt alone."""
    rows = whole(path)
    figures["agreements"] = len({row["ref"] for row in rows})
    for row in rows:
        figures["steps"] += bool(row["receipt"]["alert"])
        name = row["occurrence"] or ":".join([row["rule"], row["about"], row["nominal_on"] or "-"])
        for part, said, found in differing(row, row["receipt"]):
            if said != found:
                yield row["ref"], "altered state", {"name": part, "at": name, "old": said, "was": found}


def agreed(facts: dict[str, str]) -> Iterator[tuple[Length, Length]]:
    """Yield what a span may begin with and grow by: the whole term and its renewals, a first turn and the next ones."""
    known = {field: length(value) for field, value in facts.items() if re.fullmatch(r"P\d[\dYMWD]*", value)}
    term = [known[field] for field in known if field == "term.length" or field.startswith("extension.")]
    yield (sum(months for months, _ in term), sum(days for _, days in term)), known.get("term.renewal_length", (0, 0))
    for field, span in known.items():
        yield (0, 0), span
        yield span, known.get(field.replace(".after_start", ".every"), (0, 0))


def differing(row: Row, receipt: Row) -> Iterator[tuple[str, object, object]]:
    """Yield what a receipt says and what follows from the rest of it, step by step."""
    parts, alert, facts = receipt["arithmetic"], receipt["alert"], {f["field"]: f["value"] for f in receipt["facts"]}
    until, derived = facts.get("term.ends_before"), row["status"] == "planned" and row["rule"] != "missing_fact"
    known = {*facts.values(), str(date.fromisoformat(until) - DAY) if until else ""}
    spans = {(a + n * c, b + n * d) for (a, b), (c, d) in agreed(facts) for n in range(1000)}
    if parts and derived:  # of what is past the date alone is kept
        yield "facts", parts[0]["to"], parts[0]["to"] if parts[0]["to"] in known else None
    for before, part in pairwise(parts):
        to = date.fromisoformat(part["to"])
        origin = date.fromisoformat(before["to"])
        months, days = length(part["period"] or f"P{part['days']}D")
        found = later(origin, months, days, overflow=part["rule"] == "R1") - DAY * (part["rule"] == "R1")
        if to < origin:
            found = earlier(origin, part["period"] or f"P{-part['days']}D")
        yield "from", part["from"], str(origin)
        yield row["rule"], str(to), str(found)
        yield "days", part["days"], (to - origin).days
        if part["rule"] and part["period"] and derived:
            yield "period", part["period"], part["period"] if (months, days) in spans else None
    yield "nominal_on", row["nominal_on"], parts[-1]["to"] if parts else None
    if alert:
        said = {**receipt["calendar"], "alerts": {}, "rules": receipt["rules"]}
        policy = Policy({"adopted_at": "2000-01-01T00:00:00+00:00", "policy": said})
        nominal, counted, midnight = row["nominal_on"], date.fromisoformat(alert["from"]), row["rule"] in MIDNIGHT
        step, begins = row["step"], counted if row["step"][0] == "+" else date.fromisoformat(nominal)
        plain = later(begins, *length(step)) if step[0] == "+" else earlier(begins, step)
        day = plain if midnight else policy.alert_day(begins, step)
        walked = [str(plain + n * DAY * (1 if day > plain else -1)) for n in range(abs((day - plain).days))]
        if alert["waits_until"] and str(day) < alert["waits_until"]:
            day = policy.on(date.fromisoformat(alert["waits_until"]), 1)
        yield "occurrence", row["occurrence"], f"{row['rule']}:{row['about']}:{nominal}:{step}"
        yield "alert.step", alert["step"], step
        yield "alert.from", alert["from"], str(begins)
        yield "alert.moved", [each["day"] for each in alert["moved"]], walked
        yield "alert.day", alert["day"], str(day)
        yield "alert.at", seconds(alert["at"]), policy.instant(day, midnight=midnight)
        yield "alert_at", row["alert_at"], alert["at"]


def findings(folder: str, figures: Counter[str]) -> Iterator[tuple[str, str, Row]]:
    """Yield what is wrong in a folder, with the agreement that it is about."""
    begin(folder)
    parts = {"at": REGISTER["exported_at"]}
    yield from (("register", "altered chain", parts | {"n": n}) for n in REGISTER["breaks"])
    for mail in REGISTER["unbound"]:
        for part in wrong_with(mail, "", REGISTER, REGISTER["others"]):
            yield "register", "altered mail", parts | {"n": mail["id"], "name": mail["cause"], "old": part}
    rows = [*map(read, lines_of(folder, "calendar.jsonl"))]
    said = {row["year"]: [row.get("equated_days_known"), *sorted(row["holidays"])] for row in rows}
    mine = {year: [str(year) in EQUATED, *sorted(map(str, holidays(year)))] for year in range(2000, 2100)}
    for year in sorted(year for year in said.keys() | mine.keys() if said.get(year) != mine.get(year)):
        yield "calendar", "altered calendar", {"at": year, "old": year}
    lines = Counter([*(f"mail {mail['id']}" for mail in REGISTER["unbound"]), *(row["year"] for row in rows)])
    with Pool(initializer=begin, initargs=[folder]) as pool:
        for ref, found, counted in pool.imap(judged, lines_of(folder, "agreements.jsonl"), 8):
            figures.update(counted if ref not in lines else ())
            lines[ref] += 1
            yield from ((ref, *each) for each in found)
    for name in (name for name, times in lines.items() if times > 1):
        yield "register", "doubled line", parts | {"name": name}
    figures["mails"] += different(REGISTER["unbound"])
    for name in ("agreements", "events", "mails"):
        if figures[name] != REGISTER[name]:
            yield "register", "altered count", parts | {"name": name, "old": REGISTER[name], "was": figures[name]}


def shown(line: str) -> str:
    """Return a line in which nothing acts on a screen, or ends it: a forger may have written it."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)


def main(*arguments: str) -> int:
    """Say what is wrong with what, in the reader's language."""
    paths, english = [each for each in arguments if not each.startswith("--")], "--en" in arguments
    rows = (line.split("|") for line in SENTENCES.strip().splitlines())
    words = {key: foreign if english else dutch for key, dutch, foreign in rows}
    figures = Counter(agreements=0, events=0, steps=0, late=0, mails=0, n=0)
    if not paths:
        return print(words["usage"], file=sys.stderr) or 2
    try:
        for ref, key, parts in (receipts if "--receipts" in arguments else findings)(paths[0], figures):
            figures["n"] += 1
            filled = {name: words["nothing"] if part in (None, "") else part for name, part in parts.items()}
            said = words[key].format_map(filled)
            print(shown(words["finding"].format(kind=key.split()[0], ref=ref, at=parts["at"], said=said)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        said = shown(f"{type(problem).__name__}: {problem}")
        return print(words["unreadable"].format(path=paths[0], problem=said), file=sys.stderr) or 2
    print(words["summary"].format_map(figures))
    return bool(figures["n"])


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who reads no further, as `head`, ends it
    sys.exit(main(*sys.argv[1:]))

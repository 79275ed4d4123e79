"""What operators ask for in property tests: an action and its keys, drawn from whole numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

from states.model.fact_types import Key
from states.model.stage import Continuation, Ruling
from states.process import ACTIONS as DECLARED
from states.process import PROCESS
from states.rules.amendment import amendable
from tests.chance import DATES, DISPUTABLE, FIELDS, START_RULES, VALUES, a_day
from tests.clerk import Seen
from workflow.engine.engine import as_of

ACTIONS = (*DECLARED,)
Pairs = dict[str, str]


@dataclass(frozen=True)
class Drawn:
    """Numbers from which a request is made, whatever the agreement looks like by then."""

    which: int
    day: int
    offset: int
    also: int

    def one_of(self, options: tuple[str, ...]) -> str:
        return options[self.which % len(options)]


NUMBER = st.integers(0, 11)
DRAWN = st.builds(Drawn, st.integers(0, 400), NUMBER, NUMBER, NUMBER)


def chosen(seen: Seen, choice: int) -> str:
    """Return an action of the stage that the agreement is in, or now and then of any other."""
    if choice % 7 == 0:
        return ACTIONS[choice // 7 % len(ACTIONS)]
    agreement = as_of(seen.dossier, seen.policy, seen.now)
    names = [action.name for action in PROCESS[agreement.stage].actions]
    lively = [name for name in names if name not in (SELDOM if choice % 4 else {"amend"})]
    return (lively or names)[choice % len(lively or names)]


SELDOM = frozenset(
    {"amend", "note", "withdraw", "terminate", "waive", "acknowledge", "pay", "fulfil"}
)


def keys_of(name: str, seen: Seen, drawn: Drawn) -> Pairs:
    """Return the keys of an action; dates lie near those that matter, and not in the future."""
    making = MAKING.get(name)
    pairs = making(seen, drawn) if making else {}
    on = a_day(seen, drawn.day, drawn.offset)
    if name in DATED and on <= seen.today:
        pairs.setdefault("on", on.isoformat())
    return pairs


DATED = frozenset(
    [
        "agree",
        "decide",
        "sign",
        "conclude",
        "start_evaluation",
        "start_decision",
        "pay",
        "fulfil",
        "suspend",
        "resume",
        "terminate",
    ]
)


def _later(seen: Seen, drawn: Drawn) -> str:
    return max(a_day(seen, drawn.day + 1, drawn.offset), seen.today).isoformat()


def _decide(seen: Seen, drawn: Drawn) -> Pairs:
    if seen.agreement.stage.value == "college_decision":
        outcome = drawn.one_of((*Ruling, "as_proposed", "as_proposed", "as_proposed"))
        until = {"until": _later(seen, drawn)} if outcome == "held_over" else {}
        facts = amendment(seen, drawn) if outcome == "amended" else {}
        facts.pop("correction", None)
        basis = {"basis": "mandaat"} if outcome == "mandate" else {}
        return {"outcome": outcome, **basis, **until, **facts}
    outcome = drawn.one_of(tuple(Continuation))
    length = {"length": ("P1Y", "P6M", "P18M", "P45D")[drawn.also % 4]}
    pays = {"contribution": ("yes", "no")[drawn.offset % 2]}
    return {"outcome": outcome} | ({**length, **pays} if outcome == "extend" else {})


def _acknowledge(seen: Seen, drawn: Drawn) -> Pairs:
    fired = [event.occurrence for event in seen.events if event.occurrence]
    known = fired or [*seen.dossier.recorded]
    return {
        "occurrence": known[-1 - drawn.which % len(known)] if known else "x",
        "until": _later(seen, drawn),
    }


def _instalment(_seen: Seen, drawn: Drawn) -> Pairs:
    return {"instalment": str(1 + drawn.which % 5)}


def _obligation(seen: Seen, drawn: Drawn) -> Pairs:
    owed = seen.agreement.obligation
    key = drawn.one_of((*owed, "report"))
    recurs = key in owed and owed[Key(key)].every
    return {"obligation": key} | ({"number": str(1 + drawn.also % 9)} if recurs else {})


def _waive(seen: Seen, drawn: Drawn) -> Pairs:
    owes = seen.agreement.obligation and drawn.day % 2
    return _obligation(seen, drawn) if owes else _instalment(seen, drawn)


def _moves(_seen: Seen, drawn: Drawn) -> Pairs:
    return {"moves_end": ("yes", "yes", "no")[drawn.which % 3]}


def _terminate(seen: Seen, drawn: Drawn) -> Pairs:
    return {} if drawn.which % 2 else {"ends_on": a_day(seen, drawn.also, drawn.which).isoformat()}


def _which(seen: Seen, drawn: Drawn) -> Pairs:
    known = tuple(seen.agreement.evaluation) or ("final",)
    return {"evaluation": drawn.one_of(known)}


def _sign(seen: Seen, drawn: Drawn) -> Pairs:
    missing = [key for key, item in seen.agreement.party.items() if not item.signed_on]
    return {"party": drawn.one_of((*missing, "maastricht"))}


# Amendments --------------------------------------------------------------------------------------


def amendment(seen: Seen, drawn: Drawn) -> Pairs:
    """Return facts to amend: one field, or fields that only go together."""
    if drawn.which % 4 == 0:
        made = TOGETHER[drawn.which // 4 % len(TOGETHER)]
        first, second = _two_days(seen, drawn)
        return {path: text.format(first=first, second=second) for path, text in made.items()}
    field = FIELDS[drawn.which % len(FIELDS)]
    correction = {"correction": "yes"} if drawn.offset % 5 == 0 else {}
    return {field: _value(seen, drawn, field), **correction}


def _value(seen: Seen, drawn: Drawn, field: str) -> str:
    name = field.rpartition(".")[2]
    if drawn.also == 0:
        return "unknown"
    if field == "term.start" and drawn.also % 2:
        return START_RULES[drawn.also % len(START_RULES)]
    if name in DATES:
        return a_day(seen, drawn.day, drawn.offset).isoformat()
    options = DISPUTABLE if name == "field" else VALUES.get(name, ("Tekst",))
    return options[drawn.also % len(options)]


def any_fact(seen: Seen, drawn: Drawn) -> Pairs:
    """Return any fact to amend, of a key that is there where there is one."""
    pattern = AMENDABLE[drawn.which % len(AMENDABLE)].split(".")
    group = getattr(seen.agreement, pattern[0], None)
    there = tuple(map(str, group)) if isinstance(group, Mapping) and group else ("1",)
    key = there[drawn.also % len(there)]
    path = ".".join(key if part.isupper() else part for part in pattern)
    correction = {"correction": "yes"} if drawn.offset % 3 == 0 else {}
    return {path: _value(seen, drawn, path), **correction}


AMENDABLE = amendable()


def _two_days(seen: Seen, drawn: Drawn) -> tuple[date, date]:
    one, other = a_day(seen, drawn.day, drawn.offset), a_day(seen, drawn.also, drawn.which)
    return min(one, other), max(one, other)


TOGETHER: tuple[Mapping[str, str], ...] = (
    {"term.renewal": "tacit", "term.renewal_length": "P1Y", "term.notice": "P3M"},
    {"term.renewal": "tacit", "term.renewal_length": "P1M", "term.notice": "P2W"},
    {"term.renewal": "tacit", "term.renewal_length": "P18M", "term.notice": "P1Y"},
    {"term.renewal": "tacit", "term.renewal_length": "P3M", "term.notice": "P6M"},
    {"term.renewal": "decision", "term.renewal_length": "unknown", "term.notice": "unknown"},
    {"termination.on": "{first}", "termination.ends_on": "{second}"},
    {"termination.on": "{first}", "termination.ends_on": "{first}"},
    {"termination.on": "unknown", "termination.ends_on": "unknown"},
    {"term.length": "unknown", "term.last_day": "{second}"},
    {"term.length": "unknown", "term.ends_before": "{second}"},
    {"term.length": "P2Y", "term.last_day": "unknown", "term.ends_before": "unknown"},
    {"term.length": "unknown"},
    {
        "suspension.1.on": "{first}",
        "suspension.1.resumed_on": "{second}",
        "suspension.1.moves_end": "true",
    },
    {
        "suspension.2.on": "{first}",
        "suspension.2.resumed_on": "{second}",
        "suspension.2.moves_end": "true",
    },
    {"suspension.1.resumed_on": "unknown"},
    {
        "suspension.1.on": "unknown",
        "suspension.1.resumed_on": "unknown",
        "suspension.1.moves_end": "unknown",
    },
    {"extension.1.length": "unknown", "extension.1.contribution": "unknown"},
    {"source.1.field": "term.length", "source.1.status": "disputed"},
    {"source.2.field": "termination.ends_on", "source.2.status": "disputed"},
    {"source.2.field": "party.limburg.signed_on", "source.2.status": "disputed"},
    {"source.1.field": "unknown", "source.1.status": "unknown"},
    {"party.nieuw.name": "Gemeente Nieuw", "party.nieuw.joined_on": "{first}"},
    {"party.beesel.left_on": "{first}", "party.beesel.merged_into": "limburg"},
    {"party.maastricht.own": "false", "party.limburg.own": "true"},
    {"evaluation.final.before_end": "unknown", "evaluation.final.on": "{second}"},
    {"evaluation.final.before_end": "unknown", "evaluation.final.clause": "unknown"},
    {"evaluation.extra.on": "{second}", "evaluation.extra.final": "true"},
    {
        "contribution.amount": "unknown",
        "contribution.every": "unknown",
        "instalment.1.amount": "10.00",
        "instalment.2.amount": "10.00",
    },
)
MAKING: Mapping[str, Callable[[Seen, Drawn], Pairs]] = {
    "amend": amendment,
    "decide": _decide,
    "acknowledge": _acknowledge,
    "pay": _instalment,
    "fulfil": _obligation,
    "waive": _waive,
    "suspend": _moves,
    "resume": _moves,
    "terminate": _terminate,
    "start_evaluation": _which,
    "conclude": _which,
    "sign": _sign,
    "set_start": lambda seen, drawn: {"on": a_day(seen, drawn.day, drawn.offset).isoformat()},
    "note": lambda _seen, _drawn: {"text": "x"},
}

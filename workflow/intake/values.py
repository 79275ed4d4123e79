"""From the facts that were found to an agreement or an office."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from notifications.typed import typed
from states.model.agreement import Agreement
from states.model.fact_fields import fact_type_at, keyed, pattern_at
from states.model.fact_types import A_REFERENCE, StartRule, parse_reference
from states.model.fact_words import field_names
from states.model.facts import BadFacts, Problem, build, not_a_table, not_taken
from states.model.phrase import say
from states.rules.amendment import amendable_beside, is_history
from states.rules.checks import WAYS_TO_END, WAYS_TO_EVALUATE
from states.rules.checks import problems as impossible
from states.rules.kept_amounts import of_no_instalment
from workflow.engine.field_names import nearest
from workflow.engine.offices import Office
from workflow.intake.files.records import Found
from workflow.intake.history import happened, not_facts
from workflow.intake.keys import is_group, keys, nearest_key, pattern_of

T = TypeVar("T")
HOLDER_FROM = re.compile(r"(holder\.\d+)\.from")
HOLDER_STARTS = re.compile(r"(holder\.\d+)\.starts")
ROUNDS = 5
GIVE_INSTALMENTS = ("term", "contribution", "extension")
AMOUNTS = "instalment.INSTALMENT.amount"
# By which other facts one is judged: nothing is concluded from what cannot be read.
DATED_BY = {
    "evaluation": WAYS_TO_EVALUATE,
    "obligation": WAYS_TO_EVALUATE,
    "suspension": ("on", "resumed_on"),
}
RESTS_ON = {
    "party": ("party", "party.PARTY.own"),
    "term.renewal": ("term.renewal_length", "term.notice"),
    "term.minimum": ("term.open_ended",),
    "contribution.amount": (AMOUNTS,),
    "evaluation.EVALUATION.before_end": ("termination.on", "termination.ends_on"),
    "continuation.CONTINUATION": ("extension.EXTENSION.length",),
}
LINKS = ("predecessor", "successor")
LOST = "\N{REPLACEMENT CHARACTER}"
OF_THE_PAST = say("this fact belongs to an agreement that runs already.")
# What stands in for a fact that is required and is not there; nothing is concluded from it.
STANDS_IN = {"ref": "x", "title": "x", "office": "x", "name": "x", "key": "x", "email": "x"}
GROUPS_STAND_IN = {
    "term": {"term.length": "P1Y"},
    "party": {"party.x.name": "x", "party.x.own": "true"},
}


class Readable(Struct, Generic[T], frozen=True, kw_only=True):
    """A value made of the facts that can be read, the paths of those that can't, and why."""

    value: T | None
    unread: frozenset[str]
    problems: list[Problem]

    def lacks(self, path: str) -> bool:
        """Tell whether a fact at or under this path could not be read."""
        return bool(_under(self.unread, path))

    def lacks_one_of(self, *patterns: str) -> bool:
        """Tell whether a fact of an agreement with one of these patterns could not be read."""
        return any(pattern_at(Agreement, path) in patterns for path in self.unread)


def agreement_of(found: Found, *, history: bool) -> Agreement:
    """Return the agreement that was found; BadFacts names every problem."""
    problems = [*_of_keys(found.facts, history=history), *_of_reference(found.facts)]
    problems += _of_what_was_settled(found.facts)
    facts = {path: text for path, text in found.facts.items() if pattern_of(path)}
    plain, apart = not_facts(facts)
    read = readable(Agreement, plain)
    told = {problem.path for problem in problems}
    problems += [problem for problem in read.problems if problem.path not in told]
    problems += _of_facts_together(read)
    agreement = read.value and happened(
        read.value, apart, problems, stage_given="stage" in facts or not history
    )
    if problems or agreement is None:
        raise BadFacts(problems)
    return agreement


def garbled(facts: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each text whose letters another program read in another encoding."""
    for path, text in facts.items():
        if not text.isascii() and (LOST in text or _is_utf_8_as_windows_read_it(text)):
            wrong = say("letters went wrong on the way here: “{value}”.", value=text[:60])
            remedy = say("Open the source again as UTF-8, or correct the letters.")
            yield Problem(path=path, problem=wrong, remedy=remedy)


def _is_utf_8_as_windows_read_it(text: str) -> bool:
    with suppress(UnicodeError):
        return bool(text.encode("cp1252").decode("utf-8"))
    return False


# Keys --------------------------------------------------------------------------------------------


def _of_keys(facts: Mapping[str, str], *, history: bool) -> Iterator[Problem]:
    for path in facts:
        pattern = pattern_of(path)
        if is_group(path):
            yield not_a_table(path)
        elif pattern is None:
            manual = say("Accepted: the keys of the manual's page on import files.")
            said = nearest(path, path) if amendable_beside(path) else None
            near = said or nearest_key(path, keys())
            remedy = say("Did you mean “{name}”?", name=near) if near else manual
            yield Problem(path=path, problem=say("this key is not known."), remedy=remedy)
        elif is_history(pattern) and not history:
            yield Problem(
                path=path,
                problem=OF_THE_PAST,
                remedy=say("Import it with --history, or enter it with: looptijd do"),
            )


def _of_reference(facts: Mapping[str, str]) -> Iterator[Problem]:
    ref = facts.get("ref") or "x"
    try:
        parse_reference(ref)
    except ValueError:
        yield not_taken("ref", ref, A_REFERENCE)
    for path, text in facts.items():
        if path.endswith(LINKS) and text == ref:  # it would never be continued by another
            remedy = say("Name another agreement, or leave it out.")
            yield Problem(path=path, problem=say("this is the agreement itself."), remedy=remedy)


def _of_what_was_settled(facts: Mapping[str, str]) -> Iterator[Problem]:
    for path in facts:
        group, _, name = path.rpartition(".")
        if name == "waived_on" and not facts.keys().isdisjoint({f"{group}.paid_on", f"{group}.on"}):
            wrong = say("it is said to be done, and not to be needed any more.")
            yield Problem(path=path, problem=wrong, remedy=say("Keep one of them."))


# Facts together ----------------------------------------------------------------------------------


def _of_facts_together(read: Readable[Agreement]) -> Iterator[Problem]:
    """Yield what contradicts itself among the facts that could be read."""
    if read.value is None:
        return
    agreement = _without_a_guessed_start(read.value, read)
    for problem in impossible(agreement):
        if not _hangs_on_what_is_unread(problem.path, agreement, read):
            yield problem
    unpaid = [
        number
        for number, item in agreement.instalment.items()
        if not (item.paid_on or read.lacks(f"instalment.{number}.paid_on"))
    ]
    is_unsure = any(map(read.lacks, GIVE_INSTALMENTS)) or read.lacks_one_of(AMOUNTS)
    entered = () if is_unsure else unpaid
    if wrong := of_no_instalment(agreement, entered):
        remedy = say("Correct its number, or leave it out.")
        yield Problem(path=f"instalment.{wrong.values['number']}", problem=wrong, remedy=remedy)
    if not any(getattr(agreement.term, way) for way in WAYS_TO_END) and not read.lacks("term"):
        remedy = say("Give one of: {names}.", names=field_names("term", *WAYS_TO_END))
        wrong = say("the term has no end and no length.")
        yield Problem(path="term", problem=wrong, remedy=remedy)


def _hangs_on_what_is_unread(path: str, agreement: Agreement, read: Readable[Agreement]) -> bool:
    group, key, name = keyed(path)
    if name == "paid_amount":
        return read.lacks(f"{group}.{key}.paid_on")
    if group == "suspension" and name == "on":  # it begins after the one before it
        last = max((n for n in agreement.suspension if n < int(key)), default=0)
        before = range(last, int(key))
        return read.lacks(path) or any(_is_undated(group, str(n), read) for n in before)
    if key and not name and group in DATED_BY:
        return _is_undated(group, key, read)
    rests_on = RESTS_ON.get(pattern_at(Agreement, path), ())
    return path in read.unread or read.lacks_one_of(*rests_on)


def _is_undated(group: str, key: str, read: Readable[Agreement]) -> bool:
    return any(read.lacks(f"{group}.{key}.{fact}") for fact in DATED_BY[group])


def _without_a_guessed_start(agreement: Agreement, read: Readable[Agreement]) -> Agreement:
    """A start that follows from facts of which some cannot be read is not known."""
    fixed = isinstance(agreement.term.start, date)
    if not read.lacks("term.start") and (fixed or not read.lacks("party")):
        return agreement
    return replace(agreement, term=replace(agreement.term, start=StartRule.UNKNOWN))


# Offices -----------------------------------------------------------------------------------------


def office_of(found: Found) -> Readable[Office]:
    """Return the office that was found, as far as its facts can be read, with every problem.

    A holder whose last day cannot be read is not in it: nobody knows whom it overlaps.
    """
    facts = {HOLDER_FROM.sub(r"\1.starts", path): text for path, text in found.facts.items()}
    kept = {path: typed(text, fact_type_at(Office, path)) for path, text in facts.items()}
    read = readable(Office, kept)
    problems = [replace(p, path=HOLDER_STARTS.sub(r"\1.from", p.path)) for p in read.problems]
    if office := read.value:
        ending = {n: h for n, h in office.holder.items() if not read.lacks(f"holder.{n}.until")}
        office = replace(office, holder=ending)
    return replace(read, value=office, problems=problems)


# Facts of which some cannot be read: the others are judged all the same --------------------------


def readable(cls: type[T], facts: Mapping[str, str]) -> Readable[T]:
    """Return the value of `cls` that can be made; facts that can't be read are left out of it."""
    kept, unread, problems = dict(facts), set[str](), list[Problem]()
    for _ in range(ROUNDS):
        try:
            value = build(cls, kept)
        except BadFacts as error:
            problems = problems or error.problems
            for problem in error.problems:
                unread |= _left_out(kept, problem.path)
        else:
            return Readable(value=value, unread=frozenset(unread), problems=problems)
    return Readable(value=None, unread=frozenset(unread), problems=problems)


def _left_out(kept: dict[str, str], path: str) -> set[str]:
    """Take what is wrong out of the facts, or fill in what is missing; return the paths."""
    under = _under(kept, path)
    for item in under:
        del kept[item]
    group, _, name = path.rpartition(".")
    stand_in = GROUPS_STAND_IN.get(path) or ({path: STANDS_IN[name]} if name in STANDS_IN else {})
    kept |= stand_in
    if under or stand_in:
        return {path, *under}
    for item in (gone := _under(kept, group)):
        del kept[item]
    return {path, *gone}


def _under(paths: Iterable[str], path: str) -> list[str]:
    return [item for item in paths if item == path or item.startswith(f"{path}.")]

"""From the facts that were found to an agreement or an office."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from difflib import get_close_matches

from states.model.agreement import Agreement
from states.model.fact_types import A_REFERENCE, StartRule, parse_reference
from states.model.facts import BadFacts, Problem
from states.model.phrase import Phrase, say
from states.rules.checks import problems as impossible
from workflow.engine.offices import Office
from workflow.intake.files.records import Found
from workflow.intake.history import happened, not_facts
from workflow.intake.keys import is_history, keys, pattern_of
from workflow.intake.partial import Readable, readable

HOLDER_FROM = re.compile(r"(holder\.\d+)\.from")


def agreement_of(found: Found, *, history: bool) -> Agreement:
    """Return the agreement that was found; BadFacts names every problem."""
    problems = [*_of_keys(found.facts, history=history), *_of_reference(found.facts)]
    facts = {path: text for path, text in found.facts.items() if pattern_of(path)}
    plain, apart = not_facts(facts)
    read = readable(Agreement, plain)
    problems += [*read.problems, *_of_facts_together(read)]
    agreement = read.value and happened(read.value, apart, problems)
    if problems or agreement is None:
        raise BadFacts(problems)
    return agreement


# Keys --------------------------------------------------------------------------------------------


def _of_keys(facts: Mapping[str, str], *, history: bool) -> Iterator[Problem]:
    for path in facts:
        pattern = pattern_of(path)
        if pattern is None:
            yield _unknown(path)
        elif is_history(pattern) and not history:
            yield Problem(
                path=path,
                problem=say("this fact belongs to an agreement that runs already."),
                remedy=say("Import it with --history, or enter it with: looptijd do"),
            )


def _unknown(path: str) -> Problem:
    remedy = say("Accepted: the keys of the manual's page on import files.")
    return Problem(
        path=path, problem=say("this key is not known."), remedy=_suggested(path, remedy)
    )


def _suggested(path: str, otherwise: Phrase) -> Phrase:
    near = get_close_matches(path, keys(), n=1)
    return say("Did you mean “{name}”?", name=near[0]) if near else otherwise


def _of_reference(facts: Mapping[str, str]) -> Iterator[Problem]:
    ref = facts.get("ref")
    try:
        parse_reference(ref or "x")
    except ValueError:
        wrong = say("“{value}” is not accepted.", value=(ref or "")[:60])
        yield Problem(path="ref", problem=wrong, remedy=A_REFERENCE)


# Facts together ----------------------------------------------------------------------------------


def _of_facts_together(read: Readable[Agreement]) -> Iterator[Problem]:
    """Yield what contradicts itself among the facts that could be read."""
    if read.value is None:
        return
    agreement = _without_a_guessed_start(read.value, read)
    for problem in impossible(agreement):
        if not _hangs_on_what_is_unread(problem.path, read):
            yield problem
    if not _has_term(agreement) and not read.lacks("term"):
        remedy = say("Give one of length, last_day, ends_before and open_ended.")
        wrong = say("the term has no end and no length.")
        yield Problem(path="term", problem=wrong, remedy=remedy)


def _hangs_on_what_is_unread(path: str, read: Readable[Agreement]) -> bool:
    if path == "party":
        return any(item == path or item.endswith(".own") for item in read.unread)
    if path == "term.renewal":
        return read.lacks("term.renewal_length") or read.lacks("term.notice")
    return path != "term" and read.lacks(path)


def _without_a_guessed_start(agreement: Agreement, read: Readable[Agreement]) -> Agreement:
    """A start that follows from facts of which some cannot be read is not known."""
    fixed = isinstance(agreement.term.start, date)
    if not read.lacks("term.start") and (fixed or not read.lacks("party")):
        return agreement
    return replace(agreement, term=replace(agreement.term, start=StartRule.UNKNOWN))


def _has_term(agreement: Agreement) -> bool:
    term = agreement.term
    return bool(term.length or term.last_day or term.ends_before or term.open_ended)


# Offices -----------------------------------------------------------------------------------------


def office_of(found: Found) -> Readable[Office]:
    """Return the office that was found, as far as its facts can be read, with every problem."""
    facts = {HOLDER_FROM.sub(r"\1.starts", path): text for path, text in found.facts.items()}
    return readable(Office, facts)

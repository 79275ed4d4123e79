"""From the facts that were found to an agreement or an office."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from states.agreement import Agreement
from states.amendment import HELD_KEYS, amendable, amended, checked, fits
from states.facts import BadFacts, Problem, build
from states.phrase import Phrase, say
from workflow.importing.found import Found
from workflow.offices import Office

ONLY_WITH_HISTORY = re.compile(
    r"stage|decision\..*|party\..*\.(signed_on|signatory)|instalment\..*\.(paid_on|reference)"
    r"|evaluation\..*\.(held_on|report|conclusion)"
)
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def agreement_of(found: Found, *, history: bool) -> Agreement:
    """Return the agreement that was found; BadFacts names every problem."""
    problems = [_of_key(path, history=history) for path in found.facts]
    if not REFERENCE.fullmatch(found.name):
        problems.append(_bad_reference(found.name))
    facts, held = _without_held(found.facts)
    try:
        agreement = build(Agreement, {p: t for p, t in facts.items() if _is_known(p)})
    except BadFacts as error:
        raise BadFacts([*filter(None, problems), *error.problems]) from error
    if any(problems):
        raise BadFacts([*filter(None, problems)])
    if not _has_term(agreement):
        raise BadFacts([_no_term()])
    return held_evaluations(checked(agreement), held)


def _of_key(path: str, *, history: bool) -> Problem | None:
    if ONLY_WITH_HISTORY.fullmatch(path) and not history:
        return Problem(
            path=path,
            problem=say("this fact belongs to an agreement that runs already."),
            remedy=say("Import it with --history, or enter it with: looptijd do"),
        )
    if _is_known(path):
        return None
    remedy = say("Accepted: the keys of the manual's page on import files.")
    return Problem(
        path=path, problem=say("this key is not known."), remedy=_suggested(path, remedy)
    )


def _suggested(path: str, otherwise: Phrase) -> Phrase:
    patterns = [*amendable(), "ref"]
    near = get_close_matches(path, patterns, n=1)
    return say("Did you mean “{name}”?", name=near[0]) if near else otherwise


def _is_known(path: str) -> bool:
    return path in {"ref", "stage"} or any(fits(path, pattern) for pattern in PATTERNS)


PATTERNS = (*amendable(), "decision.DECISION.outcome", "predecessor")


def _without_held(facts: Mapping[str, str]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    plain: dict[str, str] = {}
    held: dict[str, dict[str, str]] = {}
    for path, text in facts.items():
        top, _, rest = path.partition(".")
        key, _, name = rest.partition(".")
        if top == "evaluation" and name in HELD_KEYS:
            held.setdefault(key, {})[name] = text
        else:
            plain[path] = text
    return plain, held


def _has_term(agreement: Agreement) -> bool:
    term = agreement.term
    return bool(term.length or term.last_day or term.ends_before or term.open_ended)


def _no_term() -> Problem:
    remedy = say("Give one of length, last_day, ends_before and open_ended.")
    return Problem(path="term", problem=say("the term has no end and no length."), remedy=remedy)


def _bad_reference(name: str) -> Problem:
    wrong = say("“{value}” is not accepted.", value=name[:60])
    remedy = say("Write letters, digits, dots, underscores and hyphens, such as SO-2017-0042.")
    return Problem(path="ref", problem=wrong, remedy=remedy)


def held_evaluations(agreement: Agreement, held: Mapping[str, dict[str, str]]) -> Agreement:
    """Return the agreement with evaluations that were held, each for the date that it has."""
    facts = {
        f"evaluation.{key}.{name}": text
        for key, item in held.items()
        for name, text in item.items()
    }
    return amended(agreement, facts) if facts else agreement


def office_of(found: Found) -> Office:
    """Return the office that was found; BadFacts names every problem."""
    renamed = {
        re.sub(r"^(holder\.\d+)\.from$", r"\1.starts", path): text
        for path, text in found.facts.items()
    }
    return build(Office, renamed)

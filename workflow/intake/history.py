"""What has happened to an agreement that runs already: how files write it, and as what it is kept.

A file speaks of an evaluation that was held, the model of one that was held for a date; a file
names the stage that an operator had chosen, the model the date for which it was chosen.
"""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from states.dates.tacit_renewal import finals_of_term
from states.dates.term_dates import day_of, due_of, end_of
from states.model.agreement import Agreement, Evaluation, Held
from states.model.arithmetic import Dated
from states.model.fact_fields import keyed, pattern_at
from states.model.fact_types import Key
from states.model.fact_words import fact_words, field_names
from states.model.facts import BadFacts, Problem, build, flatten, not_taken
from states.model.phrase import say
from states.model.stage import BEFORE_SIGNING, NEVER_BEGAN, Ending, Ruling, Stage
from states.rules.amendment import HELD_KEYS, held_fact, is_past, no_date_yet
from states.rules.checks import WAYS_TO_EVALUATE
from states.stages.college_decision import ENDINGS, LEADS_TO
from workflow.intake.keys import OUTCOME

Facts = Mapping[str, str]
AGREED_TO = frozenset({Stage.SIGNING, Stage.ACTIVE, Stage.EVALUATION, Stage.CONTINUATION_DECISION})
UNDER_WAY = (
    "instalment",
    "obligation",
    "evaluation",
    "suspension",
    "termination",
    "continuation",
)
LATER_FACTS = ("stage", "decision", "party", "extension", *UNDER_WAY)
GIVE_AN_END = ("term", "party", "extension", "suspension", "termination")
IN_FORCE = ("evaluation", "extension", "suspension", "termination", "continuation")
FILE_KEYS = {name: key for key, name in HELD_KEYS.items()}


def not_facts(facts: Facts) -> tuple[Facts, Facts]:
    """Return the facts as the model has them, and those that the model writes otherwise."""
    apart = {path: text for path, text in facts.items() if path == OUTCOME or held_fact(path)}
    return {path: text for path, text in facts.items() if path not in apart}, apart


def happened(
    agreement: Agreement, apart: Facts, problems: list[Problem], *, stage_given: bool
) -> Agreement:
    """Return the agreement with what has happened to it; what is wrong is added to `problems`.

    Without a stage it has the one from which its facts lead to where it stands.
    """
    if not stage_given and not problems:
        agreement = _with_stage(agreement, apart, problems)
    if not _is_named(problems, "stage", "decision"):
        problems.extend(_contradictions(agreement, apart))
    if apart:
        agreement = _with_held(agreement, apart, problems)
    if stage_given and not _is_named(problems, *LATER_FACTS):
        problems.extend(_beyond_the_stage(agreement, apart))
    return agreement if problems else _with_successor(_chosen(_ended(agreement, apart)))


def _is_named(problems: list[Problem], *groups: str) -> bool:
    """Tell whether something is wrong with one of these; then nothing is concluded from it."""
    return any(
        f"{problem.path}.".startswith(f"{group}.") for problem in problems for group in groups
    )


# Evaluations that were held ----------------------------------------------------------------------


def _with_held(agreement: Agreement, apart: Facts, problems: list[Problem]) -> Agreement:
    held: dict[Key, dict[str, str]] = {}
    for path, text in apart.items():
        if found := held_fact(path):
            held.setdefault(found[0], {})[found[1]] = text
    evaluations = dict(agreement.evaluation)
    for key, facts in held.items():
        path = f"evaluation.{key}"
        try:
            concluded = _concluded(path, facts)
            if not _is_named(problems, path):
                agreed = _agreed(agreement, key)
                if not _is_named(problems, *GIVE_AN_END):
                    evaluations[key] = _held_for(agreement, key, agreed, concluded)
        except BadFacts as error:
            problems.extend(error.problems)
    return replace(agreement, evaluation=evaluations)


def _concluded(path: str, facts: Facts) -> Held:
    try:
        return build(Held, facts)
    except BadFacts as error:
        named = (replace(p, path=f"{path}.{FILE_KEYS[p.path]}") for p in error.problems)
        raise BadFacts([*named]) from error


def _agreed(agreement: Agreement, key: Key) -> Evaluation:
    path, evaluation = f"evaluation.{key}", agreement.evaluation.get(key)
    if evaluation is None:
        wrong = say("an evaluation has exactly one date.")
        remedy = say("Give one of: {names}.", names=field_names(path, *WAYS_TO_EVALUATE))
        raise BadFacts([Problem(path=path, problem=wrong, remedy=remedy)])
    return evaluation


def _held_for(agreement: Agreement, key: Key, evaluation: Evaluation, held: Held) -> Evaluation:
    """Return the evaluation as held for the date that it has."""
    alone = replace(agreement, evaluation={key: evaluation})  # another may have no date at all
    due = due_of(alone, evaluation)
    if not isinstance(due, Dated):
        raise BadFacts([no_date_yet(f"evaluation.{key}.held_on")])
    return replace(evaluation, held={**evaluation.held, due.day: held})


def _with_stage(agreement: Agreement, apart: Facts, problems: list[Problem]) -> Agreement:
    """Return the agreement where the college's last decision leaves it; signing goes on by itself.

    What happens only after a decision to sign contradicts a file that does not have it.
    """
    ruling = _last_ruling(agreement)
    leads_to = LEADS_TO[ruling] if ruling else None
    if leads_to is Stage.SIGNING:
        return replace(agreement, stage=leads_to)
    if OUTCOME in apart and not leads_to:
        return replace(agreement, stage=Stage.ENDED)
    later = next(_after_a_decision(agreement, apart, theirs=not ruling), None)
    if later and ruling:
        said = {"what": fact_words(later, agreement), "ruling": say(ruling.value)}
        wrong = say("{what} is entered, but the college's last decision is: {ruling}.", **said)
        remedy = say("Add the decision that came later.")
        problems.append(Problem(path="stage", problem=wrong, remedy=remedy))
    elif later:
        what = fact_words(later, agreement)
        wrong = say("{what} is entered, but no decision of the college.", what=what)
        remedy = say("Add [[agreement.decision]] with on and outcome, or give the stage.")
        problems.append(Problem(path="stage", problem=wrong, remedy=remedy))
    if leads_to:
        return replace(agreement, stage=leads_to)
    return replace(agreement, stage=Stage.COLLEGE_DECISION) if agreement.overleg else agreement


def _after_a_decision(agreement: Agreement, apart: Facts, *, theirs: bool) -> Iterator[str]:
    """Yield what only a decision to sign brings; others may sign before ours, unless `theirs`."""
    signed = (key for key, item in agreement.party.items() if item.signed_on)
    yield from (f"party.{k}.signed_on" for k in signed if agreement.party[k].own or theirs)
    yield from (path for path in flatten(agreement) if _is_under_way(path))
    yield from (path for path in apart if held_fact(path))


def _is_under_way(path: str) -> bool:
    """Tell whether a fact is of what can only be done once an agreement is to be signed."""
    group, *_ = keyed(path)
    is_done = group in UNDER_WAY and is_past(pattern_at(Agreement, path))
    return is_done or group == "extension"


# Stages and endings ------------------------------------------------------------------------------


def _contradictions(agreement: Agreement, apart: Facts) -> Iterator[Problem]:
    outcome, stage, ruling = apart.get(OUTCOME), agreement.stage, _last_ruling(agreement)
    if outcome is not None and outcome not in NEVER_BEGAN:
        remedy = say(
            "Write {withdrawn} or {rejected}; any other ending follows from the facts.",
            withdrawn=say(Ending.WITHDRAWN.value),
            rejected=say(Ending.REJECTED.value),
        )
        yield not_taken(OUTCOME, outcome, remedy)
    elif outcome is not None and stage is not Stage.ENDED:
        wrong = say("only an agreement that has ended has an outcome.")
        yield Problem(path=OUTCOME, problem=wrong, remedy=say('Give stage = "ended" as well.'))
    elif stage is Stage.ENDED:
        yield from _against_its_ending(agreement, apart)
    if ruling and stage in AGREED_TO and LEADS_TO[ruling] is not Stage.SIGNING:
        yield _leads_elsewhere(ruling)
    yield from _without_basis(agreement)
    number, decision = max(agreement.decision.items(), default=(0, None))
    if ruling is Ruling.HELD_OVER and decision and decision.until is None:
        wrong = say("this key is missing.")
        remedy = say(
            "The proposal waits for this date: write it, or add the decision that came later."
        )
        yield Problem(path=f"decision.{number}.until", problem=wrong, remedy=remedy)


def _against_its_ending(agreement: Agreement, apart: Facts) -> Iterator[Problem]:
    """Yield what contradicts that it never began: nobody would watch what has.

    What is withdrawn may have been signed and paid before, and what is rejected may not.
    """
    ruling, outcome = _last_ruling(agreement), _ending_told(agreement, apart)
    if outcome is None:
        return
    later = _after_a_decision(agreement, apart, theirs=False)
    if outcome is Ending.WITHDRAWN:
        later = (path for path in later if keyed(path)[0] in IN_FORCE)
    if ruling and outcome is not ENDINGS.get(ruling, Ending.WITHDRAWN):
        said = {"outcome": say(outcome.value), "ruling": say(ruling.value)}
        wrong = say(
            "the outcome is {outcome}, but the college's last decision is: {ruling}.", **said
        )
        remedy = say("Correct the outcome, or add the decision that came later.")
        yield Problem(path=OUTCOME, problem=wrong, remedy=remedy)
    elif path := next(later, None):
        said = {"what": fact_words(path, agreement), "outcome": say(outcome.value)}
        wrong = say("{what} is entered, but the outcome is: {outcome}.", **said)
        remedy = say("Correct what is wrong: any other ending follows from the facts.")
        yield Problem(path=OUTCOME, problem=wrong, remedy=remedy)


def _leads_elsewhere(ruling: Ruling) -> Problem:
    ruled = say(ruling.value)
    wrong = say("the college's last decision, {ruling}, leads to another stage.", ruling=ruled)
    remedy = say("Correct the stage, or add the decision that came later.")
    return Problem(path="stage", problem=wrong, remedy=remedy)


def _beyond_the_stage(agreement: Agreement, apart: Facts) -> Iterator[Problem]:
    """Yield what contradicts a stage before the signing: nobody would watch what has begun."""
    ruling = _last_ruling(agreement)
    if agreement.stage not in BEFORE_SIGNING:
        return
    if ruling and LEADS_TO[ruling] is Stage.SIGNING:
        yield _leads_elsewhere(ruling)
    elif later := next(_after_a_decision(agreement, apart, theirs=False), None):
        what, stage = fact_words(later, agreement), say(agreement.stage.value)
        wrong = say("{what} is entered, but the stage is: {stage}.", what=what, stage=stage)
        remedy = say("Give the stage that it has reached, and the college's decision to sign.")
        yield Problem(path="stage", problem=wrong, remedy=remedy)


def _without_basis(agreement: Agreement) -> Iterator[Problem]:
    for number, decision in agreement.decision.items():
        if decision.outcome is Ruling.MANDATE and decision.basis is None:
            remedy = say("Write the mandate under which it was decided.")
            path = f"decision.{number}.basis"
            yield Problem(path=path, problem=say("this key is missing."), remedy=remedy)


def _last_ruling(agreement: Agreement) -> Ruling | None:
    last = max(agreement.decision, default=None)
    return None if last is None else agreement.decision[last].outcome


def _ended(agreement: Agreement, apart: Facts) -> Agreement:
    """What never began ends as its file or the college's last decision says."""
    if agreement.stage is not Stage.ENDED:
        return agreement
    return replace(agreement, ending=_ending_told(agreement, apart))


def _ending_told(agreement: Agreement, apart: Facts) -> Ending | None:
    ruling = _last_ruling(agreement)
    decided = ENDINGS.get(ruling) if ruling else None
    return Ending(apart[OUTCOME]) if OUTCOME in apart else decided


def _chosen(agreement: Agreement) -> Agreement:
    """Return the agreement with the choice of an operator that its stage tells of."""
    if agreement.stage is Stage.EVALUATION:
        return _evaluation_started(agreement)
    if agreement.stage is Stage.CONTINUATION_DECISION and not finals_of_term(agreement):
        return replace(agreement, decision_started_for=day_of(end_of(agreement)))
    return agreement


def _evaluation_started(agreement: Agreement) -> Agreement:
    """Of the evaluations that were not held the first was started."""
    dues = {key: due_of(agreement, item) for key, item in agreement.evaluation.items()}
    waiting = {
        due.day: key
        for key, due in reversed(dues.items())
        if isinstance(due, Dated) and due.day not in agreement.evaluation[key].held
    }
    if not waiting:
        return agreement
    day = min(waiting)
    started = replace(agreement.evaluation[waiting[day]], started_for=day)
    return replace(agreement, evaluation={**agreement.evaluation, waiting[day]: started})


def _with_successor(agreement: Agreement) -> Agreement:
    """The successor that a decision names is the agreement's own."""
    named = [item.successor for item in agreement.continuation.values() if item.successor]
    if agreement.successor or not named:
        return agreement
    return replace(agreement, successor=named[-1])

"""Words for what has a name that programs use: steps, actions, kinds of attention."""

from collections.abc import Sequence

from states.change import Status
from states.phrase import Phrase, say
from states.stage import Step
from workflow.attention import Concern, Kind
from workflow.engine.deadline_words import subject
from workflow.service.reading import past_step

STATUS = {
    Status.PLANNED: say("planned"),
    Status.FIRED: say("fired"),
    Status.SUPERSEDED: say("superseded"),
    Status.WAIVED: say("waived"),
    Status.UNKNOWN: say("unknown"),
}
DONE_BY = {
    "submit": say("put it before the bestuurlijk overleg"),
    "skip_overleg": say("go to the college without an overleg"),
    "withdraw": say("withdraw the proposal"),
    "agree": say("the overleg agrees"),
    "revise": say("the overleg sends it back to be revised"),
    "decide": say("record a decision of the college"),
    "sign": say("record a signature"),
    "set_start": say("record the first day"),
    "start_evaluation": say("begin an evaluation before its date"),
    "conclude": say("record that an evaluation was held"),
    "start_decision": say("begin with the decision on what comes after"),
    "terminate": say("record that the agreement ends early"),
    "pay": say("record a payment"),
    "waive": say("record that an instalment need not be paid"),
    "suspend": say("record that the agreement is suspended"),
    "resume": say("record that it goes on again"),
    "amend": say("change a fact"),
    "acknowledge": say("tell that you have seen an alert"),
    "note": say("add a note"),
}
MARKS = {Kind.LATE: "!", Kind.BLOCKED: "×", Kind.INCOMPLETE: "?", Kind.NOTABLE: "·"}


def step_in_words(step: Step) -> Phrase:
    """Return when an alert leaves, seen from its date: four weeks before, on the day itself."""
    if step.sign == 0:
        return say("on the day")
    before = say("{period} before", period=step.period)
    return before if step.sign < 0 else say("{period} after", period=step.period)


def occurrence_in_words(name: str) -> Phrase:
    """Return what an occurrence is, of which only the name is known."""
    deadline, step = past_step(name)
    return say("{what}, {when}", what=subject(deadline), when=step_in_words(step))


def concerns_in_words(concerns: Sequence[Concern]) -> list[Phrase]:
    """Return how much of which kind asks for attention, the most urgent first."""
    counts = {kind: sum(item.kind is kind for item in concerns) for kind in Kind}
    words = {
        Kind.LATE: say("{count} late", count=counts[Kind.LATE]),
        Kind.BLOCKED: say("blocked"),
        Kind.INCOMPLETE: say("incomplete"),
        Kind.NOTABLE: say("needs a look"),
    }
    told = [words[kind] for kind in Kind if counts[kind]]
    return told[:-1] if len(told) > 1 and counts[Kind.NOTABLE] else told

"""Whether the facts of an agreement reach the stage that its file names."""

from states.agreement import Agreement
from states.anchors import end_of, start_of
from states.facts import Problem
from states.phrase import Phrase, say
from states.stage import Stage, Unknown

ORDER = tuple(Stage)


def unreached(named: Stage, settled: Agreement) -> Problem | None:
    """Refuse a stage that the facts do not reach; a later one than was named is what they say."""
    if ORDER.index(settled.stage) >= ORDER.index(named):
        return None
    return Problem(
        path="stage",
        problem=say("the facts do not reach this stage, but {stage}.", stage=_word(settled.stage)),
        remedy=say("Give what is missing: {why}.", why=_missing(named, settled)),
    )


def _word(stage: Stage) -> Phrase:
    return say(stage.value)


def _missing(named: Stage, settled: Agreement) -> Phrase:
    start, end = start_of(settled), end_of(settled)
    if isinstance(start, Unknown):
        return start.because
    if settled.stage is Stage.SIGNING:
        return say("signatures and a start in the past")
    if named is Stage.ENDED:
        ended = say("a last day in the past, a termination or an outcome")
        return end.because if isinstance(end, Unknown) else ended
    return say("held_on of the final evaluation, or an evaluation that is still to be held")

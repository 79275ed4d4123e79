"""What was done with an agreement, in the words of the weekly digest."""

from states.process import PROCESS
from workflow.engine.event_words import BY_SOMEBODY, PARTICULARS


def test_every_action_has_words_for_when_it_was_done() -> None:
    actions = {action.name for declaration in PROCESS.values() for action in declaration.actions}

    assert {*BY_SOMEBODY, *PARTICULARS} - {"register"} == actions

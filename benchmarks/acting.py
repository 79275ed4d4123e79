"""An action in memory: the college decides on a case that was just read."""

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace
from transitions import Machine

from benchmarks.machines import STAGES, TRANSITION, Case, Procedure
from benchmarks.measuring import OURS, Size, Table, Target, in_turn, repeated
from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.events import Change, Dossier
from states.model.stage import Ruling, Stage
from states.process import PROCESS
from states.rules.action import Request
from tests.agreements import Walk, at
from workflow.engine import engine

WHOLE = "looptijd, with all that follows"
TRANSITIONS, DOCUMENTED = "transitions, one machine", "transitions, a machine a model"
STATEMACHINE = "python-statemachine"
TARGETS = tuple(
    Target(contender=ours, beside=theirs, at_least=1)
    for ours in (OURS, WHOLE)
    for theirs in (TRANSITIONS, STATEMACHINE)
)
NOW, POLICY, ON = at("2017-09-26 15:00"), Policy(), date(2017, 9, 26)
WISH = Request(today=ON, values={"outcome": Ruling.AS_PROPOSED, "on": ON})
MACHINE = Machine(None, STAGES, "college_decision", [TRANSITION], auto_transitions=False)


def measure(size: Size) -> Iterator[Table]:
    walk = Walk().do("submit", "2017-06-15 10:00").do("agree", "2017-07-05 16:00")
    times = size.of(2000, 20)
    contenders = {
        OURS: lambda: repeated(lambda: _decided(_read(walk.dossier)), times),
        WHOLE: lambda: repeated(lambda: _changed(_read(walk.dossier)), times // 10),
        TRANSITIONS: lambda: repeated(_by_one_machine, times),
        DOCUMENTED: lambda: repeated(_by_a_machine_each, times // 10),
        STATEMACHINE: lambda: repeated(_by_statemachine, times // 10),
    }
    yield Table(
        title="The college decides",
        unit="an action",
        times=in_turn(contenders, size.rounds),
        targets=TARGETS,
    )


def _read(dossier: Dossier) -> Dossier:
    """Return a new object of which nothing is worked out yet, as if it had just been read."""
    return replace(dossier, agreement=replace(dossier.agreement))


def _decided(dossier: Dossier) -> Agreement:
    action = PROCESS[dossier.agreement.stage].action("decide")
    assert action
    assert not action.refusals(dossier.agreement, WISH)
    after = action.effect(dossier.agreement, WISH)
    assert after.stage is Stage.SIGNING
    return after


def _changed(dossier: Dossier) -> Change:
    action = PROCESS[dossier.agreement.stage].action("decide")
    assert action
    assert not action.refusals(dossier.agreement, WISH)
    change = engine.perform(dossier, action, WISH, POLICY, NOW, actor="griffier")
    assert change.dossier.agreement.stage is Stage.SIGNING
    return change


def _by_one_machine() -> None:
    case = Case()
    MACHINE.add_model(case)
    _decide(case)
    MACHINE.remove_model(case)


def _by_a_machine_each() -> None:
    case = Case()
    Machine(case, STAGES, "college_decision", [TRANSITION])
    _decide(case)


def _decide(case: Case) -> None:
    assert case.decide(ON)
    assert case.state == "signing"


def _by_statemachine() -> None:
    case = Case()
    Procedure(case).decide(ON)
    assert case.state == "signing"

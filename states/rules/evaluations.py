"""The evaluations while the agreement runs: their deadlines, and starting and concluding one."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from msgspec.structs import replace

from states.dates.policy import Policy
from states.dates.term_dates import day_of, dues_of, end_of, is_held, moment_of
from states.model.agreement import Agreement, Evaluation, Held
from states.model.arithmetic import Dated
from states.model.fact_types import Key, Line, Text
from states.model.fact_words import called
from states.model.phrase import Phrase, say
from states.model.stage import DATE_ITSELF, Closed, Deadline, MarkKind, Rule, Stage
from states.rules.action import ON, Action, Argument, Request, before_it_began
from states.rules.deadline_rules import ended, steps
from states.rules.rule import OF_THE_TERM, DeadlineRule, asking, chosen

CALLS = replace(DATE_ITSELF, moves_to=Stage.EVALUATION)


def evaluation(agreement: Agreement, policy: Policy, _today: date) -> Iterator[Deadline]:
    """Announce each evaluation, call it on its date, and ask for it until it is held."""
    alerts = policy.alerts
    leads = steps(alerts.evaluation_before, (), last_escalates=False)
    end = day_of(end_of(agreement))
    follow_ups = steps((), alerts.evaluation_after, last_escalates=end is None)
    for key, (item, due) in zip(agreement.evaluation, dues_of(agreement), strict=True):
        yield Deadline(
            rule=Rule.EVALUATION,
            about=key,
            nominal=due,
            steps=(*(lead for lead in leads if lead.sign), CALLS, *follow_ups),
            closed=Closed.HELD if day_of(due) in item.held else ended(agreement),
            escalate_until=end,
            clause=item.clause,
            named=called(item),
        )


def _of_facts(agreement: Agreement, deadline: Deadline) -> Phrase | None:
    item = agreement.evaluation.get(Key(deadline.about))
    return called(item) if item else None


EVALUATION_RULE = DeadlineRule(
    rule=Rule.EVALUATION,
    watch=evaluation,
    short=say("evaluation"),
    noun=say("an evaluation"),
    of_facts=_of_facts,
    overdue=say("evaluations that were not held"),
    request=asking(say("hold {what}")),
    recorded_by=("conclude evaluation={about}", "start_evaluation evaluation={about}"),
    happened=say("the evaluation was asked for"),
    mark=MarkKind.EVALUATION,
    has_date=True,
    needs_meeting=True,
    waits_when_known_late=True,
    urgency=4,
    depends_on=("evaluation.{about}.*", *OF_THE_TERM),
    step_names=chosen("evaluation_before", "evaluation_after"),
)


# Which evaluation --------------------------------------------------------------------------------


def _open(agreement: Agreement) -> dict[str, date]:
    """Return the evaluations that were not held for the date they have, with that date."""
    return {
        key: due.day
        for key, (item, due) in zip(agreement.evaluation, dues_of(agreement), strict=True)
        if isinstance(due, Dated) and due.day not in item.held
    }


def _every(agreement: Agreement, _today: date) -> Iterable[str]:
    return agreement.evaluation


def _offered(agreement: Agreement, _today: date) -> Iterable[str]:
    return _open(agreement)


def _several_are_open(agreement: Agreement, _values: Mapping[str, object]) -> bool:
    return len(_open(agreement)) > 1


def _none_is_open(agreement: Agreement, _request: Request) -> Phrase | None:
    return None if _open(agreement) else say("No evaluation with a known date is open.")


def _is_not_open(agreement: Agreement, request: Request) -> Phrase | None:
    key, open_now = request.get("evaluation"), _open(agreement)
    if key is None or not open_now or key in open_now:
        return None
    if is_held(agreement, agreement.evaluation[Key(key)]):
        return say("This evaluation was held already; {action} corrects it.", action=say("amend"))
    return say("The date of this evaluation is not known.")


def _meant(agreement: Agreement, request: Request) -> Key:
    return Key(request.get("evaluation") or next(iter(_open(agreement))))


def _with_evaluation(agreement: Agreement, key: Key, item: Evaluation) -> Agreement:
    return replace(agreement, evaluation={**agreement.evaluation, key: item})


# Actions -----------------------------------------------------------------------------------------


def _start_evaluation(agreement: Agreement, request: Request) -> Agreement:
    key = _meant(agreement, request)
    item = replace(agreement.evaluation[key], started_for=_open(agreement)[key])
    return replace(_with_evaluation(agreement, key, item), stage=Stage.EVALUATION)


def _conclude(agreement: Agreement, request: Request) -> Agreement:
    key = _meant(agreement, request)
    item = agreement.evaluation[key]
    held = Held(
        on=request.on,
        report=request.get("report"),
        conclusion=request.get("conclusion"),
        taken_for=moment_of(agreement, item),
    )
    entered = replace(item, held={**item.held, _open(agreement)[key]: held})
    return _with_evaluation(agreement, key, entered)


WHICH = Argument(
    name="evaluation", kind=Line, needed=_several_are_open, choices=_every, offered=_offered
)
START_EVALUATION = Action(
    name="start_evaluation",
    label=say("begin an evaluation before its date"),
    done=say("the evaluation began"),
    effect=_start_evaluation,
    arguments=(WHICH, ON),
    objections=(_none_is_open, _is_not_open, before_it_began),
    leads_to=(Stage.EVALUATION,),
)
CONCLUDE = Action(
    name="conclude",
    label=say("record that an evaluation was held"),
    done=say("{name} was held"),
    done_to=r"(evaluation\.[^.]+)\.held\..+\.on",
    effect=_conclude,
    arguments=(
        WHICH,
        ON,
        Argument(name="report", kind=Line),
        Argument(name="conclusion", kind=Text),
    ),
    objections=(_none_is_open, _is_not_open, before_it_began),
)

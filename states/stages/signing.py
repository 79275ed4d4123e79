"""Signing: every party signs on its own date; the start rule says when it is in force."""

from collections.abc import Iterable, Iterator
from datetime import date

from msgspec.structs import replace

from states.dates.policy import Policy
from states.dates.term_dates import in_force_from
from states.model import stage
from states.model.agreement import Agreement
from states.model.arithmetic import given
from states.model.fact_types import Key, Line
from states.model.period import Period
from states.model.phrase import Phrase, say
from states.model.stage import Closed, Deadline, Rule, Stage, Step, Unknown
from states.rules.action import ON, Action, Argument, Declaration, Request, always
from states.rules.deadline_rules import PAYMENT, ended, steps
from states.rules.missing_facts import MISSING_FACT
from states.rules.obligations import OBLIGATION
from states.rules.rule import OF_THE_START, DeadlineRule, asking, chosen
from states.rules.shared_actions import EVERYWHERE, OWED, WITHDRAW
from states.rules.stage_conditions import TO_ACTIVE

DECIDED_ON = say("The college decided on {day}; from then on signatures are expected.")
NOT_DECIDED = Unknown(say("the college has not decided yet"))
ACTIVATES = (Step(sign=0, period=Period(), at_midnight=True, moves_to=Stage.ACTIVE),)


# sign and set_start ------------------------------------------------------------------------------


def _parties(agreement: Agreement, _today: date) -> Iterable[str]:
    return agreement.party


def _has_signed(agreement: Agreement, request: Request) -> Phrase | None:
    party = agreement.party.get(request.get("party"))
    if party is None or party.signed_on is None:
        return None
    return say("{party} signed on {day} already.", party=party.name, day=party.signed_on)


def _all_have_signed(agreement: Agreement, _request: Request) -> Phrase | None:
    return None if agreement.unsigned else say("Every party has signed.")


def _before_our_decision(agreement: Agreement, request: Request) -> Phrase | None:
    party = agreement.party.get(request.get("party"))
    decided = agreement.decided_on
    if party is None or not party.own or decided is None or request.on >= decided:
        return None
    return say(
        "Our own signature is dated {day}, before the college decided on {decided}.",
        day=request.on,
        decided=decided,
    )


def _sign(agreement: Agreement, request: Request) -> Agreement:
    key = Key(request.get("party"))
    signed = replace(
        agreement.party[key],
        signed_on=request.on,
        signatory=request.get("signatory"),
        capacity=request.get("capacity"),
        power_of_attorney=request.get("power_of_attorney"),
    )
    return replace(agreement, party={**agreement.party, key: signed})


def _set_start(agreement: Agreement, request: Request) -> Agreement:
    return replace(agreement, term=replace(agreement.term, start=request.on))


# Deadlines ---------------------------------------------------------------------------------------


def unsigned(agreement: Agreement, policy: Policy, _today: date) -> Iterator[Deadline]:
    """Ask for the signatures that are missing, counted from the college's decision."""
    # What was held over or returned is not decided.
    decided = agreement.decided_on if agreement.stage not in stage.BEFORE_SIGNING else None
    yield Deadline(
        rule=Rule.UNSIGNED,
        about="signatures",
        nominal=given(decided, DECIDED_ON) if decided else NOT_DECIDED,
        steps=steps((), policy.alerts.unsigned_after),
        closed=ended(agreement) if agreement.unsigned else Closed.SIGNED,
    )


def activation(agreement: Agreement, _policy: Policy, _today: date) -> Iterator[Deadline]:
    """Move the agreement to active at 00:00 of its first day, when all have signed."""
    yield Deadline(
        rule=Rule.ACTIVATION,
        about="term",
        nominal=in_force_from(agreement),
        steps=ACTIVATES,
        closed=Closed.IN_FORCE if _began(agreement) else ended(agreement),
    )


def _began(agreement: Agreement) -> bool:
    return not (agreement.stage in stage.BEFORE_ACTIVE or agreement.ending in stage.NEVER_BEGAN)


UNSIGNED = DeadlineRule(
    rule=Rule.UNSIGNED,
    watch=unsigned,
    short=say("signatures"),
    noun=say("the signatures"),
    request=asking(say("get the signatures that are missing")),
    recorded_by=("sign party=…",),
    urgency=6,
    depends_on=("decision.*.on",),
    step_names=chosen("unsigned_after"),
)
ACTIVATION = DeadlineRule(
    rule=Rule.ACTIVATION,
    watch=activation,
    short=say("start"),
    noun=say("the entry into force"),
    happened=say("the agreement came into force"),
    by_itself=lambda _agreement, _deadline: say("it comes into force"),
    at_midnight=True,
    informs=True,
    stands=_began,
    depends_on=OF_THE_START,
)


SIGNING = Declaration(
    stage=Stage.SIGNING,
    label=say("signing"),
    actions=(
        Action(
            name="sign",
            label=say("record a signature"),
            done=say("signed by {name}"),
            done_to=r"(party\..+)\.signed_on",
            effect=_sign,
            arguments=(
                Argument(name="party", kind=Line, needed=always, choices=_parties),
                ON,
                Argument(name="signatory", kind=Line),
                Argument(name="capacity", kind=Line),
                Argument(name="power_of_attorney", kind=Line),
            ),
            objections=(_all_have_signed, _has_signed, _before_our_decision),
        ),
        Action(
            name="set_start",
            label=say("record the first day"),
            done=say("the first day was recorded"),
            effect=_set_start,
            arguments=(Argument(name="on", kind=date, needed=always, may_be_future=True),),
        ),
        WITHDRAW,
        *OWED,
        *EVERYWHERE,
    ),
    transitions=(TO_ACTIVE,),
    watches=(UNSIGNED, ACTIVATION, PAYMENT, OBLIGATION, MISSING_FACT),
)

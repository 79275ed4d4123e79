"""Every template in every phase, to every kind of reader, as it would be written on its day."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from msgspec.structs import replace

from notifications.letter import CalendarEvent, Letter, Topic
from states.model.events import Role
from states.model.period import Period
from states.model.phrase import say
from tests.unit.notifications.letters import (
    ABOUT,
    ACTIVATION,
    CONTINUE,
    DECIDED,
    EVALUATE,
    HELD_OVER,
    LEFT_BEHIND,
    NOTICE,
    NOTICE_AHEAD,
    OWN_OFFICE,
    PARTIES,
    RENEWAL,
    RENEWED,
    SIGN,
    UNKNOWN,
    UNSIGNED,
    decide,
    expiry,
    letter,
    payment,
    terminate,
)
from tests.unit.notifications.money import MONEY, euros
from tests.unit.notifications.obligations import OBLIGATIONS
from tests.unit.notifications.questions import QUESTIONS
from tests.unit.notifications.unknown_details import DETAILS

SHORTER = replace(ABOUT, last_day=date(2019, 3, 31))
OBLIGED = terminate(date(2019, 3, 31))
INTERIM = {"final": False, "phase": "plan"}
ESCALATED = replace(EVALUATE, overdue=True, reminder=5, escalates=True, last=True)

EVENT = CalendarEvent(
    uid="6f0c@looptijd",
    sequence=7,
    changed_at=datetime(2020, 7, 10, 6, tzinfo=UTC),
    day=date(2020, 7, 11),
    summary="Evaluatie: Coöperatie; eindigt, of niet",
    description="Een regel\nen nog een",
)
LAPSED = replace(EVENT, uid="7a1d@looptijd", cancelled=True)

SOME_LETTERS: Mapping[str, Letter] = {
    "unsigned": letter(SIGN, on=date(2017, 10, 24), about=UNSIGNED),
    "unsigned, one missing, escalated": letter(
        replace(
            SIGN, reminder=2, escalates=True, last=True, details={"missing": ("Gemeente Beesel",)}
        ),
        on=date(2017, 11, 21),
        about=UNSIGNED,
        role=Role.ESCALATION,
    ),
    "unsigned, of an agreement without an end": letter(
        SIGN, on=date(2017, 10, 24), about=replace(UNSIGNED, length=None, end_unknown=None)
    ),
    "held over": letter(HELD_OVER, on=date(2017, 10, 10), about=UNSIGNED),
    "held over, read in another's place": replace(
        letter(HELD_OVER, on=date(2017, 10, 10), about=UNSIGNED), meant_for=OWN_OFFICE
    ),
    "held over, late": letter(
        replace(HELD_OVER, late_by_days=1), on=date(2017, 10, 11), about=UNSIGNED
    ),
    "activation": letter(ACTIVATION, on=date(2017, 10, 12)),
    "activation, caught up, bare": replace(
        letter(
            replace(ACTIVATION, caught_up=True, details={}),
            on=date(2017, 10, 30),
            about=replace(ABOUT, last_day=None, length=None, amount=None, case_owner=None),
        ),
        reply_to=None,
    ),
    "activation, after the last day": letter(replace(ACTIVATION, details={}), on=date(2021, 3, 1)),
    "activation, of what renews by itself": letter(
        replace(
            ACTIVATION,
            details={"renews_through": date(2021, 10, 11), "notice_on": date(2020, 7, 10)},
        ),
        on=date(2017, 10, 12),
    ),
    "activation, when notice cannot be given any more": letter(
        replace(
            ACTIVATION,
            details={
                "renews_through": date(2021, 10, 11),
                "renews_surely": True,
                "notice_on": date(2021, 7, 10),
            },
        ),
        on=date(2020, 9, 1),
    ),
    "evaluation, plan": letter(
        replace(EVALUATE, details={"phase": "plan", "before_end": Period(3)}), on=date(2020, 4, 10)
    ),
    "evaluation, start": letter(EVALUATE),
    "evaluation, start, with documents and an amount that is indexed": letter(
        EVALUATE,
        about=replace(
            ABOUT,
            amount_note=say("without indexation"),
            documents=(
                ("Overeenkomst & bijlagen", "https://maastricht.example/so-42.pdf?a=1&b=2"),
                ("Verslag 2018", "https://maastricht.example/verslag"),
            ),
        ),
    ),
    "evaluation, start, with its date": replace(letter(EVALUATE), dates=(EVENT,)),
    "evaluation, start, with its date and one that lapses": replace(
        letter(EVALUATE), dates=(EVENT, LAPSED)
    ),
    "evaluation and decision, with their dates and two that lapse": replace(
        letter(EVALUATE, CONTINUE), dates=(EVENT, EVENT, LAPSED, LAPSED)
    ),
    "activation, with a date that lapses": replace(
        letter(ACTIVATION, on=date(2017, 10, 12)), dates=(LAPSED,)
    ),
    "activation, with dates that lapse": replace(
        letter(ACTIVATION, on=date(2017, 10, 12)), dates=(LAPSED, LAPSED)
    ),
    "evaluation, start on the day itself": letter(
        replace(EVALUATE, nominal_on=date(2020, 7, 10), reminder=3, clause=None)
    ),
    "evaluation, overdue": letter(
        replace(EVALUATE, overdue=True, reminder=4), on=date(2020, 7, 27)
    ),
    "evaluation, overdue, begun before its date": letter(
        replace(EVALUATE, overdue=True, clause=None, details={"begun": True}),
        on=date(2020, 7, 27),
    ),
    "evaluation, escalated": letter(ESCALATED, on=date(2020, 8, 24), role=Role.ESCALATION),
    "evaluation, escalated to the case owner": letter(
        ESCALATED, on=date(2020, 8, 24), role=Role.CASE_OWNER
    ),
    "evaluation, interim": letter(
        replace(EVALUATE, nominal_on=date(2019, 4, 12), details=INTERIM), on=date(2019, 1, 11)
    ),
    "evaluation, interim, caught up": letter(
        replace(
            EVALUATE, nominal_on=date(2019, 4, 12), details=INTERIM, caught_up=True, late_by_days=3
        ),
        on=date(2019, 4, 15),
    ),
    "evaluation, final, open-ended": letter(
        replace(EVALUATE, details={**EVALUATE.details, "open_ended": True})
    ),
    "continuation": letter(CONTINUE, on=date(2020, 8, 28)),
    "continuation, asks for both": letter(
        replace(CONTINUE, reminder=2, details={"asks_both": True}), on=date(2020, 9, 25)
    ),
    "continuation, escalated": letter(
        replace(CONTINUE, reminder=3, escalates=True, last=True),
        on=date(2020, 10, 8),
        role=Role.ESCALATION,
    ),
    "expiry, lapsed": letter(expiry("lapsed"), on=date(2020, 10, 12)),
    "expiry, continued": letter(
        expiry("continued", successor="SO-2017-0042-2"), on=date(2020, 10, 12)
    ),
    "expiry, expired": letter(
        expiry("expired", continuation_on=date(2020, 8, 25), open_instalments=1),
        on=date(2020, 10, 12),
    ),
    "expiry, terminated": letter(
        expiry("terminated", open_instalments=2, open_total=euros(2000), open_obligations=1),
        on=date(2020, 10, 12),
    ),
    "expiry, lapsed without an evaluation": letter(
        expiry("lapsed", evaluation_missed=True), on=date(2020, 10, 12)
    ),
    "expiry, terminated without an evaluation": letter(
        expiry("terminated", evaluation_missed=True), on=date(2020, 10, 12)
    ),
    "expiry, expired without an evaluation": letter(
        expiry("expired", evaluation_missed=True, open_obligations=2), on=date(2020, 10, 12)
    ),
    "expiry, the successor waits": letter(
        expiry(
            "continued",
            continuation_on=date(2020, 8, 25),
            successor="SO-2017-0042-2",
            successor_waits=True,
        ),
        on=date(2020, 10, 12),
    ),
    "expiry, the successor waits and no evaluation": letter(
        expiry("continued", successor_waits=True, evaluation_missed=True), on=date(2020, 10, 12)
    ),
    "expiry, the successor never began": letter(
        expiry(
            "continued",
            continuation_on=date(2020, 8, 25),
            successor="SO-2017-0042-2",
            successor_is_gone=True,
        ),
        on=date(2020, 10, 12),
    ),
    "decide, to sign": letter(
        decide(
            "as_proposed",
            label="Conform",
            reference="2017-26810",
            points=((1, "as_proposed"), (2, "as_proposed")),
        ),
        on=DECIDED,
        about=UNSIGNED,
    ),
    "decide, mandate": letter(decide("mandate"), on=DECIDED, about=UNSIGNED),
    "decide, signed meanwhile": letter(
        decide("mandate", to_sign=False), on=DECIDED, about=UNSIGNED
    ),
    "decide, held over": letter(
        decide("held_over", label="Aangehouden", until=date(2017, 10, 10)),
        on=DECIDED,
        about=UNSIGNED,
    ),
    "decide, held over until a day that has passed": letter(
        replace(HELD_OVER, overdue=True, caught_up=True),
        decide("held_over", label="Aangehouden", until=date(2017, 10, 10)),
        on=date(2017, 10, 17),
        about=UNSIGNED,
    ),
    "decide, returned": letter(decide("returned"), on=DECIDED, about=UNSIGNED),
    "decide, rejected": letter(decide("rejected"), on=DECIDED, about=UNSIGNED),
    "decide, again": letter(replace(decide("rejected"), reminder=2), on=DECIDED, about=UNSIGNED),
    "notice": letter(NOTICE, on=date(2020, 6, 10), about=ABOUT),
    "notice, the last mail": letter(
        replace(NOTICE, reminder=3, escalates=True, last=True),
        on=date(2020, 7, 10),
        role=Role.ESCALATION,
    ),
    "notice, with one other party": letter(
        NOTICE, on=date(2020, 6, 10), about=replace(ABOUT, parties=PARTIES[:2])
    ),
    "notice, with one other party, today": letter(
        NOTICE, on=date(2020, 7, 10), about=replace(ABOUT, parties=PARTIES[:2])
    ),
    "notice, too late by one reading": letter(
        replace(NOTICE, caught_up=True, escalates=True, last=True), on=date(2020, 7, 11)
    ),
    "notice, too late": letter(
        replace(NOTICE, caught_up=True, escalates=True, last=True), on=date(2020, 7, 13)
    ),
    "notice, no money": letter(
        NOTICE, on=date(2020, 6, 10), about=replace(ABOUT, amount=None, every=None)
    ),
    "notice, of a term to come": letter(NOTICE_AHEAD, on=date(2020, 6, 10), about=ABOUT),
    "notice, of a term to come, too late": letter(NOTICE_AHEAD, on=date(2020, 7, 13), about=ABOUT),
    "renewal": letter(RENEWAL, on=date(2020, 10, 12), about=RENEWED),
    "renewal, and the next is sure": letter(
        replace(RENEWAL, details={**RENEWAL.details, "sure_through": date(2022, 10, 11)}),
        on=date(2020, 10, 12),
        about=RENEWED,
    ),
    "renewal, of what is to end": letter(
        replace(RENEWAL, details={**RENEWAL.details, "stops": True, "notice_on": None}),
        on=date(2020, 10, 12),
        about=RENEWED,
    ),
    "renewal, and something was left": letter(
        replace(RENEWAL, details={"left_behind": LEFT_BEHIND}),
        on=date(2020, 10, 12),
        about=UNKNOWN,
    ),
    "terminate": letter(terminate(date(2019, 3, 31)), on=date(2019, 3, 1), about=SHORTER),
    "terminate, with obligations": letter(
        replace(OBLIGED, details={**OBLIGED.details, "has_obligations": True}),
        on=date(2019, 3, 1),
        about=SHORTER,
    ),
    "terminate, again": letter(
        replace(terminate(date(2019, 3, 31)), reminder=2), on=date(2019, 3, 1), about=SHORTER
    ),
    "terminate, past": letter(terminate(date(2019, 3, 31)), on=date(2019, 4, 2), about=SHORTER),
    "several topics": letter(
        replace(EVALUATE, overdue=True, reminder=4),
        replace(payment("due"), nominal_on=date(2020, 7, 27)),
        on=date(2020, 7, 27),
    ),
    "several topics, one in another's place": letter(
        replace(EVALUATE, overdue=True, reminder=4),
        replace(payment("due"), nominal_on=date(2020, 7, 27), meant_for="Concernfinanciën"),
        on=date(2020, 7, 27),
    ),
    "replaces a date": letter(replace(EVALUATE, replaces=date(2020, 6, 11))),
}

# Of each template all that is not known, of the agreement and of the topic itself.
BARE: Mapping[str, Letter] = {
    f"{template}, everything unknown": replace(
        letter(
            Topic(
                template=template,
                nominal_on=date(2020, 7, 10),
                asks=template not in {"activation", "renewal", "decide", "terminate"},
            ),
            about=UNKNOWN,
        ),
        reply_to=None,
    )
    for template in DETAILS
    if template != "instalments"  # they are always known
}
LETTERS: Mapping[str, Letter] = {**SOME_LETTERS, **MONEY, **OBLIGATIONS, **QUESTIONS, **BARE}

"""Of each template every name that its details have, with what stands for "unknown"."""

from collections.abc import Mapping

from msgspec.structs import replace

from notifications.letter import Topic

COMMON: Mapping[str, object] = {"own_office": None, "asked_office": None, "office_above": None}
DETAILS: Mapping[str, Mapping[str, object]] = {
    "unsigned": {"missing": ()},
    "held_over": {"reference": None},
    "activation": {
        "evaluation": None,
        "evaluation_on": None,
        "instalment_on": None,
        "amount": None,
        "renews_through": None,
        "renews_surely": False,
        "notice_on": None,
    },
    "payment": {
        "number": None,
        "of": None,
        "amount": None,
        "fiscal_year": None,
        "payer": None,
        "refund": False,
        "payee": None,
        "budget_line": None,
        "phase": "due",
    },
    "instalments": {
        "payer": None,
        "refund": False,
        "payees": (),
        "budget_line": None,
        "phase": "due",
        "sum": None,
        "count": 0,
        "total": None,
        "others": 0,
    },
    "obligation": {"what": None, "by": None, "every": None},
    "evaluation": {
        "final": True,
        "phase": "start",
        "renews_through": None,
        "renews_surely": False,
        "decision_follows": True,
        "before_end": None,
        "begun": False,
        "before_start": False,
        "open_ended": False,
    },
    "continuation": {"asks_both": False, "evaluation_held_on": None, "college_on": None},
    "notice": {
        "ends_on": None,
        "college_on": None,
        "other_reading": None,
        "renewal_length": None,
        "new_last_day": None,
    },
    "renewal": {
        "renewal_length": None,
        "new_last_day": None,
        "sure_through": None,
        "notice_on": None,
        "stops": False,
        "evaluation_on": None,
        "left_behind": (),
    },
    "expiry": {
        "ending": "lapsed",
        "continuation_on": None,
        "successor": None,
        "successor_waits": False,
        "successor_is_gone": False,
        "early": True,
        "evaluation_missed": False,
        "open_instalments": 0,
        "open_total": None,
        "open_of_others": 0,
        "open_obligations": 0,
    },
    "decide": {
        "ruling": "as_proposed",
        "label": None,
        "reference": None,
        "until": None,
        "points": (),
        "to_sign": True,
        "withdrawn": False,
    },
    "terminate": {"ends_on": None, "early": True, "has_money": True, "has_obligations": False},
    "missing_fact": {"fields": (), "needed_on": None, "waits": True},
}


def with_unknown(topic: Topic) -> Topic:
    """Return a topic with all details that its template gets; what was not said is unknown."""
    return replace(topic, details={**COMMON, **DETAILS[topic.template], **topic.details})

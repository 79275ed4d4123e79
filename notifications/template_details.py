"""What `Topic.details` may hold, by template: each name and its value for "unknown".

Values are str, int, bool, date, Period, Phrase, or a sequence of these; `view` writes them out in
the reader's language. A name that is left out has the value below.
"""

from collections.abc import Mapping

# What every template may get, and what each may get besides.
COMMON: Mapping[str, object] = {
    "own_office": None,  # name of the agreement's own office, which had the earlier mails
    "asked_office": None,  # name of the office that is asked instead, where the rule names one
    "office_above": None,  # name of the office that gets this step as well, if one does
}
DETAILS: Mapping[str, Mapping[str, object]] = {
    "unsigned": {
        "missing": (),  # names of the parties whose signature is missing
    },
    "held_over": {
        "reference": None,  # the number of the decision that held the proposal over
    },
    "activation": {
        "evaluation": None,  # what the next evaluation is called
        "evaluation_on": None,  # its date
        "instalment_on": None,  # date of the next instalment
        "amount": None,  # what that instalment amounts to, with what is not certain about it
    },
    "payment": {
        "number": None,  # int, the instalment's number
        "of": None,  # int, the last instalment's number; None where no end is known, or it renews
        "amount": None,  # Phrase, with what is not certain about it
        "fiscal_year": None,  # int
        "payer": None,  # name of the party that pays; None is our own municipality
        "refund": False,  # whether this is money that comes back to us
        "payee": None,
        "budget_line": None,
        "phase": "due",  # commitment (a lead of six weeks or more), invoice (other leads), overdue
    },
    "instalments": {  # several of one agreement; nominal_on is the first date that is asked about
        "payer": None,  # as of a payment
        "refund": False,
        "payees": (),  # names
        "budget_line": None,
        "phase": "due",  # of those that ask most: overdue, due, invoice, commitment
        "sum": None,  # what these amount to in all, as a subject says it
        "count": 0,  # how many they are
        "total": None,  # what all in the table amount to, with what is not certain about it
        "others": 0,  # how many in the table are in another phase
    },
    "obligation": {
        "what": None,  # what is owed, a noun; with its number and year where it recurs
        "by": None,  # name of the party that owes it; None is our own municipality
        "every": None,  # Period
    },
    "evaluation": {
        "final": True,
        "phase": "start",  # plan (a lead), start (the date itself), overdue
        "renews_through": None,  # date through which it goes on if it renews by itself
        "decision_follows": True,  # whether it has still to be decided what comes after the end
        "before_end": None,  # Period, as in evaluation.KEY.before_end
        "begun": False,  # whether it was recorded that it began before its date
    },
    "continuation": {
        "asks_both": False,  # whether a final evaluation is not held yet
        "evaluation_held_on": None,  # date
        "college_on": None,  # date, the last meeting of the college on or before the last day
    },
    "notice": {  # nominal_on is the last day to give notice, by the earlier reading of the clause
        "college_on": None,  # date, the last meeting of the college that leaves time for the letter
        "other_reading": None,  # date, the day after it: the last day by the other reading
        "renewal_length": None,  # Period
        "new_last_day": None,  # date until which it runs when it renews
    },
    "renewal": {  # nominal_on is the first day of the renewed term
        "renewal_length": None,  # Period
        "new_last_day": None,  # date
        "notice_on": None,  # date, the next last day to give notice, while it can be given
        "evaluation_on": None,  # date of the next evaluation
    },
    "expiry": {  # nominal_on is the last day, not the day after it
        "ending": "lapsed",  # terminated, continued, expired, lapsed
        "continuation_on": None,  # date of the decision on the continuation
        "successor": None,  # ref of the agreement that follows
        "successor_waits": False,  # whether that one is not in force yet; with it the mail asks
        "early": True,  # as of a termination
        "evaluation_missed": False,  # whether the evaluation was never held
        "open_instalments": 0,  # how many of before the end we did not pay, nor were waived
        "open_total": None,  # what these amount to, with what is not certain about it
        "open_of_others": 0,  # how many another party pays, or pays back
        "open_obligations": 0,  # how many of before the end were not fulfilled, nor waived
    },
    "decide": {
        "ruling": "as_proposed",  # its stored name
        "label": None,  # the municipality's own word for it
        "reference": None,
        "until": None,  # date, with held_over
        "points": (),  # pairs of the point's number and its canonical ruling
        "to_sign": True,  # whether a party has still to sign
        "withdrawn": False,  # whether the proposal was withdrawn since
    },
    "terminate": {
        "ends_on": None,  # date, the new last day
        "early": True,  # whether that is earlier than agreed; notice leads to the agreed last day
        "has_money": True,  # whether anything is paid by it
    },
    "missing_fact": {  # nominal_on is the day on which we ask
        # Triples: what the fact is called, the group it belongs to (term, party, contribution,
        # instalment, evaluation, suspension, termination), and unknown or disputed.
        "fields": (),
        "needed_on": None,  # date of the first mail that needs one of them
    },
}

"""What a deadline is about, in words: for lists, overviews and what asks for attention."""

from states.model.phrase import Phrase, say
from states.model.stage import Deadline, Rule

SUBJECTS = {
    Rule.UNSIGNED: say("the signatures").text,
    Rule.HELD_OVER: say("the decision that was held over").text,
    Rule.ACTIVATION: say("the start").text,
    Rule.PAYMENT: say("instalment {about}").text,
    Rule.EVALUATION: say("evaluation “{about}”").text,
    Rule.CONTINUATION: say("the decision on the continuation").text,
    Rule.EXPIRY: say("the end of the term").text,
    Rule.NOTICE: say("giving notice").text,
    Rule.RENEWAL: say("the tacit renewal").text,
    Rule.MISSING_FACT: say("the missing fact {about}").text,
}

# Rules by themselves, where there is no room for what exactly it is about.
WORDS = {
    Rule.UNSIGNED: say("the signatures"),
    Rule.HELD_OVER: say("the decision that was held over"),
    Rule.ACTIVATION: say("the start"),
    Rule.PAYMENT: say("an instalment"),
    Rule.EVALUATION: say("an evaluation"),
    Rule.CONTINUATION: say("the decision on the continuation"),
    Rule.EXPIRY: say("the end of the term"),
    Rule.NOTICE: say("giving notice"),
    Rule.RENEWAL: say("the tacit renewal"),
    Rule.MISSING_FACT: say("a missing fact"),
}

# Missing facts by their path without the key or number in it.
FACTS = {
    "term.start": say("the start, which is not known").text,
    "term.length": say("the length of the term, which is not certain").text,
    "party.signed_on": say("the signature of “{about}”").text,
    "contribution.payee": say("the payee, who is not known").text,
    "contribution.budget_line": say("the budget line, which is not known").text,
    "contribution.budgeted_through": say("the budget for a coming year").text,
    "instalment.amount": say("the amount of instalment {about}").text,
    "instalment.due_on": say("the due date of instalment {about}").text,
    "instalment.payee": say("the payee of instalment {about}").text,
    "suspension.resumed_on": say("the end of the suspension").text,
}


def subject(deadline: Deadline) -> Phrase:
    """Return what a deadline is about, in words."""
    if deadline.rule is Rule.MISSING_FACT:
        return fact(deadline.about)
    return say(SUBJECTS[deadline.rule], about=deadline.about)


def fact(path: str) -> Phrase:
    """Return what a missing fact is, in words; one without words of its own is named by its path.

    Its key or number, the middle of the path, stands in the words.
    """
    kind, name = kind_and_name(path)
    words = FACTS.get(kind)
    if words is None:
        return say(SUBJECTS[Rule.MISSING_FACT], about=path)
    return say(words, about=name)


def kind_and_name(path: str) -> tuple[str, str]:
    """Return a fact's path without the key or number in it, and that key or number."""
    top, *middle, last = path.split(".")
    return f"{top}.{last}", "".join(middle)

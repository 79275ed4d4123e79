"""What a deadline and its steps are about, in words: as the facts and its rule declare it."""

from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from notifications.typed import word
from states.model.agreement import Agreement
from states.model.arithmetic import DAY, given
from states.model.money import Money
from states.model.period import Period
from states.model.phrase import Phrase, say
from states.model.stage import Deadline, Occurrence, OccurrenceName, Rule, Step
from states.process import RULES


def subject(deadline: Deadline, *, public: bool = True) -> Phrase:
    """Return what a deadline is about, in words; those of an agreement where they may be shown."""
    rule = RULES[deadline.rule]
    if rule.has_own_words and not public:
        return rule.noun
    return deadline.named or rule.subject(deadline.about)


def asked_on(agreement: Agreement, deadline: Deadline, money: Money | None) -> Phrase:
    """Return what a calendar says of a date that stands: what is to be done, and how much it is.

    Of an agreement that is not public it names neither parties nor amounts.
    """
    rule, what = RULES[deadline.rule], subject(deadline, public=agreement.public)
    is_masked = not agreement.public and (rule.has_own_words or money is not None)
    if rule.on_its_date:
        return rule.on_its_date(agreement, deadline.about)
    if is_masked or rule.request is None:
        return what
    certain = money.words if money and money.is_certain else None
    return rule.request(agreement, deadline.about, certain or in_full(what, money))


def in_full(what: Phrase, money: Money | None) -> Phrase:
    """Return what a deadline is about, with its amount where that is known."""
    amount = money.words if money else None
    return say("{what} ({amount})", what=what, amount=amount) if amount else what


def step_in_words(step: Step) -> Phrase:
    """Return when an alert leaves, seen from its date: four weeks before, on the day itself."""
    if step.sign == 0:
        return say("on the day")
    before = say("{period} before", period=step.period)
    return before if step.sign < 0 else say("{period} after", period=step.period)


def listed_on(deadline: Deadline) -> date | None:
    """Return the day that a list of dates shows: of the end of the term its last day.

    Who copies the list writes down the last day; the term is over on the day after it.
    """
    day = deadline.nominal_on
    return day - DAY if day and deadline.rule is Rule.EXPIRY else day


def listed_step(occurrence: Occurrence) -> Phrase:
    """Return when an alert leaves, seen from the day that a list shows."""
    is_listed_earlier = listed_on(occurrence.deadline) != occurrence.deadline.nominal_on
    return step_in_words(NEXT_DAY if is_listed_earlier else occurrence.step)


NEXT_DAY = Step(sign=1, period=Period(days=1))


def occurrence_in_words(name: str, agreement: Agreement | None = None) -> Phrase:
    """Return what an occurrence is, of which only the name is known, and perhaps the facts."""
    deadline, step = past_step(name, agreement)
    return say("{what}, {when}", what=subject(deadline), when=step_in_words(step))


EARLIER_DATE = say("This belongs to an earlier date of the agreement.")


def past_step(name: str, agreement: Agreement | None = None) -> tuple[Deadline, Step]:
    """Return the deadline and step that an occurrence's name, and perhaps the facts, describe."""
    parts = OccurrenceName.parse(name)
    its_step = replace(parts.step, at_midnight=RULES[parts.rule].at_midnight)
    nominal = given(parts.day, EARLIER_DATE)
    deadline = Deadline(rule=parts.rule, about=parts.about, nominal=nominal, steps=(its_step,))
    of_facts = RULES[parts.rule].of_facts
    named = of_facts(agreement, deadline) if agreement and of_facts else None
    return replace(deadline, named=named), its_step


def watched(text: str, found: Iterable[Deadline]) -> str | None:
    """Return the rule, or the `rule:about` of one of these deadlines, that a text means."""
    rules = {rule.value: (RULES[rule].short, RULES[rule].noun) for rule in Rule}
    called = {item.subject: (subject(item), RULES[item.rule].subject(item.about)) for item in found}
    return word(text, rules, rules.__getitem__) or word(text, called, called.__getitem__)

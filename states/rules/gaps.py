"""A look before signing: what will hurt later, why, and what to write; nothing of it blocks."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from states.dates.instalments import is_ours, payments
from states.dates.obligations import NO_DATE, turns
from states.dates.tacit_renewal import notice_date
from states.dates.term_dates import day_of, due_of, start_of
from states.model.agreement import Agreement, Contribution, Renewal, SourceStatus
from states.model.arithmetic import DAY, Dated, last_day, minus, plus
from states.model.fact_types import FactPath, StartRule
from states.model.fact_words import field_name
from states.model.period import Period
from states.model.phrase import Phrase, say
from states.model.stage import BEFORE_SIGNING
from states.rules.checks import date_as_written, earliest

GUIDELINES = "Aanwijzingen voor convenanten"
ON_EVALUATION = f"{GUIDELINES}; Wet gemeenschappelijke regelingen (1-7-2024)"
ON_WITHDRAWAL = "Wet gemeenschappelijke regelingen, art. 9 (1-7-2024)"
TO_DECIDE = Period(days=42)
TO_EXCLUSIVE = re.compile(r"\btot(?!\s+en\s+met\b)(\s+\w+){0,2}?\s+\d", re.IGNORECASE)
UNSURE = {SourceStatus.ASSUMED, SourceStatus.DISPUTED}


class Gap(Struct, frozen=True, kw_only=True):
    """What will hurt: which fact, what objects to it, why, what to write, and who asks for it."""

    field: str
    objection: Phrase
    why: Phrase
    remedy: Phrase
    source: str | None = None


def gaps(agreement: Agreement, today: date) -> Iterator[Gap]:
    """Yield everything that had better be settled before anybody signs, answered or not."""
    return (gap for look in LOOKS for gap in look(agreement, today))


def open_gaps(agreement: Agreement, today: date) -> list[Gap]:
    """Return what nobody has answered, while the text can still be changed."""
    if agreement.stage not in BEFORE_SIGNING:
        return []
    return [gap for gap in gaps(agreement, today) if FactPath(gap.field) not in agreement.answered]


def fields_with_gaps(agreement: Agreement, today: date) -> Iterable[str]:
    """Return the facts about which something objects."""
    return dict.fromkeys(gap.field for gap in gaps(agreement, today))


def _is_on_record(agreement: Agreement, field: str) -> bool:
    return any(s.field == field and s.status not in UNSURE for s in agreement.source.values())


# The term ----------------------------------------------------------------------------------------

EVERY_DATE = say("Every date of the agreement is counted from it.")
SAY_WHEN = say("Write on which day it starts: a date, or the day on which the last party signs.")
AND_QUOTE = say(
    "{remedy} Then record the words as a source of {field}.",
    remedy=SAY_WHEN,
    field=field_name("term.start"),
)


def _start(agreement: Agreement, today: date) -> Iterator[Gap]:
    start = agreement.term.start
    if start is StartRule.UNKNOWN:
        objection = say("The start is not known.")
        yield Gap(field="term.start", objection=objection, why=EVERY_DATE, remedy=SAY_WHEN)
    elif isinstance(start, StartRule):
        if not _is_on_record(agreement, "term.start"):
            objection = say("No words are on record that say when it starts.")
            yield Gap(field="term.start", objection=objection, why=EVERY_DATE, remedy=AND_QUOTE)
    else:
        signed = [party.signed_on for party in agreement.party.values() if party.signed_on]
        if start < min(signed, default=today):
            yield Gap(
                field="term.start",
                objection=say("It starts on {day}, before anybody has signed.", day=start),
                why=say("What fell due between that day and the signatures is late at once."),
                remedy=say("Choose a later start, or write what holds for the time before."),
            )


def _renewal(agreement: Agreement, _today: date) -> Iterator[Gap]:
    term = agreement.term
    ends = not term.open_ended and term.renewal is Renewal.DECISION
    if ends and not agreement.final_evaluations and not _is_on_record(agreement, "term.renewal"):
        yield Gap(
            field="term.renewal",
            objection=say("It is not settled what happens at the end of the term."),
            why=say("Without a decision the agreement lapses, and whoever counted on it has none."),
            remedy=say("Write whether it ends, is renewed, or is decided on, by whom and when."),
            source=GUIDELINES,
        )


def _notice(agreement: Agreement, _today: date) -> Iterator[Gap]:
    if agreement.term.open_ended and agreement.term.notice is None:
        yield Gap(
            field="term.notice",
            objection=say("It is open-ended and has no notice period."),
            why=say("Nobody can tell how and by when it can be ended."),
            remedy=say("Write who can give notice, in which way, and how long before."),
            source=ON_WITHDRAWAL,
        )


def _two_readings(agreement: Agreement, _today: date) -> Iterator[Gap]:
    start, length = agreement.term.start, agreement.term.length
    if not isinstance(start, date) or length is None:
        return
    last, other = last_day(Dated(start, ""), length).day, plus(start, length) - DAY
    if last != other:
        yield Gap(
            field="term.length",
            objection=say("The last day can be read as {day} or {other}.", day=last, other=other),
            why=say("The day on which it started does not exist in the month in which it ends."),
            remedy=say("Write the last day itself, with “tot en met”."),
        )


def _until(agreement: Agreement, _today: date) -> Iterator[Gap]:
    field = "term.ends_before" if agreement.term.ends_before else "term.last_day"
    is_said = agreement.term.last_day and TO_EXCLUSIVE.search(agreement.quoted(field) or "")
    if agreement.term.ends_before or is_said:
        yield Gap(
            field=field,
            objection=say("The end is written with “tot”, without “en met”."),
            why=say("People read it with and without the day itself."),
            remedy=say("Write the last day with “tot en met”."),
        )


def _time_to_decide(agreement: Agreement, today: date) -> Iterator[Gap]:
    """Compare as if it began today where the start is not known yet."""
    if agreement.term.renewal is not Renewal.TACIT:
        return
    begins = day_of(start_of(agreement)) or today
    assumed = replace(agreement, term=replace(agreement.term, start=begins))
    by = day_of(notice_date(assumed))
    if by is None:
        return
    finals = assumed.final_evaluations
    held = max((day for item in finals if (day := day_of(due_of(assumed, item)))), default=begins)
    if minus(by, TO_DECIDE) < held:
        yield Gap(
            field="term.notice",
            objection=say("The last day to give notice leaves no time for a decision."),
            why=say("The college needs six weeks after the evaluation, and notice cannot wait."),
            remedy=say("Evaluate earlier, or agree on a shorter notice period."),
            source=ON_WITHDRAWAL,
        )


# Evaluations, obligations, documents -------------------------------------------------------------


def _evaluation(agreement: Agreement, _today: date) -> Iterator[Gap]:
    remedy = say("Write who evaluates, when, and what is decided on it.")
    if not agreement.evaluation:
        yield Gap(
            field="evaluation",
            objection=say("No evaluation was agreed."),
            why=say("Whether it works is then never asked, and going on becomes a habit."),
            remedy=remedy,
            source=ON_EVALUATION,
        )
    for key, item in agreement.evaluation.items():
        if item.clause is None:
            yield Gap(
                field=f"evaluation.{key}.clause",
                objection=say(
                    "It is not written who evaluates (“{key}”) and what follows.", key=key
                ),
                why=say("An evaluation that is nobody's is not held."),
                remedy=remedy,
                source=ON_EVALUATION,
            )


def _obligations(agreement: Agreement, today: date) -> Iterator[Gap]:
    for turn in turns(agreement, today):
        if turn.due is NO_DATE:
            yield Gap(
                field=f"obligation.{turn.key}.on",
                objection=say("“{what}” has no date.", what=turn.what),
                why=say("Nobody can be reminded of it, nor be late."),
                remedy=say("Write by which day, or how long after the start or before the end."),
            )


def _documents(agreement: Agreement, today: date) -> Iterator[Gap]:
    decided = agreement.decided_on or today
    for number, item in agreement.document.items():
        dated = earliest(item.dated)
        if dated and dated > decided:
            yield Gap(
                field=f"document.{number}.dated",
                objection=say(
                    "“{title}” is dated {dated}, later.",
                    title=item.title,
                    dated=date_as_written(item.dated),
                ),
                why=say("A decision cannot rest on what was not there yet."),
                remedy=say("Check the date, or cite the version that was there."),
            )


# Money -------------------------------------------------------------------------------------------

IT_WAITS = say("The first reminder to pay cannot say it, and the payment waits.")


def _money(agreement: Agreement, today: date) -> Iterator[Gap]:
    money = agreement.contribution or Contribution()
    ours = [item for item in payments(agreement, today) if is_ours(item, agreement)]
    if any(item.payee is None for item in ours):
        objection = say("It is not written who is paid.")
        remedy = say("Write to whom the money is paid.")
        yield Gap(field="contribution.payee", objection=objection, why=IT_WAITS, remedy=remedy)
    if ours and money.budgeted_through is None:
        yield Gap(
            field="contribution.budgeted_through",
            objection=say("It is not known through which year there is a budget."),
            why=say("A fiscal year without a budget has no money for it."),
            remedy=say("Record the last fiscal year with a budget."),
        )
    if ours and money.budget_line is None:
        objection = say("There is no budget line.")
        remedy = say("Record on which line it is paid.")
        yield Gap(
            field="contribution.budget_line", objection=objection, why=IT_WAITS, remedy=remedy
        )


LOOKS: tuple[Callable[[Agreement, date], Iterator[Gap]], ...] = (
    _start,
    _renewal,
    _notice,
    _two_readings,
    _until,
    _time_to_decide,
    _evaluation,
    _money,
    _obligations,
    _documents,
)

"""What asks for somebody's attention about one agreement, in sentences."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from notifications.retry_policy import MessageStatus
from states.dates.policy import Policy
from states.dates.tacit_renewal import renews
from states.dates.term_dates import day_of, end_of, is_held, suspension_of
from states.dates.term_decisions import is_continued
from states.model.agreement import Agreement
from states.model.disputes import disputed
from states.model.fact_types import StartRule
from states.model.phrase import Phrase, say
from states.model.stage import BEFORE_ACTIVE, RAN_OUT, Ending, Rule, Stage
from workflow.engine.offices import Offices, offices_of, resolve
from workflow.engine.standing import DeadlineState, Standing, late

SILENT_FOR = timedelta(weeks=8)


class ConcernKind(StrEnum):
    """What sort of attention is asked: shown as a word in the list."""

    LATE = "late"
    BLOCKED = "blocked"
    INCOMPLETE = "incomplete"
    NOTABLE = "notable"


class Concern(Phrase, frozen=True, kw_only=True):
    """A sentence that asks for attention, and of what kind it is."""

    kind: ConcernKind


class AttentionInput(Struct, frozen=True, kw_only=True):
    """Everything that is looked at to judge one agreement, at one instant."""

    agreement: Agreement
    standings: Sequence[Standing]
    offices: Offices
    policy: Policy
    today: date
    now: datetime
    last_event_at: datetime
    failures: int
    lost: Mapping[str, int]
    uncomposed: str | None
    stages: Mapping[str, Stage]
    never_began: frozenset[str]


def attention(look: AttentionInput) -> list[Concern]:
    """Return every sentence that asks for attention, the most urgent first."""
    return [concern(phrase, kind) for kind, judges in JUDGES for j in judges for phrase in j(look)]


def concern(phrase: Phrase, kind: ConcernKind) -> Concern:
    """Return a sentence as one of a kind."""
    return Concern(text=phrase.text, values=phrase.values, kind=kind)


def _late(look: AttentionInput) -> Iterator[Phrase]:
    """Yield first of the decision that nobody took before the end, then of all else."""
    ended, found = look.agreement.stage is Stage.ENDED, [*late(look.standings)]
    undecided = [i for i in found if ended and i.deadline.rule is Rule.CONTINUATION]
    for item in undecided:
        yield say("It ran out undecided on {day}: decide, or acknowledge it.", day=item.on)
    for item in found:
        if item not in undecided:
            yield say(
                "{what} is late: it was due on {day} at the latest.", what=item.words, day=item.on
            )


def _nobody(look: AttentionInput) -> Iterator[Phrase]:
    if look.agreement.stage is Stage.ENDED:
        return
    for key in offices_of(look.agreement):
        if resolve(look.offices, key, look.today) is None:
            yield say("Nobody holds the office “{key}”, nor one that stands in for it.", key=key)


def _lost(look: AttentionInput) -> Iterator[Phrase]:
    if count := look.lost.get(MessageStatus.REFUSED):
        yield say("Mails refused: {count}; see: looptijd mail list --attention", count=count)
    if count := look.lost.get(MessageStatus.EXPIRED):
        yield say("Mails expired: {count}; see: looptijd mail list --attention", count=count)
    if count := look.lost.get(MessageStatus.UNKNOWN):
        yield say("Mails in doubt: {count}; see: looptijd mail list --attention", count=count)


def _uncomposed(look: AttentionInput) -> Iterator[Phrase]:
    if look.uncomposed:
        yield say("A mail waits and could not be composed: {error}", error=look.uncomposed)


def _failing(look: AttentionInput) -> Iterator[Phrase]:
    if look.failures:
        yield say("Firing fails ({count}×): see looptijd doctor.", count=look.failures)


def _incomplete(look: AttentionInput) -> Iterator[Phrase]:
    agreement = look.agreement
    if agreement.stage in {Stage.DRAFT, Stage.ENDED}:
        return
    if agreement.term.start is StartRule.UNKNOWN:
        yield say("The start is not known.")
    for item in look.standings:
        if item.deadline.rule is Rule.MISSING_FACT and item.state is DeadlineState.ASKED:
            unsure = disputed(agreement, item.deadline.about)
            lacks = say("{what} is missing.", what=item.words)
            yield say("{what} and has to be confirmed.", what=unsure.because) if unsure else lacks
    if resting := suspension_of(agreement):
        yield say("The agreement has been suspended since {day}.", day=resting[1].on)


def _undated(look: AttentionInput) -> Iterator[Phrase]:
    """Money without a day is never late, and after the end nobody is asked for that day."""
    if look.agreement.stage is Stage.ENDED:
        for item in look.standings:
            if item.deadline.rule is Rule.PAYMENT and item.state is DeadlineState.UNKNOWN:
                yield say("{what} is open and has no date; the agreement ended.", what=item.words)


def _between(look: AttentionInput) -> Iterator[Phrase]:
    """An agreement that is continued in another, which is not in force, or never will be."""
    agreement = look.agreement
    successor = look.stages.get(agreement.successor or "")
    if agreement.ending is Ending.CONTINUED and successor in BEFORE_ACTIVE:
        yield say(
            "It has ended, and its successor {ref} is not in force yet.", ref=agreement.successor
        )
    is_to_decide = is_continued(agreement) and not agreement.termination
    if is_to_decide and agreement.successor in look.never_began:
        yield say(
            "Its successor {ref} was withdrawn or rejected: decide anew.", ref=agreement.successor
        )
    follows = look.stages.get(agreement.predecessor or "") is Stage.ENDED
    if follows and agreement.stage in BEFORE_ACTIVE:
        yield say(
            "Its predecessor {ref} has ended; this is not in force yet.", ref=agreement.predecessor
        )


def _over_before_it_began(look: AttentionInput) -> Iterator[Phrase]:
    """A term that is over while not all have signed: nothing but that is asked of anybody.

    One that renews by itself goes on once all have signed.
    """
    agreement, end = look.agreement, day_of(end_of(look.agreement))
    is_over = end is not None and end < look.today and not renews(agreement)
    if agreement.stage in BEFORE_ACTIVE and is_over:
        yield say(
            "Its last day, {day}, has passed and it never was in force: record what was signed,"
            " or withdraw it.",
            day=end,
        )


def _unheld(look: AttentionInput) -> Iterator[Phrase]:
    """A term that ended while its final evaluation was never held."""
    agreement = look.agreement
    if agreement.ending not in RAN_OUT:
        return
    for item in agreement.final_evaluations:
        if not is_held(agreement, item):
            yield say("The term ended and the final evaluation was never held.")


def _idle(look: AttentionInput) -> Iterator[Phrase]:
    if look.agreement.stage in BEFORE_ACTIVE and look.now - look.last_event_at > SILENT_FOR:
        yield say("Nothing has happened since {day}.", day=look.policy.day_of(look.last_event_at))


JUDGES: tuple[tuple[ConcernKind, tuple[Callable[[AttentionInput], Iterator[Phrase]], ...]], ...] = (
    (ConcernKind.LATE, (_late,)),
    (ConcernKind.BLOCKED, (_over_before_it_began, _failing, _lost, _uncomposed, _nobody)),
    (ConcernKind.NOTABLE, (_between, _unheld)),
    (ConcernKind.INCOMPLETE, (_incomplete, _undated)),
    (ConcernKind.NOTABLE, (_idle,)),
)

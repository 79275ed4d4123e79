"""What an action answers: what is recorded, what it changes, and what follows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from states.dates.instalments import amount_of
from states.dates.policy import Policy
from states.dates.tacit_renewal import earliest_end, end_by_notice, notice_date, renews
from states.dates.term_dates import day_of, end_of
from states.dates.term_decisions import is_continued
from states.model.agreement import Agreement
from states.model.arithmetic import Dated
from states.model.events import Event, FactChange
from states.model.fact_fields import keyed
from states.model.fact_words import fact_words
from states.model.phrase import Named, Phrase, listed, say
from states.model.stage import Rule, Stage, subject_of
from states.process import ACTIONS, PROCESS, RULES
from states.rules.action import Action, Request
from states.rules.checks import warnings
from states.rules.kept_amounts import AMOUNT, INDEXATION
from states.rules.shared_actions import AMEND
from workflow.agreements.act import Done
from workflow.engine import event_words, standing
from workflow.engine.deadline_words import listed_on
from workflow.engine.standing import STATE_WORDS, DeadlineState, Standing, standings

SETTLED = frozenset({DeadlineState.DONE, DeadlineState.WAIVED})
MOST_FOLLOWING = 3
Standings = Mapping[str, Standing]


def recorded(done: Done) -> Phrase:
    """Return what an operator records: what, how much, and on which day."""
    if done.undoes:
        what = listed(
            [*event_words.what_was_done([done.undoes], done.before), *_particulars([done.undoes])]
        )
        return say("event {seq} ({what}) was taken back", seq=done.undoes.seq, what=what)
    own = [event for event in done.events if event.action in ACTIONS]
    before = _before(done)
    money = [p for item in _settled(done) for p in _money(item, before[item.deadline.subject])]
    return listed([*(money or event_words.what_was_done(own, done.after)), *_particulars(own)])


def _particulars(events: Sequence[Event]) -> Iterator[Phrase | Named]:
    """Yield what was decided in these events, and on which days they happened."""
    for event in events:
        outcomes = (c.new for c in event.changes if c.field.endswith("outcome") and c.new)
        yield from map(Named, outcomes)
    yield from (say("on {day}", day=event.on) for event in events if event.on)


def _settled(done: Done) -> Iterator[Standing]:
    """Yield the money that was open before and is not any more."""
    before = _before(done)
    for name, item in _after(done).items():
        was_open = name in before and before[name].state not in SETTLED
        if item.state in SETTLED and was_open and item.deadline.rule is Rule.PAYMENT:
            yield item


def _money(item: Standing, before: Standing) -> Iterator[Phrase]:
    """Yield what was paid or is not needed; where less or more was agreed, that as well."""
    yield item.words
    money, agreed = item.money, before.money
    if money and agreed and money.words:
        differs = agreed.fact is not None and agreed.fact != money.amount
        both = say("{amount} (agreed: {agreed})", amount=money.words, agreed=agreed.figure)
        yield both if differs else money.words
    yield _in_state(item)


def _in_state(item: Standing) -> Phrase:
    """Return how a deadline stands; money that is done is paid."""
    is_paid = item.state is DeadlineState.DONE and item.deadline.rule is Rule.PAYMENT
    return say("paid") if is_paid else STATE_WORDS[item.state]


def changed(done: Done) -> Iterator[Phrase]:
    """Yield what becomes of facts, stage and dates, of each from what to what."""
    own = [event for event in done.events if event.action in ACTIONS]
    for event in own:
        yield from _facts(event, done)
        yield from _holds_from(event, done)
        if event.action == AMEND.name:
            yield from _holds_too(event, done)
            yield from _odd(done)
        else:
            yield from _notice_passed(event, done)
            yield from _too_early_for_its_notice(event, done)
    if any(ACTIONS[event.action].makes_successor for event in own):
        yield from _successor(done)
    was, is_now = (
        event_words.stage_in_words(item.stage, item.ending) for item in (done.before, done.after)
    )
    if was != is_now:
        yield say("stage: {before} → {after}", before=was, after=is_now)
    settled = {item.deadline.subject for item in _settled(done)}
    before, after = _before(done), _after(done)
    if not _says_the_end(own, before, after):
        yield from _last_day(done)
    came_back = after if done.undoes else {}
    told = {name: i for name, i in {**came_back, **before}.items() if name not in settled}
    until = max((item.on for item in told.values() if item.on), default=done.today)
    yield from _moved(told, {**_before(done, until), **before}, {**_after(done, until), **after})


# Facts -------------------------------------------------------------------------------------------


def _facts(event: Event, done: Done) -> Iterator[Phrase]:
    """Yield the facts that are others now, and of an amendment those that were unknown before."""
    for change in event.changes:
        if event_words.is_of_the_engine(change.field):
            continue
        if change.old or _waits(change, done):
            yield event_words.change_in_words(change, done.before)
        elif event.action == AMEND.name and not _held_already(change, done):
            yield _from_nothing(change, done)


def _holds_from(event: Event, done: Done) -> Iterator[Phrase]:
    """Yield from which instalment on another amount holds; the earlier ones keep theirs."""
    if not any(change.field == AMOUNT and change.old and change.new for change in event.changes):
        return
    after = _after(done)
    if not all(item.on for item in after.values() if item.payment):
        return
    if others := _of_other_amounts(done, after):
        first = min(others, key=lambda item: item.on or date.max)
        yield say("the new amount holds from {what} on ({day})", what=first.words, day=first.on)
    else:
        yield say("no instalment that is known now has another amount")


def _notice_passed(event: Event, done: Done) -> Iterator[Phrase]:
    """Yield through which day notice could be given, of what goes on by itself but for this."""
    if not renews(done.before) or renews(done.after):
        return
    given_on = event.on or done.today
    kept = replace(done.before, extension=done.after.extension)  # with those before its end
    day, last = day_of(notice_date(kept)), day_of(end_by_notice(kept, given_on))
    if day and last and given_on > day:
        yield say(
            "notice could be given through {day}, and without it the agreement goes on by itself"
            " through {last}: the other parties have to agree to this",
            day=day,
            last=last,
        )


def _too_early_for_its_notice(event: Event, done: Done) -> Iterator[Phrase]:
    """Yield when what has no end could end by the notice that was given, where it ends earlier."""
    earliest = earliest_end(done.before, event.on or done.today)
    ended = done.after.termination
    if ended and isinstance(earliest, Dated) and ended.ends_on < earliest.day:
        yield say(
            "by its notice it ends on {day} at the earliest: the other parties have to agree to"
            " this",
            day=earliest.day,
        )


def _odd(done: Done) -> Iterator[Phrase]:
    """Yield the warnings that an amendment brings; what settles something only takes them away."""
    known = warnings(done.before)
    yield from (warning for warning in warnings(done.after) if warning not in known)


def _holds_too(event: Event, done: Done) -> Iterator[Phrase]:
    """Yield the other instalments that have the figure of their year by what was entered."""
    fields = {change.field for change in event.changes}
    if fields & {AMOUNT, INDEXATION} or not any(map(_is_own_amount, event.changes)):
        return
    others = [
        item.words
        for item in _of_other_amounts(done, _after(done))
        if item.payment and f"instalment.{item.payment.number}.amount" not in fields
    ]
    if others:
        yield say("this holds for {what} as well", what=listed(others))


def _of_other_amounts(done: Done, after: Standings) -> list[Standing]:
    """Return the instalments that had another amount before."""
    before = _before(done)
    return [
        item
        for name, item in after.items()
        if item.payment and (was := before.get(name)) and was.money != item.money
    ]


def _waits(change: FactChange, done: Done) -> bool:
    """Tell whether the reminders of what was seen wait from now on; those of a lapse do not."""
    is_seen = change.field.startswith(event_words.ACKNOWLEDGED)
    return is_seen and change.new != done.today.isoformat()


def _held_already(change: FactChange, done: Done) -> bool:
    """Tell whether it writes down what held: an instalment's amount, that a party is no own."""
    group, key, fact = keyed(change.field)
    if _is_own_amount(change):
        amount = amount_of(done.before, int(key))
        return amount is not None and event_words.value_in_words(change.field, change.new) == amount
    return (group, fact, change.new) == ("party", "own", "false")


def _is_own_amount(change: FactChange) -> bool:
    """Tell whether it is the amount of one instalment."""
    group, _, fact = keyed(change.field)
    return (group, fact) == ("instalment", "amount")


def _from_nothing(change: FactChange, done: Done) -> Phrase:
    group, key, fact = keyed(change.field)
    if (group, fact) == ("party", "name") and key not in done.before.party:
        return say("new party: {name}", name=change.new)
    is_there = fact == "amount" and subject_of(Rule.PAYMENT, key) in _before(done)
    held = amount_of(done.before, int(key)) if is_there else None
    old = None if held is None else str(held)
    return say(
        "{field}: {old} → {new}",
        field=fact_words(change.field, done.after),
        old=event_words.value_in_words(change.field, old, done.before),
        new=event_words.value_in_words(change.field, change.new, done.after),
    )


def _successor(done: Done) -> Iterator[Phrase]:
    if done.after.successor and done.after.successor != done.before.successor:
        draft = PROCESS[Stage.DRAFT].label
        yield say("successor: {ref} ({stage})", ref=done.after.successor, stage=draft)
    if is_continued(done.before) and not is_continued(done.after):
        yield say(
            "{ref} was registered as its successor: see whether it still has to be withdrawn",
            ref=done.before.successor,
        )


# Stage and dates ---------------------------------------------------------------------------------


NAMES_THE_END = frozenset({"term.last_day", "term.ends_before", "termination.ends_on"})
DECISION = subject_of(Rule.CONTINUATION, "term")


def _says_the_end(own: Iterable[Event], before: Standings, after: Standings) -> bool:
    """Tell whether what is told says the last day: as a fact, or as the day to decide by."""
    told = {c.field for event in own for c in event.changes if c.old and c.new}
    decided_by = before.get(DECISION), after.get(DECISION)
    return bool(told & NAMES_THE_END) or all(
        item and item.state in standing.ASKS | standing.NOT_YET for item in decided_by
    )


def _last_day(done: Done) -> Iterator[Phrase]:
    was, is_now = _end(done.before), _end(done.after)
    if was != is_now:
        yield say("last day: {before} → {after}", before=was, after=is_now)


def _end(agreement: Agreement) -> date | Phrase:
    end = end_of(agreement)
    if isinstance(end, Dated):
        return end.day
    return say("open-ended") if agreement.is_endless else STATE_WORDS[DeadlineState.UNKNOWN]


def _moved(told: Standings, before: Standings, after: Standings) -> Iterator[Phrase]:
    """Yield the dates that changed; of turns that have none any more the first says so for all."""
    undated = {_of_turns(name) for name, item in after.items() if item.state in standing.NOT_YET}
    for name, item in told.items():
        was, is_now = before.get(name), after.get(name)
        if is_now is None and _of_turns(name) in undated - {""}:
            continue
        is_date = any(one and one.state in standing.ASKS and one.on for one in (was, is_now))
        then, now = _told(was), _told(is_now)
        if RULES[item.deadline.rule].has_date and then != now and is_date:
            yield say("{what}: {before} → {after}", what=item.words, before=then, after=now)


def _of_turns(name: str) -> str:
    """Return what recurs, of which a date is a turn: `obligation:report` of its third."""
    return name.rpartition(".")[0]


def _told(item: Standing | None) -> object:
    """Return the day of a deadline that is to come or is late, or else how it stands."""
    if item is None:
        return STATE_WORDS[DeadlineState.DROPPED]
    if item.state is DeadlineState.LATE:
        return say("{day} ({state})", day=item.on, state=STATE_WORDS[item.state])
    return item.on if item.state in standing.ASKS else _in_state(item)


def follows(done: Done) -> Iterator[Phrase]:
    """Yield what is open since before today, and what comes next; or else what can be done."""
    found = [item for item in _after(done).values() if item.state in standing.ASKS and item.on]
    in_order = sorted(found, key=lambda item: item.on or date.max)
    # The date of the signatures is that of the decision, from which they are open.
    open_since = [
        item
        for item in in_order
        if item.on and (item.on < done.today or item.deadline.rule is Rule.UNSIGNED)
    ]
    coming = [item for item in in_order if item not in open_since]
    if open_since:
        what, left = [*map(_since, open_since[:MOST_FOLLOWING])], open_since[MOST_FOLLOWING:]
        what += [say("and {count} more", count=len(left))] if left else []
        yield say("Open: {what}.", what=listed(what))
    if coming:
        yield say(
            "Next: {what}.", what=listed(_coming(i, done.policy) for i in coming[:MOST_FOLLOWING])
        )
    moves = [say(action.name) for action in _moves(done)] if not in_order else []
    if moves:
        yield say("Possible now: {actions}.", actions=listed(moves))


def _since(item: Standing) -> Phrase:
    if item.state is DeadlineState.AHEAD:  # its day is over and nobody was reminded yet
        return say("{what} (since {day})", what=item.words, day=item.on)
    state = STATE_WORDS[item.state]
    return say("{what} ({day}, {state})", what=item.words, day=item.on, state=state)


def _coming(item: Standing, policy: Policy) -> Phrase:
    """Return what comes on its day; of a missing fact that is only the day on which it is asked."""
    asked_at = policy.first_alert(item.deadline)
    if item.deadline.rule is Rule.MISSING_FACT and asked_at:
        return say("{what} (asked on {day})", what=item.words, day=policy.day_of(asked_at))
    return say("{what} on {day}", what=item.words, day=listed_on(item.deadline))


def _moves(done: Done) -> Iterator[Action]:
    """Yield the actions that lead on and to which nothing objects."""
    empty = Request(today=done.today)
    for action in PROCESS[done.after.stage].actions:
        if action.leads_to and not action.refusals(done.after, empty):
            yield action


def _before(done: Done, until: date | None = None) -> Standings:
    return {i.deadline.subject: i for i in standings(done.before, done.policy, done.today, until)}


def _after(done: Done, until: date | None = None) -> Standings:
    return {i.deadline.subject: i for i in standings(done.after, done.policy, done.today, until)}

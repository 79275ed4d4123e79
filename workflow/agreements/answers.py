"""What an action answers: what is recorded, what it changes, and what follows."""

from collections.abc import Iterator, Mapping
from datetime import date

from states.model.agreement import Agreement
from states.model.phrase import Phrase, listed, say
from states.model.stage import Rule
from states.process import ACTIONS, PROCESS, RULES
from workflow.agreements.act import Done
from workflow.engine.deadline_words import sign_of
from workflow.engine.event_words import change_in_words, is_of_the_engine, what_was_done
from workflow.engine.standing import STATE_WORDS, DeadlineState, Standing, standings

SETTLED = frozenset({DeadlineState.DONE, DeadlineState.WAIVED})
ASKS = frozenset({DeadlineState.AHEAD, DeadlineState.ASKED, DeadlineState.LATE})
MOST_FOLLOWING = 3
Standings = Mapping[str, Standing]


def recorded(done: Done) -> Phrase:
    """Return what an operator records: what, how much, and on which day."""
    own = [event for event in done.events if event.action in ACTIONS]
    parts = [part for item in _settled(done) for part in _money(item)]
    parts = parts or [*what_was_done(own, done.after)]
    if done.undoes:
        own = [done.undoes]
        parts += [say("event {seq}", seq=done.undoes.seq), *what_was_done(own, done.before)]
    parts += [say(c.new) for e in own for c in e.changes if c.field.endswith("outcome") and c.new]
    days = [say("on {day}", day=event.on) for event in own if event.on]
    return listed([*parts, *days])


def _settled(done: Done) -> Iterator[Standing]:
    """Yield the money that was open before and is not any more."""
    before = _before(done)
    for name, item in _after(done).items():
        was_open = name in before and before[name].state not in SETTLED
        if item.state in SETTLED and was_open and item.deadline.rule is Rule.PAYMENT:
            yield item


def _money(item: Standing) -> Iterator[Phrase]:
    currency = item.payment.currency if item.payment else ""
    yield item.words
    if item.amount is not None:
        yield say("{currency} {amount}", currency=sign_of(currency), amount=item.amount)
    yield say("paid") if item.state is DeadlineState.DONE else STATE_WORDS[item.state]


def changed(done: Done) -> Iterator[Phrase]:
    """Yield what becomes of facts, stage and dates, of each from what to what."""
    own = (event for event in done.events if event.action in ACTIONS)
    for change in (change for event in own for change in event.changes):
        if change.old and not is_of_the_engine(change.field):
            yield change_in_words(change, done.before)
    ends = [(item.stage, item.ending) for item in (done.before, done.after)]
    if ends[0] != ends[1]:
        yield say("stage: {before} → {after}", before=_stage(done.before), after=_stage(done.after))
    settled = {item.deadline.subject for item in _settled(done)}
    open_before = {name: i for name, i in _before(done).items() if name not in settled}
    until = max((item.on for item in open_before.values() if item.on), default=done.today)
    yield from _moved(open_before, {**_after(done, until), **_after(done)})


def _stage(agreement: Agreement) -> Phrase:
    label = PROCESS[agreement.stage].label
    if agreement.ending is None:
        return label
    return say("{stage} ({ending})", stage=label, ending=say(agreement.ending.value))


def _moved(before: Standings, after: Standings) -> Iterator[Phrase]:
    for name, item in before.items():
        was, is_now = _told(item), _told(after.get(name))
        is_date = isinstance(was, date) or isinstance(is_now, date)
        if RULES[item.deadline.rule].has_date and was != is_now and is_date:
            yield say("{what}: {before} → {after}", what=item.words, before=was, after=is_now)


def _told(item: Standing | None) -> object:
    """Return the day of a deadline that is to come, or else how it stands."""
    if item is None:
        return STATE_WORDS[DeadlineState.DROPPED]
    return item.on if item.state in ASKS else STATE_WORDS[item.state]


def follows(done: Done) -> Phrase | None:
    """Return what is asked next and when; None when nothing is."""
    coming = [item for item in _after(done).values() if item.state in ASKS and item.on]
    first = sorted(coming, key=lambda item: item.on or date.max)[:MOST_FOLLOWING]
    if not first:
        moves = [say(a.name) for a in PROCESS[done.after.stage].actions if a.leads_to]
        return say("Possible now: {actions}.", actions=listed(moves)) if moves else None
    lines = [say("{what} on {day}", what=item.words, day=item.on) for item in first]
    return say("Next: {what}.", what=listed(lines))


def _before(done: Done) -> Standings:
    return {i.deadline.subject: i for i in standings(done.before, done.policy, done.today)}


def _after(done: Done, until: date | None = None) -> Standings:
    return {i.deadline.subject: i for i in standings(done.after, done.policy, done.today, until)}

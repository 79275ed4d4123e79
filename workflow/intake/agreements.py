"""The agreements in files: judged and written by the hundred, so that any number comes in."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from states.dates.policy import Policy
from states.dates.tacit_renewal import renewed
from states.dates.term_dates import day_of, due_of, end_of, moment_of, natural_end_of, start_of
from states.dates.term_decisions import carried
from states.model.agreement import Agreement, Renewal
from states.model.arithmetic import Dated
from states.model.events import FOUND_OUT, Change, FactChange
from states.model.fact_fields import keyed
from states.model.fact_types import parse_date
from states.model.fact_words import fact_words
from states.model.facts import BadFacts, Problem
from states.model.phrase import Phrase, Refusal, listed, say
from states.model.stage import BEFORE_ACTIVE, Stage, Unknown
from states.rules.amendment import UNKNOWN, amended, as_amended, held_fact, is_past, may_be_amended
from states.rules.checks import warnings
from workflow.app.persistence import create
from workflow.engine.contacts import contact_problems
from workflow.engine.decider import facts_of
from workflow.engine.engine import register
from workflow.engine.event_words import change_in_words
from workflow.engine.ledger import decode, fold, stream_of
from workflow.engine.offices import offices_of
from workflow.engine.private_values import PRIVATE_FACTS, Envelope, Private, is_token
from workflow.intake.files.records import Found
from workflow.intake.keys import is_group, pattern_of
from workflow.intake.private import Facts, opened, opened_each, without_contacts
from workflow.intake.references import References
from workflow.intake.result import Imported
from workflow.intake.values import agreement_of, garbled, readable
from workflow.mail.overviews import offices_asked
from workflow.store import imports, ledger
from workflow.store.agreements import the_agreement
from workflow.store.database import Transaction

ORDER = tuple(Stage)
MOST_DIFFERING = 6
MOST_YEARS_AHEAD = 100


class Entering(Struct, frozen=True, kw_only=True):
    """How an import takes place: by which policy, when and by whom, and whether it is kept."""

    policy: Policy
    now: datetime
    by: str
    history: bool
    kept: bool


New = tuple[Change, list[Private]]  # what makes an agreement, and its private values


class Agreements:
    """Takes agreements in; what hangs together with others is left to references."""

    def __init__(
        self, connection: Transaction, entering: Entering, result: Imported, references: References
    ) -> None:
        self.connection, self.entering, self.result = connection, entering, result
        self.policy, self.references = entering.policy, references
        self.asked: set[str] = set()  # the offices for which something is open in what came in

    def take(self, found: list[Found]) -> None:
        """Judge these, and write those that are new while nothing was wrong so far."""
        read = [(item, agreement) for item in found if (agreement := self._read(item))]
        known = self._known([agreement.ref for _, agreement in read])
        new: list[New] = []
        for item, agreement in read:
            if agreement.ref in known:
                self._compare(item, agreement, known[agreement.ref])
            elif entered := self._entered(item, agreement):
                new.append(entered)
        if self.entering.kept and not self.result.problems:
            create(self.connection, [change for change, _ in new], self.entering.now)
            tokens = ((stream_of(change.dossier.agreement.ref), kept) for change, kept in new)
            ledger.keep_all_private(self.connection, tokens)

    def _read(self, item: Found) -> Agreement | None:
        contacts = contact_problems("case_owner", item.facts)
        problems = [*self.references.meet(item), *contacts, *garbled(item.facts)]
        agreement = None
        try:
            agreement = agreement_of(item, history=self.entering.history)
        except BadFacts as error:
            problems += error.problems
        self.result.problems.extend(map(item.problem, problems))
        return None if problems else agreement

    # New ones ------------------------------------------------------------------------------------

    def _entered(self, item: Found, agreement: Agreement) -> New | None:
        envelope = Envelope()
        change = register(
            without_contacts(agreement, envelope),
            self.policy,
            self.entering.now,
            actor=envelope.keep(self.entering.by),
            history=self.entering.history,
        )
        settled = change.dossier.agreement
        if problem := _unreached(agreement.stage, settled):
            self.result.problems.append(item.problem(problem))
            return None
        self._tell_of(item, agreement, settled)
        if not self.asked.issuperset(offices_of(settled)):
            self.asked |= offices_asked(change.dossier, self.policy, self.entering.now)
        return change, envelope.privates

    def _tell_of(self, item: Found, agreement: Agreement, settled: Agreement) -> None:
        today = self.policy.day_of(self.entering.now)
        ahead = (
            *lying_ahead(agreement, item.facts, today),
            *far_ahead(agreement, item.facts, today),
        )
        problems = (*warnings(agreement), *suspicions(agreement), *ahead)
        self.result.created.append(agreement.ref)
        self.result.warnings.extend((agreement.ref, sentence) for sentence in problems)
        self.references.keep(agreement)
        if self.result.forecast:
            named = agreement.stage if "stage" in item.facts else None
            self.result.forecast.add(settled, named, self.policy, today)

    # Known ones ----------------------------------------------------------------------------------

    def _known(self, refs: list[str]) -> Mapping[str, Facts]:
        """Return the facts with which those of these agreements were registered that are known."""
        first = imports.first_events(self.connection, refs)
        facts = {ref: fold([decode(payload)]).facts for ref, payload in first.items()}
        return opened_each(self.connection, facts)

    def _compare(self, item: Found, agreement: Agreement, registered: Facts) -> None:
        """Leave an agreement with the same facts; name what differs, and the line that amends it.

        What was amended since to what the file says is no difference any more.
        """
        as_entered = _renewed_as(agreement, registered)
        differing = differences(facts_of(as_entered), registered)
        changes, pairs = self._changes(registered, as_entered) if differing else ([], [])
        if not changes:
            self.result.unchanged.append(agreement.ref)
            self.result.warnings.extend(self._not_taken_over(agreement, registered))
            self.result.warnings.extend(self._not_reached(item, agreement))
            return
        told = [change_in_words(change, agreement) for change in changes[:MOST_DIFFERING]]
        more = len(changes) - len(told)
        told += [say("and {count} more", count=more)] if more else []
        wrong = say(
            "{ref} is registered with other facts: {facts}.",
            ref=agreement.ref,
            facts=listed(told),
        )
        remedy = say(
            "No amendment enters this. What can be done: looptijd do {ref}", ref=agreement.ref
        )
        if pairs:
            remedy = say(
                "Another agreement needs another reference; change this one with:"
                " looptijd do {ref} {amend} {facts} --reason …",
                ref=agreement.ref,
                amend=say("amend"),
                facts=shlex.join(pairs),
            )
        self.result.problems.append(item.problem(Problem(path="ref", problem=wrong, remedy=remedy)))

    def _changes(self, registered: Facts, entered: Agreement) -> tuple[list[FactChange], list[str]]:
        """Return what differs from how it is now, as an amendment writes it, and what enters that.

        An evaluation was held for the date that it has, and still was when that date is another.
        The evaluation of a later term, or one that was agreed anew, was not held by that.
        """
        stored = self._now(entered.ref)
        first, was = readable(Agreement, registered).value or entered, stored or entered
        entered = _with_free_numbers(entered, first, was)
        now, new = opened(self.connection, facts_of(stored)) if stored else {}, facts_of(entered)
        differing = differences(new, registered)
        differing = [path for path in differing if now.get(path) != new.get(path)]
        if stored and Counter(was.source.values()) == Counter(entered.source.values()):
            differing = [path for path in differing if keyed(path)[0] != "source"]  # by any number
        differing = _with_what_went(differing, now, new)
        after = _amended(was, _changed([p for p in differing if ".held." not in p], now, new))
        same = _of_one_moment(after, first, entered)
        as_held = {path: was if keyed(path)[1] in same else first for path in now}
        changes = _changed(
            (as_amended(first, as_amended(entered, path)) for path in differing),
            {as_amended(as_held[path], path): text for path, text in now.items()},
            {as_amended(entered, path): text for path, text in new.items()},
        )
        fixed = same & _of_one_date(was, after)
        return changes, [
            f"{item.field}={item.new or UNKNOWN}"
            for item in changes
            if may_be_amended(item.field)
            and (not held_fact(item.field) or keyed(item.field)[1] in fixed)
        ]

    def _not_taken_over(
        self, agreement: Agreement, registered: Facts
    ) -> Iterator[tuple[str, Phrase]]:
        """Yield that the case owner of a file stays out: it may be who was erased, or another."""
        told = {path: text for path, text in facts_of(agreement).items() if path in PRIVATE_FACTS}
        if not (told and any(is_token(registered.get(path)) for path in PRIVATE_FACTS)):
            return
        stored = self._now(agreement.ref)
        now = opened(self.connection, facts_of(stored)) if stored else {}
        if any(now.get(path) != text for path, text in told.items()):
            sentence = say(
                "The case owner in the file is not taken over, for the first one was erased."
                " Another is entered with: looptijd do {ref} {amend} {names}",
                ref=agreement.ref,
                amend=say("amend"),
                names="case_owner.name=… case_owner.email=… --reason …",
            )
            yield agreement.ref, sentence

    def _not_reached(self, item: Found, agreement: Agreement) -> Iterator[tuple[str, Phrase]]:
        """Yield that the file names a later stage than it stands in, before anything is watched."""
        now = self._now(agreement.ref) if "stage" in item.facts else None
        if now and now.stage in BEFORE_ACTIVE and _unreached(agreement.stage, now):
            stage = say(now.stage.value)
            stays = say(
                "It stays in the stage {stage}: no import moves what is there.", stage=stage
            )
            yield agreement.ref, stays

    def _now(self, ref: str) -> Agreement | None:
        """Return the agreement as it is now; None where it cannot be read."""
        with suppress(Refusal):
            return the_agreement(self.connection, ref).dossier.agreement
        return None


def _with_free_numbers(entered: Agreement, first: Agreement, was: Agreement) -> Agreement:
    """Return it with no source that is new in a file by a number that an amount was kept under."""
    there = {said: number for number, said in was.source.items()}
    kept = {n: said.field for n, said in was.source.items() if said.field.startswith("instalment.")}
    beyond = max({*was.source, *entered.source}, default=0)
    taken = {
        number: there.get(said) or beyond + number
        for number, said in entered.source.items()
        if number not in first.source and kept.get(number, said.field) != said.field
    }
    source = {taken.get(number, number): said for number, said in entered.source.items()}
    return replace(entered, source=source)


def _changed(paths: Iterable[str], old: Facts, new: Facts) -> list[FactChange]:
    return [
        FactChange(field=path, old=old.get(path), new=new.get(path))
        for path in dict.fromkeys(paths)
        if old.get(path) != new.get(path)
    ]


def _with_what_went(differing: list[str], now: Facts, new: Facts) -> list[str]:
    """Return these paths, with all that a file tells of an entry that was taken away since."""
    gone = {keyed(path)[:2] for path in differing} - {keyed(path)[:2] for path in now}
    stay = (path for path in differing if keyed(path)[:2] not in gone)
    return [*stay, *(path for path in new if keyed(path)[:2] in gone)]


def _amended(agreement: Agreement, changes: list[FactChange]) -> Agreement:
    """Return the agreement with what of these changes an amendment enters, if all of that fits."""
    facts = {item.field: item.new or UNKNOWN for item in changes if may_be_amended(item.field)}
    with suppress(BadFacts):
        return amended(carried(agreement, agreement), facts)
    return agreement


def _of_one_moment(now: Agreement, *in_files: Agreement) -> set[str]:
    """Return the evaluations that are agreed as in a file: in the last that has them."""
    agreed = {key: moment_of(it, item) for it in in_files for key, item in it.evaluation.items()}
    return {key for key, item in now.evaluation.items() if agreed.get(key) == moment_of(now, item)}


def _of_one_date(before: Agreement, after: Agreement) -> set[str]:
    """Return the evaluations that have a date before, and the same after."""
    return {key for key, day in _days(before).items() & _days(after).items() if day}


def _days(agreement: Agreement) -> Mapping[str, date | None]:
    return {key: day_of(due_of(agreement, item)) for key, item in agreement.evaluation.items()}


def _unreached(named: Stage, settled: Agreement) -> Problem | None:
    """Refuse a stage that the facts do not reach; a later one than was named is what they say."""
    if ORDER.index(settled.stage) >= ORDER.index(named):
        return None
    return Problem(
        path="stage",
        problem=say(
            "the facts do not reach this stage, but {stage}.", stage=say(settled.stage.value)
        ),
        remedy=say("Give what is missing: {why}.", why=_missing(named, settled)),
    )


def _missing(named: Stage, settled: Agreement) -> Phrase:
    start, end = start_of(settled), end_of(settled)
    if isinstance(start, Unknown):
        return start.because
    if settled.stage is Stage.SIGNING:
        return say("signatures and a start in the past")
    if named is Stage.ENDED:
        ended = say("a last day in the past, a termination or an outcome")
        return end.because if isinstance(end, Unknown) else ended
    return say("the day of holding the final evaluation, or an evaluation that is still to be held")


def differences(entered: Facts, registered: Facts) -> list[str]:
    """Return the paths that differ from how it was registered; an erased contact may differ."""
    erased = {path for path in PRIVATE_FACTS if is_token(registered.get(path))}
    paths = [path for path in {**registered, **entered} if not path.startswith(FOUND_OUT)]
    return [p for p in paths if p not in erased and registered.get(p) != entered.get(p)]


def _renewed_as(agreement: Agreement, registered: Facts) -> Agreement:
    """Return the agreement as time had renewed it when it was registered."""
    while agreement.term.renewal is Renewal.TACIT:
        following = max(agreement.extension, default=0) + 1
        if f"extension.{following}.length" not in registered:
            break
        agreement = renewed(agreement)
    return agreement


# What is suspect as a file tells it; it is registered all the same -------------------------------

KEYED = ("party", "evaluation", "obligation")


def suspicions(agreement: Agreement) -> Iterator[Phrase]:
    """Yield a sentence for everything that its author had better look at."""
    for source in agreement.source.values():
        if not _names_something(agreement, source.field):
            yield say(
                "A source names “{field}”, which is no key of an agreement.", field=source.field
            )
    if not agreement.continuation:
        return
    ends = {end.day for end in _ends(agreement) if isinstance(end, Dated)}
    for day in agreement.continuation:
        if day not in ends:
            yield say(
                "A continuation is decided for {day}, which is no last day of its term.", day=day
            )


def lying_ahead(agreement: Agreement, facts: Mapping[str, str], today: date) -> Iterator[Phrase]:
    """Yield a sentence for each thing that has happened on a day that is yet to come."""
    for path, text in facts.items():
        pattern = pattern_of(path)
        if pattern and is_past(pattern) and text > today.isoformat():
            field, day = fact_words(path, agreement), parse_date(text)
            yield say("{field} is {day}, a day that is yet to come.", field=field, day=day)


def far_ahead(agreement: Agreement, facts: Mapping[str, str], today: date) -> Iterator[Phrase]:
    """Yield a sentence for each day that no agreement reaches: 2206 is most often 2026."""
    for path, text in facts.items():
        if not text[:1].isdigit():
            continue  # an error for each text that is no date is a twentieth of an import
        with suppress(ValueError):
            day = parse_date(text)
            if day.year > today.year + MOST_YEARS_AHEAD and pattern_of(path):
                field = fact_words(path, agreement)
                yield say(
                    "{field} is {day}, more than a hundred years ahead.", field=field, day=day
                )


def _names_something(agreement: Agreement, path: str) -> bool:
    if not is_group(path) and pattern_of(path) is None:
        return False
    group, _, rest = path.partition(".")
    return group not in KEYED or not rest or rest.split(".")[0] in getattr(agreement, group)


def _ends(agreement: Agreement) -> Iterator[object]:
    """Yield the last day as it was after each extension, and as it is now."""
    yield end_of(agreement)
    numbers = sorted(agreement.extension)
    for count in range(len(numbers) + 1):
        so_far = {number: agreement.extension[number] for number in numbers[:count]}
        yield natural_end_of(replace(agreement, extension=so_far))

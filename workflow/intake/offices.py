"""The offices in files: judged together with those that are registered, written at the end."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise

from msgspec.structs import replace

from states.model.arithmetic import DAY
from states.model.facts import Problem, flatten
from states.model.phrase import Phrase, say
from workflow.app.app import App
from workflow.engine.contacts import contact_problems
from workflow.engine.ledger import office_stream
from workflow.engine.offices import Office
from workflow.engine.offices import problems as office_problems
from workflow.engine.private_values import Envelope, is_token
from workflow.intake.files.records import Found
from workflow.intake.private import opened, without_holders
from workflow.intake.result import Imported
from workflow.intake.values import garbled, office_of
from workflow.store import ledger, offices
from workflow.store.database import Transaction


class OfficesOfFiles:
    """The offices of the register and those in files; `named` has the keys of all of them."""

    def __init__(self, connection: Transaction, result: Imported, today: date) -> None:
        self.connection, self.result, self.today = connection, result, today
        self.registered = offices.every(connection)
        self.named = dict.fromkeys(self.registered)
        self._found: dict[str, Found] = {}
        self._read: dict[str, Office] = {}
        self._whole: set[str] = set()  # of which every fact could be read

    def take(self, item: Found) -> None:
        """Judge an office by itself; it replaces what was known of it."""
        read = office_of(item)
        self._found[item.name] = item
        self.named.setdefault(item.name)
        problems = [*read.problems, *_of_holders(item.facts), *garbled(item.facts)]
        both_whole = item.name in self._whole and not read.problems
        if both_whole and self._read[item.name] != read.value:
            twice = say("it stands in these files with other facts as well; what came last holds.")
            self.result.warnings.append((office_stream(item.name), twice))
        self.result.problems.extend(map(item.problem, problems))
        if read.value and read.value.key == item.name:
            self._read[item.name] = read.value
            self._whole.add(item.name)
        if read.problems:
            self._whole.discard(item.name)

    def hold(self) -> None:
        """Let nobody change what the files name until that is written; see it as it stands now."""
        for key in sorted(self._read):
            if office := offices.locked(self.connection, key):
                self.registered[key] = office

    def judge(self) -> None:
        """Judge the offices together, when all files were read."""
        for problem in office_problems({**self.registered, **self._read}):
            self._tell(problem)
        for key, office in self._read.items():
            for problem in self._erased(key, office):
                self._tell(problem)
            told = (*gaps(office), *self._left_out(key, office)) if key in self._whole else ()
            self.result.warnings.extend((office_stream(key), sentence) for sentence in told)
        self.result.offices.extend(office.key for office in self._entered())

    def _erased(self, key: str, office: Office) -> Iterator[Problem]:
        """Yield each holder whom a file brings back after an erasure, as an old one does."""
        known = self.registered.get(key)
        if known is None:
            return
        facts = opened(self.connection, flatten(known))
        names = {number: facts[f"holder.{number}.name"] for number in known.holder}
        gone = {known.holder[number].starts for number, name in names.items() if is_token(name)}
        for number, holder in office.holder.items():
            if holder.starts in gone:
                wrong = say("who held the office from {day} on was erased.", day=holder.starts)
                remedy = say("Take this holder out of the file.")
                yield Problem(
                    path=f"office.{key}.holder.{number}.name", problem=wrong, remedy=remedy
                )

    def _left_out(self, key: str, office: Office) -> Iterator[Phrase]:
        """Yield a sentence for each holder who leaves by this: an old file undoes a handover."""
        known = self.registered.get(key) or office
        facts = opened(self.connection, flatten(known))
        for number, holder in known.holder.items():
            name, since = facts[f"holder.{number}.name"], max(holder.starts, self.today)
            is_over = (holder.until or since) < since
            stays = any(
                item.name == name and (item.until or since) >= since
                for item in office.holder.values()
            )
            if not (is_over or stays or is_token(name)):
                yield say(
                    "By this file {name}, who holds the office “{key}” from {day} on, does not hold"
                    " it any more.",
                    name=name,
                    key=key,
                    day=holder.starts,
                )

    def _entered(self) -> Iterator[Office]:
        """Yield what is new, or differs from what is registered."""
        for key, office in self._read.items():
            known = self.registered.get(key)
            if known is None or opened(self.connection, flatten(known)) != flatten(office):
                yield office

    def _tell(self, problem: Problem) -> None:
        key = problem.path.split(".")[1]
        known = self._found.get(key)
        path = problem.path.removeprefix(f"office.{key}.") if known else problem.path
        source = known or next(iter(self._found.values()), Found(file="", name=key, facts={}))
        self.result.problems.append(source.problem(replace(problem, path=path)))

    def save(self, app: App, by: str) -> None:
        """Write what is new or changed, with its events."""
        for office in list(self._entered()):
            envelope = Envelope()
            tokens = without_holders(office, envelope)
            who = {"at": app.clock.now(), "actor": envelope.keep(by)}
            offices.save(self.connection, tokens, action="office", **who)
            ledger.keep_private(self.connection, office_stream(office.key), envelope.privates)


def _of_holders(facts: Mapping[str, str]) -> Iterator[Problem]:
    numbers = {path.split(".")[1] for path in facts if path.startswith("holder.")}
    for path in sorted(f"holder.{number}" for number in numbers):
        yield from contact_problems(path, facts)


def gaps(office: Office) -> Iterator[Phrase]:
    """Yield a sentence for each gap between holders, and for an end with nobody after it."""
    holders = office.in_turn
    if not holders:
        yield say("Nobody holds the office “{key}”.", key=office.key)
        return
    for earlier, later in pairwise(holders):
        if earlier.until and earlier.until + DAY < later.starts:
            yield say(
                "From {first} through {last} nobody holds the office “{key}”.",
                first=earlier.until + DAY,
                last=later.starts - DAY,
                key=office.key,
            )
    if (last := holders[-1].until) is not None:
        yield say(
            "From {first} on nobody holds the office “{key}”.", first=last + DAY, key=office.key
        )

"""Bringing files into the register: all or nothing, every problem at once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from states.agreement import Agreement, CaseOwner
from states.anchors import start_of
from states.checks import warnings
from states.facts import BadFacts, Problem, flatten
from states.leaves import Sealed, parse_line
from states.phrase import Phrase, say
from states.policy import Policy
from states.stage import Stage, Unknown
from workflow.course import facts_of
from workflow.database import Transaction
from workflow.engine import register
from workflow.importing.files import read
from workflow.importing.found import FileProblem, Found
from workflow.importing.values import agreement_of, office_of
from workflow.ledger import decode, fold, office_stream, stream_of
from workflow.offices import Holder, Office
from workflow.offices import problems as office_problems
from workflow.sealing import SEALED_FACTS, Envelope, is_sealed
from workflow.service.house import House, policy_of
from workflow.service.writing import create
from workflow.settings import ADDRESS
from workflow.store import ledger, offices
from workflow.store.register import raise_high_water

ORDER = tuple(Stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did, or would do; with problems nothing was written."""

    created: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    offices: list[str] = field(default_factory=list)
    warnings: list[tuple[str, Phrase]] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)


def import_files(
    house: House, paths: list[Path], *, by: str, dry_run: bool = False, history: bool = False
) -> Imported:
    """Register what the files hold; with problems, or as a dry run, nothing is written."""
    reading = read(paths)
    with house.writing() as connection:
        result = Imported(problems=list(reading.problems))
        known = dict(offices.every(connection))
        new_offices = _offices(connection, known, reading.offices, result)
        now = house.clock.now()
        found = _agreements(connection, reading.agreements, known, result, now, history=history)
        if result.problems or dry_run:
            connection.rollback()
            return result
        _save_offices(connection, house, new_offices, by)
        _save_agreements(connection, house, found, by, history=history)
        raise_high_water(connection, house.clock.now())
        return result


# Offices -----------------------------------------------------------------------------------------


def _offices(
    connection: Transaction, known: dict[str, Office], found: list[Found], result: Imported
) -> list[Office]:
    entered: list[tuple[Found, Office]] = []
    for item in found:
        try:
            office = office_of(item)
            _check_holders(office)
        except BadFacts as error:
            result.problems.extend(map(item.problem, error.problems))
            continue
        if not _is_same_office(connection, known.get(office.key), office):
            entered.append((item, office))
            result.offices.append(office.key)
        known[office.key] = office
    by_key = {item.name: item for item, _ in entered}
    for problem in office_problems(known):
        key = problem.path.split(".")[1]
        source = by_key.get(key) or (found[0] if found else Found(file="", name=key, facts={}))
        inner = replace(problem, path=problem.path.removeprefix(f"office.{key}."))
        result.problems.append(source.problem(inner if key in by_key else problem))
    return [office for _, office in entered]


def _check_holders(office: Office) -> None:
    problems = [
        problem
        for number, holder in office.holder.items()
        for problem in _contact_problems(f"holder.{number}", holder.name, holder.email)
    ]
    if problems:
        raise BadFacts(problems)


def _contact_problems(path: str, name: str, email: str) -> Iterator[Problem]:
    try:
        parse_line(name)
    except ValueError:
        wrong = say("“{value}” is not accepted.", value=name[:60])
        remedy = say("Write one line of printable text, at most 300 characters.")
        yield Problem(path=f"{path}.name", problem=wrong, remedy=remedy)
    if not re.fullmatch(ADDRESS, email):
        wrong = say("“{value}” is not accepted.", value=email[:60])
        remedy = say("Write one e-mail address, such as secretariaat@maastricht.example.")
        yield Problem(path=f"{path}.email", problem=wrong, remedy=remedy)


def _is_same_office(connection: Transaction, known: Office | None, office: Office) -> bool:
    if known is None:
        return False
    return _opened(connection, flatten(known)) == flatten(office)


def _opened(connection: Transaction, facts: Mapping[str, str]) -> dict[str, str]:
    values = ledger.opened(connection, [text for text in facts.values() if is_sealed(text)])
    return {path: values.get(text, text) for path, text in facts.items()}


def _save_offices(connection: Transaction, house: House, found: list[Office], by: str) -> None:
    for office in found:
        envelope = Envelope()
        sealed = replace(
            office,
            holder={number: _sealed(holder, envelope) for number, holder in office.holder.items()},
        )
        offices.save(connection, sealed, house.clock.now(), envelope.seal(by))
        ledger.keep_private(connection, office_stream(office.key), envelope.privates)


def _sealed(holder: Holder, envelope: Envelope) -> Holder:
    return replace(
        holder,
        name=Sealed(envelope.seal(holder.name)),
        email=Sealed(envelope.seal(holder.email)),
    )


# Agreements --------------------------------------------------------------------------------------


def _agreements(  # noqa: PLR0913 - what is known, what is found, where to tell
    connection: Transaction,
    found: list[Found],
    known: Mapping[str, Office],
    result: Imported,
    now: datetime,
    *,
    history: bool,
) -> list[Agreement]:
    new: dict[str, Agreement] = {}
    seen: set[str] = set()
    for item in found:
        others = [*_of_the_file(item, known, seen)]
        seen.add(item.name)
        result.problems.extend(map(item.problem, others))
        try:
            agreement = agreement_of(item, history=history)
            if others:
                continue
            _check_stage(agreement, policy_of(connection), now)
            if _is_unchanged(connection, agreement):
                result.unchanged.append(agreement.ref)
                continue
        except BadFacts as error:
            result.problems.extend(map(item.problem, error.problems))
            continue
        new[agreement.ref] = agreement
        result.created.append(agreement.ref)
        result.warnings.extend((agreement.ref, warning) for warning in warnings(agreement))
    return list(new.values())


def _of_the_file(item: Found, known: Mapping[str, Office], seen: set[str]) -> Iterator[Problem]:
    """Yield what is wrong besides the facts themselves, so that all is told at once."""
    if item.name in seen:
        wrong = say("{ref} stands in these files more than once.", ref=item.name)
        yield Problem(path="ref", problem=wrong, remedy=say("Keep one of them."))
    for path in ("office", "contribution.office"):
        key = item.facts.get(path)
        if key is not None and key not in known:
            yield Problem(
                path=path,
                problem=say("there is no office “{key}”.", key=key),
                remedy=say("Add an [[office]], or name one of: {names}.", names=", ".join(known)),
            )
    name, email = item.facts.get("case_owner.name"), item.facts.get("case_owner.email")
    if name is not None and email is not None:
        yield from _contact_problems("case_owner", name, email)


def _check_stage(agreement: Agreement, policy: Policy, now: datetime) -> None:
    """Refuse a stage that the facts do not reach; a later one than was written is what they say."""
    if agreement.stage is Stage.DRAFT:
        return
    settled = register(agreement, policy, now, actor="", history=True).dossier.agreement
    if ORDER.index(settled.stage) >= ORDER.index(agreement.stage):
        return
    wrong = say("the facts do not reach this stage, but {stage}.", stage=say(settled.stage.value))
    remedy = say("Give what is missing: {why}.", why=_what_is_missing(settled))
    raise BadFacts([Problem(path="stage", problem=wrong, remedy=remedy)])


def _what_is_missing(agreement: Agreement) -> Phrase:
    start = start_of(agreement)
    return (
        start.because if isinstance(start, Unknown) else say("signatures and a start in the past")
    )


def _is_unchanged(connection: Transaction, agreement: Agreement) -> bool:
    """Compare with the facts as they were registered; other facts for a known ref are a problem."""
    rows = ledger.read(connection, stream_of(agreement.ref))
    if not rows:
        return False
    registered = fold([decode(rows[0].payload)]).facts
    entered = {p: t for p, t in facts_of(agreement).items() if not p.startswith("known_on.")}
    opened = _opened(connection, registered)
    erased = {path for path in SEALED_FACTS if is_sealed(opened.get(path))}
    if all(
        opened.get(path) == entered.get(path)
        for path in (opened.keys() | entered.keys()) - erased
        if not path.startswith("known_on.")
    ):
        return True
    wrong = say("{ref} is registered with other facts.", ref=agreement.ref)
    remedy = say("Change a registered agreement with: looptijd do REF amend field=value --reason …")
    raise BadFacts([Problem(path="ref", problem=wrong, remedy=remedy)])


def _save_agreements(
    connection: Transaction, house: House, found: list[Agreement], by: str, *, history: bool
) -> None:
    policy, now = policy_of(connection), house.clock.now()
    for agreement in found:
        envelope = Envelope()
        change = register(
            _without_personal(agreement, envelope),
            policy,
            now,
            actor=envelope.seal(by),
            history=history,
        )
        create(connection, change, now)
        ledger.keep_private(connection, stream_of(agreement.ref), envelope.privates)


def _without_personal(agreement: Agreement, envelope: Envelope) -> Agreement:
    owner = agreement.case_owner
    if owner is None:
        return agreement
    sealed = CaseOwner(
        name=Sealed(envelope.seal(owner.name)), email=Sealed(envelope.seal(owner.email))
    )
    return replace(agreement, case_owner=sealed)

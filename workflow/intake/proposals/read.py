"""Reading a proposal as a whole: what it says once and clearly is proposed, the rest is open."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from states.dates.term_dates import ENDS
from states.model.agreement import SourceStatus
from states.model.arithmetic import DAY, start_plus
from states.model.period import parse_period
from states.model.phrase import Refusal, say
from workflow.intake.files.read import read
from workflow.intake.files.records import FileProblem, Found
from workflow.intake.proposals import patterns
from workflow.intake.proposals.law import Proposed, RefusedValue, judged, value_of
from workflow.intake.proposals.readings import days
from workflow.intake.proposals.text import Proposal, one_space, written_as

LEAN_ON = {
    "decision.1.": ("decision.1.on", "decision.1.outcome"),
    "overleg.": ("overleg.agreed_on",),
    "case_owner.": ("case_owner.name", "case_owner.email"),
    "contribution.": ("contribution.amount",),
    "term.renewal_length": ("term.renewal",),
    "evaluation.final.": ("evaluation.final.before_end",),
    "evaluation.interim.": ("evaluation.interim.after_start",),
}
"""What is worth nothing without another fact."""
GROUPS = ("party", "decision_point", "document", "decision", "evaluation")


class Reading(Struct, frozen=True, kw_only=True):
    """What a proposal says: one value a fact, what it says in several ways, what was refused."""

    proposed: list[Proposed]
    contested: dict[str, list[Proposed]] = {}
    refused: list[RefusedValue] = []

    def facts(self) -> dict[str, str]:
        """Return the values by path."""
        return {item.path: item.value for item in self.proposed}


def read_proposal(text: str, municipality: str = "", draft: Iterable[Proposed] = ()) -> Reading:
    """Return what a text says; of what a draft says only what its quotes bear out."""
    proposal = Proposal(written_as(text), municipality)
    proposal = replace(proposal, decided_on=_decided_on(proposal))
    drafted, refused = _judged(draft, proposal)
    groups = {item.path.partition(".")[0] for item in drafted} & {*GROUPS}
    found = [item for item in _found(proposal) if item.path.partition(".")[0] not in groups]
    kept, _ = _judged(found, proposal)
    return replace(_settled([*drafted, *kept]), refused=refused)


def _judged(
    items: Iterable[Proposed], proposal: Proposal
) -> tuple[list[Proposed], list[RefusedValue]]:
    verdicts = [judged(item, proposal) for item in items]
    kept = [verdict for verdict in verdicts if isinstance(verdict, Proposed)]
    return kept, [verdict for verdict in verdicts if isinstance(verdict, RefusedValue)]


def _decided_on(proposal: Proposal) -> date | None:
    """Return the day of the decision, else the day of the proposal."""
    for item in patterns.decision(proposal):
        if item.path == "decision.1.on":
            return date.fromisoformat(item.value)
    dated = patterns.DATED.search(proposal.written)
    found = [*days(dated["value"], proposal)] if dated else []
    return date.fromisoformat(found[0]) if found else None


def _found(proposal: Proposal) -> Iterator[Proposed]:
    """Yield everything that the patterns find."""
    yield from patterns.titles(proposal)
    yield from patterns.members(proposal)
    single = [*patterns.singles(proposal)]
    yield from (item for item, _ in single)
    yield from _around(single, proposal)
    yield from patterns.decision(proposal)
    for number, text in patterns.points(proposal):
        path = f"decision_point.{number}.text"
        yield Proposed(path=path, value=one_space(text), quote=text)
    yield from patterns.documents(proposal)
    if attended := patterns.ATTENDED.search(proposal.written):
        yield Proposed(path="overleg.attended", value=attended["value"], quote=attended[0])


def _around(taken: list[patterns.InSentence], proposal: Proposal) -> Iterator[Proposed]:
    """Yield what the sentence of a fact tells beside it: a clause; how often, and what is paid."""
    for item, sentence in taken:
        if item.path.startswith("evaluation."):
            path = f"{item.path.rpartition('.')[0]}.clause"
            yield Proposed(path=path, value=sentence, quote=sentence)
        if item.path == "contribution.amount":
            for name, quote in (("every", sentence), ("kind", item.quote)):
                path = f"contribution.{name}"
                if value := value_of(path, quote, proposal):
                    yield Proposed(path=path, value=value, quote=quote)


def _settled(items: list[Proposed]) -> Reading:
    """Return one value a fact: the first of a title; what is said in two ways is contested."""
    by_path: dict[str, list[Proposed]] = {}
    for item in items:
        known = by_path.setdefault(item.path, [])
        if all(other.value != item.value for other in known):
            known.append(item)
    contested = {
        path: several
        for path, several in by_path.items()
        if len(several) > 1 and path not in {"title", "short_title"} and not path.endswith("clause")
    }
    kept = {path: several[0] for path, several in by_path.items() if path not in contested}
    _part_ends(kept, contested)
    for begin, needed in LEAN_ON.items():
        if not kept.keys() >= {*needed}:
            kept = {path: item for path, item in kept.items() if not path.startswith(begin)}
    return Reading(proposed=[*kept.values()], contested=contested)


def _part_ends(kept: dict[str, Proposed], contested: dict[str, list[Proposed]]) -> None:
    """Leave the end open where it is told in several ways, and these are not the same day."""
    told = [path for path in ENDS if path in kept]
    if len({_last_day(kept, path) or path for path in told}) > 1:
        contested["term"] = [kept.pop(path) for path in told]
    for path in told[:-1]:
        kept.pop(path, None)  # a day that is named rather than counted


def _last_day(kept: Mapping[str, Proposed], path: str) -> date | None:
    """Return the last day by one of the ways in which an end is told; None where it has none."""
    with suppress(ValueError, KeyError):
        if path == "term.length":
            start = date.fromisoformat(kept["term.start"].value)
            return start_plus(start, parse_period(kept[path].value)) - DAY
        day = date.fromisoformat(kept[path].value)
        return day - DAY if path == "term.ends_before" else day
    return None


# What somebody else has read of a proposal: an import file whose sources quote it ----------------

SOURCE = "source."


def drafted(path: Path) -> list[Proposed]:
    """Return each value of a draft with its quote, which may be missing; Refusal names problems."""
    found = [*read([path])]
    if wrong := [item for item in found if isinstance(item, FileProblem)]:
        parts = "{file}: {problem} {remedy}"
        raise Refusal(
            *(say(parts, file=str(path), problem=p.problem, remedy=p.remedy) for p in wrong)
        )
    agreements = [item for item in found if isinstance(item, Found) and not item.is_office]
    if len(agreements) != 1:
        sentence = say(
            "{file}: a draft holds one agreement, this {count}.",
            file=str(path),
            count=len(agreements),
        )
        raise Refusal(sentence)
    return [*_proposed(agreements[0])]


def _proposed(found: Found) -> Iterator[Proposed]:
    groups = {path.rpartition(".")[0] for path in found.facts if path.startswith(SOURCE)}
    sources = {found.facts.get(f"{group}.field"): group for group in groups}
    for path, value in found.facts.items():
        if path.startswith(SOURCE):
            continue
        group = sources.get(path)
        status = SourceStatus.STATED
        with suppress(ValueError):
            status = SourceStatus(found.facts.get(f"{group}.status", status))
        quote = found.facts.get(f"{group}.quote", "")
        yield Proposed(path=path, value=value, quote=quote, status=status)

"""What somebody else has read of a proposal: an import file whose sources quote it."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from states.model.agreement import SourceStatus
from states.model.phrase import Refusal, say
from workflow.intake.files.read import read
from workflow.intake.files.records import FileProblem, Found
from workflow.intake.proposals.law import Proposed

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

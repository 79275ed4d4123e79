"""What an import did, or would do."""

from dataclasses import dataclass, field

from states.model.phrase import Phrase
from workflow.intake.files.records import FileProblem
from workflow.intake.forecast import Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The outcome of one call; with problems nothing was written.

    `forecast` is there after a dry run only.
    """

    created: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    offices: list[str] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)
    warnings: list[tuple[str, Phrase]] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)
    forecast: Forecast | None = None

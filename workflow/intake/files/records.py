"""What a file holds, as it was found: facts by path with their lines, and what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from states.model.facts import Problem
from states.model.phrase import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProblem:
    """A problem with the file and, where it is known, the line it stands on.

    In a spreadsheet it has the column, by its letters and name, and in a workbook the sheet.
    """

    file: str
    line: int | None
    key: str
    problem: Phrase
    remedy: Phrase
    sheet: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One agreement or office as its file tells it: facts by path, not yet checked together."""

    file: str
    name: str
    facts: Mapping[str, str]
    lines: Mapping[str, int] = field(default_factory=dict)
    is_office: bool = False
    sheet: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)

    def problem(self, problem: Problem) -> FileProblem:
        """Return a problem of these facts with its place."""
        return FileProblem(
            file=self.file,
            line=self.line_of(problem.path),
            key=problem.path,
            problem=problem.problem,
            remedy=problem.remedy,
            sheet=self.sheet,
            column=self.columns.get(problem.path, ""),
        )

    def line_of(self, path: str) -> int | None:
        """Return the line of a path, else of the group it stands in, else of the whole."""
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return self.lines.get(path)


def of_file(file: str, line: int | None, problem: Phrase, remedy: Phrase) -> FileProblem:
    """Return a problem of a file or of one of its lines, not of a key."""
    return FileProblem(file=file, line=line, key="", problem=problem, remedy=remedy)

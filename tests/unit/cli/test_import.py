"""What an import tells of the problems that it found."""

from states.model.phrase import Phrase, say
from workflow.cli.commands.import_ import problems_told
from workflow.intake.files.records import FileProblem
from workflow.intake.values import OF_THE_PAST

MISSING = say("this key is missing.")


def problem(file: str, line: int, sentence: Phrase = OF_THE_PAST) -> FileProblem:
    """Return a problem of a line; without a sentence of a fact that wants --history."""
    return FileProblem(file=file, line=line, key="x", problem=sentence, remedy=say("Mend it."))


def test_one_line_a_file_tells_that_an_agreement_runs_already() -> None:
    found = [*(problem("a.toml", line) for line in (3, 4)), problem("a.toml", 5, MISSING)]
    found += [problem("a.toml", 6), problem("b.toml", 3)]

    assert [(item.file, item.line, str(item.problem)) for item in problems_told(found)] == [
        ("a.toml", 3, "this fact, and 2 more, belong to an agreement that runs already."),
        ("a.toml", 5, "this key is missing."),
        ("b.toml", 3, "this fact belongs to an agreement that runs already."),
    ]

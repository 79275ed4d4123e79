"""An operator at the command line, in this process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner, Result

from states.model.phrase import Refusal
from workflow.cli import cli

BASE = """
[municipality]
name = "Gemeente Maastricht"
installation = "test"
[mail]
sender = "Looptijd <looptijd@maastricht.example>"
"""


@dataclass(frozen=True)
class Clerk:
    """Runs commands under a configuration of its own."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def configures(self, text: str = BASE) -> "Clerk":
        (self.folder / "looptijd.toml").write_text(text, encoding="utf-8")
        return self

    def runs(self, *arguments: str | Path) -> Result:
        """Run a command; what it raised, other than its exit, is a fault of the program."""
        chosen = ["--config", str(self.folder / "looptijd.toml"), "--lang", "en"]
        given = [*chosen, *map(str, arguments)]
        result = CliRunner().invoke(cli, given, env={"COLUMNS": "200", **self.environment})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def does(self, *arguments: str | Path) -> str:
        """Run a command that succeeds; return what it printed."""
        result = self.runs(*arguments)
        assert result.exit_code == 0, result.output
        return result.output

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


def shown(result: Result) -> list[str]:
    """Return what a command told, a line for each problem."""
    return [line for line in result.output.splitlines() if line]


def refusal_of(work: Callable[[], object]) -> str:
    """Return the sentences with which work is refused, or that it is not; other errors go on."""
    try:
        work()
    except Refusal as refusal:
        return str(refusal)
    return "not refused"

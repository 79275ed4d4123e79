"""`import -` reads standard input: its first line tells which format it is."""

import subprocess

import pytest

from tests.acceptance.commands import CASE, Operator, Ran
from tests.acceptance.processes import SCRIPTS, started, surroundings


def handed(operator: Operator, content: bytes, *, real: bool = False) -> Ran:
    """Return how `import --dry-run -` ended; `real`: as the script itself, not as a fork."""
    with started(
        "looptijd",
        *("--lang", "en", "import", "-", "--dry-run"),
        real=real,
        cwd=operator.folder,
        env=surroundings(operator.folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        out, err = process.communicate(content.decode(), timeout=60)
    return Ran(code=process.returncode, out=out, err=err)


def csv() -> bytes:
    """Return the spreadsheet that is shown as an example."""
    shown = subprocess.run(
        [SCRIPTS / "looptijd", "import", "--template", "csv"], capture_output=True, check=True
    )
    return shown.stdout


@pytest.mark.parametrize(
    "content",
    [
        b'\xef\xbb\xbf\n[[office]]\nkey = "griffie"\nname = "Griffie"\n',
        b'# een functie\n[[office]]\nkey = "griffie"\nname = "Griffie"\n',
    ],
)
def test_toml_begins_with_a_table_a_key_or_a_comment(operator: Operator, content: bytes) -> None:
    operator.does("init")
    assert "Offices: 1 entered." in handed(operator, content).out


def test_json_lines_begin_with_an_object(operator: Operator) -> None:
    operator.does("init")
    ran = handed(operator, b'{"ref": "A-1", "nonsense": 1}\n')
    assert "-:1: nonsense: this key is not known." in ran.err


@pytest.mark.parametrize("separator", [b"", b"sep=;\r\n"])
def test_anything_else_is_a_spreadsheet(operator: Operator, separator: bytes) -> None:
    operator.does("init")
    operator.does("import", CASE)
    ran = handed(operator, separator + csv(), real=True)
    assert "Agreements: 1 registered, 0 unchanged." in ran.out


def test_a_problem_names_the_line_of_what_was_handed_over(operator: Operator) -> None:
    operator.does("init")
    ran = handed(operator, b'[[office]]\nkey = "griffie"\nnaam = "Griffie"\n')
    assert ran.code == 2
    assert "-:3: naam: this key is not known." in ran.err

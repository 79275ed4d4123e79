"""What Tab offers is asked of the database itself, of either kind."""

import click
import pytest

from tests.town import REF, Town
from workflow.cli.completion import Completer, completed, offices, pairs, references

pytestmark = pytest.mark.on_sqlite

OFFERED = {
    ("pay", ""): ["instalment=", "on=", "reference=", "amount="],
    ("pay", "instalment="): ["instalment=1", "instalment=2", "instalment=3"],
    ("pay", "instalment =", ""): ["1", "2", "3"],
    ("pay", "instalment", ""): ["1", "2", "3"],
    ("pay", "instalment=1", ""): ["on=", "reference=", "amount="],
    ("pay", "reference="): [],
    ("suspend", "moves_end="): ["moves_end=yes", "moves_end=no"],
    ("acknowledge", "occurrence =", "payment:1"): ["payment:1:2017-10-12:P0D"],
}


@pytest.fixture
def in_force(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Give the source case in a register that is the configured one."""
    monkeypatch.setenv("LOOPTIJD_DATABASE__URL", town.app.settings.database.url)
    return town.in_force()


def offered(source: Completer, typed: str, *, action: str = "", words: str = "") -> list[str]:
    """Return what is offered for what was typed, after these words of `do REF ACTION`."""
    context = click.Context(click.Command("do"))
    context.params = {"ref": REF, "action": action, "pairs": words.split()}
    return [item.value for item in completed(source)(context, click.Argument(["word"]), typed)]


@pytest.mark.usefixtures("in_force")
def test_references_and_offices_are_offered() -> None:
    assert offered(references, "SO") == [REF]
    assert offered(references, "XX") == []
    assert offered(offices, "s") == ["secretariaat", "sociaal-domein"]


@pytest.mark.usefixtures("in_force")
def test_keys_of_an_action_are_offered_and_what_may_stand_there() -> None:
    found = {
        asked: offered(pairs, asked[-1], action=asked[0], words="".join(asked[1:-1]))
        for asked in OFFERED
    }
    assert found == OFFERED

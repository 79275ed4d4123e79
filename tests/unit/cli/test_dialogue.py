"""Yes or no at a terminal: in both languages, until it is one of them."""

import click
import pytest
from click.testing import CliRunner

from notifications.language import language
from states.model.phrase import say
from workflow.cli.dialogue import confirmed

QUESTION = say("Make the register now?")


def asked(code: str, *answers: str, default: bool = False) -> str:
    """Return what stands on the screen after these answers, with what they meant."""

    @click.command()
    def asking() -> None:
        click.echo(confirmed(language(code), QUESTION, default=default))

    shown = CliRunner().invoke(asking, input="".join(f"{answer}\n" for answer in answers))
    return shown.output


def test_in_dutch_it_asks_for_j_and_asks_again_what_is_neither() -> None:
    assert asked("nl", "misschien", "ja") == (
        "Het register nu maken? [j/N]: misschien\n"
        "Antwoord met ja of nee.\n"
        "Het register nu maken? [j/N]: ja\n"
        "True\n"
    )


@pytest.mark.parametrize("answer", ["j", "J", "ja", "y", "Yes"])
def test_yes_is_understood_in_either_language(answer: str) -> None:
    assert asked("nl", answer).endswith("True\n")
    assert asked("en", answer).endswith("True\n")


@pytest.mark.parametrize("answer", ["n", "NEE", "no"])
def test_and_so_is_no(answer: str) -> None:
    assert asked("nl", answer, default=True).endswith("False\n")


@pytest.mark.parametrize("default, shown", [(True, "[Y/n]"), (False, "[y/N]")])
def test_enter_is_the_answer_in_capitals(default: bool, shown: str) -> None:  # noqa: FBT001
    assert asked("en", "", default=default) == f"Make the register now? {shown}: \n{default}\n"

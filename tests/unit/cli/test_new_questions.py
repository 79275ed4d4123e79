"""What `new` offers at its questions, and how it tells what a proposal says."""

import pytest

from workflow.cli.commands.new_questions import in_words, own_party_of

BEEK = "Gemeente Beek"


@pytest.mark.parametrize(
    "names, municipality, offered",
    [
        ([BEEK, "Stichting Ons Dorp"], "Gemeente Maastricht", "Gemeente Maastricht"),
        ([BEEK, "Stichting Ons Dorp"], "Gemeente", BEEK),
        ([], "Gemeente", "Gemeente"),
    ],
)
def test_our_own_party_is_whose_register_it_is(
    names: list[str], municipality: str, offered: str
) -> None:
    assert own_party_of(names, municipality) == offered


def test_an_amount_that_was_read_has_its_currency() -> None:
    facts = {"title": "Convenant", "term.length": "P3Y", "contribution.amount": "12500.00"}

    told = {path: str(sentence) for path, sentence in in_words(facts)}
    assert told["contribution.amount"] == "the amount of the contribution: € 12500.00"

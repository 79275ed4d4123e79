"""Names and addresses of people, judged when they come in: mail must be able to reach them."""

import re
from collections.abc import Iterator, Mapping

from states.model.fact_types import parse_line
from states.model.facts import Problem
from states.model.phrase import say
from workflow.engine.private_values import is_token
from workflow.system.settings import ADDRESS


def contact_problems(path: str, facts: Mapping[str, str]) -> Iterator[Problem]:
    """Yield what is wrong with a name and an address that stand under this path."""
    name, email = facts.get(f"{path}.name"), facts.get(f"{path}.email")
    if name is not None and not _is_line(name):
        wrong = say("“{value}” is not accepted.", value=name[:60])
        remedy = say("Write one line of printable text, at most 300 characters.")
        yield Problem(path=f"{path}.name", problem=wrong, remedy=remedy)
    if email is not None and not re.fullmatch(ADDRESS, email):
        wrong = say("“{value}” is not accepted.", value=email[:60])
        remedy = say("Write one e-mail address, such as secretariaat@maastricht.example.")
        yield Problem(path=f"{path}.email", problem=wrong, remedy=remedy)


def _is_line(text: str) -> bool:
    """Tell whether a name is one line; a token of the ledger would pass for a name that is kept."""
    try:
        return not is_token(parse_line(text))
    except ValueError:
        return False

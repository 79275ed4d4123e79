"""Names and addresses of people, judged when they come in: mail must be able to reach them."""

from collections.abc import Iterator, Mapping

from states.model.fact_types import A_LINE, parse_line
from states.model.facts import Problem, not_taken
from states.model.phrase import say
from workflow.engine.private_values import is_token
from workflow.system.settings import is_address


def contact_problems(path: str, facts: Mapping[str, str]) -> Iterator[Problem]:
    """Yield what is wrong with a name and an address that stand under this path."""
    name, email = facts.get(f"{path}.name"), facts.get(f"{path}.email")
    if name is not None and not _is_line(name):
        yield not_taken(f"{path}.name", name, A_LINE)
    if email is not None and not is_address(email):
        remedy = say("Write one e-mail address, such as secretariaat@maastricht.example.")
        yield not_taken(f"{path}.email", email, remedy)


def _is_line(text: str) -> bool:
    """Tell whether a name is one line; a token of the ledger would pass for a name that is kept."""
    try:
        return not is_token(parse_line(text))
    except ValueError:
        return False

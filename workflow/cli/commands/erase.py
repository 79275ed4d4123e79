"""`looptijd erase`: what is kept of a person leaves the register."""

from collections.abc import Iterator
from dataclasses import asdict

import click

from states.model.phrase import Phrase, say
from workflow.cli.command import Command, actor, operator_command
from workflow.people.erase import Erased, erase


@click.command("erase")
@click.argument("person")
@click.option(
    "--reason", metavar="TEXT", required=True, help="Why; without the person's name and address."
)
@click.option("--by", metavar="NAME", help="Who says so; default: the login name.")
@operator_command
def erase_command(command: Command, *, person: str, reason: str, by: str | None) -> None:
    """Erase the contact data of PERSON: a whole name or an e-mail address.

    Addresses, names, and reasons and notes that hold them leave the register for good, with the
    mails to this person. Names of those who decided and signed stay: they belong to the dossier.
    """
    done = erase(command.app, person, by=actor(by), reason=reason)
    if command.as_json:
        command.print_json(asdict(done))
        return
    command.tell(*_sentences(done))


def _sentences(done: Erased) -> Iterator[Phrase]:
    yield say(
        "Erased. Values: {values}; histories they stood in: {streams}; mails: {mails}.",
        values=done.values,
        streams=done.streams,
        mails=done.mails,
    )
    if done.waiting:
        yield say(
            "Mails under way or in doubt, which stay as they are for now: {count}."
            " Run this command again later; looptijd mail cancel ends one that stays unknown.",
            count=done.waiting,
        )
    if not done.kept_outside:
        yield say(
            "The state folder could not be written: when a backup is put back, erase this person"
            " again."
        )
    if not done.rewritten:
        yield say(
            "The database is in use, so its file may still hold what was erased."
            " Run this command again when it is quiet."
        )

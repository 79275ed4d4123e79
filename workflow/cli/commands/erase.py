"""The command that erases what is kept of a person."""

from dataclasses import asdict

import click

from states.model.phrase import Phrase, say
from workflow.cli.command import Desk, actor, command
from workflow.people.erase import Erased, erase


@click.command("erase")
@click.argument("person")
@click.option(
    "--reason", metavar="TEXT", required=True, help="Why; without the person's name and address."
)
@click.option("--by", metavar="NAME", default=None, help="Who says so; default: the login name.")
@command
def erase_command(desk: Desk, *, person: str, reason: str, by: str | None) -> None:
    """Erase the contact data of PERSON: a whole name or an e-mail address.

    Addresses, names, and reasons and notes that hold them leave the register for good, with the
    mails to this person. Names of those who decided and signed stay: they belong to the dossier.
    """
    done = erase(desk.house, person, by=actor(by), reason=reason)
    if desk.as_json:
        desk.print_json(asdict(done))
        return
    for sentence in _sentences(done):
        desk.tell(sentence)


def _sentences(done: Erased) -> list[Phrase]:
    told = [
        say(
            "Erased. Values: {values}; histories they stood in: {streams}; mails: {mails}.",
            values=done.values,
            streams=done.streams,
            mails=done.mails,
        )
    ]
    if done.waiting:
        told.append(
            say(
                "Mails under way or in doubt, which stay as they are for now: {count}."
                " Run this command again later; looptijd mail cancel ends one that stays unknown.",
                count=done.waiting,
            )
        )
    if not done.kept_outside:
        told.append(
            say(
                "The state folder could not be written: when a backup is put back, erase this"
                " person again."
            )
        )
    if not done.rewritten:
        told.append(
            say(
                "The database is in use, so its file may still hold what was erased."
                " Run this command again when it is quiet."
            )
        )
    return told

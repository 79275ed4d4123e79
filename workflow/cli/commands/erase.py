"""`looptijd erase`: what is kept of a person leaves the register."""

from collections.abc import Iterator

import click
from msgspec.structs import asdict

from states.model.phrase import Phrase, say
from workflow.cli.command import Command, actor, operator_command
from workflow.cli.dialogue import NOTHING_WRITTEN, asking, confirmed, may_ask
from workflow.people import erase as erasing


@click.command("erase", epilog="a.voorbeeld@example.org --reason asked")
@click.argument("person")
@click.option(
    "--reason", metavar="TEXT", required=True, help="Why; without the person's name and address."
)
@click.option("--by", metavar="NAME", help="Who says so; default: the login name.")
@click.option("--yes", is_flag=True, help="Erase without asking.")
@operator_command
def erase_command(command: Command, *, person: str, reason: str, by: str | None, yes: bool) -> None:
    """Erase the contact data of PERSON: a whole name or an e-mail address.

    Addresses, names, and reasons and notes that hold them leave the register for good, with the
    mails to this person. Names of those who decided and signed stay: they belong to the dossier.
    At a terminal it names what it touches, and asks before it erases.
    """
    if may_ask(command):
        with asking(command.language):
            if not _is_meant(command, erasing.touched_by(command.app, person), yes=yes):
                return
    done = erasing.erase(command.app, person, by=actor(by), reason=reason)
    command.answer(asdict(done), *_sentences(done))


def _is_meant(command: Command, found: erasing.Touched, *, yes: bool) -> bool:
    """Show what is touched; return whether it may be. Where nothing is kept nobody is asked."""
    lines = [*_lines(found)]
    if not lines:
        return True
    command.tell(say("What is kept of this person is erased for good, in:"))
    command.bullets(lines, mark="–")
    if yes or confirmed(command.language, say("Erase this?"), default=False):
        return True
    command.tell(NOTHING_WRITTEN)
    return False


def _lines(found: erasing.Touched) -> Iterator[Phrase]:
    for ref in found.refs:
        yield say("{ref}", ref=ref)
    for key in found.offices:
        if key in found.left:
            yield say("office “{key}”, which is left without a holder of its own", key=key)
        else:
            yield say("office “{key}”", key=key)
    if found.register:
        yield say("the history of the register itself")
    if found.mails:
        yield say("mails to this person, or that name them: {count}", count=found.mails)


def _sentences(done: erasing.Erased) -> Iterator[Phrase]:
    yield say(
        "Erased. Values: {values}; histories they stood in: {streams}; mails: {mails}.",
        values=done.values,
        streams=done.streams,
        mails=done.mails,
    )
    if done.stays_in:
        yield erasing.where_it_stays(done.stays_in)
    if done.like_it:
        yield erasing.names_like_it(done.like_it)
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
        yield erasing.NOT_REWRITTEN

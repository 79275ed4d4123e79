"""`looptijd adopt`: a restored or copied register becomes this installation's own."""

import sys

import click

from notifications.typed import word
from states.model.phrase import Phrase, Refusal, listed, say
from workflow.agreements.queries import agreements_of
from workflow.app.app import ANOTHER, what_shows
from workflow.cli.command import Command, Words, actor, operator_command
from workflow.cli.dialogue import answer, asking
from workflow.engine.deadline_words import occurrence_in_words
from workflow.maintenance.adopt import Adopted, Choice, adopt, preview
from workflow.outputs.json.values import parts_of
from workflow.people.erase import NOT_REWRITTEN

SHOWN_AT_MOST = 20
MAILS = {
    Choice.SEND: say("Mails to be sent: {count}"),
    Choice.HOLD: say("Mails to be held: {count}"),
    Choice.DROP: say("Mails to be dropped: {count}"),
}


@click.command("adopt")
@click.option(
    "--mail",
    "choice",
    type=Words(Choice),
    help="What becomes of the mail about what fell due since; asked at a terminal.",
)
@click.option("--by", metavar="NAME", help="Who does this; default: the login name.")
@operator_command
def adopt_command(command: Command, *, choice: str | None, by: str | None) -> None:
    """Make a restored backup, or another installation's register, this installation's own.

    Shows what fell due since. Its moves happen; its mail is sent (at most one an office), held
    until somebody retries it, or dropped.
    """
    found = None if choice else preview(command.app)
    chosen = _asked(command, found) if found else Choice(str(choice))
    done = adopt(command.app, chosen, by=actor(by))
    if command.as_json:
        command.print_json(_document(done, chosen))
        return
    if found is None or not found.mails:  # else it stands on the screen already
        _print(command, done, MAILS[chosen])
    sentence = say("The register belongs to the installation “{name}” now.", name=done.installation)
    if done.lost != 0:
        sentence = say(
            "The register belongs to the installation “{name}” now. What operators entered after"
            " the backup is not in it: enter it again.",
            name=done.installation,
        )
    command.tell(sentence, *(() if done.rewritten else (NOT_REWRITTEN,)))


def _asked(command: Command, found: Adopted) -> Choice:
    """Show what adopting does, and ask what becomes of the mail; never asked without a terminal."""
    if not found.mails:
        return Choice.SEND
    if command.as_json or not sys.stdin.isatty():
        raise Refusal(
            say(
                "Mail waits about what fell due ({count}): choose with --mail {send}, {hold} or"
                " {drop}.",
                count=found.mails,
                send=say("send"),
                hold=say("hold"),
                drop=say("drop"),
            )
        )
    _print(command, found, say("Mails to be sent, held or dropped: {count}"))
    choices = listed(say(item.value) for item in Choice)

    def read(text: str) -> Choice:
        if chosen := word(text, Choice):
            return chosen
        raise Refusal(say("Accepted here: {names}.", names=choices))

    with asking(command.language):
        return answer(command, say("Its mail ({choices})", choices=choices), read)


def _print(command: Command, found: Adopted, mails: Phrase) -> None:
    held = say("What held it back: {why}", why=what_shows(found.why))
    if found.why != ANOTHER:
        held = say("It was put back from a backup ({what})", what=what_shows(found.why))
    command.heading(held)
    owner = say("Installation: {name}", name=found.installation)
    if found.was != found.installation:
        owner = say("Installation: {was} → {now}", was=found.was, now=found.installation)
    lost = say("Events of the lost register that this one does not have: {count}", count=found.lost)
    if found.lost is None:
        lost = say(
            "How many events of the lost register this one does not have is unknown: the state"
            " folder knows nothing of it."
        )
    sentences = [
        owner,
        lost,
        say("Names and notes that are erased again: {count}", count=found.erased),
        say("Fell due since and is recorded now: {count}", count=len(found.fired)),
        say(mails.text, count=found.mails),
    ]
    if found.not_erased:
        stay = say(
            "Names and notes that could not be erased again, for something that holds them cannot"
            " be read: {count}. What that is: looptijd verify",
            count=found.not_erased,
        )
        sentences.append(stay)
    command.bullets(sentences, mark="–")
    shown = found.fired[:SHOWN_AT_MOST]
    known = agreements_of(command.app, {ref for ref, _ in shown})
    for ref, name in shown:
        command.screen.line(f"    {ref}  {command.say(occurrence_in_words(name, known.get(ref)))}")
    command.more(len(found.fired) - SHOWN_AT_MOST)
    for ref in found.failed:
        command.screen.line(f"  ✗ {command.say(say('{ref} fails; see: looptijd doctor', ref=ref))}")


def _document(done: Adopted, choice: Choice) -> dict[str, object]:
    return {
        **parts_of(done, "why", "installation", "was", "lost"),
        "fired": [{"ref": ref, "occurrence": occurrence} for ref, occurrence in done.fired],
        "failed": done.failed,
        "mail": choice,
        **parts_of(done, "mails", "erased", "not_erased", "rewritten"),
    }

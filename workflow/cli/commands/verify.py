"""`looptijd verify`: the proof from the ledger that nothing was changed or missed."""

import re

import click

from states.model.phrase import Refusal, say
from workflow.agreements.queries import size
from workflow.cli.command import Command, operator_command, parse_option, scheduled_option
from workflow.engine.ledger import stream_in_words
from workflow.maintenance.verify import Verified, verify, verify_fingerprint, verify_seals
from workflow.outputs.json.values import parts_of
from workflow.system.printable import one_line

NO_SEAL = say(
    "No day is sealed yet, so there was nothing to check; the daemon seals each day that is over."
    " Without --quick everything is checked."
)


@click.command("verify", epilog="--quick")
@click.option("--quick", is_flag=True, help="Check the seals of the days only: one scan.")
@click.option("--fingerprint", metavar="HEX", help="A day's fingerprint, kept apart.")
@click.option("--at", "day", metavar="DATE", help="The day of the fingerprint.")
@scheduled_option
@operator_command
def verify_command(
    command: Command, *, quick: bool, fingerprint: str | None, day: str | None
) -> None:
    """Check the ledger's chains and seals, each state, and that nothing was missed.

    With --fingerprint and --at: check that the register still has the fingerprint of that day.
    """
    result = _verified(command, quick=quick, fingerprint=fingerprint, day=day)
    counts, last = parts_of(result, "agreements", "events"), result.fingerprint
    seal = {"day": last.day.isoformat(), "hash": last.hash} if last.id else None
    if command.as_json:
        problems = [{"ref": ref, "problem": text} for ref, text in result.problems]
        parts = {"ok": not problems, **counts, "fingerprint": seal, "problems": problems}
        command.print_json(parts)
    else:
        for ref, text in result.problems:
            whose = command.say(stream_in_words(ref))
            click.echo(one_line(f"✗ {whose}: {command.say(text)}"))
        counted = say(
            "Checked: agreements {agreements}, events {events}; problems: {count}.",
            **counts,
            count=len(result.problems),
        )
        command.tell(counted)
        if seal:
            command.tell(say("The fingerprint of {day} is {hash}.", **seal))
        elif quick:
            command.tell(NO_SEAL)
    if result.problems:
        raise SystemExit(1)


def _verified(
    command: Command, *, quick: bool, fingerprint: str | None, day: str | None
) -> Verified:
    if fingerprint is None and day is None:
        if quick:
            return verify_seals(command.app)
        with command.progress(say("Checking"), size(command.app)) as advanced:
            return verify(command.app, advanced)
    kept = "".join((fingerprint or "").lower().split())
    on = parse_option(command, day, "--at")
    if on is None or re.fullmatch(r"[0-9a-f]{64}", kept) is None:
        raise Refusal(
            say("Give both: --fingerprint with 64 digits and letters a to f, and --at with a date.")
        )
    return verify_fingerprint(command.app, kept, on)

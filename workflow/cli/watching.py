"""The commands that watch: simulate, tick, clock, verify."""

import re
from datetime import datetime
from pathlib import Path

import click

from states.phrase import Refusal, say
from workflow.app.clock_guard import confirm_clock, held_clock, told_jump
from workflow.cli.progress import progress
from workflow.cli.running import Desk, actor, command, parse_option
from workflow.cli.screen import Screen, screen
from workflow.cli.wording import occurrence_in_words
from workflow.mail.delivery import Post, transport_of
from workflow.service.checking import Verified, verify, verify_fingerprint, verify_seals
from workflow.service.daily import Daily
from workflow.service.foreseen import Foreseen, ForeseenMail
from workflow.service.publishing import publish
from workflow.service.reading import size
from workflow.service.simulating import simulate
from workflow.service.ticking import leave_sign_of_life, tick
from workflow.system.printable import one_line

# simulate ----------------------------------------------------------------------------------------


@click.command("simulate")
@click.argument("refs", nargs=-1, metavar="[REF]...")
@click.option("--until", required=True, metavar="DATE", help="Up to and including this day.")
@click.option("--from", "since", default=None, metavar="DATE", help="Begin on this day.")
@click.option(
    "--mail-dir",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    default=None,
    help="Keep each mail.",
)
@command
def simulate_command(
    desk: Desk, *, refs: tuple[str, ...], until: str, since: str | None, mail_dir: Path | None
) -> None:
    """Show what will fire and be mailed; change and send nothing."""
    last = parse_option(until, "--until")
    assert last
    first = parse_option(since, "--from")
    days = (last - (first or desk.house.today())).days
    with progress(desk, say("Simulating"), days) as advanced:
        found = simulate(
            desk.house, refs, until=last, since=first, mail_directory=mail_dir, advanced=advanced
        )
    if desk.as_json:
        desk.print_json([desk.views.foreseen(item) for item in found])
        return
    page = screen()
    for item in found:
        _print_foreseen(desk, page, item)
    if not found:
        desk.tell(say("Nothing will happen in this time."))


def _print_foreseen(desk: Desk, screen: Screen, item: Foreseen) -> None:
    event = item.event
    at = desk.house.local(item.at)
    what = desk.say(occurrence_in_words(event.occurrence)) if event.occurrence else event.action
    screen.line(f"{desk.language.moment(at)}  {item.ref}  {what}", "bold")
    if event.stage is not event.stage_before:
        screen.line(f"    → {desk.views.stage(event.stage, event.ending)}")
    for mail in item.mails:
        screen.line(f"    ✉ {_leaving(desk, mail, item.at)}{mail.to}: {mail.subject}")


def _leaving(desk: Desk, mail: ForeseenMail, happens_at: datetime) -> str:
    """Return when a mail leaves that is not sent at once."""
    if mail.leaves_at == happens_at:
        return ""
    return f"{desk.language.moment(desk.house.local(mail.leaves_at))}  "


# tick --------------------------------------------------------------------------------------------


@click.command("tick")
@command
def tick_command(desk: Desk) -> None:
    """Fire everything that is due, then send the mail that waits; the same pass as the daemon's.

    Exit code 1 when an agreement fails, when the clock is held so that nothing fires, or when the
    file of events cannot be written.
    """
    ticked, daily = tick(desk.house), Daily()
    daily.begin(desk.house)
    mails = Post(desk.house).deliver(transport_of(desk.house), lambda: False)
    daily.finish(desk.house)
    leave_sign_of_life(desk.house)
    unpublished = _publish(desk)
    held = held_clock(desk.house)
    document = {
        "fired": ticked.fired,
        "superseded": ticked.superseded,
        "failed": ticked.failed,
        "mails": mails,
    }
    if desk.as_json:
        desk.print_json(document | {"clock": held, "events": unpublished})
    else:
        desk.tell(
            say(
                "{fired} fired, {superseded} superseded, {failed} failed;"
                " mail: {accepted} accepted, {retry} waiting, {unknown} unknown, {refused}"
                " refused.",
                **{name: value for name, value in document.items() if name != "mails"},
                **mails,
            )
        )
    if held and not desk.as_json:
        click.echo(f"looptijd: {desk.say(told_jump(held))}", err=True)
    if unpublished and not desk.as_json:
        click.echo(f"looptijd: {one_line(unpublished)}", err=True)
    if ticked.failed or held or unpublished:
        raise SystemExit(1)


def _publish(desk: Desk) -> str | None:
    """Write the file of events; return why it could not be written, which undoes nothing else."""
    try:
        publish(desk.house)
    except Refusal as refusal:
        return desk.say(refusal.sentences[0])
    return None


# clock -------------------------------------------------------------------------------------------


@click.group("clock")
def clock_command() -> None:
    """Confirm the clock after a jump."""


@clock_command.command("confirm")
@command
def clock_confirm(desk: Desk) -> None:
    """Accept the clock as it stands, and let what is due fire."""
    held = confirm_clock(desk.house, by=actor(None))
    if desk.as_json:
        desk.print_json({"confirmed": held})
    elif held:
        desk.tell(say("The clock is confirmed; what is due fires at the next tick."))
    else:
        desk.tell(say("The clock was not held; nothing changes."))


# verify -------------------------------------------------------------------------------------------


NO_SEAL = say(
    "No day is sealed yet, so there was nothing to check; the daemon seals each day that is over."
    " Without --quick everything is checked."
)


@click.command("verify")
@click.option("--quick", is_flag=True, help="Check the seals of the days only: one scan.")
@click.option("--fingerprint", metavar="HEX", default=None, help="A day's fingerprint, kept apart.")
@click.option("--at", "day", metavar="DATE", default=None, help="The day of the fingerprint.")
@command
def verify_command(desk: Desk, *, quick: bool, fingerprint: str | None, day: str | None) -> None:
    """Check the ledger's chains and seals, each state, and that nothing was missed.

    With --fingerprint and --at: check that the register still has the fingerprint of that day.
    """
    result = _verified(desk, quick=quick, fingerprint=fingerprint, day=day)
    if desk.as_json:
        problems = [{"ref": ref, "problem": desk.say(text)} for ref, text in result.problems]
        desk.print_json(
            {
                "ok": not problems,
                "agreements": result.agreements,
                "events": result.events,
                "fingerprint": _fingerprint(result),
                "problems": problems,
            }
        )
    else:
        for ref, text in result.problems:
            click.echo(one_line(f"✗ {ref}: {desk.say(text)}"))
        desk.tell(
            say(
                "Checked: agreements {agreements}, events {events}; problems: {count}.",
                agreements=result.agreements,
                events=result.events,
                count=len(result.problems),
            )
        )
        seal = _fingerprint(result)
        if seal:
            desk.tell(say("The fingerprint of {day} is {hash}.", **seal))
        elif quick:
            desk.tell(NO_SEAL)
    if result.problems:
        raise SystemExit(1)


def _verified(desk: Desk, *, quick: bool, fingerprint: str | None, day: str | None) -> Verified:
    if fingerprint is None and day is None:
        if quick:
            return verify_seals(desk.house)
        with progress(desk, say("Checking"), size(desk.house)) as advanced:
            return verify(desk.house, advanced)
    kept = "".join((fingerprint or "").lower().split())
    on = parse_option(day, "--at")
    if on is None or re.fullmatch(r"[0-9a-f]{64}", kept) is None:
        raise Refusal(
            say("Give both: --fingerprint with 64 digits and letters a to f, and --at with a date.")
        )
    return verify_fingerprint(desk.house, kept, on)


def _fingerprint(result: Verified) -> dict[str, str] | None:
    seal = result.fingerprint
    return {"day": seal.day.isoformat(), "hash": seal.hash} if seal.id else None

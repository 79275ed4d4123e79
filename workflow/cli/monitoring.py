"""The commands for those who watch the watcher: the doctor, and figures for a monitor."""

from functools import partial
from pathlib import Path

import click

from notifications.language import Language
from states.phrase import Refusal, say
from workflow.cli.running import Desk, command, refuse
from workflow.cli.screen import screen
from workflow.service.doctoring import Check, doctor
from workflow.service.measuring import measure
from workflow.store.database import Unavailable
from workflow.system.files import write_whole
from workflow.views import nagios
from workflow.views.metrics import exposition

READABLE = 0o644  # the collector is another user

# doctor ------------------------------------------------------------------------------------------


def _refuse(refusal: Refusal, words: Language, *, as_json: bool) -> None:
    """Tell a refusal; a monitor gets its line: a database that is away is critical."""
    if not click.get_current_context().params.get("nagios_line"):
        refuse(refusal, words, as_json=as_json)
    is_away = isinstance(refusal, Unavailable)
    state = nagios.State.CRITICAL if is_away else nagios.State.UNKNOWN
    click.echo(nagios.refused(state, refusal.sentences, words))
    raise SystemExit(state)


@click.command("doctor")
@click.option(
    "--nagios", "nagios_line", is_flag=True, help="Print one line for a monitor; exit 0-3."
)
@partial(command, refused=_refuse)
def doctor_command(desk: Desk, *, nagios_line: bool) -> None:
    """Check that everything runs as it should; exit code 1 when somebody has to look.

    With --nagios one line with figures, for Icinga, Nagios, Checkmk or Zabbix: exit code 0 OK,
    1 WARNING, 2 CRITICAL, 3 UNKNOWN.
    """
    checks = doctor(desk.house)
    if nagios_line:
        click.echo(nagios.judged(checks, measure(desk.house), desk.language))
        raise SystemExit(nagios.state_of(checks))
    _print(desk, checks)
    if not all(check.ok for check in checks):
        raise SystemExit(1)


def _print(desk: Desk, checks: list[Check]) -> None:
    if desk.as_json:
        ok = all(check.ok for check in checks)
        rows = [
            {"name": check.name, "ok": check.ok, "detail": desk.say(check.detail)}
            for check in checks
        ]
        desk.print_json({"ok": ok, "checks": rows})
        return
    page = screen()
    for check in checks:
        mark = "✗" if not check.ok else "!" if check.warns else "✓"
        page.line(f"{mark} {desk.say(say(check.name))}: {desk.say(check.detail)}")


# metrics -----------------------------------------------------------------------------------------


@click.command("metrics")
@click.option("--output", metavar="FILE", type=click.Path(path_type=Path), help="Write to FILE.")
@command
def metrics_command(desk: Desk, *, output: Path | None) -> None:
    """Print the register's figures for Prometheus, or write them to a file in one step."""
    text = exposition(measure(desk.house))
    if output:
        write_whole(output, text, mode=READABLE)
    elif desk.as_json:
        desk.print_json({"metrics": text})
    else:
        click.echo(text, nl=False)

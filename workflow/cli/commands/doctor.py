"""`looptijd doctor`: whether everything runs as it should."""

from functools import partial

import click

from notifications.language import Language
from states.model.phrase import Refusal, say
from workflow.cli.command import Desk, command, refuse, screen
from workflow.maintenance import nagios
from workflow.maintenance.doctor import Check, doctor
from workflow.maintenance.figures import measure
from workflow.store.database import Unavailable

READABLE = 0o644  # the collector is another user


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

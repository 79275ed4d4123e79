"""`looptijd doctor`: whether everything runs as it should."""

from functools import partial

import click

from notifications.language import Language
from states.model.phrase import Refusal, say
from workflow.cli.command import Command, operator_command, refuse
from workflow.maintenance import nagios
from workflow.maintenance.doctor import doctor
from workflow.maintenance.figures import measure
from workflow.outputs.json.values import parts_of
from workflow.store.database import Unavailable


def _refuse(refusal: Refusal, words: Language, *, as_json: bool) -> None:
    """Tell a refusal; a monitor gets its line: a database that is away is critical."""
    if not click.get_current_context().params.get("nagios_line"):
        refuse(refusal, words, as_json=as_json)
    is_away = isinstance(refusal, Unavailable)
    state = nagios.NagiosState.CRITICAL if is_away else nagios.NagiosState.UNKNOWN
    click.echo(nagios.refused(state, refusal.sentences, words))
    raise SystemExit(state)


@click.command("doctor")
@click.option(
    "--nagios", "nagios_line", is_flag=True, help="Print one line for a monitor; exit 0-3."
)
@partial(operator_command, refused=_refuse)
def doctor_command(command: Command, *, nagios_line: bool) -> None:
    """Check that everything runs as it should; exit code 1 when somebody has to look.

    With --nagios one line with figures, for Icinga, Nagios, Checkmk or Zabbix: exit code 0 OK,
    1 WARNING, 2 CRITICAL, 3 UNKNOWN.
    """
    checks = doctor(command.app)
    if nagios_line:
        click.echo(nagios.judged(checks, measure(command.app), command.language))
        raise SystemExit(nagios.state_of(checks))
    ok = all(check.ok for check in checks)
    if command.as_json:
        rows = [parts_of(check, "name", "ok", "detail") for check in checks]
        command.print_json({"ok": ok, "checks": rows})
    else:
        for check in checks:
            mark = "✗" if not check.ok else "!" if check.warns else "✓"
            text = f"{command.say(say(check.name))}: {command.say(check.detail)}"
            command.screen.entry(f"{mark} ", text)
    if not ok:
        raise SystemExit(1)

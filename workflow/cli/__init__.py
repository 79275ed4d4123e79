"""The operators' command: reads arguments, calls a use case, prints; imports little until used."""

import gc
import os
import signal
import sys
from importlib import import_module
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError
from click.shell_completion import CompletionItem

from workflow import __version__
from workflow.cli import help_language
from workflow.system.streams import ready_streams

# Each command with its line in --help, which so imports nothing heavy; its module bears its name.
GROUPS = {
    "Every day": {
        "today": "List what has to be done, and what happens by itself.",
        "list": "List the agreements, and what asks for attention.",
        "show": "Show one agreement on one screen.",
        "do": "Do something with an agreement, or list what can be done.",
        "new": "Ask for an agreement, or read a proposal, and register it.",
        "check": "Look before signing: what will hurt, and what to write.",
    },
    "Understanding": {
        "why": "Explain why a date is what it is.",
        "deadlines": "List what is to come, or everything of one agreement.",
        "history": "Show everything that happened to an agreement.",
        "timeline": "Draw an agreement, or all of an office, in time.",
        "simulate": "Show what will happen and be mailed, without doing it.",
    },
    "Mail and offices": {
        "mail": "List, show, preview, retry, resend, cancel or test mail.",
        "office": "List the offices, hand one over, or show who held one when.",
        "erase": "Erase a person's contact data; the dossiers stay.",
    },
    "In and out": {
        "import": "Register the agreements and offices in files.",
        "export": "Export calendars, the register, or a whole dossier.",
        "report": "Write the register as a site that opens from a folder.",
        "diagram": "Print the procedure as a Mermaid diagram, or as a picture.",
    },
    "Administration": {
        "init": "Make the register, or bring it up to date.",
        "doctor": "Check that everything runs as it should.",
        "policy": "Compare the configured policy with the one in force, or adopt it.",
        "tick": "Do one pass of the daemon: fire what is due, send what waits.",
        "clock": "Confirm the clock after a jump.",
        "quarantine": "List what is set apart because it fails, or let it be tried.",
        "verify": "Prove from the ledger that nothing was changed or missed.",
        "metrics": "Write the register's figures for Prometheus.",
        "backup": "Write the whole register to a file, while the daemon runs.",
        "restore": "Bring the register in a backup into an empty database.",
        "adopt": "Make a restored or copied register this installation's own.",
        "completion": "Print the script with which a shell completes words.",
    },
}
COMMANDS = {name: line for group in GROUPS.values() for name, line in group.items()}
MODULES = {"import": "import_"}  # Python keeps the word for itself

COMPLETING = "_LOOPTIJD_COMPLETE"
INTERRUPTED = 130
UNREAD = 1  # as click ends who prints to nobody
TOLD = {128 + number: number for number in (signal.SIGTERM, signal.SIGHUP)}
SELDOM = 300_000


class Lazy(click.Group):
    """A group that imports a command's module when the command is used."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the commands in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        if ctx.resilient_parsing:
            known: click.Command | None = _module("completion").stand_in(cmd_name)
            if known:
                return known
        module = _module(f"commands.{MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return help_language.spoken(command, cmd_name)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by what they are for, with one line each."""
        widest = max(map(len, COMMANDS))
        for group, commands in GROUPS.items():
            with formatter.section(help_language.translated(group)):
                formatter.write_dl(
                    [(f"{n:<{widest}}", help_language.translated(c)) for n, c in commands.items()]
                )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that was named; a wrong name gets the nearest, but not after a Tab."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            raise _module("usage_errors").no_command(name, COMMANDS, ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command, or an option; click would import every command."""
        found = [
            CompletionItem(name, help=help_language.translated(line))
            for name, line in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]


@click.group(
    cls=Lazy,
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--config", metavar="FILE", help="The configuration file to read.")
@click.option(
    "--lang", type=help_language.Names(help_language.CODES), help="The language of what is printed."
)
@click.version_option(
    __version__,
    prog_name="looptijd",
    message="%(prog)s, version %(version)s",  # in every language: programs read it
)
@click.pass_context
def cli(context: click.Context, config: str | None, lang: str | None) -> None:
    """Watch the agreements of a municipality, and every date in them."""
    context.obj = {"config": config, "lang": lang}
    if context.invoked_subcommand is None and not _shows_today(context):
        raise NoArgsIsHelpError(context)


def _shows_today(context: click.Context) -> bool:
    """Show the worklist to who types the name only, at a terminal where there is a register."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    today = _module("commands.today")
    if not today.is_possible(config=context.obj["config"]):
        return False
    context.invoke(help_language.spoken(today.today_command))
    return True


def main() -> None:
    """Run the command; every error is a sentence and an exit code, never a traceback.

    Garbage is collected seldom, for a command lives seconds: what it imports would be walked
    through while it starts (80 ms) and when it ends (150 ms), a long list again and again (20 %).
    """
    gc.set_threshold(SELDOM)
    ready_streams()
    _end_in_order()
    code = help_language.language_of(sys.argv[1:], os.environ)
    help_language.speak(code)
    if os.environ.get(COMPLETING, "").endswith("source"):
        _module("completion")
    try:
        _run(code)
    except SystemExit as ended:
        if ended.code in TOLD:
            _end_by(TOLD[ended.code])
        raise
    except click.Abort:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        print_no_more()
        sys.exit(UNREAD)
    except OSError as error:
        print_no_more()
        _module("usage_errors").unwritten(error)
    finally:
        gc.freeze()


def _end_in_order() -> None:
    """Let who is told to stop, or hung up on, take its drafts away as after Ctrl-C.

    A hang-up that nohup ignores stays ignored.
    """
    for number in TOLD.values():
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _exit_once)


def _exit_once(told: int, _frame: object) -> None:
    """End, and hear no other meanwhile: of a hang-up the terminal tells, and the shell again."""
    for number in TOLD.values():
        signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + told)


def _end_by(told: signal.Signals) -> None:
    """End by the signal, as who waits for this program knows it: to systemd that is no failure."""
    signal.signal(told, signal.SIG_DFL)
    os.kill(os.getpid(), told)


def _run(code: str) -> None:
    try:
        help_language.spoken(cli)(
            prog_name="looptijd", standalone_mode=False, default_map={"lang": code}
        )
    except click.ClickException as error:
        _module("usage_errors").refuse(error)


def print_no_more() -> None:
    """Let what is left to print go nowhere, for Python would try once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _module(name: str) -> Any:
    return import_module(f"workflow.cli.{name}")

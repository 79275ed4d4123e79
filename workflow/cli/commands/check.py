"""`looptijd check`: what will hurt after signing, why, and what to write."""

import click

from states.model.agreement import Agreement
from states.model.fact_words import field_name
from states.model.phrase import Phrase, say
from states.model.stage import BEFORE_ACTIVE
from states.process import PROCESS
from workflow.agreements.act import current
from workflow.agreements.queries import Answered, look_before_signing
from workflow.cli.command import Command, operator_command
from workflow.cli.commands.show import how_to_answer, print_reasons
from workflow.outputs.json.values import parts_of

OPEN = 1
OF_GAP = ("field", "objection", "why", "source", "remedy")


@click.command("check", epilog="leiden")
@click.argument("ref")
@operator_command
def check_command(command: Command, *, ref: str) -> None:
    """Look at the agreement REF before it is signed: what will hurt, why, and what to write.

    Exit code 1 when something is open. Nothing blocks; a note about a point answers it
    with a reason.
    """
    agreement = current(command.app, ref).dossier.agreement
    is_over = agreement.stage not in BEFORE_ACTIVE
    found = [] if is_over else look_before_signing(command.app, ref)
    if command.as_json:
        rows = [parts_of(item.gap, *OF_GAP) | {"answered": item.answer} for item in found]
        command.print_json(rows)
    elif is_over:
        command.tell(_nothing_to_sign(agreement))
    else:
        _print(command, ref, found)
    if any(item.answer is None for item in found):
        raise SystemExit(OPEN)


def _nothing_to_sign(agreement: Agreement) -> Phrase:
    ref = agreement.ref
    if agreement.ending:
        ending = say(agreement.ending.value)
        return say("{ref}: {ending}. There is nothing to sign any more.", ref=ref, ending=ending)
    stage = PROCESS[agreement.stage].label
    return say("{ref}: {stage}. This is for before the signing.", ref=ref, stage=stage)


def _print(command: Command, ref: str, found: list[Answered]) -> None:
    for item in found:
        gap, is_open = item.gap, item.answer is None
        field = command.language.write(field_name(gap.field))
        command.screen.line()
        mark = "! " if is_open else "✓ "
        command.screen.entry(mark, f"{command.say(gap.objection)}  {field}", "bold")
        print_reasons(command, gap)
        if not is_open:
            command.bullets([say("answered: {reason}", reason=item.answer)], mark="✓")
    command.screen.line()
    if not found:
        command.tell(say("Nothing objects to signing."))
    elif any(item.answer is None for item in found):
        command.tell(how_to_answer(ref))
    else:
        command.tell(say("Everything was answered."))

"""The command that shows one agreement on one screen."""

from datetime import date

import click

from states.change import Status
from states.period import parse_period
from states.phrase import say
from states.stage import Stage
from workflow.cli.acting import print_action
from workflow.cli.reading import policy_in_force, step_table
from workflow.cli.running import Desk, command
from workflow.cli.screen import Screen
from workflow.service.reading import whole
from workflow.views.plain import Json


@click.command("show")
@click.argument("ref")
@command
def show_command(desk: Desk, *, ref: str) -> None:
    """Show the agreement REF: stage, term, parties, money, what is watched, what can be done."""
    found = whole(desk.house, ref)
    document = desk.views.whole(found, policy_in_force(desk))
    if desk.as_json:
        desk.print_json(document)
        return
    screen = Screen()
    screen.line(f"{document['ref']}  {document['title']}", "bold")
    screen.pairs(_head(desk, document))
    _print_parties(desk, screen, document)
    _print_money(desk, screen, document)
    _print_evaluations(desk, screen, document)
    screen.heading(desk.say(say("What is watched")))
    coming = [line for line in found.steps if line.status in {Status.PLANNED, Status.UNKNOWN}]
    screen.table(*step_table(desk, coming[:12], with_ref=False))
    for heading, texts in ((say("Attention"), "attention"), (say("Suspect facts"), "warnings")):
        if document[texts]:
            screen.heading(desk.say(heading))
            screen.bullets(document[texts], mark="!")
    screen.heading(desk.say(say("What can be done now")))
    for item in found.possible:
        print_action(desk, screen, item)


def _head(desk: Desk, document: Json) -> list[tuple[str, str]]:
    term = document["term"]
    unknown = term["unknown_because"]
    length = desk.language.period(parse_period(term["length"])) if term["length"] else ""
    ran = (
        f"{_day(desk, term['starts_on'])} {desk.say(say('through'))} {_day(desk, term['last_day'])}"
    )
    known = term["starts_on"] or term["last_day"]
    rows = [
        (say("stage"), _stage_line(desk, document)),
        (say("term"), f"{length}  {ran if known else ''}".strip()),
        (say("unknown because"), unknown or ""),
        (say("office"), document["office"]),
        (say("case owner"), (document["case_owner"] or {}).get("name") or ""),
        (say("predecessor"), document["predecessor"] or ""),
        (say("successor"), document["successor"] or ""),
    ]
    return [(desk.say(name), value) for name, value in rows if value]


def _stage_line(desk: Desk, document: Json) -> str:
    stage = Stage(document["stage"])
    number = list(Stage).index(stage) + 1
    label = document["stage_label"]
    ending = document["outcome"]
    ended = f" ({desk.views.ending(ending)})" if ending else ""
    return f"{number}/{len(Stage)} {label}{ended}"


def _day(desk: Desk, text: str | None) -> str:
    return desk.language.day(date.fromisoformat(text)) if text else desk.language.write(None)


def _print_parties(desk: Desk, screen: Screen, document: Json) -> None:
    screen.heading(desk.say(say("Parties")))
    for party in document["parties"]:
        signed = party["signed_on"]
        state = desk.say(say("signed on {day}", day=date.fromisoformat(signed))) if signed else None
        own = f" ({desk.say(say('our own'))})" if party["own"] else ""
        screen.line(
            f"  {'✓' if signed else '–'} {party['name']}{own}  "
            f"{state or desk.say(say('not signed yet'))}"
        )


def _print_money(desk: Desk, screen: Screen, document: Json) -> None:
    if not document["instalments"]:
        return
    screen.heading(desk.say(say("Instalments")))
    heads = (
        say("number"),
        say("amount"),
        say("due"),
        say("fiscal year"),
        say("payee"),
        say("status"),
    )
    rows = [
        [
            str(item["number"]),
            f"{item['currency']} {item['amount']}",
            item["due_on"] or desk.language.write(None),
            str(item["fiscal_year"] or "–"),
            item["payee"] or desk.language.write(None),
            desk.views.status(item["status"]),
        ]
        for item in document["instalments"]
    ]
    screen.table([f"  {desk.say(head)}" for head in heads], [[f"  {c}" for c in r] for r in rows])


def _print_evaluations(desk: Desk, screen: Screen, document: Json) -> None:
    if not document["evaluations"]:
        return
    screen.heading(desk.say(say("Evaluations")))
    for item in document["evaluations"]:
        held = item["held_on"]
        state = say("held on {day}", day=date.fromisoformat(held)) if held else say("not held yet")
        screen.line(f"  {item['key']}: {_day(desk, item['due_on'])}, {desk.say(state)}")

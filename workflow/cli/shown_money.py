"""Of `show`: the instalments, in so few lines that they leave room for the rest."""

from collections.abc import Iterator
from decimal import Decimal

from states.money import PaymentStatus
from states.phrase import Phrase, say
from workflow.cli.running import Desk
from workflow.cli.screen import Screen
from workflow.views.plain import Json

MOST_OPEN = 5
OPEN = PaymentStatus.EXPECTED.value


def print_money(desk: Desk, screen: Screen, document: Json) -> None:
    """Print what was paid as a sum, and the instalments that come next, what is late first."""
    every = document["instalments"]
    if not every:
        return
    screen.heading(desk.say(say("Instalments")))
    screen.bullets(map(desk.say, _summary(desk, every)), mark="✓")
    still_open = [item for item in every if item["status"] == OPEN]
    if still_open:
        _print_open(desk, screen, still_open)


def _summary(desk: Desk, every: list[Json]) -> Iterator[Phrase]:
    """Yield what is settled: one sentence for each way."""
    for status in PaymentStatus:
        of_it = [item for item in every if item["status"] == status]
        if of_it and status is not PaymentStatus.EXPECTED:
            yield say(
                "{count} {status}: {total}",
                count=len(of_it),
                status=desk.views.status(status),
                total=desk.language.amount(_total(of_it), of_it[0]["currency"]),
            )


def _total(items: list[Json]) -> Decimal:
    return sum((Decimal(item["paid_amount"] or item["amount"] or 0) for item in items), Decimal())


def _print_open(desk: Desk, screen: Screen, still_open: list[Json]) -> None:
    heads = (say("number"), say("due"), say("amount"), say("fiscal year"), say("payee"))
    rows = [_row(desk, item) for item in still_open[:MOST_OPEN]]
    screen.table([f"  {desk.say(heads[0])}", *map(desk.say, heads[1:])], rows, elastic=PAYEE)
    left = still_open[MOST_OPEN:]
    if left:
        last = left[-1]["due_on"] or desk.language.write(None)
        more = say("and {count} more, through {day}", count=len(left), day=last)
        screen.line(f"    {desk.say(more)}")


PAYEE = 4


def _row(desk: Desk, item: Json) -> list[str]:
    late = item["due_on"] is not None and item["due_on"] < desk.house.today().isoformat()
    return [
        f"{'!' if late else ' '} {item['number']}",
        f"{item['due_on'] or desk.language.write(None)}{_late(desk) if late else ''}",
        _amount(desk, item),
        str(item["fiscal_year"] or "–"),
        item["payee"] or desk.language.write(None),
    ]


def _late(desk: Desk) -> str:
    return f" {desk.say(say('late'))}"


def _amount(desk: Desk, item: Json) -> str:
    """Write an amount; a refund says so, for it is never netted."""
    amount = item["amount"]
    text = desk.language.amount(Decimal(amount), item["currency"]) if amount else None
    shown = text or desk.language.write(None)
    return f"{shown} ({desk.say(say('refund'))})" if item["refund"] else shown

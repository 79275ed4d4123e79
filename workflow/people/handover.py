"""Handing an office over: who holds it until when, who from when, and one mail that tells it."""

from datetime import date

from msgspec.structs import replace

from states.model.arithmetic import DAY
from states.model.fact_types import A_LINE, parse_line
from states.model.phrase import Phrase, Refusal, say
from workflow.agreements.queries import the_office
from workflow.app.app import App, policy_of
from workflow.app.clock_guard import refuse_wrong_clock
from workflow.engine.ledger import office_stream
from workflow.engine.offices import Holder, Office
from workflow.engine.private_values import Envelope
from workflow.engine.requests import reason_of
from workflow.mail.overviews import queue_handover
from workflow.people.office_queries import OfficeLine, lines_of
from workflow.store import ledger, offices, register
from workflow.store.database import Transaction
from workflow.store.outbox.messages import HANDOVER
from workflow.system.refusals import Refused, not_accepted
from workflow.system.settings import AN_ADDRESS, is_address


def hand_over(  # noqa: PLR0913 - which office, to whom, from when, who says so and why
    app: App,
    key: str,
    *,
    name: str,
    email: str,
    since: date | None,
    by: str,
    reason: str | None,
) -> OfficeLine:
    """Let somebody hold an office from a day on (default: today); who holds it now goes before.

    One transaction, one event, and one mail with what is open.
    """
    name, email = _checked(name, email)
    reason = reason_of(reason)
    with app.writing() as connection:
        policy = policy_of(connection)
        key = the_office(offices.every(connection), key).key
        office = offices.locked(connection, key)
        assert office
        now = app.clock.now()
        refuse_wrong_clock(connection, app, now)
        first_day = since or policy.day_of(now)
        _refuse(connection, office, (name, email), first_day)
        envelope = Envelope()
        handed = _handed(office, envelope, (name, email), first_day)
        who = {"actor": envelope.keep(by), "reason": envelope.keep(reason) if reason else None}
        offices.save(connection, handed, action=HANDOVER, at=now, on=first_day, **who)
        ledger.keep_private(connection, office_stream(key), envelope.privates)
        queue_handover(connection, policy, key, first_day, now)
        register.raise_high_water(connection, now)
        return lines_of(connection, policy.day_of(now))[key]


def _handed(
    office: Office, envelope: Envelope, contact: tuple[str, str], first_day: date
) -> Office:
    holders = {
        number: replace(holder, until=first_day - DAY) if holder.holds_on(first_day) else holder
        for number, holder in office.holder.items()
    }
    number = max(holders, default=0) + 1
    holders[number] = Holder(**envelope.contact(*contact), starts=first_day)
    return replace(office, holder=holders)


# Refusals ----------------------------------------------------------------------------------------


def _checked(name: str, email: str) -> tuple[str, str]:
    wrong, email = list[Phrase](), email.strip()
    try:
        name = parse_line(name)
    except ValueError:
        wrong.append(not_accepted("--to", name[:60], A_LINE))
    if not is_address(email):
        wrong.append(not_accepted("--email", email[:60], AN_ADDRESS))
    if wrong:
        raise Refusal(*wrong)
    return name, email


def _refuse(
    connection: Transaction, office: Office, contact: tuple[str, str], first_day: date
) -> None:
    later = [holder.starts for holder in office.holder.values() if holder.starts >= first_day]
    if later:
        sentence = say(
            "The office “{key}” has a holder from {day} on. Hand it over from a later day with"
            " --from, or correct that holder in the office's file and import it.",
            key=office.key,
            day=min(later),
        )
        raise Refused(sentence)
    present = office.holder_on(first_day)
    if present is None:
        return
    values = ledger.opened(connection, [present.name, present.email])
    if (values.get(present.name), values.get(present.email)) == contact:
        who = {"name": contact[0], "key": office.key, "day": present.starts}
        raise Refused(say("{name} already holds the office “{key}” from {day} on.", **who))

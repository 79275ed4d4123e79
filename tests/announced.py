"""Evaluations that were announced: whom their mails go to, and what a relay may answer."""

from notifications.transport import Outcome, Verdict
from tests.town import OFFICES, Town, running, walked_once

BASTIAENS, SECRETARIAAT = "bastiaens@maastricht.example", "secretariaat@maastricht.example"
SECRETARIS, GELD = "secretaris@maastricht.example", "geld@maastricht.example"
JANSSEN = "a.janssen@maastricht.example"
DEFERRED = Outcome(Verdict.DEFERRED, "450 4.2.0 Later")
REFUSED = Outcome(Verdict.REFUSED, "550 5.1.1 No such user")
IN_DOUBT = Outcome(Verdict.IN_DOUBT, "Silence after the final dot")
FIVE = [running(f"A-{number}") for number in range(1, 6)]


def announced(town: Town, *contents: str, offices: str = OFFICES) -> Town:
    """Let evaluations be announced on Friday 29 June 2018 at 08:00: that of A-1, or others'."""
    entered = (offices, *(contents or FIVE[:1]))

    def walk() -> None:
        town.at("2018-06-05 10:00").register(*entered, history=True)
        town.at("2018-06-29 08:00").tick()

    return town.brought(f"announced {entered}", walk)


@walked_once
def three(town: Town) -> Town:
    """Register three agreements whose evaluation is announced on 29 June 2018."""
    return town.at("2018-06-01 10:00").register(OFFICES, *FIVE[:3], history=True)


def endless(town: Town, ref: str) -> Town:
    """Damage facts so that they can be read, but not derived from: it ends after 9999."""
    extended = "".join(f'"extension.{number}.length":"P99Y",' for number in range(1, 100))
    town.change(
        "UPDATE facts SET facts = replace(facts, :old, :new) WHERE agreement_id ="
        " (SELECT id FROM agreement WHERE ref = :ref)",
        old='"ref"',
        new=f'{extended}"ref"',
        ref=ref,
    )
    return town


def at_offices(*offices: str) -> list[str]:
    """Return A-1, A-2 and so on, each of an office of its own."""
    return [
        text.replace('office = "sociaal-domein"', f'office = "{office}"')
        for text, office in zip(FIVE, offices, strict=False)
    ]

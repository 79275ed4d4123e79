"""What the doctor found in one line for Nagios, Icinga and Zabbix, by the plugin guidelines."""

from collections.abc import Iterable
from datetime import datetime
from enum import IntEnum

from notifications.language import Language
from states.model.phrase import Phrase, say
from workflow.maintenance.doctor import Check
from workflow.maintenance.figures import Measures
from workflow.system.printable import one_line

LONGEST = 1000  # signs; a monitor cuts off a few thousand


class NagiosState(IntEnum):
    """What a monitor understands, with its exit code."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


def state_of(checks: Iterable[Check]) -> NagiosState:
    """Return how grave it is: what is not ok is critical, a warning is a warning."""
    return max((_state(check) for check in checks), default=NagiosState.OK)


def _state(check: Check) -> NagiosState:
    if not check.ok:
        return NagiosState.CRITICAL
    return NagiosState.WARNING if check.warns else NagiosState.OK


def judged(checks: list[Check], measures: Measures, words: Language) -> str:
    """Return the line about these checks: the gravest first, then the figures."""
    state = state_of(checks)
    grave = sorted((check for check in checks if _state(check)), key=_state, reverse=True)
    text = [f"{words.say(say(check.name))}: {words.say(check.detail)}" for check in grave]
    fine = say("Checks in order: {count}.", count=len(checks))
    return line(state, " - ".join(text) or words.say(fine), _figures(measures))


def refused(state: NagiosState, sentences: Iterable[Phrase], words: Language) -> str:
    """Return the line for when nothing could be checked."""
    return line(state, " ".join(map(words.say, sentences)))


def line(state: NagiosState, text: str, figures: Iterable[str] = ()) -> str:
    """Return one line; a bar in a text would begin the figures."""
    head = f"LOOPTIJD {state.name} - {one_line(text).replace('|', '/')[:LONGEST]}"
    return " | ".join([head, *filter(None, [" ".join(figures)])])


def _figures(measures: Measures) -> list[str]:
    """Return the figures as 'label'=value[unit];[warn];[crit];[min]."""
    latest = max((look.at for look in measures.looks.values()), default=None)
    return [
        f"agreements={sum(measures.agreements.values())};;;0",
        f"overdue={measures.overdue};;0;0",
        f"late={measures.late};;;0",
        f"failing={measures.failing};;0;0",
        *(f"mail_{status}={measures.mail[status]};;;0" for status in SHOWN),
        f"oldest_mail={_age(measures, measures.oldest_mail)};;;0",
        f"last_look={_age(measures, latest)};;900;0",
        f"events={measures.events}c;;;0",
    ]


SHOWN = ("queued", "retry", "unknown", "refused", "expired")


def _age(measures: Measures, since: datetime | None) -> str:
    """Return how long ago an instant was; U is the guidelines' word for a figure unknown."""
    return "U" if since is None else f"{max(0, int((measures.at - since).total_seconds()))}s"

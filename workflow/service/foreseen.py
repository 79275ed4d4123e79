"""What a simulation tells; apart from it, so that who prints it need not import it."""

from dataclasses import dataclass, field
from datetime import datetime

from states.change import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeseenMail:
    """A mail that will leave; what happens at midnight is told in the morning."""

    to: str
    subject: str
    leaves_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One thing that will happen, with the mails that tell of it."""

    at: datetime
    ref: str
    event: Event
    mails: list[ForeseenMail] = field(default_factory=list)

"""The relay of a history: its answers are drawn by chance, and each reader is judged."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from notifications.transport import Outcome, Parcel, Transport, Verdict, Work
from tests.agreements import at
from tests.chaos.interleavings import AFTER_THE_BODY, BEFORE_THE_BODY
from tests.chaos.meter import METER, RELAY
from tests.chaos.story import Story

ANSWERS = (*BEFORE_THE_BODY, *AFTER_THE_BODY)
HOLDERS: Mapping[str, str] = {
    "sociaal-domein": "bastiaens@maastricht.example",
    "secretariaat": "secretariaat@maastricht.example",
    "gemeentesecretaris": "secretaris@maastricht.example",
    "financien": "geld@maastricht.example",
}
ABOVE = {
    "sociaal-domein": "secretariaat",
    "financien": "secretariaat",
    "secretariaat": "gemeentesecretaris",
}


ROLES = {"finance": "contribution.office", "acting": "obligation.{}.office"}
FACTS_OF_MAIL = (
    "SELECT f.facts FROM message m JOIN facts f ON f.agreement_id = m.agreement_id"
    " WHERE m.message_id = :name"
)


def reader_of(role: str, office: str, moment: datetime) -> str:
    """Return who is to read a mail that leaves at a moment."""
    if role == "case_owner":
        return "a.janssen@maastricht.example"
    asked = ABOVE[office] if role == "escalation" else office
    is_gerats = asked == "sociaal-domein" and moment < at("2018-06-01 00:00")
    return "gerats@maastricht.example" if is_gerats else HOLDERS[asked]


Readers = Callable[[str, str, datetime], str]
"""Who is to read a mail in a role, of an office, that leaves at a moment."""


class DrawnRelay(Transport):
    """A relay that answers what chance draws; what it has taken outlives every process."""

    def __init__(
        self, story: Story, another_daemon: Callable[[], None], readers: Readers = reader_of
    ) -> None:
        self.story, self.chance = story, story.chance
        self.another_daemon, self.reader_of = another_daemon, readers
        self.bad = self.chance.choice([0, 0.1, 0.4])
        self.taken: dict[str, tuple[str, bytes]] = {}
        self.accepted: set[str] = set()
        """The mails of which the outbox has said that they are accepted."""
        self.in_doubt: dict[str, str] = {}
        self.ever_in_doubt: set[str] = set()
        """What a later answer cannot settle: whether the copy before it was delivered."""
        self.is_slow = False

    def run(self, work: Work, stopping: Callable[[], bool]) -> None:
        """Answer each mail until none is left."""
        while not stopping() and (parcel := work.lease()):
            name = self.chance.choice(ANSWERS) if self.chance.random() < self.bad else "250"
            cause, role, _ = self._row(parcel.message_id)
            self.ever_in_doubt |= {parcel.message_id} & self.in_doubt.keys()
            self.story.tell(f"  {cause}, {role}, to {parcel.recipient}: {name}")
            outcome, was_slow = self._answer(parcel, work, name)
            if outcome:
                work.settle(parcel, outcome)
                self.remember(parcel.message_id)
                settled = outcome.verdict is not Verdict.IN_DOUBT
                if settled and parcel.message_id not in self.ever_in_doubt:
                    self.in_doubt.pop(parcel.message_id, None)
            if outcome and outcome.verdict is Verdict.ACCEPTED and not was_slow:
                self.story.holds(parcel.message_id in self.accepted, f"{name} was not recorded")

    def _answer(self, parcel: Parcel, work: Work, name: str) -> tuple[Outcome | None, bool]:
        METER.reached(f"{RELAY}RCPT")
        verdict, kept, _ = {**BEFORE_THE_BODY, **AFTER_THE_BODY}[name]
        outcome, slow = Outcome(verdict, f"{name[:3]} 5.1.1 {name}"), False
        if name in BEFORE_THE_BODY:
            return outcome, slow
        self._judge_reader(parcel)
        if not work.mark_body_sent(parcel):
            return None, slow
        METER.reached(f"{RELAY}354")
        if kept:
            self._take(parcel)
            METER.reached(f"{RELAY}kept")
        if not self.is_slow and self.chance.random() < self.bad / 10:
            slow = self.is_slow = True
            self.another_daemon()
            self.is_slow = False
        return outcome, slow

    def _take(self, parcel: Parcel) -> None:
        name, mail = parcel.message_id, (parcel.recipient, parcel.content)
        holds = self.story.holds
        holds(name not in self.accepted, f"{name} came again, after it was accepted")
        holds(self.taken.setdefault(name, mail) == mail, f"{name} came again as another mail")
        self.story.figures["mails"] += 1

    def _judge_reader(self, parcel: Parcel) -> None:
        """Its reader is who holds the office now, or when it came in doubt: it stays the same.

        Where the agreement names another in its role by now, it is one of those that it names.
        """
        name, to, moment = parcel.message_id, parcel.recipient, self.story.clock.moment
        cause, role, office = self._row(name)
        readers = {self.reader_of(role, office, moment)}
        named, key = self._offices_named(name), cause.split(":")[1].partition(".")[0]
        if named and named.get(ROLES.get(role, "office").format(key)) != office:
            asked = [(each, key) for each in ("office", "escalation") for key in named.values()]
            readers |= {self.reader_of(*one, moment) for one in asked if one[1] in ABOVE}
        self.story.holds(to in {*readers, self.in_doubt.get(name)}, f"{name} to {to}: {readers}")
        self.in_doubt[name] = to

    def _offices_named(self, name: str) -> dict[str, str]:
        """Return the facts that name an office in the agreement of a mail."""
        found = self.story.ask(FACTS_OF_MAIL, name=name)
        facts = json.loads(found[0].facts) if found else {}
        return {path: text for path, text in facts.items() if path.split(".")[-1] == "office"}

    def _row(self, name: str) -> tuple[str, str, str]:
        query = "SELECT cause, role, office FROM message WHERE message_id = :name"
        ((cause, role, office),) = self.story.ask(query, name=name)
        return cause, role, office

    def remember(self, name: str | None = None) -> None:
        """Note which mails the outbox says are accepted: they may not come again."""
        query = "SELECT message_id FROM message WHERE status = 'accepted'"
        asked = f"{query} AND message_id = :name" if name else query
        self.accepted |= {row.message_id for row in self.story.ask(asked, name=name)}

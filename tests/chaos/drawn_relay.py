"""The relay of a history: its answers are drawn by chance, and each reader is judged."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from notifications.transport import Outcome, Parcel, Transport, Verdict, Work
from tests.agreements import at
from tests.chaos.interleavings import AFTER_THE_BODY, BEFORE_THE_BODY
from tests.chaos.meter import METER, RELAY
from tests.chaos.story import Story
from tests.chaos.tenses import out_of_time

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


ACTS = {
    "payment": ("finance", "contribution.office"),
    "obligation": ("acting", "obligation.{}.office"),
}
FACTS_OF_MAIL = (
    "SELECT f.facts, m.escalates FROM message m JOIN facts f ON f.agreement_id = m.agreement_id"
    " WHERE m.message_id = :name"
)

WHOSE = (
    "SELECT a.ref FROM message m LEFT JOIN agreement a ON a.id = m.agreement_id"
    " WHERE m.message_id = :name"
)

OWNER = """
    SELECT p.value FROM message m LEFT JOIN message told ON told.merged_into = m.id
    JOIN facts f ON f.agreement_id = coalesce(m.agreement_id, told.agreement_id)
    JOIN private p ON f.facts LIKE '%"case_owner.email":"' || p.token || '"%'
    WHERE m.message_id = :name
"""
CARRIED = """
    SELECT message_id, cause FROM message WHERE merged_into IN
    (SELECT id FROM message WHERE cause = :cause AND agreement_id IS NULL)
"""
REFUSED = """
    SELECT 1 FROM message m JOIN message r ON (r.agreement_id, r.cause, r.role) =
    (m.agreement_id, m.cause, m.role) LEFT JOIN message told ON told.id = r.merged_into
    WHERE m.message_id = :name AND (r.refusals > 0 OR told.refusals > 0)
"""


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
        self.elsewhere: set[str] = set()
        """What was told to another office than its own."""
        self.is_slow = False
        self.away_until: datetime | None = None

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
        if self.away_until and self.story.clock.moment < self.away_until:
            return Outcome(Verdict.RELAY_AWAY, "nobody listens there"), False
        METER.reached(f"{RELAY}RCPT")
        verdict, kept, _ = {**BEFORE_THE_BODY, **AFTER_THE_BODY}[name]
        outcome, slow = Outcome(verdict, f"{name[:3]} 5.1.1 {name}"), False
        if name in BEFORE_THE_BODY:
            return outcome, slow
        wrong, before = self._wrong_reader(parcel), {**self.in_doubt}
        self.in_doubt[parcel.message_id] = parcel.recipient
        if not work.mark_body_sent(parcel):
            self.in_doubt = before
            return None, slow
        self.story.holds(not wrong, wrong)
        if parcel.message_id not in before:
            self._remember_for_whom(parcel.message_id)
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
        (whose,) = self.story.ask(WHOSE, name=name)
        is_decided = whose.ref not in self.story.raising  # else it stands where it stood then
        untrue = out_of_time(parcel.content) if is_decided else []
        holds(not untrue, f"{name} says {untrue}")
        self.story.figures["mails"] += 1

    def _remember_for_whom(self, name: str) -> None:
        """Note whether what is told is told to another than its own office.

        What the relay did not take before is told for the first time.
        """
        cause, role, office = self._row(name)
        told = self.told(name, cause) or {(role, office)}
        self.elsewhere.discard(name)
        offices = {each for _, each in told}  # in whatever role: it is the same reader
        if office not in offices and not self.story.ask(REFUSED, name=name):
            self.elsewhere.add(name)

    def _wrong_reader(self, parcel: Parcel) -> str:
        """Say who is to read a mail instead of whom it goes to; nothing where that is right.

        That is who holds the office now, or when it came in doubt: it stays the same.
        Where its agreement tells nobody in this way by now, it is one of those whom it tells; of a
        catch-up one whom what it carries tells. What was refused goes on to the next in its chain.
        """
        name, to, moment = parcel.message_id, parcel.recipient, self.story.clock.moment
        cause, role, office = self._row(name)
        told, is_own = self.told(name, cause), role == "case_owner"
        is_instead = bool(self.story.ask(REFUSED, name=name))
        asked = {(role, office)} if is_own or is_instead or not told else set[tuple[str, str]]()
        asked |= set() if is_own else told & {(role, office)} or told
        if cause.startswith("catch_up:"):
            carried = self.story.ask(CARRIED, cause=cause)
            asked |= set[tuple[str, str]]().union(*(self.told(*each) for each in carried))
        owner = {row.value for row in self.story.ask(OWNER, name=name)} if is_own else set()
        readers = owner or {self.reader_of(*one, moment) for one in asked}
        is_right = to in {*readers, self.in_doubt.get(name)}
        return "" if is_right else f"{name} to {to}: {readers}"

    def told(self, name: str, cause: str) -> set[tuple[str, str]]:
        """Return in which role the offices are told that the facts of its agreement name by now.

        Who acts is told, or else the own office; a loud step tells the own office besides, or else
        the one above. Of no agreement, or of one that cannot be read, nobody knows.
        """
        found = self.story.ask(FACTS_OF_MAIL, name=name)
        try:
            facts = json.loads(found[0].facts) if found else {}
        except ValueError:
            return set()
        rule, _, rest = cause.partition(":")
        role, path = ACTS.get(rule, ("office", "office"))
        own, acts = (
            facts.get("office"),
            facts.get(path.format(rest.partition(":")[0].split(".")[0])),
        )
        told = {(role, acts) if acts else ("office", own)}
        if found and found[0].escalates:
            told |= {("office" if acts and acts != own else "escalation", own)}
        return {(role, office) for role, office in told if office}

    def _row(self, name: str) -> tuple[str, str, str]:
        query = "SELECT cause, role, office FROM message WHERE message_id = :name"
        ((cause, role, office),) = self.story.ask(query, name=name)
        return cause, role, office

    def remember(self, name: str | None = None) -> None:
        """Note which mails the outbox says are accepted: they may not come again."""
        query = "SELECT message_id FROM message WHERE status = 'accepted'"
        asked = f"{query} AND message_id = :name" if name else query
        self.accepted |= {row.message_id for row in self.story.ask(asked, name=name)}

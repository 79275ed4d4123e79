"""Histories of a register to which more happens: their numbers begin at 10,001.

Beside what a history draws an office is handed over, a backup is made, put back and adopted, the
clock goes wrong, a row is damaged, mail is retried, sent again or cancelled, alerts move to another
hour or day, any fact is amended, any event taken back, and the daily work is done. The numbers
below draw what they always drew.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from notifications.retry_policy import MessageStatus
from states.model.phrase import Refusal
from states.rules.amendment import amendable
from tests.agreements import AMSTERDAM
from tests.chance import DATES, PARTIES, VALUES, a_day
from tests.chaos.drawn_relay import ABOVE, HOLDERS, reader_of
from tests.chaos.every_point import Broken
from tests.chaos.histories import Copied, History, Place
from tests.clerk import Seen
from tests.store import Damaged, the_agreement
from workflow.agreements import tick as ticking
from workflow.agreements.quarantine import release
from workflow.app.app import App, Restored, policy_of
from workflow.mail import queue
from workflow.maintenance.adopt import Choice, adopt
from workflow.maintenance.backup import back_up, restore
from workflow.maintenance.daily import Daily
from workflow.people.handover import hand_over
from workflow.system.settings import Calendar

WIDER = 10_001
HOURS = (time(8), time(17), time(0), time(2, 30), time(23, 59))
# Of these somebody else keeps count: the readers, what is public, what hangs on a group's key.
LEFT_ALONE = ("case_owner.", "woo.", "document.", "source.SOURCE.quote", "office", "purpose")
AMENDED = tuple(path for path in amendable() if not path.startswith(LEFT_ALONE))
MORE_VALUES = {
    **VALUES,
    "by": PARTIES,
    "currency": ("EUR",),
    "kind": ("subsidy", "fee"),
    "minimum": ("P1Y", "P3Y"),
    "office": ("sociaal-domein", "secretariaat", "financien"),
    "own": ("true", "false"),
    "public": ("true", "false"),
    "total": ("1000.00",),
}
UNDONE = [
    MessageStatus.EXPIRED,
    MessageStatus.UNKNOWN,
    MessageStatus.QUEUED,
    MessageStatus.RETRY,
]


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What somebody does to the register; whose command died does it again."""

    said: str
    do: Callable[[App], Any]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A backup, and what was true when it was made."""

    is_file: bool
    """Of the database itself, copied while nobody wrote; else one that looptijd made."""
    content: Copied
    events: int
    refs: list[str]
    holders: list[tuple[str, date, str]]
    accepted: set[str]
    taken: dict[str, tuple[str, bytes]]
    in_doubt: dict[str, str]
    elsewhere: set[str]


class WiderHistory(History):
    """What happens in a year or two to a register, and not to its agreements alone."""

    def __init__(self, place: Place, seed: int) -> None:
        self.holders: list[tuple[str, date, str]] = []
        self.calendar = Calendar()
        self.kept: Kept | None = None
        self.damaged: dict[str, str] = {}
        """What stood in a row that was damaged, by its reference."""
        self.ever_damaged: set[str] = set()
        super().__init__(place, seed)

    @property
    def settings(self) -> dict[str, Any]:
        return {"alerts": self.alerts, "calendar": self.calendar}

    def reader_of(self, role: str, office: str, moment: datetime) -> str:
        """Who took an office over reads its mail from that day on."""
        asked = ABOVE.get(office, office) if role == "escalation" else office
        day = moment.astimezone(AMSTERDAM).date()
        mine = [who for key, since, who in self.holders if key == asked and since <= day]
        is_of_office = role != "case_owner"
        return mine[-1] if mine and is_of_office else reader_of(role, office, moment)

    # Living --------------------------------------------------------------------------------------

    def _live(self) -> None:
        if not self.danger or self.chance.random() < 1 / 3:
            self._mend()
        super()._live()
        if self.chance.random() < 1 / 3:
            Daily().finish(self.town.app)

    def _tick(self, app: App) -> None:
        if not self.damaged:
            super()._tick(app)
            return
        ticked = ticking.tick(app)
        self.figures["steps"] += ticked.fired
        self.holds(ticked.failed <= len(self.damaged), "more fails than is damaged")

    def _move(self) -> None:
        super()._move()
        if self.danger and self.chance.random() < 1 / 60:
            self._clock_goes_wrong()

    def _clock_goes_wrong(self) -> None:
        """Let the clock be far off while a daemon looks; somebody puts it right and confirms."""
        with self.unwatched():
            self._tick(self.town.app)  # it is known how late it is
        right = self.clock.moment
        days = self.chance.choice([-400, -40, -2, 400, 4000])
        self.clock.moment += timedelta(days=days)
        self.tell(f"the clock is {days} days off")
        with self.unwatched():
            fired = ticking.tick(self.town.app).fired
            mails = self.figures["mails"]
            self.town.post.deliver(self.relay, lambda: False)
        self.holds(not fired, "a wrong clock fires")
        self.holds(mails == self.figures["mails"], "a wrong clock mails")
        self.clock.moment = right
        self.town.confirm()
        self.tell("the clock is right again, and confirmed")

    # Deeds ---------------------------------------------------------------------------------------

    def _draw_deed(self) -> None:
        if self.chance.random() < 1 / 2:
            try:
                super()._draw_deed()
            except Damaged:
                self.tell("it cannot be read")
            return
        draws: tuple[Callable[[], None], ...] = (
            self._draw_handover,
            self._draw_calendar,
            self._draw_fact,
            self._draw_fact,
            self._draw_undo,
            self._draw_undo,
            self._draw_mail,
            self._draw_mail,
            self._draw_backup,
            self._draw_restore,
            self._draw_damage,
        )
        self.chance.choice(draws)()

    def _do(self, app: App, asked: Any) -> None:
        if not isinstance(asked, Deed):
            super()._do(app, asked)
            return
        try:
            asked.do(app)
        except Refusal as refusal:
            self.tell(f"{asked.said}: refused: {str(refusal).splitlines()[0]}")
        else:
            self.figures["deeds"] += 1
            self.tell(asked.said)

    def _draw_handover(self) -> None:
        office, today = self.chance.choice([*HOLDERS]), self.clock.moment.astimezone(AMSTERDAM)
        since = today.date() + timedelta(days=self.chance.choice([0, 0, 1, 2, 4]))
        email = f"opvolger-{len(self.holders)}-{self.chance.randrange(10**6)}@maastricht.example"

        def do(app: App) -> None:
            hands_over = partial(hand_over, app, office, name="de opvolger", email=email)
            try:
                hands_over(since=since, by="griffier Smeets", reason=None)
            except Refusal:  # whose command died after its commit asks again
                if not self.ask("SELECT 1 FROM private WHERE value = :email", email=email):
                    raise
            self.holders.append((office, since, email))

        self.pending.append(Deed(said=f"{office} is handed over from {since} to {email}", do=do))

    def _draw_calendar(self) -> None:
        today = self.clock.moment.date()
        closed = {today + timedelta(days=self.chance.randint(-10, 90)) for _ in range(6)}
        self.calendar = Calendar(
            alert_time=self.chance.choice(HOURS),
            closed_days=tuple(sorted(closed)) if self.chance.random() < 1 / 2 else (),
        )
        self._ask("", "policy adopt")

    def _seen(self, ref: str) -> Seen | None:
        try:
            with self.unwatched(), self.town.app.reading() as connection:
                dossier, policy = the_agreement(connection, ref).dossier, policy_of(connection)
        except Damaged:
            return None
        return Seen(dossier=dossier, policy=policy, now=self.clock.moment)

    def _draw_fact(self) -> None:
        ref = self.chance.choice(self.refs)
        if seen := self._seen(ref):
            path = self._drawn_path(seen)
            also = {"correction": "yes"} if self.chance.random() < 1 / 4 else {}
            self._ask(ref, "amend", **{path: self._drawn_value(seen, path)}, **also)

    def _drawn_path(self, seen: Seen) -> str:
        """Return the path of any fact, of a key that is there where there is one."""
        pattern = self.chance.choice(AMENDED).split(".")
        known = {
            "FULFILMENT": ["1", "2", "101"],
            "POINT": ["1"],
            "INSTALMENT": [str(self.chance.randint(1, 6))],
        }
        group = getattr(seen.agreement, pattern[0], None)
        there = [*map(str, group)] if isinstance(group, Mapping) else []
        keys = (known.get(part, there or ["1"]) if part.isupper() else [part] for part in pattern)
        return ".".join(self.chance.choice(some) for some in keys)

    def _drawn_value(self, seen: Seen, path: str) -> str:
        name = path.rpartition(".")[2]
        if self.chance.random() < 1 / 6:
            return "unknown"
        if name in DATES:
            draw = partial(self.chance.randint, 0)
            return a_day(seen, draw(11), draw(11)).isoformat()
        return self.chance.choice(MORE_VALUES.get(name, ("Tekst",)))

    def _draw_undo(self) -> None:
        ref = self.chance.choice(self.refs)
        if seen := self._seen(ref):
            number = self.chance.randint(1, seen.dossier.seq)
            self._ask(ref, "undo", event=str(max(number, seen.dossier.seq - number)))

    def _draw_mail(self) -> None:
        rows = self.ask("SELECT id, status FROM message WHERE role <> 'operator' ORDER BY id")
        waits = [row for row in rows if row.status in UNDONE]
        if some := (waits if waits and self.chance.random() < 3 / 4 else rows):
            row = self.chance.choice(some)
            # Of a refused one the next in the chain was told: its status is why, for the judge.
            whats = ["resend"] if row.status == "refused" else ["retry", "resend", "cancel"]
            what, number = self.chance.choice(whats), str(row.id)
            self.pending.append(Deed(said=f"mail {what} {number}", do=self._of_mail(what, number)))

    @staticmethod
    def _of_mail(what: str, number: str) -> Callable[[App], Any]:
        return {
            "retry": partial(queue.retry, number=number),
            "resend": partial(queue.resend, number=number),
            "cancel": partial(queue.cancel, number=number, reason="Niet nodig."),
        }[what]

    # A damaged row -------------------------------------------------------------------------------

    def _draw_damage(self) -> None:
        ref = self.chance.choice(self.refs)
        if self.damaged or not self.danger:
            return
        with self.unwatched():
            text = self.town.scalar(FACTS_OF, ref=ref)
            self.town.change(DAMAGES, ref=ref, text=text[: len(text) // 2])
        self.damaged[ref] = text
        self.ever_damaged.add(ref)
        self.tell(f"the facts of {ref} are half gone")
        self.pending.append(Deed(said="it is looked at", do=lambda _app: None))

    def _mend(self) -> None:
        """Put back what stood in a row, unless the daily work wrote it anew from the ledger."""
        for ref, text in self.damaged.items():
            with self.unwatched():
                is_damaged = self.town.scalar(FACTS_OF, ref=ref) == text[: len(text) // 2]
                if is_damaged:
                    self.town.change(DAMAGES, ref=ref, text=text)
                with suppress(Refusal):  # it did not fail so often
                    release(self.town.app, ref)
            self.tell(f"{ref} is put right{'' if is_damaged else ' already'}")
        self.damaged = {}

    # A backup ------------------------------------------------------------------------------------

    def _events(self) -> int:
        ((number,),) = self.ask("SELECT count(*) FROM event")
        return int(number)

    def _draw_backup(self) -> None:
        if self.damaged:
            return
        self.relay.remember()
        is_file, file = self.chance.random() < 1 / 2, self.place.folder / "kept.backup"
        with self.unwatched():
            file.unlink(missing_ok=True)
            if not is_file:
                back_up(self.town.app, file)
            events = self._events()
            self.place.close()
            self.kept = Kept(
                is_file=is_file,
                content=self.place.copied() if is_file else {file.name: file.read_bytes()},
                events=events,
                refs=[*self.refs],
                holders=[*self.holders],
                accepted={*self.relay.accepted},
                taken={**self.relay.taken},
                in_doubt={**self.relay.in_doubt},
                elsewhere={*self.relay.elsewhere},
            )
            self._open()
        self.tell("a copy of the file is made" if is_file else "a backup is made")

    def _draw_restore(self) -> None:
        kept = self.kept
        if kept is None or self.damaged or not self.danger or self.pending:
            return
        news = self._events() > kept.events
        with self.unwatched():
            self.place.close()
            self.place.put(kept.content if kept.is_file else {})
            if not kept.is_file:
                file = self.place.folder / "kept.backup"
                file.write_bytes(kept.content[file.name])
                restore(self.place.year.opened(self.clock.moment), file)
        self.tell("the copy is put back" if kept.is_file else "the backup is put back")
        self._believe(kept)
        self._open()
        if news or not kept.is_file:
            self._is_held()
        choice = self.chance.choice([*Choice])
        self.pending = [
            Deed(said=f"adopted: {choice}", do=lambda app: adopt(app, choice, by="griffier")),
            Deed(said="what is held is decided on", do=self._decide_on_held),
        ]

    def _believe(self, kept: Kept) -> None:
        """What happened after the backup did not; a mail about it may come again, worded anew."""
        self.refs, self.holders = [*kept.refs], [*kept.holders]
        self.figures["mails"] -= len(self.relay.taken) - len(kept.taken)
        self.relay.accepted, self.relay.taken = {*kept.accepted}, {**kept.taken}
        self.relay.in_doubt = {**kept.in_doubt}
        self.relay.elsewhere = {*kept.elsewhere}

    def _is_held(self) -> None:
        with self.unwatched():
            try:
                ticked = ticking.tick(self.town.app)
            except Restored:
                return
        raise Broken(f"history {self.seed}: what was put back fires: {ticked}")

    def _decide_on_held(self, app: App) -> None:
        for row in self.ask("SELECT id FROM message WHERE status = 'held' ORDER BY id"):
            what = "retry" if row.id % 2 else "cancel"
            self._of_mail(what, str(row.id))(app)

    # The judge -----------------------------------------------------------------------------------

    def _judge(self) -> None:
        """What the daily work mended had been damaged; when to look next is looked at then."""
        Daily().finish(self.town.app)
        self._tick(self.town.app)
        query = 'SELECT DISTINCT stream FROM event WHERE payload LIKE \'%"action":"reconcile"%\''
        mended = {row.stream.removeprefix("agreement:") for row in self.ask(query)}
        self.holds(mended <= self.ever_damaged, f"{mended} was mended, and nobody damaged it")
        super()._judge()


FACTS_OF = "SELECT facts FROM facts f JOIN agreement a ON a.id = f.agreement_id WHERE ref = :ref"
DAMAGES = (
    "UPDATE facts SET facts = :text"
    " WHERE agreement_id = (SELECT id FROM agreement WHERE ref = :ref)"
)

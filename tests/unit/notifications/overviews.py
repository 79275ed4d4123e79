"""Overviews for one office: to a new holder, and after an existing register was brought in."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from msgspec.structs import fields, replace

from notifications.letter import Digest, DoneItem, Fingerprint, Item, Mailbox, Overview, Week
from states.model.events import Role
from states.model.money import Doubt, Money
from states.model.phrase import Phrase, say
from tests.unit.notifications.letters import AMSTERDAM, OWN_OFFICE

CALLED = {
    "SO-2017-0042": "Verbindend Leiden",
    "SO-2019-0007": "Inkoop jeugdhulp",
    "SO-2020-0001": "Regiofonds",
}
HIDDEN = {"SO-2019-0007"}


def euros(amount: str | None, *, is_certain: bool = True) -> Money:
    doubt = Doubt.NONE if is_certain else Doubt.NOT_STATED
    if amount is None:
        return Money(amount=None, doubt=Doubt.NOT_KNOWN)
    return Money(amount=Decimal(amount), doubt=doubt)


def item(
    ref: str,
    what: Phrase,
    nominal_on: date | None,
    *,
    overdue: bool = False,
    money: Money | None = None,
) -> Item:
    """Return what is open of one of three agreements, of which one is not public."""
    return Item(
        ref=ref,
        called=CALLED[ref],
        public=ref not in HIDDEN,
        what=what,
        nominal_on=nominal_on,
        overdue=overdue,
        money=money,
    )


EVALUATE = item("SO-2017-0042", say("the final evaluation"), date(2020, 7, 11), overdue=True)
CONTINUE = item("SO-2017-0042", say("the decision on the continuation"), date(2020, 10, 11))
PAY = item(
    "SO-2019-0007",
    say("instalment {about}", about=3),
    date(2020, 6, 1),
    overdue=True,
    money=euros("1250.00"),
)
SIGN = item("SO-2020-0001", say("the signatures"), date(2020, 5, 26))
PAY_SOME_DAY = item(
    "SO-2020-0001", say("instalment {about}", about=1), None, money=euros("61500.00")
)
PAY_SOON = item(
    "SO-2020-0001",
    say("instalment {about}", about=3),
    date(2020, 9, 6),
    money=euros("500.00", is_certain=False),
)
PAY_THIS_MONTH = item(
    "SO-2020-0001", say("instalment {about}", about=4), date(2020, 9, 7), money=euros(None)
)
ENDS = replace(
    item("SO-2017-0042", say("it ends without a decision"), date(2020, 9, 2)), by_itself=True
)
LATE_WITHOUT_DATE = item("SO-2020-0001", say("instalment {about}", about=2), None, overdue=True)
STARTED = replace(
    item("SO-2020-0001", say("the agreement came into force"), date(2020, 7, 1)), asks=False
)
LAPSED = item(
    "SO-2019-0007",
    say("decide after all: the term ended without a decision"),
    date(2020, 6, 30),
    overdue=True,
)
RENEWS = replace(
    item("SO-2019-0007", say("it goes on through {day}", day=date(2021, 9, 30)), date(2020, 6, 29)),
    passed=True,
)
COMES = date(2020, 11, 29)
FIVE = (PAY_SOME_DAY, CONTINUE, SIGN, EVALUATE, PAY)


def overview(  # a test names what it is about, and takes the rest as it comes
    kind: str,
    *items: Item,
    from_on: date | None = date(2020, 9, 1),
    language: str = "nl",
    is_late: bool = False,
    is_known_late: bool = False,
) -> Overview:
    """Return an overview, written on Monday 31 August 2020 at eight in the morning."""
    return Overview(
        language=language,
        municipality="Gemeente Maastricht",
        kind=kind,
        office=OWN_OFFICE,
        to=Mailbox(name="wethouder De Vries", email="secretariaat.devries@maastricht.example"),
        sender=Mailbox(name="Looptijd", email="looptijd@example.org"),
        message_id="<7c1f6f2b-5d0a-5d0a-9d3f-0a4c1f6f2b11@looptijd.example.org>",
        written_at=datetime(2020, 8, 31, 8, tzinfo=AMSTERDAM),
        from_on=from_on,
        items=items,
        is_late=is_late,
        is_known_late=is_known_late,
    )


def digest(
    *late: Item, coming: tuple[Item, ...] = (), done: tuple[DoneItem, ...] = (), sealed: bool = True
) -> Digest:
    """Return the digest of Monday 31 August 2020, which tells of the seven days before."""
    common = overview("digest", *late, from_on=None)
    hashed = "d2c1f1b7b0a86bd2a9b0a2a1e6b1a9f6c2d0a7f0c6d1c9d0b7ad9a2f3a1e5c42"
    return Digest(
        **{name.name: getattr(common, name.name) for name in fields(common)},
        week=Week(
            day=date(2020, 8, 31),
            late=late,
            coming=coming,
            done=done,
            fingerprint=Fingerprint(day=date(2020, 8, 30), hash=hashed) if sealed else None,
        ),
    )


REPORTED = DoneItem(
    ref="SO-2017-0042",
    called="Verbindend Leiden",
    public=True,
    what=(
        say("signed by {name}", name="Provincie Limburg"),
        say("{name} was paid", name=say("instalment {about}", about="2")),
    ),
)
NOTED = DoneItem(
    ref="SO-2019-0007", called="Inkoop jeugdhulp", public=False, what=(say("a note was added"),)
)
OVERVIEWS: Mapping[str, Overview] = {
    "digest": digest(PAY, EVALUATE, coming=(CONTINUE,), done=(REPORTED, NOTED)),
    "digest, one late": digest(EVALUATE, coming=(CONTINUE, replace(SIGN, nominal_on=COMES))),
    "digest, within a week and within a month": digest(
        PAY, EVALUATE, coming=(ENDS, PAY_SOON, PAY_THIS_MONTH, CONTINUE)
    ),
    "digest, nothing late": digest(coming=(CONTINUE,)),
    "digest, only open": digest(SIGN),
    "digest, some open": digest(SIGN, PAY),
    "digest, only done, nothing sealed": digest(done=(NOTED,), sealed=False),
    "handover": overview("handover", *FIVE),
    "handover, from today": overview("handover", CONTINUE, PAY, from_on=date(2020, 8, 31)),
    "handover, in another's place": replace(
        overview("handover", CONTINUE, PAY, from_on=date(2020, 8, 31)), stands_in=True
    ),
    "handover, since some days": overview("handover", CONTINUE, from_on=date(2020, 8, 24)),
    "handover, no day": overview("handover", EVALUATE, PAY, from_on=None),
    "handover, nothing open": overview("handover"),
    "summary": overview("summary", *FIVE, LATE_WITHOUT_DATE, from_on=None),
    "summary, one late": overview("summary", EVALUATE, from_on=None),
    "summary, none late": overview("summary", CONTINUE, PAY_SOME_DAY, from_on=None),
    "summary, nothing open": overview("summary", from_on=None),
    "catch-up": overview(
        "catch_up",
        replace(LAPSED, rank=0),
        replace(STARTED, rank=8),
        replace(EVALUATE, rank=3, above="Bestuurssecretariaat"),
        replace(PAY, rank=4, asked_too="Concernfinanciën"),
        replace(PAY_SOME_DAY, rank=4),
        from_on=None,
        is_late=True,
        is_known_late=True,
    ),
    "catch-up, only known late": overview(
        "catch_up", EVALUATE, CONTINUE, from_on=None, is_known_late=True
    ),
    "catch-up, renewed as well": replace(
        overview("catch_up", EVALUATE, CONTINUE, from_on=None, is_known_late=True), is_renewed=True
    ),
    "catch-up, notice too late": overview("catch_up", RENEWS, from_on=None, is_late=True),
    "catch-up, one late": overview("catch_up", EVALUATE, from_on=None, is_late=True),
    "catch-up, come up from another office": overview(
        "catch_up", replace(EVALUATE, asked_too="Concernfinanciën"), from_on=None, is_late=True
    ),
    "catch-up, nothing asked": overview("catch_up", STARTED, from_on=None, is_late=True),
    "catch-up, to a case owner": replace(
        overview("catch_up", SIGN, CONTINUE, from_on=None, is_late=True),
        office="",
        role=Role.CASE_OWNER,
    ),
}

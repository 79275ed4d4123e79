"""Letters about the Verbindend Leiden agreement, as the engine would hand them over."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from notifications.letter import About, Contact, Letter, Mailbox, Topic
from states.model.events import Role
from states.model.fact_words import in_money
from states.model.period import Period
from states.model.phrase import Phrase, say
from tests.unit.notifications.unknown_details import with_unknown

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DECIDED = date(2017, 9, 26)
START = date(2017, 10, 12)
LAST_DAY = date(2020, 10, 11)
EVALUATION = date(2020, 7, 11)
NEEDED = date(2017, 8, 17)
PARTIES = (
    "Gemeente Maastricht",
    "Provincie Limburg",
    "Waterschap Limburg",
    "Gemeente Beesel",
    "Coöperatie Verbindend Leiden",
)

ABOUT = About(
    ref="SO-2017-0042",
    title="Samenwerkingsovereenkomst Verbindend Leiden",
    called="Verbindend Leiden",
    public=True,
    parties=PARTIES,
    starts_on=START,
    last_day=LAST_DAY,
    length=Period(36),
    amount=Decimal("1000.00"),
    currency="EUR",
    every=Period(12),
    money=say("the contribution"),
    case_owner="M. Janssen",
)
UNSIGNED = replace(
    ABOUT, starts_on=None, last_day=None, end_unknown=say("the college has not decided yet")
)
UNKNOWN = replace(UNSIGNED, parties=(), length=None, amount=None, every=None, case_owner=None)


OWN_OFFICE = "Portefeuille Sociaal Domein"
READERS = {
    Role.OFFICE: Mailbox(name="wethouder Gerats", email="secretariaat.gerats@maastricht.example"),
    Role.FINANCE: Mailbox(name="Team Financiën", email="financien@maastricht.example"),
    Role.ACTING: Mailbox(name="Team Inkoop", email="inkoop@maastricht.example"),
    Role.CASE_OWNER: Mailbox(name="M. Janssen", email="m.janssen@maastricht.example"),
    Role.ESCALATION: Mailbox(name="K. Peters", email="bestuur@maastricht.example"),
}
CONTACT = Contact(
    box=Mailbox(name="Contractbeheer", email="contracten@maastricht.example"), phone="043 350 40 40"
)
OFFICES = {
    Role.FINANCE: "Team Financiën",
    Role.ACTING: "Team Inkoop",
    Role.CASE_OWNER: "",
    Role.ESCALATION: "Bestuurssecretariaat",
}


def letter(
    *topics: Topic,
    on: date = date(2020, 7, 10),
    role: Role = Role.OFFICE,
    about: About = ABOUT,
    language: str = "nl",
) -> Letter:
    """Return a letter, written at eight in the morning."""
    return Letter(
        language=language,
        municipality="Gemeente Maastricht",
        role=role,
        office=OFFICES.get(role, OWN_OFFICE),
        to=READERS[role],
        sender=Mailbox(name="Looptijd", email="looptijd@example.org"),
        reply_to=CONTACT.box if role is Role.CASE_OWNER else READERS[Role.CASE_OWNER],
        contact=CONTACT,
        message_id="<5b0e7a3e-6f1e-5d0a-9d3f-0a4c1f6f2b11@looptijd.example.org>",
        follows="<0c9a@looptijd.example.org>",
        written_at=datetime(on.year, on.month, on.day, 8, tzinfo=AMSTERDAM),
        about=about,
        topics=tuple(replace(with_unknown(topic), role=role) for topic in topics),
    )


# The final evaluation, on its date.
EVALUATE = Topic(
    template="evaluation",
    typed=("conclude evaluation=final on=… report=… conclusion=…",),
    nominal_on=EVALUATION,
    decided_on=DECIDED,
    clause="Drie maanden voor het einde evalueren de partijen de samenwerking.",
    details={
        "final": True,
        "phase": "start",
        "before_end": Period(3),
        "own_office": OWN_OFFICE,
        "office_above": "Bestuurssecretariaat",
    },
)


def payment(phase: str, *, reminder: int = 1, escalates: bool = False, **details: object) -> Topic:
    """Return the second yearly instalment."""
    return Topic(
        template="payment",
        typed=("pay instalment=2 on=… reference=…",),
        nominal_on=date(2018, 10, 12),
        decided_on=DECIDED,
        details={
            "number": 2,
            "of": 3,
            "amount": in_money(Decimal("1000.00"), "EUR"),
            "fiscal_year": 2018,
            "payee": None,
            "budget_line": "Lidmaatschappen en contributies (B&O)",
            "phase": phase,
            "asked_office": "Team Financiën",
            "own_office": OWN_OFFICE,
            "office_above": "Bestuurssecretariaat",
            **details,
        },
        overdue=phase == "overdue",
        reminder=reminder,
        escalates=escalates,
        last=escalates,
    )


# The question what happens after the last day.
CONTINUE = Topic(
    template="continuation",
    nominal_on=LAST_DAY,
    details={
        "evaluation_held_on": date(2020, 7, 20),
        "own_office": OWN_OFFICE,
        "office_above": "Bestuurssecretariaat",
    },
)


# A term of three years that renews by a year at a time, with a notice period of three months.
NOTICE = Topic(
    template="notice",
    nominal_on=date(2020, 7, 10),
    decided_on=DECIDED,
    clause="Opzeggen kan tot drie maanden voor het einde",
    details={
        "ends_on": None,
        "college_on": date(2020, 6, 23),
        "other_reading": date(2020, 7, 11),
        "renewal_length": Period(12),
        "new_last_day": date(2021, 10, 11),
        "own_office": OWN_OFFICE,
        "office_above": "Bestuurssecretariaat",
    },
)
LATER_END = {"ends_on": date(2021, 10, 11), "new_last_day": date(2022, 10, 11)}
NOTICE_AHEAD = replace(NOTICE, details={**NOTICE.details, **LATER_END})
RENEWAL = Topic(
    template="renewal",
    nominal_on=date(2020, 10, 12),
    asks=False,
    details={
        "renewal_length": Period(12),
        "new_last_day": date(2021, 10, 11),
        "sure_through": None,
        "stops": False,
        "notice_on": date(2021, 7, 10),
        "evaluation_on": date(2021, 7, 11),
    },
)
WAS_DUE = "{what} (it was due on {day} at the latest)"
REPORT = say("{what}, owed by {party}", what="eindverslag", party="Provincie Limburg")
LEFT_BEHIND = (
    say(WAS_DUE, what=say("the final evaluation"), day=EVALUATION),
    say(WAS_DUE, what=REPORT, day=date(2020, 9, 11)),
)
RENEWED = replace(ABOUT, last_day=date(2021, 10, 11))


def missing(
    *fields: tuple[Phrase, str, str], needed_on: date | None = NEEDED, last: bool = False
) -> Topic:
    """Return the question for facts, asked eight weeks before the first mail that needs one."""
    return Topic(
        template="missing_fact",
        nominal_on=date(2017, 6, 22),
        decided_on=date(2017, 6, 20),
        last=last,
        details={
            "fields": fields,
            "waits": True,
            "needed_on": needed_on,
            "own_office": OWN_OFFICE,
            "office_above": "Bestuurssecretariaat",
        },
    )


def expiry(ending: str, **details: object) -> Topic:
    """Return the end of the term."""
    return Topic(
        template="expiry",
        nominal_on=LAST_DAY,
        asks=ending == "lapsed" or bool({"successor_waits", "successor_is_gone"} & details.keys()),
        details={"ending": ending, **details},
    )


def decide(ruling: str, **details: object) -> Topic:
    """Return the decision of the college."""
    return Topic(
        template="decide",
        decided_on=DECIDED,
        asks=False,
        details={"ruling": ruling, **details},
    )


def terminate(ends_on: date) -> Topic:
    """Return an early end."""
    return Topic(template="terminate", asks=False, details={"ends_on": ends_on})


# The question for the signatures.
SIGN = Topic(
    template="unsigned",
    nominal_on=DECIDED,
    decided_on=DECIDED,
    overdue=True,
    details={"missing": ("Provincie Limburg", "Gemeente Beesel")},
)

HELD_OVER = Topic(
    template="held_over",
    nominal_on=date(2017, 10, 10),
    decided_on=DECIDED,
)
ACTIVATION = Topic(
    template="activation",
    nominal_on=START,
    decided_on=DECIDED,
    asks=False,
    details={
        "evaluation": say("the final evaluation"),
        "evaluation_on": EVALUATION,
        "instalment_on": START,
        "amount": in_money(Decimal("1000.00"), "EUR"),
    },
)

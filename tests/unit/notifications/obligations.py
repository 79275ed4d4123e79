"""Mails about obligations: what we owe, and what we ask another party for."""

from collections.abc import Mapping
from datetime import date

from msgspec.structs import replace

from notifications.letter import Letter, Topic
from states.model.events import Role
from states.model.period import Period
from tests.unit.notifications.letters import ABOUT, DECIDED, OWN_OFFICE, letter

# A yearly report by the province, the second of three.
REPORT = Topic(
    template="obligation",
    nominal_on=date(2019, 4, 1),
    decided_on=DECIDED,
    clause="De provincie brengt elk jaar vóór 1 april verslag uit",
    details={
        "what": "jaarverslag over de samenwerking (nr. 2, 2019)",
        "by": "Provincie Limburg",
        "every": Period(12),
        "own_office": OWN_OFFICE,
        "office_above": "Bestuurssecretariaat",
    },
)
LATE = replace(REPORT, overdue=True, reminder=4)
ANNEX = replace(
    REPORT,
    nominal_on=date(2018, 1, 12),
    clause=None,
    details={
        "what": "bijlage over gegevensbescherming",
        "own_office": OWN_OFFICE,
        "office_above": "Bestuurssecretariaat",
        "asked_office": "Team Inkoop",
    },
)

OBLIGATIONS: Mapping[str, Letter] = {
    "obligation, of another party": letter(REPORT, on=date(2019, 3, 4)),
    "obligation, of another party, late": letter(replace(LATE, reminder=3), on=date(2019, 4, 15)),
    "obligation, of another party, for the last time": letter(
        replace(LATE, escalates=True, last=True), on=date(2019, 5, 13), role=Role.ESCALATION
    ),
    "obligation, our own": letter(ANNEX, on=date(2017, 12, 15), role=Role.ACTING),
    "obligation, our own, late": letter(
        replace(ANNEX, overdue=True, reminder=3), on=date(2018, 1, 26), role=Role.ACTING
    ),
    "obligation, our own, for the last time": letter(
        replace(ANNEX, overdue=True, reminder=4, escalates=True, last=True), on=date(2018, 2, 23)
    ),
    "obligation, not public": letter(
        REPORT, on=date(2019, 3, 4), about=replace(ABOUT, public=False)
    ),
}

"""The source case as a built-in example: for each mail the facts with which it would be sent."""

from collections.abc import Mapping

from states.model.agreement import Agreement
from states.model.facts import build

PARTIES = {
    "maastricht": "Gemeente Maastricht",
    "limburg": "Provincie Limburg",
    "waterschap": "Waterschap Limburg",
    "beesel": "Gemeente Beesel",
    "verbindend-leiden": "Coöperatie Verbindend Leiden",
}
PROPOSED = {
    "ref": "SO-2017-0042",
    "title": "Samenwerkingsovereenkomst Verbindend Leiden",
    "short_title": "Verbindend Leiden",
    "office": "sociaal-domein",
    "term.length": "P3Y",
    "evaluation.final.before_end": "P3M",
    "evaluation.final.clause": "Evaluatie drie maanden voor het einde van de looptijd",
    "party.maastricht.own": "true",
    "contribution.amount": "1000.00",
    "contribution.every": "P1Y",
    "contribution.payee": "Coöperatie Verbindend Leiden",
    "contribution.budget_line": "Lidmaatschappen en contributies (B&O)",
    **{f"party.{key}.name": name for key, name in PARTIES.items()},
}
DECIDED = {
    "stage": "signing",
    "decision.1.on": "2017-09-26",
    "decision.1.outcome": "as_proposed",
}
SIGNED = {
    "stage": "active",
    **{f"party.{key}.signed_on": "2017-10-12" for key in PARTIES},
}
TACIT = {"term.renewal": "tacit", "term.renewal_length": "P1Y", "term.notice": "P3M"}
HELD_OVER = {
    "stage": "college_decision",
    "decision.1.outcome": "held_over",
    "decision.1.until": "2017-10-10",
}
# What differs from an agreement that is in force as it was proposed.
DIFFERS: Mapping[str, Mapping[str, str | None]] = {
    "unsigned": {"stage": "signing", "party.limburg.signed_on": None},
    "held_over": HELD_OVER,
    "obligation": {
        "obligation.jaarverslag.what": "jaarverslag over de samenwerking",
        "obligation.jaarverslag.by": "limburg",
        "obligation.jaarverslag.on": "2018-04-01",
        "obligation.jaarverslag.every": "P1Y",
        "obligation.jaarverslag.clause": "Artikel 6: elk jaar vóór 1 april een verslag",
    },
    "notice": TACIT,
    "renewal": TACIT,
    "expiry": {"stage": "ended", "ending": "lapsed"},
    "terminate": {
        "termination.on": "2018-10-01",
        "termination.ends_on": "2018-12-31",
    },
    "missing_fact": {"contribution.payee": "unknown"},
}
OFFICE = "Portefeuille Sociaal Domein"


def sample(rule: str) -> Agreement:
    """Return the source case, in the state in which this mail would be sent about it."""
    facts = {**PROPOSED, **DECIDED, **SIGNED, **DIFFERS.get(rule, {})}
    return build(Agreement, {path: text for path, text in facts.items() if text is not None})

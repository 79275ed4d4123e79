"""A town whose daemon stood still for a long time, and what its mails tell."""

import re

from tests.announced import JANSSEN
from tests.town import OFFICES, Delivered, Town, running

SMIT = "b.smit@maastricht.example"


def owned(ref: str, email: str = JANSSEN) -> str:
    """Return an agreement that runs already and has a case owner."""
    return running(ref, more=f'case_owner = {{ name = "A. Janssen", email = "{email}" }}')


def stopped(town: Town, *contents: str, until: str = "2018-09-03 10:00") -> Town:
    """Register what runs already; the daemon stands still until Monday 3 September 2018.

    Of the evaluations, on 30 September, the last announcement was due on Thursday 30 August.
    """

    def walk() -> None:
        town.at("2018-06-05 10:00").register(OFFICES, *contents, history=True)
        town.one_pass()
        town.relay.forget()

    town.brought(f"stopped {contents}", walk).at(until).confirm()
    return town


def shown(mail: Delivered) -> list[str]:
    """Return of which agreements, such as A-1, a mail tells."""
    return sorted(set(re.findall(r"Agreement (\w-\d)\b", mail.words)))


def by_reader(town: Town) -> list[tuple[str, list[str]]]:
    """Return to whom each accepted mail went, and of which agreements it tells."""
    return [(mail.to, shown(mail)) for mail in town.relay.accepted]


def evaluated(town: Town, *refs: str) -> None:
    """Hold the evaluation of these agreements."""
    for ref in refs:
        town.do_with(ref, "start_evaluation")
        town.do_with(ref, "conclude", report="R", conclusion="Goed.")

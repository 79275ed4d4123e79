"""The invented register in a database: what is mailed, and to whom, when it is brought in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.register import FOLDER
from tests.town import Town, the_usual_town, visiting
from workflow.intake.register import import_files
from workflow.system.settings import Mail, Municipality

pytestmark = pytest.mark.on_sqlite

OFFICES = FOLDER / "offices.toml"
VELDRIJK = Municipality(name="Gemeente Veldrijk", installation="test")
SENDER = Mail(sender="Looptijd <looptijd@veldrijk.example>")
CASE_OWNER = "beleid.jeugd@veldrijk.example"
FINANCE = "financien@veldrijk.example"
WETHOUDER = "secretariaat.terwiel@veldrijk.example"


@pytest.fixture
def veldrijk(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give the register of Gemeente Veldrijk on 9 December 2024, with its offices only."""
    made = the_usual_town(
        database_url, tmp_path, "2024-12-09 10:00", municipality=VELDRIJK, mail=SENDER
    )
    with visiting(made) as town:
        assert not import_files(town.app, [OFFICES], by="griffier").problems
        yield town


def bring_in(town: Town, *paths: Path, history: bool = False) -> list[str]:
    """Import files that have no problems; return what was created."""
    result = import_files(town.app, list(paths), by="griffier", history=history)
    assert not result.problems, [f"{p.key}: {p.problem}" for p in result.problems]
    return result.created


@pytest.mark.on_both
def test_the_whole_register_is_brought_in_at_once(veldrijk: Town) -> None:
    new = bring_in(veldrijk, *sorted(FOLDER.glob("new/*.toml")))
    running = bring_in(
        veldrijk.at("2025-01-06 10:00"), *sorted(FOLDER.glob("running/*.toml")), history=True
    )

    assert (len(new), len(running)) == (8, 10)
    assert veldrijk.problems() == []


def test_bringing_in_what_runs_fires_nothing_and_mails_each_address_once_at_most(
    veldrijk: Town,
) -> None:
    refs = bring_in(
        veldrijk.at("2025-01-06 10:00"), *sorted(FOLDER.glob("running/*.toml")), history=True
    )
    veldrijk.one_pass()

    assert [name for ref in refs for name in veldrijk.fired(ref)] == []
    addresses = [mail.to for mail in veldrijk.relay.accepted]
    assert len(addresses) == len(set(addresses))
    assert CASE_OWNER not in addresses


def test_what_lies_in_the_past_of_a_fixed_start_is_told_each_address_in_one_mail(
    veldrijk: Town,
) -> None:
    ref = "VR-2025-001"
    bring_in(veldrijk, FOLDER / "new" / "jeugdhulp.toml")
    veldrijk.at("2024-12-10 10:00").do_with(ref, "submit")
    veldrijk.at("2025-01-15 10:00").do_with(ref, "agree")
    veldrijk.one_pass()
    assert veldrijk.relay.shown() == []

    veldrijk.at("2025-02-04 16:00").do_with(ref, "decide", outcome="as_proposed")
    veldrijk.one_pass()

    # Three instalments and three signatures are late, and the decision itself is told as well.
    addresses = [mail.to for mail in veldrijk.relay.accepted]
    assert len(addresses) == len(set(addresses))
    assert {CASE_OWNER, FINANCE, WETHOUDER} <= set(addresses)


@pytest.mark.on_both
def test_an_agreement_that_is_not_public_is_masked_in_every_subject(veldrijk: Town) -> None:
    ref = "VR-2025-005"
    bring_in(veldrijk, FOLDER / "new" / "warmtenet.toml")
    veldrijk.at("2025-03-11 10:00").do_with(ref, "submit")
    veldrijk.at("2025-03-26 10:00").do_with(ref, "agree")
    veldrijk.at("2025-04-15 15:00").do_with(ref, "decide", outcome="as_proposed")
    for party, day in (("veldrijk", "06"), ("warmtecooperatie", "08"), ("veldwonen", "15")):
        veldrijk.at(f"2025-05-{day} 10:00").do_with(ref, "sign", party=party)
        veldrijk.one_pass()

    subjects = [mail.subject for mail in veldrijk.relay.accepted]
    assert subjects
    assert all(ref in subject for subject in subjects)
    assert not [s for s in subjects if "armtenet" in s or "Lindehof" in s]


def test_mail_of_a_vacant_portfolio_goes_to_the_executive_office(veldrijk: Town) -> None:
    ref = "VR-2025-002"
    bring_in(veldrijk, FOLDER / "new" / "bibliotheek.toml")
    veldrijk.at("2024-12-09 11:00").do_with(ref, "submit")
    veldrijk.do_with(ref, "agree")
    veldrijk.at("2024-12-10 15:00").do_with(ref, "decide", outcome="text_changes")
    veldrijk.one_pass()
    assert "bestuurssecretariaat@veldrijk.example" in [m.to for m in veldrijk.relay.accepted]

    veldrijk.relay.forget()
    veldrijk.at("2025-02-03 10:00").do_with(ref, "sign", party="veldrijk")
    veldrijk.do_with(ref, "sign", party="bibliotheek")
    veldrijk.one_pass()

    addresses = {mail.to for mail in veldrijk.relay.accepted}
    assert "secretariaat.hesselaar@veldrijk.example" in addresses
    assert "bestuurssecretariaat@veldrijk.example" not in addresses

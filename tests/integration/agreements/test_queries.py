"""What operators ask of many agreements: only those are read that can be in the answer."""

from datetime import date
from pathlib import Path

from tests.town import OFFICES, Town, running
from workflow.agreements.queries import deadlines, never_left, status_in_words, to_come


def test_what_is_to_come_until_a_day_is_what_may_fire_by_then(town: Town) -> None:
    town.at("2018-02-01 10:00").register(
        OFFICES, running("A-1"), running("A-2", length="P10Y"), history=True
    )
    until = date(2018, 11, 30)
    every = list(to_come(town.app))
    expected = [
        line for line in every if line.occurrence and line.occurrence.alert_at.date() <= until
    ]

    found = list(to_come(town.app, until=until))

    assert found == expected
    assert {line.agreement.ref for line in found} == {"A-1"}
    assert {line.agreement.ref for line in every} == {"A-1", "A-2"}


def test_an_agreement_whose_next_look_lies_later_is_not_read(town: Town) -> None:
    town.at("2018-02-01 10:00").register(OFFICES, running("A-1"), history=True)
    town.change("UPDATE agreement SET next_alert_at = '2030-01-01 00:00:00.000000'")

    assert list(to_come(town.app, until=date(2018, 12, 31))) == []
    assert list(to_come(town.app)) != []


def test_an_alert_of_a_draft_whose_day_went_by_is_not_to_come(town: Town) -> None:
    register = Path("examples/register")
    texts = (register / "offices.toml", register / "new" / "gegevensdeling.toml")
    town.at("2026-11-28 10:00").register(*(text.read_text(encoding="utf-8") for text in texts))

    lines = deadlines(town.app, "VR-2025-006")
    policy, today = town.app.configuration.policy, town.app.today()
    gone = [line for line in lines if never_left(line, policy, today)]
    coming = {line.occurrence.name for line in to_come(town.app) if line.occurrence}
    assert gone
    assert not {line.occurrence.name for line in gone if line.occurrence} & coming
    assert {status_in_words(line, policy, today).text for line in gone} == {"did not leave: {why}"}

"""The doctor about offices: who is not reached today, and who will not be reached soon."""

import pytest

from notifications.language import language
from notifications.transport import Outcome, Verdict
from tests.town import CASE, OFFICES, Town, running
from workflow.maintenance import doctor as doctoring
from workflow.maintenance.doctor import Check, doctor
from workflow.system.settings import DaemonSettings, Mail, Municipality

pytestmark = pytest.mark.on_sqlite

ALONE = OFFICES.replace('fallback = "secretariaat"', "")


def offices(town: Town) -> list[Check]:
    """Return what the doctor says of offices."""
    return town.checks("offices")


def shown(town: Town) -> list[tuple[bool, bool, str]]:
    """Return of each check whether it is ok, whether it warns, and its first sentence."""
    return [(c.ok, c.warns, str(c.detail).partition(" Name a holder")[0]) for c in offices(town)]


def test_offices_that_are_held_are_fine(town: Town) -> None:
    town.in_force()
    assert shown(town) == [
        (True, False, "Somebody can be reached for every office of a running agreement.")
    ]


@pytest.mark.parametrize(
    "today,expected",
    [
        ("2018-05-03 10:00", None),
        ("2018-05-04 10:00", "2018-06-29"),  # eight weeks before
        ("2018-06-28 10:00", "2018-06-29"),
    ],
)
def test_an_office_that_nobody_will_hold_is_told_eight_weeks_ahead_with_the_day(
    town: Town, today: str, expected: str | None
) -> None:
    ending = ALONE.replace("from = 2018-06-01", "from = 2018-06-01\nuntil = 2018-06-28")
    town.at(today).register(ending, running("A-1"), history=True)
    warning = f"Nobody will be reached through sociaal-domein from {expected} on."
    assert shown(town) == [
        (True, False, "Somebody can be reached for every office of a running agreement."),
        *([(True, True, warning)] if expected else []),
    ]


def test_from_that_day_on_it_is_a_problem(town: Town) -> None:
    ending = ALONE.replace("from = 2018-06-01", "from = 2018-06-01\nuntil = 2018-06-28")
    town.at("2018-06-29 00:00").register(ending, running("A-1"), history=True)
    assert shown(town) == [(False, False, "Nobody is reached through: sociaal-domein.")]


def test_an_office_that_another_stands_in_for_is_fine(town: Town) -> None:
    ending = OFFICES.replace("from = 2018-06-01", "from = 2018-06-01\nuntil = 2018-06-28")
    town.at("2018-06-05 10:00").register(ending, running("A-1"), history=True)
    assert shown(town) == [
        (True, False, "Somebody can be reached for every office of a running agreement.")
    ]


def test_the_office_that_pays_is_looked_at_as_well(town: Town) -> None:
    ending = ALONE.replace(
        'email = "geld@maastricht.example"\nfrom = 2014-01-01',
        'email = "geld@maastricht.example"\nfrom = 2014-01-01\nuntil = 2017-07-01',
    )
    town.register(ending, CASE)
    assert shown(town) == [
        (True, False, "Somebody can be reached for every office of a running agreement."),
        (True, True, "Nobody will be reached through financien from 2017-07-02 on."),
    ]


def test_an_office_without_a_running_agreement_is_nobodys_concern(town: Town) -> None:
    town.register(ALONE.replace("from = 2014-01-01", "from = 2014-01-01\nuntil = 2016-01-01"))
    assert shown(town) == [
        (True, False, "Somebody can be reached for every office of a running agreement.")
    ]


def test_an_office_of_what_has_ended_is_nobodys_concern(town: Town) -> None:
    ending = ALONE.replace("from = 2018-06-01", "from = 2018-06-01\nuntil = 2018-06-28")
    town.at("2018-06-29 10:00").register(ending, running("A-1"), history=True)
    assert shown(town) == [(False, False, "Nobody is reached through: sociaal-domein.")]
    town.do_with("A-1", "terminate", on="2018-06-28", reason="opgezegd")
    assert shown(town) == [
        (True, False, "Somebody can be reached for every office of a running agreement.")
    ]


def test_a_clock_that_went_back_is_told_and_nobody_is_accused_for_it(town: Town) -> None:
    town.in_force().relay.answers(Outcome(verdict=Verdict.DEFERRED, reply="451 later"))
    town.until("2017-10-13 08:00").at("2016-10-13 08:00")
    wrong = {check.name: str(check.detail) for check in doctor(town.app) if not check.ok}
    jump = "The clock jumped (2017-10-13 08:00 → 2016-10-13 08:00); nothing fires."
    assert wrong["clock"].startswith(jump)
    assert "reconciled" not in wrong
    town.at("2017-10-13 08:05")
    assert "clock" not in {check.name for check in doctor(town.app) if not check.ok}


def test_a_clock_that_went_back_to_before_an_agreement_was_registered_accuses_nobody(
    town: Town,
) -> None:
    town.at("2018-06-29 10:00").register(ALONE, running("A-1", length="P9M"), history=True)
    town.until("2018-06-29 12:00").at("2018-05-02 10:00")
    assert town.problems() == []
    assert [str(check.detail) for check in town.checks("overdue")] == [
        "Every alert that was due has fired."
    ]


def test_the_clock_is_judged_as_the_next_look_will_judge_it(town: Town) -> None:
    town.in_force(until="2017-10-13 09:00").at("2018-03-01 09:00")
    (clock,) = town.checks("clock")
    assert str(clock.detail).startswith("The clock jumped (2017-10-13 09:00 → 2018-03-01 09:00)")
    town.tick()
    assert town.scalar("SELECT clock_held FROM register") == "2017-10-13 09:00 → 2018-03-01 09:00"


def test_mail_that_would_travel_unencrypted_is_told_before_a_daemon_refuses_to_start(
    town: Town,
) -> None:
    mail = Mail(transport="smtp", host="relay.example", tls="none")
    checks = [c for c in doctor(town.configured(mail=mail).app) if c.name == "relay"]
    assert [c.ok for c in checks] == [True, False]
    assert str(checks[1].detail) == (
        "Mail to relay.example would travel unencrypted: set mail.tls to starttls or implicit;"
        " none is for this machine only."
    )


def test_each_mail_that_could_not_be_composed_is_told_up_to_twenty_the_oldest_first(
    town: Town,
) -> None:
    refs = [f"A-{number}" for number in range(10, 32)]
    town.at("2018-06-01 10:00").register(OFFICES, *map(running, refs), history=True)
    town.at("2018-06-29 08:00").tick()
    town.change("UPDATE message SET last_error = 'no words'")
    told = [str(check.detail) for check in town.checks("mail") if not check.ok]
    assert told == [
        f"Mail {number} about {ref} waits and could not be composed: no words"
        for number, ref in enumerate(refs[:20], start=1)
    ]


def test_in_production_mail_that_reaches_nobody_who_is_asked_is_told(town: Town) -> None:
    production = Municipality(name="Gemeente Maastricht", installation="production")
    mail = Mail(redirect_all_to="test@gm.example", operator="beheer@maastricht.example")
    town = town.configured(municipality=production, mail=mail)
    assert [str(check.detail) for check in town.checks("configuration")] == [
        "This is production, but mail is written to a folder.",
        "This is production, but every mail goes to test@gm.example: empty mail.redirect_all_to.",
    ]


def test_a_database_whose_file_has_another_name_as_well_is_told(town: Town) -> None:
    """SQLite keeps its log beside each name: daemons under two names destroy each other's work."""
    named = town.configured(mail=Mail(operator="beheer@m.example"))
    file = named.app.database.file
    assert file
    (named.folder / "other.db").hardlink_to(file)
    (check,) = named.checks("configuration")
    assert str(check.detail) == (
        f"The file of the database, {file}, has another name as well (a hard link): who works under"
        " that name does not see what is recorded here, and may destroy it. Remove the other name."
    )
    (named.folder / "other.db").unlink()
    (check,) = named.checks("configuration")
    assert str(check.detail) == "The configuration is complete."


@pytest.mark.on_both
def test_on_postgresql_a_state_folder_that_is_not_named_is_told(town: Town) -> None:
    """Beside an SQLite file there is a place that all agree on."""
    unnamed = town.configured(daemon=DaemonSettings(), mail=Mail(operator="beheer@m.example"))
    with unnamed.app.reading() as connection:
        told = [str(check.detail) for check in doctoring._configuration(connection, unnamed.app)]
    if town.app.database.is_sqlite:
        assert told == ["The configuration is complete."]
    else:
        (said,) = told
        assert said.startswith("daemon.state_directory is empty: the daemon and the commands may")


def test_mail_that_needs_a_look_is_counted_by_statuses_in_the_readers_language(town: Town) -> None:
    town.in_force(until="2020-07-13 09:00")
    town.change("UPDATE message SET status = 'refused' WHERE id IN (1, 2)")
    town.change("UPDATE message SET status = 'unknown' WHERE id = 3")
    (check,) = town.checks("mail")
    assert str(check.detail) == "Mail needs a look: refused 2, unknown 1."
    assert language("nl").say(check.detail) == "Kijk naar de mail: geweigerd 2, onbekend 1."

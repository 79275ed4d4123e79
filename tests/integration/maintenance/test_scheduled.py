"""Work that is scheduled leaves a sign: the doctor tells when it was last done, or what failed."""

import pytest

from notifications.language import language
from states.model.phrase import Refusal, say
from tests.town import Town
from workflow.app.signs_of_life import leaving_sign
from workflow.maintenance.doctor import doctor
from workflow.maintenance.figures import measure
from workflow.system.settings import Mail

pytestmark = pytest.mark.on_sqlite

SCHEDULED = {"backup", "verify", "metrics"}


def shown(town: Town) -> list[tuple[str, bool, bool, str]]:
    """Return what the doctor says of scheduled work."""
    return [
        (check.name, check.ok, check.warns, language("en").say(check.detail))
        for check in doctor(town.app)
        if check.name in SCHEDULED
    ]


def test_what_is_not_scheduled_is_not_missed_on_a_test_server(town: Town) -> None:
    assert shown(town.at("2018-06-01 10:00")) == []


@pytest.mark.on_both
def test_a_backup_that_was_made_is_told_and_after_two_days_it_is_missed(town: Town) -> None:
    with leaving_sign(town.at("2018-06-01 03:00").app, "backup"):
        pass
    told = "It was last done on Friday 1 June 2018 03:00."
    assert shown(town.at("2018-06-03 03:00")) == [("backup", True, False, told)]
    late = "The last one is 3 days old, of Friday 1 June 2018 03:00."
    assert shown(town.at("2018-06-04 04:00")) == [("backup", True, True, late)]


@pytest.mark.parametrize(
    "work, in_time, too_late",
    [
        ("verify", "2018-06-09 03:00", "2018-06-09 03:01"),
        ("metrics", "2018-06-01 03:15", "2018-06-01 03:16"),
    ],
)
def test_grafana_724_work_that_was_not_done_in_time_is_told(
    town: Town, work: str, in_time: str, too_late: str
) -> None:
    with leaving_sign(town.at("2018-06-01 03:00").app, work):
        pass
    assert [row[:3] for row in shown(town.at(in_time))] == [(work, True, False)]
    assert [row[:3] for row in shown(town.at(too_late))] == [(work, True, True)]


@pytest.mark.parametrize(
    "error, told", [(OSError("disk"), "disk"), (ZeroDivisionError(), "ZeroDivisionError()")]
)
def test_what_nobody_expected_is_told_as_well(town: Town, error: Exception, told: str) -> None:
    town.at("2018-06-01 03:00")
    with pytest.raises(type(error)), leaving_sign(town.app, "backup"):
        raise error
    failed = f"It failed on Friday 1 June 2018 03:00: {told}"
    assert [row[3] for row in shown(town)] == [failed]


def test_what_failed_is_told_until_it_is_done(town: Town) -> None:
    town.at("2018-06-01 03:00")
    with pytest.raises(Refusal), leaving_sign(town.app, "backup"):
        raise Refusal(say("There is no room."))
    failed = "It failed on Friday 1 June 2018 03:00: There is no room."
    assert shown(town) == [("backup", False, False, failed)]
    assert measure(town.app).work["backup"].last_error
    with leaving_sign(town.later(days=1).app, "backup"):
        pass
    assert [row[:3] for row in shown(town)] == [("backup", True, False)]


def test_a_verification_that_finds_something_has_failed_and_so_has_what_was_ended(
    town: Town,
) -> None:
    for end in (SystemExit(1), KeyboardInterrupt()):
        with pytest.raises(BaseException), leaving_sign(town.app, "verify"):  # noqa: B017, PT011
            raise end
        assert [row[:3] for row in shown(town)] == [("verify", False, False)]
    with pytest.raises(SystemExit), leaving_sign(town.app, "verify"):
        raise SystemExit(0)
    assert [row[:3] for row in shown(town)] == [("verify", True, False)]


def test_what_failed_is_told_in_the_registers_language(town: Town) -> None:
    town = town.at("2018-06-01 03:00").configured(language="nl")
    for end, told in (
        (SystemExit(1), "exitcode 1; zie: looptijd verify"),
        (KeyboardInterrupt(), "het werd afgebroken"),
        (SystemExit(143), "het werd afgebroken"),
        (
            Refusal(say("Somebody can be reached for every office of a running agreement.")),
            "Voor elke functie van een lopende overeenkomst is iemand te bereiken.",
        ),
    ):
        with pytest.raises(BaseException), leaving_sign(town.app, "verify"):  # noqa: B017, PT011
            raise end
        assert [text for *_, text in shown(town)] == [
            f"It failed on Friday 1 June 2018 03:00: {told}"
        ]


def test_a_greeting_of_the_relay_is_told_for_twenty_five_hours(town: Town) -> None:
    mail = Mail(transport="smtp", host="relay.example", port=587)
    town = town.at("2018-06-01 03:00").configured(mail=mail)
    with leaving_sign(town.app, "relay mail1"):
        pass

    def told(when: str) -> list[str]:
        return [language("en").say(check.detail) for check in town.at(when).checks("relay")]

    fine = "No mail waits for the relay."
    greeted = "The relay relay.example:587 took the daemon's greeting on Friday 1 June 2018 03:00."
    assert told("2018-06-02 03:59") == [fine, greeted]
    assert told("2018-06-02 04:00") == [fine]
    assert told("2018-06-02 04:01") == [fine]


@pytest.mark.on_both
def test_signs_of_work_are_no_daemon(town: Town) -> None:
    with leaving_sign(town.app, "backup"):
        pass
    assert measure(town.app).looks == {}
    assert measure(town.app).work.keys() == {"backup"}

"""What a difference of policies tells of the settings that differ."""

from workflow.cli.commands.policy import settings_in_words
from workflow.maintenance.setup import ChangedSetting


def test_a_setting_that_differs_is_told_from_what_to_what() -> None:
    changed = [
        ChangedSetting(key="calendar.alert_time", old="08:00", new="09:00"),
        ChangedSetting(
            key="calendar.closed_days",
            old=["2026-05-15", "2026-12-24"],
            new=["2026-12-24", "2026-12-31"],
        ),
        ChangedSetting(key="calendar.recess", old=[], new=[["2027-07-10", "2027-08-22"]]),
        ChangedSetting(key="alerts.payment_before", old=["P8W", "P4W", "P0D"], new=["P4W", "P0D"]),
        ChangedSetting(key="alerts.obligation_after", old=["P2W"], new=[]),
        ChangedSetting(key="alerts.held_over_after", old=[], new=["P2W"]),
    ]

    assert [str(sentence) for sentence in settings_in_words(changed)] == [
        "the time at which alerts leave: 08:00 → 09:00",
        "closed days, added: 2026-12-31",
        "closed days, removed: 2026-05-15",
        "recess, added: 2027-07-10 through 2027-08-22",
        "payment: P8W before, P4W before, on the day → P4W before, on the day",
        "obligation: P2W after → none",
        "decision: none → P2W after",
    ]

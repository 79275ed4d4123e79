"""What is suggested to who mistypes."""

from notifications.language import language
from workflow.system.suggest import suggest_said


def test_of_all_that_is_near_the_nearest_is_suggested() -> None:
    """“submit” (voorleggen) is near “besluit” as well, and comes before “decide” (besluiten)."""
    remedy = suggest_said("besluit", ["submit", "decide"])
    assert language("nl").say(remedy) == "Bedoelt u “besluiten”? Dit kan: voorleggen, besluiten."

"""What is suggested to who mistypes."""

from notifications.language import language
from workflow.system.suggest import suggest, suggest_said


def test_of_all_that_is_near_the_nearest_is_suggested() -> None:
    """“submit” (voorleggen) is near “besluit” as well, and comes before “decide” (besluiten)."""
    remedy = suggest_said("besluit", ["submit", "decide"])
    assert language("nl").say(remedy) == "Bedoelt u “besluiten”? Dit kan: voorleggen, besluiten."


def test_of_many_names_only_the_nearest_is_suggested_and_of_none_it_says_so() -> None:
    offices = ["sociaal-domein", "financien", "griffie", "ict", "milieu", "zorg", "sport", "wonen"]
    few, many = suggest("griffi", offices), suggest("griffi", [*offices, "jeugd"])
    assert str(few) == f"Did you mean “griffie”? Accepted: {', '.join(offices)}."
    assert str(many) == "Did you mean “griffie”?"
    assert str(suggest("griffie", [])) == "Accepted: none."

"""The keys that a shell completes, asked of each database by its own driver."""

from tests.announced import three
from tests.town import Town
from workflow.store import completion


def test_what_is_completed_is_asked_of_the_driver_alone(town: Town) -> None:
    three(town).at("2018-08-30 08:00").tick()
    url = town.app.settings.database.url
    assert completion.references(url, "A-") == [(f"A-{n}", "active") for n in (1, 2, 3)]
    assert completion.references(url, "B") == []
    named = ["financien", "gemeentesecretaris", "secretariaat", "sociaal-domein"]
    assert completion.offices(url) == [(key,) for key in named]
    ((stage, ending, facts),) = completion.dossier(url, "A-1")
    assert (stage, ending) == ("active", None)
    assert '"ref":"A-1"' in facts
    assert completion.alerted(url, "A-1") == [("evaluation:final:2018-09-30:-P1M",)]

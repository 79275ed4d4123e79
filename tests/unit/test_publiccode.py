"""publiccode.yml is valid by its standard (0.4) and says of looptijd what the package says."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from notifications.language import LANGUAGES
from workflow import __version__

ROOT = Path(__file__).parents[2]
# Of the standard's controlled vocabulary, what comes near to looptijd.
CATEGORIES = {
    *("business-process-management", "compliance-management", "document-management"),
    *("task-management", "time-management", "workflow-management"),
}
SCOPES = {"government", "local-authorities"}


@pytest.fixture
def told() -> Any:
    return yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))


def test_it_has_the_keys_that_the_standard_requires(told: Any) -> None:
    assert told.keys() == {
        *("publiccodeYmlVersion", "name", "url", "softwareVersion", "releaseDate", "platforms"),
        *("categories", "developmentStatus", "softwareType", "intendedAudience", "description"),
        *("legal", "maintenance", "localisation"),
    }
    assert told["publiccodeYmlVersion"] == "0.4"
    assert told["url"].startswith("https://")
    assert date.fromisoformat(told["releaseDate"])
    assert set(told["categories"]) <= CATEGORIES
    assert set(told["intendedAudience"]["scope"]) <= SCOPES
    assert told["softwareType"] == "standalone/backend"
    assert told["maintenance"]["type"] == "community"
    assert told["maintenance"]["contacts"][0]["name"]
    assert told["localisation"]["localisationReady"] is True


def test_each_language_describes_it_within_the_standards_lengths(told: Any) -> None:
    for words in told["description"].values():
        assert len(words["shortDescription"]) <= 150
        assert 500 <= len(words["longDescription"]) <= 10_000
        assert words["features"]


def test_it_agrees_with_the_package(told: Any) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert told["softwareVersion"] == __version__
    assert told["legal"]["license"] == project["license"]
    assert told["description"]["en"]["shortDescription"] == project["description"]
    assert (
        f"Development Status :: 4 - {told['developmentStatus'].title()}" in project["classifiers"]
    )
    assert set(told["localisation"]["availableLanguages"]) == set(LANGUAGES)
    assert set(told["description"]) == set(LANGUAGES)

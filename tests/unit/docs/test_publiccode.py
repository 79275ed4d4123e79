"""publiccode.yml is valid by its standard (0.7) and says of looptijd what the package says."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from notifications.language import LANGUAGES
from workflow import __version__

ROOT = Path(__file__).parents[3]
# Of the standard's controlled vocabulary, what comes near to looptijd.
CATEGORIES = {
    *("business-process-management", "compliance-management", "document-management"),
    *("task-management", "time-management", "workflow-management"),
}
SCOPES = {"government", "local-authorities"}


@pytest.fixture
def shown() -> Any:
    return yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))


def test_it_has_the_keys_that_the_standard_requires(shown: Any) -> None:
    assert shown.keys() == {
        *("publiccodeYmlVersion", "name", "url", "softwareVersion", "releaseDate", "platforms"),
        *("categories", "developmentStatus", "softwareType", "intendedAudience", "description"),
        *("legal", "maintenance", "localisation"),
    }
    assert shown["publiccodeYmlVersion"] == "0.7"
    assert shown["url"].startswith("https://")
    assert date.fromisoformat(shown["releaseDate"])
    assert set(shown["categories"]) <= CATEGORIES
    assert set(shown["intendedAudience"]["scope"]) <= SCOPES
    assert shown["intendedAudience"]["countries"] == [
        "NL"
    ]  # small letters are deprecated since 0.5
    assert shown["softwareType"] == "standalone/backend"
    assert shown["maintenance"]["type"] == "community"
    assert shown["maintenance"]["contacts"][0]["name"]
    assert shown["localisation"]["localisationReady"] is True


def test_each_language_describes_it_within_the_standards_lengths(shown: Any) -> None:
    for words in shown["description"].values():
        assert len(words["shortDescription"]) <= 150
        assert 500 <= len(words["longDescription"]) <= 10_000
        assert words["features"]


def test_it_agrees_with_the_package(shown: Any) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert shown["softwareVersion"] == __version__
    assert shown["legal"]["license"] == project["license"]
    assert shown["description"]["en"]["shortDescription"] == project["description"]
    assert (
        f"Development Status :: 4 - {shown['developmentStatus'].title()}" in project["classifiers"]
    )
    assert set(shown["localisation"]["availableLanguages"]) == set(LANGUAGES)
    assert set(shown["description"]) == set(LANGUAGES)

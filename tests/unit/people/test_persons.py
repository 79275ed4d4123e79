"""Persons: what names somebody in a text, and which sealed values are whose contact data."""

from datetime import UTC, datetime

import pytest

from states.model.agreement import Agreement
from states.model.events import Event, FactChange
from states.model.fact_fields import fact_type_at, paths
from states.model.fact_types import PrivateText, fact_type_for
from workflow.engine.offices import Office
from workflow.engine.private_values import CONTACT_FACT, CONTACT_FIELDS, PRIVATE_FACTS
from workflow.people.persons import Naming, PrivateValues, compared, private_values_of

AT = datetime(2018, 6, 5, tzinfo=UTC)
N1, N2, E1, E2, E3 = (f"sealed:{name}" for name in ("n1", "n2", "e1", "e2", "e3"))


def event(seq: int, *changes: tuple[str, str | None, str | None], **parts: str) -> Event:
    said = tuple(FactChange(*change) for change in changes)
    actor = parts.pop("actor", f"sealed:actor{seq}")
    return Event(seq=seq, at=AT, actor=actor, action="amend", changes=said, **parts)  # type: ignore[arg-type]


def entered(seq: int, group: str, name: str, email: str) -> Event:
    return event(seq, (f"{group}.name", None, name), (f"{group}.email", None, email))


def paired(stream: PrivateValues, *own: str) -> list[str]:
    return sorted(stream.paired(own))


# What names somebody -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text,named",
    [
        ("gebeld met A. Janssen", True),
        ("GEBELD MET a.  janssen.", True),
        ("gebeld met A.\nJanssen over de bijdrage", True),
        ("(A. Janssen)", True),
        ("A. Janssens belde", False),
        ("D.A. Janssen belde", False),
        ("A. Janssen-Pieters belde", False),
        ("A. Janssen- en verder", True),
        ("LA. Janssen", False),
        ("Janssen belde", False),
        ("mail aan a.janssen@maastricht.example.", True),
        ("mail aan A.Janssen@Maastricht.Example", True),
        ("<a.janssen@maastricht.example>: onbekend", True),
        ("mail aan da.janssen@maastricht.example", False),
        ("mail aan a.janssen@maastricht.example.org", False),
        ("mail aan a.janssen@maastricht.example-oud", False),
        ("", False),
        (None, False),
    ],
)
def test_a_text_names_somebody_by_the_whole_name_or_address(
    text: str | None, *, named: bool
) -> None:
    naming = Naming(["A. Janssen", "a.janssen@maastricht.example"])
    assert naming.is_in(text) is named


def test_letters_that_are_written_in_two_ways_are_the_same() -> None:
    assert Naming(["Co\u00f6per"]).is_in("wethouder Coo\u0308per")
    assert compared(" Co\u00f6per  Bol ") == compared("COO\u0308PER bol")


def test_a_text_can_be_kept_without_the_name() -> None:
    naming = Naming(["A. Janssen", "a.janssen@maastricht.example"])
    text = "550 5.1.1 <a.janssen@maastricht.example>: A. Janssen is weg"
    assert naming.without(text, "(gewist)") == "550 5.1.1 <(gewist)>: (gewist) is weg"


def test_a_mark_takes_the_place_of_the_longest_that_names_somebody() -> None:
    naming = Naming(["Janssen", "Janssen Pieters"])
    assert naming.without("550 Janssen Pieters is weg", "(gewist)") == "550 (gewist) is weg"


# Whose contact data ------------------------------------------------------------------------------


def test_a_name_belongs_to_the_address_beside_it() -> None:
    stream = private_values_of([entered(1, "case_owner", N1, E1)])
    assert paired(stream, N1) == [E1]
    assert paired(stream, E1) == [N1]


def test_holders_of_one_office_are_kept_apart() -> None:
    stream = private_values_of([entered(1, "holder.1", N1, E1), entered(2, "holder.2", N2, E2)])
    assert paired(stream, N1) == [E1]
    assert paired(stream, E2) == [N2]


def test_whoever_was_followed_up_keeps_what_belongs_together() -> None:
    stream = private_values_of([entered(1, "case_owner", N1, E1), entered(2, "case_owner", N2, E2)])
    assert paired(stream, N1) == [E1]
    assert paired(stream, N2) == [E2]


def test_a_name_brings_every_address_that_stood_beside_it() -> None:
    stream = private_values_of(
        [entered(1, "case_owner", N1, E1), event(2, ("case_owner.email", E1, E2))]
    )
    assert paired(stream, N1) == [E1, E2]


def test_an_old_address_does_not_bring_the_name_that_has_another_by_now() -> None:
    stream = private_values_of(
        [entered(1, "case_owner", N1, E1), event(2, ("case_owner.email", E1, E2))]
    )
    assert paired(stream, E1) == []
    assert paired(stream, E2) == [N1]


def test_an_erased_value_in_force_keeps_its_token_and_an_older_one_is_named_by_its_event() -> None:
    stream = private_values_of(
        [
            entered(1, "case_owner", N1, E1),
            event(2, ("case_owner.email", E1, E2), reason="sealed:why"),
            event(3, actor="sealed:me"),
        ]
    )
    assert stream.erased({N1, E1, E2, "sealed:me", "sealed:why", E3}) == (
        FactChange("case_owner.name", N1, N1),
        FactChange("event.1.case_owner.email", E1, None),
        FactChange("event.2.reason", "sealed:why", None),
        FactChange("case_owner.email", E2, E2),
        FactChange("event.3.actor", "sealed:me", None),
    )


def test_what_an_erasing_event_says_is_nobodys_contact_data_anew() -> None:
    first = [entered(1, "case_owner", N1, E1)]
    erased = private_values_of(first).erased({N1, E1})
    again = Event(seq=2, at=AT, actor="looptijd", action="erase", changes=erased)
    assert private_values_of([*first, again]) == private_values_of(first)


# Which facts are somebody's ----------------------------------------------------------------------


def private_facts(cls: type) -> set[str]:
    private = fact_type_for(PrivateText)
    return {path for path in paths(cls) if fact_type_at(cls, path) is private}


def test_what_the_model_calls_private_stands_behind_a_token_and_is_found_by_who_erases() -> None:
    of_offices = {path.replace("HOLDER", "1") for path in private_facts(Office)}

    assert private_facts(Agreement) == PRIVATE_FACTS, "or it stands in the ledger for ever"
    for path in PRIVATE_FACTS | of_offices:
        assert CONTACT_FACT.fullmatch(path), path
        assert path.startswith(CONTACT_FIELDS), path

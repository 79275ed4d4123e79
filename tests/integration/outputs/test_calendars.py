"""An office's calendar: what an amendment does to a date in it, and what nobody may read there."""

from datetime import date
from typing import Any

import icalendar
import pytest

from notifications.language import language
from states.model.phrase import Refusal
from tests.town import CASE, OFFICES, Town
from workflow.outputs.calendars import calendars

# What is exported is read through queries that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite


def text_of(town: Town, office: str = "sociaal-domein") -> str:
    found, failed = calendars(town.app, language("nl"), office)
    assert failed == []
    return found[office]


def events(town: Town, office: str = "sociaal-domein") -> dict[str, Any]:
    """Return the events of a calendar by summary, as another program reads them."""
    read = icalendar.Calendar.from_ical(text_of(town, office))
    return {str(event["SUMMARY"]): event for event in read.events}


def dated(town: Town, office: str = "sociaal-domein") -> list[tuple[date, str]]:
    """Return each date of a calendar with its summary."""
    read = icalendar.Calendar.from_ical(text_of(town, office))
    return [(event.start, str(event["SUMMARY"])) for event in read.events]


NAME = "Verbindend Leiden (SO-2017-0042)"
EVALUATION = "Houd de eindevaluatie: Verbindend Leiden (SO-2017-0042)"
CONTINUATION = "Besluit over de voortzetting: Verbindend Leiden (SO-2017-0042)"


def test_dates_stand_in_the_calendar_of_the_office_that_keeps_them(town: Town) -> None:
    town.in_force()
    mine, (third,) = events(town), events(town, "financien").values()
    assert {summary: event.start for summary, event in mine.items()} == {
        EVALUATION: date(2020, 7, 11),
        CONTINUATION: date(2020, 10, 11),
    }
    assert dated(town, "financien") == [
        (date(2017, 10, 12), f"Betaal €\xa01.000,00: {NAME}"),
        (date(2018, 10, 12), f"Betaal €\xa01.000,00: {NAME}"),
        (date(2019, 10, 12), f"Betaal €\xa01.000,00: {NAME}"),
    ]
    assert "Termijn 3: €\xa01.000,00" in str(third["DESCRIPTION"])
    assert "Drie maanden voor het einde" in str(mine[EVALUATION]["DESCRIPTION"])


TACIT = """length = "P3Y"
renewal = "tacit"
renewal_length = "P1Y"
notice = "P3M\""""


def test_the_last_day_to_give_notice_says_so(town: Town) -> None:
    town.register(OFFICES, CASE.replace('length = "P3Y"', TACIT)).decided().signed()
    assert (date(2020, 7, 10), f"Laatste dag om op te zeggen: {NAME}") in dated(town)


def test_the_last_days_to_give_notice_of_two_ends_are_told_apart_and_stay_once_passed(
    town: Town,
) -> None:
    a_year = TACIT.replace("P3M", "P1Y")
    town.register(OFFICES, CASE.replace('length = "P3Y"', a_year)).decided().signed()
    of_an_end = "Laatste dag om op te zeggen voor het einde op"
    both = [
        (date(2019, 10, 10), f"Laatste dag om op te zeggen: {NAME}"),
        (date(2020, 10, 10), f"{of_an_end} maandag 11 oktober 2021: {NAME}"),
    ]
    assert dated(town)[:1] + dated(town)[2:] == both
    third = (date(2021, 10, 10), f"{of_an_end} dinsdag 11 oktober 2022: {NAME}")
    told = [one for one in dated(town.until("2020-10-12 10:00")) if "evaluatie" not in one[1]]
    assert told == [*both, third]
    (renewed,) = [
        mail
        for mail in town.relay.accepted
        if mail.to.startswith("bastiaens@") and "verlengd" in mail.subject
    ]
    assert "uit uw agenda" not in renewed.words
    town.do("terminate", ends_on="2021-10-11", reason="Te duur.")
    told = [one for one in dated(town) if "evaluatie" not in one[1]]
    assert told[:2] == both
    assert told[2][1].startswith("Vervallen: de opzegging, met dinsdag 11 oktober 2022")


@pytest.mark.parametrize(
    "more, second",
    [
        ('payer = "limburg"', "Vraag of Provincie Limburg €\xa01.000,00 heeft betaald"),
        ('indexation = "CBS"', "Betaal termijn 2 (zonder indexering €\xa01.000,00)"),
        ("", "Betaal termijn 2 (€\xa01.000,00, niet zeker)"),
    ],
)
def test_a_payment_says_who_pays_how_much_and_what_is_not_certain(
    town: Town, more: str, second: str
) -> None:
    case = CASE.replace('every = "P1Y"', f'every = "P1Y"\n{more}')
    if not more:
        case += '[[agreement.source]]\nfield = "contribution.amount"\nstatus = "assumed"\n'
    town.register(OFFICES, case).decided().signed()
    assert dated(town, "financien")[1] == (date(2018, 10, 12), f"{second}: {NAME}")


def test_a_reader_of_a_calendar_looks_again_each_day_and_reads_no_command(town: Town) -> None:
    text = text_of(town.in_force())
    assert "REFRESH-INTERVAL;VALUE=DURATION:P1D\r\n" in text
    assert "looptijd why" not in text.replace("\r\n ", "")


def test_two_exports_without_a_change_are_the_same_bytes(town: Town) -> None:
    before = text_of(town.in_force())
    town.later(days=200)
    assert text_of(town) == before


def test_at_new_year_the_dates_of_what_has_no_end_go_on_for_a_year(town: Town) -> None:
    endless = CASE.replace('length = "P3Y"', "open_ended = true").replace(
        'before_end = "P3M"', 'after_start = "P3M"'
    )
    town.register(OFFICES, endless).decided().signed()
    before = text_of(town, "financien")
    assert text_of(town.at("2017-12-31 23:59"), "financien") == before
    assert dated(town, "financien")[-1][0] == date(2020, 10, 12)
    assert dated(town.at("2018-01-01 00:00"), "financien")[-1][0] == date(2021, 10, 12)


def test_what_had_no_end_and_was_terminated_gets_no_cancelled_date_more_at_new_year(
    town: Town,
) -> None:
    endless = CASE.replace('length = "P3Y"', "open_ended = true").replace(
        'before_end = "P3M"', 'after_start = "P3M"'
    )
    town.register(OFFICES, endless).decided().signed()
    town.at("2018-03-01 10:00").do("terminate", ends_on="2018-03-31", reason="Het doel is bereikt.")
    after = text_of(town.until("2018-04-02 10:00"), "financien")
    assert dated(town, "financien")[-1][0] == date(2021, 10, 12)  # as it was shown until then
    assert text_of(town.at("2028-01-02 10:00"), "financien") == after


def test_an_amendment_of_a_date_keeps_its_uid_and_raises_its_sequence_only(town: Town) -> None:
    before = events(town.in_force())
    town.at("2018-03-01 10:00").do("amend", evaluation__final__before_end="P6M", reason="Eerder.")
    after = events(town)
    assert after[EVALUATION]["UID"] == before[EVALUATION]["UID"]
    assert (before[EVALUATION].start, before[EVALUATION].sequence) == (date(2020, 7, 11), 13)
    assert (after[EVALUATION].start, after[EVALUATION].sequence) == (date(2020, 4, 11), 19)
    assert after[EVALUATION]["DTSTAMP"].to_ical() == b"20180301T090000Z"
    assert after[CONTINUATION].to_ical() == before[CONTINUATION].to_ical()


def test_what_lapses_is_cancelled_and_what_was_done_is_kept(town: Town) -> None:
    town.in_force().do("pay", instalment="1", reference="F-1")
    town.at("2018-03-01 10:00").do("terminate", ends_on="2018-03-31", reason="Het doel is bereikt.")
    town.until("2018-04-02 10:00")
    mine, money = events(town), events(town, "financien")
    assert {str(event["STATUS"]) for event in mine.values()} == {"CANCELLED"}
    assert f"Vervallen: de eindevaluatie: {NAME}" in mine
    assert [(summary[:9], str(event["STATUS"])) for summary, event in money.items()] == [
        ("Gedaan: t", "CONFIRMED"),
        ("Vervallen", "CANCELLED"),
        ("Vervallen", "CANCELLED"),
    ]


def test_a_date_that_moves_to_another_office_is_taken_back_from_the_first(town: Town) -> None:
    town.in_force().at("2018-03-01 10:00").do("amend", office="secretariaat", reason="Verhuisd.")
    (old,) = (e for s, e in events(town).items() if "evaluatie" in s)
    new = events(town, "secretariaat")[EVALUATION]
    assert (str(old["STATUS"]), old.sequence) == ("CANCELLED", 18)
    assert (str(new["STATUS"]), new.sequence) == ("CONFIRMED", 19)
    assert new["UID"] == old["UID"]


def test_a_draft_that_nobody_agreed_to_is_in_no_calendar(town: Town) -> None:
    town.register(OFFICES, CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = 2018-01-01'))
    assert events(town) == {}


def test_of_a_non_public_agreement_only_the_number_shows(town: Town) -> None:
    town.in_force().do("amend", public="false", reason="Niet openbaar.")
    shown = events(town)
    assert "Houd de eindevaluatie: SO-2017-0042" in shown
    assert all(str(event["CLASS"]) == "PRIVATE" for event in shown.values())
    assert "Leiden" not in text_of(town)
    assert dated(town, "financien")[0] == (date(2017, 10, 12), "Termijn 1: SO-2017-0042")
    assert "1.000" not in text_of(town, "financien")


def test_an_agreement_that_cannot_be_read_is_named_and_hides_no_other(town: Town) -> None:
    town.in_force().register(CASE.replace("SO-2017-0042", "SO-9"))
    town.change("UPDATE agreement SET ref = 'SO-8' WHERE ref = 'SO-9'")  # it has no ledger
    found, failed = calendars(town.app, language("nl"), "sociaal-domein")
    assert failed == ["SO-8"]
    assert found["sociaal-domein"].count("BEGIN:VEVENT") == 2


def test_an_office_is_found_by_its_name_as_elsewhere(town: Town) -> None:
    town.register(OFFICES)
    found, _ = calendars(town.app, language("nl"), "portefeuille sociaal domein")
    assert [*found] == ["sociaal-domein"]


def test_an_unknown_office_is_refused_with_those_there_are(town: Town) -> None:
    town.register(OFFICES)
    with pytest.raises(Refusal, match="sociaal-domein"):
        calendars(town.app, language("nl"), "sport")


def test_what_was_public_once_names_nothing_any_more_in_the_office_it_left(town: Town) -> None:
    town.in_force().do("pay", instalment="1", on="2017-10-12", reference="F-1")
    town.at("2018-03-01 10:00").do(
        "amend", office="secretariaat", contribution__office="secretariaat", reason="Verhuisd."
    )
    left = text_of(town) + text_of(town, "financien")
    assert "Verbindend Leiden" in left
    town.do("amend", public="false", reason="Niet openbaar.")
    for office in ("sociaal-domein", "financien", "secretariaat"):
        assert "Leiden" not in text_of(town, office)
        assert "1.000" not in text_of(town, office)
        assert all(str(event["CLASS"]) == "PRIVATE" for event in events(town, office).values())

"""Handing an office over: who holds it until when, who from when, and what is refused."""

import json
import threading
from datetime import date, time

import pytest
from msgspec.structs import replace

from states.dates.policy import Policy
from states.model.phrase import Refusal
from tests import store
from tests.agreements import at
from tests.town import OFFICES, Town, running, visiting
from workflow.mail.overviews import leaves_at
from workflow.people.office_queries import OfficeLine, office_history, office_lines
from workflow.system.refusals import NotFound, Refused

pytestmark = pytest.mark.on_sqlite

KEY = "sociaal-domein"
STREAM = "office:sociaal-domein"
NEW = ("wethouder Claessen", "claessen@maastricht.example")


@pytest.fixture
def held(town: Town) -> Town:
    """Let wethouder Bastiaens hold the office since 1 June 2018; it is Monday 2 July 2018."""
    return town.register(OFFICES).at("2018-07-02 10:00")


def handed(
    town: Town,
    since: str | None = None,
    *,
    key: str = KEY,
    name: str = NEW[0],
    email: str = NEW[1],
    reason: str | None = None,
) -> OfficeLine:
    """Hand the office over."""
    day = date.fromisoformat(since) if since else None
    return town.hand_over(key, email, name=name, since=day, reason=reason)


def line_of(town: Town, key: str = KEY) -> OfficeLine:
    """Return an office as it is listed today."""
    (line,) = [line for line in office_lines(town.app) if line.office.key == key]
    return line


def holders(town: Town) -> list[tuple[str, str, str, str | None]]:
    """Return who held the office, with the first and the last day."""
    lines, _ = office_history(town.app, KEY)
    return [
        (str(line.name), str(line.email), str(line.starts), str(line.until or "") or None)
        for line in lines
    ]


def refusal(town: Town, since: str | None = None, **parts: str) -> Refusal:
    """Return the refusal of a handover, which writes nothing at all."""
    before = town.counts(), town.query("SELECT * FROM office ORDER BY key")
    with pytest.raises(Refusal) as caught:
        handed(town, since, **parts)
    assert (town.counts(), town.query("SELECT * FROM office ORDER BY key")) == before
    return caught.value


GERATS = ("wethouder Gerats", "gerats@maastricht.example", "2014-05-20", "2018-05-31")


def test_the_present_holder_goes_the_day_before_the_new_one_comes(held: Town) -> None:
    line = handed(held, "2018-07-16")
    assert holders(held) == [
        GERATS,
        ("wethouder Bastiaens", "bastiaens@maastricht.example", "2018-06-01", "2018-07-15"),
        ("wethouder Claessen", "claessen@maastricht.example", "2018-07-16", None),
    ]
    assert line.holder == "wethouder Bastiaens"


def test_its_mail_leaves_at_the_first_alert_time_of_that_day_also_shortly_after_midnight() -> None:
    policy, now = Policy(alert_time=time(0, 30)), at("2018-07-02 10:00")
    assert leaves_at(date(2018, 7, 2), policy, now) == at("2018-07-02 10:00")
    assert leaves_at(date(2018, 7, 16), policy, now) == at("2018-07-16 00:30")


def test_without_a_date_the_office_is_handed_over_today(held: Town) -> None:
    line = handed(held)
    assert (line.holder, line.email, line.resolves_through) == (*NEW, KEY)
    assert holders(held)[1:] == [
        ("wethouder Bastiaens", "bastiaens@maastricht.example", "2018-06-01", "2018-07-01"),
        ("wethouder Claessen", "claessen@maastricht.example", "2018-07-02", None),
    ]


def test_a_handover_that_is_entered_late_counts_from_its_date(held: Town) -> None:
    handed(held, "2018-06-15")
    assert [last for *_, last in holders(held)] == ["2018-05-31", "2018-06-14", None]


def test_a_handover_whose_mail_is_gone_is_named(held: Town) -> None:
    handed(held, "2018-07-16")
    assert held.problems() == []
    assert held.change("DELETE FROM message WHERE rule = 'handover'") == 1
    cause = "handover:sociaal-domein:2018-07-16"
    assert held.problems() == [(STREAM, f"a mail about {cause} is gone from the outbox")]


def test_a_handover_is_one_event_in_the_offices_own_stream(held: Town) -> None:
    handed(held, "2018-07-16", reason="nieuw college")
    rows = held.query("SELECT seq, payload FROM event WHERE stream = :s ORDER BY seq", s=STREAM)
    event = json.loads(rows[-1].payload)
    assert [row.seq for row in rows] == [1, 2]
    assert (event["action"], event["on"]) == ("handover", "2018-07-16")
    assert [change[0] for change in event["changes"]] == [
        "holder.2.until",
        "holder.3.name",
        "holder.3.email",
        "holder.3.starts",
    ]
    assert held.problems() == []


def test_names_addresses_and_reasons_stand_in_the_ledger_as_tokens_only(held: Town) -> None:
    handed(held, reason="vertrek van wethouder Bastiaens")
    payloads = " ".join(row.payload for row in held.query("SELECT payload FROM event"))
    for word in ("Claessen", "claessen@", "Bastiaens", "Smeets"):
        assert word not in payloads
    _, events = office_history(held.app, KEY)
    last = events[-1].event
    assert (last.actor, last.reason) == ("griffier Smeets", "vertrek van wethouder Bastiaens")


def test_an_office_that_nobody_holds_any_more_is_taken_over_with_a_gap(town: Town) -> None:
    until = OFFICES.replace("from = 2018-06-01", "from = 2018-06-01\nuntil = 2018-06-20")
    town.register(until).at("2018-07-02 10:00")
    handed(town)
    assert [(first, last) for *_, first, last in holders(town)] == [
        ("2014-05-20", "2018-05-31"),
        ("2018-06-01", "2018-06-20"),
        ("2018-07-02", None),
    ]


def test_an_office_can_be_handed_over_again_and_again(held: Town) -> None:
    handed(held, "2018-07-16")
    handed(held, "2018-09-01", name="wethouder Dols", email="dols@maastricht.example")
    assert [last for *_, last in holders(held)] == [
        "2018-05-31",
        "2018-07-15",
        "2018-08-31",
        None,
    ]
    assert held.problems() == []


def test_an_old_file_that_undoes_a_handover_says_so(held: Town) -> None:
    handed(held)
    ((stream, foreseen),) = held.importing(OFFICES, dry_run=True).warnings
    assert stream == "office:sociaal-domein"
    assert str(foreseen) == (
        "By this file wethouder Claessen, who holds the office “sociaal-domein” from 2018-07-02 on,"
        " does not hold it any more."
    )
    assert held.importing(OFFICES).warnings == [(stream, foreseen)]
    assert held.importing(OFFICES).warnings == []


def test_an_old_file_says_so_too_where_somebody_had_held_the_office_before(held: Town) -> None:
    handed(held, name="wethouder Gerats", email="gerats@maastricht.example")
    ((_, sentence),) = held.importing(OFFICES, dry_run=True).warnings
    assert str(sentence) == (
        "By this file wethouder Gerats, who holds the office “sociaal-domein” from 2018-07-02 on,"
        " does not hold it any more."
    )


# Refusals ----------------------------------------------------------------------------------------


def test_an_unknown_office_is_not_found(held: Town) -> None:
    found = refusal(held, key="sociaal")
    assert (type(found), found.exit_code) == (NotFound, 4)
    assert "sociaal-domein" in str(found)


def test_a_bad_name_and_a_bad_address_are_told_at_once(held: Town) -> None:
    found = refusal(held, name="\u202enaam", email="claessen maastricht.example")
    assert found.exit_code == 2
    assert [str(sentence)[:8] for sentence in found.sentences] == ["--to: “\u202e", "--email:"]


def test_of_what_is_too_long_sixty_letters_are_shown(held: Town) -> None:
    found = refusal(held, name="x" * 1000, email="y" * 61)
    shown = ["x" * 60, "y" * 60]
    assert [str(sentence).split("“")[1].split("”")[0] for sentence in found.sentences] == shown


@pytest.mark.parametrize("since", ["2018-06-01", "2018-05-31", "2014-05-20"])
def test_nobody_takes_over_before_the_present_holder_has_begun(held: Town, since: str) -> None:
    found = refusal(held, since)
    assert (type(found), found.exit_code) == (Refused, 3)
    assert "has a holder from" in str(found)
    assert "--from" in str(found)


def test_nobody_takes_over_before_a_later_holder_who_was_entered_already(held: Town) -> None:
    handed(held, "2018-09-01")
    found = refusal(held, "2018-08-01", name="wethouder Dols")
    assert (type(found), found.exit_code) == (Refused, 3)
    assert "2018-09-01" in str(found)
    assert refusal(held, "2018-09-01", name="wethouder Dols").exit_code == 3


def test_nobody_takes_over_from_himself(held: Town) -> None:
    present = {"name": "wethouder Bastiaens", "email": "bastiaens@maastricht.example"}
    found = refusal(held, **present)
    assert (type(found), found.exit_code) == (Refused, 3)
    handed(held, name="wethouder Bastiaens", email="w.bastiaens@maastricht.example")
    assert holders(held)[-1][1] == "w.bastiaens@maastricht.example"


def test_who_takes_over_later_is_not_said_to_have_begun(held: Town) -> None:
    handed(held, "2018-09-01")
    assert str(refusal(held, "2018-10-01")) == (
        "wethouder Claessen already holds the office “sociaal-domein” from 2018-09-01 on."
    )


@pytest.mark.on_both
def test_of_two_operators_who_hand_over_at_once_one_is_refused(held: Town) -> None:
    others = [held.another(), held.another()]
    barrier, results = threading.Barrier(2), ["", ""]

    def work(number: int) -> None:
        barrier.wait()
        try:
            handed(others[number], "2018-07-16", name=f"wethouder {number}")
            results[number] = "handed"
        except Refused as refused:
            results[number] = str(refused.exit_code)

    threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    assert sorted(results) == ["3", "handed"]
    assert len(holders(held)) == 3
    assert len(held.mails()) == 1
    assert held.problems() == []


@pytest.mark.on_postgresql  # SQLite lets one operator write at a time
def test_a_handover_waits_for_another_and_is_judged_by_what_that_left(held: Town) -> None:
    refused: list[Refusal] = []
    with visiting(held.another()) as other:

        def hand() -> None:
            try:
                handed(other, "2018-07-16", name="wethouder Dols")
            except Refused as refusal:
                refused.append(refusal)

        waiting = threading.Thread(target=hand)
        with held.app.writing() as connection:
            office = store.locked_office(connection, KEY)
            assert office
            waiting.start()
            while not held.scalar("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                pass
            first = replace(office.holder[2], until=date(2018, 8, 31))
            second = replace(office.holder[2], starts=date(2018, 9, 1))
            changed = replace(office, holder={**office.holder, 2: first, 3: second})
            parts = {"at": held.clock.now(), "actor": "looptijd", "action": "office"}
            store.save_office(connection, changed, **parts)
        waiting.join()
    assert [refusal.exit_code for refusal in refused] == [3]
    assert [first for _, _, first, _ in holders(held)] == ["2014-05-20", "2018-06-01", "2018-09-01"]


# Who is reached ----------------------------------------------------------------------------------


def test_alerts_go_to_the_old_holder_through_the_last_day_and_then_to_the_new_one(
    town: Town,
) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1"), history=True)
    handed(town, "2018-06-30")
    town.until("2018-06-29 12:00")
    assert [mail.to for mail in town.relay.accepted] == ["bastiaens@maastricht.example"]
    town.relay.forget()
    town.until("2018-08-31 12:00")
    assert [(mail.at, mail.to) for mail in town.relay.accepted] == [
        ("Mon 2018-07-02 08:00", "claessen@maastricht.example"),  # the handover
        ("Thu 2018-08-30 08:00", "claessen@maastricht.example"),  # a month before the evaluation
    ]


def test_offices_are_listed_with_who_holds_them_today(held: Town) -> None:
    handed(held, "2018-07-16")
    assert {line.office.key: line.holder for line in office_lines(held.app)} == {
        "financien": "team geld",
        "gemeentesecretaris": "de secretaris",
        "secretariaat": "team secretariaat",
        "sociaal-domein": "wethouder Bastiaens",
    }
    held.at("2018-07-16 00:00")
    assert "wethouder Claessen" in [line.holder for line in office_lines(held.app)]


def test_who_takes_an_office_over_is_told_up_to_the_day_before(held: Town) -> None:
    line = handed(held, "2018-07-16")
    assert line.follows == (date(2018, 7, 16), "wethouder Claessen")
    held.at("2018-07-15 23:59")
    assert line_of(held).follows == (date(2018, 7, 16), "wethouder Claessen")
    held.at("2018-07-16 00:00")
    assert line_of(held).follows is None


def test_the_agreements_of_an_office_are_counted_until_they_end(held: Town) -> None:
    held.register(*map(running, ("A-1", "A-2", "A-3")), history=True)
    held.do_with("A-3", "terminate", reason="samen besloten", ends_on="2018-07-31")
    assert line_of(held).agreements == 3
    held.at("2018-08-01 08:00").tick()
    assert line_of(held).agreements == 2
    assert line_of(held, "financien").agreements == 0


def test_the_history_of_an_unknown_office_is_not_found(held: Town) -> None:
    with pytest.raises(NotFound):
        office_history(held.app, "sociaal")

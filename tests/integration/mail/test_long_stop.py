"""Catching up: after a long stop each addressee gets one mail with everything that fell due."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from notifications.transport import Outcome, Verdict
from tests.announced import BASTIAENS, FIVE, GELD, JANSSEN, SECRETARIAAT
from tests.stopped import SMIT, by_reader, evaluated, owned, shown, stopped
from tests.town import OFFICES, Town, running, the_usual_town, visiting
from workflow.agreements.simulate import simulate
from workflow.agreements.tick import Ticked
from workflow.agreements.tick import _fire as fire_one_batch

# What is late is found by queries that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give a register that speaks English."""
    with visiting(the_usual_town(database_url, tmp_path, language="en")) as made:
        yield made


def paying(contents: str) -> str:
    """Let Concernfinancien pay ten euro a year for an agreement of eighteen months."""
    money = '[agreement.contribution]\namount = "10.00"\nevery = "P1Y"\noffice = "financien"\n'
    longer = contents.replace("P1Y", "P18M", 1)
    return longer.replace("[[agreement.decision]]", f"{money}[[agreement.decision]]")


def of_secretariaat(ref: str) -> str:
    """Return an agreement of another office."""
    return running(ref).replace('"sociaal-domein"', '"secretariaat"')


def catch_ups(town: Town) -> list[str]:
    """Return where each catch-up mail stands."""
    return town.mails("status", where="rule = 'catch_up'")


# One mail for each addressee ---------------------------------------------------------------------


def test_after_a_long_stop_an_office_gets_one_mail_about_all_its_agreements(town: Town) -> None:
    stopped(town, *FIVE).one_pass()
    (mail,) = town.relay.accepted
    assert (mail.at, mail.to) == ("Mon 2018-09-03 10:00", BASTIAENS)
    assert mail.subject == "Action: 5 subjects that we tell you late (Portefeuille Sociaal Domein)"
    assert shown(mail) == ["A-1", "A-2", "A-3", "A-4", "A-5"]
    assert mail.words.count("Sunday 30 September 2018: hold the final evaluation") == 5
    assert town.mails("rule, status, merged_into, last_error") == [
        *[("evaluation", "cancelled", 6, "told in mail 6")] * 5,
        ("catch_up", "accepted", None, None),
    ]
    town.later(days=1).one_pass()
    assert len(town.relay.attempts) == 1
    assert town.problems() == []


def test_each_office_gets_a_mail_of_its_own(town: Town) -> None:
    stopped(town, *FIVE[:2], of_secretariaat("B-1"), of_secretariaat("B-2")).one_pass()
    assert by_reader(town) == [(BASTIAENS, ["A-1", "A-2"]), (SECRETARIAAT, ["B-1", "B-2"])]


def test_who_stands_in_gets_the_one_mail_of_the_office_that_it_is_for(town: Town) -> None:
    """As the digest it names the office whose subjects they are; it named that of the reader."""
    ended = OFFICES.replace("from = 2018-06-01", "from = 2019-06-01")
    town.at("2018-06-05 10:00").register(ended, *FIVE[:2], history=True)
    town.one_pass()
    town.relay.forget()
    town.at("2018-09-03 10:00").confirm()
    town.one_pass()

    (mail,) = town.relay.accepted
    assert mail.to == SECRETARIAAT
    assert mail.subject == "Action: 2 subjects that we tell you late (Portefeuille Sociaal Domein)"
    assert "Are you not the point of contact for Portefeuille Sociaal Domein?" in mail.words


def test_the_finance_office_and_each_case_owner_get_one_too(town: Town) -> None:
    contents = [paying(owned("A-1")), paying(owned("A-2")), paying(owned("A-3", SMIT))]
    stopped(town, *contents, until="2019-01-14 10:00").one_pass()
    late = "subjects that we tell you late"
    assert sorted((mail.to, mail.subject, shown(mail)) for mail in town.relay.accepted) == [
        (JANSSEN, f"Action: 4 {late}", ["A-1", "A-2"]),
        (SMIT, "Agreement A-3: plan evaluation by 30 Mar (A-3)", ["A-3"]),
        (BASTIAENS, f"Action: 3 {late} (Portefeuille Sociaal Domein)", ["A-1", "A-2", "A-3"]),
        (GELD, f"Action: 3 {late} (Concernfinancien)", ["A-1", "A-2", "A-3"]),
    ]


def test_the_office_above_gets_one_that_says_who_is_asked(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, *FIVE[:2], of_secretariaat("B-1"), history=True)
    town.until("2018-10-01 10:00")
    town.relay.forget()
    town.at("2018-12-20 10:00").confirm()
    town.one_pass()
    own, above, highest = town.relay.accepted
    assert (own.to, shown(own)) == (BASTIAENS, ["A-1", "A-2"])
    assert "hold the final evaluation (Bestuurssecretariaat now gets a mail about this" in own.words
    assert (above.to, shown(above)) == (SECRETARIAAT, ["A-1", "A-2", "B-1"])
    asked = "the final evaluation (Portefeuille Sociaal Domein is asked for this too)"
    assert above.words.count(asked) == 2
    assert (highest.to, shown(highest)) == ("secretaris@maastricht.example", ["B-1"])


def test_a_deadline_of_which_two_steps_waited_for_the_relay_is_told_once(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, *FIVE[:2], history=True)
    town.relay.by_address[BASTIAENS] = Outcome(Verdict.RELAY_AWAY, "no route")
    town.until("2018-09-03 09:00").relay.by_address.clear()
    town.until("2018-09-03 12:00")
    assert [(mail.to, mail.subject) for mail in town.relay.accepted] == [
        (BASTIAENS, "Agreement A-1: plan evaluation by 30 Sep (A-1)"),
        (BASTIAENS, "Agreement A-2: plan evaluation by 30 Sep (A-2)"),
    ]


# What is no reason -------------------------------------------------------------------------------


def test_one_late_alert_is_an_ordinary_mail_that_says_how_late_it_is(town: Town) -> None:
    stopped(town, running("A-1")).one_pass()
    (mail,) = town.relay.accepted
    assert mail.subject.startswith("Agreement A-1: plan evaluation by 30 Sep")
    assert "This mail was sent 4 days late." in mail.words


def test_one_that_is_as_late_as_the_one_before_counts_from_its_own_moment(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, FIVE[0], history=True)
    for four_days_late in ("2018-07-03 08:00", "2018-10-02 08:00"):
        town.at(four_days_late).confirm()
        town.one_pass()
    assert [cause.rpartition(":")[2] for cause in town.mails("cause")] == ["-P3M", "P0D"]
    for mail in town.relay.accepted:
        assert "This mail was sent 4 days late." in mail.words


def test_several_late_alerts_about_one_agreement_are_one_ordinary_mail(town: Town) -> None:
    town.in_force(until="2020-06-01 10:00")
    town.relay.forget()
    town.at("2020-10-05 10:00").confirm()
    town.one_pass()
    assert catch_ups(town) == []
    assert BASTIAENS in [mail.to for mail in town.relay.accepted]


def test_what_is_less_than_a_day_late_is_no_reason(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, *FIVE[:2], history=True)
    town.one_pass()
    town.at("2018-06-30 07:59").one_pass()
    assert by_reader(town) == [(BASTIAENS, ["A-1"]), (BASTIAENS, ["A-2"])]


def test_a_daemon_that_is_never_late_catches_nothing_up(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, *FIVE[:3], history=True)
    town.until("2019-02-01 10:00")
    assert len(town.relay.accepted) > 10
    assert catch_ups(town) == []


def test_what_fell_due_before_is_foreseen_as_the_one_mail_that_will_leave(town: Town) -> None:
    stopped(town, *FIVE[:2])
    foreseen = simulate(town.app, [], until=date(2018, 9, 3))
    assert [mail.subject for item in foreseen for mail in item.mails] == [
        "Action: 2 subjects that we tell you late (Portefeuille Sociaal Domein)",
        "Action: 2 subjects that we tell you late (Portefeuille Sociaal Domein)",
    ]


def test_what_was_told_in_one_mail_keeps_nobody_from_foreseeing_what_comes(town: Town) -> None:
    stopped(town, *FIVE[:2]).one_pass()
    assert catch_ups(town) == ["accepted"]
    town.until("2018-10-01 10:00").relay.forget()
    foreseen = simulate(town.app, [], until=date(2018, 10, 31))
    town.until("2018-11-01 00:00")

    told = [mail.subject for item in foreseen for mail in item.mails]
    assert sorted(told) == sorted(mail.subject for mail in town.relay.accepted)
    assert told


def test_what_was_told_in_one_mail_is_not_foreseen_in_the_next(town: Town) -> None:
    stopped(town, *FIVE[:2]).one_pass()
    assert catch_ups(town) == ["accepted"]
    town.at("2018-12-20 10:00").confirm()
    town.relay.forget()
    foreseen = simulate(town.app, [], until=date(2018, 12, 20))
    town.one_pass()

    told = {(mail.to, mail.subject) for item in foreseen for mail in item.mails}
    assert told == set(town.relay.shown())


def renewing(ref: str) -> str:
    """Return an agreement that renews by two months, too short for the leads of its notice.

    Of the first renewal the evaluation is to be held on New Year's Day, before the next alert time.
    """
    longer = 'length = "P1Y"\nrenewal = "tacit"\nrenewal_length = "P2M"\nnotice = "P1M"'
    contents = running(ref, start="2018-01-01").replace('length = "P1Y"', longer)
    return contents.replace('before_end = "P3M"', 'before_end = "P58D"')


def test_what_a_renewal_brought_is_foreseen_and_told_in_one_mail_that_says_so(town: Town) -> None:
    town.at("2018-12-03 10:00").register(OFFICES, renewing("A-1"), renewing("A-2"), history=True)
    for ref in ("A-1", "A-2"):
        town.do_with(ref, "conclude", report="R", conclusion="Goed.")
    town.until("2018-12-04 00:00").relay.forget()
    foreseen = simulate(town.app, [], until=date(2019, 1, 2))
    told = {mail.subject for item in foreseen for mail in item.mails}
    town.until("2019-01-03 00:00")

    assert told == {mail.subject for mail in town.relay.accepted}
    (together,) = [m for m in town.relay.accepted if "4 subjects with new dates" in m.subject]
    assert "These agreements were renewed tacitly. That brought new dates." in together.words
    assert "facts became known only now" not in together.words


def test_what_was_late_when_it_was_renewed_is_named_in_the_one_mail_too(town: Town) -> None:
    yearly = 'length = "P1Y"\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"'
    owed = '[[agreement.obligation]]\nkey = "o"\nwhat = "polis"\non = 2019-01-01\n[agreement.term]'
    contents = running("A-1").replace('length = "P1Y"', yearly).replace("[agreement.term]", owed)
    each = [contents, contents.replace("A-1", "A-2")]
    town.at("2018-12-03 10:00").register(OFFICES, *each, history=True)
    town.until("2018-12-31 17:00").do_with("A-2", "conclude", report="R", conclusion="Goed.")
    town.relay.forget()
    town.at("2019-01-17 10:00").one_pass()  # on 15 January the policy (polis) was asked for again

    (mail,) = town.relay.accepted
    told = "Tuesday 1 January 2019: the agreement was renewed tacitly"
    late = "the final evaluation (it was due on Sunday 30 September 2018 at the latest)"
    assert f"{told}; not recorded before that: {late} Agreement A-2" in mail.words
    assert mail.words.count(told) == 2
    assert mail.words.count("not recorded") == 1


def test_a_decision_that_nobody_took_is_late_as_in_every_other_overview(town: Town) -> None:
    """It was “open since” its day and not counted, where the digest calls it late."""
    stopped(town, running("A-1"), running("A-2"), until="2019-01-14 10:00").one_pass()
    town.until("2019-01-15 08:00")

    (mail,) = (mail for mail in town.relay.accepted if mail.to == BASTIAENS)
    assert "Both are late." in mail.words
    late = "Late, was due no later than Monday 31 December 2018: decide after all"
    assert mail.words.count(f"{late}: the term ended without a decision") == 2
    assert "Open since" not in mail.words


@pytest.mark.parametrize(
    "back,mails", [("2019-01-03 07:59", 2), ("2019-01-03 08:01", 1)], ids=["a day", "two days"]
)
def test_what_happened_on_new_years_night_is_late_from_the_next_working_morning(
    town: Town, back: str, mails: int
) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, *FIVE[:2], history=True)
    evaluated(town, "A-1", "A-2")
    town.until("2018-12-31 17:00")
    town.relay.forget()
    town.at(back).one_pass()
    town.until("2019-01-04 08:00")
    assert len(town.relay.accepted) == mails


# All of it at once -------------------------------------------------------------------------------


def test_what_may_leave_at_a_later_hour_only_is_told_with_the_rest(town: Town) -> None:
    contents = [running("A-1"), running("A-2", start="2018-06-01")]
    town.at("2018-06-05 10:00").register(OFFICES, *contents, history=True)
    town.one_pass()
    town.at("2019-03-02 10:00").confirm()  # a Saturday: an end is told on Monday
    town.one_pass()
    (mail,) = town.relay.accepted
    assert shown(mail) == ["A-1", "A-2"]
    town.until("2019-03-04 10:00")
    assert len(town.relay.accepted) == 1


def test_facts_of_several_agreements_that_come_too_late_are_told_in_one_mail(town: Town) -> None:
    two = [running(ref, length="P2Y") for ref in ("A-1", "A-2")]
    town.at("2018-06-05 10:00").register(OFFICES, *two, history=True)
    town.until("2018-09-03 10:00")
    for ref in ("A-1", "A-2"):
        town.do_with(ref, "amend", reason="fout", term__length="P1Y")
    town.one_pass()
    (mail,) = town.relay.accepted
    assert "Of these agreements facts became known only now." in mail.words
    assert "We should have sent you a mail" not in mail.words


def test_600_agreements_are_one_mail_that_counts_what_it_does_not_show(town: Town) -> None:
    stopped(town, "".join(running(f"X-{number:03}") for number in range(600)))
    assert fire_one_batch(town.app, town.clock.now(), Ticked()) == 350
    town.deliver()
    assert town.relay.attempts == []
    town.one_pass()
    (mail,) = town.relay.accepted
    assert mail.subject.startswith("Action: 600 subjects that we tell you late")
    assert ("(X-199)" in mail.words, "(X-200)" in mail.words) == (True, False)
    assert "There are 400 other subjects." in mail.words
    assert town.scalar("SELECT count(*) FROM message WHERE merged_into = 601") == 600


def test_while_something_is_left_to_fire_it_waits_but_an_hour_at_the_most(town: Town) -> None:
    due_at_eight = running("B-1", start="2018-03-04")
    stopped(town, *FIVE[:2], due_at_eight, until="2018-09-03 07:30").tick()
    assert town.at("2018-09-03 08:10").deliver()["accepted"] == 0
    town.at("2018-09-03 08:31").deliver()
    assert by_reader(town) == [(BASTIAENS, ["A-1", "A-2"])]


def test_an_agreement_that_fails_holds_nothing_back(town: Town) -> None:
    stopped(town, *FIVE[:3])
    town.change(
        "UPDATE facts SET facts = 'x' WHERE agreement_id ="
        " (SELECT id FROM agreement WHERE ref = 'A-2')"
    )
    town.one_pass()
    assert by_reader(town) == [(BASTIAENS, ["A-1", "A-3"])]

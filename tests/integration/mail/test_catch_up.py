"""The life of a catch-up mail: a crash, a race, a refusal, and what is settled before it leaves."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from notifications.transport import Work
from tests import store
from tests.announced import (
    BASTIAENS,
    DEFERRED,
    FIVE,
    GELD,
    IN_DOUBT,
    JANSSEN,
    REFUSED,
    SECRETARIAAT,
    SECRETARIS,
    at_offices,
    endless,
    three,
)
from tests.stopped import SMIT, by_reader, evaluated, owned, shown, stopped
from tests.town import OFFICES, Town, running, the_usual_town, visiting
from workflow.agreements.queries import ListRow, lines
from workflow.mail import catch_up, queue
from workflow.mail.catch_up import CatchUpItem, lease_late, prepare_catch_up
from workflow.mail.delivery import Outbox
from workflow.people.erase import erase

pytestmark = pytest.mark.on_sqlite

UID = "00000000-0000-4000-8000-000000000001"
OF_FIVE = f"<649e145b-2e8e-55bb-a193-0d99f516c703@{UID}.looptijd>"
TWO = FIVE[:2]


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give a register that speaks English and always has the same Message-IDs."""
    with visiting(the_usual_town(database_url, tmp_path, language="en")) as made:
        made.change("UPDATE register SET uid = :uid", uid=UID)
        yield made


def of_catch_ups(town: Town, columns: str = "status, last_error") -> list[object]:
    """Return these columns of each catch-up mail."""
    return town.mails(columns, where="rule = 'catch_up'")


# Exactly one -------------------------------------------------------------------------------------


def test_what_it_carries_makes_its_message_id(town: Town) -> None:
    stopped(town, *FIVE).one_pass()
    assert town.relay.accepted[0].message_id == OF_FIVE


def test_what_it_carries_is_gone_from_the_outbox_with_it(town: Town) -> None:
    stopped(town, *TWO).tick()
    assert Outbox(town.app).lease()
    assert "gone from the outbox" not in str(town.problems())
    assert town.change("DELETE FROM message WHERE rule = 'catch_up'") == 1
    gone = [ref for ref, problem in town.problems() if "gone from the outbox" in problem]
    assert gone == ["A-1", "A-2"]


def test_a_daemon_that_dies_before_it_sends_costs_nothing(town: Town) -> None:
    stopped(town, *FIVE).tick()
    assert Outbox(town.app).lease()
    town.deliver()
    assert town.relay.attempts == []
    town.later(minutes=41).deliver()
    (mail,) = town.relay.accepted
    assert (mail.message_id, shown(mail)) == (OF_FIVE, ["A-1", "A-2", "A-3", "A-4", "A-5"])


def test_a_daemon_that_dies_before_it_composes_costs_nothing(town: Town) -> None:
    stopped(town, *FIVE).tick()
    with town.app.writing() as connection:
        lease_late(connection, town.app, town.clock.now(), "a daemon that dies")
    town.later(minutes=41).deliver()
    (mail,) = town.relay.accepted
    assert (mail.message_id, shown(mail)) == (OF_FIVE, ["A-1", "A-2", "A-3", "A-4", "A-5"])


def test_a_daemon_whose_lease_ended_composes_nothing(town: Town) -> None:
    stopped(town, *FIVE).tick()
    with town.app.writing() as connection:
        (row,) = lease_late(connection, town.app, town.clock.now(), "slow")
    evaluated(town.later(minutes=41), "A-1")
    with town.app.writing() as connection:
        store.reclaim(connection, town.clock.now())
    assert prepare_catch_up(town.app, row, town.clock.now()) == []
    assert town.mails("merged_into", where="agreement_id IS NOT NULL") == [6] * 5


def test_a_transaction_that_is_lost_leaves_everything_as_it_was(town: Town) -> None:
    stopped(town, *FIVE).tick()
    with suppress(ZeroDivisionError), town.app.writing() as connection:
        assert lease_late(connection, town.app, town.clock.now(), "lost")
        raise ZeroDivisionError
    town.deliver()
    assert [mail.message_id for mail in town.relay.accepted] == [OF_FIVE]


@pytest.mark.on_both
@pytest.mark.parametrize("daemons", [2, 4])
def test_daemons_that_race_gather_once(town: Town, daemons: int) -> None:
    contents = [running(f"A-{number}") for number in range(1, 10)]
    others = [owned(f"B-{number}", SMIT) for number in range(1, 10)]
    stopped(town, *contents, *others).tick()
    towns = [town.another() for _ in range(daemons)]
    with ThreadPoolExecutor(daemons) as pool:
        list(pool.map(lambda one: [one.deliver() for _ in range(3)], towns))
    mails = [mail for one in towns for mail in one.relay.attempts]
    assert sorted((mail.to, mail.subject[:18], len(shown(mail))) for mail in mails) == [
        (SMIT, "Action: 9 subjects", 9),
        (BASTIAENS, "Action: 18 subject", 18),
    ]
    assert set(town.mails("status")) == {"accepted", "cancelled"}
    for one in towns:
        one.close()


@pytest.mark.on_postgresql  # SQLite lets one daemon write at a time
def test_who_leases_what_another_carries_meanwhile_lets_the_rest_wait(town: Town) -> None:
    stopped(town, *TWO).tick()
    town.do_with("A-1", "terminate", reason="samen besloten", ends_on="2018-10-31")
    now = town.clock.now()

    def lease_the_termination(other: Town) -> int:
        with other.app.writing() as connection:
            return len(store.lease(connection, now, "other", spares_late=True))

    with visiting(town.another()) as other, ThreadPoolExecutor(1) as pool:
        with town.app.writing() as connection:
            assert lease_late(connection, town.app, now, "one")
            leased = pool.submit(lease_the_termination, other)
            assert not wait([leased], timeout=0.5).done
        assert leased.result() == 0
    assert town.mails("status, lease", where="rule = 'terminate'") == [("queued", None)]


# What is still true when it leaves ---------------------------------------------------------------


def test_what_was_settled_meanwhile_is_left_out_with_the_reason(town: Town) -> None:
    stopped(town, *FIVE[:3]).tick()
    evaluated(town, "A-2")
    town.deliver()
    assert by_reader(town) == [(BASTIAENS, ["A-1", "A-3"])]
    assert town.mails("status, merged_into, last_error", where="rule = 'evaluation'") == [
        ("cancelled", 4, "told in mail 4"),
        ("cancelled", None, "it was settled meanwhile: held"),
        ("cancelled", 4, "told in mail 4"),
    ]


def test_what_was_settled_after_a_first_attempt_is_left_out_too(town: Town) -> None:
    stopped(town, *FIVE[:3]).tick()
    town.relay.answers(DEFERRED)
    town.deliver()
    evaluated(town, "A-2")
    town.later(minutes=1).deliver()
    first, second = town.relay.attempts
    assert (shown(first), shown(second)) == (["A-1", "A-2", "A-3"], ["A-1", "A-3"])
    assert first.message_id == second.message_id


@pytest.mark.on_both
def test_when_all_was_settled_nothing_leaves(town: Town) -> None:
    stopped(town, *TWO).tick()
    evaluated(town, "A-1", "A-2")
    town.deliver()
    assert town.relay.attempts == []
    assert of_catch_ups(town) == [("cancelled", "nothing is open any more")]


def test_what_is_left_of_one_agreement_is_an_ordinary_mail(town: Town) -> None:
    stopped(town, *TWO).tick()
    evaluated(town, "A-2")
    town.deliver()
    (mail,) = town.relay.accepted
    assert mail.subject == "Agreement A-1: plan evaluation by 30 Sep (A-1)"
    assert of_catch_ups(town) == [
        ("cancelled", "what is left leaves in a mail of its own for each agreement")
    ]
    assert town.mails("status, merged_into", where="rule = 'evaluation'") == [
        ("accepted", None),
        ("cancelled", None),
    ]


PAYMENT = """
[agreement.contribution]
payee = "Coöperatie"
office = "financien"
[[agreement.instalment]]
number = 1
amount = "400.00"
due_on = 2018-07-02
"""


def test_what_one_is_told_of_one_agreement_takes_nothing_out_of_what_others_get(
    town: Town,
) -> None:
    """It leaves with all that waits about its agreement, and was the first that was late."""
    stopped(town, owned("A-1") + PAYMENT, owned("A-2")).tick()
    town.deliver()
    assert by_reader(town) == [
        (BASTIAENS, ["A-1", "A-2"]),
        (JANSSEN, ["A-1", "A-2"]),
        (GELD, ["A-1"]),
    ]


def test_the_next_reminder_counts_what_it_told(town: Town) -> None:
    stopped(town, *TWO).one_pass()
    town.until("2018-10-01 08:00")
    assert [mail.subject for mail in town.relay.accepted[1:]] == [
        "Agreement A-1: start evaluation by 30 Sep (reminder 2) (A-1)",
        "Agreement A-2: start evaluation by 30 Sep (reminder 2) (A-2)",
    ]


def test_a_deadline_of_which_two_steps_waited_is_told_once(town: Town) -> None:
    stopped(town, *TWO).tick()
    town.at("2018-09-28 08:00").tick()
    town.at("2018-09-30 08:00").deliver()
    (mail,) = town.relay.accepted
    assert mail.subject == "Action: 2 subjects that we tell you late (Portefeuille Sociaal Domein)"


def test_an_agreement_that_cannot_be_read_is_left_to_a_mail_of_its_own(town: Town) -> None:
    stopped(town, *FIVE[:3]).tick()
    town.change('UPDATE facts SET facts = \'{"x":"y"}\' WHERE agreement_id = 2')
    town.deliver()
    assert by_reader(town) == [(BASTIAENS, ["A-1", "A-3"])]
    assert town.mails("status, last_error", where="agreement_id = 2") == [
        ("queued", "the agreement cannot be read")
    ]


def test_one_of_which_nothing_can_be_derived_is_left_to_a_mail_of_its_own(town: Town) -> None:
    stopped(town, *FIVE[:3]).tick()
    endless(town, "A-2").deliver()
    assert by_reader(town) == [(BASTIAENS, ["A-1", "A-3"])]
    ((status, error),) = town.mails("status, last_error", where="agreement_id = 2")
    assert (status, town.looks()[1]) == ("queued", "Mon 2018-09-03 11:00")
    assert error.startswith("ValueError('year ")


@pytest.mark.on_both
def test_a_database_that_goes_while_they_are_judged_parts_and_delays_none(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was taken for a fault of the mail, which waited for an hour."""
    stopped(town, *FIVE[:3]).tick()
    for ref in ("A-1", "A-2", "A-3"):
        town.do_with(ref, "amend", reason="wie het doet", office="financien")
    real = store.queries.of_the_same

    def goes(connection: store.Transaction, *row: Any) -> object:
        store.go_away(connection)
        return real(connection, *row)

    with monkeypatch.context() as patch:
        patch.setattr(store.queries, "of_the_same", goes)
        with pytest.raises(store.Unavailable):
            town.deliver()
    town.deliver()
    assert by_reader(town) == [(GELD, ["A-1", "A-2", "A-3"])]


@pytest.mark.on_both
def test_a_database_that_goes_while_they_are_gathered_parts_none(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one tells the case owner was gone on with, and took along what its office is told."""
    stopped(town, owned("A-1"), running("A-2")).tick()
    real = catch_up._merged_into_one

    def goes(connection: store.Transaction, *rest: Any) -> object:
        store.go_away(connection)
        return real(connection, *rest)

    class Ahead:
        def run(self, work: Work, stopping: Callable[[], bool]) -> None:
            with monkeypatch.context() as patch:
                patch.setattr(catch_up, "_merged_into_one", goes)
                with pytest.raises(store.Unavailable):
                    work.prepare()
            town.relay.run(work, stopping)

    town.post.deliver(Ahead(), lambda: False)
    assert by_reader(town) == [(BASTIAENS, ["A-1", "A-2"]), (JANSSEN, ["A-1"])]


@pytest.mark.on_both
def test_what_all_fires_anew_while_it_is_judged_is_judged_anew_and_leaves_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped(town, *TWO, until="2018-09-28 07:59").tick()
    for ref in ("A-1", "A-2"):
        town.do_with(ref, "amend", reason="wie het doet", office="financien")
    judged, now = catch_up._judged, town.clock.now()
    with town.app.writing() as connection:
        (row,) = lease_late(connection, town.app, now, "one")

    def and_meanwhile(*given: Any) -> list[CatchUpItem]:
        found = judged(*given)
        assert town.at("2018-09-28 08:00").tick().fired == 2
        return found

    with monkeypatch.context() as patch:
        patch.setattr(catch_up, "_judged", and_meanwhile)
        assert prepare_catch_up(town.app, row, now) == []
    why = "all that it was to tell changed meanwhile, and is judged anew"
    assert of_catch_ups(town) == [("cancelled", why)]
    town.deliver()
    assert by_reader(town) == [(GELD, ["A-1"]), (GELD, ["A-2"])]


@pytest.mark.parametrize("facts", ['{"half":', "[]"])
def test_facts_that_are_no_facts_hold_up_no_case_owner_of_others(town: Town, facts: str) -> None:
    stopped(town, owned("A-1"), owned("A-2"), owned("A-3")).tick()
    town.change("UPDATE facts SET facts = :facts WHERE agreement_id = 2", facts=facts)
    town.deliver()
    assert by_reader(town) == [(BASTIAENS, ["A-1", "A-3"]), (JANSSEN, ["A-1", "A-3"])]


# Who reads it ------------------------------------------------------------------------------------


def test_who_holds_the_office_when_it_leaves_gets_it(town: Town) -> None:
    stopped(town, *TWO).tick()
    town.relay.answers(DEFERRED)
    town.deliver()
    town.hand_over("sociaal-domein", "claessen@m.example")
    town.later(minutes=1).deliver()
    assert ("claessen@m.example", ["A-1", "A-2"]) in by_reader(town)
    assert BASTIAENS not in [mail.to for mail in town.relay.accepted]


@pytest.mark.timeout(20)  # the daemon gathered them for ever
def test_two_agreements_of_which_one_got_another_office_meanwhile_are_two_mails(
    town: Town,
) -> None:
    stopped(town, *TWO).tick()
    town.do_with("A-2", "amend", reason="wie het doet", office="financien")
    town.deliver()
    assert sorted(by_reader(town)) == [(BASTIAENS, ["A-1"]), (GELD, ["A-2"])]


@pytest.mark.timeout(20)
def test_where_none_has_several_any_more_who_cannot_be_told_waits_for_an_hour(town: Town) -> None:
    nobody = '\n[[office]]\nkey = "leeg"\nname = "Leeg"\n'
    town.register(OFFICES + nobody)
    stopped(town, *TWO).tick()
    town.do_with("A-2", "amend", reason="wie het doet", office="leeg")
    town.deliver()
    assert by_reader(town) == [(BASTIAENS, ["A-1"])]
    assert town.mails("last_error", where="status = 'queued' AND rule = 'evaluation'") == [
        "nobody holds the office today"
    ]


@pytest.mark.timeout(20)
def test_those_that_one_office_is_asked_about_stay_one_mail(town: Town) -> None:
    stopped(town, *FIVE[:3]).tick()
    town.do_with("A-1", "amend", reason="wie het doet", office="financien")
    town.deliver()
    assert sorted(by_reader(town)) == [(BASTIAENS, ["A-2", "A-3"]), (GELD, ["A-1"])]


def test_what_another_is_asked_by_now_leaves_though_other_mails_of_its_kind_were_accepted(
    town: Town,
) -> None:
    stopped(town, *at_offices("financien", "financien"), *FIVE[2:])
    town.one_pass()
    assert sorted(by_reader(town)) == [(BASTIAENS, ["A-3", "A-4", "A-5"]), (GELD, ["A-1", "A-2"])]
    town.relay.forget()
    town.at("2018-10-17 10:00").confirm()
    town.tick()
    town.do_with("A-5", "amend", reason="wie het doet", office="secretariaat")
    town.deliver()
    assert sorted(by_reader(town)) == [
        (BASTIAENS, ["A-3", "A-4"]),
        (GELD, ["A-1", "A-2"]),
        (SECRETARIAAT, ["A-5"]),
    ]


def test_a_refused_one_goes_to_the_next_in_the_chain_as_one_mail(town: Town) -> None:
    town.relay.by_address[BASTIAENS] = REFUSED
    stopped(town, *FIVE).one_pass()
    assert by_reader(town) == [(SECRETARIAAT, ["A-1", "A-2", "A-3", "A-4", "A-5"])]
    assert of_catch_ups(town, "office, status") == [
        ("sociaal-domein", "refused"),
        ("secretariaat", "accepted"),
    ]
    town.later(days=2).one_pass()
    assert len(town.relay.attempts) == 2


def test_one_that_waited_for_the_relay_goes_to_the_next_in_the_chain_as_one_mail_too(
    town: Town,
) -> None:
    three(town).at("2018-06-29 08:00").tick()
    town.relay.by_address[BASTIAENS] = REFUSED
    town.at("2018-07-02 08:00").deliver()
    assert by_reader(town) == [(SECRETARIAAT, ["A-1", "A-2", "A-3"])]


def test_what_waited_for_the_relay_and_another_office_is_asked_by_now_is_one_mail_too(
    town: Town,
) -> None:
    town.at("2018-06-01 10:00").register(OFFICES, *FIVE[:4], history=True)
    town.at("2018-06-29 08:00").tick()
    town.at("2018-07-02 08:00")
    for ref in ("A-3", "A-4"):
        town.do_with(ref, "amend", reason="wie het doet", office="financien")
    town.deliver()
    assert sorted(by_reader(town)) == [(BASTIAENS, ["A-1", "A-2"]), (GELD, ["A-3", "A-4"])]


def test_one_that_is_sent_once_more_and_refused_goes_to_the_next_in_the_chain(town: Town) -> None:
    stopped(town, *FIVE).one_pass()
    town.relay.by_address[BASTIAENS] = REFUSED
    queue.resend(town.app, "6")
    town.deliver()
    assert by_reader(town)[1:] == [(SECRETARIAAT, ["A-1", "A-2", "A-3", "A-4", "A-5"])]


def test_an_escalation_that_is_refused_goes_further_up_as_one_mail(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, *TWO, history=True)
    town.until("2018-10-01 10:00")
    town.relay.forget()
    town.relay.by_address[SECRETARIAAT] = REFUSED
    town.at("2018-11-16 10:00").confirm()
    town.one_pass()
    assert by_reader(town) == [
        (BASTIAENS, ["A-1", "A-2"]),
        ("secretaris@maastricht.example", ["A-1", "A-2"]),
    ]


def test_a_case_owner_who_refuses_leaves_it_visible_at_each_agreement(town: Town) -> None:
    town.relay.by_address[JANSSEN] = REFUSED
    stopped(town, owned("A-1"), owned("A-2"), running("A-3")).one_pass()
    assert asked_for(town) == ["A-1", "A-2"]


def asked_for(town: Town) -> list[str]:
    """Return the agreements that ask for attention."""
    asking = lines(town.app, attention_only=True)
    return [line.agreement.ref for line in asking if isinstance(line, ListRow)]


@pytest.mark.on_both
def test_what_a_later_one_told_another_reader_is_not_lost_with_an_earlier_one(town: Town) -> None:
    town.relay.by_address[JANSSEN] = REFUSED
    both = [owned(f"B-{number}", SMIT) for number in (1, 2)]
    stopped(town, owned("A-1"), owned("A-2"), *both).one_pass()
    assert of_catch_ups(town, "role, status") == [
        ("office", "accepted"),
        ("case_owner", "refused"),
        ("case_owner", "accepted"),
    ]
    assert asked_for(town) == ["A-1", "A-2"]


def test_one_that_is_sent_once_more_to_a_case_owner_who_takes_it_needs_no_look_any_more(
    town: Town,
) -> None:
    town.relay.by_address[JANSSEN] = REFUSED
    stopped(town, owned("A-1"), owned("A-2"), running("A-3")).one_pass()
    assert asked_for(town) == ["A-1", "A-2"]
    (number,) = town.mails("id", where="rule = 'catch_up' AND status = 'refused'")
    queue.resend(town.app, str(number))
    town.deliver()
    assert asked_for(town) == ["A-1", "A-2"]  # who refused it once more
    town.relay.by_address.clear()
    queue.resend(town.app, str(number))
    town.deliver()
    assert asked_for(town) == []


def test_an_agreement_with_another_case_owner_meanwhile_is_told_to_that_one(town: Town) -> None:
    stopped(town, *(owned(f"A-{number}") for number in range(1, 4))).tick()
    town.relay.by_address[JANSSEN] = DEFERRED
    town.deliver()
    town.do_with("A-2", "amend", reason="overgedragen", case_owner__email=SMIT)
    town.relay.by_address.clear()
    town.relay.forget()
    town.later(minutes=1).deliver()
    assert by_reader(town) == [(JANSSEN, ["A-1", "A-3"]), (SMIT, ["A-2"])]


def test_a_case_owner_who_was_erased_gets_nothing(town: Town) -> None:
    stopped(town, owned("A-1"), owned("A-2")).tick()
    town.relay.by_address[JANSSEN] = DEFERRED
    town.deliver()
    erase(town.app, JANSSEN, by="bob", reason="verzoek")
    town.relay.forget()
    town.later(minutes=1).deliver()
    assert town.relay.attempts == []
    assert town.mails("status, last_error", where="role = 'case_owner'") == [
        ("cancelled", "the case owner is not known any more"),
        ("cancelled", "the case owner is not known any more"),
        ("cancelled", "nothing is open any more"),
    ]


def test_while_nobody_holds_the_office_it_waits_as_one(town: Town) -> None:
    alone = OFFICES.replace('fallback = "secretariaat"', "", 1).replace(
        "from = 2018-06-01", "from = 2018-06-01\nuntil = 2018-09-01"
    )
    stopped(town, alone, *TWO).one_pass()
    assert town.relay.attempts == []
    assert of_catch_ups(town) == [("queued", "nobody holds the office today")]
    town.register(OFFICES)
    town.later(hours=1).one_pass()
    assert by_reader(town) == [(BASTIAENS, ["A-1", "A-2"])]


# Again -------------------------------------------------------------------------------------------


def test_one_in_doubt_is_repeated_word_for_word(town: Town) -> None:
    town.relay.answers(IN_DOUBT)
    stopped(town, *FIVE[:3]).one_pass()
    evaluated(town, "A-1")
    town.later(minutes=15).deliver()
    first, second = town.relay.attempts
    assert first.content == second.content


def test_one_that_is_sent_once_more_tells_the_same_under_another_message_id(town: Town) -> None:
    stopped(town, *FIVE).one_pass()
    again = queue.resend(town.app, "6")
    town.deliver()
    first, second = town.relay.accepted
    assert shown(first) == shown(second)
    assert second.message_id == again.message_id != first.message_id


def test_one_that_is_sent_once_more_goes_to_its_office_with_what_is_asked_of_that_by_now(
    town: Town,
) -> None:
    stopped(town, *FIVE).one_pass()
    for ref in ("A-2", "A-3", "A-4"):
        town.do_with(ref, "amend", reason="overgedragen", office="financien")
    town.relay.forget()
    queue.resend(town.app, "6")
    town.deliver()
    assert by_reader(town) == [(BASTIAENS, ["A-1", "A-5"])]


def test_one_that_is_sent_once_more_goes_to_who_is_asked_when_its_office_is_asked_nothing_more(
    town: Town,
) -> None:
    stopped(town, *TWO).one_pass()
    for ref in ("A-1", "A-2"):
        town.do_with(ref, "amend", reason="overgedragen", office="financien")
    town.relay.forget()
    queue.resend(town.app, "3")
    town.deliver()
    assert by_reader(town) == [(GELD, ["A-1", "A-2"])]


@pytest.mark.on_both
def test_of_one_that_nobody_got_another_office_is_told_what_is_asked_of_that_by_now(
    town: Town,
) -> None:
    """What the mail that was sent once more left out was told to nobody, nor asked a look."""
    for address in (BASTIAENS, SECRETARIAAT, SECRETARIS):
        town.relay.by_address[address] = REFUSED
    stopped(town, *FIVE).one_pass()
    for ref in ("A-2", "A-3", "A-4"):
        town.do_with(ref, "amend", reason="overgedragen", office="financien")
    town.relay.by_address.clear()
    town.relay.forget()
    queue.resend(town.app, "6")
    town.one_pass()
    assert by_reader(town) == [(BASTIAENS, ["A-1", "A-5"]), (GELD, ["A-2", "A-3", "A-4"])]
    assert town.problems() == []


def test_of_one_that_nobody_got_another_case_owner_is_told_of_what_is_theirs_by_now(
    town: Town,
) -> None:
    town.relay.by_address[JANSSEN] = REFUSED
    stopped(town, *map(owned, ("A-1", "A-2", "A-3", "A-4"))).one_pass()
    for ref in ("A-2", "A-3"):
        smit = {"case_owner__name": "Smit", "case_owner__email": SMIT}
        town.do_with(ref, "amend", reason="overgedragen", **smit)
    town.relay.by_address.clear()
    town.relay.forget()
    queue.resend(town.app, "10")
    town.one_pass()
    assert by_reader(town) == [(JANSSEN, ["A-1", "A-4"]), (SMIT, ["A-2", "A-3"])]


def test_of_one_that_nobody_got_what_cannot_be_read_by_now_is_told_when_it_can(town: Town) -> None:
    unheard(town, *FIVE)
    (facts,) = town.query("SELECT facts FROM facts WHERE agreement_id = 2")[0]
    town.change('UPDATE facts SET facts = \'{"x":"y"}\' WHERE agreement_id = 2')
    queue.resend(town.app, "6")
    town.deliver()
    assert by_reader(town) == [(BASTIAENS, ["A-1", "A-3", "A-4", "A-5"])]
    town.change("UPDATE facts SET facts = :facts WHERE agreement_id = 2", facts=facts)
    town.relay.forget()
    town.later(hours=1).deliver()
    assert by_reader(town) == [(BASTIAENS, ["A-2"])]


def test_of_one_that_nobody_got_what_was_settled_by_mistake_is_told_when_that_is_undone(
    town: Town,
) -> None:
    unheard(town, *FIVE)
    evaluated(town, "A-2")
    queue.resend(town.app, "6")
    town.deliver()
    assert by_reader(town) == [(BASTIAENS, ["A-1", "A-3", "A-4", "A-5"])]
    town.relay.forget()
    town.do_with("A-2", "undo", reason="vergissing")
    town.one_pass()
    assert by_reader(town) == [(BASTIAENS, ["A-2"])]


def unheard(town: Town, *stood_still: str) -> None:
    """Let everybody who could be told refuse a catch-up mail; from then on the relay takes all."""
    for address in (BASTIAENS, SECRETARIAAT, SECRETARIS):
        town.relay.by_address[address] = REFUSED
    stopped(town, *stood_still).one_pass()
    town.relay.by_address.clear()
    town.relay.forget()


def test_one_that_is_sent_once_more_when_all_was_settled_meanwhile_says_so(town: Town) -> None:
    stopped(town, *TWO).one_pass()
    evaluated(town, "A-1", "A-2")
    (number,) = town.mails("id", where="rule = 'catch_up'")
    queue.resend(town.app, str(number))
    town.deliver()
    assert of_catch_ups(town)[1:] == [("cancelled", "nothing is open any more")]


def test_the_same_rows_gathered_again_take_up_the_same_mail(town: Town) -> None:
    stopped(town, *FIVE).tick()
    assert town.post.lease()
    town.change(
        "UPDATE message SET status = 'queued', merged_into = NULL, last_error = NULL,"
        " next_attempt_at = created_at WHERE agreement_id IS NOT NULL"
    )
    town.change("UPDATE message SET status = 'cancelled', next_attempt_at = NULL WHERE id = 6")
    town.post.ready.clear()
    town.deliver()
    assert [mail.message_id for mail in town.relay.accepted] == [OF_FIVE]
    assert of_catch_ups(town, "id, status") == [(6, "accepted")]


@pytest.mark.on_both
def test_what_was_to_go_on_in_another_asks_to_let_that_start_or_to_decide_anew(town: Town) -> None:
    both = ("A-1", "A-3")
    town.at("2018-06-05 10:00").register(OFFICES, *map(running, both), history=True)
    town.until("2018-10-01 10:00")
    for ref, successor in zip(both, ("A-2", "A-4"), strict=True):
        town.do_with(ref, "conclude", report="R", conclusion="Goed.")
        town.do_with(ref, "decide", outcome="continue", successor=successor)
    town.do_with("A-2", "withdraw")
    town.relay.forget()
    town.at("2019-01-04 10:00").confirm()
    town.one_pass()
    (mail,) = town.relay.accepted
    told = "Open since Monday 31 December 2018:"
    assert f"{told} decide anew: the new agreement was withdrawn or rejected" in mail.words
    assert f"{told} let the new agreement start: none is in force now" in mail.words

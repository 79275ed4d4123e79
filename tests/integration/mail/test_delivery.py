"""The life of a mail: what each answer of the relay makes of its row, and what stays the same."""

from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from notifications.transport import Outcome, Parcel, Verdict
from tests import store
from tests.agreements import at
from tests.announced import (
    BASTIAENS,
    DEFERRED,
    FIVE,
    IN_DOUBT,
    JANSSEN,
    REFUSED,
    SECRETARIAAT,
    SECRETARIS,
    announced,
    at_offices,
)
from tests.stopped import SMIT, owned
from tests.town import ACCEPTED, CASE, OFFICES, Town, running, visiting
from workflow.agreements.queries import line_of
from workflow.mail import outcomes
from workflow.mail.delivery import Outbox
from workflow.maintenance.setup import adopt_policy
from workflow.system.settings import Calendar

pytestmark = pytest.mark.on_sqlite

AWAY = Outcome(Verdict.RELAY_AWAY, "Connection refused")
FAULT = Outcome(Verdict.RELAY_FAULT, "554 5.7.1 Go away")


# Accepted ----------------------------------------------------------------------------------------


def test_an_accepted_mail_is_done_and_keeps_the_relays_reply(town: Town) -> None:
    announced(town)
    assert town.deliver() == {"accepted": 1, "retry": 0, "unknown": 0, "refused": 0}
    assert town.mails("status, attempts, reply, lease, last_error") == [
        ("accepted", 1, "250 2.0.0 Ok", None, None)
    ]
    assert town.looks() == [None]
    town.later(days=30).deliver()
    assert len(town.relay.attempts) == 1


# The Message-ID ----------------------------------------------------------------------------------


def test_a_message_id_follows_from_the_register_the_cause_and_the_reader(town: Town) -> None:
    uid = "00000000-0000-4000-8000-000000000001"
    town.change("UPDATE register SET uid = :uid", uid=uid)
    town.in_force(until="2017-10-13 09:00")
    assert [mail.message_id for mail in town.relay.accepted] == [
        f"<3e60e586-7691-5027-ba28-6e2476b4165c@{uid}.looptijd>",
        f"<ff219cb1-965a-558c-adbc-17420303dea4@{uid}.looptijd>",
    ]


# Deferred ----------------------------------------------------------------------------------------


def test_alertmanager_what_is_tried_after_1_5_and_15_minutes_keeps_its_message_id(
    town: Town,
) -> None:
    announced(town).relay.answers(DEFERRED, DEFERRED, DEFERRED)
    seen = []
    for _ in range(40):
        town.deliver()
        seen.append(len(town.relay.attempts))
        town.later(minutes=1)

    assert [minute for minute in range(1, 40) if seen[minute] > seen[minute - 1]] == [1, 6, 21]
    assert len({mail.message_id for mail in town.relay.attempts}) == 1
    assert town.mails("status, attempts") == [("accepted", 4)]


def test_between_attempts_the_row_says_what_the_relay_said_and_when_it_is_tried(
    town: Town,
) -> None:
    announced(town).relay.answers(DEFERRED)
    assert town.deliver()["retry"] == 1
    assert town.mails("status, attempts, last_error") == [("retry", 1, "450 4.2.0 Later")]
    assert town.looks() == ["Fri 2018-06-29 08:01"]


def test_a_deferred_mail_is_composed_anew_at_each_attempt(town: Town) -> None:
    announced(town).relay.answers(DEFERRED)
    town.deliver()
    town.do_with("A-1", "amend", reason="nieuwe naam", short_title="Nieuwe naam")
    town.later(minutes=1).deliver()
    assert [mail.subject for mail in town.relay.attempts] == [
        "Agreement A-1: plan evaluatie vóór 30 sep 2018 (A-1)",
        "Nieuwe naam: plan evaluatie vóór 30 sep 2018 (A-1)",
    ]


def test_a_deferred_mail_goes_to_who_holds_the_office_at_the_next_attempt(town: Town) -> None:
    town.register(OFFICES, CASE.replace('email = "a.janssen@', 'email = "b.janssen@'))
    town.at("2018-05-31 23:58").do("skip_overleg", reason="spoed")
    town.do("decide", outcome="as_proposed")
    town.relay.answers(DEFERRED, ACCEPTED, DEFERRED)
    town.deliver()
    town.at("2018-05-31 23:59").deliver()
    town.at("2018-06-01 00:10").deliver()
    office = [mail for mail in town.relay.attempts if "janssen" not in mail.to]
    assert [(mail.at, mail.to) for mail in office] == [
        ("Thu 2018-05-31 23:58", "gerats@maastricht.example"),
        ("Thu 2018-05-31 23:59", "gerats@maastricht.example"),
        ("Fri 2018-06-01 00:10", "bastiaens@maastricht.example"),
    ]
    assert len({mail.message_id for mail in office}) == 1


def test_a_mail_that_is_deferred_for_five_days_expires_and_is_tried_no_more(town: Town) -> None:
    announced(town).relay.by_address[BASTIAENS] = DEFERRED
    for _ in range(24 * 7):
        town.deliver()
        town.later(hours=1)
    assert town.mails("status, attempts") == [("expired", 46)]
    assert town.looks() == [None]
    lasted = at("2018-06-29 08:00") + timedelta(days=4, hours=20)
    assert at(town.relay.attempts[-1].at[4:]) >= lasted


# The truth is asked again ------------------------------------------------------------------------


def test_what_was_paid_meanwhile_is_not_asked_for_any_more(town: Town) -> None:
    town.in_force().at("2017-10-13 08:00").tick()
    town.do("pay", instalment="1", on="2017-10-12")
    town.deliver()
    assert town.relay.attempts == []
    assert town.mails("role, status, last_error", where="cause LIKE '%+P1D'") == [
        ("finance", "cancelled", "het is intussen afgehandeld: betaald"),
        ("case_owner", "cancelled", "het is intussen afgehandeld: betaald"),
    ]


def test_what_was_paid_between_two_attempts_is_not_asked_for_any_more(town: Town) -> None:
    town.in_force().at("2017-10-13 08:00").tick()
    town.relay.by_address["geld@maastricht.example"] = DEFERRED
    town.deliver()
    town.do("pay", instalment="1", on="2017-10-12")
    town.relay.by_address.clear()
    town.relay.forget()
    town.later(minutes=1).deliver()
    assert town.relay.attempts == []
    assert town.mails("status", where="cause LIKE '%+P1D'") == ["cancelled", "accepted"]


def test_what_concerns_a_date_that_moved_is_not_sent(town: Town) -> None:
    announced(town)
    town.do_with("A-1", "amend", reason="addendum", term__length="P2Y")
    town.deliver()
    assert town.relay.attempts == []
    assert town.mails("status, last_error") == [("cancelled", "de datum is intussen veranderd")]


# In doubt ----------------------------------------------------------------------------------------


def test_a_mail_in_doubt_is_tried_once_more_after_15_minutes_and_then_shown(town: Town) -> None:
    announced(town).relay.answers(IN_DOUBT, IN_DOUBT)
    assert town.deliver()["unknown"] == 1
    assert (town.mails("status"), town.looks()) == (["unknown"], ["Fri 2018-06-29 08:15"])

    town.at("2018-06-29 08:14").deliver()
    assert len(town.relay.attempts) == 1
    town.at("2018-06-29 08:15").deliver()
    assert len(town.relay.attempts) == 2
    assert (town.mails("status"), town.looks()) == (["unknown"], [None])
    town.later(days=30).deliver()
    assert len(town.relay.attempts) == 2


def test_after_a_doubt_words_and_reader_stay_as_they_were(town: Town) -> None:
    town.register(OFFICES, CASE).at("2018-05-31 23:50")
    town.do("skip_overleg", reason="spoed")
    town.do("decide", outcome="as_proposed")
    town.relay.by_address["gerats@maastricht.example"] = IN_DOUBT
    town.deliver()
    town.do("amend", reason="nieuwe naam", short_title="Nieuwe naam")
    town.relay.by_address.clear()
    town.at("2018-06-01 00:10").deliver()

    first, second = (m for m in town.relay.attempts if m.to == "gerats@maastricht.example")
    assert first.content == second.content
    assert first.message_id == second.message_id
    assert town.mails("status") == ["accepted", "accepted"]


def test_a_mail_in_doubt_is_repeated_although_it_was_paid_meanwhile(town: Town) -> None:
    town.in_force().at("2017-10-13 08:00").tick()
    town.relay.answers(IN_DOUBT)
    town.deliver()
    town.do("pay", instalment="1", on="2017-10-12")
    town.later(minutes=15).deliver()
    assert town.mails("status", where="cause LIKE '%+P1D'") == ["accepted", "accepted"]


def test_quartz_1516_a_daemon_that_dies_before_the_body_costs_no_attempt(town: Town) -> None:
    announced(town)
    dying = Outbox(town.app)
    assert dying.lease()
    town.later(minutes=39).deliver()
    assert town.relay.attempts == []
    town.later(minutes=2).deliver()
    assert [mail.to for mail in town.relay.accepted] == [BASTIAENS]
    assert town.mails("status, attempts, doubts") == [("accepted", 1, 0)]


def test_healthchecks_a_daemon_that_dies_after_the_body_leaves_a_doubt_and_tries_once_more(
    town: Town,
) -> None:
    announced(town)
    dying = Outbox(town.app)
    parcel = dying.lease()
    assert parcel
    assert dying.work.mark_body_sent(parcel)
    town.later(minutes=41).deliver()
    assert town.relay.attempts == []
    assert town.mails("status") == ["unknown"]

    town.later(minutes=15).deliver()
    assert [mail.content for mail in town.relay.accepted] == [parcel.content]
    assert [mail.message_id for mail in town.relay.accepted] == [parcel.message_id]
    assert town.mails("status") == ["accepted"]


@pytest.mark.on_both
def test_procrastinate_1518_and_dbos_716_two_crashes_in_a_row_leave_the_mail_queued(
    town: Town,
) -> None:
    announced(town)
    for _ in range(2):
        assert Outbox(town.app).lease()
        town.later(minutes=41)
        Outbox(town.app).deliver(town.relay, lambda: True)
    assert town.mails("status, attempts, doubts") == [("sending", 0, 0)]
    with town.app.writing() as connection:
        store.reclaim(connection, town.clock.now())
    assert town.mails("status, attempts, doubts, lease") == [("queued", 0, 0, None)]
    town.deliver()
    assert town.mails("status, attempts") == [("accepted", 1)]


def test_post_office_of_three_mails_what_was_accepted_before_a_crash_is_not_sent_again(
    town: Town,
) -> None:
    dying = Outbox(announced(town, *FIVE[:3]).app)
    first, second = dying.lease(), dying.lease()
    assert first
    assert second
    assert dying.work.mark_body_sent(first)
    dying.work.settle(first, ACCEPTED)
    town.later(minutes=41).deliver()
    assert len(town.relay.accepted) == 2
    assert first.message_id not in {mail.message_id for mail in town.relay.accepted}
    assert town.mails("status, attempts") == [("accepted", 1)] * 3


def in_doubt_by_a_crash(town: Town) -> tuple[Outbox, Parcel]:
    """Let a daemon fall silent after the body, and let another see that its lease has ended."""
    dying = Outbox(announced(town).app)
    parcel = dying.lease()
    assert parcel
    assert dying.work.mark_body_sent(parcel)
    town.later(minutes=41).deliver()
    assert town.mails("status") == ["unknown"]
    return dying, parcel


def test_a_late_250_of_the_same_lease_settles_what_is_unknown(town: Town) -> None:
    dying, parcel = in_doubt_by_a_crash(town)
    dying.work.settle(parcel, ACCEPTED)
    assert town.mails("status, attempts, lease") == [("accepted", 1, None)]
    town.later(minutes=15).deliver()
    assert town.relay.attempts == []


def test_a_late_answer_says_nothing_when_the_mail_was_leased_again_or_cancelled(town: Town) -> None:
    dying, parcel = in_doubt_by_a_crash(town)
    town.later(minutes=15)
    second = Outbox(town.app)
    assert second.lease()
    dying.work.settle(parcel, DEFERRED)
    assert town.mails("status, attempts") == [("sending", 0)]
    second.deliver(town.relay, lambda: False)
    town.change("UPDATE message SET status = 'cancelled', lease = :token", token=parcel.token)
    dying.work.settle(parcel, ACCEPTED)
    assert town.mails("status") == ["cancelled"]


def test_a_deferral_before_the_body_does_not_undo_the_doubt_that_a_crash_left(town: Town) -> None:
    _, parcel = in_doubt_by_a_crash(town)
    town.do_with("A-1", "amend", reason="nieuwe naam", short_title="Nieuwe naam")
    town.relay.answers(DEFERRED)
    town.later(minutes=15).deliver()
    assert town.mails("status, doubts") == [("retry", 1)]
    town.later(minutes=1).deliver()
    assert [mail.content for mail in town.relay.accepted] == [parcel.content]


# Refused -----------------------------------------------------------------------------------------


def test_a_refused_mail_stays_and_the_next_in_the_chain_gets_a_row_of_its_own(
    town: Town,
) -> None:
    announced(town).relay.by_address[BASTIAENS] = REFUSED
    town.deliver()
    assert [mail.to for mail in town.relay.attempts] == [BASTIAENS, SECRETARIAAT]
    assert town.mails("role, office, status, reply") == [
        ("office", "sociaal-domein", "refused", "550 5.1.1 No such user"),
        ("office", "secretariaat", "accepted", "250 2.0.0 Ok"),
    ]
    assert len({mail.message_id for mail in town.relay.attempts}) == 2


def test_a_chain_that_refuses_is_followed_to_its_end_and_each_office_is_asked_once(
    town: Town,
) -> None:
    announced(town)
    for address in (BASTIAENS, SECRETARIAAT, SECRETARIS):
        town.relay.by_address[address] = REFUSED
    town.deliver()
    town.later(days=1).deliver()
    assert [mail.to for mail in town.relay.attempts] == [BASTIAENS, SECRETARIAAT, SECRETARIS]
    assert town.mails("status") == ["refused"] * 3


def test_a_refused_mail_that_is_retried_and_refused_again_gives_no_second_row(
    town: Town,
) -> None:
    announced(town).relay.by_address[BASTIAENS] = REFUSED
    town.deliver()
    town.change("UPDATE message SET status = 'queued', next_attempt_at = created_at WHERE id = 1")
    town.deliver()
    assert town.mails("office, status, refusals") == [
        ("sociaal-domein", "refused", 2),
        ("secretariaat", "accepted", 0),
    ]


def test_a_refused_case_owner_is_not_replaced_by_an_office(town: Town) -> None:
    town.in_force().at("2017-10-13 08:00").tick()
    town.relay.by_address["a.janssen@maastricht.example"] = REFUSED
    town.deliver()
    assert town.mails("role, status", where="cause LIKE '%+P1D'") == [
        ("finance", "accepted"),
        ("case_owner", "refused"),
    ]


def test_who_is_the_case_owner_by_then_is_told_when_a_mail_in_doubt_is_refused(town: Town) -> None:
    announced(town, owned("A-1")).relay.by_address[JANSSEN] = IN_DOUBT
    town.deliver()
    town.do_with("A-1", "amend", reason="overgedragen", case_owner__email=SMIT)
    town.relay.by_address[JANSSEN] = REFUSED
    town.later(minutes=15).deliver()
    assert {mail.to for mail in town.relay.accepted} == {BASTIAENS, SMIT}
    told = "rule = 'evaluation' AND role = 'case_owner'"
    assert town.mails("generation, status", where=told) == [(1, "refused"), (2, "accepted")]


def test_an_escalation_that_is_refused_goes_one_office_higher(town: Town) -> None:
    announced(town).until("2018-11-09 09:00")
    town.relay.forget()
    town.relay.by_address[SECRETARIAAT] = REFUSED
    town.until("2018-11-12 09:00")
    assert [mail.to for mail in town.relay.attempts] == [BASTIAENS, SECRETARIAAT, SECRETARIS]


def test_an_escalation_that_all_above_refuse_is_sent_to_nobody_again(town: Town) -> None:
    announced(town).until("2018-11-09 09:00")
    town.relay.forget()
    town.relay.by_address |= {SECRETARIAAT: REFUSED, SECRETARIS: REFUSED}
    town.until("2018-11-13 09:00")
    assert [mail.to for mail in town.relay.attempts] == [BASTIAENS, SECRETARIAAT, SECRETARIS]


VACANT = OFFICES.replace("from = 2018-06-01", "from = 2019-06-01")


def test_in_the_place_of_an_office_that_nobody_holds_an_escalation_goes_up_one_office(
    town: Town,
) -> None:
    highest = VACANT.replace('"Gemeentesecretaris"\n', '"Gemeentesecretaris"\nfallback = "raad"\n')
    holder = '[[office.holder]]\nname = "G."\nemail = "raad@m.example"\nfrom = 2014-01-01\n'
    raad = f'[[office]]\nkey = "raad"\nname = "Raad"\n{holder}'
    announced(town, offices=f"{highest}\n{raad}").until("2018-11-09 09:00")
    town.relay.forget()
    town.relay.by_address[SECRETARIAAT] = REFUSED
    town.until("2018-11-13 09:00")
    assert [mail.to for mail in town.relay.attempts] == [SECRETARIAAT, SECRETARIS]


def test_an_escalation_that_is_refused_once_nobody_holds_the_office_goes_one_office_higher(
    town: Town,
) -> None:
    announced(town).until("2018-11-09 09:00")
    town.relay.forget()
    town.relay.by_address[SECRETARIAAT] = DEFERRED
    town.until("2018-11-12 08:00").register(VACANT)
    town.relay.by_address[SECRETARIAAT] = REFUSED
    town.until("2018-11-12 09:00")
    assert [mail.to for mail in town.relay.accepted] == [BASTIAENS, SECRETARIS]


def test_who_holds_the_office_by_then_is_told_when_a_mail_in_doubt_is_refused(town: Town) -> None:
    announced(town).relay.answers(IN_DOUBT)
    town.deliver()
    town.hand_over("sociaal-domein", "claessen@m.example")
    town.relay.by_address[BASTIAENS] = REFUSED
    town.later(minutes=15).deliver()
    assert {mail.to for mail in town.relay.accepted} == {"claessen@m.example"}
    told = "rule = 'evaluation'"
    assert town.mails("office, generation, status", where=told) == [
        ("sociaal-domein", 1, "refused"),
        ("sociaal-domein", 2, "accepted"),
    ]


def test_a_mail_in_doubt_that_is_refused_waits_where_nobody_holds_the_office_by_then(
    town: Town,
) -> None:
    """It was given up; who held the office next was told nothing."""
    alone = OFFICES.replace('fallback = "secretariaat"\n', "")
    announced(town, offices=alone).relay.answers(IN_DOUBT)
    town.deliver()
    left = alone.replace("from = 2018-06-01\n", "from = 2018-06-01\nuntil = 2018-06-29\n")
    town.register(left).relay.by_address[BASTIAENS] = REFUSED
    town.at("2018-06-30 09:00").deliver()
    town.register(alone.replace(BASTIAENS, "claessen@m.example"))
    town.until("2018-07-02 09:00")
    assert [mail.to for mail in town.relay.accepted] == ["claessen@m.example"]
    assert town.mails("generation, status", where="rule = 'evaluation'") == [
        (1, "refused"),
        (2, "accepted"),
    ]


def test_a_mail_for_two_readers_that_is_refused_is_not_sent_to_the_same_address_again(
    town: Town,
) -> None:
    same = f'case_owner = {{ name = "B.", email = "{BASTIAENS}" }}'
    announced(town, running("A-1", more=same)).relay.by_address[BASTIAENS] = REFUSED
    town.deliver()
    town.later(days=1).deliver()
    assert [mail.to for mail in town.relay.attempts] == [BASTIAENS, SECRETARIAAT]


def test_what_an_office_is_told_in_a_mail_for_the_case_owner_goes_up_when_that_is_refused(
    town: Town,
) -> None:
    gerats = "gerats@maastricht.example"
    town.register(OFFICES, CASE.replace("a.janssen@maastricht.example", gerats)).decided()
    town.at("2017-10-12 10:00").relay.by_address[gerats] = DEFERRED
    town.do("sign", party="maastricht")
    town.do("sign", party="limburg")
    town.one_pass()
    town.at("2017-10-13 08:00").relay.by_address[gerats] = REFUSED
    town.one_pass()
    told = "cause = 'activation:term:2017-10-12:P0D' AND role = 'office'"
    (lead,) = town.mails("role", where="status = 'refused'")
    assert lead == "case_owner"  # its payment was tried least
    assert town.mails("office, status", where=told) == [
        ("sociaal-domein", "cancelled"),
        ("secretariaat", "accepted"),
    ]


# The relay ---------------------------------------------------------------------------------------


def test_a_relay_that_is_away_costs_no_attempt_and_opens_the_circuit(town: Town) -> None:
    announced(town, *FIVE[:3]).relay.answers(AWAY, AWAY)
    town.deliver()
    assert len(town.relay.attempts) == 1
    assert town.mails("status, attempts") == [("queued", 0)] * 3

    town.later(seconds=59).deliver()
    assert len(town.relay.attempts) == 1
    town.later(seconds=1).deliver()  # the first probe, after a minute: away
    assert len(town.relay.attempts) == 2
    town.later(seconds=119).deliver()
    assert len(town.relay.attempts) == 2
    town.later(seconds=1).deliver()  # the second, after two more: back
    assert len(town.relay.accepted) == 3
    assert town.mails("status, attempts") == [("accepted", 1)] * 3


def test_time_while_the_relay_is_away_does_not_use_up_a_mail(town: Town) -> None:
    announced(town).relay.by_address[BASTIAENS] = AWAY
    for _ in range(24 * 8):
        town.deliver()
        town.later(hours=1)
    assert town.mails("status, attempts") == [("queued", 0)]
    town.relay.by_address.clear()
    town.deliver()
    assert town.mails("status, attempts") == [("accepted", 1)]


def test_three_faults_in_a_row_open_the_circuit(town: Town) -> None:
    announced(town, *FIVE).relay.answers(FAULT, FAULT, FAULT)
    town.deliver()
    assert len(town.relay.attempts) == 3
    assert town.mails("status, attempts")[2:] == [("queued", 0)] * 3
    assert "refused" not in town.mails("status")
    town.later(minutes=1).deliver()
    town.later(minutes=10).deliver()
    assert town.mails("status") == ["accepted"] * 5


def test_a_mail_that_the_relay_does_not_survive_holds_up_nobody_elses(town: Town) -> None:
    announced(town, *at_offices("sociaal-domein", "secretariaat", "financien"))
    town.relay.by_address[BASTIAENS] = FAULT
    town.deliver()
    assert town.mails("status, attempts") == [("retry", 1), ("accepted", 1), ("accepted", 1)]


def test_a_poison_mail_alone_spends_two_attempts_and_waits_until_the_relay_takes_another(
    town: Town,
) -> None:
    announced(town).relay.by_address[BASTIAENS] = FAULT
    for _ in range(60):
        town.deliver()
        town.later(minutes=1)
    assert town.mails("status, attempts") == [("queued", 2)]
    town.relay.by_address.clear()
    town.later(minutes=15).deliver()
    assert town.mails("status, attempts") == [("accepted", 3)]


def test_a_poison_mail_is_tried_and_shown_for_ever_while_the_relay_takes_all_others(
    town: Town,
) -> None:
    announced(town).relay.by_address[BASTIAENS] = FAULT
    answered = Parcel(id=0, token="", sender="", recipient=SECRETARIAAT, message_id="", content=b"")
    for _ in range(3 * 8):
        town.deliver()
        town.post.work.settle(answered, ACCEPTED)
        town.later(hours=8)
    assert town.mails("status, attempts") == [("retry", 8)]
    assert len(town.relay.attempts) == 24
    (check,) = town.checks("relay")
    assert str(check.detail) == (
        "Mails that the relay has not taken: 1; it last said: 554 5.7.1 Go away."
    )


def test_a_relay_that_refuses_everything_expires_nothing_without_a_daemon_either(
    town: Town,
) -> None:
    announced(town).relay.by_address[BASTIAENS] = FAULT
    for _ in range(8 * 8):
        Outbox(town.app).deliver(town.relay, lambda: False)  # looptijd tick, run by cron
        town.later(hours=4)
    assert town.mails("status") == ["retry"]


def test_an_open_circuit_stops_one_daemon_and_not_another(town: Town) -> None:
    announced(town, *FIVE[:2]).relay.answers(AWAY)
    town.deliver()
    with visiting(town.another()) as other:
        other.deliver()
        assert len(other.relay.accepted) == 1  # the one that does not wait for the first's probe


# What fails --------------------------------------------------------------------------------------


def test_an_agreement_that_cannot_be_read_holds_up_no_mail_that_is_leased_with_its_own(
    town: Town,
) -> None:
    announced(town, *FIVE[:3]).change("UPDATE facts SET facts = '{' WHERE agreement_id = 2")
    town.deliver()
    assert town.mails("status, attempts") == [("accepted", 1), ("queued", 0), ("accepted", 1)]
    assert town.looks()[1] == "Fri 2018-06-29 09:00"
    (told,) = town.mails("last_error", where="agreement_id = 2")
    assert told == (
        "A-2 is registered but cannot be read: DecodeError('Input data was truncated')."
        " Nothing was deleted; see: looptijd history A-2"
    )


@pytest.mark.on_both
def test_the_mail_of_an_agreement_that_is_mended_just_when_it_is_read_leaves_at_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator was told that it cannot be composed, and it waited for an hour."""
    announced(town)
    real, facts = store.agreements.by_id, town.scalar("SELECT facts FROM facts")
    town.change("UPDATE facts SET facts = '{'")

    def mended(connection: store.Transaction, number: int) -> object:
        connection.execute(text("UPDATE facts SET facts = :facts"), {"facts": facts})
        return real(connection, number)

    monkeypatch.setattr(store.agreements, "by_id", mended)
    town.deliver()
    assert town.mails("status, attempts, last_error") == [("accepted", 1, None)]


def test_a_mail_that_cannot_be_written_holds_up_no_mail_that_is_leased_with_it(town: Town) -> None:
    owner = 'case_owner = { name = "A", email = "a@maastricht.example" }'
    announced(town, running("A-1"), running("A-2", more=owner), running("A-3"))
    town.change("UPDATE private SET value = 'no address' WHERE value = 'a@maastricht.example'")
    town.deliver()
    of_others = town.mails("status", where="agreement_id <> 2")
    assert (of_others, len(town.relay.attempts)) == (["accepted", "accepted"], 2)
    assert set(town.mails("status, lease", where="agreement_id = 2")) == {("queued", None)}


# Leases ------------------------------------------------------------------------------------------


def test_whatever_settling_one_mail_raises_stops_no_other_and_it_is_settled_later(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced(town, *FIVE[:3])
    real, faulty = outcomes._written, True

    def raises_for_the_first(attempt: outcomes.Attempt, *rest: Any) -> dict[str, Any]:
        if faulty and attempt.parcel.id == 1:
            raise UnicodeEncodeError("latin-1", "ł", 0, 1, "not in this database")
        return real(attempt, *rest)

    monkeypatch.setattr(outcomes, "_written", raises_for_the_first)
    town.deliver()
    assert town.mails("status, in_doubt") == [("sending", 1), ("accepted", 0), ("accepted", 0)]
    faulty = False
    town.deliver()
    assert town.mails("status") == ["accepted"] * 3
    assert len(town.relay.attempts) == 3


@pytest.mark.on_both
def test_when_the_lease_was_lost_no_outcome_is_written(town: Town) -> None:
    announced(town)

    def lose(parcel: Parcel) -> None:
        town.change("UPDATE message SET lease = 'another' WHERE id = :id", id=parcel.id)

    town.relay.before_settling = lose
    town.deliver()
    assert town.mails("status, attempts, lease, reply") == [("sending", 0, "another", None)]


def test_when_the_lease_was_lost_before_the_body_nothing_is_sent(town: Town) -> None:
    announced(town)
    slow = Outbox(town.app)
    parcel = slow.lease()
    assert parcel
    town.later(minutes=41).deliver()  # another daemon took the mail over and sent it
    assert slow.work.mark_body_sent(parcel) is False
    slow.work.settle(parcel, DEFERRED)
    assert town.mails("status, attempts") == [("accepted", 1)]
    assert len(town.relay.accepted) == 1


def test_a_refusal_without_a_lease_gives_nobody_a_row(town: Town) -> None:
    announced(town)
    slow = Outbox(town.app)
    parcel = slow.lease()
    assert parcel
    town.later(minutes=41).deliver()
    slow.work.settle(parcel, REFUSED)
    assert town.mails("status") == ["accepted"]


def test_stopping_gives_back_what_was_leased(town: Town) -> None:
    owner = 'case_owner = { name = "A", email = "a@maastricht.example" }'
    announced(town, running("A-1", more=owner))
    stops = iter([False, True])
    town.post.deliver(town.relay, lambda: next(stops, True))
    assert town.mails("status, attempts, lease") == [("accepted", 1, None), ("queued", 0, None)]
    town.deliver()
    assert town.mails("status") == ["accepted", "accepted"]


@pytest.mark.on_both
def test_a_mail_that_cannot_be_composed_holds_up_no_other(town: Town) -> None:
    announced(town, *FIVE[:3])
    town.change("UPDATE message SET rule = 'unheard_of' WHERE id = 2")
    town.deliver()
    assert town.mails("status, attempts") == [("accepted", 1), ("queued", 0), ("accepted", 1)]
    assert town.looks()[1] == "Fri 2018-06-29 09:00"
    assert town.mails("last_error", where="id = 2")[0]


# Installations -----------------------------------------------------------------------------------


def test_bikebrigade_52_another_installation_sends_nothing(town: Town) -> None:
    announced(town)
    town.change("UPDATE register SET installation = 'production'")
    town.deliver()
    assert town.relay.attempts == []
    assert town.mails("status, attempts") == [("queued", 0)]
    town.change("UPDATE register SET installation = 'test'")
    town.deliver()
    assert len(town.relay.accepted) == 1


# When mail leaves --------------------------------------------------------------------------------


def test_what_moves_at_midnight_is_told_at_the_next_alert_time_of_a_working_day(
    town: Town,
) -> None:
    contents = running("A-1", start="2018-01-06")  # in force through Saturday 5 January 2019
    town.at("2018-12-20 10:00").register(OFFICES, contents, history=True)
    town.until("2019-01-06 00:30")
    assert town.stage("A-1") == "ended (lapsed)"
    town.relay.forget()
    town.until("2019-01-08 09:00")
    assert [(mail.at, mail.to) for mail in town.relay.accepted] == [
        ("Mon 2019-01-07 08:00", BASTIAENS)
    ]


def test_where_alerts_leave_at_midnight_what_moves_then_is_told_in_that_night(town: Town) -> None:
    """A daemon fires a moment later: from a Friday it waited until Monday."""
    town = town.configured(calendar=Calendar(alert_time=time()))
    adopt_policy(town.app)
    contents = running("A-1", start="2018-01-11")  # in force through Thursday 10 January 2019
    town.at("2018-12-20 10:00").register(OFFICES, contents, history=True)
    town.until("2019-01-10 23:59").relay.forget()
    town.at("2019-01-11 00:00").later(seconds=2).one_pass()
    assert town.stage("A-1") == "ended (lapsed)"
    town.until("2019-01-15 09:00")
    assert [(mail.at, mail.to) for mail in town.relay.accepted] == [
        ("Fri 2019-01-11 00:00", BASTIAENS)
    ]


def test_a_start_in_the_future_activates_at_midnight_and_is_told_in_the_morning(
    town: Town,
) -> None:
    town.register(OFFICES, CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = "unknown"'))
    town.decided().signed()
    assert town.stage() == "signing"
    town.do("set_start", on="2018-01-01")  # New Year's Day, a Monday
    town.relay.forget()
    town.until("2018-01-01 00:05")
    assert town.stage() == "active"
    assert "activation:term:2018-01-01:P0D" in town.fired()
    town.until("2018-01-03 09:00")
    assert ("Tue 2018-01-02 08:00", "gerats@maastricht.example") in [
        (mail.at, mail.to) for mail in town.relay.accepted
    ]


@pytest.mark.parametrize("hour", ["00:00", "02:00"], ids=["in time", "by a daemon that was away"])
def test_a_reminder_that_a_renewal_brings_stands_in_the_mail_about_it(
    town: Town, hour: str
) -> None:
    """It was due before the term began: three months before 30 March 2020."""
    tacit = '[agreement.term]\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P9M"'
    contents = running("T-1", length="P2Y").replace("[agreement.term]", tacit)
    contents = contents.replace("before_end", "after_start")  # the evaluation is long past
    town.at("2019-12-20 10:00").register(OFFICES, contents, history=True).deliver()
    town.relay.forget()
    town.until("2019-12-31 23:00").at(f"2020-01-01 {hour}").one_pass()
    town.until("2020-01-05 09:00")

    assert "notice:term:2020-03-30:-P3M" in town.fired("T-1")
    assert [(mail.at, mail.subject) for mail in town.relay.accepted] == [
        ("Thu 2020-01-02 08:00", "Agreement T-1: opzeggen? Uiterlijk 30 mrt (T-1)")
    ]


@pytest.mark.parametrize(
    "before_end, at, subject",
    [
        ("P13M", "Thu 2020-01-02 08:00", "evalueer alsnog, moest 30 nov"),
        ("P365D", "Wed 2020-01-01 00:00", "start evaluatie vandaag, 1 jan"),
        ("P364D", "Thu 2020-01-02 08:00", "start evaluatie vandaag, 2 jan"),
    ],
    ids=["past", "before the mail about the renewal", "on its day"],
)
def test_a_date_that_a_renewal_brings_leaves_no_later_than_itself(
    town: Town, before_end: str, at: str, subject: str
) -> None:
    tacit = '[agreement.term]\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"'
    contents = running("T-1", length="P2Y").replace("[agreement.term]", tacit)
    contents = contents.replace('P3M"\n[[agreement.party', f'{before_end}"\n[[agreement.party')
    town.at("2019-12-20 10:00").register(OFFICES, contents, history=True).deliver()
    town.relay.forget()
    town.until("2020-01-01 09:00").until("2020-01-05 09:00")

    told = [(mail.at, mail.subject) for mail in town.relay.accepted if "eval" in mail.subject]
    assert told == [(at, f"Agreement T-1: {subject} (T-1)")]


def test_what_came_into_force_late_names_the_evaluation_that_is_still_to_come(town: Town) -> None:
    halfway = '[[agreement.evaluation]]\nkey = "halfway"\nafter_start = "P1M"\n'
    late = CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = 2017-09-01')
    late = late.replace("[agreement.contribution]", f"{halfway}[agreement.contribution]")
    town.register(OFFICES, late).decided().signed().one_pass()

    told = [m.words for m in town.relay.accepted if "De overeenkomst is in werking" in m.words]
    assert told
    assert all("De eindevaluatie staat op zondag 31 mei 2020." in words for words in told)


def test_no_mail_is_said_to_wait_for_the_signature_of_a_party_that_joined(town: Town) -> None:
    """A successor of a party was said to hold up the mail about a start of a year ago."""
    town.in_force(until="2018-03-05 10:00").relay.forget()
    joins = {"party__rijn__name": "Waterschap Rijn", "party__rijn__joined_on": "2018-03-01"}
    town.do("amend", reason="fusie", **joins)
    town.deliver()
    words = next(mail.words for mail in town.relay.accepted if "vul gegevens" in mail.subject)
    assert (
        "Waterschap Rijn: nog niet bekend. Nodig voor het dossier; geen mail wacht erop." in words
    )
    assert "Het dossier blijft dan onvolledig." in words
    for untrue in (
        "De eerste mail die hierop wacht",
        "kunnen mails niet weg",
        "Mails komen dan niet",
    ):
        assert untrue not in words


def test_beside_the_signature_of_who_joins_the_day_is_that_of_the_mail_that_waits(
    town: Town,
) -> None:
    """The mail about the second instalment was said to leave on the day of joining."""
    town.in_force().do("pay", instalment="1")
    joins = {"party__rijn__name": "Waterschap Rijn", "party__rijn__joined_on": "2018-07-20"}
    town.do("amend", reason="fusie", contribution__payee="unknown", **joins)
    town.until("2018-06-21 10:00").relay.forget()
    town.until("2018-06-22 10:00")
    mail = next(mail for mail in town.relay.accepted if "vul gegevens" in mail.subject)
    assert "dag van ondertekening van Waterschap Rijn: nog niet bekend" in mail.words
    assert "De eerste mail die hierop wacht, moet op vrijdag 17 augustus 2018 weg." in mail.words
    assert "20 juli" not in mail.words


def test_each_fact_that_is_asked_for_has_its_line_for_the_operator(town: Town) -> None:
    """Of two facts in one mail only the first had one."""
    unknown = CASE.replace('payee = "Coöperatie Verbindend Leiden"\n', "")
    unknown = unknown.replace('budget_line = "Lidmaatschappen en contributies"\n', "")
    town.register(OFFICES, unknown).decided().signed()

    (mail,) = (mail for mail in town.relay.accepted if "vul gegevens aan" in mail.subject)
    assert mail.words.partition("Voor de beheerder: ")[2] == (
        "looptijd do SO-2017-0042 wijzigen bijdrage.ontvanger=… --reason …"
        " looptijd do SO-2017-0042 wijzigen bijdrage.budgetpost=… --reason …"
    )


def test_what_was_open_ended_and_terminated_is_evaluated_before_its_end(town: Town) -> None:
    """Once it has ended nothing stays open: “Dan blijft de eindevaluatie openstaan.”"""
    final = "on = 2018-09-30\nfinal = true"
    endless = running("A-1").replace('length = "P1Y"', "open_ended = true")
    endless = endless.replace('before_end = "P3M"', final)
    town.at("2018-06-05 10:00").register(OFFICES, endless, history=True)
    town.do_with("A-1", "terminate", ends_on="2018-12-31", reason="In overleg.")
    town.until("2018-06-29 09:00")

    *_, mail = town.relay.accepted
    assert mail.subject == "Agreement A-1: plan evaluatie vóór 30 sep 2018 (A-1)"
    ends = "Dan is de evaluatie niet gehouden vóór het einde. De overeenkomst eindigt na maandag"
    assert ends in mail.words
    assert "openstaan" not in mail.words


def continued(town: Town) -> Town:
    """Return a town in which A-1 is decided to go on in A-2 after 31 December 2018."""
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1"), history=True)
    town.until("2018-10-01 10:00").do_with("A-1", "conclude", report="R", conclusion="Goed.")
    town.do_with("A-1", "decide", outcome="continue", successor="A-2")
    return town


def test_who_waits_for_the_successor_is_given_no_line_that_decides_again(town: Town) -> None:
    """It was “looptijd do A-1 besluiten uitkomst=…”, though that was decided."""
    continued(town).until("2019-01-02 09:00")

    *_, mail = town.relay.accepted
    assert mail.subject == "Agreement A-1: start vervolg, liep af 31 dec (A-1)"
    assert mail.words.endswith("Looptijd, Gemeente Maastricht, aan Portefeuille Sociaal Domein.")


def attention_of(town: Town, ref: str) -> list[str]:
    return [str(concern) for concern in line_of(town.app, ref).attention]


def test_where_the_successor_was_withdrawn_the_mail_about_the_end_asks_to_decide_anew(
    town: Town,
) -> None:
    """It said “met vervolg” and “Daarover krijgt u aparte mails”, and asked for nothing."""
    continued(town).do_with("A-2", "withdraw")
    anew = "Its successor A-2 was withdrawn or rejected: decide anew."
    assert attention_of(town, "A-1") == [anew]
    town.until("2019-01-02 09:00")

    *_, mail = town.relay.accepted
    assert mail.subject == "Agreement A-1: besluit opnieuw, liep af 31 dec (A-1)"
    assert "Die komt er niet: het voorstel A-2 is ingetrokken of afgewezen." in mail.words
    assert "aparte mails" not in mail.words
    assert mail.words.endswith("Voor de beheerder: looptijd do A-1 besluiten uitkomst=…")
    assert attention_of(town, "A-1") == [anew]


def test_what_is_terminated_is_not_decided_anew_when_the_successor_was_withdrawn(
    town: Town,
) -> None:
    """Nothing can be decided of it any more, so that the sentence would stay for ever."""
    continued(town).do_with("A-2", "withdraw")
    town.do_with("A-1", "terminate", ends_on="2018-12-20", reason="In overleg.")
    assert attention_of(town, "A-1") == []
    assert attention_of(town.until("2019-01-02 09:00"), "A-1") == []

    *_, mail = town.relay.accepted
    assert mail.subject == "Agreement A-1: stopte eerder, 20 dec (A-1)"
    assert "A-2" not in mail.words


def test_what_ended_earlier_to_go_on_in_another_asks_to_let_that_start(town: Town) -> None:
    """Nothing was asked: “Wij bewaken de datums van deze overeenkomst niet meer.”"""
    continued(town).do_with("A-1", "terminate", ends_on="2018-12-20", reason="In overleg.")
    town.until("2019-01-02 09:00")

    *_, mail = town.relay.accepted
    assert mail.subject == "A-1: start vervolg, stopte eerder, 20 dec (A-1)"
    assert "Zorg dat de nieuwe overeenkomst A-2 zo snel mogelijk in werking treedt." in mail.words


@pytest.mark.parametrize("named", [{}, {"successor": "A-2"}])
def test_to_decide_anew_is_to_name_another_successor_than_the_one_that_was_withdrawn(
    town: Town, named: dict[str, str]
) -> None:
    """It was recorded as if it were decided, and the mail about the end asked for it once more."""
    continued(town).do_with("A-2", "withdraw")
    refused = town.refusal("A-1", "decide", outcome="continue", **named)
    assert (
        str(refused) == "A-2 was withdrawn or rejected; name another successor with successor=REF."
    )

    town.do_with("A-1", "decide", outcome="continue", successor="A-3")
    assert attention_of(town, "A-1") == []


@pytest.mark.parametrize("withdrawn", [True, False])
def test_what_is_decided_to_stop_after_all_is_continued_in_nothing(
    town: Town, *, withdrawn: bool
) -> None:
    """It told to let the draft come into force, or that separate mails follow about it."""
    continued(town)
    if withdrawn:
        town.do_with("A-2", "withdraw")
    town.do_with("A-1", "decide", outcome="stop")
    town.until("2019-01-02 09:00")

    *_, mail = town.relay.accepted
    assert mail.subject == "Agreement A-1: liep af 31 dec, zoals besloten (A-1)"
    assert "A-2" not in mail.words


def test_a_renewal_that_no_notice_can_stop_does_not_hang_on_the_evaluation(town: Town) -> None:
    """“De overeenkomst wordt dan stilzwijgend verlengd”: it is, whatever the evaluation finds."""
    yearly = 'length = "P1Y"\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P2M"'
    contents = running("A-1").replace('length = "P1Y"', yearly)
    town.at("2018-06-05 10:00").register(OFFICES, contents, history=True)
    town.until("2018-10-15 09:00").relay.forget()
    town.until("2018-11-12 09:00")

    told = [mail.words for mail in town.relay.accepted if "evalueer alsnog" in mail.subject]
    hangs = "De overeenkomst wordt dan stilzwijgend verlengd, tot en met dinsdag 31 december 2019."
    goes_on = (
        "Dan is de evaluatie niet gehouden vóór de verlenging. De overeenkomst wordt verlengd tot"
        " en met dinsdag 31 december 2019, want de laatste dag om op te zeggen is voorbij."
    )
    assert [(hangs in words, goes_on in words) for words in told] == [
        (True, False),  # on 29 October notice could still be given
        (False, True),
        (False, True),  # to the office above
    ]


def test_an_end_in_the_first_week_makes_nobody_late_before_the_beginning(town: Town) -> None:
    """Three months before a last day of 20 October 2017 is 20 July; it began on 12 October."""
    town.in_force().do("terminate", ends_on="2017-10-20", reason="Het doel is vervallen.")
    town.deliver()

    (mail,) = (mail for mail in town.relay.accepted if mail.to == "gerats@maastricht.example")
    assert (
        "Voltooi de eindevaluatie van Verbindend Leiden zo snel mogelijk. De afgesproken dag,"
        " donderdag 20 juli 2017, ligt vóór het begin van de overeenkomst."
    ) in mail.words
    assert "Die moest" not in mail.words


def test_who_is_asked_when_a_rest_ended_is_not_told_that_a_mail_waited_since_it_began(
    town: Town,
) -> None:
    town.in_force(until="2018-07-02 10:00")
    town.do("suspend", moves_end="yes")
    town.until("2018-10-02 08:00")
    mail = next(mail for mail in town.relay.accepted if "vul gegevens aan" in mail.subject)
    assert "Het einde van de opschorting: nog niet bekend." in mail.words
    assert "De eerste mail die hierop wacht" not in mail.words


def test_the_whole_case_leaves_no_mail_behind(town: Town) -> None:
    town.in_force(until="2020-10-13 09:00")
    statuses = set(town.mails("status"))
    assert statuses == {"accepted", "cancelled"}
    assert len({mail.message_id for mail in town.relay.accepted}) == len(town.relay.accepted)
    assert town.stage() == "ended (lapsed)"

"""What operators do with mail: retry, resend and cancel; another installation holds everything."""

from datetime import timedelta

import pytest

from states.model.phrase import Refusal
from tests import store
from tests.announced import BASTIAENS, DEFERRED, IN_DOUBT, REFUSED, SECRETARIAAT, announced
from tests.smtp_sink import sink
from tests.town import CASE, OFFICES, Town, running, walked_once
from workflow.agreements.queries import lines
from workflow.engine.ledger import decode
from workflow.mail import queue
from workflow.mail.overviews import queue_summaries
from workflow.system.refusals import Failed, NotFound, Refused
from workflow.system.settings import Mail, Municipality

pytestmark = pytest.mark.on_sqlite


@pytest.fixture(name="announced")
@walked_once
def announced_fixture(town: Town) -> Town:
    """Let an evaluation be announced; its mail waits."""
    return announced(town)


def refused(town: Town, action: str, number: str) -> Refusal:
    """Return the refusal that an operator meets; the outbox stays as it was."""
    before = town.query("SELECT * FROM message ORDER BY id")
    reason = ["omdat"] if action == "cancel" else []
    with pytest.raises(Refusal) as caught:
        getattr(queue, action)(town.app, number, *reason)
    assert town.query("SELECT * FROM message ORDER BY id") == before
    return caught.value


def lost(town: Town) -> tuple[list[str], list[str]]:
    """Return what the doctor says of mail, and for what the agreements ask attention."""
    checks = [str(check.detail) for check in town.checks("mail")]
    return checks, [str(concern) for line in lines(town.app) for concern in line.attention]


@pytest.mark.on_both
def test_the_next_mail_to_look_at_is_one_that_lies_ahead(announced: Town) -> None:
    now = announced.clock.now()
    with announced.app.reading() as connection:
        assert store.queries.next_look(connection, now - timedelta(minutes=1)) == now
        assert store.queries.next_look(connection, now) is None


def test_who_did_what_to_a_mail_stands_in_the_register_s_ledger(announced: Town) -> None:
    announced.relay.answers(DEFERRED)
    announced.deliver()
    queue.retry(announced.app, "1", by="jansen@stadhuis")
    queue.cancel(announced.app, "1", "gebeld", by="smeets@stadhuis")
    queue.resend(announced.app, "1", by="jansen@stadhuis")
    refused(announced, "cancel", "1")  # it is cancelled: nothing was done
    rows = announced.query("SELECT payload FROM event WHERE stream = 'register' ORDER BY seq")
    events = [decode(payload) for (payload,) in rows if '"mail"' in payload]
    names = dict(announced.query("SELECT token, value FROM private"))
    assert [(names[event.actor], event.action, event.reason) for event in events] == [
        ("jansen@stadhuis", "mail", "mail 1 wordt opnieuw geprobeerd"),
        ("smeets@stadhuis", "mail", "mail 1 is geannuleerd"),
        ("jansen@stadhuis", "mail", "mail 1 wordt nog eens verstuurd"),
    ]
    assert announced.problems() == []


# retry -------------------------------------------------------------------------------------------


def test_retry_sends_a_deferred_mail_at_once_under_the_same_message_id(announced: Town) -> None:
    announced.relay.answers(DEFERRED)
    announced.deliver()
    queue.retry(announced.app, "1")
    announced.deliver()
    first, second = announced.relay.attempts
    assert first.message_id == second.message_id
    assert announced.mails("status") == ["accepted"]


def test_retry_sends_a_refused_mail_again(announced: Town) -> None:
    announced.relay.by_address[BASTIAENS] = REFUSED
    announced.deliver()
    announced.relay.by_address.clear()
    queue.retry(announced.app, "1")
    announced.deliver()
    assert announced.mails("status") == ["accepted", "accepted"]


def test_each_refusal_of_a_mail_is_counted_and_nothing_else(announced: Town) -> None:
    announced.relay.by_address[BASTIAENS] = REFUSED
    announced.deliver()
    queue.retry(announced.app, "1")
    announced.deliver()
    assert announced.mails("status, refusals") == [("refused", 2), ("accepted", 0)]


def test_a_mail_that_is_retried_after_a_later_one_left_counts_only_what_went_before_it(
    announced: Town,
) -> None:
    announced.relay.by_address[BASTIAENS] = REFUSED
    announced.deliver()
    announced.relay.by_address.clear()
    queue.retry(announced.app, "1")
    announced.deliver()
    assert announced.relay.shown() == [
        (SECRETARIAAT, "Agreement A-1: plan evaluatie vóór 30 sep 2018 (A-1)"),
        (BASTIAENS, "Agreement A-1: plan evaluatie vóór 30 sep 2018 (A-1)"),
    ]


@pytest.mark.parametrize("action", ["retry", "cancel"])
def test_what_becomes_of_a_refused_mail_leaves_the_one_instead_of_it_to_the_office_above(
    announced: Town, action: str
) -> None:
    """Once it went to the address that had refused it, and nobody else was told."""
    announced.relay.by_address = {BASTIAENS: REFUSED, SECRETARIAAT: DEFERRED}
    announced.deliver()
    announced.relay.by_address.clear()
    getattr(queue, action)(announced.app, "1", *["gebeld"] * (action == "cancel"))
    announced.later(hours=1).deliver()
    told = {"retry": [BASTIAENS, SECRETARIAAT], "cancel": [SECRETARIAAT]}
    assert sorted(mail.to for mail in announced.relay.accepted) == told[action]


def test_retry_tries_what_has_expired_for_five_days_more(announced: Town) -> None:
    announced.relay.by_address[BASTIAENS] = DEFERRED
    announced.change("UPDATE message SET attempts = 45")
    announced.deliver()
    assert announced.mails("status, attempts") == [("expired", 46)]
    queue.retry(announced.app, "1")
    announced.deliver()
    assert announced.mails("status, attempts") == [("retry", 1)]
    queue.retry(announced.app, "1")
    announced.deliver()
    assert announced.mails("status, attempts") == [("retry", 2)]


def test_retry_tries_what_was_refused_after_days_of_later_as_long_again(announced: Town) -> None:
    """One “later” from the relay, where the address was mended, ended it at once."""
    announced.relay.by_address[BASTIAENS] = REFUSED
    announced.change("UPDATE message SET attempts = 45")
    announced.deliver()
    assert announced.mails("status, attempts", where="id = 1") == [("refused", 46)]
    queue.retry(announced.app, "1")
    announced.relay.by_address[BASTIAENS] = DEFERRED
    announced.deliver()
    assert announced.mails("status, attempts", where="id = 1") == [("retry", 2)]


def test_retry_repeats_a_mail_that_stays_in_doubt_word_for_word(announced: Town) -> None:
    announced.relay.answers(IN_DOUBT, IN_DOUBT)
    announced.deliver()
    announced.later(minutes=15).deliver()
    queue.retry(announced.app, "1")
    announced.deliver()
    assert len({mail.content for mail in announced.relay.attempts}) == 1
    assert announced.mails("status") == ["accepted"]


def test_bytes_that_an_earlier_release_wrote_are_sent_as_they_stand(announced: Town) -> None:
    announced.relay.answers(IN_DOUBT)
    announced.deliver()
    announced.change("UPDATE message SET content = :theirs WHERE id = 1", theirs=b"Subject: x\r\n")
    announced.later(minutes=15).deliver()
    assert announced.relay.attempts[-1].content == b"Subject: x\r\n"


def test_an_accepted_mail_cannot_be_retried(announced: Town) -> None:
    announced.deliver()
    found = refused(announced, "retry", "1")
    assert (type(found), found.exit_code) == (Refused, 3)
    assert str(found).startswith("Mail 1 is accepted; that is possible only while it is ")


# resend ------------------------------------------------------------------------------------------


def test_resend_sends_a_mail_once_more_under_a_message_id_of_its_own(announced: Town) -> None:
    announced.deliver()
    assert queue.resend(announced.app, "1").id == 2
    announced.deliver()
    first, second = announced.relay.accepted
    assert first.to == second.to == BASTIAENS
    assert first.message_id != second.message_id
    assert announced.mails("generation, status") == [(1, "accepted"), (2, "accepted")]


def test_a_mail_that_is_sent_once_more_is_composed_anew(announced: Town) -> None:
    announced.deliver()
    queue.resend(announced.app, "1")
    assert announced.mails("address, subject, content", where="id = 2") == [(None, None, None)]


def test_a_mail_can_be_resent_more_than_once(announced: Town) -> None:
    announced.deliver()
    for _ in range(2):
        queue.resend(announced.app, "1")
        announced.deliver()
    assert announced.mails("generation") == [1, 2, 3]
    assert len({mail.message_id for mail in announced.relay.accepted}) == 3


def test_each_office_that_was_told_has_its_own_count_of_what_was_resent(announced: Town) -> None:
    announced.relay.by_address[BASTIAENS] = REFUSED
    announced.deliver()
    queue.resend(announced.app, "1")
    queue.resend(announced.app, "2")
    assert announced.mails("office, generation") == [
        ("sociaal-domein", 1),
        ("secretariaat", 1),
        ("sociaal-domein", 2),
        ("secretariaat", 2),
    ]


@pytest.mark.on_both
def test_a_mail_that_told_more_tells_all_of_it_once_more(town: Town) -> None:
    town.register(OFFICES, CASE).decided().signed()
    assert queue.resend(town.app, "6").id == 8  # in the order of what is told: 5 went along
    assert town.problems() == []
    town.deliver()
    for mail in (town.relay.accepted[-3], town.relay.accepted[-1]):
        assert mail.to == "a.janssen@maastricht.example"
        assert mail.words.startswith("2 onderwerpen over Verbindend Leiden")
    assert town.mails("rule, status, merged_into, last_error", where="role = 'case_owner'")[1:] == [
        ("activation", "cancelled", 6, "staat in mail 6"),
        ("payment", "accepted", None, None),
        ("activation", "cancelled", 8, "staat in mail 8"),
        ("payment", "accepted", None, None),
    ]


def test_what_was_refused_and_sent_once_more_needs_no_look_any_more(announced: Town) -> None:
    announced.relay.by_address[BASTIAENS] = REFUSED
    announced.deliver()
    asked_for = "Mails refused: 1; see: looptijd mail list --attention"
    assert lost(announced) == (["Mail needs a look: refused 1."], [asked_for])
    announced.hand_over("sociaal-domein", "claessen@maastricht.example")
    queue.resend(announced.app, "1")
    announced.deliver()
    assert announced.mails("status", where="id = 1") == ["refused"]
    assert lost(announced) == (["No mail was refused, expired or left in doubt."], [])


@pytest.mark.on_both
def test_the_list_of_what_asks_for_attention_leaves_out_what_was_sent_once_more(
    announced: Town,
) -> None:
    announced.relay.by_address[BASTIAENS] = REFUSED
    announced.deliver()
    rows, _ = queue.listed(announced.app, status="refused", ref=None, attention=True)
    assert [row.id for row in rows] == [1]
    rows, _ = queue.listed(announced.app, status=None, ref=None, attention=True)
    assert [row.id for row in rows] == [1]
    announced.hand_over("sociaal-domein", "claessen@maastricht.example")
    queue.resend(announced.app, "1")
    announced.deliver()
    rows, _ = queue.listed(announced.app, status="refused", ref=None, attention=True)
    assert rows == []
    assert queue.listed(announced.app, status=None, ref=None, attention=True)[0] == []
    rows, _ = queue.listed(announced.app, status="refused", ref=None)
    assert [row.id for row in rows] == [1]


def test_one_that_was_to_be_sent_once_more_and_was_cancelled_still_needs_a_look(
    announced: Town,
) -> None:
    announced.relay.by_address[BASTIAENS] = REFUSED
    announced.deliver()
    before = lost(announced)
    queue.cancel(announced.app, str(queue.resend(announced.app, "1").id), "het adres is nog fout")
    assert lost(announced) == before
    queue.cancel(announced.app, "1", "mondeling gezegd")
    assert lost(announced) == (["No mail was refused, expired or left in doubt."], [])


def test_one_that_was_settled_before_it_left_once_more_needs_none(announced: Town) -> None:
    announced.relay.by_address[BASTIAENS] = REFUSED
    announced.deliver()
    queue.resend(announced.app, "1")
    announced.do_with("A-1", "start_evaluation")
    announced.do_with("A-1", "conclude", report="R", conclusion="Goed.")
    announced.deliver()
    assert announced.mails("status", where="generation = 2") == ["cancelled"]
    assert lost(announced) == (["No mail was refused, expired or left in doubt."], [])


def test_a_mail_about_several_agreements_that_expired_and_was_sent_once_more_does_not_either(
    town: Town,
) -> None:
    town.in_force()
    with town.app.writing() as connection:
        queue_summaries(connection, town.clock.now(), ["sociaal-domein"])
    town.change("UPDATE message SET status = 'expired' WHERE rule = 'summary'")
    assert lost(town)[0] == ["Mail needs a look: expired 1."]
    (number,) = town.mails("id", where="rule = 'summary'")
    queue.resend(town.app, str(number))
    assert lost(town)[0] == ["No mail was refused, expired or left in doubt."]


def test_a_mail_that_still_waits_is_not_resent(announced: Town) -> None:
    found = refused(announced, "resend", "1")
    assert (type(found), found.exit_code) == (Refused, 3)
    assert str(found) == "Mail 1 has not left yet; use retry."


# cancel ------------------------------------------------------------------------------------------


def test_a_cancelled_mail_never_leaves_and_stays_visible_with_the_reason(
    announced: Town,
) -> None:
    queue.cancel(announced.app, "1", "geannuleerd door de griffier")
    announced.deliver()
    announced.later(days=20).deliver()
    assert announced.relay.attempts == []
    assert announced.mails("status, last_error, next_attempt_at") == [
        ("cancelled", "geannuleerd door de griffier", None)
    ]


def test_a_mail_that_has_left_cannot_be_cancelled(announced: Town) -> None:
    announced.deliver()
    assert refused(announced, "cancel", "1").exit_code == 3


@pytest.mark.on_both
def test_a_mail_under_way_cannot_be_cancelled_or_retried(announced: Town) -> None:
    assert announced.post.lease()
    assert refused(announced, "cancel", "1").exit_code == 3
    assert refused(announced, "retry", "1").exit_code == 3
    assert refused(announced, "resend", "1").exit_code == 3


def test_an_earlier_reminder_that_is_sent_again_with_the_last_one_says_what_the_last_says(
    town: Town,
) -> None:
    plan = 'key = "plan"\nwhat = "het plan"\non = 2018-07-02'
    contents = f"{running('A-1')}\n[[agreement.obligation]]\n{plan}\n"
    town.at("2018-06-05 10:00").register(OFFICES, contents, history=True)
    town.until("2018-07-16 09:00")
    earlier = town.scalar("SELECT max(id) FROM message WHERE role = 'office'")
    town.at("2018-08-13 08:00").tick()
    queue.resend(town.app, str(earlier))
    town.relay.forget()
    town.deliver()

    (mail,) = [mail for mail in town.relay.accepted if mail.to == "bastiaens@maastricht.example"]
    assert "Dit is de laatste mail over deze afspraak." in mail.words
    assert "nog een herinnering" not in mail.words
    assert mail.subject == (
        "Agreement A-1: afspraak nakomen, moest 2 juli, het plan (3e keer) (A-1)"
    )


def test_a_test_mail_that_the_relay_refuses_is_told_with_its_words(small_town: Town) -> None:
    with sink({"RCPT": "550 5.1.1 Unknown"}) as relay:
        mail = Mail(transport="smtp", host="127.0.0.1", port=relay.port, tls="none")
        with pytest.raises(Failed) as refused:
            queue.send_test(small_town.configured(mail=mail).app, BASTIAENS, "Test", "Test")
    assert str(refused.value) == "The test mail was not accepted: 550 5.1.1 Unknown"


@pytest.mark.parametrize("action", ["retry", "resend", "cancel", "one"])
@pytest.mark.parametrize("number", ["2", "0", "-1", "eerste", "²", "99999999999999999999"])
def test_a_mail_that_does_not_exist_is_not_found(announced: Town, action: str, number: str) -> None:
    found = refused(announced, action, number)
    assert (type(found), found.exit_code) == (NotFound, 4)


# Held --------------------------------------------------------------------------------------------


def test_another_installation_sends_nothing_and_shows_its_mail_as_held(announced: Town) -> None:
    copy = announced.configured(municipality=Municipality(installation="oefening"))
    copy.deliver()
    rows, held = queue.listed(copy.app, status="held", ref=None)
    assert copy.relay.attempts == []
    assert ([row.id for row in rows], held) == ([1], "installation")
    assert copy.mails("status, attempts") == [("queued", 0)]

    announced.deliver()
    assert [mail.to for mail in announced.relay.accepted] == [BASTIAENS]


@pytest.mark.on_both
def test_mails_are_listed_by_status_and_by_agreement(announced: Town) -> None:
    announced.deliver()
    app = announced.app
    assert len(queue.listed(app, status=None, ref=None)[0]) == 1
    assert len(queue.listed(app, status="accepted", ref="A-1")[0]) == 1
    assert len(queue.listed(app, status="queued", ref="A-1")[0]) == 0
    with pytest.raises(NotFound):
        queue.listed(app, status=None, ref="B-1")

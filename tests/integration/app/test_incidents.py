"""A relay that takes no mail is an incident: told once a day, and shown by the doctor."""

import quopri
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifications.language import language
from notifications.transport import Outcome, Verdict
from states.model.phrase import say
from tests.agreements import at
from tests.announced import BASTIAENS, DEFERRED, announced
from tests.town import Town, the_usual_town, visiting
from workflow.app import incidents
from workflow.mail import queue
from workflow.maintenance.doctor import Check
from workflow.system.settings import Mail

AWAY = Outcome(Verdict.RELAY_AWAY, "[Errno 111] Connect call failed ('127.0.0.1', 25)")
FAULT = Outcome(Verdict.RELAY_FAULT, "554 5.7.1 Relay access denied")
OPERATOR = "beheer@maastricht.example"


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give a register with an operator, in which an evaluation was announced."""
    mail = Mail(sender="Looptijd <looptijd@maastricht.example>", operator=OPERATOR)
    with visiting(the_usual_town(database_url, tmp_path, mail=mail)) as made:
        yield announced(made)


def relay(town: Town) -> Check:
    """Return what the doctor says of the relay."""
    (check,) = town.checks("relay")
    return check


def test_a_relay_that_is_away_is_told_to_the_operator_when_it_is_back(town: Town) -> None:
    town.relay.answers(AWAY, AWAY)
    town.deliver()
    assert town.mails("cause, status", where="rule = 'incident'") == [
        ("incident:relay:2018-06-29", "queued")
    ]
    town.later(minutes=1).deliver()  # the probe: away
    assert town.mails("id") == [1, 2]

    town.later(minutes=2).deliver()
    assert town.relay.shown() == [
        (BASTIAENS, "Agreement A-1: plan evaluatie vóór 30 sep 2018 (A-1)"),
        (OPERATOR, "Looptijd heeft u nodig: mail kan niet worden verzonden"),
    ]
    assert b"Connect call failed" in quopri.decodestring(town.relay.accepted[1].content)


def test_a_relay_that_goes_twice_a_day_is_told_once_a_day(town: Town) -> None:
    for _ in range(2):
        town.relay.by_address[BASTIAENS] = AWAY
        town.deliver()
        town.relay.by_address.clear()
        town.later(minutes=1).deliver()
        town.change(
            "UPDATE message SET status = 'queued', next_attempt_at = created_at WHERE id = 1"
        )
    assert town.mails("id", where="rule = 'incident'") == [2]


def test_a_day_begins_at_midnight_where_the_register_is(town: Town) -> None:
    with town.app.writing() as connection:
        for moment, what in (("2018-06-30 23:30", "It is away."), ("2018-07-01 00:30", "Again.")):
            incidents.report(connection, town.app, "relay", say(what), at(moment))
    assert town.mails("cause", where="rule = 'incident'") == [
        "incident:relay:2018-06-30",
        "incident:relay:2018-07-01",
    ]


def test_what_still_waits_to_be_told_is_not_queued_again_the_next_day(town: Town) -> None:
    def told(when: str, what: str = "Nobody holds it.") -> None:
        with town.at(when).app.writing() as connection:
            incidents.report(connection, town.app, "nobody:financien", say(what), at(when))

    town.relay.by_address[OPERATOR] = AWAY
    told("2018-06-30 10:00")
    town.deliver()
    told("2018-07-01 10:00")
    told("2018-07-02 10:00", "Somebody holds it from tomorrow.")
    assert town.mails("cause", where="cause LIKE 'incident:nobody%'") == [
        "incident:nobody:financien:2018-06-30",
        "incident:nobody:financien:2018-07-02",
    ]
    town.relay.by_address.clear()
    town.at("2018-07-03 09:00").deliver()
    told("2018-07-03 10:00")
    assert town.mails("cause", where="next_attempt_at IS NOT NULL AND rule = 'incident'") == [
        "incident:nobody:financien:2018-07-03"
    ]


def test_a_mail_that_the_relay_refuses_by_policy_three_times_is_told_at_once(town: Town) -> None:
    town.relay.by_address[BASTIAENS] = FAULT
    for minutes in (0, 1, 5):
        town.later(minutes=minutes).deliver()
    assert [mail.to for mail in town.relay.accepted] == [OPERATOR]
    assert town.mails("status, attempts", where="role = 'office'") == [("queued", 2)]


def test_the_doctor_tells_what_waits_for_the_relay_and_its_last_words(town: Town) -> None:
    assert (relay(town).ok, str(relay(town).detail)) == (True, "No mail waits for the relay.")
    town.relay.answers(AWAY)
    town.deliver()
    assert not relay(town).ok
    assert str(relay(town).detail) == (
        "Mails that the relay has not taken: 1; it last said:"
        " [Errno 111] Connect call failed ('127.0.0.1', 25)."
    )
    town.later(minutes=1).deliver()
    assert relay(town).ok


def test_the_doctor_is_patient_with_a_mail_that_is_put_off_and_not_for_ever(town: Town) -> None:
    town.relay.by_address[BASTIAENS] = DEFERRED
    for _ in range(7):
        town.deliver()
        town.later(hours=3)
    assert (relay(town).ok, town.mails("status, attempts")) == (True, [("retry", 7)])
    town.deliver()
    assert (relay(town).ok, town.mails("status, attempts")) == (False, [("retry", 8)])


def test_every_kind_of_incident_has_words_of_its_own() -> None:
    """The kinds are read from the code that reports them."""
    sources = Path(incidents.__file__).parents[1].rglob("*.py")
    call = re.compile(r'\breport\(\s*connection,\s*(?:self\.)?app,\s*f?"(\w+)')
    kinds = {kind for source in sources for kind in call.findall(source.read_text("utf-8"))}
    assert {"clock", "failing", "nobody", "relay"} <= kinds
    assert kinds <= set(incidents.CALLED)


@pytest.mark.on_sqlite
def test_the_doctor_tells_in_the_readers_language_why_nobody_answers(town: Town) -> None:
    town.relay.answers(Outcome(Verdict.RELAY_AWAY, "Connection refused"))
    town.deliver()
    assert language("nl").say(relay(town).detail) == (
        "Mails die de mailserver niet heeft aangenomen: 1. Het laatste antwoord was:"
        " de verbinding is geweigerd."
    )


def test_one_that_is_sent_once_more_bears_its_new_message_id(town: Town) -> None:
    """Else a mailbox would take it for the one that it has."""
    with town.app.writing() as connection:
        incidents.report(connection, town.app, "relay", say("It is away."), town.clock.now())
    town.deliver()
    queue.resend(town.app, "2")
    town.deliver()
    first, again = (mail for mail in town.relay.accepted if mail.to == OPERATOR)
    assert [first.header("Message-ID"), again.header("Message-ID")] == [
        first.message_id,
        again.message_id,
    ]
    assert first.message_id != again.message_id

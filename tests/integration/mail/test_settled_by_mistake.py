"""A mail that was cancelled because its question was gone leaves when it is asked again; once."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from notifications.transport import Outcome
from states.dates.policy import Alerts
from states.model.period import Period
from tests.announced import (
    BASTIAENS,
    DEFERRED,
    FIVE,
    IN_DOUBT,
    REFUSED,
    SECRETARIAAT,
    announced,
    at_offices,
)
from tests.audits import exported, judged
from tests.stopped import stopped
from tests.store import resend
from tests.town import ACCEPTED, CASE, OFFICES, REF, Town, running
from workflow.agreements.act import Asked, foresee
from workflow.mail import catch_up, drafts, queue
from workflow.mail.delivery import Outbox
from workflow.maintenance.setup import adopt_policy

pytestmark = pytest.mark.on_sqlite

GELD, GERATS = "geld@maastricht.example", "gerats@maastricht.example"
JANSSEN = "a.janssen@maastricht.example"
BARTELS = {"case_owner__name": "B. Bartels", "case_owner__email": "bartels@maastricht.example"}
MISTAKE = "verkeerde zaak"


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, deed: Callable[[], object]
) -> None:
    """Let something be done once a function of a module has answered, and before that is used."""
    answer = getattr(module, name)

    def answered(*asked: Any) -> Any:
        found = answer(*asked)
        monkeypatch.undo()
        deed()
        return found

    monkeypatch.setattr(module, name, answered)


def overdue(town: Town) -> Town:
    """Let the last reminder of a payment of 12 October 2017 wait to be sent, on 26 October."""
    town.in_force(until="2017-10-26 07:59")
    town.at("2017-10-26 08:00").tick()
    town.relay.forget()
    return town


def last_reminder(town: Town) -> list[str]:
    """Return how the mails of the last reminder stand: to finance, the office and the owner."""
    return town.mails("status", where="cause = 'payment:1:2017-10-12:+P2W'")


def test_the_last_reminder_leaves_when_a_payment_was_recorded_by_mistake(town: Town) -> None:
    overdue(town).do("pay", instalment="1")
    town.deliver()
    assert (town.relay.attempts, last_reminder(town)) == ([], ["cancelled"] * 3)

    town.later(days=40)
    asked = Asked(ref=REF, action="undo", pairs={}, by="griffier", reason=MISTAKE)
    assert foresee(town.app, asked).mails == 3
    assert last_reminder(town) == ["cancelled"] * 3
    town.do("undo", reason=MISTAKE)
    assert town.problems() == []
    town.deliver()
    assert [mail.to for mail in town.relay.accepted] == [GELD, GERATS, JANSSEN]
    assert "Dit is de laatste mail over deze termijn." in town.relay.accepted[0].words

    town.do("pay", instalment="1")
    asked = Asked(ref=REF, action="undo", pairs={}, by="griffier", reason=MISTAKE)
    assert foresee(town.app, asked).mails == 0
    town.do("undo", reason=MISTAKE)
    town.deliver()
    assert len(town.relay.attempts) == 3  # who was told is not told again


def test_what_is_taken_back_of_one_agreement_leaves_what_is_to_be_told_of_the_next(
    town: Town,
) -> None:
    yearly = '[agreement.contribution]\namount = "5.00"\nevery = "P1Y"\n'
    town.in_force(until="2017-10-26 07:59")
    town.register(running("B-1", start="2017-10-12", length="P3Y") + yearly, history=True)
    town.at("2017-10-26 08:00").tick()
    town.relay.forget()
    for ref in (REF, "B-1"):
        town.do_with(ref, "pay", instalment="1")
    town.deliver()
    assert told(town) == []
    for ref in ("B-1", REF):
        town.do_with(ref, "undo", reason=MISTAKE)
        town.deliver()
    accepted = [(mail.to, mail.subject.endswith("(B-1)")) for mail in town.relay.accepted]
    assert accepted == [
        (GERATS, True),
        (SECRETARIAAT, True),
        (GELD, False),
        (GERATS, False),
        (JANSSEN, False),
    ]
    assert town.problems() == []


def test_it_is_tried_anew_as_often_as_a_mail_that_was_never_tried(town: Town) -> None:
    overdue(town).relay.answers(*[DEFERRED] * 3)
    town.deliver()
    town.later(days=1).do("pay", instalment="1")
    town.deliver()
    town.do("undo", reason=MISTAKE)
    queued = town.mails("attempts, reply, last_error", where="status = 'queued'")
    assert queued == [(0, None, None)] * 3


def test_what_an_operator_cancelled_stays_so(town: Town) -> None:
    overdue(town)
    for number in ("11", "12", "13"):
        queue.cancel(town.app, number, "gebeld")
    town.do("pay", instalment="1")
    town.do("undo", reason=MISTAKE)
    town.deliver()
    assert (town.relay.attempts, last_reminder(town)) == ([], ["cancelled"] * 3)


def without_payee(town: Town) -> Town:
    """Let all mail of the start on 12 October 2017 wait; who is paid is not known."""
    case = CASE.replace('payee = "Coöperatie Verbindend Leiden"\n', "")
    town.register(OFFICES, case).decided().at("2017-10-12 10:00")
    town.do("sign", party="maastricht")
    town.do("sign", party="limburg")
    town.tick()
    town.relay.forget()
    return town


def test_what_a_mail_was_to_tell_besides_and_did_not_leaves_on_its_own(town: Town) -> None:
    without_payee(town).relay.answers(*[DEFERRED] * 9)
    town.deliver()
    question = {"where": "rule = 'missing_fact' AND role = 'case_owner'"}
    assert town.mails("last_error", **question) == ["staat in mail 6"]
    town.do("amend", reason="gevonden", contribution__payee="De coöperatie")
    town.later(hours=4).relay.script.clear()
    town.deliver()
    assert town.mails("status, last_error", **question) == [
        ("cancelled", "het is intussen ingevuld")
    ]
    assert town.mails("status", where="id = 6") == ["accepted"]

    town.do("undo", reason=MISTAKE)
    town.relay.forget()
    town.deliver()
    assert {mail.to for mail in town.relay.accepted} == {GERATS, JANSSEN}
    assert {mail.subject for mail in town.relay.accepted} == {
        "Verbindend Leiden: vul gegevens aan (SO-2017-0042)"
    }


def test_a_date_that_was_changed_by_mistake_is_told_when_it_is_put_right(town: Town) -> None:
    announced(town).do_with("A-1", "amend", reason="?", evaluation__final__before_end="P1M")
    town.deliver()
    assert town.mails("status, last_error") == [("cancelled", "de datum is intussen veranderd")]
    town.do_with("A-1", "amend", reason=MISTAKE, evaluation__final__before_end="P3M")
    town.deliver()
    assert [mail.subject for mail in town.relay.accepted] == [
        "Agreement A-1: plan evaluatie vóór 30 sep 2018 (A-1)"
    ]


def test_what_a_policy_took_away_is_told_when_the_earlier_one_is_back(town: Town) -> None:
    announced(town).do_with("A-1", "suspend", on="2018-03-30", moves_end="yes")
    town.tick()
    question = {"where": "rule = 'missing_fact'"}
    assert town.mails("status", **question) == ["queued"]
    adopt_policy(town.configured(alerts=Alerts(evaluation_before=(Period(6),))).app)
    town.deliver()
    assert town.mails("status, last_error", **question) == [
        ("cancelled", "de datum is intussen veranderd")  # to 30 September: it is asked for then
    ]
    adopt_policy(town.app)
    town.deliver()
    assert [mail.subject for mail in town.relay.accepted] == [
        "Agreement A-1: vul gegevens aan (A-1)"
    ]


def test_what_other_settings_left_out_since_is_told_when_what_settled_it_is_undone(
    town: Town,
) -> None:
    overdue(town).do("pay", instalment="1")
    town.deliver()
    adopt_policy(town.configured(alerts=Alerts(payment_after=(Period(0, 1),))).app)
    town.do("undo", reason=MISTAKE)
    town.deliver()
    assert [mail.to for mail in town.relay.accepted] == [GELD, GERATS, JANSSEN]

    town.do("pay", instalment="1")
    town.do("undo", reason=MISTAKE)
    town.deliver()
    assert len(town.relay.attempts) == 3  # who was told is not told again


@pytest.mark.on_both
@pytest.mark.parametrize("noted", [False, True])
def test_other_settings_bring_no_reminder_before_one_that_was_told_when_that_is_asked_again(
    town: Town, *, noted: bool
) -> None:
    overdue(town).deliver()
    town.do("pay", instalment="1")
    adopt_policy(town.configured(alerts=Alerts(payment_after=(Period(0, 3),))).app)
    if noted:  # then the reminder of three days is on record, as closed
        town.do("note", text="gebeld")
    town.relay.forget()
    town.do("undo", reason=MISTAKE, event="12")
    town.one_pass()
    assert town.relay.attempts == []
    assert "payment:1:2017-10-12:+P3D" not in town.fired()
    assert town.problems() == []
    assert judged(exported(town)) == (0, [])


def test_a_date_takes_the_place_of_one_that_a_step_told_which_other_settings_left_out(
    town: Town,
) -> None:
    announced(town).deliver()
    adopt_policy(town.configured(alerts=Alerts(evaluation_before=())).app)
    town.do_with("A-1", "amend", reason="?", evaluation__final__before_end="P1M")
    town.relay.forget()
    town.until("2018-12-01 10:00")
    words = " ".join(mail.words for mail in town.relay.accepted)
    assert "Deze datum komt in plaats van zondag 30 september 2018." in words


# What had happened -------------------------------------------------------------------------------


def test_an_end_is_not_told_once_it_was_extended_and_is_when_that_is_undone(town: Town) -> None:
    announced(town).until("2018-12-31 12:00").at("2019-01-01 00:00").tick()
    town.relay.forget()
    town.do_with("A-1", "decide", outcome="extend", length="P1Y", on="2018-12-20")
    town.at("2019-01-02 09:00").deliver()
    assert town.relay.attempts == []
    assert town.mails("last_error", where="rule = 'expiry'") == ["de datum is intussen veranderd"]

    town.do_with("A-1", "undo", reason=MISTAKE)
    town.deliver()
    assert [mail.subject for mail in town.relay.accepted] == [
        "Agreement A-1: evalueer en besluit, liep af 31 dec (A-1)"
    ]


def test_a_start_is_not_told_once_a_signature_is_taken_back_and_is_when_it_is_there_again(
    town: Town,
) -> None:
    in_force_unsaid(town).do("undo", reason=MISTAKE)
    town.deliver()
    assert town.relay.attempts == []

    town.do("sign", party="limburg")
    town.deliver()
    assert [mail.subject for mail in town.relay.accepted if mail.to == GERATS] == [
        "Verbindend Leiden: geldt sinds 12 okt (SO-2017-0042)"
    ]
    assert town.problems() == []


def in_force_unsaid(town: Town) -> Town:
    """Let the mail about the start wait, on 12 October 2017."""
    town.register(OFFICES, CASE).decided().at("2017-10-12 10:00").relay.forget()
    town.do("sign", party="maastricht")
    town.do("sign", party="limburg")
    return town


def starts_told(town: Town) -> list[str]:
    """Return the subjects of the mails to the office that tell of a start, and how often each."""
    mails = [mail for mail in town.relay.accepted if mail.to == GERATS]
    return [mail.subject for mail in mails for _ in range(mail.words.count("geldt sinds"))]


def test_a_start_is_told_as_it_was_corrected_meanwhile(town: Town) -> None:
    in_force_unsaid(town).do("amend", term__start="2017-10-01", reason="in de tekst")
    town.deliver()
    assert starts_told(town) == ["Verbindend Leiden: geldt sinds 1 okt (SO-2017-0042)"]


def test_a_start_that_came_about_twice_is_told_once(town: Town) -> None:
    in_force_unsaid(town).do("undo", reason=MISTAKE)
    town.at("2017-10-13 10:00").do("sign", party="limburg")
    town.deliver()
    assert starts_told(town) == ["Verbindend Leiden: geldt sinds 13 okt (SO-2017-0042)"]


def test_it_is_told_once_of_the_first_day_too(town: Town) -> None:
    in_force_unsaid(town).do("undo", reason=MISTAKE)
    town.deliver()
    town.at("2017-10-13 10:00").do("sign", party="limburg")
    town.do("undo", reason=MISTAKE)
    town.deliver()
    town.do("sign", party="limburg", on="2017-10-12")
    town.deliver()
    assert starts_told(town) == ["Verbindend Leiden: geldt sinds 12 okt (SO-2017-0042)"]


def renewed(town: Town) -> Town:
    """Let A-1 be renewed on 1 January 2019, a holiday: its mail waits for the morning."""
    tacit = 'length = "P1Y"\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P2M"'
    announced(town, FIVE[0].replace('length = "P1Y"', tacit)).until("2018-12-31 12:00")
    town.at("2019-01-01 00:00").tick()
    town.relay.forget()
    return town


def test_a_renewal_is_not_told_once_notice_was_given_in_time_and_is_when_that_is_undone(
    town: Town,
) -> None:
    renewed(town).do_with(
        "A-1", "terminate", on="2018-10-20", ends_on="2018-12-31", reason="opgezegd"
    )
    town.at("2019-01-02 09:00").deliver()
    (mail,) = town.relay.accepted
    assert mail.subject == "Agreement A-1: stopte eerder, 31 dec (A-1)"
    assert "verlengd" not in mail.words

    town.do_with("A-1", "undo", reason=MISTAKE)
    town.deliver()
    assert [mail.subject for mail in town.relay.accepted[1:]] == [
        "Agreement A-1: verlengd vanaf 1 jan (A-1)"
    ]


def test_a_renewal_names_no_day_to_give_notice_once_that_was_given(town: Town) -> None:
    renewed(town).do_with("A-1", "terminate", ends_on="2019-01-31", reason="opgezegd")
    town.at("2019-01-02 09:00").deliver()
    (mail,) = town.relay.accepted
    assert "De verlenging is ingegaan op dinsdag 1 januari 2019." in mail.words
    assert "pzeggen" not in mail.words
    assert "Er was toen geen opzegging vastgelegd." in mail.words
    assert "Verlengd met: 1 jaar, tot en met" not in mail.words


def test_a_renewal_is_not_told_of_what_is_renewed_no_more(town: Town) -> None:
    renewed(town).do_with("A-1", "amend", term__renewal="unknown", reason=MISTAKE)
    town.at("2019-01-02 09:00").deliver()
    assert town.mails("status, last_error", where="rule = 'renewal'") == [
        ("cancelled", "het is intussen teruggedraaid")
    ]


# A date that took the place of another -----------------------------------------------------------


def test_what_waited_tells_of_the_date_that_took_the_place_of_its_own(town: Town) -> None:
    announced(town).do_with("A-1", "amend", reason="?", evaluation__final__before_end="P100D")
    town.deliver()
    (mail,) = town.relay.accepted
    assert mail.subject == "Agreement A-1: plan evaluatie vóór 22 sep (A-1)"
    assert "Deze datum komt in plaats van zondag 30 september 2018." in mail.words
    assert town.problems() == []
    town.until("2018-08-20 00:00")
    assert len(town.relay.accepted) == 1  # that of a month before comes on the 22nd


def test_it_does_so_twice_removed(town: Town) -> None:
    announced(town)
    for period in ("P100D", "P99D"):
        town.do_with("A-1", "amend", reason="?", evaluation__final__before_end=period)
    town.deliver()
    (mail,) = town.relay.accepted
    assert mail.subject == "Agreement A-1: plan evaluatie vóór 23 sep (A-1)"


def test_it_does_so_not_before_the_engine_has_taken_that_step(town: Town) -> None:
    announced(town).do_with("A-1", "amend", reason="?", evaluation__final__before_end="P2M")
    town.at("2018-07-31 08:00").deliver()  # a relay that took its time until now
    town.one_pass()
    assert [mail.subject for mail in town.relay.accepted] == [
        "Agreement A-1: plan evaluatie vóór 31 okt 2018 (A-1)"
    ]


def test_it_does_so_although_the_new_date_was_acknowledged(town: Town) -> None:
    announced(town).do_with("A-1", "amend", reason="?", evaluation__final__before_end="P100D")
    seen = "evaluation:final:2018-09-22:-P3M"
    town.do_with("A-1", "acknowledge", occurrence=seen, until="2018-07-20")
    town.deliver()
    assert [mail.subject for mail in town.relay.accepted] == [
        "Agreement A-1: plan evaluatie vóór 22 sep (A-1)"
    ]


def of_the_end_of_june(town: Town) -> Town:
    """Let the last mail wait about an evaluation on 30 June 2018; those before it went unsaid."""
    without = FIVE[0].replace('[[agreement.evaluation]]\nkey = "final"\nbefore_end = "P3M"\n', "")
    announced(town, without)
    town.do_with("A-1", "amend", reason="?", evaluation__final__before_end="P6M")
    assert town.mails("cause") == ["evaluation:final:2018-06-30:P0D"]
    return town


def test_it_tells_an_earlier_step_of_it_that_was_left_unsaid(town: Town) -> None:
    of_the_end_of_june(town).do_with(
        "A-1", "amend", reason=MISTAKE, evaluation__final__before_end="P3M"
    )
    town.deliver()
    (mail,) = town.relay.accepted
    assert mail.subject == "Agreement A-1: plan evaluatie vóór 30 sep 2018 (A-1)"
    town.until("2018-08-30 08:00")
    assert [mail.at for mail in town.relay.accepted[1:]] == ["Thu 2018-08-30 08:00"]


def test_an_earlier_step_does_not_reach_the_office_above(town: Town) -> None:
    of_the_end_of_june(town).until("2018-08-10 12:00").at("2018-08-13 08:00").tick()
    waits = {"where": "status = 'queued'"}
    assert town.mails("role, escalates", **waits) == [("office", True), ("escalation", True)]
    town.relay.forget()
    town.do_with("A-1", "amend", reason=MISTAKE, evaluation__final__before_end="P2M")
    town.deliver()
    (mail,) = town.relay.accepted
    assert mail.subject == "Agreement A-1: plan evaluatie vóór 31 okt (A-1)"
    assert "secretariaat" not in mail.words


def test_it_tells_none_that_was_said_of_the_date_before(town: Town) -> None:
    announced(town).deliver()
    town.until("2018-08-29 12:00").at("2018-08-30 08:00").tick()
    town.relay.forget()
    town.do_with("A-1", "amend", reason=MISTAKE, evaluation__final__before_end="P2M")
    town.deliver()
    assert town.relay.attempts == []
    assert town.mails("status, last_error") == [
        ("accepted", None),
        ("cancelled", "de datum is intussen veranderd"),
    ]


def test_it_does_so_not_where_a_later_step_of_that_date_was_told(town: Town) -> None:
    announced(town).relay.answers(DEFERRED)
    town.deliver()
    town.do_with("A-1", "amend", reason="?", evaluation__final__before_end="P5M")
    town.deliver()
    assert [mail.subject for mail in town.relay.accepted] == [
        "Agreement A-1: plan evaluatie vóór 31 juli (A-1)"
    ]
    town.later(hours=1).deliver()
    assert town.mails("cause, status, last_error") == [
        ("evaluation:final:2018-09-30:-P3M", "cancelled", "de datum is intussen veranderd"),
        ("evaluation:final:2018-07-31:-P1M", "accepted", None),
    ]


@pytest.mark.on_both
@pytest.mark.parametrize("period", ["P1M", "P100D"])  # to what was not, and to what was announced
def test_what_is_undone_while_a_catch_up_mail_is_made_is_told_in_it(
    town: Town, monkeypatch: pytest.MonkeyPatch, period: str
) -> None:
    announced(town, *FIVE[:3]).later(days=2)
    town.do_with("A-1", "amend", reason=MISTAKE, evaluation__final__before_end=period)
    meanwhile(monkeypatch, catch_up, "_judged", lambda: town.do_with("A-1", "undo", reason=MISTAKE))
    town.deliver()
    assert [mail.subject for mail in town.relay.accepted] == [
        "Actie: 3 onderwerpen die wij te laat melden (Portefeuille Sociaal Domein)",
    ]
    assert "Agreement A-1 (A-1)" in town.relay.accepted[0].words


@pytest.mark.on_both
def test_what_is_undone_while_a_catch_up_mail_is_parted_leaves(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved(announced(town, *FIVE[:2])).later(days=2)
    town.do_with("A-2", "amend", reason="wie het doet", office="financien")
    meanwhile(monkeypatch, catch_up, "_judged", lambda: put_back(town))
    town.deliver()
    assert {(mail.to, mail.subject) for mail in town.relay.accepted} == {
        (BASTIAENS, BACK),
        (GELD, "Agreement A-2: plan evaluatie vóór 30 sep 2018 (A-2)"),
    }


def test_a_step_that_was_left_out_since_tells_of_the_date_that_took_the_place_too(
    town: Town,
) -> None:
    town.at("2018-11-01 10:00").register(OFFICES, FIVE[0], history=True)
    town.until("2018-11-12 07:59").at("2018-11-12 08:00").tick()
    town.relay.forget()
    adopt_policy(town.configured(alerts=Alerts(evaluation_after=(Period(0, 14),))).app)
    town.later(minutes=1)
    town.do_with("A-1", "amend", reason="?", evaluation__final__before_end="P93D")
    town.deliver()
    assert told(town) == ["Agreement A-1: evalueer alsnog, moest 29 sep (A-1)"]


@pytest.mark.on_postgresql  # SQLite lets one daemon or operator write at a time
def test_what_is_undone_while_a_mail_is_judged_leaves(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    overdue(town).do("pay", instalment="1")
    meanwhile(monkeypatch, drafts, "pointless", lambda: town.do("undo", reason=MISTAKE))
    town.deliver()
    assert last_reminder(town) == ["accepted"] * 3


def test_a_catch_up_mail_tells_of_the_date_that_took_the_place_too(town: Town) -> None:
    announced(town, *FIVE[:2]).later(days=2)
    town.do_with("A-1", "amend", reason="?", evaluation__final__before_end="P100D")
    town.deliver()
    (mail,) = town.relay.accepted
    assert "22 sep" in mail.words
    assert "2 onderwerpen die wij te laat melden" in mail.words


BACK = "Agreement A-1: plan evaluatie vóór 30 sep 2018 (A-1)"
OTHER = "Agreement A-1: plan evaluatie vóór 22 sep (A-1)"


def moved(town: Town, *refs: str) -> Town:
    """Let the evaluation of A-1, announced for 30 September 2018, be moved before its mail left."""
    for ref in refs or ("A-1",):
        town.do_with(ref, "amend", reason=MISTAKE, evaluation__final__before_end="P100D")
    return town


def put_back(town: Town, *refs: str) -> Town:
    """Take the last recording about A-1, or others, back."""
    for ref in refs or ("A-1",):
        town.do_with(ref, "undo", reason=MISTAKE)
    return town


def told(town: Town) -> list[str]:
    """Return the subjects of the mails that were accepted, in order."""
    return [mail.subject for mail in town.relay.accepted]


def test_a_date_is_told_that_was_put_back_after_another_was_told_in_its_place(town: Town) -> None:
    moved(announced(town)).deliver()
    assert told(town) == [OTHER]
    asked = Asked(ref="A-1", action="undo", pairs={}, by="griffier", reason=MISTAKE)
    assert foresee(town.app, asked).mails == 1
    put_back(town).deliver()
    assert told(town) == [OTHER, BACK]
    assert "zondag 30 september 2018" in town.relay.accepted[-1].words
    assert town.problems() == []
    put_back(moved(town)).deliver()
    assert told(town) == [OTHER, BACK]  # whoever has it is not told again
    town.until("2018-08-30 08:00")
    assert told(town)[2:] == ["Agreement A-1: plan evaluatie vóór 30 sep (2e keer) (A-1)"]


def test_it_is_told_when_the_other_was_in_doubt(town: Town) -> None:
    moved(announced(town)).relay.answers(IN_DOUBT)
    town.deliver()
    put_back(town).deliver()
    assert told(town) == [BACK]


def test_it_is_told_in_one_mail_where_the_other_had_not_left(town: Town) -> None:
    moved(announced(town)).relay.answers(DEFERRED)
    town.deliver()
    put_back(town).deliver()
    town.later(days=1).deliver()
    assert told(town) == [BACK]


def test_it_is_told_in_one_mail_where_the_other_was_about_to_leave(town: Town) -> None:
    moved(announced(town))
    outbox = Outbox(town.app)
    parcel = outbox.lease()
    assert parcel is not None
    put_back(town)
    assert [*outbox.commit([parcel])] == []
    town.deliver()
    assert told(town) == [BACK]


@pytest.mark.on_both
def test_it_is_told_where_a_mail_told_the_other_besides(town: Town) -> None:
    owner = (
        '[agreement.case_owner]\nname = "J. Bastiaens"\nemail = "bastiaens@maastricht.example"\n'
    )
    moved(announced(town, FIVE[0] + owner)).deliver()
    assert len(told(town)) == 1
    assert town.mails("last_error", where="merged_into IS NOT NULL") == ["staat in mail 1"]
    put_back(town).deliver()
    assert told(town)[1:] == [BACK]


def test_it_is_told_where_a_catch_up_mail_told_the_other(town: Town) -> None:
    moved(announced(town, *FIVE[:2]).later(days=2)).deliver()
    assert "22 sep" in town.relay.accepted[-1].words
    put_back(town).deliver()
    assert told(town)[1:] == [BACK]
    assert town.problems() == []


@pytest.mark.parametrize("answer", [ACCEPTED, DEFERRED, IN_DOUBT])
def test_two_that_a_catch_up_mail_told_of_others_are_told_in_another(
    town: Town, answer: Outcome
) -> None:
    stopped(town, *FIVE[:2]).tick()
    moved(town, "A-1", "A-2").relay.answers(answer)
    town.deliver()
    put_back(town, "A-1", "A-2").deliver()
    assert len(town.relay.attempts) == 2
    assert told(town)[-1:] == [
        "Actie: 2 onderwerpen die wij te laat melden (Portefeuille Sociaal Domein)"
    ]
    assert town.relay.accepted[-1].words.count("30 sep") == 2
    assert town.problems() == []


def test_it_is_told_to_who_got_it_where_a_catch_up_mail_was_refused(town: Town) -> None:
    moved(announced(town, *FIVE[:2]).later(days=2)).relay.by_address[BASTIAENS] = REFUSED
    town.deliver()
    assert [mail.to for mail in town.relay.accepted] == [SECRETARIAAT]
    town.relay.forget()
    town.relay.by_address.clear()
    put_back(town).deliver()
    assert [(mail.to, mail.subject) for mail in town.relay.accepted] == [(SECRETARIAAT, BACK)]


@pytest.mark.on_postgresql  # SQLite lets one daemon or operator write at a time
def test_it_is_told_when_the_body_of_the_other_leaves_while_it_is_put_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved(announced(town))
    outbox, brings, found = Outbox(town.app), resend.bring_back, resend.to_bring_back
    parcel = outbox.lease()
    assert parcel is not None

    def to_bring_back(*asked: Any) -> Any:
        rows = found(*asked)
        assert [*outbox.commit([parcel])] == [parcel.held]
        monkeypatch.undo()
        return rows

    def bring_back(*asked: Any) -> None:
        monkeypatch.setattr(resend, "to_bring_back", to_bring_back)
        brings(*asked)

    monkeypatch.setattr(resend, "bring_back", bring_back)
    put_back(town).deliver()
    assert told(town) == [BACK]


@pytest.mark.on_postgresql  # SQLite lets one daemon or operator write at a time
def test_it_is_told_when_it_is_put_back_while_the_other_is_composed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved(announced(town))
    meanwhile(monkeypatch, drafts, "pointless", lambda: put_back(town))
    town.deliver()
    assert told(town) == [BACK]


def test_what_an_operator_cancelled_of_it_stays_so(town: Town) -> None:
    moved(announced(town)).relay.answers(DEFERRED)
    town.deliver()
    queue.cancel(town.app, "1", "gebeld")
    put_back(town).later(days=1).deliver()
    assert told(town) == []


def test_what_an_operator_cancelled_of_a_catch_up_mail_stays_so_too(town: Town) -> None:
    moved(announced(town, *FIVE[:2]).later(days=2)).relay.answers(DEFERRED)
    town.deliver()
    queue.cancel(town.app, "3", "gebeld")
    put_back(town).later(days=1).deliver()
    assert told(town) == []


def test_a_step_that_an_action_lets_fire_and_closes_at_once_is_told_when_that_is_undone(
    town: Town,
) -> None:
    announced(town).until("2018-09-27 12:00")
    town.at("2018-09-28 08:00").relay.forget()
    asked = Asked(
        ref="A-1", action="suspend", pairs={"moves_end": "yes"}, by="griffier", reason=None
    )
    assert foresee(town.app, asked).mails == 0
    town.do_with("A-1", "suspend", moves_end="yes")
    assert "evaluation:final:2018-09-30:P0D" in town.fired("A-1")
    town.do_with("A-1", "undo", reason=MISTAKE)
    town.one_pass()
    assert [mail.subject for mail in town.relay.accepted] == [
        "Agreement A-1: start evaluatie vóór 30 sep (3e keer) (A-1)"
    ]
    assert town.problems() == []


# An office that took the place of another --------------------------------------------------------


def test_what_waited_for_an_office_goes_to_the_one_that_is_asked_now(town: Town) -> None:
    nobody = '[[office]]\nkey = "leeg"\nname = "Leeg"\n'
    of_nobody = FIVE[0].replace('office = "sociaal-domein"', 'office = "leeg"')
    announced(town, of_nobody, offices=OFFICES + nobody).deliver()
    assert town.relay.attempts == []
    town.do_with("A-1", "amend", reason="wie het doet", office="financien")
    town.later(hours=1).deliver()
    assert [mail.to for mail in town.relay.accepted] == [GELD]


def test_where_that_one_is_refused_the_next_in_its_chain_is_told(town: Town) -> None:
    nobody = '[[office]]\nkey = "leeg"\nname = "Leeg"\n'
    of_nobody = FIVE[0].replace('office = "sociaal-domein"', 'office = "leeg"')
    announced(town, of_nobody, offices=OFFICES + nobody).relay.by_address[GELD] = REFUSED
    town.do_with("A-1", "amend", reason="wie het doet", office="financien")
    town.deliver()
    assert [mail.to for mail in town.relay.accepted] == ["secretariaat@maastricht.example"]
    assert town.problems() == []


def test_what_an_office_refused_and_its_fallback_gets_goes_there_all_the_same(town: Town) -> None:
    announced(town).relay.by_address["bastiaens@maastricht.example"] = REFUSED
    town.relay.by_address["secretariaat@maastricht.example"] = DEFERRED
    town.deliver()
    town.relay.by_address.clear()
    town.later(hours=1).deliver()
    assert [mail.to for mail in town.relay.accepted] == ["secretariaat@maastricht.example"]


def test_what_the_office_that_is_asked_now_refuses_goes_up_from_there(town: Town) -> None:
    nobody = '[[office]]\nkey = "leeg"\nname = "Leeg"\n'
    announced(town, *at_offices("leeg", "leeg"), offices=OFFICES + nobody).deliver()
    for ref in ("A-1", "A-2"):
        town.do_with(ref, "amend", reason="wie het doet", office="sociaal-domein")
    town.relay.by_address[BASTIAENS] = REFUSED
    town.later(hours=1).deliver()
    assert [mail.to for mail in town.relay.accepted] == [SECRETARIAAT, SECRETARIAAT]


def test_so_does_a_catch_up_mail(town: Town) -> None:
    nobody = '[[office]]\nkey = "leeg"\nname = "Leeg"\n'
    announced(town, *at_offices("leeg", "leeg"), offices=OFFICES + nobody).later(days=2)
    for ref in ("A-1", "A-2"):
        town.do_with(ref, "amend", reason="wie het doet", office="sociaal-domein")
    town.relay.by_address[BASTIAENS] = REFUSED
    town.deliver()
    assert [mail.to for mail in town.relay.attempts] == [BASTIAENS, SECRETARIAAT]


def test_an_office_is_asked_though_the_one_above_it_was_asked_before(town: Town) -> None:
    announced(town, *at_offices("secretariaat")).relay.answers(DEFERRED)
    town.deliver()
    town.do_with("A-1", "amend", reason="wie het doet", office="sociaal-domein")
    town.later(hours=1).deliver()
    assert [mail.to for mail in town.relay.accepted] == [BASTIAENS]


def gone_up(town: Town) -> None:
    """Let an office refuse, its fallback's mail wait, and the agreement get another office."""
    announced(town).relay.by_address |= {BASTIAENS: REFUSED, SECRETARIAAT: DEFERRED}
    town.deliver()
    town.do_with("A-1", "amend", reason="wie het doet", office="financien")


def test_an_office_that_is_asked_now_gets_what_went_up_from_the_one_that_was_asked(
    town: Town,
) -> None:
    gone_up(town)
    town.relay.by_address.clear()
    town.later(hours=1).deliver()
    assert [mail.to for mail in town.relay.accepted] == [GELD]


def test_where_that_one_refuses_too_its_fallback_is_told_though_that_waited_before(
    town: Town,
) -> None:
    gone_up(town)
    town.relay.by_address = {GELD: REFUSED}
    town.later(hours=1).deliver()
    assert [mail.to for mail in town.relay.accepted] == [SECRETARIAAT]
    assert town.problems() == []


def test_who_gets_what_went_up_from_the_office_above_is_told_though_nobody_is_above_him(
    town: Town,
) -> None:
    """Nobody acts for it any more, so the own office's fallback is told: who refused it."""
    secretaris = "secretaris@maastricht.example"
    overdue(town).relay.by_address |= {GELD: REFUSED, SECRETARIAAT: REFUSED, secretaris: DEFERRED}
    town.deliver()
    town.do("amend", reason="wie betaalt", **{"contribution.office": "unknown"})
    town.relay.by_address.clear()
    town.later(hours=1).deliver()
    assert [mail.to for mail in town.relay.accepted] == [GERATS, JANSSEN, secretaris]
    assert town.problems() == []


@pytest.mark.parametrize("refs", [("A-1",), ("A-1", "A-2")])
def test_who_was_asked_is_told_as_the_fallback_of_who_is_asked_now_and_refuses(
    town: Town, refs: tuple[str, ...]
) -> None:
    announced(town, *at_offices(*["secretariaat"] * len(refs))).later(days=2)
    for ref in refs:
        town.do_with(ref, "amend", reason="wie het doet", office="sociaal-domein")
    town.relay.by_address[BASTIAENS] = REFUSED
    town.deliver()
    assert {mail.to for mail in town.relay.accepted} == {SECRETARIAAT}
    assert judged(exported(town)) == (0, [])


def test_an_office_in_whose_place_another_was_told_by_mistake_is_told_once_that_is_undone(
    town: Town,
) -> None:
    announced(town).do_with("A-1", "amend", reason=MISTAKE, office="financien")
    town.deliver()
    town.do_with("A-1", "amend", reason="?", **BARTELS)
    town.deliver()
    assert [mail.to for mail in town.relay.accepted] == [GELD]

    back = {"office": "sociaal-domein"}
    asked = Asked(ref="A-1", action="amend", pairs=back, by="griffier", reason="?")
    assert foresee(town.app, asked).mails == 1
    town.do_with("A-1", "amend", reason="?", office="sociaal-domein")
    town.deliver()
    assert [mail.to for mail in town.relay.accepted] == [GELD, BASTIAENS]
    assert town.relay.accepted[1].subject == town.relay.accepted[0].subject

    town.do_with("A-1", "amend", reason=MISTAKE, office="financien")
    put_back(town).deliver()
    assert len(town.relay.accepted) == 2  # whoever was told is not told again
    assert judged(exported(town)) == (0, [])


def test_so_is_who_pays_where_another_finance_office_was_told(town: Town) -> None:
    overdue(town).do("amend", reason=MISTAKE, contribution__office="secretariaat")
    town.deliver()
    assert [mail.to for mail in town.relay.accepted] == [SECRETARIAAT, GERATS, JANSSEN]
    town.relay.forget()
    town.do("undo", reason=MISTAKE)
    town.deliver()
    assert [mail.to for mail in town.relay.accepted] == [GELD]


def test_who_was_told_in_the_place_of_another_is_not_told_again_when_a_payment_is_undone(
    town: Town,
) -> None:
    overdue(town).do("amend", reason="wie betaalt", contribution__office="secretariaat")
    town.deliver()
    town.do("pay", instalment="1")
    town.do("undo", reason=MISTAKE)
    town.deliver()
    assert [mail.to for mail in town.relay.accepted] == [SECRETARIAAT, GERATS, JANSSEN]

    (paid,) = town.do("pay", instalment="1")
    town.do("amend", reason="toch niet", contribution__office="financien")
    town.do("undo", event=str(paid.seq), reason=MISTAKE)
    town.deliver()
    assert [mail.to for mail in town.relay.accepted[3:]] == [GELD]


def test_an_office_in_whose_place_another_refused_is_told_once_that_is_corrected(
    town: Town,
) -> None:
    announced(town).relay.by_address[GELD] = REFUSED
    town.do_with("A-1", "amend", reason=MISTAKE, office="financien")
    town.deliver()
    town.do_with("A-1", "amend", reason="terug", office="sociaal-domein")
    town.deliver()
    assert [mail.to for mail in town.relay.accepted] == [SECRETARIAAT, BASTIAENS]
    assert judged(exported(town)) == (0, [])


def test_a_reminder_counts_what_its_reader_was_told_in_the_place_of_another(town: Town) -> None:
    announced(town).do_with("A-1", "amend", reason="wie het doet", office="financien")
    town.deliver()
    town.until("2018-08-30 08:00")
    assert told(town) == [
        "Agreement A-1: plan evaluatie vóór 30 sep 2018 (A-1)",
        "Agreement A-1: plan evaluatie vóór 30 sep (2e keer) (A-1)",
    ]


def test_whoever_keeps_an_agreement_again_is_not_told_of_a_renewal_before_the_last(
    town: Town,
) -> None:
    renewed(town).do_with("A-1", "amend", reason="wie het doet", office="financien")
    town.until("2020-01-02 09:00").relay.forget()
    town.do_with("A-1", "amend", reason="terug", office="sociaal-domein")
    town.deliver()
    assert town.relay.accepted == []


def test_what_waited_for_a_finance_office_that_was_taken_away_goes_to_who_is_asked(
    town: Town,
) -> None:
    overdue(town).do("amend", reason=MISTAKE, contribution__office="unknown")
    town.deliver()
    assert {mail.to for mail in town.relay.accepted} == {GERATS, SECRETARIAAT, JANSSEN}


def test_so_does_a_reminder_that_does_not_escalate(town: Town) -> None:
    """The agreement's own office was told of other things before."""
    town.in_force().at("2017-10-13 08:00").tick()
    town.do("amend", reason=MISTAKE, contribution__office="unknown")
    town.deliver()
    assert {mail.to for mail in town.relay.accepted} == {GERATS, JANSSEN}


def test_a_finance_office_that_is_named_meanwhile_gets_what_waited(town: Town) -> None:
    without = CASE.replace('office = "financien"\n', "")
    town.register(OFFICES, without).decided().signed().until("2017-10-26 07:59")
    town.at("2017-10-26 08:00").tick()
    town.relay.forget()
    town.do("amend", reason="wie betaalt", contribution__office="financien")
    town.deliver()
    assert {mail.to for mail in town.relay.accepted} == {GERATS, GELD, JANSSEN}
    assert len(town.relay.accepted) == 3


@pytest.mark.on_both
def test_so_does_another_finance_office_where_the_date_was_changed_too(town: Town) -> None:
    overdue(town).do(
        "amend", reason="?", contribution__office="secretariaat", instalment__1__due_on="2017-11-01"
    )
    town.deliver()
    assert {mail.to for mail in town.relay.accepted} == {SECRETARIAAT, JANSSEN}


def test_what_waited_for_an_office_that_is_asked_no_more_is_no_case_owner_s(town: Town) -> None:
    nobody_s = CASE.replace(
        f'[agreement.case_owner]\nname = "A. Janssen"\nemail = "{JANSSEN}"\n', ""
    )
    town.register(OFFICES, nobody_s).decided().signed().until("2017-10-26 07:59")
    town.at("2017-10-26 08:00").tick()
    town.relay.forget()
    names = {"case_owner__name": "A. Janssen", "case_owner__email": JANSSEN}
    town.do("amend", reason="?", contribution__office="sociaal-domein", **names)
    town.deliver()
    assert [mail.to for mail in town.relay.accepted] == [GERATS, SECRETARIAAT]


def test_a_case_owner_is_told_once_of_a_new_date_though_the_office_changes(town: Town) -> None:
    owner = f'[agreement.case_owner]\nname = "A. Janssen"\nemail = "{JANSSEN}"\n[agreement.term]'
    announced(town, FIVE[0].replace("[agreement.term]", owner))
    town.relay.answers(DEFERRED, DEFERRED)
    town.deliver()
    town.do_with("A-1", "amend", reason="?", evaluation__final__before_end="P5M")
    town.deliver()
    town.do_with("A-1", "amend", reason="?", office="financien")
    town.later(hours=1).deliver()
    assert [mail.to for mail in town.relay.accepted] == [BASTIAENS, JANSSEN, GELD]


def test_a_case_owner_who_was_taken_away_by_mistake_is_told_when_that_is_undone(
    town: Town,
) -> None:
    overdue(town).do("amend", reason="?", case_owner__name="unknown", case_owner__email="unknown")
    town.deliver()
    assert {mail.to for mail in town.relay.accepted} == {GELD, GERATS}
    town.do("undo", reason=MISTAKE)
    town.deliver()
    assert [mail.to for mail in town.relay.accepted[2:]] == [JANSSEN]


def test_the_office_above_is_told_when_an_office_without_one_was_a_mistake(town: Town) -> None:
    of_the_end_of_june(town).until("2018-08-10 12:00").at("2018-08-13 08:00").tick()
    town.relay.forget()
    town.do_with("A-1", "amend", reason="?", office="gemeentesecretaris")
    town.relay.answers(DEFERRED)
    town.deliver()
    town.do_with("A-1", "undo", reason=MISTAKE)
    town.later(hours=1).deliver()
    assert {mail.to for mail in town.relay.accepted} == {BASTIAENS, SECRETARIAAT}


def test_who_is_asked_now_is_told_when_a_mail_in_doubt_is_refused_by_who_was_asked(
    town: Town,
) -> None:
    announced(town).relay.answers(IN_DOUBT)
    town.deliver()
    town.do_with("A-1", "amend", reason="wie het doet", office="financien")
    town.relay.by_address[BASTIAENS] = REFUSED
    town.later(hours=5).one_pass()
    assert [mail.to for mail in town.relay.accepted] == [GELD]

"""Taking back what an operator recorded: facts, stage and alerts become as they were."""

from collections import Counter

import pytest

from notifications.language import language
from states.dates.policy import Alerts
from states.model.period import Period
from states.rules.undo import UNDO
from tests.announced import DEFERRED
from tests.town import CASE, OFFICES, REF, Town, running, unguarded
from workflow.agreements.act import Asked, foresee, possible
from workflow.agreements.answers import changed, recorded
from workflow.agreements.queries import details, history
from workflow.maintenance.setup import adopt_policy
from workflow.maintenance.verify import verify

pytestmark = pytest.mark.on_sqlite


def asked(name: str, **pairs: str) -> Asked:
    return Asked(ref=REF, action=name, pairs=pairs, by="griffier", reason="verkeerd")


def test_the_last_recording_is_taken_back_and_its_alerts_come_again(town: Town) -> None:
    town.in_force()
    town.do("pay", instalment="2", on="2017-10-12")
    closed = set(town.query("SELECT name FROM occurrence WHERE name LIKE 'payment:2:%'"))
    assert closed

    town.do("undo", reason="verkeerde termijn")

    event = history(town.app, REF)[-1].event
    assert event.undoes == next(
        line.event.seq for line in history(town.app, REF) if line.event.action == "pay"
    )
    assert [(c.field, c.old, c.new) for c in event.changes] == [
        ("instalment.2.paid_on", "2017-10-12", None)
    ]
    assert set(town.query("SELECT name FROM occurrence WHERE name LIKE 'payment:2:%'")) == set()
    town.until("2018-08-18 09:00")
    assert "payment:2:2018-10-12:-P8W" in town.fired()
    assert verify(town.app).problems == []


def test_what_other_settings_brought_and_a_later_recording_closed_is_asked_again(
    town: Town,
) -> None:
    town.in_force(until="2017-11-01 09:00")
    town.do("pay", instalment="1", on="2017-11-01")
    paid = history(town.app, REF)[-1].event.seq
    adopt_policy(town.configured(alerts=Alerts(payment_after=(Period(0, 1), Period(0, 70)))).app)
    town.until("2017-12-22 09:00")
    town.do("note", text="gebeld")  # closes the reminder of ten weeks, Thursday 21 December

    town.do("undo", reason="verkeerde termijn", event=str(paid))

    assert "payment:1:2017-10-12:+P10W" in town.fired()


def test_what_was_said_before_the_mistake_is_not_asked_again(town: Town) -> None:
    town.in_force(until="2018-09-20 09:00")  # -P4W left on Friday 14 September, of 12 October
    town.do_with(REF, "amend", reason="vervroegd", **{"instalment.2.due_on": "2018-10-10"})
    town.do("pay", instalment="2", on="2018-09-20")
    before = town.fired()

    town.do("undo", reason="verkeerde termijn")

    assert town.until("2018-10-09 09:00").fired() == before


def test_a_stage_is_taken_back(town: Town) -> None:
    town.register(OFFICES, CASE)
    town.do("submit")
    assert town.stage() == "bestuurlijk_overleg"
    town.do("undo", reason="te vroeg")
    assert town.stage() == "draft"
    town.do("submit")
    assert town.stage() == "bestuurlijk_overleg"


def test_behind_a_note_nothing_is_taken_back_unless_it_is_named(town: Town) -> None:
    town.register(OFFICES, CASE)
    town.do("submit")
    town.do("note", text="gebeld")
    assert str(town.refusal(REF, "undo", reason="notitie fout")) == (
        "The last recording, event 3, changed nothing that could be taken back (a note was added)."
        " The one before it: event=2."
    )
    assert town.stage() == "bestuurlijk_overleg"
    town.do("undo", event="2", reason="te vroeg")
    assert town.stage() == "draft"


def test_what_is_taken_back_keeps_its_place_among_the_others(town: Town) -> None:
    interim, other = (
        f'[[agreement.evaluation]]\nkey = "{key}"\non = {on}\n'
        for key, on in (("interim", "2018-05-01"), ("other", "2018-09-01"))
    )
    town.at("2018-02-01 10:00")
    town.register(OFFICES, running("SO-1", more=interim + other), history=True)
    town.do_with("SO-1", "amend", reason="verzet", evaluation__interim__on="2018-06-01")
    town.do_with("SO-1", "undo", reason="toch niet")
    evaluations = details(town.app, "SO-1").agreement.evaluation
    assert [(key, str(item.on)) for key, item in evaluations.items()] == [
        ("interim", "2018-05-01"),
        ("other", "2018-09-01"),
        ("final", "None"),
    ]


def test_what_later_recordings_build_on_stays(town: Town) -> None:
    town.in_force()
    decided = next(
        line.event.seq for line in history(town.app, REF) if line.event.action == "decide"
    )
    refusal = town.refusal(REF, "undo", event=str(decided), reason="verkeerd")
    assert str(refusal).startswith(f"Event {decided} cannot be taken back: event ")


def test_one_after_another_is_taken_back(town: Town) -> None:
    town.in_force()
    stages = []
    for _ in range(5):
        town.do("undo", reason="opnieuw")
        stages.append(town.stage())
    assert stages == ["signing", "signing", "college_decision", "bestuurlijk_overleg", "draft"]
    refusal = town.refusal(REF, "undo", reason="opnieuw")
    assert str(refusal).startswith(
        f"There is nothing that can be taken back. See: looptijd history {REF}\n"
    )
    assert verify(town.app).problems == []


def objections_to_undo(town: Town) -> list[str]:
    """Return what `do REF` and `show` say against taking something back."""
    (listed,) = (item for item in possible(town.app, REF) if item.action is UNDO)
    (shown,) = (item for item in details(town.app, REF).possible if item.action is UNDO)
    assert listed == shown
    return [*map(str, listed.objections)]


def test_taking_back_is_offered_only_where_there_is_something_to_take_back(town: Town) -> None:
    nothing = f"There is nothing that can be taken back. See: looptijd history {REF}"
    town.register(OFFICES, CASE)
    town.do("note", text="gebeld")
    assert objections_to_undo(town) == [nothing]
    assert "Possible now: submit, skip_overleg, withdraw, amend, note." in str(
        town.refusal(REF, "pay", instalment="1")
    )

    town.do("submit")
    assert objections_to_undo(town) == []
    town.do("undo", reason="te vroeg")
    assert objections_to_undo(town) == [nothing]


def test_of_a_ledger_that_cannot_be_read_the_actions_are_still_told(town: Town) -> None:
    town.register(OFFICES, CASE)
    damage = "UPDATE event SET payload = 'x' WHERE stream = :stream"
    unguarded(town).change(damage, stream=f"agreement:{REF}")
    assert objections_to_undo(town) == []


@pytest.mark.parametrize("number", ["0", "1", "99"])
def test_of_an_event_that_is_no_recording_nothing_is_said_about_the_others(
    town: Town, number: str
) -> None:
    town.register(OFFICES, CASE)
    town.do("submit")
    assert str(town.refusal(REF, "undo", event=number, reason="x")) == (
        f"Event {number} is not there, or cannot be taken back. See: looptijd history {REF}"
    )


def test_what_was_changed_since_or_taken_back_already_is_refused(town: Town) -> None:
    town.in_force()
    (paid,) = town.do("pay", instalment="1", on="2017-10-12")
    town.do("amend", reason="x", **{"instalment.1.paid_on": "2017-10-11"})
    changed_since = (
        f"Event {paid.seq} cannot be taken back:"
        " the day of payment of instalment 1 was changed since."
    )
    assert str(town.refusal(REF, "undo", event=str(paid.seq), reason="x")) == changed_since
    town.do("undo", reason="x")
    town.do("undo", reason="x", event=str(paid.seq))
    assert str(town.refusal(REF, "undo", event=str(paid.seq), reason="x")) == changed_since


def test_what_was_changed_since_is_called_as_people_call_it(town: Town) -> None:
    town.register(OFFICES, CASE).do("submit")
    town.at("2017-07-05 16:00").do("agree")
    assert refused_in_dutch(town, "2") == (
        "Gebeurtenis 2 kan niet worden teruggedraaid: de fase is daarna gewijzigd."
    )
    town.do("undo", reason="x")
    assert refused_in_dutch(town, "3") == (
        "Gebeurtenis 3 kan niet worden teruggedraaid:"
        " de datum van het bestuurlijk overleg is daarna gewijzigd."
    )


def refused_in_dutch(town: Town, event: str) -> str:
    """Return what a Dutch operator reads who takes back an event."""
    refusal = town.refusal(REF, "undo", event=event, reason="x")
    return language("nl").say(refusal.sentences[0])


def test_a_fact_that_a_later_one_needs_stays(town: Town) -> None:
    town.in_force()
    (suspended, *_) = town.at("2017-11-02 10:00").do("suspend", on="2017-11-01", moves_end="no")
    town.at("2018-01-10 10:00").do("resume", on="2018-01-09")
    refusal = town.refusal(REF, "undo", event=str(suspended.seq), reason="x")
    assert "builds on it" in str(refusal)


def test_a_decision_with_a_successor_is_not_taken_back_alone(town: Town) -> None:
    town.in_force(until="2020-07-10 09:00")
    town.at("2020-07-20 10:00").do("conclude", report="r", conclusion="c")
    town.do("decide", outcome="continue")
    refusal = town.refusal(REF, "undo", reason="x")
    assert str(refusal) == (
        "Its successor SO-2017-0042-2 was registered with it: withdraw that, and decide anew."
    )


def test_who_is_asked_sees_what_would_change_and_what_was_mailed(town: Town) -> None:
    town.in_force()
    town.deliver()
    done = foresee(town.app, asked("undo"))
    assert str(recorded(done)) == (
        "event 6 (signed by Provincie Limburg, on 2017-10-12) was taken back"
    )
    assert "stage: active → signing" in [str(phrase) for phrase in changed(done)]
    assert [row.subject for row in done.mailed]
    assert town.stage() == "active"


@pytest.mark.parametrize("facts", [{"title": "Samenwerkingsovereenkomst Verbindend Leiden"}])
def test_an_amendment_that_changes_nothing_is_refused(town: Town, facts: dict[str, str]) -> None:
    town.register(OFFICES, CASE)
    refusal = town.refusal(REF, "amend", reason="x", **facts)
    assert str(refusal) == "Nothing would change: these facts are registered already."


@pytest.mark.on_both
def test_what_the_engine_writes_down_meanwhile_is_no_change(town: Town) -> None:
    halfway = '[[agreement.evaluation]]\nkey = "halfway"\nafter_start = "P6M"\nheld_on = 2018-07-03'
    town.at("2018-08-01 10:00").register(
        OFFICES, running("R-1", length="P2Y") + halfway, history=True
    )
    refusal = town.refusal("R-1", "amend", reason="x", **{"term.length": "P2Y"})
    assert str(refusal) == "Nothing would change: these facts are registered already."


def test_a_date_that_is_taken_back_and_entered_again_counts_from_when_it_became_known(
    town: Town,
) -> None:
    """It was asked for and, in the same minute, told to who is told after two weeks."""
    town.in_force().at("2018-03-05 10:00")  # a Monday
    town.do("amend", reason="gelezen", instalment__2__due_on="2018-01-15")
    town.do("undo", reason="toch niet")
    town.do("amend", reason="toch wel", instalment__2__due_on="2018-01-15")
    town.until("2018-03-20 10:00")

    fired = (line.event for line in history(town.app, REF) if line.event.occurrence)
    assert [f"{event.occurrence} {event.at:%Y-%m-%d}" for event in fired][-4:] == [
        "payment:2:2018-01-15:P0D 2018-03-05",
        "payment:2:2018-01-15:+P1D 2018-03-06",
        "payment:2:2018-01-15:+P1W 2018-03-12",
        "payment:2:2018-01-15:+P2W 2018-03-19",
    ]


def test_an_evaluation_that_an_amendment_entered_as_held_is_taken_back(town: Town) -> None:
    """For which term it was held is written down by what is recorded next: by taking it back."""
    town.in_force()
    town.at("2020-07-20 10:00").do("amend", reason="x", evaluation__final__held_on="2020-07-15")
    town.do("undo", reason="verkeerde afspraak")
    assert [(c.field, c.new) for c in history(town.app, REF)[-1].event.changes] == [
        ("evaluation.final.held.2020-07-11.on", None)
    ]
    assert town.stage() == "evaluation"
    assert verify(town.app).problems == []


def test_an_amendment_shows_which_dates_it_moves(town: Town) -> None:
    town.in_force()
    done = foresee(town.app, asked("amend", **{"term.length": "4 jaar"}))
    assert [str(phrase) for phrase in changed(done)] == [
        "the length of the term: P3Y → P4Y",
        "the final evaluation: 2020-07-11 → 2021-07-11",
        "the decision on the continuation: 2020-10-11 → 2021-10-11",
    ]


def decided(town: Town) -> Town:
    """Let the college decide on 26 September 2017 at 15:00; its mails wait."""
    town.register(OFFICES, CASE)
    town.at("2017-06-15 10:00").do("submit")
    town.at("2017-07-05 16:00").do("agree", attended="wethouder Gerats")
    town.one_pass()
    town.relay.forget()
    town.at("2017-09-26 15:00").do("decide", outcome="as_proposed", label="Conform")
    return town


def about_the_decision(town: Town) -> set[tuple[str, str | None]]:
    """Return the state of the mails about it, with why."""
    return set(town.mails("status, last_error", where="rule = 'decide'"))


TAKEN_BACK = {("cancelled", "het is intussen teruggedraaid")}


def test_a_decision_that_is_taken_back_before_its_mail_leaves_is_told_to_nobody(town: Town) -> None:
    decided(town).at("2017-09-26 15:01").do("undo", reason="Vergissing.")
    town.one_pass()
    assert about_the_decision(town) == TAKEN_BACK
    assert town.relay.accepted == []


def test_of_a_decision_that_is_taken_back_and_taken_again_one_is_told(town: Town) -> None:
    decided(town).at("2017-09-26 15:01").do("undo", reason="Vergissing.")
    town.at("2017-09-26 15:02").do("decide", outcome="as_proposed", label="Akkoord")
    town.one_pass()
    states = Counter(town.mails("status", where="rule = 'decide'"))
    assert states == {"cancelled": 2, "accepted": 2}
    assert all("Akkoord" in mail.words for mail in town.relay.accepted)


def test_a_mail_under_way_that_comes_back_tells_no_decision_that_was_taken_back(town: Town) -> None:
    decided(town).relay.answers(DEFERRED, DEFERRED)
    town.relay.before_settling = lambda _: (
        town.relay.attempts[1:] or town.do("undo", reason="Fout.")
    )
    town.at("2017-09-26 15:01").one_pass()
    town.later(hours=1).one_pass()
    assert about_the_decision(town) == TAKEN_BACK
    assert town.relay.accepted == []


def test_what_is_taken_back_takes_no_other_alert_of_the_same_mail_with_it(town: Town) -> None:
    town.in_force(until="2018-08-16 12:00")
    town.at("2018-08-17 07:30").do(
        "terminate", on="2018-08-17", ends_on="2019-12-31", reason="Nee."
    )
    town.relay.forget()
    town.relay.answers(DEFERRED, DEFERRED, DEFERRED)
    town.at("2018-08-17 08:00").one_pass()
    town.at("2018-08-17 08:01").do("undo", reason="Fout.")
    town.at("2018-08-17 10:00").one_pass()
    subject = "Verbindend Leiden: budget termijn 2? Vóór 12 okt (SO-2017-0042)"
    assert sorted(town.relay.shown()) == [
        ("a.janssen@maastricht.example", subject),
        ("geld@maastricht.example", subject),
    ]
    assert not any("wordt beëindigd" in mail.words for mail in town.relay.accepted)

"""Overviews: what is open in an office, told in one mail at a handover and after an import."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from notifications.letter import Item
from notifications.transport import Parcel
from states.model.phrase import Refusal
from tests import store
from tests.announced import DEFERRED, IN_DOUBT, REFUSED, SECRETARIAAT, endless
from tests.town import CASE, OFFICES, Town, running, the_usual_town, visiting, walked_once
from workflow.app.app import policy_of
from workflow.intake.register import import_files
from workflow.mail import queue
from workflow.mail.delivery import Outbox
from workflow.mail.overviews import open_items, queue_summaries
from workflow.system.settings import Mail, Municipality

pytestmark = pytest.mark.on_sqlite

UID = "00000000-0000-4000-8000-000000000001"
CLAESSEN = "claessen@maastricht.example"


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give a register whose incidents are mailed."""
    mail = Mail(sender="Looptijd <looptijd@maastricht.example>", operator="beheer@m.example")
    with visiting(the_usual_town(database_url, tmp_path, mail=mail, language="en")) as made:
        made.change("UPDATE register SET uid = :uid", uid=UID)
        yield made


@pytest.fixture
@walked_once
def running_town(town: Town) -> Town:
    """Let two evaluations be announced on Friday 29 June 2018; it is Monday 2 July, 10:00."""
    contents = [running("A-1"), running("A-2"), running("B-1", start="2018-06-01")]
    town.at("2018-06-05 10:00").register(OFFICES, *contents, history=True)
    town.until("2018-07-02 10:00")
    town.relay.forget()
    return town


def handed(town: Town, since: str = "2018-07-02", name: str = "wethouder Claessen") -> Town:
    """Hand the office over."""
    town.hand_over("sociaal-domein", CLAESSEN, name=name, since=date.fromisoformat(since))
    return town


def items(town: Town, key: str = "sociaal-domein") -> list[Item]:
    """Return what is open in an office now."""
    with town.app.reading() as connection:
        return open_items(connection, policy_of(connection), key, town.clock.now())


def listed(town: Town, key: str = "sociaal-domein") -> list[str]:
    """Return what is open in an office now, each as one line."""
    return [
        f"{item.nominal_on} {item.ref} {item.what}{' (late)' if item.overdue else ''}"
        for item in items(town, key)
    ]


# What is open ------------------------------------------------------------------------------------


def test_what_was_alerted_and_is_not_done_is_open(running_town: Town) -> None:
    assert listed(running_town) == [
        "2018-09-30 A-1 hold the final evaluation",
        "2018-09-30 A-2 hold the final evaluation",
    ]
    running_town.do_with("A-1", "note", text="gebeld")
    running_town.at("2018-10-01 09:00").tick()
    assert listed(running_town)[0] == "2018-09-30 A-1 hold the final evaluation (late)"


def test_what_was_due_before_it_was_registered_is_open_too(town: Town) -> None:
    town.at("2018-11-20 10:00").register(OFFICES, running("A-1"), history=True)
    assert town.fired("A-1") == []
    assert listed(town) == [
        "2018-09-30 A-1 hold the final evaluation (late)",
        "2018-12-31 A-1 decide on the continuation",
    ]


def test_one_of_which_nothing_can_be_derived_keeps_no_other_from_being_told(
    running_town: Town,
) -> None:
    endless(running_town, "A-1")
    assert [item.ref for item in items(running_town)] == ["A-2"]


def test_the_most_urgent_comes_first(town: Town) -> None:
    contents = [running("A-1"), running("B-1", start="2017-12-01"), running("C-1")]
    town.at("2018-07-02 10:00").register(OFFICES, *contents, history=True)
    assert listed(town) == [
        "2018-08-30 B-1 hold the final evaluation",
        "2018-09-30 A-1 hold the final evaluation",
        "2018-09-30 C-1 hold the final evaluation",
    ]


def test_what_is_done_is_not_open_any_more(running_town: Town) -> None:
    running_town.at("2018-10-01 09:00").confirm()
    running_town.tick()
    running_town.do_with("A-1", "conclude", report="R", conclusion="Goed.")
    assert [line for line in listed(running_town) if "evaluation" in line] == [
        "2018-09-30 A-2 hold the final evaluation (late)"
    ]


BY_ANOTHER = [
    "2017-10-12 SO-2017-0042 pay instalment 1 (€ 1000.00), by Concernfinancien (late)",
    "2018-10-12 SO-2017-0042 pay instalment 2 (€ 1000.00), by Concernfinancien (late)",
    "2019-10-12 SO-2017-0042 pay instalment 3 (€ 1000.00), by Concernfinancien (late)",
]


def test_payments_are_open_in_the_office_that_pays_and_in_the_agreements_own_once_escalated(
    town: Town,
) -> None:
    """The last reminder of 12 October 2018 comes two weeks later, and to the agreement's own."""
    town.in_force(until="2018-10-26 07:59")
    assert listed(town) == BY_ANOTHER[:1]
    town.until("2018-10-26 08:00")
    assert listed(town) == BY_ANOTHER[:2]

    town.until("2020-07-13 09:00")
    assert listed(town, "financien") == [
        "2017-10-12 SO-2017-0042 pay instalment 1 (€ 1000.00) (late)",
        "2018-10-12 SO-2017-0042 pay instalment 2 (€ 1000.00) (late)",
        "2019-10-12 SO-2017-0042 pay instalment 3 (€ 1000.00) (late)",
    ]
    assert listed(town) == [
        *BY_ANOTHER,
        "2020-07-11 SO-2017-0042 hold the final evaluation (late)",
    ]
    assert listed(town, "secretariaat") == []


def test_of_an_agreement_that_has_ended_payments_and_the_missing_decision_stay_open(
    town: Town,
) -> None:
    town.in_force(until="2020-10-13 09:00")
    assert town.stage() == "ended (lapsed)"
    assert len(listed(town, "financien")) == 3
    lapsed = "2020-10-11 SO-2017-0042 decide, or acknowledge the lapse (late)"
    assert listed(town) == [*BY_ANOTHER, lapsed]
    town.do("acknowledge", occurrence="expiry:term:2020-10-12:P0D")
    assert listed(town) == BY_ANOTHER


def test_an_item_knows_what_the_agreement_is_called_and_whether_it_is_public(town: Town) -> None:
    hidden = 'public = false\nshort_title = "Geheim"'
    town.at("2018-07-02 10:00").register(OFFICES, running("A-1", more=hidden), history=True)
    (item,) = items(town)
    assert (item.called, item.public, item.nominal_on) == ("Geheim", False, date(2018, 9, 30))


# The handover ------------------------------------------------------------------------------------


def test_who_takes_an_office_over_is_told_what_another_has_not_paid_in_its_agreements(
    town: Town,
) -> None:
    """Its last reminder, which came to this office, does not come again."""
    town.in_force(until="2019-11-20 09:00")
    handed(town, since="2019-11-20").deliver()
    words = town.relay.accepted[-1].words
    assert "You take over 3 open subjects" in words
    assert "pay instalment 3 (€ 1,000.00), by Concernfinancien" in words


def test_a_handover_mails_the_new_holder_at_once_what_is_open(running_town: Town) -> None:
    handed(running_town).deliver()
    (mail,) = running_town.relay.accepted
    assert (mail.at, mail.to) == ("Mon 2018-07-02 10:00", CLAESSEN)
    assert "A-1" in mail.words
    assert "A-2" in mail.words
    assert "B-1" not in mail.words
    assert mail.message_id == f"<ec8e207a-6c7c-5c09-9044-1cbd6e1cda66@{UID}.looptijd>"
    assert running_town.mails("role, office, status", where="rule = 'handover'") == [
        ("office", "sociaal-domein", "accepted")
    ]


def test_a_handover_to_come_mails_at_its_alert_time_what_is_open_then(running_town: Town) -> None:
    handed(running_town, "2018-10-02")
    running_town.until("2018-10-01 09:00").do_with(
        "A-1", "conclude", report="R", conclusion="Goed."
    )
    running_town.relay.forget()
    running_town.until("2018-10-02 07:59")
    assert running_town.relay.attempts == []
    running_town.until("2018-10-02 08:00")
    (mail,) = running_town.relay.accepted
    assert (mail.at, mail.to) == ("Tue 2018-10-02 08:00", CLAESSEN)
    assert "A-1" not in mail.words
    assert "A-2" in mail.words


@pytest.mark.parametrize(
    "since,expected",
    [
        ("2018-07-03", "Tue 2018-07-03 08:00"),
        ("2018-07-07", "Mon 2018-07-09 08:00"),  # a Saturday
        ("2018-07-02", "Mon 2018-07-02 10:00"),  # today
        ("2018-06-18", "Mon 2018-07-02 10:00"),  # two weeks ago
    ],
)
def test_when_the_handover_mail_leaves(running_town: Town, since: str, expected: str) -> None:
    handed(running_town, since)
    assert running_town.looks()[-1] == expected


def test_a_handover_to_come_that_is_retried_before_its_day_waits_for_that(
    running_town: Town,
) -> None:
    handed(running_town, "2018-10-02")
    (number,) = running_town.mails("id", where="rule = 'handover'")
    queue.retry(running_town.app, str(number))
    running_town.deliver()
    assert running_town.relay.attempts == []
    assert running_town.mails("status, last_error", where="rule = 'handover'") == [("queued", None)]
    assert "Tue 2018-10-02 08:00" in running_town.looks()


def test_a_handover_that_was_undone_before_its_date_mails_nobody(running_town: Town) -> None:
    handed(running_town, "2018-07-16").register(OFFICES)
    running_town.until("2018-07-16 09:00")
    assert running_town.relay.attempts == []
    assert running_town.mails("status, last_error", where="rule = 'handover'") == [
        ("cancelled", "another holds the office meanwhile")
    ]


def test_a_handover_that_is_entered_again_after_it_was_undone_is_mailed_again(
    running_town: Town,
) -> None:
    handed(running_town).deliver()
    running_town.register(OFFICES)
    handed(running_town, name="wethouder Claessens").deliver()
    first, second = running_town.relay.accepted
    assert first.message_id != second.message_id
    assert second.message_id == f"<7c22a1b3-2471-5699-a18e-d085737aaca5@{UID}.looptijd>"


def test_who_takes_over_instead_is_told_though_the_mail_to_another_is_in_doubt(
    running_town: Town,
) -> None:
    running_town.relay.answers(IN_DOUBT)
    handed(running_town).deliver()
    running_town.register(OFFICES).hand_over("sociaal-domein", "dols@m.example", name="Dols")
    running_town.deliver()
    assert [mail.to for mail in running_town.relay.accepted] == ["dols@m.example"]


def test_who_takes_over_after_two_handovers_that_were_undone_gets_one_mail(
    running_town: Town,
) -> None:
    handed(running_town).deliver()
    for name in ("Bos", "Dols"):
        running_town.register(OFFICES)
        running_town.hand_over("sociaal-domein", f"{name.lower()}@m.example", name=name)
    running_town.deliver()
    assert [mail.to for mail in running_town.relay.accepted] == [CLAESSEN, "dols@m.example"]


def test_a_new_holder_with_nothing_open_is_told_so(town: Town) -> None:
    town.at("2018-07-02 10:00").register(OFFICES)
    handed(town).deliver()
    assert [mail.to for mail in town.relay.accepted] == [CLAESSEN]


def test_a_long_overview_counts_and_sums_what_it_does_not_list_as_well(town: Town) -> None:
    """The sum was that of the fifty most urgent, of which all were late."""
    paid = '[agreement.contribution]\namount = "10.00"\nevery = "P1M"\nbudgeted_through = 2099\n'
    contents = "".join(running(f"A-{n}", length="P2Y") + paid for n in range(8))
    town.at("2019-12-10 10:00").register(OFFICES, contents, history=True)
    handed(town).deliver()
    (mail,) = (mail for mail in town.relay.accepted if mail.subject.startswith("Handover"))

    assert mail.subject == "Handover: 224 open subjects for Portefeuille Sociaal Domein"
    assert "€ 1,920.00 is to be paid, and should have been paid already." in mail.words
    assert "There are 24 other subjects." in mail.words


# The life of such a mail -------------------------------------------------------------------------


@pytest.mark.on_both
def test_a_refused_overview_goes_to_the_next_in_the_chain(running_town: Town) -> None:
    running_town.relay.by_address[CLAESSEN] = REFUSED
    handed(running_town).deliver()
    assert [mail.to for mail in running_town.relay.attempts] == [CLAESSEN, SECRETARIAAT]
    words = running_town.relay.accepted[0].words
    assert "A-2" in words
    assert "for the new point of contact for Portefeuille Sociaal Domein, but nobody" in words
    assert "you have been the point of contact" not in words
    assert running_town.mails("office, status", where="rule = 'handover'") == [
        ("sociaal-domein", "refused"),
        ("secretariaat", "accepted"),
    ]


def test_a_deferred_overview_is_composed_anew_under_the_same_message_id(
    running_town: Town,
) -> None:
    running_town.relay.answers(DEFERRED)
    handed(running_town).deliver()
    running_town.do_with("A-1", "amend", reason="addendum", term__length="P2Y")
    running_town.later(minutes=1).deliver()
    first, second = running_town.relay.attempts
    assert first.message_id == second.message_id
    assert ("A-1" in first.words, "A-1" in second.words) == (True, False)


def test_an_overview_in_doubt_is_repeated_word_for_word(running_town: Town) -> None:
    running_town.relay.answers(IN_DOUBT)
    handed(running_town).deliver()
    running_town.do_with("A-1", "amend", reason="addendum", term__length="P2Y")
    running_town.later(minutes=15).deliver()
    first, second = running_town.relay.attempts
    assert first.content == second.content
    assert running_town.mails("status", where="rule = 'handover'") == ["accepted"]


def test_a_daemon_that_dies_before_the_body_costs_nothing(running_town: Town) -> None:
    dying = Outbox(handed(running_town).app)
    assert dying.lease()
    running_town.later(minutes=41).deliver()
    assert [mail.to for mail in running_town.relay.accepted] == [CLAESSEN]


@pytest.mark.on_both
def test_two_daemons_never_send_it_twice(running_town: Town) -> None:
    handed(running_town)
    with visiting(running_town.another()) as other:
        held: list[Parcel | None] = []
        running_town.relay.before_settling = lambda _parcel: held.append(other.post.lease())
        running_town.deliver()
        other.deliver()
        assert held == [None]
        assert len(running_town.relay.attempts) == 1
        assert other.relay.attempts == []


@pytest.mark.on_postgresql  # SQLite lets one daemon write at a time
def test_what_one_daemon_is_leasing_no_other_leases(running_town: Town) -> None:
    now = handed(running_town).clock.now()
    with visiting(running_town.another()) as other:
        with running_town.app.writing() as first, other.app.writing() as second:
            one = store.lease(first, now, "one")
            two = store.lease(second, now, "two")
        assert ([row.rule for row in one], len(two)) == (["handover"], 0)


def test_it_can_be_retried_resent_cancelled_listed_and_shown(running_town: Town) -> None:
    running_town.relay.answers(DEFERRED)
    handed(running_town).deliver()
    (number,) = running_town.mails("id", where="rule = 'handover'")
    queue.retry(running_town.app, str(number))
    running_town.deliver()
    again = queue.resend(running_town.app, str(number))
    assert (again.generation, again.ref, again.status) == (2, None, "queued")
    running_town.deliver()
    assert [mail.to for mail in running_town.relay.accepted] == [CLAESSEN, CLAESSEN]
    assert running_town.relay.accepted[1].message_id == (
        f"<7c22a1b3-2471-5699-a18e-d085737aaca5@{UID}.looptijd>"
    )
    third = queue.resend(running_town.app, str(number))
    queue.cancel(running_town.app, str(third.id), "toch niet")
    assert running_town.deliver()["accepted"] == 0
    rows, _ = queue.listed(running_town.app, status=None, ref=None)
    assert [(row.ref, row.status) for row in rows if row.rule == "handover"] == [
        (None, "accepted"),
        (None, "accepted"),
        (None, "cancelled"),
    ]
    assert queue.one(running_town.app, str(number)).address == CLAESSEN


def test_an_incident_can_be_resent_under_a_message_id_of_its_own(town: Town) -> None:
    nobody = OFFICES.replace("from = 2018-06-01", "from = 2019-06-01").replace("fallback", "# ")
    town.at("2018-06-05 10:00").register(nobody, running("A-1"), history=True)
    town.until("2018-06-29 08:00")
    (number,) = town.mails("id", where="rule = 'incident'")
    again = queue.resend(town.app, str(number))
    town.deliver()
    first, second = town.relay.accepted
    assert (first.to, first.words) == (second.to, second.words)
    assert second.header("Message-ID") == again.message_id == second.message_id
    assert first.message_id != second.message_id


# What holds it back ------------------------------------------------------------------------------


def test_another_installation_sends_no_overview(running_town: Town) -> None:
    handed(running_town)
    copy = running_town.configured(municipality=Municipality(installation="oefening"))
    copy.deliver()
    assert copy.relay.attempts == []


def test_while_the_clock_is_held_only_the_operator_is_told(running_town: Town) -> None:
    handed(running_town)
    running_town.at("2018-12-24 10:00").one_pass()
    assert running_town.scalar("SELECT clock_held FROM register")
    assert [mail.to for mail in running_town.relay.attempts] == ["beheer@m.example"]
    running_town.confirm()
    running_town.deliver()
    assert CLAESSEN in [mail.to for mail in running_town.relay.accepted]


def test_an_overview_for_which_there_is_nobody_waits_and_the_operator_is_told_once_a_day(
    town: Town,
) -> None:
    alone = OFFICES.replace('fallback = "secretariaat"', "").replace(
        "from = 2018-06-01", "from = 2018-06-01\nuntil = 2018-07-01"
    )
    town.at("2018-07-02 09:30").register(alone, running("A-1"), history=True)
    with town.app.writing() as connection:
        queue_summaries(connection, town.clock.now(), ["sociaal-domein"])
    town.deliver()
    town.until("2018-07-03 12:00")
    assert [(mail.at, mail.to) for mail in town.relay.attempts] == [
        ("Mon 2018-07-02 09:30", "beheer@m.example"),
        ("Tue 2018-07-03 00:30", "beheer@m.example"),
    ]
    assert "“sociaal-domein”" in town.relay.attempts[0].words
    assert town.mails("status, last_error", where="rule = 'summary'") == [
        ("queued", "nobody holds the office today")
    ]
    handed(town, "2018-07-03").until("2018-07-03 13:00")
    assert [mail.to for mail in town.relay.accepted[2:]] == [CLAESSEN, CLAESSEN]


def test_an_alert_for_which_there_is_nobody_is_an_incident_as_well(town: Town) -> None:
    nobody = OFFICES.replace("from = 2018-06-01", "from = 2019-06-01").replace("fallback", "# ")
    town.at("2018-06-05 10:00").register(nobody, running("A-1"), history=True)
    town.until("2018-06-29 12:00")
    assert [mail.to for mail in town.relay.attempts] == ["beheer@m.example"]
    assert town.mails("cause", where="rule = 'incident'") == [
        "incident:nobody:sociaal-domein:2018-06-29"
    ]


# The summary after an import ---------------------------------------------------------------------


def imported(town: Town, *contents: str) -> list[str]:
    """Import agreements that run already; return the offices that get a summary."""
    paths = [town.file(content) for content in contents]
    return import_files(town.app, paths, by="griffier Smeets", history=True).summaries


def test_each_office_with_something_open_gets_one_summary(town: Town) -> None:
    paying = running("A-2").replace(
        "[[agreement.decision]]",
        '[agreement.contribution]\namount = "10.00"\nevery = "P1Y"\noffice = "financien"\n'
        "[[agreement.decision]]",
    )
    town.at("2018-07-02 10:00")
    assert imported(town, OFFICES, running("A-1"), paying) == ["financien", "sociaal-domein"]
    town.deliver()
    assert [mail.to for mail in town.relay.accepted] == [
        "geld@maastricht.example",
        "bastiaens@maastricht.example",
    ]
    finance, own = town.relay.accepted
    assert ("A-1" in finance.words, "A-2" in finance.words) == (False, True)
    assert ("A-1" in own.words, "A-2" in own.words) == (True, True)
    assert town.mails("cause, role, agreement_id")[0] == (
        "summary:financien:2018-07-02T08:00:00+00:00",
        "office",
        None,
    )


def test_an_office_with_nothing_open_gets_no_summary(town: Town) -> None:
    town.at("2018-02-05 10:00")
    assert imported(town, OFFICES, running("A-1")) == []
    assert town.mails() == []


@pytest.mark.on_both
def test_only_what_was_imported_is_a_reason_for_a_summary(town: Town) -> None:
    town.at("2018-07-02 10:00").register(OFFICES, running("A-1"), CASE, history=True)
    assert imported(town, running("B-1", start="2018-06-01")) == []
    assert imported(town, running("A-2")) == ["sociaal-domein"]


def test_of_two_imports_in_a_row_an_office_gets_one_summary(town: Town) -> None:
    town.at("2018-07-02 10:00")
    imported(town, OFFICES, running("A-1"))
    imported(town.later(seconds=5), running("A-2"))
    town.deliver()
    (mail,) = town.relay.accepted
    assert ("A-1" in mail.words, "A-2" in mail.words) == (True, True)
    assert town.mails("status, last_error") == [
        ("cancelled", "told in mail 2"),
        ("accepted", None),
    ]


def test_what_is_imported_in_the_second_in_which_a_summary_left_is_told_as_well(
    town: Town,
) -> None:
    town.at("2018-07-02 10:00")
    imported(town, OFFICES, running("A-1"))
    town.deliver()
    imported(town, running("A-2"))
    town.deliver()
    told = [("A-1" in mail.words, "A-2" in mail.words) for mail in town.relay.accepted]
    assert told == [(True, False), (True, True)]


@pytest.mark.on_both
def test_what_is_imported_while_a_summary_of_the_same_second_leaves_is_told_as_well(
    town: Town,
) -> None:
    town.at("2018-07-02 10:00")
    imported(town, OFFICES, running("A-1"))
    more = iter([running("A-2")])
    town.relay.before_settling = lambda _parcel: [imported(town, each) for each in more]
    town.deliver()
    told = [("A-1" in mail.words, "A-2" in mail.words) for mail in town.relay.accepted]
    assert told == [(True, False), (True, True)]


def test_an_older_summary_that_is_sent_once_more_tells_what_was_imported_since(town: Town) -> None:
    town.at("2018-07-02 10:00")
    imported(town, OFFICES, running("A-1"))
    town.deliver()
    town.at("2018-07-02 10:01").relay.answers(DEFERRED)
    imported(town, running("A-2"))
    town.deliver()
    queue.resend(town.app, "1")
    town.at("2018-07-02 10:10").deliver()
    told = [("A-1" in mail.words, "A-2" in mail.words) for mail in town.relay.accepted]
    assert told == [(True, False), (True, True)]


def test_a_summary_of_which_nothing_is_open_any_more_does_not_leave(town: Town) -> None:
    town.at("2018-07-02 10:00")
    imported(town, OFFICES, running("A-1"))
    town.do_with("A-1", "amend", reason="addendum", term__length="P2Y")
    town.deliver()
    assert town.relay.attempts == []
    assert town.mails("status, last_error") == [("cancelled", "nothing is open any more")]


def test_a_mail_of_an_office_can_be_neither_retried_nor_shown_under_an_agreement(
    running_town: Town,
) -> None:
    handed(running_town)
    rows, _ = queue.listed(running_town.app, status="queued", ref="A-1")
    assert rows == []
    with pytest.raises(Refusal):
        queue.resend(running_town.app, str(running_town.mails("id")[-1]))

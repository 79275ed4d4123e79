"""Mail that is held up after it was leased: who reads it is asked again, and no row is lost."""

import asyncio

import pytest

from notifications.group_commit import GroupCommit
from notifications.transport import Parcel
from tests import store
from tests.announced import BASTIAENS, FIVE, announced
from tests.town import OFFICES, Town, running, visiting
from workflow.mail.delivery import Outbox
from workflow.mail.drafts import prepare

pytestmark = pytest.mark.on_sqlite

NIEUW = "nieuw@maastricht.example"
MONEY = """
[agreement.contribution]
amount = "1000.00"
every = "P3M"
payee = "Coöperatie Verbindend Leiden"
budget_line = "Lidmaatschappen en contributies"
budgeted_through = 2099
office = "financien"
"""


@pytest.mark.on_both
def test_behind_a_slow_relay_mail_goes_to_who_holds_the_office_by_then(town: Town) -> None:
    contents = (running(f"A-{number:02}") for number in range(12))
    announced(town, *contents)

    def answer_slowly(_parcel: Parcel) -> None:
        town.later(minutes=9)
        if len(town.relay.accepted) == 1:
            town.hand_over("sociaal-domein", NIEUW)

    town.relay.before_settling = answer_slowly
    town.deliver()

    shown = [mail.to for mail in town.relay.accepted if "evaluatie" in mail.subject]
    assert shown == [BASTIAENS] * 2 + [NIEUW] * 10


def test_who_was_held_up_for_longer_than_its_lease_takes_no_row_from_who_holds_it(
    town: Town,
) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1") + MONEY, history=True)
    town.at("2018-09-28 08:00").tick()
    with town.app.writing() as connection:
        rows = store.lease(connection, town.clock.now(), "held up")
    with visiting(town.another()) as other:
        first = other.later(minutes=41).post.lease()
        town.hand_over("financien", BASTIAENS)
        with town.app.writing() as connection:
            assert prepare(connection, town.app, rows, town.clock.now()) == []
        assert first
        assert other.post.work.mark_body_sent(first)
        second = other.post.lease()
        assert second
        assert other.post.work.mark_body_sent(second)
    assert town.mails("office, in_doubt", where="status = 'sending'") == [
        ("sociaal-domein", True),
        ("financien", True),
    ]


@pytest.mark.on_both
def test_what_is_paid_while_the_mail_that_asks_for_it_is_written_is_asked_no_more(
    town: Town,
) -> None:
    town.in_force(until="2018-10-12 07:00").at("2018-10-12 08:00").tick()
    town.relay.forget()
    written = town.post.lease()
    assert written
    town.later(minutes=1).do("pay", instalment="2", on="2018-10-12")

    assert not town.post.work.mark_body_sent(written)
    town.deliver()
    assert not town.relay.accepted
    assert town.mails("role, status", where="cause = 'payment:2:2018-10-12:P0D'") == [
        ("finance", "cancelled"),
        ("case_owner", "cancelled"),
    ]


@pytest.mark.on_both
def test_what_is_paid_while_one_mail_about_several_agreements_is_written_is_left_out(
    town: Town,
) -> None:
    town.at("2018-06-05 10:00")
    town.register(OFFICES, *(running(f"A-{n}") + MONEY for n in (1, 2, 3)), history=True)
    town.deliver()
    town.at("2018-10-04 08:00").tick()
    town.relay.forget()
    written = town.post.lease()
    assert written
    assert written.recipient == BASTIAENS
    town.later(minutes=1).do_with("A-2", "pay", instalment="3", on="2018-10-04")

    assert not town.post.work.mark_body_sent(written)
    town.deliver()
    (mail,) = (mail for mail in town.relay.accepted if mail.to == BASTIAENS)
    assert mail.words.count("betaal termijn 3") == 2


@pytest.mark.on_both
def test_of_what_is_taken_back_and_written_anew_only_that_leaves_though_both_ask_at_once(
    town: Town,
) -> None:
    announced(town, *FIVE[:2])

    async def both_ask() -> list[bool]:
        together = GroupCommit(town.post.work)
        first = together.lease()
        assert together.lease()  # it is announced for longer: whoever asks waits for it a moment
        town.do_with("A-1", "amend", reason="wie het doet", office="financien")
        again = together.lease()
        assert first
        assert again
        assert (again.id, again.recipient) == (first.id, "geld@maastricht.example")
        asked = map(together.mark_body_sent, (first, again))
        return await asyncio.gather(*asked)

    assert asyncio.run(both_ask()) == [False, True]


def test_an_operators_deed_takes_back_no_mail_about_another_agreement(town: Town) -> None:
    announced(town, *FIVE[:2])
    outbox = Outbox(town.app)
    first, second = outbox.lease(), outbox.lease()
    assert first
    assert second
    town.do_with("A-1", "note", text="gebeld")
    assert [*outbox.commit([first, second])] == [second.held]

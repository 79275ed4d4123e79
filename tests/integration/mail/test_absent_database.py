"""Mail while the database is away: no answer of the relay is lost, and nothing goes blindly."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Never

import pytest
from msgspec.structs import replace

from notifications.letter import Letter, Overview
from notifications.transport import Parcel
from states.model.phrase import say
from tests import store
from tests.announced import DEFERRED, FIVE, REFUSED, SECRETARIAAT, announced
from tests.store import Database, Transaction, Unavailable
from tests.town import ACCEPTED, Town, the_usual_town, visiting
from workflow.app.app import App
from workflow.mail.delivery import Outbox

pytestmark = pytest.mark.on_sqlite

AWAY = Unavailable(say("The database cannot be used: {reason}.", reason="away"))


class Fragile(Database):
    """A database that is away when a test says so, or that goes just after it has committed."""

    away = False
    unheard = False
    writes_left = 1_000_000

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        if self.away:
            raise AWAY
        with super().read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        self.writes_left -= 1
        if self.away or self.writes_left < 0:
            raise AWAY
        with super().write() as connection:
            yield connection
        if self.unheard:
            raise AWAY


@pytest.fixture
def fragile(database_url: str) -> Iterator[Fragile]:
    made = Fragile(database_url)
    yield made
    made.close()


@pytest.fixture
def town(fragile: Fragile, database_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give a town whose three evaluations were announced, and whose daemon's database may go."""
    with visiting(the_usual_town(database_url, tmp_path)) as town:
        announced(town, *FIVE[:3])
        town.post = Outbox(replace(town.app, database=fragile))
        yield town


# After the relay has answered --------------------------------------------------------------------


@pytest.mark.on_both
def test_an_answer_that_the_database_did_not_take_is_written_when_it_is_back(
    town: Town, fragile: Fragile
) -> None:
    def go(_parcel: Parcel) -> None:
        fragile.away = True

    town.relay.before_settling = go
    with pytest.raises(Unavailable):
        town.deliver()
    assert town.mails("status, attempts") == [("sending", 0)] * 3  # leased together

    town.relay.before_settling, fragile.away = None, False
    town.later(minutes=10).deliver()
    assert town.mails("status, attempts, reply") == [("accepted", 1, "250 2.0.0 Ok")] * 3
    assert len(town.relay.attempts) == 3
    accepted = town.query("SELECT accepted_at FROM message ORDER BY id")
    assert str(accepted[0].accepted_at).startswith("2018-06-29 06:00:00")


def test_an_answer_is_kept_longer_than_the_lease_and_no_second_copy_is_sent(
    town: Town, fragile: Fragile
) -> None:
    def go(_parcel: Parcel) -> None:
        fragile.away = True

    town.relay.before_settling = go
    with pytest.raises(Unavailable):
        town.deliver()
    with visiting(town.another()) as other:  # another daemon, whose database is not away
        town.later(minutes=41)
        other.deliver()
        assert other.mails("status", where="id = 1") == ["unknown"]
        town.relay.before_settling, fragile.away = None, False
        town.deliver()
        town.later(minutes=15)
        other.deliver()
    assert town.mails("status, attempts") == [("accepted", 1)] * 3
    assert len(town.relay.attempts) == 1
    assert len(other.relay.attempts) == 2


@pytest.mark.on_both
def test_answers_of_several_connections_are_kept_together(town: Town, fragile: Fragile) -> None:
    parcels = [town.post.lease() for _ in range(3)]
    for parcel in parcels:
        assert parcel
        assert town.post.work.mark_body_sent(parcel)
    fragile.away = True
    for parcel, outcome in zip(parcels, (ACCEPTED, DEFERRED, REFUSED), strict=True):
        assert parcel
        town.post.work.settle(parcel, outcome)
    fragile.away = False
    town.deliver()
    assert town.mails("status, attempts, doubts") == [
        ("accepted", 1, 0),
        ("retry", 1, 0),
        ("refused", 1, 0),
        ("accepted", 1, 0),
    ]
    assert [mail.to for mail in town.relay.accepted] == [SECRETARIAAT]


def test_an_answer_that_was_committed_unheard_counts_once(town: Town, fragile: Fragile) -> None:
    parcel = town.post.lease()
    assert parcel
    assert town.post.work.mark_body_sent(parcel)
    fragile.unheard = True
    town.post.work.settle(parcel, REFUSED)
    fragile.unheard = False
    town.deliver()
    assert town.mails("id", where="office = 'secretariaat'") == [4]
    assert town.mails("attempts", where="id = 1") == [1]


# Before it is leased or composed -----------------------------------------------------------------


@pytest.mark.on_both
@pytest.mark.parametrize("gone", [{"unheard": True}, {"writes_left": 1}])
def test_a_database_that_goes_at_the_lease_or_before_the_words_delays_no_mail(
    town: Town, fragile: Fragile, gone: dict[str, int]
) -> None:
    for name, value in gone.items():
        setattr(fragile, name, value)
    with pytest.raises(Unavailable):
        town.deliver()
    fragile.unheard, fragile.writes_left = False, 1_000_000
    town.deliver()
    assert town.mails("status, attempts, last_error") == [("accepted", 1, None)] * 3


@pytest.mark.on_both
def test_a_database_that_goes_when_a_mail_cannot_be_composed_delays_no_mail(
    town: Town, fragile: Fragile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_app: App, _mail: Letter | Overview) -> Never:
        raise ValueError("no words")

    fragile.writes_left = 2  # its lease, and who reads it
    with monkeypatch.context() as patched:
        patched.setattr("workflow.mail.delivery.worded", broken)
        with pytest.raises(Unavailable):
            town.deliver()
    fragile.writes_left = 1_000_000
    town.deliver()
    assert town.mails("status, attempts, last_error") == [("accepted", 1, None)] * 3


# Before the body ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["away", "unheard"])
def test_without_a_committed_doubt_nothing_is_sent_and_the_mail_waits_as_before(
    town: Town, fragile: Fragile, how: str
) -> None:
    parcel = town.post.lease()
    assert parcel
    setattr(fragile, how, True)
    with pytest.raises(Unavailable):
        town.post.work.mark_body_sent(parcel)
    setattr(fragile, how, False)
    town.post.deliver(town.relay, lambda: True)  # it stops before it leases anything
    assert town.mails("status, attempts, doubts, lease")[0] == ("queued", 0, 0, None)
    town.deliver()
    assert town.mails("status, attempts") == [("accepted", 1)] * 3
    assert len(town.relay.attempts) == 3


@pytest.mark.on_both
@pytest.mark.parametrize("goes", ["before it is asked", "before it is put off"])
def test_a_body_that_was_let_go_leaves_though_the_database_goes_before_the_next_one(
    town: Town, fragile: Fragile, monkeypatch: pytest.MonkeyPatch, goes: str
) -> None:
    """Nothing of it was sent, and it counted as in doubt."""
    bodies = [parcel for parcel in (town.post.lease(), town.post.lease()) if parcel]
    real = store.leases.write_all

    def takes_one(connection: Transaction, rows: list[dict[str, Any]]) -> None:
        is_next = [row["number"] for row in rows] == [bodies[1].id]
        fragile.away = is_next or (len(rows) == 1 and goes == "before it is asked")
        if len(rows) > 1 or is_next:
            raise UnicodeEncodeError("latin-1", "ł", 0, 1, "not in this database")
        real(connection, rows)

    with monkeypatch.context() as patch:
        patch.setattr(store.leases, "write_all", takes_one)
        assert town.post.commit(bodies) == {bodies[0].held}
    fragile.away = False
    town.post.work.settle(bodies[0], ACCEPTED)
    town.deliver()
    assert town.mails("status, attempts, doubts") == [("accepted", 1, 0)] * 3
    assert len(town.relay.attempts) == 2


def test_a_doubt_that_is_asked_for_twice_under_one_lease_counts_once(
    town: Town, fragile: Fragile
) -> None:
    parcel = town.post.lease()
    assert parcel
    fragile.unheard = True
    with pytest.raises(Unavailable):
        town.post.work.mark_body_sent(parcel)
    fragile.unheard = False
    assert town.post.lease() == parcel
    assert town.post.work.mark_body_sent(parcel)
    assert town.mails("doubts", where="id = 1") == [1]


def test_a_mail_is_not_sent_by_who_could_not_commit_for_longer_than_the_lease(
    town: Town, fragile: Fragile
) -> None:
    parcel = town.post.lease()
    assert parcel
    fragile.away = True
    with pytest.raises(Unavailable):
        town.post.work.mark_body_sent(parcel)
    with visiting(town.another()) as other:
        town.later(minutes=41)
        other.deliver()
        assert len(other.relay.accepted) == 3
    fragile.away = False
    assert town.post.lease() is None
    assert town.post.work.mark_body_sent(parcel) is False
    assert town.mails("status, attempts") == [("accepted", 1)] * 3

"""The life of a message, with every instant written out."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications.retry_policy import Circuit, MessageStatus, Settlement, after
from notifications.transport import Outcome, Verdict

NOW = datetime(2020, 7, 10, 6, 0, tzinfo=UTC)
AWAY = Outcome(Verdict.RELAY_AWAY)
FAULT = Outcome(Verdict.RELAY_FAULT)
DOUBT = Outcome(Verdict.IN_DOUBT)
ACCEPTED = Outcome(Verdict.ACCEPTED)
A, B, C = "a@maastricht.example", "b@maastricht.example", "c@maastricht.example"


CLOSED = Circuit()


def settled(
    verdict: Verdict,
    circuit: Circuit = CLOSED,
    *,
    attempts: int = 0,
    doubts: int = 0,
    jitter: float = 0.0,
    now: datetime = NOW,
) -> Settlement:
    outcome = Outcome(verdict)
    return after(outcome, circuit, attempts=attempts, doubts=doubts, now=now, jitter=jitter)


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2020, 7, 10, hour, minute, second, tzinfo=UTC)


def test_an_accepted_mail_is_done() -> None:
    assert settled(Verdict.ACCEPTED, attempts=2) == Settlement(
        status=MessageStatus.ACCEPTED, next_attempt_at=None, attempts=3
    )


def test_a_mail_is_refused_by_a_refusal_and_by_nothing_else() -> None:
    assert settled(Verdict.REFUSED) == Settlement(
        status=MessageStatus.REFUSED, next_attempt_at=None, attempts=1
    )
    others = set(Verdict) - {Verdict.REFUSED}
    found = {settled(verdict, doubts=1).status for verdict in others}
    assert MessageStatus.REFUSED not in found


@pytest.mark.parametrize(
    "attempts,again_at",
    [
        (0, at(6, 1)),
        (1, at(6, 5)),
        (2, at(6, 15)),
        (3, at(6, 30)),
        (4, at(7, 0)),
        (5, at(8, 0)),
        (6, at(9, 0)),
        (7, at(9, 0)),
        (44, at(9, 0)),
    ],
)
def test_a_deferred_mail_is_tried_again_less_and_less_often(
    attempts: int, again_at: datetime
) -> None:
    assert settled(Verdict.DEFERRED, attempts=attempts) == Settlement(
        status=MessageStatus.RETRY, next_attempt_at=again_at, attempts=attempts + 1
    )


@pytest.mark.parametrize(
    "attempts,again_at,spent",
    [(0, at(6, 1), 1), (6, at(9, 0), 7), (7, at(9, 0), 8), (8, at(9, 0), 8), (45, at(9, 0), 45)],
)
def test_a_fault_of_the_relay_lengthens_the_waits_and_expires_nothing(
    attempts: int, again_at: datetime, spent: int
) -> None:
    assert settled(Verdict.RELAY_FAULT, attempts=attempts) == Settlement(
        status=MessageStatus.RETRY, next_attempt_at=again_at, attempts=spent
    )


@pytest.mark.parametrize(
    "attempts,jitter,again_at",
    [
        (7, -1.0, at(8, 24)),
        (7, 1.0, at(9, 36)),
        (8, 0.5, at(9, 18)),
        (6, 1.0, at(9, 0)),
        (0, -1.0, at(6, 1)),
    ],
)
def test_only_the_repeats_are_spread(attempts: int, jitter: float, again_at: datetime) -> None:
    assert settled(Verdict.DEFERRED, attempts=attempts, jitter=jitter).next_attempt_at == again_at


def test_a_mail_expires_after_five_days_of_deferrals() -> None:
    now, attempts, status = NOW, 0, MessageStatus.RETRY
    while status is MessageStatus.RETRY:
        end = now
        step = settled(Verdict.DEFERRED, attempts=attempts, now=now)
        now, attempts, status = step.next_attempt_at or now, step.attempts, step.status
    assert status is MessageStatus.EXPIRED
    assert attempts == 46
    assert end - NOW == timedelta(days=5, minutes=51)


@pytest.mark.parametrize("attempts, spent", [(45, 46), (46, 47)])
def test_an_expired_mail_is_not_looked_at_again(attempts: int, spent: int) -> None:
    assert settled(Verdict.DEFERRED, attempts=attempts) == Settlement(
        status=MessageStatus.EXPIRED, next_attempt_at=None, attempts=spent
    )


def test_the_first_doubt_is_tried_once_more_after_a_quarter_of_an_hour() -> None:
    assert settled(Verdict.IN_DOUBT, attempts=1, doubts=1) == Settlement(
        status=MessageStatus.UNKNOWN, next_attempt_at=at(6, 15), attempts=2
    )


def test_the_second_doubt_is_shown_and_left_to_people() -> None:
    assert settled(Verdict.IN_DOUBT, attempts=2, doubts=2) == Settlement(
        status=MessageStatus.UNKNOWN, next_attempt_at=None, attempts=3
    )


def test_a_relay_that_is_away_spends_no_attempt() -> None:
    circuit = Circuit().heard(AWAY, address=A, now=NOW)
    assert settled(Verdict.RELAY_AWAY, circuit, attempts=45) == Settlement(
        status=MessageStatus.QUEUED, next_attempt_at=at(6, 1), attempts=45
    )


def test_a_closed_circuit_admits_everything() -> None:
    assert Circuit().admits(NOW)
    assert not Circuit().is_open


def test_a_relay_that_is_away_opens_the_circuit_at_once() -> None:
    circuit = Circuit().heard(AWAY, address=A, now=NOW)
    assert circuit.is_open
    assert not circuit.admits(at(6, 0, 59))
    assert circuit.admits(at(6, 1))


@pytest.mark.parametrize("outcome", [FAULT, DOUBT])
def test_the_third_fault_in_a_row_opens_the_circuit(outcome: Outcome) -> None:
    second = Circuit().heard(outcome, address=A, now=NOW).heard(outcome, address=A, now=NOW)
    assert not second.is_open
    assert second.heard(outcome, address=A, now=NOW).probe_at == at(6, 1)


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.REFUSED])
def test_an_answer_about_a_mail_ends_the_row_of_faults(verdict: Verdict) -> None:
    circuit = Circuit()
    for outcome in (FAULT, FAULT, Outcome(verdict), FAULT, FAULT):
        circuit = circuit.heard(outcome, address=A, now=NOW)
    assert not circuit.is_open


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.REFUSED])
def test_an_answer_about_a_mail_closes_the_circuit(verdict: Verdict) -> None:
    circuit = (
        Circuit().heard(AWAY, address=A, now=NOW).heard(Outcome(verdict), address=A, now=at(6, 1))
    )
    assert circuit == Circuit()


def failing(*addresses: str, now: datetime = NOW) -> Circuit:
    circuit = Circuit()
    for address in addresses:
        circuit = circuit.heard(FAULT, address=address, now=now)
    return circuit


def test_three_faults_of_one_address_make_its_mail_wait_and_nobody_elses() -> None:
    circuit = failing(A, A, A)
    assert circuit.is_open
    assert not circuit.admits(NOW, A)
    assert circuit.admits(NOW, B)
    assert circuit.admits(NOW)


def test_faults_of_two_addresses_make_the_mail_of_both_wait() -> None:
    circuit = failing(A, B, A, A, B, A)
    assert [circuit.admits(NOW, address) for address in (A, B, C)] == [False, False, True]
    assert circuit.probe_at == at(6, 1)


def test_faults_of_three_addresses_are_the_relays() -> None:
    assert not failing(A, B, C).admits(NOW)
    assert not failing(A, A, A, B, C).admits(NOW, "d@maastricht.example")
    assert not failing(A, B, C, "d@maastricht.example").admits(NOW, "e@maastricht.example")


def test_a_relay_that_is_away_is_away_for_every_address() -> None:
    assert not Circuit().heard(AWAY, address=A, now=NOW).admits(NOW, B)
    assert not failing(A, A, A).heard(AWAY, address=B, now=NOW).admits(NOW, C)


def test_a_fault_that_was_under_way_does_not_bring_an_absent_relay_back() -> None:
    away = Circuit().heard(AWAY, address=A, now=NOW)
    assert not away.heard(FAULT, address=B, now=at(6, 0, 30)).admits(at(6, 0, 30), C)


def test_a_relay_that_was_away_and_faults_one_mail_at_a_probe_takes_those_of_others() -> None:
    probed = Circuit().heard(AWAY, address=A, now=NOW).heard(FAULT, address=A, now=at(6, 1))
    assert [probed.admits(at(6, 1), address) for address in (A, B)] == [False, True]


def test_at_a_probe_every_address_is_tried_again() -> None:
    circuit = failing(A, B, C).heard(FAULT, address=A, now=at(6, 1))
    assert circuit.is_open
    assert circuit.probe_at == at(6, 3)
    assert [circuit.admits(at(6, 1), address) for address in (A, B, C)] == [False, True, True]


def test_a_relay_that_answers_one_address_takes_the_mail_of_all() -> None:
    assert failing(A, A, A).heard(ACCEPTED, address=B, now=NOW).admits(NOW, A)


def test_probes_come_after_1_2_5_and_then_every_15_minutes() -> None:
    circuit, probes = Circuit(), []
    for now in (at(6, 0), at(6, 1), at(6, 3), at(6, 8), at(6, 23)):
        circuit = circuit.heard(FAULT, address=A, now=now).heard(AWAY, address=A, now=now)
        probes.append(circuit.probe_at)
    assert probes == [at(6, 1), at(6, 3), at(6, 8), at(6, 23), at(6, 38)]


def test_from_its_moment_on_a_probe_goes_to_any_address_however_late_it_is() -> None:
    circuit = Circuit().heard(AWAY, address=A, now=NOW)
    moments = (at(6, 0, 59), at(6, 1), at(6, 1, 1), at(7, 0))
    assert [circuit.admits(moment, A) for moment in moments] == [False, True, True, True]


def test_by_a_clock_that_is_set_back_a_probe_comes_no_later_than_any_other() -> None:
    circuit = Circuit().heard(AWAY, address=A, now=NOW)  # the probe is at 06:01
    moments = (at(5, 46), at(5, 45, 59), datetime(2020, 7, 9, 6, 0, tzinfo=UTC))
    assert [circuit.admits(moment, A) for moment in moments] == [False, True, True]
    assert circuit.heard(AWAY, address=A, now=at(5, 0)).probe_at == at(5, 2)


def test_after_a_probe_that_was_late_the_next_one_waits_from_then() -> None:
    circuit = Circuit().heard(AWAY, address=A, now=NOW).heard(AWAY, address=A, now=at(6, 10))
    assert circuit.probe_at == at(6, 12)


def test_attempts_that_were_under_way_postpone_no_probe() -> None:
    circuit = Circuit().heard(AWAY, address=A, now=NOW)
    assert circuit.heard(AWAY, address=A, now=at(6, 0, 30)).probe_at == at(6, 1)


def test_one_opening_is_one_incident() -> None:
    closed = Circuit()
    opened = closed.heard(AWAY, address=A, now=NOW)
    probed = opened.heard(AWAY, address=A, now=at(6, 1))
    recovered = probed.heard(ACCEPTED, address=A, now=at(6, 3))
    assert opened.opened_since(closed)
    assert not probed.opened_since(opened)
    assert not recovered.opened_since(probed)
    assert recovered.heard(AWAY, address=A, now=at(6, 4)).opened_since(recovered)


def test_an_open_circuit_holds_the_faults_and_nothing_else() -> None:
    circuit = Circuit().heard(AWAY, address=A, now=NOW)
    held = {v for v in Verdict if settled(v, circuit).status is MessageStatus.QUEUED}
    assert held == {Verdict.RELAY_FAULT, Verdict.RELAY_AWAY}


def test_a_mail_that_waits_for_the_relay_spends_no_attempt_and_returns_at_the_probe() -> None:
    away = Circuit().heard(AWAY, address=A, now=NOW)
    circuit = away.heard(FAULT, address=A, now=at(6, 1))
    assert settled(Verdict.RELAY_FAULT, circuit, attempts=4, now=at(6, 1)) == Settlement(
        status=MessageStatus.QUEUED, next_attempt_at=at(6, 3), attempts=4
    )


def test_the_statuses_are_these() -> None:
    assert [*MessageStatus] == [
        "queued",
        "sending",
        "accepted",
        "retry",
        "unknown",
        "refused",
        "expired",
        "cancelled",
        "held",
    ]

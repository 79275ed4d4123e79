"""Any text in any place of a command or a setting gives a value or one sentence, soon."""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifications.letter import Mailbox
from notifications.message import POLICY, Unsendable, _box
from notifications.typed import typed_fact
from states.model.agreement import Agreement
from states.model.fact_types import Approximate, Key, Line, Reference, Start, Text, fact_type_for
from states.model.facts import build, flatten
from states.model.period import Period, parse_period
from states.model.phrase import Refusal
from states.process import ACTIONS
from tests.agreements import agreement
from tests.clerk import Clerk
from tests.security.clerk import refusal_of
from workflow.engine.deadline_words import past_step
from workflow.people.persons import Naming, names_in
from workflow.system.configuration import configure
from workflow.system.printable import printable, to_json
from workflow.system.settings import is_address

FAST = settings(max_examples=100, deadline=1000, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=40, deadline=2000, suppress_health_check=list(HealthCheck))
ANY = st.text(max_size=60)  # surrogates too
WORDS = [
    "unknown",
    "P3Y",
    "2017-10-12",
    "9999-12-31",
    "2017-02-30",
    "0001",
    "1000.00",
    "1e9",
    "-1",
    "²",
    "٣",
    "yes",
    "true",
]
WORDS += ["last_signature", "a@b.nl", "stop", "", "x" * 400, f"P{'9' * 40}Y"]
LIKELY = st.sampled_from(WORDS)
TEXT = st.one_of(ANY, LIKELY, st.integers().map(str), st.dates().map(str))
KINDS = (date, Period, Decimal, Line, Text, Approximate, Key, int, bool, Start, Reference)


@FAST
@given(st.sampled_from(KINDS), TEXT)
def test_a_fact_of_any_kind_is_read_or_a_value_error(kind: Any, text: str) -> None:
    fact_type = fact_type_for(kind)
    assert fact_type
    try:
        value = fact_type.parse(text)
    except ValueError:
        return
    assert fact_type.parse(fact_type.text(value)) == value


@FAST
@given(TEXT)
def test_what_is_typed_becomes_a_text(text: str) -> None:
    for kind in KINDS:
        assert isinstance(typed_fact(text, fact_type_for(kind), date(2026, 1, 5)), str)


@FAST
@given(st.one_of(TEXT, st.from_regex(r"P[0-9YMWD]{0,12}")))
def test_a_duration_is_a_period_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_period(str(parse_period(text))) == parse_period(text)


@FAST
@given(
    st.one_of(
        TEXT,
        st.from_regex(r"[a-z.,]{1,5}@[a-zé.-]{1,9}"),
        st.from_regex(r"[a-z]@[a-z.-]{1,6}", fullmatch=True),
    )
)
def test_an_address_is_one_or_refused(text: str) -> None:
    suppressed: tuple[type[Exception], ...] = (Unsendable,)
    if is_address(text):
        assert not set(text) & set('\r\n\0 ,;<>"()')
        suppressed = ()  # its mail can be written
    with contextlib.suppress(*suppressed):
        box = _box(Mailbox(name=text, email=text))
        header = POLICY.fold_binary("To", box)
        (only,) = message_from_bytes(header + b"\r\n", policy=default)["To"].addresses
        assert only == box


@FAST
@given(TEXT)
def test_what_is_shown_and_compared_takes_any_text(text: str) -> None:
    assert printable(printable(text)) == printable(text)
    assert to_json(text).encode()
    assert names_in(text) or not text.strip()
    if text.strip():
        Naming([text]).is_in(text * 2)


@FAST
@given(st.one_of(TEXT, st.from_regex(r"[a-z]{1,9}:[a-z1]{0,3}:2017-1[0-9]-12:[+-]?P[0-9][DWMY]")))
def test_a_step_s_name_is_one_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError, IndexError):
        deadline, _step = past_step(text)
        assert deadline.about == text.split(":")[1]


PATHS = st.one_of(
    st.sampled_from([*flatten(agreement()), "instalment.1.amount", "evaluation.x.on", "a.b.c"]),
    st.lists(st.sampled_from(["term", "party", "", "x", "1", "on"]), max_size=4).map(".".join),
    ANY,
)


@FAST
@given(st.dictionaries(PATHS, TEXT, max_size=6))
def test_any_facts_are_an_agreement_or_problems(facts: dict[str, str]) -> None:
    assert refusal_of(lambda: build(Agreement, {**flatten(agreement()), **facts}))


CLERK = Clerk({}, "2017-06-01 10:00")
PAIRS = st.dictionaries(
    st.one_of(st.sampled_from(["on", "outcome", "party", "text", "point.1", "until"]), PATHS),
    TEXT,
    max_size=4,
)


@FEW
@given(st.lists(st.tuples(st.one_of(st.sampled_from((*ACTIONS,)), ANY), PAIRS), max_size=4))
def test_any_keys_and_values_of_do_are_done_or_refused(
    asked: list[tuple[str, dict[str, str]]],
) -> None:
    clerk = CLERK.copy()
    for name, pairs in asked:
        done = clerk.act(name, pairs)
        assert not isinstance(done, Refusal) or str(done)


# Settings ----------------------------------------------------------------------------------------

SOME = st.sampled_from(["mail", "calendar", "alerts", "port", "sender", "tls", "closed_days", "x"])
SETTINGS = st.lists(
    st.one_of(SOME, st.sampled_from(list("[]{}=.,'\"\n# ")), TEXT, st.floats().map(str)),
    max_size=25,
).map("".join)


@FEW
@given(st.one_of(SETTINGS.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary()))
def test_any_bytes_are_settings_or_sentences(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "looptijd.toml"
        path.write_bytes(content)
        assert refusal_of(lambda: configure(str(path)))


NAMES = "MAIL__PORT MAIL__SENDER MAIL__TLS CALENDAR__CLOSED_DAYS CALENDAR__RECESS LANGUAGE"
NAMES += " CALENDAR__ALERT_TIME CALENDAR__TIMEZONE ALERTS__PAYMENT_BEFORE DATABASE__URL"
NAMES += " DAEMON__MAX_CLOCK_JUMP DAEMON__TICK_SECONDS MUNICIPALITY__NAME"
VARIABLES = st.sampled_from(NAMES.split())
JSON = st.sampled_from(["[1]", '["P1M", 2]', "[[]]", "null", '{"a": 1}', '[["2020-01-01"]]'])


@FEW
@given(VARIABLES, st.one_of(TEXT, JSON).filter(lambda text: "\0" not in text))
def test_any_text_in_the_environment_is_a_setting_or_a_sentence(name: str, text: str) -> None:
    variable = f"LOOPTIJD_{name}"
    value = text.encode("utf-8", "replace").decode()
    with pytest.MonkeyPatch.context() as there:
        there.setenv(variable, value)
        assert refusal_of(lambda: configure(os.devnull))


# The ledger's own text ---------------------------------------------------------------------------


@pytest.mark.parametrize("parse", [parse_period, lambda text: Naming([text]).is_in(text)])
@pytest.mark.parametrize("text", ["P" + "1" * 50_000, "a " * 3000, "(" * 5000, "\u0301" * 2000])
def test_no_text_takes_long(parse: Callable[[str], object], text: str) -> None:
    began = time.process_time()
    with contextlib.suppress(ValueError):
        parse(text)

    assert time.process_time() - began < 1


def test_a_period_in_the_environment_is_read_as_it_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOOPTIJD_DAEMON__MAX_CLOCK_JUMP", "P10D")

    assert configure(os.devnull).settings.daemon.max_clock_jump == Period(0, 10)

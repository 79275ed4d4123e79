"""One damaged agreement stays one: it is shown and set apart, and every other alert is in time."""

from pathlib import Path

import pytest

from notifications.language import language
from states.dates.policy import Alerts
from states.model.period import Period
from tests import store
from tests.announced import three
from tests.town import OFFICES, Town, a_town, running, the_usual_town, visiting
from workflow.agreements.quarantine import quarantined, release
from workflow.agreements.queries import UnreadableRow, history, lines, to_come
from workflow.agreements.search import reference
from workflow.agreements.simulate import simulate
from workflow.agreements.tick import Ticked
from workflow.mail.queue import listed, one
from workflow.maintenance.daily import Daily
from workflow.maintenance.figures import measure
from workflow.maintenance.setup import adopt_policy, policy_difference
from workflow.people.office_queries import office_lines
from workflow.system.refusals import Refused
from workflow.system.settings import Mail

pytestmark = pytest.mark.on_sqlite

EVALUATE = "evaluation:final:2018-09-30:-P3M"  # alerts on Friday 29 June 2018 at 08:00
DAMAGE = {
    "unknown stage": "UPDATE agreement SET stage = 'limbo' WHERE id = :a2",
    "unknown ending": "UPDATE agreement SET ending = 'forgotten' WHERE id = :a2",
    "no JSON": "UPDATE facts SET facts = 'x' WHERE agreement_id = :a2",
    "half a JSON": "UPDATE facts SET facts = substr(facts, 1, 40) WHERE agreement_id = :a2",
    "no object": "UPDATE facts SET facts = '[]' WHERE agreement_id = :a2",
    "no facts": "UPDATE facts SET facts = '{}' WHERE agreement_id = :a2",
    "lost facts": "DELETE FROM facts WHERE agreement_id = :a2",
}
DAMAGED_RECORD = {
    "unknown rule": "UPDATE occurrence SET name = 'omen:term:2018-01-01:P0D'"
    " WHERE name LIKE 'activation%' AND agreement_id = :a2",
    "no occurrence": "UPDATE occurrence SET name = 'x'"
    " WHERE name LIKE 'activation%' AND agreement_id = :a2",
    "unknown status": "UPDATE occurrence SET status = 'dreamt'"
    " WHERE name LIKE 'activation%' AND agreement_id = :a2",
}


def damaged(town: Town, statement: str, **values: object) -> Town:
    """Change A-2's rows behind the product's back."""
    number = town.scalar("SELECT id FROM agreement WHERE ref = 'A-2'")
    assert town.change(statement, a2=number, **values)
    return town


def failing(town: Town) -> list[str]:
    """Return what the doctor says of agreements that fail."""
    return [str(c.detail) for c in town.checks("failing") if not c.ok]


def in_list(town: Town, *, attention: bool = False) -> list[str]:
    """Return the references of `list`, damaged ones with a mark."""
    found = list(lines(town.app, attention_only=attention))
    return [f"!{li.ref}" if isinstance(li, UnreadableRow) else li.agreement.ref for li in found]


def test_facts_that_do_not_fit_are_told_in_the_readers_language_and_shortly(town: Town) -> None:
    damaged(three(town), "UPDATE facts SET facts = :f WHERE agreement_id = :a2", f='{"x": "1"}')
    with town.app.reading() as connection, pytest.raises(store.Damaged) as refused:
        store.the_agreement(connection, "A-2")
    told = language("nl").say(refused.value.sentences[0])
    assert told.startswith("A-2 ")
    assert "x: deze sleutel" in told
    assert "(problemen: " in told
    assert "missing" not in told
    assert told.count("deze sleutel") == 1


# What cannot be read -----------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [*DAMAGE.values(), *DAMAGED_RECORD.values()])
def test_a_damaged_row_is_shown_everywhere(town: Town, damage: str) -> None:
    damaged(three(town).at("2018-06-28 08:00"), damage)

    assert in_list(town) == ["A-1", "!A-2", "A-3"]
    assert in_list(town, attention=True) == ["!A-2"]
    assert [(item.ref, item.readable) for item in quarantined(town.app)] == [("A-2", False)]
    assert [shown.split(": ")[0] for shown in failing(town)] == ["A-2 cannot be read"]
    assert {line.agreement.ref for line in list(to_come(town.app))} == {"A-1", "A-3"}


@pytest.mark.parametrize("damage", DAMAGED_RECORD)
def test_a_damaged_record_of_what_is_over_keeps_nothing_from_firing(
    town: Town, damage: str
) -> None:
    damaged(three(town).at("2018-06-28 08:00"), DAMAGED_RECORD[damage])
    assert town.at("2018-06-29 08:00").tick() == Ticked(fired=3, superseded=0, failed=0)
    assert [shown.split(": ")[0] for shown in failing(town)] == ["A-2 cannot be read"]


@pytest.mark.parametrize("damage", DAMAGE)
def test_db_scheduler_and_autogpt_a_damaged_row_fires_nothing_and_the_others_fire(
    town: Town, damage: str
) -> None:
    damaged(three(town).at("2018-06-28 08:00"), DAMAGE[damage])
    before = town.counts()

    town.at("2018-06-29 08:00")
    assert town.tick() == Ticked(fired=2, superseded=0, failed=1)
    assert town.counts() == before | {
        "event": before["event"] + 2,
        "occurrence": before["occurrence"] + 2,
        "message": before["message"] + 2,
    }
    assert [shown.split(": ")[0] for shown in failing(town)] == ["A-2 cannot be read"]


def test_what_is_damaged_is_told_in_one_sentence_and_its_history_is_still_there(
    town: Town,
) -> None:
    damaged(three(town), DAMAGE["no JSON"])
    with town.app.reading() as connection, pytest.raises(store.Damaged) as refused:
        store.the_agreement(connection, "A-2")
    assert str(refused.value).startswith("A-2 is registered but cannot be read: DecodeError(")
    assert refused.value.exit_code == 1
    assert [line.event.action for line in history(town.app, "A-2")] == ["register"]


def test_a_stage_that_is_no_text_is_none_and_hides_no_other(tmp_path: Path) -> None:
    """SQLite keeps bytes as one, and of one such row no list and no figure could be printed."""
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        three(town).at("2018-06-29 08:00")
        town.change("UPDATE agreement SET stage = X'FF' WHERE ref = 'A-2'")
        assert in_list(town) == ["A-1", "!A-2", "A-3"]
        assert [li.stage for li in lines(town.app) if isinstance(li, UnreadableRow)] == [""]
        assert measure(town.app).agreements[""] == 1
        assert town.tick() == Ticked(fired=2, superseded=0, failed=1)


def test_a_reference_that_is_no_text_keeps_no_other_from_being_found(tmp_path: Path) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        three(town).change("UPDATE agreement SET ref = X'FF' WHERE ref = 'A-2'")
        assert reference(town.app, "a-3") == "A-3"
        assert town.problems() == [
            (r"b'\xff'", "its ledger is missing"),
            (r"b'\xff'", "it cannot be read: ValueError('its facts are those of A-2')"),
            ("A-2", "the ledger knows it, the register does not"),
        ]


@pytest.mark.parametrize("number", ["X'FF'", "'x'"])
def test_a_last_event_that_has_no_number_is_told_and_mended(tmp_path: Path, number: str) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        three(town).change(f"UPDATE agreement SET seq = {number} WHERE ref = 'A-2'")  # noqa: S608
        refusal = str(town.refusal("A-2", "note", text="gebeld"))
        assert "cannot be read: TypeError" in refusal
        assert "its last event is number" in refusal
        Daily().finish(town.app)
        town.do_with("A-2", "note", text="gebeld")
        assert town.problems() == []


@pytest.mark.on_both
def test_an_empty_ending_is_none_and_keeps_no_alert_back(town: Town) -> None:
    """It is read as none, so nothing differs that could be mended."""
    three(town).change("UPDATE agreement SET ending = '' WHERE ref = 'A-2'")
    assert town.at("2018-06-29 08:00").tick() == Ticked(fired=3, superseded=0, failed=0)
    assert town.problems() == []


@pytest.mark.on_both
def test_a_mail_with_less_than_no_doubts_leaves_and_stands_in_no_other_s_way(town: Town) -> None:
    three(town).at("2018-06-29 08:00").tick()
    town.change("UPDATE message SET doubts = -1 WHERE id = 1")
    town.deliver()
    assert town.mails("status") == ["accepted", "accepted", "accepted"]


@pytest.mark.parametrize("doubts", ["X'FF'", "'x'"])
def test_so_does_one_whose_doubts_are_no_number(tmp_path: Path, doubts: str) -> None:
    """Of one such row no mail left any more, of whatever agreement."""
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        three(town).at("2018-06-29 08:00").tick()
        town.change(f"UPDATE message SET doubts = {doubts} WHERE id = 1")  # noqa: S608
        town.deliver()
        assert town.mails("status, doubts") == [("accepted", 0)] * 3


def test_a_mail_whose_status_is_no_text_keeps_no_list_and_no_figure_back(tmp_path: Path) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        three(town).at("2018-06-29 08:00").tick()
        town.change("UPDATE message SET status = X'FF' WHERE id = 2")
        rows, _ = listed(town.app, status=None, ref=None)
        assert [row.status for row in rows] == ["queued", "", "queued"]
        assert measure(town.app).mail[""] == 1


@pytest.mark.parametrize("column", ["reply", "last_error"])
def test_what_a_relay_said_that_is_no_text_is_shown_as_nothing(tmp_path: Path, column: str) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        three(town).at("2018-06-29 08:00").one_pass()
        town.change(f"UPDATE message SET {column} = X'FF' WHERE id = 2")  # noqa: S608
        assert getattr(one(town.app, "2"), column) == ""


def test_an_office_whose_key_is_no_text_keeps_no_list_back(tmp_path: Path) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        three(town).change("UPDATE office SET key = X'FF' WHERE key = 'financien'")
        keys = ["gemeentesecretaris", "secretariaat", "sociaal-domein", ""]
        assert [line.office.key for line in office_lines(town.app)] == keys
        Daily().finish(town.app)  # what its ledger says stands beside it
        assert "financien" in [line.office.key for line in office_lines(town.app)]
        assert ("office:", "its ledger is missing") in town.problems()


@pytest.mark.parametrize(
    "moment,waits_for",
    [("", "time"), ("0", "time"), ("tomorrow", "us"), ("2018-06-29 99:00:00.000000", "us")],
)
def test_a_moment_that_is_none_hides_no_row(tmp_path: Path, moment: str, waits_for: str) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        three(town).at("2018-06-29 08:00")
        town.change("UPDATE agreement SET next_alert_at = :m WHERE ref = 'A-2'", m=moment)
        assert in_list(town) == ["A-1", "!A-2", "A-3"]
        town.tick()
        assert [town.fired(f"A-{n}") for n in (1, 2, 3)] == [[EVALUATE], [], [EVALUATE]]
        if waits_for == "us":
            release(town.app, "A-2")
        town.at("2018-06-29 08:01").tick()
        assert town.fired("A-2") == [EVALUATE]
        assert town.problems() == []


def test_a_recorded_moment_that_is_none_hides_no_row(tmp_path: Path) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        three(town).at("2018-06-29 08:00")
        damaged(town, "UPDATE occurrence SET at = 'once' WHERE agreement_id = :a2")
        assert in_list(town) == ["A-1", "!A-2", "A-3"]
        assert town.tick() == Ticked(fired=3, superseded=0, failed=0)
        assert in_list(town) == ["A-1", "!A-2", "A-3"]


# What raises -------------------------------------------------------------------------------------


def without_an_end(town: Town) -> Town:
    """Damage A-2 so that it can be read, and that deriving its dates raises: it ends after 9999."""
    extended = "".join(f'"extension.{number}.length":"P99Y",' for number in range(1, 100))
    adding = "UPDATE facts SET facts = replace(facts, :old, :new) WHERE agreement_id = :a2"
    return damaged(town, adding, old='"ref"', new=f'{extended}"ref"')


def repaired(town: Town) -> Town:
    """Give A-2 the facts of its neighbour, which differ in the reference only."""
    copying = (
        "UPDATE facts SET facts = (SELECT replace(f.facts, 'A-1', 'A-2') FROM facts f"
        " JOIN agreement a ON a.id = f.agreement_id WHERE a.ref = 'A-1') WHERE agreement_id = :a2"
    )
    damaged(town, copying)
    return town


def tries(town: Town, minutes: int) -> list[int]:
    """Let the daemon look every minute; return the minutes at which A-2 was tried."""
    tried = []
    for minute in range(minutes):
        if town.tick().failed:
            tried.append(minute)
        town.later(minutes=1)
    return tried


def test_what_fails_is_tried_after_1_2_4_and_8_minutes_and_then_once_an_hour(town: Town) -> None:
    without_an_end(three(town)).at("2018-06-29 08:00")
    assert tries(town, 4 * 60) == [0, 1, 3, 7, 15, 75, 135, 195]


def test_what_fails_is_not_looked_at_before_it_is_tried_again(town: Town) -> None:
    without_an_end(three(town)).at("2018-06-29 08:00").tick()
    with town.app.writing() as connection:
        assert not store.anything_due(connection, town.clock.now())
        assert store.due(connection, town.clock.now(), 500) == []
        assert store.next_look(connection) == town.later(minutes=1).clock.now()


def test_what_raises_is_listed_as_damaged_and_in_quarantine_from_the_fifth_failure_on(
    town: Town,
) -> None:
    without_an_end(three(town)).at("2018-06-29 08:00")
    assert in_list(town, attention=True) == ["!A-2"]
    tries(town, 15)
    assert quarantined(town.app) == []
    town.tick()
    assert [(q.ref, q.failures, q.readable) for q in quarantined(town.app)] == [("A-2", 5, True)]
    assert [shown.split(": ")[0] for shown in failing(town)] == ["A-2 fails (5×)"]
    assert [c.ok for c in town.checks("overdue")] == [True]


def test_what_is_repaired_fires_at_its_next_try_and_is_in_quarantine_no_more(town: Town) -> None:
    without_an_end(three(town)).at("2018-06-29 08:00")
    tries(town, 20)
    repaired(town).at("2018-06-29 09:14")
    assert town.tick() == Ticked(0, 0, 0)
    town.at("2018-06-29 09:15")
    assert town.tick() == Ticked(fired=1, superseded=0, failed=0)
    assert (quarantined(town.app), failing(town), town.problems()) == ([], [], [])


def test_what_is_released_is_tried_at_the_next_tick(town: Town) -> None:
    without_an_end(three(town)).at("2018-06-29 08:00")
    tries(town, 20)
    repaired(town)
    release(town.app, "A-2")
    assert quarantined(town.app) == []
    assert town.tick() == Ticked(fired=1, superseded=0, failed=0)
    assert town.fired("A-2") == [EVALUATE]


def test_what_is_released_and_still_fails_comes_back(town: Town) -> None:
    without_an_end(three(town)).at("2018-06-29 08:00")
    tries(town, 20)
    release(town.app, "A-2")
    assert tries(town, 20) == [0, 1, 3, 7, 15]
    assert [item.ref for item in quarantined(town.app)] == ["A-2"]


def test_what_is_in_no_quarantine_is_not_released(town: Town) -> None:
    three(town)
    with pytest.raises(Refused, match="A-1 is not in quarantine; nothing changes"):
        release(town.app, "A-1")


def test_what_failed_once_and_has_nothing_due_any_more_is_well_again(town: Town) -> None:
    without_an_end(three(town)).at("2018-06-29 08:00").tick()
    repaired(town).at("2018-06-28 08:00").confirm()  # the clock was wrong: nothing was due yet
    assert town.tick() == Ticked(0, 0, 0)
    assert failing(town) == []
    assert town.problems() == []


def test_an_action_on_what_failed_lets_it_fire_again(town: Town) -> None:
    without_an_end(three(town)).at("2018-06-29 08:00").tick()
    repaired(town).do_with("A-2", "note", text="hersteld")
    assert town.fired("A-2") == [EVALUATE]
    assert failing(town) == []


@pytest.mark.on_both
def test_simulating_comes_to_an_end_when_an_agreement_fails(town: Town) -> None:
    without_an_end(three(town)).at("2018-06-29 07:00")
    found = simulate(town.app, [], until=town.today)
    assert [item.ref for item in found] == ["A-1", "A-3"]


# What cannot be written --------------------------------------------------------------------------


def unwritable(town: Town) -> Town:
    """Let A-2's next event be in the ledger already, so that writing it breaks the unique key."""
    town.change(
        "INSERT INTO event (stream, seq, at, payload, hash)"
        " SELECT stream, seq + 1, at, payload, hash FROM event WHERE stream = 'agreement:A-2'"
    )
    return town


def test_what_cannot_be_written_fails_alone_and_the_others_are_written_one_by_one(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    unwritable(three(town)).at("2018-06-29 08:00")
    assert town.tick() == Ticked(fired=2, superseded=0, failed=1)
    assert [town.fired(f"A-{n}") for n in (1, 2, 3)] == [[EVALUATE], [], [EVALUATE]]
    said = [record.getMessage() for record in caplog.records if record.name == "looptijd"]
    assert said == ["batch_undone", "firing_failed"]
    assert "unique" in failing(town)[0].lower()
    assert tries(town.later(minutes=1), 20) == [0, 2, 6, 14]


def test_what_is_recorded_already_without_the_engines_knowing_fails_alone(town: Town) -> None:
    three(town).at("2018-06-29 08:00")
    damaged(
        town,
        "INSERT INTO occurrence (agreement_id, name, status, at)"
        " VALUES (:a2, :name, 'fired', '2018-06-01 08:00:00+00:00')",
        name=EVALUATE,
    )
    assert town.tick() == Ticked(fired=2, superseded=0, failed=1)
    assert "unique" in failing(town)[0].lower()
    assert town.later(minutes=1).tick() == Ticked(0, 0, 0)


@pytest.mark.on_both
def test_a_mail_that_is_queued_already_holds_up_its_own_agreement_only(town: Town) -> None:
    three(town).at("2018-06-29 08:00").tick()
    columns = "message_id, rule, cause, role, office, status"
    rows = town.query(f"SELECT {columns} FROM message ORDER BY id")  # noqa: S608
    folder = town.folder / "twin"
    folder.mkdir()
    with visiting(a_town(f"sqlite:///{folder / 'twin.db'}", folder)) as twin:
        three(twin).change(
            "UPDATE register SET uid = :uid", uid=town.scalar("SELECT uid FROM register")
        )
        twin.change(
            f"INSERT INTO message ({columns}, generation, caught_up, late_by, escalates, attempts,"  # noqa: S608
            " in_doubt, doubts, created_at) VALUES (:message_id, :rule, :cause, :role, :office,"
            " :status, 1, false, 0, false, 0, false, 0, :at)",
            at="2018-06-01 08:00:00.000000",
            **rows[1]._mapping,
        )
        twin.at("2018-06-29 08:00")
        assert twin.tick() == Ticked(fired=2, superseded=0, failed=1)
        assert [twin.fired(f"A-{n}") for n in (1, 2, 3)] == [[EVALUATE], [], [EVALUATE]]


def test_airflow_58560_of_a_hundred_agreements_with_ten_poisoned_among_them_ninety_fire(
    town: Town,
) -> None:
    many = "".join(running(f"R-{number:04}") for number in range(100))
    town.at("2018-06-01 10:00").register(OFFICES, many, history=True)
    town.change(
        "INSERT INTO event (stream, seq, at, payload, hash) SELECT stream, seq + 1, at, payload,"
        " hash FROM event WHERE stream LIKE 'agreement:R-0%5' AND stream < 'agreement:R-0100'"
    )
    town.at("2018-06-29 08:00")
    assert town.tick() == Ticked(fired=90, superseded=0, failed=10)
    assert town.tick() == Ticked(0, 0, 0)


def test_a_poisoned_agreement_is_told_to_the_operator_once(
    database_url: str, tmp_path: Path
) -> None:
    mail = Mail(operator="beheer@maastricht.example", sender="l@maastricht.example")
    with visiting(the_usual_town(database_url, tmp_path, mail=mail)) as town:
        unwritable(three(town)).at("2018-06-29 08:00")
        for _ in range(3 * 24):
            town.one_pass()
            town.later(hours=1)
        shown = [m for m in town.relay.accepted if m.to == "beheer@maastricht.example"]
        assert [mail.at[:14] for mail in shown] == ["Fri 2018-06-29"]
        assert "A-2" in shown[0].words


# What else meets an agreement that fails ----------------------------------------------------------


@pytest.mark.on_both
def test_whoever_looks_at_all_agreements_goes_on_past_one_whose_dates_cannot_be_derived(
    town: Town,
) -> None:
    without_an_end(three(town))
    assert {ref for ref, _ in town.problems()} == {"A-2"}
    assert any("its dates cannot be derived" in shown for ref, shown in town.problems())
    longer = town.configured(alerts=Alerts(evaluation_before=(Period(4), Period(3))))
    assert any(name.startswith("A-3") for name in policy_difference(longer.app).suppressed)
    adopt_policy(longer.app)
    assert town.at("2018-06-29 08:00").tick().failed == 1
    assert town.fired("A-3") == [EVALUATE]


def test_what_fails_because_its_rows_were_changed_is_mended_within_a_day(town: Town) -> None:
    without_an_end(three(town)).at("2018-06-29 08:00")
    assert town.tick().failed == 1
    Daily().finish(town.app)
    assert town.problems() == []
    assert town.tick() == Ticked(fired=1, superseded=0, failed=0)
    assert town.fired("A-2") == [EVALUATE]

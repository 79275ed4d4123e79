"""The reconciler: what differs from the ledger is found within a day, told, and mended from it."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Never

import pytest
from msgspec.structs import replace

from states.model.events import Dossier
from states.model.phrase import say
from states.model.stage import Stage
from tests.audits import exported, judged
from tests.store import Unavailable, at_savepoints, commit_unheard, go_away
from tests.town import OFFICES, Town, a_town, an_app, running, unguarded, visiting, walked_once
from workflow.agreements.quarantine import release
from workflow.agreements.tick import tick
from workflow.engine import deadlines, plan
from workflow.engine.engine import as_demanded
from workflow.engine.event_words import BY_THE_ENGINE
from workflow.engine.ledger import FoldedState
from workflow.maintenance import reconcile as reconciling
from workflow.maintenance.adopt import Choice, adopt, preview
from workflow.maintenance.backup import back_up, restore
from workflow.maintenance.compare import Comparison, as_the_ledger_says
from workflow.maintenance.daily import Daily
from workflow.maintenance.doctor import doctor
from workflow.maintenance.reconcile import Reconciler
from workflow.people.erase import erase
from workflow.people.office_queries import office_history, office_lines
from workflow.system.settings import Mail

pytestmark = pytest.mark.on_sqlite

LEAD, CALL = "evaluation:final:2018-06-30:-P1M", "evaluation:final:2018-06-30:P0D"
READER = "bastiaens@maastricht.example"
MAIL = Mail(sender="Looptijd <looptijd@maastricht.example>", operator="beheer@maastricht.example")


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give three agreements, each evaluated on 30 June 2018, on the morning after a lead fired."""
    with visiting(three(database_url, tmp_path)) as made:
        yield made


def three(url: str, folder: Path) -> Town:
    return reminded(a_town(url, folder, "2018-05-01 10:00", mail=MAIL, language="en"))


@walked_once
def reminded(town: Town) -> Town:
    """Register the three, and let a daemon look until the first reminder of each has left."""
    contents = (running(f"R-{number}", length="P9M") for number in (1, 2, 3))
    town.register(OFFICES, *contents, history=True).until("2018-05-31 10:00")
    town.relay.forget()
    return town


def reconcile(town: Town) -> Town:
    """Let a day pass and do the daily work of one daemon."""
    Daily().finish(town.later(days=1).app)
    return town


def told_the_operator(town: Town) -> list[str]:
    """Return the text of each mail to the operator."""
    return [mail.words for mail in town.relay.accepted if mail.to == MAIL.operator]


def reconciled(town: Town) -> list[str]:
    """Return the reasons of the events with which agreements were mended, by reference."""
    rows = town.query("SELECT stream, payload FROM event WHERE payload LIKE '%reconcile%'")
    return sorted(f"{row.stream[10:]}: {json.loads(row.payload)['reason']}" for row in rows)


SAID_TO_HAVE_FIRED = (
    "INSERT INTO occurrence SELECT agreement_id, replace(name, '-P1M', 'P0D'), status, at"
    " FROM occurrence WHERE agreement_id = 2 AND name LIKE 'evaluation%-P1M'"
)
FAILING_AND_TOO_LATE = (
    "UPDATE agreement SET failures = 1, next_alert_at = '2018-07-29 06:00:00' WHERE id = 2"
)
LOOK = "its next look is not planned when its facts demand it"
RECORDS = "what was recorded of its deadlines is not what the ledger says"
AGAIN = "an alert that was closed ahead of its time is asked for again"
COUNT = "its failures are counted as -1"
FACTS = "its facts are not those of the ledger"
STAGE = "its stage is not that of the ledger"


@pytest.mark.parametrize(
    "damage, shown",
    [
        ("UPDATE agreement SET next_alert_at = NULL WHERE ref = 'R-2'", LOOK),
        (
            "UPDATE agreement SET next_alert_at = '2031-01-01 07:00:00+00:00' WHERE ref = 'R-2'",
            LOOK,
        ),
        ("UPDATE agreement SET stage = 'evaluation' WHERE ref = 'R-2'", STAGE),
        ("UPDATE agreement SET stage = 'ended', ending = 'expired' WHERE ref = 'R-2'", STAGE),
        ("UPDATE facts SET facts = replace(facts, 'P9M', 'P9Y') WHERE agreement_id = 2", FACTS),
        ("UPDATE facts SET facts = '{' WHERE agreement_id = 2", "it cannot be read"),
        ("UPDATE agreement SET stage = 'no such stage' WHERE ref = 'R-2'", "it cannot be read"),
        ("DELETE FROM facts WHERE agreement_id = 2", "it cannot be read"),
        ("DELETE FROM occurrence WHERE agreement_id = 2 AND name LIKE 'evaluation%-P1M'", RECORDS),
        (SAID_TO_HAVE_FIRED, RECORDS),
        ("UPDATE agreement SET failures = -1, next_alert_at = NULL WHERE ref = 'R-2'", COUNT),
        ("UPDATE agreement SET failures = 7, next_alert_at = NULL WHERE ref = 'R-2'", LOOK),
        (FAILING_AND_TOO_LATE, LOOK),
    ],
)
def test_what_differs_is_mended_from_the_ledger_and_fires_once(
    town: Town, damage: str, shown: str
) -> None:
    assert town.change(damage) == 1
    assert [ref for ref, _ in town.problems()]
    reconcile(town)
    assert len(reconciled(town)) == 1
    assert shown in reconciled(town)[0]
    assert reconciled(town)[0].startswith("R-2: ")
    assert town.problems() == []
    town.until("2018-06-29 10:00")
    assert town.fired("R-2") == [LEAD, CALL]
    calls = [mail for mail in town.relay.accepted if "R-2" in mail.subject]
    assert len(calls) == 1
    incidents = [mail for mail in town.relay.accepted if mail.to == MAIL.operator]
    assert len(incidents) == 1
    assert "R-2" in incidents[0].words


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE agreement SET head = 'x' WHERE ref = 'R-2'",
        "UPDATE agreement SET stage = 'no such stage' WHERE ref = 'R-2'",
        "UPDATE facts SET facts = '{' WHERE agreement_id = 2",
    ],
)
def test_what_a_tick_fails_of_is_mended_at_once_and_fires_within_minutes(
    town: Town, damage: str
) -> None:
    Daily().finish(town.at("2018-06-29 07:00").app)  # the next look is tomorrow's
    town.change(damage)
    looked_at(town, "2018-06-29 08:00")
    tick(town.at("2018-06-29 08:02").app)
    fired = town.query("SELECT agreement_id FROM occurrence WHERE name = :name", name=CALL)
    assert sorted(row.agreement_id for row in fired) == [1, 2, 3]
    assert town.problems() == []


def test_what_nobody_looked_at_when_it_failed_is_mended_when_it_fails_again(town: Town) -> None:
    """The database went when its failure was noted, and it waited for the next day's look."""
    Daily().finish(town.at("2018-06-29 07:00").app)
    town.change("UPDATE agreement SET head = 'x' WHERE ref = 'R-2'")
    tick(town.at("2018-06-29 08:00").app)
    looked_at(town, "2018-06-29 08:01")
    tick(town.at("2018-06-29 08:02").app)
    fired = town.query("SELECT agreement_id FROM occurrence WHERE name = :name", name=CALL)
    assert sorted(row.agreement_id for row in fired) == [1, 2, 3]
    assert town.problems() == []


def looked_at(town: Town, moment: str) -> None:
    ticked = tick(town.at(moment).app)
    Daily().step(town.app, fails=ticked.failed > 0)


def test_each_that_is_mended_at_once_is_told_also_of_one_day(town: Town) -> None:
    Daily().finish(town.at("2018-06-29 07:00").app)
    for number, moment in ((2, "2018-06-29 08:00"), (3, "2018-06-29 08:02")):
        damage = "UPDATE agreement SET stage = 'x', next_alert_at = '2018-06-29 05:00:00.000000'"
        town.change(f"{damage} WHERE id = {number}")
        looked_at(town, moment)
    assert town.problems() == []
    mails = town.query("SELECT cause FROM message WHERE rule = 'incident' ORDER BY id")
    causes = [row.cause for row in mails]
    assert causes == ["incident:mended:R-2:2018-06-29", "incident:mended:R-3:2018-06-29"]


@pytest.mark.on_both
def test_what_fails_of_something_else_is_looked_at_without_a_lock_and_is_not_mended(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lock would be taken of each, and an operator waits for those."""
    Daily().finish(town.at("2018-06-29 07:00").app)

    def raises(*_: object, **__: object) -> None:
        raise RuntimeError("a rule raises")

    monkeypatch.setattr("workflow.agreements.tick.from_plan", lambda *_, **__: None)
    monkeypatch.setattr("workflow.agreements.tick.fire_due", raises)
    monkeypatch.setattr("workflow.maintenance.reconcile._mend", raises)
    looked_at(town, "2018-06-29 08:00")
    rows = town.query("SELECT failures, seq FROM agreement ORDER BY id")
    assert [tuple(row) for row in rows] == [(1, 2), (1, 2), (1, 2)]


def test_what_was_closed_ahead_of_its_time_and_is_asked_for_again_is_asked_for(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = '[[agreement.obligation]]\nkey = "report"\nwhat = "report"\non = 2018-06-29'
    town.register(running("R-4", more=report), history=True)
    town.do_with("R-4", "waive", obligation="report", reason="niet nodig")
    with monkeypatch.context() as forgetful:
        forgetful.setattr(deadlines, "asked_again", lambda *_: ())
        town.do_with("R-4", "undo", reason="toch nodig")

    assert town.problems() == [("R-4", AGAIN)]
    assert reconciled(reconcile(town)) == [f"R-4: {AGAIN}"]
    town.tick()
    town.until("2018-06-29 10:00")
    assert town.problems() == []
    assert [name for name in town.fired("R-4") if name.startswith("obligation")] == [
        "obligation:report:2018-06-29:-P4W",
        "obligation:report:2018-06-29:P0D",
    ]


@pytest.mark.parametrize(
    "moment", ["'2018W265T060000'", "'20180629T060000'", "'2018-06-29T06:00:00+00:00'", "1e10"]
)
def test_an_instant_that_sqlite_sorts_wrongly_fails_doctor_is_mended_and_fires_once(
    tmp_path: Path, moment: str
) -> None:
    with visiting(three(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        town.change(f"UPDATE agreement SET next_alert_at = {moment} WHERE ref = 'R-2'")  # noqa: S608
        assert "failing" in faults(town)
        reconcile(town)
        assert "it cannot be read" in reconciled(town)[0]
        assert faults(town) == []
        town.until("2018-06-29 10:00")
        assert town.fired("R-2") == [LEAD, CALL]
        assert len([mail for mail in town.relay.accepted if "R-2" in mail.subject]) == 1


@pytest.mark.parametrize("failures", ["-1", "7"])
def test_doctor_fails_while_a_look_is_not_planned(town: Town, failures: str) -> None:
    assert faults(town) == []
    town.change(f"UPDATE agreement SET failures = {failures}, next_alert_at = NULL WHERE id = 2")  # noqa: S608
    assert faults(town) != []
    reconcile(town)
    assert faults(town) == []


def faults(town: Town) -> list[str]:
    """Return what doctor finds wrong with the agreements."""
    names = {"overdue", "failing"}
    return [check.name for check in doctor(town.app) if not check.ok and check.name in names]


def test_an_agreement_whose_rows_are_all_gone_comes_back_from_the_ledger(town: Town) -> None:
    for table in ("message", "facts", "occurrence"):
        town.change(f"DELETE FROM {table} WHERE agreement_id = 2")  # noqa: S608 - named above
    town.change("DELETE FROM agreement WHERE ref = 'R-2'")
    reconcile(town)
    assert town.stage("R-2") == "active"
    town.until("2018-06-29 10:00")
    assert town.fired("R-2") == [LEAD, CALL]
    assert [ref for ref, _ in town.problems()] == ["R-2"]  # its mails are gone, and that is said


# PostgreSQL keeps a row that others stand under.
def test_an_agreement_whose_row_is_gone_comes_back_with_its_mails(town: Town) -> None:
    with closing(sqlite3.connect(town.folder / "looptijd.db")) as database:
        database.execute("DELETE FROM agreement WHERE ref = 'R-2'")
        database.commit()
    reconcile(town)
    assert town.problems() == []
    assert town.scalar("SELECT ref FROM agreement WHERE id = 2") == "R-2"


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM office WHERE key = 'sociaal-domein'",
        "UPDATE office SET facts = 'x' WHERE key = 'sociaal-domein'",
        "UPDATE office SET facts = '[]' WHERE key = 'sociaal-domein'",
        "UPDATE office SET facts = replace(facts, '2018-06-01', '2028-06-01')",
        "UPDATE office SET seq = 7, head = 'x' WHERE key = 'sociaal-domein'",
    ],
)
def test_an_office_is_mended_too_and_its_mail_leaves(town: Town, damage: str) -> None:
    town.change(damage)
    assert {name for name, _ in town.problems()} == {"office:sociaal-domein"}
    reconcile(town)
    assert town.problems() == []
    town.deliver()
    (incident,) = told_the_operator(town)
    assert "Mended from the ledger" in incident
    assert "office “sociaal-domein”. Find out who" in incident
    assert "looptijd office history KEY" in incident
    _, events = office_history(town.app, "sociaal-domein")
    told = BY_THE_ENGINE[events[-1].event.action]
    assert str(told) == "the register was mended from its ledger"
    town.until("2018-07-01 10:00")
    assert len([mail for mail in town.relay.accepted if mail.to == READER]) == 3
    assert judged(exported(town)) == (0, [])


def test_an_office_that_cannot_be_read_keeps_nobodys_mail(town: Town) -> None:
    town.change("UPDATE office SET facts = 'x'")
    town.hand_over("financien", "nieuw@maastricht.example")
    town.at("2018-07-02 10:00").one_pass()
    assert {mail.to for mail in town.relay.accepted} >= {READER, "nieuw@maastricht.example"}


# A-0 and B-0 have no mails, which would tell their rows the numbers that they had.
@pytest.mark.parametrize("which", ["WHERE ref = 'A-0'", ""])
def test_rows_that_come_back_own_their_mails_alone_and_can_be_backed_up(
    town: Town, which: str
) -> None:
    town.register(*(running(ref, length="P5Y") for ref in ("A-0", "B-0")), history=True)
    with closing(sqlite3.connect(town.folder / "looptijd.db")) as database:
        database.execute(f"DELETE FROM agreement {which}")  # noqa: S608 - named above
        database.commit()
    reconcile(town)
    assert town.problems() == []
    assert back_up(town.app, town.folder / "register.backup").rows > 0


def test_facts_of_one_that_cannot_come_back_are_kept(town: Town) -> None:
    unguarded(town).change("UPDATE event SET hash = 'x' WHERE stream = 'agreement:R-2'")
    with closing(sqlite3.connect(town.folder / "looptijd.db")) as database:
        database.execute("DELETE FROM agreement WHERE ref = 'R-2'")
        database.commit()
    reconcile(town)
    assert town.scalar("SELECT count(*) FROM facts WHERE agreement_id = 2") == 1
    assert town.query("SELECT ref FROM agreement ORDER BY ref") == [("R-1",), ("R-3",)]


def test_the_row_of_another_office_is_read_from_the_ledger(town: Town) -> None:
    for key, other in (("", "sociaal-domein"), ("sociaal-domein", "financien"), ("financien", "")):
        town.change("UPDATE office SET key = :key WHERE key = :other", key=key, other=other)
    town.until("2018-06-29 10:00")
    assert READER in {mail.to for mail in town.relay.accepted}
    assert "geld@maastricht.example" not in {mail.to for mail in town.relay.accepted}


def test_a_row_under_the_key_of_no_office_leaves_the_others_listed(town: Town) -> None:
    town.change("UPDATE office SET key = 'x' WHERE key = 'financien'")
    listed = [line.office.key for line in office_lines(town.app)]
    assert listed == ["gemeentesecretaris", "secretariaat", "sociaal-domein", "x"]


def test_a_row_under_another_reference_is_named_and_the_agreement_comes_back(town: Town) -> None:
    town.change("UPDATE agreement SET ref = 'A-9' WHERE ref = 'R-2'")
    assert {ref for ref, _ in town.problems()} == {"A-9", "R-2"}
    reconcile(town)
    assert town.stage("R-2") == "active"
    town.until("2018-06-29 10:00")
    assert town.fired("R-2") == [LEAD, CALL]


def test_a_register_in_order_gets_no_event(town: Town) -> None:
    before = town.counts()
    reconcile(town)
    assert town.counts() == before
    assert town.scalar("SELECT count(*) FROM register WHERE reconciled_at IS NOT NULL") == 1


def test_a_pass_is_made_once_a_day_and_in_pieces(town: Town) -> None:
    daily = Daily()
    town.later(days=1)
    pieces = 0
    while not town.scalar("SELECT count(*) FROM register WHERE reconciled_at IS NOT NULL"):
        daily.step(town.app)
        pieces += 1
    assert pieces == 2  # the three agreements, and the end
    town.change("UPDATE agreement SET next_alert_at = NULL")
    daily.step(town.later(hours=19).app)
    assert reconciled(town) == []
    daily.step(town.later(hours=2).app)
    assert len(reconciled(town)) == 3


def test_a_pass_begins_anew_however_long_nothing_was_done_since_the_last_one(town: Town) -> None:
    reconciler = Reconciler()
    for _ in range(2):  # the three agreements, and the end
        reconciler.step(town.app)
    town.change("UPDATE agreement SET next_alert_at = NULL")
    reconciler.step(town.later(hours=21).app)
    assert len(reconciled(town)) == 3


def test_a_clock_that_was_a_year_ahead_does_not_end_the_passes(town: Town) -> None:
    Reconciler().whole_pass(town.at("2019-05-31 10:00").app)
    town.change("UPDATE agreement SET next_alert_at = NULL")
    Reconciler().whole_pass(town.at("2018-06-01 10:00").app)
    assert len(reconciled(town)) == 3


def test_a_broken_chain_is_told_and_nothing_is_mended_from_it(town: Town) -> None:
    unguarded(town).change(
        "UPDATE event SET payload = replace(payload, 'P9M', 'P9Y') WHERE stream = 'agreement:R-2'"
    )
    before = town.query("SELECT * FROM facts ORDER BY agreement_id")
    reconcile(town)
    assert reconciled(town) == []
    assert town.query("SELECT * FROM facts ORDER BY agreement_id") == before
    town.deliver()
    told = told_the_operator(town)
    (incident,) = (words for words in told if "R-2" in words)  # the other is of the triggers
    assert "looptijd verify" in incident


def test_doctor_fails_as_long_as_an_agreement_cannot_be_mended(town: Town) -> None:
    changed = "UPDATE event SET payload = replace(payload, :old, :new) WHERE stream = :of"
    unguarded(town).change(changed, old="P9M", new="P9Y", of="agreement:R-2")
    reconcile(town)
    (said,) = not_mended(town)
    assert said.endswith("cannot be mended from it (1): R-2. See: looptijd verify")
    town.change(changed, old="P9Y", new="P9M", of="agreement:R-2")
    reconcile(town)
    assert not_mended(town) == []


def not_mended(town: Town) -> list[str]:
    """Return what doctor says of agreements that the daily look could not mend."""
    said = (str(check.detail) for check in doctor(town.app) if not check.ok)
    return [detail for detail in said if "cannot be mended" in detail]


def test_a_mail_that_is_gone_from_the_outbox_is_told(town: Town) -> None:
    assert town.change("DELETE FROM message WHERE agreement_id = 2 AND rule = 'evaluation'") == 1
    assert town.problems() == [("R-2", f"a mail about {LEAD} is gone from the outbox")]
    reconcile(town)
    assert reconciled(town) == []
    town.deliver()
    assert [mail.to for mail in town.relay.accepted] == [MAIL.operator]


@pytest.mark.parametrize(
    "damage, name",
    [
        ("UPDATE policy SET payload = replace(payload, 'P3M', 'P9M')", "register"),
        (
            "UPDATE private SET value = 'x@m.example' WHERE value = 'bastiaens@maastricht.example'",
            "office “sociaal-domein”",
        ),
    ],
)
def test_what_decides_when_and_whom_mail_reaches_is_held_against_the_ledger_too(
    town: Town, damage: str, name: str
) -> None:
    assert town.change(damage)
    reconcile(town)
    assert not all(check.ok for check in town.checks("reconciled"))
    town.deliver()
    told = told_the_operator(town)
    shown = f"cannot be mended from it (1): {name}. See: looptijd verify"
    assert [shown in words for words in told].count(True) == 1


@pytest.mark.on_both
def test_one_that_cannot_be_mended_holds_up_no_other_and_is_told(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.change("UPDATE agreement SET next_alert_at = NULL")
    real = as_demanded

    def fails_for_the_first(dossier: Dossier, *rest: Any) -> Any:
        if dossier.agreement.ref == "R-1":
            raise OverflowError("a date that is none")
        return real(dossier, *rest)

    monkeypatch.setattr(reconciling, "as_demanded", fails_for_the_first)
    reconcile(town)
    assert [line[:3] for line in reconciled(town)] == ["R-2", "R-3"]
    town.deliver()
    shown = " ".join(mail.words for mail in town.relay.accepted if mail.to == MAIL.operator)
    assert "R-2, R-3" in shown
    assert "R-1. See: looptijd verify" in shown


@pytest.mark.on_both
def test_what_a_database_that_goes_leaves_unmended_is_mended_when_it_is_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.change("UPDATE agreement SET next_alert_at = NULL")
    daily = Daily()
    with monkeypatch.context() as patched:
        patched.setattr(reconciling, "_mend", goes)
        with pytest.raises(Unavailable):
            daily.step(town.later(days=1).app)
    daily.step(town.app)
    assert [line[:3] for line in reconciled(town)] == ["R-1", "R-2", "R-3"]


@pytest.mark.on_both
@pytest.mark.parametrize("to_be", ["_mend", "_tell"])
def test_what_was_mended_before_a_database_went_is_told_when_it_is_back(
    town: Town, monkeypatch: pytest.MonkeyPatch, to_be: str
) -> None:
    town.change("UPDATE agreement SET next_alert_at = NULL")
    daily, real = Daily(), reconciling._mend

    def goes_at_the_third(*asked: Any) -> bool:
        return goes() if asked[2] == "R-3" else real(*asked)

    with monkeypatch.context() as patched:
        patched.setattr(reconciling, to_be, goes_at_the_third if to_be == "_mend" else goes)
        with pytest.raises(Unavailable):
            daily.step(town.later(days=1).app)
    daily.finish(town.app)
    town.deliver()
    (told,) = told_the_operator(town)
    assert "for the register differed from it (3): R-1, R-2, R-3." in told


@pytest.mark.on_both
def test_what_was_mended_by_a_commit_that_nobody_heard_of_is_told(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.change("UPDATE agreement SET next_alert_at = NULL")
    daily, real = Daily(), reconciling._mend

    def unheard_at_the_second(*asked: Any) -> bool:
        is_mended = real(*asked)
        if asked[2] == "R-2":
            commit_unheard(asked[0])
        return is_mended

    with monkeypatch.context() as patched:
        patched.setattr(reconciling, "_mend", unheard_at_the_second)
        with pytest.raises(Unavailable):
            daily.step(town.later(days=1).app)
    daily.finish(town.app)
    town.deliver()
    (told,) = told_the_operator(town)
    assert "for the register differed from it (3): R-1, R-2, R-3." in told


@pytest.mark.on_both
def test_what_failed_and_was_mended_before_a_database_went_is_told_when_it_is_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconcile(town)
    town.change(FAILING_AND_TOO_LATE)
    town.change(FAILING_AND_TOO_LATE.replace("id = 2", "id = 3"))
    reconciler, real = Reconciler(), reconciling._mend

    def goes_at_the_third(*asked: Any) -> bool:
        return goes() if asked[2] == "R-3" else real(*asked)

    with monkeypatch.context() as patched:
        patched.setattr(reconciling, "_mend", goes_at_the_third)
        with pytest.raises(Unavailable):
            reconciler.look_at_failing(town.app)
    reconciler.step(town.app)
    town.deliver()
    (told,) = told_the_operator(town)
    assert "for the register differed from it (1): R-2." in told


@pytest.mark.on_both
def test_what_a_database_that_went_took_back_is_told_when_it_is_mended(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconcile(town)
    town.change(FAILING_AND_TOO_LATE)
    reconciler, real = Reconciler(), reconciling._mend

    def goes_afterwards(*asked: Any) -> bool:
        is_mended = real(*asked)
        go_away(asked[0])
        return is_mended

    with monkeypatch.context() as patched:
        patched.setattr(reconciling, "_mend", goes_afterwards)
        with pytest.raises(Unavailable):
            reconciler.look_at_failing(town.app)
    assert reconciled(town) == []
    reconciler.step(town.app)
    town.deliver()
    (told,) = told_the_operator(town)
    assert "for the register differed from it (1): R-2." in told
    assert [line[:3] for line in reconciled(town)] == ["R-2"]


def goes(*_asked: object) -> Never:
    raise Unavailable(say("The database cannot be used: {reason}.", reason="away"))


@pytest.mark.on_both
def test_what_is_released_from_quarantine_is_no_damage(town: Town) -> None:
    town.change("UPDATE agreement SET failures = 5, next_alert_at = '2018-06-01 00:00:00+00:00'")
    release(town.app, "R-2")
    assert town.problems() == []
    reconcile(town)
    assert reconciled(town) == []


def test_a_tick_that_is_late_is_no_damage(town: Town) -> None:
    town.at("2018-06-29 12:00")
    Daily().finish(town.app)
    assert reconciled(town) == []
    town.one_pass()
    assert town.fired("R-2") == [LEAD, CALL]


@pytest.mark.on_both
def test_by_a_clock_that_went_back_four_minutes_nothing_is_mended(town: Town) -> None:
    """Nothing is held then, and what was registered since would be looked at another time."""
    late = running("R-4", length="P9M")
    town.until("2018-06-29 08:02").register(late, history=True).one_pass()
    town.at("2018-06-29 07:58").tick()
    Daily().finish(town.app)
    assert town.mails("cause", where="rule = 'incident'") == []
    assert town.scalar("SELECT seq FROM agreement WHERE ref = 'R-4'") == 1


def test_under_a_clock_that_is_held_nothing_is_reconciled_or_sealed(town: Town) -> None:
    town.tick()
    town.later(days=400).tick()
    town.change("UPDATE agreement SET next_alert_at = NULL WHERE ref = 'R-2'")
    Daily().finish(town.app)
    assert reconciled(town) == []
    assert town.scalar("SELECT count(*) FROM seal") == 0


def test_what_cannot_be_mended_keeps_no_other_agreement_from_being_adopted(
    town: Town, another_url: str, tmp_path: Path
) -> None:
    with put_back(town, another_url, tmp_path / "backup.db") as copy:
        copy.at("2018-06-29 10:00").change("UPDATE facts SET facts = substr(facts, 1, 40)")
        unguarded(copy).change("UPDATE event SET hash = 'x' WHERE stream = 'agreement:R-2'")
        done = adopt(copy.app, Choice.SEND, by="beheer")
        assert (done.fired, done.failed) == ([("R-1", CALL), ("R-3", CALL)], ["R-2"])


GONE = (
    "DELETE FROM message WHERE agreement_id = 1",
    "DELETE FROM facts WHERE agreement_id = 1",
    "DELETE FROM occurrence WHERE agreement_id = 1",
    "DELETE FROM agreement WHERE ref = 'R-1'",
)


@pytest.mark.parametrize(
    "damage",
    [
        ("UPDATE agreement SET next_alert_at = NULL WHERE ref = 'R-1'",),
        ("UPDATE facts SET facts = replace(facts, 'P9M', 'P9Y') WHERE agreement_id = 1",),
        GONE,
    ],
)
def test_what_differs_in_a_backup_fires_when_it_is_adopted_and_its_mail_is_decided_on_with_the_rest(
    town: Town, another_url: str, tmp_path: Path, damage: tuple[str, ...]
) -> None:
    with put_back(town, another_url, tmp_path / "backup.db") as copy:
        for statement in damage:
            copy.at("2018-06-29 10:00").change(statement)
        done = adopt(copy.app, Choice.DROP, by="beheer")
        assert sorted(done.fired) == [("R-1", CALL), ("R-2", CALL), ("R-3", CALL)]
        assert done.mails == 3
        copy.one_pass()
        reconcile(copy).one_pass()
        assert {mail.to for mail in copy.relay.accepted} == {MAIL.operator}
        assert "Mended from the ledger" in copy.relay.accepted[0].words


@pytest.mark.on_both
def test_an_office_that_is_gone_in_a_backup_is_back_when_its_mail_leaves(
    town: Town, another_url: str, tmp_path: Path
) -> None:
    with put_back(town, another_url, tmp_path / "backup.db") as copy:
        copy.at("2018-06-29 10:00").change("DELETE FROM office WHERE key = 'sociaal-domein'")
        adopt(copy.app, Choice.SEND, by="beheer")
        copy.deliver()
        assert [mail.to for mail in copy.relay.accepted if mail.to == READER] == [READER]
        assert copy.problems() == []


@pytest.mark.on_both
def test_who_was_erased_keeps_no_backup_from_being_adopted_of_which_an_agreement_is_gone(
    town: Town, another_url: str, tmp_path: Path
) -> None:
    with put_back(town, another_url, tmp_path / "backup.db", erased=["griffier Smeets"]) as copy:
        for statement in GONE:
            copy.at("2018-06-29 10:00").change(statement)
        done = adopt(copy.app, Choice.DROP, by="beheer")
        assert done.erased == 1
        assert copy.scalar("SELECT count(*) FROM private WHERE value = 'griffier Smeets'") == 0
        assert copy.stage("R-1") == "evaluation"


@pytest.mark.on_both
@pytest.mark.parametrize("what", ["hash = 'x'", "payload = 'x'"])
def test_who_stands_in_what_cannot_be_read_is_counted_and_keeps_no_backup_from_being_adopted(
    town: Town, another_url: str, tmp_path: Path, what: str
) -> None:
    people = "griffier Smeets", "wethouder Bastiaens"
    with put_back(town, another_url, tmp_path / "backup.db", erased=people) as copy:
        copy.at("2018-06-29 10:00").change("UPDATE facts SET facts = 'x' WHERE agreement_id = 1")
        damage = f"UPDATE event SET {what} WHERE stream = 'agreement:R-1'"  # noqa: S608 - named above
        unguarded(copy).change(damage)
        assert preview(copy.app).not_erased == 1
        done = adopt(copy.app, Choice.SEND, by="beheer")
        assert (done.erased, done.not_erased, done.failed) == (1, 1, ["R-1"])
        assert sorted(done.fired) == [("R-2", CALL), ("R-3", CALL)]
        assert copy.scalar("SELECT count(*) FROM private WHERE value = 'wethouder Bastiaens'") == 0
        assert copy.scalar("SELECT count(*) FROM private WHERE value = 'griffier Smeets'") > 0


@contextmanager
def put_back(town: Town, url: str, file: Path, *, erased: Sequence[str] = ()) -> Iterator[Town]:
    """Give the town as a backup has it, after which something happened, in another database."""
    back_up(town.app, file)
    town.do_with("R-1", "note", text="gebeld")
    for person in erased:
        erase(town.app, person, by="beheer", reason="verzoek")
    app, _ = an_app(url, town.folder, mail=MAIL, language="en")
    restore(app, file)
    with visiting(Town(replace(app, clock=town.clock), town.clock, town.folder)) as copy:
        yield copy


@pytest.mark.on_both
def test_a_database_that_goes_while_an_agreement_is_mended_is_known_as_one(town: Town) -> None:
    """The driver says so; it was taken for a fault of the agreement, and then for one of ours."""
    damage = "UPDATE agreement SET next_alert_at = NULL WHERE ref IN ('R-1', 'R-2')"
    town.later(days=1).change(damage)
    daily = Daily()
    with at_savepoints(town.app.database, go_away), pytest.raises(Unavailable):
        daily.step(town.app)
    assert reconciled(town) == []
    daily.finish(town.app)
    assert reconciled(town) == [f"R-1: {LOOK}", f"R-2: {LOOK}"]


def test_a_plan_that_foresees_what_the_facts_do_not_demand_is_named_and_made_anew(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its key fits: a release wrote it so."""
    planned = plan._planned

    def to_nobody(*given: Any) -> plan.PlannedStep:
        return replace(planned(*given), told=())

    with monkeypatch.context() as wrong:
        wrong.setattr(plan, "_planned", to_nobody)
        town.register(running("R-4"), history=True)
    said = "what fires next by its plan is not what its facts demand"
    assert town.problems() == [("R-4", said)]
    reconcile(town)
    assert town.problems() == []
    assert reconciled(town) == [f"R-4: {said}"]


def test_a_ledger_of_which_no_agreement_can_be_made_is_no_ground_to_mend_on() -> None:
    state = FoldedState(facts={"ref": "R-1"}, stage=Stage.ACTIVE, recorded={}, seq=1)
    assert as_the_ledger_says(Comparison(stream="agreement:R-1", entries=(), state=state)) is None

"""The file of events: each once and in order, whoever is killed, moves it, or writes beside it."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from states.model.phrase import Refusal
from tests.town import CASE, OFFICES, Town, a_town, an_app, visiting
from workflow.maintenance.adopt import Choice, adopt
from workflow.maintenance.backup import back_up, restore
from workflow.outputs.events import EventsFile, _after_newline, _without_parties, publish
from workflow.people.erase import erase
from workflow.system.settings import EventsSettings, Municipality

pytestmark = pytest.mark.on_sqlite

SOURCE = "urn:nld:oin:00000001823288444000:systeem:looptijd"


@pytest.fixture
def followed(town: Town) -> Town:
    """Give a town whose events go to a file in a folder of their own."""
    return town.configured(events=EventsSettings(file="feed/events.jsonl", source=SOURCE))


def path_of(town: Town) -> Path:
    return town.folder / "feed" / "events.jsonl"


def in_file(town: Town, path: Path | None = None) -> list[dict[str, Any]]:
    text = (path or path_of(town)).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def numbers(town: Town, path: Path | None = None) -> list[int]:
    return [int(event["sequence"]) for event in in_file(town, path)]


def in_ledger(town: Town) -> list[int]:
    return [row.number for row in town.query("SELECT number FROM event ORDER BY number")]


def test_an_event_is_a_cloud_event_without_any_value_that_was_entered(followed: Town) -> None:
    followed.register(OFFICES, CASE).at("2017-06-15 10:00")
    followed.do("submit", reason="wethouder Gerats wil dit")
    publish(followed.app)
    last = in_file(followed)[-1]
    hash_ = followed.scalar("SELECT hash FROM event ORDER BY number DESC LIMIT 1")
    number = followed.scalar("SELECT max(number) FROM event")
    assert last == {
        "specversion": "1.0",
        "id": hash_,
        "source": "urn:nld:oin:00000001823288444000:systeem:looptijd",
        "type": "nl.looptijd.agreement.submit",
        "subject": "SO-2017-0042",
        "time": "2017-06-15T08:00:00Z",
        "sequence": f"{number:012}",
        "datacontenttype": "application/json",
        "data": {"seq": 2, "from": "draft", "to": "bestuurlijk_overleg"},
    }
    text = path_of(followed).read_text(encoding="utf-8")
    for secret in ("Gerats", "Smeets", "Janssen", "maastricht.example", "sealed:", "Leiden"):
        assert secret not in text


def test_no_party_is_named_in_it(followed: Town) -> None:
    followed.in_force()
    publish(followed.app)
    events = in_file(followed)
    changed = [path for event in events for path in event["data"].get("changed", [])]
    assert {"party.*.name", "party.*.signed_on", "term.length"} <= set(changed)
    text = path_of(followed).read_text(encoding="utf-8")
    for key in ("maastricht", "limburg", "waterschap", "beesel", "cooperatie"):
        assert key not in text


def test_an_occurrence_names_no_party_either() -> None:
    kept = "known_on.missing_fact:party/beesel/signed_on:2017-08-17"
    assert _without_parties(kept) == "known_on.missing_fact:party/*/signed_on:2017-08-17"
    assert _without_parties(("missing_fact:party.beesel.signed_on:2017-08-17:P0D", "x")) == [
        "missing_fact:party.*.signed_on:2017-08-17:P0D",
        "x",
    ]


def test_what_a_waiver_closed_stands_in_it(followed: Town) -> None:
    followed.in_force().do("waive", instalment="1", reason="kwijtgescholden")
    publish(followed.app)
    (waived,) = [event for event in in_file(followed) if event["type"].endswith(".waive")]
    assert waived["data"]["superseded"] == [
        "payment:1:2017-10-12:+P1D",
        "payment:1:2017-10-12:+P1W",
        "payment:1:2017-10-12:+P2W",
    ]


def test_what_happened_is_told_also_while_the_clock_is_held(followed: Town) -> None:
    followed.register(OFFICES, CASE).change("UPDATE register SET clock_held = 'set back'")
    assert publish(followed.app) == len(in_ledger(followed)) > 0


def test_where_a_line_ends_is_found_also_on_the_edge_of_a_block() -> None:
    whole = b"first\n"
    for rest in (0, 1, 65_534, 65_535, 65_536, 131_071):
        file = io.BytesIO(whole + b"x" * rest)
        assert _after_newline(file, len(whole) + rest) == len(whole)


def test_every_event_is_written_once_and_in_order(followed: Town) -> None:
    followed.in_force()
    assert publish(followed.app) == len(in_ledger(followed))
    assert publish(followed.app) == 0
    followed.do("note", text="Nog iets.")
    assert publish(followed.app) == 1
    assert numbers(followed) == in_ledger(followed)


def test_a_torn_line_is_cut_off_and_written_whole(followed: Town) -> None:
    followed.register(OFFICES, CASE)
    publish(followed.app)
    whole = path_of(followed).read_bytes()
    for torn in (whole[:-1], whole[:-40], whole + b'{"specver', whole + b"\x00" * 70_000):
        path_of(followed).write_bytes(torn)
        publish(followed.app)
        assert path_of(followed).read_bytes() == whole


def test_a_file_that_was_moved_away_goes_on_where_it_ended(followed: Town) -> None:
    followed.register(OFFICES, CASE)
    publish(followed.app)
    moved = path_of(followed).rename(followed.folder / "events.1")
    followed.do("submit")
    publish(followed.app)
    assert numbers(followed, moved) + numbers(followed) == in_ledger(followed)
    path_of(followed).write_bytes(b"")
    followed.do("agree")
    publish(followed.app)
    assert numbers(followed) == in_ledger(followed)[-1:]


@contextmanager
def under_umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("folder, file", [(0o700, 0o600), (0o2750, 0o640), (0o755, 0o640)])
def test_the_group_may_read_the_file_where_it_may_read_the_folder(
    followed: Town, folder: int, file: int
) -> None:
    followed.register(OFFICES, CASE)
    path_of(followed).parent.mkdir()
    path_of(followed).parent.chmod(folder)
    with under_umask(0o077):
        publish(followed.app)
        path_of(followed).rename(followed.folder / "events.1")
        followed.do("submit")
        publish(followed.app)  # as well when the first was moved away
    assert path_of(followed).stat().st_mode & 0o777 == file


def test_who_may_read_a_file_that_is_there_is_left_to_who_changed_that(followed: Town) -> None:
    followed.register(OFFICES, CASE)
    publish(followed.app)
    path_of(followed).chmod(0o604)
    followed.do("submit")
    publish(followed.app)
    assert path_of(followed).stat().st_mode & 0o777 == 0o604


def with_an_early_mark(followed: Town) -> Town:
    """Leave the mark behind the file, as if killed between the lines and the mark."""
    followed.register(OFFICES, CASE)
    publish(followed.app)
    mark = path_of(followed).with_name("events.jsonl.mark")
    early = mark.read_bytes()
    followed.do("submit")
    publish(followed.app)
    mark.write_bytes(early)
    return followed


@pytest.mark.on_both
def test_the_file_says_more_than_the_mark_beside_it(followed: Town) -> None:
    with_an_early_mark(followed).do("agree")
    publish(followed.app)
    assert numbers(followed) == in_ledger(followed)


def test_a_mark_that_was_kept_back_follows_before_the_file_is_moved_away(followed: Town) -> None:
    """A disk was full between the lines and the mark; who moves the file away makes room."""
    publish(with_an_early_mark(followed).app)
    moved = path_of(followed).rename(followed.folder / "events.1")
    followed.do("agree")
    publish(followed.app)
    assert numbers(followed, moved) + numbers(followed) == in_ledger(followed)


def test_only_one_process_writes(followed: Town) -> None:
    followed.register(OFFICES, CASE)
    with EventsFile(path_of(followed)).alone() as writer:
        assert writer
        with visiting(followed.another()) as other:
            assert publish(other.app) == 0
    assert publish(followed.app) == len(in_ledger(followed))


OF_ANOTHER_REGISTER = (
    b'{"specversion":"1.0","id":"9f8e","sequence":"000000000001"}\n{"specversion":"1.'
)


@pytest.mark.parametrize(
    "content",
    [
        *(b"a shopping list\n", b"a shopping list\nmilk", b"secret", b"SQLite\0\n\0\1"),
        OF_ANOTHER_REGISTER,
    ],
)
def test_a_file_of_somebody_else_is_left_as_it_is(followed: Town, content: bytes) -> None:
    """What stood after its last line was cut off: of the register itself, all that matters."""
    followed.register(OFFICES)
    path_of(followed).parent.mkdir()
    path_of(followed).write_bytes(content)
    with pytest.raises(Refusal, match="does not end with an event of this register"):
        publish(followed.app)
    assert path_of(followed).read_bytes() == content


def test_a_file_with_events_of_another_register_alone_is_left_as_it_is(followed: Town) -> None:
    followed.register(OFFICES)
    publish(followed.app)
    content = re.sub(rb'"id":"....', b'"id":"????', path_of(followed).read_bytes())
    path_of(followed).write_bytes(content)
    with pytest.raises(Refusal, match="does not end with an event of this register"):
        publish(followed.app)
    assert path_of(followed).read_bytes() == content


def test_doctor_names_a_file_of_somebody_else(followed: Town) -> None:
    followed.register(OFFICES)
    path_of(followed).parent.mkdir()
    path_of(followed).write_bytes(b"a shopping list\n")
    assert [check.ok for check in followed.checks("events")] == [False]


@pytest.mark.parametrize("name", ["events.jsonl", "events.jsonl.lock", "events.jsonl.mark"])
def test_a_link_is_not_followed(followed: Town, name: str) -> None:
    """Root may be who writes, and the folder another's."""
    followed.register(OFFICES)
    path_of(followed).parent.mkdir()
    (path_of(followed).parent / name).symlink_to(followed.folder / "elsewhere")
    with pytest.raises(Refusal, match="is a link or no file"):
        publish(followed.app)
    assert not (followed.folder / "elsewhere").exists()


@pytest.mark.parametrize("name", ["events.jsonl", "events.jsonl.lock", "events.jsonl.mark"])
def test_whichever_of_the_three_cannot_be_written_is_named(followed: Town, name: str) -> None:
    followed.register(OFFICES)
    wrong = path_of(followed).parent / name
    wrong.mkdir(parents=True)
    with pytest.raises(Refusal, match=rf"{wrong} cannot be written: Is a directory\.$"):
        publish(followed.app)


def test_a_pipe_keeps_nobody_waiting(followed: Town) -> None:
    followed.register(OFFICES)
    path_of(followed).parent.mkdir()
    os.mkfifo(path_of(followed))
    with pytest.raises(Refusal, match="is a link or no file"):
        publish(followed.app)
    (check,) = followed.checks("events")
    assert str(check.detail).endswith("events.jsonl is a link or no file: name a file.")


def test_a_copy_under_another_installation_writes_nothing(followed: Town) -> None:
    followed.register(OFFICES, CASE)
    copy = followed.configured(
        events=followed.app.settings.events,
        municipality=Municipality(installation="elsewhere"),
    )
    assert publish(copy.app) == 0
    assert not path_of(followed).exists()


def test_who_is_erased_was_never_in_it(followed: Town) -> None:
    followed.register(OFFICES, CASE)
    erase(followed.app, "A. Janssen", by="griffier Smeets", reason="Op verzoek.")
    publish(followed.app)
    last = in_file(followed)[-1]
    assert last["type"] == "nl.looptijd.agreement.erase"
    assert last["data"]["changed"] == ["case_owner.name", "case_owner.email"]
    assert "Janssen" not in path_of(followed).read_text(encoding="utf-8")


def test_doctor_says_since_when_the_file_lags(followed: Town) -> None:
    lags = "The file of events lacks what happened since {at}."
    followed.register(OFFICES, CASE)
    for minutes, ok in ((9, True), (2, False)):
        (check,) = followed.later(minutes=minutes).checks("events")
        assert (check.ok, check.detail.text) == (ok, lags)
    publish(followed.app)
    (check,) = followed.checks("events")
    assert (check.ok, check.detail.text) == (True, "The file of events is up to date.")


def test_after_a_backup_was_put_back_the_file_goes_on_with_what_happened_since(
    tmp_path: Path,
) -> None:
    events = EventsSettings(file=str(tmp_path / "feed" / "events.jsonl"), source=SOURCE)
    with visiting(a_town(f"sqlite:///{tmp_path}/one.db", tmp_path, events=events)) as lost:
        lost.register(OFFICES, CASE)
        back_up(lost.app, tmp_path / "backup.db")
        lost.do("submit")
        publish(lost.app)
        before = in_file(lost)
    (tmp_path / "one.db").unlink()
    with visiting(restored(tmp_path, events)) as town:
        assert publish(town.app) == 0  # not adopted yet
        adopt(town.app, Choice.DROP, by="griffier Smeets")
        town.do("note", text="Opnieuw begonnen.")
        publish(town.app)
        after = in_file(town)
        assert after[: len(before)] == before
        assert [e["type"].rpartition(".")[2] for e in after[len(before) :]] == ["adopt", "note"]
        publish(town.app)
        assert in_file(town) == after


def restored(folder: Path, events: EventsSettings) -> Town:
    app, clock = an_app(f"sqlite:///{folder}/one.db", folder, events=events)
    restore(app, folder / "backup.db")
    return Town(app, clock, folder)


# Killed ------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from tests.town import an_app
from workflow.outputs import events as events_file
from workflow.outputs.events import publish
from workflow.system.settings import EventsSettings

url, folder, source, at = sys.argv[1:]
kill = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
if at == "before the disk":
    events_file.os.fsync = kill
elif at == "before the mark":
    events_file.put = kill
events = EventsSettings(file="feed/events.jsonl", source=source)
app, _ = an_app(url, Path(folder), events=events)
publish(app)
"""


def test_lines_are_on_the_disk_before_the_mark_is_written(
    followed: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, synced = path_of(followed), list[tuple[int, bool]]()
    mark = file.with_name("events.jsonl.mark")

    def sync(descriptor: int) -> None:
        synced.append((os.fstat(descriptor).st_ino, mark.exists()))

    monkeypatch.setattr(os, "fsync", sync)
    publish(followed.register(OFFICES, CASE).app)
    of_file, of_mark = file.stat().st_ino, mark.stat().st_ino
    assert synced == [(of_file, False), (of_mark, False)]


@pytest.mark.on_both
@pytest.mark.parametrize("at", ["before the disk", "before the mark"])
def test_who_is_killed_while_writing_leaves_nothing_double_and_nothing_out(
    followed: Town, at: str
) -> None:
    followed.register(OFFICES, CASE)
    assert killed(followed, at) == -signal.SIGKILL
    assert numbers(followed) == in_ledger(followed)  # written, though nobody remembers
    followed.do("submit")
    publish(followed.app)
    assert numbers(followed) == in_ledger(followed)


@pytest.mark.on_both
def test_two_daemons_at_once_write_each_event_once(followed: Town) -> None:
    followed.in_force()
    running = [start(followed, "never") for _ in range(2)]
    assert [process.wait(30) for process in running] == [0, 0]
    publish(followed.app)
    assert numbers(followed) == in_ledger(followed)


def killed(town: Town, at: str) -> int:
    return start(town, at).wait(30)


def start(town: Town, at: str) -> "subprocess.Popen[bytes]":
    url = town.app.settings.database.url
    arguments = (url, str(town.folder), SOURCE, at)
    root = Path(__file__).parents[3]
    return subprocess.Popen([sys.executable, "-c", KILLED, *arguments], cwd=root)

"""The directory transport on a real file system."""

import os
import resource
import signal
import stat
from pathlib import Path

import pytest

from notifications.directory import DirectoryTransport, file_name
from notifications.folder import give_to_owner
from notifications.transport import Outcome, Parcel, Verdict
from tests.smtp_sink import Mailroom

CONTENT = b"Subject: Looptijd\r\n\r\nBeste mevrouw,\r\n"


def parcel(number: int = 1, message_id: str = "<1@maastricht.example>") -> Parcel:
    return Parcel(
        id=number,
        token="token",
        sender="looptijd@maastricht.example",
        recipient="secretariaat@maastricht.example",
        message_id=message_id,
        content=CONTENT,
    )


def never() -> bool:
    return False


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_mail_becomes_one_file_named_after_its_message_id(tmp_path: Path) -> None:
    mailroom = Mailroom(parcel(1), parcel(2, "<2@maastricht.example>"))
    DirectoryTransport(folder=tmp_path).run(mailroom.work, never)
    assert files(tmp_path) == {
        "1@maastricht.example.eml": CONTENT,
        "2@maastricht.example.eml": CONTENT,
    }
    assert mailroom.outcomes == {
        1: Outcome(Verdict.ACCEPTED, "1@maastricht.example.eml"),
        2: Outcome(Verdict.ACCEPTED, "2@maastricht.example.eml"),
    }


def test_only_the_owner_reads_the_mail_and_enters_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "mail"
    DirectoryTransport(folder=folder).run(Mailroom(parcel()).work, never)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "1@maastricht.example.eml").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes in another's name")
def test_what_root_writes_is_the_folder_s_owner_s(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    DirectoryTransport(folder=tmp_path).run(Mailroom(parcel()).work, never)
    assert (tmp_path / "1@maastricht.example.eml").stat().st_uid == 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives away what it owns")
def test_what_a_link_replaced_since_root_made_it_is_not_given_away(tmp_path: Path) -> None:
    """Between the look and the gift whose folder it is may put a link there: it gets the link."""
    (tmp_path / "of root").mkdir()
    (tmp_path / "made").symlink_to(tmp_path / "of root")
    os.chown(tmp_path, 65534, 65534)
    give_to_owner(tmp_path / "made", tmp_path)
    assert (tmp_path / "of root").stat().st_uid == 0
    assert (tmp_path / "made").lstat().st_uid == 65534


def test_a_mail_that_is_handed_over_again_stays_one_file(tmp_path: Path) -> None:
    (tmp_path / "1@maastricht.example.eml").write_bytes(b"as it was")
    mailroom = Mailroom(parcel())
    DirectoryTransport(folder=tmp_path).run(mailroom.work, never)
    assert mailroom.outcomes[1].verdict is Verdict.ACCEPTED
    assert files(tmp_path) == {"1@maastricht.example.eml": b"as it was"}


def test_the_doubt_is_committed_when_the_mail_is_whole_and_not_yet_to_be_seen(
    tmp_path: Path,
) -> None:
    seen: list[tuple[list[Path], list[bytes]]] = []

    class Watching(Mailroom):
        def mark_body_sent(self, parcel: Parcel) -> bool:
            seen.append((list(tmp_path.glob("*.eml")), list(files(tmp_path).values())))
            return super().mark_body_sent(parcel)

    DirectoryTransport(folder=tmp_path).run(Watching(parcel()).work, never)
    assert seen == [([], [CONTENT])]


def test_a_mail_is_on_the_disk_before_its_doubt_and_its_name_before_it_counts_as_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[tuple[str, int]] = []

    def sync(descriptor: int) -> None:
        found = os.fstat(descriptor)
        name = "folder" if stat.S_ISDIR(found.st_mode) else "file"
        steps.append(
            (name, len(list(tmp_path.glob("*.eml"))) if name == "folder" else found.st_size)
        )

    class Watching(Mailroom):
        def mark_body_sent(self, parcel: Parcel) -> bool:
            steps.append(("doubt", 0))
            return super().mark_body_sent(parcel)

    monkeypatch.setattr(os, "fsync", sync)
    DirectoryTransport(folder=tmp_path).run(Watching(parcel()).work, never)
    assert steps == [("file", len(CONTENT)), ("doubt", 0), ("folder", 1)]


def test_without_a_lease_nothing_is_written_and_nothing_is_settled(tmp_path: Path) -> None:
    mailroom = Mailroom(parcel(), lost=frozenset({1}))
    DirectoryTransport(folder=tmp_path).run(mailroom.work, never)
    assert files(tmp_path) == {}
    assert mailroom.outcomes == {}


def test_when_the_doubt_cannot_be_committed_nothing_remains_and_the_error_is_told(
    tmp_path: Path,
) -> None:
    class Unwritable(Mailroom):
        def mark_body_sent(self, parcel: Parcel) -> bool:
            raise OSError("The database is away")

    mailroom = Unwritable(parcel())
    with pytest.raises(OSError, match="The database is away"):
        DirectoryTransport(folder=tmp_path).run(mailroom.work, never)
    assert files(tmp_path) == {}
    assert mailroom.outcomes == {}


def test_a_disk_that_fills_up_leaves_nothing_half_written(tmp_path: Path) -> None:
    assert signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN  # so that writing fails, no more
    mailroom = Mailroom(parcel())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(CONTENT) - 1, hard))
    try:
        DirectoryTransport(folder=tmp_path).run(mailroom.work, never)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert mailroom.outcomes == {1: Outcome(Verdict.RELAY_AWAY, "[Errno 27] File too large")}
    assert mailroom.doubts == []
    assert files(tmp_path) == {}


def test_a_folder_that_cannot_be_made_is_a_relay_that_is_away(tmp_path: Path) -> None:
    (tmp_path / "mail").write_bytes(b"a file")
    mailroom = Mailroom(parcel())
    DirectoryTransport(folder=tmp_path / "mail").run(mailroom.work, never)
    assert mailroom.outcomes[1].verdict is Verdict.RELAY_AWAY
    assert "File exists" in mailroom.outcomes[1].reply


def test_a_folder_that_disappears_is_a_relay_that_is_away(tmp_path: Path) -> None:
    folder = tmp_path / "mail"

    class Cleaning(Mailroom):
        def mark_body_sent(self, parcel: Parcel) -> bool:
            folder.rename(tmp_path / "elsewhere")
            return super().mark_body_sent(parcel)

    mailroom = Cleaning(parcel())
    DirectoryTransport(folder=folder).run(mailroom.work, never)
    assert mailroom.outcomes[1].verdict is Verdict.RELAY_AWAY
    assert "No such file" in mailroom.outcomes[1].reply


def test_who_stops_leases_nothing_more(tmp_path: Path) -> None:
    mailroom = Mailroom(parcel(1), parcel(2, "<2@maastricht.example>"))
    DirectoryTransport(folder=tmp_path).run(mailroom.work, lambda: bool(mailroom.outcomes))
    assert [*mailroom.outcomes] == [1]
    assert [waiting.id for waiting in mailroom.waiting] == [2]


@pytest.mark.parametrize(
    "message_id",
    ["<../../etc/passwd@x>", "</etc/passwd>", "<..>", "<>", "<a\0b@x>", "<a\nb@x>", "<é@x>"],
)
def test_no_message_id_leads_out_of_the_folder(message_id: str, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    mailroom = Mailroom(parcel(message_id=message_id))
    DirectoryTransport(folder=folder).run(mailroom.work, never)
    assert mailroom.outcomes[1].verdict is Verdict.ACCEPTED
    assert [path.parent for path in tmp_path.rglob("*.eml")] == [folder]
    assert file_name(message_id).isprintable()
    assert file_name(message_id).isascii()


def test_two_message_ids_are_two_files_even_when_they_are_long() -> None:
    names = {file_name(f"<{'a' * 300}{end}@x>") for end in "bc"} | {
        file_name("<a/b@x>"),
        file_name("<a%2Fb@x>"),
        file_name("<a_b@x>"),
    }
    assert len(names) == 5
    assert all(len(name) <= 204 for name in names)

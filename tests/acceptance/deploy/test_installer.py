"""The bundle's installer, on bundles of one small wheel: no index is ever asked."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.acceptance.commands import WITHOUT_PRIVILEGE

ROOT = Path(__file__).parents[3]
PROGRAM = 'def main():\n    print("looptijd, version {version}")\n'
# A Python that makes each environment as a copy of the first that it made: to make one, with pip in
# it, takes three seconds of a processor.
MAKES_COPIES = """
case "$*" in
    "-m venv "*) [ -e {made} ] || {python} -m venv {made} && cp -a {made} "$3" ;;
    *) exec {python} "$@" ;;
esac
"""
# A Python that makes an environment, in which pip says $SAYS and fails.
WITHOUT_ROOM = """
case "$*" in
    "-c "*) ;;
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    *) echo "$SAYS" >&2; exit 1 ;;
esac
"""


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a Python that makes one environment anew, and copies of it after that."""
    folder = tmp_path_factory.mktemp("quick")
    script = MAKES_COPIES.format(python=sys.executable, made=folder / "made")
    return a_program(folder / "python", script)


def a_bundle(folder: Path, version: str) -> Path:
    """Make a bundle of a wheel that does nothing but tell its version."""
    bundle = folder / f"bundle-{version}"
    (bundle / "wheels").mkdir(parents=True)
    (bundle / "share").mkdir()
    (bundle / "share" / "looptijd.service").write_text("[Unit]\n")
    wheel = bundle / "wheels" / f"looptijd-{version}-py3-none-any.whl"
    info = f"looptijd-{version}.dist-info"
    parts = {
        "program.py": PROGRAM.format(version=version),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: looptijd\nVersion: {version}\n"
        "Provides-Extra: postgresql\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nlooptijd = program:main\n",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in parts))
    (bundle / "VERSION").write_text(f"{version}\n")
    (bundle / "requirements.txt").write_text(
        f"looptijd[postgresql]=={version} --hash=sha256:{sha256(wheel)}\n"
    )
    shutil.copy(ROOT / "deploy" / "install.sh", bundle)
    return summed(bundle)


def summed(bundle: Path) -> Path:
    """Write the sums of a bundle's files as they are; return the bundle."""
    files = [p for p in sorted(bundle.rglob("*")) if p.is_file() and p.name != "SHA256SUMS"]
    lines = [f"{sha256(path)}  {path.relative_to(bundle)}\n" for path in files]
    (bundle / "SHA256SUMS").write_text("".join(lines))
    return bundle


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def install(
    bundle: Path,
    prefix: Path,
    *more: str,
    python: Path | str = sys.executable,
    first: Sequence[str] = (),
    path: str = "",
    says: str = "",
) -> "subprocess.CompletedProcess[str]":
    """Run the installer with an index that nobody must ask."""
    return subprocess.run(
        [*first, bundle / "install.sh", "--prefix", prefix, "--python", python, *more],
        env={
            "PATH": path + os.environ["PATH"],
            "PIP_INDEX_URL": "http://127.0.0.1:9/",
            "SAYS": says,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def last_line(text: str) -> str:
    """Return the last line; before it the installer may warn of the tests' own Python."""
    return text.splitlines()[-1]


def version_of(prefix: Path, name: str) -> str:
    shown = subprocess.run(
        [prefix / name / "bin" / "looptijd"], capture_output=True, text=True, check=True
    )
    return shown.stdout.strip()


def test_a_newer_version_stands_beside_the_older_which_can_be_put_back(tmp_path: Path) -> None:
    older, newer = a_bundle(tmp_path, "1.0"), a_bundle(tmp_path, "2.0")
    prefix = tmp_path / "opt"
    assert install(older, prefix).returncode == 0
    assert install(newer, prefix).returncode == 0
    assert (prefix / "current").readlink() == Path("2.0")
    assert version_of(prefix, "current") == "looptijd, version 2.0"
    assert version_of(prefix, "1.0") == "looptijd, version 1.0"
    assert (prefix / "current" / "share" / "looptijd" / "looptijd.service").is_file()

    made = (prefix / "1.0" / ".whole").stat().st_mtime_ns
    back = install(older, prefix)
    assert "looptijd 1.0 is installed already." in back.stdout
    assert (prefix / "1.0" / ".whole").stat().st_mtime_ns == made
    assert version_of(prefix, "current") == "looptijd, version 1.0"
    assert sorted(path.name for path in prefix.iterdir()) == ["1.0", "2.0", "current"]


def test_what_stands_beside_the_program_may_be_read_by_everybody_whatever_the_umask(
    tmp_path: Path, quick: Path
) -> None:
    """Who unpacks a bundle with the umask 077 has files that are his own only."""
    bundle, prefix = a_bundle(tmp_path, "1.0"), tmp_path / "opt"
    (bundle / "share").chmod(0o700)
    (bundle / "share" / "looptijd.service").chmod(0o600)
    assert install(bundle, prefix, python=quick).returncode == 0
    share = prefix / "current" / "share" / "looptijd"
    modes = [f"{path.stat().st_mode & 0o777:o}" for path in (share, share / "looptijd.service")]
    assert modes == ["755", "644"]


def test_a_version_whose_python_is_gone_is_made_again(tmp_path: Path, quick: Path) -> None:
    """An upgrade of the system takes the Python away that the environment was made with."""
    bundle, prefix = a_bundle(tmp_path, "1.0"), tmp_path / "opt"
    assert install(bundle, prefix, python=quick).returncode == 0
    for name in ("python", "python3"):
        (prefix / "1.0" / "bin" / name).unlink()
        (prefix / "1.0" / "bin" / name).symlink_to("/usr/bin/python3.gone")
    again = install(bundle, prefix, python=quick)
    assert "installed already" not in again.stdout
    assert version_of(prefix, "current") == "looptijd, version 1.0"


def test_a_damaged_bundle_or_a_wheel_of_another_hash_changes_nothing(
    tmp_path: Path, quick: Path
) -> None:
    bundle, prefix = a_bundle(tmp_path, "1.0"), tmp_path / "opt"
    with next((bundle / "wheels").iterdir()).open("ab") as wheel:
        wheel.write(b" ")
    damaged = install(bundle, prefix)
    assert damaged.returncode == 1
    assert "install.sh: the bundle is damaged: copy it again.\n" in damaged.stderr
    assert not prefix.exists()

    summed(bundle)  # who changed the wheel changed the sums as well
    forged = install(bundle, prefix, python=quick)
    assert forged.returncode == 1
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in forged.stderr
    assert not (prefix / "current").exists()


def test_another_bundle_of_an_installed_version_is_not_taken_for_it(
    tmp_path: Path, quick: Path
) -> None:
    bundle, prefix = a_bundle(tmp_path, "1.0"), tmp_path / "opt"
    assert install(bundle, prefix, python=quick).returncode == 0
    (bundle / "share" / "looptijd.service").write_text("[Unit]\nDescription=other\n")
    other = install(summed(bundle), prefix)
    assert (other.returncode, other.stdout) == (1, "")
    assert last_line(other.stderr) == (
        f"install.sh: looptijd 1.0 in {prefix}/1.0 came from another bundle: take it away first,"
        f" with rm -r {prefix}/1.0"
    )
    shutil.rmtree(prefix / "1.0")
    assert install(bundle, prefix, python=quick).returncode == 0


def test_without_root_it_says_what_it_needs(tmp_path: Path) -> None:
    bundle, closed = a_bundle(tmp_path, "1.0"), tmp_path / "closed"
    closed.mkdir(mode=0o555)
    refused = install(bundle, closed / "opt", first=(sys.executable, "-c", WITHOUT_PRIVILEGE))
    assert refused.returncode == 1
    assert last_line(refused.stderr) == (
        f"install.sh: {closed}/opt cannot be written: run this as root, or name a folder of your"
        " own with --prefix."
    )


def test_a_full_disk_is_no_wrong_python(tmp_path: Path) -> None:
    bundle, prefix, tools = a_bundle(tmp_path, "1.0"), tmp_path / "opt", tmp_path / "tools"
    tools.mkdir()
    a_program(tools / "df", "echo Available; echo x x x 30000")
    small = install(bundle, prefix, path=f"{tools}:")
    assert last_line(small.stderr) == (
        f"install.sh: {prefix} has 29 MB of room, and 58 MB are needed."
    )
    (tools / "df").unlink()

    a_program(tools / "python", WITHOUT_ROOM)
    for said, told in (
        ("OSError: [Errno 28] No space left on device", f"{prefix} is full: make room"),
        ("ERROR: No matching distribution found for x", "the wheels do not fit"),
        ("Segmentation fault", f"{prefix}/1.0 could not be made: the lines above say why."),
    ):
        ran = install(bundle, prefix, python=tools / "python", says=said)
        assert ran.returncode == 1
        assert said in ran.stderr
        assert f"install.sh: {told}" in ran.stderr


def test_the_uninstaller_takes_away_what_was_installed_and_nothing_else(
    tmp_path: Path, quick: Path
) -> None:
    prefix = tmp_path / "opt"
    for version in ("1.0", "2.0"):
        assert install(a_bundle(tmp_path, version), prefix, python=quick).returncode == 0
    (prefix / "mine").mkdir()
    script = ROOT / "deploy" / "uninstall.sh"
    ran = subprocess.run(
        [script, "--prefix", prefix], capture_output=True, text=True, check=False, timeout=20
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"looptijd is gone from {prefix}.\n")
    assert [path.name for path in prefix.iterdir()] == ["mine"]
    again = subprocess.run(
        [script, "--prefix", prefix], capture_output=True, text=True, check=False, timeout=20
    )
    assert (again.returncode, again.stderr) == (
        1,
        f"uninstall.sh: there is no looptijd in {prefix}.\n",
    )


def test_the_uninstaller_takes_the_units_of_the_guide_and_not_those_of_a_second_instance(
    tmp_path: Path,
) -> None:
    shell = shutil.which("sh") or "sh"
    units = tmp_path / "etc" / "systemd" / "system"
    units.mkdir(parents=True)
    ours = ("looptijd.service", "looptijd-backup.timer", "looptijd-verify.service")
    for name in (*ours, "looptijd-test.service", "looptijd-test.timer"):
        (units / name).write_text("[Unit]\n", encoding="utf-8")
    (tmp_path / "opt" / "looptijd").mkdir(parents=True)
    (tmp_path / "opt" / "looptijd" / "current").symlink_to("1.0")
    places = [tmp_path / "usr" / "local" / "bin", tmp_path / "usr" / "bin"]
    for place in places:
        place.mkdir(parents=True)
        (place / "looptijd").symlink_to(tmp_path / "opt" / "looptijd" / "current/bin/looptijd")
    text = (ROOT / "deploy" / "uninstall.sh").read_text(encoding="utf-8")
    moved = re.sub(r"(?<![\w/])/(opt|etc|usr|var|run)/", rf"{tmp_path}/\1/", text)
    subprocess.run([shell, "-c", moved], check=True, capture_output=True, timeout=20)
    left = sorted(path.name for path in units.iterdir())
    assert left == ["looptijd-test.service", "looptijd-test.timer"]
    assert [path for place in places for path in place.iterdir()] == []


def a_program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_what_belongs_beside_the_program_has_links_that_work_there(tmp_path: Path) -> None:
    shell = shutil.which("sh")
    assert shell
    subprocess.run([shell, "deploy/share.sh", tmp_path], cwd=ROOT, check=True)
    pages = [*tmp_path.glob("docs/*.md"), *tmp_path.glob("docs/reference/*.md")]
    links = {
        (page.name, link.partition("#")[0])
        for page in pages
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
        if "://" not in link and not (page.parent / link.partition("#")[0]).exists()
    }
    assert len(pages) > 15
    assert links == set()
    assert (tmp_path / "examples" / "verbindend-leiden.toml").is_file()
    assert (tmp_path / "CHANGELOG.md").is_file()


def test_what_is_not_known_is_told(tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path, "1.0")
    wrong = install(bundle, tmp_path / "opt", "--force", "x")
    assert (wrong.returncode, wrong.stderr) == (
        1,
        "install.sh: --force is not known. Accepted: --prefix FOLDER, --python PROGRAM.\n",
    )
    old = install(bundle, tmp_path / "opt", python="/bin/false")
    assert old.stderr.startswith("install.sh: /bin/false is missing or older than Python 3.11")


def test_the_servers_lock_is_the_part_of_the_lock_that_a_server_needs() -> None:
    whole, part = (
        set((ROOT / name).read_text("utf-8").split("\n", 2)[2].splitlines())
        for name in ("requirements.lock", "deploy/requirements.lock")
    )
    names = {line.partition("==")[0] for line in part if "==" in line}
    assert {"apscheduler", "psycopg", "psycopg-binary", "sqlmodel", "tzdata"} <= names
    assert {"pytest", "ruff", "hatchling"}.isdisjoint(names)
    assert part <= whole

"""What the manuals point at exists: pages, headings, commands and targets of make."""

import gzip
import re
from pathlib import Path

import pytest

from docs import generate, manual_pages
from notifications.language import language
from states.dates.policy import Alerts
from states.model.period import Period
from tests.acceptance import documents
from workflow.cli import COMMANDS, cli
from workflow.engine.policies import RULES_VERSION
from workflow.intake.keys import keys
from workflow.outputs.tables.sheets import PAYMENTS, REGISTER, Table
from workflow.system.state_folder import NEVER, Mark, StateFolder

ROOT = Path(__file__).parents[3]
PAGES = {
    str(path.relative_to(ROOT)): path
    for folder in ("", "docs", "docs/nl", "docs/decisions", "docs/reference", "examples/register")
    for path in sorted((ROOT / folder).glob("*.md"))
}
FENCED = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the headings of a page as a link names them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def leads_nowhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    return not target.exists() or bool(anchor and anchor not in anchors(target))


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_somewhere(name: str) -> None:
    page = PAGES[name]
    links = re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", page.read_text(encoding="utf-8"))
    inside = [link for pair in links for link in pair if link and "://" not in link]
    assert [link for link in inside if leads_nowhere(page, link)] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_only_commands_and_targets_that_exist(name: str) -> None:
    text = PAGES[name].read_text(encoding="utf-8")
    code = "\n".join([*FENCED.findall(text), *re.findall(r"`([^`\n]+)`", FENCED.sub("", text))])
    named = set(re.findall(r"(?:^|/)looptijd (?:--\w+ \w+ )?([a-z]+)\b", code, re.MULTILINE))
    assert named - set(COMMANDS) == set()
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"^make ([a-z-]+)", code, re.MULTILINE)) - set(targets) == set()


@pytest.mark.parametrize("name", PAGES)
def test_every_table_has_its_head(name: str) -> None:
    tables = re.findall(
        r"(?:^\|.*\n)+", FENCED.sub("", PAGES[name].read_text("utf-8")), re.MULTILINE
    )
    headless = [table for table in tables if not re.match(r".*\n\|( ?-+ ?\|)+\n", table)]
    assert headless == []


def test_the_page_of_pages_names_every_page() -> None:
    listed = set(re.findall(r"\]\(([^)#]+)\)", PAGES["docs/README.md"].read_text("utf-8")))
    written = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert written - listed == set()


@pytest.mark.parametrize("name", ["docs/administration.md", "docs/upgrading.md"])
def test_who_keeps_the_state_folder_as_a_page_says_keeps_every_file(
    name: str, tmp_path: Path
) -> None:
    folder = StateFolder(tmp_path, "production")
    folder.raise_to(Mark(register="b7aa975e", events=1, handed_at=NEVER, adoptions=0))
    folder.note_erased("b7aa975e", ["sealed:747fd109"])
    (files,) = re.findall(
        r"state folder \(`/var/lib/looptijd/(.+?)`\)", PAGES[name].read_text("utf-8")
    )

    assert sorted(tmp_path.glob(files)) == sorted(tmp_path.iterdir())


def test_the_page_of_import_files_names_every_key() -> None:
    code = " ".join(re.findall(r"`([^`]+)`", PAGES["docs/import-files.md"].read_text("utf-8")))
    named = set(re.findall(r"\w+", code))
    untold = {key for key in keys() if key.split(".")[-1].lower() not in named}
    assert untold == set(), "each has a row in docs/import-files.md and docs/nl/import-files.md"


@pytest.mark.parametrize("name, code", [("docs/mail.md", "en"), ("docs/nl/mail.md", "nl")])
def test_the_page_about_mail_says_when_each_reminder_comes_unless_other_alerts_are_chosen(
    name: str, code: str
) -> None:
    write, built_in = language(code).write, Alerts()
    wanted = [
        (built_in.evaluation_before, built_in.evaluation_after),
        (built_in.continuation_before, ()),
        (built_in.payment_before, built_in.payment_after),
        (built_in.obligation_before, built_in.obligation_after),
        (built_in.evaluation_before, ()),  # giving notice
        ((), built_in.unsigned_after),
    ]
    when = PAGES[name].read_text(encoding="utf-8").split("\n## ")[1]
    rows = [line.split(" | ") for line in when.splitlines() if line.startswith("| ")][1:]

    assert [[re.findall(r"\d+ \w+", cell) for cell in row[1:3]] for row in rows[: len(wanted)]] == [
        [[write(period) for period in periods if period != Period()] for periods in both]
        for both in wanted
    ]


def test_the_page_for_programs_has_the_document_of_every_command() -> None:
    page = (ROOT / "docs/reference/interface.md").read_text(encoding="utf-8")
    described = "".join(re.findall(r"^\| (`.*?) \| ", page, re.MULTILINE))
    printing = {
        path
        for path, command in generate.each_command(cli)
        if path and any(option.name == "as_json" for option in command.params)
    }

    assert len(printing) > 35
    untold = {path for path in printing if not re.search(rf"`{path}\b", described)}
    assert untold == set(), "each has a row in docs/reference/interface.md"


def test_the_page_for_programs_names_every_key_of_every_document() -> None:
    page = (ROOT / "docs/reference/interface.md").read_text(encoding="utf-8")
    shapes = {name: shape for name, shape in vars(documents).items() if name.isupper()}

    assert len(shapes) > 15
    keys = {key for shape in shapes.values() for key in shape}
    assert keys - set(re.findall(r"\w+", page)) == set()


@pytest.mark.parametrize("command, table", [("export", REGISTER), ("export --payments", PAYMENTS)])
def test_the_page_for_programs_names_the_columns_of_a_csv_in_their_order(
    command: str, table: Table
) -> None:
    page = (ROOT / "docs/reference/interface.md").read_text(encoding="utf-8")
    told = re.search(rf"`{command}`: `\[{{(.*)}}\]`", page)
    assert told
    assert re.sub(r": \[\w+\]", "", told[1]).split(", ") == [*table.columns]


def test_the_changelog_names_the_schema_and_the_rules_to_which_an_upgrade_leads() -> None:
    last = max(path.name[:4] for path in (ROOT / "workflow/store/migrations/versions").glob("0*"))
    brought = re.search(
        r"`looptijd init` brings .* to (\d{4}) and adopts the rules of this release \((\d)",
        PAGES["CHANGELOG.md"].read_text(encoding="utf-8"),
    )
    assert brought
    assert brought.groups() == (last, str(RULES_VERSION))


def test_the_completion_of_the_package_puts_no_space_between_a_key_and_its_value(
    tmp_path: Path,
) -> None:
    manual_pages.main(tmp_path / "man", tmp_path / "looptijd")

    script = (tmp_path / "looptijd").read_text(encoding="utf-8")
    assert "[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace" in script
    assert (tmp_path / "man" / "man1" / "looptijd-mail-show.1.gz").is_file()


@pytest.mark.parametrize("name", ["looptijd", "looptijd-mail-show"])
def test_a_manual_of_the_package_names_the_options_that_a_command_takes(
    tmp_path: Path, name: str
) -> None:
    manual_pages.main(tmp_path / "man", tmp_path / "looptijd")

    page = gzip.decompress((tmp_path / "man" / "man1" / f"{name}.1.gz").read_bytes()).decode()
    assert re.search(r"^  \\-h, \\-\\-help  +Show this message and exit\.$", page, re.MULTILINE)

"""The report: what stands on its pages, and that its folder is whole or as it was."""

import errno
import os
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from notifications.language import language
from states.model.period import Period
from states.model.phrase import Refusal
from tests.reports import busy, report, words
from tests.town import CASE, OFFICES, REF, Town, a_town, running, unguarded, visiting
from workflow.outputs.json.views import Views
from workflow.outputs.report import site
from workflow.outputs.report.pages import Pages
from workflow.system.settings import CollegeSettings, Municipality

PAGES = [
    *("agreements", "compliance.html", "index.html", "looptijd-report.json", "money.html"),
    *("offices", "style.css", "timeline.html"),
]
MADE = "Made by looptijd from the register “test”, as it was on Thursday 1 November 2018 10:00."
HOSTILE = '<script>alert("1")</script> & {{ 7 * 7 }}'


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def drafts(folder: Path) -> list[str]:
    return [name for name in names(folder) if name.startswith(".looptijd-")]


# What stands in it -------------------------------------------------------------------------------


@pytest.fixture
def town(small_town: Town) -> Town:
    """Give a town on SQLite: what a page looks like is no business of the database."""
    return small_town


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a report that nobody changes."""
    place = tmp_path_factory.mktemp("town")
    with visiting(a_town(f"sqlite:///{place / 'looptijd.db'}", place)) as made:
        yield report(busy(made))


def test_a_report_shows_nothing_of_one_that_the_same_process_wrote_before(town: Town) -> None:
    busy(town)
    first = report(town, "first")
    elsewhere = Municipality(name="Gemeente Beesel", installation="elsewhere")
    other = report(town.configured(municipality=elsewhere), "other", public=True)
    again = report(town, "again")

    pages = sorted(path.relative_to(first) for path in first.rglob("*.html"))
    assert [(again / page).read_bytes() for page in pages] == [
        (first / page).read_bytes() for page in pages
    ]
    for page in other.rglob("*.html"):
        assert "register “elsewhere”" in page.read_text(encoding="utf-8")
    assert "Gemeente Maastricht" not in (other / "money.html").read_text(encoding="utf-8")


def test_each_page_says_of_what_register_and_of_what_moment_it_is(folder: Path) -> None:
    pages = [*folder.rglob("*.html")]
    assert len(pages) == 9
    assert all(MADE in words(page) for page in pages)


def test_an_early_end_stands_among_the_facts(town: Town) -> None:
    town.in_force().at("2018-02-01 10:00").do("terminate", ends_on="2018-06-30", reason="x")
    page = " ".join(words(report(town) / "agreements" / f"{REF}.html"))
    assert "terminated on 1 February 2018; the last day is 30 June 2018" in page


def test_a_report_is_pages_and_a_style_that_need_nothing_else(
    database_url: str, tmp_path: Path
) -> None:
    with visiting(a_town(database_url, tmp_path)) as made:
        folder = report(busy(made))
    assert names(folder) == PAGES
    assert names(folder / "agreements") == ["A-1.html", "B-1.html", f"{REF}.html"]
    assert names(folder / "offices") == ["financien.html", "sociaal-domein.html"]
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "http:" not in text
        assert "https:" not in text


def test_a_register_without_agreements_has_no_heading_over_nothing(town: Town) -> None:
    shown = words(report(town) / "index.html")
    nothing = shown.index("All agreements")
    assert shown[nothing : nothing + 3] == ["All agreements", "0", "There is nothing to list."]
    assert "A page for each office" not in shown
    assert "Every office" not in map(str.capitalize, shown)


def test_the_register_begins_with_what_asks_for_attention_and_ends_with_what_ended(
    folder: Path,
) -> None:
    found = words(folder / "index.html")
    begin = found.index("All agreements")
    late = found.index("instalment 2 is late: it was due on Friday 12 October 2018 at the latest.")
    (lapsed,) = (n for n, text in enumerate(found) if text.startswith("It ran out undecided on "))
    assert begin < found.index("Asks for attention") < late < found.index("In preparation")
    assert lapsed < found.index("In preparation") < found.index("B-1")


def test_it_opens_with_what_has_to_be_decided_paid_and_done_by_date(folder: Path) -> None:
    found = words(folder / "index.html")
    begin = found.index("by when", found.index("by when") + 1)
    assert found[begin : begin + 11] == [
        *("by when", "what", "agreement", "amount", "office"),
        *("12 October 2018", "20 days late", "Pay instalment 2", "Verbindend Leiden", "A. Janssen"),
        "€ 1,000.00",
    ]
    assert found[begin + 11] == "Concernfinancien"
    assert found.index("To decide") < begin < found.index("All agreements")


def test_what_another_party_pays_or_pays_back_is_asked_about_and_not_counted_as_to_pay(
    town: Town,
) -> None:
    theirs = {"instalment.1.payer": "limburg", "instalment.2.refund": "true"}
    town.in_force().do("amend", **theirs, reason="Afspraak")
    page = report(town.until("2019-11-01 10:00")) / "index.html"
    found = words(page)
    assert found[found.index("To pay") - 1 :][:4] == [
        "1",
        "To pay",
        "€ 1,000.00",
        "late: 1, € 1,000.00",
    ]
    assert found[found.index("To do") - 1 :][:3] == ["2", "To do", "late: 2"]
    assert {
        "Ask whether Provincie Limburg paid instalment 1",
        "Check that instalment 2 came back",
    } < {*found}


def test_what_is_to_be_decided_stands_by_office_with_the_meeting_that_is_in_time(
    town: Town,
) -> None:
    meets = CollegeSettings(meets="tuesday", papers=Period(days=14))
    town = town.in_force().configured(college=meets).until("2020-08-31 10:00")
    found = words(report(town) / "index.html")
    begin = found.index("Decide on the continuation") - 9
    assert found[begin : begin + 13] == [
        *("Portefeuille Sociaal Domein", "2"),
        *("11 July 2020", "51 days late", "Hold the final evaluation"),
        *("Verbindend Leiden", "A. Janssen"),
        *("11 October 2020", "in 41 days", "Decide on the continuation"),
        "In the college no later than Tuesday 6 October 2020; papers in by 22 September 2020",
        "If nobody acts: it ends without a decision",
        "Verbindend Leiden",
    ]
    unsaid = words(report(town.configured(college=CollegeSettings()), "other") / "index.html")
    assert not [text for text in unsaid if "college" in text]


def test_a_mail_names_the_meeting_at_which_it_can_be_decided_in_time(town: Town) -> None:
    town = town.in_force().configured(college=CollegeSettings(meets="tuesday"))
    town.until("2020-08-31 10:00")

    asked = "uiterlijk op dinsdag 6 oktober 2020 besluiten"
    mails = [" ".join(mail.words.split()) for mail in town.relay.accepted]
    assert asked in mails[-1]


def test_what_is_not_public_is_marked_wherever_it_is_named(folder: Path) -> None:
    for page in (
        "index.html",
        "timeline.html",
        "agreements/A-1.html",
        "offices/sociaal-domein.html",
    ):
        assert "not public" in words(folder / page), page
    assert "not public" not in words(folder / f"agreements/{REF}.html")


def test_the_day_on_which_it_was_made_stands_on_top_of_every_page(folder: Path) -> None:
    for page in folder.rglob("*.html"):
        found = words(page)
        top = found.index("as it was on Thursday 1 November 2018 10:00")
        assert top < found.index("Agreements") + 5, page


def test_an_office_has_a_page_of_its_own_that_can_be_passed_on(folder: Path) -> None:
    page = folder / "offices" / "financien.html"
    found = words(page)
    assert found.count("Pay instalment 2") == 1
    assert "To decide" not in found
    text = page.read_text(encoding="utf-8")
    assert "<link" not in text
    assert "--utrecht-document-color: " in text
    keeps = words(folder / "offices" / "sociaal-domein.html")
    assert {"To decide", "Timeline", "Asks for attention", "SO-2017-0042"} <= set(keeps)
    assert "Pay instalment 2" not in keeps


def test_no_private_value_stands_in_it_by_its_token(folder: Path) -> None:
    for page in folder.rglob("*.html"):
        assert "sealed:" not in page.read_text(encoding="utf-8"), page


def test_money_is_counted_per_fiscal_year(folder: Path) -> None:
    found = words(folder / "money.html")
    begin, end = found.index("amount unknown") + 1, found.index("Instalment by instalment")
    rows = found[begin:end]
    assert rows == [
        *("2017", "€ 1,000.00", "–", "–", "–", "–", "€ 1,000.00", "–", "–"),
        *("2018", "!", "–", "€ 1,000.00", "–", "–", "–", "€ 1,000.00", "–", "–"),
        *("2019", "–", "–", "€ 1,000.00", "–", "–", "€ 1,000.00", "–", "–"),
        *("unknown", "–", "–", "–", "€ 3,000.00", "–", "€ 3,000.00", "–", "–"),
    ]


def test_money_goes_down_to_the_instalments_of_a_year(folder: Path) -> None:
    found = words(folder / "money.html")
    begin = found.index("Instalment by instalment") + 1
    heads = ["agreement", "number", "due", "amount", "status"]
    assert found[begin : begin + 26] == [
        *("2017", "1", "€ 1,000.00", *heads),
        *("Verbindend Leiden", "1", "12 October 2017", "€ 1,000.00", "paid"),
        *("2018", "1", "€ 1,000.00", *heads),
        *("Verbindend Leiden", "2", "12 October 2018", "€ 1,000.00", "late"),
    ]


def test_a_dossier_explains_each_date_and_tells_its_history(folder: Path) -> None:
    found = words(folder / "agreements" / f"{REF}.html")
    for text in (
        "the final evaluation: Saturday 11 July 2020",
        "The clause: “Drie maanden voor het einde wordt geëvalueerd.”",
        "Saturday 11 July 2020 is a Saturday, so the alert moves to Friday 10 July 2020.",
        "paid, 13 October 2017",
        "Verbindend…: betaal termijn 1 vandaag, 12 okt (SO-2017-0042)",
    ):
        assert text in found, text


def test_a_date_of_a_draft_of_which_each_alert_never_left_is_not_among_those_to_come(
    town: Town,
) -> None:
    """As `show` and `deadlines` judge it."""
    fixed = CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = 2017-01-01')
    town.register(OFFICES, fixed).at("2018-06-01 10:00")
    found = words(report(town) / "agreements" / f"{REF}.html")
    over = found.index("Dates of which nothing is to come: 4")  # the signatures by its start too
    assert "instalment 3: Tuesday 1 January 2019" in found[:over]
    for day in ("1: Sunday 1 January 2017", "2: Monday 1 January 2018"):
        assert f"instalment {day}" in found[over:], day


def test_a_dossier_says_what_each_decision_point_is_about(town: Town) -> None:
    town.register(OFFICES, CASE).decided()
    found = words(report(town) / "agreements" / f"{REF}.html")
    assert "decision point 1 (De overeenkomst ondertekenen): as proposed" in found


def test_a_decision_point_of_which_the_text_is_gone_keeps_its_outcome(town: Town) -> None:
    town.register(OFFICES, CASE).decided()
    town.do("amend", **{"decision_point.1.text": ""}, reason="Stond niet in de nota")
    found = words(report(town) / "agreements" / f"{REF}.html")
    assert "decision point 1: as proposed" in found


def test_a_dossier_says_of_a_missing_fact_from_when_it_is_asked(town: Town) -> None:
    town.register(OFFICES, CASE).decided()
    town.do("amend", **{"term.start": "2019-01-01"}, reason="Afspraak")
    found = words(report(town) / "agreements" / f"{REF}.html")
    signature = "the day of signing of Provincie Limburg, asked from: "
    assert any(text.startswith(signature) for text in found), found


def test_a_dossier_says_which_day_is_not_known_who_pays_and_what_was_never_held(
    town: Town,
) -> None:
    busy(town).do("amend", **{"instalment.3.payer": "limburg"}, reason="Afspraak")
    pages = report(town) / "agreements"
    draft, running, ended = (words(pages / f"{ref}.html") for ref in ("B-1", REF, "A-1"))
    assert draft[draft.index("first day") + 1].startswith(
        "not known: the agreement has not been signed by"
    )
    assert "payer" not in draft
    assert running.count("payer") == 1
    row = running.index("12 October 2019")
    assert "Provincie Limburg" in running[row : row + 3]
    town.do("amend", **{"instalment.2.refund": "true"}, reason="Afspraak")
    refund = words(report(town) / "agreements" / f"{REF}.html")
    row = refund.index("12 October 2018")
    assert refund[row : row + 4] == ["12 October 2018", "2018", "unknown", "Gemeente Maastricht"]
    assert any(text.endswith("never held") for text in ended)


def test_an_evaluation_that_an_early_end_took_away_is_dropped_and_not_missed(town: Town) -> None:
    town.at("2018-03-01 10:00").register(OFFICES, running("A-1"), history=True)
    town.do_with("A-1", "terminate", ends_on="2018-03-31", reason="Klaar")
    found = " ".join(words(report(town.until("2018-04-03 10:00")) / "agreements" / "A-1.html"))
    assert "final evaluation : Sunday 31 December 2017, dropped" in found
    assert "never held" not in found


def test_the_timeline_tells_in_words_what_it_draws(folder: Path) -> None:
    text = (folder / "timeline.html").read_text(encoding="utf-8")
    assert (
        'aria-label="Verbindend Leiden: 12 October 2018 instalment 2: €\xa01,000.00'
        " (late: it was due on Friday 12 October 2018 at the latest);"
        " 12 October 2019 instalment 3: €\xa01,000.00 (to come);"
        " 11 July 2020 the final evaluation (to come); 11 October 2020 last day (to come);"
        ' 11 October 2020 the decision on the continuation (to come)"' in text
    )


def test_no_amount_is_parted_from_its_sign(folder: Path) -> None:
    pages = [page.read_text(encoding="utf-8") for page in folder.rglob("*.html")]
    assert sum(page.count("€\xa0") for page in pages) > 20
    assert [found for page in pages for found in re.findall(r".{20}€ \d.{10}", page)] == []


def test_a_report_speaks_dutch_too(town: Town) -> None:
    folder = report(town.register(OFFICES, CASE), lang="nl")
    assert '<html lang="nl">' in (folder / "index.html").read_text(encoding="utf-8")
    assert "Alle overeenkomsten" in words(folder / "index.html")
    told = words(folder / "agreements" / f"{REF}.html")
    assert "het e-mailadres van de dossierhouder: (adres)" in told


def test_what_people_wrote_is_shown_and_never_acted_on(town: Town) -> None:
    hostile = CASE.replace('"Samenwerkingsovereenkomst Verbindend Leiden"', f"'{HOSTILE}'")
    folder = report(town.register(OFFICES, hostile))
    for page in ("index.html", f"agreements/{REF}.html"):
        assert HOSTILE in " ".join(words(folder / page))
        assert "<script" not in (folder / page).read_text(encoding="utf-8")


def test_nobodys_address_stands_in_it(town: Town) -> None:
    town.register(OFFICES, CASE).do("note", text="Vraag het jan.smit@elders.example eens.")
    town.decided()
    folder = report(town)
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "@" not in re.sub("<style>.*?</style>", "", text, flags=re.DOTALL)
    assert "A. Janssen" in words(folder / "agreements" / f"{REF}.html")  # whom `show` names too


def test_an_agreement_that_cannot_be_read_is_listed_and_the_others_have_their_pages(
    town: Town,
) -> None:
    busy(town).change("UPDATE agreement SET stage = 'gone' WHERE ref = 'A-1'")
    folder = report(town)
    assert names(folder / "agreements") == ["B-1.html", f"{REF}.html"]
    assert "A-1" in words(folder / "index.html")


def test_an_agreement_of_which_an_event_cannot_be_read_is_listed_and_the_others_have_their_pages(
    town: Town,
) -> None:
    unguarded(busy(town))
    town.change(
        "UPDATE event SET payload = 'x' WHERE stream = :s AND seq = 2", s=f"agreement:{REF}"
    )

    for public in (False, True):
        folder = report(town, f"public-{public}", public=public)
        assert "B-1.html" in names(folder / "agreements")
        assert f"{REF}.html" not in names(folder / "agreements")
    listed = words(town.folder / "public-False" / "index.html")
    assert "An event in the ledger cannot be read" in " ".join(listed)
    views = Views(language("en"), town.app.local)
    assert site.write_report(town.app, views, town.folder / "again", public=True) == (1, [REF])


def test_a_page_tells_what_became_of_a_party_and_when_what_has_no_end_can_end(town: Town) -> None:
    lasting = running("A-1").replace(
        'length = "P1Y"', 'open_ended = true\nminimum = "P2Y"\nnotice = "P3M"'
    )
    lasting = lasting.replace('before_end = "P3M"', 'after_start = "P3M"')
    other = '[[agreement.party]]\nkey = "other"\nname = "Gemeente Noord"\nsigned_on = 2017-12-02\n'
    town.at("2018-03-01 10:00").register(OFFICES, lasting + other, history=True)
    gone = {"party.other.merged_into": "maastricht", "party.other.left_on": "2018-02-28"}
    town.do_with("A-1", "amend", **gone, reason="Herindeling")
    found = " ".join(words(report(town) / "agreements" / "A-1.html"))
    assert "signed on 1 December 2017, de burgemeester" in found
    assert "merged into Gemeente Maastricht; party through 28 February 2018" in found
    by = "give notice by Sunday 29 September 2019"  # the safe reading: a day before the 30th
    assert f"can end on Tuesday 31 December 2019 at the earliest; {by}" in found


# Its folder --------------------------------------------------------------------------------------


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_an_earlier_report_is_replaced(town: Town) -> None:
    town.register(OFFICES, CASE)
    report(town)
    town.do("withdraw")
    assert "ended (withdrawn)" in words(report(town) / "index.html")
    assert drafts(town.folder) == []


def test_a_folder_that_holds_something_else_is_left_as_it_is(town: Town) -> None:
    mine = report(town) / "mine.txt"
    mine.write_text("keep me", encoding="utf-8")
    with pytest.raises(Refusal, match="holds something else than a report"):
        report(town)
    assert mine.read_text(encoding="utf-8") == "keep me"
    with pytest.raises(Refusal, match="holds something else than a report"):
        report(town, ".")
    assert drafts(town.folder) == []


def test_a_report_is_written_where_an_earlier_page_is_still_open_on_a_network_share(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a page keeps a name until it is closed, and the folder that it was in cannot go."""

    not_empty = Mock(side_effect=OSError(errno.ENOTEMPTY, "Directory not empty"))
    folder = report(town.register(OFFICES, CASE))
    with monkeypatch.context() as share:
        share.setattr(os, "rmdir", not_empty)
        assert report(town) == folder
    assert len(drafts(folder)) == 1
    report(town)
    assert drafts(folder) == []


def test_a_folder_that_cannot_be_made_is_named(town: Town) -> None:
    with pytest.raises(Refusal, match="missing cannot be used: No such file or directory"):
        report(town, "missing/report")


def test_a_link_to_a_disk_that_is_away_is_named_and_not_the_draft_beside_it(town: Town) -> None:
    link = town.folder / "report"
    link.symlink_to("away")
    with pytest.raises(Refusal) as refused:
        report(town)
    assert str(refused.value) == f"{link} cannot be used: Not a directory."


@pytest.mark.parametrize("bits, below", [(0o2750, 0o750), (0o2770, 0o770)])
def test_a_folder_that_was_shared_stays_so_and_its_pages_are_for_whom_it_is_for(
    town: Town, bits: int, below: int
) -> None:
    shared = town.folder / "report"
    shared.mkdir()
    shared.chmod(bits)
    before = shared.stat()
    town.register(OFFICES, CASE)
    for _ in range(2):
        assert report(town) == shared
        after = shared.stat()
        assert (after.st_ino, after.st_mode, after.st_gid) == (
            before.st_ino,
            before.st_mode,
            before.st_gid,
        )
        assert mode(shared / "index.html") == 0o640
        assert mode(shared / "agreements") == below
    assert drafts(shared) == []


def test_a_new_folder_is_its_owners_only(town: Town) -> None:
    folder = report(town.register(OFFICES, CASE))
    assert (mode(folder), mode(folder / "index.html")) == (0o700, 0o600)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another group")
def test_a_folder_of_another_group_is_read_by_that_group(town: Town) -> None:
    shared = town.folder / "report"
    shared.mkdir(mode=0o755)
    shared.chmod(0o755)
    os.chown(shared, -1, 33)  # www-data
    report(town.register(OFFICES, CASE))
    assert {path.stat().st_gid for path in (shared, *shared.rglob("*"))} == {33}
    assert mode(shared / "index.html") == 0o644


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another group")
def test_who_is_not_in_the_group_of_a_folder_is_told_to_let_it_be_inherited(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = town.folder / "report"
    shared.mkdir()
    os.chown(shared, -1, 33)  # www-data
    monkeypatch.setattr(os, "chown", Mock(side_effect=PermissionError))
    with pytest.raises(Refusal, match=rf"Type: sudo chmod g\+s {shared}$"):
        report(town.register(OFFICES, CASE))
    assert names(shared) == []


def test_a_draft_that_a_kill_left_behind_stands_in_no_ones_way(town: Town) -> None:
    folder = report(town.register(OFFICES, CASE))
    (folder / ".looptijd-killed").mkdir()
    (folder / ".looptijd-killed" / "new").mkdir()
    report(town)
    assert (folder / "index.html").is_file()


def test_a_draft_that_a_kill_left_in_a_shared_folder_is_no_report_of_anothers(town: Town) -> None:
    shared = town.folder / "report"
    (shared / ".looptijd-killed" / "new" / "agreements").mkdir(parents=True)
    assert report(town.register(OFFICES, CASE)) == shared
    assert names(shared) == PAGES


def test_while_a_new_report_is_written_whoever_writes_the_register_does_not_wait(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder in which it comes may be the state folder, as beside an SQLite file."""
    town.register(OFFICES, CASE)
    (mark,) = town.folder.glob("looptijd-*-test.json")
    seen: list[bytes] = []

    class Slow(Pages):
        def write(self, path: Path, template: str, **values: Any) -> None:
            if path.name == "index.html":
                with ThreadPoolExecutor(1) as pool:
                    seen.append(mark.read_bytes())
                    with visiting(town.another()) as other:
                        pool.submit(other.do, "submit").result(timeout=20)
                    seen.append(mark.read_bytes())
            super().write(path, template, **values)

    monkeypatch.setattr(site, "Pages", Slow)
    assert names(report(town)) == PAGES
    assert seen[0] != seen[1]


def test_two_that_write_into_one_folder_do_so_one_after_the_other(town: Town) -> None:
    folder = report(town.register(OFFICES, CASE))
    for _ in range(3):
        with ThreadPoolExecutor(4) as pool:
            assert {*pool.map(lambda _: report(town), range(4))} == {folder}
    assert names(folder) == PAGES


@pytest.mark.parametrize("moved", ["new/looptijd-report.json", "new"])
def test_who_comes_while_another_puts_a_report_in_its_place_waits(
    town: Town, monkeypatch: pytest.MonkeyPatch, moved: str
) -> None:
    town.register(OFFICES, CASE)
    if moved != "new":  # which is the whole folder, where none stood
        report(town)
    second: list[Future[Path]] = []

    def and_another_comes(path: Path, to: Path) -> Path:
        if path.match(moved) and not second:
            second.append(pool.submit(report, town))
            with suppress(TimeoutError):
                second[0].result(timeout=0.3)
        os.rename(path, to)  # noqa: PTH104 - the real one
        return to

    monkeypatch.setattr(Path, "rename", and_another_comes)
    with ThreadPoolExecutor(1) as pool:
        folder = report(town)
        assert second[0].result() == folder
    assert names(folder) == PAGES


def test_a_page_that_cannot_be_put_in_its_place_leaves_all_as_they_were(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = report(town.register(OFFICES, CASE))
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

    def refuses(path: Path, to: Path) -> Path:
        if path.name == "money.html" and path.parent.name == "new":
            raise OSError(28, "No space left on device")
        os.rename(path, to)  # noqa: PTH104 - the real one
        return to

    monkeypatch.setattr(Path, "rename", refuses)
    with pytest.raises(Refusal, match="No space left on device"):
        report(town.later(days=1))
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert after == before
    assert (folder / "agreements").is_dir()
    assert drafts(folder) == []


def test_what_waits_for_its_page_waits_on_the_disk_of_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk of temporary files was told as that of the report."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with site.Spool(tmp_path) as spool:
        for part in ("a", "b"):
            spool.add(("running", ""), part * 600_000)
        assert [*map(len, spool.parts(("running", "")))] == [600_000, 600_000]
    assert names(tmp_path) == []


def test_a_report_that_fails_half_way_leaves_the_earlier_one(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = report(town.register(OFFICES, CASE))
    before = (folder / "index.html").read_bytes()

    class Failing(Pages):
        def write(self, path: Path, template: str, **values: object) -> None:
            if path.name == "money.html":
                raise OSError(28, "No space left on device")
            super().write(path, template, **values)

    monkeypatch.setattr(site, "Pages", Failing)
    with pytest.raises(Refusal, match="No space left on device"):
        report(town.later(days=1))
    assert (folder / "index.html").read_bytes() == before
    assert drafts(town.folder) == []

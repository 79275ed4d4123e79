"""A dossier's folder: to read, to check by hand, and for an archive."""

import json
import re
import subprocess
from collections.abc import Mapping
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from notifications.language import language
from tests.town import CASE, OFFICES, REF, Town, running, walked_once
from workflow.outputs.dossier.folder import written
from workflow.outputs.dossier.packed import pack
from workflow.outputs.json.views import Views
from workflow.people.erase import erase
from workflow.system.settings import ArchiveSettings, Municipality, Settings

# What is exported is read through queries that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite

# The order of elements in MDTO-XML 1.0's schema; what looptijd has no use for is left out.
ORDER = {
    "informatieobject": (
        *("identificatie", "naam", "aggregatieniveau", "omschrijving", "dekkingInTijd", "taal"),
        *("event", "waardering", "bewaartermijn", "informatiecategorie", "heeftRepresentatie"),
        *("gerelateerdInformatieobject", "archiefvormer", "betrokkene"),
        *("activiteit", "beperkingGebruik"),
    ),
    "bestand": (
        *("identificatie", "naam", "omvang", "bestandsformaat", "checksum", "isRepresentatieVan"),
    ),
    "checksum": ("checksumAlgoritme", "checksumWaarde", "checksumDatum"),
    "bewaartermijn": (
        *("termijnTriggerStartLooptijd", "termijnStartdatumLooptijd", "termijnLooptijd"),
        "termijnEinddatum",
    ),
    "identificatie": ("identificatieKenmerk", "identificatieBron"),
    "verwijzingIdentificatie": ("identificatieKenmerk", "identificatieBron"),
    "verwijzing": ("verwijzingNaam", "verwijzingIdentificatie"),
    "begrip": ("begripLabel", "begripCode", "begripBegrippenlijst"),
    "dekkingInTijd": ("dekkingInTijdType", "dekkingInTijdBegindatum", "dekkingInTijdEinddatum"),
    "event": ("eventType", "eventTijd", "eventVerantwoordelijkeActor", "eventResultaat"),
    "gerelateerdInformatieobject": (
        *("gerelateerdInformatieobjectVerwijzing", "gerelateerdInformatieobjectTypeRelatie"),
    ),
    "betrokkene": ("betrokkeneTypeRelatie", "betrokkeneActor"),
    "beperkingGebruik": ("beperkingGebruikType", "beperkingGebruikNadereBeschrijving"),
}
KINDS = {
    **dict.fromkeys(("aggregatieniveau", "waardering"), "begrip"),
    **dict.fromkeys(("dekkingInTijdType", "eventType", "beperkingGebruikType"), "begrip"),
    **dict.fromkeys(("betrokkeneTypeRelatie",), "begrip"),
    "gerelateerdInformatieobjectTypeRelatie": "begrip",
    **dict.fromkeys(("bestandsformaat", "checksumAlgoritme", "informatiecategorie"), "begrip"),
    "termijnTriggerStartLooptijd": "begrip",
    **dict.fromkeys(("heeftRepresentatie", "isRepresentatieVan"), "verwijzing"),
    **dict.fromkeys(("archiefvormer", "activiteit", "begripBegrippenlijst"), "verwijzing"),
    **dict.fromkeys(("eventVerantwoordelijkeActor", "betrokkeneActor"), "verwijzing"),
    "gerelateerdInformatieobjectVerwijzing": "verwijzing",
}
REPEATED = {"heeftRepresentatie", "event", "gerelateerdInformatieobject", "betrokkene"}
MDTO = "{https://www.nationaalarchief.nl/mdto}"


def files_of(
    town: Town, code: str = "nl", ref: str = REF, archive: ArchiveSettings | None = None
) -> Mapping[str, bytes]:
    views, place = Views(language(code), town.app.local), Municipality(name="Gemeente Maastricht")
    settings = Settings(municipality=place, archive=archive or ArchiveSettings())
    return written(pack(town.app, ref), views, settings)


def unpacked(town: Town) -> Path:
    folder = town.folder / "dossier"
    for name, content in files_of(town).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
@walked_once
def signed(town: Town) -> Town:
    return town.register(OFFICES, CASE).decided().signed()


def test_the_folder_holds_everything_with_its_sums(signed: Town) -> None:
    folder = unpacked(signed)
    sums = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    names = {line.split("  ")[1] for line in sums}
    mails = {f"mails/{number}.eml" for number in signed.mails("id", where="content IS NOT NULL")}
    kept = {"README.txt", "dossier.html", "dossier.json", "ledger.jsonl", "sealed.jsonl", *mails}
    assert names == {"dossier.mdto.xml", *kept, *(f"{name}.bestand.mdto.xml" for name in kept)}
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, check=False)  # noqa: S607
    assert checked.returncode == 0


def test_the_readme_names_the_mails_where_there_are_any(town: Town) -> None:
    drafted = town.register(OFFICES, CASE)
    assert b"  mails/  " not in files_of(drafted)["README.txt"]
    assert b"  mails/  " in files_of(drafted.decided().signed())["README.txt"]


@pytest.mark.parametrize("code", ["nl", "en"])
def test_what_the_readme_says_checks_the_ledger(signed: Town, code: str) -> None:
    folder = unpacked(signed)
    readme = files_of(signed, code)["README.txt"].decode()
    (script,) = re.findall(r"(    python3 - <<'END'\n.*?\n    END\n)", readme, re.DOTALL)
    script = re.sub("^    ", "", script, flags=re.MULTILINE)
    stored = "SELECT hash FROM event WHERE stream = :s ORDER BY seq DESC LIMIT 1"
    head = signed.scalar(stored, s=f"agreement:{REF}")
    good = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, check=True)  # noqa: S607
    assert good.stdout.decode().strip() == head
    ledger = folder / "ledger.jsonl"
    ledger.write_text(ledger.read_text(encoding="utf-8").replace("P3Y", "P4Y"), encoding="utf-8")
    bad = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, check=False)  # noqa: S607
    assert bad.returncode != 0


def test_the_ledger_is_the_text_that_was_hashed_and_sealed_values_lie_beside_it(
    signed: Town,
) -> None:
    files = files_of(signed)
    payloads = [json.loads(line)["payload"] for line in files["ledger.jsonl"].splitlines()]
    stored = "SELECT payload FROM event WHERE stream = :s ORDER BY seq"
    assert payloads == [row.payload for row in signed.query(stored, s=f"agreement:{REF}")]
    values = {json.loads(line)["value"] for line in files["sealed.jsonl"].splitlines()}
    assert values == {"A. Janssen", "a.janssen@maastricht.example", "griffier Smeets"}


def test_who_was_erased_is_in_no_file(signed: Town) -> None:
    erase(signed.app, "A. Janssen", by="griffier", reason="Op verzoek.")
    files = files_of(signed)
    assert [name for name, content in files.items() if b"Janssen" in content] == []
    told = re.findall(r'<td data-label="aan">(.*?)</td>', files["dossier.html"].decode())
    assert set(told) == {
        "Portefeuille Sociaal Domein (gewist)",
        "Concernfinancien (gewist)",
        "dossierhouder (gewist)",
        "dossierhouder",  # merged into another, so never addressed
    }


def test_mails_are_the_bytes_that_were_sent(signed: Town) -> None:
    files = files_of(signed)
    sent = {mail.content for mail in signed.relay.accepted}
    assert {content for name, content in files.items() if name.endswith(".eml")} == sent
    first = message_from_bytes(files["mails/1.eml"], policy=default)
    assert first["Auto-Submitted"] == "auto-generated"


# The page ----------------------------------------------------------------------------------------


class Seen(HTMLParser):
    """What a page shows, and what it fetches."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.is_heading = False
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.is_heading = tag in {"h1", "h2"}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        if self.is_heading:
            self.headings.append(data)
            self.is_heading = False


def page_of(town: Town, ref: str = REF) -> str:
    """Return the page; amounts stand in it unbroken."""
    return files_of(town, ref=ref)["dossier.html"].decode().replace("\xa0", " ")


def test_the_page_shows_the_whole_dossier_and_fetches_nothing(signed: Town) -> None:
    files = files_of(signed)
    seen = Seen(files["dossier.html"])
    assert seen.headings == [
        "Samenwerkingsovereenkomst Verbindend Leiden",
        "Gegevens",
        "Tijdlijn",
        "Partijen",
        "Betaaltermijnen",
        "Besluiten en evaluaties",
        "Waarom elke datum is zoals hij is",
        "Geschiedenis",
        "Mails",
    ]
    mails = {name for name in files if name.endswith(".eml")}
    assert {link for link in seen.links if not link.startswith("#")} == mails
    assert not seen.tags & {"script", "link", "img", "iframe"}
    page = page_of(signed)
    for shown in (
        "zaterdag 11 juli 2020",
        "€ 1.000,00",
        "wethouder Gerats",
        "Conform",
        "A. Janssen",
    ):
        assert shown in page


def test_the_page_tells_no_code_where_people_have_a_word(signed: Town) -> None:
    refund = {"instalment.3.refund": "true", "instalment.3.payer": "limburg"}
    signed.do("amend", **refund, reason="Afspraak")
    signed.until("2020-08-01 10:00")
    signed.do("conclude", report="Rapport", conclusion="Door.")
    signed.do("decide", outcome="stop")
    page = page_of(signed)
    assert "€ 1.000,00 (terugbetaling)" in page
    assert "</strong>: stoppen, " in page
    assert "Portefeuille Sociaal Domein" in page
    assert not re.findall(r"<td>[a-z_]+:[^ <][^<]*</td>|<td>[a-z]+-[a-z]+</td>", page)


@pytest.mark.on_both
def test_a_mail_without_words_of_its_own_is_called_by_what_it_is_about(town: Town) -> None:
    town.register(OFFICES, CASE).do("submit")
    town.do("agree")
    town.do("decide", outcome="as_proposed")
    town.do("sign", party="maastricht")
    town.do("sign", party="limburg")
    town.deliver()
    page = page_of(town)
    row = page[page.index('<th scope="row">het college heeft besloten</th>') :]
    assert ">geannuleerd (staat in mail 6)</td>" in row.partition("</tr>")[0]


def test_what_another_mail_told_is_not_just_cancelled_and_that_mail_is_named(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1"), running("B-1"), history=True)
    town.at("2018-07-04 09:00").tick()
    town.later(hours=2).one_pass()
    assert town.mails("id, rule, status") == [
        (1, "evaluation", "cancelled"),
        (2, "evaluation", "cancelled"),
        (3, "catch_up", "accepted"),
    ]
    files = files_of(town, ref="A-1")
    assert not [name for name in files if name.startswith("mails/")]
    told, lead = re.findall(r"<tr>.*?</tr>", files["dossier.html"].decode(), re.DOTALL)[-2:]
    assert ">geannuleerd (staat in mail 3)</td>" in told
    assert " (mail 3)</th>" in lead
    assert ">bastiaens@maastricht.example</td>" in lead
    assert ">aangenomen</td>" in lead


def test_an_overview_that_has_no_words_yet_is_called_by_what_it_is(town: Town) -> None:
    nobody = OFFICES.replace("from = 2018-06-01", "from = 2019-06-01").replace("fallback", "# ")
    town.at("2018-06-05 10:00").register(nobody, running("A-1"), running("B-1"), history=True)
    town.at("2018-07-04 09:00").tick()
    town.later(hours=2).one_pass()
    page = files_of(town, ref="A-1")["dossier.html"].decode()
    assert '<th scope="row">inhaalmail (mail 3)</th>' in page


def test_the_page_tells_what_an_event_took_back_and_where_it_led(signed: Town) -> None:
    signed.do("pay", instalment="1", on="2017-10-12", reference="Factuur 7")
    assert "betaald, 12 oktober 2017 (Factuur 7)</td>" in page_of(signed)
    signed.do("undo", reason="Een andere factuur.")
    undone, paid = events_of(signed)[:2]
    assert paid.startswith(
        "termijn 1 is betaald donderdag 12 oktober 2017 10:00, griffier Smeets (9)"
    )
    assert "reden: Een andere factuur." in undone
    assert "draait gebeurtenis 9 terug" in undone
    told = " ".join(events_of(signed))
    assert "naar: in werking" in told
    assert re.search(r"overgeslagen: \d .*de handtekeningen, 4 weken erna", told)


def events_of(town: Town) -> list[str]:
    """Return the events of the page's history in words, the last one first."""
    page = page_of(town)
    listed = page.partition('<h2 id="history">')[2].partition("</section>")[0]
    events = listed.split("<li><p><strong>")[1:]
    return [" ".join(re.sub("<[^>]+>", " ", event).split()) for event in events]


def test_the_page_lists_the_documents_that_are_cited(town: Town) -> None:
    cited = '[[agreement.document]]\ntitle = "{}"\ndated = "{}"\nurl = "https://example.org/{}"\n'
    named = (("Rapport", "2017-09-01", "a"), ("Notitie", "2016", "b"), ("Brief", "unknown", "c"))
    town.register(OFFICES, CASE + "".join(cited.format(*parts) for parts in named))
    files = files_of(town)
    page = page_of(town)
    for item in (
        '<a href="https://example.org/a">Rapport</a>, vrijdag 1 september 2017',
        '<a href="https://example.org/b">Notitie</a>, 2016',
        '<a href="https://example.org/c">Brief</a>',
    ):
        assert f"<li>{item}</li>" in page
    assert json.loads(files["dossier.json"])["documents"][1] == {
        "title": "Notitie",
        "dated": "2016",
        "url": "https://example.org/b",
    }


def test_the_page_says_what_was_decided_on_each_point(signed: Town) -> None:
    page = page_of(signed)
    point = "beslispunt 1 (De overeenkomst ondertekenen): conform"
    decided = "<strong>collegebesluit</strong>: Conform, dinsdag 26 september 2017"
    assert f"{decided}<ul><li>{point}</li></ul></li>" in page


def test_what_was_erased_is_named_in_words(signed: Town) -> None:
    signed.do("note", text="Gebeld met A. Janssen.")
    erase(signed.app, "A. Janssen", by="griffier", reason="Op verzoek.")
    named = ("de naam van de dossierhouder", "het e-mailadres van de dossierhouder")
    assert f"gewist: {', '.join(named)}, de reden van gebeurtenis 9" in " ".join(events_of(signed))


def test_the_page_names_who_pays_an_instalment_that_we_do_not(signed: Town) -> None:
    signed.do("amend", **{"instalment.3.payer": "limburg"}, reason="Afspraak")
    page = page_of(signed)
    rows = re.findall(r'<tr>\n<th scope="row">[123]</th>.*?</tr>', page, flags=re.DOTALL)
    assert ["Provincie Limburg" in row for row in rows] == [False, False, True]


def facts_of(town: Town, ref: str) -> str:
    """Return the words of the page's first section."""
    page = page_of(town, ref)
    words = re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    return " ".join(words.split()).partition("Partijen")[0]


def test_the_page_says_how_an_agreement_ends_or_that_it_does_not(town: Town) -> None:
    term = 'length = "P2Y"'
    tacit = f'{term}\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"'
    renewing = running("A-1", length="P2Y").replace(term, tacit)
    lasting = running("A-2", length="P2Y").replace(term, "open_ended = true")
    lasting = lasting.replace("before_end", "after_start")
    town.at("2018-12-03 10:00").register(OFFICES, renewing, lasting, history=True)
    renews = "laatste dag dinsdag 31 december 2019 stilzwijgende verlenging met 1 jaar; opzeggen"
    assert renews in facts_of(town, "A-1")
    assert "laatste dag onbepaalde tijd functie" in facts_of(town, "A-2")


def test_what_was_entered_is_never_markup(signed: Town) -> None:
    signed.do("amend", title="<script>alert(1)</script> & co", reason="<b>Zo</b> heet het.")
    files = files_of(signed)
    for name in ("dossier.html", "dossier.mdto.xml"):
        assert b"<script>" not in files[name]
        assert b"&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in files[name]
    assert b"<b>Zo" not in files["dossier.html"]


def test_a_sign_that_xml_cannot_hold_does_not_break_the_metadata(signed: Town) -> None:
    signed.do("amend", title="Van A\uffff naar B", reason="Overgetypt.")
    (thing,) = ET.fromstring(files_of(signed)["dossier.mdto.xml"])  # noqa: S314
    assert thing.findtext(f"{MDTO}naam") == "Van A\ufffd naar B"


# The archive -------------------------------------------------------------------------------------


def check_order(element: ET.Element) -> None:
    """Hold each element against the schema's sequence; what stands out of order is an error."""
    name = element.tag.removeprefix(MDTO)
    if not len(element):
        assert (element.text or "").strip(), f"{name} is empty"
        return
    allowed = ORDER[KINDS.get(name, name)]
    inner = [child.tag.removeprefix(MDTO) for child in element]
    assert inner == sorted(inner, key=allowed.index)
    assert {item for item in inner if inner.count(item) > 1} <= REPEATED
    for child in element:
        check_order(child)


def test_the_metadata_keep_the_order_of_the_norm(signed: Town) -> None:
    signed.until("2020-08-01 10:00").do("conclude", report="Rapport", conclusion="Door.")
    signed.do("decide", outcome="continue", reference="B-1")
    root = ET.fromstring(files_of(signed)["dossier.mdto.xml"])  # noqa: S314
    assert root.tag == f"{MDTO}MDTO"
    (thing,) = root
    check_order(thing)
    texts = {name: [e.text for e in root.iter(f"{MDTO}{name}")] for name in NAMES}
    assert texts == {
        "naam": ["Samenwerkingsovereenkomst Verbindend Leiden"],
        "dekkingInTijdBegindatum": ["2017-10-12"],
        "dekkingInTijdEinddatum": ["2020-10-11"],
    }
    kinds = [
        event.findtext(f"{MDTO}eventType/{MDTO}begripLabel") for event in thing.iter(f"{MDTO}event")
    ]
    assert (kinds[0], set(kinds[1:])) == ("Creatie", {"Wijziging"})
    results = [event.findtext(f"{MDTO}eventResultaat") for event in thing.iter(f"{MDTO}event")]
    assert results[0] == "in het register opgenomen: concept"
    assert "getekend door Provincie Limburg: ondertekening" in results
    related = thing.findtext(f"{MDTO}gerelateerdInformatieobject//{MDTO}verwijzingNaam")
    assert related == "SO-2017-0042-2"
    assert labels(thing, "gerelateerdInformatieobjectTypeRelatie") == {"Is vervangen door"}
    (after,) = ET.fromstring(files_of(signed, ref="SO-2017-0042-2")["dossier.mdto.xml"])  # noqa: S314
    assert labels(after, "gerelateerdInformatieobjectTypeRelatie") == {"Vervangt"}


def labels(thing: ET.Element, name: str) -> set[str | None]:
    return {term.findtext(f"{MDTO}begripLabel") for term in thing.iter(f"{MDTO}{name}")}


# The norm's own lists of terms (MDTO 1.0, Begrippenlijsten), as far as looptijd can use them.
LISTS = {
    "aggregatieniveau": {"Archief", "Serie", "Dossier", "Archiefstuk"},
    "eventType": {"Creatie", "Opname", "Wijziging", "Export", "Import", "Bevriezing"},
    "waardering": {"Blijvend te bewaren", "Tijdelijk te bewaren", "Nader te bepalen"},
    "beperkingGebruikType": {"Geen beperking", "Nader te bepalen", "Overig"},
    "gerelateerdInformatieobjectTypeRelatie": {"Vervangt", "Is vervangen door", "Refereert aan"},
}


@pytest.mark.parametrize("public", ["true", "false"])
def test_each_term_is_one_of_the_norms_own_list(signed: Town, public: str) -> None:
    if public == "false":
        signed.do("amend", public=public, reason="Nagezien.")
    signed.at("2018-03-01 10:00").do("terminate", ends_on="2018-03-31", reason="Klaar.")
    signed.until("2018-04-02 10:00")
    root = ET.fromstring(files_of(signed)["dossier.mdto.xml"])  # noqa: S314
    (thing,) = root
    check_order(thing)
    used = {name: labels(thing, name) for name in LISTS}
    assert [name for name, labelled in used.items() if not labelled <= LISTS[name]] == []
    assert used["waardering"] == {"Nader te bepalen"}  # the archive decides, by the selectielijst
    named = {e.text for e in thing.iter(f"{MDTO}verwijzingNaam")}
    assert {"Begrippenlijst Waarderingen MDTO", "Begrippenlijst EventTypeLijst MDTO"} <= named


def test_every_term_has_a_code(signed: Town) -> None:
    records = [content for name, content in files_of(signed).items() if name.endswith(".mdto.xml")]
    for record in records:
        root = ET.fromstring(record)  # noqa: S314
        labelled = [one for one in root.iter() if one.find(f"{MDTO}begripLabel") is not None]
        assert labelled
        assert all(one.findtext(f"{MDTO}begripCode") for one in labelled)


def test_each_file_has_a_record_with_its_size_and_sum(signed: Town) -> None:
    files = files_of(signed)
    for name in ("dossier.html", "mails/1.eml"):
        (thing,) = ET.fromstring(files[f"{name}.bestand.mdto.xml"])  # noqa: S314
        check_order(thing)
        assert thing.tag == f"{MDTO}bestand"
        assert thing.findtext(f"{MDTO}omvang") == str(len(files[name]))
        sums = files["SHA256SUMS"].decode().splitlines()
        found = thing.findtext(f"{MDTO}checksum/{MDTO}checksumWaarde")
        assert f"{found}  {name}" in sums
    (whole,) = ET.fromstring(files["dossier.mdto.xml"])  # noqa: S314
    parts = whole.findall(f"{MDTO}heeftRepresentatie/{MDTO}verwijzingNaam")
    assert f"{REF}/mails/1.eml" in [part.text for part in parts]


def test_appraisal_category_and_retention_are_what_the_configuration_says(signed: Town) -> None:
    archive = ArchiveSettings(
        identifier="https://identifier.overheid.nl/tooi/id/gemeente/gm0935",
        appraisal="V",
        category="14.1.2",
        retention="P10Y",
    )
    (thing,) = ET.fromstring(files_of(signed, archive=archive)["dossier.mdto.xml"])  # noqa: S314
    check_order(thing)
    assert labels(thing, "waardering") == {"Tijdelijk te bewaren"}
    term = thing.find(f"{MDTO}bewaartermijn")
    assert term is not None
    assert [part.text for part in term[1:]] == ["P10Y"]  # it may still be renewed
    in_weeks = files_of(signed, archive=ArchiveSettings(retention="P520W"))["dossier.mdto.xml"]
    assert b"<termijnLooptijd>P3640D<" in in_weeks  # XML Schema's duration has no weeks
    assert thing.findtext(f"{MDTO}informatiecategorie/{MDTO}begripCode") == "14.1.2"
    (maker,) = thing.findall(f"{MDTO}archiefvormer//{MDTO}identificatieKenmerk")
    assert maker.text == "https://identifier.overheid.nl/tooi/id/gemeente/gm0935"


def test_what_has_ended_is_kept_from_its_last_day(signed: Town) -> None:
    signed.at("2020-10-12 09:00").confirm()
    signed.tick()
    archive = ArchiveSettings(appraisal="V", retention="P10Y")
    (thing,) = ET.fromstring(files_of(signed, archive=archive)["dossier.mdto.xml"])  # noqa: S314
    term = thing.find(f"{MDTO}bewaartermijn")
    assert term is not None
    assert [part.text for part in term[1:]] == ["2020-10-11", "P10Y", "2030-10-11"]


def test_what_is_kept_for_ever_has_no_day_on_which_that_ends(signed: Town) -> None:
    archive = ArchiveSettings(appraisal="B", retention="P10Y")
    (thing,) = ET.fromstring(files_of(signed, archive=archive)["dossier.mdto.xml"])  # noqa: S314
    assert labels(thing, "waardering") == {"Blijvend te bewaren"}
    assert thing.find(f"{MDTO}bewaartermijn") is None


@pytest.mark.parametrize(
    "facts, told",
    [
        ({}, "De overeenkomst is openbaar. "),
        ({"public": "false"}, "De overeenkomst is niet openbaar gemaakt. "),
        ({"woo__withheld_because": "Woo 5.1"}, "De overeenkomst is niet openbaar gemaakt. "),
    ],
)
def test_the_restriction_says_whether_the_agreement_is_public(
    signed: Town, facts: dict[str, str], told: str
) -> None:
    if facts:
        signed.do("amend", reason="Woo", **facts)
    (thing,) = ET.fromstring(files_of(signed)["dossier.mdto.xml"])  # noqa: S314
    said = thing.findtext(f"{MDTO}beperkingGebruik/{MDTO}beperkingGebruikNadereBeschrijving")
    assert said == f"{told}De map bevat gegevens van personen."


def test_what_was_withdrawn_before_it_was_signed_has_no_term_from_which_to_keep_it(
    town: Town,
) -> None:
    fixed = CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = 2018-01-01')
    town.register(OFFICES, fixed).decided().do("withdraw", reason="Toch niet.")
    archive = ArchiveSettings(appraisal="V", retention="P10Y")
    (thing,) = ET.fromstring(files_of(town, archive=archive)["dossier.mdto.xml"])  # noqa: S314
    assert thing.find(f"{MDTO}dekkingInTijd") is None
    term = thing.find(f"{MDTO}bewaartermijn")
    assert term is not None
    assert [part.text for part in term[1:]] == ["P10Y"]


def test_what_the_schema_requires_is_there_also_of_a_bare_draft(town: Town) -> None:
    town.register(OFFICES, CASE)
    (thing,) = ET.fromstring(files_of(town)["dossier.mdto.xml"])  # noqa: S314
    check_order(thing)
    inner = [child.tag.removeprefix(MDTO) for child in thing]
    for name in ("identificatie", "naam", "waardering", "archiefvormer", "beperkingGebruik"):
        assert inner.count(name) == 1


NAMES = ("naam", "dekkingInTijdBegindatum", "dekkingInTijdEinddatum")

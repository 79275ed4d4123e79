"""What a terminal shows of nothing, and of what is wider than it."""

import os
import sys

import pytest

from workflow.cli.terminal import Terminal
from workflow.system.streams import print_error


def test_a_list_of_nothing_takes_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().bullets([])
    assert capsys.readouterr().out == ""
    Terminal().bullets(["one"])
    assert capsys.readouterr().out == "  – one\n"


def test_a_row_that_is_marked_is_folded_under_its_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    about = "  de dag van ondertekening van Gemeente Beesel"
    Terminal().table(["  over", "datum"], [[about, "2026-11-06"], ["! kort", "2026-11-07"]])

    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "  over                           datum",
        "  de dag van ondertekening van   2026-11-06",
        "  Gemeente Beesel",
        "! kort                           2026-11-07",
    ]


def test_an_entry_is_folded_between_words_and_beside_what_stands_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    Terminal().entry("  2029-12-31  ", "het besluit over de voortzetting (nog niet besloten)")

    assert capsys.readouterr().out.splitlines() == [
        "  2029-12-31  het besluit over de voortzetting",
        "              (nog niet besloten)",
    ]


@pytest.mark.parametrize(
    "columns, pairs, told",
    [
        (  # a Message-ID is looked for in the relay's log: whole
            "30",
            [("status", "accepted"), ("Message-ID", "<bebf82f6-193a-51b6@register>")],
            [
                "  status      accepted",
                "  Message-ID  <bebf82f6-193a-5",
                "              1b6@register>",
            ],
        ),
        (
            "40",
            [
                (
                    "✓ Coöperatie Streekarchief Veldstreek U.A.",
                    "getekend op 20 juni 2019, de voorzitter",
                )
            ],
            [
                "  ✓ Coöperatie       getekend op 20 juni",
                "  Streekarchief      2019, de voorzitter",
                "  Veldstreek U.A.",
            ],
        ),
    ],
    ids=["a value that is one long word is not cut", "a name keeps its margin"],
)
def test_what_stands_beside_its_name_is_folded(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    columns: str,
    pairs: list[tuple[str, str]],
    told: list[str],
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    Terminal().pairs(pairs)
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == told


def test_a_heading_is_folded_between_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    Terminal().heading("rapportage over de dienstverlening (nr. 2, 2025): te laat")

    assert capsys.readouterr().out.splitlines() == [
        "",
        "rapportage over de dienstverlening (nr. 2, 2025):",
        "te laat",
    ]


def test_columns_are_folded_between_words_the_widest_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "62")
    row = ["bestuurssecretariaat", "Portefeuille Cultuur, Sport en Toerisme", "3", "Hesselaar"]
    Terminal().table(["sleutel", "naam", "overeenkomsten", "houder"], [row])

    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "sleutel               naam           overeenkomsten  houder",
        "bestuurssecretariaat  Portefeuille   3               Hesselaar",
        "                      Cultuur,",
        "                      Sport en",
        "                      Toerisme",
    ]


def test_what_stands_last_is_folded_before_a_title_is_cut_below_its_room(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "45")
    heads = ["kenmerk", "titel", "nu of hierna"]
    title = "Gezamenlijke handhavers"
    rows = [["VR-1", title, "11 te laat, onvolledig"], ["VR-2", title, "1 te laat"]]
    Terminal().table(heads, rows, elastic=1)

    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "kenmerk  titel                   nu of hierna",
        "VR-1     Gezamenlijke handhave…  11 te laat,",
        "                                 onvolledig",
        "VR-2     Gezamenlijke handhave…  1 te laat",
    ]


def test_a_name_that_stands_last_is_cut_before_an_amount_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """“€ 1.234…” reads as another amount."""
    monkeypatch.setenv("COLUMNS", "80")
    heads = ["  nummer", "vervaldatum", "bedrag", "ontvanger"]
    amount, payee = "zonder indexering € 1.234.567,89", "Omgevingsdienst West-Holland"
    Terminal().table(heads, [["! 3", "2027-04-01 te laat", amount, payee]], elastic=3)

    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "  nummer  vervaldatum         bedrag                            ontvanger",
        "! 3       2027-04-01 te laat  zonder indexering € 1.234.567,89  Omgevingsdienst…",
    ]


def test_what_is_told_on_standard_error_is_folded_between_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = os.openpty()
    monkeypatch.setenv("COLUMNS", "30")
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        print_error("looptijd-daemon: Er is niets ingesteld.\nNoem een bestand met --config.")
        told = ""
        while told.count("\n") < 3:  # a terminal gives what was written in parts
            told += os.read(ours, 1000).decode()
    os.close(ours)

    assert told.split("\r\n") == [
        "looptijd-daemon: Er is niets",
        "ingesteld.",
        "Noem een bestand met --config.",
        "",
    ]

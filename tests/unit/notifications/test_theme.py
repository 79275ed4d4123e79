"""A municipality's own look: its tokens are taken, whatever else stands in its file is not."""

import os
import re
from pathlib import Path

import pytest

from notifications.compose import compose
from notifications.theme import BadTheme, theme
from tests.unit.notifications.letters import EVALUATE, letter
from tests.unit.notifications.overviews import OVERVIEWS

VELDRIJK = """
@import url("https://elsewhere.example/more.css");
@font-face { font-family: Veldrijk; src: url(veldrijk.woff2); }
/* built by style-dictionary: --utrecht-link-color: #123456; */
.veldrijk-theme {
  --veldrijk-green: hsl(150 60% 20%);
  --veldrijk-fonts: "Open Sans", Arial;
  --utrecht-button-background-color: url(https://elsewhere.example/spy.png);
  --utrecht-heading-color: var(--veldrijk-green);
  --utrecht-link-color: var(--veldrijk-none, var(--veldrijk-green));
  --utrecht-document-font-family: var(--veldrijk-fonts), sans-serif;
}
@media (prefers-color-scheme: dark) { .veldrijk-theme { --utrecht-link-color: #abcdef } }
body { background: url(https://elsewhere.example/spy.png); }
"""


def file(folder: Path, text: str) -> Path:
    path = folder / "theme.css"
    path.write_text(text, encoding="utf-8")
    return path


def test_tokens_are_taken_with_what_they_refer_to_and_nothing_else_is(tmp_path: Path) -> None:
    found = theme(file(tmp_path, VELDRIJK))
    assert found.light["--utrecht-heading-color"] == "hsl(150 60% 20%)"
    assert found.light["--utrecht-link-color"] == "hsl(150 60% 20%)"
    assert found.light["--utrecht-document-font-family"] == '"Open Sans", Arial, sans-serif'
    assert found.light["--utrecht-separator-color"] == theme().light["--utrecht-separator-color"]
    for text in ("elsewhere", "url", "import", "font-face", "veldrijk-green", "#123456"):
        assert text not in found.css


def test_the_dark_stays_ours_except_where_the_theme_has_its_own(tmp_path: Path) -> None:
    found = theme(file(tmp_path, VELDRIJK))
    assert found.dark["--utrecht-link-color"] == "#abcdef"
    assert found.dark["--utrecht-heading-color"] == theme().dark["--utrecht-heading-color"]


def test_a_mail_is_dressed_in_it(tmp_path: Path) -> None:
    look = theme(file(tmp_path, VELDRIJK))
    for mail in (
        compose(letter(EVALUATE), look=look),
        compose(OVERVIEWS["handover"], look=look),
        compose(OVERVIEWS["digest"], look=look),
    ):
        assert "a { color: hsl(150 60% 20%); }" in mail.html
        assert "a { color: #abcdef; }" in mail.html
        assert 'body, th, td { font-family: "Open Sans", Arial, sans-serif;' in mail.html
        assert "var(" not in mail.html


def test_the_first_font_of_each_is_one_that_windows_has_for_outlook_looks_no_further() -> None:
    fonts = {name: value for name, value in theme().light.items() if "font-family" in name}
    assert {name: value.split(",")[0] for name, value in fonts.items()} == {
        "--utrecht-document-font-family": '"Segoe UI"',
        "--utrecht-heading-font-family": '"Palatino Linotype"',
    }


def test_a_theme_changes_no_word_of_a_mail(tmp_path: Path) -> None:
    dressed, plain = (
        compose(letter(EVALUATE), look=theme(file(tmp_path, VELDRIJK))),
        compose(letter(EVALUATE)),
    )
    assert (dressed.subject, dressed.text) == (plain.subject, plain.text)


@pytest.mark.parametrize(
    "value",
    [
        "url(https://elsewhere.example/spy.png)",
        'image-set("https://elsewhere.example/spy.png" 1x)',
        "red</style><script>alert(1)</script>",
        "expression(alert(1))",
        '"Open Sans',
        "#123 /* ",
        "rgb(1, 2, 3",
        "red\\3b",
        "@import",
        "var(--nowhere)",
        "var(--utrecht-link-color)",
        "",
        "a" * 301,
    ],
)
def test_a_token_that_is_no_plain_value_is_refused_by_name(tmp_path: Path, value: str) -> None:
    path = file(tmp_path, f":root {{ --utrecht-link-color: {value}; }}")
    with pytest.raises(
        BadTheme, match=r"--utrecht-link-color: “.* is not accepted. Write a colour"
    ):
        theme(path)


def test_a_file_without_tokens_that_are_known_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(BadTheme, match="holds no token") as refused:
        theme(file(tmp_path, "body { color: red; }"))
    assert "--utrecht-document-color, " in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadTheme, match=r"missing\.css cannot be read"):
        theme(tmp_path / "missing.css")
    (tmp_path / "binary.css").write_bytes(b"\xff\xfe")
    with pytest.raises(BadTheme, match="is no CSS in UTF-8"):
        theme(tmp_path / "binary.css")


def test_a_file_that_is_changed_is_read_again(tmp_path: Path) -> None:
    path = file(tmp_path, ":root { --utrecht-link-color: #111111; }")
    assert theme(path).light["--utrecht-link-color"] == "#111111"
    file(tmp_path, ":root { --utrecht-link-color: #222222; }")
    os.utime(path, ns=(1, 1))
    assert theme(path).light["--utrecht-link-color"] == "#222222"


# Contrast of the built-in look: WCAG 2.1, 1.4.3 (text 4.5) and 1.4.11 (what is drawn 3.0) ---------

TEXTS = ("document-color", "heading-color", "link-color", "table-header-color")
ON_PAGE = (*(f"utrecht-{name}" for name in TEXTS), "looptijd-quiet-color")
DANGER = "utrecht-feedback-danger-color"
PAPERS = ("utrecht-document-background-color", "utrecht-surface-background-color")
PAIRS = [
    *((ink, paper, 4.5) for ink in (*ON_PAGE, DANGER) for paper in PAPERS),
    ("utrecht-page-header-color", "utrecht-page-header-background-color", 4.5),
    ("looptijd-on-danger-color", DANGER, 4.5),
    (DANGER, "utrecht-feedback-danger-background-color", 4.5),
    *(("looptijd-term-edge-color", paper, 3.0) for paper in PAPERS),
    *(("looptijd-today-color", paper, 3.0) for paper in PAPERS),
    *(("utrecht-focus-outline-color", paper, 3.0) for paper in PAPERS),
]


def luminance(colour: str) -> float:
    parts = [int(part, 16) / 255 for part in re.findall("[0-9a-f]{2}", colour)]
    red, green, blue = (x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ink, paper, least", PAIRS)
def test_the_built_in_look_can_be_read_in_the_light_and_in_the_dark(
    ink: str, paper: str, least: float
) -> None:
    found = theme()
    for tokens in (found.light, {**found.light, **found.dark}):
        one, other = sorted((luminance(tokens[f"--{ink}"]), luminance(tokens[f"--{paper}"])))
        assert (other + 0.05) / (one + 0.05) >= least

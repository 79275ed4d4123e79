"""The look of mails and of the report: design tokens, a municipality's own over the built-in ones.

A theme is a file of CSS of which only the tokens that looptijd knows are taken, wherever they
stand in it (`:root`, `.gemeente-theme`); what they refer to is looked up in the same file. Nothing
else comes into a page or a mail: no rule, no address, no font or picture from elsewhere.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path

from markupsafe import Markup
from msgspec import Struct

from states.model.phrase import Refusal, say

BUILT_IN = Path(__file__).parent / "templates" / "tokens.css"
LARGEST = 1 << 20
DEEPEST = 10  # tokens that refer to each other
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
PIECE = re.compile(r"([^{};]*)([{};])")
DARK = "prefers-color-scheme:dark"
REFERENCE = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,\s*((?:[^()]|\([^()]*\))*))?\)")
VALUE = re.compile(r"[\w\s#%.,'\"()/+*-]{1,300}")
CALL = re.compile(r"(?<![\w-])(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|calc|clamp|min|max)?\(")
Tokens = Mapping[str, str]


class BadTheme(Refusal):
    """A theme cannot be used; names the file, and the token where it is one's fault."""

    exit_code = 1


class Theme(Struct, frozen=True, dict=True):
    """What every token is in the light and, where it is another one there, in the dark."""

    light: Tokens
    dark: Tokens

    @cached_property
    def css(self) -> Markup:
        """Return the tokens as CSS: what is in it was checked, and holds no markup."""
        light, dark = (
            "".join(f"  {name}: {value};\n" for name, value in tokens.items())
            for tokens in (self.light, self.dark)
        )
        in_the_dark = f"@media (prefers-color-scheme: dark) {{ :root {{\n{dark}}} }}\n"
        return Markup(f":root {{\n  color-scheme: light dark;\n{light}}}\n{in_the_dark}")  # noqa: S704

    def token(self, name: str) -> Markup:
        """Return one token, for mail programs that know no custom properties."""
        return Markup(self.light[f"--{name}"])  # noqa: S704 - it was checked

    def dark_token(self, name: str) -> Markup:
        """Return one token as it is in the dark."""
        return Markup(self.dark.get(f"--{name}", self.light[f"--{name}"]))  # noqa: S704


def theme(own: Path | None = None) -> Theme:
    """Return the built-in theme, or a municipality's over it; BadTheme names what is wrong."""
    if own is None:
        return _theme(None, 0)
    try:
        return _theme(own, own.stat().st_mtime_ns)
    except OSError as error:
        raise BadTheme(say("report.theme: {file} cannot be read.", file=str(own))) from error


@lru_cache(maxsize=4)
def _theme(own: Path | None, _changed: int) -> Theme:
    """A theme that is light only keeps our dark: half of either could not be read."""
    light, dark = _declared(BUILT_IN.read_text(encoding="utf-8"))
    if own is None:
        return Theme(light, dark)
    their_light, their_dark = _declared(_text(own))
    known = [name for name in light if name in their_light]
    if not known:
        sentence = say("report.theme: {file} holds no token that looptijd knows.", file=str(own))
        raise BadTheme(sentence, say("Accepted here: {names}.", names=", ".join(light)))
    changed = {name: _value(name, their_light, own) for name in known}
    in_the_dark = {
        name: _value(name, {**their_light, **their_dark}, own)
        for name in light
        if name in their_dark
    }
    return Theme({**light, **changed}, {**dark, **in_the_dark})


def _text(own: Path) -> str:
    with own.open("rb") as file:
        content = file.read(LARGEST + 1)
    with suppress(UnicodeDecodeError):
        if len(content) <= LARGEST:
            return content.decode()
    raise BadTheme(say("report.theme: {file} is no CSS in UTF-8 of at most 1 MB.", file=str(own)))


def _declared(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the tokens that a file declares, and those that it declares for the dark."""
    light, dark, blocks = dict[str, str](), dict[str, str](), list[str]()
    for piece, end in PIECE.findall(COMMENT.sub("", text)):
        name, colon, value = (part.strip() for part in piece.partition(":"))
        if end == "{":
            blocks.append("".join(piece.split()))
        elif colon and name.startswith("--"):
            tokens = dark if any(DARK in block for block in blocks) else light
            tokens[name] = value.strip()
        if end == "}" and blocks:
            blocks.pop()
    return light, dark


def _value(name: str, declared: Tokens, own: Path) -> str:
    value = " ".join(_resolved(declared[name], declared, DEEPEST).split())
    if _is_safe(value):
        return value
    raise BadTheme(
        say(
            "report.theme: {file}: {name}: “{value}” is not accepted. Write a colour, a size or"
            " the names of fonts, without url().",
            file=str(own),
            name=name,
            value=declared[name][:60],
        )
    )


def _is_safe(value: str) -> bool:
    """Tell whether a value ends where it ends, and fetches nothing."""
    calls, opened = len(CALL.findall(value)), value.count("(")
    pairs = all(value.count(quote) % 2 == 0 for quote in "\"'") and value.count(")") == opened
    return bool(VALUE.fullmatch(value)) and calls == opened and pairs and "/*" not in value


def _resolved(value: str, declared: Tokens, deep: int) -> str:
    """Return a value with what it refers to in its place; what leads nowhere stays as it is."""
    if not deep:
        return value
    return REFERENCE.sub(
        lambda found: _resolved(declared.get(found[1], found[2] or found[0]), declared, deep - 1),
        value,
    )

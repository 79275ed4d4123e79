"""The configuration as a file that explains itself: every setting with what it is and its default.

Made from the settings' own declarations, as the reference is.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any

from workflow.system.settings import SECTIONS, Setting, settings_of

Chosen = Mapping[tuple[str, str], Any]
HEAD = """\
# The configuration of looptijd. A line that begins with # and a key shows its default: take the #
# away to change it. [calendar] and [alerts] take effect with: looptijd policy adopt
"""


def written(chosen: Chosen) -> str:
    """Return the whole file: what was chosen (by section and key) as it is, the rest as comments.

    The keys without a section come first, as TOML wants it.
    """
    lines = (line for name in ("", *SECTIONS) for line in _section(name, chosen))
    return "\n".join([HEAD, *lines])


def _section(name: str, chosen: Chosen) -> Iterator[str]:
    if name:
        yield f"# {SECTIONS[name].__doc__}\n[{name}]"
    for setting in settings_of(name):
        bounds = accepted(setting)
        yield f"# {setting.description}{f' ({bounds})' if bounds else ''}"
        value = chosen.get((name, setting.key), setting.default)
        mark = "" if (name, setting.key) in chosen else "#"
        yield f"{mark}{setting.key} = {toml(value)}"
    yield ""


def accepted(setting: Setting, mark: str = "") -> str:
    """Return what a setting accepts, each value between marks; nothing where its kind says it."""
    if setting.choices:
        return ", ".join(f"{mark}{value}{mark}" for value in setting.choices if value)
    return " to ".join(map(str, setting.bounds or ()))


def toml(value: Any) -> str:
    """Return a setting's value as it is written in TOML."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, int):
        return json.dumps(value)
    if isinstance(value, time):
        return f'"{value:%H:%M}"'
    return json.dumps(str(value), ensure_ascii=False)

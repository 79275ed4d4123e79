"""The configuration as a file that explains itself: every setting with what it is and its default.

Made from the settings' own declarations, as the reference is.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any, Literal, get_args, get_origin

from workflow.system.settings import Settings, keys

Chosen = Mapping[tuple[str, str], Any]
HEAD = """\
# The configuration of looptijd. A line that begins with # and a key shows its default: take the #
# away to change it. [calendar] and [alerts] take effect with: looptijd policy adopt
"""


def written(chosen: Chosen) -> str:
    """Return the whole file: what was chosen (by section and key) as it is, the rest as comments.

    The keys without a section come first, as TOML wants it.
    """
    found = list(keys())
    sections = dict.fromkeys(section for section, _, _ in found)
    return "\n".join([HEAD, *("\n".join(_section(name, found, chosen)) for name in sections)])


def _section(name: str, found: list[tuple[str, str, Any]], chosen: Chosen) -> Iterator[str]:
    if name:
        model = Settings.model_fields[name].annotation
        yield f"# {model.__doc__ if model else ''}\n[{name}]"
    for section, key, item in found:
        if section == name:
            yield from _setting(section, key, item, chosen)
    yield ""


def _setting(section: str, key: str, item: Any, chosen: Chosen) -> Iterator[str]:
    bounds = accepted(item)
    yield f"# {item.description}{f' ({bounds})' if bounds else ''}"
    is_chosen = (section, key) in chosen
    value = chosen[section, key] if is_chosen else item.default
    yield f"{'' if is_chosen else '#'}{key} = {toml(value)}"


def accepted(item: Any, mark: str = "") -> str:
    """Return what a setting accepts, each value between marks; nothing where its kind says it."""
    if get_origin(item.annotation) is Literal:
        return ", ".join(f"{mark}{value}{mark}" for value in get_args(item.annotation) if value)
    bounds = [getattr(part, "ge", None) or getattr(part, "le", None) for part in item.metadata]
    return " to ".join(str(bound) for bound in bounds if bound is not None)


def toml(value: Any) -> str:
    """Return a setting's value as it is written in TOML."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, int):
        return json.dumps(value)
    if isinstance(value, time):
        return f'"{value:%H:%M}"'
    return json.dumps(str(value), ensure_ascii=False)

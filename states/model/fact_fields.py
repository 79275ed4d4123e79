"""The shape of the model's values, read from their annotations: which facts each class has."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import fields

from states.model.fact_types import FactType, fact_type_for


class FactField(Struct, frozen=True):
    """One field of a value class: a leaf, a nested value, or a table of either by key.

    What has `happened` is told of an agreement that runs already.
    """

    name: str
    fact_type: FactType | None
    value: type | None
    key: FactType | None
    required: bool
    happened: bool

    @property
    def is_fact(self) -> bool:
        """Tell whether it is one fact, and no group of them."""
        return self.fact_type is not None and self.key is None


@lru_cache(maxsize=64)
def fields_of(cls: type) -> dict[str, FactField]:
    """Return the fields of a value class by name, as its annotations declare them."""
    hints = get_type_hints(cls, include_extras=True)
    return {
        item.name: _field(item.name, hints[item.name], required=item.required)
        for item in fields(cls)
    }


def _field(name: str, hint: Any, *, required: bool) -> FactField:
    hint, happened = (get_args(hint)[0], True) if get_origin(hint) is Annotated else (hint, False)
    hint, key = _without_none(hint), None
    if get_origin(hint) is Mapping:
        kind, hint = get_args(hint)
        key = fact_type_for(kind)
    fact_type = fact_type_for(hint)
    return FactField(name, fact_type, None if fact_type else hint, key, required, happened)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in {Union, UnionType}:
        return hint
    return Union[tuple(arg for arg in get_args(hint) if arg is not type(None))]  # noqa: UP007


def keyed(path: str) -> tuple[str, str, str]:
    """Return the group of a fact, its key there, and the rest: `party`, `beesel`, `signed_on`."""
    group, _, rest = path.partition(".")
    key, _, name = rest.partition(".")
    return group, key, name


def fact_type_at(cls: type, path: str) -> FactType | None:
    """Return the kind of fact at a path such as party.beesel.signed_on; None where none stands."""
    name, _, rest = path.partition(".")
    found = fields_of(cls).get(name)
    if found and found.key:
        rest = rest.partition(".")[2]
    if found is None or found.value is None:
        return found.fact_type if found else None
    return fact_type_at(found.value, rest)


def pattern_at(cls: type, path: str) -> str:
    """Return the pattern of a path, as `paths` yields it; what is no field stays as it stands."""
    name, dot, rest = path.partition(".")
    field = fields_of(cls).get(name)
    if field and field.key and dot:
        _, dot, rest = rest.partition(".")
        name = f"{name}.{name.upper()}"
    if field and field.value and dot:
        rest = pattern_at(field.value, rest)
    return f"{name}{dot}{rest}"


def paths(cls: type, prefix: str = "", *, happened: bool = False) -> Iterator[str]:
    """Yield the pattern of every path of a class: `term.length`, `party.PARTY.signed_on`.

    With `happened` only of what has happened: all that stands under such a field.
    """
    for field in fields_of(cls).values():
        path = f"{prefix}{field.name}" + (f".{field.name.upper()}" if field.key else "")
        if field.value:
            yield from paths(field.value, f"{path}.", happened=happened and not field.happened)
        elif field.happened or not happened:
            yield path

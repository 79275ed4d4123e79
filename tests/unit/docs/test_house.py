"""The rules of the house that no import contract can hold (docs/architecture.md)."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from benchmarks.size import FileLength

SMALL = 60
LONG_IMPORTS: dict[str, list[str]] = {}
STANDS_ALONE = "workflow/outputs/audit/check.py"  # it shares nothing with the product
ONE_EACH = ("workflow/cli/commands/", "states/stages/")  # a module a command, a module a stage


Modules = Mapping[str, ast.Module]


@pytest.fixture(scope="module", name="modules")
def modules_fixture() -> Modules:
    """Return the product's modules by path; a million objects, which nobody keeps for long."""
    packages = (Path(name).rglob("*.py") for name in ("states", "notifications", "workflow"))
    paths = [Path("scheduler.py"), *(path for found in packages for path in found)]
    return {str(path): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def imported_by(tree: ast.Module) -> Iterator[str]:
    """Yield the paths of modules that a module may import."""
    for node in ast.walk(tree):
        names = (
            [f"{node.module}.{alias.name}" for alias in node.names]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        for name in names:
            yield name.replace(".", "/") + ".py"
            yield name.rpartition(".")[0].replace(".", "/") + ".py"


def types_of(path: str, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the name of each class and of each alias of a type, with what it stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name, path
    for item in tree.body:
        if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
            name = item.targets[0].id
            if name[0].isupper() and not name.isupper():
                yield name, ast.unparse(item.value)


def test_a_name_of_a_class_or_a_type_is_used_once(modules: Modules) -> None:
    meanings = defaultdict(set)
    for path, tree in modules.items():
        for name, meaning in types_of(path, tree) if path != STANDS_ALONE else ():
            meanings[name].add(meaning)

    assert {name: found for name, found in meanings.items() if len(found) > 1} == {}


def test_who_takes_more_names_than_fit_on_a_line_imports_the_module(modules: Modules) -> None:
    longer = defaultdict(list)
    for path, tree in modules.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.end_lineno != node.lineno:
                longer[path].append(node.module)

    assert longer == LONG_IMPORTS


def test_a_small_module_with_one_importer_in_its_room_is_a_section_of_that(
    modules: Modules,
) -> None:
    importers = defaultdict(set)
    for path, tree in modules.items():
        for imported in {*imported_by(tree)} - {path}:
            importers[imported].add(path)
    lonely = {
        path: next(iter(importers[path]))
        for path in modules
        if len(importers[path]) == 1 and not path.startswith(ONE_EACH)
    }
    small = {
        path: importer
        for path, importer in lonely.items()
        if FileLength.of(Path(path).read_text(encoding="utf-8")).code < SMALL
        and Path(path).parent in Path(importer).parents
    }

    assert small == {}

"""The way of a file set through the rooms of the language."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from posixpath import normpath
from typing import TYPE_CHECKING

from schemasync.errors import Diagnostic, Severity
from schemasync.lang import problems
from schemasync.lang.annotations import check_annotations
from schemasync.lang.entity import Entities, Entity, all_entities
from schemasync.lang.lower import space_of, table
from schemasync.lang.parser import parse
from schemasync.lang.rules import check_rules
from schemasync.lang.scope import Module, Scope
from schemasync.lang.source import decode
from schemasync.lang.types import Types
from schemasync.lang.views import Views
from schemasync.model import Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

# How many props, inherited and in objects within objects, a file set may have in all: far
# more than any has, and one more for each two characters of its text. It bounds the memory.
_BUDGET = 500_000


@dataclass(frozen=True, slots=True)
class Compiled:
    """What became of a file set: its schema, None where there are errors, and all diagnostics."""

    schema: Schema | None
    diagnostics: tuple[Diagnostic, ...]


def compile_files(files: Mapping[str, str | bytes], *, space: str | None = None) -> Compiled:
    """Compile the `.as` files of a set, paths to contents; others are ignored.

    Only models of the `@db.space` are in the schema, those of every space if it is None.
    No input makes this raise; its time is linear in the length of the files.
    """
    # Nearly all of a million objects have no cycles: looking for them costs a third of the time.
    enabled = gc.isenabled()
    gc.disable()
    try:
        return _compile(files, space)
    finally:
        if enabled:
            gc.enable()


def _compile(files: Mapping[str, str | bytes], space: str | None) -> Compiled:
    modules, found = _modules(files)
    try:
        return _resolved(modules, found, space)
    finally:
        # Files and names refer to each other; parted, most of them are gone at once.
        for module in modules.values():
            module.symbols.clear()
            module.imported.clear()


def _modules(files: Mapping[str, str | bytes]) -> tuple[dict[str, Module], list[Diagnostic]]:
    """Return the files of a set, read, by the path under which they are imported."""
    found: list[Diagnostic] = []
    modules: dict[str, Module] = {}
    for path in sorted(path for path in files if path.endswith(".as")):
        source, unreadable = decode(path, files[path])
        tree, wrong = parse(source)
        found += unreadable
        found += wrong
        first = modules.setdefault(normpath(path), Module(path, source, tree))
        if first.path != path:
            message = f"{path} is the same file as {first.path}"
            found.append(problems.DUPLICATE_FILE.at(source.span(0, 0), message))
    return modules, found


def _resolved(modules: dict[str, Module], found: list[Diagnostic], space: str | None) -> Compiled:
    """Return what the files mean together."""
    scope = Scope(modules)
    budget = _BUDGET + sum(len(module.source.text) for module in modules.values()) // 2
    types = Types(scope, budget)
    check_annotations(types)
    entities = Entities(types, budget)
    known = list(all_entities(entities))
    views = Views(entities)
    found += check_rules(entities, views, known, space)
    diagnostics = _sorted(found + scope.problems)
    if any(diagnostic.severity == Severity.ERROR for diagnostic in diagnostics):
        return Compiled(None, diagnostics)
    wanted = [entity for entity in known if _synced(entity, space)]
    tables = tuple(table(entities, entity) for entity in wanted if entity.table)
    shown = tuple(views.view(entity) for entity in wanted if entity.view)
    return Compiled(Schema(tables=tables, views=shown), diagnostics)


def _synced(entity: Entity, space: str | None) -> bool:
    """Tell whether an interface is one that a database is to have."""
    if not entity.symbol.node.exported or not (entity.table or entity.view):
        return False
    return space is None or space_of(entity) == space


def _sorted(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics in the order of the files, each once."""
    unique = {(diagnostic.span, diagnostic.code): diagnostic for diagnostic in reversed(found)}
    return tuple(sorted(unique.values(), key=lambda diagnostic: (diagnostic.span, diagnostic.code)))

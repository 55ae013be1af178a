"""Rules for what stands on an interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemasync.lang import problems
from schemasync.lang.rules.base import Context, at, each, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemasync.errors import Diagnostic
    from schemasync.lang.entity import Entity

_OF_TABLES = (
    "db.table.renamed",
    "db.table.filterable",
    "db.table.sortable",
    "db.table.preferredId.uniqueIndex",
    "db.depth.limit",
)
_OF_ENTRIES = ("db.view.joins", "db.view.filter", "db.view.having", "db.view.materialized")
_OF_VIEWS = ("db.view.for", "db.view.renamed")


@rule(problems.TABLE_AND_VIEW, "db.table")
def a_table_is_no_view(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """`@db.table` and `@db.view` exclude each other."""
    if entity.table and entity.view:
        message = "an interface is a table or a view, not both"
        yield from each(problems.TABLE_AND_VIEW, [entity.table, entity.view], message, "the other one")


@rule(problems.NEEDS_TABLE, *_OF_TABLES)
def table_annotations_need_a_table(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """Require `@db.table` beside what says something about a table."""
    if entity.table or entity.unclear:
        return
    for name in _OF_TABLES:
        for node in entity.applied.get(name, ()):
            yield at(problems.NEEDS_TABLE, node, f"@{name} needs @db.table on {entity.symbol.name!r}")


@rule(problems.NEEDS_ENTRY, *_OF_ENTRIES)
def view_clauses_need_an_entry(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """Require `@db.view.for` beside joins, conditions and materialisation."""
    if "db.view.for" in entity.applied or entity.unclear:
        return
    for name in _OF_ENTRIES:
        for node in entity.applied.get(name, ()):
            yield at(
                problems.NEEDS_ENTRY, node, f"@{name} needs @db.view.for, which says what the view reads"
            )


@rule(problems.NEEDS_VIEW, *_OF_VIEWS)
def view_annotations_need_a_view(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """Require `@db.view` beside what says something about a view."""
    if entity.view or entity.unclear:
        return
    for name in _OF_VIEWS:
        for node in entity.applied.get(name, ()):
            yield at(problems.NEEDS_VIEW, node, f"@{name} needs @db.view on {entity.symbol.name!r}")


@rule(problems.UNKNOWN_INDEX, "db.table.preferredId.uniqueIndex")
def the_preferred_id_is_a_unique_index(entity: Entity, context: Context) -> Iterator[Diagnostic]:
    """`@db.table.preferredId.uniqueIndex` names a unique index of the table."""
    node = entity.first("db.table.preferredId.uniqueIndex")
    if node is None:
        return
    known = [index.text() or column.name for column, index in entity.uses.get("db.index.unique", ())]
    name = node.text()
    if entity.sound and (not known or (name is not None and name not in known)):
        what = f"no unique index {name!r}" if name else "no unique index"
        hint = context.entities.types.scope.suggest(name, known) if name else None
        yield at(problems.UNKNOWN_INDEX, node, f"{entity.symbol.name!r} has {what}", hint)

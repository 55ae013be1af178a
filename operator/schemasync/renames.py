"""Renames, found before anything else is compared.

What the schema says was called otherwise is renamed in the actual catalog first; the diff then
compares like with like. A rename that was done stays in the schema for as long as anybody likes,
so what was done is remembered (`done`), and a name that is there already is told from a swap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from schemasync.catalog import (
    Catalog,
    Column,
    Definition,
    ForeignKey,
    Index,
    Name,
    PrimaryKey,
    Relation,
    Table,
    View,
)
from schemasync.changes import Change, Conflict, RenameColumn, RenameTable

Key = TypeVar("Key", Name, str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """The actual catalog as it is after the renames, and the renames, by relation."""

    catalog: Catalog
    changes: Mapping[Name, tuple[Change, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Renames that earlier syncs made, new name to old: of relations, and of columns by relation."""

    relations: Mapping[Name, Name]
    columns: Mapping[Name, Mapping[str, str]]


NOTHING_DONE = Done(relations={}, columns={})


def rename(wanted: Catalog, actual: Catalog, wishes: Mapping[Name, Name], done: Done) -> Renamed:
    """Apply the renames that are still to be made; `wishes` gives old names of relations by new ones."""
    possible = {new: old for new, old in wishes.items() if _same_sort(wanted.get(new), actual.get(old))}
    pending, blocked = to_rename(possible, actual.relations, wanted.relations, done.relations)
    changes: dict[Name, tuple[Change, ...]] = {
        new: (Conflict(relation=new, problem=why),) for new, why in blocked
    }
    for new, old in pending.items():
        changes[new] = (RenameTable(relation=new, before=old, occupied=new in actual.relations),)
    moved = _move(actual, {old: new for new, old in pending.items()})
    columns: dict[Name, Mapping[str, str]] = {}
    for relation in moved:
        wish = wanted.get(relation.name)
        if isinstance(relation, Table) and isinstance(wish, Table):
            made, renames = _columns(wish, relation, done.columns.get(relation.name, {}))
            changes[relation.name] = (*changes.get(relation.name, ()), *made)
            columns[relation.name] = renames
    renamed = _forget(moved, set(pending), columns)
    return Renamed(catalog=_rename_columns(renamed, columns), changes=changes)


def _same_sort(wanted: Relation | None, actual: Relation | None) -> bool:
    return type(wanted) is type(actual) and wanted is not None


def to_rename(
    wishes: Mapping[Key, Key], there: Iterable[Key], wanted: Iterable[Key], done: Mapping[Key, Key]
) -> tuple[dict[Key, Key], list[tuple[Key, str]]]:
    """Return the wishes that are still to be met, new name to old, and why others cannot be.

    A wish whose new name is taken can be met only if what has it is renamed away as well (a
    swap, a chain). It is out of date where the old name is wanted for something else.
    """
    there, wanted = set(there), set(wanted)
    pending: dict[Key, Key] = {}
    blocked: list[tuple[Key, str]] = []
    for new, old in wishes.items():
        if old in there and done.get(new) != old and new != old:
            if old in pending.values():
                blocked.append(
                    (new, f"{old} cannot be renamed to {new}: something else was called {old}, too")
                )
            else:
                pending[new] = old
    while stuck := [new for new in pending if new in there and new not in pending.values()]:
        for new in stuck:
            old = pending.pop(new)
            if old not in wanted:
                blocked.append(
                    (new, f"{old} cannot be renamed to {new}: both are there; drop one of them by hand")
                )
    return pending, blocked


def _columns(wanted: Table, actual: Table, done: Mapping[str, str]) -> tuple[list[Change], Mapping[str, str]]:
    """Return a table's column renames, as changes and old name to new."""
    there = [column.name for column in actual.columns]
    wishes = {column.name: column.renamed_from for column in wanted.columns if column.renamed_from}
    pending, blocked = to_rename(wishes, there, [column.name for column in wanted.columns], done)
    changes: list[Change] = [
        Conflict(relation=wanted.name, problem=f"column {why.removeprefix('column ')}") for _, why in blocked
    ]
    for new, old in pending.items():
        changes.append(RenameColumn(relation=wanted.name, before=old, after=new, occupied=new in there))
    return changes, {old: new for new, old in pending.items()}


def _move(catalog: Catalog, names: Mapping[Name, Name]) -> Catalog:
    """Return a catalog in which relations have other names; `names` is old to new."""
    if not names:
        return catalog

    def target(key: ForeignKey) -> ForeignKey:
        moved = names.get(key.target, key.target)
        return replace(key, target=moved, printed=key.printed if moved == key.target else None)

    def moved(relation: Relation) -> Relation:
        name = names.get(relation.name, relation.name)
        if isinstance(relation, View):
            return replace(relation, name=name, origin=relation.name)
        keys = tuple(map(target, relation.foreign_keys))
        return replace(relation, name=name, foreign_keys=keys, origin=relation.name)

    dependants = tuple(
        replace(each, on=names.get(each.on, each.on), relation=names.get(each.relation, each.relation))
        if each.relation
        else replace(each, on=names.get(each.on, each.on))
        for each in catalog.dependants
    )
    return Catalog({each.name: each for each in map(moved, catalog)}, catalog.schemas, dependants)


def _forget(catalog: Catalog, tables: set[Name], columns: Mapping[Name, Mapping[str, str]]) -> Catalog:
    """Return a catalog that no longer knows what was wanted of what reads something renamed.

    It follows what it reads, so its wanted text may be what it was and mean something else.
    """
    touched = tables | {name for name, renames in columns.items() if renames}
    if not touched:
        return catalog
    readers = {each.relation for each in catalog.dependants if each.on in touched}

    def forgetful(relation: Relation) -> Relation:
        if isinstance(relation, View):
            known = relation.body is None or relation.name not in readers
            return relation if known else replace(relation, body=_unknown(relation.body))
        if not columns.get(relation.name):
            return relation
        return replace(relation, indexes=tuple(map(_forget_expressions, relation.indexes)))

    return Catalog({each.name: forgetful(each) for each in catalog}, catalog.schemas, catalog.dependants)


def _forget_expressions(index: Index) -> Index:
    keys = (
        replace(key, expression=_unknown(key.expression)) if key.expression else key for key in index.keys
    )
    return replace(index, keys=tuple(keys))


def _unknown(definition: Definition | None) -> Definition | None:
    return None if definition is None else replace(definition, wanted=None)


def _rename_columns(catalog: Catalog, renames: Mapping[Name, Mapping[str, str]]) -> Catalog:
    """Return a catalog in which columns have other names; `renames` is old to new by relation."""
    if not any(renames.values()):
        return catalog

    def of(table: Name) -> Callable[[str], str]:
        names = renames.get(table, {})
        return lambda name: names.get(name, name)

    dependants = tuple(
        replace(each, column=of(each.on)(each.column)) if each.column else each for each in catalog.dependants
    )
    relations = (_rename_in(each, of(each.name), of) if isinstance(each, Table) else each for each in catalog)
    return Catalog({each.name: each for each in relations}, catalog.schemas, dependants)


def _rename_in(table: Table, new: Callable[[str], str], of: Callable[[Name], Callable[[str], str]]) -> Table:
    def column(each: Column) -> Column:
        return replace(each, name=new(each.name), origin=each.name)

    def index(each: Index) -> Index:
        keys = (replace(key, column=new(key.column)) if key.column else key for key in each.keys)
        return replace(each, keys=tuple(keys))

    def foreign_key(each: ForeignKey) -> ForeignKey:
        own, theirs = tuple(map(new, each.columns)), tuple(map(of(each.target), each.target_columns))
        same = (own, theirs) == (each.columns, each.target_columns)
        printed = each.printed if same else None
        return replace(each, columns=own, target_columns=theirs, printed=printed)

    def primary_key(each: PrimaryKey) -> PrimaryKey:
        return replace(each, columns=tuple(map(new, each.columns)))

    return replace(
        table,
        columns=tuple(map(column, table.columns)),
        primary_key=primary_key(table.primary_key) if table.primary_key else None,
        indexes=tuple(map(index, table.indexes)),
        foreign_keys=tuple(map(foreign_key, table.foreign_keys)),
    )

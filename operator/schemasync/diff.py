"""Two catalogs in, changes out. Generic: what is engine-specific is asked through a function.

Nothing here decides what may be done: a dropped column is a change like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from schemasync.catalog import Catalog, Column, ForeignKey, Index, Name, Relation, Table, View
from schemasync.changes import (
    AddColumn,
    AddForeignKey,
    AlterColumn,
    AlterPrimaryKey,
    Change,
    Conflict,
    CreateIndex,
    CreateSchema,
    CreateTable,
    DropColumn,
    DropForeignKey,
    DropIndex,
    DropTable,
    ReplaceIndex,
)

Same = Callable[[Column, Column], bool]
# Whether an index, or a foreign key of a table, is one of ours and not somebody else's.
ManagedIndex = Callable[[Index], bool]
ManagedKey = Callable[[Name, ForeignKey], bool]


def diff(
    wanted: Catalog,
    actual: Catalog,
    *,
    gone: Sequence[Name],
    same: Same,
    managed_index: ManagedIndex,
    managed_key: ManagedKey,
) -> Mapping[Name, Sequence[Change]]:
    """Return the changes that make `actual` like `wanted`, by relation; one in sync has none.

    `gone` names relations that a sync made and that the schema no longer has. Indexes and
    foreign keys that are not managed are left alone.
    """
    changes: dict[Name, Sequence[Change]] = {}
    schemas = set(actual.schemas)
    for relation in wanted:
        if isinstance(relation, Table):
            there = actual.get(relation.name)
            found = _table(relation, there, same, managed_index, managed_key)
            changes[relation.name] = (*_schema(relation.name, schemas), *found)
    for name in gone:
        if actual.get(name) is not None:
            changes[name] = (DropTable(relation=name),)
    return changes


def _schema(name: Name, schemas: set[str]) -> Iterator[Change]:
    """Ask for the schema of a relation, the first time that one is missing."""
    if name.schema not in schemas:
        schemas.add(name.schema)
        yield CreateSchema(relation=name, schema=name.schema)


def _table(
    wanted: Table, actual: Relation | None, same: Same, managed_index: ManagedIndex, managed_key: ManagedKey
) -> Iterator[Change]:
    name = wanted.name
    if isinstance(actual, View):
        yield Conflict(relation=name, kind=actual.kind)
        return
    if actual is None:
        yield CreateTable(relation=name, table=wanted)
        actual = Table(name=name, columns=wanted.columns, primary_key=wanted.primary_key)
        existing = False
    else:
        existing = True
        yield from _columns(wanted, actual, same)
        if wanted.primary_key != actual.primary_key:
            yield AlterPrimaryKey(relation=name, before=actual.primary_key, after=wanted.primary_key)
    yield from _indexes(wanted, actual, managed_index, existing=existing)
    yield from _foreign_keys(wanted, actual, managed_key, existing=existing)


def _columns(wanted: Table, actual: Table, same: Same) -> Iterator[Change]:
    there = {column.name: column for column in actual.columns}
    for column in wanted.columns:
        before = there.pop(column.name, None)
        if before is None:
            yield AddColumn(relation=wanted.name, column=column)
        elif not same(column, before):
            yield AlterColumn(relation=wanted.name, before=before, after=column)
    for column in there.values():
        yield DropColumn(relation=wanted.name, column=column)


def _indexes(wanted: Table, actual: Table, managed: ManagedIndex, *, existing: bool) -> Iterator[Change]:
    there = {index.name: index for index in actual.indexes if managed(index)}
    for index in wanted.indexes:
        before = there.pop(index.name, None)
        if before is None:
            yield CreateIndex(relation=wanted.name, index=index, existing=existing)
        elif before != index:
            yield ReplaceIndex(relation=wanted.name, before=before, after=index)
    for index in there.values():
        yield DropIndex(relation=wanted.name, index=index)


def _foreign_keys(wanted: Table, actual: Table, managed: ManagedKey, *, existing: bool) -> Iterator[Change]:
    there = list(actual.foreign_keys)
    for key in wanted.foreign_keys:
        if key in there:
            there.remove(key)
        else:
            yield AddForeignKey(relation=wanted.name, foreign_key=key, existing=existing)
    for key in there:
        if managed(wanted.name, key):
            yield DropForeignKey(relation=wanted.name, foreign_key=key)

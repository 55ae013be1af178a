"""Two catalogs in, changes out. Generic: what is engine-specific is asked through `Questions`.

Nothing here decides what may be done: a dropped column is a change like any other. Relations are
compared one by one; then whatever would stand in the way of those changes is taken down and put
up again: foreign keys (`_keys_in_the_way`) and views (`viewdiff`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

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
    RenameConstraint,
    RenameIndex,
)
from schemasync.questions import Questions
from schemasync.viewdiff import becomes_table, diff_views

Changes = dict[Name, list[Change]]


def diff(wanted: Catalog, actual: Catalog, gone: Sequence[Name], ask: Questions) -> Changes:
    """Return the changes that make `actual` like `wanted`, by relation; one in sync has none.

    `gone` names relations that a sync made and that the schema no longer has. Indexes and
    foreign keys that are not managed are left alone.
    """
    changes: Changes = {}
    schemas = set(actual.schemas)
    leaving = {*gone, *_become_views(wanted, actual, ask)}
    taken = _index_names(actual)
    for relation in wanted:
        found = changes[relation.name] = [*_schema(relation, schemas)]
        if isinstance(relation, Table):
            found += _table(relation, actual.get(relation.name), actual, taken, ask)
    for name in leaving:
        there = actual.get(name)
        if isinstance(there, Table):
            drop = DropTable(relation=name, table=there)
            changes[name] = [*changes.get(name, ()), *_unlinked(there, leaving), drop]
    _keys_in_the_way(changes, wanted, actual)
    diff_views(changes, wanted, actual, gone, ask)
    _refuse_foreign_dependants(changes, actual, ask)
    _refuse_foreign_keys(changes, actual, ask)
    return changes


def _become_views(wanted: Catalog, actual: Catalog, ask: Questions) -> Iterator[Name]:
    """Yield the tables of ours in whose place a view is wanted."""
    for view in wanted:
        there = actual.get(view.name)
        if isinstance(view, View) and not view.external and isinstance(there, Table) and ask.made(there):
            yield view.name


def _unlinked(table: Table, gone: Collection[Name]) -> Iterator[Change]:
    """Take down what ties tables together that are all dropped, so that any can go first."""
    for key in table.foreign_keys:
        if key.target in gone:
            yield DropForeignKey(relation=table.name, table=table, foreign_key=key, replaced=True)


def _schema(relation: Relation, schemas: set[str]) -> Iterator[Change]:
    """Ask for the schema of a relation, the first time that one is missing."""
    name = relation.name
    if name.schema not in schemas and not (isinstance(relation, View) and relation.external):
        schemas.add(name.schema)
        yield CreateSchema(relation=name, schema=name.schema)


def _index_names(catalog: Catalog) -> frozenset[tuple[str, str]]:
    """Return the names of all indexes, with the schemas in which they are before any renaming."""
    tables = (each for each in catalog if isinstance(each, Table))
    return frozenset((table.now.schema, index.name) for table in tables for index in table.indexes)


def _table(
    wanted: Table,
    actual: Relation | None,
    catalog: Catalog,
    taken: Collection[tuple[str, str]],
    ask: Questions,
) -> Iterator[Change]:
    if isinstance(actual, View) and becomes_table(actual, ask):
        yield from _made(wanted, actual)
    elif isinstance(actual, View):
        problem = f"{actual.name} is a {actual.kind} and not a table: rename or drop it, or rename the table"
        yield Conflict(relation=wanted.name, problem=problem)
    elif actual is None:
        yield from _made(wanted)
    else:
        changes = [*_altered(wanted, actual, catalog, taken, ask)]
        if wanted.sync_method == "drop" and any(_is_structural(change, ask) for change in changes):
            yield DropTable(relation=wanted.name, table=actual, replaced=True)
            yield from _made(wanted)
            for key in actual.foreign_keys:
                if key not in wanted.foreign_keys and not ask.managed_key(wanted.name, key):
                    yield AddForeignKey(relation=wanted.name, foreign_key=key, table=None, target=None)
        else:
            yield from changes


def _made(wanted: Table, restored: View | None = None) -> Iterator[Change]:
    yield CreateTable(relation=wanted.name, table=wanted, restored=restored)
    for index in wanted.indexes:
        yield CreateIndex(relation=wanted.name, index=index, table=None)
    for key in wanted.foreign_keys:
        yield AddForeignKey(relation=wanted.name, foreign_key=key, table=None, target=None)


def _is_structural(change: Change, ask: Questions) -> bool:
    """Return whether a change asks for what `@db.sync.method 'drop'` is declared for."""
    if isinstance(change, AlterColumn):
        return not ask.keeps_dependants(change.before, change.after)
    return isinstance(change, AlterPrimaryKey)


def _altered(
    wanted: Table, actual: Table, catalog: Catalog, taken: Collection[tuple[str, str]], ask: Questions
) -> Iterator[Change]:
    columns = [*_columns(wanted, actual, ask)]
    yield from columns
    before, after = actual.primary_key, wanted.primary_key
    if before != after:
        names = after.columns if after else ()
        new = tuple(
            each for each in wanted.columns if each.name in names and actual.column(each.name) is None
        )
        yield AlterPrimaryKey(relation=wanted.name, table=actual, before=before, after=after, added=new)
    elif before and after and before.name != after.name and actual.now != actual.name:
        # Else a new table of the old name could not have a key of the same name.
        occupied = any(
            each.primary_key.name == after.name
            for each in catalog
            if isinstance(each, Table) and each.primary_key and each.name != wanted.name
        )
        yield RenameConstraint(relation=wanted.name, before=before.name, after=after.name, occupied=occupied)
    retyped = {each.after.name for each in columns if isinstance(each, AlterColumn) and _retypes(each)}
    indexes = [*_indexes(wanted, actual, retyped, ask)]
    for change in (*indexes, *_along(wanted, actual, indexes, ask)):
        if not isinstance(change, RenameIndex):
            yield change
        elif (made := _made_way_for(change, actual, taken)).occupied or change.before != change.after:
            yield made
    yield from _foreign_keys(wanted, actual, catalog, ask)


def _columns(wanted: Table, actual: Table, ask: Questions) -> Iterator[Change]:
    there = {column.name: column for column in actual.columns}
    for column in wanted.columns:
        before = there.pop(column.name, None)
        if before is None:
            yield AddColumn(relation=wanted.name, table=actual, column=column)
        elif not ask.same(column, before):
            yield AlterColumn(relation=wanted.name, table=actual, before=before, after=column)
    for column in there.values():
        yield DropColumn(relation=wanted.name, table=actual, column=column)


def _retypes(change: AlterColumn) -> bool:
    before, after = change.before, change.after
    return (before.type, before.collation) != (after.type, after.collation)


def _indexes(wanted: Table, actual: Table, retyped: set[str], ask: Questions) -> Iterator[Change]:
    """Compare indexes; an expression over a column of another type is not what it was."""
    name = wanted.name
    there = {index.name: index for index in actual.indexes if ask.managed_index(index)}
    missing = []
    for index in wanted.indexes:
        if there.get(index.name) == index and not any(key.reads & retyped for key in index.keys):
            del there[index.name]
        else:
            missing.append(index)
    taken = set(there)
    for index in missing:
        twin = next(
            (each for each in there.values() if index.name not in taken and _twins(each, index)), None
        )
        if twin is not None:
            del there[twin.name]
            yield RenameIndex(relation=name, before=twin.name, after=index.name)
        else:
            yield CreateIndex(relation=name, index=index, table=actual, added=_added(index, wanted, actual))
    for index in there.values():
        replaced = any(index.name == each.name for each in missing)
        yield DropIndex(relation=name, table=actual, index=index, replaced=replaced)


def _made_way_for(change: RenameIndex, actual: Table, taken: Collection[tuple[str, str]]) -> RenameIndex:
    """Return a renaming of an index by way of another name where one of its own is taken then."""
    schema, moves = change.relation.schema, actual.now.schema != change.relation.schema
    occupied = (schema, change.after) in taken or (moves and (schema, change.before) in taken)
    return replace(change, occupied=occupied, moved_from=actual.now.schema if moves else None)


def _along(wanted: Table, actual: Table, changes: Sequence[Change], ask: Questions) -> Iterator[Change]:
    """Give those indexes their own names that only come along to another schema: there they may be taken."""
    if actual.now.schema == wanted.name.schema:
        return
    gone = {each.index.name for each in changes if isinstance(each, DropIndex)}
    gone |= {each.before for each in changes if isinstance(each, RenameIndex)}
    for index in actual.indexes:
        if index.name not in gone and ask.managed_index(index):
            yield RenameIndex(relation=wanted.name, before=index.name, after=index.name)


def _added(index: Index, wanted: Table, actual: Table) -> tuple[Column, ...]:
    """Return the columns of an index that are not there yet."""
    names = {key.column for key in index.keys}
    return tuple(each for each in wanted.columns if each.name in names and actual.column(each.name) is None)


def _twins(one: Index, other: Index) -> bool:
    """Return whether two indexes differ in nothing but their names."""
    facts = [(each.keys, each.unique, each.method, each.predicate, each.valid) for each in (one, other)]
    return facts[0] == facts[1]


def _foreign_keys(wanted: Table, actual: Table, catalog: Catalog, ask: Questions) -> Iterator[Change]:
    name = wanted.name
    there = list(actual.foreign_keys)
    for key in wanted.foreign_keys:
        if key not in there:
            target = catalog.get(key.target)
            yield AddForeignKey(
                relation=name,
                foreign_key=key,
                table=actual,
                target=target if isinstance(target, Table) else None,
            )
            continue
        before = there.pop(there.index(key))
        if before.name != key.name and ask.managed_key(name, before):
            taken = any(each.name == key.name for each in actual.foreign_keys)
            yield RenameConstraint(relation=name, before=before.name, after=key.name, occupied=taken)
    for key in there:
        if ask.managed_key(name, key):
            yield DropForeignKey(relation=name, table=actual, foreign_key=key)


@dataclass(slots=True)
class _Obstacles:
    """What changes make of columns and keys that foreign keys stand on."""

    columns: set[tuple[Name, str]]
    keys: set[tuple[Name, frozenset[str]]]
    tables: set[Name]

    def block(self, table: Name, key: ForeignKey) -> bool:
        """Return whether a foreign key has to be down while the changes are made."""
        return (
            key.target in self.tables
            or (key.target, frozenset(key.target_columns)) in self.keys
            or any((table, column) in self.columns for column in key.columns)
            or any((key.target, column) in self.columns for column in key.target_columns)
        )


def _obstacles(changes: Mapping[Name, Sequence[Change]]) -> _Obstacles:
    found = _Obstacles(set(), set(), set())
    for change in (each for several in changes.values() for each in several):
        match change:
            case AlterColumn(after=after) if _retypes(change):
                found.columns.add((change.relation, after.name))
            case AlterPrimaryKey(before=before) if before is not None:
                found.keys.add((change.relation, frozenset(before.columns)))
            case DropIndex(index=index) if index.unique:
                found.keys.add((change.relation, frozenset(key.column or "" for key in index.keys)))
            case DropTable(replaced=True):
                found.tables.add(change.relation)
            case _:
                pass
    return found


def _keys_in_the_way(changes: Changes, wanted: Catalog, actual: Catalog) -> None:
    """Take down the foreign keys that stand in the way of changes, and put them up again."""
    obstacles = _obstacles(changes)
    for table in wanted:
        there = actual.get(table.name)
        if not isinstance(there, Table) or not isinstance(table, Table) or table.name in obstacles.tables:
            continue
        touched = {each.foreign_key.name for each in changes[table.name] if isinstance(each, DropForeignKey)}
        for key in there.foreign_keys:
            if key.name in touched or not obstacles.block(table.name, key):
                continue
            after = next((each for each in table.foreign_keys if each == key), key)
            target = None if key.target in obstacles.tables else actual.get(key.target)
            changes[table.name] = [
                each
                for each in changes[table.name]
                if not (isinstance(each, RenameConstraint) and each.before == key.name)
            ]
            changes[table.name] += [
                DropForeignKey(relation=table.name, table=there, foreign_key=key, replaced=True),
                AddForeignKey(
                    relation=table.name,
                    foreign_key=after,
                    table=there,
                    target=target if isinstance(target, Table) else None,
                    restored=key.target not in obstacles.tables,
                ),
            ]


def _refuse_foreign_dependants(changes: Changes, actual: Catalog, ask: Questions) -> None:
    """Name what others made and what depends on something that must go, or change its type."""
    for name, several in changes.items():
        for change in list(several):
            column, what = _taken_away(change, ask)
            if what is None or ask.left_out(change):
                continue
            hanging = [
                f"{each.kind} {each.name}"
                for each in actual.dependants
                if each.on == name
                and (isinstance(change, DropColumn) or not each.rebuilt)
                and (column is None or each.column == column)
                and (each.relation is None or each.relation not in changes)
            ]
            if hanging:
                names = ", ".join(dict.fromkeys(hanging))
                problem = f"{what}, and this depends on it: {names}; drop it by hand first"
                several.append(Conflict(relation=name, problem=problem))


def _refuse_foreign_keys(changes: Changes, actual: Catalog, ask: Questions) -> None:
    """Name foreign keys that others made over a column, or to a table, that is to be dropped."""
    for table in (each for each in actual if isinstance(each, Table)):
        own = changes.get(table.name, [])
        going = {each.foreign_key.name for each in own if isinstance(each, DropForeignKey)}
        dropped = [each for each in own if isinstance(each, DropColumn) and not ask.left_out(each)]
        columns = {each.column.name for each in dropped}
        for key in table.foreign_keys:
            if key.name in going or ask.managed_key(table.name, key):
                continue
            lost = columns.intersection(key.columns)
            if lost:
                problem = f"column {min(lost)} is to be dropped, and foreign key {key.name} is over it"
                own.append(Conflict(relation=table.name, problem=f"{problem}; drop it by hand first"))
            target = changes.get(key.target, [])
            if key.target != table.name and _is_dropped(target, ask) and not _is_dropped(own, ask):
                problem = f"table {key.target} is to be dropped, and {key.name} of {table.name} refers to it"
                target.append(Conflict(relation=key.target, problem=f"{problem}; drop it by hand first"))


def _is_dropped(changes: Sequence[Change], ask: Questions) -> bool:
    return any(isinstance(each, DropTable) and not ask.left_out(each) for each in changes)


def _taken_away(change: Change, ask: Questions) -> tuple[str | None, str | None]:
    """Return the column that a change takes from what depends on it (None: all), and a phrase for it."""
    match change:
        case DropColumn(column=column):
            return column.name, f"column {column.name} is to be dropped"
        case AlterColumn(before=before, after=after) if not ask.keeps_dependants(before, after):
            return after.name, f"column {after.name} is to change from {before.type} to {after.type}"
        case DropTable():
            return None, f"table {change.relation} is to be dropped"
        case _:
            return None, None

"""Changes as PostgreSQL's DDL: one relation's changes at a time, in as few commands as the server allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from sqlalchemy.dialects.postgresql.base import PGDialect

from schemasync.catalog import Column, Definition, ForeignKey, Identity, Index, IndexKey, Literal, Name, Table
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
from schemasync.engines.sql import Quoter
from schemasync.plan import Hazard, HazardKind, Refusal, Statement, Thing

# `named` parameters: with the driver's own style SQLAlchemy would double every % in a name.
_QUOTER = Quoter(PGDialect(paramstyle="named"))  # type: ignore[no-untyped-call]
_BARE_TYPES = ("integer", "smallint", "bigint", "real", "double precision", "numeric", "boolean")


def render(changes: Sequence[Change]) -> list[Statement | Refusal]:
    """Return the statements, or refusals, of all changes of one relation.

    New columns come together, and first, since indexes may be over them; new foreign keys last.
    """
    columns = [change for change in changes if isinstance(change, AddColumn)]
    keys = [change for change in changes if isinstance(change, AddForeignKey)]
    done: list[Statement | Refusal] = list(_added_columns(columns))
    for change in changes:
        done += _one(change)
    return [*done, *_added_foreign_keys(keys)]


def _one(change: Change) -> Iterator[Statement | Refusal]:  # noqa: C901, PLR0912 - one case a change
    match change:
        case AddColumn() | AddForeignKey():
            pass  # put together, above
        case CreateSchema():
            yield _create_schema(change)
        case CreateTable():
            yield _create_table(change.table)
        case CreateIndex():
            yield _create_index(change)
        case AlterColumn():
            yield _alter_column(change)
        case DropTable():
            yield _refuse(change.relation, f"table {change.relation} is no longer in the schema", "table")
        case DropColumn():
            yield _refuse(
                change.relation, f"column {change.column.name} is no longer in the schema", "column"
            )
        case DropIndex():
            yield _refuse(change.relation, f"index {change.index.name} is no longer in the schema", "index")
        case DropForeignKey():
            key = change.foreign_key
            yield _refuse(change.relation, f"foreign key {key.name} is no longer in the schema", "key")
        case ReplaceIndex():
            yield _refuse(change.relation, f"index {change.after.name} is now over other fields", "index")
        case AlterPrimaryKey():
            yield _refuse(change.relation, _primary_key_change(change), "primary key")
        case Conflict():
            yield _conflict(change)
        case _:
            assert_never(change)


def _conflict(change: Conflict) -> Refusal:
    message = f"{change.relation} is a {change.kind} and not a table: rename or drop it, or rename the table"
    return Refusal(relation=change.relation, message=message)


def _refuse(relation: Name, what: str, thing: str) -> Refusal:
    advice = f"this version never drops or replaces a {thing}; do it by hand, or put it back into the schema"
    return Refusal(relation=relation, message=f"{what}: {advice}")


def _primary_key_change(change: AlterPrimaryKey) -> str:
    before, after = (", ".join(key.columns) if key else "none" for key in (change.before, change.after))
    return f"the primary key changes from ({before}) to ({after})"


def table_thing(name: Name) -> Thing:
    """Return what a statement that needs a table requires."""
    return ("table", str(name))


def _columns_thing(name: Name) -> Thing:
    return ("columns", str(name))


def _keys_thing(name: Name) -> Thing:
    return ("keys", str(name))


def _create_schema(change: CreateSchema) -> Statement:
    return Statement(
        relation=change.relation,
        command=f"CREATE SCHEMA IF NOT EXISTS {_QUOTER.name(change.schema)}",
        detail=f"create schema {change.schema}",
        provides=frozenset({("schema", change.schema)}),
    )


def _create_table(table: Table) -> Statement:
    lines = [_column(column) for column in table.columns]
    if table.primary_key:
        key = table.primary_key
        lines.append(f"CONSTRAINT {_QUOTER.name(key.name)} PRIMARY KEY ({_QUOTER.names(key.columns)})")
    body = ",\n  ".join(lines)
    return Statement(
        relation=table.name,
        command=f"CREATE TABLE {_QUOTER.full(table.name)} (\n  {body}\n)",
        detail=f"create table with {len(table.columns)} columns",
        requires=frozenset({("schema", table.name.schema)}),
        provides=frozenset({table_thing(table.name), _columns_thing(table.name)}),
    )


def _column(column: Column, *, fill: str | None = None) -> str:
    """Return a column's definition; `fill` is a default that is only for the rows that are there."""
    parts = [_QUOTER.name(column.name), column.type]
    if column.collation:
        parts.append(f"COLLATE {_QUOTER.name(column.collation)}")
    if not column.nullable:
        parts.append("NOT NULL")
    if isinstance(column.default, Identity):
        parts.append(f"GENERATED BY DEFAULT AS IDENTITY (START WITH {column.default.start})")
    elif column.default is not None:
        parts.append(f"DEFAULT {_default(column.default, column.type)}")
    elif fill is not None:
        parts.append(f"DEFAULT {fill}")
    return " ".join(parts)


def _default(default: Literal | Definition, kind: str) -> str:
    if isinstance(default, Definition):
        return default.text
    return default.value if kind.startswith(_BARE_TYPES) else literal(default.value)


def literal(text: str) -> str:
    """Return a string constant. It means the same whatever `standard_conforming_strings` says."""
    quoted = text.replace("'", "''")
    if "\\" in quoted:
        return "E'" + quoted.replace("\\", "\\\\") + "'"
    return f"'{quoted}'"


def _added_columns(changes: Sequence[AddColumn]) -> Iterator[Statement]:
    """Return one ALTER TABLE for all new columns, and one that takes away defaults that only filled rows."""
    if not changes:
        return
    name = changes[0].relation
    fills = {change.column.name: _fill(change.column) for change in changes}
    actions = [f"ADD COLUMN {_column(change.column, fill=fills[change.column.name])}" for change in changes]
    filled = [column for column, fill in fills.items() if fill is not None]
    hazards = [Hazard(kind=HazardKind.BACKFILLS, message=_filled(each, fills[each])) for each in filled]
    hazards += [_volatile(change.column) for change in changes if _rewrites(change.column)]
    yield Statement(
        relation=name,
        command=f"ALTER TABLE {_QUOTER.full(name)} {', '.join(actions)}",
        detail="; ".join(f"add column {change.column.name} {change.column.type}" for change in changes),
        hazards=tuple(hazards),
        requires=frozenset({table_thing(name)}),
        provides=frozenset({_columns_thing(name), ("filled", str(name))}),
    )
    if filled:
        drops = ", ".join(f"ALTER COLUMN {_QUOTER.name(each)} DROP DEFAULT" for each in filled)
        yield Statement(
            relation=name,
            command=f"ALTER TABLE {_QUOTER.full(name)} {drops}",
            detail=f"drop the default that filled {', '.join(filled)}",
            requires=frozenset({("filled", str(name))}),
        )


def _fill(column: Column) -> str | None:
    """Return the zero value for the rows that are there, where a required column has no default."""
    if column.nullable or column.default is not None:
        return None
    if column.type.startswith(_BARE_TYPES):
        return "false" if column.type == "boolean" else "0"
    return "'{}'" if column.type in ("json", "jsonb") else "''"


def _filled(column: str, fill: str | None) -> str:
    return f"column {column} is required and has no default: rows that are there get {fill}"


def _rewrites(column: Column) -> bool:
    """Return whether adding the column writes the table anew: its default differs from row to row."""
    return isinstance(column.default, Identity) or (
        isinstance(column.default, Definition) and column.default.text == "gen_random_uuid()"
    )


def _volatile(column: Column) -> Hazard:
    message = f"column {column.name} has another value in each row: the table is written anew"
    return Hazard(kind=HazardKind.REWRITES_TABLE, message=message)


def _alter_column(change: AlterColumn) -> Statement | Refusal:
    before, after = change.before, change.after
    if (before.type, before.collation, before.generated) != (after.type, after.collation, after.generated):
        return _refuse(
            change.relation, f"column {after.name} changes from {_words(before)} to {_words(after)}", "type"
        )
    if isinstance(before.default, Identity) or isinstance(after.default, Identity):
        return _refuse(change.relation, f"column {after.name} changes its counter", "counter")
    if before.nullable and not after.nullable:
        return _refuse(change.relation, f"column {after.name} becomes required", "column")
    clauses, words = zip(*_actions(before, after), strict=True)
    actions = ", ".join(f"ALTER COLUMN {_QUOTER.name(after.name)} {clause}" for clause in clauses)
    return Statement(
        relation=change.relation,
        command=f"ALTER TABLE {_QUOTER.full(change.relation)} {actions}",
        detail=f"column {after.name}: {', '.join(words)}",
        requires=frozenset({table_thing(change.relation)}),
    )


def _words(column: Column) -> str:
    collation = f" collate {column.collation}" if column.collation else ""
    generated = " generated" if column.generated else ""
    return column.type + collation + generated


def _actions(before: Column, after: Column) -> Iterator[tuple[str, str]]:
    """Yield each change of a column as SQL and in words."""
    if before.nullable != after.nullable:
        yield "DROP NOT NULL", "no longer required"
    if before.default == after.default:
        return
    if after.default is None or isinstance(after.default, Identity):
        yield "DROP DEFAULT", "no default any more"
    else:
        text = _default(after.default, after.type)
        yield f"SET DEFAULT {text}", f"default {text}"


def _create_index(change: CreateIndex) -> Statement:
    index, name = change.index, change.relation
    unique = "UNIQUE " if index.unique else ""
    keys = ", ".join(_index_key(key) for key in index.keys)
    return Statement(
        relation=name,
        command=f"CREATE {unique}INDEX {_QUOTER.name(index.name)} ON {_QUOTER.full(name)} "
        f"USING {index.method} ({keys})",
        detail=f"create {unique.lower()}index {index.name}",
        hazards=tuple(_index_hazards(index)) if change.existing else (),
        requires=frozenset({table_thing(name), _columns_thing(name)}),
        provides=frozenset({_keys_thing(name)}) if index.unique else frozenset(),
    )


def _index_key(key: IndexKey) -> str:
    if key.expression is not None:
        return f"({key.expression.text})"
    return _QUOTER.name(key.column or "") + (" DESC" if key.descending else "")


def _index_hazards(index: Index) -> Iterator[Hazard]:
    message = f"writes to the table wait while index {index.name} is built"
    yield Hazard(kind=HazardKind.BLOCKS_WRITES, message=message)
    if index.unique:
        columns = ", ".join(key.column or "" for key in index.keys)
        message = f"fails if rows are equal in ({columns})"
        yield Hazard(kind=HazardKind.MAY_FAIL, message=message)


def fulltext(columns: Sequence[str]) -> str:
    """Return the expression of a full-text index."""
    words = " || ' ' || ".join(f"coalesce({_QUOTER.name(column)}, '')" for column in columns)
    return f"to_tsvector('english', {words})"


def _added_foreign_keys(changes: Sequence[AddForeignKey]) -> Iterator[Statement]:
    """Return one ALTER TABLE for all new foreign keys: after all tables, so cycles are nothing special."""
    if not changes:
        return
    name = changes[0].relation
    keys = [change.foreign_key for change in changes]
    things = {name, *(key.target for key in keys)}
    yield Statement(
        relation=name,
        command=f"ALTER TABLE {_QUOTER.full(name)} {', '.join(_foreign_key(key) for key in keys)}",
        detail="; ".join(f"add foreign key {key.name} to {key.target}" for key in keys),
        hazards=tuple(_foreign_key_hazard(change) for change in changes if change.existing),
        requires=frozenset(
            thing for each in things for thing in (table_thing(each), _columns_thing(each), _keys_thing(each))
        ),
    )


def _foreign_key(key: ForeignKey) -> str:
    actions = "".join(
        f" ON {event} {action}"
        for event, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update))
        if action != "NO ACTION"
    )
    return (
        f"ADD CONSTRAINT {_QUOTER.name(key.name)} FOREIGN KEY ({_QUOTER.names(key.columns)}) "
        f"REFERENCES {_QUOTER.full(key.target)} ({_QUOTER.names(key.target_columns)}){actions}"
    )


def _foreign_key_hazard(change: AddForeignKey) -> Hazard:
    key = change.foreign_key
    message = f"fails if rows refer to what {key.target} does not hold"
    return Hazard(kind=HazardKind.MAY_FAIL, message=message)

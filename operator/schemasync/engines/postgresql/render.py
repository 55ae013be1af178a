"""Changes as PostgreSQL's DDL, one relation's changes at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from schemasync.catalog import Name, View
from schemasync.changes import (
    AddColumn,
    AddForeignKey,
    AlterColumn,
    AlterPrimaryKey,
    Change,
    Conflict,
    CreateCollation,
    CreateExtension,
    CreateIndex,
    CreateSchema,
    CreateTable,
    CreateView,
    DropColumn,
    DropForeignKey,
    DropIndex,
    DropTable,
    DropView,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    ReplaceView,
)
from schemasync.engines.postgresql import ddl, probes
from schemasync.engines.postgresql.alter import alter_table, casts_of, values_of
from schemasync.plan import Hazard, HazardKind, Probe, Refusal, Stage, Statement

QUOTER = ddl.QUOTER


def render(changes: Sequence[Change]) -> list[Statement | Refusal]:
    """Return the statements, or refusals, of all changes of one relation."""
    casts = casts_of(changes)
    done: list[Statement | Refusal] = [each for change in changes for each in _one(change, casts)]
    return [*done, *alter_table(changes), *_add_foreign_keys(changes)]


def _one(change: Change, casts: probes.Casts) -> Iterator[Statement | Refusal]:  # noqa: C901, PLR0912 - one case a change
    match change:
        case AddColumn() | DropColumn() | AlterColumn() | AlterPrimaryKey() | AddForeignKey():
            pass  # put together with others of their table
        case CreateSchema():
            yield _create_schema(change)
        case CreateExtension():
            yield _create_extension(change)
        case CreateCollation():
            yield _create_collation(change)
        case CreateTable():
            yield _create_table(change)
        case DropTable():
            yield _drop_table(change)
        case RenameTable():
            yield from _rename_table(change)
        case RenameColumn():
            yield from _rename_column(change)
        case CreateIndex():
            yield _create_index(change, casts)
        case DropIndex():
            yield _drop_index(change)
        case RenameIndex():
            yield from _rename_index(change)
        case DropForeignKey():
            yield _drop_foreign_key(change)
        case RenameConstraint():
            yield from _rename_constraint(change)
        case CreateView():
            yield _create_view(change)
        case ReplaceView():
            yield _replace_view(change)
        case DropView():
            yield _drop_view(change)
        case Conflict():
            yield Refusal(relation=change.relation, message=change.problem, external=change.external)
        case _:
            assert_never(change)


def _create_schema(change: CreateSchema) -> Statement:
    return Statement(
        relation=change.relation,
        command=f"CREATE SCHEMA IF NOT EXISTS {QUOTER.name(change.schema)}",
        detail=f"create schema {change.schema}",
        stage=Stage.CREATE_SCHEMAS,
    )


def _create_extension(change: CreateExtension) -> Statement:
    return Statement(
        relation=change.relation,
        command=f"CREATE EXTENSION IF NOT EXISTS {QUOTER.name(change.name)}",
        detail=f"create extension {change.name}",
        stage=Stage.CREATE_SCHEMAS,
    )


def _create_collation(change: CreateCollation) -> Statement:
    return Statement(
        relation=change.relation,
        command=f"CREATE COLLATION IF NOT EXISTS {QUOTER.full(change.name)} "
        "(provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        detail=f"create collation {change.name}",
        stage=Stage.CREATE_SCHEMAS,
    )


def _create_table(change: CreateTable) -> Statement:
    return Statement(
        relation=change.relation,
        command=ddl.create_table(change.table),
        detail=f"create table with {len(change.table.columns)} columns",
        stage=Stage.CREATE,
        probes=tuple(probe for column in change.table.columns for probe in probes.possible(column)),
    )


def _drop_table(change: DropTable) -> Statement:
    message = f"the rows of {change.table.now} are lost"
    again = ", to make it anew" if change.replaced else ""
    return Statement(
        relation=change.relation,
        command=f"DROP TABLE {QUOTER.full(change.table.now)}",
        detail=f"drop table {change.table.now.name}{again}",
        stage=Stage.DROP_TABLES,
        destructive=True,
        probes=(probes.rows(change.table, message, HazardKind.DELETES_DATA),),
    )


def _rename_table(change: RenameTable) -> Iterator[Statement]:
    """Rename at once, or by way of another name where the new one is taken or the schema is another."""
    before, after = change.before, change.relation
    detail = (
        f"rename {before} to {after}"
        if before.schema != after.schema
        else f"rename {before.name} to {after.name}"
    )

    def step(name: Name, clause: str, stage: Stage, words: str | None = None) -> Statement:
        command = f"ALTER TABLE {QUOTER.full(name)} {clause}"
        return Statement(relation=after, command=command, detail=words, stage=stage)

    if not change.occupied and before.schema == after.schema:
        yield step(before, f"RENAME TO {QUOTER.name(after.name)}", Stage.RENAME, detail)
        return
    via = ddl.temporary(str(after))
    yield step(before, f"RENAME TO {QUOTER.name(via)}", Stage.RENAME_AWAY, detail)
    if before.schema != after.schema:
        moved = f"SET SCHEMA {QUOTER.name(after.schema)}"
        yield step(Name(before.schema, via), moved, Stage.RENAME)
    yield step(Name(after.schema, via), f"RENAME TO {QUOTER.name(after.name)}", Stage.RENAME_BACK)


def _rename_column(change: RenameColumn) -> Iterator[Statement]:
    detail = f"rename column {change.before} to {change.after}"
    yield from _rename_within(change, f"ALTER TABLE {QUOTER.full(change.relation)} RENAME COLUMN", detail)


def _rename_constraint(change: RenameConstraint) -> Iterator[Statement]:
    detail = f"rename key {change.before} to {change.after}"
    yield from _rename_within(change, f"ALTER TABLE {QUOTER.full(change.relation)} RENAME CONSTRAINT", detail)


def _rename_within(change: RenameColumn | RenameConstraint, rename: str, detail: str) -> Iterator[Statement]:
    """Rename part of a table at once, or by way of another name where the new one is taken."""
    before, after = QUOTER.name(change.before), QUOTER.name(change.after)

    def step(one: str, other: str, stage: Stage, words: str | None) -> Statement:
        command = f"{rename} {one} TO {other}"
        return Statement(relation=change.relation, command=command, detail=words, stage=stage)

    if change.occupied:
        via = QUOTER.name(ddl.temporary(f"{change.relation}.{change.after}"))
        yield step(before, via, Stage.RENAME_COLUMNS_AWAY, detail)
        yield step(via, after, Stage.RENAME_COLUMNS_BACK, None)
    else:
        yield step(before, after, Stage.RENAME_COLUMNS, detail)


def _create_index(change: CreateIndex, casts: probes.Casts) -> Statement:
    index = change.index
    return Statement(
        relation=change.relation,
        command=ddl.create_index(change.relation, index),
        detail=f"create {'unique ' if index.unique else ''}index {index.name}",
        stage=Stage.CREATE_INDEXES,
        probes=tuple(_index_probes(change, casts)),
    )


def _index_probes(change: CreateIndex, casts: probes.Casts) -> Iterator[Probe]:
    table, index = change.table, change.index
    if table is None:
        return
    message = f"writes to the table wait while index {index.name} is built"
    yield probes.rows(table, message, HazardKind.BLOCKS_WRITES)
    if index.unique:
        names = [key.column or "" for key in index.keys]
        problem = f"rows are equal in ({', '.join(names)}), which index {index.name} forbids"
        yield from probes.unique(table, names, change.added, problem, casts)


def _drop_index(change: DropIndex) -> Statement:
    again = ", to make it anew" if change.replaced else ""
    return Statement(
        relation=change.relation,
        command=f"DROP INDEX {QUOTER.full(Name(change.table.now.schema, change.index.name))}",
        detail=f"drop index {change.index.name}{again}",
        stage=Stage.DROP_INDEXES,
    )


def _rename_index(change: RenameIndex) -> Iterator[Statement]:
    detail = f"rename index {change.before} to {change.after}" if change.before != change.after else None
    schema = change.moved_from or change.relation.schema

    def step(schema: str, before: str, after: str, stage: Stage, words: str | None) -> Statement:
        command = f"ALTER INDEX {QUOTER.full(Name(schema, before))} RENAME TO {QUOTER.name(after)}"
        return Statement(relation=change.relation, command=command, detail=words, stage=stage)

    if change.occupied:
        via = ddl.temporary(f"{change.relation}.{change.after}")
        away = Stage.RENAME_AWAY if change.moved_from else Stage.RENAME_COLUMNS_AWAY
        yield step(schema, change.before, via, away, detail)
        yield step(change.relation.schema, via, change.after, Stage.RENAME_COLUMNS_BACK, None)
    else:
        yield step(change.relation.schema, change.before, change.after, Stage.RENAME_COLUMNS, detail)


def _drop_foreign_key(change: DropForeignKey) -> Statement:
    key = change.foreign_key
    return Statement(
        relation=change.relation,
        command=f"ALTER TABLE {QUOTER.full(change.table.now)} DROP CONSTRAINT {QUOTER.name(key.name)}",
        detail=None if change.replaced else f"drop foreign key {key.name} to {key.target}",
        stage=Stage.DROP_KEYS,
    )


def _add_foreign_keys(changes: Sequence[Change]) -> Iterator[Statement]:
    """Return one ALTER TABLE for all new foreign keys: after all tables, so cycles are nothing special."""
    adding = [change for change in changes if isinstance(change, AddForeignKey)]
    if not adding:
        return
    name = adding[0].relation
    clauses = ", ".join(f"ADD {ddl.foreign_key(change.foreign_key)}" for change in adding)
    words = [_key_words(change) for change in adding]
    values = values_of(changes)
    yield Statement(
        relation=name,
        command=f"ALTER TABLE {QUOTER.full(name)} {clauses}",
        detail="; ".join(words),
        stage=Stage.CREATE_KEYS,
        probes=tuple(probe for change in adding for probe in _key_probes(change, values)),
    )


def _key_words(change: AddForeignKey) -> str:
    key = change.foreign_key
    return f"{'put foreign key back:' if change.restored else 'add foreign key'} {key.name} to {key.target}"


def _key_probes(change: AddForeignKey, values: probes.Casts) -> Iterator[Probe]:
    """Ask for rows that refer to nothing; what was there before and is put back needs no asking."""
    key, table = change.foreign_key, change.table
    if table is None or change.restored:
        return
    message = f"rows refer by ({', '.join(key.columns)}) to what {key.target} does not hold"
    if change.target is not None:
        probe = probes.orphans(table, change.target, key, values, message)
    else:
        probe = probes.referring(table, key, values, message)
    if probe is not None:
        yield probe


def _create_view(change: CreateView) -> Statement:
    view = change.view
    again = isinstance(change.restored, View)
    return Statement(
        relation=change.relation,
        command=f"CREATE {view.kind.upper()} {QUOTER.full(view.name)} AS {_body(view)}",
        detail=f"create {view.kind}{' again' if again else ''}",
        hazards=_rebuilt("is made again") if again else (),
        stage=Stage.CREATE_VIEWS,
        provides=frozenset({("view", str(view.name))}),
        requires=frozenset(("view", str(each)) for each in view.reads),
    )


def _replace_view(change: ReplaceView) -> Statement:
    view = change.view
    return Statement(
        relation=change.relation,
        command=f"CREATE OR REPLACE VIEW {QUOTER.full(view.name)} AS {_body(view)}",
        detail="replace the view's query",
        hazards=_rebuilt("gets another query"),
        stage=Stage.CREATE_VIEWS,
        provides=frozenset({("view", str(view.name))}),
        requires=frozenset(("view", str(each)) for each in view.reads),
    )


def _rebuilt(what: str) -> tuple[Hazard, ...]:
    return (Hazard(kind=HazardKind.REBUILDS_VIEW, message=f"the view {what}: who reads it waits until then"),)


def _body(view: View) -> str:
    return view.body.text if view.body is not None else ""


def _drop_view(change: DropView) -> Statement:
    view = change.view
    stored = view.kind == "materialized view"
    return Statement(
        relation=change.relation,
        command=f"DROP {view.kind.upper()} {QUOTER.full(view.now)}",
        detail=None if change.replaced else f"drop {view.kind}",
        stage=Stage.DROP_VIEWS,
        destructive=stored and not change.replaced,
        hazards=() if change.replaced else _rebuilt("is dropped"),
        provides=frozenset({("dropped", str(change.relation))}),
        requires=frozenset(("dropped", str(each)) for each in change.readers),
    )

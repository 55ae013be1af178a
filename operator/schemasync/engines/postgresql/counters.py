"""Counters that go on: past the values that are there, and past what a sequence had counted before."""

from __future__ import annotations

from collections.abc import Iterator

from schemasync.catalog import Counter, Identity, Name
from schemasync.changes import AlterColumn
from schemasync.engines.postgresql import ddl
from schemasync.plan import Stage, Statement

QUOTER = ddl.QUOTER


def go_on(change: AlterColumn, start: int) -> Iterator[Statement]:
    """Return the statements that set a column's new counter, and let go of the sequence that it had."""
    table, column = change.relation, change.after.name
    old = None if isinstance(change.before.default, Identity) else change.before.counter
    if old is None:
        yield _step(table, _set(table, column, start, None), Stage.TIGHTEN)
        return
    there = Name(table.schema, old.sequence.name) if old.owned else old.sequence
    kept = _why_kept(old)
    if kept is None:
        # The new counter then gets its name.
        via = ddl.temporary(str(there))
        yield _step(table, f"ALTER SEQUENCE {QUOTER.full(there)} RENAME TO {QUOTER.name(via)}", Stage.LOOSEN)
        there = Name(there.schema, via)
    yield _step(table, _set(table, column, start, there), Stage.TIGHTEN)
    if kept is None:
        detail = f"drop sequence {old.sequence.name}, where its counter left off"
        yield _step(table, f"DROP SEQUENCE {QUOTER.full(there)}", Stage.TIGHTEN, detail)
    elif old.owned:
        detail = f"sequence {old.sequence} stays, but not as the column's: {kept}"
        yield _step(table, f"ALTER SEQUENCE {QUOTER.full(there)} OWNED BY NONE", Stage.TIGHTEN, detail)


def _why_kept(counter: Counter) -> str | None:
    if not counter.owned:
        return "it belongs to no column of this table"
    return f"{', '.join(counter.users)} makes use of it" if counter.users else None


def _step(table: Name, command: str, stage: Stage, detail: str | None = None) -> Statement:
    return Statement(relation=table, command=command, detail=detail, stage=stage)


def _set(table: Name, column: str, start: int, old: Name | None) -> str:
    """Return the command that sets a counter past the values that are there.

    It is found by its dependency: a column that once was a serial may have another sequence still.
    """
    full = QUOTER.full(table)
    last = f"(SELECT max({QUOTER.name(column)}) FROM {full})::bigint, {start - 1}"
    if old is not None:
        last += (
            f", (SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {QUOTER.full(old)})"
        )
    return f"""SELECT setval(d.objid::regclass, greatest({last}) + 1, false)
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.refobjid = {ddl.literal(full)}::regclass AND a.attname = {ddl.literal(column)} AND d.deptype = 'i'
  AND d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass"""

"""Questions about the rows that are there, asked when planning: by the names that things have then.

The server's functions are named in full, and its operators get operands of exactly their types: the
schema of an extension may be one in which somebody else can put what fits better.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from schemasync.catalog import Column, Definition, ForeignKey, Identity, Table
from schemasync.engines.postgresql import ddl
from schemasync.engines.postgresql.ddl import QUOTER
from schemasync.engines.postgresql.values import family, is_comparable
from schemasync.plan import HazardKind, Probe

# Types that a plan may bring itself.
_EXTENSIONS = frozenset({"vector", "geography"})
# It has no comparison of its own: as text it is compared like the server does it for a key.
_VARCHAR = "character varying"


def _now(column: Column) -> str:
    return QUOTER.name(column.origin or column.name)


def rows(table: Table, message: str, kind: HazardKind | None = None, *, more_than: int = 0) -> Probe:
    """Ask how many rows a table has, where it has more than some."""
    having = f" HAVING pg_catalog.count(*) > {more_than}" if more_than else ""
    query = f"SELECT pg_catalog.count(*) FROM {QUOTER.full(table.now)}{having}"
    return Probe(query=query, message=message, kind=kind)


def possible(column: Column) -> Iterator[Probe]:
    """Ask whether the server knows a column's type and takes its default, where only it can tell."""
    if is_comparable(column.type) or family(column.type) in _EXTENSIONS:
        return
    yield _possible(f"NULL::{column.type}", f"column {column.name}: this database has no type {column.type}")
    if ddl.is_constant(column.default):
        value = ddl.default(column.default, column.type)
        problem = f"column {column.name}: the default {value} is not a value of type {column.type}"
        yield _possible(f"{value}::{column.type}", problem)


def _possible(expression: str, message: str) -> Probe:
    query = f"SELECT 0 FROM (SELECT {expression}) AS made"
    return Probe(query=query, message=message, if_it_fails=1, about_rows=False)


def filled(table: Table, column: Column, message: str, kind: HazardKind | None = None) -> Probe:
    """Ask how many rows have a value in a column."""
    query = f"SELECT pg_catalog.count({_now(column)}) FROM {QUOTER.full(table.now)}"
    return Probe(query=query, message=message, kind=kind)


def empty(table: Table, column: Column, message: str, kind: HazardKind | None = None) -> Probe:
    """Ask how many rows have no value in a column."""
    query = f"SELECT pg_catalog.count(*) FROM {QUOTER.full(table.now)} WHERE {_now(column)} IS NULL"
    return Probe(query=query, message=message, kind=kind)


def misfits(table: Table, column: Column, condition: str, message: str) -> Probe:
    """Ask how many rows have a value that fulfils a condition, with `{}` for the column."""
    where = condition.format(_now(column))
    query = f"SELECT pg_catalog.count(*) FROM {QUOTER.full(table.now)} WHERE {where}"
    return Probe(query=query, message=message)


def attempt(table: Table, column: Column, expression: str, message: str) -> Probe:
    """Try an expression, with `{}` for the column, on all rows."""
    query = f"SELECT 0 * pg_catalog.count({expression.format(_now(column))}) FROM {QUOTER.full(table.now)}"
    return Probe(query=query, message=message, if_it_fails=1)


Casts = Mapping[str, str]
"""What becomes of columns that change their type: an expression, with `{}` for the column."""


def duplicates(table: Table, columns: Sequence[Column], message: str, casts: Casts) -> Probe:
    """Ask how many rows will be equal to an earlier one in these columns; where one is NULL, none is.

    A row on which a cast fails is another question's business.
    """
    names = ", ".join(casts.get(column.name, "{}").format(_now(column)) for column in columns)
    known = " AND ".join(f"{_now(column)} IS NOT NULL" for column in columns)
    query = (
        "SELECT coalesce(pg_catalog.sum(n - 1), 0)::bigint "
        f"FROM (SELECT pg_catalog.count(*) AS n FROM {QUOTER.full(table.now)} WHERE {known} "
        f"GROUP BY {names} HAVING pg_catalog.count(*) > 1) AS equal"
    )
    failing = 0 if any(column.name in casts for column in columns) else None
    return Probe(query=query, message=message, if_it_fails=failing)


def unique(
    table: Table, names: Sequence[str], added: Sequence[Column], message: str, casts: Casts
) -> Iterator[Probe]:
    """Ask for rows that would be equal in these columns, of which some are only added.

    A new column holds nothing, or another value in each row, or the same one in all: only
    then can rows be equal.
    """
    if any(column.nullable and column.default is None for column in added):
        return
    if any(differs_from_row_to_row(column) for column in added):
        return
    there = [column for name in names if (column := table.column(name)) is not None]
    if there:
        yield duplicates(table, there, message, casts)
    else:
        yield rows(table, message, more_than=1)


def differs_from_row_to_row(column: Column) -> bool:
    """Return whether a column that is added gets another value in each row."""
    return isinstance(column.default, Identity) or (
        isinstance(column.default, Definition) and column.default.text == "gen_random_uuid()"
    )


def orphans(
    table: Table, target: Table, key: ForeignKey, values: Mapping[str, str], message: str
) -> Probe | None:
    """Ask how many rows refer to what is not there.

    `values` are expressions, with `{}` for the column, of columns that are added or change their
    type. None where a column of the target is new, or a new one of the table's own holds nothing.
    """
    own = [_value(table, name, values) for name in key.columns]
    theirs = [target.column(name) for name in key.target_columns]
    pairs = [(one, _now(other)) for one, other in zip(own, theirs, strict=True) if one and other]
    if len(pairs) < len(key.columns):
        return None
    known = " AND ".join(f"{one} IS NOT NULL" for one, _ in pairs)
    text = "::text" if all(each and each.type.startswith(_VARCHAR) for each in theirs) else ""
    equal = " AND ".join(f"b.{other}{text} = ({one}){text}" for one, other in pairs)
    query = (
        f"SELECT pg_catalog.count(*) FROM {QUOTER.full(table.now)} AS a WHERE {known} "
        f"AND NOT EXISTS (SELECT FROM {QUOTER.full(target.now)} AS b WHERE {equal})"
    )
    # Types that cannot be compared as they are now are another question's business.
    return Probe(query=query, message=message, if_it_fails=0)


def _value(table: Table, name: str, values: Mapping[str, str]) -> str | None:
    """Return what rows will hold in a column, as an expression over them; None where that is nothing."""
    column = table.column(name)
    if column is None:
        return values.get(name)
    return values.get(name, "{}").format(f"a.{_now(column)}")


def referring(table: Table, key: ForeignKey, values: Mapping[str, str], message: str) -> Probe | None:
    """Ask how many rows would refer to a table that is only made; None where a new column holds nothing."""
    own = [_value(table, name, values) for name in key.columns]
    if not all(own):
        return None
    known = " AND ".join(f"{each} IS NOT NULL" for each in own if each)
    query = f"SELECT pg_catalog.count(*) FROM {QUOTER.full(table.now)} AS a WHERE {known}"
    return Probe(query=query, message=message)

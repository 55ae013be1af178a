"""What a PostgreSQL database holds, read from its catalogs in a fixed number of queries.

Everything is printed with an empty `search_path`, so that names come out in full.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from psycopg.rows import args_row

from schemasync.catalog import (
    Catalog,
    Column,
    ColumnDefault,
    Counter,
    Definition,
    DefinitionRow,
    Dependant,
    ForeignKey,
    Identity,
    Index,
    IndexKey,
    Name,
    PrimaryKey,
    Relation,
    Table,
    View,
    definition_object,
    digest,
)
from schemasync.engines.postgresql.connection import Connection
from schemasync.engines.postgresql.inspect_queries import (
    COLUMNS,
    COUNTERS,
    DEPENDANTS,
    INDEXES,
    KEYS,
    RELATIONS,
    SCHEMAS,
)
from schemasync.engines.postgresql.values import read_constant

Row = TypeVar("Row")

_KINDS = {
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
    "p": "partitioned table",
    "i": "index",
    "I": "partitioned index",
    "S": "sequence",
    "c": "composite type",
    "t": "TOAST table",
}
_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


@dataclass(slots=True)
class _RelationRow:
    oid: int
    schema: str
    name: str
    kind: str
    body: str | None


@dataclass(slots=True)
class _ColumnRow:
    relation: int
    name: str
    type: str
    required: bool
    generated: bool
    expression: str | None
    collation: str | None
    identity: bool
    start: int | None


@dataclass(slots=True)
class _CounterRow:
    relation: int
    column: str
    schema: str
    name: str
    owned: bool
    users: list[str]


@dataclass(slots=True)
class _IndexRow:
    relation: int
    name: str
    method: str
    unique: bool
    valid: bool
    expressions: str | None
    predicate: str | None
    columns: list[str | None]
    operators: list[str | None]
    options: list[int]


@dataclass(slots=True)
class _KeyRow:
    relation: int
    name: str
    kind: str
    target_schema: str | None
    target: str | None
    on_delete: str
    on_update: str
    printed: str
    columns: list[str]
    target_columns: list[str]


@dataclass(slots=True)
class _DependantRow:
    relation: int
    column: str | None
    kind: str
    name: str
    view_schema: str | None
    view: str | None


@dataclass(slots=True)
class _SchemaRow:
    name: str


class Inspector:
    """Reads relations over an open transaction; `definitions` are the control table's rows, by object."""

    def __init__(self, connection: Connection, definitions: Mapping[str, DefinitionRow], server: int) -> None:
        self._connection = connection
        self._definitions = definitions
        self._server = server

    def catalog(self, names: Sequence[Name]) -> Catalog:
        """Return what is there of these relations, and which of their schemas exist."""
        found = self._rows(
            _RelationRow, RELATIONS, [each.schema for each in names], [each.name for each in names]
        )
        tables = {row.oid: Name(row.schema, row.name) for row in found}
        columns, indexes, keys = self._columns(tables), self._indexes(tables), self._keys(tables)
        relations: list[Relation] = []
        for row in found:
            name = tables[row.oid]
            if row.kind == "r":
                relations.append(_table(name, columns[row.oid], indexes[row.oid], keys[row.oid]))
            else:
                relations.append(self._view(name, row, columns[row.oid]))
        return Catalog.of(relations, self._schemas(names), self._dependants(tables))

    def _view(self, name: Name, row: _RelationRow, columns: list[Column]) -> View:
        key = definition_object("view", *name)
        return View(
            name=name,
            kind=_KINDS.get(row.kind, row.kind),
            columns=tuple(columns),
            body=None if row.body is None else self._definition(key, row.body),
        )

    def _dependants(self, tables: Mapping[int, Name]) -> list[Dependant]:
        return [
            Dependant(
                on=tables[row.relation],
                column=row.column,
                kind=row.kind,
                name=row.name,
                relation=Name(row.view_schema, row.view) if row.view_schema and row.view else None,
                rebuilt=row.kind in ("index", "constraint"),
            )
            for row in self._rows(_DependantRow, DEPENDANTS, *[list(tables)] * DEPENDANTS.count("(%s)"))
        ]

    def _rows(self, kind: type[Row], query: str, *parameters: object) -> list[Row]:
        with self._connection.cursor(row_factory=args_row(kind)) as cursor:
            return cursor.execute(query.encode(), parameters).fetchall()

    def _schemas(self, names: Sequence[Name]) -> list[str]:
        wanted = sorted({name.schema for name in names})
        return [row.name for row in self._rows(_SchemaRow, SCHEMAS, wanted)]

    def _columns(self, tables: Mapping[int, Name]) -> Mapping[int, list[Column]]:
        columns = defaultdict(list)
        rows = self._rows(_ColumnRow, COLUMNS, list(tables))
        counters = self._counters(rows)
        for row in rows:
            columns[row.relation].append(
                Column(
                    name=row.name,
                    type=row.type,
                    nullable=not row.required,
                    default=self._default(tables[row.relation], row),
                    collation=row.collation,
                    generated=row.generated,
                    counter=counters.get((row.relation, row.name)),
                )
            )
        return columns

    def _counters(self, rows: Sequence[_ColumnRow]) -> Mapping[tuple[int, str], Counter]:
        """Return what defaults count by; the server is asked only where one does."""
        counting = {row.relation for row in rows if row.expression and row.expression.startswith("nextval(")}
        if not counting:
            return {}
        return {
            (row.relation, row.column): Counter(
                sequence=Name(row.schema, row.name), owned=row.owned, users=tuple(row.users)
            )
            for row in self._rows(_CounterRow, COUNTERS, list(counting))
        }

    def _default(self, table: Name, row: _ColumnRow) -> ColumnDefault | None:
        if row.identity:
            return Identity(start=row.start or 1)
        if row.expression is None or row.generated:
            return None
        constant = read_constant(row.expression, row.type)
        return constant or self._definition(definition_object("default", *table, row.name), row.expression)

    def _definition(self, key: str, printed: str) -> Definition:
        """Return a definition; what was wanted is known only while the server prints the same.

        A server of another major version may print it otherwise: then it is taken as it is.
        """
        row = self._definitions.get(key)
        if row is None or (row.server == self._server and row.printed != digest(printed)):
            return Definition(wanted=None, text=printed)
        return Definition(wanted=row.wanted, text=printed)

    def _indexes(self, tables: Mapping[int, Name]) -> Mapping[int, list[Index]]:
        indexes = defaultdict(list)
        for row in self._rows(_IndexRow, INDEXES, list(tables)):
            schema = tables[row.relation].schema
            predicate = row.predicate and self._definition(
                definition_object("predicate", schema, row.name), row.predicate
            )
            indexes[row.relation].append(
                Index(
                    name=row.name,
                    keys=self._index_keys(schema, row),
                    unique=row.unique,
                    method=row.method,
                    predicate=predicate or None,
                    valid=row.valid,
                )
            )
        return indexes

    def _index_keys(self, schema: str, row: _IndexRow) -> tuple[IndexKey, ...]:
        """Return an index's keys; expressions are printed together, so the first place has them all."""
        keys: list[IndexKey] = []
        expressions = row.expressions
        for column, operators, option in zip(row.columns, row.operators, row.options, strict=False):
            if column is not None:
                keys.append(IndexKey(column=column, descending=bool(option & 1), operators=operators))
            elif expressions is not None:
                definition = self._definition(definition_object("index", schema, row.name), expressions)
                keys.append(IndexKey(expression=definition))
                expressions = None
        return tuple(keys)

    def _keys(self, tables: Mapping[int, Name]) -> Mapping[int, list[PrimaryKey | ForeignKey]]:
        keys: defaultdict[int, list[PrimaryKey | ForeignKey]] = defaultdict(list)
        for row in self._rows(_KeyRow, KEYS, list(tables)):
            keys[row.relation].append(_key(row))
        return keys


def _key(row: _KeyRow) -> PrimaryKey | ForeignKey:
    if row.kind == "p":
        return PrimaryKey(columns=tuple(row.columns), name=row.name)
    return ForeignKey(
        columns=tuple(row.columns),
        target=Name(row.target_schema or "", row.target or ""),
        target_columns=tuple(row.target_columns),
        on_delete=_ACTIONS[row.on_delete],
        on_update=_ACTIONS[row.on_update],
        name=row.name,
        printed=row.printed,
    )


def _table(
    name: Name, columns: list[Column], indexes: list[Index], keys: list[PrimaryKey | ForeignKey]
) -> Table:
    return Table(
        name=name,
        columns=tuple(columns),
        primary_key=next((key for key in keys if isinstance(key, PrimaryKey)), None),
        indexes=tuple(indexes),
        foreign_keys=tuple(key for key in keys if isinstance(key, ForeignKey)),
    )

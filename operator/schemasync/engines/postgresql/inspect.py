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

_RELATIONS = """
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END AS body
FROM unnest(%s::text[], %s::text[]) AS w (schema, name)
JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
"""

_COLUMNS = """
SELECT a.attrelid AS relation, a.attname AS name,
       -- Types that are not the server's own are known by their names, wherever they live.
       CASE WHEN t.typnamespace <> 'pg_catalog'::regnamespace
         THEN regexp_replace(pg_catalog.format_type(a.atttypid, a.atttypmod), '^.*\\.', '')
         ELSE pg_catalog.format_type(a.atttypid, a.atttypmod) END AS type,
       a.attnotnull AS required,
       a.attgenerated <> '' AS generated, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression,
       CASE WHEN a.attcollation <> t.typcollation THEN co.collname END AS collation,
       a.attidentity <> '' AS identity, s.seqstart AS start
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_depend p ON a.attidentity <> '' AND p.refclassid = 'pg_catalog.pg_class'::regclass
  AND p.classid = 'pg_catalog.pg_class'::regclass AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum
  AND p.deptype = 'i'
LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = p.objid
WHERE a.attrelid = ANY (%s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""

_INDEXES = """
SELECT i.indrelid AS relation, c.relname AS name, am.amname AS method, i.indisunique AS unique,
       i.indisvalid AND i.indisready AS valid,
       pg_catalog.pg_get_expr(i.indexprs, i.indrelid) AS expressions,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
       ARRAY(SELECT a.attname::text
             FROM unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k (num, pos)
             LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num
             ORDER BY k.pos) AS columns,
       ARRAY(SELECT CASE WHEN o.opcdefault THEN NULL ELSE o.opcname::text END
             FROM unnest((i.indclass::oid[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k (class, pos)
             JOIN pg_catalog.pg_opclass o ON o.oid = k.class
             ORDER BY k.pos) AS operators,
       i.indoption::int2[] AS options
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_am am ON am.oid = c.relam
WHERE i.indrelid = ANY (%s) AND NOT i.indisprimary
ORDER BY c.relname
"""

_KEYS = """
SELECT k.conrelid AS relation, k.conname AS name, k.contype AS kind, tn.nspname AS target_schema,
       tc.relname AS target, k.confdeltype AS on_delete, k.confupdtype AS on_update,
       pg_catalog.pg_get_constraintdef(k.oid) AS printed,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (num, pos)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num
             ORDER BY u.pos) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (num, pos)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num
             ORDER BY u.pos) AS target_columns
FROM pg_catalog.pg_constraint k
LEFT JOIN pg_catalog.pg_class tc ON tc.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
WHERE k.conrelid = ANY (%s) AND k.contype IN ('p', 'f')
ORDER BY k.conname
"""

# Views of anybody; foreign keys of other tables; policies, triggers, functions and generated columns.
# What belongs to the relation as such (its own indexes, keys, default) goes and comes with it.
_DEPENDANTS = """
SELECT d.refobjid AS relation, a.attname AS column,
       CASE v.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END AS kind,
       n.nspname || '.' || v.relname AS name, n.nspname AS view_schema, v.relname AS view
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
JOIN pg_catalog.pg_class v ON v.oid = r.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace
LEFT JOIN pg_catalog.pg_attribute a
  ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
  AND d.refobjid = ANY (%s) AND r.ev_class <> d.refobjid
UNION
SELECT k.confrelid, a.attname, 'foreign key', k.conname || ' of ' || n.nspname || '.' || c.relname, NULL, NULL
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)
WHERE k.contype = 'f' AND k.confrelid = ANY (%s) AND NOT k.conrelid = ANY (%s)
UNION
SELECT d.refobjid, a.attname, i.type, i.identity, NULL, NULL
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) i
WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = ANY (%s) AND d.refobjsubid > 0
  AND (d.classid IN ('pg_catalog.pg_policy'::regclass, 'pg_catalog.pg_trigger'::regclass,
                     'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_statistic_ext'::regclass)
       OR d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.deptype = 'n')
UNION
-- Indexes and constraints of others: they would go with a column without a word.
SELECT i.indrelid, a.attname, 'index', c.relname, NULL, NULL
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = i.indexrelid
  AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid > 0
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = d.refobjsubid
WHERE i.indrelid = ANY (%s) AND c.relname NOT LIKE 'atscript\\_\\_%%'
UNION
SELECT k.conrelid, a.attname, 'constraint', k.conname, NULL, NULL
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
WHERE k.conrelid = ANY (%s) AND k.contype IN ('c', 'u', 'x')
UNION
-- What uses the type of the relation's rows.
SELECT c.oid, NULL, i.type, i.identity, NULL, NULL
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_type t ON t.oid = c.reltype
JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_type'::regclass AND d.deptype = 'n'
  AND d.refobjid IN (t.oid, t.typarray)
CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) i
WHERE c.oid = ANY (%s) AND c.relkind = 'r'
ORDER BY 1, 2, 3, 4
"""
_SCHEMAS = "SELECT nspname AS name FROM pg_catalog.pg_namespace WHERE nspname = ANY (%s)"


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
            _RelationRow, _RELATIONS, [each.schema for each in names], [each.name for each in names]
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
            for row in self._rows(_DependantRow, _DEPENDANTS, *[list(tables)] * _DEPENDANTS.count("(%s)"))
        ]

    def _rows(self, kind: type[Row], query: str, *parameters: object) -> list[Row]:
        with self._connection.cursor(row_factory=args_row(kind)) as cursor:
            return cursor.execute(query.encode(), parameters).fetchall()

    def _schemas(self, names: Sequence[Name]) -> list[str]:
        wanted = sorted({name.schema for name in names})
        return [row.name for row in self._rows(_SchemaRow, _SCHEMAS, wanted)]

    def _columns(self, tables: Mapping[int, Name]) -> Mapping[int, list[Column]]:
        columns = defaultdict(list)
        for row in self._rows(_ColumnRow, _COLUMNS, list(tables)):
            columns[row.relation].append(
                Column(
                    name=row.name,
                    type=row.type,
                    nullable=not row.required,
                    default=self._default(tables[row.relation], row),
                    collation=row.collation,
                    generated=row.generated,
                )
            )
        return columns

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
        for row in self._rows(_IndexRow, _INDEXES, list(tables)):
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
        for row in self._rows(_KeyRow, _KEYS, list(tables)):
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

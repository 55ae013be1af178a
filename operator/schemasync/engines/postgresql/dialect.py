"""What PostgreSQL makes of a schema: names within its limit, its types, defaults, indexes and keys.

Pure: nothing here asks a server.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

from schemasync import model
from schemasync.catalog import (
    Catalog,
    Column,
    ColumnDefault,
    Definition,
    ForeignKey,
    Identity,
    Index,
    IndexKey,
    Literal,
    Name,
    PrimaryKey,
    Relation,
    Table,
    View,
    digest,
)
from schemasync.changes import Change
from schemasync.engines.base import Capabilities, Physical
from schemasync.engines.postgresql import render
from schemasync.engines.postgresql.types import mapped_type
from schemasync.engines.sql import cut, cut_with_hash
from schemasync.plan import Refusal, Statement

# Bytes of a name that the server keeps (NAMEDATALEN - 1).
MAX_NAME = 63
INDEX_PREFIX = "atscript__"

_FUNCTIONS = {
    "uuid": "gen_random_uuid()",
    "now": "(extract(epoch from now()) * 1000)::bigint",
}
_ACTIONS = {
    "cascade": "CASCADE",
    "restrict": "RESTRICT",
    "noAction": "NO ACTION",
    "setNull": "SET NULL",
    "setDefault": "SET DEFAULT",
}
_ALIASES = {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "float": "double precision",
    "bool": "boolean",
    "varchar": "character varying",
    "char": "character",
    "decimal": "numeric",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
}
_WORDS = frozenset({*_ALIASES.values()})
_TYPE = re.compile(r"([a-z_][a-z0-9_]*(?: [a-z]+)*)(\( *\d+ *(?:, *\d+ *)?\))?((?:\[\])*)")
_NUMERIC = ("integer", "smallint", "bigint", "real", "double precision", "numeric")


class Unsuitable(ValueError):
    """A part of the model that PostgreSQL, or this version of the dialect, cannot have."""


class PostgresDialect:
    """The pure half of the engine."""

    name = "postgresql"
    capabilities = Capabilities(transactional_ddl=True, schemas=True)

    def physical(self, schema: model.Schema, namespace: str) -> Physical:
        """Return the wanted catalog; what cannot be had is an error of its relation."""
        return _Physical(schema, namespace).result()

    def same(self, wanted: Column, actual: Column) -> bool:
        """Return whether two columns mean the same: both sides hold canonical values."""
        return wanted == actual

    def render(self, changes: Sequence[Change]) -> Sequence[Statement | Refusal]:
        """Return the statements of one relation's changes."""
        return render.render(changes)

    def mapped_type(self, item: model.Field) -> str:
        """Return the type that snapshots name for a field."""
        return mapped_type(item)


class _Physical:
    """One translation of a model; it gathers problems by relation."""

    def __init__(self, schema: model.Schema, namespace: str) -> None:
        self._schema = schema
        self._namespace = namespace
        self._errors: defaultdict[Name, list[str]] = defaultdict(list)
        self._index_names: Counter[tuple[str, str]] = Counter()
        self._names: dict[str, Name] = {}

    def result(self) -> Physical:
        relations = [self._table(table) for table in sorted(self._schema.tables, key=lambda t: t.name)]
        relations += [self._view(view) for view in self._schema.views]
        for name, count in Counter(relation.name for relation in relations).items():
            if count > 1:
                self._errors[name].append(f"{count} relations are named {name} once cut to {MAX_NAME} bytes")
        errors = {name: tuple(messages) for name, messages in self._errors.items()}
        return Physical(catalog=Catalog.of(relations), names=self._names, errors=errors)

    def _name(self, schema: str | None, name: str) -> Name:
        return Name(cut(schema, MAX_NAME) if schema else self._namespace, cut(name, MAX_NAME))

    def _view(self, view: model.View) -> Relation:
        name = self._names[view.name] = self._name(view.schema, view.name)
        self._errors[name].append("views are not applied yet: take the view out of this space")
        return View(name=name, kind="view")

    def _table(self, table: model.Table) -> Relation:
        name = self._names[table.name] = self._name(table.schema, table.name)
        key = tuple(cut(field.name, MAX_NAME) for field in table.fields if field.primary_key)
        return Table(
            name=name,
            columns=tuple(self._columns(name, table)),
            primary_key=PrimaryKey(columns=key, name=cut_with_hash(f"{name.name}_pkey", MAX_NAME))
            if key
            else None,
            indexes=tuple(self._indexes(name, table)),
            foreign_keys=tuple(self._foreign_key(name, item) for item in table.foreign_keys),
        )

    def _columns(self, name: Name, table: model.Table) -> Iterator[Column]:
        for field in table.fields:
            try:
                yield column(field)
            except Unsuitable as error:
                self._errors[name].append(f"column {field.name}: {error} ({field.span})")
        counts = Counter(cut(field.name, MAX_NAME) for field in table.fields)
        for column_name in [each for each, count in counts.items() if count > 1]:
            self._errors[name].append(f"two columns are named {column_name} once cut to {MAX_NAME} bytes")

    def _indexes(self, name: Name, table: model.Table) -> Iterator[Index]:
        for item in table.indexes:
            try:
                yield index(item, self._index_name(name, item))
            except Unsuitable as error:
                self._errors[name].append(f"index {item.name}: {error} ({item.span})")

    def _index_name(self, table: Name, item: model.Index) -> str:
        """Return a name that no other index of the schema has: the first table keeps the plain one."""
        full = f"{INDEX_PREFIX}{item.kind}__{item.name}"
        self._index_names[table.schema, full] += 1
        if self._index_names[table.schema, full] > 1:
            full += f"__{table.name}"
        return cut_with_hash(full, MAX_NAME)

    def _foreign_key(self, name: Name, item: model.ForeignKey) -> ForeignKey:
        columns = tuple(cut(each, MAX_NAME) for each in item.fields)
        return ForeignKey(
            columns=columns,
            target=self._name(item.target_schema, item.target_table),
            target_columns=tuple(cut(each, MAX_NAME) for each in item.target_fields),
            on_delete=_ACTIONS[item.on_delete or "noAction"],
            on_update=_ACTIONS[item.on_update or "noAction"],
            name=cut_with_hash(f"{name.name}_{'_'.join(columns)}_fkey", MAX_NAME),
        )


def column(field: model.Field) -> Column:
    """Return a field's column. Raises Unsuitable."""
    kind = canonical_type(mapped_type(field))
    return Column(
        name=cut(field.name, MAX_NAME),
        type=kind,
        nullable=field.nullable and not field.primary_key,
        default=_default(field.default, kind),
        collation=_collation(field.collation),
    )


def canonical_type(text: str) -> str:
    """Return a type as `format_type` prints it. Raises Unsuitable for what is no plain type name."""
    match = _TYPE.fullmatch(" ".join(text.lower().split()))
    if match is None:
        raise Unsuitable(f"{text!r} is not the name of a type")
    base, modifier, array = match.groups()
    base = _ALIASES.get(base, base)
    if " " in base and base not in _WORDS:
        raise Unsuitable(f"{text!r} is not the name of a type")
    if base == "character" and not modifier:
        modifier = "(1)"
    if base == "numeric" and modifier and "," not in modifier:
        modifier = modifier.replace(")", ",0)")
    return base + (modifier or "").replace(" ", "") + array


def _collation(collation: str | None) -> str | None:
    if collation in (None, "binary"):
        return "C" if collation else None
    raise Unsuitable(f"the collation {collation!r} is not applied yet")


def _default(default: model.Default | None, kind: str) -> ColumnDefault | None:
    if default is None:
        return None
    if isinstance(default, model.ValueDefault):
        return Literal(value=canonical_value(default.value, kind))
    if default.function == "increment":
        return Identity(start=1 if default.start is None else default.start)
    text = _FUNCTIONS[default.function]
    return Definition(wanted=digest(text), text=text)


def canonical_value(text: str, kind: str) -> str:
    """Return a constant in the canonical text of its type. Raises Unsuitable where it is not of that type."""
    try:
        if kind.startswith(_NUMERIC):
            return _canonical_number(text)
        if kind == "boolean":
            return {"true": "true", "false": "false", "t": "true", "f": "false"}[text.lower()]
        if kind in ("json", "jsonb"):
            return json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)
    except (KeyError, ValueError):
        raise Unsuitable(f"the default {text!r} is not a value of type {kind}") from None
    return text


def _canonical_number(text: str) -> str:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(text) from None
    if not number.is_finite():
        raise ValueError(text)
    return format(number.normalize(), "f")


def index(item: model.Index, name: str) -> Index:
    """Return an index of the model under a physical name. Raises Unsuitable."""
    if item.kind in ("plain", "unique"):
        keys = tuple(
            IndexKey(column=cut(each.name, MAX_NAME), descending=each.sort is model.Sort.DESC)
            for each in item.fields
        )
        return Index(name=name, keys=keys, unique=item.kind == "unique")
    if item.kind == "fulltext":
        expression = render.fulltext([cut(each.name, MAX_NAME) for each in item.fields])
        key = IndexKey(expression=Definition(wanted=digest(expression), text=expression))
        return Index(name=name, keys=(key,), method="gin")
    raise Unsuitable(f"{item.kind} indexes are not applied yet")

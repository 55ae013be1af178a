"""What PostgreSQL shall hold for a schema: names within its limit, its types, defaults, indexes and keys."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from schemasync import model
from schemasync.catalog import (
    Catalog,
    Column,
    Definition,
    ForeignKey,
    Identity,
    Index,
    IndexKey,
    Name,
    PrimaryKey,
    Relation,
    Table,
    View,
    digest,
)
from schemasync.changes import Change, CreateCollation, CreateExtension
from schemasync.engines.base import INDEX_PREFIX, Physical
from schemasync.engines.postgresql import ddl, views
from schemasync.engines.postgresql.ddl import MAX_NAME
from schemasync.engines.postgresql.defaults import column_default, is_moving
from schemasync.engines.postgresql.features import NOCASE, Features
from schemasync.engines.postgresql.regex import Unsuitable
from schemasync.engines.postgresql.types import mapped_type
from schemasync.engines.postgresql.values import canonical_type
from schemasync.engines.sql import cut, cut_with_hash

# More dimensions than this an HNSW index cannot have.
MAX_HNSW = 2000

_ACTIONS = {
    "cascade": "CASCADE",
    "restrict": "RESTRICT",
    "noAction": "NO ACTION",
    "setNull": "SET NULL",
    "setDefault": "SET DEFAULT",
}
_VECTOR_OPERATORS = {
    "cosine": "vector_cosine_ops",
    "euclidean": "vector_l2_ops",
    "dotProduct": "vector_ip_ops",
}


class Translation:
    """One translation of a model; it gathers problems and warnings by relation."""

    def __init__(self, schema: model.Schema, namespace: str, features: Features) -> None:
        self._schema = schema
        self._namespace = namespace
        self._features = features
        self._errors: defaultdict[Name, list[str]] = defaultdict(list)
        self._warnings: defaultdict[Name, list[str]] = defaultdict(list)
        self._prerequisites: dict[str, Change] = {}
        self._index_names: Counter[tuple[str, str]] = Counter()
        relations: tuple[model.Table | model.View, ...] = (*schema.tables, *schema.views)
        self._types = views.column_types(schema) if schema.views else {}
        self._names = {each.name: self._name(each.schema, each.name) for each in relations}
        for each in relations:
            name = self._names[each.name]
            if name.schema.startswith("pg_"):
                problem = f"schema {name.schema}: PostgreSQL keeps names that begin with pg_ to itself"
                self._errors[name].append(f"{problem} ({each.span})")

    def result(self) -> Physical:
        """Translate all relations."""
        tables = [self._table(table) for table in sorted(self._schema.tables, key=lambda table: table.name)]
        found = self._view_columns(tables)
        made = [self._view(view, found) for view in self._schema.views]
        relations: list[Relation] = [*tables, *made]
        for each in relations:
            if model.CONTROL_TABLE in (each.name.name, each.renamed_from.name if each.renamed_from else None):
                self._errors[each.name].append(
                    f"{model.CONTROL_TABLE} is the name of the table that keeps the state"
                )
        for name, count in Counter(each.name for each in relations).items():
            if count > 1:
                self._errors[name].append(f"{count} relations are named {name} once cut to {MAX_NAME} bytes")
        return Physical(
            catalog=Catalog.of(relations),
            names=self._names,
            errors={name: tuple(messages) for name, messages in self._errors.items()},
            warnings={name: tuple(messages) for name, messages in self._warnings.items()},
            prerequisites=tuple(self._prerequisites.values()),
        )

    def _name(self, schema: str | None, name: str) -> Name:
        return Name(cut(schema, MAX_NAME) if schema else self._namespace, cut(name, MAX_NAME))

    def _relation(self, name: str) -> Name:
        return self._names.get(name) or self._name(None, name)

    def _former(self, name: Name, former: str | None) -> Name | None:
        return Name(name.schema, cut(former, MAX_NAME)) if former else None

    # Tables.

    def _table(self, table: model.Table) -> Table:
        name = self._names[table.name]
        key = tuple(cut(field.name, MAX_NAME) for field in table.fields if field.primary_key)
        key_name = cut_with_hash(f"{name.name}_pkey", MAX_NAME)
        return Table(
            name=name,
            columns=tuple(self._columns(name, table)),
            primary_key=PrimaryKey(columns=key, name=key_name) if key else None,
            indexes=tuple(self._indexes(name, table)),
            foreign_keys=tuple(self._foreign_keys(name, table)),
            renamed_from=self._former(name, table.renamed_from),
            sync_method=table.sync_method,
        )

    def _columns(self, name: Name, table: model.Table) -> Iterator[Column]:
        for field in table.fields:
            try:
                yield self._column(name, field)
            except Unsuitable as error:
                self._errors[name].append(f"column {field.name}: {error} ({field.span})")
        counts = Counter(cut(field.name, MAX_NAME) for field in table.fields)
        for column in [each for each, count in counts.items() if count > 1]:
            self._errors[name].append(f"two columns are named {column} once cut to {MAX_NAME} bytes")

    def _column(self, table: Name, field: model.Field) -> Column:
        kind, collation = self._type(table, field)
        default = column_default(field.default, kind)
        if is_moving(field.default, kind):
            moment = f"the default {getattr(field.default, 'value', '')!r} is the moment at which it is set"
            self._warn(table, f"column {field.name}: {moment}; @db.default.now is that of each row")
        return Column(
            name=cut(field.name, MAX_NAME),
            type=kind,
            nullable=field.nullable and not field.primary_key and not isinstance(default, Identity),
            default=default,
            collation=collation,
            renamed_from=cut(field.renamed_from, MAX_NAME) if field.renamed_from else None,
        )

    def _type(self, table: Name, field: model.Field) -> tuple[str, str | None]:
        """Return a field's type and collation, the best that this server has."""
        kind = canonical_type(mapped_type(field))
        if field.vector is not None and kind == "jsonb" and self._features.has("vector"):
            self._need("vector", table)
            return f"vector({field.vector.dimensions})", None
        if "geoPoint" in field.tags and kind == "jsonb" and self._features.has("postgis"):
            self._need("postgis", table)
            return "geography(Point,4326)", None
        native = dict(field.native).get("pg.collate")
        if native and not ddl.is_text(kind):
            raise Unsuitable(f"a {kind} has no collation")
        if native:
            self._features.check_collation(native)
            return kind, None if native == "default" else native
        if kind == "citext":
            return self._nocase(table, field)
        return kind, self._collation(table, field, kind)

    def _nocase(self, table: Name, field: model.Field) -> tuple[str, str | None]:
        if self._features.has("citext"):
            self._need("citext", table)
            return "citext", None
        if "und-x-icu" in self._features.collations:
            if NOCASE not in self._features.collations:
                collation = CreateCollation(relation=table, name=Name(self._namespace, NOCASE))
                self._prerequisites.setdefault(NOCASE, collation)
            return "text", NOCASE
        self._warn(
            table, f"column {field.name}: this server has neither citext nor ICU, so case counts in it"
        )
        return "text", None

    def _need(self, extension: str, table: Name) -> None:
        if extension not in dict(self._features.installed):
            change = CreateExtension(relation=table, name=extension)
            self._prerequisites.setdefault(extension, change)

    def _collation(self, table: Name, field: model.Field, kind: str) -> str | None:
        if field.collation == "binary":
            return "C"
        if field.collation != "unicode" or not kind.startswith(("text", "character")):
            return None
        for collation in ("und-x-icu", "pg_unicode_fast"):
            if collation in self._features.collations:
                return collation
        self._warn(
            table, f"column {field.name}: this server has no Unicode collation; the database's is used"
        )
        return None

    def _warn(self, name: Name, message: str) -> None:
        self._warnings[name].append(message)

    # Indexes and keys.

    def _indexes(self, name: Name, table: model.Table) -> Iterator[Index]:
        fields = {field.name: field for field in table.fields}
        for item in table.indexes:
            made = self._index(name, item, fields)
            if made is not None:
                yield made
        for field in table.fields:
            made = self._vector_index(name, field)
            if made is not None:
                yield made

    def _index(self, table: Name, item: model.Index, fields: dict[str, model.Field]) -> Index | None:
        columns = [cut(each.name, MAX_NAME) for each in item.fields]
        if item.kind in ("plain", "unique"):
            keys = tuple(
                IndexKey(column=column, descending=each.sort is model.Sort.DESC)
                for column, each in zip(columns, item.fields, strict=True)
            )
            return Index(
                name=self._index_name(table, item.kind, item.name), keys=keys, unique=item.kind == "unique"
            )
        if item.kind == "fulltext":
            text = ddl.fulltext(columns, [mapped_type(fields[each.name]) for each in item.fields])
            expression = Definition(wanted=digest(text), text=text)
            keys = (IndexKey(expression=expression, reads=frozenset(columns)),)
            return Index(name=self._index_name(table, item.kind, item.name), keys=keys, method="gin")
        if item.kind == "geo" and self._features.has("postgis"):
            keys = (IndexKey(column=columns[0]),)
            return Index(name=self._index_name(table, item.kind, item.name), keys=keys, method="gist")
        self._warn(
            table, f"index {item.name}: this server has no extension for {item.kind} indexes, it is left out"
        )
        return None

    def _vector_index(self, table: Name, field: model.Field) -> Index | None:
        vector = field.vector
        if vector is None or not self._features.has("vector"):
            return None
        if vector.dimensions > MAX_HNSW:
            message = f"column {field.name}: an HNSW index has at most {MAX_HNSW} dimensions, none is made"
            self._warn(table, message)
            return None
        key = IndexKey(
            column=cut(field.name, MAX_NAME), operators=_VECTOR_OPERATORS[vector.similarity or "cosine"]
        )
        name = self._index_name(table, "vector", vector.index or field.name)
        return Index(name=name, keys=(key,), method="hnsw")

    def _index_name(self, table: Name, kind: str, name: str) -> str:
        """Return a name that no other index of the schema has: the first table keeps the plain one."""
        full = f"{INDEX_PREFIX}{kind}__{name}"
        self._index_names[table.schema, full] += 1
        if self._index_names[table.schema, full] > 1:
            full += f"__{table.name}"
        return cut_with_hash(full, MAX_NAME)

    def _foreign_keys(self, name: Name, table: model.Table) -> Iterator[ForeignKey]:
        taken: Counter[str] = Counter()
        for item in table.foreign_keys:
            columns = tuple(cut(each, MAX_NAME) for each in item.fields)
            plain = f"{name.name}_{'_'.join(columns)}_fkey"
            taken[plain] += 1
            yield ForeignKey(
                columns=columns,
                target=self._relation(item.target_table),
                target_columns=tuple(cut(each, MAX_NAME) for each in item.target_fields),
                on_delete=_ACTIONS[item.on_delete or "noAction"],
                on_update=_ACTIONS[item.on_update or "noAction"],
                name=cut_with_hash(plain if taken[plain] == 1 else f"{plain}{taken[plain]}", MAX_NAME),
            )

    # Views.

    def _view(self, view: model.View, columns: dict[tuple[str, str], Column]) -> View:
        name = self._names[view.name]
        former = self._former(name, view.renamed_from)
        if view.kind is model.ViewKind.EXTERNAL:
            fields = tuple(
                Column(name=cut(field.name, MAX_NAME), type="", nullable=True) for field in view.fields
            )
            return View(name=name, kind="view", columns=fields)
        kind = "materialized view" if view.kind is model.ViewKind.MATERIALIZED else "view"
        try:
            text = views.body(view, self._relation, self._types)
        except Unsuitable as error:
            self._errors[name].append(f"{error} ({view.span})")
            text = ""
        return View(
            name=name,
            kind=kind,
            columns=self._known_columns(view, columns),
            body=Definition(wanted=digest(text), text=text),
            reads=tuple(self._relation(each) for each in views.depends_on(view)),
            renamed_from=former,
        )

    def _known_columns(self, view: model.View, found: dict[tuple[str, str], Column]) -> tuple[Column, ...]:
        """Return a view's columns, without a type where that is not known."""
        return tuple(
            found.get((view.name, column.name))
            or Column(name=cut(column.name, MAX_NAME), type="", nullable=True)
            for column in view.columns
        )

    def _view_columns(self, tables: list[Table]) -> dict[tuple[str, str], Column]:
        """Return the columns of all tables and views by model names, as far as they are known."""
        found: dict[tuple[str, str], Column] = {}
        if not self._schema.views:
            return found
        by_name = {table.name: table for table in tables}
        for table in self._schema.tables:
            for column in by_name[self._names[table.name]].columns:
                found[table.name, column.name] = column
        for _ in self._schema.views:  # a view on a view is known once the one beneath it is
            before = len(found)
            for view in self._schema.views:
                for item in view.columns:
                    known = _view_column(item, found)
                    if known is not None:
                        found[view.name, item.name] = known
            if len(found) == before:
                break
        return found


def _view_column(item: model.ViewColumn, found: dict[tuple[str, str], Column]) -> Column | None:
    name = cut(item.name, MAX_NAME)
    if item.aggregate == "count":
        return Column(name=name, type="bigint", nullable=True)
    source = found.get((item.table or "", cut(item.column or "", MAX_NAME)))
    if source is None:
        return None
    if item.aggregate is None:
        return Column(name=name, type=source.type, nullable=True, collation=source.collation)
    kind = _AGGREGATED.get((item.aggregate, source.type.partition("(")[0]))
    return None if kind is None else Column(name=name, type=kind, nullable=True)


# What PostgreSQL makes of a type when it adds it up.
_AGGREGATED = {
    ("sum", "smallint"): "bigint",
    ("sum", "integer"): "bigint",
    ("sum", "bigint"): "numeric",
    ("sum", "numeric"): "numeric",
    ("sum", "double precision"): "double precision",
    ("avg", "smallint"): "numeric",
    ("avg", "integer"): "numeric",
    ("avg", "bigint"): "numeric",
    ("avg", "numeric"): "numeric",
    ("avg", "double precision"): "double precision",
    **{
        (name, kind): kind
        for name in ("min", "max")
        for kind in ("smallint", "integer", "bigint", "double precision", "numeric")
    },
}

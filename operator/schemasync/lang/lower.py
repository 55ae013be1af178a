"""Entities to the model: what is exported with `@db.table` or `@db.view`."""

from __future__ import annotations

import re
from itertools import compress
from operator import not_
from typing import TYPE_CHECKING, Final

from schemasync import model
from schemasync.lang.entity import Column, Entities, Entity, Kind
from schemasync.lang.shapes import ARRAY, OBJECT

if TYPE_CHECKING:
    from schemasync.errors import Span
    from schemasync.lang import ast
    from schemasync.lang.applied import Notes

_UNCOMMON: Final = re.compile(r"[^a-zA-Z0-9_.-]")
_UNDERSCORES: Final = re.compile(r"__+")
_INDEX_NAME: Final = 127
_TABLE_OPTIONS: Final = (
    "mysql.engine",
    "mysql.charset",
    "mysql.collate",
    "pg.schema",
    "pg.collate",
)
_NATIVE: Final = (
    "pg.type",
    "pg.collate",
    "mysql.type",
    "mysql.unsigned",
    "mysql.charset",
    "mysql.collate",
    "mysql.onUpdate",
)
_TABLE_SEARCH: Final = ("mongo.search.dynamic", "mongo.search.static")
_FIELD_SEARCH: Final = ("search.filter", "mongo.search.text", "mongo.search.autocomplete")
_INDEXES: Final = (
    ("db.index.plain", "plain"),
    ("db.index.unique", "unique"),
    ("db.index.fulltext", "fulltext"),
    ("db.index.geo", "geo"),
    ("db.column.dimension", "plain"),
)


def table(entities: Entities, entity: Entity) -> model.Table:
    """Return the table that an interface declares."""
    indexes, keys = _indexes(entity), foreign_keys(entities, entity)
    columns = {column.name for column in entity.stored}
    on_columns = [all(item.name in columns for item in index.fields) for index in indexes]
    referring = {name for key in keys for name in key.fields}
    indexed = {item.name for index in indexes if index.kind in ("plain", "unique") for item in index.fields}
    fields, nested = [], []
    for column in entity.columns:
        if column.kind in (Kind.COLUMN, Kind.JSON):
            target = _referred(entities, column) if column.name in referring else None
            fields.append(field(column, refers_to=target, indexed=column.name in indexed))
        elif column.kind in (Kind.CONTAINER, Kind.INNER):
            nested.append(field(column))
    method = entity.first("db.sync.method")
    return model.Table(
        name=entity.name,
        fields=tuple(fields),
        interface=entity.symbol.name,
        indexes=tuple(compress(indexes, on_columns)),
        document_indexes=tuple(compress(indexes, map(not_, on_columns))),
        foreign_keys=keys,
        schema=schema_of(entity),
        space=space_of(entity),
        renamed_from=_text(entity, "db.table.renamed"),
        sync_method=method.text() if method else None,
        options=options(entity),
        nested=tuple(nested),
        search=_search(entity),
        span=entity.symbol.span,
    )


def space_of(entity: Entity) -> str:
    """Return the `@db.space` of an interface."""
    return _text(entity, "db.space") or "default"


def schema_of(entity: Entity) -> str | None:
    """Return the database schema that an interface asks for, None for the default one."""
    return _text(entity, "db.pg.schema") or _text(entity, "db.schema")


def options(entity: Entity) -> tuple[tuple[str, str], ...]:
    """Return the options of single engines that stand on an interface."""
    found = [(name, value) for name in _TABLE_OPTIONS if (value := _text(entity, "db." + name)) is not None]
    if "pg.schema" in dict(found) and (general := _text(entity, "db.schema")):
        found.append(("schema", general))
    capped = entity.first("db.mongo.capped")
    if capped is not None:
        found.append(("mongo.capped", "true"))
        found += [
            (name, value)
            for name, position in (("mongo.capped.max", 1), ("mongo.capped.size", 0))
            if (value := capped.text(position)) is not None
        ]
    return tuple(found)


def field(column: Column, *, refers_to: model.Field | None = None, indexed: bool = False) -> model.Field:
    """Return the field that a column is in the model."""
    notes, shape = column.applied, column.shape
    design, storage, document = _storage(column)
    bounds = _bounds(notes)
    return model.Field(
        path=column.path,
        name=column.name,
        design_type=design,
        optional=column.member.optional,
        nullable=column.nullable,
        primary_key="meta.id" in notes,
        storage=storage,
        default=_default(notes),
        tags=shape.tags,
        integer="expect.int" in notes,
        minimum=bounds.get("expect.min"),
        maximum=bounds.get("expect.max"),
        max_length=_whole(bounds.get("expect.maxLength")),
        precision=_precision(notes),
        collation=_first_text(notes, "db.column.collate"),
        encrypted="db.encrypted" in notes,
        renamed_from=_renamed(column),
        native=_native(notes),
        refers_to=refers_to,
        indexed=indexed,
        version="db.column.version" in notes,
        vector=_vector(notes),
        document_name=column.dotted if column.dotted != column.name else None,
        document_type=document,
        span=column.span,
    )


def _storage(column: Column) -> tuple[str, model.Storage, str | None]:
    """Return the design of a column, how SQL engines keep it, and its design in a document store."""
    design = "string" if "db.encrypted" in column.applied else column.shape.design
    if column.kind == Kind.JSON:
        array = design == ARRAY and "db.json" not in column.applied
        return "json", model.Storage.JSON, ARRAY if array else None
    if column.kind == Kind.INNER and design == OBJECT and "db.json" in column.applied:
        design = "json"
    flat = len(column.path) > 1 and column.kind == Kind.COLUMN
    return design, model.Storage.FLATTENED if flat else model.Storage.COLUMN, None


def _default(notes: Notes) -> model.Default | None:
    """Return the default that the annotations declare; what is declared last to be most specific wins."""
    value = notes.get("db.default")
    if value:
        return model.ValueDefault(value=value[0].text() or "")
    increment = notes.get("db.default.increment")
    if increment:
        return model.FunctionDefault(function="increment", start=_whole(increment[0].number()))
    for function in ("uuid", "now"):
        if "db.default." + function in notes:
            return model.FunctionDefault(function=function)
    # A row's first version is 0.
    return model.ValueDefault(value="0") if "db.column.version" in notes else None


def _bounds(notes: Notes) -> dict[str, float]:
    """Return the numbers of the `@expect` annotations, by name."""
    found = {}
    for name in ("expect.min", "expect.max", "expect.maxLength"):
        nodes = notes.get(name)
        number = nodes[0].number() if nodes else None
        if number is not None:
            found[name] = number
    return found


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _precision(notes: Notes) -> tuple[int, int] | None:
    nodes = notes.get("db.column.precision")
    if not nodes:
        return None
    precision, scale = nodes[0].number(0), nodes[0].number(1)
    return None if precision is None or scale is None else (int(precision), int(scale))


def _vector(notes: Notes) -> model.Vector | None:
    nodes = notes.get("db.search.vector")
    if not nodes:
        return None
    threshold = notes.get("db.search.vector.threshold")
    return model.Vector(
        dimensions=_whole(nodes[0].number()) or 0,
        similarity=nodes[0].text(1),
        index=nodes[0].text(2),
        threshold=threshold[0].number() if threshold else None,
    )


def _native(notes: Notes) -> tuple[tuple[str, str], ...]:
    if not notes:
        return ()
    return tuple((name, notes["db." + name][0].text() or "") for name in _NATIVE if "db." + name in notes)


def _renamed(column: Column) -> str | None:
    """Return the former physical name: the prefix of flattened objects stays."""
    former = _first_text(column.applied, "db.column.renamed")
    if former is None:
        return None
    own = _first_text(column.applied, "db.column") or column.member.name
    return column.name[: len(column.name) - len(own)] + former


def _first_text(notes: Notes, name: str) -> str | None:
    nodes = notes.get(name)
    return nodes[0].text() if nodes else None


def _text(entity: Entity, name: str) -> str | None:
    return _first_text(entity.applied, name)


def _indexes(entity: Entity) -> tuple[model.Index, ...]:
    """Return the indexes of a table: columns that name the same one share it, in their order."""
    found: dict[tuple[str, str], list[model.IndexField]] = {}
    spans: dict[tuple[str, str], Span] = {}
    used = [entry for entry in _INDEXES if entry[0] in entity.uses]
    if not used:
        return ()
    for column in entity.columns:
        if column.kind in (Kind.NAVIGATION, Kind.IGNORED):
            continue
        for annotation, kind in used:
            for node in column.applied.get(annotation, ()):
                if annotation == "db.column.dimension" and _is_indexed(column):
                    continue
                name = node.text() if annotation != "db.column.dimension" else None
                key = (kind, _clean(kind, name or ".".join(column.path)))
                found.setdefault(key, []).append(_index_field(column, kind, node))
                spans.setdefault(key, node.span)
    return tuple(
        model.Index(name=name, kind=kind, fields=tuple(items), span=spans[kind, name])
        for (kind, name), items in found.items()
    )


def _is_indexed(column: Column) -> bool:
    """Tell whether a column has an index that it was given by name: a dimension then needs no other."""
    return any(annotation in column.applied for annotation, _ in _INDEXES[:-1])


def _clean(kind: str, name: str) -> str:
    """Return the name of an index as all writers of the control table know it.

    Characters that not every database takes become underscores, runs of those one, and the
    whole, with what will stand before it, is cut to 127.
    """
    longest = _INDEX_NAME - len(f"atscript__{kind}__")
    return _UNDERSCORES.sub("_", _UNCOMMON.sub("_", name))[:longest]


def _index_field(column: Column, kind: str, node: ast.Annotation) -> model.IndexField:
    sort = model.Sort.DESC if kind == "plain" and node.text(1) == "desc" else model.Sort.ASC
    weight = node.number(1) if kind == "fulltext" else None
    return model.IndexField(name=column.name, sort=sort, weight=weight)


def foreign_keys(entities: Entities, entity: Entity) -> tuple[model.ForeignKey, ...]:
    """Return the foreign keys of a table: columns that share alias and target are one key."""
    groups: dict[tuple[str, object], list[tuple[Column, ast.Annotation]]] = {}
    for column, node in entity.uses.get("db.rel.FK", ()):
        target = column.shape.field
        if target is None or column.kind != Kind.COLUMN:
            continue
        key = (node.text(), target.symbol) if node.args else (column.name, column)
        groups.setdefault((key[0] or "", key[1]), []).append((column, node))
    return tuple(_foreign_key(entities, members) for members in groups.values())


def _foreign_key(entities: Entities, members: list[tuple[Column, ast.Annotation]]) -> model.ForeignKey:
    first, node = members[0]
    assert first.shape.field is not None  # noqa: S101 - foreign_keys has seen to it
    target = entities.of(first.shape.field.symbol)
    actions = {}
    for name in ("db.rel.onDelete", "db.rel.onUpdate"):
        declared = [text for column, _ in members if (text := _first_text(column.applied, name))]
        actions[name] = declared[0] if declared else None
    return model.ForeignKey(
        fields=tuple(column.name for column, _ in members),
        target_table=target.name,
        target_schema=schema_of(target),
        target_fields=tuple(_target_name(target, column) for column, _ in members),
        on_delete=actions["db.rel.onDelete"],
        on_update=actions["db.rel.onUpdate"],
        span=node.span,
    )


def _target_name(target: Entity, column: Column) -> str:
    """Return the physical name of the field that a column refers to."""
    assert column.shape.field is not None  # noqa: S101 - foreign_keys has seen to it
    path = tuple(member.name for member in column.shape.field.path)
    found = target.at(path)
    return found.name if found else "__".join(path)


def _referred(entities: Entities, column: Column) -> model.Field | None:
    """Return the field at the end of a chain of foreign keys that begins at a column."""
    end = entities.end_of(column)
    return field(end) if end is not None else None


def _search(entity: Entity) -> tuple[model.Search, ...]:
    """Return the search indexes that the annotations ask for."""
    found = [
        model.Search(kind=kind, field=None, arguments=_arguments(node))
        for kind in _TABLE_SEARCH
        for node in entity.applied.get("db." + kind, ())
    ]
    found += [
        model.Search(kind=kind, field=column.name, arguments=_arguments(node))
        for kind in _FIELD_SEARCH
        for column, node in entity.uses.get("db." + kind, ())
    ]
    return tuple(found)


def _arguments(node: ast.Annotation) -> tuple[str, ...]:
    return tuple(str(value.value) for value in node.args)

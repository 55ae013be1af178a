"""Snapshots of tables and views, their text and their hash."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from schemasync import stored
from schemasync.model import (
    Default,
    Field,
    FunctionDefault,
    Index,
    Schema,
    Table,
    View,
    ViewKind,
)
from schemasync.wire.collation import collation_key
from schemasync.wire.filters import filter_hash
from schemasync.wire.fnv import fnv_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# The type of a field as an engine writes it; not asked on MongoDB, which has none.
TypeMap = Callable[[Field], str]
Snapshot = dict[str, Any]

_DOCUMENTS: Final = "mongodb"
_MYSQL_OPTIONS: Final = (
    ("charset", "mysql.charset", "utf8mb4"),
    ("collation", "mysql.collate", "utf8mb4_unicode_ci"),
    ("engine", "mysql.engine", "InnoDB"),
)


def snapshots(schema: Schema, engine: str, mapped_type: TypeMap) -> dict[str, Snapshot]:
    """Return the snapshot of each table and view by name, keys in the order of the wire."""
    names = {table.name: _names(table, engine) for table in schema.tables}
    found = {table.name: _table(table, engine, mapped_type, names) for table in schema.tables}
    for view in schema.views:
        found[view.name] = _view(view, engine)
    return found


def serialise(snapshot: Snapshot) -> str:
    """Return a snapshot as the text that is stored and hashed."""
    return json.dumps(snapshot, ensure_ascii=False, separators=(",", ":"))


def schema_hash(found: Mapping[str, Snapshot]) -> str:
    """Return the hash of all snapshots of a schema."""
    ordered = sorted(found.values(), key=lambda snapshot: collation_key(snapshot["tableName"]))
    return fnv_hash("[" + ",".join(map(serialise, ordered)) + "]")


def read_snapshot(text: str) -> Snapshot | None:
    """Return a stored snapshot, None where the text is none.

    Lists that another version of a writer left out are there, empty; entries without a name
    are gone; what is not known here is kept.
    """
    value = stored.read(text)
    if not isinstance(value, dict) or not isinstance(value.get("tableName"), str):
        return None
    value["fields"] = _named(value.get("fields"), "physicalName")
    if "viewType" not in value:
        value["indexes"] = _named(value.get("indexes"), "key")
        value["foreignKeys"] = _named(value.get("foreignKeys"), "targetTable")
    return dict(value)


def _named(entries: object, key: str) -> list[Snapshot]:
    """Return the objects of a list that have a name under `key`."""
    if not isinstance(entries, list):
        return []
    return [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get(key), str)]


def _names(table: Table, engine: str) -> dict[str, str]:
    """Return what the columns of a table are called on an engine, by the name in the model."""
    if engine != _DOCUMENTS:
        return {}
    fields = (*table.fields, *table.nested)
    return {field.name: field.document_name for field in fields if field.document_name is not None}


def _table(
    table: Table, engine: str, mapped_type: TypeMap, names: Mapping[str, Mapping[str, str]]
) -> Snapshot:
    """Return the snapshot of a table."""
    own = names[table.name]
    found: Snapshot = {
        "tableName": table.name,
        "fields": _fields(table, engine, mapped_type),
        "indexes": _indexes(
            (*table.indexes, *table.document_indexes) if engine == _DOCUMENTS else table.indexes, own
        ),
        "foreignKeys": _foreign_keys(table, own, names),
    }
    options = _options(table, engine)
    if options:
        found["tableOptions"] = options
    return found


def _fields(relation: Table | View, engine: str, mapped_type: TypeMap | None) -> list[Snapshot]:
    """Return the fields of a table or view, sorted."""
    if engine == _DOCUMENTS:
        return _document_fields(relation)
    keyed = [(collation_key(field.name), _field(field, mapped_type)) for field in relation.fields]
    keyed.sort(key=lambda pair: pair[0])
    return [field for _, field in keyed]


def _field(field: Field, mapped_type: TypeMap | None) -> Snapshot:
    """Return a field as SQL engines have it; those of views have no type."""
    found: Snapshot = {
        "physicalName": field.name,
        "designType": field.design_type,
        "optional": field.optional,
        "isPrimaryKey": field.primary_key,
        "storage": field.storage.value if mapped_type else "column",
    }
    if mapped_type:
        if field.default is not None:
            found["defaultValue"] = _default(field.default)
        found["mappedType"] = mapped_type(field)
    if field.encrypted:
        found["encrypted"] = True
    return found


def _document_fields(relation: Table | View) -> list[Snapshot]:
    """Return the fields as a document store has them: with objects, members and an `_id`."""
    found = {}
    for field in (*relation.fields, *relation.nested):
        name = field.document_name or field.name
        found[name] = _document_field(field, name, is_table=isinstance(relation, Table))
    identity = found.setdefault("_id", _identity())
    if isinstance(relation, Table) and not any(field.primary_key for field in relation.fields):
        identity["isPrimaryKey"] = True
    return [found[name] for name in sorted(found, key=collation_key)]


def _identity() -> Snapshot:
    return {
        "physicalName": "_id",
        "designType": "string",
        "optional": False,
        "isPrimaryKey": False,
        "storage": "column",
    }


def _document_field(field: Field, name: str, *, is_table: bool) -> Snapshot:
    """Return a field as a document store has it."""
    found: Snapshot = {
        "physicalName": name,
        "designType": field.document_type or field.design_type,
        "optional": field.optional,
        "isPrimaryKey": field.primary_key,
        "storage": "column",
    }
    if is_table and field.default is not None:
        found["defaultValue"] = _default(field.default)
    if field.encrypted:
        found["encrypted"] = True
    return found


def _default(default: Default) -> Snapshot:
    """Return a default value."""
    if isinstance(default, FunctionDefault):
        found: Snapshot = {"kind": "fn", "fn": default.function}
        if default.start is not None:
            found["start"] = default.start
        return found
    return {"kind": "value", "value": default.value}


def _indexes(indexes: Iterable[Index], names: Mapping[str, str]) -> list[Snapshot]:
    """Return indexes, sorted by key; their fields keep their order."""
    found = [
        {
            "key": f"atscript__{index.kind}__{index.name}",
            "type": index.kind,
            "fields": [
                {"name": names.get(item.name, item.name), "sort": item.sort.value} for item in index.fields
            ],
        }
        for index in indexes
    ]
    return sorted(found, key=lambda index: collation_key(str(index["key"])))


def _foreign_keys(
    table: Table, own: Mapping[str, str], names: Mapping[str, Mapping[str, str]]
) -> list[Snapshot]:
    """Return the foreign keys of a table, sorted by their fields."""
    found = []
    for key in table.foreign_keys:
        target = names.get(key.target_table, {})
        entry: Snapshot = {
            "fields": sorted((own.get(name, name) for name in key.fields), key=_code_units),
            "targetTable": key.target_table,
            "targetFields": sorted((target.get(name, name) for name in key.target_fields), key=_code_units),
        }
        if key.on_delete is not None:
            entry["onDelete"] = key.on_delete
        if key.on_update is not None:
            entry["onUpdate"] = key.on_update
        found.append(entry)
    return sorted(found, key=lambda entry: collation_key(",".join(entry["fields"])))


def _code_units(name: str) -> bytes:
    """Return a key that sorts as JavaScript does without a comparison function."""
    return name.encode("utf-16-be", "surrogatepass")


def _options(table: Table, engine: str) -> list[Snapshot]:
    """Return the table options of an engine."""
    declared = dict(table.options)
    if engine == "mysql":
        return [{"key": key, "value": declared.get(name, default)} for key, name, default in _MYSQL_OPTIONS]
    if engine == _DOCUMENTS:
        return [
            {"key": name.removeprefix("mongo."), "value": declared[name]}
            for name in ("mongo.capped", "mongo.capped.max", "mongo.capped.size")
            if name in declared
        ]
    return []


def _view(view: View, engine: str) -> Snapshot:
    """Return the snapshot of a view."""
    found: Snapshot = {"tableName": view.name, "viewType": view.kind.value}
    if view.kind != ViewKind.EXTERNAL:
        found["entryTable"] = view.entry
        found["joinTables"] = [join.table for join in view.joins]
        if view.kind == ViewKind.MATERIALIZED:
            found["materialized"] = True
    found["fields"] = _fields(view, engine, None)
    if view.kind != ViewKind.EXTERNAL and view.filter is not None:
        found["filterHash"] = filter_hash(view.filter)
    return found

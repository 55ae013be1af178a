"""The type of a field on MySQL, as it stands in snapshots: pure, and the same for every server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemasync.model import FunctionDefault, Storage

if TYPE_CHECKING:
    from schemasync.model import Field

# The first tag that a field has decides.
_INTEGERS: Final = (
    ("int8", "TINYINT"),
    ("int16", "SMALLINT"),
    ("int32", "INT"),
    ("int64", "BIGINT"),
    ("uint8", "TINYINT UNSIGNED"),
    ("uint16", "SMALLINT UNSIGNED"),
    ("uint32", "INT UNSIGNED"),
    ("uint64", "BIGINT UNSIGNED"),
    ("int", "INT"),
)
_LONGEST_VARCHAR: Final = 65535


def mapped_type(field: Field) -> str:  # noqa: PLR0911 - a table of cases
    """Return the type of a field."""
    native = dict(field.native)
    if native.get("mysql.type"):
        return native["mysql.type"]
    if field.refers_to is not None:
        return mapped_type(field.refers_to)
    if field.storage == Storage.JSON:
        return _json(field)
    if field.design_type == "string":
        return _string(field)
    if field.design_type == "number":
        found = _number(field)
        return found + " UNSIGNED" if "mysql.unsigned" in native and found.endswith("INT") else found
    if field.design_type == "decimal":
        precision, scale = field.precision or (10, 2)
        return f"DECIMAL({precision},{scale})"
    return "TINYINT(1)" if field.design_type == "boolean" else "TEXT"


def _json(field: Field) -> str:
    if field.vector is not None:
        return f"VECTOR({field.vector.dimensions})"
    return "POINT SRID 4326" if "geoPoint" in field.tags else "JSON"


def _string(field: Field) -> str:
    if field.encrypted:
        return "TEXT"
    if "char" in field.tags:
        return "CHAR(1)"
    if field.max_length is not None:
        return f"VARCHAR({field.max_length})" if field.max_length <= _LONGEST_VARCHAR else "LONGTEXT"
    return "VARCHAR(255)" if field.primary_key or field.default is not None else "TEXT"


def _number(field: Field) -> str:
    if isinstance(field.default, FunctionDefault) and field.default.function == "increment":
        return "BIGINT"
    if isinstance(field.default, FunctionDefault) and field.default.function == "now":
        return "TIMESTAMP"
    if field.precision is not None:
        return "DECIMAL({},{})".format(*field.precision)
    return next((name for tag, name in _INTEGERS if tag in field.tags), "DOUBLE")

"""The type of a field on PostgreSQL, as it stands in snapshots: pure, and the same for every server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemasync.model import FunctionDefault, Storage

if TYPE_CHECKING:
    from schemasync.model import Field

# PostgreSQL has no unsigned types: the next larger one holds every value. The first tag that
# a field has decides.
_INTEGERS: Final = (
    # Too small for half of all ports, but what other writers have in their snapshots.
    ("port", "SMALLINT"),
    ("int8", "SMALLINT"),
    ("int16", "SMALLINT"),
    ("int32", "INTEGER"),
    ("int64", "BIGINT"),
    ("uint8", "SMALLINT"),
    ("uint16", "INTEGER"),
    ("uint32", "BIGINT"),
    ("uint64", "BIGINT"),
    ("int", "INTEGER"),
)


def mapped_type(field: Field) -> str:  # noqa: PLR0911 - a table of cases
    """Return the type of a field."""
    native = dict(field.native).get("pg.type")
    if native:
        return native
    if field.refers_to is not None:
        return mapped_type(field.refers_to)
    if field.storage == Storage.JSON:
        return "JSONB"
    if field.design_type == "string":
        return _string(field)
    if field.design_type == "number":
        return _number(field)
    if field.design_type == "decimal":
        precision, scale = field.precision or (10, 2)
        return f"NUMERIC({precision},{scale})"
    return "BOOLEAN" if field.design_type == "boolean" else "TEXT"


def _string(field: Field) -> str:
    if field.encrypted:
        return "TEXT"
    if field.collation == "nocase":
        return "CITEXT"
    if "char" in field.tags:
        return "CHAR(1)"
    if field.max_length is not None:
        return f"VARCHAR({field.max_length})"
    return "VARCHAR(255)" if field.primary_key or field.default is not None else "TEXT"


def _number(field: Field) -> str:
    if isinstance(field.default, FunctionDefault) and field.default.function in ("increment", "now"):
        return "BIGINT"
    if field.precision is not None:
        return "NUMERIC({},{})".format(*field.precision)
    return next((name for tag, name in _INTEGERS if tag in field.tags), "DOUBLE PRECISION")

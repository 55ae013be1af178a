"""The type of a field on SQLite, as it stands in snapshots: pure, and the same for every version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemasync.model import Storage

if TYPE_CHECKING:
    from schemasync.model import Field


def mapped_type(field: Field) -> str:
    """Return the type of a field."""
    if field.storage == Storage.JSON:
        return "TEXT"
    if field.design_type == "number":
        # The integer primary key is the rowid.
        return "INTEGER" if field.primary_key else "REAL"
    if field.design_type == "decimal":
        return "REAL"
    return "INTEGER" if field.design_type == "boolean" else "TEXT"

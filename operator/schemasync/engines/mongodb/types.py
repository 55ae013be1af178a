"""MongoDB has no column types; snapshots do not ask for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemasync.model import Field


def mapped_type(field: Field) -> str:
    """Return the design of a field's value."""
    return field.document_type or field.design_type

"""The list of tables and views that a sync made: `synced_tables`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemasync import stored
from schemasync.wire.collation import collation_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemasync.model import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """One entry; `view_type` is `V`, `M` or `E`, None for tables and where older writers left it out."""

    name: str
    is_view: bool = False
    view_type: str | None = None


def tracked_list(schema: Schema, kept: Iterable[Tracked] = ()) -> str:
    """Return the list for a schema as it is stored; `kept` is what it no longer has and is still there."""
    entries: list[dict[str, Any]] = [{"name": table.name, "isView": False} for table in schema.tables]
    entries += [{"name": view.name, "isView": True, "viewType": view.kind.value} for view in schema.views]
    known = {entry["name"] for entry in entries}
    entries += [_dump(each) for each in kept if each.name not in known]
    entries.sort(key=lambda entry: collation_key(entry["name"]))
    return json.dumps(entries, ensure_ascii=False, separators=(",", ":"))


def _dump(each: Tracked) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": each.name, "isView": each.is_view}
    return {**entry, "viewType": each.view_type} if each.view_type else entry


def parse_tracked(text: str | None) -> tuple[Tracked, ...]:
    """Return the entries of a stored list, of older forms too; what is no entry is left out."""
    value = stored.read(text)
    if not isinstance(value, list):
        return ()
    return tuple(entry for item in value if (entry := _entry(item)) is not None)


def _entry(item: object) -> Tracked | None:
    """Return one entry: a name in the oldest form, an object since."""
    if isinstance(item, str):
        return Tracked(name=item)
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        return None
    kind = item.get("viewType")
    view_type = kind if kind in ("V", "M", "E") else None
    return Tracked(
        name=item["name"], is_view=item.get("isView") is True or view_type is not None, view_type=view_type
    )

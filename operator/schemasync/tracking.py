"""What the control table says of relations: which ones a sync made, where, and what they were called."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from schemasync import control, wire
from schemasync.catalog import Catalog, Index, Name, Relation, Table, View
from schemasync.engines.base import INDEX_PREFIX, Physical
from schemasync.renames import Done
from schemasync.stored import read, texts


class Tracking:
    """The rows of a control table, read for one wanted schema.

    `gone` are the relations that a sync made and the schema no longer has, by declared name;
    `former` the names from which relations are, or were, to be renamed, by wanted name.
    """

    def __init__(
        self, rows: Mapping[str, str], physical: Physical, namespace: str, stored: Callable[[str], str]
    ) -> None:
        """Read the rows; `stored` gives a name as the server keeps it."""
        self._rows = rows
        self._stored = stored
        self._namespace = namespace
        self._tracked = {each.name: each for each in wire.parse_tracked(rows.get(control.TRACKED))}
        self.former = self._former(physical)
        wanted = physical.catalog.relations
        taken = {*wanted, *self.former.values()}
        self.gone = {
            name: self._place(name)
            for name, each in sorted(self._tracked.items())
            if each.view_type != "E" and self._place(name) not in taken
        }
        self.done = self._done(physical)
        self._keys = {
            (self._place(name), tuple(sorted(map(stored, key["fields"]))), stored(key["targetTable"]))
            for name in self._tracked
            for key in stored_keys(rows.get(f"{control.SNAPSHOT}{name}", ""))
        }

    def _place(self, name: str, otherwise: str | None = None) -> Name:
        schema = self._rows.get(f"{control.RELATION}{name}", otherwise or self._namespace)
        return Name(schema, self._stored(name))

    def _former(self, physical: Physical) -> dict[Name, Name]:
        """Return where each relation comes from: another name, or another schema."""
        found = {}
        for name, full in physical.names.items():
            relation = physical.catalog.get(full)
            if relation is None:
                continue
            if relation.renamed_from is not None:
                found[full] = self._place(relation.renamed_from.name, full.schema)
            elif name in self._tracked and self._place(name).schema != full.schema:
                found[full] = self._place(name)
        return found

    def _done(self, physical: Physical) -> Done:
        relations, columns = {}, {}
        for name, full in physical.names.items():
            row = _object(self._rows.get(f"{control.RENAMED}{name}"))
            if isinstance(row.get("from"), str):
                relations[full] = self._place(row["from"], full.schema)
            if isinstance(row.get("columns"), dict):
                columns[full] = {str(new): str(old) for new, old in row["columns"].items()}
        return Done(relations=relations, columns=columns)

    def is_ours(self, name: str, relation: Relation) -> bool:
        """Return whether a relation that is no longer wanted was made by a sync.

        Where no row says in which schema that was, its columns must be those of its snapshot.
        """
        if f"{control.RELATION}{name}" in self._rows:
            return isinstance(relation, View) == self._tracked[name].is_view
        snapshot = wire.read_snapshot(self._rows.get(f"{control.SNAPSHOT}{name}", "")) or {}
        wanted = {self._stored(field["physicalName"]) for field in snapshot.get("fields", ())}
        return {column.name for column in relation.columns} == wanted

    def made(self, relation: Relation) -> bool:
        """Return whether a sync made a relation that is there, by the name that it has."""
        return any(
            self._place(name) == relation.now and self.is_ours(name, relation)
            for name, each in self._tracked.items()
            if each.view_type != "E"
        )

    def managed_index(self, index: Index) -> bool:
        """Return whether an index is ours."""
        return index.name.startswith(INDEX_PREFIX)

    def managed_keys(self, actual: Catalog) -> frozenset[tuple[Name, str]]:
        """Return the foreign keys that a sync made, by their tables and names before any renaming."""
        return frozenset(
            (table.name, key.name)
            for table in actual
            if isinstance(table, Table)
            for key in table.foreign_keys
            if (table.name, tuple(sorted(key.columns)), key.target.name) in self._keys
        )


def renames(physical: Physical) -> Mapping[str, str]:
    """Return the rows that remember which renames are done, by declared name."""
    rows = {}
    for name, full in physical.names.items():
        relation = physical.catalog.get(full)
        row: dict[str, Any] = {}
        if relation is not None and relation.renamed_from is not None:
            row["from"] = relation.renamed_from.name
        if isinstance(relation, Table):
            columns = {column.name: column.renamed_from for column in relation.columns if column.renamed_from}
            row |= {"columns": columns} if columns else {}
        if row:
            rows[name] = json.dumps(row, ensure_ascii=False)
    return rows


def _object(text: str | None) -> Mapping[str, Any]:
    value = read(text)
    return value if isinstance(value, dict) else {}


def stored_keys(snapshot: str) -> Sequence[Mapping[str, Any]]:
    """Return the foreign keys of a stored snapshot, those that have the form of one."""
    keys = (wire.read_snapshot(snapshot) or {}).get("foreignKeys")
    if not isinstance(keys, list):
        return []
    return [
        key
        for key in keys
        if isinstance(key, dict)
        and isinstance(key.get("targetTable"), str)
        and texts(key.get("fields")) is not None
    ]

"""What the control table must be like to be of use, and what somebody put around it that keeps it from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import errors

from schemasync.model import CONTROL_TABLE

if TYPE_CHECKING:
    from schemasync.engines.postgresql.connection import Connection

_TEXTS = frozenset({"character varying", "text", "character"})
_NUMBERS = frozenset({"double precision", "bigint", "numeric"})
_COLUMNS = {
    "_id": _TEXTS,
    "value": _TEXTS,
    "lockedBy": _TEXTS,
    "lockedAt": _NUMBERS,
    "expiresAt": _NUMBERS,
}
_KINDS = {"v": "a view", "m": "a materialized view", "f": "a foreign table", "p": "partitioned"}

# What a server says to a statement over a table of another shape.
MISFITS = (
    errors.UndefinedColumn,
    errors.UndefinedFunction,
    errors.DatatypeMismatch,
    errors.CannotCoerce,
    errors.InvalidColumnReference,
    errors.WrongObjectType,
    errors.ObjectNotInPrerequisiteState,
    errors.FeatureNotSupported,
    errors.InvalidTextRepresentation,
    errors.IntegrityError,
)

# Every name stands in full: see `control`.
_TABLE = """
SELECT c.oid, c.relkind::pg_catalog.text, EXISTS (
  SELECT FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_attribute a
    ON a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.=) i.indkey[0]
  WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid AND i.indisunique AND i.indimmediate AND i.indisvalid
    AND i.indnkeyatts OPERATOR(pg_catalog.=) 1::pg_catalog.int2 AND i.indpred IS NULL
    AND a.attname::pg_catalog.text OPERATOR(pg_catalog.=) '_id'::pg_catalog.text)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE n.nspname::pg_catalog.text OPERATOR(pg_catalog.=) %s::pg_catalog.text
  AND c.relname::pg_catalog.text OPERATOR(pg_catalog.=) %s::pg_catalog.text
"""
_ATTRIBUTES = """
SELECT a.attname::pg_catalog.text, pg_catalog.format_type(a.atttypid, NULL::pg_catalog.int4),
  a.attnotnull AND NOT a.atthasdef
    AND a.attidentity::pg_catalog.text OPERATOR(pg_catalog.=) ''::pg_catalog.text
FROM pg_catalog.pg_attribute a
WHERE a.attrelid OPERATOR(pg_catalog.=) %s::pg_catalog.oid
  AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT a.attisdropped
"""
_OBSTACLES = """
SELECT 'trigger ' OPERATOR(pg_catalog.||) t.tgname::pg_catalog.text FROM pg_catalog.pg_trigger t
WHERE t.tgrelid OPERATOR(pg_catalog.=) %(oid)s::pg_catalog.oid AND NOT t.tgisinternal
UNION ALL
SELECT 'rule ' OPERATOR(pg_catalog.||) r.rulename::pg_catalog.text FROM pg_catalog.pg_rewrite r
WHERE r.ev_class OPERATOR(pg_catalog.=) %(oid)s::pg_catalog.oid
UNION ALL
SELECT 'row security' FROM pg_catalog.pg_class c
WHERE c.oid OPERATOR(pg_catalog.=) %(oid)s::pg_catalog.oid AND c.relrowsecurity
"""


class Shape:
    """What there is in the place of the control table."""

    def __init__(self, connection: Connection, namespace: str) -> None:
        """Ask the catalogs."""
        self._connection = connection
        row = connection.execute(_TABLE, [namespace, CONTROL_TABLE]).fetchone()
        self._oid, self._kind, self._keyed = row or (None, "", False)

    @property
    def exists(self) -> bool:
        """Whether there is anything of that name."""
        return self._oid is not None

    def problem(self) -> str | None:
        """Return what is wrong with the table, None where nothing is."""
        if not self.exists:
            return None
        if self._kind != "r":
            return f"it is {_KINDS.get(self._kind, 'no table')}"
        rows = self._connection.execute(_ATTRIBUTES, [self._oid]).fetchall()
        there = {name: kind for name, kind, _ in rows}
        for name, kinds in _COLUMNS.items():
            if name not in there:
                return f"it has no column {name}"
            if there[name] not in kinds:
                return f"its column {name} is of type {there[name]}"
        required = [name for name, _, needed in rows if needed and name != "_id"]
        if required:
            return f"its column {required[0]} is required"
        return None if self._keyed else "its column _id is no primary key, and not unique"

    def obstacles(self) -> str:
        """Return the names of what may keep rows from being written, empty where there is nothing."""
        if not self.exists:
            return ""
        return ", ".join(str(row[0]) for row in self._connection.execute(_OBSTACLES, {"oid": self._oid}))

"""What a PostgreSQL database holds, read from pg_catalog and not by the code under test.

Left out is what sync.md's invariants leave out: the order of a table's columns, the names of
primary keys, NOT NULL constraints and identity sequences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from psycopg import Connection

Facts = dict[tuple[str, ...], Any]

_USERS = "n.nspname !~ '^(pg_|information_schema$)' AND c.relname <> '__atscript_control'"
# What extensions bring is theirs.
_OURS = (
    _USERS + " AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.objid = c.oid "
    "AND x.classid = 'pg_class'::regclass AND x.deptype = 'e')"
)

_QUERIES = {
    "relation": """
SELECT n.nspname, c.relname, c.relkind::text, c.relpersistence::text, c.reloptions, c.relispopulated,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND <ours>
""",
    "column": """
SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       a.attidentity::text, a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid),
       CASE WHEN a.attcollation <> t.typcollation
            THEN (SELECT o.collname FROM pg_collation o WHERE o.oid = a.attcollation) END,
       (SELECT s.seqstart FROM pg_depend y JOIN pg_sequence s ON s.seqrelid = y.objid
        WHERE y.refobjid = c.oid AND y.refobjsubid = a.attnum AND y.deptype = 'i'
          AND y.classid = 'pg_class'::regclass AND a.attidentity <> ''),
       -- The order of a view's columns is part of what it says.
       CASE WHEN c.relkind <> 'r' THEN a.attnum END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND <ours>
""",
    "index": """
SELECT n.nspname, i.relname, pg_get_indexdef(i.oid), x.indisvalid
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT x.indisprimary AND c.relkind IN ('r', 'm', 'p') AND <ours>
""",
    "constraint": """
SELECT n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid), k.convalidated
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype NOT IN ('p', 'n') AND <ours>
""",
    "primary key": """
SELECT n.nspname, c.relname, pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'p' AND <ours>
""",
    "trigger": """
SELECT n.nspname, c.relname, g.tgname, pg_get_triggerdef(g.oid), g.tgenabled::text
FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT g.tgisinternal AND <ours>
""",
    "policy": """
SELECT n.nspname, c.relname, p.polname, pg_get_expr(p.polqual, p.polrelid), c.relrowsecurity
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE <ours>
""",
}
# How many of a row's values name what it is about; the others are what is said of it.
_KEYS = {"index": 2, "relation": 2, "primary key": 2}


def facts(connection: Connection) -> Facts:
    """Return everything that two databases of one schema must agree about."""
    found: Facts = {}
    with connection.transaction():
        # So that every name is printed in full.
        connection.execute("SET LOCAL search_path TO ''")
        for kind, query in _QUERIES.items():
            width = _KEYS.get(kind, 3)
            for row in connection.execute(query.replace("<ours>", _OURS).encode()):
                found[(kind, *row[:width])] = row[width:]
    return found


def differences(found: Mapping[tuple[str, ...], Any], wanted: Mapping[tuple[str, ...], Any]) -> list[str]:
    """Return in sentences what is not as wanted."""
    return list(_differences(found, wanted))


def _differences(
    found: Mapping[tuple[str, ...], Any], wanted: Mapping[tuple[str, ...], Any]
) -> Iterator[str]:
    for key in sorted(found.keys() | wanted.keys()):
        name = " ".join(key)
        if key not in found:
            yield f"{name} is missing: {wanted[key]}"
        elif key not in wanted:
            yield f"{name} is too much: {found[key]}"
        elif found[key] != wanted[key]:
            yield f"{name} is {found[key]} and not {wanted[key]}"


def control_rows(connection: Connection) -> dict[tuple[str, ...], str]:
    """Return the rows of the control table, but for the digest of files: others may mean the same."""
    query = """SELECT "_id", "value" FROM "__atscript_control" WHERE "_id" <> 'schemasync:source'"""
    return {(row[0],): row[1] for row in connection.execute(query.encode())}

"""What one PostgreSQL server has: its version, and the extensions and collations that a schema may use.

What is wanted of a database depends on it, snapshots and hashes do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from schemasync.engines.postgresql.regex import Unsuitable

# The collation that is made where there is no CITEXT.
NOCASE = "schemasync_nocase"
# Extensions that schemas make use of.
EXTENSIONS = ("citext", "vector", "postgis")

# Every operator, function and type is named in full: see `control`.
_LOCK_SLOTS = """
  pg_catalog.current_setting('max_locks_per_transaction')::pg_catalog.int4 OPERATOR(pg_catalog.*) (
    SELECT pg_catalog.sum(pg_catalog.current_setting(s.name)::pg_catalog.int4)::pg_catalog.int4
    FROM pg_catalog.unnest(ARRAY[
      'max_connections', 'max_prepared_transactions', 'autovacuum_max_workers', 'max_worker_processes',
      'max_wal_senders']::pg_catalog.text[]) AS s (name))"""
QUERY = f"""
SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 OPERATOR(pg_catalog./) 10000,
  ARRAY(SELECT e.extname::pg_catalog.text FROM pg_catalog.pg_extension e
        WHERE e.extname::pg_catalog.text OPERATOR(pg_catalog.=) ANY (%(names)s::pg_catalog.text[])
        ORDER BY e.oid),
  ARRAY(SELECT n.nspname::pg_catalog.text FROM pg_catalog.pg_extension e
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
        WHERE e.extname::pg_catalog.text OPERATOR(pg_catalog.=) ANY (%(names)s::pg_catalog.text[])
        ORDER BY e.oid),
  ARRAY(SELECT a.name::pg_catalog.text FROM pg_catalog.pg_available_extensions a
        WHERE a.name::pg_catalog.text OPERATOR(pg_catalog.=) ANY (%(names)s::pg_catalog.text[])),
  -- As many locks as the server has room for, whoever holds them.
  {_LOCK_SLOTS},
  ARRAY(SELECT c.collname::pg_catalog.text FROM pg_catalog.pg_collation c
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.collnamespace
        WHERE n.nspname::pg_catalog.text OPERATOR(pg_catalog.=) ANY (
          ARRAY['pg_catalog', %(namespace)s]::pg_catalog.text[])
        AND (c.collencoding OPERATOR(pg_catalog.=) -1 OR c.collencoding OPERATOR(pg_catalog.=) (
          SELECT d.encoding FROM pg_catalog.pg_database d
          WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What there is.

    `installed` gives the schema of each extension that this database has, `collations` those that
    can be named without a schema, `lock_capacity` how many locks the server has room for.
    """

    version: int
    installed: tuple[tuple[str, str], ...] = ()
    available: frozenset[str] = frozenset()
    collations: frozenset[str] = frozenset()
    lock_capacity: int = 0

    def has(self, extension: str) -> bool:
        """Return whether an extension is installed, or can be."""
        return extension in dict(self.installed) or extension in self.available

    def check_collation(self, name: str) -> None:
        """Raise Unsuitable, with the nearest name, if the database has no such collation."""
        if not self.version or name in self.collations:
            return
        near = get_close_matches(name, self.collations, n=1)
        hint = f": did you mean {near[0]!r}?" if near else ""
        raise Unsuitable(f"this database has no collation {name!r}{hint}")

    @property
    def schemas(self) -> tuple[str, ...]:
        """The schemas in which extensions put their types."""
        return tuple(dict.fromkeys(schema for _, schema in self.installed))


# Where no server was asked: names, types and hashes do not depend on it.
UNKNOWN = Features(version=0)

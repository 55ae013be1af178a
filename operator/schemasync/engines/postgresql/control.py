"""The control table in PostgreSQL: state, and the lock row that all writers share.

The format is shared with other writers, so names and types are theirs. Times are epoch
milliseconds by the database's clock.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from psycopg import errors, sql
from psycopg.pq import TransactionStatus

from schemasync.engines.base import Holder
from schemasync.engines.postgresql.address import Parameters
from schemasync.engines.postgresql.bounds import renewing
from schemasync.engines.postgresql.connection import open_connection, translated
from schemasync.engines.postgresql.shape import MISFITS, Shape
from schemasync.errors import InvalidTarget, StatementFailed
from schemasync.model import CONTROL_TABLE

if TYPE_CHECKING:
    from schemasync.engines.base import StateChange
    from schemasync.engines.postgresql.bounds import BoundedConnection
    from schemasync.engines.postgresql.connection import Connection

LOCK = "sync_lock"
# Nobody holds the lock row for longer than a moment, save in the last step of an apply.
_LOCK_TIMEOUT = "2s"
# Characters of a row that the hash check reads: more is none of ours.
_MOST = 4096
# Bytes of a row: the snapshot of a table with as many columns as a table may have takes less.
_LARGEST = 16 * 1024 * 1024
_FINISHING = Holder(name="a sync that is just ending")
# No row was written, and there is none.
_NOBODY = Holder(name="nobody")

# Every operator, function and type is named in full, and every comparison is of equal types: a login's
# search_path may hold schemas in which somebody else can make a better match than the server's own.
_NOW = sql.SQL(
    "(extract(epoch FROM pg_catalog.clock_timestamp()) OPERATOR(pg_catalog.*) 1000::pg_catalog.numeric)"
    "::pg_catalog.int8::pg_catalog.float8"
)
_EXPIRY = sql.SQL("({now} OPERATOR(pg_catalog.+) %(ttl)s::pg_catalog.float8)").format(now=_NOW)
_IS_LOCK = sql.SQL('"_id"::pg_catalog.text OPERATOR(pg_catalog.=) {}::pg_catalog.text').format(
    sql.Literal(LOCK)
)
_IS_MINE = sql.SQL('"lockedBy"::pg_catalog.text OPERATOR(pg_catalog.=) %(holder)s::pg_catalog.text')

# One statement, although it is not known yet which schema is the connection's own.
_READ_DEFAULT = """
SELECT c."_id", pg_catalog.left(c."value"::pg_catalog.text, {most}) FROM ONLY {table} c
JOIN pg_catalog.pg_class t ON t.oid OPERATOR(pg_catalog.=) c.tableoid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.relnamespace
WHERE n.nspname OPERATOR(pg_catalog.=) pg_catalog.current_schema()
AND c."_id"::pg_catalog.text OPERATOR(pg_catalog.=) ANY (%s::pg_catalog.text[])
"""
_READ = """
SELECT "_id", pg_catalog.left("value"::pg_catalog.text, {most}) FROM ONLY {table}
WHERE "_id"::pg_catalog.text OPERATOR(pg_catalog.=) ANY (%s::pg_catalog.text[])
"""
# A row that is too large to be one of ours counts as missing.
_READ_ALL = """
SELECT "_id", CASE WHEN pg_catalog.octet_length("value"::pg_catalog.text) OPERATOR(pg_catalog.<=) {largest}
  THEN "value" END
FROM ONLY {table}
WHERE "_id"::pg_catalog.text OPERATOR(pg_catalog.<>) %s::pg_catalog.text
"""
_CREATE = """
CREATE TABLE IF NOT EXISTS {table} (
  "_id" pg_catalog.varchar(255) NOT NULL PRIMARY KEY, "value" pg_catalog.text,
  "lockedBy" pg_catalog.text, "lockedAt" pg_catalog.float8, "expiresAt" pg_catalog.float8
)
"""
_ACQUIRE = """
INSERT INTO {table} ("_id", "lockedBy", "lockedAt", "expiresAt")
VALUES ({lock}, %(holder)s, {now}, {expiry}) ON CONFLICT ("_id") DO NOTHING
"""
# SKIP LOCKED: a holder that is applying holds its row, and is never passed, however late it is.
_TAKE_OVER = """
UPDATE {table} SET "lockedBy" = %(holder)s, "lockedAt" = {now}, "expiresAt" = {expiry}
WHERE "_id"::pg_catalog.text OPERATOR(pg_catalog.=) (
  SELECT "_id"::pg_catalog.text FROM {table} WHERE {is_lock}
  AND "expiresAt"::pg_catalog.float8 OPERATOR(pg_catalog.<) {now} FOR UPDATE SKIP LOCKED
)
"""
# What is neither a number nor near is no end: the lock would be held for ever.
_HOLDER = """
SELECT pg_catalog.left("lockedBy"::pg_catalog.text, 200),
  "expiresAt"::pg_catalog.float8 OPERATOR(pg_catalog.<) (
    {now} OPERATOR(pg_catalog.+) 86400000::pg_catalog.float8) IS TRUE
FROM {table} WHERE {is_lock}
"""
_RENEW = """UPDATE {table} SET "expiresAt" = {expiry} WHERE {is_lock} AND {is_mine}"""
# KEY SHARE lets the heartbeat's UPDATE pass and makes every DELETE of the row wait.
_HOLD = """SELECT 1 FROM {table} WHERE {is_lock} AND {is_mine} FOR KEY SHARE"""
_RELEASE = """DELETE FROM {table} WHERE {is_lock} AND {is_mine}"""
_STORE = """
INSERT INTO {table} ("_id", "value")
SELECT row.key, row.value FROM pg_catalog.json_each_text(%s::pg_catalog.json) AS row
ON CONFLICT ("_id") DO UPDATE SET "value" = excluded."value"
"""
_STAMP = """
INSERT INTO {table} ("_id", "value") SELECT %(key)s::pg_catalog.text, %(value)s::pg_catalog.text
WHERE EXISTS (
  SELECT FROM {table} WHERE "_id"::pg_catalog.text OPERATOR(pg_catalog.=) 'schema_version'::pg_catalog.text
  AND "value"::pg_catalog.text OPERATOR(pg_catalog.=) %(hash)s::pg_catalog.text
)
ON CONFLICT ("_id") DO UPDATE SET "value" = excluded."value"
"""
_DELETE = """
DELETE FROM {table} WHERE "_id"::pg_catalog.text OPERATOR(pg_catalog.=) ANY (%s::pg_catalog.text[])
"""

SET_LOCAL = "SELECT pg_catalog.set_config(%s::pg_catalog.text, %s::pg_catalog.text, true)"


def milliseconds(seconds: float) -> int:
    """Return seconds as whole milliseconds, as the control table and the server's settings take them."""
    return round(seconds * 1000)


class PostgresControl:
    """The control table of one namespace, over one connection.

    `namespace` is None until it is known which schema is the connection's own.
    """

    def __init__(self, connection: Connection, parameters: Parameters, namespace: str | None) -> None:
        self._connection = connection
        self._parameters = parameters
        self._namespace = namespace

    @property
    def namespace(self) -> str:
        """The schema of the table: the one that was named, else the connection's own.

        Raises InvalidTarget when the connection has none.
        """
        if self._namespace is None:
            with translated(self._parameters):
                row = self._connection.execute("SELECT pg_catalog.current_schema()").fetchone()
            if row is None or row[0] is None:
                raise InvalidTarget(
                    "the login's search_path names no schema that exists and that it may use: "
                    "name one in database.schema"
                )
            self._namespace = str(row[0])
        return self._namespace

    def read(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the values of these rows, in one statement; a missing table has none."""
        if self._namespace is not None:
            return self._select(self._query(_READ), [list(ids)])
        return self._select(_format(_READ_DEFAULT, CONTROL_TABLE), [list(ids)])

    def read_all(self) -> Mapping[str, str]:
        """Return every row but the lock's; a missing table has none."""
        # Asked first: an error would end the snapshot that this is read in.
        with translated(self._parameters, statement="read the control table"):
            shape = Shape(self._connection, self.namespace)
            self._check(shape)
        return self._select(self._query(_READ_ALL), [LOCK]) if shape.exists else {}

    def acquire(self, holder: str, ttl: float) -> Holder | None:
        """Take the lock for `ttl` seconds; return None, or who holds it."""
        with translated(self._parameters, statement="take the lock"), self._as_expected():
            try:
                other = self._try_acquire(holder, ttl)
            except errors.UndefinedTable:
                self._create()
                other = self._try_acquire(holder, ttl)
            if other is _NOBODY:
                # The row may have been deleted meanwhile, but not twice.
                other = self._try_acquire(holder, ttl)
        if other is not _NOBODY:
            return other
        error = self._obstructed("takes no lock row")
        if error is not None:
            raise error
        return _FINISHING

    def _obstructed(self, what: str) -> StatementFailed | None:
        """Return an error that names what keeps the table from being written, None where nothing does."""
        with translated(self._parameters, statement="read the control table"):
            found = Shape(self._connection, self.namespace).obstacles()
        if not found:
            return None
        return self._unusable(f"it {what}, which is the work of its {found}: remove that")

    def _unusable(self, problem: str) -> StatementFailed:
        return StatementFailed(
            f"`{CONTROL_TABLE}` of {self._parameters.place}, schema {self.namespace}, is not as expected: "
            f"{problem}",
            statement="read the control table",
            reason="ControlTableUnusable",
        )

    def _check(self, shape: Shape) -> None:
        problem = shape.problem()
        if problem is not None:
            raise self._unusable(f"{problem}; rename it, and the next sync makes one")

    @contextmanager
    def _as_expected(self) -> Iterator[None]:
        """Say what is wrong with the table where that is why a statement fails; outside a transaction."""
        try:
            yield
        except MISFITS:
            self._check(Shape(self._connection, self.namespace))
            raise

    def _try_acquire(self, holder: str, ttl: float) -> Holder | None:
        bind = {"holder": holder, "ttl": milliseconds(ttl)}
        try:
            with self._connection.transaction():
                self._connection.execute(SET_LOCAL, ["lock_timeout", _LOCK_TIMEOUT])
                taken = self._execute(_ACQUIRE, bind) or self._execute(_TAKE_OVER, bind)
                row = None if taken else self._connection.execute(self._query(_HOLDER)).fetchone()
        except errors.LockNotAvailable:
            return _FINISHING
        if taken:
            return None
        return self._named(*row) if row else _NOBODY

    def _named(self, name: str | None, ends: bool) -> Holder:  # noqa: FBT001 - a row
        if ends:
            return Holder(name=name or "somebody without a name")
        row = _format("DELETE FROM {table} WHERE _id = {lock}", self.namespace, CONTROL_TABLE).as_string()
        return Holder(
            name=name or "somebody without a name",
            advice=f"it never expires: make sure that no sync is running, then {row}",
        )

    def _create(self) -> None:
        """Make the table, and its schema. Whoever loses a race to do so finds it made."""
        schema = sql.Identifier(self.namespace)
        # IF NOT EXISTS asks for the right to create even where the schema exists: the table will tell.
        with suppress(errors.UniqueViolation, errors.DuplicateSchema, errors.InsufficientPrivilege):
            self._connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
        with suppress(errors.UniqueViolation, errors.DuplicateTable, errors.DuplicateObject):
            self._connection.execute(self._query(_CREATE, bare=True))

    def stamp(self, key: str, value: str, schema_hash: str) -> None:
        """Write one row, if the schema's hash is still this one; where that may not be, nothing."""
        with suppress(errors.Error):
            self._connection.execute(self._query(_STAMP), {"key": key, "value": value, "hash": schema_hash})

    def release(self, holder: str) -> None:
        """Give the lock back, if it is still `holder`'s."""
        with translated(self._parameters, statement="release the lock"):
            self._execute(_RELEASE, {"holder": holder})

    def renew(self, holder: str, ttl: float) -> bool:
        """Return whether `holder` still had the lock, which now lasts `ttl` seconds more."""
        with translated(self._parameters, statement="renew the lock"), self._connection.transaction():
            self._connection.execute(SET_LOCAL, ["lock_timeout", _LOCK_TIMEOUT])
            return self._execute(_RENEW, {"holder": holder, "ttl": milliseconds(ttl)}) == 1

    # The following run inside the caller's transaction.

    def hold(self, holder: str) -> bool:
        """Hold the lock row until the transaction ends; return whether it was still `holder`'s."""
        return self._execute(_HOLD, {"holder": holder}) == 1

    def store(self, state: StateChange) -> None:
        """Write state."""
        if state.delete:
            self._connection.execute(self._query(_DELETE), [list(state.delete)])
        if state.rows:
            # One JSON text: an array of thousands of texts takes the driver long to write.
            self._connection.execute(self._query(_STORE), [json.dumps(dict(state.rows), ensure_ascii=False)])

    def surrender(self, holder: str) -> bool:
        """Delete the lock row; return whether it was still `holder`'s.

        Raises StatementFailed where it is, and something keeps it from being deleted.
        """
        gone = self._execute(_RELEASE, {"holder": holder}) == 1
        if not gone and self.hold(holder) and (error := self._obstructed("keeps its lock row")) is not None:
            raise error
        return gone

    def _select(self, query: sql.Composed, parameters: Sequence[object]) -> Mapping[str, str]:
        with translated(self._parameters, statement="read the control table"):
            try:
                with self._as_expected() if self._alone else nullcontext():
                    rows = self._connection.execute(query, parameters).fetchall()
            except (errors.UndefinedTable, errors.InvalidSchemaName):
                return {}
        return {str(row[0]): str(row[1]) for row in rows if row[1] is not None}

    @property
    def _alone(self) -> bool:
        """Whether an error ends no transaction, so that more can be asked."""
        return self._connection.info.transaction_status is TransactionStatus.IDLE

    def _execute(self, query: str, bind: Mapping[str, object]) -> int:
        return self._connection.execute(self._query(query), bind).rowcount

    def _query(self, query: str, *, bare: bool = False) -> sql.Composed:
        """Return a query over the table; `bare` is one without parameters, in which a % is just that."""
        namespace = self.namespace if bare else self.namespace.replace("%", "%%")
        return _format(query, namespace, CONTROL_TABLE)


def _format(query: str, *table: str) -> sql.Composed:
    return sql.SQL(query).format(
        table=sql.Identifier(*table),
        now=_NOW,
        expiry=_EXPIRY,
        lock=sql.Literal(LOCK),
        most=sql.Literal(_MOST),
        largest=sql.Literal(_LARGEST),
        is_lock=_IS_LOCK,
        is_mine=_IS_MINE,
    )


class PostgresHeartbeat:
    """Renews the lock over a connection of its own, which it opens when it is first used."""

    def __init__(self, parameters: Parameters, namespace: str) -> None:
        self._parameters = parameters
        self._namespace = namespace
        self._connection: BoundedConnection | None = None

    def renew(self, holder: str, ttl: float) -> bool:
        """Return whether `holder` still had the lock, which now lasts `ttl` seconds more."""
        if self._connection is None or self._connection.closed:
            self._connection = open_connection(self._parameters)
        self._connection.bounds = renewing(ttl)
        control = PostgresControl(self._connection, self._parameters, self._namespace)
        return control.renew(holder, ttl)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

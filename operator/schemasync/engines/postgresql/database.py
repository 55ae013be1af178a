"""One PostgreSQL database: inspecting it, and applying a plan to it, over one connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, LiteralString

from psycopg import errors, sql

from schemasync.engines.postgresql.connection import Parameters, open_connection, read_url, translated
from schemasync.engines.postgresql.control import SET_LOCAL, PostgresControl, PostgresHeartbeat, milliseconds
from schemasync.engines.postgresql.ddl import MAX_NAME, QUOTER
from schemasync.engines.postgresql.dialect import PostgresDialect
from schemasync.engines.postgresql.features import EXTENSIONS, QUERY, Features
from schemasync.engines.postgresql.inspect import Inspector
from schemasync.engines.sql import cut
from schemasync.errors import LockLost, Refused

if TYPE_CHECKING:
    from schemasync.catalog import Catalog, DefinitionRow, Name, Relation
    from schemasync.engines.base import Preserved, StateChange, Target, Timeouts
    from schemasync.engines.postgresql.connection import Connection
    from schemasync.plan import Probe, Statement

# What the server says of a value, or a type, that does not fit.
_UNFIT = (errors.DataError, errors.UndefinedFunction, errors.CannotCoerce)
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_APPLY = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE"
# The server looks this often whether a client that has it work is still there.
_CLIENT_CHECK = "5s"
_CANCEL_WITHIN = 5.0  # seconds
# From here on, membership in a role and the right to become it are two things.
_SET_OPTION_VERSION = 16


class PostgresDatabase:
    """A database; it connects when it is first used."""

    def __init__(self, target: Target) -> None:
        """Read the target. Raises InvalidTarget."""
        self._target = target
        self._parameters = read_url(target)

    @cached_property
    def _connection(self) -> Connection:
        return open_connection(self._parameters)

    @cached_property
    def control(self) -> PostgresControl:
        """The control table. Connects."""
        schema = self._target.schema
        return PostgresControl(self._connection, self._parameters, cut(schema, MAX_NAME) if schema else None)

    @cached_property
    def dialect(self) -> PostgresDialect:
        """The pure half, for what this server has. Asks the server."""
        names = {"names": list(EXTENSIONS), "namespace": self.namespace}
        with translated(self._parameters, statement="ask for extensions"):
            row = self._connection.execute(QUERY, names).fetchone()
        version, extensions, schemas, available, capacity, collations = row or (0, [], [], [], 0, [])
        return PostgresDialect(
            Features(
                version=version,
                installed=tuple(zip(extensions, schemas, strict=True)),
                available=frozenset(available),
                collations=frozenset(collations),
                lock_capacity=capacity,
            )
        )

    @property
    def server_version(self) -> int:
        """The server's major version; it says so when one connects."""
        return self._connection.info.server_version // 10_000

    @property
    def namespace(self) -> str:
        """The schema of relations that name none: the target's, else the connection's own."""
        return self.control.namespace

    def inspect(self, names: Sequence[Name], definitions: Mapping[str, DefinitionRow]) -> Catalog:
        """Return what is there of these relations, within `snapshot`."""
        with translated(self._parameters, statement="read the catalogs"):
            return _inspect(self._connection, names, definitions, self.server_version)

    def probe(self, probes: Sequence[Probe]) -> Sequence[int]:
        """Return how many rows each question is about, within `snapshot`."""
        path = self._search_path
        with translated(self._parameters):
            set_local(self._connection, {"search_path": path})
        # Several statements may ask the same of a table: it is read once.
        answers: dict[tuple[str, int | None], int] = {}
        for probe in probes:
            if (probe.query, probe.if_it_fails) not in answers:
                answers[probe.query, probe.if_it_fails] = self._count(probe)
        return [answers[probe.query, probe.if_it_fails] for probe in probes]

    def _count(self, probe: Probe) -> int:
        """Return a question's number, or what its failing stands for."""
        with translated(self._parameters, statement=f"ask whether {probe.message}"):
            try:
                with self._connection.transaction():
                    row = self._connection.execute(probe.query.encode()).fetchone()
            except errors.UndefinedObject:
                # A type that there is not is told by a question of its own, and not by one about rows.
                return 0 if probe.about_rows else probe.if_it_fails or 0
            except _UNFIT:
                if probe.if_it_fails is None:
                    raise
                return probe.if_it_fails
        return int(row[0]) if row else 0

    def preserve(self, successors: Mapping[Name, Relation]) -> Mapping[Name, Sequence[Preserved]]:
        """Return what restores owner, grants, comments and the like of relations, within `snapshot`."""
        if not successors:
            return {}
        from schemasync.engines.postgresql import preserve  # noqa: PLC0415 - slow, and seldom needed

        with translated(self._parameters, statement="read what has to survive"):
            return preserve.read(self._connection, successors)

    @contextmanager
    def snapshot(self, timeouts: Timeouts) -> Iterator[None]:
        """Let all reads of the block see one moment, and write nothing."""
        with self._transaction(_SNAPSHOT):
            with translated(self._parameters, statement="begin"):
                set_local(self._connection, limits(timeouts))
            yield

    def check_role(self, role: str) -> None:
        """Raise Refused, naming the right, if the login may not take this role."""
        right = "SET" if self.server_version >= _SET_OPTION_VERSION else "MEMBER"
        login = self._connection.info.user
        with translated(self._parameters):
            try:
                row = self._connection.execute("SELECT pg_has_role(%s, %s)", [role, right]).fetchone()
            except errors.UndefinedObject:
                row = None
        if row is None or not row[0]:
            raise Refused(
                f"the login {login!r} may not become the role {role!r}, or there is no such role: "
                f"GRANT {QUOTER.name(role)} TO {QUOTER.name(login)}",
                reason="RoleNotGranted",
            )

    @contextmanager
    def begin(self, holder: str, timeouts: Timeouts) -> Iterator[PostgresTransaction]:
        """Open the apply transaction and hold the lock row in it. Raises LockLost."""
        with self._transaction(_APPLY):
            transaction = PostgresTransaction(self._connection, self.control, self._parameters, holder)
            with translated(self._parameters, statement="begin"):
                transaction.begin(timeouts, self._target.role, self._search_path)
            yield transaction

    @property
    def _search_path(self) -> str:
        """Where the types of extensions are found, whatever the login's own search_path is."""
        return QUOTER.names(dict.fromkeys((self.namespace, *self.dialect.features.schemas)))

    @contextmanager
    def _transaction(self, begin: LiteralString) -> Iterator[None]:
        """Undo whatever the block does not commit itself."""
        with translated(self._parameters, statement="begin"):
            self._connection.execute(begin)
        try:
            yield
        finally:
            # A connection that is lost has undone it already.
            with suppress(errors.Error):
                self._connection.rollback()

    def heartbeat(self) -> PostgresHeartbeat:
        """Return a heartbeat over a second connection."""
        return PostgresHeartbeat(self._parameters, self.namespace)

    def cancel(self) -> None:
        """End the statement that runs, if one does, from another thread."""
        connection = self.__dict__.get("_connection")
        if connection is not None:
            # A server that is not reached any more has nothing to cancel.
            with suppress(errors.Error):
                connection.cancel_safe(timeout=_CANCEL_WITHIN)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if "_connection" in self.__dict__:
            self._connection.close()


class PostgresTransaction:
    """One apply. Without `finish` nothing of it is kept."""

    def __init__(
        self, connection: Connection, control: PostgresControl, parameters: Parameters, holder: str
    ) -> None:
        self._connection = connection
        self._control = control
        self._parameters = parameters
        self._holder = holder

    def begin(self, timeouts: Timeouts, role: str | None, search_path: str) -> None:
        """Set what holds for this transaction only, hold the lock row, and become the role."""
        settings = {"client_connection_check_interval": _CLIENT_CHECK, "search_path": search_path}
        set_local(self._connection, {**limits(timeouts), **settings})
        if not self._control.hold(self._holder):
            raise LockLost("another process took the lock before the apply began; nothing was changed")
        if role is not None:
            self._connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))

    def execute(self, statement: Statement) -> None:
        """Run one statement of the plan."""
        where = f"{statement.relation}: {statement.detail}"
        with translated(self._parameters, statement=where):
            self._connection.execute(statement.command.encode())

    def inspect(self, names: Sequence[Name]) -> Catalog:
        """Return what is there of these relations now."""
        with translated(self._parameters, statement="read the catalogs"):
            return _inspect(self._connection, names, {}, 0)

    def keep(self, state: StateChange) -> None:
        """Store state as the login user and commit, with the lock still held. Raises LockLost."""
        with translated(self._parameters, statement="store the state"):
            self._connection.execute("SET LOCAL ROLE NONE")
            self._control.store(state)
            if not self._control.hold(self._holder):
                raise LockLost("another process took the lock while this one applied; nothing was changed")
            self._connection.commit()

    def finish(self, state: StateChange) -> None:
        """Store state as the login user, give the lock back, commit. Raises LockLost."""
        with translated(self._parameters, statement="store the state"):
            self._connection.execute("SET LOCAL ROLE NONE")
            self._control.store(state)
            if not self._control.surrender(self._holder):
                raise LockLost("another process took the lock while this one applied; nothing was changed")
            self._connection.commit()


def limits(timeouts: Timeouts) -> dict[str, str]:
    """Return the settings that keep statements within their times."""
    return {
        "lock_timeout": f"{milliseconds(timeouts.lock)}ms",
        "statement_timeout": f"{milliseconds(timeouts.statement)}ms",
    }


def set_local(connection: Connection, settings: Mapping[str, str]) -> None:
    """Set what holds for this transaction only: a pooler would lose anything else."""
    for name, value in settings.items():
        connection.execute(SET_LOCAL, [name, value])


def _inspect(
    connection: Connection, names: Sequence[Name], definitions: Mapping[str, DefinitionRow], version: int
) -> Catalog:
    set_local(connection, {"search_path": ""})
    return Inspector(connection, definitions, version).catalog(names)

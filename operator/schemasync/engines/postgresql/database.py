"""One PostgreSQL database: inspecting it, and applying a plan to it, over one connection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, LiteralString

from psycopg import errors, sql

from schemasync.engines.postgresql.address import Parameters, read_url
from schemasync.engines.postgresql.bounds import PLANNING, applying, beginning, planning
from schemasync.engines.postgresql.connection import open_connection, translated
from schemasync.engines.postgresql.control import SET_LOCAL, PostgresControl, PostgresHeartbeat, milliseconds
from schemasync.engines.postgresql.ddl import MAX_NAME, QUOTER
from schemasync.engines.postgresql.dialect import PostgresDialect
from schemasync.engines.postgresql.features import EXTENSIONS, QUERY, Features
from schemasync.engines.postgresql.inspect import Inspector
from schemasync.engines.sql import cut
from schemasync.errors import ConnectionFailed, LockLost, Refused
from schemasync.plan import Stage

if TYPE_CHECKING:
    from schemasync.catalog import Catalog, DefinitionRow, Name, Relation
    from schemasync.engines.base import Preserved, StateChange, Target, Timeouts
    from schemasync.engines.postgresql.bounds import BoundedConnection
    from schemasync.engines.postgresql.connection import Connection
    from schemasync.plan import Probe, Statement

# What the server says of a value, or a type, that does not fit.
_UNFIT = (errors.DataError, errors.UndefinedFunction, errors.CannotCoerce)
# What is made without a schema's name is made in the namespace: extensions. Columns may be of a type or
# have a collation that is there, and what fills rows has the triggers of the rows run.
_INTO_NAMESPACE = Stage.CREATE_SCHEMAS
_IN_NAMESPACE = frozenset({Stage.CREATE, Stage.ALTER, Stage.FILL})
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_APPLY = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE"
# The server looks this often whether a client that has it work is still there.
_CLIENT_CHECK = "5s"
_CANCEL_WITHIN = 5.0  # seconds
_HAS_ROLE = "SELECT pg_catalog.pg_has_role(%s::pg_catalog.name, %s::pg_catalog.text)"
# From here on, membership in a role and the right to become it are two things.
_SET_OPTION_VERSION = 16


class PostgresDatabase:
    """A database; it connects when it is first used."""

    def __init__(self, target: Target) -> None:
        """Read the target. Raises InvalidTarget."""
        self._target = target
        self._parameters = read_url(target)
        # Not cached properties: before Python 3.12 all instances of a class share the lock of one, so
        # that a server that is slow to answer would hold up whoever connects to another.
        self._opened: BoundedConnection | None = None
        self._control: PostgresControl | None = None
        self._dialect: PostgresDialect | None = None
        self._schemas: list[str] | None = None

    @property
    def _connection(self) -> BoundedConnection:
        if self._opened is None:
            self._opened = open_connection(self._parameters)
        return self._opened

    @property
    def control(self) -> PostgresControl:
        """The control table. Connects."""
        if self._control is None:
            schema = cut(self._target.schema, MAX_NAME) if self._target.schema else None
            self._control = PostgresControl(self._connection, self._parameters, schema)
        return self._control

    @property
    def dialect(self) -> PostgresDialect:
        """The pure half, for what this server has. Asks the server."""
        if self._dialect is None:
            self._dialect = self._ask_for_features()
        return self._dialect

    def _ask_for_features(self) -> PostgresDialect:
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
        with translated(self._parameters):
            set_local(self._connection, {"search_path": search_path(self._extension_schemas)})
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
                try:
                    return self._ask(probe)
                except errors.UndefinedObject:  # a type of the namespace's own
                    return self._ask(probe, search_path([*self._extension_schemas, self.namespace]))
            except errors.UndefinedObject:
                # A type that there is not is told by a question of its own, and not by one about rows.
                return 0 if probe.about_rows else probe.if_it_fails or 0
            except _UNFIT:
                if probe.if_it_fails is None:
                    raise
                return probe.if_it_fails

    def _ask(self, probe: Probe, path: str | None = None) -> int:
        # Rolled back, so that another search_path holds for this question only: nothing is written.
        with self._connection.transaction(force_rollback=True):
            if path is not None:
                set_local(self._connection, {"search_path": path})
            row = self._connection.execute(probe.query.encode()).fetchone()
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
        with self._transaction(_SNAPSHOT), self._connection.bounded(planning(timeouts.statement)):
            # Asked for while the search_path is the login's own.
            _ = self.namespace
            with translated(self._parameters, statement="begin"):
                set_local(self._connection, {**limits(timeouts), "search_path": ""})
            yield

    def check_role(self, role: str) -> None:
        """Raise Refused, naming the right, if the login may not take this role."""
        right = "SET" if self.server_version >= _SET_OPTION_VERSION else "MEMBER"
        login = self._connection.info.user
        with translated(self._parameters):
            try:
                row = self._connection.execute(_HAS_ROLE, [role, right]).fetchone()
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
            path = Path(self._connection, self.namespace, self._extension_schemas)
            transaction = PostgresTransaction(self._connection, self.control, self._parameters, holder, path)
            bounds = beginning(timeouts.lock)
            with translated(self._parameters, statement="begin"), self._connection.bounded(bounds):
                transaction.begin(timeouts, self._target.role)
            with self._connection.bounded(applying(timeouts.statement)):
                yield transaction

    @property
    def _extension_schemas(self) -> list[str]:
        """Where the types of extensions are; an apply that makes an extension adds to it."""
        if self._schemas is None:
            self._schemas = list(self.dialect.features.schemas)
        return self._schemas

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

    def release(self, holder: str) -> None:
        """Give the lock back, if it is still `holder`'s, over a new connection where this one is lost."""
        try:
            self.control.release(holder)
        except ConnectionFailed:
            namespace = self.namespace
            with closing(open_connection(self._parameters)) as another:
                PostgresControl(another, self._parameters, namespace).release(holder)

    def heartbeat(self) -> PostgresHeartbeat:
        """Return a heartbeat over a second connection."""
        return PostgresHeartbeat(self._parameters, self.namespace)

    def cancel(self) -> None:
        """End the statement that runs, if one does, from another thread."""
        connection = self._opened
        if connection is not None:
            # A server that is not reached any more has nothing to cancel.
            with suppress(errors.Error):
                connection.cancel_safe(timeout=_CANCEL_WITHIN)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._opened is not None:
            self._opened.close()


class Path:
    """The search_path of an apply.

    Names of ours stand in full. It holds the namespace, where somebody else may put operators and
    functions that fit better than the server's own, only for what cannot do without it and has
    no expressions but of exactly the server's types.
    """

    def __init__(self, connection: Connection, namespace: str, extension_schemas: list[str]) -> None:
        self._connection = connection
        self._namespace = namespace
        self._schemas = extension_schemas
        self._current: str | None = None

    def set_for(self, statement: Statement) -> None:
        """Set what a statement needs: the extensions' schemas, and the namespace where it has to be."""
        wanted = search_path(self._schemas)
        if statement.command.startswith("SELECT"):
            wanted = search_path([])  # what sets a counter is the server's own alone
        elif statement.stage is _INTO_NAMESPACE:
            wanted = search_path([self._namespace, *self._schemas])
        elif statement.stage in _IN_NAMESPACE:
            wanted = search_path([*self._schemas, self._namespace])
        self._set(wanted)
        if statement.command.startswith("CREATE EXTENSION") and self._namespace not in self._schemas:
            self._schemas.append(self._namespace)

    def widen(self) -> None:
        """Let the next statement see the namespace after all."""
        self._set(search_path([*self._schemas, self._namespace]))

    def _set(self, wanted: str) -> None:
        if wanted != self._current:
            set_local(self._connection, {"search_path": wanted})
            self._current = wanted


class PostgresTransaction:
    """One apply. Without `finish` nothing of it is kept."""

    def __init__(
        self,
        connection: BoundedConnection,
        control: PostgresControl,
        parameters: Parameters,
        holder: str,
        path: Path,
    ) -> None:
        self._connection = connection
        self._control = control
        self._parameters = parameters
        self._holder = holder
        self._path = path

    def begin(self, timeouts: Timeouts, role: str | None) -> None:
        """Set what holds for this transaction only, hold the lock row, and become the role."""
        settings = {
            "client_connection_check_interval": _CLIENT_CHECK,
            "search_path": "",
            # Notices are read by nobody, and a trigger may send any number of them.
            "client_min_messages": "error",
        }
        set_local(self._connection, {**limits(timeouts), **settings})
        if not self._control.hold(self._holder):
            raise LockLost("another process took the lock before the apply began; nothing was changed")
        if role is not None:
            self._connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))

    def execute(self, statement: Statement) -> None:
        """Run one statement of the plan."""
        where = f"{statement.relation}: {statement.detail}"
        with translated(self._parameters, statement=where):
            self._path.set_for(statement)
            if statement.stage is Stage.CREATE_VIEWS:
                self._make_view(statement)
            else:
                self._connection.execute(statement.command.encode())

    def _make_view(self, statement: Statement) -> None:
        """Make a view; the namespace is looked into where a type of its own has its operators there."""
        try:
            with self._connection.transaction():
                self._connection.execute(statement.command.encode())
        except (errors.UndefinedFunction, errors.UndefinedObject):
            self._path.widen()
            self._connection.execute(statement.command.encode())

    def inspect(self, names: Sequence[Name]) -> Catalog:
        """Return what is there of these relations now."""
        with translated(self._parameters, statement="read the catalogs"):
            return _inspect(self._connection, names, {}, 0)

    def keep(self, state: StateChange) -> None:
        """Store state as the login user and commit, with the lock still held. Raises LockLost."""
        with translated(self._parameters, statement="store the state"), self._connection.bounded(PLANNING):
            self._connection.execute("SET LOCAL ROLE NONE")
            self._control.store(state)
            if not self._control.hold(self._holder):
                raise LockLost("another process took the lock while this one applied; nothing was changed")
            self._connection.commit()

    def finish(self, state: StateChange) -> None:
        """Store state as the login user, give the lock back, commit. Raises LockLost."""
        with translated(self._parameters, statement="store the state"), self._connection.bounded(PLANNING):
            self._connection.execute("SET LOCAL ROLE NONE")
            self._control.store(state)
            if not self._control.surrender(self._holder):
                raise LockLost("another process took the lock while this one applied; nothing was changed")
            self._connection.commit()


def search_path(schemas: Iterable[str]) -> str:
    """Return a search_path; the server's own objects come first without being named, temporary ones last."""
    return QUOTER.names(dict.fromkeys((*schemas, "pg_temp")))


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

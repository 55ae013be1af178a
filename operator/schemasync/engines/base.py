"""What an engine is: a pure dialect, a database that does the I/O, and the control table in it.

`sync` knows engines only by these protocols. What an engine can do is data (`Capabilities`);
nothing above this package asks which engine it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from schemasync.catalog import Catalog, Column, DefinitionRow, Name, Relation, View
from schemasync.changes import Change
from schemasync.model import Field, Schema
from schemasync.plan import Probe, Refusal, Statement

# Indexes of this prefix are ours; all others are somebody else's and left alone.
INDEX_PREFIX = "atscript__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an engine can do: whether DDL is transactional, whether relations live in schemas."""

    transactional_ddl: bool
    schemas: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to sync to. `url` holds the secret and is never shown.

    `schema` is the namespace of the control table and of relations that name none (None: the
    connection's own), `role` the owner of what is created, `connect_timeout` in seconds.
    """

    url: str = field(repr=False)
    schema: str | None = None
    role: str | None = None
    connect_timeout: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Per statement, in seconds: `lock` for waiting for a lock, `statement` for the whole; 0 is none."""

    lock: float = 5.0
    statement: float = 0.0


class Dialect(Protocol):
    """The pure half of an engine."""

    name: str
    capabilities: Capabilities

    def physical(self, schema: Schema, namespace: str) -> Physical:
        """Return what the database shall hold; relations that name no schema live in `namespace`."""

    def stored_name(self, name: str) -> str:
        """Return a name as the server keeps it."""

    def same(self, wanted: Column, actual: Column) -> bool:
        """Return whether two columns of one name mean the same to the server."""

    def keeps_dependants(self, before: Column, after: Column) -> bool:
        """Return whether what depends on a column stays as it is when the column is changed."""

    def replaceable(self, wanted: View, actual: View) -> bool:
        """Return whether a view's query can be replaced without dropping the view."""

    def destroys(self, change: Change) -> bool:
        """Return whether safe mode leaves a change out: it destroys or loosens something."""

    def locks(self, statement: Statement) -> int:
        """Return about how many locks a statement takes that its transaction has not yet."""

    @property
    def lock_capacity(self) -> int:
        """How many locks one transaction may take on this server."""

    def render(self, changes: Sequence[Change]) -> Sequence[Statement | Refusal]:
        """Return the statements that make all changes of one relation, or why one cannot be made.

        They come together so that an engine can put what it is able to into one command.
        """

    def mapped_type(self, item: Field) -> str:
        """Return the type that snapshots name for a field."""


class Scope(Enum):
    """Which relations can have something that is to survive."""

    ANY = auto()
    """Tables and views alike, under any name: owner, rights, remarks."""
    OWN = auto()
    """Those of one kind, under any name."""
    STORAGE = auto()
    """Likewise; but it is about how a relation is kept, and not missed by one of another kind."""
    FOREIGN = auto()
    """This one under its own name: an object of somebody else, as the server prints it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preserved:
    """A command that restores something of a relation that is dropped and made again.

    `what` names it for people. One about a `part`, a key, an index or a counter, is needed wherever
    that is made again, and only there. It makes sense only while the relation has all `columns`, if
    `typed` with the types that they had. `replaced` marks what a view loses even when only its
    query is replaced.
    """

    command: str
    what: str
    part: str | None = None
    columns: frozenset[str] = frozenset()
    typed: bool = False
    replaced: bool = False
    scope: Scope = Scope.OWN


def counter_of(column: Column) -> str:
    """Return the name of a column's counter as a part of its table."""
    return f"counter of {column.origin or column.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Physical:
    """A wanted catalog, with what the engine has to say of single relations.

    `prerequisites` are changes that it needs beyond relations: extensions, collations.
    `names` gives each relation of the model, by its declared name, its name in the database.
    """

    catalog: Catalog
    names: Mapping[str, Name]
    prerequisites: tuple[Change, ...] = ()
    warnings: Mapping[Name, tuple[str, ...]] = field(default_factory=dict)
    errors: Mapping[Name, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds the lock; `advice` says what to do where it does not end by itself."""

    name: str
    advice: str = "it is taken over once it expires without being renewed"


class ControlStore(Protocol):
    """The control table: state, and the lock row. Every method is one statement or one short transaction."""

    def read(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the values of these rows; a missing table has none. One statement."""

    def read_all(self) -> Mapping[str, str]:
        """Return every row but the lock's; a missing table has none."""

    def acquire(self, holder: str, ttl: float) -> Holder | None:
        """Take the lock, for `ttl` seconds; return None, or who holds it.

        Makes the control table if it is missing; losing a race to do so is no error.
        """

    def stamp(self, key: str, value: str, schema_hash: str) -> None:
        """Write one row, if the schema's hash is still this one; where that may not be, nothing."""

    def release(self, holder: str) -> None:
        """Give the lock back, if it is still `holder`'s."""


class Heartbeat(Protocol):
    """A connection of its own that renews the lock."""

    def renew(self, holder: str, ttl: float) -> bool:
        """Return whether `holder` still had the lock, which now lasts `ttl` seconds more."""

    def close(self) -> None:
        """Close the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """What a finished apply writes to the control table: rows to set, ids of rows to delete."""

    rows: Mapping[str, str]
    delete: Sequence[str] = ()


class Transaction(Protocol):
    """One apply: everything or nothing. Leaving it without `finish` undoes it."""

    def execute(self, statement: Statement) -> None:
        """Run one statement of the plan."""

    def inspect(self, names: Sequence[Name]) -> Catalog:
        """Return what is there of these relations now; their definitions as the server prints them."""

    def keep(self, state: StateChange) -> None:
        """Store state and commit, with the lock still held. Raises LockLost."""

    def finish(self, state: StateChange) -> None:
        """Store state, give the lock back, commit.

        Raises LockLost when the lock row is no longer this holder's; nothing is kept then.
        """


class Database(Protocol):
    """The half of an engine that does I/O, over one connection."""

    @property
    def dialect(self) -> Dialect:
        """The engine's pure half, for what this server has. Asks the server."""

    @property
    def control(self) -> ControlStore:
        """The control table. Connects."""

    @property
    def namespace(self) -> str:
        """The schema of the control table and of relations that name none. May ask the server."""

    @property
    def server_version(self) -> int:
        """The server's major version."""

    def inspect(self, names: Sequence[Name], definitions: Mapping[str, DefinitionRow]) -> Catalog:
        """Return what is there of these relations, within `snapshot`.

        `definitions` are the rows that the control table keeps of them, by object.
        """

    def probe(self, probes: Sequence[Probe]) -> Sequence[int]:
        """Return how many rows each question is about, within `snapshot`."""

    def preserve(self, successors: Mapping[Name, Relation]) -> Mapping[Name, Sequence[Preserved]]:
        """Return what restores owner, grants, comments and the like of relations, within `snapshot`.

        `successors` gives what takes the place of each by the name that it has.
        """

    def snapshot(self, timeouts: Timeouts) -> AbstractContextManager[None]:
        """Let all reads of the block see one moment, each of them within these times."""

    def check_role(self, role: str) -> None:
        """Raise Refused, naming the right, if the login may not take this role."""

    def begin(self, holder: str, timeouts: Timeouts) -> AbstractContextManager[Transaction]:
        """Open the apply transaction and hold the lock row in it, or raise LockLost."""

    def release(self, holder: str) -> None:
        """Give the lock back, if it is still `holder`'s, over a new connection where this one is lost."""

    def heartbeat(self) -> Heartbeat:
        """Return a heartbeat over a second connection."""

    def cancel(self) -> None:
        """End the statement that runs, if one does, from another thread. Takes a few seconds at most."""

    def close(self) -> None:
        """Close the connection."""

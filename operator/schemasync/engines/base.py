"""What an engine is: a pure dialect, a database that does the I/O, and the control table in it.

`sync` knows engines only by these protocols. What an engine can do is data (`Capabilities`);
nothing above this package asks which engine it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from schemasync.catalog import Catalog, Column, DefinitionRow, Name
from schemasync.changes import Change
from schemasync.model import Field, Schema
from schemasync.plan import Refusal, Statement


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

    def same(self, wanted: Column, actual: Column) -> bool:
        """Return whether two columns of one name mean the same to the server."""

    def render(self, change: Change) -> Sequence[Statement] | Refusal:
        """Return the statements that make a change, or why it cannot be made."""

    def mapped_type(self, item: Field) -> str:
        """Return the type that snapshots name for a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Physical:
    """A wanted catalog, with what the engine has to say of single relations."""

    catalog: Catalog
    warnings: Mapping[Name, tuple[str, ...]] = field(default_factory=dict)
    errors: Mapping[Name, tuple[str, ...]] = field(default_factory=dict)


class ControlStore(Protocol):
    """The control table: state, and the lock row. Every method is one statement or one short transaction."""

    def read(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the values of these rows; a missing table has none. One statement."""

    def read_all(self) -> Mapping[str, str]:
        """Return every row but the lock's."""

    def create(self) -> None:
        """Make the control table if it is missing; losing a race to do so is no error."""

    def acquire(self, holder: str, ttl: float) -> str | None:
        """Take the lock, for `ttl` seconds; return None, or who holds it."""

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

    def definitions(self, names: Sequence[Name]) -> Mapping[str, DefinitionRow]:
        """Return what the server makes of the definitions that were just made, by object."""

    def finish(self, state: StateChange) -> None:
        """Store state, give the lock back, commit.

        Raises LockLost when the lock row is no longer this holder's; nothing is kept then.
        """


class Database(Protocol):
    """The half of an engine that does I/O, over one connection."""

    dialect: Dialect
    control: ControlStore

    @property
    def namespace(self) -> str:
        """The schema of relations that name none."""

    def inspect(self, names: Sequence[Name], state: Mapping[str, str]) -> Catalog:
        """Return what is there of these relations, given the control table's rows."""

    def begin(self, holder: str, timeouts: Timeouts) -> AbstractContextManager[Transaction]:
        """Open the apply transaction and hold the lock row in it, or raise LockLost."""

    def heartbeat(self) -> Heartbeat:
        """Return a heartbeat over a second connection."""

    def close(self) -> None:
        """Close the connection."""

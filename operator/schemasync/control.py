"""The control table's meaning: who owns the database, what it was synced to, and who may sync it now.

The table itself is an engine's (`ControlStore`); its rows are shared with other writers, save
those that begin with `schemasync:`.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from schemasync import stored
from schemasync.catalog import DefinitionRow
from schemasync.errors import InvalidTarget, LockLost, LockTimeout, SchemaSyncError

if TYPE_CHECKING:
    from schemasync.engines.base import ControlStore, Database, Heartbeat

SCHEMA_VERSION = "schema_version"
TRACKED = "synced_tables"
SNAPSHOT = "table_snapshot:"
SOURCE = "schemasync:source"
DIGEST = "schemasync:digest"
OWNER = "schemasync:owner"
RELATION = "schemasync:relation:"
DEFINITION = "schemasync:definition:"
RENAMED = "schemasync:renamed:"

_BRIEF = 300

STATE_IDS = (SCHEMA_VERSION, SOURCE, DIGEST, OWNER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Which SchemaSync of which cluster a control table belongs to."""

    cluster: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.cluster}/{self.namespace}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Owner:
        """Read the text of an owner. Names have no slash; a cluster's may. Raises ValueError."""
        cluster, namespace, name = text.rsplit("/", 2)
        return cls(cluster=cluster, namespace=namespace, name=name)


def brief(owner: str | None) -> str:
    """Return the text of an owner, cut where it is longer than a message should be."""
    text = owner or ""
    return text if len(text) <= _BRIEF else f"{text[:_BRIEF]}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A digest with the schema hash that it belongs to: another writer changes only the hash."""

    digest: str
    hash: str

    def dump(self) -> str:
        """Return the text of the row."""
        return json.dumps({"digest": self.digest, "hash": self.hash})

    @classmethod
    def parse(cls, text: str | None) -> Stamp | None:
        """Read a row; None where it is missing or not ours to read."""
        match stored.read(text):
            case {"digest": str(digest), "hash": str(schema_hash)}:
                return cls(digest=digest, hash=schema_hash)
            case _:
                return None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the hash check reads."""

    hash: str | None
    digest: Stamp | None
    source: Stamp | None
    owner: str | None

    @classmethod
    def parse(cls, rows: Mapping[str, str]) -> State:
        """Read the rows of `STATE_IDS`."""
        return cls(
            hash=rows.get(SCHEMA_VERSION),
            digest=Stamp.parse(rows.get(DIGEST)),
            source=Stamp.parse(rows.get(SOURCE)),
            owner=rows.get(OWNER),
        )

    def from_source(self, source: str) -> bool:
        """Return whether the database was last synced from exactly these bytes."""
        return self.hash is not None and self.source == Stamp(digest=source, hash=self.hash)

    def of_schema(self, schema_hash: str, digest: str) -> bool:
        """Return whether the database was last synced to exactly this schema."""
        return self.hash == schema_hash and self.digest == Stamp(digest=digest, hash=schema_hash)


def parse_definitions(rows: Mapping[str, str]) -> Mapping[str, DefinitionRow]:
    """Return the definition rows by object; one that cannot be read counts as missing."""
    return {
        key.removeprefix(DEFINITION): row
        for key, text in rows.items()
        if key.startswith(DEFINITION) and (row := _parse_definition(text)) is not None
    }


def _parse_definition(text: str) -> DefinitionRow | None:
    match stored.read(text):
        case {"wanted": str(wanted), "printed": str(printed), "server": int(server)}:
            return DefinitionRow(wanted=wanted, printed=printed, server=server)
        case _:
            return None


def dump_definition(row: DefinitionRow) -> str:
    """Return the text of a definition row."""
    return json.dumps({"wanted": row.wanted, "printed": row.printed, "server": row.server})


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSettings:
    """How the lock is taken. `ttl`, `wait` and `poll` in seconds; a `wait` of 0 tries once.

    `pod_id` is what others see as the holder: the Pod's name where there is one, else chance.
    """

    ttl: float = 30.0
    wait: float = 60.0
    poll: float = 0.5
    pod_id: str | None = field(default_factory=lambda: os.environ.get("POD_NAME") or None)

    def __post_init__(self) -> None:
        """Raise InvalidTarget for times that cannot work."""
        if self.ttl <= 0 or self.poll <= 0 or self.wait < 0:
            raise InvalidTarget("lock times must be positive: ttl and poll above 0, wait 0 or more")


class Clock(Protocol):
    """Time and chance, passed in."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""

    def sleep(self, seconds: float) -> None:
        """Wait."""

    def random(self) -> float:
        """Return a number from 0 to 1."""

    def token(self) -> str:
        """Return a text that nobody else has."""


class SystemClock:
    """Real time, real chance."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def random(self) -> float:
        """Return a number from 0 to 1."""
        return random.random()  # noqa: S311 - spreads retries, guards nothing

    def token(self) -> str:
        """Return a text that nobody else has."""
        return uuid.uuid4().hex


# Seconds that the end of a run waits for a renewal that is under way.
_PATIENCE = 2.0


class Lock:
    """The lock, held: renewed every third of its time by a thread of its own.

    `check` tells whether it is still held; an error of a renewal is tried again until the
    lock would have expired.
    """

    def __init__(self, heartbeat: Heartbeat, holder: str, ttl: float, clock: Clock) -> None:
        self.holder = holder
        self._heartbeat = heartbeat
        self._ttl = ttl
        self._clock = clock
        self._lost = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lock-heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to renew."""
        self._thread.start()

    def stop(self) -> None:
        """End renewing. A renewal that hangs is not waited for: it ends with its connection."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(_PATIENCE)

    def check(self) -> None:
        """Raise LockLost if the lock is no longer held."""
        if self._lost:
            raise LockLost(
                "another process took the lock over, or it could not be renewed; nothing was changed"
            )

    def _beat(self) -> None:
        with closing(self._heartbeat):
            self._renew()

    def _renew(self) -> None:
        expires = self._clock.monotonic() + self._ttl
        while not self._stop.wait(self._ttl / 3) and not self._lost:
            begun = self._clock.monotonic()
            try:
                self._lost = not self._heartbeat.renew(self.holder, self._ttl)
                expires = begun + self._ttl
            except SchemaSyncError:
                self._lost = begun >= expires


@contextmanager
def locked(
    database: Database,
    settings: LockSettings,
    clock: Clock,
    waiting: Callable[[str], None],
) -> Iterator[Lock]:
    """Hold the lock for the length of the block; `waiting` is called with the holder while another has it.

    Raises LockTimeout, naming the holder.
    """
    holder = f"{settings.pod_id or clock.token()}/{clock.token()}"
    lock: Lock | None = None
    try:
        wait_for_lock(database.control, holder, settings, clock, waiting)
        lock = Lock(database.heartbeat(), holder, settings.ttl, clock)
        lock.start()
        yield lock
    finally:
        if lock is not None:
            lock.stop()
        _release(database, holder)


def _release(database: Database, holder: str) -> None:
    """Give the lock back. Where that fails the lock expires: what ended the block matters more."""
    try:
        database.release(holder)
    except SchemaSyncError:
        return


def wait_for_lock(
    control: ControlStore, holder: str, settings: LockSettings, clock: Clock, waiting: Callable[[str], None]
) -> None:
    """Take the lock, waiting for it as long as `settings.wait`. Raises LockTimeout."""
    deadline = clock.monotonic() + settings.wait
    while (other := control.acquire(holder, settings.ttl)) is not None:
        waiting(other.name)
        left = deadline - clock.monotonic()
        if left <= 0:
            raise LockTimeout(
                f"{other.name} has held the lock of this database for more than {settings.wait:g} s; "
                f"{other.advice}",
                holder=other.name,
            )
        clock.sleep(min(settings.poll, left))

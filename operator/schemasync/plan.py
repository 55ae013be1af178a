"""A plan: what will be done to a database, statement by statement, with what can go wrong.

The same plan is printed, reported, approved and executed. This module orders statements,
gathers them into one entry a relation, and gives the whole an id. It makes no SQL.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum, auto
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush

from schemasync.catalog import Catalog, Name

# Something that a statement makes or needs: ("relation", "public.users").
Thing = tuple[str, str]

SHORT_ID = 12


class HazardKind(StrEnum):
    """What a statement can do beyond what was asked; the words are stable."""

    DELETES_DATA = "DeletesData"
    CHANGES_DATA = "ChangesData"
    REWRITES_TABLE = "RewritesTable"
    REBUILDS_VIEW = "RebuildsView"
    BLOCKS_WRITES = "BlocksWrites"
    BACKFILLS = "Backfills"


class Stage(IntEnum):
    """When a statement runs: what stands in the way goes first, what stands on others comes last."""

    DROP_VIEWS = auto()
    DROP_KEYS = auto()
    DROP_INDEXES = auto()
    DROP_TABLES = auto()
    CREATE_SCHEMAS = auto()
    RENAME_AWAY = auto()
    RENAME = auto()
    RENAME_BACK = auto()
    RENAME_COLUMNS_AWAY = auto()
    RENAME_COLUMNS = auto()
    RENAME_COLUMNS_BACK = auto()
    CREATE = auto()
    LOOSEN = auto()
    ALTER = auto()
    FILL = auto()
    TIGHTEN = auto()
    CREATE_INDEXES = auto()
    CREATE_KEYS = auto()
    CREATE_VIEWS = auto()
    RESTORE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """A hazard of one statement; `rows` is how many it concerns, where that was counted."""

    kind: HazardKind
    message: str
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A question about the rows that are there, asked when planning.

    `query` returns a number of rows; where it is none there is nothing to say. Else `message` is a
    hazard of this `kind`, or an error of the plan's entry where there is no kind. A query that
    may fail on a row says in `if_it_fails` how many rows that stands for. One that is not
    `about_rows` only tells whether something can be at all.
    """

    query: str
    message: str
    kind: HazardKind | None = None
    if_it_fails: int | None = None
    about_rows: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One command for the server, without its terminator.

    `relation` names the relation whose plan entry shows it; `detail` says in words what it does,
    None for what only serves another statement. `stage` says when it runs, and within a stage
    `requires` and `provides` do. `destructive` marks what loses something that rows or people put there.
    """

    relation: Name
    command: str
    detail: str | None
    stage: Stage
    destructive: bool = False
    hazards: tuple[Hazard, ...] = ()
    probes: tuple[Probe, ...] = ()
    provides: frozenset[Thing] = frozenset()
    requires: frozenset[Thing] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a change cannot be made, and what to do about it; the plan's entry becomes an error.

    An `external` one is about a view of somebody else and holds nothing else back.
    """

    relation: Name
    message: str
    external: bool = False


class Kind(StrEnum):
    """What an entry is about; views carry their mark V, M or E in `view_type`."""

    TABLE = "table"
    VIEW = "view"


class EntryStatus(StrEnum):
    """What will happen to a relation."""

    CREATE = "create"
    ALTER = "alter"
    DROP = "drop"
    IN_SYNC = "in-sync"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the plan does to one relation, in words (`details`) and in statements.

    `external` marks an error that is only about a view of somebody else; `skipped` says what
    safe mode leaves out, and `untouched` which definitions stay as they were for it.
    """

    name: str
    relation: Name
    kind: Kind
    status: EntryStatus
    view_type: str | None = None
    external: bool = False
    destructive: bool = False
    details: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    skipped: tuple[str, ...] = ()
    untouched: frozenset[str] = frozenset()

    @property
    def hazards(self) -> tuple[Hazard, ...]:
        """The hazards of all its statements."""
        return tuple(hazard for statement in self.statements for hazard in statement.hazards)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All entries, one a relation, and all statements in the order in which they run."""

    id: str
    entries: tuple[Entry, ...]
    statements: tuple[Statement, ...]

    @property
    def short_id(self) -> str:
        """The part of the id that is shown and enough to approve."""
        return self.id[:SHORT_ID]

    @property
    def destructive(self) -> bool:
        """Whether any entry destroys something."""
        return any(entry.destructive for entry in self.entries)

    @property
    def errors(self) -> tuple[Entry, ...]:
        """The entries that keep the plan from being applied."""
        return tuple(
            entry for entry in self.entries if entry.status is EntryStatus.ERROR and not entry.external
        )

    @property
    def external_errors(self) -> tuple[Entry, ...]:
        """The entries about views of somebody else that are not as declared; they hold nothing back."""
        return tuple(entry for entry in self.entries if entry.external)

    @property
    def skips(self) -> bool:
        """Whether safe mode leaves anything out."""
        return any(entry.skipped for entry in self.entries)

    @property
    def empty(self) -> bool:
        """Whether every relation is in sync."""
        return all(entry.status is EntryStatus.IN_SYNC for entry in self.entries)

    def count(self, status: EntryStatus) -> int:
        """Return how many entries have this status."""
        return Counter(entry.status for entry in self.entries)[status]

    @property
    def summary(self) -> dict[str, int]:
        """Counts by status, under the keys of the reports."""
        counts = Counter(entry.status for entry in self.entries)
        keys = {
            "create": EntryStatus.CREATE,
            "alter": EntryStatus.ALTER,
            "drop": EntryStatus.DROP,
            "inSync": EntryStatus.IN_SYNC,
            "error": EntryStatus.ERROR,
            "skipped": EntryStatus.SKIPPED,
        }
        return {key: counts[status] for key, status in keys.items()}


def make_plan(entries: Sequence[Entry], actual: Catalog, former: Mapping[Name, Name] | None = None) -> Plan:
    """Order the entries' statements and give the plan its id; `former` has names before renaming."""
    sound = (entry for entry in entries if entry.status is not EntryStatus.ERROR)
    statements = order([statement for entry in sound for statement in entry.statements])
    return Plan(id=plan_id(statements, actual, former), entries=tuple(entries), statements=statements)


def order(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Sort statements by stage, and within one so that what one requires was provided before.

    Ties keep the given order. Raises ValueError on a cycle, which a dialect must not produce.
    """
    by_stage: dict[Stage, list[Statement]] = {}
    for statement in statements:
        by_stage.setdefault(statement.stage, []).append(statement)
    return tuple(each for stage in sorted(by_stage) for each in _within(by_stage[stage]))


def _within(statements: Sequence[Statement]) -> Sequence[Statement]:
    if not any(statement.requires for statement in statements):
        return statements
    providers: dict[Thing, list[int]] = {}
    for index, statement in enumerate(statements):
        for thing in statement.provides:
            providers.setdefault(thing, []).append(index)
    graph = {
        index: {p for thing in statement.requires for p in providers.get(thing, ()) if p != index}
        for index, statement in enumerate(statements)
    }
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        raise ValueError(f"statements need each other: {error.args[1]}") from error
    ordered: list[Statement] = []
    ready: list[int] = []
    while sorter.is_active():
        for index in sorter.get_ready():
            heappush(ready, index)
        index = heappop(ready)
        ordered.append(statements[index])
        sorter.done(index)
    return ordered


def plan_id(
    statements: Iterable[Statement], actual: Catalog, former: Mapping[Name, Name] | None = None
) -> str:
    """Return 64 hex digits: what will run, and what the relations it touches look like now.

    Rows, times and hazards play no part, so an approval holds while rows come and go.
    """
    statements = tuple(statements)
    digest = hashlib.sha256()
    for statement in statements:
        _feed(digest, statement.command)
    for name in sorted({statement.relation for statement in statements}):
        _feed(digest, repr(actual.get(name)))
        if former and name in former:
            _feed(digest, repr(actual.get(former[name])))
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    digest.update(b"%d:" % len(data))
    digest.update(data)

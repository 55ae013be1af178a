"""From a schema and a database to a plan, and to the state that the control table holds after it.

Reads, never writes. What it prepares is what `sync` prints, reports, approves and executes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemasync import control, wire
from schemasync.catalog import (
    Catalog,
    Definition,
    DefinitionRow,
    ForeignKey,
    Index,
    Name,
    Table,
    View,
    digest,
)
from schemasync.changes import Change, CreateTable, DropTable
from schemasync.diff import diff
from schemasync.engines.base import Physical, StateChange
from schemasync.model import Schema
from schemasync.plan import Entry, EntryStatus, Kind, Plan, Refusal, Statement, make_plan

if TYPE_CHECKING:
    from schemasync.engines.base import Database, Dialect

# Indexes of this prefix are ours; all others are somebody else's and left alone.
INDEX_PREFIX = "atscript__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """A schema as one engine stores and hashes it."""

    schema: Schema
    snapshots: Mapping[str, wire.Snapshot]
    hash: str
    digest: str


def desired(schema: Schema, dialect: Dialect) -> Desired:
    """Return what the control table will hold of a schema."""
    snapshots = wire.snapshots(schema, dialect.name, dialect.mapped_type)
    return Desired(
        schema=schema,
        snapshots=snapshots,
        hash=wire.schema_hash(snapshots),
        digest=wire.model_digest(schema),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A plan, with what is needed to know the state after it.

    `rows` are those of the control table before it.
    """

    plan: Plan
    physical: Physical
    desired: Desired
    rows: Mapping[str, str]

    @property
    def names(self) -> Sequence[Name]:
        """The relations that the schema declares."""
        return tuple(self.physical.catalog.relations)

    def state(self, after: Catalog, server: int, stamps: Mapping[str, str]) -> StateChange:
        """Return what to store once the plan is done.

        `after` is what the server of major version `server` then holds, for the definitions
        that it printed; `stamps` are the rows for the hash check.
        """
        rows = {
            **{
                f"{control.SNAPSHOT}{name}": wire.serialise(each)
                for name, each in self.desired.snapshots.items()
            },
            **{f"{control.RELATION}{name}": each.schema for name, each in self.physical.names.items()},
            **self._definitions(after, server),
            control.TRACKED: wire.tracked_list(self.desired.schema),
            **stamps,
        }
        prefixes = (control.SNAPSHOT, control.RELATION, control.DEFINITION)
        stale = [key for key in self.rows if key.startswith(prefixes) and key not in rows]
        return StateChange(rows=rows, delete=stale)

    def _definitions(self, after: Catalog, server: int) -> Mapping[str, str]:
        printed = {key: each.text for key, each in _definitions(after)}
        return {
            f"{control.DEFINITION}{key}": control.dump_definition(
                DefinitionRow(wanted=each.wanted, printed=digest(printed[key]), server=server)
            )
            for key, each in _definitions(self.physical.catalog)
            if each.wanted is not None and key in printed
        }


def _definitions(catalog: Catalog) -> Iterator[tuple[str, Definition]]:
    for relation in catalog:
        if isinstance(relation, Table):
            yield from relation.definitions()


def prepare(desired: Desired, database: Database) -> Prepared:
    """Plan what makes a database like the desired schema, as of one moment."""
    dialect = database.dialect
    physical = dialect.physical(desired.schema, database.namespace)
    with database.snapshot():
        rows = database.control.read_all()
        gone = _gone(rows, physical, database.namespace)
        names = [*physical.catalog.relations, *gone.values()]
        actual = database.inspect(names, control.parse_definitions(rows))
    known = Catalog.of(actual, actual.schemas | {database.namespace})
    changes = diff(
        physical.catalog,
        known,
        gone=tuple(gone.values()),
        same=dialect.same,
        managed_index=_is_ours,
        managed_key=_ForeignKeys(rows, physical).is_ours,
    )
    entries = _Entries(dialect, physical, actual, changes).all(gone)
    return Prepared(plan=make_plan(entries, actual), physical=physical, desired=desired, rows=rows)


def _gone(rows: Mapping[str, str], physical: Physical, namespace: str) -> Mapping[str, Name]:
    """Return the relations that a sync made and the schema no longer has, by their declared names."""
    tracked = {each.name for each in wire.parse_tracked(rows.get(control.TRACKED))}
    names = {name: Name(rows.get(f"{control.RELATION}{name}", namespace), name) for name in sorted(tracked)}
    return {name: full for name, full in names.items() if full not in physical.catalog.relations}


def _is_ours(index: Index) -> bool:
    return index.name.startswith(INDEX_PREFIX)


class _ForeignKeys:
    """Tells the foreign keys that a sync made, by the stored snapshots, from those of others."""

    def __init__(self, rows: Mapping[str, str], physical: Physical) -> None:
        self._keys = {
            (full, tuple(sorted(key["fields"])), key["targetTable"])
            for name, full in physical.names.items()
            for key in _stored_keys(rows.get(f"{control.SNAPSHOT}{name}", ""))
        }

    def is_ours(self, table: Name, key: ForeignKey) -> bool:
        """Return whether a sync made this foreign key."""
        return (table, tuple(sorted(key.columns)), key.target.name) in self._keys


def _stored_keys(snapshot: str) -> Sequence[Mapping[str, Any]]:
    """Return the foreign keys of a stored snapshot, those that have the form of one."""
    keys = (wire.read_snapshot(snapshot) or {}).get("foreignKeys")
    if not isinstance(keys, list):
        return []
    return [key for key in keys if isinstance(key, dict) and {"fields", "targetTable"} <= key.keys()]


class _Entries:
    """Gathers what was rendered into one entry a relation."""

    def __init__(
        self, dialect: Dialect, physical: Physical, actual: Catalog, changes: Mapping[Name, Sequence[Change]]
    ) -> None:
        self._dialect = dialect
        self._physical = physical
        self._actual = actual
        self._changes = changes

    def all(self, gone: Mapping[str, Name]) -> list[Entry]:
        """Return an entry for each relation of the schema, then one for each that it no longer has."""
        entries = [self._entry(name, full) for name, full in self._physical.names.items()]
        return entries + [self._entry(name, full) for name, full in gone.items() if full in self._changes]

    def _entry(self, name: str, full: Name) -> Entry:
        changes = self._changes.get(full, ())
        rendered = self._dialect.render(changes)
        statements = tuple(each for each in rendered if isinstance(each, Statement))
        refusals = tuple(each.message for each in rendered if isinstance(each, Refusal))
        errors = (*self._physical.errors.get(full, ()), *refusals)
        return Entry(
            name=name,
            relation=full,
            kind=Kind.VIEW if isinstance(self._physical.catalog.get(full), View) else Kind.TABLE,
            status=_status(changes, errors),
            details=tuple(each.detail for each in statements),
            errors=errors,
            warnings=self._physical.warnings.get(full, ()),
            statements=() if errors else statements,
        )


def _status(changes: Sequence[Change], errors: Sequence[str]) -> EntryStatus:
    if errors:
        return EntryStatus.ERROR
    if not changes:
        return EntryStatus.IN_SYNC
    if any(isinstance(change, CreateTable) for change in changes):
        return EntryStatus.CREATE
    if any(isinstance(change, DropTable) for change in changes):
        return EntryStatus.DROP
    return EntryStatus.ALTER

"""From a schema and a database to a plan, and to the state that the control table holds after it.

Reads, never writes. What it prepares is what `sync` prints, reports, approves and executes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from schemasync import control, wire
from schemasync.batches import Batch, Surroundings, TooManyLocks, batches
from schemasync.catalog import Catalog, Definition, DefinitionRow, Name, View, digest
from schemasync.engines.base import Physical, StateChange, Timeouts
from schemasync.entries import Entries, probes_of, with_answers
from schemasync.model import Schema
from schemasync.plan import EntryStatus, Plan, make_plan, plan_id
from schemasync.tracking import Tracking, renames, stored_keys

if TYPE_CHECKING:
    from schemasync.engines.base import Database, Dialect


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
    batches: Sequence[Batch]

    @property
    def names(self) -> Sequence[Name]:
        """The relations that the schema declares."""
        return tuple(self.physical.catalog.relations)

    @property
    def unchanged(self) -> frozenset[Name]:
        """The relations that are there and as they shall be."""
        return frozenset(each.relation for each in self.plan.entries if each.status is EntryStatus.IN_SYNC)

    def partial_state(self, done: Collection[Name], after: Catalog, server: int) -> StateChange:
        """Return what to store once some relations are as wanted, or gone, and others as they were."""
        names = {name for name, full in self.physical.names.items() if full in done}
        partly = {entry.name for entry in self.plan.entries if entry.skipped}
        left = self._left_behind(names, done)
        known = {each.name for each in wire.parse_tracked(self.rows.get(control.TRACKED))}
        kept = (known - names - left) | (known & partly)
        made = [relation for relation in after if relation.name in done]
        rows = {
            **{f"{control.SNAPSHOT}{name}": self._snapshot(name, partly) for name in names},
            **{f"{control.RELATION}{name}": self.physical.names[name].schema for name in names},
            **{
                f"{control.RENAMED}{name}": text
                for name, text in renames(self.physical).items()
                if name in names
            },
            **self._definitions(Catalog.of(made), server, done),
            control.TRACKED: self._tracked(kept, names | kept),
        }
        stamps = (control.SCHEMA_VERSION, control.DIGEST, control.SOURCE)
        prefixes = (control.SNAPSHOT, control.RELATION, control.RENAMED)
        gone = (f"{prefix}{name}" for prefix in prefixes for name in sorted(left))
        return StateChange(rows=rows, delete=[key for key in (*gone, *stamps) if key in self.rows])

    def _left_behind(self, names: Collection[str], done: Collection[Name]) -> set[str]:
        """Return the declared names that nothing has any more: of what is dropped, or has another now."""
        gone = {
            entry.name
            for entry in self.plan.entries
            if entry.status is EntryStatus.DROP and entry.relation in done
        }
        made = (self.physical.catalog.get(self.physical.names[name]) for name in names)
        former = {
            each.renamed_from.name for each in made if each is not None and each.renamed_from is not None
        }
        return (gone | former) - self.physical.names.keys()

    def _snapshot(self, name: str, partly: Collection[str]) -> str:
        snapshot = self.desired.snapshots[name]
        return self._partly_done(name, snapshot) if name in partly else wire.serialise(snapshot)

    def state(self, after: Catalog, server: int, stamps: Mapping[str, str]) -> StateChange:
        """Return what to store once the plan is done.

        `after` is what the server of major version `server` then holds, for the definitions
        that it printed; `stamps` are the rows for the hash check. Where safe mode left
        something out, what is known of it stays as it was, and so do stamps that are not given.
        """
        partly = {entry.name for entry in self.plan.entries if entry.skipped}
        rows = {
            **{f"{control.SNAPSHOT}{name}": self._snapshot(name, partly) for name in self.desired.snapshots},
            **{f"{control.RELATION}{name}": each.schema for name, each in self.physical.names.items()},
            **{f"{control.RENAMED}{name}": text for name, text in renames(self.physical).items()},
            **self._definitions(after, server),
            control.TRACKED: self._tracked(partly),
            **stamps,
        }
        news = {key: text for key, text in rows.items() if self.rows.get(key) != text}
        return StateChange(rows=news if self.whole else rows, delete=self._stale(rows, partly))

    @property
    def whole(self) -> bool:
        """Whether the plan is applied in one transaction, so that `rows` are still what is stored."""
        return len(self.batches) == 1

    def to_print(self, server: int) -> Sequence[Name]:
        """Return the relations whose definitions the server has to print once the plan is done.

        Those that are made or changed, and those that it was never asked about. A view's text
        may change with anything that it reads.
        """
        touched = {statement.relation for statement in self.plan.statements}
        known = control.parse_definitions(self.rows)
        return [
            relation.name
            for relation in self.physical.catalog
            if (definitions := list(relation.definitions()))
            and (
                relation.name in touched
                or (touched and isinstance(relation, View))
                or any(key not in known or known[key].server != server for key, _ in definitions)
            )
        ]

    def _partly_done(self, name: str, snapshot: wire.Snapshot) -> str:
        """Return what is known of a relation of which safe mode left something as it was.

        That is the old snapshot, with the foreign keys that were added: else nobody would know
        later that they are ours.
        """
        text = self.rows.get(f"{control.SNAPSHOT}{name}", "")
        old = wire.read_snapshot(text) or dict(snapshot)
        keys = [*stored_keys(text), *snapshot.get("foreignKeys", [])]
        if keys and "viewType" not in old:
            old["foreignKeys"] = [key for index, key in enumerate(keys) if key not in keys[:index]]
        return wire.serialise(old)

    def _tracked(self, kept: set[str], made: set[str] | None = None) -> str:
        """Return the tracked list: what is declared (of it, what is `made`), and what else is `kept`."""
        still = [each for each in wire.parse_tracked(self.rows.get(control.TRACKED)) if each.name in kept]
        # What safe mode keeps from becoming a view is a table still, and the other way round.
        views = {each.name for each in still if each.is_view}
        tables = {each.name for each in still if not each.is_view}
        schema = self.desired.schema
        declared = Schema(
            tables=tuple(
                each
                for each in schema.tables
                if (made is None or each.name in made) and each.name not in views
            ),
            views=tuple(
                each
                for each in schema.views
                if (made is None or each.name in made) and each.name not in tables
            ),
        )
        return wire.tracked_list(declared, still)

    def _stale(self, rows: Mapping[str, str], partly: set[str]) -> list[str]:
        """Return the ids of rows about what is no longer there, and of stamps that no longer hold."""
        prefixes = (control.SNAPSHOT, control.RELATION, control.RENAMED)
        kept = {f"{prefix}{name}" for prefix in prefixes for name in partly} | rows.keys()
        ours = (*prefixes, control.DEFINITION)
        stale = [key for key in self.rows if key.startswith(ours) and key not in kept]
        stamps = (control.SCHEMA_VERSION, control.DIGEST, control.SOURCE)
        return [*stale, *(key for key in stamps if key in self.rows and key not in rows)]

    def _definitions(
        self, after: Catalog, server: int, done: Collection[Name] | None = None
    ) -> Mapping[str, str]:
        """Return the rows of definitions: anew of what was printed, as they are of the others.

        Of all that is wanted, or of the relations that are `done`.
        """
        printed = {key: each.text for key, each in _definitions(after)}
        rows = {}
        untouched = {key for entry in self.plan.entries for key in entry.untouched}
        wanted = self.physical.catalog
        if done is not None:
            wanted = Catalog.of(relation for relation in wanted if relation.name in done)
        for key, each in _definitions(wanted):
            row = f"{control.DEFINITION}{key}"
            if each.wanted is not None and key in printed and key not in untouched:
                new = DefinitionRow(wanted=each.wanted, printed=digest(printed[key]), server=server)
                rows[row] = control.dump_definition(new)
            elif row in self.rows:
                rows[row] = self.rows[row]
        return rows


def _definitions(catalog: Catalog) -> Iterator[tuple[str, Definition]]:
    for relation in catalog:
        yield from relation.definitions()


def prepare(desired: Desired, database: Database, timeouts: Timeouts, *, safe: bool = False) -> Prepared:
    """Plan what makes a database like the desired schema, as of one moment.

    `safe` leaves out what destroys or loosens something.
    """
    with database.snapshot(timeouts):
        dialect = database.dialect
        rows = database.control.read_all()
        physical = dialect.physical(desired.schema, database.namespace)
        state = Tracking(rows, physical, database.namespace, dialect.stored_name)
        names = dict.fromkeys((*physical.catalog.relations, *state.gone.values(), *state.former.values()))
        actual = database.inspect(tuple(names), control.parse_definitions(rows))
        known = Catalog.of(actual, actual.schemas | {database.namespace}, actual.dependants)
        comparison = Entries(dialect, physical, known, state, safe=safe)
        entries = comparison.all(database.preserve(comparison.remade))
        counts = iter(database.probe([probe for entry in entries for probe in probes_of(entry)]))
    answered = [with_answers(entry, counts) for entry in entries]
    plan = make_plan(answered, actual, state.former)
    try:
        about = Surroundings(physical.catalog.relations, actual, state.former)
        parts = batches(plan, about, dialect.locks, dialect.lock_capacity)
    except TooManyLocks as error:
        answered[0] = replace(
            answered[0],
            status=EntryStatus.ERROR,
            errors=(*answered[0].errors, f"the plan cannot be applied in one transaction: {error}; {_RAISE}"),
        )
        plan, parts = make_plan(answered, actual, state.former), []
    if len(parts) > 1:
        said = f"the plan is applied in {len(parts)} transactions, seen by others one by one; {_RAISE}"
        answered[0] = replace(answered[0], warnings=(*answered[0].warnings, said))
        run = tuple(statement for part in parts for statement in part.statements)
        plan = replace(make_plan(answered, actual, state.former), statements=run)
        plan = replace(plan, id=plan_id(run, actual, state.former))
    return Prepared(plan=plan, physical=physical, desired=desired, rows=rows, batches=parts)


_RAISE = "raise max_locks_per_transaction on the server to have it in one"

"""One plan entry a relation: its changes as statements, and what the rows that are there say to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from schemasync.catalog import (
    Catalog,
    Column,
    ForeignKey,
    Identity,
    Index,
    Name,
    PrimaryKey,
    Relation,
    View,
    definition_object,
)
from schemasync.changes import (
    AddForeignKey,
    AlterColumn,
    AlterPrimaryKey,
    Change,
    CreateIndex,
    CreateTable,
    CreateView,
    DropForeignKey,
    DropIndex,
    DropTable,
    DropView,
    RenameColumn,
    RenameTable,
    ReplaceView,
)
from schemasync.diff import diff
from schemasync.engines.base import Dialect, Physical, Preserved, Scope, counter_of
from schemasync.plan import Entry, EntryStatus, Hazard, Kind, Probe, Refusal, Stage, Statement
from schemasync.questions import Questions
from schemasync.renames import rename
from schemasync.tracking import Tracking

_VIEW_TYPES = {"view": "V", "materialized view": "M"}


_RENAMES = (RenameTable, RenameColumn)


class Entries:
    """Compares what is wanted with what is there, and gathers what follows into entries."""

    def __init__(
        self, dialect: Dialect, physical: Physical, actual: Catalog, state: Tracking, *, safe: bool
    ) -> None:
        self._dialect = dialect
        self._physical = physical
        self._actual = actual
        self._state = state
        self._safe = safe
        self._preserved: Mapping[Name, Sequence[Preserved]] = {}
        self._by_relation = self._changes()

    @property
    def remade(self) -> Mapping[Name, Relation]:
        """What takes the place of relations, by the names that these have."""
        wanted = self._physical.catalog
        return {
            found.now: after
            for name, each in self._by_relation.items()
            if (found := _remade(each) or _made_in_part(each)) and (after := wanted.get(name)) is not None
        }

    def all(self, preserved: Mapping[Name, Sequence[Preserved]]) -> list[Entry]:
        """Return an entry for each relation of the schema, then one for each that it no longer has.

        `preserved` is what restores the `remade` ones.
        """
        self._preserved = preserved
        changes = self._by_relation
        wanted = [
            self._entry(name, full, changes.get(full, [])) for name, full in self._physical.names.items()
        ]
        gone = [
            self._entry(name, full, changes.get(full, []))
            for name, full in self._state.gone.items()
            if self._actual.get(full) is not None
        ]
        return wanted + gone

    def _changes(self) -> Mapping[Name, list[Change]]:
        renamed = rename(self._physical.catalog, self._actual, self._state.former, self._state.done)
        managed = self._state.managed_keys(self._actual)

        def made_by_us(table: Name, key: ForeignKey) -> bool:
            there = renamed.catalog.get(table)
            return (there.now if there else table, key.name) in managed

        ask = Questions(
            same=self._dialect.same,
            keeps_dependants=self._dialect.keeps_dependants,
            made=self._state.made,
            managed_index=self._state.managed_index,
            managed_key=made_by_us,
            left_out=lambda change: self._safe and self._dialect.destroys(change),
            replaceable=self._dialect.replaceable,
        )
        gone = [full for name, full in self._state.gone.items() if self._may_drop(name, full)]
        changes = diff(self._physical.catalog, renamed.catalog, gone, ask)
        first: list[tuple[Name, Change]] = [(each.relation, each) for each in self._physical.prerequisites]
        for name, several in renamed.changes.items():
            # What is made again is made under its new name, with its new columns.
            again = _remade(changes.get(name, [])) is not None and not _is_replaced(changes[name])
            first += [(name, each) for each in several if not (again and isinstance(each, _RENAMES))]
        for name, change in reversed(first):
            changes.setdefault(name, []).insert(0, change)
        return changes

    def _may_drop(self, name: str, full: Name) -> bool:
        relation = self._actual.get(full)
        return relation is not None and self._state.is_ours(name, relation)

    def _entry(self, name: str, full: Name, changes: Sequence[Change]) -> Entry:
        wanted = self._physical.catalog.get(full)
        skipped = self._skipped(changes)
        kept = [change for change in changes if change not in skipped]
        rendered = [*self._dialect.render(kept), *self._restored(full, kept)]
        statements = tuple(each for each in rendered if isinstance(each, Statement))
        refusals = [each for each in rendered if isinstance(each, Refusal)]
        errors = (*self._physical.errors.get(full, ()), *(each.message for each in refusals))
        warnings = [*self._physical.warnings.get(full, ())]
        if wanted is None and not changes:
            warnings.append("no longer in the schema, but no sync is known to have made it: it is left alone")
        return Entry(
            name=name,
            relation=full,
            kind=_kind(wanted or self._actual.get(full)),
            view_type=_view_type(wanted or self._actual.get(full)),
            status=EntryStatus.ERROR if errors else _status(kept, skipped),
            external=bool(refusals)
            and all(each.external for each in refusals)
            and len(errors) == len(refusals),
            destructive=any(each.destructive for each in statements),
            details=tuple(each.detail for each in statements if each.detail is not None),
            errors=errors,
            warnings=tuple(warnings),
            statements=statements,
            skipped=tuple(
                each.detail
                for each in self._dialect.render(skipped)
                if isinstance(each, Statement) and each.detail is not None
            ),
            untouched=_untouched(wanted, skipped, kept),
        )

    def _skipped(self, changes: Sequence[Change]) -> list[Change]:
        """Return what safe mode leaves out of a relation's changes, and what cannot be without that."""
        if not self._safe:
            return []
        if self._is_left(changes):
            return list(changes)
        return [change for change in changes if self._dialect.destroys(change) or self._hangs_on_left(change)]

    def _is_left(self, changes: Sequence[Change]) -> bool:
        """Return whether a relation stays as it is: one that is not dropped, or a view over one."""
        if any(
            isinstance(change, DropTable) or (isinstance(change, DropView) and not change.replaced)
            for change in changes
        ):
            return True
        return any(
            isinstance(change, CreateView | ReplaceView)
            and any(self._is_left(self._by_relation.get(name, ())) for name in change.view.reads)
            for change in changes
        )

    def _hangs_on_left(self, change: Change) -> bool:
        """Return whether a foreign key refers to a key that is left as it is."""
        if not isinstance(change, AddForeignKey):
            return False
        target = self._by_relation.get(change.foreign_key.target, ())
        return self._is_left(target) or any(isinstance(each, AlterPrimaryKey) for each in target)

    def _restored(self, full: Name, changes: Sequence[Change]) -> Iterator[Statement | Refusal]:
        """Yield what restores a relation that is made again, or why that cannot be done."""
        there, after = _remade(changes) or _made_in_part(changes), self._physical.catalog.get(full)
        if there is None or after is None:
            return
        refused, parts = set(), _parts(changes)
        for each in self._preserved.get(there.now, ()):
            if each.part not in parts if each.part else not _is_lost(each, changes):
                continue
            problem = _problem(each, there, after)
            if problem is not None:
                if each.what not in refused:
                    yield Refusal(relation=full, message=problem)
                refused.add(each.what)
            elif _is_possible(each, there, after):
                yield Statement(relation=full, command=each.command, detail=None, stage=Stage.RESTORE)


def _is_lost(each: Preserved, changes: Sequence[Change]) -> bool:
    """Return whether changes of a relation lose something of it as a whole."""
    if _remade(changes) is None:
        return False
    return each.replaced or not _is_replaced(changes)


def _parts(changes: Sequence[Change]) -> set[str]:
    """Return the names of keys, indexes and counters that changes make."""
    found: set[str] = set()
    for change in changes:
        match change:
            case CreateTable(table=table):
                found.update(counter_of(each) for each in table.columns if isinstance(each.default, Identity))
                if table.primary_key:
                    found.add(table.primary_key.name)
            case AlterColumn(before=before, after=Column(default=Identity())):
                if not isinstance(before.default, Identity):
                    found.add(counter_of(before))
            case AlterPrimaryKey(after=PrimaryKey(name=name)):
                found.add(name)
            case AddForeignKey(foreign_key=ForeignKey(name=name)) | CreateIndex(index=Index(name=name)):
                found.add(name)
            case _:
                pass
    return found


def _made_in_part(changes: Sequence[Change]) -> Relation | None:
    """Return the table, as it is, of which a key or an index is taken down to be made again."""
    for change in changes:
        match change:
            case DropForeignKey(replaced=True) | DropIndex(replaced=True) | AlterPrimaryKey():
                return change.table
            case AlterColumn(before=before, table=table) if before.counter is not None:
                return table
            case _:
                pass
    return None


def _problem(each: Preserved, before: Relation, after: Relation) -> str | None:
    """Return why something that must not get lost cannot survive what is made anew, if it cannot."""
    other_kind = _sort(before) != _sort(after)
    if (other_kind and each.scope in (Scope.OWN, Scope.FOREIGN)) or (
        each.scope is Scope.FOREIGN and before.now != after.name
    ):
        becomes = f"a {_sort(after)}" if before.now == after.name else str(after.name)
        return (
            f"{before.now} becomes {becomes} and is made anew, which this does not survive: "
            f"{each.what}; drop it by hand, or do one change after the other"
        )
    if each.scope is Scope.FOREIGN and not each.columns <= {column.name for column in after.columns}:
        return f"{after.name} is made again without a column that {each.what} needs; drop that by hand"
    return None


def _is_possible(each: Preserved, before: Relation, after: Relation) -> bool:
    """Return whether a command makes sense for what takes a relation's place."""
    if each.scope is Scope.STORAGE and _sort(before) != _sort(after):
        return False
    old = {column.origin or column.name: column.type for column in before.columns}
    new = {column.name: column.type for column in after.columns}
    same = all(old.get(name) == new.get(name) for name in each.columns)
    return each.columns <= new.keys() and (same or not each.typed)


def _sort(relation: Relation) -> str:
    return relation.kind if isinstance(relation, View) else "table"


def _is_replaced(changes: Sequence[Change]) -> bool:
    return any(isinstance(change, ReplaceView) for change in changes)


def _remade(changes: Sequence[Change]) -> Relation | None:
    """Return the relation, as it is, that changes make again or whose query they replace."""
    for change in changes:
        match change:
            case DropTable(table=table, replaced=True):
                return table
            case CreateView(restored=before) | CreateTable(restored=before) if before is not None:
                return before
            case ReplaceView(before=view):
                return view
            case _:
                pass
    return None


def _untouched(wanted: Relation | None, skipped: Sequence[Change], kept: Sequence[Change]) -> frozenset[str]:
    """Return the definitions of a relation that stay as they were, since safe mode left changes out."""
    if wanted is None or not skipped:
        return frozenset()
    if not kept:
        return frozenset(key for key, _ in wanted.definitions())
    columns = [change.after.name for change in skipped if isinstance(change, AlterColumn)]
    return frozenset(definition_object("default", *wanted.name, column) for column in columns)


def _kind(relation: Relation | None) -> Kind:
    return Kind.VIEW if isinstance(relation, View) else Kind.TABLE


def _view_type(relation: Relation | None) -> str | None:
    if not isinstance(relation, View):
        return None
    return "E" if relation.external else _VIEW_TYPES.get(relation.kind)


def _status(changes: Sequence[Change], skipped: Sequence[Change]) -> EntryStatus:
    if not changes:
        return EntryStatus.SKIPPED if skipped else EntryStatus.IN_SYNC
    made = any(
        isinstance(change, CreateTable) or (isinstance(change, CreateView) and change.restored is None)
        for change in changes
    )
    dropped = any(isinstance(change, DropTable | DropView) for change in changes)
    if made:
        return EntryStatus.ALTER if dropped else EntryStatus.CREATE
    again = any(isinstance(change, CreateView) for change in changes)
    return EntryStatus.DROP if dropped and not again else EntryStatus.ALTER


def probes_of(entry: Entry) -> Iterator[Probe]:
    """Yield the questions of an entry's statements, in order."""
    for statement in entry.statements:
        yield from statement.probes


def with_answers(entry: Entry, counts: Iterator[int]) -> Entry:
    """Return an entry that knows the answers to its questions, which are taken from `counts`."""
    errors = list(entry.errors)
    statements = []
    for statement in entry.statements:
        hazards = list(statement.hazards)
        for probe in statement.probes:
            rows = next(counts)
            if rows and probe.kind is None:
                errors.append(
                    f"{probe.message} ({_rows(rows, probe)})" if probe.about_rows else probe.message
                )
            elif rows and probe.kind is not None:
                hazards.append(Hazard(kind=probe.kind, message=probe.message, rows=rows))
        statements.append(replace(statement, hazards=tuple(hazards)))
    return replace(
        entry,
        errors=tuple(errors),
        status=EntryStatus.ERROR if errors else entry.status,
        external=entry.external and len(errors) == len(entry.errors),
        statements=tuple(statements),
    )


def _rows(rows: int, probe: Probe) -> str:
    if probe.if_it_fails == rows:
        return "at least one row"
    return "1 row" if rows == 1 else f"{rows} rows"

"""Applying a plan in several transactions, where a server cannot hold the locks of one.

A relation is never changed by halves, and neither are relations whose changes need each other:
what takes a name that another one gives up, what takes keys or views down and puts them up again.
Everything else goes one after the other, what is needed before what needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from schemasync.catalog import Catalog, Name, Relation, Table, View
from schemasync.plan import Entry, EntryStatus, Plan, Stage, Statement, order

Locks = Callable[[Statement], int]

# What is taken down ahead of changes elsewhere, often to be put up again after them.
_TAKES_DOWN = frozenset({Stage.DROP_KEYS, Stage.DROP_TABLES, Stage.DROP_VIEWS})
_PUTS_UP = frozenset({Stage.CREATE_KEYS, Stage.CREATE_VIEWS})


class TooManyLocks(ValueError):
    """A plan that cannot be divided needs more locks than the server holds."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Relations that are made or changed in one transaction, and the statements that do it."""

    relations: frozenset[Name]
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a plan is about: what is wanted, what is there, and where relations come from, new name to old."""

    wanted: Mapping[Name, Relation]
    actual: Catalog = field(default_factory=lambda: Catalog.of([]))
    former: Mapping[Name, Name] = field(default_factory=dict)

    def versions(self, name: Name) -> Iterator[Relation]:
        """Yield a relation as it is wanted, and as it is under this name or the one that it comes from."""
        found = self.wanted.get(name), self.actual.get(name), self.actual.get(self.former.get(name, name))
        yield from dict.fromkeys(each for each in found if each is not None)


def batches(plan: Plan, about: Surroundings, locks: Locks, capacity: int) -> Sequence[Batch]:
    """Return the transactions of a plan: one, unless it needs more locks than `capacity`.

    Raises TooManyLocks where changes that need each other do.
    """
    if sum(map(locks, plan.statements)) <= capacity:
        return [Batch(frozenset(about.wanted), plan.statements)]
    groups = _groups([entry for entry in plan.entries if entry.statements], about)
    for group in groups:
        needed = _size(group, locks)
        if needed > capacity and any(entry.status is not EntryStatus.CREATE for entry in group):
            named = f"{group[0].relation} and what changes with it"
            raise TooManyLocks(f"{named} needs about {needed} locks at once, and the server holds {capacity}")
    parts = [_batch(group) for group in _fill(groups, locks, capacity)]
    # Schemas and extensions are shown with the first relation by name, and needed by any.
    shared = tuple(each for each in plan.statements if each.stage is Stage.CREATE_SCHEMAS)
    return [Batch(parts[0].relations, shared + parts[0].statements), *parts[1:]]


def _batch(entries: Sequence[Entry]) -> Batch:
    statements = [each for entry in entries for each in entry.statements]
    own = [each for each in statements if each.stage is not Stage.CREATE_SCHEMAS]
    return Batch(frozenset(entry.relation for entry in entries), order(own))


def _groups(entries: Sequence[Entry], about: Surroundings) -> list[list[Entry]]:
    """Return the entries, what is needed first; those that need each other in a circle together."""
    by_name = {entry.relation: entry for entry in entries}
    needs = _needs(by_name, about)
    circles: dict[Name, Name] = {}
    while True:
        graph: dict[Name, set[Name]] = {}
        for name in by_name:
            own = circles.get(name, name)
            graph.setdefault(own, set()).update({circles.get(each, each) for each in needs[name]} - {own})
        try:
            ordered = list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle = set(error.args[1])
            first = min(circle)
            circles |= {name: first for name in by_name if circles.get(name, name) in circle}
        else:
            members: dict[Name, list[Entry]] = {head: [] for head in ordered}
            for name, entry in by_name.items():
                members[circles.get(name, name)].append(entry)
            return list(members.values())


def _needs(entries: Mapping[Name, Entry], about: Surroundings) -> Mapping[Name, set[Name]]:
    """Return what has to come before each entry; two that must come together need each other."""
    needs: dict[Name, set[Name]] = {name: set() for name in entries}
    now = {about.former.get(name, name): name for name in entries} | {name: name for name in entries}
    claims: dict[Name, Name] = {}
    read = _read(about.actual)
    for name, entry in entries.items():
        stages = {statement.stage for statement in entry.statements}
        for touched in _touched(name, about, read):
            other = now.get(touched)
            if other is None or other == name:
                continue
            if stages & _TAKES_DOWN:
                needs[other].add(name)
            if stages & _PUTS_UP:
                needs[name].add(other)
        for claim in _claims(name, about):
            other = claims.setdefault(claim, name)
            if other != name:
                needs[name].add(other)
                needs[other].add(name)
    return needs


def _read(catalog: Catalog) -> Mapping[Name, Sequence[Name]]:
    """Return what the views of a catalog read."""
    found: dict[Name, list[Name]] = {}
    for each in catalog.dependants:
        if each.relation is not None:
            found.setdefault(each.relation, []).append(each.on)
    return found


def _touched(name: Name, about: Surroundings, read: Mapping[Name, Sequence[Name]]) -> Iterator[Name]:
    """Yield what a relation refers to or reads, or is wanted to."""
    for relation in about.versions(name):
        if isinstance(relation, View):
            yield from relation.reads
            yield from read.get(relation.name, ())
        else:
            yield from (key.target for key in relation.foreign_keys)


def _claims(name: Name, about: Surroundings) -> Iterator[Name]:
    """Yield the names that a relation and its indexes have, or shall have, of which no two can be equal."""
    for relation in about.versions(name):
        yield relation.name
        if isinstance(relation, Table):
            keys = (relation.primary_key,) if relation.primary_key else ()
            yield from (Name(relation.name.schema, each.name) for each in (*relation.indexes, *keys))


def _size(entries: Iterable[Entry], locks: Locks) -> int:
    return sum(locks(each) for entry in entries for each in entry.statements)


def _fill(groups: Iterable[list[Entry]], locks: Locks, capacity: int) -> Iterable[list[Entry]]:
    """Put as many groups together as a transaction can hold."""
    batch: list[Entry] = []
    used = 0
    for group in groups:
        size = _size(group, locks)
        if batch and used + size > capacity:
            yield batch
            batch, used = [], 0
        batch += group
        used += size
    if batch:
        yield batch

"""Applying a plan in several transactions, where a server cannot hold the locks of one.

Only what is made from nothing is divided: relation by relation, with everything that belongs to
it, what is referred to before what refers to it. A relation that is there is never changed by halves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from schemasync.catalog import Name, Table, View
from schemasync.plan import Entry, EntryStatus, Plan, Stage, Statement, order

Locks = Callable[[Statement], int]


class TooManyLocks(ValueError):
    """A plan that cannot be divided needs more locks than the server holds."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Relations that are made in one transaction, and the statements that make them."""

    relations: frozenset[Name]
    statements: tuple[Statement, ...]


def batches(plan: Plan, wanted: Mapping[Name, Table | View], locks: Locks, capacity: int) -> Sequence[Batch]:
    """Return the transactions of a plan: one, unless it needs more locks than `capacity`.

    Raises TooManyLocks where it does and changes what is there.
    """
    needed = sum(map(locks, plan.statements))
    if needed <= capacity:
        return [Batch(frozenset(wanted), plan.statements)]
    busy = [entry for entry in plan.entries if entry.statements]
    if any(entry.status is not EntryStatus.CREATE for entry in busy):
        raise TooManyLocks(f"it needs about {needed} locks at once, and the server holds {capacity}")
    parts = [_batch(group) for group in _fill(_groups(busy, wanted), locks, capacity)]
    # Schemas and extensions are shown with the first relation by name, and needed by any.
    shared = tuple(each for each in plan.statements if each.stage is Stage.CREATE_SCHEMAS)
    return [Batch(parts[0].relations, shared + parts[0].statements), *parts[1:]]


def _batch(entries: Sequence[Entry]) -> Batch:
    statements = [each for entry in entries for each in entry.statements]
    own = [each for each in statements if each.stage is not Stage.CREATE_SCHEMAS]
    return Batch(frozenset(entry.relation for entry in entries), order(own))


def _groups(entries: Sequence[Entry], wanted: Mapping[Name, Table | View]) -> list[list[Entry]]:
    """Return the entries, what is needed first; those that need each other in a circle together."""
    by_name = {entry.relation: entry for entry in entries}
    circles: dict[Name, Name] = {}
    while True:
        graph: dict[Name, set[Name]] = {}
        for name in by_name:
            own = circles.get(name, name)
            needs = {circles.get(each, each) for each in _needs(wanted[name]) if each in by_name}
            graph.setdefault(own, set()).update(needs - {own})
        try:
            ordered = list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle = set(error.args[1])
            first = min(circle)
            circles |= {name: first for name in by_name if circles.get(name, name) in circle}
        else:
            return [
                [by_name[name] for name in by_name if circles.get(name, name) == head] for head in ordered
            ]


def _needs(relation: Table | View) -> Iterable[Name]:
    if isinstance(relation, View):
        return relation.reads
    return [key.target for key in relation.foreign_keys]


def _fill(groups: Iterable[list[Entry]], locks: Locks, capacity: int) -> Iterable[list[Entry]]:
    """Put as many groups together as a transaction can hold."""
    batch: list[Entry] = []
    used = 0
    for group in groups:
        size = sum(locks(each) for entry in group for each in entry.statements)
        if batch and used + size > capacity:
            yield batch
            batch, used = [], 0
        batch += group
        used += size
    if batch:
        yield batch

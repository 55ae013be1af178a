"""The annotations that hold for a prop or type, and how those of several places meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from schemasync.lang import ast
from schemasync.lang.catalogue import known_annotations
from schemasync.lang.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemasync.lang.catalogue import Primitive

# By name; several where an annotation may stand more than once. What is read is Notes.
Applied = dict[str, tuple[ast.Annotation, ...]]
Notes = Mapping[str, tuple[ast.Annotation, ...]]

NONE: Notes = {}
_BUILT_IN = Source("", "")


def collect(nodes: Iterable[ast.Annotation]) -> Applied:
    """Return annotations as they stand at one place, by name."""
    found: dict[str, list[ast.Annotation]] = {}
    for node in nodes:
        found.setdefault(node.name, []).append(node)
    return {name: tuple(same) for name, same in found.items()}


def of_several(places: list[tuple[ast.Annotation, ...]]) -> Applied:
    """Return what holds where the annotations of several places meet, the last to win."""
    return collect(places[0]) if len(places) == 1 else merge_all(map(collect, places))


def merge_all(several: Iterable[Notes]) -> Applied:
    """Return what holds where several meet, one after the other; as `merge` does it, but in linear time."""
    specs = known_annotations()
    found: dict[str, list[ast.Annotation]] = {}
    for notes in several:
        for name, nodes in notes.items():
            spec = specs.get(name)
            if spec and spec.append:
                found.setdefault(name, []).extend(nodes)
            else:
                found[name] = list(nodes)
    return {name: tuple(same) for name, same in found.items()}


def merge(base: Notes, over: Notes) -> Applied:
    """Return what holds where `over` meets `base`: it replaces, or is added to it, as the catalogue says."""
    merged = dict(base)
    specs = known_annotations()
    for name, nodes in over.items():
        spec = specs.get(name)
        merged[name] = (*merged[name], *nodes) if name in merged and spec and spec.append else nodes
    return merged


def size(applied: Notes) -> int:
    """Return how many annotations hold."""
    return sum(map(len, applied.values()))


def passed(applied: Notes) -> Applied:
    """Return those that travel through a field reference."""
    specs = known_annotations()
    return {name: nodes for name, nodes in applied.items() if name not in specs or specs[name].passed}


def implied(primitive: Primitive) -> Applied:
    """Return the annotations that a primitive brings along."""
    return {name: (ast.Annotation(name, _values(args), 0, 0, _BUILT_IN),) for name, args in primitive.implies}


def _values(args: tuple[str, ...]) -> tuple[ast.Value, ...]:
    return tuple(ast.Value("number", arg, 0, 0) for arg in args)

"""The values of the type room: what a type is once its names are resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final

from schemasync.lang import applied
from schemasync.lang.catalogue import known_primitives

if TYPE_CHECKING:
    from schemasync.lang import ast
    from schemasync.lang.applied import Applied, Notes
    from schemasync.lang.scope import Module, Symbol

# Designs that are none of a primitive.
ARRAY: Final = "array"
OBJECT: Final = "object"
UNION: Final = "union"
BROKEN: Final = "broken"
PHANTOM: Final = "phantom"

Overlay = dict[tuple[str, ...], "Applied"]


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A type, resolved as far as needed to store its values.

    `members` are those of an object; `item` is the type of an array's items with the file
    in which it stands (not resolved: it may be the array itself); `symbol` is the
    interface or alias that was named, `field` the member that a field reference names. It is
    not `complete` where errors, reported, kept some of its members from being known.
    """

    design: str
    tags: frozenset[str] = frozenset()
    applied: Notes = field(default_factory=dict)
    members: Mapping[str, Member] | None = None
    item: tuple[Module, ast.Type] | None = None
    symbol: Symbol | None = None
    field: FieldTarget | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class FieldTarget:
    """What `N.field.sub` names: the declared name, and the members on the way, target last."""

    symbol: Symbol
    path: tuple[Member, ...]

    @property
    def member(self) -> Member:
        """The prop that is named."""
        return self.path[-1]


@dataclass(slots=True, eq=False)
class Member:
    """A prop as part of a type, with the annotations that its declaration and annotate blocks give it."""

    name: str
    module: Module
    node: ast.Prop
    applied: Notes
    optional: bool
    nested: Overlay | None = None
    # Not in every variant of a union of objects: its value may be missing.
    partial: bool = False
    # Where several types of a union or intersection have the prop: how they meet, and all of them.
    combined: tuple[str, tuple[Member, ...]] | None = None
    shape: Shape | None = None

    def overlaid(self, overlay: Overlay) -> Member:
        """Return this prop with the annotations that `overlay` has for it and below it."""
        own: Applied = {}
        nested = dict(self.nested) if self.nested else {}
        for path, found in overlay.items():
            if path[0] != self.name:
                continue
            if len(path) == 1:
                own = found
            else:
                nested[path[1:]] = applied.merge(nested.get(path[1:], {}), found)
        return replace(self, applied=applied.merge(self.applied, own), nested=nested or None, shape=None)


BROKEN_SHAPE = Shape(BROKEN)


@cache
def primitive_shape(name: str) -> Shape:
    """Return what a primitive or one of its extensions means, by full name."""
    primitive = known_primitives()[name]
    design = primitive.design or (PHANTOM if name == "never" else BROKEN)
    return Shape("undefined" if design == "void" else design, primitive.tags, applied.implied(primitive))


def union(shapes: list[Shape]) -> Shape:
    """Return the shape of a value that is one of several: objects become one, equal designs stay."""
    if all(shape.members is not None for shape in shapes):
        members = merged("union", [shape.members or {} for shape in shapes])
        return Shape(OBJECT, members=members, complete=all(shape.complete for shape in shapes))
    designs = {shape.design for shape in shapes}
    if len(designs) == 1 and not designs & {ARRAY, OBJECT}:
        return Shape(designs.pop(), frozenset.intersection(*(shape.tags for shape in shapes)))
    return Shape(UNION)


def merged(op: str, variants: list[Mapping[str, Member]]) -> dict[str, Member]:
    """Return the members of a union or intersection of objects: each that any of them has."""
    groups: dict[str, list[Member]] = {}
    for variant in variants:
        for name, member in variant.items():
            groups.setdefault(name, []).append(member)
    return {
        name: _joined(op, members, partial=op == "union" and len(members) < len(variants))
        for name, members in groups.items()
    }


def _joined(op: str, members: list[Member], *, partial: bool) -> Member:
    """Return one member for several of one name."""
    first = members[0]
    if len(members) == 1:
        return replace(first, partial=True) if partial else first
    decides = any if op == "union" else all
    annotations = applied.merge_all(member.applied for member in members)
    return replace(
        first,
        applied=annotations,
        optional=decides(member.optional for member in members),
        partial=partial or any(member.partial for member in members),
        combined=None if _same_type(members) else (op, tuple(members)),
        shape=None,
    )


def _same_type(members: list[Member]) -> bool:
    """Tell whether the types of some members are written alike in one file."""
    first = members[0]
    return all(
        member.combined is None and member.module is first.module and written(member) == written(first)
        for member in members
    )


def written(member: Member) -> str:
    """Return the type of a prop as it is written."""
    return member.module.source.text[member.node.type.start : member.node.type.end]

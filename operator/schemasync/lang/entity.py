"""Interfaces as a database sees them: their props as columns, objects flattened.

This is what the rules look at and what the model is made of.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from schemasync.lang import ast, problems
from schemasync.lang.applied import Notes
from schemasync.lang.catalogue import RESERVED, known_annotations
from schemasync.lang.shapes import ARRAY, BROKEN, OBJECT, PHANTOM, Member, Shape
from schemasync.lang.types import Types, type_annotations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemasync.errors import Span
    from schemasync.lang.scope import Symbol

NAVIGATION: Final = frozenset({"db.rel.to", "db.rel.from", "db.rel.via"})
_DEPTH: Final = 60


class Kind(Enum):
    """What becomes of a prop."""

    COLUMN = auto()
    JSON = auto()
    # An object whose members are columns; it is a field of its own in a document store.
    CONTAINER = auto()
    # A member of a JSON value; likewise.
    INNER = auto()
    # Not stored.
    NAVIGATION = auto()
    IGNORED = auto()
    # Its type could not be made out, which has been reported.
    BROKEN = auto()


_HOLDING: Final = (Kind.COLUMN, Kind.JSON, Kind.INNER)


@dataclass(slots=True, eq=False)
class Column:
    """A prop at its place in an interface.

    `path` is the way through the interface, `name` the physical name with objects
    flattened, `dotted` that in a document store; `nullable` as in the model.
    """

    member: Member
    kind: Kind
    path: tuple[str, ...]
    name: str
    dotted: str
    applied: Notes
    shape: Shape
    nullable: bool

    @property
    def span(self) -> Span:
        """The place of the prop's name."""
        return self.member.module.span(self.member.node.name)

    @property
    def unclear(self) -> bool:
        """Whether a misspelt annotation may be the one that a rule misses."""
        return _unclear(self.applied)

    def first(self, name: str) -> ast.Annotation | None:
        """Return the annotation of that name, None if there is none."""
        nodes = self.applied.get(name)
        return nodes[0] if nodes else None


@dataclass(slots=True, eq=False)
class Entity:
    """An interface with its columns. `uses` has every annotation on them, by name.

    It is not `complete` where errors, reported, kept some columns from being known.
    """

    symbol: Symbol
    applied: Notes
    complete: bool = True
    columns: list[Column] = field(default_factory=list)
    uses: dict[str, list[tuple[Column, ast.Annotation]]] = field(default_factory=dict)
    # Columns were left out: there would have been too many.
    cut: bool = False
    _sound: bool | None = None
    _paths: dict[tuple[str, ...], Column] | None = None
    _keys: dict[tuple[Symbol, str | None], list[tuple[Column, ast.Annotation]]] | None = None

    @property
    def table(self) -> ast.Annotation | None:
        """The `@db.table` of the interface."""
        return self.first("db.table")

    @property
    def view(self) -> ast.Annotation | None:
        """The `@db.view` of the interface."""
        return self.first("db.view")

    @property
    def name(self) -> str:
        """The name in the database: that of `@db.table` or `@db.view`, else the interface's."""
        node = self.table or self.view
        return (node and node.text()) or self.symbol.name

    @property
    def stored(self) -> list[Column]:
        """The columns that SQL engines keep."""
        return [column for column in self.columns if column.kind in (Kind.COLUMN, Kind.JSON)]

    def first(self, name: str) -> ast.Annotation | None:
        """Return the annotation of that name on the interface, None if there is none."""
        nodes = self.applied.get(name)
        return nodes[0] if nodes else None

    def keys(self, target: Symbol, alias: str | None = None) -> list[tuple[Column, ast.Annotation]]:
        """Return the foreign keys to a table, those with an alias if one is given."""
        if self._keys is None:
            self._keys = {}
            for column, node in self.uses.get("db.rel.FK", ()):
                if column.shape.field is not None:
                    symbol = column.shape.field.symbol
                    self._keys.setdefault((symbol, None), []).append((column, node))
                    if node.args:
                        self._keys.setdefault((symbol, node.text()), []).append((column, node))
        return self._keys.get((target, alias), [])

    @property
    def unclear(self) -> bool:
        """Whether a misspelt annotation may be the one that makes a table or a view of it."""
        return _unclear(self.applied)

    @property
    def sound(self) -> bool:
        """Whether all its columns are known, and what they are."""
        if self._sound is None:
            self._sound = self.complete and not any(
                column.kind == Kind.BROKEN or column.unclear for column in self.columns
            )
        return self._sound

    def lost(self, path: tuple[str, ...]) -> bool:
        """Tell whether an error, reported, is why nothing, or nothing good, stands at a path."""
        if not (self.table or self.view):
            return self.at(path) is None
        complete = self.complete
        for length in range(1, len(path) + 1):
            column = self.at(path[:length])
            if column is None:
                return not complete
            if column.kind == Kind.BROKEN or column.shape.design == BROKEN:
                return True
            complete = column.shape.complete
        return False

    def at(self, path: tuple[str, ...]) -> Column | None:
        """Return the column at a path, None if there is none."""
        if self._paths is None or len(self._paths) != len(self.columns):
            self._paths = {column.path: column for column in self.columns}
        return self._paths.get(path)


class Entities:
    """Makes entities of interfaces, each once, within a budget of columns.

    Objects within objects can multiply: without the budget, a few lines could ask for
    more columns than any memory holds.
    """

    def __init__(self, types: Types, budget: int) -> None:
        self.types = types
        self.budget = budget
        self._known: dict[Symbol, Entity] = {}
        self._ends: dict[int, Column | None] = {}

    def end_of(self, column: Column) -> Column | None:
        """Return the column to which a chain of references leads; None where it is a circle or broken."""
        passed: dict[int, Column] = {}
        at: Column | None = column
        while at is not None and (target := at.shape.field) is not None and id(at) not in self._ends:
            if id(at) in passed:
                at = None
                break
            passed[id(at)] = at
            at = self.of(target.symbol).at(tuple(member.name for member in target.path))
        end = self._ends.get(id(at), at)
        self._ends |= dict.fromkeys(passed, end)
        return end

    def of(self, symbol: Symbol) -> Entity:
        """Return the entity of an interface, or of an alias that is an object."""
        known = self._known.get(symbol)
        if known is not None:
            return known
        entity = Entity(symbol, type_annotations(symbol), self.types.complete(symbol))
        self._known[symbol] = entity
        members = self.types.object_members(symbol) or {}
        expansion = _Expansion(self, entity)
        for member in members.values():
            expansion.add(member, (), "", nullable=False, inner=False)
        return entity


class _Expansion:
    """Adds columns to one entity."""

    def __init__(self, entities: Entities, entity: Entity) -> None:
        self.entities = entities
        self.types = entities.types
        self.entity = entity
        # Objects that are open: one of them inside itself would have no end.
        self.open: dict[Symbol, None] = {entity.symbol: None}
        self.stored = entity.table is not None or entity.view is not None

    def add(
        self, member: Member, parents: tuple[str, ...], prefix: str, *, nullable: bool, inner: bool
    ) -> None:
        """Add a prop, and what is below it."""
        if self.entities.budget <= 0:
            self.entity.cut = True
            return
        self.entities.budget -= 1
        annotations = self.types.annotations(member)
        shape = self.types.of(member)
        own = annotations.get("db.column")
        local = (own and own[0].text()) or member.name
        path = (*parents, member.name)
        column = Column(
            member,
            _kind(annotations, shape, inner=inner),
            path,
            prefix + local,
            local if own else ".".join(path),
            annotations,
            shape,
            nullable or member.optional or member.partial,
        )
        if shape.design == PHANTOM and column.kind in _HOLDING:
            return
        if shape.design == BROKEN and column.kind in _HOLDING:
            column.kind = Kind.BROKEN
        self.entity.columns.append(column)
        if annotations:
            self._note(column)
        if column.kind == Kind.CONTAINER:
            self._open(column, prefix + local + "__", inner=False)
        elif column.kind in (Kind.JSON, Kind.INNER):
            self._open(column, prefix + local + "__", inner=True)

    def _note(self, column: Column) -> None:
        """Enter the annotations of a column into the index of its entity."""
        uses = self.entity.uses
        for name, nodes in column.applied.items():
            uses.setdefault(name, []).extend((column, node) for node in nodes)

    def _open(self, column: Column, prefix: str, *, inner: bool) -> None:
        """Add what is below a prop that holds objects."""
        shape, members = column.shape, self.types.below(column.member)
        if shape.item is not None:
            shape = self._item(shape)
            members = shape.members or {}
        if not members:
            return
        symbol = shape.symbol
        if (symbol is not None and symbol in self.open) or len(column.path) > _DEPTH:
            self._endless(column, symbol, inner=inner)
            return
        if symbol is not None:
            self.open[symbol] = None
        for member in members.values():
            self.add(member, column.path, prefix, nullable=column.nullable, inner=inner)
        # Of what is not stored, a look at each type is enough: only rules are asked of it.
        if symbol is not None and self.stored:
            self.open.popitem()

    def _item(self, shape: Shape) -> Shape:
        """Return the type of an array's items, however many arrays are around them."""
        for _ in range(_DEPTH):
            if shape.item is None:
                return shape
            shape = self.types.shape(*shape.item)
        return shape

    def _endless(self, column: Column, symbol: Symbol | None, *, inner: bool) -> None:
        """Report an object that is a column of itself; in JSON values that is allowed."""
        if inner or column.unclear or not (self.entity.table or self.entity.view):
            return
        span = column.member.module.span(column.member.node.type)
        if symbol is not None and symbol in self.open:
            message = f"{symbol.name!r} holds itself: it would have columns without end"
            hint = "store it as one value with @db.json, or refer to it with @db.rel.to"
            self.types.scope.report(problems.CIRCULAR_TYPE, span, message, hint)
        else:
            message = f"objects in objects more than {_DEPTH} levels deep cannot become columns"
            self.types.scope.report(problems.TOO_DEEP, span, message, "store one as a value with @db.json")


def _unclear(annotations: Notes) -> bool:
    known = known_annotations()
    return any(
        nodes[0].broken or (name not in known and name.split(".", 1)[0] in RESERVED)
        for name, nodes in annotations.items()
    )


def _kind(annotations: Notes, shape: Shape, *, inner: bool) -> Kind:
    """Return what becomes of a prop."""
    if "db.ignore" in annotations:
        return Kind.IGNORED
    if annotations and not NAVIGATION.isdisjoint(annotations):
        return Kind.NAVIGATION
    if inner:
        return Kind.INNER
    if "db.encrypted" in annotations:
        return Kind.COLUMN
    if shape.design == ARRAY or "db.json" in annotations:
        return Kind.JSON
    return Kind.CONTAINER if shape.design == OBJECT else Kind.COLUMN


def all_entities(entities: Entities) -> Iterator[Entity]:
    """Yield the entity of every declared interface, and of every alias that is an object."""
    for module in entities.types.scope.modules.values():
        for symbol in module.symbols.values():
            if entities.types.object_members(symbol) is not None:
                yield entities.of(symbol)

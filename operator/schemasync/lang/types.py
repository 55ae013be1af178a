"""What a type means: its design, its members, and the annotations that come with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemasync.errors import Related
from schemasync.lang import applied, ast, problems
from schemasync.lang.catalogue import known_primitives
from schemasync.lang.cycles import cyclic_interfaces
from schemasync.lang.overlays import changed, overlaid, overlay_of
from schemasync.lang.resolving import Resolving
from schemasync.lang.shapes import (
    ARRAY,
    BROKEN,
    BROKEN_SHAPE,
    OBJECT,
    UNION,
    FieldTarget,
    Member,
    Shape,
    merged,
    primitive_shape,
    union,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemasync.errors import Span
    from schemasync.lang.applied import Notes
    from schemasync.lang.scope import Module, Scope, Symbol


class Types(Resolving):
    """Resolves types, each once; `budget` is how many props and annotations they may hand on in all.

    Without it a few lines, each extending the one before, could ask for more than any memory holds.
    """

    def __init__(self, scope: Scope, budget: int) -> None:
        super().__init__(scope)
        self.budget = budget
        self._members: dict[Symbol, dict[str, Member]] = {}
        self._shapes: dict[Symbol, Shape] = {}
        self._below: dict[Member, Mapping[str, Member]] = {}
        self._paid: set[int] = set()
        self._incomplete: set[Symbol] = set()
        self._cyclic: dict[Symbol, int] | None = None

    def _affords(self, count: int, node: object, span: Span) -> bool:
        """Tell whether a node can hand on so many props or annotations; report where it cannot.

        A node pays once, however often what it stands in is begun again.
        """
        if id(node) not in self._paid:
            self._paid.add(id(node))
            self.budget -= count
        if self.budget < 0:
            message = "all files together inherit too many props and annotations"
            self.scope.report(problems.TOO_MANY_COLUMNS, span, message)
        return self.budget >= 0

    def of(self, member: Member, depth: int = 0) -> Shape:
        """Return the type of a prop."""
        if member.shape is None:
            member.shape = self.resolved(member, self._of, depth) or BROKEN_SHAPE
        return member.shape

    def _of(self, member: Member, depth: int) -> Shape:
        if member.combined is None:
            shape = self.shape(member.module, member.node.type, depth)
        else:
            op, members = member.combined
            shapes = self.each(members, lambda other: self.of(other, depth))
            shape = self._joined(op, member.module, member.node.type, shapes)
        member.shape = shape
        return shape

    def annotations(self, member: Member) -> Notes:
        """Return what holds for a prop: what its type brings along, then its own."""
        shape = self.of(member)
        return applied.merge(shape.applied, member.applied) if shape.applied else member.applied

    def below(self, member: Member) -> Mapping[str, Member]:
        """Return the members of a prop that is an object, as annotate blocks change them."""
        members = self.of(member).members or {}
        if not member.nested:
            return members
        known = self._below.get(member)
        if known is None:
            known = self._below[member] = {**members, **changed(members, member.nested)}
        return known

    def shape(  # noqa: PLR0911 - a table of cases
        self, module: Module, node: ast.Type, depth: int = 0
    ) -> Shape:
        """Return what a type means in a file."""
        if isinstance(node, ast.Reference):
            return self._reference(module, node, depth)
        if isinstance(node, ast.Value):
            return primitive_shape("string" if node.kind == "string" else "number")
        if isinstance(node, ast.Object):
            return Shape(OBJECT, members=self._own(module, node), complete=node.complete)
        if isinstance(node, ast.Array):
            return Shape(ARRAY, item=(module, node.item))
        if isinstance(node, ast.Broken):
            return BROKEN_SHAPE
        if node.op == "tuple":
            return Shape(UNION)
        # Asked from outside, every item is an outermost one.
        below = depth and depth + 1
        shapes = self.each(node.items, lambda item: self.shape(module, item, below))
        return self._joined(node.op, module, node, shapes)

    def _joined(self, op: str, module: Module, node: ast.Type, shapes: list[Shape]) -> Shape:
        """Return the union or intersection of some types."""
        if any(shape.design == BROKEN for shape in shapes):
            return BROKEN_SHAPE
        if not self._affords(sum(map(_size, shapes)), node, module.span(node)):
            return BROKEN_SHAPE
        return union(shapes) if op == "union" else self._intersection(module, node, shapes)

    def check_reference(self, module: Module, node: ast.Reference) -> None:
        """Report a name in a type that means nothing."""
        text = node.text
        if text in known_primitives() or text in module.symbols:
            symbol = module.symbols.get(text)
            if symbol is not None or known_primitives()[text].design is not None:
                return
        self._reference(module, node, 0)

    def _reference(self, module: Module, node: ast.Reference, depth: int) -> Shape:
        """Return what a name, a primitive or a field reference means."""
        text = node.text
        if "." not in text:
            if text in known_primitives() and text not in module.symbols and text not in module.imported:
                return self._known_primitive(module, node)
            symbol = self.scope.find(module, ast.Name(text, node.start, node.end))
            return self.named(symbol, depth) if symbol else BROKEN_SHAPE
        first = text.partition(".")[0]
        if first in known_primitives() and first not in module.symbols and first not in module.imported:
            return self._known_primitive(module, node)
        head, *rest = node.parts()
        symbol = self.scope.find(module, head)
        target = self.follow(module, symbol, rest, depth) if symbol else None
        if target is None:
            return BROKEN_SHAPE
        shape = self.of(target.member, depth)
        annotations = applied.passed(applied.merge(shape.applied, target.member.applied))
        return replace(shape, applied=annotations, field=target)

    def _known_primitive(self, module: Module, node: ast.Reference) -> Shape:
        """Return the shape of a primitive, with a report where its extension is unknown."""
        primitive = known_primitives().get(node.text)
        if primitive is None:
            hint = self.scope.suggest(node.text, known_primitives())
            message = f"{node.text!r} is not an extension of {node.text.split('.')[0]!r}"
            self.scope.report(problems.UNKNOWN_PRIMITIVE, module.span(node), message, hint)
            return BROKEN_SHAPE
        if primitive.design is None and node.text != "never":
            message = f"{node.text!r} is a group of types, not a type"
            self.scope.report(problems.NOT_A_TYPE, module.span(node), message)
        return primitive_shape(node.text)

    def named(self, symbol: Symbol, depth: int = 0) -> Shape:
        """Return what a declared name means."""
        known = self._shapes.get(symbol)
        if known is not None:
            return known
        if not isinstance(symbol.node, ast.Interface):
            return self.resolved(symbol, self._declared, depth) or BROKEN_SHAPE
        # What stands on an interface says something about it, not about the props that have its type.
        members, complete = self.members(symbol, depth), self.complete(symbol)
        shape = Shape(OBJECT, members=members, symbol=symbol, complete=complete)
        if symbol in self._members:
            self._shapes[symbol] = shape
        return shape

    def complete(self, symbol: Symbol) -> bool:
        """Tell whether all members of an object are known; False where an error kept some from it."""
        if isinstance(symbol.node, ast.Interface):
            self.members(symbol)
            return symbol in self._members and symbol not in self._incomplete
        shape = self.named(symbol)
        return shape.complete and shape.design != BROKEN

    def _declared(self, symbol: Symbol, depth: int) -> Shape:
        """Return the shape of a declaration that is no interface."""
        node = symbol.node
        assert not isinstance(node, ast.Interface)  # noqa: S101 - `named` has seen to it
        shape = self._aliased(symbol, node, depth)
        members = shape.members
        if shape.design == BROKEN or not self._affords(_size(shape), node, symbol.span):
            self._shapes[symbol] = BROKEN_SHAPE
            return BROKEN_SHAPE
        if members is not None and isinstance(node, ast.Annotate):
            members = {**members, **changed(members, overlay_of([(symbol.module, node)]))}
        if members is not None:
            members = overlaid(members, symbol)
        annotations = applied.merge(shape.applied, type_annotations(symbol))
        # Another name of an interface is that interface: keys and relations lead to its table.
        own = symbol if isinstance(node, ast.Annotate) or shape.symbol is None else shape.symbol
        self._shapes[symbol] = replace(shape, applied=annotations, members=members, symbol=own)
        return self._shapes[symbol]

    def _aliased(self, symbol: Symbol, node: ast.Alias | ast.Annotate, depth: int) -> Shape:
        """Return the shape that a declaration gives another name."""
        if isinstance(node, ast.Alias):
            return self.shape(symbol.module, node.type, depth)
        target = self.scope.find(symbol.module, node.target)
        return self.named(target, depth) if target is not None else BROKEN_SHAPE

    def members(self, symbol: Symbol, depth: int = 0) -> Mapping[str, Member]:
        """Return the props of an interface, inherited ones first; empty for what is no object."""
        known = self._members.get(symbol)
        if known is not None:
            return known
        if not isinstance(symbol.node, ast.Interface):
            return self.named(symbol, depth).members or {}
        return self.resolved(symbol, self._all_members, depth) or {}

    def _all_members(self, symbol: Symbol, depth: int) -> Mapping[str, Member]:
        node = symbol.node
        assert isinstance(node, ast.Interface)  # noqa: S101 - `members` has seen to it
        if not node.body.complete:
            self._incomplete.add(symbol)
        found: dict[str, Member] = {}
        self._inherit(symbol, node, found, depth)
        self._add_own(symbol, node, found)
        if "db.mongo.collection" in type_annotations(symbol) and "_id" not in found:
            found = {"_id": _object_id(symbol, node), **found}
        found.update(overlaid(found, symbol))
        self._members[symbol] = found
        return found

    def object_members(self, symbol: Symbol, depth: int = 0) -> Mapping[str, Member] | None:
        """Return the members of an interface, or of another name that is an object; None for others."""
        if isinstance(symbol.node, ast.Interface):
            return self.members(symbol, depth)
        return self.named(symbol, depth).members

    def _inherit(self, symbol: Symbol, node: ast.Interface, found: dict[str, Member], depth: int) -> None:
        """Add the props of the interfaces that `node` extends."""
        bases = self.each(node.extends, lambda reference: self._base(symbol, reference, depth))
        for reference, base in zip(node.extends, bases, strict=True):
            if base is None:
                self._incomplete.add(symbol)
                continue
            if not self._affords(len(base), reference, symbol.module.span(reference)):
                self._incomplete.add(symbol)
                return
            for name, member in base.items():
                first = found.setdefault(name, member)
                if first.node is not member.node and _differ(first, member):
                    message = f"{name!r} is inherited twice, with different types"
                    related = (_declared_at(first, "the first"), _declared_at(member, "the second"))
                    self.scope.report(
                        problems.DUPLICATE_PROP, symbol.module.span(reference), message, related=related
                    )

    def _base(self, symbol: Symbol, reference: ast.Reference, depth: int) -> Mapping[str, Member] | None:
        """Return the props that a name after `extends` brings along; None, reported, if unknown."""
        if "." in reference.text:
            message = "expected the name of an interface"
            self.scope.report(problems.NOT_AN_INTERFACE, symbol.module.span(reference), message)
            return None
        module = symbol.module
        base = self.scope.find(module, ast.Name(reference.text, reference.start, reference.end))
        if base is None or self._extends_itself(symbol, base, reference):
            return None
        members = self.object_members(base, depth)
        if members is None and self.named(base, depth).design != BROKEN:
            message = f"{reference.text!r} is not an interface"
            self.scope.report(problems.NOT_AN_INTERFACE, module.span(reference), message)
        if members is not None and not self.complete(base):
            self._incomplete.add(symbol)
        return members

    def _extends_itself(self, symbol: Symbol, base: Symbol, reference: ast.Reference) -> bool:
        """Report, and tell, whether `symbol` extends itself by way of `base`."""
        if self._cyclic is None:
            self._cyclic = cyclic_interfaces(self.scope)
        if symbol not in self._cyclic or self._cyclic[symbol] != self._cyclic.get(base):
            return False
        message = f"{symbol.name!r} extends itself"
        self.scope.report(problems.CIRCULAR_EXTENDS, symbol.module.span(reference), message)
        if symbol in self._circular:
            return True
        self._circular.add(symbol)
        assert isinstance(symbol.node, ast.Interface)  # noqa: S101 - only interfaces extend
        for prop in symbol.node.body.props:
            message = f"{prop.name.text!r} is inherited from {symbol.name!r} itself"
            self.scope.report(problems.DUPLICATE_PROP, symbol.module.span(prop.name), message)
        return True

    def _add_own(self, symbol: Symbol, node: ast.Interface, found: dict[str, Member]) -> None:
        """Add the props that an interface declares itself."""
        inherited = dict(found)
        for name, member in self._own(symbol.module, node.body).items():
            if name in inherited:
                message = f"{name!r} is already inherited"
                related = (_declared_at(inherited[name], "declared here first"),)
                span = symbol.module.span(member.node.name)
                self.scope.report(problems.DUPLICATE_PROP, span, message, related=related)
            else:
                found[name] = member

    def _own(self, module: Module, node: ast.Object) -> dict[str, Member]:
        """Return the props that stand between two braces, patterns left out, the first of each name."""
        found: dict[str, Member] = {}
        for prop in node.props:
            if prop.pattern:
                continue
            name = prop.name.text
            if name in found:
                continue
            annotations = applied.collect(prop.annotations) if prop.annotations else applied.NONE
            found[name] = Member(name, module, prop, annotations, prop.optional)
        return found

    def follow(
        self, module: Module, symbol: Symbol, names: list[ast.Name], depth: int = 0
    ) -> FieldTarget | None:
        """Return what a path below a declared name leads to; None, reported, if nowhere."""
        members, complete = self.object_members(symbol, depth), self.complete(symbol)
        path: list[Member] = []
        for name in names:
            member = members.get(name.text) if members is not None else None
            if member is None:
                if complete:
                    owner = path[-1].name if path else symbol.name
                    hint = self.scope.suggest(name.text, members or ())
                    self.scope.report(
                        problems.UNKNOWN_PROP, module.span(name), f"{owner!r} has no prop {name.text!r}", hint
                    )
                return None
            path.append(member)
            if name is not names[-1]:
                shape = self.of(member, depth)
                members = shape.members and self.below(member)
                complete = shape.complete and shape.design != BROKEN
        return FieldTarget(self.behind(symbol), tuple(path))

    def behind(self, symbol: Symbol) -> Symbol:
        """Return the interface that an alias is another name of; what is none, as it is."""
        return (self.named(symbol).symbol or symbol) if isinstance(symbol.node, ast.Alias) else symbol

    def _intersection(self, module: Module, node: ast.Type, shapes: list[Shape]) -> Shape:
        """Return what is all of `shapes` at once."""
        annotations = applied.merge_all(shape.applied for shape in shapes)
        if all(shape.members is not None for shape in shapes):
            members = merged("intersection", [shape.members or {} for shape in shapes])
            complete = all(shape.complete for shape in shapes)
            return Shape(OBJECT, applied=annotations, members=members, complete=complete)
        if len({shape.design for shape in shapes}) == 1:
            return replace(
                shapes[0], tags=frozenset().union(*(shape.tags for shape in shapes)), applied=annotations
            )
        message = "no value is all of these types at once"
        self.scope.report(problems.CONFLICTING_INTERSECTION, module.span(node), message)
        return BROKEN_SHAPE


def _size(shape: Shape) -> int:
    """Return how many props and annotations a shape hands on."""
    members = shape.members or {}
    own = sum(1 + applied.size(member.applied) for member in members.values())
    return own + applied.size(shape.applied)


def type_annotations(symbol: Symbol) -> Notes:
    """Return the annotations of a declaration, with those that annotate blocks add to it."""
    if not symbol.overlays:
        return applied.collect(symbol.node.annotations)
    blocks = (block.annotations for _, block in symbol.overlays)
    return applied.of_several([symbol.node.annotations, *blocks])


def _differ(first: Member, second: Member) -> bool:
    """Tell whether two props are declared differently, white space aside."""
    if first.node.optional != second.node.optional:
        return True
    return "".join(written(first).split()) != "".join(written(second).split())


def _object_id(symbol: Symbol, node: ast.Interface) -> Member:
    """Return the `_id` that a collection has where none is declared."""
    name = ast.Name("_id", node.name.start, node.name.end)
    type_ = ast.Reference("mongo.objectId", node.name.start, node.name.end)
    prop = ast.Prop(name, optional=False, pattern=False, annotations=(), type=type_)
    return Member("_id", symbol.module, prop, applied.NONE, optional=False)


def _declared_at(member: Member, message: str) -> Related:
    return Related(span=member.module.span(member.node.name), message=message)

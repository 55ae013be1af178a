"""Views: what they read, how it is joined and filtered, and where each column comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from schemasync import model
from schemasync.lang import ast, problems
from schemasync.lang.entity import Column, Entities, Entity, Kind
from schemasync.lang.lower import field, options, schema_of, space_of

if TYPE_CHECKING:
    from schemasync.lang.scope import Module, Symbol
    from schemasync.lang.shapes import FieldTarget

_EXPONENT: Final = 1e21
_DIGITS: Final = 300
AGGREGATES: Final = ("count", "sum", "avg", "min", "max")


@dataclass(frozen=True, slots=True)
class Sources:
    """What a query may refer to: the entry first, then what is joined; `own` is the view, in HAVING.

    In the filter of a `relation` that is the table it leads to, its own, and the junction. It is
    `unclear` where an error, reported, may be why something is missing.
    """

    module: Module
    reading: tuple[Entity, ...]
    own: Entity | None = None
    relation: bool = False
    unclear: bool = False


class Views:
    """Lowers views, and reports references that lead nowhere."""

    def __init__(self, entities: Entities) -> None:
        self.entities = entities
        self.scope = entities.types.scope
        self._known: dict[Entity, model.View] = {}

    def view(self, entity: Entity) -> model.View:
        """Return the view that an interface declares; references that lead nowhere are reported once."""
        if entity not in self._known:
            self._known[entity] = self._view(entity)
        return self._known[entity]

    def _view(self, entity: Entity) -> model.View:
        entry = self._entity(entity.first("db.view.for"))
        kind = model.ViewKind.MANAGED if entity.first("db.view.for") else model.ViewKind.EXTERNAL
        if kind == model.ViewKind.MANAGED and entity.first("db.view.materialized"):
            kind = model.ViewKind.MATERIALIZED
        joined = self._joined(entity)
        reading = (entry, *(target for _, target in joined)) if entry else ()
        columns = tuple(self._column(entity, column, reading) for column in entity.stored) if entry else ()
        renamed = entity.first("db.view.renamed")
        return model.View(
            name=entity.name,
            kind=kind,
            fields=tuple(field(column) for column in entity.stored),
            interface=entity.symbol.name,
            entry=entry.name if entry else None,
            entry_schema=schema_of(entry) if entry else None,
            joins=self._joins(entity, entry, joined),
            columns=tuple(column for column in columns if column),
            filter=self._condition(entity, entity.first("db.view.filter"), 0, reading),
            having=self._condition(entity, entity.first("db.view.having"), 0, reading, having=True),
            schema=schema_of(entity),
            space=space_of(entity),
            renamed_from=renamed.text() if renamed else None,
            options=options(entity),
            nested=tuple(
                field(column) for column in entity.columns if column.kind in (Kind.CONTAINER, Kind.INNER)
            ),
            span=entity.symbol.span,
        )

    def module_of(self, node: ast.Annotation) -> Module:
        """Return the file in which an annotation stands."""
        return self.scope.modules[node.source.path]

    def target(self, node: ast.Annotation | None) -> Symbol | None:
        """Return what the first argument of an annotation refers to; None, reported, if nothing."""
        if node is None or not node.args or not isinstance(node.args[0].value, ast.Reference):
            return None
        reference = node.args[0].value
        module = self.module_of(node)
        symbol = self.scope.find(module, reference.parts()[0])
        if symbol is None or self.entities.types.object_members(symbol) is None:
            return None
        return self.entities.types.behind(symbol)

    def no_object(self, node: ast.Annotation) -> Symbol | None:
        """Return what the first argument of an annotation refers to if that is no object, else None."""
        if not node.args or not isinstance(node.args[0].value, ast.Reference):
            return None
        symbol = self.scope.find(self.module_of(node), node.args[0].value.parts()[0])
        if symbol is None or self.entities.types.object_members(symbol) is not None:
            return None
        return symbol if self.entities.types.named(symbol).design != "broken" else None

    def _entity(self, node: ast.Annotation | None) -> Entity | None:
        symbol = self.target(node)
        return self.entities.of(symbol) if symbol else None

    def read(self, entity: Entity) -> list[tuple[ast.Annotation, Entity]]:
        """Return what a view reads, each with the annotation that names it."""
        entry = entity.first("db.view.for")
        source = self._entity(entry)
        return [*([(entry, source)] if entry and source else ()), *self._joined(entity)]

    def _joined(self, entity: Entity) -> list[tuple[ast.Annotation, Entity]]:
        """Return the joins of a view, each with what it joins."""
        nodes = entity.applied.get("db.view.joins", ())
        return [(node, target) for node in nodes if (target := self._entity(node)) is not None]

    def _joins(
        self, entity: Entity, entry: Entity | None, joined: list[tuple[ast.Annotation, Entity]]
    ) -> tuple[model.Join, ...]:
        """Return the joins of a view; a condition may name the entry and everything joined."""
        if entry is None:
            return ()
        reading = (entry, *(target for _, target in joined))
        found = []
        for node, target in joined:
            condition = self._condition(entity, node, 1, reading)
            if condition is not None:
                found.append(model.Join(table=target.name, schema=schema_of(target), condition=condition))
        return tuple(found)

    def _column(self, entity: Entity, column: Column, reading: tuple[Entity, ...]) -> model.ViewColumn | None:
        """Return where a column comes from; None, reported, if nowhere."""
        for function in AGGREGATES:
            node = column.first("db.agg." + function)
            if node is not None:
                return self._aggregate(entity, column, function, node, reading)
        target, below = _referred(entity, column)
        if target is None and column.unclear:
            return None
        if target is None:
            return self._same_name(column, reading)
        source = self.entities.of(target.symbol)
        if source not in reading and self._is_unclear(entity):
            return None
        if source not in reading:
            message = f"the view does not read {target.symbol.name!r}"
            self._report(problems.NOT_IN_VIEW, column, message, "join it with @db.view.joins")
            return None
        found = source.at((*(member.name for member in target.path), *below))
        return self._from(column, source, found)

    def _same_name(self, column: Column, reading: tuple[Entity, ...]) -> model.ViewColumn | None:
        """Return the column of the entry that has the path of a column without a reference."""
        found = reading[0].at(column.path)
        if found is not None:
            return self._from(column, reading[0], found)
        if reading[0].lost(column.path):
            return None
        message = f"{column.member.name!r} has no source: {reading[0].symbol.name!r} has no such prop"
        hint = f"refer to a field, as in {reading[0].symbol.name}.id, or count with an @db.agg annotation"
        self._report(problems.NO_SOURCE, column, message, hint)
        return None

    def _is_elsewhere(self, entity: Entity, node: ast.Annotation, name: str) -> bool:
        """Report, and tell, whether a name is that of a type that a view does not read."""
        module = self.module_of(node)
        if name not in module.symbols and name not in module.imported:
            return False
        if not self._is_unclear(entity):
            span = node.source.span(node.args[0].start, node.args[0].end)
            message = f"the view does not read {name!r}"
            self.scope.report(problems.NOT_IN_VIEW, span, message, "join it with @db.view.joins")
        return True

    def _is_unclear(self, entity: Entity) -> bool:
        """Tell whether an error, reported, may be why a view does not read something."""
        joins = entity.applied.get("db.view.joins", ())
        return entity.unclear or len(self._joined(entity)) < len(joins)

    def _aggregate(
        self,
        entity: Entity,
        column: Column,
        function: str,
        node: ast.Annotation,
        reading: tuple[Entity, ...],
    ) -> model.ViewColumn | None:
        """Return the aggregate that an annotation declares."""
        written = node.text()
        if written is None:
            return model.ViewColumn(name=column.name, aggregate=function)
        source, path = reading[0], tuple(written.split("."))
        named = self._qualified(Sources(self.module_of(node), reading), path[0]) if len(path) > 1 else None
        if named is not None:
            source, path = named, path[1:]
        elif len(path) > 1 and source.at(path[:1]) is None and self._is_elsewhere(entity, node, path[0]):
            return None
        found = source.at(path)
        if found is None and source.lost(path):
            return None
        if found is None:
            hint = self.scope.suggest(path[-1], (known.path[-1] for known in source.columns))
            message = f"{source.symbol.name!r} has no prop {'.'.join(path)!r}"
            argument = node.args[0]
            span = node.source.span(argument.start, argument.end)
            self.scope.report(problems.UNKNOWN_PROP, span, message, hint)
            return None
        return self._from(column, source, found, function)

    def _from(
        self, column: Column, source: Entity, found: Column | None, aggregate: str | None = None
    ) -> model.ViewColumn | None:
        """Return the column that shows `found`, reported where it is not stored."""
        if found is not None and source.lost(found.path):
            return None
        if found is None or found.kind not in (Kind.COLUMN, Kind.JSON):
            self._report(problems.NO_SOURCE, column, f"{column.member.name!r} refers to what is not stored")
            return None
        return model.ViewColumn(
            name=column.name,
            aggregate=aggregate,
            table=source.name,
            schema=schema_of(source),
            column=found.name,
        )

    def _report(
        self, problem: problems.Problem, column: Column, message: str, hint: str | None = None
    ) -> None:
        span = column.member.module.span(column.member.node.type)
        self.scope.report(problem, span, message, hint)

    def _condition(
        self,
        entity: Entity,
        node: ast.Annotation | None,
        position: int,
        reading: tuple[Entity, ...],
        *,
        having: bool = False,
    ) -> model.Condition | None:
        """Return the query in an argument of an annotation; None if it is not there or broken."""
        if node is None or position >= len(node.args) or not reading:
            return None
        query = node.args[position].value
        if not isinstance(query, (ast.Comparison, ast.Logic)):
            return None
        own = entity if having else None
        sources = Sources(self.module_of(node), reading, own, unclear=self._is_unclear(entity))
        return self.condition(sources, query)

    def condition(self, sources: Sources, query: ast.Query) -> model.Condition | None:
        """Return a query with its fields resolved; None, reported, where one leads nowhere."""
        if isinstance(query, ast.Logic):
            operands = [self.condition(sources, operand) for operand in query.operands]
            known = tuple(operand for operand in operands if operand is not None)
            return model.Logic(op=query.op, operands=known) if len(known) == len(operands) else None
        left = self._field(sources, query.left)
        right = self._operand(sources, query.right)
        if left is None or isinstance(right, _Missing):
            return None
        return model.Comparison(left=left, op=query.op, right=right)

    def _operand(
        self, sources: Sources, right: ast.Reference | ast.Value | tuple[ast.Value, ...] | None
    ) -> model.Operand | _Missing:
        """Return the right side of a comparison."""
        if isinstance(right, tuple):
            return tuple(_scalar(value) for value in right)
        if isinstance(right, ast.Reference):
            return self._field(sources, right) or _MISSING
        if right is not None and right.kind == "regex":
            body, _, flags = str(right.value)[1:].rpartition("/")
            return model.Regex(pattern=body, flags=flags)
        if right is not None and right.kind == "undefined":
            return model.Undefined.UNDEFINED
        return None if right is None else _scalar(right)

    def _field(self, sources: Sources, reference: ast.Reference) -> model.FieldRef | None:
        """Return a field of a query; None, reported, if there is no such field in scope."""
        head, *rest = reference.parts()
        source = self._qualified(sources, head.text) if rest else None
        if source is not None:
            return self._field_of(sources, source, rest, qualified=True)
        bare = sources.own or sources.reading[0]
        if rest and bare.at((head.text,)) is None and self._named(sources, head):
            return None
        return self._field_of(sources, bare, [head, *rest], qualified=False)

    def _qualified(self, sources: Sources, name: str) -> Entity | None:
        """Return the entity in scope that a name means."""
        module = sources.module
        named = module.symbols.get(name) or module.imported.get(name)
        symbol = self.entities.types.behind(named) if named else None
        if sources.own is not None and sources.own.symbol is symbol:
            return sources.own
        return next((entity for entity in sources.reading if entity.symbol is symbol), None)

    def _named(self, sources: Sources, head: ast.Name) -> bool:
        """Report a type that the view does not read, or that does not exist."""
        symbol = self.scope.find(sources.module, head)
        if symbol is not None:
            span = sources.module.span(head)
            if sources.unclear:
                return True
            if sources.relation:
                message = f"the relation does not lead to {head.text!r}"
                self.scope.report(problems.FILTER_FIELD, span, message)
            else:
                message = f"the view does not read {head.text!r}"
                self.scope.report(problems.NOT_IN_VIEW, span, message, "join it with @db.view.joins")
        return True

    def _field_of(
        self, sources: Sources, entity: Entity, names: list[ast.Name], *, qualified: bool
    ) -> model.FieldRef | None:
        """Return the field at a path of an entity; None, reported, if there is none that is stored."""
        path = tuple(name.text for name in names)
        found = entity.at(path)
        if entity.lost(path):
            return None
        if found is None or found.kind not in (Kind.COLUMN, Kind.JSON):
            hint = self.scope.suggest(path[-1], (column.path[-1] for column in entity.columns))
            message = f"{entity.symbol.name!r} has no stored field {'.'.join(path)!r}"
            problem = problems.FILTER_FIELD if sources.relation else problems.UNKNOWN_FIELD
            self.scope.report(problem, sources.module.span(names[0]), message, hint)
            return None
        own = entity is sources.own
        return model.FieldRef(
            table=None if own else entity.name,
            schema=None if own else schema_of(entity),
            column=found.name,
            written=".".join(path),
            qualified=qualified,
        )


class _Missing:
    """Stands for an operand that could not be resolved."""


_MISSING: Final = _Missing()


def _referred(entity: Entity, column: Column) -> tuple[FieldTarget | None, tuple[str, ...]]:
    """Return the field reference that a column, or an object around it, has, and the path below that."""
    for length in range(len(column.path), 0, -1):
        around = entity.at(column.path[:length])
        if around is not None and around.shape.field is not None:
            return around.shape.field, column.path[length:]
    return None, ()


def _scalar(value: ast.Value) -> model.Scalar:
    """Return what a literal stands for."""
    if value.kind == "number":
        text = str(value.value)
        # Beyond, an integer is none that a computer counts exactly, and Python refuses to read it.
        if text.lstrip("-").isdigit() and len(text) < _DIGITS:
            return int(text)
        number = float(text)
        # As JavaScript prints it: whole numbers without a fraction, very large ones with an exponent.
        return int(number) if number.is_integer() and abs(number) < _EXPONENT else number
    return value.value if isinstance(value.value, (str, bool)) else None

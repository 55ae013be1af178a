"""Rules for foreign keys and relations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemasync.errors import Related
from schemasync.lang import ast, problems
from schemasync.lang.entity import Column, Entity, Kind
from schemasync.lang.rules.base import Context, at, each, not_made, rule
from schemasync.lang.rules.columns import DEFAULTS
from schemasync.lang.views import Sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemasync.errors import Diagnostic
    from schemasync.lang.problems import Problem
    from schemasync.lang.scope import Symbol
    from schemasync.lang.shapes import Shape

_SCALARS: Final = frozenset({"string", "number", "decimal", "boolean"})
_ACTIONS: Final = ("db.rel.onDelete", "db.rel.onUpdate")
_DEFAULTS: Final = (*DEFAULTS, "db.column.version")


Key = tuple[Column, ast.Annotation]


@rule(problems.FK_REFERENCE, "db.rel.FK")
def a_foreign_key_refers_to_a_field(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """Require a field reference as the type of a foreign key."""
    for column, node in entity.uses.get("db.rel.FK", ()):
        if column.shape.field is None and column.shape.design != "broken":
            hint = "give it the type of the field it refers to, as in User.id"
            yield at(problems.FK_REFERENCE, node, f"{column.member.name!r} refers to no field", hint)


@rule(problems.FK_TARGET, "db.rel.FK")
def a_foreign_key_refers_to_a_key(entity: Entity, context: Context) -> Iterator[Diagnostic]:
    """Require `@meta.id` or `@db.index.unique` on what a foreign key refers to."""
    for column, node, target in _targets(entity, context):
        if not ("meta.id" in target.applied or "db.index.unique" in target.applied or target.unclear):
            message = f"{'.'.join(target.path)!r} is no key: it has neither @meta.id nor @db.index.unique"
            related = (Related(span=target.span, message=f"what {column.member.name!r} refers to"),)
            hint = "put one of them on it"
            yield problems.FK_TARGET.at(node.span, message, related=related, hint=hint)


@rule(problems.FK_SCALAR, "db.rel.FK")
def a_foreign_key_refers_to_a_scalar(entity: Entity, context: Context) -> Iterator[Diagnostic]:
    """Require a string, a number, a decimal or a boolean as what a foreign key refers to."""
    for _, node, target in _targets(entity, context):
        if target.shape.design not in _SCALARS or target.kind != Kind.COLUMN:
            message = f"{'.'.join(target.path)!r} is no single value that a column can refer to"
            yield problems.FK_SCALAR.at(
                node.span, message, related=(Related(span=target.span, message="the target"),)
            )


@rule(problems.FK_TABLE, "db.rel.FK")
def a_foreign_key_refers_to_a_table(entity: Entity, context: Context) -> Iterator[Diagnostic]:
    """Require `@db.table` on the interface that a foreign key refers to."""
    for column, node in entity.uses.get("db.rel.FK", ()):
        if column.shape.field is None:
            continue
        target = context.entities.of(column.shape.field.symbol)
        if not (target.table or target.unclear):
            related = (Related(span=target.symbol.span, message="declared here"),)
            yield problems.FK_TABLE.at(node.span, f"{target.symbol.name!r} is no table", related=related)


@rule(problems.NOT_MADE, "db.rel.FK")
def the_table_of_a_foreign_key_is_made(entity: Entity, context: Context) -> Iterator[Diagnostic]:
    """Expect the table that a foreign key refers to, to be one that the database gets."""
    for column, node in entity.uses.get("db.rel.FK", ()):
        if column.shape.field is None:
            continue
        target = context.entities.of(column.shape.field.symbol)
        yield from not_made(entity, target, node)


@rule(problems.FK_ALIAS, "db.rel.FK", stored=True)
def foreign_keys_to_one_table_have_aliases(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """Of several foreign keys to one table, all but one need an alias."""
    groups: dict[Symbol, list[ast.Annotation]] = {}
    for column, node in entity.uses.get("db.rel.FK", ()):
        if column.shape.field is not None and not node.args:
            groups.setdefault(column.shape.field.symbol, []).append(node)
    for symbol, nodes in groups.items():
        if len(nodes) > 1:
            message = f"several foreign keys refer to {symbol.name!r}: all but one need an alias"
            yield from each(problems.FK_ALIAS, nodes, message, "another one without alias")


@rule(problems.FK_FIELD, "db.rel.FK", stored=True)
def a_foreign_key_refers_to_each_field_once(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """Columns that share an alias are one foreign key, to as many fields."""
    seen: dict[tuple[str | None, Symbol, tuple[str, ...]], ast.Annotation] = {}
    for column, node in entity.uses.get("db.rel.FK", ()):
        field = column.shape.field
        if field is None or not node.args:
            continue
        path = tuple(member.name for member in field.path)
        first = seen.setdefault((node.text(), field.symbol, path), node)
        if first is not node:
            message = f"the foreign key {node.text()!r} refers to {'.'.join(path)!r} already"
            related = (Related(span=first.span, message="here"),)
            hint = "give it an alias of its own"
            yield problems.FK_FIELD.at(node.span, message, related=related, hint=hint)


@rule(problems.TO_WITHOUT_FK, "db.rel.to", stored=True)
def a_relation_follows_a_foreign_key(entity: Entity, context: Context) -> Iterator[Diagnostic]:
    """`@db.rel.to` follows a foreign key of its own table."""
    for column, node in entity.uses.get("db.rel.to", ()):
        target = _related(column, context)
        if target is not None and entity.sound and not _matching(entity, target, node):
            alias = f" with the alias {node.text()!r}" if node.args else ""
            message = f"{entity.symbol.name!r} has no foreign key to {target.name!r}{alias}"
            yield at(problems.TO_WITHOUT_FK, node, message, "add a prop with @db.rel.FK")


@rule(problems.TO_AMBIGUOUS, "db.rel.to", stored=True)
def a_relation_follows_one_foreign_key(entity: Entity, context: Context) -> Iterator[Diagnostic]:
    """Where several foreign keys join two tables, `@db.rel.to` needs an alias."""
    for column, node in entity.uses.get("db.rel.to", ()):
        target = _related(column, context)
        if target is not None and not node.args:
            yield from _ambiguous(problems.TO_AMBIGUOUS, node, _matching(entity, target, node))


@rule(problems.FROM_WITHOUT_FK, "db.rel.from", stored=True)
def a_reverse_relation_follows_a_foreign_key(entity: Entity, context: Context) -> Iterator[Diagnostic]:
    """`@db.rel.from` follows a foreign key of the other table."""
    for column, node in entity.uses.get("db.rel.from", ()):
        target = _related(column, context)
        other = context.entities.of(target) if target is not None else None
        if target is not None and other and other.sound and not _matching(other, entity.symbol, node):
            alias = f" with the alias {node.text()!r}" if node.args else ""
            message = f"{target.name!r} has no foreign key to {entity.symbol.name!r}{alias}"
            yield at(
                problems.FROM_WITHOUT_FK, node, message, f"add a prop with @db.rel.FK to {target.name!r}"
            )


@rule(problems.FROM_AMBIGUOUS, "db.rel.from", stored=True)
def a_reverse_relation_follows_one_foreign_key(entity: Entity, context: Context) -> Iterator[Diagnostic]:
    """Where several foreign keys join two tables, `@db.rel.from` needs an alias."""
    for column, node in entity.uses.get("db.rel.from", ()):
        target = _related(column, context)
        if target is not None and not node.args:
            keys = _matching(context.entities.of(target), entity.symbol, node)
            yield from _ambiguous(problems.FROM_AMBIGUOUS, node, keys)


@rule(problems.VIA_JUNCTION, "db.rel.via", stored=True)
def a_junction_has_a_foreign_key_to_each_side(entity: Entity, context: Context) -> Iterator[Diagnostic]:
    """`@db.rel.via` goes through a table with a foreign key to each side."""
    for column, node in entity.uses.get("db.rel.via", ()):
        other = context.views.no_object(node)
        target, junction = _related(column, context), context.views.target(node)
        if other is not None or (junction is not None and not _is_table(context.entities.of(junction))):
            name = node.args[0]
            related = (Related(span=(other or junction or entity.symbol).span, message="declared here"),)
            message = f"{(other or junction or entity.symbol).name!r} is no table"
            span = node.source.span(name.start, name.end)
            yield problems.VIA_JUNCTION.at(span, message, related=related)
            continue
        if target is None or junction is None or not context.entities.of(junction).sound:
            continue
        between = context.entities.of(junction)
        missing = [side for side in dict.fromkeys((entity.symbol, target)) if not between.keys(side)]
        if target is entity.symbol and len(between.keys(target)) == 1:
            missing = [target]
        if missing:
            sides = " and to ".join(repr(side.name) for side in missing)
            hint = f"add a prop with @db.rel.FK to {junction.name!r}"
            yield at(problems.VIA_JUNCTION, node, f"{junction.name!r} lacks a foreign key to {sides}", hint)


@rule(problems.RELATION_TYPE, "db.rel.to", "db.rel.from", "db.rel.via")
def a_relation_leads_to_an_interface(entity: Entity, context: Context) -> Iterator[Diagnostic]:
    """Require an interface, or an array of it, as the type of a relation."""
    for name in ("db.rel.to", "db.rel.from", "db.rel.via"):
        for column, node in entity.uses.get(name, ()):
            if _related(column, context) is None and _item(column, context).design != "broken":
                message = f"the type of {column.member.name!r} is no interface"
                yield at(problems.RELATION_TYPE, node, message)


@rule(problems.ACTION_WITHOUT_FK, *_ACTIONS, stored=True)
def an_action_belongs_to_a_foreign_key(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """`@db.rel.onDelete` and `@db.rel.onUpdate` need `@db.rel.FK`."""
    for name in _ACTIONS:
        for column, node in entity.uses.get(name, ()):
            if not (column.first("db.rel.FK") or column.unclear):
                yield at(
                    problems.ACTION_WITHOUT_FK, node, f"@{name} needs @db.rel.FK on {column.member.name!r}"
                )


@rule(problems.SET_NULL, *_ACTIONS, stored=True)
def set_null_needs_an_optional_field(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """`setNull` needs a field that may be missing."""
    for column, node in _with_action(entity, "setNull"):
        if not column.nullable:
            yield at(problems.SET_NULL, node, f"{column.member.name!r} is required: it cannot be set to null")


@rule(problems.SET_NULL_PART, *_ACTIONS, stored=True)
def set_null_needs_every_field_of_its_key_to_be_optional(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """`setNull` sets all fields of a foreign key to null."""
    required: dict[tuple[Symbol, str | None], Column | None] = {}
    for column, node in _with_action(entity, "setNull"):
        own, field = column.first("db.rel.FK"), column.shape.field
        if own is None or not own.args or field is None or not column.nullable:
            continue
        key = (field.symbol, own.text())
        if key not in required:
            required[key] = next((other for other, _ in entity.keys(*key) if not other.nullable), None)
        other = required[key]
        if other is not None:
            message = f"{other.member.name!r}, of the same foreign key, is required: it cannot be set to null"
            related = (Related(span=other.span, message="the required field"),)
            yield problems.SET_NULL_PART.at(node.span, message, related=related)


@rule(problems.SET_DEFAULT, *_ACTIONS, stored=True)
def set_default_needs_a_default(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """`setDefault` needs a field with a default."""
    for column, node in _with_action(entity, "setDefault"):
        if not (column.unclear or any(name in column.applied for name in _DEFAULTS)):
            yield at(problems.SET_DEFAULT, node, f"{column.member.name!r} has no default to be set to")


@rule(problems.FILTER_FIELD, "db.rel.filter")
def a_relation_is_filtered_by_fields_that_exist(entity: Entity, context: Context) -> Iterator[Diagnostic]:
    """`@db.rel.filter` compares fields of the table that the relation leads to, or of its own."""
    for column, node in entity.uses.get("db.rel.filter", ()):
        target = _related(column, context)
        query = node.args[0].value if node.args else None
        if target is None or not isinstance(query, (ast.Comparison, ast.Logic)):
            continue
        reading = [context.entities.of(target), entity]
        via = column.first("db.rel.via")
        junction = context.views.target(via) if via else None
        if junction is not None:
            reading.append(context.entities.of(junction))
        sources = Sources(context.views.module_of(node), tuple(reading), relation=True)
        context.views.condition(sources, query)
    yield from ()


def _targets(entity: Entity, context: Context) -> Iterator[tuple[Column, ast.Annotation, Column]]:
    """Yield each foreign key with the column that it refers to."""
    for column, node in entity.uses.get("db.rel.FK", ()):
        field = column.shape.field
        if field is not None:
            target = context.entities.of(field.symbol).at(tuple(member.name for member in field.path))
            if target is not None and target.kind != Kind.BROKEN:
                yield column, node, target


def _is_table(entity: Entity) -> bool:
    return entity.table is not None or entity.unclear


def _item(column: Column, context: Context) -> Shape:
    shape = column.shape
    return context.entities.types.shape(*shape.item) if shape.item else shape


def _related(column: Column, context: Context | None = None) -> Symbol | None:
    """Return the interface that a relation leads to, None if its type is none."""
    shape = column.shape
    if shape.item is not None and context is not None:
        shape = context.entities.types.shape(*shape.item)
    return shape.symbol if shape.members is not None else None


def _matching(entity: Entity, target: Symbol, node: ast.Annotation) -> list[Key]:
    """Return the foreign keys of `entity` to `target`, those with the alias of `node` if it has one."""
    return entity.keys(target, node.text()) if node.args else entity.keys(target)


def _ambiguous(problem: Problem, node: ast.Annotation, keys: list[Key]) -> Iterator[Diagnostic]:
    """Yield a diagnostic if `keys` are more than one foreign key; columns that share an alias are one."""
    first = _name(keys[0]) if keys else ""
    if any(_name(key) != first for key in keys):
        related = tuple(
            Related(span=key.span, message="one of the foreign keys") for _, key in keys[: problems.SHOWN]
        )
        message = "several foreign keys join the two tables: say which by its alias"
        yield problem.at(node.span, message, related=related)


def _name(key: Key) -> str:
    """Return what tells a foreign key from others: its alias, which its columns share, else its column."""
    column, node = key
    return node.text() or column.name


def _with_action(entity: Entity, action: str) -> Iterator[Key]:
    for name in _ACTIONS:
        for column, node in entity.uses.get(name, ()):
            if node.text() == action:
                yield column, node

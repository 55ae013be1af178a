"""Rules for what stands on a prop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemasync.lang import problems
from schemasync.lang.catalogue import known_annotations
from schemasync.lang.entity import Kind
from schemasync.lang.rules.base import Context, at, each, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemasync.errors import Diagnostic
    from schemasync.lang.entity import Entity

# What the value must be, beyond what the catalogue says. A decimal is kept as text, but
# counts as a number.
_DESIGNS: Final[dict[str, frozenset[str]]] = {
    "db.column.collate": frozenset({"string"}),
    "db.column.precision": frozenset({"number", "decimal"}),
    "db.default.increment": frozenset({"number"}),
    "db.default.uuid": frozenset({"string"}),
    "db.default.now": frozenset({"number", "string"}),
    "db.mysql.unsigned": frozenset({"number", "decimal"}),
    "expect.array.key": frozenset({"string", "number"}),
}
_DESIGNED: Final = tuple(
    {**_DESIGNS, **{name: None for name, spec in known_annotations().items() if spec.designs}}
)
DEFAULTS: Final = ("db.default", "db.default.increment", "db.default.uuid", "db.default.now")
_INDEXES: Final = ("db.index.plain", "db.index.unique", "db.index.fulltext", "db.index.geo")
_WITH_ENCRYPTED: Final = (
    "meta.id",
    "db.index.plain",
    "db.index.unique",
    "db.index.fulltext",
    "db.index.geo",
    "db.rel.FK",
    "db.default",
    "db.default.increment",
    "db.default.uuid",
    "db.default.now",
    "db.column.collate",
    "db.pg.collate",
    "db.mysql.collate",
    "db.column.searchable",
    "db.column.dimension",
    "db.column.version",
    "db.search.vector",
    "db.search.filter",
    "db.mongo.search.text",
    "db.mongo.search.autocomplete",
)


@rule(problems.WRONG_TYPE, *_DESIGNED)
def the_value_has_the_type_that_its_annotation_needs(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """Require a string, a number or an array where an annotation needs one."""
    specs = known_annotations()
    for name in _DESIGNED:
        wanted = _DESIGNS.get(name) or specs[name].designs
        for column, node in entity.uses.get(name, ()):
            design = column.shape.design
            # What is expected of a value holds for each of a union, and for decimals as for numbers.
            of_value = not name.startswith("db.")
            if of_value and design == "decimal" and "decimal" not in wanted:
                design = "number"
            unknown = design == "broken" or (of_value and design == "union")
            if design not in wanted and not unknown and node.source.path:
                needed = " or ".join(sorted(wanted))
                message = f"@{name} needs a {needed}, {column.member.name!r} is a {column.shape.design}"
                yield at(problems.WRONG_TYPE, node, message)


@rule(problems.GEO_TYPE, "db.index.geo")
def a_geo_index_needs_a_point(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """`@db.index.geo` needs a `db.geoPoint`."""
    for column, node in entity.uses.get("db.index.geo", ()):
        if "geoPoint" not in column.shape.tags and column.shape.design != "broken":
            yield at(
                problems.GEO_TYPE,
                node,
                f"@db.index.geo needs a db.geoPoint, {column.member.name!r} is none",
            )


@rule(problems.VECTOR_TYPE, "db.search.vector")
def a_vector_index_needs_a_vector(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """`@db.search.vector` needs a `db.vector` or numbers in an array."""
    for column, node in entity.uses.get("db.search.vector", ()):
        if column.shape.design not in ("array", "broken"):
            yield at(
                problems.VECTOR_TYPE,
                node,
                f"@db.search.vector needs a db.vector, {column.member.name!r} is none",
            )


@rule(problems.IGNORED_ID, "db.ignore")
def a_primary_key_is_not_ignored(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """`@db.ignore` excludes `@meta.id`."""
    for column, node in entity.uses.get("db.ignore", ()):
        key = column.first("meta.id")
        if key:
            message = f"{column.member.name!r} is a primary key: it cannot be left out"
            yield from each(problems.IGNORED_ID, [node, key], message, "the other one")


@rule(problems.VERSION_TYPE, "db.column.version")
def a_version_is_a_number_that_is_there(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """`@db.column.version` needs a number that is not optional."""
    for column, node in entity.uses.get("db.column.version", ()):
        if column.shape.design not in ("number", "broken"):
            yield at(
                problems.VERSION_TYPE,
                node,
                f"@db.column.version needs a number, {column.member.name!r} is none",
            )
        elif column.nullable and (column.member.optional or entity.complete):
            yield at(
                problems.VERSION_TYPE,
                node,
                f"@db.column.version needs a value: {column.member.name!r} is optional",
            )


@rule(problems.VERSION_TWICE, "db.column.version")
def a_table_has_one_version(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """Allow one `@db.column.version` in a table."""
    nodes = [node for _, node in entity.uses.get("db.column.version", ())]
    if len(nodes) > 1:
        yield from each(problems.VERSION_TWICE, nodes, "a table has one @db.column.version", "another one")


@rule(problems.OPTIONAL_KEY, "expect.array.key")
def the_key_of_an_item_is_there(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """`@expect.array.key` needs a prop that is not optional."""
    for column, node in entity.uses.get("expect.array.key", ()):
        if column.member.optional:
            message = f"{column.member.name!r} is optional: it cannot be the key of an item"
            yield at(problems.OPTIONAL_KEY, node, message)


@rule(problems.ENCRYPTED, "db.encrypted")
def an_encrypted_value_is_not_used_by_the_database(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """`@db.encrypted` excludes keys, indexes, defaults, collations and searches."""
    for column, node in entity.uses.get("db.encrypted", ()):
        for other in (other for name in _WITH_ENCRYPTED if (other := column.first(name))):
            message = f"an encrypted value cannot have @{other.name}"
            yield from each(problems.ENCRYPTED, [node, other], message, "the other one")


@rule(problems.CURRENCY_TYPE, "db.amount.currency", "db.amount.currency.ref")
def an_amount_is_a_decimal(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """`@db.amount.currency` and `.ref` need a decimal."""
    for name in ("db.amount.currency", "db.amount.currency.ref"):
        for column, node in entity.uses.get(name, ()):
            if column.shape.design not in ("decimal", "broken"):
                message = f"@{name} needs a decimal, {column.member.name!r} is a {column.shape.design}"
                yield at(problems.CURRENCY_TYPE, node, message)


@rule(problems.INSIDE_VALUE, "db.rel.FK", *_INDEXES)
def what_the_database_uses_is_a_column(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """Indexes and foreign keys need a column: no object, and no prop inside a JSON value."""
    if not entity.table:
        return
    for name in ("db.rel.FK", *_INDEXES):
        for column, node in entity.uses.get(name, ()):
            if name == "db.rel.FK" and column.shape.field is None:
                continue
            is_value = name == "db.rel.FK" and column.kind == Kind.JSON and "db.json" in column.applied
            if column.kind in (Kind.CONTAINER, Kind.INNER) or is_value:
                where = (
                    "an object, not a column"
                    if column.kind == Kind.CONTAINER
                    else "stored as JSON"
                    if is_value
                    else "inside a JSON value"
                )
                what = "foreign key" if name == "db.rel.FK" else "index"
                message = f"{'.'.join(column.path)!r} is {where}: SQL databases will not have this {what}"
                yield at(problems.INSIDE_VALUE, node, message)


@rule(problems.KEY_OF_OBJECT, "meta.id", stored=True)
def a_primary_key_is_a_single_value(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """`@meta.id` needs a column of a single value."""
    for column, node in entity.uses.get("meta.id", ()):
        if entity.table and column.kind in (Kind.CONTAINER, Kind.JSON):
            what = "an array" if column.shape.design == "array" else "an object"
            message = f"{column.member.name!r} is {what}: a primary key is a single value"
            yield at(problems.KEY_OF_OBJECT, node, message, "put @meta.id on each prop that the key has")


@rule(problems.DEFAULTS, *DEFAULTS)
def a_column_has_one_default(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """Allow one of `@db.default`, `.increment`, `.uuid` and `.now`."""
    seen = {column.path: column for name in DEFAULTS for column, _ in entity.uses.get(name, ())}
    for column in seen.values():
        found = [node for name in DEFAULTS if (node := column.first(name))]
        if len(found) > 1:
            message = f"{column.member.name!r} has one default"
            yield from each(problems.DEFAULTS, found, message, "another one")


@rule(problems.SIBLING, "db.amount.currency.ref", "db.unit.ref", stored=True)
def a_currency_or_unit_is_a_sibling_that_is_a_string(
    entity: Entity, context: Context
) -> Iterator[Diagnostic]:
    """`@db.amount.currency.ref` and `@db.unit.ref` name a string prop beside their own."""
    for name in ("db.amount.currency.ref", "db.unit.ref"):
        for column, node in entity.uses.get(name, ()):
            wanted = node.text()
            if wanted is None:
                continue
            sibling = entity.at((*column.path[:-1], wanted))
            if entity.lost((*column.path[:-1], wanted)):
                continue
            if sibling is None or sibling.kind != Kind.COLUMN or sibling.shape.design != "string":
                beside = column.path[:-1]
                known = (other.path[-1] for other in entity.columns if other.path[:-1] == beside)
                what = "is not a string that is stored" if sibling else "does not exist"
                hint = None if sibling else context.entities.types.scope.suggest(wanted, known)
                yield at(problems.SIBLING, node, f"the prop {wanted!r} beside it {what}", hint)

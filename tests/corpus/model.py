"""A schema that can be written down as `.as` files and changed at random.

Things hold each other and not their names, so that a change in one place is right in all others. What
must fit a field's type (defaults, filters, aggregates) is decided when it is written down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

TEXTS = ("string", "string.email", "string.uuid", "string.phone", "'a' | 'b'")
INTEGERS = tuple(
    f"number.int{each}" for each in ("", ".int8", ".int16", ".int32", ".int64", ".uint16", ".uint64")
)
NUMBERS = (*INTEGERS, "number", "number.double", "number.positive", "decimal")
JSONS = ("string[]", "(string | number)[]", "number[]")
KINDS = (*TEXTS, *NUMBERS, "boolean", "number.timestamp", "number.timestamp.created", "string.char", *JSONS)

_DEFAULTS = {
    "text": ("", "new", "it\\'s", "50%", "a\\\\b", "ü"),
    "number": ("0", "1", "42", "-3"),
    "boolean": ("true", "false"),
}
_FILTERS = {
    "text": ("{} = 'x'", "{} matches /^a.b/i", "{} in ('a', 'b')", "{} exists", "not ({} = 'x' or {} = 'z')"),
    "number": ("{} > 3", "{} >= 1 and {} < 9", "{} not in (4, 5)", "{} not exists", "{} != 2"),
    "boolean": ("{} = true", "{} != false", "{} exists"),
    "json": ("{} exists", "{} not exists"),
}


@dataclass(eq=False)
class Index:
    """An index of one or two fields."""

    kind: str
    name: str
    descending: bool = False


@dataclass(eq=False)
class Field:
    """A field, or with `children` an object of which each field is a column."""

    prop: str
    kind: str
    optional: bool = False
    column: str | None = None
    default: int | None = None
    function: str | None = None
    indexes: list[Index] = field(default_factory=list)
    target: tuple[Table, Field] | None = None
    actions: list[str] = field(default_factory=list)
    precision: tuple[int, int] | None = None
    limit: int | None = None
    collation: str | None = None
    key: bool = False
    json: bool = False
    encrypted: bool = False
    children: list[Field] = field(default_factory=list)
    was: str | None = None

    @property
    def name(self) -> str:
        """What the database calls it, within its object."""
        return self.column or self.prop

    @property
    def family(self) -> str:
        """What constants it can be compared with."""
        if self.target is not None:
            return self.target[1].family
        if self.children or self.json or self.kind in JSONS or self.encrypted:
            return "json"
        if self.kind in NUMBERS or self.kind.startswith("number"):
            return "number"
        return "boolean" if self.kind == "boolean" else "text"

    @property
    def scalar(self) -> bool:
        """Whether it is one column with a plain value."""
        return self.family != "json"

    def plain(self) -> None:
        """Take everything away that stands on its type."""
        self.default = self.function = self.precision = self.limit = self.collation = self.target = None
        self.actions, self.encrypted, self.json = [], False, False
        self.indexes = [each for each in self.indexes if each.kind != "fulltext"]


@dataclass(eq=False)
class Table:
    """A table; its interface is named once and for all."""

    interface: str
    name: str
    fields: list[Field]
    schema: str | None = None
    method: str | None = None
    was: str | None = None

    @property
    def keys(self) -> list[Field]:
        """The fields of its primary key."""
        return [each for each in self.fields if each.key]

    def targets(self) -> list[Field]:
        """The fields that a foreign key may refer to."""
        single = self.keys if len(self.keys) == 1 else []
        unique = [each for each in self.fields if each.scalar and not each.key and _alone(self, each)]
        return [each for each in (*single, *unique) if each.target is None]


def _alone(table: Table, item: Field) -> bool:
    names = [index.name for index in item.indexes if index.kind == "unique"]
    return any(
        sum(index.name == name for each in table.fields for index in each.indexes) == 1 for name in names
    )


@dataclass(eq=False)
class Column:
    """A column of a view: a field of one of its tables or views, perhaps added up."""

    name: str
    source: Table | View
    item: Field | Column
    aggregate: str | None = None

    @property
    def family(self) -> str:
        return "number" if self.aggregate else self.item.family


@dataclass(eq=False)
class View:
    """A view on a table with its foreign keys' targets, or on another view."""

    interface: str
    name: str
    entry: Table | View
    columns: list[Column]
    join: Field | None = None
    filter: tuple[Field | Column, int] | None = None
    having: int | None = None
    materialized: bool = False
    was: str | None = None


@dataclass(eq=False)
class Schema:
    """All of it."""

    tables: list[Table] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    split: bool = False

    def files(self) -> dict[str, str]:
        """Write it down, as one file or as one for each interface."""
        parts: list[tuple[Table | View, str]] = [(each, _table(each)) for each in self.tables]
        parts += [(each, _view(each)) for each in self.views]
        if not self.split:
            return {"schema.as": "\n".join(text for _, text in parts) or "interface Nothing {\n}\n"}
        return {f"{each.interface.lower()}.as": _imports(each) + text for each, text in parts}


def _imports(item: Table | View) -> str:
    names = dict.fromkeys(each.interface for each in _mentioned(item) if each is not item)
    return "".join(f"import {{ {name} }} from './{name.lower()}'\n" for name in names)


def _mentioned(item: Table | View) -> Iterator[Table | View]:
    if isinstance(item, Table):
        yield from (each.target[0] for each in item.fields if each.target)
    else:
        yield item.entry
        if item.join is not None and item.join.target is not None:
            yield item.join.target[0]


def text(value: str) -> str:
    """Return a constant of the language."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _table(table: Table) -> str:
    lines = [f"@db.table {text(table.name)}"]
    lines += [f"@db.schema {text(table.schema)}"] if table.schema else []
    lines += [f"@db.sync.method '{table.method}'"] if table.method else []
    lines += [f"@db.table.renamed {text(table.was)}"] if table.was else []
    lines.append(f"export interface {table.interface} {{")
    for each in table.fields:
        lines += ["  " + line for line in _field(each, table)]
    return "\n".join([*lines, "}\n"])


def _field(item: Field, table: Table) -> Iterator[str]:
    if item.key:
        yield "@meta.id"
    if item.column:
        yield f"@db.column {text(item.column)}"
    if item.was:
        yield f"@db.column.renamed {text(item.was)}"
    yield from _value_annotations(item)
    for index in item.indexes:
        yield f"@db.index.{index.kind} {text(index.name)}" + (
            ", 'desc'" if index.descending and index.kind == "plain" else ""
        )
    kind = item.kind
    if item.target is not None:
        several = (
            sum(each.target is not None and each.target[0] is item.target[0] for each in table.fields) > 1
        )
        yield "@db.rel.FK" + (f" '{item.prop}'" if several else "")
        yield from item.actions
        kind = f"{item.target[0].interface}.{item.target[1].prop}"
    mark = "?" if item.optional else ""
    if not item.children:
        yield f"{item.prop}{mark}: {kind}"
        return
    if item.json:
        yield "@db.json"
    yield f"{item.prop}{mark}: {{"
    for child in item.children:
        yield from ("  " + line for line in _field(child, table))
    yield "}"


def _value_annotations(item: Field) -> Iterator[str]:
    if item.function:
        yield f"@db.default.{item.function}"
    elif item.default is not None and item.scalar and item.target is None and item.kind != "string.char":
        choices = ("a", "b") if item.kind.startswith("'") else _DEFAULTS[item.family]
        if "uint" in item.kind or "positive" in item.kind:
            choices = choices[:3]
        yield f"@db.default '{choices[item.default % len(choices)]}'"
    if item.precision and item.family == "number":
        yield f"@db.column.precision {item.precision[0]}, {item.precision[1]}"
    if item.limit and item.kind == "string":
        yield f"@expect.maxLength {item.limit}"
    if item.collation and item.kind in TEXTS and item.target is None and not item.encrypted:
        yield f"@db.column.collate '{item.collation}'"
    if item.encrypted:
        yield "@db.encrypted"


def _view(view: View) -> str:
    lines = [f"@db.view {text(view.name)}", f"@db.view.for {view.entry.interface}"]
    joined = _joined(view)
    if joined is not None and view.join is not None and view.join.target is not None:
        one, other = (
            f"{joined.interface}.{view.join.target[1].prop}",
            f"{view.entry.interface}.{view.join.prop}",
        )
        lines.append(f"@db.view.joins {joined.interface}, `{one} = {other}`")
    if view.filter is not None:
        item, choice = view.filter
        name = f"{view.entry.interface}.{item.prop if isinstance(item, Field) else item.name}"
        choices = _FILTERS[item.family]
        lines.append(f"@db.view.filter `{choices[choice % len(choices)].replace('{}', name)}`")
    added = [each for each in view.columns if each.aggregate]
    if view.having is not None and added:
        lines.append(f"@db.view.having `{added[0].name} > {view.having}`")
    lines += ["@db.view.materialized"] if view.materialized else []
    lines += [f"@db.view.renamed {text(view.was)}"] if view.was else []
    lines.append(f"export interface {view.interface} {{")
    for each in view.columns:
        if each.source is not view.entry and each.source is not joined:
            continue
        lines += ["  " + line for line in _column(each)]
    return "\n".join([*lines, "}\n"])


def _joined(view: View) -> Table | None:
    if view.join is None or view.join.target is None or view.join.target[0] is view.entry:
        return None
    return view.join.target[0]


def _column(column: Column) -> Iterator[str]:
    prop = column.item.prop if isinstance(column.item, Field) else column.item.name
    if not column.aggregate:
        yield f"{column.name}: {column.source.interface}.{prop}"
        return
    counts = column.aggregate == "count" or column.item.family != "number"
    yield "@db.agg.count" if counts else f"@db.agg.{column.aggregate} '{prop}'"
    yield f"{column.name}: number"

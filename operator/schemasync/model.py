"""What a file set means to a database: tables, views and their parts, free of any engine.

Values only. Names are as declared; what an engine makes of them (length limits, type
names) is the engine's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final, Literal

from schemasync.errors import Span

# The table that holds the state of a database; no declared one may have its name.
CONTROL_TABLE: Final = "__atscript_control"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueDefault:
    """A literal default, in the text that the schema gives (`@db.default '42'`)."""

    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionDefault:
    """A default that the database computes: `increment` (from `start`), `uuid` or `now`."""

    function: str
    start: int | None = None


Default = ValueDefault | FunctionDefault


class Storage(StrEnum):
    """How a field is kept: a column of its own, one flattened out of an object, or JSON."""

    COLUMN = "column"
    FLATTENED = "flattened"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """What `@db.search.vector` says of a field: how many numbers, how they are compared, its index."""

    dimensions: int
    similarity: str | None = None
    index: str | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One stored value of a table or view.

    `path` is the way through the interface (`('address', 'street')`), `name` the physical
    name (`address__street`, or what `@db.column` says). `optional` is what the prop says,
    `nullable` is true as well when any parent object is optional. `tags` are those of the
    primitive (`int32`, `timestamp`); the bounds come from `@expect.*`.

    A document store knows the value as `document_name` (`address.street`) and by
    `document_type` (`array`, where a column is `json`); None: as on other engines.
    """

    path: tuple[str, ...]
    name: str
    design_type: str
    optional: bool
    nullable: bool
    primary_key: bool = False
    storage: Storage = Storage.COLUMN
    default: Default | None = None
    tags: frozenset[str] = frozenset()
    integer: bool = False
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    precision: tuple[int, int] | None = None
    collation: str | None = None
    encrypted: bool = False
    renamed_from: str | None = None
    # Engine-specific wishes by annotation name without `db.`: ("pg.type", "INET").
    native: tuple[tuple[str, str], ...] = ()
    # The field that a foreign key refers to, so that both can have the same type.
    refers_to: Field | None = None
    indexed: bool = False
    version: bool = False
    vector: Vector | None = None
    document_name: str | None = None
    document_type: str | None = None
    span: Span


class Sort(StrEnum):
    """The direction of an index field."""

    ASC = "asc"
    DESC = "desc"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexField:
    """One field of an index, by its physical name; `weight` is for full-text indexes."""

    name: str
    sort: Sort = Sort.ASC
    weight: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index: `kind` is `plain`, `unique`, `fulltext`, `geo` or `vector`.

    `name` is as declared, else the path of the field (`address.street`), without characters
    that not every database takes; after `atscript__<kind>__` it is the key that all writers use.
    """

    name: str
    kind: str
    fields: tuple[IndexField, ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A reference to another table. Columns are physical names, pairwise; actions as declared."""

    fields: tuple[str, ...]
    target_table: str
    target_schema: str | None
    target_fields: tuple[str, ...]
    on_delete: str | None = None
    on_update: str | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A wish for a search index that only some engines have.

    `kind` is the annotation without `db.` (`mongo.search.text`, `search.filter`), `field`
    the physical name, None where it is the table's; `arguments` are as declared.
    """

    kind: str
    field: str | None
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An exported interface with `@db.table`.

    `schema` is that of `@db.schema`, None the default one; where `@db.pg.schema` names
    another one for PostgreSQL, `options` has it as `pg.schema`. `options` are by annotation
    name without `db.` (`mysql.engine`). `nested` are the fields that only a document store
    keeps as such: objects whose members are columns, and the members of JSON values;
    `document_indexes` those that have such a field.
    """

    name: str
    fields: tuple[Field, ...]
    interface: str
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    schema: str | None = None
    space: str = "default"
    renamed_from: str | None = None
    sync_method: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    nested: tuple[Field, ...] = ()
    document_indexes: tuple[Index, ...] = ()
    search: tuple[Search, ...] = ()
    span: Span


class ViewKind(StrEnum):
    """Who computes a view: kept up to date (V), stored (M), or made by somebody else (E)."""

    MANAGED = "V"
    MATERIALIZED = "M"
    EXTERNAL = "E"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRef:
    """A field in a condition.

    `table` and `column` are physical, `table` is None for a field of the view itself (in
    HAVING); `written` is the path as the query has it, `qualified` whether it named the type.
    """

    table: str | None
    schema: str | None = None
    column: str
    written: str
    qualified: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Regex:
    """A regular expression of JavaScript, and its flags."""

    pattern: str
    flags: str = ""


class Undefined(Enum):
    """The literal `undefined`, which compares as null does; other writers leave it out of a filter."""

    UNDEFINED = "undefined"


Scalar = str | int | float | bool | None
Operand = Scalar | Undefined | tuple[Scalar, ...] | FieldRef | Regex


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`left op right`; ops are `$eq $ne $gt $gte $lt $lte $in $nin $regex $exists` (right: a bool)."""

    left: FieldRef
    op: str
    right: Operand


@dataclass(frozen=True, slots=True, kw_only=True)
class Logic:
    """`and`, `or` over two and more operands, `not` over one."""

    op: Literal["and", "or", "not"]
    operands: tuple[Condition, ...]


Condition = Comparison | Logic


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A table that a view joins, and on what. Rows without a match are left out (an inner join)."""

    table: str
    schema: str | None = None
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewColumn:
    """Where a column of a view comes from.

    `name` is the column's own. `aggregate` is `count`, `sum`, `avg`, `min`, `max` or None;
    `table` and `column` are physical, both None for a count of rows.
    """

    name: str
    aggregate: str | None = None
    table: str | None = None
    schema: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An exported interface with `@db.view`.

    `entry` is the table that it reads, None for an external view, which has nothing but
    `fields`. Rows are grouped by the columns without aggregate as soon as there is one with.
    """

    name: str
    kind: ViewKind
    fields: tuple[Field, ...]
    interface: str
    entry: str | None = None
    entry_schema: str | None = None
    joins: tuple[Join, ...] = ()
    columns: tuple[ViewColumn, ...] = ()
    filter: Condition | None = None
    having: Condition | None = None
    schema: str | None = None
    space: str = "default"
    renamed_from: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    nested: tuple[Field, ...] = ()
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The complete desired model of a file set, in file order."""

    tables: tuple[Table, ...] = ()
    views: tuple[View, ...] = ()

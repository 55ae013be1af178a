"""What a file set means to a database: tables, views and their parts, free of any engine.

Values only. Names are as declared; what an engine makes of them (length limits, type
names) is the engine's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from schemasync.errors import Span


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
class Field:
    """One stored value of a table or view.

    `path` is the way through the interface (`('address', 'street')`), `name` the physical
    name (`address__street`, or what `@db.column` says). `optional` is what the prop says,
    `nullable` is true as well when any parent object is optional. `tags` are those of the
    primitive (`int32`, `timestamp`); the bounds come from `@expect.*`.
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
    """An index: `kind` is `plain`, `unique`, `fulltext`, `geo` or `vector`; `name` as declared."""

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
class Table:
    """An exported interface with `@db.table`. `schema` is that of `@db.schema`, None the default one."""

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
    span: Span


class ViewKind(StrEnum):
    """Who computes a view: kept up to date (V), stored (M), or made by somebody else (E)."""

    MANAGED = "V"
    MATERIALIZED = "M"
    EXTERNAL = "E"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An exported interface with `@db.view`."""

    name: str
    kind: ViewKind
    fields: tuple[Field, ...]
    interface: str
    schema: str | None = None
    space: str = "default"
    renamed_from: str | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The complete desired model of a file set, in file order."""

    tables: tuple[Table, ...] = ()
    views: tuple[View, ...] = ()

"""What a database holds, or shall hold: relations, columns, indexes, keys, as an engine names them.

Values only, comparable with `==`. The same types describe the wanted and the actual side, so a
diff is a comparison. What matters only to the wanted side is left out of the comparison.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Name(NamedTuple):
    """The full name of something that lives in a namespace; engines without them use ''."""

    schema: str
    name: str

    def __str__(self) -> str:
        """Return the name for people, unquoted."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What the server rewrites when it stores it: an expression default, a predicate, a view's body.

    Compared by `wanted`, the digest of what was asked for, never by text. On the actual side it
    is None where that is unknown: made by somebody else, or changed since it was made. `text` is
    the SQL to run on the wanted side and what the server prints on the actual one.
    """

    wanted: str | None
    text: str = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionRow:
    """A definition as the control table keeps it.

    `wanted` and `printed` are digests of what was asked for and of what the server printed
    right after it was made, `server` is the server's major version then.
    """

    wanted: str
    printed: str
    server: int


def digest(text: str) -> str:
    """Return the digest under which a definition's text is kept and compared."""
    return hashlib.sha256(text.encode()).hexdigest()


def definition_object(kind: str, *names: str) -> str:
    """Return the key under which a definition is kept: `default:"public"."users"."id"`."""
    quoted = ".".join('"' + name.replace('"', '""') + '"' for name in names)
    return f"{kind}:{quoted}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A constant default, in the canonical text of its column's type (`0.50` and `0.5` are both `0.5`)."""

    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A counter of the database's own; `start` is its first value."""

    start: int = 1


ColumnDefault = Literal | Identity | Definition


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A sequence that a default takes its values from.

    `owned` is true where it belongs to the column, `users` says what else makes use of it.
    """

    sequence: Name
    owned: bool
    users: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column; `type` and `collation` as the engine prints them, collation None for the type's own.

    `generated` is true for columns that the server computes, which no schema here declares.
    `renamed_from` is what the schema says the column was called; `origin` what a column that
    is there is called until a plan has renamed it, None where that is its name. `counter` is what
    its default counts by, on the actual side.
    """

    name: str
    type: str
    nullable: bool
    default: ColumnDefault | None = None
    collation: str | None = None
    generated: bool = False
    renamed_from: str | None = field(default=None, compare=False)
    origin: str | None = field(default=None, compare=False)
    counter: Counter | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexKey:
    """One key of an index: a column by name, or an expression.

    `operators` is an operator class other than the type's own; `reads` are the columns of an
    expression, on the wanted side.
    """

    column: str | None = None
    expression: Definition | None = None
    descending: bool = False
    operators: str | None = None
    reads: frozenset[str] = field(default=frozenset(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index. `method` as the engine prints it (`btree`, `gin`)."""

    name: str
    keys: tuple[IndexKey, ...]
    unique: bool = False
    method: str = "btree"
    predicate: Definition | None = None
    valid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimaryKey:
    """A primary key. Its name plays no part in comparison: servers choose it."""

    columns: tuple[str, ...]
    name: str = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A reference. Its name plays no part in comparison: two of one meaning are one.

    `printed` is the definition as the server prints it, on the actual side: what somebody else
    made is restored by it to the letter.
    """

    columns: tuple[str, ...]
    target: Name
    target_columns: tuple[str, ...]
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"
    name: str = field(compare=False)
    printed: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table.

    `renamed_from` and `sync_method` are wishes of the schema (`@db.table.renamed`,
    `@db.sync.method`); `origin` is what a table that is there is called until a plan has renamed it.
    """

    name: Name
    columns: tuple[Column, ...]
    primary_key: PrimaryKey | None = None
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    renamed_from: Name | None = field(default=None, compare=False)
    sync_method: str | None = field(default=None, compare=False)
    origin: Name | None = field(default=None, compare=False)

    @property
    def now(self) -> Name:
        """The name before any renaming of the plan."""
        return self.origin or self.name

    def column(self, name: str) -> Column | None:
        """Return the column of this name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    def definitions(self) -> Iterator[tuple[str, Definition]]:
        """Yield this table's definitions with the objects that they are of."""
        for column in self.columns:
            if isinstance(column.default, Definition):
                yield definition_object("default", *self.name, column.name), column.default
        for index in self.indexes:
            for key in index.keys:
                if key.expression is not None:
                    yield definition_object("index", self.name.schema, index.name), key.expression


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view, or anything else that takes a relation's name and is no plain table.

    `kind` is the word for people: `view`, `materialized view`, `foreign table`, `sequence`.
    `body` is the query. A view of somebody else has none on the wanted side: it is only checked for
    its `columns`. `reads` names what the wanted one reads, `renamed_from` what it was called.
    """

    name: Name
    kind: str
    columns: tuple[Column, ...] = field(default=(), compare=False)
    body: Definition | None = None
    reads: tuple[Name, ...] = field(default=(), compare=False)
    renamed_from: Name | None = field(default=None, compare=False)
    origin: Name | None = field(default=None, compare=False)

    @property
    def now(self) -> Name:
        """The name before any renaming of the plan."""
        return self.origin or self.name

    @property
    def external(self) -> bool:
        """Whether somebody else makes the view."""
        return self.body is None

    def definitions(self) -> Iterator[tuple[str, Definition]]:
        """Yield this view's definition with the object that it is of."""
        if self.body is not None:
            yield definition_object("view", *self.name), self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependant:
    """Something in the database that hangs on a relation, or on one column of it.

    `kind` and `name` are for people; `relation` is the view or table that it is or belongs to,
    where it is one. `rebuilt` marks what comes back by itself unless the column is dropped: the
    server makes it anew when the type changes, and it is restored with a relation that is made again.
    """

    on: Name
    column: str | None
    kind: str
    name: str
    relation: Name | None = None
    rebuilt: bool = False


Relation = Table | View


@dataclass(frozen=True, slots=True)
class Catalog:
    """Relations by full name, in the order in which they were given.

    On the actual side also the schemas that there are, and what hangs on the relations.
    """

    relations: Mapping[Name, Relation]
    schemas: frozenset[str] = frozenset()
    dependants: tuple[Dependant, ...] = ()

    @classmethod
    def of(
        cls, relations: Iterable[Relation], schemas: Iterable[str] = (), dependants: Iterable[Dependant] = ()
    ) -> Catalog:
        """Return the catalog of these relations, and of these schemas beside their own."""
        by_name = {relation.name: relation for relation in relations}
        return cls(by_name, frozenset(schemas) | {name.schema for name in by_name}, tuple(dependants))

    def __iter__(self) -> Iterator[Relation]:
        return iter(self.relations.values())

    def get(self, name: Name) -> Relation | None:
        """Return the relation of this name, or None."""
        return self.relations.get(name)

"""The closed union of changes: everything that a diff can ask of a database.

A change says what, never how; an engine's dialect renders it into statements or refuses it.
`relation` is the relation whose plan entry shows the change: by its wanted name where it is
wanted, else by the name that it has.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemasync.catalog import Column, ForeignKey, Index, Name, PrimaryKey, Relation, Table, View


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSchema:
    """Make a namespace that a relation needs. `relation` is the first one that does."""

    relation: Name
    schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateExtension:
    """Give the database an extension that the server has. `relation` is the first one that needs it."""

    relation: Name
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCollation:
    """Make a collation to which case does not count. `relation` is the first one that needs it."""

    relation: Name
    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTable:
    """Make a table with its columns and primary key; indexes and foreign keys are changes of their own.

    `restored` is the view that it takes the place of, None for a new one.
    """

    relation: Name
    table: Table
    restored: View | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DropTable:
    """Drop a table that a sync made. `replaced` is true where one of the same name is made in its place."""

    relation: Name
    table: Table
    replaced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameTable:
    """Give a table or view another name, or another schema.

    `occupied` is true where another relation has the name and is renamed by the same plan.
    """

    relation: Name
    before: Name
    occupied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameColumn:
    """Give a column another name; `occupied` as for tables."""

    relation: Name
    before: str
    after: str
    occupied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddColumn:
    """Add a column to a table that exists."""

    relation: Name
    table: Table
    column: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class DropColumn:
    """Drop a column that the schema no longer has. `table` is the one that is there."""

    relation: Name
    table: Table
    column: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterColumn:
    """Change a column's type, nullability, default or collation. `table` is the one that is there."""

    relation: Name
    table: Table
    before: Column
    after: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterPrimaryKey:
    """Change which columns are the primary key. `table` is the one that is there.

    `added` are columns of the new key that the plan adds.
    """

    relation: Name
    table: Table
    before: PrimaryKey | None
    after: PrimaryKey | None
    added: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateIndex:
    """Make an index. `table` is the one that is there, None where this plan makes it.

    `added` are columns of the index that the plan adds.
    """

    relation: Name
    index: Index
    table: Table | None
    added: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DropIndex:
    """Drop an index of ours. `replaced` is true where one of the same name is made in its place."""

    relation: Name
    table: Table
    index: Index
    replaced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameIndex:
    """Give an index of ours another name, or only another one for a while; `occupied` as for tables.

    `moved_from` is the schema that its table comes from, None where it stays in its own.
    """

    relation: Name
    before: str
    after: str
    occupied: bool = False
    moved_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddForeignKey:
    """Make a foreign key. `table` is the one that is there, None where this plan makes it.

    `restored` is true where it only stood in the way of another change.
    """

    relation: Name
    foreign_key: ForeignKey
    table: Table | None
    target: Table | None
    restored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DropForeignKey:
    """Drop a foreign key that the schema no longer has, or that stands in the way of another change."""

    relation: Name
    table: Table
    foreign_key: ForeignKey
    replaced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameConstraint:
    """Give a key of ours the name that it would have if it were made now; `occupied` as for tables."""

    relation: Name
    before: str
    after: str
    occupied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateView:
    """Make a view. `restored` is the view or table that it takes the place of, None for a new one."""

    relation: Name
    view: View
    restored: Relation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceView:
    """Change the query of a plain view whose columns stay as they are, or get more at the end."""

    relation: Name
    view: View
    before: View


@dataclass(frozen=True, slots=True, kw_only=True)
class DropView:
    """Drop a view that a sync made. `replaced` is true where the same plan makes it again.

    `readers` are the views that read it and go before it.
    """

    relation: Name
    view: View
    replaced: bool = False
    readers: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Something is in the way, and a person has to decide; `problem` says what and how.

    `external` is true where it is about a view of somebody else, which holds nothing else back.
    """

    relation: Name
    problem: str
    external: bool = False


Change = (
    CreateSchema
    | CreateExtension
    | CreateCollation
    | CreateTable
    | DropTable
    | RenameTable
    | RenameColumn
    | AddColumn
    | DropColumn
    | AlterColumn
    | AlterPrimaryKey
    | CreateIndex
    | DropIndex
    | RenameIndex
    | AddForeignKey
    | DropForeignKey
    | RenameConstraint
    | CreateView
    | ReplaceView
    | DropView
    | Conflict
)

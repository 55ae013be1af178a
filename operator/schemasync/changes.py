"""The closed union of changes: everything that a diff can ask of a database.

A change says what, never how; an engine's dialect renders it into statements or refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemasync.catalog import Column, ForeignKey, Index, Name, PrimaryKey, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSchema:
    """Make a namespace that a relation needs. `relation` is the first one that does."""

    relation: Name
    schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTable:
    """Make a table with its columns and primary key; indexes and foreign keys are changes of their own."""

    relation: Name
    table: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class DropTable:
    """Drop a table that a sync made and that the schema no longer has."""

    relation: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class AddColumn:
    """Add a column to a table that exists."""

    relation: Name
    column: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class DropColumn:
    """Drop a column that the schema no longer has."""

    relation: Name
    column: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterColumn:
    """Change a column's type, nullability, default or collation."""

    relation: Name
    before: Column
    after: Column


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterPrimaryKey:
    """Change which columns are the primary key."""

    relation: Name
    before: PrimaryKey | None
    after: PrimaryKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateIndex:
    """Make an index. `existing` is true where the table is older than this plan."""

    relation: Name
    index: Index
    existing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DropIndex:
    """Drop an index of ours that the schema no longer has."""

    relation: Name
    index: Index


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceIndex:
    """Change what an index of ours is over."""

    relation: Name
    before: Index
    after: Index


@dataclass(frozen=True, slots=True, kw_only=True)
class AddForeignKey:
    """Make a foreign key. `existing` is true where the table is older than this plan."""

    relation: Name
    foreign_key: ForeignKey
    existing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DropForeignKey:
    """Drop a foreign key that the schema no longer has."""

    relation: Name
    foreign_key: ForeignKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Something stands where a relation shall be, and is of another kind: a person has to decide."""

    relation: Name
    kind: str


Change = (
    CreateSchema
    | CreateTable
    | DropTable
    | AddColumn
    | DropColumn
    | AlterColumn
    | AlterPrimaryKey
    | CreateIndex
    | DropIndex
    | ReplaceIndex
    | AddForeignKey
    | DropForeignKey
    | Conflict
)

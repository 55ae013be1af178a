"""The pure half of PostgreSQL: what it makes of a schema, and what it makes of changes."""

from __future__ import annotations

from collections.abc import Sequence

from schemasync import model
from schemasync.catalog import Column, View
from schemasync.changes import Change
from schemasync.engines.base import Capabilities, Physical
from schemasync.engines.postgresql import render, safety
from schemasync.engines.postgresql.ddl import MAX_NAME
from schemasync.engines.postgresql.features import UNKNOWN, Features
from schemasync.engines.postgresql.physical import Translation
from schemasync.engines.postgresql.types import mapped_type
from schemasync.engines.sql import cut
from schemasync.plan import Refusal, Stage, Statement

# A table comes with a primary key's index, a TOAST table with its own, a counter, types.
_LOCKS = {Stage.CREATE: 10, Stage.DROP_TABLES: 10, Stage.CREATE_INDEXES: 1, Stage.CREATE_VIEWS: 2}
_OTHER_LOCKS = 4


class PostgresDialect:
    """The pure half of the engine, for a server with some features."""

    name = "postgresql"
    capabilities = Capabilities(transactional_ddl=True, schemas=True)

    def __init__(self, features: Features = UNKNOWN) -> None:
        self.features = features

    def physical(self, schema: model.Schema, namespace: str) -> Physical:
        """Return the wanted catalog; what cannot be had is an error of its relation."""
        return Translation(schema, namespace, self.features).result()

    def stored_name(self, name: str) -> str:
        """Return a name as the server keeps it."""
        return cut(name, MAX_NAME)

    def same(self, wanted: Column, actual: Column) -> bool:
        """Return whether two columns mean the same: both sides hold canonical values."""
        return wanted == actual

    def keeps_dependants(self, before: Column, after: Column) -> bool:
        """Return whether views and policies may stay: any change of type forces them down."""
        return (before.type, before.collation, before.generated) == (
            after.type,
            after.collation,
            after.generated,
        )

    def replaceable(self, wanted: View, actual: View) -> bool:
        """Return whether CREATE OR REPLACE VIEW does: columns stay as they are, or more come at the end."""
        if wanted.kind != "view" or actual.kind != "view" or not all(each.type for each in wanted.columns):
            return False
        there = [(column.name, column.type, column.collation) for column in actual.columns]
        return [(each.name, each.type, each.collation) for each in wanted.columns[: len(there)]] == there

    def destroys(self, change: Change) -> bool:
        """Return whether safe mode leaves a change out."""
        return safety.destroys(change)

    def locks(self, statement: Statement) -> int:
        """Return about how many locks a statement takes that its transaction has not yet."""
        return _LOCKS.get(statement.stage, _OTHER_LOCKS)

    @property
    def lock_capacity(self) -> int:
        """How many locks the server has room for."""
        return self.features.lock_capacity

    def render(self, changes: Sequence[Change]) -> Sequence[Statement | Refusal]:
        """Return the statements of one relation's changes."""
        return render.render(changes)

    def mapped_type(self, item: model.Field) -> str:
        """Return the type that snapshots name for a field."""
        return mapped_type(item)

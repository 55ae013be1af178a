"""What would be lost with a relation that is dropped and made again, as the commands that restore it.

Read before the drop, in a number of queries that does not depend on how many relations there are.
The server itself prints the commands, with an empty `search_path`, so that names come out in full.
Beside what everything has (owner, grants, comments) these are somebody else's objects: triggers,
rules, policies, indexes, constraints other than keys, statistics, publications.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

from psycopg.rows import class_row

from schemasync.catalog import Name, Relation, Table
from schemasync.engines.base import Preserved
from schemasync.engines.postgresql.connection import Connection
from schemasync.engines.postgresql.ddl import QUOTER
from schemasync.engines.postgresql.preserve_queries import (
    GIVEN,
    OBJECTS,
    OF_OBJECTS,
    OF_PARTS,
    PARTS,
    QUERIES,
    RELATIONS,
    REPLACED,
    TYPED,
)


def read(connection: Connection, successors: Mapping[Name, Relation]) -> Mapping[Name, Sequence[Preserved]]:
    """Return what restores tables, views and materialized views, in the order in which it can be run.

    `successors` gives what takes the place of each by the name that it has. The commands are to be
    run when its rows are back, since triggers would fire on them, and its own keys and indexes
    made, since one may be its replica identity. The owner comes first and the grants last:
    whoever runs them must be allowed to act as the owner.
    """
    if not successors:
        return {}
    # Rolled back for the sake of the search_path: nothing is written.
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL search_path TO ''")
        relations = _relations(connection, list(successors))
        commands = defaultdict(list)
        for relation, command in _commands(connection, relations, list(successors.values())):
            commands[relation].append(command)
    names = list(successors)
    return {names[row.place]: tuple(commands[row.oid]) for row in relations}


@dataclass(slots=True)
class _Relation:
    place: int
    oid: int
    kind: str


@dataclass(slots=True)
class _Row:
    relation: int
    columns: list[str]
    commands: list[str | None]
    title: str | None = None
    part: str | None = None


def _relations(connection: Connection, names: Sequence[Name]) -> list[_Relation]:
    parameters = [each.schema for each in names], [each.name for each in names]
    with connection.cursor(row_factory=class_row(_Relation)) as cursor:
        return cursor.execute(RELATIONS, parameters).fetchall()


def _given(relations: Sequence[_Relation], successors: Sequence[Relation]) -> Mapping[str, list[object]]:
    """Return the parameters of the queries: what there is, and what takes its place."""
    after = [successors[row.place] for row in relations]
    return {
        "oid": [row.oid for row in relations],
        "kind": [row.kind for row in relations],
        "word": ["TABLE" if isinstance(each, Table) else each.kind.upper() for each in after],
        "schema": [each.name.schema for each in after],
        "name": [QUOTER.full(each.name) for each in after],
        "key": [
            each.primary_key.name if isinstance(each, Table) and each.primary_key else None for each in after
        ],
    }


def _commands(
    connection: Connection, relations: Sequence[_Relation], successors: Sequence[Relation]
) -> Iterator[tuple[int, Preserved]]:
    parameters = _given(relations, successors)
    for query, scopes in QUERIES.items():
        with connection.cursor(row_factory=class_row(_Row)) as cursor:
            rows = cursor.execute(_whole(query).encode(), parameters).fetchall()
        for row in rows:
            for sql, scope in zip(row.commands, chain(scopes, repeat(scopes[-1])), strict=False):
                if sql is not None:
                    yield (
                        row.relation,
                        Preserved(
                            command=sql,
                            what=row.title or sql,
                            part=row.part,
                            columns=frozenset(row.columns),
                            replaced=query in REPLACED,
                            typed=query in TYPED,
                            scope=scope,
                        ),
                    )


def _whole(query: str) -> str:
    """Return a query as the driver wants it: every % doubled but those of parameters."""
    around = OF_OBJECTS if query in OBJECTS else OF_PARTS if query in PARTS else "<query>"
    return (GIVEN + around.replace("<query>", query)).replace("%", "%%").replace("%%(", "%(")

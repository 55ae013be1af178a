"""What has no counterpart in a fresh database and survives what is made again."""

from __future__ import annotations

from schemasync.sync import Status, sync
from testbed.databases import Database
from tests.acceptance.loop import execute, in_sync_since, request

SCHEMA = """
@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a?: string
}
@db.view 'w'
@db.view.for T
@db.view.materialized
export interface W {
  id: T.id
}
@db.view 'm'
@db.view.for W
@db.view.materialized
export interface M {
  id: W.id
}
"""


def test_a_materialized_view_without_rows_stays_so_and_those_on_it_keep_theirs(database: Database) -> None:
    assert sync(request(database, {"a.as": SCHEMA})).status is Status.SYNCED
    execute(database, "INSERT INTO t VALUES (1, 'x'); REFRESH MATERIALIZED VIEW w")
    execute(database, "REFRESH MATERIALIZED VIEW m; REFRESH MATERIALIZED VIEW w WITH NO DATA")
    changed = {"a.as": SCHEMA.replace("  id: T.id", "  id: T.id\n  a: T.a")}
    assert sync(request(database, changed)).status is Status.SYNCED
    with database.connect() as connection:
        query = "SELECT relname, relispopulated FROM pg_class WHERE relkind = 'm' ORDER BY 1"
        assert connection.execute(query).fetchall() == [("m", True), ("w", False)]
    in_sync_since(sync(request(database, changed)))

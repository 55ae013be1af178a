"""Rows are counted when planning, exactly, and no table is read twice for one question."""

from __future__ import annotations

from schemasync.plan import HazardKind
from schemasync.sync import Status, plan, sync
from testbed.databases import Database
from testbed.postgres import PostgresServer
from tests.acceptance.loop import execute, request

BEFORE = "@db.table 't'\nexport interface T {\n  @meta.id\n  id: number.int\n  a?: string\n  b?: string\n}\n"
AFTER = BEFORE.replace("  a?", "  @db.index.plain 'a'\n  a?").replace("  b?", "  @db.index.plain 'b'\n  b?")


def test_a_table_is_read_once_for_all_that_want_to_know_how_many_rows_it_has(
    controlled_postgres: PostgresServer, database: Database
) -> None:
    assert sync(request(database, {"a.as": BEFORE})).status is Status.SYNCED
    execute(database, "INSERT INTO t SELECT generate_series(1, 7)")
    since = controlled_postgres.mark()
    made = plan(request(database, {"a.as": AFTER})).plan
    assert made is not None
    hazards = [(each.kind, each.rows) for entry in made.entries for each in entry.hazards]
    assert hazards == [(HazardKind.BLOCKS_WRITES, 7)] * 2
    asked = [each.text for each in controlled_postgres.statements(since, database=database.name)]
    assert len([each for each in asked if 'count(*) FROM "public"."t"' in each]) == 1

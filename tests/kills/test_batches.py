"""A migration in several transactions that ends between any two of them is finished by the next run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg import sql

from schemasync.plan import Plan, Stage, Statement
from schemasync.sync import Status, plan, sync
from testbed.databases import Database
from testbed.postgres import PostgresServer
from testbed.processes import wait_until
from tests.acceptance.catalog import control_rows, differences
from tests.acceptance.loop import check_same, empty_database, in_sync_since, request, shape
from tests.kills.process import Sync
from tests.kills.run import copy_of

TABLES = 40
# As few locks as a server can be started with.
FEW = {
    "max_locks_per_transaction": "10",
    "max_connections": "8",
    "max_worker_processes": "0",
    "autovacuum_max_workers": "1",
    "max_wal_senders": "0",
}


class Stopped(Exception):
    """The run ends here."""


def schema(version: int) -> dict[str, str]:
    """Return tables that each refer to the one before, and in the second version changes of every sort."""
    new = version == 2
    parts = []
    for number in range(TABLES):
        if new and number == 7:
            continue
        before = f"@db.rel.FK\n  before?: T{number - 1}.id" if number and not (new and number == 8) else ""
        renamed = f"@db.table.renamed 't{number}'\n" if new and number == 5 else ""
        name = f"r{number}" if renamed else f"t{number}"
        kind = "@db.pg.type 'bigint'\n  " if new and number == 9 else ""
        added = f"@db.index.plain 'n{number}'\n  n?: string" if new else ""
        text = "number" if new and number == 3 else "number.int"
        parts.append(
            f"@db.table '{name}'\n{renamed}export interface T{number} {{\n  @meta.id\n  {kind}id: number.int"
            f"\n  a: {text}\n  {before}\n  {added}\n}}"
        )
    parts.append("@db.view 'v'\n@db.view.for T3\nexport interface V {\n  id: T3.id\n  a: T3.a\n}")
    parts.append("@db.view 'w'\n@db.view.for V\nexport interface W {\n  a: V.a\n}")
    if new:
        parts.append("@db.table 'z'\nexport interface Z {\n  @meta.id\n  z: number.int\n}")
        parts.append("@db.view 'x'\n@db.view.for T5\nexport interface X {\n  n: T5.n\n}")
    return {"schema.as": "\n".join(parts)}


@pytest.fixture(scope="module")
def few() -> Iterator[PostgresServer]:
    with PostgresServer(settings=FEW) as server:
        yield server


def boundaries(made: Plan, database: Database) -> list[int]:
    """Return the numbers of the statements with which transactions begin, found by running the plan."""
    found: list[int] = []
    committed = -1

    def advance(number: int, _total: int, _statement: Statement) -> None:
        nonlocal committed
        with database.connect() as connection:
            row = connection.execute("SELECT pg_current_snapshot()::text, count(*) FROM pg_class").fetchone()
        seen = row[1] if row else 0
        if seen != committed:
            found.append(number)
        committed = seen

    done = sync(request(database, schema(2)), advance=advance)
    assert done.status is Status.SYNCED, done.refusal
    assert done.plan is not None
    assert done.plan.id == made.id
    return found


def test_whatever_transaction_was_the_last_the_next_run_does_the_rest(few: PostgresServer) -> None:
    with versions(few) as (old, new):
        made = plan(request(old, schema(2))).plan
        assert made is not None
        assert made.errors == ()
        assert any("transactions" in each for entry in made.entries for each in entry.warnings)
        with copy_of(old) as database:
            places = boundaries(made, database)
            check_same(database, new)
        assert len(places) >= 3
        for place in (*places[1:], *(number + 2 for number in places[1:]), len(made.statements)):
            with copy_of(old) as database:
                _stop(database, place)
                with database.connect() as connection:
                    held = {key for (key,) in control_rows(connection)}
                assert not held & {"sync_lock", "schema_version"}
                _finished(database, new)


def test_a_process_that_is_killed_in_a_later_transaction_leaves_the_earlier_ones(few: PostgresServer) -> None:
    with versions(few) as (old, new):
        made = plan(request(old, schema(2))).plan
        assert made is not None
        with copy_of(old) as database:
            later = made.statements[boundaries(made, database)[-1] - 1 :]
        # Nothing of an earlier transaction touches it.
        last = next(each.relation for each in later if each.stage is Stage.ALTER)
        with copy_of(old) as database:
            before = shape(database)
            with database.connect() as other, Sync(database.url, schema(2), ttl=1) as process:
                with other.transaction():
                    table = sql.Identifier(*last)
                    other.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(table))
                    process.ready()
                    process.go()
                    assert wait_until(lambda: _waits(database), 60)
                    process.kill()
                assert wait_until(lambda: not _sessions(database), 60)
            assert differences(shape(database), before)
            assert differences(shape(database), shape(new))
            _finished(database, new)


@contextmanager
def versions(server: PostgresServer) -> Iterator[tuple[Database, Database]]:
    """A database at the first version, with rows, and one that began with the second."""
    with empty_database(server) as old, empty_database(server) as new:
        assert sync(request(old, schema(1))).status is Status.SYNCED
        with old.connect() as connection:
            for number in range(TABLES):
                command = sql.SQL("INSERT INTO {} (id, a) VALUES (1, {})")
                connection.execute(command.format(sql.Identifier(f"t{number}"), number))
        assert sync(request(new, schema(2))).status is Status.SYNCED
        yield old, new


def _finished(database: Database, new: Database) -> None:
    """Check that the next run does the rest."""
    assert sync(request(database, schema(2))).status is Status.SYNCED
    check_same(database, new)
    with database.connect() as connection:
        kept = connection.execute("SELECT (SELECT a FROM r5), (SELECT a FROM t9)").fetchone()
    assert kept == (5, 9)
    in_sync_since(sync(request(database, schema(2))))
    in_sync_since(plan(request(database, schema(2), force=True)))


def _waits(database: Database) -> bool:
    with database.connect() as connection:
        row = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return row != (0,)


def _sessions(database: Database) -> bool:
    """Return whether anybody is in the database who is not of the test."""
    with database.server.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND application_name <> 'testbed'"
        return connection.execute(query, [database.name]).fetchone() != (0,)


def _stop(database: Database, place: int) -> None:
    """End a run as it is about to run a statement."""

    def advance(number: int, _total: int, _statement: Statement) -> None:
        if number == place:
            raise Stopped

    with pytest.raises(Stopped):
        sync(request(database, schema(2)), advance=advance)

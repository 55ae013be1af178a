"""What an application with `@atscript/db` wrote is understood, and left in a form that it understands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from schemasync import compile_schema, wire
from schemasync.plan import EntryStatus
from schemasync.sync import Status, plan, sync
from testbed.databases import Database
from tests.acceptance.catalog import facts
from tests.acceptance.loop import check_same, empty_database, execute, in_sync_since, request

V1 = {
    "schema.as": """
@db.table 'users'
export interface User {
  @meta.id
  id: number.int
  @db.index.unique 'email'
  email: string
}
@db.table 'orders'
export interface Order {
  @meta.id
  id: number.int
  @db.rel.FK
  userId?: User.id
}
@db.table 'gone'
export interface Gone {
  @meta.id
  id: number.int
}
@db.view 'emails'
@db.view.for User
export interface Email {
  email: User.email
}
@db.view 'kinds'
@db.view.for User
@db.view.materialized
export interface Kind {
  id: User.id
}
"""
}
V2 = {
    "schema.as": V1["schema.as"]
    .replace("  email: string", "  email: string\n  phone?: string")
    .replace("  @db.rel.FK\n  userId?: User.id", "  userId?: number.int")
    .replace("@db.table 'gone'\nexport ", "")
}
CONTROL = """
CREATE TABLE "__atscript_control" (
  "_id" VARCHAR(255) PRIMARY KEY, "value" TEXT, "lockedBy" TEXT,
  "lockedAt" DOUBLE PRECISION, "expiresAt" DOUBLE PRECISION
)
"""
TABLES = """
CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, email TEXT NOT NULL);
CREATE UNIQUE INDEX atscript__unique__email ON users (email);
CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, "userId" INTEGER,
  FOREIGN KEY ("userId") REFERENCES users (id));
CREATE TABLE gone (id INTEGER NOT NULL PRIMARY KEY);
CREATE VIEW emails AS SELECT users.email AS email FROM users;
CREATE MATERIALIZED VIEW kinds AS SELECT users.id AS id FROM users;
INSERT INTO users VALUES (1, 'a@example.com');
INSERT INTO orders VALUES (1, 1);
"""
NAMES = ["emails", "gone", "kinds", "orders", "users"]
VIEWS = {"emails": "V", "kinds": "M"}
# As it is written today, without the kinds of views, and at first as bare names.
FORMS: Mapping[str, list[Any]] = {
    "with the kinds of views": [
        {"name": name, "isView": name in VIEWS, **({"viewType": VIEWS[name]} if name in VIEWS else {})}
        for name in NAMES
    ],
    "without the kinds of views": [{"name": name, "isView": name in VIEWS} for name in NAMES],
    "bare names": NAMES,
}


def write(database: Database, files: dict[str, str], tracked: list[Any], *, snapshots: bool = True) -> str:
    """Write a control table as another writer does; return the hash in it."""
    compiled = compile_schema(files)
    rows = {
        "schema_version": compiled.hash("postgresql"),
        "synced_tables": json.dumps(tracked, separators=(",", ":")),
    }
    if snapshots:
        for name, snapshot in compiled.snapshots("postgresql").items():
            rows[f"table_snapshot:{name}"] = wire.serialise(snapshot)
    execute(database, CONTROL)
    with database.connect() as connection:
        for key, value in rows.items():
            command = """INSERT INTO "__atscript_control" ("_id", "value") VALUES (%s, %s)"""
            connection.execute(command, [key, value])
    return rows["schema_version"]


def control(database: Database) -> dict[str, str]:
    with database.connect() as connection:
        return dict(connection.execute('SELECT "_id", "value" FROM "__atscript_control"').fetchall())


@pytest.mark.parametrize("tracked", FORMS.values(), ids=FORMS)
def test_what_another_writer_synced_is_migrated_and_what_it_tracked_dropped(
    database: Database, tracked: list[Any]
) -> None:
    execute(database, TABLES)
    write(database, V1, tracked)
    planned = plan(request(database, V2)).plan
    assert planned is not None
    found = {entry.name: entry.status for entry in planned.entries}
    assert found["gone"] is EntryStatus.DROP
    assert found["users"] is EntryStatus.ALTER
    assert found["orders"] is EntryStatus.ALTER
    assert sync(request(database, V2)).status is Status.SYNCED
    with empty_database(database.server) as fresh:
        assert sync(request(fresh, V2)).status is Status.SYNCED
        check_same(database, fresh)
    in_sync_since(sync(request(database, V2)))


@pytest.mark.parametrize("tracked", FORMS.values(), ids=FORMS)
def test_what_we_leave_is_what_another_writer_reads(database: Database, tracked: list[Any]) -> None:
    execute(database, TABLES)
    write(database, V1, tracked)
    assert sync(request(database, V2)).status is Status.SYNCED
    theirs = {key: each for key, each in control(database).items() if not key.startswith("schemasync:")}
    compiled = compile_schema(V2)
    assert theirs.pop("schema_version") == compiled.hash("postgresql")
    assert json.loads(theirs.pop("synced_tables")) == [
        {"name": "emails", "isView": True, "viewType": "V"},
        {"name": "kinds", "isView": True, "viewType": "M"},
        {"name": "orders", "isView": False},
        {"name": "users", "isView": False},
    ]
    wanted = compiled.snapshots("postgresql")
    assert theirs == {f"table_snapshot:{name}": wire.serialise(each) for name, each in wanted.items()}


def test_the_same_schema_of_another_writer_is_looked_at_once(database: Database) -> None:
    """Its hash is ours, but it says nothing of what a hash does not see."""
    execute(database, TABLES)
    written = write(database, V1, FORMS["with the kinds of views"])
    result = sync(request(database, V1))
    assert (result.status, result.hash) == (Status.SYNCED, written)
    in_sync_since(sync(request(database, V1)))


def test_a_table_that_is_no_longer_like_its_snapshot_is_left_alone(database: Database) -> None:
    execute(database, TABLES + "ALTER TABLE gone ADD theirs text;")
    write(database, V1, FORMS["with the kinds of views"])
    result = sync(request(database, V2))
    assert result.status is Status.SYNCED
    assert result.plan is not None
    entry = next(each for each in result.plan.entries if each.name == "gone")
    assert entry.status is not EntryStatus.DROP
    assert any("left alone" in each for each in entry.warnings)
    with database.connect() as connection:
        assert ("relation", "public", "gone") in facts(connection)


def test_tracked_tables_without_snapshots_are_left_alone(database: Database) -> None:
    execute(database, TABLES)
    write(database, V1, FORMS["bare names"], snapshots=False)
    assert sync(request(database, V2)).status is Status.SYNCED
    with database.connect() as connection:
        assert ("relation", "public", "gone") in facts(connection)


def test_another_writer_that_syncs_after_us_is_noticed(database: Database) -> None:
    assert sync(request(database, V1)).status is Status.SYNCED
    execute(
        database,
        """UPDATE "__atscript_control" SET "value" = '-1a2b3c4d' WHERE "_id" = 'schema_version';
        ALTER TABLE users ADD theirs text; DROP TABLE gone""",
    )
    result = sync(request(database, V1))
    assert result.status is Status.SYNCED
    assert result.plan is not None
    found = {entry.name: entry.status for entry in result.plan.entries}
    assert (found["users"], found["gone"]) == (EntryStatus.ALTER, EntryStatus.CREATE)
    with empty_database(database.server) as fresh:
        assert sync(request(fresh, V1)).status is Status.SYNCED
        check_same(database, fresh)


def test_a_lock_of_another_writer_is_respected_and_an_expired_one_taken_over(database: Database) -> None:
    execute(database, TABLES)
    write(database, V1, FORMS["with the kinds of views"])
    execute(
        database,
        """INSERT INTO "__atscript_control" ("_id", "lockedBy", "lockedAt", "expiresAt")
        VALUES ('sync_lock', 'app-7f9c', 1, extract(epoch FROM clock_timestamp()) * 1000 + 400)""",
    )
    assert sync(request(database, V2)).status is Status.SYNCED
    assert "sync_lock" not in control(database)


@pytest.mark.parametrize("broken", ["", "not json", "{}", "[1, null]", '[{"isView": true}]', "null"])
def test_a_list_that_cannot_be_read_drops_nothing(database: Database, broken: str) -> None:
    execute(database, TABLES)
    write(database, V1, [])
    with database.connect() as connection:
        command = """UPDATE "__atscript_control" SET "value" = %s WHERE "_id" = 'synced_tables'"""
        connection.execute(command, [broken])
    assert sync(request(database, V2)).status is Status.SYNCED
    with database.connect() as connection:
        assert ("relation", "public", "gone") in facts(connection)

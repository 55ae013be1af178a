"""A control table or a lock row that is not as expected is told in words that say what to do."""

from __future__ import annotations

import re

import pytest

from schemasync.control import LockSettings
from schemasync.engines.base import Target
from schemasync.errors import LockTimeout, OwnedByAnother, StatementFailed
from schemasync.sync import Request, Source, Status, plan, sync
from testbed.databases import Database
from tests.kills.schemas import V1, V2


def request(database: Database, files: dict[str, str]) -> Request:
    target = Target(url=database.url)
    return Request(source=Source(files), target=target, lock=LockSettings(wait=0.1, poll=0.02))


def execute(database: Database, command: str) -> None:
    with database.connect() as connection:
        connection.execute(command.replace("TABLE_", "__atscript_control").encode())


def tampered(database: Database, command: str) -> Request:
    """Return a request for a database that was synced before somebody ran a command in it."""
    assert sync(request(database, V1)).status is Status.SYNCED
    execute(database, command)
    return request(database, V2)


def lock_row(holder: str, expires: str) -> str:
    return "INSERT INTO TABLE_ VALUES ('sync_lock', NULL, HOLDER, 1, EXPIRES)".replace(
        "HOLDER", holder
    ).replace("EXPIRES", expires)


@pytest.mark.parametrize("expires", ["NULL", "'NaN'", "'infinity'", "9e15"])
@pytest.mark.parametrize("holder", ["'x/1'", "NULL", "''"])
def test_a_lock_that_never_expires_is_told_with_the_command_that_ends_it(
    database: Database, holder: str, expires: str
) -> None:
    asked = tampered(database, lock_row(holder, expires))
    with pytest.raises(LockTimeout, match="it never expires") as caught:
        sync(asked)
    told = re.search("DELETE FROM .*", str(caught.value))
    assert told is not None
    execute(database, told[0])
    assert sync(asked).status is Status.SYNCED


def test_a_lock_that_nobody_signed_is_waited_for(database: Database) -> None:
    soon = "extract(epoch FROM clock_timestamp()) * 1000 + 60000"
    with pytest.raises(LockTimeout, match=r"somebody without a name has held .*once it expires"):
        sync(tampered(database, lock_row("NULL", soon)))


def test_long_names_are_cut(database: Database) -> None:
    asked = tampered(database, lock_row("repeat('x', 1200000)", "NULL"))
    with pytest.raises(LockTimeout) as caught:
        sync(asked)
    assert len(str(caught.value)) < 1000
    execute(database, "INSERT INTO TABLE_ VALUES ('schemasync:owner', repeat('x', 2000000))")
    with pytest.raises(OwnedByAnother) as refused:
        sync(asked)
    assert len(str(refused.value)) < 1000


PARTITIONED = """DROP TABLE TABLE_; CREATE TABLE TABLE_ (
  _id varchar(255) PRIMARY KEY, value text, "lockedBy" text, "lockedAt" float8, "expiresAt" float8
) PARTITION BY HASH (_id)"""
SWALLOW = (
    "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; "
    "CREATE TRIGGER swallower BEFORE {} ON TABLE_ FOR EACH ROW EXECUTE FUNCTION swallow()"
)


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (SWALLOW.format("INSERT OR UPDATE OR DELETE"), "takes no lock row.*trigger swallower"),
        (SWALLOW.format("DELETE"), "keeps its lock row.*trigger swallower"),
        ("CREATE RULE keeper AS ON DELETE TO TABLE_ DO INSTEAD NOTHING", "keeps its lock row.*rule keeper"),
    ],
)
def test_what_swallows_the_lock_row_is_named(database: Database, command: str, named: str) -> None:
    with pytest.raises(StatementFailed, match=named):
        sync(tampered(database, command))


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ('ALTER TABLE TABLE_ DROP "expiresAt"', "it has no column expiresAt"),
        ("ALTER TABLE TABLE_ DROP value", "it has no column value"),
        ("ALTER TABLE TABLE_ DROP _id", "it has no column _id"),
        ("ALTER TABLE TABLE_ DROP CONSTRAINT __atscript_control_pkey", "_id is no primary key"),
        ("ALTER TABLE TABLE_ ALTER value TYPE jsonb USING to_jsonb(value)", "value is of type jsonb"),
        ('ALTER TABLE TABLE_ ALTER "expiresAt" TYPE text', "expiresAt is of type text"),
        ("ALTER TABLE TABLE_ RENAME TO c2; CREATE VIEW TABLE_ AS SELECT * FROM c2", "it is a view"),
        ("ALTER TABLE TABLE_ ALTER value SET NOT NULL", "value is required"),
        (
            "ALTER TABLE TABLE_ ADD z int DEFAULT 1 NOT NULL; ALTER TABLE TABLE_ ALTER z DROP DEFAULT",
            "z is required",
        ),
        (PARTITIONED, "it is partitioned"),
    ],
)
def test_a_control_table_of_another_shape_is_told_apart(database: Database, command: str, named: str) -> None:
    asked = tampered(database, command)
    for run in (plan, sync):
        with pytest.raises(StatementFailed, match=f"is not as expected: .*{named}") as caught:
            run(asked)
        assert caught.value.reason == "ControlTableUnusable"


def test_rows_of_a_table_that_inherits_are_not_ours(database: Database) -> None:
    asked = tampered(
        database,
        "CREATE TABLE child () INHERITS (TABLE_); INSERT INTO child VALUES ('schemasync:owner', 'a/b/c')",
    )
    assert sync(asked).status is Status.SYNCED

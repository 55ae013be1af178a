"""The package as a library."""

import subprocess
import sys

import pytest

import schemasync
from schemasync import Compiled, LockSettings, Plan, Policy, compile_schema, plan_schema, sync_schema
from schemasync.plan import EntryStatus
from testbed.databases import Database

V1 = "@db.table 't'\nexport interface T {\n  @meta.id\n  id: number.int\n  note?: string\n}\n"
V2 = V1.replace("  note?: string\n", "")


def compiled(schema: str) -> Compiled:
    return compile_schema({"t.as": schema})


def relations(database: Database) -> set[str]:
    with database.connect() as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        ).fetchall()
    return {name for (name,) in found}


def columns(database: Database) -> set[str]:
    query = "SELECT column_name FROM information_schema.columns WHERE table_name = 't'"
    with database.connect() as connection:
        return {name for (name,) in connection.execute(query).fetchall()}


def test_everything_public_is_there_and_costs_nothing_before_it_is_used() -> None:
    assert all(hasattr(schemasync, name) for name in schemasync.__all__)
    assert dir(schemasync) == sorted(schemasync.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = schemasync.nope
    loaded = "import sys, schemasync; sys.exit(any(name.startswith('schemasync.') for name in sys.modules))"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.run([sys.executable, "-c", loaded], check=False, env=environment).returncode == 0


def test_a_plan_is_made_and_nothing_is_written(database: Database) -> None:
    made = plan_schema(compiled(V1), database.url)
    assert isinstance(made, Plan)
    assert [(entry.name, entry.status) for entry in made.entries] == [("t", EntryStatus.CREATE)]
    assert relations(database) == set()


def test_a_sync_ends_up_to_date_and_a_plan_still_shows_what_there_is(database: Database) -> None:
    schema = compiled(V1)
    first = sync_schema(schema, database.url)
    assert (first.status, first.hash) == ("synced", schema.hash("postgresql"))
    assert sync_schema(schema, database.url).status == "up-to-date"
    assert sync_schema(schema, database.url, policy=Policy(force=True)).status == "synced"
    assert [entry.status for entry in plan_schema(schema, database.url).entries] == [EntryStatus.IN_SYNC]


def test_a_schema_alone_is_as_good_as_what_was_compiled(database: Database) -> None:
    schema = compiled(V1)
    assert schema.schema is not None
    assert sync_schema(schema.schema, database.url).status == "synced"
    assert sync_schema(schema, database.url).status == "up-to-date"


def test_files_with_errors_are_no_schema(database: Database) -> None:
    broken = compiled(V1.replace("string", "strng"))
    for call in (plan_schema, sync_schema):
        with pytest.raises(ValueError, match=r"the files have errors, there is no schema: t\.as:5:10: AS"):
            call(broken, database.url)
    assert relations(database) == set()


def test_a_plan_that_destroys_needs_its_approval(database: Database) -> None:
    sync_schema(compiled(V1), database.url)
    schema = compiled(V2)
    made = plan_schema(schema, database.url)
    assert made.destructive
    refused = sync_schema(schema, database.url)
    assert refused.status == "refused"
    assert str(refused.refusal).startswith(f"plan {made.short_id} destroys data and is not approved")
    other = sync_schema(schema, database.url, policy=Policy(approved_plan="0" * 12))
    assert other.refusal == f"the plan is {made.short_id}, and 000000000000 was approved; nothing was changed"
    assert columns(database) == {"id", "note"}
    approved = sync_schema(schema, database.url, policy=Policy(approved_plan=made.short_id))
    assert approved.status == "synced"
    assert columns(database) == {"id"}
    # It is done: the approval of a plan that is no more is no reason to refuse.
    again = sync_schema(schema, database.url, policy=Policy(approved_plan=made.short_id, force=True))
    assert again.status == "synced"


def test_a_policy_allows_what_destroys_or_leaves_it_out(database: Database) -> None:
    sync_schema(compiled(V1), database.url)
    sync_schema(compiled(V2), database.url, policy=Policy(safe=True))
    assert columns(database) == {"id", "note"}
    assert sync_schema(compiled(V2), database.url, policy=Policy(destructive=True)).status == "synced"
    assert columns(database) == {"id"}


def test_a_policy_says_where_the_tables_go(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("CREATE SCHEMA app")
    sync_schema(compiled(V1), database.url, policy=Policy(schema="app"))
    assert relations(database) == set()
    assert [entry.status for entry in plan_schema(compiled(V1), database.url).entries] == [EntryStatus.CREATE]


def test_the_lock_is_waited_for_as_long_as_it_is_asked_to(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POD_NAME", "pod-7")
    sync_schema(compiled(V1), database.url)
    with database.connect() as connection:
        connection.execute(
            """INSERT INTO "__atscript_control" (_id, "lockedBy", "lockedAt", "expiresAt")
            VALUES ('sync_lock', 'another', 0, 9e12)"""
        )
    settings = LockSettings(wait=0.0)
    with pytest.raises(schemasync.SchemaSyncError, match="another has held the lock"):
        sync_schema(compiled(V1), database.url, policy=Policy(force=True), lock=settings)
    # A plan needs no lock.
    assert plan_schema(compiled(V1), database.url).statements == ()

"""Defaults of the server's own types: in sync whatever the server makes of them, or refused when planning."""

from __future__ import annotations

import pytest

from schemasync.plan import HazardKind
from schemasync.sync import Status, plan, sync
from testbed.databases import Database
from tests.acceptance.loop import execute, in_sync_since, request


def one(*fields: str) -> dict[str, str]:
    lines = "\n  ".join(("@meta.id\n  id: number.int", *fields))
    return {"schema.as": f"@db.table 't'\nexport interface T {{\n  {lines}\n}}\n"}


def native(kind: str, default: str, name: str = "a") -> str:
    return f"@db.pg.type '{kind}'\n  @db.default '{default}'\n  {name}: string"


MEANT = {
    "timestamptz": "now()",
    "timestamp": "2024-01-02T03:04",
    "date": "2024-1-2",
    "interval": "90 minutes",
    "uuid": "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
    "inet": "::0:1",
    "bytea": "\\\\x00FF",
    "integer[]": "{1, 2}",
    "text[]": '{"a b", c}',
    "mood": "good",
    "bit(3)": "101",
    "varbit": "1",
    "money": "1",
    "real": "0.10",
    "jsonb": '{"b": 1e2, "a": 1.50, "a": 2.0}',
    "numeric(6,2)": "01.5",
    "time": "4:05",
    "oid": "007",
    "macaddr": "08002B:010203",
    "int4range": "[1,3]",
    "tsvector": "b a",
}


@pytest.mark.parametrize(("kind", "default"), MEANT.items(), ids=MEANT)
def test_a_default_is_in_sync_in_whatever_form_the_server_keeps_it(
    database: Database, kind: str, default: str
) -> None:
    execute(database, "CREATE TYPE mood AS ENUM ('good', 'bad')")
    files = one(native(kind, default))
    assert sync(request(database, files)).status is Status.SYNCED
    in_sync_since(plan(request(database, files, force=True)))


def test_a_default_of_a_new_column_is_what_rows_get(database: Database) -> None:
    assert sync(request(database, one())).status is Status.SYNCED
    execute(database, "INSERT INTO t VALUES (1)")
    files = one(native("date", "2024-1-2"), native("uuid", "A" * 32, "b"))
    assert sync(request(database, files)).status is Status.SYNCED
    with database.connect() as connection:
        row = connection.execute("SELECT a::text, b::text FROM t").fetchone()
    assert row == ("2024-01-02", "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa")
    in_sync_since(plan(request(database, files, force=True)))


def test_a_default_of_somebody_else_is_set_once(database: Database) -> None:
    execute(database, "CREATE TABLE t (id integer PRIMARY KEY, a date NOT NULL DEFAULT '2024-01-02')")
    files = one(native("date", "2024-1-2"))
    assert sync(request(database, files)).status is Status.SYNCED
    in_sync_since(plan(request(database, files, force=True)))


def test_a_default_changed_by_hand_is_put_back(database: Database) -> None:
    files = one(native("date", "2024-1-2"))
    assert sync(request(database, files)).status is Status.SYNCED
    execute(database, "ALTER TABLE t ALTER a SET DEFAULT '2000-01-01'")
    assert sync(request(database, files, force=True)).status is Status.SYNCED
    with database.connect() as connection:
        query = "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef"
        assert connection.execute(query).fetchall() == [("'2024-01-02'::date",)]


def test_the_present_moment_as_a_constant_is_warned_about(database: Database) -> None:
    made = plan(request(database, one(native("timestamptz", "now()")))).plan
    assert made is not None
    [entry] = made.entries
    assert any(
        "column a: the default 'now()' is the moment at which it is set" in each for each in entry.warnings
    )


@pytest.mark.parametrize("kind", ["timestamptz", "timestamp(3)", "date", "time", "bigint", "text"])
def test_now_is_a_default_of_any_type_that_can_hold_it(database: Database, kind: str) -> None:
    files = one(f"@db.pg.type '{kind}'\n  @db.default.now\n  a: number.timestamp")
    assert sync(request(database, files)).status is Status.SYNCED
    execute(database, "INSERT INTO t VALUES (1)")
    in_sync_since(plan(request(database, files, force=True)))


REFUSED = {
    native("uuid", "xyz"): "column a: the default 'xyz' is not a value of type uuid",
    native(
        "timestamptz", "soon"
    ): "column a: the default 'soon' is not a value of type timestamp with time zone",
    native("mood", "bad"): "column a: this database has no type mood",
    "@db.pg.type 'mood'\n  a?: string": "column a: this database has no type mood",
    native("varchar(3)", "long"): "column a: the default 'long' is longer than character varying(3) allows",
    native("smallint", "40000"): "column a: the default '40000' is not a value of type smallint",
    "@db.pg.type 'date'\n  @db.default.uuid\n  a: string": "column a: a date cannot be a random UUID",
    "@db.pg.type 'integer'\n  @db.default.now\n  a: number.timestamp": "a: an integer cannot hold the time",
    "@db.pg.type 'text'\n  @db.default.increment\n  a: number.int": "column a: a text cannot count",
    "@db.pg.collate 'xx-none'\n  a: string": "column a: this database has no collation 'xx-none'",
    "@db.pg.collate 'POSIXX'\n  a: string": "did you mean 'POSIX'?",
}


@pytest.mark.parametrize(("field", "problem"), REFUSED.items())
def test_what_the_server_would_refuse_is_an_error_of_the_plan(
    database: Database, field: str, problem: str
) -> None:
    for before in ((), ("a: string",)):
        made = plan(request(database, one(field))).plan
        assert made is not None
        [entry] = made.entries
        assert any(problem in each for each in entry.errors), entry.errors
        assert not any("row" in each for each in entry.errors)
        if not before:
            assert sync(request(database, one("a?: string"))).status is Status.SYNCED


def test_a_constant_is_counted_as_what_new_rows_refer_to(database: Database) -> None:
    key = "@db.table 'o'\nexport interface O {{\n  @meta.id\n  @db.pg.type 'uuid'\n  id: string\n}}\n{}"
    before = key.format(one()["schema.as"])
    after = key.format(
        one(f"@db.rel.FK\n  {native('uuid', 'A' * 32, 'o').replace('string', 'O.id')}")["schema.as"]
    )
    assert sync(request(database, {"a.as": before})).status is Status.SYNCED
    execute(database, "INSERT INTO t VALUES (1)")
    made = plan(request(database, {"a.as": after})).plan
    assert made is not None
    assert any("public.o does not hold (1 row)" in each for entry in made.errors for each in entry.errors)
    assert HazardKind.DELETES_DATA not in {each.kind for entry in made.entries for each in entry.hazards}

"""Somebody who may create objects in a schema of the login's search_path never has them called by it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from schemasync.cli.wait_database import DatabaseLook
from schemasync.engines.base import Target
from schemasync.sync import Request, Source, Status, plan, sync
from testbed.databases import Database
from tests.acceptance.case import FOLDER, Case
from tests.acceptance.loop import request
from tests.kills.schemas import ROWS, V1, V2

TYPES = (
    *("varchar", "bpchar", "text", "name", "numeric", "int2", "int4", "int8", "float8", "bool", "oid"),
    *("regclass", "timestamptz", "json", "jsonb", "uuid", "text[]", "varchar[]", "name[]", "oid[]"),
)
COMPARISONS = ("=", "<>", "<", ">", "<=", ">=", "~", "~~", "!~", "~*", "!~~")
OPERATIONS = ("+", "-", "*", "/", "||", "#>>", "->", "->>")
FUNCTIONS = (
    *("abs", "array_agg", "avg", "clock_timestamp", "count", "current_database", "current_schema"),
    *("current_setting", "format", "format_type", "gen_random_uuid", "json_each_text", "left", "length"),
    *("lower", "max", "min", "now", "obj_description", "pg_has_role", "quote_ident", "quote_literal"),
    *("regexp_replace", "round", "set_config", "setval", "string_agg", "sum", "to_json", "to_jsonb"),
    *("to_regclass", "unnest"),
)


def traps() -> Iterator[str]:
    """Yield what calls attention to itself, for every operator and function over every pair of types.

    A sequence remembers a call although what it broke is undone; the error tells of it where
    nothing may be written.
    """
    yield "CREATE SEQUENCE mallory.calls"
    yield "GRANT ALL ON ALL SEQUENCES IN SCHEMA mallory TO PUBLIC"
    yield """CREATE FUNCTION mallory.spring(what text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
      BEGIN PERFORM nextval('mallory.calls'); EXCEPTION WHEN OTHERS THEN NULL; END;
      RAISE EXCEPTION 'hijacked: %', what; END $$"""
    for number, (left, right) in enumerate(product(TYPES, TYPES)):
        for kind, result in (("compared", "bool"), ("combined", left)):
            name = f"public.{kind}_{number}"
            words = f"{left}, {right}"
            yield (
                f"CREATE FUNCTION {name}({words}) RETURNS {result} LANGUAGE plpgsql AS "
                f"$$ BEGIN PERFORM mallory.spring('{words}'); END $$"
            )
            for operator in COMPARISONS if kind == "compared" else OPERATIONS:
                yield (
                    f"CREATE OPERATOR public.{operator} "
                    f"(leftarg = {left}, rightarg = {right}, function = {name})"
                )
    for name in FUNCTIONS:
        for words in (*TYPES, *(f"{left}, {right}" for left, right in product(TYPES[:8], TYPES[:8]))):
            yield (
                f"CREATE FUNCTION public.{name}({words}) RETURNS text LANGUAGE plpgsql AS "
                f"$$ BEGIN PERFORM mallory.spring('{name}({words})'); END $$"
            )


@pytest.fixture
def trapped(database: Database) -> Iterator[Database]:
    """A database in which somebody else has filled the schema public."""
    mallory = database.server.create_role("mallory")
    with database.connect() as connection:
        connection.execute(f"GRANT CREATE, USAGE ON SCHEMA public TO {mallory}".encode())
        connection.execute(f"CREATE SCHEMA mallory AUTHORIZATION {mallory}".encode())
        connection.execute(b"GRANT USAGE ON SCHEMA mallory TO PUBLIC")
        connection.execute(f"SET ROLE {mallory}".encode())
        connection.execute(";\n".join(traps()).encode())
    yield database
    database.server.drop_database(database.name)
    database.server.drop_role(mallory)


def calls(database: Database) -> bool:
    with database.connect() as connection:
        row = connection.execute("SELECT is_called FROM mallory.calls").fetchone()
    assert row is not None
    return bool(row[0])


def execute(database: Database, commands: str) -> None:
    with database.connect() as connection:
        connection.execute(b"SET search_path TO ''")
        connection.execute(commands.encode())


def test_the_traps_work(trapped: Database) -> None:
    with trapped.connect() as connection, pytest.raises(Exception, match="hijacked"):
        connection.execute("SELECT 'a'::varchar = 'b'::varchar")
    assert calls(trapped)


def test_nothing_of_somebody_else_is_called(trapped: Database) -> None:
    for files in (V1, V2):
        assert plan(request(trapped, files)).status is Status.CHANGES_NEEDED
        assert sync(request(trapped, files)).status is Status.SYNCED
        assert sync(request(trapped, files)).status is Status.UP_TO_DATE
        assert plan(request(trapped, files, force=True)).status is Status.UP_TO_DATE
        written = {name: text.encode() for name, text in files.items()}
        look = DatabaseLook(files=written, target=Target(url=trapped.url), space="default")
        assert look().why is None
        if files is V1:
            execute(trapped, ROWS.replace("INTO ", "INTO public.").replace("'user' || n", "'user'"))
            execute(trapped, "UPDATE public.users SET email = pg_catalog.gen_random_uuid()")
    named = Request(source=Source(V2), target=Target(url=trapped.url, schema="public"))
    assert sync(named).status is not Status.FAILED
    assert not calls(trapped)


@pytest.mark.parametrize(
    "name",
    [
        "everything-of-a-table-changes-at-once",
        "several-types-of-one-table-change-at-once",
        "a-number-becomes-required-with-a-default-over-nulls",
        "a-decimal-becomes-a-double",
        "a-double-becomes-an-integer",
        "an-integer-becomes-a-boolean",
        "a-timestamp-column-is-added-to-rows",
        "a-fulltext-index-is-added",
        "a-counter-is-added-to-a-column-with-rows",
        "a-views-filter-is-changed",
        "a-view-gets-a-having",
        "a-foreign-key-over-orphans-is-an-error",
        "a-check-of-somebody-else-survives-a-change-of-type",
    ],
)
def test_no_change_calls_what_somebody_else_made(trapped: Database, name: str) -> None:
    case = Case(FOLDER / name)
    assert sync(request(trapped, case.files("v1"))).status is Status.SYNCED
    execute(trapped, "SET search_path TO public; " + case.told.get("rows", ""))
    execute(trapped, "ALTER SEQUENCE mallory.calls RESTART")
    sync(request(trapped, case.files("v2")))
    assert not calls(trapped)


@pytest.mark.needs("contrib")
@pytest.mark.parametrize(
    "name",
    [
        "everything-of-a-table-changes-at-once",
        "a-double-becomes-an-integer",
        "a-dropped-column-was-in-a-view-that-is-changed-too",
        "a-foreign-key-over-orphans-is-an-error",
    ],
)
def test_no_question_calls_it_where_an_extension_is_in_that_schema(trapped: Database, name: str) -> None:
    execute(trapped, "CREATE EXTENSION citext SCHEMA public")
    test_no_change_calls_what_somebody_else_made(trapped, name)


@pytest.mark.needs("contrib")
def test_a_view_may_compare_what_an_extension_of_the_namespace_brings(database: Database) -> None:
    execute(database, "CREATE EXTENSION ltree SCHEMA public")
    files = {"m.as": PATHS}
    assert sync(request(database, files)).status is Status.SYNCED
    assert plan(request(database, files, force=True)).status is Status.UP_TO_DATE


PATHS = """
@db.table 'paths'
export interface Path {
  @meta.id
  id: number.int
  @db.pg.type 'ltree'
  path: string
}
@db.view 'tops'
@db.view.for Path
@db.view.filter `Path.path = 'top'`
export interface Top {
  path: Path.path
}
"""

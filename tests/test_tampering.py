"""Whatever stands in the control table's rows, a database can be planned."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemasync import stored
from schemasync.control import State, parse_definitions
from schemasync.errors import StatementFailed
from schemasync.sync import plan, sync
from schemasync.wire import parse_tracked, read_snapshot
from testbed.databases import Database
from tests.acceptance.loop import request
from tests.kills.schemas import V1, V2

ROWS = (
    *("schema_version", "schemasync:source", "schemasync:digest", "synced_tables", "table_snapshot:users"),
    *("table_snapshot:totals", "schemasync:relation:users", "schemasync:renamed:users"),
    *("schemasync:definition:view:public.totals", "schemasync:definition:x"),
)
ODD = (
    *("", "null", "5", "[[[", "[" * 100_000, '{"a":' * 100_000, '"\\ud800"', '["\\u0000"]', "1e999", "[NaN]"),
    '[{"name":5},{"x":1},null,[1],"\\ud800",{"name":"users","isView":"yes"}]',
    '{"digest":[1],"hash":{}}',
    '{"wanted":5,"printed":[],"server":1e999}',
    '{"wanted":"a","printed":"b","server":1e999}',
    '{"tableName":5,"fields":7,"foreignKeys":[{"fields":5,"targetTable":null}],"indexes":{}}',
    '{"tableName":"users","fields":[1,null,{}],"foreignKeys":[{"fields":[5],"targetTable":"a"}]}',
    '{"tableName":"totals","viewType":"V","fields":5,"foreignKeys":7}',
    '{"from":5,"columns":{"a":[1]}}',
    '{"from":"\\ud800","columns":5}',
)


def write(database: Database, key: str, value: str) -> None:
    with database.connect() as connection:
        connection.execute(
            'INSERT INTO "__atscript_control" ("_id", "value") VALUES (%s, %s) '
            'ON CONFLICT ("_id") DO UPDATE SET "value" = excluded."value"',
            [key, value],
        )


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_no_row_keeps_a_database_from_being_planned(database: Database, value: str) -> None:
    sync(request(database, V1))
    for key in ROWS:
        write(database, key, value)
    for safe in (True, False):
        assert plan(request(database, V2, force=True, safe=safe)).plan is not None
        # What is no longer known to be ours may stand in the way, in words of ours.
        with suppress(StatementFailed):
            sync(request(database, V2, safe=safe))


KEYS = (
    *("name", "isView", "viewType", "tableName", "fields", "foreignKeys", "indexes", "targetTable", "key"),
    *("physicalName", "digest", "hash", "wanted", "printed", "server", "from", "columns"),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(VALUES)
def test_no_json_raises_anything_when_it_is_read(value: object) -> None:
    text = json.dumps(value)
    stored.read(text)
    parse_tracked(text)
    read_snapshot(text)
    State.parse({"schemasync:digest": text, "schemasync:source": text, "schema_version": text})
    parse_definitions({"schemasync:definition:x": text})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(VALUES, min_size=len(ROWS), max_size=len(ROWS)))
def test_no_json_keeps_a_database_from_being_planned(database: Database, values: list[object]) -> None:
    sync(request(database, V1))
    for key, value in zip(ROWS, values, strict=True):
        write(database, key, json.dumps(value))
    assert plan(request(database, V2, force=True)).plan is not None

from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg
import pytest

from schemasync import compile_schema, model
from schemasync.catalog import Name
from schemasync.engines.postgresql.regex import Unsuitable
from schemasync.engines.postgresql.types import mapped_type
from schemasync.engines.postgresql.views import body, column_types, depends_on
from schemasync.engines.sql import cut
from schemasync.errors import Span
from testbed.databases import Database
from tests.conformance import Case, cases, directory

TABLES = """
@db.table 'users'
export interface User {
  @meta.id
  id: number.int
  name: string
  nick?: string
  active: boolean
  score: decimal
  tags: string[]
  @db.pg.type 'uuid'
  token?: string
}

@db.table 'orders'
export interface Order {
  @meta.id
  id: number.int
  userId: number.int
  amount: number
  note?: string
}

@db.table 'items'
export interface Item {
  @meta.id
  id: number.int
  orderId: number.int
}
"""
ROWS = """
INSERT INTO users VALUES
  (1, 'Ann', 'a', true, 5, '["x"]', '00000000-0000-0000-0000-000000000001'),
  (2, 'ben', NULL, false, 7.5, '[]', NULL),
  (3, '5', 'true', true, 0, '"x"', NULL);
INSERT INTO orders VALUES (1, 1, 10, 'first'), (2, 1, 2.5, NULL), (3, 2, 4, 'third');
INSERT INTO items VALUES (1, 1), (2, 3);
"""


def compiled(views: str, tables: str = TABLES) -> model.Schema:
    result = compile_schema({"m.as": (tables + views).encode()})
    assert result.schema is not None, result.diagnostics
    return result.schema


def physical(schema: model.Schema) -> Mapping[str, Name]:
    relations: tuple[model.Table | model.View, ...] = (*schema.tables, *schema.views)
    return {each.name: Name(cut(each.schema or "public", 63), cut(each.name, 63)) for each in relations}


def query(view: model.View, schema: model.Schema) -> str:
    return body(view, physical(schema).__getitem__, column_types(schema))


def quoted(name: Name | str) -> str:
    return psycopg.sql.Identifier(*([name] if isinstance(name, str) else name)).as_string()


def create_tables(connection: psycopg.Connection, schema: model.Schema, types: Mapping[str, str]) -> None:
    names = physical(schema)
    for namespace in {name.schema for name in names.values()}:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(namespace)}".encode())
    for table in schema.tables:
        columns = ", ".join(
            f"{quoted(cut(field.name, 63))} {types.get(mapped_type(field), mapped_type(field))}"
            for field in table.fields
        )
        connection.execute(f"CREATE TABLE {quoted(names[table.name])} ({columns})".encode())


def create_view(connection: psycopg.Connection, view: model.View, schema: model.Schema) -> str:
    kind = "MATERIALIZED VIEW" if view.kind is model.ViewKind.MATERIALIZED else "VIEW"
    name = quoted(physical(schema)[view.name])
    connection.execute(f"CREATE {kind} {name} AS {query(view, schema)}".encode())
    return name


def read(database: Database, annotations: str, columns: str = "id: User.id", entry: str = "User") -> Any:
    """Return the rows of a view, those of one column as a list of values."""
    schema = compiled(
        f"@db.view 'v'\n@db.view.for {entry}\n{annotations}\nexport interface V {{\n{columns}\n}}"
    )
    with database.connect() as connection:
        create_tables(connection, schema, {})
        connection.execute(ROWS.encode())
        name = create_view(connection, schema.views[0], schema)
        rows = connection.execute(f"TABLE {name} ORDER BY 1".encode()).fetchall()
        return [row[0] if len(row) == 1 else row for row in rows]


NAME = model.FieldRef(table="users", column="name", written="name")


def filtered(condition: model.Condition) -> str:
    """Return the query of a view with a condition, types of columns unknown."""
    view = model.View(
        name="v",
        kind=model.ViewKind.MANAGED,
        fields=(),
        interface="V",
        entry="users",
        columns=(model.ViewColumn(name="id", table="users", column="id"),),
        filter=condition,
        span=Span(file="m.as", line=1, column=1, end_line=1, end_column=1),
    )
    return body(view, lambda name: Name("public", name), {})


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("User.id = 2", [2]),
        ("User.id != 2", [1, 3]),
        ("User.id > 1 and User.id <= 3", [2, 3]),
        ("User.id < 2 or User.id >= 3", [1, 3]),
        ("not (User.id = 1 or User.id = 2) and User.active = true", [3]),
        ("User.id in (1, 3)", [1, 3]),
        ("User.id not in (1, 3)", [2]),
        ("User.nick exists", [1, 3]),
        ("User.nick not exists", [2]),
        ("User.nick = null", [2]),
        ("User.nick != null", [1, 3]),
        ("User.nick > null", []),
        ("User.nick in ('a', null)", [1, 2]),
        ("User.nick not in ('a', null)", [3]),
        ("User.name = 'it\\'s \\\\ or %s'", []),
        ("User.score = 7.5", [2]),
        ("User.score > -1e-7", [1, 2, 3]),
        ("User.id = 5.5", []),
        ("User.id = 99999999999999999999", []),
        # What differs in type is compared as JavaScript does, as far as SQL can.
        ("User.name = 5", [3]),
        ("User.nick = true", [3]),
        ("User.id = '2'", [2]),
        ("User.id = '2.0'", [2]),
        ("User.id = 'two'", []),
        ("User.id in ('two', '1', 3)", [1, 3]),
        ("User.id not in ('two', '1', 3)", [2]),
        ("User.id = true", [1]),
        ("User.active = 1", [1, 3]),
        ("User.active = 'false'", [2]),
        ("User.active = 'no'", []),
        ("User.tags = 'x'", [3]),
        ('User.tags matches /^\\["x/', [1]),
        ("User.token = '00000000-0000-0000-0000-000000000001'", [1]),
        ("User.token matches /1$/", [1]),
        ("User.active = User.id", [1]),
        ("User.name = User.score", []),
        ("User.id matches /^[12]$/", [1, 2]),
        ("User.name matches /^B/i", [2]),
        ("User.name matches /^B/", []),
    ],
)
def test_a_filter_keeps_the_rows_that_it_says(database: Database, condition: str, ids: list[int]) -> None:
    assert read(database, f"@db.view.filter `{condition}`") == ids


def test_a_join_keeps_the_rows_that_have_a_match(database: Database) -> None:
    joins = "@db.view.joins Order, `Order.userId = User.id`"
    found = read(database, joins, "name: User.name\norder: Order.id")
    assert found == [("Ann", 1), ("Ann", 2), ("ben", 3)]


def test_a_join_may_speak_of_a_table_that_is_joined_after_it(database: Database) -> None:
    joins = (
        "@db.view.joins Item, `Item.orderId = Order.id`\n@db.view.joins Order, `Order.userId = User.id`\n"
        "@db.view.filter `Order.amount > 4 or User.id = 2`"
    )
    assert read(database, joins, "name: User.name\nitem: Item.id") == [("Ann", 1), ("ben", 2)]


def test_groups_are_counted_summed_and_filtered_by_columns_of_the_view(database: Database) -> None:
    columns = """
    userId: Order.userId
    @db.agg.count
    n: number
    @db.agg.count 'note'
    notes: number
    @db.agg.sum 'amount'
    total: number
    @db.agg.avg 'amount'
    mean: number
    @db.agg.min 'amount'
    least: number
    @db.agg.max 'note'
    last: string
    """
    found = read(database, "@db.view.having `total > 4 and n = '2'`", columns, "Order")
    assert found == [(1, 2, 1, 12.5, 6.25, 2.5, "first")]


def test_having_may_name_a_column_that_is_grouped_by(database: Database) -> None:
    columns = "userId: Order.userId\n@db.agg.count\nn: number"
    assert read(database, "@db.view.having `userId = 2 or n > 5`", columns, "Order") == [(2, 1)]


def test_having_without_an_aggregate_is_a_filter(database: Database) -> None:
    annotations = "@db.view.filter `User.id < 3`\n@db.view.having `who = 'ben'`"
    assert read(database, annotations, "who: User.name") == ["ben"]


def test_an_aggregate_of_all_rows_needs_no_group(database: Database) -> None:
    assert read(database, "", "@db.agg.sum 'amount'\ntotal: number", "Order") == [16.5]


def test_truth_values_are_summed_as_numbers_and_have_a_least_and_a_greatest(database: Database) -> None:
    columns = "".join(f"@db.agg.{each} 'active'\n{each}: number\n" for each in ("sum", "min", "max"))
    assert read(database, "", columns) == [(2, False, True)]


@pytest.mark.parametrize("aggregate", ["sum 'name'", "avg 'name'", "max 'tags'"])
def test_an_aggregate_that_the_values_have_not_is_unsuitable(aggregate: str) -> None:
    schema = compiled(
        f"@db.view 'v'\n@db.view.for User\nexport interface V {{\n@db.agg.{aggregate}\nx: number\n}}"
    )
    with pytest.raises(Unsuitable, match="its values are no numbers"):
        query(schema.views[0], schema)


def test_an_external_view_reads_nothing_and_has_no_query() -> None:
    schema = compiled("@db.view 'v'\nexport interface V {\n  id: number\n}")
    assert depends_on(schema.views[0]) == ()
    with pytest.raises(Unsuitable, match="external"):
        query(schema.views[0], schema)


@pytest.mark.parametrize("text", ["\0", "\ud800"])
def test_a_text_that_the_server_cannot_hold_is_unsuitable(text: str) -> None:
    with pytest.raises(Unsuitable, match="cannot be in a text"):
        filtered(model.Comparison(left=NAME, op="$eq", right=text))


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_what_is_no_number_is_unsuitable(number: float) -> None:
    with pytest.raises(Unsuitable, match="is no number"):
        filtered(model.Comparison(left=NAME, op="$eq", right=number))


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (model.Comparison(left=NAME, op="$in", right=()), "FALSE"),
        (model.Comparison(left=NAME, op="$nin", right=()), "TRUE"),
        (model.Logic(op="and", operands=()), "TRUE"),
        (model.Logic(op="or", operands=()), "FALSE"),
        # Without a known type, values are written as they are.
        (model.Comparison(left=NAME, op="$in", right=(1, "a")), '"public"."users"."name" IN (1, \'a\')'),
    ],
)
def test_conditions_that_no_file_can_declare_have_a_meaning(condition: model.Condition, text: str) -> None:
    assert filtered(condition).endswith(f"\nWHERE {text}")


def test_a_field_that_the_view_does_not_have_is_unsuitable() -> None:
    field = model.FieldRef(table=None, column="gone", written="gone")
    with pytest.raises(Unsuitable, match="no column gone"):
        filtered(model.Comparison(left=field, op="$exists", right=True))


def test_tables_of_one_name_in_two_schemas_are_told_apart(database: Database) -> None:
    # Of one model name there is one relation; the physical names are what may be equal.
    schema = compiled(
        "@db.view 'v'\n@db.view.for Order\n@db.view.joins User, `User.id = Order.userId`\n"
        "@db.view.filter `User.id = 1`\nexport interface V {\n  order: Order.id\n  user: User.id\n}"
    )
    names = {"orders": Name("one", "t"), "users": Name("two", "t")}
    with database.connect() as connection:
        connection.execute('CREATE SCHEMA one CREATE TABLE t (id int, "userId" int)')
        connection.execute("CREATE SCHEMA two CREATE TABLE t (id int)")
        connection.execute("INSERT INTO one.t VALUES (7, 1), (8, 2); INSERT INTO two.t VALUES (1), (2)")
        text = body(schema.views[0], names.__getitem__, column_types(schema))
        assert connection.execute(text.encode()).fetchall() == [(7, 1)]


def test_names_are_quoted_and_cut_as_the_server_does(database: Database) -> None:
    long = "é" * 40
    tables = (
        f"@db.table 'Select \"{long}'\nexport interface T {{\n  @meta.id\n  id: number.int\n"
        f"  @db.column 'Group {long}'\n  x: string\n}}\n"
    )
    view = "@db.view 'a.b'\n@db.view.for T\nexport interface V {\n  'or%s': T.x\n}"
    schema = compiled(view, tables)
    with database.connect() as connection:
        create_tables(connection, schema, {})
        name = create_view(connection, schema.views[0], schema)
        cursor = connection.execute(f"TABLE {name}".encode())
        assert [column.name for column in cursor.description or ()] == ["or%s"]


def test_a_view_may_read_a_view_and_says_so(database: Database) -> None:
    schema = compiled(
        "@db.view 'totals'\n@db.view.for Order\nexport interface Total {\n  userId: Order.userId\n"
        "  @db.agg.sum 'amount'\n  total: number\n}\n"
        "@db.view 'rich'\n@db.view.for User\n@db.view.joins Total, `Total.userId = User.id`\n"
        "@db.view.filter `Total.total > '5'`\n"
        "export interface Rich {\n  name: User.name\n  total: Total.total\n}"
    )
    totals, rich = schema.views
    assert depends_on(totals) == ("orders",)
    assert depends_on(rich) == ("users", "totals")
    with database.connect() as connection:
        create_tables(connection, schema, {})
        connection.execute(ROWS.encode())
        create_view(connection, totals, schema)
        name = create_view(connection, rich, schema)
        assert connection.execute(f"TABLE {name}".encode()).fetchall() == [("Ann", 12.5)]


def test_the_text_of_a_view_is_one_that_people_can_read() -> None:
    schema = compiled(
        "@db.view 'v'\n@db.view.for Order\n@db.view.joins User, `User.id = Order.userId`\n"
        "@db.view.filter `User.name != 'x' or (Order.amount > 1 and Order.note exists)`\n"
        "@db.view.having `n > 3`\n"
        "export interface V {\n  name: User.name\n  @db.agg.count\n  n: number\n}"
    )
    assert query(schema.views[0], schema) == (
        'SELECT\n  "public"."users"."name" AS "name",\n  count(*) AS "n"\nFROM "public"."orders"\n'
        'JOIN "public"."users" ON "public"."users"."id" = "public"."orders"."userId"\n'
        'WHERE "public"."users"."name" <> \'x\' OR ("public"."orders"."amount" > 1 '
        'AND "public"."orders"."note" IS NOT NULL)\n'
        'GROUP BY "public"."users"."name"\nHAVING count(*) > 3'
    )


_ROOT = directory()
_CASES = [each for each in cases(_ROOT) if not each.expected["errors"]] if _ROOT else []
_SAME: LiteralString = """
SELECT pg_get_viewdef(%s::regclass), ARRAY(
  SELECT (attname, format_type(atttypid, atttypmod))::text
  FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum
)
"""


@pytest.mark.skipif(not _CASES, reason="no conformance data: set SCHEMASYNC_CONFORMANCE")
def test_recorded_views_are_made_and_are_as_recorded(database: Database) -> None:
    made, compared = 0, 0
    with database.connect() as connection:
        for case in _CASES:
            schema = compile_schema(case.files).schema
            assert schema is not None
            with connection.transaction(force_rollback=True):
                ours = _make_recorded(connection, schema, database)
                compared += _compare(connection, ours, case)
                made += len(ours)
    assert made > 70
    assert compared > 25


def _make_recorded(
    connection: psycopg.Connection, schema: model.Schema, database: Database
) -> dict[str, str]:
    if "contrib" in database.server.capabilities:
        connection.execute("CREATE EXTENSION IF NOT EXISTS citext")
        types = {}
    else:
        types = {"CITEXT": "TEXT"}
    create_tables(connection, schema, types)
    views = [view for view in schema.views if view.entry is not None]
    return {view.name: create_view(connection, view, schema) for view in views}


def _compare(connection: psycopg.Connection, ours: Mapping[str, str], case: Case) -> int:
    """Compare with what this server makes of the recorded text: each version prints it otherwise."""
    recorded = {each["name"]: each for each in case.expected.get("pgCatalog") or ()}
    views = [(name, recorded[name]) for name in ours if name in recorded]
    for name, view in views:
        connection.execute(f"CREATE VIEW recorded AS {view['view']}".encode())
        found, wanted = (
            connection.execute(_SAME, [each, each]).fetchone() for each in (ours[name], "recorded")
        )
        assert found == wanted, case.name
        connection.execute("DROP VIEW recorded")
    return len(views)

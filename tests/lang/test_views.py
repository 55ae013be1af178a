"""Views: what they read, what they show, what is wrong with them."""

from __future__ import annotations

import pytest

from schemasync import compile_schema, wire
from schemasync.model import Comparison, FieldRef, Logic, Regex, View, ViewColumn, ViewKind

_TABLES = """\
@db.table 'orders'
@db.schema 'sales'
export interface Order {
  @meta.id
  id: number
  @db.column 'state_'
  state?: string
  total: decimal
  address: { city: string }
}
@db.table 'lines'
export interface Line {
  @meta.id
  id: number
  @db.rel.FK
  order: Order.id
}
"""


def _view(text: str) -> View:
    compiled = compile_schema({"m.as": _TABLES + text})
    assert compiled.diagnostics == ()
    assert compiled.schema is not None
    (view,) = compiled.schema.views
    return view


def _filter(query: str) -> object:
    return _view(
        f"@db.view\n@db.view.for Order\n@db.view.filter `{query}`\nexport interface V {{ id: Order.id }}"
    ).filter


def _problems(text: str) -> list[tuple[str, str]]:
    return [
        (problem.code, problem.message) for problem in compile_schema({"m.as": _TABLES + text}).diagnostics
    ]


def test_a_view_knows_where_each_column_comes_from() -> None:
    view = _view("""
@db.view 'stats'
@db.view.for Line
@db.view.joins Order, `Order.id = Line.order`
@db.view.having `n > 3`
export interface Stat {
  state: Order.state
  address: Order.address
  order: number
  @db.agg.count
  n: number
  @db.agg.sum 'Order.total'
  sum: decimal
  @db.agg.max 'id'
  last: number
}
""")
    assert (view.name, view.kind, view.entry, view.entry_schema) == ("stats", ViewKind.MANAGED, "lines", None)
    assert view.columns == (
        ViewColumn(name="state", table="orders", schema="sales", column="state_"),
        ViewColumn(name="address__city", table="orders", schema="sales", column="address__city"),
        ViewColumn(name="order", table="lines", column="order"),
        ViewColumn(name="n", aggregate="count"),
        ViewColumn(name="sum", aggregate="sum", table="orders", schema="sales", column="total"),
        ViewColumn(name="last", aggregate="max", table="lines", column="id"),
    )
    (join,) = view.joins
    assert (join.table, join.schema) == ("orders", "sales")
    assert view.having == Comparison(
        left=FieldRef(table=None, column="n", written="n", qualified=False), op="$gt", right=3
    )


def test_a_view_without_an_entry_belongs_to_somebody_else() -> None:
    view = _view("@db.view 'legacy'\nexport interface Legacy { id: number }")
    assert (view.kind, view.entry, view.columns) == (ViewKind.EXTERNAL, None, ())


def test_a_materialized_view_says_so() -> None:
    view = _view("@db.view\n@db.view.for Order\n@db.view.materialized\nexport interface M { id: Order.id }")
    assert (view.kind, view.name) == (ViewKind.MATERIALIZED, "M")


@pytest.mark.parametrize(
    ("query", "op", "right"),
    [
        ("Order.id = 1", "$eq", 1),
        ("Order.id != -2.5", "$ne", -2.5),
        ("Order.id > 1e3", "$gt", 1000),
        ("Order.id >= 1", "$gte", 1),
        ("Order.id < 1", "$lt", 1),
        ("Order.id <= 1", "$lte", 1),
        ("Order.id in (1, 'a', true, null)", "$in", (1, "a", True, None)),
        ("Order.id not in (1)", "$nin", (1,)),
        ("Order.id exists", "$exists", True),
        ("Order.id not exists", "$exists", False),
        ("Order.id matches /^a\\/b$/i", "$regex", Regex(pattern="^a\\/b$", flags="i")),
    ],
)
def test_each_operator_of_a_query_is_understood(query: str, op: str, right: object) -> None:
    found = _filter(query)
    assert isinstance(found, Comparison)
    assert (found.op, found.right) == (op, right)
    assert found.left == FieldRef(table="orders", schema="sales", column="id", written="id")


def test_a_bare_field_is_one_of_the_entry_and_a_path_leads_into_objects() -> None:
    found = _filter("address.city = Order.state")
    assert isinstance(found, Comparison)
    assert (found.left.column, found.left.qualified) == ("address__city", False)
    assert isinstance(found.right, FieldRef)
    assert (found.right.column, found.right.written) == ("state_", "state")


def test_not_binds_tighter_than_and_and_that_tighter_than_or() -> None:
    found = _filter("not id = 1 and id = 2 or id = 3")
    assert isinstance(found, Logic)
    both, third = found.operands
    assert found.op == "or"
    assert isinstance(third, Comparison)
    assert isinstance(both, Logic)
    assert both.op == "and"
    assert isinstance(both.operands[0], Logic)
    assert both.operands[0].op == "not"


def test_the_form_of_a_query_does_not_change_its_meaning() -> None:
    assert _filter("(id = 1)\n  and ( ( id = 2 ) )") == _filter("id = 1 and id = 2")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("@db.view.filter `Line.id = 1`\n", "AS401"),
        ("@db.view.filter `Nope.id = 1`\n", "AS201"),
        ("@db.view.filter `Order.nope = 1`\n", "AS403"),
        ("@db.view.filter `nope = 1`\n", "AS403"),
        ("@db.view.having `state = 'x'`\n", "AS403"),
        ("@db.view.joins Line, `Line.nope = Order.id`\n", "AS403"),
        ("@db.view.filter `id = 1 or`\n", "AS111"),
        ("@db.view.filter ``\n", "AS111"),
        ("@db.view.filter `id matches /(/`\n", "AS110"),
    ],
)
def test_what_is_wrong_with_a_query_is_told(text: str, code: str) -> None:
    found = _problems(f"@db.view 'v'\n@db.view.for Order\n{text}export interface V {{ id: Order.id }}")
    assert [problem[0] for problem in found] == [code]


def test_the_problems_of_a_view_that_is_not_exported_are_told_as_well() -> None:
    found = _problems("@db.view 'v'\n@db.view.for Order\ninterface V { id: Line.id }")
    assert [problem[0] for problem in found] == ["AS401"]


def test_a_view_of_a_view_reads_it_by_its_name() -> None:
    compiled = compile_schema(
        {
            "m.as": _TABLES
            + "@db.view 'one'\n@db.view.for Order\nexport interface One { key: Order.id }\n"
            + "@db.view 'two'\n@db.view.for One\nexport interface Two { key: One.key }\n"
        }
    )
    assert compiled.diagnostics == ()
    assert compiled.schema is not None
    assert compiled.schema.views[1].columns == (ViewColumn(name="key", table="one", column="key"),)


def test_a_view_may_call_what_it_reads_by_another_name() -> None:
    view = _view("""
type O = Order
@db.view
@db.view.for O
@db.view.filter `O.id = 1`
export interface V { id: O.id }
""")
    assert view.entry == "orders"
    assert view.columns[0].table == "orders"


def test_the_filter_of_a_view_is_hashed_as_a_tree_and_having_is_not() -> None:
    text = "@db.view 'v'\n@db.view.for Order\n{}export interface V {{ id: Order.id }}"
    plain, filtered, having = (
        compile_schema({"m.as": _TABLES + text.format(line)}).snapshots("postgresql")["v"]
        for line in (
            "",
            "@db.view.filter `Order.id in (1, 2) and not state exists`\n",
            "@db.view.having `id > 1`\n",
        )
    )
    assert "filterHash" not in plain
    assert plain == having
    tree = (
        '{"$and":[{"left":{"type":"[fn]","field":"id"},"op":"$in","right":[1,2]},'
        '{"$not":{"left":{"field":"state"},"op":"$exists","right":true}}]}'
    )
    assert filtered["filterHash"] == wire.fnv_hash(tree)

"""Rules that need more than one failing and one mended example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemasync import compile_schema, wire
from schemasync.api import TYPE_MAPS
from schemasync.errors import Diagnostic

_ORDER = """
@db.table 'order'
export interface Order {
  @meta.id
  id: number
  total: number
}
"""


def _found(text: str | dict[str, str]) -> list[Diagnostic]:
    return list(compile_schema({"m.as": text} if isinstance(text, str) else text).diagnostics)


def _codes(text: str | dict[str, str]) -> list[str]:
    return [problem.code for problem in _found(text)]


def test_an_interface_that_others_extend_may_lack_what_they_have() -> None:
    text = """
interface Priced {
  @db.amount.currency.ref 'currency'
  price: decimal
  @db.rel.to
  user?: User
  @db.rel.from
  parts: Part[]
}
@db.table 'user'
export interface User {
  @meta.id
  id: number
}
@db.table 'item'
export interface Item extends Priced {
  @meta.id
  id: number
  currency: string
  @db.rel.FK
  userId: User.id
}
@db.table 'part'
export interface Part {
  @meta.id
  id: number
  @db.rel.FK
  itemId: Item.id
}
"""
    assert _codes(text) == []
    assert _codes(
        text.replace("  currency: string\n", "").replace("  userId: User.id\n", "  x: User.id\n")
    ) == ["AS427"]


def test_an_index_inside_a_value_is_one_of_document_stores_only() -> None:
    text = """
@db.table 'cart'
export interface Cart {
  @meta.id
  id: number
  @db.index.plain 'both'
  at: number
  items: {
    @db.index.plain
    sku: string
    @db.index.plain 'both'
    price: number
  }[]
  @db.index.plain
  address: { city: string }
}
"""
    compiled = compile_schema({"m.as": text})
    assert [problem.code for problem in compiled.diagnostics] == ["AS437"] * 3
    assert compiled.schema is not None
    (table,) = compiled.schema.tables
    assert table.indexes == ()
    keys = {
        engine: [
            (index["key"], [field["name"] for field in index["fields"]])
            for index in wire.snapshots(compiled.schema, engine, TYPE_MAPS[engine])["cart"]["indexes"]
        ]
        for engine in ("postgresql", "mongodb")
    }
    assert keys == {
        "postgresql": [],
        "mongodb": [
            ("atscript__plain__address", ["address"]),
            ("atscript__plain__both", ["at", "items.price"]),
            ("atscript__plain__items.sku", ["items.sku"]),
        ],
    }


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("@db.view.for Order.id", ["AS305"]),
        ("@db.view.for Order\n@db.view.joins User.id, `User.id = Order.id`", ["AS305"]),
    ],
)
def test_a_view_reads_an_interface_and_not_a_field(text: str, codes: list[str]) -> None:
    user = "@db.table 'user'\nexport interface User {\n@meta.id\nid: number }\n"
    view = f"@db.view 'v'\n{text}\nexport interface V {{ id: Order.id }}"
    assert _codes(f"{_ORDER}{user}{view}") == codes


def test_a_junction_is_an_interface_and_not_a_field() -> None:
    text = """
@db.table 'a'
export interface A {
  @meta.id
  id: number
  @db.rel.via J.a
  bs: B[]
}
@db.table 'b'
export interface B {
  @meta.id
  id: number
}
@db.table 'j'
export interface J {
  @db.rel.FK
  a: A.id
  @db.rel.FK
  b: B.id
}
"""
    assert _codes(text) == ["AS305"]
    assert _codes(text.replace("J.a", "J")) == []


def test_an_annotation_repeated_in_two_lines_of_a_block_is_told() -> None:
    text = f"{_ORDER}annotate Order {{\n@db.column 'a'\ntotal\n@db.column 'b'\ntotal\n}}"
    assert _codes(text) == ["AS307", "AS307"]
    assert _codes(text.replace("@db.column 'b'\ntotal", "@db.column 'b'\nid")) == []
    several = text.replace("@db.column", "@db.index.plain")
    assert _codes(several) == []


def test_having_may_name_the_view_itself() -> None:
    view = """
@db.view 'totals'
@db.view.for Order
@db.view.having `Totals.most > 3 and least < 9`
export interface Totals {
  @db.agg.max 'total'
  most: number
  @db.agg.min 'total'
  least: number
}
"""
    assert _codes(_ORDER + view) == []
    assert _codes(_ORDER + view.replace("Totals.most", "Totals.mst")) == ["AS403"]
    assert _codes(_ORDER + view.replace("having `", "filter `")) == ["AS401", "AS403"]


def test_a_view_of_what_is_not_made_or_elsewhere_is_told() -> None:
    view = "@db.view 'v'\n@db.view.for Order\nexport interface V { id: Order.id }"
    (problem,) = _found(_ORDER.replace("export ", "") + view)
    assert (problem.code, problem.hint) == ("AS434", "put 'export' before it")
    (problem,) = _found(f"{_ORDER}@db.space 'other'\n{view}")
    assert (problem.code, "space 'default'" in problem.message) == ("AS434", True)
    key = "@db.space 'other'\n@db.table 't'\nexport interface T {\n@meta.id\n@db.rel.FK\nid: Order.id }"
    (problem,) = _found(_ORDER + key)
    assert (problem.code, str(problem.severity)) == ("AS434", "warning")
    assert _codes(f"{_ORDER}{view}") == []


def test_a_query_that_ends_too_early_says_so_of_the_query() -> None:
    view = "@db.view 'v'\n@db.view.for Order\n@db.view.filter `total >`\nexport interface V { id: Order.id }"
    (problem,) = _found(_ORDER + view)
    assert "found the end of the query" in problem.message


def test_a_name_that_is_not_exported_is_not_suggested_to_be_itself() -> None:
    found = _found({"a.as": "interface Order { id: number }", "m.as": "import { Order } from './a'"})
    assert [problem.hint for problem in found] == ["put 'export' before it"]
    (problem,) = _found(_ORDER + "interface V { x: Order.id.id }")
    assert problem.hint is None


def test_undefined_in_a_filter_is_left_out_of_its_hash_and_null_is_not() -> None:
    before = "@db.view 'v'\n@db.view.for Order\n@db.view.filter "
    view = before + "`total = {}`\nexport interface V {{ id: Order.id }}"
    hashes = {}
    for literal in ("undefined", "null"):
        compiled = compile_schema({"m.as": _ORDER + view.format(literal)})
        assert compiled.schema is not None
        snapshot = wire.snapshots(compiled.schema, "sqlite", TYPE_MAPS["sqlite"])["v"]
        hashes[literal] = snapshot["filterHash"]
    assert hashes["undefined"] == wire.fnv_hash('{"left":{"field":"total"},"op":"$eq"}')
    assert hashes["null"] == wire.fnv_hash('{"left":{"field":"total"},"op":"$eq","right":null}')


_ALONE = "@db.view 'a'\n@db.view.for A\nexport interface A { id: number }"
_THREE = """@db.view 'a'
@db.view.for Order
@db.view.joins B, `B.id = Order.id`
export interface A { id: Order.id }
@db.view 'b'
@db.view.for C
export interface B { id: number }
@db.view 'c'
@db.view.for A
export interface C { id: number }
@db.view 'd'
@db.view.for C
export interface D { id: C.id }
"""


@pytest.mark.parametrize(("views", "places"), [(_ALONE, [2]), (_THREE, [3, 6, 9])], ids=["one", "three"])
def test_each_view_of_a_circle_is_told_and_no_other(views: str, places: list[int]) -> None:
    found = _found(views + _ORDER)
    assert [(problem.code, problem.span.line) for problem in found] == [("AS438", line) for line in places]


_CASES = Path(__file__).resolve().parents[1] / "cases" / "rules"
_HEAD = re.compile(r"^// === (.+?)(?:: ([AS0-9 ]+))?$", re.MULTILINE)


def _cases(name: str) -> dict[str, tuple[list[str], str]]:
    """Return the texts of a file by their names, each with the codes of its problems."""
    parts = _HEAD.split((_CASES / name).read_text("utf-8"))[1:]
    texts = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return {name: ((codes or "").split(), text) for name, codes, text in texts}


_REFUSED = _cases("refused.as")
_ACCEPTED = _cases("accepted.as")


@pytest.mark.parametrize("name", _REFUSED)
def test_what_is_wrong_has_its_code(name: str) -> None:
    codes, text = _REFUSED[name]
    assert _codes(text) == codes


@pytest.mark.parametrize("name", _ACCEPTED)
def test_what_is_unusual_and_right_compiles(name: str) -> None:
    assert _codes(_ACCEPTED[name][1]) == []


def test_a_string_goes_on_behind_a_backslash_at_every_kind_of_line_end() -> None:
    for end in ("\n", "\r\n", "\r"):
        assert _codes(f"@meta.label 'a\\{end}b'{end}interface A {{ b: string }}{end}") == []


def test_digits_are_those_of_ascii() -> None:
    assert _codes("interface T {\n@expect.maxLength \u0661\u0660\na: string }") == ["AS105", "AS105"]


def test_a_number_of_thousands_of_digits_is_read() -> None:
    view = (
        "@db.view 'v'\n@db.view.for Order\n@db.view.filter `id = {}`\nexport interface V {{ id: Order.id }}"
    )
    assert _codes(_ORDER + view.format("0" * 5000)) == []
    assert _codes(_ORDER + view.format("9" * 5000)) == ["AS113"]


def test_tables_of_two_spaces_may_have_one_name_where_one_space_is_compiled() -> None:
    text = f"@db.space 'a'{_ORDER}@db.space 'b'{_ORDER.replace('interface Order', 'interface Other')}"
    assert _codes(text) == ["AS428", "AS428"]
    assert compile_schema({"m.as": text}, space="a").diagnostics == ()


def test_a_name_among_many_is_suggested() -> None:
    names = "\n".join(f"type Name{i} = string" for i in range(1000))
    (problem,) = _found(
        f"{names}\ninterface Customer {{ a: string }}\ninterface B {{ a: Custmer, b: string }}"
    )
    assert problem.hint == "did you mean 'Customer'?"
    (problem,) = _found(f"{names}\ninterface B {{ a: strng }}")
    assert problem.hint == "did you mean 'string'?"


def test_a_package_is_looked_for_from_a_path_with_two_slashes() -> None:
    (problem,) = compile_schema({"//x/m.as": "import { A } from 'pkg/a'\n"}).diagnostics
    assert (problem.code, problem.message) == (
        "AS203",
        "there is no file '//x/node_modules/pkg/a.as' to import from",
    )

"""What goes into the control table, and what comes out of it."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import fields, replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemasync import compile_schema, wire
from schemasync.errors import Span
from schemasync.model import Field, Schema, Table
from schemasync.wire import collation
from schemasync.wire.filters import printed_number
from tests.unhurried import UNHURRIED

_SHOP = {
    "m.as": """\
@db.table 'users'
export interface User {
  @meta.id
  @db.default.increment 100
  id: number
  @db.index.unique 'email'
  @db.column.collate 'nocase'
  email: string
  @db.column.precision 10, 2
  balance?: decimal
  tags: string[]
}
@db.table 'posts'
@db.schema 'blog'
export interface Post {
  @meta.id
  @db.default.uuid
  id: string.uuid
  @db.rel.FK
  @db.rel.onDelete 'cascade'
  author: User.id
}
@db.view 'authors'
@db.view.for Post
@db.view.joins User, `User.id = Post.author`
@db.view.filter `User.balance > 0`
@db.view.having `n > 1`
export interface Author {
  email: User.email
  @db.agg.count
  n: number
}
"""
}


def _schema() -> Schema:
    schema = compile_schema(_SHOP).schema
    assert schema is not None
    return schema


def test_names_sort_as_locale_compare_sorts_them() -> None:
    names = ["_x", "$y", "0", "a", "a1", "a10", "a2", "ab", "aB", "Ab3", "b", "B2", "\u00e9"]
    backwards = names[::-1]
    assert sorted(backwards, key=wire.collation_key) == names


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("e", "E"),
        ("E", "\u00e9"),
        ("\u00e9", "\u00c9"),
        ("\u00e9", "ea"),
        ("\u00c9", "f"),
        ("o", "\u00f8"),
        ("\u00f8", "p"),
        ("a", "a_"),
        ("a_b", "a$b"),
        ("a-b", "a.b"),
        ("a.b", "a0"),
        ("z", "\u03b1"),
        ("\u03b1", "\u0430"),
        ("stra\u00dfe", "strast"),
    ],
)
def test_one_name_is_before_another(smaller: str, larger: str) -> None:
    assert wire.collation_key(smaller) < wire.collation_key(larger)


def test_names_of_all_scripts_sort_as_in_javascript() -> None:
    lists = json.loads(Path(__file__).with_name("localecompare.json").read_text(encoding="ascii"))["lists"]
    for groups in lists:
        backwards = sorted((name for group in groups for name in group), reverse=True)
        ordered = sorted(backwards, key=wire.collation_key)
        found = [sorted(names) for _, names in groupby(ordered, key=wire.collation_key)]
        assert found == [sorted(group) for group in groups]


def test_a_name_in_ascii_has_the_weights_that_the_table_gives_it() -> None:
    behind = wire.collation_key("\u0101")
    for code in range(128):
        alone, beside = wire.collation_key(chr(code)), wire.collation_key(chr(code) + "\u0101")
        assert beside == tuple(one + other for one, other in zip(alone, behind, strict=True))


def test_names_in_ascii_need_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collation, "_table", None)
    # Keys of long names are not kept from another test.
    names = [name * 50 for name in ("b", "a_1", "A_1", "a-1")]
    assert sorted(names, key=collation.collation_key) == [names[1], names[2], names[3], names[0]]


def test_the_key_of_a_text_of_marks_alone_is_made_in_time() -> None:
    started = time.process_time()
    wire.collation_key("\u0f71" * 100_000 + "\u0438" + "\u0323\u0f71" * 100_000)
    wire.collation_key("\u0438\u0323\u0306" * 100_000)
    assert time.process_time() - started < 5


@settings(UNHURRIED)
@given(st.lists(st.text(max_size=6), max_size=8))
def test_the_order_of_names_is_total_and_does_not_depend_on_where_they_were(names: list[str]) -> None:
    ordered = sorted(names, key=wire.collation_key)
    backwards = names[::-1]
    assert [wire.collation_key(name) for name in ordered] == [
        wire.collation_key(name) for name in sorted(backwards, key=wire.collation_key)
    ]
    assert all(wire.collation_key(left) <= wire.collation_key(right) for left, right in pairwise(ordered))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("", "-7ee3623b"),
        ("a", "-1bf3d6d4"),
        ("foobar", "-40630698"),
        ("[]", "741638a5"),
        ("\U0001f600", "-34ce3b48"),
    ],
)
def test_a_hash_is_printed_as_javascript_prints_a_signed_number(text: str, printed: str) -> None:
    assert wire.fnv_hash(text) == printed


@settings(UNHURRIED)
@given(st.text(max_size=200))
def test_the_hash_is_fnv_1a_over_the_utf_16_code_units(text: str) -> None:
    state = 0x811C9DC5
    units = text.encode("utf-16-le", "surrogatepass")
    for position in range(0, len(units), 2):
        state = ((state ^ int.from_bytes(units[position : position + 2], "little")) * 0x01000193) % 2**32
    signed = state - 2**32 if state >= 2**31 else state
    assert wire.fnv_hash(text) == format(signed, "x").rjust(8, "0")


@settings(UNHURRIED)
@given(
    st.lists(
        st.sampled_from(["a", '"', '{"physicalName":"', '","designType":"string"}', "\u00e9"]), max_size=200
    )
)
def test_a_text_of_pieces_that_come_again_has_the_hash_of_its_characters(pieces: list[str]) -> None:
    whole = "".join(pieces)
    state = 0x811C9DC5
    for char in whole:
        state = ((state ^ ord(char)) * 0x01000193) % 2**32
    assert int(wire.fnv_hash(whole).lstrip("0") or "0", 16) % 2**32 == state


def test_zeros_are_put_before_a_minus() -> None:
    found = next(
        wire.fnv_hash(str(number)) for number in range(10_000) if wire.fnv_hash(str(number)).startswith("0-")
    )
    assert len(found) == 8
    assert int(found.lstrip("0"), 16) < 0


def test_a_snapshot_has_its_keys_in_the_order_of_the_wire() -> None:
    found = wire.snapshots(_schema(), "postgresql", lambda field: field.design_type.upper())
    assert wire.serialise(found["users"]) == (
        '{"tableName":"users","fields":['
        '{"physicalName":"balance","designType":"decimal","optional":true,"isPrimaryKey":false,"storage":"column","mappedType":"DECIMAL"},'
        '{"physicalName":"email","designType":"string","optional":false,"isPrimaryKey":false,"storage":"column","mappedType":"STRING"},'
        '{"physicalName":"id","designType":"number","optional":false,"isPrimaryKey":true,"storage":"column",'
        '"defaultValue":{"kind":"fn","fn":"increment","start":100},"mappedType":"NUMBER"},'
        '{"physicalName":"tags","designType":"json","optional":false,"isPrimaryKey":false,"storage":"json","mappedType":"JSON"}],'
        '"indexes":[{"key":"atscript__unique__email","type":"unique","fields":[{"name":"email","sort":"asc"}]}],'
        '"foreignKeys":[]}'
    )
    assert list(found["authors"]) == [
        "tableName",
        "viewType",
        "entryTable",
        "joinTables",
        "fields",
        "filterHash",
    ]
    assert "mappedType" not in found["authors"]["fields"][0]


@pytest.mark.parametrize(
    ("engine", "hashed"),
    [("postgresql", "-165c335f"), ("mysql", "-345ae107"), ("sqlite", "16dc0692"), ("mongodb", "05ec0493")],
)
def test_the_hash_of_a_schema_stays_what_it_is(engine: str, hashed: str) -> None:
    assert compile_schema(_SHOP).hash(engine) == hashed


def test_a_document_store_keeps_objects_and_has_an_id_everywhere() -> None:
    source = "@db.table 't'\nexport interface T { @meta.id\n id: number; a: { b: { c: string }[] } }"
    snapshot = compile_schema({"m.as": source}).snapshots("mongodb")["t"]
    found = {
        field["physicalName"]: (field["designType"], field["isPrimaryKey"]) for field in snapshot["fields"]
    }
    assert found == {
        "_id": ("string", False),
        "a": ("object", False),
        "a.b": ("array", False),
        "a.b.c": ("string", False),
        "id": ("number", True),
    }


def test_the_id_of_a_document_is_its_key_where_nothing_else_is() -> None:
    source = "@db.mongo.collection\n@db.table 't'\nexport interface T { name: string }"
    compiled = compile_schema({"m.as": source})
    document, column = (compiled.snapshots(engine)["t"]["fields"][0] for engine in ("mongodb", "postgresql"))
    assert (document["physicalName"], document["isPrimaryKey"]) == ("_id", True)
    assert (column["physicalName"], column["isPrimaryKey"]) == ("_id", False)


def test_the_digest_of_a_model_does_not_depend_on_where_it_was_written() -> None:
    moved = {"other/name.as": "// moved\n\n" + _SHOP["m.as"]}
    again = compile_schema(moved).schema
    assert again is not None
    assert wire.model_digest(again) == wire.model_digest(_schema())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("`n > 1`", "`n > 2`"),
        ("User.id = Post.author", "User.id = Post.author and User.id > 1"),
        ("email: User.email", "email: Post.id"),
        ("@db.schema 'blog'\n", ""),
        ("@db.column.collate 'nocase'\n  ", ""),
        ("'cascade'", "'restrict'"),
        ("increment 100", "increment 101"),
    ],
)
def test_the_digest_of_a_model_sees_what_the_hash_does_not(before: str, after: str) -> None:
    changed = compile_schema({"m.as": _SHOP["m.as"].replace(before, after)}).schema
    assert changed is not None
    assert wire.model_digest(changed) != wire.model_digest(_schema())


@pytest.mark.parametrize(
    "name", [field.name for field in fields(Field) if field.name not in ("span", "path")]
)
def test_every_property_of_a_field_is_in_the_digest(name: str) -> None:
    table = _schema().tables[0]
    field = table.fields[1]
    value = getattr(field, name)
    other: Any = not value if isinstance(value, bool) else ("changed", value)
    changed = replace(field, **{name: other})
    assert _digest_with(table, changed) != _digest_with(table, field)


def test_another_name_of_an_interface_or_a_prop_does_not_change_the_digest() -> None:
    text = _SHOP["m.as"].replace("User", "Person").replace("  balance?:", "  @db.column 'balance'\n  money?:")
    renamed = compile_schema({"m.as": text.replace("Person.balance", "Person.money")}).schema
    assert renamed is not None
    assert wire.model_digest(Schema(tables=renamed.tables)) == wire.model_digest(
        Schema(tables=_schema().tables)
    )


def test_no_place_in_a_file_is_in_the_digest() -> None:
    table = _schema().tables[0]
    span = Span(file="x.as", line=9, column=9, end_line=9, end_column=9)
    assert _digest_with(table, replace(table.fields[1], span=span)) == _digest_with(table, table.fields[1])


def _digest_with(table: Table, field: Field) -> str:
    return wire.model_digest(Schema(tables=(replace(table, fields=(field,)),)))


def test_the_digest_of_files_is_sha_256_over_lengths_paths_and_bytes() -> None:
    def framed(data: bytes) -> bytes:
        return len(data).to_bytes(8, "big") + data

    text = framed(b"a.as") + framed(b"1") + framed(b"b/c.as") + framed("\u00e9".encode())
    files: dict[str, str | bytes] = {"b/c.as": "\u00e9", "README.md": "no", "a.as": b"1"}
    assert wire.files_digest(files) == hashlib.sha256(text).hexdigest()


def test_two_sets_of_files_never_have_one_text() -> None:
    assert wire.files_digest({"a.as": b"b.as"}) != wire.files_digest({"a.as": b"", "b.as": b""})
    assert wire.files_digest({"a.as": "x", "b.as": ""}) != wire.files_digest({"a.as": "", "b.as": "x"})


@pytest.mark.parametrize(
    ("number", "printed"),
    [
        (5, "5"),
        (5.0, "5"),
        (-0.5, "-0.5"),
        (0.0, "0"),
        (0.00001, "0.00001"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-10, "1.5e-10"),
        (123456.789, "123456.789"),
        (2**53 + 1, "9007199254740992"),
        (123456789012345678901, "123456789012345680000"),
        (1e21, "1e+21"),
        (-1.25e30, "-1.25e+30"),
    ],
)
def test_a_number_in_a_filter_is_printed_as_javascript_prints_it(number: float, printed: str) -> None:
    assert printed_number(number) == printed


def test_the_tracked_list_names_tables_and_views_in_order() -> None:
    text = wire.tracked_list(_schema())
    assert json.loads(text) == [
        {"name": "authors", "isView": True, "viewType": "V"},
        {"name": "posts", "isView": False},
        {"name": "users", "isView": False},
    ]
    assert wire.parse_tracked(text) == (
        wire.Tracked(name="authors", is_view=True, view_type="V"),
        wire.Tracked(name="posts"),
        wire.Tracked(name="users"),
    )


def test_older_tracked_lists_are_read() -> None:
    assert wire.parse_tracked('["a","b"]') == (wire.Tracked(name="a"), wire.Tracked(name="b"))
    assert wire.parse_tracked('[{"name":"v","isView":true}]') == (wire.Tracked(name="v", is_view=True),)


@pytest.mark.parametrize("text", [None, "", "{}", "no", "[1,null,{}]", '[{"name":5}]'])
def test_what_is_no_tracked_list_is_empty(text: str | None) -> None:
    assert wire.parse_tracked(text) == ()


def test_a_stored_snapshot_is_read_back() -> None:
    for snapshot in compile_schema(_SHOP).snapshots("postgresql").values():
        assert wire.read_snapshot(wire.serialise(snapshot)) == snapshot


def test_what_a_stored_snapshot_lacks_is_empty_and_what_is_not_known_is_kept() -> None:
    text = '{"tableName":"t","fields":[{"physicalName":"a"},{},5],"later":1}'
    assert wire.read_snapshot(text) == {
        "tableName": "t",
        "fields": [{"physicalName": "a"}],
        "later": 1,
        "indexes": [],
        "foreignKeys": [],
    }


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"tableName":true}', "nothing"])
def test_what_is_no_snapshot_is_none(text: str) -> None:
    assert wire.read_snapshot(text) is None

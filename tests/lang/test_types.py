"""What types, inheritance and annotate blocks make of the columns of a table."""

from __future__ import annotations

from schemasync import compile_schema
from schemasync.model import Field, FunctionDefault, Storage, Table, ValueDefault


def _tables(source: str | dict[str, str]) -> dict[str, Table]:
    compiled = compile_schema({"m.as": source} if isinstance(source, str) else source)
    assert compiled.diagnostics == ()
    assert compiled.schema is not None
    return {table.name: table for table in compiled.schema.tables}


def _fields(props: str, before: str = "") -> dict[str, Field]:
    source = f"{before}\n@db.table 't'\nexport interface T {{\n  @meta.id\n  id: number\n{props}\n}}\n"
    return {field.name: field for field in _tables(source)["t"].fields if field.name != "id"}


def _codes(source: str | dict[str, str]) -> list[str]:
    files = {"m.as": source} if isinstance(source, str) else source
    return [problem.code for problem in compile_schema(files).diagnostics]


def test_objects_are_flattened_and_nullable_below_an_optional_one() -> None:
    fields = _fields("address?: { street: string, geo: { lat?: number } }\nname: string")
    assert {name: (field.optional, field.nullable, field.storage) for name, field in fields.items()} == {
        "address__street": (False, True, Storage.FLATTENED),
        "address__geo__lat": (True, True, Storage.FLATTENED),
        "name": (False, False, Storage.COLUMN),
    }
    assert fields["address__geo__lat"].path == ("address", "geo", "lat")


def test_arrays_and_json_objects_are_one_json_column() -> None:
    fields = _fields("tags: string[]\n@db.json\nraw: { a: string }\nboth: ({ a: string } | string)[]")
    assert {field.storage for field in fields.values()} == {Storage.JSON}
    assert list(fields) == ["tags", "raw", "both"]


def test_patterns_phantoms_ignored_props_and_relations_are_no_columns() -> None:
    fields = _fields("[*]: string\n[/^x/]: number\na: phantom\n@db.ignore\nb: { c: string }\nd: string")
    assert list(fields) == ["d"]


def test_unions_keep_a_design_that_all_members_share() -> None:
    fields = _fields(
        "a: 'x' | 'y'\nb: 1 | 2\nc: string.email | string.uuid\nd: string | number\ne: [string, number]"
    )
    assert [field.design_type for field in fields.values()] == [
        "string",
        "number",
        "string",
        "union",
        "union",
    ]


def test_a_union_of_objects_has_the_members_of_all_and_is_nullable_where_one_lacks_it() -> None:
    fields = _fields("p: { k: 'a', n: number, o: { x: string } } | { k: 'b', m: string, o: { y: string } }")
    nullable = {name: field.nullable for name, field in fields.items()}
    assert nullable == {"p__k": False, "p__n": True, "p__o__x": True, "p__o__y": True, "p__m": True}


def test_a_prop_that_variants_give_different_types_is_a_union() -> None:
    fields = _fields("p: { x: number } | { x?: string }")
    assert (fields["p__x"].design_type, fields["p__x"].nullable) == ("union", True)


def test_an_intersection_joins_the_members_of_objects_at_every_depth() -> None:
    before = "interface Stamped { at: number.timestamp, by: { id: number } }"
    fields = _fields("e: { note?: string, by: { name: string } } & Stamped", before)
    assert list(fields) == ["e__note", "e__by__name", "e__by__id", "e__at"]


def test_the_annotations_of_a_type_flow_into_the_prop_and_the_props_own_win() -> None:
    before = "@expect.maxLength 40\ntype Text = string\n@expect.maxLength 10\ntype Short = Text"
    fields = _fields("a: Text\nb: Short\n@expect.maxLength 5\nc: Short", before)
    assert [field.max_length for field in fields.values()] == [40, 10, 5]


def test_a_field_reference_takes_type_and_expectations_and_leaves_the_rest() -> None:
    tables = _tables("""
@db.table 'a'
export interface A {
  @meta.id
  id: number
  @expect.maxLength 30
  @db.default 'x'
  @db.index.plain
  @db.column 'title'
  name: string
}
@db.table 'b'
export interface B {
  @meta.id
  id: number
  name: A.name
}
""")
    (field,) = [field for field in tables["b"].fields if field.name == "name"]
    assert (field.max_length, field.default, tables["b"].indexes) == (30, None, ())


def test_inherited_props_come_first_with_their_annotations() -> None:
    tables = _tables(
        {
            "lib/base.as": """\
import { Id } from './id'
export interface Base extends Id {
  @db.default.now
  at: number
}
""",
            "lib/id.as": """\
@db.table 'never'
interface Hidden { a: string }
export interface Id {
  @meta.id
  id: string
}
""",
            "m.as": """\
import { Base } from './lib/base'
@db.table
export interface Thing extends Base { name: string }
""",
        }
    )
    assert list(tables) == ["Thing"]
    fields = tables["Thing"].fields
    assert [field.name for field in fields] == ["id", "at", "name"]
    assert fields[0].primary_key
    assert fields[1].default == FunctionDefault(function="now")


def test_a_package_is_found_in_the_nearest_node_modules() -> None:
    files = {
        "app/m.as": "import { Code } from 'codes/iso'\n@db.table 't'\nexport interface T { id: Code }\n",
        "app/node_modules/codes/iso.as": "@expect.maxLength 2\nexport type Code = string\n",
        "node_modules/codes/iso.as": "@expect.maxLength 9\nexport type Code = string\n",
    }
    assert _tables(files)["t"].fields[0].max_length == 2
    del files["app/node_modules/codes/iso.as"]
    assert _tables(files)["t"].fields[0].max_length == 9


def test_files_may_import_each_other_in_a_circle() -> None:
    cyclic = """\
@db.table '{1}'
export interface {0} {{
  @meta.id
  id: number
  @db.rel.FK
  {2}?: {3}.id
}}
"""
    tables = _tables(
        {
            "a.as": "import { B } from './b'\n" + cyclic.format("A", "a", "b", "B"),
            "b.as": "import { A } from './a'\n" + cyclic.format("B", "b", "a", "A"),
        }
    )
    assert tables["a"].foreign_keys[0].target_table == "b"
    assert tables["b"].foreign_keys[0].target_table == "a"


def test_an_annotate_block_changes_its_target_in_place_also_below_objects() -> None:
    fields = _fields(
        "dims: { w: number }\nname: string",
        "annotate T {\n  @db.column 'width'\n  dims.w\n  @db.default 'x'\n  name\n}",
    )
    assert list(fields) == ["dims__width", "name"]
    assert fields["name"].default == ValueDefault(value="x")


def test_an_annotate_block_leaves_the_interface_of_a_nested_prop_as_it_is() -> None:
    tables = _tables("""
interface Address { street: string }
@db.table 'a'
export interface A { @meta.id
 id: number
 home: Address }
@db.table 'b'
export interface B { @meta.id
 id: number
 home: Address }
annotate A {
  @expect.maxLength 7
  home.street
}
""")
    assert [tables[name].fields[1].max_length for name in ("a", "b")] == [7, None]


def test_annotate_as_makes_a_new_type_and_leaves_the_old_one_as_it_is() -> None:
    tables = _tables("""
@db.table 'a'
export interface A { @meta.id
 id: number
 name: string }
export annotate A as Short {
  @expect.maxLength 3
  name
}
@db.table 'b'
export interface B extends Short { more: string }
""")
    assert list(tables) == ["a", "b"]
    assert tables["a"].fields[1].max_length is None
    assert [field.name for field in tables["b"].fields] == ["id", "name", "more"]
    assert tables["b"].fields[1].max_length == 3


def test_annotate_as_gives_a_primitive_another_name_and_more_annotations() -> None:
    before = "@expect.maxLength 40\ntype Text = string\n@expect.maxLength 9\nannotate Text as Short {}"
    fields = _fields("a: Text\nb: Short", before)
    assert [(field.design_type, field.max_length) for field in fields.values()] == [
        ("string", 40),
        ("string", 9),
    ]


def test_an_annotate_block_changes_a_primitive_type_in_place() -> None:
    before = "type Text = string\n@expect.maxLength 9\nannotate Text {}"
    assert _fields("a: Text", before)["a"].max_length == 9


def test_an_annotate_block_reaches_every_variant_of_a_union() -> None:
    before = "type U = { k: string, a: 1 } | { k: string, b: 2 }\nannotate U {\n@expect.maxLength 3\nk\n}"
    assert _fields("u: U", before)["u__k"].max_length == 3


def test_annotate_blocks_in_a_circle_are_told() -> None:
    assert set(_codes("annotate B as A {}\nannotate A as B {}")) == {"AS209"}


def test_repeatable_annotations_of_a_type_and_a_prop_add_up() -> None:
    tables = _tables("""
@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.index.plain 'one'
  name: string
}
annotate T {
  @db.index.plain 'two'
  name
}
""")
    assert [index.name for index in tables["t"].indexes] == ["one", "two"]


def test_columns_that_name_one_index_share_it_in_their_order() -> None:
    tables = _tables("""
@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.index.plain 'ab', 'desc'
  b: string
  @db.index.plain 'ab'
  @db.index.unique
  a: string
  n: {
    @db.index.plain
    @db.column 'z'
    y: string
  }
  @db.column.dimension
  region: string
}
""")
    assert [
        (index.kind, index.name, [(item.name, item.sort.value) for item in index.fields])
        for index in tables["t"].indexes
    ] == [
        ("plain", "ab", [("b", "desc"), ("a", "asc")]),
        ("unique", "a", [("a", "asc")]),
        ("plain", "n.y", [("n__z", "asc")]),
        ("plain", "region", [("region", "asc")]),
    ]


def test_the_name_of_an_index_loses_what_not_every_database_takes() -> None:
    tables = _tables(
        "@db.table 't'\nexport interface T { @db.index.plain 'Gr\u00f6\u00dfe  der__Welt'\n id: number }\n"
    )
    assert tables["t"].indexes[0].name == "Gr_e_der_Welt"


def test_a_foreign_key_of_several_columns_shares_an_alias_and_knows_its_targets() -> None:
    tables = _tables("""
@db.table 'lines'
export interface Line { @meta.id
 order: string.uuid
 @meta.id
 @db.default.increment
 no: number }
@db.table 'notes'
export interface Note {
  @meta.id
  id: number
  @db.rel.FK 'line'
  @db.rel.onDelete 'setNull'
  order?: Line.order
  @db.rel.FK 'line'
  no?: Line.no
}
""")
    (key,) = tables["notes"].foreign_keys
    assert (key.fields, key.target_fields, key.on_delete) == (("order", "no"), ("order", "no"), "setNull")
    refers_to = tables["notes"].fields[2].refers_to
    assert refers_to is not None
    assert refers_to.default == FunctionDefault(function="increment")


def test_another_name_of_a_table_leads_to_it() -> None:
    tables = _tables("""
@db.table 'a'
export interface A { @meta.id
 id: number }
type Other = A
@db.table 'b'
export interface B { @meta.id
 id: number
 @db.rel.FK
 a: Other.id
 @db.rel.to
 other?: Other }
""")
    assert tables["b"].foreign_keys[0].target_table == "a"


def test_a_foreign_key_through_a_foreign_key_has_the_type_at_the_end() -> None:
    tables = _tables("""
@db.table 'a'
export interface A { @meta.id
 id: string }
@db.table 'b'
export interface B { @meta.id
 @db.rel.FK
 a: A.id }
@db.table 'c'
export interface C { @meta.id
 id: number
 @db.rel.FK
 b: B.a }
""")
    refers_to = tables["c"].fields[1].refers_to
    assert refers_to is not None
    assert (refers_to.design_type, refers_to.primary_key) == ("string", True)


def test_former_names_keep_the_prefix_of_their_object() -> None:
    fields = _fields("nest: {\n  @db.column.renamed 'was'\n  @db.column 'is'\n  now: string\n}")
    assert (fields["nest__is"].name, fields["nest__is"].renamed_from) == ("nest__is", "nest__was")


def test_schema_space_and_options_come_from_the_interface() -> None:
    table = _tables("""
@db.table 't'
@db.schema 'general'
@db.pg.schema 'pg'
@db.space 'logs'
@db.table.renamed 'old'
@db.sync.method 'recreate'
@db.mysql.engine 'MyISAM'
@db.mongo.capped 1024, 10
export interface T { @meta.id
 id: number }
""")["t"]
    assert (table.schema, table.space, table.renamed_from, table.sync_method) == (
        "pg",
        "logs",
        "old",
        "recreate",
    )
    assert dict(table.options) == {
        "mysql.engine": "MyISAM",
        "pg.schema": "pg",
        "schema": "general",
        "mongo.capped": "true",
        "mongo.capped.max": "10",
        "mongo.capped.size": "1024",
    }


def test_only_the_models_of_a_space_are_compiled_when_one_is_named() -> None:
    source = """
@db.table 'a'
export interface A { a: string }
@db.space 'x'
@db.table 'b'
export interface B { b: string }
"""
    names = {}
    for space in (None, "default", "x"):
        compiled = compile_schema({"m.as": source}, space=space)
        assert compiled.schema is not None
        names[space] = [table.name for table in compiled.schema.tables]
    assert names == {None: ["a", "b"], "default": ["a"], "x": ["b"]}


def test_a_collection_has_an_object_id_of_its_own_unless_it_declares_one() -> None:
    tables = _tables("""
@db.mongo.collection
@db.table 'a'
export interface A { name: string }
@db.mongo.collection
@db.table 'b'
export interface B { name: string; @meta.id
 _id: number }
""")
    assert [field.name for field in tables["a"].fields] == ["_id", "name"]
    assert [field.name for field in tables["b"].fields] == ["name", "_id"]


def test_a_type_may_hold_itself_in_an_array_but_not_as_an_object() -> None:
    tree = "interface Tree { name: string; below: Tree[] }\n"
    assert _fields("tree: Tree[]", tree)["tree"].storage == Storage.JSON
    assert _codes("@db.table 't'\nexport interface T { @meta.id\n id: number; up?: T }") == ["AS209"]
    assert _codes("type A = B\ntype B = A") == ["AS209"]


def test_follow_on_errors_of_a_broken_name_are_silent() -> None:
    source = """
import { X } from './nope'
@db.table 't'
export interface T extends X {
  @meta.id
  id: X.id
  @db.rel.FK
  b: X.id
  c: X[]
}
"""
    assert _codes(source) == ["AS203"]


def test_an_unknown_annotation_is_kept_outside_the_fixed_names_and_refused_inside() -> None:
    source = "@ui.form 'x', 1\n@db.table 't'\nexport interface T {\n  @meta.id\n  @ui.hidden\n  id: number\n}"
    assert _codes(source) == []
    assert _codes(source.replace("@ui.hidden", "@meta.hidden")) == ["AS301"]


def test_a_message_names_the_nearest_annotation() -> None:
    (problem,) = compile_schema({"m.as": "interface A { @db.indx.plain\n a: string }"}).diagnostics
    assert problem.hint == "did you mean 'db.index.plain'?"


def test_problems_point_at_each_other() -> None:
    (problem,) = compile_schema({"m.as": "type A = string\ntype A = number"}).diagnostics
    assert [str(related.span) for related in problem.related] == ["m.as:1:6"]

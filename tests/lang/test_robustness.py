"""Nothing raises and nothing hangs, whatever the files hold.

No time is measured: the inputs are so large that work which grows faster than they do
would not end within any patience.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemasync import compile_schema
from tests.lang.fuzz import run
from tests.unhurried import UNHURRIED

if TYPE_CHECKING:
    from schemasync import Compiled

_SIZE = 200_000
_TABLE = "@db.table 't'\nexport interface T {\n  @meta.id\n  id: number\n"
_VIEW = (
    _TABLE.replace("{", "{{")
    + "}}\n@db.view 'v'\n@db.view.for T\n@db.view.filter `{}`\nexport interface V {{ id: T.id }}"
)
_PIECES = [
    "{",
    "[",
    "(",
    "}",
    "a",
    "a ",
    "a.",
    "@",
    "@a ",
    "'",
    '"',
    "`",
    "/*",
    "//",
    "/",
    "[/",
    "[/[",
    "[*",
    "\\",
    "?",
    "|",
    "&",
    "a|",
    "\n",
    "\r",
    "\0",
    "\u00e9",
    "1",
    "1.",
    "-",
    "a:",
    "a:b,",
    "a:{",
    "import {",
    "interface a ",
    "type A=",
    "annotate ",
    "export ",
    "@db.table ",
    "'a' ",
    "/* */",
    "[/(]/",
    "a b\n",
    " ",
    "not ",
    "#",
    "@db.view.for T ",
]
_NOISE = st.sampled_from(
    [*_PIECES, "interface T {", "}", ":", "string", "T.id", "@meta.id\n", "@db.rel.FK\n", ",", ";"]
)


def _compile(text: str | bytes) -> Compiled:
    return compile_schema({"m.as": text})


def _codes(text: str) -> set[str]:
    return {problem.code for problem in _compile(text).diagnostics}


@pytest.mark.parametrize("piece", _PIECES)
def test_a_long_line_of_one_thing_is_read_to_its_end(piece: str) -> None:
    assert _compile(piece * (_SIZE // len(piece))).schema is None or not piece.strip("\n\r /*")


@pytest.mark.parametrize(
    "text",
    [
        _TABLE + "a:{" * 10_000 + "}" * 10_000 + "}",
        "type A = " + "[" * 10_000 + "string" + "]" * 10_000,
        "type A = string" + "[]" * 10_000,
        "type A = " + "(" * 10_000 + "string" + ")" * 10_000,
        _VIEW.format("(" * 10_000 + "T.id=1" + ")" * 10_000),
        _VIEW.format("not " * 10_000 + "T.id=1"),
    ],
    ids=["objects", "tuples", "arrays", "groups", "query groups", "nots"],
)
def test_what_is_nested_ten_thousand_deep_is_one_diagnostic(text: str) -> None:
    assert [problem.code for problem in _compile(text).diagnostics].count("AS106") == 1


_CHAINS = {
    "aliases": ("type A{0} = A{1}", "type A10000 = string"),
    "extends": ("interface A{0} extends A{1} {{}}", "interface A10000 {a: string}"),
    "references": ("interface A{0} {{ a: A{1}.a }}", "interface A10000 {a: string}"),
    "aliases and extends": (
        "type B{0} = A{1}\ninterface A{0} extends B{0} {{}}",
        "interface A10000 {a: string}",
    ),
    "intersections": ("type A{0} = A{1} & {{}}", "type A10000 = {a: string}"),
    "annotate blocks": ("annotate A{1} as A{0} {{}}", "type A10000 = {a: string}"),
    "keys": (
        "@db.table 't{0}'\nexport interface A{0} {{\n@meta.id\n@db.rel.FK\na: A{1}.a }}",
        "@db.table 't'\nexport interface A10000 {\n@meta.id\na: string.email }",
    ),
}


@pytest.mark.parametrize("backwards", [False, True], ids=["last first", "first first"])
@pytest.mark.parametrize("chain", _CHAINS)
def test_names_may_lead_to_each_other_ten_thousand_times_in_any_order(chain: str, backwards: bool) -> None:  # noqa: FBT001 - a case
    link, last = _CHAINS[chain]
    lines = [link.format(i, i + 1) for i in range(10_000)] + [last]
    text = "\n".join(reversed(lines) if backwards else lines)
    end = "" if chain == "keys" else "\n@db.table 'end'\nexport interface End {\n@meta.id\na: A0.a }"
    if chain == "aliases":
        end = end.replace("A0.a", "A0")
    compiled = _compile(text + end)
    assert compiled.diagnostics == ()
    assert compiled.schema is not None
    first = next(table for table in compiled.schema.tables if table.name in ("end", "t0"))
    (field,) = first.fields
    assert (field.name, "email" in (field.refers_to or field).tags) == ("a", chain == "keys")


@pytest.mark.parametrize(
    "link",
    [
        "interface A{0} extends A{1} {{ p{0}: string }}",
        "type A{0} = A{1} & {{ p{0}: string }}",
        "type A{0} = A{1} | {{ p{0}: string }}",
        "@x.a{0}\ntype A{0} = A{1}",
        "annotate A{1} as A{0} {{\n@x.a\np }}",
    ],
)
def test_what_is_handed_on_has_a_limit(link: str) -> None:
    props = ", ".join(f"q{i}: string" for i in range(500))
    lines = [link.format(i, i + 1) for i in range(5_000)]
    text = "\n".join([*lines, f"interface A5000 {{ p: string, {props} }}", "interface X { a: A0 }"])
    assert _codes(text) == {"AS433"}


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("type A = B\ntype B = A", [(1, 6)]),
        ("interface A { x: A.x }", [(1, 15)]),
        ("interface A { x: B.y }\ninterface B { y: A.x }\ntype T = A.x", [(1, 15)]),
        ("interface A { x: T }\ntype T = A.x\ninterface B { y: A.x, z: T }", [(1, 15)]),
        ("interface A { x: A.y, y: A.x | string }", [(1, 15)]),
        ("interface A extends B { x: string }\ntype B = A\ntype C = A.y", [(1, 11)]),
        ("type A = A & { b: string }\ninterface B extends A { c: A.d }", [(1, 6)]),
        ("annotate A as B { x }\nannotate B as A { x }\ntype C = A.x", [(1, 15)]),
    ],
)
def test_a_circle_is_told_once_with_the_way_round(text: str, places: list[tuple[int, int]]) -> None:
    found = [problem for problem in _compile(text).diagnostics if problem.code == "AS209"]
    assert [(problem.span.line, problem.span.column) for problem in found] == places
    assert [problem.code for problem in _compile(text).diagnostics] == ["AS209"]


def test_a_circle_of_ten_thousand_is_one_diagnostic() -> None:
    lines = [f"interface A{i} {{ x: A{(i + 1) % 10_000}.x }}" for i in range(10_000)]
    (problem,) = _compile("\n".join(lines)).diagnostics
    assert (problem.code, len(problem.related)) == ("AS209", 10)


def test_objects_too_deep_for_columns_are_told_so_and_not_called_a_circle() -> None:
    lines = [f"interface A{i} {{ a: A{i + 1} }}" for i in range(100)]
    text = "\n".join([*lines, "interface A100 { b: string }", _TABLE + "a: A0 }"])
    (problem,) = _compile(text).diagnostics
    assert (problem.code, "levels deep" in problem.message) == ("AS106", True)


def test_a_diagnostic_needs_no_deep_stack() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(900)
    try:
        assert "AS106" in _codes(_TABLE + "a:{" * 1000 + "}" * 1000 + "}")
    finally:
        sys.setrecursionlimit(limit)


def test_a_mebibyte_on_one_line_compiles() -> None:
    text = f"export type A = {' | '.join(repr(f'value {i}') for i in range(70_000))}"
    assert len(text) > 2**20
    assert _compile(text).diagnostics == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("\n".join("type A = string" for _ in range(10_000)), "AS205"),
        (_TABLE + "a: string\n" * 10_000 + "}", "AS206"),
        (_TABLE + "@meta.label 'x'\n" * 10_000 + "a: string }", "AS307"),
        (_TABLE + "\n".join(f"a{i}: Nope{i}" for i in range(10_000)) + "}", "AS201"),
        (_TABLE + "\n".join(f"@db.nope{i}\na{i}: string" for i in range(4_000)) + "}", "AS301"),
        (_TABLE + "\n".join(f"@db.column.version\na{i}: number" for i in range(4_000)) + "}", "AS410"),
        (
            _TABLE + "\n".join(f"@db.rel.FK\na{i}: T.id\n@db.rel.to\nb{i}?: T" for i in range(2_000)) + "}",
            "AS416",
        ),
        (
            "\n".join(f"interface A{i} extends A{(i + 1) % 5000} {{ a{i}: string }}" for i in range(5_000)),
            "AS207",
        ),
    ],
)
def test_thousands_of_one_problem_are_told(text: str, code: str) -> None:
    assert code in _codes(text)


def test_a_path_of_a_hundred_thousand_names_is_followed() -> None:
    assert _codes("interface A { a: A }\ntype X = A" + ".a" * 100_000) == set()


def test_objects_in_objects_that_multiply_are_refused_and_not_left_out() -> None:
    levels = "\n".join(f"interface A{i} {{ a: A{i + 1}; b: A{i + 1}; c: A{i + 1} }}" for i in range(40))
    assert "AS433" in _codes(levels + "\ninterface A40 { x: string }\n" + _TABLE + "a: A0 }")


def test_many_wide_tables_are_refused_and_not_cut() -> None:
    wide = "interface W {\n" + "\n".join(f"a{i}: string" for i in range(1000)) + "\n}\n"
    tables = "\n".join(f"@db.table 't{i}'\nexport interface T{i} {{ a: W; b: W; c: W }}" for i in range(300))
    assert _codes(wide + tables) == {"AS433"}


@pytest.mark.parametrize("literal", ["/(a+)+$/", "/(a|a)*b/", "/(.*)*x/"])
def test_a_regular_expression_that_never_ends_is_never_run(literal: str) -> None:
    long = "a" * 10_000 + "!"
    text = _VIEW.format(f"T.id matches {literal} or T.id = '{long}'")
    assert (
        _compile(
            text + f"\ninterface P {{ [{literal}]: string\n @expect.pattern '(a+)+$'\n b: string }}"
        ).diagnostics
        == ()
    )


@settings(UNHURRIED, max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_schema_or_diagnostics(data: bytes) -> None:
    compiled = _compile(data)
    assert (compiled.schema is None) == any(problem.severity == "error" for problem in compiled.diagnostics)


@settings(UNHURRIED, max_examples=300)
@given(st.lists(_NOISE, max_size=60))
def test_any_tokens_give_a_schema_or_diagnostics(pieces: list[str]) -> None:
    text = "".join(pieces)
    compiled = _compile(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in compiled.diagnostics:
        assert 1 <= problem.span.line <= len(lines)
        assert 1 <= problem.span.column <= len(lines[problem.span.line - 1]) + 1


_PATHS = st.text(max_size=8) | st.text("./a", max_size=8)


@settings(UNHURRIED, max_examples=200)
@given(
    st.dictionaries(
        _PATHS.map(lambda name: name + ".as"),
        _PATHS.map(lambda name: f"import {{ A }} from '{name}'\n") | st.text(max_size=60),
        max_size=4,
    )
)
@example({"//x/m.as": "import { A } from 'pkg/a'"})
def test_any_names_of_files_give_a_schema_or_diagnostics(files: dict[str, str]) -> None:
    compiled = compile_schema(files)
    assert {problem.span.file for problem in compiled.diagnostics} <= set(files)


def test_mutations_of_the_samples_give_a_schema_or_diagnostics() -> None:
    assert run(400, seed=7) == 0

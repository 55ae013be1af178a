"""The grammar: what is read, and what is said of what is not."""

from __future__ import annotations

import pytest

from schemasync.lang import ast
from schemasync.lang.parser import parse
from schemasync.lang.regex import check_regex
from schemasync.lang.source import decode


def _parse(text: str) -> tuple[ast.Module, list[str]]:
    source, _ = decode("m.as", text)
    module, problems = parse(source)
    return module, [f"{problem.span.line}:{problem.span.column} {problem.code}" for problem in problems]


def _interface(text: str) -> ast.Interface:
    module, problems = _parse(text)
    assert problems == []
    (node,) = module.declarations
    assert isinstance(node, ast.Interface)
    return node


@pytest.mark.parametrize(
    "body",
    [
        "\n  a: string\n  b?: number\n",
        " a: string; b?: number ",
        " a: string, b?: number, ",
        " a: string // first\n /* second */ b?: number;",
        "\n\n  'a': string\n\n  \"b\"?: number\n",
        "a:string\r\nb ? : number",
    ],
)
def test_props_are_separated_by_lines_semicolons_or_commas(body: str) -> None:
    node = _interface("interface N {" + body + "}")
    assert [(prop.name.text, prop.optional) for prop in node.body.props] == [("a", False), ("b", True)]


def test_words_of_the_language_can_be_names_of_props() -> None:
    node = _interface("interface N { type: string; interface: string; import?: string; as: string }")
    assert [prop.name.text for prop in node.body.props] == ["type", "interface", "import", "as"]


def test_intersection_binds_tighter_than_union_and_arrays_tighter_than_both() -> None:
    module, problems = _parse("type A = B | C & D[] | (E | F)[]")
    assert problems == []
    (alias,) = module.declarations
    assert isinstance(alias, ast.Alias)
    assert isinstance(alias.type, ast.Group)
    assert alias.type.op == "union"
    reference, intersection, array = alias.type.items
    assert isinstance(reference, ast.Reference)
    assert isinstance(intersection, ast.Group)
    assert intersection.op == "intersection"
    assert isinstance(intersection.items[1], ast.Array)
    assert isinstance(array, ast.Array)
    assert isinstance(array.item, ast.Group)


def test_a_union_may_go_on_in_the_next_line() -> None:
    module, problems = _parse("type A =\n  | 'a'\n  | 'b'\ntype B = 1")
    assert problems == []
    assert len(module.declarations) == 2


def test_an_annotation_keeps_its_arguments_and_a_flag_takes_none_from_the_next_prop() -> None:
    node = _interface(
        "interface N {\n  @a.b 'x', -1.5, true, null, User.id, `a = 1` // why\n  @flag id: string\n}"
    )
    (prop,) = node.body.props
    first, flag = prop.annotations
    assert [value.kind for value in first.args] == ["string", "number", "boolean", "null", "ref", "query"]
    assert flag.args == ()
    assert prop.name.text == "id"


def test_arguments_may_go_on_behind_a_comma_in_the_next_line() -> None:
    node = _interface("interface N {\n  @a 1,\n     2\n  id: string\n}")
    assert len(node.body.props[0].annotations[0].args) == 2


def test_escapes_in_strings_are_the_characters_they_stand_for() -> None:
    node = _interface(r"""interface N { @a 'it\'s \x41\u0042\u{1F600}\n', "\"" """ + "\n id: string }")
    values = [value.value for value in node.body.props[0].annotations[0].args]
    assert values == ["it's AB\U0001f600\n", '"']


def test_all_problems_of_a_file_are_found_in_one_run() -> None:
    text = """\
import { A from './a'
interface One {
  a string
  b: ]
  c: string
}
interface {
}
type Two = |
export annotate Three {
  @meta.label
  four.five
}
interface Four { a: string } & {}
"""
    module, problems = _parse(text)
    assert problems == [
        "1:12 AS101",
        "3:5 AS101",
        "4:6 AS101",
        "7:11 AS101",
        "10:1 AS101",
        "10:1 AS112",
        "14:30 AS101",
    ]
    names = [node.name.text for node in module.declarations if node.name]
    assert "One" in names
    assert "Four" in names


def test_a_broken_prop_leaves_the_others_as_they_are() -> None:
    module, problems = _parse(
        "interface N {\n  a: string\n  b: { c: }\n  d: : {\n    e: string\n  }\n  f: number\n}"
    )
    assert problems == ["3:11 AS101", "4:6 AS101"]
    (node,) = module.declarations
    assert isinstance(node, ast.Interface)
    assert [prop.name.text for prop in node.body.props] == ["a", "b", "d", "f"]
    assert isinstance(node.body.props[2].type, ast.Broken)


@pytest.mark.parametrize(
    "literal",
    [
        "/a/",
        "/[/]+/i",
        r"/\/(?<year>\d{4})-(?:x|y)*?$/u",
        r"/\p{L}\u{1F600}{2,}/u",
        "/(?<=a)b(?!c)/",
        "/x{/",
        "/]/",
    ],
)
def test_a_regular_expression_of_javascript_is_accepted(literal: str) -> None:
    assert check_regex(literal) is None


@pytest.mark.parametrize(
    "literal", ["/(/", "/)/", "/[a/", "/*/", "/a**/", "/a{2,1}/", "/(?x)/", "/a/q", "/a/gg", "/a\\/", "/|+/"]
)
def test_a_broken_regular_expression_is_refused(literal: str) -> None:
    assert check_regex(literal) is not None

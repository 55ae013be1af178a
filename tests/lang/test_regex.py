"""Regular expressions are judged as an engine of JavaScript judges them."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemasync import compile_schema
from schemasync.lang.problems import BAD_REGEX, WRONG_ARGUMENT, WRONG_VALUE
from schemasync.lang.regex import check_body, check_regex
from tests.unhurried import UNHURRIED

TABLE = json.loads(Path(__file__).with_name("regexes.json").read_text(encoding="ascii"))
LONG = 100_000


@pytest.mark.parametrize("expected", [True, False])
def test_every_expression_has_the_verdict_of_an_engine(*, expected: bool) -> None:
    literals = [f"/{body}/{flags}" for body, flags, valid in TABLE["verdicts"] if valid is expected]
    assert [literal for literal in literals if (check_regex(literal) is None) is not expected] == []


def test_what_is_newer_than_that_engine_is_accepted() -> None:
    assert [case for case in TABLE["later"] if check_body(*case) is not None] == []


@pytest.mark.parametrize(
    ("literal", "message"),
    [
        ("/a", "expected '/' at its end"),
        ("/a/gg", "'gg' are not flags of a regular expression"),
        ("/a/uv", "the flags u and v exclude each other"),
        ("/[z-a]/", "the range from 'z' to 'a' is in the wrong order"),
        ("/$*/", "nothing to repeat before '*'"),
        (r"/a\b{2}/", "nothing to repeat before '{2}'"),
        ("/a{3,2}/", "the bounds of '{3,2}' are in the wrong order"),
        ("/{/u", r"with the flags u and v '{' alone is \{"),
        (r"/\1/u", r"there is no group \1"),
        (r"/\01/u", r"there is no escape \0 and a digit here"),
        (r"/(?<a>.)\k<b>/", "there is no group 'b'"),
        ("/(?<a>.)(?<a>.)/", "there are two groups 'a'"),
        ("/(?<1>.)/", "'1' is not a name for a group"),
        (r"/\y/u", r"there is no escape \y with the flag u"),
        (r"/\p{Klingon}/u", "there is no property 'Klingon'"),
        (r"/\P{RGI_Emoji}/v", r"the property 'RGI_Emoji' is for \p and the flag v"),
        ("/[a--]/v", "expected an operand behind '--'"),
        ("/[^\\q{ab}]/v", "a negated class cannot have strings"),
        ("/[(]/v", r"in a class of the flag v '(' is \("),
        ("/(?ii:a)/", "'(?ii:' begins no kind of group"),
    ],
)
def test_what_is_wrong_is_said(literal: str, message: str) -> None:
    assert check_regex(literal) == message


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        (r"'\\u{41}+', 'u'", []),
        (r"'\\u{41}+'", [BAD_REGEX.code]),
        (r"']'", []),
        (r"']', 'u'", [BAD_REGEX.code]),
        (r"'\\p{Klingon}', 'i'", []),
        (r"'\\p{Klingon}', 'iu', 'not Klingon'", [BAD_REGEX.code]),
        (r"']', 'uu'", [WRONG_VALUE.code]),
        (r"']', 1", [WRONG_ARGUMENT.code]),
    ],
)
def test_a_pattern_of_an_annotation_is_judged_with_its_flags(arguments: str, codes: list[str]) -> None:
    compiled = compile_schema({"m.as": f"interface A {{\n  @expect.pattern {arguments}\n  a: string\n}}\n"})
    assert [diagnostic.code for diagnostic in compiled.diagnostics] == codes


@pytest.mark.parametrize(
    "body",
    [
        "(" * LONG + ")" * LONG,
        "(" * LONG,
        "[" * LONG + "]" * LONG,
        "[a--" * LONG,
        "\\" * (LONG + 1),
        "{" * LONG,
        "a{" + "9" * LONG + "}",
        "((?<a>)|" * LONG + ")" * LONG,
        "(?<a>)" + r"\k<a>" * LONG,
        "(?<" + "a" * LONG + ">)",
        r"\u{" + "0" * LONG + "41}",
        "\N{GRINNING FACE}" * LONG,
    ],
)
@pytest.mark.parametrize("flags", ["", "u", "v"])
def test_a_long_or_deeply_nested_expression_is_judged_in_time(body: str, flags: str) -> None:
    started = time.process_time()
    check_body(body, flags)
    assert time.process_time() - started < 5


@settings(UNHURRIED)
@given(
    st.text(alphabet="ab1-^$*+?.|(){}[]\\<>=!&:,kpquxc\ud83d\U0001f600", max_size=20), st.sampled_from("guv")
)
def test_every_text_has_a_verdict(body: str, flags: str) -> None:
    assert check_body(body, flags) != ""

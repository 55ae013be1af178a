"""Bytes become text, and whatever is wrong with them has a place."""

from __future__ import annotations

import pytest

from schemasync import compile_schema
from schemasync.lang.source import decode

_TABLE = "@db.table 't'\nexport interface T {\n  @meta.id\n  id: number\n}\n"


def _codes(data: str | bytes) -> list[str]:
    return [str(problem).split(" ")[1] for problem in compile_schema({"m.as": data}).diagnostics]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_gives_the_same_places(line_end: str) -> None:
    text = _TABLE.replace("id: number", "id: numbr").replace("\n", line_end)
    (problem,) = compile_schema({"m.as": text}).diagnostics
    assert (problem.span.line, problem.span.column, problem.span.end_column) == (4, 7, 12)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert _codes(b"\xef\xbb\xbf" + _TABLE.encode()) == []
    (problem,) = compile_schema({"m.as": b"\xef\xbb\xbfnothing"}).diagnostics
    assert problem.span.column == 1


def test_bytes_that_are_not_utf_8_are_reported_where_they_stand() -> None:
    data = _TABLE.replace("id: number", "id: number // caf\u00e9").encode("latin-1")
    (problem,) = compile_schema({"m.as": data}).diagnostics
    assert (problem.code, problem.span.line, problem.span.column) == ("AS107", 4, 20)


@pytest.mark.parametrize("data", [b"\xff", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3", b"a\xc3\nb"])
def test_broken_encodings_are_diagnostics(data: bytes) -> None:
    assert "AS107" in _codes(data)


def test_nul_is_refused_even_in_a_comment() -> None:
    assert _codes(_TABLE + "// a\0b\n") == ["AS108"]


def test_a_lone_surrogate_in_a_string_is_refused() -> None:
    assert "AS108" in _codes(_TABLE.replace("'t'", "'t\ud800'"))


def test_a_surrogate_pair_written_as_two_escapes_is_one_character() -> None:
    compiled = compile_schema({"m.as": _TABLE.replace("'t'", r"'\ud83d\ude00'")})
    assert compiled.schema is not None
    assert compiled.schema.tables[0].name == "\U0001f600"
    assert _codes(_TABLE.replace("'t'", r"'\ude00\ud83d'")) == ["AS109", "AS109"]


def test_columns_count_characters_beyond_the_basic_plane_once() -> None:
    text = _TABLE.replace("id: number", "/* \U0001f600 */ id: numbr")
    (problem,) = compile_schema({"m.as": text}).diagnostics
    assert problem.span.column == 15


def test_the_end_of_a_span_may_be_on_another_line() -> None:
    source, problems = decode("m.as", "a\r\nbc")
    span = source.span(0, 5)
    assert problems == []
    assert (span.line, span.column, span.end_line, span.end_column) == (1, 1, 2, 3)

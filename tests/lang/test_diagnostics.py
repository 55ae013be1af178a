"""Every kind of diagnostic: a file set that has it and nothing else, and the same one mended."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from schemasync import compile_schema
from schemasync.lang import problems
from schemasync.lang.problems import Problem
from schemasync.lang.rules import RULES

_CASES = Path(__file__).resolve().parents[1] / "cases" / "diagnostics"
_PROBLEMS = {found.code: found for found in vars(problems).values() if isinstance(found, Problem)}
_CODES = sorted(_PROBLEMS)
_PLACE = re.compile(rb"// expected at (\d+):(\d+)")
# A circle makes its props inherited by themselves; that is said as well.
_TOGETHER = {"AS207": {"AS207", "AS206"}}


def _files(code: str, kind: str) -> dict[str, bytes]:
    found = {file.name: file.read_bytes() for file in sorted((_CASES / code / kind).glob("*.as"))}
    # No two files of a folder can have one path.
    return {"./m.as": found["m.as"], **found} if (code, kind) == ("AS213", "failing") else found


@pytest.mark.parametrize("code", _CODES)
def test_the_failing_example_of_a_code_has_it_where_expected_and_no_other(code: str) -> None:
    files = _files(code, "failing")
    place = _PLACE.match(files["m.as"])
    assert place is not None
    found = compile_schema(files).diagnostics
    assert {problem.code for problem in found} <= _TOGETHER.get(code, {code})
    first = next(problem for problem in found if problem.code == code)
    assert (first.span.file, first.span.line, first.span.column) == ("m.as", int(place[1]), int(place[2]))


@pytest.mark.parametrize("code", _CODES)
def test_the_mended_example_of_a_code_compiles(code: str) -> None:
    compiled = compile_schema(_files(code, "mended"))
    assert compiled.diagnostics == ()
    assert compiled.schema is not None


def test_no_code_is_given_twice() -> None:
    everything = [found for found in vars(problems).values() if isinstance(found, Problem)]
    assert len({found.code for found in everything}) == len(everything)
    assert len({found.title for found in everything}) == len(everything)


def test_every_rule_is_a_function_of_its_own_with_a_sentence() -> None:
    checks = [rule.check for rule in RULES]
    assert len(set(checks)) == len(checks)
    assert all(check.__doc__ for check in checks)


def test_there_is_no_example_without_a_code() -> None:
    assert sorted(path.name for path in _CASES.iterdir()) == _CODES


def test_the_page_about_diagnostics_is_made_from_the_list_as_it_is() -> None:
    root = Path(__file__).resolve().parents[2]
    spec = spec_from_file_location("page", root / "docs" / "diagnostics.py")
    assert spec is not None
    assert spec.loader is not None
    page = module_from_spec(spec)
    spec.loader.exec_module(page)
    assert (root / "docs" / "diagnostics.md").read_text("utf-8") == page.document()

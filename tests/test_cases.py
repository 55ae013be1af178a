"""Our own cases: file sets with the snapshots and hashes that they must always have.

`python -m tests.test_cases` writes those of a new case; look at them before you keep them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemasync import compile_schema
from schemasync.api import TYPE_MAPS

_CASES = Path(__file__).parent / "cases" / "language"
_NAMES = sorted(path.name for path in _CASES.iterdir())


def _compiled(name: str) -> dict[str, dict[str, object]]:
    folder = _CASES / name
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*.as")}
    compiled = compile_schema(files)
    assert compiled.diagnostics == ()
    return {
        engine: {"schemaHash": compiled.hash(engine), "snapshots": compiled.snapshots(engine)}
        for engine in TYPE_MAPS
    }


@pytest.mark.parametrize("name", _NAMES)
def test_a_case_has_the_snapshots_and_hashes_that_it_always_had(name: str) -> None:
    expected = json.loads((_CASES / name / "expected.json").read_text("utf-8"))
    found = _compiled(name)
    for engine in TYPE_MAPS:
        # As text: the order of keys counts.
        assert json.dumps(found[engine], indent=1) == json.dumps(expected[engine], indent=1)


if __name__ == "__main__":
    for _name in _NAMES:
        _target = _CASES / _name / "expected.json"
        if not _target.exists():
            _target.write_text(json.dumps(_compiled(_name), ensure_ascii=False, indent=1) + "\n", "utf-8")

"""What the recorded system says, ours says too."""

from __future__ import annotations

import pytest

from tests.conformance import Case, cases, differences, directory

_ROOT = directory()
_CASES = list(cases(_ROOT)) if _ROOT else []


@pytest.mark.skipif(not _CASES, reason="no conformance data: set SCHEMASYNC_CONFORMANCE")
@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_a_recorded_schema_compiles_to_what_was_recorded(case: Case) -> None:
    assert list(differences(case)) == []

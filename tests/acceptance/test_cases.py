"""Every named migration does what its plan says, and ends where a fresh database would be."""

import pytest

from testbed.databases import Postgres
from tests.acceptance.case import Case, cases
from tests.acceptance.loop import Bench, Loop


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_database_is_brought_from_one_version_to_the_other(
    postgres_server: Postgres, place: Bench, case: Case
) -> None:
    if missing := set(case.told.get("needs", ())) - postgres_server.capabilities:
        pytest.skip(f"{postgres_server.id} has no {', '.join(sorted(missing))}")
    Loop(case, place).run()

"""Every named migration does what its plan says, and ends where a fresh database would be."""

from collections.abc import Iterator

import pytest

from testbed.databases import Postgres
from tests.acceptance.case import Case, cases
from tests.acceptance.loop import Loop, Roles, empty_database, roles


@pytest.fixture
def names(postgres_server: Postgres) -> Iterator[Roles]:
    with roles(postgres_server) as made:
        yield made


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_database_is_brought_from_one_version_to_the_other(
    postgres_server: Postgres, names: Roles, case: Case
) -> None:
    if missing := set(case.told.get("needs", ())) - postgres_server.capabilities:
        pytest.skip(f"{postgres_server.id} has no {', '.join(sorted(missing))}")
    with empty_database(postgres_server) as database:
        Loop(case, database, names).run()

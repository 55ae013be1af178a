"""A bench for each server, kept until the end of the run like the servers themselves."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from testbed.databases import Postgres
from tests.acceptance.loop import Bench, bench


@pytest.fixture(scope="session")
def _benches(_servers: object) -> Iterator[tuple[ExitStack, dict[str, Bench]]]:
    with ExitStack() as stack:
        yield stack, {}


@pytest.fixture
def place(postgres_server: Postgres, _benches: tuple[ExitStack, dict[str, Bench]]) -> Bench:
    """Two empty databases of this server, and two roles."""
    stack, made = _benches
    if postgres_server.id not in made:
        made[postgres_server.id] = stack.enter_context(bench(postgres_server))
    made[postgres_server.id].clear()
    return made[postgres_server.id]

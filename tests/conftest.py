"""Fixtures: real servers, started when the first test asks for them and ended with the run."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from testbed.databases import Database, Postgres
from testbed.postgres import PostgresServer, available, server_for


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "needs(*capabilities): skip where the test's PostgreSQL lacks one of: control, contrib, icu, vector",
    )


@pytest.fixture(scope="session")
def _servers() -> Iterator[tuple[ExitStack, dict[str, Postgres]]]:
    # Kept until the end of the run, since shuffled tests would otherwise start them again and again.
    with ExitStack() as stack:
        yield stack, {}


@pytest.fixture(scope="session", params=available(), ids=lambda kind: kind.id)
def _postgres_session(
    request: pytest.FixtureRequest, _servers: tuple[ExitStack, dict[str, Postgres]]
) -> Postgres:
    stack, servers = _servers
    kind = request.param
    if kind.id not in servers:
        servers[kind.id] = server_for(kind)
        if isinstance(server := servers[kind.id], PostgresServer):
            stack.callback(server.close)
    return servers[kind.id]


@pytest.fixture
def postgres_server(request: pytest.FixtureRequest, _postgres_session: Postgres) -> Postgres:
    """A running server, shared: make your own databases and roles; running even if a test stopped it."""
    if isinstance(_postgres_session, PostgresServer):
        _postgres_session.start()
    for marker in request.node.iter_markers("needs"):
        if missing := set(marker.args) - _postgres_session.capabilities:
            pytest.skip(f"{request.node.callspec.id} has no {', '.join(sorted(missing))}")
    return _postgres_session


@pytest.fixture
def controlled_postgres(postgres_server: Postgres) -> PostgresServer:
    """A server that a test may stop, start and read the log of."""
    if not isinstance(postgres_server, PostgresServer):
        pytest.skip("the server given from outside is not ours to stop or read the log of")
    return postgres_server


@pytest.fixture
def database(postgres_server: Postgres) -> Iterator[Database]:
    name = postgres_server.create_database()
    yield Database(server=postgres_server, name=name)
    if isinstance(postgres_server, PostgresServer):
        postgres_server.start()
    postgres_server.drop_database(name)

"""Fixtures: real servers, started when the first test asks for them and ended with the run."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from testbed.apiserver import ApiServer
from testbed.databases import Database, Postgres
from testbed.deployment import install
from testbed.postgres import PostgresServer, available, server_for


def pytest_configure(config: pytest.Config) -> None:
    # A run that a shell has put into the background ignores Ctrl-C, and so would what it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
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
def postgres_server(
    request: pytest.FixtureRequest, _servers: tuple[ExitStack, dict[str, Postgres]]
) -> Postgres:
    """A running server shared by all tests: they make databases and roles of their own in it."""
    stack, servers = _servers
    kind = request.param
    if kind.id not in servers:
        servers[kind.id] = server_for(kind)
        if isinstance(server := servers[kind.id], PostgresServer):
            stack.callback(server.close)
    return servers[kind.id]


@pytest.fixture(autouse=True)
def _capabilities(request: pytest.FixtureRequest) -> None:
    for marker in request.node.iter_markers("needs"):
        server: Postgres = request.getfixturevalue("postgres_server")
        if missing := set(marker.args) - server.capabilities:
            pytest.skip(f"{request.node.callspec.id} has no {', '.join(sorted(missing))}")


@pytest.fixture
def controlled_postgres(postgres_server: Postgres) -> Iterator[PostgresServer]:
    """The server, to be stopped, started and its log read; running again after the test."""
    if not isinstance(postgres_server, PostgresServer):
        pytest.skip("the server given from outside is not ours to stop or read the log of")
    yield postgres_server
    postgres_server.start()


@pytest.fixture
def database(postgres_server: Postgres) -> Iterator[Database]:
    """An empty database of the test's own, dropped after it."""
    name = postgres_server.create_database()
    yield Database(server=postgres_server, name=name)
    if isinstance(postgres_server, PostgresServer):
        postgres_server.start()
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def apiserver() -> Iterator[ApiServer]:
    """A running Kubernetes API server shared by all tests: they make namespaces of their own in it."""
    with ApiServer() as server:
        yield server


@pytest.fixture
def controlled_apiserver(apiserver: ApiServer) -> Iterator[ApiServer]:
    """The API server, to be stopped and started; running again after the test."""
    yield apiserver
    apiserver.start_api()


@pytest.fixture(scope="session")
def kubeconfig(apiserver: ApiServer) -> Path:
    """The kubeconfig of an administrator."""
    return apiserver.kubeconfig


@pytest.fixture(scope="session")
def operator_kubeconfig(apiserver: ApiServer) -> Path:
    """The kubeconfig of the operator's ServiceAccount, in a cluster that knows its resource."""
    return install(apiserver)


@pytest.fixture
def namespace(apiserver: ApiServer) -> str:
    """A namespace of the test's own; it stays, since no controller empties a deleted one."""
    return apiserver.create_namespace()

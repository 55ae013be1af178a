"""The operator's resource and rights in the API server that all tests share, and operators as processes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from testbed.apiserver import ApiServer
from testbed.databases import Database
from testbed.deployment import install, start_operator
from testbed.processes import Server
from tests.kube.support import Namespace

StartOperator = Callable[..., Server]


@pytest.fixture(scope="session")
def operator_kubeconfig(apiserver: ApiServer) -> Path:
    """The kubeconfig of the operator's ServiceAccount; the resource is installed."""
    return install(apiserver)


@pytest.fixture
def namespace(apiserver: ApiServer, operator_kubeconfig: Path) -> Iterator[Namespace]:
    """A namespace of the test's own, in which SchemaSyncs can be made; emptied of them after it."""
    del operator_kubeconfig
    made = Namespace(apiserver)
    yield made
    apiserver.start_api()
    made.clean()


@pytest.fixture
def start(
    namespace: Namespace, operator_kubeconfig: Path, tmp_path: Path, database: Database
) -> Iterator[StartOperator]:
    """Start operators of the namespace; they are ended before the database goes, and never logged a trace."""
    del database
    started: list[Server] = []
    with ExitStack() as stack:

        def begin(*arguments: str, kubeconfig: Path = operator_kubeconfig) -> Server:
            server = start_operator(
                kubeconfig,
                tmp_path,
                arguments or ("--namespace", namespace.name),
                name=f"operator-{len(started)}",
            )
            started.append(server)
            stack.callback(server.stop)
            return server

        yield begin
    for server in started:
        assert "Traceback" not in server.log.read_text()
        assert "InternalError" not in server.log.read_text()


@pytest.fixture
def operator(start: StartOperator) -> Server:
    """An operator of the test's namespace."""
    return start()

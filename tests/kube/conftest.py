"""The operator's resource and rights, in the API server that all tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.apiserver import ApiServer
from testbed.deployment import install
from tests.kube.support import Namespace


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
    made.clean()

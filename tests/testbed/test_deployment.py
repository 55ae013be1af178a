"""What the testbed gives the operator in a cluster."""

from pathlib import Path

import pytest

from testbed.apiserver import ApiServer
from testbed.deployment import SCHEMASYNCS, is_true, manifests
from testbed.kubeapi import ApiError, Client, Json


def test_the_operator_may_list_its_resource_and_read_a_secret(
    operator_kubeconfig: Path, apiserver: ApiServer, namespace: str
) -> None:
    apiserver.client.apply(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "one", "namespace": namespace}}
    )
    operator = Client(operator_kubeconfig)
    assert operator.request("GET", SCHEMASYNCS)["kind"] == "SchemaSyncList"
    secret = operator.request("GET", f"/api/v1/namespaces/{namespace}/secrets/one")
    assert secret["metadata"]["name"] == "one"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/secrets"),
        ("GET", "/api/v1/pods"),
        ("DELETE", f"{SCHEMASYNCS.replace('schemasyncs', 'namespaces/default/schemasyncs')}/any"),
        ("DELETE", "/api/v1/namespaces/default"),
    ],
)
def test_the_operator_may_do_nothing_that_it_has_no_need_of(
    operator_kubeconfig: Path, method: str, path: str
) -> None:
    with pytest.raises(ApiError, match="is forbidden"):
        Client(operator_kubeconfig).request(method, path)


def test_manifests_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("kind: Second\n---\n---\nkind: Third\n")
    (tmp_path / "a.yaml").write_text("kind: First\n")
    (tmp_path / "c.txt").write_text("kind: Other\n")
    assert [found["kind"] for found in manifests(tmp_path)] == ["First", "Second", "Third"]


def test_a_condition_of_an_older_generation_is_not_true() -> None:
    condition = {"type": "Ready", "status": "True", "observedGeneration": 1}
    resource: Json = {"metadata": {"generation": 2}, "status": {"conditions": [condition]}}
    assert not is_true(resource, "Ready")
    condition["observedGeneration"] = 2
    assert is_true(resource, "Ready")

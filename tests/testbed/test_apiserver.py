"""The Kubernetes API server of the testbed."""

import ssl
import subprocess
import time
from http import HTTPStatus

import pytest

from testbed.apiserver import ApiServer
from testbed.controlplane import key, kubernetes_version
from testbed.kubeapi import ApiError, Client, Json
from testbed.processes import ServerFailed, started_at


def config_map(namespace: str, **data: str) -> Json:
    metadata = {"name": "example", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def test_an_administrator_creates_and_changes_objects(apiserver: ApiServer, namespace: str) -> None:
    apiserver.client.apply(config_map(namespace, key="old"))
    apiserver.client.apply(config_map(namespace, key="new"))
    path = f"/api/v1/namespaces/{namespace}/configmaps/example"
    assert apiserver.client.request("GET", path)["data"] == {"key": "new"}


def test_a_server_that_we_built_knows_its_version(apiserver: ApiServer) -> None:
    if apiserver.control_plane.directory.name != key():
        pytest.skip("the control plane is not one that we built")
    assert apiserver.client.request("GET", "/version")["gitVersion"] == kubernetes_version()


def test_a_user_whom_rbac_gives_nothing_is_denied(apiserver: ApiServer, namespace: str) -> None:
    nobody = Client(apiserver.kubeconfig_for_user("nobody", ["strangers"]))
    with pytest.raises(ApiError, match='User "nobody" cannot list resource "secrets"') as denied:
        nobody.request("GET", f"/api/v1/namespaces/{namespace}/secrets")
    assert denied.value.status == HTTPStatus.FORBIDDEN


def test_a_service_account_may_do_what_rbac_gives_it_and_no_more(
    apiserver: ApiServer, namespace: str
) -> None:
    account = Client(apiserver.kubeconfig_for_service_account(namespace, "reader"))
    rbac = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "metadata": {"name": "reader", "namespace": namespace},
    }
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]}
    subject = {"kind": "ServiceAccount", "name": "reader", "namespace": namespace}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
    apiserver.client.apply({**rbac, "kind": "Role", "rules": [rule]})
    apiserver.client.apply({**rbac, "kind": "RoleBinding", "roleRef": role, "subjects": [subject]})
    apiserver.client.apply(config_map(namespace))
    listed = wait_for_list(account, f"/api/v1/namespaces/{namespace}/configmaps")
    assert [item["metadata"]["name"] for item in listed["items"]] == ["example"]
    with pytest.raises(ApiError, match="cannot list resource"):
        account.request("GET", f"/api/v1/namespaces/{namespace}/secrets")


def wait_for_list(client: Client, path: str) -> Json:
    # The authoriser learns of a new binding by a watch, a moment after it is stored.
    for _ in range(50):
        try:
            return client.request("GET", path)
        except ApiError as refusal:
            if refusal.status != HTTPStatus.FORBIDDEN:
                raise
            time.sleep(0.1)
    return client.request("GET", path)


def test_service_account_admission_is_on(apiserver: ApiServer, namespace: str) -> None:
    pod = {"metadata": {"name": "pod"}, "spec": {"containers": [{"name": "main", "image": "none"}]}}
    with pytest.raises(ApiError, match='serviceaccount "default" not found'):
        apiserver.client.request("POST", f"/api/v1/namespaces/{namespace}/pods", pod)


def test_kubectl_reads_the_kubeconfig(apiserver: ApiServer, namespace: str) -> None:
    if apiserver.control_plane.kubectl is None:
        pytest.skip("there is no kubectl")
    command = [str(apiserver.control_plane.kubectl), "get", "namespace", namespace, "--output=name"]
    environment = {"KUBECONFIG": str(apiserver.kubeconfig), "HOME": str(apiserver.directory)}
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == f"namespace/{namespace}"


def test_the_api_server_stops_under_a_watch_and_comes_back_with_its_objects(
    controlled_apiserver: ApiServer, namespace: str
) -> None:
    server = controlled_apiserver
    server.client.apply(config_map(namespace, kept="yes"))
    command = ["kubectl", "get", "configmaps", "--watch", f"--namespace={namespace}"]
    environment = {"KUBECONFIG": str(server.kubeconfig), "HOME": str(server.directory)}
    executable = server.control_plane.kubectl
    with subprocess.Popen(command, executable=executable, env=environment, stdout=subprocess.PIPE) as watch:
        assert watch.stdout is not None
        watch.stdout.readline()
        began = time.monotonic()
        server.stop_api()
        assert time.monotonic() - began < 10
        watch.terminate()
    with pytest.raises((ConnectionRefusedError, ssl.SSLError)):
        server.client.request("GET", "/readyz")
    url = server.url
    server.start_api()
    assert server.url == url
    path = f"/api/v1/namespaces/{namespace}/configmaps/example"
    assert server.client.request("GET", path)["data"] == {"kept": "yes"}


def test_a_second_pair_runs_beside_the_first_and_leaves_nothing(apiserver: ApiServer) -> None:
    with ApiServer(apiserver.control_plane) as second:
        pids = second.pids
        assert len(pids) == 2
        assert second.url != apiserver.url
    assert [started_at(pid) for pid in pids] == [None, None]
    assert not second.directory.exists()
    assert apiserver.client.request("GET", "/readyz") == {"text": "ok"}


def test_a_server_that_cannot_start_shows_the_end_of_its_log(apiserver: ApiServer) -> None:
    second = ApiServer(apiserver.control_plane)
    broken = second.directory / "certificates" / "service-accounts.pub"
    broken.write_text("no key")
    with pytest.raises(ServerFailed, match=r"service-accounts\.pub"), second:
        pass
    assert not second.directory.exists()

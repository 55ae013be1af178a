"""What an operator may do, what it watches, and whether it is well."""

import json
import os
import socket
import subprocess
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from testbed.apiserver import ApiServer
from testbed.databases import Database
from testbed.deployment import SCHEMASYNC, install, start_operator
from testbed.kubeapi import Json
from testbed.processes import free_port, wait_until
from tests.kube.conftest import StartOperator
from tests.kube.support import USERS, WITHIN, Namespace, condition, schema_sync

READ = ("get", "list", "watch")
RBAC = "rbac.authorization.k8s.io/v1"


def begin(namespace: Namespace, database: Database) -> None:
    namespace.files({"user.as": USERS})
    namespace.secret(database.url)
    namespace.apply(schema_sync())


def test_health_is_answered_where_it_is_asked_for(start: StartOperator, namespace: Namespace) -> None:
    port = free_port()
    start("--namespace", namespace.name, "--health-port", str(port))

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                return bool(json.load(answer) == {"queue": "alive"})
        except OSError:
            return False

    assert wait_until(answers, WITHIN)


def test_a_health_port_that_is_taken_is_an_error_of_usage(operator_kubeconfig: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = run(operator_kubeconfig, "--all-namespaces", "--health-port", port)
    assert ended.returncode == 64
    assert f"--health-port {port} cannot be listened on: Address already in use" in ended.stderr


def run(kubeconfig: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run an operator that ends by itself."""
    return subprocess.run(
        [str(SCHEMASYNC), "operator", *arguments],
        env={"PATH": os.defpath, "HOME": "/nonexistent", "KUBECONFIG": str(kubeconfig)},
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN,
    )


def test_a_namespace_that_is_not_there_is_told_and_watched(
    apiserver: ApiServer, namespace: Namespace, database: Database, start: StartOperator
) -> None:
    name = f"{namespace.name}-later"
    operator = start("--namespace", name)
    assert wait_until(lambda: f"INFO watching {name}" in operator.log.read_text(), WITHIN)
    log = operator.log.read_text()
    assert f"WARNING there is no namespace {name}; it is watched in case it is made" in log
    apiserver.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    namespace.name = name
    begin(namespace, database)
    namespace.ready()


def role(namespace: Namespace, *, secrets: bool, config_maps: Sequence[str] = READ) -> None:
    """Make or replace the Role of an operator of the namespace."""
    rules: list[Json] = [
        {"apiGroups": ["schemasync.dev"], "resources": ["schemasyncs"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["schemasync.dev"], "resources": ["schemasyncs/status"], "verbs": ["patch"]},
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": list(config_maps)},
        {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create"]},
    ]
    if secrets:
        rules.append({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]})
    namespace.apply({"apiVersion": RBAC, "kind": "Role", "metadata": {"name": "small"}, "rules": rules})


def restricted(apiserver: ApiServer, namespace: Namespace, **rights: Any) -> Path:
    """Return the kubeconfig of an operator that has a Role in the namespace and nothing else."""
    role(namespace, **rights)
    kubeconfig = apiserver.kubeconfig_for_service_account(namespace.name, "small")
    namespace.apply(
        {
            "apiVersion": RBAC,
            "kind": "RoleBinding",
            "metadata": {"name": "small"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "small"},
            "subjects": [{"kind": "ServiceAccount", "name": "small", "namespace": namespace.name}],
        }
    )
    return kubeconfig


def test_a_role_in_one_namespace_is_enough(
    apiserver: ApiServer, namespace: Namespace, database: Database, start: StartOperator
) -> None:
    kubeconfig = restricted(apiserver, namespace, secrets=True)
    operator = start("--namespace", namespace.name, "--cluster-name", "mine", kubeconfig=kubeconfig)
    begin(namespace, database)
    namespace.ready()
    assert wait_until(lambda: len(namespace.events()) == 2, WITHIN)
    log = operator.log.read_text()
    assert "WARNING" not in log
    assert "ERROR" not in log


def test_a_right_that_a_watch_needs_is_named_and_waited_for(
    apiserver: ApiServer, namespace: Namespace, database: Database, start: StartOperator
) -> None:
    kubeconfig = restricted(apiserver, namespace, secrets=True, config_maps=["get"])
    operator = start("--namespace", namespace.name, "--cluster-name", "mine", kubeconfig=kubeconfig)
    told = (
        f"WARNING the operator may not list, watch configmaps in namespace {namespace.name}: "
        "its role must allow it; waiting"
    )
    assert wait_until(lambda: told in operator.log.read_text(), WITHIN)
    role(namespace, secrets=True)
    begin(namespace, database)
    namespace.ready()
    log = operator.log.read_text()
    assert (log.count("WARNING"), log.count("ERROR")) == (1, 0)


def test_a_resource_that_is_taken_away_is_waited_for(tmp_path: Path) -> None:
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/schemasyncs.schemasync.dev"
    with ApiServer() as apiserver:
        operator = start_operator(install(apiserver), tmp_path)
        log = operator.log.read_text
        try:
            assert wait_until(lambda: "watching all namespaces" in log(), WITHIN)
            apiserver.client.request("DELETE", path)
            assert wait_until(lambda: "apply crds/schemasync.yaml; waiting" in log(), WITHIN)
            install(apiserver)
            assert wait_until(lambda: log().count("watching all namespaces") == 2, WITHIN)
            namespace = Namespace(apiserver)
            namespace.apply(schema_sync())
            namespace.shows("Failed", "ConfigMapNotFound")
        finally:
            operator.stop()
    assert "INFO ended\n" in log()
    assert "Traceback" not in log()


def test_a_secret_that_may_not_be_read_is_a_condition_that_says_so(
    apiserver: ApiServer, namespace: Namespace, database: Database, start: StartOperator
) -> None:
    kubeconfig = restricted(apiserver, namespace, secrets=False)
    start("--namespace", namespace.name, "--cluster-name", "mine", kubeconfig=kubeconfig)
    begin(namespace, database)
    body = namespace.shows("Failed", "Forbidden")
    assert "cannot get Secret" in condition(body, "Ready")["message"]
    assert "the operator's role must allow it" in condition(body, "Ready")["message"]


def test_a_cluster_whose_name_may_not_be_read_must_be_named(
    apiserver: ApiServer, namespace: Namespace
) -> None:
    kubeconfig = restricted(apiserver, namespace, secrets=True)
    ended = run(kubeconfig, "--namespace", namespace.name)
    assert ended.returncode == 64
    assert "give the cluster a name with --cluster-name" in ended.stderr


def test_an_object_that_the_operator_does_not_watch_is_left_alone(
    apiserver: ApiServer, namespace: Namespace, database: Database, start: StartOperator
) -> None:
    elsewhere = Namespace(apiserver)
    start()
    begin(elsewhere, database)
    begin(namespace, database)
    namespace.ready()
    assert "status" not in elsewhere.get()
    elsewhere.clean()

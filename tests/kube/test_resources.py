"""An API server's answers become values, and its refusals our errors."""

import base64
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes import client, config

from schemasync.kube.cluster import ClusterError, Conflict, Event, Gone
from schemasync.kube.planstatus import plan_status
from schemasync.kube.resources import Resources
from schemasync.kube.spec import Ref, read_object
from schemasync.kube.status import Check, Phase, SourceFacts, State, Sync, Waiting, project
from schemasync.plan import EntryStatus, Stage, Statement
from testbed.apiserver import ApiServer
from tests.kube.support import Namespace, schema_sync
from tests.kube.values import NOW, entry, plan


@pytest.fixture
def cluster(operator_kubeconfig: Path) -> Iterator[Resources]:
    settings = client.Configuration()
    config.load_kube_config(str(operator_kubeconfig), client_configuration=settings)  # type: ignore[no-untyped-call]
    settings.retries = False
    with client.ApiClient(settings) as api:
        yield Resources(api)


def test_what_is_not_there_is_none(cluster: Resources, namespace: Namespace) -> None:
    ref = Ref(namespace.name, "none")
    assert (cluster.schema_sync(ref), cluster.config_map(ref), cluster.secret(ref)) == (None, None, None)
    assert not cluster.exists(ref)


def test_texts_and_bytes_are_read(cluster: Resources, namespace: Namespace) -> None:
    encoded = base64.b64encode(b"\x00\xff").decode()
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "files"}}
    namespace.apply({**manifest, "data": {"a.as": "é"}, "binaryData": {"b.as": encoded}})
    namespace.secret("postgresql://u@h/d")
    files = cluster.config_map(Ref(namespace.name, "files"))
    assert files is not None
    assert files.files == {"a.as": "é".encode(), "b.as": b"\x00\xff"}
    assert cluster.secret(Ref(namespace.name, "shop-db")) == {"url": b"postgresql://u@h/d"}


def test_a_cluster_has_a_name_and_knows_the_resource(cluster: Resources, apiserver: ApiServer) -> None:
    space = apiserver.client.request("GET", "/api/v1/namespaces/kube-system")
    assert cluster.uid() == space["metadata"]["uid"]
    assert cluster.served()


def test_a_patch_of_what_has_changed_is_a_conflict(cluster: Resources, namespace: Namespace) -> None:
    ref = Ref(namespace.name, "shop")
    version = namespace.apply(schema_sync())["metadata"]["resourceVersion"]
    body = cluster.patch_status(ref, {"phase": "Pending"}, version)
    assert body["status"] == {"phase": "Pending"}
    with pytest.raises(Conflict):
        cluster.patch_status(ref, {"phase": "Planning"}, version)
    assert cluster.patch_status(ref, {"phase": None}, read_object(body).version).get("status") in ({}, None)
    namespace.delete("schemasyncs", "shop")
    with pytest.raises(Gone):
        cluster.patch_status(ref, {"phase": "Planning"}, version)


def test_a_status_that_is_refused_is_told_with_the_reason(cluster: Resources, namespace: Namespace) -> None:
    version = namespace.apply(schema_sync())["metadata"]["resourceVersion"]
    with pytest.raises(ClusterError, match='supported values: "Pending"') as error:
        cluster.patch_status(Ref(namespace.name, "shop"), {"phase": "Dreaming"}, version)
    assert not error.value.transient


def test_the_longest_status_that_we_make_is_taken(cluster: Resources, namespace: Namespace) -> None:
    big = entry("broken", EntryStatus.ERROR, errors=("é" * 5000,) * 300, warnings=("x" * 2000,) * 300)
    wide = Statement(relation=entry("wide").relation, command="x" * 30_000, detail="wide", stage=Stage.CREATE)
    tables = [entry(f"table_{number}", details=("ü" * 200,)) for number in range(3000)]
    made = plan(big, entry("wide", statements=(wide,)), *tables)
    check = Check(ok=False, reason="R" * 100, message="é" * 10_000)
    state = State(
        phase=Phase.FAILED,
        reason="R" * 100,
        message="é" * 10_000,
        generation=1,
        source=SourceFacts(config_maps={f"{n}{'c' * 250}": "1" * 20 for n in range(16)}, digest="d" * 64),
        compiled=check,
        connected=check,
        planned=check,
        plan=made,
        sync=Sync(result="synced", duration=1e9, hash="-7fffffff", statements=10**6),
        waiting=Waiting(holder="h" * 5000, since="2026-01-31T12:00:00Z"),
        handled="f" * 1024,
    )
    status = project(state, {}, NOW)
    assert plan_status(made)["omitted"]
    version = namespace.apply(schema_sync())["metadata"]["resourceVersion"]
    body = cluster.patch_status(Ref(namespace.name, "shop"), status, version)
    assert body["status"] == status


def test_an_event_is_cut_to_what_an_api_server_takes(cluster: Resources, namespace: Namespace) -> None:
    uid = namespace.apply(schema_sync())["metadata"]["uid"]
    event = Event(reason="SyncFailed", message="é" * 2000, warning=True)
    cluster.emit(Ref(namespace.name, "shop"), uid, event)
    [found] = namespace.events()
    assert (found["type"], found["reason"], found["regarding"]["uid"]) == ("Warning", "SyncFailed", uid)
    assert found["note"] == "é" * 512


def test_an_event_that_cannot_be_written_is_only_logged(
    cluster: Resources, namespace: Namespace, caplog: pytest.LogCaptureFixture
) -> None:
    cluster.emit(Ref(namespace.name, "No Name"), "uid", Event(reason="SyncDone", message="done"))
    assert "cannot create an event" in caplog.text


def test_an_event_in_a_namespace_that_is_gone_is_no_complaint(
    cluster: Resources, caplog: pytest.LogCaptureFixture
) -> None:
    cluster.emit(Ref("no-such-namespace", "shop"), "uid", Event(reason="SyncDone", message="done"))
    assert [each for each in caplog.records if each.levelno > logging.DEBUG] == []


def test_an_api_server_that_is_away_is_a_passing_error(
    cluster: Resources, controlled_apiserver: ApiServer
) -> None:
    controlled_apiserver.stop_api()
    with pytest.raises(ClusterError, match="cannot be reached") as error:
        cluster.schema_sync(Ref("default", "shop"))
    assert error.value.transient

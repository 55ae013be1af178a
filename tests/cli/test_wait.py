"""`schemasync wait`: for a database, and for a SchemaSync."""

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemasync import sync
from schemasync.cli import ExitCode, run
from schemasync.cli.wait import Look, wait
from schemasync.cli.wait_cluster import SchemaSyncLook
from schemasync.kube.files import FilesCluster
from schemasync.kube.reconcile import reconcile
from schemasync.kube.spec import Ref
from testbed.apiserver import ApiServer
from testbed.databases import Database
from testbed.postgres import PostgresServer
from tests.cli.support import (
    BROKEN,
    PROGRAM,
    V1,
    V2,
    environment,
    files,
    schemasync,
    variables,
)
from tests.kube.support import Namespace, schema_sync

SHOP = Ref("shop", "shop")
NO_CLUSTER = {"KUBECONFIG": "/nonexistent", "HOME": "/nonexistent"}
URL_ENV = ("--url-env", "DATABASE_URL")


def test_a_database_is_waited_for_until_it_has_the_schema(database: Database, tmp_path: Path) -> None:
    path = files(tmp_path, V1)
    command = [*PROGRAM, "wait", str(path), *URL_ENV]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(database)
    ) as waiting:
        assert waiting.stderr is not None
        assert waiting.stderr.readline().startswith("waiting: the database has no schema yet, schema ")
        assert schemasync("sync", path, *URL_ENV, "--yes", database=database).returncode == 0
        shown, complaints = waiting.communicate(timeout=60)
    assert (waiting.returncode, shown, complaints) == (0, "", "")


def test_a_database_with_another_schema_is_given_up_in_time(database: Database, tmp_path: Path) -> None:
    assert schemasync("sync", files(tmp_path, V1), *URL_ENV, "--yes", database=database).returncode == 0
    ended = schemasync("wait", files(tmp_path, V2), *URL_ENV, "--timeout", "0s", database=database)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: the database has schema ")
    assert ended.stderr.endswith("is waited for (given up after 0 s)\n")


def test_a_schema_that_another_writer_synced_is_known_by_its_hash(database: Database, tmp_path: Path) -> None:
    path = files(tmp_path, V1)
    look = ("wait", path, *URL_ENV, "--timeout", "0s")
    assert schemasync("sync", path, *URL_ENV, "--yes", database=database).returncode == 0
    with database.connect() as connection:
        connection.execute("DELETE FROM \"__atscript_control\" WHERE _id LIKE 'schemasync:%'")
    assert schemasync(*look, database=database).returncode == 0
    # The digest that belongs to the hash tells apart what the hash does not.
    with database.connect() as connection:
        connection.execute(
            """INSERT INTO "__atscript_control" (_id, value)
            SELECT 'schemasync:digest', '{"digest": "another", "hash": "' || value || '"}'
            FROM "__atscript_control" WHERE _id = 'schema_version'"""
        )
    ended = schemasync(*look, database=database)
    assert ended.returncode == 1
    assert "the database has another schema of the hash" in ended.stderr


def test_a_look_at_a_database_is_one_statement(
    database: Database, controlled_postgres: PostgresServer, tmp_path: Path
) -> None:
    assert schemasync("sync", files(tmp_path, V1), *URL_ENV, "--yes", database=database).returncode == 0
    mark = controlled_postgres.mark()
    ended = schemasync("wait", files(tmp_path, V2), *URL_ENV, "--timeout", "0s", database=database)
    assert ended.returncode == 1
    logged = controlled_postgres.statements(mark, database=database.name)
    assert [each.text.split()[0] for each in logged] == ["SELECT"]


def test_files_with_errors_are_not_waited_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", variables("secret")["DATABASE_URL"])
    assert run(["wait", str(files(tmp_path, BROKEN)), *URL_ENV]) == 1
    shown = capfd.readouterr().err
    assert "user.as:5:9: error AS" in shown
    assert "the files have errors: no database will ever have this schema" in shown


def test_a_server_that_is_not_there_yet_is_waited_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", variables("secret")["DATABASE_URL"])
    assert run(["wait", str(files(tmp_path, V1)), *URL_ENV, "--timeout", "10ms"]) == 1
    first, last = capfd.readouterr().err.splitlines()
    assert first.startswith("waiting: cannot connect to database 'shop' at 127.0.0.1:1")
    assert last.endswith("(given up after 0.01 s)")


def test_a_login_that_is_refused_is_not_waited_for(
    database: Database, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    role = database.server.create_role(password="right")
    try:
        monkeypatch.setenv("DATABASE_URL", database.server.url(database.name, role, "wr0ng-pa55word"))
        assert run(["wait", str(files(tmp_path, V1)), *URL_ENV]) == 1
        shown = capfd.readouterr().err
        assert "password authentication failed" in shown
        assert "wr0ng-pa55word" not in shown
    finally:
        database.server.drop_role(role)


@pytest.mark.parametrize("names", [["a", "b"], ["./schema"], ["user.as"], []])
def test_wrong_usage_ends_with_64(names: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["wait", *names]) == 64
    shown = capfd.readouterr().err
    assert "--url-env" in shown or "Usage: schemasync wait" in shown


def test_what_is_waited_for_is_said_once_as_long_as_it_is_the_same(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schemasync.cli.wait.POLL", 0.001)
    looks = iter([Look(why="one"), Look(why="one"), Look(why="two\x1b[31m"), Look()])
    assert wait(lambda: next(looks), 3600) == ExitCode.DONE
    assert capfd.readouterr().err == "waiting: one\nwaiting: two\\x1b[31m\n"


def manifests(database: Database, schema: str, **spec: object) -> FilesCluster:
    metadata = {"name": "shop", "namespace": "shop"}
    source = {"configMaps": [{"name": "shop"}]}
    documents: list[dict[str, object]] = [
        {
            "apiVersion": "schemasync.dev/v1alpha1",
            "kind": "SchemaSync",
            "metadata": metadata,
            "spec": {"schema": source, "database": {"secretRef": {"name": "shop"}}, **spec},
        },
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"m.as": schema}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"url": database.url}},
    ]
    return FilesCluster([("test", document) for document in documents])


def reconciled(cluster: FilesCluster) -> FilesCluster:
    reconcile(cluster, sync, SHOP, lambda: datetime.now(UTC))
    return cluster


def with_status_of(cluster: FilesCluster, other: FilesCluster) -> FilesCluster:
    """Give an object the status of another cluster's: as if its ConfigMap had changed since."""
    status = (other.schema_sync(SHOP) or {})["status"]
    assert isinstance(status, Mapping)
    cluster.patch_status(SHOP, status, _version(cluster))
    return cluster


def _version(cluster: FilesCluster) -> str:
    metadata = (cluster.schema_sync(SHOP) or {})["metadata"]
    assert isinstance(metadata, Mapping)
    return str(metadata["resourceVersion"])


def test_a_schema_sync_is_ready_when_it_says_so_of_the_files_that_there_are(database: Database) -> None:
    cluster = manifests(database, V1)
    unknown = SchemaSyncLook(cluster, SHOP)()
    assert (unknown.why, unknown.final) == (
        "SchemaSync shop/shop has changed, and the operator has not looked at it yet",
        False,
    )
    assert SchemaSyncLook(reconciled(cluster), SHOP)() == Look()


def test_ready_of_older_files_is_not_ready(database: Database) -> None:
    old = reconciled(manifests(database, V1))
    look = SchemaSyncLook(with_status_of(manifests(database, V2), old), SHOP)()
    assert look.why == "the ConfigMaps of SchemaSync shop/shop have changed since it was synced"


def test_a_schema_sync_that_waits_for_somebody_ends_with_2_if_it_still_does(
    database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    cluster = reconciled(manifests(database, V1, policy={"mode": "Plan"}))
    assert wait(SchemaSyncLook(cluster, SHOP), 0) == ExitCode.REFUSED
    assert "SchemaSync shop/shop is not Ready: Planned, " in capfd.readouterr().err


def test_a_schema_sync_that_fails_or_is_not_there_ends_with_1(
    database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    cluster = reconciled(manifests(database, BROKEN))
    assert wait(SchemaSyncLook(cluster, SHOP), 0) == ExitCode.FAILED
    assert "m.as:5:9" in capfd.readouterr().err
    assert wait(SchemaSyncLook(cluster, Ref("shop", "other")), 0) == ExitCode.FAILED
    assert capfd.readouterr().err == "error: there is no SchemaSync shop/other (given up after 0 s)\n"


def test_a_schema_sync_of_a_cluster_is_waited_for(apiserver: ApiServer, operator_kubeconfig: Path) -> None:
    del operator_kubeconfig  # the resource is installed
    namespace = Namespace(apiserver)
    command = ("wait", "shop", "--namespace", namespace.name, "--timeout", "0s")
    kubeconfig = {"KUBECONFIG": str(apiserver.kubeconfig)}
    missing = schemasync(*command, more=kubeconfig)
    assert (missing.returncode, missing.stdout) == (1, "")
    assert f"there is no SchemaSync {namespace.name}/shop" in missing.stderr
    namespace.files({"user.as": V1})
    namespace.apply(schema_sync())
    try:
        unseen = schemasync(*command, more=kubeconfig)
        assert unseen.returncode == 1
        assert "the operator has not looked at it yet" in unseen.stderr
        show_ready(apiserver, namespace, "0" * 64)
        assert "have changed since it was synced" in schemasync(*command, more=kubeconfig).stderr
        digest = sync.Source({"user.as": V1}).digest
        show_ready(apiserver, namespace, digest)
        ready = schemasync(*command, more=kubeconfig)
        assert (ready.returncode, ready.stderr) == (0, "")
    finally:
        namespace.clean()


def show_ready(apiserver: ApiServer, namespace: Namespace, digest: str) -> None:
    """Write what an operator would."""
    condition = {
        "type": "Ready",
        "status": "True",
        "reason": "Synced",
        "message": "the database has this schema",
        "lastTransitionTime": "2026-01-31T12:00:00Z",
        "observedGeneration": 1,
    }
    source = {"configMaps": [{"name": "shop-schema", "resourceVersion": "1"}], "digest": digest}
    status = {"observedGeneration": 1, "phase": "Synced", "source": source, "conditions": [condition]}
    path = f"/apis/schemasync.dev/v1alpha1/namespaces/{namespace.name}/schemasyncs/shop/status"
    apiserver.client.request("PATCH", path, {"status": status}, "merge-patch+json")


def test_without_a_cluster_a_name_is_wrong_usage() -> None:
    ended = schemasync("wait", "shop", more=NO_CLUSTER)
    assert ended.returncode == 64
    assert "no Kubernetes cluster" in ended.stderr

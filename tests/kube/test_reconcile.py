"""A reconcile ends in a condition, whatever happens; the database is real, the cluster is of files."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemasync import sync
from schemasync.errors import ConnectionFailed
from schemasync.kube.cluster import ClusterError
from schemasync.kube.files import FilesCluster
from schemasync.kube.interest import Interest, Remembering
from schemasync.kube.queue import Outcome
from schemasync.kube.reconcile import reconcile
from schemasync.kube.spec import Ref
from schemasync.kube.status import condition
from testbed.databases import Database
from tests.kube.support import USERS, schema_sync

SHOP = Ref("default", "shop")
LOCK = """
    INSERT INTO __atscript_control (_id, "lockedBy", "lockedAt", "expiresAt")
    VALUES ('sync_lock', 'somebody/else', 0, extract(epoch FROM clock_timestamp()) * 1000 + 3600000)
"""
NESTED = "schema configMaps name items key path space database secretRef lock ttl"
FIELD = st.sampled_from([*NESTED.split(), "policy", "mode", "lockTimeout", "suspend", "other"])


def now() -> datetime:
    return datetime.now(UTC)


def documents(url: str, **spec: Any) -> list[tuple[str, object]]:
    files = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shop-schema"}}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "shop-db"},
        "stringData": {"url": url},
    }
    made = [schema_sync(**spec), {**files, "data": {"user.as": USERS}}, secret]
    return [("test", document) for document in made]


def status(cluster: FilesCluster) -> Any:
    return (cluster.schema_sync(SHOP) or {}).get("status")


class Recording(FilesCluster):
    """Keeps the phases that were shown, and lets something happen before a patch."""

    def __init__(self, given: list[tuple[str, object]]) -> None:
        super().__init__(given)
        self.patches: list[Mapping[str, object]] = []
        self.before_patch: Callable[[], None] = lambda: None

    def patch_status(self, ref: Ref, patch: Mapping[str, object], version: str) -> Mapping[str, object]:
        self.before_patch()
        body = super().patch_status(ref, patch, version)
        self.patches.append(patch)
        return body

    def empty(self) -> None:
        self._objects.clear()

    def edit(self, **annotations: str) -> None:
        """Change the SchemaSync as somebody does: another spec is another generation."""
        body: Any = self.schema_sync(SHOP)
        metadata = {**body["metadata"], "annotations": annotations}
        if not annotations:
            metadata["generation"] += 1
        self._store(SHOP, {**body, "metadata": metadata})

    @property
    def phases(self) -> list[object]:
        return [patch["phase"] for patch in self.patches if "phase" in patch]


def test_each_phase_is_one_patch(database: Database) -> None:
    cluster = Recording(documents(database.url))
    assert reconcile(cluster, sync, SHOP, now) == Outcome()
    assert cluster.phases == ["Pending", "Planning", "Syncing", "Synced"]
    assert len(cluster.patches) == 4
    assert [event.reason for _, event in cluster.events] == ["SyncStarted", "SyncDone"]


def test_nothing_is_written_when_nothing_is_new(database: Database) -> None:
    cluster = Recording(documents(database.url))
    reconcile(cluster, sync, SHOP, now)
    reconcile(cluster, sync, SHOP, now)
    assert [patch.get("result") for patch in cluster.patches[4:]] == ["up-to-date"]
    reconcile(cluster, sync, SHOP, now)
    assert len(cluster.patches) == 5
    assert len(cluster.events) == 2


def test_a_conflict_is_patched_again_over_what_is_there_now(database: Database) -> None:
    cluster = Recording(documents(database.url))
    meddled: list[int] = []

    def meddle() -> None:
        if len(meddled) < 3:
            meddled.append(1)
            body: Any = cluster.schema_sync(SHOP)
            version = body["metadata"]["resourceVersion"]
            FilesCluster.patch_status(cluster, SHOP, {"phase": "Failed", "lock": {"holder": "x"}}, version)

    cluster.before_patch = meddle
    assert reconcile(cluster, sync, SHOP, now) == Outcome()
    assert status(cluster)["phase"] == "Synced"
    assert "lock" not in status(cluster)


@pytest.mark.parametrize("annotations", [{}, {"schemasync.dev/force": "once"}])
def test_an_edit_in_the_middle_of_a_run_is_looked_at_after_it(
    database: Database, annotations: dict[str, str]
) -> None:
    cluster, interest = Recording(documents(database.url)), Interest()
    edits = [lambda: cluster.edit(**annotations)]
    cluster.before_patch = lambda: edits.pop()() if edits else None
    outcome = reconcile(Remembering(cluster, SHOP, interest), sync, SHOP, now)
    assert outcome == Outcome(requeue_after=0)
    edited: Any = cluster.schema_sync(SHOP)
    assert interest.changed(SHOP, edited)
    assert reconcile(Remembering(cluster, SHOP, interest), sync, SHOP, now) == Outcome()
    assert not interest.changed(SHOP, edited)
    assert status(cluster)["observedGeneration"] == edited["metadata"]["generation"]
    assert status(cluster).get("lastHandledForce") == annotations.get("schemasync.dev/force")


def test_a_database_is_taken_over_once_by_each_annotation(database: Database) -> None:
    mine, theirs = (Recording(documents(database.url)) for _ in range(2))
    theirs.name = "other"
    owners = {mine.name: "local/default/shop", theirs.name: "other/default/shop"}

    def look(cluster: Recording, take_over: str | None = None) -> tuple[object, object]:
        cluster.edit(**({"schemasync.dev/take-over": take_over} if take_over else {}))
        reconcile(cluster, sync, SHOP, now)
        return status(cluster)["phase"], condition(status(cluster), "Ready")["message"]

    assert look(mine)[0] == "Synced"
    assert look(theirs)[0] == "Blocked"
    assert look(theirs, owners["local"])[0] == "Synced"
    assert status(theirs)["lastHandledTakeOver"] == owners["local"]
    assert look(mine, owners["other"])[0] == "Synced"
    phase, message = look(theirs, owners["local"])
    assert phase == "Blocked"
    assert "schemasync.dev/take-over has been used: remove it, and set it anew" in str(message)
    # Without the annotation it is forgotten, so that it can be set again.
    assert look(theirs)[0] == "Blocked"
    assert "lastHandledTakeOver" not in status(theirs)
    assert look(theirs, owners["local"])[0] == "Synced"


def test_a_plan_does_not_use_an_annotation_up(database: Database) -> None:
    reconcile(Recording(documents(database.url)), sync, SHOP, now)
    theirs = Recording(documents(database.url, policy={"mode": "Plan"}))
    theirs.name = "other"
    theirs.edit(**{"schemasync.dev/take-over": "local/default/shop"})
    reconcile(theirs, sync, SHOP, now)
    assert status(theirs)["result"] == "up-to-date"
    assert "lastHandledTakeOver" not in status(theirs)


def test_waiting_for_a_lock_is_told_once(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    cluster = Recording(documents(database.url))
    reconcile(cluster, sync, SHOP, now)
    with database.connect() as connection:
        connection.execute(LOCK)
    cluster.edit(**{"schemasync.dev/force": "again"})
    for _ in range(3):
        assert reconcile(cluster, sync, SHOP, now) == Outcome(requeue_after=0.5)
    assert caplog.text.count("waiting for it") == 1
    with database.connect() as connection:
        connection.execute("UPDATE __atscript_control SET \"lockedBy\" = 'me' WHERE _id = 'sync_lock'")
    reconcile(cluster, sync, SHOP, now)
    assert caplog.text.count("waiting for it") == 2


@pytest.mark.parametrize("phase", ["Pending", "Planning", "Syncing"])
def test_an_object_deleted_in_the_middle_ends_the_matter_and_nothing_is_applied(
    database: Database, phase: str
) -> None:
    cluster = Recording(documents(database.url))
    before = {"Pending": None, "Planning": "Pending", "Syncing": "Planning"}[phase]

    def delete() -> None:
        if (status(cluster) or {}).get("phase") == before:
            cluster.empty()

    cluster.before_patch = delete
    assert reconcile(cluster, sync, SHOP, now) == Outcome()
    assert cluster.schema_sync(SHOP) is None
    with database.connect() as connection:
        assert connection.execute("SELECT to_regclass('users')").fetchone() == (None,)
        if phase != "Pending":
            rows = "SELECT FROM pg_tables WHERE tablename = '__atscript_control'"
            made = connection.execute(rows).fetchall()
            held = made and connection.execute("SELECT FROM __atscript_control").fetchall()
            assert not held


def test_a_cluster_that_cannot_be_reached_is_asked_again(database: Database) -> None:
    cluster = Recording(documents(database.url))

    def fail() -> None:
        raise ClusterError("the API server cannot be reached")

    cluster.before_patch = fail
    assert reconcile(cluster, sync, SHOP, now) == Outcome(back_off=True)
    cluster.before_patch = lambda: None
    assert reconcile(cluster, sync, SHOP, now) == Outcome()
    assert status(cluster)["phase"] == "Synced"
    assert status(cluster)["lastSync"]["result"] == "up-to-date"


def test_what_is_not_there_or_on_its_way_out_is_left_alone() -> None:
    given = documents("postgresql://u@h/d")
    given[0][1]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"  # type: ignore[index]
    cluster = FilesCluster(given)
    assert reconcile(cluster, sync, SHOP, now) == Outcome()
    assert reconcile(cluster, sync, Ref("default", "none"), now) == Outcome()
    assert status(cluster) is None


def test_a_spec_that_no_api_server_has_checked_is_checked_here() -> None:
    cluster = FilesCluster(documents("postgresql://u@h/d", policy={"mode": "Maybe"}))
    assert reconcile(cluster, sync, SHOP, now) == Outcome(requeue_after=600)
    assert condition(status(cluster), "Ready")["reason"] == "InvalidSpec"
    assert "spec.policy.mode" in str(condition(status(cluster), "Ready")["message"])


def test_an_annotation_that_is_no_text_is_an_error_that_names_it() -> None:
    given = documents("postgresql://u@h/d")
    given[0][1]["metadata"]["annotations"] = {"schemasync.dev/force": 1, "other.dev/x": 2}  # type: ignore[index]
    cluster = FilesCluster(given)
    reconcile(cluster, sync, SHOP, now)
    ready = condition(status(cluster), "Ready")
    assert ready["reason"] == "InvalidSpec"
    assert ready["message"] == "metadata.annotations.schemasync.dev/force: must be a text: put it in quotes"


class Broken:
    """A pipe with a mistake in it."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def sync(self, request: object, **_: object) -> sync.SyncResult:
        del request
        raise self._error

    plan = sync


@pytest.mark.parametrize("error", [KeyError("s3cr3t"), RuntimeError("s3cr3t")])
def test_an_error_of_our_own_is_a_condition_without_its_text(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    cluster = FilesCluster(documents("postgresql://u@h/d"))
    assert reconcile(cluster, Broken(error), SHOP, now) == Outcome(back_off=True)
    ready = condition(status(cluster), "Ready")
    assert ready["reason"] == "InternalError"
    assert type(error).__name__ in str(ready["message"])
    assert "s3cr3t" not in f"{status(cluster)}{caplog.text}"


def test_another_mistake_of_a_schema_is_told_anew(database: Database) -> None:
    given = documents(database.url)
    cluster = FilesCluster(given)
    for broken in ("strin.email", "string.emai", "string.emai"):
        files = {"user.as": USERS.replace("string.email", broken)}
        cluster._objects["ConfigMap", Ref("default", "shop-schema")]["data"] = files  # noqa: SLF001 - as an edit
        reconcile(cluster, sync, SHOP, now)
    assert [event.reason for _, event in cluster.events] == ["SyncFailed", "SyncFailed"]


def test_a_retry_that_fails_alike_is_no_event_and_no_patch() -> None:
    cluster = Recording(documents("postgresql://u@h/d"))
    pipe = Broken(ConnectionFailed("no route to host"))
    for _ in range(3):
        assert reconcile(cluster, pipe, SHOP, now) == Outcome(back_off=True)
    assert len(cluster.patches) == 1
    assert [(event.reason, event.warning) for _, event in cluster.events] == [("SyncFailed", True)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELD, inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(json_values)
def test_no_spec_whatsoever_raises(spec: object) -> None:
    cluster = FilesCluster([("test", {**schema_sync(), "spec": spec})])
    reconcile(cluster, sync, SHOP, now)
    ready = condition(status(cluster), "Ready")
    assert ready["reason"] in {"InvalidSpec", "ConfigMapNotFound", "Suspended"}

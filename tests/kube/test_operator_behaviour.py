"""What an operator does when it is asked again, held up, kept out or cut off."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from testbed.apiserver import ApiServer
from testbed.databases import Database
from testbed.processes import Server, wait_until
from tests.kube.conftest import StartOperator
from tests.kube.support import USERS, WITHIN, Namespace, condition, current, phase_of, schema_sync, state

WITH_PHONE = USERS.replace("    name?: string\n", "    name?: string\n    phone?: string\n")
ORDER = """import { User } from './models/user'

@db.table 'orders'
export interface Order {
    @meta.id
    id: number.int
    @db.rel.FK
    userId: User.id
}
"""
LOCK = """
    INSERT INTO __atscript_control (_id, "lockedBy", "lockedAt", "expiresAt")
    VALUES ('sync_lock', 'somebody/else', 0, extract(epoch FROM clock_timestamp()) * 1000 + 3600000)
"""


def begin(namespace: Namespace, database: Database, name: str = "shop", **spec: object) -> None:
    namespace.files({"user.as": USERS})
    namespace.secret(database.url)
    namespace.apply(schema_sync(name, **spec))


@contextmanager
def applying(namespace: Namespace, database: Database) -> Iterator[None]:
    """Have something happen while a column is added to a table that another transaction holds."""
    begin(namespace, database, policy={"lockTimeout": "10m"})
    namespace.ready()
    with psycopg.connect(database.url) as holder:
        holder.execute("LOCK TABLE users IN SHARE MODE")
        namespace.files({"user.as": WITH_PHONE})
        namespace.wait(lambda body: phase_of(body) == "Syncing")
        yield


def annotate(namespace: Namespace, name: str = "shop", **values: str | None) -> None:
    annotations = {f"schemasync.dev/{key.replace('_', '-')}": value for key, value in values.items()}
    namespace.patch({"metadata": {"annotations": annotations}}, name)


def tables(database: Database) -> set[str]:
    with database.connect() as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {str(name) for (name,) in found}


def test_any_new_value_of_force_syncs_once_past_the_hash_check(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    begin(namespace, database)
    namespace.ready()
    with database.connect() as connection:
        connection.execute("DROP INDEX atscript__unique__email")
    annotate(namespace, force="once")
    body = namespace.wait(lambda body: body["status"].get("lastHandledForce") == "once")
    assert body["status"]["result"] == "synced"
    assert body["status"]["plan"]["summary"]["alter"] == 1
    assert operator.running
    namespace.files({"user.as": USERS, "touched.txt": ""})
    namespace.wait(lambda body: body["status"]["result"] == "up-to-date")


def test_a_suspended_object_is_left_alone_until_it_is_not(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    begin(namespace, database, suspend=True)
    body = namespace.wait(lambda body: phase_of(body) == "Suspended")
    assert (state(body, "Ready"), state(body, "Stalled")) == ("Unknown", "False")
    assert tables(database) == set()
    namespace.patch({"spec": {"suspend": False}})
    before = namespace.ready()
    namespace.patch({"spec": {"suspend": True}})
    body = namespace.wait(lambda body: phase_of(body) == "Suspended" and current(body))
    assert condition(body, "Ready") == condition(before, "Ready")
    assert operator.running


def test_mode_plan_shows_and_never_writes(namespace: Namespace, database: Database, operator: Server) -> None:
    begin(namespace, database, policy={"mode": "Plan"})
    body = namespace.shows("Planned", "PlanOnly")
    assert [state(body, kind) for kind in ("Ready", "Reconciling", "Stalled", "Planned")] == [
        "False",
        "False",
        "False",
        "True",
    ]
    assert body["status"]["plan"]["changes"] == "+1"
    assert any("CREATE TABLE" in text for text in body["status"]["plan"]["statements"])
    assert tables(database) == set()
    assert wait_until(lambda: [each["reason"] for each in namespace.events()] == ["PlanReady"], WITHIN)
    namespace.patch({"spec": {"policy": {"mode": "Apply"}}})
    namespace.ready()
    namespace.patch({"spec": {"policy": {"mode": "Plan"}}})
    assert namespace.ready()["status"]["result"] == "up-to-date"
    assert operator.running


def test_a_held_lock_is_waited_for_and_its_holder_named(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    begin(namespace, database)
    namespace.ready()
    with database.connect() as connection:
        connection.execute(LOCK)
    lock = {"ttl": "5s", "waitTimeout": "2s", "pollInterval": "100ms"}
    namespace.patch({"spec": {"lock": lock}})
    namespace.files({"user.as": WITH_PHONE})
    body = namespace.wait(lambda body: phase_of(body) == "Pending")
    assert body["status"]["lock"]["holder"] == "somebody/else"
    assert state(body, "Reconciling") == "True"
    body = namespace.shows("Failed", "LockTimeout")
    assert "somebody/else" in condition(body, "Ready")["message"]
    assert (state(body, "Reconciling"), state(body, "Stalled")) == ("True", "False")
    with database.connect() as connection:
        connection.execute("DELETE FROM __atscript_control WHERE _id = 'sync_lock'")
    body = namespace.ready()
    assert "lock" not in body["status"]
    assert operator.running


def test_the_second_owner_of_a_database_is_blocked_until_it_takes_over(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    begin(namespace, database)
    namespace.ready()
    namespace.files({"user.as": WITH_PHONE}, name="other-schema")
    other = {"configMaps": [{"name": "other-schema"}]}
    namespace.apply(schema_sync("other", schema=other))
    body = namespace.shows("Blocked", "OwnedByAnother", "other")
    message = condition(body, "Ready")["message"]
    owner = message.split("schemasync.dev/take-over=")[1]
    assert owner.endswith(f"/{namespace.name}/shop")
    with database.connect() as connection:
        connection.execute("SELECT name FROM users")
    annotate(namespace, "other", take_over=owner)
    namespace.ready("other")
    annotate(namespace, force="look")
    namespace.shows("Blocked", "OwnedByAnother")
    assert operator.running


def test_an_owner_that_is_gone_is_replaced(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    begin(namespace, database)
    namespace.ready()
    namespace.delete("schemasyncs", "shop")
    namespace.apply(schema_sync("other"))
    namespace.ready("other")
    with database.connect() as connection:
        row = connection.execute(
            "SELECT value FROM __atscript_control WHERE _id = 'schemasync:owner'"
        ).fetchone()
    assert row is not None
    assert str(row[0]).endswith(f"/{namespace.name}/other")
    assert operator.running


def test_an_api_server_that_comes_back_is_heard_again(
    namespace: Namespace, database: Database, controlled_apiserver: ApiServer, operator: Server
) -> None:
    begin(namespace, database)
    namespace.ready()
    controlled_apiserver.stop_api()
    time.sleep(2)
    controlled_apiserver.start_api()
    namespace.files({"user.as": WITH_PHONE})
    body = namespace.wait(lambda body: len(body["status"]["history"]) == 2)
    assert phase_of(body) == "Synced"
    assert operator.running


def test_an_api_server_that_is_away_while_a_sync_runs_learns_its_end(
    namespace: Namespace, database: Database, controlled_apiserver: ApiServer, operator: Server
) -> None:
    with applying(namespace, database):
        controlled_apiserver.stop_api()
    # What it was doing ends without the API server.
    query = (
        "SELECT count(*) FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'phone'"
    )
    with database.connect() as connection:
        assert wait_until(lambda: connection.execute(query).fetchone() == (1,), WITHIN)
    controlled_apiserver.start_api()
    body = namespace.wait(lambda body: phase_of(body) == "Synced")
    assert state(body, "Ready") == "True"
    assert operator.running


def test_what_is_edited_while_a_sync_runs_is_looked_at_after_it(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    with applying(namespace, database):
        namespace.patch({"spec": {"lock": {"waitTimeout": "61s"}}})
        annotate(namespace, force="once")
    body = namespace.wait(lambda body: body["status"].get("lastHandledForce") == "once")
    assert (phase_of(body), current(body)) == ("Synced", True)
    assert operator.running


def test_a_config_map_that_is_deleted_while_a_sync_runs_is_missed_after_it(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    with applying(namespace, database):
        namespace.delete("configmaps", "shop-schema")
    namespace.shows("Failed", "ConfigMapNotFound")
    assert operator.running


def test_an_object_that_is_made_anew_while_a_sync_of_it_runs_is_looked_at(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    with applying(namespace, database):
        namespace.delete("schemasyncs", "shop")
        uid = namespace.apply(schema_sync())["metadata"]["uid"]
    body = namespace.ready()
    assert (body["metadata"]["uid"], len(body["status"]["history"])) == (uid, 1)
    assert "WARNING" not in operator.log.read_text()


def test_an_object_that_is_deleted_while_a_sync_runs_leaves_no_complaint(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    with applying(namespace, database):
        namespace.delete("schemasyncs", "shop")
    namespace.apply(schema_sync("other"))
    namespace.ready("other")
    assert "WARNING" not in operator.log.read_text()


def test_a_namespace_that_is_on_its_way_out_leaves_no_complaint(
    apiserver: ApiServer, namespace: Namespace, database: Database, operator: Server
) -> None:
    with applying(namespace, database):
        apiserver.client.request("DELETE", f"/api/v1/namespaces/{namespace.name}")
    # No controller empties it here: what is in it stays, and nothing new can be made.
    namespace.wait(lambda body: phase_of(body) == "Synced")
    namespace.patch({"spec": {"suspend": True}})
    namespace.wait(lambda body: phase_of(body) == "Suspended")
    assert "WARNING" not in operator.log.read_text()


def test_a_config_map_that_is_deleted_is_missed(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    begin(namespace, database)
    namespace.ready()
    namespace.delete("configmaps", "shop-schema")
    namespace.shows("Failed", "ConfigMapNotFound")
    assert "users" in tables(database)
    namespace.files({"user.as": USERS})
    namespace.ready()
    assert operator.running


def test_files_of_several_config_maps_are_merged_by_their_paths(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    namespace.files({"user": USERS}, name="one")
    namespace.files({"order.as": ORDER}, name="two")
    namespace.secret(database.url)
    items = [{"key": "user", "path": "models/user.as"}]
    namespace.apply(schema_sync(schema={"configMaps": [{"name": "one", "items": items}, {"name": "two"}]}))
    body = namespace.wait(lambda body: phase_of(body) in {"Failed", "Synced"})
    assert phase_of(body) == "Synced", condition(body, "Ready")
    assert {"users", "orders"} <= tables(database)
    assert [each["name"] for each in body["status"]["source"]["configMaps"]] == ["one", "two"]
    assert operator.running


def test_databases_that_never_answer_do_not_keep_others_waiting_for_ever(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://app:pw@127.0.0.1:{silent.getsockname()[1]}/shop"
        namespace.files({"user.as": USERS})
        namespace.secret(url, name="silent")
        for number in range(6):
            secret = {"secretRef": {"name": "silent"}, "connectTimeout": "1s"}
            namespace.apply(schema_sync(f"silent-{number}", database=secret))
        begin(namespace, database)
        namespace.ready()
        for number in range(6):
            namespace.shows("Failed", "ConnectionFailed", f"silent-{number}")
    assert operator.running


def test_the_operator_finds_its_own_patches_no_news(
    namespace: Namespace, database: Database, start: StartOperator
) -> None:
    operator = start("--namespace", namespace.name, "--debug")
    begin(namespace, database)
    before = namespace.ready()
    namespace.patch({"metadata": {"annotations": {"example.com/note": "not ours"}}})
    time.sleep(1)
    assert namespace.get()["status"] == before["status"]
    # A second look would have found it up to date, and been logged.
    assert operator.log.read_text().count(f"{namespace.name}/shop: ") == 1


def test_a_broken_secret_is_told_without_its_value(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    namespace.files({"user.as": USERS})
    namespace.secret("postgresql://app:s3cr3t?@db/shop?x#y")
    namespace.apply(schema_sync())
    body = namespace.shows("Failed", "SecretInvalid")
    assert "s3cr3t" not in f"{body}{namespace.events()}{operator.log.read_text()}"
    namespace.secret(database.url)
    namespace.ready()

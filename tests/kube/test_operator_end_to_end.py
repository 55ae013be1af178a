"""A SchemaSync, from the first apply to the last word: a real API server, database and operator process."""

import os
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest

from testbed.databases import Database
from testbed.deployment import SCHEMASYNC
from testbed.postgres import PostgresServer, Statement
from testbed.processes import Server, wait_until
from tests.kube.conftest import StartOperator
from tests.kube.support import USERS, WITHIN, Namespace, condition, current, phase_of, schema_sync, state

ORDERS = """import { User } from './user'

@db.table 'orders'
export interface Order {
    @meta.id
    @db.default.increment
    id: number.int

    @db.rel.FK
    @db.rel.onDelete 'cascade'
    @db.index.plain 'order_user'
    userId: User.id
}
"""
WITH_PHONE = USERS.replace("    name?: string\n", "    name?: string\n    phone?: string\n")
WITHOUT_NAME = USERS.replace("    name?: string\n", "")


def columns(database: Database, table: str = "users") -> set[str]:
    query = (
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
    )
    with database.connect() as connection:
        return {str(name) for (name,) in connection.execute(query, [table])}


def control(database: Database, key: str) -> str | None:
    with database.connect() as connection:
        row = connection.execute("SELECT value FROM __atscript_control WHERE _id = %s", [key]).fetchone()
    return None if row is None else str(row[0])


def locks(database: Database) -> int:
    with database.connect() as connection:
        query = "SELECT FROM __atscript_control WHERE _id = 'sync_lock'"
        return len(connection.execute(query).fetchall())


def begin(namespace: Namespace, database: Database, files: dict[str, str] | None = None) -> None:
    namespace.files(files or {"user.as": USERS})
    namespace.secret(database.url)
    namespace.apply(schema_sync())


def waits_for_a_lock(database: Database) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
    with database.server.connect() as connection:
        return connection.execute(query, [database.name]).fetchone() != (0,)


def is_idle(database: Database) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND application_name <> 'testbed'"
    with database.server.connect() as connection:
        return connection.execute(query, [database.name]).fetchone() == (0,)


def test_what_is_applied_becomes_tables_indexes_and_foreign_keys(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    begin(namespace, database, {"user.as": USERS, "order.as": ORDERS})
    body = namespace.ready()
    assert operator.running
    status = body["status"]
    assert (status["phase"], status["result"]) == ("Synced", "synced")
    assert [state(body, kind) for kind in ("Compiled", "Connected", "Planned")] == ["True"] * 3
    assert status["plan"]["summary"]["create"] == 2
    assert status["lastSync"]["statements"] == len(status["plan"]["statements"])
    assert columns(database) == {"id", "email", "name"}
    with database.connect() as connection:
        indexes = connection.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
        names = {str(name) for (name,) in indexes}
        keys = connection.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text, confdeltype::text "
            "FROM pg_constraint WHERE contype = 'f'"
        ).fetchall()
    assert {"atscript__unique__email", "atscript__plain__order_user"} <= names
    assert keys == [("orders", "users", "c")]
    assert control(database, "schema_version") == status["schemaHash"]
    assert control(database, "sync_lock") is None


def test_a_sync_is_told_by_events_and_by_the_log(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    begin(namespace, database)
    namespace.ready()
    assert wait_until(lambda: len(namespace.events()) == 2, WITHIN)
    events = [(event["type"], event["reason"]) for event in namespace.events()]
    assert events == [("Normal", "SyncStarted"), ("Normal", "SyncDone")]
    assert f"{namespace.name}/shop: Synced" in operator.log.read_text()


def test_looking_again_is_one_statement_and_at_most_one_patch(
    namespace: Namespace, database: Database, controlled_postgres: PostgresServer, operator: Server
) -> None:
    begin(namespace, database)
    before = namespace.ready()
    assert wait_until(lambda: is_idle(database), WITHIN)
    mark = controlled_postgres.mark()
    namespace.files({"user.as": USERS, "notes.txt": "this is no file of the schema"})
    body = namespace.wait(lambda body: body["status"]["source"] != before["status"]["source"])
    assert len(controlled_postgres.statements(mark, database=database.name)) == 1
    assert operator.running
    assert body["status"]["result"] == "up-to-date"
    assert body["status"]["lastSync"] == before["status"]["lastSync"]
    assert body["status"]["plan"] == before["status"]["plan"]
    # From now on nothing changes but the version of the ConfigMap.
    namespace.files({"user.as": USERS})
    again = namespace.wait(lambda found: found["status"]["source"] != body["status"]["source"])
    assert again["status"] == {**body["status"], "source": again["status"]["source"]}


def test_a_changed_config_map_is_applied_without_touching_the_object(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    begin(namespace, database)
    before = namespace.ready()
    namespace.files({"user.as": WITH_PHONE})
    body = namespace.wait(
        lambda body: (
            body["status"]["schemaHash"] != before["status"]["schemaHash"] and state(body, "Ready") == "True"
        )
    )
    assert operator.running
    assert columns(database) == {"id", "email", "name", "phone"}
    assert body["metadata"]["generation"] == before["metadata"]["generation"]
    assert [each["result"] for each in body["status"]["history"]] == ["synced", "synced"]


def test_an_error_of_the_schema_is_shown_with_its_place_and_touches_nothing(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    begin(namespace, database, {"models.as": USERS.replace("string.email", "strin.email")})
    body = namespace.shows("Failed", "SchemaInvalid")
    assert operator.running
    assert (state(body, "Stalled"), state(body, "Compiled")) == ("True", "False")
    assert condition(body, "Compiled")["message"].startswith("models.as:8:12: ")
    assert columns(database) == set()
    namespace.files({"models.as": USERS})
    namespace.ready()
    assert columns(database) == {"id", "email", "name"}


def test_a_missing_config_map_and_a_missing_secret_are_waited_for(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    namespace.apply(schema_sync())
    body = namespace.shows("Failed", "ConfigMapNotFound")
    assert (state(body, "Compiled"), state(body, "Stalled")) == ("False", "True")
    assert f"ConfigMap {namespace.name}/shop-schema does not exist" in condition(body, "Ready")["message"]
    namespace.files({"user.as": USERS})
    body = namespace.shows("Failed", "SecretNotFound")
    assert state(body, "Connected") == "False"
    namespace.secret(database.url)
    namespace.ready()
    assert operator.running


def test_a_wrong_password_is_tried_again_and_shown_nowhere(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    server = database.server
    role = server.create_role(password="right-pa55word")
    try:
        with database.connect() as connection:
            connection.execute(f"GRANT ALL ON SCHEMA public TO {role}")
        namespace.files({"user.as": USERS})
        namespace.secret(server.url(database.name, role, "wr0ng-secret"))
        namespace.apply(schema_sync())
        body = namespace.shows("Failed", "AuthenticationFailed")
        assert (state(body, "Connected"), state(body, "Stalled")) == ("False", "True")
        advice = f"correct user and password in Secret {namespace.name}/shop-db (key url)"
        assert condition(body, "Connected")["message"].endswith(advice)
        namespace.secret(server.url(database.name, role, "right-pa55word"))
        body = namespace.ready(seconds=60)
        shown = f"{body} {namespace.events()} {operator.log.read_text()}"
        assert "wr0ng-secret" not in shown
        assert "right-pa55word" not in shown
    finally:
        namespace.clean()
        operator.stop()
        with database.connect() as connection:
            connection.execute(f"DROP OWNED BY {role} CASCADE")
        server.drop_role(role)


def test_a_database_that_comes_back_is_synced(
    namespace: Namespace, database: Database, controlled_postgres: PostgresServer, operator: Server
) -> None:
    begin(namespace, database)
    namespace.ready()
    controlled_postgres.stop()
    namespace.files({"user.as": WITH_PHONE})
    body = namespace.wait(lambda body: phase_of(body) == "Failed")
    assert (state(body, "Reconciling"), state(body, "Stalled")) == ("True", "False")
    assert state(body, "Connected") == "False"
    controlled_postgres.start()
    namespace.ready()
    assert operator.running
    assert "phone" in columns(database)


def test_a_removed_column_blocks_and_keeps_its_rows(
    namespace: Namespace, database: Database, operator: Server
) -> None:
    begin(namespace, database)
    namespace.ready()
    with database.connect() as connection:
        connection.execute("INSERT INTO users (email, name) VALUES ('a@b.c', 'Ada')")
    namespace.files({"user.as": WITHOUT_NAME})
    body = namespace.shows("Blocked", "PlanError")
    assert operator.running
    assert (state(body, "Ready"), state(body, "Stalled"), state(body, "Planned")) == (
        "False",
        "True",
        "False",
    )
    assert "users" in condition(body, "Ready")["message"]
    assert body["status"]["plan"]["summary"]["alter"] == 1
    assert body["status"]["plan"]["destructive"] is True
    with database.connect() as connection:
        assert connection.execute("SELECT name FROM users").fetchall() == [("Ada",)]
    assert wait_until(lambda: "Blocked" in {event["reason"] for event in namespace.events()}, WITHIN)
    namespace.files({"user.as": USERS})
    body = namespace.ready()
    assert body["status"]["result"] == "up-to-date"
    assert "plan" not in body["status"]


def test_an_operator_killed_in_the_middle_leaves_nothing_half_done(
    namespace: Namespace, database: Database, start: StartOperator
) -> None:
    first = start()
    namespace.files({"user.as": USERS})
    namespace.secret(database.url)
    namespace.apply(schema_sync(policy={"lockTimeout": "10m"}))
    namespace.ready()
    with psycopg.connect(database.url) as holder:
        holder.execute("LOCK TABLE users IN SHARE MODE")
        namespace.files({"user.as": WITH_PHONE, "order.as": ORDERS})
        assert wait_until(lambda: waits_for_a_lock(database), WITHIN)
        assert phase_of(namespace.get()) == "Syncing"
        first.stop(signal.SIGKILL)
        assert columns(database, "orders") == set()
        start()
    body = namespace.wait(lambda body: phase_of(body) == "Synced")
    assert state(body, "Ready") == "True"
    assert "phone" in columns(database)
    assert columns(database, "orders") == {"id", "userId"}
    assert control(database, "schema_version") == body["status"]["schemaHash"]


def test_an_operator_that_is_told_to_end_in_the_middle_of_an_apply_lets_go_of_the_database(
    namespace: Namespace, database: Database, start: StartOperator
) -> None:
    first = start()
    namespace.files({"user.as": USERS})
    namespace.secret(database.url)
    namespace.apply(schema_sync(policy={"lockTimeout": "10m"}, lock={"ttl": "10m"}))
    namespace.ready()
    with psycopg.connect(database.url) as holder:
        holder.execute("LOCK TABLE users IN SHARE MODE")
        namespace.files({"user.as": WITH_PHONE, "order.as": ORDERS})
        assert wait_until(lambda: waits_for_a_lock(database), WITHIN)
        first.stop(patience=WITHIN)
        assert not waits_for_a_lock(database)
        assert locks(database) == 0
        assert columns(database, "orders") == set()
        body = namespace.get()
        assert (phase_of(body), state(body, "Reconciling")) == ("Pending", "True")
        assert "the operator ended during this sync" in condition(body, "Ready")["message"]
        assert "cut off" not in first.log.read_text()
    start()
    namespace.wait(lambda body: phase_of(body) == "Synced")
    assert "phone" in columns(database)


def test_a_restarted_operator_applies_nothing_again(
    namespace: Namespace, database: Database, controlled_postgres: PostgresServer, start: StartOperator
) -> None:
    first = start()
    begin(namespace, database)
    namespace.ready()
    first.stop()
    mark = controlled_postgres.mark()
    start()
    assert wait_until(lambda: controlled_postgres.statements(mark, database=database.name) != [], WITHIN)
    body = namespace.wait(lambda body: body["status"]["result"] == "up-to-date")
    assert len(body["status"]["history"]) == 1
    assert wait_until(lambda: is_idle(database), WITHIN)
    texts = [each.text.strip() for each in controlled_postgres.statements(mark, database=database.name)]
    assert all(text.startswith("SELECT") and "__atscript_control" in text for text in texts), texts


def test_of_two_operators_one_applies_and_the_other_finds_it_done(
    namespace: Namespace, database: Database, controlled_postgres: PostgresServer, start: StartOperator
) -> None:
    begin(namespace, database)
    operators = [start("--namespace", namespace.name, "--debug") for _ in range(2)]
    assert all(wait_until(lambda: "shop: Synced" in each.log.read_text(), WITHIN) for each in operators)  # noqa: B023
    seen = [len(each.log.read_text()) for each in operators]
    mark = controlled_postgres.mark()

    def statements(text: str) -> list[Statement]:
        logged = controlled_postgres.statements(mark, database=database.name)
        return [each for each in logged if text in each.text]

    with psycopg.connect(database.url) as holder:
        holder.execute("LOCK TABLE users IN SHARE MODE")
        namespace.files({"user.as": WITH_PHONE})
        assert wait_until(lambda: waits_for_a_lock(database), WITHIN)
        [applying] = statements("ALTER TABLE")
        # The other one has come to the lock, and found it held.
        acquire = 'ON CONFLICT ("_id") DO NOTHING'
        assert wait_until(lambda: {each.pid for each in statements(acquire)} > {applying.pid}, WITHIN)

    def told() -> list[str]:
        return [each.log.read_text()[at:] for each, at in zip(operators, seen, strict=True)]

    assert wait_until(lambda: all("shop: Synced" in text for text in told()), WITHIN)
    assert sorted("was applied" in text for text in told()) == [False, True]
    assert statements("ALTER TABLE") == [applying]
    assert columns(database) == {"id", "email", "name", "phone"}


def test_an_object_deleted_while_no_operator_runs_is_gone_at_once(
    namespace: Namespace, database: Database, start: StartOperator
) -> None:
    first = start()
    begin(namespace, database)
    metadata = namespace.ready()["metadata"]
    assert "finalizers" not in metadata
    assert "annotations" not in metadata
    first.stop()
    namespace.delete("schemasyncs", "shop")
    assert not namespace.has("schemasyncs", "shop")
    assert columns(database) == {"id", "email", "name"}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_an_operator_that_is_told_to_end_ends_well(
    namespace: Namespace, operator_kubeconfig: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    log = tmp_path / "operator.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(SCHEMASYNC), "operator", "--namespace", namespace.name],
            env={"PATH": os.defpath, "HOME": str(tmp_path), "KUBECONFIG": str(operator_kubeconfig)},
            stderr=output,
        )
        assert wait_until(lambda: "watching" in log.read_text(), WITHIN)
        process.send_signal(number)
        assert process.wait(WITHIN) == code
    assert "INFO ended\n" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_every_namespace_is_watched_when_asked_for(
    namespace: Namespace, database: Database, start: StartOperator
) -> None:
    start("--all-namespaces", "--log-format", "json")
    begin(namespace, database)
    assert current(namespace.ready())

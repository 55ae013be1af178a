import json
import re
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest

from schemasync.control import LockSettings, Owner
from schemasync.engines.base import Target, Timeouts
from schemasync.errors import (
    ConnectionFailed,
    InvalidTarget,
    LockTimeout,
    OwnedByAnother,
    Refused,
    StatementFailed,
)
from schemasync.plan import Entry, EntryStatus, HazardKind, Plan, Statement
from schemasync.sync import Phase, Request, Source, Status, SyncResult, plan, sync
from testbed.databases import Database
from testbed.postgres import PostgresServer

USERS = """
@db.table 'users'
export interface User {
  @meta.id
  @db.default.increment
  id: number
  @db.index.unique 'email'
  email: string.email
  name?: string
  @db.default '0'
  points: number.int
  @db.default.now
  createdAt?: number.timestamp
}
"""
ORDERS = """
import { User } from './user'

@db.table 'orders'
export interface Order {
  @meta.id
  @db.default.uuid
  id: string.uuid
  @db.rel.FK
  @db.rel.onDelete 'cascade'
  userId: User.id
  @db.index.plain 'placed', 'desc'
  placedAt: number.timestamp
  address?: {
    city: string
    zip?: string
  }
  tags: string[]
}
"""
SHOP = {"user.as": USERS, "order.as": ORDERS}
SHOP_2 = {**SHOP, "user.as": USERS.replace("name?: string", "name?: string\n  phone?: string")}
MINE = Owner(cluster="c1", namespace="shop", name="shop")
THEIRS = Owner(cluster="c1", namespace="other", name="shop")


def request(database: Database, files: Mapping[str, str], **options: Any) -> Request:
    target = {key: options.pop(key) for key in ("schema", "role", "url") if key in options}
    return Request(source=Source(files), target=Target(**{"url": database.url, **target}), **options)


def synced(database: Database, files: Mapping[str, str], **options: Any) -> SyncResult:
    result = sync(request(database, files, **options))
    assert result.status is Status.SYNCED, result
    return result


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    with database.connect() as connection:
        return connection.execute(query.encode()).fetchall()


def run(database: Database, *commands: str) -> None:
    with database.connect() as connection:
        for command in commands:
            connection.execute(command.encode())


def columns(database: Database, table: str) -> list[str]:
    query = "SELECT table_name, column_name FROM information_schema.columns ORDER BY ordinal_position"
    return [column for owner, column in rows(database, query) if owner == table]


def tables(database: Database) -> set[str]:
    query = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information)'"
    return {row[0] for row in rows(database, query)} - {"public.__atscript_control"}


def control(database: Database) -> dict[str, str]:
    return dict(rows(database, 'SELECT "_id", "value" FROM "__atscript_control"'))


def entry(result: SyncResult, name: str) -> Entry:
    assert result.plan is not None
    return next(each for each in result.plan.entries if each.name == name)


def one_table(*fields: str, name: str = "t") -> dict[str, str]:
    body = "\n  ".join(("@meta.id\n  id: number.int", *fields))
    return {"m.as": f"@db.table '{name}'\nexport interface T {{\n  {body}\n}}\n"}


def test_a_first_sync_makes_tables_indexes_and_foreign_keys(database: Database) -> None:
    result = synced(database, SHOP)
    assert tables(database) == {"public.users", "public.orders"}
    definitions = {
        row[0] for row in rows(database, "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")
    }
    assert "CREATE UNIQUE INDEX atscript__unique__email ON public.users USING btree (email)" in definitions
    assert (
        'CREATE INDEX atscript__plain__placed ON public.orders USING btree ("placedAt" DESC)' in definitions
    )
    keys = rows(database, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'")
    assert keys == [('FOREIGN KEY ("userId") REFERENCES users(id) ON DELETE CASCADE',)]
    assert entry(result, "users").status is EntryStatus.CREATE


def test_a_first_sync_makes_columns_with_types_defaults_and_nullability(database: Database) -> None:
    synced(database, SHOP)
    found = rows(
        database,
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity, "
        "pg_get_expr(adbin, adrelid) FROM pg_attribute a "
        "LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum "
        "WHERE attrelid IN ('users'::regclass, 'orders'::regclass) AND attnum > 0",
    )
    assert set(found) >= {
        ("points", "integer", True, "", "0"),
        ("createdAt", "bigint", False, "", "((EXTRACT(epoch FROM now()) * (1000)::numeric))::bigint"),
        ("name", "text", False, "", None),
        ("address__city", "text", False, "", None),
        ("tags", "jsonb", True, "", None),
    }
    assert ("id", "bigint", True, "d", None) in found


def test_the_control_table_holds_what_other_writers_expect(database: Database) -> None:
    result = synced(database, SHOP, owner=MINE)
    stored = control(database)
    assert stored["schema_version"] == result.hash
    assert json.loads(stored["synced_tables"]) == [
        {"name": "orders", "isView": False},
        {"name": "users", "isView": False},
    ]
    assert json.loads(stored["table_snapshot:users"])["tableName"] == "users"
    assert stored["schemasync:relation:users"] == "public"
    assert stored["schemasync:owner"] == str(MINE)
    assert "sync_lock" not in stored


def test_a_second_sync_is_up_to_date_after_exactly_one_statement(
    controlled_postgres: PostgresServer, database: Database
) -> None:
    synced(database, SHOP)
    mark = controlled_postgres.mark()
    result = sync(request(database, SHOP))
    assert result.status is Status.UP_TO_DATE
    assert len(controlled_postgres.statements(mark, database=database.name)) == 1


def test_files_that_mean_the_same_are_up_to_date_and_compiled_once(
    controlled_postgres: PostgresServer, database: Database
) -> None:
    synced(database, SHOP)
    commented = {**SHOP, "user.as": "// a comment\n" + USERS}
    phases: list[Phase] = []
    assert sync(request(database, commented)).status is Status.UP_TO_DATE
    mark = controlled_postgres.mark()
    again = sync(request(database, commented), observe=lambda phase, _: phases.append(phase))
    assert again.status is Status.UP_TO_DATE
    assert phases == [Phase.CHECKING]
    assert len(controlled_postgres.statements(mark, database=database.name)) == 1


def test_an_unchanged_file_set_is_not_compiled(database: Database) -> None:
    synced(database, SHOP)
    phases: list[Phase] = []
    sync(request(database, SHOP), observe=lambda phase, _: phases.append(phase))
    assert phases == [Phase.CHECKING]


def test_going_back_to_an_older_schema_is_not_mistaken_for_up_to_date(database: Database) -> None:
    synced(database, SHOP)
    synced(database, SHOP_2)
    assert entry(synced(database, SHOP), "users").destructive
    assert "phone" not in columns(database, "users")


def test_an_added_column_is_added_and_rows_survive(database: Database) -> None:
    synced(database, SHOP)
    run(database, "INSERT INTO users (email, name) VALUES ('a@example.com', 'Ann')")
    result = synced(database, SHOP_2)
    assert entry(result, "users").status is EntryStatus.ALTER
    assert entry(result, "orders").status is EntryStatus.IN_SYNC
    assert rows(database, "SELECT id, email, name, phone, points FROM users") == [
        (1, "a@example.com", "Ann", None, 0)
    ]


def test_a_required_column_fills_rows_with_zero_values_and_keeps_no_default(database: Database) -> None:
    synced(database, one_table())
    run(database, "INSERT INTO t VALUES (1)")
    added = ("s: string", "n: number.int", "b: boolean", "j: string[]", "d: decimal")
    result = synced(database, one_table(*added))
    assert rows(database, "SELECT s, n, b, j, d FROM t") == [("", 0, False, {}, 0)]
    assert rows(database, "SELECT count(*) FROM pg_attrdef WHERE adrelid = 't'::regclass") == [(0,)]
    assert {each.kind for each in entry(result, "t").hazards} == {HazardKind.BACKFILLS}


def test_a_required_column_with_a_default_fills_rows_with_it(database: Database) -> None:
    synced(database, one_table())
    run(database, "INSERT INTO t VALUES (1)")
    synced(database, one_table("@db.default 'new'\n  state: string"))
    assert rows(database, "SELECT state FROM t") == [("new",)]


def test_an_added_column_that_refers_to_a_new_table_comes_after_it(database: Database) -> None:
    synced(database, one_table())
    files = {
        "m.as": "import { U } from './u'\n" + one_table("@db.rel.FK\n  uId?: U.id")["m.as"],
        "u.as": "@db.table 'zz'\nexport interface U {\n  @meta.id\n  id: number.int\n}\n",
    }
    synced(database, files)
    assert rows(database, "SELECT confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'") == [
        ("zz",)
    ]


def test_tables_that_refer_to_each_other_are_made(database: Database) -> None:
    files = {
        "a.as": "import { B } from './b'\n@db.table 'a'\nexport interface A {\n  @meta.id\n  id: number\n"
        "  @db.rel.FK\n  b?: B.id\n}\n",
        "b.as": "import { A } from './a'\n@db.table 'b'\nexport interface B {\n  @meta.id\n  id: number\n"
        "  @db.rel.FK\n  a?: A.id\n}\n",
    }
    synced(database, files)
    assert rows(database, "SELECT count(*) FROM pg_constraint WHERE contype = 'f'") == [(2,)]


def test_one_error_holds_back_all_other_changes_but_leaves_them_plannable(database: Database) -> None:
    synced(database, {**SHOP, **one_table("a?: number.int")})
    run(database, "INSERT INTO t VALUES (1, NULL)")
    result = sync(request(database, {**SHOP_2, **one_table("a: number.int")}))
    assert result.status is Status.REFUSED
    assert entry(result, "users").status is EntryStatus.ALTER
    assert entry(result, "t").errors == ("column a becomes required, and rows have no value in it (1 row)",)
    assert "phone" not in columns(database, "users")


def test_what_no_sync_made_is_left_alone(database: Database) -> None:
    run(database, "CREATE TABLE theirs (id int)")
    synced(database, SHOP)
    run(database, "CREATE INDEX by_hand ON users (name)")
    synced(database, SHOP_2)
    assert "public.theirs" in tables(database)
    assert ("by_hand",) in rows(database, "SELECT indexname FROM pg_indexes")


def test_a_table_that_is_there_already_is_adopted(database: Database) -> None:
    run(database, "CREATE TABLE t (id integer PRIMARY KEY)", "INSERT INTO t VALUES (7)")
    synced(database, one_table("a?: string"))
    assert rows(database, "SELECT * FROM t") == [(7, None)]


def test_a_view_in_the_place_of_a_table_is_refused_by_name(database: Database) -> None:
    run(database, "CREATE VIEW t AS SELECT 1 AS id")
    result = sync(request(database, one_table()))
    assert result.status is Status.REFUSED
    assert "public.t is a view" in (result.refusal or "")


@pytest.mark.parametrize(
    "fields",
    [
        ("@db.default.now\n  a?: number.timestamp", "@db.default.uuid\n  b: string"),
        (
            "@db.default 'it''s \\\\ 100%'\n  a: string".replace("''", "\\'"),
            "@db.default '-1.50'\n  b: decimal",
        ),
        (
            "@db.default 'true'\n  a: boolean",
            "@db.default '-3'\n  b: number.int",
            "@db.default '1e3'\n  c: number",
        ),
        ('@db.default \'{"b": 1, "a": [1, 2]}\'\n  @db.json\n  a: { b: number }',),
        ("@db.index.fulltext 'f'\n  a: string", "@db.index.fulltext 'f'\n  b?: string"),
        ("@db.column.collate 'binary'\n  a: string", "@expect.maxLength 10\n  b: string", "c: string.char"),
        ("@db.column.precision 12, 4\n  a: decimal", "@db.pg.type 'timestamptz'\n  b?: string"),
    ],
    ids=["functions", "text", "constants", "json", "fulltext", "text-types", "other-types"],
)
def test_what_was_made_is_found_in_sync(database: Database, fields: tuple[str, ...]) -> None:
    synced(database, one_table(*fields))
    again = plan(request(database, one_table(*fields), force=True))
    assert again.status is Status.UP_TO_DATE
    assert again.plan is not None
    assert again.plan.statements == ()


def test_a_default_changed_by_hand_is_put_back(database: Database) -> None:
    files = one_table("@db.default.now\n  a?: number.timestamp")
    synced(database, files)
    run(database, "ALTER TABLE t ALTER a SET DEFAULT 5")
    assert sync(request(database, files, force=True)).status is Status.SYNCED
    assert "EXTRACT" in rows(database, "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef")[0][0]


@pytest.mark.parametrize(
    "name", ["Mixed", "select", 'qu"ote', "50%", "ünïcødé", "a.b", "x" * 80, "é" * 40, "emoji😀"]
)
def test_any_name_is_made_and_found_in_sync(database: Database, name: str) -> None:
    files = one_table(f"@db.index.plain\n  @db.column '{name}'\n  a: string", name=name)
    synced(database, files)
    assert plan(request(database, files, force=True)).status is Status.UP_TO_DATE


def test_a_schema_that_a_table_names_is_made(database: Database) -> None:
    files = {"m.as": "@db.schema 'crm'\n" + one_table()["m.as"]}
    synced(database, files)
    assert tables(database) == {"crm.t"}
    assert control(database)["schemasync:relation:t"] == "crm"


def test_a_schema_that_the_server_keeps_to_itself_is_an_error_of_the_plan(database: Database) -> None:
    files = {"m.as": one_table()["m.as"].replace("export", "@db.schema 'pg_mine'\nexport")}
    result = plan(request(database, files))
    assert result.status is Status.ERROR
    assert re.search(r"schema pg_mine: .* \(m\.as:\d+:\d+\)", result.refusal or "")


def test_the_default_schema_holds_tables_and_the_control_table(database: Database) -> None:
    synced(database, one_table(), schema="app")
    assert tables(database) == {"app.t", "app.__atscript_control"}
    assert sync(request(database, one_table(), schema="app")).status is Status.UP_TO_DATE


def test_a_control_table_further_down_the_search_path_is_not_ours(database: Database) -> None:
    synced(database, one_table())
    with database.connect() as connection:
        connection.execute("CREATE SCHEMA app")
        connection.execute(f'ALTER DATABASE "{database.name}" SET search_path = app, public'.encode())
    synced(database, one_table())
    assert "app.t" in tables(database)


def test_a_plan_writes_nothing(database: Database) -> None:
    result = plan(request(database, SHOP))
    assert result.status is Status.CHANGES_NEEDED
    assert rows(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_the_plan_is_what_runs(controlled_postgres: PostgresServer, database: Database) -> None:
    planned = plan(request(database, SHOP)).plan
    mark = controlled_postgres.mark()
    done = synced(database, SHOP).plan
    assert planned is not None
    assert done is not None
    assert done.id == planned.id
    logged = [
        each.text.replace("\n\t", "\n")
        for each in controlled_postgres.statements(mark, database=database.name)
    ]
    commands = [each.command for each in planned.statements]
    assert [each for each in logged if each in commands] == commands


def test_a_schema_with_errors_touches_nothing(database: Database) -> None:
    result = sync(request(database, {"m.as": "this is not atscript"}))
    assert result.status is Status.FAILED
    assert result.diagnostics
    assert rows(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_a_decision_against_the_plan_is_heeded(database: Database) -> None:
    seen: list[Plan] = []

    def refuse(made: Plan) -> str:
        seen.append(made)
        return "not on a Friday"

    result = sync(request(database, SHOP), decide=refuse)
    assert result.status is Status.REFUSED
    assert result.refusal == "not on a Friday"
    assert [result.plan] == seen
    assert tables(database) == set()


def test_a_database_of_another_owner_is_refused_before_anything_is_written(database: Database) -> None:
    synced(database, SHOP, owner=MINE)
    before = control(database)
    with pytest.raises(OwnedByAnother, match="c1/shop/shop") as caught:
        sync(request(database, SHOP_2, owner=THEIRS))
    assert caught.value.owner == str(MINE)
    assert control(database) == before


def test_an_owner_that_is_named_is_taken_over_from(database: Database) -> None:
    synced(database, SHOP, owner=MINE)
    synced(database, SHOP, owner=THEIRS, take_over=str(MINE))
    assert control(database)["schemasync:owner"] == str(THEIRS)


def test_a_run_without_an_owner_respects_one_unless_it_is_forced(database: Database) -> None:
    synced(database, SHOP, owner=MINE)
    assert sync(request(database, SHOP)).status is Status.UP_TO_DATE
    with pytest.raises(OwnedByAnother):
        sync(request(database, SHOP_2))
    synced(database, SHOP_2, force_owner=True)
    assert control(database)["schemasync:owner"] == str(MINE)


def test_a_database_that_another_writer_synced_is_claimed(database: Database) -> None:
    synced(database, SHOP)
    synced(database, SHOP, owner=MINE)
    assert sync(request(database, SHOP, owner=MINE)).status is Status.UP_TO_DATE


def test_when_another_writer_changed_the_hash_the_database_is_planned_again(database: Database) -> None:
    synced(database, SHOP)
    rows(
        database, """UPDATE "__atscript_control" SET value = 'abc' WHERE _id = 'schema_version' RETURNING 1"""
    )
    assert sync(request(database, SHOP)).status is Status.SYNCED


def test_a_held_lock_ends_a_run_that_does_not_wait(database: Database) -> None:
    synced(database, SHOP)
    columns_and_values = """("_id", "lockedBy", "expiresAt") VALUES ('sync_lock', 'app-1', 9e15)"""
    run(database, 'INSERT INTO "__atscript_control" ' + columns_and_values)
    with pytest.raises(LockTimeout, match="app-1"):
        sync(request(database, SHOP_2, lock=LockSettings(wait=0)))
    assert "phone" not in columns(database, "users")


def test_many_at_once_apply_exactly_once(database: Database) -> None:
    statuses: list[Status] = []
    barrier = threading.Barrier(6)

    def race() -> None:
        barrier.wait()
        statuses.append(sync(request(database, SHOP, lock=LockSettings(poll=0.02))).status)

    threads = [threading.Thread(target=race) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == 6
    assert statuses.count(Status.SYNCED) == 1
    assert set(statuses) <= {Status.SYNCED, Status.SYNCED_BY_PEER, Status.UP_TO_DATE}


def test_whoever_waited_in_mid_apply_is_synced_by_the_peer(database: Database) -> None:
    waiting = threading.Event()
    statuses: list[Status] = []

    def follow() -> None:
        def observe(phase: Phase, _about: object) -> None:
            if phase is Phase.WAITING:
                waiting.set()

        statuses.append(sync(request(database, SHOP, lock=LockSettings(poll=0.02)), observe=observe).status)

    follower = threading.Thread(target=follow)

    def hold(phase: Phase, _about: object) -> None:
        if phase is Phase.SYNCING:
            follower.start()
            assert waiting.wait(60)

    assert sync(request(database, SHOP), observe=hold).status is Status.SYNCED
    follower.join()
    assert statuses == [Status.SYNCED_BY_PEER]


def test_rows_that_a_change_forbids_are_counted_and_not_quoted(database: Database) -> None:
    synced(database, one_table("a: string"))
    run(database, "INSERT INTO t VALUES (1, 'private'), (2, 'private'), (3, 'private')")
    result = sync(request(database, one_table("@db.index.unique\n  a: string")))
    assert result.status is Status.REFUSED
    assert "rows are equal in (a)" in (result.refusal or "")
    assert "(2 rows)" in (result.refusal or "")
    assert "private" not in (result.refusal or "")


def test_a_failing_statement_undoes_everything(database: Database) -> None:
    synced(database, one_table())
    run(database, "CREATE TYPE zz AS ENUM ('a')")
    before = control(database)
    files = {**one_table("b?: string"), "z.as": one_table(name="zz")["m.as"]}
    with pytest.raises(StatementFailed, match=r"public\.zz: create table"):
        sync(request(database, files))
    assert columns(database, "t") == ["id"]
    assert control(database) == before


def test_a_table_that_stays_locked_is_a_passing_failure(database: Database) -> None:
    synced(database, SHOP)
    with database.connect() as other, other.transaction():
        other.execute("LOCK TABLE users IN ACCESS SHARE MODE")
        with pytest.raises(StatementFailed) as caught:
            sync(request(database, SHOP_2, timeouts=Timeouts(lock=0.05)))
    assert caught.value.transient
    assert caught.value.reason == "LockNotAvailable"
    assert sync(request(database, SHOP_2)).status is Status.SYNCED


def test_what_is_made_belongs_to_the_role(database: Database) -> None:
    role = database.server.create_role()
    try:
        with database.connect() as connection:
            connection.execute(f"GRANT CREATE, USAGE ON SCHEMA public TO {role}".encode())
        synced(database, one_table(), role=role)
        owners = dict(
            rows(database, "SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public'")
        )
        assert owners["t"] == role
        assert owners["__atscript_control"] != role
    finally:
        with database.connect() as connection:
            connection.execute(f"DROP OWNED BY {role} CASCADE".encode())
        database.server.drop_role(role)


def test_a_role_that_the_login_may_not_take_is_refused_with_the_right_named(database: Database) -> None:
    login = database.server.create_role(password="x")
    owner = database.server.create_role()
    try:
        with database.connect() as connection:
            connection.execute(f"GRANT CREATE, USAGE ON SCHEMA public TO {login}".encode())
        url = database.server.url(database.name, login, "x")
        with pytest.raises(Refused, match=f'GRANT "{owner}" TO "{login}"'):
            sync(request(database, one_table(), url=url, role=owner))
        assert tables(database) == set()
    finally:
        with database.connect() as connection:
            connection.execute(f"DROP OWNED BY {login} CASCADE".encode())
        for role in (login, owner):
            database.server.drop_role(role)


def test_a_login_without_rights_fails_with_the_object_named(database: Database) -> None:
    login = database.server.create_role(password="x")
    try:
        url = database.server.url(database.name, login, "x")
        with pytest.raises(StatementFailed, match="public") as caught:
            sync(request(database, one_table(), url=url))
        assert caught.value.reason == "InsufficientPrivilege"
        assert not caught.value.transient
    finally:
        database.server.drop_role(login)


def test_planning_gives_up_on_a_locked_table_in_time(database: Database) -> None:
    synced(database, one_table("a?: string"))
    with database.connect() as other, other.transaction():
        other.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StatementFailed) as caught:
            sync(request(database, one_table(), timeouts=Timeouts(lock=0.05)))
    assert caught.value.reason == "LockNotAvailable"
    assert "sync_lock" not in control(database)


@pytest.mark.parametrize("phase", [Phase.PLANNING, Phase.SYNCING])
def test_a_connection_that_is_cut_is_a_passing_failure_in_words(database: Database, phase: Phase) -> None:
    def cut(now: Phase, _about: object) -> None:
        if now is phase:
            run(
                database,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'schemasync'",
            )

    with pytest.raises(ConnectionFailed) as caught:
        sync(request(database, SHOP), observe=cut)
    assert caught.value.transient
    assert tables(database) == set()
    if phase is Phase.SYNCING:
        assert "sync_lock" not in control(database)


@pytest.mark.parametrize("setting", ["idle_in_transaction_session_timeout", "transaction_timeout"])
def test_a_session_that_the_server_ends_for_its_time_is_a_passing_failure(
    database: Database, setting: str
) -> None:
    if not rows(database, f"SELECT FROM pg_settings WHERE name = '{setting}'"):
        pytest.skip("the server has no such setting")
    run(database, f"ALTER DATABASE {database.name} SET {setting} = 100")

    def hold_on(_number: int, _total: int, _statement: Statement) -> None:
        ended = (
            "SELECT FROM pg_stat_activity "
            "WHERE datname = current_database() AND state = 'idle in transaction'"
        )
        deadline = time.monotonic() + 30
        while rows(database, ended) and time.monotonic() < deadline:
            time.sleep(0.02)

    with pytest.raises(ConnectionFailed, match=setting) as caught:
        sync(request(database, SHOP), advance=hold_on)
    assert caught.value.transient


def test_a_standby_can_be_planned_for_and_says_that_it_is_one(
    controlled_postgres: PostgresServer, database: Database
) -> None:
    synced(database, SHOP)
    signal = controlled_postgres.data / "standby.signal"
    controlled_postgres.stop()
    signal.touch()
    try:
        controlled_postgres.start()
        assert sync(request(database, SHOP)).status is Status.UP_TO_DATE
        assert plan(request(database, SHOP_2)).status is Status.CHANGES_NEEDED
        with pytest.raises(StatementFailed, match="the server is a standby"):
            sync(request(database, SHOP_2))
    finally:
        controlled_postgres.stop()
        signal.unlink()
        controlled_postgres.start()


@pytest.mark.parametrize("path", ["''", "nowhere"])
def test_a_search_path_without_a_schema_is_told_and_a_named_schema_helps(
    database: Database, path: str
) -> None:
    run(database, f"ALTER DATABASE {database.name} SET search_path = {path}")
    with pytest.raises(InvalidTarget, match=r"name one in database\.schema"):
        plan(request(database, SHOP))
    assert synced(database, SHOP, schema="public").hash


def test_a_control_table_that_the_login_may_not_use_is_told_with_the_rights(database: Database) -> None:
    synced(database, SHOP)
    login = database.server.create_role(password="secret-enough")
    try:
        url = database.server.url(database.name, login, "secret-enough")
        with pytest.raises(StatementFailed, match="the login needs SELECT, INSERT, UPDATE and DELETE"):
            plan(request(database, SHOP_2, url=url))
    finally:
        database.server.drop_role(login)


def test_a_statement_timeout_of_the_database_is_named(database: Database) -> None:
    synced(database, SHOP)
    run(
        database,
        f"ALTER DATABASE {database.name} SET statement_timeout = 200",
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(10); RETURN NEW; END $$",
        'CREATE TRIGGER slow BEFORE INSERT ON "__atscript_control" FOR EACH ROW EXECUTE FUNCTION slow()',
    )
    with pytest.raises(StatementFailed, match="statement_timeout"):
        sync(request(database, SHOP_2))


def test_what_others_made_over_a_column_is_named_before_it_is_dropped(database: Database) -> None:
    synced(database, one_table("a?: number.int", "b?: number.int"))
    run(database, "ALTER TABLE t ADD CONSTRAINT less CHECK (a < b)", "CREATE INDEX by_hand ON t (a, b)")
    result = sync(request(database, one_table("a?: number.int")))
    assert result.status is Status.REFUSED
    assert "less" in (result.refusal or "")
    assert "by_hand" in (result.refusal or "")


def test_a_foreign_key_of_others_to_a_table_is_named_before_that_is_dropped(database: Database) -> None:
    u = one_table(name="u")["m.as"].replace("T {", "U {")
    synced(database, {**one_table("a?: number.int"), "u.as": u})
    run(database, "ALTER TABLE t ADD CONSTRAINT by_hand FOREIGN KEY (a) REFERENCES u (id)")
    result = sync(request(database, one_table("a?: number.int")))
    assert result.status is Status.REFUSED
    assert "by_hand" in (result.refusal or "")


def test_a_foreign_key_that_safe_mode_added_can_be_taken_back(database: Database) -> None:
    synced(database, one_table("a?: number.int", "b?: string"))
    synced(database, one_table("@db.rel.FK\n  a?: T.id"), safe=True)
    synced(database, one_table("a?: number.int", "b?: string"))
    assert rows(database, "SELECT count(*) FROM pg_constraint WHERE contype = 'f'") == [(0,)]


def test_safe_mode_comes_to_rest(database: Database) -> None:
    synced(database, one_table("a?: string", "b?: string"))
    added = one_table("@db.index.fulltext\n  b?: string", "@db.default.uuid\n  c: string")
    synced(database, added, safe=True)
    again = plan(request(database, added, safe=True)).plan
    assert again is not None
    assert again.statements == ()
    assert entry(synced(database, added, safe=True), "t").skipped == ("drop column a",)


def test_safe_mode_does_not_trip_over_what_it_leaves_out(database: Database) -> None:
    synced(database, one_table("a?: string"))
    run(database, "CREATE VIEW theirs AS SELECT a FROM t")
    result = synced(database, one_table("b?: string"), safe=True)
    assert entry(result, "t").skipped == ("drop column a",)
    assert columns(database, "t") == ["id", "a", "b"]


def test_a_schema_whose_name_is_hard_is_used_again_and_again(database: Database) -> None:
    for schema in ('we"ird%s', "é" * 40):
        synced(database, one_table(), schema=schema)
        assert sync(request(database, one_table(), schema=schema)).status is Status.UP_TO_DATE
        assert sync(request(database, one_table(), schema=schema, force=True)).status is Status.SYNCED


def test_a_row_without_a_value_counts_as_missing(database: Database) -> None:
    synced(database, SHOP)
    run(database, """INSERT INTO "__atscript_control" ("_id") VALUES ('schemasync:owner')""")
    synced(database, SHOP_2)


@pytest.mark.parametrize(
    "kind",
    [
        "timestamptz(3)",
        "timestamp (3) with time zone",
        "float(24)",
        "bit",
        "varbit(4)",
        "time",
        "integer[]",
        "mood",
    ],
)
def test_a_type_of_the_server_is_made_and_found_in_sync(database: Database, kind: str) -> None:
    run(database, "CREATE TYPE mood AS ENUM ('good', 'bad')")
    files = one_table(f"@db.pg.type '{kind}'\n  a?: string")
    synced(database, files)
    assert plan(request(database, files, force=True)).status is Status.UP_TO_DATE


@pytest.mark.parametrize(
    "field",
    [
        "@db.pg.type 'serial'\n  a?: string",
        "@db.pg.type 'text; DROP TABLE x'\n  a?: string",
        "@expect.maxLength 0\n  a?: string",
        "@expect.maxLength 20000000\n  a?: string",
        "@db.pg.collate 'C'\n  a?: number",
    ],
)
def test_what_the_server_would_refuse_is_an_error_of_the_plan(database: Database, field: str) -> None:
    result = sync(request(database, one_table(field)))
    assert result.status in {Status.REFUSED, Status.FAILED}
    assert tables(database) == set()


def test_a_required_column_that_would_refer_to_nothing_is_an_error_of_the_plan(database: Database) -> None:
    synced(database, one_table())
    run(database, "INSERT INTO t VALUES (1), (2)")
    u = "@db.table 'u'\nexport interface U {\n  @meta.id\n  id: number.int\n}\n"
    field = one_table("@db.rel.FK\n  u: U.id")["m.as"]
    result = sync(request(database, {"m.as": u + field}))
    assert result.status is Status.REFUSED
    assert "(2 rows)" in (result.refusal or "")


def test_the_control_table_is_nobodys_to_declare(database: Database) -> None:
    declared = sync(request(database, one_table(name="__atscript_control")))
    assert (declared.status, [each.code for each in declared.diagnostics]) == (Status.FAILED, ["AS440"])
    former = {
        "m.as": one_table()["m.as"].replace("@db.table", "@db.table.renamed '__atscript_control'\n@db.table")
    }
    result = sync(request(database, former))
    assert result.status is Status.REFUSED
    assert "keeps the state" in (result.refusal or "")


def test_a_view_of_somebody_else_that_is_missing_holds_nothing_back_and_is_looked_at_in_silence(
    database: Database,
) -> None:
    files = {**one_table(), "v.as": "@db.view 'v'\nexport interface V {\n  id: number\n}\n"}
    first = synced(database, files)
    assert first.plan is not None
    assert [each.name for each in first.plan.external_errors] == ["v"]
    assert tables(database) == {"public.t"}
    before = control(database)
    phases: list[Phase] = []
    again = sync(request(database, files), observe=lambda phase, _: phases.append(phase))
    assert again.plan is not None
    assert again.plan.external_errors
    assert Phase.SYNCING not in phases
    assert control(database) == before
    run(database, "CREATE VIEW v AS SELECT 1 AS id")
    mended = synced(database, files).plan
    assert mended is not None
    assert mended.external_errors == ()
    assert sync(request(database, files)).status is Status.UP_TO_DATE

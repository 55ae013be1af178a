"""The PostgreSQL servers of the testbed."""

import stat
from pathlib import Path

import psycopg
import pytest

from testbed import postgres
from testbed.databases import Database, Postgres
from testbed.postgres import Installation, PostgresServer, embedded
from testbed.processes import ServerFailed, server_user, started_at


def test_a_server_answers_and_its_version_is_in_its_id(postgres_server: Postgres) -> None:
    with postgres_server.connect() as connection:
        assert str(connection.info.server_version // 10000) in postgres_server.id


def test_databases_are_apart_and_can_be_dropped_while_in_use(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("CREATE TABLE only_here ()")
        database.server.drop_database(database.name)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_a_role_has_no_rights_and_logs_in_with_its_password_alone(database: Database) -> None:
    secret = "it's : @ / %s"
    role = database.server.create_role(password=secret)
    right = database.server.url(database.name, role, secret)
    with psycopg.connect(right) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE public.denied ()")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(database.server.url(database.name, role, "wrong"))
    database.server.drop_role(role)


def test_the_log_counts_statements_by_database_and_application(
    controlled_postgres: PostgresServer, database: Database
) -> None:
    mark = controlled_postgres.mark()
    with psycopg.connect(database.url, application_name="counted one", autocommit=True) as connection:
        connection.execute("SELECT 1,\n\t2")
        connection.execute("SELECT %s::int", (3,))
    with psycopg.connect(database.url, application_name="another", autocommit=True) as connection:
        connection.execute("SELECT 4")
    logged = controlled_postgres.statements(mark, database=database.name, application="counted one")
    assert [statement.text for statement in logged] == ["SELECT 1,\n\t2", "SELECT $1::int"]
    assert len(controlled_postgres.statements(mark, database=database.name)) == 3


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_stopped_server_comes_back_on_its_port_with_its_data(
    controlled_postgres: PostgresServer, database: Database, mode: postgres.StopMode
) -> None:
    with database.connect() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    port = controlled_postgres.port
    controlled_postgres.stop(mode)
    assert controlled_postgres.pid is None
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(database.url)
    controlled_postgres.start()
    assert controlled_postgres.port == port
    with database.connect() as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_nothing_is_left_after_a_server_is_closed() -> None:
    with PostgresServer() as server:
        pid = server.pid
        assert pid is not None
        assert started_at(pid) is not None
    assert started_at(pid) is None
    assert not server.directory.exists()


def test_a_server_that_cannot_start_shows_the_end_of_its_log_and_leaves_nothing() -> None:
    server = PostgresServer()
    server.start()
    server.stop()
    (server.data / "global" / "pg_control").unlink()
    with pytest.raises(ServerFailed, match="pg_control"), server:
        pass
    assert not server.directory.exists()


def test_binaries_that_the_server_user_cannot_reach_are_copied(tmp_path: Path) -> None:
    if server_user() is None:
        pytest.skip("only root's servers run as another user")
    package = embedded().bindir.parent.parent
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=stat.S_IRWXU)
    for name in (package.name, f"{package.name}.libs"):
        (hidden / name).symlink_to(package.with_name(name))
    bindir = hidden / package.name / "pginstall18" / "bin"
    with PostgresServer(Installation(name="hidden", bindir=bindir, major=18)) as server:
        assert server.pid is not None
        assert Path(f"/proc/{server.pid}/exe").resolve().is_relative_to(server.directory)


def test_a_server_takes_a_short_directory_wherever_tests_keep_theirs() -> None:
    server = PostgresServer()
    assert len(str(server.directory / ".s.PGSQL.65535.lock")) < 60
    server.close()


def test_a_server_given_from_outside_is_used_for_databases_only(
    monkeypatch: pytest.MonkeyPatch, postgres_server: Postgres
) -> None:
    monkeypatch.setenv(postgres.EXTERNAL, postgres_server.admin_url)
    given = postgres.available()[-1]
    assert given.id.startswith("external")
    outside = postgres.server_for(given)
    assert "control" not in outside.capabilities
    name = outside.create_database("outside")
    with postgres_server.connect(name) as connection:
        assert connection.info.dbname == name
    outside.drop_database(name)

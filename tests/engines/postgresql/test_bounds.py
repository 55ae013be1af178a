"""What a database may cost its client: time, memory, and the time of other databases' clients."""

from __future__ import annotations

import struct
import threading
import time
from contextlib import closing

import psycopg
import pytest

from schemasync import compile_schema, sync_schema
from schemasync.engines import connect
from schemasync.engines.base import Target, Timeouts
from schemasync.engines.postgresql.bounds import BoundedConnection, Bounds, applying
from schemasync.errors import ConnectionFailed, SchemaSyncError
from testbed.databases import Database
from tests.engines.postgresql.odd_servers import WELCOME, Peer, error, message, odd_server


def test_two_connect_at_the_same_time() -> None:
    both, met = threading.Barrier(2), []

    def meet(peer: Peer) -> None:
        peer.startup()
        both.wait(20)
        met.append(True)
        peer.send(error(b"enough", b"57P03"))

    def read(url: str) -> None:
        with closing(connect(Target(url=url))) as database, pytest.raises(SchemaSyncError):
            database.control.read(["schema_version"])

    with odd_server(meet) as url:
        threads = [threading.Thread(target=read, args=[url]) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert met == [True, True]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for as long as a real server may need."""
    monkeypatch.setattr(BoundedConnection, "bounds", Bounds(seconds=0.5, size=1024 * 1024))


def silent(peer: Peer) -> None:
    peer.startup()
    peer.send(WELCOME)
    peer.wait_for_the_end()


@pytest.mark.usefixtures("hurried")
def test_a_server_that_takes_the_login_and_says_no_more_is_given_up() -> None:
    with (
        odd_server(silent) as url,
        closing(connect(Target(url=url))) as database,
        pytest.raises(
            ConnectionFailed, match=r"did not answer within 0\.5 s \(read the control table\)"
        ) as told,
    ):
        database.control.read(["schema_version"])
    assert told.value.transient


@pytest.mark.usefixtures("hurried")
def test_an_answer_without_end_is_given_up() -> None:
    def flood(peer: Peer) -> None:
        silent_until_asked(peer)
        names = b"".join(
            name + b"\0" + struct.pack(">IhIhih", 0, 0, 25, -1, -1, 0) for name in (b"_id", b"value")
        )
        peer.send(message(b"1", b"") + message(b"2", b"") + message(b"T", struct.pack(">H", 2) + names))
        value = struct.pack(">I", 100_000) + b"y" * 100_000
        while True:
            peer.send(message(b"D", struct.pack(">H", 2) + value + value))

    with (
        odd_server(flood) as url,
        closing(connect(Target(url=url))) as database,
        pytest.raises(ConnectionFailed, match="an answer of more than 1 MiB"),
    ):
        database.control.read(["schema_version"])


def silent_until_asked(peer: Peer) -> None:
    peer.startup()
    peer.send(WELCOME)
    peer.receive(1)


@pytest.mark.usefixtures("hurried")
def test_who_waits_for_a_locked_control_table_is_told_and_leaves_the_queue(database: Database) -> None:
    with closing(connect(Target(url=database.url))) as one:
        one.control.acquire("me", 30)
    with database.connect() as holder, holder.transaction():
        holder.execute('LOCK TABLE "__atscript_control"')
        with (
            closing(connect(Target(url=database.url))) as other,
            pytest.raises(ConnectionFailed, match="pg_locks"),
        ):
            other.control.read(["schema_version"])
        with database.connect() as watcher:
            deadline = time.monotonic() + 30
            while waiting(watcher) and time.monotonic() < deadline:
                time.sleep(0.02)
            assert not waiting(watcher)


def waiting(connection: psycopg.Connection) -> bool:
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND database IS NOT NULL"
    return connection.execute(query).fetchone() != (0,)


def test_a_row_too_large_to_be_ours_counts_as_missing(database: Database) -> None:
    with closing(connect(Target(url=database.url))) as one:
        one.control.acquire("me", 30)
        with database.connect() as connection:
            connection.execute(
                """INSERT INTO "__atscript_control" ("_id", "value")
                VALUES ('synced_tables', repeat('[', 300000000)), ('other', 'x')"""
            )
        with one.snapshot(Timeouts()):
            assert one.control.read_all() == {"other": "x"}


def test_a_hash_of_another_writers_making_may_be_of_any_length(database: Database) -> None:
    with closing(connect(Target(url=database.url))) as one:
        one.control.acquire("me", 30)
    with database.connect() as connection:
        insert = (
            """INSERT INTO "__atscript_control" ("_id", "value") VALUES ('schema_version', repeat('h', %s))"""
        )
        connection.execute(insert, [50_000_000])
    with closing(connect(Target(url=database.url))) as one:
        assert len(one.control.read(["schema_version"])["schema_version"]) == 4096


def test_an_apply_has_no_notices_sent_to_it(database: Database) -> None:
    """A trigger may raise any number of them, of any size."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE seen (level text)")
        connection.execute(
            "CREATE FUNCTION see() RETURNS event_trigger LANGUAGE plpgsql AS "
            "$$BEGIN INSERT INTO public.seen "
            "VALUES (pg_catalog.current_setting('client_min_messages')); END$$"
        )
        connection.execute(
            "CREATE EVENT TRIGGER see ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION see()"
        )
    files = {
        "m.as": "@db.table 't'\nexport interface T {\n@meta.id\nid: number\n@db.index.plain\na: number }\n"
    }
    assert sync_schema(compile_schema(files), database.url).status == "synced"
    with psycopg.connect(database.url) as connection:
        assert connection.execute("SELECT DISTINCT level FROM public.seen").fetchall() == [("error",)]


def test_an_apply_is_given_up_where_the_server_does_not_keep_to_its_own_time() -> None:
    assert applying(5.0).seconds == 35.0
    assert applying(0.0).seconds is None
    assert applying(0.0).size == 256 * 1024 * 1024

"""A run that is told to end from another thread undoes what it began and lets go of what it holds."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from schemasync import sync
from schemasync.engines.base import Target, Timeouts
from schemasync.errors import SchemaSyncError
from schemasync.interruption import Interrupted, Interruption
from schemasync.sync import LockSettings, Request, Source, SyncResult
from testbed.databases import Database
from testbed.processes import wait_until

WITHIN = 30  # seconds
TABLE = "@db.table 'users'\nexport interface User {\n    @meta.id\n    id: number.int\n}\n"
WITH_NAME = TABLE.replace("id: number.int\n", "id: number.int\n    name?: string\n")


def request(database: Database, source: str, interruption: Interruption) -> Request:
    return Request(
        source=Source({"user.as": source}),
        target=Target(url=database.url),
        timeouts=Timeouts(lock=0),
        lock=LockSettings(ttl=600),
        interruption=interruption,
    )


def waits_for_a_lock(database: Database) -> bool:
    query = "SELECT FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
    with database.server.connect() as connection:
        return connection.execute(query, [database.name]).fetchall() != []


def interrupted(run: Callable[[], SyncResult], database: Database, interruption: Interruption) -> None:
    """Run until that waits for another's lock, and tell it to end."""

    def ended() -> bool:
        interruption.tell()
        return running.done()

    with ThreadPoolExecutor() as pool:
        running = pool.submit(run)
        try:
            assert wait_until(lambda: waits_for_a_lock(database), WITHIN)
        finally:
            assert wait_until(ended, WITHIN)
        with pytest.raises(Interrupted):
            running.result()


def test_an_apply_that_is_interrupted_changes_nothing_and_gives_the_lock_back(database: Database) -> None:
    sync.sync(request(database, TABLE, Interruption()))
    wanted = request(database, WITH_NAME, interruption := Interruption())
    with psycopg.connect(database.url) as holder, database.connect() as connection:
        holder.execute("LOCK TABLE users IN SHARE MODE")
        interrupted(lambda: sync.sync(wanted), database, interruption)
        assert connection.execute("SELECT FROM __atscript_control WHERE _id = 'sync_lock'").fetchall() == []
    assert sync.sync(request(database, WITH_NAME, Interruption())).status == "synced"


@pytest.mark.parametrize("run", [sync.sync, sync.plan])
def test_the_first_look_and_a_plan_are_interrupted_as_well(
    database: Database, run: Callable[[Request], SyncResult]
) -> None:
    sync.sync(request(database, TABLE, Interruption()))
    wanted = request(database, WITH_NAME, interruption := Interruption())
    with psycopg.connect(database.url) as holder:
        holder.execute("LOCK TABLE __atscript_control")
        interrupted(lambda: run(wanted), database, interruption)


def test_a_run_that_begins_after_that_ends_before_it_asks_anything(database: Database) -> None:
    interruption = Interruption()
    interruption.tell()
    with pytest.raises(Interrupted):
        sync.sync(request(database, TABLE, interruption))


def test_what_follows_the_block_is_never_cancelled() -> None:
    interruption, called, go_on = Interruption(), threading.Event(), threading.Event()
    calls: list[int] = []

    def cancel() -> None:
        calls.append(1)
        called.set()
        assert go_on.wait(WITHIN)

    with ThreadPoolExecutor() as pool:
        entered = threading.Event()

        def block() -> int:
            with interruption.during(cancel):
                entered.set()
                assert called.wait(WITHIN)
            return len(calls)

        running = pool.submit(block)
        assert entered.wait(WITHIN)
        interruption.tell()
        assert called.wait(WITHIN)
        # A call that is under way is not made twice, and the block's end waits for it.
        interruption.tell()
        assert not running.done()
        go_on.set()
        assert running.result(WITHIN) == 1
    interruption.tell()
    assert len(calls) == 1


def test_an_error_of_a_run_that_nobody_interrupted_stays_what_it_is() -> None:
    error = SchemaSyncError("no")
    with pytest.raises(SchemaSyncError) as caught, Interruption().during(lambda: None):
        raise error
    assert caught.value is error

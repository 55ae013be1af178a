"""A lock that somebody takes away in mid-run: nothing is applied after."""

from __future__ import annotations

import threading
from dataclasses import replace

import psycopg
import pytest

from schemasync.control import LockSettings
from schemasync.errors import LockLost
from schemasync.plan import Plan, Statement
from schemasync.sync import Phase, Status, sync
from testbed.databases import Database
from tests.acceptance.catalog import control_rows, differences
from tests.acceptance.loop import execute, in_sync_since, request, shape
from tests.kills.schemas import ROWS, V1, V2

DELETE = """DELETE FROM "__atscript_control" WHERE "_id" = 'sync_lock'"""
INSERT = (
    'INSERT INTO "__atscript_control" ("_id", "lockedBy", "lockedAt", "expiresAt") '
    "VALUES ('sync_lock', 'thief', 0, 9e15)"
)
UPDATE = """UPDATE "__atscript_control" SET "lockedBy" = 'thief' WHERE "_id" = 'sync_lock'"""


@pytest.fixture
def synced(database: Database) -> Database:
    assert sync(request(database, V1)).status is Status.SYNCED
    execute(database, ROWS)
    return database


def held(database: Database) -> list[str]:
    query = """SELECT "lockedBy" FROM "__atscript_control" WHERE "_id" = 'sync_lock'"""
    with database.connect() as connection:
        return [row[0] for row in connection.execute(query.encode())]


def control(database: Database) -> dict[tuple[str, ...], str]:
    with database.connect() as connection:
        rows = control_rows(connection)
    return {key: value for key, value in rows.items() if key != ("sync_lock",)}


@pytest.mark.parametrize("theft", [UPDATE, DELETE, f"{DELETE};{INSERT}"], ids=["update", "delete", "another"])
def test_a_lock_stolen_before_the_apply_ends_the_run(synced: Database, theft: str) -> None:
    before, rows = shape(synced), control(synced)

    def steal(_plan: Plan) -> None:
        execute(synced, theft)

    with pytest.raises(LockLost):
        sync(request(synced, V2), decide=steal)
    assert differences(shape(synced), before) == []
    assert control(synced) == rows
    assert held(synced) == ([] if theft == DELETE else ["thief"])


@pytest.mark.parametrize("statement", [1, 5, -1])
def test_a_lock_stolen_by_update_in_mid_apply_undoes_all_of_it(synced: Database, statement: int) -> None:
    before, rows = shape(synced), control(synced)

    def steal(number: int, total: int, _statement: Statement) -> None:
        if number == (statement if statement > 0 else total):
            execute(synced, UPDATE)

    with pytest.raises(LockLost):
        sync(request(synced, V2), advance=steal)
    assert differences(shape(synced), before) == []
    assert control(synced) == rows
    assert held(synced) == ["thief"]


def test_a_lock_cannot_be_deleted_in_mid_apply(synced: Database) -> None:
    refused: list[str] = []

    def steal(number: int, _total: int, _statement: Statement) -> None:
        if number == 2:
            with pytest.raises(psycopg.errors.LockNotAvailable) as caught:
                execute(synced, f"SET lock_timeout = '50ms'; {DELETE}")
            refused.append(str(caught.value.sqlstate))

    assert sync(request(synced, V2), advance=steal).status is Status.SYNCED
    assert refused == ["55P03"]


def test_a_thief_who_waits_for_the_apply_finds_it_done(synced: Database) -> None:
    thief = threading.Thread(target=execute, args=(synced, DELETE))

    def steal(number: int, _total: int, _statement: Statement) -> None:
        if number == 2:
            thief.start()

    assert sync(request(synced, V2), advance=steal).status is Status.SYNCED
    thief.join()
    in_sync_since(sync(request(synced, V2)))


def test_the_heartbeat_tells_of_a_theft_before_anything_is_applied(synced: Database) -> None:
    before = shape(synced)

    def steal(phase: Phase, _about: Plan | str | None) -> None:
        if phase is Phase.SYNCING:
            execute(synced, UPDATE)

    with pytest.raises(LockLost):
        sync(request(synced, V2), observe=steal)
    assert differences(shape(synced), before) == []


def test_an_expired_lock_is_taken_over(synced: Database) -> None:
    execute(synced, INSERT.replace("9e15", "1"))
    assert sync(request(synced, V2)).status is Status.SYNCED
    assert held(synced) == []


def test_a_lock_is_given_back_however_a_run_ends(synced: Database) -> None:
    def interrupt(number: int, _total: int, _statement: Statement) -> None:
        if number == 2:
            raise KeyboardInterrupt

    before = shape(synced)
    with pytest.raises(KeyboardInterrupt):
        sync(request(synced, V2), advance=interrupt)
    assert held(synced) == []
    assert differences(shape(synced), before) == []


def test_a_long_apply_keeps_its_lock(synced: Database) -> None:
    """The lock would have expired several times, were it not renewed."""
    expiries: set[float] = set()

    def look(_number: int, _total: int, _statement: Statement) -> None:
        threading.Event().wait(0.15)
        expiries.add(expires(synced))

    asked = replace(request(synced, V2), lock=LockSettings(ttl=0.3, poll=0.02))
    assert sync(asked, advance=look).status is Status.SYNCED
    assert len(expiries) > 1


def expires(database: Database) -> float:
    query = """SELECT "expiresAt" FROM "__atscript_control" WHERE "_id" = 'sync_lock'"""
    with database.connect() as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return float(row[0])

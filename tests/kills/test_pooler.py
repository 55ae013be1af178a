"""A pooler in transaction mode gives each transaction another session: none may be relied upon."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from schemasync.control import LockSettings
from schemasync.engines.base import Target
from schemasync.plan import Statement
from schemasync.sync import Request, Source, Status, plan, sync
from testbed.databases import Database
from tests.acceptance.loop import check_same, empty_database, execute, in_sync_since, request
from tests.kills.pooler import PROGRAM, pooled
from tests.kills.run import race
from tests.kills.schemas import ROWS, V1, V2

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="there is no pgbouncer")


@pytest.fixture
def url(database: Database) -> Iterator[str]:
    with pooled(database) as made:
        yield made


def through(url: str, files: dict[str, str]) -> Request:
    return Request(source=Source(files), target=Target(url=url), lock=LockSettings(poll=0.02))


def test_a_migration_through_a_pooler_is_like_one_without(database: Database, url: str) -> None:
    assert sync(through(url, V1)).status is Status.SYNCED
    execute(database, ROWS)
    assert plan(through(url, V2)).status is Status.CHANGES_NEEDED
    assert sync(through(url, V2)).status is Status.SYNCED
    with empty_database(database.server) as fresh:
        assert sync(request(fresh, V2)).status is Status.SYNCED
        check_same(database, fresh)
    in_sync_since(sync(through(url, V2)))


def test_the_lock_is_renewed_through_a_pooler(database: Database, url: str) -> None:
    pauses = threading.Event()

    def pause(_number: int, _total: int, _statement: Statement) -> None:
        pauses.wait(0.15)

    asked = replace(through(url, V2), lock=LockSettings(ttl=0.3, poll=0.02))
    assert sync(asked, advance=pause).status is Status.SYNCED
    assert database.name in url


def test_processes_that_race_through_a_pooler_sync_once(database: Database, url: str) -> None:
    assert race(database, V1, 6, url) is None


def test_a_pooler_leaves_no_setting_behind(database: Database) -> None:
    """With one connection the next client gets the session that the sync had."""
    with pooled(database, 1) as url:
        assert sync(through(url, V1)).status is Status.SYNCED
        with psycopg.connect(url, autocommit=True) as other:
            names = ("search_path", "lock_timeout", "statement_timeout", "role")
            found = [other.execute("SELECT current_setting(%s)", [name]).fetchone() for name in names]
    assert found == [('"$user", public',), ("0",), ("0",), ("none",)]

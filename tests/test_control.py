import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from schemasync.control import LockSettings, Owner, Stamp, State, SystemClock, locked, wait_for_lock
from schemasync.engines import connect
from schemasync.engines.base import Database as Connected
from schemasync.engines.base import Holder, StateChange, Target, Timeouts
from schemasync.errors import LockLost, LockTimeout
from testbed.databases import Database

CLOCK = SystemClock()
ONCE = LockSettings(wait=0)


@pytest.fixture
def one(database: Database) -> Iterator[Connected]:
    with closing(connect(Target(url=database.url))) as connected:
        assert connected.namespace == "public"
        yield connected


@pytest.fixture
def other(database: Database) -> Iterator[Connected]:
    with closing(connect(Target(url=database.url))) as connected:
        assert connected.namespace == "public"
        yield connected


def ignore(_holder: str) -> None:
    pass


def lock_row(database: Database) -> tuple[object, ...] | None:
    with database.connect() as connection:
        query = (
            """SELECT "lockedBy", "lockedAt", "expiresAt" FROM "__atscript_control" WHERE _id = 'sync_lock'"""
        )
        return connection.execute(query).fetchone()


def expire(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("""UPDATE "__atscript_control" SET "expiresAt" = 1 WHERE _id = 'sync_lock'""")


def test_a_missing_control_table_has_no_rows(one: Connected) -> None:
    assert one.control.read(["schema_version"]) == {}
    with one.snapshot(Timeouts()):
        assert one.control.read_all() == {}


def test_the_control_table_has_the_columns_of_the_wire_format(one: Connected, database: Database) -> None:
    one.control.acquire("me", 30)
    with database.connect() as connection:
        columns = connection.execute(
            "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute "
            "WHERE attrelid = '__atscript_control'::regclass AND attnum > 0 ORDER BY attnum"
        ).fetchall()
    assert columns == [
        ("_id", "character varying(255)", True),
        ("value", "text", False),
        ("lockedBy", "text", False),
        ("lockedAt", "double precision", False),
        ("expiresAt", "double precision", False),
    ]


def test_the_lock_is_a_row_with_its_times_in_milliseconds(one: Connected, database: Database) -> None:
    before = time.time() * 1000 - 60_000
    assert one.control.acquire("me", 30) is None
    row = lock_row(database)
    assert row is not None
    holder, locked_at, expires_at = row
    assert holder == "me"
    assert isinstance(locked_at, float)
    assert isinstance(expires_at, float)
    assert before < locked_at < before + 120_000
    assert abs(expires_at - locked_at - 30_000) < 1000


def test_a_lock_that_is_held_is_not_given_and_its_holder_is_named(one: Connected, other: Connected) -> None:
    assert one.control.acquire("first", 30) is None
    assert other.control.acquire("second", 30) == Holder(name="first")


def test_an_expired_lock_is_taken_over(one: Connected, other: Connected, database: Database) -> None:
    one.control.acquire("first", 30)
    expire(database)
    assert other.control.acquire("second", 30) is None
    row = lock_row(database)
    assert row is not None
    assert row[0] == "second"


def test_an_expired_lock_whose_holder_is_applying_is_not_taken_over(
    one: Connected, other: Connected, database: Database
) -> None:
    one.control.acquire("first", 30)
    expire(database)
    with one.begin("first", Timeouts()):
        assert other.control.acquire("second", 30) == Holder(name="first")


def test_the_heartbeat_renews_the_lock_while_its_holder_applies(one: Connected, database: Database) -> None:
    one.control.acquire("me", 30)
    expire(database)
    with closing(one.heartbeat()) as heartbeat, one.begin("me", Timeouts()):
        assert heartbeat.renew("me", 30)
    row = lock_row(database)
    assert row is not None
    assert isinstance(row[2], float)
    assert row[2] > 1


def test_a_heartbeat_says_when_the_lock_is_another_ones(one: Connected) -> None:
    one.control.acquire("other", 30)
    with closing(one.heartbeat()) as heartbeat:
        assert not heartbeat.renew("me", 30)


def test_an_apply_does_not_begin_without_the_lock(one: Connected) -> None:
    one.control.acquire("other", 30)
    with pytest.raises(LockLost), one.begin("me", Timeouts()):
        pytest.fail("the transaction began")


def test_a_lock_stolen_by_update_keeps_the_apply_from_storing(one: Connected, database: Database) -> None:
    one.control.acquire("me", 30)
    with pytest.raises(LockLost), one.begin("me", Timeouts()) as transaction:  # noqa: PT012 - the thief is the case
        with database.connect() as thief:
            thief.execute("""UPDATE "__atscript_control" SET "lockedBy" = 'thief' WHERE _id = 'sync_lock'""")
        transaction.finish(StateChange(rows={"schema_version": "1"}))
    assert one.control.read(["schema_version"]) == {}
    row = lock_row(database)
    assert row is not None
    assert row[0] == "thief"


def test_a_delete_of_the_lock_row_waits_for_the_apply(one: Connected, database: Database) -> None:
    one.control.acquire("me", 30)
    deleted = threading.Event()

    def steal() -> None:
        with database.connect() as thief:
            thief.execute("""DELETE FROM "__atscript_control" WHERE _id = 'sync_lock'""")
        deleted.set()

    thread = threading.Thread(target=steal)
    with one.begin("me", Timeouts()) as transaction:
        thread.start()
        assert not deleted.wait(0.3)
        transaction.finish(StateChange(rows={"schema_version": "1"}))
    thread.join()
    assert one.control.read(["schema_version"]) == {"schema_version": "1"}


def test_finishing_stores_the_state_and_gives_the_lock_back(one: Connected, database: Database) -> None:
    one.control.acquire("me", 30)
    with one.begin("me", Timeouts()) as transaction:
        transaction.finish(StateChange(rows={"schema_version": "1", "x": "2"}))
    one.control.acquire("me", 30)
    with one.begin("me", Timeouts()) as transaction:
        transaction.finish(StateChange(rows={"schema_version": "3"}, delete=["x"]))
    assert one.control.read(["schema_version", "x"]) == {"schema_version": "3"}
    assert lock_row(database) is None


def test_a_transaction_that_does_not_finish_keeps_nothing(one: Connected, database: Database) -> None:
    one.control.acquire("me", 30)
    with one.begin("me", Timeouts()):
        pass
    assert lock_row(database) is not None


def test_the_lock_is_given_back_when_the_block_fails(one: Connected, database: Database) -> None:
    with pytest.raises(RuntimeError), locked(one, ONCE, CLOCK, ignore):
        raise RuntimeError
    assert lock_row(database) is None


def test_a_lock_that_is_lost_is_noticed_by_the_heartbeat(one: Connected, database: Database) -> None:
    with locked(one, LockSettings(ttl=0.3), CLOCK, ignore) as lock:
        lock.check()
        with database.connect() as thief:
            thief.execute("""UPDATE "__atscript_control" SET "lockedBy" = 'thief' WHERE _id = 'sync_lock'""")
        deadline = time.monotonic() + 30
        with pytest.raises(LockLost):  # noqa: PT012 - asked until it is noticed
            while time.monotonic() < deadline:
                lock.check()
                time.sleep(0.02)
    row = lock_row(database)
    assert row is not None
    assert row[0] == "thief"


def test_a_held_lock_is_waited_for_until_it_is_given_back(one: Connected, other: Connected) -> None:
    one.control.acquire("first", 30)
    seen: list[str] = []

    def give_back(holder: str) -> None:
        seen.append(holder)
        one.control.release("first")

    wait_for_lock(other.control, "second", LockSettings(poll=0.01), CLOCK, give_back)
    assert seen == ["first"]


def test_a_wait_that_is_too_long_names_the_holder(one: Connected, other: Connected) -> None:
    one.control.acquire("pod-1/abc", 30)
    with pytest.raises(LockTimeout, match="pod-1/abc") as caught:
        wait_for_lock(other.control, "second", ONCE, CLOCK, ignore)
    assert caught.value.holder == "pod-1/abc"
    assert caught.value.transient


def test_each_run_is_a_holder_of_its_own(one: Connected, database: Database) -> None:
    holders = []
    for _ in range(2):
        with locked(one, LockSettings(wait=0, pod_id="pod-1"), CLOCK, ignore):
            row = lock_row(database)
            assert row is not None
            holders.append(str(row[0]))
    assert holders[0] != holders[1]
    assert all(holder.startswith("pod-1/") for holder in holders)


def test_twenty_who_make_the_control_table_at_once_all_succeed(database: Database) -> None:
    failures: list[BaseException] = []
    taken: list[str] = []

    def run(name: str) -> None:
        try:
            with closing(connect(Target(url=database.url))) as connected:
                assert connected.namespace == "public"
                if connected.control.acquire(name, 30) is None:
                    taken.append(name)
        except BaseException as error:  # noqa: BLE001 - reported by the test
            failures.append(error)

    threads = [threading.Thread(target=run, args=[f"p{number}"]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(taken) == 1


def test_an_owner_is_read_back_from_its_text() -> None:
    owner = Owner(cluster="arn:aws:eks/eu/prod", namespace="shop", name="db")
    assert Owner.parse(str(owner)) == owner


def test_a_digest_counts_only_with_the_hash_that_it_belongs_to() -> None:
    stamp = Stamp(digest="d", hash="h").dump()
    rows = {"schema_version": "h", "schemasync:digest": stamp, "schemasync:source": stamp}
    assert State.parse(rows).of_schema("h", "d")
    assert State.parse(rows).from_source("d")
    moved = State.parse({**rows, "schema_version": "other"})
    assert not moved.of_schema("other", "d")
    assert not moved.from_source("d")


def test_rows_that_cannot_be_read_count_as_missing() -> None:
    for text in ("", "null", "[]", "{", '{"digest": 1}', '"x"'):
        assert State.parse({"schemasync:digest": text, "schema_version": "h"}).digest is None

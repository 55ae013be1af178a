"""Kills and races, counted: what went wrong, in sentences."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from psycopg import sql

from schemasync.errors import SchemaSyncError
from schemasync.sync import Status, sync
from testbed.databases import Database, Postgres
from testbed.processes import wait_until
from tests.acceptance.catalog import Facts, control_rows, differences
from tests.acceptance.loop import empty_database, execute, request, shape
from tests.kills.process import Sync, syncs
from tests.kills.proxy import Proxy
from tests.kills.schemas import ROWS, V1, V2

RACERS = 20
# Seconds after which a killed run's lock can be taken over.
TTL = 0.5
PATIENCE = 60


class Moment(StrEnum):
    """When a run is killed: ahead of a statement, while the server has it, or once it is done."""

    BEFORE = "before"
    INSIDE = "inside"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One kill: of the first sync or of a migration, at the n-th request that it sends to the server."""

    migration: bool
    moment: Moment
    number: int

    def __str__(self) -> str:
        what = "a migration" if self.migration else "a first sync"
        return f"{what} killed {self.moment} request {self.number}"


class Killer:
    """Databases to kill syncs in, and what may be found in them then."""

    def __init__(self, server: Postgres, old: Database, new: Database) -> None:
        self._server = server
        self._old = old
        self.before = {True: shape(old), False: Facts()}
        self.after = shape(new)

    def requests(self, *, migration: bool) -> int:
        """Return how many requests a run sends that nobody kills."""
        with self._database(migration=migration) as database:
            made, said = self._run(database, lambda _moment, _number, _child: True)
            assert said == Status.SYNCED, said
            return made

    def kill(self, kill: Kill) -> str | None:
        """Kill one run; return what is wrong with what it left, or with the next run."""
        with self._database(migration=kill.migration) as database:

            def on_its_way(moment: Moment, number: int, child: Sync) -> bool:
                if (moment, number) == (kill.moment, kill.number):
                    child.kill()
                    return False
                return True

            self._run(database, on_its_way)
            try:
                problem = self._left(database, kill) or self._finished(database)
            except SchemaSyncError as error:
                problem = f"the next run: {error}"
        return f"{kill}: {problem}" if problem else None

    def _run(self, database: Database, on_its_way: Callable[[Moment, int, Sync], bool]) -> tuple[int, str]:
        port = urlsplit(database.url).port
        assert port is not None
        child: list[Sync] = []

        def ask(moment: Moment) -> Callable[[int], bool]:
            return lambda number: on_its_way(moment, number, child[0])

        def sent(number: int) -> None:
            on_its_way(Moment.INSIDE, number, child[0])

        with Proxy(port, before=ask(Moment.BEFORE), after=ask(Moment.AFTER), sent=sent) as proxy:
            with Sync(_through(database.url, proxy.port), V2, ttl=TTL) as process:
                child.append(process)
                process.ready()
                process.go()
                said = process.result()
            return proxy.requests, said

    @contextmanager
    def _database(self, *, migration: bool) -> Iterator[Database]:
        if not migration:
            with empty_database(self._server) as database:
                yield database
            return
        with copy_of(self._old) as database:
            yield database

    def _left(self, database: Database, kill: Kill) -> str | None:
        """Return whether anything is half done, once the server knows of the client's end."""
        if not wait_until(lambda: not _sessions(database), PATIENCE):
            return "its session does not end"
        found = shape(database)
        wrong = [differences(found, each) for each in (self.before[kill.migration], self.after)]
        return None if [] in wrong else f"half done: {min(wrong, key=len)}"

    def _finished(self, database: Database) -> str | None:
        """Return what the next run did not finish."""
        status = sync(request(database, V2)).status
        if status not in {Status.SYNCED, Status.UP_TO_DATE}:
            return f"the next run ended as {status}"
        if wrong := differences(shape(database), self.after):
            return f"not finished by the next run: {wrong}"
        with database.connect() as connection:
            if ("sync_lock",) in control_rows(connection):
                return "the lock is still held"
        status = sync(request(database, V2)).status
        return None if status is Status.UP_TO_DATE else f"the run after the next ended as {status}"


@contextmanager
def killer(server: Postgres) -> Iterator[Killer]:
    """A database at the first version to copy, and one of what a migration makes of it."""
    with empty_database(server) as old, empty_database(server) as new:
        assert sync(request(old, V1)).status is Status.SYNCED
        execute(old, ROWS)
        assert sync(request(new, V2)).status is Status.SYNCED
        yield Killer(server, old, new)


@contextmanager
def copy_of(original: Database) -> Iterator[Database]:
    """A database with all that another one holds, in which nobody is."""
    name = f"{original.name}_copy"
    with original.server.connect() as connection:
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(command.format(sql.Identifier(name), sql.Identifier(original.name)))
    try:
        yield Database(server=original.server, name=name)
    finally:
        original.server.drop_database(name)


def _through(url: str, port: int) -> str:
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}"))


def _sessions(database: Database) -> bool:
    with database.server.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        return connection.execute(query, [database.name]).fetchone() != (0,)


def chosen(killer: Killer, count: int, seed: int = 1) -> list[Kill]:
    """Return so many kills, each boundary and each statement once before any comes again."""
    places = [
        Kill(migration=migration, moment=moment, number=number)
        for migration in (True, False)
        for number in range(1, killer.requests(migration=migration) + 1)
        for moment in Moment
    ]
    random.Random(seed).shuffle(places)  # noqa: S311 - to be the same again
    return [places[number % len(places)] for number in range(count)]


def kills(server: Postgres, count: int) -> list[str]:
    """Kill so many runs; return what was wrong."""
    with killer(server) as made:
        return [problem for each in chosen(made, count) if (problem := made.kill(each)) is not None]


def races(server: Postgres, count: int) -> list[str]:
    """Race so many times from an empty database, each time with a barrier in a migration after it."""
    found = []
    for number in range(1, count + 1):
        with empty_database(server) as database:
            wrong = [race(database, V1), barrier(database, V2)]
        problems = "; ".join(each for each in wrong if each)
        if problems:
            found.append(f"race {number}: {problems}")
    return found


def race(
    database: Database, files: Mapping[str, str], racers: int = RACERS, url: str | None = None
) -> str | None:
    """Let processes sync an empty database at once; return what is wrong with how they ended."""
    with syncs(racers, url or database.url, files) as processes:
        for each in processes:
            each.go()
        ended = Counter(each.result() for each in processes)
    others = ended.keys() - {Status.SYNCED, Status.SYNCED_BY_PEER, Status.UP_TO_DATE}
    return f"they ended as {dict(ended)}" if others or ended[Status.SYNCED] != 1 else None


def barrier(database: Database, files: Mapping[str, str], racers: int = RACERS) -> str | None:
    """Hold the first one in mid-apply until all others wait for it; return what is wrong with the ends."""
    with syncs(racers, database.url, files) as processes:
        with database.connect() as other, other.transaction():
            other.execute("LOCK TABLE orders IN ACCESS SHARE MODE")
            for each in processes:
                each.go()
            holder: list[str] = []
            assert wait_until(lambda: bool(holder or _holder(database, holder)), PATIENCE)
            for each in processes:
                if each.pod != holder[0]:
                    assert each.line() == "waiting"
        ended = Counter(each.result() for each in processes)
    wanted = Counter({Status.SYNCED: 1, Status.SYNCED_BY_PEER: racers - 1})
    return None if ended == wanted else f"behind a barrier they ended as {dict(ended)}"


def _holder(database: Database, found: list[str]) -> bool:
    """Find out who holds the lock and waits for the table."""
    query = """SELECT "lockedBy" FROM "__atscript_control" WHERE "_id" = 'sync_lock'"""
    blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'orders'::regclass"
    with suppress(IndexError), database.connect() as connection:
        row = connection.execute(query.encode()).fetchone()
        if row is not None and connection.execute(blocked.encode()).fetchone() != (0,):
            found.append(str(row[0]).split("/", 1)[0])
    return bool(found)

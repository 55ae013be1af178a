# ruff: noqa: INP001, T201, S603 - a script that prints and starts programs
"""How long syncing takes: `python -m benchmarks.postgresql [TABLES]`.

On a PostgreSQL of its own, with the tables of `benchmarks.compile`. What counts are the ratios
of one run: to `psql` with the same statements, to the bare catalog queries for the same rows.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from benchmarks.compile import files
from schemasync.engines.base import Target
from schemasync.engines.postgresql import inspect_queries as asked
from schemasync.plan import Plan
from schemasync.sync import Request, Source, Status, SyncResult, plan, sync
from testbed.postgres import PostgresServer

RUNS = 5


def seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """Return the median of some runs."""
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


class Benchmark:
    """One run over a number of tables, in one database."""

    def __init__(self, server: PostgresServer, tables: int) -> None:
        self._server = server
        self._files = files(tables)
        self._url = server.url(server.create_database())
        self._source = Source(self._files)

    def run(self) -> None:
        """Measure everything, and print a line for each."""
        compiling = seconds(lambda: Source(self._files).compiled)
        begun = time.perf_counter()
        made = self._sync(Source(self._files)).plan
        first = time.perf_counter() - begun
        if made is None:
            raise SystemExit("nothing was planned")
        psql = self._psql(made)
        self._report("compile", compiling)
        self._report("psql, the same statements in one transaction", psql)
        self._report("first sync", first, "compile + psql", compiling + psql)
        catalogs = seconds(lambda: self._catalogs(made))
        self._report("bare catalog queries", catalogs)
        self._report("forced plan, without compiling", seconds(self._plan), "catalogs", catalogs)
        forced = seconds(lambda: self._sync(self._source, force=True))
        self._report("forced run", forced, "catalogs", catalogs)
        self._report("no-op, warm", seconds(lambda: self._sync(self._source), runs=21))
        self._report("no-op, a fresh process", seconds(self._process))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{'peak memory':48} {peak:8.0f} MiB")

    def _report(self, what: str, took: float, beside: str = "", other: float = 0.0) -> None:
        ratio = f"  {took / other:5.2f} x ({beside})" if beside else ""
        print(f"{what:48} {took * 1000:8.1f} ms{ratio}", flush=True)

    def _request(self, source: Source, *, force: bool = False) -> Request:
        return Request(source=source, target=Target(url=self._url), force=force)

    def _sync(self, source: Source, *, force: bool = False) -> SyncResult:
        return sync(self._request(source, force=force))

    def _plan(self) -> None:
        if plan(self._request(self._source, force=True)).status is not Status.UP_TO_DATE:
            raise SystemExit("a forced plan is not empty")

    def _psql(self, made: Plan) -> float:
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write("BEGIN;\n")
            script.writelines(f"{each.command};\n" for each in made.statements)
            script.write("COMMIT;\n")
            script.flush()
            url = self._server.url(self._server.create_database())
            command = ["psql", "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-f", script.name, url]
            return seconds(lambda: subprocess.run(command, check=True), runs=1)

    def _catalogs(self, made: Plan) -> None:
        """Read what planning reads, and make nothing of it but rows."""
        names = [entry.relation for entry in made.entries]
        with psycopg.connect(self._url, options="-c search_path=") as connection:
            arrays = [[name.schema for name in names], [name.name for name in names]]
            oids = [row[0] for row in connection.execute(asked.RELATIONS.encode(), arrays).fetchall()]
            for query in (asked.COLUMNS, asked.INDEXES, asked.KEYS, asked.DEPENDANTS):
                connection.execute(query.encode(), [oids] * query.count("%s")).fetchall()

    def _process(self) -> None:
        code = (
            "import sys; from schemasync.cli import run; "
            "sys.exit(run(['sync', sys.argv[1], '--url-env', 'BENCHMARK_URL', '--yes', '--format', 'json']))"
        )
        with tempfile.TemporaryDirectory() as directory:
            for name, content in self._files.items():
                (Path(directory) / name).write_bytes(content)
            environment = {"BENCHMARK_URL": self._url, "PATH": "/usr/bin:/bin"}
            command = [sys.executable, "-c", code, directory]
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Run over as many tables as asked for, 1,000 else."""
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with PostgresServer() as server:
        with server.connect() as connection:
            # So that one transaction has room for all tables.
            connection.execute("ALTER SYSTEM SET max_locks_per_transaction = 4096")
        server.restart()
        Benchmark(server, tables).run()


if __name__ == "__main__":
    main()

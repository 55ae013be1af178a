import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import yaml

from schemasync.version import VERSION
from testbed.databases import Database

SCHEMASYNC = Path(sys.executable).with_name("schemasync")
V1 = "@db.table 't'\nexport interface T {\n  @meta.id\n  id: number.int\n}\n"
V2 = V1.replace("}", "  added?: string\n}")


def schemasync(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(SCHEMASYNC), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def manifests(directory: Path, database: Database, schema: str) -> Path:
    metadata = {"name": "shop", "namespace": "shop"}
    documents = [
        {
            "apiVersion": "schemasync.dev/v1alpha1",
            "kind": "SchemaSync",
            "metadata": metadata,
            "spec": {
                "schema": {"configMaps": [{"name": "shop"}]},
                "database": {"secretRef": {"name": "shop"}},
                "policy": {"lockTimeout": "60s"},
            },
        },
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"m.as": schema}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"url": database.url}},
    ]
    path = directory / "all.yaml"
    path.write_text(yaml.safe_dump_all(documents))
    return path


def locks(database: Database) -> int:
    with database.connect() as connection:
        row = connection.execute(
            """SELECT count(*) FROM "__atscript_control" WHERE _id = 'sync_lock'"""
        ).fetchone()
    assert row is not None
    return int(row[0])


def wait_for_a_blocked_statement(database: Database) -> None:
    query = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = %s AND application_name = 'schemasync' AND wait_event_type = 'Lock'
    """
    deadline = time.monotonic() + 60
    with database.connect() as connection:
        while connection.execute(query, [database.name]).fetchone() != (1,):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_wrong_usage_ends_with_64() -> None:
    for arguments in (["nope"], ["reconcile"], ["reconcile", "--nope"], []):
        ended = schemasync(*arguments)
        assert ended.returncode == 64, arguments
        assert "Usage: schemasync" in ended.stderr


def test_the_version_is_printed() -> None:
    ended = schemasync("--version")
    assert (ended.returncode, ended.stdout) == (0, f"{VERSION}\n")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_run_that_is_interrupted_in_mid_apply_gives_the_lock_back_and_ends_with_130(
    database: Database, tmp_path: Path, how: signal.Signals
) -> None:
    assert schemasync("reconcile", "-f", str(manifests(tmp_path, database, V1))).returncode == 0
    command = [str(SCHEMASYNC), "reconcile", "-f", str(manifests(tmp_path, database, V2))]
    with database.connect() as other, other.transaction():
        other.execute("LOCK TABLE t IN ACCESS SHARE MODE")
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            wait_for_a_blocked_statement(database)
            assert locks(database) == 1
            process.send_signal(how)
            _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.endswith("interrupted; nothing is left half done\n")
    assert locks(database) == 0
    with database.connect() as connection, pytest.raises(psycopg.errors.UndefinedColumn):
        connection.execute("SELECT added FROM t")

"""`schemasync reconcile` does for manifests in files what the operator does for objects in a cluster."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from testbed.databases import Database
from testbed.processes import wait_until

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "examples" / "shop"
SCHEMASYNC = Path(sys.executable).with_name("schemasync")
WITHIN = 60  # seconds
HELD = """
    INSERT INTO __atscript_control (_id, "lockedBy", "lockedAt", "expiresAt")
    VALUES ('sync_lock', 'somebody/else', 0, extract(epoch FROM clock_timestamp()) * 1000 + 3600000)
"""


@pytest.fixture
def secret(tmp_path: Path, database: Database) -> Path:
    path = tmp_path / "secret.yaml"
    metadata = {"name": "shop-db", "namespace": "shop"}
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "stringData": {"url": database.url},
    }
    path.write_text(yaml.safe_dump(manifest))
    return path


def command(*files: Path, options: tuple[str, ...] = ()) -> list[str]:
    return [str(SCHEMASYNC), "reconcile", *(f"--filename={file}" for file in files), *options]


def run(*files: Path, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*files, options=options), capture_output=True, text=True, check=False)


def changed(tmp_path: Path, name: str, old: str, new: str) -> Path:
    """Return a folder with the example's first version, one text of it replaced by another."""
    folder = tmp_path / "changed"
    folder.mkdir()
    for file in (SHOP / "v1").iterdir():
        text = file.read_text()
        if file.name == name:
            assert old in text
            text = text.replace(old, new)
        (folder / file.name).write_text(text)
    return folder


def test_the_example_is_made_changed_and_found_up_to_date(secret: Path, database: Database) -> None:
    first = run(SHOP / "v1", secret)
    assert (first.returncode, first.stderr) == (0, "")
    lines = [line.strip() for line in first.stdout.splitlines()]
    assert lines[0] == "SchemaSync shop/shop"
    assert "+ customers  create table" in lines
    assert lines[-1].startswith("Synced (synced): plan ")
    second = run(SHOP / "v2", secret)
    assert second.returncode == 0
    assert "~ customers  alter table" in second.stdout
    assert "= orders  in sync" in second.stdout
    third = run(SHOP / "v2", secret)
    assert third.returncode == 0
    assert "Synced (up-to-date)" in third.stdout
    with database.connect() as connection:
        points = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'points'"
        found = connection.execute(points).fetchone()
        keys = connection.execute("SELECT count(*) FROM pg_constraint WHERE contype = 'f'").fetchone()
    assert (found, keys) == ((1,), (6,))


@pytest.mark.parametrize(("output", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_objects_with_their_status_are_printed_for_programs(secret: Path, output: str, read: Any) -> None:
    ended = run(SHOP / "v1", secret, options=("-o", output))
    assert ended.returncode == 0
    printed = read(ended.stdout)
    assert printed["kind"] == "List"
    [item] = printed["items"]
    assert (item["kind"], item["status"]["phase"]) == ("SchemaSync", "Synced")


def test_a_schema_error_ends_with_1_and_shows_the_place(secret: Path, tmp_path: Path) -> None:
    folder = changed(tmp_path, "configmap.yaml", "string.email", "strin.email")
    ended = run(folder, secret)
    assert ended.returncode == 1
    assert "Failed, SchemaInvalid: customer.as:9:12: " in ended.stdout


def test_a_plan_that_cannot_be_applied_ends_with_2(secret: Path, tmp_path: Path) -> None:
    assert run(SHOP / "v2", secret).returncode == 0
    ended = run(SHOP / "v1", secret)
    assert ended.returncode == 2
    assert "~ customers  alter table  DESTRUCTIVE" in ended.stdout
    assert "Blocked, PlanError" in ended.stdout
    del tmp_path


def test_a_dry_run_ends_with_2_while_changes_wait(secret: Path, tmp_path: Path, database: Database) -> None:
    folder = changed(tmp_path, "schemasync.yaml", "spec:\n", "spec:\n  policy: {mode: Plan}\n")
    ended = run(folder, secret)
    assert ended.returncode == 2
    assert "Planned, PlanOnly" in ended.stdout
    with database.connect() as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone() == (0,)


def test_a_missing_secret_ends_with_1() -> None:
    ended = run(SHOP / "v1")
    assert ended.returncode == 1
    assert "Secret shop/shop-db does not exist" in ended.stdout


def test_two_objects_are_both_reconciled_and_the_worse_end_counts(secret: Path, tmp_path: Path) -> None:
    broken = yaml.safe_load((SHOP / "v1" / "schemasync.yaml").read_text())
    broken["metadata"]["name"] = "broken"
    broken["spec"]["database"]["secretRef"]["name"] = "none"
    other = tmp_path / "broken.yaml"
    other.write_text(yaml.safe_dump(broken))
    ended = run(other, SHOP / "v1", secret)
    assert ended.returncode == 1
    assert "SchemaSync shop/broken" in ended.stdout
    assert "Synced (synced)" in ended.stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [("a: [", "is not YAML"), ("kind: Deployment", "there is no SchemaSync in these files")],
)
def test_files_that_hold_no_object_are_an_error_of_usage(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(content)
    ended = run(path)
    assert (ended.returncode, ended.stdout) == (64, "")
    assert message in ended.stderr


def test_no_files_are_an_error_of_usage() -> None:
    assert run().returncode == 64


def test_a_lock_that_is_held_is_waited_for(secret: Path, database: Database) -> None:
    assert run(SHOP / "v1", secret).returncode == 0
    with database.connect() as connection:
        connection.execute(HELD)
        waiting = subprocess.Popen(command(SHOP / "v2", secret), stdout=subprocess.PIPE, text=True)
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND application_name <> 'testbed'"
        assert wait_until(lambda: connection.execute(query, [database.name]).fetchone() != (0,), WITHIN)
        assert waiting.poll() is None
        connection.execute("DELETE FROM __atscript_control WHERE _id = 'sync_lock'")
    output, _ = waiting.communicate(timeout=WITHIN)
    assert waiting.returncode == 0
    assert "Synced (synced)" in output


def test_an_interrupt_ends_with_130(secret: Path, database: Database) -> None:
    assert run(SHOP / "v1", secret).returncode == 0
    with database.connect() as connection:
        connection.execute(HELD)
        waiting = subprocess.Popen(
            command(SHOP / "v2", secret), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND application_name <> 'testbed'"
        assert wait_until(lambda: connection.execute(query, [database.name]).fetchone() != (0,), WITHIN)
        waiting.send_signal(signal.SIGINT)
        output, errors = waiting.communicate(timeout=WITHIN)
    assert waiting.returncode == 130
    assert "Traceback" not in output + errors

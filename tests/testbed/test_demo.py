"""The demonstration of the README."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = [sys.executable, "-m", "testbed.demo"]


def demo(directory: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        PROGRAM,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "120", "HOME": str(directory)},
        start_new_session=True,
    )


def servers() -> set[Path]:
    """Return the data directories of all servers of the testbed."""
    return set(Path("/tmp").glob("ssync-pg-*/data"))  # noqa: S108


def test_it_shows_tables_an_added_column_and_that_nothing_is_left_to_do(tmp_path: Path) -> None:
    with demo(tmp_path) as process:
        shown, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    first, second, third = shown.split("schemasync reconcile -f examples/shop/")[1:]
    assert first.startswith("v1")
    assert "primary key" in first
    assert "→" in first
    assert "+ " in second.partition("What the database holds now")[2]
    assert "up-to-date" in third


def test_interrupted_it_leaves_no_server(tmp_path: Path) -> None:
    before = servers()
    with demo(tmp_path) as process:
        while servers() <= before and process.poll() is None:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130
    assert servers() == before

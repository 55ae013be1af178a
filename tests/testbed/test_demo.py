"""The demonstration of the README."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
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


def directory_of_server(starter: int) -> Path | None:
    """Return the directory of the server that a process is starting or has started."""
    for child in Path(f"/proc/{starter}/task/{starter}/children").read_text().split():
        with suppress(OSError):
            directory = Path(f"/proc/{child}/cwd").readlink()
            if directory.name.startswith("ssync-pg-"):
                return directory
    return None


def test_it_shows_tables_an_added_column_and_that_nothing_is_left_to_do(tmp_path: Path) -> None:
    with demo(tmp_path) as process:
        shown, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    first, second, third = shown.split("schemasync reconcile -f examples/shop/")[1:]
    assert first.startswith("v1")
    assert "primary key" in first
    assert "→" in first
    assert "+ " in second.partition("In the database now")[2]
    assert "up-to-date" in third


def test_interrupted_it_leaves_no_server(tmp_path: Path) -> None:
    with demo(tmp_path) as process:
        while (directory := directory_of_server(process.pid)) is None:
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130
    assert not directory.exists()
    assert not [pid for pid in Path("/proc").glob("[0-9]*") if in_directory(pid, directory)]


def in_directory(process: Path, directory: Path) -> bool:
    """Whether a process works in a directory; not one that has ended or is another user's."""
    with suppress(OSError):
        return (process / "cwd").readlink().is_relative_to(directory)
    return False

"""The cluster that `make cluster` leaves running."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.cluster import OBJECT
from testbed.deployment import is_true
from testbed.kubeapi import Client
from testbed.processes import Identity


def run(state: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "testbed.cluster", *arguments],
        env={**os.environ, "XDG_STATE_HOME": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state directory whose cluster is ended, whatever a test found."""
    yield tmp_path
    run(tmp_path, "down")


def test_up_leaves_a_ready_example_running_and_down_ends_all_of_it(state: Path) -> None:
    up = run(state, "up")
    assert up.returncode == 0, up.stderr
    kubeconfig = Path(up.stdout.splitlines()[0].removeprefix("export KUBECONFIG="))
    assert is_true(Client(kubeconfig).request("GET", OBJECT), "Ready"), up.stderr
    kept = json.loads((state / "schemasync" / "cluster.json").read_text())
    processes = [Identity(**identity) for identity in kept["processes"].values()]
    assert all(process.running for process in processes)

    again = run(state, "up")
    assert again.stdout == up.stdout
    assert "up already" in again.stderr

    assert run(state, "down").returncode == 0
    assert not any(process.running for process in processes)
    assert not any(Path(directory).exists() for directory in kept["directories"])
    assert not (state / "schemasync" / "cluster.json").exists()


def test_down_without_a_cluster_says_so(state: Path) -> None:
    down = run(state, "down")
    assert (down.returncode, down.stderr) == (0, "There was no cluster.\n")


def test_another_command_is_wrong_usage(state: Path) -> None:
    assert run(state, "sideways").returncode == 64

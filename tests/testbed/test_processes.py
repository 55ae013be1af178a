"""How the testbed starts and ends processes."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from testbed.processes import Identity, Server, ServerFailed, free_port, started_at

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(60)"


def python(directory: Path, program: str) -> Server:
    log = directory / "log"
    return Server("python", [sys.executable, "-uc", program], log=log, directory=directory, environment={})


def test_a_process_that_ends_before_it_is_ready_shows_its_last_lines(tmp_path: Path) -> None:
    server = python(tmp_path, "raise SystemExit('the reason')")
    with pytest.raises(ServerFailed, match=r"python ended with 1\nthe reason"):
        server.wait_ready(lambda: False)


def test_a_process_that_is_not_ready_in_time_shows_its_last_lines(tmp_path: Path) -> None:
    server = python(tmp_path, STUBBORN)
    with pytest.raises(ServerFailed, match=r"not ready within 1 s\nup"):
        server.wait_ready(lambda: False, seconds=1)
    server.stop(patience=0)
    assert not server.running


def test_a_process_that_ignores_being_asked_is_killed(tmp_path: Path) -> None:
    server = python(tmp_path, STUBBORN)
    server.wait_ready(lambda: "up" in server.log.read_text())
    server.stop(patience=0.3)
    assert started_at(server.pid) is None


def test_another_process_with_a_remembered_pid_is_left_alone(tmp_path: Path) -> None:
    server = python(tmp_path, "import time; time.sleep(60)")
    remembered = Identity.of(server.pid)
    another = dataclasses.replace(remembered, started="another boot 1")
    another.end(patience=0)
    assert not another.running
    assert remembered.running
    server.stop()
    assert not remembered.running


def test_a_process_gets_none_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_OURS", "value")
    server = python(tmp_path, "import os; print('SECRET_OF_OURS' in os.environ, flush=True); input()")
    with pytest.raises(ServerFailed, match="False"):
        server.wait_ready(lambda: False)


def test_free_ports_are_not_those_of_outgoing_connections() -> None:
    # Both in one network of the kernel's: what it gives to a connection starts above ours.
    given = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    assert all(free_port() < int(given[0]) for _ in range(20))


def test_a_detached_process_outlives_the_program_that_started_it(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from testbed.processes import Server\n"
        f"here = Path({str(tmp_path)!r})\n"
        "server = Server('sleep', ['sleep', '60'], log=here / 'log', directory=here)\n"
        "server.detach(); print(server.pid)"
    )
    shown = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=os.curdir,
    )
    assert shown.stderr == ""
    left = Identity.of(int(shown.stdout))
    assert left.running
    left.end()
    assert not left.running

"""How the testbed starts and ends processes."""

import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from testbed.processes import Identity, Server, ServerFailed, free_port, started_at, wait_until

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


def start_elsewhere(directory: Path, tie: str, last: str) -> "subprocess.Popen[str]":
    """Run a program that starts a server, prints its pid and then does what `last` says."""
    program = (
        "import signal, time; from pathlib import Path; from testbed.processes import Server\n"
        f"here = Path({str(directory)!r})\n"
        f"server = Server('sleep', ['sleep', '60'], log=here / 'log', directory=here, tie={tie})\n"
        f"print(server.pid, flush=True); {last}"
    )
    command = [sys.executable, "-W", "error", "-c", program]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_detached_process_outlives_the_program_that_started_it(tmp_path: Path) -> None:
    with start_elsewhere(tmp_path, "None", "server.detach()") as program:
        shown, errors = program.communicate(timeout=20)
    assert errors == ""
    left = Identity.of(int(shown))
    assert left.running
    left.end()
    assert not left.running


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="the system cannot tie processes")
def test_a_process_ends_with_the_program_that_started_it_even_where_that_is_killed(tmp_path: Path) -> None:
    with start_elsewhere(tmp_path, "signal.SIGTERM", "time.sleep(60)") as program:
        assert program.stdout is not None
        server = Identity.of(int(program.stdout.readline()))
        # Tied a moment after it is there: by the command that becomes the server.
        assert wait_until(lambda: Path(f"/proc/{server.pid}/comm").read_text() == "sleep\n", 10)
        program.kill()
        program.communicate(timeout=20)
    assert wait_until(lambda: not server.running, 10)

"""Processes that are started, watched and ended by those who started them."""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

LAST_LINES = 20
POLL = 0.05  # seconds
KILLED_WITHIN = 10  # seconds, of a SIGKILL
BOOT = Path("/proc/sys/kernel/random/boot_id")
PORTS = (20_000, 32_000)


class ServerFailed(Exception):
    """A server did not start or did not become ready; the message ends with its last log lines."""


def short_directory(prefix: str) -> Path:
    """Make an empty directory whose name leaves room for a Unix socket's, which may have 107 bytes."""
    return Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))


def remove(directory: Path) -> None:
    """Remove a directory with all it holds, also where a server's last files come and go."""
    shutil.rmtree(directory, ignore_errors=True)
    shutil.rmtree(directory, ignore_errors=True)


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that was free just now; another process may take it first.

    From below the range that the kernel takes for outgoing connections: a client that tries to
    reach a stopped server within that range can be given its port, and be connected to itself.
    """
    while True:
        port = random.randrange(*PORTS)  # noqa: S311 - no secret
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


def server_user() -> pwd.struct_passwd | None:
    """Return the user for servers that refuse to run as root, or None where we are not root."""
    if os.geteuid() != 0:
        return None
    users = {entry.pw_name: entry for entry in pwd.getpwall()}
    return users.get("postgres") or users["nobody"]


def tail(path: Path, lines: int = LAST_LINES) -> str:
    """Return the last lines of a text file, or of nothing where there is no file."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def started_at(pid: int) -> str | None:
    """Return the boot and the tick a process started in; None where there is none or only its zombie.

    With the pid this names a process for ever: pids are used again, pairs are not.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, start = fields[0], fields[19]
    return None if state in "ZX" else f"{BOOT.read_text().strip()} {start}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A process that may outlive the program that started it."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "Identity":
        """Return the identity of a running process; ServerFailed where it has ended."""
        started = started_at(pid)
        if started is None:
            raise ServerFailed(f"process {pid} has ended")
        return cls(pid=pid, started=started)

    @property
    def running(self) -> bool:
        """Whether this very process runs, not another with its pid."""
        return started_at(self.pid) == self.started

    def end(self, first: signal.Signals = signal.SIGTERM, *, patience: float = 15) -> None:
        """Ask the process to end, and kill it where it has not within `patience` seconds."""
        for number, seconds in ((first, patience), (signal.SIGKILL, KILLED_WITHIN)):
            if not self.running:
                return
            os.kill(self.pid, number)
            wait_until(lambda: not self.running, seconds)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll a condition; return whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)
    return True


class Credentials(TypedDict, total=False):
    """The arguments of `subprocess` that say as whom a program runs."""

    user: int
    group: int
    extra_groups: list[int]


def as_user(user: pwd.struct_passwd | None) -> Credentials:
    """Return what makes `subprocess` start a program as `user`, without our groups."""
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Server:
    """One server process, its output in a log file, in a session of its own so that a Ctrl-C is not its."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        directory: Path,
        user: pwd.struct_passwd | None = None,
        environment: Mapping[str, str] | None = None,
        tie: signal.Signals | None = signal.SIGTERM,
    ) -> None:
        """Start the process, in `directory`, as `user`; `environment` is all that it gets.

        Where the system can, the thread that calls this is what the process lives by: it gets the
        signal `tie` when that ends, however it ends. None lets it live on.
        """
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*_tied(tie), *(str(part) for part in command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=environment,
                start_new_session=True,
                **as_user(user),
            )

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def wait_ready(self, ready: Callable[[], bool], *, seconds: float = 60) -> None:
        """Wait until `ready()`; ServerFailed where the process ends or the time is over first."""
        if not wait_until(lambda: not self.running or ready(), seconds):
            raise ServerFailed(f"{self.name} was not ready within {seconds:g} s\n{tail(self.log)}")
        if not self.running:
            raise ServerFailed(f"{self.name} ended with {self._process.returncode}\n{tail(self.log)}")

    def stop(self, first: signal.Signals = signal.SIGTERM, *, patience: float = 15) -> None:
        """Ask the process to end, and kill it where it has not within `patience` seconds."""
        for number, seconds in ((first, patience), (signal.SIGKILL, KILLED_WITHIN)):
            if not self.running:
                return
            self._process.send_signal(number)
            wait_until(lambda: not self.running, seconds)

    def detach(self) -> None:
        """Leave a process that was not tied to this program running: nothing here will end or await it."""
        # What Popen itself reports for a child nobody waits for is silenced by the return code.
        if self._process.returncode is None:
            self._process.returncode = 0


def _tied(tie: signal.Signals | None) -> list[str]:
    """Return what to put before a command so that it ends with us, even where we are killed."""
    # Done by a program, since Python code between fork and exec may deadlock where there are threads.
    program = shutil.which("setpriv")
    return [program, "--pdeathsig", tie.name.removeprefix("SIG"), "--"] if program and tie else []

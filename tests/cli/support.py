"""The command line as a process of its own, on pipes or on a terminal."""

import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path
from typing import Any

import schemasync as package
from schemasync.catalog import Name
from schemasync.plan import Entry, EntryStatus, Hazard, HazardKind, Kind, Plan, Stage, Statement
from testbed.databases import Database

PROGRAM = [sys.executable, "-m", "schemasync"]
ROOT = Path(__file__).parents[2]
WITHIN = 60  # seconds; generous, since nothing is measured
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

V1 = """@db.table 'users'
export interface User {
  @meta.id
  id: number.int
  name: string
}
"""
V2 = V1.replace("}", "  @db.index.plain 'note'\n  note?: string\n}")
BROKEN = V1.replace("name: string", "name: strng")
USERS_FILE = "user.as"


def environment(database: Database | None = None, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which the code under test is the one that this process has."""
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "POD_NAME"}}
    url = {} if database is None else {"DATABASE_URL": database.url}
    return {
        **kept,
        "PYTHONPATH": str(Path(package.__file__).parents[1]),
        "TERM": "xterm",
        **url,
        **(more or {}),
    }


def schemasync(
    *arguments: object, database: Database | None = None, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal; what it could read of one is at its end."""
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * WITHIN,
        stdin=subprocess.DEVNULL,
        env=environment(database, more),
    )


def as_json(ended: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return the one object that a command printed."""
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def files(directory: Path, schema: str, name: str = "schema") -> Path:
    """Write a set of one file and return its directory."""
    path = directory / name
    path.mkdir(exist_ok=True)
    (path / USERS_FILE).write_text(schema)
    return path


def rows(database: Database, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Return what a query finds."""
    with database.connect() as connection:
        return connection.execute(query.encode(), values or None).fetchall()


def tables(database: Database) -> set[str]:
    """Return the tables and views that there are."""
    found = rows(database, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
    return {name for (name,) in found if not name.endswith("_pkey")}


def columns(database: Database) -> set[str]:
    """Return the columns of the table that the tests sync."""
    found = rows(
        database, "SELECT column_name FROM information_schema.columns WHERE table_name = %s", "users"
    )
    return {name for (name,) in found}


def locks(database: Database) -> list[str]:
    """Return who holds the lock, as it is committed."""
    found = rows(database, 'SELECT "lockedBy" FROM "__atscript_control" WHERE _id = %s', "sync_lock")
    return [holder for (holder,) in found]


def wait_for_a_blocked_statement(database: Database) -> None:
    """Wait until a sync waits for a lock that another transaction holds."""
    query = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = %s AND application_name = 'schemasync' AND wait_event_type = 'Lock'
    """
    deadline = time.monotonic() + WITHIN
    while rows(database, query, database.name) != [(1,)]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Terminal:
    """A command that runs on a terminal of 80 columns."""

    def __init__(self, process: "subprocess.Popen[bytes]", controller: int) -> None:
        self._process = process
        self._controller = controller
        self.raw = ""

    @property
    def shown(self) -> str:
        """What a person has seen, without colours."""
        return ESCAPES.sub("", self.raw).replace("\r\n", "\n")

    def until(self, text: str, *, after: int = 0) -> None:
        """Wait until a text is shown, beyond a place."""
        deadline = time.monotonic() + WITHIN
        while text not in self.shown[after:]:
            assert time.monotonic() < deadline, self.shown
            assert self._read(), self.shown

    def answer(self, text: str) -> None:
        """Type."""
        os.write(self._controller, text.encode())

    def interrupt(self) -> None:
        """Do what Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Return the exit code, once everything is shown."""
        while self._read():
            pass
        return self._process.wait(WITHIN)

    def _read(self) -> bool:
        """Take what is there to read; False at the end."""
        if not select.select([self._controller], [], [], WITHIN)[0]:
            raise AssertionError(f"nothing more is shown: {self.shown}")
        try:
            data = os.read(self._controller, 65536)
        except OSError:  # what Linux says at the end
            return False
        self.raw += data.decode(errors="replace")
        return bool(data)


@contextmanager
def terminal(
    *command: object,
    database: Database | None = None,
    stdout: Path | None = None,
    more: Mapping[str, str] | None = None,
) -> Iterator[Terminal]:
    """Run a command on a terminal, its standard output in a file where one is named."""
    controller, end = pty.openpty()
    ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    output = end if stdout is None else os.open(stdout, os.O_WRONLY | os.O_CREAT, 0o600)
    process = subprocess.Popen(
        list(map(str, command)),
        stdin=end,
        stdout=output,
        stderr=end,
        env=environment(database, more),
        start_new_session=True,
    )
    for each in {end, output}:
        os.close(each)
    try:
        yield Terminal(process, controller)
    finally:
        process.kill()
        process.wait(WITHIN)
        os.close(controller)


def variables(secret: str) -> Mapping[str, str]:
    """Return an environment that names a server that is not there, with a password."""
    return {"DATABASE_URL": f"postgresql://user:{secret}@127.0.0.1:1/shop?connect_timeout=2"}


def entry(name: str, status: EntryStatus = EntryStatus.CREATE, **changes: Any) -> Entry:
    """Return an entry of a plan, with a statement where its status has one."""
    statement = Statement(
        relation=Name("public", name),
        command=f"CREATE TABLE {name} ()",
        detail="create",
        stage=Stage.CREATE,
        hazards=(Hazard(kind=HazardKind.BLOCKS_WRITES, message="blocks writes", rows=3),),
    )
    moving = status in {EntryStatus.CREATE, EntryStatus.ALTER, EntryStatus.DROP}
    fields = {"kind": Kind.TABLE, "statements": (statement,) if moving else (), **changes}
    return Entry(name=name, relation=statement.relation, status=status, **fields)


def plan(*entries: Entry) -> Plan:
    """Return a plan of these entries."""
    statements = tuple(statement for each in entries for statement in each.statements)
    return Plan(id="3f9a" * 16, entries=entries, statements=statements)

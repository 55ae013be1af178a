"""pgbouncer in transaction mode, in front of a server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg

from testbed.databases import Database
from testbed.processes import Server, free_port, remove, server_user, short_directory

PROGRAM = shutil.which("pgbouncer", path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin")))


@contextmanager
def pooled(database: Database, connections: int = 3) -> Iterator[str]:
    """Yield a URL of a database by way of a pooler that has few connections to it."""
    assert PROGRAM is not None
    parts = urlsplit(database.url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    directory, port, account = short_directory("ssync-pooler-"), free_port(), server_user()
    settings = directory / "pgbouncer.ini"
    users = directory / "users.txt"
    settings.write_text(
        f"[databases]\n* = host={parts.hostname} port={parts.port}\n"
        "[pgbouncer]\npool_mode = transaction\nlisten_addr = 127.0.0.1\nunix_socket_dir =\n"
        f"listen_port = {port}\nauth_type = scram-sha-256\nauth_file = {users}\n"
        f"default_pool_size = {connections}\nmax_client_conn = 200\n"
    )
    users.write_text(f'"{user}" "{password}"\n')
    if account is not None:
        for path in (directory, settings, users):
            os.chown(path, account.pw_uid, account.pw_gid)
    login = parts.netloc.rpartition("@")[0]
    url = urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}"))
    log = directory / "pgbouncer.log"
    server = Server("pgbouncer", [PROGRAM, settings], log=log, directory=directory, user=account)
    try:
        server.wait_ready(lambda: _answers(url))
        yield url
    finally:
        server.stop()
        remove(directory)


def _answers(url: str) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=5):
        return True
    return False

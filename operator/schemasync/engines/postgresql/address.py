"""Where a URL leads, with nothing of what this process's environment or home directory would add.

The driver's library fills in what a URL leaves out from variables like PGPASSWORD and from files
like ~/.pgpass: a password of the operator's own would go to a server that a tenant names.
"""

from __future__ import annotations

import os
import pwd
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg import conninfo, pq

from schemasync.errors import InvalidTarget

if TYPE_CHECKING:
    from schemasync.engines.base import Target

_PLACE = re.compile(r"[\w.:%,/\-]*")
_PORTS = re.compile(r"[\d,]*")
_ONE_HOST = re.compile(r"[\w.:\-][\w.:%\-]*")
_NAME = re.compile(r"[\w.\-]*[^\W\d][\w.\-]*")
_MOST_ADDRESSES = 3
_ONE_PORT = re.compile(r"[0-9]{1,5}")
# An @ that is not percent-encoded, after the first or after the first slash: a part of a password.
_AT = re.compile(r"^\w+://(?:[^/@]*@[^/]*@|[^/]*/[^?]*@)")
Option = str | int | None

# libpq's own limit: less than 2 seconds is not kept to.
_LEAST_CONNECT_TIMEOUT = 2
# There can be no such file, whatever the home directory is.
_NO_FILE = "/dev/null/none"
_FIXED: Mapping[str, Option] = {
    "application_name": "schemasync",
    "client_encoding": "UTF8",
    "gssencmode": "disable",
    "max_protocol_version": "3.0",
    "min_protocol_version": "3.0",
    "passfile": _NO_FILE,
    # By any means that takes no ticket of this process's own.
    "require_auth": "!gss,!sspi",
    "sslcertmode": "disable",
    "sslcrl": _NO_FILE,
    "sslcrldir": _NO_FILE,
    # A killed client's or server's end is noticed within a minute, not within two hours.
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


@dataclass(frozen=True, slots=True)
class Parameters:
    """How to connect, read from a URL. Its representation holds no secret."""

    conninfo: str
    place: str
    user: str
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Parameters({self.place!r})"


def read_url(target: Target) -> Parameters:
    """Read a target's URL. Raises InvalidTarget, without quoting any part of the URL."""
    given = _given(target.url)
    host, port = str(given.get("host", "")), str(given.get("port", ""))
    if not _PLACE.fullmatch(host) or not _PORTS.fullmatch(port):
        raise _unreadable()
    timeout = max(_LEAST_CONNECT_TIMEOUT, round(target.connect_timeout))
    place = f"database {given.get('dbname', '(default)')!r} at {host or 'localhost'}:{port or 5432}"
    password = str(given.get("password") or "")
    options = {**_defaults(given), **given, "connect_timeout": timeout}
    text = conninfo.make_conninfo("", **options)
    return Parameters(text, place, str(options["user"]), (password, target.url) if password else ())


def names_one_host(url: str) -> bool:
    """Return whether a URL leads to one host over the network: not to several, nor to a local socket."""
    try:
        given = _given(url)
    except InvalidTarget:
        return False
    port = str(given.get("port", "5432"))
    return (
        _ONE_HOST.fullmatch(str(given.get("host", ""))) is not None
        and _ONE_PORT.fullmatch(port) is not None
        and 0 < int(port) < 1 << 16
        and not {"hostaddr", "service"} & given.keys()
    )


def few_addresses(text: str) -> str:
    """Return what to connect by, with the first addresses of its host.

    Each is tried for the whole of the time to connect: a name may have any number of them.
    """
    options = conninfo.conninfo_to_dict(text)
    host, port = str(options.get("host", "")), str(options.get("port", ""))
    if not _NAME.fullmatch(host) or not _ONE_PORT.fullmatch(port):
        return text
    try:
        found = socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP, type=socket.SOCK_STREAM)
    except OSError:
        return text
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))[:_MOST_ADDRESSES]
    several = {"host": ",".join([host] * len(addresses)), "hostaddr": ",".join(addresses)}
    return conninfo.make_conninfo(text, **several)


def _given(url: str) -> Mapping[str, Option]:
    """Return what a URL says, decoded. Raises InvalidTarget."""
    if _AT.search(url):
        raise _unreadable()
    try:
        return conninfo.conninfo_to_dict(url)
    except (psycopg.Error, UnicodeError):
        raise _unreadable() from None


def _defaults(given: Mapping[str, Option]) -> dict[str, Option]:
    """Return a value for everything that the environment or a file could give one."""
    known = {each.keyword.decode(): each for each in pq.Conninfo.get_defaults()}
    compiled: dict[str, Option] = {
        name: (each.compiled or b"").decode()
        for name, each in known.items()
        if each.envvar and name != "service"
    }
    # Whom else could a server's certificate be checked against, without a file of ours?
    roots = "system" if given.get("sslmode") == "verify-full" else _NO_FILE
    fixed = {name: value for name, value in _FIXED.items() if name in known}
    options = {**compiled, **fixed, "user": _login(), "sslrootcert": roots}
    if "sslcert" in given:
        del options["sslcertmode"]
    return options


def _login() -> str:
    """Return the name that a local user connects by, empty where the system has none."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return ""


def _unreadable() -> InvalidTarget:
    return InvalidTarget(
        "the database URL cannot be read: write postgresql://user:password@host:port/database, with every "
        "character of user and password other than letters, digits, '-', '.', '_' and '~' percent-encoded"
    )

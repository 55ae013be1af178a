"""Connections to PostgreSQL, and what the driver's errors mean.

No session state is set: a pooler in transaction mode would lose it. Nothing that leaves here
holds the password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import conninfo

from schemasync.engines.postgresql.bounds import BoundedConnection, NoAnswer, TooLarge
from schemasync.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    InvalidTarget,
    SchemaSyncError,
    StatementFailed,
)

if TYPE_CHECKING:
    from schemasync.engines.base import Target

Connection = psycopg.Connection[tuple[Any, ...]]

_HOST = re.compile(r"[\w.:%,/\-]*")
# An @ that is not percent-encoded, after the first or after the first slash: a part of a password.
_AT = re.compile(r"^\w+://(?:[^/@]*@[^/]*@|[^/]*/[^?]*@)")
_PORT = re.compile(r"[\d,]*")
# libpq's own limit: less than 2 seconds is not kept to.
_LEAST_CONNECT_TIMEOUT = 2

# A killed client's or server's end is noticed within a minute, not within two hours.
# Replacing every occurrence of a shorter secret would tell it by what is missing.
_TELLING = 4
_KEEPALIVES = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}

# SQLSTATEs after which the same transaction may succeed if it is tried again.
RETRYABLE = frozenset({"55P03", "40P01", "40001"})
_TRANSIENT_CLASSES = ("08", "53", "57P", "58")


@dataclass(frozen=True, slots=True)
class Parameters:
    """How to connect, read from a URL. Its representation holds no secret."""

    conninfo: str
    place: str
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Parameters({self.place!r})"


def read_url(target: Target) -> Parameters:
    """Read a target's URL. Raises InvalidTarget, without quoting any part of the URL."""
    if _AT.search(target.url):
        raise _unreadable()
    try:
        options = conninfo.conninfo_to_dict(target.url)
    except psycopg.Error:
        raise _unreadable() from None
    host, port = str(options.get("host", "")), str(options.get("port", ""))
    if not _HOST.fullmatch(host) or not _PORT.fullmatch(port):
        raise _unreadable()
    options.setdefault("application_name", "schemasync")
    timeout = max(_LEAST_CONNECT_TIMEOUT, round(target.connect_timeout))
    place = f"database {options.get('dbname', '(default)')!r} at {host or 'localhost'}:{port or 5432}"
    password = str(options.get("password") or "")
    text = conninfo.make_conninfo("", **{**_KEEPALIVES, **options, "connect_timeout": timeout})
    return Parameters(text, place, (password, target.url) if password else ())


def _unreadable() -> InvalidTarget:
    return InvalidTarget(
        "the database URL cannot be read: write postgresql://user:password@host:port/database, with every "
        "character of user and password other than letters, digits, '-', '.', '_' and '~' percent-encoded"
    )


def open_connection(parameters: Parameters) -> BoundedConnection:
    """Connect, in autocommit. Raises ConnectionFailed or AuthenticationFailed."""
    try:
        return BoundedConnection.connect(parameters.conninfo, autocommit=True, prepare_threshold=None)
    except psycopg.Error as error:
        raise _connect_error(error, parameters) from None


# The server's SQLSTATE does not reach a client that fails to connect; only its text does.
_DATABASE_MISSING = re.compile(r'database ".*" does not exist')
_BUSY = re.compile(
    r"starting up|shutting down|recovery|not yet accept|too many|connection slots|refused|timeout"
)


def _connect_error(error: psycopg.Error, parameters: Parameters) -> ConnectionFailed:
    text = scrub(str(error), parameters.secrets)
    asked = error.pgconn is not None and (error.pgconn.used_password or error.pgconn.needs_password)
    message = f"cannot connect to {parameters.place}: {_last_line(text)}"
    if _DATABASE_MISSING.search(text):
        return ConnectionFailed(message, reason="DatabaseNotFound", transient=False)
    if "authentication failed" in text or "pg_hba.conf" in text or (asked and not _BUSY.search(text)):
        return AuthenticationFailed(message)
    return ConnectionFailed(message)


def _last_line(text: str) -> str:
    """Return the driver's message on one line, without its hints about addresses that it tried."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(line for line in lines if not line.startswith(("Is the server", "Multiple connection")))


def scrub(text: str, secrets: tuple[str, ...]) -> str:
    """Return a text with every secret in it replaced."""
    if any(len(secret) < _TELLING and secret in text for secret in secrets):
        return "(the driver's message is left out: it may show a part of the password)"
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


@contextmanager
def translated(parameters: Parameters, *, statement: str = "") -> Iterator[None]:
    """Turn the driver's errors into ours, once, with secrets cut."""
    try:
        yield
    except psycopg.Error as error:
        raise translate(error, parameters, statement) from None


def translate(error: psycopg.Error, parameters: Parameters, statement: str) -> SchemaSyncError:
    """Return what a driver's error means.

    A server's DETAIL is left out: it quotes rows.
    """
    doing = f" ({statement})" if statement else ""
    if isinstance(error, NoAnswer):
        return ConnectionFailed(
            f"{parameters.place} did not answer within {error.bounds.seconds:g} s{doing}: it is "
            "overloaded, or another transaction holds a lock, which pg_locks and pg_stat_activity show; "
            f"it is tried again{error.bounds.hint}"
        )
    if isinstance(error, TooLarge):
        return ConnectionFailed(f"{parameters.place} sent {error}{doing}: it is none that can be worked with")
    state = error.sqlstate or ""
    text = scrub(error.diag.message_primary or _last_line(str(error)), parameters.secrets)
    if state.startswith(("08", "57P")) or (not state and isinstance(error, _LOST)):
        return ConnectionFailed(f"lost {parameters.place}: {text}")
    if state.startswith("22"):
        # The server's own words quote the value.
        text = f"a value of a row does not fit ({type(error).__name__})"
    transient = state in RETRYABLE or state.startswith(_TRANSIENT_CLASSES)
    return StatementFailed(
        f"{parameters.place} refused a statement: {text}{doing} [SQLSTATE {state}]{_advice(state, error)}",
        statement=statement,
        reason=_reason(state),
        transient=transient,
    )


_DEPENDENTS = "2BP01"
_LOST = (psycopg.OperationalError, psycopg.InterfaceError)
_REASONS = {
    "42501": "InsufficientPrivilege",
    "55P03": "LockNotAvailable",
    "40P01": "Deadlock",
    "40001": "SerializationFailure",
    "57014": "StatementTimeout",
}


def _reason(state: str) -> str:
    return _REASONS.get(state, "StatementFailed")


def _advice(state: str, error: psycopg.Error) -> str:
    if state == "55P03":
        return "; another transaction uses the table, and it is tried again"
    if state == _DEPENDENTS:
        return ""  # the server would advise CASCADE, which takes what nobody has looked at
    return f"; {error.diag.message_hint}" if error.diag.message_hint else ""

"""Opening connections to PostgreSQL, and what the driver's errors mean.

No session state is set: a pooler in transaction mode would lose it. Nothing that leaves here
holds the password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from schemasync.engines.postgresql.address import Parameters, few_addresses
from schemasync.engines.postgresql.bounds import BoundedConnection, NoAnswer, TooLarge
from schemasync.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    SchemaSyncError,
    StatementFailed,
)

Connection = psycopg.Connection[tuple[Any, ...]]

# Replacing every occurrence of a shorter secret would tell it by what is missing.
_TELLING = 4

# SQLSTATEs after which the same transaction may succeed if it is tried again.
RETRYABLE = frozenset({"55P03", "40P01", "40001"})
_TRANSIENT_CLASSES = ("08", "53", "57P", "58")


def open_connection(parameters: Parameters) -> BoundedConnection:
    """Connect, in autocommit. Raises ConnectionFailed or AuthenticationFailed."""
    try:
        return BoundedConnection.connect(
            few_addresses(parameters.conninfo), autocommit=True, prepare_threshold=None
        )
    except psycopg.Error as error:
        raise _connect_error(error, parameters) from None


# The server's SQLSTATE does not reach a client that fails to connect; only its text does. What each
# cause is called here, and what to do about it, shows nothing of what the server wrote.
_CAUSES = (
    (r"password authentication failed", "password authentication failed for user {user!r}"),
    (
        r"pg_hba\.conf",
        "the server's pg_hba.conf has no entry for user {user!r} from here, or wants encryption",
    ),
    (r'role ".*" does not exist', "the server has no role {user!r}"),
    (r"not permitted to log in", "the role {user!r} may not log in"),
    (r"permission denied for database", "user {user!r} may not connect to this database: GRANT CONNECT"),
    (r'database ".*" does not exist', "the server has no such database: create it, or correct the URL"),
    (r"too many|connection slots", "the server has no connection left"),
    (r"starting up|shutting down|recovery|not yet accept", "the server is starting, stopping or recovering"),
    (r"refused", "nothing accepts connections there: the server is down, or host or port are wrong"),
    (r"timeout|timed out", "no answer in time: the server is down, or the network lets nothing pass"),
    (r"resolve|translate host|not known", "the name of the host cannot be resolved"),
    (r"does not support SSL", "the server has no encryption, and the URL's sslmode wants it"),
    (r"certificate", "the server's certificate is not accepted"),
    (r"closed the connection", "the server closed the connection, as another service than PostgreSQL would"),
)
_DATABASE_MISSING = re.compile(r'database ".*" does not exist')
_SERVICE = re.compile(r"definition of service")
_REFUSED = re.compile(
    r"authentication failed|pg_hba\.conf|role \".*\" does not exist|not permitted to log in"
)
_BUSY = re.compile(
    r"starting up|shutting down|recovery|not yet accept|too many|connection slots|refused|time|closed"
)


def _connect_error(error: psycopg.Error, parameters: Parameters) -> ConnectionFailed:
    text = _last_line(str(error))
    asked = error.pgconn is not None and (error.pgconn.used_password or error.pgconn.needs_password)
    message = f"cannot connect to {parameters.place}: {_cause(text, parameters, told=asked)}"
    if _SERVICE.search(text):
        return ConnectionFailed(f"{message}: unset PGSERVICE, nothing of the environment is used here")
    if _DATABASE_MISSING.search(text):
        return ConnectionFailed(message, reason="DatabaseNotFound", transient=False)
    if _REFUSED.search(text) or (asked and not _BUSY.search(text)):
        return AuthenticationFailed(message)
    return ConnectionFailed(message)


_ATTEMPT = re.compile(r"- host: '(.*?)', port: '(.*?)', hostaddr: '.*?': (?:.* failed: )?(.*)")


def _cause(text: str, parameters: Parameters, *, told: bool) -> str:
    """Return why a connection failed.

    A server that was `told` the password may return it in any form: what it writes is not shown then.
    """
    known = next((words for pattern, words in _CAUSES if re.search(pattern, text)), None)
    cause = known and known.format(user=parameters.user)
    if not told and not _is_hidden(text, parameters.secrets):
        return f"{scrub(text, parameters.secrets)}; {cause}" if cause else scrub(text, parameters.secrets)
    return (
        cause
        or "the server refused the login; its own log says why, since what it wrote may hold the password"
    )


def _last_line(text: str) -> str:
    """Return the driver's message on one line; of several addresses what each had to say, in short."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    attempts = [match for line in lines if (match := _ATTEMPT.match(line))]
    if attempts:
        return "; ".join(dict.fromkeys(f"{each[1]}:{each[2]}: {each[3]}" for each in attempts))
    return " ".join(line for line in lines if not line.startswith("Is the server"))


def _is_hidden(text: str, secrets: tuple[str, ...]) -> bool:
    return any(len(secret) < _TELLING and secret in text for secret in secrets)


def scrub(text: str, secrets: tuple[str, ...]) -> str:
    """Return a text with every secret in it replaced."""
    if _is_hidden(text, secrets):
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
            "overloaded, or another transaction holds a lock, which pg_locks and pg_stat_activity show"
            f"{error.bounds.hint}"
        )
    if isinstance(error, TooLarge):
        return ConnectionFailed(f"{parameters.place} sent {error}{doing}: it is none that can be worked with")
    state = error.sqlstate or ""
    text = scrub(error.diag.message_primary or _last_line(str(error)), parameters.secrets)
    if state in _TIMED_OUT:
        return ConnectionFailed(
            f"lost {parameters.place}{doing}: the server's {_TIMED_OUT[state]} is too short"
        )
    if state.startswith(("08", "57P")) or (not state and isinstance(error, _LOST)):
        return ConnectionFailed(f"lost {parameters.place}: {text}")
    if state.startswith("22"):
        # The server's own words quote the value.
        text = f"a value of a row does not fit ({type(error).__name__})"
    transient = state in RETRYABLE or state.startswith(_TRANSIENT_CLASSES)
    advice = _advice(state, error, statement)
    return StatementFailed(
        f"{parameters.place} refused a statement: {text}{doing} [SQLSTATE {state}]{advice}",
        statement=statement,
        reason=_reason(state),
        transient=transient,
    )


_TIMED_OUT = {"25P03": "idle_in_transaction_session_timeout", "25P04": "transaction_timeout"}
_DEPENDENTS = "2BP01"
_ADVICE = {
    "55P03": "another transaction uses the table, and it is tried again",
    "25006": "the server is a standby, or default_transaction_read_only is set: name the primary",
    "57014": "statement_timeout is too short: that of this sync, else that of the role or database",
}
_CONTROL = "the login needs SELECT, INSERT, UPDATE and DELETE on __atscript_control, or CREATE on its schema"
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


def _advice(state: str, error: psycopg.Error, statement: str) -> str:
    advice = error.diag.message_hint
    if state in _ADVICE and not (state == "57014" and "timeout" not in str(error)):
        advice = _ADVICE[state]
    elif state == _DEPENDENTS:
        advice = None  # the server's is CASCADE, which takes what nobody has looked at
    elif state == "42501" and statement.endswith(("the control table", "the lock", "the state")):
        advice = _CONTROL
    return f"; {advice}" if advice else ""

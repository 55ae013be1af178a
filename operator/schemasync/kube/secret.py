"""From a Secret's data to a database URL, as operators and service bindings write them.

Nothing of a Secret's values is ever put into a message, not even what looks like the name of a
parameter: in a URL whose password has an unescaped `?` that would be half of the password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from schemasync.engines import names_one_host
from schemasync.errors import InvalidTarget
from schemasync.kube.spec import Ref, SecretRef

SCHEMES = frozenset({"postgresql", "postgres"})
# None of these names a file or reaches past the connection.
PARAMETERS = {
    "sslmode": re.compile(r"disable|allow|prefer|require|verify-ca|verify-full"),
    "connect_timeout": re.compile(r"\d{1,4}"),
    "application_name": re.compile(r"[\x20-\x7e]{1,63}"),
    "target_session_attrs": re.compile(r"any|read-write|read-only|primary|standby|prefer-standby"),
}
DEFAULT_PORT = "5432"
_NO_URL = "is not a URL; characters like / ? # @ : in a password must be percent-encoded"
_ONE_HOST = (
    "must name one host and its port, and no path of a socket; other characters of user, password and "
    "database than letters, digits, '-', '.', '_' and '~' must be percent-encoded"
)
CONTROL = re.compile(r"[\x00-\x20\x7f]")


class SecretInvalid(InvalidTarget):
    """The Secret is there, but what it holds is no address of a database."""

    reason = "SecretInvalid"


def database_url(data: Mapping[str, bytes], wanted: SecretRef, namespace: str) -> str:
    """Return the URL that a Secret's decoded data stands for.

    With a key its value is the URL; without, `url`, `uri`, or the parts `host`, `port`, `user` or
    `username`, `password`, `dbname` or `database`. Raises SecretInvalid.
    """
    where = f"Secret {Ref(namespace, wanted.name)}"
    if wanted.key is not None:
        if wanted.key not in data:
            raise SecretInvalid(f"{where} has no key {wanted.key}", reason="SecretKeyNotFound")
        return _checked(_text(data, wanted.key, where), f"{where}, key {wanted.key}")
    for key in ("url", "uri"):
        if key in data:
            return _checked(_text(data, key, where), f"{where}, key {key}")
    return _checked(_from_parts(data, where), where)


def _from_parts(data: Mapping[str, bytes], where: str) -> str:
    host, user, name = (
        _one_of(data, keys, where) for keys in (("host",), ("user", "username"), ("dbname", "database"))
    )
    if "type" in data and _text(data, "type", where).lower() not in SCHEMES:
        raise SecretInvalid(f"{where}, key type: only postgresql databases can be synced")
    port = _text(data, "port", where) if "port" in data else DEFAULT_PORT
    if not port.isascii() or not port.isdigit():
        raise SecretInvalid(f"{where}, key port: must be a number")
    password = f":{_quoted(_text(data, 'password', where))}" if "password" in data else ""
    address = f"[{_quoted(host, ':')}]" if ":" in host else _quoted(host)
    return f"postgresql://{_quoted(user)}{password}@{address}:{port}/{_quoted(name)}"


def _one_of(data: Mapping[str, bytes], keys: tuple[str, ...], where: str) -> str:
    for key in keys:
        if data.get(key):
            return _text(data, key, where)
    raise SecretInvalid(
        f"{where} has neither url nor uri, and no {' or '.join(keys)}; "
        "it needs a URL, or host, port, user, password and dbname"
    )


def _text(data: Mapping[str, bytes], key: str, where: str) -> str:
    try:
        # A line end comes with every value that was made with `echo` or an editor.
        return data[key].decode().strip("\r\n")
    except UnicodeDecodeError:
        raise SecretInvalid(f"{where}, key {key}: is not UTF-8 text") from None


def _quoted(text: str, safe: str = "") -> str:
    return quote(text, safe=safe)


def _checked(url: str, where: str) -> str:
    """Return the URL, or raise SecretInvalid with what is wrong about it, in our words alone."""
    problem = _problem(url)
    if problem is not None:
        raise SecretInvalid(f"{where}: {problem}")
    return url


def _problem(url: str) -> str | None:
    if CONTROL.search(url):
        return "the URL has spaces or control characters in it; they must be percent-encoded"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return _NO_URL
    if url.partition("://")[0] not in SCHEMES:
        return "must be a URL that begins with postgresql:// or postgres://"
    if port == 0 or parts.fragment or url.endswith("#"):
        return _NO_URL
    problem = _address_problem(parts) or _query_problem(parts.query)
    if problem is None and not names_one_host(url):
        return _ONE_HOST
    return problem


def _address_problem(parts: SplitResult) -> str | None:
    if not parts.hostname:
        return _ONE_HOST
    if not parts.username:
        return "the URL must name the user"
    name = parts.path.removeprefix("/")
    if not name or "/" in name:
        return "the URL must name the database, as in postgresql://user:password@host:5432/database"
    return None


def _query_problem(query: str) -> str | None:
    allowed = f"only {', '.join(PARAMETERS)} may stand after the ? of the URL"
    try:
        given = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        return allowed
    for name, value in given:
        if name not in PARAMETERS:
            return allowed
        if not PARAMETERS[name].fullmatch(value):
            return f"the URL's parameter {name} has a value that it cannot have"
    if len({name for name, _ in given}) < len(given):
        return "a parameter of the URL is given twice"
    return None

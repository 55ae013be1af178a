"""Database engines: for each a pure dialect and a database that does its I/O.

The only package that knows database drivers. It is told what is wanted and never reads
files, compiles schemas, or decides what may be done. Engines are listed in one dict, by URL
scheme, and loaded when they are used: a driver is slow to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from schemasync.errors import InvalidTarget

if TYPE_CHECKING:
    from schemasync.engines.base import Database, Dialect, Target

_ENGINES = {
    "postgresql": "schemasync.engines.postgresql",
    "postgres": "schemasync.engines.postgresql",
}


def dialect_for(url: str) -> Dialect:
    """Return the dialect of the engine that a URL names, without connecting.

    Raises InvalidTarget for a scheme that no engine has.
    """
    return cast("Dialect", import_module(_module(url)).make_dialect())


def connect(target: Target) -> Database:
    """Return a database; it connects when it is first used.

    Raises InvalidTarget when the URL cannot be read.
    """
    return cast("Database", import_module(_module(target.url)).make_database(target))


def names_one_host(url: str) -> bool:
    """Return whether a URL leads to one host over the network, by what the driver itself reads in it.

    Raises InvalidTarget for a scheme that no engine has.
    """
    return bool(import_module(_module(url)).names_one_host(url))


def _module(url: str) -> str:
    scheme, separator, _ = url.partition("://")
    if not separator:
        raise InvalidTarget("the database URL has no scheme: write it as postgresql://user@host/database")
    try:
        return _ENGINES[scheme]
    except KeyError:
        if scheme.lower() in _ENGINES:
            raise InvalidTarget("the scheme of the database URL must be in lower case") from None
        known = ", ".join(sorted(_ENGINES))
        raise InvalidTarget(f"no engine for the scheme of the database URL; known are: {known}") from None

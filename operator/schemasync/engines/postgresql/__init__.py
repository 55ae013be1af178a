"""PostgreSQL 15 and later.

`make_dialect()` is pure and needs no driver; `make_database()` does the I/O. Statements that read or
change rows bind their values; only DDL holds constants, quoted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemasync.engines.base import Database, Dialect, Target


def make_dialect() -> Dialect:
    """Return the dialect."""
    from schemasync.engines.postgresql.dialect import PostgresDialect  # noqa: PLC0415 - on use

    return PostgresDialect()


def make_database(target: Target) -> Database:
    """Return the database of a target; it connects when it is first used."""
    from schemasync.engines.postgresql.database import PostgresDatabase  # noqa: PLC0415 - a slow driver

    return PostgresDatabase(target)


def names_one_host(url: str) -> bool:
    """Return whether a URL leads to one host over the network."""
    from schemasync.engines.postgresql import address  # noqa: PLC0415 - a slow driver

    return address.names_one_host(url)

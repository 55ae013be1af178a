"""What SQL engines share: quoting, by SQLAlchemy's dialects, and names within an engine's limit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from schemasync.catalog import Name

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

_HASH_DIGITS = 8


class Quoter:
    """Quotes identifiers and constants for commands that cannot take parameters (DDL).

    Identifiers are quoted always: what needs no quotes today may be a keyword tomorrow.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._quote = dialect.identifier_preparer.quote_identifier
        self._quote_if_needed = dialect.identifier_preparer.quote

    def name(self, name: str) -> str:
        """Return an identifier, quoted."""
        return self._quote(name)

    def name_if_needed(self, name: str) -> str:
        """Return an identifier, quoted where it must be."""
        return self._quote_if_needed(name)

    def full(self, name: Name) -> str:
        """Return a relation's full name, quoted part by part."""
        return ".".join(self._quote(part) for part in name if part)

    def names(self, names: Iterable[str]) -> str:
        """Return identifiers, quoted and separated by commas."""
        return ", ".join(map(self._quote, names))


def cut(name: str, limit: int) -> str:
    """Cut a name to `limit` bytes of UTF-8 on a character boundary, as PostgreSQL itself does."""
    return name.encode()[:limit].decode(errors="ignore")


def cut_with_hash(name: str, limit: int) -> str:
    """Cut a name that is longer than `limit` bytes so that different ones stay different.

    It then ends in 8 hex digits of the full name's SHA-256.
    """
    if len(name.encode()) <= limit:
        return name
    tail = hashlib.sha256(name.encode()).hexdigest()[:_HASH_DIGITS]
    return cut(name, limit - _HASH_DIGITS) + tail

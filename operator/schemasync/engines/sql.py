"""What SQL engines share: quoting, by SQLAlchemy's dialects, and names within an engine's limit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from schemasync.catalog import Name

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.compiler import IdentifierPreparer

_HASH_DIGITS = 8


class Quoter:
    """Quotes identifiers and constants for commands that cannot take parameters (DDL).

    Identifiers are quoted always: what needs no quotes today may be a keyword tomorrow.
    """

    def __init__(self, load: Callable[[], Dialect]) -> None:
        """Take what loads the dialect, which is done when something is quoted: that is slow."""
        self._load = load
        self._loaded: IdentifierPreparer | None = None

    @property
    def _preparer(self) -> IdentifierPreparer:
        if self._loaded is None:
            self._loaded = self._load().identifier_preparer
        return self._loaded

    def name(self, name: str) -> str:
        """Return an identifier, quoted."""
        return self._preparer.quote_identifier(name)

    def full(self, name: Name) -> str:
        """Return a relation's full name, quoted part by part."""
        return ".".join(self.name(part) for part in name if part)

    def names(self, names: Iterable[str]) -> str:
        """Return identifiers, quoted and separated by commas."""
        return ", ".join(map(self.name, names))


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

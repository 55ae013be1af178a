"""Our own digests: over everything in the model that reaches a database, and over the files."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from hashlib import sha256
from posixpath import normpath
from typing import TYPE_CHECKING, Any

from schemasync.errors import Span

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from schemasync.model import Schema

# What a model remembers of the files beside what a database gets.
_OF_FILES = frozenset({"interface", "path"})
# Changes when the form of the digest does, so that an old one is never taken for a new one.
_VERSION = "schemasync model 1"


def model_digest(schema: Schema) -> str:
    """Return 64 hex digits that change with anything in the model that a database gets.

    The names of interfaces and props, and their places, are none of that. The order of the
    tables and views is left out, for it comes from the names of files.
    """
    parts = sorted(_canonical(relation) for relation in (*schema.tables, *schema.views))
    digest = sha256(_framed(_VERSION.encode()))
    for part in parts:
        digest.update(_framed(part.encode("utf-8", "surrogatepass")))
    return digest.hexdigest()


def files_digest(files: Mapping[str, str | bytes]) -> str:
    """Return 64 hex digits over the sorted paths and bytes of the `.as` files.

    Each path and each content is preceded by its length in eight bytes, so that no two
    sets of files have the same text.
    """
    digest = sha256()
    for path in sorted(path for path in files if path.endswith(".as")):
        content = files[path]
        data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        digest.update(_framed(normpath(path).encode("utf-8", "surrogatepass")))
        digest.update(_framed(data))
    return digest.hexdigest()


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(8, "big") + data


def _canonical(value: Any) -> str:  # noqa: ANN401 - any value of the model
    """Return a text that differs for different values.

    Defaults are left out, so that a new field of the model changes no digest.
    """
    if isinstance(value, str | int | float | None) and not isinstance(value, Enum):
        return repr(value)
    kind: Any = type(value)
    parts = _parts(kind)
    if parts is not None:
        given = (
            f"{name}={_canonical(item)}"
            for name, default in parts
            if (item := getattr(value, name)) != default and not isinstance(item, Span)
        )
        return f"{type(value).__name__}({','.join(given)})"
    if isinstance(value, Enum):
        return repr(value.value)
    if isinstance(value, tuple):
        return f"[{','.join(map(_canonical, value))}]"
    if isinstance(value, frozenset):
        return f"{{{','.join(sorted(map(_canonical, value)))}}}"
    return repr(value)


@cache
def _parts(kind: Hashable) -> tuple[tuple[str, object], ...] | None:
    """Return the fields of a kind of value that count, with their defaults; None where it has none."""
    if not isinstance(kind, type) or not is_dataclass(kind):
        return None
    return tuple((field.name, field.default) for field in fields(kind) if field.name not in _OF_FILES)

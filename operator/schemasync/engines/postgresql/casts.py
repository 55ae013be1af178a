"""How PostgreSQL brings the values of a column from one type to another, and what that may cost."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MODIFIED = re.compile(r"([a-z_ ]+?)(?:\((\d+)(?:,(-?\d+))?\))?")
_TEXTS = frozenset({"text", "character varying", "character", "citext"})
_INTEGERS = {"smallint": 16, "integer": 32, "bigint": 64}
_FLOATS = {"real": 24, "double precision": 53}
_JSON = frozenset({"json", "jsonb"})
# Operators get operands of exactly their types, here and below: else one that somebody put into a
# schema of the search_path could fit better than the server's own.
_JSON_TEXT = "({} #>> '{{}}'::text[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """A change of type.

    `using` is the expression that makes the new value, with `{}` for the column, None where the
    server's own conversion does. `lossy` says that a value may come out as less than it was;
    `rewrites` that the table is written anew. `misfit` is a condition, with `{}` for the column,
    of values that have no counterpart: rows with one make the change fail. `may_fail` says
    that only an attempt can tell.
    """

    using: str | None = None
    lossy: bool = False
    rewrites: bool = True
    misfit: str | None = None
    may_fail: bool = False


@dataclass(frozen=True, slots=True)
class _Type:
    base: str
    size: int | None
    scale: int


def _parse(text: str) -> _Type:
    match = _MODIFIED.fullmatch(text)
    if match is None:
        return _Type(text, None, 0)
    base, size, scale = match.groups()
    return _Type(base, int(size) if size else None, int(scale) if scale else 0)


def cast(before: str, after: str) -> Cast:  # noqa: PLR0911 - one case a family of types
    """Return how values of one canonical type become values of another."""
    old, new = _parse(before), _parse(after)
    if old == new:
        return Cast(rewrites=False)
    if old.base in _TEXTS and new.base in _TEXTS:
        return _text_to_text(old, new)
    if new.base in _TEXTS:
        return _to_text(old, new)
    if old.base in _INTEGERS and new.base in _INTEGERS:
        return _integer_to_integer(old, new)
    if new.base == "numeric" and (old.base in _INTEGERS or old.base == "numeric"):
        return _to_numeric(old, new)
    if new.base in _FLOATS and old.base in {*_INTEGERS, *_FLOATS, "numeric"}:
        return _to_float(old, new)
    if old.base in {*_FLOATS, "numeric"} and new.base in {*_INTEGERS, "numeric"}:
        return _float_to_exact(old, new)
    if new.base in _JSON:
        return Cast(using=None if old.base in _JSON else f"pg_catalog.to_{new.base}({{}})")
    return _other(old, new, after)


def _text_to_text(old: _Type, new: _Type) -> Cast:
    """Without USING the server refuses a value that is too long, where a cast would cut it."""
    shrinks = new.size is not None and (old.size is None or old.size > new.size)
    binary = old.base != "character" and new.base != "character"
    return Cast(
        misfit=f"length({{}}::text) > {new.size}" if shrinks else None,
        rewrites=shrinks or not binary,
    )


def _to_text(old: _Type, new: _Type) -> Cast:
    """JSON strings lose their quotes, everything else keeps its text."""
    text = _JSON_TEXT if old.base == "jsonb" else "{}::text"
    misfit = f"length({text}) > {new.size}" if new.size is not None else None
    return Cast(using=text, misfit=misfit)


def _integer_to_integer(old: _Type, new: _Type) -> Cast:
    bits = _INTEGERS[new.base]
    if bits > _INTEGERS[old.base]:
        return Cast()
    limit = 2 ** (bits - 1)
    return Cast(misfit=f"{{}} NOT BETWEEN {-limit} AND {limit - 1}")


def _to_numeric(old: _Type, new: _Type) -> Cast:
    if new.size is None:
        return Cast(rewrites=old.base != "numeric")
    digits = new.size - new.scale
    old_scale = old.scale if old.base == "numeric" else 0
    unbounded = old.base == "numeric" and old.size is None
    old_digits = (old.size or 0) - old.scale if old.base == "numeric" else 19
    fits = not unbounded and old_digits <= digits
    return Cast(
        lossy=unbounded or old_scale > new.scale,
        misfit=None if fits else f"abs(round({{}}::numeric, {new.scale})) >= 1e{digits}::numeric",
        rewrites=not (old.base == "numeric" and fits and old_scale == new.scale),
    )


def _to_float(old: _Type, new: _Type) -> Cast:
    bits = _FLOATS[new.base]
    if old.base in _INTEGERS:
        return Cast(lossy=_INTEGERS[old.base] > bits)
    return Cast(lossy=old.base == "numeric" or _FLOATS[old.base] > bits)


def _float_to_exact(old: _Type, new: _Type) -> Cast:
    if new.base == "numeric":
        digits = None if new.size is None else new.size - new.scale
        misfit = None if digits is None else f"abs(round({{}}::numeric, {new.scale})) >= 1e{digits}::numeric"
        return Cast(lossy=new.size is not None, misfit=misfit)
    limit = 2 ** (_INTEGERS[new.base] - 1)
    whole = old.base == "numeric" and old.size is not None and old.scale == 0
    return Cast(
        lossy=not whole, misfit=f"round({{}}::numeric) NOT BETWEEN {-limit}::numeric AND {limit - 1}::numeric"
    )


def _other(old: _Type, new: _Type, after: str) -> Cast:
    """Everything else goes by a cast that may fail; booleans and numbers know each other by integer."""
    if old.base == "boolean" and new.base in {*_INTEGERS, *_FLOATS, "numeric"}:
        return Cast(using=f"{{}}::integer::{after}")
    if new.base == "boolean" and old.base in {*_INTEGERS, *_FLOATS, "numeric"}:
        return Cast(using=f"({{}} <> 0::{old.base})", lossy=True)
    source = _JSON_TEXT if old.base == "jsonb" else "{}" if old.base in _TEXTS else "{}::text"
    return Cast(using=f"{source}::{after}", lossy=True, may_fail=True)

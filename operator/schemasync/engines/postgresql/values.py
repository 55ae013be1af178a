"""Types and constants as PostgreSQL itself prints them, so that both sides can be compared."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from functools import cache

from schemasync.catalog import Literal
from schemasync.engines.postgresql.regex import Unsuitable

_ALIASES = {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "float": "double precision",
    "bool": "boolean",
    "varchar": "character varying",
    "char": "character",
    "decimal": "numeric",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
}
_WORDS = frozenset({*_ALIASES.values()})
_TYPE = re.compile(r"([a-z_][a-z0-9_]*(?: [a-z]+)*)(\( *\d+ *(?:, *\d+ *)?\))?((?:\[\])*)")
_NUMERIC = ("integer", "smallint", "bigint", "real", "double precision", "numeric")

# A constant as the server prints it: `42`, `'-3'::integer`, `'a''b'::text`, `true`.
_CONSTANT = re.compile(r"(?:'((?:[^']|'')*)'|(-?\d[\d.]*(?:e[+-]?\d+)?|true|false))(?:::[^':]+)?", re.DOTALL)


@cache
def canonical_type(text: str) -> str:
    """Return a type as `format_type` prints it. Raises Unsuitable for what is no plain type name."""
    match = _TYPE.fullmatch(" ".join(text.lower().split()))
    if match is None:
        raise Unsuitable(f"{text!r} is not the name of a type")
    base, modifier, array = match.groups()
    base = _ALIASES.get(base, base)
    if " " in base and base not in _WORDS:
        raise Unsuitable(f"{text!r} is not the name of a type")
    if base == "character" and not modifier:
        modifier = "(1)"
    if base == "numeric" and modifier and "," not in modifier:
        modifier = modifier.replace(")", ",0)")
    return base + (modifier or "").replace(" ", "") + array


def canonical_value(text: str, kind: str) -> str:
    """Return a constant in the canonical text of its type. Raises Unsuitable where it is not of that type."""
    try:
        if kind.startswith(_NUMERIC):
            return _canonical_number(text)
        if kind == "boolean":
            return {"true": "true", "false": "false", "t": "true", "f": "false"}[text.lower()]
        if kind in ("json", "jsonb"):
            return json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)
    except (KeyError, ValueError):
        raise Unsuitable(f"the default {text!r} is not a value of type {kind}") from None
    return text


def _canonical_number(text: str) -> str:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(text) from None
    if not number.is_finite():
        raise ValueError(text)
    return format(number.normalize(), "f")


def read_constant(printed: str, kind: str) -> Literal | None:
    """Return the constant that a default is, in the canonical text of its type; None for any expression."""
    match = _CONSTANT.fullmatch(printed)
    if match is None:
        return None
    quoted, bare = match.groups()
    text = bare if quoted is None else quoted.replace("''", "'")
    try:
        return Literal(value=canonical_value(text, kind))
    except Unsuitable:
        return None

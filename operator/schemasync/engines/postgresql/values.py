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
    "bool": "boolean",
    "varchar": "character varying",
    "char": "character",
    "bpchar": "character",
    "decimal": "numeric",
    "varbit": "bit varying",
}
_WORDS = frozenset({"double precision", "character varying", "bit varying"})
_TIMES = {
    "timestamp": ("timestamp", "without time zone"),
    "timestamptz": ("timestamp", "with time zone"),
    "time": ("time", "without time zone"),
    "timetz": ("time", "with time zone"),
}
_SERIALS = frozenset({"serial", "serial2", "serial4", "serial8", "bigserial", "smallserial"})
_TYPE = re.compile(
    r"(?P<base>[a-z_][a-z0-9_]*(?: (?:precision|varying))?)"
    r"(?: ?\( ?(?P<size>\d+)(?: ?, ?(?P<scale>\d+))? ?\))?"
    r"(?: (?P<zone>with(?:out)? time zone))?(?P<array>(?:\[\])*)"
)
_NUMERIC = frozenset({"integer", "smallint", "bigint", "real", "double precision", "numeric"})
TEXTS = frozenset({"text", "character", "character varying", "citext"})
_COMPARABLE = _NUMERIC | TEXTS | {"boolean", "json", "jsonb"}
_BITS = {"smallint": 16, "integer": 32, "bigint": 64}
# What the server allows: characters, digits; and up to which precision a float is a small one.
_LONGEST = 10_485_760
_MOST_DIGITS = 1000
_SINGLE = 24

# A constant as the server prints it: `42`, `'-3'::integer`, `'a''b'::text`, `true`.
_CONSTANT = re.compile(r"(?:'((?:[^']|'')*)'|(-?\d[\d.]*(?:e[+-]?\d+)?|true|false))(?:::[^':]+)?", re.DOTALL)


@cache
def canonical_type(text: str) -> str:
    """Return a type as `format_type` prints it. Raises Unsuitable for what is no plain type name."""
    match = _TYPE.fullmatch(" ".join(text.lower().split()))
    if match is None:
        raise Unsuitable(f"{text!r} is not the name of a type")
    base, size, zone = match["base"], match["size"], match["zone"]
    if base in _TIMES:
        base, own = _TIMES[base]
        return f"{base}{f'({size})' if size else ''} {zone or own}{match['array']}"
    if zone or (" " in base and base not in _WORDS):
        raise Unsuitable(f"{text!r} is not the name of a type")
    if base in _SERIALS:
        raise Unsuitable(f"{text!r} is no type: declare @db.default.increment")
    if base == "float":
        base, size = ("real" if size and int(size) <= _SINGLE else "double precision"), None
    base = _ALIASES.get(base, base)
    return base + _modifier(base, size, match["scale"]) + match["array"]


def _modifier(base: str, size: str | None, scale: str | None) -> str:
    """Return a type's modifier in full. Raises Unsuitable for one that the server would refuse."""
    if size is None:
        return "(1)" if base in ("character", "bit") else ""
    limit = _MOST_DIGITS if base == "numeric" else _LONGEST
    if not 1 <= int(size) <= limit:
        raise Unsuitable(f"{base}({size}) is not possible: the number goes from 1 to {limit}")
    if base == "numeric":
        return f"({int(size)},{int(scale or 0)})"
    return f"({int(size)},{int(scale)})" if scale else f"({int(size)})"


def family(kind: str) -> str:
    """Return a canonical type without its modifier; that of an array keeps its brackets."""
    name, _, rest = kind.partition("(")
    return name + rest.partition(")")[2]


def is_comparable(kind: str) -> bool:
    """Return whether constants of a type can be compared by their canonical text."""
    return family(kind) in _COMPARABLE


def canonical_value(text: str, kind: str) -> str:
    """Return a constant in the canonical text of its type. Raises Unsuitable where it is not of that type."""
    try:
        if family(kind) in _NUMERIC:
            return _within(_canonical_number(text), kind)
        if kind == "boolean":
            return {"true": "true", "false": "false", "t": "true", "f": "false"}[text.lower()]
        if kind in ("json", "jsonb"):
            return json.dumps(json.loads(text, parse_float=_json_number), sort_keys=True, ensure_ascii=False)
    except (KeyError, ValueError):
        raise Unsuitable(f"the default {text!r} is not a value of type {kind}") from None
    base, _, size = kind.rstrip(")").partition("(")
    if base in TEXTS and size and len(text.rstrip()) > int(size):
        raise Unsuitable(f"the default {text!r} is longer than {kind} allows")
    return text


def _within(number: str, kind: str) -> str:
    bits = _BITS.get(kind)
    if bits is not None and not -(2 ** (bits - 1)) <= round(Decimal(number)) < 2 ** (bits - 1):
        raise ValueError(number)
    return number


def _json_number(text: str) -> int | float:
    """Return a number that has an exponent or a point: the server keeps no exponents."""
    number = Decimal(text)
    return int(number) if number.adjusted() < _MOST_DIGITS and number == int(number) else float(number)


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
    match = _CONSTANT.fullmatch(printed) if is_comparable(kind) else None
    if match is None:
        return None
    quoted, bare = match.groups()
    text = bare if quoted is None else quoted.replace("''", "'")
    try:
        return Literal(value=canonical_value(text, kind))
    except Unsuitable:
        return None

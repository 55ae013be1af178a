"""The order of names: JavaScript's `localeCompare`, that is the root collation of CLDR.

White space, punctuation, symbols, digits, letters, script by script; first without accents and
case, then by accent, then lower case before upper. The weights of ASCII stand here, so that most
schemas need no more; all others are in `collation.txt`, which is read when the first is asked for.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import cache, lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple

_BEFORE_LETTERS: Final = "\t\n\v\f\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789"
# All that sorts between two neighbours in ASCII has room between their weights.
_STEP: Final = 0x2000
# What the table calls rank 0 and 1: most characters differ from others in their first weight alone.
_COMMON_ACCENT: Final = "\x01"
_LOWER: Final = "\x02"
_UPPER: Final = {**dict.fromkeys("ABCDEFGHIJKLMNOPQRSTUVXYZ", "\x0d"), "W": "\x10"}
# Code points that the table does not have follow all others, in their own order.
_UNLISTED: Final = chr(0x10FFFF)
# How far behind its base a mark is looked for: real text has a few.
_MARKS: Final = 32
# The longest name whose key is kept, in characters.
_KEPT: Final = 64


def _ascii_tables() -> tuple[dict[int, str | None], dict[int, str | None]]:
    """Return the first and the last weight of each ASCII character."""
    first: dict[int, str | None] = dict.fromkeys(range(128))
    last: dict[int, str | None] = dict.fromkeys(range(128))
    for rank, char in enumerate(_BEFORE_LETTERS + "abcdefghijklmnopqrstuvwxyz", start=1):
        first[ord(char)], last[ord(char)] = chr(rank * _STEP), _LOWER
    for char, weight in _UPPER.items():
        first[ord(char)], last[ord(char)] = first[ord(char.lower())], weight
    return first, last


_FIRST, _LAST = _ascii_tables()


class _Weights(NamedTuple):
    """First, second and last weights: of a character, a contraction or a text."""

    first: str
    second: str
    last: str


class _Table(NamedTuple):
    """The file: runs of code points that differ in their first weight alone, and what has other weights."""

    starts: list[int]
    runs: list[tuple[int, int]]
    others: dict[str, _Weights]
    contracted: frozenset[str]


def collation_key(text: str) -> tuple[str, str, str]:
    """Return a key that sorts `text` as `localeCompare` does."""
    # What is kept has a bound in bytes: the names of a hostile file set may be of any length.
    return _kept_key(text) if len(text) <= _KEPT else _key(text)


@lru_cache(maxsize=32768)
def _kept_key(text: str) -> tuple[str, str, str]:
    return _key(text)


def _key(text: str) -> tuple[str, str, str]:
    if text.isascii():
        first = text.translate(_FIRST)
        return first, _COMMON_ACCENT * len(first), text.translate(_LAST)
    return _general_key(text)


def _general_key(text: str) -> tuple[str, str, str]:
    """Return the key of a text with characters outside ASCII."""
    table = _table()
    chars = _decomposed(text)
    found = []
    at = 0
    while at < len(chars):
        unit = chars[at]
        if unit in table.contracted:
            unit = _contraction(table, chars, at)
        found.append(_weights(table, unit))
        at += len(unit)
    return _joined(found)


def _decomposed(text: str) -> list[str]:
    """Return the characters of a text's NFD; the library's own time grows with the square of many marks."""
    ordered = []
    base = 0
    for char in text:
        for part in unicodedata.normalize("NFD", char):
            combining = unicodedata.combining(part)
            base += not combining
            ordered.append((base, combining, part))
    ordered.sort(key=itemgetter(0, 1))
    return [part for _, _, part in ordered]


def _contraction(table: _Table, chars: list[str], at: int) -> str:
    """Return the longest contraction at a place; its marks are moved next to it (UTS 10, S2.1)."""
    longest = ("".join(chars[at : at + length]) for length in (3, 2))
    unit = next((each for each in longest if each in table.others), chars[at])
    behind = 0
    for place in range(at + len(unit), min(at + _MARKS, len(chars))):
        combining = unicodedata.combining(chars[place])
        if not combining:
            break
        if combining > behind and unit + chars[place] in table.others:
            here = at + len(unit)
            unit += chars[place]
            chars[here : place + 1] = [chars[place], *chars[here:place]]
        else:
            behind = combining
    return unit


def _weights(table: _Table, unit: str) -> _Weights:
    """Return the weights of a character or a contraction."""
    found = table.others.get(unit)
    if found is not None:
        return found
    run = bisect_right(table.starts, ord(unit)) - 1
    length, weight = table.runs[run]
    behind = ord(unit) - table.starts[run]
    return _simple(chr(weight + behind) if behind < length else _UNLISTED + unit)


def _simple(first: str) -> _Weights:
    return _Weights(first, _COMMON_ACCENT, _LOWER)


@cache
def _table() -> _Table:
    """Read the file, whose first lines say how it is written."""
    text = Path(__file__).with_name("collation.txt").read_text(encoding="ascii")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    order = [token for line in lines if "=" not in line for token in line.split()]
    firsts = _firsts(order)
    others = {unit: _simple(first) for unit, first in firsts.items() if len(unit) > 1}
    for line in lines:
        units, equal, elements = line.partition("=")
        if equal:
            found = [_element(element, firsts) for element in elements.split()]
            others.update(dict.fromkeys(_units(units), _joined(found)))
    listed = sorted(units for units in map(_units, order) if len(units[0]) == 1)
    return _Table(
        starts=[ord(units[0]) for units in listed],
        runs=[(len(units), ord(firsts[units[0]])) for units in listed],
        others=others,
        contracted=frozenset(unit[0] for unit in others if len(unit) > 1),
    )


def _firsts(order: list[str]) -> dict[str, str]:
    """Return the first weights of what is listed in their order."""
    firsts: dict[str, str] = {}
    weight = 0
    for token in order:
        for unit in _units(token):
            in_ascii = _FIRST.get(ord(unit)) if len(unit) == 1 else None
            weight = ord(in_ascii) if in_ascii else weight + 1
            firsts[unit] = chr(weight)
    return firsts


def _units(token: str) -> list[str]:
    """Return what `a`, `a-b` or `a+b` stands for, of hexadecimal code points."""
    first, _, last = token.partition("-")
    if last:
        return list(map(chr, range(int(first, 16), int(last, 16) + 1)))
    return ["".join(chr(int(code, 16)) for code in token.split("+"))]


def _element(element: str, firsts: dict[str, str]) -> _Weights:
    """Return the weights of `first,second,last`; the first is named by what has it, the others are ranks."""
    first, comma, ranks = element.partition(",")
    weight = firsts[_units(first)[0]] if first else ""
    if not comma:
        return _simple(weight)
    second, last = (chr(1 + int(rank)) if rank else "" for rank in ranks.split(","))
    return _Weights(weight, second, last)


def _joined(weights: list[_Weights]) -> _Weights:
    """Return the weights of some one after another."""
    first, second, last = zip(*weights, strict=True) if weights else ("", "", "")
    return _Weights("".join(first), "".join(second), "".join(last))

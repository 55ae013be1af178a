"""The hash that other writers store: FNV-1a, 32 bit, over UTF-16 code units."""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_OFFSET: Final = 0x811C9DC5
_PRIME: Final = 0x01000193
_MASK: Final = 0xFFFFFFFF
_SIGN: Final = 0x80000000
_DIGITS: Final = 8
# What stands before the name of each field; what stands behind it is mostly as in other fields.
_BEFORE_NAME: Final = '"physicalName":"'


def fnv_hash(text: str) -> str:
    """Return the hash of a text as JavaScript prints the signed number: `-4724bfb5`, `0-1c6a14`."""
    state = _hash_pieces(text) if text.isascii() else _run(_OFFSET, _code_units(text))
    signed = state - (1 << 32) if state & _SIGN else state
    return f"{signed:x}".rjust(_DIGITS, "0")


def _hash_pieces(text: str) -> int:
    """Return the hash of an ASCII text, hashing pieces that come again only once.

    A unit below 256 changes the low byte of the state alone, then all is multiplied. So a
    piece of n units takes a state s with the low byte l to (s - l) * prime**n + piece(l), where
    piece(l) depends on the piece and l alone, and can be kept.
    """
    kept: dict[tuple[str, int], int] = {}
    powers: dict[int, int] = {}
    state = _OFFSET
    parts = text.split(_BEFORE_NAME)
    for number, part in enumerate(parts, start=1):
        name, quote, rest = part.partition('"')
        state = _run(state, name.encode())
        piece = quote + rest + (_BEFORE_NAME if number < len(parts) else "")
        low = state & 0xFF
        after = kept.get((piece, low))
        if after is None:
            after = kept[piece, low] = _run(low, piece.encode())
        power = powers.get(len(piece))
        if power is None:
            power = powers[len(piece)] = pow(_PRIME, len(piece), 1 << 32)
        state = ((state - low) * power + after) & _MASK
    return state


def _run(state: int, units: Iterable[int]) -> int:
    """Return the state after some units."""
    for unit in units:
        state = ((state ^ unit) * _PRIME) & _MASK
    return state


def _code_units(text: str) -> array[int]:
    """Return the UTF-16 code units of a text as numbers."""
    units = array("H")
    units.frombytes(text.encode("utf-16-le", "surrogatepass"))
    if sys.byteorder == "big":
        units.byteswap()
    return units

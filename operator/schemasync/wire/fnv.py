"""The hash that other writers store: FNV-1a, 32 bit, over UTF-16 code units."""

from __future__ import annotations

import sys
from array import array
from typing import Final

_OFFSET: Final = 0x811C9DC5
_PRIME: Final = 0x01000193
_MASK: Final = 0xFFFFFFFF
_SIGN: Final = 0x80000000
_DIGITS: Final = 8


def fnv_hash(text: str) -> str:
    """Return the hash of a text as JavaScript prints the signed number: `-4724bfb5`, `0-1c6a14`."""
    state = _OFFSET
    for unit in _code_units(text):
        state = ((state ^ unit) * _PRIME) & _MASK
    signed = state - (1 << 32) if state & _SIGN else state
    return f"{signed:x}".rjust(_DIGITS, "0")


def _code_units(text: str) -> bytes | array[int]:
    """Return the UTF-16 code units of a text as numbers."""
    if text.isascii():
        return text.encode("ascii")
    units = array("H")
    units.frombytes(text.encode("utf-16-le", "surrogatepass"))
    if sys.byteorder == "big":
        units.byteswap()
    return units

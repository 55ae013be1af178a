"""The order of names: JavaScript's `localeCompare`, that is ICU's root collation.

What is needed of it stands here, for no pure-Python library gives it: white space,
punctuation, symbols, digits, letters; letters first without accents and case, then by
accent, then lower case before upper. Exact for ASCII and accented Latin letters; other
scripts follow each other as Unicode has them.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

_BEFORE_LETTERS: Final = "\t\n\v\f\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789"
_FIRST_LETTER: Final = 0x100
_FIRST_OTHER: Final = 0x1000
# Where ASCII has no letter to sort by: what they count as, and letters between two of ASCII.
_AS_ASCII: Final = {
    "\N{LATIN SMALL LETTER AE}": "ae",
    "\N{LATIN SMALL LIGATURE OE}": "oe",
    "\N{LATIN SMALL LETTER SHARP S}": "ss",
    "\N{LATIN SMALL LETTER LONG S}": "s",
    "\N{LATIN SMALL LETTER O WITH STROKE}": "o\u0338",
    "\N{LATIN SMALL LETTER D WITH STROKE}": "d\u0338",
    "\N{LATIN SMALL LETTER H WITH STROKE}": "h\u0338",
    "\N{LATIN SMALL LETTER L WITH STROKE}": "l\u0338",
    "\N{LATIN SMALL LETTER T WITH STROKE}": "t\u0338",
}
_BETWEEN: Final = {
    "\N{LATIN SMALL LETTER ETH}": ("d", 8),
    "\N{LATIN SMALL LETTER SCHWA}": ("e", 8),
    "\N{LATIN SMALL LETTER F WITH HOOK}": ("f", 8),
    "\N{LATIN SMALL LETTER DOTLESS I}": ("i", 8),
    "\N{LATIN SMALL LETTER ENG}": ("n", 8),
    "\N{LATIN SMALL LETTER KRA}": ("q", 8),
    "\N{LATIN SMALL LETTER THORN}": ("z", 12),
}
# Accents in the order in which they decide; others follow by code point.
_ACCENTS: Final = "\u0301\u0300\u0306\u0302\u030c\u030a\u0308\u030b\u0303\u0307\u0338\u0327\u0328\u0304"
_PLAIN: Final = " "
_OTHER_MARKS: Final = 0x40


def _letter(char: str) -> int:
    return _FIRST_LETTER + 16 * (ord(char) - ord("a"))


def _ascii_tables() -> tuple[dict[int, str | None], dict[int, str | None]]:
    """Return what each ASCII character counts in the first and in the last comparison."""
    first: dict[int, str | None] = dict.fromkeys(range(128))
    last: dict[int, str | None] = dict.fromkeys(range(128))
    for weight, char in enumerate(_BEFORE_LETTERS, start=1):
        first[ord(char)], last[ord(char)] = chr(weight), "0"
    for char in "abcdefghijklmnopqrstuvwxyz":
        first[ord(char)] = first[ord(char.upper())] = chr(_letter(char))
        last[ord(char)], last[ord(char.upper())] = "0", "1"
    return first, last


_FIRST, _LAST = _ascii_tables()


@lru_cache(maxsize=65536)
def collation_key(text: str) -> tuple[str, str, str]:
    """Return a key that sorts `text` as `localeCompare` does."""
    if text.isascii():
        first = text.translate(_FIRST)
        return first, _PLAIN * len(first), text.translate(_LAST)
    return _general_key(text)


def _general_key(text: str) -> tuple[str, str, str]:
    """Return the key of a text with characters outside ASCII."""
    first: list[str] = []
    second: list[str] = []
    last: list[str] = []
    for char in unicodedata.normalize("NFD", text):
        lowered = char.lower()
        for part in _AS_ASCII.get(lowered, lowered):
            if unicodedata.combining(part):
                second.append(_accent(part))
                continue
            weight = _weight(part)
            if weight:
                first.append(weight)
                second.append(_PLAIN)
                last.append("0" if char == lowered else "1")
    return "".join(first), "".join(second), "".join(last)


def _accent(mark: str) -> str:
    position = _ACCENTS.find(mark)
    return chr(ord(_PLAIN) + 1 + position) if position >= 0 else chr(_OTHER_MARKS + ord(mark))


def _weight(char: str) -> str | None:
    """Return what a character without its accents counts in the first comparison."""
    if char.isascii():
        return _FIRST[ord(char)]
    if char in _BETWEEN:
        base, behind = _BETWEEN[char]
        return chr(_letter(base) + behind)
    category = unicodedata.category(char)
    if category[0] == "C":
        return None
    if category[0] in "ZPS":
        # Behind the ASCII characters of their kind, before the digits.
        return _FIRST[ord("$")] or ""
    if category == "Nd":
        return _FIRST[ord(str(unicodedata.digit(char)))]
    return chr(min(_FIRST_OTHER + ord(char), 0x10FFFF))

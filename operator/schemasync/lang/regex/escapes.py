"""Backslashes, and the names of groups: what stands in expressions and in classes alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from schemasync.lang.regex import properties

if TYPE_CHECKING:
    from typing import NoReturn

# What an escape is: a character's code, a set of characters, or no character at all.
CLASS: Final = -1
STRINGS: Final = -2
REFERENCE: Final = -3

_SYNTAX: Final = frozenset("^$\\.*+?()[]{}|/")
_CONTROLS: Final = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_HEX: Final = re.compile(r"x([\da-fA-F]{2})", re.ASCII)
_FOUR: Final = re.compile(r"u([\da-fA-F]{4})", re.ASCII)
_PAIR: Final = re.compile(r"u([dD][89abAB][\da-fA-F]{2})\\u([dD][c-fC-F][\da-fA-F]{2})", re.ASCII)
_BRACED: Final = re.compile(r"u\{0*([\da-fA-F]{1,6})\}", re.ASCII)
_OCTAL: Final = re.compile(r"[0-3][0-7]{0,2}|[4-7][0-7]?")
_DECIMAL: Final = re.compile(r"[1-9][0-9]*")
_PROPERTY: Final = re.compile(r"[pP]\{([\w=]*)\}", re.ASCII)
_NAME: Final = re.compile(r"<([^>]*)>")
_NAME_ESCAPE: Final = re.compile(rf"\\(?:{_PAIR.pattern}|{_FOUR.pattern}|{_BRACED.pattern})", re.ASCII)
_GROUP: Final = re.compile(r"\\[\s\S]?|\[(?:\\[\s\S]?|[^\]\\])*|(\((?!\?(?!<(?![=!])))(\?<)?)")
_MAX_CODE: Final = 0x10FFFF
_MAX_DIGITS: Final = 9
# Characters of names that are none in Python, where what NFKC makes of them counts, too.
_ALSO_IN_NAMES: Final = frozenset(
    "$\u037a\u0e33\u0eb3\u309b\u309c\ufc5e\ufc5f\ufc60\ufc61\ufc62\ufc63\ufdfa\ufdfb"
    "\ufe70\ufe72\ufe74\ufe76\ufe78\ufe7a\ufe7c\ufe7e\uff9e\uff9f"
)
_NOT_FIRST: Final = frozenset("\u200c\u200d\u30fb\uff65")


class Invalid(Exception):
    """What is wrong with an expression."""


class Reader:
    """An expression's text, with what its flags and its groups make of escapes."""

    def __init__(self, body: str, flags: str) -> None:
        self.sets = "v" in flags
        self.unicode = self.sets or "u" in flags
        # Without u and v an expression is made of code units.
        self.text = body if self.unicode else _units(body)
        groups = [match for match in _GROUP.finditer(self.text) if match[1]]
        self.groups = len(groups)
        self.named = any(match[2] for match in groups)
        self.references: list[str] = []

    def escape(self, at: int, *, inside: bool) -> tuple[int, int]:  # noqa: PLR0911 - a return each kind
        """Return what the escape after the backslash before `at` stands for, and where it ends."""
        char = self.text[at : at + 1]
        if not char:
            self._wrong("a backslash ends it")
        if char in "dDsSwW":
            return CLASS, at + 1
        if char in _CONTROLS:
            return _CONTROLS[char], at + 1
        if char in "0123456789":
            return self._digits(at, inside=inside)
        if char == "c":
            return self._control(at, inside=inside)
        if char in "xu":
            return self._code(at)
        if char in "pP" and self.unicode:
            return self._property(at)
        if char == "k" and (self.unicode or self.named):
            return self._reference(at, inside=inside)
        if self.unicode and char not in _SYNTAX and not (inside and char == "-"):
            self._wrong(f"there is no escape \\{char} with the flag {self._flag}")
        return ord(char), at + 1

    def name(self, at: int) -> tuple[str, int]:
        """Return the name in angle brackets at a place, and where it ends."""
        match = _NAME.match(self.text, at)
        if match is None:
            self._wrong("expected the name of a group in angle brackets")
        name = _characters(_NAME_ESCAPE.sub(_unescaped, match[1]))
        if not _is_name(name):
            self._wrong(f"{match[1]!r} is not a name for a group")
        return name, match.end()

    @property
    def _flag(self) -> str:
        return "v" if self.sets else "u"

    def _digits(self, at: int, *, inside: bool) -> tuple[int, int]:
        """Read a reference to a group by number, or NUL; without u and v anything else is octal or itself."""
        text = self.text
        if self.unicode:
            if text[at] == "0" and not text[at + 1 : at + 2].isdecimal():
                return 0, at + 1
            number = _DECIMAL.match(text, at)
            if number is None or inside:
                self._wrong(f"there is no escape \\{text[at]}{'' if inside else ' and a digit'} here")
            if len(number[0]) > _MAX_DIGITS or int(number[0]) > self.groups:
                self._wrong(f"there is no group \\{number[0]}")
            return REFERENCE, number.end()
        octal = _OCTAL.match(text, at)
        return (int(octal[0], 8), octal.end()) if octal else (ord(text[at]), at + 1)

    def _control(self, at: int, *, inside: bool) -> tuple[int, int]:
        letter = self.text[at + 1 : at + 2]
        if letter.isascii() and (letter.isalpha() or (inside and not self.unicode and _word(letter))):
            return ord(letter) % 32, at + 2
        if self.unicode:
            self._wrong("expected a letter after \\c")
        # The backslash is itself, then.
        return ord("\\"), at

    def _code(self, at: int) -> tuple[int, int]:
        """Read a character by its code; without u and v anything else is the letter itself."""
        pair = _PAIR.match(self.text, at) if self.unicode else None
        if pair:
            return 0x10000 + (int(pair[1], 16) - 0xD800) * 0x400 + int(pair[2], 16) - 0xDC00, pair.end()
        match = _HEX.match(self.text, at) or _FOUR.match(self.text, at)
        if match is None and self.unicode:
            match = _BRACED.match(self.text, at)
            if match is None or int(match[1], 16) > _MAX_CODE:
                self._wrong(f"expected the code of a character after \\{self.text[at]}")
        return (int(match[1], 16), match.end()) if match else (ord(self.text[at]), at + 1)

    def _property(self, at: int) -> tuple[int, int]:
        match = _PROPERTY.match(self.text, at)
        if match is None:
            self._wrong(f"expected the name of a property in braces after \\{self.text[at]}")
        if properties.is_property(match[1]):
            return CLASS, match.end()
        if not properties.is_property_of_strings(match[1]):
            self._wrong(f"there is no property {match[1]!r}")
        if not self.sets or self.text[at] == "P":
            self._wrong(f"the property {match[1]!r} is for \\p and the flag v")
        return STRINGS, match.end()

    def _reference(self, at: int, *, inside: bool) -> tuple[int, int]:
        if inside:
            self._wrong("there is no escape \\k in a class")
        name, end = self.name(at + 1)
        self.references.append(name)
        return REFERENCE, end

    def _wrong(self, what: str) -> NoReturn:
        raise Invalid(what)


def _units(text: str) -> str:
    """Return a text of UTF-16 code units, each as a character."""
    if text.isascii():
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(units[at] | units[at + 1] << 8) for at in range(0, len(units), 2))


def _characters(units: str) -> str:
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _word(char: str) -> bool:
    return char.isdecimal() or char == "_"


def _unescaped(match: re.Match[str]) -> str:
    """Return the character of an escape in a name, which has all forms with every flag."""
    codes = [int(digits, 16) for digits in match.groups() if digits is not None]
    return "".join(chr(code) if code <= _MAX_CODE else "\\" for code in codes)


def _is_name(name: str) -> bool:
    others = _ALSO_IN_NAMES | _NOT_FIRST
    plain = "".join("_" if char in others else char for char in name)
    return plain.isidentifier() and name[0] not in _NOT_FIRST

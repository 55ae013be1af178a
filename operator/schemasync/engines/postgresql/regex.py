"""JavaScript's regular expressions in PostgreSQL's syntax.

The server looks at an expression when a view is read, not when it is made: what it would refuse
then is refused here. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from schemasync import model


class Unsuitable(ValueError):
    """A part of the model that PostgreSQL, or this version of the dialect, cannot have."""


def storable(text: str) -> str:
    """Return a text. Raises Unsuitable where it has a character that no text of the server's holds."""
    for char in text:
        if char == "\0" or 0xD800 <= ord(char) <= 0xDFFF:  # noqa: PLR2004 - the surrogates
            raise Unsuitable(f"the character {char!a} cannot be in a text")
    return text


_CODE = (
    r"\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}"
    r"|u\{[\da-fA-F]+\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[a-zA-Z])"
)
_TOKEN = re.compile(
    rf"(?P<code>{_CODE})|\\(?P<back>[1-9]\d*|k<[^>]*>)|\\(?P<escape>.)|\[(?P<set>(?:\\.|[^\]\\])*)\]"
    r"|(?P<open>\((?:\?(?:<?[=!]|:|<[^>]*>))?)|(?P<quantifier>(?:[*+?]|\{\d+(?:,\d*)?\})\??)|(?P<char>.)",
    re.DOTALL | re.ASCII,
)
_MEMBER = re.compile(rf"(?P<code>{_CODE})|\\(?P<escape>.)|(?P<char>.)", re.DOTALL | re.ASCII)
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_SHORTHANDS: Final = frozenset("dwsDWS")
_SPECIAL: Final = r"\.^$*+?()[]{}|"
_SPECIAL_IN_SETS: Final = r"\]^-["
_LOOKAROUND: Final = ("(?=", "(?!", "(?<=", "(?<!")
# The most that PostgreSQL counts a repetition to.
_MAX_REPEAT = 255
_BASIC_PLANE = 0xFFFF


def translate(expression: model.Regex) -> str:
    """Return a regular expression of JavaScript in PostgreSQL's syntax, case (flag `i`) left to the operator.

    Raises Unsuitable for what PostgreSQL cannot express.
    """
    if "v" in expression.flags:
        raise Unsuitable("PostgreSQL has no regular expressions with the flag v")
    text = _Pattern(expression).translate()
    if "y" in expression.flags:
        text = rf"\A(?:{text})"
    return f"(?w){text}" if "m" in expression.flags else text


class _Pattern:
    """One translation, from left to right."""

    def __init__(self, expression: model.Regex) -> None:
        self._pattern = expression.pattern
        self._flags = expression.flags
        # The numbers of open groups, 0 for those that have none, -1 for lookarounds.
        self._open: list[int] = []
        self._closed: set[int] = set()
        self._names: dict[str, int] = {}
        self._groups = 0
        # PostgreSQL counts no groups in lookarounds: numbers after them would be others.
        self._uncounted = False
        self._repeatable = False

    def translate(self) -> str:
        return "".join(map(self._token, _TOKEN.finditer(self._pattern)))

    def _token(self, match: re.Match[str]) -> str:
        kind = match.lastgroup or ""
        text = match[kind]
        if kind == "quantifier":
            return self._quantifier(text)
        self._repeatable = True
        if kind == "code":
            return _char(self._code(text), _SPECIAL)
        productions = {"open": self._opened, "back": self._back, "escape": self._escape, "set": self._set}
        return productions.get(kind, self._char)(text)

    def _quantifier(self, text: str) -> str:
        if not self._repeatable:
            raise self._unsuitable(f"nothing that could be repeated before {text}")
        if any(int(bound) > _MAX_REPEAT for bound in re.findall(r"\d+", text)):
            raise self._unsuitable(f"{text} repeats more than {_MAX_REPEAT} times")
        self._repeatable = False
        return text

    def _opened(self, text: str) -> str:
        self._repeatable = False
        if text in _LOOKAROUND or text == "(?:":
            self._open.append(0 if text == "(?:" else -1)
            return text
        self._groups += 1
        self._uncounted |= -1 in self._open
        self._open.append(self._groups)
        if len(text) > 1:
            self._names[text[3:-1]] = self._groups
        return "("

    def _closing(self) -> str:
        number = self._open.pop() if self._open else 0
        self._closed.add(number)
        self._repeatable = number >= 0
        return ")"

    def _back(self, text: str) -> str:
        number = int(text) if text.isdecimal() else self._names.get(text[2:-1], 0)
        if number not in self._closed or number < 1:
            raise self._unsuitable(f"\\{text} refers to no group that ends before it")
        if self._uncounted or -1 in self._open:
            raise self._unsuitable(f"\\{text} refers to a group beside or inside of a lookaround")
        # Not a plain \1: digits may follow.
        return f"(?:\\{number})"

    def _escape(self, text: str) -> str:
        if text in "bB":
            self._repeatable = False
            return r"\y" if text == "b" else r"\Y"
        if text in _SHORTHANDS:
            return "\\" + text
        return _char(self._literal(text), _SPECIAL)

    def _literal(self, text: str) -> int:
        """Return the code of an escaped character: of a control character, or of itself."""
        if text in "123456789" or (text in "pP" and "u" in self._flags):
            raise self._unsuitable(f"there is no \\{text}")
        return ord(_CONTROLS.get(text, text))

    def _code(self, text: str) -> int:
        kind, digits = text[1], text[2:]
        if kind == "c":
            return ord(digits) % 32
        if digits.startswith("{"):
            if "u" not in self._flags:
                raise self._unsuitable(f"{text} without the flag u")
            return int(digits[1:-1], 16)
        high, _, low = digits.partition("\\u")
        if low:
            return 0x10000 + (int(high, 16) - 0xD800) * 0x400 + int(low, 16) - 0xDC00
        return int(high, 16)

    def _char(self, text: str) -> str:
        if text == ")":
            return self._closing()
        if text == ".":
            return "." if "s" in self._flags else r"[^\n\r]"
        if text in "^$|":
            self._repeatable = False
            return text
        return _char(ord(text), _SPECIAL)

    def _set(self, text: str) -> str:
        """Return a set of characters; an empty one has none, a negated empty one has all."""
        negated = text.startswith("^")
        members = "".join(self._ranges(list(self._members(text[negated:]))))
        if not members:
            return r"[\s\S]" if negated else r"[^\s\S]"
        return f"[{'^' if negated else ''}{members}]"

    def _members(self, text: str) -> Iterator[int | str]:
        """Yield characters by their codes, shorthands for sets, and each `-` that may make a range."""
        for match in _MEMBER.finditer(text):
            kind, member = match.lastgroup, match[match.lastgroup or 0]
            if kind == "code":
                yield self._code(member)
            elif kind == "char":
                yield member if member == "-" else ord(member)
            elif member in _SHORTHANDS:
                yield "\\" + member
            else:
                yield 0x08 if member == "b" else self._literal(member)

    def _ranges(self, members: list[int | str]) -> Iterator[str]:
        at = 0
        while at < len(members):
            first, last = members[at], members[at + 2] if at + 2 < len(members) else ""
            if isinstance(first, int) and members[at + 1 : at + 2] == ["-"] and isinstance(last, int):
                if first > last:
                    raise self._unsuitable("a range is in the wrong order")
                # No text holds NUL, and no expression may.
                yield f"{_member(max(first, 1))}-{_member(last)}" if last else ""
                at += 3
            else:
                member = ord("-") if first == "-" else first
                yield member if isinstance(member, str) else _member(member) if member else ""
                at += 1

    def _unsuitable(self, reason: str) -> Unsuitable:
        return Unsuitable(f"/{self._pattern}/{self._flags} cannot be used on PostgreSQL: {reason}")


def _member(code: int) -> str:
    return _char(code, _SPECIAL_IN_SETS)


def _char(code: int, special: str) -> str:
    """Return one character that means itself."""
    char = storable(chr(code))
    if char in special:
        return "\\" + char
    if char.isprintable():
        return char
    return f"\\u{code:04x}" if code <= _BASIC_PLANE else f"\\U{code:08x}"

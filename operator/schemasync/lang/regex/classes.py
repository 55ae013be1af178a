"""Classes in brackets: the plain ones, and those of the flag v, which nest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemasync.lang.regex.escapes import STRINGS, Invalid, Reader

_UNCLOSED: Final = "expected ']'"
_SYNTAX: Final = frozenset("()[]{}/-|")
_PUNCTUATION: Final = frozenset("&-!#%,:;<=>@`~")
_DOUBLE: Final = frozenset("&!#$%*+,.:;<=>?@^`~")
_BACKSPACE: Final = 8


def read_class(reader: Reader, at: int) -> int:
    """Read a class without the flag v; return where it ends."""
    text = reader.text
    at += 2 if text.startswith("^", at + 1) else 1
    # The character that a hyphen behind it would make a range of, if any.
    first: int | None = None
    while text[at : at + 1] != "]":
        char, at = _member(reader, at)
        if first is not None:
            _check_range(first, char, strict=reader.unicode)
            first = None
        elif text.startswith("-", at) and text[at + 1 : at + 2] not in ("]", ""):
            first, at = char, at + 1
    return at + 1


def _member(reader: Reader, at: int) -> tuple[int, int]:
    """Return a character of a class, or less than 0 for a set, and where it ends."""
    text = reader.text
    if at >= len(text):
        raise Invalid(_UNCLOSED)
    if text[at] != "\\":
        return ord(text[at]), at + 1
    if text.startswith("b", at + 1):
        return _BACKSPACE, at + 2
    return reader.escape(at + 1, inside=True)


def _check_range(first: int, last: int, *, strict: bool) -> None:
    """Raise Invalid for a range that is none; without u and v sets in it are sets, and the hyphen itself."""
    if first < 0 or last < 0:
        if strict:
            raise Invalid("a set of characters cannot begin or end a range")
    elif first > last:
        raise Invalid(f"the range from {chr(first)!r} to {chr(last)!r} is in the wrong order")


@dataclass(slots=True)
class _Set:
    """An open class of the flag v."""

    negated: bool
    # "" as long as nothing says which of the three kinds it is: a union, "--" or "&&".
    kind: str = ""
    operands: int = 0
    # Whether an operand must follow, as it must behind "--" and "&&".
    waiting: bool = False
    # Whether strings of several characters may be in it.
    strings: bool = False
    # The last operand, if it is one character: a hyphen makes a range of it.
    char: int | None = None

    def add(self, char: int | None, *, strings: bool = False) -> None:
        """Take an operand: one character, or a set that may have strings."""
        if self.kind in ("--", "&&"):
            if not self.waiting:
                raise Invalid(f"expected {self.kind!r} or ']'")
            # What is taken away adds nothing, and what is common to all is in each.
            self.strings = self.strings and (strings or self.kind == "--")
        else:
            self.kind = "union" if self.operands else ""
            self.strings |= strings
        self.operands += 1
        self.waiting = False
        self.char = char

    def operator(self, kind: str) -> None:
        """Take `--` or `&&`."""
        if self.waiting or not self.operands or self.kind not in ("", kind):
            raise Invalid(f"{kind!r} is not expected here")
        self.kind, self.waiting = kind, True

    def range(self, last: int) -> None:
        """Take the second half of a range."""
        if self.char is None or self.kind in ("--", "&&"):
            raise Invalid("a set of characters cannot begin or end a range")
        _check_range(self.char, last, strict=True)
        self.kind, self.char = "union", None

    def close(self) -> None:
        """Check what is known at the end."""
        if self.waiting:
            raise Invalid(f"expected an operand behind {self.kind!r}")
        if self.negated and self.strings:
            raise Invalid("a negated class cannot have strings")


def read_set(reader: Reader, at: int) -> int:
    """Read a class of the flag v; return where it ends."""
    text = reader.text
    opened: list[_Set] = []
    while True:
        if at >= len(text):
            raise Invalid(_UNCLOSED)
        two = text[at : at + 2]
        if text[at] == "[":
            opened.append(_Set(negated=two == "[^"))
            at += 2 if two == "[^" else 1
        elif text[at] == "]":
            closed = opened.pop()
            closed.close()
            at += 1
            if not opened:
                return at
            opened[-1].add(None, strings=closed.strings)
        elif two in ("--", "&&"):
            opened[-1].operator(two)
            at += 2
            if two == "&&" and text.startswith("&", at):
                raise Invalid("'&&&' is not expected here")
        elif text[at] == "-":
            last, at = _set_char(reader, at + 1)
            opened[-1].range(last)
        else:
            at = _operand(reader, at, opened[-1])


def _operand(reader: Reader, at: int, into: _Set) -> int:
    """Read a character, an escape or strings into a class; return where it ends."""
    if reader.text.startswith("\\q{", at):
        strings, at = _strings(reader, at + 3)
        into.add(None, strings=strings)
    else:
        char, at = _set_char(reader, at)
        into.add(None if char < 0 else char, strings=char == STRINGS)
    return at


def _strings(reader: Reader, at: int) -> tuple[bool, int]:
    r"""Read what follows `\q{`; return whether not all of it are single characters, and where it ends."""
    strings, length = False, 0
    while True:
        char = reader.text[at : at + 1]
        if char in ("|", "}"):
            strings |= length != 1
            at, length = at + 1, 0
            if char == "}":
                return strings, at
        else:
            code, at = _set_char(reader, at)
            if code < 0:
                raise Invalid("a set of characters cannot be in a string")
            length += 1


def _set_char(reader: Reader, at: int) -> tuple[int, int]:
    """Return a character of a class of the flag v, or less than 0 for a set, and where it ends."""
    text = reader.text
    if at >= len(text):
        raise Invalid(_UNCLOSED)
    char = text[at]
    if char == "\\":
        if text[at + 1 : at + 2] in _PUNCTUATION:
            return ord(text[at + 1]), at + 2
        return _member(reader, at)
    if char in _SYNTAX:
        raise Invalid(f"in a class of the flag v {char!r} is \\{char}")
    if char in _DOUBLE and text.startswith(char * 2, at):
        raise Invalid(f"in a class of the flag v {char * 2!r} is reserved")
    return ord(char), at + 1

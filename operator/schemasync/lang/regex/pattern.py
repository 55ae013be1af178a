"""The expression itself: alternatives, groups, quantifiers."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from schemasync.lang.regex.classes import read_class, read_set
from schemasync.lang.regex.escapes import Invalid, Reader

_QUANTIFIER: Final = re.compile(r"(?:[*+?]|\{([0-9]+)(?:(,)([0-9]*))?\})\??")
_GROUP: Final = re.compile(r"\((?:\?(?:[:=!]|<[=!]|([ims]*)(?:(-)([ims]*))?:|(<)))?")
_BEHIND: Final = ("(?<=", "(?<!")
_AHEAD: Final = ("(?=", "(?!")
# Engines count no further; two bounds beyond it are the same.
_MAX_COUNT: Final = 2**31 - 1
_MAX_DIGITS: Final = 10


class Pattern:
    """One expression, read from left to right; open groups are on a stack of our own."""

    def __init__(self, body: str, flags: str) -> None:
        self._reader = Reader(body, flags)
        self._at = 0
        # Whether what was just read can be repeated.
        self._atom = False
        # Where the open groups and the alternatives that we are in begin; the first is the whole.
        self._opened = [-1]
        self._alternatives = [-1]
        self._repeatable = [False]
        self._names: dict[str, int] = {}

    def check(self) -> None:
        """Read it all. Raises Invalid."""
        productions = {"\\": self._escape, "[": self._class, "(": self._open, ")": self._close}
        productions |= dict.fromkeys("*+?{", self._quantifier) | dict.fromkeys("}]", self._bracket)
        text = self._reader.text
        while self._at < len(text):
            productions.get(text[self._at], self._char)()
        if len(self._opened) > 1:
            raise Invalid("expected ')'")
        for name in self._reader.references:
            if name not in self._names:
                raise Invalid(f"there is no group {name!r}")

    def _char(self) -> None:
        """Read any other character, or an assertion, or the beginning of an alternative."""
        char = self._reader.text[self._at]
        self._atom = char not in "|^$"
        if char == "|":
            self._alternatives[-1] = self._at
        self._at += 1

    def _escape(self) -> None:
        """Read a backslash and what belongs to it."""
        if self._reader.text[self._at + 1 : self._at + 2] in ("b", "B"):
            self._at, self._atom = self._at + 2, False
        else:
            _, self._at = self._reader.escape(self._at + 1, inside=False)
            self._atom = True

    def _class(self) -> None:
        """Read a class in brackets."""
        read = read_set if self._reader.sets else read_class
        self._at, self._atom = read(self._reader, self._at), True

    def _open(self) -> None:
        """Read the beginning of a group."""
        text, start = self._reader.text, self._at
        group = _GROUP.match(text, start)
        opening = group[0] if group else "("
        self._at += len(opening)
        if opening == "(" and text.startswith("?", self._at):
            raise Invalid("'(?' begins no kind of group")
        if group and group[4]:
            name, self._at = self._reader.name(self._at - 1)
            self._named(name, start)
        elif group and group[1] is not None:
            _check_modifiers(opening, group[1], group[3])
        ahead = opening in _AHEAD and not self._reader.unicode
        self._repeatable.append(ahead or opening not in (*_AHEAD, *_BEHIND))
        self._opened.append(start)
        self._alternatives.append(start)
        self._atom = False

    def _named(self, name: str, start: int) -> None:
        """Take a group's name. Raises Invalid where another group has it that can match as well."""
        last = self._names.get(name)
        if last is not None:
            # The innermost group that both are in: they exclude each other as two alternatives of it alone.
            around = bisect_left(self._opened, last) - 1
            if self._alternatives[around] <= last:
                raise Invalid(f"there are two groups {name!r}")
        self._names[name] = start

    def _close(self) -> None:
        """Read the end of a group."""
        if len(self._opened) == 1:
            raise Invalid("')' without '('")
        self._opened.pop()
        self._alternatives.pop()
        self._atom = self._repeatable.pop()
        self._at += 1

    def _quantifier(self) -> None:
        """Read a quantifier; without u and v a brace that begins none is a character."""
        match = _QUANTIFIER.match(self._reader.text, self._at)
        if match is None:
            self._bracket()
            return
        if not self._atom:
            raise Invalid(f"nothing to repeat before {match[0]!r}")
        if match[3] and _count(match[1]) > _count(match[3]):
            raise Invalid(f"the bounds of {match[0]!r} are in the wrong order")
        self._at, self._atom = match.end(), False

    def _bracket(self) -> None:
        """Read a bracket or a brace that closes or opens nothing."""
        char = self._reader.text[self._at]
        if self._reader.unicode:
            raise Invalid(f"with the flags u and v {char!r} alone is \\{char}")
        self._at, self._atom = self._at + 1, True


def _check_modifiers(opening: str, on: str, off: str | None) -> None:
    """Raise Invalid where a modifier comes twice, or none at all."""
    both = on + (off or "")
    if len(set(both)) != len(both) or (not both and off is not None):
        raise Invalid(f"{opening!r} begins no kind of group")


def _count(digits: str) -> int:
    digits = digits.lstrip("0")
    return _MAX_COUNT if len(digits) > _MAX_DIGITS else min(int(digits or "0"), _MAX_COUNT)

"""Whether a JavaScript regular expression is one: brackets, quantifiers, flags.

It is never run here, only stored, so no expression can make the compiler hang; what is
refused is what no engine could compile.
"""

from __future__ import annotations

import re
from typing import Final

FLAGS: Final = frozenset("dgimsuvy")
_QUANTIFIER = re.compile(r"[*+?]\??|\{\d+(?:,\d*)?\}\??")
_BOUNDS = re.compile(r"\{(\d{1,9})(?:,(\d{0,9}))?\}")
_GROUP = re.compile(r"\((?:\?(?:[:=!]|<[=!]|<[^\W\d][\w$]*>|[ims]*(?:-[ims]+)?:))?")
_CLASS = re.compile(r"\[(?:\\.|[^\]\\])*+\]")


def check_regex(literal: str) -> str | None:
    """Return what is wrong with `/body/flags`, None if nothing is."""
    body, slash, flags = literal[1:].rpartition("/")
    if not slash:
        return "expected '/' at its end"
    if not set(flags) <= FLAGS or len(set(flags)) != len(flags):
        return f"{flags!r} are not flags of a regular expression"
    return check_body(body)


def check_body(body: str) -> str | None:  # noqa: C901, PLR0911, PLR0912 - one branch for each kind of character
    """Return what is wrong with a regular expression without its slashes, None if nothing is."""
    at, depth, atom = 0, 0, False
    while at < len(body):
        char, length = body[at], 1
        if char == "\\":
            length = 2
            if at + 1 == len(body):
                return "a backslash ends it"
            atom = True
        elif char == "[":
            match = _CLASS.match(body, at)
            if match is None:
                return "expected ']'"
            length, atom = match.end() - at, True
        elif char == "(":
            group = _GROUP.match(body, at)
            length = group.end() - at if group else 1
            if group and group.group() == "(" and body.startswith("(?", at):
                return "'(?' begins no kind of group"
            depth, atom = depth + 1, False
        elif char == ")":
            if depth == 0:
                return "')' without '('"
            depth, atom = depth - 1, True
        elif quantifier := _QUANTIFIER.match(body, at):
            if not atom:
                return f"nothing to repeat before {quantifier.group()!r}"
            if _reversed(quantifier.group()):
                return f"the bounds of {quantifier.group()!r} are in the wrong order"
            length, atom = quantifier.end() - at, False
        else:
            atom = char not in "|^"
        at += length
    return "expected ')'" if depth else None


def _reversed(quantifier: str) -> bool:
    """Tell whether `{n,m}` has n above m."""
    bounds = _BOUNDS.match(quantifier)
    return bool(bounds and bounds.group(2) and int(bounds.group(1)) > int(bounds.group(2)))

"""Whether a JavaScript regular expression is one, as a parser of ECMAScript 2024 sees it.

With Annex B, as without the flags u and v everybody has it, and with what ECMAScript 2025 adds:
modifiers `(?i:...)`, and one name for groups of which only one can match. It is never run here,
only stored, so no expression can make the compiler hang: reading takes time linear in its length,
and no stack, whatever it nests.
"""

from __future__ import annotations

from schemasync.lang.regex.escapes import Invalid
from schemasync.lang.regex.pattern import Pattern

FLAGS = frozenset("dgimsuvy")


def check_regex(literal: str) -> str | None:
    """Return what is wrong with `/body/flags`, None if nothing is."""
    body, slash, flags = literal[1:].rpartition("/")
    if not slash:
        return "expected '/' at its end"
    if not set(flags) <= FLAGS or len(set(flags)) != len(flags):
        return f"{flags!r} are not flags of a regular expression"
    if {"u", "v"} <= set(flags):
        return "the flags u and v exclude each other"
    return check_body(body, flags)


def check_body(body: str, flags: str = "") -> str | None:
    """Return what is wrong with a regular expression without its slashes, None if nothing is."""
    try:
        Pattern(body, flags).check()
    except Invalid as wrong:
        return str(wrong)
    return None

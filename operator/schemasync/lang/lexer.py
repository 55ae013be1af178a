"""Text to tokens, by one compiled regular expression.

Every alternative is either possessive or of fixed length, so that no input makes the
expression look at a character more than a few times: time is linear in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from schemasync.errors import Related
from schemasync.lang import problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemasync.errors import Diagnostic
    from schemasync.lang.source import Source

# The numbers are those of the groups of _tokens.
NAME: Final = 1
PATTERN: Final = 2
PUNCTUATION: Final = 3
ANNOTATION: Final = 4
STRING: Final = 5
NUMBER: Final = 6
NEWLINE: Final = 7
COMMENT: Final = 8
REGEX: Final = 9
QUERY: Final = 10
UNTERMINATED: Final = 11
UNKNOWN: Final = 12
END: Final = 13

# A query may span lines, but not one that begins a statement, an annotation or an end of block.
_STATEMENT = r"(?:export|import|interface|type|annotate)[ \t]++(?!(?:in|not|matches|exists)\b)[\w${]"
_QUERY_LINE = rf"(?:\r\n?|\n)(?![ \t]*+(?:[@}}]|{_STATEMENT}))"
# The ideographs that Unicode has planned end here.
_LAST_LETTER: Final = 0x323B0
# White space matches nothing and is skipped by the search for the next match.
_REGEX_BODY = r"(?:\\[^\r\n]|\[(?:\\[^\r\n]|[^\]\\\r\n])*+\]?+|[^/\\\[\r\n])++"


def _tokens(start: str, part: str) -> re.Pattern[str]:
    """Return the expression for all tokens, given the characters that begin a word and those within."""
    word = rf"[{start}$][{part}$]*+"
    more = rf"\.[{part}$]++"
    return re.compile(
        rf"""
    ( {word} (?:{more})*+ )
  | ( \[ [ \t]*+ (?: \*[ \t]*+\]?+ | /(?![/*]){_REGEX_BODY}(?:/\w*+[ \t]*+\]?+)?+ ) )
  | ( [{{}}:?;,|&\[\]().=<>!] )
  | ( @ {word} (?:{more})*+ )
  | ( '(?:[^'\\\r\n]|\\(?:\r\n|.))*+' | "(?:[^"\\\r\n]|\\(?:\r\n|.))*+" )
  | ( -?+ [0-9]++ (?:\.[0-9]++)?+ (?:[eE][+-]?[0-9]++)?+ )
  | ( (?:\r\n?|\n) \s*+ )
  | ( //[^\r\n]*+ | /\*(?:[^*]|\*(?!/))*+\*/ )
  | ( /(?!\*){_REGEX_BODY}/\w*+ )
  | ( `(?:[^`\r\n]|{_QUERY_LINE})*+` )
  | ( ['"][^\r\n]*+ | `[^\r\n]*+ | /\*.*+ | /[^\r\n]*+ )
  | ( [^\s\w$@'"`{{}}[\]():?;,|&.=<>!/]++ | @++ | \S )
    """,
        re.VERBOSE | re.DOTALL,
    )


_ASCII: Final = _tokens("A-Za-z_", "A-Za-z0-9_")


@cache
def _unicode() -> re.Pattern[str]:
    """Return the expression for texts with names of all scripts: what Unicode calls identifiers.

    To look at all characters takes a moment, which files in ASCII need not wait for.
    """
    start, part = (
        "".join(
            f"{chr(begin)}-{chr(end)}"
            for begin, end in _runs(
                code for code in range(0x80, _LAST_LETTER) if (prefix + chr(code)).isidentifier()
            )
        )
        for prefix in ("", "a")
    )
    return _tokens(f"A-Za-z_{start}", f"A-Za-z0-9_{part}\u200c\u200d")


def _runs(codes: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of each run of numbers."""
    begin = end = -1
    for code in codes:
        if code != end + 1:
            if begin >= 0:
                yield begin, end
            begin = code
        end = code
    yield begin, end


@dataclass(slots=True)
class Tokens:
    """The tokens of a text as parallel lists, ended by an END token.

    `fresh` says whether a line ended between the token before and this one.
    """

    kinds: list[int]
    texts: list[str]
    starts: list[int]
    fresh: list[bool]


def tokenise(source: Source, begin: int = 0, end: int | None = None) -> tuple[Tokens, list[Diagnostic]]:
    """Return the tokens of `source` between two offsets, and what could not be read."""
    limit = len(source.text) if end is None else end
    kinds: list[int] = []
    texts: list[str] = []
    starts: list[int] = []
    fresh: list[bool] = []
    found: list[Diagnostic] = []
    new_line = True
    expression = _ASCII if source.text.isascii() else _unicode()
    for match in expression.finditer(source.text, begin, limit):
        kind = match.lastindex or UNKNOWN
        if kind == NEWLINE:
            new_line = True
            continue
        text = match.group()
        if kind == COMMENT:
            new_line = new_line or "\n" in text or "\r" in text
            continue
        if kind >= UNTERMINATED:
            found.append(_unreadable(source, kind, text, match.start()))
            if text.startswith("/*"):
                continue
        kinds.append(kind)
        texts.append(text)
        starts.append(match.start())
        fresh.append(new_line)
        new_line = False
    kinds.append(END)
    texts.append("")
    starts.append(limit)
    fresh.append(True)
    return Tokens(kinds, texts, starts, fresh), found


def _unreadable(source: Source, kind: int, text: str, start: int) -> Diagnostic:
    """Return the diagnostic for a token that has no end, or is none at all."""
    end = start + len(text)
    if kind == UNKNOWN:
        return problems.UNKNOWN_CHARACTER.at(source.span(start, end), f"{text!r} means nothing here")
    if text[0] == "`":
        return problems.UNTERMINATED_QUERY.at(source.span(end, end), "expected ` to end the query expression")
    if text[0] == "/" and not text.startswith("/*"):
        return problems.BAD_REGEX.at(source.span(end, end), "expected / to end the regular expression")
    if text[0] == "/":
        return problems.UNTERMINATED_COMMENT.at(
            source.span(start, start + 2), "expected */ to end this comment"
        )
    related = (Related(span=source.span(start, start + 1), message="the string begins here"),)
    message = f"expected {text[0]} to end the string"
    return problems.UNTERMINATED_STRING.at(source.span(end, end), message, related=related)

"""The parser's place in the tokens of a file, and its errors."""

from __future__ import annotations

import re
from math import isfinite
from typing import TYPE_CHECKING, Final

from schemasync.lang import ast, problems
from schemasync.lang.lexer import (
    ANNOTATION,
    END,
    NAME,
    PUNCTUATION,
    UNKNOWN,
    UNTERMINATED,
    tokenise,
)

if TYPE_CHECKING:
    from schemasync.lang.problems import Problem
    from schemasync.lang.source import Source

_ESCAPE = re.compile(
    r"\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r\n|.)",
    re.DOTALL,
)
_ESCAPES = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "0": "\0",
    "\n": "",
    "\r": "",
    "\r\n": "",
}
_OPENING: Final = frozenset("{[(")
_CLOSING: Final = frozenset("}])")
STATEMENTS: Final = frozenset({"import", "export", "interface", "type", "annotate"})
# The literals that are words: what they are, and their values.
WORDS: Final[dict[str, tuple[ast.Kind, bool | None]]] = {
    "true": ("boolean", True),
    "false": ("boolean", False),
    "null": ("null", None),
    "undefined": ("undefined", None),
}
_BLOCK_LIMIT: Final = 60
# Characters that a number can have and still be finite.
_SAFE_NUMBER: Final = 300
_LAST_CODE_POINT: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)


class Unexpected(Exception):
    """A token that does not fit; it has been reported."""


class Cursor:
    """A place in a list of tokens. All productions stand on it."""

    def __init__(self, source: Source, begin: int = 0, end: int | None = None) -> None:
        self.source = source
        tokens, self.problems = tokenise(source, begin, end)
        self.kinds, self.texts, self.starts, self.fresh = (
            tokens.kinds,
            tokens.texts,
            tokens.starts,
            tokens.fresh,
        )
        self.whole = "the end of the file" if end is None else "the end of the query"
        self.at = 0
        self.depth = 0

    def end_of_last(self) -> int:
        """Return the offset behind the token before this place."""
        last = self.at - 1
        return self.starts[last] + len(self.texts[last]) if last >= 0 else self.starts[0]

    def is_mark(self, text: str) -> bool:
        """Tell whether this token is the punctuation mark `text`."""
        return self.texts[self.at] == text and self.kinds[self.at] == PUNCTUATION

    def is_word(self, text: str) -> bool:
        """Tell whether this token is the word `text`."""
        return self.texts[self.at] == text and self.kinds[self.at] == NAME

    def is_statement(self) -> bool:
        """Tell whether a statement begins here, and not a prop that is called like one."""
        return (
            self.kinds[self.at] == NAME
            and self.texts[self.at] in STATEMENTS
            and self.kinds[self.at + 1] == NAME
            and self.fresh[self.at]
            and not self.fresh[self.at + 1]
        )

    def is_next(self) -> bool:
        """Tell whether the name that stands here begins a statement or a prop, and is not a type."""
        return self.is_statement() or (
            self.kinds[self.at] == NAME
            and self.kinds[self.at + 1] == PUNCTUATION
            and self.texts[self.at + 1] in (":", "?")
        )

    def accept(self, mark: str) -> bool:
        """Step over the punctuation mark, if it stands here."""
        if self.texts[self.at] == mark and self.kinds[self.at] == PUNCTUATION:
            self.at += 1
            return True
        return False

    def expect(self, mark: str) -> None:
        """Step over the punctuation mark, which must stand here."""
        if not self.accept(mark):
            raise self.unexpected(f"expected {mark!r}")

    def report(self, problem: Problem, start: int, end: int, message: str, hint: str | None = None) -> None:
        """Note a problem between two offsets."""
        self.problems.append(problem.at(self.source.span(start, end), message, hint=hint))

    def unexpected(self, expected: str) -> Unexpected:
        """Report this token, unless the lexer has; the caller raises what is returned."""
        at, kind = self.at, self.kinds[self.at]
        if kind not in (UNTERMINATED, UNKNOWN):
            found = self.whole if kind == END else repr(shorten(self.texts[at]))
            start = self.starts[at]
            self.report(problems.UNEXPECTED, start, start + len(self.texts[at]), f"{expected}, found {found}")
        return Unexpected()

    def skip_to_line(self) -> None:
        """Step over what is left of a broken prop: to a new line, a separator or the end of the block."""
        depth, begin = 0, self.at
        while self.kinds[self.at] != END:
            text, mark = self.texts[self.at], self.kinds[self.at] == PUNCTUATION
            if depth == 0:
                if self.fresh[self.at] and self.at > begin:
                    return
                if mark and text in ";,}":
                    return
            if mark:
                depth += (text in _OPENING) - (text in _CLOSING)
            depth = max(depth, 0)
            self.at += 1

    def skip_to_statement(self) -> None:
        """Step over what is left of a broken statement, and at least over one token."""
        if self.kinds[self.at] != END:
            self.at += 1
        while self.kinds[self.at] != END and not self._begins_statement():
            self.at += 1

    def skip_balanced(self) -> None:
        """Step over the bracket that stands here and all that it holds, without recursion."""
        depth = 0
        while self.kinds[self.at] != END:
            if self.kinds[self.at] == PUNCTUATION:
                text = self.texts[self.at]
                depth += (text in _OPENING) - (text in _CLOSING)
            self.at += 1
            if depth <= 0:
                return

    def _begins_statement(self) -> bool:
        """Tell whether a statement, or the annotations before one, begin here."""
        if not self.fresh[self.at]:
            return False
        kind = self.kinds[self.at]
        if kind == ANNOTATION:
            return self.source.text[self.starts[self.at] - 1 : self.starts[self.at]] in ("\n", "\r", "")
        return (
            kind == NAME and self.texts[self.at] in STATEMENTS and self.texts[self.at + 1] not in (":", "?")
        )

    def deeper(self) -> bool:
        """Go one level down; False, with a report, where the limit is reached."""
        if self.depth >= _BLOCK_LIMIT:
            start = self.starts[self.at]
            self.report(problems.TOO_DEEP, start, start + 1, f"nested more than {_BLOCK_LIMIT} levels deep")
            return False
        self.depth += 1
        return True

    def number(self, at: int) -> str:
        """Return the number token at `at`; one that no computer holds is reported, and 0."""
        text = self.texts[at]
        if len(text) < _SAFE_NUMBER and "e" not in text and "E" not in text:
            return text
        if isfinite(float(text)):
            return text
        start = self.starts[at]
        message = f"{shorten(text)} is larger than any number that can be stored"
        self.report(problems.BAD_NUMBER, start, start + len(text), message)
        return "0"

    def unescape(self, at: int) -> str:
        """Return the text that the string token at `at` stands for."""
        text = self.texts[at]
        if "\\" not in text:
            return text[1:-1]
        return _ESCAPE.sub(lambda match: self._escape(match, self.starts[at] + 1), text[1:-1])

    def _escape(self, match: re.Match[str], offset: int) -> str:
        """Return the character of one escape."""
        body = match.group(1)
        if len(body) == 1 or body == "\r\n":
            char = _ESCAPES.get(body, body)
            code = ord(char) if char else -1
            broken = body in "ux"
        elif "\\" in body:
            # Two escapes that are one character, as UTF-16 has it.
            char = bytes.fromhex(body.replace("\\u", "")[1:]).decode("utf-16-be")
            code, broken = ord(char), False
        else:
            code = int(body.strip("ux{}"), 16)
            broken = code > _LAST_CODE_POINT or code in _SURROGATES
            char = "" if broken else chr(code)
        if broken or code == 0:
            self.report(
                problems.BAD_ESCAPE,
                offset + match.start(),
                offset + match.end(),
                f"{match.group()!r} is no character",
            )
            return "\ufffd"
        return char


def shorten(text: str, limit: int = 30) -> str:
    """Return `text`, cut where it is longer than people want to read."""
    return text if len(text) <= limit else text[:limit] + "…"

"""One file of a file set: its text, and where in it an offset is."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from schemasync.errors import Diagnostic, Span
from schemasync.lang import problems

_LINE_END = re.compile(r"\r\n?|\n")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Source:
    """A decoded file. `path` is as the caller gave it; offsets count code points of `text`."""

    path: str
    text: str
    _starts: list[int] = field(default_factory=list, compare=False, repr=False)

    def span(self, start: int, end: int) -> Span:
        """Return the stretch from offset `start` to `end` (exclusive)."""
        if not self._starts:
            self._starts.append(0)
            self._starts.extend(match.end() for match in _LINE_END.finditer(self.text))
        line = bisect_right(self._starts, start)
        end_line = bisect_right(self._starts, end, line - 1)
        return Span(
            file=self.path,
            line=line,
            column=start - self._starts[line - 1] + 1,
            end_line=end_line,
            end_column=end - self._starts[end_line - 1] + 1,
        )


def decode(path: str, data: str | bytes) -> tuple[Source, list[Diagnostic]]:
    """Return `data` as text, and what is wrong with it as text.

    A byte order mark is dropped. Bytes that are not UTF-8, NUL and lone surrogates are
    errors (no database stores them); the text that is returned can be read on in any case.
    """
    if isinstance(data, bytes):
        text, broken = _from_bytes(data)
    else:
        text, broken = data, None
    text = text.removeprefix(_BOM)
    source = Source(path, text)
    found = []
    if broken is not None:
        place = min(broken, len(text))
        found.append(problems.NOT_UTF8.at(source.span(place, place), "this byte is not UTF-8"))
    found += _forbidden(source)
    return source, found


def _from_bytes(data: bytes) -> tuple[str, int | None]:
    """Return the text, and the offset in it of the first byte that is not UTF-8."""
    try:
        return data.decode(), None
    except UnicodeDecodeError as error:
        before = data[: error.start].decode().removeprefix(_BOM)
        return data.decode(errors="replace"), len(before)


def _forbidden(source: Source) -> list[Diagnostic]:
    """Return a diagnostic for the first NUL and the first lone surrogate of the text."""
    found = []
    nul = source.text.find("\0")
    if nul >= 0:
        found.append(
            problems.FORBIDDEN_CHARACTER.at(source.span(nul, nul + 1), "NUL is not allowed in a file")
        )
    surrogate = _SURROGATE.search(source.text)
    if surrogate:
        span = source.span(surrogate.start(), surrogate.end())
        found.append(problems.FORBIDDEN_CHARACTER.at(span, "a lone surrogate is not a character"))
    return found

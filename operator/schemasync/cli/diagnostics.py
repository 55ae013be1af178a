"""Diagnostics for people: the line, and a caret under what is wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from schemasync.cli.render import inert

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemasync import Compiled
    from schemasync.errors import Diagnostic, Span

_LINE_END: Final = re.compile(r"\r\n?|\n")
# What moves the cursor, or the text, of a terminal.
_UNSHOWN: Final = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\xad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]"
)
_STYLES: Final = {"error": "bold red", "warning": "bold yellow"}
# Longer lines are cut around the place, so that a file without line ends can be shown.
_WIDTH: Final = 100
_BEFORE: Final = 40
_UNFOLDED: Final = 10_000  # characters


def show_compiled(compiled: Compiled, engines: Sequence[str], files: Mapping[str, str | bytes]) -> None:
    """Print the diagnostics of a file set, and the hashes if there is a schema, to standard output."""
    console = Console(markup=False, highlight=False, emoji=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = _UNFOLDED
    show_diagnostics(console, compiled.diagnostics, files)
    if compiled.schema is None:
        console.print(Text(f"{_count(len(compiled.diagnostics), 'problem')}, nothing compiled", style="bold"))
        return
    tables, views = len(compiled.schema.tables), len(compiled.schema.views)
    console.print(Text(f"{_count(tables, 'table')}, {_count(views, 'view')}", style="bold"))
    for engine in engines:
        console.print(Text(f"  {engine:<11} {compiled.hash(engine)}"))


def show_diagnostics(
    console: Console, diagnostics: Sequence[Diagnostic], files: Mapping[str, str | bytes]
) -> None:
    """Print diagnostics, each with the line that it is about."""
    lines: dict[str, list[str]] = {}
    for diagnostic in diagnostics:
        for text in draw(diagnostic, files, lines):
            console.print(text)
        console.print()


def draw(
    diagnostic: Diagnostic, files: Mapping[str, str | bytes], lines: dict[str, list[str]] | None = None
) -> Iterator[Text]:
    """Yield the lines of a diagnostic. `lines` keeps files that were split, for the next one."""
    known = {} if lines is None else lines
    style = _STYLES[diagnostic.severity.value]
    yield Text.assemble(
        (f"{inert(diagnostic.span)}: ", "bold"),
        (f"{diagnostic.severity.value} {diagnostic.code}", style),
        f": {inert(diagnostic.message)}",
    )
    yield from _excerpt(diagnostic.span, files, known, style)
    if diagnostic.hint:
        yield Text.assemble("  = ", ("hint: ", "bold cyan"), inert(diagnostic.hint))
    for related in diagnostic.related:
        yield Text.assemble("  = ", ("note: ", "bold"), inert(f"{related.span}: {related.message}"))


def _excerpt(
    span: Span, files: Mapping[str, str | bytes], known: dict[str, list[str]], style: str
) -> Iterator[Text]:
    """Yield the line that a span begins on, and the caret below it."""
    if span.file not in known:
        known[span.file] = _LINE_END.split(_text(files.get(span.file, "")))
    lines = known[span.file]
    if span.line > len(lines):
        return
    line, column = lines[span.line - 1], span.column - 1
    first = max(0, column - _BEFORE) if len(line) > _WIDTH else 0
    shown = _UNSHOWN.sub("\ufffd", line[first : first + _WIDTH].replace("\t", " "))
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    start = column - first
    length = max(1, cell_len(shown[start : end - first]))
    number = f"{span.line:>5} | "
    cut = "…" if first else ""
    yield Text.assemble((number, "dim"), cut + shown)
    pad = " " * (cell_len(cut) + cell_len(shown[:start]))
    yield Text.assemble((" " * (len(number) - 2) + "| ", "dim"), pad, ("^" * length, style))


def _text(content: str | bytes) -> str:
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    return text.removeprefix("\ufeff").encode("utf-8", "replace").decode("utf-8")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

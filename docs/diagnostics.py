# ruff: noqa: INP001 - a script beside the page that it writes, in no package
"""Writes docs/diagnostics.md: `python docs/diagnostics.py` from the root of the repository.

The text is that of the compiler's own list of problems, the examples those of its tests.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from schemasync import compile_schema
from schemasync.errors import Severity
from schemasync.lang import problems
from schemasync.lang.problems import Problem

_ROOT = Path(__file__).resolve().parents[1]
_CASES = _ROOT / "tests" / "cases" / "diagnostics"
_TARGET = _ROOT / "docs" / "diagnostics.md"
_PLACE = re.compile(r"// expected at \d+:\d+\n")
_LINES = 24
_SECTIONS = {
    "AS1": "Syntax",
    "AS2": "Names and types",
    "AS3": "Annotations",
    "AS4": "What a database asks",
}
_HEAD = """\
# Diagnostics

What `schemasync compile`, the operator and the library say of `.as` files. Each problem has a
code that never changes its meaning, and a place: file, line and column. All problems of a set
of files are told in one run; what only follows from another one is left out.

This page is made from the list of problems in the compiler and the examples in its tests.
"""


def document() -> str:
    """Return the text of the page."""
    known = sorted(
        (found for found in vars(problems).values() if isinstance(found, Problem)),
        key=lambda found: found.code,
    )
    parts = [_HEAD]
    section = ""
    for problem in known:
        if problem.code[:3] != section:
            section = problem.code[:3]
            parts.append(f"## {_SECTIONS[section]}\n")
        parts.append(_entry(problem))
    return "\n".join(parts)


def _entry(problem: Problem) -> str:
    """Return the part of the page about one problem."""
    failing, mended = (_files(problem.code, kind) for kind in ("failing", "mended"))
    first = next(found for found in compile_schema(failing).diagnostics if found.code == problem.code)
    hint = f"\n> hint: {first.hint}" if first.hint else ""
    kind = " (a warning)" if problem.severity == Severity.WARNING else ""
    return (
        f"### {problem.code}: {problem.title}{kind}\n\n{problem.meaning}\n\n"
        f"{_shown(failing)}\n> {first.span}: {first.message}{hint}\n\nMended:\n\n{_shown(mended)}"
    )


def _files(code: str, kind: str) -> dict[str, str | bytes]:
    """Return the files of an example, without the comment that is for the tests."""
    found: dict[str, str | bytes] = {}
    for file in sorted((_CASES / code / kind).glob("*.as")):
        data = file.read_bytes()
        try:
            found[file.name] = _PLACE.sub("", data.decode(), count=1)
        except UnicodeDecodeError:
            found[file.name] = re.sub(_PLACE.pattern.encode(), b"", data, count=1)
    # No two files of a folder can have one path.
    return {"./m.as": found["m.as"], **found} if (code, kind) == ("AS213", "failing") else found


def _shown(files: dict[str, str | bytes]) -> str:
    """Return the files of an example as blocks of code."""
    blocks = []
    for name, content in files.items():
        text = content if isinstance(content, str) else content.decode("utf-8", "replace")
        lines = text.replace("\0", "\u2400").rstrip("\n").split("\n")
        if len(lines) > _LINES:
            lines = [*lines[: _LINES // 2], "// …", *lines[-_LINES // 2 :]]
        title = f"`{name}`\n\n" if len(files) > 1 else ""
        blocks.append(f"{title}```atscript\n" + "\n".join(lines) + "\n```\n")
    return "\n".join(blocks)


if __name__ == "__main__":
    _TARGET.write_text(document(), "utf-8")
    sys.stdout.write(f"wrote {_TARGET.relative_to(_ROOT)}\n")

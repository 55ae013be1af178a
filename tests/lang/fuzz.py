"""Mutations of sample files, compiled: whatever comes out, nothing may be raised, and soon.

`python -m tests.lang.fuzz COUNT [SEED]` prints one line of totals, and each input that
failed.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from schemasync import compile_schema
from tests.conformance import cases, directory

if TYPE_CHECKING:
    from collections.abc import Iterator

_CASES = Path(__file__).resolve().parents[1] / "cases"
_PIECES = (
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b")",
    b"'",
    b'"',
    b"`",
    b"@",
    b":",
    b"?",
    b"|",
    b"&",
    b",",
    b";",
    b".",
    b"\n",
    b"\r\n",
    b"/*",
    b"*/",
    b"//",
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\xc3\xa9",
    b"\\",
    b"\\u{110000}",
    b"=",
    b"-",
    b"import",
    b"export",
    b"interface",
    b"type",
    b"annotate",
    b" as ",
    b" extends ",
    b"@db.table",
    b"@db.view",
    b"@meta.id",
    b"@db.rel.FK",
    b"@db.rel.to",
    b"@db.rel.from",
    b"@db.rel.via T0",
    b"@db.view.for T0",
    b"@db.json",
    b"@db.ignore",
    b"@db.view.filter `T0.id = 1`",
    b"@db.column 'x'",
    b"1e999",
    b"-0",
    b"[*]: string",
    b"[/(a+)+$/]: string",
    b"T0",
    b"T0.id",
    b"string",
    b"number.int",
    b"db.vector",
    b"never",
    b"phantom",
    b"void",
    b"mongo.objectId",
    b"@db.mongo.collection",
    b"@db.encrypted",
    b"@db.index.unique",
    b"@db.default.increment",
    b"@db.column.precision 99999999999999999999, 1e400",
)
# Far more than any mutation of a sample needs: what takes longer hangs.
_SECONDS = 5.0

Files = dict[str, bytes]


def samples() -> list[Files]:
    """Return the file sets to begin with: our own cases, and the recorded ones if they are there."""
    found = [
        {str(file.relative_to(folder)): file.read_bytes() for file in folder.glob("*.as")}
        for folder in sorted({file.parent for file in _CASES.rglob("*.as")})
    ]
    root = directory()
    if root:
        found += [case.files for case in cases(root)]
    return found


def mutations(count: int, seed: int) -> Iterator[Files]:
    """Yield `count` file sets, each with a few changes that nobody would make."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice, not a secret
    known = samples()
    for _ in range(count):
        files = dict(chance.choice(known))
        for _ in range(chance.choice((1, 1, 2, 3, 8))):
            path = chance.choice(sorted(files))
            files[path] = _mutated(files[path], chance, known)
        yield files


def _mutated(data: bytes, chance: random.Random, known: list[Files]) -> bytes:
    """Return `data` with one change."""
    here, there = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    action = chance.randrange(6)
    if action == 0:
        return data[:here] + data[there:]
    if action == 1:
        return data[:there] + data[here:there] * chance.choice((1, 2, 5)) + data[there:]
    if action == 2:
        other = chance.choice(list(chance.choice(known).values()))
        return data[:here] + other[: chance.randrange(len(other) + 1)] + data[here:]
    if action == 3:
        return data[:here] + bytes([chance.randrange(256)]) + data[here + 1 :]
    return data[:here] + chance.choice(_PIECES) + data[here if action == 4 else there :]


def run(count: int, seed: int) -> int:
    """Compile `count` mutations; return how many raised or took too long."""
    failed = 0
    for files in mutations(count, seed):
        started = time.perf_counter()
        try:
            compiled = compile_schema(files)
            if compiled.schema is not None:
                for engine in ("postgresql", "mysql", "sqlite", "mongodb"):
                    compiled.hash(engine)
            wrong = "hangs" if time.perf_counter() - started > _SECONDS else None
        except Exception as error:  # noqa: BLE001 - any at all is what is looked for
            wrong = repr(error)
        if wrong:
            failed += 1
            sys.stdout.write(f"{wrong}: {files!r}\n")
    return failed


if __name__ == "__main__":
    number, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    failures = run(number, first)
    sys.stdout.write(f"fuzz: {number} mutations from seed {first}, {failures} failed\n")
    sys.exit(1 if failures else 0)

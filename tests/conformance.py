"""The recorded data of `@atscript/db`, beside the checkout, compared with what we compile.

`python -m tests.conformance` prints each difference, and one line of totals.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemasync import compile_schema, wire
from schemasync.api import TYPE_MAPS
from schemasync.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemasync import Compiled

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "conformance"


@dataclass(frozen=True, slots=True)
class Case:
    """One version of one recorded schema."""

    name: str
    files: dict[str, bytes]
    expected: dict[str, Any]


def directory() -> Path | None:
    """Return where the data is, None if it is not there."""
    found = Path(os.environ.get("SCHEMASYNC_CONFORMANCE", _BESIDE))
    return found if (found / "primitives.json").exists() else None


def cases(root: Path) -> Iterator[Case]:
    """Yield every version of every recorded schema."""
    for path in sorted(root.glob("*/*/expected.json")):
        recorded = json.loads(path.read_text("utf-8"))
        for version in sorted(key for key in recorded if key != "plan"):
            folder = path.parent / version
            files = {
                str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*.as"))
            }
            yield Case(f"{path.parent.parent.name}/{path.parent.name}/{version}", files, recorded[version])


def differences(case: Case) -> Iterator[str]:
    """Yield what is not as recorded, in sentences; nothing if all of it is."""
    compiled = compile_schema(case.files)
    yield from _errors(case, compiled)
    if compiled.schema is None or case.expected.get("unnamedTable"):
        return
    for engine, recorded in case.expected["engines"].items():
        if "schemaHash" in recorded:
            yield from _engine(engine, recorded, compiled)


def _errors(case: Case, compiled: Compiled) -> Iterator[str]:
    found = {
        (problem.span.file, problem.span.line, problem.span.column)
        for problem in compiled.diagnostics
        if problem.severity == Severity.ERROR
    }
    wanted = {(error["file"], error["line"], error["col"]) for error in case.expected["errors"]}
    for file, line, column in sorted(wanted - found):
        yield f"no error at {file}:{line}:{column}"
    if not wanted:
        yield from (f"not valid: {problem}" for problem in compiled.diagnostics)


def _engine(engine: str, recorded: dict[str, Any], compiled: Compiled) -> Iterator[str]:
    found = compiled.snapshots(engine)
    for name, snapshot in recorded["snapshots"].items():
        text = wire.serialise(found[name]) if name in found else "nothing"
        if text != wire.serialise(snapshot):
            yield f"{engine}: snapshot of {name!r} is {text}"
    for name in found.keys() - recorded["snapshots"].keys():
        yield f"{engine}: {name!r} is not recorded"
    if compiled.hash(engine) != recorded["schemaHash"]:
        yield f"{engine}: hash is {compiled.hash(engine)}, recorded {recorded['schemaHash']}"


def main() -> int:
    """Compare everything; return 0 if all is equal, 1 if not, 2 if there is no data."""
    root = directory()
    if root is None:
        sys.stderr.write(f"no conformance data at {_BESIDE}: set SCHEMASYNC_CONFORMANCE\n")
        return 2
    totals: Counter[str] = Counter()
    for case in cases(root):
        wrong = list(differences(case))
        kind = case.name.split("/", 1)[0]
        totals[kind] += 1
        totals["errors"] += len(case.expected["errors"])
        totals["hashes"] += sum("schemaHash" in recorded for recorded in case.expected["engines"].values())
        totals["wrong"] += bool(wrong)
        for sentence in wrong:
            sys.stdout.write(f"{case.name}: {sentence}\n")
    count = totals["language"] + totals["invalid"] + totals["random"]
    equal = count - totals["wrong"]
    sys.stdout.write(
        f"conformance: {equal} of {count} cases equal ({100 * equal / max(count, 1):.1f} %): "
        f"{totals['language']} language, {totals['invalid']} invalid, {totals['random']} random; "
        f"{totals['hashes']} hashes on {len(TYPE_MAPS)} engines, {totals['errors']} places of errors\n"
    )
    return 1 if totals["wrong"] or not count else 0


if __name__ == "__main__":
    sys.exit(main())

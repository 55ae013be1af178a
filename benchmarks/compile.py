# ruff: noqa: INP001 - a script, in no package
"""How long compiling and hashing takes: `python benchmarks/compile.py [TABLES]…`.

The input is generated and always the same: tables of 18 columns, one file each, with
annotations, indexes, nested objects and a foreign key to the table before. Each size is
measured in a process of its own, as seconds of one core and mebibytes at the highest.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

from schemasync import compile_schema, wire

_SIZES = ("100", "1000", "10000")
_TYPES = (
    "string",
    "number",
    "string.email",
    "number.int",
    "decimal",
    "boolean",
    "string.uuid",
    "number.int.int32",
    "'open' | 'closed'",
    "number.timestamp",
)
_PROPS = 15


def files(tables: int) -> dict[str, bytes]:
    """Return the files of `tables` tables."""
    return {f"t{number}.as": _file(number).encode() for number in range(tables)}


def _file(number: int) -> str:
    before = f"t{number - 1}"
    lines = [f"import {{ T{number - 1} }} from './{before}'"] if number else []
    lines += [
        f"@db.table 'table_{number}'",
        f"export interface T{number} {{",
        "  @meta.id",
        "  @db.default.increment",
        "  id: number",
    ]
    for column in range(_PROPS):
        lines += _prop(number, column)
    lines.append("  address: {\n    @expect.maxLength 40\n    street: string\n  }")
    if number:
        lines.append(f"  @db.rel.FK\n  @db.rel.onDelete 'cascade'\n  parent?: T{number - 1}.id")
    else:
        lines.append("  parent?: number")
    lines.append("}\n")
    return "\n".join(lines)


def _prop(number: int, column: int) -> list[str]:
    lines = []
    if column % 3 == 0:
        lines.append(f"  @meta.label 'Column {column}'")
    if column % 5 == 1:
        lines.append(f"  @db.index.plain 'ix_{number}_{column}'")
    optional = "?" if column % 2 else ""
    lines.append(f"  column_{column}{optional}: {_TYPES[column % len(_TYPES)]}")
    return lines


def measure(tables: int) -> str:
    """Compile and hash `tables` tables once; return a line of figures."""
    given = files(tables)
    begun = time.process_time()
    compiled = compile_schema(given)
    after_compile = time.process_time()
    compiled.hash("postgresql")
    after_hash = time.process_time()
    if compiled.schema is None:
        raise SystemExit(f"the benchmark's own files have errors: {compiled.diagnostics[:3]}")
    wire.model_digest(compiled.schema)
    after_digest = time.process_time()
    wire.files_digest(given)
    after_files = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{tables:>6} tables: "
        f"compile {after_compile - begun:.2f} s, hash {after_hash - after_compile:.2f} s, "
        f"together {after_hash - begun:.2f} s; model digest {after_digest - after_hash:.2f} s, "
        f"files digest {after_files - after_digest:.4f} s; peak {peak:.0f} MiB"
    )


def main(arguments: list[str]) -> None:
    """Measure one size here, or each of several in a process of its own."""
    if len(arguments) == 1:
        sys.stdout.write(measure(int(arguments[0])) + "\n")
        return
    for size in arguments or _SIZES:
        subprocess.run([sys.executable, __file__, size], check=True)  # noqa: S603 - this script itself


if __name__ == "__main__":
    main(sys.argv[1:])

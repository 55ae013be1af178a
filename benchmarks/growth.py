# ruff: noqa: INP001, T201 - a script that prints
"""How the time to compile grows: `python -m benchmarks.growth`.

Each line is a shape of file set that could grow faster than its text: the time for some
length, for twice that, and their ratio; about 2 is linear. Hostile ones end in a diagnostic.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from schemasync import compile_schema

RUNS = 3
_TABLE = "@db.table '{0}'\nexport interface {0} {{\n@meta.id\nid: number\n{1}\n}}\n"
_CHAIN = 5_000


def table(name: str, *lines: str) -> str:
    """Return a table with an id and some more lines."""
    return _TABLE.format(name, "\n".join(lines))


def each(pattern: str, count: int, joint: str = "\n") -> str:
    """Return a pattern many times, `{0}` being the number of each and `{1}` that of the next."""
    return joint.join(pattern.format(i, i + 1) for i in range(count))


SHAPES: dict[str, Callable[[int], str]] = {
    "tables": lambda n: "".join(table(f"T{i}", "a: string") for i in range(n // 10)),
    "props": lambda n: table("T", each("p{0}: string", n // 10)),
    "aliases of aliases": lambda n: each("type A{0} = A{1}", n) + f"\ntype A{n} = string",
    "interfaces that extend": lambda n: (
        each("interface A{0} extends A{1} {{}}", n) + f"\ninterface A{n} {{}}"
    ),
    "references to references": lambda n: (
        each("interface A{0} {{ a: A{1}.a }}", n) + f"\ninterface A{n} {{ a: string }}"
    ),
    "keys to keys": lambda n: (
        each("@db.table 't{0}'\nexport interface A{0} {{\n@meta.id\n@db.rel.FK\na: A{1}.a }}", n // 5)
        + "\n"
        + table(f"A{n // 5}", "a: string").replace("@meta.id\nid: number\n", "@meta.id\n")
    ),
    "a wide union far down": lambda n: (
        each("type A{0} = A{1}", 38)
        + "\ntype A38 = "
        + each("B{0}", n, " | ")
        + "\n"
        + each("type B{0} = C{0}\ntype C{0} = D{0}\ntype D{0} = string", n)
    ),
    "a type joined with itself": lambda n: (
        "@expect.pattern 'a'\ntype A0 = string\n" + each("type A{1} = A{0} & A{0}", n)
    ),
    "relations": lambda n: (
        table("U") + table("T", each("@db.rel.FK 'a{0}'\np{0}: U.id\n@db.rel.to 'a{0}'\nq{0}: U", n // 10))
    ),
    "annotations of members": lambda n: (
        "interface X { o: {\n"
        + each("p{0}: string", n)
        + "\n} }\nannotate X {\n"
        + each("@meta.label 'x'\no.p{0}", n)
        + "\n}"
    ),
    "annotate blocks": lambda n: (
        "interface X { a: string }\n" + "annotate X {\n@expect.pattern 'a'\na\n}\n" * n
    ),
    "indexes": lambda n: table("T", each("@db.index.plain 'i{0}'\np{0}: string", n // 10)),
    "problems of one kind": lambda n: "interface X {\n" + each("p{0}: nothing", n) + "\n}",
    "one name many times": lambda n: "interface X { a: string }\n" * n,
    "slashes": lambda n: "/\\" * (n * 10),
    "brackets": lambda n: "type A = string" + "[]" * (n * 10),
    "a filter": lambda n: (
        table("T")
        + "@db.view 'v'\n@db.view.for T\n@db.view.filter `"
        + each("id = {0}", n, " or ")
        + "`\nexport interface V { id: T.id }"
    ),
}


def seconds(text: str) -> float:
    """Return the least time of some runs: what disturbs a run only adds to it."""
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        compile_schema({"m.as": text})
        times.append(time.perf_counter() - begun)
    return min(times)


def main() -> None:
    """Print a line for each shape."""
    for name, shape in SHAPES.items():
        once, twice = seconds(shape(_CHAIN)), seconds(shape(2 * _CHAIN))
        print(f"{name:<26} {once:6.3f} s  {twice:6.3f} s  x {twice / once:.1f}")


if __name__ == "__main__":
    main()

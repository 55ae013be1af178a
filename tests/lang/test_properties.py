"""What does not change the meaning of a file set, does not change what is made of it."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from schemasync import compile_schema, wire
from tests.unhurried import UNHURRIED

if TYPE_CHECKING:
    from schemasync import Compiled

_FILES = {
    "models/user.as": """\
import { Audited, Short } from '../lib/base'
@db.table 'users'
export interface User extends Audited {
  @meta.id
  @db.default.increment 10
  id: number.int
  @db.index.unique 'email'
  @db.index.plain 'by_name', 'desc'
  email: string.email
  @db.index.plain 'by_name'
  name?: Short
  address?: {
    street: string
    geo: { lat: number, lon: number }
  }
  tags: string[]
  kind: 'a' | 'b'
}
""",
    "models/order.as": """\
import { User } from './user'
@db.table
export interface Order {
  @meta.id
  @db.default.uuid
  id: string.uuid
  @db.rel.FK
  @db.rel.onDelete 'cascade'
  user: User.id
  @db.rel.to
  buyer?: User
  @db.column.precision 10, 2
  total: decimal
}
@db.view 'spending'
@db.view.for Order
@db.view.joins User, `User.id = Order.user`
@db.view.filter `Order.total > 10 and (User.kind = 'a' or not User.name exists)`
@db.view.having `n >= 2`
export interface Spending {
  email: User.email
  @db.agg.sum 'total'
  total: decimal
  @db.agg.count
  n: number
}
""",
    "lib/base.as": """\
export interface Audited {
  @db.default.now
  createdAt: number.timestamp
}
@expect.maxLength 40
export type Short = string
annotate Audited {
  @db.column 'created'
  createdAt
}
""",
}


def _result(compiled: Compiled) -> tuple[str, ...]:
    assert compiled.diagnostics == ()
    assert compiled.schema is not None
    engines = ("postgresql", "mysql", "sqlite", "mongodb")
    return (wire.model_digest(compiled.schema), *(compiled.hash(engine) for engine in engines))


_EXPECTED = _result(compile_schema(_FILES))


@settings(UNHURRIED)
@given(st.permutations(sorted(_FILES)))
def test_the_order_of_the_files_does_not_matter(order: list[str]) -> None:
    assert _result(compile_schema({path: _FILES[path] for path in order})) == _EXPECTED


@settings(UNHURRIED)
@given(
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", " // why\u00e9", "  ", " /* a\nb */", "\n\n", "\t"]),
    st.sampled_from(["", "\ufeff"]),
)
def test_white_space_and_comments_do_not_matter(line_end: str, after: str, mark: str) -> None:
    changed = {
        path: mark + text.replace("\n", after + "\n").replace("\n", line_end) for path, text in _FILES.items()
    }
    assert _result(compile_schema(changed)) == _EXPECTED


def test_bytes_and_text_are_the_same() -> None:
    assert _result(compile_schema({path: text.encode() for path, text in _FILES.items()})) == _EXPECTED


@settings(UNHURRIED)
@given(st.text(max_size=30))
def test_files_of_other_kinds_are_ignored(content: str) -> None:
    files = {**_FILES, "README.md": content, "models/user.ts": content}
    assert _result(compile_schema(files)) == _EXPECTED
    assert wire.files_digest(files) == wire.files_digest(_FILES)


@settings(UNHURRIED)
@given(st.data())
def test_a_line_left_out_changes_the_digest_or_is_an_error(
    data: st.DataObject,
) -> None:
    path = data.draw(st.sampled_from(sorted(_FILES)))
    lines = _FILES[path].splitlines(keepends=True)
    number = data.draw(st.integers(0, len(lines) - 1))
    compiled = compile_schema({**_FILES, path: "".join(lines[:number] + lines[number + 1 :])})
    if compiled.schema is None:
        assert compiled.diagnostics
    else:
        assert wire.model_digest(compiled.schema) != _EXPECTED[0]


def _statements() -> list[str]:
    """Return the statements of all files, to stand in one: those of one file need no imports."""
    found: list[str] = []
    statement: list[str] = []
    for line in "".join(_FILES.values()).splitlines():
        if line.startswith("import "):
            continue
        statement.append(line)
        if line == "}" or line.startswith("export type"):
            found.append("\n".join(statement))
            statement = []
    return found


@settings(UNHURRIED)
@given(st.permutations(_statements()))
def test_the_order_of_the_statements_does_not_matter(order: list[str]) -> None:
    assert _result(compile_schema({"all.as": "\n".join(order)})) == _EXPECTED


def test_several_threads_compile_at_once() -> None:
    others = {"m.as": "@db.table 't'\nexport interface T {\n@meta.id\nid: nummber }\n"}

    def work(number: int) -> bool:
        if number % 2:
            return [problem.code for problem in compile_schema(others).diagnostics] == ["AS201"]
        return _result(compile_schema(_FILES)) == _EXPECTED

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(work, range(200)))
    assert gc.isenabled()

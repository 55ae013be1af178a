"""What an error leads to is not told again: each of these file sets has one problem."""

from __future__ import annotations

import pytest

from schemasync import compile_schema

# Each: what is broken, the code and line of its one diagnostic, and the text.
_ONE_PROBLEM = {
    "the type of a prop that an aggregate and a query use": (
        "AS201",
        5,
        """
@db.table
export interface Order {
  @meta.id id: number
  total: nummber
  at: number
}
@db.view
@db.view.for Order
@db.view.filter `total > 1 and Order.total < 9`
@db.view.having `sum > 3`
export interface Totals {
  at: Order.at
  @db.agg.sum 'total' sum: number
  total: Order.total
}
""",
    ),
    "the type of a foreign key that relations follow": (
        "AS201",
        5,
        """
@db.table
export interface Order {
  @meta.id id: number
  @db.rel.FK userId: Usr.id
  @db.rel.to user: User
}
@db.table
export interface User {
  @meta.id id: number
  @db.rel.from orders: Order[]
}
""",
    ),
    "the type of a sibling of an amount": (
        "AS201",
        5,
        """
@db.table
export interface Order {
  @meta.id id: number
  currency: strng
  @db.amount.currency.ref 'currency' total: decimal
}
""",
    ),
    "the type of a prop below which others look": (
        "AS201",
        5,
        """
@db.table
export interface Order {
  @meta.id id: number
  address: Adress
}
annotate Order {
  @db.index.plain
  address.city
}
@db.view
@db.view.for Order
@db.view.filter `address.city = 'x'`
export interface Cities {
  city: Order.address.city
}
""",
    ),
    "what an interface extends": (
        "AS201",
        3,
        """
@db.table
export interface Order extends Basis {
  total: number
}
annotate Order {
  @db.index.plain
  created
}
@db.view
@db.view.for Order
@db.view.filter `created > 3`
export interface Shown {
  created: Order.created
  @db.agg.max 'created' last: number
}
@db.table
export interface Item {
  @meta.id id: number
  @db.rel.FK order: Order.id
  @db.rel.from others: Order[]
}
""",
    ),
    "what an interface extends by way of another": (
        "AS208",
        3,
        """
type Text = string
interface Base extends Text {}
@db.table
export interface Order extends Base {
  @meta.id id: number
}
annotate Order {
  @db.index.plain
  created
}
""",
    ),
    "what an alias of an object is made of": (
        "AS201",
        3,
        """
interface Named { name: string }
type Both = Named & Dated
@db.table
export interface Order extends Both {
  @meta.id id: number
}
annotate Both {
  @db.index.plain
  created
}
""",
    ),
    "the syntax of a prop whose name is known": (
        "AS101",
        5,
        """
@db.table
export interface User {
  @meta.id id: number
  name: ?
}
@db.table
export interface Order {
  @meta.id id: number
  @db.rel.FK 'a' userName: User.name
  @db.rel.to 'a' user: User
}
annotate User { @meta.label 'x' name }
""",
    ),
    "the syntax of a prop whose name is not known": (
        "AS101",
        5,
        """
@db.table
export interface User {
  @meta.id id: number
  = name: string
}
annotate User { @meta.label 'x' name }
""",
    ),
    "the separator between props": (
        "AS101",
        2,
        """
interface User { id: number name: string }
annotate User { @meta.label 'x' name }
""",
    ),
    "the head of an interface": (
        "AS101",
        2,
        """
interface User extend Base { id: number }
type Id = User.id
interface Base { b: User }
""",
    ),
    "the brace of an interface": (
        "AS101",
        6,
        """
@db.table
export interface User {
  @meta.id id: number
@db.table
export interface Order {
  @meta.id id: number
  @db.rel.FK userId: User.id
  @db.rel.to user: User
}
""",
    ),
    "the brace of an interface at the end": (
        "AS101",
        8,
        """
type Id = User.id
interface Order { id: Id }
interface User {
  id: number
  below: {
    name: string
""",
    ),
    "the type of an alias": ("AS101", 2, "\ntype Id = =\ninterface User { id: Id }\nannotate Id { a }\n"),
    "the head of an annotate block": (
        "AS101",
        3,
        "\ninterface User { id: number }\nannotate User as Known [\ninterface Order { user: Known.id }\n",
    ),
    "the keyword before a declaration": (
        "AS101",
        2,
        "\nexprot interface User { id: number }\ninterface Order { user: User.id }\n",
    ),
    "the keyword of a declaration": (
        "AS101",
        2,
        "\nexport interfce User { id: number }\ninterface Order { user: User.id }\n",
    ),
    "the syntax of an import": ("AS101", 2, "\nimport { A, B } form './x'\ninterface C { a: A, b: B.id }\n"),
    "the braces of an import": ("AS101", 2, "\nimport A from './x'\ninterface C { a: A }\n"),
    "an annotation that a rule needs": (
        "AS301",
        2,
        """
@db.tabel
export interface User {
  @meta.id id: number
}
@db.table
export interface Order {
  @meta.id id: number
  @db.rel.FK userId: User.id
}
@db.view
@db.view.for User
export interface Shown { id: User.id }
""",
    ),
    "the annotation that makes a key": (
        "AS301",
        4,
        """
@db.table
export interface User {
  @meta.idd id: number
}
@db.table
export interface Order {
  @meta.id id: number
  @db.rel.FK userId: User.id
}
""",
    ),
    "the annotation that makes a foreign key": (
        "AS301",
        9,
        """
@db.table
export interface User {
  @meta.id id: number
}
@db.table
export interface Order {
  @meta.id id: number
  @db.rel.KF
  @db.rel.onDelete 'cascade'
  userId: User.id
  @db.rel.to user: User
}
""",
    ),
    "the quote of an argument": (
        "AS102",
        2,
        """
@db.table 'users
export interface User {
  @meta.id id: number
}
@db.table
export interface Order {
  @meta.id id: number
  @db.rel.FK userId: User.id
}
""",
    ),
    "the first backtick of a query": (
        "AS101",
        3,
        """
@db.view 'v'
@db.view.filter id = 1`
@db.view.for User
export interface V { id: User.id }
@db.table
export interface User { @meta.id id: number }
""".replace(" id = 1`", " = 1"),
    ),
    "the second backtick of a query": (
        "AS103",
        3,
        """
@db.view 'v'
@db.view.filter `id = 1
@db.view.for User
export interface V { id: User.id }
@db.table
export interface User { @meta.id id: number }
""",
    ),
    "an aggregate": (
        "AS301",
        5,
        """
@db.view 'v'
@db.view.for User
export interface V {
  @db.agg.avgg 'id' mean: number
}
@db.table
export interface User { @meta.id id: number }
""",
    ),
    "a character behind an annotation": (
        "AS105",
        4,
        """
@db.table
export interface User {
  @meta.id #
  id: number
}
@db.table
export interface Order {
  @meta.id id: number
  @db.rel.FK userId: User.id
}
""",
    ),
    "what is joined": (
        "AS201",
        4,
        """
@db.view 'v'
@db.view.for Order
@db.view.joins Usr, `User.id = Order.id`
@db.view.filter `User.id > 1`
export interface V {
  id: User.id
  @db.agg.sum 'User.id' sum: number
}
@db.table
export interface Order { @meta.id id: number }
@db.table
export interface User { @meta.id id: number }
""",
    ),
    "what stands behind an annotation": (
        "AS101",
        3,
        """
@db.view 'v'
@db.view.filter `id = 1` =
@db.view.for User
export interface V { id: User.id }
@db.table
export interface User { @meta.id id: number }
""",
    ),
    "the type of a prop that is missing": (
        "AS101",
        4,
        "\ninterface User {\n  a:\n  b: string\n}\ninterface Order { a: User.a, b: User.b }\n",
    ),
    "a brace too early": (
        "AS101",
        3,
        "\ninterface User { id: number }\n  name: string }\ninterface Order { a: User.name }\n",
    ),
    "a brace too many": (
        "AS101",
        3,
        "\ninterface User { id: number }\n}\ninterface Order { user: User.id }\n",
    ),
    "a type that is too deep": (
        "AS106",
        2,
        "\ninterface User { id: " + "{ a: " * 80 + "string" + " }" * 80 + " }\ntype Id = User.id.a.a\n",
    ),
    "an array of too many brackets": ("AS106", 2, "\ntype Id = string" + "[]" * 5000 + "\n"),
}


@pytest.mark.parametrize("broken", _ONE_PROBLEM)
def test_what_is_broken_is_told_once(broken: str) -> None:
    code, line, text = _ONE_PROBLEM[broken]
    found = compile_schema({"m.as": text}).diagnostics
    assert [(problem.code, problem.span.line) for problem in found] == [(code, line)], found


def test_a_typo_beside_what_is_broken_is_still_told() -> None:
    text = "interface User { id: nummber\n name: string }\ntype Id = User.id\ntype Name = User.nam\n"
    found = compile_schema({"m.as": text}).diagnostics
    assert [(problem.code, problem.span.line) for problem in found] == [("AS201", 1), ("AS202", 4)]


def test_an_interface_after_one_without_its_brace_is_read() -> None:
    text = "interface A {\n  id: number\n@meta.label 'x'\nexport interface B {\n  id: nummber\n}\n"
    found = compile_schema({"m.as": text}).diagnostics
    assert [(problem.code, problem.span.line) for problem in found] == [("AS101", 4), ("AS201", 5)]

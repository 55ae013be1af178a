"""The query of a view, as PostgreSQL's SQL. Pure: nothing here asks a server."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, assert_never

from schemasync import model
from schemasync.catalog import Name
from schemasync.engines.postgresql.ddl import MAX_NAME, QUOTER, literal
from schemasync.engines.postgresql.regex import Unsuitable, storable, translate
from schemasync.engines.postgresql.types import mapped_type
from schemasync.engines.sql import cut

Types = Mapping[tuple[str, str], str]
"""The types of columns, by relation and column as the model names them."""


def column_types(schema: model.Schema) -> Types:
    """Return the types of everything that a view may read, other views included."""
    relations: tuple[model.Table | model.View, ...] = (*schema.tables, *schema.views)
    return {(each.name, field.name): mapped_type(field) for each in relations for field in each.fields}


def depends_on(view: model.View) -> tuple[str, ...]:
    """Return the tables and views that a view reads, by their names in the model, each once."""
    names = (view.entry, *(join.table for join in view.joins))
    return tuple(dict.fromkeys(name for name in names if name is not None))


def body(view: model.View, relation: Callable[[str], Name], types: Types) -> str:
    """Return the query of a managed or materialized view; equal views have equal text.

    `relation` gives the name in the database of what the model calls by a name. Values are
    compared as JavaScript would where the types differ (`5` with a column of text): without
    that, the server would refuse the view. Raises Unsuitable.
    """
    return _Body(view, relation, types).text()


class _Family(Enum):
    """What a type's values are compared as."""

    NUMBER = auto()
    TEXT = auto()
    BOOLEAN = auto()
    JSON = auto()
    OTHER = auto()


_FAMILIES: Final = {
    name: family
    for family, names in {
        _Family.NUMBER: "smallint integer bigint int int2 int4 int8 real float float4 float8 numeric decimal",
        _Family.TEXT: "text varchar char character bpchar citext",
        _Family.BOOLEAN: "boolean bool",
        _Family.JSON: "json jsonb",
    }.items()
    for name in names.split()
} | {"double precision": _Family.NUMBER, "character varying": _Family.TEXT}
_MODIFIER = re.compile(r" *\([0-9, ]*\)$")


def _family(kind: str) -> _Family:
    return _FAMILIES.get(_MODIFIER.sub("", kind.lower()), _Family.OTHER)


@dataclass(frozen=True, slots=True)
class _Expression:
    """A value in SQL; `family` is None where its type is not known."""

    sql: str
    family: _Family | None

    def cast(self, kind: str) -> str:
        return f"{self.sql}::{kind}"

    def as_text(self) -> str:
        return f"({self.sql}::jsonb #>> '{{}}')" if self.family is _Family.JSON else self.cast("text")


_OPERATORS: Final = {"$eq": "=", "$ne": "<>", "$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
# What the aggregates of truth values are called, which have no order.
_OF_BOOLEANS: Final = {"min": "bool_and", "max": "bool_or"}


class _Body:
    """The query of one view."""

    def __init__(self, view: model.View, relation: Callable[[str], Name], types: Types) -> None:
        self._view = view
        self._relation = relation
        self._types = types
        self._columns = {column.name: column for column in view.columns}

    def text(self) -> str:
        if self._view.entry is None:
            raise Unsuitable(f"the view {self._view.name} is external: it has no query of its own")
        tables = [self._view.entry, *(join.table for join in self._view.joins)]
        if twice := next((name for name in tables if tables.count(name) > 1), None):
            raise Unsuitable(f"it reads {twice} twice, and no query could tell the one from the other")
        columns = ",\n  ".join(
            f"{self._value(each).sql} AS {_column(each.name)}" for each in self._view.columns
        )
        return "\n".join([f"SELECT\n  {columns}", *self._sources(self._view.entry), *self._groups()])

    def _sources(self, entry: str) -> Iterator[str]:
        """Yield FROM, the joins and WHERE.

        A condition over a table that is joined only later holds for the rows of both: it may
        as well stand in WHERE, where the server knows that table.
        """
        yield f"FROM {self._table(entry)}"
        known, conditions = {entry}, []
        for join in self._view.joins:
            known.add(join.table)
            if _tables(join.condition) <= known:
                yield f"JOIN {self._table(join.table)} ON {self._condition(join.condition)}"
            else:
                yield f"CROSS JOIN {self._table(join.table)}"
                conditions.append(join.condition)
        conditions += [self._view.filter] if self._view.filter else []
        conditions += [self._view.having] if self._view.having and not self._grouped else []
        if conditions:
            yield f"WHERE {self._all(conditions)}"

    @property
    def _grouped(self) -> bool:
        return any(column.aggregate for column in self._view.columns)

    def _groups(self) -> Iterator[str]:
        if not self._grouped:
            return
        if keys := self._group_keys():
            yield f"GROUP BY {', '.join(keys)}"
        if self._view.having:
            yield f"HAVING {self._condition(self._view.having)}"

    def _group_keys(self) -> tuple[str, ...]:
        plain = (self._value(column).sql for column in self._view.columns if not column.aggregate)
        return tuple(dict.fromkeys(plain))

    def _table(self, name: str) -> str:
        return QUOTER.full(self._relation(name))

    def _source(self, table: str, column: str) -> _Expression:
        kind = self._types.get((table, column))
        # In full, since two schemas may have a table of one name.
        return _Expression(f"{self._table(table)}.{_column(column)}", _family(kind) if kind else None)

    def _value(self, column: model.ViewColumn) -> _Expression:
        if column.table is None or column.column is None:
            return _Expression("count(*)", _Family.NUMBER)
        source = self._source(column.table, column.column)
        return _aggregate(column.aggregate, source) if column.aggregate else source

    def _field(self, ref: model.FieldRef) -> _Expression:
        if ref.table is not None:
            return self._source(ref.table, ref.column)
        if ref.column not in self._columns:
            raise Unsuitable(f"the view has no column {ref.column}")
        return self._value(self._columns[ref.column])

    def _all(self, conditions: list[model.Condition]) -> str:
        return self._condition(
            conditions[0] if len(conditions) == 1 else model.Logic(op="and", operands=tuple(conditions))
        )

    def _condition(self, condition: model.Condition) -> str:
        if isinstance(condition, model.Comparison):
            return self._comparison(condition)
        if condition.op == "not":
            return f"NOT ({self._condition(condition.operands[0])})"
        parts = [self._operand(operand) for operand in condition.operands]
        if not parts:
            return "TRUE" if condition.op == "and" else "FALSE"
        return f" {condition.op.upper()} ".join(parts)

    def _operand(self, condition: model.Condition) -> str:
        text = self._condition(condition)
        return f"({text})" if isinstance(condition, model.Logic) else text

    def _comparison(self, item: model.Comparison) -> str:
        left, right = self._field(item.left), item.right
        match right:
            case model.FieldRef():
                sides = _alike(left, self._field(right))
                return f"{sides[0]} {_OPERATORS[item.op]} {sides[1]}"
            case model.Regex():
                operator = "~*" if "i" in right.flags else "~"
                text = left.sql if left.family in (_Family.TEXT, None) else left.as_text()
                return f"{text} {operator} {literal(translate(right))}"
            case tuple():
                return _listed(left, right, wanted=item.op == "$in")
            case model.Undefined():
                return _compared(left, item.op, None)
            case None | str() | bool() | int() | float():
                return _compared(left, item.op, right)
            case _:
                assert_never(right)


def _column(name: str) -> str:
    return QUOTER.name(cut(name, MAX_NAME))


def _tables(condition: model.Condition) -> set[str]:
    """Return the tables that a condition speaks of."""
    if isinstance(condition, model.Logic):
        return {name for operand in condition.operands for name in _tables(operand)}
    sides = (condition.left, condition.right)
    return {side.table for side in sides if isinstance(side, model.FieldRef) and side.table is not None}


def _aggregate(function: str, source: _Expression) -> _Expression:
    """Return an aggregate. Raises Unsuitable where values of this kind have none."""
    family = _Family.NUMBER if function in ("count", "sum", "avg") else source.family
    if source.family is _Family.BOOLEAN and function != "count":
        name = _OF_BOOLEANS.get(function, function)
        argument = source.sql if function in _OF_BOOLEANS else source.cast("integer")
        return _Expression(f"{name}({argument})", family)
    unordered = source.family is _Family.JSON and function != "count"
    if unordered or (source.family is _Family.TEXT and function in ("sum", "avg")):
        raise Unsuitable(f"there is no {function} of {source.sql}: its values are no numbers")
    return _Expression(f"{function}({source.sql})", family)


def _compared(left: _Expression, operator: str, value: model.Scalar) -> str:
    """Return a comparison with one value; nothing is above or below null."""
    if operator == "$exists":
        return f"{left.sql} IS {'NOT ' if value else ''}NULL"
    if value is None:
        return (
            f"{left.sql} IS {'NOT ' if operator == '$ne' else ''}NULL"
            if operator in ("$eq", "$ne")
            else "FALSE"
        )
    sides = _sides(left, value)
    return f"{sides[0]} {_OPERATORS[operator]} {sides[1]}"


def _listed(left: _Expression, values: tuple[model.Scalar, ...], *, wanted: bool) -> str:
    """Return whether a value is one of these, or none of them."""
    negation, joint = ("", " OR ") if wanted else ("NOT ", " AND ")
    groups: dict[str, list[str]] = {}
    for value in values:
        if value is not None:
            side, constant = _sides(left, value)
            groups.setdefault(side, []).append(constant)
    parts = [f"{side} {negation}IN ({', '.join(constants)})" for side, constants in groups.items()]
    if None in values:
        parts.append(f"{left.sql} IS {negation}NULL")
    if not parts:
        return "FALSE" if wanted else "TRUE"
    return parts[0] if len(parts) == 1 else f"({joint.join(parts)})"


_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def _sides(left: _Expression, value: str | float | bool) -> tuple[str, str]:  # noqa: FBT001 - a value
    """Return an expression and a constant that the server can compare."""
    match left.family:
        case _Family.NUMBER:
            return _number_sides(left, value)
        case _Family.BOOLEAN:
            return _boolean_sides(left, value)
        case _Family.JSON:
            return left.cast("jsonb"), _text(json.dumps(value, ensure_ascii=False))
        case None if not isinstance(value, str):
            return left.sql, _plain(value)
        case _:
            return left.sql, _text(value if isinstance(value, str) else _plain(value))


def _number_sides(left: _Expression, value: str | float | bool) -> tuple[str, str]:  # noqa: FBT001 - a value
    if isinstance(value, str):
        number = value.strip()
        return (left.sql, number) if _NUMBER.fullmatch(number) else (left.as_text(), _text(value))
    return left.sql, _plain(int(value) if isinstance(value, bool) else value)


def _boolean_sides(left: _Expression, value: str | float | bool) -> tuple[str, str]:  # noqa: FBT001 - a value
    if isinstance(value, str):
        truth = value.lower() in ("true", "false")
        return (left.sql, value.lower()) if truth else (left.as_text(), _text(value))
    return left.sql if isinstance(value, bool) else left.cast("integer"), _plain(value)


def _plain(value: float | bool) -> str:  # noqa: FBT001 - a value
    """Return a number or a truth value as it is written without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not math.isfinite(value):
        raise Unsuitable(f"{value} is no number")
    return repr(value)


def _text(value: str) -> str:
    return literal(storable(value))


def _alike(left: _Expression, right: _Expression) -> tuple[str, str]:
    """Return two expressions that the server can compare, as text where they have nothing in common."""
    families = {left.family, right.family}
    if len(families) == 1 or None in families:
        return left.sql, right.sql
    if families == {_Family.NUMBER, _Family.BOOLEAN}:
        return _as_number(left), _as_number(right)
    return left.as_text(), right.as_text()


def _as_number(value: _Expression) -> str:
    return value.cast("integer") if value.family is _Family.BOOLEAN else value.sql

"""The filter of a view as the tree that other writers hash."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from schemasync.model import Comparison, Condition, FieldRef, Regex, Scalar, Undefined
from schemasync.wire.fnv import fnv_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

# Between these, JavaScript prints a number without an exponent: the place of its point.
_SMALLEST_POINT: Final = -6
_LARGEST_POINT: Final = 21


def filter_hash(condition: Condition) -> str:
    """Return the hash of a filter."""
    return fnv_hash(_tree(condition))


def _tree(condition: Condition) -> str:
    """Return a filter as JSON."""
    if isinstance(condition, Comparison):
        left = f'"left":{_field(condition.left)},"op":"{condition.op}"'
        if isinstance(condition.right, Undefined):
            return f"{{{left}}}"
        return f'{{{left},"right":{_operand(condition.right)}}}'
    operands = [_tree(operand) for operand in condition.operands]
    return (
        f'{{"$not":{operands[0]}}}' if condition.op == "not" else f'{{"${condition.op}":{_list(operands)}}}'
    )


def _field(field: FieldRef) -> str:
    """Return a field; a type is a function over there, of which nothing is left in the text."""
    kind = '"type":"[fn]",' if field.qualified else ""
    return f'{{{kind}"field":{_text(field.written)}}}'


def _operand(right: Scalar | tuple[Scalar, ...] | FieldRef | Regex) -> str:
    """Return the right side of a comparison; a regular expression keeps its pattern only."""
    if isinstance(right, FieldRef):
        return _field(right)
    if isinstance(right, Regex):
        return _text(right.pattern)
    if isinstance(right, tuple):
        return _list(_scalar(item) for item in right)
    return _scalar(right)


def _scalar(value: Scalar) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return printed_number(value)
    return _text(value)


def _text(value: str | bool | None) -> str:  # noqa: FBT001 - any literal but a number
    return json.dumps(value, ensure_ascii=False)


def _list(items: Iterable[str]) -> str:
    return f"[{','.join(items)}]"


def printed_number(value: float) -> str:
    """Return a number as JavaScript prints it: `5`, `0.00001`, `1e-7`, `1e+21`."""
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    text = "".join(map(str, digits))
    point = len(digits) + int(exponent)
    if text == "0":
        return "0"
    if not _SMALLEST_POINT < point <= _LARGEST_POINT:
        fraction = f".{text[1:]}" if len(text) > 1 else ""
        found = f"{text[0]}{fraction}e{point - 1:+d}"
    elif point <= 0:
        found = "0." + "0" * -point + text
    elif point >= len(text):
        found = text + "0" * (point - len(text))
    else:
        found = f"{text[:point]}.{text[point:]}"
    return "-" + found if sign else found

"""What a default is on PostgreSQL: a constant that can be compared, a counter, or what the server rewrites.

Only constants of some types are compared by their values. Those of all others (times, UUIDs, types of
somebody's own) the server keeps in a form of its own, as it does expressions.
"""

from __future__ import annotations

from schemasync import model
from schemasync.catalog import ColumnDefault, Definition, Identity, Literal, digest
from schemasync.engines.postgresql import ddl
from schemasync.engines.postgresql.regex import Unsuitable, storable
from schemasync.engines.postgresql.values import canonical_value, family, is_comparable

_UUID = "gen_random_uuid()"
# Of equal types on both sides, so that no operator of somebody else fits better than the server's.
_MILLISECONDS = "(extract(epoch from now()) * 1000::numeric)::bigint"
_MOMENT = "now()"
_COUNTERS = frozenset({"smallint", "integer", "bigint"})
_SMALL = frozenset({"smallint", "integer"})
_HOLD_MILLISECONDS = frozenset({"bigint", "numeric", "real", "double precision"})
_TIMES = ("timestamp", "date", "time")
# Constants that mean another moment each time that they are read.
_MOVING = frozenset({"now", "today", "tomorrow", "yesterday"})


def column_default(default: model.Default | None, kind: str) -> ColumnDefault | None:
    """Return a field's default on a column of a type. Raises Unsuitable where it has none such."""
    if default is None:
        return None
    if isinstance(default, model.ValueDefault):
        return _constant(storable(default.value), kind)
    if default.function == "increment":
        if kind not in _COUNTERS:
            raise Unsuitable(f"{_a(kind)} cannot count")
        return Identity(start=1 if default.start is None else default.start)
    text = _random(kind) if default.function == "uuid" else _now(kind)
    return Definition(wanted=digest(text), text=text)


def is_moving(default: model.Default | None, kind: str) -> bool:
    """Return whether a constant is the moment at which it is read: `now()`, as a text."""
    return (
        isinstance(default, model.ValueDefault)
        and kind.startswith(_TIMES)
        and default.value.strip().lower().removesuffix("()") in _MOVING
    )


def _constant(value: str, kind: str) -> Literal | Definition:
    if is_comparable(kind):
        return Literal(value=canonical_value(value, kind))
    text = ddl.literal(value)
    return Definition(wanted=digest(text), text=text)


def _random(kind: str) -> str:
    if kind != "uuid" and not ddl.is_text(kind):
        raise Unsuitable(f"{_a(kind)} cannot be a random UUID")
    return _UUID


def _now(kind: str) -> str:
    if kind.startswith(_TIMES) and not kind.endswith("]"):
        return _MOMENT
    if family(kind) in _HOLD_MILLISECONDS or ddl.is_text(kind):
        return _MILLISECONDS
    raise Unsuitable(f"{_a(kind)} cannot hold the time")


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"

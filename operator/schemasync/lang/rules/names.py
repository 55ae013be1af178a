"""Rules for the names that a database will see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemasync.errors import Related
from schemasync.lang import problems
from schemasync.lang.lower import space_of
from schemasync.lang.rules.base import Context, at, rule
from schemasync.model import CONTROL_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemasync.errors import Diagnostic
    from schemasync.lang.entity import Column, Entity

# What PostgreSQL keeps of a name, in bytes.
_NAME_BYTES: Final = 63
_MANY: Final = 4096


@rule(problems.DUPLICATE_COLUMN)
def columns_have_names_of_their_own(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """Two props of a table cannot have one column."""
    if not (entity.table or entity.view):
        return
    seen: dict[str, Column] = {}
    for column in entity.stored:
        first = seen.setdefault(column.name, column)
        if first is not column:
            related = (Related(span=first.span, message="the other prop"),)
            message = f"the column {column.name!r} is declared twice"
            yield problems.DUPLICATE_COLUMN.at(column.span, message, related=related)


@rule(problems.CUT_NAME)
def columns_differ_when_cut(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """PostgreSQL cuts names to 63 bytes; columns must differ then too."""
    if not (entity.table or entity.view):
        return
    seen: dict[str, Column] = {}
    for column in entity.stored:
        if len(column.name) * 4 <= _NAME_BYTES or len(column.name.encode("utf-8", "replace")) <= _NAME_BYTES:
            continue
        first = seen.setdefault(cut(column.name), column)
        if first.name != column.name:
            related = (Related(span=first.span, message="the other prop"),)
            message = f"PostgreSQL cuts {column.name!r} to {cut(column.name)!r}, which is taken"
            yield problems.CUT_NAME.at(
                column.span, message, hint="give it a shorter name with @db.column", related=related
            )


@rule(problems.TOO_MANY_COLUMNS)
def objects_do_not_become_columns_without_number(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """Allow no more columns than the most generous database has."""
    if not (entity.table or entity.view):
        return
    if entity.cut or (len(entity.columns) > _MANY and len(entity.stored) > _MANY):
        limit = "all files together would have too many" if entity.cut else f"it would have more than {_MANY}"
        message = f"too many columns for {entity.symbol.name!r}: {limit}"
        yield problems.TOO_MANY_COLUMNS.at(
            entity.symbol.span, message, hint="store objects as one value with @db.json"
        )


@rule(problems.RESERVED_NAME, "db.table", "db.view")
def the_control_table_is_no_other(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """No table or view has the name of the control table."""
    node = entity.table or entity.view
    if node is not None and cut(entity.name) == CONTROL_TABLE:
        message = f"{CONTROL_TABLE!r} is where the state of the database is kept"
        yield at(problems.RESERVED_NAME, node, message, "give it another name")


def check_table_names(known: Iterable[Entity], space: str | None) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each exported table or view whose name, cut or not, another one has.

    Where one `@db.space` is asked for, what is in others is in other databases.
    """
    groups: dict[str, list[Entity]] = {}
    for entity in known:
        if space is not None and space_of(entity) != space:
            continue
        if entity.symbol.node.exported and (entity.table or entity.view):
            groups.setdefault(cut(entity.name), []).append(entity)
    for group in groups.values():
        for entity in group if len(group) > 1 else ():
            others = [other for other in group[: problems.SHOWN] if other is not entity]
            related = tuple(Related(span=other.symbol.span, message="the other one") for other in others)
            same = any(other.name == entity.name for other in others)
            problem = problems.DUPLICATE_TABLE if same else problems.CUT_NAME
            message = (
                f"the name {entity.name!r} is taken"
                if same
                else f"PostgreSQL cuts {entity.name!r} to a name that is taken"
            )
            node = entity.table or entity.view
            span = node.span if node else entity.symbol.span
            yield problem.at(span, message, related=related)


def cut(name: str) -> str:
    """Return what PostgreSQL keeps of a name: whole characters within 63 bytes."""
    return name.encode("utf-8", "replace")[:_NAME_BYTES].decode("utf-8", "ignore")

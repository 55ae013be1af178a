"""Rules for views. What a view refers to is looked up where it is lowered, and reported there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemasync.errors import Related
from schemasync.lang import problems
from schemasync.lang.cycles import circular
from schemasync.lang.rules.base import Context, each, not_made, rule
from schemasync.lang.views import AGGREGATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemasync.errors import Diagnostic
    from schemasync.lang.entity import Entity


@rule(problems.VIEW_OF, "db.view.for", "db.view.joins")
def a_view_reads_tables_and_views(entity: Entity, context: Context) -> Iterator[Diagnostic]:
    """`@db.view.for` and `@db.view.joins` name a table or a view."""
    for name in ("db.view.for", "db.view.joins"):
        for node in entity.applied.get(name, ()):
            symbol = context.views.target(node)
            other = context.views.no_object(node)
            if other is not None:
                span = node.source.span(node.args[0].start, node.args[0].end)
                related = (Related(span=other.span, message="declared here"),)
                message = f"{other.name!r} is neither a table nor a view"
                yield problems.VIEW_OF.at(span, message, related=related)
            if symbol is None:
                continue
            target = context.entities.of(symbol)
            yield from not_made(entity, target, node)
            if not (target.table or target.view or target.unclear):
                related = (Related(span=symbol.span, message="declared here"),)
                span = node.source.span(node.args[0].start, node.args[0].end)
                yield problems.VIEW_OF.at(
                    span, f"{symbol.name!r} is neither a table nor a view", related=related
                )


@rule(problems.JOINED_TWICE, "db.view.joins")
def a_view_reads_each_table_once(entity: Entity, context: Context) -> Iterator[Diagnostic]:
    """`@db.view.joins` names neither the entry nor what is joined already."""
    entry = entity.first("db.view.for")
    seen = {context.views.target(entry): entry} if entry else {}
    for node in entity.applied.get("db.view.joins", ()):
        symbol = context.views.target(node)
        first = seen.setdefault(symbol, node)
        if symbol is not None and first is not node:
            related = (Related(span=first.span, message="read here already"),)
            message = f"the view reads {symbol.name!r} already"
            yield problems.JOINED_TWICE.at(node.span, message, related=related)


@rule(problems.UNKNOWN_FIELD, "db.view")
def the_references_of_a_view_exist(entity: Entity, context: Context) -> Iterator[Diagnostic]:
    """Fields in columns and queries of a view exist and are in scope."""
    context.views.view(entity)
    yield from ()


@rule(problems.AGGREGATES, "db.view")
def a_column_shows_one_aggregate(entity: Entity, _: Context) -> Iterator[Diagnostic]:
    """Allow one aggregate on a column."""
    for column in entity.stored:
        found = [node for name in AGGREGATES if (node := column.first("db.agg." + name))]
        if len(found) > 1:
            message = f"{column.member.name!r} shows one aggregate"
            yield from each(problems.AGGREGATES, found, message, "another one")


def check_view_circles(known: Iterable[Entity], context: Context) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each view that reads itself, where it names what leads back to it."""
    read = {entity: context.views.read(entity) for entity in known if entity.view}
    found = circular({entity: {target for _, target in targets} for entity, targets in read.items()})
    for entity, targets in read.items():
        back = [
            found_at for found_at in targets if entity in found and found.get(found_at[1]) == found[entity]
        ]
        if back:
            node, target = back[0]
            by_way = "" if target is entity else f", by way of {target.symbol.name!r}"
            related = (Related(span=target.symbol.span, message="declared here"),)
            message = f"{entity.symbol.name!r} reads itself{by_way}"
            yield problems.VIEW_CIRCLE.at(node.span, message, related=related)

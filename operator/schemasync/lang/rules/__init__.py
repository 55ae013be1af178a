"""What a database asks of a file set: one rule, one function, one code, one failing test.

A rule looks at one interface, props flattened, and yields diagnostics. It changes nothing
and does not know of other rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemasync.lang.rules import columns, names, relations, tables, views
from schemasync.lang.rules.base import RULES, Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemasync.errors import Diagnostic
    from schemasync.lang.entity import Entities, Entity
    from schemasync.lang.views import Views

__all__ = ["RULES", "Rule", "check_rules", "columns", "names", "relations", "tables", "views"]


def check_rules(
    entities: Entities, lowered: Views, known: Iterable[Entity], space: str | None = None
) -> list[Diagnostic]:
    """Return what the rules say of each interface, and of all together."""
    context = Context(entities, lowered)
    always = [rule for rule in RULES if not rule.triggers]
    by_trigger: dict[str, list[Rule]] = {}
    for rule in RULES:
        for trigger in rule.triggers:
            by_trigger.setdefault(trigger, []).append(rule)
    found: list[Diagnostic] = []
    for entity in known:
        wanted = dict.fromkeys(always)
        for name in (*entity.applied, *entity.uses):
            if name in by_trigger:
                wanted |= dict.fromkeys(by_trigger[name])
        stored = bool(entity.table or entity.view)
        for rule in wanted:
            if rule.stored and not stored:
                continue
            found.extend(rule.check(entity, context))
    found.extend(names.check_table_names(known, space))
    found.extend(views.check_view_circles(known, context))
    return found

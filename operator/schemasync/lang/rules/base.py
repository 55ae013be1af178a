"""What a rule is, and the list of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemasync.errors import Diagnostic, Related
from schemasync.lang import problems
from schemasync.lang.lower import space_of

if TYPE_CHECKING:
    from schemasync.lang import ast
    from schemasync.lang.entity import Entities, Entity
    from schemasync.lang.problems import Problem
    from schemasync.lang.views import Views


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may ask beside the interface that it looks at."""

    entities: Entities
    views: Views


Check = Callable[["Entity", Context], Iterator[Diagnostic]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. It is only asked where one of its `triggers` stands, on the interface or a prop.

    A rule without triggers is always asked; one for what is `stored`, only of tables and
    views: an interface that others extend may lack what they will have.
    """

    problem: Problem
    triggers: tuple[str, ...]
    check: Check
    stored: bool = False


RULES: list[Rule] = []


def rule(problem: Problem, *triggers: str, stored: bool = False) -> Callable[[Check], Check]:
    """Enter a function into the list of rules; all its diagnostics are of one kind."""

    def enter(check: Check) -> Check:
        RULES.append(Rule(problem, triggers, check, stored))
        return check

    return enter


def at(problem: Problem, node: ast.Annotation, message: str, hint: str | None = None) -> Diagnostic:
    """Return a diagnostic at the name of an annotation."""
    return problem.at(node.span, message, hint=hint)


def not_made(entity: Entity, target: Entity, node: ast.Annotation) -> Iterator[Diagnostic]:
    """Yield a warning where what an exported table or view needs is not made with it."""
    if not (entity.symbol.node.exported and (target.table or target.view)):
        return
    related = (Related(span=target.symbol.span, message="declared here"),)
    if not target.symbol.node.exported:
        message = f"{target.symbol.name!r} is not exported: it is not made"
        yield problems.NOT_MADE.at(node.span, message, related=related, hint="put 'export' before it")
    elif space_of(target) != space_of(entity):
        message = f"{target.symbol.name!r} is in the space {space_of(target)!r}, not in {space_of(entity)!r}"
        hint = "give both the same @db.space, unless one database has both"
        yield problems.NOT_MADE.at(node.span, message, related=related, hint=hint)


def each(problem: Problem, nodes: list[ast.Annotation], message: str, other: str) -> Iterator[Diagnostic]:
    """Yield a diagnostic at each of several annotations, with the others beside it."""
    for node in nodes:
        related = tuple(
            Related(span=one.span, message=other) for one in nodes[: problems.SHOWN] if one is not node
        )
        yield problem.at(node.span, message, related=related)

"""Which interfaces extend themselves, which views read themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from schemasync.lang import ast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemasync.lang.scope import Scope, Symbol

_Node = TypeVar("_Node")


def circular(edges: Mapping[_Node, set[_Node]]) -> set[_Node]:
    """Return the nodes that lead to themselves, found by taking away all that begin or end a way.

    Nodes between two circles are among them.
    """
    backwards: dict[_Node, set[_Node]] = {}
    for node, targets in edges.items():
        for target in targets:
            backwards.setdefault(target, set()).add(node)
    onwards = _leading_on(edges, backwards)
    back = _leading_on(backwards, edges)
    return onwards & back


def _leading_on(edges: Mapping[_Node, set[_Node]], backwards: Mapping[_Node, set[_Node]]) -> set[_Node]:
    """Return the nodes from which a way without end begins."""
    left = {node: len(targets) for node, targets in edges.items() if targets}
    ends = [node for node in backwards if node not in left]
    while ends:
        for node in backwards.get(ends.pop(), ()):
            left[node] -= 1
            if not left[node]:
                ends.append(node)
    return {node for node, count in left.items() if count}


def cyclic_interfaces(scope: Scope) -> set[Symbol]:
    """Return the interfaces that extend themselves."""
    return circular(
        {
            symbol: set(_bases(symbol, symbol.node))
            for module in scope.modules.values()
            for symbol in module.symbols.values()
            if isinstance(symbol.node, ast.Interface) and symbol.node.extends
        }
    )


def _bases(symbol: Symbol, node: ast.Interface) -> Iterator[Symbol]:
    """Yield what the names after `extends` mean."""
    for reference in node.extends:
        base = symbol.module.symbols.get(reference.text) or symbol.module.imported.get(reference.text)
        if base is not None:
            yield base

"""Which interfaces extend themselves, which views read themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from schemasync.lang import ast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemasync.lang.scope import Scope, Symbol

_Node = TypeVar("_Node")


def circular(edges: Mapping[_Node, set[_Node]]) -> dict[_Node, int]:
    """Return the nodes that lead back to themselves, each with the number of its circle.

    These are Tarjan's strongly connected components.
    """
    order: dict[_Node, int] = {}
    lowest: dict[_Node, int] = {}
    component: dict[_Node, None] = {}
    found = {node: -number for number, (node, targets) in enumerate(edges.items(), 1) if node in targets}
    for root in edges:
        way = [] if root in order else [(root, iter(edges[root]))]
        while way:
            node, targets = way[-1]
            if node not in order:
                order[node] = lowest[node] = len(order)
                component[node] = None
            target = next((target for target in targets if target not in order or target in component), None)
            if target is None:
                way.pop()
                if way:
                    lowest[way[-1][0]] = min(lowest[way[-1][0]], lowest[node])
                if lowest[node] == order[node]:
                    members = set(_taken(component, node))
                    if len(members) > 1:
                        found |= dict.fromkeys(members, order[node])
            elif target not in order:
                way.append((target, iter(edges.get(target, ()))))
            else:
                lowest[node] = min(lowest[node], order[target])
    return found


def _taken(component: dict[_Node, None], root: _Node) -> Iterator[_Node]:
    """Take what was entered since `root`, and that, from the open nodes."""
    while root in component:
        yield component.popitem()[0]


def cyclic_interfaces(scope: Scope) -> dict[Symbol, int]:
    """Return the interfaces that extend themselves, each with the number of its circle."""
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

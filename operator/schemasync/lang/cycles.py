"""Which interfaces extend themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemasync.lang import ast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemasync.lang.scope import Scope, Symbol


def cyclic_interfaces(scope: Scope) -> set[Symbol]:
    """Return the interfaces that extend themselves, found by taking away all that have an end."""
    remaining: dict[Symbol, int] = {}
    derived: dict[Symbol, list[Symbol]] = {}
    for module in scope.modules.values():
        for symbol in module.symbols.values():
            if isinstance(symbol.node, ast.Interface) and symbol.node.extends:
                bases = set(_bases(symbol, symbol.node))
                remaining[symbol] = len(bases)
                for base in bases:
                    derived.setdefault(base, []).append(symbol)
    waiting = [base for base in derived if not remaining.get(base)]
    while waiting:
        for symbol in derived.get(waiting.pop(), ()):
            remaining[symbol] -= 1
            if not remaining[symbol]:
                waiting.append(symbol)
    return {symbol for symbol, count in remaining.items() if count and symbol in derived}


def _bases(symbol: Symbol, node: ast.Interface) -> Iterator[Symbol]:
    """Yield what the names after `extends` mean."""
    for reference in node.extends:
        base = symbol.module.symbols.get(reference.text) or symbol.module.imported.get(reference.text)
        if base is not None:
            yield base

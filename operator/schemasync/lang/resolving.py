"""How what leads to one another is resolved: each once, at any depth, and circles reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from schemasync.errors import Related
from schemasync.lang import problems
from schemasync.lang.scope import Scope, Symbol
from schemasync.lang.shapes import Member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from schemasync.errors import Span

# How deep resolving goes before something is put off.
_DEPTH: Final = 40

_Key = TypeVar("_Key", Symbol, Member)
_Item = TypeVar("_Item")
_Found = TypeVar("_Found")


class _PutOffError(Exception):
    """What has to be resolved first, from a shallower stack: each name or prop, and how."""

    def __init__(self, what: list[tuple[Any, Callable[[Any, int], object]]]) -> None:
        super().__init__()
        self.what = what


class Resolving:
    """Resolves names and props that may lead through any number of others.

    The way there needs no stack of that depth, takes time linear in its length, and ends
    where it is a circle.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        # What is being resolved, in the order in which one led to the other.
        self._open: dict[Symbol | Member, None] = {}
        self._circular: set[Symbol | Member] = set()

    def resolved(self, key: _Key, resolve: Callable[[_Key, int], _Found], depth: int) -> _Found | None:
        """Return what `resolve` makes of a name or prop, and keeps; None, reported, where that is a circle.

        Too deep, it is put off: the outermost call has it resolved first, then begins
        again, and finds what it was waiting for.
        """
        if key in self._open:
            self._report_circle(key)
            return None
        if depth > _DEPTH:
            raise _PutOffError([(key, resolve)])
        if depth == 0:
            return self._outermost(key, resolve)
        self._open[key] = None
        found = resolve(key, depth + 1)
        del self._open[key]
        return found

    def _outermost(self, key: _Key, resolve: Callable[[_Key, int], _Found]) -> _Found | None:
        """Resolve a name or prop, and before it what is put off; what waits for that stays open."""
        waiting: list[tuple[Any, Callable[[Any, int], Any], int]] = [(key, resolve, len(self._open))]
        while True:
            current, how, before = waiting[-1]
            self._close(before)
            try:
                found: _Found | None = self.resolved(current, how, 1)
            except _PutOffError as deeper:
                waiting += [(key, resolve, len(self._open)) for key, resolve in deeper.what]
                continue
            waiting.pop()
            if not waiting:
                return found

    def each(self, items: Iterable[_Item], resolve: Callable[[_Item], _Found]) -> list[_Found]:
        """Return what `resolve` makes of each item; what it puts off is put off for all at once.

        One at a time, a wide type far down would be begun again for each of its items.
        """
        found: list[_Found] = []
        put_off: list[tuple[Any, Callable[[Any, int], object]]] = []
        before = len(self._open)
        for item in items:
            try:
                found.append(resolve(item))
            except _PutOffError as deeper:
                put_off += deeper.what
                self._close(before)
        if put_off:
            raise _PutOffError(put_off)
        return found

    def _close(self, before: int) -> None:
        """Forget what was opened since there were so many."""
        while len(self._open) > before:
            self._open.popitem()

    def _report_circle(self, key: Symbol | Member) -> None:
        """Report, once, that a name or prop leads back to itself, with what is on the way."""
        if key in self._circular:
            return
        self._circular.add(key)
        around: list[Symbol | Member] = [key]
        for other in reversed(self._open):
            if other is key or len(around) > problems.SHOWN:
                break
            around.append(other)
        first, *rest = sorted(around, key=_place)
        related = tuple(Related(span=_place(other), message="by way of this") for other in rest)
        message = f"{first.name!r} is made of itself"
        self.scope.report(problems.CIRCULAR_TYPE, _place(first), message, related=related)


def _place(found: Symbol | Member) -> Span:
    """Return where a name or a prop is declared."""
    return found.module.span(found.node.name) if isinstance(found, Member) else found.span

"""What annotate blocks add to the members of a type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemasync.lang import applied

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemasync.lang import ast
    from schemasync.lang.scope import Module, Symbol
    from schemasync.lang.shapes import Member, Overlay


def overlaid(members: Mapping[str, Member] | None, symbol: Symbol) -> dict[str, Member]:
    """Return `members` with what the annotate blocks of `symbol` add."""
    found = dict(members or {})
    if symbol.overlays:
        found.update(changed(found, overlay_of(symbol.overlays)))
    return found


def overlay_of(blocks: list[tuple[Module, ast.Annotate]]) -> Overlay:
    """Return the annotations of annotate blocks, by path."""
    overlay: Overlay = {}
    for _, block in blocks:
        for entry in block.entries:
            path = tuple(entry.path.text.split("."))
            overlay[path] = applied.merge(overlay.get(path, {}), applied.collect(entry.annotations))
    return overlay


def changed(members: Mapping[str, Member], overlay: Overlay) -> dict[str, Member]:
    """Return those members that `overlay` changes, changed."""
    names = {path[0] for path in overlay}
    return {name: member.overlaid(overlay) for name, member in members.items() if name in names}

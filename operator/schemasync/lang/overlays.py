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
    found: dict[tuple[str, ...], list[tuple[ast.Annotation, ...]]] = {}
    for _, block in blocks:
        for entry in block.entries:
            found.setdefault(tuple(name.text for name in entry.path), []).append(entry.annotations)
    return {path: applied.of_several(places) for path, places in found.items()}


def changed(members: Mapping[str, Member], overlay: Overlay) -> dict[str, Member]:
    """Return those members that `overlay` changes, changed."""
    by_name: dict[str, Overlay] = {}
    for path, found in overlay.items():
        by_name.setdefault(path[0], {})[path] = found
    return {name: members[name].overlaid(own) for name, own in by_name.items() if name in members}

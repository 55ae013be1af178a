"""What a diff asks of an engine and of what earlier syncs made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schemasync.catalog import Column, ForeignKey, Index, Name, Relation, View
from schemasync.changes import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What a diff asks about an engine and about what earlier syncs made."""

    # Whether two columns of one name mean the same to the server.
    same: Callable[[Column, Column], bool]
    # Whether changing one column into the other leaves what depends on it as it is.
    keeps_dependants: Callable[[Column, Column], bool]
    # Whether a sync made a relation, so that one of another kind may take its place.
    made: Callable[[Relation], bool]
    # Whether an index, or a foreign key of a table, is ours and not somebody else's.
    managed_index: Callable[[Index], bool]
    managed_key: Callable[[Name, ForeignKey], bool]
    # Whether a change is left out, so that nothing has to make way for it.
    left_out: Callable[[Change], bool]
    # Whether a view's query can be replaced without dropping the view.
    replaceable: Callable[[View, View], bool]

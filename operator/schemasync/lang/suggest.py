"""The nearest name, for "did you mean"."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# A look at more names than these would take longer than the file itself.
_LIMIT = 200
_LONGEST = 60


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return a hint with the known name that is nearest to `name`, None if none is near."""
    if len(name) > _LONGEST:
        return None
    candidates = [word for word, _ in zip(known, range(_LIMIT), strict=False) if word != name]
    near = get_close_matches(name, candidates, n=1, cutoff=0.7)
    if not near:
        lowered = {word.lower(): word for word in candidates}
        return f"did you mean {lowered[name.lower()]!r}?" if name.lower() in lowered else None
    return f"did you mean {near[0]!r}?"

"""The nearest name, for "did you mean"."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# A look at more names than these would take longer than the file itself: at all of them, and
# closely at those that might be meant.
_LIMIT = 10_000
_CLOSELY = 200
_LONGEST = 60
_DIFFERENCE = 4  # characters


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return a hint with the known name that is nearest to `name`, None if none is near."""
    if len(name) > _LONGEST:
        return None
    lowered, first = name.lower(), name[:1].lower()
    near = [
        word
        for word in islice(known, _LIMIT)
        if abs(len(word) - len(name)) <= max(_DIFFERENCE, len(name) // 2) and word != name
    ]
    same = next((word for word in near if word.lower() == lowered), None)
    if same is not None:
        return f"did you mean {same!r}?"
    # Most people get the first letter right.
    near.sort(key=lambda word: word[:1].lower() != first)
    found = get_close_matches(name, near[:_CLOSELY], n=1, cutoff=0.7)
    return f"did you mean {found[0]!r}?" if found else None

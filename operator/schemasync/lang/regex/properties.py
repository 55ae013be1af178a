r"""The properties of characters that `\p{...}` knows: ECMAScript 2024's, with Unicode 17's values."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

_CATEGORY: Final = frozenset({"General_Category", "gc"})
_SCRIPT: Final = frozenset({"Script", "sc", "Script_Extensions", "scx"})


def is_property(name: str) -> bool:
    """Tell whether a name is that of a set of characters: `Script=Greek`, a category, a property."""
    left, equal, value = name.partition("=")
    if not equal:
        return name in _names()["categories"] or name in _names()["binary"]
    known = "categories" if left in _CATEGORY else "scripts" if left in _SCRIPT else ""
    return bool(known) and value in _names()[known]


def is_property_of_strings(name: str) -> bool:
    """Tell whether a name is that of a set that holds sequences of characters, too."""
    return name in _names()["strings"]


@cache
def _names() -> dict[str, frozenset[str]]:
    text = Path(__file__).with_name("properties.json").read_text(encoding="ascii")
    return {kind: frozenset(names) for kind, names in json.loads(text).items()}

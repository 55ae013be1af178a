"""Reading JSON that anybody may have written: a value, or nothing, and never an exception."""

from __future__ import annotations

import json
from typing import Any


def read(text: str | None) -> Any:  # noqa: ANN401 - what JSON holds
    """Return what a stored JSON text stands for, None where there is none that can be worked with.

    That is one too deep to be read, or with characters that no database takes back.
    """
    try:
        value = json.loads(text or "null")
        again = json.dumps(value, ensure_ascii=False)
        again.encode()
    except (ValueError, RecursionError):
        return None
    return None if r"\u0000" in again else value


def texts(value: object) -> list[str] | None:
    """Return a list of texts, None where a value is none."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    return None

"""Keeps database schemas as declared: compiles Atscript files and syncs databases to them.

Everything public is here, loaded when it is first asked for, so that importing the package
costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemasync.api import Compiled, compile_schema

__all__ = ["Compiled", "compile_schema"]

_HOMES = {
    "Compiled": "schemasync.api",
    "compile_schema": "schemasync.api",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Load a public name from the module that has it."""
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)

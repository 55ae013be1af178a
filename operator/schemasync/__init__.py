"""Keeps database schemas as declared: compiles Atscript files and syncs databases to them.

Everything public is here, loaded when it is first asked for, so that importing the package
costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemasync.api import Compiled, Policy, compile_schema, plan_schema, sync_schema
    from schemasync.control import LockSettings
    from schemasync.errors import SchemaSyncError
    from schemasync.plan import Plan
    from schemasync.sync import SyncResult

__all__ = [
    "Compiled",
    "LockSettings",
    "Plan",
    "Policy",
    "SchemaSyncError",
    "SyncResult",
    "compile_schema",
    "plan_schema",
    "sync_schema",
]

_HOMES = {
    "Compiled": "schemasync.api",
    "LockSettings": "schemasync.control",
    "Plan": "schemasync.plan",
    "Policy": "schemasync.api",
    "SchemaSyncError": "schemasync.errors",
    "SyncResult": "schemasync.sync",
    "compile_schema": "schemasync.api",
    "plan_schema": "schemasync.api",
    "sync_schema": "schemasync.api",
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

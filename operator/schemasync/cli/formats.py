"""What a run came to, for programs: JSON, and the statements as SQL."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from schemasync.cli.compile import diagnostic_as_json

if TYPE_CHECKING:
    from schemasync.plan import Entry, Hazard, Plan
    from schemasync.sync import SyncResult

# A plan is possible or it is not; why not is in its entries and diagnostics.
PLAN_STATUS = {"failed": "error", "refused": "error"}


class Format(StrEnum):
    """How a plan and its outcome are printed."""

    TABLE = "table"
    JSON = "json"
    SQL = "sql"
    MARKDOWN = "markdown"


def status_word(status: str, *, planning: bool) -> str:
    """Return the status as reports say it."""
    return PLAN_STATUS.get(status, status) if planning else status


def result_as_json(result: SyncResult, *, planning: bool) -> str:
    """Return the one JSON object that a run prints.

    Characters beyond ASCII are escaped: no name of a table ever moves a terminal's cursor.
    """
    shown = {
        "status": status_word(result.status, planning=planning),
        "hash": result.hash,
        "duration": round(result.duration, 6),
        "diagnostics": [diagnostic_as_json(diagnostic) for diagnostic in result.diagnostics],
        "plan": None if result.plan is None else plan_as_json(result.plan),
    }
    return json.dumps(shown, indent=2)


def plan_as_json(plan: Plan) -> dict[str, object]:
    """Return a plan for programs, and for the renderer."""
    return {
        "id": plan.id,
        "destructive": plan.destructive,
        "summary": dict(plan.summary),
        "entries": [_entry(entry) for entry in plan.entries],
    }


def plan_as_sql(plan: Plan) -> str:
    """Return the statements in the order in which they run, each ended by `;` and a new line.

    Nothing where an entry is in error: what is left of such a plan would never run, either.
    """
    return "" if plan.errors else "".join(f"{statement.command};\n" for statement in plan.statements)


def _entry(entry: Entry) -> dict[str, object]:
    view = {} if entry.view_type is None else {"viewType": str(entry.view_type)}
    return {
        "name": entry.name,
        "kind": str(entry.kind),
        **view,
        "status": str(entry.status),
        "destructive": entry.destructive,
        "details": list(entry.details),
        "hazards": [_hazard(hazard) for hazard in entry.hazards],
        "errors": list(entry.errors),
        "warnings": warnings(entry),
        "statements": [statement.command for statement in entry.statements],
    }


def warnings(entry: Entry) -> list[str]:
    """Return the warnings of an entry, what safe mode leaves out among them."""
    return [*entry.warnings, *(f"left out by safe mode: {skipped}" for skipped in entry.skipped)]


def _hazard(hazard: Hazard) -> Mapping[str, object]:
    rows = {} if hazard.rows is None else {"rows": hazard.rows}
    return {"kind": str(hazard.kind), "message": hazard.message, **rows}

"""A plan as the status shows it: all that people need to judge it, cut to what an object may hold."""

from __future__ import annotations

import json
from collections.abc import Iterable

from schemasync.plan import Entry, EntryStatus, Hazard, Plan, Statement

# An object may have 1.5 MiB in etcd; the rest of it stays far below what this leaves.
BUDGET = 400_000
MAX_ENTRIES = 1000
MAX_STATEMENTS = 5000
MAX_TEXTS = 200
LONGEST_TEXT = 1024
LONGEST_STATEMENT = 32768

MARKS = {
    EntryStatus.CREATE: "+",
    EntryStatus.ALTER: "~",
    EntryStatus.DROP: "-",
    EntryStatus.IN_SYNC: "=",
    EntryStatus.SKIPPED: "?",
    EntryStatus.ERROR: "!",
}


def cut(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return a text of at most `longest` characters, its end marked where some are missing."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def changes(plan: Plan) -> str:
    """Return the plan in a few characters, `+5 ~1`: marks as in the reports, with how many of each."""
    counted = {status: plan.count(status) for status in MARKS}
    moving = [
        f"{MARKS[status]}{count}"
        for status, count in counted.items()
        if count and status is not EntryStatus.IN_SYNC
    ]
    return " ".join(moving) or f"={counted[EntryStatus.IN_SYNC]}"


def plan_status(plan: Plan, budget: int = BUDGET) -> dict[str, object]:
    """Return the status's `plan`, of at most about `budget` bytes of JSON.

    Entries that do not fit are left out whole, with their statements, those in sync first;
    `omitted` says how many.
    """
    shown = _fitting(plan, budget)
    relations = {entry.relation for entry in shown}
    status: dict[str, object] = {
        "id": plan.id,
        "destructive": plan.destructive,
        "changes": changes(plan),
        "summary": dict(plan.summary),
        "entries": [_entry(entry) for entry in shown],
        "statements": [statement.command for statement in plan.statements if statement.relation in relations],
    }
    if len(shown) < len(plan.entries):
        status["omitted"] = len(plan.entries) - len(shown)
    return status


def _fitting(plan: Plan, budget: int) -> list[Entry]:
    """Return the entries that fit, in the plan's order; those that matter most are taken first."""
    taken: set[int] = set()
    statements = 0
    for index in sorted(range(len(plan.entries)), key=lambda index: _weight(plan.entries[index])):
        entry = plan.entries[index]
        size = _size(entry)
        statements += len(entry.statements)
        if size > budget or len(taken) == MAX_ENTRIES or statements > MAX_STATEMENTS:
            break
        budget -= size
        taken.add(index)
    return [entry for index, entry in enumerate(plan.entries) if index in taken]


def _weight(entry: Entry) -> int:
    order = {EntryStatus.ERROR: 0, EntryStatus.IN_SYNC: 2}
    return order.get(entry.status, 1)


def _size(entry: Entry) -> int:
    if any(len(statement.command) > LONGEST_STATEMENT for statement in entry.statements):
        return BUDGET + 1
    shown = [_entry(entry), [statement.command for statement in entry.statements]]
    return len(json.dumps(shown, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _entry(entry: Entry) -> dict[str, object]:
    fields: dict[str, object] = {
        "name": cut(entry.name),
        "kind": str(entry.kind),
        "viewType": entry.view_type,
        "status": str(entry.status),
        "destructive": entry.destructive,
        "details": _texts(entry.details),
        "hazards": _hazards(entry.statements),
        "errors": _texts(entry.errors),
        "warnings": _texts(entry.warnings),
    }
    return {name: value for name, value in fields.items() if value is not None and value != []}


def _texts(texts: Iterable[str]) -> list[str]:
    return [cut(text) for text in texts][:MAX_TEXTS]


def _hazards(statements: Iterable[Statement]) -> list[dict[str, object]]:
    hazards = [_hazard(hazard) for statement in statements for hazard in statement.hazards]
    return hazards[:MAX_TEXTS]


def _hazard(hazard: Hazard) -> dict[str, object]:
    rows = {} if hazard.rows is None else {"rows": hazard.rows}
    return {"kind": str(hazard.kind), "message": cut(hazard.message), **rows}

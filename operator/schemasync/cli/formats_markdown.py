"""A plan for a pull request: what changes in a table, what it does in a list, the SQL folded away.

Names and messages stand in code spans, where they are neither markup nor mention anybody.
"""

from __future__ import annotations

import re
from typing import Final

from schemasync.cli.formats import plan_as_sql, status_word, warnings
from schemasync.cli.render import ACTIONS, MARK_OF, hazard_text, inert, totals, view_mark
from schemasync.plan import Entry, EntryStatus, Hazard, Plan
from schemasync.sync import Status, SyncResult

_BACKTICKS: Final = re.compile("`+")
_OUTCOMES: Final = {
    Status.UP_TO_DATE: "Up to date: the database has this schema.",
    Status.SYNCED: "Synced: the plan was applied.",
    Status.SYNCED_BY_PEER: "Synced by another process meanwhile.",
    Status.CHANGES_NEEDED: "These changes wait to be applied.",
    Status.FAILED: "Failed: nothing was changed.",
    Status.REFUSED: "Refused: nothing was changed.",
    Status.ERROR: "This plan has errors: see below.",
}


def result_as_markdown(result: SyncResult, *, planning: bool) -> str:
    """Return what came of a run."""
    word = status_word(result.status, planning=planning)
    lines = [f"### Database schema: {word}", "", f"{_OUTCOMES[result.status]}{_hash(result)}", ""]
    lines += [f"- {_code(f'{each.span}: {each.code} {each.message}')}" for each in result.diagnostics]
    if result.diagnostics:
        lines.append("")
    if result.plan is not None:
        lines += _plan(result.plan)
    return "\n".join(lines).rstrip("\n") + "\n"


def _hash(result: SyncResult) -> str:
    return "" if result.hash is None else f" Schema hash {_code(result.hash)}."


def _plan(plan: Plan) -> list[str]:
    moving = [entry for entry in plan.entries if entry.status is not EntryStatus.IN_SYNC]
    lines = [f"Plan {_code(plan.short_id)}: {totals(plan.summary)}.", ""]
    destroyed = [entry for entry in moving if entry.destructive]
    if destroyed:
        names = ", ".join(_code(entry.name) for entry in destroyed)
        lines += [f"**DESTRUCTIVE: data is destroyed in {len(destroyed)} of these: {names}**", ""]
    if moving:
        lines += ["| | name | what happens |", "|---|---|---|"]
        lines += [_row(entry) for entry in moving]
        lines.append("")
    for entry in moving:
        lines += _details(entry)
    return lines + _sql(plan)


def _row(entry: Entry) -> str:
    mark = view_mark({"viewType": entry.view_type}).replace("[", r"\[")
    action = ACTIONS.get(entry.status, f"{entry.status} {entry.kind}")
    if entry.destructive:
        action = f"**{action}, DESTRUCTIVE**"
    # A bar ends the cell even within code.
    name = _code(entry.name).replace("|", r"\|")
    return f"| {_code(MARK_OF[entry.status])} | {name}{mark} | {action} |"


def _details(entry: Entry) -> list[str]:
    items = [_code(detail) for detail in entry.details]
    items += [f"**error**: {_code(error)}" for error in entry.errors]
    items += [f"**warning**: {_code(warning)}" for warning in warnings(entry)]
    items += [f"**hazard**: {_code(_hazard(hazard))}" for hazard in entry.hazards]
    if not items:
        return []
    return [f"{_code(entry.name)}", "", *(f"- {item}" for item in items), ""]


def _hazard(hazard: Hazard) -> str:
    return hazard_text({"kind": hazard.kind, "message": hazard.message, "rows": hazard.rows})


def _sql(plan: Plan) -> list[str]:
    sql = plan_as_sql(plan)
    if not sql:
        return []
    fence = _fence(sql, least=3)
    shown = [inert(line) for line in sql.rstrip("\n").split("\n")]
    count = f"{len(plan.statements)} {'statement' if len(plan.statements) == 1 else 'statements'}"
    return [f"<details><summary>SQL, {count}</summary>", "", f"{fence}sql", *shown, fence, "", "</details>"]


def _code(text: object) -> str:
    """Return a text as a code span, whatever backticks it has."""
    shown = inert(text)
    fence = _fence(shown, least=1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _fence(text: str, *, least: int) -> str:
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    return "`" * max(least, longest + 1)

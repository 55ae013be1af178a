"""Plans and statuses for a terminal.

A plan is drawn from the form that reports give it, so that one renderer serves the plan of a run
and the one in a SchemaSync's status. Whatever comes from a schema or a database passes `inert`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from schemasync.kube.planstatus import MARKS
from schemasync.kube.status import condition

STYLES = {"+": "green", "~": "yellow", "-": "red", "=": "dim", "?": "dim", "!": "bold red"}
MARK_OF = {str(status): mark for status, mark in MARKS.items()}
ACTIONS = {"in-sync": "in sync", "error": "error", "skipped": "skipped"}
TOTALS = {
    "create": "to create",
    "alter": "to alter",
    "drop": "to drop",
    "inSync": "in sync",
    "error": "in error",
    "skipped": "skipped",
}
UNFOLDED = 10_000  # characters
# More relations in sync than these are only counted: they would push what changes off the screen.
MOST_IN_SYNC = 20
SHORT_ID = 12
DESTRUCTIVE = "bold white on red"
OUTCOMES = {"True": "bold green", "False": "bold red", "Unknown": "bold yellow"}


def inert(text: object) -> str:
    """Return a text on one line, with what could move a cursor or reorder text written as an escape."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in str(text)
    )


def console(file: IO[str] | None = None) -> Console:
    """Return a console that takes names of tables as they are, and folds lines for terminals alone."""
    made = Console(file=file, markup=False, highlight=False, emoji=False)
    if not made.is_terminal:
        made.width = UNFOLDED
    return made


def show(drawn: RenderableType, file: IO[str] | None = None) -> None:
    """Print, to standard output unless another file is named."""
    console(file).print(drawn)


def schema_sync(body: Mapping[str, object]) -> RenderableType:
    """Draw a SchemaSync: what its plan does, and what came of it."""
    status = _mapping(body.get("status"))
    metadata = _mapping(body.get("metadata"))
    title = Text(f"SchemaSync {metadata.get('namespace')}/{metadata.get('name')}", style="bold")
    shown = _mapping(status.get("plan"))
    return Group(title, *([plan(shown)] if shown else []), _outcome(status))


def plan(shown: Mapping[str, object]) -> RenderableType:
    """Draw a plan as reports have it: an entry a relation, then the totals and the id."""
    entries = [_mapping(entry) for entry in _sequence(shown.get("entries"))]
    drawn = _in_sync([entry for entry in entries if entry.get("status") == "in-sync"])
    for entry in entries:
        if entry.get("status") != "in-sync":
            drawn.extend(_entry(entry))
    if "omitted" in shown:
        drawn.append(_indented(Text(f"… and {shown['omitted']} more", style="dim"), 2))
    return Group(*drawn, *_totals(shown, entries))


def _in_sync(entries: Sequence[Mapping[str, object]]) -> list[RenderableType]:
    if len(entries) > MOST_IN_SYNC:
        return [_indented(Text(f"= {len(entries)} tables and views in sync", style="dim"), 2)]
    return [line for entry in entries for line in _entry(entry)]


def _entry(entry: Mapping[str, object]) -> list[RenderableType]:
    hazards = [hazard_text(_mapping(hazard)) for hazard in _sequence(entry.get("hazards"))]
    notes = [
        (_sequence(entry.get("details")), "", ""),
        (_sequence(entry.get("errors")), "error: ", "red"),
        (_sequence(entry.get("warnings")), "warning: ", "yellow"),
        (hazards, "hazard: ", "yellow"),
    ]
    return [_heading(entry)] + [
        _indented(Text.assemble((label, f"bold {style}"), (inert(text), style)), 6)
        for texts, label, style in notes
        for text in texts
    ]


def _heading(entry: Mapping[str, object]) -> RenderableType:
    mark = MARK_OF.get(str(entry.get("status")), "?")
    name = inert(entry.get("name"))
    status = str(entry.get("status"))
    action = ACTIONS.get(status, f"{status} {entry.get('kind')}")
    heading = Text.assemble((f"{mark} {name}", STYLES[mark]), view_mark(entry), (f"  {action}", "dim"))
    if entry.get("destructive"):
        heading.append("  ").append("DESTRUCTIVE", DESTRUCTIVE)
    return _indented(heading, 2)


def view_mark(entry: Mapping[str, object]) -> str:
    """Return ` [V]`, ` [M]` or ` [E]` for a view, nothing for a table."""
    return f" [{entry['viewType']}]" if entry.get("viewType") else ""


def hazard_text(hazard: Mapping[str, object]) -> str:
    """Return a hazard in words, with the number of rows where it was counted."""
    rows = hazard.get("rows")
    counted = f" ({rows:,} {'row' if rows == 1 else 'rows'})" if isinstance(rows, int) else ""
    return f"{hazard.get('kind')}: {hazard.get('message')}{counted}"


def _totals(shown: Mapping[str, object], entries: Sequence[Mapping[str, object]]) -> list[RenderableType]:
    head = f"Plan {str(shown.get('id'))[:SHORT_ID]}"
    counts = totals(_mapping(shown.get("summary")))
    drawn: list[RenderableType] = [Text(), _indented(Text.assemble((head, "bold"), f": {counts}"), 2)]
    destroyed = [inert(entry.get("name")) for entry in entries if entry.get("destructive")]
    if destroyed:
        counted = f": data is destroyed in {len(destroyed)} of these: {', '.join(destroyed)}"
        drawn.append(_indented(Text.assemble(("DESTRUCTIVE", DESTRUCTIVE), (counted, "red")), 2))
    return drawn


def totals(summary: Mapping[str, object]) -> str:
    """Return the counts in words, those of nothing left out."""
    counted = [f"{summary[key]} {words}" for key, words in TOTALS.items() if summary.get(key)]
    return ", ".join(counted) or "no tables, no views"


def _outcome(status: Mapping[str, object]) -> Text:
    ready = condition(status, "Ready")
    phase = str(status.get("phase", "Pending"))
    result = status.get("result")
    style = OUTCOMES.get(str(ready.get("status")), "bold yellow")
    head = phase if result is None else f"{phase} ({result})"
    if phase != "Synced":
        head = f"{phase}, {ready.get('reason')}"
    return Text.assemble("  ", (head, style), f": {inert(ready.get('message', ''))}")


def _indented(text: Text, width: int) -> RenderableType:
    return Padding(text, (0, 0, 0, width), expand=False)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else []

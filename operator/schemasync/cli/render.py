"""Plans and statuses for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from schemasync.kube.planstatus import MARKS
from schemasync.kube.status import condition

STYLES = {"+": "green", "~": "yellow", "-": "red", "=": "dim", "?": "dim", "!": "bold red"}
MARK_OF = {str(status): mark for status, mark in MARKS.items()}
UNFOLDED = 10_000  # characters
OUTCOMES = {"True": "bold green", "False": "bold red", "Unknown": "bold yellow"}


def show(drawn: RenderableType) -> None:
    """Print to standard output, names of tables as they are; lines are folded for terminals alone."""
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = UNFOLDED
    console.print(drawn)


def schema_sync(body: Mapping[str, object]) -> RenderableType:
    """Draw a SchemaSync: what its plan does, and what came of it."""
    status = _mapping(body.get("status"))
    metadata = _mapping(body.get("metadata"))
    title = Text(f"SchemaSync {metadata.get('namespace')}/{metadata.get('name')}", style="bold")
    return Group(title, *_plan(_mapping(status.get("plan"))), _outcome(status))


def _plan(plan: Mapping[str, object]) -> list[RenderableType]:
    drawn: list[RenderableType] = []
    for entry in _sequence(plan.get("entries")):
        drawn.extend(_entry(_mapping(entry)))
    if "omitted" in plan:
        drawn.append(Text(f"  … and {plan['omitted']} more", style="dim"))
    return drawn


def _entry(entry: Mapping[str, object]) -> list[RenderableType]:
    mark = MARK_OF.get(str(entry.get("status")), "?")
    kind = f"{entry.get('viewType') or ''} {entry.get('kind')}".strip()
    drawn: list[RenderableType] = [
        Text.assemble("  ", (f"{mark} {entry.get('name')}", STYLES[mark]), (f"  {kind}", "dim"))
    ]
    hazards = [
        f"{hazard.get('kind')}: {hazard.get('message')}"
        for hazard in map(_mapping, _sequence(entry.get("hazards")))
    ]
    notes = [
        (_sequence(entry.get("details")), ""),
        (_sequence(entry.get("errors")), "red"),
        ([*_sequence(entry.get("warnings")), *hazards], "yellow"),
    ]
    for texts, style in notes:
        drawn.extend(Padding(Text(str(text), style=style), (0, 0, 0, 6), expand=False) for text in texts)
    return drawn


def _outcome(status: Mapping[str, object]) -> Text:
    ready = condition(status, "Ready")
    phase = str(status.get("phase", "Pending"))
    result = status.get("result")
    style = OUTCOMES.get(str(ready.get("status")), "bold yellow")
    head = phase if result is None else f"{phase} ({result})"
    if phase != "Synced":
        head = f"{phase}, {ready.get('reason')}"
    return Text.assemble("  ", (head, style), f": {ready.get('message', '')}")


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else []

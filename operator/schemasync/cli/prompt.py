"""The question before a plan is applied, asked on a terminal and nowhere else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemasync.plan import Plan

NOBODY = (
    "the plan changes the database, and there is no terminal to ask whether it may: run again with --yes "
    "to apply it as it is, what it destroys included, or with --safe --yes to hold back what destroys"
)


def can_ask() -> bool:
    """Return whether there is somebody who sees a question and can answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(plan: Plan) -> bool:
    """Ask whether a plan may be applied; no answer is no. One that destroys needs more than a key."""
    if not plan.destructive:
        return _answer("Apply this plan? [y/N] ") in {"y", "yes"}
    count = sum(entry.destructive for entry in plan.entries)
    what = "1 entry of this plan destroys" if count == 1 else f"{count} entries of this plan destroy"
    print(f"{_warned()}: {what} data that cannot be brought back.", file=sys.stderr)  # noqa: T201
    return _answer(f"Type yes or {plan.short_id} to apply it: ") in {"yes", plan.short_id, plan.id}


def _answer(question: str) -> str:
    # Not input(): that writes its question to standard output, which may be a file.
    print(question, end="", file=sys.stderr, flush=True)  # noqa: T201
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        print(file=sys.stderr)  # noqa: T201
    return line.strip().lower()


def _warned() -> str:
    from rich.console import Console  # noqa: PLC0415 - slow
    from rich.text import Text  # noqa: PLC0415 - slow

    from schemasync.cli.render import DESTRUCTIVE  # noqa: PLC0415 - slow

    console = Console(stderr=True)
    with console.capture() as captured:
        console.print(Text("DESTRUCTIVE", style=DESTRUCTIVE), end="")
    return captured.get()

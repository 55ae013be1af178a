"""Named migrations: a folder each of `tests/cases/migrations`, with `v1`, `v2` and a `case.yaml`.

Keys of `case.yaml`, all but `plan` optional. SQL may say {reader} and {keeper} for two roles.

- `needs`: capabilities of the server without which the case is skipped; `server: 15` a major version,
  `least: 16` the lowest one.
- `before`: SQL that is run in an empty database, ahead of the sync of v1. `v1: false` leaves that out.
- `rows`: SQL that is run after it: rows, and what other people make.
- `safe`: the plan and the first sync of v2 are made in safe mode; `skipped` holds queries, as `after`.
- `plan`: each entry that is not in sync: `name: alter` or a mapping of `status`, `destructive`,
  `hazards` ("DeletesData 2"), and parts of the texts of `errors`, `warnings`, `skipped` and `details`.
- `repair`: SQL that makes a refused plan possible; what it then is, is `repaired`.
- `after`: queries with the rows that they must return once v2 is there.
- `theirs`: names (of relations, indexes, constraints, triggers, policies) that a fresh v2 has not.
- `remade`: relations that lose rights and remarks, since they are others now.
- `schema`: the default schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[1] / "cases" / "migrations"


@dataclass(frozen=True)
class Case:
    """One migration, and what has to come of it."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def told(self) -> dict[str, Any]:
        """What its `case.yaml` says."""
        found = yaml.safe_load((self.folder / "case.yaml").read_text("utf-8"))
        if not isinstance(found, dict):
            raise TypeError(f"{self.folder}/case.yaml holds no mapping")
        return found

    def files(self, version: str) -> dict[str, str]:
        """Return the `.as` files of a version by their path in it."""
        root = self.folder / version
        paths = sorted(root.rglob("*.as"))
        return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in paths}

    def plan(self, key: str = "plan") -> dict[str, Mapping[str, Any]]:
        """Return what is expected of each entry that is not in sync."""
        entries = self.told.get(key) or {}
        return {name: {"status": each} if isinstance(each, str) else each for name, each in entries.items()}

    @property
    def refused(self) -> bool:
        """Whether the plan holds an error that keeps it from being applied."""
        wrong = [each for each in self.plan().values() if each["status"] == "error"]
        return bool(wrong) and not self.told.get("external", False)


def cases() -> list[Case]:
    """Return all named migrations."""
    return [Case(path.parent) for path in sorted(FOLDER.glob("*/case.yaml"))]

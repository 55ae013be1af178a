"""Values that tests of what is shown are made of."""

from datetime import UTC, datetime
from typing import Any

from schemasync.catalog import Name
from schemasync.kube.spec import SchemaSync, read_object
from schemasync.plan import Entry, EntryStatus, Hazard, HazardKind, Kind, Plan, Stage, Statement

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 1, 31, 13, 0, tzinfo=UTC)


def entry(name: str, status: EntryStatus = EntryStatus.CREATE, **changes: Any) -> Entry:
    """Return an entry with a statement where its status has one."""
    relation = Name("public", name)
    statement = Statement(
        relation=relation,
        command=f"CREATE TABLE {name} ()",
        detail="create",
        stage=Stage.CREATE,
        hazards=(Hazard(kind=HazardKind.BLOCKS_WRITES, message="blocks writes", rows=3),),
    )
    moving = status in {EntryStatus.CREATE, EntryStatus.ALTER, EntryStatus.DROP}
    changes = {"statements": (statement,) if moving else (), **changes}
    return Entry(name=name, relation=relation, kind=Kind.TABLE, status=status, **changes)


def plan(*entries: Entry) -> Plan:
    """Return a plan of these entries."""
    statements = tuple(statement for each in entries for statement in each.statements)
    return Plan(id="3f9a" * 16, entries=entries, statements=statements)


def subject(status: dict[str, Any] | None = None, *, generation: int = 1, force: str = "") -> SchemaSync:
    """Return an object as it was read."""
    metadata = {
        "namespace": "shop",
        "name": "shop",
        "generation": generation,
        "annotations": {"schemasync.dev/force": force} if force else {},
    }
    return read_object({"metadata": metadata, "status": status or {}})

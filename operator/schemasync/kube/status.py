"""What a SchemaSync's status shows: `project` makes it, `merge_patch` says what has changed.

Pure. Conditions follow the kstatus rules: Ready, Reconciling and Stalled are all present, and a
condition's lastTransitionTime moves only when its status does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from schemasync.kube.planstatus import cut, plan_status
from schemasync.plan import Plan

HISTORY = 10
LONGEST_MESSAGE = 4096
PROGRESSING = "Progressing"


class Phase(StrEnum):
    """Where a SchemaSync is, in one word."""

    PENDING = "Pending"
    PLANNING = "Planning"
    SYNCING = "Syncing"
    SYNCED = "Synced"
    PLANNED = "Planned"
    BLOCKED = "Blocked"
    FAILED = "Failed"
    SUSPENDED = "Suspended"


RUNNING = frozenset({Phase.PENDING, Phase.PLANNING, Phase.SYNCING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One of the conditions beside Ready: whether a step went well, and why not."""

    ok: bool
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """What was synced from: ConfigMaps with their resourceVersions, and the digest of the files."""

    config_maps: Mapping[str, str]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """A sync that came to an end: `duration` in seconds, `statements` how many it ran."""

    result: str
    duration: float
    hash: str
    statements: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Who holds the lock that is waited for, and since when, as RFC 3339."""

    holder: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that is known after a step.

    `transient` is about a failure. A check that is None stays as it was, but Planned ends with the
    plan, unless `keep_plan` says that the one shown still holds. `handled` is the value of the
    force annotation that needs no further sync, `taken` that of the take-over annotation that has
    been used; "" where there is no such annotation any more.
    """

    phase: Phase
    reason: str
    message: str
    generation: int
    transient: bool = False
    source: SourceFacts | None = None
    compiled: Check | None = None
    connected: Check | None = None
    planned: Check | None = None
    plan: Plan | None = None
    keep_plan: bool = False
    sync: Sync | None = None
    waiting: Waiting | None = None
    handled: str | None = None
    taken: str | None = None


def timestamp(now: datetime) -> str:
    """Return a moment as Kubernetes writes it."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def project(state: State, previous: Mapping[str, object], now: datetime) -> dict[str, object]:
    """Return the whole status, given the one before."""
    time = timestamp(now)
    status: dict[str, object] = dict(previous)
    status["observedGeneration"] = state.generation
    status["phase"] = str(state.phase)
    # Nulls stand for what ended; they are dropped below and come back in the patch.
    status["result"] = state.sync.result if state.sync else None
    status["lock"] = _lock(state.waiting)
    if state.source is not None:
        status["source"] = _source(state.source)
    if state.handled is not None:
        status["lastHandledForce"] = state.handled
    if state.taken is not None:
        status["lastHandledTakeOver"] = state.taken or None
    if not state.keep_plan:
        status["plan"] = plan_status(state.plan) if state.plan else None
    if state.sync is not None:
        status |= _synced(state.sync, previous, time)
    status["conditions"] = _conditions(state, previous, time)
    return {name: value for name, value in status.items() if value is not None}


def merge_patch(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, object]:
    """Return the JSON merge patch from one value to another: nulls for what is gone, {} where equal."""
    patch: dict[str, object] = {name: None for name in old if name not in new}
    for name, value in new.items():
        before = old.get(name)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            if nested := merge_patch(before, value):
                patch[name] = nested
        elif value != before:
            patch[name] = value
    return patch


def condition(status: Mapping[str, object], kind: str) -> Mapping[str, object]:
    """Return a condition of a status, an empty one where it has none."""
    conditions = status.get("conditions")
    for found in conditions if isinstance(conditions, Sequence) else ():
        if isinstance(found, Mapping) and found.get("type") == kind:
            return found
    return {}


def check(status: Mapping[str, object], kind: str) -> Check | None:
    """Return a condition of a status as a check, None where it has none."""
    found = condition(status, kind)
    if not found:
        return None
    return Check(
        ok=found.get("status") == "True", reason=str(found.get("reason")), message=str(found.get("message"))
    )


def _lock(waiting: Waiting | None) -> dict[str, object] | None:
    return None if waiting is None else {"holder": cut(waiting.holder), "since": waiting.since}


def _source(source: SourceFacts) -> dict[str, object]:
    return {
        "configMaps": [
            {"name": name, "resourceVersion": version} for name, version in source.config_maps.items()
        ],
        "digest": source.digest,
    }


def _synced(sync: Sync, previous: Mapping[str, object], time: str) -> dict[str, object]:
    """Return what a sync leaves behind; one that found nothing to do leaves no new entry."""
    last = previous.get("lastSync")
    known = isinstance(last, Mapping) and last.get("hash") == sync.hash
    if sync.result == "up-to-date" and known:
        return {"schemaHash": sync.hash}
    entry = {
        "time": time,
        "result": sync.result,
        "duration": f"{sync.duration:.3f}s",
        "hash": sync.hash,
        "statements": sync.statements,
    }
    history = previous.get("history")
    older = list(history) if isinstance(history, Sequence) else []
    return {"schemaHash": sync.hash, "lastSync": entry, "history": [entry, *older][:HISTORY]}


def _conditions(state: State, previous: Mapping[str, object], time: str) -> list[dict[str, object]]:
    wanted = _kstatus(state, never_synced="lastSync" not in previous and state.sync is None)
    steps = {"Compiled": state.compiled, "Connected": state.connected, "Planned": state.planned}
    for kind, step in steps.items():
        if step is not None:
            wanted[kind] = ("True" if step.ok else "False", step.reason, step.message)
    stays = {"Ready", "Compiled", "Connected"} | ({"Planned"} if state.keep_plan else set())
    made = []
    for kind in ("Ready", "Reconciling", "Stalled", *steps):
        before = condition(previous, kind)
        if kind in wanted:
            made.append(_made(kind, wanted[kind], before, (state.generation, time)))
        elif before and kind in stays:
            made.append(dict(before))
    return made


def _made(
    kind: str, wanted: tuple[str, str, str], before: Mapping[str, object], when: tuple[int, str]
) -> dict[str, object]:
    status, reason, message = wanted
    generation, time = when
    flipped = before.get("status") != status
    return {
        "type": kind,
        "status": status,
        "observedGeneration": generation,
        "lastTransitionTime": time if flipped else before.get("lastTransitionTime", time),
        "reason": reason,
        "message": cut(message, LONGEST_MESSAGE),
    }


def _kstatus(state: State, *, never_synced: bool) -> dict[str, tuple[str, str, str]]:
    """Return Ready, Reconciling and Stalled: the table of phases."""
    running = state.phase in RUNNING
    reconciling = running or (state.phase is Phase.FAILED and state.transient)
    stalled = state.phase is Phase.BLOCKED or (state.phase is Phase.FAILED and not state.transient)
    ready = "True" if state.phase is Phase.SYNCED else "False"
    if running and never_synced:
        ready = "Unknown"
    why = (PROGRESSING if running else state.reason, state.message)
    # A message that is told once is read: what does not hold has a short one.
    conditions = {
        "Reconciling": ("True", *why) if reconciling else ("False", why[0], "nothing is under way"),
        "Stalled": ("True", *why) if stalled else ("False", why[0], "nothing stands in the way"),
    }
    if state.phase is not Phase.SUSPENDED:
        conditions["Ready"] = (ready, *why)
    elif never_synced:
        conditions["Ready"] = ("Unknown", *why)
    return conditions

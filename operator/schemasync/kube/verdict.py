"""What follows from a plan, a result or an error: what to show, and when to look again.

Pure. Whatever is not Ready is looked at again: by a growing delay of at most 30 s where a
ConfigMap, a Secret, a login or the network is at fault, after ten minutes otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from schemasync.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    Diagnostic,
    InvalidTarget,
    LockTimeout,
    OwnedByAnother,
    SchemaSyncError,
    Severity,
)
from schemasync.interruption import Interrupted
from schemasync.kube.cluster import ClusterError
from schemasync.kube.planstatus import changes
from schemasync.kube.queue import Outcome
from schemasync.kube.sources import FilesInvalid
from schemasync.kube.spec import TAKE_OVER, LockSpec, Ref, SchemaSync, SecretRef
from schemasync.kube.status import Check, Phase, SourceFacts, State, Sync, Waiting, check, timestamp
from schemasync.plan import Plan
from schemasync.sync import Phase as Step
from schemasync.sync import Status, SyncResult, errors_of

LATER = Outcome(requeue_after=600)
SOON = Outcome(back_off=True)
NEVER = Outcome()

SHOWN_DIAGNOSTICS = 20
SHOWN_ERRORS = 10

CONNECTED = Check(ok=True, reason="Connected", message="the database answers")
COMPILED = Check(ok=True, reason="Compiled", message="the files compile")
NOTHING_TO_DO = Check(ok=True, reason="NothingToDo", message="the database has this schema")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to show, and when to look again."""

    state: State
    outcome: Outcome


def decide(plan: Plan) -> str | None:
    """Return why a plan may not be applied, None where it may be."""
    if plan.errors:
        return _errors(plan)
    destroyed = [entry.name for entry in plan.entries if entry.destructive]
    if destroyed:
        return (
            f"the plan destroys data in {', '.join(destroyed)}: put what is gone back into the schema, "
            "or change the database by hand (nothing was done)"
        )
    return None


def progress(step: Step, plan: Plan | None, subject: SchemaSync, source: SourceFacts) -> State | None:
    """Return what to show as a run enters a step, None where nothing is worth showing.

    The first look at an object is shown, and planning and syncing, since a hash check has then
    found work. A run that only looks again at what is known not to work is shown by its end.
    """
    shown = {Step.PLANNING: Phase.PLANNING, Step.SYNCING: Phase.SYNCING}
    if step in shown:
        if step is Step.PLANNING and _known(subject, source):
            return None
        return State(
            phase=shown[step],
            reason="Progressing",
            message=_doing(step, plan),
            generation=subject.generation,
            source=source,
            compiled=_confirmed(subject, source, COMPILED),
            connected=CONNECTED,
            planned=None if plan is None else _planned(plan),
            plan=plan,
        )
    if "phase" in subject.status:
        return None
    return State(
        phase=Phase.PENDING,
        reason="Progressing",
        message="the files are compiled and the database is asked what it has",
        generation=subject.generation,
        source=source,
    )


def of_result(result: SyncResult, subject: SchemaSync, source: SourceFacts) -> Verdict:
    """Return what follows from a run that came to an end."""
    if any(diagnostic.severity is Severity.ERROR for diagnostic in result.diagnostics):
        return _schema_invalid(result.diagnostics, subject, source)
    compiled = _compiled(result.diagnostics) or _confirmed(subject, source, COMPILED)
    base = State(
        phase=Phase.SYNCED,
        reason="Synced",
        message=NOTHING_TO_DO.message,
        generation=subject.generation,
        source=source,
        compiled=compiled,
        connected=CONNECTED,
        plan=result.plan,
        planned=None if result.plan is None else _planned(result.plan),
    )
    match result.status:
        case Status.SYNCED if result.plan is not None and result.plan.external_errors:
            state = replace(_external(base, result.plan), handled=subject.force)
            if result.plan.statements:
                state = replace(state, sync=_sync(result, result.plan))
        case Status.UP_TO_DATE | Status.SYNCED | Status.SYNCED_BY_PEER:
            return Verdict(state=_synced(base, result, subject), outcome=NEVER)
        case Status.CHANGES_NEEDED:
            message = f"{_summary(result.plan)}; nothing is applied, since spec.policy.mode is Plan"
            state = replace(
                base, phase=Phase.PLANNED, reason="PlanOnly", message=message, handled=subject.force
            )
        case _:
            state = _blocked(base, result.plan, result.refusal)
    return Verdict(state=state, outcome=LATER)


def of_error(
    error: SchemaSyncError,
    subject: SchemaSync,
    source: SourceFacts | None,
    secret: SecretRef | None = None,
) -> Verdict:
    """Return what follows from an error that a run could not go on after; `secret` has the address."""
    blocked = isinstance(error, OwnedByAnother)
    failed = Check(ok=False, reason=error.reason, message=_advice(error, subject, secret))
    state = State(
        phase=Phase.BLOCKED if blocked else Phase.FAILED,
        reason=error.reason,
        message=failed.message,
        generation=subject.generation,
        transient=error.transient,
        source=source,
        compiled=failed if isinstance(error, FilesInvalid) else None,
        connected=failed if isinstance(error, InvalidTarget | ConnectionFailed) else None,
        # What failed while it was applied is worth seeing.
        keep_plan=subject.status.get("phase") == Phase.SYNCING,
    )
    mendable = FilesInvalid | InvalidTarget | ConnectionFailed | ClusterError
    soon = error.transient or isinstance(error, mendable)
    return Verdict(state=state, outcome=SOON if soon else LATER)


def of_lock(
    error: LockTimeout, subject: SchemaSync, source: SourceFacts, lock: LockSpec, now: datetime
) -> Verdict:
    """Return what follows from a lock that another process holds: wait, and complain in the end."""
    since = _waiting_since(subject) or now
    waited = (now - since).total_seconds()
    state = State(
        phase=Phase.PENDING,
        reason="WaitingForLock",
        message=f"another process syncs this database: {error.holder}; waiting for it",
        generation=subject.generation,
        source=source,
        connected=CONNECTED,
        waiting=Waiting(holder=error.holder, since=timestamp(since)),
    )
    if waited < lock.wait_timeout:
        return Verdict(state=state, outcome=Outcome(requeue_after=lock.poll_interval))
    message = (
        f"{error.holder} has held the database's sync lock for more than {lock.wait_timeout:g} s; "
        "it is tried again"
    )
    failed = replace(state, phase=Phase.FAILED, reason=error.reason, message=message, transient=True)
    return Verdict(state=failed, outcome=SOON)


def suspended(subject: SchemaSync) -> Verdict:
    """Return what is shown of an object that is to be left alone."""
    state = State(
        phase=Phase.SUSPENDED,
        reason="Suspended",
        message="spec.suspend is true: nothing is looked at until it is false",
        generation=subject.generation,
        keep_plan=True,
    )
    return Verdict(state=state, outcome=NEVER)


def interrupted(error: Interrupted, subject: SchemaSync) -> Verdict:
    """Return what is shown of a run that the end of the operator cut off."""
    state = State(
        phase=Phase.PENDING,
        reason=error.reason,
        message="the operator ended during this sync; nothing is left half done, and the next one does it",
        generation=subject.generation,
    )
    return Verdict(state=state, outcome=SOON)


def unexpected(kind: str, subject: SchemaSync) -> Verdict:
    """Return what is shown of an error of our own; its text stays out, since it may hold a secret."""
    state = State(
        phase=Phase.FAILED,
        reason="InternalError",
        message=f"an error of the operator itself ({kind}); its log says where; it is tried again",
        generation=subject.generation,
        transient=True,
    )
    return Verdict(state=state, outcome=SOON)


def _synced(base: State, result: SyncResult, subject: SchemaSync) -> State:
    """Return what is shown of a database that has the schema."""
    applied = result.plan if result.status is Status.SYNCED else None
    still = result.status is Status.UP_TO_DATE and subject.status.get("phase") == Phase.SYNCED
    planned, message = NOTHING_TO_DO, NOTHING_TO_DO.message
    if applied is not None:
        message = _applied(applied)
        planned = Check(ok=True, reason="Applied", message=message)
    elif result.status is Status.SYNCED_BY_PEER:
        message = "another process has just synced this schema"
    return replace(
        base,
        message=message,
        planned=(check(subject.status, "Planned") if still else None) or planned,
        plan=applied,
        keep_plan=still,
        sync=_sync(result, applied),
        handled=subject.force,
    )


def _sync(result: SyncResult, applied: Plan | None) -> Sync:
    return Sync(
        result=str(result.status),
        duration=result.duration,
        hash=result.hash or "",
        statements=len(applied.statements) if applied else 0,
    )


def _blocked(base: State, plan: Plan | None, refusal: str | None) -> State:
    if plan is not None and plan.external_errors and not plan.errors:
        return _external(base, plan)
    message = (decide(plan) if plan else None) or refusal or "the plan may not be applied"
    planned = Check(ok=False, reason="PlanError", message=message)
    return replace(base, phase=Phase.BLOCKED, reason="PlanError", message=message, planned=planned)


def _external(base: State, plan: Plan) -> State:
    """Return what is shown where views of somebody else are not as declared: all else is done."""
    message = f"{errors_of(plan.external_errors)} (everything else is in sync)"
    planned = Check(ok=False, reason="ExternalViewInvalid", message=message)
    return replace(base, phase=Phase.BLOCKED, reason="ExternalViewInvalid", message=message, planned=planned)


def _schema_invalid(diagnostics: Iterable[Diagnostic], subject: SchemaSync, source: SourceFacts) -> Verdict:
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.severity is Severity.ERROR]
    message = _lines(errors)
    state = State(
        phase=Phase.FAILED,
        reason="SchemaInvalid",
        message=message,
        generation=subject.generation,
        source=source,
        compiled=Check(ok=False, reason="SchemaInvalid", message=message),
    )
    return Verdict(state=state, outcome=SOON)


def _known(subject: SchemaSync, source: SourceFacts) -> bool:
    """Return whether this very input was already found not to work, or only to be planned."""
    status = subject.status
    shown = status.get("source")
    return (
        status.get("phase") in {Phase.FAILED, Phase.BLOCKED, Phase.PLANNED}
        and status.get("observedGeneration") == subject.generation
        and isinstance(shown, Mapping)
        and shown.get("digest") == source.digest
    )


def _confirmed(subject: SchemaSync, source: SourceFacts, otherwise: Check) -> Check:
    """Return what compiling these very files said before, where that is known."""
    shown = subject.status.get("source")
    same = isinstance(shown, Mapping) and shown.get("digest") == source.digest
    before = check(subject.status, "Compiled") if same else None
    return before if before is not None and before.ok else otherwise


def _compiled(diagnostics: Iterable[Diagnostic]) -> Check | None:
    """Return the condition of files that compile with warnings, None where there are none."""
    warnings = list(diagnostics)
    if not warnings:
        return None
    return Check(ok=True, reason="CompiledWithWarnings", message=_lines(warnings))


def _lines(diagnostics: list[Diagnostic]) -> str:
    lines = [str(diagnostic) for diagnostic in diagnostics[:SHOWN_DIAGNOSTICS]]
    more = len(diagnostics) - len(lines)
    return "\n".join([*lines, *([f"and {more} more"] if more else [])])


def _planned(plan: Plan) -> Check:
    if plan.errors:
        return Check(ok=False, reason="PlanError", message=_errors(plan))
    return Check(ok=True, reason="Planned", message=_summary(plan))


def _errors(plan: Plan) -> str:
    told = [f"{entry.name}: {', '.join(entry.errors)}" for entry in plan.errors[:SHOWN_ERRORS]]
    more = len(plan.errors) - len(told)
    return f"{'; '.join([*told, *([f'and {more} more'] if more else [])])} (nothing was done)"


def _summary(plan: Plan | None) -> str:
    return "changes wait" if plan is None else f"plan {plan.short_id} waits: {changes(plan)}"


def _applied(plan: Plan) -> str:
    return f"plan {plan.short_id} was applied: {changes(plan)}"


def _doing(step: Step, plan: Plan | None) -> str:
    if step is Step.PLANNING or plan is None:
        return "the database is compared with the schema"
    return f"plan {plan.short_id} is applied: {changes(plan)}"


def _advice(error: SchemaSyncError, subject: SchemaSync, secret: SecretRef | None) -> str:
    if isinstance(error, OwnedByAnother):
        if subject.take_over == error.owner:
            return f"{error}; {TAKE_OVER} has been used: remove it, and set it anew to take over again"
        return f"{error}; to take the database over, annotate this object with {TAKE_OVER}={error.owner}"
    if not isinstance(error, ConnectionFailed) or secret is None:
        return str(error)
    key = f" (key {secret.key})" if secret.key else ""
    where = f"Secret {Ref(subject.ref.namespace, secret.name)}{key}"
    if isinstance(error, AuthenticationFailed):
        return f"{error}; correct user and password in {where}"
    if error.transient:
        return f"{error}; it is tried again: see that the database runs, and that {where} has its address"
    return f"{error}; create the database, or correct its name in {where}"


def _waiting_since(subject: SchemaSync) -> datetime | None:
    lock = subject.status.get("lock")
    since = lock.get("since") if isinstance(lock, Mapping) else None
    if not isinstance(since, str):
        return None
    return datetime.fromisoformat(since).astimezone(UTC)

"""One look at one SchemaSync: read it, run the pipe, report.

Orchestrates only: what to decide and to show is `verdict`'s and `status`'s. Nothing is raised out
of here; every failure is a condition with a stable reason and a message for people.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from schemasync.engines.base import Target
from schemasync.errors import LockTimeout, OwnedByAnother, SchemaSyncError
from schemasync.interruption import Interrupted
from schemasync.kube import verdict
from schemasync.kube.cluster import Cluster, ClusterError, Conflict, Event, Gone
from schemasync.kube.planstatus import cut
from schemasync.kube.queue import Outcome, where
from schemasync.kube.secret import SecretInvalid, database_url
from schemasync.kube.sources import gather
from schemasync.kube.spec import (
    Mode,
    Ref,
    SchemaSync,
    SecretRef,
    Spec,
    check_annotations,
    read_object,
    read_spec,
)
from schemasync.kube.status import Phase, SourceFacts, State, condition, merge_patch, project
from schemasync.kube.verdict import Verdict
from schemasync.plan import Plan
from schemasync.sync import LockSettings, Owner, Request, Source, SyncResult
from schemasync.sync import Phase as Step

CONFLICTS = 10

logger = logging.getLogger(__name__)

Now = Callable[[], datetime]
Observe = Callable[[Step, "Plan | str | None"], None]


class Pipe(Protocol):
    """The two runs of `schemasync.sync`."""

    def sync(self, request: Request, *, decide: Callable[[Plan], str | None], observe: Observe) -> SyncResult:
        """Plan and apply."""

    def plan(self, request: Request, *, observe: Observe) -> SyncResult:
        """Plan, and write nothing."""


def reconcile(cluster: Cluster, pipe: Pipe, ref: Ref, now: Now) -> Outcome:
    """Look at an object and return when to look again; `now` tells the time of day."""
    try:
        body = cluster.schema_sync(ref)
        subject = None if body is None else read_object(body)
        if subject is None or subject.deleting:
            return Outcome()
        return _Run(cluster=cluster, pipe=pipe, now=now, before=subject, subject=subject).reconcile()
    except Gone:
        return Outcome()
    except ClusterError as error:
        logger.warning("%s: %s; it is tried again", ref, error)
    except Exception as error:  # noqa: BLE001 - nothing may raise out of here
        logger.error("%s: %s", ref, where(error))  # noqa: TRY400 - the trace would end in its text
    return Outcome(back_off=True)


@dataclass
class _Run:
    """One look. `before` is the object as found, `subject` as last patched."""

    cluster: Cluster
    pipe: Pipe
    now: Now
    before: SchemaSync
    subject: SchemaSync
    source: SourceFacts | None = None
    secret: SecretRef | None = None

    def reconcile(self) -> Outcome:
        found = self._verdict()
        state = found.state if self.before.take_over else replace(found.state, taken="")
        self._show(state)
        self._tell(state)
        # Whatever an event said: what this look has not taken into account is looked at next.
        return Outcome(requeue_after=0) if self.subject.asks != self.before.asks else found.outcome

    def _verdict(self) -> Verdict:
        try:
            check_annotations(self.before)
            spec = read_spec(self.before.spec)
            self.secret = spec.database.secret
            return verdict.suspended(self.before) if spec.suspend else self._sync(spec)
        except Gone:
            raise
        except Interrupted as error:
            return verdict.interrupted(error, self.before)
        except SchemaSyncError as error:
            return verdict.of_error(error, self.subject, self.source, self.secret)
        except Exception as error:  # noqa: BLE001 - an error of ours is a condition, too
            logger.error("%s: %s", self.before.ref, where(error))  # noqa: TRY400 - see queue.where
            return verdict.unexpected(type(error).__name__, self.before)

    def _sync(self, spec: Spec) -> Verdict:
        gathered = gather(self.cluster, self.before.ref.namespace, spec.config_maps)
        files = Source(gathered.files, space=spec.space)
        source = SourceFacts(config_maps=gathered.versions, digest=files.digest)
        self.source = source
        try:
            result = self._owned(self._request(spec, files), spec.policy.mode)
        except LockTimeout as error:
            return verdict.of_lock(error, self.before, source, spec.lock, self.now())
        found = verdict.of_result(result, self.before, source)
        if found.state.sync is None or spec.policy.mode is Mode.PLAN:
            return found
        # The database is ours now: what let it be taken over must not do so again, should it be lost.
        return replace(found, state=replace(found.state, taken=self.before.take_over))

    def _request(self, spec: Spec, files: Source) -> Request:
        namespace, name = self.before.ref
        force, take_over, status = self.before.force, self.before.take_over, self.before.status
        return Request(
            source=files,
            target=Target(
                url=self._url(spec),
                schema=spec.database.schema,
                role=spec.database.role,
                connect_timeout=spec.database.connect_timeout,
            ),
            timeouts=spec.policy.timeouts,
            # No worker waits for another process: a held lock comes back to the queue.
            lock=LockSettings(ttl=spec.lock.ttl, wait=0.0, poll=spec.lock.poll_interval),
            force=force is not None and force != status.get("lastHandledForce"),
            owner=Owner(cluster=self.cluster.name, namespace=namespace, name=name),
            take_over=None if take_over == status.get("lastHandledTakeOver") else take_over,
        )

    def _url(self, spec: Spec) -> str:
        namespace = self.before.ref.namespace
        wanted = spec.database.secret
        data = self.cluster.secret(Ref(namespace, wanted.name))
        if data is None:
            raise SecretInvalid(
                f"Secret {Ref(namespace, wanted.name)} does not exist; it is looked for again",
                reason="SecretNotFound",
            )
        return database_url(data, wanted, namespace)

    def _owned(self, request: Request, mode: Mode) -> SyncResult:
        """Run; where the database's owner is an object of this cluster that is gone, in its place."""
        try:
            return self._piped(request, mode)
        except OwnedByAnother as error:
            if not self._orphaned(error.owner):
                raise
            logger.info("%s: %s is gone, its database is taken over", self.before.ref, error.owner)
            return self._piped(replace(request, take_over=error.owner), mode)

    def _orphaned(self, text: str) -> bool:
        try:
            owner = Owner.parse(text)
        except ValueError:
            return False
        return owner.cluster == self.cluster.name and not self.cluster.exists(
            Ref(owner.namespace, owner.name)
        )

    def _piped(self, request: Request, mode: Mode) -> SyncResult:
        if mode is Mode.PLAN:
            return self.pipe.plan(request, observe=self._observe)
        return self.pipe.sync(request, decide=verdict.decide, observe=self._observe)

    def _observe(self, step: Step, about: Plan | str | None) -> None:
        if self.source is None:
            return
        plan = about if isinstance(about, Plan) else None
        state = verdict.progress(step, plan, self.before, self.source)
        if state is None:
            return
        try:
            self._show(state)
        except Gone:
            # What is declared by nothing any more is not applied.
            raise
        except ClusterError as error:
            # What the run is doing is worth more than the news of it; its end is shown in any case.
            logger.warning("%s: %s", self.before.ref, error)
        if step is Step.SYNCING and self.before.status.get("phase") != Phase.FAILED:
            self._emit("SyncStarted", state)

    def _show(self, state: State) -> None:
        """Patch the status so that it shows this; nothing where it does. Raises ClusterError."""
        for _ in range(CONFLICTS):
            status = project(state, self.subject.status, self.now())
            patch = merge_patch(self.subject.status, status)
            if not patch:
                return
            try:
                body = self.cluster.patch_status(self.subject.ref, patch, self.subject.version)
                self.subject = read_object(body)
            except Conflict:
                self._read_again()
            else:
                return
        raise Conflict(f"{self.subject.ref} changes faster than its status can be written")

    def _read_again(self) -> None:
        body = self.cluster.schema_sync(self.subject.ref)
        subject = None if body is None else read_object(body)
        if subject is None or subject.uid != self.subject.uid:
            raise Gone(f"{self.subject.ref} was deleted")
        self.subject = subject

    def _tell(self, state: State) -> None:
        """Log the end and emit an event of it, unless it is the end that was there before."""
        if not _news(self.before, state):
            logger.debug("%s: %s, still: %s", self.before.ref, state.phase, state.message)
            return
        failed = state.phase in {Phase.FAILED, Phase.BLOCKED}
        level = logging.WARNING if failed else logging.INFO
        logger.log(level, "%s: %s, %s: %s", self.before.ref, state.phase, state.reason, state.message)
        reasons = {Phase.FAILED: "SyncFailed", Phase.BLOCKED: "Blocked", Phase.PLANNED: "PlanReady"}
        if state.phase in reasons:
            self._emit(reasons[state.phase], state, warning=failed)
        elif state.sync is not None and state.sync.result != "up-to-date":
            self._emit("SyncDone", state)

    def _emit(self, reason: str, state: State, *, warning: bool = False) -> None:
        event = Event(reason=reason, message=state.message, warning=warning)
        self.cluster.emit(self.before.ref, self.before.uid, event)


def _news(before: SchemaSync, state: State) -> bool:
    """Return whether this end is another than the one shown: retries are no news."""
    if state.sync is not None and state.sync.result != "up-to-date":
        return True
    status = before.status
    plan = status.get("plan")
    shown_plan = plan.get("id") if isinstance(plan, Mapping) else None
    if state.plan is not None and state.plan.id != shown_plan:
        return True
    if state.generation != status.get("observedGeneration") or _other_files(status, state):
        return True
    if state.phase is Phase.PENDING and state.waiting is not None:
        lock = status.get("lock")
        return not isinstance(lock, Mapping) or lock.get("holder") != cut(state.waiting.holder)
    shown = condition(status, "Stalled").get("reason")
    return status.get("phase") != state.phase or shown != state.reason


def _other_files(status: Mapping[str, object], state: State) -> bool:
    source = status.get("source")
    before = source.get("digest") if isinstance(source, Mapping) else None
    return state.source is not None and state.source.digest != before

"""The one place that runs the pipe: compile, hash check, lock, diff, apply, store.

`plan` says what would be done and never writes; `sync` does it. Both take the same request
and make the same plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from schemasync import control, wire
from schemasync.batches import Batch
from schemasync.catalog import Catalog, Name
from schemasync.control import Clock, Lock, LockSettings, Owner, Stamp, State, SystemClock, locked
from schemasync.engines import connect, dialect_for
from schemasync.engines.base import Target, Timeouts
from schemasync.errors import Diagnostic, OwnedByAnother, StatementFailed
from schemasync.interruption import Interruption
from schemasync.lang.compile import Compiled, compile_files
from schemasync.planner import Desired, Prepared, desired, prepare
from schemasync.version import VERSION

if TYPE_CHECKING:
    from schemasync.engines.base import Database, Dialect
    from schemasync.plan import Entry, Plan, Statement

__all__ = [
    "LockSettings",
    "Owner",
    "Phase",
    "Request",
    "Source",
    "Status",
    "SyncResult",
    "plan",
    "sync",
]

# A transaction that another one held up is tried this often before the caller is told.
APPLY_ATTEMPTS = 5


class Phase(StrEnum):
    """What a run is doing."""

    CHECKING = "Checking"
    COMPILING = "Compiling"
    WAITING = "Waiting"
    PLANNING = "Planning"
    SYNCING = "Syncing"


class Status(StrEnum):
    """How a run ended. The last two are those of a plan."""

    UP_TO_DATE = "up-to-date"
    SYNCED = "synced"
    SYNCED_BY_PEER = "synced-by-peer"
    FAILED = "failed"
    REFUSED = "refused"
    CHANGES_NEEDED = "changes-needed"
    ERROR = "error"


class Source:
    """A file set, compiled when that is needed, and hashed for an engine, once at most."""

    def __init__(self, files: Mapping[str, str | bytes], *, space: str = "default") -> None:
        self.files = files
        self.space = space
        self.known: Compiled | None = None
        """What the files mean, where that was needed."""
        self._digest: str | None = None
        self._desired: dict[str, Desired] = {}

    @property
    def digest(self) -> str:
        """SHA-256 over the sorted paths and the bytes of the `.as` files, in hex."""
        if self._digest is None:
            self._digest = wire.files_digest(self.files)
        return self._digest

    @property
    def compiled(self) -> Compiled:
        """What the files mean, or what is wrong with them."""
        if self.known is None:
            self.known = compile_files(self.files, space=self.space)
        return self.known

    def desired(self, dialect: Dialect) -> Desired:
        """Return what the control table will hold of the schema. Raises ValueError if there is none."""
        if self.compiled.schema is None:
            raise ValueError("a schema with errors has no hash")
        if dialect.name not in self._desired:
            self._desired[dialect.name] = desired(self.compiled.schema, dialect)
        return self._desired[dialect.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to sync, where to, and how.

    `owner` is the SchemaSync on whose behalf this runs, None on a command line; `take_over`
    is the text of an owner that may be replaced, and `force_owner` lets a run without an
    owner pass any. `interruption` ends the run from another thread.
    """

    source: Source
    target: Target
    timeouts: Timeouts = field(default_factory=Timeouts)
    lock: LockSettings = field(default_factory=LockSettings)
    force: bool = False
    safe: bool = False
    owner: Owner | None = None
    take_over: str | None = None
    force_owner: bool = False
    interruption: Interruption = field(default_factory=Interruption, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """How a run ended. `hash` is that of the schema, `duration` in seconds, `refusal` why it was refused."""

    status: Status
    hash: str | None = None
    plan: Plan | None = None
    duration: float = 0.0
    diagnostics: tuple[Diagnostic, ...] = ()
    refusal: str | None = None


Decide = Callable[["Plan"], "str | None"]
Observe = Callable[[Phase, "Plan | str | None"], None]
Advance = Callable[[int, int, "Statement"], None]


def approve(plan: Plan) -> str | None:  # noqa: ARG001 - one of many ways to decide
    """Let any plan go ahead."""
    return None


def stay_silent(number: int, total: int, statement: Statement) -> None:
    """Tell nobody how far an apply is."""


def ignore(phase: Phase, about: Plan | str | None) -> None:
    """Observe nothing."""


def sync(
    request: Request,
    *,
    decide: Decide = approve,
    observe: Observe = ignore,
    advance: Advance = stay_silent,
    clock: Clock | None = None,
) -> SyncResult:
    """Make the database what the source declares.

    `decide` is asked under the lock, with the plan that would run, and returns None or why not.
    `observe` is told of each phase as it begins: with the holder while waiting, with the plan
    when it is about to be applied. `advance` is told of each statement as it begins: its number
    from 1, how many there are, and the statement. Raises SchemaSyncError.
    """
    run = _Run(request, observe, clock or SystemClock())
    try:
        return run.sync(decide, advance)
    finally:
        run.database.close()


def plan(request: Request, *, observe: Observe = ignore, clock: Clock | None = None) -> SyncResult:
    """Say what a sync would do. Writes nothing, takes no lock. Raises SchemaSyncError."""
    run = _Run(request, observe, clock or SystemClock())
    try:
        with request.interruption.during(run.database.cancel):
            return run.plan()
    finally:
        run.database.close()


@dataclass(frozen=True, slots=True)
class _Step:
    """One transaction of an apply.

    `begun` statements were run before it, and `made` is there once it ends.
    """

    prepared: Prepared
    batch: Batch
    begun: int
    made: frozenset[Name]
    last: bool


class _Run:
    """One run against one database."""

    def __init__(self, request: Request, observe: Observe, clock: Clock) -> None:
        self._request = request
        self._observe = observe
        self._clock = clock
        self._begun = clock.monotonic()
        self._engine = dialect_for(request.target.url)
        self.database: Database = connect(request.target)

    def sync(self, decide: Decide, advance: Advance) -> SyncResult:
        """Run the pipe."""
        during, cancel = self._request.interruption.during, self.database.cancel
        with during(cancel):
            early = self._check()
        if early is not None:
            return early
        with locked(self.database, self._request.lock, self._clock, self._waiting) as lock, during(cancel):
            state = self._read_state()
            if not self._request.force and self._is_current(state):
                return self._result(Status.SYNCED_BY_PEER)
            self._refuse_other_owner(state)
            return self._plan_and_apply(lock, decide, advance)

    def plan(self) -> SyncResult:
        """Run the pipe up to the plan."""
        early = self._check(planning=True)
        if early is not None:
            return early
        made = self._prepare().plan
        if made.errors or made.external_errors:
            return self._result(Status.ERROR, plan=made, refusal=refusal_of(made))
        nothing = not made.statements and not made.skips
        return self._result(Status.UP_TO_DATE if nothing else Status.CHANGES_NEEDED, plan=made)

    def _check(self, *, planning: bool = False) -> SyncResult | None:
        """Return the result where the run ends before planning.

        An owner is respected before anything else; a command line, which has none, may look.
        """
        self._observe(Phase.CHECKING, None)
        state = self._read_state()
        if self._request.owner is not None:
            self._refuse_other_owner(state)
        check = not self._request.force and self._owned(state)
        if check and state.from_source(self._source_digest):
            return self._result(Status.UP_TO_DATE, schema_hash=state.hash)
        self._observe(Phase.COMPILING, None)
        if self._request.source.compiled.schema is None:
            return self._result(Status.FAILED, refusal="the schema has errors")
        if check and self._is_current(state):
            if not planning:
                # So that these files need not be compiled again to be recognised.
                stamp = Stamp(digest=self._source_digest, hash=self._desired.hash).dump()
                self.database.control.stamp(control.SOURCE, stamp, self._desired.hash)
            return self._result(Status.UP_TO_DATE)
        if not planning:
            self._refuse_other_owner(state)
        return None

    def _read_state(self) -> State:
        return State.parse(self.database.control.read(control.STATE_IDS))

    def _owned(self, state: State) -> bool:
        return self._request.owner is None or state.owner == str(self._request.owner)

    def _is_current(self, state: State) -> bool:
        return self._owned(state) and state.of_schema(self._desired.hash, self._desired.digest)

    def _refuse_other_owner(self, state: State) -> None:
        allowed = {None, self._request.take_over}
        if self._request.owner is not None:
            allowed.add(str(self._request.owner))
        if state.owner in allowed or (self._request.owner is None and self._request.force_owner):
            return
        raise OwnedByAnother(
            f"this database belongs to {control.brief(state.owner)}; nothing was changed",
            owner=str(state.owner),
        )

    @property
    def _desired(self) -> Desired:
        return self._request.source.desired(self._engine)

    @property
    def _source_digest(self) -> str:
        """Digest of all that decides what the files compile to."""
        source, target = self._request.source, self._request.target
        parts = (source.digest, source.space, target.schema or "", self._engine.name, target.role or "")
        return hashlib.sha256("\0".join((*parts, VERSION)).encode()).hexdigest()

    def _waiting(self, holder: str) -> None:
        self._observe(Phase.WAITING, holder)

    def _prepare(self) -> Prepared:
        self._observe(Phase.PLANNING, None)
        if self._request.target.role is not None:
            self.database.check_role(self._request.target.role)
        return prepare(self._desired, self.database, self._request.timeouts, safe=self._request.safe)

    def _plan_and_apply(self, lock: Lock, decide: Decide, advance: Advance) -> SyncResult:
        prepared = self._prepare()
        refusal = refusal_of(prepared.plan) or decide(prepared.plan)
        if refusal is not None:
            return self._result(Status.REFUSED, plan=prepared.plan, refusal=refusal)
        if prepared.plan.statements:
            self._observe(Phase.SYNCING, prepared.plan)
        if prepared.plan.statements or self._has_news(prepared):
            self._apply(prepared, lock, advance)
        return self._result(Status.SYNCED, plan=prepared.plan)

    def _has_news(self, prepared: Prepared) -> bool:
        """Return whether a plan without statements leaves anything to be stored."""
        if prepared.plan.skips:
            return False
        server = self.database.server_version
        if prepared.to_print(server):
            return True
        state = prepared.state(Catalog.of([]), server, self._stamps(prepared.plan))
        return bool(state.rows or state.delete)

    def _apply(self, prepared: Prepared, lock: Lock, advance: Advance) -> None:
        """Apply the plan: in one transaction, or in several where the server could not hold one."""
        begun, made = 0, prepared.unchanged
        for number, batch in enumerate(prepared.batches, start=1):
            made |= batch.relations
            last = number == len(prepared.batches)
            self._retried(_Step(prepared, batch, begun, made, last), lock, advance)
            begun += len(batch.statements)

    def _retried(self, step: _Step, lock: Lock, advance: Advance) -> None:
        """Run a transaction, from its beginning again where another one was in the way."""
        for attempt in range(1, APPLY_ATTEMPTS + 1):
            try:
                return self._apply_once(step, lock, advance)
            except StatementFailed as error:
                if not error.transient or attempt == APPLY_ATTEMPTS:
                    raise
            self._clock.sleep(self._clock.random() * attempt)
        return None

    def _apply_once(self, step: _Step, lock: Lock, advance: Advance) -> None:
        prepared, server = step.prepared, self.database.server_version
        total = len(prepared.plan.statements)
        with self.database.begin(lock.holder, self._request.timeouts) as transaction:
            for number, statement in enumerate(step.batch.statements, start=step.begun + 1):
                lock.check()
                advance(number, total, statement)
                transaction.execute(statement)
            after = transaction.inspect(prepared.to_print(server))
            lock.check()
            if step.last:
                transaction.finish(prepared.state(after, server, self._stamps(prepared.plan)))
            else:
                transaction.keep(prepared.partial_state(step.made, after, server))

    def _stamps(self, plan: Plan) -> Mapping[str, str]:
        """Return the rows that the hash check reads. A command line leaves the owner as it is.

        There is no hash while safe mode leaves something out, and no digest while a view of
        somebody else is not as declared: the next run has to plan again.
        """
        rows = {} if self._request.owner is None else {control.OWNER: str(self._request.owner)}
        if plan.skips:
            return rows
        schema_hash = self._desired.hash
        rows[control.SCHEMA_VERSION] = schema_hash
        if not plan.external_errors:
            rows[control.DIGEST] = Stamp(digest=self._desired.digest, hash=schema_hash).dump()
            rows[control.SOURCE] = Stamp(digest=self._source_digest, hash=schema_hash).dump()
        return rows

    def _result(
        self,
        status: Status,
        *,
        plan: Plan | None = None,
        schema_hash: str | None = None,
        refusal: str | None = None,
    ) -> SyncResult:
        compiled = self._request.source.known
        if schema_hash is None and compiled is not None and compiled.schema is not None:
            schema_hash = self._desired.hash
        return SyncResult(
            status=status,
            hash=schema_hash,
            plan=plan,
            duration=self._clock.monotonic() - self._begun,
            diagnostics=compiled.diagnostics if compiled is not None else (),
            refusal=refusal,
        )


def refusal_of(plan: Plan) -> str | None:
    """Return why a plan must not be applied, or None."""
    return errors_of(plan.errors) if plan.errors else None


def errors_of(entries: Sequence[Entry]) -> str:
    """Return the errors of some entries on one line."""
    return "; ".join(f"{entry.name}: {error}" for entry in entries for error in entry.errors)

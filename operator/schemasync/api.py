"""The public functions of the package, for programs that use it as a library."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from schemasync import sync, wire
from schemasync.control import LockSettings
from schemasync.engines.base import Target, Timeouts
from schemasync.engines.mongodb import types as mongodb
from schemasync.engines.mysql import types as mysql
from schemasync.engines.postgresql import types as postgresql
from schemasync.engines.sqlite import types as sqlite
from schemasync.lang import compile as language
from schemasync.lang.compile import compile_files
from schemasync.model import Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schemasync.errors import Diagnostic
    from schemasync.plan import Plan

# The engines that have snapshots, in the order in which they are shown, each with its type map.
TYPE_MAPS: Final[dict[str, wire.TypeMap]] = {
    "postgresql": postgresql.mapped_type,
    "mysql": mysql.mapped_type,
    "sqlite": sqlite.mapped_type,
    "mongodb": mongodb.mapped_type,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What became of a file set. `schema` is None where a diagnostic is an error."""

    schema: Schema | None
    diagnostics: tuple[Diagnostic, ...]

    def snapshots(self, engine: str) -> dict[str, wire.Snapshot]:
        """Return the snapshots of tables and views by name, as `engine` stores them.

        Raises ValueError for an unknown engine, and where there is no schema.
        """
        if engine not in TYPE_MAPS:
            raise ValueError(f"unknown engine {engine!r}; known are: {', '.join(TYPE_MAPS)}")
        if self.schema is None:
            raise ValueError("the files have errors: there is no schema")
        return wire.snapshots(self.schema, engine, TYPE_MAPS[engine])

    def hash(self, engine: str) -> str:
        """Return the schema hash that the control table of `engine` holds. Raises as `snapshots` does."""
        return wire.schema_hash(self.snapshots(engine))


def compile_schema(files: Mapping[str, str | bytes], *, space: str | None = None) -> Compiled:
    """Compile a set of `.as` files, paths to contents, and never raise on what they hold.

    Only models of the `@db.space` are in the schema, those of every space if it is None.
    """
    compiled = compile_files(files, space=space)
    return Compiled(schema=compiled.schema, diagnostics=compiled.diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a sync may do, where it puts things, and how long it may take.

    `safe` skips what destroys or loosens and applies the rest. `destructive` allows a plan that destroys
    data; without it such a plan is refused, unless it is the one that `approved_plan` names by its id or
    the first 12 of it. While that is set, no other plan is applied. `force` looks at the database even if
    its hash is that of the schema. `schema` is the database's schema for the control table and for tables
    that name none, `role` the owner of what is created; by default the connection's own. `lock_timeout`
    and `statement_timeout` are for each statement, in seconds, 0 for none.
    """

    safe: bool = False
    destructive: bool = False
    approved_plan: str | None = None
    force: bool = False
    schema: str | None = None
    role: str | None = None
    lock_timeout: float = 5.0
    statement_timeout: float = 0.0


def plan_schema(schema: Schema | Compiled, url: str, *, policy: Policy | None = None) -> Plan:
    """Return what a sync would do to the database at `url`, which is only looked at.

    Entries that cannot be made are in the plan's `errors`. Raises ValueError where `schema` is what became
    of files with errors, SchemaSyncError where the database could not be read.
    """
    # A plan is asked for, so the hash does not end the run before there is one.
    request = _request(schema, url, replace(policy or Policy(), force=True), LockSettings())
    made = sync.plan(request).plan
    if made is None:
        raise AssertionError("a forced run ends with a plan")
    return made


def sync_schema(
    schema: Schema | Compiled, url: str, *, policy: Policy | None = None, lock: LockSettings | None = None
) -> sync.SyncResult:
    """Make the database at `url` what a schema declares, and return how that ended.

    A plan that the policy does not allow, or that has errors, ends with the status `refused`, and `refusal`
    says why. Raises ValueError where `schema` is what became of files with errors, SchemaSyncError where
    the database failed; nothing is half done then.
    """
    allowed = policy or Policy()
    return sync.sync(_request(schema, url, allowed, lock or LockSettings()), decide=_decide(allowed))


class _Given(sync.Source):
    """A schema that was compiled, or made, by somebody else: its digest is that of what it means."""

    def __init__(self, schema: Schema, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__({})
        self.known = language.Compiled(schema, diagnostics)
        self._schema = schema

    @property
    def digest(self) -> str:
        if self._digest is None:
            self._digest = wire.model_digest(self._schema)
        return self._digest


def _source(schema: Schema | Compiled) -> sync.Source:
    if isinstance(schema, Schema):
        return _Given(schema, ())
    if schema.schema is None:
        problems = "; ".join(str(each) for each in schema.diagnostics[:3])
        raise ValueError(f"the files have errors, there is no schema: {problems}")
    return _Given(schema.schema, schema.diagnostics)


def _request(schema: Schema | Compiled, url: str, policy: Policy, lock: LockSettings) -> sync.Request:
    return sync.Request(
        source=_source(schema),
        target=Target(url=url, schema=policy.schema, role=policy.role),
        timeouts=Timeouts(lock=policy.lock_timeout, statement=policy.statement_timeout),
        lock=lock if lock.pod_id else replace(lock, pod_id=os.environ.get("POD_NAME") or None),
        force=policy.force,
        safe=policy.safe,
    )


def _decide(policy: Policy) -> Callable[[Plan], str | None]:
    """Return what tells why a plan may not be applied."""

    def decide(plan: Plan) -> str | None:
        approved = policy.approved_plan
        if approved is not None:
            if approved in {plan.id, plan.short_id} or not plan.statements:
                return None
            return f"the plan is {plan.short_id}, and {approved} was approved; nothing was changed"
        if plan.destructive and not policy.destructive:
            return (
                f"plan {plan.short_id} destroys data and is not approved; nothing was changed: "
                "give its id as approved_plan, or set safe or destructive"
            )
        return None

    return decide

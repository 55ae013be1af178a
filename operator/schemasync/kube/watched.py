"""The pipe as an operator runs it: it can be told to end, and tells how long what it does may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from schemasync import sync
from schemasync.interruption import Interruption
from schemasync.kube.queue import STEP
from schemasync.plan import Plan, Statement
from schemasync.sync import Advance, Observe, Phase, Request, SyncResult

STATEMENTS = 100  # that planning sends one after another, each within the timeout of one


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedPipe:
    """The two runs of `schemasync.sync`; `interruption` ends them.

    `allow` is told in how many seconds a run gets on, or None where nobody has set an end to that.
    """

    interruption: Interruption
    allow: Callable[[float | None], None]

    def sync(self, request: Request, *, decide: Callable[[Plan], str | None], observe: Observe) -> SyncResult:
        """Plan and apply."""
        return sync.sync(
            self._watched(request),
            decide=decide,
            observe=self._observing(request, observe),
            advance=self._advancing(request),
        )

    def plan(self, request: Request, *, observe: Observe) -> SyncResult:
        """Plan, and write nothing."""
        return sync.plan(self._watched(request), observe=self._observing(request, observe))

    def _watched(self, request: Request) -> Request:
        return replace(request, interruption=self.interruption)

    def _observing(self, request: Request, observe: Observe) -> Observe:
        def watched(phase: Phase, about: Plan | str | None) -> None:
            self.interruption.check()
            self.allow(_limit(request, phase))
            observe(phase, about)

        return watched

    def _advancing(self, request: Request) -> Advance:
        def watched(number: int, total: int, statement: Statement) -> None:
            del number, total, statement
            self.interruption.check()
            self.allow(_limit(request, Phase.SYNCING))

        return watched


def _limit(request: Request, phase: Phase) -> float | None:
    """Return the seconds after which a phase, or a statement of an apply, has not got on."""
    if phase not in {Phase.PLANNING, Phase.SYNCING}:
        return STEP + request.target.connect_timeout
    longest = request.timeouts.statement
    return STEP + STATEMENTS * longest if longest else None

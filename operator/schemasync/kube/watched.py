"""The pipe as an operator runs it: it can be told to end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from schemasync import sync
from schemasync.interruption import Interruption
from schemasync.plan import Plan, Statement
from schemasync.sync import Observe, Phase, Request, SyncResult


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedPipe:
    """The two runs of `schemasync.sync`; `interruption` ends them."""

    interruption: Interruption

    def sync(self, request: Request, *, decide: Callable[[Plan], str | None], observe: Observe) -> SyncResult:
        """Plan and apply."""
        return sync.sync(
            self._watched(request), decide=decide, observe=self._observing(observe), advance=self._advance
        )

    def plan(self, request: Request, *, observe: Observe) -> SyncResult:
        """Plan, and write nothing."""
        return sync.plan(self._watched(request), observe=self._observing(observe))

    def _watched(self, request: Request) -> Request:
        return replace(request, interruption=self.interruption)

    def _observing(self, observe: Observe) -> Observe:
        def watched(phase: Phase, about: Plan | str | None) -> None:
            self.interruption.check()
            observe(phase, about)

        return watched

    def _advance(self, number: int, total: int, statement: Statement) -> None:
        del number, total, statement
        self.interruption.check()

"""kopf as a source of events, and nothing else: each handler puts a reference into our queue.

No `on.create` or `on.update`, no timers and no daemons: they would put finalizers and annotations
on objects, which could then not be deleted once the operator is gone.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import signal
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import kopf

from schemasync.kube.spec import GROUP, PLURAL, VERSION, Ref

if TYPE_CHECKING:
    from schemasync.interruption import Interruption
    from schemasync.kube.interest import Interest
    from schemasync.kube.queue import Queue

LONGEST_DELAY = 30  # seconds between two attempts to reach the API server
# Seconds for syncs that run when the operator is told to end: to finish, then to undo and let go.
# Together they stay below the 30 s that Kubernetes gives a Pod.
GRACE = 5.0
PATIENCE = 15.0

logger = logging.getLogger(__name__)


class Delays:
    """Growing delays between attempts without end: an API server that is away comes back."""

    def __iter__(self) -> Iterator[float]:
        """Yield 1, 2, 4 … 30, 30 … seconds."""
        delay = 1
        while True:
            yield delay
            delay = min(delay * 2, LONGEST_DELAY)


def registry(queue: Queue[Ref], interest: Interest) -> kopf.OperatorRegistry:
    """Return the handlers: of SchemaSyncs, of ConfigMaps, of the liveness probe, of the login."""
    handlers = kopf.OperatorRegistry()

    @kopf.on.event(GROUP, VERSION, PLURAL, registry=handlers)
    async def schema_sync(event: kopf.RawEvent, namespace: str | None, name: str, **_: object) -> None:
        ref, body, gone = Ref(namespace or "", name), event["object"], event["type"] == "DELETED"
        interest.told(ref, body)
        # A look at what is gone finds nothing, and lets go of it.
        queue.add(ref, lambda: gone or interest.changed(ref, body))

    @kopf.on.event("", "v1", "configmaps", registry=handlers)
    async def config_map(event: kopf.RawEvent, namespace: str | None, name: str, **_: object) -> None:
        gone = event["type"] == "DELETED"
        version = None if gone else event["object"]["metadata"]["resourceVersion"]
        for ref in interest.users(Ref(namespace or "", name)):
            queue.add(ref, functools.partial(interest.stale, ref, name, version))

    @kopf.on.probe(id="queue", registry=handlers, errors=kopf.ErrorsMode.PERMANENT)
    async def alive(**_: object) -> str:
        if not queue.alive:
            raise kopf.PermanentError("a worker has died")
        return "alive"

    # The client finds the same credentials as `resources.load`, and knows of tokens that change.
    kopf.on.login(registry=handlers, retries=3)(kopf.login_via_client)
    return handlers


def settings() -> kopf.OperatorSettings:
    """Return settings that keep kopf from writing anything, and from heeding other operators."""
    made = kopf.OperatorSettings()
    made.posting.enabled = False
    made.peering.standalone = True
    # Only what was there at the start is watched: that needs no right to list CRDs and namespaces.
    made.scanning.disabled = True
    made.persistence.finalizer = f"{GROUP}/finalizer"
    made.persistence.progress_storage = kopf.AnnotationsProgressStorage(prefix=GROUP)
    made.persistence.diffbase_storage = kopf.AnnotationsDiffBaseStorage(prefix=GROUP)
    made.networking.error_backoffs = Delays()
    made.process.ultimate_exiting_timeout = GRACE + PATIENCE
    return made


def run(
    queue: Queue[Ref],
    interest: Interest,
    interruption: Interruption,
    *,
    namespaces: Sequence[str] = (),
    health: str | None = None,
) -> None:
    """Deliver events to the queue until SIGTERM or SIGINT, then let the syncs that run end, or end them.

    Without namespaces all are watched. `health` is where the liveness probe is answered. Raises
    KeyboardInterrupt on SIGINT, when all has ended.
    """
    queue.start()
    try:
        interrupted = asyncio.run(_watch(registry(queue, interest), namespaces, health))
    finally:
        if not queue.stop(GRACE, PATIENCE, interruption.tell):
            logger.warning("a sync still runs and is cut off; its transaction is undone by the database")
    logger.info("ended")
    if interrupted:
        raise KeyboardInterrupt


async def _watch(handlers: kopf.OperatorRegistry, namespaces: Sequence[str], health: str | None) -> bool:
    """Run kopf until a signal; return whether that was SIGINT."""
    ready, stop = asyncio.Event(), _Stop()
    begun = asyncio.create_task(_begin(ready, stop, namespaces))
    await kopf.operator(
        registry=handlers,
        settings=settings(),
        namespaces=namespaces,
        clusterwide=not namespaces,
        liveness_endpoint=health,
        ready_flag=ready,
        stop_flag=stop.flag,
    )
    begun.cancel()
    return stop.interrupted


class _Stop:
    """Takes the signals: kopf, which takes them for itself as it starts, does not say which it was."""

    def __init__(self) -> None:
        self.flag = asyncio.Event()
        self.interrupted = False

    def take(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end, number)

    def _end(self, number: signal.Signals) -> None:
        self.interrupted = number is signal.SIGINT
        self.flag.set()


async def _begin(ready: asyncio.Event, stop: _Stop, namespaces: Sequence[str]) -> None:
    await ready.wait()
    stop.take()
    logger.info("watching %s", ", ".join(namespaces) or "all namespaces")

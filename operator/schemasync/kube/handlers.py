"""kopf as a source of events, and nothing else: each handler puts a reference into our queue.

No `on.create` or `on.update`, no timers and no daemons: they would put finalizers and annotations
on objects, which could then not be deleted once the operator is gone.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import kopf

from schemasync.kube.spec import GROUP, PLURAL, VERSION, Ref

if TYPE_CHECKING:
    from schemasync.interruption import Interruption
    from schemasync.kube.health import Health
    from schemasync.kube.interest import Interest
    from schemasync.kube.queue import Queue

POLL = 2.0  # seconds between two looks at what stands in the way
# Seconds between two looks while all is well: kopf watches nothing, and says nothing more, where the
# resource was taken away while it began.
LOOK = 15.0
TURN_WITHIN = 3.0  # seconds that one turn of the event loop may take before it counts as dead
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
    """Return the handlers: of SchemaSyncs, of ConfigMaps, of the login."""
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
    obstacle: Callable[[], str | None],
    namespaces: Sequence[str] = (),
    health: Health | None = None,
) -> None:
    """Deliver events to the queue until SIGTERM or SIGINT, then let the syncs that run end, or end them.

    Without namespaces all are watched. `obstacle` says what stands in the way of that, and is asked
    until it says None. Raises KeyboardInterrupt on SIGINT, when all has ended.
    """
    queue.start()
    watching = _Watching(registry(queue, interest), namespaces, obstacle)
    try:
        interrupted = asyncio.run(watching.run(queue.problem, health))
    finally:
        if not queue.stop(GRACE, PATIENCE, interruption.tell):
            logger.warning("a sync still runs and is cut off; its transaction is undone by the database")
    logger.info("ended")
    if interrupted:
        raise KeyboardInterrupt


class _Stop:
    """Takes the signals: kopf, which takes them for itself as it starts, does not say which it was."""

    def __init__(self) -> None:
        self.flag = asyncio.Event()
        self.interrupted = False

    def take(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end, number)

    async def within(self, seconds: float) -> bool:
        """Wait; return whether we are to end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.flag.wait(), seconds)
        return self.flag.is_set()

    async def or_answer(self, ask: Callable[[], str | None]) -> str | None:
        """Return what a call that blocks says, or None where we are to end before it does.

        Its thread is a daemon: an API server that never answers must not keep a process from ending.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str | None] = loop.create_future()

        def run() -> None:
            try:
                found, error = ask(), None
            except Exception as raised:  # noqa: BLE001 - raised where it is awaited
                found, error = None, raised
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(_settle, answer, found, error)

        threading.Thread(target=run, name="obstacle", daemon=True).start()
        ended = asyncio.create_task(self.flag.wait())
        either: set[asyncio.Future[Any]] = {answer, ended}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        return answer.result() if answer.done() else None

    def _end(self, number: signal.Signals) -> None:
        self.interrupted = number is signal.SIGINT
        self.flag.set()


def _settle(answer: asyncio.Future[str | None], found: str | None, error: Exception | None) -> None:
    if error is None:
        answer.set_result(found)
    else:
        answer.set_exception(error)


class _Watching:
    """Watches until a signal comes; begins anew where the API server takes the resource away."""

    def __init__(
        self, handlers: kopf.OperatorRegistry, namespaces: Sequence[str], obstacle: Callable[[], str | None]
    ) -> None:
        self._handlers = handlers
        self._namespaces = namespaces
        self._obstacle = obstacle

    async def run(self, problem: Callable[[], str | None], health: Health | None) -> bool:
        """Watch until a signal; return whether that was SIGINT."""
        stop = _Stop()
        stop.take()
        if health is not None:
            health.serve(functools.partial(_problem, asyncio.get_running_loop(), problem))
        while not await self._hindered(stop):
            await self._watch(stop)
        return stop.interrupted

    async def _hindered(self, stop: _Stop) -> bool:
        """Wait until nothing stands in the way, told once; return whether we are to end."""
        told = ""
        while not stop.flag.is_set():
            found = await stop.or_answer(self._obstacle)
            if found is None:
                return stop.flag.is_set()
            if found != told:
                logger.warning("%s; waiting", found)
                told = found
            await stop.within(POLL)
        return True

    async def _watch(self, stop: _Stop) -> None:
        """Run kopf: until a signal, or until something stands in the way: it fails, or is ended then."""
        ready, ended = asyncio.Event(), asyncio.Event()
        begun = asyncio.create_task(self._begin(ready, stop))
        looking = asyncio.create_task(self._look(stop, ended))
        try:
            await kopf.operator(
                registry=self._handlers,
                settings=settings(),
                namespaces=self._namespaces,
                clusterwide=not self._namespaces,
                ready_flag=ready,
                stop_flag=ended,
            )
        except Exception as error:  # noqa: BLE001 - its errors have no public names
            logger.warning("the watch has ended (%s); it begins anew", type(error).__name__)
            stop.take()
            await stop.within(POLL)
        else:
            # A signal may have come while kopf had the handlers.
            if not ended.is_set():
                stop.flag.set()
            stop.take()
        finally:
            begun.cancel()
            looking.cancel()

    async def _look(self, stop: _Stop, ended: asyncio.Event) -> None:
        """Set `ended` on a signal, or when something stands in the way at two looks in a row."""
        before = False
        while not await stop.within(LOOK):
            found = await stop.or_answer(self._obstacle) is not None
            if found and before:
                break
            before = found
        ended.set()

    async def _begin(self, ready: asyncio.Event, stop: _Stop) -> None:
        await ready.wait()
        stop.take()
        logger.info("watching %s", ", ".join(self._namespaces) or "all namespaces")


def _problem(loop: asyncio.AbstractEventLoop, queue: Callable[[], str | None]) -> str | None:
    """Return what is wrong with the loop that delivers events, or with the queue; from any thread."""
    turned = threading.Event()
    # A loop that has ended takes nothing any more.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(turned.set)
    return queue() if turned.wait(TURN_WITHIN) else "events are no longer delivered"

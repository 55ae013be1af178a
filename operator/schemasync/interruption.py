"""Ending a run from another thread: what it waits for is cancelled, so that it lets go of what it holds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from schemasync.errors import SchemaSyncError


class Interrupted(SchemaSyncError):
    """The run was told to end; nothing of its transaction was kept."""

    reason = "Interrupted"
    transient = True

    def __init__(self) -> None:
        super().__init__("this process was told to end in the middle of the run; nothing is left half done")


class Interruption:
    """What ends all runs that were given it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[_Cancellation] = set()
        self._told = False

    def tell(self) -> None:
        """Cancel what the runs wait for, without waiting for it.

        A run may have been between two statements just now: whoever tells has to do so until it ends.
        """
        with self._lock:
            self._told = True
            running = list(self._running)
        for each in running:
            threading.Thread(target=each.cancel, name="cancel", daemon=True).start()

    def check(self) -> None:
        """Raise Interrupted once that was told."""
        if self._told:
            raise Interrupted

    @contextmanager
    def during(self, cancel: Callable[[], None]) -> Iterator[None]:
        """Have `cancel` called, from another thread, while the block runs. Raises Interrupted once it was.

        What follows the block is never cancelled: it can undo and release.
        """
        cancellation = _Cancellation(cancel)
        with self._lock:
            self._running.add(cancellation)
        try:
            self.check()
            yield
        except SchemaSyncError:
            if self._told:
                raise Interrupted from None
            raise
        finally:
            cancellation.end()
            with self._lock:
                self._running.discard(cancellation)


class _Cancellation:
    """A call that is made while its block runs, by one thread at a time."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._over = False

    def cancel(self) -> None:
        if not self._lock.acquire(blocking=False):
            return
        try:
            if not self._over:
                self._call()
        finally:
            self._lock.release()

    def end(self) -> None:
        """Have it called no more, and wait for a call that is under way."""
        with self._lock:
            self._over = True

"""Our own queue: what is to be reconciled, when, and by how many at once.

Level-triggered: an entry says only that an object is to be looked at, so any number of events are
one entry. `Schedule` is the pure half, whose clock and random are arguments; `Queue` runs it.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
# Seconds for what a run does unless it says otherwise: far more than its requests' own deadlines.
STEP = 900.0
INTERRUPTED_EVERY = 1.0  # seconds; a run that was between two statements was not reached

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """When to look again: after some seconds, after a growing delay (`back_off`), or at the next event."""

    requeue_after: float | None = None
    back_off: bool = False


def delay(failures: int, random: Callable[[], float]) -> float:
    """Return seconds to wait after so many failures in a row: 1, 2, 4 … 30, less up to half of it.

    The part that is taken off keeps objects that failed together from coming back together.
    """
    full = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(failures - 1, 10))
    return full * (1 - random() / 2)


News = Callable[[], bool]


def always() -> bool:
    """Call anything news."""
    return True


@dataclass(slots=True)
class _Entry:
    """`due` is None while nothing is planned; `again` holds the events that came during the run.

    `until` is the moment by which a run must have got on.
    """

    due: float | None = None
    running: bool = False
    until: float | None = None
    again: list[News] = field(default_factory=list)
    failures: int = 0


class Schedule(Generic[Key]):
    """When each object is due. Not thread-safe; moments are seconds of any one clock.

    Of the objects of one `group`, no more than a `share` run at once, where there is one: they may
    have databases that keep whoever asks them waiting.
    """

    def __init__(
        self,
        random: Callable[[], float],
        share: int | None = None,
        group: Callable[[Key], Hashable] = hash,
    ) -> None:
        self._random = random
        self._share = share
        self._group = group
        self._entries: dict[Key, _Entry] = {}

    def _ready(self) -> Iterator[tuple[float, Key]]:
        """Yield what is planned and may run: of one group, no more than its share at once."""
        running = Counter(self._group(key) for key, entry in self._entries.items() if entry.running)
        for key, entry in self._entries.items():
            if entry.due is not None and (self._share is None or running[self._group(key)] < self._share):
                yield entry.due, key

    def add(self, key: Key, now: float, news: News = always) -> None:
        """Have an object looked at now, or right after the run that is going on, if there is news of it.

        News of the middle of a run is asked for at its end: the run may have read it by then.
        """
        entry = self._entries.get(key)
        if entry is not None and entry.running:
            entry.again.append(news)
        elif news():
            entry = self._entries.setdefault(key, _Entry())
            entry.due = now if entry.due is None else min(now, entry.due)

    def take(self, now: float) -> Key | None:
        """Return the object that has been due for longest, and mark it as running; None where none is."""
        when, key = min(self._ready(), key=lambda item: item[0], default=(None, None))
        if when is None or key is None or when > now:
            return None
        entry = self._entries[key]
        entry.due, entry.running = None, True
        return key

    def allow(self, key: Key, until: float | None) -> None:
        """Let what a run is doing take until a moment, or as long as it does."""
        entry = self._entries.get(key)
        if entry is not None and entry.running:
            entry.until = until

    def overdue(self, now: float) -> list[Key]:
        """Return the objects whose runs have not got on in time."""
        return [
            key
            for key, entry in self._entries.items()
            if entry.running and entry.until is not None and entry.until < now
        ]

    def done(self, key: Key, outcome: Outcome, now: float) -> None:
        """Take in the outcome of a run."""
        entry = self._entries[key]
        entry.running = False
        entry.failures = entry.failures + 1 if outcome.back_off else 0
        again = any(news() for news in entry.again)
        entry.again.clear()
        if again:
            entry.due = now
        elif outcome.back_off:
            entry.due = now + delay(entry.failures, self._random)
        elif outcome.requeue_after is not None:
            entry.due = now + outcome.requeue_after
        else:
            del self._entries[key]

    def next_due(self) -> float | None:
        """Return when the next object that may run is due, None where none will be."""
        return min((due for due, _ in self._ready()), default=None)


def _nobody() -> None:
    """Interrupt nothing."""


@dataclass
class Queue(Generic[Key]):
    """Workers, each a thread, that run `work` for one object at a time, and no object twice at once.

    Threads are daemons: a database that never answers must not keep a process from ending.
    """

    work: Callable[[Key], Outcome]
    random: Callable[[], float]
    workers: int = 4
    # What has to leave a worker to others; None: nothing has.
    group: Callable[[Key], Hashable] | None = None
    clock: Callable[[], float] = time.monotonic
    _threads: list[threading.Thread] = field(default_factory=list, init=False)
    _stopping: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        share = None if self.group is None else max(1, self.workers - 1)
        self._schedule: Schedule[Key] = Schedule(self.random, share, self.group or hash)
        self._changed = threading.Condition()

    def start(self) -> None:
        """Start the workers."""
        for number in range(self.workers):
            thread = threading.Thread(target=self._run, name=f"reconcile-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def add(self, key: Key, news: News = always) -> None:
        """Have an object looked at as soon as a worker is free, if there is news. From any thread."""
        with self._changed:
            self._schedule.add(key, self.clock(), news)
            self._changed.notify()

    def allow(self, key: Key, seconds: float | None) -> None:
        """Let what a run does next take so long, or without end. From any thread."""
        with self._changed:
            self._schedule.allow(key, None if seconds is None else self.clock() + seconds)

    def problem(self) -> str | None:
        """Return what keeps the queue from working: a worker that has died, or runs that do not get on."""
        if not all(thread.is_alive() for thread in self._threads):
            return "a worker has died"
        with self._changed:
            overdue = self._schedule.overdue(self.clock())
        return f"no progress of {', '.join(map(str, overdue))}" if overdue else None

    def stop(self, grace: float, patience: float = 0.0, interrupt: Callable[[], None] = _nobody) -> bool:
        """Begin nothing more and wait for what runs; return whether all ended in time.

        What has not after `grace` seconds is interrupted, every second for `patience` more.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        ended, deadline = self._ended(grace), time.monotonic() + patience
        while not ended and (left := deadline - time.monotonic()) > 0:
            interrupt()
            ended = self._ended(min(INTERRUPTED_EVERY, left))
        return ended

    def _ended(self, seconds: float) -> bool:
        """Wait for the workers; return whether all ended in time."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        while (key := self._next()) is not None:
            outcome = self._outcome(key)
            with self._changed:
                self._schedule.done(key, outcome, self.clock())
                self._changed.notify()

    def _next(self) -> Key | None:
        """Wait for an object that is due; None when the queue stops."""
        with self._changed:
            while not self._stopping:
                key = self._schedule.take(self.clock())
                if key is not None:
                    self._schedule.allow(key, self.clock() + STEP)
                    return key
                due = self._schedule.next_due()
                self._changed.wait(None if due is None else max(0.0, due - self.clock()))
        return None

    def _outcome(self, key: Key) -> Outcome:
        try:
            return self.work(key)
        except Exception as error:  # noqa: BLE001 - whatever one object does, the queue goes on
            logger.error("%s: %s", key, where(error))  # noqa: TRY400 - the trace would end in its text
            return Outcome(back_off=True)


def where(error: BaseException) -> str:
    """Return the kind of an unexpected error and the places that it came through, without its text.

    The text may hold a secret: a driver's error shows connection strings, a KeyError its key.
    """
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in reversed(frames))
    return f"{type(error).__name__} in {places}"

"""A connection on which an answer may take only so long, and be only so large.

A server may be hostile, or silent while another transaction holds a lock. What the server
itself is asked to keep to is of no use against that: the time is measured, and the bytes
are counted, on this side.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import psycopg

T = TypeVar("T")

# Seconds in which a server asks to stop what was given up; a silent one will not answer that either.
_CANCEL = 2.0
# Where `struct tcp_info` of Linux has the bytes that were received.
_RECEIVED = struct.Struct("128xQ")
_MIB = 1024 * 1024
# Seconds for what takes none on a server that is well, and for a server to say itself that it was too long.
_GRACE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one statement's answer may cost: seconds, and bytes. None is no bound.

    `hint` is for people: how to allow more time.
    """

    seconds: float | None
    size: int | None
    hint: str = ""


# Of the control table, the lock, and what a server has.
SMALL = Bounds(seconds=_GRACE, size=16 * _MIB)
# Of catalogs, all rows of the control table, and questions about the rows of large tables.
PLANNING = Bounds(seconds=900.0, size=256 * _MIB, hint="; a longer statement timeout gives it more time")
# A statement of an apply takes what it takes, unless the server itself is given a time.
APPLYING = Bounds(seconds=None, size=PLANNING.size, hint=PLANNING.hint)


def planning(statement: float) -> Bounds:
    """Return the bounds of a question for which the server itself has `statement` seconds, 0 being none."""
    return replace(PLANNING, seconds=statement + _GRACE) if statement else PLANNING


def applying(statement: float) -> Bounds:
    """Return the bounds of a statement for which the server has `statement` seconds, 0 being no end."""
    return replace(APPLYING, seconds=statement + _GRACE) if statement else APPLYING


def beginning(lock: float) -> Bounds:
    """Return the bounds of what the server lets wait for a lock for `lock` seconds."""
    return replace(SMALL, seconds=lock + _GRACE)


def renewing(ttl: float) -> Bounds:
    """Return the bounds of a renewal: one that takes as long as the lock lasts comes too late."""
    return replace(SMALL, seconds=ttl)


class NoAnswer(psycopg.OperationalError):
    """The server did not answer in time."""

    def __init__(self, bounds: Bounds) -> None:
        super().__init__(f"no answer within {bounds.seconds:g} s")
        self.bounds = bounds


class TooLarge(psycopg.OperationalError):
    """The server's answer is larger than anything that it was asked for can be."""

    def __init__(self, size: int) -> None:
        super().__init__(f"an answer of more than {size // _MIB} MiB")
        self.size = size


class BoundedConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection whose statements are bounded; one that was not answered in time is closed."""

    bounds = SMALL

    @contextmanager
    def bounded(self, bounds: Bounds) -> Iterator[None]:
        """Let other bounds hold for each statement of the block."""
        before, self.bounds = self.bounds, bounds
        try:
            yield
        finally:
            self.bounds = before

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:  # noqa: ANN401 - the driver's
        """Wait for an answer. Raises NoAnswer or TooLarge, and is closed then."""
        try:
            return super().wait(self._watched(gen), *args, **kwargs)
        except (NoAnswer, TooLarge):
            # The server would go on working for nobody, or wait for a lock for nobody.
            with suppress(psycopg.Error):
                self.cancel_safe(timeout=_CANCEL)
            self.close()
            raise

    def _watched(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        """Pass everything on, several times a second, as long as time and size allow."""
        bounds, begun, before = self.bounds, time.monotonic(), self._received()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if bounds.seconds is not None and time.monotonic() - begun > bounds.seconds:
                    raise NoAnswer(bounds)
                if bounds.size is not None and self._received() - before > bounds.size:
                    raise TooLarge(bounds.size)
                wanted = gen.send(ready)
        except StopIteration as end:
            result: T = end.value
            return result

    def _received(self) -> int:
        """Return how many bytes the server has sent, where the system tells: Linux, over TCP."""
        option = getattr(socket, "TCP_INFO", None)
        if option is None or self.closed:
            return 0
        try:
            seen = socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=self.pgconn.socket)
        except (OSError, psycopg.Error):
            return 0
        try:
            (count,) = _RECEIVED.unpack(seen.getsockopt(socket.IPPROTO_TCP, option, _RECEIVED.size))
        except (OSError, struct.error):
            return 0
        finally:
            seen.detach()
        return int(count)

"""One sync as a process of its own: told what to do by a line of JSON, started by the next line.

Prints `ready`, `waiting` while another one has the lock, and how it ended.
"""

from __future__ import annotations

import json
import sys

from schemasync.control import LockSettings
from schemasync.engines.base import Target, Timeouts
from schemasync.errors import SchemaSyncError
from schemasync.plan import Plan
from schemasync.sync import Phase, Request, Source, sync


def main() -> None:
    """Do it."""
    told = json.loads(sys.stdin.readline())
    request = Request(
        source=Source(told["files"]),
        target=Target(url=told["url"]),
        timeouts=Timeouts(lock=60),
        lock=LockSettings(ttl=told["ttl"], poll=0.05, pod_id=told["pod"]),
    )
    _say("ready")
    sys.stdin.readline()
    try:
        _say(sync(request, observe=_observe).status)
    except SchemaSyncError as error:
        _say(f"{type(error).__name__}: {error}")


def _observe(phase: Phase, _about: Plan | str | None) -> None:
    if phase is Phase.WAITING:
        _say("waiting")


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

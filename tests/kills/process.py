"""Syncs in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Self

_ROOT = Path(__file__).resolve().parents[2]


class Sync:
    """One process that waits to be told to go."""

    def __init__(self, url: str, files: Mapping[str, str], *, pod: str = "pod", ttl: float = 30) -> None:
        paths = [each for each in sys.path if each]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.kills.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), *paths])},
            text=True,
            encoding="utf-8",
        )
        self.pod = pod
        self._write(json.dumps({"url": url, "files": files, "pod": pod, "ttl": ttl}))

    def ready(self) -> None:
        """Wait until it could go."""
        assert self.line() == "ready"

    def go(self) -> None:
        """Let it run."""
        self._write("go")

    def line(self) -> str:
        """Return the next line that it says; '' where it has ended."""
        return self._pipe(self._process.stdout).readline().rstrip("\n")

    def result(self) -> str:
        """Return how it ended."""
        said = [line.rstrip("\n") for line in self._pipe(self._process.stdout)]
        self._process.wait()
        return said[-1] if said else ""

    def kill(self) -> None:
        """End it with SIGKILL, at once."""
        self._process.kill()

    def close(self) -> None:
        """Leave nothing behind."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            self._pipe(pipe).close()

    def _write(self, line: str) -> None:
        pipe = self._pipe(self._process.stdin)
        pipe.write(f"{line}\n")
        pipe.flush()

    def _pipe(self, pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def syncs(count: int, url: str, files: Mapping[str, str]) -> Iterator[list[Sync]]:
    """Several processes that are ready to go."""
    with ExitStack() as stack:
        made = [stack.enter_context(Sync(url, files, pod=f"pod-{number}")) for number in range(count)]
        for each in made:
            each.ready()
        yield made

"""Standard output and error that never decide what a command does.

Whoever reads the output may go away (`| head`), and what it is written to may be full: a
sync is applied all the same, and its exit code says so.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Output(io.RawIOBase):
    """What a stream of text writes to. After the first `failure`, which is kept, all is swallowed."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.failure: OSError | None = None

    def writable(self) -> bool:
        """Tell that this can be written to."""
        return True

    def fileno(self) -> int:
        """Return the file descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Tell whether this is a terminal."""
        return os.isatty(self._descriptor)

    def write(self, data: ReadableBuffer) -> int:
        """Write what can be written; return how much is done with."""
        size = memoryview(data).nbytes
        if self.failure is None:
            try:
                return os.write(self._descriptor, data)
            except OSError as error:
                self.failure = error
        return size


def guarded() -> Output:
    """Let standard output and error take any character and any failure; return what output writes to.

    Names and messages are of all scripts, and no locale may turn a plan into a failure.
    """
    output, _ = _guard("stdout"), _guard("stderr")
    return output


def _guard(name: str) -> Output:
    stream = getattr(sys, name)
    if stream is None:
        # It was closed before this process began. Its number is taken, and never given back: a
        # connection to a database that got it would be what the next line is written to.
        output = Output(os.open(os.devnull, os.O_WRONLY))
    else:
        stream.flush()
        output = Output(stream.fileno())
    interactive = output.isatty() or name == "stderr"
    # The old stream stays where the interpreter keeps it, and its descriptor open.
    setattr(
        sys,
        name,
        io.TextIOWrapper(
            io.BufferedWriter(output),
            encoding=stream.encoding if stream else "utf-8",
            errors="backslashreplace",
            line_buffering=interactive,
        ),
    )
    return output


def explained(output: Output) -> str | None:
    """Return, once all is written, why standard output could not be; None if it could, or nobody reads it."""
    sys.stdout.flush()
    if output.failure is None or isinstance(output.failure, BrokenPipeError):
        return None
    return f"standard output cannot be written: {output.failure.strerror}"

"""What a run is doing while it does it, on standard error: never a part of what it prints.

On a terminal one line says how far an apply is, and is gone when it ends. Elsewhere a line is
written now and then, so that whoever reads the log of a long apply knows that it is alive.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from schemasync.plan import Plan
from schemasync.sync import Phase

if TYPE_CHECKING:
    from schemasync.plan import Statement

_CLEAR: Final = "\r\x1b[K"
# Seconds between two lines, on a terminal and elsewhere.
_TERMINAL: Final = 0.1
_LOG: Final = 10.0


class Progress:
    """Tells of the phases and statements of one run: its methods are what `sync` is to call."""

    def __init__(self) -> None:
        self._out = sys.stderr
        self._terminal = self._out.isatty()
        self._holder = ""
        self._line = ""
        self._begun = 0.0
        self._drawn = False
        self._stop = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="progress", daemon=True)

    def phase(self, phase: Phase, about: Plan | str | None) -> None:
        """Tell who is waited for, and begin to tell of statements when the plan is applied."""
        if phase is Phase.WAITING and isinstance(about, str) and about != self._holder:
            self._holder = about
            self._say(f"waiting: {_inert(about)} holds the lock of this database")
        if phase is Phase.SYNCING and isinstance(about, Plan):
            self._begin(f"applying {_statements(len(about.statements))}")

    def statement(self, number: int, total: int, statement: Statement) -> None:
        """Tell which statement begins, the first being 1."""
        what = f": {_inert(statement.detail)}" if statement.detail else ""
        self._begin(f"[{number}/{total}] {_inert(statement.relation)}{what}")

    @contextmanager
    def shown(self) -> Iterator[None]:
        """End telling with the block, however that ends."""
        try:
            yield
        finally:
            self._stop.set()
            if self._ticker.is_alive():
                self._ticker.join()
            if self._drawn:
                self._write(_CLEAR)

    def _begin(self, line: str) -> None:
        self._line, self._begun = line, time.monotonic()
        if self._ticker.ident is None:
            self._ticker.start()

    def _tick(self) -> None:
        while not self._stop.wait(_TERMINAL if self._terminal else _LOG):
            line = f"{self._line} ({time.monotonic() - self._begun:.0f} s)"
            if self._terminal:
                self._drawn = True
                self._write(f"{_CLEAR}{_fitting(line)}")
            else:
                self._say(line)

    def _say(self, line: str) -> None:
        self._write(f"{line}\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def _fitting(line: str) -> str:
    """Return a line that a terminal does not fold: the next one could not be drawn over it."""
    from shutil import get_terminal_size  # noqa: PLC0415 - for terminals alone

    from rich.cells import set_cell_size  # noqa: PLC0415 - slow
    from rich.text import Text  # noqa: PLC0415 - slow

    shown = Text(line)
    width = get_terminal_size().columns - 1
    return set_cell_size(shown.plain, width).rstrip() if shown.cell_len > width else line


def _inert(text: object) -> str:
    from schemasync.cli.render import inert  # noqa: PLC0415 - slow

    return inert(text)


def _statements(count: int) -> str:
    return "1 statement" if count == 1 else f"{count} statements"

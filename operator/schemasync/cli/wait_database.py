"""Looks at a database until it has the schema of some files: one statement a look."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from schemasync import control
from schemasync.cli.wait import Look
from schemasync.control import State
from schemasync.engines import connect, dialect_for
from schemasync.errors import SchemaSyncError
from schemasync.lang.compile import compile_files
from schemasync.planner import Desired, desired

if TYPE_CHECKING:
    from schemasync.engines.base import Target


class DatabaseLook:
    """Files and a database."""

    def __init__(self, *, files: Mapping[str, bytes], target: Target, space: str) -> None:
        self._files = files
        self._target = target
        self._space = space

    def __call__(self) -> Look:
        """Look once."""
        wanted = self._wanted
        if wanted is None:
            return Look(why="the files have errors: no database will ever have this schema", final=True)
        try:
            state = self._state()
        except SchemaSyncError as error:
            return Look(why=str(error), final=not error.transient)
        return Look(why=_missing(state, wanted))

    @cached_property
    def _wanted(self) -> Desired | None:
        """What the database is to have; None, having said why, where the files do not compile."""
        from schemasync.cli.diagnostics import show_diagnostics  # noqa: PLC0415 - slow
        from schemasync.cli.render import console  # noqa: PLC0415 - slow

        compiled = compile_files(self._files, space=self._space)
        if compiled.schema is None:
            show_diagnostics(console(sys.stderr), compiled.diagnostics, self._files)
            return None
        return desired(compiled.schema, dialect_for(self._target.url))

    def _state(self) -> State:
        database = connect(self._target)
        try:
            return State.parse(database.control.read(control.STATE_IDS))
        finally:
            database.close()


def _missing(state: State, wanted: Desired) -> str | None:
    """Return why the database does not have a schema yet.

    Its hash is enough where another writer stored it; a digest of ours that belongs to that hash tells
    apart what the hash does not.
    """
    if state.hash is None:
        return f"the database has no schema yet, schema {wanted.hash} is waited for"
    if state.hash != wanted.hash:
        return f"the database has schema {state.hash}, schema {wanted.hash} is waited for"
    if state.digest is not None and state.digest.hash == state.hash and state.digest.digest != wanted.digest:
        return f"the database has another schema of the hash {wanted.hash}"
    return None

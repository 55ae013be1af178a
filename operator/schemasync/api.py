"""The public functions of the package, for programs that use it as a library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from schemasync import wire
from schemasync.engines.mongodb import types as mongodb
from schemasync.engines.mysql import types as mysql
from schemasync.engines.postgresql import types as postgresql
from schemasync.engines.sqlite import types as sqlite
from schemasync.lang.compile import compile_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemasync.errors import Diagnostic
    from schemasync.model import Schema

# The engines that have snapshots, in the order in which they are shown, each with its type map.
TYPE_MAPS: Final[dict[str, wire.TypeMap]] = {
    "postgresql": postgresql.mapped_type,
    "mysql": mysql.mapped_type,
    "sqlite": sqlite.mapped_type,
    "mongodb": mongodb.mapped_type,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What became of a file set. `schema` is None where a diagnostic is an error."""

    schema: Schema | None
    diagnostics: tuple[Diagnostic, ...]

    def snapshots(self, engine: str) -> dict[str, wire.Snapshot]:
        """Return the snapshots of tables and views by name, as `engine` stores them.

        Raises ValueError for an unknown engine, and where there is no schema.
        """
        if engine not in TYPE_MAPS:
            raise ValueError(f"unknown engine {engine!r}; known are: {', '.join(TYPE_MAPS)}")
        if self.schema is None:
            raise ValueError("the files have errors: there is no schema")
        return wire.snapshots(self.schema, engine, TYPE_MAPS[engine])

    def hash(self, engine: str) -> str:
        """Return the schema hash that the control table of `engine` holds. Raises as `snapshots` does."""
        return wire.schema_hash(self.snapshots(engine))


def compile_schema(files: Mapping[str, str | bytes], *, space: str | None = None) -> Compiled:
    """Compile a set of `.as` files, paths to contents, and never raise on what they hold.

    Only models of the `@db.space` are in the schema, those of every space if it is None.
    """
    compiled = compile_files(files, space=space)
    return Compiled(schema=compiled.schema, diagnostics=compiled.diagnostics)
